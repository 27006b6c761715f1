//! Goods that come back.

use axum::Json;
use axum::extract::State;
use bonafide_store::purchases::{self, BackLine};
use serde::{Deserialize, Serialize};

use crate::api::body;
use crate::api::till::asking::TillAsking;
use crate::api::till::refusal::not_back;
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// What comes back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillReturn {
    /// Of which purchase; it may be another till's.
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000e")]
    purchase: String,
    /// Which lines, each once.
    lines: Vec<TillReturnLine>,
}

/// A part of a line.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillReturnLine {
    /// The line's place in the purchase, from zero.
    index: usize,
    /// How much of it, in thousandths.
    #[schema(example = 1000)]
    quantity_milli: u64,
}

/// What came back.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillReturned {
    /// Money to the customer, in minor units.
    money_minor: i64,
    /// Points that returned to him.
    spent_points: u64,
    /// Points that were taken back from him; what he had spent already is owed.
    earned_points: u64,
}

/// Take goods back.
///
/// Points that paid return into their lots, or for a week where these end sooner; what the goods had earned is taken back.
#[utoipa::path(
    post, path = "/api/v1/till/returns/{id}", tag = "till", request_body = TillReturn,
    params(("id" = String, Path, description = "The till's own id of the return, a UUID that it writes down before it asks")),
    responses(
        (status = 200, description = "Taken back, now or before", body = TillReturned),
        (status = 409, description = "The id was used for another return, or the purchase was not completed"),
        (status = 422, description = "Another form, no such purchase, or more than is left"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn bring_back(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillReturned>, Trouble> {
    let (id, said) = (asking.id()?, asking.content::<TillReturn>()?);
    let purchase = body::id(&said.purchase, "purchase")?;
    let line = |line: &TillReturnLine| BackLine { index: line.index, quantity_milli: line.quantity_milli };
    let lines: Vec<BackLine> = said.lines.iter().map(line).collect();
    let (acting, till) = (asking.acting, asking.till);
    let back =
        app.write(move |work| purchases::bring_back(work, &acting, id, (purchase, till), &lines)).await?;
    let back = back.map_err(not_back)?;
    Ok(Json(TillReturned {
        money_minor: back.money_minor,
        spent_points: back.spent_points,
        earned_points: back.earned_points,
    }))
}
