//! What tills may let points pay while there is no network (case T-07): how much stands open and was lost, and how much each may take.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_store::allowances::{Limits, LimitsNotSet, TillExposure, exposures, limits, set_limits};
use bonafide_store::id::Id;
use bonafide_store::organisation::till::{self, TillPlace};
use bonafide_store::staff::Role;

use crate::clock;
use crate::commands::typed;
use crate::pages::Light;
use crate::pages::set_up::form::{self, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{self, List, Row};
use crate::pages::set_up::{Places, filled, id_of, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::texts::Values;

/// Where all of them stand.
pub(super) const LIST: &str = "/set-up/allowances";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(LIST, Access::MANAGERS, all),
        Route::get("/set-up/tills/{id}/allowance", Access::OWNER, one),
        Route::post("/set-up/tills/{id}/allowance", Access::OWNER, set),
    ]
}

fn path_of(till: Id) -> String {
    format!("/set-up/tills/{till}/allowance")
}

/// A till with how it stands.
struct Standing {
    id: Id,
    name: String,
    branch: String,
    currency: Currency,
    exposure: TillExposure,
}

async fn all(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let now_us = clock::now_us();
    let tills = app.read(move |tx, _| {
        let exposures = exposures(tx, now_us)?;
        let mut tills = Vec::new();
        for branch in Places::of(tx, &caller, true)?.branches {
            for kept in till::list(tx, branch.id, true)? {
                let exposure = exposures.get(&kept.id).copied().unwrap_or_default();
                // A till that is closed is shown as long as something can be lost there, or was.
                if kept.closed_us.is_some() && exposure.open_minor == 0 && exposure.lost_minor == 0 {
                    continue;
                }
                tills.push(Standing {
                    id: kept.id,
                    name: kept.content.name.as_str().to_owned(),
                    branch: branch.content.name.as_str().to_owned(),
                    currency: branch.content.currency,
                    exposure,
                });
            }
        }
        Ok(tills)
    });
    let tills = tills.await?;
    let mut rows = sums(&page, &tills);
    rows.extend(tills.iter().map(|till| row(&page, till)));
    let list = List { title: "allowances", add: None, empty: "allowances-empty" };
    Ok(list::show(&page, &list, rows, None))
}

fn money(page: &Page, minor: i64, currency: Currency) -> String {
    Money::parse(minor, currency).map_or_else(|_| minor.to_string(), |sum| page.money(sum))
}

/// All tills of a currency together, where points may pay or did.
fn sums(page: &Page, tills: &[Standing]) -> Vec<Row> {
    let mut by_currency: BTreeMap<&str, (Currency, TillExposure)> = BTreeMap::new();
    for till in tills {
        let code = till.currency.code();
        let (_, sum) = by_currency.entry(code).or_insert((till.currency, TillExposure::default()));
        sum.open_minor = sum.open_minor.saturating_add(till.exposure.open_minor);
        sum.used_minor = sum.used_minor.saturating_add(till.exposure.used_minor);
        sum.lost_minor = sum.lost_minor.saturating_add(till.exposure.lost_minor);
    }
    let row = |(currency, sum): (Currency, TillExposure)| {
        let is_on = tills.iter().any(|till| till.currency == currency && till.exposure.limits.day_minor > 0);
        if !is_on && sum == TillExposure::default() {
            return None;
        }
        let most = page.say_of("allowance-most", "money", &money(page, sum.open_minor, currency));
        let lines = std::iter::once(most).chain(past(page, &sum, currency)).collect();
        let (links, acts) = (Vec::new(), Vec::new());
        let name = page.say("allowance-all");
        Some(Row { name, light: light(&sum), state: state(is_on), lines, links, acts })
    };
    by_currency.into_values().filter_map(row).collect()
}

/// What points paid, and what of it was lost; nothing where none paid.
fn past(page: &Page, exposure: &TillExposure, currency: Currency) -> Vec<String> {
    if exposure.used_minor == 0 {
        return Vec::new();
    }
    let said = |key, minor| page.say_of(key, "money", &money(page, minor, currency));
    vec![said("allowance-paid", exposure.used_minor), said("allowance-lost", exposure.lost_minor)]
}

fn light(exposure: &TillExposure) -> Light {
    if exposure.lost_minor > 0 { Light::Ask } else { Light::Good }
}

const fn state(is_on: bool) -> &'static str {
    if is_on { "allowance-on" } else { "allowance-off" }
}

fn row(page: &Page, till: &Standing) -> Row {
    let TillExposure { limits, open_minor, .. } = till.exposure;
    let said = |minor| money(page, minor, till.currency);
    let mut lines = vec![till.branch.clone()];
    if limits.day_minor > 0 {
        let (day, purchase) = (said(limits.day_minor), said(limits.purchase_minor));
        let values = Values::of("day", &day).and("purchase", &purchase);
        lines.push(page.say_with("allowance-limits", &values));
    }
    if open_minor > 0 {
        lines.push(page.say_of("allowance-open", "money", &said(open_minor)));
    }
    lines.extend(past(page, &till.exposure, till.currency));
    let may_set = page.is(&[Role::Owner]);
    let links = if may_set { vec![(path_of(till.id), "set-up-change")] } else { Vec::new() };
    Row {
        name: till.name.clone(),
        light: light(&till.exposure),
        state: state(limits.day_minor > 0),
        lines,
        links,
        acts: Vec::new(),
    }
}

/// A till that the owner sets.
struct Found {
    id: Id,
    name: Title,
    currency: Currency,
    limits: Limits,
}

async fn found(app: &Shared, caller: &Caller, path: &str) -> Result<Found, Trouble> {
    let id = id_of(path)?;
    let found = app.read(move |tx, _| {
        let Some(TillPlace { till, branch }) = till::with_branch(tx, id)? else { return Ok(None) };
        let (name, currency) = (till.content.name, branch.content.currency);
        Ok(Some((branch.id, Found { id, name, currency, limits: limits(tx, id)? })))
    });
    let (branch, found) = found.await?.ok_or_else(Trouble::not_found)?;
    if caller.works_in(branch) { Ok(found) } else { Err(Trouble::not_found()) }
}

fn shown(page: &Page, found: &Found, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say_of("allowance-of", "name", found.name.as_str());
    let filling = Filling { form, wrongs, is_new: false };
    let fields = vec![
        filling.text("day", "allowance-day").with_hint("allowance-day-hint"),
        filling.text("purchase", "allowance-purchase").with_hint("allowance-purchase-hint"),
    ];
    form::show(page, &Ways { title, action: &path_of(found.id), back: LIST }, &filling, fields)
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let text = |minor| {
        let money = Money::parse(minor, found.currency);
        money.map_or_else(|_| String::new(), typed::money_words)
    };
    let Limits { day_minor, purchase_minor } = found.limits;
    let form = filled(&[("day", text(day_minor)), ("purchase", text(purchase_minor))]);
    Ok(shown(&page, &found, &form, &[]))
}

async fn set(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let limits = match limits_typed(&form, found.currency) {
        Ok(limits) => limits,
        Err(wrongs) => return Ok(shown(&page, &found, &form, &wrongs)),
    };
    let (till, path) = (found.id, path_of(found.id));
    let set = once(&app, &caller, &form, &path, move |work, acting| {
        let set = set_limits(work, acting, till, limits)?;
        Ok(set.map(|_| LIST.to_owned()).map_err(|why| match why {
            LimitsNotSet::NoTill => ("", "set-up-gone"),
            LimitsNotSet::Negative => ("day", "allowance-bad-amount"),
            LimitsNotSet::PurchaseAboveDay => ("purchase", "allowance-purchase-above-day"),
        }))
    });
    Ok(set.await?.unwrap_or_else(|wrong| shown(&page, &found, &form, &[wrong])))
}

fn limits_typed(form: &Form, currency: Currency) -> Result<Limits, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let mut minor = |name| wrongs.check(name, "allowance-bad-amount", amount(form.text(name), currency));
    match (minor("day"), minor("purchase")) {
        (Some(day_minor), Some(purchase_minor)) => Ok(Limits { day_minor, purchase_minor }),
        _ => Err(wrongs.all()),
    }
}

/// An amount with or without its currency, in minor units; nothing typed is zero.
fn amount(text: &str, currency: Currency) -> Result<i64, ()> {
    if text.is_empty() {
        return Ok(0);
    }
    let text = text.replace(',', ".");
    let has_currency = text.contains(|letter: char| letter.is_ascii_alphabetic());
    let whole = if has_currency { text } else { format!("{text} {}", currency.code()) };
    let money = typed::money(&whole).map_err(drop)?;
    if money.currency() == currency { Ok(money.minor()) } else { Err(()) }
}
