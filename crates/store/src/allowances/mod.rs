//! Points that tills may let pay while there is no network (case T-07).
//!
//! The owner says for each till how much money's worth it may take in a day ([`set_limits`]). While there is a network the till asks for
//! it ([`ask`]) and gets a text that only this server can make and read; without one it spends against the text by itself, and delivers
//! the sales afterwards ([`crate::purchases::complete_offline`]). What members turn out not to have is lost, and never more than what
//! the tills were allowed.
//!
//! - here: the limits, and asking. `kept`: the rows. `text`: what a till is given. `shown`: what stands open and what was lost.

mod kept;
mod shown;
mod text;

use bonafide_domain::programme::Allowance;

use crate::audit::entry::{Acting, Subject, record_change, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes;
use crate::organisation::till::{self, TillPlace};
use crate::store::Work;
use crate::values;
use crate::written::to_text;

pub use kept::KeptAllowance;
pub(crate) use kept::{Use, get, note_recovered, note_use, readmit, use_of};
pub use shown::{TillExposure, exposures};
pub use text::NotAllowance;
pub(crate) use text::{in_time, opened};

const TABLE: &str = "allowances";

/// How long a till may spend by an allowance, in microseconds, by its own clock: a day.
pub const ALLOWANCE_US: i64 = 24 * 3_600_000_000;

/// How long after that its sales may be delivered, in microseconds: a week. A till that is away for longer is looked for by then.
pub const DELIVERY_US_MAX: i64 = 7 * ALLOWANCE_US;

/// How much a till may take without a network, in minor units of its branch's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// In any 24 hours; nothing when zero.
    pub day_minor: i64,
    /// For one purchase, no more than in a day.
    pub purchase_minor: i64,
}

/// Why limits are not set. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitsNotSet {
    /// There is no such till.
    NoTill,
    /// One is negative.
    Negative,
    /// A purchase may take more than a day.
    PurchaseAboveDay,
}

/// Why a till is allowed nothing. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotGiven {
    /// There is no such till, or it or its branch is closed.
    NoTill,
    /// The owner lets it take nothing without a network.
    NothingAllowed,
    /// The branch takes part in no programme with rules.
    NoProgramme,
    /// The programme lets no points pay.
    NothingPays,
    /// What it may take in a day is taken, or is not worth a point.
    UsedUp,
}

/// How much a till may take without a network: nothing, until the owner says otherwise.
///
/// # Errors
/// When the book cannot be read.
pub fn limits(tx: &mut Tx<'_>, till: Id) -> Result<Limits, Fault> {
    let sql = "SELECT day_minor, purchase_minor FROM allowance_limits WHERE till_id = $1";
    let row = tx.query_opt(sql, values![till])?;
    let limits = row.map(|mut row| {
        Ok::<_, Fault>(Limits { day_minor: row.integer(0)?, purchase_minor: row.integer(1)? })
    });
    Ok(limits.transpose()?.unwrap_or(Limits { day_minor: 0, purchase_minor: 0 }))
}

/// Says how much a till may take. What it was allowed before stays allowed. Tells whether it was otherwise.
///
/// # Errors
/// When it cannot be written; the inner error when it is not set.
pub fn set_limits(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    till: Id,
    wanted: Limits,
) -> Result<Result<bool, LimitsNotSet>, Fault> {
    let Limits { day_minor, purchase_minor } = wanted;
    if till::get(work.tx, till)?.is_none() {
        return Ok(Err(LimitsNotSet::NoTill));
    }
    if day_minor < 0 || purchase_minor < 0 {
        return Ok(Err(LimitsNotSet::Negative));
    }
    if purchase_minor > day_minor {
        return Ok(Err(LimitsNotSet::PurchaseAboveDay));
    }
    let before = limits(work.tx, till)?;
    if before == wanted {
        return Ok(Ok(false));
    }
    work.tx.execute(
        "INSERT INTO allowance_limits (till_id, day_minor, purchase_minor) VALUES ($1, $2, $3)
         ON CONFLICT (till_id) DO UPDATE SET day_minor = excluded.day_minor, purchase_minor = excluded.purchase_minor",
        values![till, day_minor, purchase_minor],
    )?;
    let told = |limits: Limits| {
        let (day, purchase) = (limits.day_minor, limits.purchase_minor);
        to_text(&serde_json::json!({ "day_minor": day, "purchase_minor": purchase }))
    };
    let (before, after) = (told(before)?, told(wanted)?);
    let subject = Subject::row("tills", till);
    record_change(work.tx, acting, "allowance_limits_set", subject, Some(&before), Some(&after))?;
    Ok(Ok(true))
}

/// Gives a till an allowance, with the text that it keeps. `undelivered_points` is what it has spent by the one before and not delivered
/// yet: the rest of that one is void, and given anew. So an answer that was lost is found by asking again, and until it is found the
/// till spends nothing. After a refusal it has what it had.
///
/// # Errors
/// When it cannot be written; the inner error when nothing is allowed.
pub fn ask(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    till: Id,
    undelivered_points: u64,
) -> Result<Result<(KeptAllowance, String), NotGiven>, Fault> {
    let Some(TillPlace { till: place, branch }) = till::with_branch(work.tx, till)? else {
        return Ok(Err(NotGiven::NoTill));
    };
    if place.closed_us.is_some() || branch.closed_us.is_some() {
        return Ok(Err(NotGiven::NoTill));
    }
    let limits = limits(work.tx, till)?;
    if limits.day_minor == 0 {
        return Ok(Err(NotGiven::NothingAllowed));
    }
    let Some(programme) = programmes::of_branch(work.tx, branch.id)? else {
        return Ok(Err(NotGiven::NoProgramme));
    };
    let Some(version) = programmes::rules_in_force(work.tx, programme)? else {
        return Ok(Err(NotGiven::NoProgramme));
    };
    if version.rules.spec().spending.is_none() {
        return Ok(Err(NotGiven::NothingPays));
    }
    let point_minor = version.rules.spec().point_minor;
    let worth = |minor: i64| minor.unsigned_abs() / u64::from(point_minor);
    let earlier = kept::replace(work.tx, till, undelivered_points, acting.now_us)?;
    let given = Allowance::give(worth(limits.day_minor), worth(limits.purchase_minor), &earlier);
    let Some(amount) = given else { return Ok(Err(NotGiven::UsedUp)) };
    let allowance = KeptAllowance {
        id: Id::new(acting.now_us)?,
        till,
        programme,
        version: version.version,
        point_minor,
        amount,
        asked_us: acting.now_us,
        until_us: acting.now_us.saturating_add(ALLOWANCE_US),
    };
    kept::insert(work.tx, &allowance)?;
    let about = serde_json::json!({
        "till": till, "points": amount.points, "purchase_points": amount.purchase_points,
        "point_minor": point_minor, "until_us": allowance.until_us,
    });
    record_words(work.tx, acting, "allowance_given", Subject::row(TABLE, allowance.id), about.to_string())?;
    let text = text::sealed(work.vault, &allowance)?;
    Ok(Ok((allowance, text)))
}
