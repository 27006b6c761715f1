//! One integration-test binary: the program as a whole.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod book;
mod corpus;
mod evaluate;
mod faces;
