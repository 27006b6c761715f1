//! What moves or sets the end: extension, renewal, cancellation.

use jiff::civil::Date;

use crate::calendar::days_after;
use crate::money::Money;
use crate::plan::{CancellationRule, is_a_price};

use super::timeline::BeyondLastDate;
use super::{Answer, Blocked, Change, Membership, Request};

/// The most days of one extension.
pub const EXTENSION_DAYS_MAX: u16 = 366;

/// The most periods of one membership: a hundred years of months would have 1200, and nobody's does.
pub const PERIODS_MAX: usize = 1000;

/// How many days before its end a membership may be renewed.
pub const RENEWAL_EARLY_DAYS_MAX: i64 = 31;

/// How many days after its end it may still be renewed, because the payment or the program was late. The new period begins
/// at the end of the old one all the same: the days between were the member's.
pub const RENEWAL_LATE_DAYS_MAX: i64 = 31;

/// Why a membership is not extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtendRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// Not from one to [`EXTENSION_DAYS_MAX`] days.
    Days,
    /// It has no end to move: it lasts until the visits are used.
    NoEnd,
    /// Not yet valid.
    NotStarted {
        /// Its first day, at the latest.
        first_day: Date,
    },
    /// It is over: it can be renewed or sold anew.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// It would end after [`crate::calendar::LAST_DATE`].
    BeyondLastDate,
}

/// Why a membership is not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// The plan is not renewed automatically.
    NotRenewed,
    /// Not yet valid.
    NotStarted {
        /// Its first day, at the latest.
        first_day: Date,
    },
    /// The next period is there already.
    AlreadyRenewed {
        /// When it begins.
        from: Date,
    },
    /// More than [`RENEWAL_EARLY_DAYS_MAX`] days before the end.
    TooEarly {
        /// The first date on which it may be renewed.
        from: Date,
    },
    /// More than [`RENEWAL_LATE_DAYS_MAX`] days after the end: sell it anew.
    TooLate {
        /// The first date on which it could no longer be renewed.
        since: Date,
    },
    /// It has [`PERIODS_MAX`] periods.
    TooManyPeriods,
    /// The branch's price is in another currency than what was sold; nothing is converted (case T-22).
    OtherCurrency,
    /// The branch's price is below zero or above [`crate::plan::PRICE_MINOR_MAX`].
    NotAPrice,
    /// It would end after [`crate::calendar::LAST_DATE`].
    BeyondLastDate,
}

/// Why a membership is not cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// The date lies before the sale.
    BeforeSale {
        /// The date of the sale.
        sold_on: Date,
    },
    /// It is over.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// It was used on that date or later: it can be cancelled from the next day on.
    UsedOn {
        /// The last date on which it was used.
        on: Date,
    },
}

impl From<Blocked> for ExtendRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for RenewRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for CancelRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl Membership {
    /// Adds days, as a gift, to the period that has the date of the request.
    pub fn extend(&self, request: &Request, days: u16) -> Result<Answer, ExtendRefusal> {
        let change = Change::Extended { days };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        if !(1..=EXTENSION_DAYS_MAX).contains(&days) {
            return Err(ExtendRefusal::Days);
        }
        let Some(until) = self.until() else { return Err(ExtendRefusal::NoEnd) };
        let first_day = self.timeline.first_day();
        if request.on < first_day {
            return Err(ExtendRefusal::NotStarted { first_day });
        }
        let Some(period) = self.timeline.period_on(request.on) else {
            return Err(ExtendRefusal::Ended { on: until });
        };
        self.timeline.extended(period, days).map_err(|BeyondLastDate| ExtendRefusal::BeyondLastDate)?;
        Ok(self.next(request, change))
    }

    /// Adds a period at the end. There is never more than one to come. `branch_price` is what the branch asks for the plan
    /// now, where it has a price of its own; without one the price of the terms holds.
    pub fn renew(&self, request: &Request, branch_price: Option<Money>) -> Result<Answer, RenewRefusal> {
        let change = Change::Renewed { paid: branch_price };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        let Some(until) = self.until().filter(|_| self.terms.spec().renews) else {
            return Err(RenewRefusal::NotRenewed);
        };
        let first_day = self.timeline.first_day();
        if request.on < first_day {
            return Err(RenewRefusal::NotStarted { first_day });
        }
        let last = &self.timeline.periods[self.timeline.periods.len() - 1];
        if request.on < last.from {
            return Err(RenewRefusal::AlreadyRenewed { from: last.from });
        }
        if let Some(from) = days_after(until, -RENEWAL_EARLY_DAYS_MAX).filter(|&from| request.on < from) {
            return Err(RenewRefusal::TooEarly { from });
        }
        if let Some(since) = days_after(until, RENEWAL_LATE_DAYS_MAX).filter(|&since| since <= request.on) {
            return Err(RenewRefusal::TooLate { since });
        }
        if self.timeline.periods.len() >= PERIODS_MAX {
            return Err(RenewRefusal::TooManyPeriods);
        }
        let price = self.terms.spec().price;
        let paid = branch_price.unwrap_or(price);
        if paid.currency() != price.currency() {
            return Err(RenewRefusal::OtherCurrency);
        }
        if !is_a_price(paid) {
            return Err(RenewRefusal::NotAPrice);
        }
        self.timeline.renewed(&self.terms, paid).map_err(|BeyondLastDate| RenewRefusal::BeyondLastDate)?;
        Ok(self.next(request, change))
    }

    /// Ends it on the date of the request, which is the first one that is no longer valid, and says what is paid back.
    pub fn cancel(&self, request: &Request) -> Result<Answer, CancelRefusal> {
        let change = Change::Cancelled { refund: self.unused_part(request.on) };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        if request.on < self.sold_on() {
            return Err(CancelRefusal::BeforeSale { sold_on: self.sold_on() });
        }
        if let Some(on) = self.until().filter(|&until| until <= request.on) {
            return Err(CancelRefusal::Ended { on });
        }
        if let Some((&on, _)) = self.uses.range(request.on..).next_back() {
            return Err(CancelRefusal::UsedOn { on });
        }
        Ok(self.next(request, change))
    }

    /// What a cancellation from this date on pays back, by the rule of the plan: of each period the unused share of what
    /// was paid for it, rounded to the nearest minor unit, and half a unit in favour of the member.
    pub fn unused_part(&self, on: Date) -> Money {
        let parts = (0..self.timeline.periods.len()).map(|period| self.unused_part_of(period, on));
        parts.fold(Money::zero(self.terms.spec().price.currency()), |sum, part| {
            sum.checked_add(part).expect("a thousand periods of the highest price are within an amount")
        })
    }

    fn unused_part_of(&self, period: usize, on: Date) -> Money {
        let spec = self.terms.spec();
        let dates = &self.timeline.periods[period];
        let (unused, all) = match (spec.cancellation, dates.bought_days, spec.visits) {
            (CancellationRule::ByUnusedDays, Some(bought), _) => {
                (bought - self.timeline.valid_days_before(period, on).min(bought), bought)
            }
            (CancellationRule::ByUnusedVisits, _, Some(visits)) => {
                let ended = dates.until.is_some_and(|until| until <= on);
                let left = if ended { 0 } else { visits.saturating_sub(self.counters[period].visits) };
                (i64::from(left), i64::from(visits))
            }
            // Terms whose rule cannot be counted do not exist.
            _ => (0, 1),
        };
        let shares = [unused.unsigned_abs(), (all - unused).unsigned_abs()];
        dates.paid.split(&shares).expect("a period has at least one day or visit")[0]
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::{SOLARIUM, Story, day, monthly, request, roubles};
    use super::super::{Field, Standing};
    use super::*;
    use crate::calendar::LAST_DATE;
    use crate::plan::{Length, PlanSpec, Start};

    fn renewing() -> PlanSpec {
        PlanSpec { renews: true, ..monthly() }
    }

    fn by_days() -> PlanSpec {
        PlanSpec { cancellation: CancellationRule::ByUnusedDays, ..renewing() }
    }

    #[test]
    fn an_extension_is_refused_by_name() {
        use ExtendRefusal::*;
        let endless = PlanSpec { length: None, visits: Some(9), freezes: None, ..monthly() };
        let waiting = PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly() };
        let cases = [
            ("a day", monthly(), 0, 1, Ok(())),
            ("no day", monthly(), 0, 0, Err(Days)),
            ("a year and a day", monthly(), 0, EXTENSION_DAYS_MAX + 1, Err(Days)),
            ("no end", endless, 0, 1, Err(NoEnd)),
            ("not begun", waiting, 9, 1, Err(NotStarted { first_day: day(10) })),
            ("on the last day", monthly(), 30, 1, Ok(())),
            ("after it", monthly(), 31, 1, Err(Ended { on: day(31) })),
        ];
        for (name, spec, on, days, expected) in cases {
            let found = Story::of(spec).membership.extend(&request(9, on), days);
            assert_eq!(found.map(|_| ()), expected, "{name}");
        }
        let last = Story::for_days(LAST_DATE.yesterday().unwrap(), 1);
        let late = Request { on: LAST_DATE.yesterday().unwrap(), ..request(9, 0) };
        assert_eq!(last.membership.extend(&late, 1), Err(BeyondLastDate));
    }

    #[test]
    fn a_renewal_begins_at_the_end_and_not_too_far_from_it() {
        use RenewRefusal::*;
        let quarterly = PlanSpec { length: Some(Length::Months(3)), ..renewing() };
        let cases = [
            ("never", monthly(), 20, Err(NotRenewed)),
            ("before it begins", renewing(), -1, Err(NotStarted { first_day: day(0) })),
            ("31 days before the end", quarterly.clone(), 90 - 31, Ok(())),
            ("32 days before", quarterly, 90 - 32, Err(TooEarly { from: day(90 - 31) })),
            ("on the last day", renewing(), 30, Ok(())),
            ("30 days late", renewing(), 61, Ok(())),
            ("31 days late", renewing(), 62, Err(TooLate { since: day(62) })),
        ];
        for (name, spec, on, expected) in cases {
            assert_eq!(
                Story::of(spec).membership.renew(&request(9, on), None).map(|_| ()),
                expected,
                "{name}"
            );
        }
        let mut story = Story::of(renewing());
        story.renew(40);
        assert_eq!(story.membership.until(), Some(day(31 + 28)), "from the end on, although it was late");
        assert_eq!(story.membership.standing(day(35)), Standing::Active);
        let early = story.membership.renew(&request(9, 30), None);
        assert_eq!(early, Err(AlreadyRenewed { from: day(31) }));
    }

    #[test]
    fn a_renewal_costs_what_the_branch_asks_and_in_the_currency_of_the_sale() {
        let euro = Money::zero(crate::money::Currency::parse("EUR").unwrap());
        let too_much = roubles(crate::plan::PRICE_MINOR_MAX + 1);
        let ask = |price| Story::of(by_days()).membership.renew(&request(9, 20), price);
        assert_eq!(ask(Some(euro)), Err(RenewRefusal::OtherCurrency), "t22");
        assert_eq!(ask(Some(too_much)), Err(RenewRefusal::NotAPrice));
        let asked = Some(roubles(280_000));
        assert_eq!(ask(asked).unwrap().event().change, Change::Renewed { paid: asked });
        // The second period has 28 days: what is paid back is a share of what it cost, and not of the price of the terms.
        let mut story = Story::of(by_days());
        let number = story.does(20, |membership, request| membership.renew(request, asked));
        assert_eq!(story.membership.unused_part(day(31 + 1)), roubles(270_000));
        let again = story.membership.renew(&request(number, 20), None);
        assert_eq!(again, Ok(Answer::AlreadyDone(*story.membership.history().last().unwrap())), "t02");
    }

    #[test]
    fn a_month_that_begins_on_the_31st_loses_no_day() {
        let mut story = Story::sold(renewing(), day(30));
        assert_eq!(story.membership.until(), Some(day(59)), "the 1st of March, after 29 days");
        story.renew(58);
        assert_eq!(story.membership.until(), Some(day(90)), "the 1st of April");
    }

    /// Does something, then asks what a cancellation pays back on each of the days.
    fn check_refund(name: &str, spec: PlanSpec, tell: impl FnOnce(&mut Story), refunds: &[(i64, i64)]) {
        let mut story = Story::of(spec);
        tell(&mut story);
        for &(on, refund) in refunds {
            let quoted = story.membership.unused_part(day(on));
            assert_eq!(quoted, roubles(refund), "{name}, day {on}");
            let found = story.membership.cancel(&request(99, on)).unwrap();
            assert_eq!(found.event().change, Change::Cancelled { refund: quoted }, "{name}, day {on}");
        }
    }

    #[test]
    fn t13_the_unused_part_is_paid_back_to_the_kopeck() {
        let by_visits = || PlanSpec {
            visits: Some(3),
            cancellation: CancellationRule::ByUnusedVisits,
            price: roubles(100),
            ..renewing()
        };
        let freeze = |story: &mut Story| _ = story.freeze(0, 5, 15);
        let extend = |story: &mut Story| _ = story.extend(0, 10);
        let renew = |story: &mut Story| _ = story.renew(20);
        let visit = |story: &mut Story| _ = story.visit(1);
        check_refund("nothing back", renewing(), |_| {}, &[(0, 0), (5, 0)]);
        check_refund("days", by_days(), |_| {}, &[(0, 310_000), (1, 300_000), (30, 10_000)]);
        check_refund(
            "frozen days are not used",
            by_days(),
            freeze,
            &[(5, 260_000), (15, 260_000), (16, 250_000)],
        );
        check_refund("a gift is used last", by_days(), extend, &[(1, 300_000), (31, 0), (40, 0)]);
        check_refund(
            "a period to come, whole",
            by_days(),
            renew,
            &[(30, 320_000), (31, 310_000), (45, 155_000)],
        );
        let waiting = PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..by_days() };
        check_refund("not begun, whole", waiting, |_| {}, &[(0, 310_000), (10, 310_000), (11, 300_000)]);
        let odd = PlanSpec { price: roubles(100), ..by_days() };
        check_refund("to the nearest kopeck", odd, |_| {}, &[(1, 97), (2, 94), (16, 48)]);
        let halves = PlanSpec { length: Some(Length::Days(2)), price: roubles(5), ..by_days() };
        check_refund("half a kopeck to the member", halves, |_| {}, &[(1, 3)]);
        check_refund("visits", by_visits(), |_| {}, &[(5, 100)]);
        check_refund("two of three visits", by_visits(), visit, &[(2, 67)]);
        check_refund(
            "visits of a period that has ended are gone",
            by_visits(),
            |story| {
                visit(story);
                renew(story);
            },
            &[(30, 167), (31, 100)],
        );
    }

    #[test]
    fn a_cancellation_is_refused_by_name() {
        use CancelRefusal::{BeforeSale, Ended, UsedOn};
        let mut story = Story::of(by_days());
        story.does(4, |membership, request| membership.use_extra(request, SOLARIUM, 1));
        let cases = [
            ("before the sale", -1, Err(BeforeSale { sold_on: day(0) })),
            ("before a use", 3, Err(UsedOn { on: day(4) })),
            ("on the day of a use", 4, Err(UsedOn { on: day(4) })),
            ("on the day after", 5, Ok(())),
            ("on the last day", 30, Ok(())),
            ("at the end", 31, Err(Ended { on: day(31) })),
        ];
        for (name, on, expected) in cases {
            assert_eq!(story.membership.cancel(&request(9, on)).map(|_| ()), expected, "{name}");
        }
        let number = story.cancel(20);
        assert_eq!(story.membership.standing(day(19)), Standing::Active);
        assert_eq!(story.membership.standing(day(20)), Standing::Cancelled { on: day(20) });
        let done = *story.membership.history().last().unwrap();
        assert_eq!(story.membership.cancel(&request(number, 20)), Ok(Answer::AlreadyDone(done)));
        let other = Blocked::OtherContents(Field::Date);
        assert_eq!(story.membership.cancel(&request(number, 21)), Err(other.into()));
        let closed = Blocked::Cancelled { on: day(20) };
        assert_eq!(story.membership.cancel(&request(99, 20)), Err(closed.into()));
        assert_eq!(story.membership.extend(&request(99, 19), 1), Err(closed.into()));
    }
}
