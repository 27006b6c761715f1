//! A one-time code to the customer's phone or e-mail address.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bonafide_store::organisation::till::{self, TillPlace};
use bonafide_store::sends::Place;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::api::body::unprocessable;
use crate::api::till::asking::TillAsking;
use crate::api::till::basket::recognised;
use crate::flows::sending_codes::{AskedAt, NotSent};
use crate::server::app::Shared;
use crate::server::sending::{CodeAsked, Whom, send_code};
use crate::server::trouble::Trouble;

/// To whom.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TillCodeQuestion {
    /// Who was recognised before.
    #[serde(default)]
    customer: Option<String>,
    /// Or the number that he tells.
    #[serde(default)]
    phone: Option<String>,
}

/// What became of it.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillCodeAnswer {
    /// `sent` to whoever was recognised, or `coming` if the number is that of one member.
    result: &'static str,
}

/// Send the customer a one-time code.
///
/// He tells it, and the till sends it with a [recognition](#operation-recognise). It counts for ten minutes. Whether a number is that of a
/// member is told to nobody.
#[utoipa::path(
    post, path = "/api/v1/till/codes", tag = "till", operation_id = "send_code", request_body = TillCodeQuestion,
    responses(
        (status = 200, description = "It is on its way", body = TillCodeAnswer),
        (status = 422, description = "Another form, or no code can be sent: use another way"),
        (status = 429, description = "There were too many"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn send(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillCodeAnswer>, Trouble> {
    let question: TillCodeQuestion = asking.content()?;
    let whom = match (question.customer, question.phone) {
        (Some(customer), None) => {
            let known = recognised(app.store.vault(), &asking.acting, asking.till, Some(&customer))?;
            Whom::Named(known.ok_or_else(Trouble::not_found)?.member)
        }
        (None, Some(phone)) => Whom::Phone(Zeroizing::new(phone)),
        _ => return Err(unprocessable("bad_value", "one of: customer, phone")),
    };
    let till = asking.till;
    let TillPlace { branch, .. } =
        app.read(move |tx, _| till::with_branch(tx, till)).await?.ok_or_else(Trouble::not_found)?;
    let at = AskedAt {
        place: Place::Till(till),
        club: branch.content.name.as_str().to_owned(),
        language: branch.content.language,
    };
    match send_code(&app, asking.acting, at, whom).await? {
        CodeAsked::Sent => Ok(Json(TillCodeAnswer { result: "sent" })),
        CodeAsked::Coming => Ok(Json(TillCodeAnswer { result: "coming" })),
        CodeAsked::NotSent(why) => Err(not_sent(why)),
    }
}

fn not_sent(why: NotSent) -> Trouble {
    let because = |words: &str| unprocessable("code_not_sent", words);
    match why {
        NotSent::NoSender => because("nothing is set by which codes could be sent"),
        NotSent::NoNumber => because("this is no phone number"),
        NotSent::TooMany(_) | NotSent::TooManyCodes => {
            Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too_many_codes")
                .because("too many codes were sent: use another way")
        }
        NotSent::NoAddress => because("the customer has no phone and no e-mail address to send to"),
        NotSent::Stopped => because("codes to this phone were stopped: ask at the desk"),
        NotSent::NotTaken(_) => because("the message was not taken: use another way"),
    }
}
