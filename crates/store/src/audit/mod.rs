//! The trace of everything that was done: entries in the effect's own transaction, ordered into a Merkle tree, its heads
//! signed. [`verify`] finds what was changed behind the program's back; [`read`] shows it; [`proof`] is an entry that anybody
//! can check without the book.

pub mod entry;
pub mod merkle;
pub mod order;
pub mod proof;
pub mod read;
pub mod verify;
