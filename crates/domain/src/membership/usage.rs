//! What is used: visits, guest visits and extras.
//!
//! Guests and extras need a running membership, not a visit that is left: on the day of the last of ten visits, the ten
//! minutes of solarium are still there.

use jiff::civil::Date;

use crate::id::{ExtraId, OperationId};

use super::{Answer, Blocked, Change, Membership, Request};

/// Why nothing can be used on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRunning {
    /// Not yet valid.
    NotStarted {
        /// Its first day, at the latest.
        first_day: Date,
    },
    /// It is over.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// It rests.
    Frozen {
        /// The first date on which it does not.
        until: Date,
    },
}

/// Why a visit is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// The plan does not count visits.
    NotCounted,
    /// See [`NotRunning`].
    NotRunning(NotRunning),
    /// None is left in the period of the date.
    UsedUp,
}

/// Why a visit is not given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveBackRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// The operation used no visit of this membership.
    NoVisit,
    /// It was given back before.
    AlreadyGivenBack,
}

/// Why no guest comes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestPassRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// See [`NotRunning`].
    NotRunning(NotRunning),
    /// None is left in the period of the date, or the plan has none.
    UsedUp,
}

/// Why an extra is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// Nothing is asked for.
    NoCount,
    /// The plan does not include it.
    NotIncluded,
    /// See [`NotRunning`].
    NotRunning(NotRunning),
    /// Fewer are left in the period of the date.
    NotEnough {
        /// How many.
        left: u32,
    },
}

impl From<Blocked> for VisitRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for GiveBackRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for GuestPassRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for ExtraRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl Membership {
    /// Uses one of the counted visits on the date of the request.
    pub fn use_visit(&self, request: &Request) -> Result<Answer, VisitRefusal> {
        if let Some(done) = self.admit(request, &Change::VisitUsed)? {
            return Ok(done);
        }
        if self.terms.spec().visits.is_none() {
            return Err(VisitRefusal::NotCounted);
        }
        self.running(request.on).map_err(VisitRefusal::NotRunning)?;
        if self.visits_left(request.on) == Some(0) {
            return Err(VisitRefusal::UsedUp);
        }
        Ok(self.next(request, Change::VisitUsed))
    }

    /// Gives the visit of an operation back to the period it was used in.
    pub fn give_back_visit(&self, request: &Request, visit: OperationId) -> Result<Answer, GiveBackRefusal> {
        let change = Change::VisitGivenBack { visit };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        let used = self.visits.get(&visit).ok_or(GiveBackRefusal::NoVisit)?;
        if used.given_back {
            return Err(GiveBackRefusal::AlreadyGivenBack);
        }
        Ok(self.next(request, change))
    }

    /// Lets one guest come along on the date of the request.
    pub fn use_guest_pass(&self, request: &Request) -> Result<Answer, GuestPassRefusal> {
        if let Some(done) = self.admit(request, &Change::GuestPassUsed)? {
            return Ok(done);
        }
        self.running(request.on).map_err(GuestPassRefusal::NotRunning)?;
        if self.guest_visits_left(request.on) == 0 {
            return Err(GuestPassRefusal::UsedUp);
        }
        Ok(self.next(request, Change::GuestPassUsed))
    }

    /// Uses so many of an included extra on the date of the request.
    pub fn use_extra(&self, request: &Request, extra: ExtraId, count: u32) -> Result<Answer, ExtraRefusal> {
        let change = Change::ExtraUsed { extra, count };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        if count == 0 {
            return Err(ExtraRefusal::NoCount);
        }
        if !self.terms.spec().extras.iter().any(|included| included.extra == extra) {
            return Err(ExtraRefusal::NotIncluded);
        }
        self.running(request.on).map_err(ExtraRefusal::NotRunning)?;
        let left = self.extra_left(request.on, extra).unwrap_or(0);
        if left < count {
            return Err(ExtraRefusal::NotEnough { left });
        }
        Ok(self.next(request, change))
    }

    /// Whether a period runs on this date and does not rest.
    pub(super) fn running(&self, date: Date) -> Result<(), NotRunning> {
        let first_day = self.timeline.first_day();
        if date < first_day {
            return Err(NotRunning::NotStarted { first_day });
        }
        if let Some(on) = self.until().filter(|&until| until <= date) {
            return Err(NotRunning::Ended { on });
        }
        match self.timeline.frozen_until(date) {
            Some(until) => Err(NotRunning::Frozen { until }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::{SOLARIUM, Story, day, monthly, operation, request};
    use super::super::{Field, Standing};
    use super::*;
    use crate::calendar::UtcMicros;
    use crate::plan::PlanSpec;

    fn two_visits() -> Story {
        Story::of(PlanSpec { visits: Some(2), renews: true, ..monthly() })
    }

    /// Asks for a visit on a day.
    fn check_visit(story: &Story, cases: &[(&str, i64, Result<(), VisitRefusal>)]) {
        for &(name, on, expected) in cases {
            assert_eq!(story.membership.use_visit(&request(99, on)).map(|_| ()), expected, "{name}");
        }
    }

    #[test]
    fn visits_are_counted_while_it_runs() {
        use NotRunning::*;
        let mut story = two_visits();
        story.freeze(0, 10, 13);
        let not = |why| Err(VisitRefusal::NotRunning(why));
        check_visit(
            &story,
            &[
                ("before it", -1, not(NotStarted { first_day: day(0) })),
                ("the first day", 0, Ok(())),
                ("the last before the freeze", 9, Ok(())),
                ("frozen", 10, not(Frozen { until: day(13) })),
                ("thawed", 13, Ok(())),
                ("the last day", 33, Ok(())),
                ("d26 the day after", 34, not(Ended { on: day(34) })),
            ],
        );
        story.visit(1);
        story.visit(1);
        assert_eq!(story.membership.standing(day(1)), Standing::UsedUp);
        check_visit(&story, &[("none is left", 2, Err(VisitRefusal::UsedUp))]);
        let unlimited = Story::of(monthly());
        check_visit(&unlimited, &[("not counted", 1, Err(VisitRefusal::NotCounted))]);
        assert_eq!(unlimited.membership.visits_left(day(1)), None);
    }

    #[test]
    fn a_visit_is_given_back_once_and_to_its_own_period() {
        let mut story = two_visits();
        let (first, second) = (story.visit(1), story.visit(2));
        story.renew(20);
        let left =
            |story: &Story| (story.membership.visits_left(day(2)), story.membership.visits_left(day(31)));
        assert_eq!(left(&story), (Some(0), Some(2)), "a renewal brings new visits, and none earlier");
        story.does(40, |membership, request| membership.give_back_visit(request, operation(first)));
        assert_eq!(left(&story), (Some(1), Some(2)));
        let give_back =
            |visit| story.membership.give_back_visit(&request(99, 40), operation(visit)).map(|_| ());
        assert_eq!(give_back(first), Err(GiveBackRefusal::AlreadyGivenBack));
        assert_eq!(give_back(0), Err(GiveBackRefusal::NoVisit), "the sale");
        assert_eq!(give_back(second), Ok(()));
    }

    #[test]
    fn what_lasts_until_its_visits_are_used_has_a_last_day_once_they_are() {
        let endless = PlanSpec { length: None, visits: Some(2), freezes: None, ..monthly() };
        let mut story = Story::of(endless);
        story.visit(7);
        assert_eq!(story.membership.used_up_on(), None);
        let late = story.visit(3);
        assert_eq!(
            story.membership.used_up_on(),
            Some(day(7)),
            "the latest, in whichever order they were entered"
        );
        story.does(9, |membership, request| membership.give_back_visit(request, operation(late)));
        assert_eq!(story.membership.used_up_on(), None, "one is left again");
        let mut ends = two_visits();
        ends.visit(1);
        ends.visit(1);
        assert_eq!(ends.membership.used_up_on(), None, "this one has an end of its own");
    }

    #[test]
    fn t01_t02_a_visit_asked_twice_is_one_visit() {
        let mut story = two_visits();
        let number = story.visit(1);
        let ask = |number, on| story.membership.use_visit(&request(number, on));
        let done = *story.membership.history().last().unwrap();
        assert_eq!(ask(number, 1), Ok(Answer::AlreadyDone(done)));
        let later = Request { at: UtcMicros::MAX, ..request(number, 1) };
        assert_eq!(story.membership.use_visit(&later), Ok(Answer::AlreadyDone(done)), "by a later clock");
        assert_eq!(ask(number, 2), Err(VisitRefusal::Blocked(Blocked::OtherContents(Field::Date))));
        let guest = story.membership.use_guest_pass(&request(number, 1));
        assert_eq!(guest, Err(GuestPassRefusal::Blocked(Blocked::OtherContents(Field::Change))));
    }

    #[test]
    fn d28_of_two_that_race_for_the_last_visit_one_is_written() {
        let mut story = two_visits();
        story.visit(1);
        let at_the_door = *story.membership.use_visit(&request(10, 1)).unwrap().event();
        let at_the_desk = *story.membership.use_visit(&request(11, 1)).unwrap().event();
        assert_eq!(at_the_door.sequence, at_the_desk.sequence);
        let written = story.membership.with(&at_the_door).unwrap();
        assert!(written.with(&at_the_desk).is_err(), "the number is taken");
        assert_eq!(written.use_visit(&request(11, 1)), Err(VisitRefusal::UsedUp));
    }

    #[test]
    fn guests_and_extras_need_a_running_membership_but_no_visit() {
        use ExtraRefusal::{NoCount, NotEnough, NotIncluded};
        let mut story = two_visits();
        story.visit(1);
        story.visit(1);
        let extra = |story: &Story, on, extra, count| {
            story.membership.use_extra(&request(99, on), extra, count).map(|_| ())
        };
        assert_eq!(extra(&story, 1, SOLARIUM, 31), Err(NotEnough { left: 30 }));
        story.does(1, |membership, request| membership.use_extra(request, SOLARIUM, 20));
        assert_eq!(extra(&story, 1, SOLARIUM, 11), Err(NotEnough { left: 10 }));
        assert_eq!(extra(&story, 1, SOLARIUM, 10), Ok(()));
        assert_eq!(extra(&story, 1, SOLARIUM, 0), Err(NoCount));
        assert_eq!(extra(&story, 1, SOLARIUM, u32::MAX), Err(NotEnough { left: 10 }));
        assert_eq!(extra(&story, 1, ExtraId([9; 16]), 1), Err(NotIncluded));
        let ended = NotRunning::Ended { on: day(31) };
        assert_eq!(extra(&story, 31, SOLARIUM, 1), Err(ExtraRefusal::NotRunning(ended)));
        let guest = |story: &Story, on| story.membership.use_guest_pass(&request(99, on)).map(|_| ());
        assert_eq!(guest(&story, 31), Err(GuestPassRefusal::NotRunning(ended)));
        story.does(1, Membership::use_guest_pass);
        assert_eq!(guest(&story, 1), Err(GuestPassRefusal::UsedUp));
        story.renew(20);
        assert_eq!(guest(&story, 31), Ok(()));
        assert_eq!(extra(&story, 31, SOLARIUM, 30), Ok(()));
    }
}
