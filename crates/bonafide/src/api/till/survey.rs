//! The link to the question about a purchase, for its receipt.

use axum::Json;
use axum::extract::State;
use bonafide_store::purchases::{self, State as Became};
use bonafide_store::surveys::{ANSWER_US_MAX, link};
use serde::Serialize;

use crate::api::till::asking::TillAsking;
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// A link.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillSurvey {
    /// The path on this server, to be printed on the receipt as text or as a QR code behind the server's address.
    path: String,
    /// Until when it may be answered, in microseconds since 1970.
    until_us: i64,
}

/// Ask for the link to the question about a purchase.
///
/// Whoever has the receipt answers it once, in one to five stars, without signing in. The link tells nothing of the purchase.
#[utoipa::path(
    get, path = "/api/v1/till/purchases/{id}/survey", tag = "till",
    params(("id" = String, Path, description = "The till's own id of the purchase")),
    responses(
        (status = 200, description = "The link", body = TillSurvey),
        (status = 404, description = "There is no such completed purchase at this till"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn survey(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillSurvey>, Trouble> {
    let id = asking.id()?;
    let made = app.aside(move |app| {
        let vault = app.store.vault();
        let found = app.store.read(|tx| purchases::read(tx, vault, id))?;
        let own = found.filter(|purchase| purchase.till == asking.till && purchase.state == Became::Done);
        let purchase = own.ok_or_else(Trouble::not_found)?;
        let path = format!("/survey/{}", link(vault, id)?);
        Ok(TillSurvey { path, until_us: purchase.at_us.saturating_add(ANSWER_US_MAX) })
    });
    Ok(Json(made.await?))
}
