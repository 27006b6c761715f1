//! One-time codes that are sent, counted on both engines.

use std::sync::Barrier;

use bonafide_domain::profile::Phone;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::audit::read::{EntryFilter, Words, entries};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::sends::{
    Asking, Became, Channel, JUDGED, JUDGED_AFTER_US, KEPT_US, PAUSE_US, PER_ADDRESS_A_DAY_MAX,
    PER_PLACE_AN_HOUR_MAX, Place, Sending, TooMany, USED_OF_JUDGED_MIN, ask, begin, end, sweep, used,
};
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{done, id, wrote};
use crate::engines::{NOW_US, on_both};
use crate::members::{add, named};
use crate::passages::House;

const MINUTE_US: i64 = 60_000_000;
const KIOSK_ID: Id = Id::from_bytes([88; 16]);
const KIOSK: Actor = Actor::Device(KIOSK_ID);

fn at(now_us: i64) -> Acting {
    Acting { actor: KIOSK, origin: "kiosk".to_owned(), now_us }
}

/// Asks for a code, and begins to send it to a member when there is one.
fn asked(
    store: &Store,
    place: Place,
    after_us: i64,
    named: &str,
    member: Option<(Id, &str)>,
    sends_a_day_max: u32,
) -> Result<Id, TooMany> {
    let named = named.to_owned();
    let member = member.map(|(member, address)| (member, address.to_owned()));
    let acting = at(NOW_US + after_us);
    store
        .write(move |work| {
            let row = match ask(work, &acting, &Asking { place, named: &named, sends_a_day_max })? {
                Ok(row) => row,
                Err(why) => return Ok(Err(why)),
            };
            let Some((member, address)) = &member else { return Ok(Ok(row)) };
            let sending = Sending { member: Some(*member), channel: Channel::Sms, address };
            Ok(begin(work, &acting, row, &sending)?.map(|()| row))
        })
        .unwrap()
}

fn rows(store: &Store) -> i64 {
    store.read(|tx| tx.query_one("SELECT COUNT(*) FROM sends", values![])?.integer(0)).unwrap()
}

#[test]
fn w03_what_is_asked_too_often_is_not_sent() {
    on_both(|engine| {
        let store = engine.open();
        let door = Place::AccessPoint(House::open(&store, None).pool_door);
        let anna = (add(&store, named("Anna", "")), "+79123456789");
        let by = |after_us, name: &str, member| asked(&store, door, after_us, name, member, 1_000);
        // The pause, for a number of nobody as for one of a member.
        for (name, member) in [("a", Some(anna)), ("b", None)] {
            by(0, name, member).unwrap();
            assert_eq!(by(PAUSE_US - 1, name, member), Err(TooMany::TooSoon), "{}", engine.name);
        }
        // The same member by another name: it is counted of him as well.
        assert_eq!(by(PAUSE_US - 1, "card", Some(anna)), Err(TooMany::TooSoon));
        for round in 1..i64::from(PER_ADDRESS_A_DAY_MAX) {
            for (name, member) in [("a", Some(anna)), ("b", None)] {
                by(round * PAUSE_US, name, member).unwrap();
            }
        }
        for (name, member) in [("a", Some(anna)), ("b", None), ("card", Some(anna))] {
            assert_eq!(by(KEPT_US - 1, name, member), Err(TooMany::ForAddress), "{name}");
        }
        by(KEPT_US, "a", None).unwrap();
        // A second member with the same phone does not make it twice as many.
        let late_us = 3 * KEPT_US;
        let boris = (add(&store, named("Boris", "")), anna.1);
        by(late_us, "one", Some(anna)).unwrap();
        assert_eq!(by(late_us, "two", Some(boris)), Err(TooMany::TooSoon));
    });
}

#[test]
fn w03_a_kiosk_and_the_house_have_an_end() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (door, other) = (Place::AccessPoint(house.pool_door), Place::AccessPoint(house.gym_door));
        for number in 0..PER_PLACE_AN_HOUR_MAX {
            asked(&store, door, 0, &number.to_string(), None, 1).unwrap();
        }
        assert_eq!(
            asked(&store, door, 60 * MINUTE_US - 1, "x", None, 1),
            Err(TooMany::AtPlace),
            "{}",
            engine.name
        );
        assert!(asked(&store, Place::SetUp, 0, "x", None, 1).is_ok(), "another place");
        // Of the house those count that went out.
        let phones = ["+79120000001", "+79120000002", "+79120000003"];
        let members = phones.map(|phone| {
            Phone::parse(phone).unwrap();
            (add(&store, named("Anna", "")), phone)
        });
        assert!(asked(&store, other, 0, "1x", Some(members[0]), 2).is_ok(), "the askings above cost nothing");
        assert!(asked(&store, other, 1, "2x", Some(members[1]), 2).is_ok());
        assert_eq!(asked(&store, other, 2, "3x", Some(members[2]), 2), Err(TooMany::OfHouse));
        assert_eq!(asked(&store, other, 2, "4x", None, 2), Err(TooMany::OfHouse), "known or not");
        assert!(asked(&store, other, KEPT_US, "4x", None, 2).is_ok(), "the next day");
    });
}

#[test]
fn w03_codes_that_nobody_types_are_sent_no_further_until_a_day_has_passed() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let doors = [Place::AccessPoint(house.pool_door), Place::AccessPoint(house.gym_door)];
        let mut sent = Vec::new();
        for number in 0..JUDGED {
            let phone = format!("+7912000{number:04}");
            let member = (add(&store, named("Anna", "")), phone.as_str());
            let row = asked(&store, doors[number as usize % 2], 0, &phone, Some(member), 1_000).unwrap();
            wrote(&store, move |work| end(work, &at(NOW_US), row, Became::Taken));
            sent.push(row);
        }
        let next = |after_us, name: &str| asked(&store, doors[0], after_us, name, None, 1_000);
        assert!(next(JUDGED_AFTER_US - 1, "early").is_ok(), "{}: they may still be typed", engine.name);
        assert_eq!(next(JUDGED_AFTER_US, "late"), Err(TooMany::NotUsed));
        for row in sent.into_iter().take(USED_OF_JUDGED_MIN) {
            assert_eq!(next(JUDGED_AFTER_US, "late"), Err(TooMany::NotUsed));
            wrote(&store, move |work| used(work.tx, NOW_US + 1, row));
        }
        assert!(next(JUDGED_AFTER_US, "late").is_ok(), "a tenth was typed");
        wrote(&store, |work| work.tx.execute("UPDATE sends SET used_us = NULL", values![]));
        assert_eq!(next(KEPT_US - 1, "later"), Err(TooMany::NotUsed));
        assert!(next(KEPT_US, "later").is_ok(), "the next day");
    });
}

#[test]
fn of_those_who_ask_for_the_same_at_once_one_is_sent_to() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = add(&store, named("Anna", ""));
        let start = Barrier::new(8);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|racer| {
                    let (store, start) = (&store, &start);
                    let door = if racer % 2 == 0 { house.pool_door } else { house.gym_door };
                    scope.spawn(move || {
                        start.wait();
                        let name = if racer < 4 { "phone" } else { "card" };
                        asked(store, Place::AccessPoint(door), 0, name, Some((anna, "+79123456789")), 1_000)
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{}: {answers:?}", engine.name);
    });
}

#[test]
fn the_trace_says_what_became_of_it_and_an_erasure_and_a_day_take_the_rows() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let door = Place::AccessPoint(house.pool_door);
        let anna = add(&store, named("Anna", ""));
        let row = asked(&store, door, 0, "phone", Some((anna, "+79123456789")), 1_000).unwrap();
        for became in [Became::Taken, Became::Failed] {
            // The second time nothing: it has ended.
            wrote(&store, move |work| end(work, &at(NOW_US + 5), row, became));
        }
        crate::audit::wait_until_ordered(&store);
        let filter = EntryFilter { actor: Some(KIOSK_ID), ..EntryFilter::default() };
        let found = store.read(|tx| entries(tx, store.vault(), &filter, None, 10)).unwrap().entries;
        let actions: Vec<&str> = found.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["code_sent", "code_asked_for"], "{}", engine.name);
        assert_eq!((found[0].subject, found[1].subject), (Some(anna), Some(house.pool_door)));
        let Words::Opened(words) = &found[0].words else { panic!("the words are there") };
        let door_id = house.pool_door.to_string();
        let expected = serde_json::json!({ "channel": "sms", "became": "taken", "place": "access_point", "at": door_id });
        assert_eq!(*words, expected);

        asked(&store, door, 1, "of nobody", None, 1_000).unwrap();
        assert_eq!(rows(&store), 2);
        done(&store, move |work| erase(work, &at(NOW_US + 6), id(9), anna, Cause::PersonsWish));
        assert_eq!(rows(&store), 1);
        wrote(&store, move |work| end(work, &at(NOW_US + 7), row, Became::Failed));
        assert_eq!(
            wrote(&store, |work| sweep(work.tx, NOW_US + KEPT_US)),
            0,
            "a microsecond less than a day"
        );
        assert_eq!(wrote(&store, |work| sweep(work.tx, NOW_US + KEPT_US + 1)), 1);
        assert_eq!(rows(&store), 0);
    });
}
