//! Whether an outside provider of faces or voices is set, and whether it answers. It is set in the settings file, with a key that no
//! page shows.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bonafide_store::credentials::content::Trait;
use bonafide_store::id::Id;

use crate::clock;
use crate::pages::Light;
use crate::providers::{NoDecision, Provider};
use crate::server::app::Shared;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/provider", Access::MANAGERS, show),
        Route::post("/set-up/provider/checks", Access::MANAGERS, check),
    ]
}

#[derive(Template)]
#[template(path = "pages/set_up/provider.html")]
struct ProviderPage {
    page: Page,
    provider: Option<ProviderShown>,
    /// What the check brought: how it stands, and the key of the words.
    said: Option<(Light, &'static str)>,
}

struct ProviderShown {
    name: String,
    host: String,
    decides: Vec<&'static str>,
    alone: bool,
}

impl ProviderShown {
    fn of(provider: &Provider) -> ProviderShown {
        let all = [(Trait::Face, "way-face"), (Trait::Voice, "way-voice")];
        let decides = all.into_iter().filter(|(of, _)| provider.decides(*of)).map(|(_, key)| key).collect();
        ProviderShown {
            name: provider.name().to_owned(),
            host: provider.host().to_owned(),
            decides,
            alone: provider.is_enough_alone(),
        }
    }
}

fn answer(app: &Shared, page: &Page, said: Option<(Light, &'static str)>) -> Response {
    let provider = app.provider.as_ref().map(ProviderShown::of);
    page.show(&ProviderPage { page: page.clone(), provider, said })
}

async fn show(State(app): State<Shared>, page: Page) -> Response {
    answer(&app, &page, None)
}

/// Asks about nobody: whatever it answers, it answers.
async fn check(State(app): State<Shared>, page: Page, Posted(_): Posted) -> Result<Response, Trouble> {
    let checked = app.aside(|app| {
        let operation = Id::new(clock::now_us())?;
        Ok(app.provider.as_ref().map(|provider| provider.check(operation)))
    });
    let said = checked.await?.map(|checked| match checked {
        Ok(()) => (Light::Good, "provider-answers"),
        Err(why) => (Light::Bad, no_decision_key(why)),
    });
    Ok(answer(&app, &page, said))
}

const fn no_decision_key(why: NoDecision) -> &'static str {
    match why {
        NoDecision::Busy => "provider-busy",
        NoDecision::TimedOut => "provider-timed-out",
        NoDecision::Unreachable => "provider-unreachable",
        NoDecision::Refused(401 | 403) => "provider-bad-key",
        NoDecision::Refused(_) => "provider-refused",
        NoDecision::BadQuestion | NoDecision::BadAnswer | NoDecision::OtherReference => "provider-bad-answer",
    }
}
