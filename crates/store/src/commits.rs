//! Who waits for something to happen in the book is woken when this process has committed something.
//!
//! It says that something happened and not what: whoever is woken asks from where he stands. What other processes of a chain do is
//! seen by asking now and then; on a server the order of the audit grows in commits of this process too.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Somebody to be told, in the thread of the writer: he only passes the word on.
pub type Listener = Box<dyn Fn() + Send + Sync>;

/// Counts commits.
#[derive(Default)]
pub struct Commits {
    count: Mutex<u64>,
    grown: Condvar,
    listeners: Mutex<Vec<Listener>>,
}

impl Commits {
    /// How many there were since the book was opened.
    #[must_use]
    pub fn count(&self) -> u64 {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there were more than `seen`, for `wait` at most; the answer is how many there are.
    #[must_use]
    pub fn wait(&self, seen: u64, wait: Duration) -> u64 {
        let until = Instant::now() + wait;
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        while *count <= seen {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (count, _) = self.grown.wait_timeout(count, left).unwrap_or_else(PoisonError::into_inner);
        }
        *count
    }

    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Something was committed.
    pub(crate) fn told(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.grown.notify_all();
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|listener| listener());
    }
}
