//! What there is on this server, and who may: one table. A route that is not in it does not exist, and each has its guard.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use bonafide_store::devices::Role as DeviceRole;
use bonafide_store::staff::Role;
use futures_util::FutureExt;

use crate::failure::Failure;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::guard::{self, guard};
use crate::server::limits::BODY_BYTES_MAX;
use crate::server::request::attend;
use crate::server::trouble::Trouble;
use crate::server::{assets, health};
use crate::{api, pages};

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the server.
    Everyone,
    /// Employees of these roles.
    Staff(&'static [Role]),
    /// Devices of one access point: an adapter, a kiosk, a reader.
    Door,
    /// A SIGUR server.
    Sigur,
    /// A till.
    Till,
}

impl Access {
    /// Everybody who works here.
    pub const STAFF: Access = Access::Staff(&Role::ALL);
    /// Who works at the desk, and those above.
    pub const DESK: Access = Access::Staff(&[Role::Owner, Role::Manager, Role::Receptionist]);
    /// Who sets things up.
    pub const MANAGERS: Access = Access::Staff(&[Role::Owner, Role::Manager]);
    /// Whose it is.
    pub const OWNER: Access = Access::Staff(&[Role::Owner]);

    /// Whether he may.
    #[must_use]
    pub fn allows(self, caller: &Caller) -> bool {
        match self {
            Access::Everyone => true,
            Access::Staff(roles) => caller.role().is_some_and(|role| roles.contains(&role)),
            Access::Door => caller.device().is_some_and(|device| device.role.access_point().is_some()),
            Access::Till => {
                caller.device().is_some_and(|device| matches!(device.role, DeviceRole::Till { .. }))
            }
            Access::Sigur => {
                caller.device().is_some_and(|device| matches!(device.role, DeviceRole::SigurServer { .. }))
            }
        }
    }
}

/// A route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, as axum writes it.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    handler: MethodRouter<Shared>,
    body_bytes_max: usize,
}

impl Route {
    /// A route to a handler.
    pub fn new<H, T>(method: Method, path: &'static str, access: Access, handler: H) -> Route
    where
        H: axum::handler::Handler<T, Shared>,
        T: 'static,
    {
        // Only methods of the standard are named in the table.
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Route { method, path, access, handler: on(filter, handler), body_bytes_max: BODY_BYTES_MAX }
    }

    /// A page or an answer that changes nothing.
    pub fn get<H, T>(path: &'static str, access: Access, handler: H) -> Route
    where
        H: axum::handler::Handler<T, Shared>,
        T: 'static,
    {
        Route::new(Method::GET, path, access, handler)
    }

    /// Something is done.
    pub fn post<H, T>(path: &'static str, access: Access, handler: H) -> Route
    where
        H: axum::handler::Handler<T, Shared>,
        T: 'static,
    {
        Route::new(Method::POST, path, access, handler)
    }

    /// The same with another limit on the body.
    #[must_use]
    pub fn with_body(self, body_bytes_max: usize) -> Route {
        Route { body_bytes_max, ..self }
    }
}

/// All routes.
#[must_use]
pub fn all() -> Vec<Route> {
    [health::routes(), assets::routes(), api::routes(), pages::routes()].into_iter().flatten().collect()
}

/// The server's answer to every request.
pub fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for route in all() {
        let guarded = route
            .handler
            .layer(DefaultBodyLimit::max(route.body_bytes_max))
            .layer(from_fn_with_state((Arc::clone(&app), route.access), guard));
        router = router.route(route.path, guarded);
    }
    router
        .fallback(|| async { Trouble::not_found() })
        .method_not_allowed_fallback(|| async {
            Trouble::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
        })
        .layer(from_fn(unpanicked))
        .layer(from_fn_with_state(Arc::clone(&app), guard::tell))
        .layer(from_fn_with_state(Arc::clone(&app), attend))
        .with_state(app)
}

/// A panic is the trouble of one visitor (case G-19).
async fn unpanicked(request: Request, next: Next) -> Response {
    let ran = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    ran.unwrap_or_else(|_| Trouble::fault(&Failure::new("panic", "a handler panicked")).into_response())
}
