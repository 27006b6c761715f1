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
    let kept = match detail {
        Some(detail) => {
            let salt = random::<16>()?;
            let opened = [salt.as_slice(), detail.json.as_bytes()].concat();
            let field =
                Field { table: "audit_entries", column: "detail_sealed", row: id, member: detail.member };
            Kept {
                commitment: commit_to(&opened),
                sealed: Some(detail.key.seal(&field, &opened)?),
                plain: None,
            }
        }
        None => Kept { commitment: commit_to(random::<16>()?.as_slice()), sealed: None, plain: None },
    };
    insert(tx, acting, id, action, subject, kept)?;
    Ok(id)
}

/// Writes an entry about what is no person, with what it was `before` and `after` as JSON: nothing before it was there. The
/// words stand in the book as they are, and the tree covers them.
///
/// # Errors
/// As [`record`].
pub(crate) fn record_change(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    subject: Subject,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<Id, Fault> {
    let id = Id::new(acting.now_us)?;
    let [before, after] = [before, after].map(|words| words.unwrap_or("null"));
    let plain = format!(r#"{{"before":{before},"after":{after}}}"#);
    // The leaf has the words themselves: there is nothing to commit to, and nothing can be told from that.
    let commitment = commit_to(random::<16>()?.as_slice());
    insert(tx, acting, id, action, subject, Kept { commitment, sealed: None, plain: Some(plain) })?;
    Ok(id)
}

/// What an entry keeps of before and after.
struct Kept {
    commitment: Hash,
    sealed: Option<Vec<u8>>,
    plain: Option<String>,
}

fn insert(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    action: &'static str,
    subject: Subject,
    kept: Kept,
) -> Result<(), Fault> {
    let origin = &acting.origin[..acting.origin.floor_char_boundary(ORIGIN_BYTES_MAX)];
    tx.execute(
        "INSERT INTO audit_entries (id, at_us, actor_kind, actor_id, origin, action, subject_kind, subject_id,
             commitment, detail_sealed, salt, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            id,
            acting.now_us,
            acting.actor.kind(),
            acting.actor.id(),
            origin,
            action,
            subject.kind,
            subject.id,
            kept.commitment,
            kept.sealed,
            *random::<16>()?,
            kept.plain
        ],
    )?;
    Ok(())
}

/// What an entry commits to.
pub(crate) fn commit_to(opened: &[u8]) -> Hash {
    Sha256::new().chain_update(b"bonafide/commitment/1").chain_update(opened).finalize().into()
}

/// The columns that make a leaf, in the order of [`leaf`].
pub(crate) const LEAF_COLUMNS: &str =
    "id, at_us, actor_kind, actor_id, origin, action, subject_kind, subject_id, commitment, salt, detail";

/// The leaf of a row of [`LEAF_COLUMNS`]. Each part stands behind its length, so that no two rows make the same bytes. The
/// sealed detail has no part in it: it is erased with its member, and the commitment stays. The plain one is there for good,
/// and is the last part where there is one.
pub(crate) fn leaf(row: &mut Row) -> Result<Hash, Fault> {
    let mut bytes = b"bonafide/audit/1".to_vec();
    let mut part = |part: &[u8]| {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part);
    };
    part(&row.blob(0)?);
    part(&row.integer(1)?.to_le_bytes());
    part(row.text(2)?.as_bytes());
    part(row.blob_or_null(3)?.as_deref().unwrap_or(&[]));
    part(row.text(4)?.as_bytes());
    part(row.text(5)?.as_bytes());
    part(row.text(6)?.as_bytes());
    part(row.blob_or_null(7)?.as_deref().unwrap_or(&[]));
    part(&row.blob(8)?);
    part(&row.blob(9)?);
    if let Some(detail) = row.text_or_null(10)? {
        part(detail.as_bytes());
    }
    Ok(leaf_hash(&bytes))
}
