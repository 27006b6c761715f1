//! A purchase: held, completed, given up, claimed.

use axum::Json;
use axum::extract::State;
use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_store::id::Id;
use bonafide_store::ledger::guards::guard_word;
use bonafide_store::purchases::{self, Buying, KeptLine, Purchase, Sale, state_word};
use serde::{Deserialize, Serialize};

use crate::api::body::unprocessable;
use crate::api::till::asking::TillAsking;
use crate::api::till::basket::{TillBasket, buyer, recognised};
use crate::api::till::refusal::{not_bought, not_claimed};
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;

/// What is held.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillHold {
    /// Who buys. He has shown enough to spend.
    customer: String,
    basket: TillBasket,
    /// Points that are to pay.
    points: u64,
}

/// What was paid.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillSale {
    /// Who buys; nothing when nobody was recognised.
    #[serde(default)]
    pub(super) customer: Option<String>,
    pub(super) basket: TillBasket,
    /// Points that pay: those that were held, or fewer.
    #[serde(default)]
    pub(super) points: u64,
    /// The shop's own number of the receipt, such as the fiscal FN, FD and FP.
    #[serde(default)]
    pub(super) receipt: Option<String>,
    /// What the till's clock says, in microseconds since 1970. The server orders by its own.
    #[serde(default)]
    pub(super) till_at_us: Option<i64>,
}

/// Whose a purchase is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillClaim {
    /// The customer.
    customer: String,
}

/// A purchase.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillPurchase {
    #[schema(format = "uuid")]
    purchase: String,
    /// `begun`, `done` or `given_up`.
    state: &'static str,
    rules_version: u32,
    /// What the shop asked for, in minor units.
    total_minor: i64,
    /// What the customer's tier took off.
    discount_minor: i64,
    /// What points paid.
    points_minor: i64,
    /// What was left to pay.
    to_pay_minor: i64,
    spent_points: u64,
    earned_points: u64,
    /// Why it earns nothing, though it would: `purchases_hour` or `purchases_day`, when the customer has earned too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<&'static str>,
    /// Until when points are held, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until_us: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// The lines, in the order of the basket; nothing once the customer was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<TillPurchaseLine>>,
}

/// A line of a purchase.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillPurchaseLine {
    product: String,
    quantity_milli: u64,
    discount_minor: i64,
    points_minor: i64,
    to_pay_minor: i64,
    spent_points: u64,
    earned_points: u64,
}

pub(super) fn told(purchase: &Purchase) -> TillPurchase {
    TillPurchase {
        purchase: purchase.id.to_string(),
        state: state_word(purchase.state),
        rules_version: purchase.version,
        total_minor: purchase.total_minor,
        discount_minor: purchase.discount_minor,
        points_minor: purchase.points_minor,
        to_pay_minor: purchase.to_pay_minor,
        spent_points: purchase.spent_points,
        earned_points: purchase.earned_points,
        guard: purchase.guard.map(guard_word),
        held_until_us: purchase.hold_until_us,
        receipt: purchase.receipt.clone(),
        lines: purchase.lines.as_ref().map(|lines| lines.iter().map(line).collect()),
    }
}

fn line(line: &KeptLine) -> TillPurchaseLine {
    TillPurchaseLine {
        product: line.product.clone(),
        quantity_milli: line.sold.quantity_milli,
        discount_minor: line.discount.map_or(0, |discount| discount.minor),
        points_minor: line.sold.discount_minor,
        to_pay_minor: line.sold.money_minor,
        spent_points: line.sold.spent_points,
        earned_points: line.sold.earned.iter().map(|earned| earned.points).sum(),
    }
}

/// Hold points for a purchase.
///
/// The rules are those of this moment until the purchase ends. Points that are not taken within a quarter of an hour are free again.
#[utoipa::path(
    post, path = "/api/v1/till/purchases/{id}/hold", tag = "till", request_body = TillHold,
    params(("id" = String, Path, description = "The till's own id of the purchase, a UUID that it writes down before it asks")),
    responses(
        (status = 200, description = "Held, now or before", body = TillPurchase),
        (status = 409, description = "The id was used for something else, or the purchase is over"),
        (status = 422, description = "Another form, more points than may pay, or the customer has not shown enough to spend"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn hold(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillPurchase>, Trouble> {
    let (id, said) = (asking.id()?, asking.content::<TillHold>()?);
    let basket = said.basket.basket()?;
    let who = recognised(app.store.vault(), &asking.acting, asking.till, Some(&said.customer))?;
    if !who.as_ref().is_some_and(|who| who.may_spend) {
        return Err(unprocessable(
            "show_more",
            "to spend, the customer types his PIN or shows the code of his phone",
        ));
    }
    let buying = Buying { till: asking.till, buyer: buyer(who.as_ref()), basket, points: said.points };
    let acting = asking.acting;
    let begun = app.write_by_rows(move |work| purchases::begin(work, &acting, id, &buying)).await?;
    begun.map(|purchase| Json(told(&purchase))).map_err(not_bought)
}

/// Complete a purchase that was paid.
///
/// Without points no hold is needed. A purchase of nobody is written down too: its customer may claim it.
#[utoipa::path(
    post, path = "/api/v1/till/purchases/{id}/completion", tag = "till", request_body = TillSale,
    params(("id" = String, Path, description = "The till's own id of the purchase")),
    responses(
        (status = 200, description = "Completed, now or before", body = TillPurchase),
        (status = 409, description = "The id was used for something else, the hold has expired, or the receipt belongs to another one"),
        (status = 422, description = "Another form, or points that were not held"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn complete(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillPurchase>, Trouble> {
    let (id, said) = (asking.id()?, asking.content::<TillSale>()?);
    let (sale, acting) = (sold(&app, &asking, &said)?, asking.acting);
    let done = app.write_by_rows(move |work| purchases::complete(work, &acting, id, &sale)).await?;
    done.map(|purchase| Json(told(&purchase))).map_err(not_bought)
}

/// Completes a purchase out of a queue.
pub(super) fn completed(
    app: &App,
    asking: &TillAsking,
    id: Id,
    said: &TillSale,
) -> Result<TillPurchase, Trouble> {
    let sale = sold(app, asking, said)?;
    let acting = asking.acting.clone();
    let done = app.store.write_by_rows(move |work| purchases::complete(work, &acting, id, &sale))?;
    done.map(|purchase| told(&purchase)).map_err(not_bought)
}

/// What a till says of a sale, understood.
pub(super) fn sold(app: &App, asking: &TillAsking, said: &TillSale) -> Result<Sale, Trouble> {
    let basket = said.basket.basket()?;
    let who = recognised(app.store.vault(), &asking.acting, asking.till, said.customer.as_deref())?;
    let receipt = said.receipt.as_deref().map(ReceiptNumber::parse).transpose();
    let receipt =
        receipt.map_err(|_| unprocessable("bad_value", "receipt is one line of at most 64 characters"))?;
    let buying = Buying { till: asking.till, buyer: buyer(who.as_ref()), basket, points: said.points };
    Ok(Sale { buying, receipt, till_at_us: said.till_at_us })
}

/// Give up a purchase that was begun: its points are free again.
#[utoipa::path(
    post, path = "/api/v1/till/purchases/{id}/cancellation", tag = "till",
    params(("id" = String, Path, description = "The till's own id of the purchase")),
    responses(
        (status = 200, description = "Given up, now or before", body = TillPurchase),
        (status = 404, description = "There is no such purchase: nothing is held"),
        (status = 409, description = "It was completed"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn cancel(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillPurchase>, Trouble> {
    let id = asking.id()?;
    let given_up = app.aside(move |app| {
        own(app, &asking, id)?;
        let acting = asking.acting;
        let given_up = app.store.write_by_rows(move |work| purchases::give_up(work, &acting, id))?;
        let purchase = given_up.map_err(not_bought)?.ok_or_else(Trouble::not_found)?;
        Ok(told(&purchase))
    });
    Ok(Json(given_up.await?))
}

/// Give a purchase of nobody to its customer: it earns as it would have. Within two weeks.
#[utoipa::path(
    post, path = "/api/v1/till/purchases/{id}/claim", tag = "till", request_body = TillClaim,
    params(("id" = String, Path, description = "The till's own id of the purchase")),
    responses(
        (status = 200, description = "Claimed, now or before by the same customer", body = TillPurchase),
        (status = 404, description = "There is no such purchase at this till"),
        (status = 409, description = "It belongs to somebody, or something of it came back"),
        (status = 422, description = "Another form, too late, or the customer is not in the programme"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn claim(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillPurchase>, Trouble> {
    let (id, said) = (asking.id()?, asking.content::<TillClaim>()?);
    let claimed = app.aside(move |app| {
        own(app, &asking, id)?;
        let who = recognised(app.store.vault(), &asking.acting, asking.till, Some(&said.customer))?;
        let who = buyer(who.as_ref()).ok_or_else(Trouble::not_found)?;
        let acting = asking.acting;
        let claimed =
            app.store.write(move |work| purchases::claim(work, &acting, id, (who.member, who.way)))?;
        claimed.map(|purchase| told(&purchase)).map_err(not_claimed)
    });
    Ok(Json(claimed.await?))
}

/// Read a purchase of this till.
#[utoipa::path(
    get, path = "/api/v1/till/purchases/{id}", tag = "till",
    params(("id" = String, Path, description = "The till's own id of the purchase")),
    responses(
        (status = 200, description = "The purchase", body = TillPurchase),
        (status = 404, description = "There is no such purchase at this till"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn read(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillPurchase>, Trouble> {
    let id = asking.id()?;
    let purchase = app.aside(move |app| own(app, &asking, id));
    Ok(Json(told(&purchase.await?)))
}

/// A purchase of this till: another till's is not there for it (case T-25).
fn own(app: &App, asking: &TillAsking, id: Id) -> Result<Purchase, Trouble> {
    let found = app.store.read(|tx| purchases::read(tx, app.store.vault(), id))?;
    found.filter(|purchase| purchase.till == asking.till).ok_or_else(Trouble::not_found)
}
