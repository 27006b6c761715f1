//! Whether the server lives, whether it is ready, and its numbers.

use std::net::IpAddr;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::server::app::Shared;
use crate::server::request::Peer;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Routes for whoever watches the server.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", Access::Everyone, lives),
        Route::get("/readyz", Access::Everyone, is_ready),
        Route::get("/metrics", Access::Everyone, numbers),
    ]
}

/// The process answers.
async fn lives() -> Json<serde_json::Value> {
    Json(json!({ "status": "alive" }))
}

/// The book can be read and written.
async fn is_ready(State(app): State<Shared>) -> Result<Response, Trouble> {
    let (halted, members) =
        app.aside(|app| Ok((app.store.is_halted(), app.store.read(bonafide_store::members::count)?))).await?;
    let audit = app.store.audit_fault().is_none();
    let is_ready = !halted && audit;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if is_ready { "ready" } else { "not_ready" },
        "writes": !halted, "audit": audit, "has_members": members > 0,
    });
    Ok((status, Json(body)).into_response())
}

/// The numbers, for this machine and its own network only: how busy a club is, is nobody else's business.
async fn numbers(
    State(app): State<Shared>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let near = peer.is_some_and(|Extension(Peer(address))| is_near(address));
    if !near || app.proxies.is_hidden(&headers) {
        return Err(Trouble::not_found());
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], app.metrics.text()).into_response())
}

fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}
