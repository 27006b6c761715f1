//! The tries before the kiosks: one person at a time before each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bonafide_domain::consent::Purpose;
use bonafide_store::id::Id;
use bonafide_store::passages::door;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock;
use crate::faces_at_work::NotLooked;
use crate::failure::Failure;
use crate::flows::kiosk::{Kiosk, KioskTry, NotSeen, Pressed, Shown};
use crate::pages::kiosk::answer::{Screen, screen};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::limits::FRAME_BYTES_MAX;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Characters that a reader types at most.
const TEXT_CHARS_MAX: usize = 400;

/// Bytes that are typed on the keys at most.
pub(super) const DIGITS_BYTES_MAX: usize = 32;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/kiosk/tries", Access::Door, begin),
        Route::post("/kiosk/tries/{id}/frames", Access::Door, see).with_body(FRAME_BYTES_MAX),
        Route::post("/kiosk/tries/{id}/things", Access::Door, read),
        Route::post("/kiosk/tries/{id}/ways", Access::Door, press),
        Route::post("/kiosk/tries/{id}/pins", Access::Door, pin),
        Route::post("/kiosk/tries/{id}/phone-codes", Access::Door, phone_code),
    ]
}

/// A try with its id. Who has it locked is with the picture before; another picture of the same kiosk waits for that.
type Running = (Id, Arc<Mutex<KioskTry>>);

/// Who stands before the kiosks, by the device.
#[derive(Default)]
pub struct Kiosks {
    tries: Mutex<HashMap<Id, Running>>,
}

impl Kiosks {
    fn put(&self, device: Id, id: Id, begun: KioskTry) {
        let begun = (id, Arc::new(Mutex::new(begun)));
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).insert(device, begun);
    }

    pub(super) fn running(&self, device: Id, id: Id) -> Option<Arc<Mutex<KioskTry>>> {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(&device).filter(|(running, _)| *running == id).map(|(_, running)| Arc::clone(running))
    }

    /// Forgets tries that have lasted too long: what was seen in them goes with them. One that is with a picture is let be.
    pub(crate) fn forget_old(&self) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|_, (_, running)| running.try_lock().map_or(true, |running| !running.is_over()));
    }

    /// The try is over: nothing of it is kept.
    fn end(&self, device: Id, id: Id) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.get(&device).is_some_and(|(running, _)| *running == id) {
            tries.remove(&device);
        }
    }
}

#[derive(Serialize)]
struct Begun {
    /// The id of the try.
    #[serde(rename = "try")]
    id: String,
    /// Whether a living person is made sure of.
    liveness: bool,
}

/// Begins with the next person; the one before is forgotten.
async fn begin(State(app): State<Shared>, caller: Caller) -> Result<Json<Begun>, Trouble> {
    let device = caller.device().ok_or_else(Trouble::forbidden)?;
    let (device, access_point) = (device.id, device.role.access_point().ok_or_else(Trouble::forbidden)?);
    let begun = app.aside(move |app| {
        let door = app.store.read(|tx| door::get(tx, access_point))?.ok_or_else(Trouble::not_found)?;
        let id = Id::new(clock::now_us())?;
        app.kiosks.put(device, id, KioskTry::begin(&door)?);
        Ok(Begun { id: id.to_string(), liveness: door.liveness })
    });
    Ok(Json(begun.await?))
}

async fn see(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    frame: Result<Bytes, BytesRejection>,
) -> Result<Json<Screen>, Trouble> {
    let frame = frame.map_err(|_| Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"))?;
    during(&app, caller, &id, move |running, kiosk| match running.see(kiosk, &frame) {
        Ok(shown) => Ok(shown),
        Err(NotSeen::Failed(failure)) => Err(failure.into()),
        Err(NotSeen::Looking(why)) => Err(not_looked(&why)),
    })
    .await
}

/// Why a picture was not looked at, for the kiosk and the desk.
pub(crate) fn not_looked(why: &NotLooked) -> Trouble {
    match why {
        NotLooked::Busy => Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "busy"),
        NotLooked::Photo(refusal) => {
            Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.key()).because(refusal.to_string())
        }
        NotLooked::Fault(fault) => Trouble::fault(&Failure::new("network_fault", fault.to_string())),
    }
}

/// What a reader typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    text: String,
}

async fn read(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    typed: Result<Json<Typed>, JsonRejection>,
) -> Result<Json<Screen>, Trouble> {
    let Json(typed) = typed.map_err(|why| Trouble::bad_request(why.body_text()))?;
    if typed.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Trouble::bad_request("no card and no code is so long"));
    }
    during(&app, caller, &id, move |running, kiosk| Ok(running.read(kiosk, &typed.text)?)).await
}

/// The way that was pressed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Way {
    way: PressedWord,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum PressedWord {
    Face,
    Voice,
}

async fn press(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    way: Result<Json<Way>, JsonRejection>,
) -> Result<Json<Screen>, Trouble> {
    let Json(Way { way }) = way.map_err(|why| Trouble::bad_request(why.body_text()))?;
    let pressed = match way {
        PressedWord::Face => Pressed::Face,
        PressedWord::Voice => Pressed::Voice,
    };
    during(&app, caller, &id, move |running, kiosk| Ok(running.press(kiosk, pressed)?)).await
}

/// What was typed on the keys. It has no `Debug`, and is wiped when it is dropped.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digits {
    digits: Secret,
    /// The number of the phone, where nothing else has named the member.
    #[serde(default)]
    phone: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(from = "String")]
pub(super) struct Secret(pub(super) Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }
}

impl Digits {
    fn of(typed: Result<Json<Digits>, JsonRejection>) -> Result<Digits, Trouble> {
        // The words of the rejection would repeat what was typed.
        let Json(typed) = typed.map_err(|_| Trouble::bad_request("digits are asked for"))?;
        let all = [Some(&typed.digits), typed.phone.as_ref()];
        if all.into_iter().flatten().any(|text| text.0.len() > DIGITS_BYTES_MAX) {
            return Err(Trouble::bad_request("so many digits are asked for nowhere"));
        }
        Ok(typed)
    }
}

async fn pin(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    typed: Result<Json<Digits>, JsonRejection>,
) -> Result<Json<Screen>, Trouble> {
    let typed = Digits::of(typed)?;
    during(&app, caller, &id, move |running, kiosk| Ok(running.pin(kiosk, &typed.digits.0)?)).await
}

async fn phone_code(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    typed: Result<Json<Digits>, JsonRejection>,
) -> Result<Json<Screen>, Trouble> {
    let typed = Digits::of(typed)?;
    during(&app, caller, &id, move |running, kiosk| {
        let phone = typed.phone.as_ref().map(|phone| phone.0.as_str());
        Ok(running.phone_code(kiosk, phone, &typed.digits.0)?)
    })
    .await
}

/// Goes on with the try that a kiosk has begun.
async fn during(
    app: &Shared,
    caller: Caller,
    id: &str,
    step: impl FnOnce(&mut KioskTry, &Kiosk<'_>) -> Result<Shown, Trouble> + Send + 'static,
) -> Result<Json<Screen>, Trouble> {
    let device = caller.device().ok_or_else(Trouble::forbidden)?.id;
    let id = Id::parse(id).ok_or_else(Trouble::not_found)?;
    let screen = app.aside(move |app| {
        let Some(running) = app.kiosks.running(device, id) else {
            return Err(Trouble::new(StatusCode::CONFLICT, "other_try"));
        };
        let shown = {
            // One that panicked is in no state to go on with.
            let mut running = running.lock().map_err(|_| Trouble::new(StatusCode::CONFLICT, "other_try"))?;
            if running.is_over() {
                return Err(Trouble::new(StatusCode::CONFLICT, "other_try"));
            }
            shown(app, &caller, &mut running, step)?
        };
        if matches!(shown, Shown::Decided(_)) {
            app.kiosks.end(device, id);
        }
        screen(app, caller.language, &shown)
    });
    let screen = screen.await?;
    if let Some(outcome) = screen.outcome {
        app.metrics.decided(outcome);
    }
    Ok(Json(screen))
}

fn shown(
    app: &App,
    caller: &Caller,
    running: &mut KioskTry,
    step: impl FnOnce(&mut KioskTry, &Kiosk<'_>) -> Result<Shown, Trouble>,
) -> Result<Shown, Trouble> {
    let faces = app.faces.get(&app.store, Purpose::Entry)?;
    let kiosk = Kiosk {
        faces: &faces,
        store: &app.store,
        provider: app.provider.as_ref(),
        secrets: &app.secrets,
        acting: caller.acting(),
    };
    step(running, &kiosk)
}
