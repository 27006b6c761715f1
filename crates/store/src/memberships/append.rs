//! Reading a membership to change it, and appending what happened.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::OperationId;
use bonafide_domain::membership::{Answer, Change, Membership, MembershipEvent, Request};

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::{NO_END_DAY, day_number};
use crate::memberships::command::NotDone;
use crate::memberships::record::{change_text, row_id};
use crate::memberships::{Asked, Held, TABLE, refresh_ends, replayed};
use crate::store::Work;
use crate::values;

/// What the rules know about the asking.
pub(super) fn request(acting: &Acting, asked: Asked) -> Result<Request, Fault> {
    let at = UtcMicros::parse(acting.now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    Ok(Request { operation: OperationId(*asked.operation.bytes()), at, on: asked.on })
}

/// The membership and the place in it of an operation that was done before.
pub(super) fn done_before(tx: &mut Tx<'_>, operation: Id) -> Result<Option<(Id, u32)>, Fault> {
    let sql = "SELECT membership_id, sequence FROM membership_events WHERE operation_id = $1";
    let row = tx.query_opt(sql, values![operation])?;
    row.map(|mut row| Ok((row.id(0)?, row.number(1)?))).transpose()
}

/// Runs a command on a membership and appends its event when it is new.
pub(super) fn run<R>(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    command: impl FnOnce(&Membership, &Request) -> Result<Answer, R>,
) -> Result<Result<Answer, NotDone<R>>, Fault> {
    let request = request(acting, asked)?;
    let Some(held) = taken(work.tx, id)? else { return Ok(Err(NotDone::NotFound)) };
    if let Some((membership, _)) = done_before(work.tx, asked.operation)?
        && membership != id
    {
        return Ok(Err(NotDone::OtherMembership { membership }));
    }
    let answer = match command(&held.membership, &request) {
        Ok(answer) => answer,
        Err(refusal) => return Ok(Err(NotDone::Refused(refusal))),
    };
    if let Answer::New(event) = &answer {
        append(work, acting, &held, event)?;
    }
    Ok(Ok(answer))
}

/// Reads a membership that is about to change. Its row is taken first, without changing it: whoever else wants to change it
/// waits for the end of this transaction, or is run again after it.
fn taken(tx: &mut Tx<'_>, id: Id) -> Result<Option<Held>, Fault> {
    let row = tx.query_opt(
        "UPDATE memberships SET events = events WHERE id = $1 RETURNING id, plan_id, plan_version, branch_id",
        values![id],
    )?;
    row.map(|row| replayed(tx, row)).transpose()
}

fn append(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    held: &Held,
    event: &MembershipEvent,
) -> Result<(), Fault> {
    let (id, before) = (held.id, &held.membership);
    let contradiction = |why| Fault::broken(format!("an event that does not follow: {why:?}"));
    let after = before.with(event).map_err(contradiction)?;
    write_event(work.tx, work.vault, acting, id, &after, event)?;
    let columns = Columns::of(&after);
    let changed = work.tx.execute(
        "UPDATE memberships SET holder_id = $1, events = $2, until_day = $3, cancelled_day = $4, used_up_day = $5
         WHERE id = $6 AND events = $7",
        values![
            columns.holder,
            columns.events,
            columns.until_day,
            columns.cancelled_day,
            columns.used_up_day,
            id,
            Columns::of(before).events
        ],
    )?;
    if changed != 1 {
        return Err(Fault::broken(format!("the membership {id} changed meanwhile")));
    }
    if matches!(event.change, Change::Frozen { .. } | Change::Thawed { .. }) {
        work.tx.execute("DELETE FROM membership_freezes WHERE membership_id = $1", values![id])?;
        for (from_day, until_day) in freeze_days(&after) {
            work.tx.execute(
                "INSERT INTO membership_freezes (membership_id, from_day, until_day) VALUES ($1, $2, $3)",
                values![id, from_day, until_day],
            )?;
        }
    }
    let was = Columns::of(before);
    if (columns.holder, columns.last_day()) != (was.holder, was.last_day()) {
        refresh_ends(work.tx, was.holder)?;
        if columns.holder != was.holder {
            refresh_ends(work.tx, columns.holder)?;
        }
    }
    Ok(())
}

/// The columns of a membership that its history makes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) holder: Id,
    pub(super) events: i64,
    pub(super) until_day: Option<i64>,
    pub(super) cancelled_day: Option<i64>,
    pub(super) used_up_day: Option<i64>,
}

impl Columns {
    pub(super) fn of(membership: &Membership) -> Columns {
        let history = membership.history();
        // Nothing follows a cancellation.
        let cancelled = history.last().filter(|event| matches!(event.change, Change::Cancelled { .. }));
        Columns {
            holder: row_id(membership.holder()),
            // EVENTS_MAX is far below.
            events: i64::try_from(history.len()).unwrap_or(i64::MAX),
            until_day: membership.until().map(day_number),
            cancelled_day: cancelled.map(|event| day_number(event.on)),
            used_up_day: membership.used_up_on().map(day_number),
        }
    }

    /// The last valid day of one that is not cancelled, [`NO_END_DAY`] when there is none yet.
    pub(super) fn last_day(&self) -> Option<i64> {
        let last_day =
            self.until_day.map(|until_day| until_day - 1).or(self.used_up_day).unwrap_or(NO_END_DAY);
        self.cancelled_day.is_none().then_some(last_day)
    }
}

/// The freezes by their first days and the first ones after them.
pub(super) fn freeze_days(membership: &Membership) -> Vec<(i64, i64)> {
    membership.freezes().map(|(_, span)| (day_number(span.from()), day_number(span.until()))).collect()
}

/// Writes the row of a sale, and its event.
pub(super) fn insert(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    held: &Held,
    sale: &MembershipEvent,
) -> Result<(), Fault> {
    let columns = Columns::of(&held.membership);
    work.tx.execute(
        "INSERT INTO memberships (id, plan_id, plan_version, branch_id, holder_id, events, until_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            held.id,
            held.plan,
            held.membership.terms().spec().version,
            held.branch,
            columns.holder,
            columns.events,
            columns.until_day
        ],
    )?;
    write_event(work.tx, work.vault, acting, held.id, &held.membership, sale)?;
    refresh_ends(work.tx, columns.holder)
}

/// Writes an event and its entry in the audit, which commits to its contents.
fn write_event(
    tx: &mut Tx<'_>,
    vault: &Vault,
    acting: &Acting,
    id: Id,
    after: &Membership,
    event: &MembershipEvent,
) -> Result<(), Fault> {
    let (kind, payload) = change_text(&event.change)?;
    let holder = row_id(after.holder());
    let mut row = tx.query_one("SELECT key_id FROM members WHERE id = $1", values![holder])?;
    let key = vault.key_of_member(row.id(0)?)?;
    let json = format!(
        r#"{{"sequence":{},"day":"{}","kind":"{kind}","payload":{payload}}}"#,
        event.sequence, event.on
    );
    let detail = Detail { member: holder, key: &key, json: &json };
    let entry = record(tx, acting, action(&event.change), Subject::row(TABLE, id), Some(detail))?;
    tx.execute(
        "INSERT INTO membership_events (membership_id, sequence, operation_id, kind, day, at_us, payload,
             audit_entry_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            event.sequence,
            event.operation.0,
            kind,
            day_number(event.on),
            event.at.get(),
            payload,
            entry
        ],
    )?;
    Ok(())
}

const fn action(change: &Change) -> &'static str {
    match change {
        Change::Sold { .. } => "membership_sold",
        Change::Started => "membership_started",
        Change::Extended { .. } => "membership_extended",
        Change::Frozen { .. } => "membership_frozen",
        Change::Thawed { .. } => "membership_thawed",
        Change::VisitUsed => "membership_visit_used",
        Change::VisitGivenBack { .. } => "membership_visit_given_back",
        Change::GuestPassUsed => "membership_guest_pass_used",
        Change::ExtraUsed { .. } => "membership_extra_used",
        Change::Transferred { .. } => "membership_transferred",
        Change::Renewed { .. } => "membership_renewed",
        Change::Cancelled { .. } => "membership_cancelled",
    }
}
