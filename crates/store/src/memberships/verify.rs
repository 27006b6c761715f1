//! Whether everything that is worked out from the histories of memberships stands in the columns as it should.

use std::collections::BTreeMap;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::memberships::append::{Columns, freeze_days};
use crate::memberships::get;
use crate::values;

/// Mismatches that are told at most.
pub const MISMATCHES_MAX: usize = 100;

/// A column that differs from the histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The row, of a membership or a member.
    pub row: Id,
    /// The column.
    pub column: &'static str,
}

/// Replays every membership and compares. No mismatch is the good answer; a history that means nothing is a fault.
///
/// # Errors
/// When the book cannot be read or a history means nothing.
pub fn verify_memberships(tx: &mut Tx<'_>) -> Result<Vec<Mismatch>, Fault> {
    let mut found = Vec::new();
    let mut ends: BTreeMap<Id, i64> = BTreeMap::new();
    let mut ids = Vec::new();
    tx.for_each("SELECT id FROM memberships ORDER BY id", &[], |mut row| {
        ids.push(row.id(0)?);
        Ok(())
    })?;
    for id in ids {
        let columns = verify_one(tx, id, &mut found)?;
        if let Some(last_day) = columns.last_day() {
            let end = ends.entry(columns.holder).or_insert(last_day);
            *end = (*end).max(last_day);
        }
    }
    verify_members(tx, ends, &mut found)?;
    found.truncate(MISMATCHES_MAX);
    Ok(found)
}

fn verify_one(tx: &mut Tx<'_>, id: Id, found: &mut Vec<Mismatch>) -> Result<Columns, Fault> {
    let held = get(tx, id)?.ok_or_else(|| Fault::damaged(format!("the membership {id} is gone")))?;
    let expected = Columns::of(&held.membership);
    let mut row = tx.query_one(
        "SELECT holder_id, events, until_day, cancelled_day, used_up_day FROM memberships WHERE id = $1",
        values![id],
    )?;
    for (same, column) in [
        (row.id(0)? == expected.holder, "memberships.holder_id"),
        (row.integer(1)? == expected.events, "memberships.events"),
        (row.integer_or_null(2)? == expected.until_day, "memberships.until_day"),
        (row.integer_or_null(3)? == expected.cancelled_day, "memberships.cancelled_day"),
        (row.integer_or_null(4)? == expected.used_up_day, "memberships.used_up_day"),
    ] {
        if !same {
            found.push(Mismatch { row: id, column });
        }
    }
    let sql = "SELECT from_day, until_day FROM membership_freezes WHERE membership_id = $1 ORDER BY from_day";
    let freezes = tx.query(sql, values![id])?.into_iter();
    let freezes: Vec<_> =
        freezes.map(|mut row| Ok((row.integer(0)?, row.integer(1)?))).collect::<Result<_, Fault>>()?;
    if freezes != freeze_days(&held.membership) {
        found.push(Mismatch { row: id, column: "membership_freezes" });
    }
    Ok(expected)
}

/// Compares the end of each member with the latest of his own and of the profiles merged into his.
fn verify_members(
    tx: &mut Tx<'_>,
    mut ends: BTreeMap<Id, i64>,
    found: &mut Vec<Mismatch>,
) -> Result<(), Fault> {
    let mut members = Vec::new();
    let mut merged_into = BTreeMap::new();
    tx.for_each("SELECT id, merged_into, membership_ends_day FROM members", &[], |mut row| {
        let (id, into, ends_day) = (row.id(0)?, row.id_or_null(1)?, row.integer_or_null(2)?);
        members.push((id, ends_day));
        merged_into.extend(into.map(|into| (id, into)));
        Ok(())
    })?;
    let own: Vec<(Id, i64)> = ends.iter().map(|(&id, &end)| (id, end)).collect();
    for (holder, end) in own {
        let mut member = holder;
        while let Some(&into) = merged_into.get(&member) {
            let latest = ends.entry(into).or_insert(end);
            *latest = (*latest).max(end);
            member = into;
        }
    }
    for (id, ends_day) in members {
        if ends_day != ends.get(&id).copied() {
            found.push(Mismatch { row: id, column: "members.membership_ends_day" });
        }
    }
    Ok(())
}
