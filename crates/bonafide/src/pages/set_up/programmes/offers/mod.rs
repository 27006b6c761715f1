//! Personal offers of a programme: which there are, whom they are meant for, and what came of them.
//!
//! - here: the list, and an offer that is stopped. `draft`: an offer as a form. `editor`: the page with that form, and how many it would
//!   fit. `words`: a filter in words. `uptake`: the numbers of an offer, on a page and in a file.

mod draft;
mod editor;
mod uptake;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::calendar::UtcMicros;
use bonafide_store::fault::Fault;
use bonafide_store::figures::calendar_of;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::ProgrammeVersion;
use bonafide_store::personal_offers::{self, OfferNotSaved, SavedOffer};
use jiff::civil::Date;

use crate::clock;
use crate::pages::Light;
use crate::pages::set_up::form::Wrong;
use crate::pages::set_up::id_of;
use crate::pages::set_up::list::{Act, Row};
use crate::pages::set_up::programmes::{Found, Programmes, found};
use crate::pages::set_up::thing::{Thing, path_of};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

use words::about;

pub(super) fn routes() -> Vec<Route> {
    let own = vec![
        Route::get("/set-up/programmes/{id}/offers", Access::MANAGERS, show),
        Route::post("/set-up/programmes/{id}/offers/{offer}/stops", Access::MANAGERS, stop),
    ];
    [own, editor::routes(), uptake::routes()].into_iter().flatten().collect()
}

/// A programme that has rules.
struct Ruled {
    found: Found,
    rules: Arc<ProgrammeVersion>,
    /// The date of its first branch.
    today: Date,
}

impl Ruled {
    /// Where its offers are.
    fn path(&self) -> String {
        format!("{}/offers", path_of::<Programmes>(self.found.id))
    }

    fn path_of(&self, offer: Id) -> String {
        format!("{}/{offer}", self.path())
    }

    fn name(&self) -> &str {
        self.found.programme.name.as_str()
    }

    /// Whether some rule holds only for those to whom it was offered: without one there is nothing to offer.
    fn has_personal_rule(&self) -> bool {
        self.rules.rules.spec().earning.iter().any(|rule| rule.conditions.offered_only)
    }
}

/// The programme at a path, for whoever may set it up.
async fn ruled(app: &Shared, caller: &Caller, path: &str) -> Result<Ruled, Trouble> {
    let found = found(app, caller, path).await?;
    let rules = found.in_force.clone().ok_or_else(Trouble::not_found)?;
    let id = found.id;
    let today = app.read(move |tx, _| {
        let now = UtcMicros::parse(clock::now_us()).map_err(|_| Fault::broken("the clock is not set"))?;
        Ok(calendar_of(tx, id)?.date_of(now))
    });
    Ok(Ruled { found, rules, today: today.await? })
}

/// An offer of the programme.
async fn saved(app: &Shared, ruled: &Ruled, path: &str) -> Result<SavedOffer, Trouble> {
    let (id, programme) = (id_of(path)?, ruled.found.id);
    let saved = app.read(move |tx, _| personal_offers::get(tx, id)).await?;
    saved.filter(|saved| saved.programme == programme).ok_or_else(Trouble::not_found)
}

#[derive(Template)]
#[template(path = "pages/set_up/offers.html")]
struct OffersPage {
    page: Page,
    name: String,
    /// Where the programmes are.
    all: &'static str,
    /// Where the programme's offers are.
    path: String,
    /// Where its rules are, when none of them can be offered.
    rules: Option<String>,
    rows: Vec<Row>,
    refused: Option<&'static str>,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    listed(&app, &page, &ruled, None).await
}

async fn listed(
    app: &Shared,
    page: &Page,
    ruled: &Ruled,
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let id = ruled.found.id;
    let all = app.read(move |tx, _| personal_offers::list(tx, id)).await?;
    let rules = format!("{}/rules", path_of::<Programmes>(id));
    let shown = OffersPage {
        page: page.clone(),
        name: ruled.name().to_owned(),
        all: Programmes::PATHS.all,
        path: ruled.path(),
        rules: (!ruled.has_personal_rule()).then_some(rules),
        rows: all.iter().map(|saved| row(page, ruled, saved)).collect(),
        refused,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page.show_as(status, &shown))
}

fn row(page: &Page, ruled: &Ruled, saved: &SavedOffer) -> Row {
    let (path, content) = (ruled.path_of(saved.id), &saved.content);
    let dates = content.offer.spec().dates;
    let is_over = dates.until() <= ruled.today;
    let (light, state) = match (content.is_on, is_over, dates.from() > ruled.today) {
        (false, _, _) => (Light::Bad, "offer-stopped"),
        (true, true, _) => (Light::Bad, "offer-over"),
        (true, false, true) => (Light::Ask, "offer-coming"),
        (true, false, false) if content.offer.check_rules(&ruled.rules.rules).is_err() => {
            (Light::Ask, "offer-without-rule")
        }
        (true, false, false) => (Light::Good, "offer-holds"),
    };
    let (value, key) = if content.is_on { ("yes", "offer-stop") } else { ("no", "offer-resume") };
    let act = Act { path: format!("{path}/stops"), field: Some(("stopped", value)), key, question: None };
    Row {
        name: content.name.as_str().to_owned(),
        light,
        state,
        lines: about(page, &ruled.rules, &content.offer),
        links: vec![(format!("{path}/uptake"), "offer-uptake"), (path, "set-up-change")],
        acts: if is_over { Vec::new() } else { vec![act] },
    }
}

async fn stop(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    let offer = saved(&app, &ruled, &offer).await?.id;
    let (is_on, acting) = (form.text("stopped") != "yes", caller.acting());
    let done = app.write(move |work| personal_offers::set_on(work, &acting, offer, is_on)).await?;
    match done {
        Ok(_) => Ok(Redirect::to(&ruled.path()).into_response()),
        Err(why) => listed(&app, &page, &ruled, Some(not_saved(why).1)).await,
    }
}

/// What the store refuses of an offer that holds together.
const fn not_saved(refusal: OfferNotSaved) -> Wrong {
    use bonafide_domain::programme::NotOfRules;
    match refusal {
        OfferNotSaved::NoOffer | OfferNotSaved::NoProgramme => ("", "set-up-gone"),
        OfferNotSaved::Rules(NotOfRules::NoRule | NotOfRules::ForEverybody) => ("rule", "offer-no-rule"),
        OfferNotSaved::Rules(NotOfRules::NoSuchTier) => ("tier-from", "offer-no-tier"),
        OfferNotSaved::OtherRule | OfferNotSaved::OtherShare => ("", "offer-other"),
        OfferNotSaved::AsBefore { .. } => ("", "offer-as-before"),
        OfferNotSaved::ChangedMeanwhile { .. } => ("", "offer-changed-meanwhile"),
        OfferNotSaved::RuleTaken { .. } => ("rule", "offer-rule-taken"),
        OfferNotSaved::TooMany => ("", "offer-too-many"),
    }
}
