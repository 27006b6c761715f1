//! What a vendor's till asks: who the customer is ([`identify`], [`face`], [`codes`]), what a basket earns and what points may pay
//! ([`quote`]), to hold, to complete, to give up ([`purchase`]), goods that come back ([`back`]), what waited while there was no network
//! ([`queue`]), how many points may pay meanwhile ([`allowance`]), the gifts that he may have ([`rewards`]), and the link to a question
//! about the purchase ([`survey`]).
//!
//! A till names each purchase and each return by an id of its own, a UUID that it writes down before it asks: asked again, it is
//! answered as before, for ever. A sale never waits: when nothing answers in time, the till sells without and tells afterwards.

pub mod allowance;
mod asking;
pub mod back;
mod basket;
pub mod codes;
pub mod face;
pub mod identify;
mod offers;
pub mod purchase;
pub mod queue;
pub mod quote;
mod refusal;
pub mod rewards;
pub mod survey;

use crate::server::limits::FRAME_BYTES_MAX;
use crate::server::routes::{Access, Route};

/// The largest body of a till: five hundred lines with their categories, and a queue of them.
const BODY_BYTES_MAX: usize = 1 << 20;

/// All routes of tills.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/till/recognitions", Access::Till, identify::recognise),
        Route::post("/api/v1/till/faces", Access::Till, face::look).with_body(FRAME_BYTES_MAX),
        Route::post("/api/v1/till/codes", Access::Till, codes::send),
        Route::post("/api/v1/till/quotes", Access::Till, quote::quote).with_body(BODY_BYTES_MAX),
        Route::post("/api/v1/till/purchases/{id}/hold", Access::Till, purchase::hold)
            .with_body(BODY_BYTES_MAX),
        Route::post("/api/v1/till/purchases/{id}/completion", Access::Till, purchase::complete)
            .with_body(BODY_BYTES_MAX),
        Route::post("/api/v1/till/purchases/{id}/cancellation", Access::Till, purchase::cancel),
        Route::post("/api/v1/till/purchases/{id}/claim", Access::Till, purchase::claim),
        Route::get("/api/v1/till/purchases/{id}", Access::Till, purchase::read),
        Route::get("/api/v1/till/purchases/{id}/survey", Access::Till, survey::survey),
        Route::post("/api/v1/till/returns/{id}", Access::Till, back::bring_back),
        Route::post("/api/v1/till/rewards", Access::Till, rewards::list),
        Route::post("/api/v1/till/rewards/{id}", Access::Till, rewards::take),
        Route::post("/api/v1/till/rewards/{id}/return", Access::Till, rewards::bring_back),
        Route::post("/api/v1/till/allowances", Access::Till, allowance::allow),
        Route::post("/api/v1/till/queue", Access::Till, queue::deliver).with_body(BODY_BYTES_MAX),
    ]
}
