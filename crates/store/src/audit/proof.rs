//! The proof that an entry is in the tree: a document that anybody can check with the public key alone.

use serde::{Deserialize, Serialize};

use crate::audit::entry::{LEAF_COLUMNS, leaf_of};
use crate::audit::merkle::{Hash, inclusion_proof, is_included};
use crate::audit::order::{Head, as_integer, kept};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::{Ring, is_signed};
use crate::values;

/// What the document says of itself.
pub const FORMAT: &str = "bonafide/audit-proof/1";

/// Hashes on the way from a leaf to the root at most: levels of a tree that an integer can count.
const PATH_MAX: usize = 64;

/// An entry, the way from its leaf to the root, and the signed head with this root. Hashes, keys and signatures are in hex,
/// times in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// [`FORMAT`].
    pub format: String,
    /// What is proven.
    pub entry: ProvenEntry,
    /// The place of the entry in the tree, from zero.
    pub index: u64,
    /// The hash of the leaf that the entry makes.
    pub leaf: String,
    /// The audit path of RFC 9162, section 2.1.3, from the leaf up.
    pub path: Vec<String>,
    /// The head that the path leads to.
    pub head: ProvenHead,
    /// The Ed25519 key that has signed the head.
    pub verifying_key: String,
}

/// The parts of an entry that make its leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenEntry {
    /// The row.
    pub id: String,
    /// When.
    pub at_us: i64,
    /// The kind of who did it.
    pub actor_kind: String,
    /// Who did it.
    pub actor_id: Option<String>,
    /// From where.
    pub origin: String,
    /// What.
    pub action: String,
    /// On what kind of row.
    pub subject_kind: String,
    /// On which row.
    pub subject_id: Option<String>,
    /// What the entry commits to: before and after.
    pub commitment: String,
    /// So that nobody guesses an entry from its leaf.
    pub salt: String,
}

/// A signed head of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenHead {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: String,
    /// The time of the last of them.
    pub at_us: i64,
    /// The signature of [`Head::message`].
    pub signature: String,
}

/// Why a proof does not prove. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProven {
    /// It is no proof of this program: another format, or a part that is no hash, id or key.
    OtherForm,
    /// It is signed by another key than the one that was given.
    OtherKey,
    /// The head is not signed by the key.
    Signature,
    /// The entry was changed: it makes another leaf.
    Entry,
    /// The path does not lead from the leaf to the root.
    Path,
}

/// Bytes in small hex digits.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly `N` bytes from hex digits; `None` for anything else.
#[must_use]
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// The proof of the entry with this place in the tree, up to the newest head; `None` when there is no such entry.
///
/// # Errors
/// When the book cannot be read, or the tree lacks a node.
pub fn prove(tx: &mut Tx<'_>, ring: &Ring, index: u64) -> Result<Option<Proof>, Fault> {
    let sql = format!("SELECT {LEAF_COLUMNS} FROM audit_entries WHERE seq = $1");
    let Ok(seq) = as_integer(index) else { return Ok(None) };
    let Some(mut row) = tx.query_opt(&sql, values![seq])? else { return Ok(None) };
    let entry = ProvenEntry {
        id: row.id(0)?.to_string(),
        at_us: row.integer(1)?,
        actor_kind: row.text(2)?,
        actor_id: row.id_or_null(3)?.map(|id| id.to_string()),
        origin: row.text(4)?,
        action: row.text(5)?,
        subject_kind: row.text(6)?,
        subject_id: row.id_or_null(7)?.map(|id| id.to_string()),
        commitment: to_hex(&row.blob(8)?),
        salt: to_hex(&row.blob(9)?),
    };
    let mut head = tx.query_one(
        "SELECT size, root, at_us, signature FROM audit_checkpoints ORDER BY size DESC LIMIT 1",
        &[],
    )?;
    let size = head.integer(0)?.unsigned_abs();
    let damaged = || Fault::damaged(format!("the entry {index} is not in the audit tree"));
    let path = inclusion_proof(index, size, |at| kept(tx, at))?.ok_or_else(damaged)?;
    Ok(Some(Proof {
        format: FORMAT.to_owned(),
        leaf: to_hex(&entry.leaf().ok_or_else(damaged)?),
        entry,
        index,
        path: path.iter().map(|hash| to_hex(hash)).collect(),
        head: ProvenHead {
            size,
            root: to_hex(&head.blob(1)?),
            at_us: head.integer(2)?,
            signature: to_hex(&head.blob(3)?),
        },
        verifying_key: to_hex(&ring.verifying_key()),
    }))
}

impl ProvenEntry {
    /// The leaf that the entry makes; `None` when a part is no id or hash.
    fn leaf(&self) -> Option<Hash> {
        let id = |text: &Option<String>| match text.as_deref() {
            None => Some(Vec::new()),
            Some(text) => Some(Id::parse(text)?.bytes().to_vec()),
        };
        Some(leaf_of(&[
            Id::parse(&self.id)?.bytes(),
            &self.at_us.to_le_bytes(),
            self.actor_kind.as_bytes(),
            &id(&self.actor_id)?,
            self.origin.as_bytes(),
            self.action.as_bytes(),
            self.subject_kind.as_bytes(),
            &id(&self.subject_id)?,
            &from_hex::<32>(&self.commitment)?,
            &from_hex::<16>(&self.salt)?,
        ]))
    }
}

impl Proof {
    /// Checks the proof against a verifying key that is known from elsewhere, or else against its own: then it only says that
    /// whoever has that key has signed it.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self, known_key: Option<&[u8; 32]>) -> Result<(), NotProven> {
        if self.format != FORMAT || self.path.len() > PATH_MAX {
            return Err(NotProven::OtherForm);
        }
        let hash = |text: &str| from_hex::<32>(text).ok_or(NotProven::OtherForm);
        let (key, leaf, root) = (hash(&self.verifying_key)?, hash(&self.leaf)?, hash(&self.head.root)?);
        let signature = from_hex::<64>(&self.head.signature).ok_or(NotProven::OtherForm)?;
        let path = self.path.iter().map(|step| hash(step)).collect::<Result<Vec<Hash>, _>>()?;
        let made = self.entry.leaf().ok_or(NotProven::OtherForm)?;
        if known_key.is_some_and(|known| *known != key) {
            return Err(NotProven::OtherKey);
        }
        let head = Head { size: self.head.size, root, at_us: self.head.at_us };
        if !is_signed(&key, &head.message(), &signature) {
            return Err(NotProven::Signature);
        }
        if made != leaf {
            return Err(NotProven::Entry);
        }
        if is_included(leaf, self.index, self.head.size, &path, &root) {
            Ok(())
        } else {
            Err(NotProven::Path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_back_and_nothing_else_is_hex() {
        assert_eq!(from_hex::<3>(&to_hex(&[0, 0xAB, 9])), Some([0, 0xAB, 9]));
        assert_eq!(from_hex::<1>("Ff"), Some([0xFF]));
        for text in ["", "f", "fff", "+f", "gg", "жж"] {
            assert_eq!(from_hex::<1>(text), None, "{text}");
        }
    }
}
