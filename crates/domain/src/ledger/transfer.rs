//! What is appended: transfers. One has two sides, is never changed, and says all that is needed to make a wallet of it again.

use crate::calendar::UtcMicros;
use crate::id::{OperationId, PlaceId};

use super::Points;

/// The accounts. The first two belong to the member; of the others, which stand on the house's side, each place has its own, so
/// that no two tills ever wait for one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// The points of the member: what the house owes him. Its balance is on the credit side, and never below zero.
    Balance,
    /// What the member owes: points that were taken back after he had spent them. Its balance is on the debit side.
    Debt,
    /// What was given away.
    Issued,
    /// What was paid with.
    Redeemed,
    /// What came to nothing.
    Expired,
    /// What was put right by hand.
    Corrected,
    /// What went from one wallet into another: zero over all places.
    Moved,
}

impl Account {
    /// All of them.
    pub const ALL: [Account; 7] = [
        Account::Balance,
        Account::Debt,
        Account::Issued,
        Account::Redeemed,
        Account::Expired,
        Account::Corrected,
        Account::Moved,
    ];

    /// Whether it is the member's own.
    pub const fn is_of_member(self) -> bool {
        matches!(self, Account::Balance | Account::Debt)
    }
}

/// What a transfer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Points for a purchase or a visit.
    Earn,
    /// Points that pay.
    Spend,
    /// Points whose time is over, or whose member has left.
    Expire,
    /// What follows when goods come back: spent points to the member, earned ones to the house.
    Return,
    /// A mistake is put right, with a reason.
    Correct,
    /// Points without a purchase: a welcome, a birthday, an apology.
    Gift,
    /// The balance that a member brought from an older system.
    Opening,
    /// What comes in pays what is owed.
    Repay,
    /// From the wallet of a profile into that of the one it was merged with, or back.
    Move,
}

impl Code {
    /// All of them.
    pub const ALL: [Code; 9] = [
        Code::Earn,
        Code::Spend,
        Code::Expire,
        Code::Return,
        Code::Correct,
        Code::Gift,
        Code::Opening,
        Code::Repay,
        Code::Move,
    ];
}

/// When points come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    Never,
    /// At this instant, the first one at which they are worth nothing.
    At(UtcMicros),
    /// When the member was idle for too long: with the wallet ([`super::Wallet::idle_until`]).
    WithWallet,
}

/// So many points of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The lot, by the sequence of the transfer that made it.
    pub lot: u32,
    /// How many.
    pub points: Points,
}

/// How a transfer moves the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// At once and for good.
    Posted,
    /// Later or never: a hold until it lapses, or points that are earned when this instant has come.
    Pending {
        /// The first instant at which the hold is void, or the points are the member's.
        until: UtcMicros,
    },
    /// Pending points become posted.
    Posts {
        /// The sequence of the pending transfer.
        pending: u32,
    },
    /// Pending points become nothing.
    Releases {
        /// The sequence of the pending transfer.
        pending: u32,
    },
}

/// Which request asked for a transfer. One operation may ask several times: each is a step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The operation, by the caller's own id.
    pub operation: OperationId,
    /// The step, from zero.
    pub step: u8,
}

/// One transfer of one wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its place in the wallet, from zero, without gaps.
    pub sequence: u32,
    /// Who asked; nothing for what follows by itself: what is due, and what pays a debt.
    pub asked: Option<Asked>,
    /// When it was decided. It never goes back within a wallet (case D-10): a clock that was set back stands still here.
    pub at: UtcMicros,
    /// Where.
    pub place: PlaceId,
    /// What for.
    pub code: Code,
    /// The account that is debited.
    pub debit: Account,
    /// The account that is credited.
    pub credit: Account,
    /// How many points.
    pub points: Points,
    /// How it moves the sums.
    pub phase: Phase,
    /// The transfer that this one follows from: the hold whose points come back, what was earned and is taken back, the lot's own
    /// transfer when it is moved or made anew.
    pub about: Option<u32>,
    /// When the lot that this transfer makes, now or when it is posted, comes to nothing. Nothing when it makes none.
    pub opens: Option<Expiry>,
    /// Which lots it takes from, reserves, frees or fills up again. Together they have its points, unless it makes a lot or touches
    /// none.
    pub parts: Vec<Part>,
}
