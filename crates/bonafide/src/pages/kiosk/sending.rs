//! "Send me a code": the try of the kiosk says who asks, and the flow of [`sending_codes`] the rest.
//!
//! [`sending_codes`]: crate::flows::sending_codes

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bonafide_store::id::Id;
use bonafide_store::passages::door;
use bonafide_store::sends::Place;
use serde::Deserialize;

use crate::flows::kiosk::{KioskTry, Shown};
use crate::flows::sending_codes::AskedAt;
use crate::pages::kiosk::answer::{Screen, screen};
use crate::pages::kiosk::tries::{DIGITS_BYTES_MAX, Secret};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::sending::{CodeAsked, Whom, send_code};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/kiosk/tries/{id}/sent-codes", Access::Door, send)]
}

/// Who asks, where nothing else has named him.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    phone: Option<Secret>,
}

async fn send(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Screen>, Trouble> {
    // The words of the rejection would repeat what was typed.
    let Json(asked) = asked.map_err(|_| Trouble::bad_request("a phone number is asked for, or nothing"))?;
    if asked.phone.as_ref().is_some_and(|phone| phone.0.len() > DIGITS_BYTES_MAX) {
        return Err(Trouble::bad_request("no phone number is so long"));
    }
    let (language, acting) = (caller.language, caller.acting());
    let running = running(&app, &caller, &id)?;
    let claimed = running.lock().map_err(|_| other_try())?.asks_for_code();
    let whom = match (claimed, asked.phone) {
        (Some(member), _) => Some(Whom::Named(member)),
        (None, Some(phone)) => Some(Whom::Phone(phone.0)),
        (None, None) => None,
    };
    let shown = match whom {
        None => Shown::NamedFirst,
        Some(whom) => {
            let at = place(&app, &caller).await?;
            match send_code(&app, acting, at, whom).await? {
                CodeAsked::Sent => Shown::CodeSent,
                CodeAsked::Coming => Shown::CodeComing,
                CodeAsked::NotSent(why) => Shown::CodeNotSent(why),
            }
        }
    };
    if matches!(shown, Shown::CodeSent | Shown::CodeComing) {
        running.lock().map_err(|_| other_try())?.code_is_sent();
    }
    let screen = app.aside(move |app| screen(app, language, &shown)).await?;
    Ok(Json(screen))
}

fn other_try() -> Trouble {
    Trouble::new(StatusCode::CONFLICT, "other_try")
}

/// The try that the kiosk names, as long as it runs.
fn running(app: &App, caller: &Caller, id: &str) -> Result<Arc<Mutex<KioskTry>>, Trouble> {
    let device = caller.device().ok_or_else(Trouble::forbidden)?;
    let id = Id::parse(id).ok_or_else(Trouble::not_found)?;
    let running = app.kiosks.running(device.id, id).ok_or_else(other_try)?;
    let is_over = running.lock().map_err(|_| other_try())?.is_over();
    if is_over { Err(other_try()) } else { Ok(running) }
}

async fn place(app: &Shared, caller: &Caller) -> Result<AskedAt, Trouble> {
    let device = caller.device().ok_or_else(Trouble::forbidden)?;
    let access_point = device.role.access_point().ok_or_else(Trouble::forbidden)?;
    let door = app.read(move |tx, _| door::get(tx, access_point)).await?.ok_or_else(Trouble::not_found)?;
    Ok(AskedAt {
        place: Place::AccessPoint(access_point),
        club: door.branch.name.as_str().to_owned(),
        language: door.branch.language,
    })
}
