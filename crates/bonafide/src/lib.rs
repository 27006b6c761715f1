//! The program: command line, and what the commands do.
//!
//! Only here are people, faces and templates brought together, and only here are there words for people.

pub mod api;
pub mod book;
pub mod capture;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod demo;
pub mod device_key;
pub mod devices;
pub mod drawing;
pub mod evaluation;
pub mod faces_at_work;
pub mod failure;
pub mod finding;
pub mod flows;
pub mod folder;
pub mod gallery_file;
pub mod import;
pub mod key;
pub mod likeness;
pub mod listing;
pub mod new_file;
mod outgoing;
pub mod output;
pub mod pages;
pub mod progress;
pub mod providers;
pub mod roster;
pub mod senders;
pub mod server;
pub mod settings;
pub mod shipped;
pub mod spreadsheet;
mod squares;
pub mod template_bytes;
pub mod texts;
pub mod timing;
pub mod workbook;
