//! The page of a member: who it is, how it stands at a glance, and what the desk can do.

mod actions;
mod asked;
pub(super) mod consents;
mod corrections;
mod decisions;
mod face;
mod new;
mod photo;
mod points;
mod secrets;
pub(super) mod standing;
mod visits;

pub(crate) use photo::{has_picture, picture_of};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::calendar::UtcMicros;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::{self, face_alone};
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::passages::presence;
use bonafide_store::staff::Role;

use crate::clock;
use crate::pages::desk::lockers::OPENINGS;
use crate::pages::member::consents::Consents;
use crate::pages::member::decisions::SuspensionLine;
use crate::pages::member::standing::{CardLine, LockerLine, MembershipLine, PlanChoice};
use crate::pages::member::visits::VisitLine;
use crate::pages::new_operation;
use crate::pages::points::{PointsShown, Reading};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Passages that the page shows.
const VISIT_LINES: u32 = 12;

/// Lines of a statement of points that the page shows.
const POINTS_LINES: usize = 5;

/// The member's pages.
#[must_use]
pub fn routes() -> Vec<Route> {
    let own = vec![Route::get("/members/{id}", Access::DESK, show)];
    let parts = [
        own,
        actions::routes(),
        consents::routes(),
        corrections::routes(),
        decisions::routes(),
        face::routes(),
        new::routes(),
        photo::routes(),
        points::routes(),
        secrets::routes(),
        visits::routes(),
    ];
    parts.into_iter().flatten().collect()
}

#[derive(Template)]
#[template(path = "pages/member.html")]
struct MemberPage {
    page: Page,
    shown: Shown,
    operation: String,
    /// Word and key of each reason to keep him out.
    reasons: Vec<(&'static str, &'static str)>,
    /// Word and key of each reason to stop a card.
    blocks: Vec<(&'static str, &'static str)>,
    /// Word and key of each reason to open a locker.
    openings: Vec<(&'static str, &'static str)>,
    /// He may put points right by hand.
    may_correct: bool,
    /// Why the last form was refused.
    refused: Option<String>,
}

/// What the page shows of a member. No `Debug`: it is a person.
struct Shown {
    id: Id,
    name: String,
    initials: String,
    number: String,
    has_photo: bool,
    is_merged: bool,
    check_is_due: bool,
    phones: Vec<String>,
    note: Option<String>,
    inside: bool,
    visits: String,
    last_visit: Option<String>,
    memberships: Vec<MembershipLine>,
    cards: Vec<CardLine>,
    lockers: Vec<LockerLine>,
    consents: Consents,
    suspensions: Vec<SuspensionLine>,
    never_face_alone: bool,
    age: Option<String>,
    passages: Vec<VisitLine>,
    points: Vec<PointsShown>,
    plans: Vec<PlanChoice>,
    branch: Id,
    branch_name: String,
    today: String,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    answer(&app, page, &caller, member_id(&id)?, StatusCode::OK, None).await
}

/// The member that a path names.
fn member_id(path: &str) -> Result<Id, Trouble> {
    Id::parse(path).ok_or_else(Trouble::not_found)
}

/// The page of a member, after it was written down that somebody looks at it.
async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    id: Id,
    status: StatusCode,
    refused: Option<String>,
) -> Result<Response, Trouble> {
    let own = caller.signed().and_then(|signed| signed.employee.content.branch);
    let (acting, frame) = (caller.acting(), page.clone());
    let shown = app.aside(move |app| {
        let shown = app.store.read(|tx| shown(tx, app, &frame, id, own))?;
        let Some(shown) = shown else { return Err(Trouble::not_found()) };
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(members::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(shown)
    });
    let shown = shown.await?;
    let filled = MemberPage {
        page: page.clone(),
        shown,
        operation: new_operation(),
        reasons: decisions::REASONS.iter().map(|(word, key, _)| (*word, *key)).collect(),
        blocks: decisions::BLOCKS.iter().map(|(word, key, _)| (*word, *key)).collect(),
        openings: OPENINGS.iter().map(|(word, key, _)| (*word, *key)).collect(),
        may_correct: page.is(&[Role::Owner, Role::Manager]),
        refused,
    };
    Ok(page.show_as(status, &filled))
}

/// The branch that the desk works in: the employee's own, the member's, or the first one.
pub(super) fn desk_branch(
    tx: &mut Tx<'_>,
    own: Option<Id>,
    home: Option<Id>,
) -> Result<Option<Kept<Branch>>, Fault> {
    let open = branch::list(tx, false)?;
    let find = |id: Option<Id>| open.iter().find(|branch| Some(branch.id) == id);
    Ok(find(own).or_else(|| find(home)).or_else(|| open.first()).cloned())
}

fn shown(tx: &mut Tx<'_>, app: &App, page: &Page, id: Id, own: Option<Id>) -> Result<Option<Shown>, Fault> {
    let (vault, now_us) = (app.store.vault(), clock::now_us());
    let Some(member) = members::get(tx, vault, id)? else { return Ok(None) };
    let Some(desk) = desk_branch(tx, own, member.profile.home_branch)? else { return Ok(None) };
    let calendar = desk.content.time_zone.calendar();
    let today = standing::today(&desk.content, now_us);
    let profile = &member.profile;
    let parts = [Some(profile.name.given()), profile.name.family()];
    let now = UtcMicros::parse(now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    let reading = Reading { page, vault, calendar: calendar.clone(), now };
    let age = profile.birth.map(|birth| u64::from(birth.age_on(today)));
    Ok(Some(Shown {
        id,
        name: profile.name.full(),
        initials: parts.into_iter().flatten().filter_map(|part| part.chars().next()).collect(),
        number: page.whole(i64::from(member.number)),
        has_photo: members::photo::of_member(tx, vault, id)?.is_some(),
        is_merged: member.merged_into.is_some(),
        check_is_due: profile.check_due.is_some_and(|due| due <= today),
        phones: profile.phones.iter().map(|phone| phone.as_str().to_owned()).collect(),
        note: profile.note.as_ref().map(|note| note.as_str().to_owned()),
        inside: presence::is_inside(tx, id, desk.id, now_us)?,
        visits: page.whole(i64::from(member.figures.visits)),
        last_visit: member.figures.last_visit_us.map(|at_us| page.moment(at_us, &calendar)),
        memberships: standing::memberships(tx, page, id, today)?,
        cards: standing::cards(tx, vault, page, id, now_us)?,
        lockers: standing::lockers(tx, page, id, &calendar)?,
        consents: consents::of_member(tx, vault, page, id, &desk.content)?,
        suspensions: decisions::lines(tx, page, id, &calendar)?,
        never_face_alone: face_alone::is_never_alone(tx, id)?,
        age: age.map(|age| page.say_count("member-age", "years", age)),
        passages: visits::lines(tx, page, id, &calendar, VISIT_LINES)?,
        points: reading.of_person(tx, id, POINTS_LINES)?,
        plans: standing::plans(tx, page, desk.id)?,
        branch: desk.id,
        branch_name: desk.content.name.as_str().to_owned(),
        today: today.to_string(),
    }))
}
