//! The document of the API, OpenAPI 3.1, made from the types that the API reads and answers. [`pages::api`](crate::pages::api) shows it.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use utoipa::OpenApi;

use crate::api::till::{allowance, back, codes, face, identify, purchase, queue, quote, rewards, survey};
use crate::api::{devices, door, leaving, sigur, sigur_points, trial};
use crate::failure::Failure;
use crate::server::caller::SESSION_COOKIE;
use crate::server::routes::{Access, Route};
use crate::server::trouble::{Problem, Trouble};

/// Where the document is.
pub const PATH: &str = "/api/v1/openapi.json";

/// The document.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Access::STAFF, openapi)]
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bonafide",
        description = "Doors ask and report; tills recognise, quote, hold and complete; SIGUR delegates and delivers; managers register devices. Errors are problems of \
            RFC 9457 (application/problem+json), each with a stable key. What is done can be asked twice: doors name a request by \
            its operation, tills by the id in the path, all others by the header Idempotency-Key, and a repetition gets the first answer. Bodies have 64 KiB \
            at most, those of a SIGUR delivery and of a till with a basket 1 MiB."
    ),
    paths(
        door::decide, leaving::exit, door::passed, trial::take, devices::list, devices::add, devices::revoke, sigur_points::set,
        sigur::get_access, sigur::take_events, identify::recognise, face::look, codes::send, quote::quote, purchase::hold, purchase::complete,
        purchase::cancel, purchase::claim, purchase::read, survey::survey, back::bring_back, allowance::allow, queue::deliver, rewards::list,
        rewards::take, rewards::bring_back, openapi,
    ),
    components(schemas(Problem)),
    tags(
        (name = "door", description = "The generic door adapter"),
        (name = "till", description = "Tills: customers, points, receipts"),
        (name = "sigur", description = "SIGUR's web delegation"),
        (name = "devices", description = "Registering devices"),
        (name = "document", description = "This document"),
    ),
)]
struct Document;

/// What every operation may answer, with what it means.
const EVERYWHERE: [(&str, &str); 3] = [
    ("401", "Nobody that is known, or a device that was revoked"),
    ("403", "Not for this caller"),
    ("500", "A fault of the server. Ask again with the same id"),
];

/// What every operation with a body may answer besides.
const WITH_BODY: [(&str, &str); 3] = [
    ("400", "No JSON, or no id of the request"),
    ("408", "The body came too slowly"),
    ("413", "The body is too large"),
];

/// The document.
///
/// # Errors
/// `bad_document` when it has no JSON form, which the tests exclude.
pub fn document() -> Result<Json, Failure> {
    let broken = |error: serde_json::Error| Failure::new("bad_document", error.to_string());
    let mut document: Json = serde_json::to_value(Document::openapi()).map_err(broken)?;
    document["components"]["securitySchemes"] = json!({
        "device": { "type": "http", "scheme": "bearer", "description": "The token of a device: bfd_…" },
        "sigur": { "type": "http", "scheme": "basic", "description": "The login of a SIGUR server, and its token as password" },
        "session": {
            "type": "apiKey", "in": "cookie", "name": SESSION_COOKIE,
            "description": "Somebody who is signed in. What is done needs the header X-Csrf-Token besides: the value of the field \
                csrf in the forms of any page",
        },
    });
    let paths = document["paths"].as_object_mut();
    for operation in paths.into_iter().flatten().flat_map(|(_, item)| item.as_object_mut()).flatten() {
        complete(operation.0, operation.1);
    }
    Ok(document)
}

/// Adds what is the same for all operations: the problems, and the header of those that are done once.
fn complete(method: &str, operation: &mut Json) {
    let is_write = method != "get";
    let of_session = operation["security"][0].get("session").is_some();
    if is_write && of_session {
        let header = |name: &str, words: &str| json!({ "name": name, "in": "header", "required": true, "description": words, "schema": { "type": "string" } });
        let parameters =
            operation.as_object_mut().map(|fields| fields.entry("parameters").or_insert(json!([])));
        if let Some(parameters) = parameters.and_then(Json::as_array_mut) {
            parameters.push(header(
                "Idempotency-Key",
                "What this request is known again by: 1 to 200 visible ASCII characters",
            ));
            parameters.push(header("X-Csrf-Token", "The token of the session"));
        }
    }
    let further = if is_write { &WITH_BODY[..] } else { &[] };
    for (status, words) in EVERYWHERE.iter().chain(further) {
        if operation["responses"].get(status).is_none() {
            operation["responses"][status] = json!({ "description": words });
        }
    }
    let answers = operation["responses"].as_object_mut();
    for (_, answer) in answers.into_iter().flatten().filter(|(status, _)| status.as_str() >= "400") {
        answer["content"] =
            json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    }
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "document",
    responses((status = 200, description = "OpenAPI 3.1", body = Json)),
    security(("session" = [])),
)]
pub(super) async fn openapi() -> Result<Response, Trouble> {
    Ok(([(CONTENT_TYPE, "application/json")], document()?.to_string()).into_response())
}
