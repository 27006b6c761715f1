//! Text that a person wrote, made safe to show on one line, in a log and on a receipt (case W-24).
//!
//! Letters of any script stay as they are. What draws nothing or moves the text around it does not: a carriage return in
//! a name writes a second line into a log, an override of the direction shows `txt.exe` as `exe.txt`, an escape steers
//! the receipt printer. Such text is refused and not cleaned, because nobody types it by mistake. Invisible marks that
//! are often pasted along (a zero-width space, a mark of direction) are taken out in silence.
//!
//! Nothing is escaped here. `<b>` and `=1+1` are text; the page and the spreadsheet quote them in their own way.
//!
//! Not done: Unicode normalisation, and a limit on combining marks other than that of the length. The standard library
//! has no tables for them; look-ups use keys that are folded elsewhere.

/// Why a text is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRefusal {
    /// Nothing is left after spaces and invisible marks are taken away.
    Empty,
    /// It has more characters than this.
    TooLong {
        /// The most characters.
        chars_max: usize,
    },
    /// A control character, or a line break where one line is asked for.
    ControlCharacter,
    /// A character that overrides, embeds or isolates the direction of writing.
    DirectionOverride,
    /// A character that is drawn by nobody: damaged, for private use, unassigned for ever, or blank but no space.
    Unprintable,
}

/// The most characters of a [`Title`].
pub const TITLE_CHARS_MAX: usize = 100;

/// What a club calls a thing of its own: a branch, a door, a plan. Never a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// One line.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        one_line(text, TITLE_CHARS_MAX).map(Self)
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The most characters of a [`ReceiptNumber`].
pub const RECEIPT_CHARS_MAX: usize = 64;

/// A shop's own number of a receipt, such as the fiscal FN, FD and FP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptNumber(String);

impl ReceiptNumber {
    /// One line.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        one_line(text, RECEIPT_CHARS_MAX).map(Self)
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One line: spaces of all kinds become single spaces, none at the ends.
pub(crate) fn one_line(text: &str, chars_max: usize) -> Result<String, TextRefusal> {
    written(text, chars_max, false)
}

/// Several lines, separated by `\n`. Tabs become spaces, and the three ways to end a line one.
pub(crate) fn lines(text: &str, chars_max: usize) -> Result<String, TextRefusal> {
    written(&text.replace("\r\n", "\n").replace('\r', "\n"), chars_max, true)
}

fn written(text: &str, chars_max: usize, many_lines: bool) -> Result<String, TextRefusal> {
    let mut clean = String::new();
    let (mut chars, mut space, mut joiner) = (0, None, None);
    for c in text.chars() {
        match kind(c) {
            Kind::Break if many_lines && c == '\n' => (space, joiner) = (Some('\n'), None),
            Kind::Break if many_lines && c == '\t' => space = space.or(Some(' ')),
            Kind::Break => return Err(TextRefusal::ControlCharacter),
            Kind::Override => return Err(TextRefusal::DirectionOverride),
            Kind::Unprintable => return Err(TextRefusal::Unprintable),
            Kind::Invisible => {}
            Kind::Space => space = space.or(Some(' ')),
            Kind::Joiner => joiner = Some(c),
            Kind::Drawn => {
                // A space, and a joiner that has a character on either side; neither at the beginning.
                let before = space.take().or(joiner.take()).filter(|_| !clean.is_empty());
                joiner = None;
                chars += 1 + usize::from(before.is_some());
                if chars > chars_max {
                    return Err(TextRefusal::TooLong { chars_max });
                }
                clean.extend(before);
                clean.push(c);
            }
        }
    }
    if clean.is_empty() { Err(TextRefusal::Empty) } else { Ok(clean) }
}

enum Kind {
    Drawn,
    Space,
    Break,
    Override,
    Invisible,
    Joiner,
    Unprintable,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{2028}' | '\u{2029}' => Kind::Break,
        c if c.is_control() => Kind::Break,
        c if c.is_whitespace() => Kind::Space,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Kind::Override,
        // Soft hyphen, marks of direction, zero-width space, word joiner, byte order mark.
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}'
        | '\u{FEFF}' => Kind::Invisible,
        // Persian and the scripts of India write with them.
        '\u{200C}' | '\u{200D}' => Kind::Joiner,
        // Hangul fillers and the empty braille cell: counted as letters or symbols, but a name of them looks like none.
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}' => Kind::Unprintable,
        // Invisible operators, deprecated formats, annotations, tags, private use, the mark of damaged text.
        '\u{2061}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFD}' => {
            Kind::Unprintable
        }
        '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{E007F}' | '\u{F0000}'..='\u{10FFFF}' => Kind::Unprintable,
        '\u{FDD0}'..='\u{FDEF}' => Kind::Unprintable,
        c if u32::from(c) & 0xFFFE == 0xFFFE => Kind::Unprintable,
        _ => Kind::Drawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextRefusal::*;

    #[test]
    fn w24_what_steers_a_log_or_a_printer_is_refused() {
        let cases = [
            ("Anna\r\nPAID 0.00", ControlCharacter),
            ("Anna\nBob", ControlCharacter),
            ("Anna\tBob", ControlCharacter),
            ("\u{1B}[2J", ControlCharacter),
            ("\u{1B}@\u{1D}V\u{0}", ControlCharacter),
            ("\u{9B}31m", ControlCharacter),
            ("a\u{0}b", ControlCharacter),
            ("a\u{7F}", ControlCharacter),
            ("a\u{85}b", ControlCharacter),
            ("a\u{2028}b", ControlCharacter),
            ("a\u{202E}gnp", DirectionOverride),
            ("a\u{2066}b\u{2069}", DirectionOverride),
            ("\u{E0041}", Unprintable),
            ("\u{FFFD}", Unprintable),
            ("\u{E000}", Unprintable),
            ("\u{1FFFE}", Unprintable),
            ("\u{3164}", Unprintable),
            ("", Empty),
            (" \u{3000}\u{A0}", Empty),
            ("\u{200B}\u{FEFF}\u{200D}", Empty),
            ("abcdefghijk", TooLong { chars_max: 10 }),
            ("abcde fghij", TooLong { chars_max: 10 }),
        ];
        for (text, refusal) in cases {
            assert_eq!(one_line(text, 10), Err(refusal), "{text:?}");
        }
    }

    #[test]
    fn w24_no_character_at_all_passes_that_moves_or_hides_text() {
        for c in '\u{0}'..=char::MAX {
            let Ok(clean) = one_line(&format!("a{c}b"), 10) else { continue };
            let wrong =
                |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            assert!(!clean.contains(wrong), "{c:?}");
            assert_eq!(one_line(&clean, 10).as_deref(), Ok(clean.as_str()), "{c:?}");
        }
    }

    #[test]
    fn letters_of_any_script_stay_and_spaces_are_counted_once() {
        let cases = [
            ("  Anna   Maria ", "Anna Maria"),
            ("Анна\u{A0}Мария", "Анна Мария"),
            ("王\u{3000}小明", "王 小明"),
            ("محمد\u{200F}", "محمد"),
            ("می\u{200C}نا", "می\u{200C}نا"),
            ("\u{200D}a\u{200D} b\u{200C}", "a b"),
            ("An\u{AD}na\u{200B}", "Anna"),
            ("葛\u{E0100}", "葛\u{E0100}"),
            ("abcd fghij", "abcd fghij"),
            ("<b>=1+1", "<b>=1+1"),
        ];
        for (text, clean) in cases {
            assert_eq!(one_line(text, 10).as_deref(), Ok(clean), "{text:?}");
            assert_eq!(one_line(clean, 10).as_deref(), Ok(clean), "once is enough");
        }
    }

    #[test]
    fn several_lines_keep_their_breaks_and_nothing_else() {
        assert_eq!(lines("one\r\ntwo\rthree\n\n\tfour \n", 40).as_deref(), Ok("one\ntwo\nthree\nfour"));
        assert_eq!(lines("a\tb", 40).as_deref(), Ok("a b"));
        assert_eq!(lines("a\u{1B}b", 40), Err(ControlCharacter));
    }

    #[test]
    fn a_title_is_one_line_of_a_hundred_characters() {
        assert_eq!(Title::parse("  Gym  on\u{A0}Lenina ").unwrap().as_str(), "Gym on Lenina");
        assert!(Title::parse(&"ж".repeat(TITLE_CHARS_MAX)).is_ok());
        let chars_max = TITLE_CHARS_MAX;
        assert_eq!(Title::parse(&"ж".repeat(TITLE_CHARS_MAX + 1)), Err(TooLong { chars_max }));
        assert_eq!(Title::parse("a\nb"), Err(ControlCharacter));
    }
}
