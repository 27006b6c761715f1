//! The camera of a till, and the photo that the cashier compares with.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bonafide_domain::consent::Purpose;
use bonafide_store::purchases::{open_candidate, open_recognition, seal_candidate};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::flows::till_faces::{NotAtTill, SeenAtTill};
use crate::pages::kiosk::{not_looked, quality_key};
use crate::pages::member::picture_of;
use crate::pages::till::Here;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::CSRF_HEADER;
use crate::server::limits::FRAME_BYTES_MAX;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/till/{till}/frames", Access::STAFF, look).with_body(FRAME_BYTES_MAX),
        Route::get("/till/{till}/photo", Access::STAFF, photo),
    ]
}

/// What a picture brought.
#[derive(Serialize)]
struct Looked {
    /// The camera goes on.
    again: bool,
    words: String,
    /// Whom the cashier is to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<String>,
}

async fn look(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(till): Path<String>,
    headers: HeaderMap,
    frame: Result<Bytes, BytesRejection>,
) -> Result<Json<Looked>, Trouble> {
    if headers.get(&CSRF_HEADER).is_none_or(|token| token.as_bytes() != page.csrf().as_bytes()) {
        return Err(Trouble::new(StatusCode::FORBIDDEN, "cross_site"));
    }
    let here = Here::of(&app, page, caller, &till).await?;
    let frame = frame.map_err(|_| Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"))?;
    let looked = app.aside(move |app| {
        let acting = here.caller.acting();
        let faces = app.faces.get(&app.store, Purpose::TillRecognition)?;
        let said = |again, key| Looked { again, words: here.page.say(key), candidate: None };
        Ok(match here.at_till(app, &acting).look(&faces, &frame)? {
            Ok(SeenAtTill::Unclear(refusal)) => said(true, quality_key(refusal)),
            Ok(SeenAtTill::Unknown | SeenAtTill::LooksFalse) => said(false, "till-face-unknown"),
            Ok(SeenAtTill::Candidate(candidate)) => Looked {
                candidate: Some(seal_candidate(app.store.vault(), &candidate)?),
                ..said(false, "till-face-seen")
            },
            Err(NotAtTill::Looking(why)) => return Err(not_looked(&why)),
            Err(NotAtTill::NoTill | NotAtTill::Law | NotAtTill::TooMany) => said(false, "till-face-not-here"),
        })
    });
    Ok(Json(looked.await?))
}

/// Whose photo is asked for, as it was sealed for this till.
#[derive(Deserialize)]
struct Whose {
    who: String,
}

async fn photo(
    State(app): State<Shared>,
    here: Here,
    Query(whose): Query<Whose>,
) -> Result<Response, Trouble> {
    let (till, now_us, vault) = (here.till.id, clock::now_us(), app.store.vault());
    let known = open_recognition(vault, &whose.who, till, now_us);
    let known = known.or_else(|_| open_candidate(vault, &whose.who, till, now_us));
    let member = known.map_err(|_| Trouble::not_found())?.member;
    picture_of(&app, &here.caller, member, false).await
}
