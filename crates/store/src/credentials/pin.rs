//! A PIN: what is kept of it can be compared and never read.

use argon2::{Algorithm, Argon2, Params, Version};
use bonafide_domain::credential::{BlockReason, Change, CredentialKind, CredentialState};
use zeroize::Zeroizing;

use crate::audit::entry::Acting;
use crate::credentials::content::Content;
use crate::credentials::history::recorded;
use crate::credentials::{Done, NewCredential, NotChanged, NotIssued, change, find, issue, replace};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::seal::random;
use crate::store::Work;

/// The fewest digits.
pub const PIN_DIGITS_MIN: usize = 4;

/// The most digits.
pub const PIN_DIGITS_MAX: usize = 12;

/// Argon2id with 19 MiB and two passes. Ten thousand PINs are tried soon all the same: the seal around the hash protects
/// it, and the count of tries at the door.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// A PIN as it was entered. No `Debug`; wiped on drop.
pub struct Pin(Zeroizing<String>);

/// Why something is not a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinRefusal {
    /// There is something other than digits.
    NotDigits,
    /// There are fewer than [`PIN_DIGITS_MIN`] or more than [`PIN_DIGITS_MAX`].
    Length,
    /// One digit repeated, or a run like `1234`: what is tried first.
    TooPlain,
}

impl Pin {
    /// Checks a PIN. The checks stand in the order of [`PinRefusal`].
    ///
    /// # Errors
    /// The refusal.
    pub fn parse(text: &str) -> Result<Pin, PinRefusal> {
        let digits = text.as_bytes();
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(PinRefusal::NotDigits);
        }
        if !(PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&digits.len()) {
            return Err(PinRefusal::Length);
        }
        let stepping =
            |step: i16| digits.windows(2).all(|pair| i16::from(pair[0]) + step == i16::from(pair[1]));
        if [-1, 0, 1].into_iter().any(stepping) {
            return Err(PinRefusal::TooPlain);
        }
        Ok(Pin(Zeroizing::new(text.to_owned())))
    }
}

/// What is kept of a PIN. It takes a few hundredths of a second to make and to compare: do both outside of a transaction.
#[derive(Clone)]
pub struct PinHash {
    pub(super) salt: [u8; 16],
    pub(super) hash: [u8; 32],
}

impl PinHash {
    /// Hashes a PIN.
    ///
    /// # Errors
    /// Without random bytes or memory.
    pub fn of(pin: &Pin) -> Result<PinHash, Fault> {
        let salt = *random::<16>()?;
        Ok(PinHash { salt, hash: hash(pin, &salt)? })
    }

    /// Whether it is the hash of this PIN.
    ///
    /// # Errors
    /// Without memory.
    pub fn matches(&self, pin: &Pin) -> Result<bool, Fault> {
        let hash = hash(pin, &self.salt)?;
        // All bytes are looked at, whatever the first ones say.
        Ok(hash.iter().zip(&self.hash).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0)
    }
}

/// Why a member was given no PIN. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSet {
    /// The operation's id was used for something else.
    OtherOperation,
    /// There is no such member.
    NoMember,
    /// The PIN that he has does not permit it: somebody has blocked it.
    Blocked,
}

/// Gives a member a PIN, in the place of the one that he has. One that was stopped after too many tries is released by that. The
/// same operation is answered as before; whether the PIN is the same cannot be told.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn set(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    member: Id,
    hash: &PinHash,
) -> Result<Result<Done, NotSet>, Fault> {
    let own = find::of_member(work.tx, work.vault, member, acting.now_us)?;
    if let Some(before) = recorded(work.tx, operation)? {
        let known = own.iter().find(|kept| kept.id == before.credential && kept.kind == CredentialKind::Pin);
        let Some(known) = known else { return Ok(Err(NotSet::OtherOperation)) };
        let credential = known.replaced_by.unwrap_or(known.id);
        return Ok(Ok(Done { credential, state: before.state, repeated: true }));
    }
    let content = Content::Pin(hash.clone());
    let Some(old) = own.iter().find(|kept| kept.kind == CredentialKind::Pin && !kept.is_over()) else {
        let new = NewCredential { member, content, until_us: None, limited: None };
        return Ok(issue(work, acting, operation, &new, None)?.map_err(|refusal| match refusal {
            NotIssued::NoMember => NotSet::NoMember,
            NotIssued::OtherOperation(_) => NotSet::OtherOperation,
            _ => NotSet::Blocked,
        }));
    };
    let is_free = match old.state {
        CredentialState::Blocked(BlockReason::TooManyTries) => {
            change(work, acting, None, old.id, Change::Unblocked)?.is_ok()
        }
        CredentialState::Blocked(_) => false,
        _ => true,
    };
    if !is_free {
        return Ok(Err(NotSet::Blocked));
    }
    Ok(replace(work, acting, operation, old.id, &content)?.map_err(|refusal| match refusal {
        NotChanged::OtherOperation(_) => NotSet::OtherOperation,
        _ => NotSet::Blocked,
    }))
}

fn hash(pin: &Pin, salt: &[u8; 16]) -> Result<[u8; 32], Fault> {
    let broken = |error: argon2::Error| Fault::broken(format!("argon2id: {error}"));
    let parameters = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(broken)?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(pin.0.as_bytes(), salt, &mut hash)
        .map_err(broken)?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_digits_that_are_not_tried_first() {
        let cases = [
            ("2580", None),
            ("123457", None),
            ("", Some(PinRefusal::Length)),
            ("123", Some(PinRefusal::Length)),
            ("1234567890123", Some(PinRefusal::Length)),
            ("12a4", Some(PinRefusal::NotDigits)),
            ("١٢٣٥", Some(PinRefusal::NotDigits)),
            ("1234", Some(PinRefusal::TooPlain)),
            ("4321", Some(PinRefusal::TooPlain)),
            ("0000", Some(PinRefusal::TooPlain)),
        ];
        for (text, refusal) in cases {
            assert_eq!(Pin::parse(text).err(), refusal, "{text}");
        }
    }

    #[test]
    fn a_hash_matches_its_own_pin_only() {
        let pin = |text| Pin::parse(text).unwrap();
        let kept = PinHash::of(&pin("2580")).unwrap();
        assert!(kept.matches(&pin("2580")).unwrap());
        assert!(!kept.matches(&pin("2581")).unwrap());
        assert_ne!(kept.hash, PinHash::of(&pin("2580")).unwrap().hash, "a salt for each");
    }
}
