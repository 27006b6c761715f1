//! What the machine can do without Bonafide: a route that answers at once, and single rows with a commit each.

use std::num::NonZeroUsize;
use std::time::Instant;

use axum::Json;
use axum::routing::post;
use bonafide_store::dialect::Place;
use bonafide_store::single_rows;
use serde_json::Value;
use tokio::net::TcpListener;

use super::load::{self, Pace, Target};
use crate::failure::Failure;
use crate::timing::rounded;

/// Rows that are written to time one.
const ROWS: u32 = 2_000;

/// Rows in a second that a database takes from one writer, each durable before the next.
pub(in crate::commands) fn single_rows_per_s(place: &Place) -> Result<f64, Failure> {
    let mut rows = single_rows::begin(place)?;
    let begun = Instant::now();
    for number in 0..ROWS {
        rows.write(number)?;
    }
    let per_s = f64::from(ROWS) / begun.elapsed().as_secs_f64();
    rows.end()?;
    Ok(rounded(per_s))
}

/// Answers in a second of a route that reads the same body and says the same of everybody.
pub(super) fn bare_route_per_s(requests: usize, connections: NonZeroUsize) -> Result<f64, Failure> {
    let io = |error: std::io::Error| Failure::new("io", error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(io)?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    let answer = |Json(asked): Json<Value>| async move { Json(asked) };
    let serving = runtime
        .spawn(async move { axum::serve(listener, axum::Router::new().route("/", post(answer))).await });
    let cards: Vec<String> = (0..requests).map(|number| format!("{number:08X}")).collect();
    let served = load::ask(&Target::bare(address), &cards, connections, Pace::AtOnce);
    serving.abort();
    Ok(served?.decisions_per_s)
}
