//! Words and amounts as a person types them, and amounts as they are told.

use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::{TextRefusal, Title};
use bonafide_domain::profile::Note;
use bonafide_store::id::Id;
use serde::Serialize;

use crate::failure::Failure;

/// A name of something of the club.
///
/// # Errors
/// `bad_value` with what is wrong.
pub(crate) fn title(text: &str) -> Result<Title, Failure> {
    Title::parse(text).map_err(|refusal| bad_text("the name", refusal))
}

/// A note of several lines.
///
/// # Errors
/// `bad_value` with what is wrong.
pub(crate) fn note(text: &str) -> Result<Note, Failure> {
    Note::parse(text).map_err(|refusal| bad_text("the note", refusal))
}

fn bad_text(what: &str, refusal: TextRefusal) -> Failure {
    let words = match refusal {
        TextRefusal::Empty => format!("{what} is empty: write something"),
        TextRefusal::TooLong { chars_max } => {
            format!("{what} is too long: {chars_max} characters are the most")
        }
        TextRefusal::ControlCharacter => {
            format!("{what} has a line break or a control character: leave it out")
        }
        TextRefusal::DirectionOverride => {
            format!("{what} has a character that turns the direction of writing: leave it out")
        }
        TextRefusal::Unprintable => format!("{what} has a character that nobody can draw: leave it out"),
    };
    Failure::new("bad_value", words)
}

/// A currency by its three letters, in whichever case.
///
/// # Errors
/// `bad_value`.
pub(crate) fn currency(text: &str) -> Result<Currency, Failure> {
    let words = || format!("'{text}' is no currency: write its three letters, as RUB, EUR or CNY");
    Currency::parse(&text.trim().to_uppercase()).map_err(|_| Failure::new("bad_value", words()))
}

/// An amount with its currency: `3500 RUB`, `49.90 EUR`.
///
/// # Errors
/// `bad_amount` with what is wrong.
pub(crate) fn money(text: &str) -> Result<Money, Failure> {
    let bad = |why: String| {
        let words =
            format!("the amount '{text}' is not accepted: {why}. Write it as '3500 RUB' or '49.90 EUR'");
        Failure::new("bad_amount", words)
    };
    let text = text.trim();
    let letters =
        text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(|| bad("it has no currency".to_owned()))?;
    let (number, code) = text.split_at(letters);
    let currency = Currency::parse(&code.to_uppercase())
        .map_err(|_| bad(format!("'{code}' is no currency of three letters")))?;
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = usize::from(currency.minor_digits());
    if fraction.len() > digits {
        return Err(bad(format!("{} has {digits} digits after the point", currency.code())));
    }
    let all = format!("{whole}{fraction:0<digits$}");
    let plain = !whole.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
    let minor = all.parse::<i64>().ok().filter(|_| plain && !number.trim().ends_with('.'));
    let minor =
        minor.ok_or_else(|| bad(format!("'{}' is no number of digits and one point", number.trim())))?;
    Money::parse(minor, currency).map_err(|_| bad("it is too large".to_owned()))
}

/// An amount as people read it, and as [`money`] reads it back.
pub(crate) fn money_words(money: Money) -> String {
    let (minor, digits) = (money.minor(), u32::from(money.currency().minor_digits()));
    let (sign, units, unit) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs(), 10_u64.pow(digits));
    let point = match digits {
        0 => String::new(),
        digits => format!(".{:0width$}", units % unit, width = digits as usize),
    };
    format!("{sign}{}{point} {}", units / unit, money.currency().code())
}

/// An amount in a JSON answer: whole minor units.
#[derive(Serialize)]
pub(crate) struct MoneyAnswer {
    minor: i64,
    currency: String,
}

impl MoneyAnswer {
    pub(crate) fn of(money: Money) -> MoneyAnswer {
        MoneyAnswer { minor: money.minor(), currency: money.currency().code().to_owned() }
    }
}

/// The id of an operation that the caller brings, or a fresh one.
///
/// # Errors
/// `bad_operation` for a text that is no UUID; the fault when there is no randomness.
pub(crate) fn operation(text: Option<&str>, now_us: i64) -> Result<Id, Failure> {
    let bad = |text: &str| {
        let words = format!("--operation {text} is no UUID: leave it out, and one is made and printed");
        Failure::new("bad_operation", words)
    };
    text.map_or_else(|| Ok(Id::new(now_us)?), |text| Id::parse(text).ok_or_else(|| bad(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_told_in_the_same_form() {
        for (typed, minor, told) in [
            ("3500 RUB", 350_000, "3500.00 RUB"),
            ("3500.5rub", 350_050, "3500.50 RUB"),
            (" 49.90 EUR ", 4_990, "49.90 EUR"),
            ("0 EUR", 0, "0.00 EUR"),
            ("0.01 CNY", 1, "0.01 CNY"),
            ("1200 JPY", 1_200, "1200 JPY"),
            ("1.5 KWD", 1_500, "1.500 KWD"),
        ] {
            let money = money(typed).unwrap_or_else(|failure| panic!("{typed}: {failure}"));
            assert_eq!((money.minor(), money_words(money).as_str()), (minor, told), "{typed}");
            assert_eq!(super::money(told), Ok(money));
        }
        let owed = Money::parse(-5, Currency::parse("EUR").unwrap()).unwrap();
        assert_eq!(money_words(owed), "-0.05 EUR");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "3500",
            "RUB",
            ".5 EUR",
            "5. EUR",
            "1,5 EUR",
            "1 000 RUB",
            "-5 EUR",
            "+5 EUR",
            "1.2.3 EUR",
            "1.234 EUR",
            "1.5 JPY",
            "5 EURO",
            "5 €",
            "5 EUR RUB",
            "99999999999999999999 EUR",
            "10000000000000.01 EUR",
        ] {
            assert!(money(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_operation_is_what_the_caller_brings() {
        let text = "01010101-0101-0101-0101-010101010101";
        assert_eq!(operation(Some(text), 0), Ok(Id::from_bytes([1; 16])));
        assert_eq!(operation(Some("17"), 0).map_err(|failure| failure.key), Err("bad_operation"));
        assert!(operation(None, 0).is_ok());
    }
}
