//! The desk: what happens at the doors, who is inside, who needs somebody, and one search for everything.

mod admission;
mod inside;
mod lines;
pub(super) mod lockers;
mod search;
mod trial;
mod trial_list;

pub(crate) use search::card_state_key;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use bonafide_store::corrections::count_waiting_for;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::{Kept, zone};
use bonafide_store::passages::attention;
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::presence::{occupancy, people_inside};
use serde::Deserialize;

use crate::clock;
use crate::pages::desk::lines::{FeedLine, Naming, NeedLine};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::live;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Passages that the desk shows.
const FEED_LINES: u32 = 30;

/// Things that need somebody, shown at once.
const NEED_LINES: u32 = 20;

/// The desk's pages.
#[must_use]
pub fn routes() -> Vec<Route> {
    let own = vec![
        Route::get("/desk", Access::DESK, desk),
        Route::get("/desk/moving", Access::DESK, moving),
        Route::get("/desk/live", Access::DESK, stream),
    ];
    let parts = [
        own,
        admission::routes(),
        inside::routes(),
        lockers::routes(),
        search::routes(),
        trial::routes(),
        trial_list::routes(),
    ];
    parts.into_iter().flatten().collect()
}

/// Which branch a page of the desk is about.
#[derive(Deserialize)]
pub(super) struct AtBranch {
    #[serde(default)]
    branch: String,
}

#[derive(Template)]
#[template(path = "pages/desk.html")]
struct DeskPage {
    page: Page,
    branch: Id,
    branches: Vec<BranchChoice>,
    moving: Moving,
}

struct BranchChoice {
    id: Id,
    name: String,
    is_here: bool,
}

/// What moves by itself.
#[derive(Template)]
#[template(path = "pages/desk/moving.html")]
struct MovingPart {
    page: Page,
    branch: Id,
    moving: Moving,
}

struct Moving {
    feed: Vec<FeedLine>,
    needs: Vec<NeedLine>,
    zones: Vec<ZoneLine>,
    /// Somebody in the sauna is in the club too: zones do not add up to people.
    inside: u32,
    /// A door is on trial.
    on_trial: bool,
    /// Corrections of points that wait for this person, where he may decide about them.
    corrections: u32,
}

impl Moving {
    /// How much needs somebody.
    fn count(&self) -> usize {
        self.needs.len() + usize::from(self.corrections > 0)
    }
}

struct ZoneLine {
    name: String,
    inside: u32,
    capacity: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/desk/nothing_yet.html")]
struct NothingYet {
    page: Page,
}

async fn desk(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(at): Query<AtBranch>,
) -> Result<Response, Trouble> {
    let Some((chosen, branches)) = branches(&app, &caller, &at.branch).await? else {
        return Ok(page.show(&NothingYet { page: page.clone() }));
    };
    let (branch, shown) = (chosen.id, page.clone());
    let decides = decides(&caller);
    let moving = app.read(move |tx, app| moving_of(tx, app, &shown, (&chosen, decides))).await?;
    Ok(page.show(&DeskPage { page: page.clone(), branch, branches, moving }))
}

/// The branch that was asked for, or the first one that the caller works in, and all that he may choose.
async fn branches(
    app: &Shared,
    caller: &Caller,
    asked: &str,
) -> Result<Option<(Kept<Branch>, Vec<BranchChoice>)>, Trouble> {
    let open = app.read(|tx, _| branch::list(tx, false)).await?;
    let open: Vec<Kept<Branch>> = open.into_iter().filter(|branch| caller.works_in(branch.id)).collect();
    let Some(chosen) = chosen(&open, asked) else { return Ok(None) };
    let choice = |branch: &Kept<Branch>| BranchChoice {
        id: branch.id,
        name: branch.content.name.as_str().to_owned(),
        is_here: branch.id == chosen.id,
    };
    let choices = open.iter().map(choice).collect();
    Ok(Some((chosen, choices)))
}

fn chosen(open: &[Kept<Branch>], asked: &str) -> Option<Kept<Branch>> {
    let asked = Id::parse(asked);
    open.iter().find(|branch| Some(branch.id) == asked).or_else(|| open.first()).cloned()
}

/// A branch that somebody may see, also a closed one.
async fn branch_of(app: &Shared, caller: &Caller, asked: &str) -> Result<Kept<Branch>, Trouble> {
    let id = Id::parse(asked).ok_or_else(Trouble::not_found)?;
    let found = app.read(move |tx, _| branch::get(tx, id)).await?;
    found.filter(|_| caller.works_in(id)).ok_or_else(Trouble::not_found)
}

async fn moving(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(at): Query<AtBranch>,
) -> Result<Response, Trouble> {
    let branch = branch_of(&app, &caller, &at.branch).await?;
    let (id, shown) = (branch.id, page.clone());
    let decides = decides(&caller);
    let moving = app.read(move |tx, app| moving_of(tx, app, &shown, (&branch, decides))).await?;
    Ok(page.show(&MovingPart { page: page.clone(), branch: id, moving }))
}

async fn stream(
    State(app): State<Shared>,
    caller: Caller,
    Query(at): Query<AtBranch>,
) -> Result<Response, Trouble> {
    let branch = branch_of(&app, &caller, &at.branch).await?;
    live::stream(&app, branch.id).await
}

/// The caller, where he may decide about corrections of points.
fn decides(caller: &Caller) -> Option<Id> {
    caller.signed().filter(|_| Access::MANAGERS.allows(caller)).map(|signed| signed.employee.id)
}

fn moving_of(
    tx: &mut Tx<'_>,
    app: &App,
    page: &Page,
    (branch, decides): (&Kept<Branch>, Option<Id>),
) -> Result<Moving, Fault> {
    let now_us = clock::now_us();
    let mut naming = Naming::of(tx, app, page, branch)?;
    let (items, _) = feed(tx, branch.id, None, FEED_LINES)?;
    naming.find_photos(tx, items.iter().filter_map(|item| item.member))?;
    let feed = items.iter().map(|item| naming.feed_line(tx, item)).collect::<Result<_, Fault>>()?;
    let (items, _) = attention::list(tx, branch.id, now_us, None, NEED_LINES)?;
    let needs = items.iter().map(|item| naming.need_line(tx, item)).collect::<Result<_, Fault>>()?;
    let names = zone::list(tx, branch.id, true)?;
    let name = |id: Id| {
        let kept = names.iter().find(|kept| kept.id == id);
        kept.map_or_else(String::new, |kept| kept.content.name.as_str().to_owned())
    };
    let line = |zone: bonafide_store::passages::presence::Occupancy| ZoneLine {
        name: name(zone.zone),
        inside: zone.inside,
        capacity: zone.capacity,
    };
    let zones = occupancy(tx, branch.id, now_us)?.into_iter().map(line).collect();
    let on_trial = trial::since_us(tx, branch.id)?.is_some();
    let corrections = match decides {
        Some(employee) => count_waiting_for(tx, employee, now_us)?,
        None => 0,
    };
    Ok(Moving { feed, needs, zones, inside: people_inside(tx, branch.id, now_us)?, on_trial, corrections })
}
