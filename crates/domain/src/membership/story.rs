//! Memberships for the tests of the rules, told by numbered days: day 0 is Friday, 2027-01-01.

use jiff::civil::{Date, date};

use crate::calendar::{DateSpan, UtcMicros, days_after};
use crate::id::{ExtraId, MemberId, OperationId};
use crate::money::{Currency, Money};
use crate::plan::{CancellationRule, FreezeTerms, IncludedExtra, Length, PlanSpec, PlanTerms, Reach, Start};
use crate::schedule::Schedule;

use super::{Answer, Membership, Request, Sale};

pub(crate) const ANNA: MemberId = MemberId([1; 16]);
pub(crate) const BORIS: MemberId = MemberId([2; 16]);
pub(crate) const SOLARIUM: ExtraId = ExtraId([1; 16]);

pub(crate) fn day(number: i64) -> Date {
    days_after(date(2027, 1, 1), number).unwrap()
}

pub(crate) fn days(from: i64, until: i64) -> DateSpan {
    DateSpan::parse(day(from), day(until)).unwrap()
}

pub(crate) fn roubles(minor: i64) -> Money {
    Money::parse(minor, Currency::parse("RUB").unwrap()).unwrap()
}

pub(crate) fn operation(number: u8) -> OperationId {
    OperationId([number; 16])
}

/// A request that counts for a day.
pub(crate) fn request(number: u8, on: i64) -> Request {
    Request { operation: operation(number), at: UtcMicros::MIN, on: day(on) }
}

/// January is its first period: 31 days for 3,100 roubles, visits not counted.
pub(crate) fn monthly() -> PlanSpec {
    PlanSpec {
        version: 3,
        length: Some(Length::Months(1)),
        visits: None,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: Some(FreezeTerms { count_max: 2, total_days_max: 20, days_min: 3, days_max: 14 }),
        guest_visits: 1,
        extras: vec![IncludedExtra { extra: SOLARIUM, count: 30 }],
        price: roubles(310_000),
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    }
}

/// A membership and the number of the next operation.
pub(crate) struct Story {
    pub(crate) membership: Membership,
    next: u8,
}

impl Story {
    /// Sold to Anna on day 0, as operation 0, for the price of the plan.
    pub(crate) fn of(spec: PlanSpec) -> Self {
        Self::sold(spec, day(0))
    }

    /// The monthly plan with another length, from another date on.
    pub(crate) fn for_days(from: Date, days: u16) -> Self {
        Self::sold(PlanSpec { length: Some(Length::Days(days)), ..monthly() }, from)
    }

    /// The same, from another date on.
    pub(crate) fn sold(spec: PlanSpec, on: Date) -> Self {
        let terms = PlanTerms::parse(spec).unwrap();
        let sale = Sale { holder: ANNA, paid: terms.spec().price };
        let answer = Membership::sell(&terms, None, &Request { on, ..request(0, 0) }, sale).unwrap();
        Self { membership: Membership::replay(terms, &[*answer.event()]).unwrap(), next: 1 }
    }

    /// Does what is new; the number of the operation is the answer.
    pub(crate) fn does<R: std::fmt::Debug>(
        &mut self,
        on: i64,
        command: impl FnOnce(&Membership, &Request) -> Result<Answer, R>,
    ) -> u8 {
        let number = self.next;
        let Answer::New(event) = command(&self.membership, &request(number, on)).unwrap() else {
            panic!("operation {number} was done before");
        };
        self.membership = self.membership.with(&event).unwrap();
        self.next += 1;
        number
    }

    pub(crate) fn start(&mut self, on: i64) -> u8 {
        self.does(on, Membership::start)
    }

    pub(crate) fn visit(&mut self, on: i64) -> u8 {
        self.does(on, Membership::use_visit)
    }

    pub(crate) fn renew(&mut self, on: i64) -> u8 {
        self.does(on, |membership, request| membership.renew(request, None))
    }

    pub(crate) fn cancel(&mut self, on: i64) -> u8 {
        self.does(on, Membership::cancel)
    }

    pub(crate) fn extend(&mut self, on: i64, days: u16) -> u8 {
        self.does(on, |membership, request| membership.extend(request, days))
    }

    pub(crate) fn freeze(&mut self, on: i64, from: i64, until: i64) -> u8 {
        self.does(on, |membership, request| membership.freeze(request, days(from, until)))
    }

    pub(crate) fn thaw(&mut self, on: i64, freeze: u8) -> u8 {
        self.does(on, |membership, request| membership.thaw(request, operation(freeze)))
    }
}
