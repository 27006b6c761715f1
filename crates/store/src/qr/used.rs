//! Codes that have opened, and the time below which none is taken.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::qr::CodeId;
use bonafide_domain::qr::time::step_of;

use crate::db::Tx;
use crate::fault::Fault;
use crate::store::Work;
use crate::values;

/// Steps that a mark is kept: an hour, where a code counts for less than a minute. A clock that is put back brings no code back:
/// that is what [`time_floor_us`] is for.
pub const KEPT_STEPS: u32 = 240;

/// Marks that one call of [`sweep`] removes at most.
pub const SWEPT_AT_ONCE_MAX: u32 = 1_000;

/// Whether a code has opened before.
pub(crate) fn was_used(tx: &mut Tx<'_>, code: &CodeId) -> Result<bool, Fault> {
    let row = tx.query_opt(
        "SELECT tap FROM used_codes WHERE step = $1 AND key_id = $2 AND tap = $3",
        values![code.step(), code.key().0, u32::from(code.tap())],
    )?;
    Ok(row.is_some())
}

/// Whether a code could still open: its key is known, and it has not opened before.
pub(crate) fn may_open(tx: &mut Tx<'_>, code: &CodeId) -> Result<bool, Fault> {
    let known = tx.query_opt("SELECT 1 FROM device_keys WHERE key_id = $1", values![code.key().0])?;
    Ok(known.is_some() && !was_used(tx, code)?)
}

/// Marks a code that opens now. The engine keeps two from doing so: whoever comes second runs again, and finds the mark.
pub(crate) fn mark(tx: &mut Tx<'_>, code: &CodeId) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO used_codes (step, key_id, tap) VALUES ($1, $2, $3)",
        values![code.step(), code.key().0, u32::from(code.tap())],
    )
    .map(drop)
}

/// Takes a code for something else than a door: it is good once. Tells whether it was still good.
///
/// # Errors
/// When it cannot be written.
pub fn take(work: &mut Work<'_, '_>, code: &CodeId) -> Result<bool, Fault> {
    let is_good = may_open(work.tx, code)?;
    if is_good {
        mark(work.tx, code)?;
    }
    Ok(is_good)
}

/// Removes marks that are older than [`KEPT_STEPS`]. To be called every few minutes; the answer is how many it removed,
/// [`SWEPT_AT_ONCE_MAX`] when there are more.
///
/// # Errors
/// When it cannot be written.
pub fn sweep(work: &mut Work<'_, '_>, now_us: i64) -> Result<u64, Fault> {
    let Ok(now) = UtcMicros::parse(now_us) else { return Ok(0) };
    work.tx.execute(
        "DELETE FROM used_codes WHERE (step, key_id, tap) IN
             (SELECT step, key_id, tap FROM used_codes WHERE step < $1 ORDER BY step LIMIT $2)",
        values![step_of(now).saturating_sub(KEPT_STEPS), SWEPT_AT_ONCE_MAX],
    )
}

/// The newest moment at which anything happened that is durable, in microseconds since 1970: time is not before it (case D-10).
/// Ids are ordered by time, so that the last entry of the audit is the newest.
///
/// # Errors
/// When the book cannot be read.
pub fn time_floor_us(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    let row = tx.query("SELECT at_us FROM audit_entries ORDER BY id DESC LIMIT 1", &[])?;
    row.into_iter().next().map_or(Ok(0), |mut row| row.integer(0))
}
