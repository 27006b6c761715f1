//! The gallery, entered by its front door.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod changes;
mod concurrent;
mod groups;
mod judge;
mod memory;
mod model;
mod nearest;
mod refused;
