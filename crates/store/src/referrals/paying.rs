//! Points for whoever was brought, and for the one who brought him: after the newcomer's first purchase that he paid money for and that
//! cannot come back any more.
//!
//! By the rules of that purchase. What was refused when he was enrolled is looked at again, since people are merged and get phones. The
//! ids of the gifts are made of the wallet and the newcomer, so that two servers give once.

use std::sync::Arc;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::programme::Happened;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::calendar_of;
use crate::id::Id;
use crate::ledger::gifts::{give, made_of};
use crate::ledger::programmes::{self, ProgrammeVersion};
use crate::ledger::{now, of_member};
use crate::members;
use crate::members::merging::profiles_of_person;
use crate::organisation::branch;
use crate::purchases::{self, state_word as purchase_word};
use crate::referrals::{
    Referral, State, WHAT, Why, is_ring, is_same_person, of_newcomer, state_word, why_word,
};
use crate::store::{Store, Work};
use crate::values;
use crate::written::damaged;

/// So many newcomers bring their bringer points in a calendar month at most.
pub const PAID_A_MONTH_MAX: u32 = 10;

/// Newcomers that one call of [`pay`] looks at.
pub const LOOKED_AT_ONCE: u32 = 50;

/// How long one rests who has bought nothing yet, in microseconds: an hour.
const REST_US: i64 = 60 * 60 * 1_000_000;

/// What a round has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// Newcomers that were looked at.
    pub looked: u32,
    /// Of them those for whom somebody got points.
    pub paid: u32,
}

/// Looks at the newcomers that have waited longest, and gives what is due. What is left over, the next call takes.
///
/// # Errors
/// When it cannot be read or written.
pub fn pay(store: &Store, acting: &Acting) -> Result<Looked, Fault> {
    let now_us = acting.now_us;
    let waiting = store.read(|tx| waiting(tx, now_us))?;
    let mut done = Looked::default();
    for newcomer in waiting {
        let acting = acting.clone();
        // One at a time: nobody at a till waits for the others.
        let paid = store.write(move |work| Ok(Ok::<bool, ()>(look(work, &acting, newcomer)?)))?;
        let paid = paid.map_err(|()| Fault::broken("a newcomer was refused"))?;
        done = Looked { looked: done.looked + 1, paid: done.paid + u32::from(paid) };
    }
    Ok(done)
}

fn waiting(tx: &mut Tx<'_>, now_us: i64) -> Result<Vec<Id>, Fault> {
    let rows = tx.query(
        "SELECT newcomer_id FROM referrals WHERE state = 'waiting' AND look_us <= $1
         ORDER BY look_us, newcomer_id LIMIT $2",
        values![now_us, LOOKED_AT_ONCE],
    )?;
    rows.into_iter().map(|mut row| row.id(0)).collect()
}

/// Looks at one newcomer; tells whether somebody got points.
fn look(work: &mut Work<'_, '_>, acting: &Acting, newcomer: Id) -> Result<bool, Fault> {
    let Some(referral) = of_newcomer(work.tx, newcomer)?.filter(|one| one.state == State::Waiting) else {
        return Ok(false);
    };
    let Some(bought) = settled_purchase(work.tx, acting, newcomer)? else {
        let sql = "UPDATE referrals SET look_us = $1 WHERE newcomer_id = $2";
        work.tx.execute(sql, values![acting.now_us.saturating_add(REST_US), newcomer])?;
        return Ok(false);
    };
    if let Some(why) = refused(work.tx, &referral)? {
        decide(work, acting, &referral, (State::Refused, Some(why)))?;
        return Ok(false);
    }
    let bound_reached = paid_this_month(work.tx, acting, &referral, bought.programme)? >= PAID_A_MONTH_MAX;
    let welcomed = gift(work, acting, &bought, (newcomer, newcomer), Happened::WasBrought)?;
    let thanked = match bound_reached {
        true => None,
        false => gift(work, acting, &bought, (referral.by, newcomer), Happened::BroughtSomebody)?,
    };
    if let Some((wallet, operation)) = thanked {
        work.tx.execute(
            "INSERT INTO referral_payments (operation_id, wallet_id, at_us) VALUES ($1, $2, $3)
             ON CONFLICT (operation_id) DO NOTHING",
            values![operation, wallet, acting.now_us],
        )?;
    }
    let outcome = match (welcomed.is_some() || thanked.is_some(), bound_reached) {
        (true, true) => (State::Paid, Some(Why::TooMany)),
        (true, false) => (State::Paid, None),
        (false, true) => (State::Refused, Some(Why::TooMany)),
        (false, false) => (State::Refused, Some(Why::NoRule)),
    };
    decide(work, acting, &referral, outcome)?;
    Ok(outcome.0 == State::Paid)
}

/// What speaks against it by now.
fn refused(tx: &mut Tx<'_>, referral: &Referral) -> Result<Option<Why>, Fault> {
    let own = profiles_of_person(tx, referral.newcomer)?;
    let others = profiles_of_person(tx, referral.by)?;
    if is_same_person(tx, &own, &others)? {
        return Ok(Some(Why::SamePerson));
    }
    for profile in &own {
        let older =
            "SELECT 1 FROM members a, members b WHERE a.id = $1 AND b.id = $2 AND a.number < b.number";
        if tx.query_opt(older, values![*profile, referral.newcomer])?.is_some() {
            return Ok(Some(Why::WasMember));
        }
    }
    Ok(is_ring(tx, &own, referral.by)?.then_some(Why::Ring))
}

/// A purchase that counts.
struct Bought {
    programme: Id,
    version: Arc<ProgrammeVersion>,
}

/// The first purchase of a newcomer that he paid money for, whose goods cannot come back any more, and which did not come back whole.
fn settled_purchase(tx: &mut Tx<'_>, acting: &Acting, newcomer: Id) -> Result<Option<Bought>, Fault> {
    for profile in profiles_of_person(tx, newcomer)? {
        let rows = tx.query(
            "SELECT p.programme_id, p.version, p.branch_id, p.at_us
             FROM purchases p JOIN wallets w ON w.id = p.wallet_id
             WHERE w.member_id = $1 AND p.state = $2 AND p.to_pay_minor >
                 (SELECT COALESCE(SUM(r.money_minor), 0) FROM purchase_returns r WHERE r.purchase_id = p.id)
             ORDER BY p.at_us, p.id LIMIT $3",
            values![profile, purchase_word(purchases::State::Done), LOOKED_AT_ONCE],
        )?;
        for mut row in rows {
            let (programme, version, branch) = (row.id(0)?, row.number(1)?, row.id(2)?);
            let at = UtcMicros::parse(row.integer(3)?).map_err(|_| damaged("when something was bought"))?;
            let Some(version) = programmes::version(tx, programme, version)? else { continue };
            let Some(place) = branch::get(tx, branch)? else { continue };
            let settled = version.rules.is_settled_at(at, &place.content.time_zone.calendar());
            if settled.get() <= acting.now_us {
                return Ok(Some(Bought { programme, version }));
            }
        }
    }
    Ok(None)
}

/// Gives one of the two what the rules say; tells in which wallet and under which id, or nothing when he gets nothing.
fn gift(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    bought: &Bought,
    (member, newcomer): (Id, Id),
    happened: Happened,
) -> Result<Option<(Id, Id)>, Fault> {
    let calendar = calendar_of(work.tx, bought.programme)?;
    let Some(gift) = bought.version.rules.gift(happened, now(acting)?, &calendar) else { return Ok(None) };
    let Some(wallet) = of_member(work.tx, member, bought.programme)? else { return Ok(None) };
    let operation = made_of("bonafide/referral/1", wallet, newcomer.bytes());
    let given = give(work, acting, wallet, operation, &gift)?;
    Ok(given.then_some((wallet, operation)))
}

/// How many newcomers have brought a person points in this month of the programme's calendar, with whichever of his profiles.
fn paid_this_month(
    tx: &mut Tx<'_>,
    acting: &Acting,
    referral: &Referral,
    programme: Id,
) -> Result<u32, Fault> {
    let calendar = calendar_of(tx, programme)?;
    let first = calendar.date_of(now(acting)?).first_of_month();
    let first = calendar.first_instant(first).map_or(i64::MIN, UtcMicros::get);
    let mut paid = 0;
    for profile in profiles_of_person(tx, referral.by)? {
        let mut row = tx.query_one(
            "SELECT COUNT(*) FROM referral_payments p JOIN wallets w ON w.id = p.wallet_id
             WHERE w.member_id = $1 AND p.at_us >= $2",
            values![profile, first],
        )?;
        paid += row.number(0)?;
    }
    Ok(paid)
}

fn decide(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    referral: &Referral,
    (state, why): (State, Option<Why>),
) -> Result<(), Fault> {
    let changed = work.tx.execute(
        "UPDATE referrals SET state = $1, why = $2, decided_us = $3 WHERE newcomer_id = $4 AND state = 'waiting'",
        values![state_word(state), why.map(why_word), acting.now_us, referral.newcomer],
    )?;
    if changed != 1 {
        return Err(damaged(WHAT));
    }
    let action = if state == State::Paid { "referral_paid" } else { "referral_refused" };
    record(work.tx, acting, action, Subject::row(members::TABLE, referral.newcomer), None).map(drop)
}
