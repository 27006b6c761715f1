//! Which member an employee is himself, so that nobody gives himself points (case T-14): the owner names the member as at the desk, or
//! says that the employee is none.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::purchases::{own_member, set_own_member};
use bonafide_store::staff::KeptEmployee;

use crate::finding::{look, understood};
use crate::pages::new_operation;
use crate::pages::set_up::once;
use crate::pages::set_up::staff::{Staff, working};
use crate::pages::set_up::thing::{Thing, path_of};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/staff/{id}/member", Access::OWNER, show),
        Route::post("/set-up/staff/{id}/members", Access::OWNER, set),
    ]
}

#[derive(Template)]
#[template(path = "pages/set_up/own_member.html")]
struct OwnMemberPage<'a> {
    page: Page,
    title: String,
    path: String,
    /// Who he is now.
    own: Option<(Id, String)>,
    text: &'a str,
    operation: String,
    /// The key of why it was refused.
    refused: Option<&'static str>,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let kept = working(&app, &id).await?;
    answer(&app, page, &caller, &kept, "", None).await
}

/// The form; that somebody looks at the member is written down before his name is shown.
async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    kept: &KeptEmployee,
    text: &str,
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let (employee, acting) = (kept.id, caller.acting());
    let own = app.aside(move |app| {
        let own = app.store.read(|tx| match own_member(tx, employee)? {
            Some(own) => members::get(tx, app.store.vault(), own),
            None => Ok(None),
        })?;
        let Some(own) = own else { return Ok(None) };
        let id = own.id;
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(members::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(Some((id, own.profile.name.full())))
    });
    let shown = OwnMemberPage {
        page: page.clone(),
        title: page.say_of("staff-own-member-of", "name", kept.content.name.as_str()),
        path: path_of::<Staff>(kept.id),
        own: own.await?,
        text,
        operation: new_operation(),
        refused,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page.show_as(status, &shown))
}

async fn set(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let kept = working(&app, &id).await?;
    let member = match named(&app, &form).await? {
        Ok(member) => member,
        Err(key) => return answer(&app, page, &caller, &kept, form.text("member"), Some(key)).await,
    };
    let (employee, path) = (kept.id, format!("{}/members", path_of::<Staff>(kept.id)));
    let done = once(&app, &caller, &form, &path, move |work, acting| {
        if member.is_some() {
            record(work.tx, acting, "members_searched", Subject::installation(), None)?;
        }
        set_own_member(work, acting, employee, member)?;
        Ok(Ok(Staff::PATHS.all.to_owned()))
    });
    match done.await? {
        Ok(led) => Ok(led),
        Err((_, key)) => answer(&app, page, &caller, &kept, form.text("member"), Some(key)).await,
    }
}

/// The one member whom a form names, or nobody where it says so; the key of why not.
async fn named(app: &Shared, form: &Form) -> Result<Result<Option<Id>, &'static str>, Trouble> {
    if form.is_ticked("none") {
        return Ok(Ok(None));
    }
    let Ok(ways) = understood(form.text("member")) else { return Ok(Err("staff-own-member-unclear")) };
    app.aside(move |app| {
        let found = look(&app.store, Some(&app.directory), &ways)?;
        Ok(match found.as_slice() {
            [only] => Ok(Some(only.member.id)),
            [] => Err("staff-own-member-nobody"),
            _ => Err("staff-own-member-several"),
        })
    })
    .await
}
