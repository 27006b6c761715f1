//! What happened at the doors since a moment, for pages that stay open and for whoever has lost his connection.
//!
//! It follows the order of the audit: each decision and each end has its entry, every entry gets the next number, and the numbers
//! have no gap. So nothing can be passed over, whichever process wrote it and whatever its clock said. On a server the
//! number comes within a second of the commit.

use std::collections::HashSet;

use crate::audit::order;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::passages::feed::{FeedItem, item_of};
use crate::values;

/// Entries of the audit that one call looks through at most.
pub const ENTRIES_MAX: u32 = 2_000;

/// A place in the order of what happened: the number of the next entry of the audit. A page keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub u64);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A decision, as it is now: new, or with an end that it had not before, or with somebody more behind it.
    Passage(FeedItem),
    /// Somebody went through without a grant.
    Unattributed {
        /// Where.
        access_point: Id,
        /// When, in microseconds since 1970.
        at_us: i64,
    },
    /// Somebody decided about something that waited.
    Settled {
        /// The id that it had in the list.
        item: Id,
    },
    /// Who is inside, or what a locker holds, was changed by hand: ask anew.
    Inside,
}

/// What happened, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// What.
    pub changes: Vec<Change>,
    /// Where to go on.
    pub next: Cursor,
    /// There is more already.
    pub more: bool,
}

/// The place of now: what happens from here on is seen from it.
///
/// # Errors
/// When the book cannot be read.
pub fn now(tx: &mut Tx<'_>) -> Result<Cursor, Fault> {
    order::size(tx).map(Cursor)
}

/// What happened at the doors of these branches from a place on. A decision that changed several times is told once, in the place of
/// its first change, as it is now.
///
/// # Errors
/// When the book cannot be read.
pub fn since(tx: &mut Tx<'_>, branches: &[Id], cursor: Cursor) -> Result<Changes, Fault> {
    let rows = tx.query(
        "SELECT action, subject_id, at_us FROM audit_entries WHERE seq >= $1 ORDER BY seq LIMIT $2",
        values![order::as_integer(cursor.0)?, ENTRIES_MAX],
    )?;
    let read = rows.len() as u64;
    let (mut changes, mut told) = (Vec::new(), HashSet::new());
    for mut row in rows {
        let (action, at_us) = (row.text(0)?, row.integer(2)?);
        let Some(subject) = row.id_or_null(1)? else { continue };
        match action.as_str() {
            "passage_decided" | "passage_passed" | "passage_assumed" | "passage_lapsed"
            | "passage_tailgate" => {
                if told.insert(subject)
                    && let Some(item) = item_of(tx, subject)?.filter(|item| branches.contains(&item.branch))
                {
                    changes.push(Change::Passage(item));
                }
            }
            "passage_unattributed" => changes.extend(unattributed(tx, branches, subject, at_us)?),
            "attention_settled"
                if settled_in(tx, subject)?.is_some_and(|branch| branches.contains(&branch)) =>
            {
                changes.push(Change::Settled { item: subject });
            }
            "presence_corrected" | "locker_taken" | "locker_released"
                if !changes.contains(&Change::Inside) =>
            {
                changes.push(Change::Inside);
            }
            _ => {}
        }
    }
    Ok(Changes { changes, next: Cursor(cursor.0 + read), more: read == u64::from(ENTRIES_MAX) })
}

/// The subject of such an entry is the grant that had lapsed, or the door where there was none.
fn unattributed(tx: &mut Tx<'_>, branches: &[Id], subject: Id, at_us: i64) -> Result<Option<Change>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id, z.branch_id FROM access_points p JOIN zones z ON z.id = p.zone_id
         WHERE p.id = $1 OR p.id = (SELECT access_point_id FROM passages WHERE id = $1)",
        values![subject],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (access_point, branch) = (row.id(0)?, row.id(1)?);
    Ok(branches.contains(&branch).then_some(Change::Unattributed { access_point, at_us }))
}

fn settled_in(tx: &mut Tx<'_>, item: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT branch_id FROM attention_settled WHERE id = $1", values![item])?;
    row.map(|mut row| row.id(0)).transpose()
}
