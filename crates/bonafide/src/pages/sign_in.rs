//! Signing in and out.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::staff::session::{self, SESSION_US, Token};
use bonafide_store::staff::{self, SignInName};
use serde::Deserialize;

use crate::clock;
use crate::server::app::Shared;
use crate::server::caller::{Caller, SESSION_COOKIE};
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::passwords::{NotCompared, PASSWORD_CHARS_MAX};
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::texts::Values;

/// Signing in and out.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-in", Access::Everyone, form),
        Route::post("/sign-in", Access::Everyone, begin),
        Route::post("/sign-out", Access::STAFF, end),
    ]
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage<'a> {
    page: Page,
    name: &'a str,
    next: &'a str,
    refused: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

async fn form(
    State(app): State<Shared>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    if app.read(|tx, _| staff::is_nobody(tx)).await? {
        return Ok(Redirect::to("/first-run").into_response());
    }
    Ok(page.show(&SignInPage { page: page.clone(), name: "", next: own_path(&asked.next), refused: None }))
}

async fn begin(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let (typed, password) = (form.text("name").to_owned(), form.raw("password").to_owned());
    let next = own_path(form.text("next")).to_owned();
    let refuse = |status: StatusCode, refused: String| {
        let shown = SignInPage { page: page.clone(), name: &typed, next: &next, refused: Some(refused) };
        Ok(page.show_as(status, &shown))
    };
    // A name that nobody can have takes the same way, and the same time, as one that nobody has (case W-05).
    let name = SignInName::parse(&typed).ok();
    let asked = name.clone();
    let known = app.read(move |tx, _| asked.map_or(Ok(None), |name| staff::of_sign_in(tx, &name))).await?;
    let (employee, hash) = known.map_or((None, None), |(id, hash)| (Some(id), Some(hash)));
    let password = password.chars().take(PASSWORD_CHARS_MAX + 1).collect();
    let name = name.map_or_else(String::new, |name| name.as_str().to_owned());
    match app.passwords.are_equal(&name, hash, password, clock::now_us()).await {
        Err(NotCompared::Busy) => refuse(StatusCode::TOO_MANY_REQUESTS, page.say("sign-in-busy")),
        Err(NotCompared::Pause { again_us }) => {
            let seconds = again_us.saturating_sub(clock::now_us()).max(0) / 1_000_000 + 1;
            let values = Values::default().number("seconds", seconds.unsigned_abs());
            refuse(StatusCode::TOO_MANY_REQUESTS, page.say_with("sign-in-pause", &values))
        }
        Ok(false) => refuse(StatusCode::UNPROCESSABLE_ENTITY, page.say("sign-in-wrong")),
        Ok(true) => {
            let Some(id) = employee else { return Err(Trouble::not_found()) };
            let cookie = signed_in(&app, &caller, id).await?;
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
    }
}

/// Begins a session and makes its cookie.
pub(super) async fn signed_in(
    app: &Shared,
    caller: &Caller,
    employee: bonafide_store::id::Id,
) -> Result<String, Trouble> {
    let acting =
        Acting { actor: Actor::Staff(employee), origin: caller.origin.clone(), now_us: clock::now_us() };
    let begun = app.write(move |work| Ok(Ok::<Token, ()>(session::begin(work, &acting, employee)?))).await?;
    let token = begun.map_err(|()| Trouble::forbidden())?;
    let seconds = u32::try_from(SESSION_US / 1_000_000).unwrap_or(u32::MAX);
    Ok(put_cookie(app, SESSION_COOKIE, &BASE64.encode(token.expose()), seconds))
}

async fn end(State(app): State<Shared>, caller: Caller, Posted(_): Posted) -> Result<Response, Trouble> {
    if let Some(signed) = caller.signed() {
        let token = signed.token.clone();
        let ended = app.write(move |work| Ok(Ok::<(), ()>(session::end(work, &token)?))).await?;
        ended.map_err(|()| Trouble::forbidden())?;
    }
    let cookie = put_cookie(&app, SESSION_COOKIE, "", 0);
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

/// A cookie that scripts do not see, that other sites do not send, and that goes over nothing but TLS where there is TLS.
#[must_use]
pub fn put_cookie(app: &Shared, name: &str, value: &str, seconds: u32) -> String {
    let secure = if app.setting.is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// A path of this server that somebody is sent on to; where his work begins when it is none. `//elsewhere` is another host.
#[must_use]
pub fn own_path(path: &str) -> &str {
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if is_own && !path.chars().any(char::is_control) { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (asked, sent) in [
            ("/desk/members?q=a", "/desk/members?q=a"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
        ] {
            assert_eq!(own_path(asked), sent);
        }
    }
}
