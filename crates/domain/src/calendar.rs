//! Instants, civil dates, and where a date begins in a branch's own time zone.
//!
//! Club rules speak of dates, doors live in instants. A [`Calendar`] is the bridge: the time zone of one branch. A date
//! begins with the **first instant at which the clock on the wall shows that date or a later one**. That settles every
//! oddity without a further rule:
//!
//! - Midnight does not exist (the clock jumps from 24:00 to 01:00): the date begins with the jump, never a day early.
//! - Midnight happens twice: the date begins with the first of them.
//! - The clock is set back over midnight and shows the day before once more: the new date has begun and stays.
//! - The date does not exist (Samoa had no 30 December 2011): it begins together with the next one, and nothing is in it.
//!
//! So dates follow each other without gap and without return, and "from the 1st until the 8th" is one half-open stretch
//! of time in every zone. What depends on the hour ([`crate::schedule`]) follows the clock on the wall instead.
//!
//! Zones come in as values: their rules are data that the program supplies and renews.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The last date that a rule may reach. It begins at a valid [`UtcMicros`] in every zone.
pub const LAST_DATE: Date = Date::constant(2199, 12, 30);

/// An instant, in microseconds since 1970-01-01T00:00:00Z, of the years from 2000 to 2199: a clock that says otherwise is
/// not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UtcMicros(i64);

/// The number is no instant of the years from 2000 to 2199.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutsideOfTime;

impl UtcMicros {
    /// 2000-01-01T00:00:00Z.
    pub const MIN: Self = Self(946_684_800_000_000);

    /// The last microsecond of 2199.
    pub const MAX: Self = Self(7_258_118_399_999_999);

    /// Checks that the number lies within [`UtcMicros::MIN`] and [`UtcMicros::MAX`].
    pub const fn parse(micros: i64) -> Result<Self, OutsideOfTime> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 { Err(OutsideOfTime) } else { Ok(Self(micros)) }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// So many microseconds later, or earlier when negative; nothing when that is outside of the range.
    pub const fn plus(self, micros: i64) -> Option<Self> {
        match self.0.checked_add(micros) {
            Some(sum) => match Self::parse(sum) {
                Ok(instant) => Some(instant),
                Err(OutsideOfTime) => None,
            },
            None => None,
        }
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).expect("years 2000 to 2199 are within jiff's range")
    }

    /// A zone's clocks change at whole seconds, so that nothing is lost here.
    fn of(timestamp: Timestamp) -> Option<Self> {
        Self::parse(timestamp.as_microsecond()).ok()
    }
}

/// What the clock on the wall shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// The date of today's newspaper. For counting days, [`Calendar::date_of`] is the one to ask.
    pub date: Date,
    /// Whole minutes since midnight as the dial says, from 0 to 1439.
    pub minute_of_day: u16,
}

impl WallClock {
    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        self.date.weekday()
    }
}

/// The calendar of a branch: its time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    /// The calendar that is kept in this zone.
    pub const fn of(zone: TimeZone) -> Self {
        Self { zone }
    }

    /// When this date begins, as the top of the file says. Nothing when that is no valid [`UtcMicros`]; up to
    /// [`LAST_DATE`], from 2000-01-03 on, it always is.
    pub fn first_instant(&self, date: Date) -> Option<UtcMicros> {
        UtcMicros::of(self.begins(date)?)
    }

    /// The date to which an instant belongs: the last one that has begun. It never goes back as time goes on.
    pub fn date_of(&self, at: UtcMicros) -> Date {
        let now = at.timestamp();
        let mut date = self.zone.to_datetime(now).date();
        // After a clock was set back over midnight the wall shows a date that is already over.
        while let Some(next) = days_after(date, 1).filter(|&next| self.begins(next).is_some_and(|b| b <= now))
        {
            date = next;
        }
        date
    }

    /// The instant at which the wall shows this: the first one, where the clock is set back and shows it twice; and where it is set
    /// forward and never shows it, as much later as it is set forward. Nothing when that is no valid [`UtcMicros`].
    pub fn instant_at(&self, shown: DateTime) -> Option<UtcMicros> {
        UtcMicros::of(self.zone.to_ambiguous_timestamp(shown).compatible().ok()?)
    }

    /// What the wall shows at an instant.
    pub fn wall_clock(&self, at: UtcMicros) -> WallClock {
        let shown = self.zone.to_datetime(at.timestamp());
        let minute_of_day =
            u16::from(shown.hour().unsigned_abs()) * 60 + u16::from(shown.minute().unsigned_abs());
        WallClock { date: shown.date(), minute_of_day }
    }

    /// When the wall shows this minute of this date for the first and, where the clock is set back, for the second
    /// time. In a jump of the clock it shows it never. `minute_of_day` is below 1440.
    pub(crate) fn instants_showing(&self, date: Date, minute_of_day: u16) -> [Option<UtcMicros>; 2] {
        let since_midnight = SignedDuration::from_mins(i64::from(minute_of_day));
        let Ok(shown) = date.to_datetime(Time::midnight()).checked_add(since_midnight) else {
            return [None; 2];
        };
        let found = self.zone.to_ambiguous_timestamp(shown);
        let instant = |timestamp: Result<Timestamp, _>| timestamp.ok().and_then(UtcMicros::of);
        match found.offset() {
            AmbiguousOffset::Gap { .. } => [None; 2],
            AmbiguousOffset::Unambiguous { .. } => [instant(found.earlier()), None],
            AmbiguousOffset::Fold { .. } => [instant(found.earlier()), instant(found.later())],
        }
    }

    /// The instants after `after`, and not after `last`, at which the clock is set.
    pub(crate) fn clock_changes(&self, after: UtcMicros, last: UtcMicros) -> impl Iterator<Item = UtcMicros> {
        let changes = self.zone.following(after.timestamp()).map(|change| UtcMicros::of(change.timestamp()));
        changes.map_while(move |change| change.filter(|&change| change <= last))
    }

    fn begins(&self, date: Date) -> Option<Timestamp> {
        let midnight = self.zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
        if !matches!(midnight.offset(), AmbiguousOffset::Gap { .. }) {
            return midnight.earlier().ok();
        }
        // The clock jumps over midnight. `later` reads midnight as if the clock had not jumped yet, which is at the jump
        // or after it; the jump itself is the last change up to there after which the date is reached.
        let microsecond = SignedDuration::from_micros(1);
        let not_before_the_jump = midnight.later().ok()?.checked_add(microsecond).ok()?;
        self.zone.preceding(not_before_the_jump).map(|change| change.timestamp()).find(|&change| {
            let before = change.checked_sub(microsecond);
            before.is_ok_and(|before| self.zone.to_datetime(before).date() < date)
        })
    }
}

/// Dates from `from` on and before `until`, in whichever calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateSpan {
    from: Date,
    until: Date,
}

/// The end is not after the beginning, or after [`LAST_DATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSpan;

impl DateSpan {
    /// Checks that there is at least one date, and that the end is not beyond [`LAST_DATE`].
    pub fn parse(from: Date, until: Date) -> Result<Self, NoSpan> {
        if from < until && until <= LAST_DATE { Ok(Self { from, until }) } else { Err(NoSpan) }
    }

    /// The first date.
    pub const fn from(self) -> Date {
        self.from
    }

    /// The first date that is no longer in it.
    pub const fn until(self) -> Date {
        self.until
    }

    /// How many dates, at least one.
    pub fn days(self) -> i64 {
        days_between(self.from, self.until)
    }

    /// Whether the date is in it.
    pub fn contains(self, date: Date) -> bool {
        self.from <= date && date < self.until
    }

    /// How many dates two spans share.
    pub fn shared_days(self, other: Self) -> i64 {
        days_between(self.from.max(other.from), self.until.min(other.until)).max(0)
    }
}

/// How many dates lie from the one on and before the other; negative when the other is earlier.
pub fn days_between(from: Date, until: Date) -> i64 {
    from.duration_until(until).as_hours() / 24
}

/// The date so many days later, or earlier when negative; nothing beyond [`LAST_DATE`].
pub fn days_after(date: Date, days: i64) -> Option<Date> {
    let hours = days.checked_mul(24)?;
    date.checked_add(SignedDuration::from_hours(hours)).ok().filter(|&date| date <= LAST_DATE)
}

/// The same day so many months later; nothing beyond [`LAST_DATE`]. A month from the 31st of January would end on the
/// 31st of February: a date that does not exist, like a midnight that does not, gives way to the first one after it, the
/// 1st of March. So the last day within is the 28th or 29th of February and nobody loses a day.
pub fn months_after(date: Date, months: u16) -> Option<Date> {
    let months = i32::from(date.year()) * 12 + i32::from(date.month()) - 1 + i32::from(months);
    let (year, month) =
        (i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12)).ok()? + 1);
    let first = Date::new(year, month, 1).ok()?;
    let found = match Date::new(year, month, date.day()) {
        Ok(same_day) => same_day,
        Err(_) => first.last_of_month().tomorrow().ok()?,
    };
    (found <= LAST_DATE).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const MINUTE_US: i64 = 60_000_000;

    fn calendar(zone: &str) -> Calendar {
        Calendar::of(TimeZone::get(zone).unwrap())
    }

    fn utc(text: &str) -> UtcMicros {
        UtcMicros::of(text.parse().unwrap()).unwrap()
    }

    /// The date begins at the instant, and a microsecond earlier it is still the date before.
    fn check(cases: &[(&str, Date, &str, Date)]) {
        for &(zone, date, begins, before) in cases {
            let (calendar, begins) = (calendar(zone), utc(begins));
            assert_eq!(calendar.first_instant(date), Some(begins), "{zone} {date}");
            assert_eq!(calendar.date_of(begins), date, "{zone} {date}");
            assert_eq!(calendar.date_of(begins.plus(-1).unwrap()), before, "{zone} {date}");
        }
    }

    #[test]
    fn a_time_on_the_wall_is_an_instant_also_where_it_is_shown_twice_or_never() {
        for (zone, shown, expected) in [
            ("Europe/Berlin", "2027-03-01T18:05:09", "2027-03-01T17:05:09Z"),
            ("Europe/Berlin", "2027-10-31T02:30:00", "2027-10-31T00:30:00Z"),
            ("Europe/Berlin", "2027-03-28T02:30:00", "2027-03-28T01:30:00Z"),
        ] {
            assert_eq!(calendar(zone).instant_at(shown.parse().unwrap()), Some(utc(expected)), "{shown}");
        }
        assert_eq!(calendar("Europe/Berlin").instant_at(DateTime::MIN), None);
    }

    #[test]
    fn t17_a_midnight_that_does_not_exist_gives_way_to_the_first_instant_of_the_date() {
        check(&[
            ("Africa/Cairo", date(2027, 4, 30), "2027-04-29T22:00Z", date(2027, 4, 29)),
            ("Asia/Beirut", date(2027, 3, 28), "2027-03-27T22:00Z", date(2027, 3, 27)),
            ("America/Santiago", date(2027, 9, 5), "2027-09-05T04:00Z", date(2027, 9, 4)),
            ("Asia/Tehran", date(2010, 3, 22), "2010-03-21T20:30Z", date(2010, 3, 21)),
        ]);
        for (zone, date) in [("Africa/Cairo", date(2027, 4, 30)), ("America/Santiago", date(2027, 9, 5))] {
            let calendar = calendar(zone);
            let shown = calendar.wall_clock(calendar.first_instant(date).unwrap());
            assert_eq!(shown, WallClock { date, minute_of_day: 60 }, "{zone}: the day begins at 01:00");
        }
    }

    #[test]
    fn t18_of_two_midnights_the_first_counts() {
        check(&[
            ("America/Havana", date(2027, 11, 7), "2027-11-07T04:00Z", date(2027, 11, 6)),
            ("Atlantic/Azores", date(2027, 10, 31), "2027-10-31T00:00Z", date(2027, 10, 30)),
        ]);
        let (calendar, date) = (calendar("America/Havana"), date(2027, 11, 7));
        let again = calendar.first_instant(date).unwrap().plus(60 * MINUTE_US).unwrap();
        assert_eq!(calendar.wall_clock(again), WallClock { date, minute_of_day: 0 });
        assert_eq!(calendar.date_of(again.plus(-1).unwrap()), date, "between the two");
    }

    #[test]
    fn a_clock_set_back_over_midnight_does_not_bring_the_old_date_back() {
        // At 00:01 on the 7th, Newfoundland went back to 23:01 on the 6th.
        let (zone, new) = ("America/St_Johns", date(2010, 11, 7));
        check(&[(zone, new, "2010-11-07T02:30Z", date(2010, 11, 6))]);
        let set_back = utc("2010-11-07T02:31Z");
        let shown = WallClock { date: date(2010, 11, 6), minute_of_day: 23 * 60 + 1 };
        assert_eq!(calendar(zone).wall_clock(set_back), shown);
        assert_eq!(calendar(zone).date_of(set_back), new);
        // In the autumn Beirut goes back from 24:00 to 23:00: here the new date had not begun.
        check(&[("Asia/Beirut", date(2027, 10, 31), "2027-10-30T22:00Z", date(2027, 10, 30))]);
    }

    #[test]
    fn a_date_that_was_skipped_is_empty() {
        let samoa = calendar("Pacific/Apia");
        let next = samoa.first_instant(date(2011, 12, 31));
        assert_eq!(next, Some(utc("2011-12-30T10:00Z")));
        assert_eq!(samoa.first_instant(date(2011, 12, 30)), next);
        check(&[("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00Z", date(2011, 12, 29))]);
    }

    #[test]
    fn g13_a_clock_that_is_not_set_is_no_instant() {
        for (micros, valid) in [
            (UtcMicros::MIN.get(), true),
            (UtcMicros::MIN.get() - 1, false),
            (UtcMicros::MAX.get(), true),
            (UtcMicros::MAX.get() + 1, false),
            (0, false),
            (i64::MIN, false),
            (i64::MAX, false),
        ] {
            assert_eq!(UtcMicros::parse(micros).is_ok(), valid, "{micros}");
        }
        assert_eq!(UtcMicros::MAX.plus(1), None);
        assert_eq!(UtcMicros::MIN.plus(-1), None);
        assert_eq!(UtcMicros::MAX.plus(i64::MAX), None);
        assert_eq!(utc("2000-01-01T00:00Z"), UtcMicros::MIN);
        for hours in [-25, 25] {
            let far = Calendar::of(TimeZone::fixed(jiff::tz::offset(hours)));
            assert!(far.first_instant(LAST_DATE).is_some() && far.first_instant(date(2000, 1, 3)).is_some());
            assert_eq!(far.first_instant(Date::MIN), None);
            assert_eq!(far.first_instant(Date::MAX), None);
            for end in [UtcMicros::MIN, UtcMicros::MAX] {
                assert!(days_between(far.date_of(end), far.wall_clock(end).date) == 0, "{hours}");
            }
        }
    }

    #[test]
    fn months_end_on_the_first_date_that_exists() {
        let cases = [
            (date(2027, 1, 15), 1, Some(date(2027, 2, 15))),
            (date(2027, 1, 31), 1, Some(date(2027, 3, 1))),
            (date(2028, 1, 31), 1, Some(date(2028, 3, 1))),
            (date(2028, 1, 29), 1, Some(date(2028, 2, 29))),
            (date(2028, 2, 29), 12, Some(date(2029, 3, 1))),
            (date(2028, 2, 29), 48, Some(date(2032, 2, 29))),
            (date(2027, 12, 31), 1, Some(date(2028, 1, 31))),
            (date(2027, 3, 31), 1, Some(date(2027, 5, 1))),
            (date(2027, 11, 30), 3, Some(date(2028, 3, 1))),
            (date(2199, 11, 30), 1, Some(LAST_DATE)),
            (date(2199, 12, 1), 1, None),
            (LAST_DATE, u16::MAX, None),
        ];
        for (from, months, expected) in cases {
            assert_eq!(months_after(from, months), expected, "{months} months after {from}");
        }
    }

    #[test]
    fn a_span_is_half_open_and_never_empty() {
        let day = |day| date(2027, 2, day);
        let span = |from, until| DateSpan::parse(day(from), day(until)).unwrap();
        assert_eq!(DateSpan::parse(day(3), day(3)), Err(NoSpan));
        assert_eq!(DateSpan::parse(day(3), day(2)), Err(NoSpan));
        assert_eq!(DateSpan::parse(day(3), LAST_DATE.tomorrow().unwrap()), Err(NoSpan));
        let found = [2, 3, 4, 5, 6].map(|at| span(3, 5).contains(day(at)));
        assert_eq!((span(3, 5).days(), found), (2, [false, true, true, false, false]));
        for (other, shared) in [((1, 3), 0), ((1, 4), 1), ((4, 9), 1), ((5, 9), 0), ((1, 9), 2), ((3, 5), 2)]
        {
            assert_eq!(span(3, 5).shared_days(span(other.0, other.1)), shared, "{other:?}");
        }
        assert_eq!(days_after(LAST_DATE, 1), None);
        assert_eq!(days_after(day(1), i64::MAX), None);
        assert_eq!(days_after(day(1), -1), Some(date(2027, 1, 31)));
    }

    /// The definition itself, minute by minute around every change of the clock from 2000 to 2040: the date is the
    /// latest that the wall has shown so far.
    #[test]
    fn dates_follow_the_latest_that_the_wall_has_shown() {
        let zones = [
            "Africa/Cairo",
            "Africa/Casablanca",
            "America/Asuncion",
            "America/Havana",
            "America/Santiago",
            "America/Sao_Paulo",
            "America/Scoresbysund",
            "America/St_Johns",
            "Asia/Amman",
            "Asia/Beirut",
            "Asia/Gaza",
            "Asia/Pyongyang",
            "Asia/Tehran",
            "Atlantic/Azores",
            "Australia/Lord_Howe",
            "Europe/Moscow",
            "Pacific/Apia",
        ];
        let (first, last) = (utc("2000-01-10T00:00Z"), utc("2040-01-01T00:00Z"));
        for zone in zones {
            let calendar = calendar(zone);
            for change in calendar.clock_changes(first, last) {
                let mut latest = calendar.wall_clock(change.plus(-30 * 60 * MINUTE_US).unwrap()).date;
                for minute in -30 * 60..30 * 60 {
                    let now = change.plus(minute * MINUTE_US).unwrap();
                    let shown = calendar.wall_clock(now).date;
                    if shown > latest {
                        latest = shown;
                        assert_eq!(calendar.first_instant(shown), Some(now), "{zone} {shown}");
                    }
                    assert_eq!(calendar.date_of(now), latest, "{zone} {now:?}");
                }
            }
        }
    }
}
