//! A purchase that points paid while there was no network (case T-07).
//!
//! The sale is over when it arrives here, and the goods are gone. So the member pays what he has, and what is short the house gives him
//! for it: a gift of this till in the ledger, which the purchase takes at once. Who cannot pay at all (his card is unknown, his points
//! are stopped, he owes some) is not charged: the sale is nobody's, and all of it is lost. Either way no more is lost than points paid,
//! and no more points pay than the till was allowed.

use bonafide_domain::ledger::{Command, Expiry, Grant, NotPosted, Points, Request, Status};
use bonafide_domain::programme::NotAllowed;

use crate::allowances::{self, KeptAllowance, NotAllowance, Use};
use crate::audit::entry::Acting;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{Opened, now, programmes};
use crate::purchases::completing::write;
use crate::purchases::kept::{Purchase, basket_hash, of_receipt, read};
use crate::purchases::offering::{Making, NoOffer, make, place, wallet};
use crate::purchases::{
    Buying, Field, HOLD_US, NotBought, Sale, State, Step, is_other_buyer, of_ledger, step,
};
use crate::store::Work;

/// Why a sale is not taken in. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTakenIn {
    /// No points pay: it needs no allowance.
    NoPoints,
    /// The text is no allowance for it.
    NotAllowance(NotAllowance),
    /// The allowance does not let so many points pay.
    NotAllowed(NotAllowed),
    /// The purchase is refused as any other one.
    NotBought(NotBought),
}

/// Completes a purchase that points paid without a network, by the text of the till's allowance. The same again is answered as before,
/// in whichever order sales arrive.
///
/// # Errors
/// When it cannot be written; the inner error when it is not taken in.
pub fn complete_offline(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    sale: &Sale,
    text: &str,
) -> Result<Result<Purchase, NotTakenIn>, Fault> {
    let Ok(points) = Points::parse(sale.buying.points) else { return Ok(Err(NotTakenIn::NoPoints)) };
    let given = match allowances::opened(work.vault, text, sale.buying.till) {
        Ok(given) => given,
        Err(refusal) => return Ok(Err(NotTakenIn::NotAllowance(refusal))),
    };
    if let Some(before) = read(work.tx, work.vault, purchase)? {
        return Ok(repeated(work, before, sale, &given)?.map_err(NotTakenIn::NotBought));
    }
    if let Err(refusal) = allowances::in_time(&given, sale.till_at_us, acting.now_us) {
        return Ok(Err(NotTakenIn::NotAllowance(refusal)));
    }
    let allowance = match allowances::get(work.tx, given.id)? {
        Some(allowance) => allowance,
        None => {
            allowances::readmit(work.tx, &given, acting.now_us)?;
            given
        }
    };
    if let Err(refusal) = allowance.amount.take(points.get()) {
        return Ok(Err(NotTakenIn::NotAllowed(refusal)));
    }
    let (done, lost_points) = match charged(work, acting, (purchase, points), sale, &allowance)? {
        Ok(done) => done,
        Err(refusal) => return Ok(Err(NotTakenIn::NotBought(refusal))),
    };
    let taken = Use { allowance: allowance.id, points: points.get(), lost_points, recovered_points: 0 };
    allowances::note_use(work.tx, purchase, &allowance, &taken)?;
    Ok(Ok(done))
}

/// The answer to what was taken in before.
fn repeated(
    work: &mut Work<'_, '_>,
    before: Purchase,
    sale: &Sale,
    given: &KeptAllowance,
) -> Result<Result<Purchase, NotBought>, Fault> {
    if before.state == State::GivenUp {
        return Ok(Err(NotBought::GivenUp));
    }
    let taken = allowances::use_of(work.tx, before.id)?;
    let is_same_use =
        taken.is_some_and(|taken| taken.allowance == given.id && taken.points == sale.buying.points);
    // A sale that is nobody's was delivered with a card that could not pay.
    let is_other = before.wallet.is_some() && is_other_buyer(work.tx, &before, sale.buying.buyer)?;
    let differs = [
        (before.till != sale.buying.till, Field::Till),
        (is_other, Field::Buyer),
        (!is_same_use, Field::Points),
        (before.basket_hash != basket_hash(work.vault, &sale.buying)?, Field::Basket),
        (before.receipt.as_deref() != sale.receipt.as_ref().map(|receipt| receipt.as_str()), Field::Receipt),
    ];
    Ok(match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(NotBought::OtherContents(field)),
        None => Ok(before),
    })
}

/// Writes the purchase, and tells what of its points was lost.
fn charged(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (purchase, points): (Id, Points),
    sale: &Sale,
    allowance: &KeptAllowance,
) -> Result<Result<(Purchase, u64), NotBought>, Fault> {
    let buying = &sale.buying;
    let place = match place(work.tx, buying.till)? {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    if let Some(receipt) = &sale.receipt
        && let Some(other) = of_receipt(work.tx, work.vault, place.branch, receipt.as_str())?
    {
        return Ok(Err(NotBought::ReceiptTaken { purchase: other.id }));
    }
    let wallet = match wallet(work.tx, acting, buying, allowance.programme)? {
        Ok(wallet) => wallet,
        Err(NoOffer::NotInProgramme) => None,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let opened = match wallet {
        Some(wallet) => Opened::open(work.tx, wallet, &[])?,
        None => None,
    };
    let paying = match opened {
        Some(opened) => cover(work, acting, (purchase, points), buying.till, opened)?.ok(),
        None => None,
    };
    let (opened, lost_points) = match paying {
        Some((opened, lost_points)) => (Some(opened), lost_points),
        None => (None, points.get()),
    };
    let version = programmes::version(work.tx, allowance.programme, allowance.version)?;
    let Some(version) = version else { return Ok(Err(NoOffer::NoProgramme.into())) };
    let making = Making {
        programme: allowance.programme,
        version,
        place,
        opened: opened.as_ref(),
        held: points.get(),
        begun: None,
    };
    let buyer = buying.buyer.filter(|_| opened.is_some());
    let sale = Sale { buying: Buying { buyer, ..buying.clone() }, ..sale.clone() };
    let offered = match make(work.tx, work.vault, acting, &sale.buying, making)? {
        Ok(offered) => offered,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let was_held = opened.is_some();
    let done = write(work, acting, purchase, &sale, (offered, opened, was_held))?;
    Ok(done.map(|done| (done, lost_points)))
}

/// Holds the points that pay, after the house has given what is short. Tells how much that is.
fn cover(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (purchase, points): (Id, Points),
    till: Id,
    mut opened: Opened,
) -> Result<Result<(Opened, u64), NotPosted>, Fault> {
    let at = now(acting)?;
    // A gift would pay his debt first, and only what is left of it the purchase.
    if opened.status() != Status::Active || opened.wallet().owed() > 0 || opened.member().is_none() {
        return Ok(Err(NotPosted::Blocked));
    }
    let short = points.get().saturating_sub(opened.wallet().spendable(at));
    let until = at.plus(HOLD_US).ok_or_else(|| Fault::broken("the clock is at its end"))?;
    let gift = |points| Command::Give { grant: Grant::Gift, points, matures: None, expiry: Expiry::Never };
    let covering = Points::parse(short).ok().map(|points| (Step::Cover, gift(points)));
    let holding = (Step::Hold, Command::Hold { points, until });
    for (what, command) in covering.into_iter().chain([holding]) {
        let request = Request { asked: step(purchase, what), at, place: till.into() };
        if let Err(refusal) = opened.run(work, &request, &command)? {
            return Ok(Err(of_ledger(refusal)?));
        }
    }
    Ok(Ok((opened, short)))
}
