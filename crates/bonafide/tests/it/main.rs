//! One integration-test binary: the program as a whole.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]
#![allow(clippy::print_stdout, reason = "figures that nobody asserts are printed")]

mod book;
mod corpus;
mod entry;
mod evaluate;
mod faces;
mod import;
mod import_members;
