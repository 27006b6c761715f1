//! The doors of the demo, as its live traffic uses them.

use std::sync::Arc;

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::passages::Answer;
use bonafide_store::passages::passing::{Passed, Report, passed};
use bonafide_store::store::Store;
use bonafide_store::trial::{Observed, observe};

use crate::failure::Failure;
use crate::flows::entry::{AtDoor, Leaving, enter, leave};

/// How the traffic reaches the doors.
#[derive(Clone)]
pub enum Doors {
    /// In this process, by the flows that a door's request goes through.
    Here(Arc<Store>),
}

impl Doors {
    fn acting(at: &AtDoor, now_us: i64) -> Acting {
        Acting { actor: Actor::Device(at.access_point), origin: "demo".to_owned(), now_us }
    }

    /// Somebody comes.
    ///
    /// # Errors
    /// As [`enter`].
    pub fn enter(&self, at: &AtDoor, now_us: i64) -> Result<Answer, Failure> {
        match self {
            Doors::Here(store) => enter(store, &Doors::acting(at, now_us), at),
        }
    }

    /// Somebody leaves.
    #[must_use]
    pub fn leave(&self, at: &AtDoor, now_us: i64) -> Leaving {
        match self {
            Doors::Here(store) => leave(store, &Doors::acting(at, now_us), at),
        }
    }

    /// A door reports a body.
    ///
    /// # Errors
    /// The key of the fault; `not_reported` when the report contradicts an earlier one.
    pub fn report(&self, report: &Report, now_us: i64) -> Result<Passed, Failure> {
        match self {
            Doors::Here(store) => {
                let actor = Actor::Device(report.access_point);
                let (acting, report) = (Acting { actor, origin: "demo".to_owned(), now_us }, *report);
                let done = store.write(move |work| passed(work, &acting, &report))?;
                done.map_err(|why| Failure::new("not_reported", format!("a report is refused: {why:?}")))
            }
        }
    }

    /// An older system tells what it has decided.
    ///
    /// # Errors
    /// The key of the fault; `not_reported` when it is not written down.
    pub fn told(&self, observed: &Observed, now_us: i64) -> Result<(), Failure> {
        match self {
            Doors::Here(store) => {
                let actor = Actor::Device(observed.access_point);
                let (acting, told) = (Acting { actor, origin: "demo".to_owned(), now_us }, *observed);
                let done = store.write(move |work| observe(work, &acting, &told))?;
                done.map(drop).map_err(|why| {
                    Failure::new("not_reported", format!("an observation is refused: {why:?}"))
                })
            }
        }
    }
}
