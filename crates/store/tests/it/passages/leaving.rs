//! Leaving: never refused, whatever is wrong.

use bonafide_domain::access_method::{Assurance, Method};
use bonafide_domain::admission::exit::ExitMark;
use bonafide_domain::credential::{BlockReason, CredentialState};
use bonafide_store::audit::entry::Acting;
use bonafide_store::organisation::access_point;
use bonafide_store::passages::decide::leave;
use bonafide_store::passages::flood::{UNKNOWN_A_MINUTE_MAX, unknown_reads};
use bonafide_store::passages::passing::{End, Report, passed_at};
use bonafide_store::passages::presence::inside_now;
use bonafide_store::passages::{Asked, Left, Recognised, Shown, Way, Who};

use super::{House, NOON_US, SECOND_US, at, card, entered, grant, left, report, request, walk_in, walk_out};
use crate::club::{done, id, wrote};
use crate::engines::on_both;

#[test]
fn d19_nobody_is_kept_inside() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, Some(0));
        let (anna, door) = (house.club.anna, house.gym_door);
        let stopped = |state| {
            let assurance = Assurance::NONE;
            let shown =
                Shown { method: Method::CardNumber, credential: None, state, assurance, biometric: None };
            Who::Member(Recognised {
                member: anna,
                shown: vec![shown],
                face_does_not_fit: true,
                codes: Vec::new(),
            })
        };
        let blocked = CredentialState::Blocked(BlockReason::Misuse);
        // Without a membership, unknown, in no zone, with a card that is stopped, at a zone that is full.
        for (number, who, marks) in [
            (1, Who::Nobody, vec![ExitMark::Unknown]),
            (2, Who::Several, vec![ExitMark::Unknown]),
            (3, Who::Contradictory, vec![ExitMark::Unknown]),
            (4, card(id(9)), vec![ExitMark::Unknown]),
            (5, card(anna), vec![ExitMark::NotInside]),
            (6, stopped(CredentialState::Lost), vec![ExitMark::StoppedCredential]),
            (7, stopped(blocked), vec![ExitMark::StoppedCredential]),
        ] {
            let found = left(&store, number, 0, door, who);
            assert_eq!((found.marks, found.repeated), (marks, false), "{}: {number}", engine.name);
            assert!(found.grant.is_some());
        }
        left(&store, 8, 0, house.pool_door, card(anna));
        // A door that nobody knows, and one that is closed.
        let nowhere = left(&store, 9, 0, id(9), card(anna));
        assert_eq!(nowhere.marks, [ExitMark::NotAnExit, ExitMark::Unknown]);
        done(&store, move |work| access_point::set_closed(work, &at(0), door, true));
        assert!(left(&store, 10, 60, door, card(anna)).grant.is_some());
        // An id that was used for an entry, another member or another door.
        entered(&store, 11, 60, house.pool_door, card(anna));
        assert!(!left(&store, 11, 61, house.pool_door, card(anna)).repeated);
        assert!(!left(&store, 1, 61, house.pool_door, card(anna)).repeated);
        // A clock that is not set.
        for now_us in [0, -5, i64::MAX] {
            let asked = Asked {
                operation: request(u32::MAX),
                access_point: house.pool_door,
                who: card(anna),
                host: None,
            };
            let unset = Acting { now_us, ..at(0) };
            let found: Left = wrote(&store, move |work| leave(work, &unset, &asked));
            assert!(found.grant.is_some(), "{now_us}");
        }
    });
}

#[test]
fn leaving_is_repeated_like_entering_and_a_second_tap_is_the_same_passage() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        walk_in(&store, 1, 0, door, card(anna));
        let first = left(&store, 3, 60, door, card(anna));
        let again = left(&store, 3, 65, door, card(anna));
        assert_eq!((again.grant, again.repeated), (first.grant, true), "{}", engine.name);
        let tap = left(&store, 4, 66, door, card(anna));
        assert_eq!((tap.grant, tap.marks), (first.grant, vec![]));
        assert_eq!(
            house.inside(&store, house.gym, NOON_US + 66 * SECOND_US),
            [anna],
            "until she goes through"
        );
        let through = report(&store, 5, 67, door, first.grant).unwrap();
        assert_eq!((through.end, through.inside_us), (End::Passed, Some(66 * SECOND_US)));
        assert!(house.inside(&store, house.gym, NOON_US + 67 * SECOND_US).is_empty());
        grant(&entered(&store, 6, 70, door, card(anna)));
        // Whoever did not go out after all is still inside.
        report(&store, 7, 71, door, Some(entered(&store, 6, 71, door, card(anna)).passage)).unwrap();
        left(&store, 8, 200, door, card(anna));
        assert_eq!(super::lapsed(&store, 400), 1);
        assert_eq!(house.inside(&store, house.gym, NOON_US + 400 * SECOND_US), [anna]);
        assert_eq!(walk_out(&store, 9, 500, door, card(anna)).inside_us, Some(430 * SECOND_US));
    });
}

#[test]
fn d24_a_flood_on_the_way_out_opens_each_time_and_is_one_row_and_a_count() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let door = house.gym_door;
        let reads = UNKNOWN_A_MINUTE_MAX + 40;
        let granted =
            (0..reads).filter(|&read| left(&store, read, 0, door, Who::Nobody).grant.is_some()).count();
        assert_eq!(granted, UNKNOWN_A_MINUTE_MAX as usize + 1, "{}: the others are counted", engine.name);
        assert_eq!(store.read(|tx| unknown_reads(tx, door, NOON_US)).unwrap(), reads);
        // Whoever is known is written down as ever, and so is the next minute.
        assert!(left(&store, 5_000, 1, door, card(house.club.anna)).grant.is_some(), "{}", engine.name);
        assert!(left(&store, 5_001, 60, door, Who::Nobody).grant.is_some());
        // The way in of the same door has the same bound.
        let (first, second) =
            (entered(&store, 5_002, 2, door, Who::Nobody), entered(&store, 5_003, 2, door, Who::Nobody));
        assert_eq!(first.passage, second.passage, "{}", engine.name);
    });
}

#[test]
fn d12_a_report_that_waited_moves_people_at_its_own_moment_and_the_trace_at_that_of_the_report() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        house.sell_month(&store, 1, house.club.anna);
        let (anna, door) = (house.club.anna, house.gym_door);
        let said = |number, grant, seconds: i64, at_seconds: i64| {
            let report = Report { operation: request(number), access_point: door, grant, way: Way::Entry };
            let at_us = NOON_US + at_seconds * SECOND_US;
            let passed = store.write(move |work| passed_at(work, &at(seconds), &report, at_us));
            passed.unwrap().unwrap()
        };
        let came = entered(&store, 10, 0, door, card(anna));
        assert_eq!(said(11, Some(grant(&came)), 50, 4).end, End::Passed, "{}", engine.name);
        let (inside, _) = store.read(|tx| inside_now(tx, house.gym, at(60).now_us, None, 10)).unwrap();
        assert_eq!(inside[0].since_us, NOON_US + 4 * SECOND_US, "{}", engine.name);
        let went = left(&store, 12, 600, door, card(anna));
        let out = said(13, went.grant, 650, 604);
        assert_eq!(out.inside_us, Some(600 * SECOND_US), "{}", engine.name);
        // A grant that has lapsed has given its visit back: a moment in its time brings it back no more.
        let again = entered(&store, 14, 2_000, door, card(anna));
        assert_eq!(super::lapsed(&store, 2_400), 1);
        assert_eq!(said(15, Some(grant(&again)), 2_500, 2_001).end, End::Unattributed, "{}", engine.name);
    });
}
