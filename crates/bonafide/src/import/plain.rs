//! The plain fields of a row: addresses, cards, counts, yes and no.

use super::cell::Cell;
use super::names::PersonName;
use super::phones::is_scientific;
use super::row::{ImportRow, RowKey, Sex};
use super::trouble::Trouble;

/// A category, a plan, a street.
pub(super) const LINE_CHARS_MAX: usize = 500;
/// Notes.
pub(super) const NOTES_CHARS_MAX: usize = 10_000;
const TAGS_MAX: usize = 32;
const TAG_CHARS_MAX: usize = 64;
const EMAILS_MAX: usize = 8;
/// RFC 5321.
const EMAIL_BYTES_MAX: usize = 254;
const CARDS_MAX: usize = 8;
const CARD_CHARS_MAX: usize = 64;

/// A member of whom nothing is known.
pub(super) fn empty_member(line: u32) -> ImportRow {
    ImportRow {
        line,
        key: RowKey::NONE,
        name: PersonName::default(),
        phones: Vec::new(),
        emails: Vec::new(),
        born: None,
        sex: None,
        cards: Vec::new(),
        category: None,
        tags: Vec::new(),
        notes: None,
        address: None,
        source: None,
        points_minor: None,
        visits: None,
        plan: None,
        plan_until: None,
        member_since: None,
        last_visit: None,
        consent: None,
    }
}

/// Whether a person has written that there is nothing.
pub(super) fn says_nothing(cell: &Cell) -> bool {
    const NOTHING: [&str; 14] =
        ["-", "--", "—", "–", "?", ".", "нет", "н/д", "нет данных", "n/a", "na", "none", "无", "null"];
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => NOTHING.contains(&text.to_lowercase().as_str()),
        _ => false,
    }
}

/// Refuses what the file has already lost.
pub(super) fn check_letters(cell: &Cell) -> Result<(), Trouble> {
    match cell {
        Cell::Fault(_) => Err(Trouble::FailedFormula),
        Cell::Text(text) if text.contains(char::REPLACEMENT_CHARACTER) || text.contains("???") => {
            Err(Trouble::BrokenLetters)
        }
        _ => Ok(()),
    }
}

/// The text, unless it is longer than the field.
pub(super) fn short(text: &str, chars_max: usize) -> Result<String, Trouble> {
    if text.chars().count() > chars_max { Err(Trouble::TooLong) } else { Ok(text.to_owned()) }
}

/// Adds to a text that may have come from another column.
pub(super) fn join(target: &mut Option<String>, text: String, between: &str) {
    match target {
        Some(before) => {
            before.push_str(between);
            before.push_str(&text);
        }
        None => *target = Some(text),
    }
}

/// The addresses of a cell.
pub(super) fn emails(text: &str, found: &mut Vec<String>) -> Result<(), Trouble> {
    for part in text.split([',', ';', ' ', '\n', '/']).filter(|part| !part.is_empty()) {
        let part = part.trim_matches(['<', '>', '"', '.']);
        let part = part.strip_prefix("mailto:").unwrap_or(part);
        let (local, domain) = part.rsplit_once('@').ok_or(Trouble::UnreadableEmail)?;
        let sound_domain = domain.contains('.')
            && domain
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
            && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
        let sound_local = !local.is_empty()
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
        if !sound_domain || !sound_local || part.len() > EMAIL_BYTES_MAX {
            return Err(Trouble::UnreadableEmail);
        }
        let email = format!("{local}@{}", domain.to_lowercase());
        if !found.contains(&email) && found.len() < EMAILS_MAX {
            found.push(email);
        }
    }
    Ok(())
}

/// The cards of a cell. A long number that Excel has kept as a number has lost its end.
pub(super) fn cards(cell: &Cell, found: &mut Vec<String>) -> Result<(), Trouble> {
    const EXCEL_DIGITS: f64 = 1e15;
    if let Cell::Number(number) = cell
        && number.abs() >= EXCEL_DIGITS
    {
        return Err(Trouble::DigitsLost);
    }
    let shown = cell.shown();
    if is_scientific(&shown) {
        return Err(Trouble::DigitsLost);
    }
    for part in shown.split([';', '\n', '|']) {
        let card: String = part.chars().filter(|c| !c.is_whitespace()).collect();
        if card.chars().count() > CARD_CHARS_MAX {
            return Err(Trouble::TooLong);
        }
        if !card.is_empty() && !found.contains(&card) && found.len() < CARDS_MAX {
            found.push(card);
        }
    }
    Ok(())
}

/// The tags of a cell.
pub(super) fn tags(text: &str, found: &mut Vec<String>) -> Result<(), Trouble> {
    for tag in text.split([',', ';', '|', '\n', '，', '、']).map(|tag| tag.trim().trim_start_matches('#')) {
        if tag.chars().count() > TAG_CHARS_MAX {
            return Err(Trouble::TooLong);
        }
        if !tag.is_empty() && !found.iter().any(|other| other == tag) && found.len() < TAGS_MAX {
            found.push(tag.to_owned());
        }
    }
    Ok(())
}

/// Male or female.
pub(super) fn sex(text: &str) -> Result<Sex, Trouble> {
    match text.to_lowercase().trim_end_matches('.') {
        "ж" | "жен" | "женский" | "женщина" | "f" | "female" | "w" | "woman" | "女" | "女性" | "жін" => {
            Ok(Sex::Female)
        }
        "м" | "муж" | "мужской" | "мужчина" | "m" | "male" | "man" | "男" | "男性" | "чол" => {
            Ok(Sex::Male)
        }
        _ => Err(Trouble::UnreadableSex),
    }
}

/// Yes or no. Silence is neither: a consent that nobody gave must not come out of an empty cell.
pub(super) fn consent(cell: &Cell) -> Result<bool, Trouble> {
    if let Cell::Flag(flag) = cell {
        return Ok(*flag);
    }
    match cell.shown().to_lowercase().as_str() {
        "да" | "есть" | "согласен" | "согласна" | "+" | "1" | "yes" | "y" | "true" | "v" | "✓" | "✔"
        | "x" | "是" | "同意" | "так" => Ok(true),
        "нет"
        | "отказ"
        | "не согласен"
        | "не согласна"
        | "-"
        | "0"
        | "no"
        | "n"
        | "false"
        | "否"
        | "不同意"
        | "ні" => Ok(false),
        _ => Err(Trouble::UnreadableConsent),
    }
}

/// A number of visits.
pub(super) fn count(cell: &Cell) -> Result<u32, Trouble> {
    let shown: String = cell.shown().chars().filter(|c| !c.is_whitespace()).collect();
    shown.parse().map_err(|_| Trouble::UnreadableCount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_addresses_or_refused() {
        let read = |text: &str| {
            let mut found = Vec::new();
            emails(text, &mut found).map(|()| found)
        };
        assert_eq!(read("Anna.I@Example.COM"), Ok(vec!["Anna.I@example.com".to_owned()]));
        assert_eq!(read("a@b.ru; <c@d.ru>").map(|found| found.len()), Ok(2));
        for text in ["anna", "anna@", "@example.com", "a b@c", "a@b", "a@b..ru", "a\"b@x.ru", "a@-b.ru"] {
            assert_eq!(read(text), Err(Trouble::UnreadableEmail), "{text}");
        }
    }

    #[test]
    fn long_numbers_are_not_believed() {
        let read = |cell: Cell| {
            let mut found = Vec::new();
            cards(&cell, &mut found).map(|()| found)
        };
        assert_eq!(read(Cell::Number(1_234_567.0)), Ok(vec!["1234567".to_owned()]));
        assert_eq!(read(Cell::text("0001 234")), Ok(vec!["0001234".to_owned()]));
        assert_eq!(read(Cell::Number(4_276_123_456_789_012.0)), Err(Trouble::DigitsLost));
        assert_eq!(read(Cell::text("4,27612E+15")), Err(Trouble::DigitsLost));
    }

    #[test]
    fn an_empty_consent_is_none() {
        assert!(says_nothing(&Cell::Empty));
        assert_eq!(consent(&Cell::text("да")), Ok(true));
        assert_eq!(consent(&Cell::text("наверное")), Err(Trouble::UnreadableConsent));
    }
}
