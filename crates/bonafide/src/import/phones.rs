//! Phone numbers as people write them, made into E.164.

use std::fmt;

use super::cell::Cell;
use super::countries::{COUNTRIES, Country};
use super::trouble::Trouble;

/// How many numbers of one cell are read.
const NUMBERS_MAX: usize = 8;
/// ITU-T E.164.
const DIGITS_MAX: usize = 15;
const DIGITS_MIN: usize = 8;

/// A number in E.164: `+` and 8 to 15 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Phone(String);

impl Phone {
    /// The text, beginning with `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new(calling: &str, national: &str) -> Phone {
        Phone(format!("+{calling}{national}"))
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads all numbers of a cell. Extensions and words around the numbers are dropped.
///
/// # Errors
/// When one of them cannot be read.
pub fn read(cell: &Cell, country: Option<&Country>) -> Result<Vec<Phone>, Trouble> {
    let text = match cell {
        Cell::Empty => return Ok(Vec::new()),
        Cell::Fault(_) => return Err(Trouble::FailedFormula),
        Cell::Date(_) | Cell::Flag(_) => return Err(Trouble::UnreadablePhone),
        cell => cell.shown(),
    };
    if is_scientific(&text) {
        return Err(Trouble::DigitsLost);
    }
    let mut phones: Vec<Phone> = Vec::new();
    for part in numbers(&text) {
        let written = Written::of(part);
        // "67-89/90" names a second line of the same house.
        if written.digits.len() < 5 && !phones.is_empty() {
            continue;
        }
        let read = match written.phone(country) {
            Ok(phone) => vec![phone],
            Err(trouble) => two_numbers(part, country).ok_or(trouble)?,
        };
        for phone in read {
            if !phones.contains(&phone) && phones.len() < NUMBERS_MAX {
                phones.push(phone);
            }
        }
    }
    if phones.is_empty() { Err(Trouble::UnreadablePhone) } else { Ok(phones) }
}

/// The parts of a cell that may each be a number.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '/', '|', '\n', '、', '，', '；'])
        .flat_map(|part| part.split(" и "))
        .flat_map(|part| part.split(" or "))
        .filter(|part| part.contains(|c: char| c.is_ascii_digit()))
}

/// Two numbers with only a space between.
fn two_numbers(part: &str, country: Option<&Country>) -> Option<Vec<Phone>> {
    const TWO_NUMBERS_DIGITS_MIN: usize = 18;
    if Written::of(part).digits.len() < TWO_NUMBERS_DIGITS_MIN {
        return None;
    }
    part.match_indices(' ').find_map(|(at, _)| {
        let first = Written::of(&part[..at]).phone(country).ok()?;
        let second = Written::of(&part[at..]).phone(country).ok()?;
        Some(vec![first, second])
    })
}

/// `8,91235E+10`: what a CSV keeps of a number in a narrow column.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e', 'Е', 'е']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'))
        && exponent.strip_prefix('+').is_some_and(digits)
}

/// The digits of a number, and whether it says its country.
struct Written {
    international: bool,
    digits: String,
}

impl Written {
    fn of(text: &str) -> Written {
        let lower = text.to_lowercase();
        let number = without_extension(&lower);
        let number = number.replace("(0)", "");
        let plus = number.find(|c: char| c.is_ascii_digit()).is_some_and(|at| number[..at].contains('+'));
        let mut digits: String = number.chars().filter(char::is_ascii_digit).collect();
        // What is dialled for "abroad": 00 in most countries, 8~10 in those of the former Union.
        let abroad = ["00", "810"]
            .into_iter()
            .find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() > 10).map(str::to_owned));
        let international = plus || abroad.is_some();
        if let (false, Some(rest)) = (plus, abroad) {
            digits = rest;
        }
        Written { international, digits }
    }

    fn phone(&self, country: Option<&Country>) -> Result<Phone, Trouble> {
        if !(5..=DIGITS_MAX + 2).contains(&self.digits.len()) {
            return Err(Trouble::UnreadablePhone);
        }
        if self.international {
            return abroad(&self.digits);
        }
        if let Some(country) = country
            && let Some(national) = country.national(&self.digits)
        {
            return Ok(Phone::new(country.calling, national));
        }
        // Only a whole number with its calling code is believed to be of another country.
        let foreign = COUNTRIES.iter().find_map(|other| {
            let national = self.digits.strip_prefix(other.calling)?;
            (self.digits.len() >= 11 && other.fits(national)).then(|| Phone::new(other.calling, national))
        });
        match (foreign, country) {
            (Some(phone), _) => Ok(phone),
            (None, None) if self.digits.len() >= DIGITS_MIN - 1 => Err(Trouble::PhoneWithoutCountry),
            (None, _) => Err(Trouble::UnreadablePhone),
        }
    }
}

/// A number that begins with its calling code.
fn abroad(digits: &str) -> Result<Phone, Trouble> {
    let mut known = COUNTRIES.iter().filter(|country| digits.starts_with(country.calling)).peekable();
    if known.peek().is_none() {
        let sound = (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && !digits.starts_with('0');
        return if sound { Ok(Phone(format!("+{digits}"))) } else { Err(Trouble::UnreadablePhone) };
    }
    known
        .find_map(|country| {
            let national = digits.strip_prefix(country.calling)?;
            // Often written with both: +7 8 912…, +44 0 20….
            let bare = national.strip_prefix(country.trunk).filter(|bare| country.fits(bare));
            let national = if country.fits(national) { national } else { bare? };
            Some(Phone::new(country.calling, national))
        })
        .ok_or(Trouble::UnreadablePhone)
}

fn without_extension(lower: &str) -> &str {
    const MARKS: [&str; 6] = ["доб", "ext", "вн.", "#", " x", "转"];
    let digits_before = |at: usize| lower[..at].bytes().filter(u8::is_ascii_digit).count() >= 5;
    let cut = MARKS.iter().filter_map(|mark| lower.find(mark)).filter(|at| digits_before(*at)).min();
    &lower[..cut.unwrap_or(lower.len())]
}

/// Counts for each country of the table how well the list's numbers fit.
#[derive(Clone, Debug, Default)]
pub struct CountryVotes {
    bare: u32,
    weights: Vec<u64>,
    fitting: Vec<u32>,
}

impl CountryVotes {
    /// Below this share of the bare numbers no country is taken, in hundredths.
    const FITTING_MIN_PERCENT: u32 = 60;

    /// Takes one more cell into account.
    pub fn note(&mut self, cell: &Cell) {
        if self.weights.is_empty() {
            self.weights = vec![0; COUNTRIES.len()];
            self.fitting = vec![0; COUNTRIES.len()];
        }
        let text = match cell {
            Cell::Text(_) | Cell::Number(_) => cell.shown(),
            _ => return,
        };
        for part in numbers(&text).take(NUMBERS_MAX) {
            let written = Written::of(part);
            if written.international {
                // That somebody wrote the country says little about those who did not, but decides between equals.
                self.vote(|country| {
                    let national = written.digits.strip_prefix(country.calling)?;
                    country.fits(national).then_some(1)
                });
            } else if (DIGITS_MIN - 1..=DIGITS_MAX).contains(&written.digits.len()) {
                self.bare += 1;
                for (index, country) in COUNTRIES.iter().enumerate() {
                    self.fitting[index] += u32::from(country.national(&written.digits).is_some());
                }
                self.vote(|country| {
                    let national = country.national(&written.digits)?;
                    // A prefix that belongs to the country is a sign of it, and so is a mobile number, unless the
                    // prefix is missing where everybody writes it. Chinese mobile numbers have none.
                    let (prefixed, mobile) =
                        (national.len() < written.digits.len(), country.is_mobile(national));
                    if !prefixed && country.trunk == "0" && !(country.code == "CN" && mobile) {
                        return Some(1);
                    }
                    Some(2 + 2 * u64::from(prefixed) + 3 * u64::from(mobile))
                });
            }
        }
    }

    fn vote(&mut self, weight: impl Fn(&Country) -> Option<u64>) {
        for (sum, country) in self.weights.iter_mut().zip(COUNTRIES) {
            *sum += weight(country).unwrap_or(0);
        }
    }

    /// How many numbers say no country.
    #[must_use]
    pub fn bare(&self) -> u32 {
        self.bare
    }

    /// The country that fits best, with how many of the bare numbers fit it; none if no one fits well. Of two that fit
    /// equally (a British mobile number is also an Indian one), the one higher in the table.
    #[must_use]
    pub fn winner(&self) -> Option<(&'static Country, u32)> {
        let best = *self.weights.iter().max()?;
        let index = self.weights.iter().position(|weight| *weight == best)?;
        let enough = self.fitting[index] * 100 >= self.bare * Self::FITTING_MIN_PERCENT;
        (self.bare > 0 && enough).then(|| (&COUNTRIES[index], self.fitting[index]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::countries::by_code;
    use super::*;

    fn check(text: &str, country: Option<&str>, expected: Result<&[&str], Trouble>) {
        let country = country.map(|code| by_code(code).unwrap());
        let found = read(&Cell::text(text), country);
        let shown = found.map(|phones| phones.iter().map(ToString::to_string).collect::<Vec<_>>());
        let expected = expected.map(|phones| phones.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(shown, expected, "{text} {country:?}");
    }

    #[test]
    fn one_russian_number_in_many_spellings() {
        for text in [
            "8 (912) 345-67-89",
            "+7 912 345 67 89",
            "79123456789",
            "912 3456789",
            "8-912-345-67-89",
            "+7(912)3456789",
            "8912 345 67 89 доб. 12",
            "тел. 89123456789 (мама)",
            "+7 8 912 345-67-89",
            "89123456789, +79123456789",
            "007 912 345 67 89",
            "8 912 345-67-89/90",
        ] {
            check(text, Some("RU"), Ok(&["+79123456789"]));
        }
        assert_eq!(read(&Cell::Number(89_123_456_789.0), by_code("RU")).unwrap()[0].as_str(), "+79123456789");
    }

    #[test]
    fn several_numbers_of_one_cell() {
        let both: Result<&[&str], Trouble> = Ok(&["+79123456789", "+78432222222"]);
        check("8 912 345 67 89; 8 (843) 222-22-22", Some("RU"), both);
        check("8 912 345 67 89 / (843) 222-22-22", Some("RU"), both);
        check("89123456789 88432222222", Some("RU"), both);
        check("+79123456789 и 88432222222", Some("RU"), both);
    }

    #[test]
    fn numbers_of_other_countries() {
        for (text, country, phone) in [
            ("138 1234 5678", "CN", "+8613812345678"),
            ("010-1234 5678", "CN", "+861012345678"),
            ("8 029 123-45-67", "BY", "+375291234567"),
            ("+375 29 123 45 67", "RU", "+375291234567"),
            ("375291234567", "RU", "+375291234567"),
            ("8 777 123 45 67", "KZ", "+77771234567"),
            ("067 123 45 67", "UA", "+380671234567"),
            ("(212) 555-0123", "US", "+12125550123"),
            ("1-212-555-0123 ext. 7", "CA", "+12125550123"),
            ("07700 900123", "GB", "+447700900123"),
            ("+44 (0) 7700 900123", "RU", "+447700900123"),
            ("0151 12345678", "DE", "+4915112345678"),
            ("+81 90 1234 5678", "RU", "+819012345678"),
        ] {
            check(text, Some(country), Ok(&[phone]));
        }
    }

    #[test]
    fn what_is_no_number_is_said() {
        for (text, country, trouble) in [
            ("нет", Some("RU"), Trouble::UnreadablePhone),
            ("12345", Some("RU"), Trouble::UnreadablePhone),
            ("8 912 345", Some("RU"), Trouble::UnreadablePhone),
            ("2 345 678 901 234 567 890", Some("RU"), Trouble::UnreadablePhone),
            ("+7 012 345 67 89", Some("RU"), Trouble::UnreadablePhone),
            ("9123456789", None, Trouble::PhoneWithoutCountry),
            ("8,91235E+10", Some("RU"), Trouble::DigitsLost),
        ] {
            check(text, country, Err(trouble));
        }
    }

    #[test]
    fn the_list_tells_its_country() {
        let winner = |texts: &[&str]| {
            let mut votes = CountryVotes::default();
            texts.iter().for_each(|text| votes.note(&Cell::text(text)));
            votes.winner().map(|(country, _)| country.code)
        };
        assert_eq!(winner(&["8 912 345 67 89", "9219876543", "+375 29 1234567"]), Some("RU"));
        assert_eq!(winner(&["13812345678", "15912345678"]), Some("CN"));
        assert_eq!(winner(&["8 777 123 45 67", "87011234567"]), Some("KZ"));
        assert_eq!(winner(&["067 123 45 67", "0501234567"]), Some("UA"));
        assert_eq!(winner(&["80291234567", "8 (033) 123-45-67"]), Some("BY"));
        assert_eq!(winner(&["(212) 555-0123", "415-555-0199"]), Some("US"));
        assert_eq!(winner(&["07700 900123", "07700900456"]), Some("GB"));
        assert_eq!(winner(&["+79123456789"]), None);
        assert_eq!(winner(&["12345678901234", "1111111"]), None);
    }
}
