//! Numbers, money, dates and times as the reader of a language writes them, by the tables of Unicode.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::money::Money;
use bonafide_domain::profile::Language;
use icu_calendar::Iso;
use icu_datetime::fieldsets::{MD, T, YMD};
use icu_datetime::options::TimePrecision;
use icu_datetime::{DateTimeFormatter, NoCalendarFormatter};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::Locale;
use icu_time::{DateTime, Time};
use jiff::civil::Date;

use crate::failure::Failure;

/// The writers of one language.
pub struct Numbers {
    language: Language,
    decimal: DecimalFormatter,
    date: DateTimeFormatter<YMD>,
    day: DateTimeFormatter<MD>,
    time: NoCalendarFormatter<T>,
}

impl Numbers {
    /// The writers of a language.
    ///
    /// # Errors
    /// `bad_texts` when the built-in tables lack it, which the tests exclude.
    pub fn of(language: Language) -> Result<Numbers, Failure> {
        let bad = |what: &str| Failure::new("bad_texts", format!("{}: {what}", language.code()));
        // British English: the day stands before the month and the clock has 24 hours, as in the clubs that read it.
        let tag = match language {
            Language::English => "en-GB",
            Language::Russian => "ru",
            Language::Chinese => "zh",
        };
        let locale: Locale = tag.parse().map_err(|_| bad("no locale"))?;
        Ok(Numbers {
            language,
            decimal: DecimalFormatter::try_new((&locale).into(), Default::default())
                .map_err(|_| bad("no numbers"))?,
            date: DateTimeFormatter::try_new((&locale).into(), YMD::medium()).map_err(|_| bad("no dates"))?,
            day: DateTimeFormatter::try_new((&locale).into(), MD::medium()).map_err(|_| bad("no days"))?,
            time: NoCalendarFormatter::try_new(
                (&locale).into(),
                T::short().with_time_precision(TimePrecision::Minute),
            )
            .map_err(|_| bad("no times"))?,
        })
    }

    /// A whole number: `12,345`.
    #[must_use]
    pub fn whole(&self, number: i64) -> String {
        self.decimal.format(&Decimal::from(number)).to_string()
    }

    /// Hundredths as a number with as many digits as it needs: `2`, `1.5`.
    #[must_use]
    pub fn hundredths(&self, hundredths: u32) -> String {
        let mut number = Decimal::from(hundredths);
        number.multiply_pow10(-2);
        number.trim_end();
        self.decimal.format(&number).to_string()
    }

    /// A part in basis points as a percentage: `2.5%`, `2,5 %`.
    #[must_use]
    pub fn percent(&self, basis_points: u32) -> String {
        self.percentage(&self.hundredths(basis_points))
    }

    /// A number with two digits behind its point: `12.34` for 1234 hundredths.
    #[must_use]
    pub fn two_digits(&self, hundredths: i64) -> String {
        let mut number = Decimal::from(hundredths);
        number.multiply_pow10(-2);
        self.decimal.format(&number).to_string()
    }

    /// A share with one digit behind its point: `12.3%` for 1234 hundredths of a percent.
    #[must_use]
    pub fn share(&self, basis_points: i64) -> String {
        // Half a tenth counts as a whole one, on either side of zero.
        let tenths = (basis_points + 5 * basis_points.signum()) / 10;
        let mut number = Decimal::from(tenths);
        number.multiply_pow10(-1);
        self.percentage(&self.decimal.format(&number).to_string())
    }

    fn percentage(&self, number: &str) -> String {
        match self.language {
            Language::Russian => format!("{number}\u{a0}%"),
            Language::English | Language::Chinese => format!("{number}%"),
        }
    }

    /// An amount with its currency: `€12.50`, `-€12.50`, `12,50 ₽`.
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        // The sign stands before all, also before the sign of the currency.
        let minus = if money.minor() < 0 { "-" } else { "" };
        let mut amount = Decimal::from(money.minor().unsigned_abs());
        amount.multiply_pow10(-i16::from(money.currency().minor_digits()));
        let amount = self.decimal.format(&amount).to_string();
        let currency = money.currency();
        let sign = match currency.code() {
            "EUR" => "€",
            "RUB" => "₽",
            "USD" => "$",
            "GBP" => "£",
            "CNY" => "¥",
            other => other,
        };
        match self.language {
            Language::Russian => format!("{minus}{amount}\u{a0}{sign}"),
            Language::English | Language::Chinese if sign.len() < 3 || !sign.is_ascii() => {
                format!("{minus}{sign}{amount}")
            }
            Language::English | Language::Chinese => format!("{minus}{sign}\u{a0}{amount}"),
        }
    }

    /// A date with its year: `3 May 2027`.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        iso(date).map_or_else(|| date.to_string(), |date| self.date.format(&date).to_string())
    }

    /// A date without its year: `3 May`.
    #[must_use]
    pub fn day(&self, date: Date) -> String {
        iso(date).map_or_else(|| date.to_string(), |date| self.day.format(&date).to_string())
    }

    /// A moment as hour and minute of a place: `18:42`.
    #[must_use]
    pub fn time(&self, at_us: i64, calendar: &Calendar) -> String {
        let Ok(at) = UtcMicros::parse(at_us) else { return String::new() };
        let minute_of_day = calendar.wall_clock(at).minute_of_day;
        let (hour, minute) = (minute_of_day / 60, minute_of_day % 60);
        // Both are below 256.
        let time = Time::try_new(hour.to_le_bytes()[0], minute.to_le_bytes()[0], 0, 0);
        time.map_or_else(|_| format!("{hour:02}:{minute:02}"), |time| self.time.format(&time).to_string())
    }

    /// A moment as date, hour and minute of a place.
    #[must_use]
    pub fn moment(&self, at_us: i64, calendar: &Calendar) -> String {
        let Ok(at) = UtcMicros::parse(at_us) else { return String::new() };
        format!("{} {}", self.date(calendar.date_of(at)), self.time(at_us, calendar))
    }
}

fn iso(date: Date) -> Option<DateTime<Iso>> {
    let day = icu_calendar::Date::try_new_iso(
        i32::from(date.year()),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    );
    Some(DateTime { date: day.ok()?, time: Time::start_of_day() })
}
