//! A branch's years, minute by minute.
//!
//! Somebody looks at the clock on the wall every minute and notes when a date is shown that was never shown before: then
//! that date has begun, and every date that was left out with it. No rule about clock changes is known here.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use bonafide_domain::calendar::UtcMicros;

pub(crate) const MINUTE_US: i64 = 60_000_000;
pub(crate) const WEEK_MINUTES: usize = 7 * 24 * 60;

pub(crate) struct SlowCalendar {
    zone: TimeZone,
    first: Date,
    /// When each date begins, from the first on.
    begins: Vec<i64>,
}

impl SlowCalendar {
    /// The dates from `first` on, for so many days.
    pub(crate) fn watched(zone: &TimeZone, first: Date, days: usize) -> Self {
        // Two days before, so that the first date has not begun anywhere.
        let midnight = jiff::tz::Offset::UTC.to_timestamp(first.at(0, 0, 0, 0)).unwrap();
        let mut now = midnight.checked_sub(SignedDuration::from_hours(48)).unwrap();
        let mut begins = Vec::new();
        let mut expected = first;
        while begins.len() < days {
            let shown = zone.to_datetime(now).date();
            while expected <= shown {
                begins.push(now.as_microsecond());
                expected = expected.tomorrow().unwrap();
            }
            now = now.checked_add(SignedDuration::from_mins(1)).unwrap();
        }
        Self { zone: zone.clone(), first, begins }
    }

    pub(crate) fn date(&self, index: usize) -> Date {
        self.first.checked_add(SignedDuration::from_hours(24 * index as i64)).unwrap()
    }

    /// The place of a date, also beyond those that were watched.
    pub(crate) fn day(&self, date: Date) -> usize {
        usize::try_from(self.first.duration_until(date).as_hours() / 24).unwrap()
    }

    pub(crate) fn days(&self) -> usize {
        self.begins.len()
    }

    pub(crate) fn begins(&self, index: usize) -> UtcMicros {
        UtcMicros::parse(self.begins[index]).unwrap()
    }

    /// The last date that has begun.
    pub(crate) fn index_of(&self, at: UtcMicros) -> usize {
        let begun = self.begins.iter().take_while(|&&begin| begin <= at.get());
        begun.count() - 1
    }

    /// Which minute of the week the wall shows, from Monday 00:00 on.
    pub(crate) fn minute_of_week(&self, at: UtcMicros) -> usize {
        let shown = self.zone.to_datetime(Timestamp::from_microsecond(at.get()).unwrap());
        let day = shown.date().weekday().to_monday_zero_offset() as usize;
        (day * 24 + shown.hour() as usize) * 60 + shown.minute() as usize
    }
}
