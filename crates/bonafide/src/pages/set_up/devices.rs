//! Devices: what asks on behalf of a door, a desk or a till. A key is shown once, on the page that answers the registration, and never
//! again; a device that lost it is revoked and registered anew.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::calendar::Calendar;
use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::devices::sigur::Login;
use bonafide_store::devices::{self, Device, Kind, NewDevice, NotRegistered, Role};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::{access_point, till, zone};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::pages::Light;
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{self, Act, List, Row};
use crate::pages::set_up::{Places, filled, id_of, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/devices";

const NEW: &str = "/set-up/devices/new";

const KINDS: [(&str, &str, Kind); 5] = [
    ("door_adapter", "device-door-adapter", Kind::DoorAdapter),
    ("kiosk", "device-kiosk", Kind::Kiosk),
    ("desk_reader", "device-desk-reader", Kind::DeskReader),
    ("till", "device-till", Kind::Till),
    ("sigur_server", "device-sigur", Kind::SigurServer),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get(NEW, Access::MANAGERS, new),
        Route::post(PATH, Access::MANAGERS, register),
        Route::post("/set-up/devices/{id}/revocations", Access::MANAGERS, revoke),
    ]
}

fn kind_key(kind: Kind) -> &'static str {
    KINDS.iter().find(|(_, _, one)| *one == kind).map_or("", |(_, key, _)| key)
}

/// What a device can be bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Door(Id),
    Till(Id),
    Branch(Id),
}

impl Bound {
    fn of(role: &Role) -> Bound {
        match *role {
            Role::DoorAdapter { access_point }
            | Role::Kiosk { access_point }
            | Role::DeskReader { access_point } => Bound::Door(access_point),
            Role::Till { till } => Bound::Till(till),
            Role::SigurServer { branch, .. } => Bound::Branch(branch),
        }
    }

    fn parse(word: &str) -> Option<Bound> {
        let (kind, id) = word.split_once('/')?;
        let id = Id::parse(id)?;
        match kind {
            "door" => Some(Bound::Door(id)),
            "till" => Some(Bound::Till(id)),
            "branch" => Some(Bound::Branch(id)),
            _ => None,
        }
    }

    fn word(self) -> String {
        match self {
            Bound::Door(id) => format!("door/{id}"),
            Bound::Till(id) => format!("till/{id}"),
            Bound::Branch(id) => format!("branch/{id}"),
        }
    }

    /// The branch that it is in.
    fn branch(self, tx: &mut Tx<'_>) -> Result<Option<Id>, Fault> {
        Ok(match self {
            Bound::Branch(id) => Some(id),
            Bound::Till(id) => till::get(tx, id)?.map(|kept| kept.content.branch),
            Bound::Door(id) => match access_point::get(tx, id)? {
                Some(kept) => zone::get(tx, kept.content.zone)?.map(|kept| kept.content.branch),
                None => None,
            },
        })
    }
}

/// All that devices of a caller can be bound to, with its words.
fn bounds(
    tx: &mut Tx<'_>,
    page: &Page,
    places: &Places,
    closed: bool,
) -> Result<Vec<(Bound, String)>, Fault> {
    let (mut all, several) = (Vec::new(), places.branches.len() > 1);
    for place in &places.branches {
        let branch = place.content.name.as_str();
        let named = |key: &str, name: &str| {
            // What tells them apart comes first: a narrow screen cuts the end off.
            let name = if several { format!("{name}, {branch}") } else { name.to_owned() };
            format!("{}: {name}", page.say(key))
        };
        for kept in access_point::list(tx, place.id, closed)? {
            all.push((Bound::Door(kept.id), named("set-up-door", kept.content.name.as_str())));
        }
        for kept in till::list(tx, place.id, closed)? {
            all.push((Bound::Till(kept.id), named("till-one", kept.content.name.as_str())));
        }
        all.push((Bound::Branch(place.id), format!("{}: {branch}", page.say("set-up-branch"))));
    }
    Ok(all)
}

fn rows(tx: &mut Tx<'_>, page: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
    let places = Places::of(tx, caller, true)?;
    let bounds = bounds(tx, page, &places, true)?;
    let mut rows = Vec::new();
    for place in &places.branches {
        let calendar = place.content.time_zone.calendar();
        for device in devices::list(tx, place.id, true)? {
            let bound = bounds.iter().find(|(bound, _)| *bound == Bound::of(&device.role));
            rows.push(row(page, &device, bound.map_or("", |(_, name)| name), &calendar));
        }
    }
    Ok(rows)
}

fn row(page: &Page, device: &Device, bound: &str, calendar: &Calendar) -> Row {
    let (light, state) = match (device.revoked_us, device.seen_us) {
        (Some(_), _) => (Light::Bad, "device-revoked"),
        (None, None) => (Light::Ask, "device-never-seen"),
        (None, Some(_)) => (Light::Good, "set-up-in-use"),
    };
    let mut lines = vec![format!("{} · {bound}", page.say(kind_key(device.role.kind())))];
    if let Role::SigurServer { login, .. } = &device.role {
        lines.push(page.say_of("device-login-is", "login", login.as_str()));
    }
    lines.extend(device.seen_us.map(|at| page.say_of("device-seen", "when", &page.moment(at, calendar))));
    let revoke = Act {
        path: format!("{PATH}/{}/revocations", device.id),
        field: None,
        key: "device-revoke",
        question: Some("device-revoke-question"),
    };
    let acts = if device.revoked_us.is_none() { vec![revoke] } else { Vec::new() };
    Row { name: device.name.as_str().to_owned(), light, state, lines, links: Vec::new(), acts }
}

async fn all(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let frame = page.clone();
    let rows = app.read(move |tx, _| rows(tx, &frame, &caller)).await?;
    let list = List { title: "set-up-devices", add: Some((NEW, "device-add")), empty: "devices-empty" };
    Ok(list::show(&page, &list, rows, None))
}

fn fields(page: &Page, filling: &Filling<'_>, bounds: Vec<(Bound, String)>) -> Vec<Field> {
    let kinds = KINDS.iter().map(|(word, key, _)| ((*word).to_owned(), page.say(key))).collect();
    let bounds = bounds.into_iter().map(|(bound, words)| (bound.word(), words)).collect();
    vec![
        filling.text("name", "set-up-name").with_hint("device-name-hint"),
        filling.select("kind", "set-up-kind", kinds).with_hint("device-kind-hint"),
        filling.select("bound", "device-bound", bounds).with_hint("device-bound-hint"),
        filling.text("login", "device-login").with_hint("device-login-hint"),
    ]
}

async fn shown(
    app: &Shared,
    page: &Page,
    caller: &Caller,
    form: &Form,
    wrongs: &[Wrong],
) -> Result<Response, Trouble> {
    let (frame, caller) = (page.clone(), caller.clone());
    let bounds = app.read(move |tx, _| {
        let places = Places::of(tx, &caller, false)?;
        bounds(tx, &frame, &places, false)
    });
    let (bounds, filling) = (bounds.await?, Filling { form, wrongs, is_new: true });
    let ways = Ways { title: page.say("device-add"), action: PATH, back: PATH };
    Ok(form::show(page, &ways, &filling, fields(page, &filling, bounds)))
}

/// The kind that somebody was led here for.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
}

async fn new(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let form = filled(&[("login", "sigur".to_owned()), ("kind", asked.kind)]);
    shown(&app, &page, &caller, &form, &[]).await
}

fn typed(form: &Form) -> Result<NewDevice, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
    let kind = KINDS.iter().find(|(word, ..)| *word == form.text("kind")).map(|(.., kind)| *kind).ok_or(());
    let kind = wrongs.check("kind", "set-up-choose", kind);
    let bound = wrongs.check("bound", "set-up-choose", Bound::parse(form.text("bound")).ok_or(()));
    let (Some(name), Some(kind), Some(bound)) = (name, kind, bound) else { return Err(wrongs.all()) };
    let role = match (kind, bound) {
        (Kind::DoorAdapter, Bound::Door(access_point)) => Role::DoorAdapter { access_point },
        (Kind::Kiosk, Bound::Door(access_point)) => Role::Kiosk { access_point },
        (Kind::DeskReader, Bound::Door(access_point)) => Role::DeskReader { access_point },
        (Kind::Till, Bound::Till(till)) => Role::Till { till },
        (Kind::SigurServer, Bound::Branch(branch)) => match Login::parse(form.text("login")) {
            Some(login) => Role::SigurServer { branch, login },
            None => return Err(vec![("login", "device-bad-login")]),
        },
        _ => return Err(vec![("bound", "device-other-bound")]),
    };
    Ok(NewDevice { name, role })
}

fn wrong(refusal: NotRegistered) -> Wrong {
    match refusal {
        NotRegistered::NoAccessPoint | NotRegistered::NoTill | NotRegistered::NoBranch => {
            ("bound", "set-up-choose")
        }
    }
}

/// The one page that shows a key.
#[derive(Template)]
#[template(path = "pages/set_up/key.html")]
struct KeyPage<'a> {
    page: Page,
    name: &'a str,
    key: Zeroizing<String>,
    /// The user of a SIGUR server, whose password is the key.
    login: Option<&'a str>,
}

async fn register(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let new = match typed(&form) {
        Ok(new) => new,
        Err(wrongs) => return shown(&app, &page, &caller, &form, &wrongs).await,
    };
    // What is kept to answer a second press leads to the list, and has no key in it.
    let made = Arc::new(Mutex::new(None));
    let (token, by, wanted) = (Arc::clone(&made), caller.clone(), new.clone());
    let registered = once(&app, &caller, &form, PATH, move |work, acting| {
        let branch = Bound::of(&wanted.role).branch(work.tx)?;
        if branch.is_none_or(|branch| !by.works_in(branch)) {
            return Ok(Err(("bound", "set-up-choose")));
        }
        let registered = match devices::register(work, acting, &wanted)? {
            Ok(registered) => registered,
            Err(refusal) => return Ok(Err(wrong(refusal))),
        };
        *token.lock().unwrap_or_else(PoisonError::into_inner) = Some(registered.token);
        Ok(Ok(PATH.to_owned()))
    });
    let answer = match registered.await? {
        Ok(answer) => answer,
        Err(wrong) => return shown(&app, &page, &caller, &form, &[wrong]).await,
    };
    let token = made.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(token) = token else { return Ok(answer) };
    let login = match &new.role {
        Role::SigurServer { login, .. } => Some(login.as_str()),
        _ => None,
    };
    let shown = KeyPage { page: page.clone(), name: new.name.as_str(), key: token.expose(), login };
    Ok(page.show(&shown))
}

async fn revoke(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Posted(_): Posted,
) -> Result<Response, Trouble> {
    let (id, acting) = (id_of(&id)?, caller.acting());
    let revoked = app.write(move |work| {
        let Some(device) = devices::get(work.tx, id)? else { return Ok(Err(())) };
        let branch = Bound::of(&device.role).branch(work.tx)?;
        if branch.is_none_or(|branch| !caller.works_in(branch)) {
            return Ok(Err(()));
        }
        Ok(devices::revoke(work, &acting, id)?.map(drop).map_err(drop))
    });
    revoked.await?.map_err(|()| Trouble::not_found())?;
    Ok(Redirect::to(PATH).into_response())
}
