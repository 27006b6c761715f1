//! Bonus programmes: what they are called, where they hold, by which rules, and what other rules would have cost.
//!
//! - here: the list, and a programme's name. `branches`: where it holds. `versions`: all rules that it had.
//! - `rewards`: gifts and their stock. `guards`: how often one member may earn.
//! - `offers`: what holds for some members in person, and what came of it.
//! - `draft`: rules as a form. `editor`: the page with that form. `what_if`: the year's purchases under it.

mod branches;
mod draft;
mod editor;
mod guards;
mod offers;
mod rewards;
mod versions;
mod what_if;

use std::sync::Arc;

use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, Programme, ProgrammeVersion};
use bonafide_store::organisation::{Kept, branch};
use bonafide_store::rewards::kinds::{self, GiftKind};
use bonafide_store::store::Work;

use crate::commands::typed;
use crate::pages::programme_terms;
use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{self, By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled, for_all_branches, id_of};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;
use crate::server::routes::Route;
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    let parts = [
        thing::routes::<Programmes>(),
        branches::routes(),
        editor::routes(),
        rewards::routes(),
        guards::routes(),
        offers::routes(),
        versions::routes(),
    ];
    parts.into_iter().flatten().collect()
}

/// A programme that is open, with the rules that are in force.
struct Found {
    id: Id,
    programme: Programme,
    in_force: Option<Arc<ProgrammeVersion>>,
    /// The gifts that it keeps, each with its name.
    gifts: Vec<(Id, String)>,
}

impl Found {
    /// The version that is in force; zero without one.
    fn version(&self) -> u32 {
        self.in_force.as_ref().map_or(0, |version| version.version)
    }
}

/// The programme at a path, for whoever may set it up.
async fn found(app: &Shared, caller: &Caller, path: &str) -> Result<Found, Trouble> {
    for_all_branches(caller)?;
    let id = id_of(path)?;
    let found = app.read(move |tx, _| {
        let Some(programme) = programmes::get(tx, id)? else { return Ok(None) };
        let gift = |kind: Kept<GiftKind>| (kind.id, kind.content.name.as_str().to_owned());
        let gifts = kinds::list(tx, id)?.into_iter().map(gift).collect();
        Ok(Some(Found { id, programme, in_force: programmes::rules_in_force(tx, id)?, gifts }))
    });
    found.await?.ok_or_else(Trouble::not_found)
}

/// What is typed of a programme.
pub(super) struct Typed {
    name: Title,
    /// Only of a new one.
    currency: Option<Currency>,
}

/// Programmes.
pub(super) struct Programmes;

impl Thing for Programmes {
    const PATHS: Paths = Paths {
        all: "/set-up/programmes",
        new: "/set-up/programmes/new",
        one: "/set-up/programmes/{id}",
        closures: Some("/set-up/programmes/{id}/closures"),
    };
    const NAMES: Names =
        Names { all: "programmes", add: "programme-add", one: "programme-one", empty: "programmes-empty" };
    const FOR_ALL: bool = true;

    type Typed = Typed;

    fn rows(tx: &mut Tx<'_>, page: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
        let may_change = for_all_branches(caller).is_ok();
        let mut rows = Vec::new();
        for kept in programmes::all(tx)? {
            let rules = programmes::rules_in_force(tx, kept.id)?;
            let is_open = kept.closed_us.is_none();
            let lines = vec![about(tx, page, kept.id, rules.as_deref())?, where_it_holds(tx, page, kept.id)?];
            let path = path_of::<Programmes>(kept.id);
            let mut row = Row::of(&path, kept.content.name.as_str(), !is_open, lines);
            row.links.clear();
            if is_open {
                row.links.push((format!("{path}/rules"), "programme-rules"));
                row.links.push((path.clone(), "programme-rename"));
                row.links.push((format!("{path}/branches"), "programme-branches"));
                row.links.push((format!("{path}/rewards"), "programme-gifts-link"));
                row.links.push((format!("{path}/guards"), "programme-guards"));
            }
            if rules.is_some() && is_open {
                row.links.push((format!("{path}/offers"), "offers"));
            }
            if rules.is_some() {
                row.links.push((format!("{path}/versions"), "programme-versions"));
            }
            if rules.is_some() && is_open {
                row.links.push((programme_terms::path_of(kept.id), "programme-terms"));
            }
            if !may_change {
                row.acts.clear();
                row.links.retain(|(_, key)| *key == "programme-terms");
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn blank(page: &Page) -> Form {
        let currency = match page.language() {
            "ru" => "RUB",
            "zh" => "CNY",
            _ => "EUR",
        };
        filled(&[("currency", currency.to_owned())])
    }

    fn fields(_: &Page, filling: &Filling<'_>, _: &Places) -> Vec<Field> {
        let mut fields = vec![filling.text("name", "set-up-name").with_hint("programme-name-hint")];
        if filling.is_new {
            fields.push(filling.text("currency", "set-up-currency").with_hint("programme-currency-hint"));
        }
        fields
    }

    fn typed(form: &Form, _: &Caller) -> Result<Typed, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        let currency = form.is_ticked("currency").then(|| typed::currency(form.text("currency"))).transpose();
        let currency = wrongs.check("currency", "set-up-bad-currency", currency);
        match (name, currency) {
            (Some(name), Some(currency)) => Ok(Typed { name, currency }),
            _ => Err(wrongs.all()),
        }
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        if for_all_branches(caller).is_err() {
            return Ok(None);
        }
        // Also one that is closed: it may be taken into use again.
        let kept = programmes::find(tx, id)?;
        Ok(kept.map(|kept| filled(&[("name", kept.content.name.as_str().to_owned())])))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, typed: &Typed) -> Told {
        let Some(currency) = typed.currency else { return Ok(Err(("currency", "set-up-bad-currency"))) };
        let programme = Programme { name: typed.name.clone(), currency };
        programmes::add(work, by.acting, &programme).map(|_| Ok(()))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, typed: &Typed) -> Told {
        let renamed = programmes::rename(work, by.acting, id, &typed.name)?;
        Ok(renamed.map(drop).map_err(|_| ("", "programme-is-closed")))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        let done = match closed {
            true => programmes::close(work, acting, id)?,
            false => programmes::reopen(work, acting, id)?,
        };
        Ok(done.map(drop).map_err(|_| "set-up-gone"))
    }
}

/// By which rules a programme goes.
fn about(
    tx: &mut Tx<'_>,
    page: &Page,
    programme: Id,
    rules: Option<&ProgrammeVersion>,
) -> Result<String, Fault> {
    let Some(rules) = rules else { return Ok(page.say("programme-no-rules")) };
    let since = page.moment(rules.added_us, &programme_terms::calendar_of(tx, programme)?);
    let version = page.say_of("terms-version", "version", &rules.version.to_string());
    Ok(format!("{version} · {}", page.say_of("terms-since", "since", &since)))
}

/// The branches that have it.
fn where_it_holds(tx: &mut Tx<'_>, page: &Page, programme: Id) -> Result<String, Fault> {
    let mut names = Vec::new();
    for id in programmes::branches(tx, programme)? {
        names.extend(branch::get(tx, id)?.map(|kept| kept.content.name.as_str().to_owned()));
    }
    if names.is_empty() {
        return Ok(page.say("programme-nowhere"));
    }
    Ok(page.say_of("programme-where", "branches", &names.join(", ")))
}
