//! What a plan costs at a branch, where that is not the price of its terms.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::money::Money;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch;
use bonafide_store::plans;
use bonafide_store::plans::price::{self, PriceRefusal};

use crate::commands::typed;
use crate::pages::Light;
use crate::pages::set_up::form::{self, Filling, Ways, Wrong};
use crate::pages::set_up::list::{self, List, Row};
use crate::pages::set_up::plans::Plans;
use crate::pages::set_up::thing::path_of;
use crate::pages::set_up::{Places, filled, id_of, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/plans/{id}/prices", Access::MANAGERS, all),
        Route::get("/set-up/plans/{id}/prices/{branch}", Access::MANAGERS, one),
        Route::post("/set-up/plans/{id}/prices/{branch}", Access::MANAGERS, set),
    ]
}

/// The price of a branch's own list, if it has one.
fn own(tx: &mut Tx<'_>, branch: Id, plan: Id) -> Result<Option<Money>, Fault> {
    Ok(price::list(tx, branch)?.into_iter().find(|(of, _)| *of == plan).map(|(_, price)| price))
}

fn list_path(plan: Id) -> String {
    format!("{}/prices", path_of::<Plans>(plan))
}

async fn all(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let (plan, frame) = (id_of(&id)?, page.clone());
    let rows = app.read(move |tx, _| {
        let Some(current) = plans::current(tx, plan)? else { return Ok(None) };
        let everywhere = current.terms.spec().price;
        let mut rows = Vec::new();
        for kept in Places::of(tx, &caller, false)?.branches {
            let (price, state) = match own(tx, kept.id, plan)? {
                Some(price) => (price, "prices-own"),
                None => (everywhere, "prices-of-plan"),
            };
            let links = vec![(format!("{}/{}", list_path(plan), kept.id), "set-up-change")];
            let (name, lines) = (kept.content.name.as_str().to_owned(), vec![frame.money(price)]);
            rows.push(Row { name, light: Light::Good, state, lines, links, acts: Vec::new() });
        }
        Ok(Some(rows))
    });
    let rows = rows.await?.ok_or_else(Trouble::not_found)?;
    Ok(list::show(&page, &List { title: "prices-title", add: None, empty: "branches-empty" }, rows, None))
}

fn shown(page: &Page, (plan, branch): (Id, Id), name: &str, form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say_of("prices-at", "branch", name);
    let (action, back) = (format!("{}/{branch}", list_path(plan)), list_path(plan));
    let filling = Filling { form, wrongs, is_new: false };
    let fields = vec![filling.text("price", "set-up-price").with_hint("prices-hint")];
    form::show(page, &Ways { title, action: &action, back: &back }, &filling, fields)
}

/// The name of a branch that the caller works in, and its price of a plan that is there.
async fn found(
    app: &Shared,
    caller: &Caller,
    plan: &str,
    branch: &str,
) -> Result<((Id, Id), String, Option<Money>), Trouble> {
    let (plan, place) = (id_of(plan)?, id_of(branch)?);
    if !caller.works_in(place) {
        return Err(Trouble::not_found());
    }
    let found = app.read(move |tx, _| {
        let known = branch::get(tx, place)?.zip(plans::get(tx, plan)?);
        let Some((kept, _)) = known else { return Ok(None) };
        Ok(Some((kept.content.name.as_str().to_owned(), own(tx, place, plan)?)))
    });
    let (name, price) = found.await?.ok_or_else(Trouble::not_found)?;
    Ok(((plan, place), name, price))
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((plan, branch)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let (ids, name, price) = found(&app, &caller, &plan, &branch).await?;
    let form = filled(&[("price", price.map_or_else(String::new, typed::money_words))]);
    Ok(shown(&page, ids, &name, &form, &[]))
}

async fn set(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((plan, branch)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ((plan, branch), name, _) = found(&app, &caller, &plan, &branch).await?;
    let text = form.text("price").replace(',', ".");
    let price = if text.is_empty() { Ok(None) } else { typed::money(&text).map(Some) };
    let Ok(price) = price else {
        return Ok(shown(&page, (plan, branch), &name, &form, &[("price", "set-up-bad-price")]));
    };
    let path = format!("{}/{branch}", list_path(plan));
    let set = once(&app, &caller, &form, &path, move |work, acting| {
        let set = match price {
            Some(price) => price::set(work, acting, branch, plan, price)?,
            None => Ok(price::remove(work, acting, branch, plan)?),
        };
        Ok(set.map(|_| list_path(plan)).map_err(|refusal| match refusal {
            PriceRefusal::NoBranch | PriceRefusal::NoPlan => ("", "set-up-gone"),
            PriceRefusal::OtherCurrency => ("price", "prices-other-currency"),
            PriceRefusal::NotAPrice => ("price", "set-up-bad-price"),
        }))
    });
    Ok(set.await?.unwrap_or_else(|wrong| shown(&page, (plan, branch), &name, &form, &[wrong])))
}
