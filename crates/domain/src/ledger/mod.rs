//! The ledger of points: double entry, in which nothing is changed and everything is appended.
//!
//! A member has one [`Wallet`] in each programme; two programmes never meet. A wallet is what its [`Transfer`]s make of it
//! ([`Wallet::replay`]). A [`Command`] changes nothing: [`Wallet::run`] answers with the transfers to be appended, or with the
//! reason why not, and once they are written [`Wallet::with`] has them too.
//!
//! **Two sides.** Every transfer debits one account and credits another. [`Account::Balance`] and [`Account::Debt`] belong to the
//! member; the other sides stand with the house, each place for itself. An account has four sums ([`Sums`]): debited and
//! credited, pending and posted.
//!
//! **Lots.** Points that came in together are a lot and come to nothing together. Spending takes those first that come to nothing
//! first, and of these the oldest. What comes back goes into the lot that it was taken from.
//!
//! **Holds.** Spending is a hold that is captured, whole or in part, or given up; by itself it lapses. Only what is free can be
//! held, so that all captures together are never more than the balance (case T-06).
//!
//! **Debt.** Points that are taken back after the member has spent them are owed on an account of their own; the balance is never
//! below zero. What comes in pays it first.
//!
//! **Asked twice, done once.** A request carries the caller's id. The same again is answered with the transfers of the first time;
//! with other contents it is refused, and the field that differs is named.
//!
//! - `points`: amounts and sums. `transfer`: the vocabulary of what is written. `wallet`: from transfers to a wallet.
//! - `command`: what is asked and refused. `run`: the checks. `posting`: what is due, and which lots. `repeated`: asked twice.

mod command;
mod points;
mod posting;
mod repeated;
mod run;
mod transfer;
mod wallet;

pub use command::{
    Answer, Approval, Command, Direction, Field, GIVEN_BACK_US_MIN, Grant, HOLD_US_MAX, NotPosted,
    OPEN_HOLDS_MAX, OPEN_LOTS_MAX, Request, Status,
};
pub use points::{NoAmount, POINTS_MAX, Points, Sums};
pub use transfer::{Account, Asked, Code, Expiry, Part, Phase, Transfer};
pub use wallet::{Contradiction, Earning, Hold, HoldState, Lot, Spent, Wallet};
