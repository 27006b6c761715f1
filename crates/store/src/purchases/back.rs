//! Goods come back: the money's part is told, points return into their lots, and what they had earned is taken back.

use std::collections::BTreeMap;

use bonafide_domain::ledger::{Asked, Command, NotPosted, Points, Request};
use bonafide_domain::programme::{Back as Share, Earned, ReturnRefusal};

use crate::allowances::{Use, note_recovered, use_of};
use crate::audit::entry::{Acting, Subject, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{Cause, Opened, now};
use crate::organisation::till;
use crate::personal_offers::holding::note_back;
use crate::purchases::completing::count;
use crate::purchases::facts::{Day, add_to_day};
use crate::purchases::kept::{KeptLine, Purchase, read};
use crate::purchases::{State, Step, of_ledger, step};
use crate::store::Work;
use crate::values;
use crate::written::{damaged, from_text, to_text};

const TABLE: &str = "purchase_returns";
const WHAT: &str = "what came back of a purchase";

/// A part of a line that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackLine {
    /// The line's place in the purchase, from zero.
    pub index: usize,
    /// How much of it, in thousandths.
    pub quantity_milli: u64,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// The till's own id of the return.
    pub id: Id,
    /// Of which purchase.
    pub purchase: Id,
    /// Money to the customer, in minor units.
    pub money_minor: i64,
    /// Points that return to the member.
    pub spent_points: u64,
    /// Points that are taken back from him.
    pub earned_points: u64,
}

/// Why nothing comes back. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBack {
    /// The id was used for another return.
    OtherContents,
    /// There is no such till.
    NoTill,
    /// There is no such purchase.
    NoPurchase,
    /// It was not completed.
    NotDone,
    /// What lay in the basket is gone with its member.
    LinesErased,
    /// Nothing is named, or one line twice.
    Lines,
    /// A line does not come back so.
    Line {
        /// Its place.
        index: usize,
        /// Why.
        why: ReturnRefusal,
    },
    /// The points do not stand so.
    Points(NotPosted),
}

/// Lines by their places, with thousandths, as they are kept.
type Places = Vec<(usize, u64)>;

/// Takes goods back, at any till (case T-11). The same again is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when nothing comes back.
pub fn bring_back(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    (purchase, till): (Id, Id),
    lines: &[BackLine],
) -> Result<Result<Back, NotBack>, Fault> {
    if let Some((before, kept)) = get(work.tx, id)? {
        let same = before.purchase == purchase && kept == pairs(lines);
        return Ok(if same { Ok(before) } else { Err(NotBack::OtherContents) });
    }
    if till::get(work.tx, till)?.is_none() {
        return Ok(Err(NotBack::NoTill));
    }
    let Some(of) = read(work.tx, work.vault, purchase)? else { return Ok(Err(NotBack::NoPurchase)) };
    if of.state != State::Done {
        return Ok(Err(NotBack::NotDone));
    }
    let Some(sold) = &of.lines else { return Ok(Err(NotBack::LinesErased)) };
    let shares = match shares(work.tx, purchase, sold, lines)? {
        Ok(shares) => shares,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let earned_of = |share: &Share| share.earned.iter().map(|earned| earned.points).sum::<u64>();
    let earned_points: u64 = shares.iter().map(earned_of).sum();
    let spent_points: u64 = shares.iter().map(|share| share.spent_points).sum();
    let recovered = recovered(work.tx, purchase, spent_points)?;
    let back = Back {
        id,
        purchase,
        money_minor: shares.iter().map(|share| share.money_minor).sum(),
        // What paid for nobody without a network returns to nobody.
        spent_points: if of.wallet.is_some() { spent_points } else { 0 },
        // What nobody had earned is taken back from nobody.
        earned_points: if of.earned_points > 0 { earned_points } else { 0 },
    };
    if let Err(refusal) = post(work, acting, &of, &back, (till, recovered))? {
        return Ok(Err(NotBack::Points(refusal)));
    }
    work.tx.execute(
        "INSERT INTO purchase_returns (id, purchase_id, till_id, at_us, lines, money_minor, spent_points, earned_points)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            purchase,
            till,
            acting.now_us,
            to_text(&pairs(lines))?,
            back.money_minor,
            back.spent_points.cast_signed(),
            back.earned_points.cast_signed()
        ],
    )?;
    let earned: Vec<Earned> = shares.into_iter().flat_map(|share| share.earned).collect();
    let is_whole = left(work.tx, &of)?.iter().all(|&milli| milli == 0);
    note_back(work.tx, purchase, &earned, is_whole)?;
    Ok(Ok(back))
}

fn pairs(lines: &[BackLine]) -> Places {
    lines.iter().map(|line| (line.index, line.quantity_milli)).collect()
}

/// A return by its id, with its lines.
fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<(Back, Places)>, Fault> {
    let sql = "SELECT purchase_id, money_minor, spent_points, earned_points, lines FROM purchase_returns WHERE id = $1";
    let Some(mut row) = tx.query_opt(sql, values![id])? else { return Ok(None) };
    let points = |number: i64| u64::try_from(number).map_err(|_| damaged(WHAT));
    let back = Back {
        id,
        purchase: row.id(0)?,
        money_minor: row.integer(1)?,
        spent_points: points(row.integer(2)?)?,
        earned_points: points(row.integer(3)?)?,
    };
    Ok(Some((back, from_text(&row.text(4)?, WHAT)?)))
}

/// How much of each line came back before, in thousandths.
fn before(tx: &mut Tx<'_>, purchase: Id) -> Result<BTreeMap<usize, u64>, Fault> {
    let mut before = BTreeMap::new();
    for mut row in tx.query("SELECT lines FROM purchase_returns WHERE purchase_id = $1", values![purchase])? {
        let lines: Places = from_text(&row.text(0)?, WHAT)?;
        for (index, quantity_milli) in lines {
            *before.entry(index).or_insert(0) += quantity_milli;
        }
    }
    Ok(before)
}

/// How much of each line could still come back, in thousandths, in the order of the lines.
///
/// # Errors
/// When the book cannot be read.
pub fn left(tx: &mut Tx<'_>, purchase: &Purchase) -> Result<Vec<u64>, Fault> {
    let before = before(tx, purchase.id)?;
    let left = |(index, line): (usize, &KeptLine)| {
        line.sold.quantity_milli.saturating_sub(before.get(&index).copied().unwrap_or(0))
    };
    Ok(purchase.lines.iter().flatten().enumerate().map(left).collect())
}

/// What goes with each line.
fn shares(
    tx: &mut Tx<'_>,
    purchase: Id,
    sold: &[KeptLine],
    lines: &[BackLine],
) -> Result<Result<Vec<Share>, NotBack>, Fault> {
    let mut places: Vec<usize> = lines.iter().map(|line| line.index).collect();
    places.sort_unstable();
    if lines.is_empty() || places.windows(2).any(|pair| pair[0] == pair[1]) {
        return Ok(Err(NotBack::Lines));
    }
    let before = before(tx, purchase)?;
    let share = |line: &BackLine| {
        let refused = |why| NotBack::Line { index: line.index, why };
        let kept = sold.get(line.index).ok_or(refused(ReturnRefusal::NoSuchLine))?;
        let came = before.get(&line.index).copied().unwrap_or(0);
        kept.sold.back(came, line.quantity_milli).map_err(refused)
    };
    Ok(lines.iter().map(share).collect())
}

/// What of the returned points the house had lost, when the purchase was paid without a network: that comes back first, so that nobody
/// makes points by bringing goods back.
fn recovered(tx: &mut Tx<'_>, purchase: Id, spent_points: u64) -> Result<Option<(Use, u64)>, Fault> {
    let lost = use_of(tx, purchase)?;
    Ok(lost.map(|lost| (lost, spent_points.min(lost.lost_points - lost.recovered_points))))
}

/// Asks the ledger, and takes the day back.
fn post(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    of: &Purchase,
    back: &Back,
    (till, recovered): (Id, Option<(Use, u64)>),
) -> Result<Result<(), NotPosted>, Fault> {
    if let Some((lost, points)) = &recovered {
        note_recovered(work.tx, of.id, lost, *points)?;
    }
    let (subject, action) = (Subject::row(TABLE, back.id), "purchase_returned");
    let about = serde_json::json!({
        "return": back.id, "purchase": of.id, "till": till, "money_minor": back.money_minor,
        "spent_points": back.spent_points, "earned_points": back.earned_points,
    });
    let (hold, earning, cover) = (step(of.id, Step::Hold), step(of.id, Step::Earn), step(of.id, Step::Cover));
    let opened = match of.wallet {
        Some(wallet) => Opened::open(work.tx, wallet, &[hold, earning, cover])?,
        None => None,
    };
    let Some(mut opened) = opened.filter(|opened| opened.member().is_some()) else {
        return record_words(work.tx, acting, action, subject, about.to_string()).map(|_| Ok(()));
    };
    let at = now(acting)?;
    let commands = [
        Points::parse(back.spent_points).ok().map(|points| Command::GiveBack { hold, points }),
        Points::parse(back.earned_points).ok().map(|points| Command::TakeBack { earning, points }),
        // What the house had given for the purchase is the house's again.
        recovered
            .and_then(|(_, points)| Points::parse(points).ok())
            .map(|points| Command::TakeBack { earning: cover, points }),
    ];
    for (number, command) in (0..).zip(commands) {
        let Some(command) = command else { continue };
        let asked = Asked { operation: back.id.into(), step: number };
        let request = Request { asked, at, place: till.into() };
        if let Err(refusal) = opened.run(work, &request, &command)? {
            return Ok(Err(of_ledger(refusal)?));
        }
    }
    let day =
        Day { spent_minor: -back.money_minor, visits: 0, earned_points: -back.earned_points.cast_signed() };
    add_to_day(work.tx, opened.id(), of.day, day)?;
    count(work, opened.member(), 0, -back.money_minor)?;
    opened.close_as(work, acting, Cause { action, subject, about })?;
    Ok(Ok(()))
}
