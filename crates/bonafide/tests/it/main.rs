//! One integration-test binary: the program as a whole.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]
#![allow(clippy::print_stdout, reason = "figures that nobody asserts are printed")]

mod book;
mod browser;
mod card;
mod consents;
mod corpus;
mod credentials;
mod demo;
mod entry;
mod evaluate;
mod exports;
mod faces;
mod faces_in_book;
mod import;
mod import_members;
mod keys;
mod members;
mod memberships;
mod organisation;
mod photos;
mod plans;
mod qr;
mod server;
mod trail;
