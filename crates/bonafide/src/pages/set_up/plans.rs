//! Plans: what is sold. A change of terms is a further version; what was sold keeps its own.

use bonafide_domain::id::{BranchId, ZoneId};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{Length, PlanRefusal, PlanSpec, Reach};
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::plans::{self, Plan, PublishRefusal};
use bonafide_store::store::Work;

use crate::commands::{hours, typed};
use crate::pages::set_up::branches::schedule;
use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::plan_terms::{self, Terms};
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, for_all_branches};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

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

/// What is typed of a plan.
pub(super) struct Typed {
    name: Title,
    /// All terms, as those of a first version.
    spec: PlanSpec,
    /// The version that somebody saw who changes it.
    seen: u32,
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
        PublishRefusal::NoExtra(_) => ("", "terms-bad-extra"),
        PublishRefusal::PricesInOtherCurrency => ("price", "set-up-prices-in-old-currency"),
        PublishRefusal::Terms(refusal) => match refusal {
            PlanRefusal::Length | PlanRefusal::NoEnd => ("count", "set-up-bad-count"),
            PlanRefusal::Visits => ("visits", "set-up-bad-count"),
            PlanRefusal::Zones => ("zone", "set-up-choose"),
            PlanRefusal::Branches => ("branch", "set-up-choose"),
            PlanRefusal::Price => ("price", "set-up-bad-price"),
            further => plan_terms::wrong(further),
        },
    }
}

/// Plans.
pub(super) struct Plans;

impl Thing for Plans {
    const PATHS: Paths = Paths {
        all: "/set-up/plans",
        new: "/set-up/plans/new",
        one: "/set-up/plans/{id}",
        closures: Some("/set-up/plans/{id}/closures"),
    };
    const NAMES: Names = Names {
        all: "set-up-plans",
        add: "set-up-plan-add",
        one: "set-up-plan-version",
        empty: "plans-empty",
    };
    const FOR_ALL: bool = true;
    const THEN: &'static str = "/set-up";

    type Typed = Typed;

    fn rows(tx: &mut Tx<'_>, page: &Page, _: &Caller) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        for kept in plans::list(tx, true)? {
            let current = plans::current(tx, kept.id)?;
            let about = current.map(|current| about(page, current.terms.spec())).into_iter().collect();
            let path = path_of::<Plans>(kept.id);
            let mut row = Row::of(&path, kept.plan.name.as_str(), kept.archived_us.is_some(), about);
            row.links.push((format!("{path}/prices"), "prices-link"));
            rows.push(row);
        }
        Ok(rows)
    }

    fn blank(_: &Page) -> Form {
        let mut fields = plan_terms::filled(&plan_terms::none());
        fields.push(("count".to_owned(), "1".to_owned()));
        Form::of(fields)
    }

    fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
        let kind = |word: &str, key: &str| (word.to_owned(), page.say(key));
        let kinds = vec![
            kind("months", "set-up-kind-months"),
            kind("days", "set-up-kind-days"),
            kind("visits", "set-up-kind-visits"),
        ];
        let mut fields = vec![
            filling.text("name", "set-up-name"),
            filling.text("price", "set-up-price").with_hint("set-up-price-hint"),
            filling.select("kind", "set-up-kind", kinds),
            filling.number("count", "set-up-count"),
            filling.number("visits", "set-up-visits").with_hint("set-up-visits-hint"),
            filling.boxes("zone", "set-up-zones", places.zone_choices()).with_hint("set-up-all-hint"),
            filling.boxes("branch", "set-up-branches", places.branch_choices()).with_hint("set-up-all-hint"),
            filling.lines("hours", "set-up-hours").with_hint("set-up-hours-hint"),
        ];
        fields.extend(plan_terms::fields(page, filling, &places.extras));
        fields
    }

    fn typed(form: &Form, _: &Caller) -> Result<Typed, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        let price = typed::money(&form.text("price").replace(',', "."));
        let price = wrongs.check("price", "set-up-bad-price", price);
        let count = wrongs.check("count", "set-up-bad-count", form.text("count").parse::<u16>());
        let visits = Some(form.text("visits")).filter(|typed| !typed.is_empty()).map(str::parse).transpose();
        let visits = wrongs.check("visits", "set-up-bad-count", visits);
        let hours = wrongs.check("hours", "set-up-bad-hours", schedule(form));
        let terms = plan_terms::typed(form, &mut wrongs);
        let (Some(name), Some(price), Some(count), Some(visits), Some(schedule), Some(terms)) =
            (name, price, count, visits, hours, terms)
        else {
            return Err(wrongs.all());
        };
        let (length, visits) = match form.text("kind") {
            "months" => (Some(Length::Months(count)), visits),
            "days" => (Some(Length::Days(count)), visits),
            "visits" => (None, Some(u32::from(count))),
            _ => return Err(vec![("kind", "set-up-choose")]),
        };
        let zones = reach(form, "zone", |id| ZoneId(*id.bytes()));
        let branches = reach(form, "branch", |id| BranchId(*id.bytes()));
        let seen = form.text("seen").parse().unwrap_or(0);
        let Terms { freezes, guest_visits, extras, start, renews, transferable, cancellation } = terms;
        let spec = PlanSpec {
            version: 1,
            length,
            visits,
            schedule,
            zones,
            branches,
            freezes,
            guest_visits,
            extras,
            price,
            start,
            renews,
            transferable,
            cancellation,
        };
        Ok(Typed { name, spec, seen })
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        if for_all_branches(caller).is_err() {
            return Ok(None);
        }
        let Some((kept, current)) = plans::get(tx, id)?.zip(plans::current(tx, id)?) else { return Ok(None) };
        let spec = current.terms.spec();
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
            ("hours".to_owned(), hours::words_in(&spec.schedule, caller.language).join("\n")),
            ("seen".to_owned(), kept.version.to_string()),
        ];
        fields.extend(plan_terms::filled(&Terms::of(spec)));
        if let Reach::Only(zones) = &spec.zones {
            fields.extend(zones.iter().map(|zone| ("zone".to_owned(), Id::from_bytes(zone.0).to_string())));
        }
        if let Reach::Only(branches) = &spec.branches {
            fields
                .extend(branches.iter().map(|one| ("branch".to_owned(), Id::from_bytes(one.0).to_string())));
        }
        Ok(Some(Form::of(fields)))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, typed: &Typed) -> Told {
        let plan = Plan { name: typed.name.clone(), note: None };
        Ok(plans::add(work, by.acting, &plan, typed.spec.clone())?.map(drop).map_err(wrong))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, typed: &Typed) -> Told {
        let Some((kept, before)) = plans::get(work.tx, id)?.zip(plans::current(work.tx, id)?) else {
            return Ok(Err(("", "set-up-gone")));
        };
        let spec = PlanSpec { version: before.terms.spec().version, ..typed.spec.clone() };
        if let Err(refusal) = plans::publish(work, by.acting, id, typed.seen, spec)? {
            return Ok(Err(wrong(refusal)));
        }
        let plan = Plan { name: typed.name.clone(), note: kept.plan.note };
        Ok(plans::rename(work, by.acting, id, &plan)?.map_err(|_| ("", "set-up-gone")))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(plans::set_archived(work, acting, id, closed)?.map(drop).map_err(|_| "set-up-gone"))
    }
}
