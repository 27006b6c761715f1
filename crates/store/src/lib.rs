//! Questions in SQL, sealed fields, and the index in memory that finds what is sealed.
//!
//! - [`search`] finds members by name and by the end of a number, in memory only.

pub mod search;
