//! The name of a person, in any script.

use crate::hidden::hide_from_debug;
use crate::plain_text::{TextRefusal, one_line};

/// The most characters of one part of a name.
pub const NAME_PART_CHARS_MAX: usize = 80;

/// A name in its parts. Somebody with one name only has it as the given name.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName {
    given: String,
    family: Option<String>,
    middle: Option<String>,
}

hide_from_debug!(PersonName);

/// Which part of a name is not accepted, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRefusal {
    /// The given name.
    Given(TextRefusal),
    /// The family name.
    Family(TextRefusal),
    /// The middle name or patronymic.
    Middle(TextRefusal),
    /// A part has no letter: it is a number, a dash or a question mark.
    NoLetter,
}

/// Which part is written first in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOrder {
    /// 王小明, Иванова Анна Петровна.
    FamilyFirst,
    /// Anna Maria Smith.
    GivenFirst,
}

impl PersonName {
    /// Checks the parts, the given name first. An empty family or middle name is none.
    pub fn parse(given: &str, family: &str, middle: &str) -> Result<Self, NameRefusal> {
        let given = part(given).map_err(NameRefusal::Given)?;
        let family = optional_part(family).map_err(NameRefusal::Family)?;
        let middle = optional_part(middle).map_err(NameRefusal::Middle)?;
        let parts = [Some(&given), family.as_ref(), middle.as_ref()];
        if parts.into_iter().flatten().any(|part| !part.contains(char::is_alphabetic)) {
            return Err(NameRefusal::NoLetter);
        }
        Ok(Self { given, family, middle })
    }

    /// The given name.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The family name.
    pub fn family(&self) -> Option<&str> {
        self.family.as_deref()
    }

    /// The middle name or patronymic.
    pub fn middle(&self) -> Option<&str> {
        self.middle.as_deref()
    }

    /// The order of the full name, by the script of the family name: Chinese, Korean, Japanese and Cyrillic names are
    /// listed by the family. A Hungarian or Vietnamese name in Latin letters cannot be told from an English one.
    pub fn order(&self) -> NameOrder {
        match self.family.as_deref().map(script) {
            Some(Script::EastAsian | Script::Cyrillic) => NameOrder::FamilyFirst,
            Some(Script::Other) | None => NameOrder::GivenFirst,
        }
    }

    /// What one calls the person by on a screen: given and family name, as spoken in its script.
    pub fn short(&self) -> String {
        match &self.family {
            None => self.given.clone(),
            Some(family) if script(family) == Script::EastAsian => {
                [family.as_str(), &self.given].join(self.gap())
            }
            Some(family) => format!("{} {family}", self.given),
        }
    }

    /// All parts in the order of [`PersonName::order`], as a contract has them.
    pub fn full(&self) -> String {
        let (given, family, middle) = (Some(self.given.as_str()), self.family(), self.middle());
        let parts = match self.order() {
            NameOrder::FamilyFirst => [family, given, middle],
            NameOrder::GivenFirst => [given, middle, family],
        };
        parts.into_iter().flatten().collect::<Vec<_>>().join(self.gap())
    }

    /// Chinese and Korean names are written without a space, if the whole name is in that script.
    fn gap(&self) -> &'static str {
        let together = [Some(self.given()), self.family(), self.middle()]
            .into_iter()
            .flatten()
            .all(|part| script(part) == Script::EastAsian);
        if together { "" } else { " " }
    }
}

fn part(text: &str) -> Result<String, TextRefusal> {
    one_line(text, NAME_PART_CHARS_MAX)
}

fn optional_part(text: &str) -> Result<Option<String>, TextRefusal> {
    match part(text) {
        Ok(part) => Ok(Some(part)),
        Err(TextRefusal::Empty) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

#[derive(PartialEq, Eq)]
enum Script {
    EastAsian,
    Cyrillic,
    Other,
}

/// The script of the first letter.
fn script(part: &str) -> Script {
    match part.chars().find(|c| c.is_alphabetic()) {
        // Kana, Hangul, Han with its extensions.
        Some(
            '\u{1100}'..='\u{11FF}'
            | '\u{3040}'..='\u{30FF}'
            | '\u{3400}'..='\u{9FFF}'
            | '\u{AC00}'..='\u{D7A3}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{323AF}',
        ) => Script::EastAsian,
        Some('\u{400}'..='\u{52F}') => Script::Cyrillic,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_in_the_order_of_its_script() {
        // Given, family, middle; short and full.
        let cases = [
            (["Anna", "Smith", ""], "Anna Smith", "Anna Smith"),
            (["John", "Smith", "Fitzgerald"], "John Smith", "John Fitzgerald Smith"),
            (["Анна", "Иванова", "Петровна"], "Анна Иванова", "Иванова Анна Петровна"),
            (["小明", "王", ""], "王小明", "王小明"),
            (["민준", "김", ""], "김민준", "김민준"),
            (["David", "王", ""], "王 David", "王 David"),
            (["Дарья-Мария", "О'Нил", ""], "Дарья-Мария О'Нил", "О'Нил Дарья-Мария"),
            (["محمد", "علی", ""], "محمد علی", "محمد علی"),
            (["Sukarno", " ", "\u{200B}"], "Sukarno", "Sukarno"),
            ([" Anna  Maria ", "de  la Cruz", ""], "Anna Maria de la Cruz", "Anna Maria de la Cruz"),
        ];
        for ([given, family, middle], short, full) in cases {
            let name = PersonName::parse(given, family, middle).unwrap();
            assert_eq!((name.short().as_str(), name.full().as_str()), (short, full));
        }
    }

    #[test]
    fn w24_names_that_poison_logs_and_receipts_are_refused_by_part() {
        use NameRefusal::*;
        use TextRefusal::*;
        let long = "a".repeat(NAME_PART_CHARS_MAX + 1);
        let cases = [
            (["", "Smith", ""], Given(Empty)),
            (["Anna\r\nTOTAL 0.00", "", ""], Given(ControlCharacter)),
            (["Anna", "\u{1B}[31mSmith", ""], Family(ControlCharacter)),
            (["Anna", "Smith", "\u{202E}nna"], Middle(DirectionOverride)),
            (["Anna", &long, ""], Family(TooLong { chars_max: NAME_PART_CHARS_MAX })),
            (["12345", "", ""], NoLetter),
            (["Anna", "-", ""], NoLetter),
            (["Anna", "???", ""], NoLetter),
        ];
        for ([given, family, middle], refusal) in cases {
            assert_eq!(PersonName::parse(given, family, middle), Err(refusal), "{given:?} {family:?}");
        }
    }

    /// A name is kept as it was given: quoting is done by whatever shows it, or O'Neil would lose his apostrophe.
    #[test]
    fn w08_s06_a_name_that_is_a_script_or_a_formula_is_kept_as_text() {
        for text in
            ["<script>alert(1)</script>", "=HYPERLINK(\"a\")", "+A1", "-A1", "@SUM(A1)", "O'Neil\"&amp;"]
        {
            assert_eq!(PersonName::parse(text, "", "").unwrap().given(), text);
        }
    }

    #[test]
    fn a_name_is_not_printed() {
        let name = PersonName::parse("Anna", "Smith", "").unwrap();
        assert_eq!(format!("{name:?}"), "PersonName(…)");
    }
}
