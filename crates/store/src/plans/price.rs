//! Own price lists of branches: what a plan costs there, where that is not the price of its terms.

use bonafide_domain::money::Money;
use bonafide_domain::plan::PRICE_MINOR_MAX;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::branch;
use crate::plans::{self, LIST_MAX, PlanVersion};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{damaged, money_of};

/// Why a price is not put on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceRefusal {
    /// There is no such branch.
    NoBranch,
    /// There is no such plan.
    NoPlan,
    /// Not the currency of the branch and of the plan: nothing is converted (case T-22).
    OtherCurrency,
    /// Below zero or above [`PRICE_MINOR_MAX`].
    NotAPrice,
}

/// Puts a price on a branch's list.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn set(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    branch: Id,
    plan: Id,
    price: Money,
) -> Result<Result<(), PriceRefusal>, Fault> {
    let Some(place) = branch::get(work.tx, branch)? else { return Ok(Err(PriceRefusal::NoBranch)) };
    let Some(current) = plans::current(work.tx, plan)? else { return Ok(Err(PriceRefusal::NoPlan)) };
    let currencies = [place.content.currency, current.terms.spec().price.currency()];
    if currencies.iter().any(|&currency| currency != price.currency()) {
        return Ok(Err(PriceRefusal::OtherCurrency));
    }
    if !(0..=PRICE_MINOR_MAX).contains(&price.minor()) {
        return Ok(Err(PriceRefusal::NotAPrice));
    }
    work.tx.execute(
        "INSERT INTO price_list_entries (branch_id, plan_id, price_minor, currency, changed_us)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (branch_id, plan_id) DO UPDATE
         SET price_minor = excluded.price_minor, currency = excluded.currency, changed_us = excluded.changed_us",
        values![branch, plan, price.minor(), price.currency().code(), acting.now_us],
    )?;
    record(work.tx, acting, "branch_price_set", Subject::row("branches", branch), None)?;
    record(work.tx, acting, "branch_price_set", Subject::row("plans", plan), None)?;
    Ok(Ok(()))
}

/// Takes a price off a branch's list: the price of the terms holds again. Tells whether there was one.
///
/// # Errors
/// When it cannot be written.
pub fn remove(work: &mut Work<'_, '_>, acting: &Acting, branch: Id, plan: Id) -> Result<bool, Fault> {
    let sql = "DELETE FROM price_list_entries WHERE branch_id = $1 AND plan_id = $2";
    if work.tx.execute(sql, values![branch, plan])? == 0 {
        return Ok(false);
    }
    record(work.tx, acting, "branch_price_removed", Subject::row("branches", branch), None)?;
    record(work.tx, acting, "branch_price_removed", Subject::row("plans", plan), None)?;
    Ok(true)
}

/// What this version of a plan costs at a branch: by the branch's list, or else by the terms.
///
/// # Errors
/// When the book cannot be read.
pub fn asked(tx: &mut Tx<'_>, branch: Id, version: &PlanVersion) -> Result<Money, Fault> {
    let row = tx.query_opt(
        "SELECT price_minor, currency FROM price_list_entries WHERE branch_id = $1 AND plan_id = $2",
        values![branch, version.plan],
    )?;
    row.map_or(Ok(version.terms.spec().price), |mut row| price_from_row(&mut row, 0))
}

/// A branch's own prices, by plan.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, branch: Id) -> Result<Vec<(Id, Money)>, Fault> {
    let rows = tx.query(
        "SELECT plan_id, price_minor, currency FROM price_list_entries
         WHERE branch_id = $1 ORDER BY plan_id LIMIT $2",
        values![branch, LIST_MAX],
    )?;
    rows.into_iter().map(|mut row| Ok((row.id(0)?, price_from_row(&mut row, 1)?))).collect()
}

fn price_from_row(row: &mut Row, column: usize) -> Result<Money, Fault> {
    money_of(row.integer(column)?, &row.text(column + 1)?).ok_or_else(|| damaged("a price"))
}
