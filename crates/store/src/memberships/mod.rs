//! Sold memberships: their events, append-only, and what is worked out from them.
//!
//! A command reads the history, lets the rules of [`bonafide_domain::membership`] decide, and appends one event. In the
//! same transaction stand the audit's entry and the columns that lists are made by; [`verify`] finds any that differ from
//! the history.
//!
//! **Asked twice, done once** (T-01, T-02, T-05). The operation id is unique for ever: the same operation is answered with
//! the event of the first time, with other contents it is refused.
//!
//! **Two at once** (D-28). A command first takes the row of its membership, so that a second one waits or is run again and
//! then sees the event of the first.

mod append;
pub mod command;
mod ends;
pub mod entrance;
pub mod list;
mod record;
pub mod sale;
pub mod verify;

use bonafide_domain::membership::{Membership, MembershipEvent};
use jiff::civil::Date;

use crate::audit::entry::Author;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::plans;
use crate::value::Row;
use crate::values;

pub(crate) use ends::refresh_ends;
use record::event_of;

/// The table, as the audit names it.
pub const TABLE: &str = "memberships";

/// Memberships of one member that are looked at, the newest first: forty years of months.
pub const OF_MEMBER_MAX: u32 = 500;

/// What a caller brings to each command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its id, which the caller keeps until there is an answer.
    pub operation: Id,
    /// The date it counts for, in the calendar of the branch where it is asked.
    pub on: Date,
}

/// A membership with what is known about its sale.
#[derive(Debug, Clone)]
pub struct Held {
    /// The row.
    pub id: Id,
    /// What was sold. The version is in the terms.
    pub plan: Id,
    /// Where.
    pub branch: Id,
    /// As its history left it.
    pub membership: Membership,
}

/// An entry of a membership's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What happened.
    pub event: MembershipEvent,
    /// Who did it.
    pub author: Author,
}

/// A membership; `None` when there is none with this id.
///
/// # Errors
/// When the book cannot be read, or the history means nothing.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Held>, Fault> {
    let sql = "SELECT id, plan_id, plan_version, branch_id FROM memberships WHERE id = $1";
    let row = tx.query_opt(sql, values![id])?;
    row.map(|row| replayed(tx, row)).transpose()
}

/// All memberships of a member, those of profiles merged into his own too, in the order of their sale.
///
/// # Errors
/// When the book cannot be read, or a history means nothing.
pub fn of_member(tx: &mut Tx<'_>, member: Id) -> Result<Vec<Held>, Fault> {
    let rows = tx.query(
        "WITH RECURSIVE same (id) AS (
             SELECT id FROM members WHERE id = $1
             UNION SELECT m.id FROM members m JOIN same s ON m.merged_into = s.id)
         SELECT h.id, h.plan_id, h.plan_version, h.branch_id
         FROM same s CROSS JOIN memberships h WHERE h.holder_id = s.id ORDER BY h.id DESC LIMIT $2",
        values![member, OF_MEMBER_MAX],
    )?;
    rows.into_iter().rev().map(|row| replayed(tx, row)).collect()
}

/// Everything that happened to a membership, in order, and who did it; `None` when there is none with this id.
///
/// # Errors
/// When the book cannot be read.
pub fn history(tx: &mut Tx<'_>, id: Id) -> Result<Option<Vec<HistoryEntry>>, Fault> {
    let mut entries = Vec::new();
    tx.for_each(
        "SELECT e.sequence, e.operation_id, e.at_us, e.day, e.kind, e.payload, a.actor_kind, a.actor_id
         FROM membership_events e JOIN audit_entries a ON a.id = e.audit_entry_id
         WHERE e.membership_id = $1 ORDER BY e.sequence",
        values![id],
        |mut row| {
            let author = Author { kind: row.text(6)?, id: row.id_or_null(7)? };
            entries.push(HistoryEntry { event: event_of(&mut row)?, author });
            Ok(())
        },
    )?;
    // There is no membership without its sale.
    Ok((!entries.is_empty()).then_some(entries))
}

/// What an operation did, and to which membership; `None` when it was never done. A caller that repeats itself learns from it
/// what it left out the first time.
///
/// # Errors
/// When the book cannot be read.
pub fn of_operation(tx: &mut Tx<'_>, operation: Id) -> Result<Option<(Id, MembershipEvent)>, Fault> {
    let row = tx.query_opt(
        "SELECT sequence, operation_id, at_us, day, kind, payload, membership_id FROM membership_events
         WHERE operation_id = $1",
        values![operation],
    )?;
    row.map(|mut row| Ok((row.id(6)?, event_of(&mut row)?))).transpose()
}

/// The membership of a row of `id, plan_id, plan_version, branch_id`.
fn replayed(tx: &mut Tx<'_>, mut row: Row) -> Result<Held, Fault> {
    let (id, plan, version, branch) = (row.id(0)?, row.id(1)?, row.number(2)?, row.id(3)?);
    let sold = plans::version(tx, plan, version)?;
    let terms = sold.ok_or_else(|| Fault::damaged(format!("{plan} has no version {version}")))?.terms;
    let mut events = Vec::new();
    tx.for_each(
        "SELECT sequence, operation_id, at_us, day, kind, payload FROM membership_events
         WHERE membership_id = $1 ORDER BY sequence",
        values![id],
        |mut row| {
            events.push(event_of(&mut row)?);
            Ok(())
        },
    )?;
    let meaningless = |why| Fault::damaged(format!("the history of the membership {id}: {why:?}"));
    let membership = Membership::replay(terms, &events).map_err(meaningless)?;
    Ok(Held { id, plan, branch, membership })
}
