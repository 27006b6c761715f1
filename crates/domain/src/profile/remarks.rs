//! What the staff says of a member: category, tags, notes.

use crate::hidden::hide_from_debug;
use crate::plain_text::{TextRefusal, lines, one_line};

/// The most characters of a category's name.
pub const CATEGORY_CHARS_MAX: usize = 40;
/// The most characters of a tag.
pub const TAG_CHARS_MAX: usize = 40;
/// The most characters of one note.
pub const NOTE_CHARS_MAX: usize = 4000;
/// The most characters of a short note.
pub const SHORT_NOTE_CHARS_MAX: usize = 200;

/// Where a member stands with the club.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Category {
    /// Has just come.
    New,
    /// Comes regularly.
    Regular,
    /// Is looked after with special care.
    Vip,
    /// One of the club's own.
    Own(CategoryName),
}

/// The name of a category of the club's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryName(String);

impl CategoryName {
    /// One line.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        one_line(text, CATEGORY_CHARS_MAX).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A word by which members are found and grouped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(String);

impl Tag {
    /// One line in small letters: `Yoga` and `yoga` are one tag. A `#` before it is dropped.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        let tag = one_line(text, TAG_CHARS_MAX + 1)?.to_lowercase();
        one_line(tag.strip_prefix('#').unwrap_or(&tag), TAG_CHARS_MAX).map(Self)
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the staff should know of a member, in some lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Note(String);

hide_from_debug!(Note);

/// One line about why something was done with a member: at a door, for a locker.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortNote(String);

hide_from_debug!(ShortNote);

impl ShortNote {
    /// One line.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        one_line(text, SHORT_NOTE_CHARS_MAX).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Note {
    /// Several lines of text.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        lines(text, NOTE_CHARS_MAX).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextRefusal::*;

    #[test]
    fn remarks_have_limits_and_one_spelling() {
        let tags = [
            ("Yoga", Ok("yoga")),
            (" #Morning  Group ", Ok("morning group")),
            ("#", Err(Empty)),
            ("a\nb", Err(ControlCharacter)),
        ];
        for (text, expected) in tags {
            assert_eq!(Tag::parse(text).as_ref().map(Tag::as_str), expected.as_ref().copied());
        }
        let long = "a".repeat(TAG_CHARS_MAX + 1);
        assert_eq!(Tag::parse(&long), Err(TooLong { chars_max: TAG_CHARS_MAX }));
        assert_eq!(CategoryName::parse(" Founders ").as_ref().map(CategoryName::as_str), Ok("Founders"));
        assert_eq!(CategoryName::parse(""), Err(Empty));
        let note = Note::parse("Allergic to nuts.\r\nCalls back.").unwrap();
        assert_eq!(
            (note.as_str(), format!("{note:?}").as_str()),
            ("Allergic to nuts.\nCalls back.", "Note(…)")
        );
        assert_eq!(Note::parse(&"a".repeat(NOTE_CHARS_MAX + 1)), Err(TooLong { chars_max: NOTE_CHARS_MAX }));
    }
}
