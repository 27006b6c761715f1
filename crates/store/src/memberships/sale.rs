//! Selling a membership.

use bonafide_domain::id::MemberId;
use bonafide_domain::membership::{Answer, Change, Field, Membership, Sale, SaleRefusal};
use bonafide_domain::money::Money;

use crate::audit::entry::Acting;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::memberships::append::{done_before, insert, request};
use crate::memberships::{self, Asked, Held};
use crate::organisation::branch;
use crate::plans::{self, PlanVersion, price};
use crate::store::Work;
use crate::values;

/// How long a version that was replaced may still be sold, because it lies in a basket: one hour, in microseconds.
pub const IN_BASKET_US_MAX: i64 = 3_600_000_000;

/// What is sold, to whom and where. Who sells it is in [`Acting`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The operation and the date that the sale counts for.
    pub asked: Asked,
    /// To whom.
    pub member: Id,
    /// Where.
    pub branch: Id,
    /// What.
    pub plan: Id,
    /// The version that the buyer was shown (case T-21).
    pub version: u32,
    /// What is paid, where that is not the price asked at the branch: a discount, a gift. Only a figure is kept here; the
    /// money itself is the till's.
    pub paid: Option<Money>,
}

/// A sale that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    /// The membership.
    pub membership: Id,
    /// New, or as it was answered before.
    pub answer: Answer,
    /// What was paid.
    pub paid: Money,
}

/// Why somebody cannot have a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBuyer {
    /// There is no such member.
    NotFound,
    /// The profile was merged into that of this member: use his.
    Merged {
        /// Who remains.
        into: Id,
    },
}

/// In what a repeated sale differs from the first time, beyond what the rules compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleField {
    /// Another plan.
    Plan,
    /// Another branch.
    Branch,
}

/// Why a membership is not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSold {
    /// The operation did something else, to this membership.
    NotASale {
        /// Which one.
        membership: Id,
    },
    /// The operation sold something else before.
    OtherContents(SaleField),
    /// To whom it cannot be sold.
    NoBuyer(NoBuyer),
    /// There is no such branch.
    NoBranch,
    /// The branch is closed.
    BranchClosed,
    /// There is no such version of a plan.
    NoPlan,
    /// The plan is not sold any more.
    PlanArchived,
    /// The version was replaced, and more than [`IN_BASKET_US_MAX`] ago: show the buyer the new one.
    VersionReplaced {
        /// The version that is sold.
        current: u32,
    },
    /// The rules refuse it.
    Refused(SaleRefusal),
}

/// Sells a membership.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn sell(work: &mut Work<'_, '_>, acting: &Acting, order: &Order) -> Result<Result<Sold, NotSold>, Fault> {
    if let Some((membership, sequence)) = done_before(work.tx, order.asked.operation)? {
        return sold_before(work.tx, acting, order, membership, sequence);
    }
    if let Err(why) = buyer(work.tx, order.member)? {
        return Ok(Err(NotSold::NoBuyer(why)));
    }
    match branch::get(work.tx, order.branch)? {
        None => return Ok(Err(NotSold::NoBranch)),
        Some(branch) if branch.closed_us.is_some() => return Ok(Err(NotSold::BranchClosed)),
        Some(_) => {}
    }
    let version = match on_sale(work.tx, acting, order)? {
        Ok(version) => version,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let paid = match order.paid {
        Some(paid) => paid,
        None => price::asked(work.tx, order.branch, &version)?,
    };
    let sale = Sale { holder: MemberId(*order.member.bytes()), paid };
    let request = request(acting, order.asked)?;
    let answer = match Membership::sell(&version.terms, None, &request, sale) {
        Ok(answer) => answer,
        Err(refusal) => return Ok(Err(NotSold::Refused(refusal))),
    };
    let contradiction = |why| Fault::broken(format!("a sale that does not begin: {why:?}"));
    let membership = Membership::replay(version.terms, &[*answer.event()]).map_err(contradiction)?;
    let held = Held { id: Id::new(acting.now_us)?, plan: order.plan, branch: order.branch, membership };
    insert(work, acting, &held, answer.event())?;
    Ok(Ok(Sold { membership: held.id, answer, paid }))
}

/// The version of the order, when it may be sold.
fn on_sale(tx: &mut Tx<'_>, acting: &Acting, order: &Order) -> Result<Result<PlanVersion, NotSold>, Fault> {
    let Some(plan) = plans::get(tx, order.plan)? else { return Ok(Err(NotSold::NoPlan)) };
    let Some(version) = plans::version(tx, order.plan, order.version)? else {
        return Ok(Err(NotSold::NoPlan));
    };
    if plan.archived_us.is_some() {
        return Ok(Err(NotSold::PlanArchived));
    }
    if let Some(next) = plans::version(tx, order.plan, order.version.saturating_add(1))?
        && acting.now_us.saturating_sub(next.added_us) > IN_BASKET_US_MAX
    {
        return Ok(Err(NotSold::VersionReplaced { current: plan.version }));
    }
    Ok(Ok(version))
}

/// The answer to an operation that was done before.
fn sold_before(
    tx: &mut Tx<'_>,
    acting: &Acting,
    order: &Order,
    membership: Id,
    sequence: u32,
) -> Result<Result<Sold, NotSold>, Fault> {
    if sequence != 0 {
        return Ok(Err(NotSold::NotASale { membership }));
    }
    let held = memberships::get(tx, membership)?;
    let held = held.ok_or_else(|| Fault::damaged(format!("the membership {membership} has no row")))?;
    let Change::Sold { version, paid, .. } = held.membership.history()[0].change else {
        return Err(Fault::damaged(format!("the membership {membership} does not begin with its sale")));
    };
    if held.plan != order.plan {
        return Ok(Err(NotSold::OtherContents(SaleField::Plan)));
    }
    if held.branch != order.branch {
        return Ok(Err(NotSold::OtherContents(SaleField::Branch)));
    }
    if version != order.version {
        return Ok(Err(NotSold::Refused(SaleRefusal::OtherContents(Field::Version))));
    }
    // Without an amount the price of that moment was paid, whatever it is now.
    let sale = Sale { holder: MemberId(*order.member.bytes()), paid: order.paid.unwrap_or(paid) };
    let before = &held.membership;
    let answer = Membership::sell(before.terms(), Some(before), &request(acting, order.asked)?, sale);
    Ok(answer.map(|answer| Sold { membership, answer, paid }).map_err(NotSold::Refused))
}

/// Whether a member can have a membership.
pub(super) fn buyer(tx: &mut Tx<'_>, member: Id) -> Result<Result<(), NoBuyer>, Fault> {
    let row = tx.query_opt("SELECT merged_into FROM members WHERE id = $1", values![member])?;
    Ok(match row.map(|mut row| row.id_or_null(0)).transpose()? {
        None => Err(NoBuyer::NotFound),
        Some(Some(into)) => Err(NoBuyer::Merged { into }),
        Some(None) => Ok(()),
    })
}
