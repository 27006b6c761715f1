//! What a member types at a kiosk or tells at a till: the PIN of the one whom something else has named, or a code for his phone.

use std::sync::{Mutex, PoisonError};

use bonafide_domain::credential::CredentialKind;
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::find;
use bonafide_store::credentials::pin::Pin;
use bonafide_store::id::Id;
use bonafide_store::sends;
use bonafide_store::store::Store;

use crate::faces_at_work::attempts::{AfterFail, Attempts};
use crate::faces_at_work::{Pad, TooManyTries};
use crate::failure::Failure;
use crate::flows::face::turn_off;
use crate::flows::phone_codes::{CodeOf, PhoneCodes, Whose};
use crate::flows::recognition::Presented;

/// What was tried and what waits, of one server.
pub struct Secrets {
    pins: Attempts,
    /// One PIN is compared at a time: each takes a processor and 19 MiB (case W-21).
    comparing: Mutex<()>,
    /// Codes for phones.
    pub phone_codes: PhoneCodes,
}

impl Default for Secrets {
    fn default() -> Secrets {
        Secrets { pins: Attempts::of_pins(), comparing: Mutex::default(), phone_codes: PhoneCodes::default() }
    }
}

/// What became of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinSaid {
    /// It is his: the credential, to be decided by.
    Right(Id),
    /// It is not, or he has none: the same answer.
    Wrong,
    /// It is not looked at.
    TooManyTries(TooManyTries),
}

impl Secrets {
    /// Compares a PIN with that of a member. This takes tens of milliseconds. After too many wrong ones the PIN is blocked until
    /// somebody at the desk has released it.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn pin(&self, store: &Store, acting: &Acting, member: Id, digits: &str) -> Result<PinSaid, Failure> {
        // What can be no PIN is no guess either: a finger has slipped.
        let Ok(pin) = Pin::parse(digits) else { return Ok(PinSaid::Wrong) };
        let _one_at_a_time = self.comparing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(refusal) = self.pins.may_try(member, acting.now_us) {
            return Ok(PinSaid::TooManyTries(refusal));
        }
        let all = store.read(|tx| find::of_member(tx, store.vault(), member, acting.now_us))?;
        for kept in all.iter().rev().filter(|kept| kept.replaced_by.is_none()) {
            if let Some(Content::Pin(hash)) = &kept.content
                && hash.matches(&pin)?
            {
                self.pins.forget(member);
                return Ok(PinSaid::Right(kept.id));
            }
        }
        if self.pins.failed(member, Pad::Off, acting.now_us) == AfterFail::TurnedOff {
            turn_off(store, acting, member, CredentialKind::Pin)?;
        }
        Ok(PinSaid::Wrong)
    }

    /// Takes a code for a phone or an e-mail address: what is presented by it, or nothing when it is not right. That it was typed is noted,
    /// and whoever shows it does not wait for the note to succeed: a door may decide without the book.
    pub fn phone_code(
        &self,
        store: &Store,
        acting: &Acting,
        whose: Whose<'_>,
        digits: &str,
    ) -> Option<Presented> {
        let taken = self.phone_codes.take(whose, digits, acting.now_us)?;
        let (now_us, row) = (acting.now_us, taken.operation);
        if let Err(fault) = store.write(move |work| Ok(Ok::<(), ()>(sends::used(work.tx, now_us, row)?))) {
            tracing::warn!(cause = %fault, "that a code was typed could not be noted");
        }
        Some(match taken.of {
            CodeOf::Phone(credential) => Presented::PhoneCodeOf(credential),
            CodeOf::Email(member) => Presented::EmailCodeOf(member),
        })
    }

    /// The desk has given a member a new PIN, or released the old one: what was counted is forgotten.
    pub fn forget(&self, member: Id) {
        self.pins.forget(member);
    }
}
