//! One file for each command: its arguments, its answer, and what it does.

pub mod audit;
pub mod bench_faces;
pub mod bench_gallery;
pub mod centre;
pub(crate) mod columns;
pub mod enrol;
pub mod erase;
pub mod evaluate;
pub mod export;
pub(crate) mod hours;
pub mod identify;
pub mod import_members;
pub mod import_preview;
pub mod init;
pub mod inspect;
pub mod keys;
pub mod members;
pub(crate) mod memberships;
pub(crate) mod named;
pub(crate) mod organisation;
pub(crate) mod plans;
pub mod store;
pub(crate) mod typed;
pub mod verify;
