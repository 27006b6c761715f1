//! Codes from members' screens: what they open, and that each opens once.

use std::sync::Barrier;

use bonafide_domain::access_method::{Assurance, Method};
use bonafide_domain::admission::Refusal;
use bonafide_domain::admission::exit::ExitMark;
use bonafide_domain::admission::facts::StillOpens;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::credential::CredentialState;
use bonafide_domain::qr::time::step_of;
use bonafide_domain::qr::{CodeId, CodeRefusal};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::passages::door::Setting;
use bonafide_store::passages::flood::UNKNOWN_A_MINUTE_MAX;
use bonafide_store::passages::upkeep::round;
use bonafide_store::passages::{Differing, NotDecided, Outcome, Recognised, Shown, ShownCode, Who};
use bonafide_store::qr::pairing::Paired;
use bonafide_store::qr::used::{KEPT_STEPS, sweep, time_floor_us};
use bonafide_store::store::Store;

use super::{House, NOON_US, SECOND_US, at, entered, left, refused, report, set, setting, tried, walk_in};
use crate::club::{done, wrote};
use crate::engines::on_both;
use crate::qr::paired;

/// A code of a device that it shows so many seconds after noon.
fn code(device: Paired, seconds: i64, tap: u8) -> ShownCode {
    let step = step_of(UtcMicros::parse(NOON_US + seconds * SECOND_US).unwrap());
    ShownCode { id: CodeId::new(device.key, step, tap).unwrap(), refused: None }
}

fn by_code(device: Paired, code: ShownCode) -> Who {
    let (state, assurance) = (CredentialState::Active, Assurance::NONE);
    let shown = Shown {
        method: Method::DeviceKey,
        credential: Some(device.credential),
        state,
        assurance,
        biometric: None,
    };
    let (member, shown) = (device.member, vec![shown]);
    Who::Member(Recognised { member, shown, face_does_not_fit: false, codes: vec![code] })
}

fn at_door(device: Paired, seconds: i64, tap: u8) -> Who {
    by_code(device, code(device, seconds, tap))
}

const REPLAY: Option<Refusal> = Some(Refusal::Code(CodeRefusal::Replay));

/// A house whose Anna has a month and a device.
fn house(store: &Store) -> (House, Paired) {
    let house = House::open(store, None);
    house.sell_month(store, 1, house.club.anna);
    let device = paired(store, &at(-60), 1, house.club.anna);
    (house, device)
}

#[test]
fn d01_a_code_that_is_shown_twice_at_one_door_opens_once() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        let first = entered(&store, 1, 0, house.gym_door, at_door(device, 0, 0));
        assert!(matches!(first.outcome, Outcome::Admitted { .. }), "{}: {first:?}", engine.name);
        let second = entered(&store, 2, 1, house.gym_door, at_door(device, 0, 0));
        assert_eq!((second.refusal(), second.member), (REPLAY, Some(house.club.anna)));
        // A tap makes the next code: here for the same grant, and for the inner door once she is in.
        let tapped = entered(&store, 3, 2, house.gym_door, at_door(device, 0, 1));
        let same = Outcome::SamePassage { grant: first.passage, opens: StillOpens::Yes };
        assert_eq!(tapped.outcome, same);
        assert_eq!(refused(&store, 4, 2, house.gym_door, at_door(device, 0, 1)), REPLAY);
        report(&store, 5, 3, house.gym_door, Some(first.passage)).unwrap();
        assert_eq!(refused(&store, 6, 4, house.pool_door, at_door(device, 0, 1)), REPLAY);
        let inner = entered(&store, 7, 5, house.pool_door, at_door(device, 0, 2));
        assert!(matches!(inner.outcome, Outcome::Admitted { .. }), "{inner:?}");
        // Each request keeps its answer, also when its code would not count any more.
        let stale = ShownCode { refused: Some(CodeRefusal::Expired), ..code(device, 0, 0) };
        for (number, before) in [(1, &first.outcome), (2, &second.outcome)] {
            let again = entered(&store, number, 600, house.gym_door, by_code(device, stale));
            assert_eq!((&again.outcome, again.repeated), (before, true));
        }
        let other = tried(&store, 1, 600, house.pool_door, by_code(device, stale));
        assert_eq!(other, Err(NotDecided::OtherOperation(Differing::AccessPoint)));
        let nobody = tried(&store, 1, 600, house.gym_door, Who::BadCode(CodeRefusal::Forged));
        assert_eq!(nobody, Err(NotDecided::OtherOperation(Differing::Member)));
    });
}

#[test]
fn d02_of_two_doors_that_are_shown_one_code_at_once_one_opens() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        for round in 0..6_u32 {
            let seconds = 100 * i64::from(round);
            let doors = [house.gym_door, house.pool_door, house.gym_door, house.pool_door];
            let start = Barrier::new(doors.len());
            let answers: Vec<_> = std::thread::scope(|scope| {
                let all: Vec<_> = doors
                    .into_iter()
                    .zip(10 * (round + 1)..)
                    .map(|(door, number)| {
                        let (store, start) = (&store, &start);
                        scope.spawn(move || {
                            start.wait();
                            entered(store, number, seconds, door, at_door(device, seconds, 0))
                        })
                    })
                    .collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let opened = answers.iter().filter(|answer| answer.outcome.opens()).count();
            let replayed = answers.iter().filter(|answer| answer.refusal() == REPLAY).count();
            assert_eq!((opened, replayed), (1, 3), "{}: {answers:?}", engine.name);
        }
    });
}

#[test]
fn one_request_that_arrives_twice_at_once_opens_once_and_says_so_twice() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        let start = Barrier::new(4);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let twins: Vec<_> = (0..4)
                .map(|_| {
                    let (store, start, door) = (&store, &start, house.gym_door);
                    scope.spawn(move || {
                        start.wait();
                        entered(store, 1, 0, door, at_door(device, 0, 0))
                    })
                })
                .collect();
            twins.into_iter().map(|twin| twin.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| answer.passage == answers[0].passage), "{}", engine.name);
        assert!(answers.iter().all(|answer| answer.outcome.opens()));
    });
}

#[test]
fn a_code_that_opens_nothing_is_not_used_up() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        let both = vec![vec![Method::DeviceKey, Method::Pin]];
        set(&store, house.gym_door, Setting { combinations: both, ..setting() });
        let asked = entered(&store, 1, 0, house.gym_door, at_door(device, 0, 0));
        assert_eq!(asked.outcome, Outcome::SecondFactor(vec![Method::Pin]), "{}", engine.name);
        // He types it, and the picture is the same.
        let Who::Member(mut recognised) = at_door(device, 0, 0) else { panic!("nobody") };
        recognised.shown.push(Shown { method: Method::Pin, credential: None, ..recognised.shown[0] });
        let answer = entered(&store, 2, 5, house.gym_door, Who::Member(recognised));
        assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
        assert_eq!(refused(&store, 3, 6, house.pool_door, at_door(device, 0, 0)), REPLAY);
    });
}

#[test]
fn each_reason_of_a_code_is_written_down_and_comes_before_the_members_own() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        let forged = entered(&store, 1, 0, house.gym_door, Who::BadCode(CodeRefusal::Forged));
        let reason = forged.refusal();
        assert_eq!(
            (reason, forged.member),
            (Some(Refusal::Code(CodeRefusal::Forged)), None),
            "{}",
            engine.name
        );
        for (number, why) in
            [(2, CodeRefusal::Expired), (3, CodeRefusal::TooEarly), (4, CodeRefusal::NoTrustedTime)]
        {
            let code = ShownCode { refused: Some(why), ..code(device, 0, 0) };
            assert_eq!(
                refused(&store, number, 0, house.gym_door, by_code(device, code)),
                Some(Refusal::Code(why))
            );
        }
        let Who::Member(mut recognised) = at_door(device, 0, 0) else { panic!("nobody") };
        recognised.shown[0].state = CredentialState::Lost;
        let lost = Who::Member(recognised);
        assert_eq!(
            refused(&store, 5, 0, house.gym_door, lost),
            Some(Refusal::Lost),
            "a good code of a lost phone"
        );
    });
}

#[test]
fn d19_whoever_leaves_by_a_code_leaves_and_nobody_comes_in_by_it() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        walk_in(&store, 1, 0, house.gym_door, at_door(device, 0, 0));
        let out = left(&store, 3, 20, house.gym_door, at_door(device, 0, 0));
        assert_eq!((out.marks, out.grant.is_some()), (vec![], true), "{}: used before, and out", engine.name);
        let stale = ShownCode { refused: Some(CodeRefusal::Expired), ..code(device, 0, 1) };
        assert!(left(&store, 4, 60, house.gym_door, by_code(device, stale)).grant.is_some());
        assert_eq!(refused(&store, 5, 61, house.pool_door, at_door(device, 0, 1)), REPLAY);
        let unknown = left(&store, 6, 70, house.gym_door, Who::BadCode(CodeRefusal::Forged));
        assert_eq!((unknown.marks, unknown.grant.is_some()), (vec![ExitMark::Unknown], true));
    });
}

#[test]
fn marks_are_kept_for_an_hour_and_go_with_the_person() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        let hour = i64::from(KEPT_STEPS) * 15;
        for (number, seconds) in [(1, 0), (2, 60)] {
            assert!(
                entered(&store, number, seconds, house.gym_door, at_door(device, seconds, 0)).outcome.opens()
            );
        }
        let swept = |seconds: i64| wrote(&store, move |work| sweep(work, NOON_US + seconds * SECOND_US));
        assert_eq!((swept(hour), swept(hour + 15), swept(hour + 15)), (0, 1, 0), "{}", engine.name);
        assert_eq!(refused(&store, 3, 61, house.pool_door, at_door(device, 60, 0)), REPLAY);
        let anna = house.club.anna;
        done(&store, move |work| erase(work, &at(70), Id::from_bytes([60; 16]), anna, Cause::PersonsWish));
        let left = store.read(|tx| tx.query_one("SELECT COUNT(*) FROM used_codes", &[])?.integer(0)).unwrap();
        assert_eq!(left, 0);
    });
}

#[test]
fn d24_made_up_codes_by_the_hundred_are_counted_together() {
    on_both(|engine| {
        let store = engine.open();
        let (house, device) = house(&store);
        for number in 0..UNKNOWN_A_MINUTE_MAX + 40 {
            let answer = entered(&store, number, 0, house.gym_door, Who::BadCode(CodeRefusal::Forged));
            assert_eq!(answer.refusal(), Some(Refusal::Code(CodeRefusal::Forged)), "{}", engine.name);
        }
        let rows = store.read(|tx| tx.query_one("SELECT COUNT(*) FROM passages", &[])?.integer(0)).unwrap();
        assert_eq!(rows, i64::from(UNKNOWN_A_MINUTE_MAX) + 1);
        assert!(entered(&store, 900, 1, house.gym_door, at_door(device, 0, 0)).outcome.opens());
        let round = round(&store, &at(86_400 * 2)).unwrap();
        assert_eq!((round.codes, round.floods), (2, 1), "a mark and a link");
    });
}

#[test]
fn d10_the_floor_of_time_is_the_newest_that_is_durable() {
    on_both(|engine| {
        let store = engine.open();
        assert_eq!(store.read(time_floor_us).unwrap(), 0, "{}", engine.name);
        let (house, device) = house(&store);
        let floor = || store.read(time_floor_us).unwrap();
        entered(&store, 1, 100, house.gym_door, at_door(device, 100, 0));
        assert_eq!(floor(), NOON_US + 100 * SECOND_US);
        // What is written with a clock that was set back is no newer.
        entered(&store, 2, 40, house.gym_door, Who::Nobody);
        assert_eq!(floor(), NOON_US + 100 * SECOND_US);
    });
}
