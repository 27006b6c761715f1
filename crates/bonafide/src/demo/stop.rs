//! Why a transaction of the demo stops: the book cannot be written, or a rule refuses what the demo takes for granted.

use std::fmt::Debug;

use bonafide_store::fault::Fault;
use bonafide_store::store::{Store, Work};

use crate::failure::Failure;

/// The end of a transaction that is not to be committed.
pub(crate) enum Stop {
    /// Of the book.
    Fault(Fault),
    /// Of a rule: the demo's data do not fit it.
    Refused(Failure),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

impl Stop {
    /// Data of the demo that a rule refuses.
    pub(crate) fn refused(what: &str, why: impl Debug) -> Stop {
        let words = format!("the demo cannot be made: {what} is refused: {why:?}");
        Stop::Refused(Failure::new("demo_refused", words))
    }
}

/// What the store answered, when it must not be refused.
pub(crate) trait Allowed<T> {
    /// The answer; `what` names it in the failure.
    fn allowed(self, what: &str) -> Result<T, Stop>;
}

impl<T, R: Debug> Allowed<T> for Result<Result<T, R>, Fault> {
    fn allowed(self, what: &str) -> Result<T, Stop> {
        self?.map_err(|why| Stop::refused(what, why))
    }
}

/// A checked value of the demo's own data.
pub(crate) trait Known<T> {
    /// The value; `what` names it in the failure.
    fn known(self, what: &str) -> Result<T, Stop>;
}

impl<T, R: Debug> Known<T> for Result<T, R> {
    fn known(self, what: &str) -> Result<T, Stop> {
        self.map_err(|why| Stop::refused(what, why))
    }
}

impl<T> Known<T> for Option<T> {
    fn known(self, what: &str) -> Result<T, Stop> {
        self.ok_or_else(|| Stop::refused(what, "there is none"))
    }
}

/// Does all of it in one transaction.
pub(crate) fn write<T: Send + 'static>(
    store: &Store,
    mut work: impl FnMut(&mut Work<'_, '_>) -> Result<T, Stop> + Send + 'static,
) -> Result<T, Failure> {
    store.write(move |given| match work(given) {
        Ok(done) => Ok(Ok(done)),
        Err(Stop::Refused(failure)) => Ok(Err(failure)),
        Err(Stop::Fault(fault)) => Err(fault),
    })?
}
