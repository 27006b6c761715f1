//! One file for each command: its arguments, its answer, and what it does.

pub mod audit;
pub mod bench_faces;
pub mod bench_gallery;
pub mod centre;
pub(crate) mod consents;
pub(crate) mod credentials;
pub mod enrol;
pub mod erase;
pub mod evaluate;
pub mod export;
pub mod identify;
pub mod import_members;
pub mod import_preview;
pub mod init;
pub mod inspect;
pub mod keys;
pub mod members;
pub(crate) mod named;
pub mod store;
pub mod unseal;
pub mod verify;
