//! What tests and measurements of several crates share: a PostgreSQL of their own, and made-up people. Never part of the
//! program.
//!
//! [`people`] makes members with Russian, English and Chinese names from a seed. Nobody in it exists.

pub mod cluster;
pub mod people;
