//! Dates as people write them in a column, and in which order they write day and month.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::trouble::Trouble;
use super::xlsx_file::day_of_serial;

/// Which of the first two numbers is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/12/1990.
    DayFirst,
    /// 12/31/1990.
    MonthFirst,
}

/// What the date is for: it decides the century of two digits and what is plausible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateUse {
    /// A birth lies in the past: two digits are the last year of that ending that has begun.
    Birth,
    /// A membership lies near today: two digits are a year from 79 years ago to 20 ahead.
    Membership,
}

/// What the dates of a column tell about their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderEvidence {
    /// Dates that are none with the month first.
    pub day_first: u32,
    /// Dates that are none with the day first.
    pub month_first: u32,
    /// Dates that are different days in the two orders.
    pub ambiguous: u32,
    /// Those of them with points between, which nobody writes with the month first.
    pub ambiguous_with_points: u32,
}

impl OrderEvidence {
    /// Takes one more cell into account.
    pub fn note(&mut self, cell: &Cell) {
        let Cell::Text(text) = cell else { return };
        let Some(Parts::Numbers([first, second, year])) = parts(text) else { return };
        if first.digits > 2 || year.value == 0 && year.digits == 0 {
            return;
        }
        match (first.value > 12, second.value > 12) {
            (true, false) => self.day_first += 1,
            (false, true) => self.month_first += 1,
            (false, false) if first.value != second.value => {
                self.ambiguous += 1;
                self.ambiguous_with_points += u32::from(!text.contains(['/', '-']));
            }
            _ => {}
        }
    }

    /// The order that the column itself shows, if it does.
    #[must_use]
    pub fn found(&self) -> Option<DateOrder> {
        if self.day_first != self.month_first {
            let day_first = self.day_first > self.month_first;
            return Some(if day_first { DateOrder::DayFirst } else { DateOrder::MonthFirst });
        }
        (self.ambiguous > 0 && self.ambiguous_with_points * 2 >= self.ambiguous)
            .then_some(DateOrder::DayFirst)
    }
}

/// Reads a date.
///
/// # Errors
/// What is wrong with it.
pub fn read(cell: &Cell, order: DateOrder, usage: DateUse, today: Date) -> Result<Option<Date>, Trouble> {
    let date = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return Err(Trouble::FailedFormula),
        Cell::Flag(_) => return Err(Trouble::UnreadableDate),
        Cell::Date(date) => *date,
        Cell::Number(number) => from_number(*number)?,
        Cell::Text(text) => from_text(text, order, usage, today)?,
    };
    plausible(date, usage, today).map(Some)
}

fn plausible(date: Date, usage: DateUse, today: Date) -> Result<Date, Trouble> {
    const YEARS_MAX: i16 = 100;
    let sound = match usage {
        DateUse::Birth => date.year() >= 1_900 && date <= today,
        DateUse::Membership => (date.year() - today.year()).abs() <= YEARS_MAX,
    };
    if sound { Ok(date) } else { Err(Trouble::DateOutOfRange) }
}

/// A number is Excel's day number, or eight digits of a date. Up to 2,200 it is rather a year.
fn from_number(number: f64) -> Result<Date, Trouble> {
    const YEAR_MAX: f64 = 2_200.0;
    if (1_900.0..=YEAR_MAX).contains(&number) {
        return Err(Trouble::OnlyAYear);
    }
    if (19_000_101.0..=21_001_231.0).contains(&number) {
        // In range, so it fits.
        let digits = number.trunc() as i32;
        return civil(digits / 10_000, digits / 100 % 100, digits % 100);
    }
    day_of_serial(number, false).filter(|_| number > YEAR_MAX).ok_or(Trouble::UnreadableDate)
}

fn from_text(text: &str, order: DateOrder, usage: DateUse, today: Date) -> Result<Date, Trouble> {
    match parts(text).ok_or(Trouble::UnreadableDate)? {
        Parts::Year => Err(Trouble::OnlyAYear),
        Parts::Serial(number) => from_number(f64::from(number)),
        Parts::Named { day, month, year } => civil(year_of(year, usage, today)?, month, day.value),
        Parts::Numbers([first, second, third]) if first.digits > 2 => {
            civil(year_of(first, usage, today)?, second.value, third.value)
        }
        Parts::Numbers([first, second, third]) => {
            let year = year_of(third, usage, today)?;
            match order {
                DateOrder::DayFirst => civil(year, second.value, first.value),
                DateOrder::MonthFirst => civil(year, first.value, second.value),
            }
        }
    }
}

fn civil(year: i32, month: i32, day: i32) -> Result<Date, Trouble> {
    let narrow = |value: i32| i8::try_from(value).map_err(|_| Trouble::ImpossibleDate);
    let year = i16::try_from(year).map_err(|_| Trouble::ImpossibleDate)?;
    Date::new(year, narrow(month)?, narrow(day)?).map_err(|_| Trouble::ImpossibleDate)
}

fn year_of(year: Digits, usage: DateUse, today: Date) -> Result<i32, Trouble> {
    match year.digits {
        4 => Ok(year.value),
        2 => {
            let latest = i32::from(today.year()) + if usage == DateUse::Birth { 0 } else { 20 };
            Ok(latest - (latest - year.value).rem_euclid(100))
        }
        _ => Err(Trouble::UnreadableDate),
    }
}

/// A run of digits.
#[derive(Clone, Copy)]
struct Digits {
    value: i32,
    digits: usize,
}

/// A text taken apart.
enum Parts {
    Numbers([Digits; 3]),
    Named { day: Digits, month: i32, year: Digits },
    Year,
    Serial(i32),
}

fn parts(text: &str) -> Option<Parts> {
    const TEXT_BYTES_MAX: usize = 64;
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let lower = text.to_lowercase();
    let day_text = without_time(&lower);
    let mut numbers = Vec::new();
    let mut month = None;
    let mut rest = day_text;
    while let Some(first) = rest.chars().next() {
        let of_kind: fn(char) -> bool = if first.is_ascii_digit() {
            |c| c.is_ascii_digit()
        } else if first.is_alphabetic() {
            char::is_alphabetic
        } else {
            |c| !c.is_ascii_digit() && !c.is_alphabetic()
        };
        let end = rest.find(|c| !of_kind(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        if first.is_ascii_digit() {
            numbers.push(Digits { value: run.parse().ok()?, digits: run.len() });
        } else if first.is_alphabetic() {
            match word(run)? {
                Word::Month(number) if month.is_none() => month = Some(number),
                Word::Month(_) => return None,
                Word::Filler => {}
            }
        } else if run.chars().any(|c| !matches!(c, ' ' | '.' | ',' | '/' | '-' | '\'' | '’' | '–' | '\n'))
        {
            return None;
        }
    }
    match (month, numbers.as_slice()) {
        (None, &[first, second, third]) => Some(Parts::Numbers([first, second, third])),
        (None, &[only]) if only.digits == 4 && (1_900..=2_200).contains(&only.value) => Some(Parts::Year),
        (None, &[only]) if matches!(only.digits, 5 | 8) => Some(Parts::Serial(only.value)),
        (Some(month), &[year, day]) if year.digits == 4 => Some(Parts::Named { day, month, year }),
        (Some(month), &[day, year]) => Some(Parts::Named { day, month, year }),
        _ => None,
    }
}

/// The text before `0:00:00` or `T00:00`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text };
    let hours_start = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    text[..hours_start].trim_end_matches([' ', ',', 't'])
}

enum Word {
    Month(i32),
    Filler,
}

/// Months by their first letters in English, Russian and Ukrainian; 年月日 are fillers, for the order there is fixed.
fn word(word: &str) -> Option<Word> {
    const FILLERS: &[&str] =
        &["г", "гг", "года", "год", "р", "року", "st", "nd", "rd", "th", "of", "го", "年", "月", "日", "号"];
    const MONTHS: [&[&str]; 12] = [
        &["jan", "янв", "січ"],
        &["feb", "фев", "лют"],
        &["mar", "мар", "бер"],
        &["apr", "апр", "кві"],
        &["may", "май", "мая", "тра"],
        &["jun", "июн", "чер"],
        &["jul", "июл", "лип"],
        &["aug", "авг", "сер"],
        &["sep", "сен", "вер"],
        &["oct", "окт", "жов"],
        &["nov", "ноя", "лис"],
        &["dec", "дек", "гру"],
    ];
    if FILLERS.contains(&word) {
        return Some(Word::Filler);
    }
    let number = MONTHS.iter().position(|starts| starts.iter().any(|start| word.starts_with(start)))?;
    Some(Word::Month(number as i32 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 24);

    fn check(text: &str, order: DateOrder, expected: Result<Date, Trouble>) {
        let found = read(&Cell::text(text), order, DateUse::Birth, TODAY).map(Option::unwrap);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_usual_spellings_are_one_day() {
        for text in [
            "03.05.1985",
            "3.5.85",
            "3/5/1985",
            "03-05-1985",
            "1985-05-03",
            "1985/5/3",
            "3 мая 1985",
            "3 мая 1985 г.",
            "May 3, 1985",
            "3rd of May 1985",
            "3 May 85",
            "1985年5月3日",
            "1985-05-03T00:00:00",
            "03.05.1985 0:00:00",
            "31170",
            "19850503",
            "03 . 05 . 1985г",
        ] {
            check(text, DateOrder::DayFirst, Ok(date(1985, 5, 3)));
        }
        check("5/3/1985", DateOrder::MonthFirst, Ok(date(1985, 5, 3)));
    }

    #[test]
    fn what_is_no_day_is_said() {
        for (text, trouble) in [
            ("31.04.1990", Trouble::ImpossibleDate),
            ("29.02.2023", Trouble::ImpossibleDate),
            ("13/13/1990", Trouble::ImpossibleDate),
            ("00.00.0000", Trouble::ImpossibleDate),
            ("1985", Trouble::OnlyAYear),
            ("май 1985", Trouble::UnreadableDate),
            ("не помнит", Trouble::UnreadableDate),
            ("01.01.2031", Trouble::DateOutOfRange),
            ("01.01.1812", Trouble::DateOutOfRange),
            ("99999999999.1.1", Trouble::UnreadableDate),
            ("1.1.1.1", Trouble::UnreadableDate),
        ] {
            check(text, DateOrder::DayFirst, Err(trouble));
        }
    }

    #[test]
    fn two_digits_of_a_year_depend_on_the_use() {
        let year = |text: &str, usage| read(&Cell::text(text), DateOrder::DayFirst, usage, TODAY);
        assert_eq!(year("1.1.27", DateUse::Birth), Ok(Some(date(1927, 1, 1))));
        assert_eq!(year("1.1.26", DateUse::Birth), Ok(Some(date(2026, 1, 1))));
        assert_eq!(year("1.1.27", DateUse::Membership), Ok(Some(date(2027, 1, 1))));
        assert_eq!(year("1.1.46", DateUse::Membership), Ok(Some(date(2046, 1, 1))));
        assert_eq!(year("1.1.47", DateUse::Membership), Ok(Some(date(1947, 1, 1))));
    }

    #[test]
    fn the_column_tells_the_order() {
        let found = |texts: &[&str]| {
            let mut evidence = OrderEvidence::default();
            texts.iter().for_each(|text| evidence.note(&Cell::text(text)));
            evidence.found()
        };
        assert_eq!(found(&["3/4/1990", "4/25/1990"]), Some(DateOrder::MonthFirst));
        assert_eq!(found(&["3/4/1990", "25/4/1990"]), Some(DateOrder::DayFirst));
        assert_eq!(found(&["3.4.1990"]), Some(DateOrder::DayFirst));
        assert_eq!(found(&["3/4/1990", "1990-12-31", "5/5/1990"]), None);
    }
}
