//! A new member at the desk: a name is enough, a phone helps to find him again. Whoever may be there already is shown first.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::duplicates::Strength;
use bonafide_domain::profile::{BirthDate, PersonName};
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::members::lookup::duplicates;
use bonafide_store::members::profile::Profile;
use bonafide_store::search::folded_key;
use jiff::civil::Date;

use crate::clock;
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
    birth: &'a str,
    name_refused: bool,
    phone_refused: bool,
    birth_refused: bool,
    /// Members who may be the same person.
    similar: Vec<(Id, String)>,
}

/// Which fields are wrong.
#[derive(Default)]
struct Wrong {
    name: bool,
    phone: bool,
    birth: bool,
}

async fn form(page: Page) -> Response {
    page.show(&filled(&page, &Form::default(), &Wrong::default(), Vec::new()))
}

/// The day of birth of a form; nothing where none is given.
fn birth(form: &Form) -> Result<Option<BirthDate>, ()> {
    let typed = form.text("birth");
    if typed.is_empty() {
        return Ok(None);
    }
    let date: Date = typed.parse().map_err(|_| ())?;
    BirthDate::parse(date, clock::utc_date(clock::now_us())).map(Some).map_err(|_| ())
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
    let birth = birth(&form);
    let (Ok(name), Ok(phone), Ok(birth)) = (&name, &phone, birth) else {
        let wrong = Wrong { name: name.is_err(), phone: phone.is_err(), birth: birth.is_err() };
        return Ok(refused(&page, &form, &wrong, Vec::new()));
    };
    let mut profile = Profile::named(name.clone());
    profile.birth = birth;
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
        Err(similar) => refused(&page, &form, &Wrong::default(), similar),
    })
}

fn refused(page: &Page, form: &Form, wrong: &Wrong, similar: Vec<(Id, String)>) -> Response {
    page.show_as(StatusCode::UNPROCESSABLE_ENTITY, &filled(page, form, wrong, similar))
}

fn filled<'a>(page: &Page, form: &'a Form, wrong: &Wrong, similar: Vec<(Id, String)>) -> NewMemberPage<'a> {
    NewMemberPage {
        page: page.clone(),
        given: form.text("given"),
        family: form.text("family"),
        middle: form.text("middle"),
        phone: form.text("phone"),
        birth: form.text("birth"),
        name_refused: wrong.name,
        phone_refused: wrong.phone,
        birth_refused: wrong.birth,
        similar,
    }
}
