//! `bonafide members search`: by name, phone, e-mail, card, document or messenger.

use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_domain::profile::{
    DocumentKind, EmailAddress, IdentityDocument, Messenger, MessengerKind, Phone,
};
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::credentials::content::Shown;
use bonafide_store::credentials::find::{self as credentials, Holders};
use bonafide_store::credentials::history::state_words;
use bonafide_store::db::Tx;
use bonafide_store::directory::Directory;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::members::lookup::{By, find};
use bonafide_store::members::profile::{document_written, messenger_written};
use bonafide_store::members::{Member, get, of_numbers};
use bonafide_store::search::{NameQuery, NumberEnd};
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::members::answer::MemberLine;
use crate::commands::members::fields;
use crate::commands::refused;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;

/// Members that a search shows at most.
const SHOWN_MAX: usize = 20;

/// Find members. The answer tells how the text was understood: as a name (in any order, from its beginning, with a typo, in
/// Cyrillic, Latin or Chinese), a phone, the last four digits or more of one, an e-mail address, the number of a card in any
/// of its spellings, a number of the club's own, an identity document, or a messenger. What can be several things is looked
/// for as each of them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide members search 'petrova anna'\n  bonafide members search 6789\n  \
    bonafide members search +79123456789 --json\n  bonafide members search 04:A2:3B:1C\n  \
    bonafide members search 162,15132\n  bonafide members search 'passport:45 10 123456'\n  \
    bonafide members search @anna_petrova"
)]
pub(crate) struct SearchArgs {
    /// What to look for. Wiegand bits are written as w26:21A6616 or w34:2932C05A4, in hex.
    text: String,
}

#[derive(Serialize)]
struct SearchAnswer {
    /// How the text was understood when somebody was found, or else the last way that was tried: `name`, `phone`, `phone_end`,
    /// `email`, `card_hex`, `card_decimal`, `card_facility_number`, `card_wiegand`, `club_number`, `document` or `messenger`.
    by: &'static str,
    /// All ways in which it was looked for.
    tried: Vec<&'static str>,
    members: Vec<FoundLine>,
}

#[derive(Serialize)]
struct FoundLine {
    /// By what this one was found.
    by: &'static str,
    /// Of a card: what it allows now.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_state: Option<&'static str>,
    #[serde(flatten)]
    member: MemberLine,
}

impl Answer for SearchAnswer {
    fn text(&self) -> String {
        let ways: Vec<&str> = self.tried.iter().map(|way| way_words(way)).collect();
        if self.members.is_empty() {
            return format!("nobody by {}", ways.join(", nor by "));
        }
        let mut lines: Vec<String> = Vec::new();
        let mut last = "";
        for found in &self.members {
            if found.by != last {
                lines.push(format!("by {}:", way_words(found.by)));
                last = found.by;
            }
            let state = found.card_state.map_or_else(String::new, |state| format!(" (the card is {state})"));
            lines.push(format!("{}{state}", found.member.line()));
        }
        lines.join("\n")
    }
}

fn way_words(way: &str) -> &str {
    match way {
        "phone_end" => "the end of a phone",
        "email" => "e-mail",
        "card_hex" => "card number in hex",
        "card_decimal" => "card number in decimal",
        "card_facility_number" => "card number as facility,number",
        "card_wiegand" => "card number as Wiegand bits",
        "club_number" => "club number",
        "document" => "identity document",
        other => other,
    }
}

/// One way to understand a text.
enum Sought {
    Email(EmailAddress),
    Phone(Phone),
    Card(&'static str, CardNumber),
    ClubNumber(ClubNumber),
    Document(IdentityDocument),
    Messenger(Messenger),
    PhoneEnd(NumberEnd),
    Name(NameQuery),
}

impl Sought {
    const fn way(&self) -> &'static str {
        match self {
            Sought::Email(_) => "email",
            Sought::Phone(_) => "phone",
            Sought::Card(way, _) => way,
            Sought::ClubNumber(_) => "club_number",
            Sought::Document(_) => "document",
            Sought::Messenger(_) => "messenger",
            Sought::PhoneEnd(_) => "phone_end",
            Sought::Name(_) => "name",
        }
    }
}

const DOCUMENT_KINDS: [DocumentKind; 6] = [
    DocumentKind::Passport,
    DocumentKind::IdentityCard,
    DocumentKind::DrivingLicence,
    DocumentKind::BirthCertificate,
    DocumentKind::ResidencePermit,
    DocumentKind::Other,
];

/// Messengers that know people by a name.
const NAMED_MESSENGERS: [MessengerKind; 3] =
    [MessengerKind::Telegram, MessengerKind::WeChat, MessengerKind::Vk];

/// All ways to understand a text, the surest first; at least one.
fn understood(text: &str) -> Result<Vec<Sought>, Failure> {
    let text = text.trim();
    let bad = |why: String| Failure::new("bad_query", why);
    if let Some(messenger) = messenger_written(text) {
        let messenger = messenger.map_err(|why| bad(refused::messenger(why)))?;
        return Ok(vec![Sought::Messenger(messenger)]);
    }
    if let Some(document) = document_written(text) {
        let document = document.map_err(|why| bad(refused::document(why)))?;
        return Ok(vec![Sought::Document(document)]);
    }
    if let Some(handle) = text.strip_prefix('@') {
        let all = NAMED_MESSENGERS.map(|kind| Messenger::parse(kind, handle).ok().map(Sought::Messenger));
        let all: Vec<Sought> = all.into_iter().flatten().collect();
        let none = "no messenger has such a name: a name begins with a letter and has letters, digits and _";
        return if all.is_empty() { Err(bad(none.to_owned())) } else { Ok(all) };
    }
    if text.contains('@') {
        let email = EmailAddress::parse(text).map_err(|why| bad(refused::email(why)))?;
        return Ok(vec![Sought::Email(email)]);
    }
    if text.starts_with('+') {
        return fields::phone(text).map(|phone| vec![Sought::Phone(phone)]).map_err(bad);
    }
    if let Some(card) = wiegand(text) {
        let card = card.map_err(|why| bad(why.to_owned()))?;
        return Ok(vec![Sought::Card("card_wiegand", card)]);
    }
    let mut all = Vec::new();
    let cards = [
        ("card_hex", CardNumber::from_hex(text, ByteOrder::AsOnCard)),
        ("card_decimal", CardNumber::from_decimal(text, ByteOrder::AsOnCard)),
        ("card_facility_number", CardNumber::from_facility_number(text)),
    ];
    all.extend(cards.into_iter().filter_map(|(way, card)| Some(Sought::Card(way, card.ok()?))));
    if text.contains(|c: char| c.is_ascii_digit()) {
        all.extend(ClubNumber::parse(text).ok().map(Sought::ClubNumber));
        let documents = DOCUMENT_KINDS.map(|kind| IdentityDocument::parse(kind, text).ok());
        all.extend(documents.into_iter().flatten().map(Sought::Document));
    }
    all.extend(NumberEnd::parse(text).ok().map(Sought::PhoneEnd));
    // Nobody's name has a digit in it.
    if !all.is_empty() && text.contains(|c: char| c.is_ascii_digit()) {
        return Ok(all);
    }
    match NameQuery::parse(text) {
        Ok(name) => all.push(Sought::Name(name)),
        Err(refusal) if all.is_empty() => return Err(bad(refusal.to_string())),
        Err(_) => {}
    }
    Ok(all)
}

/// The bits of a reader: `w26:` or `w34:` and hex digits; `None` for another text.
fn wiegand(text: &str) -> Option<Result<CardNumber, &'static str>> {
    const WRONG: &str = "these are no Wiegand bits: a digit is no hex digit, or the parity does not fit";
    let (length, digits) = text.split_once(':')?;
    let bits = u64::from_str_radix(digits.trim(), 16);
    Some(match length.to_ascii_lowercase().as_str() {
        "w26" => bits
            .ok()
            .and_then(|bits| u32::try_from(bits).ok())
            .and_then(|bits| CardNumber::from_wiegand_26(bits).ok())
            .ok_or(WRONG),
        "w34" => bits
            .ok()
            .and_then(|bits| CardNumber::from_wiegand_34(bits, ByteOrder::AsOnCard).ok())
            .ok_or(WRONG),
        _ => return None,
    })
}

/// Somebody who was found.
struct Found {
    by: &'static str,
    card_state: Option<&'static str>,
    member: Member,
}

/// Looks in every way; each member is told once, by the surest way.
fn look(book: &Book, ways: &[Sought]) -> Result<Vec<Found>, Failure> {
    let (store, vault) = (&book.store, book.store.vault());
    let mut found: Vec<Found> = Vec::new();
    for sought in ways {
        let hits: Vec<(Member, Option<&'static str>)> = match sought {
            Sought::PhoneEnd(end) => in_memory(book, &directory(book)?.by_number_end(end, SHOWN_MAX))?,
            Sought::Name(query) => in_memory(book, &directory(book)?.by_name(query, SHOWN_MAX))?,
            exact => store.read(|tx| {
                let mut hits = Vec::new();
                for (id, state) in exactly(tx, vault, exact)? {
                    hits.extend(get(tx, vault, id)?.map(|member| (member, state)));
                }
                Ok(hits)
            })?,
        };
        for (member, card_state) in hits {
            if found.len() < SHOWN_MAX && !found.iter().any(|known| known.member.id == member.id) {
                found.push(Found { by: sought.way(), card_state, member });
            }
        }
    }
    Ok(found)
}

fn in_memory(book: &Book, numbers: &[u32]) -> Result<Vec<(Member, Option<&'static str>)>, Failure> {
    let members = book.store.read(|tx| of_numbers(tx, book.store.vault(), numbers))?;
    Ok(members.into_iter().map(|member| (member, None)).collect())
}

/// Members by a keyed look-up, with the state of the card that named them.
fn exactly(
    tx: &mut Tx<'_>,
    vault: &Vault,
    sought: &Sought,
) -> Result<Vec<(Id, Option<&'static str>)>, Fault> {
    let by = match sought {
        Sought::Email(email) => By::Email(email),
        Sought::Phone(phone) => By::Phone(phone),
        Sought::Document(document) => By::Document(document),
        Sought::Messenger(messenger) => By::Messenger(messenger),
        Sought::Card(_, card) => return held(tx, vault, Shown::Card(card)),
        Sought::ClubNumber(number) => return held(tx, vault, Shown::ClubNumber(number)),
        Sought::PhoneEnd(_) | Sought::Name(_) => return Ok(Vec::new()),
    };
    Ok(find(tx, vault, by)?.into_iter().map(|id| (id, None)).collect())
}

fn held(tx: &mut Tx<'_>, vault: &Vault, shown: Shown<'_>) -> Result<Vec<(Id, Option<&'static str>)>, Fault> {
    let holders = match credentials::find(tx, vault, shown, clock::now_us())? {
        Holders::Nobody => Vec::new(),
        Holders::One(holder) => vec![holder],
        Holders::Several(holders) => holders,
    };
    Ok(holders.into_iter().map(|holder| (holder.member, Some(state_words(holder.state).0))).collect())
}

/// Runs the command.
///
/// # Errors
/// `bad_query` for a text that says too little, and the keys of faults.
pub(super) fn run(args: &SearchArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let ways = understood(&args.text)?;
    let found = look(book, &ways)?;
    let mut tried: Vec<&'static str> = ways.iter().map(Sought::way).collect();
    tried.dedup();
    let last = tried.last().copied().unwrap_or("name");
    let by = found.first().map_or(last, |found| found.by);
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "members_searched", Subject::installation(), None).map(drop)
    })?;
    let line = |found: &Found| FoundLine {
        by: found.by,
        card_state: found.card_state,
        member: MemberLine::of(&found.member),
    };
    output::print(&SearchAnswer { by, tried, members: found.iter().map(line).collect() }, json)
}

/// Everybody in memory: names lie sealed in the book and can be searched nowhere else.
pub(super) fn directory(book: &Book) -> Result<Directory, Failure> {
    let directory = Directory::new();
    let bar = progress::counter("members");
    directory.load(&book.store, |members| bar.set_position(members))?;
    bar.finish_and_clear();
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_understood_in_every_way_that_it_can_be() {
        let cases: [(&str, &[&str]); 14] = [
            ("petrova", &["name"]),
            ("+7 912 345-67-89", &["phone"]),
            ("Anna@Example.com", &["email"]),
            ("@anna_ivanova", &["messenger", "messenger", "messenger"]),
            ("telegram:anna_ivanova", &["messenger"]),
            ("passport:45 10 123456", &["document"]),
            ("04:A2:3B:1C", &["card_hex"]),
            ("162,15132", &["card_facility_number"]),
            ("w26:21A6616", &["card_wiegand"]),
            ("W34:2932C05A4", &["card_wiegand"]),
            ("6789", &["card_decimal", "club_number", "document", "phone_end"]),
            ("1234567890", &["card_hex", "card_decimal", "club_number", "document", "phone_end"]),
            ("王小明", &["name"]),
            ("67 89", &["club_number", "document", "phone_end"]),
        ];
        for (text, expected) in cases {
            let mut ways: Vec<&str> = understood(text)
                .unwrap_or_else(|why| panic!("{text}: {why}"))
                .iter()
                .map(Sought::way)
                .collect();
            if expected.first() != Some(&"messenger") {
                ways.dedup();
            }
            assert_eq!(ways, expected, "{text}");
        }
        for text in ["*", "", "@1", "a@b", "+7", "w26:21A6617", "w34:zz", "telegram:a", "passport:1"] {
            assert_eq!(understood(text).map(|_| ()).unwrap_err().key, "bad_query", "{text}");
        }
    }
}
