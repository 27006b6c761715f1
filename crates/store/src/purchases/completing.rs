//! A purchase is paid: its points are taken, it earns, and it is written down, all in one transaction.

use bonafide_domain::ledger::{Command, Expiry, Grant, Points, Request};
use bonafide_domain::programme::Offer;

use crate::audit::entry::{Acting, Subject, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::guards::guard_word;
use crate::ledger::programmes::{self, AtBranch};
use crate::ledger::{Cause, Opened, now};
use crate::members::day_number;
use crate::personal_offers::holding::{forget_begun, note_used};
use crate::purchases::facts::{Day, add_to_day, keep_standing};
use crate::purchases::kept::{Purchase, basket_hash, lines, of_receipt, read, sealed, told};
use crate::purchases::offering::{Making, Offered, held, make, place, wallet};
use crate::purchases::{
    Buying, Field, NotBought, Sale, State, Step, TABLE, is_other_buyer, of_ledger, state_word, step, way_word,
};
use crate::store::Work;
use crate::values;

/// Completes a purchase. It may have been begun, and must have been when points pay; the same again is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when it is not done.
pub fn complete(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    sale: &Sale,
) -> Result<Result<Purchase, NotBought>, Fault> {
    let before = read(work.tx, work.vault, purchase)?;
    if let Some(before) = &before {
        match before.state {
            State::Done => return repeated(work, before.clone(), sale),
            State::GivenUp => return Ok(Err(NotBought::GivenUp)),
            State::Begun => {
                if let Some(field) = begun_differs(work.tx, before, &sale.buying)? {
                    return Ok(Err(NotBought::OtherContents(field)));
                }
            }
        }
    }
    if before.is_none() && sale.buying.points > 0 {
        let nobody = sale.buying.buyer.is_none();
        return Ok(Err(if nobody { NotBought::NobodySpends } else { NotBought::NotHeld }));
    }
    let (offered, opened) = match offered(work, acting, purchase, &sale.buying, before.as_ref())? {
        Ok(offered) => offered,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(receipt) = &sale.receipt
        && let Some(other) = of_receipt(work.tx, work.vault, offered.branch, receipt.as_str())?
        && other.id != purchase
    {
        return Ok(Err(NotBought::ReceiptTaken { purchase: other.id }));
    }
    if before.is_some() {
        // What it is paid by is noted anew.
        forget_begun(work.tx, purchase)?;
    }
    let was_held = before.is_some_and(|before| before.spent_points > 0);
    write(work, acting, purchase, sale, (offered, opened, was_held))
}

/// What of a begun purchase may not be otherwise at its end. Goods may be left out or added at the till until it is paid.
fn begun_differs(tx: &mut Tx<'_>, before: &Purchase, buying: &Buying) -> Result<Option<Field>, Fault> {
    if before.till != buying.till {
        return Ok(Some(Field::Till));
    }
    Ok(is_other_buyer(tx, before, buying.buyer)?.then_some(Field::Buyer))
}

/// The answer to what was completed before.
fn repeated(
    work: &mut Work<'_, '_>,
    before: Purchase,
    sale: &Sale,
) -> Result<Result<Purchase, NotBought>, Fault> {
    let buying = &sale.buying;
    let differs = [
        (before.till != buying.till, Field::Till),
        (is_other_buyer(work.tx, &before, buying.buyer)?, Field::Buyer),
        (before.spent_points != buying.points, Field::Points),
        (before.basket_hash != basket_hash(work.vault, buying)?, Field::Basket),
        (before.receipt.as_deref() != sale.receipt.as_ref().map(|receipt| receipt.as_str()), Field::Receipt),
    ];
    Ok(match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(NotBought::OtherContents(field)),
        None => Ok(before),
    })
}

/// The offer that is taken: by the rules that it was begun under, with the points that it holds.
fn offered(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    buying: &Buying,
    before: Option<&Purchase>,
) -> Result<Result<(Offered, Option<Opened>), NotBought>, Fault> {
    let tx = &mut *work.tx;
    let place = match place(tx, buying.till)? {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let by_rules = match before {
        Some(before) => {
            let rules = programmes::version(tx, before.programme, before.version)?;
            Some(AtBranch { programme: before.programme, rules })
        }
        None => programmes::at_branch(tx, place.branch)?,
    };
    let Some(AtBranch { programme, rules: Some(version) }) = by_rules else {
        return Ok(Err(NotBought::NoOffer(super::NoOffer::NoProgramme)));
    };
    let wallet = match before {
        Some(before) => before.wallet,
        None => match wallet(tx, acting, buying, programme)? {
            Ok(wallet) => wallet,
            Err(refusal) => return Ok(Err(refusal.into())),
        },
    };
    // What was never begun has no hold to look for.
    let hold = before.map(|_| step(purchase, Step::Hold));
    let opened = match wallet {
        Some(wallet) => Opened::open(tx, wallet, hold.as_slice())?,
        None => None,
    };
    let at = now(acting)?;
    let held = opened.as_ref().map_or(0, |opened| held(opened, purchase, at));
    let begun = before.map(|_| purchase);
    let making = Making { programme, version, place, opened: opened.as_ref(), held, begun };
    if buying.points > 0
        && let Some(before) = before
        && buying.points > before.spent_points
    {
        return Ok(Err(NotBought::MoreThanHeld { held: before.spent_points }));
    }
    Ok(match make(work.tx, work.vault, acting, buying, making)? {
        Ok(offered) => Ok((offered, opened)),
        Err(refusal) => Err(refusal.into()),
    })
}

/// Asks the ledger and writes the row.
pub(super) fn write(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    sale: &Sale,
    (offered, opened, was_held): (Offered, Option<Opened>, bool),
) -> Result<Result<Purchase, NotBought>, Fault> {
    let opened = match opened {
        Some(mut opened) => match post(work, purchase, &mut opened, was_held, &sale.buying, &offered)? {
            Ok(()) => Some(opened),
            Err(refusal) => return Ok(Err(refusal)),
        },
        None => None,
    };
    let row = row(work, acting, purchase, sale, &offered)?;
    insert(work, &row)?;
    if let Some(wallet) = row.wallet {
        note_used(work.tx, (purchase, wallet), &offered.held, &offered.offer.by_rule)?;
        let earned_points = row.earned_points.cast_signed();
        add_to_day(
            work.tx,
            wallet,
            row.day,
            Day { spent_minor: row.to_pay_minor, visits: 1, earned_points },
        )?;
        keep_standing(work.tx, &offered.version.rules, wallet, offered.calendar.date_of(offered.at))?;
    }
    let (subject, action) = (Subject::row(TABLE, purchase), "purchase_completed");
    match opened {
        Some(opened) => {
            count(work, opened.member(), 1, row.to_pay_minor)?;
            opened.close_as(work, acting, Cause { action, subject, about: told(&row) })?;
        }
        None => drop(record_words(work.tx, acting, action, subject, told(&row).to_string())?),
    }
    Ok(Ok(row))
}

/// Takes the points that were held, frees the rest, and gives what is earned.
fn post(
    work: &mut Work<'_, '_>,
    purchase: Id,
    opened: &mut Opened,
    was_held: bool,
    buying: &Buying,
    offered: &Offered,
) -> Result<Result<(), NotBought>, Fault> {
    let request = |what| Request { asked: step(purchase, what), at: offered.at, place: buying.till.into() };
    let hold = step(purchase, Step::Hold);
    let paying = match (Points::parse(buying.points), was_held) {
        (Ok(points), _) => Some(Command::Capture { hold, points }),
        // A hold that has lapsed meanwhile needs no giving up.
        (Err(_), true) if held(opened, purchase, offered.at) > 0 => Some(Command::Void { hold }),
        (Err(_), _) => None,
    };
    let earning = earning(&offered.offer);
    for (what, command) in paying.map(|command| (Step::Pay, command)).into_iter().chain(earning) {
        if let Err(refusal) = opened.run(work, &request(what), &command)? {
            return Ok(Err(NotBought::Points(of_ledger(refusal)?)));
        }
    }
    if let Some(idle_until) = offered.version.rules.spec().expiry.idle_until(offered.at, &offered.calendar) {
        opened.comes(idle_until);
    }
    Ok(Ok(()))
}

fn earning(offer: &Offer) -> Option<(Step, Command)> {
    let points = Points::parse(offer.earned_points).ok()?;
    let (matures, expiry): (_, Expiry) = (offer.matures, offer.expiry);
    Some((Step::Earn, Command::Give { grant: Grant::Earn, points, matures, expiry }))
}

/// The purchase as it is written.
pub(super) fn row(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    sale: &Sale,
    offered: &Offered,
) -> Result<Purchase, Fault> {
    let (offer, buying) = (&offered.offer, &sale.buying);
    let total_minor = buying.basket.total().minor();
    let discount_minor =
        offer.lines.iter().filter_map(|line| line.discount).map(|discount| discount.minor).sum();
    Ok(Purchase {
        id: purchase,
        programme: offered.programme,
        version: offer.version,
        branch: offered.branch,
        till: buying.till,
        wallet: offered.wallet,
        way: buying.buyer.map(|buyer| buyer.way),
        state: State::Done,
        at_us: acting.now_us,
        till_at_us: sale.till_at_us,
        day: day_number(offered.calendar.date_of(offered.at)),
        receipt: sale.receipt.as_ref().map(|receipt| receipt.as_str().to_owned()),
        total_minor,
        discount_minor,
        points_minor: offer.lines.iter().map(|line| line.points_minor).sum(),
        to_pay_minor: offer.to_pay.minor(),
        spent_points: offer.spent_points,
        // Nobody earns nothing: what he would have earned stands in the lines, for whoever claims it.
        earned_points: if offered.wallet.is_some() { offer.earned_points } else { 0 },
        hold_until_us: None,
        guard: offer.guard(),
        basket_hash: basket_hash(work.vault, buying)?,
        lines: Some(lines(&buying.basket, offer)),
    })
}

/// Writes the row, over that of its beginning.
pub(super) fn insert(work: &mut Work<'_, '_>, row: &Purchase) -> Result<(), Fault> {
    let lines = row.lines.as_deref().unwrap_or(&[]);
    let lines = sealed(work.tx, work.vault, row.id, row.wallet, lines)?;
    work.tx.execute(
        "INSERT INTO purchases (id, programme_id, version, branch_id, till_id, wallet_id, way, state, at_us, till_at_us, day,
             receipt, total_minor, discount_minor, points_minor, to_pay_minor, spent_points, earned_points,
             hold_until_us, basket_hash, lines_sealed, guard)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, at_us = excluded.at_us,
             till_at_us = excluded.till_at_us, day = excluded.day, receipt = excluded.receipt,
             total_minor = excluded.total_minor, discount_minor = excluded.discount_minor,
             points_minor = excluded.points_minor, to_pay_minor = excluded.to_pay_minor,
             spent_points = excluded.spent_points, earned_points = excluded.earned_points,
             hold_until_us = excluded.hold_until_us, basket_hash = excluded.basket_hash,
             lines_sealed = excluded.lines_sealed, guard = excluded.guard",
        values![
            row.id,
            row.programme,
            row.version,
            row.branch,
            row.till,
            row.wallet,
            row.way.map(way_word),
            state_word(row.state),
            row.at_us,
            row.till_at_us,
            row.day,
            row.receipt.as_deref(),
            row.total_minor,
            row.discount_minor,
            row.points_minor,
            row.to_pay_minor,
            row.spent_points.cast_signed(),
            row.earned_points.cast_signed(),
            row.hold_until_us,
            row.basket_hash,
            lines,
            row.guard.map(guard_word)
        ],
    )
    .map(drop)
}

/// Counts receipts and what was spent, by which lists are made.
pub(super) fn count(
    work: &mut Work<'_, '_>,
    member: Option<Id>,
    receipts: i64,
    spent_minor: i64,
) -> Result<(), Fault> {
    let Some(member) = member else { return Ok(()) };
    work.tx
        .execute(
            "UPDATE members SET receipts = receipts + $1, spent_minor = spent_minor + $2 WHERE id = $3",
            values![receipts, spent_minor, member],
        )
        .map(drop)
}
