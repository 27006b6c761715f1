//! A purchase that was completed: what it earned, for the receipt, and for a moment the way back.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::money::Money;
use bonafide_store::id::Id;
use bonafide_store::ledger::statement;
use bonafide_store::purchases::{self, BackLine, Purchase, State as Became};
use bonafide_store::surveys;

use crate::clock;
use crate::pages::pairing_link::{host, origin};
use crate::pages::till::{Here, Pressed, words};
use crate::pages::{new_operation, operation};
use crate::server::app::{App, Shared};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::squares::Squares;

/// How long a purchase may be taken back by one press, in microseconds: the page offers it for ten seconds, and a slow line is waited for.
const UNDO_US: i64 = 30 * 1_000_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/till/{till}/purchases/{purchase}", Access::STAFF, show),
        Route::post("/till/{till}/purchases/{purchase}/undo", Access::STAFF, undo),
    ]
}

#[derive(Template)]
#[template(path = "pages/till/done.html")]
struct DonePage {
    page: Page,
    path: String,
    branch: String,
    purchase: Id,
    operation: String,
    receipt: Option<String>,
    when: String,
    total: String,
    discount: Option<String>,
    by_points: Option<String>,
    to_pay: String,
    spent: Option<String>,
    earned: Option<String>,
    /// The key of why it earned nothing.
    stopped: Option<&'static str>,
    balance: Option<String>,
    /// Nobody was recognised.
    is_nobodys: bool,
    may_undo: bool,
    undone: bool,
    /// The question about the purchase, to be printed.
    survey: Option<Squares>,
    refused: Option<String>,
}

/// A purchase of this till, with what its customer has now.
struct Found {
    purchase: Purchase,
    balance: Option<u64>,
    undone: bool,
}

async fn show(
    State(app): State<Shared>,
    here: Here,
    headers: HeaderMap,
    Path((_, purchase)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    answer(&app, here, (&purchase, &headers), None).await
}

async fn answer(
    app: &Shared,
    here: Here,
    (purchase, headers): (&str, &HeaderMap),
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let id = Id::parse(purchase).ok_or_else(Trouble::not_found)?;
    let at = here.clone();
    let found = app.aside(move |app| found(app, &at, id)).await?;
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut shown = shown(&here, &found, refused);
    if let Some(host) = host(headers).filter(|_| !found.undone) {
        let link = format!("{}/survey/{}", origin(app, &host), surveys::link(app.store.vault(), id)?);
        shown.survey = Some(Squares::of(&link)?);
    }
    Ok(here.page.show_as(status, &shown))
}

fn found(app: &App, here: &Here, id: Id) -> Result<Found, Trouble> {
    let now = UtcMicros::parse(clock::now_us()).map_err(|_| Trouble::bad_request("the clock is not set"))?;
    let found = app.store.read(|tx| {
        let Some(purchase) = purchases::read(tx, app.store.vault(), id)? else { return Ok(None) };
        let standing = match purchase.wallet {
            Some(wallet) => statement::standing(tx, wallet, now)?,
            None => None,
        };
        let undone = purchases::left(tx, &purchase)?.iter().all(|&left| left == 0);
        Ok(Some(Found { purchase, balance: standing.map(|standing| standing.spendable), undone }))
    })?;
    // Another till's is not there for it (case T-25).
    let own = |found: &Found| found.purchase.till == here.till.id && found.purchase.state == Became::Done;
    found.filter(own).ok_or_else(Trouble::not_found)
}

fn shown(
    here: &Here,
    Found { purchase, balance, undone }: &Found,
    refused: Option<&'static str>,
) -> DonePage {
    let page = &here.page;
    let money = |minor: i64| {
        let sum = Money::parse(minor, here.branch.content.currency);
        sum.map_or_else(|_| minor.to_string(), |sum| page.money(sum))
    };
    let points = |points: u64| page.say_count("points-count", "count", points);
    let some = |minor: i64| (minor > 0).then(|| money(-minor));
    let is_fresh = clock::now_us().saturating_sub(purchase.at_us) < UNDO_US;
    DonePage {
        path: here.path(),
        branch: here.branch.content.name.as_str().to_owned(),
        purchase: purchase.id,
        operation: new_operation(),
        receipt: purchase.receipt.clone(),
        when: page.moment(purchase.at_us, &here.branch.content.time_zone.calendar()),
        total: money(purchase.total_minor),
        discount: some(purchase.discount_minor),
        by_points: some(purchase.points_minor),
        to_pay: money(purchase.to_pay_minor),
        spent: (purchase.spent_points > 0).then(|| points(purchase.spent_points)),
        earned: (purchase.earned_points > 0).then(|| points(purchase.earned_points)),
        stopped: purchase.guard.map(words::stopped),
        balance: balance.map(points),
        is_nobodys: purchase.wallet.is_none(),
        may_undo: is_fresh && !undone,
        undone: *undone,
        survey: None,
        refused: refused.map(|key| page.say(key)),
        page: page.clone(),
    }
}

/// Everything comes back, as if it had not been bought. Later goods come back by their receipt.
async fn undo(
    State(app): State<Shared>,
    headers: HeaderMap,
    Path((_, purchase)): Path<(String, String)>,
    Pressed { here, form }: Pressed,
) -> Result<Response, Trouble> {
    let id = Id::parse(&purchase).ok_or_else(Trouble::not_found)?;
    let operation = operation(&form)?;
    let (at, acting, till) = (here.clone(), here.caller.acting(), here.till.id);
    let undone = app.aside(move |app| {
        let Found { purchase, .. } = found(app, &at, id)?;
        if acting.now_us.saturating_sub(purchase.at_us) >= UNDO_US {
            return Ok(Err("till-undo-too-late"));
        }
        let Some(lines) = &purchase.lines else { return Ok(Err("receipt-erased")) };
        let whole = |(index, line): (usize, &purchases::KeptLine)| BackLine {
            index,
            quantity_milli: line.sold.quantity_milli,
        };
        let lines: Vec<BackLine> = lines.iter().enumerate().map(whole).collect();
        let back = app
            .store
            .write(move |work| purchases::bring_back(work, &acting, operation, (id, till), &lines))?;
        Ok(back.map(drop).map_err(words::not_back))
    });
    match undone.await? {
        Ok(()) => Ok(Redirect::to(&format!("{}/purchases/{id}", here.path())).into_response()),
        Err(key) => answer(&app, here, (&purchase, &headers), Some(key)).await,
    }
}
