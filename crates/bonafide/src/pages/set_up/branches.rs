//! Branches: a place with its clock, its law, its money and its hours.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_store::organisation::branch::{self, Branch, BranchRefusal, jurisdiction_of, jurisdiction_word};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::trial::{self, Of};
use jiff::tz::TimeZoneDatabase;

use crate::commands::{hours, typed};
use crate::pages::Light;
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{self, Act, List, Row};
use crate::pages::set_up::{filled, for_all_branches, id_of, lines, once, places};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/branches";

const LIST: List = List { title: "set-up-branches", path: PATH, add: "set-up-branch-add" };

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get("/set-up/branches/new", Access::MANAGERS, new),
        Route::post(PATH, Access::MANAGERS, add),
        Route::get("/set-up/branches/{id}", Access::MANAGERS, one),
        Route::post("/set-up/branches/{id}", Access::MANAGERS, change),
    ]
}

async fn all(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let branches = places(&app, &caller, true).await?.branches;
    let told = app.read(move |tx, _| {
        let mut rows = Vec::with_capacity(branches.len());
        for kept in branches {
            let on_trial = trial::since_us(tx, Of::Branch(kept.id))?.is_some();
            rows.push((kept, on_trial));
        }
        Ok(rows)
    });
    let rows = told.await?.into_iter().map(|(kept, on_trial)| {
        let branch = &kept.content;
        let about = format!(
            "{} · {} · {} · {}",
            branch.time_zone.as_str(),
            branch.currency.code(),
            page.say(law_key(&jurisdiction_word(branch.jurisdiction))),
            opening(&page, branch)
        );
        let path = format!("{PATH}/{}", kept.id);
        let mut row = Row::of(&path, branch.name.as_str(), kept.closed_us.is_some(), vec![about]);
        mark_trial(&mut row, &path, on_trial);
        row
    });
    Ok(list::show(&page, &LIST, rows.collect(), None))
}

/// Says that something is on trial, and lets begin or end that.
pub(super) fn mark_trial(row: &mut Row, path: &str, on: bool) {
    if on {
        (row.light, row.state) = (Light::Ask, "set-up-on-trial");
    }
    let (value, key) = if on { ("no", "set-up-trial-end") } else { ("yes", "set-up-trial-begin") };
    row.acts.push(Act { path: format!("{path}/trials"), field: Some(("on", value)), key });
}

/// The laws, as they are kept, with the key of their words.
const LAWS: [(&str, &str); 8] = [
    ("other", "law-other"),
    ("russia", "law-russia"),
    ("european_union:13", "law-eu-13"),
    ("european_union:14", "law-eu-14"),
    ("european_union:15", "law-eu-15"),
    ("european_union:16", "law-eu-16"),
    ("illinois", "law-illinois"),
    ("china", "law-china"),
];

fn law_key(word: &str) -> &'static str {
    LAWS.iter().find(|(law, _)| *law == word).map_or("law-other", |(_, key)| key)
}

fn fields(page: &Page, filling: &Filling<'_>) -> Vec<Field> {
    let zones = TimeZoneDatabase::bundled();
    let zones = zones.available().map(|zone| zone.as_str().to_owned()).collect();
    let laws = LAWS.iter().map(|(word, key)| ((*word).to_owned(), page.say(key))).collect();
    let languages = page.languages().map(|(code, name)| (code.to_owned(), name.to_owned()));
    vec![
        filling.text("name", "set-up-name"),
        filling.search("time_zone", "set-up-time-zone", zones).with_hint("set-up-time-zone-hint"),
        filling.select("jurisdiction", "set-up-law", laws).with_hint("set-up-law-hint"),
        filling.text("currency", "set-up-currency").with_hint("set-up-currency-hint"),
        filling.select("language", "language", languages.to_vec()),
        filling.lines("hours", "set-up-hours").with_hint("set-up-hours-hint"),
    ]
}

fn shown(page: &Page, action: &str, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say(if action == PATH { "set-up-branch-add" } else { "set-up-branch" });
    let filling = Filling { form, wrongs };
    form::show(page, &Ways { title, action, back: PATH }, &filling, fields(page, &filling))
}

fn typed_branch(form: &Form) -> Result<Branch, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
    let zone = TimeZoneName::parse(form.text("time_zone"));
    let time_zone = wrongs.check("time_zone", "set-up-bad-time-zone", zone);
    let law = jurisdiction_of(form.text("jurisdiction")).ok_or(());
    let jurisdiction = wrongs.check("jurisdiction", "set-up-choose", law);
    let currency = wrongs.check("currency", "set-up-bad-currency", typed::currency(form.text("currency")));
    let language = Language::of_code(form.text("language")).ok_or(());
    let language = wrongs.check("language", "set-up-choose", language);
    let opening = wrongs.check("hours", "set-up-bad-hours", schedule(form));
    match (name, time_zone, jurisdiction, currency, language, opening) {
        (Some(name), Some(time_zone), Some(jurisdiction), Some(currency), Some(language), Some(opening)) => {
            Ok(Branch { name, time_zone, currency, jurisdiction, language, opening })
        }
        _ => Err(wrongs.all()),
    }
}

/// The hours of a branch as they are typed, but for those that never end.
fn opening(page: &Page, branch: &Branch) -> String {
    if branch.opening.windows().next().is_none() {
        return page.say("set-up-always");
    }
    hours::words(&branch.opening).join(", ")
}

/// The hours of a form; at any time where none are given.
pub(super) fn schedule(form: &Form) -> Result<bonafide_domain::schedule::Schedule, ()> {
    let typed = lines(form.text("hours"));
    if typed.is_empty() {
        return Ok(bonafide_domain::schedule::Schedule::any_time());
    }
    hours::schedule(&typed).map_err(|_| ())
}

async fn new(page: Page, caller: Caller) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let (zone, currency, law) = match page.language() {
        "ru" => ("Europe/Moscow", "RUB", "russia"),
        "zh" => ("Asia/Shanghai", "CNY", "china"),
        _ => ("", "EUR", "other"),
    };
    let form = filled(&[
        ("time_zone", zone.to_owned()),
        ("currency", currency.to_owned()),
        ("jurisdiction", law.to_owned()),
        ("language", page.language().to_owned()),
    ]);
    Ok(shown(&page, PATH, &form, &[]))
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let branch = match typed_branch(&form) {
        Ok(branch) => branch,
        Err(wrongs) => return Ok(shown(&page, PATH, &form, &wrongs)),
    };
    let added = once(&app, &caller, &form, PATH, move |work, acting| {
        branch::add(work, acting, &branch)?;
        Ok(Ok("/set-up".to_owned()))
    });
    Ok(added.await?.unwrap_or_else(|wrong| shown(&page, PATH, &form, &[wrong])))
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    let found = app.read(move |tx, _| branch::get(tx, id)).await?;
    let kept = found.filter(|kept| caller.works_in(kept.id)).ok_or_else(Trouble::not_found)?;
    let branch = kept.content;
    let form = filled(&[
        ("name", branch.name.as_str().to_owned()),
        ("time_zone", branch.time_zone.as_str().to_owned()),
        ("currency", branch.currency.code().to_owned()),
        ("jurisdiction", jurisdiction_word(branch.jurisdiction)),
        ("language", branch.language.code().to_owned()),
        ("hours", hours::words(&branch.opening).join("\n")),
    ]);
    Ok(shown(&page, &format!("{PATH}/{id}"), &form, &[]))
}

async fn change(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    if !caller.works_in(id) {
        return Err(Trouble::not_found());
    }
    let path = format!("{PATH}/{id}");
    let branch = match typed_branch(&form) {
        Ok(branch) => branch,
        Err(wrongs) => return Ok(shown(&page, &path, &form, &wrongs)),
    };
    let changed = once(&app, &caller, &form, &path, move |work, acting| {
        let changed = branch::change(work, acting, id, &branch)?;
        Ok(changed.map(|()| PATH.to_owned()).map_err(|refusal| match refusal {
            BranchRefusal::NotFound => ("", "set-up-gone"),
            BranchRefusal::PricesInOldCurrency => ("currency", "set-up-prices-in-old-currency"),
        }))
    });
    Ok(changed.await?.unwrap_or_else(|wrong| shown(&page, &path, &form, &[wrong])))
}
