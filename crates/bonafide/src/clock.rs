//! The one place that reads the clock; everything below is told the time.

use std::time::{SystemTime, UNIX_EPOCH};

use bonafide_domain::calendar::days_between;
use jiff::civil::Date;

/// Microseconds since 1970, UTC. A clock before that says zero.
#[must_use]
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The date of an instant in UTC; for what has no branch and so no calendar of its own.
#[must_use]
pub fn utc_date(at_us: i64) -> Date {
    let days = at_us.div_euclid(24 * 60 * 60 * 1_000_000);
    let beyond = if days < 0 { Date::MIN } else { Date::MAX };
    let span = jiff::Span::new().try_days(days);
    span.map_or(beyond, |span| Date::constant(1970, 1, 1).checked_add(span).unwrap_or(beyond))
}

/// The middle of a day in UTC, in microseconds since 1970: for a date without a time, which is the same date in most zones.
#[must_use]
pub fn midday_us(date: Date) -> i64 {
    let half_days = 2 * days_between(Date::constant(1970, 1, 1), date) + 1;
    half_days * 12 * 60 * 60 * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_instants() {
        for (at_us, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (1_790_000_000_000_000, "2026-09-21"),
            (i64::MAX, "9999-12-31"),
            (i64::MIN, "-009999-01-01"),
        ] {
            assert_eq!(utc_date(at_us).to_string(), date);
        }
        assert_eq!(midday_us(Date::constant(1970, 1, 2)), 36 * 3_600_000_000);
        assert!(now_us() > 1_700_000_000_000_000);
    }
}
