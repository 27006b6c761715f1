//! The body of a request: JSON of exactly one form. What is unknown, doubled, too deep or of another kind is refused with the reason
//! (case W-20), since a program that is misunderstood is worse off than one that is told so.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use bonafide_store::id::Id;
use bonafide_store::idempotency::Key;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::server::trouble::Trouble;

/// The header that names a request which may be sent twice.
pub const KEY_HEADER: &str = "idempotency-key";

/// The bytes of a body.
///
/// # Errors
/// 413 when there are too many, 400 when it ended early.
pub fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Trouble> {
    body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        _ => Trouble::new(StatusCode::BAD_REQUEST, "bad_json").because("the body ended early"),
    })
}

/// Reads JSON. Its depth is bounded by the parser.
///
/// # Errors
/// 400 for what is no JSON, 422 for JSON of another form, each with the place.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let status = match error.classify() {
            Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
            Category::Io | Category::Syntax | Category::Eof => StatusCode::BAD_REQUEST,
        };
        Trouble::new(status, "bad_json").because(error.to_string())
    })
}

/// What is understood and cannot be done as asked.
#[must_use]
pub fn unprocessable(key: &'static str, detail: impl Into<String>) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, key).because(detail)
}

/// An id.
///
/// # Errors
/// 422 when it is none.
pub fn id(text: &str, what: &str) -> Result<Id, Trouble> {
    Id::parse(text).ok_or_else(|| unprocessable("bad_value", format!("{what} is no UUID")))
}

/// The text of a header, when it is there and text.
#[must_use]
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The key that names the request.
///
/// # Errors
/// 400 when there is none, or it is no key.
pub fn key(headers: &HeaderMap) -> Result<Key, Trouble> {
    let missing = || {
        Trouble::new(StatusCode::BAD_REQUEST, "no_idempotency_key")
            .because("name the request by the header Idempotency-Key: 1 to 200 visible ASCII characters")
    };
    Key::parse(header(headers, KEY_HEADER).ok_or_else(missing)?).map_err(|_| missing())
}
