//! Sale, start and transfer.

use jiff::civil::Date;

use crate::id::MemberId;
use crate::money::Money;
use crate::plan::{PlanTerms, is_a_price};

use super::timeline::{BeyondLastDate, Timeline};
use super::{Answer, Blocked, Change, Field, Membership, MembershipEvent, Request};

/// To whom a membership is sold, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The member.
    pub holder: MemberId,
    /// What is paid for the first period. It may differ from the price of the plan: a discount, a gift.
    pub paid: Money,
}

/// Why a membership is not sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleRefusal {
    /// The operation sold something else before.
    OtherContents(Field),
    /// Paid in another currency than the plan's price; nothing is converted (case T-22).
    OtherCurrency,
    /// Below zero or above [`crate::plan::PRICE_MINOR_MAX`].
    NotAPrice,
    /// It would end after [`crate::calendar::LAST_DATE`].
    BeyondLastDate,
}

/// Why a membership is not begun by a first visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// It has begun, or its plan begins with the sale.
    AlreadyStarted {
        /// Its first day.
        on: Date,
    },
    /// The date lies before the sale.
    BeforeSale {
        /// The date of the sale.
        sold_on: Date,
    },
    /// It would end after [`crate::calendar::LAST_DATE`].
    BeyondLastDate,
}

/// Why a membership is not given to another member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferRefusal {
    /// See [`Blocked`].
    Blocked(Blocked),
    /// The plan does not allow it.
    NotTransferable,
    /// It is over.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// The member has it already.
    SameHolder,
}

impl From<Blocked> for StartRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl From<Blocked> for TransferRefusal {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(blocked)
    }
}

impl Membership {
    /// Sells a membership under these terms. It counts from the date of the request, which may be later than the day of
    /// payment. `before` is the membership that this operation sold already, when there is one; any other is ignored.
    pub fn sell(
        terms: &PlanTerms,
        before: Option<&Self>,
        request: &Request,
        sale: Sale,
    ) -> Result<Answer, SaleRefusal> {
        let version = terms.spec().version;
        let change = Change::Sold { holder: sale.holder, version, paid: sale.paid };
        let first_event = before.map(|before| before.history[0]);
        if let Some(event) = first_event.filter(|event| event.operation == request.operation) {
            return match event.difference(request.on, &change) {
                None => Ok(Answer::AlreadyDone(event)),
                Some(field) => Err(SaleRefusal::OtherContents(field)),
            };
        }
        if sale.paid.currency() != terms.spec().price.currency() {
            return Err(SaleRefusal::OtherCurrency);
        }
        if !is_a_price(sale.paid) {
            return Err(SaleRefusal::NotAPrice);
        }
        if let Err(BeyondLastDate) = Timeline::sold(terms, request.on, sale.paid) {
            return Err(SaleRefusal::BeyondLastDate);
        }
        let &Request { operation, at, on } = request;
        Ok(Answer::New(MembershipEvent { sequence: 0, operation, at, on, change }))
    }

    /// Begins it on the date of the first visit, which is the date of the request. Without a first visit it begins by
    /// itself on the last day that the plan allows; a visit that was forgotten may still be entered afterwards, until
    /// anything is counted by the dates.
    pub fn start(&self, request: &Request) -> Result<Answer, StartRefusal> {
        if let Some(done) = self.admit(request, &Change::Started)? {
            return Ok(done);
        }
        if !self.timeline.waits || self.timeline.first_day() <= request.on {
            return Err(StartRefusal::AlreadyStarted { on: self.timeline.first_day() });
        }
        if request.on < self.sold_on() {
            return Err(StartRefusal::BeforeSale { sold_on: self.sold_on() });
        }
        // It ends earlier than it would have by itself, so that this is for form's sake.
        self.timeline
            .started(&self.terms, request.on)
            .map_err(|BeyondLastDate| StartRefusal::BeyondLastDate)?;
        Ok(self.next(request, Change::Started))
    }

    /// Gives it to another member, with all that is left of it.
    pub fn transfer(&self, request: &Request, to: MemberId) -> Result<Answer, TransferRefusal> {
        let change = Change::Transferred { to };
        if let Some(done) = self.admit(request, &change)? {
            return Ok(done);
        }
        if !self.terms.spec().transferable {
            return Err(TransferRefusal::NotTransferable);
        }
        if let Some(on) = self.until().filter(|&until| until <= request.on) {
            return Err(TransferRefusal::Ended { on });
        }
        if self.holder == to {
            return Err(TransferRefusal::SameHolder);
        }
        Ok(self.next(request, change))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::super::story::{ANNA, BORIS, Story, day, monthly, request, roubles};
    use super::*;
    use crate::calendar::LAST_DATE;
    use crate::money::Currency;
    use crate::plan::{PRICE_MINOR_MAX, PlanSpec, Start};

    fn terms(spec: PlanSpec) -> PlanTerms {
        PlanTerms::parse(spec).unwrap()
    }

    fn waiting() -> PlanSpec {
        PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly() }
    }

    #[test]
    fn a_sale_is_refused_by_name() {
        use SaleRefusal::*;
        let euro = Money::zero(Currency::parse("EUR").unwrap());
        let late = Request { on: LAST_DATE, ..request(0, 0) };
        let cases = [
            ("t22 another currency, even for nothing", request(0, 0), euro, OtherCurrency),
            ("a negative price", request(0, 0), roubles(-1), NotAPrice),
            ("too high a price", request(0, 0), roubles(PRICE_MINOR_MAX + 1), NotAPrice),
            ("the end of time", late, roubles(0), BeyondLastDate),
        ];
        for (name, request, paid, refusal) in cases {
            let found = Membership::sell(&terms(monthly()), None, &request, Sale { holder: ANNA, paid });
            assert_eq!(found, Err(refusal), "{name}");
        }
    }

    #[test]
    fn t01_t02_a_sale_asked_twice_is_one_sale() {
        let story = Story::of(monthly());
        let sale = Sale { holder: ANNA, paid: monthly().price };
        let sold = story.membership.history()[0];
        let again =
            |spec, on, sale| Membership::sell(&terms(spec), Some(&story.membership), &request(0, on), sale);
        assert_eq!(again(monthly(), 0, sale), Ok(Answer::AlreadyDone(sold)));
        let another = Membership::sell(&terms(monthly()), Some(&story.membership), &request(1, 0), sale);
        assert!(matches!(another, Ok(Answer::New(_))), "another operation is another sale");
        let newer = PlanSpec { version: 4, ..monthly() };
        let cases = [
            (again(monthly(), 0, Sale { holder: BORIS, ..sale }), Field::Holder),
            (again(newer, 0, sale), Field::Version),
            (again(monthly(), 0, Sale { paid: roubles(1), ..sale }), Field::Paid),
            (again(monthly(), 1, sale), Field::Date),
        ];
        for (found, field) in cases {
            assert_eq!(found, Err(SaleRefusal::OtherContents(field)));
        }
    }

    #[test]
    fn the_first_visit_begins_it_or_the_last_day_of_waiting_does() {
        let mut story = Story::of(waiting());
        let standing = |story: &Story, on| story.membership.standing(day(on));
        assert_eq!(standing(&story, 9), Standing::NotStarted { first_day: day(10) });
        assert_eq!(standing(&story, 10), Standing::Active);
        assert_eq!(
            story.membership.until(),
            Some(day(10 + 31)),
            "from the 11th of January to that of February"
        );
        story.start(4);
        assert_eq!(standing(&story, 3), Standing::NotStarted { first_day: day(4) });
        assert_eq!(standing(&story, 4), Standing::Active);
        assert_eq!(standing(&story, 35), Standing::Ended { on: day(35) });
    }

    #[test]
    fn a_start_is_refused_by_name() {
        use StartRefusal::*;
        let waits = || Story::of(waiting());
        let cases: [(&str, Story, i64, Result<(), StartRefusal>); 6] = [
            ("on the day of the sale", waits(), 0, Ok(())),
            ("before it", waits(), -1, Err(BeforeSale { sold_on: day(0) })),
            ("begun by itself", waits(), 10, Err(AlreadyStarted { on: day(10) })),
            ("with the sale", Story::of(monthly()), 0, Err(AlreadyStarted { on: day(0) })),
            (
                "begun before",
                {
                    let mut story = waits();
                    story.start(4);
                    story
                },
                3,
                Err(AlreadyStarted { on: day(4) }),
            ),
            (
                "the dates are counted already",
                {
                    let mut story = waits();
                    story.does(12, Membership::use_guest_pass);
                    story
                },
                9,
                Err(AlreadyStarted { on: day(10) }),
            ),
        ];
        for (name, story, on, expected) in cases {
            assert_eq!(story.membership.start(&request(9, on)).map(|_| ()), expected, "{name}");
        }
    }

    #[test]
    fn a_transfer_takes_all_that_is_left() {
        use TransferRefusal::*;
        let free = || Story::of(PlanSpec { transferable: true, visits: Some(5), ..monthly() });
        let transfer = |story: &Story, on, to| story.membership.transfer(&request(9, on), to).map(|_| ());
        assert_eq!(transfer(&Story::of(monthly()), 1, BORIS), Err(NotTransferable));
        assert_eq!(transfer(&free(), 31, BORIS), Err(Ended { on: day(31) }));
        assert_eq!(transfer(&free(), 30, ANNA), Err(SameHolder));
        let mut story = free();
        story.visit(1);
        story.does(2, |membership, request| membership.transfer(request, BORIS));
        assert_eq!((story.membership.holder(), story.membership.visits_left(day(2))), (BORIS, Some(4)));
        assert_eq!(transfer(&story, 3, BORIS), Err(SameHolder));
    }
}
