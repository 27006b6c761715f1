//! Counts what somebody guesses wrongly, by where it comes from, and lets him wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Wrong tries of one address within [`WITHIN_US`]. Behind one address there may be a whole club, whose members mistype nothing: what
/// they open is a link.
pub const WRONG_MAX: u32 = 10;

/// The time in which they are counted, from the first one on: 15 minutes, in microseconds.
pub const WITHIN_US: i64 = 15 * 60 * 1_000_000;

/// Addresses that are remembered. What is guessed at is long enough to do without; this only keeps the noise down.
const ADDRESSES_MAX: usize = 10_000;

/// Wrong tries by address.
#[derive(Default)]
pub struct Tries(Mutex<HashMap<String, Wrong>>);

#[derive(Clone, Copy)]
struct Wrong {
    count: u32,
    since_us: i64,
}

impl Wrong {
    fn is_over(self, now_us: i64) -> bool {
        now_us >= self.since_us.saturating_add(WITHIN_US) || now_us < self.since_us
    }
}

impl Tries {
    /// Whether whoever comes from here must wait.
    #[must_use]
    pub fn must_wait(&self, from: &str, now_us: i64) -> bool {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(from).is_some_and(|wrong| wrong.count >= WRONG_MAX && !wrong.is_over(now_us))
    }

    /// Notes a wrong one.
    pub fn note_wrong(&self, from: &str, now_us: i64) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES_MAX && !tries.contains_key(from) {
            tries.retain(|_, wrong| !wrong.is_over(now_us));
            if tries.len() >= ADDRESSES_MAX {
                return;
            }
        }
        let wrong = tries.entry(from.to_owned()).or_insert(Wrong { count: 0, since_us: now_us });
        if wrong.is_over(now_us) {
            *wrong = Wrong { count: 0, since_us: now_us };
        }
        wrong.count = wrong.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_waits_and_others_do_not() {
        let tries = Tries::default();
        for second in 0..WRONG_MAX {
            assert!(!tries.must_wait("a", i64::from(second)));
            tries.note_wrong("a", i64::from(second));
        }
        assert!(tries.must_wait("a", WITHIN_US - 1) && !tries.must_wait("b", 0));
        assert!(!tries.must_wait("a", WITHIN_US), "the time is over");
        tries.note_wrong("a", WITHIN_US);
        assert!(!tries.must_wait("a", WITHIN_US), "and counted anew");
        assert!(!tries.must_wait("a", -1), "a clock that was put back keeps nobody waiting");
    }
}
