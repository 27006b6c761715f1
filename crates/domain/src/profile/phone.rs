//! A phone number in the form of E.164.

use crate::hidden::hide_from_debug;

/// Digits of the shortest number, with the country code: some islands have no more.
const DIGITS_MIN: usize = 7;
/// Digits of the longest number that E.164 allows.
const DIGITS_MAX: usize = 15;

/// `+` and 7 to 15 digits, the only spelling that is stored and looked up. What people type (`8 (916) …`) depends on the
/// country and is turned into this one elsewhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

hide_from_debug!(Phone);

/// Why a number is not in the form of E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneRefusal {
    /// It does not begin with `+`.
    NoPlus,
    /// Something other than the digits 0 to 9 follows.
    NotDigits,
    /// There are fewer than 7 or more than 15 digits.
    Length {
        /// How many there are.
        digits: usize,
    },
    /// No country code begins with zero: it is the trunk prefix of a local spelling.
    LeadingZero,
}

impl Phone {
    /// Accepts the canonical form and nothing else.
    pub fn parse(text: &str) -> Result<Self, PhoneRefusal> {
        let digits = text.strip_prefix('+').ok_or(PhoneRefusal::NoPlus)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PhoneRefusal::NotDigits);
        }
        if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) {
            return Err(PhoneRefusal::Length { digits: digits.len() });
        }
        if digits.starts_with('0') {
            return Err(PhoneRefusal::LeadingZero);
        }
        Ok(Self(text.to_owned()))
    }

    /// With the `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PhoneRefusal::*;

    #[test]
    fn only_the_canonical_form_is_a_phone() {
        let cases = [
            ("+79161234567", Ok(())),
            ("+8613800138000", Ok(())),
            ("+2901234", Ok(())),
            ("+123456789012345", Ok(())),
            ("79161234567", Err(NoPlus)),
            ("", Err(NoPlus)),
            (" +79161234567", Err(NoPlus)),
            ("+7 916 1234567", Err(NotDigits)),
            ("++79161234567", Err(NotDigits)),
            ("+٧٩١٦١٢٣٤٥٦٧", Err(NotDigits)),
            ("+79161234567\n", Err(NotDigits)),
            ("+123456", Err(Length { digits: 6 })),
            ("+1234567890123456", Err(Length { digits: 16 })),
            ("+", Err(Length { digits: 0 })),
            ("+089161234567", Err(LeadingZero)),
        ];
        for (text, expected) in cases {
            let found = Phone::parse(text);
            assert_eq!(found.as_ref().map(Phone::as_str), expected.as_ref().map(|()| text));
        }
        assert_eq!(format!("{:?}", Phone::parse("+79161234567")), "Ok(Phone(…))");
    }
}
