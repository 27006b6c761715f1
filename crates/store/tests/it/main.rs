//! The store as the program uses it, each test on both engines.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod audit;
mod check;
mod club;
mod consents;
mod corrections;
mod crash;
mod credentials;
mod devices;
mod engines;
mod erasure;
mod exports;
mod family;
mod figures;
mod following;
mod idempotency;
mod imports;
mod jobs;
mod ledger;
mod members;
mod memberships;
mod organisation;
mod passages;
mod personal_offers;
mod photos;
mod plaintext;
mod plans;
mod purchases;
mod qr;
mod referrals;
mod retention;
mod rewards;
mod search;
mod sends;
mod server;
mod staff;
mod store;
mod surveys;
mod templates;
mod trace;
mod vault;
