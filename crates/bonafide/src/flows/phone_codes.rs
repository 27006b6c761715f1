//! One-time codes for members' phones, typed at the kiosk or told at the till.
//!
//! A code is made at the desk, by whoever calls the number or has the member before him and reads the code out; or the member asks
//! for it and it is sent ([`sending_codes`]), which is counted so that nobody has codes sent by the thousand (case W-03). That one was
//! made is in the trace. Codes live in memory, for minutes; a restart ends them.
//!
//! [`sending_codes`]: crate::flows::sending_codes

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bonafide_domain::profile::Phone;
use bonafide_store::id::Id;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Digits of a code.
pub const CODE_DIGITS: usize = 6;

/// How long a code counts, in microseconds: ten minutes.
pub const CODE_US: i64 = 10 * 60 * 1_000_000;

/// Wrong codes that are taken while one waits (case W-01).
const WRONG_PER_CODE: u32 = 5;

/// Codes that a member is given in a day.
const CODES_PER_DAY: u32 = 10;

/// Wrong codes of all kiosks in a day, beyond which none is taken (case W-02).
const WRONG_PER_DAY: u32 = 10_000;

/// A day, in microseconds.
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// The fewest digits by which a phone is named: its end, without the country or a leading zero.
pub const PHONE_DIGITS_MIN: usize = 7;

/// Whose code it is said to be.
#[derive(Clone, Copy)]
pub enum Whose<'a> {
    /// Of the member whom something else has named.
    Member(Id),
    /// Of the phone with this number, as somebody types it.
    Phone(&'a str),
}

/// What a right code proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOf {
    /// That he has the phone of this credential, or what the house sends to its owner.
    Phone(Id),
    /// That this member reads his e-mail: there is no phone of his.
    Email(Id),
}

/// A code that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// What it proves.
    pub of: CodeOf,
    /// By which operation it was made: of one that was sent, the row of it.
    pub operation: Id,
}

/// For whom a code is made.
pub struct For<'a> {
    /// The member.
    pub member: Id,
    /// What the code proves.
    pub of: CodeOf,
    /// The phone by whose number the code may be typed; nothing where there is none.
    pub phone: Option<&'a Phone>,
}

/// Why there is no code: so many were made for this member today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyCodes;

struct Waiting {
    operation: Id,
    of: CodeOf,
    phone: String,
    code: Zeroizing<String>,
    until_us: i64,
    wrong: u32,
}

/// Counted within a day.
#[derive(Clone, Copy, Default)]
struct Daily {
    since_us: i64,
    count: u32,
}

impl Daily {
    fn add(&mut self, now_us: i64) {
        if !self.is_of_today(now_us) {
            *self = Daily { since_us: now_us, count: 0 };
        }
        self.count = self.count.saturating_add(1);
    }

    fn is_of_today(self, now_us: i64) -> bool {
        (self.since_us..self.since_us.saturating_add(DAY_US)).contains(&now_us)
    }

    fn reaches(self, limit: u32, now_us: i64) -> bool {
        self.is_of_today(now_us) && self.count >= limit
    }
}

#[derive(Default)]
struct Codes {
    waiting: HashMap<Id, Waiting>,
    made: HashMap<Id, Daily>,
    wrong: Daily,
}

/// The codes that wait to be typed.
#[derive(Default)]
pub struct PhoneCodes(Mutex<Codes>);

impl PhoneCodes {
    /// Makes a code, in the place of one that waits; the same operation gets the same code.
    ///
    /// # Errors
    /// The key of the fault without randomness; the inner error when there were too many.
    pub fn make(
        &self,
        whom: &For<'_>,
        operation: Id,
        now_us: i64,
    ) -> Result<Result<Zeroizing<String>, TooManyCodes>, Failure> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.waiting.retain(|_, waiting| now_us < waiting.until_us);
        codes.made.retain(|_, made| made.is_of_today(now_us));
        if let Some(waiting) = codes.waiting.get(&whom.member).filter(|one| one.operation == operation) {
            return Ok(Ok(waiting.code.clone()));
        }
        let made = codes.made.entry(whom.member).or_default();
        if made.reaches(CODES_PER_DAY, now_us) {
            return Ok(Err(TooManyCodes));
        }
        made.add(now_us);
        let code = drawn()?;
        let waiting = Waiting {
            operation,
            of: whom.of,
            phone: whom.phone.map_or("", Phone::as_str).chars().filter(char::is_ascii_digit).collect(),
            code: code.clone(),
            until_us: now_us.saturating_add(CODE_US),
            wrong: 0,
        };
        codes.waiting.insert(whom.member, waiting);
        Ok(Ok(code))
    }

    /// What this code proves: it is used up. `None` for every other code, whatever is wrong with it.
    pub fn take(&self, whose: Whose<'_>, code: &str, now_us: i64) -> Option<Taken> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.wrong.reaches(WRONG_PER_DAY, now_us) {
            return None;
        }
        let mut right = None;
        for (member, waiting) in &mut codes.waiting {
            let is_his = match whose {
                Whose::Member(named) => named == *member,
                Whose::Phone(digits) => is_end_of(&waiting.phone, digits),
            };
            if !is_his || now_us >= waiting.until_us {
                continue;
            }
            if are_equal(&waiting.code, code) {
                right = Some((*member, Taken { of: waiting.of, operation: waiting.operation }));
            } else {
                waiting.wrong += 1;
            }
        }
        codes.waiting.retain(|_, waiting| waiting.wrong < WRONG_PER_CODE);
        match right {
            Some((member, taken)) => {
                codes.waiting.remove(&member);
                Some(taken)
            }
            None => {
                // Also of a phone that waits for nothing: nobody hears which it was.
                codes.wrong.add(now_us);
                None
            }
        }
    }
}

/// Whether what somebody has typed is the end of a number: without its country, or with a zero or an eight before it.
fn is_end_of(phone: &str, typed: &str) -> bool {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    ends_of(&digits).any(|end| phone.ends_with(end))
}

/// What the end of a number may be, of which these digits were typed: as they are, without zeros before them, without the eight that
/// Russians dial before a number of their own.
pub fn ends_of(digits: &str) -> impl Iterator<Item = &str> {
    let without_zeros = digits.trim_start_matches('0');
    let without_eight = without_zeros.strip_prefix('8').unwrap_or(without_zeros);
    [digits, without_zeros, without_eight].into_iter().filter(|end| end.len() >= PHONE_DIGITS_MIN)
}

/// All digits are looked at, whatever the first ones say.
fn are_equal(kept: &str, typed: &str) -> bool {
    let differing = kept.bytes().zip(typed.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b));
    kept.len() == typed.len() && differing == 0
}

/// Six digits, each code as likely.
fn drawn() -> Result<Zeroizing<String>, Failure> {
    const CODES: u64 = 10_u64.pow(CODE_DIGITS as u32);
    loop {
        let number = getrandom::u64().map_err(|error| Failure::new("no_randomness", error.to_string()))?;
        // What is left above the last whole million would make the first codes likelier.
        if number < u64::MAX - u64::MAX % CODES {
            return Ok(Zeroizing::new(format!("{:0width$}", number % CODES, width = CODE_DIGITS)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> Id {
        Id::from_bytes([number; 16])
    }

    fn made(
        codes: &PhoneCodes,
        member: u8,
        operation: u8,
        now_us: i64,
    ) -> Result<Zeroizing<String>, TooManyCodes> {
        let phone = Phone::parse("+79001234567").unwrap();
        let whom = For { member: id(member), of: CodeOf::Phone(id(100 + member)), phone: Some(&phone) };
        codes.make(&whom, id(operation), now_us).unwrap()
    }

    fn taken(codes: &PhoneCodes, whose: Whose<'_>, code: &str, now_us: i64) -> Option<CodeOf> {
        codes.take(whose, code, now_us).map(|taken| taken.of)
    }

    fn other_than(code: &str) -> &'static str {
        if code == "123456" { "654321" } else { "123456" }
    }

    #[test]
    fn a_code_opens_once_for_its_phone_and_for_minutes() {
        let codes = PhoneCodes::default();
        for typed in ["+7 900 123-45-67", "89001234567", "9001234567", "1234567"] {
            let code = made(&codes, 1, 1, 0).unwrap();
            assert_eq!(code.len(), CODE_DIGITS);
            assert_eq!(taken(&codes, Whose::Phone("+79001234568"), &code, 1), None, "another phone");
            assert_eq!(taken(&codes, Whose::Phone(typed), &code, 1), Some(CodeOf::Phone(id(101))), "{typed}");
            assert_eq!(taken(&codes, Whose::Phone(typed), &code, 1), None, "it is used up");
        }
        let code = made(&codes, 1, 2, 0).unwrap();
        assert_eq!(taken(&codes, Whose::Phone("34567"), &code, 0), None, "too short to name a phone");
        assert_eq!(taken(&codes, Whose::Member(id(2)), &code, 0), None);
        assert_eq!(taken(&codes, Whose::Member(id(1)), &code, CODE_US), None, "too late");
        let code = made(&codes, 1, 3, 0).unwrap();
        assert_eq!(made(&codes, 1, 3, 1).unwrap(), code, "the button was pressed twice");
        assert_eq!(taken(&codes, Whose::Member(id(1)), &code, 1), Some(CodeOf::Phone(id(101))));
    }

    #[test]
    fn w01_five_wrong_codes_are_the_last_and_ten_codes_are_made_in_a_day() {
        let codes = PhoneCodes::default();
        for round in 0..10 {
            let code = made(&codes, 1, round, 0).unwrap();
            for _ in 0..5 {
                assert_eq!(taken(&codes, Whose::Member(id(1)), other_than(&code), 0), None);
            }
            assert_eq!(taken(&codes, Whose::Member(id(1)), &code, 0), None, "it is gone");
        }
        assert_eq!(made(&codes, 1, 11, DAY_US - 1), Err(TooManyCodes));
        assert!(made(&codes, 2, 12, 0).is_ok() && made(&codes, 1, 11, DAY_US).is_ok());
    }

    #[test]
    fn w02_ten_thousand_wrong_codes_in_a_day_close_the_way_for_that_day() {
        let codes = PhoneCodes::default();
        for _ in 0..WRONG_PER_DAY {
            assert_eq!(taken(&codes, Whose::Phone("+79990000000"), "000000", 0), None);
        }
        let code = made(&codes, 1, 1, DAY_US - 1).unwrap();
        assert_eq!(taken(&codes, Whose::Member(id(1)), &code, DAY_US - 1), None, "closed");
        assert_eq!(
            taken(&codes, Whose::Member(id(1)), &code, DAY_US),
            Some(CodeOf::Phone(id(101))),
            "the next day"
        );
    }
}
