//! The server: one address for pages, the API and devices.
//!
//! A request comes in by [`listening`] (limits on connections and time, TLS by [`certificate`]), gets a number and a line in the log
//! ([`request`]), and meets the table of [`routes`]: what there is, and who may. [`guard`] finds out who asks ([`caller`]) and lets
//! him through or not; a page is made by [`page`], a failure told by [`trouble`]. What all of them share is [`app`].

pub mod app;
pub mod assets;
pub mod caller;
pub mod certificate;
pub mod chores;
pub mod faces;
pub mod form;
pub mod guard;
pub mod health;
pub mod ledger_watch;
mod letters;
pub mod limits;
pub mod listening;
pub mod live;
pub mod metrics;
pub mod page;
pub mod passwords;
pub mod proxies;
pub mod request;
pub mod routes;
pub mod sending;
pub mod tries;
pub mod trouble;
pub mod upload;
pub mod walk;
