//! "Send me a code": the try of the kiosk says who asks, and the flow of [`sending_codes`] the rest.
//!
//! [`sending_codes`]: crate::flows::sending_codes

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::passages::door;
use bonafide_store::sends::Place;
use serde::Deserialize;

use crate::flows::kiosk::Shown;
use crate::flows::sending_codes::{AskedAt, Asks, NotSent, Outgoing, Sending, ask, deliver};
use crate::pages::kiosk::answer::{Screen, screen};
use crate::pages::kiosk::tries::{DIGITS_BYTES_MAX, Secret};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
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

/// What is to be shown, and what is still to go out.
struct Counted {
    shown: Shown,
    /// Goes out while the person reads.
    outgoing: Option<Outgoing>,
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
    let again = acting.clone();
    let counted = app.aside(move |app| counted(app, &caller, &id, &asked, &acting)).await?;
    if let Some(outgoing) = counted.outgoing {
        let app = Shared::clone(&app);
        // What becomes of it is in the trace. Whoever has typed a number hears and sees nothing of it, not by waiting either.
        tokio::spawn(async move {
            let delivered = app.aside(move |app| Ok(deliver(&sending(app, &again), &outgoing)?.is_ok()));
            if delivered.await.is_err() {
                tracing::error!("what became of a message could not be written down");
            }
        });
    }
    let screen = app.aside(move |app| screen(app, language, &counted.shown)).await?;
    Ok(Json(screen))
}

fn sending<'a>(app: &'a App, acting: &Acting) -> Sending<'a> {
    Sending {
        store: &app.store,
        senders: &app.senders,
        codes: &app.secrets.phone_codes,
        directory: &app.directory,
        texts: &app.texts,
        acting: acting.clone(),
    }
}

fn counted(
    app: &Shared,
    caller: &Caller,
    id: &str,
    asked: &Asked,
    acting: &Acting,
) -> Result<Counted, Trouble> {
    let device = caller.device().ok_or_else(Trouble::forbidden)?;
    let access_point = device.role.access_point().ok_or_else(Trouble::forbidden)?;
    let id = Id::parse(id).ok_or_else(Trouble::not_found)?;
    let other_try = || Trouble::new(StatusCode::CONFLICT, "other_try");
    let running = app.kiosks.running(device.id, id).ok_or_else(other_try)?;
    let claimed = {
        let mut running = running.lock().map_err(|_| other_try())?;
        if running.is_over() {
            return Err(other_try());
        }
        running.asks_for_code()
    };
    let asks = match (claimed, &asked.phone) {
        (Some(member), _) => Asks::Named(member),
        (None, Some(phone)) => Asks::Phone(&phone.0),
        (None, None) => return Ok(Counted { shown: Shown::NamedFirst, outgoing: None }),
    };
    let door = app.store.read(|tx| door::get(tx, access_point))?.ok_or_else(Trouble::not_found)?;
    let at = AskedAt {
        place: Place::AccessPoint(access_point),
        club: door.branch.name.as_str().to_owned(),
        language: door.branch.language,
    };
    let sending = sending(app, acting);
    let (shown, outgoing) = match (ask(&sending, &at, asks)?, claimed) {
        (Err(why), _) => (Shown::CodeNotSent(why), None),
        (Ok(outgoing), None) => (Shown::CodeComing, outgoing),
        (Ok(None), Some(_)) => (Shown::CodeNotSent(NotSent::NoAddress), None),
        // He is known already: he waits for what becomes of it.
        (Ok(Some(outgoing)), Some(_)) => match deliver(&sending, &outgoing)? {
            Ok(()) => (Shown::CodeSent, None),
            Err(why) => (Shown::CodeNotSent(why), None),
        },
    };
    if !matches!(shown, Shown::CodeNotSent(_)) {
        running.lock().map_err(|_| other_try())?.code_is_sent();
    }
    Ok(Counted { shown, outgoing })
}
