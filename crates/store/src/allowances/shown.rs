//! What tills may still take, and what was lost: for the owner.

use std::collections::HashMap;

use crate::allowances::{DELIVERY_US_MAX, Limits};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::values;

/// Allowances older than this count in no sum, in microseconds: thirty days.
const SHOWN_US: i64 = 30 * 24 * 3_600_000_000;

/// How a till stands, in minor units of its branch's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TillExposure {
    /// What the owner lets it take.
    pub limits: Limits,
    /// What its allowances may still take: no more than this can be lost by what is given now.
    pub open_minor: i64,
    /// What points paid by allowances of the last thirty days.
    pub used_minor: i64,
    /// What of that members turned out not to have, less what came back with the goods.
    pub lost_minor: i64,
}

/// How the tills stand that may take something, or were allowed something in the last thirty days.
///
/// # Errors
/// When the book cannot be read.
pub fn exposures(tx: &mut Tx<'_>, now_us: i64) -> Result<HashMap<Id, TillExposure>, Fault> {
    let mut found: HashMap<Id, TillExposure> = HashMap::new();
    for mut row in tx.query("SELECT till_id, day_minor, purchase_minor FROM allowance_limits", &[])? {
        let limits = Limits { day_minor: row.integer(1)?, purchase_minor: row.integer(2)? };
        if limits.day_minor > 0 {
            found.entry(row.id(0)?).or_default().limits = limits;
        }
    }
    // What was not delivered in time cannot be any more.
    let rows = tx.query(
        "SELECT till_id,
             CAST(SUM(CASE WHEN until_us >= $1 THEN (points - used_points) * point_minor ELSE 0 END) AS BIGINT),
             CAST(SUM(used_points * point_minor) AS BIGINT),
             CAST(SUM((lost_points - recovered_points) * point_minor) AS BIGINT)
         FROM allowances WHERE asked_us > $2 GROUP BY till_id",
        values![now_us.saturating_sub(DELIVERY_US_MAX), now_us.saturating_sub(SHOWN_US)],
    )?;
    for mut row in rows {
        let till = found.entry(row.id(0)?).or_default();
        (till.open_minor, till.used_minor, till.lost_minor) =
            (row.integer(1)?, row.integer(2)?, row.integer(3)?);
    }
    Ok(found)
}
