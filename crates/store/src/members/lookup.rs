//! Finding a member by what he says or shows: a phone, an address, a document. Keyed hashes; no plain value at rest.

use bonafide_domain::duplicates::{Likeness, Particulars, Strength, compare};
use bonafide_domain::profile::{EmailAddress, IdentityDocument, Messenger, Phone};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::keys::ring::Lookup;
use crate::members::profile::{Profile, document_key, messenger_key};
use crate::members::{self, Member};
use crate::values;

/// Members that one look-up answers with at most: a family shares a phone, a call centre does not.
pub const FOUND_MAX: u32 = 50;

/// What a member is looked up by.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// A phone.
    Phone(&'a Phone),
    /// An e-mail address.
    Email(&'a EmailAddress),
    /// A document.
    Document(&'a IdentityDocument),
    /// A messenger.
    Messenger(&'a Messenger),
}

impl By<'_> {
    fn canonical(self) -> (Lookup, Vec<u8>) {
        match self {
            By::Phone(phone) => (Lookup::Phone, phone.as_str().as_bytes().to_vec()),
            By::Email(email) => (Lookup::Email, email.canonical().as_bytes().to_vec()),
            By::Document(document) => (Lookup::Document, document_key(document)),
            By::Messenger(messenger) => (Lookup::Messenger, messenger_key(messenger)),
        }
    }
}

/// The members with this value, merged ones aside.
///
/// # Errors
/// When the book cannot be read.
pub fn find(tx: &mut Tx<'_>, vault: &Vault, by: By<'_>) -> Result<Vec<Id>, Fault> {
    let (kind, canonical) = by.canonical();
    let rows = tx.query(
        "SELECT COALESCE(m.merged_into, m.id) FROM member_lookups l JOIN members m ON m.id = l.member_id
         WHERE l.kind = $1 AND l.hash = $2 ORDER BY m.number LIMIT $3",
        values![kind.name(), vault.ring().lookup(kind, &canonical), FOUND_MAX],
    )?;
    let mut found: Vec<Id> = rows.into_iter().map(|mut row| row.id(0)).collect::<Result<_, Fault>>()?;
    found.dedup();
    Ok(found)
}

/// A member who may be the same person.
pub struct Duplicate {
    /// Who.
    pub member: Member,
    /// How strongly, and why.
    pub likeness: Likeness,
}

/// Members who may be the person of `profile`, the most alike first. `same_name` are candidates that a search by name gave;
/// `folded` makes the key of a name.
///
/// # Errors
/// When the book cannot be read.
pub fn duplicates(
    tx: &mut Tx<'_>,
    vault: &Vault,
    profile: &Profile,
    same_name: &[Id],
    folded: impl Fn(&str) -> String,
) -> Result<Vec<Duplicate>, Fault> {
    let mut candidates = same_name.to_vec();
    for phone in &profile.phones {
        candidates.extend(find(tx, vault, By::Phone(phone))?);
    }
    for email in &profile.emails {
        candidates.extend(find(tx, vault, By::Email(email))?);
    }
    for document in &profile.documents {
        candidates.extend(find(tx, vault, By::Document(document))?);
    }
    candidates.sort_unstable();
    candidates.dedup();
    let keys =
        |profile: &Profile| [folded(profile.name.given()), folded(profile.name.family().unwrap_or(""))];
    let own_keys = keys(profile);
    let mut found = Vec::new();
    for id in candidates {
        let Some(member) = members::get(tx, vault, id)? else { continue };
        let their_keys = keys(&member.profile);
        let likeness = compare(&particulars(profile, &own_keys), &particulars(&member.profile, &their_keys));
        if likeness.strength > Strength::None {
            found.push(Duplicate { member, likeness });
        }
    }
    found.sort_by_key(|duplicate| std::cmp::Reverse(duplicate.likeness.strength));
    Ok(found)
}

fn particulars<'a>(profile: &'a Profile, [given, family]: &'a [String; 2]) -> Particulars<'a> {
    Particulars {
        given_key: given,
        family_key: family,
        phones: &profile.phones,
        emails: &profile.emails,
        birth: profile.birth,
        documents: &profile.documents,
    }
}
