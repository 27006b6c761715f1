//! Freezes and thaws: past, present and planned.
//!
//! Frozen days are given back at the end. A freeze may be entered for days that are over (the member was ill), as long as
//! nothing was used on them; the program knows the passages of a plan whose visits are not counted and asks first.

use jiff::civil::Date;

use crate::calendar::{DateSpan, days_after};
use crate::id::OperationId;

use super::timeline::{BeyondLastDate, Freeze};
use super::{Answer, Blocked, Change, Membership, Request};

/// Why a membership is not frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreezeRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// The plan knows no freeze.
    NoFreezes,
    /// The freeze would begin before the membership does.
    NotStarted {
        /// Its first day, at the latest.
        first_day: Date,
    },
    /// The freeze would begin after the end.
    Ended {
        /// The first date on which it is no longer valid.
        on: Date,
    },
    /// Shorter than the plan allows.
    TooShort {
        /// The fewest days.
        days_min: u16,
    },
    /// Longer than the plan allows.
    TooLong {
        /// The most days.
        days_max: u16,
    },
    /// The period has as many freezes as the plan allows.
    TooMany {
        /// How many.
        count_max: u16,
    },
    /// The freezes of the period would have too many days together.
    TooManyDays {
        /// How many are left.
        days_left: i64,
    },
    /// Some of the dates are frozen already.
    Overlaps {
        /// The earlier freeze.
        span: DateSpan,
    },
    /// The member used the membership on one of the dates.
    UsedOn {
        /// The first such date.
        on: Date,
    },
    /// It would end after [`crate::calendar::LAST_DATE`].
    BeyondLastDate,
}

/// What may still be frozen in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreezesLeft {
    /// How many freezes.
    pub count: u16,
    /// How many days all of them may have together.
    pub days: u64,
}

/// Why a freeze does not end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThawRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// No freeze was made by this operation, or it was withdrawn.
    NoFreeze,
    /// It was over by then.
    AlreadyOver {
        /// The first date that is not frozen.
        on: Date,
    },
    /// What is left of it would be shorter than the plan allows. Before its first day is over it can be withdrawn.
    TooShort {
        /// The earliest date on which it can end.
        earliest: Date,
    },
    /// The end would come before a later freeze begins; that one must be withdrawn first.
    LaterFreeze {
        /// The later freeze.
        span: DateSpan,
    },
    /// The end would come before a date on which it was used.
    UsedOn {
        /// The date.
        on: Date,
    },
}

impl From<Blocked> for FreezeRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for ThawRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl Membership {
    /// Lets it rest on these dates.
    pub fn freeze(&self, request: &Request, span: DateSpan) -> Result<Answer, FreezeRefusal> {
        let change = Change::Frozen { span };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        let (Some(allowed), Some(until)) = (self.terms.spec().freezes, self.until()) else {
            return Err(FreezeRefusal::NoFreezes);
        };
        let first_day = self.timeline.first_day();
        // While it waits for the first visit, nobody knows its dates.
        if span.from() < first_day || self.awaits_first_visit(request.on) {
            return Err(FreezeRefusal::NotStarted { first_day });
        }
        let Some(period) = self.timeline.period_on(span.from()) else {
            return Err(FreezeRefusal::Ended { on: until });
        };
        if span.days() < i64::from(allowed.days_min) {
            return Err(FreezeRefusal::TooShort { days_min: allowed.days_min });
        }
        if span.days() > i64::from(allowed.days_max) {
            return Err(FreezeRefusal::TooLong { days_max: allowed.days_max });
        }
        if self.timeline.freezes_of(period).count() >= usize::from(allowed.count_max) {
            return Err(FreezeRefusal::TooMany { count_max: allowed.count_max });
        }
        let days_left = self.freeze_days_left(period);
        if span.days() > days_left {
            return Err(FreezeRefusal::TooManyDays { days_left });
        }
        if let Some(other) = self.timeline.freezes.iter().find(|other| other.span.shared_days(span) > 0) {
            return Err(FreezeRefusal::Overlaps { span: other.span });
        }
        if let Some(on) = self.first_use(span.from(), Some(span.until())) {
            return Err(FreezeRefusal::UsedOn { on });
        }
        let by = request.operation;
        let frozen = self.timeline.frozen(Freeze { by, span });
        frozen.map_err(|BeyondLastDate| FreezeRefusal::BeyondLastDate)?;
        Ok(self.next(request, change))
    }

    /// Ends a freeze on the date of the request, which is valid again. The frozen days from then on are taken from the
    /// end. On its first day or before, the freeze is withdrawn as a whole and does not count.
    pub fn thaw(&self, request: &Request, freeze: OperationId) -> Result<Answer, ThawRefusal> {
        let change = Change::Thawed { freeze };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        let by_operation = |found: &Freeze| found.by == freeze;
        let place = self.timeline.freezes.iter().position(by_operation).ok_or(ThawRefusal::NoFreeze)?;
        let span = self.timeline.freezes[place].span;
        if span.until() <= request.on {
            return Err(ThawRefusal::AlreadyOver { on: span.until() });
        }
        let days_min = self.terms.spec().freezes.map_or(0, |allowed| allowed.days_min);
        let earliest = days_after(span.from(), i64::from(days_min)).unwrap_or(span.until());
        if span.from() < request.on && request.on < earliest {
            return Err(ThawRefusal::TooShort { earliest });
        }
        let thawed = self.timeline.thawed(place, request.on).expect("the end only comes nearer");
        let until = thawed.until().expect("what has no end has no freeze");
        if let Some(later) = thawed.freezes.iter().find(|later| until <= later.span.from()) {
            return Err(ThawRefusal::LaterFreeze { span: later.span });
        }
        if let Some(on) = self.first_use(until, None) {
            return Err(ThawRefusal::UsedOn { on });
        }
        Ok(self.next(request, change))
    }

    /// What may still be frozen in the period of this date; nothing when the plan knows no freeze or no period has the
    /// date.
    pub fn freezes_left(&self, date: Date) -> Option<FreezesLeft> {
        let allowed = self.terms.spec().freezes?;
        let period = self.timeline.period_on(date)?;
        let made = u16::try_from(self.timeline.freezes_of(period).count()).unwrap_or(u16::MAX);
        Some(FreezesLeft {
            count: allowed.count_max.saturating_sub(made),
            days: self.freeze_days_left(period).max(0).unsigned_abs(),
        })
    }

    /// How many days of a period may still be frozen.
    fn freeze_days_left(&self, period: usize) -> i64 {
        let most = self.terms.spec().freezes.map_or(0, |allowed| i64::from(allowed.total_days_max));
        most - self.timeline.freezes_of(period).map(|freeze| freeze.span.days()).sum::<i64>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::super::story::{Story, day, days, monthly, operation, request};
    use super::*;
    use crate::plan::{PlanSpec, Start};

    fn check_freeze(story: &Story, cases: &[(&str, i64, i64, Result<(), FreezeRefusal>)]) {
        for &(name, from, until, expected) in cases {
            let found = story.membership.freeze(&request(99, 0), days(from, until));
            assert_eq!(found.map(|_| ()), expected, "{name}");
        }
    }

    fn check_thaw(story: &Story, cases: &[(&str, u8, i64, Result<(), ThawRefusal>)]) {
        for &(name, freeze, on, expected) in cases {
            let found = story.membership.thaw(&request(99, on), operation(freeze));
            assert_eq!(found.map(|_| ()), expected, "{name}");
        }
    }

    /// What it is on each of the first days: `.` valid, `*` frozen, `|` over.
    fn drawn(story: &Story, days: i64) -> String {
        let sign = |on| match story.membership.standing(day(on)) {
            Standing::Active => '.',
            Standing::Frozen { .. } => '*',
            Standing::Ended { .. } => '|',
            other => panic!("{other:?} on day {on}"),
        };
        (0..days).map(sign).collect()
    }

    #[test]
    fn the_plan_says_what_may_be_frozen() {
        use FreezeRefusal::*;
        let mut story = Story::of(PlanSpec { visits: Some(9), ..monthly() });
        check_freeze(
            &story,
            &[
                ("the first day", 0, 3, Ok(())),
                ("before it", -1, 3, Err(NotStarted { first_day: day(0) })),
                ("the last day", 30, 33, Ok(())),
                ("after it", 31, 34, Err(Ended { on: day(31) })),
                ("two days", 5, 7, Err(TooShort { days_min: 3 })),
                ("fourteen days", 5, 19, Ok(())),
                ("fifteen days", 5, 20, Err(TooLong { days_max: 14 })),
            ],
        );
        story.freeze(0, 5, 15);
        let overlap = Err(Overlaps { span: days(5, 15) });
        check_freeze(
            &story,
            &[
                ("ten more days", 20, 30, Ok(())),
                ("eleven more", 20, 31, Err(TooManyDays { days_left: 10 })),
                ("touching before", 2, 5, Ok(())),
                ("touching after", 15, 18, Ok(())),
                ("sharing the first day", 3, 6, overlap),
                ("sharing the last day", 14, 17, overlap),
                ("within", 7, 10, overlap),
                ("the days that the freeze has added", 35, 38, Ok(())),
            ],
        );
        let visit = story.visit(22);
        check_freeze(
            &story,
            &[
                ("on a day of a visit", 20, 23, Err(UsedOn { on: day(22) })),
                ("up to it", 19, 22, Ok(())),
                ("after it", 23, 26, Ok(())),
            ],
        );
        story.does(23, |membership, request| membership.give_back_visit(request, operation(visit)));
        check_freeze(&story, &[("the visit was given back", 20, 23, Ok(()))]);
        assert_eq!(story.membership.freezes_left(day(22)), Some(FreezesLeft { count: 1, days: 10 }));
        story.freeze(0, 20, 23);
        assert_eq!(story.membership.freezes_left(day(22)), Some(FreezesLeft { count: 0, days: 7 }));
        assert_eq!(story.membership.freezes_left(day(-1)), None, "no period has the date");
        check_freeze(&story, &[("a third", 25, 28, Err(TooMany { count_max: 2 }))]);
    }

    #[test]
    fn no_freeze_without_dates() {
        let plan = PlanSpec { freezes: None, ..monthly() };
        assert_eq!(Story::of(plan.clone()).membership.freezes_left(day(5)), None);
        check_freeze(&Story::of(plan), &[("no freezes", 5, 8, Err(FreezeRefusal::NoFreezes))]);
        let waiting = PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly() };
        let mut story = Story::of(waiting);
        let refused = Err(FreezeRefusal::NotStarted { first_day: day(10) });
        check_freeze(&story, &[("while it waits for the first visit", 12, 15, refused)]);
        story.start(0);
        check_freeze(&story, &[("begun", 12, 15, Ok(()))]);
    }

    #[test]
    fn frozen_days_come_back_at_the_end() {
        let mut story = Story::for_days(day(0), 10);
        story.freeze(0, 4, 7);
        assert_eq!(drawn(&story, 15), "....***......||");
        story.freeze(0, 7, 10);
        assert_eq!(drawn(&story, 18), "....******......||");
        let mut late = Story::for_days(day(0), 10);
        late.freeze(0, 9, 12);
        assert_eq!(drawn(&late, 14), ".........***.|", "the last day comes after the freeze");
        let until = |on| story.membership.standing(day(on));
        assert_eq!(until(5), Standing::Frozen { until: day(10) }, "of two that touch, the second end");
    }

    #[test]
    fn a_freeze_may_end_early_but_not_below_the_shortest() {
        let mut story = Story::for_days(day(0), 10);
        let freeze = story.freeze(0, 4, 10);
        assert_eq!(drawn(&story, 17), "....******......|");
        let too_short = Err(ThawRefusal::TooShort { earliest: day(7) });
        check_thaw(
            &story,
            &[
                ("another operation", 77, 8, Err(ThawRefusal::NoFreeze)),
                ("the sale", 0, 8, Err(ThawRefusal::NoFreeze)),
                ("withdrawn before", freeze, 1, Ok(())),
                ("withdrawn on its first day", freeze, 4, Ok(())),
                ("after one day", freeze, 5, too_short),
                ("after two days", freeze, 6, too_short),
                ("after three days", freeze, 7, Ok(())),
                ("on its last day", freeze, 9, Ok(())),
                ("when it is over", freeze, 10, Err(ThawRefusal::AlreadyOver { on: day(10) })),
            ],
        );
        story.thaw(8, freeze);
        assert_eq!(drawn(&story, 15), "....****......|");
        check_thaw(&story, &[("once more, earlier", freeze, 7, Ok(()))]);
        story.thaw(4, freeze);
        assert_eq!(drawn(&story, 11), "..........|");
        check_thaw(&story, &[("withdrawn", freeze, 4, Err(ThawRefusal::NoFreeze))]);
    }

    #[test]
    fn a_thaw_never_takes_days_that_were_used_or_planned() {
        let mut story = Story::of(PlanSpec { visits: Some(9), ..monthly() });
        let first = story.freeze(0, 5, 15);
        story.visit(40);
        check_thaw(
            &story,
            &[
                ("the end would be day 41", first, 15 - 10, Err(ThawRefusal::UsedOn { on: day(40) })),
                ("the end is just after the visit", first, 15, Err(ThawRefusal::AlreadyOver { on: day(15) })),
            ],
        );
        let mut story = Story::of(monthly());
        let first = story.freeze(0, 5, 15);
        let second = story.freeze(0, 38, 41);
        let later = Err(ThawRefusal::LaterFreeze { span: days(38, 41) });
        check_thaw(
            &story,
            &[
                ("before the second begins", first, 8, later),
                ("when it would begin", first, 12, later),
                ("a day is left before it", first, 13, Ok(())),
            ],
        );
        story.thaw(20, second);
        check_thaw(&story, &[("the second was withdrawn", first, 8, Ok(()))]);
    }

    #[test]
    fn a_freeze_counts_for_the_period_in_which_it_begins() {
        let mut story = Story::of(PlanSpec { renews: true, ..monthly() });
        story.freeze(0, 5, 15);
        story.freeze(0, 25, 35);
        story.renew(30);
        // January has 20 frozen days, so that February's 28 begin on day 51; the length of a month is that of its dates.
        assert_eq!(story.membership.until(), Some(day(51 + 28)));
        check_freeze(
            &story,
            &[
                ("the last day of the first period", 50, 53, Err(FreezeRefusal::TooMany { count_max: 2 })),
                ("the first of the second", 51, 54, Ok(())),
            ],
        );
        let planned = story.freeze(30, 60, 70);
        assert_eq!(story.membership.until(), Some(day(51 + 28 + 10)));
        story.thaw(60, planned);
        assert_eq!(story.membership.until(), Some(day(51 + 28)));
    }
}
