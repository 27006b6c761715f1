//! Own price lists of branches: what a plan costs there, where that is not the price of its terms.

use bonafide_domain::money::Money;
use bonafide_domain::plan::PRICE_MINOR_MAX;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::branch;
use crate::plans::{self, LIST_MAX, PlanVersion};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{MoneyRecord, damaged, money_of};

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

/// Puts a price on a branch's list. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn set(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    branch: Id,
    plan: Id,
    price: Money,
) -> Result<Result<bool, PriceRefusal>, Fault> {
    let Some(place) = branch::get(work.tx, branch)? else { return Ok(Err(PriceRefusal::NoBranch)) };
    let Some(current) = plans::current(work.tx, plan)? else { return Ok(Err(PriceRefusal::NoPlan)) };
    let currencies = [place.content.currency, current.terms.spec().price.currency()];
    if currencies.iter().any(|&currency| currency != price.currency()) {
        return Ok(Err(PriceRefusal::OtherCurrency));
    }
    if !(0..=PRICE_MINOR_MAX).contains(&price.minor()) {
        return Ok(Err(PriceRefusal::NotAPrice));
    }
    let before = own(work.tx, branch, plan)?;
    if before == Some(price) {
        return Ok(Ok(false));
    }
    work.tx.execute(
        "INSERT INTO price_list_entries (branch_id, plan_id, price_minor, currency, changed_us)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (branch_id, plan_id) DO UPDATE
         SET price_minor = excluded.price_minor, currency = excluded.currency, changed_us = excluded.changed_us",
        values![branch, plan, price.minor(), price.currency().code(), acting.now_us],
    )?;
    trace(work.tx, acting, "branch_price_set", (branch, plan), before, Some(price))?;
    Ok(Ok(true))
}

/// Takes a price off a branch's list: the price of the terms holds again. Tells whether there was one.
///
/// # Errors
/// When it cannot be written.
pub fn remove(work: &mut Work<'_, '_>, acting: &Acting, branch: Id, plan: Id) -> Result<bool, Fault> {
    let Some(before) = own(work.tx, branch, plan)? else { return Ok(false) };
    let sql = "DELETE FROM price_list_entries WHERE branch_id = $1 AND plan_id = $2";
    work.tx.execute(sql, values![branch, plan])?;
    trace(work.tx, acting, "branch_price_removed", (branch, plan), Some(before), None)?;
    Ok(true)
}

/// Two entries: whoever asks about the branch finds one, and whoever asks about the plan the other.
fn trace(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    (branch, plan): (Id, Id),
    before: Option<Money>,
    after: Option<Money>,
) -> Result<(), Fault> {
    let words = |price: Money| {
        serde_json::json!({ "branch": branch, "plan": plan, "price": MoneyRecord::of(price) }).to_string()
    };
    let (before, after) = (before.map(words), after.map(words));
    for subject in [Subject::row("branches", branch), Subject::row("plans", plan)] {
        record_change(tx, acting, action, subject, before.as_deref(), after.as_deref())?;
    }
    Ok(())
}

/// What a branch's own list says of a plan.
fn own(tx: &mut Tx<'_>, branch: Id, plan: Id) -> Result<Option<Money>, Fault> {
    let row = tx.query_opt(
        "SELECT price_minor, currency FROM price_list_entries WHERE branch_id = $1 AND plan_id = $2",
        values![branch, plan],
    )?;
    row.map(|mut row| price_from_row(&mut row, 0)).transpose()
}

/// What this version of a plan costs at a branch: by the branch's list, or else by the terms.
///
/// # Errors
/// When the book cannot be read.
pub fn asked(tx: &mut Tx<'_>, branch: Id, version: &PlanVersion) -> Result<Money, Fault> {
    Ok(own(tx, branch, version.plan)?.unwrap_or(version.terms.spec().price))
}

/// What the branch of a membership asks for its plan now; `None` where it has no price of its own.
///
/// # Errors
/// When the book cannot be read.
pub fn of_membership(tx: &mut Tx<'_>, membership: Id) -> Result<Option<Money>, Fault> {
    let row = tx.query_opt(
        "SELECT p.price_minor, p.currency FROM memberships h
         JOIN price_list_entries p ON p.branch_id = h.branch_id AND p.plan_id = h.plan_id WHERE h.id = $1",
        values![membership],
    )?;
    row.map(|mut row| price_from_row(&mut row, 0)).transpose()
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
