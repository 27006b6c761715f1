//! Points put right by hand (case T-15): who asked, why, and who besides has seen it.
//!
//! Within the programme's limit one employee does it alone; the limit is for a member and a day, so that a large correction in small
//! parts is a large one. Above it the request waits until another one confirms it, declines it, or a week is over. Nobody puts his own
//! points right (case T-14). The transfer stands in the ledger ([`crate::ledger`]); here is why it is there, for the daily report.
//!
//! - [`ask`], [`decide`]: the two steps; both may be asked twice. `kept`: columns, and the lists that are read.
//! - [`limit`]: how much one alone may.

mod deciding;
mod kept;
mod limits;

use bonafide_domain::ledger::{Approval, Asked, Command, Direction, Expiry, NotPosted, Points, Request};
use bonafide_domain::profile::ShortNote;

use crate::audit::entry::{Acting, Actor, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::calendar_of;
use crate::id::Id;
use crate::keys::member::Field;
use crate::ledger::{self, Cause, OFFICE, Opened, Refusal, merging, now, programmes};
use crate::members;
use crate::purchases::own_member;
use crate::store::Work;
use crate::values;
use crate::words::words;
use crate::written::to_text;

pub use deciding::{Decision, NotDecided, decide};
pub use kept::{Correction, LIST_MAX, between, count_waiting_for, get, of_wallet, waiting};
pub use limits::{POINTS_ALONE_USUAL, limit, set_limit};

/// The table, as the audit names it.
pub const TABLE: &str = "corrections";

/// How long a request waits for a second person, in microseconds: a week.
pub const WAITS_US: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// The limit is for so long, in microseconds: a day.
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// What became of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// One person did it alone, within the limit.
    Alone,
    /// It waits for a second one, or its time is over.
    Waiting,
    /// A second one confirmed it.
    Confirmed,
    /// A second one declined it.
    Declined,
}

words! {
    /// The word that stands for what became of a correction.
    state_word, state_of_word: State {
        Alone = "alone", Waiting = "waiting", Confirmed = "confirmed", Declined = "declined",
    }
}

words! {
    /// The word that stands for which way a correction goes.
    direction_word, direction_of_word: Direction { Up = "up", Down = "down" }
}

/// What is to be put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whose points.
    pub member: Id,
    /// Of which programme.
    pub programme: Id,
    /// Which way.
    pub direction: Direction,
    /// How many.
    pub points: Points,
    /// Why.
    pub reason: ShortNote,
}

/// Why nothing is put right. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCorrected {
    /// The id was used for something else (case T-02).
    OtherContents,
    /// Only an employee may.
    NotStaff,
    /// The member is not in the programme.
    NotInProgramme,
    /// They are his own (case T-14).
    Own,
    /// The points do not stand so.
    Points(NotPosted),
}

/// Puts points right, or lets the request wait for a second person. The same again is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when nothing is done.
pub fn ask(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    wanted: &Wanted,
) -> Result<Result<Correction, NotCorrected>, Fault> {
    let Actor::Staff(employee) = acting.actor else { return Ok(Err(NotCorrected::NotStaff)) };
    let wallet = ledger::of_member(work.tx, wanted.member, wanted.programme)?;
    if let Some(before) = get(work.tx, work.vault, id)? {
        let same = before.asked_by == employee
            && Some(before.wallet) == wallet
            && (before.direction, before.points) == (wanted.direction, wanted.points)
            && before.reason == wanted.reason;
        return Ok(if same { Ok(before) } else { Err(NotCorrected::OtherContents) });
    }
    let Some(wallet) = wallet else { return Ok(Err(NotCorrected::NotInProgramme)) };
    if is_own(work.tx, employee, wallet)? {
        return Ok(Err(NotCorrected::Own));
    }
    let points_max = limit(work.tx, wanted.programme)?;
    let left = points_max.saturating_sub(alone_since(work.tx, wallet, acting.now_us - DAY_US)?);
    let state = if wanted.points.get() <= left { State::Alone } else { State::Waiting };
    let holder = holder(work.tx, wallet)?;
    let correction = Correction {
        id,
        wallet,
        member: holder,
        programme: wanted.programme,
        direction: wanted.direction,
        points: wanted.points,
        reason: wanted.reason.clone(),
        asked_by: employee,
        asked_us: acting.now_us,
        state,
        until_us: (state == State::Waiting).then_some(acting.now_us + WAITS_US),
        decided: None,
    };
    // What could not be done now is refused now: nobody confirms in vain.
    let approval =
        if state == State::Alone { Approval::Alone { points_max: left } } else { Approval::Second };
    if let Err(refusal) = post(work, acting, &correction, approval, state == State::Alone)? {
        return Ok(Err(NotCorrected::Points(refusal)));
    }
    kept::insert(work, &correction)?;
    if state == State::Waiting {
        note(work, acting, &correction, "correction_asked")?;
    }
    Ok(Ok(correction))
}

/// Whether a wallet is that of an employee himself, by whichever of his profiles.
fn is_own(tx: &mut Tx<'_>, employee: Id, wallet: Id) -> Result<bool, Fault> {
    match own_member(tx, employee)? {
        Some(own) => ledger::is_of(tx, wallet, own),
        None => Ok(false),
    }
}

/// The profile that a wallet belongs to.
fn holder(tx: &mut Tx<'_>, wallet: Id) -> Result<Id, Fault> {
    let mut row = tx.query_one("SELECT member_id FROM wallets WHERE id = $1", values![wallet])?;
    row.id_or_null(0)?.ok_or_else(|| Fault::broken("a member's wallet is of nobody"))
}

/// Points of a wallet that somebody put right alone since a moment, whichever way.
fn alone_since(tx: &mut Tx<'_>, wallet: Id, since_us: i64) -> Result<u64, Fault> {
    let mut row = tx.query_one(
        "SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM corrections
         WHERE wallet_id = $1 AND asked_us > $2 AND state = $3",
        values![wallet, since_us, state_word(State::Alone)],
    )?;
    Ok(row.integer(0)?.unsigned_abs())
}

/// Asks the ledger; writes what it answers only when it `is_final`.
fn post(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    correction: &Correction,
    approval: Approval,
    is_final: bool,
) -> Result<Result<(), NotPosted>, Fault> {
    let gone = || Fault::broken(format!("the wallet {} is gone", correction.wallet));
    let mut opened = Opened::open(work.tx, correction.wallet, &[])?.ok_or_else(gone)?;
    let at = now(acting)?;
    let expiry = match programmes::rules_in_force(work.tx, correction.programme)? {
        Some(version) => version.rules.spec().expiry.ends(at, &calendar_of(work.tx, correction.programme)?),
        None => Expiry::Never,
    };
    let asked = Asked { operation: correction.id.into(), step: 0 };
    let request = Request { asked, at, place: OFFICE.into() };
    let (direction, points) = (correction.direction, correction.points);
    let command = Command::Correct { direction, points, expiry, approval };
    match opened.run(work, &request, &command)? {
        Ok(_) => {}
        Err(Refusal::Refused(refusal)) => return Ok(Err(refusal)),
        Err(other) => return Err(Fault::broken(format!("a correction's wallet is gone: {other:?}"))),
    }
    if is_final {
        let absorbed = opened.member().filter(|_| opened.is_absorbed());
        let cause = Cause {
            action: "points_corrected",
            subject: Subject::row(TABLE, correction.id),
            about: told(correction),
        };
        opened.close_as(work, acting, cause)?;
        if let Some(absorbed) = absorbed {
            merging::follow(work, acting, absorbed)?;
        }
    }
    Ok(Ok(()))
}

/// What the audit tells of a correction.
fn told(correction: &Correction) -> serde_json::Value {
    serde_json::json!({
        "correction": correction.id, "wallet": correction.wallet, "direction": direction_word(correction.direction),
        "points": correction.points.get(), "reason": correction.reason.as_str(), "asked_by": correction.asked_by,
    })
}

/// Notes a step that moves no points.
fn note(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    correction: &Correction,
    action: &'static str,
) -> Result<(), Fault> {
    let gone = || Fault::broken("the member of a correction is gone");
    let key = members::data_key(work.tx, work.vault, correction.member)?.ok_or_else(gone)?;
    let json = to_text(&told(correction))?;
    let detail = Detail { member: correction.member, key: &key, json: &json };
    record(work.tx, acting, action, Subject::row(TABLE, correction.id), Some(detail)).map(drop)
}

const fn reason_field(correction: Id, member: Id) -> Field {
    Field { table: TABLE, column: "reason_sealed", row: correction, member }
}
