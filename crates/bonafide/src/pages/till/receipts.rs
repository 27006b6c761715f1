//! An earlier purchase by the number of its receipt: goods that come back, and points for whoever was not recognised then.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::money::Money;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::purchases::{self, BackLine, KeptLine, Purchase, State as Became};
use serde::Deserialize;

use crate::clock;
use crate::flows::recognition::Presented;
use crate::pages::till::counter::{GOODS, quantity_milli, quantity_text};
use crate::pages::till::{Here, Pressed, words};
use crate::pages::{new_operation, operation};
use crate::server::app::{App, Shared};
use crate::server::form::Form;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::texts::Values;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/till/{till}/receipts", Access::STAFF, show),
        Route::post("/till/{till}/returns", Access::STAFF, bring_back),
        Route::post("/till/{till}/claims", Access::STAFF, claim),
    ]
}

#[derive(Template)]
#[template(path = "pages/till/receipts.html")]
struct ReceiptPage {
    page: Page,
    path: String,
    branch: String,
    number: String,
    operation: String,
    found: Option<ReceiptShown>,
    /// A number was typed, and nothing was found by it.
    none: bool,
    refused: Option<String>,
    told: Option<String>,
}

struct ReceiptShown {
    purchase: Id,
    when: String,
    to_pay: String,
    spent: Option<String>,
    earned: Option<String>,
    lines: Vec<LineShown>,
    may_claim: bool,
    anything_left: bool,
}

struct LineShown {
    index: usize,
    name: String,
    quantity: String,
    left: String,
    paid: String,
    is_left: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    number: String,
}

async fn show(
    State(app): State<Shared>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    answer(&app, here, asked.number, None, None).await
}

async fn answer(
    app: &Shared,
    here: Here,
    number: String,
    refused: Option<&'static str>,
    told: Option<String>,
) -> Result<Response, Trouble> {
    let number = number.trim().to_owned();
    let (at, typed) = (here.clone(), number.clone());
    let found = app.read(move |tx, app| match typed.as_str() {
        "" => Ok(None),
        typed => found(tx, app.store.vault(), at.branch.id, typed)?
            .map(|purchase| receipt(tx, &at, &purchase))
            .transpose(),
    });
    let found = found.await?;
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = ReceiptPage {
        path: here.path(),
        branch: here.branch.content.name.as_str().to_owned(),
        none: !number.is_empty() && found.is_none(),
        number,
        operation: new_operation(),
        found,
        refused: refused.map(|key| here.page.say(key)),
        told,
        page: here.page.clone(),
    };
    Ok(here.page.show_as(status, &shown))
}

/// A completed purchase of this branch, by its receipt or by its own id, which the page of the till shows.
fn found(tx: &mut Tx<'_>, vault: &Vault, branch: Id, number: &str) -> Result<Option<Purchase>, Fault> {
    let purchase = match Id::parse(number) {
        Some(id) => purchases::read(tx, vault, id)?,
        None => purchases::of_receipt(tx, vault, branch, number)?,
    };
    Ok(purchase.filter(|purchase| purchase.branch == branch && purchase.state == Became::Done))
}

fn receipt(tx: &mut Tx<'_>, here: &Here, purchase: &Purchase) -> Result<ReceiptShown, Fault> {
    let page = &here.page;
    let left = purchases::left(tx, purchase)?;
    let sold = purchase.lines.as_deref().unwrap_or_default();
    let money = |minor: i64| {
        let sum = Money::parse(minor, here.branch.content.currency);
        sum.map_or_else(|_| minor.to_string(), |sum| page.money(sum))
    };
    let line = |(index, (line, left)): (usize, (&KeptLine, &u64))| LineShown {
        index,
        name: if line.product == GOODS { page.say("till-goods") } else { line.product.clone() },
        quantity: quantity_text(line.sold.quantity_milli),
        left: quantity_text(*left),
        paid: money(line.sold.money_minor),
        is_left: *left > 0,
    };
    let points = |points: u64| (points > 0).then(|| page.say_count("points-count", "count", points));
    Ok(ReceiptShown {
        purchase: purchase.id,
        when: page.moment(purchase.at_us, &here.branch.content.time_zone.calendar()),
        to_pay: money(purchase.to_pay_minor),
        spent: points(purchase.spent_points),
        earned: points(purchase.earned_points),
        lines: sold.iter().zip(&left).enumerate().map(line).collect(),
        may_claim: purchase.wallet.is_none(),
        anything_left: left.iter().any(|&left| left > 0),
    })
}

/// The purchase that a form is about, as long as it is one of this branch.
fn own(app: &App, here: &Here, form: &Form) -> Result<Id, Trouble> {
    let id = form.id("purchase").ok_or_else(|| Trouble::bad_request("no purchase"))?;
    let found = app.store.read(|tx| found(tx, app.store.vault(), here.branch.id, &id.to_string()))?;
    found.map(|purchase| purchase.id).ok_or_else(Trouble::not_found)
}

async fn bring_back(State(app): State<Shared>, Pressed { here, form }: Pressed) -> Result<Response, Trouble> {
    let (id, at, typed) = (operation(&form)?, here.clone(), form.clone());
    let back = app.aside(move |app| {
        let purchase = own(app, &at, &typed)?;
        let Some(lines) = typed_lines(&typed) else { return Ok(Err("till-bad-quantity")) };
        let (acting, till) = (at.caller.acting(), at.till.id);
        let back = app
            .store
            .write(move |work| purchases::bring_back(work, &acting, id, (purchase, till), &lines))?;
        Ok(back.map_err(words::not_back))
    });
    let number = form.text("number").to_owned();
    match back.await? {
        Err(key) => answer(&app, here, number, Some(key), None).await,
        Ok(back) => {
            let money = Money::parse(back.money_minor, here.branch.content.currency);
            let money = money.map_or_else(|_| back.money_minor.to_string(), |sum| here.page.money(sum));
            let points = |points: u64| here.page.say_count("points-count", "count", points);
            let (returned, taken) = (points(back.spent_points), points(back.earned_points));
            let values = Values::of("money", &money).and("returned", &returned).and("taken", &taken);
            let told = here.page.say_with("receipt-back", &values);
            answer(&app, here, number, None, Some(told)).await
        }
    }
}

/// The lines of which something comes back; nothing when a quantity is none.
fn typed_lines(form: &Form) -> Option<Vec<BackLine>> {
    let mut lines = Vec::new();
    for (name, value) in form.fields() {
        let Some(index) = name.strip_prefix("back-") else { continue };
        let value = value.trim();
        if value.is_empty() || value == "0" {
            continue;
        }
        lines.push(BackLine { index: index.parse().ok()?, quantity_milli: quantity_milli(value)? });
    }
    Some(lines)
}

async fn claim(State(app): State<Shared>, Pressed { here, form }: Pressed) -> Result<Response, Trouble> {
    let (at, typed) = (here.clone(), form.clone());
    let claimed = app.aside(move |app| {
        let purchase = own(app, &at, &typed)?;
        let acting = at.caller.acting();
        let Some(thing) = Presented::of_reader(&app.store, clock::now_us(), typed.text("shown"))? else {
            return Ok(Err("till-not-understood"));
        };
        let who = match at.at_till(app, &acting).recognise(&[thing])? {
            Ok(who) => who,
            Err(why) => return Ok(Err(words::not_known(why))),
        };
        let claimed =
            app.store.write(move |work| purchases::claim(work, &acting, purchase, (who.member, who.way)))?;
        Ok(claimed.map_err(words::not_claimed))
    });
    let number = form.text("number").to_owned();
    match claimed.await? {
        Err(key) => answer(&app, here, number, Some(key), None).await,
        Ok(purchase) => {
            let points = here.page.say_count("points-count", "count", purchase.earned_points);
            let told = here.page.say_of("receipt-claimed", "points", &points);
            answer(&app, here, number, None, Some(told)).await
        }
    }
}
