//! The link that makes a member's phone the member's card: as a picture for the phone's camera, and as text to be sent. It is shown
//! in answer to the form and has no page of its own, because its secret must stand in no address of this server; asked again with the
//! same operation, it is the same link.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::qr::pairing::{LINK_US, NotOffered, offer};
use zeroize::Zeroizing;

use crate::pages::operation;
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::squares::Squares;

/// The link.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::post("/members/{id}/pairing-links", Access::DESK, make)]
}

#[derive(Template)]
#[template(path = "pages/pairing_link.html")]
struct PairingLinkPage {
    page: Page,
    member: Id,
    name: String,
    link: Zeroizing<String>,
    squares: Squares,
    minutes: u64,
    /// A phone would not find the address under which the desk sees this server, or would not trust it.
    unreachable: Option<&'static str>,
}

async fn make(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let member = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let operation = operation(&form)?;
    let host = host(&headers).ok_or_else(|| Trouble::bad_request("no host"))?;
    let acting = caller.acting();
    let made = app.write(move |work| {
        let Some(kept) = members::get(work.tx, work.vault, member)? else {
            return Ok(Err(NotOffered::NoMember));
        };
        let offered = offer(work, &acting, operation, member)?;
        Ok(offered.map(|offered| (offered.secret.text(), kept.profile.name.full())))
    });
    let (secret, name) = made.await?.map_err(refused)?;
    let origin = origin(&app, &host);
    let link = Zeroizing::new(format!("{origin}/card/pair#{}", secret.as_str()));
    let squares = Squares::of(&link)?;
    let unreachable = if is_this_machine(&host) {
        Some("pairing-link-this-machine")
    } else if app.setting.is_secure {
        None
    } else {
        Some("pairing-link-not-secure")
    };
    let minutes = LINK_US.unsigned_abs() / 60_000_000;
    let shown = PairingLinkPage { page: page.clone(), member, name, link, squares, minutes, unreachable };
    Ok(page.show(&shown))
}

fn refused(why: NotOffered) -> Trouble {
    match why {
        NotOffered::NoMember => Trouble::not_found(),
        NotOffered::OtherOperation => Trouble::new(StatusCode::CONFLICT, "other_request"),
        // Only what a member does himself is counted.
        NotOffered::TooOften { .. } => Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too_often"),
    }
}

/// The host under which the desk's browser reaches this server: phones in the same house do as well.
pub(super) fn host(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

/// How an address of this server begins under that host.
pub(super) fn origin(app: &App, host: &Authority) -> String {
    let scheme = if app.setting.is_secure { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// Whether other machines cannot reach that host.
pub(super) fn is_this_machine(host: &Authority) -> bool {
    let name = host.host().trim_matches(['[', ']']);
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
