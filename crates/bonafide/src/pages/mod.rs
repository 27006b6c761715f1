//! The pages: one file for each, a struct with a template of the same path. A handler finds out what is asked, lets a rule decide, has
//! it written, and answers; it has no rule and no SQL of its own.

pub mod first_run;
pub mod language;
pub mod sign_in;

use axum::response::Redirect;

use crate::server::routes::{Access, Route};

/// All pages.
#[must_use]
pub fn routes() -> Vec<Route> {
    let home = Route::get("/", Access::Everyone, || async { Redirect::to("/desk") });
    let parts = [first_run::routes(), language::routes(), sign_in::routes(), vec![home]];
    parts.into_iter().flatten().collect()
}
