//! The store as the program uses it, each test on both engines.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod audit;
mod consents;
mod credentials;
mod engines;
mod erasure;
mod members;
mod store;
mod templates;
mod vault;
