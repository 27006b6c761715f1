//! The dates of a membership: its periods, one after the other, and the freezes within them.
//!
//! A period lasts a number of *valid* days: those that were bought, and those of extensions. Frozen days do not count, so
//! the end of each period follows from its beginning, its days and the freezes; nothing is moved by hand. A freeze
//! belongs to the period in which it begins, and ends before that period does.

use jiff::civil::Date;

use crate::calendar::{DateSpan, NoSpan, days_after, days_between};
use crate::id::OperationId;
use crate::money::Money;
use crate::plan::{PlanTerms, Start};

#[derive(Clone, Debug)]
pub(super) struct Period {
    pub(super) from: Date,
    /// Nothing for a period that lasts until the visits are used.
    pub(super) until: Option<Date>,
    /// As the length of the plan gave them when the period was bought.
    pub(super) bought_days: Option<i64>,
    pub(super) extension_days: i64,
    pub(super) paid: Money,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Freeze {
    /// The operation that made it.
    pub(super) by: OperationId,
    pub(super) span: DateSpan,
}

#[derive(Clone, Debug)]
pub(super) struct Timeline {
    /// At least one, each beginning where the one before ends.
    pub(super) periods: Vec<Period>,
    /// By date; no two share one.
    pub(super) freezes: Vec<Freeze>,
    /// Whether the first visit may still begin it earlier than its first date says.
    pub(super) waits: bool,
}

/// The days of a period that begins on this date; the error is an end beyond the last date.
pub(super) fn bought_days(terms: &PlanTerms, from: Date) -> Result<Option<i64>, BeyondLastDate> {
    match terms.spec().length {
        None => Ok(None),
        Some(length) => Ok(Some(days_between(from, length.end_from(from).ok_or(BeyondLastDate)?))),
    }
}

/// The end would lie beyond [`crate::calendar::LAST_DATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BeyondLastDate;

impl Timeline {
    /// As it is sold.
    pub(super) fn sold(terms: &PlanTerms, on: Date, paid: Money) -> Result<Self, BeyondLastDate> {
        let (from, waits) = match terms.spec().start {
            Start::OnPurchase => (on, false),
            Start::OnFirstVisit { within_days } => {
                (days_after(on, i64::from(within_days)).ok_or(BeyondLastDate)?, true)
            }
        };
        let first =
            Period { from, until: None, bought_days: bought_days(terms, from)?, extension_days: 0, paid };
        Self { periods: vec![first], freezes: Vec::new(), waits }.laid_out()
    }

    /// With its first date on this one.
    pub(super) fn started(&self, terms: &PlanTerms, on: Date) -> Result<Self, BeyondLastDate> {
        let mut next = self.clone();
        let first = &mut next.periods[0];
        first.from = on;
        first.bought_days = bought_days(terms, on)?;
        next.laid_out()
    }

    /// With further days for one period.
    pub(super) fn extended(&self, period: usize, days: u16) -> Result<Self, BeyondLastDate> {
        let mut next = self.clone();
        next.periods[period].extension_days += i64::from(days);
        next.laid_out()
    }

    /// With a further freeze, which shares no date with another.
    pub(super) fn frozen(&self, freeze: Freeze) -> Result<Self, BeyondLastDate> {
        let mut next = self.clone();
        let place = next.freezes.partition_point(|before| before.span.from() < freeze.span.from());
        next.freezes.insert(place, freeze);
        next.laid_out()
    }

    /// With one freeze that ends on this date, or that never was when it had not begun.
    pub(super) fn thawed(&self, freeze: usize, on: Date) -> Result<Self, BeyondLastDate> {
        let mut next = self.clone();
        match DateSpan::parse(next.freezes[freeze].span.from(), on) {
            Ok(kept) => next.freezes[freeze].span = kept,
            Err(NoSpan) => {
                next.freezes.remove(freeze);
            }
        }
        next.laid_out()
    }

    /// With a further period at the end, for this price.
    pub(super) fn renewed(&self, terms: &PlanTerms, paid: Money) -> Result<Self, BeyondLastDate> {
        let from = self.until().ok_or(BeyondLastDate)?;
        let bought_days = bought_days(terms, from)?;
        let mut next = self.clone();
        next.periods.push(Period { from, until: None, bought_days, extension_days: 0, paid });
        next.laid_out()
    }

    /// The first date of all.
    pub(super) fn first_day(&self) -> Date {
        self.periods[0].from
    }

    /// The first date after the last period.
    pub(super) fn until(&self) -> Option<Date> {
        self.periods[self.periods.len() - 1].until
    }

    /// Which period has this date.
    pub(super) fn period_on(&self, date: Date) -> Option<usize> {
        let has = |period: &Period| period.from <= date && period.until.is_none_or(|until| date < until);
        self.periods.iter().position(has)
    }

    /// When the freeze that covers this date ends; of freezes without a day between them, the last.
    pub(super) fn frozen_until(&self, date: Date) -> Option<Date> {
        let mut until = None;
        for freeze in &self.freezes {
            if freeze.span.contains(until.unwrap_or(date)) {
                until = Some(freeze.span.until());
            }
        }
        until
    }

    /// How many of a period's days before this date it was valid.
    pub(super) fn valid_days_before(&self, period: usize, date: Date) -> i64 {
        let Period { from, until, .. } = self.periods[period];
        let Ok(past) = DateSpan::parse(from, until.map_or(date, |until| until.min(date))) else { return 0 };
        past.days() - self.freezes.iter().map(|freeze| freeze.span.shared_days(past)).sum::<i64>()
    }

    /// The freezes that begin in a period.
    pub(super) fn freezes_of(&self, period: usize) -> impl Iterator<Item = &Freeze> {
        self.freezes.iter().filter(move |freeze| self.period_on(freeze.span.from()) == Some(period))
    }

    /// Finds the end of each period anew.
    fn laid_out(mut self) -> Result<Self, BeyondLastDate> {
        let mut from = self.periods[0].from;
        let mut freezes = self.freezes.iter().peekable();
        for period in &mut self.periods {
            period.from = from;
            // A period without days is the only one.
            let Some(bought_days) = period.bought_days else { continue };
            let mut until = days_after(from, bought_days + period.extension_days).ok_or(BeyondLastDate)?;
            while let Some(freeze) = freezes.next_if(|freeze| freeze.span.from() < until) {
                until = days_after(until, freeze.span.days()).ok_or(BeyondLastDate)?;
            }
            period.until = Some(until);
            from = until;
        }
        Ok(self)
    }
}
