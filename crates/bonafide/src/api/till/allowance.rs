//! How many points a till may let pay while there is no network.

use axum::Json;
use axum::extract::State;
use bonafide_store::allowances::{KeptAllowance, ask};
use bonafide_store::ledger::programmes;
use serde::{Deserialize, Serialize};

use crate::api::till::asking::TillAsking;
use crate::api::till::refusal::not_given;
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// What a till says of the allowance that it has.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillAllowanceQuestion {
    /// The points that it has spent by the last one and that wait for delivery; 0 without one. The rest of it is void from now on.
    #[serde(default)]
    undelivered_points: u64,
}

/// What a till may let points pay, by itself.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillAllowance {
    /// To be kept, and sent along with each sale of a queue that points paid.
    allowance: String,
    /// Points in all.
    points: u64,
    /// Points of one purchase at most.
    purchase_points: u64,
    /// What a point pays, in minor units.
    point_minor: u32,
    /// The version of the rules that these purchases are made under, until the end.
    rules_version: u32,
    /// The largest share of the goods' price that points pay, in hundredths of a percent.
    share_basis_points: u32,
    /// Points pay in multiples of this.
    step_points: u64,
    /// The fewest points that pay at once.
    min_points: u64,
    /// The smallest receipt of which points pay a part, in minor units.
    min_receipt_minor: i64,
    /// Until when the till may spend by it, in microseconds since 1970. Sales are delivered within seven days after that.
    until_us: i64,
}

/// Ask how many points may pay while there is no network.
///
/// The owner says how much for each till; without that, nothing. Ask when the last one is used up or nearly over: the new one takes the
/// place of what is not spent of it. From the question on spend nothing by the last one: an answer that was lost is found by asking
/// again. After a refusal the last one is as good as before.
#[utoipa::path(
    post, path = "/api/v1/till/allowances", tag = "till", request_body = TillAllowanceQuestion,
    responses(
        (status = 200, description = "So many", body = TillAllowance),
        (status = 422, description = "Another form, or nothing is allowed"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn allow(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillAllowance>, Trouble> {
    let question: TillAllowanceQuestion = asking.content()?;
    let answer = app.aside(move |app| {
        let (acting, till) = (asking.acting, asking.till);
        let given = app.store.write(move |work| {
            let given = match ask(work, &acting, till, question.undelivered_points)? {
                Ok(given) => given,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let version = programmes::version(work.tx, given.0.programme, given.0.version)?;
            Ok(Ok((given, version)))
        })?;
        let ((allowance, text), version) = given.map_err(not_given)?;
        let spending = version.and_then(|version| version.rules.spec().spending.clone());
        let spending = spending.ok_or_else(Trouble::not_found)?;
        let KeptAllowance { amount, point_minor, version, until_us, .. } = allowance;
        Ok(TillAllowance {
            allowance: text,
            points: amount.points,
            purchase_points: amount.purchase_points,
            point_minor,
            rules_version: version,
            share_basis_points: spending.share_basis_points,
            step_points: spending.step_points,
            min_points: spending.min_points,
            min_receipt_minor: spending.min_receipt_minor,
            until_us,
        })
    });
    Ok(Json(answer.await?))
}
