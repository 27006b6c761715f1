//! The chain: branches, their zones, and the doors, tills and lockers in them.
//!
//! Nothing here is deleted. What is out of use is closed: lists leave it out, and what points to it still finds it.

pub mod access_point;
pub mod branch;
pub mod locker;
pub mod till;
pub mod time_zone;
pub mod zone;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::fault::Fault;
use crate::id::Id;
use crate::store::Work;
use crate::values;

/// Rows of one list at most: the doors of a large branch are some hundred.
pub const LIST_MAX: u32 = 2_000;

/// Something of the chain as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// The row.
    pub id: Id,
    /// What it is.
    pub content: T,
    /// Since when it is out of use, in microseconds since 1970.
    pub closed_us: Option<i64>,
}

/// There is none with this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFound;

/// How a row is taken out of use, or into use again.
pub(crate) struct Closing {
    /// Out of use.
    pub(crate) closed: bool,
    /// Writes since when it is out of use into the row with an id, `$1` and `$2`.
    pub(crate) sql: &'static str,
    /// What the trace says.
    pub(crate) action: &'static str,
}

/// Closes or opens the row of `subject` and tells whether it was otherwise before. `before` is since when it was closed; the
/// outer nothing means that there is no such row.
pub(crate) fn write_closing(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    subject: Subject,
    before: Option<Option<i64>>,
    closing: &Closing,
) -> Result<Result<bool, NotFound>, Fault> {
    let Some(closed_us) = before else { return Ok(Err(NotFound)) };
    if closed_us.is_some() == closing.closed {
        return Ok(Ok(false));
    }
    let since_us = closing.closed.then_some(acting.now_us);
    work.tx.execute(closing.sql, values![since_us, subject.id])?;
    let [before, after] = [closed_us, since_us].map(|us| serde_json::json!({ "closed_us": us }).to_string());
    record_change(work.tx, acting, closing.action, subject, Some(&before), Some(&after))?;
    Ok(Ok(true))
}
