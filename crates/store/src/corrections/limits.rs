//! How many points one person alone may put right.

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes;
use crate::store::Work;
use crate::values;
use crate::written::damaged;

/// Points of a member that one person alone may put right in a day, unless the programme says otherwise.
pub const POINTS_ALONE_USUAL: u64 = 1_000;

/// Points of a member of this programme that one person alone may put right in a day.
///
/// # Errors
/// When the book cannot be read.
pub fn limit(tx: &mut Tx<'_>, programme: Id) -> Result<u64, Fault> {
    let sql = "SELECT points_max FROM correction_limits WHERE programme_id = $1";
    let Some(mut row) = tx.query_opt(sql, values![programme])? else { return Ok(POINTS_ALONE_USUAL) };
    u64::try_from(row.integer(0)?).map_err(|_| damaged("the limit of corrections"))
}

/// Sets it; with 0 every correction needs a second person. Tells whether it was otherwise; nothing without such a programme.
///
/// # Errors
/// When it cannot be written.
pub fn set_limit(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    programme: Id,
    points_max: u64,
) -> Result<Option<bool>, Fault> {
    if programmes::get(work.tx, programme)?.is_none() {
        return Ok(None);
    }
    let before = limit(work.tx, programme)?;
    if before == points_max {
        return Ok(Some(false));
    }
    work.tx.execute(
        "INSERT INTO correction_limits (programme_id, points_max) VALUES ($1, $2)
         ON CONFLICT (programme_id) DO UPDATE SET points_max = excluded.points_max",
        values![programme, points_max.cast_signed()],
    )?;
    let subject = Subject::row("programmes", programme);
    let (before, after) = (before.to_string(), points_max.to_string());
    record_change(work.tx, acting, "correction_limit_set", subject, Some(&before), Some(&after))?;
    Ok(Some(true))
}
