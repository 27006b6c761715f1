//! Giving a member points or taking some by hand, with a reason. What is above the limit waits for a second person.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::{Direction, NotPosted, Points};
use bonafide_domain::profile::ShortNote;
use bonafide_store::corrections::{NotCorrected, Wanted, ask, direction_word, limit};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::statement::standing;
use bonafide_store::ledger::{self, programmes};
use bonafide_store::members;

use crate::clock;
use crate::pages::corrections::LIST;
use crate::pages::member::asked::Asked;
use crate::pages::member::member_id;
use crate::pages::{new_operation, operation};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/members/{id}/points/correct", Access::MANAGERS, show),
        Route::post("/members/{id}/points/corrections", Access::MANAGERS, send),
    ]
}

#[derive(Template)]
#[template(path = "pages/member/correct.html")]
struct CorrectPage<'a> {
    page: Page,
    id: Id,
    name: String,
    purses: Vec<Purse>,
    operation: String,
    goes_down: bool,
    points: &'a str,
    reason: &'a str,
    /// The key of why it was refused.
    refused: Option<&'static str>,
}

/// What a member has in a programme.
struct Purse {
    programme: Id,
    name: String,
    spendable: String,
    /// What one person alone may put right.
    limit: String,
    chosen: bool,
}

/// The name of a member, and what he has in each programme that he is in.
fn found(
    tx: &mut Tx<'_>,
    app: &App,
    page: &Page,
    id: Id,
    chosen: Option<Id>,
) -> Result<Option<(String, Vec<Purse>)>, Fault> {
    let Some(member) = members::get(tx, app.store.vault(), id)? else { return Ok(None) };
    let at = UtcMicros::parse(clock::now_us()).map_err(|_| Fault::broken("the clock is not set"))?;
    let whole = |points: u64| page.whole(i64::try_from(points).unwrap_or(i64::MAX));
    let mut purses = Vec::new();
    for (programme, of) in programmes::list(tx)? {
        let Some(wallet) = ledger::of_member(tx, id, programme)? else { continue };
        let Some(stands) = standing(tx, wallet, at)? else { continue };
        purses.push(Purse {
            programme,
            name: of.name.as_str().to_owned(),
            spendable: whole(stands.spendable),
            limit: whole(limit(tx, programme)?),
            chosen: chosen == Some(programme),
        });
    }
    Ok(Some((member.profile.name.full(), purses)))
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    answer(&app, page, &caller, member_id(&id)?, &Form::default(), None).await
}

/// The form, after it was written down that somebody looks at the member.
async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    id: Id,
    form: &Form,
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let (acting, frame, chosen) = (caller.acting(), page.clone(), form.id("programme"));
    let found = app.aside(move |app| {
        let found = app.store.read(|tx| found(tx, app, &frame, id, chosen))?;
        let Some(found) = found else { return Err(Trouble::not_found()) };
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(members::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(found)
    });
    let (name, purses) = found.await?;
    let kept = form.text("operation");
    // Another try of what was refused is the same form; what is under the id already needs a new one.
    let is_new = kept.is_empty() || refused == Some(SENT_ALREADY);
    let shown = CorrectPage {
        page: page.clone(),
        id,
        name,
        purses,
        operation: if is_new { new_operation() } else { kept.to_owned() },
        goes_down: form.text("direction") == direction_word(Direction::Down),
        points: form.text("points"),
        reason: form.text("reason"),
        refused,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page.show_as(status, &shown))
}

const SENT_ALREADY: &str = "set-up-sent-already";

/// What the form asks for, or the key of what is wrong with it.
fn wanted(member: Id, form: &Form) -> Result<Wanted, &'static str> {
    let programme = form.id("programme").ok_or("correction-no-programme")?;
    let direction = match form.text("direction") {
        word if word == direction_word(Direction::Up) => Direction::Up,
        word if word == direction_word(Direction::Down) => Direction::Down,
        _ => return Err("correction-bad-direction"),
    };
    let points = form.text("points").parse().ok().and_then(|points| Points::parse(points).ok());
    let points = points.ok_or("correction-bad-points")?;
    let reason = form.text("reason");
    let reason = if reason.is_empty() { None } else { ShortNote::parse(reason).ok() };
    let reason = reason.ok_or("correction-bad-reason")?;
    Ok(Wanted { member, programme, direction, points, reason })
}

const fn refused_key(why: NotCorrected) -> &'static str {
    match why {
        NotCorrected::OtherContents => SENT_ALREADY,
        NotCorrected::NotStaff | NotCorrected::Own => "correction-own",
        NotCorrected::NotInProgramme => "correction-no-programme",
        NotCorrected::Points(NotPosted::NotEnough { .. }) => "correction-not-enough",
        NotCorrected::Points(_) => "correction-points-refused",
    }
}

async fn send(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let Asked { page, caller, member, form } = asked;
    let operation = operation(&form)?;
    let done = match wanted(member, &form) {
        Err(key) => Err(key),
        Ok(wanted) => {
            let acting = caller.acting();
            let asked = app.write(move |work| ask(work, &acting, operation, &wanted)).await?;
            asked.map(drop).map_err(refused_key)
        }
    };
    match done {
        Ok(()) => Ok(Redirect::to(LIST).into_response()),
        Err(key) => answer(&app, page, &caller, member, &form, Some(key)).await,
    }
}
