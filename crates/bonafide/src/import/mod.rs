//! The spreadsheet of a club that lives in Excel, made into checked rows of members. Nothing here knows a database.
//!
//! The way of a file: [`table`] opens it by its content under [`limits`] and shows its rows, one at a time;
//! [`header`] finds the row that names the columns and [`columns`] understands these names; a first visit over all rows
//! ([`mod@survey`]) settles what only the whole list can tell: whether 03/04 is in March or April, whether 1,000 is one or a
//! thousand, of which country the bare phone numbers are. A second visit ([`reading`]) makes of each row an
//! [`row::ImportRow`], or says what is wrong with it. Both visits give the same answers for the same file, so an import
//! can be shown first, be done later, be interrupted and be done again.
//!
//! A file may come from anybody, so nothing that it claims about itself is believed.

pub mod amounts;
pub mod cell;
pub mod columns;
pub mod countries;
pub mod dates;
pub mod errors_file;
pub mod events;
pub mod fields;
pub mod header;
pub mod holdings;
pub mod limits;
pub mod member;
pub mod names;
pub mod phones;
pub mod reading;
pub mod refusal;
pub mod row;
pub mod survey;
pub mod table;
pub mod trouble;

mod archive;
mod content;
mod csv_file;
mod duplicates;
mod encoding;
mod file_kind;
mod plain;
mod xlsx_file;
mod xlsx_parts;
mod xml;
