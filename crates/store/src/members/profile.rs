//! What is known about a member, as checked values; and the form in which it is sealed.

use bonafide_domain::profile::{
    BirthDate, Category, CategoryName, DocumentKind, DocumentRefusal, EmailAddress, GuardianKind,
    IdentityDocument, Language, Messenger, MessengerKind, MessengerRefusal, Note, PersonName, Phone, Tag,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::Lookup;
use crate::members::{date_of, day_number};
use crate::words::words;

/// Values of one kind that a member may have: phones, addresses, documents.
pub const VALUES_MAX: usize = 10;

/// Tags of one member.
pub const TAGS_MAX: usize = 50;

/// The longest postal address and source, in characters.
pub const LINE_CHARS_MAX: usize = 300;

/// Who answers for a minor.
#[derive(Clone, PartialEq, Eq)]
pub struct Guardian {
    /// What he is to the member.
    pub kind: GuardianKind,
    /// His name.
    pub name: PersonName,
    /// Where he is reached.
    pub phone: Option<Phone>,
}

/// A member's profile. It has no `Debug`: it is a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name.
    pub name: PersonName,
    /// The day of birth.
    pub birth: Option<BirthDate>,
    /// Phones, the first one first.
    pub phones: Vec<Phone>,
    /// E-mail addresses.
    pub emails: Vec<EmailAddress>,
    /// Messengers.
    pub messengers: Vec<Messenger>,
    /// Identity documents.
    pub documents: Vec<IdentityDocument>,
    /// The postal address.
    pub address: Option<String>,
    /// What staff have noted.
    pub note: Option<Note>,
    /// For a minor.
    pub guardian: Option<Guardian>,
    /// Plain: the category.
    pub category: Category,
    /// Plain: tags.
    pub tags: Vec<Tag>,
    /// Plain: the language that the member is spoken to in.
    pub language: Option<Language>,
    /// Plain: how the member came.
    pub source: Option<String>,
    /// Plain: the branch that the member belongs to.
    pub home_branch: Option<Id>,
    /// Plain: from this day on staff are asked to check the profile.
    pub check_due: Option<Date>,
}

impl Profile {
    /// A profile with a name and nothing else.
    #[must_use]
    pub fn named(name: PersonName) -> Profile {
        Profile {
            name,
            birth: None,
            phones: Vec::new(),
            emails: Vec::new(),
            messengers: Vec::new(),
            documents: Vec::new(),
            address: None,
            note: None,
            guardian: None,
            category: Category::New,
            tags: Vec::new(),
            language: None,
            source: None,
            home_branch: None,
            check_due: None,
        }
    }

    /// What the member is found by: kind and canonical bytes.
    pub(super) fn lookups(&self) -> Vec<(Lookup, Vec<u8>)> {
        let phones = self.phones.iter().map(|phone| (Lookup::Phone, phone.as_str().as_bytes().to_vec()));
        let emails = self.emails.iter().map(|email| (Lookup::Email, email.canonical().as_bytes().to_vec()));
        let documents = self.documents.iter().map(|document| (Lookup::Document, document_key(document)));
        let messengers =
            self.messengers.iter().map(|messenger| (Lookup::Messenger, messenger_key(messenger)));
        let mut all: Vec<_> = phones.chain(emails).chain(documents).chain(messengers).collect();
        all.dedup();
        all
    }
}

/// The canonical bytes of a document for its look-up: kind and number.
#[must_use]
pub fn document_key(document: &IdentityDocument) -> Vec<u8> {
    format!("{}:{}", document_kind(document.kind()), document.number()).into_bytes()
}

/// The canonical bytes of a messenger for its look-up: kind and handle in small letters.
#[must_use]
pub fn messenger_key(messenger: &Messenger) -> Vec<u8> {
    format!("{}:{}", messenger_kind(messenger.kind()), messenger.handle().to_lowercase()).into_bytes()
}

words! {
    /// The word that stands for a kind of document in records and answers.
    document_kind, document_kind_of: DocumentKind {
        Passport = "passport", IdentityCard = "identity_card", DrivingLicence = "driving_licence",
        BirthCertificate = "birth_certificate", ResidencePermit = "residence_permit", Other = "other",
    }
}

words! {
    /// The word that stands for a messenger.
    messenger_kind, messenger_kind_of: MessengerKind {
        Telegram = "telegram", WhatsApp = "whatsapp", Viber = "viber", Max = "max", WeChat = "wechat", Vk = "vk",
    }
}

words! {
    /// The word that stands for what a guardian is.
    guardian_kind, guardian_kind_of: GuardianKind {
        Parent = "parent", AppointedGuardian = "appointed_guardian", Institution = "institution",
    }
}

/// A document as people and programs write it, `passport:4510 123456`; `None` for another form or an unknown kind.
#[must_use]
pub fn document_written(text: &str) -> Option<Result<IdentityDocument, DocumentRefusal>> {
    let (kind, number) = text.split_once(':')?;
    Some(IdentityDocument::parse(document_kind_of(kind.trim())?, number))
}

/// A messenger likewise, `telegram:anna`.
#[must_use]
pub fn messenger_written(text: &str) -> Option<Result<Messenger, MessengerRefusal>> {
    let (kind, handle) = text.split_once(':')?;
    Some(Messenger::parse(messenger_kind_of(kind.trim())?, handle))
}

/// The plain word of a category in its column; an own one has a colon before its name.
#[must_use]
pub fn category_word(category: &Category) -> String {
    match category {
        Category::New => "new".to_owned(),
        Category::Regular => "regular".to_owned(),
        Category::Vip => "vip".to_owned(),
        Category::Own(name) => format!(":{}", name.as_str()),
    }
}

/// The category of a column's word.
pub(super) fn category_of(word: &str) -> Option<Category> {
    match word {
        "new" => Some(Category::New),
        "regular" => Some(Category::Regular),
        "vip" => Some(Category::Vip),
        _ => CategoryName::parse(word.strip_prefix(':')?).ok().map(Category::Own),
    }
}

/// The sealed form. Its field names are short because there is one for each member of a chain.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// Given, family, middle.
    n: [String; 3],
    /// The day of birth as days since 1970-01-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    p: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    e: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    m: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    d: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    a: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    g: Option<GuardianRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardianRecord {
    k: String,
    n: [String; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<String>,
}

fn name_parts(name: &PersonName) -> [String; 3] {
    [name.given(), name.family().unwrap_or(""), name.middle().unwrap_or("")].map(str::to_owned)
}

/// The bytes that are sealed.
pub(crate) fn to_record(profile: &Profile) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let record = Record {
        n: name_parts(&profile.name),
        b: profile.birth.map(|birth| day_number(birth.date())),
        p: profile.phones.iter().map(|phone| phone.as_str().to_owned()).collect(),
        e: profile.emails.iter().map(|email| email.as_written().to_owned()).collect(),
        m: profile
            .messengers
            .iter()
            .map(|one| (messenger_kind(one.kind()).to_owned(), one.handle().to_owned()))
            .collect(),
        d: profile
            .documents
            .iter()
            .map(|one| (document_kind(one.kind()).to_owned(), one.number().to_owned()))
            .collect(),
        a: profile.address.clone(),
        t: profile.note.as_ref().map(|note| note.as_str().to_owned()),
        g: profile.guardian.as_ref().map(|guardian| GuardianRecord {
            k: guardian_kind(guardian.kind).to_owned(),
            n: name_parts(&guardian.name),
            p: guardian.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        }),
    };
    serde_json::to_vec(&record).map(Zeroizing::new).map_err(|_| Fault::broken("a profile is no JSON"))
}

/// Reads the sealed part; the plain part is left as [`Profile::named`] has it.
///
/// # Errors
/// A fault of the kind damaged: what was sealed had been checked, so that this is a record of another program.
pub(crate) fn from_record(bytes: &[u8]) -> Result<Profile, Fault> {
    let damaged = || Fault::damaged("a sealed profile has another form");
    let record: Record = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    let checked = || {
        Some(Profile {
            birth: record.b.map_or(Some(None), |day| birth_of(day).map(Some))?,
            phones: all(&record.p, |text| Phone::parse(text).ok())?,
            emails: all(&record.e, |text| EmailAddress::parse(text).ok())?,
            messengers: all(&record.m, |(kind, handle)| {
                Messenger::parse(messenger_kind_of(kind)?, handle).ok()
            })?,
            documents: all(&record.d, |(kind, number)| {
                IdentityDocument::parse(document_kind_of(kind)?, number).ok()
            })?,
            address: record.a.clone(),
            note: record.t.as_deref().map_or(Some(None), |text| Note::parse(text).ok().map(Some))?,
            guardian: record.g.as_ref().map_or(Some(None), |guardian| guardian_of(guardian).map(Some))?,
            ..Profile::named(name_of(&record.n)?)
        })
    };
    checked().ok_or_else(damaged)
}

fn birth_of(day: i64) -> Option<BirthDate> {
    let date = date_of(day).ok()?;
    // What was a day of birth once is one on any later day.
    BirthDate::parse(date, date).ok()
}

fn all<A, B>(records: &[A], parse: impl Fn(&A) -> Option<B>) -> Option<Vec<B>> {
    records.iter().map(parse).collect()
}

fn name_of([given, family, middle]: &[String; 3]) -> Option<PersonName> {
    PersonName::parse(given, family, middle).ok()
}

fn guardian_of(record: &GuardianRecord) -> Option<Guardian> {
    Some(Guardian {
        kind: guardian_kind_of(&record.k)?,
        name: name_of(&record.n)?,
        phone: record.p.as_deref().map_or(Some(None), |text| Phone::parse(text).ok().map(Some))?,
    })
}
