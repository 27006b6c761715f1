//! The staff opens a locker by hand, with a reason: it is free from then on.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::audit::entry::Acting;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::lockers::{self, Reason, Refusal, open_by_staff};
use bonafide_store::organisation::{locker, zone};
use bonafide_store::store::Work;

use crate::pages::desk::inside;
use crate::pages::operation;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Why a locker is opened by hand: word and key.
pub(in crate::pages) const OPENINGS: [(&str, &str, Reason); 4] = [
    ("credential_gone", "locker-credential-gone", Reason::CredentialGone),
    ("left_unread", "stay-left-unread", Reason::LeftUnread),
    ("closing", "locker-closing", Reason::Closing),
    ("inspection", "locker-inspection", Reason::Inspection),
];

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/desk/locker-openings", Access::DESK, open)]
}

/// The reason that a form names.
pub(in crate::pages) fn reason_of(form: &Form) -> Result<Reason, Trouble> {
    let found = OPENINGS.iter().find(|(word, ..)| *word == form.text("why")).map(|(.., why)| *why);
    found.ok_or_else(|| Trouble::bad_request("no reason"))
}

/// Opens the locker of a member in a branch that the caller works in; tells which. One that somebody else has taken meanwhile stays
/// shut. The inner error is the key of why it does.
pub(in crate::pages) fn open_by_hand(
    work: &mut Work<'_, '_>,
    (acting, caller): (&Acting, &Caller),
    operation: Id,
    (member, locker): (Id, Id),
    why: Reason,
) -> Result<Result<Id, &'static str>, Fault> {
    let Some(kept) = locker::get(work.tx, locker)? else { return Ok(Err("locker-gone")) };
    let place = zone::get(work.tx, kept.content.zone)?.map(|kept| kept.content.branch);
    let Some(branch) = place.filter(|branch| caller.works_in(*branch)) else {
        return Ok(Err("locker-gone"));
    };
    let held = lockers::of_branch(work.tx, branch)?;
    if held.iter().any(|held| held.locker == locker && held.member != member) {
        return Ok(Err("locker-others"));
    }
    Ok(open_by_staff(work, acting, operation, locker, why)?.map(|_| branch).map_err(
        |refusal| match refusal {
            Refusal::Free => "locker-free",
            Refusal::OtherOperation => "stay-sent-already",
            _ => "locker-gone",
        },
    ))
}

async fn open(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let locker = form.id("locker").ok_or_else(|| Trouble::bad_request("no locker"))?;
    let member = form.id("member").ok_or_else(|| Trouble::bad_request("no member"))?;
    let (why, operation, acting, by) =
        (reason_of(&form)?, operation(&form)?, caller.acting(), caller.clone());
    let opened = app.write(move |work| open_by_hand(work, (&acting, &by), operation, (member, locker), why));
    match opened.await? {
        Ok(branch) => Ok(Redirect::to(&format!("/desk/inside?branch={branch}")).into_response()),
        Err(key) => inside::refused(&app, page, &caller, form.text("branch"), key).await,
    }
}
