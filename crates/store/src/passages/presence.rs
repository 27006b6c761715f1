//! Who is inside now, and how full zones are. It comes from passages; the staff may end a stay by hand, with a reason.

use bonafide_domain::admission::stay::INSIDE_US_MAX;

use crate::audit::entry::{Acting, Actor, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members;
use crate::passages::facts::person;
use crate::passages::passing::{free_lockers, go_out};
use crate::store::Work;
use crate::values;
use crate::words::words;

/// People on one page at most.
pub const PAGE_MAX: u32 = 200;

/// Stays that one of the staff may end within a day before somebody else should look (case D-17).
pub const CORRECTIONS_A_DAY: u32 = 10;

const DAY_US: i64 = 86_400_000_000;

/// Somebody who is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside {
    /// Who.
    pub member: Id,
    /// Since when, in microseconds since 1970.
    pub since_us: i64,
    /// For how many whole minutes.
    pub minutes: i64,
}

/// The place in a list after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    since_us: i64,
    member: Id,
}

/// Who is in a zone now, the longest first, and where the next page begins.
///
/// # Errors
/// When the book cannot be read.
pub fn inside_now(
    tx: &mut Tx<'_>,
    zone: Id,
    now_us: i64,
    after: Option<After>,
    limit: u32,
) -> Result<(Vec<Inside>, Option<After>), Fault> {
    let limit = limit.clamp(1, PAGE_MAX);
    let first = After { since_us: now_us.saturating_sub(INSIDE_US_MAX), member: Id::from_bytes([255; 16]) };
    let after = after.unwrap_or(first);
    let rows = tx.query(
        "SELECT member_id, since_us FROM presence WHERE zone_id = $1 AND (since_us, member_id) > ($2, $3)
         ORDER BY since_us, member_id LIMIT $4",
        values![zone, after.since_us, after.member, limit + 1],
    )?;
    let more = rows.len() > limit as usize;
    let mut inside = Vec::new();
    for mut row in rows.into_iter().take(limit as usize) {
        let (member, since_us) = (row.id(0)?, row.integer(1)?);
        inside.push(Inside { member, since_us, minutes: (now_us - since_us).max(0) / 60_000_000 });
    }
    let last = inside.last().map(|one| After { since_us: one.since_us, member: one.member });
    Ok((inside, last.filter(|_| more)))
}

/// Whether a member is in any zone of a branch now.
///
/// # Errors
/// When the book cannot be read.
pub fn is_inside(tx: &mut Tx<'_>, member: Id, branch: Id, now_us: i64) -> Result<bool, Fault> {
    let rows = tx.query(
        "SELECT zone_id FROM presence WHERE member_id = $1 AND branch_id = $2 AND since_us > $3 LIMIT 1",
        values![member, branch, now_us.saturating_sub(INSIDE_US_MAX)],
    )?;
    Ok(!rows.is_empty())
}

/// How full a zone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupancy {
    /// The zone.
    pub zone: Id,
    /// How many are in it.
    pub inside: u32,
    /// How many more may go in by a grant that holds.
    pub granted: u32,
    /// How many may be in it; nothing when that is not limited.
    pub capacity: Option<u32>,
}

/// How full the zones of a branch are that are in use.
///
/// # Errors
/// When the book cannot be read.
pub fn occupancy(tx: &mut Tx<'_>, branch: Id, now_us: i64) -> Result<Vec<Occupancy>, Fault> {
    let rows = tx.query(
        "SELECT z.id, z.capacity,
             (SELECT COUNT(*) FROM presence p WHERE p.zone_id = z.id AND p.since_us > $1),
             (SELECT COUNT(*) FROM open_grants g WHERE g.zone_id = z.id AND g.direction = 'entry' AND g.lapses_us > $2
                  AND NOT EXISTS (SELECT 1 FROM presence p WHERE p.zone_id = g.zone_id
                      AND p.member_id = g.member_id AND p.since_us > $1))
         FROM zones z WHERE z.branch_id = $3 AND z.closed_us IS NULL ORDER BY z.id",
        values![now_us.saturating_sub(INSIDE_US_MAX), now_us, branch],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let capacity = if row.is_null(1) { None } else { Some(row.number(1)?) };
            Ok(Occupancy { zone: row.id(0)?, inside: row.number(2)?, granted: row.number(3)?, capacity })
        })
        .collect()
}

/// Why a stay is ended by hand. A closed list: what people write down about each other is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// He has left by a way that is not read.
    LeftUnread,
    /// The reader did not work.
    ReaderFault,
    /// Somebody else had gone in with his card.
    AnotherPerson,
    /// The house was cleared.
    Evacuation,
}

words! {
    /// The word that stands for why a stay is ended by hand.
    why_word, why_of_word: Why {
        LeftUnread = "left_unread", ReaderFault = "reader_fault", AnotherPerson = "another_person",
        Evacuation = "evacuation",
    }
}

/// A stay that was ended by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// How many the same person has ended within a day, this one too.
    pub recent: u32,
    /// They are more than [`CORRECTIONS_A_DAY`]: tell the manager.
    pub alert: bool,
}

/// Why a stay is not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReleased {
    /// Only somebody of the staff may, under his own name.
    NotStaff,
    /// The id was used for something else.
    OtherOperation,
    /// He is not in this zone.
    NotInside,
}

/// Ends a stay by hand, so that strict anti-passback lets the member in again. Whether somebody may do so at all is asked before:
/// here it is asked who, why and how often (case D-17).
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn release(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    (member, zone): (Id, Id),
    why: Why,
) -> Result<Result<Released, NotReleased>, Fault> {
    let Actor::Staff(staff) = acting.actor else { return Ok(Err(NotReleased::NotStaff)) };
    let Some(member) = person(work.tx, member)? else { return Ok(Err(NotReleased::NotInside)) };
    if let Some(before) = released_before(work.tx, operation, (member, zone), why)? {
        return Ok(before);
    }
    let sql = "SELECT branch_id FROM presence WHERE member_id = $1 AND zone_id = $2";
    let Some(mut row) = work.tx.query_opt(sql, values![member, zone])? else {
        return Ok(Err(NotReleased::NotInside));
    };
    let branch = row.id(0)?;
    go_out(work.tx, member, branch, zone, acting.now_us)?;
    free_lockers(work, acting, member, branch)?;
    let mut row = work.tx.query_one(
        "SELECT COUNT(*) FROM presence_corrections WHERE staff_id = $1 AND at_us > $2",
        values![staff, acting.now_us.saturating_sub(DAY_US)],
    )?;
    let recent = row.number(0)?.saturating_add(1);
    let key = members::data_key(work.tx, work.vault, member)?
        .ok_or_else(|| Fault::damaged(format!("the member {member} is missing")))?;
    let json = serde_json::json!({ "zone": zone, "reason": why_word(why), "recent": recent }).to_string();
    let detail = Detail { member, key: &key, json: &json };
    let subject = Subject::row(members::TABLE, member);
    let entry = record(work.tx, acting, "presence_corrected", subject, Some(detail))?;
    work.tx.execute(
        "INSERT INTO presence_corrections (id, operation_id, at_us, staff_id, member_id, zone_id, reason, recent,
             audit_entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            Id::new(acting.now_us)?,
            operation,
            acting.now_us,
            staff,
            member,
            zone,
            why_word(why),
            recent,
            entry
        ],
    )?;
    Ok(Ok(of_count(recent)))
}

const fn of_count(recent: u32) -> Released {
    Released { recent, alert: recent > CORRECTIONS_A_DAY }
}

fn released_before(
    tx: &mut Tx<'_>,
    operation: Id,
    (member, zone): (Id, Id),
    why: Why,
) -> Result<Option<Result<Released, NotReleased>>, Fault> {
    let row = tx.query_opt(
        "SELECT member_id, zone_id, reason, recent FROM presence_corrections WHERE operation_id = $1",
        values![operation],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let same = row.id(0)? == member && row.id(1)? == zone && why_of_word(&row.text(2)?) == Some(why);
    Ok(Some(if same { Ok(of_count(row.number(3)?)) } else { Err(NotReleased::OtherOperation) }))
}

/// How many people are in a branch now, each once, however many of its zones he is in.
///
/// # Errors
/// When the book cannot be read.
pub fn people_inside(tx: &mut Tx<'_>, branch: Id, now_us: i64) -> Result<u32, Fault> {
    let mut row = tx.query_one(
        "SELECT COUNT(DISTINCT member_id) FROM presence WHERE branch_id = $1 AND since_us > $2",
        values![branch, now_us.saturating_sub(INSIDE_US_MAX)],
    )?;
    row.number(0)
}
