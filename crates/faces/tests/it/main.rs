//! Tests of the crate through its public ways in.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod captures;
mod engine;
mod liveness;
mod photo;
mod pictures;
mod supplied;
