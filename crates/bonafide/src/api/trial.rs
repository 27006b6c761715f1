//! A door on trial: an adapter of the older system tells what that one decided, so that the desk shows where the two differ.

use axum::Json;
use axum::extract::State;
use bonafide_store::trial::{NotObserved, Noted, Observed, observe};
use serde::{Deserialize, Serialize};

use crate::api::asking::Asking;
use crate::api::body::{self, unprocessable};
use crate::api::door::{Moment, Thing, presented};
use crate::flows::recognition::Presented;
use crate::flows::trial::{Whom, member};
use crate::server::app::{App, Shared};
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Observations of one request at most.
pub(super) const OBSERVATIONS_MAX: usize = 100;

/// The route of a trial.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::post("/api/v1/door/trial-observations", Access::Door, take)]
}

/// What an older system decided at the door of this key.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialObservations {
    /// One to a hundred of them, in any order.
    observations: Vec<TrialObservation>,
}

/// One decision of an older system.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialObservation {
    /// The id of this observation, which the adapter makes and keeps until it has the answer.
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000d")]
    operation: String,
    /// Whether it let somebody in.
    admitted: bool,
    /// When it was, by the clock of the device; now when nothing is said. It may be a day ago at most, and up to five minutes ahead.
    #[serde(default)]
    at: Option<Moment>,
    /// What was shown there: a card or a club number. A code of a phone is told by its passage.
    #[serde(default)]
    presented: Option<Thing>,
    /// Our decision about the same person, when the adapter knows it.
    #[serde(default)]
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000c")]
    passage: Option<String>,
}

/// What became of each, in the order of the request.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct TrialNoted {
    observations: Vec<TrialObservationNoted>,
}

/// What became of one.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct TrialObservationNoted {
    #[schema(format = "uuid")]
    operation: String,
    outcome: TrialOutcome,
    /// Our decision that it belongs to; nothing when we were not asked about this person within 15 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    passage: Option<String>,
}

/// What became of an observation.
#[derive(Serialize, Clone, Copy, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TrialOutcome {
    /// It is written down.
    Noted,
    /// It was written down before, under the same id.
    Repeated,
    /// Its id was used for something else: it is not written down.
    OtherRequest,
}

/// An observation, understood.
#[derive(Clone)]
struct Told {
    observed: Observed,
    whom: Option<Whom>,
}

/// Tell what an older system decided at this door.
///
/// All of them are written down in one go, or none. Each has an id of its own: sent again, alone or with others, it is not written
/// down twice. Nothing opens by it, and a door that is not on trial may tell as well.
#[utoipa::path(
    post, path = "/api/v1/door/trial-observations", tag = "door", request_body = TrialObservations,
    responses(
        (status = 200, description = "Written down, each as it says", body = TrialNoted),
        (status = 422, description = "Another form, none or more than a hundred, or a moment that is too old or lies ahead: \
            nothing is written down"),
    ),
    security(("device" = [])),
)]
pub(super) async fn take(State(app): State<Shared>, asking: Asking) -> Result<Json<TrialNoted>, Trouble> {
    let (acting, access_point) = asking.at()?;
    let said: TrialObservations = body::json(asking.body()?)?;
    if !(1..=OBSERVATIONS_MAX).contains(&said.observations.len()) {
        return Err(unprocessable("bad_value", format!("1 to {OBSERVATIONS_MAX} observations are told")));
    }
    let now_us = acting.now_us;
    let noted = app.aside(move |app| {
        let told = said.observations.iter().map(|one| told(app, one, access_point, now_us));
        let told = told.collect::<Result<Vec<Told>, Trouble>>()?;
        app.store.write(move |work| {
            let mut noted = Vec::with_capacity(told.len());
            for Told { observed, whom } in &told {
                let member = match whom {
                    Some(whom) => member(work.tx, work.vault, now_us, whom)?,
                    None => None,
                };
                let observed = Observed { member, ..*observed };
                match observe(work, &acting, &observed)? {
                    Err(NotObserved::NoAccessPoint) => return Ok(Err(Trouble::not_found())),
                    other => noted.push(answer(&observed, other.ok())),
                }
            }
            Ok(Ok(noted))
        })?
    });
    Ok(Json(TrialNoted { observations: noted.await? }))
}

fn told(
    app: &App,
    said: &TrialObservation,
    access_point: bonafide_store::id::Id,
    now_us: i64,
) -> Result<Told, Trouble> {
    let whom = match said.presented.as_ref() {
        None => None,
        Some(Thing::Code(_)) => {
            return Err(unprocessable("bad_value", "a code is told by the passage that it led to"));
        }
        Some(thing) => match presented(app, thing)? {
            Presented::Card(number) => Some(Whom::Card(vec![number])),
            Presented::ClubNumber(number) => Some(Whom::ClubNumber(number)),
            _ => None,
        },
    };
    let observed = Observed {
        operation: body::id(&said.operation, "operation")?,
        access_point,
        admitted: said.admitted,
        at_us: said.at.as_ref().map_or(Ok(now_us), |at| at.within(now_us))?,
        member: None,
        passage: said.passage.as_deref().map(|passage| body::id(passage, "passage")).transpose()?,
    };
    Ok(Told { observed, whom })
}

/// What became of one; nothing when its id was used for something else.
fn answer(observed: &Observed, noted: Option<Noted>) -> TrialObservationNoted {
    let outcome = match noted {
        Some(Noted { repeated: false, .. }) => TrialOutcome::Noted,
        Some(Noted { repeated: true, .. }) => TrialOutcome::Repeated,
        None => TrialOutcome::OtherRequest,
    };
    let passage = noted.and_then(|noted| noted.passage).map(|passage| passage.to_string());
    TrialObservationNoted { operation: observed.operation.to_string(), outcome, passage }
}
