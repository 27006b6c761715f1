//! `bonafide members add`: a new member.

use bonafide_domain::duplicates::Strength;
use bonafide_domain::profile::{
    BirthDate, Category, CategoryName, EmailAddress, Language, Note, PersonName, Phone, Tag,
};
use bonafide_store::members::lookup::{Duplicate, duplicates};
use bonafide_store::members::profile::Profile;
use bonafide_store::members::{add, get};
use bonafide_store::search::folded_key;
use jiff::civil::Date;
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::members::answer::{MemberAnswer, MemberLine};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Add a member. When there may be the same person already, nothing is added and the likely ones are shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide members add --given Anna --family Petrova --phone +79123456789\n  \
    bonafide members add --given 小明 --family 王 --tag pool --duplicate-anyway"
)]
pub(crate) struct AddArgs {
    /// Given name.
    #[arg(long)]
    given: String,
    /// Family name.
    #[arg(long, default_value = "")]
    family: String,
    /// Middle name or patronymic.
    #[arg(long, default_value = "")]
    middle: String,
    /// Day of birth, as 1990-12-31.
    #[arg(long, value_name = "DATE")]
    birth: Option<Date>,
    /// Phone with its country, as +79123456789; may be given several times.
    #[arg(long)]
    phone: Vec<String>,
    /// E-mail address; may be given several times.
    #[arg(long)]
    email: Vec<String>,
    /// new, regular, vip, or a name of your own.
    #[arg(long, default_value = "new")]
    category: String,
    /// A tag; may be given several times.
    #[arg(long)]
    tag: Vec<String>,
    /// A note.
    #[arg(long)]
    note: Option<String>,
    /// ru, en or zh: the language that the member is spoken to in.
    #[arg(long)]
    language: Option<String>,
    /// Add even if the member seems to be here already.
    #[arg(long)]
    duplicate_anyway: bool,
}

#[derive(Serialize)]
struct AddAnswer {
    /// Nothing when possible duplicates were found instead.
    member: Option<MemberAnswer>,
    duplicates: Vec<DuplicateAnswer>,
}

#[derive(Serialize)]
struct DuplicateAnswer {
    /// `certain`, `likely` or `possible`.
    strength: &'static str,
    member: MemberLine,
}

impl Answer for AddAnswer {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        match &self.member {
            Some(member) => lines.push(format!("added\n{}", member.lines())),
            None => lines.push(
                "not added: this may be the same person. Look, then add with --duplicate-anyway if it is not:"
                    .to_owned(),
            ),
        }
        lines.extend(self.duplicates.iter().map(|one| format!("{:<9}{}", one.strength, one.member.line())));
        lines.join("\n")
    }
}

impl AddArgs {
    fn profile(&self) -> Result<Profile, Failure> {
        let bad = |field: &str, why: &dyn std::fmt::Debug| {
            Failure::new("bad_value", format!("{field} is not accepted ({why:?}): see --help"))
        };
        let today = clock::utc_date(clock::now_us());
        let name = PersonName::parse(&self.given, &self.family, &self.middle);
        let birth = self.birth.map(|date| BirthDate::parse(date, today)).transpose();
        let note = self.note.as_deref().map(Note::parse).transpose();
        let language = match self.language.as_deref() {
            None => None,
            Some(code) => {
                Some(Language::of_code(code).ok_or_else(|| bad("--language", &"it is not ru, en or zh"))?)
            }
        };
        Ok(Profile {
            birth: birth.map_err(|why| bad("--birth", &why))?,
            phones: each(&self.phone, Phone::parse).map_err(|why| bad("--phone", &why))?,
            emails: each(&self.email, EmailAddress::parse).map_err(|why| bad("--email", &why))?,
            category: category(&self.category).map_err(|why| bad("--category", &why))?,
            tags: each(&self.tag, Tag::parse).map_err(|why| bad("--tag", &why))?,
            note: note.map_err(|why| bad("--note", &why))?,
            language,
            ..Profile::named(name.map_err(|why| bad("the name", &why))?)
        })
    }
}

fn each<T, E>(texts: &[String], parse: impl Fn(&str) -> Result<T, E>) -> Result<Vec<T>, E> {
    texts.iter().map(|text| parse(text)).collect()
}

fn category(text: &str) -> Result<Category, bonafide_domain::plain_text::TextRefusal> {
    Ok(match text {
        "new" => Category::New,
        "regular" => Category::Regular,
        "vip" => Category::Vip,
        own => Category::Own(CategoryName::parse(own)?),
    })
}

/// The word of a strength.
fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::None => "none",
        Strength::Possible => "possible",
        Strength::Likely => "likely",
        Strength::Certain => "certain",
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` with the field, and the keys of faults.
pub(super) fn run(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let profile = args.profile()?;
    let vault = book.store.vault();
    // By phone, e-mail and document, which the book finds itself; the import knows the names too.
    let found = book.store.read(|tx| duplicates(tx, vault, &profile, &[], folded_key))?;
    let blocked = !args.duplicate_anyway && found.iter().any(|one| one.likeness.strength >= Strength::Likely);
    let member = if blocked {
        None
    } else {
        let acting = book.acting();
        let (id, _) = book.write(move |work| add(work, &acting, &profile))?;
        book.store.read(|tx| get(tx, vault, id))?.map(|member| MemberAnswer::of(&member))
    };
    let line = |one: &Duplicate| DuplicateAnswer {
        strength: strength(one.likeness.strength),
        member: MemberLine::of(&one.member),
    };
    output::print(&AddAnswer { member, duplicates: found.iter().map(line).collect() }, json)
}
