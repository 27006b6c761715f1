//! The photo of a member, for the staff. Each look is written down; a browser keeps it for a few minutes, so that a page that moves
//! does not look again and again.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bonafide_store::id::Id;
use bonafide_store::members::photo;

use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/members/{id}/photo", Access::DESK, show)]
}

async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let acting = caller.acting();
    let kept = app.aside(move |app| {
        let kept = app.store.read(|tx| photo::of_member(tx, app.store.vault(), id))?;
        let Some(kept) = kept else { return Err(Trouble::not_found()) };
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(photo::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(kept.picture.to_vec())
    });
    let headers = [(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, "private, max-age=300")];
    Ok((headers, kept.await?).into_response())
}
