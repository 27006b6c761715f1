//! The terms of a programme, for everybody: made from the rules that are in force, so that they never say anything else than what the
//! till does.

pub(crate) mod words;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::calendar::Calendar;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes;
use bonafide_store::organisation::branch;
use jiff::tz::TimeZone;

use crate::pages::programme_terms::words::{Chapter, chapters};
use crate::server::app::Shared;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/programmes/{id}/terms", Access::Everyone, show)]
}

/// Where the terms of a programme are.
pub(crate) fn path_of(programme: Id) -> String {
    format!("/programmes/{programme}/terms")
}

/// The calendar in which the days of a programme are told: that of its first branch.
///
/// # Errors
/// When the book cannot be read.
pub(crate) fn calendar_of(tx: &mut Tx<'_>, programme: Id) -> Result<Calendar, Fault> {
    let Some(&first) = programmes::branches(tx, programme)?.first() else {
        return Ok(Calendar::of(TimeZone::UTC));
    };
    let branch = branch::get(tx, first)?;
    Ok(branch.map_or_else(|| Calendar::of(TimeZone::UTC), |branch| branch.content.time_zone.calendar()))
}

#[derive(Template)]
#[template(path = "pages/programme_terms.html")]
struct TermsPage {
    page: Page,
    name: String,
    version: u64,
    since: String,
    chapters: Vec<Chapter>,
}

async fn show(State(app): State<Shared>, page: Page, Path(id): Path<String>) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let found = app.read(move |tx, _| {
        let Some(programme) = programmes::get(tx, id)? else { return Ok(None) };
        let Some(version) = programmes::rules_in_force(tx, id)? else { return Ok(None) };
        Ok(Some((programme, version, calendar_of(tx, id)?)))
    });
    let (programme, version, calendar) = found.await?.ok_or_else(Trouble::not_found)?;
    let shown = TermsPage {
        page: page.clone(),
        name: programme.name.as_str().to_owned(),
        version: version.version.into(),
        since: page.moment(version.added_us, &calendar),
        chapters: chapters(&version, page.words()),
    };
    Ok(page.show(&shown))
}
