//! What programs ask: doors with their adapters ([`door`]), and controllers that let the server decide ([`sigur`]). Errors are those of
//! RFC 9457.

pub mod door;
pub mod sigur;

use crate::server::routes::Route;

/// All routes for programs.
#[must_use]
pub fn routes() -> Vec<Route> {
    [door::routes(), sigur::routes()].into_iter().flatten().collect()
}
