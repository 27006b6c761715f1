//! A club that moves over: for a while its doors decide in the shadow of the older system, and the desk shows where the two differ.
//!
//! A door on trial decides, takes visits and knows who is inside like every other; only nothing opens by its answer. What the older
//! system did at the same moment is told to the book ([`observe`]): an admission ends the grant of the shadow, as if the door could
//! not tell. So visits and presence are right on the day on which the older system is switched off.

use crate::audit::entry::{Acting, Subject, record, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::passages::TABLE as PASSAGES;
use crate::passages::facts::person;
use crate::passages::passing::{self, End};
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// How far apart in time the two systems may have decided about one member at one door: 15 seconds.
pub const SAME_MOMENT_US: i64 = 15_000_000;

/// Differences on one page at most.
pub const PAGE_MAX: u32 = 200;

/// What is put on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All doors of a branch.
    Branch(Id),
    /// One door.
    AccessPoint(Id),
}

/// There is none with this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFound;

/// Puts a branch or a door on trial, or ends it. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    of: Of,
    on: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let (read, change, subject) = match of {
        Of::Branch(id) => (
            "SELECT trial_us FROM branches WHERE id = $1",
            "UPDATE branches SET trial_us = $1 WHERE id = $2",
            Subject::row("branches", id),
        ),
        Of::AccessPoint(id) => (
            "SELECT trial_us FROM access_points WHERE id = $1",
            "UPDATE access_points SET trial_us = $1 WHERE id = $2",
            Subject::row("access_points", id),
        ),
    };
    let Some(mut row) = work.tx.query_opt(read, values![subject.id])? else { return Ok(Err(NotFound)) };
    let before = row.integer_or_null(0)?;
    if before.is_some() == on {
        return Ok(Ok(false));
    }
    let after = on.then_some(acting.now_us);
    work.tx.execute(change, values![after, subject.id])?;
    let [was, is] = [before, after].map(|us| serde_json::json!({ "trial_us": us }).to_string());
    let action = if on { "trial_begun" } else { "trial_ended" };
    record_change(work.tx, acting, action, subject, Some(&was), Some(&is))?;
    Ok(Ok(true))
}

/// Since when a branch or a door is on trial itself, in microseconds since 1970. A door is on trial with its branch too.
///
/// # Errors
/// When the book cannot be read.
pub fn since_us(tx: &mut Tx<'_>, of: Of) -> Result<Option<i64>, Fault> {
    let (sql, id) = match of {
        Of::Branch(id) => ("SELECT trial_us FROM branches WHERE id = $1", id),
        Of::AccessPoint(id) => ("SELECT trial_us FROM access_points WHERE id = $1", id),
    };
    tx.query_opt(sql, values![id])?.map_or(Ok(None), |mut row| row.integer_or_null(0))
}

/// What the older system did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The id of the report.
    pub operation: Id,
    /// At which door.
    pub access_point: Id,
    /// Whether it let somebody in.
    pub admitted: bool,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Whom it was about, when that is known.
    pub member: Option<Id>,
    /// Our decision that it belongs to, when the device knows it.
    pub passage: Option<Id>,
}

/// Why nothing was noted. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotObserved {
    /// The id was used for something else.
    OtherOperation,
    /// There is no such door.
    NoAccessPoint,
}

/// What was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Our decision that it belongs to.
    pub passage: Option<Id>,
    /// It was noted before, under the same id.
    pub repeated: bool,
}

/// Notes what the older system did. Without a decision's id it is joined to the one of the same member at the same door within
/// [`SAME_MOMENT_US`] that has no report yet.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn observe(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    observed: &Observed,
) -> Result<Result<Noted, NotObserved>, Fault> {
    let before = work.tx.query_opt(
        "SELECT access_point_id, admitted, passage_id FROM trial_observations WHERE operation_id = $1",
        values![observed.operation],
    )?;
    if let Some(mut row) = before {
        let same = row.id(0)? == observed.access_point && row.boolean(1)? == observed.admitted;
        let noted = Noted { passage: row.id_or_null(2)?, repeated: true };
        return Ok(if same { Ok(noted) } else { Err(NotObserved::OtherOperation) });
    }
    let row = work.tx.query_opt(
        "SELECT z.branch_id FROM access_points p JOIN zones z ON z.id = p.zone_id WHERE p.id = $1",
        values![observed.access_point],
    )?;
    let Some(mut row) = row else { return Ok(Err(NotObserved::NoAccessPoint)) };
    let branch = row.id(0)?;
    let member = match observed.member {
        Some(member) => person(work.tx, member)?,
        None => None,
    };
    let passage = decision_of(work.tx, observed, member)?;
    let subject = match passage {
        Some(passage) => Subject::row(PASSAGES, passage),
        None => Subject::row("access_points", observed.access_point),
    };
    let entry = record(work.tx, acting, "trial_observed", subject, None)?;
    work.tx.execute(
        "INSERT INTO trial_observations (id, operation_id, at_us, branch_id, access_point_id, admitted, member_id,
             passage_id, audit_entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            Id::new(acting.now_us)?,
            observed.operation,
            observed.at_us,
            branch,
            observed.access_point,
            observed.admitted,
            member,
            passage,
            entry
        ],
    )?;
    if observed.admitted
        && let Some(passage) = passage
        && passing::is_open(work.tx, passage)?
    {
        passing::end(work, acting, Id::new(acting.now_us)?, passage, End::Assumed)?;
    }
    Ok(Ok(Noted { passage, repeated: false }))
}

fn decision_of(tx: &mut Tx<'_>, observed: &Observed, member: Option<Id>) -> Result<Option<Id>, Fault> {
    const FREE: &str = "NOT EXISTS (SELECT 1 FROM trial_observations o WHERE o.passage_id = p.id)";
    let row = if let Some(passage) = observed.passage {
        let sql = format!(
            "SELECT p.id FROM passages p WHERE p.id = $1 AND p.access_point_id = $2 AND p.shadow AND {FREE}"
        );
        tx.query_opt(&sql, values![passage, observed.access_point])?
    } else if let Some(member) = member {
        let sql = format!(
            "SELECT p.id FROM passages p
             WHERE p.member_id = $1 AND p.at_us BETWEEN $2 AND $3 AND p.access_point_id = $4 AND p.shadow
                 AND p.outcome <> 'same_passage' AND {FREE}
             ORDER BY p.at_us DESC, p.id DESC LIMIT 1"
        );
        let (from_us, until_us) =
            (observed.at_us.saturating_sub(SAME_MOMENT_US), observed.at_us.saturating_add(SAME_MOMENT_US));
        tx.query_opt(&sql, values![member, from_us, until_us, observed.access_point])?
    } else {
        None
    };
    row.map(|mut row| row.id(0)).transpose()
}

/// In what the two systems differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// We would let him in, they did not.
    OnlyWeAdmit,
    /// They let him in, we would not, or not yet.
    OnlyTheyAdmit,
    /// They told of somebody whom we were not asked about.
    NotAsked,
    /// We were asked, and they told nothing.
    NotTold,
}

/// How often the two systems decided the same, and how often not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Both let somebody in, or neither did.
    pub same: u64,
    /// As [`Kind::OnlyWeAdmit`].
    pub only_we_admit: u64,
    /// As [`Kind::OnlyTheyAdmit`].
    pub only_they_admit: u64,
    /// As [`Kind::NotAsked`].
    pub not_asked: u64,
    /// As [`Kind::NotTold`].
    pub not_told: u64,
}

/// Counts all of [`differences`], however many there are, and how often there was none.
///
/// # Errors
/// When the book cannot be read.
pub fn counts(tx: &mut Tx<'_>, branch: Id, since_us: i64, now_us: i64) -> Result<Counts, Fault> {
    let mut told = tx.query_one(
        "SELECT COUNT(*) FILTER (WHERE p.id IS NULL),
             COUNT(*) FILTER (WHERE o.admitted AND p.outcome <> 'admitted'),
             COUNT(*) FILTER (WHERE NOT o.admitted AND p.outcome = 'admitted'),
             COUNT(*)
         FROM trial_observations o LEFT JOIN passages p ON p.id = o.passage_id
         WHERE o.branch_id = $1 AND o.at_us >= $2",
        values![branch, since_us],
    )?;
    let mut silent = tx.query_one(
        &format!("SELECT COUNT(*) FROM passages p WHERE {NOT_TOLD}"),
        values![branch, since_us, now_us.saturating_sub(SAME_MOMENT_US)],
    )?;
    let mut count = |column| told.integer(column).map(i64::unsigned_abs);
    let (not_asked, only_they_admit, only_we_admit) = (count(0)?, count(1)?, count(2)?);
    let same = count(3)?.saturating_sub(not_asked + only_they_admit + only_we_admit);
    let not_told = silent.integer(0)?.unsigned_abs();
    Ok(Counts { same, only_we_admit, only_they_admit, not_asked, not_told })
}

/// A decision of ours of a branch, `$1`, from `$2` on and before `$3`, that they told nothing about.
const NOT_TOLD: &str =
    "p.branch_id = $1 AND p.at_us >= $2 AND p.at_us < $3 AND p.shadow AND p.direction = 'entry'
             AND p.outcome <> 'same_passage'
             AND NOT EXISTS (SELECT 1 FROM trial_observations o WHERE o.passage_id = p.id)";

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In what.
    pub kind: Kind,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Where.
    pub access_point: Id,
    /// About whom.
    pub member: Option<Id>,
    /// Our decision.
    pub passage: Option<Id>,
    /// The word of our refusal.
    pub reason: Option<String>,
}

/// Where the two systems differ in a branch, from a moment on, the newest first; [`PAGE_MAX`] at most. What they have not told of
/// yet counts as not told after [`SAME_MOMENT_US`].
///
/// # Errors
/// When the book cannot be read.
pub fn differences(
    tx: &mut Tx<'_>,
    branch: Id,
    since_us: i64,
    now_us: i64,
) -> Result<Vec<Difference>, Fault> {
    let told = tx.query(
        "SELECT o.at_us, o.access_point_id, o.member_id, o.passage_id, p.reason, o.admitted, p.outcome, p.member_id
         FROM trial_observations o LEFT JOIN passages p ON p.id = o.passage_id
         WHERE o.branch_id = $1 AND o.at_us >= $2
             AND (p.id IS NULL OR (o.admitted AND p.outcome <> 'admitted')
                 OR (NOT o.admitted AND p.outcome = 'admitted'))
         ORDER BY o.at_us DESC, o.id DESC LIMIT $3",
        values![branch, since_us, PAGE_MAX],
    )?;
    let mut all = told.into_iter().map(told_of).collect::<Result<Vec<_>, _>>()?;
    let silent = tx.query(
        &format!(
            "SELECT p.at_us, p.access_point_id, p.member_id, p.id, p.reason FROM passages p
             WHERE {NOT_TOLD} ORDER BY p.at_us DESC, p.id DESC LIMIT $4"
        ),
        values![branch, since_us, now_us.saturating_sub(SAME_MOMENT_US), PAGE_MAX],
    )?;
    for mut row in silent {
        all.push(Difference {
            kind: Kind::NotTold,
            at_us: row.integer(0)?,
            access_point: row.id(1)?,
            member: row.id_or_null(2)?,
            passage: row.id_or_null(3)?,
            reason: row.text_or_null(4)?,
        });
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.at_us));
    all.truncate(PAGE_MAX as usize);
    Ok(all)
}

fn told_of(mut row: Row) -> Result<Difference, Fault> {
    let (admitted, asked) = (row.boolean(5)?, !row.is_null(6));
    let (told, known) = (row.id_or_null(2)?, row.id_or_null(7)?);
    let kind = match (asked, admitted) {
        (false, _) => Kind::NotAsked,
        (true, true) => Kind::OnlyTheyAdmit,
        (true, false) => Kind::OnlyWeAdmit,
    };
    Ok(Difference {
        kind,
        at_us: row.integer(0)?,
        access_point: row.id(1)?,
        member: known.or(told),
        passage: row.id_or_null(3)?,
        reason: row.text_or_null(4)?,
    })
}
