//! What the rules must know of a member, read when he buys.

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_domain::ledger::Status;
use bonafide_domain::programme::{DaySum, Facts, Rules, Tier, TierStanding, Tiers};
use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::{self, date_of, day_number};
use crate::personal_offers::holding::HeldOffer;
use crate::values;
use crate::written::damaged;

/// A member in a programme, on a date of the branch.
pub(super) struct Who {
    pub(super) wallet: Id,
    pub(super) member: Id,
    pub(super) status: Status,
    /// Points that he may spend on this purchase: those that are free, and those that it holds.
    pub(super) free_points: u64,
    /// The offers that count for this purchase.
    pub(super) offers: Vec<HeldOffer>,
}

/// What the rules ask for, and nothing else: most rules never look at a birthday or at a month.
pub(super) fn facts(
    tx: &mut Tx<'_>,
    vault: &Vault,
    rules: &Rules,
    who: &Who,
    (at, calendar): (UtcMicros, &Calendar),
) -> Result<Facts, Fault> {
    let today = calendar.date_of(at);
    let member_since = member_since(tx, who.wallet, calendar)?;
    let tier = tier_on(tx, rules, who.wallet, (member_since, today))?;
    let caps = rules.spec().caps;
    let (earned_today, earned_this_month) = if caps.day.is_some() || caps.month.is_some() {
        let first = today.first_of_month();
        (earned(tx, who.wallet, today)?, earned(tx, who.wallet, first)?)
    } else {
        (0, 0)
    };
    let birth = if asks_for_birthday(rules) {
        members::get(tx, vault, who.member)?.and_then(|member| member.profile.birth)
    } else {
        None
    };
    Ok(Facts {
        status: who.status,
        tier,
        birth,
        member_since,
        offered: who.offers.iter().map(|offer| offer.rule).collect(),
        earned_today,
        earned_this_month,
        free_points: who.free_points,
    })
}

/// In which tier the member of a wallet stands.
///
/// # Errors
/// When the book cannot be read.
pub fn tier(
    tx: &mut Tx<'_>,
    rules: &Rules,
    wallet: Id,
    (at, calendar): (UtcMicros, &Calendar),
) -> Result<Tier, Fault> {
    if rules.spec().tiers.is_none() {
        return Ok(Tier(0));
    }
    let member_since = member_since(tx, wallet, calendar)?;
    tier_on(tx, rules, wallet, (member_since, calendar.date_of(at)))
}

fn member_since(tx: &mut Tx<'_>, wallet: Id, calendar: &Calendar) -> Result<Date, Fault> {
    let joined_us =
        tx.query_one("SELECT joined_us FROM wallets WHERE id = $1", values![wallet])?.integer(0)?;
    let joined = UtcMicros::parse(joined_us).map_err(|_| damaged("when a member joined"))?;
    Ok(calendar.date_of(joined))
}

fn tier_on(tx: &mut Tx<'_>, rules: &Rules, wallet: Id, dates: (Date, Date)) -> Result<Tier, Fault> {
    let spec = rules.spec();
    match &spec.tiers {
        Some(tiers) => Ok(standing(tx, tiers, spec.version, wallet, dates)?.tier),
        None => Ok(Tier(0)),
    }
}

fn asks_for_birthday(rules: &Rules) -> bool {
    rules.spec().earning.iter().any(|rule| rule.conditions.birthday.is_some())
}

/// Points of purchases from a date on, less those that were taken back.
fn earned(tx: &mut Tx<'_>, wallet: Id, from: Date) -> Result<u64, Fault> {
    let mut row = tx.query_one(
        "SELECT CAST(COALESCE(SUM(earned_points), 0) AS BIGINT) FROM wallet_days WHERE wallet_id = $1 AND day >= $2",
        values![wallet, day_number(from)],
    )?;
    Ok(u64::try_from(row.integer(0)?).unwrap_or(0))
}

/// Where a member stands today, from where he stood when somebody last wrote it down.
pub(super) fn standing(
    tx: &mut Tx<'_>,
    tiers: &Tiers,
    version: u32,
    wallet: Id,
    (joined, today): (Date, Date),
) -> Result<TierStanding, Fault> {
    let row = tx.query_opt(
        "SELECT tier, day, below_day FROM wallet_tiers WHERE wallet_id = $1 AND version = $2",
        values![wallet, version],
    )?;
    let from = match row {
        Some(mut row) => TierStanding {
            tier: Tier(u8::try_from(row.number(0)?).map_err(|_| damaged("a tier"))?),
            on: date_of(row.integer(1)?)?,
            below_since: row.integer_or_null(2)?.map(date_of).transpose()?,
        },
        // Under other rules everything is counted anew, from the day before the first.
        None => TierStanding::of_newcomer(days_after(joined, -1).unwrap_or(joined)),
    };
    let window = i32::from(tiers.spec().window_months);
    let first = months_before(from.on, window).unwrap_or(from.on);
    let history = days(tx, wallet, first)?;
    tiers.standing(from, &history, today).map_err(|_| Fault::broken("days out of their order"))
}

/// The same day so many months before.
fn months_before(date: Date, months: i32) -> Option<Date> {
    date.checked_sub(jiff::Span::new().months(months)).ok()
}

fn days(tx: &mut Tx<'_>, wallet: Id, from: Date) -> Result<Vec<DaySum>, Fault> {
    let rows = tx.query(
        "SELECT day, spent_minor, visits FROM wallet_days WHERE wallet_id = $1 AND day >= $2 ORDER BY day",
        values![wallet, day_number(from)],
    )?;
    rows.into_iter()
        .map(|mut row| {
            Ok(DaySum { on: date_of(row.integer(0)?)?, spent_minor: row.integer(1)?, visits: row.number(2)? })
        })
        .collect()
}

/// What is added to a date of a member, or taken away.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Day {
    pub(super) spent_minor: i64,
    pub(super) visits: i64,
    pub(super) earned_points: i64,
}

pub(super) fn add_to_day(tx: &mut Tx<'_>, wallet: Id, day: i64, add: Day) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO wallet_days (wallet_id, day, spent_minor, visits, earned_points) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (wallet_id, day) DO UPDATE SET
             spent_minor = wallet_days.spent_minor + excluded.spent_minor,
             visits = wallet_days.visits + excluded.visits,
             earned_points = wallet_days.earned_points + excluded.earned_points",
        values![wallet, day, add.spent_minor, add.visits, add.earned_points],
    )
    .map(drop)
}

/// Writes down where a member stood yesterday, when that is not written down yet: today is not over.
pub(super) fn keep_standing(tx: &mut Tx<'_>, rules: &Rules, wallet: Id, today: Date) -> Result<(), Fault> {
    let (spec, Some(yesterday)) = (rules.spec(), days_after(today, -1)) else { return Ok(()) };
    let Some(tiers) = &spec.tiers else { return Ok(()) };
    let mut row = tx.query_one(
        "SELECT joined_us, (SELECT t.day FROM wallet_tiers t WHERE t.wallet_id = w.id AND t.version = $1)
         FROM wallets w WHERE w.id = $2",
        values![spec.version, wallet],
    )?;
    if row.integer_or_null(1)?.is_some_and(|day| day >= day_number(yesterday)) {
        return Ok(());
    }
    let joined = UtcMicros::parse(row.integer(0)?).map_err(|_| damaged("when a member joined"))?;
    // In which zone the day of joining is counted does not matter: nothing was bought before it.
    let joined = Calendar::of(jiff::tz::TimeZone::UTC).date_of(joined);
    let joined = joined.min(today);
    let stands = standing(tx, tiers, spec.version, wallet, (joined, yesterday))?;
    tx.execute(
        "INSERT INTO wallet_tiers (wallet_id, version, tier, day, below_day) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (wallet_id) DO UPDATE SET version = excluded.version, tier = excluded.tier, day = excluded.day,
             below_day = excluded.below_day",
        values![
            wallet,
            spec.version,
            u32::from(stands.tier.0),
            day_number(stands.on),
            stands.below_since.map(day_number)
        ],
    )
    .map(drop)
}
