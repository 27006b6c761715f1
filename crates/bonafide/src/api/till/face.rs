//! A face before the till's camera.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bonafide_domain::consent::Purpose;
use bonafide_store::purchases::seal_candidate;
use serde::Serialize;

use crate::api::body::unprocessable;
use crate::api::till::asking::TillAsking;
use crate::api::till::identify::profile;
use crate::flows::till_faces::{NotAtTill, SeenAtTill};
use crate::pages::kiosk::{not_looked, quality_key};
use crate::server::app::Shared;
use crate::server::trouble::Trouble;

/// What a picture brought.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillLook {
    /// `candidate`, `unknown`, or `unclear`: send another picture.
    result: &'static str,
    /// What the picture lacks: `face-none`, `face-closer` and others, for the cashier's screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    /// Whom the cashier is to look at. It buys nothing before it is [confirmed](#operation-recognise), within ten minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<String>,
    /// The first name, and the first letter of the family's.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Look who stands before the till's camera.
///
/// The body is one picture, JPEG, PNG or WebP. It is searched among the members of the branch who have agreed to be recognised at tills;
/// nothing of it is kept. After one answer other than `unclear` let the customer show something else: many pictures of one person are many
/// searches. A face earns, and never spends.
#[utoipa::path(
    post, path = "/api/v1/till/faces", tag = "till", operation_id = "look",
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = 200, description = "Looked at", body = TillLook),
        (status = 422, description = "No picture, or no face may be compared here: use another way"),
        (status = 503, description = "Too many pictures wait: send the next one a moment later"),
    ),
    security(("device" = [])),
)]
pub(in crate::api) async fn look(
    State(app): State<Shared>,
    asking: TillAsking,
) -> Result<Json<TillLook>, Trouble> {
    let look = app.aside(move |app| {
        let faces = app.faces.get(&app.store, Purpose::TillRecognition)?;
        let seen = asking.at_till(app).look(&faces, asking.bytes())?.map_err(not_here)?;
        Ok(match seen {
            SeenAtTill::Unclear(refusal) => told("unclear", Some(quality_key(refusal))),
            SeenAtTill::LooksFalse | SeenAtTill::Unknown => told("unknown", None),
            SeenAtTill::Candidate(candidate) => TillLook {
                candidate: Some(seal_candidate(app.store.vault(), &candidate)?),
                name: Some(profile(app, &candidate)?.short_name),
                ..told("candidate", None)
            },
        })
    });
    Ok(Json(look.await?))
}

const fn told(result: &'static str, advice: Option<&'static str>) -> TillLook {
    TillLook { result, advice, candidate: None, name: None }
}

fn not_here(why: NotAtTill) -> Trouble {
    match why {
        NotAtTill::NoTill => Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "no_till"),
        NotAtTill::Law => unprocessable("faces_not_here", "the law of this place has no faces compared here"),
        NotAtTill::TooMany => {
            unprocessable("faces_not_here", "the branch has more members than a face tells apart")
        }
        NotAtTill::Looking(why) => not_looked(&why),
    }
}
