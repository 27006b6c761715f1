//! Words and amounts as a person types them, and amounts as they are told.

use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Note;
use serde::Serialize;

use crate::commands::refused::{self, bad};
use crate::failure::Failure;

/// A name of something of the club.
///
/// # Errors
/// `bad_value` with what is wrong.
pub(crate) fn title(text: &str) -> Result<Title, Failure> {
    Title::parse(text).map_err(|why| bad("the name", refused::text(why)))
}

/// A note of several lines.
///
/// # Errors
/// `bad_value` with what is wrong.
pub(crate) fn note(text: &str) -> Result<Note, Failure> {
    Note::parse(text).map_err(|why| bad("the note", refused::text(why)))
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
}
