//! Balances of points as people write them: `1 234,50`, `1,234.50`, `1234`. Kept as whole hundredths.

use super::cell::Cell;
use super::trouble::Trouble;

/// What the amounts of a column tell about the decimal mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkEvidence {
    commas: u32,
    points: u32,
}

impl MarkEvidence {
    /// Takes one more cell into account.
    pub fn note(&mut self, cell: &Cell) {
        let Cell::Text(text) = cell else { return };
        match bare(text).as_deref().and_then(own_mark) {
            Some(',') => self.commas += 1,
            Some(_) => self.points += 1,
            None => {}
        }
    }

    /// The mark of the column, if all that tell agree.
    #[must_use]
    pub fn found(&self) -> Option<char> {
        match (self.commas, self.points) {
            (1.., 0) => Some(','),
            (0, 1..) => Some('.'),
            _ => None,
        }
    }
}

/// Reads an amount in hundredths.
///
/// # Errors
/// What is wrong with it.
pub fn read(cell: &Cell, column_mark: Option<char>) -> Result<Option<i64>, Trouble> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Fault(_) => Err(Trouble::FailedFormula),
        Cell::Number(number) => from_number(*number).map(Some),
        Cell::Text(text) => from_text(text, column_mark).map(Some),
        Cell::Date(_) | Cell::Flag(_) => Err(Trouble::UnreadableAmount),
    }
}

fn from_number(number: f64) -> Result<i64, Trouble> {
    // Up to here every hundredth is a double of its own.
    const HUNDREDTHS_MAX: f64 = 9_007_199_254_740_992.0;
    const NOISE: f64 = 1e-6;
    let hundredths = number * 100.0;
    if number < 0.0 {
        return Err(Trouble::NegativeAmount);
    }
    if !hundredths.is_finite()
        || hundredths > HUNDREDTHS_MAX
        || (hundredths - hundredths.round()).abs() > NOISE
    {
        return Err(Trouble::AmountOutOfRange);
    }
    // In range and whole.
    Ok(hundredths.round() as i64)
}

fn from_text(text: &str, column_mark: Option<char>) -> Result<i64, Trouble> {
    let bare = bare(text).ok_or(Trouble::UnreadableAmount)?;
    if bare.starts_with(['-', '−']) {
        return Err(Trouble::NegativeAmount);
    }
    let mark = match own_mark(&bare) {
        None if bare.contains([',', '.']) && bare.matches([',', '.']).count() == 1 => {
            Some(column_mark.ok_or(Trouble::AmbiguousAmount)?)
        }
        own => own,
    };
    let (whole, part) = mark.and_then(|mark| bare.rsplit_once(mark)).unwrap_or((&bare, ""));
    let whole: String = whole.chars().filter(|c| !matches!(c, ',' | '.')).collect();
    let part = part.trim_end_matches('0');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(&whole) || !digits(part) || whole.is_empty() {
        return Err(Trouble::UnreadableAmount);
    }
    if part.len() > 2 {
        return Err(Trouble::AmountOutOfRange);
    }
    let hundredths = format!("{whole}{part:0<2}");
    hundredths.parse().map_err(|_| Trouble::AmountOutOfRange)
}

/// The amount without spaces and without the currency behind it; `None` if anything else is in it.
fn bare(text: &str) -> Option<String> {
    const UNITS: [&str; 12] =
        ["рублей", "руб.", "руб", "р.", "р", "баллов", "балла", "балл", "б.", "₽", "points", "分"];
    let lower = text.trim().to_lowercase();
    let amount = UNITS.iter().find_map(|unit| lower.strip_suffix(unit)).unwrap_or(&lower);
    let bare: String = amount.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’')).collect();
    let known = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.' | '-' | '−');
    (bare.contains(|c: char| c.is_ascii_digit()) && bare.chars().all(known)).then_some(bare)
}

/// The decimal mark that the amount shows by itself: the last of two kinds, or one that three digits do not follow.
fn own_mark(bare: &str) -> Option<char> {
    let last = bare.rfind([',', '.'])?;
    let mark = bare[last..].chars().next()?;
    let other = if mark == ',' { '.' } else { ',' };
    let alone = bare.matches(mark).count() == 1;
    // 0,500 is no half of a thousand.
    let starts_with_zero = bare[..last] == *"0";
    let decides = bare.contains(other) || bare.len() - last - 1 != 3 || starts_with_zero;
    (alone && decides).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t12_amounts_are_whole_hundredths_or_refused() {
        let cases: &[(&str, Option<char>, Result<i64, Trouble>)] = &[
            ("1,00", None, Ok(100)),
            ("1.00", None, Ok(100)),
            ("1 234,5", None, Ok(123_450)),
            ("1,234.50 ", None, Ok(123_450)),
            ("1.234,50", None, Ok(123_450)),
            ("1'234", None, Ok(123_400)),
            ("350 баллов", None, Ok(35_000)),
            ("0,500", None, Ok(50)),
            ("1,000,000", None, Ok(100_000_000)),
            ("0", None, Ok(0)),
            ("1,000", None, Err(Trouble::AmbiguousAmount)),
            ("1,000", Some('.'), Ok(100_000)),
            ("1,000", Some(','), Ok(100)),
            ("1,234", Some(','), Err(Trouble::AmountOutOfRange)),
            ("-5", None, Err(Trouble::NegativeAmount)),
            ("9223372036854775807", None, Err(Trouble::AmountOutOfRange)),
            ("1e400", None, Err(Trouble::UnreadableAmount)),
            ("NaN", None, Err(Trouble::UnreadableAmount)),
            ("0.001", None, Err(Trouble::AmountOutOfRange)),
            (",", None, Err(Trouble::UnreadableAmount)),
            (",5", None, Err(Trouble::UnreadableAmount)),
            ("1-2", None, Err(Trouble::UnreadableAmount)),
        ];
        for (text, mark, expected) in cases {
            assert_eq!(read(&Cell::text(text), *mark).map(Option::unwrap), *expected, "{text} {mark:?}");
        }
        for (number, expected) in [
            (12.34, Ok(1_234)),
            (-0.01, Err(Trouble::NegativeAmount)),
            (f64::NAN, Err(Trouble::AmountOutOfRange)),
            (1e300, Err(Trouble::AmountOutOfRange)),
            (0.005, Err(Trouble::AmountOutOfRange)),
        ] {
            assert_eq!(read(&Cell::Number(number), None).map(Option::unwrap), expected, "{number}");
        }
    }

    #[test]
    fn a_column_shows_its_mark_when_all_agree() {
        let found = |texts: &[&str]| {
            let mut evidence = MarkEvidence::default();
            texts.iter().for_each(|text| evidence.note(&Cell::text(text)));
            evidence.found()
        };
        assert_eq!(found(&["1,000", "2,50"]), Some(','));
        assert_eq!(found(&["1,000", "2.50"]), Some('.'));
        assert_eq!(found(&["1,5", "2.5"]), None);
        assert_eq!(found(&["1,000"]), None);
    }
}
