//! How many decodes run at a time.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A counting semaphore for decodes, owned by whoever owns the decoding threads.
///
/// The memory limit of one decode says little while any number may run: the gate turns it into a limit for the
/// whole program. Those who wait are counted as well, so that a flood of uploads is answered and not stored up.
pub struct DecodeGate {
    running_max: usize,
    waiting_max: usize,
    counts: Mutex<Counts>,
    freed: Condvar,
}

#[derive(Default)]
struct Counts {
    running: usize,
    waiting: usize,
}

/// The gate has as many waiting callers as it admits; come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateFull {
    /// The limit of waiting callers.
    pub waiting_max: usize,
}

impl fmt::Display for GateFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} photos are waiting to be decoded already; try again in a moment", self.waiting_max)
    }
}

impl std::error::Error for GateFull {}

impl DecodeGate {
    /// Decodes that run at a time in the product: two, that is at most 512 MiB.
    pub const RUNNING_MAX: usize = 2;
    /// Callers that may wait in the product. At some 0.1 s for a large photo the last of them waits about 2 s.
    pub const WAITING_MAX: usize = 32;

    /// A gate with its own numbers. At least one decode may always run.
    #[must_use]
    pub fn new(running_max: usize, waiting_max: usize) -> DecodeGate {
        DecodeGate {
            running_max: running_max.max(1),
            waiting_max,
            counts: Mutex::new(Counts::default()),
            freed: Condvar::new(),
        }
    }

    /// Waits for a free place and holds it until the permit is dropped. This blocks the thread.
    ///
    /// # Errors
    /// [`GateFull`] at once when too many wait already.
    pub fn enter(&self) -> Result<DecodePermit<'_>, GateFull> {
        let mut counts = self.lock();
        if counts.running >= self.running_max {
            if counts.waiting >= self.waiting_max {
                return Err(GateFull { waiting_max: self.waiting_max });
            }
            counts.waiting += 1;
            while counts.running >= self.running_max {
                counts = self.freed.wait(counts).unwrap_or_else(PoisonError::into_inner);
            }
            counts.waiting -= 1;
        }
        counts.running += 1;
        Ok(DecodePermit { gate: self })
    }

    /// The counts stay true even when a decoding thread panicked: each is changed by one addition under the lock.
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for DecodeGate {
    fn default() -> Self {
        DecodeGate::new(Self::RUNNING_MAX, Self::WAITING_MAX)
    }
}

/// A place in a [`DecodeGate`], given back on drop.
#[must_use = "the place is given back as soon as the permit is dropped"]
pub struct DecodePermit<'gate> {
    gate: &'gate DecodeGate,
}

impl Drop for DecodePermit<'_> {
    fn drop(&mut self) {
        self.gate.lock().running -= 1;
        self.gate.freed.notify_one();
    }
}
