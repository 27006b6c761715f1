//! A member takes a gift at a till, or brings it back.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::{Asked, Command, NotPosted, Points, Request, Status};
use bonafide_domain::programme::RuleId;

use crate::audit::entry::{Acting, Subject, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{self, Cause as Entry, Opened, Refusal, now};
use crate::members::merging::profiles_of_person;
use crate::organisation::till::{self, TillPlace};
use crate::purchases::is_own;
use crate::rewards::offered::{At, Having, find, taken_before};
use crate::rewards::stock::{Cause, append};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::damaged;

const TABLE: &str = "reward_takings";
const WHAT: &str = "a gift that was taken";
const COLUMNS: &str = "id, version, rule, gift_id, wallet_id, branch_id, till_id, at_us, points, back_us";

/// How long after its taking a gift may be brought back, in microseconds: a day.
pub const BACK_US_MAX: i64 = 24 * 60 * 60 * 1_000_000;

/// How long the points of a gift are held, in microseconds: they are captured in the same transaction.
const HOLD_US: i64 = 60 * 1_000_000;

/// What a taking asks of the ledger, each a step of it.
#[derive(Debug, Clone, Copy)]
enum Step {
    Hold,
    Pay,
    Back,
}

fn step(taking: Id, step: Step) -> Asked {
    Asked { operation: taking.into(), step: step as u8 }
}

/// What is to be taken, where and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taking {
    /// At which till.
    pub till: Id,
    /// Who takes it.
    pub member: Id,
    /// By which reward of the rules.
    pub rule: RuleId,
    /// Whether he has shown enough to spend.
    pub may_spend: bool,
}

/// A gift that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The till's own id of it.
    pub id: Id,
    /// By which version of the rules.
    pub version: u32,
    /// By which reward of them.
    pub rule: RuleId,
    /// The kind.
    pub gift: Id,
    /// Whose points paid, if any did.
    pub wallet: Id,
    /// Where.
    pub branch: Id,
    /// At which till.
    pub till: Id,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// For how many points; zero when it was free.
    pub points: u64,
    /// When it was brought back, in microseconds since 1970; nothing when it was not.
    pub back_us: Option<i64>,
}

/// Why a gift is not taken. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// The id was used for another gift, till or member (case T-02).
    OtherContents,
    /// There is no such till, or it is closed.
    NoTill,
    /// The branch takes part in no programme with rules.
    NoProgramme,
    /// He is not in the programme.
    NotInProgramme,
    /// Whoever works at the till is he himself (case T-14).
    OwnTill,
    /// The rules have no such gift, or it is stopped.
    NoReward,
    /// His tier is below.
    TierTooLow,
    /// It is free, and he had it before: each free gift is there once for each member.
    TakenBefore,
    /// It costs points, and he has not shown enough to spend.
    ProveFirst,
    /// None lies at this branch.
    OutOfStock,
    /// The points do not stand so.
    Points(NotPosted),
}

/// Why a gift is not brought back. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBroughtBack {
    /// There is no such taking at this branch.
    NotTaken,
    /// It is longer ago than [`BACK_US_MAX`].
    TooLate,
    /// The points do not stand so.
    Points(NotPosted),
}

/// Takes a gift; the same again is answered as before. What is decided by rows that are only read, so that it belongs into
/// [`crate::store::Store::write`].
///
/// # Errors
/// When it cannot be written; the inner error when nothing is taken.
pub fn take(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    taking: &Taking,
) -> Result<Result<Taken, NotTaken>, Fault> {
    if let Some(before) = get(work.tx, id)? {
        let same = before.till == taking.till
            && before.rule == taking.rule
            && ledger::is_of(work.tx, before.wallet, taking.member)?;
        return Ok(if same { Ok(before) } else { Err(NotTaken::OtherContents) });
    }
    let place = till::with_branch(work.tx, taking.till)?;
    let is_open = |place: &TillPlace| place.till.closed_us.is_none() && place.branch.closed_us.is_none();
    let Some(TillPlace { branch, .. }) = place.filter(is_open) else { return Ok(Err(NotTaken::NoTill)) };
    let calendar = branch.content.time_zone.calendar();
    let at = At { branch: branch.id, at: now(acting)?, calendar: &calendar };
    let having = match find(work.tx, taking.member, taking.rule, &at)? {
        Ok(having) => having,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if is_own(work.tx, acting, having.wallet)? {
        return Ok(Err(NotTaken::OwnTill));
    }
    if having.tier < having.from_tier {
        return Ok(Err(NotTaken::TierTooLow));
    }
    if having.cost.is_none() && taken_before(work.tx, taking.member, having.programme, taking.rule)? {
        return Ok(Err(NotTaken::TakenBefore));
    }
    if having.cost.is_some() && !taking.may_spend {
        return Ok(Err(NotTaken::ProveFirst));
    }
    write(work, acting, id, taking, (&having, &at))
}

/// Takes a piece from the stock and the points from the wallet, and writes the row.
fn write(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    taking: &Taking,
    (having, at): (&Having, &At<'_>),
) -> Result<Result<Taken, NotTaken>, Fault> {
    if !append(work, acting, (having.gift, at.branch), (-1, Cause::Taken), Some(id))? {
        return Ok(Err(NotTaken::OutOfStock));
    }
    let Some(mut opened) = Opened::open(work.tx, having.wallet, &[])? else {
        return Err(Fault::broken("the wallet of a member is gone"));
    };
    if opened.status() == Status::Blocked {
        return Ok(Err(NotTaken::Points(NotPosted::Blocked)));
    }
    if let Some(points) = having.cost
        && let Err(refusal) = pay(work, &mut opened, id, (points, taking.till), at.at)?
    {
        return Ok(Err(NotTaken::Points(refusal)));
    }
    let taken = Taken {
        id,
        version: having.version,
        rule: taking.rule,
        gift: having.gift,
        wallet: having.wallet,
        branch: at.branch,
        till: taking.till,
        at_us: acting.now_us,
        points: having.cost.map_or(0, Points::get),
        back_us: None,
    };
    insert(work.tx, having.programme, &taken)?;
    opened.close_as(work, acting, entry("reward_taken", &taken))?;
    Ok(Ok(taken))
}

/// Holds the points and captures them.
fn pay(
    work: &mut Work<'_, '_>,
    opened: &mut Opened,
    taking: Id,
    (points, till): (Points, Id),
    at: UtcMicros,
) -> Result<Result<(), NotPosted>, Fault> {
    let hold = step(taking, Step::Hold);
    let until = UtcMicros::parse(at.get().saturating_add(HOLD_US))
        .map_err(|_| Fault::broken("the clock is not set"))?;
    let commands = [
        (hold, Command::Hold { points, until }),
        (step(taking, Step::Pay), Command::Capture { hold, points }),
    ];
    for (asked, command) in commands {
        if let Err(refusal) = opened.run(work, &Request { asked, at, place: till.into() }, &command)? {
            return refused(refusal).map(Err);
        }
    }
    Ok(Ok(()))
}

/// A refusal of the ledger. That the id was another wallet's is one of the caller's.
fn refused(refusal: Refusal) -> Result<NotPosted, Fault> {
    match refusal {
        Refusal::Refused(refusal) => Ok(refusal),
        Refusal::OtherWallet { .. } => Ok(NotPosted::OtherContents(bonafide_domain::ledger::Field::Command)),
        other => Err(Fault::broken(format!("the wallet of a gift is gone: {other:?}"))),
    }
}

/// Brings a gift back to the branch at which it was taken: it lies there again, and its points return into their lots. The same again
/// is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when nothing comes back.
pub fn bring_back(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    till: Id,
) -> Result<Result<Taken, NotBroughtBack>, Fault> {
    let branch = till::with_branch(work.tx, till)?.map(|place| place.branch.id);
    let Some(taken) = get(work.tx, id)?.filter(|taken| Some(taken.branch) == branch) else {
        return Ok(Err(NotBroughtBack::NotTaken));
    };
    if taken.back_us.is_some() {
        return Ok(Ok(taken));
    }
    if acting.now_us.saturating_sub(taken.at_us) > BACK_US_MAX {
        return Ok(Err(NotBroughtBack::TooLate));
    }
    let hold = step(id, Step::Hold);
    // Whoever was erased meanwhile has no points any more; the thing is back all the same.
    let opened = Opened::open(work.tx, taken.wallet, &[hold])?.filter(|opened| opened.member().is_some());
    let taken = Taken { back_us: Some(acting.now_us), ..taken };
    match opened {
        Some(mut opened) => {
            if let Err(refusal) = points_back(work, acting, &mut opened, &taken, till)? {
                return Ok(Err(NotBroughtBack::Points(refusal)));
            }
            opened.close_as(work, acting, entry("reward_brought_back", &taken))?;
        }
        None => {
            let Entry { action, subject, about } = entry("reward_brought_back", &taken);
            record_words(work.tx, acting, action, subject, about.to_string())?;
        }
    }
    append(work, acting, (taken.gift, taken.branch), (1, Cause::BroughtBack), Some(id))?;
    work.tx.execute("UPDATE reward_takings SET back_us = $1 WHERE id = $2", values![acting.now_us, id])?;
    Ok(Ok(taken))
}

/// Returns the points of a gift into their lots.
fn points_back(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    opened: &mut Opened,
    taken: &Taken,
    till: Id,
) -> Result<Result<(), NotPosted>, Fault> {
    let Ok(points) = Points::parse(taken.points) else { return Ok(Ok(())) };
    let request = Request { asked: step(taken.id, Step::Back), at: now(acting)?, place: till.into() };
    let command = Command::GiveBack { hold: step(taken.id, Step::Hold), points };
    match opened.run(work, &request, &command)? {
        Ok(_) => Ok(Ok(())),
        Err(refusal) => refused(refusal).map(Err),
    }
}

fn entry(action: &'static str, taken: &Taken) -> Entry {
    let about = serde_json::json!({
        "taking": taken.id, "gift": taken.gift, "rule": taken.rule.0, "version": taken.version,
        "branch": taken.branch, "till": taken.till, "points": taken.points,
    });
    Entry { action, subject: Subject::row(TABLE, taken.id), about }
}

fn insert(tx: &mut Tx<'_>, programme: Id, taken: &Taken) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO reward_takings (id, programme_id, version, rule, gift_id, wallet_id, branch_id, till_id, at_us, points)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            taken.id,
            programme,
            taken.version,
            u32::from(taken.rule.0),
            taken.gift,
            taken.wallet,
            taken.branch,
            taken.till,
            taken.at_us,
            taken.points.cast_signed()
        ],
    )?;
    Ok(())
}

/// A taking by its id.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Taken>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM reward_takings WHERE id = $1");
    tx.query_opt(&sql, values![id])?.map(taken).transpose()
}

/// What was taken with a wallet, the oldest first.
///
/// # Errors
/// When the book cannot be read.
pub fn of_wallet(tx: &mut Tx<'_>, wallet: Id) -> Result<Vec<Taken>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM reward_takings WHERE wallet_id = $1 ORDER BY at_us, id");
    tx.query(&sql, values![wallet])?.into_iter().map(taken).collect()
}

/// What a person has taken at a branch since a moment and not brought back, with whichever of his profiles, each with its name.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member_at(
    tx: &mut Tx<'_>,
    member: Id,
    branch: Id,
    since_us: i64,
) -> Result<Vec<(Taken, String)>, Fault> {
    let mut all = Vec::new();
    for profile in profiles_of_person(tx, member)? {
        for (wallet, _) in ledger::merging::wallets(tx, profile)? {
            for taken in of_wallet(tx, wallet)? {
                if taken.branch == branch && taken.at_us >= since_us && taken.back_us.is_none() {
                    let name = name(tx, taken.id)?.ok_or_else(|| damaged(WHAT))?;
                    all.push((taken, name));
                }
            }
        }
    }
    Ok(all)
}

/// What the gift of a taking is called; nothing when nothing was taken under this id.
///
/// # Errors
/// When the book cannot be read.
pub fn name(tx: &mut Tx<'_>, taking: Id) -> Result<Option<String>, Fault> {
    let sql = "SELECT k.name FROM reward_takings t JOIN gift_kinds k ON k.id = t.gift_id WHERE t.id = $1";
    tx.query_opt(sql, values![taking])?.map(|mut row| row.text(0)).transpose()
}

fn taken(mut row: Row) -> Result<Taken, Fault> {
    let rule = u16::try_from(row.number(2)?).map_err(|_| damaged(WHAT))?;
    Ok(Taken {
        id: row.id(0)?,
        version: row.number(1)?,
        rule: RuleId(rule),
        gift: row.id(3)?,
        wallet: row.id(4)?,
        branch: row.id(5)?,
        till: row.id(6)?,
        at_us: row.integer(7)?,
        points: u64::try_from(row.integer(8)?).map_err(|_| damaged(WHAT))?,
        back_us: row.integer_or_null(9)?,
    })
}
