//! Devices, for a manager's program: those of a branch, a new one with its token, and one whose token is taken away.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::devices::sigur::Login;
use bonafide_store::devices::{self, Device, Kind, NewDevice, NotRegistered, Registered, Role};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::{access_point, till, zone};
use bonafide_store::store::Work;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::body::{self, unprocessable};
use crate::api::once::Once;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Routes about devices.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/devices", Access::MANAGERS, list),
        Route::post("/api/v1/devices", Access::MANAGERS, add),
        Route::post("/api/v1/devices/{id}/revocations", Access::MANAGERS, revoke),
    ]
}

/// What kind of device.
#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeviceKind)]
pub(super) enum KindSaid {
    /// The generic door adapter.
    DoorAdapter,
    /// A kiosk at a door.
    Kiosk,
    /// A reader at the desk.
    DeskReader,
    /// A till.
    Till,
    /// A SIGUR server that delegates its decisions.
    SigurServer,
}

impl KindSaid {
    const fn of(kind: Kind) -> KindSaid {
        match kind {
            Kind::DoorAdapter => KindSaid::DoorAdapter,
            Kind::Kiosk => KindSaid::Kiosk,
            Kind::DeskReader => KindSaid::DeskReader,
            Kind::Till => KindSaid::Till,
            Kind::SigurServer => KindSaid::SigurServer,
        }
    }
}

/// A device to be registered, with the one thing that it is bound to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDevice)]
pub(super) struct New {
    /// What the club calls it.
    #[schema(example = "Turnstile 1, adapter")]
    name: String,
    kind: KindSaid,
    /// Of a door adapter, kiosk or desk reader: which access point.
    #[serde(default)]
    #[schema(format = "uuid", example = "018f0000-0000-7000-8000-000000000001")]
    access_point: Option<String>,
    /// Of a till: which.
    #[serde(default)]
    #[schema(format = "uuid")]
    till: Option<String>,
    /// Of a SIGUR server: which branch.
    #[serde(default)]
    #[schema(format = "uuid")]
    branch: Option<String>,
    /// Of a SIGUR server: the user of its HTTP Basic authentication, 1 to 64 ASCII characters without a colon.
    #[serde(default)]
    login: Option<String>,
}

/// A device that was registered.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredDevice)]
pub(super) struct Added {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    kind: KindSaid,
    /// Its token, to be put into the device now: it is told to whoever repeats this request within a day, and to nobody else.
    token: String,
}

/// A device. Its token is not told again.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(super) struct Shown {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// What the club calls it.
    name: String,
    kind: KindSaid,
    /// The access point that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    access_point: Option<String>,
    /// The till that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    till: Option<String>,
    /// When it was registered, in microseconds since 1970.
    added_us: i64,
    /// When it was seen last, to the minute, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_us: Option<i64>,
    /// Since when its token opens nothing, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_us: Option<i64>,
}

/// The devices of a branch, the oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Devices)]
pub(super) struct Listed {
    devices: Vec<Shown>,
}

/// A device whose token opens nothing any more.
#[derive(Serialize, ToSchema)]
#[schema(as = RevokedDevice)]
pub(super) struct Revoked {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// It had been revoked before.
    already: bool,
}

/// Whose devices.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The branch, a UUID.
    branch: String,
    /// With those that were revoked.
    #[serde(default)]
    revoked: bool,
}

/// List the devices of a branch.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "devices", params(Wanted),
    responses(
        (status = 200, description = "The devices", body = Listed),
        (status = 403, description = "Not a manager of this branch"),
        (status = 422, description = "No such question"),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    State(app): State<Shared>,
    caller: Caller,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Listed>, Trouble> {
    let Query(wanted) = wanted.map_err(|why| unprocessable("bad_value", why.body_text()))?;
    let branch = body::id(&wanted.branch, "branch")?;
    if !caller.works_in(branch) {
        return Err(Trouble::forbidden());
    }
    let all = app.read(move |tx, _| devices::list(tx, branch, wanted.revoked)).await?;
    Ok(Json(Listed { devices: all.iter().map(shown).collect() }))
}

fn shown(device: &Device) -> Shown {
    let till = match &device.role {
        Role::Till { till } => Some(till.to_string()),
        _ => None,
    };
    Shown {
        id: device.id.to_string(),
        name: device.name.as_str().to_owned(),
        kind: KindSaid::of(device.role.kind()),
        access_point: device.role.access_point().map(|point| point.to_string()),
        till,
        added_us: device.added_us,
        seen_us: device.seen_us,
        revoked_us: device.revoked_us,
    }
}

/// Register a device and get its token.
///
/// The device shows the token as `Authorization: Bearer …`; a SIGUR server shows it as the password of its login.
#[utoipa::path(
    post, path = "/api/v1/devices", tag = "devices", request_body = New,
    responses(
        (status = 201, description = "Registered", body = Added),
        (status = 403, description = "Not a manager of this branch"),
        (status = 422, description = "Another form, or nothing to bind it to"),
    ),
    security(("session" = [])),
)]
pub(super) async fn add(State(app): State<Shared>, caller: Caller, once: Once) -> Result<Response, Trouble> {
    let new = body::json::<New>(&once.body)?.read()?;
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting| {
        let branch = branch_of(work.tx, &new.role)?;
        if branch.is_some_and(|branch| !caller.works_in(branch)) {
            return Ok(Err(Trouble::forbidden()));
        }
        Ok(match devices::register(work, acting, &new)? {
            Ok(Registered { device, token }) => {
                let (id, token) = (device.to_string(), token.expose().to_string());
                Ok((StatusCode::CREATED, Added { id, kind: KindSaid::of(new.role.kind()), token }))
            }
            Err(refusal) => Err(not_registered(refusal)),
        })
    };
    once.answer(&app, deed).await
}

fn not_registered(refusal: NotRegistered) -> Trouble {
    match refusal {
        NotRegistered::NoAccessPoint => unprocessable("no_access_point", "there is no such access point"),
        NotRegistered::NoTill => unprocessable("no_till", "there is no such till"),
        NotRegistered::NoBranch => unprocessable("no_branch", "there is no such branch"),
    }
}

/// Take a device its token away, for good and from this moment on.
#[utoipa::path(
    post, path = "/api/v1/devices/{id}/revocations", tag = "devices",
    params(("id" = String, Path, description = "The device, a UUID")),
    responses(
        (status = 200, description = "It had been revoked before", body = Revoked),
        (status = 201, description = "Revoked", body = Revoked),
        (status = 403, description = "Not a manager of its branch"),
        (status = 404, description = "There is no such device"),
        (status = 422, description = "No id"),
    ),
    security(("session" = [])),
)]
pub(super) async fn revoke(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    once: Once,
) -> Result<Response, Trouble> {
    let id = body::id(&id, "the device")?;
    let deed = move |work: &mut Work<'_, '_>, acting: &Acting| {
        let Some(device) = devices::get(work.tx, id)? else { return Ok(Err(Trouble::not_found())) };
        if branch_of(work.tx, &device.role)?.is_some_and(|branch| !caller.works_in(branch)) {
            return Ok(Err(Trouble::forbidden()));
        }
        Ok(match devices::revoke(work, acting, id)? {
            Ok(now) => {
                let status = if now { StatusCode::CREATED } else { StatusCode::OK };
                Ok((status, Revoked { id: id.to_string(), already: !now }))
            }
            Err(_) => Err(Trouble::not_found()),
        })
    };
    once.answer(&app, deed).await
}

/// The branch that a device is in; nothing when what it is bound to does not exist.
pub(super) fn branch_of(tx: &mut Tx<'_>, role: &Role) -> Result<Option<Id>, Fault> {
    let point = match role {
        Role::SigurServer { branch, .. } => return Ok(Some(*branch)),
        Role::Till { till } => return Ok(till::get(tx, *till)?.map(|till| till.content.branch)),
        Role::DoorAdapter { access_point }
        | Role::Kiosk { access_point }
        | Role::DeskReader { access_point } => *access_point,
    };
    let Some(point) = access_point::get(tx, point)? else { return Ok(None) };
    Ok(zone::get(tx, point.content.zone)?.map(|zone| zone.content.branch))
}

impl New {
    fn read(&self) -> Result<NewDevice, Trouble> {
        let name = Title::parse(&self.name)
            .map_err(|_| unprocessable("bad_value", "name is no title of a device"))?;
        let New { access_point, till, branch, login, .. } = self;
        let door = |of: &str| body::id(of, "access_point");
        let role = match (self.kind, access_point, till, branch, login) {
            (KindSaid::DoorAdapter, Some(of), None, None, None) => {
                Role::DoorAdapter { access_point: door(of)? }
            }
            (KindSaid::Kiosk, Some(of), None, None, None) => Role::Kiosk { access_point: door(of)? },
            (KindSaid::DeskReader, Some(of), None, None, None) => {
                Role::DeskReader { access_point: door(of)? }
            }
            (KindSaid::Till, None, Some(of), None, None) => Role::Till { till: body::id(of, "till")? },
            (KindSaid::SigurServer, None, None, Some(of), Some(login)) => {
                let login = Login::parse(login);
                let login = login.ok_or_else(|| unprocessable("bad_value", "login is no user of SIGUR"))?;
                Role::SigurServer { branch: body::id(of, "branch")?, login }
            }
            _ => return Err(unprocessable("bad_value", "the kind and what it is bound to do not fit")),
        };
        Ok(NewDevice { name, role })
    }
}

#[cfg(test)]
mod tests {
    use bonafide_store::devices::kind_word;

    use super::*;

    #[test]
    fn the_words_of_kinds_are_those_of_the_book() {
        for kind in [Kind::DoorAdapter, Kind::Kiosk, Kind::DeskReader, Kind::Till, Kind::SigurServer] {
            let said = serde_json::to_value(KindSaid::of(kind)).unwrap();
            assert_eq!(said, kind_word(kind));
        }
    }
}
