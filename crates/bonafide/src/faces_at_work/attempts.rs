//! How often somebody may try one member's face (case B-19).
//!
//! Counted in memory: the counts live for minutes. What lasts, a face that is off until another factor was shown, is told to
//! the caller, who blocks the credential in the book.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bonafide_store::id::Id;

/// Fails in a row before a pause, without and with a check of liveness.
const PAUSE_AFTER: u32 = 5;
const PAUSE_AFTER_WITH_PAD: u32 = 10;

/// The pause, in microseconds.
const PAUSE_US: i64 = 30 * 1_000_000;

/// Fails in a row before the face is off.
const OFF_AFTER: u32 = 50;

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
#[derive(Debug, Default)]
pub struct Attempts {
    counts: Mutex<HashMap<Id, Count>>,
}

impl Attempts {
    /// Whether a member's face may be compared now.
    ///
    /// # Errors
    /// [`TooManyTries`] when not.
    pub fn may_try(&self, member: Id, now_us: i64) -> Result<(), TooManyTries> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get(&member) {
            Some(count) if count.fails >= OFF_AFTER => Err(TooManyTries::Off),
            Some(count) if now_us < count.until_us => Err(TooManyTries::Pause { until_us: count.until_us }),
            _ => Ok(()),
        }
    }

    /// A try that was not confirmed.
    pub fn failed(&self, member: Id, pad: Pad, now_us: i64) -> AfterFail {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut counts, now_us);
        let count = counts.entry(member).or_default();
        if count.fails < OFF_AFTER && now_us - count.last_us > FORGOTTEN_US {
            *count = Count::default();
        }
        (count.fails, count.last_us) = (count.fails.saturating_add(1), now_us);
        let pause_after = if pad == Pad::On { PAUSE_AFTER_WITH_PAD } else { PAUSE_AFTER };
        if count.fails == OFF_AFTER {
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
fn make_room(counts: &mut HashMap<Id, Count>, now_us: i64) {
    if counts.len() < COUNTED_MAX {
        return;
    }
    counts.retain(|_, count| count.fails >= OFF_AFTER || now_us - count.last_us <= FORGOTTEN_US);
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
    fn b19_counts_are_forgotten_after_a_day() {
        let attempts = Attempts::default();
        for _ in 0..4 {
            attempts.failed(id(1), Pad::Off, 0);
        }
        assert_eq!(attempts.failed(id(1), Pad::Off, FORGOTTEN_US + 1), AfterFail::MayTry);
        assert_eq!(attempts.failed(id(1), Pad::Off, FORGOTTEN_US + 2), AfterFail::MayTry);
    }
}
