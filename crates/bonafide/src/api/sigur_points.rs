//! What the numbers of a SIGUR server mean, for a manager's program.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::card::ByteOrder;
use bonafide_store::audit::entry::Acting;
use bonafide_store::devices;
use bonafide_store::devices::sigur::{NotSet, Point, set_point};
use bonafide_store::store::Work;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::body::{self, unprocessable};
use crate::api::devices::branch_of;
use crate::api::once::Once;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The route about numbers.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::post("/api/v1/devices/{id}/sigur-points", Access::MANAGERS, set)]
}

/// What a number of a SIGUR server means.
#[derive(Deserialize, Serialize, Clone, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SigurPoint)]
pub(super) struct Said {
    /// Its number there.
    #[schema(example = 3)]
    number: u32,
    /// The access point here.
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-000000000001")]
    access_point: String,
    /// Which of its directions is the way in: 1 or 2.
    #[schema(example = 1, minimum = 1, maximum = 2)]
    entry_direction: u8,
    /// In which order its readers send the bytes of a card.
    byte_order: Order,
}

/// In which order the bytes of a card come.
#[derive(Deserialize, Serialize, Clone, Copy, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ByteOrder)]
pub(super) enum Order {
    /// As the card sends them.
    AsOnCard,
    /// The last one first.
    Reversed,
}

/// Say what a number of a SIGUR server means, in place of what it meant before.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/sigur-points", tag = "devices", request_body = Said,
    params(("id" = String, Path, description = "The SIGUR server, a UUID")),
    responses(
        (status = 200, description = "Set", body = Said),
        (status = 403, description = "Not a manager of its branch"),
        (status = 404, description = "There is no such SIGUR server"),
        (status = 422, description = "Another form, or an access point of another branch"),
    ),
    security(("session" = [])),
)]
pub(super) async fn set(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    once: Once,
) -> Result<Response, Trouble> {
    let server = body::id(&id, "the device")?;
    let said: Said = body::json(&once.body)?;
    let one_is_entry = match said.entry_direction {
        1 => true,
        2 => false,
        _ => return Err(unprocessable("bad_value", "entry_direction is 1 or 2")),
    };
    let byte_order = match said.byte_order {
        Order::AsOnCard => ByteOrder::AsOnCard,
        Order::Reversed => ByteOrder::Reversed,
    };
    let access_point = body::id(&said.access_point, "access_point")?;
    let point = Point { access_point, one_is_entry, byte_order };
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting| {
        let Some(device) = devices::get(work.tx, server)? else { return Ok(Err(Trouble::not_found())) };
        if branch_of(work.tx, &device.role)?.is_some_and(|branch| !caller.works_in(branch)) {
            return Ok(Err(Trouble::forbidden()));
        }
        Ok(match set_point(work, acting, server, said.number, Some(&point))? {
            Ok(_) => Ok((StatusCode::OK, said.clone())),
            Err(refusal) => Err(not_set(refusal)),
        })
    };
    once.answer(&app, deed).await
}

fn not_set(refusal: NotSet) -> Trouble {
    match refusal {
        NotSet::NoServer => Trouble::not_found(),
        NotSet::NoAccessPoint => unprocessable("no_access_point", "there is no such access point"),
        NotSet::OtherBranch => unprocessable("other_branch", "the access point is in another branch"),
        NotSet::TooMany => unprocessable("too_many", "the server has too many numbers"),
    }
}
