//! A member comes to a door, and leaves by one.
//!
//! Everything happens in one transaction: who it is, what is known, the decision, and what it takes. So a card that is reported
//! lost opens nothing from that moment on, and the answer is durable before any door hears of it.

use std::borrow::Cow;

use bonafide_store::audit::entry::Acting;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::passages::{Answer, Asked, Differing, Left, NotDecided};
use bonafide_store::passages::{decide, emergency, provided};
use bonafide_store::store::{Store, Work};

use crate::failure::Failure;
use crate::flows::recognition::{Presented, recognise};

/// What a door asks.
#[derive(Clone)]
pub struct AtDoor {
    /// The id of the request, which the device keeps until there is an answer.
    pub operation: Id,
    /// Which door.
    pub access_point: Id,
    /// What was presented there, in any order.
    pub presented: Vec<Presented>,
    /// The member who brings a guest.
    pub host: Option<Id>,
}

/// Whether somebody may pass inwards. The answer is durable; only then may a door open. When the book cannot be written, a door that
/// keeps admitting asks the emergency journal.
///
/// # Errors
/// The key of the fault when it cannot be written, `other_request` when the id was used for something else, and
/// `no_access_point`. In none of these cases may the door open by it.
pub fn enter(store: &Store, acting: &Acting, at_door: &AtDoor) -> Result<Answer, Failure> {
    let (now, asking) = (acting.clone(), at_door.clone());
    let decided = store.write(move |work| {
        let asked = asked(work, now.now_us, &asking)?;
        let decided = decide::enter(work, &now, &asked)?;
        if let Ok(answer) = &decided {
            for result in asking.presented.iter().filter_map(Presented::by_provider) {
                provided::note(work, &now, answer, result)?;
            }
        }
        Ok(decided)
    });
    match decided {
        Ok(decided) => decided.map_err(not_decided),
        Err(fault) if emergency::may_help(&fault) => {
            // The emergency journal has no place for a provider's transaction, and nothing opens by what is not written down.
            let own = |one: &&Presented| one.by_provider().is_none();
            let presented = at_door.presented.iter().filter(own).cloned().collect();
            let at_door = AtDoor { presented, ..at_door.clone() };
            let admitted = emergency::admit(store, acting, |work| asked(work, acting.now_us, &at_door))?;
            admitted.ok_or_else(|| fault.into())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Who it is, of whom a door is asked.
fn asked(work: &mut Work<'_, '_>, now_us: i64, at_door: &AtDoor) -> Result<Asked, Fault> {
    let AtDoor { operation, access_point, host, .. } = *at_door;
    let presented = without_used(work, operation, &at_door.presented)?;
    let who = recognise(work, now_us, &presented)?;
    Ok(Asked { operation, access_point, who, host })
}

/// What counts of the things: a provider's transaction that has let somebody in before is none.
fn without_used<'a>(
    work: &mut Work<'_, '_>,
    operation: Id,
    presented: &'a [Presented],
) -> Result<Cow<'a, [Presented]>, Fault> {
    let mut used = Vec::new();
    for (at, one) in presented.iter().enumerate() {
        if let Some(result) = one.by_provider()
            && provided::was_used(work, operation, result)?
        {
            used.push(at);
        }
    }
    if used.is_empty() {
        return Ok(Cow::Borrowed(presented));
    }
    let unused = presented.iter().enumerate().filter(|(at, _)| !used.contains(at));
    Ok(Cow::Owned(unused.map(|(_, one)| one.clone()).collect()))
}

/// The answer to leaving: the door opens. It is no `Result`, because there is no answer that keeps somebody.
#[derive(Debug)]
pub struct Leaving {
    /// What was noted, or why nothing could be: whoever runs the door writes it down elsewhere.
    pub noted: Result<Left, Failure>,
}

/// Lets somebody leave, and notes it if that can be done.
pub fn leave(store: &Store, acting: &Acting, at_door: &AtDoor) -> Leaving {
    let (acting, at_door) = (acting.clone(), at_door.clone());
    let noted = store.write(move |work| {
        let asked = Asked { host: None, ..asked(work, acting.now_us, &at_door)? };
        let left = decide::leave(work, &acting, &asked)?;
        Ok(Ok::<_, NotDecided>(left))
    });
    Leaving { noted: noted.map_err(Failure::from).and_then(|noted| noted.map_err(not_decided)) }
}

fn not_decided(refusal: NotDecided) -> Failure {
    match refusal {
        NotDecided::NoAccessPoint => Failure::new(
            "no_access_point",
            "the door is not in the book: add it, or give the device another id",
        ),
        NotDecided::OtherOperation(differing) => {
            let what = match differing {
                Differing::AccessPoint => "at another door",
                Differing::Way => "the other way",
                Differing::Member => "by another member",
                Differing::Shown => "with something else",
            };
            Failure::new(
                "other_request",
                format!("the id of this request was used before {what}: each request needs an id of its own"),
            )
        }
    }
}
