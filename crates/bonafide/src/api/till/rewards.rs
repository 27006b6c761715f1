//! Gifts: what a customer may take, that he takes one, and that it comes back.

use axum::Json;
use axum::extract::State;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Points;
use bonafide_domain::programme::RuleId;
use bonafide_store::purchases::Recognition;
use bonafide_store::rewards::offered::{MayHave, OnOffer};
use bonafide_store::rewards::taking::{self, NotBroughtBack, NotTaken, Taken, Taking};
use serde::{Deserialize, Serialize};

use crate::api::body::unprocessable;
use crate::api::till::asking::TillAsking;
use crate::api::till::basket::recognised;
use crate::api::till::refusal::{conflict, not_posted, own_purchase};
use crate::failure::Failure;
use crate::flows::till_rewards::may_have_at;
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;

/// Who asks what he may have.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillRewardsQuestion {
    /// The customer.
    customer: String,
}

/// What a customer may have now.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillRewards {
    /// Gifts that lie at this branch, for which he has the tier and the points. A free one that he has had is not among them.
    gifts: Vec<TillGift>,
    /// What is new or on sale he may buy before others.
    early_access: bool,
}

/// A gift that may be taken.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillGift {
    /// Names it when it is taken.
    reward: u16,
    /// What it is called.
    name: String,
    /// For how many points; zero when it is free.
    points: u64,
}

/// What is taken.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillTaking {
    /// Who takes it. Where it costs points, he has shown enough to spend.
    customer: String,
    /// Which, as it was told.
    reward: u16,
}

/// A gift that was taken.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillTaken {
    #[schema(format = "uuid")]
    taking: String,
    reward: u16,
    /// For how many points; zero when it was free.
    points: u64,
    /// When it was taken, in microseconds since 1970.
    taken_us: i64,
    /// When it came back, in microseconds since 1970; nothing when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    back_us: Option<i64>,
}

/// Ask what a customer may have besides points.
#[utoipa::path(
    post, path = "/api/v1/till/rewards", tag = "till", request_body = TillRewardsQuestion,
    responses(
        (status = 200, description = "What he may have; nothing where he is in no programme", body = TillRewards),
        (status = 422, description = "Another form, or the customer was recognised elsewhere or too long ago"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn list(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillRewards>, Trouble> {
    let said: TillRewardsQuestion = asking.content()?;
    let found = app.aside(move |app| {
        let who = customer(app, &asking, &said.customer)?;
        let now = instant(asking.acting.now_us)?;
        Ok(app.store.read(|tx| may_have_at(tx, (who.till, who.member), now))?)
    });
    let MayHave { gifts, early_access } = found.await?;
    let gift = |gift: OnOffer| TillGift {
        reward: gift.rule.0,
        name: gift.name,
        points: gift.cost.map_or(0, Points::get),
    };
    Ok(Json(TillRewards { gifts: gifts.into_iter().map(gift).collect(), early_access }))
}

fn instant(us: i64) -> Result<UtcMicros, Trouble> {
    Ok(UtcMicros::parse(us).map_err(|_| Failure::new("clock", "the clock is not set"))?)
}

fn customer(app: &App, asking: &TillAsking, text: &str) -> Result<Recognition, Trouble> {
    let who = recognised(app.store.vault(), &asking.acting, asking.till, Some(text))?;
    who.ok_or_else(|| unprocessable("bad_value", "customer is empty"))
}

/// Take a gift.
///
/// Its points and its piece go together, or neither does. Asked again, it is answered as before.
#[utoipa::path(
    post, path = "/api/v1/till/rewards/{id}", tag = "till", request_body = TillTaking,
    params(("id" = String, Path, description = "The till's own id of the taking, a UUID that it writes down before it asks")),
    responses(
        (status = 200, description = "Taken, now or before", body = TillTaken),
        (status = 409, description = "The id was used for something else, none is left, or the customer has had it"),
        (status = 422, description = "Another form, no such gift, too few points, or the customer has not shown enough to spend"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn take(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillTaken>, Trouble> {
    let (id, said) = (asking.id()?, asking.content::<TillTaking>()?);
    let taken = app.aside(move |app| {
        let who = customer(app, &asking, &said.customer)?;
        let (till, rule) = (asking.till, RuleId(said.reward));
        let taking = Taking { till, member: who.member, rule, may_spend: who.may_spend };
        let acting = asking.acting;
        let taken = app.store.write(move |work| taking::take(work, &acting, id, &taking))?;
        taken.map_err(not_taken)
    });
    Ok(Json(told(&taken.await?)))
}

/// Take a gift back: it lies there again, and its points return. Within a day, at the branch where it was taken.
#[utoipa::path(
    post, path = "/api/v1/till/rewards/{id}/return", tag = "till",
    params(("id" = String, Path, description = "The till's own id of the taking")),
    responses(
        (status = 200, description = "Taken back, now or before", body = TillTaken),
        (status = 404, description = "Nothing was taken under this id at this branch"),
        (status = 422, description = "Too late"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn bring_back(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillTaken>, Trouble> {
    let (id, till, acting) = (asking.id()?, asking.till, asking.acting);
    let back = app.write(move |work| taking::bring_back(work, &acting, id, till)).await?;
    Ok(Json(told(&back.map_err(not_brought_back)?)))
}

fn told(taken: &Taken) -> TillTaken {
    TillTaken {
        taking: taken.id.to_string(),
        reward: taken.rule.0,
        points: taken.points,
        taken_us: taken.at_us,
        back_us: taken.back_us,
    }
}

fn not_taken(refusal: NotTaken) -> Trouble {
    match refusal {
        NotTaken::OtherContents => conflict("other_request", "this id was used for another gift"),
        NotTaken::NoTill => unprocessable("no_till", "there is no such till, or it is closed"),
        NotTaken::NoProgramme => {
            unprocessable("no_programme", "the branch takes part in no programme with rules")
        }
        NotTaken::NotInProgramme => unprocessable("not_in_programme", "the customer is not in the programme"),
        NotTaken::OwnTill => own_purchase(),
        NotTaken::NoReward => {
            unprocessable("no_reward", "the rules have no such gift, or it is given no more")
        }
        NotTaken::TierTooLow => unprocessable("tier_too_low", "the gift is for a higher tier"),
        NotTaken::TakenBefore => conflict("taken_before", "the customer has had this gift: it is there once"),
        NotTaken::ProveFirst => {
            unprocessable("show_more", "to spend, the customer types his PIN or shows the code of his phone")
        }
        NotTaken::OutOfStock => conflict("out_of_stock", "none is left at this branch"),
        NotTaken::Points(refusal) => not_posted(refusal),
    }
}

fn not_brought_back(refusal: NotBroughtBack) -> Trouble {
    match refusal {
        NotBroughtBack::NotTaken => Trouble::not_found(),
        NotBroughtBack::TooLate => unprocessable("too_late", "a gift comes back within a day"),
        NotBroughtBack::Points(refusal) => not_posted(refusal),
    }
}
