//! An imported row as a member with cards, visits and a membership. What has no place in the book is kept in the note: nothing
//! is lost.

use bonafide_domain::profile::{
    BirthDate, Category, CategoryName, EmailAddress, Note, PersonName, Phone, Tag,
};
use bonafide_store::imports::ImportedRow;
use bonafide_store::members::profile::Profile;
use jiff::civil::Date;

use super::holdings::{Left, Offers, cards};
use super::row::{ImportRow, Sex};
use crate::clock;

/// What the rules refuse in a row that was read without a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAMember {
    /// The name.
    Name,
    /// A phone.
    Phone,
    /// An e-mail address.
    Email,
    /// The day of birth.
    Birth,
    /// The category.
    Category,
    /// A tag.
    Tag,
    /// The note is too long, with what is kept in it.
    Note,
}

impl NotAMember {
    /// Stable key for programs.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            NotAMember::Name => "name",
            NotAMember::Phone => "phone",
            NotAMember::Email => "email",
            NotAMember::Birth => "birth_date",
            NotAMember::Category => "category",
            NotAMember::Tag => "tag",
            NotAMember::Note => "notes",
        }
    }
}

/// A row as the book takes it, and why the membership in it is left out, if it is.
///
/// # Errors
/// The first value that the rules do not accept.
pub fn imported(
    row: &ImportRow,
    offers: &Offers,
    today: Date,
) -> Result<(ImportedRow, Option<Left>), NotAMember> {
    let (cards, unread_cards) = cards(&row.cards);
    let (membership, left) = match offers.membership(row, today) {
        Ok(membership) => (membership, None),
        Err(left) => (None, Some(left)),
    };
    let note = note(row, &unread_cards, left.is_some())?;
    let imported = ImportedRow {
        key: *row.key.bytes(),
        profile: Profile { note, ..profile(row, today)? },
        cards,
        visits: row.visits,
        last_visit_us: row.last_visit.map(clock::midday_us),
        membership,
    };
    Ok((imported, left))
}

fn profile(row: &ImportRow, today: Date) -> Result<Profile, NotAMember> {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let (family, given, middle) = (part(&row.name.family), part(&row.name.given), part(&row.name.patronymic));
    // Somebody with one name only has it as the given name.
    let (given, family) = if given.is_empty() { (family, given) } else { (given, family) };
    let name = PersonName::parse(&given, &family, &middle).map_err(|_| NotAMember::Name)?;
    let each = |texts: &[String]| texts.iter().map(|text| Tag::parse(text)).collect::<Result<Vec<_>, _>>();
    let phones = row.phones.iter().map(|phone| Phone::parse(phone.as_str())).collect::<Result<Vec<_>, _>>();
    let emails = row.emails.iter().map(|email| EmailAddress::parse(email)).collect::<Result<Vec<_>, _>>();
    let birth = row.born.map(|born| BirthDate::parse(born, today)).transpose();
    Ok(Profile {
        birth: birth.map_err(|_| NotAMember::Birth)?,
        phones: phones.map_err(|_| NotAMember::Phone)?,
        emails: emails.map_err(|_| NotAMember::Email)?,
        category: row.category.as_deref().map_or(Ok(Category::New), category)?,
        tags: each(&row.tags).map_err(|_| NotAMember::Tag)?,
        address: row.address.clone(),
        source: row.source.clone(),
        ..Profile::named(name)
    })
}

fn category(text: &str) -> Result<Category, NotAMember> {
    match text.to_lowercase().as_str() {
        "vip" | "вип" => Ok(Category::Vip),
        _ => CategoryName::parse(text).map(Category::Own).map_err(|_| NotAMember::Category),
    }
}

/// The row's note, and a line for each value that has no place of its own. A "yes" to messages is no consent: a consent names the
/// text that was agreed to.
fn note(row: &ImportRow, unread_cards: &[&str], keep_plan: bool) -> Result<Option<Note>, NotAMember> {
    let mut lines: Vec<String> = row.notes.iter().cloned().collect();
    let mut keep = |label: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{label}: {value}")));
    };
    keep("card", (!unread_cards.is_empty()).then(|| unread_cards.join(", ")));
    keep("sex", row.sex.map(|sex| sex_word(sex).to_owned()));
    keep("points", row.points_minor.map(points_words));
    keep("plan", row.plan.clone().filter(|_| keep_plan));
    keep("plan until", row.plan_until.map(|date| date.to_string()).filter(|_| keep_plan));
    keep("member since", row.member_since.map(|date| date.to_string()));
    keep("agreed to messages", row.consent.map(|agreed| if agreed { "yes" } else { "no" }.to_owned()));
    if lines.is_empty() {
        return Ok(None);
    }
    Note::parse(&lines.join("\n")).map(Some).map_err(|_| NotAMember::Note)
}

fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    }
}

/// A balance in points with two places.
fn points_words(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
}
