//! Hours of the week as a person types and reads them: `mon-fri 09:00-16:00`.

use bonafide_domain::profile::Language;
use bonafide_domain::schedule::{Schedule, ScheduleRefusal, WINDOWS_MAX, WindowSpec};
use jiff::civil::Weekday;

use crate::failure::Failure;

/// The help of each flag that takes hours.
pub(crate) const HOURS_HELP: &str = "Hours of the week, as 'mon-fri 09:00-16:00', 'sat,sun 10:00-14:00' or 'daily 22:00-02:00' (past midnight); may be given \
     several times. 'always' is every hour";

/// The days from Monday on, every day, and every hour, as they are typed in a language. All of them are read everywhere.
struct Typed {
    language: Language,
    days: [&'static str; 7],
    daily: &'static str,
    always: &'static str,
}

const ENGLISH: Typed = Typed {
    language: Language::English,
    days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    daily: "daily",
    always: "always",
};

const TYPED: [Typed; 3] = [
    ENGLISH,
    Typed {
        language: Language::Russian,
        days: ["пн", "вт", "ср", "чт", "пт", "сб", "вс"],
        daily: "ежедневно",
        always: "круглосуточно",
    },
    Typed {
        language: Language::Chinese,
        days: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
        daily: "每天",
        always: "全天",
    },
];

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The same text with the plain signs: other keyboards have other dashes, commas and colons.
fn plain(text: &str) -> String {
    let sign = |c: char| match c {
        '–' | '—' | '−' | '至' => '-',
        '，' | '、' => ',',
        '：' => ':',
        other => other,
    };
    text.trim().to_lowercase().chars().map(sign).collect()
}

/// The schedule of one or several such texts.
///
/// # Errors
/// `bad_hours` with the text that is not understood.
pub(crate) fn schedule(texts: &[String]) -> Result<Schedule, Failure> {
    if let [only] = texts
        && TYPED.iter().any(|typed| typed.always == plain(only))
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
    told(schedule, &ENGLISH)
}

/// The same as somebody types it who reads this language.
pub(crate) fn words_in(schedule: &Schedule, language: Language) -> Vec<String> {
    told(schedule, TYPED.iter().find(|typed| typed.language == language).unwrap_or(&ENGLISH))
}

fn told(schedule: &Schedule, typed: &Typed) -> Vec<String> {
    let windows: Vec<String> = schedule.windows().map(|window| window_words(&window, typed)).collect();
    if windows.is_empty() { vec![typed.always.to_owned()] } else { windows }
}

fn window(text: &str) -> Option<WindowSpec> {
    let text = plain(text);
    let (days, hours) = text.rsplit_once(' ')?;
    let (from, until) = hours.split_once('-')?;
    Some(WindowSpec { weekdays: weekdays(days)?, from_minute: minute(from)?, until_minute: minute(until)? })
}

fn weekdays(text: &str) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for part in text.split(',').map(str::trim) {
        match part.split_once('-') {
            _ if TYPED.iter().any(|typed| typed.daily == part) => days.extend(WEEKDAYS),
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
    let at = TYPED.iter().find_map(|typed| typed.days.iter().position(|name| *name == text.trim()))?;
    WEEKDAYS.get(at).copied()
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
fn window_words(window: &WindowSpec, typed: &Typed) -> String {
    let name = |day: Weekday| typed.days[usize::from(day.to_monday_zero_offset().unsigned_abs())];
    let mut runs: Vec<(Weekday, Weekday)> = Vec::new();
    for &day in &window.weekdays {
        match runs.last_mut() {
            Some((_, last)) if last.next() == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let days = if window.weekdays.len() == WEEKDAYS.len() {
        typed.daily.to_owned()
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
    fn hours_are_typed_in_each_language_and_with_the_signs_of_its_keyboard() {
        for (language, typed, told, english) in [
            (Language::Russian, "Пн–Пт 7:00–23:00", "пн-пт 07:00-23:00", "mon-fri 07:00-23:00"),
            (Language::Russian, "сб, вс 10:00-14:00", "сб-вс 10:00-14:00", "sat-sun 10:00-14:00"),
            (Language::Russian, "ежедневно 06:00-24:00", "ежедневно 06:00-24:00", "daily 06:00-24:00"),
            (Language::Russian, "Круглосуточно", "круглосуточно", "always"),
            (Language::Chinese, "周一至周五 07：00-23：00", "周一-周五 07:00-23:00", "mon-fri 07:00-23:00"),
            (Language::Chinese, "周六、周日 10:00-14:00", "周六-周日 10:00-14:00", "sat-sun 10:00-14:00"),
            (Language::Chinese, "每天 06:00-22:00", "每天 06:00-22:00", "daily 06:00-22:00"),
            (Language::Chinese, "全天", "全天", "always"),
            (Language::English, "пн 07:00-08:00", "mon 07:00-08:00", "mon 07:00-08:00"),
        ] {
            let read = schedule(&[typed.to_owned()]).unwrap_or_else(|_| panic!("{typed}"));
            assert_eq!(words_in(&read, language), [told], "{typed}");
            assert_eq!(words(&read), [english], "{typed}");
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
