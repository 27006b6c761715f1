//! An amount of the page: what kind of number it is, how people read it, how a file has it, and how it changed.

use bonafide_domain::money::{Currency, Money};

use crate::server::page::Page;
use crate::workbook::Cell;

/// An amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// So many.
    Count(u64),
    /// Two digits behind the point.
    Hundredths(u64),
    /// A share in hundredths of a percent; below zero where it is a difference of two.
    Share(i64),
    /// Minor units of a currency.
    Money(i64, Currency),
    /// Nobody can know.
    Unknown,
}

impl Amount {
    pub(super) fn share(basis_points: Option<u64>) -> Amount {
        basis_points.and_then(|share| i64::try_from(share).ok()).map_or(Amount::Unknown, Amount::Share)
    }

    /// A part of one as a share.
    pub(super) fn fraction(part: Option<f64>) -> Amount {
        // A share has four digits, far from the ends of the type.
        part.map_or(Amount::Unknown, |part| Amount::Share((part * 10_000.0).round() as i64))
    }

    pub(super) fn money(minor: Option<i64>, currency: Currency) -> Amount {
        minor.map_or(Amount::Unknown, |minor| Amount::Money(minor, currency))
    }

    /// As the reader writes it.
    pub(super) fn words(self, page: &Page) -> String {
        let numbers = &page.words().numbers;
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        match self {
            Amount::Count(count) => numbers.whole(whole(count)),
            Amount::Hundredths(number) => numbers.two_digits(whole(number)),
            Amount::Share(basis_points) => numbers.share(basis_points),
            Amount::Money(minor, currency) => match Money::parse(minor, currency) {
                Ok(money) => numbers.money(money),
                Err(_) => page.say("figures-unknown"),
            },
            Amount::Unknown => page.say("figures-unknown"),
        }
    }

    /// The number as a file has it, with a point and no groups.
    pub(super) fn plain(self) -> Option<String> {
        match self {
            Amount::Count(count) => Some(count.to_string()),
            Amount::Hundredths(number) => Some(with_point(i128::from(number), 2)),
            Amount::Share(basis_points) => Some(with_point(i128::from(basis_points), 2)),
            Amount::Money(minor, currency) => Some(with_point(i128::from(minor), currency.minor_digits())),
            Amount::Unknown => None,
        }
    }

    /// The unit of [`Amount::plain`].
    pub(super) fn unit(self) -> String {
        match self {
            Amount::Share(_) => "%".to_owned(),
            Amount::Money(_, currency) => currency.code().to_owned(),
            Amount::Count(_) | Amount::Hundredths(_) | Amount::Unknown => String::new(),
        }
    }

    pub(super) fn cell(self) -> Cell {
        self.plain().map_or(Cell::Empty, Cell::Number)
    }

    /// How much it is more or less than another one: in percent of it, and for shares in points of a percent. Nothing where one is
    /// unknown or below zero, or the other one was nothing.
    pub(super) fn change(self, before: Amount) -> Option<Change> {
        let relative = |now: i128, before: i128| {
            let now = Some(now).filter(|now| *now >= 0)?;
            let change = (now - before) * 10_000 / Some(before).filter(|before| *before > 0)?;
            Some(Change { basis_points: i64::try_from(change).ok()?, is_of_shares: false })
        };
        match (self, before) {
            (Amount::Count(now), Amount::Count(before))
            | (Amount::Hundredths(now), Amount::Hundredths(before)) => relative(now.into(), before.into()),
            (Amount::Money(now, _), Amount::Money(before, _)) => relative(now.into(), before.into()),
            (Amount::Share(now), Amount::Share(before)) => {
                Some(Change { basis_points: now - before, is_of_shares: true })
            }
            _ => None,
        }
    }
}

/// A change in hundredths of a percent, or of a point of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    basis_points: i64,
    is_of_shares: bool,
}

impl Change {
    /// In words, with an arrow.
    pub(super) fn words(self, page: &Page) -> String {
        let numbers = &page.words().numbers;
        let size = self.basis_points.saturating_abs();
        // What is shown as zero has no direction.
        let key = match (self.is_of_shares, self.basis_points) {
            (_, -4..=4) => return page.say("figures-no-change"),
            (false, 5..) => "figures-more",
            (false, _) => "figures-less",
            (true, 5..) => "figures-points-more",
            (true, _) => "figures-points-less",
        };
        let share = if self.is_of_shares { numbers.two_digits(size) } else { numbers.share(size) };
        page.say_of(key, "share", &share)
    }
}

/// A number of the smallest units with a point before its last digits.
fn with_point(units: i128, digits: u8) -> String {
    if digits == 0 {
        return units.to_string();
    }
    let (sign, one) = (if units < 0 { "-" } else { "" }, 10_u128.pow(digits.into()));
    let units = units.unsigned_abs();
    format!("{sign}{}.{:0width$}", units / one, units % one, width = usize::from(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_plain_numbers() {
        let [yen, euro] = ["JPY", "EUR"].map(|code| Currency::parse(code).unwrap());
        for (amount, plain, unit) in [
            (Amount::Count(1_234), Some("1234"), ""),
            (Amount::Hundredths(205), Some("2.05"), ""),
            (Amount::Share(-5), Some("-0.05"), "%"),
            (Amount::Money(-1_250, euro), Some("-12.50"), "EUR"),
            (Amount::Money(1_250, yen), Some("1250"), "JPY"),
            (Amount::Unknown, None, ""),
        ] {
            assert_eq!((amount.plain().as_deref(), amount.unit().as_str()), (plain, unit), "{amount:?}");
        }
    }

    #[test]
    fn a_change_is_of_what_was_there() {
        let change = |basis_points, is_of_shares| Some(Change { basis_points, is_of_shares });
        assert_eq!(Amount::Count(150).change(Amount::Count(100)), change(5_000, false));
        assert_eq!(Amount::Count(1).change(Amount::Count(0)), None);
        assert_eq!(Amount::Share(500).change(Amount::Share(700)), change(-200, true));
        assert_eq!(Amount::Unknown.change(Amount::Share(700)), None);
        let euro = Currency::parse("EUR").unwrap();
        assert_eq!(Amount::Money(5, euro).change(Amount::Money(-5, euro)), None, "of less than nothing");
        assert_eq!(Amount::Money(-5, euro).change(Amount::Money(5, euro)), None, "to less than nothing");
        assert_eq!(Amount::Count(u64::MAX).change(Amount::Count(1)), None, "beyond all numbers");
    }
}
