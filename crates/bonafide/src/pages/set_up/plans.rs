//! Plans: what is sold. A change of terms is a further version; what was sold keeps its own.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::id::{BranchId, ZoneId};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, Length, PlanRefusal, PlanSpec, Reach, Start};
use bonafide_domain::schedule::Schedule;
use bonafide_store::id::Id;
use bonafide_store::plans::{self, KeptPlan, Plan, PlanVersion, PublishRefusal};

use crate::commands::{hours, typed};
use crate::pages::set_up::branches::schedule;
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{self, List, Row};
use crate::pages::set_up::{Places, filled, for_all_branches, id_of, once, places};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/plans";

const LIST: List = List { title: "set-up-plans", path: PATH, add: "set-up-plan-add" };

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get("/set-up/plans/new", Access::MANAGERS, new),
        Route::post(PATH, Access::MANAGERS, add),
        Route::get("/set-up/plans/{id}", Access::MANAGERS, one),
        Route::post("/set-up/plans/{id}", Access::MANAGERS, publish),
    ]
}

async fn all(State(app): State<Shared>, page: Page) -> Result<Response, Trouble> {
    let told = app.read(move |tx, _| {
        let mut told = Vec::new();
        for kept in plans::list(tx, true)? {
            let current = plans::current(tx, kept.id)?;
            told.push((kept, current));
        }
        Ok(told)
    });
    let row = |(kept, current): (KeptPlan, Option<PlanVersion>)| {
        let about = current.map(|current| about(&page, current.terms.spec())).into_iter().collect();
        Row::of(&format!("{PATH}/{}", kept.id), kept.plan.name.as_str(), kept.archived_us.is_some(), about)
    };
    Ok(list::show(&page, &LIST, told.await?.into_iter().map(row).collect(), None))
}

fn about(page: &Page, spec: &PlanSpec) -> String {
    let count = |key: &str, count: u32| page.say_of(key, "count", &page.whole(count.into()));
    let mut parts = vec![page.money(spec.price)];
    match spec.length {
        Some(Length::Days(days)) => parts.push(count("set-up-days-are", days.into())),
        Some(Length::Months(months)) => parts.push(count("set-up-months-are", months.into())),
        None => {}
    }
    parts.extend(spec.visits.map(|visits| count("set-up-visits-are", visits)));
    parts.join(" · ")
}

fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
    let kind = |word: &str, key: &str| (word.to_owned(), page.say(key));
    let kinds = vec![
        kind("months", "set-up-kind-months"),
        kind("days", "set-up-kind-days"),
        kind("visits", "set-up-kind-visits"),
    ];
    vec![
        filling.text("name", "set-up-name"),
        filling.text("price", "set-up-price").with_hint("set-up-price-hint"),
        filling.select("kind", "set-up-kind", kinds),
        filling.number("count", "set-up-count"),
        filling.number("visits", "set-up-visits").with_hint("set-up-visits-hint"),
        filling.boxes("zone", "set-up-zones", places.zone_choices()).with_hint("set-up-all-hint"),
        filling.boxes("branch", "set-up-branches", places.branch_choices()).with_hint("set-up-all-hint"),
        filling.lines("hours", "set-up-hours").with_hint("set-up-hours-hint"),
    ]
}

fn shown(page: &Page, action: &str, places: &Places, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say(if action == PATH { "set-up-plan-add" } else { "set-up-plan-version" });
    let filling = Filling { form, wrongs };
    form::show(page, &Ways { title, action, back: PATH }, &filling, fields(page, &filling, places))
}

/// The terms of a form; what it does not ask for stays as in `before`.
fn typed_plan(form: &Form, before: Option<&PlanSpec>) -> Result<(Plan, PlanSpec), Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
    let price = typed::money(&form.text("price").replace(',', "."));
    let price = wrongs.check("price", "set-up-bad-price", price);
    let count = wrongs.check("count", "set-up-bad-count", form.text("count").parse::<u16>());
    let visits = Some(form.text("visits")).filter(|typed| !typed.is_empty()).map(str::parse).transpose();
    let visits = wrongs.check("visits", "set-up-bad-count", visits);
    let hours = wrongs.check("hours", "set-up-bad-hours", schedule(form));
    let (Some(name), Some(price), Some(count), Some(visits), Some(schedule)) =
        (name, price, count, visits, hours)
    else {
        return Err(wrongs.all());
    };
    let (length, visits) = match form.text("kind") {
        "months" => (Some(Length::Months(count)), visits),
        "days" => (Some(Length::Days(count)), visits),
        "visits" => (None, Some(u32::from(count))),
        _ => return Err(vec![("kind", "set-up-choose")]),
    };
    let first = PlanSpec {
        version: 1,
        length,
        visits,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: None,
        guest_visits: 0,
        extras: Vec::new(),
        price,
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    };
    let spec = PlanSpec {
        length,
        visits,
        schedule,
        price,
        zones: reach(form, "zone", |id| ZoneId(*id.bytes())),
        branches: reach(form, "branch", |id| BranchId(*id.bytes())),
        ..before.cloned().unwrap_or(first)
    };
    Ok((Plan { name, note: None }, spec))
}

/// The places that are ticked; all of them where none is.
fn reach<P>(form: &Form, name: &str, place: impl Fn(Id) -> P) -> Reach<P> {
    let ticked: Vec<P> = form.all(name).into_iter().filter_map(Id::parse).map(place).collect();
    if ticked.is_empty() { Reach::All } else { Reach::Only(ticked) }
}

fn wrong(refusal: PublishRefusal) -> Wrong {
    match refusal {
        PublishRefusal::NotFound => ("", "set-up-gone"),
        PublishRefusal::PublishedMeanwhile { .. } => ("", "set-up-published-meanwhile"),
        PublishRefusal::NoZone(_) => ("zone", "set-up-choose"),
        PublishRefusal::NoBranch(_) => ("branch", "set-up-choose"),
        PublishRefusal::NoExtra(_) => ("", "set-up-bad-terms"),
        PublishRefusal::PricesInOtherCurrency => ("price", "set-up-prices-in-old-currency"),
        PublishRefusal::Terms(refusal) => match refusal {
            PlanRefusal::Length | PlanRefusal::NoEnd => ("count", "set-up-bad-count"),
            PlanRefusal::Visits => ("visits", "set-up-bad-count"),
            PlanRefusal::Zones => ("zone", "set-up-choose"),
            PlanRefusal::Branches => ("branch", "set-up-choose"),
            PlanRefusal::Price => ("price", "set-up-bad-price"),
            _ => ("", "set-up-bad-terms"),
        },
    }
}

async fn new(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let places = places(&app, &caller, false).await?;
    Ok(shown(&page, PATH, &places, &filled(&[("count", "1".to_owned())]), &[]))
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let added = match typed_plan(&form, None) {
        Err(wrongs) => Err(wrongs),
        Ok((plan, spec)) => {
            let added = once(&app, &caller, &form, PATH, move |work, acting| {
                let added = plans::add(work, acting, &plan, spec.clone())?;
                Ok(added.map(|_| "/set-up".to_owned()).map_err(wrong))
            });
            added.await?.map_err(|wrong| vec![wrong])
        }
    };
    match added {
        Ok(response) => Ok(response),
        Err(wrongs) => Ok(shown(&page, PATH, &places(&app, &caller, false).await?, &form, &wrongs)),
    }
}

async fn found(app: &Shared, id: Id) -> Result<(KeptPlan, PlanSpec), Trouble> {
    let found = app.read(move |tx, _| Ok(plans::get(tx, id)?.zip(plans::current(tx, id)?)));
    let (kept, current) = found.await?.ok_or_else(Trouble::not_found)?;
    Ok((kept, current.terms.spec().clone()))
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let id = id_of(&id)?;
    let (kept, spec) = found(&app, id).await?;
    let (kind, count) = match spec.length {
        Some(Length::Months(months)) => ("months", u32::from(months)),
        Some(Length::Days(days)) => ("days", u32::from(days)),
        None => ("visits", spec.visits.unwrap_or(1)),
    };
    let visits = spec.visits.filter(|_| spec.length.is_some());
    let mut fields = vec![
        ("name".to_owned(), kept.plan.name.as_str().to_owned()),
        ("price".to_owned(), typed::money_words(spec.price)),
        ("kind".to_owned(), kind.to_owned()),
        ("count".to_owned(), count.to_string()),
        ("visits".to_owned(), visits.map_or_else(String::new, |visits| visits.to_string())),
        ("hours".to_owned(), hours::words(&spec.schedule).join("\n")),
        ("seen".to_owned(), kept.version.to_string()),
    ];
    if let Reach::Only(zones) = &spec.zones {
        fields.extend(zones.iter().map(|zone| ("zone".to_owned(), Id::from_bytes(zone.0).to_string())));
    }
    if let Reach::Only(branches) = &spec.branches {
        fields.extend(branches.iter().map(|one| ("branch".to_owned(), Id::from_bytes(one.0).to_string())));
    }
    let places = places(&app, &caller, true).await?;
    Ok(shown(&page, &format!("{PATH}/{id}"), &places, &Form::of(fields), &[]))
}

async fn publish(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let id = id_of(&id)?;
    let (kept, before) = found(&app, id).await?;
    let path = format!("{PATH}/{id}");
    let seen = form.text("seen").parse::<u32>().unwrap_or(0);
    let published = match typed_plan(&form, Some(&before)) {
        Err(wrongs) => Err(wrongs),
        Ok((plan, spec)) => {
            let plan = Plan { note: kept.plan.note, ..plan };
            let published = once(&app, &caller, &form, &path, move |work, acting| {
                if let Err(refusal) = plans::publish(work, acting, id, seen, spec.clone())? {
                    return Ok(Err(wrong(refusal)));
                }
                let renamed = plans::rename(work, acting, id, &plan)?;
                Ok(renamed.map(|()| PATH.to_owned()).map_err(|_| ("", "set-up-gone")))
            });
            published.await?.map_err(|wrong| vec![wrong])
        }
    };
    match published {
        Ok(response) => Ok(response),
        Err(wrongs) => Ok(shown(&page, &path, &places(&app, &caller, true).await?, &form, &wrongs)),
    }
}
