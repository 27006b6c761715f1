//! The points of a member: on his page as they stand, and on a page of their own with every line.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bonafide_domain::calendar::UtcMicros;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, programmes};
use bonafide_store::members;
use serde::Deserialize;

use crate::clock;
use crate::pages::member::{desk_branch, member_id};
use crate::pages::points::{PointsShown, Reading};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Lines of one page.
const LINES: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/members/{id}/points/{programme}", Access::DESK, show)]
}

#[derive(Template)]
#[template(path = "pages/member/points.html")]
struct PointsPage {
    page: Page,
    id: Id,
    name: String,
    shown: PointsShown,
}

/// From which line on.
#[derive(Deserialize)]
struct Before {
    before: Option<u32>,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, programme)): Path<(String, String)>,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Trouble> {
    let (id, acting, frame) = (member_id(&id)?, caller.acting(), page.clone());
    let programme = Id::parse(&programme).ok_or_else(Trouble::not_found)?;
    let own = caller.signed().and_then(|signed| signed.employee.content.branch);
    let shown = app.aside(move |app| {
        let vault = app.store.vault();
        let found = app.store.read(|tx| {
            let Some(member) = members::get(tx, vault, id)? else { return Ok(None) };
            let Some(desk) = desk_branch(tx, own, member.profile.home_branch)? else { return Ok(None) };
            let Some(wallet) = ledger::of_member(tx, id, programme)? else { return Ok(None) };
            let Some(content) = programmes::get(tx, programme)? else { return Ok(None) };
            let now = UtcMicros::parse(clock::now_us()).map_err(|_| Fault::broken("the clock is not set"))?;
            let calendar = desk.content.time_zone.calendar();
            let reading = Reading { page: &frame, vault, calendar, now };
            let about = (programme, content.name.as_str().to_owned(), wallet);
            let shown = reading.of_wallet(tx, about, before, LINES)?;
            Ok(shown.map(|shown| (member.profile.name.full(), shown)))
        })?;
        let Some(found) = found else { return Err(Trouble::not_found()) };
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(members::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(found)
    });
    let (name, shown) = shown.await?;
    Ok(page.show(&PointsPage { page: page.clone(), id, name, shown }))
}
