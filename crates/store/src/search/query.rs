//! What may be asked for.

use std::fmt;

use zeroize::Zeroize;

use super::folding::{Script, Word, words_of_query};
use super::limits::{
    NUMBER_DIGITS_MAX, NUMBER_END_DIGITS_MIN, QUERY_CHARS_MAX, QUERY_LETTERS_MIN, QUERY_WORDS_MAX,
};

/// Why a name is not searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRefusal {
    /// More than [`QUERY_CHARS_MAX`] characters.
    TooLong,
    /// There is no letter in it. Signs mean nothing, and so there are no wildcards.
    Nothing,
    /// More than [`QUERY_WORDS_MAX`] different words.
    TooManyWords,
    /// No word has [`QUERY_LETTERS_MIN`] letters, nor is there a Chinese character.
    TooShort,
}

impl fmt::Display for NameRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the name is longer than {QUERY_CHARS_MAX} characters"),
            Self::Nothing => f.write_str("there is no letter in the name"),
            Self::TooManyWords => write!(f, "the name has more than {QUERY_WORDS_MAX} words"),
            Self::TooShort => write!(f, "a name needs a word of {QUERY_LETTERS_MIN} letters"),
        }
    }
}

impl std::error::Error for NameRefusal {}

/// A name to look for. Its words are wiped when it is dropped.
pub struct NameQuery {
    words: Vec<Word>,
}

impl NameQuery {
    /// Checks in the order of [`NameRefusal`]'s variants.
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        if text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Err(NameRefusal::TooLong);
        }
        let words = words_of_query(text);
        if words.is_empty() {
            return Err(NameRefusal::Nothing);
        }
        if words.len() > QUERY_WORDS_MAX {
            return Err(NameRefusal::TooManyWords);
        }
        let says_something = |word: &Word| word.script == Script::Han || word.letters() >= QUERY_LETTERS_MIN;
        if !words.iter().any(says_something) {
            return Err(NameRefusal::TooShort);
        }
        Ok(Self { words })
    }

    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }
}

/// Shows no word: who is looked for is personal data too.
impl fmt::Debug for NameQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameQuery").field("words", &self.words.len()).finish_non_exhaustive()
    }
}

/// Why the end of a number is not searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberEndRefusal {
    /// There is something in it that does not belong to a telephone number.
    NotANumber,
    /// Fewer than [`NUMBER_END_DIGITS_MIN`] digits.
    TooShort,
    /// More than [`NUMBER_DIGITS_MAX`] digits.
    TooLong,
}

impl fmt::Display for NumberEndRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("this is not a telephone number"),
            Self::TooShort => write!(f, "at least {NUMBER_END_DIGITS_MIN} digits are needed"),
            Self::TooLong => write!(f, "a number has at most {NUMBER_DIGITS_MAX} digits"),
        }
    }
}

impl std::error::Error for NumberEndRefusal {}

/// The last digits of a number.
pub struct NumberEnd {
    digits: Digits,
}

impl NumberEnd {
    /// Digits, with the signs that people put between them.
    pub fn parse(text: &str) -> Result<Self, NumberEndRefusal> {
        let belongs = |c: char| digit(c).is_some() || " +-().\u{a0}\u{2010}\u{2011}\u{2013}".contains(c);
        if !text.chars().all(belongs) {
            return Err(NumberEndRefusal::NotANumber);
        }
        match text.chars().filter_map(digit).count() {
            count if count < NUMBER_END_DIGITS_MIN => Err(NumberEndRefusal::TooShort),
            count if count > NUMBER_DIGITS_MAX => Err(NumberEndRefusal::TooLong),
            _ => Ok(Self { digits: Digits::of(text) }),
        }
    }

    pub(super) fn digits(&self) -> &Digits {
        &self.digits
    }
}

/// Shows how many digits, but none of them.
impl fmt::Debug for NumberEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberEnd").field("digits", &self.digits.count).finish_non_exhaustive()
    }
}

/// The last digits of a number, the last one first, each as its value and one in four bits from the top. Numbers with
/// the same end stand beside each other in the order of this.
#[derive(PartialEq, Eq)]
pub(super) struct Digits {
    packed: u64,
    count: u32,
}

impl Digits {
    pub(super) fn of(text: &str) -> Self {
        let mut digits = Self { packed: 0, count: 0 };
        for digit in text.chars().rev().filter_map(digit).take(NUMBER_DIGITS_MAX) {
            digits.packed |= (digit + 1) << (60 - 4 * digits.count);
            digits.count += 1;
        }
        digits
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn packed(&self) -> u64 {
        self.packed
    }

    /// The greatest number with this end.
    pub(super) fn last(&self) -> u64 {
        self.packed | u64::MAX.checked_shr(4 * self.count).unwrap_or(0)
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.packed.zeroize();
    }
}

/// ASCII digits, and the full-width ones of Chinese keyboards.
fn digit(c: char) -> Option<u64> {
    match c {
        '0'..='9' => Some(u64::from(c) - u64::from('0')),
        '０'..='９' => Some(u64::from(c) - u64::from('０')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_for_the_first_reason() {
        use NameRefusal::*;
        let cases = [
            ("", Err(Nothing)),
            ("  \t\u{0}\u{7f}", Err(Nothing)),
            ("*", Err(Nothing)),
            ("%__%", Err(Nothing)),
            (".*?[]{}|\\", Err(Nothing)),
            ("\u{200b}\u{301}\u{301}", Err(Nothing)),
            ("и", Err(TooShort)),
            ("a b c", Err(TooShort)),
            ("a*", Err(TooShort)),
            ("王", Ok(1)),
            ("ив", Ok(1)),
            ("Иванов И. С.", Ok(3)),
            ("иван Иван ИВАН", Ok(1)),
            ("Jean-Luc O'Neil", Ok(3)),
            ("王Tony", Ok(2)),
            ("one two three four five six", Ok(6)),
            ("one two three four five six seven", Err(TooManyWords)),
        ];
        for (text, expected) in cases {
            assert_eq!(NameQuery::parse(text).map(|query| query.words().len()), expected, "{text:?}");
        }
        assert_eq!(NameQuery::parse(&"a".repeat(QUERY_CHARS_MAX)).unwrap().words().len(), 1);
        assert_eq!(NameQuery::parse(&"a".repeat(QUERY_CHARS_MAX + 1)).unwrap_err(), TooLong);
    }

    #[test]
    fn the_end_of_a_number_is_digits() {
        use NumberEndRefusal::*;
        let cases = [
            ("4567", Ok(4)),
            ("+7 (495) 123-45-67", Ok(11)),
            ("４５６７", Ok(4)),
            ("456", Err(TooShort)),
            ("", Err(TooShort)),
            ("45*7", Err(NotANumber)),
            ("%4567", Err(NotANumber)),
            ("1234567890123456", Ok(16)),
            ("12345678901234567", Err(TooLong)),
        ];
        for (text, expected) in cases {
            assert_eq!(NumberEnd::parse(text).map(|end| end.digits().count()), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_printed_names_nobody() {
        assert_eq!(format!("{:?}", NameQuery::parse("Иванов").unwrap()), "NameQuery { words: 1, .. }");
        assert_eq!(format!("{:?}", NumberEnd::parse("4567").unwrap()), "NumberEnd { digits: 4, .. }");
    }
}
