//! One question about a purchase, behind a link on its receipt: how was it, in one to five stars. Whoever has the receipt answers once,
//! without signing in.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::id::Id;
use bonafide_store::surveys::{NotAnswered, STARS_MAX, Stars, answer, is_open, of_link};

use crate::clock;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The pages of the question.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/survey/{link}", Access::Everyone, show),
        Route::post("/survey/{link}", Access::Everyone, send),
    ]
}

#[derive(Template)]
#[template(path = "pages/survey.html")]
struct SurveyPage<'a> {
    page: Page,
    link: &'a str,
    /// Each number of stars, in words.
    stars: Vec<(u8, String)>,
    /// The key of what is said in place of the question.
    told: Option<&'static str>,
    /// The key of what is wrong with an answer.
    refused: Option<&'static str>,
}

fn page_of(page: &Page, link: &str, told: Option<&'static str>, refused: Option<&'static str>) -> Response {
    let words = |stars: u8| (stars, page.say_count("survey-stars", "count", u64::from(stars)));
    let stars = (1..=STARS_MAX).map(words).collect();
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page.show_as(status, &SurveyPage { page: page.clone(), link, stars, told, refused })
}

/// What is said in place of the question.
fn told_key(why: NotAnswered) -> Result<&'static str, Trouble> {
    match why {
        NotAnswered::NoPurchase => Err(Trouble::not_found()),
        NotAnswered::Answered(_) => Ok("survey-thanks"),
        NotAnswered::TooLate => Ok("survey-too-late"),
    }
}

/// The purchase of a link.
fn purchase(app: &Shared, link: &str) -> Result<Id, Trouble> {
    of_link(app.store.vault(), link).ok_or_else(Trouble::not_found)
}

async fn show(State(app): State<Shared>, page: Page, Path(link): Path<String>) -> Result<Response, Trouble> {
    let purchase = purchase(&app, &link)?;
    let open = app.read(move |tx, _| is_open(tx, purchase, clock::now_us())).await?;
    let told = open.err().map(told_key).transpose()?;
    Ok(page_of(&page, &link, told, None))
}

async fn send(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(link): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let purchase = purchase(&app, &link)?;
    let Some(stars) = form.text("stars").parse().ok().and_then(Stars::parse) else {
        return Ok(page_of(&page, &link, None, Some("survey-choose")));
    };
    let acting = caller.acting();
    match app.write(move |work| answer(work, &acting, purchase, stars)).await? {
        Ok(()) => Ok(Redirect::to(&format!("/survey/{link}")).into_response()),
        Err(why) => Ok(page_of(&page, &link, Some(told_key(why)?), None)),
    }
}
