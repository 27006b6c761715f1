//! At which hours of the week a plan is valid.
//!
//! A schedule is a list of windows such as "Monday to Friday, 09:00 until 16:00". It follows the clock on the wall of the
//! branch, as a notice on the door does: when the clock jumps over an hour, that hour is missing, and when it is set back,
//! the hour is valid twice. A window that ends at or before its beginning ends on the next day and belongs to the day on
//! which it begins: "Friday, 22:00 until 02:00" is valid on Saturday at 01:00.

use jiff::civil::Weekday;

use crate::calendar::{Calendar, UtcMicros, WallClock, days_after};

/// The most windows of one schedule.
pub const WINDOWS_MAX: usize = 50;

/// Minutes of a day by the dial.
const DAY_MINUTES: u16 = 24 * 60;

/// How far a next opening is looked for, in days. A window comes every week; it can be missing once, when the clock
/// jumps over it.
const NEXT_OPENING_DAYS: i64 = 15;

/// A window as it is typed in: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSpec {
    /// The days on which it begins.
    pub weekdays: Vec<Weekday>,
    /// Its first minute, in minutes since midnight, from 0 to 1439.
    pub from_minute: u16,
    /// The first minute after it, from 1 to 1440; at or before `from_minute` when it ends on the next day.
    pub until_minute: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    /// From Monday on.
    weekdays: [bool; 7],
    from_minute: u16,
    until_minute: u16,
}

/// The hours of the week at which a plan is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Empty when every hour is.
    windows: Vec<Window>,
}

/// Why a schedule is not accepted. `index` counts the windows from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleRefusal {
    /// There are more than [`WINDOWS_MAX`] windows.
    TooManyWindows,
    /// There is no window, so that the plan would never be valid. All hours are [`Schedule::any_time`].
    NoWindow,
    /// The window has no weekday.
    NoWeekday {
        /// The window.
        index: usize,
    },
    /// The window does not begin from 00:00 to 23:59, or does not end from 00:01 to 24:00.
    NotAMinute {
        /// The window.
        index: usize,
    },
}

impl Schedule {
    /// Every hour.
    pub const fn any_time() -> Self {
        Self { windows: Vec::new() }
    }

    /// Checks the windows. They may overlap: an hour is valid when any window has it.
    pub fn parse(windows: &[WindowSpec]) -> Result<Self, ScheduleRefusal> {
        if windows.len() > WINDOWS_MAX {
            return Err(ScheduleRefusal::TooManyWindows);
        }
        if windows.is_empty() {
            return Err(ScheduleRefusal::NoWindow);
        }
        let checked = windows.iter().enumerate().map(|(index, window)| Window::parse(index, window));
        Ok(Self { windows: checked.collect::<Result<_, _>>()? })
    }

    /// The windows, to be shown and kept; none when every hour is valid. Each names its weekdays from Monday on.
    pub fn windows(&self) -> impl Iterator<Item = WindowSpec> {
        self.windows.iter().map(|window| WindowSpec {
            weekdays: Weekday::Monday.cycle_forward().take(7).filter(|&day| window.begins_on(day)).collect(),
            from_minute: window.from_minute,
            until_minute: window.until_minute,
        })
    }

    /// Whether the plan is valid when the wall shows this.
    pub fn is_open(&self, shown: WallClock) -> bool {
        self.windows.is_empty() || self.windows.iter().any(|window| window.is_open(shown))
    }

    /// The first instant after `after` at which the schedule is open, when it is closed at `after`. Nothing at the end of
    /// time only.
    pub fn next_opening(&self, calendar: &Calendar, after: UtcMicros) -> Option<UtcMicros> {
        // From closed to open it goes when the wall shows the beginning of a window, or when the clock is set into one.
        let today = calendar.wall_clock(after).date;
        // The wall may go back to yesterday.
        let dates = (-1..=NEXT_OPENING_DAYS).filter_map(|days| days_after(today, days));
        let begins = dates.flat_map(|date| {
            let windows = self.windows.iter().filter(move |window| window.begins_on(date.weekday()));
            windows.flat_map(move |window| calendar.instants_showing(date, window.from_minute))
        });
        let mut found: Vec<UtcMicros> = begins.flatten().filter(|&begin| begin > after).collect();
        if let Some(&last) = found.iter().max() {
            found.extend(calendar.clock_changes(after, last));
        }
        found.into_iter().filter(|&instant| self.is_open(calendar.wall_clock(instant))).min()
    }
}

impl Window {
    fn parse(index: usize, spec: &WindowSpec) -> Result<Self, ScheduleRefusal> {
        if spec.weekdays.is_empty() {
            return Err(ScheduleRefusal::NoWeekday { index });
        }
        if spec.from_minute >= DAY_MINUTES || !(1..=DAY_MINUTES).contains(&spec.until_minute) {
            return Err(ScheduleRefusal::NotAMinute { index });
        }
        let mut weekdays = [false; 7];
        for weekday in &spec.weekdays {
            weekdays[place(*weekday)] = true;
        }
        Ok(Self { weekdays, from_minute: spec.from_minute, until_minute: spec.until_minute })
    }

    fn begins_on(&self, weekday: Weekday) -> bool {
        self.weekdays[place(weekday)]
    }

    fn is_open(&self, shown: WallClock) -> bool {
        let minute = shown.minute_of_day;
        let begun_today = self.begins_on(shown.weekday()) && self.from_minute <= minute;
        if self.from_minute < self.until_minute {
            return begun_today && minute < self.until_minute;
        }
        let begun_yesterday = self.begins_on(shown.weekday().previous());
        begun_today || (begun_yesterday && minute < self.until_minute)
    }
}

fn place(weekday: Weekday) -> usize {
    usize::from(weekday.to_monday_zero_offset().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Weekday::*;
    use jiff::civil::{Date, date};
    use jiff::tz::TimeZone;

    const MINUTE_US: i64 = 60_000_000;

    fn window(weekdays: &[Weekday], from_minute: u16, until_minute: u16) -> WindowSpec {
        WindowSpec { weekdays: weekdays.to_vec(), from_minute, until_minute }
    }

    fn schedule(windows: &[WindowSpec]) -> Schedule {
        Schedule::parse(windows).unwrap()
    }

    fn hm(hour: u16, minute: u16) -> u16 {
        hour * 60 + minute
    }

    /// Monday is 2027-02-01.
    fn check(schedule: &Schedule, cases: &[(Weekday, u16, bool)]) {
        for &(weekday, minute_of_day, open) in cases {
            let date = days_after(date(2027, 2, 1), place(weekday) as i64).unwrap();
            let found = schedule.is_open(WallClock { date, minute_of_day });
            assert_eq!(found, open, "{weekday:?} {}:{:02}", minute_of_day / 60, minute_of_day % 60);
        }
    }

    #[test]
    fn windows_are_half_open() {
        let mornings = schedule(&[window(&[Monday, Friday], hm(9, 0), hm(16, 0))]);
        check(
            &mornings,
            &[
                (Monday, hm(8, 59), false),
                (Monday, hm(9, 0), true),
                (Monday, hm(15, 59), true),
                (Monday, hm(16, 0), false),
                (Tuesday, hm(9, 0), false),
                (Friday, hm(9, 0), true),
            ],
        );
        check(&Schedule::any_time(), &[(Sunday, 0, true), (Sunday, hm(23, 59), true)]);
        let sunday = schedule(&[window(&[Sunday], 0, DAY_MINUTES)]);
        check(
            &sunday,
            &[
                (Saturday, hm(23, 59), false),
                (Sunday, 0, true),
                (Sunday, hm(23, 59), true),
                (Monday, 0, false),
            ],
        );
    }

    #[test]
    fn a_window_past_midnight_belongs_to_the_day_on_which_it_begins() {
        let nights = schedule(&[window(&[Friday, Sunday], hm(22, 0), hm(2, 0))]);
        check(
            &nights,
            &[
                (Friday, hm(1, 0), false),
                (Friday, hm(21, 59), false),
                (Friday, hm(22, 0), true),
                (Saturday, 0, true),
                (Saturday, hm(1, 59), true),
                (Saturday, hm(2, 0), false),
                (Saturday, hm(22, 0), false),
                (Sunday, hm(23, 0), true),
                (Monday, hm(1, 0), true),
            ],
        );
        let round_the_clock = schedule(&[window(&[Friday], hm(6, 0), hm(6, 0))]);
        check(
            &round_the_clock,
            &[
                (Friday, hm(5, 59), false),
                (Friday, hm(6, 0), true),
                (Saturday, hm(5, 59), true),
                (Saturday, hm(6, 0), false),
            ],
        );
    }

    #[test]
    fn a_schedule_is_kept_by_its_windows() {
        let typed = [window(&[Sunday, Monday, Sunday], 0, 1), window(&[Friday], hm(22, 0), hm(2, 0))];
        let kept: Vec<WindowSpec> = schedule(&typed).windows().collect();
        assert_eq!(kept, [window(&[Monday, Sunday], 0, 1), typed[1].clone()]);
        assert_eq!(schedule(&kept), schedule(&typed));
        assert_eq!(Schedule::any_time().windows().count(), 0);
    }

    #[test]
    fn a_schedule_that_cannot_be_is_refused() {
        use ScheduleRefusal::*;
        let good = window(&[Monday], 0, 1);
        let cases: [(Vec<WindowSpec>, ScheduleRefusal); 7] = [
            (vec![], NoWindow),
            (vec![good.clone(); WINDOWS_MAX + 1], TooManyWindows),
            (vec![good.clone(), window(&[], 0, 1)], NoWeekday { index: 1 }),
            (vec![window(&[Monday], DAY_MINUTES, 1)], NotAMinute { index: 0 }),
            (vec![window(&[Monday], 5, 0)], NotAMinute { index: 0 }),
            (vec![good, window(&[Monday], 0, DAY_MINUTES + 1)], NotAMinute { index: 1 }),
            (vec![window(&[Monday], u16::MAX, u16::MAX)], NotAMinute { index: 0 }),
        ];
        for (windows, refusal) in cases {
            assert_eq!(Schedule::parse(&windows), Err(refusal), "{windows:?}");
        }
    }

    /// Zone, a date in whose week something happens to the clock, and windows around it.
    fn weeks_of_change() -> Vec<(&'static str, Date, Schedule)> {
        let nightly = |from, until| schedule(&[window(&[Saturday, Sunday], from, until)]);
        vec![
            ("Europe/Berlin", date(2027, 3, 26), nightly(hm(2, 15), hm(2, 45))),
            ("Europe/Berlin", date(2027, 3, 26), nightly(hm(2, 15), hm(5, 0))),
            ("Europe/Berlin", date(2027, 10, 29), nightly(hm(2, 15), hm(2, 45))),
            ("Europe/Berlin", date(2027, 10, 29), nightly(hm(1, 30), hm(2, 30))),
            ("Africa/Cairo", date(2027, 4, 28), schedule(&[window(&[Thursday, Friday], 0, hm(0, 30))])),
            ("Africa/Cairo", date(2027, 4, 28), schedule(&[window(&[Thursday], hm(23, 0), hm(1, 30))])),
            ("America/Havana", date(2027, 11, 5), nightly(hm(23, 30), hm(0, 30))),
            ("America/St_Johns", date(2010, 11, 5), nightly(hm(23, 0), hm(23, 30))),
            ("Pacific/Apia", date(2011, 12, 28), schedule(&[window(&[Friday], hm(8, 0), hm(9, 0))])),
            ("Australia/Lord_Howe", date(2027, 10, 1), nightly(hm(2, 10), hm(2, 40))),
            ("Asia/Kolkata", date(2027, 10, 1), schedule(&[window(&[Monday], hm(6, 0), hm(6, 0))])),
        ]
    }

    /// Minute by minute, as somebody would wait in front of the door.
    #[test]
    fn d11_the_next_opening_is_the_first_minute_that_is_open() {
        for (zone, from, schedule) in weeks_of_change() {
            let calendar = Calendar::of(TimeZone::get(zone).unwrap());
            let start = calendar.first_instant(from).unwrap();
            let minutes: Vec<UtcMicros> =
                (0..16 * 24 * 60).map(|minute| start.plus(minute * MINUTE_US).unwrap()).collect();
            let mut next = None;
            for &now in minutes.iter().rev() {
                if schedule.is_open(calendar.wall_clock(now)) {
                    next = Some(now);
                } else if now < minutes[9 * 24 * 60] && now.get() % (7 * MINUTE_US) == 0 {
                    assert_eq!(schedule.next_opening(&calendar, now), next, "{zone} {now:?} {schedule:?}");
                }
            }
        }
    }
}
