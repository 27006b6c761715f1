//! Points are held for a purchase, and given up.

use bonafide_domain::ledger::{Command, Points, Request};

use crate::audit::entry::{Acting, Subject};
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes::{self, AtBranch};
use crate::ledger::{Cause, Opened, now};
use crate::personal_offers::holding::{forget_begun, note_begun};
use crate::purchases::completing::{insert, row};
use crate::purchases::kept::{Purchase, basket_hash, read, told};
use crate::purchases::offering::{Making, held, make, place, wallet};
use crate::purchases::{
    Buying, Field, HOLD_US, NoOffer, NotBought, Sale, State, Step, TABLE, is_other_buyer, of_ledger,
    state_word, step,
};
use crate::store::Work;
use crate::values;

/// Begins a purchase: holds the points that are to pay, and pins the rules. The same again is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when it is not begun.
pub fn begin(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    buying: &Buying,
) -> Result<Result<Purchase, NotBought>, Fault> {
    if let Some(before) = read(work.tx, work.vault, purchase)? {
        return begun_before(work, before, buying);
    }
    let place = match place(work.tx, buying.till)? {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let Some(AtBranch { programme, rules: Some(version) }) = programmes::at_branch(work.tx, place.branch)?
    else {
        return Ok(Err(NoOffer::NoProgramme.into()));
    };
    let wallet = match wallet(work.tx, acting, buying, programme)? {
        Ok(wallet) => wallet,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let opened = match wallet {
        Some(wallet) => Opened::open(work.tx, wallet, &[])?,
        None => None,
    };
    let Some(mut opened) = opened else { return Ok(Err(NotBought::NobodySpends)) };
    let making = Making { programme, version, place, opened: Some(&opened), held: 0, begun: None };
    let offered = match make(work.tx, work.vault, acting, buying, making)? {
        Ok(offered) => offered,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let until = offered.at.plus(HOLD_US).ok_or_else(|| Fault::broken("the clock is at its end"))?;
    if let Ok(points) = Points::parse(buying.points) {
        let request =
            Request { asked: step(purchase, Step::Hold), at: offered.at, place: buying.till.into() };
        if let Err(refusal) = opened.run(work, &request, &Command::Hold { points, until })? {
            return Ok(Err(NotBought::Points(of_ledger(refusal)?)));
        }
    }
    let sale = Sale { buying: buying.clone(), receipt: None, till_at_us: None };
    let done = row(work, acting, purchase, &sale, &offered)?;
    let begun = Purchase { state: State::Begun, earned_points: 0, hold_until_us: Some(until.get()), ..done };
    insert(work, &begun)?;
    note_begun(work.tx, (purchase, opened.id()), &offered.held)?;
    let subject = Subject::row(TABLE, purchase);
    opened.close_as(work, acting, Cause { action: "purchase_begun", subject, about: told(&begun) })?;
    Ok(Ok(begun))
}

fn begun_before(
    work: &mut Work<'_, '_>,
    before: Purchase,
    buying: &Buying,
) -> Result<Result<Purchase, NotBought>, Fault> {
    match before.state {
        State::Done => return Ok(Err(NotBought::Done)),
        State::GivenUp => return Ok(Err(NotBought::GivenUp)),
        State::Begun => {}
    }
    let differs = [
        (before.till != buying.till, Field::Till),
        (is_other_buyer(work.tx, &before, buying.buyer)?, Field::Buyer),
        (before.spent_points != buying.points, Field::Points),
        (before.basket_hash != basket_hash(work.vault, buying)?, Field::Basket),
    ];
    Ok(match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(NotBought::OtherContents(field)),
        None => Ok(before),
    })
}

/// Gives up a purchase that was begun: its points are free again. The same again is answered as before; nothing without such a
/// purchase.
///
/// # Errors
/// When it cannot be written; the inner error when it was completed.
pub fn give_up(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
) -> Result<Result<Option<Purchase>, NotBought>, Fault> {
    let Some(before) = read(work.tx, work.vault, purchase)? else { return Ok(Ok(None)) };
    match before.state {
        State::GivenUp => return Ok(Ok(Some(before))),
        State::Done => return Ok(Err(NotBought::Done)),
        State::Begun => {}
    }
    let hold = step(purchase, Step::Hold);
    if let Some(wallet) = before.wallet
        && let Some(mut opened) = Opened::open(work.tx, wallet, &[hold])?
    {
        let at = now(acting)?;
        // One that has lapsed is free already.
        if held(&opened, purchase, at) > 0 {
            let request = Request { asked: step(purchase, Step::Pay), at, place: before.till.into() };
            if let Err(refusal) = opened.run(work, &request, &Command::Void { hold })? {
                return Ok(Err(NotBought::Points(of_ledger(refusal)?)));
            }
        }
        let subject = Subject::row(TABLE, purchase);
        opened.close_as(
            work,
            acting,
            Cause { action: "purchase_given_up", subject, about: told(&before) },
        )?;
    }
    forget_begun(work.tx, purchase)?;
    work.tx.execute(
        "UPDATE purchases SET state = $1 WHERE id = $2",
        values![state_word(State::GivenUp), purchase],
    )?;
    Ok(Ok(Some(Purchase { state: State::GivenUp, ..before })))
}
