//! The trace of everything that was done: entries in the effect's own transaction, ordered into a Merkle tree, its heads
//! signed. [`verify`] finds what was changed behind the program's back.

pub mod entry;
pub mod merkle;
pub mod order;
pub mod verify;
