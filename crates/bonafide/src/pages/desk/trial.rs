//! A club that moves over: where Bonafide and the older system differ, while doors are on trial.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::{Kept, access_point};
use bonafide_store::passages::feed;
use bonafide_store::staff::Role;
use bonafide_store::trial::{self, Difference, Kind, Of};

use crate::clock;
use crate::pages::desk::lines::Naming;
use crate::pages::desk::trial_list::Listed;
use crate::pages::desk::{AtBranch, BranchChoice, branches};
use crate::pages::{Light, reasons};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/desk/trial", Access::DESK, show)]
}

#[derive(Template)]
#[template(path = "pages/desk/trial.html")]
struct TrialPage {
    page: Page,
    branch: Id,
    branches: Vec<BranchChoice>,
    told: Option<Told>,
    /// He may send the older system's list of events.
    may_send: bool,
    listed: Option<Listed>,
    /// The key of why a list was not read.
    refused: Option<&'static str>,
}

/// A trial, and how it goes.
struct Told {
    since: String,
    /// How often both decided the same.
    same: u64,
    counts: Vec<(&'static str, u64)>,
    lines: Vec<Line>,
    /// The doors, for a list that names none.
    doors: Vec<(Id, String)>,
}

struct Line {
    when: String,
    door: String,
    member: Option<Id>,
    name: String,
    light: Light,
    /// The key of what differs.
    what: &'static str,
    reason: Option<String>,
}

/// Differences that the page names; it counts all.
const LINES: usize = 60;

/// All kinds in the order in which they matter: whom we would let in, or keep out, on the first day alone.
const KINDS: [Kind; 4] = [Kind::OnlyTheyAdmit, Kind::OnlyWeAdmit, Kind::NotAsked, Kind::NotTold];

const fn kind_key(kind: Kind) -> (Light, &'static str) {
    match kind {
        Kind::OnlyTheyAdmit => (Light::Bad, "trial-only-they"),
        Kind::OnlyWeAdmit => (Light::Bad, "trial-only-we"),
        Kind::NotAsked => (Light::Ask, "trial-not-asked"),
        Kind::NotTold => (Light::Ask, "trial-not-told"),
    }
}

/// Since when a branch, or the first of its doors, is on trial.
pub(super) fn since_us(tx: &mut Tx<'_>, branch: Id) -> Result<Option<i64>, Fault> {
    let mut since = vec![trial::since_us(tx, Of::Branch(branch))?];
    for door in access_point::list(tx, branch, false)? {
        since.push(trial::since_us(tx, Of::AccessPoint(door.id))?);
    }
    Ok(since.into_iter().flatten().min())
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(at): Query<AtBranch>,
) -> Result<Response, Trouble> {
    answer(&app, page, &caller, &at.branch, Ok(None)).await
}

/// The page of a branch, after a list was sent or not: what became of it, or the key of why it was not read.
pub(super) async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    branch: &str,
    listed: Result<Option<Listed>, &'static str>,
) -> Result<Response, Trouble> {
    let Some((chosen, branches)) = branches(app, caller, branch).await? else {
        return Ok(Redirect::to("/desk").into_response());
    };
    let (branch, frame) = (chosen.id, page.clone());
    let told = app.read(move |tx, app| told(tx, app, &frame, &chosen)).await?;
    let (listed, refused) = match listed {
        Ok(listed) => (listed, None),
        Err(key) => (None, Some(key)),
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let may_send = page.is(&[Role::Owner, Role::Manager]);
    let shown = TrialPage { page: page.clone(), branch, branches, told, may_send, listed, refused };
    Ok(page.show_as(status, &shown))
}

/// Since when a branch is on trial, and where the two differ; nothing without a trial.
fn told(tx: &mut Tx<'_>, app: &App, page: &Page, branch: &Kept<Branch>) -> Result<Option<Told>, Fault> {
    let Some(since_us) = since_us(tx, branch.id)? else { return Ok(None) };
    let mut naming = Naming::of(tx, app, page, branch)?;
    let now_us = clock::now_us();
    let mut all = trial::differences(tx, branch.id, since_us, now_us)?;
    all.truncate(LINES);
    let counts = trial::counts(tx, branch.id, since_us, now_us)?;
    let count = |kind: Kind| match kind {
        Kind::OnlyTheyAdmit => counts.only_they_admit,
        Kind::OnlyWeAdmit => counts.only_we_admit,
        Kind::NotAsked => counts.not_asked,
        Kind::NotTold => counts.not_told,
    };
    let same = counts.same;
    let counts = KINDS.map(|kind| (kind_key(kind).1, count(kind))).to_vec();
    let lines = all.iter().map(|one| line(tx, page, &mut naming, branch, one)).collect::<Result<_, _>>()?;
    let doors = access_point::list(tx, branch.id, false)?;
    Ok(Some(Told {
        since: page.moment(since_us, &branch.content.time_zone.calendar()),
        same,
        counts,
        lines,
        doors: doors.into_iter().map(|kept| (kept.id, kept.content.name.as_str().to_owned())).collect(),
    }))
}

fn line(
    tx: &mut Tx<'_>,
    page: &Page,
    naming: &mut Naming<'_>,
    branch: &Kept<Branch>,
    one: &Difference,
) -> Result<Line, Fault> {
    let calendar = branch.content.time_zone.calendar();
    let refusal = match one.passage.filter(|_| one.reason.is_some()) {
        Some(passage) => feed::item_of(tx, passage)?.and_then(|item| item.refusal),
        None => None,
    };
    let named = naming.person(tx, one.member)?;
    let (light, what) = kind_key(one.kind);
    Ok(Line {
        when: page.moment(one.at_us, &calendar),
        door: naming.door(one.access_point),
        member: one.member.filter(|_| named.is_some()),
        name: named.map_or_else(|| page.say("desk-unknown"), |(name, _)| name),
        light,
        what,
        reason: refusal.map(|refusal| reasons::for_staff(page.words(), &refusal, &calendar)),
    })
}
