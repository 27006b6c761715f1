//! Certificates: what was destroyed, when, why and by whom. No name, no number, no content; signed by the installation.

use std::collections::BTreeMap;

use bonafide_domain::consent::{Modality, Purpose};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::entry::{Acting, Subject, record};
use crate::consents::{modality_of_word, modality_word, purpose_of_word, purpose_word};
use crate::db::Tx;
use crate::erasure::withdrawal::Scope;
use crate::erasure::{Cause, cause_of_word, cause_word};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::{Ring, is_signed};
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// The table, as the audit names it.
pub const TABLE: &str = "erasure_certificates";

/// Certificates on one page at most.
pub const PAGE_MAX: u32 = 100;

/// What was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destroyed {
    /// Rows, by their table; tables without any are left out.
    pub rows: BTreeMap<String, u64>,
    /// Keys, by the ids under which the list of destroyed keys has them.
    #[serde(with = "ids")]
    pub keys: Vec<Id>,
}

impl Destroyed {
    pub(super) fn count(&mut self, table: &str, rows: u64) {
        if rows > 0 {
            *self.rows.entry(table.to_owned()).or_default() += rows;
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.keys.is_empty()
    }
}

/// Ids as people write them.
mod ids {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::id::Id;

    pub(super) fn serialize<S: Serializer>(ids: &[Id], serializer: S) -> Result<S::Ok, S::Error> {
        ids.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Id>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| Id::parse(text).ok_or_else(|| D::Error::custom("no id"))).collect()
    }
}

/// A certificate. It can be read when the member is gone: `member` is then the id of nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its own id: that of the operation that asked for it.
    pub id: Id,
    /// Whose data it was.
    pub member: Id,
    /// Why.
    pub cause: Cause,
    /// Of what; nothing when it was the whole person.
    pub about: Option<(Modality, Purpose)>,
    /// The kind of who did it: `staff`, `member`, `program`, …
    pub actor_kind: String,
    /// Who did it.
    pub actor: Option<Id>,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// What.
    pub destroyed: Destroyed,
    /// SHA-256 of all of it.
    pub hash: [u8; 32],
    /// The installation's signature under [`signed_message`] of the hash: checked with its verifying key, by anybody.
    pub signature: [u8; 64],
}

/// A certificate that is about to be written.
pub(super) struct NewCertificate<'a> {
    pub(super) id: Id,
    pub(super) member: Id,
    pub(super) cause: Cause,
    pub(super) scope: Option<Scope>,
    pub(super) destroyed: &'a Destroyed,
}

/// What is signed.
#[must_use]
pub fn signed_message(hash: &[u8; 32]) -> Vec<u8> {
    [b"bonafide/erasure-certificate/1".as_slice(), hash].concat()
}

const COLUMNS: &str =
    "id, member_id, cause, modality, purpose, actor_kind, actor_id, at_us, destroyed, hash, signature";

/// The fields in the order of the columns, each behind its length.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

pub(super) fn write(work: &mut Work<'_, '_>, acting: &Acting, new: &NewCertificate<'_>) -> Result<(), Fault> {
    let destroyed =
        serde_json::to_string(new.destroyed).map_err(|_| Fault::broken("a certificate is no JSON"))?;
    let modality = new.scope.map(|scope| modality_word(scope.modality));
    let purpose = new.scope.map(|scope| purpose_word(scope.purpose));
    let actor = acting.actor.id();
    let hash = hash(&[
        new.id.bytes(),
        new.member.bytes(),
        cause_word(new.cause).as_bytes(),
        modality.unwrap_or("").as_bytes(),
        purpose.unwrap_or("").as_bytes(),
        acting.actor.kind().as_bytes(),
        actor.as_ref().map_or(&[], |id| id.bytes().as_slice()),
        &acting.now_us.to_le_bytes(),
        destroyed.as_bytes(),
    ]);
    work.tx.execute(
        &format!(
            "INSERT INTO erasure_certificates ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        values![
            new.id,
            new.member,
            cause_word(new.cause),
            modality,
            purpose,
            acting.actor.kind(),
            actor,
            acting.now_us,
            destroyed,
            hash,
            work.vault.ring().sign(&signed_message(&hash))
        ],
    )?;
    record(work.tx, acting, "erasure_certified", Subject::row(TABLE, new.id), None).map(drop)
}

/// A certificate; `None` when there is none with this id.
///
/// # Errors
/// When the book cannot be read; [`crate::fault::FaultKind::Damaged`] when anything of it was changed.
pub fn get(tx: &mut Tx<'_>, ring: &Ring, id: Id) -> Result<Option<Certificate>, Fault> {
    let row =
        tx.query_opt(&format!("SELECT {COLUMNS} FROM erasure_certificates WHERE id = $1"), values![id])?;
    row.map(|mut row| from_row(&mut row, ring)).transpose()
}

/// The certificates of a member, the oldest first; also when he is gone.
///
/// # Errors
/// As [`get`].
pub fn of_member(tx: &mut Tx<'_>, ring: &Ring, member: Id) -> Result<Vec<Certificate>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM erasure_certificates WHERE member_id = $1 ORDER BY at_us, id");
    tx.query(&sql, values![member])?.into_iter().map(|mut row| from_row(&mut row, ring)).collect()
}

/// Certificates, the newest first, from those before the certificate `before` on.
///
/// # Errors
/// As [`get`].
pub fn list(tx: &mut Tx<'_>, ring: &Ring, before: Option<Id>, limit: u32) -> Result<Vec<Certificate>, Fault> {
    // An id that no certificate can have stands behind all of them.
    let before = before.unwrap_or(Id::from_bytes([0xFF; 16]));
    let sql = format!("SELECT {COLUMNS} FROM erasure_certificates WHERE id < $1 ORDER BY id DESC LIMIT $2");
    let rows = tx.query(&sql, values![before, limit.clamp(1, PAGE_MAX)])?;
    rows.into_iter().map(|mut row| from_row(&mut row, ring)).collect()
}

fn from_row(row: &mut Row, ring: &Ring) -> Result<Certificate, Fault> {
    let (id, member) = (row.id(0)?, row.id(1)?);
    let damaged = || Fault::damaged(format!("the certificate {id} was changed"));
    let (cause, modality, purpose) = (row.text(2)?, row.text_or_null(3)?, row.text_or_null(4)?);
    let (actor_kind, actor, at_us) = (row.text(5)?, row.id_or_null(6)?, row.integer(7)?);
    let (destroyed, kept_hash, signature) = (row.text(8)?, row.bytes(9)?, row.bytes(10)?);
    let made = hash(&[
        id.bytes(),
        member.bytes(),
        cause.as_bytes(),
        modality.as_deref().unwrap_or("").as_bytes(),
        purpose.as_deref().unwrap_or("").as_bytes(),
        actor_kind.as_bytes(),
        actor.as_ref().map_or(&[], |id| id.bytes().as_slice()),
        &at_us.to_le_bytes(),
        destroyed.as_bytes(),
    ]);
    if made != kept_hash || !is_signed(&ring.verifying_key(), &signed_message(&made), &signature) {
        return Err(damaged());
    }
    let about = match (modality.as_deref(), purpose.as_deref()) {
        (Some(modality), Some(purpose)) => Some((
            modality_of_word(modality).ok_or_else(damaged)?,
            purpose_of_word(purpose).ok_or_else(damaged)?,
        )),
        _ => None,
    };
    Ok(Certificate {
        id,
        member,
        cause: cause_of_word(&cause).ok_or_else(damaged)?,
        about,
        actor_kind,
        actor,
        at_us,
        destroyed: serde_json::from_str(&destroyed).map_err(|_| damaged())?,
        hash: made,
        signature,
    })
}
