//! Who the customer is.

use axum::Json;
use axum::extract::State;
use bonafide_domain::calendar::UtcMicros;
use bonafide_store::audit::entry::Acting;
use bonafide_store::purchases::{Recognition, open_candidate, seal_recognition};
use serde::{Deserialize, Serialize};

use crate::api::body::unprocessable;
use crate::api::door::{PRESENTED_MAX, Thing, presented};
use crate::api::till::asking::TillAsking;
use crate::api::till::basket::{not_recognised, recognised};
use crate::api::till::offers::{TillPersonalOffer, offers};
use crate::failure::Failure;
use crate::flows::recognition::Presented;
use crate::flows::till::{NotKnown, recognise_and};
use crate::flows::till_profile::{TillProfile, note_shown, till_profile};
use crate::flows::till_proofs::NotProved;
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;

/// What a customer shows, or tells, or adds. One of `presented`, `phone`, `customer` and `confirmed` says who it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillQuestion {
    /// One to four things, in any order.
    #[serde(default)]
    presented: Vec<Thing>,
    /// The number that he tells, with the code that was sent to it.
    #[serde(default)]
    phone: Option<String>,
    /// Who was recognised before, with the PIN or the code that he adds to spend.
    #[serde(default)]
    customer: Option<String>,
    /// The candidate of a [face](#operation-look), after the cashier has looked and found that it is he.
    #[serde(default)]
    confirmed: Option<String>,
    /// The PIN that he types, besides a card: enough to spend.
    #[serde(default)]
    pin: Option<String>,
    /// The code that was [sent](#operation-send_code) to him: enough to spend.
    #[serde(default)]
    code: Option<String>,
}

/// Who it is.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillCustomer {
    /// To be sent along with quotes and purchases at this till, for half an hour. It names nobody to anybody else.
    customer: String,
    /// The first name, and the first letter of the family's.
    name: String,
    /// Whether he is in the programme of the branch.
    in_programme: bool,
    /// What his tier is called; nothing where all are alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    /// Points that he may spend; nothing when he is in no programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u64>,
    /// Points that wait for their day.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_points: Option<u64>,
    /// Whether he has shown enough to spend: a card alone is not, nor is a face.
    may_spend: bool,
    /// Whether he may buy before others what is new or on sale.
    early_access: bool,
    /// What was offered to him in person and holds now.
    offers: Vec<TillPersonalOffer>,
}

/// Recognise a customer.
///
/// A code from a phone is used up by it. Whoever is recognised by a card earns; to spend he types his PIN besides, tells the code that was
/// sent to him, or shows the code of his phone.
#[utoipa::path(
    post, path = "/api/v1/till/recognitions", tag = "till", request_body = TillQuestion,
    responses(
        (status = 200, description = "Recognised", body = TillCustomer),
        (status = 404, description = "Nobody is known by it"),
        (status = 422, description = "Another form, a code that is too old, a card that is lost, a wrong PIN, or one thing more is \
            asked for"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn recognise(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillCustomer>, Trouble> {
    let question: TillQuestion = asking.content()?;
    let customer = app.aside(move |app| {
        let (known, profile) = known(app, &asking, &question)?;
        let at_till = asking.at_till(app);
        let known = match (&question.pin, &question.code) {
            (Some(_), _) if known.may_spend => known,
            (Some(pin), _) => at_till.pin(&known, pin)?.map_err(not_proved)?,
            (None, Some(code)) if question.phone.is_none() => {
                at_till.code(&known, code)?.map_err(not_proved)?
            }
            (None, _) => known,
        };
        customer(app, &asking.acting, &known, profile)
    });
    Ok(Json(customer.await?))
}

/// Who it is by what says so, with his profile where that was read beside it.
fn known(
    app: &App,
    asking: &TillAsking,
    question: &TillQuestion,
) -> Result<(Recognition, Option<TillProfile>), Trouble> {
    let TillQuestion { presented: things, phone, customer, confirmed, code, .. } = question;
    let (at_till, vault) = (asking.at_till(app), app.store.vault());
    let known = match (things.len(), phone, customer, confirmed) {
        (1..=PRESENTED_MAX, None, None, None) => {
            let things = things.iter().map(|thing| presented(app, thing));
            let things = things.collect::<Result<Vec<Presented>, Trouble>>()?;
            return shown(app, asking, &things);
        }
        (0, Some(phone), None, None) => {
            let code = code.as_ref().ok_or_else(|| unprocessable("bad_value", "phone comes with a code"))?;
            at_till.phone(phone, code)?.map_err(not_proved)
        }
        (0, None, Some(customer), None) => recognised(vault, &asking.acting, asking.till, Some(customer))?
            .ok_or_else(|| unprocessable("bad_value", "customer is empty")),
        (0, None, None, Some(text)) => {
            let candidate = open_candidate(vault, text, asking.till, asking.acting.now_us);
            let candidate = candidate.map_err(|why| not_recognised("confirmed", why))?;
            at_till.confirm(&candidate)?.map_err(not_known)
        }
        _ => {
            let words =
                format!("one of: 1 to {PRESENTED_MAX} things presented, a phone, a customer, a candidate");
            Err(unprocessable("bad_value", words))
        }
    };
    Ok((known?, None))
}

/// Who it is by what he shows, and his profile: most purchases begin so, and both are read at one moment of the book.
fn shown(
    app: &App,
    asking: &TillAsking,
    things: &[Presented],
) -> Result<(Recognition, Option<TillProfile>), Trouble> {
    let (acting, till) = (&asking.acting, asking.till);
    let now = now(acting.now_us)?;
    let vault = app.store.vault();
    let found = recognise_and(&app.store, acting, till, things, |tx, known| {
        till_profile(tx, vault, (till, known.member), now)
    });
    found?.map_err(not_known)
}

fn not_proved(why: NotProved) -> Trouble {
    match why {
        NotProved::CardFirst => {
            unprocessable("show_more", "a PIN counts beside a card or bracelet: show it, or ask for a code")
        }
        NotProved::TooManyTries => {
            unprocessable("too_many_tries", "the PIN was typed wrongly too often: ask at the desk")
        }
        NotProved::Wrong => unprocessable("wrong_pin", "the PIN or the code is not right"),
        NotProved::NotKnown(why) => not_known(why),
    }
}

fn not_known(why: NotKnown) -> Trouble {
    match why {
        NotKnown::Nobody => Trouble::not_found(),
        NotKnown::Several => unprocessable("several_customers", "the things belong to several people"),
        NotKnown::BadCode => {
            unprocessable("bad_code", "the code is too old, was used, or is none of ours: show the next one")
        }
        NotKnown::NotUsable => {
            unprocessable("card_not_usable", "the card is lost, blocked or over: ask at the desk")
        }
        NotKnown::AskAnother => unprocessable("ask_another", "one thing more is asked for"),
    }
}

/// What the till may show.
fn customer(
    app: &App,
    acting: &Acting,
    recognition: &Recognition,
    profile_read: Option<TillProfile>,
) -> Result<TillCustomer, Trouble> {
    let sealed = seal_recognition(app.store.vault(), recognition)?;
    let profile = match profile_read {
        Some(profile) => profile,
        None => profile(app, recognition)?,
    };
    note_shown(&app.store, acting, &profile);
    let TillProfile { short_name, points, .. } = profile;
    Ok(TillCustomer {
        customer: sealed,
        name: short_name,
        in_programme: points.is_some(),
        tier: points.as_ref().and_then(|points| points.tier.clone()),
        points: points.as_ref().map(|points| points.spendable),
        waiting_points: points.as_ref().map(|points| points.waiting),
        may_spend: recognition.may_spend,
        early_access: points.as_ref().is_some_and(|points| points.early_access),
        offers: points.as_ref().map_or_else(Vec::new, |points| offers(&points.offers)),
    })
}

pub(super) fn profile(app: &App, recognition: &Recognition) -> Result<TillProfile, Trouble> {
    let (who, now) = ((recognition.till, recognition.member), now(recognition.at_us)?);
    let found = app.store.read(|tx| till_profile(tx, app.store.vault(), who, now))?;
    found.ok_or_else(Trouble::not_found)
}

fn now(at_us: i64) -> Result<UtcMicros, Failure> {
    UtcMicros::parse(at_us).map_err(|_| Failure::new("clock", "the clock is not set"))
}
