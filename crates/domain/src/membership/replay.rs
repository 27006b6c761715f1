//! From events to a membership.
//!
//! A replay does not judge: what was written under the rules of its day stays true when the rules become stricter. It
//! only refuses a history that means nothing, because events are missing, doubled, out of order or of another membership.

use crate::calendar::DateSpan;
use crate::id::{ExtraId, OperationId};
use crate::plan::{PlanTerms, is_a_price};

use super::timeline::{BeyondLastDate, Freeze, Timeline};
use super::{Change, CountedVisit, Counters, EVENTS_MAX, Membership, MembershipEvent, PERIODS_MAX};

/// At which event a history stopped making sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayFault {
    /// The place of the event, counted from zero.
    pub sequence: u32,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The history is empty or does not begin with the sale.
    NoSale,
    /// A second sale.
    SecondSale,
    /// The number of the event is not its place: one is missing, or another was written first.
    OutOfSequence {
        /// The number that it has.
        found: u32,
    },
    /// More than [`EVENTS_MAX`] events.
    HistoryFull,
    /// It had begun before.
    StartedTwice,
    /// The operation has an event already.
    OperationTwice,
    /// An event after the cancellation.
    AfterCancellation,
    /// It was sold under another version of the plan than the terms are.
    OtherVersion {
        /// The version of the sale.
        sold: u32,
    },
    /// The amount is below zero, too large or of another currency than the price.
    NotAPrice,
    /// An end lies beyond [`crate::calendar::LAST_DATE`], or a plan without length was frozen or renewed.
    NoEnd,
    /// More than [`PERIODS_MAX`] periods.
    TooManyPeriods,
    /// No period has the date that the event counts for.
    NoPeriod,
    /// A date was frozen twice.
    FrozenTwice,
    /// There is no such freeze, or it was over.
    NoFreeze,
    /// There is no such visit, or it was given back before.
    NoVisit,
    /// The plan does not include the extra.
    NoExtra,
    /// More was used than the plan gives.
    Overdrawn,
}

impl From<BeyondLastDate> for Fault {
    fn from(BeyondLastDate: BeyondLastDate) -> Self {
        Self::NoEnd
    }
}

impl Membership {
    /// The membership that this history made under these terms.
    pub fn replay(terms: PlanTerms, events: &[MembershipEvent]) -> Result<Self, ReplayFault> {
        let at = |sequence| move |fault| ReplayFault { sequence, fault };
        let (sale, later) = events.split_first().ok_or(Fault::NoSale).map_err(at(0))?;
        let mut membership = Self::from_sale(terms, sale).map_err(at(0))?;
        for (sequence, event) in (1..).zip(later) {
            membership.add(event).map_err(at(sequence))?;
        }
        Ok(membership)
    }

    /// The membership with one more event, as it stands once that is written.
    pub fn with(&self, event: &MembershipEvent) -> Result<Self, ReplayFault> {
        let mut next = self.clone();
        next.add(event).map_err(|fault| ReplayFault { sequence: event.sequence, fault })?;
        Ok(next)
    }

    fn from_sale(terms: PlanTerms, sale: &MembershipEvent) -> Result<Self, Fault> {
        let Change::Sold { holder, version, paid } = sale.change else { return Err(Fault::NoSale) };
        if sale.sequence != 0 {
            return Err(Fault::OutOfSequence { found: sale.sequence });
        }
        if version != terms.spec().version {
            return Err(Fault::OtherVersion { sold: version });
        }
        if !is_a_price(paid) || paid.currency() != terms.spec().price.currency() {
            return Err(Fault::NotAPrice);
        }
        Ok(Self {
            timeline: Timeline::sold(&terms, sale.on, paid)?,
            terms,
            holder,
            counters: vec![Counters::default()],
            visits: [].into(),
            uses: [].into(),
            cancelled_on: None,
            history: vec![*sale],
            operations: [(sale.operation, 0)].into(),
        })
    }

    fn add(&mut self, event: &MembershipEvent) -> Result<(), Fault> {
        let place = self.history.len();
        if usize::try_from(event.sequence) != Ok(place) {
            return Err(Fault::OutOfSequence { found: event.sequence });
        }
        if place >= EVENTS_MAX {
            return Err(Fault::HistoryFull);
        }
        if self.operations.contains_key(&event.operation) {
            return Err(Fault::OperationTwice);
        }
        if self.cancelled_on.is_some() {
            return Err(Fault::AfterCancellation);
        }
        self.change(event)?;
        self.operations.insert(event.operation, place);
        self.history.push(*event);
        Ok(())
    }

    fn change(&mut self, event: &MembershipEvent) -> Result<(), Fault> {
        match event.change {
            Change::Sold { .. } => return Err(Fault::SecondSale),
            Change::Started => {
                if !self.timeline.waits {
                    return Err(Fault::StartedTwice);
                }
                self.settle(self.timeline.started(&self.terms, event.on)?);
            }
            Change::Extended { days } => {
                let period = self.timeline.period_on(event.on).ok_or(Fault::NoPeriod)?;
                self.settle(self.timeline.extended(period, days)?);
            }
            Change::Frozen { span } => self.add_freeze(event.operation, span)?,
            Change::Thawed { freeze } => {
                let ends_early = |found: &Freeze| found.by == freeze && event.on < found.span.until();
                let freeze = self.timeline.freezes.iter().position(ends_early).ok_or(Fault::NoFreeze)?;
                self.settle(self.timeline.thawed(freeze, event.on)?);
            }
            Change::VisitUsed => self.add_visit(event)?,
            Change::VisitGivenBack { visit } => self.take_visit_back(visit)?,
            Change::GuestPassUsed => {
                let period = self.use_on(event)?;
                count_up(&mut self.counters[period].guest_visits, 1, self.terms.spec().guest_visits)?;
            }
            Change::ExtraUsed { extra, count } => self.add_extra(event, extra, count)?,
            Change::Transferred { to } => self.holder = to,
            Change::Renewed { paid } => {
                if self.timeline.periods.len() >= PERIODS_MAX {
                    return Err(Fault::TooManyPeriods);
                }
                let price = self.terms.spec().price;
                let paid = paid.unwrap_or(price);
                if !is_a_price(paid) || paid.currency() != price.currency() {
                    return Err(Fault::NotAPrice);
                }
                self.settle(self.timeline.renewed(&self.terms, paid)?);
                self.counters.push(Counters::default());
            }
            Change::Cancelled { refund } => {
                if refund.currency() != self.terms.spec().price.currency() || refund.minor() < 0 {
                    return Err(Fault::NotAPrice);
                }
                self.cancelled_on = Some(event.on);
            }
        }
        Ok(())
    }

    /// Takes the dates over. Once anything was counted by them, no first visit moves the beginning any more.
    fn settle(&mut self, timeline: Timeline) {
        self.timeline = Timeline { waits: false, ..timeline };
    }

    fn add_freeze(&mut self, by: OperationId, span: DateSpan) -> Result<(), Fault> {
        if self.timeline.freezes.iter().any(|freeze| freeze.span.shared_days(span) > 0) {
            return Err(Fault::FrozenTwice);
        }
        self.timeline.until().ok_or(Fault::NoEnd)?;
        self.timeline.period_on(span.from()).ok_or(Fault::NoPeriod)?;
        self.settle(self.timeline.frozen(Freeze { by, span })?);
        Ok(())
    }

    /// Counts a use of the date and says of which period it is.
    fn use_on(&mut self, event: &MembershipEvent) -> Result<usize, Fault> {
        let period = self.timeline.period_on(event.on).ok_or(Fault::NoPeriod)?;
        *self.uses.entry(event.on).or_default() += 1;
        self.timeline.waits = false;
        Ok(period)
    }

    fn add_visit(&mut self, event: &MembershipEvent) -> Result<(), Fault> {
        let period = self.use_on(event)?;
        let most = self.terms.spec().visits.ok_or(Fault::Overdrawn)?;
        count_up(&mut self.counters[period].visits, 1, most)?;
        self.visits.insert(event.operation, CountedVisit { on: event.on, period, given_back: false });
        Ok(())
    }

    fn take_visit_back(&mut self, visit: OperationId) -> Result<(), Fault> {
        let visit = self.visits.get_mut(&visit).filter(|visit| !visit.given_back).ok_or(Fault::NoVisit)?;
        visit.given_back = true;
        self.counters[visit.period].visits -= 1;
        let uses = self.uses.get_mut(&visit.on).ok_or(Fault::NoVisit)?;
        *uses -= 1;
        if *uses == 0 {
            self.uses.remove(&visit.on);
        }
        Ok(())
    }

    fn add_extra(&mut self, event: &MembershipEvent, extra: ExtraId, count: u32) -> Result<(), Fault> {
        let period = self.use_on(event)?;
        let included = self.terms.spec().extras.iter().find(|included| included.extra == extra);
        let most = included.ok_or(Fault::NoExtra)?.count;
        count_up(self.counters[period].extras.entry(extra).or_default(), count, most)
    }
}

fn count_up(used: &mut u32, by: u32, most: u32) -> Result<(), Fault> {
    *used = used.checked_add(by).filter(|&sum| sum <= most).ok_or(Fault::Overdrawn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::story::{SOLARIUM, Story, day, days, monthly, operation, roubles};
    use super::*;
    use crate::money::{Currency, Money};
    use crate::plan::{PlanSpec, Start};

    fn told() -> Story {
        let mut story = Story::of(PlanSpec { visits: Some(2), renews: true, ..monthly() });
        story.freeze(0, 10, 14);
        story.visit(3);
        story.visit(4);
        story
    }

    /// The next event of the story, on day 5.
    fn next(story: &Story, change: Change) -> MembershipEvent {
        let last = story.membership.history().last().unwrap();
        MembershipEvent { sequence: last.sequence + 1, operation: operation(99), on: day(5), change, ..*last }
    }

    fn check(story: &Story, cases: &[(&str, Change, Fault)]) {
        for &(name, change, fault) in cases {
            let event = next(story, change);
            let found = story.membership.with(&event).map(|_| ());
            assert_eq!(found, Err(ReplayFault { sequence: event.sequence, fault }), "{name}");
            let mut events = story.membership.history().to_vec();
            events.push(event);
            let replayed = Membership::replay(story.membership.terms().clone(), &events).map(|_| ());
            assert_eq!(replayed, found, "{name}");
        }
    }

    #[test]
    fn a_history_that_means_nothing_is_refused() {
        let story = told();
        let sale = story.membership.history()[0].change;
        let (freeze, visit) = (operation(1), operation(2));
        let euro = Money::zero(Currency::parse("EUR").unwrap());
        check(
            &story,
            &[
                ("a second sale", sale, Fault::SecondSale),
                ("a start", Change::Started, Fault::StartedTwice),
                ("a frozen day", Change::Frozen { span: days(13, 16) }, Fault::FrozenTwice),
                ("a day after the end", Change::Frozen { span: days(35, 38) }, Fault::NoPeriod),
                ("no such freeze", Change::Thawed { freeze: visit }, Fault::NoFreeze),
                ("a third visit", Change::VisitUsed, Fault::Overdrawn),
                ("no such visit", Change::VisitGivenBack { visit: freeze }, Fault::NoVisit),
                ("too much sun", Change::ExtraUsed { extra: SOLARIUM, count: 31 }, Fault::Overdrawn),
                ("no such extra", Change::ExtraUsed { extra: ExtraId([9; 16]), count: 1 }, Fault::NoExtra),
                ("t22 another currency", Change::Cancelled { refund: euro }, Fault::NotAPrice),
                ("a negative refund", Change::Cancelled { refund: roubles(-1) }, Fault::NotAPrice),
                ("t22 renewed in euro", Change::Renewed { paid: Some(euro) }, Fault::NotAPrice),
                ("a negative price", Change::Renewed { paid: Some(roubles(-1)) }, Fault::NotAPrice),
            ],
        );
        let mut cancelled = told();
        cancelled.cancel(20);
        check(&cancelled, &[("after the end", Change::GuestPassUsed, Fault::AfterCancellation)]);
        let endless = PlanSpec { length: None, visits: Some(9), freezes: None, ..monthly() };
        check(
            &Story::of(endless),
            &[
                ("frozen without an end", Change::Frozen { span: days(5, 8) }, Fault::NoEnd),
                ("renewed without an end", Change::Renewed { paid: None }, Fault::NoEnd),
            ],
        );
        let waiting = PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly() };
        check(&Story::of(waiting), &[("a guest before the start", Change::GuestPassUsed, Fault::NoPeriod)]);
    }

    #[test]
    fn an_event_has_one_place() {
        let story = told();
        let event = next(&story, Change::GuestPassUsed);
        let fault = |event: MembershipEvent| story.membership.with(&event).unwrap_err().fault;
        for sequence in [0, event.sequence - 1, event.sequence + 1, u32::MAX] {
            let expected = Fault::OutOfSequence { found: sequence };
            assert_eq!(fault(MembershipEvent { sequence, ..event }), expected);
        }
        assert_eq!(fault(MembershipEvent { operation: operation(2), ..event }), Fault::OperationTwice);
        assert_eq!(fault(MembershipEvent { on: day(-1), ..event }), Fault::NoPeriod);
    }

    #[test]
    fn a_history_begins_with_its_sale() {
        let story = told();
        let events = story.membership.history();
        let replay = |events: &[MembershipEvent]| {
            let fault = Membership::replay(story.membership.terms().clone(), events).unwrap_err();
            assert_eq!(fault.sequence, 0);
            fault.fault
        };
        assert_eq!(replay(&[]), Fault::NoSale);
        assert_eq!(replay(&events[1..]), Fault::NoSale);
        assert_eq!(
            replay(&[MembershipEvent { sequence: 1, ..events[0] }]),
            Fault::OutOfSequence { found: 1 }
        );
        let Change::Sold { holder, version, paid } = events[0].change else { panic!("{:?}", events[0]) };
        let with = |version, paid| {
            replay(&[MembershipEvent { change: Change::Sold { holder, version, paid }, ..events[0] }])
        };
        assert_eq!(with(2, paid), Fault::OtherVersion { sold: 2 });
        assert_eq!(with(version, roubles(-1)), Fault::NotAPrice);
        assert_eq!(with(version, Money::zero(Currency::parse("EUR").unwrap())), Fault::NotAPrice);
    }

    #[test]
    fn a_refused_event_changes_nothing() {
        let story = told();
        let before = format!("{:?}", story.membership);
        assert!(story.membership.with(&next(&story, Change::VisitUsed)).is_err());
        assert_eq!(format!("{:?}", story.membership), before);
    }
}
