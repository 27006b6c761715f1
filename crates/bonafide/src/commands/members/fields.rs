//! The fields of a profile as arguments, for `members add` and `members change` alike.

use bonafide_domain::plain_text::TextRefusal;
use bonafide_domain::profile::{
    BirthDate, Category, CategoryName, EmailAddress, GuardianKind, IdentityDocument, Language, Messenger,
    Note, PersonName, Phone, Tag,
};
use bonafide_store::members::profile::{
    Guardian, LINE_CHARS_MAX, Profile, TAGS_MAX, VALUES_MAX, document_written, messenger_written,
};
use jiff::civil::Date;

use crate::book::Book;
use crate::clock;
use crate::commands::named;
use crate::commands::refused::{self, bad};
use crate::failure::Failure;

/// What may be known of a member besides the name. A list that is given is the whole list.
#[derive(Debug, clap::Args)]
pub(super) struct FieldArgs {
    /// Day of birth, as 1990-12-31.
    #[arg(long, value_name = "DATE")]
    birth: Option<Date>,
    /// Phone with its country, as +79123456789; may be given several times.
    #[arg(long)]
    phone: Vec<String>,
    /// E-mail address; may be given several times.
    #[arg(long)]
    email: Vec<String>,
    /// Messenger as KIND:NAME, the kind being telegram, whatsapp, viber, max, wechat or vk; may be given several times.
    #[arg(long, value_name = "KIND:NAME")]
    messenger: Vec<String>,
    /// Identity document as KIND:NUMBER, the kind being passport, identity_card, driving_licence, birth_certificate,
    /// residence_permit or other; may be given several times.
    #[arg(long, value_name = "KIND:NUMBER")]
    document: Vec<String>,
    /// Postal address, on one line.
    #[arg(long)]
    address: Option<String>,
    /// new, regular, vip, or a name of your own.
    #[arg(long)]
    category: Option<String>,
    /// A tag; may be given several times.
    #[arg(long)]
    tag: Vec<String>,
    /// A note.
    #[arg(long)]
    note: Option<String>,
    /// How the member came: a friend, an advertisement.
    #[arg(long)]
    source: Option<String>,
    /// The branch that the member belongs to: its name or id.
    #[arg(long)]
    branch: Option<String>,
    /// ru, en or zh: the language that the member is spoken to in.
    #[arg(long)]
    language: Option<String>,
    /// Given name of who answers for a minor.
    #[arg(long, value_name = "NAME")]
    guardian_given: Option<String>,
    /// The guardian's family name.
    #[arg(long, value_name = "NAME", requires = "guardian_given")]
    guardian_family: Option<String>,
    /// The guardian's phone.
    #[arg(long, value_name = "PHONE", requires = "guardian_given")]
    guardian_phone: Option<String>,
    /// What the guardian is.
    #[arg(long, value_enum, default_value = "parent", requires = "guardian_given")]
    guardian_kind: GuardianArg,
    /// From this day on staff are asked to check the profile.
    #[arg(long, value_name = "DATE")]
    check_due: Option<Date>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum GuardianArg {
    /// Mother or father.
    Parent,
    /// A guardian or custodian who was appointed.
    Appointed,
    /// An institution that has the child in its care.
    Institution,
}

impl FieldArgs {
    /// The profile with what was given.
    ///
    /// # Errors
    /// `bad_value` with the field, `no_branch`, and the keys of faults.
    pub(super) fn put_into(&self, mut profile: Profile, book: &Book) -> Result<Profile, Failure> {
        if let Some(date) = self.birth {
            let today = clock::utc_date(clock::now_us());
            let birth = BirthDate::parse(date, today).map_err(|why| bad("--birth", refused::birth(why)))?;
            profile.birth = Some(birth);
        }
        put_list(&mut profile.phones, &self.phone, phone, "--phone", VALUES_MAX)?;
        put_list(&mut profile.emails, &self.email, email, "--email", VALUES_MAX)?;
        put_list(&mut profile.messengers, &self.messenger, messenger, "--messenger", VALUES_MAX)?;
        put_list(&mut profile.documents, &self.document, document, "--document", VALUES_MAX)?;
        put_list(&mut profile.tags, &self.tag, tag, "--tag", TAGS_MAX)?;
        if let Some(text) = &self.address {
            profile.address = Some(line(text).map_err(|why| bad("--address", refused::text(why)))?);
        }
        if let Some(text) = &self.category {
            profile.category = category(text)?;
        }
        if let Some(text) = &self.note {
            profile.note = Some(Note::parse(text).map_err(|why| bad("--note", refused::text(why)))?);
        }
        if let Some(text) = &self.source {
            profile.source = Some(line(text).map_err(|why| bad("--source", refused::text(why)))?);
        }
        if let Some(text) = &self.branch {
            profile.home_branch = Some(named::branch(book, text)?.id);
        }
        if let Some(code) = &self.language {
            let known = Language::of_code(code);
            profile.language = Some(known.ok_or_else(|| bad("--language", "it is not ru, en or zh"))?);
        }
        if let Some(given) = &self.guardian_given {
            profile.guardian = Some(self.guardian(given)?);
        }
        if self.check_due.is_some() {
            profile.check_due = self.check_due;
        }
        Ok(profile)
    }

    fn guardian(&self, given: &str) -> Result<Guardian, Failure> {
        let family = self.guardian_family.as_deref().unwrap_or("");
        let name = PersonName::parse(given, family, "");
        let number = self.guardian_phone.as_deref().map(phone).transpose();
        Ok(Guardian {
            kind: match self.guardian_kind {
                GuardianArg::Parent => GuardianKind::Parent,
                GuardianArg::Appointed => GuardianKind::AppointedGuardian,
                GuardianArg::Institution => GuardianKind::Institution,
            },
            name: name.map_err(|why| bad("the guardian's name", refused::name(why)))?,
            phone: number.map_err(|why| bad("--guardian-phone", why))?,
        })
    }
}

/// A name of its parts.
pub(super) fn person_name(given: &str, family: &str, middle: &str) -> Result<PersonName, Failure> {
    PersonName::parse(given, family, middle).map_err(|why| bad("the name", refused::name(why)))
}

/// Values of a list that were typed, each once.
pub(super) fn each<T: PartialEq>(
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
    flag: &str,
) -> Result<Vec<T>, Failure> {
    let mut values = Vec::new();
    for text in texts {
        let value = parse(text).map_err(|why| bad(flag, why))?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

/// Refuses a list with too many values.
pub(super) fn at_most<T>(values: &[T], flag: &str, max: usize) -> Result<(), Failure> {
    if values.len() > max {
        return Err(bad(flag, format!("a member has {max} of them at most")));
    }
    Ok(())
}

fn put_list<T: PartialEq>(
    list: &mut Vec<T>,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
    flag: &str,
    max: usize,
) -> Result<(), Failure> {
    if !texts.is_empty() {
        let values = each(texts, parse, flag)?;
        at_most(&values, flag, max)?;
        *list = values;
    }
    Ok(())
}

/// A phone with the spaces, hyphens and brackets that people put into it.
pub(crate) fn phone(text: &str) -> Result<Phone, String> {
    let bare: String =
        text.trim().chars().filter(|c| !matches!(c, ' ' | '\u{A0}' | '-' | '(' | ')' | '.')).collect();
    Phone::parse(&bare).map_err(refused::phone)
}

pub(super) fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(refused::email)
}

pub(super) fn messenger(text: &str) -> Result<Messenger, String> {
    let kinds = "write it as KIND:NAME, the kind being telegram, whatsapp, viber, max, wechat or vk";
    messenger_written(text).ok_or(kinds)?.map_err(refused::messenger)
}

pub(super) fn document(text: &str) -> Result<IdentityDocument, String> {
    let kinds = "write it as KIND:NUMBER, the kind being passport, identity_card, driving_licence, \
                 birth_certificate, residence_permit or other";
    document_written(text).ok_or(kinds)?.map_err(refused::document)
}

pub(super) fn tag(text: &str) -> Result<Tag, String> {
    Tag::parse(text).map_err(refused::text)
}

/// A category by its word or its own name.
pub(super) fn category(text: &str) -> Result<Category, Failure> {
    Ok(match text {
        "new" => Category::New,
        "regular" => Category::Regular,
        "vip" => Category::Vip,
        own => Category::Own(CategoryName::parse(own).map_err(|why| bad("--category", refused::text(why)))?),
    })
}

/// One line of text that may be as long as an address. The note has the same rules for characters.
fn line(text: &str) -> Result<String, TextRefusal> {
    let note = Note::parse(text)?;
    if note.as_str().contains('\n') {
        return Err(TextRefusal::ControlCharacter);
    }
    if note.as_str().chars().count() > LINE_CHARS_MAX {
        return Err(TextRefusal::TooLong { chars_max: LINE_CHARS_MAX });
    }
    Ok(note.as_str().to_owned())
}
