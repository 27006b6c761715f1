//! A second person confirms or declines.

use bonafide_domain::ledger::{Approval, NotPosted};

use crate::audit::entry::{Acting, Actor};
use crate::corrections::{Correction, State, get, is_own, note, post, state_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::merging::profiles_of_person;
use crate::purchases::own_member;
use crate::store::Work;
use crate::values;

/// What a second person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It shall be so.
    Confirm,
    /// It shall not.
    Decline,
}

impl Decision {
    const fn state(self) -> State {
        match self {
            Decision::Confirm => State::Confirmed,
            Decision::Decline => State::Declined,
        }
    }
}

/// Why nothing is decided. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDecided {
    /// There is no such request.
    NoRequest,
    /// Only an employee may.
    NotStaff,
    /// It does not wait any more.
    NotWaiting,
    /// Nobody decided in time.
    Lapsed,
    /// It is his own request, by this account or by another one of the same person (case S-16).
    SamePerson,
    /// They are his own points (case T-14).
    Own,
    /// The points do not stand so any more. The request waits on.
    Points(NotPosted),
}

/// Decides about a request that waits. The same decision of the same person again is answered as before.
///
/// # Errors
/// When it cannot be written; the inner error when nothing is decided.
pub fn decide(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    decision: Decision,
) -> Result<Result<Correction, NotDecided>, Fault> {
    let Some(request) = get(work.tx, work.vault, id)? else { return Ok(Err(NotDecided::NoRequest)) };
    let Actor::Staff(employee) = acting.actor else { return Ok(Err(NotDecided::NotStaff)) };
    if request.state != State::Waiting {
        let before =
            request.decided.is_some_and(|(by, _)| by == employee) && request.state == decision.state();
        return Ok(if before { Ok(request) } else { Err(NotDecided::NotWaiting) });
    }
    if request.until_us.is_some_and(|until_us| until_us <= acting.now_us) {
        return Ok(Err(NotDecided::Lapsed));
    }
    if is_same_person(work.tx, request.asked_by, employee)? {
        return Ok(Err(NotDecided::SamePerson));
    }
    if is_own(work.tx, employee, request.wallet)? {
        return Ok(Err(NotDecided::Own));
    }
    let decided = Correction { state: decision.state(), decided: Some((employee, acting.now_us)), ..request };
    match decision {
        Decision::Confirm => {
            if let Err(refusal) = post(work, acting, &decided, Approval::Second, true)? {
                return Ok(Err(NotDecided::Points(refusal)));
            }
        }
        Decision::Decline => note(work, acting, &decided, "correction_declined")?,
    }
    let changed = work.tx.execute(
        "UPDATE corrections SET state = $1, decided_by = $2, decided_us = $3 WHERE id = $4 AND state = $5",
        values![state_word(decided.state), employee, acting.now_us, id, state_word(State::Waiting)],
    )?;
    if changed == 1 { Ok(Ok(decided)) } else { Err(Fault::broken("the request was decided meanwhile")) }
}

/// Whether two accounts are of one person, as far as it is known which members they are.
fn is_same_person(tx: &mut Tx<'_>, one: Id, other: Id) -> Result<bool, Fault> {
    if one == other {
        return Ok(true);
    }
    match (own_member(tx, one)?, own_member(tx, other)?) {
        (Some(one), Some(other)) => Ok(profiles_of_person(tx, one)?.contains(&other)),
        _ => Ok(false),
    }
}
