//! A sold membership: what may be done with it, and what was.
//!
//! A membership is its history. [`Membership::replay`] makes of the terms it was sold under and of the events since then
//! what can be asked: from when until when, how it stands on a date, what is left. A command, such as
//! [`Membership::freeze`], changes nothing: it answers with the event to be written, or with the reason why not. Once the
//! event is written, [`Membership::with`] has it too.
//!
//! **Asked twice, done once.** Each command carries an operation id. The same id with the same contents is answered with
//! the event of the first time; with other contents it is refused, and the field that differs is named.
//!
//! **Days.** Rules speak of dates and are half-open: a membership until the 1st is valid to the end of the day before.
//! When a date begins is said by the calendar of the branch that is asked ([`crate::calendar`]).
//!
//! **Periods.** What the plan gives (visits, guest visits, extras, freezes) is for one period. A renewal adds a period at
//! the end. A use counts for the period that had its date when it was recorded, and stays there.
//!
//! - `event`: the vocabulary. `timeline`: periods and freezes on the calendar. `replay`: from events to a membership.
//! - `sale`, `freeze`, `usage`, `end`: the commands.

mod end;
mod event;
mod freeze;
mod replay;
mod sale;
#[cfg(test)]
pub(crate) mod story;
mod timeline;
mod usage;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::calendar::DateSpan;
use crate::id::{ExtraId, MemberId, OperationId};
use crate::plan::PlanTerms;

pub use end::{
    CancelRefusal, EXTENSION_DAYS_MAX, ExtendRefusal, PERIODS_MAX, RENEWAL_EARLY_DAYS_MAX,
    RENEWAL_LATE_DAYS_MAX, RenewRefusal,
};
pub use event::{Answer, Blocked, Change, Field, MembershipEvent, Request};
pub use freeze::{FreezeRefusal, FreezesLeft, ThawRefusal};
pub use replay::{Fault, ReplayFault};
pub use sale::{Sale, SaleRefusal, StartRefusal, TransferRefusal};
pub use usage::{ExtraRefusal, GiveBackRefusal, GuestPassRefusal, NotRunning, VisitRefusal};

use timeline::Timeline;

/// The longest history: a use every hour for ten years.
pub const EVENTS_MAX: usize = 100_000;

/// A membership as its history left it.
#[derive(Clone, Debug)]
pub struct Membership {
    terms: PlanTerms,
    holder: MemberId,
    timeline: Timeline,
    /// One for each period.
    counters: Vec<Counters>,
    /// By the operation that used it.
    visits: BTreeMap<OperationId, CountedVisit>,
    /// How often it was used on a date: visits that were not given back, guests, extras.
    uses: BTreeMap<Date, u32>,
    cancelled_on: Option<Date>,
    history: Vec<MembershipEvent>,
    /// The place of each operation in the history.
    operations: BTreeMap<OperationId, usize>,
}

/// What was used in one period.
#[derive(Clone, Debug, Default)]
struct Counters {
    visits: u32,
    guest_visits: u32,
    extras: BTreeMap<ExtraId, u32>,
}

#[derive(Clone, Copy, Debug)]
struct CountedVisit {
    on: Date,
    period: usize,
    given_back: bool,
}

/// How a membership stands on a date, by all that is recorded now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not yet valid.
    NotStarted {
        /// The first valid date. A plan that begins with the first visit may begin earlier, see
        /// [`Membership::awaits_first_visit`].
        first_day: Date,
    },
    /// Valid.
    Active,
    /// It rests.
    Frozen {
        /// The first date on which it does not.
        until: Date,
    },
    /// It is over.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// All visits of the period are used.
    UsedUp,
    /// It was cancelled.
    Cancelled {
        /// The first date on which it was no longer valid.
        on: Date,
    },
}

impl Membership {
    /// How it stands on this date. The first that is true counts: cancelled, not started, ended, frozen, used up.
    ///
    /// A cancellation for a later date leaves the days until then valid where visits are not counted. Where they are,
    /// the unused ones were settled with the cancellation, so that none may be used any more.
    pub fn standing(&self, date: Date) -> Standing {
        let counted = self.terms.spec().visits.is_some();
        if let Some(on) = self.cancelled_on.filter(|&on| counted || on <= date) {
            return Standing::Cancelled { on };
        }
        if let Err(why) = self.running(date) {
            return match why {
                NotRunning::NotStarted { first_day } => Standing::NotStarted { first_day },
                NotRunning::Ended { on } => Standing::Ended { on },
                NotRunning::Frozen { until } => Standing::Frozen { until },
            };
        }
        if self.visits_left(date) == Some(0) { Standing::UsedUp } else { Standing::Active }
    }

    /// Whether a visit on this date would be the first one and begin the membership, see [`Membership::start`]. None does
    /// any more once a cancellation is recorded, for whichever date.
    pub fn awaits_first_visit(&self, date: Date) -> bool {
        let waits = self.timeline.waits && self.cancelled_on.is_none();
        waits && self.sold_on() <= date && date < self.timeline.first_day()
    }

    /// The terms that it was sold under.
    pub const fn terms(&self) -> &PlanTerms {
        &self.terms
    }

    /// Whose it is now.
    pub const fn holder(&self) -> MemberId {
        self.holder
    }

    /// The date that the sale counts for.
    pub fn sold_on(&self) -> Date {
        self.history[0].on
    }

    /// The first valid date, at the latest: a first visit may begin it earlier, see [`Membership::awaits_first_visit`].
    pub fn first_day(&self) -> Date {
        self.timeline.first_day()
    }

    /// The first date on which it is no longer valid, cancellation aside; nothing when it lasts until the visits are
    /// used.
    pub fn until(&self) -> Option<Date> {
        self.timeline.until()
    }

    /// The freezes, past, present and planned, by date, each with the operation that made it.
    pub fn freezes(&self) -> impl Iterator<Item = (OperationId, DateSpan)> {
        self.timeline.freezes.iter().map(|freeze| (freeze.by, freeze.span))
    }

    /// All that happened, in order.
    pub fn history(&self) -> &[MembershipEvent] {
        &self.history
    }

    /// How many visits are left in the period of this date. Nothing when visits are not counted or no period has it.
    pub fn visits_left(&self, date: Date) -> Option<u32> {
        let used = self.counters_on(date)?.visits;
        self.terms.spec().visits.map(|visits| visits.saturating_sub(used))
    }

    /// Of one that lasts until the visits are used: the last date on which one was used, once none is left. A visit that is
    /// given back takes it away again.
    pub fn used_up_on(&self) -> Option<Date> {
        let used_up = self.until().is_none() && self.visits_left(self.first_day()) == Some(0);
        let used = self.visits.values().filter(|visit| used_up && !visit.given_back);
        used.map(|visit| visit.on).max()
    }

    /// How many guests may still come along in the period of this date; none when no period has it.
    pub fn guest_visits_left(&self, date: Date) -> u32 {
        let used = |counters: &Counters| self.terms.spec().guest_visits.saturating_sub(counters.guest_visits);
        self.counters_on(date).map_or(0, used)
    }

    /// How many of an extra are left in the period of this date. Nothing when the plan does not include it or no period
    /// has the date.
    pub fn extra_left(&self, date: Date, extra: ExtraId) -> Option<u32> {
        let used = self.counters_on(date)?.extras.get(&extra).copied().unwrap_or(0);
        let included = self.terms.spec().extras.iter().find(|included| included.extra == extra)?;
        Some(included.count.saturating_sub(used))
    }

    fn counters_on(&self, date: Date) -> Option<&Counters> {
        self.timeline.period_on(date).map(|period| &self.counters[period])
    }

    /// What every command asks first: was it done before, is the account closed, is there room in the history? `Ok(None)`
    /// when the command may go on with its own checks.
    fn admit(&self, request: &Request, asked: &Change) -> Result<Option<Answer>, Blocked> {
        if let Some(&place) = self.operations.get(&request.operation) {
            let before = self.history[place];
            return match before.difference(request.on, asked) {
                None => Ok(Some(Answer::AlreadyDone(before))),
                Some(field) => Err(Blocked::OtherContents(field)),
            };
        }
        if let Some(on) = self.cancelled_on {
            return Err(Blocked::Cancelled { on });
        }
        if self.history.len() >= EVENTS_MAX {
            return Err(Blocked::HistoryFull);
        }
        Ok(None)
    }

    /// The event that follows the history. Nothing may be refused any more.
    fn next(&self, request: &Request, change: Change) -> Answer {
        let sequence = u32::try_from(self.history.len()).expect("a history has at most EVENTS_MAX events");
        let &Request { operation, at, on } = request;
        Answer::New(MembershipEvent { sequence, operation, at, on, change })
    }

    /// The first date from this one on, and before the other, on which it was used.
    fn first_use(&self, from: Date, until: Option<Date>) -> Option<Date> {
        let (&on, _) = self.uses.range(from..).next()?;
        until.is_none_or(|until| on < until).then_some(on)
    }
}
