//! What a bonus programme costs and brings: figures of a span of days, for whoever owns it.
//!
//! Every figure is counted from the rows that the tills left, when somebody asks: nothing is kept beside them that could be wrong. All
//! of it reads one moment of the book by a reader's connection, so that no till waits.
//!
//! - [`points`]: what is owed, given, spent, expired, and what expires soon. They belong to the programme as a whole: a wallet has no
//!   branch. Their days are those of [`calendar_of`].
//! - [`sales`]: receipts by branch and by what the member was recognised by, and what the programme returns. Their days are those of each
//!   branch, as the purchases have them.
//! - [`participants`]: who is in the programme, who came, who came again.
//! - [`comparison`]: coming again before and after something, against a like group.

pub mod comparison;
pub mod participants;
pub mod points;
pub mod sales;

use bonafide_domain::calendar::{Calendar, DateSpan, UtcMicros};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::branch;
use crate::values;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Of which programme.
    pub programme: Id,
    /// At which branch; at all when there is none.
    pub branch: Option<Id>,
    /// On which days.
    pub span: DateSpan,
}

/// The calendar by which the days of a programme's points begin: that of the first of its branches. UTC when it has none.
///
/// # Errors
/// When the book cannot be read.
pub fn calendar_of(tx: &mut Tx<'_>, programme: Id) -> Result<Calendar, Fault> {
    let sql = "SELECT branch_id FROM branch_programmes WHERE programme_id = $1 ORDER BY branch_id LIMIT 1";
    let first = tx.query_opt(sql, values![programme])?.map(|mut row| row.id(0)).transpose()?;
    let first = first.map(|id| branch::get(tx, id)).transpose()?.flatten();
    let utc = || Calendar::of(jiff::tz::TimeZone::UTC);
    Ok(first.map_or_else(utc, |branch| branch.content.time_zone.calendar()))
}

/// The first instants of the span and of the day after it.
pub(crate) fn instants(span: DateSpan, calendar: &Calendar) -> (i64, i64) {
    let first = |date| calendar.first_instant(date).map_or(i64::MAX, UtcMicros::get);
    (first(span.from()), first(span.until()))
}

/// A sum of a column, which no amount may make negative.
fn count(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::damaged("a sum of figures is below zero"))
}
