//! The generic door: an adapter asks whether somebody may pass, and says that he has. It is bound to one access point by its key.
//!
//! A request has an id of its own, which the adapter keeps until it has the answer: the same id gets the same answer. Nothing is
//! opened before the decision is durable; leaving has one answer, see [`leaving`].

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bonafide_domain::access_method::Assurance;
use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_domain::consent::VendorReference;
use bonafide_store::credentials::content::Trait;
use bonafide_store::devices::sigur::delivery::CLOCK_OFF_US_MAX;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, method};
use bonafide_store::passages::passing::{self, End, Passed, Report};
use bonafide_store::passages::{Answer, Outcome, Way, refusal_word};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::asking::Asking;
use crate::api::body::{self, unprocessable};
use crate::api::leaving;
use crate::clock;
use crate::flows::code::examine;
use crate::flows::entry::{AtDoor, enter};
use crate::flows::recognition::Presented;
use crate::pages::reasons;
use crate::server::app::{App, Shared};
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Things that are shown at once at most.
pub(super) const PRESENTED_MAX: usize = 4;

/// How old a report of a passage may be, in microseconds: a door that was without a network for a night delivers in the morning.
const REPORT_AGE_US_MAX: i64 = 24 * 60 * 60 * 1_000_000;

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
pub(super) struct DoorQuestion {
    /// The id of the request, which the adapter makes and keeps until it has the answer. It may stand in the header
    /// `Idempotency-Key` instead.
    #[serde(default)]
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000a")]
    operation: Option<String>,
    direction: Direction,
    /// What was shown, in any order; one to four things. Whoever leaves need not show anything.
    #[serde(default)]
    presented: Vec<Thing>,
}

/// Which way somebody wants to pass.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    /// Inwards.
    Entry,
    /// Outwards. The answer is an open door, whatever else the request says.
    Exit,
}

/// One thing that was shown.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = PresentedThing, example = json!({ "card_hex": "04A23B1C" }))]
pub(super) enum Thing {
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
    /// What a vendor's device calls the person whose fingerprint it has recognised. It counts beside another thing.
    Fingerprint(String),
    /// The same of a palm.
    Palm(String),
}

/// The answer at a door.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DoorAnswer {
    /// The number of the decision; the grant, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    pub(super) passage: Option<String>,
    pub(super) outcome: DoorOutcome,
    /// Whether the door is to open. Never in the shadow of an older system.
    pub(super) open: bool,
    /// The door is on trial: it decides and opens nothing.
    pub(super) shadow: bool,
    /// The stable word of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    /// What the screen at the door says, in the language of the branch.
    pub(super) words: String,
    /// One of these besides would do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ask: Vec<&'static str>,
    /// When a grant that nobody used is over, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lapses_us: Option<i64>,
    /// It was decided before, under the same id.
    pub(super) repeated: bool,
    /// Of whoever leaves: whether it stands in the book. He is let out all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) noted: Option<bool>,
}

/// What became of a question.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DoorOutcome {
    /// He may pass.
    Admitted,
    /// It is the passage of a grant before: a second tap.
    SamePassage,
    /// He may not, for the reason.
    Refused,
    /// One of the things of `ask` besides would do.
    SecondFactor,
    /// He leaves.
    Left,
}

impl DoorOutcome {
    const fn word(self) -> &'static str {
        match self {
            DoorOutcome::Admitted => "admitted",
            DoorOutcome::SamePassage => "same_passage",
            DoorOutcome::Refused => "refused",
            DoorOutcome::SecondFactor => "second_factor",
            DoorOutcome::Left => "left",
        }
    }
}

impl DoorAnswer {
    /// The answer to leaving, of which nothing is noted.
    pub(super) fn left(words: String) -> DoorAnswer {
        DoorAnswer {
            passage: None,
            outcome: DoorOutcome::Left,
            open: true,
            shadow: false,
            reason: None,
            words,
            ask: Vec::new(),
            lapses_us: None,
            repeated: false,
            noted: Some(false),
        }
    }
}

/// Ask whether somebody may pass.
///
/// The answer is durable before it is given. The same id gets the same answer, for ever; with another content it is refused.
#[utoipa::path(
    post, path = "/api/v1/door/decisions", tag = "door", request_body = DoorQuestion,
    params(("Idempotency-Key" = Option<String>, Header, description = "The id of the request, a UUID, when the body has none")),
    responses(
        (status = 200, description = "Decided", body = DoorAnswer),
        (status = 409, description = "The id was used for something else"),
        (status = 422, description = "Another form. Nobody is let in by it"),
    ),
    security(("device" = [])),
)]
pub(super) async fn decide(State(app): State<Shared>, asking: Asking) -> Result<Json<DoorAnswer>, Trouble> {
    let read = asking.body().and_then(body::json::<DoorQuestion>);
    let question = match read {
        Ok(question) if question.direction == Direction::Entry => question,
        Ok(_) => return Ok(Json(leaving::let_out(&app, &asking).await)),
        Err(_) if leaving::leads_out(&app, &asking).await => {
            return Ok(Json(leaving::let_out(&app, &asking).await));
        }
        Err(trouble) => return Err(trouble),
    };
    let (acting, door) = asking.at()?;
    let operation = asking.operation(question.operation.as_deref())?;
    if question.presented.is_empty() || question.presented.len() > PRESENTED_MAX {
        return Err(unprocessable("bad_value", format!("1 to {PRESENTED_MAX} things are presented")));
    }
    let answer = app.aside(move |app| {
        let presented = question.presented.iter().map(|thing| presented(app, thing));
        let presented = presented.collect::<Result<_, _>>()?;
        let at_door = AtDoor { operation, access_point: door, presented, host: None };
        let answer = enter(&app.store, &acting, &at_door).map_err(|failure| match failure.key {
            "other_request" => Trouble::new(StatusCode::CONFLICT, "other_request").because(failure.message),
            _ => Trouble::fault(&failure),
        })?;
        Ok(entry_answer(app, door, &answer))
    });
    let answer = answer.await?;
    app.metrics.decided(answer.outcome.word());
    Ok(Json(answer))
}

pub(super) fn presented(app: &App, thing: &Thing) -> Result<Presented, Trouble> {
    let bad = |what: &str| unprocessable("bad_value", format!("{what} is not understood"));
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
        Thing::Fingerprint(text) => vendor(Trait::Fingerprint, text).ok_or_else(|| bad("fingerprint"))?,
        Thing::Palm(text) => vendor(Trait::Palm, text).ok_or_else(|| bad("palm"))?,
    })
}

/// What a vendor's device says. It does not tell whether a living hand was there, nor how often it takes one for another.
fn vendor(of: Trait, text: &str) -> Option<Presented> {
    let reference = VendorReference::parse(text).ok()?;
    Some(Presented::Vendor(of, reference, Assurance::NONE))
}

/// The texts of a door: those of its branch's language.
pub(super) fn words_of(app: &App, door: Id) -> &crate::texts::Words {
    let language = app.store.read(|tx| access_point::language(tx, door)).ok().flatten();
    app.texts.of(language.unwrap_or(bonafide_domain::profile::Language::English))
}

fn entry_answer(app: &App, door: Id, answer: &Answer) -> DoorAnswer {
    let words = words_of(app, door);
    let bare = |outcome, said: String| DoorAnswer {
        passage: Some(answer.passage.to_string()),
        outcome,
        open: answer.outcome.opens() && !answer.shadow,
        shadow: answer.shadow,
        reason: None,
        words: said,
        ask: Vec::new(),
        lapses_us: None,
        repeated: answer.repeated,
        noted: None,
    };
    match &answer.outcome {
        Outcome::Admitted { lapses_us, .. } | Outcome::AdmittedByHand { lapses_us } => DoorAnswer {
            lapses_us: Some(*lapses_us),
            ..bare(DoorOutcome::Admitted, words.say("door-welcome"))
        },
        Outcome::SamePassage { grant, .. } => DoorAnswer {
            passage: Some(grant.to_string()),
            ..bare(DoorOutcome::SamePassage, words.say("door-welcome"))
        },
        Outcome::Refused(refusal) => DoorAnswer {
            reason: Some(refusal_word(refusal)),
            ..bare(DoorOutcome::Refused, reasons::for_member(words, refusal))
        },
        Outcome::SecondFactor(methods) => DoorAnswer {
            ask: methods.iter().map(|&one| method(one)).collect(),
            ..bare(DoorOutcome::SecondFactor, words.say("door-show-something-else"))
        },
    }
}

/// What an adapter says after somebody has gone through.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PassageReport {
    /// The id of the report, which the adapter makes. It may stand in the header `Idempotency-Key` instead.
    #[serde(default)]
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000b")]
    operation: Option<String>,
    /// The grant; nothing when the door knows of none.
    #[serde(default)]
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-00000000000c")]
    grant: Option<String>,
    /// Which way, where there is no grant to tell.
    direction: Direction,
    /// When it was, by the clock of the device; now when nothing is said. It may be a day ago at most. What lies ahead of our clock
    /// by up to five minutes is now.
    #[serde(default)]
    at: Option<Moment>,
}

/// A moment.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(super) enum Moment {
    /// In microseconds since 1970.
    Micros(i64),
    /// As RFC 3339 says, with its offset: `2027-01-31T18:05:00Z`.
    Text(String),
}

/// What was made of a report.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct PassageNoted {
    end: PassageEnd,
    /// It was reported before, under the same id.
    repeated: bool,
}

/// What a report became.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PassageEnd {
    /// The passage of the grant.
    Passed,
    /// A passage that was assumed when it was granted, since the door cannot tell.
    Assumed,
    /// Nobody's: the grant had lapsed.
    Lapsed,
    /// A second body on one grant.
    Tailgate,
    /// Nobody's: there was no grant, or it had lapsed more than a minute before.
    Unattributed,
}

/// Report that a body went through.
///
/// A report may come late and more than once. A grant that has lapsed for more than a minute has given its visit back: a report that
/// comes later still is written down with its moment as nobody's, and the desk is told.
#[utoipa::path(
    post, path = "/api/v1/door/passages", tag = "door", request_body = PassageReport,
    params(("Idempotency-Key" = Option<String>, Header, description = "The id of the report, a UUID, when the body has none")),
    responses(
        (status = 200, description = "Written down", body = PassageNoted),
        (status = 409, description = "The id was used for something else"),
        (status = 422, description = "Another form, or a moment that is too old or lies ahead"),
    ),
    security(("device" = [])),
)]
pub(super) async fn passed(State(app): State<Shared>, asking: Asking) -> Result<Json<PassageNoted>, Trouble> {
    let (acting, access_point) = asking.at()?;
    let said: PassageReport = body::json(asking.body()?)?;
    let report = Report {
        operation: asking.operation(said.operation.as_deref())?,
        access_point,
        grant: said.grant.as_deref().map(|grant| body::id(grant, "grant")).transpose()?,
        way: if said.direction == Direction::Exit { Way::Exit } else { Way::Entry },
    };
    let at_us = said.at.map_or(Ok(acting.now_us), |at| at.within(acting.now_us))?;
    let passed = app.write(move |work| passing::passed_at(work, &acting, &report, at_us)).await?;
    let Passed { end, repeated, .. } = passed.map_err(|why| match why {
        passing::NotReported::OtherOperation => {
            Trouble::new(StatusCode::CONFLICT, "other_request").because("the id was used for another report")
        }
        passing::NotReported::NoAccessPoint => Trouble::not_found(),
    })?;
    let end = match end {
        End::Passed => PassageEnd::Passed,
        End::Assumed => PassageEnd::Assumed,
        End::Lapsed => PassageEnd::Lapsed,
        End::Tailgate => PassageEnd::Tailgate,
        End::Unattributed => PassageEnd::Unattributed,
    };
    Ok(Json(PassageNoted { end, repeated }))
}

impl Moment {
    /// The moment in microseconds since 1970, when a report may have it.
    pub(super) fn within(&self, now_us: i64) -> Result<i64, Trouble> {
        let at_us = match self {
            Moment::Micros(at_us) => *at_us,
            Moment::Text(text) => {
                let at = text.parse::<Timestamp>();
                at.map_err(|_| unprocessable("bad_value", "at is no moment of RFC 3339"))?.as_microsecond()
            }
        };
        if at_us < now_us.saturating_sub(REPORT_AGE_US_MAX) {
            return Err(unprocessable("too_old", "at is more than a day ago"));
        }
        if at_us > now_us.saturating_add(CLOCK_OFF_US_MAX) {
            return Err(unprocessable("too_early", "at lies more than five minutes ahead"));
        }
        Ok(at_us.min(now_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_may_be_a_day_old_and_five_minutes_ahead() {
        const NOW_US: i64 = 1_790_000_000_000_000;
        let text = |text: &str| Moment::Text(text.to_owned());
        for (at, expected) in [
            (Moment::Micros(NOW_US), Ok(NOW_US)),
            (Moment::Micros(NOW_US - REPORT_AGE_US_MAX), Ok(NOW_US - REPORT_AGE_US_MAX)),
            (Moment::Micros(NOW_US - REPORT_AGE_US_MAX - 1), Err("too_old")),
            (Moment::Micros(NOW_US + CLOCK_OFF_US_MAX), Ok(NOW_US)),
            (Moment::Micros(NOW_US + CLOCK_OFF_US_MAX + 1), Err("too_early")),
            (Moment::Micros(i64::MIN), Err("too_old")),
            (Moment::Micros(i64::MAX), Err("too_early")),
            (text("2026-09-21T14:13:20Z"), Ok(NOW_US)),
            (text("2026-09-21T16:13:19.5+02:00"), Ok(NOW_US - 500_000)),
            (text("2026-09-21T14:13:20"), Err("bad_value")),
            (text("yesterday"), Err("bad_value")),
        ] {
            assert_eq!(at.within(NOW_US).map_err(|trouble| trouble.key), expected);
        }
    }
}
