//! How often one member of a programme may earn (case T-24).

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::programme::{Guard, Guards, GuardsRefusal, GuardsSpec};
use bonafide_store::ledger::guards;

use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::programmes::{Found, Programmes, found};
use crate::pages::set_up::thing::{Thing, path_of};
use crate::pages::set_up::{filled, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const BAD_NUMBER: &str = "guard-bad-number";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/programmes/{id}/guards", Access::MANAGERS, show),
        Route::post("/set-up/programmes/{id}/guards", Access::MANAGERS, set),
    ]
}

/// The field of a guard.
const fn field(guard: Guard) -> &'static str {
    match guard {
        Guard::PurchasesHour => "purchases-hour",
        Guard::PurchasesDay => "purchases-day",
        Guard::ClaimsDay => "claims-day",
        Guard::ClaimsMonth => "claims-month",
    }
}

const fn label(guard: Guard) -> &'static str {
    match guard {
        Guard::PurchasesHour => "guard-purchases-hour",
        Guard::PurchasesDay => "guard-purchases-day",
        Guard::ClaimsDay => "guard-claims-day",
        Guard::ClaimsMonth => "guard-claims-month",
    }
}

const ALL: [Guard; 4] = [Guard::PurchasesHour, Guard::PurchasesDay, Guard::ClaimsDay, Guard::ClaimsMonth];

fn shown(page: &Page, found: &Found, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say_of("guards-of", "name", found.programme.name.as_str());
    let action = format!("{}/guards", path_of::<Programmes>(found.id));
    let filling = Filling { form, wrongs, is_new: false };
    let mut fields: Vec<Field> =
        ALL.into_iter().map(|guard| filling.number(field(guard), label(guard))).collect();
    if let Some(first) = fields.first_mut() {
        first.hint = Some("guard-hint");
    }
    form::show(page, &Ways { title, action: &action, back: Programmes::PATHS.all }, &filling, fields)
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let programme = found.id;
    let kept = app.read(move |tx, _| guards::guards(tx, programme)).await?;
    let text = |guard| kept.max(guard).map_or_else(String::new, |max| max.to_string());
    let form = filled(&ALL.map(|guard| (field(guard), text(guard))));
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
    let guards = match typed(&form) {
        Ok(guards) => guards,
        Err(wrongs) => return Ok(shown(&page, &found, &form, &wrongs)),
    };
    let path = format!("{}/guards", path_of::<Programmes>(found.id));
    let programme = found.id;
    let set = once(&app, &caller, &form, &path, move |work, acting| {
        let put = guards::put(work, acting, programme, &guards)?;
        Ok(put.map(|_| Programmes::PATHS.all.to_owned()).ok_or(("", "set-up-gone")))
    });
    Ok(set.await?.unwrap_or_else(|wrong| shown(&page, &found, &form, &[wrong])))
}

fn typed(form: &Form) -> Result<Guards, Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let mut number = |guard| {
        let text = form.text(field(guard));
        let number = if text.is_empty() { Ok(None) } else { text.parse::<u32>().map(Some) };
        wrongs.check(field(guard), BAD_NUMBER, number).flatten()
    };
    let spec = GuardsSpec {
        purchases_hour: number(Guard::PurchasesHour),
        purchases_day: number(Guard::PurchasesDay),
        claims_day: number(Guard::ClaimsDay),
        claims_month: number(Guard::ClaimsMonth),
    };
    let wrongs = wrongs.all();
    if !wrongs.is_empty() {
        return Err(wrongs);
    }
    Guards::parse(spec).map_err(|why| vec![wrong(why)])
}

const fn wrong(why: GuardsRefusal) -> Wrong {
    match why {
        GuardsRefusal::Number(guard) => (field(guard), BAD_NUMBER),
        GuardsRefusal::DayBelowHour => ("purchases-day", "guard-day-below-hour"),
        GuardsRefusal::MonthBelowDay => ("claims-month", "guard-month-below-day"),
    }
}
