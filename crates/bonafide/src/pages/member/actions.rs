//! What the desk does with a member: sells, freezes, thaws, brings a guest, uses an extra, gives a card, takes a loss report, opens his
//! locker.

use axum::extract::State;
use axum::response::Response;
use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::find;
use bonafide_store::credentials::{self, NewCredential, NotIssued};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::memberships::{self, Asked as Of, command};
use bonafide_store::organisation::branch;
use bonafide_store::store::Work;
use jiff::civil::Date;

use crate::clock;
use crate::pages::desk::lockers::{open_by_hand, reason_of};
use crate::pages::member::asked::{Asked, Deed};
use crate::pages::member::standing;
use crate::server::app::Shared;
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
        Route::post("/members/{id}/locker-openings", Access::DESK, open_locker),
    ]
}

async fn sell_one(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let chosen = asked.form.text("plan").split_once('/');
    let chosen = chosen.and_then(|(plan, version)| Some((Id::parse(plan)?, version.parse::<u32>().ok()?)));
    let (plan, version) = chosen.ok_or_else(|| Trouble::bad_request("no plan"))?;
    let place = asked.form.id("branch").filter(|branch| asked.caller.works_in(*branch));
    let (place, member) = (place.ok_or_else(Trouble::not_found)?, asked.member);
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        let Some(branch) = branch::get(work.tx, place)? else { return Ok(Err("sale-refused")) };
        let of = Of { operation, on: standing::today(&branch.content, acting.now_us) };
        let order = Order { asked: of, member, branch: place, plan, version, paid: None };
        Ok(sell(work, acting, &order)?.map(drop).map_err(|_| "sale-refused"))
    };
    asked.once(&app, deed).await
}

/// Does something to a membership of the member, today in its branch; `refused` is the key of why not.
async fn on_membership(
    app: &Shared,
    asked: Asked,
    refused: &'static str,
    mut act: impl FnMut(&mut Work<'_, '_>, &Acting, Id, Of) -> Deed + Send + 'static,
) -> Result<Response, Trouble> {
    let (membership, member) = (asked.id("membership", "no membership")?, asked.member);
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        let Some(on) = today_of(work, member, membership)? else { return Ok(Err(refused)) };
        act(work, acting, membership, Of { operation, on })
    };
    asked.once(app, deed).await
}

/// Today in the branch of a membership, which must be the member's own.
fn today_of(work: &mut Work<'_, '_>, member: Id, membership: Id) -> Result<Option<Date>, Fault> {
    let all = memberships::of_member(work.tx, member)?;
    let Some(held) = all.into_iter().find(|held| held.id == membership) else { return Ok(None) };
    let branch = branch::get(work.tx, held.branch)?;
    Ok(branch.map(|branch| standing::today(&branch.content, clock::now_us())))
}

async fn freeze(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let days = asked.form.text("days").parse::<i64>().ok();
    let Some(days) = days.filter(|days| (1..=FREEZE_DAYS_MAX).contains(days)) else {
        return asked.after(&app, Err("freeze-bad-days")).await;
    };
    let from: Option<Date> = asked.form.text("from").parse().ok();
    on_membership(&app, asked, "freeze-refused", move |work, acting, membership, of| {
        let from = from.unwrap_or(of.on);
        let span = days_after(from, days).and_then(|until| DateSpan::parse(from, until).ok());
        let Some(span) = span else { return Ok(Err("freeze-bad-days")) };
        let frozen = command::freeze(work, acting, membership, of, span)?;
        Ok(frozen.map(drop).map_err(|_| "freeze-refused"))
    })
    .await
}

async fn thaw(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let freeze = asked.id("freeze", "no freeze")?;
    on_membership(&app, asked, "thaw-refused", move |work, acting, membership, of| {
        Ok(command::thaw(work, acting, membership, of, freeze)?.map(drop).map_err(|_| "thaw-refused"))
    })
    .await
}

async fn bring_guest(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    on_membership(&app, asked, "guest-refused", |work, acting, membership, of| {
        Ok(command::use_guest_pass(work, acting, membership, of)?.map(drop).map_err(|_| "guest-refused"))
    })
    .await
}

async fn use_extra(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let extra = asked.id("extra", "no extra")?;
    let Ok(count) = asked.form.text("count").parse::<u32>() else {
        return asked.after(&app, Err("extra-refused")).await;
    };
    on_membership(&app, asked, "extra-refused", move |work, acting, membership, of| {
        let used = command::use_extra(work, acting, membership, of, extra, count)?;
        Ok(used.map(drop).map_err(|_| "extra-refused"))
    })
    .await
}

async fn give_card(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let typed = asked.form.text("number");
    let number = CardNumber::from_facility_number(typed)
        .or_else(|_| CardNumber::from_hex(typed, ByteOrder::AsOnCard))
        .or_else(|_| CardNumber::from_decimal(typed, ByteOrder::AsOnCard));
    let Ok(number) = number else { return asked.after(&app, Err("card-bad-number")).await };
    let content = match asked.form.text("kind") {
        "bracelet" => Content::Bracelet(number),
        _ => Content::Card(number),
    };
    let new = NewCredential { member: asked.member, content, until_us: None, limited: None };
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        let given = credentials::issue(work, acting, operation, &new, None)?;
        Ok(given.map(drop).map_err(|why| match why {
            NotIssued::InUse { .. } => "card-in-use",
            _ => "card-refused",
        }))
    };
    asked.once(&app, deed).await
}

async fn report_loss(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (credential, member) = (asked.id("credential", "no credential")?, asked.member);
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        if !is_own(work, acting, member, credential)? {
            return Ok(Err("card-refused"));
        }
        let reported = credentials::report_loss(work, acting, operation, credential)?;
        Ok(reported.map(drop).map_err(|_| "card-refused"))
    };
    asked.once(&app, deed).await
}

/// Whether a credential is the member's.
pub(super) fn is_own(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    credential: Id,
) -> Result<bool, Fault> {
    let own = find::of_member(work.tx, work.vault, member, acting.now_us)?;
    Ok(own.iter().any(|kept| kept.id == credential))
}

async fn open_locker(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (locker, why) = (asked.id("locker", "no locker")?, reason_of(&asked.form)?);
    let (caller, member) = (asked.caller.clone(), asked.member);
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting, operation: Id| -> Deed {
        Ok(open_by_hand(work, (acting, &caller), operation, (member, locker), why)?.map(drop))
    };
    asked.once(&app, deed).await
}
