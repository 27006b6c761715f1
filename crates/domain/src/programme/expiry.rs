//! From when points are the member's, when they come to nothing, and when he is told beforehand.
//!
//! Programmes count in dates of the branch's calendar, the ledger in instants. **The day on which something happened is not
//! counted**: points that wait 14 days since the 1st are the member's from the first instant of the 16th on, and points that then
//! last 30 days are worth something for the whole of the 30th day after it. So nothing ends early, whatever the hour. Where a date
//! begins when its midnight is missing or there twice, [`Calendar::first_instant`] says (cases T-17, T-18).

use jiff::civil::Date;

use crate::calendar::{Calendar, UtcMicros, days_after, months_after};
use crate::ledger::Expiry;

/// The longest life of points in days: ten years.
pub const LIFE_DAYS_MAX: u16 = 3660;

/// The longest life of points in months: ten years.
pub const LIFE_MONTHS_MAX: u16 = 120;

/// The longest that points wait before they are the member's, in days.
pub const PENDING_DAYS_MAX: u16 = 366;

/// The most warnings before points come to nothing.
pub const WARNINGS_MAX: usize = 8;

/// Every month has at least so many days.
const MONTH_DAYS_MIN: u32 = 28;

/// Stretches of the civil year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A month.
    Month,
    /// Three months from January, April, July or October on.
    Quarter,
    /// Six months from January or July on.
    HalfYear,
    /// A year from January on.
    Year,
}

impl Period {
    /// How many months it has.
    pub const fn months(self) -> u16 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// The first date of the period that a date lies in.
    fn first_date(self, date: Date) -> Date {
        let months = self.months().cast_signed() as i8;
        let month = (date.month() - 1) / months * months + 1;
        Date::new(date.year(), month, 1).expect("every month has a first day")
    }
}

/// How long points last, from the day on which they are the member's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryRule {
    /// For ever.
    Never,
    /// So many days, that day not counted; from one to [`LIFE_DAYS_MAX`].
    Days(u16),
    /// Through the same day so many months later, or the first day after it where the month has no such day; from one to
    /// [`LIFE_MONTHS_MAX`].
    Months(u16),
    /// Until the end of a period of the calendar.
    EndOf {
        /// Which.
        period: Period,
        /// How many more periods after the one in which they became the member's. All together at most [`LIFE_MONTHS_MAX`].
        further: u8,
    },
    /// As long as the member comes: all of them come to nothing when he has done nothing for so many months, the day of his last
    /// purchase not counted; from one to [`LIFE_MONTHS_MAX`].
    Inactivity {
        /// How many.
        months: u16,
    },
}

/// Why points cannot last so. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryRefusal {
    /// The life is nothing, or longer than [`LIFE_DAYS_MAX`] or [`LIFE_MONTHS_MAX`].
    Life,
    /// There are more than [`WARNINGS_MAX`] warnings.
    TooManyWarnings,
    /// A warning about points that never come to nothing.
    WarningOfNothing,
    /// The warnings do not go down, each to at least one day ahead.
    WarningOrder,
    /// A warning may be due before the points are there.
    WarningBeforeThem,
}

/// A warning before points come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// So many days ahead.
    pub days_ahead: u16,
    /// The first instant of the date on which it is due.
    pub at: UtcMicros,
}

impl ExpiryRule {
    /// Checks the rule and its warnings.
    pub(super) fn check(self, warning_days: &[u16]) -> Result<(), ExpiryRefusal> {
        let months = 1..=u32::from(LIFE_MONTHS_MAX);
        let fits = match self {
            Self::Never => true,
            Self::Days(days) => (1..=LIFE_DAYS_MAX).contains(&days),
            Self::Months(count) | Self::Inactivity { months: count } => months.contains(&u32::from(count)),
            Self::EndOf { period, further } => months.contains(&months_of(period, further)),
        };
        if !fits {
            return Err(ExpiryRefusal::Life);
        }
        if warning_days.len() > WARNINGS_MAX {
            return Err(ExpiryRefusal::TooManyWarnings);
        }
        let Some(&first) = warning_days.first() else { return Ok(()) };
        let Some(life_days) = self.life_days() else { return Err(ExpiryRefusal::WarningOfNothing) };
        if warning_days.windows(2).any(|pair| pair[0] <= pair[1]) || warning_days.last() == Some(&0) {
            return Err(ExpiryRefusal::WarningOrder);
        }
        if u32::from(first) > life_days { Err(ExpiryRefusal::WarningBeforeThem) } else { Ok(()) }
    }

    /// For how many days points last at least, for the longest of those that came in on one day of a period; nothing when they
    /// last for ever.
    fn life_days(self) -> Option<u32> {
        match self {
            Self::Never => None,
            Self::Days(days) => Some(u32::from(days)),
            Self::Months(months) | Self::Inactivity { months } => Some(u32::from(months) * MONTH_DAYS_MIN),
            Self::EndOf { period, further } => Some(months_of(period, further) * MONTH_DAYS_MIN),
        }
    }

    /// When points come to nothing that are the member's from this instant on. Never, where that is beyond the calendar.
    pub fn ends(self, from: UtcMicros, calendar: &Calendar) -> Expiry {
        let date = calendar.date_of(from);
        let first_date_without = match self {
            Self::Never => None,
            Self::Inactivity { .. } => return Expiry::WithWallet,
            Self::Days(days) => days_after(date, i64::from(days) + 1),
            Self::Months(months) => day_after_months(date, months),
            Self::EndOf { period, further } => {
                let months = u16::try_from(months_of(period, further)).expect("it is at most ten years");
                months_after(period.first_date(date), months)
            }
        };
        let instant = first_date_without.and_then(|date| calendar.first_instant(date));
        instant.map_or(Expiry::Never, Expiry::At)
    }

    /// When the points of a member come to nothing who did something last at this instant; nothing when they do not depend on it,
    /// or when that is beyond the calendar.
    pub fn idle_until(self, last: UtcMicros, calendar: &Calendar) -> Option<UtcMicros> {
        let Self::Inactivity { months } = self else { return None };
        calendar.first_instant(day_after_months(calendar.date_of(last), months)?)
    }
}

fn months_of(period: Period, further: u8) -> u32 {
    u32::from(period.months()) * (1 + u32::from(further))
}

fn day_after_months(date: Date, months: u16) -> Option<Date> {
    days_after(months_after(date, months)?, 1)
}

/// From when on points are the member's that were earned at this instant: after so many days, that day not counted. Nothing when
/// they are his at once. At the end of the calendar, they wait for its last instant.
pub(super) fn matures(at: UtcMicros, pending_days: u16, calendar: &Calendar) -> Option<UtcMicros> {
    if pending_days == 0 {
        return None;
    }
    let date = days_after(calendar.date_of(at), i64::from(pending_days) + 1);
    Some(date.and_then(|date| calendar.first_instant(date)).unwrap_or(UtcMicros::MAX))
}

/// The warnings before an instant at which points come to nothing, the earliest first. A warning that is 1 day ahead is due with
/// the beginning of the last day on which they are worth something.
pub(super) fn warnings(warning_days: &[u16], ends: UtcMicros, calendar: &Calendar) -> Vec<Warning> {
    let on = calendar.date_of(ends);
    let warning = |&days_ahead: &u16| {
        let at = calendar.first_instant(days_after(on, -i64::from(days_ahead))?)?;
        Some(Warning { days_ahead, at })
    };
    warning_days.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::LAST_DATE;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn calendar(zone: &str) -> Calendar {
        Calendar::of(TimeZone::get(zone).unwrap())
    }

    fn at(zone: &str, date: Date, hour: i8) -> UtcMicros {
        calendar(zone).instant_at(date.at(hour, 0, 0, 0)).unwrap()
    }

    const END_OF_YEAR: ExpiryRule = ExpiryRule::EndOf { period: Period::Year, further: 0 };

    #[test]
    fn the_last_day_is_whole() {
        use ExpiryRule::*;
        // Rule, the day on which they are the member's, the first date without them.
        let cases = [
            (Days(1), date(2027, 2, 28), date(2027, 3, 2)),
            (Days(30), date(2027, 1, 1), date(2027, 2, 1)),
            (Months(1), date(2027, 1, 15), date(2027, 2, 16)),
            (Months(1), date(2027, 1, 31), date(2027, 3, 2)),
            (Months(12), date(2028, 2, 29), date(2029, 3, 2)),
            (END_OF_YEAR, date(2027, 12, 31), date(2028, 1, 1)),
            (END_OF_YEAR, date(2027, 1, 1), date(2028, 1, 1)),
            (EndOf { period: Period::Year, further: 1 }, date(2027, 12, 31), date(2029, 1, 1)),
            (EndOf { period: Period::Quarter, further: 0 }, date(2027, 6, 30), date(2027, 7, 1)),
            (EndOf { period: Period::Quarter, further: 2 }, date(2027, 7, 1), date(2028, 4, 1)),
            (EndOf { period: Period::HalfYear, further: 0 }, date(2027, 5, 5), date(2027, 7, 1)),
            (EndOf { period: Period::Month, further: 0 }, date(2028, 2, 1), date(2028, 3, 1)),
        ];
        for (rule, on, first_date_without) in cases {
            let zone = "Europe/Moscow";
            for hour in [0, 15, 23] {
                let ends = rule.ends(at(zone, on, hour), &calendar(zone));
                let expected = calendar(zone).first_instant(first_date_without).unwrap();
                assert_eq!(ends, Expiry::At(expected), "{rule:?} from {on}, {hour}:00");
            }
        }
        let late = at("UTC", LAST_DATE, 12);
        assert_eq!(Days(1).ends(late, &calendar("UTC")), Expiry::Never);
        assert_eq!(Never.ends(late, &calendar("UTC")), Expiry::Never);
        assert_eq!(matures(late, 1, &calendar("UTC")), Some(UtcMicros::MAX));
    }

    /// The instants are written out in UTC, as another program gives them.
    #[test]
    fn t17_t18_points_end_with_the_first_instant_of_a_date_whatever_its_midnight() {
        let utc = |date: Date, hour: i8| at("UTC", date, hour);
        let cases = [
            ("Africa/Cairo", date(2027, 4, 30), utc(date(2027, 4, 29), 22)),
            ("Asia/Beirut", date(2027, 3, 28), utc(date(2027, 3, 27), 22)),
            ("America/Santiago", date(2027, 9, 5), utc(date(2027, 9, 5), 4)),
            ("America/Havana", date(2027, 11, 7), utc(date(2027, 11, 7), 4)),
            ("Atlantic/Azores", date(2027, 10, 31), utc(date(2027, 10, 31), 0)),
        ];
        for (zone, first_date_without, begins) in cases {
            let here = calendar(zone);
            let last_day = days_after(first_date_without, -1).unwrap();
            let earned = days_after(last_day, -30).unwrap();
            for hour in [1, 12, 23] {
                assert_eq!(
                    ExpiryRule::Days(30).ends(at(zone, earned, hour), &here),
                    Expiry::At(begins),
                    "{zone}"
                );
                assert_eq!(matures(at(zone, earned, hour), 30, &here), Some(begins), "{zone}");
            }
            assert_eq!(here.date_of(begins), first_date_without, "{zone}: not a day early");
            let before = begins.plus(-1).unwrap();
            assert_eq!(here.date_of(before), last_day, "{zone}: not a day late");
            let warned = warnings(&[7, 1], begins, &here);
            let expected = [7, 1].map(|days_ahead| Warning {
                days_ahead,
                at: here
                    .first_instant(days_after(first_date_without, -i64::from(days_ahead)).unwrap())
                    .unwrap(),
            });
            assert_eq!(warned, expected, "{zone}");
        }
    }

    #[test]
    fn idle_members_lose_everything_at_once() {
        let rule = ExpiryRule::Inactivity { months: 6 };
        let here = calendar("Europe/Berlin");
        let last = at("Europe/Berlin", date(2027, 2, 28), 20);
        assert_eq!(rule.ends(last, &here), Expiry::WithWallet);
        assert_eq!(rule.idle_until(last, &here), here.first_instant(date(2027, 8, 29)));
        assert_eq!(END_OF_YEAR.idle_until(last, &here), None);
    }

    #[test]
    fn a_life_that_cannot_be_is_refused() {
        use ExpiryRefusal::*;
        let check = |rule: ExpiryRule, warning_days: &[u16]| rule.check(warning_days);
        for bad in [
            ExpiryRule::Days(0),
            ExpiryRule::Days(LIFE_DAYS_MAX + 1),
            ExpiryRule::Months(0),
            ExpiryRule::Months(LIFE_MONTHS_MAX + 1),
            ExpiryRule::Inactivity { months: 0 },
            ExpiryRule::EndOf { period: Period::Year, further: 10 },
        ] {
            assert_eq!(check(bad, &[]), Err(Life), "{bad:?}");
        }
        assert_eq!(check(ExpiryRule::EndOf { period: Period::Year, further: 9 }, &[]), Ok(()));
        assert_eq!(check(ExpiryRule::Days(60), &[60, 30, 7, 1]), Ok(()));
        assert_eq!(check(ExpiryRule::Days(60), &[1; WARNINGS_MAX + 1]), Err(TooManyWarnings));
        assert_eq!(check(ExpiryRule::Never, &[7]), Err(WarningOfNothing));
        for order in [&[7, 7][..], &[1, 7], &[7, 0], &[0]] {
            assert_eq!(check(ExpiryRule::Days(60), order), Err(WarningOrder), "{order:?}");
        }
        assert_eq!(check(ExpiryRule::Days(60), &[61]), Err(WarningBeforeThem));
        assert_eq!(check(ExpiryRule::Months(1), &[29]), Err(WarningBeforeThem));
    }
}
