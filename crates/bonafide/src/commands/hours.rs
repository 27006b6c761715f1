//! Hours of the week as a person types and reads them: `mon-fri 09:00-16:00`.

use bonafide_domain::schedule::{Schedule, ScheduleRefusal, WINDOWS_MAX, WindowSpec};
use jiff::civil::Weekday;

use crate::failure::Failure;

/// The help of each flag that takes hours.
pub(crate) const HOURS_HELP: &str = "Hours of the week, as 'mon-fri 09:00-16:00', 'sat,sun 10:00-14:00' or 'daily 22:00-02:00' (past midnight); may be given \
     several times. 'always' is every hour";

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The schedule of one or several such texts.
///
/// # Errors
/// `bad_hours` with the text that is not understood.
pub(crate) fn schedule(texts: &[String]) -> Result<Schedule, Failure> {
    if let [only] = texts
        && only.trim().eq_ignore_ascii_case("always")
    {
        return Ok(Schedule::any_time());
    }
    let bad = |text: &str, why: &str| {
        let words = format!("the hours '{text}' {why}: write them as 'mon-fri 09:00-16:00'");
        Failure::new("bad_hours", words)
    };
    let windows = texts.iter().map(|text| window(text).ok_or_else(|| bad(text, "are not understood")));
    let windows: Vec<WindowSpec> = windows.collect::<Result<_, _>>()?;
    let at = |index: usize| texts.get(index).map_or("", String::as_str);
    Schedule::parse(&windows).map_err(|refusal| match refusal {
        ScheduleRefusal::TooManyWindows => {
            Failure::new("bad_hours", format!("give at most {WINDOWS_MAX} windows of hours"))
        }
        ScheduleRefusal::NoWindow => Failure::new("bad_hours", "give hours, or 'always' for every hour"),
        ScheduleRefusal::NoWeekday { index } => bad(at(index), "name no day"),
        ScheduleRefusal::NotAMinute { index } => {
            bad(at(index), "do not begin from 00:00 to 23:59, or do not end from 00:01 to 24:00")
        }
    })
}

/// The windows as they are typed; one that says `always` when every hour is open.
pub(crate) fn words(schedule: &Schedule) -> Vec<String> {
    let windows: Vec<String> = schedule.windows().map(|window| window_words(&window)).collect();
    if windows.is_empty() { vec!["always".to_owned()] } else { windows }
}

fn window(text: &str) -> Option<WindowSpec> {
    let text = text.trim().to_lowercase();
    let (days, hours) = text.rsplit_once(' ')?;
    let (from, until) = hours.split_once('-')?;
    Some(WindowSpec { weekdays: weekdays(days)?, from_minute: minute(from)?, until_minute: minute(until)? })
}

fn weekdays(text: &str) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for part in text.split(',').map(str::trim) {
        match part.split_once('-') {
            _ if part == "daily" => days.extend(WEEKDAYS.map(|(_, day)| day)),
            Some((first, last)) => {
                let (first, last) = (weekday(first)?, weekday(last)?);
                let length = usize::from(first.until(last).unsigned_abs()) + 1;
                days.extend(first.cycle_forward().take(length));
            }
            None => days.push(weekday(part)?),
        }
    }
    Some(days)
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == text.trim()).map(|&(_, day)| day)
}

/// Minutes since midnight of `09:30`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    Some(number(hour)? * 60 + number(minute).filter(|&minute| minute < 60)?)
}

/// Days that follow each other are told as a range.
fn window_words(window: &WindowSpec) -> String {
    let name = |day: Weekday| WEEKDAYS[usize::from(day.to_monday_zero_offset().unsigned_abs())].0;
    let mut runs: Vec<(Weekday, Weekday)> = Vec::new();
    for &day in &window.weekdays {
        match runs.last_mut() {
            Some((_, last)) if last.next() == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let days = if window.weekdays.len() == WEEKDAYS.len() {
        "daily".to_owned()
    } else {
        let run = |&(first, last): &(Weekday, Weekday)| match first == last {
            true => name(first).to_owned(),
            false => format!("{}-{}", name(first), name(last)),
        };
        runs.iter().map(run).collect::<Vec<_>>().join(",")
    };
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{days} {}-{}", clock(window.from_minute), clock(window.until_minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: &[&str]) -> Result<Vec<String>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        schedule(&texts).map(|schedule| words(&schedule)).map_err(|failure| failure.message)
    }

    #[test]
    fn hours_are_read_and_told_in_the_same_form() {
        let cases: [(&[&str], &[&str]); 8] = [
            (&["always"], &["always"]),
            (&["mon-fri 09:00-16:00"], &["mon-fri 09:00-16:00"]),
            (&["  Mon-Fri 9:00-16:00 "], &["mon-fri 09:00-16:00"]),
            (&["daily 00:00-24:00"], &["daily 00:00-24:00"]),
            (&["fri-mon 22:00-02:00"], &["mon,fri-sun 22:00-02:00"]),
            (&["sat, sun 10:00-14:00"], &["sat-sun 10:00-14:00"]),
            (&["mon,wed,fri 07:30-08:15"], &["mon,wed,fri 07:30-08:15"]),
            (&["mon 09:00-12:00", "tue 13:00-18:00"], &["mon 09:00-12:00", "tue 13:00-18:00"]),
        ];
        for (typed, told) in cases {
            let told: Vec<String> = told.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(said(typed), Ok(told.clone()), "{typed:?}");
            let again: Vec<&str> = told.iter().map(String::as_str).collect();
            assert_eq!(said(&again), Ok(told));
        }
    }

    #[test]
    fn what_are_no_hours_is_refused() {
        for text in [
            "",
            "mon",
            "09:00-16:00",
            "mon 9-16",
            "mon 09:00",
            "mon 09:60-10:00",
            "mon +9:00-10:00",
            "mon 009:00-10:00",
            "mon 24:00-25:00",
            "mon 09:00-00:00",
            "montag 09:00-16:00",
            "mon- 09:00-16:00",
            "always always",
        ] {
            assert!(said(&[text]).is_err(), "{text}");
        }
        assert!(said(&["always", "mon 09:00-16:00"]).is_err());
        let many = vec!["mon 09:00-16:00"; WINDOWS_MAX + 1];
        assert!(said(&many).unwrap_err().contains("at most"));
    }
}
