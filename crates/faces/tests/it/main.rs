//! Tests of the crate through its public ways in.

mod photo;
