//! The one search box: a name, the end of a phone, a card that a reader types. One member who is meant opens at once.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::id::Id;
use serde::Deserialize;

use crate::finding::{look, understood};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The longest text that is looked for, in characters.
const TEXT_CHARS_MAX: usize = 200;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/desk/search", Access::DESK, search)]
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

/// What was found, beside the box while somebody types.
#[derive(Template)]
#[template(path = "pages/desk/found.html")]
struct FoundPart {
    page: Page,
    found: Vec<FoundLine>,
    too_short: bool,
}

#[derive(Template)]
#[template(path = "pages/desk/search.html")]
struct SearchPage<'a> {
    page: Page,
    text: &'a str,
    found: Vec<FoundLine>,
    too_short: bool,
}

struct FoundLine {
    id: Id,
    name: String,
    number: String,
    /// The end of the phone, which tells people of one name apart.
    phone_end: String,
    card_state: Option<String>,
}

async fn search(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let text: String = asked.q.trim().chars().take(TEXT_CHARS_MAX).collect();
    let is_part = headers.contains_key("hx-request");
    let Ok(ways) = understood(&text) else { return Ok(answer(&page, &text, Vec::new(), true, is_part)) };
    let (acting, words) = (caller.acting(), page.clone());
    let found = app.aside(move |app| {
        let found = look(&app.store, Some(&app.directory), &ways)?;
        let noted = app.store.write(move |work| {
            Ok(Ok::<_, ()>(record(work.tx, &acting, "members_searched", Subject::installation(), None)?))
        })?;
        noted.map_err(|()| Trouble::forbidden())?;
        let line = |found: crate::finding::Found| FoundLine {
            id: found.member.id,
            name: found.member.profile.name.full(),
            number: words.whole(i64::from(found.member.number)),
            phone_end: found
                .member
                .profile
                .phones
                .first()
                .map(|phone| end(phone.as_str()))
                .unwrap_or_default(),
            card_state: found.card_state.map(|state| words.say(card_state_key(state))),
        };
        Ok(found.into_iter().map(line).collect::<Vec<_>>())
    });
    let found = found.await?;
    // A reader has typed a card and a line end: whoever holds it opens without another key.
    if let ([only], false) = (found.as_slice(), is_part) {
        return Ok(Redirect::to(&format!("/members/{}", only.id)).into_response());
    }
    Ok(answer(&page, &text, found, false, is_part))
}

fn answer(page: &Page, text: &str, found: Vec<FoundLine>, too_short: bool, is_part: bool) -> Response {
    if is_part {
        page.show(&FoundPart { page: page.clone(), found, too_short })
    } else {
        page.show(&SearchPage { page: page.clone(), text, found, too_short })
    }
}

fn end(phone: &str) -> String {
    let from = phone.len().saturating_sub(4);
    format!("…{}", phone.get(from..).unwrap_or_default())
}

/// The key of what a card allows now, by the word of its state.
pub(crate) fn card_state_key(state: &str) -> &'static str {
    match state {
        "active" => "card-active",
        "limited" => "card-limited",
        "lost" => "card-lost",
        "expired" => "card-expired",
        _ => "card-blocked",
    }
}
