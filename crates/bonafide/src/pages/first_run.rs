//! The first page of a new installation: its owner. Whoever has the set-up code from the server's own console is the owner.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::plain_text::Title;
use bonafide_store::staff::{self, Employee, EmployeeRefusal, Role, SignInName};

use crate::clock;
use crate::pages::sign_in::signed_in;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::passwords;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The first page.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/first-run", Access::Everyone, form),
        Route::post("/first-run", Access::Everyone, make_owner),
    ]
}

#[derive(Template)]
#[template(path = "pages/first_run.html")]
struct FirstRunPage<'a> {
    page: Page,
    code: &'a str,
    name: &'a str,
    sign_in: &'a str,
    /// The key of what is wrong.
    refused: Option<&'static str>,
}

async fn form(State(app): State<Shared>, page: Page) -> Result<Response, Trouble> {
    if !app.read(|tx, _| staff::is_nobody(tx)).await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let shown = FirstRunPage { page: page.clone(), code: "", name: "", sign_in: "", refused: None };
    Ok(page.show(&shown))
}

async fn make_owner(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let now_us = clock::now_us();
    if app.set_up_tries.must_wait(&caller.origin, now_us) {
        return Err(Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too_many_wrong"));
    }
    let read = owner(&app, &page, &form);
    if matches!(read, Err("first-run-wrong-code")) {
        app.set_up_tries.note_wrong(&caller.origin, now_us);
    }
    let made = match read {
        Err(refused) => Err(refused),
        Ok((employee, password)) => {
            let hash = app.aside(move |_| Ok(passwords::hash(&password)?)).await?;
            let acting = caller.acting();
            let made = app.write(move |work| {
                if staff::is_nobody(work.tx)? {
                    staff::add(work, &acting, &employee, &hash)
                } else {
                    Ok(Err(EmployeeRefusal::NameTaken))
                }
            });
            made.await?.map_err(|_| "first-run-done")
        }
    };
    match made {
        Ok(id) => {
            let cookie = signed_in(&app, &caller, id).await?;
            Ok(([(SET_COOKIE, cookie)], Redirect::to("/set-up")).into_response())
        }
        Err(refused) => {
            let shown = FirstRunPage {
                page: page.clone(),
                code: form.text("code"),
                name: form.text("name"),
                sign_in: form.text("sign_in"),
                refused: Some(refused),
            };
            Ok(page.show_as(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
    }
}

/// The owner of a form, or the key of what is wrong with it.
fn owner(app: &Shared, page: &Page, form: &Form) -> Result<(Employee, String), &'static str> {
    let code = form.text("code").to_uppercase();
    if app.setting.set_up_code.as_ref().is_none_or(|expected| *expected != code) {
        return Err("first-run-wrong-code");
    }
    let name = Title::parse(form.text("name")).map_err(|_| "staff-bad-name")?;
    let sign_in = SignInName::parse(form.text("sign_in")).map_err(|_| "staff-bad-sign-in")?;
    let password = form.raw("password");
    if !passwords::is_acceptable(password) {
        return Err("staff-bad-password");
    }
    if password != form.raw("again") {
        return Err("staff-passwords-differ");
    }
    let language = page.language().to_owned();
    Ok((Employee { sign_in, name, role: Role::Owner, branch: None, language }, password.to_owned()))
}
