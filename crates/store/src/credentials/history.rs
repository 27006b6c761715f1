//! The history of a credential: rows and events, and whether the quick look agrees with it.

use bonafide_domain::credential::{
    Actor, BlockReason, Change, Credential, CredentialEvent, CredentialKind, CredentialState, Issue,
    LimitReason, replay,
};
use bonafide_domain::id::StaffId;

use crate::audit::entry::{self, Acting};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::value::{Row, Value};
use crate::values;
use crate::words::words;

/// Credentials that one step of [`verify_states`] looks at.
const VERIFIED_AT_ONCE: u32 = 1_000;

/// Before any end: what a state is without a look at the clock.
const NO_CLOCK_US: i64 = i64::MIN;

words! {
    /// The word that stands for a kind of credential.
    kind_word, kind_of_word: CredentialKind {
        ClubNumber = "club_number", Card = "card", Bracelet = "bracelet", VirtualCard = "virtual_card",
        Phone = "phone", Face = "face", Fingerprint = "fingerprint", Palm = "palm", Voice = "voice", Pin = "pin",
    }
}

words! {
    /// The word that stands for why a credential may not spend.
    limit_word, limit_of_word: LimitReason {
        NotConfirmed = "not_confirmed", NewlyEnrolled = "newly_enrolled", PointsInDispute = "points_in_dispute",
    }
}

words! {
    /// The word that stands for why a credential is stopped.
    block_word, block_of_word: BlockReason {
        SuspectedCopy = "suspected_copy", Misuse = "misuse", Debt = "debt", MembersWish = "members_wish",
        HolderLeft = "holder_left", ConsentWithdrawn = "consent_withdrawn", RetentionEnded = "retention_ended", Found = "found", Replaced = "replaced",
        TooManyTries = "too_many_tries",
    }
}

/// The words of a state: what it is, and why.
#[must_use]
pub const fn state_words(state: CredentialState) -> (&'static str, Option<&'static str>) {
    match state {
        CredentialState::Active => ("active", None),
        CredentialState::Limited(reason) => ("limited", Some(limit_word(reason))),
        CredentialState::Blocked(reason) => ("blocked", Some(block_word(reason))),
        CredentialState::Lost => ("lost", None),
        CredentialState::Expired => ("expired", None),
    }
}

fn state_of_words(state: &str, reason: Option<&str>) -> Option<CredentialState> {
    match (state, reason) {
        ("active", None) => Some(CredentialState::Active),
        ("limited", Some(reason)) => limit_of_word(reason).map(CredentialState::Limited),
        ("blocked", Some(reason)) => block_of_word(reason).map(CredentialState::Blocked),
        ("lost", None) => Some(CredentialState::Lost),
        _ => None,
    }
}

/// The state at a moment, from the quick look: what has ended is expired, but for what is worse.
pub(super) fn state_now(
    state: &str,
    reason: Option<&str>,
    until_us: Option<i64>,
    now_us: i64,
) -> Result<CredentialState, Fault> {
    let kept = state_of_words(state, reason)
        .ok_or_else(|| Fault::damaged(format!("a credential's state is {state}, {reason:?}")))?;
    Ok(match kept {
        CredentialState::Lost | CredentialState::Blocked(_) => kept,
        _ if until_us.is_some_and(|until_us| now_us >= until_us) => CredentialState::Expired,
        _ => kept,
    })
}

/// The name of a change in the audit.
pub(super) const fn action(change: &Change) -> &'static str {
    match change {
        Change::Issued(_) => "credential_issued",
        Change::Limited(_) => "credential_limited",
        Change::LimitLifted => "credential_limit_lifted",
        Change::Blocked(_) => "credential_blocked",
        Change::Unblocked => "credential_unblocked",
        Change::LossReported => "credential_lost",
        Change::FoundReported => "credential_found",
        Change::Renewed { .. } => "credential_renewed",
        Change::Replaced { .. } => "credential_replaced",
    }
}

/// A change as the columns `change`, `reason`, `until_us`, `other_id`.
fn columns(change: &Change) -> (&'static str, Option<&'static str>, Option<i64>, Option<Id>) {
    match *change {
        Change::Issued(Issue { until_us, limited, replaces, .. }) => {
            ("issued", limited.map(limit_word), until_us, replaces.map(Id::from))
        }
        Change::Limited(reason) => ("limited", Some(limit_word(reason)), None, None),
        Change::LimitLifted => ("limit_lifted", None, None, None),
        Change::Blocked(reason) => ("blocked", Some(block_word(reason)), None, None),
        Change::Unblocked => ("unblocked", None, None, None),
        Change::LossReported => ("loss_reported", None, None, None),
        Change::FoundReported => ("found_reported", None, None, None),
        Change::Renewed { until_us } => ("renewed", None, until_us, None),
        Change::Replaced { by } => ("replaced", None, None, Some(by.into())),
    }
}

/// Whose credential an event is of, and which kind: what does not change and stands with the credential.
#[derive(Clone, Copy)]
struct Identity {
    id: Id,
    member: Id,
    kind: CredentialKind,
}

/// The columns of [`event`], from the first on.
const EVENT_COLUMNS: &str = "at_us, actor_kind, actor_id, change, reason, until_us, other_id";

fn event(row: &mut Row, of: Identity) -> Result<CredentialEvent, Fault> {
    let damaged = || Fault::damaged(format!("the history of the credential {} has another form", of.id));
    let at_us = row.integer(0)?;
    let by = match (row.text(1)?.as_str(), row.id_or_null(2)?) {
        ("staff", Some(id)) => Actor::Staff(StaffId::from(id)),
        ("member", None) => Actor::Member,
        ("system", None) => Actor::System,
        _ => return Err(damaged()),
    };
    let (change, reason) = (row.text(3)?, row.text_or_null(4)?);
    let (until_us, other) = (row.integer_or_null(5)?, row.id_or_null(6)?);
    let limit = || reason.as_deref().and_then(limit_of_word).ok_or_else(damaged);
    let change = match change.as_str() {
        "issued" => Change::Issued(Issue {
            id: of.id.into(),
            member: of.member.into(),
            kind: of.kind,
            until_us,
            limited: if reason.is_some() { Some(limit()?) } else { None },
            replaces: other.map(Into::into),
        }),
        "limited" => Change::Limited(limit()?),
        "limit_lifted" => Change::LimitLifted,
        "blocked" => Change::Blocked(reason.as_deref().and_then(block_of_word).ok_or_else(damaged)?),
        "unblocked" => Change::Unblocked,
        "loss_reported" => Change::LossReported,
        "found_reported" => Change::FoundReported,
        "renewed" => Change::Renewed { until_us },
        "replaced" => Change::Replaced { by: other.ok_or_else(damaged)?.into() },
        _ => return Err(damaged()),
    };
    Ok(CredentialEvent { at_us, by, change })
}

fn identity(tx: &mut Tx<'_>, id: Id) -> Result<Option<Identity>, Fault> {
    let row = tx.query_opt("SELECT member_id, kind FROM credentials WHERE id = $1", values![id])?;
    row.map(|mut row| Ok(Identity { id, member: row.id(0)?, kind: kind(&row.text(1)?)? })).transpose()
}

pub(crate) fn kind(word: &str) -> Result<CredentialKind, Fault> {
    kind_of_word(word).ok_or_else(|| Fault::damaged(format!("a credential is a {word}")))
}

/// The history of a credential from its first line; empty when there is no such credential.
///
/// # Errors
/// When the book cannot be read.
pub fn history(tx: &mut Tx<'_>, id: Id) -> Result<Vec<CredentialEvent>, Fault> {
    let Some(of) = identity(tx, id)? else { return Ok(Vec::new()) };
    let rows = tx.query(
        &format!("SELECT {EVENT_COLUMNS} FROM credential_events WHERE credential_id = $1 ORDER BY place"),
        values![id],
    )?;
    rows.into_iter().map(|mut row| event(&mut row, of)).collect()
}

/// What a history makes of a credential; `None` when there is no such credential.
///
/// # Errors
/// A fault of the kind damaged for a history that cannot have happened.
pub(super) fn made_by(events: &[CredentialEvent], id: Id) -> Result<Option<Credential>, Fault> {
    if events.is_empty() {
        return Ok(None);
    }
    let broken = |broken| Fault::damaged(format!("the history of the credential {id}: {broken:?}"));
    replay(events).map(Some).map_err(broken)
}

/// An event that was recorded under an operation.
pub(super) struct Recorded {
    pub(super) credential: Id,
    pub(super) event: CredentialEvent,
    /// The state right after it: the answer that was given then.
    pub(super) state: CredentialState,
}

/// What an operation did before; `None` when it is new.
pub(super) fn recorded(tx: &mut Tx<'_>, operation: Id) -> Result<Option<Recorded>, Fault> {
    let row = tx.query_opt(
        "SELECT credential_id, place FROM credential_events WHERE operation_id = $1",
        values![operation],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (credential, place) = (row.id(0)?, row.number(1)?);
    let events = history(tx, credential)?;
    let until_then = events.get(..=place as usize).unwrap_or(&events);
    let made = made_by(until_then, credential)?;
    let (Some(made), Some(event)) = (made, until_then.last()) else {
        return Err(Fault::damaged(format!("the credential {credential} has no history")));
    };
    Ok(Some(Recorded { credential, event: *event, state: made.state(event.at_us) }))
}

/// Who acts, in the words of the rules: a device and the command line act for the house.
pub(super) fn by(acting: &Acting) -> Actor {
    match acting.actor {
        entry::Actor::Staff(id) => Actor::Staff(id.into()),
        entry::Actor::Member(_) => Actor::Member,
        entry::Actor::Program | entry::Actor::CommandLine | entry::Actor::Device(_) => Actor::System,
    }
}

/// Adds a line to a history and brings the quick look to what it makes.
pub(super) fn append(
    tx: &mut Tx<'_>,
    id: Id,
    operation: Option<Id>,
    event: &CredentialEvent,
    made: &Credential,
) -> Result<(), Fault> {
    let place = tx
        .query_one("SELECT COUNT(*) FROM credential_events WHERE credential_id = $1", values![id])?
        .integer(0)?;
    let (actor_kind, actor_id) = match event.by {
        Actor::Staff(staff) => ("staff", Some(Id::from(staff))),
        Actor::Member => ("member", None),
        Actor::System => ("system", None),
    };
    let (change, reason, until_us, other) = columns(&event.change);
    tx.execute(
        "INSERT INTO credential_events (credential_id, place, operation_id, at_us, actor_kind, actor_id, change,
             reason, until_us, other_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![id, place, operation, event.at_us, actor_kind, actor_id, change, reason, until_us, other],
    )?;
    let (state, reason) = state_words(made.state(NO_CLOCK_US));
    tx.execute(
        "UPDATE credentials SET state = $1, reason = $2, until_us = $3, replaced_by_id = $4 WHERE id = $5",
        values![state, reason, made.until_us(), made.replaced_by().map(Id::from), id],
    )?;
    Ok(())
}

/// A credential whose quick look is not what its history makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongState {
    /// Which one.
    pub credential: Id,
    /// What is wrong, for whoever runs the server.
    pub why: String,
}

/// Plays every history and compares it with the quick look. An empty answer is a good one.
///
/// # Errors
/// When the book cannot be read.
pub fn verify_states(tx: &mut Tx<'_>) -> Result<Vec<WrongState>, Fault> {
    let mut wrong = Vec::new();
    let mut after = Id::from_bytes([0; 16]);
    loop {
        let rows = tx.query(
            "SELECT id, state, reason, until_us, replaced_by_id, replaces_id FROM credentials
             WHERE id > $1 ORDER BY id LIMIT $2",
            values![after, VERIFIED_AT_ONCE],
        )?;
        let Some(count) = rows.len().checked_sub(1) else { return Ok(wrong) };
        for (index, mut row) in rows.into_iter().enumerate() {
            let id = row.id(0)?;
            if let Some(why) = disagreement(tx, id, &mut row)? {
                wrong.push(WrongState { credential: id, why });
            }
            if index == count {
                after = id;
            }
        }
    }
}

fn disagreement(tx: &mut Tx<'_>, id: Id, row: &mut Row) -> Result<Option<String>, Fault> {
    let made = match history(tx, id).and_then(|events| made_by(&events, id)) {
        Ok(Some(made)) => made,
        Ok(None) => return Ok(Some("there is no history".to_owned())),
        Err(fault) => return Ok(Some(fault.context)),
    };
    let (state, reason) = state_words(made.state(NO_CLOCK_US));
    let pairs: [(&str, Value, Value); 5] = [
        ("state", row.text(1)?.into(), state.into()),
        ("reason", row.text_or_null(2)?.into(), reason.into()),
        ("until_us", row.integer_or_null(3)?.into(), made.until_us().into()),
        ("replaced_by_id", row.id_or_null(4)?.into(), made.replaced_by().map(Id::from).into()),
        ("replaces_id", row.id_or_null(5)?.into(), made.issue().replaces.map(Id::from).into()),
    ];
    let differing = pairs.into_iter().find(|(_, kept, made)| kept != made);
    Ok(differing.map(|(column, ..)| format!("{column} is not what the history makes")))
}
