//! What the desk does with a member: sells, freezes, thaws, brings a guest, gives a card, takes a loss report. Each is asked with the
//! page's own operation, so that a second press does nothing more; a refusal comes back on the member's page, in words.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::find;
use bonafide_store::credentials::{self, NewCredential, NotIssued};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::memberships::{self, Asked, command};
use bonafide_store::organisation::branch;
use bonafide_store::store::Work;
use jiff::civil::Date;

use crate::clock;
use crate::pages::member::{answer, standing};
use crate::pages::operation;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Days of one freeze at most that the desk's form offers.
const FREEZE_DAYS_MAX: i64 = 365;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/members/{id}/memberships", Access::DESK, sell_one),
        Route::post("/members/{id}/freezes", Access::DESK, freeze),
        Route::post("/members/{id}/thaws", Access::DESK, thaw),
        Route::post("/members/{id}/guest-visits", Access::DESK, bring_guest),
        Route::post("/members/{id}/extra-uses", Access::DESK, use_extra),
        Route::post("/members/{id}/cards", Access::DESK, give_card),
        Route::post("/members/{id}/loss-reports", Access::DESK, report_loss),
    ]
}

pub(super) fn member_id(path: &str) -> Result<Id, Trouble> {
    Id::parse(path).ok_or_else(Trouble::not_found)
}

/// The member's page after something was done, or with the words of the key why not.
pub(super) async fn after(
    app: &Shared,
    page: Page,
    caller: &Caller,
    member: Id,
    done: Result<(), &'static str>,
) -> Result<Response, Trouble> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/members/{member}")).into_response()),
        Err(key) => {
            let refused = page.say(key);
            answer(app, page, caller, member, StatusCode::UNPROCESSABLE_ENTITY, Some(refused)).await
        }
    }
}

async fn sell_one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let member = member_id(&id)?;
    let chosen = form
        .text("plan")
        .split_once('/')
        .and_then(|(plan, version)| Some((Id::parse(plan)?, version.parse::<u32>().ok()?)));
    let (plan, version) = chosen.ok_or_else(|| Trouble::bad_request("no plan"))?;
    let place = form.id("branch").filter(|branch| caller.works_in(*branch)).ok_or_else(Trouble::not_found)?;
    let (operation, acting) = (operation(&form)?, caller.acting());
    let sold = app.write(move |work| {
        let Some(branch) = branch::get(work.tx, place)? else { return Ok(Err("sale-refused")) };
        let asked = Asked { operation, on: standing::today(&branch.content, acting.now_us) };
        let order = Order { asked, member, branch: place, plan, version, paid: None };
        Ok(sell(work, &acting, &order)?.map(|_| ()).map_err(|_| "sale-refused"))
    });
    let sold = sold.await?;
    after(&app, page, &caller, member, sold).await
}

/// Does something to a membership of the member, today in its branch, and shows his page; `refused` is the key of why not.
async fn on_membership(
    app: &Shared,
    page: Page,
    caller: &Caller,
    (member, form): (Id, &Form),
    refused: &'static str,
    mut act: impl FnMut(&mut Work<'_, '_>, &Acting, Id, Asked) -> Result<Result<(), &'static str>, Fault>
    + Send
    + 'static,
) -> Result<Response, Trouble> {
    let membership = form.id("membership").ok_or_else(|| Trouble::bad_request("no membership"))?;
    let (operation, acting) = (operation(form)?, caller.acting());
    let done = app.write(move |work| {
        let Some(on) = today_of(work, member, membership)? else { return Ok(Err(refused)) };
        act(work, &acting, membership, Asked { operation, on })
    });
    let done = done.await?;
    after(app, page, caller, member, done).await
}

/// Today in the branch of a membership, which must be the member's own.
fn today_of(work: &mut Work<'_, '_>, member: Id, membership: Id) -> Result<Option<Date>, Fault> {
    let all = memberships::of_member(work.tx, member)?;
    let Some(held) = all.into_iter().find(|held| held.id == membership) else { return Ok(None) };
    let branch = branch::get(work.tx, held.branch)?;
    Ok(branch.map(|branch| standing::today(&branch.content, clock::now_us())))
}

async fn freeze(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let member = member_id(&id)?;
    let days = form.text("days").parse::<i64>().ok().filter(|days| (1..=FREEZE_DAYS_MAX).contains(days));
    let Some(days) = days else { return after(&app, page, &caller, member, Err("freeze-bad-days")).await };
    let from: Option<Date> = form.text("from").parse().ok();
    let of = (member, &form);
    on_membership(&app, page, &caller, of, "freeze-refused", move |work, acting, membership, asked| {
        let from = from.unwrap_or(asked.on);
        let span = days_after(from, days).and_then(|until| DateSpan::parse(from, until).ok());
        let Some(span) = span else { return Ok(Err("freeze-bad-days")) };
        let frozen = command::freeze(work, acting, membership, asked, span)?;
        Ok(frozen.map(drop).map_err(|_| "freeze-refused"))
    })
    .await
}

async fn thaw(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let freeze = form.id("freeze").ok_or_else(|| Trouble::bad_request("no freeze"))?;
    let of = (member_id(&id)?, &form);
    on_membership(&app, page, &caller, of, "thaw-refused", move |work, acting, membership, asked| {
        let thawed = command::thaw(work, acting, membership, asked, freeze)?;
        Ok(thawed.map(drop).map_err(|_| "thaw-refused"))
    })
    .await
}

async fn bring_guest(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let of = (member_id(&id)?, &form);
    on_membership(&app, page, &caller, of, "guest-refused", |work, acting, membership, asked| {
        let brought = command::use_guest_pass(work, acting, membership, asked)?;
        Ok(brought.map(drop).map_err(|_| "guest-refused"))
    })
    .await
}

async fn use_extra(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let member = member_id(&id)?;
    let extra = form.id("extra").ok_or_else(|| Trouble::bad_request("no extra"))?;
    let Ok(count) = form.text("count").parse::<u32>() else {
        return after(&app, page, &caller, member, Err("extra-refused")).await;
    };
    let of = (member, &form);
    on_membership(&app, page, &caller, of, "extra-refused", move |work, acting, membership, asked| {
        let used = command::use_extra(work, acting, membership, asked, extra, count)?;
        Ok(used.map(drop).map_err(|_| "extra-refused"))
    })
    .await
}

async fn give_card(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let member = member_id(&id)?;
    let typed = form.text("number");
    let number = CardNumber::from_facility_number(typed)
        .or_else(|_| CardNumber::from_hex(typed, ByteOrder::AsOnCard))
        .or_else(|_| CardNumber::from_decimal(typed, ByteOrder::AsOnCard));
    let Ok(number) = number else { return after(&app, page, &caller, member, Err("card-bad-number")).await };
    let content = match form.text("kind") {
        "bracelet" => Content::Bracelet(number),
        _ => Content::Card(number),
    };
    let new = NewCredential { member, content, until_us: None, limited: None };
    let (operation, acting) = (operation(&form)?, caller.acting());
    let given = app.write(move |work| {
        Ok(credentials::issue(work, &acting, operation, &new, None)?.map(|_| ()).map_err(|why| match why {
            NotIssued::InUse { .. } => "card-in-use",
            _ => "card-refused",
        }))
    });
    let given = given.await?;
    after(&app, page, &caller, member, given).await
}

async fn report_loss(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let member = member_id(&id)?;
    let credential = form.id("credential").ok_or_else(|| Trouble::bad_request("no credential"))?;
    let (operation, acting) = (operation(&form)?, caller.acting());
    let reported = app.write(move |work| {
        let own = find::of_member(work.tx, work.vault, member, acting.now_us)?;
        if !own.iter().any(|kept| kept.id == credential) {
            return Ok(Err("card-refused"));
        }
        let reported = credentials::report_loss(work, &acting, operation, credential)?;
        Ok(reported.map(|_| ()).map_err(|_| "card-refused"))
    });
    let reported = reported.await?;
    after(&app, page, &caller, member, reported).await
}
