//! Access points: doors, turnstiles, gates, each with what may be shown there. A way without biometrics is always among them.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::access_method::{AccessMethods, Method, MethodsRefusal};
use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::access_point::{
    self, AccessPoint, AccessPointRefusal, Direction, WhenUnwritable, direction, method, when_unwritable,
};
use bonafide_store::organisation::zone;
use bonafide_store::trial::{self, Of};

use crate::pages::set_up::branches::mark_trial;
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{self, List, Row};
use crate::pages::set_up::{Places, id_of, once, places};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/doors";

const LIST: List = List { title: "set-up-doors", path: PATH, add: "set-up-door-add" };

/// All ways to show who one is, those without biometrics first.
const METHODS: [Method; 9] = [
    Method::CardNumber,
    Method::DeviceKey,
    Method::PhoneCode,
    Method::CardProof,
    Method::ClubNumber,
    Method::Pin,
    Method::Face,
    Method::FingerprintOrPalm,
    Method::Voice,
];

const DIRECTIONS: [Direction; 3] = [Direction::Both, Direction::Entry, Direction::Exit];

const UNWRITABLE: [WhenUnwritable; 2] = [WhenUnwritable::Deny, WhenUnwritable::KeepAdmitting];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get("/set-up/doors/new", Access::MANAGERS, new),
        Route::post(PATH, Access::MANAGERS, add),
        Route::get("/set-up/doors/{id}", Access::MANAGERS, one),
        Route::post("/set-up/doors/{id}", Access::MANAGERS, change),
    ]
}

fn method_key(method: Method) -> &'static str {
    match method {
        Method::ClubNumber => "way-club-number",
        Method::CardNumber => "way-card-number",
        Method::CardProof => "way-card-proof",
        Method::DeviceKey => "way-device-key",
        Method::PhoneCode => "way-phone-code",
        Method::Face => "way-face",
        Method::Voice => "way-voice",
        Method::FingerprintOrPalm => "way-finger",
        Method::Pin => "way-pin",
    }
}

fn direction_key(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "set-up-entry",
        Direction::Exit => "set-up-exit",
        Direction::Both => "set-up-both",
    }
}

fn unwritable_key(when: WhenUnwritable) -> &'static str {
    match when {
        WhenUnwritable::KeepAdmitting => "set-up-keep-admitting",
        WhenUnwritable::Deny => "set-up-deny",
    }
}

async fn all(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let told = app.read(move |tx, _| {
        let places = Places::of(tx, &caller, true)?;
        let mut doors = Vec::new();
        for branch in &places.branches {
            for kept in access_point::list(tx, branch.id, true)? {
                let on_trial = trial::since_us(tx, Of::AccessPoint(kept.id))?.is_some();
                doors.push((kept, on_trial));
            }
        }
        Ok((places, doors))
    });
    let (places, doors) = told.await?;
    let row = |(kept, on_trial): &(Kept<AccessPoint>, bool)| {
        let (point, path) = (&kept.content, format!("{PATH}/{}", kept.id));
        let zone = places.zones.iter().find(|zone| zone.id == point.zone);
        let zone = zone.map_or_else(String::new, |zone| places.zone_name(zone));
        let ways: Vec<String> =
            point.methods.methods().iter().map(|&way| page.say(method_key(way))).collect();
        let about = format!("{zone} · {}", page.say(direction_key(point.direction)));
        let lines = vec![about, ways.join(", ")];
        let mut row = Row::of(&path, point.name.as_str(), kept.closed_us.is_some(), lines);
        mark_trial(&mut row, &path, *on_trial);
        row
    };
    Ok(list::show(&page, &LIST, doors.iter().map(row).collect(), None))
}

fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
    let ways = METHODS.iter().map(|&one| (method(one).to_owned(), page.say(method_key(one)))).collect();
    let directions =
        DIRECTIONS.iter().map(|&one| (direction(one).to_owned(), page.say(direction_key(one)))).collect();
    let unwritable = UNWRITABLE
        .iter()
        .map(|&one| (when_unwritable(one).to_owned(), page.say(unwritable_key(one))))
        .collect();
    vec![
        filling.select("zone", "zone", places.zone_choices()).with_hint("set-up-door-zone-hint"),
        filling.text("name", "set-up-name"),
        filling.select("direction", "set-up-direction", directions),
        filling.boxes("method", "set-up-methods", ways).with_hint("set-up-methods-hint"),
        filling.select("when_unwritable", "set-up-when-unwritable", unwritable),
    ]
}

fn shown(page: &Page, action: &str, places: &Places, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say(if action == PATH { "set-up-door-add" } else { "set-up-door" });
    let filling = Filling { form, wrongs };
    form::show(page, &Ways { title, action, back: PATH }, &filling, fields(page, &filling, places))
}

/// What is typed of a door; its ways are checked against its zone when both are known.
struct Typed {
    zone: Id,
    name: Title,
    direction: Direction,
    methods: Vec<Method>,
    when_unwritable: WhenUnwritable,
}

fn typed(form: &Form) -> Result<Typed, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let zone = wrongs.check("zone", "set-up-choose", form.id("zone").ok_or(()));
    let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
    let way = DIRECTIONS.into_iter().find(|&one| direction(one) == form.text("direction")).ok_or(());
    let way = wrongs.check("direction", "set-up-choose", way);
    let ticked = form.all("method");
    let methods: Vec<Method> = METHODS.into_iter().filter(|&one| ticked.contains(&method(one))).collect();
    let some = if methods.is_empty() { Err(()) } else { Ok(methods) };
    let methods = wrongs.check("method", "set-up-methods-empty", some);
    let when =
        UNWRITABLE.into_iter().find(|&one| when_unwritable(one) == form.text("when_unwritable")).ok_or(());
    let when = wrongs.check("when_unwritable", "set-up-choose", when);
    match (zone, name, way, methods, when) {
        (Some(zone), Some(name), Some(direction), Some(methods), Some(when_unwritable)) => {
            Ok(Typed { zone, name, direction, methods, when_unwritable })
        }
        _ => Err(wrongs.all()),
    }
}

impl Typed {
    fn point(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Result<AccessPoint, Wrong>, Fault> {
        let zone = zone::get(tx, self.zone)?.filter(|zone| caller.works_in(zone.content.branch));
        let Some(zone) = zone else { return Ok(Err(("zone", "set-up-choose"))) };
        let methods = match AccessMethods::new(zone.content.kind.place(), &self.methods) {
            Ok(methods) => methods,
            Err(refusal) => return Ok(Err(("method", methods_key(refusal)))),
        };
        Ok(Ok(AccessPoint {
            zone: self.zone,
            name: self.name.clone(),
            direction: self.direction,
            methods,
            when_unwritable: self.when_unwritable,
        }))
    }
}

fn methods_key(refusal: MethodsRefusal) -> &'static str {
    match refusal {
        MethodsRefusal::Empty => "set-up-methods-empty",
        MethodsRefusal::NotAdmissible { .. } => "set-up-methods-not-here",
        MethodsRefusal::BiometricsOnly => "set-up-methods-biometrics-only",
        MethodsRefusal::NeverEnough => "set-up-methods-never-enough",
    }
}

fn wrong(refusal: AccessPointRefusal) -> Wrong {
    match refusal {
        AccessPointRefusal::NotFound => ("", "set-up-gone"),
        AccessPointRefusal::NoZone => ("zone", "set-up-choose"),
        AccessPointRefusal::OtherPlace => ("method", "set-up-methods-not-here"),
        AccessPointRefusal::Demanded(_) => ("method", "set-up-methods-demanded"),
    }
}

async fn new(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let places = places(&app, &caller, false).await?;
    let ticked = [Method::CardNumber, Method::DeviceKey];
    let form = Form::of(ticked.map(|one| ("method".to_owned(), method(one).to_owned())).to_vec());
    Ok(shown(&page, PATH, &places, &form, &[]))
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let added = match typed(&form) {
        Err(wrongs) => Err(wrongs),
        Ok(typed) => {
            let by = caller.clone();
            let added = once(&app, &caller, &form, PATH, move |work, acting| {
                let point = match typed.point(work.tx, &by)? {
                    Ok(point) => point,
                    Err(wrong) => return Ok(Err(wrong)),
                };
                Ok(access_point::add(work, acting, &point)?.map(|_| "/set-up".to_owned()).map_err(wrong))
            });
            added.await?.map_err(|wrong| vec![wrong])
        }
    };
    match added {
        Ok(response) => Ok(response),
        Err(wrongs) => Ok(shown(&page, PATH, &places(&app, &caller, false).await?, &form, &wrongs)),
    }
}

/// A door of a branch that the caller works in.
fn own(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Kept<AccessPoint>>, Fault> {
    let Some(kept) = access_point::get(tx, id)? else { return Ok(None) };
    let zone = zone::get(tx, kept.content.zone)?;
    Ok(zone.filter(|zone| caller.works_in(zone.content.branch)).map(|_| kept))
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let (id, by) = (id_of(&id)?, caller.clone());
    let found = app.read(move |tx, _| own(tx, &by, id)).await?;
    let point = found.ok_or_else(Trouble::not_found)?.content;
    let mut fields = vec![
        ("zone".to_owned(), point.zone.to_string()),
        ("name".to_owned(), point.name.as_str().to_owned()),
        ("direction".to_owned(), direction(point.direction).to_owned()),
        ("when_unwritable".to_owned(), when_unwritable(point.when_unwritable).to_owned()),
    ];
    let ticked = point.methods.methods().iter().map(|&one| ("method".to_owned(), method(one).to_owned()));
    fields.extend(ticked);
    let places = places(&app, &caller, true).await?;
    Ok(shown(&page, &format!("{PATH}/{id}"), &places, &Form::of(fields), &[]))
}

async fn change(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let (id, by) = (id_of(&id)?, caller.clone());
    let path = format!("{PATH}/{id}");
    let changed = match typed(&form) {
        Err(wrongs) => Err(wrongs),
        Ok(typed) => {
            let changed = once(&app, &caller, &form, &path, move |work, acting| {
                if own(work.tx, &by, id)?.is_none() {
                    return Ok(Err(("", "set-up-gone")));
                }
                let point = match typed.point(work.tx, &by)? {
                    Ok(point) => point,
                    Err(wrong) => return Ok(Err(wrong)),
                };
                let changed = access_point::change(work, acting, id, &point)?;
                Ok(changed.map(|()| PATH.to_owned()).map_err(wrong))
            });
            changed.await?.map_err(|wrong| vec![wrong])
        }
    };
    match changed {
        Ok(response) => Ok(response),
        Err(wrongs) => Ok(shown(&page, &path, &places(&app, &caller, true).await?, &form, &wrongs)),
    }
}
