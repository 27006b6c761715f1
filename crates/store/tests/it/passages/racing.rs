//! Two at once: exactly one gets what is there once.

use std::sync::Barrier;

use bonafide_domain::admission::Refusal;
use bonafide_domain::plan::PlanSpec;
use bonafide_store::id::Id;
use bonafide_store::passages::Outcome;

use super::{House, NOON_US, SECOND_US, card, entered, lapsed, report, visits, visits_left, walk_in};
use crate::club::{member, three_visits};
use crate::engines::on_both;

const AT_ONCE: u32 = 8;

#[test]
fn d28_of_those_who_race_for_the_last_place_exactly_one_gets_it() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, Some(2));
        let members: Vec<Id> = (0..=AT_ONCE)
            .map(|number| {
                let member = member(&store, "Racer");
                house.sell_month(&store, u8::try_from(number).unwrap() + 1, member);
                member
            })
            .collect();
        walk_in(&store, 1, 0, house.pool_door, card(members[0]));
        for round in 0..3_u32 {
            let seconds = 100 * i64::from(round) + 30;
            let start = Barrier::new(AT_ONCE as usize);
            let answers: Vec<_> = std::thread::scope(|scope| {
                let racers: Vec<_> = (0..AT_ONCE)
                    .map(|racer| {
                        let (store, start, door) = (&store, &start, house.pool_door);
                        let who = card(members[racer as usize + 1]);
                        scope.spawn(move || {
                            start.wait();
                            entered(store, 100 * (round + 1) + racer, seconds, door, who)
                        })
                    })
                    .collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });
            let admitted: Vec<_> =
                answers.iter().filter(|answer| matches!(answer.outcome, Outcome::Admitted { .. })).collect();
            assert_eq!(admitted.len(), 1, "{}: {answers:?}", engine.name);
            let full = answers.iter().filter(|answer| answer.refusal() == Some(Refusal::ZoneFull)).count();
            assert_eq!(full, AT_ONCE as usize - 1);
            assert_eq!(house.taken(&store, house.pool, NOON_US + seconds * SECOND_US), (1, 1));
            // The grant lapses, and its place is free again.
            assert_eq!(house.taken(&store, house.pool, NOON_US + (seconds + 10) * SECOND_US), (1, 0));
            assert_eq!(lapsed(&store, seconds + 70), 1);
        }
    });
}

#[test]
fn one_member_at_two_doors_takes_the_last_visit_once() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let terms = PlanSpec { visits: Some(1), ..three_visits(house.club.solarium) };
        let membership = house.sell(&store, 1, anna, &terms);
        let start = Barrier::new(2);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let doors: Vec<_> = [(1, house.gym_door), (2, house.pool_door)]
                .map(|(number, door)| {
                    let (store, start) = (&store, &start);
                    scope.spawn(move || {
                        start.wait();
                        entered(store, number, 0, door, card(anna))
                    })
                })
                .into_iter()
                .collect();
            doors.into_iter().map(|door| door.join().unwrap()).collect()
        });
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.refusal()).collect();
        assert_eq!(refused, [Refusal::VisitsUsedUp], "{}", engine.name);
        assert_eq!(visits_left(&store, membership), Some(0));
    });
}

#[test]
fn a_request_that_arrives_twice_at_once_is_decided_once() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let membership = house.sell(&store, 1, anna, &three_visits(house.club.solarium));
        let start = Barrier::new(4);
        let (passages, events): (Vec<Id>, Vec<bool>) = std::thread::scope(|scope| {
            let twins: Vec<_> = (0..4)
                .map(|_| {
                    let (store, start, door) = (&store, &start, house.gym_door);
                    scope.spawn(move || {
                        start.wait();
                        let answer = entered(store, 1, 0, door, card(anna));
                        start.wait();
                        let through = report(store, 2, 1, door, Some(answer.passage)).unwrap();
                        (answer.passage, through.repeated)
                    })
                })
                .collect();
            twins.into_iter().map(|twin| twin.join().unwrap()).unzip()
        });
        assert!(passages.iter().all(|passage| *passage == passages[0]), "{}", engine.name);
        assert_eq!(events.iter().filter(|repeated| !**repeated).count(), 1);
        assert_eq!((visits_left(&store, membership), visits(&store, anna)), (Some(2), 1));
    });
}
