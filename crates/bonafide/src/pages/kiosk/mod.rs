//! The kiosk: a full screen with a camera at one door. A manager makes a browser the kiosk of a door, once, and is signed out there.

mod answer;
mod sending;
mod tries;

pub(crate) use answer::quality_key;
pub use tries::Kiosks;
pub(crate) use tries::not_looked;

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::access_method::Method;
use bonafide_domain::plain_text::Title;
use bonafide_store::credentials::content::Trait;
use bonafide_store::db::Tx;
use bonafide_store::devices::{self, NewDevice, Role as DeviceRole};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::{access_point, branch};
use bonafide_store::passages::door::{self, Door};
use bonafide_store::staff::{Role, session};

use crate::flows::kiosk::Faces;
use crate::pages::sign_in::put_cookie;
use crate::server::app::Shared;
use crate::server::caller::{Caller, DEVICE_COOKIE, SESSION_COOKIE};
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// A browser stays the kiosk of a door for so long without being seen: 400 days, the longest that browsers keep a cookie.
const PAIRED_S: u32 = 400 * 24 * 60 * 60;

/// The kiosk.
#[must_use]
pub fn routes() -> Vec<Route> {
    let own = vec![
        Route::get("/kiosk", Access::Everyone, show),
        Route::post("/kiosk/pairings", Access::MANAGERS, pair),
    ];
    [own, tries::routes(), sending::routes()].into_iter().flatten().collect()
}

#[derive(Template)]
#[template(path = "pages/kiosk.html")]
struct KioskPage {
    page: Page,
    door: String,
    /// The door takes faces, and they are compared here.
    face: bool,
    /// The provider that is asked about faces; nothing where none is.
    provider: Option<String>,
    /// The provider's terminal at the door hears voices.
    voice: bool,
    /// The door takes PINs.
    pin: bool,
    /// The door takes codes to phones.
    phone: bool,
    /// Such a code can be sent.
    sends: bool,
    /// The door takes codes from phones.
    code: bool,
    /// A living person is made sure of.
    liveness: bool,
}

#[derive(Template)]
#[template(path = "pages/kiosk/pairing.html")]
struct PairingPage {
    page: Page,
    /// Who asks may make this browser a kiosk.
    may: bool,
    doors: Vec<(Id, String)>,
}

async fn show(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    if let Some(id) = caller.device().and_then(|device| device.role.access_point()) {
        let door = app.read(move |tx, _| door::get(tx, id)).await?;
        return Ok(kiosk(&app, &page, &door.ok_or_else(Trouble::not_found)?));
    }
    let may = page.is(&[Role::Owner, Role::Manager]);
    let doors = if may { app.read(move |tx, _| doors(tx, &caller)).await? } else { Vec::new() };
    Ok(page.show(&PairingPage { page: page.clone(), may, doors }))
}

fn kiosk(app: &Shared, page: &Page, door: &Door) -> Response {
    let methods = door.point.methods.methods();
    let has = |method| methods.contains(&method);
    let faces = Faces::at(door);
    let decides = |of| app.provider.as_ref().filter(|provider| provider.decides(of));
    let provider = decides(Trait::Face).filter(|_| faces == Faces::AtProvider);
    let shown = KioskPage {
        page: page.clone(),
        door: door.point.name.as_str().to_owned(),
        face: faces == Faces::Here,
        provider: provider.map(|provider| provider.name().to_owned()),
        voice: has(Method::Voice) && decides(Trait::Voice).is_some(),
        pin: has(Method::Pin),
        phone: has(Method::PhoneCode),
        sends: has(Method::PhoneCode) && !app.senders.are_none(),
        code: has(Method::DeviceKey),
        liveness: door.liveness,
    };
    page.show(&shown)
}

/// The entrances of the caller's branches.
fn doors(tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<(Id, String)>, Fault> {
    let mut doors = Vec::new();
    for kept in branch::list(tx, false)?.into_iter().filter(|kept| caller.works_in(kept.id)) {
        for point in access_point::list(tx, kept.id, false)? {
            let name = format!("{}, {}", kept.content.name.as_str(), point.content.name.as_str());
            doors.push((point.id, name));
        }
    }
    Ok(doors)
}

/// Makes this browser the kiosk of a door. Whoever did it is signed out here: the screen stands in a lobby.
async fn pair(State(app): State<Shared>, caller: Caller, Posted(form): Posted) -> Result<Response, Trouble> {
    let chosen = form.id("door").ok_or_else(|| Trouble::bad_request("no door"))?;
    let asking = caller.clone();
    let offered = app.read(move |tx, _| doors(tx, &asking)).await?;
    let Some((access_point, name)) = offered.into_iter().find(|(id, _)| *id == chosen) else {
        return Err(Trouble::not_found());
    };
    let name = Title::parse(&name.chars().take(60).collect::<String>()).map_err(|_| Trouble::not_found())?;
    let acting = caller.acting();
    let registered = app.write(move |work| {
        let new = NewDevice { name: name.clone(), role: DeviceRole::Kiosk { access_point } };
        let registered = devices::register(work, &acting, &new)?;
        if let Some(signed) = caller.signed() {
            session::end(work, &signed.token)?;
        }
        Ok(registered)
    });
    let registered = registered.await?.map_err(|_| Trouble::not_found())?;
    let mut headers = HeaderMap::new();
    let cookies = [
        put_cookie(&app, DEVICE_COOKIE, &registered.token.expose(), PAIRED_S),
        put_cookie(&app, SESSION_COOKIE, "", 0),
    ];
    for cookie in cookies {
        let value = HeaderValue::from_str(&cookie).map_err(|_| Trouble::bad_request("no cookie"))?;
        headers.append(SET_COOKIE, value);
    }
    Ok((headers, Redirect::to("/kiosk")).into_response())
}
