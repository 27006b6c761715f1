//! Members found by name and by the end of a number, in memory.
//!
//! Names lie sealed in the database and are never searched there. At start they are unsealed once and put into the
//! [`MemberIndex`], which lives and dies with the process. A member is a dense `u32`; the caller keeps what it means.
//!
//! - [`MemberIndex::upsert`] and [`MemberIndex::remove`] change it while it is searched.
//! - [`NameQuery`] is a checked search for a name; [`MemberIndex::by_name`] answers it, the best members first.
//! - [`NumberEnd`] is the checked end of a telephone number; [`MemberIndex::by_number_end`] answers it.
//!
//! What must be found exactly (e-mail, card, document, a whole telephone number) is not here: the database has keyed
//! hashes for that.
//!
//! # How a name is found
//!
//! A name is folded to words, and each different word is stored once with the members that have it. A word is found by
//! its texts: as it is spelled (also in Latin letters, or as pinyin), and by one text for all its rival spellings. A
//! query finds words, not members: it runs through some hundred thousand words, and only then looks at the members of
//! those that fit. [`Grade`] says how well a word fits; a member is as good as the worst word of the query fits.
//!
//! No text and no name can be printed: none of these types has a `Debug` that shows one.

mod blocks;
mod distance;
mod folding;
mod lexicon;
mod limits;
mod matching;
mod member_index;
#[cfg(test)]
mod model;
mod name_index;
mod number_ends;
mod numbers;
mod query;
mod ranking;

pub use folding::folded_key;
pub use limits::{
    MEMBERS_MAX, NAME_CHARS_MAX, NUMBER_DIGITS_MAX, NUMBER_END_DIGITS_MIN, NUMBERS_PER_MEMBER_MAX,
    ONE_TYPO_LETTERS_MIN, QUERY_CHARS_MAX, QUERY_LETTERS_MIN, QUERY_WORDS_MAX, RESULTS_MAX,
    TWO_TYPOS_LETTERS_MIN, WORD_CHARS_MAX, WORDS_PER_MEMBER_MAX,
};
pub use matching::Grade;
pub use member_index::{Entry, MemberIndex, MemberOutOfRange};
pub use query::{NameQuery, NameRefusal, NumberEnd, NumberEndRefusal};
pub use ranking::Found;
