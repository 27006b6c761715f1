//! What tests and measurements share: made-up people. A dev-dependency only.
//!
//! [`people`] makes members with Russian, English and Chinese names from a seed. Nobody in it exists.

pub mod people;
