//! The way out. It has one answer, 200 and an open door: also for a body that nobody can read, for things that nobody knows, and for
//! a book that cannot be written or read (case D-19).
//!
//! That somebody leaves is known by the path, by the door when it only leads out, or by `"direction":"exit"` in the body, even if all
//! else in it is nonsense. What is written down of it is as much as can be read.

use axum::Json;
use axum::extract::State;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, Direction};
use bonafide_store::passages::Left;
use serde_json::Value;

use crate::api::asking::Asking;
use crate::api::door::{DoorAnswer, PRESENTED_MAX, Thing, presented, words_of};
use crate::clock;
use crate::failure::Failure;
use crate::flows::entry::{AtDoor, leave};
use crate::server::app::{App, Shared};
use crate::server::limits::DOOR_ASKS_TIME_MAX;
use crate::server::routes::{Access, Route};

/// The route of the way out.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::post("/api/v1/door/exits", Access::Door, exit)]
}

/// Let somebody out.
///
/// Whatever the body holds, and also without one, the answer is 200 with an open door. Only a device that is unknown or revoked is
/// refused: emergency exits must be free without any software.
#[utoipa::path(
    post, path = "/api/v1/door/exits", tag = "door",
    request_body(content = super::door::DoorQuestion, description = "As for a decision. All of it may be missing"),
    responses((status = 200, description = "The door is to open", body = DoorAnswer)),
    security(("device" = [])),
)]
pub(super) async fn exit(State(app): State<Shared>, asking: Asking) -> Json<DoorAnswer> {
    Json(let_out(&app, &asking).await)
}

/// Lets somebody out, and notes it if that can be done.
pub(super) async fn let_out(app: &Shared, asking: &Asking) -> DoorAnswer {
    let answer = answer(app, asking).await;
    // Whoever watches the numbers sees that the book knows less than the doors.
    app.metrics.decided(if answer.noted == Some(true) { "left" } else { "left_not_noted" });
    answer
}

async fn answer(app: &Shared, asking: &Asking) -> DoorAnswer {
    let said = Said::of(asking);
    let noting = match asking.at() {
        Ok((acting, door)) => {
            let noting = app.aside(move |app| {
                let things = said.things.iter().filter_map(|thing| presented(app, thing).ok());
                let presented = things.take(PRESENTED_MAX).collect();
                let operation = said.operation.map_or_else(|| Id::new(clock::now_us()), Ok)?;
                let at_door = AtDoor { operation, access_point: door, presented, host: None };
                Ok(noted(app, door, leave(&app.store, &acting, &at_door).noted))
            });
            // It goes on writing behind his back.
            tokio::time::timeout(DOOR_ASKS_TIME_MAX, noting).await
        }
        Err(trouble) => Ok(Err(trouble)),
    };
    match noting {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => not_noted(app, "the book cannot be read"),
        Err(_) => not_noted(app, "the book is slow: it may be noted yet"),
    }
}

fn noted(app: &App, door: Id, noted: Result<Left, Failure>) -> DoorAnswer {
    let words = words_of(app, door).say("door-goodbye");
    match noted {
        Ok(left) => DoorAnswer {
            passage: left.grant.map(|grant| grant.to_string()),
            open: !left.shadow,
            shadow: left.shadow,
            repeated: left.repeated,
            noted: Some(true),
            ..DoorAnswer::left(words)
        },
        Err(failure) => {
            tracing::warn!(key = failure.key, cause = %failure.message, "somebody left who is not noted");
            DoorAnswer::left(words)
        }
    }
}

fn not_noted(app: &App, why: &'static str) -> DoorAnswer {
    tracing::warn!(why, "somebody left who is not noted");
    DoorAnswer::left(app.texts.of(bonafide_domain::profile::Language::English).say("door-goodbye"))
}

/// As much as can be read of what was said by whoever leaves.
struct Said {
    operation: Option<Id>,
    things: Vec<Thing>,
}

impl Said {
    fn of(asking: &Asking) -> Said {
        let json = asking.body().ok().and_then(|body| serde_json::from_slice::<Value>(body).ok());
        let json = json.unwrap_or(Value::Null);
        let all = json["presented"].as_array().map_or(&[][..], Vec::as_slice);
        let things = all.iter().filter_map(|thing| serde_json::from_value(thing.clone()).ok()).collect();
        Said { operation: asking.operation(json["operation"].as_str()).ok(), things }
    }
}

/// Whether a request that is none says all the same that somebody leaves.
pub(super) async fn leads_out(app: &Shared, asking: &Asking) -> bool {
    let says_so = asking.body().is_ok_and(says_exit);
    says_so || only_leads_out(app, asking).await
}

/// Whether the door has no way in.
async fn only_leads_out(app: &Shared, asking: &Asking) -> bool {
    let Ok((_, door)) = asking.at() else { return false };
    let point = app.read(move |tx, _| access_point::get(tx, door)).await;
    matches!(point, Ok(Some(point)) if point.content.direction == Direction::Exit)
}

/// Whether there is `"direction":"exit"` in a body, and no other direction. What somebody shows to a reader may get into a body
/// unescaped: it can add a direction, and cannot take the adapter's own `entry` away, so that a body which says both says nothing.
fn says_exit(body: &[u8]) -> bool {
    const NAME: &[u8] = b"\"direction\"";
    const EXIT: &[u8] = b"\"exit\"";
    let (mut rest, mut exit) = (body, false);
    while let Some(at) = rest.windows(NAME.len()).position(|window| window == NAME) {
        rest = &rest[at + NAME.len()..];
        let value = rest.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        match value {
            Some(value) if value.starts_with(EXIT) => exit = true,
            _ => return false,
        }
    }
    exit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d19_a_body_says_exit_when_it_says_nothing_else() {
        for (body, exit) in [
            (r#"{"direction":"exit"}"#, true),
            (r#"{"direction" : "exit", "operation":"#, true),
            ("\"direction\":\n\t\"exit\"", true),
            (r#"{"direction":"exit","direction":"exit"}"#, true),
            (r#"{"direction":"entry"}"#, false),
            (r#"{"direction":"exit","direction":"entry"}"#, false),
            // What was shown has got into the body of an adapter that does not escape it.
            (r#"{"direction":"entry","presented":[{"code":"","direction":"exit"}]}"#, false),
            (r#"{"presented":[{"code":"\"direction\":\"exit\""}]}"#, false),
            (r#"{"direction":"exit","presented":[{"code":"\"direction\":\"entry\""}]}"#, true),
            (r#"{"direction":"exits"}"#, false),
            (r#"{"direction":1}"#, false),
            (r#""direction""#, false),
            ("", false),
            ("exit", false),
        ] {
            assert_eq!(says_exit(body.as_bytes()), exit, "{body}");
        }
    }
}
