//! What tests and measurements of several crates share: a PostgreSQL of their own, a browser, made-up people, and chance that can be
//! repeated. Never part of the
//! program.
//!
//! [`people`] makes members with Russian, English and Chinese names from a seed. Nobody in it exists.

pub mod browser;
pub mod cluster;
pub mod dice;
pub mod people;
