//! One integration-test binary: the program as a whole.

mod corpus;
mod evaluate;
mod faces;
