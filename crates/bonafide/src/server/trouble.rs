//! What is answered when a request cannot be: with a page for people, as RFC 9457 says for programs.
//!
//! A handler returns a [`Trouble`] and knows nothing of languages; the [`guard`](crate::server::guard) that let the request in puts it
//! into words. The cause of a fault stands in the log once, with the request's number; the visitor sees the number.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bonafide_store::fault::Fault;
use serde::Serialize;

use crate::failure::Failure;

/// Why a request is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The status.
    pub status: StatusCode,
    /// A stable `snake_case` key.
    pub key: &'static str,
    /// What is wrong, in English, for a program; people get the words of the key.
    pub detail: Option<String>,
}

impl Trouble {
    /// A refusal with its key.
    #[must_use]
    pub fn new(status: StatusCode, key: &'static str) -> Trouble {
        Trouble { status, key, detail: None }
    }

    /// With what exactly is wrong.
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Trouble {
        Trouble { detail: Some(detail.into()), ..self }
    }

    /// There is no such thing, or not for him.
    #[must_use]
    pub fn not_found() -> Trouble {
        Trouble::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// He may not.
    #[must_use]
    pub fn forbidden() -> Trouble {
        Trouble::new(StatusCode::FORBIDDEN, "forbidden")
    }

    /// The request has another form than this one takes.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Trouble {
        Trouble::new(StatusCode::BAD_REQUEST, "bad_request").because(detail)
    }

    /// The server stops.
    #[must_use]
    pub fn stopping() -> Trouble {
        Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "stopping")
    }

    /// A fault of ours. Its words go to the log and to nobody else.
    #[must_use]
    pub fn fault(failure: &Failure) -> Trouble {
        tracing::error!(key = failure.key, cause = %failure.message, "fault");
        Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, "fault")
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Trouble::fault(&Failure::from(fault))
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::fault(&failure)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem as RFC 9457 has it, with our key and the request's number.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Where the kind of problem is described: a place on this server.
    #[serde(rename = "type")]
    #[schema(example = "/api#problem-bad_value")]
    pub kind: String,
    /// The kind in words, in the language that is asked for by `Accept-Language`.
    pub title: String,
    /// The status.
    #[schema(example = 422)]
    pub status: u16,
    /// The stable key of the kind.
    #[schema(example = "bad_value")]
    pub key: &'static str,
    /// What exactly is wrong, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The number of the request, for the log.
    pub request_id: String,
}

impl Trouble {
    /// As a program reads it.
    #[must_use]
    pub fn problem(&self, title: &str, request_id: &str) -> Response {
        let problem = Problem {
            kind: format!("/api#problem-{}", self.key),
            title: title.to_owned(),
            status: self.status.as_u16(),
            key: self.key,
            detail: self.detail.clone(),
            request_id: request_id.to_owned(),
        };
        // Texts and numbers: there is always a JSON form.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        (self.status, [("content-type", "application/problem+json")], body).into_response()
    }
}

impl Trouble {
    /// The key of its name, for people.
    #[must_use]
    pub fn title_key(&self) -> &'static str {
        self.keys().0
    }

    /// The key of what one can do, for people.
    #[must_use]
    pub fn advice_key(&self) -> &'static str {
        self.keys().1
    }

    fn keys(&self) -> (&'static str, &'static str) {
        match self.status {
            StatusCode::NOT_FOUND => ("trouble-not-found", "trouble-not-found-advice"),
            StatusCode::FORBIDDEN if self.key == "cross_site" => {
                ("trouble-old-page", "trouble-old-page-advice")
            }
            StatusCode::FORBIDDEN => ("trouble-forbidden", "trouble-forbidden-advice"),
            StatusCode::UNAUTHORIZED => ("trouble-not-signed-in", "trouble-not-signed-in-advice"),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                ("trouble-busy", "trouble-busy-advice")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("trouble-too-large", "trouble-too-large-advice"),
            status if status.is_client_error() => ("trouble-bad-request", "trouble-bad-request-advice"),
            _ => ("trouble-fault", "trouble-fault-advice"),
        }
    }
}
