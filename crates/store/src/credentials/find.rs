//! Finding whose credential is shown. Keyed hashes make candidates; what is sealed decides.

use bonafide_domain::card::Agreement;
use bonafide_domain::consent::Purpose;
use bonafide_domain::credential::{BlockReason, CredentialKind, CredentialState};

use crate::consents::purpose_of_word;
use crate::credentials::content::{Content, Shown, from_record};
use crate::credentials::history::{block_word, kind, kind_word, state_now};
use crate::credentials::{TABLE, content_field};
use crate::db::Tx;
use crate::dialect;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::keys::ring::Lookup;
use crate::members::merging::profiles_of_person;
use crate::value::Row;
use crate::values;

/// Credentials that one look-up weighs at most. More share three bytes only in a chain of very many cards, and then a
/// person decides anyway.
pub const CANDIDATES_MAX: u32 = 50;

/// A credential as it is kept. No `Debug`: its content names a person.
pub struct Kept {
    /// The row.
    pub id: Id,
    /// The profile that it was issued to.
    pub member: Id,
    /// What it is.
    pub kind: CredentialKind,
    /// What it allows now.
    pub state: CredentialState,
    /// The first moment at which it has expired.
    pub until_us: Option<i64>,
    /// The credential whose place it took.
    pub replaces: Option<Id>,
    /// The credential that took its place.
    pub replaced_by: Option<Id>,
    /// What a biometric one is for.
    pub purpose: Option<Purpose>,
    /// The consent that a biometric one rests on.
    pub consent: Option<Id>,
    /// What it is made of; nothing once it was destroyed.
    pub content: Option<Content>,
    /// When it was issued.
    pub issued_us: i64,
}

impl Kept {
    /// Whether it counts no more and its place is free: replaced, expired, or what it was made of is destroyed. A lost or blocked
    /// one still holds its number.
    pub(crate) fn is_over(&self) -> bool {
        let destroyed = matches!(self.state, CredentialState::Blocked(reason) if reason.is_final());
        self.replaced_by.is_some() || self.state == CredentialState::Expired || destroyed
    }
}

/// Somebody who may be meant by what was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The credential.
    pub credential: Id,
    /// The member, after mergings.
    pub member: Id,
    /// What it is.
    pub kind: CredentialKind,
    /// What it allows now: whoever asks decides with it.
    pub state: CredentialState,
    /// The first moment at which it has expired.
    pub until_us: Option<i64>,
    /// How far what was shown agrees.
    pub agreement: Agreement,
}

/// Whose credential was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    /// Nobody's.
    Nobody,
    /// That of one.
    One(Holder),
    /// Several agree equally well: a person decides, nothing opens by itself.
    Several(Vec<Holder>),
}

const COLUMNS: &str =
    "c.id, c.member_id, c.kind, c.state, c.reason, c.until_us, c.replaces_id, c.replaced_by_id,
    c.purpose, c.consent_id, c.content_sealed, COALESCE(c.key_id, m.key_id), c.issued_us";

fn from_row(row: &mut Row, vault: &Vault, now_us: i64) -> Result<Kept, Fault> {
    let (id, member) = (row.id(0)?, row.id(1)?);
    let until_us = row.integer_or_null(5)?;
    let purpose_of = |word: String| {
        purpose_of_word(&word).ok_or_else(|| Fault::damaged(format!("the credential {id} is for {word}")))
    };
    let purpose = row.text_or_null(8)?.map(purpose_of).transpose()?;
    let content = match row.blob_or_null(10)? {
        Some(sealed) => {
            let key = vault.key_of_member(row.id(11)?)?;
            Some(from_record(&key.open(&content_field(id, member), &sealed)?)?)
        }
        None => None,
    };
    Ok(Kept {
        id,
        member,
        kind: kind(&row.text(2)?)?,
        state: state_now(&row.text(3)?, row.text_or_null(4)?.as_deref(), until_us, now_us)?,
        until_us,
        replaces: row.id_or_null(6)?,
        replaced_by: row.id_or_null(7)?,
        purpose,
        consent: row.id_or_null(9)?,
        content,
        issued_us: row.integer(12)?,
    })
}

/// A credential; `None` when there is none with this id.
///
/// # Errors
/// When the book cannot be read, or the content does not open.
pub fn get(tx: &mut Tx<'_>, vault: &Vault, id: Id, now_us: i64) -> Result<Option<Kept>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLE} c JOIN members m ON m.id = c.member_id WHERE c.id = $1");
    tx.query_opt(&sql, values![id])?.map(|mut row| from_row(&mut row, vault, now_us)).transpose()
}

/// A credential of a person that was stopped after too many tries; nothing when there is none. What it is made of is not opened:
/// this is asked each time that somebody is let in.
///
/// # Errors
/// When the book cannot be read.
pub fn turned_off(tx: &mut Tx<'_>, member: Id, kind: CredentialKind) -> Result<Option<Id>, Fault> {
    for profile in profiles_of_person(tx, member)? {
        let row = tx.query_opt(
            "SELECT id FROM credentials WHERE member_id = $1 AND kind = $2 AND state = 'blocked' AND reason = $3
             ORDER BY id LIMIT 1",
            values![profile, kind_word(kind), block_word(BlockReason::TooManyTries)],
        )?;
        if let Some(mut row) = row {
            return row.id(0).map(Some);
        }
    }
    Ok(None)
}

/// All credentials of a person, those of merged profiles too, the oldest first.
///
/// # Errors
/// As [`get`].
pub fn of_member(tx: &mut Tx<'_>, vault: &Vault, member: Id, now_us: i64) -> Result<Vec<Kept>, Fault> {
    let mut all = Vec::new();
    for profile in profiles_of_person(tx, member)? {
        all.extend(of_profile(tx, vault, profile, now_us)?);
    }
    all.sort_by_key(|credential| (credential.issued_us, credential.id));
    Ok(all)
}

/// The credentials that were issued to this very profile.
///
/// # Errors
/// As [`get`].
pub(crate) fn of_profile(
    tx: &mut Tx<'_>,
    vault: &Vault,
    profile: Id,
    now_us: i64,
) -> Result<Vec<Kept>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLE} c JOIN members m ON m.id = c.member_id WHERE c.member_id = $1 ORDER BY c.id"
    );
    tx.query(&sql, values![profile])?.into_iter().map(|mut row| from_row(&mut row, vault, now_us)).collect()
}

/// Credentials that may be what is shown, with how far they agree.
pub(super) fn candidates(
    tx: &mut Tx<'_>,
    vault: &Vault,
    shown: Shown<'_>,
    now_us: i64,
) -> Result<Vec<(Kept, Agreement)>, Fault> {
    let ring = vault.ring();
    let hashes: Vec<_> = shown.keys().iter().map(|key| ring.lookup(Lookup::Credential, key)).collect();
    let mut ids: Vec<Id> = Vec::new();
    for id in dialect::looked_up_credentials(tx, &hashes, CANDIDATES_MAX)? {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut found = Vec::new();
    for id in ids {
        let Some(kept) = get(tx, vault, id, now_us)? else { continue };
        let agreement = match (shown, &kept.content) {
            (Shown::Card(read), Some(Content::Card(number) | Content::Bracelet(number))) => {
                read.agreement(number)
            }
            // The hash is that of the whole value.
            (_, Some(_)) => Some(Agreement::Whole),
            (_, None) => None,
        };
        found.extend(agreement.map(|agreement| (kept, agreement)));
    }
    Ok(found)
}

/// Whose credential is shown: those that agree best. One that was replaced or has expired is spoken of only when there is no
/// other, so that a bracelet that goes from hand to hand is its last holder's.
///
/// # Errors
/// As [`get`].
pub fn find(tx: &mut Tx<'_>, vault: &Vault, shown: Shown<'_>, now_us: i64) -> Result<Holders, Fault> {
    let found = candidates(tx, vault, shown, now_us)?;
    let Some(best) = found.iter().map(|(_, agreement)| *agreement).min() else { return Ok(Holders::Nobody) };
    let (over, current): (Vec<_>, Vec<_>) =
        found.into_iter().filter(|(_, agreement)| *agreement == best).partition(|(kept, _)| kept.is_over());
    let mut holders = Vec::new();
    for (kept, agreement) in if current.is_empty() { over } else { current } {
        let member = profiles_of_person(tx, kept.member)?.first().copied().unwrap_or(kept.member);
        let Kept { id: credential, kind, state, until_us, .. } = kept;
        holders.push(Holder { credential, member, kind, state, until_us, agreement });
    }
    Ok(match holders.as_slice() {
        [] => Holders::Nobody,
        [one] => Holders::One(*one),
        _ => Holders::Several(holders),
    })
}
