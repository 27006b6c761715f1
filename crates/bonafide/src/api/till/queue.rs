//! What a till sold while there was no network: purchases that earn, delivered afterwards.
//!
//! Nothing of a queue spends: without a network nobody knows what is there (case T-07). Each purchase is answered for itself, so that
//! one that is refused keeps none of the others.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::api::body::{self, unprocessable};
use crate::api::door::{Thing, presented};
use crate::api::till::asking::TillAsking;
use crate::api::till::purchase::{TillPurchase, TillSale, completed};
use crate::flows::till::recognise_at_till;
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;
use bonafide_store::purchases::seal_recognition;

/// Purchases of one delivery at most.
const QUEUED_MAX: usize = 100;

/// What waited.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillQueue {
    /// One to a hundred purchases, the oldest first.
    purchases: Vec<TillQueued>,
}

/// A purchase that waited.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillQueued {
    /// The till's own id of the purchase.
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000f")]
    id: String,
    /// The card that was read; nothing when nobody showed one.
    #[serde(default)]
    presented: Option<Thing>,
    /// What was paid, without points.
    sale: TillSale,
}

/// What became of each, in the order of the request.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillDelivered {
    purchases: Vec<TillQueuedAnswer>,
}

/// What became of one: a purchase, or the key of the problem with what is wrong.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillQueuedAnswer {
    #[schema(format = "uuid")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase: Option<TillPurchase>,
    /// The card was not recognised: the purchase is nobody's, and may be claimed.
    nobody: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Deliver what was sold while there was no network.
///
/// Each has an id of its own: delivered again, it is answered as before.
#[utoipa::path(
    post, path = "/api/v1/till/queue", tag = "till", request_body = TillQueue,
    responses(
        (status = 200, description = "Each as it says", body = TillDelivered),
        (status = 422, description = "Another form, none or more than a hundred: nothing is written down"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn deliver(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillDelivered>, Trouble> {
    let queue: TillQueue = asking.content()?;
    if !(1..=QUEUED_MAX).contains(&queue.purchases.len()) {
        return Err(unprocessable("bad_value", format!("1 to {QUEUED_MAX} purchases are delivered")));
    }
    let delivered = app.aside(move |app| {
        let purchases = queue.purchases.iter().map(|queued| answer(app, &asking, queued)).collect();
        Ok(TillDelivered { purchases })
    });
    Ok(Json(delivered.await?))
}

fn answer(app: &App, asking: &TillAsking, queued: &TillQueued) -> TillQueuedAnswer {
    let bare = |nobody| TillQueuedAnswer {
        id: queued.id.clone(),
        purchase: None,
        nobody,
        problem: None,
        detail: None,
    };
    match taken(app, asking, queued) {
        Ok((purchase, nobody)) => TillQueuedAnswer { purchase: Some(purchase), ..bare(nobody) },
        Err(trouble) => {
            TillQueuedAnswer { problem: Some(trouble.key), detail: trouble.detail, ..bare(false) }
        }
    }
}

fn taken(app: &App, asking: &TillAsking, queued: &TillQueued) -> Result<(TillPurchase, bool), Trouble> {
    let id = body::id(&queued.id, "id")?;
    if queued.sale.points > 0 {
        return Err(unprocessable("not_held", "nothing of a queue spends points"));
    }
    let mut sale = queued.sale.clone();
    let mut nobody = false;
    if let Some(thing) = &queued.presented {
        let known = recognise_at_till(&app.store, &asking.acting, asking.till, &[presented(app, thing)?])?;
        match known {
            Ok(recognition) => sale.customer = Some(seal_recognition(app.store.vault(), &recognition)?),
            // The sale is made, and waits for nobody.
            Err(_) => nobody = true,
        }
    }
    Ok((completed(app, asking, id, &sale)?, nobody))
}
