//! The visits of a member: each passage with its door and its reason; the newest on his page, more on a page of their own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::calendar::Calendar;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::organisation::access_point;
use bonafide_store::passages::Way;
use bonafide_store::passages::feed::{self, FeedItem, PAGE_MAX};
use bonafide_store::passages::passing::End;

use crate::pages::member::{desk_branch, member_id};
use crate::pages::{Light, reasons};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/members/{id}/visits", Access::DESK, show)]
}

pub(super) struct VisitLine {
    pub(super) when: String,
    pub(super) door: String,
    pub(super) light: Light,
    pub(super) state: String,
}

/// The newest passages of a member, with the names of their doors.
pub(super) fn lines(
    tx: &mut Tx<'_>,
    page: &Page,
    member: Id,
    calendar: &Calendar,
    limit: u32,
) -> Result<Vec<VisitLine>, Fault> {
    let mut doors: HashMap<Id, String> = HashMap::new();
    let mut lines = Vec::new();
    for item in feed::of_member(tx, member, limit)? {
        let door = match doors.entry(item.access_point) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let door = access_point::get(tx, item.access_point)?;
                let name = door.map_or_else(String::new, |kept| kept.content.name.as_str().to_owned());
                new.insert(name).clone()
            }
        };
        lines.push(VisitLine::of(page, &item, calendar, door));
    }
    Ok(lines)
}

impl VisitLine {
    pub(super) fn of(page: &Page, item: &FeedItem, calendar: &Calendar, door: String) -> VisitLine {
        let words = page.words();
        let (light, state) = match (&item.refusal, item.outcome.as_str(), item.way) {
            _ if item.end == Some(End::Lapsed) => (Light::Ask, words.say("state-not-passed")),
            (Some(refusal), ..) => (Light::Bad, reasons::for_staff(words, refusal, calendar)),
            (None, "second_factor", _) => (Light::Ask, words.say("state-second-factor")),
            (None, _, Way::Exit) => (Light::Good, words.say("state-left")),
            (None, _, Way::Entry) if item.by_hand.is_some() => (Light::Good, words.say("state-by-hand")),
            (None, _, Way::Entry) => (Light::Good, words.say("state-admitted")),
        };
        VisitLine { when: page.moment(item.at_us, calendar), door, light, state }
    }
}

#[derive(Template)]
#[template(path = "pages/member/visits.html")]
struct VisitsPage {
    page: Page,
    id: Id,
    name: String,
    passages: Vec<VisitLine>,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let (id, acting, frame) = (member_id(&id)?, caller.acting(), page.clone());
    let own = caller.signed().and_then(|signed| signed.employee.content.branch);
    let shown = app.aside(move |app| {
        let found = app.store.read(|tx| {
            let Some(member) = members::get(tx, app.store.vault(), id)? else { return Ok(None) };
            let Some(desk) = desk_branch(tx, own, member.profile.home_branch)? else { return Ok(None) };
            let calendar = desk.content.time_zone.calendar();
            Ok(Some((member.profile.name.full(), lines(tx, &frame, id, &calendar, PAGE_MAX)?)))
        })?;
        let Some(found) = found else { return Err(Trouble::not_found()) };
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(members::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(found)
    });
    let (name, passages) = shown.await?;
    Ok(page.show(&VisitsPage { page: page.clone(), id, name, passages }))
}
