//! G-03 at the doors: whom the emergency journal lets in, whom it does not, and how the book takes it in. That the book cannot be
//! written is known to the caller, so that here it can.

use bonafide_domain::admission::Mark;
use bonafide_domain::admission::rules::AntiPassback;
use bonafide_domain::plan::PlanSpec;
use bonafide_domain::qr::{CodeId, KeyId};
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, AccessPoint, WhenUnwritable};
use bonafide_store::passages::door::Setting;
use bonafide_store::passages::emergency::{admit, take_in};
use bonafide_store::passages::{Answer, Asked, Outcome, Recognised, ShownCode, Who};
use bonafide_store::store::Store;

use super::{
    House, NOON_US, SECOND_US, at, card, entered, report, request, set, setting, visits, visits_left,
};
use crate::club::{done, three_visits};
use crate::engines::on_both;
use crate::qr::paired;

/// The gym's door keeps admitting, and is not strict about coming in twice unless a test says so.
fn house(store: &Store) -> House {
    let house = House::open(store, None);
    keep(store, house.gym_door, WhenUnwritable::KeepAdmitting);
    set(store, house.gym_door, Setting { anti_passback: AntiPassback::Off, ..setting() });
    assert!(store.prepare_journal().unwrap());
    house
}

fn keep(store: &Store, door: Id, when_unwritable: WhenUnwritable) {
    let point = store.read(|tx| access_point::get(tx, door)).unwrap().unwrap().content;
    let point = AccessPoint { when_unwritable, ..point };
    done(store, move |work| access_point::change(work, &at(0), door, &point));
}

fn journalled(store: &Store, number: u32, seconds: i64, door: Id, who: Who) -> Option<Answer> {
    let asked = Asked { operation: request(number), access_point: door, who, host: None };
    admit(store, &at(seconds), |_| Ok(asked)).unwrap()
}

fn took_in(store: &Store, seconds: i64) -> u32 {
    take_in(store, NOON_US + seconds * SECOND_US).unwrap()
}

#[test]
fn g03_the_journal_admits_by_the_rules_and_the_book_has_it_later_under_the_same_ids() {
    on_both(|engine| {
        let store = engine.open();
        let house = house(&store);
        let (anna, door) = (house.club.anna, house.gym_door);
        assert_eq!(journalled(&store, 1, 0, door, card(anna)), None, "{}: no membership", engine.name);
        let membership = house.sell(&store, 1, anna, &three_visits(house.club.solarium));
        let answer = journalled(&store, 2, 0, door, card(anna)).unwrap();
        assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
        assert_eq!((answer.marks.as_slice(), answer.repeated), (&[Mark::NotedLater][..], false));
        let again = journalled(&store, 2, 1, door, card(anna)).unwrap();
        assert_eq!(again, Answer { repeated: true, ..answer.clone() }, "the same request");
        assert_eq!(visits_left(&store, membership), Some(3), "the book knows nothing yet");
        assert_eq!(journalled(&store, 2, 1, door, card(house.club.boris)), None, "another's id");

        assert_eq!((took_in(&store, 60), took_in(&store, 61)), (1, 0), "{}", engine.name);
        assert_eq!(visits_left(&store, membership), Some(2));
        let kept = entered(&store, 2, 62, door, card(anna));
        assert_eq!(kept, Answer { repeated: true, ..answer.clone() }, "the book answers like the journal");
        // The door's report has waited for the book too.
        let through = report(&store, 3, 63, door, Some(answer.passage)).unwrap();
        assert_eq!((through.member, visits(&store, anna)), (Some(anna), 1));
    });
}

#[test]
fn g03_the_journal_opens_nothing_of_which_it_cannot_be_sure() {
    on_both(|engine| {
        let store = engine.open();
        let house = house(&store);
        let (anna, boris, door) = (house.club.anna, house.club.boris, house.gym_door);
        house.sell(&store, 1, anna, &three_visits(house.club.solarium));
        house.sell_month(&store, 2, boris);
        assert!(journalled(&store, 1, 0, door, card(anna)).is_some(), "{}", engine.name);
        assert_eq!(journalled(&store, 2, 60, door, card(anna)), None, "how many visits are left?");
        // Nothing is counted of a month: he comes and goes.
        assert!(journalled(&store, 3, 0, door, card(boris)).is_some());
        assert!(journalled(&store, 4, 60, door, card(boris)).is_some());
        set(&store, door, Setting { anti_passback: AntiPassback::Hard, ..setting() });
        assert_eq!(journalled(&store, 5, 120, door, card(boris)), None, "is he inside?");
        set(&store, door, Setting { anti_passback: AntiPassback::Off, ..setting() });
        // A code opens once, whatever the other door knows.
        let device = paired(&store, &at(-60), 1, boris);
        let code = |key| {
            let codes = vec![ShownCode { id: CodeId::new(key, 119_389_680, 0).unwrap(), refused: None }];
            let Who::Member(recognised) = card(boris) else { panic!("a member") };
            Who::Member(Recognised { codes, ..recognised })
        };
        assert!(journalled(&store, 6, 180, door, code(device.key)).is_some());
        assert_eq!(journalled(&store, 7, 181, door, code(device.key)), None, "the same code");
        // The phone may be gone when the book comes back.
        assert!(journalled(&store, 11, 182, door, code(KeyId([7; 8]))).is_some());
        assert_eq!(journalled(&store, 8, 0, door, Who::Nobody), None);
        keep(&store, door, WhenUnwritable::Deny);
        assert_eq!(journalled(&store, 9, 240, door, card(boris)), None, "this door denies");
        assert_eq!(took_in(&store, 300), 5);
        // The code that opened by the journal is used up in the book as well.
        let replay = entered(&store, 10, 301, door, code(device.key));
        assert!(matches!(replay.outcome, Outcome::Refused(_)), "{replay:?}");
    });
}

#[test]
fn g03_a_visit_that_is_gone_when_the_book_comes_back_keeps_nobody_out_of_it() {
    on_both(|engine| {
        let store = engine.open();
        let house = house(&store);
        let (anna, door) = (house.club.anna, house.gym_door);
        let one = PlanSpec { visits: Some(1), ..three_visits(house.club.solarium) };
        let membership = house.sell(&store, 1, anna, &one);
        let answer = journalled(&store, 1, 0, door, card(anna)).unwrap();
        // Another process of the chain could write, and took the visit.
        entered(&store, 2, 1, house.pool_door, card(anna));
        assert_eq!(visits_left(&store, membership), Some(0), "{}", engine.name);
        assert_eq!(took_in(&store, 60), 1);
        let through = report(&store, 3, 61, door, Some(answer.passage)).unwrap();
        assert_eq!(through.member, Some(anna), "{}: he is in", engine.name);
    });
}
