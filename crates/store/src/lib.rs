//! Questions in SQL: the book of the club on SQLite or PostgreSQL, its keys and sealed fields, its audit.
//!
//! Everything is synchronous. [`store::Store`] is opened once; questions are functions named after what they ask, one file
//! for each noun, with their SQL in sight. Only [`db`] and [`dialect`] know which engine is in use.
//!
//! - [`store`]: the book, opened; [`fault`]: what can go wrong; [`value`]: values and rows; [`id`]: ids.
//! - [`keys`]: from the operator's secret to the key of one member; sealed fields and keyed look-ups.
//! - [`members`]: who somebody is; [`credentials`]: what he is recognised by; [`consents`]: what he
//!   agreed to; [`templates`]: his face; [`erasure`]: the way out.
//! - [`audit`]: the trace of everything, as a signed Merkle tree.

#[macro_use]
mod words;

pub mod audit;
pub mod consents;
pub mod credentials;
pub mod db;
pub mod dialect;
pub mod erasure;
pub mod fault;
pub mod id;
pub mod keys;
pub mod members;
mod migration;
pub mod person_export;
mod readers;
mod sequencer;
pub mod store;
pub mod templates;
pub mod value;
mod writer;
