//! What the programme must know of a member to make an offer.

use jiff::civil::Date;

use crate::ledger::Status;
use crate::profile::BirthDate;

use super::earning::RuleId;
use super::tier::Tier;

/// A member as he stands before a purchase. What the numbers count is read from the ledger; they are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What he may do.
    pub status: Status,
    /// His tier.
    pub tier: Tier,
    /// His birthday, where it is known.
    pub birth: Option<BirthDate>,
    /// The date on which he joined.
    pub member_since: Date,
    /// The rules that were offered to him in person.
    pub offered: Vec<RuleId>,
    /// Points that purchases of this date have earned him already, less those that were taken back.
    pub earned_today: u64,
    /// The same of this month of the calendar.
    pub earned_this_month: u64,
    /// Points that are his and that nobody has reserved.
    pub free_points: u64,
}

impl Facts {
    /// Somebody who joins on this date and of whom nothing else is known.
    pub const fn of_newcomer(on: Date) -> Self {
        Self {
            status: Status::Active,
            tier: Tier(0),
            birth: None,
            member_since: on,
            offered: Vec::new(),
            earned_today: 0,
            earned_this_month: 0,
            free_points: 0,
        }
    }
}
