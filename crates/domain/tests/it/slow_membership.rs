//! A membership as a row of calendar days.
//!
//! Each day is a box with its notes: frozen by which operation, how often used. Nothing else is remembered of the dates:
//! where a period ends is found by walking from the first day and paying one bought day for each box that is not frozen.
//! So no end is ever moved, and no sum of days is ever kept.

use jiff::civil::Date;

use bonafide_domain::id::{ExtraId, MemberId, OperationId};
use bonafide_domain::membership::{
    EXTENSION_DAYS_MAX, RENEWAL_EARLY_DAYS_MAX, RENEWAL_LATE_DAYS_MAX, Standing,
};
use bonafide_domain::plan::{CancellationRule, Length, PlanSpec, Start};

/// What is asked of a membership.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ask {
    Start,
    Extend(u16),
    /// First frozen day, and how many.
    Freeze(usize, usize),
    Thaw(OperationId),
    Visit,
    GiveBack(OperationId),
    Guest,
    Extra(ExtraId, u32),
    Transfer(MemberId),
    /// For the branch's own price in minor units, or that of the plan.
    Renew(Option<i64>),
    Cancel,
}

#[derive(Clone, Default)]
struct Day {
    frozen_by: Option<OperationId>,
    uses: u32,
}

#[derive(Clone)]
struct Bought {
    days: Option<u32>,
    gifts: u32,
    paid: i64,
    visits: u32,
    guests: u32,
    extras: Vec<(ExtraId, u32)>,
}

#[derive(Clone)]
struct Visit {
    operation: OperationId,
    day: usize,
    period: usize,
    given_back: bool,
}

#[derive(Clone)]
pub(crate) struct SlowMembership {
    spec: PlanSpec,
    /// The date of the first box.
    zero: Date,
    days: Vec<Day>,
    sold: usize,
    first: usize,
    waits: bool,
    periods: Vec<Bought>,
    visits: Vec<Visit>,
    cancelled: Option<usize>,
    pub(crate) holder: MemberId,
}

/// The name of a refusal, as far as it must agree.
pub(crate) type Refused = &'static str;

impl SlowMembership {
    pub(crate) fn sold(
        spec: &PlanSpec,
        zero: Date,
        days: usize,
        sold: usize,
        holder: MemberId,
        paid: i64,
    ) -> Self {
        let (first, waits) = match spec.start {
            Start::OnPurchase => (sold, false),
            Start::OnFirstVisit { within_days } => (sold + usize::from(within_days), true),
        };
        let mut membership = Self {
            spec: spec.clone(),
            zero,
            days: vec![Day::default(); days],
            sold,
            first,
            waits,
            periods: Vec::new(),
            visits: Vec::new(),
            cancelled: None,
            holder,
        };
        membership.buy(first, paid);
        membership
    }

    fn date(&self, day: usize) -> Date {
        self.zero.checked_add(jiff::SignedDuration::from_hours(24 * day as i64)).unwrap()
    }

    fn buy(&mut self, from: usize, paid: i64) {
        let days = self.spec.length.map(|length| self.length(length, from));
        self.periods.push(Bought { days, gifts: 0, paid, visits: 0, guests: 0, extras: Vec::new() });
    }

    /// Counts the days one by one until the length is over.
    fn length(&self, length: Length, from: usize) -> u32 {
        let start = self.date(from);
        let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        let over = |days: u32| match length {
            Length::Days(bought) => days >= u32::from(bought),
            Length::Months(bought) => {
                let now = self.date(from + days as usize);
                let passed = months(now) - months(start);
                passed > i32::from(bought) || passed == i32::from(bought) && now.day() >= start.day()
            }
        };
        (1..).find(|&days| over(days)).unwrap()
    }

    /// Of each day the period that it is paid by; nothing before the first day and after the last.
    fn walk(&self) -> Vec<Option<usize>> {
        let mut paid_by = vec![None; self.days.len()];
        let mut period = 0;
        let mut left = self.periods[0].days.map(|days| days + self.periods[0].gifts);
        for day in self.first..self.days.len() {
            while left == Some(0) {
                period += 1;
                let Some(next) = self.periods.get(period) else { return paid_by };
                left = next.days.map(|days| days + next.gifts);
            }
            paid_by[day] = Some(period);
            if self.days[day].frozen_by.is_none() {
                left = left.map(|left| left - 1);
            }
        }
        paid_by
    }

    pub(crate) fn end(&self) -> Option<usize> {
        self.spec.length?;
        let paid_by = self.walk();
        Some((self.first..).find(|&day| paid_by[day].is_none()).unwrap())
    }

    /// How it stands on each of the days.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        let (paid_by, end) = (self.walk(), self.end());
        (0..self.days.len()).map(|day| self.standing(&paid_by, end, day)).collect()
    }

    fn standing(&self, paid_by: &[Option<usize>], end: Option<usize>, day: usize) -> Standing {
        if let Some(cancelled) = self.cancelled
            && (cancelled <= day || self.spec.visits.is_some())
        {
            return Standing::Cancelled { on: self.date(cancelled) };
        }
        if day < self.first {
            return Standing::NotStarted { first_day: self.date(self.first) };
        }
        let Some(period) = paid_by[day] else {
            return Standing::Ended { on: self.date(end.unwrap()) };
        };
        if self.days[day].frozen_by.is_some() {
            let until = (day..).find(|&day| self.days[day].frozen_by.is_none()).unwrap();
            return Standing::Frozen { until: self.date(until) };
        }
        if self.spec.visits == Some(self.periods[period].visits) {
            Standing::UsedUp
        } else {
            Standing::Active
        }
    }

    pub(crate) fn awaits_first_visit(&self, day: usize) -> bool {
        self.waits && self.cancelled.is_none() && (self.sold..self.first).contains(&day)
    }

    /// Visits, guests and extras that are left in the period of each day.
    pub(crate) fn left(&self, day: usize) -> (Option<u32>, u32, Vec<Option<u32>>) {
        let Some(period) = self.walk()[day] else {
            return (None, 0, vec![None; self.spec.extras.len()]);
        };
        let used = &self.periods[period];
        let extra_left = |extra, count| {
            let taken = used.extras.iter().filter(|(taken, _)| *taken == extra);
            count - taken.map(|(_, count)| count).sum::<u32>()
        };
        (
            self.spec.visits.map(|visits| visits - used.visits),
            self.spec.guest_visits - used.guests,
            self.spec
                .extras
                .iter()
                .map(|included| Some(extra_left(included.extra, included.count)))
                .collect(),
        )
    }

    /// What a cancellation pays back: for each period, unused of all, to the nearest unit and halves upwards.
    pub(crate) fn refund(&self, on: usize) -> i64 {
        let paid_by = self.walk();
        let mut refund = 0;
        for (number, period) in self.periods.iter().enumerate() {
            let (unused, all) = match self.spec.cancellation {
                CancellationRule::NothingBack => (0, 1),
                CancellationRule::ByUnusedDays => {
                    let valid =
                        |day: usize| paid_by[day] == Some(number) && self.days[day].frozen_by.is_none();
                    let used = (0..on).filter(|&day| valid(day)).count() as i64;
                    let bought = i64::from(period.days.unwrap());
                    ((bought - used).max(0), bought)
                }
                CancellationRule::ByUnusedVisits => {
                    let over =
                        self.first <= on && paid_by[on..].iter().all(|paid| paid.is_none_or(|p| p > number));
                    let all = self.spec.visits.unwrap();
                    (if over { 0 } else { i64::from(all - period.visits) }, i64::from(all))
                }
            };
            refund += (2 * period.paid * unused + all) / (2 * all);
        }
        refund
    }

    /// Does what is asked, or says the first reason why not.
    pub(crate) fn ask(&mut self, operation: OperationId, on: usize, ask: Ask) -> Result<(), Refused> {
        if self.cancelled.is_some() {
            return Err("Blocked(Cancelled");
        }
        match ask {
            Ask::Start => return self.start(on),
            Ask::Extend(days) => self.extend(on, days)?,
            Ask::Freeze(from, days) => self.freeze(operation, on, from, days)?,
            Ask::Thaw(freeze) => self.thaw(on, freeze)?,
            Ask::Visit => self.visit(operation, on)?,
            Ask::GiveBack(visit) => return self.give_back(visit),
            Ask::Guest => self.guest(on)?,
            Ask::Extra(extra, count) => self.extra(on, extra, count)?,
            Ask::Transfer(to) => return self.transfer(on, to),
            Ask::Renew(price) => self.renew(on, price)?,
            Ask::Cancel => return self.cancel(on),
        }
        self.waits = false;
        Ok(())
    }

    fn start(&mut self, on: usize) -> Result<(), Refused> {
        if !self.waits || on >= self.first {
            return Err("AlreadyStarted");
        }
        if on < self.sold {
            return Err("BeforeSale");
        }
        let paid = self.periods.pop().unwrap().paid;
        self.first = on;
        self.waits = false;
        self.buy(on, paid);
        Ok(())
    }

    fn extend(&mut self, on: usize, days: u16) -> Result<(), Refused> {
        if days == 0 || days > EXTENSION_DAYS_MAX {
            return Err("Days");
        }
        if self.spec.length.is_none() {
            return Err("NoEnd");
        }
        if on < self.first {
            return Err("NotStarted");
        }
        let period = self.walk()[on].ok_or("Ended")?;
        self.periods[period].gifts += u32::from(days);
        Ok(())
    }

    fn freeze(&mut self, by: OperationId, on: usize, from: usize, days: usize) -> Result<(), Refused> {
        let paid_by = self.walk();
        let allowed = self.spec.freezes.ok_or("NoFreezes")?;
        if from < self.first || self.awaits_first_visit(on) {
            return Err("NotStarted");
        }
        let period = paid_by[from].ok_or("Ended")?;
        if days < usize::from(allowed.days_min) {
            return Err("TooShort");
        }
        if days > usize::from(allowed.days_max) {
            return Err("TooLong");
        }
        let frozen_in_period = || {
            (0..self.days.len())
                .filter(|&day| self.days[day].frozen_by.is_some() && paid_by[day] == Some(period))
        };
        let mut operations: Vec<OperationId> =
            frozen_in_period().filter_map(|day| self.days[day].frozen_by).collect();
        operations.dedup();
        if operations.len() >= usize::from(allowed.count_max) {
            return Err("TooMany");
        }
        if frozen_in_period().count() + days > usize::from(allowed.total_days_max) {
            return Err("TooManyDays");
        }
        let span = &mut self.days[from..from + days];
        if span.iter().any(|day| day.frozen_by.is_some()) {
            return Err("Overlaps");
        }
        if span.iter().any(|day| day.uses > 0) {
            return Err("UsedOn");
        }
        span.iter_mut().for_each(|day| day.frozen_by = Some(by));
        Ok(())
    }

    fn thaw(&mut self, on: usize, freeze: OperationId) -> Result<(), Refused> {
        let frozen = |day: &usize| self.days[*day].frozen_by == Some(freeze);
        let first = (0..self.days.len()).find(frozen).ok_or("NoFreeze")?;
        let last = (0..self.days.len()).rfind(frozen).unwrap();
        if on > last {
            return Err("AlreadyOver");
        }
        if on > first && on - first < usize::from(self.spec.freezes.unwrap().days_min) {
            return Err("TooShort");
        }
        let mut thawed = self.clone();
        thawed.days[on.max(first)..=last].iter_mut().for_each(|day| day.frozen_by = None);
        let after_the_end = &thawed.days[thawed.end().unwrap()..];
        if after_the_end.iter().any(|day| day.frozen_by.is_some()) {
            return Err("LaterFreeze");
        }
        if after_the_end.iter().any(|day| day.uses > 0) {
            return Err("UsedOn");
        }
        *self = thawed;
        Ok(())
    }

    fn running(&self, on: usize) -> Result<usize, Refused> {
        if on < self.first {
            return Err("NotRunning(NotStarted");
        }
        let period = self.walk()[on].ok_or("NotRunning(Ended")?;
        if self.days[on].frozen_by.is_some() { Err("NotRunning(Frozen") } else { Ok(period) }
    }

    fn visit(&mut self, operation: OperationId, on: usize) -> Result<(), Refused> {
        let visits = self.spec.visits.ok_or("NotCounted")?;
        let period = self.running(on)?;
        if self.periods[period].visits == visits {
            return Err("UsedUp");
        }
        self.periods[period].visits += 1;
        self.days[on].uses += 1;
        self.visits.push(Visit { operation, day: on, period, given_back: false });
        Ok(())
    }

    fn give_back(&mut self, visit: OperationId) -> Result<(), Refused> {
        let visit = self.visits.iter_mut().find(|used| used.operation == visit).ok_or("NoVisit")?;
        if visit.given_back {
            return Err("AlreadyGivenBack");
        }
        visit.given_back = true;
        self.periods[visit.period].visits -= 1;
        self.days[visit.day].uses -= 1;
        Ok(())
    }

    fn guest(&mut self, on: usize) -> Result<(), Refused> {
        let period = self.running(on)?;
        if self.periods[period].guests == self.spec.guest_visits {
            return Err("UsedUp");
        }
        self.periods[period].guests += 1;
        self.days[on].uses += 1;
        Ok(())
    }

    fn extra(&mut self, on: usize, extra: ExtraId, count: u32) -> Result<(), Refused> {
        if count == 0 {
            return Err("NoCount");
        }
        let place =
            self.spec.extras.iter().position(|included| included.extra == extra).ok_or("NotIncluded")?;
        let period = self.running(on)?;
        if self.left(on).2[place].unwrap() < count {
            return Err("NotEnough");
        }
        self.periods[period].extras.push((extra, count));
        self.days[on].uses += 1;
        Ok(())
    }

    fn transfer(&mut self, on: usize, to: MemberId) -> Result<(), Refused> {
        if !self.spec.transferable {
            return Err("NotTransferable");
        }
        if self.end().is_some_and(|end| end <= on) {
            return Err("Ended");
        }
        if self.holder == to {
            return Err("SameHolder");
        }
        self.holder = to;
        Ok(())
    }

    fn renew(&mut self, on: usize, price: Option<i64>) -> Result<(), Refused> {
        let end = self.end().filter(|_| self.spec.renews).ok_or("NotRenewed")?;
        if on < self.first {
            return Err("NotStarted");
        }
        let last = self.periods.len() - 1;
        if on < self.walk().iter().position(|paid_by| *paid_by == Some(last)).unwrap() {
            return Err("AlreadyRenewed");
        }
        if on as i64 + RENEWAL_EARLY_DAYS_MAX < end as i64 {
            return Err("TooEarly");
        }
        if on as i64 >= end as i64 + RENEWAL_LATE_DAYS_MAX {
            return Err("TooLate");
        }
        self.buy(end, price.unwrap_or(self.spec.price.minor()));
        Ok(())
    }

    fn cancel(&mut self, on: usize) -> Result<(), Refused> {
        if on < self.sold {
            return Err("BeforeSale");
        }
        if self.end().is_some_and(|end| end <= on) {
            return Err("Ended");
        }
        if self.days[on..].iter().any(|day| day.uses > 0) {
            return Err("UsedOn");
        }
        self.cancelled = Some(on);
        Ok(())
    }
}
