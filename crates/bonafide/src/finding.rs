//! One search for everything: what somebody typed or scanned is looked for as a name, a phone, the end of one, an address, a card in
//! any of its spellings, a number of the club's own, a document, a messenger.

use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_domain::profile::{
    DocumentKind, EmailAddress, IdentityDocument, Messenger, MessengerKind, Phone,
};
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
use bonafide_store::store::Store;

use crate::clock;
use crate::commands::members::fields;
use crate::commands::refused;
use crate::failure::Failure;

/// Members that a search shows at most.
pub const SHOWN_MAX: usize = 20;

/// One way to understand a text.
#[allow(missing_docs, reason = "each variant is the value that it holds")]
pub enum Sought {
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
    /// The word of the way.
    #[must_use]
    pub const fn way(&self) -> &'static str {
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
///
/// # Errors
/// `bad_query` for a text that says too little.
pub fn understood(text: &str) -> Result<Vec<Sought>, Failure> {
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
pub struct Found {
    /// By which way.
    pub by: &'static str,
    /// Of a card: what it allows now.
    pub card_state: Option<&'static str>,
    /// Who.
    pub member: Member,
}

/// Whether names or ends of numbers are looked for, which lie in memory only.
#[must_use]
pub fn needs_directory(ways: &[Sought]) -> bool {
    ways.iter().any(|sought| matches!(sought, Sought::PhoneEnd(_) | Sought::Name(_)))
}

/// Looks in every way; each member is told once, by the surest way. Without a directory nobody is found by what lies in it.
///
/// # Errors
/// When the book cannot be read.
pub fn look(store: &Store, directory: Option<&Directory>, ways: &[Sought]) -> Result<Vec<Found>, Fault> {
    let vault = store.vault();
    let numbers = |look: &dyn Fn(&Directory) -> Vec<u32>| directory.map(look).unwrap_or_default();
    let mut found: Vec<Found> = Vec::new();
    for sought in ways {
        let hits: Vec<(Member, Option<&'static str>)> = match sought {
            Sought::PhoneEnd(end) => in_memory(store, &numbers(&|all| all.by_number_end(end, SHOWN_MAX)))?,
            Sought::Name(query) => in_memory(store, &numbers(&|all| all.by_name(query, SHOWN_MAX)))?,
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

fn in_memory(store: &Store, numbers: &[u32]) -> Result<Vec<(Member, Option<&'static str>)>, Fault> {
    let members = store.read(|tx| of_numbers(tx, store.vault(), numbers))?;
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
