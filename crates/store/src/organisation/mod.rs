//! The chain: branches, their zones, and the doors, tills and lockers in them.
//!
//! Nothing here is deleted. What is out of use is closed: lists leave it out, and what points to it still finds it.

pub mod access_point;
pub mod branch;
pub mod locker;
pub mod till;
pub mod time_zone;
pub mod zone;

use crate::id::Id;

/// Rows of one list at most: the doors of a large branch are some hundred.
pub const LIST_MAX: u32 = 2_000;

/// Something of the chain as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// The row.
    pub id: Id,
    /// What it is.
    pub content: T,
    /// Since when it is out of use, in microseconds since 1970.
    pub closed_us: Option<i64>,
}

/// There is none with this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFound;
