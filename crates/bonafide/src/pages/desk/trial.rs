//! A club that moves over: where Bonafide and the older system differ, while doors are on trial.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::{Kept, access_point};
use bonafide_store::passages::feed;
use bonafide_store::trial::{self, Difference, Kind, Of};

use crate::clock;
use crate::pages::desk::lines::Naming;
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
    /// Since when; nothing when no door is on trial.
    since: Option<String>,
    counts: Vec<(&'static str, u64)>,
    lines: Vec<Line>,
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
    let Some((chosen, branches)) = branches(&app, &caller, &at.branch).await? else {
        return Ok(Redirect::to("/desk").into_response());
    };
    let (branch, frame) = (chosen.id, page.clone());
    let told = app.read(move |tx, app| told(tx, app, &frame, &chosen)).await?;
    let (since, all) = told.map_or((None, Vec::new()), |(since, all)| (Some(since), all));
    let count = |kind: Kind| {
        let many = all.iter().filter(|(found, _)| *found == kind).count();
        (kind_key(kind).1, u64::try_from(many).unwrap_or(u64::MAX))
    };
    let counts = KINDS.map(count).to_vec();
    let lines = all.into_iter().map(|(_, line)| line).collect();
    Ok(page.show(&TrialPage { page: page.clone(), branch, branches, since, counts, lines }))
}

type Told = (String, Vec<(Kind, Line)>);

/// Since when a branch is on trial, and where the two differ; nothing without a trial.
fn told(tx: &mut Tx<'_>, app: &App, page: &Page, branch: &Kept<Branch>) -> Result<Option<Told>, Fault> {
    let Some(since_us) = since_us(tx, branch.id)? else { return Ok(None) };
    let mut naming = Naming::of(tx, app, page, branch)?;
    let mut lines = Vec::new();
    for one in trial::differences(tx, branch.id, since_us, clock::now_us())? {
        lines.push((one.kind, line(tx, page, &mut naming, branch, &one)?));
    }
    Ok(Some((page.moment(since_us, &branch.content.time_zone.calendar()), lines)))
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
