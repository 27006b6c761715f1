//! A purchase of nobody finds its member afterwards: the sale did not wait for him to be recognised.

use bonafide_domain::ledger::{Command, Grant, NotPosted, Points, Request};
use bonafide_domain::programme::{Facts, Guard, quote};

use crate::audit::entry::{Acting, Subject};
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{self, Cause, Opened, now, programmes};
use crate::organisation::branch;
use crate::personal_offers::holding::{Holder, held, note_used};
use crate::purchases::completing::count;
use crate::purchases::facts::{Day, Who, add_to_day, facts, keep_standing};
use crate::purchases::guarding::{note_claim, stops_claim};
use crate::purchases::kept::{KeptLine, Purchase, basket_of, read, sealed, told};
use crate::purchases::own::is_own;
use crate::purchases::{RecognisedBy, State, Step, TABLE, of_ledger, step, way_word};
use crate::store::Work;
use crate::values;

/// How long a purchase may be claimed, in microseconds: two weeks.
pub const CLAIM_US_MAX: i64 = 14 * 24 * 60 * 60 * 1_000_000;

/// Why a purchase is not claimed. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotClaimed {
    /// There is no such purchase.
    NoPurchase,
    /// It was not completed.
    NotDone,
    /// It is somebody else's.
    Taken,
    /// It is longer ago than [`CLAIM_US_MAX`].
    TooLate,
    /// Something of it came back already.
    CameBack,
    /// Points of somebody who could not be charged paid for it, without a network.
    PaidByAllowance,
    /// The member is not in the programme.
    NotInProgramme,
    /// Whoever acts is the member himself (case T-14).
    OwnPurchase,
    /// The member has claimed as many receipts as the programme lets (case T-24).
    TooOften(Guard),
    /// The points do not stand so.
    Points(NotPosted),
}

/// Gives a purchase of nobody to a member: it earns as it would have, by the rules of its day. The same again is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when it is not claimed.
pub fn claim(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    purchase: Id,
    (member, way): (Id, RecognisedBy),
) -> Result<Result<Purchase, NotClaimed>, Fault> {
    let Some(of) = read(work.tx, work.vault, purchase)? else { return Ok(Err(NotClaimed::NoPurchase)) };
    if of.state != State::Done {
        return Ok(Err(NotClaimed::NotDone));
    }
    let wallet = ledger::of_member(work.tx, member, of.programme)?;
    if let Some(kept) = of.wallet {
        return Ok(if Some(kept) == wallet { Ok(of) } else { Err(NotClaimed::Taken) });
    }
    if acting.now_us.saturating_sub(of.at_us) > CLAIM_US_MAX {
        return Ok(Err(NotClaimed::TooLate));
    }
    let came_back = "SELECT id FROM purchase_returns WHERE purchase_id = $1 LIMIT 1";
    if !work.tx.query(came_back, values![purchase])?.is_empty() {
        return Ok(Err(NotClaimed::CameBack));
    }
    if of.spent_points > 0 {
        return Ok(Err(NotClaimed::PaidByAllowance));
    }
    let opened = match wallet {
        Some(wallet) => Opened::open(work.tx, wallet, &[])?,
        None => None,
    };
    let Some(opened) = opened else { return Ok(Err(NotClaimed::NotInProgramme)) };
    if is_own(work.tx, acting, opened.id())? {
        return Ok(Err(NotClaimed::OwnPurchase));
    }
    if let Some(guard) = stops_claim(work.tx, (of.programme, opened.id()), now(acting)?)? {
        return Ok(Err(NotClaimed::TooOften(guard)));
    }
    take(work, acting, of, opened, way)
}

fn take(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    of: Purchase,
    mut opened: Opened,
    way: RecognisedBy,
) -> Result<Result<Purchase, NotClaimed>, Fault> {
    let Some(lines) = &of.lines else { return Ok(Err(NotClaimed::Taken)) };
    let broken = |what| Fault::damaged(format!("the purchase {} has no {what}", of.id));
    let branch = branch::get(work.tx, of.branch)?.ok_or_else(|| broken("branch"))?;
    let version = programmes::version(work.tx, of.programme, of.version)?.ok_or_else(|| broken("rules"))?;
    let (calendar, at) = (branch.content.time_zone.calendar(), now(acting)?);
    let bought = bonafide_domain::calendar::UtcMicros::parse(of.at_us).map_err(|_| broken("time"))?;
    let member = opened.member().ok_or_else(|| broken("member"))?;
    let holder = Holder { wallet: opened.id(), member, status: opened.status() };
    // Those that he had when he bought it.
    let offers = held(work.tx, &version.rules, &holder, (bought, &calendar))?;
    let who = Who { wallet: holder.wallet, member, status: holder.status, free_points: 0, offers };
    let facts: Facts = facts(work.tx, work.vault, &version.rules, &who, (bought, &calendar))?;
    let basket = basket_of(version.rules.spec().currency, lines)?;
    let offer = quote(&version.rules, &facts, &basket, 0, (bought, &calendar));
    let offer =
        offer.map_err(|why| Fault::damaged(format!("the purchase {} has no offer: {why:?}", of.id)))?;
    if let Ok(points) = Points::parse(offer.earned_points) {
        let request = Request { asked: step(of.id, Step::Earn), at, place: of.till.into() };
        let (matures, expiry) = (offer.matures, offer.expiry);
        let command = Command::Give { grant: Grant::Earn, points, matures, expiry };
        if let Err(refusal) = opened.run(work, &request, &command)? {
            return Ok(Err(NotClaimed::Points(of_ledger(refusal)?)));
        }
    }
    // The prices were paid as they stood: a discount of his tier comes too late.
    let earned = |(line, offer): (&KeptLine, &bonafide_domain::programme::LineOffer)| {
        let mut line = line.clone();
        line.sold.earned.clone_from(&offer.earned);
        line
    };
    let lines: Vec<KeptLine> = lines.iter().zip(&offer.lines).map(earned).collect();
    let claimed = Purchase {
        wallet: Some(opened.id()),
        way: Some(way),
        earned_points: offer.earned_points,
        lines: Some(lines),
        ..of
    };
    write(work, &claimed)?;
    note_claim(work.tx, claimed.id, who.wallet, at)?;
    note_used(work.tx, (claimed.id, who.wallet), &who.offers, &offer.by_rule)?;
    let day = Day {
        spent_minor: claimed.to_pay_minor,
        visits: 1,
        earned_points: claimed.earned_points.cast_signed(),
    };
    add_to_day(work.tx, who.wallet, claimed.day, day)?;
    keep_standing(work.tx, &version.rules, who.wallet, calendar.date_of(at))?;
    count(work, opened.member(), 1, claimed.to_pay_minor)?;
    let subject = Subject::row(TABLE, claimed.id);
    opened.close_as(work, acting, Cause { action: "purchase_claimed", subject, about: told(&claimed) })?;
    Ok(Ok(claimed))
}

fn write(work: &mut Work<'_, '_>, claimed: &Purchase) -> Result<(), Fault> {
    let lines = claimed.lines.as_deref().unwrap_or(&[]);
    let lines = sealed(work.tx, work.vault, claimed.id, claimed.wallet, lines)?;
    let changed = work.tx.execute(
        "UPDATE purchases SET wallet_id = $1, way = $2, earned_points = $3, lines_sealed = $4
         WHERE id = $5 AND wallet_id IS NULL",
        values![
            claimed.wallet,
            claimed.way.map(way_word),
            claimed.earned_points.cast_signed(),
            lines,
            claimed.id
        ],
    )?;
    if changed == 1 { Ok(()) } else { Err(Fault::broken("the purchase was claimed meanwhile")) }
}
