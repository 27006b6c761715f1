//! Passwords of those who work here: hashed with Argon2id, compared few at once, and with growing pauses for a name at which
//! somebody guesses (cases W-05, W-06, W-21).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::failure::Failure;

/// The shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// The longest, in characters.
pub const PASSWORD_CHARS_MAX: usize = 200;

/// Comparisons at once: 19 MiB each.
const AT_ONCE: usize = 4;

/// Those that wait for one; further ones are told to come back.
const WAITING_MAX: usize = 50;

/// Wrong passwords for one name before there is a pause.
const FREE_TRIES: u32 = 5;

/// The first pause and the longest one, in microseconds.
const PAUSE_US: i64 = 15_000_000;
const PAUSE_US_MAX: i64 = 15 * 60 * 1_000_000;

/// Names whose tries are remembered; the oldest are forgotten.
const NAMES_MAX: usize = 10_000;

/// Compares passwords.
pub struct Passwords {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    tries: Mutex<HashMap<String, Tries>>,
    /// Compared with when there is no such name, so that the answer takes as long.
    nobody: String,
}

#[derive(Clone, Copy)]
struct Tries {
    wrong: u32,
    again_us: i64,
}

/// Why a password is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCompared {
    /// Too many wrong ones for this name.
    Pause {
        /// When the next one is compared, in microseconds since 1970.
        again_us: i64,
    },
    /// Too many wait.
    Busy,
}

fn argon() -> Argon2<'static> {
    // What OWASP asks for: 19 MiB, two passes.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash of a new password, as a PHC string. Takes tens of milliseconds.
///
/// # Errors
/// When the system has no randomness.
pub fn hash(password: &str) -> Result<String, Failure> {
    let hash = argon().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| Failure::new("no_randomness", error.to_string()))?.to_string())
}

/// Whether a new password is long enough and not endless.
#[must_use]
pub fn is_acceptable(password: &str) -> bool {
    (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&password.chars().count())
}

impl Passwords {
    /// Nobody has tried anything yet.
    #[must_use]
    pub fn new() -> Passwords {
        Passwords {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(WAITING_MAX)),
            tries: Mutex::new(HashMap::new()),
            nobody: hash("nobody has this password").unwrap_or_default(),
        }
    }

    /// Whether `password` is the one of `kept`, the hash of whoever signs in as `name`; nobody's when there is no such name.
    ///
    /// # Errors
    /// [`NotCompared`], with the time to come back.
    pub async fn are_equal(
        &self,
        name: &str,
        kept: Option<String>,
        password: String,
        now_us: i64,
    ) -> Result<bool, NotCompared> {
        if let Some(again_us) = self.pause(name, now_us) {
            return Err(NotCompared::Pause { again_us });
        }
        let Ok(_place) = self.queue.try_acquire() else { return Err(NotCompared::Busy) };
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| NotCompared::Busy)?;
        let (known, hash) = (kept.is_some(), kept.unwrap_or_else(|| self.nobody.clone()));
        let equal = tokio::task::spawn_blocking(move || {
            let equal = PasswordHash::new(&hash)
                .is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok());
            drop(turn);
            equal
        });
        let equal = equal.await.unwrap_or(false) && known;
        self.note(name, equal, now_us);
        Ok(equal)
    }

    fn pause(&self, name: &str, now_us: i64) -> Option<i64> {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(name).map(|tries| tries.again_us).filter(|&again_us| again_us > now_us)
    }

    fn note(&self, name: &str, equal: bool, now_us: i64) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if equal {
            tries.remove(name);
            return;
        }
        if tries.len() >= NAMES_MAX {
            tries.retain(|_, tries| tries.again_us > now_us);
            // All of them pause: then this one is compared without being remembered, behind the queue like everybody.
            if tries.len() >= NAMES_MAX {
                return;
            }
        }
        let entry = tries.entry(name.to_owned()).or_insert(Tries { wrong: 0, again_us: 0 });
        entry.wrong = entry.wrong.saturating_add(1);
        if entry.wrong >= FREE_TRIES {
            let doubled = PAUSE_US << (entry.wrong - FREE_TRIES).min(10);
            entry.again_us = now_us.saturating_add(doubled.min(PAUSE_US_MAX));
        }
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords::new()
    }
}
