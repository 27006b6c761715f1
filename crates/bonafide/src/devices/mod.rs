//! What outside devices say over the wire, and what they are answered.

pub mod sigur;
