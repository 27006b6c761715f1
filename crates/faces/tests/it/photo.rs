//! Photo files through `photo::decode`, the way an upload comes in.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "test helpers are tests, too; the peaks are worth seeing"
)]

mod corpus;
mod gate;
mod memory;
mod orientation;
mod pixels;
mod refusals;
mod samples;
