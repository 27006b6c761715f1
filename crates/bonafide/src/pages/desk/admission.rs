//! What the desk decides about somebody who waits: he is let in with a reason, or it is settled in another way.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::profile::ShortNote;
use bonafide_store::id::Id;
use bonafide_store::passages::attention::{self, How};
use bonafide_store::passages::by_hand::{self, ByHand, Reason};
use bonafide_store::passages::feed;

use crate::pages::operation;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/desk/admissions", Access::DESK, admit),
        Route::post("/desk/settlements", Access::DESK, settle),
    ]
}

const REASONS: [(&str, Reason); 7] = [
    ("known", Reason::Known),
    ("paid", Reason::Paid),
    ("guest", Reason::Guest),
    ("service", Reason::Service),
    ("emergency", Reason::Emergency),
    ("reader_fault", Reason::ReaderFault),
    ("other", Reason::Other),
];

const WAYS: [(&str, How); 5] = [
    ("sold", How::Sold),
    ("card_taken", How::CardTaken),
    ("document_seen", How::DocumentSeen),
    ("spoken", How::Spoken),
    ("dismissed", How::Dismissed),
];

async fn admit(State(app): State<Shared>, caller: Caller, Posted(form): Posted) -> Result<Response, Trouble> {
    let refused = form.id("passage").ok_or_else(|| Trouble::bad_request("no passage"))?;
    let found = app.read(move |tx, _| feed::item_of(tx, refused)).await?;
    let item = found.filter(|item| caller.works_in(item.branch)).ok_or_else(Trouble::not_found)?;
    let reason = REASONS.iter().find(|(word, _)| *word == form.text("reason")).map(|(_, reason)| *reason);
    let by_hand = ByHand {
        operation: operation(&form)?,
        access_point: item.access_point,
        member: item.member,
        refused: Some(refused),
        reason: reason.ok_or_else(|| Trouble::bad_request("no reason"))?,
        note: note(&form)?,
    };
    let acting = caller.acting();
    let admitted = app.write(move |work| by_hand::admit(work, &acting, &by_hand)).await?;
    admitted.map_err(|why| {
        Trouble::new(axum::http::StatusCode::CONFLICT, "not_admitted").because(format!("{why:?}"))
    })?;
    Ok(back(&item.branch))
}

async fn settle(
    State(app): State<Shared>,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let item = form.id("item").ok_or_else(|| Trouble::bad_request("no item"))?;
    let branch =
        form.id("branch").filter(|branch| caller.works_in(*branch)).ok_or_else(Trouble::not_found)?;
    let how = WAYS.iter().find(|(word, _)| *word == form.text("how")).map(|(_, how)| *how);
    let how = how.ok_or_else(|| Trouble::bad_request("no such decision"))?;
    let (operation, note, acting) = (operation(&form)?, note(&form)?, caller.acting());
    let settled = app.write(move |work| {
        // Another branch's list is not this one's to decide about.
        let waits = attention::list(work.tx, branch, i64::MAX, None, attention::PAGE_MAX)?.0;
        let known = waits.iter().any(|waiting| waiting.id == item || waiting.passage == Some(item));
        if known {
            Ok(attention::settle(work, &acting, operation, item, how, note.as_ref())?
                .map(|_| ())
                .map_err(|_| ()))
        } else {
            Ok(Err(()))
        }
    });
    if settled.await?.is_err() {
        // Somebody else was quicker: the page shows what is there now.
        tracing::debug!("nothing was settled");
    }
    Ok(back(&branch))
}

fn back(branch: &Id) -> Response {
    Redirect::to(&format!("/desk?branch={branch}")).into_response()
}

fn note(form: &Form) -> Result<Option<ShortNote>, Trouble> {
    let text = form.text("note");
    let note = (!text.is_empty()).then(|| ShortNote::parse(text)).transpose();
    note.map_err(|why| Trouble::bad_request(format!("note: {why:?}")))
}
