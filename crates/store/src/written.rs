//! How values of the rules are written into columns of JSON: hours, money, dates, ids.
//!
//! The forms are kept for ever: tests pin them. What was written had been checked, so that whatever does not read back is
//! damage and no refusal.

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::schedule::{Schedule, WindowSpec};
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::id::Id;

/// The text of a record.
pub(crate) fn to_text(record: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(record).map_err(|_| Fault::broken("a record is no JSON"))
}

/// The record of a text; `what` names it in the fault.
pub(crate) fn from_text<'a, T: Deserialize<'a>>(text: &'a str, what: &'static str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| damaged(what))
}

/// That something kept has another form.
pub(crate) fn damaged(what: &'static str) -> Fault {
    Fault::damaged(format!("{what} has another form"))
}

/// A window of a schedule.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowRecord {
    /// 1 is Monday.
    weekdays: Vec<i8>,
    from_minute: u16,
    until_minute: u16,
}

/// The windows; none when every hour is open.
pub(crate) fn hours_record(schedule: &Schedule) -> Vec<WindowRecord> {
    let record = |window: WindowSpec| WindowRecord {
        weekdays: window.weekdays.iter().map(|day| day.to_monday_one_offset()).collect(),
        from_minute: window.from_minute,
        until_minute: window.until_minute,
    };
    schedule.windows().map(record).collect()
}

/// The schedule of such windows.
pub(crate) fn hours_of(records: &[WindowRecord]) -> Option<Schedule> {
    if records.is_empty() {
        return Some(Schedule::any_time());
    }
    let window = |record: &WindowRecord| {
        let weekdays = record.weekdays.iter().map(|&day| Weekday::from_monday_one_offset(day).ok());
        Some(WindowSpec {
            weekdays: weekdays.collect::<Option<_>>()?,
            from_minute: record.from_minute,
            until_minute: record.until_minute,
        })
    };
    Schedule::parse(&records.iter().map(window).collect::<Option<Vec<_>>>()?).ok()
}

/// An amount.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoneyRecord {
    minor: i64,
    currency: String,
}

impl MoneyRecord {
    pub(crate) fn of(money: Money) -> MoneyRecord {
        MoneyRecord { minor: money.minor(), currency: money.currency().code().to_owned() }
    }

    pub(crate) fn money(&self) -> Option<Money> {
        money_of(self.minor, &self.currency)
    }
}

/// The amount of two columns.
pub(crate) fn money_of(minor: i64, currency: &str) -> Option<Money> {
    Money::parse(minor, Currency::parse(currency).ok()?).ok()
}

/// A date as people write it: `2027-01-31`.
pub(crate) fn date_text(date: Date) -> String {
    date.to_string()
}

/// The date of such a text.
pub(crate) fn date_of_text(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// The dates of two such texts.
pub(crate) fn span_of(from: &str, until: &str) -> Option<DateSpan> {
    DateSpan::parse(date_of_text(from)?, date_of_text(until)?).ok()
}

/// An id of the rules as text.
pub(crate) fn id_text(id: [u8; 16]) -> String {
    Id::from_bytes(id).to_string()
}

/// The bytes of such a text.
pub(crate) fn id_of(text: &str) -> Option<[u8; 16]> {
    Id::parse(text).map(|id| *id.bytes())
}
