//! Who the customer is.

use axum::Json;
use axum::extract::State;
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, programmes, statement};
use bonafide_store::members;
use bonafide_store::organisation::till;
use bonafide_store::purchases::{Recognition, seal_recognition};
use serde::{Deserialize, Serialize};

use crate::api::body::unprocessable;
use crate::api::door::{PRESENTED_MAX, Thing, presented};
use crate::api::till::asking::TillAsking;
use crate::flows::recognition::Presented;
use crate::flows::secrets::PinSaid;
use crate::flows::till::{NotKnown, recognise_at_till};
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;

/// What a customer shows.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillQuestion {
    /// One to four things, in any order.
    presented: Vec<Thing>,
    /// The PIN that he types, besides a card: enough to spend.
    #[serde(default)]
    pin: Option<String>,
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
    /// Points that he may spend; nothing when he is in no programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u64>,
    /// Points that wait for their day.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_points: Option<u64>,
    /// Whether he has shown enough to spend: a card alone is not, nor is a face.
    may_spend: bool,
}

/// Recognise a customer.
///
/// A code from a phone is used up by it. Whoever is recognised by a card earns; to spend he types his PIN besides, or shows the code of
/// his phone.
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
    if question.presented.is_empty() || question.presented.len() > PRESENTED_MAX {
        return Err(unprocessable("bad_value", format!("1 to {PRESENTED_MAX} things are presented")));
    }
    let customer = app.aside(move |app| {
        let things = question.presented.iter().map(|thing| presented(app, thing));
        let mut things = things.collect::<Result<Vec<Presented>, Trouble>>()?;
        let first = recognise_at_till(&app.store, &asking.acting, asking.till, &things)?;
        let recognition = match (first.map_err(not_known)?, question.pin) {
            (known, Some(pin)) if !known.may_spend => {
                things.push(pin_of(app, &asking, known.member, &pin)?);
                let again = recognise_at_till(&app.store, &asking.acting, asking.till, &things)?;
                again.map_err(not_known)?
            }
            (known, _) => known,
        };
        customer(app, &recognition)
    });
    Ok(Json(customer.await?))
}

fn pin_of(app: &App, asking: &TillAsking, member: Id, digits: &str) -> Result<Presented, Trouble> {
    match app.secrets.pin(&app.store, &asking.acting, member, digits)? {
        PinSaid::Right(credential) => Ok(Presented::Pin(credential)),
        PinSaid::Wrong => Err(unprocessable("wrong_pin", "the PIN is not right")),
        PinSaid::TooManyTries(_) => {
            Err(unprocessable("too_many_tries", "the PIN was typed wrongly too often: ask at the desk"))
        }
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
pub(super) fn customer(app: &App, recognition: &Recognition) -> Result<TillCustomer, Trouble> {
    let vault = app.store.vault();
    let sealed = seal_recognition(vault, recognition)?;
    let (member, standing) = app.store.read(|tx| {
        let member = members::get(tx, vault, recognition.member)?;
        let branch = till::get(tx, recognition.till)?.map(|till| till.content.branch);
        let programme = branch.map(|branch| programmes::of_branch(tx, branch)).transpose()?.flatten();
        let wallet = match programme {
            Some(programme) => ledger::of_member(tx, recognition.member, programme)?,
            None => None,
        };
        let now = bonafide_domain::calendar::UtcMicros::parse(recognition.at_us).ok();
        let standing = match wallet.zip(now) {
            Some((wallet, now)) => statement::standing(tx, wallet, now)?,
            None => None,
        };
        Ok((member, standing))
    })?;
    let name = &member.ok_or_else(Trouble::not_found)?.profile.name;
    let initial = name.family().and_then(|family| family.chars().next()).map(|letter| format!(" {letter}."));
    Ok(TillCustomer {
        customer: sealed,
        name: format!("{}{}", name.given(), initial.unwrap_or_default()),
        in_programme: standing.is_some(),
        points: standing.as_ref().map(|standing| standing.spendable),
        waiting_points: standing.as_ref().map(|standing| standing.waiting),
        may_spend: recognition.may_spend,
    })
}
