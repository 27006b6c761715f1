//! What tests of several crates need: a PostgreSQL of their own. Never part of the program.

pub mod cluster;
