//! House-keeping, run by the tests.
//!
//! What the project has agreed on is kept here as code: each rule reads the files, and says where it is broken and what
//! to do instead. `cargo xtask tidy` prints the findings; `cargo test` fails on them.

pub mod rust;
pub mod tidy;
pub mod tree;
