//! The store, entered by its front door.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod search;
