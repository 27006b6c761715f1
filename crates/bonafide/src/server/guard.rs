//! Stands before every route: who asks, whether he may, whether the request comes from a page of ours, and what he is told if
//! not. The answer gets the headers that no page may lack.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::server::app::Shared;
use crate::server::caller::{Caller, Who};
use crate::server::limits::DOOR_ASKS_TIME_MAX;
use crate::server::page::Page;
use crate::server::request::{Peer, RequestId};
use crate::server::routes::Access;
use crate::server::trouble::Trouble;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// No inline script and no inline style, nothing from elsewhere, shown in nobody's frame. Pictures may also be made by a page
/// itself (`blob:`, `data:`): the camera's, and what is about to be uploaded.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Stands in a door's request when the book cannot be read, so that nobody knows who asks. The door is asked all the same, because
/// leaving has an answer that needs no book (case D-19); to everything else the answer is this trouble.
#[derive(Clone)]
pub struct BookUnreadable(pub Trouble);

/// Lets a request through to a route that is open to `access`, or tells why not.
pub async fn guard(
    State((app, access)): State<(Shared, Access)>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers().clone();
    let peer = request.extensions().get::<Peer>().map_or_else(String::new, |peer| peer.0.to_string());
    let number = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let path = request.uri().path().to_owned();
    let mut page = Page::for_nobody(&app, &headers, &path);
    let answered = match caller(&app, access, &headers, peer).await {
        Err(trouble) if access == Access::Door && is_own(&headers) => {
            request.extensions_mut().insert(BookUnreadable(trouble));
            Ok(next.run(request).await)
        }
        Err(trouble) => Err(trouble),
        Ok(caller) => {
            page = Page::of(&app, &caller, &path);
            if let Some(answer) = refused(access, &caller, &request) {
                answer
            } else {
                request.extensions_mut().insert(page.clone());
                request.extensions_mut().insert(caller);
                Ok(next.run(request).await)
            }
        }
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        let challenge = response.headers_mut().remove(WWW_AUTHENTICATE);
        response = told(&page, &trouble, &number, &headers, &path);
        response.headers_mut().extend(challenge.map(|challenge| (WWW_AUTHENTICATE, challenge)));
    }
    response
}

/// Who asks. Somebody stands at a door, and may want to leave: there the book is waited for no longer than [`DOOR_ASKS_TIME_MAX`].
async fn caller(app: &Shared, access: Access, headers: &HeaderMap, peer: String) -> Result<Caller, Trouble> {
    let asking = Caller::of(app, headers, peer);
    if access != Access::Door {
        return asking.await;
    }
    let slow =
        || Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "slow_book").because("the book does not answer");
    tokio::time::timeout(DOOR_ASKS_TIME_MAX, asking).await.unwrap_or_else(|_| Err(slow()))
}

/// Puts into words what no guard has: no route, no such method, a panic.
pub async fn tell(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let number = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        let page = Page::for_nobody(&app, &headers, &path);
        response = told(&page, &trouble, &number, &headers, &path);
    }
    protect(&app, response.headers_mut());
    response
}

/// What is answered instead of the route, if anything.
fn refused(access: Access, caller: &Caller, request: &Request) -> Option<Result<Response, Trouble>> {
    if !request.method().is_safe() && !is_own(request.headers()) {
        return Some(Err(Trouble::new(StatusCode::FORBIDDEN, "cross_site")));
    }
    if access.allows(caller) {
        return None;
    }
    if matches!(caller.who, Who::Nobody) {
        if wants_page(request.headers(), request.uri().path()) && request.method().is_safe() {
            let next = form_urlencoded(request.uri().path_and_query().map_or("/", |path| path.as_str()));
            return Some(Ok(Redirect::to(&format!("/sign-in?next={next}")).into_response()));
        }
        let refused = Trouble::new(StatusCode::UNAUTHORIZED, "not_signed_in");
        return Some(if access == Access::Sigur { Ok(ask_for_basic(refused)) } else { Err(refused) });
    }
    Some(Err(Trouble::forbidden()))
}

/// SIGUR sends its user and password when it is asked.
fn ask_for_basic(refused: Trouble) -> Response {
    let mut response = refused.into_response();
    let realm = HeaderValue::from_static("Basic realm=\"Bonafide\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, realm);
    response
}

/// Whether a request that changes something comes from a page of this server (case W-07). Browsers say so with every one of them;
/// who sends neither header is no browser, and has no cookies of somebody else's.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(&SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(&ORIGIN), text(&HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// Whether it is a person who asks, and no program.
fn wants_page(headers: &HeaderMap, path: &str) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !is_for_programs(path) && accepted.contains("text/html")
}

/// Whether a path is one of the API, whose every answer is for a program.
fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/sigur/")
}

fn told(page: &Page, trouble: &Trouble, number: &str, headers: &HeaderMap, path: &str) -> Response {
    let is_part = headers.contains_key("hx-request") && !is_for_programs(path);
    if wants_page(headers, path) || is_part {
        page.trouble(trouble, number)
    } else {
        trouble.problem(&page.say(trouble.title_key()), number)
    }
}

/// Headers that every answer has. What is private is kept by nobody on the way (case W-23); assets say otherwise themselves.
fn protect(app: &Shared, headers: &mut HeaderMap) {
    let mut put = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    put(CONTENT_SECURITY_POLICY, POLICY);
    put(CACHE_CONTROL, "no-store");
    put(X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(X_FRAME_OPTIONS, "DENY");
    put(REFERRER_POLICY, "no-referrer");
    put(PERMISSIONS_POLICY, "camera=(self), microphone=(), geolocation=()");
    if app.setting.is_secure {
        put(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn form_urlencoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w07_a_request_of_another_site_is_told_from_our_own() {
        for (given, own) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://a:1"), ("host", "a:1")], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "http://b:1"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "a:1")], false),
            (&[("origin", "http://a:1")], false),
            (&[("host", "a:1")], true),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_own(&headers), own, "{given:?}");
        }
    }

    #[test]
    fn a_path_stays_one_value_of_a_query() {
        assert_eq!(form_urlencoded("/members?q=a b&x=ä"), "/members%3Fq%3Da%20b%26x%3D%C3%A4");
    }
}
