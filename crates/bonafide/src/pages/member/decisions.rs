//! What the club and the member decide about him: kept out for a time, a card stopped, never let in by face alone.

use axum::extract::State;
use axum::response::Response;
use bonafide_domain::calendar::{Calendar, days_after};
use bonafide_domain::credential::BlockReason;
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::face_alone;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::passages::suspension::{self, NotSuspended, Reason, Suspension};
use bonafide_store::store::Work;
use jiff::civil::Date;

use crate::clock;
use crate::pages::member::actions::is_own;
use crate::pages::member::asked::{Asked, Deed};
use crate::pages::member::desk_branch;
use crate::pages::{Light, operation};
use crate::server::app::Shared;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Decisions that the page shows.
const LINES: usize = 6;

/// Why somebody is kept out: word and key.
pub(super) const REASONS: [(&str, &str, Reason); 4] = [
    ("conduct", "suspend-conduct", Reason::Conduct),
    ("debt", "suspend-debt", Reason::Debt),
    ("health", "suspend-health", Reason::Health),
    ("inquiry", "suspend-inquiry", Reason::Inquiry),
];

/// Why somebody stops a card: word and key.
pub(super) const BLOCKS: [(&str, &str, BlockReason); 4] = [
    ("suspected_copy", "block-suspected-copy", BlockReason::SuspectedCopy),
    ("misuse", "block-misuse", BlockReason::Misuse),
    ("debt", "suspend-debt", BlockReason::Debt),
    ("members_wish", "block-members-wish", BlockReason::MembersWish),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/members/{id}/suspensions", Access::DESK, suspend),
        Route::post("/members/{id}/suspension-ends", Access::DESK, lift),
        Route::post("/members/{id}/card-blocks", Access::DESK, block),
        Route::post("/members/{id}/card-releases", Access::DESK, unblock),
        Route::post("/members/{id}/face-wishes", Access::DESK, wish),
    ]
}

/// A decision to keep somebody out.
pub(super) struct SuspensionLine {
    pub(super) id: Id,
    pub(super) reason: &'static str,
    pub(super) light: Light,
    pub(super) state: String,
    pub(super) holds: bool,
}

/// The newest decisions about a person.
pub(super) fn lines(
    tx: &mut Tx<'_>,
    page: &Page,
    member: Id,
    calendar: &Calendar,
) -> Result<Vec<SuspensionLine>, Fault> {
    let now_us = clock::now_us();
    let all = suspension::of_person(tx, member)?;
    Ok(all.iter().take(LINES).map(|one| line(page, one, calendar, now_us)).collect())
}

fn line(page: &Page, one: &Suspension, calendar: &Calendar, now_us: i64) -> SuspensionLine {
    let with = |key: &str, at_us: i64| page.say_of(key, "when", &page.moment(at_us, calendar));
    let (light, state) = match (one.lifted_us, one.until_us) {
        (Some(at), _) => (Light::Good, with("suspension-lifted", at)),
        (None, Some(until)) if one.holds(now_us) => (Light::Bad, with("suspension-until", until)),
        (None, Some(until)) => (Light::Good, with("suspension-over", until)),
        (None, None) => (Light::Bad, with("suspension-since", one.at_us)),
    };
    let reason = REASONS.iter().find(|(.., reason)| *reason == one.reason).map_or("", |(_, key, _)| key);
    SuspensionLine { id: one.id, reason, light, state, holds: one.holds(now_us) }
}

/// The end of a day that somebody chose, at a branch: the day itself still counts.
fn end_of(branch: &Branch, day: &str) -> Result<Option<i64>, ()> {
    if day.is_empty() {
        return Ok(None);
    }
    let day: Date = day.parse().map_err(|_| ())?;
    let next = days_after(day, 1).ok_or(())?;
    let at = branch.time_zone.calendar().first_instant(next).ok_or(())?;
    Ok(Some(at.get()))
}

fn chosen<T: Copy>(all: &[(&str, &str, T)], word: &str) -> Result<T, Trouble> {
    let found = all.iter().find(|(one, ..)| *one == word).map(|(.., value)| *value);
    found.ok_or_else(|| Trouble::bad_request("no such reason"))
}

async fn suspend(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (member, reason) = (asked.member, chosen(&REASONS, asked.form.text("reason"))?);
    let own = asked.caller.signed().and_then(|signed| signed.employee.content.branch);
    let until = asked.form.text("until").to_owned();
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        let Some(branch) = desk_branch(work.tx, own, None)? else { return Ok(Err("suspend-refused")) };
        let Ok(until_us) = end_of(&branch.content, &until) else { return Ok(Err("suspend-bad-day")) };
        let suspended = suspension::suspend(work, acting, operation, (member, reason), until_us)?;
        Ok(suspended.map(drop).map_err(|refusal| match refusal {
            NotSuspended::EndsBeforeItBegins => "suspend-bad-day",
            NotSuspended::NotFound | NotSuspended::OtherOperation => "suspend-refused",
        }))
    };
    asked.once(&app, deed).await
}

async fn lift(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (one, member) = (asked.id("suspension", "no suspension")?, asked.member);
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting| -> Deed {
        let own = suspension::of_person(work.tx, member)?;
        let Some(known) = own.into_iter().find(|known| known.id == one) else {
            return Ok(Err("suspend-refused"));
        };
        // Somebody else was quicker, or the button was pressed twice: it is lifted.
        if known.lifted_us.is_some() {
            return Ok(Ok(()));
        }
        Ok(suspension::lift(work, acting, one)?.map_err(|_| "suspend-refused"))
    };
    asked.so(&app, deed).await
}

async fn block(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let reason = chosen(&BLOCKS, asked.form.text("reason"))?;
    set_blocked(&app, asked, Some(reason)).await
}

async fn unblock(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    set_blocked(&app, asked, None).await
}

/// Stops a card of the member for a reason; without one it is released.
async fn set_blocked(app: &Shared, asked: Asked, reason: Option<BlockReason>) -> Result<Response, Trouble> {
    let (credential, member) = (asked.id("credential", "no credential")?, asked.member);
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        if !is_own(work, acting, member, credential)? {
            return Ok(Err("card-refused"));
        }
        let done = match reason {
            Some(reason) => credentials::block(work, acting, operation, credential, reason)?,
            None => credentials::unblock(work, acting, operation, credential)?,
        };
        Ok(done.map(drop).map_err(|_| "card-refused"))
    };
    let (operation, acting) = (operation(&asked.form)?, asked.caller.acting());
    let done = app.write(move |work| deed(work, &acting, operation)).await?;
    if done.is_ok() && reason.is_none() {
        app.secrets.forget(member);
    }
    asked.after(app, done).await
}

async fn wish(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (member, never) = (asked.member, asked.form.text("never") == "yes");
    let set = move |work: &mut Work<'_, '_>, acting: &Acting| -> Deed {
        // Of a member who is not there his page says so.
        Ok(face_alone::set(work, acting, member, never)?.map(drop).map_err(|_| "suspend-refused"))
    };
    asked.so(&app, set).await
}
