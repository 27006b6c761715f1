//! How often somebody may try one member's face (case B-19), or his PIN.
//!
//! Counted in memory: the counts live for minutes. What lasts, a face that is off until another factor was shown, is told to
//! the caller, who blocks the credential in the book.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bonafide_store::id::Id;

/// How many tries there are.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Fails in a row before a pause, without and with a check of liveness.
    pause_after: u32,
    pause_after_with_pad: u32,
    /// Fails in a row before it is off.
    off_after: u32,
}

const OF_FACES: Limits = Limits { pause_after: 5, pause_after_with_pad: 10, off_after: 50 };

/// Whoever is to be found by a provider is counted by the door: each question costs, and whoever tries many faces waits.
const OF_SEARCHES: Limits = Limits { pause_after: 10, pause_after_with_pad: 10, off_after: u32::MAX };

/// A PIN of four digits is one of ten thousand, so that ten tries find one in a thousand.
const OF_PINS: Limits = Limits { pause_after: 5, pause_after_with_pad: 5, off_after: 10 };

/// The pause, in microseconds.
const PAUSE_US: i64 = 30 * 1_000_000;

/// Counts of a member are forgotten a day after the last fail, in microseconds.
const FORGOTTEN_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Members that are counted at most. When there are more, those that would be forgotten first are.
const COUNTED_MAX: usize = 100_000;

/// Whether the tries are of living faces: presentation-attack detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pad {
    /// Liveness is checked before.
    On,
    /// It is not.
    Off,
}

/// Why a face is not compared now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooManyTries {
    /// Not before this moment, in microseconds since 1970.
    Pause {
        /// When the next try counts.
        until_us: i64,
    },
    /// Not before the member has shown another factor.
    Off,
}

/// What a try that failed brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFail {
    /// The next one may follow.
    MayTry,
    /// A pause began.
    Paused,
    /// The face is off from now on: it is to be blocked in the book, which outlasts this process.
    TurnedOff,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    fails: u32,
    last_us: i64,
    until_us: i64,
}

/// The counts.
#[derive(Debug)]
pub struct Attempts {
    limits: Limits,
    counts: Mutex<HashMap<Id, Count>>,
}

impl Default for Attempts {
    /// Of faces.
    fn default() -> Attempts {
        Attempts { limits: OF_FACES, counts: Mutex::default() }
    }
}

impl Attempts {
    /// Of PINs: five fails bring a pause, ten stop the PIN until the desk has released it.
    #[must_use]
    pub fn of_pins() -> Attempts {
        Attempts { limits: OF_PINS, ..Attempts::default() }
    }

    /// Of those who are to be found by a provider, by the door: ten in a row whom nobody knows bring a pause.
    #[must_use]
    pub fn of_searches() -> Attempts {
        Attempts { limits: OF_SEARCHES, ..Attempts::default() }
    }

    /// Whether a member's face may be compared now.
    ///
    /// # Errors
    /// [`TooManyTries`] when not.
    pub fn may_try(&self, member: Id, now_us: i64) -> Result<(), TooManyTries> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get(&member) {
            Some(count) if count.fails >= self.limits.off_after => Err(TooManyTries::Off),
            Some(count) if now_us < count.until_us => Err(TooManyTries::Pause { until_us: count.until_us }),
            _ => Ok(()),
        }
    }

    /// A try that was not confirmed.
    pub fn failed(&self, member: Id, pad: Pad, now_us: i64) -> AfterFail {
        let Limits { pause_after, pause_after_with_pad, off_after } = self.limits;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut counts, off_after, now_us);
        let count = counts.entry(member).or_default();
        if count.fails < off_after && now_us - count.last_us > FORGOTTEN_US {
            *count = Count::default();
        }
        (count.fails, count.last_us) = (count.fails.saturating_add(1), now_us);
        let pause_after = if pad == Pad::On { pause_after_with_pad } else { pause_after };
        if count.fails == off_after {
            return AfterFail::TurnedOff;
        }
        if count.fails.is_multiple_of(pause_after) {
            count.until_us = now_us.saturating_add(PAUSE_US);
            return AfterFail::Paused;
        }
        AfterFail::MayTry
    }

    /// The member's face was confirmed, or he has shown another factor: what was counted is forgotten.
    pub fn forget(&self, member: Id) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(&member);
    }
}

/// Keeps the table small, at the cost of those whose last try is longest ago.
fn make_room(counts: &mut HashMap<Id, Count>, off_after: u32, now_us: i64) {
    if counts.len() < COUNTED_MAX {
        return;
    }
    counts.retain(|_, count| count.fails >= off_after || now_us - count.last_us <= FORGOTTEN_US);
    if counts.len() < COUNTED_MAX {
        return;
    }
    let mut by_age: Vec<(i64, Id)> = counts.iter().map(|(id, count)| (count.last_us, *id)).collect();
    by_age.sort_unstable();
    for (_, id) in by_age.iter().take(COUNTED_MAX / 10) {
        counts.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_US: i64 = 1_000_000;

    fn id(number: u8) -> Id {
        Id::from_bytes([number; 16])
    }

    #[test]
    fn b19_five_fails_pause_and_fifty_turn_the_face_off_until_another_factor() {
        for (pad, pause_after) in [(Pad::Off, 5), (Pad::On, 10)] {
            let attempts = Attempts::default();
            let mut now_us = 0;
            for fail in 1..=50 {
                attempts.may_try(id(1), now_us).unwrap();
                let after = attempts.failed(id(1), pad, now_us);
                let expected = match fail {
                    50 => AfterFail::TurnedOff,
                    fail if fail % pause_after == 0 => AfterFail::Paused,
                    _ => AfterFail::MayTry,
                };
                assert_eq!(after, expected, "{pad:?} {fail}");
                if after == AfterFail::Paused {
                    let until_us = now_us + 30 * SECOND_US;
                    assert_eq!(attempts.may_try(id(1), until_us - 1), Err(TooManyTries::Pause { until_us }));
                    now_us = until_us;
                }
                assert_eq!(attempts.may_try(id(2), now_us), Ok(()), "another member is not held up");
            }
            let days_later = now_us + 10 * FORGOTTEN_US;
            assert_eq!(attempts.may_try(id(1), days_later), Err(TooManyTries::Off));
            attempts.forget(id(1));
            assert_eq!(attempts.may_try(id(1), now_us), Ok(()));
        }
    }

    #[test]
    fn b19_ten_wrong_pins_are_the_last() {
        let attempts = Attempts::of_pins();
        let after: Vec<AfterFail> = (0..10).map(|_| attempts.failed(id(1), Pad::Off, 0)).collect();
        assert_eq!(
            (after[3], after[4], after[9]),
            (AfterFail::MayTry, AfterFail::Paused, AfterFail::TurnedOff)
        );
        assert_eq!(attempts.may_try(id(1), 10 * FORGOTTEN_US), Err(TooManyTries::Off));
    }

    #[test]
    fn b19_counts_are_forgotten_after_a_day() {
        let attempts = Attempts::default();
        for _ in 0..4 {
            attempts.failed(id(1), Pad::Off, 0);
        }
        assert_eq!(attempts.failed(id(1), Pad::Off, FORGOTTEN_US + 1), AfterFail::MayTry);
        assert_eq!(attempts.failed(id(1), Pad::Off, FORGOTTEN_US + 2), AfterFail::MayTry);
    }
}
