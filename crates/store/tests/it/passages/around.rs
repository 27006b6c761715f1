//! What hangs on passages: lockers, a trial beside an older system, and faces that never open alone.

use bonafide_domain::consent::{Jurisdiction, Keeping};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::content::Content;
use bonafide_store::lockers::{
    self, Answer as LockerAnswer, Asked as AtLocker, Done, Reason, Refusal as Shut,
};
use bonafide_store::members::face_alone;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::locker::{self, Locker};
use bonafide_store::trial::{self, Kind, NotObserved, Noted, Observed, Of};

use super::*;
use crate::club::{CASHIER, berlin, traced};
use crate::credentials::{hex, issue, plain};
use crate::engines::on_both;
use crate::templates::enrolled;

fn staff(seconds: i64) -> Acting {
    Acting { actor: Actor::Staff(CASHIER), origin: "desk".to_owned(), ..at(seconds) }
}

fn add_locker(store: &Store, zone: Id, name: &str) -> Id {
    let locker = Locker { zone, name: title(name) };
    done(store, move |work| locker::add(work, &at(0), &locker))
}

fn bracelet(store: &Store, number: u8, member: Id, digits: &str) -> Id {
    issue(store, number, &plain(member, Content::Bracelet(hex(digits)))).unwrap().credential
}

fn held_to(store: &Store, number: u32, locker: Id, credential: Id) -> Result<LockerAnswer, Shut> {
    let asked = AtLocker { operation: request(number), locker, credential };
    store.write(move |work| lockers::take(work, &at(100), &asked)).unwrap()
}

fn became(answer: Result<LockerAnswer, Shut>) -> Result<Done, Shut> {
    answer.map(|answer| answer.done)
}

#[test]
fn a_bracelet_opens_the_locker_it_took_once_inside_and_the_desk_sees_which() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, boris, door) = (house.club.anna, house.club.boris, house.gym_door);
        house.sell_month(&store, 1, anna);
        house.sell_month(&store, 2, boris);
        let (hers, his) = (bracelet(&store, 50, anna, "04A23B1C"), bracelet(&store, 51, boris, "04A23B1D"));
        let (one, two) = (add_locker(&store, house.gym, "1"), add_locker(&store, house.gym, "2"));
        assert_eq!(held_to(&store, 1, one, hers), Err(Shut::NotInside), "{}", engine.name);
        walk_in(&store, 2, 0, door, card(anna));
        walk_in(&store, 4, 10, door, card(boris));
        assert_eq!(became(held_to(&store, 6, one, hers)), Ok(Done::Taken));
        let again = held_to(&store, 6, one, hers).unwrap();
        assert_eq!((again.done, again.repeated), (Done::Taken, true));
        assert_eq!(held_to(&store, 6, two, hers), Err(Shut::OtherOperation));
        assert_eq!(became(held_to(&store, 7, one, hers)), Ok(Done::Opened));
        assert_eq!(held_to(&store, 8, one, his), Err(Shut::TakenByAnother));
        assert_eq!(held_to(&store, 9, two, hers), Err(Shut::HasAnother { locker: one }));
        assert_eq!(held_to(&store, 10, request(99), hers), Err(Shut::NoLocker));
        assert_eq!(held_to(&store, 11, two, request(99)), Err(Shut::Unknown));
        assert_eq!(became(held_to(&store, 12, two, his)), Ok(Done::Taken));
        let held = store.read(|tx| lockers::of_branch(tx, house.club.branch)).unwrap();
        let seen: Vec<_> = held.iter().map(|one| (one.locker, one.member)).collect();
        assert!(seen.contains(&(one, anna)) && seen.contains(&(two, boris)), "{seen:?}");

        let back = AtLocker { operation: request(13), locker: two, credential: hers };
        let refused = store.write(move |work| lockers::give_back(work, &at(110), &back)).unwrap();
        assert_eq!(refused, Err(Shut::TakenByAnother));
        let open = |acting: Acting, number| {
            let reason = Reason::CredentialGone;
            store
                .write(move |work| lockers::open_by_staff(work, &acting, request(number), two, reason))
                .unwrap()
        };
        assert_eq!(open(at(120), 14), Err(Shut::NotStaff));
        assert_eq!(became(open(staff(120), 15)), Ok(Done::Released));
        assert!(open(staff(121), 15).unwrap().repeated);
        assert_eq!(open(staff(121), 16), Err(Shut::Free));
        // Leaving the pool is not leaving the branch.
        walk_in(&store, 20, 130, house.pool_door, card(anna));
        walk_out(&store, 22, 140, house.pool_door, card(anna));
        assert_eq!(store.read(|tx| lockers::of_member(tx, anna)).unwrap().len(), 1);
        walk_out(&store, 24, 150, door, card(anna));
        assert!(store.read(|tx| lockers::of_branch(tx, house.club.branch)).unwrap().is_empty());
        assert_eq!(traced(&store, "locker_released"), 2);
    });
}

fn saw(
    store: &Store,
    number: u32,
    seconds: i64,
    (door, member): (Id, Option<Id>),
    admitted: bool,
) -> Result<Noted, NotObserved> {
    let observed = Observed {
        operation: request(number),
        access_point: door,
        admitted,
        at_us: at(seconds).now_us,
        member,
        passage: None,
    };
    store.write(move |work| trial::observe(work, &at(seconds), &observed)).unwrap()
}

#[test]
fn a_door_on_trial_opens_nothing_and_the_desk_sees_where_the_two_differ() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, boris, door) = (house.club.anna, house.club.boris, house.gym_door);
        house.sell_month(&store, 1, anna);
        let branch = house.club.branch;
        assert!(!entered(&store, 1, 0, house.pool_door, Who::Nobody).shadow);
        assert!(done(&store, move |work| trial::set(work, &staff(0), Of::Branch(branch), true)));
        assert!(!done(&store, move |work| trial::set(work, &staff(1), Of::Branch(branch), true)));
        let ours = entered(&store, 2, 10, door, card(anna));
        assert!(ours.shadow, "{}", engine.name);
        assert!(entered(&store, 2, 11, door, card(anna)).shadow, "also when asked again");
        let noted = saw(&store, 3, 11, (door, Some(anna)), true).unwrap();
        assert_eq!(noted, Noted { passage: Some(ours.passage), repeated: false });
        assert_eq!(saw(&store, 3, 11, (door, Some(anna)), true), Ok(Noted { repeated: true, ..noted }));
        assert_eq!(saw(&store, 3, 11, (door, Some(anna)), false), Err(NotObserved::OtherOperation));
        assert_eq!(saw(&store, 4, 11, (request(99), None), true), Err(NotObserved::NoAccessPoint));
        assert_eq!(house.inside(&store, house.gym, at(12).now_us), [anna], "they let her in");
        // They admit Boris, whose membership we do not know; and refuse Anna's second visit.
        let no = entered(&store, 5, 20, door, card(boris));
        assert_eq!(no.refusal(), Some(Refusal::NoMembership));
        saw(&store, 6, 21, (door, Some(boris)), true).unwrap();
        assert!(left(&store, 7, 30, door, card(anna)).shadow);
        walk_out(&store, 8, 35, door, card(anna));
        let second = entered(&store, 10, 100, door, card(anna));
        grant(&second);
        saw(&store, 11, 101, (door, Some(anna)), false).unwrap();
        saw(&store, 12, 200, (door, None), true).unwrap();
        let silent = entered(&store, 13, 300, door, Who::Nobody);
        let found = store.read(|tx| trial::differences(tx, branch, NOON_US, at(400).now_us)).unwrap();
        let seen: Vec<_> = found.iter().map(|one| (one.kind, one.passage, one.member)).collect();
        let expected = [
            (Kind::NotTold, Some(silent.passage), None),
            (Kind::NotAsked, None, None),
            (Kind::OnlyWeAdmit, Some(second.passage), Some(anna)),
            (Kind::OnlyTheyAdmit, Some(no.passage), Some(boris)),
        ];
        assert_eq!(seen, expected);
        assert_eq!(found[3].reason.as_deref(), Some("no_membership"));
        let counts = store.read(|tx| trial::counts(tx, branch, NOON_US, at(400).now_us)).unwrap();
        let expected =
            trial::Counts { same: 1, only_we_admit: 1, only_they_admit: 1, not_asked: 1, not_told: 1 };
        assert_eq!(counts, expected, "{}", engine.name);
        let waits = bonafide_store::passages::attention::list;
        let waits = store.read(|tx| waits(tx, branch, at(400).now_us, None, 10)).unwrap().0;
        assert_eq!(waits.len(), 1, "only what came before the trial: {waits:?}");
        assert!(done(&store, move |work| trial::set(work, &staff(500), Of::Branch(branch), false)));
        assert!(!entered(&store, 14, 600, door, Who::Nobody).shadow);
    });
}

#[test]
fn b13_a_face_never_opens_alone_for_whoever_asked_for_that() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let member = enrolled(&store, 1);
        house.sell_month(&store, 1, member);
        let illinois = Branch { jurisdiction: Jurisdiction::Illinois, ..berlin() };
        let branch = wrote(&store, move |work| branch::add(work, &at(0), &illinois));
        let zone = add_zone(&store, branch, ZoneKind::Gym, None);
        let door =
            add_door(&store, zone, Place::MemberDoor, &[Method::CardNumber, Method::Face], Direction::Both);
        let face = Shown {
            method: Method::Face,
            credential: None,
            state: CredentialState::Active,
            assurance: Assurance { live: true, bound_held: true, never_alone: false },
            biometric: Some((member, Keeping::Here)),
        };
        let (shown, codes) = (vec![face], Vec::new());
        let shows = Who::Member(Recognised { member, shown, face_does_not_fit: false, codes });
        grant(&entered(&store, 1, 0, door, shows.clone()));
        let set = |never| done(&store, move |work| face_alone::set(work, &staff(1), member, never));
        assert!(set(true));
        assert!(!set(true), "{}: once", engine.name);
        assert_eq!(traced(&store, "never_face_alone_set"), 1);
        let asked = entered(&store, 2, 20, door, shows.clone());
        assert_eq!(asked.outcome, Outcome::SecondFactor(vec![Method::CardNumber]));
        assert!(set(false));
        grant(&entered(&store, 3, 40, door, shows));
    });
}
