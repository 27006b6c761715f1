//! A member in an answer of the command line.

use bonafide_domain::duplicates::Strength;
use bonafide_domain::money::Currency;
use bonafide_store::id::Id;
use bonafide_store::members::family::{Relative, relatives, tie_word};
use bonafide_store::members::lookup::Duplicate;
use bonafide_store::members::profile::{category_word, document_kind, guardian_kind, messenger_kind};
use bonafide_store::members::{Member, get};
use bonafide_store::organisation::branch;
use jiff::civil::Date;
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::failure::Failure;
use crate::listing::{counted, table};

/// All that is known: for `show` and `add`, whose viewing is traced.
#[derive(Serialize)]
pub(super) struct MemberAnswer {
    id: String,
    number: u32,
    version: u32,
    name: String,
    given_name: String,
    family_name: Option<String>,
    middle_name: Option<String>,
    birth_date: Option<String>,
    phones: Vec<String>,
    emails: Vec<String>,
    messengers: Vec<String>,
    documents: Vec<String>,
    address: Option<String>,
    note: Option<String>,
    guardian: Option<GuardianAnswer>,
    relatives: Vec<RelativeAnswer>,
    category: String,
    tags: Vec<String>,
    language: Option<&'static str>,
    source: Option<String>,
    /// The name of the home branch.
    branch: Option<String>,
    check_due: Option<String>,
    /// Whether that day has come.
    check_is_due: bool,
    membership_ends: Option<String>,
    added_us: i64,
    first_visit_us: Option<i64>,
    last_visit_us: Option<i64>,
    visits: u32,
    bookings: u32,
    receipts: u32,
    spent_minor: i64,
    average_receipt_minor: Option<i64>,
    /// Of the home branch, or that of all branches when they have one.
    currency: Option<String>,
    merged_into: Option<String>,
    /// The number of that member.
    merged_into_number: Option<u32>,
}

#[derive(Serialize)]
struct GuardianAnswer {
    kind: &'static str,
    name: String,
    phone: Option<String>,
}

/// A relative by number and name: what else is known of him stands on his own page.
#[derive(Serialize)]
struct RelativeAnswer {
    number: u32,
    name: String,
    /// What he is to the member: `parent`.
    is: &'static str,
}

impl MemberAnswer {
    /// Everything about a member, with the names of the branch and the relatives.
    ///
    /// # Errors
    /// The keys of faults.
    pub(super) fn of(member: &Member, book: &Book) -> Result<MemberAnswer, Failure> {
        let vault = book.store.vault();
        let relatives = book.store.read(|tx| {
            let mut answers = Vec::new();
            for Relative { member, number, tie } in relatives(tx, member.id)? {
                let name = get(tx, vault, member)?.map(|one| one.profile.name.full()).unwrap_or_default();
                answers.push(RelativeAnswer { number, name, is: tie_word(tie) });
            }
            Ok(answers)
        })?;
        let kept = match member.merged_into {
            Some(id) => book.store.read(|tx| get(tx, vault, id))?.map(|kept| kept.number),
            None => None,
        };
        let branches = book.store.read(|tx| branch::list(tx, true))?;
        let home = branches.iter().find(|kept| Some(kept.id) == member.profile.home_branch);
        let own = home.map(|kept| kept.content.currency);
        let currency = own.or_else(|| one_of_all(branches.iter().map(|kept| kept.content.currency)));
        let today = clock::utc_date(clock::now_us());
        let mut answer = MemberAnswer::plain(member, today);
        answer.relatives = relatives;
        answer.merged_into_number = kept;
        answer.branch = home.map(|kept| kept.content.name.as_str().to_owned());
        answer.currency = currency.map(|currency| currency.code().to_owned());
        Ok(answer)
    }

    fn plain(member: &Member, today: Date) -> MemberAnswer {
        let (profile, figures) = (&member.profile, &member.figures);
        let name = &profile.name;
        MemberAnswer {
            id: member.id.to_string(),
            number: member.number,
            version: member.version,
            name: name.full(),
            given_name: name.given().to_owned(),
            family_name: name.family().map(str::to_owned),
            middle_name: name.middle().map(str::to_owned),
            birth_date: profile.birth.map(|birth| birth.date().to_string()),
            phones: profile.phones.iter().map(|phone| phone.as_str().to_owned()).collect(),
            emails: profile.emails.iter().map(|email| email.as_written().to_owned()).collect(),
            messengers: messengers(member),
            documents: documents(member),
            address: profile.address.clone(),
            note: profile.note.as_ref().map(|note| note.as_str().to_owned()),
            guardian: profile.guardian.as_ref().map(|guardian| GuardianAnswer {
                kind: guardian_kind(guardian.kind),
                name: guardian.name.full(),
                phone: guardian.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            }),
            relatives: Vec::new(),
            category: category_word(&profile.category),
            tags: profile.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            language: profile.language.map(bonafide_domain::profile::Language::code),
            source: profile.source.clone(),
            branch: None,
            check_due: profile.check_due.map(|date| date.to_string()),
            check_is_due: profile.check_due.is_some_and(|date| date <= today),
            membership_ends: member.membership_ends.map(|date| date.to_string()),
            added_us: member.added_us,
            first_visit_us: figures.first_visit_us,
            last_visit_us: figures.last_visit_us,
            visits: figures.visits,
            bookings: figures.bookings,
            receipts: figures.receipts,
            spent_minor: figures.spent_minor,
            average_receipt_minor: figures.average_receipt_minor(),
            currency: None,
            merged_into: member.merged_into.map(|id| id.to_string()),
            merged_into_number: None,
        }
    }

    pub(super) fn lines(&self) -> String {
        let category = self.category.strip_prefix(':').unwrap_or(&self.category);
        let mut lines = vec![format!("{} · number {} · {category}", self.name, self.number)];
        if let Some(day) = &self.check_due {
            lines.push(if self.check_is_due {
                format!("  CHECK THE PROFILE: due since {day}")
            } else {
                format!("  the profile is to be checked on {day}")
            });
        }
        let mut line = |label: &str, value: Option<String>| {
            lines.extend(
                value.filter(|value| !value.is_empty()).map(|value| format!("  {label:<16} {value}")),
            );
        };
        line("born", self.birth_date.clone());
        line("phone", Some(self.phones.join(", ")));
        line("e-mail", Some(self.emails.join(", ")));
        line("messenger", Some(self.messengers.join(", ")));
        line("document", Some(self.documents.join(", ")));
        line("address", self.address.clone());
        line("guardian", self.guardian.as_ref().map(GuardianAnswer::words));
        for relative in &self.relatives {
            let words = format!("{}: {} (number {})", relative.is, relative.name, relative.number);
            line("family", Some(words));
        }
        line("tags", Some(self.tags.join(", ")));
        line("note", self.note.as_ref().map(|note| note.replace('\n', " / ")));
        line("language", self.language.map(str::to_owned));
        line("source", self.source.clone());
        line("branch", self.branch.clone());
        line("membership until", self.membership_ends.clone());
        line("visits", Some(self.visits_words()));
        line("bookings", (self.bookings > 0).then(|| self.bookings.to_string()));
        line("spent", Some(self.spent_words()));
        line("member since", Some(clock::utc_date(self.added_us).to_string()));
        line("merged into", self.merged_into_number.map(|number| format!("member {number}")));
        line("version", Some(self.version.to_string()));
        line("id", Some(self.id.clone()));
        lines.join("\n")
    }

    fn visits_words(&self) -> String {
        let day = |at_us: i64| clock::utc_date(at_us);
        match (self.first_visit_us, self.last_visit_us) {
            (Some(first), Some(last)) => {
                format!("{}, the first on {}, the last on {}", self.visits, day(first), day(last))
            }
            _ => "none yet".to_owned(),
        }
    }

    fn spent_words(&self) -> String {
        let amount = |minor: i64| amount(minor, self.currency.as_deref());
        match self.average_receipt_minor {
            Some(average) => {
                let receipts = counted(u64::from(self.receipts), "receipt");
                format!("{} on {receipts}, {} on average", amount(self.spent_minor), amount(average))
            }
            None => "nothing yet".to_owned(),
        }
    }
}

impl GuardianAnswer {
    fn words(&self) -> String {
        let phone = self.phone.as_ref().map_or_else(String::new, |phone| format!(", {phone}"));
        format!("{} ({}{phone})", self.name, self.kind.replace('_', " "))
    }
}

/// The one value of all, if they have one.
fn one_of_all<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

/// An amount in its currency, as `12.50 EUR`; in minor units when nobody knows the currency.
pub(crate) fn amount(minor: i64, currency: Option<&str>) -> String {
    let Some(currency) = currency.and_then(|code| Currency::parse(code).ok()) else {
        return format!("{minor} minor units");
    };
    let digits = usize::from(currency.minor_digits());
    let one = 10_u64.pow(u32::from(currency.minor_digits()));
    let (sign, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    if digits == 0 {
        return format!("{sign}{minor} {}", currency.code());
    }
    format!("{sign}{}.{:0digits$} {}", minor / one, minor % one, currency.code())
}

/// `telegram:anna`, …
pub(crate) fn messengers(member: &Member) -> Vec<String> {
    let all = member.profile.messengers.iter();
    all.map(|one| format!("{}:{}", messenger_kind(one.kind()), one.handle())).collect()
}

/// `passport:4510123456`, …
pub(crate) fn documents(member: &Member) -> Vec<String> {
    let all = member.profile.documents.iter();
    all.map(|one| format!("{}:{}", document_kind(one.kind()), one.number())).collect()
}

/// What a list shows of a member: enough to choose by, nothing to carry away.
#[derive(Serialize)]
pub(super) struct MemberLine {
    id: String,
    number: u32,
    name: String,
    category: String,
    /// The last four digits of the first phone.
    phone_end: Option<String>,
    birth_year: Option<i16>,
    /// The day of birth without the year, as 11-27: in lists of birthdays only.
    #[serde(skip_serializing_if = "Option::is_none")]
    birthday: Option<String>,
    last_visit_us: Option<i64>,
    membership_ends: Option<String>,
}

impl MemberLine {
    pub(super) fn of(member: &Member) -> MemberLine {
        let phone_end = |phone: &str| phone.get(phone.len().saturating_sub(4)..).map(str::to_owned);
        MemberLine {
            id: member.id.to_string(),
            number: member.number,
            name: member.profile.name.full(),
            category: category_word(&member.profile.category),
            phone_end: member.profile.phones.first().and_then(|phone| phone_end(phone.as_str())),
            birth_year: member.profile.birth.map(|birth| birth.date().year()),
            birthday: None,
            last_visit_us: member.figures.last_visit_us,
            membership_ends: member.membership_ends.map(|date| date.to_string()),
        }
    }

    pub(super) fn with_birthday(member: &Member) -> MemberLine {
        let birthday = member.profile.birth.map(|birth| birth.date().strftime("%m-%d").to_string());
        MemberLine { birthday, ..MemberLine::of(member) }
    }

    /// One line, for an answer with few of them.
    pub(super) fn line(&self) -> String {
        let category = self.category.strip_prefix(':').unwrap_or(&self.category);
        let phone = self.phone_end.as_ref().map_or_else(String::new, |end| format!(" …{end}"));
        let born = self.birth_year.map_or_else(String::new, |year| format!(" born {year}"));
        format!("{:>8}  {}  {category}{phone}{born}", self.number, self.name)
    }

    /// The head of a table of such lines, and the lines.
    pub(super) fn table(lines: &[MemberLine]) -> String {
        let birthdays = lines.iter().any(|line| line.birthday.is_some());
        let born = if birthdays { "birthday" } else { "born" };
        let head = ["number", "name", "category", "phone", born, "last visit", "membership until"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(lines.iter().map(|line| {
            let category = line.category.strip_prefix(':').unwrap_or(&line.category);
            let born = line.birth_year.map(|year| year.to_string());
            vec![
                line.number.to_string(),
                line.name.clone(),
                category.to_owned(),
                line.phone_end.as_ref().map_or_else(String::new, |end| format!("…{end}")),
                line.birthday.clone().or(born).unwrap_or_default(),
                line.last_visit_us.map_or_else(String::new, |us| clock::utc_date(us).to_string()),
                line.membership_ends.clone().unwrap_or_default(),
            ]
        }));
        table(&rows)
    }
}

/// Somebody who may be the same person.
#[derive(Serialize)]
pub(super) struct DuplicateAnswer {
    /// `certain`, `likely` or `possible`.
    strength: &'static str,
    member: MemberLine,
}

impl DuplicateAnswer {
    pub(super) fn of(duplicate: &Duplicate) -> DuplicateAnswer {
        let strength = match duplicate.likeness.strength {
            Strength::None => "none",
            Strength::Possible => "possible",
            Strength::Likely => "likely",
            Strength::Certain => "certain",
        };
        DuplicateAnswer { strength, member: MemberLine::of(&duplicate.member) }
    }

    pub(super) fn line(&self) -> String {
        format!("{:<9}{}", self.strength, self.member.line())
    }
}

/// The names of branches by their ids, closed ones too.
///
/// # Errors
/// The keys of faults.
pub(crate) fn branch_names(book: &Book) -> Result<std::collections::HashMap<Id, String>, Failure> {
    let branches = book.store.read(|tx| branch::list(tx, true))?;
    Ok(branches.into_iter().map(|kept| (kept.id, kept.content.name.as_str().to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        for (minor, currency, expected) in [
            (123_456, Some("RUB"), "1234.56 RUB"),
            (5, Some("EUR"), "0.05 EUR"),
            (-250, Some("EUR"), "-2.50 EUR"),
            (500, Some("JPY"), "500 JPY"),
            (1_001, Some("KWD"), "1.001 KWD"),
            (i64::MIN, Some("JPY"), "-9223372036854775808 JPY"),
            (7, None, "7 minor units"),
        ] {
            assert_eq!(amount(minor, currency), expected);
        }
    }
}
