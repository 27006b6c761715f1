//! Rules over years of days, against models that are slow and written differently.
#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is the answer; clippy knows only the functions marked as tests"
)]

mod dice;
mod evenings;
mod guards;
mod ledger;
mod ledger_stories;
mod memberships;
mod nonsense;
mod personal_offers;
mod programmes;
mod slow_calendar;
mod slow_house;
mod slow_ledger;
mod slow_membership;
mod slow_programme;
