//! The list of events of an older system, made into checked rows: at which moment and door it let whom in, or did not.
//!
//! Such a list is an export of another program: its columns are found by their names in three languages, its times are those of the
//! wall in the club, and its words for yes and no are many. What is not understood is told with its line and left out.

use std::ops::ControlFlow;

use bonafide_domain::calendar::{Calendar, UtcMicros};
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::cell::{Cell, Row};
use super::limits::ImportLimits;
use super::refusal::TableError;
use super::table::Table;

/// Rows of one list at most: some days of a club.
pub const EVENTS_MAX: u32 = 5_000;

/// Bytes of one list at most.
pub const EVENTS_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Rows at the top among which the one with the names of the columns is.
const HEADER_ROWS_MAX: u32 = 20;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    /// A date, or a date with its time.
    Date,
    /// A time, or a date with its time.
    Time,
    /// The name of a door.
    Door,
    /// Yes or no.
    Result,
    /// The number of a card.
    Card,
    /// The number of a member.
    Member,
}

/// The names of columns, as they stand in small letters.
const NAMES: [(Column, &[&str]); 6] = [
    (Column::Date, &["date", "day", "дата", "日期"]),
    (
        Column::Time,
        &[
            "time",
            "date and time",
            "date/time",
            "datetime",
            "timestamp",
            "when",
            "время",
            "дата и время",
            "дата/время",
            "дата время",
            "时间",
            "日期时间",
        ],
    ),
    (
        Column::Door,
        &[
            "door",
            "access point",
            "point",
            "reader",
            "дверь",
            "точка доступа",
            "точка прохода",
            "считыватель",
            "турникет",
            "门",
            "通行点",
            "门禁点",
        ],
    ),
    (
        Column::Result,
        &[
            "result",
            "outcome",
            "decision",
            "access",
            "event",
            "результат",
            "решение",
            "доступ",
            "событие",
            "结果",
            "事件",
        ],
    ),
    (
        Column::Card,
        &[
            "card",
            "card number",
            "card no",
            "key",
            "uid",
            "bracelet",
            "карта",
            "номер карты",
            "ключ",
            "код ключа",
            "браслет",
            "卡",
            "卡号",
        ],
    ),
    (
        Column::Member,
        &[
            "member",
            "member number",
            "member no",
            "client number",
            "клиент",
            "номер клиента",
            "номер члена клуба",
            "会员",
            "会员编号",
            "会员号",
        ],
    ),
];

/// Words of a refusal and of an admission; the first that a text has decides. Those in the second part stand alone.
const REFUSED: (&[&str], &[&str]) = (
    &[
        "denied",
        "deny",
        "refus",
        "reject",
        "not allowed",
        "запре",
        "отказ",
        "не разреш",
        "отклон",
        "拒",
        "禁",
    ],
    &["no", "n", "0", "false", "-", "нет", "否"],
);

const ADMITTED: (&[&str], &[&str]) = (
    &[
        "grant",
        "allow",
        "admit",
        "accept",
        "pass",
        "entry",
        "entered",
        "разреш",
        "проход",
        "допущ",
        "вход",
        "允许",
        "通过",
        "放行",
    ],
    &["yes", "y", "1", "true", "+", "ok", "да", "是"],
);

/// Words of somebody who leaves: of them both systems let out everybody.
const LEFT: &[&str] = &["exit", "left", "выход", "вышел", "离开", "出"];

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// The door as the list calls it; nothing when the list names none.
    pub door: Option<String>,
    /// Whether somebody was let in.
    pub admitted: bool,
    /// The number of the card.
    pub card: Option<String>,
    /// The number of the member.
    pub member: Option<u32>,
}

/// What is wrong with a row, or why it does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvent {
    /// Its time is not understood.
    Time,
    /// Somebody left.
    Left,
    /// Its result is neither yes nor no.
    Result,
    /// It names nobody.
    Nobody,
}

/// Why a list is not read at all. The checks stand in this order.
#[derive(Debug)]
pub enum NoList {
    /// It is no table.
    Table(TableError),
    /// No row names a column of the times, of the results, and of cards or members.
    NoColumns,
}

/// A row with its line.
pub type Read = (u32, Result<Event, NoEvent>);

/// Reads a list; times without an offset are those of `calendar`.
///
/// # Errors
/// When it is none.
pub fn read(bytes: Vec<u8>, calendar: &Calendar) -> Result<Vec<Read>, NoList> {
    let limits = ImportLimits {
        max_file_bytes: EVENTS_BYTES_MAX as u64,
        max_rows: EVENTS_MAX + HEADER_ROWS_MAX,
        ..ImportLimits::default()
    };
    let mut table = Table::open_bytes(bytes, limits, None).map_err(NoList::Table)?;
    let (mut columns, mut events) = (None, Vec::new());
    let visited = table.visit_rows(|row| match &columns {
        Some(columns) => {
            events.push((row.line, event(&row, columns, calendar)));
            ControlFlow::Continue(())
        }
        None if row.line > HEADER_ROWS_MAX => ControlFlow::Break(()),
        None => {
            columns = Columns::of(&row);
            ControlFlow::Continue(())
        }
    });
    visited.map_err(NoList::Table)?;
    if columns.is_some() { Ok(events) } else { Err(NoList::NoColumns) }
}

/// Where what stands.
struct Columns(Vec<(usize, Column)>);

impl Columns {
    /// The columns that a row names, when it names enough.
    fn of(row: &Row) -> Option<Columns> {
        let mut found: Vec<(usize, Column)> = Vec::new();
        for (at, cell) in row.cells.iter().enumerate() {
            let name = plain(&cell.shown());
            let known = NAMES.iter().find(|(_, names)| names.contains(&name.as_str()));
            if let Some((column, _)) = known
                && !found.iter().any(|(_, other)| other == column)
            {
                found.push((at, *column));
            }
        }
        let has = |column: Column| found.iter().any(|(_, other)| *other == column);
        let enough = (has(Column::Time) || has(Column::Date))
            && has(Column::Result)
            && (has(Column::Card) || has(Column::Member));
        enough.then_some(Columns(found))
    }

    fn text(&self, row: &Row, column: Column) -> Option<String> {
        let (at, _) = self.0.iter().find(|(_, other)| *other == column)?;
        let cell = row.cell(*at);
        if *cell == Cell::Empty { None } else { Some(cell.shown().trim().to_owned()) }
    }
}

/// Small letters, and one way to write what is written in two.
fn plain(text: &str) -> String {
    text.trim().trim_matches(['"', ':', '.']).to_lowercase().replace('ё', "е").replace('_', " ")
}

fn event(row: &Row, columns: &Columns, calendar: &Calendar) -> Result<Event, NoEvent> {
    let (date, time) = (columns.text(row, Column::Date), columns.text(row, Column::Time));
    let shown = [date, time].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let at = moment(&shown, calendar).ok_or(NoEvent::Time)?;
    let result = plain(&columns.text(row, Column::Result).unwrap_or_default());
    let says = |(parts, whole): (&[&str], &[&str])| {
        whole.contains(&result.as_str()) || parts.iter().any(|part| result.contains(part))
    };
    let refused = says(REFUSED);
    if !refused && LEFT.iter().any(|part| result.contains(part)) {
        return Err(NoEvent::Left);
    }
    if !refused && !says(ADMITTED) {
        return Err(NoEvent::Result);
    }
    let card = columns.text(row, Column::Card);
    let member = columns.text(row, Column::Member).and_then(|text| text.parse().ok());
    if card.is_none() && member.is_none() {
        return Err(NoEvent::Nobody);
    }
    Ok(Event { at_us: at.get(), door: columns.text(row, Column::Door), admitted: !refused, card, member })
}

/// A moment as lists write it: with its offset, as `2027-01-31 18:05:09` or `2027/01/31 18:05`, or as `31.01.2027 18:05:09`.
fn moment(text: &str, calendar: &Calendar) -> Option<UtcMicros> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return UtcMicros::parse(at.as_microsecond()).ok();
    }
    let forms = [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%d.%m.%Y %H:%M:%S%.f",
        "%d.%m.%Y %H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
        "%Y.%m.%d %H:%M:%S",
    ];
    let shown = forms.iter().find_map(|form| DateTime::strptime(form, text).ok())?;
    calendar.instant_at(shown)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::of(TimeZone::get("Europe/Moscow").unwrap())
    }

    fn rows(text: &str) -> Vec<Read> {
        read(text.as_bytes().to_vec(), &calendar()).unwrap_or_else(|why| panic!("{why:?}: {text}"))
    }

    #[test]
    fn a_list_is_read_in_each_language_whatever_its_form() {
        let at_us = "2026-11-27T15:05:09Z".parse::<Timestamp>().unwrap().as_microsecond();
        for text in [
            "Time;Door;Card;Result\n27.11.2026 18:05:09;Gate;04A23B1C;granted",
            "Отчёт за день\nДата;Время;Точка доступа;Номер карты;Событие\n27.11.2026;18:05:09;Gate;04A23B1C;Доступ разрешён",
            "时间,通行点,卡号,结果\n2026-11-27 18:05:09,Gate,04A23B1C,允许",
            "timestamp,reader,uid,decision\n2026-11-27T15:05:09Z,Gate,04A23B1C,1",
        ] {
            let door = Some("Gate".to_owned());
            let card = Some("04A23B1C".to_owned());
            let expected = Event { at_us, door, admitted: true, card, member: None };
            let rows = rows(text);
            assert_eq!(rows.len(), 1, "{text}");
            assert_eq!(rows[0].1, Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_a_row_says_is_yes_no_or_told_as_not_understood() {
        let said = |result: &str| {
            let rows = rows(&format!("time;member;result\n2026-11-27 18:05;17;{result}"));
            rows[0].1.clone().map(|event| event.admitted)
        };
        for (result, expected) in [
            ("access granted", Ok(true)),
            ("Проход разрешен", Ok(true)),
            ("да", Ok(true)),
            ("通过", Ok(true)),
            ("Not allowed", Ok(false)),
            ("Доступ запрещён", Ok(false)),
            ("0", Ok(false)),
            ("拒绝", Ok(false)),
            ("Выход", Err(NoEvent::Left)),
            ("door held open", Err(NoEvent::Result)),
            ("", Err(NoEvent::Result)),
        ] {
            assert_eq!(said(result), expected, "{result}");
        }
        let rows = rows("time;member;card;result\nyesterday;1;;yes\n2026-11-27 18:05;;;yes");
        assert_eq!(
            rows.iter().map(|(line, row)| (*line, row.clone().err())).collect::<Vec<_>>(),
            [(2, Some(NoEvent::Time)), (3, Some(NoEvent::Nobody))]
        );
        for text in ["", "a;b\n1;2", "time;door\n2026-11-27 18:05;Gate"] {
            assert!(read(text.as_bytes().to_vec(), &calendar()).is_err(), "{text}");
        }
    }
}
