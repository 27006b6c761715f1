//! Members by name and by the end of a number.

mod concurrent;
mod erased;
mod names;
mod numbers;
