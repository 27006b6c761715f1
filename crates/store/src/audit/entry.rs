//! One entry: who, when, from where, what, on whom. Written in the transaction of the effect.

use sha2::{Digest, Sha256};

use crate::audit::merkle::{Hash, leaf_hash};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field};
use crate::keys::seal::random;
use crate::value::Row;
use crate::values;

/// The longest origin: an address, a host's name.
pub const ORIGIN_BYTES_MAX: usize = 200;

/// Bytes of the salt before the words that an entry commits to.
pub(crate) const SALT_BYTES: usize = 16;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The program itself: a job, a repair.
    Program,
    /// Whoever runs the command line on the server.
    CommandLine,
    /// An employee.
    Staff(Id),
    /// A door, a till, a reader.
    Device(Id),
    /// A member, about himself.
    Member(Id),
}

impl Actor {
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Actor::Program => "program",
            Actor::CommandLine => "command_line",
            Actor::Staff(_) => "staff",
            Actor::Device(_) => "device",
            Actor::Member(_) => "member",
        }
    }

    pub(crate) const fn id(self) -> Option<Id> {
        match self {
            Actor::Program | Actor::CommandLine => None,
            Actor::Staff(id) | Actor::Device(id) | Actor::Member(id) => Some(id),
        }
    }
}

/// Who acts, and from where: known once for a whole command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// Who.
    pub actor: Actor,
    /// From where: an address or a host's name, cut at [`ORIGIN_BYTES_MAX`].
    pub origin: String,
    /// When, in microseconds since 1970.
    pub now_us: i64,
}

/// Who did it, as it stands in the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The kind of [`Actor`]: `staff`, `device`, …
    pub kind: String,
    /// Which one.
    pub id: Option<Id>,
}

/// On whom or what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The table of the row.
    pub kind: &'static str,
    /// The row; nothing for the installation as a whole.
    pub id: Option<Id>,
}

impl Subject {
    /// A row.
    #[must_use]
    pub const fn row(kind: &'static str, id: Id) -> Subject {
        Subject { kind, id: Some(id) }
    }

    /// The installation.
    #[must_use]
    pub const fn installation() -> Subject {
        Subject { kind: "installation", id: None }
    }
}

/// What it was before and after, as JSON. The entry keeps a commitment to it; the words themselves are sealed with the
/// member's key and go when it goes.
pub struct Detail<'a> {
    /// Whose it is.
    pub member: Id,
    /// The member's key.
    pub key: &'a DataKey,
    /// Before and after.
    pub json: &'a str,
}

/// Writes an entry. It gets its place in the order within the commit on SQLite and within a second on a server.
///
/// # Errors
/// When it cannot be written: then the effect is not done either.
pub fn record(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    subject: Subject,
    detail: Option<Detail<'_>>,
) -> Result<Id, Fault> {
    let id = Id::new(acting.now_us)?;
    // The commitment's own salt is inside the seal: without the member's key nobody can try out what was committed to.
    let (commitment, sealed) = match detail {
        Some(detail) => {
            let opened = [random::<SALT_BYTES>()?.as_slice(), detail.json.as_bytes()].concat();
            let field = detail_field(id, detail.member);
            (commit_to(&opened), Some(detail.key.seal(&field, &opened)?))
        }
        None => (commit_to(random::<SALT_BYTES>()?.as_slice()), None),
    };
    write(tx, acting, action, subject, id, commitment, sealed)
}

/// Writes an entry that commits to words which the row of `subject` keeps in plain, with the salt: they are about nobody.
///
/// # Errors
/// As [`record`].
pub(crate) fn record_plain(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    subject: Subject,
    (salt, json): (&[u8; SALT_BYTES], &str),
) -> Result<Id, Fault> {
    let commitment = commit_to(&[salt.as_slice(), json.as_bytes()].concat());
    write(tx, acting, action, subject, Id::new(acting.now_us)?, commitment, None)
}

fn write(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    subject: Subject,
    id: Id,
    commitment: Hash,
    sealed: Option<Vec<u8>>,
) -> Result<Id, Fault> {
    let origin = &acting.origin[..acting.origin.floor_char_boundary(ORIGIN_BYTES_MAX)];
    tx.execute(
        "INSERT INTO audit_entries (id, at_us, actor_kind, actor_id, origin, action, subject_kind, subject_id,
             commitment, detail_sealed, salt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id,
            acting.now_us,
            acting.actor.kind(),
            acting.actor.id(),
            origin,
            action,
            subject.kind,
            subject.id,
            commitment,
            sealed,
            *random::<SALT_BYTES>()?
        ],
    )?;
    Ok(id)
}

/// Where the sealed detail of an entry stands.
pub(crate) const fn detail_field(entry: Id, member: Id) -> Field {
    Field { table: "audit_entries", column: "detail_sealed", row: entry, member }
}

/// What an entry commits to.
pub(crate) fn commit_to(opened: &[u8]) -> Hash {
    Sha256::new().chain_update(b"bonafide/commitment/1").chain_update(opened).finalize().into()
}

/// The columns that make a leaf, in the order of [`leaf`].
pub(crate) const LEAF_COLUMNS: &str =
    "id, at_us, actor_kind, actor_id, origin, action, subject_kind, subject_id, commitment, salt";

/// The leaf of a row of [`LEAF_COLUMNS`].
pub(crate) fn leaf(row: &mut Row) -> Result<Hash, Fault> {
    Ok(leaf_of(&[
        &row.blob(0)?,
        &row.integer(1)?.to_le_bytes(),
        row.text(2)?.as_bytes(),
        row.blob_or_null(3)?.as_deref().unwrap_or(&[]),
        row.text(4)?.as_bytes(),
        row.text(5)?.as_bytes(),
        row.text(6)?.as_bytes(),
        row.blob_or_null(7)?.as_deref().unwrap_or(&[]),
        &row.blob(8)?,
        &row.blob(9)?,
    ]))
}

/// The leaf of the parts of an entry, in the order of [`LEAF_COLUMNS`]. Each part stands behind its length, so that no two
/// rows make the same bytes. The sealed detail has no part in it: it is erased with its member, and the commitment stays.
pub(crate) fn leaf_of(parts: &[&[u8]; 10]) -> Hash {
    let mut bytes = b"bonafide/audit/1".to_vec();
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(*part);
    }
    leaf_hash(&bytes)
}
