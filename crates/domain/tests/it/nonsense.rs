//! Histories and requests that no desk would make: they are refused, and nothing falls over.

use jiff::SignedDuration;
use jiff::civil::{Date, date};

use bonafide_domain::calendar::{DateSpan, LAST_DATE, UtcMicros};
use bonafide_domain::id::{ExtraId, MemberId, OperationId};
use bonafide_domain::membership::{Answer, Change, Membership, MembershipEvent, Request, Sale};
use bonafide_domain::money::{Currency, MINOR_UNITS_MAX, Money};
use bonafide_domain::plan::{
    CancellationRule, FreezeTerms, IncludedExtra, Length, PRICE_MINOR_MAX, PlanSpec, PlanTerms, Reach, Start,
};
use bonafide_domain::schedule::Schedule;

use crate::dice::Dice;

const EVENTS: u64 = 60;

fn roubles(minor: i64) -> Money {
    Money::parse(minor, Currency::parse("RUB").unwrap()).unwrap()
}

/// Mostly within a year of a day, sometimes at an end of the calendar.
fn wild_date(dice: &mut Dice) -> Date {
    let near = |days: i64| SignedDuration::from_hours(24 * days);
    match dice.roll(12) {
        0 => dice.one_of(&[Date::MIN, Date::MAX, Date::ZERO]),
        1 => LAST_DATE.checked_sub(near(dice.between(-2, 200))).unwrap(),
        _ => date(2027, 2, 1).checked_add(near(dice.between(-10, 300))).unwrap(),
    }
}

fn wild_terms(dice: &mut Dice) -> PlanTerms {
    let length =
        dice.one_of(&[None, Some(Length::Days(1)), Some(Length::Days(3660)), Some(Length::Months(1))]);
    let most = FreezeTerms { count_max: 100, total_days_max: 731, days_min: 1, days_max: 731 };
    let rules = [CancellationRule::ByUnusedVisits, CancellationRule::ByUnusedDays];
    PlanTerms::parse(PlanSpec {
        version: 1,
        length,
        visits: Some(dice.one_of(&[1, 3, 10_000])),
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: length.map(|_| most),
        guest_visits: 2,
        extras: vec![IncludedExtra { extra: ExtraId([1; 16]), count: 100_000 }],
        price: roubles(dice.one_of(&[0, 1, PRICE_MINOR_MAX])),
        start: dice.one_of(&[Start::OnPurchase, Start::OnFirstVisit { within_days: 366 }]),
        renews: length.is_some(),
        transferable: true,
        cancellation: rules[usize::from(length.is_some() && dice.once_in(2))],
    })
    .unwrap()
}

fn wild_span(dice: &mut Dice) -> Option<DateSpan> {
    let from = wild_date(dice);
    let until =
        from.checked_add(SignedDuration::from_hours(24 * dice.one_of(&[1, 2, 30, 700, 60_000]))).ok()?;
    DateSpan::parse(from, until).ok()
}

fn wild_change(dice: &mut Dice) -> Option<Change> {
    let operation = OperationId(u128::from(dice.roll(EVENTS)).to_be_bytes());
    Some(match dice.roll(13) {
        0 => Change::Sold { holder: MemberId([1; 16]), version: 1, paid: roubles(0) },
        1 => Change::Started,
        2 => Change::Extended { days: dice.one_of(&[0, 1, u16::MAX]) },
        3..=4 => Change::Frozen { span: wild_span(dice)? },
        5 => Change::Thawed { freeze: operation },
        6 => Change::VisitUsed,
        7 => Change::VisitGivenBack { visit: operation },
        8 => Change::GuestPassUsed,
        9 => Change::ExtraUsed { extra: ExtraId([1; 16]), count: dice.one_of(&[0, 1, u32::MAX]) },
        10 => Change::Transferred { to: MemberId([2; 16]) },
        11 => Change::Renewed { paid: None },
        _ if dice.once_in(9) => Change::Cancelled { refund: roubles(MINOR_UNITS_MAX) },
        _ => Change::Renewed { paid: Some(roubles(dice.one_of(&[0, -1, MINOR_UNITS_MAX]))) },
    })
}

/// The answer to any command, when it is a new event.
fn wild_command(dice: &mut Dice, membership: &Membership, request: &Request) -> Option<MembershipEvent> {
    let operation = OperationId(u128::from(dice.roll(EVENTS)).to_be_bytes());
    let answer = match dice.roll(12) {
        0 => membership.start(request).ok(),
        1 => membership.extend(request, dice.one_of(&[0, 1, 366, u16::MAX])).ok(),
        2..=3 => membership.freeze(request, wild_span(dice)?).ok(),
        4..=5 => membership.thaw(request, operation).ok(),
        6 => membership.use_visit(request).ok(),
        7 => membership.give_back_visit(request, operation).ok(),
        8 => membership.use_guest_pass(request).ok(),
        9 => membership.use_extra(request, ExtraId([1; 16]), dice.one_of(&[1, u32::MAX])).ok(),
        10 if dice.once_in(9) => membership.cancel(request).ok(),
        _ => {
            let price = dice.one_of(&[None, Some(roubles(1)), Some(roubles(-1))]);
            membership.renew(request, price).ok()
        }
    };
    match answer? {
        Answer::New(event) => Some(event),
        Answer::AlreadyDone(_) => None,
    }
}

/// Whatever the history, there is an answer to every question.
fn question(dice: &mut Dice, membership: &Membership) {
    for on in [wild_date(dice), Date::MIN, Date::MAX] {
        let refund = membership.unused_part(on);
        assert!((0..=MINOR_UNITS_MAX).contains(&refund.minor()));
        let _standing = membership.standing(on);
        let _left = (membership.visits_left(on), membership.guest_visits_left(on), membership.until());
    }
}

#[test]
fn nonsense_is_refused_and_every_new_answer_can_be_written() {
    for seed in 0..2000 {
        let mut dice = Dice(seed);
        let terms = wild_terms(&mut dice);
        let mut number = 0;
        let mut request = |dice: &mut Dice| {
            number += 1;
            let operation = OperationId(u128::from(number % (EVENTS - 5)).to_be_bytes());
            Request { operation, at: UtcMicros::MIN, on: wild_date(dice) }
        };
        let sale = Sale { holder: MemberId([1; 16]), paid: roubles(PRICE_MINOR_MAX) };
        let Ok(sold) = Membership::sell(&terms, None, &request(&mut dice), sale) else { continue };
        let mut membership = Membership::replay(terms, &[*sold.event()]).unwrap();
        for _ in 0..EVENTS {
            let Request { operation, at, on } = request(&mut dice);
            let asked = wild_command(&mut dice, &membership, &Request { operation, at, on });
            if let Some(event) = asked {
                let written = membership.with(&event);
                membership =
                    written.unwrap_or_else(|fault| panic!("seed {seed}: {event:?} is refused: {fault:?}"));
            } else if let Some(change) = wild_change(&mut dice) {
                let sequence = membership.history().len() as u32;
                let event = MembershipEvent { sequence, operation, at, on, change };
                membership = membership.with(&event).unwrap_or(membership);
            }
            question(&mut dice, &membership);
        }
    }
}
