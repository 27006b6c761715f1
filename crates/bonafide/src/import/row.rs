//! A row that was understood, and what is said about one that was not.

use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::fields::Field;
use super::names::PersonName;
use super::phones::Phone;
use super::trouble::Trouble;

/// Male or female, as far as a list knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A member as a row tells of them: checked, plain, and not yet in any book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportRow {
    /// The row of the file, as the spreadsheet program shows it.
    pub line: u32,
    /// By which a second run knows the row again.
    pub key: RowKey,
    /// The name.
    pub name: PersonName,
    /// In the order of the file, without repetitions.
    pub phones: Vec<Phone>,
    /// With a small domain, in the order of the file.
    pub emails: Vec<String>,
    /// The day of birth.
    pub born: Option<Date>,
    /// The sex.
    pub sex: Option<Sex>,
    /// Card and bracelet numbers as they are written, without spaces.
    pub cards: Vec<String>,
    /// The category.
    pub category: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Notes and remarks, one a line.
    pub notes: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// Where the member heard of the club.
    pub source: Option<String>,
    /// The balance in hundredths of a point.
    pub points_minor: Option<i64>,
    /// How often the member came.
    pub visits: Option<u32>,
    /// The plan.
    pub plan: Option<String>,
    /// The last day of the plan.
    pub plan_until: Option<Date>,
    /// Since when.
    pub member_since: Option<Date>,
    /// The last visit.
    pub last_visit: Option<Date>,
    /// Whether the member agreed to be written to.
    pub consent: Option<bool>,
}

/// The first half of the SHA-256 of what identifies the person: name, phones, e-mails, cards, birth date. Notes and
/// balances may change between two runs without making another row of it.
///
/// Ten digits of a phone can be tried one after the other, so the key tells as much as the number: whoever keeps it
/// keeps it like a phone number, under a keyed hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey([u8; 16]);

impl RowKey {
    /// Of a row that is still being read.
    pub(super) const NONE: RowKey = RowKey([0; 16]);

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(super) fn of(row: &ImportRow) -> RowKey {
        let mut hash = Sha256::new();
        let mut part = |label: u8, text: &str| {
            hash.update([label]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        part(b'v', "bonafide import row 1");
        part(b'n', &folded_name(&row.name));
        row.phones.iter().for_each(|phone| part(b'p', phone.as_str()));
        row.emails.iter().for_each(|email| part(b'e', &email.to_lowercase()));
        row.cards.iter().for_each(|card| part(b'c', &card.to_lowercase()));
        if let Some(born) = row.born {
            part(b'b', &born.to_string());
        }
        let digest = hash.finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        RowKey(key)
    }
}

impl std::fmt::Display for RowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for RowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RowKey({self})")
    }
}

impl Serialize for RowKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A name for comparing: small letters, `ё` as `е`.
pub(super) fn folded_name(name: &PersonName) -> String {
    name.shown().to_lowercase().replace('ё', "е")
}

/// What is wrong with one cell. The row is held back until it is mended; no other row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The row of the file.
    pub line: u32,
    /// The header of the column, or its letters; empty where the whole row is meant.
    pub column: String,
    /// What the column holds.
    pub field: Option<Field>,
    /// What is wrong.
    pub trouble: Trouble,
    /// What stands there, shortened.
    pub text: String,
}

impl RowError {
    /// How much of a cell is shown.
    pub const TEXT_CHARS_MAX: usize = 60;

    /// The first characters of a cell on one line.
    pub(super) fn shortened(text: &str) -> String {
        let mut short: String = text.replace('\n', " ").chars().take(Self::TEXT_CHARS_MAX).collect();
        if text.chars().nth(Self::TEXT_CHARS_MAX).is_some() {
            short.push('…');
        }
        short
    }
}

/// Why a row was passed over that is no member and no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// The header once more, as at the top of a printed page.
    RepeatedHeader,
    /// A sum at the end.
    Total,
    /// A title, a group or a signature: a single cell that is no name.
    LoneText,
    /// Only cells of columns that are not read.
    NothingRead,
}

/// A row that a former row of the file seems to repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The later row.
    pub line: u32,
    /// The first row with the same.
    pub first_line: u32,
    /// What is the same.
    pub by: DuplicateBy,
}

/// What two rows share. A phone alone may be a mother's and her child's; a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateBy {
    /// Everything that identifies a person.
    WholeRow,
    /// A card.
    Card,
    /// A phone.
    Phone,
    /// An e-mail address.
    Email,
    /// The name and the day of birth.
    NameAndBirth,
}

impl DuplicateBy {
    /// Whether it is the same person without a look at the book: a phone or an address may be a family's.
    #[must_use]
    pub fn is_certain(self) -> bool {
        match self {
            DuplicateBy::WholeRow | DuplicateBy::Card | DuplicateBy::NameAndBirth => true,
            DuplicateBy::Phone | DuplicateBy::Email => false,
        }
    }
}
