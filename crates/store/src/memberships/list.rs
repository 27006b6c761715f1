//! Lists of memberships, a page at a time.

use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::{date_of, day_number};
use crate::value::Row;
use crate::values;

/// Memberships on one page at most.
pub const PAGE_MAX: u32 = 100;

/// A membership in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The row.
    pub membership: Id,
    /// Whose it is.
    pub holder: Id,
    /// What it is.
    pub plan: Id,
    /// The first day on which what the list is about is over: the membership, or its freeze.
    pub until: Date,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What ends sooner comes first.
    pub memberships: Vec<Listed>,
    /// What to ask for next; nothing on the last page.
    pub next_after: Option<After>,
}

/// The place in a list after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    until_day: i64,
    membership: Id,
}

/// Memberships whose last valid day is `from` or later and before `before`, the cancelled ones aside: those that end within
/// seven days are asked for by today and the day in a week.
///
/// # Errors
/// When the book cannot be read.
pub fn ending(
    tx: &mut Tx<'_>,
    from: Date,
    before: Date,
    after: Option<After>,
    limit: u32,
) -> Result<Page, Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let (after_day, after_id) = place(after);
    let rows = tx.query(
        "SELECT id, holder_id, plan_id, until_day FROM memberships
         WHERE cancelled_day IS NULL AND until_day > $1 AND until_day <= $2 AND (until_day, id) > ($3, $4)
         ORDER BY until_day, id LIMIT $5",
        values![day_number(from), day_number(before), after_day, after_id, limit + 1],
    )?;
    page(rows, limit)
}

/// Memberships that rest on a day, the cancelled ones aside.
///
/// # Errors
/// When the book cannot be read.
pub fn frozen(tx: &mut Tx<'_>, on: Date, after: Option<After>, limit: u32) -> Result<Page, Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let (after_day, after_id) = place(after);
    let rows = tx.query(
        "SELECT h.id, h.holder_id, h.plan_id, f.until_day
         FROM membership_freezes f JOIN memberships h ON h.id = f.membership_id
         WHERE h.cancelled_day IS NULL AND f.from_day <= $1 AND f.until_day > $1
             AND (f.until_day, f.membership_id) > ($2, $3)
         ORDER BY f.until_day, f.membership_id LIMIT $4",
        values![day_number(on), after_day, after_id, limit + 1],
    )?;
    page(rows, limit)
}

fn place(after: Option<After>) -> (i64, Id) {
    after.map_or((i64::MIN, Id::from_bytes([0; 16])), |after| (after.until_day, after.membership))
}

/// One more than asked for tells whether there is a next page.
fn page(rows: Vec<Row>, limit: u32) -> Result<Page, Fault> {
    let more = rows.len() > limit as usize;
    let mut next_after = None;
    let mut memberships = Vec::new();
    for mut row in rows.into_iter().take(limit as usize) {
        let (membership, until_day) = (row.id(0)?, row.integer(3)?);
        let (holder, plan) = (row.id(1)?, row.id(2)?);
        memberships.push(Listed { membership, holder, plan, until: date_of(until_day)? });
        next_after = Some(After { until_day, membership });
    }
    Ok(Page { memberships, next_after: next_after.filter(|_| more) })
}
