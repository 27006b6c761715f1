//! The pages: one file for each, a struct with a template of the same path. A handler finds out what is asked, lets a rule decide, has
//! it written, and answers; it has no rule and no SQL of its own.

pub mod api;
pub mod card;
pub mod corrections;
pub mod desk;
pub mod figures;
pub mod first_run;
pub mod kiosk;
pub mod language;
mod may_have;
pub mod member;
pub mod pairing_link;
mod points;
pub mod programme_terms;
pub mod reasons;
pub mod set_up;
pub mod sign_in;
pub mod survey;
pub mod till;

use axum::response::Redirect;
use bonafide_store::id::Id;
use bonafide_store::staff::Role;

use crate::clock;
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// All pages.
#[must_use]
pub fn routes() -> Vec<Route> {
    // Whoever works at a till only has nothing to do at the desk.
    let home = Route::get("/", Access::Everyone, |caller: Caller| async move {
        Redirect::to(if caller.role() == Some(Role::Cashier) { "/till" } else { "/desk" })
    });
    let parts = [
        api::routes(),
        card::routes(),
        corrections::routes(),
        desk::routes(),
        figures::routes(),
        first_run::routes(),
        kiosk::routes(),
        language::routes(),
        member::routes(),
        pairing_link::routes(),
        programme_terms::routes(),
        set_up::routes(),
        sign_in::routes(),
        survey::routes(),
        till::routes(),
        vec![home],
    ];
    parts.into_iter().flatten().collect()
}

/// How something stands: colour, sign and word go together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Light {
    /// As it should be.
    Good,
    /// Somebody should look.
    Ask,
    /// It is stopped or over.
    Bad,
}

impl Light {
    /// The class of the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Light::Good => "good",
            Light::Ask => "ask",
            Light::Bad => "bad",
        }
    }

    /// The sign that stands beside the word.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Light::Good => "✓",
            Light::Ask => "?",
            Light::Bad => "✕",
        }
    }
}

/// The id that the page gave to what its form does, so that a second press does nothing more.
pub(crate) fn operation(form: &Form) -> Result<Id, Trouble> {
    form.id("operation").ok_or_else(|| Trouble::bad_request("no operation"))
}

/// A new one, for a form.
pub(crate) fn new_operation() -> String {
    Id::new(clock::now_us()).map(|id| id.to_string()).unwrap_or_default()
}
