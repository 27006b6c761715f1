//! Points put right by hand (case T-15): requests that wait for a second person, and the report of a day or a span: who asked, whom it is
//! about, how many points, why, and who besides has seen it.

mod report;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::corrections::{Decision, NotDecided, decide, set_limit};
use bonafide_store::id::Id;

use crate::pages::corrections::report::{Asked, answer, as_csv};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The list, to which every step leads back.
pub(crate) const LIST: &str = "/points/corrections";

/// Points of a limit at most: what nobody reaches by hand.
const LIMIT_MAX: u64 = 1_000_000_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/points/corrections", Access::MANAGERS, show),
        Route::get("/points/corrections/csv", Access::MANAGERS, as_csv),
        Route::post("/points/corrections/{id}/confirmations", Access::MANAGERS, confirm),
        Route::post("/points/corrections/{id}/declines", Access::MANAGERS, decline),
        Route::post("/points/limits", Access::OWNER, limit),
    ]
}

const fn not_decided_key(why: NotDecided) -> &'static str {
    match why {
        NotDecided::NoRequest | NotDecided::NotWaiting => "correction-decided-already",
        NotDecided::Lapsed => "correction-lapsed-words",
        NotDecided::NotStaff | NotDecided::SamePerson => "correction-same-person",
        NotDecided::Own => "correction-own",
        NotDecided::Points(_) => "correction-points-refused",
    }
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    answer(&app, page, &caller, asked, StatusCode::OK, None).await
}

async fn confirm(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(_): Posted,
) -> Result<Response, Trouble> {
    decided(&app, page, &caller, &id, Decision::Confirm).await
}

async fn decline(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(_): Posted,
) -> Result<Response, Trouble> {
    decided(&app, page, &caller, &id, Decision::Decline).await
}

async fn decided(
    app: &Shared,
    page: Page,
    caller: &Caller,
    id: &str,
    decision: Decision,
) -> Result<Response, Trouble> {
    let id = Id::parse(id).ok_or_else(Trouble::not_found)?;
    let acting = caller.acting();
    match app.write(move |work| decide(work, &acting, id, decision)).await? {
        Ok(_) => Ok(Redirect::to(LIST).into_response()),
        Err(NotDecided::NoRequest) => Err(Trouble::not_found()),
        Err(why) => {
            let (status, key) = (StatusCode::UNPROCESSABLE_ENTITY, not_decided_key(why));
            answer(app, page, caller, Asked::default(), status, Some(key)).await
        }
    }
}

async fn limit(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let programme = form.id("programme").ok_or_else(|| Trouble::bad_request("no programme"))?;
    let points = form.text("points").parse::<u64>().ok().filter(|points| *points <= LIMIT_MAX);
    let Some(points) = points else {
        let (status, key) = (StatusCode::UNPROCESSABLE_ENTITY, "correction-bad-limit");
        return answer(&app, page, &caller, Asked::default(), status, Some(key)).await;
    };
    let acting = caller.acting();
    let set = app.write(move |work| Ok(Ok::<_, ()>(set_limit(work, &acting, programme, points)?))).await?;
    match set {
        Ok(Some(_)) => Ok(Redirect::to(LIST).into_response()),
        _ => Err(Trouble::not_found()),
    }
}
