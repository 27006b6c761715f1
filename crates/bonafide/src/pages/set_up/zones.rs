//! Zones: parts of a branch, each with its kind and how many people fit in.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::plain_text::Title;
use bonafide_store::id::Id;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind, ZoneRefusal, zone_kind};

use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{self, List, Row};
use crate::pages::set_up::{Places, filled, id_of, once, places};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/zones";

const LIST: List = List { title: "set-up-zones", path: PATH, add: "set-up-zone-add" };

const KINDS: [ZoneKind; 9] = [
    ZoneKind::Gym,
    ZoneKind::Pool,
    ZoneKind::Hall,
    ZoneKind::Spa,
    ZoneKind::Vip,
    ZoneKind::Other,
    ZoneKind::ChangingRoom,
    ZoneKind::Staff,
    ZoneKind::Safe,
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get("/set-up/zones/new", Access::MANAGERS, new),
        Route::post(PATH, Access::MANAGERS, add),
        Route::get("/set-up/zones/{id}", Access::MANAGERS, one),
        Route::post("/set-up/zones/{id}", Access::MANAGERS, change),
    ]
}

fn kind_key(kind: ZoneKind) -> &'static str {
    match kind {
        ZoneKind::Gym => "zone-gym",
        ZoneKind::Pool => "zone-pool",
        ZoneKind::Hall => "zone-hall",
        ZoneKind::Spa => "zone-spa",
        ZoneKind::Vip => "zone-vip",
        ZoneKind::Other => "zone-other",
        ZoneKind::ChangingRoom => "zone-changing-room",
        ZoneKind::Staff => "zone-staff",
        ZoneKind::Safe => "zone-safe",
    }
}

async fn all(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let places = places(&app, &caller, true).await?;
    let row = |kept: &bonafide_store::organisation::Kept<Zone>| {
        let zone = &kept.content;
        let room = match zone.capacity {
            Some(people) => page.say_of("set-up-capacity-is", "count", &page.whole(people.into())),
            None => page.say("set-up-capacity-unlimited"),
        };
        let about =
            format!("{} · {} · {room}", places.branch_name(zone.branch), page.say(kind_key(zone.kind)));
        Row::of(&format!("{PATH}/{}", kept.id), zone.name.as_str(), kept.closed_us.is_some(), vec![about])
    };
    Ok(list::show(&page, &LIST, places.zones.iter().map(row).collect(), None))
}

fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
    let kinds = KINDS.iter().map(|&kind| (zone_kind(kind).to_owned(), page.say(kind_key(kind)))).collect();
    vec![
        filling.select("branch", "desk-branch", places.branch_choices()),
        filling.text("name", "set-up-name"),
        filling.select("kind", "set-up-kind", kinds).with_hint("set-up-zone-kind-hint"),
        filling.number("capacity", "set-up-capacity").with_hint("set-up-capacity-hint"),
    ]
}

fn shown(page: &Page, action: &str, places: &Places, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say(if action == PATH { "set-up-zone-add" } else { "zone" });
    let filling = Filling { form, wrongs };
    form::show(page, &Ways { title, action, back: PATH }, &filling, fields(page, &filling, places))
}

fn typed_zone(form: &Form, caller: &Caller) -> Result<Zone, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let own = form.id("branch").filter(|&branch| caller.works_in(branch)).ok_or(());
    let branch = wrongs.check("branch", "set-up-choose", own);
    let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
    let kind = KINDS.into_iter().find(|&kind| zone_kind(kind) == form.text("kind")).ok_or(());
    let kind = wrongs.check("kind", "set-up-choose", kind);
    let typed = form.text("capacity");
    let people = || typed.parse::<u32>().ok().filter(|people| (1..=1_000_000).contains(people)).ok_or(());
    let capacity = if typed.is_empty() { Ok(None) } else { people().map(Some) };
    let capacity = wrongs.check("capacity", "set-up-bad-capacity", capacity);
    match (branch, name, kind, capacity) {
        (Some(branch), Some(name), Some(kind), Some(capacity)) => Ok(Zone { branch, name, kind, capacity }),
        _ => Err(wrongs.all()),
    }
}

fn wrong(refusal: ZoneRefusal) -> Wrong {
    match refusal {
        ZoneRefusal::NotFound => ("", "set-up-gone"),
        ZoneRefusal::NoBranch => ("branch", "set-up-choose"),
        ZoneRefusal::OtherBranch => ("branch", "set-up-zone-stays"),
        ZoneRefusal::Door { .. } => ("kind", "set-up-zone-doors"),
    }
}

async fn new(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let places = places(&app, &caller, false).await?;
    Ok(shown(&page, PATH, &places, &Form::default(), &[]))
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let added = match typed_zone(&form, &caller) {
        Err(wrongs) => Err(wrongs),
        Ok(zone) => {
            let added = once(&app, &caller, &form, PATH, move |work, acting| {
                Ok(zone::add(work, acting, &zone)?.map(|_| "/set-up".to_owned()).map_err(wrong))
            });
            added.await?.map_err(|wrong| vec![wrong])
        }
    };
    match added {
        Ok(response) => Ok(response),
        Err(wrongs) => Ok(shown(&page, PATH, &places(&app, &caller, false).await?, &form, &wrongs)),
    }
}

/// A zone of a branch that the caller works in.
async fn own(app: &Shared, caller: &Caller, id: Id) -> Result<Zone, Trouble> {
    let found = app.read(move |tx, _| zone::get(tx, id)).await?;
    let kept = found.filter(|kept| caller.works_in(kept.content.branch));
    Ok(kept.ok_or_else(Trouble::not_found)?.content)
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    let zone = own(&app, &caller, id).await?;
    let form = filled(&[
        ("branch", zone.branch.to_string()),
        ("name", zone.name.as_str().to_owned()),
        ("kind", zone_kind(zone.kind).to_owned()),
        ("capacity", zone.capacity.map_or_else(String::new, |people| people.to_string())),
    ]);
    Ok(shown(&page, &format!("{PATH}/{id}"), &places(&app, &caller, true).await?, &form, &[]))
}

async fn change(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    own(&app, &caller, id).await?;
    let path = format!("{PATH}/{id}");
    let changed = match typed_zone(&form, &caller) {
        Err(wrongs) => Err(wrongs),
        Ok(zone) => {
            let changed = once(&app, &caller, &form, &path, move |work, acting| {
                Ok(zone::change(work, acting, id, &zone)?.map(|()| PATH.to_owned()).map_err(wrong))
            });
            changed.await?.map_err(|wrong| vec![wrong])
        }
    };
    match changed {
        Ok(response) => Ok(response),
        Err(wrongs) => Ok(shown(&page, &path, &places(&app, &caller, true).await?, &form, &wrongs)),
    }
}
