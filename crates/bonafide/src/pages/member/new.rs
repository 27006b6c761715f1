//! A new member at the desk: a name is enough, a phone helps to find him again. Whoever may be there already is shown first.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::duplicates::Strength;
use bonafide_domain::profile::PersonName;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::members::lookup::duplicates;
use bonafide_store::members::profile::Profile;
use bonafide_store::search::folded_key;

use crate::commands::members::fields;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/new-member", Access::DESK, form), Route::post("/members", Access::DESK, add)]
}

#[derive(Template)]
#[template(path = "pages/member/new.html")]
struct NewMemberPage<'a> {
    page: Page,
    given: &'a str,
    family: &'a str,
    middle: &'a str,
    phone: &'a str,
    name_refused: bool,
    phone_refused: bool,
    /// Members who may be the same person.
    similar: Vec<(Id, String)>,
}

async fn form(page: Page) -> Response {
    let shown = NewMemberPage {
        page: page.clone(),
        given: "",
        family: "",
        middle: "",
        phone: "",
        name_refused: false,
        phone_refused: false,
        similar: Vec::new(),
    };
    page.show(&shown)
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let name = PersonName::parse(form.text("given"), form.text("family"), form.text("middle"));
    let typed = form.text("phone");
    let phone = if typed.is_empty() { Ok(None) } else { fields::phone(typed).map(Some) };
    let (Ok(name), Ok(phone)) = (&name, &phone) else {
        return Ok(refused(&page, &form, name.is_err(), phone.is_err(), Vec::new()));
    };
    let mut profile = Profile::named(name.clone());
    profile.phones = phone.iter().cloned().collect();
    profile.home_branch = caller.signed().and_then(|signed| signed.employee.content.branch);
    let anyway = form.is_ticked("anyway");
    let acting = caller.acting();
    let added = app.aside(move |app| {
        let vault = std::sync::Arc::clone(app.store.vault());
        let added = app.store.write(move |work| {
            let found =
                if anyway { Vec::new() } else { duplicates(work.tx, &vault, &profile, &[], folded_key)? };
            let likely = found.into_iter().filter(|one| one.likeness.strength >= Strength::Likely);
            let likely: Vec<Id> = likely.map(|one| one.member.id).collect();
            if likely.is_empty() { Ok(Ok(members::add(work, &acting, &profile)?)) } else { Ok(Err(likely)) }
        })?;
        match added {
            Ok((id, number)) => {
                app.store.read(|tx| app.directory.follow(tx, app.store.vault(), number))?;
                Ok(Ok(id))
            }
            Err(likely) => {
                let name = |id: &Id| {
                    let member = app.store.read(|tx| members::get(tx, app.store.vault(), *id))?;
                    Ok((*id, member.map(|member| member.profile.name.full()).unwrap_or_default()))
                };
                Ok(Err(likely.iter().map(name).collect::<Result<Vec<_>, Trouble>>()?))
            }
        }
    });
    Ok(match added.await? {
        Ok(id) => Redirect::to(&format!("/members/{id}")).into_response(),
        Err(similar) => refused(&page, &form, false, false, similar),
    })
}

fn refused(
    page: &Page,
    form: &Form,
    name_refused: bool,
    phone_refused: bool,
    similar: Vec<(Id, String)>,
) -> Response {
    let shown = NewMemberPage {
        page: page.clone(),
        given: form.text("given"),
        family: form.text("family"),
        middle: form.text("middle"),
        phone: form.text("phone"),
        name_refused,
        phone_refused,
        similar,
    };
    page.show_as(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
