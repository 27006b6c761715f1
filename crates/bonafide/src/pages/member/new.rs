//! A new member at the desk: a name is enough, a phone helps to find him again. Whoever may be there already is shown first.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::duplicates::Strength;
use bonafide_domain::profile::{BirthDate, PersonName};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::members::lookup::duplicates;
use bonafide_store::members::profile::Profile;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::referrals::{self, NotReferred};
use bonafide_store::search::folded_key;
use jiff::civil::Date;

use crate::clock;
use crate::commands::members::fields;
use crate::server::app::{App, Shared};
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
    /// The code or the number of whoever brings him.
    brought: &'a str,
    /// The key of why that is not written down.
    brought_refused: Option<&'static str>,
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
    brought: Option<&'static str>,
}

/// Why nobody was added.
enum NotAdded {
    /// Members who may be the same person.
    Likely(Vec<Id>),
    /// The key of why it is not written down who brought him.
    Brought(&'static str),
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
        let wrong =
            Wrong { name: name.is_err(), phone: phone.is_err(), birth: birth.is_err(), brought: None };
        return Ok(refused(&page, &form, &wrong, (Vec::new(), branches)));
    };
    let mut profile = Profile::named(name.clone());
    profile.birth = birth;
    profile.phones = phone.iter().cloned().collect();
    let chosen = branches.iter().find(|(id, _)| id == form.text("home")).and_then(|(id, _)| Id::parse(id));
    profile.home_branch = caller.signed().and_then(|signed| signed.employee.content.branch).or(chosen);
    let newcomer = Newcomer {
        profile,
        anyway: form.is_ticked("anyway"),
        brought: form.text("brought").to_owned(),
        acting: caller.acting(),
    };
    let added = app.aside(move |app| match enrolled(app, newcomer)? {
        Ok(id) => Ok(Ok(id)),
        Err(NotAdded::Brought(key)) => Ok(Err((Vec::new(), Some(key)))),
        Err(NotAdded::Likely(likely)) => {
            let name = |id: &Id| {
                let member = app.store.read(|tx| members::get(tx, app.store.vault(), *id))?;
                Ok((*id, member.map(|member| member.profile.name.full()).unwrap_or_default()))
            };
            Ok(Err((likely.iter().map(name).collect::<Result<Vec<_>, Trouble>>()?, None)))
        }
    });
    Ok(match added.await? {
        Ok(id) => Redirect::to(&format!("/members/{id}")).into_response(),
        Err((similar, brought)) => {
            refused(&page, &form, &Wrong { brought, ..Wrong::default() }, (similar, branches))
        }
    })
}

/// Somebody who is to be added.
struct Newcomer {
    profile: Profile,
    /// Also when he may be there already.
    anyway: bool,
    /// The code or the number of whoever brings him; empty when nobody does.
    brought: String,
    acting: Acting,
}

/// Adds him, with who brought him: both or neither.
fn enrolled(app: &App, newcomer: Newcomer) -> Result<Result<Id, NotAdded>, Trouble> {
    let Newcomer { profile, anyway, brought, acting } = newcomer;
    let vault = std::sync::Arc::clone(app.store.vault());
    let added = app.store.write(move |work| {
        let found = if anyway { Vec::new() } else { duplicates(work.tx, &vault, &profile, &[], folded_key)? };
        let likely = found.into_iter().filter(|one| one.likeness.strength >= Strength::Likely);
        let likely: Vec<Id> = likely.map(|one| one.member.id).collect();
        if !likely.is_empty() {
            return Ok(Err(NotAdded::Likely(likely)));
        }
        let (id, number) = members::add(work, &acting, &profile)?;
        if !brought.is_empty() {
            let Some(by) = referrals::named(work.tx, &vault, &brought)? else {
                return Ok(Err(NotAdded::Brought("brought-by-nobody")));
            };
            if let Err(refusal) = referrals::note(work, &acting, id, by)? {
                return Ok(Err(NotAdded::Brought(not_brought(refusal))));
            }
        }
        Ok(Ok((id, number)))
    })?;
    match added {
        Ok((id, number)) => {
            app.store.read(|tx| app.directory.follow(tx, app.store.vault(), number))?;
            Ok(Ok(id))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

const fn not_brought(why: NotReferred) -> &'static str {
    match why {
        NotReferred::NoMember => "brought-by-nobody",
        NotReferred::SamePerson => "brought-by-same",
        NotReferred::OwnNewcomer => "brought-by-own",
        NotReferred::BroughtByAnother | NotReferred::NoNewcomer | NotReferred::Ring => "brought-by-not",
    }
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
        brought: form.text("brought"),
        brought_refused: wrong.brought,
        similar,
        branches,
        home: form.text("home"),
    }
}
