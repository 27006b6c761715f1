//! How much one query, one answer and one member may be. An index of names invites to copying it out; short queries and
//! long answers are what that takes.

/// Member numbers are below this.
pub const MEMBERS_MAX: u32 = 1 << 24;

/// An answer has at most this many members, whatever is asked for.
pub const RESULTS_MAX: usize = 50;

/// At least one word of a query has this many letters; one Chinese character is enough, as it says as much.
pub const QUERY_LETTERS_MIN: usize = 2;

/// A query is refused above this, before anything is done with it.
pub const QUERY_CHARS_MAX: usize = 128;

/// Different words in a query. Each is looked up in the whole index.
pub const QUERY_WORDS_MAX: usize = 6;

/// A name is searchable up to this many characters.
pub const NAME_CHARS_MAX: usize = 256;

/// A word is searchable, and compared, up to this many characters.
pub const WORD_CHARS_MAX: usize = 40;

/// A member is searchable by so many different words of all its names.
pub const WORDS_PER_MEMBER_MAX: usize = 32;

/// A Chinese name has the form of each of its last characters up to so many; longer words are foreign names.
pub(super) const HAN_TAILS_MAX: usize = 8;

/// Chinese words that stand beside each other are one name up to this many characters.
pub(super) const HAN_JOINED_MAX: usize = 6;

/// Ways to read one Chinese word aloud.
pub(super) const READINGS_MAX: usize = 6;

/// Words of so many letters are also found with one wrong letter.
pub const ONE_TYPO_LETTERS_MIN: usize = 4;

/// Words of so many letters are also found with two wrong letters.
pub const TWO_TYPOS_LETTERS_MIN: usize = 8;

/// The shortest end of a number that is searched for.
pub const NUMBER_END_DIGITS_MIN: usize = 4;

/// Of a longer number only the last digits are kept.
pub const NUMBER_DIGITS_MAX: usize = 16;

/// Numbers of one member.
pub const NUMBERS_PER_MEMBER_MAX: usize = 8;
