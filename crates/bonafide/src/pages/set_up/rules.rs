//! How a door decides: what must be shown together, how strict it is about coming in twice, and its times.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::access_method::Method;
use bonafide_domain::admission::rules::{
    AntiPassback, COMBINATIONS_MAX, DemandsRefusal, DoorRules, Passing, Times, TimesRefusal, WhenCheckDue,
};
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{AccessPoint, method, set_liveness};
use bonafide_store::passages::door::{self, Door, NotSet, Setting};

use crate::pages::set_up::doors::{Doors, METHODS, method_key, own};
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::thing::{Thing, path_of};
use crate::pages::set_up::{id_of, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const SECOND_US: i64 = 1_000_000;

const MINUTE_US: i64 = 60 * SECOND_US;

/// The group of boxes of each combination.
const COMBINATIONS: [&str; COMBINATIONS_MAX] = [
    "together-1",
    "together-2",
    "together-3",
    "together-4",
    "together-5",
    "together-6",
    "together-7",
    "together-8",
    "together-9",
    "together-10",
    "together-11",
    "together-12",
    "together-13",
    "together-14",
    "together-15",
    "together-16",
];

/// Groups that are shown at least; one more than are filled, so that one can be added.
const COMBINATIONS_SHOWN: usize = 3;

const PASSBACKS: [(&str, &str, AntiPassback); 3] = [
    ("off", "rules-passback-off", AntiPassback::Off),
    ("soft", "rules-passback-soft", AntiPassback::Soft),
    ("hard", "rules-passback-hard", AntiPassback::Hard),
];

const CHECKS: [(&str, &str, WhenCheckDue); 2] = [
    ("mark", "rules-check-mark", WhenCheckDue::Mark),
    ("refuse", "rules-check-refuse", WhenCheckDue::Refuse),
];

const PASSINGS: [(&str, &str, Passing); 2] = [
    ("reported", "rules-passing-reported", Passing::Reported),
    ("assumed", "rules-passing-assumed", Passing::Assumed),
];

const LIVENESS: [(&str, &str, bool); 2] =
    [("on", "rules-liveness-on", true), ("off", "rules-liveness-off", false)];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/doors/{id}/rules", Access::MANAGERS, show),
        Route::post("/set-up/doors/{id}/rules", Access::MANAGERS, set),
    ]
}

fn word_of<T: PartialEq>(all: &[(&'static str, &'static str, T)], value: &T) -> String {
    all.iter().find(|(_, _, one)| one == value).map_or("", |(word, ..)| word).to_owned()
}

fn value_of<T: Copy>(all: &[(&'static str, &'static str, T)], word: &str) -> Result<T, ()> {
    all.iter().find(|(one, ..)| *one == word).map(|(_, _, value)| *value).ok_or(())
}

fn choices<T>(page: &Page, all: &[(&'static str, &'static str, T)]) -> Vec<(String, String)> {
    all.iter().map(|(word, key, _)| ((*word).to_owned(), page.say(key))).collect()
}

/// The form as the rules of a door fill it.
fn filled(rules: &DoorRules, liveness: bool) -> Form {
    let times = &rules.times;
    let mut fields = vec![
        ("anti_passback".to_owned(), word_of(&PASSBACKS, &rules.anti_passback)),
        ("when_check_due".to_owned(), word_of(&CHECKS, &rules.when_check_due)),
        ("passing".to_owned(), word_of(&PASSINGS, &rules.passing)),
        ("liveness".to_owned(), word_of(&LIVENESS, &liveness)),
        ("double_tap_s".to_owned(), (times.double_tap_us() / SECOND_US).to_string()),
        ("grant_s".to_owned(), (times.grant_us() / SECOND_US).to_string()),
        ("again_after_min".to_owned(), (times.again_after_us() / MINUTE_US).to_string()),
    ];
    for (name, combination) in COMBINATIONS.iter().zip(rules.demands.combinations()) {
        fields.extend(combination.iter().map(|&one| ((*name).to_owned(), method(one).to_owned())));
    }
    Form::of(fields)
}

fn fields(page: &Page, filling: &Filling<'_>, point: &AccessPoint) -> Vec<Field> {
    let filled = COMBINATIONS.iter().rposition(|name| !filling.form.all(name).is_empty());
    let groups = filled.map_or(1, |last| last + 2).clamp(COMBINATIONS_SHOWN, COMBINATIONS_MAX);
    let ways = || {
        let ways = point.methods.methods().iter();
        ways.map(|&one| (method(one).to_owned(), page.say(method_key(one)))).collect::<Vec<_>>()
    };
    let group = |(at, name): (usize, &&'static str)| {
        let field = filling.boxes(name, "rules-together", ways()).numbered(at + 1);
        if at == 0 { field.with_hint("rules-together-hint") } else { field }
    };
    let mut fields: Vec<Field> = COMBINATIONS.iter().take(groups).enumerate().map(group).collect();
    let passback = filling.select("anti_passback", "rules-passback", choices(page, &PASSBACKS));
    fields.extend([
        passback.with_hint("rules-passback-hint"),
        filling.select("when_check_due", "rules-check", choices(page, &CHECKS)),
        filling.select("passing", "rules-passing", choices(page, &PASSINGS)).with_hint("rules-passing-hint"),
        filling.number("double_tap_s", "rules-double-tap").with_hint("rules-double-tap-hint"),
        filling.number("grant_s", "rules-grant").with_hint("rules-grant-hint"),
        filling.number("again_after_min", "rules-again").with_hint("rules-again-hint"),
    ]);
    if point.methods.methods().contains(&Method::Face) {
        let liveness = filling.select("liveness", "rules-liveness", choices(page, &LIVENESS));
        fields.push(liveness.with_hint("rules-liveness-hint"));
    }
    fields
}

fn typed(form: &Form) -> Result<Setting, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let passback = value_of(&PASSBACKS, form.text("anti_passback"));
    let passback = wrongs.check("anti_passback", "set-up-choose", passback);
    let check = value_of(&CHECKS, form.text("when_check_due"));
    let check = wrongs.check("when_check_due", "set-up-choose", check);
    let passing = wrongs.check("passing", "set-up-choose", value_of(&PASSINGS, form.text("passing")));
    let time = |name: &str, unit_us: i64| {
        let typed = form.text(name).parse::<i64>().ok();
        typed.and_then(|typed| typed.checked_mul(unit_us)).ok_or(())
    };
    let double_tap = wrongs.check("double_tap_s", "rules-bad-number", time("double_tap_s", SECOND_US));
    let grant = wrongs.check("grant_s", "rules-bad-number", time("grant_s", SECOND_US));
    let again = wrongs.check("again_after_min", "rules-bad-number", time("again_after_min", MINUTE_US));
    let (Some(anti_passback), Some(when_check_due), Some(passing), Some(tap), Some(grant), Some(again)) =
        (passback, check, passing, double_tap, grant, again)
    else {
        return Err(wrongs.all());
    };
    let times = Times::new(tap, grant, again).map_err(|refusal| {
        vec![match refusal {
            TimesRefusal::DoubleTap => ("double_tap_s", "rules-bad-double-tap"),
            TimesRefusal::Grant => ("grant_s", "rules-bad-grant"),
            TimesRefusal::AgainAfter => ("again_after_min", "rules-bad-again"),
        }]
    })?;
    let combination = |name: &&str| {
        let ticked = form.all(name);
        METHODS.into_iter().filter(|&one| ticked.contains(&method(one))).collect::<Vec<Method>>()
    };
    let combinations = COMBINATIONS.iter().map(combination).filter(|ticked| !ticked.is_empty()).collect();
    Ok(Setting { combinations, anti_passback, when_check_due, passing, times })
}

fn wrong(refusal: NotSet) -> Wrong {
    let first = COMBINATIONS[0];
    match refusal {
        NotSet::NotFound => ("", "set-up-gone"),
        NotSet::Refused(DemandsRefusal::BiometricsOnly) => (first, "set-up-methods-biometrics-only"),
        NotSet::Refused(DemandsRefusal::NotTaken { .. }) => (first, "rules-not-taken"),
        NotSet::Refused(DemandsRefusal::Empty | DemandsRefusal::TooMany) => (first, "set-up-choose"),
    }
}

fn shown(page: &Page, id: Id, point: &AccessPoint, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say_of("rules-of", "door", point.name.as_str());
    let action = format!("{}/rules", path_of::<Doors>(id));
    let filling = Filling { form, wrongs, is_new: false };
    let ways = Ways { title, action: &action, back: Doors::PATHS.all };
    form::show(page, &ways, &filling, fields(page, &filling, point))
}

/// A door of the caller, with its rules.
async fn found(app: &Shared, caller: &Caller, id: Id) -> Result<Door, Trouble> {
    let caller = caller.clone();
    let found = app.read(move |tx, _| match own(tx, &caller, id)? {
        Some(_) => door::get(tx, id),
        None => Ok(None),
    });
    found.await?.ok_or_else(Trouble::not_found)
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    let door = found(&app, &caller, id).await?;
    Ok(shown(&page, id, &door.point, &filled(&door.rules, door.liveness), &[]))
}

async fn set(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    let Door { point, liveness: before, .. } = found(&app, &caller, id).await?;
    // A door without faces has no such field.
    let liveness = value_of(&LIVENESS, form.text("liveness")).unwrap_or(before);
    let setting = match typed(&form) {
        Ok(setting) => setting,
        Err(wrongs) => return Ok(shown(&page, id, &point, &form, &wrongs)),
    };
    let path = format!("{}/rules", path_of::<Doors>(id));
    let set = once(&app, &caller, &form, &path, move |work, acting| {
        if let Err(refusal) = door::set_rules(work, acting, id, &setting)? {
            return Ok(Err(wrong(refusal)));
        }
        let set = set_liveness(work, acting, id, liveness)?;
        Ok(set.map(|_| Doors::PATHS.all.to_owned()).map_err(|_| wrong(NotSet::NotFound)))
    });
    Ok(set.await?.unwrap_or_else(|wrong| shown(&page, id, &point, &form, &[wrong])))
}
