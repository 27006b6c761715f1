//! SIGUR's web delegation: its server asks whether a key may pass, and delivers its log. It signs in by Basic authentication.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bonafide_domain::profile::Language;
use bonafide_store::credentials::content::Shown;
use bonafide_store::credentials::find::{self, Holders};
use bonafide_store::devices::sigur::{delivery, point};
use bonafide_store::devices::{self, Role};
use bonafide_store::id::Id;
use bonafide_store::organisation::{access_point, branch, zone};
use bonafide_store::passages::{Way, presence};

use crate::clock;
use crate::devices::sigur::{
    AccessAnswer, AccessRequest, DeliveryAnswer, access_answer, delivery_answer, log_entries,
};
use crate::flows::entry::{AtDoor, enter, leave};
use crate::flows::recognition::Presented;
use crate::pages::reasons;
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Bytes of a delivery: some thousand entries.
const DELIVERY_BYTES_MAX: usize = 1024 * 1024;

/// Routes of SIGUR: the delegation URL and the passage delivery URL are set to `/sigur`.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/sigur/getaccess", Access::Sigur, get_access),
        Route::post("/sigur/events", Access::Sigur, take_events).with_body(DELIVERY_BYTES_MAX),
    ]
}

fn json(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn server_of(caller: &Caller) -> Result<Id, Trouble> {
    caller.device().map(|device| device.id).ok_or_else(Trouble::forbidden)
}

/// Ask whether a key may pass.
///
/// Numbers may be texts, fields may be missing, and further fields are passed over. What is not understood opens nothing.
#[utoipa::path(
    post, path = "/sigur/getaccess", tag = "sigur",
    request_body(
        content = serde_json::Value, content_type = "application/json",
        description = "keyHex, accessPoint, direction: 1, 2 or 3 for unknown",
        example = json!({ "keyHex": "9F4A0013C2", "accessPoint": 3, "direction": 1 }),
    ),
    responses((status = 200, description = "The answer, with words for whoever stands there", body = AccessAnswer)),
    security(("sigur" = [])),
)]
pub(super) async fn get_access(
    State(app): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Trouble> {
    let server = server_of(&caller)?;
    let request = AccessRequest::read(&body)
        .map_err(|why| Trouble::new(StatusCode::BAD_REQUEST, "bad_json").because(format!("{why:?}")))?;
    let acting = caller.acting();
    let answer = app.aside(move |app| decide(app, &acting, server, &request)).await?;
    Ok(json(answer))
}

/// Whether a key may pass; what is not understood is refused with words, and nothing opens by it.
fn decide(
    app: &App,
    acting: &bonafide_store::audit::entry::Acting,
    server: Id,
    request: &AccessRequest,
) -> Result<String, Trouble> {
    let number = request.number.unwrap_or(-1);
    let Some(known) = app.store.read(|tx| point(tx, server, number))? else {
        return Ok(access_answer(false, &not_set_up(app, server)));
    };
    let Some(door) = app.store.read(|tx| access_point::get(tx, known.access_point))? else {
        return Ok(access_answer(false, &not_set_up(app, server)));
    };
    let card = request.card(known.byte_order).and_then(Result::ok);
    let way = match known.way(request.direction, door.content.direction) {
        Some(way) => way,
        // Leaving is never refused: whoever is inside is taken to leave.
        None => match &card {
            Some(card) if is_inside(app, card, door.content.zone)? => Way::Exit,
            _ => Way::Entry,
        },
    };
    let presented = card.map(Presented::Card).into_iter().collect::<Vec<_>>();
    let nothing = presented.is_empty();
    let operation = Id::new(clock::now_us())?;
    let at_door = AtDoor { operation, access_point: known.access_point, presented, host: None };
    let language = app.store.read(|tx| access_point::language(tx, known.access_point))?;
    let words = app.texts.of(language.unwrap_or(Language::English));
    if way == Way::Exit {
        let left = leave(&app.store, acting, &at_door);
        let shadow = left.noted.as_ref().is_ok_and(|left| left.shadow);
        app.metrics.decided("left");
        return Ok(access_answer(!shadow, &words.say("door-goodbye")));
    }
    if nothing {
        return Ok(access_answer(false, &words.say("door-not-recognised")));
    }
    let answer = enter(&app.store, acting, &at_door)?;
    let (outcome, said) = match &answer.outcome {
        bonafide_store::passages::Outcome::Refused(why) => ("refused", reasons::for_member(words, why)),
        bonafide_store::passages::Outcome::SecondFactor(_) => {
            ("second_factor", words.say("door-show-something-else"))
        }
        _ => ("admitted", words.say("door-welcome")),
    };
    app.metrics.decided(outcome);
    Ok(access_answer(answer.outcome.opens() && !answer.shadow, &said))
}

/// What is said at a number that nobody has set, in the language of the server's branch.
fn not_set_up(app: &App, server: Id) -> String {
    let language = app.store.read(|tx| {
        let Some(Role::SigurServer { branch, .. }) = devices::get(tx, server)?.map(|device| device.role)
        else {
            return Ok(None);
        };
        Ok(branch::get(tx, branch)?.map(|branch| branch.content.language))
    });
    // Which language is no reason to fail.
    let language = language.ok().flatten().unwrap_or(Language::English);
    app.texts.of(language).say("door-not-set-up")
}

fn is_inside(app: &App, card: &bonafide_domain::card::CardNumber, in_zone: Id) -> Result<bool, Trouble> {
    let now_us = clock::now_us();
    let inside = app.store.read(|tx| {
        let Holders::One(holder) = find::find(tx, app.store.vault(), Shown::Card(card), now_us)? else {
            return Ok(false);
        };
        let Some(kept) = zone::get(tx, in_zone)? else { return Ok(false) };
        presence::is_inside(tx, holder.member, kept.content.branch, now_us)
    });
    Ok(inside?)
}

/// Deliver entries of the log.
///
/// Each counts once, however often and in whatever order it is delivered. The server may forget all up to the number that is
/// confirmed.
#[utoipa::path(
    post, path = "/sigur/events", tag = "sigur",
    request_body(
        content = serde_json::Value, content_type = "application/json",
        description = "logs: a list of entries, each with logId, time, accessPoint, direction, keyHex",
        example = json!({ "logs": [{
            "logId": 79154, "time": 1732264000, "accessPoint": 3, "direction": 2, "keyHex": "9F4A0013C2",
        }] }),
    ),
    responses((status = 200, description = "The largest number that is kept", body = DeliveryAnswer)),
    security(("sigur" = [])),
)]
pub(super) async fn take_events(
    State(app): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Trouble> {
    let server = server_of(&caller)?;
    let entries = log_entries(&body)
        .map_err(|why| Trouble::new(StatusCode::BAD_REQUEST, "bad_json").because(format!("{why:?}")))?;
    let acting = caller.acting();
    let delivered =
        app.write(move |work| Ok(Ok::<_, ()>(delivery::deliver(work, &acting, server, &entries)?)));
    let delivered = delivered.await?.map_err(|()| Trouble::forbidden())?;
    Ok(json(delivery_answer(delivered.confirmed)))
}
