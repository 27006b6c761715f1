//! What became of grants: somebody went through, or nobody did.
//!
//! Each grant has one end. A second body behind it is written down as nobody's (case D-16): it moves no presence and counts no
//! visit, so that anti-passback and occupancy stay what the club knows.

use bonafide_domain::admission::facts::Takes;
use bonafide_domain::admission::stay;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::membership::{Blocked, GiveBackRefusal};

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::lockers;
use crate::members;
use crate::memberships::command::NotDone;
use crate::memberships::{self, command};
use crate::passages::attention::{self, Why};
use crate::passages::door::Door;
use crate::passages::facts::{Stay, stays};
use crate::passages::record::{Kept, outcome_of};
use crate::passages::{Outcome, TABLE, Way, way_of_word, way_word};
use crate::store::Work;
use crate::values;
use crate::words::words;

/// How long after its end a grant may still be reported as passed: the report of a door may be on its way for a minute.
pub const LATE_REPORT_US_MAX: i64 = 60_000_000;

/// Grants that one call of [`lapse`] ends at most.
pub const LAPSED_AT_ONCE_MAX: u32 = 200;

/// What happened at a door after it was granted, or without a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody went through.
    Passed,
    /// The door cannot tell, so that somebody is taken to have gone through.
    Assumed,
    /// Nobody did. The visit is given back.
    Lapsed,
    /// Somebody more went through on a grant that had been passed.
    Tailgate,
    /// Somebody went through without a grant, or on one that had lapsed.
    Unattributed,
}

words! {
    /// The word that stands for what happened.
    end_word, end_of_word: End {
        Passed = "passed", Assumed = "assumed", Lapsed = "lapsed", Tailgate = "tailgate",
        Unattributed = "unattributed",
    }
}

/// What a door reports: a body went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The id of the report, from the device.
    pub operation: Id,
    /// Where.
    pub access_point: Id,
    /// On which grant; nothing when the door knows of none.
    pub grant: Option<Id>,
    /// Which way, where there is no grant to tell.
    pub way: Way,
}

/// What was made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// What it was.
    pub end: End,
    /// Who went through; nobody's is nobody.
    pub member: Option<Id>,
    /// How long he was inside, in microseconds, when he has left.
    pub inside_us: Option<i64>,
    /// It was reported before, under the same id.
    pub repeated: bool,
}

/// Why nothing was made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReported {
    /// The id was used for another door or another grant.
    OtherOperation,
    /// There is no such door.
    NoAccessPoint,
}

/// Writes down that a body goes through now.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn passed(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    report: &Report,
) -> Result<Result<Passed, NotReported>, Fault> {
    passed_at(work, acting, report, acting.now_us)
}

/// Writes down that a body went through at `at_us`, by the clock of the device: a report may have waited for a network. Who is inside
/// since when follows that moment; the audit has the moment of the report, and whether a grant still counts is asked of now.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn passed_at(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    report: &Report,
    at_us: i64,
) -> Result<Result<Passed, NotReported>, Fault> {
    if let Some((access_point, grant, before)) = reported(work.tx, report.operation)? {
        let same = access_point == report.access_point && grant == report.grant;
        return Ok(if same { Ok(before) } else { Err(NotReported::OtherOperation) });
    }
    let sql = "SELECT zone_id FROM access_points WHERE id = $1";
    let Some(mut row) = work.tx.query_opt(sql, values![report.access_point])? else {
        return Ok(Err(NotReported::NoAccessPoint));
    };
    let zone = row.id(0)?;
    // A grant of another door says nothing about this one.
    let grant = match report.grant {
        Some(grant) => granted(work.tx, grant)?.filter(|one| one.access_point == report.access_point),
        None => None,
    };
    if let Some(grant) = &grant
        && grant.is_open
    {
        let end = Ending { operation: report.operation, passage: grant.passage, what: End::Passed, at_us };
        return end_at(work, acting, &end).map(Ok);
    }
    let what = match &grant {
        Some(grant) if was_passed(work.tx, grant.passage)? => End::Tailgate,
        _ => End::Unattributed,
    };
    let event = Event {
        operation: report.operation,
        end: what,
        access_point: report.access_point,
        zone,
        way: grant.map_or(report.way, |grant| grant.way),
        grant: report.grant,
        member: None,
        inside_us: None,
        at_us,
    };
    let id = write(work, acting, &event)?;
    let why = if what == End::Tailgate { Why::Tailgate } else { Why::Unattributed };
    attention::note_body(work.tx, (id, report.access_point, zone), why, event.grant, acting.now_us)?;
    Ok(Ok(Passed { end: what, member: None, inside_us: None, repeated: false }))
}

/// Ends grants that nobody has used for so long that no report comes any more, and gives their visits back. To be called every
/// few seconds; the answer is how many it ended, [`LAPSED_AT_ONCE_MAX`] when there are more.
///
/// # Errors
/// When it cannot be written.
pub fn lapse(work: &mut Work<'_, '_>, acting: &Acting) -> Result<u32, Fault> {
    let rows = work.tx.query(
        "SELECT passage_id FROM open_grants WHERE lapses_us <= $1 ORDER BY lapses_us, passage_id LIMIT $2",
        values![acting.now_us.saturating_sub(LATE_REPORT_US_MAX), LAPSED_AT_ONCE_MAX],
    )?;
    end_all(work, acting, rows.into_iter().map(|mut row| row.id(0)).collect::<Result<_, _>>()?)
}

/// Ends the grants of a member at a door that hold no more: he stands before it once again, and so has not gone through.
pub(super) fn lapse_at_door(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    door: &Door,
    member: Id,
) -> Result<(), Fault> {
    let rows = work.tx.query(
        "SELECT g.passage_id FROM open_grants g JOIN passages p ON p.id = g.passage_id
         WHERE g.member_id = $1 AND g.lapses_us <= $2 AND g.direction = 'entry' AND p.access_point_id = $3
         ORDER BY g.lapses_us, g.passage_id LIMIT $4",
        values![member, acting.now_us, door.id, LAPSED_AT_ONCE_MAX],
    )?;
    end_all(work, acting, rows.into_iter().map(|mut row| row.id(0)).collect::<Result<_, _>>()?).map(drop)
}

fn end_all(work: &mut Work<'_, '_>, acting: &Acting, grants: Vec<Id>) -> Result<u32, Fault> {
    let mut ended = 0;
    for grant in grants {
        let operation = Id::new(acting.now_us)?;
        end(work, acting, operation, grant, End::Lapsed)?;
        ended += 1;
    }
    Ok(ended)
}

/// A grant with what its end needs.
struct Granted {
    passage: Id,
    access_point: Id,
    zone: Id,
    branch: Id,
    way: Way,
    member: Option<Id>,
    membership: Option<Id>,
    visit: Option<Id>,
    kept: Kept,
    is_open: bool,
}

fn granted(tx: &mut Tx<'_>, passage: Id) -> Result<Option<Granted>, Fault> {
    let row = tx.query_opt(
        "SELECT p.access_point_id, p.zone_id, p.branch_id, p.direction, p.member_id, p.membership_id,
             p.visit_operation_id, p.outcome, p.detail, p.lapses_us, g.passage_id
         FROM passages p LEFT JOIN open_grants g ON g.passage_id = p.id
         WHERE p.id = $1 AND p.outcome = 'admitted'",
        values![passage],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let membership = row.id_or_null(5)?;
    let kept = Kept {
        outcome: row.text(7)?,
        reason: None,
        detail: row.text(8)?,
        membership,
        grant: None,
        lapses_us: row.integer_or_null(9)?,
    };
    Ok(Some(Granted {
        passage,
        access_point: row.id(0)?,
        zone: row.id(1)?,
        branch: row.id(2)?,
        way: way_of_word(&row.text(3)?).ok_or_else(|| Fault::damaged("a passage has no direction"))?,
        member: row.id_or_null(4)?,
        membership,
        visit: row.id_or_null(6)?,
        kept,
        is_open: !row.is_null(10),
    }))
}

fn was_passed(tx: &mut Tx<'_>, grant: Id) -> Result<bool, Fault> {
    let sql = "SELECT id FROM passage_events WHERE grant_id = $1 AND kind IN ('passed', 'assumed')";
    Ok(tx.query_opt(sql, values![grant])?.is_some())
}

/// Ends an open grant now.
pub(crate) fn end(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    passage: Id,
    what: End,
) -> Result<Passed, Fault> {
    end_at(work, acting, &Ending { operation, passage, what, at_us: acting.now_us })
}

/// How an open grant ends, and when.
struct Ending {
    operation: Id,
    passage: Id,
    what: End,
    at_us: i64,
}

fn end_at(work: &mut Work<'_, '_>, acting: &Acting, ending: &Ending) -> Result<Passed, Fault> {
    let Ending { operation, passage, what, at_us } = *ending;
    let granted = granted(work.tx, passage)?;
    let grant = granted.ok_or_else(|| Fault::damaged(format!("the grant {passage} has no row")))?;
    if work.tx.execute("DELETE FROM open_grants WHERE passage_id = $1", values![passage])? != 1 {
        return Err(Fault::broken(format!("the grant {passage} has its end already")));
    }
    let mut inside_us = None;
    match (what, grant.way, grant.member) {
        (End::Lapsed, ..) => give_back(work, acting, grant.visit, &grant)?,
        (_, Way::Entry, Some(member)) => come_in(work, member, &grant, at_us)?,
        (_, Way::Exit, Some(member)) => {
            inside_us = go_out(work.tx, member, grant.branch, grant.zone, at_us)?;
            free_lockers(work, acting, member, grant.branch)?;
        }
        (_, _, None) => {}
    }
    let event = Event {
        operation,
        end: what,
        access_point: grant.access_point,
        zone: grant.zone,
        way: grant.way,
        grant: Some(passage),
        member: grant.member,
        inside_us,
        at_us,
    };
    write(work, acting, &event)?;
    Ok(Passed { end: what, member: grant.member, inside_us, repeated: false })
}

/// Whoever is in no zone of a branch any more has no locker there.
pub(super) fn free_lockers(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    branch: Id,
) -> Result<(), Fault> {
    if stays(work.tx, member, branch)?.is_empty() {
        lockers::release_all(work, acting, member, branch)?;
    }
    Ok(())
}

/// Whether a grant has no end yet.
pub(crate) fn is_open(tx: &mut Tx<'_>, passage: Id) -> Result<bool, Fault> {
    let sql = "SELECT passage_id FROM open_grants WHERE passage_id = $1";
    Ok(tx.query_opt(sql, values![passage])?.is_some())
}

/// Gives the visit of a grant back. That its account is closed meanwhile, or its history full, is no reason to keep the grant.
fn give_back(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    visit: Option<Id>,
    grant: &Granted,
) -> Result<(), Fault> {
    let (Some(visit), Some(membership)) = (visit, grant.membership) else { return Ok(()) };
    let Outcome::Admitted { ticket, .. } = outcome_of(&grant.kept)? else {
        return Err(Fault::damaged(format!("the grant {} is none", grant.passage)));
    };
    if ticket.takes != Takes::Visit {
        return Err(Fault::damaged(format!("the grant {} took no visit", grant.passage)));
    }
    let asked = memberships::Asked { operation: Id::new(acting.now_us)?, on: ticket.on };
    match command::give_back_visit(work, acting, membership, asked, visit)? {
        Ok(_)
        | Err(
            NotDone::Refused(
                GiveBackRefusal::AlreadyGivenBack
                | GiveBackRefusal::Blocked(Blocked::Cancelled { .. } | Blocked::HistoryFull),
            )
            | NotDone::NotFound,
        ) => Ok(()),
        Err(refusal) => Err(Fault::broken(format!("the visit {visit} is not given back: {refusal:?}"))),
    }
}

/// Moves a member into a zone, and counts a visit when it is a new one.
fn come_in(work: &mut Work<'_, '_>, member: Id, grant: &Granted, at_us: i64) -> Result<(), Fault> {
    let at = UtcMicros::parse(at_us).map_err(|_| Fault::broken("the clock is not set"))?;
    let stays = stays(work.tx, member, grant.branch)?;
    let elsewhere = stays.iter().filter(|stay| stay.zone != grant.zone).map(|stay| stay.since);
    if stay::is_visit(elsewhere.max(), at) {
        members::count_visit(work.tx, member, at_us)?;
    }
    work.tx.execute(
        "INSERT INTO presence (member_id, zone_id, branch_id, since_us, passage_id, membership_id)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (member_id, zone_id) DO UPDATE SET since_us = excluded.since_us,
             passage_id = excluded.passage_id, membership_id = excluded.membership_id",
        values![member, grant.zone, grant.branch, at_us, grant.passage, grant.membership],
    )?;
    Ok(())
}

/// Moves a member out of a zone, and out of the zones of the branch that he entered after it: they lie inside. How long he was
/// in the zone is the answer; nothing when he was not known to be, or only long ago.
pub(super) fn go_out(
    tx: &mut Tx<'_>,
    member: Id,
    branch: Id,
    zone: Id,
    now_us: i64,
) -> Result<Option<i64>, Fault> {
    let stays = stays(tx, member, branch)?;
    let Some(&Stay { since, .. }) = stays.iter().find(|stay| stay.zone == zone) else { return Ok(None) };
    tx.execute(
        "DELETE FROM presence WHERE member_id = $1 AND branch_id = $2 AND (zone_id = $3 OR since_us > $4)",
        values![member, branch, zone, since.get()],
    )?;
    Ok(UtcMicros::parse(now_us).ok().and_then(|at| stay::inside_us(since, at)))
}

/// An event that is about to be written.
struct Event {
    operation: Id,
    end: End,
    access_point: Id,
    zone: Id,
    way: Way,
    grant: Option<Id>,
    member: Option<Id>,
    inside_us: Option<i64>,
    at_us: i64,
}

const fn action(end: End) -> &'static str {
    match end {
        End::Passed => "passage_passed",
        End::Assumed => "passage_assumed",
        End::Lapsed => "passage_lapsed",
        End::Tailgate => "passage_tailgate",
        End::Unattributed => "passage_unattributed",
    }
}

fn write(work: &mut Work<'_, '_>, acting: &Acting, event: &Event) -> Result<Id, Fault> {
    let key = match event.member {
        Some(member) => members::data_key(work.tx, work.vault, member)?.map(|key| (member, key)),
        None => None,
    };
    let (end, way) = (end_word(event.end), way_word(event.way));
    let json = serde_json::json!({ "end": end, "way": way, "inside_us": event.inside_us }).to_string();
    let detail = key.as_ref().map(|(member, key)| Detail { member: *member, key, json: &json });
    let id = Id::new(acting.now_us)?;
    let subject = match event.grant {
        Some(grant) => Subject::row(TABLE, grant),
        None => Subject::row("access_points", event.access_point),
    };
    let entry = record(work.tx, acting, action(event.end), subject, detail)?;
    work.tx.execute(
        "INSERT INTO passage_events (id, operation_id, at_us, kind, access_point_id, zone_id, direction, grant_id,
             member_id, inside_us, audit_entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id,
            event.operation,
            event.at_us,
            end,
            event.access_point,
            event.zone,
            way,
            event.grant,
            event.member,
            event.inside_us,
            entry
        ],
    )?;
    Ok(id)
}

/// The door, the grant and the answer of an earlier report.
fn reported(tx: &mut Tx<'_>, operation: Id) -> Result<Option<(Id, Option<Id>, Passed)>, Fault> {
    let row = tx.query_opt(
        "SELECT access_point_id, grant_id, kind, member_id, inside_us FROM passage_events WHERE operation_id = $1",
        values![operation],
    )?;
    row.map(|mut row| {
        let end = end_of_word(&row.text(2)?).ok_or_else(|| Fault::damaged("a passage has no end"))?;
        let (member, inside_us) = (row.id_or_null(3)?, row.integer_or_null(4)?);
        Ok((row.id(0)?, row.id_or_null(1)?, Passed { end, member, inside_us, repeated: true }))
    })
    .transpose()
}
