//! Who is inside now, zone by zone, with since when and which locker. A stay that no door has ended is ended here by hand, with a
//! reason (case D-17).

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::lockers;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::{Kept, locker, zone};
use bonafide_store::passages::presence::{self, Inside, NotReleased, Why, inside_now, occupancy};
use serde::Deserialize;

use crate::clock;
use crate::pages::desk::lines::Naming;
use crate::pages::desk::lockers::OPENINGS;
use crate::pages::desk::{BranchChoice, branches};
use crate::pages::{new_operation, operation};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// People of one zone beside the other zones.
const PEOPLE_LINES: u32 = 50;

const REASONS: [(&str, &str, Why); 4] = [
    ("left_unread", "stay-left-unread", Why::LeftUnread),
    ("reader_fault", "admit-reader-fault", Why::ReaderFault),
    ("another_person", "stay-another-person", Why::AnotherPerson),
    ("evacuation", "stay-evacuation", Why::Evacuation),
];

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/desk/inside", Access::DESK, show), Route::post("/desk/releases", Access::DESK, release)]
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    branch: String,
    /// One zone only, with more of its people.
    #[serde(default)]
    zone: String,
}

#[derive(Template)]
#[template(path = "pages/desk/inside.html")]
struct InsidePage {
    page: Page,
    branch: Id,
    branches: Vec<BranchChoice>,
    people: String,
    zones: Vec<ZoneCard>,
    /// Nobody is in one of them.
    has_empty: bool,
    reasons: [(&'static str, &'static str); 4],
    /// Word and key of each reason to open a locker.
    openings: [(&'static str, &'static str); 4],
    /// The key of why a stay was not ended.
    refused: Option<&'static str>,
}

struct ZoneCard {
    id: Id,
    name: String,
    inside: String,
    capacity: Option<String>,
    people: Vec<PersonLine>,
    /// How many more there are.
    more: u64,
}

struct PersonLine {
    member: Id,
    name: String,
    initials: String,
    has_photo: bool,
    since: String,
    minutes: u64,
    locker: Option<LockerLine>,
    operation: String,
}

/// The locker that somebody has.
#[derive(Clone)]
struct LockerLine {
    id: Id,
    name: String,
    /// An operation of its own: the stay has another.
    operation: String,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    answer(&app, page, &caller, &asked, None).await
}

async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    asked: &Asked,
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let Some((chosen, branches)) = branches(app, caller, &asked.branch).await? else {
        return Ok(Redirect::to("/desk").into_response());
    };
    let (branch, frame, only) = (chosen.id, page.clone(), Id::parse(&asked.zone));
    let (people, zones) = app
        .read(move |tx, app| {
            let people = presence::people_inside(tx, chosen.id, clock::now_us())?;
            Ok((people, zones(tx, app, &frame, &chosen, only)?))
        })
        .await?;
    let people = page.whole(people.into());
    let reasons = REASONS.map(|(word, key, _)| (word, key));
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let has_empty = zones.iter().any(|zone| zone.people.is_empty());
    let page_of = page.clone();
    let openings = OPENINGS.map(|(word, key, _)| (word, key));
    let shown =
        InsidePage { page: page_of, branch, branches, people, zones, has_empty, reasons, openings, refused };
    Ok(page.show_as(status, &shown))
}

/// The page with the words of a key: what was asked for there was not done.
pub(super) async fn refused(
    app: &Shared,
    page: Page,
    caller: &Caller,
    branch: &str,
    key: &'static str,
) -> Result<Response, Trouble> {
    let asked = Asked { branch: branch.to_owned(), zone: String::new() };
    answer(app, page, caller, &asked, Some(key)).await
}

/// The zones of a branch with who is in them; only one when it is asked for.
fn zones(
    tx: &mut Tx<'_>,
    app: &App,
    page: &Page,
    branch: &Kept<Branch>,
    only: Option<Id>,
) -> Result<Vec<ZoneCard>, Fault> {
    let now_us = clock::now_us();
    let mut naming = Naming::of(tx, app, page, branch)?;
    let lockers = lockers_of(tx, branch.id)?;
    let limit = if only.is_some() { presence::PAGE_MAX } else { PEOPLE_LINES };
    let names = zone::list(tx, branch.id, true)?;
    let mut cards = Vec::new();
    for full in occupancy(tx, branch.id, now_us)? {
        if only.is_some_and(|only| only != full.zone) {
            continue;
        }
        let (inside, _) = inside_now(tx, full.zone, now_us, None, limit)?;
        naming.find_photos(tx, inside.iter().map(|one| one.member))?;
        let mut people = Vec::with_capacity(inside.len());
        for one in &inside {
            people.push(person(tx, &mut naming, page, one, lockers.get(&one.member))?);
        }
        let shown = u32::try_from(people.len()).unwrap_or(u32::MAX);
        let name = names.iter().find(|kept| kept.id == full.zone);
        cards.push(ZoneCard {
            id: full.zone,
            name: name.map_or_else(String::new, |kept| kept.content.name.as_str().to_owned()),
            inside: page.whole(full.inside.into()),
            capacity: full.capacity.map(|capacity| page.whole(capacity.into())),
            people,
            more: full.inside.saturating_sub(shown).into(),
        });
    }
    Ok(cards)
}

fn person(
    tx: &mut Tx<'_>,
    naming: &mut Naming<'_>,
    page: &Page,
    one: &Inside,
    locker: Option<&LockerLine>,
) -> Result<PersonLine, Fault> {
    let named = naming.person(tx, Some(one.member))?;
    let (name, initials) = named.unwrap_or_else(|| (page.say("desk-unknown"), "?".to_owned()));
    Ok(PersonLine {
        member: one.member,
        name,
        initials,
        has_photo: naming.has_photo(one.member),
        since: naming.time(one.since_us),
        minutes: one.minutes.unsigned_abs(),
        locker: locker.cloned(),
        operation: new_operation(),
    })
}

/// The lockers that people of a branch have.
fn lockers_of(tx: &mut Tx<'_>, branch: Id) -> Result<HashMap<Id, LockerLine>, Fault> {
    let held = lockers::of_branch(tx, branch)?;
    if held.is_empty() {
        return Ok(HashMap::new());
    }
    let mut names = HashMap::new();
    for zone in zone::list(tx, branch, true)? {
        let lockers = locker::list(tx, zone.id, true)?;
        names.extend(lockers.into_iter().map(|kept| (kept.id, kept.content.name.as_str().to_owned())));
    }
    let line = |one: lockers::HeldLocker| {
        let name = names.get(&one.locker)?.clone();
        Some((one.member, LockerLine { id: one.locker, name, operation: new_operation() }))
    };
    Ok(held.into_iter().filter_map(line).collect())
}

async fn release(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let zone = form.id("zone").ok_or_else(|| Trouble::bad_request("no zone"))?;
    let member = form.id("member").ok_or_else(|| Trouble::bad_request("no member"))?;
    let why = REASONS.iter().find(|(word, ..)| *word == form.text("why")).map(|(.., why)| *why);
    let why = why.ok_or_else(|| Trouble::bad_request("no reason"))?;
    let (operation, acting, by) = (operation(&form)?, caller.acting(), caller.clone());
    let released = app.write(move |work| {
        let place = zone::get(work.tx, zone)?.map(|kept| kept.content.branch);
        let Some(branch) = place.filter(|branch| by.works_in(*branch)) else { return Ok(Err(None)) };
        let released = presence::release(work, &acting, operation, (member, zone), why)?;
        Ok(released.map(|_| branch).map_err(Some))
    });
    match released.await? {
        Ok(branch) => Ok(Redirect::to(&format!("/desk/inside?branch={branch}")).into_response()),
        Err(None) => Err(Trouble::not_found()),
        Err(Some(refusal)) => {
            let key = match refusal {
                NotReleased::NotInside => "stay-over",
                NotReleased::NotStaff | NotReleased::OtherOperation => "stay-sent-already",
            };
            refused(&app, page, &caller, form.text("branch"), key).await
        }
    }
}
