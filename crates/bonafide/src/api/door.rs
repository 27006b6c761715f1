//! The generic door: an adapter asks whether somebody may pass, and says that he has. It is bound to one access point by its key.
//!
//! A request has an id of its own, which the adapter keeps until it has the answer: the same id gets the same answer. Nothing is
//! opened before the decision is durable; leaving is always answered with an open door, also when nothing can be written.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_store::devices::Device;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, method};
use bonafide_store::passages::passing::{self, Passed, Report, end_word};
use bonafide_store::passages::{Answer, Outcome, Way, refusal_word};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::flows::code::examine;
use crate::flows::entry::{AtDoor, enter, leave};
use crate::flows::recognition::Presented;
use crate::pages::reasons;
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Things that are shown at once at most.
const PRESENTED_MAX: usize = 4;

/// Routes of the door adapter.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/door/decisions", Access::Door, decide),
        Route::post("/api/v1/door/passages", Access::Door, passed),
    ]
}

/// What an adapter asks.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The id of the request, a UUID that the adapter makes and keeps until it has the answer.
    operation: String,
    direction: Direction,
    /// What was shown, in any order; one to four things.
    presented: Vec<Thing>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Entry,
    Exit,
}

/// One thing that was shown.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Thing {
    /// The UID of a card in hexadecimal, in the order in which it stands on the card.
    CardHex(String),
    /// The number of a card in ten digits.
    CardDecimal(String),
    /// The number of a card as `FFF,NNNNN`.
    CardFacility(String),
    /// The text of a member's rotating code.
    Code(String),
    /// A number of the club's own.
    ClubNumber(String),
}

/// The answer at a door.
#[derive(Serialize, utoipa::ToSchema)]
struct Answered {
    /// The number of the decision; the grant, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    passage: Option<String>,
    /// `admitted`, `same_passage`, `refused`, `second_factor` or `left`.
    outcome: &'static str,
    /// Whether the door is to open. Never in the shadow of an older system.
    open: bool,
    /// The door is on trial: it decides and opens nothing.
    shadow: bool,
    /// The stable word of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What the screen at the door says, in the language of the branch.
    words: String,
    /// One of these besides would do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ask: Vec<&'static str>,
    /// When a grant that nobody used is over, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapses_us: Option<i64>,
    /// It was decided before, under the same id.
    repeated: bool,
}

fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Trouble> {
    body.map(|Json(body)| body).map_err(|why| {
        let status = why.status();
        let key = if status == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "bad_json" };
        Trouble::new(status, key).because(why.body_text())
    })
}

fn id(text: &str, what: &str) -> Result<Id, Trouble> {
    Id::parse(text).ok_or_else(|| unreadable(format!("{what} is no UUID")))
}

fn unreadable(why: String) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_value").because(why)
}

/// The door that a device is bound to.
fn door_of(caller: &Caller) -> Result<(Device, Id), Trouble> {
    let device = caller.device().ok_or_else(Trouble::forbidden)?;
    let door = device.role.access_point().ok_or_else(Trouble::forbidden)?;
    Ok((device.clone(), door))
}

async fn decide(
    State(app): State<Shared>,
    caller: Caller,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Answered>, Trouble> {
    let (_, door) = door_of(&caller)?;
    let asked: Asked = body(asked)?;
    let operation = id(&asked.operation, "operation")?;
    // Whoever leaves need not show anything.
    let too_few = asked.presented.is_empty() && asked.direction == Direction::Entry;
    if too_few || asked.presented.len() > PRESENTED_MAX {
        return Err(unreadable(format!("1 to {PRESENTED_MAX} things are presented")));
    }
    let acting = caller.acting();
    let answered = app.aside(move |app| {
        let presented = asked.presented.iter().map(|thing| presented(app, thing)).collect::<Result<_, _>>();
        let at_door = |presented| AtDoor { operation, access_point: door, presented, host: None };
        if asked.direction == Direction::Exit {
            // Whoever leaves is let out, also with something that nobody can read.
            let left = leave(&app.store, &acting, &at_door(presented.unwrap_or_default()));
            return Ok(left_answer(app, door, left.noted.ok()));
        }
        let answer = enter(&app.store, &acting, &at_door(presented?));
        let answer = answer.map_err(|failure| match failure.key {
            "other_request" => Trouble::new(StatusCode::CONFLICT, "other_request").because(failure.message),
            _ => Trouble::fault(&failure),
        })?;
        Ok(entry_answer(app, door, &answer))
    });
    let answered = answered.await?;
    app.metrics.decided(answered.outcome);
    Ok(Json(answered))
}

fn presented(app: &App, thing: &Thing) -> Result<Presented, Trouble> {
    let bad = |what: &str| unreadable(format!("{what} is not understood"));
    Ok(match thing {
        Thing::CardHex(text) => {
            Presented::Card(CardNumber::from_hex(text, ByteOrder::AsOnCard).map_err(|_| bad("card_hex"))?)
        }
        Thing::CardDecimal(text) => Presented::Card(
            CardNumber::from_decimal(text, ByteOrder::AsOnCard).map_err(|_| bad("card_decimal"))?,
        ),
        Thing::CardFacility(text) => {
            Presented::Card(CardNumber::from_facility_number(text).map_err(|_| bad("card_facility"))?)
        }
        Thing::ClubNumber(text) => {
            Presented::ClubNumber(ClubNumber::parse(text).map_err(|_| bad("club_number"))?)
        }
        Thing::Code(text) => Presented::Code(examine(&app.store, clock::now_us(), text)?),
    })
}

/// The texts of a door: those of its branch's language.
fn words_of(app: &App, door: Id) -> &crate::texts::Words {
    let language = app.store.read(|tx| access_point::language(tx, door)).ok().flatten();
    app.texts.of(language.unwrap_or(bonafide_domain::profile::Language::English))
}

fn entry_answer(app: &App, door: Id, answer: &Answer) -> Answered {
    let words = words_of(app, door);
    let bare = |outcome, said: String| Answered {
        passage: Some(answer.passage.to_string()),
        outcome,
        open: answer.outcome.opens() && !answer.shadow,
        shadow: answer.shadow,
        reason: None,
        words: said,
        ask: Vec::new(),
        lapses_us: None,
        repeated: answer.repeated,
    };
    match &answer.outcome {
        Outcome::Admitted { lapses_us, .. } | Outcome::AdmittedByHand { lapses_us } => {
            Answered { lapses_us: Some(*lapses_us), ..bare("admitted", words.say("door-welcome")) }
        }
        Outcome::SamePassage { grant, .. } => {
            Answered { passage: Some(grant.to_string()), ..bare("same_passage", words.say("door-welcome")) }
        }
        Outcome::Refused(refusal) => Answered {
            reason: Some(refusal_word(refusal)),
            ..bare("refused", reasons::for_member(words, refusal))
        },
        Outcome::SecondFactor(methods) => Answered {
            ask: methods.iter().map(|&one| method(one)).collect(),
            ..bare("second_factor", words.say("door-show-something-else"))
        },
    }
}

/// Leaving has one answer.
fn left_answer(app: &App, door: Id, left: Option<bonafide_store::passages::Left>) -> Answered {
    let (shadow, repeated) = left.as_ref().map_or((false, false), |left| (left.shadow, left.repeated));
    Answered {
        passage: left.and_then(|left| left.grant).map(|grant| grant.to_string()),
        outcome: "left",
        open: !shadow,
        shadow,
        reason: None,
        words: words_of(app, door).say("door-goodbye"),
        ask: Vec::new(),
        lapses_us: None,
        repeated,
    }
}

/// What an adapter says after somebody has gone through.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Gone {
    /// The id of the report, a UUID that the adapter makes.
    operation: String,
    /// The grant; nothing when the door knows of none.
    #[serde(default)]
    grant: Option<String>,
    /// Which way, where there is no grant to tell.
    direction: Direction,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Noted {
    /// `passed`, `tailgate`, `unattributed`, …
    end: &'static str,
    repeated: bool,
}

async fn passed(
    State(app): State<Shared>,
    caller: Caller,
    gone: Result<Json<Gone>, JsonRejection>,
) -> Result<Json<Noted>, Trouble> {
    let (_, access_point) = door_of(&caller)?;
    let gone: Gone = body(gone)?;
    let report = Report {
        operation: id(&gone.operation, "operation")?,
        access_point,
        grant: gone.grant.as_deref().map(|grant| id(grant, "grant")).transpose()?,
        way: if gone.direction == Direction::Exit { Way::Exit } else { Way::Entry },
    };
    let acting = caller.acting();
    let passed = app.write(move |work| passing::passed(work, &acting, &report)).await?;
    let Passed { end, repeated, .. } = passed
        .map_err(|why| Trouble::new(StatusCode::CONFLICT, "other_request").because(format!("{why:?}")))?;
    Ok(Json(Noted { end: end_word(end), repeated }))
}
