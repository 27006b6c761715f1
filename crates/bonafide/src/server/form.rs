//! A form that somebody sent: its fields as text, after it was made sure that it is a form of ours.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use bonafide_store::id::Id;

use crate::server::caller::Caller;
use crate::server::trouble::Trouble;

/// The field of a form with its token; htmx sends a header instead.
pub const CSRF_FIELD: &str = "csrf";

/// The header that brings the token where there is no form.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// The most fields of a form: the rules of a bonus programme are the longest.
const FIELDS_MAX: usize = 6_000;

/// The fields of a form in the order in which they came, as the person typed them.
#[derive(Debug, Clone, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// A form that is filled already, as with what there is.
    #[must_use]
    pub fn of(fields: Vec<(String, String)>) -> Form {
        Form { fields }
    }

    /// The fields of `a=b&c=d`.
    ///
    /// # Errors
    /// A [`Trouble`] when there are too many.
    pub fn parse(encoded: &str) -> Result<Form, Trouble> {
        let fields: Vec<_> = encoded
            .split('&')
            .filter(|pair| !pair.is_empty())
            .take(FIELDS_MAX + 1)
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        if fields.len() > FIELDS_MAX {
            return Err(Trouble::bad_request("too many fields"));
        }
        Ok(Form { fields })
    }

    /// The same form with a field set, instead of what came in it.
    #[must_use]
    pub fn with(&self, name: &str, value: String) -> Form {
        let mut form = self.without(name);
        form.fields.push((name.to_owned(), value));
        form
    }

    /// All fields with what came in them.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What was typed into a field, without spaces at its ends; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// The same as it was typed: a password may end in a space.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The same form without a field that nothing is to be kept of.
    #[must_use]
    pub fn without(&self, name: &str) -> Form {
        Form { fields: self.fields.iter().filter(|(found, _)| found != name).cloned().collect() }
    }

    /// All that were chosen of a group of boxes.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a box is ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        self.fields.iter().any(|(found, _)| found == name)
    }

    /// An id.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<Id> {
        Id::parse(self.text(name))
    }
}

/// Percent signs and pluses as a browser encodes them. What is no UTF-8 shows itself as such.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digits =
                    [ahead.next(), ahead.next()].map(|digit| digit.and_then(|d| char::from(d).to_digit(16)));
                if let [Some(high), Some(low)] = digits {
                    bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                    rest = ahead;
                } else {
                    bytes.push(b'%');
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A form that was posted from a page of this server.
pub struct Posted(pub Form);

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Posted, Trouble> {
        let csrf = request.extensions().get::<Caller>().map(Caller::csrf).unwrap_or_default();
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let has_body = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let header =
            request.headers().get(&CSRF_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = Bytes::from_request(request, state).await.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            _ => Trouble::bad_request("the body ended early"),
        })?;
        let form = match std::str::from_utf8(&body) {
            Ok(text) if has_body => Form::parse(text)?,
            _ if body.is_empty() => Form::default(),
            _ => return Err(Trouble::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_form")),
        };
        let brought = header.as_deref().unwrap_or_else(|| form.text(CSRF_FIELD));
        // Equal texts that are public to whoever sees the page: nothing is learned from how long it takes.
        if brought != csrf {
            return Err(Trouble::new(StatusCode::FORBIDDEN, "cross_site"));
        }
        Ok(Posted(form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_a_browser_sends_them() {
        let form = Form::parse("name=%D0%90%D0%BD%D0%BD%D0%B0+P.&x=1&x=2&box&bad=%zz%4&p=+a+").unwrap();
        assert_eq!(form.text("name"), "Анна P.");
        assert_eq!(form.all("x"), ["1", "2"]);
        assert!(form.is_ticked("box") && !form.is_ticked("other"));
        assert_eq!(form.text("bad"), "%zz%4");
        assert_eq!((form.text("p"), form.raw("p"), form.text("none")), ("a", " a ", ""));
        assert!(Form::parse(&"a=1&".repeat(FIELDS_MAX + 1)).is_err());
    }
}
