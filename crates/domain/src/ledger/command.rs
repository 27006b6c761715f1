//! What may be asked of a wallet, and the reasons why it is not done.

use crate::calendar::UtcMicros;
use crate::id::PlaceId;

use super::Points;
use super::transfer::{Asked, Expiry, Transfer};

/// Open holds of one wallet at most: a member pays at one till, and a till that died leaves one behind.
pub const OPEN_HOLDS_MAX: usize = 16;

/// Lots with points in them of one wallet at most: one a day for more than ten years.
pub const OPEN_LOTS_MAX: usize = 4_096;

/// The longest hold, in microseconds: a day.
pub const HOLD_US_MAX: i64 = 24 * 60 * 60 * 1_000_000;

/// For at least so long, in microseconds, points that come back may be spent: a week (case T-10).
pub const GIVEN_BACK_US_MIN: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// Who asks, when and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The operation and its step: the same ones again are not done again.
    pub asked: Asked,
    /// Now, by the server (case T-20).
    pub at: UtcMicros,
    /// The till, or the office.
    pub place: PlaceId,
}

/// What a member in a programme may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything.
    Active,
    /// Earn, and not spend.
    Limited,
    /// Neither. What was begun can be ended.
    Blocked,
}

/// Why points come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// For a purchase or a visit.
    Earn,
    /// Without one.
    Gift,
    /// From an older system.
    Opening,
}

/// Which way a correction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The member gets points.
    Up,
    /// He loses them.
    Down,
}

/// What is asked of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Points come in.
    Give {
        /// Why.
        grant: Grant,
        /// How many.
        points: Points,
        /// When they are the member's: until then they are announced, and can be taken back without a trace in his balance.
        matures: Option<UtcMicros>,
        /// When they come to nothing.
        expiry: Expiry,
    },
    /// Points are reserved for a purchase: those that come to nothing first, of them the oldest.
    Hold {
        /// How many.
        points: Points,
        /// The first instant at which the hold is void.
        until: UtcMicros,
    },
    /// Reserved points pay, all or a part; the rest is free again.
    Capture {
        /// The hold, by who asked for it.
        hold: Asked,
        /// How many.
        points: Points,
    },
    /// A hold is given up.
    Void {
        /// The hold.
        hold: Asked,
    },
    /// Goods came back that were paid with points: these return into their lots, or into one that lasts [`GIVEN_BACK_US_MIN`]
    /// where theirs has less time left.
    GiveBack {
        /// The captured hold.
        hold: Asked,
        /// How many.
        points: Points,
    },
    /// Goods came back that had earned points: announced ones become nothing, else they leave the lot that they made, then the
    /// others, those that come to nothing first before the rest. What is not there any more is owed.
    TakeBack {
        /// What was earned.
        earning: Asked,
        /// How many.
        points: Points,
    },
    /// A mistake is put right.
    Correct {
        /// Which way.
        direction: Direction,
        /// How many.
        points: Points,
        /// When points that come in come to nothing.
        expiry: Expiry,
        /// Who has seen it besides the one who asks.
        approval: Approval,
    },
    /// Free points leave for another wallet.
    MoveOut {
        /// Those of this lot; all when there is none.
        lot: Option<u32>,
    },
    /// Points arrive from another wallet: one of its lots.
    MoveIn {
        /// How many.
        points: Points,
        /// When they come to nothing.
        expiry: Expiry,
    },
    /// The member leaves: holds are given up, announced points and his own come to nothing. What he owes stays written down.
    Close,
    /// Nothing but what is due.
    Settle,
}

/// Whether somebody else has seen a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Nobody: it must be within this bound.
    Alone {
        /// The most points that one person may correct.
        points_max: u64,
    },
    /// A second person.
    Second,
}

/// In what a repeated request differs from the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Something else was asked for.
    Command,
    /// The number of points.
    Points,
    /// When they are the member's, or until when they are held.
    Until,
    /// When they come to nothing.
    Expiry,
    /// Of which hold or earning it speaks.
    About,
    /// The place.
    Place,
}

/// Why nothing is posted. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPosted {
    /// The same request was made before, with other contents (case T-02).
    OtherContents(Field),
    /// The member may neither earn nor spend.
    Blocked,
    /// The member may earn, and not spend.
    EarnsOnly,
    /// There is no such hold.
    NoHold,
    /// There is nothing earned by that request.
    NoEarning,
    /// The hold's time is over (case T-08).
    HoldLapsed,
    /// The hold was given up (case T-09).
    HoldVoided,
    /// The hold was captured (case T-09).
    HoldCaptured,
    /// The hold was not captured: nothing of it can come back.
    NotCaptured,
    /// The hold is for fewer points (case T-09).
    MoreThanHeld {
        /// For how many.
        held: u64,
    },
    /// Fewer points were captured and have not come back yet (case T-11).
    MoreThanCaptured {
        /// How many.
        left: u64,
    },
    /// Fewer points were earned and have not been taken back yet (case T-11).
    MoreThanEarned {
        /// How many.
        left: u64,
    },
    /// The hold would be over at once, or last longer than [`HOLD_US_MAX`].
    HoldTime,
    /// One person alone may not correct so much (case T-15).
    NeedsSecondPerson {
        /// How much he may.
        points_max: u64,
    },
    /// Fewer points are free.
    NotEnough {
        /// How many.
        free: u64,
    },
    /// There are [`OPEN_HOLDS_MAX`] open holds.
    TooManyHolds,
    /// There are [`OPEN_LOTS_MAX`] lots with points in them.
    TooManyLots,
    /// A sum would be beyond [`super::POINTS_MAX`].
    TooLarge,
}

/// The answer to a request that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These transfers are to be appended; what was due comes first. There may be none where nothing was due.
    New(Vec<Transfer>),
    /// They were appended before (case T-01).
    Before(Vec<Transfer>),
}

impl Answer {
    /// The transfers, new or not.
    pub fn transfers(&self) -> &[Transfer] {
        match self {
            Answer::New(transfers) | Answer::Before(transfers) => transfers,
        }
    }
}
