//! The report: what was put right by hand in a span of days, and what waits. As a page with names, and as a CSV with members' numbers.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::calendar::{Calendar, DateSpan, UtcMicros, days_after};
use bonafide_domain::ledger::Direction;
use bonafide_store::corrections::{Correction, LIST_MAX, State as Became, between, limit, waiting};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes;
use bonafide_store::organisation::branch;
use bonafide_store::staff::Role;
use bonafide_store::{members, staff};
use jiff::civil::Date;
use serde::Deserialize;

use crate::clock;
use crate::pages::Light;
use crate::pages::figures::files::{CSV, attached, csv};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::trouble::Trouble;
use crate::workbook::Cell;

/// The days of a report at most.
const DAYS_MAX: i64 = 366;

/// Which days. What is no date is today.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    from: String,
    /// The last day.
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "pages/corrections.html")]
struct CorrectionsPage {
    page: Page,
    from: String,
    to: String,
    waiting: Vec<Line>,
    lines: Vec<Line>,
    /// There are more than are shown.
    is_cut: bool,
    limits: Vec<Limit>,
    may_set_limits: bool,
    /// The key of why the last step was refused.
    refused: Option<&'static str>,
}

/// How much one person alone may put right in a programme.
struct Limit {
    programme: Id,
    name: String,
    points: String,
    value: u64,
}

/// A correction as it is shown.
struct Line {
    id: Id,
    when: String,
    member: Id,
    name: String,
    number: u32,
    programme: String,
    points: String,
    reason: String,
    asked_by: String,
    light: Light,
    /// The key of what became of it.
    state: &'static str,
    /// Who decided, and when.
    second: Option<String>,
    second_when: Option<String>,
    /// Until when it waits.
    until: Option<String>,
    /// Whoever looks has asked for it himself.
    is_mine: bool,
}

/// Everything that the report has of some days.
struct Found {
    span: DateSpan,
    waiting: Vec<Line>,
    lines: Vec<Line>,
    is_cut: bool,
    limits: Vec<Limit>,
}

/// What became of a correction, as light and word.
const fn state_key(became: Became, is_lapsed: bool) -> (Light, &'static str) {
    match (became, is_lapsed) {
        (_, true) => (Light::Bad, "correction-lapsed"),
        (Became::Alone, _) => (Light::Good, "correction-alone"),
        (Became::Waiting, _) => (Light::Ask, "correction-waiting"),
        (Became::Confirmed, _) => (Light::Good, "correction-confirmed"),
        (Became::Declined, _) => (Light::Bad, "correction-declined"),
    }
}

/// Makes lines of corrections, each name looked up once.
struct Naming<'a> {
    app: &'a App,
    page: &'a Page,
    calendar: &'a Calendar,
    now_us: i64,
    looks: Option<Id>,
    employees: HashMap<Id, String>,
    programmes: HashMap<Id, String>,
    members: HashMap<Id, (String, u32)>,
}

impl Naming<'_> {
    fn line(&mut self, tx: &mut Tx<'_>, of: &Correction) -> Result<Line, Fault> {
        let (name, number) = self.member(tx, of.member)?;
        let employee = |id: Id| self.employees.get(&id).cloned().unwrap_or_else(|| id.to_string());
        let (light, state) = state_key(of.state, of.is_lapsed(self.now_us));
        let points = self.page.whole(i64::try_from(of.points.get()).unwrap_or(i64::MAX));
        let points = match of.direction {
            Direction::Up => format!("+{points}"),
            Direction::Down => format!("\u{2212}{points}"),
        };
        let moment = |at_us| self.page.moment(at_us, self.calendar);
        Ok(Line {
            id: of.id,
            when: moment(of.asked_us),
            member: of.member,
            name,
            number,
            programme: self
                .programmes
                .get(&of.programme)
                .cloned()
                .unwrap_or_else(|| of.programme.to_string()),
            points,
            asked_by: employee(of.asked_by),
            light,
            state,
            second: of.decided.map(|(by, _)| employee(by)),
            second_when: of.decided.map(|(_, at_us)| moment(at_us)),
            until: of.until_us.filter(|_| of.state == Became::Waiting).map(moment),
            is_mine: Some(of.asked_by) == self.looks,
            reason: of.reason.as_str().to_owned(),
        })
    }

    fn member(&mut self, tx: &mut Tx<'_>, id: Id) -> Result<(String, u32), Fault> {
        if let Some(known) = self.members.get(&id) {
            return Ok(known.clone());
        }
        let found = members::get(tx, self.app.store.vault(), id)?;
        let named = found.map_or_else(Default::default, |member| (member.profile.name.full(), member.number));
        self.members.insert(id, named.clone());
        Ok(named)
    }
}

/// The calendar of whoever looks: that of his branch, or of the first one.
fn calendar_of(tx: &mut Tx<'_>, own: Option<Id>) -> Result<Calendar, Fault> {
    let all = branch::list(tx, true)?;
    let found = all.iter().find(|kept| Some(kept.id) == own).or_else(|| all.first());
    let utc = || Calendar::of(jiff::tz::TimeZone::UTC);
    Ok(found.map_or_else(utc, |kept| kept.content.time_zone.calendar()))
}

/// The days that were asked for, or today.
fn span(asked: &Asked, today: Date) -> Option<DateSpan> {
    let through = |from: Date, to: Date| DateSpan::parse(from, days_after(to, 1)?).ok();
    let (from, to): (Option<Date>, Option<Date>) = (asked.from.parse().ok(), asked.to.parse().ok());
    let asked = from.zip(to).and_then(|(from, to)| through(from, to)).filter(|span| span.days() <= DAYS_MAX);
    asked.or_else(|| through(today, today))
}

fn found(tx: &mut Tx<'_>, app: &App, page: &Page, caller: &Caller, asked: &Asked) -> Result<Found, Fault> {
    let now_us = clock::now_us();
    let signed = caller.signed();
    let calendar = calendar_of(tx, signed.and_then(|signed| signed.employee.content.branch))?;
    let now = UtcMicros::parse(now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    let span = span(asked, calendar.date_of(now)).ok_or_else(|| Fault::broken("the calendar has ended"))?;
    let first = |date| calendar.first_instant(date).map_or(i64::MAX, UtcMicros::get);
    let vault = app.store.vault();
    let all = between(tx, vault, first(span.from()), first(span.until()))?;
    let open = waiting(tx, vault, now_us)?;
    let employees = staff::list(tx, true)?;
    let programmes = programmes::list(tx)?;
    let mut limits = Vec::new();
    for (programme, of) in &programmes {
        let value = limit(tx, *programme)?;
        let points = page.whole(i64::try_from(value).unwrap_or(i64::MAX));
        limits.push(Limit { programme: *programme, name: of.name.as_str().to_owned(), points, value });
    }
    let mut naming = Naming {
        app,
        page,
        calendar: &calendar,
        now_us,
        looks: signed.map(|signed| signed.employee.id),
        employees: employees
            .into_iter()
            .map(|kept| (kept.id, kept.content.name.as_str().to_owned()))
            .collect(),
        programmes: programmes.into_iter().map(|(id, of)| (id, of.name.as_str().to_owned())).collect(),
        members: HashMap::new(),
    };
    let is_cut = all.len() >= LIST_MAX as usize;
    let lines = all.iter().map(|one| naming.line(tx, one)).collect::<Result<_, Fault>>()?;
    let waiting = open.iter().map(|one| naming.line(tx, one)).collect::<Result<_, Fault>>()?;
    Ok(Found { span, waiting, lines, is_cut, limits })
}

/// The page of some days, after a step was refused or not.
pub(super) async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    asked: Asked,
    status: StatusCode,
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let (frame, caller) = (page.clone(), caller.clone());
    let found = app.read(move |tx, app| found(tx, app, &frame, &caller, &asked)).await?;
    let last = days_after(found.span.until(), -1).unwrap_or(found.span.until());
    let shown = CorrectionsPage {
        page: page.clone(),
        from: found.span.from().to_string(),
        to: last.to_string(),
        waiting: found.waiting,
        lines: found.lines,
        is_cut: found.is_cut,
        limits: found.limits,
        may_set_limits: page.is(&[Role::Owner]),
        refused,
    };
    Ok(page.show_as(status, &shown))
}

pub(super) async fn as_csv(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let frame = page.clone();
    let found = app.read(move |tx, app| found(tx, app, &frame, &caller, &asked)).await?;
    let file = csv(&rows(&page, &found.lines));
    Ok(attached(&format!("corrections-{}.csv", found.span.from()), CSV, file.into_bytes())?)
}

/// The columns of the file. Members stand in it by their numbers: names leave the house by `export` alone, which counts them.
const COLUMNS: [&str; 9] = [
    "correction-when",
    "correction-member-number",
    "figures-programme",
    "correction-points",
    "correction-reason",
    "correction-asked-by",
    "correction-state",
    "correction-second",
    "correction-second-when",
];

fn rows(page: &Page, lines: &[Line]) -> Vec<Vec<Cell>> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let head = COLUMNS.iter().map(|key| Cell::Text(page.say(key))).collect();
    let row = |line: &Line| {
        vec![
            text(&line.when),
            Cell::Number(line.number.to_string()),
            text(&line.programme),
            text(&line.points),
            text(&line.reason),
            text(&line.asked_by),
            Cell::Text(page.say(line.state)),
            text(line.second.as_deref().unwrap_or_default()),
            text(line.second_when.as_deref().unwrap_or_default()),
        ]
    };
    std::iter::once(head).chain(lines.iter().map(row)).collect()
}
