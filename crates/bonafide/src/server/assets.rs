//! Styles, scripts and pictures, built into the program. Each has the mark of its content in its path, so that a browser keeps it
//! for a year and never sees an old one.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

use crate::server::app::Shared;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// A file that is built in.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    mark: String,
}

/// All of them.
pub struct Assets(Vec<Asset>);

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! own {
    ($name:literal) => {
        include_bytes!(concat!("../../assets/", $name))
    };
}

/// Files of other projects, fetched by `make assets`; `build.rs` says so when they are missing.
macro_rules! fetched {
    ($name:literal) => {
        include_bytes!(concat!("../../assets/node_modules/", $name))
    };
}

const FILES: &[(&str, &str, &[u8])] = &[
    ("style.css", STYLE, own!("style.css")),
    ("app.js", SCRIPT, own!("app.js")),
    ("live.js", SCRIPT, own!("live.js")),
    ("camera.js", SCRIPT, own!("camera.js")),
    ("kiosk.js", SCRIPT, own!("kiosk.js")),
    ("till.js", SCRIPT, own!("till.js")),
    ("enrol.js", SCRIPT, own!("enrol.js")),
    ("kiosk.css", STYLE, own!("kiosk.css")),
    ("copy.js", SCRIPT, own!("copy.js")),
    ("card.css", STYLE, own!("card.css")),
    ("card.js", SCRIPT, own!("card.js")),
    ("qrcode.js", SCRIPT, fetched!("qrcode-generator/dist/qrcode.js")),
    ("icon.svg", "image/svg+xml", own!("icon.svg")),
    ("htmx.js", SCRIPT, fetched!("htmx.org/dist/htmx.min.js")),
];

impl Assets {
    /// What is built in.
    #[must_use]
    pub fn shipped() -> Assets {
        let asset = |&(name, kind, bytes): &(&'static str, &'static str, &'static [u8])| Asset {
            name,
            kind,
            bytes,
            mark: BASE64.encode(&Sha256::digest(bytes)[..9]),
        };
        Assets(FILES.iter().map(asset).collect())
    }

    /// The path of a file with the mark of its content; the bare name when there is no such file, which the tests exclude.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        let mark = self.0.iter().find(|asset| asset.name == name).map_or("none", |asset| &asset.mark);
        format!("/assets/{mark}/{name}")
    }

    /// Bytes of all scripts that a page loads.
    #[must_use]
    pub fn script_bytes(&self) -> usize {
        self.0.iter().filter(|asset| asset.kind == SCRIPT).map(|asset| asset.bytes.len()).sum()
    }
}

/// Routes to the files.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/assets/{mark}/{name}", Access::Everyone, asset),
        Route::get("/favicon.ico", Access::Everyone, icon),
        Route::get("/card-sw.js", Access::Everyone, service_worker),
    ]
}

async fn asset(
    State(app): State<Shared>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    answer(&app, &name)
}

async fn icon(State(app): State<Shared>) -> Result<Response, Trouble> {
    answer(&app, "icon.svg")
}

/// The script that keeps the card's page on a phone. It has a path of its own, because a browser lets it see only what lies below, and
/// no long life: what it keeps is only replaced by a newer one of it.
async fn service_worker() -> Response {
    ([(CONTENT_TYPE, SCRIPT)], own!("card-sw.js")).into_response()
}

fn answer(app: &Shared, name: &str) -> Result<Response, Trouble> {
    let asset = app.assets.0.iter().find(|asset| asset.name == name).ok_or_else(Trouble::not_found)?;
    let headers = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.bytes).into_response())
}
