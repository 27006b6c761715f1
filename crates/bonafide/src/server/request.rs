//! Each request has a number, a line in the log, and a place among what is counted.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::middleware::Next;
use axum::response::Response;
use bonafide_store::id::Id;
use tracing::Instrument;

use crate::clock;
use crate::server::app::Shared;
use crate::server::limits::REQUEST_TIME_MAX;
use crate::server::trouble::Trouble;

/// The header with the number of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The number of a request: for the log, and for the visitor when something failed.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Where a request comes from: the other end of the connection, or whom a trusted proxy names.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The path of the table of routes that a request met, for the log and the numbers: never the path with its ids.
fn route(request: &Request) -> String {
    request.extensions().get::<MatchedPath>().map_or("none", |path| path.as_str()).to_owned()
}

/// Numbers the request, bounds its time, and notes how it ended.
pub async fn attend(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let id = Id::new(clock::now_us()).map(|id| id.to_string()).unwrap_or_default();
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, route) = (request.method().clone(), route(&request));
    let span = tracing::info_span!("request", id = %id, %method, %route);
    let began = Instant::now();
    let answered = tokio::time::timeout(REQUEST_TIME_MAX, next.run(request).instrument(span.clone())).await;
    let mut response = answered.unwrap_or_else(|_| {
        let late = Trouble::new(axum::http::StatusCode::REQUEST_TIMEOUT, "too_slow");
        late.problem("The request took too long", &id)
    });
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics.answered(&method, &route, status, took);
    let _entered = span.enter();
    tracing::info!(status, took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
