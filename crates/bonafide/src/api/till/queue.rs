//! What a till sold while there was no network: purchases that earn, delivered afterwards.
//!
//! Without a network nobody knows what a member has. So nothing of a queue spends, unless the till was allowed to take some points
//! beforehand, of which as much may be lost ([`allowance`](super::allowance), case T-07). Each purchase is answered for itself, so that
//! one that is refused keeps none of the others.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::api::body::{self, unprocessable};
use crate::api::door::{Thing, presented};
use crate::api::till::asking::TillAsking;
use crate::api::till::basket::buyer;
use crate::api::till::purchase::{TillPurchase, TillSale, completed, sold, told};
use crate::api::till::refusal::not_taken_in;
use crate::flows::till::recognise_at_till;
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;
use bonafide_store::id::Id;
use bonafide_store::purchases::{Recognition, complete_offline, seal_recognition};

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
    /// What was paid; points only by an allowance.
    sale: TillSale,
    /// The allowance by which points paid, as it was given.
    #[serde(default)]
    allowance: Option<String>,
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
    /// The card was not recognised, or could not be charged for the points: the purchase is nobody's. It may be claimed unless points paid.
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
        let Some(allowance) = &queued.allowance else {
            return Err(unprocessable("not_held", "nothing of a queue spends points without an allowance"));
        };
        return paid(app, asking, id, queued, allowance);
    }
    let mut sale = queued.sale.clone();
    let recognition = shown(app, asking, queued)?;
    if let Some(recognition) = &recognition {
        sale.customer = Some(seal_recognition(app.store.vault(), recognition)?);
    }
    // The sale is made, and waits for nobody.
    let nobody = queued.presented.is_some() && recognition.is_none();
    Ok((completed(app, asking, id, &sale)?, nobody))
}

/// Whose card was read, if it is known and good.
fn shown(app: &App, asking: &TillAsking, queued: &TillQueued) -> Result<Option<Recognition>, Trouble> {
    let Some(thing) = &queued.presented else { return Ok(None) };
    let known = recognise_at_till(&app.store, &asking.acting, asking.till, &[presented(app, thing)?])?;
    Ok(known.ok())
}

/// A sale that points paid by an allowance.
fn paid(
    app: &App,
    asking: &TillAsking,
    id: Id,
    queued: &TillQueued,
    allowance: &str,
) -> Result<(TillPurchase, bool), Trouble> {
    if queued.presented.is_none() {
        return Err(unprocessable("not_recognised", "points pay only for a customer whose card was read"));
    }
    let mut sale = sold(app, asking, &queued.sale)?;
    // Without a network no PIN could be asked for: a card with which one would spend is enough, and nothing less is.
    let payer = shown(app, asking, queued)?.filter(|payer| payer.may_spend || payer.pin_spends);
    sale.buying.buyer = buyer(payer.as_ref());
    let (acting, text) = (asking.acting.clone(), allowance.to_owned());
    let done = app.store.write(move |work| complete_offline(work, &acting, id, &sale, &text))?;
    let done = done.map_err(not_taken_in)?;
    Ok((told(&done), done.wallet.is_none()))
}
