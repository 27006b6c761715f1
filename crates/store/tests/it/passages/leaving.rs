//! Leaving: never refused, whatever is wrong.

use bonafide_domain::access_method::{Assurance, Method};
use bonafide_domain::admission::exit::ExitMark;
use bonafide_domain::credential::{BlockReason, CredentialState};
use bonafide_store::audit::entry::Acting;
use bonafide_store::organisation::access_point;
use bonafide_store::passages::decide::leave;
use bonafide_store::passages::passing::End;
use bonafide_store::passages::{Asked, Left, Recognised, Shown, Who};

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
