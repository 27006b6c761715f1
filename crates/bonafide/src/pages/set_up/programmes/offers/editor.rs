//! The page on which an offer is added or changed. Before it is saved it can be asked how many members it would fit now.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::programme::PersonalOffer;
use bonafide_store::personal_offers::walking::{Counted, count};
use bonafide_store::personal_offers::{self, SavedOffer};

use crate::pages::new_operation;
use crate::pages::set_up::form::{Field, Filling, SENT_ALREADY, Wrong};
use crate::pages::set_up::once;
use crate::pages::set_up::programmes::offers::draft::{blank, fields, of_saved, typed};
use crate::pages::set_up::programmes::offers::words::about;
use crate::pages::set_up::programmes::offers::{Ruled, not_saved, ruled, saved};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::texts::Values;

/// The largest form: two lists of goods.
const FORM_BYTES_MAX: usize = 512 * 1024;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/programmes/{id}/offers/new", Access::MANAGERS, new),
        Route::post("/set-up/programmes/{id}/offers", Access::MANAGERS, add).with_body(FORM_BYTES_MAX),
        Route::post("/set-up/programmes/{id}/offers/counts", Access::MANAGERS, count_new)
            .with_body(FORM_BYTES_MAX),
        Route::get("/set-up/programmes/{id}/offers/{offer}", Access::MANAGERS, show),
        Route::post("/set-up/programmes/{id}/offers/{offer}", Access::MANAGERS, change)
            .with_body(FORM_BYTES_MAX),
        Route::post("/set-up/programmes/{id}/offers/{offer}/counts", Access::MANAGERS, count_changed)
            .with_body(FORM_BYTES_MAX),
    ]
}

#[derive(Template)]
#[template(path = "pages/set_up/offer.html")]
struct OfferPage {
    page: Page,
    title: String,
    /// Where the form goes.
    action: String,
    /// The list that it belongs to.
    back: String,
    /// What stays as it is, in words.
    stays: Vec<String>,
    fields: Vec<Field>,
    /// What is wrong with no one field.
    refused: Vec<&'static str>,
    /// How many it would fit now.
    told: Vec<String>,
    operation: String,
    seen: String,
}

/// What the page shows besides the form.
struct Shown<'a> {
    form: &'a Form,
    wrongs: &'a [Wrong],
    told: Vec<String>,
}

fn shown(page: &Page, ruled: &Ruled, before: Option<&SavedOffer>, state: Shown<'_>) -> Response {
    let Shown { form, wrongs, told } = state;
    let filling = Filling { form, wrongs, is_new: before.is_none() };
    let fields = fields(page, ruled, &filling);
    let named = |name: &str| fields.iter().any(|field| field.name() == name);
    let refused = wrongs.iter().filter(|(field, _)| !named(field)).map(|(_, key)| *key).collect();
    let operation = match form.text("operation") {
        "" => new_operation(),
        _ if wrongs.contains(&SENT_ALREADY) => new_operation(),
        kept => kept.to_owned(),
    };
    let stays = |saved: &SavedOffer| {
        let share = saved.content.offer.spec().held_out_percent;
        let mut lines: Vec<String> =
            about(page, &ruled.rules, &saved.content.offer).into_iter().take(1).collect();
        lines.push(page.say_of("offer-share-stays", "percent", &share.to_string()));
        lines
    };
    let template = OfferPage {
        page: page.clone(),
        title: match before {
            None => page.say_of("offer-new-of", "programme", ruled.name()),
            Some(before) => page.say_of("offer-one", "name", before.content.name.as_str()),
        },
        action: before.map_or_else(|| ruled.path(), |before| ruled.path_of(before.id)),
        back: ruled.path(),
        stays: before.map(stays).unwrap_or_default(),
        fields,
        refused,
        told,
        operation,
        seen: form.text("seen").to_owned(),
    };
    let status = if wrongs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page.show_as(status, &template)
}

async fn new(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    let form = blank(&ruled);
    Ok(shown(&page, &ruled, None, Shown { form: &form, wrongs: &[], told: Vec::new() }))
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    let before = saved(&app, &ruled, &offer).await?;
    let form = of_saved(&ruled, &before);
    Ok(shown(&page, &ruled, Some(&before), Shown { form: &form, wrongs: &[], told: Vec::new() }))
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    let refused =
        |wrongs: &[Wrong]| shown(&page, &ruled, None, Shown { form: &form, wrongs, told: Vec::new() });
    let draft = match typed(&form, ruled.found.programme.currency, None) {
        Ok(draft) => draft,
        Err(wrongs) => return Ok(refused(&wrongs)),
    };
    let (programme, path) = (ruled.found.id, ruled.path());
    let next = path.clone();
    let added = once(&app, &caller, &form, &path, move |work, acting| {
        let added = personal_offers::add(work, acting, programme, &draft)?;
        Ok(added.map(|_| next.clone()).map_err(not_saved))
    });
    Ok(added.await?.unwrap_or_else(|wrong| refused(&[wrong])))
}

async fn change(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    let before = saved(&app, &ruled, &offer).await?;
    let refused = |form: &Form, wrongs: &[Wrong]| {
        shown(&page, &ruled, Some(&before), Shown { form, wrongs, told: Vec::new() })
    };
    let draft = match typed(&form, ruled.found.programme.currency, Some(&before)) {
        Ok(draft) => draft,
        Err(wrongs) => return Ok(refused(&form, &wrongs)),
    };
    let seen = form.text("seen").parse().unwrap_or(0);
    let (offer, next, path) = (before.id, ruled.path(), ruled.path_of(before.id));
    let changed = once(&app, &caller, &form, &path, move |work, acting| {
        let changed = personal_offers::change(work, acting, offer, seen, &draft)?;
        Ok(changed.map(|_| next.clone()).map_err(not_saved))
    });
    match changed.await? {
        Ok(led) => Ok(led),
        // Whoever was told of another version has seen it: what he sends next goes over that one.
        Err(wrong @ (_, "offer-changed-meanwhile")) => {
            let now = saved(&app, &ruled, &offer.to_string()).await?;
            Ok(refused(&form.with("seen", now.version.to_string()), &[wrong]))
        }
        Err(wrong) => Ok(refused(&form, &[wrong])),
    }
}

async fn count_new(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    counted(&app, &page, &caller, (&ruled, None), &form).await
}

async fn count_changed(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, offer)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ruled = ruled(&app, &caller, &id).await?;
    let before = saved(&app, &ruled, &offer).await?;
    counted(&app, &page, &caller, (&ruled, Some(&before)), &form).await
}

/// The form with how many members it would fit.
async fn counted(
    app: &Shared,
    page: &Page,
    caller: &Caller,
    (ruled, before): (&Ruled, Option<&SavedOffer>),
    form: &Form,
) -> Result<Response, Trouble> {
    let draft = match typed(form, ruled.found.programme.currency, before) {
        Ok(draft) => draft,
        Err(wrongs) => {
            return Ok(shown(page, ruled, before, Shown { form, wrongs: &wrongs, told: Vec::new() }));
        }
    };
    if let Err(why) = draft.offer.check_rules(&ruled.rules.rules) {
        let wrongs = [not_saved(personal_offers::OfferNotSaved::Rules(why))];
        return Ok(shown(page, ruled, before, Shown { form, wrongs: &wrongs, told: Vec::new() }));
    }
    let (programme, acting, offer) = (ruled.found.id, caller.acting(), draft.offer.clone());
    let counted = app.aside(move |app| Ok(count(&app.store, &acting, programme, &offer)?)).await?;
    let told = fit_words(page, &draft.offer, &counted);
    Ok(shown(page, ruled, before, Shown { form, wrongs: &[], told }))
}

/// How many it would fit, how many of them are left without it, and who has not agreed.
fn fit_words(page: &Page, offer: &PersonalOffer, counted: &Counted) -> Vec<String> {
    let whole = |number: u64| page.whole(number.cast_signed());
    let (fit, not_agreed) = (counted.of_all(counted.fit), counted.of_all(counted.not_agreed));
    let held_out = fit * u64::from(offer.spec().held_out_percent) / 100;
    let values = Values::of("fit", whole(fit)).and("members", whole(counted.members));
    let mut told = vec![page.say_with("offer-fits-now", &values)];
    if held_out > 0 {
        told.push(page.say_count("offer-about-held-out", "count", held_out));
    }
    if not_agreed > 0 {
        told.push(page.say_count("offer-not-agreed", "count", not_agreed));
    }
    if counted.looked_at < counted.members {
        told.push(page.say_count("offer-looked-at", "count", counted.looked_at));
    }
    told
}
