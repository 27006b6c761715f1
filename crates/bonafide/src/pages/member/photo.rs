//! The photo of a member, for the staff, as long as his consent to it holds. Each look is written down; a browser keeps it for a few
//! minutes, so that a page that moves does not look again and again.

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bonafide_domain::consent::{Modality, Purpose};
use bonafide_faces::photo::{PhotoLimits, decode, to_jpeg};
use bonafide_store::consents::{Question, standing};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::members::{self, photo};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::clock;
use crate::pages::member::{desk_branch, standing::today};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The longer side of a small picture, in pixels: twice what a line shows, for fine screens.
const SMALL_SIDE_PX: u32 = 96;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/members/{id}/photo", Access::DESK, show)]
}

#[derive(Deserialize)]
struct Asked {
    /// `small` for a line of a list.
    #[serde(default)]
    size: String,
}

async fn show(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    picture_of(&app, &caller, id, asked.size == "small").await
}

/// The photo of a member for whoever asks, as long as it may be shown; that he has seen it is written down.
///
/// # Errors
/// 404 when there is none to be shown.
pub(crate) async fn picture_of(
    app: &Shared,
    caller: &Caller,
    id: Id,
    is_small: bool,
) -> Result<Response, Trouble> {
    let own = caller.signed().and_then(|signed| signed.employee.content.branch);
    let acting = caller.acting();
    let kept = app.aside(move |app| {
        let kept = app.store.read(|tx| shown(tx, app.store.vault(), id, own))?;
        let Some(picture) = kept else { return Err(Trouble::not_found()) };
        let noted = app.store.write(move |work| Ok(Ok::<_, ()>(photo::note_view(work, &acting, id)?)))?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(if is_small { small(picture) } else { picture }.to_vec())
    });
    let headers = [(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, "private, max-age=300")];
    Ok((headers, kept.await?).into_response())
}

/// Whether [`picture_of`] has a photo for whoever asks.
///
/// # Errors
/// When the book cannot be read.
pub(crate) fn has_picture(tx: &mut Tx<'_>, vault: &Vault, id: Id, caller: &Caller) -> Result<bool, Fault> {
    let own = caller.signed().and_then(|signed| signed.employee.content.branch);
    Ok(shown(tx, vault, id, own)?.is_some())
}

/// The picture of a person, as long as the consent to it holds.
fn shown(
    tx: &mut Tx<'_>,
    vault: &Vault,
    id: Id,
    own: Option<Id>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let Some(kept) = photo::of_member(tx, vault, id)? else { return Ok(None) };
    let home = members::get(tx, vault, kept.member)?.and_then(|member| member.profile.home_branch);
    let Some(branch) = desk_branch(tx, own, home)? else { return Ok(None) };
    let now_us = clock::now_us();
    let question = Question {
        jurisdiction: branch.content.jurisdiction,
        member: kept.member,
        modality: Modality::ProfilePhoto,
        purpose: Purpose::StaffViewing,
        now_us,
        today: today(&branch.content, now_us),
    };
    Ok(standing(tx, vault, &question)?.ok().map(|_| kept.picture))
}

/// The same in small; one that cannot be made smaller is shown as it is.
fn small(picture: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let decoded = decode(&picture, &PhotoLimits::default()).ok();
    let made = decoded.and_then(|photo| to_jpeg(&photo, SMALL_SIDE_PX).ok());
    made.unwrap_or(picture)
}
