//! What programs ask: doors with their adapters ([`door`], [`leaving`], [`trial`]), controllers that let the server decide ([`sigur`]), tills ([`till`]), and
//! managers with programs of their own ([`devices`]). Errors are those of RFC 9457; what is done can be asked twice ([`once`]); the
//! [`document`] is made from the types that are read and answered.

mod asking;
pub mod body;
pub mod devices;
pub mod document;
pub mod door;
pub mod leaving;
pub mod once;
pub mod problems;
pub mod sigur;
pub mod sigur_points;
pub mod till;
pub mod trial;

use crate::server::routes::Route;

/// All routes for programs.
#[must_use]
pub fn routes() -> Vec<Route> {
    let parts = [
        devices::routes(),
        document::routes(),
        door::routes(),
        leaving::routes(),
        sigur::routes(),
        sigur_points::routes(),
        till::routes(),
        trial::routes(),
    ];
    parts.into_iter().flatten().collect()
}
