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
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
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
    /// The branches that a member can belong to, when the desk serves several.
    branches: Vec<(String, String)>,
    home: &'a str,
}

/// Which fields are wrong.
#[derive(Default)]
struct Wrong {
    name: bool,
    phone: bool,
    birth: bool,
}

async fn form(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let branches = branches(&app, &caller).await?;
    Ok(page.show(&filled(&page, &Form::default(), &Wrong::default(), (Vec::new(), branches))))
}

/// The branches to choose from: an employee of one branch adds members of that one.
async fn branches(app: &Shared, caller: &Caller) -> Result<Vec<(String, String)>, Trouble> {
    if caller.signed().is_some_and(|signed| signed.employee.content.branch.is_some()) {
        return Ok(Vec::new());
    }
    let all = app.read(|tx, _| branch::list(tx, false)).await?;
    let choice = |kept: &Kept<Branch>| (kept.id.to_string(), kept.content.name.as_str().to_owned());
    Ok(if all.len() > 1 { all.iter().map(choice).collect() } else { Vec::new() })
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
    let branches = branches(&app, &caller).await?;
    let (Ok(name), Ok(phone), Ok(birth)) = (&name, &phone, birth) else {
        let wrong = Wrong { name: name.is_err(), phone: phone.is_err(), birth: birth.is_err() };
        return Ok(refused(&page, &form, &wrong, (Vec::new(), branches)));
    };
    let mut profile = Profile::named(name.clone());
    profile.birth = birth;
    profile.phones = phone.iter().cloned().collect();
    let chosen = branches.iter().find(|(id, _)| id == form.text("home")).and_then(|(id, _)| Id::parse(id));
    profile.home_branch = caller.signed().and_then(|signed| signed.employee.content.branch).or(chosen);
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
        Err(similar) => refused(&page, &form, &Wrong::default(), (similar, branches)),
    })
}

/// Members who may be the same person, and the branches to choose from.
type Offered = (Vec<(Id, String)>, Vec<(String, String)>);

fn refused(page: &Page, form: &Form, wrong: &Wrong, offered: Offered) -> Response {
    page.show_as(StatusCode::UNPROCESSABLE_ENTITY, &filled(page, form, wrong, offered))
}

fn filled<'a>(page: &Page, form: &'a Form, wrong: &Wrong, offered: Offered) -> NewMemberPage<'a> {
    let (similar, branches) = offered;
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
        branches,
        home: form.text("home"),
    }
}
