//! What a basket earns, and what points may pay.

use axum::Json;
use axum::extract::State;
use bonafide_domain::programme::{LineOffer, SpendBound};
use bonafide_store::ledger::guards::guard_word;
use bonafide_store::purchases::{Buying, Offered, offer};
use serde::{Deserialize, Serialize};

use crate::api::till::asking::TillAsking;
use crate::api::till::basket::{TillBasket, buyer, recognised};
use crate::api::till::offers::{TillPersonalOffer, offers_of_basket};
use crate::api::till::refusal::no_offer;
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// What is asked.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillQuoteQuestion {
    /// Who buys, as [recognitions](#operation-recognise) told; without it the offer is that of anybody.
    #[serde(default)]
    customer: Option<String>,
    basket: TillBasket,
    /// Points that are to pay.
    #[serde(default)]
    points: u64,
}

/// An offer.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillOffer {
    /// The version of the rules.
    rules_version: u32,
    /// What is left to pay, in minor units.
    to_pay_minor: i64,
    /// What it earns; of nobody what it would.
    earned_points: u64,
    /// Why it earns nothing, though it would: `purchases_hour` or `purchases_day`, when the customer has earned too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<&'static str>,
    /// The points that pay.
    points: u64,
    /// The most points that may pay; zero when the customer may not spend.
    max_points: u64,
    /// Points pay in multiples of this.
    step_points: u64,
    /// Why not more: `not_offered`, `blocked`, `earns_only`, `small_receipt`, `no_goods`, `few_points`, `small_share`, `balance`,
    /// `share`, and `show_more` when he has not shown enough to spend.
    bound: &'static str,
    /// The lines, in the order of the basket.
    lines: Vec<TillOfferLine>,
    /// What was offered to the customer in person, and which of it this basket uses.
    offers: Vec<TillPersonalOffer>,
}

/// A line of an offer.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillOfferLine {
    /// What the customer's tier takes off, in minor units.
    discount_minor: i64,
    /// What points pay of it, in minor units: on a fiscal receipt a discount.
    points_minor: i64,
    /// What is left to pay, in minor units.
    to_pay_minor: i64,
    /// What it earns.
    earned_points: u64,
}

/// Ask what a basket earns and what points may pay.
#[utoipa::path(
    post, path = "/api/v1/till/quotes", tag = "till", request_body = TillQuoteQuestion,
    responses(
        (status = 200, description = "The offer. Nothing is held by it", body = TillOffer),
        (status = 422, description = "Another form, more points than may pay, or no programme"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn quote(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillOffer>, Trouble> {
    let question: TillQuoteQuestion = asking.content()?;
    let basket = question.basket.basket()?;
    let answer = app.aside(move |app| {
        let vault = app.store.vault();
        let who = recognised(vault, &asking.acting, asking.till, question.customer.as_deref())?;
        let may_spend = who.as_ref().is_some_and(|who| who.may_spend);
        let buying =
            Buying { till: asking.till, buyer: buyer(who.as_ref()), basket, points: question.points };
        let offered = app.store.read(|tx| offer(tx, vault, &asking.acting, &buying))?.map_err(no_offer)?;
        Ok(told(&offered, may_spend))
    });
    Ok(Json(answer.await?))
}

fn told(offered: &Offered, may_spend: bool) -> TillOffer {
    let offer = &offered.offer;
    TillOffer {
        rules_version: offer.version,
        to_pay_minor: offer.to_pay.minor(),
        earned_points: offer.earned_points,
        guard: offer.guard().map(guard_word),
        points: offer.spent_points,
        max_points: if may_spend { offer.spend.max_points } else { 0 },
        step_points: offer.spend.step_points,
        bound: if may_spend { bound_word(offer.spend.bound) } else { "show_more" },
        lines: offer.lines.iter().map(line).collect(),
        offers: offers_of_basket(&offered.held, &offer.by_rule),
    }
}

fn line(line: &LineOffer) -> TillOfferLine {
    TillOfferLine {
        discount_minor: line.discount.map_or(0, |discount| discount.minor),
        points_minor: line.points_minor,
        to_pay_minor: line.money_minor,
        earned_points: line.earned.iter().map(|earned| earned.points).sum(),
    }
}

const fn bound_word(bound: SpendBound) -> &'static str {
    match bound {
        SpendBound::NotOffered => "not_offered",
        SpendBound::Blocked => "blocked",
        SpendBound::EarnsOnly => "earns_only",
        SpendBound::SmallReceipt { .. } => "small_receipt",
        SpendBound::NoGoods => "no_goods",
        SpendBound::FewPoints { .. } => "few_points",
        SpendBound::SmallShare { .. } => "small_share",
        SpendBound::Balance => "balance",
        SpendBound::Share => "share",
    }
}
