//! The trace as people read it: the newest first, a page at a time, with before and after where the key still opens them.

use serde_json::Value as Json;

use crate::audit::entry::{Author, SALT_BYTES, commit_to, detail_field};
use crate::audit::merkle::Hash;
use crate::conditions::Conditions;
use crate::db::Tx;
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::keys::member::{DataKey, Vault};
use crate::members;
use crate::members::merging::profiles_of_person;
use crate::value::Row;
use crate::values;

/// Entries on one page at most.
pub const PAGE_MAX: u32 = 200;

/// Which entries: what is given must hold, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// The kind of who did it: `staff`, `command_line`, `program`, `device`, `member`.
    pub actor_kind: Option<String>,
    /// Who did it.
    pub actor: Option<Id>,
    /// What was done: `member_viewed`.
    pub action: Option<String>,
    /// About this person, in all profiles and memberships, or done by him.
    pub person: Option<Id>,
    /// At this moment or later, in microseconds since 1970 …
    pub from_us: Option<i64>,
    /// … and before this one.
    pub until_us: Option<i64>,
    /// Only the entry with this place.
    pub index: Option<u64>,
}

/// What an entry says about before and after.
#[derive(Clone, PartialEq)]
pub enum Words {
    /// It has none.
    None,
    /// As they were written; they fit what the entry commits to.
    Opened(Json),
    /// They went with the key of their member.
    Erased,
    /// They are sealed for whoever held the membership then.
    OtherHolder,
    /// They are not what the entry commits to: somebody changed them.
    Altered,
}

/// An entry. No `Debug`: its words are about a person.
pub struct ReadEntry {
    /// The place in the tree, from zero.
    pub index: u64,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Who did it.
    pub by: Author,
    /// From where.
    pub origin: String,
    /// What.
    pub action: String,
    /// On what kind of row.
    pub subject_kind: String,
    /// On which row.
    pub subject: Option<Id>,
    /// The member whom it is about; of a membership, who has it now.
    pub member: Option<Id>,
    /// The number of the member whom it is about, if he is still there.
    pub member_number: Option<u32>,
    /// Before and after.
    pub words: Words,
}

/// A page of the trace.
pub struct EntryPage {
    /// The newest first.
    pub entries: Vec<ReadEntry>,
    /// What to ask for next; nothing on the last page.
    pub next_before: Option<u64>,
    /// Entries that have no place yet and are on no page: on a server, for a second.
    pub unordered: u64,
}

const MEMBERSHIPS: &str = "memberships";

const COLUMNS: &str =
    "seq, id, at_us, actor_kind, actor_id, origin, action, subject_kind, subject_id, commitment,
    detail_sealed, detail";

/// The entries that a filter lets through, from the one before the place `before` on.
///
/// # Errors
/// When the book cannot be read.
pub fn entries(
    tx: &mut Tx<'_>,
    vault: &Vault,
    filter: &EntryFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<EntryPage, Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let mut conditions = Conditions::default();
    conditions.words.push("seq IS NOT NULL".to_owned());
    conditions.add("actor_kind = ?", filter.actor_kind.as_deref());
    conditions.add("actor_id = ?", filter.actor);
    conditions.add("action = ?", filter.action.as_deref());
    conditions.add("at_us >= ?", filter.from_us);
    conditions.add("at_us < ?", filter.until_us);
    // No entry has a place beyond the greatest integer, and all are before one.
    conditions.add("seq = ?", filter.index.map(|index| i64::try_from(index).unwrap_or(-1)));
    conditions.add("seq < ?", before.map(|before| i64::try_from(before).unwrap_or(i64::MAX)));
    if let Some(person) = filter.person {
        about(tx, &mut conditions, person)?;
    }
    // One more than asked for tells whether there is a next page.
    conditions.values.push(i64::from(limit + 1).into());
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_entries WHERE {} ORDER BY seq DESC LIMIT ${}",
        conditions.words.join(" AND "),
        conditions.values.len()
    );
    let mut rows = tx.query(&sql, &conditions.values)?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let entries = rows
        .into_iter()
        .map(|mut row| from_row(tx, vault, &mut row))
        .collect::<Result<Vec<ReadEntry>, Fault>>()?;
    let next_before = entries.last().filter(|_| more).map(|entry| entry.index);
    let unordered = tx.query_one("SELECT COUNT(*) FROM audit_entries WHERE seq IS NULL", &[])?.integer(0)?;
    Ok(EntryPage { entries, next_before, unordered: unordered.unsigned_abs() })
}

/// The condition that an entry is about a person, or of his doing.
fn about(tx: &mut Tx<'_>, conditions: &mut Conditions, person: Id) -> Result<(), Fault> {
    let mut ids = profiles_of_person(tx, person)?;
    // Somebody who was erased is asked for by the id that the certificate has.
    if ids.is_empty() {
        ids.push(person);
    }
    let places: Vec<String> = ids
        .into_iter()
        .map(|id| {
            conditions.values.push(id.into());
            format!("${}", conditions.values.len())
        })
        .collect();
    let places = places.join(", ");
    conditions.words.push(format!(
        "(subject_id IN ({places}) OR actor_id IN ({places})
          OR subject_id IN (SELECT id FROM memberships WHERE holder_id IN ({places})))"
    ));
    Ok(())
}

fn from_row(tx: &mut Tx<'_>, vault: &Vault, row: &mut Row) -> Result<ReadEntry, Fault> {
    let (index, id, at_us) = (row.integer(0)?.unsigned_abs(), row.id(1)?, row.integer(2)?);
    let by = Author { kind: row.text(3)?, id: row.id_or_null(4)? };
    let (origin, action) = (row.text(5)?, row.text(6)?);
    let (subject_kind, subject) = (row.text(7)?, row.id_or_null(8)?);
    let (commitment, sealed) = (row.bytes(9)?, row.blob_or_null(10)?);
    let member = match (subject_kind.as_str(), subject) {
        (members::TABLE, Some(id)) => Some(id),
        (MEMBERSHIPS, Some(id)) => holder(tx, id)?,
        _ => None,
    };
    let words = match (sealed, member) {
        // What is no person stands there in plain words, which are a part of the entry's leaf.
        (None, _) if !row.is_null(11) => {
            serde_json::from_str(&row.text(11)?).map_or(Words::Altered, Words::Opened)
        }
        (Some(sealed), Some(member)) => {
            let is_membership = subject_kind == MEMBERSHIPS;
            sealed_words(tx, vault, (id, member, &sealed), &commitment, is_membership)?
        }
        (Some(_), None) => Words::Erased,
        (None, _) => Words::None,
    };
    let member_number = match member {
        Some(member) => number(tx, member)?,
        None => None,
    };
    Ok(ReadEntry { index, at_us, by, origin, action, subject_kind, subject, member, member_number, words })
}

fn holder(tx: &mut Tx<'_>, membership: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT holder_id FROM memberships WHERE id = $1", values![membership])?;
    row.map(|mut row| row.id(0)).transpose()
}

fn number(tx: &mut Tx<'_>, member: Id) -> Result<Option<u32>, Fault> {
    let row = tx.query_opt("SELECT number FROM members WHERE id = $1", values![member])?;
    row.map(|mut row| row.number(0)).transpose()
}

/// The words that an entry has sealed for a member. A membership may have had another holder then, for whom they are sealed.
fn sealed_words(
    tx: &mut Tx<'_>,
    vault: &Vault,
    (entry, member, sealed): (Id, Id, &[u8]),
    commitment: &Hash,
    is_membership: bool,
) -> Result<Words, Fault> {
    let Some(key) = members::data_key(tx, vault, member)? else { return Ok(Words::Erased) };
    match key.open(&detail_field(entry, member), sealed) {
        Ok(opened) => Ok(checked(&opened, commitment)),
        Err(fault) if fault.kind == FaultKind::Damaged && is_membership => Ok(Words::OtherHolder),
        Err(fault) if fault.kind == FaultKind::Damaged => Ok(Words::Altered),
        Err(fault) => Err(fault),
    }
}

fn checked(opened: &[u8], commitment: &Hash) -> Words {
    if commit_to(opened) != *commitment {
        return Words::Altered;
    }
    let json = opened.get(SALT_BYTES..).and_then(|words| serde_json::from_slice(words).ok());
    json.map_or(Words::Altered, Words::Opened)
}

/// The words of a sealed detail under the key of its member.
pub(crate) fn detail(key: &DataKey, entry: Id, member: Id, sealed: &[u8]) -> Result<Json, Fault> {
    let opened = key.open(&detail_field(entry, member), sealed)?;
    serde_json::from_slice(opened.get(SALT_BYTES..).unwrap_or(&[]))
        .map_err(|_| Fault::damaged(format!("the detail of the entry {entry} is no JSON")))
}
