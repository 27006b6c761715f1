//! The language of the pages: chosen at the foot of each of them.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::profile::Language;
use bonafide_store::staff::{self, Employee};

use crate::pages::sign_in::{own_path, put_cookie};
use crate::server::app::Shared;
use crate::server::caller::{Caller, LANGUAGE_COOKIE};
use crate::server::form::Posted;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// How long a browser remembers it, in seconds: a year.
pub(super) const REMEMBERED_S: u32 = 365 * 24 * 60 * 60;

/// The choice.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::post("/language", Access::Everyone, choose)]
}

async fn choose(
    State(app): State<Shared>,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let language = Language::of_code(form.text("language"));
    let language = language.ok_or_else(|| Trouble::bad_request("no such language"))?;
    if let Some(signed) = caller.signed() {
        let (id, acting) = (signed.employee.id, caller.acting());
        let chosen = Employee { language: language.code().to_owned(), ..signed.employee.content.clone() };
        let changed = app.write(move |work| staff::change(work, &acting, id, &chosen)).await?;
        changed.map_err(|_| Trouble::not_found())?;
    }
    let cookie = put_cookie(&app, LANGUAGE_COOKIE, language.code(), REMEMBERED_S);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(own_path(form.text("next")))).into_response())
}
