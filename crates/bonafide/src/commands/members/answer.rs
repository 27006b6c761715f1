//! A member in an answer of the command line.

use bonafide_store::members::Member;
use bonafide_store::members::profile::{category_word, document_kind, messenger_kind};
use serde::Serialize;

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
    category: String,
    tags: Vec<String>,
    language: Option<&'static str>,
    source: Option<String>,
    check_due: Option<String>,
    membership_ends: Option<String>,
    first_visit_us: Option<i64>,
    last_visit_us: Option<i64>,
    visits: u32,
    bookings: u32,
    receipts: u32,
    spent_minor: i64,
    average_receipt_minor: Option<i64>,
    merged_into: Option<String>,
}

impl MemberAnswer {
    pub(super) fn of(member: &Member) -> MemberAnswer {
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
            messengers: profile
                .messengers
                .iter()
                .map(|one| format!("{}:{}", messenger_kind(one.kind()), one.handle()))
                .collect(),
            documents: profile
                .documents
                .iter()
                .map(|one| format!("{}:{}", document_kind(one.kind()), one.number()))
                .collect(),
            address: profile.address.clone(),
            note: profile.note.as_ref().map(|note| note.as_str().to_owned()),
            category: category_word(&profile.category),
            tags: profile.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            language: profile.language.map(bonafide_domain::profile::Language::code),
            source: profile.source.clone(),
            check_due: profile.check_due.map(|date| date.to_string()),
            membership_ends: member.membership_ends.map(|date| date.to_string()),
            first_visit_us: figures.first_visit_us,
            last_visit_us: figures.last_visit_us,
            visits: figures.visits,
            bookings: figures.bookings,
            receipts: figures.receipts,
            spent_minor: figures.spent_minor,
            average_receipt_minor: figures.average_receipt_minor(),
            merged_into: member.merged_into.map(|id| id.to_string()),
        }
    }

    pub(super) fn lines(&self) -> String {
        let mut lines = vec![format!("{} · number {} · {}", self.name, self.number, self.category)];
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
        line("tags", Some(self.tags.join(", ")));
        line("note", self.note.as_ref().map(|note| note.replace('\n', " / ")));
        line("membership until", self.membership_ends.clone());
        line("check due", self.check_due.clone());
        line("visits", Some(self.visits.to_string()));
        line("merged into", self.merged_into.clone());
        line("id", Some(self.id.clone()));
        lines.join("\n")
    }
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
            last_visit_us: member.figures.last_visit_us,
            membership_ends: member.membership_ends.map(|date| date.to_string()),
        }
    }

    pub(super) fn line(&self) -> String {
        let phone = self.phone_end.as_ref().map_or_else(String::new, |end| format!(" …{end}"));
        let born = self.birth_year.map_or_else(String::new, |year| format!(" born {year}"));
        format!("{:>8}  {}  {}{phone}{born}", self.number, self.name, self.category)
    }
}
