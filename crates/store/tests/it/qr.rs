//! Pairing a device, on both engines: a link works once, and a person has one device.

use std::sync::Barrier;

use bonafide_domain::credential::{BlockReason, ChangeRefusal, CredentialState, LimitReason};
use bonafide_domain::qr::KeyId;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials;
use bonafide_store::credentials::content::DeviceKey;
use bonafide_store::credentials::history::verify_states;
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::members::merging::merge;
use bonafide_store::person_export::export;
use bonafide_store::qr::devices::{Device, of_member, signer};
use bonafide_store::qr::pairing::{
    LINK_US, NotOffered, NotPaired, OWN_LINKS_MAX, OWN_WITHIN_US, Offered, Paired, PairingSecret, offer,
    pair, sweep,
};
use bonafide_store::store::Store;

use crate::club::{done, traced, wrote};
use crate::credentials::operation;
use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add, named};

/// What a phone brings: the store does not ask for a point of the curve.
pub(crate) fn key(number: u8) -> DeviceKey {
    DeviceKey::of(&[number; 65]).unwrap()
}

fn desk(later_us: i64) -> Acting {
    Acting { now_us: NOW_US + later_us, ..acting() }
}

fn himself(member: Id, later_us: i64) -> Acting {
    Acting { actor: Actor::Member(member), ..desk(later_us) }
}

fn offered(store: &Store, acting: &Acting, number: u8, member: Id) -> Result<Offered, NotOffered> {
    let acting = acting.clone();
    store.write(move |work| offer(work, &acting, operation(number), member)).unwrap()
}

fn link(store: &Store, acting: &Acting, number: u8, member: Id) -> String {
    let Ok(offered) = offered(store, acting, number, member) else { panic!("no link") };
    (*offered.secret.text()).clone()
}

fn tried(store: &Store, later_us: i64, link: &str, number: u8) -> Result<Paired, NotPaired> {
    let secret = link.to_owned();
    store
        .write(move |work| pair(work, &desk(later_us), &PairingSecret::parse(&secret).unwrap(), &key(number)))
        .unwrap()
}

/// Pairs a device at the desk.
pub(crate) fn paired(store: &Store, acting: &Acting, number: u8, member: Id) -> Paired {
    let link = link(store, acting, number, member);
    let acting = acting.clone();
    done(store, move |work| pair(work, &acting, &PairingSecret::parse(&link).unwrap(), &key(number)))
}

fn devices(store: &Store, member: Id) -> Vec<Device> {
    store.read(|tx| of_member(tx, store.vault(), member, NOW_US)).unwrap()
}

fn states(store: &Store, member: Id) -> Vec<CredentialState> {
    assert_eq!(store.read(verify_states).unwrap(), []);
    devices(store, member).iter().map(|device| device.state).collect()
}

const ACTIVE: CredentialState = CredentialState::Active;
const REPLACED: CredentialState = CredentialState::Blocked(BlockReason::Replaced);

#[test]
fn a_link_pairs_one_device_once() {
    on_both(|engine| {
        let store = engine.open();
        let anna = add(&store, named("Anna", "Smith"));
        let first = link(&store, &desk(0), 1, anna);
        let Ok(again) = offered(&store, &desk(5), 1, anna) else { panic!("{}", engine.name) };
        assert_eq!(
            (&**again.secret.text(), again.until_us, again.repeated),
            (&*first, NOW_US + LINK_US, true)
        );
        let device = tried(&store, 10, &first, 1).unwrap();
        assert_eq!((device.member, device.repeated), (anna, false), "{}", engine.name);
        // The answer was lost, and the phone asks again, also after the link's time.
        assert_eq!(tried(&store, LINK_US * 2, &first, 1), Ok(Paired { repeated: true, ..device }));
        assert_eq!(tried(&store, 12, &first, 2), Err(NotPaired::Used));
        assert_eq!(tried(&store, 12, &"0".repeat(64), 2), Err(NotPaired::NoLink));
        let found = store.read(|tx| signer(tx, store.vault(), device.key, NOW_US)).unwrap().unwrap();
        assert!(found.key == key(1) && found.credential == device.credential);
        assert!(store.read(|tx| signer(tx, store.vault(), KeyId([0; 8]), NOW_US)).unwrap().is_none());
        assert_eq!(states(&store, anna), [ACTIVE]);
        // A link that is late, and one that a newer one has ended.
        let late = link(&store, &desk(20), 2, anna);
        assert_eq!(tried(&store, 20 + LINK_US, &late, 2), Err(NotPaired::LinkExpired));
        let older = link(&store, &desk(30), 3, anna);
        link(&store, &desk(40), 4, anna);
        assert_eq!(tried(&store, 41, &older, 3), Err(NotPaired::LinkExpired));
        let boris = add(&store, named("Boris", "Smith"));
        assert_eq!(offered(&store, &desk(50), 4, boris).err(), Some(NotOffered::OtherOperation));
        assert_eq!(offered(&store, &desk(50), 5, operation(99)).err(), Some(NotOffered::NoMember));
        // A key belongs to one member.
        let his = link(&store, &desk(60), 6, boris);
        let in_use = Err(NotPaired::InUse { credential: device.credential });
        assert_eq!(tried(&store, 61, &his, 1), in_use);
        for (action, times) in [("pairing_link_made", 5), ("device_paired", 1), ("credential_issued", 1)] {
            assert_eq!(traced(&store, action), times, "{action}");
        }
        assert_eq!(wrote(&store, move |work| sweep(work, NOW_US + 2 * OWN_WITHIN_US)), 5);
    });
}

#[test]
fn what_stands_in_a_link_has_one_form() {
    let good = "0123456789abcdef".repeat(4);
    assert_eq!(&**PairingSecret::parse(&good).unwrap().text(), &*good);
    for text in
        ["", &good[1..], &good.to_uppercase(), &good.replace('0', "g"), &format!("{good}0"), &"é".repeat(32)]
    {
        assert!(PairingSecret::parse(text).is_none(), "{text}");
    }
}

#[test]
fn the_next_device_takes_the_place_of_the_last() {
    on_both(|engine| {
        let store = engine.open();
        let anna = add(&store, named("Anna", "Smith"));
        let first = paired(&store, &desk(0), 1, anna);
        done(&store, move |work| {
            let reason = LimitReason::PointsInDispute;
            credentials::limit(work, &desk(1), operation(50), first.credential, reason)
        });
        let second = paired(&store, &desk(2), 2, anna);
        let limited = CredentialState::Limited(LimitReason::PointsInDispute);
        assert_eq!(states(&store, anna), [limited, REPLACED], "{}: a limit goes along", engine.name);
        assert_ne!(first.key, second.key);
        let old = store.read(|tx| signer(tx, store.vault(), first.key, NOW_US)).unwrap();
        assert!(old.is_some(), "its codes are still known, as those of a device that was replaced");
        // Lost: the new one takes its place too.
        done(&store, move |work| credentials::report_loss(work, &desk(3), operation(51), second.credential));
        let third = paired(&store, &desk(4), 3, anna);
        assert_eq!(states(&store, anna), [limited, CredentialState::Lost, REPLACED]);
        // Stopped by the member himself: it stays so, and there is a new one beside it.
        done(&store, move |work| {
            let reason = BlockReason::MembersWish;
            credentials::block(work, &desk(5), operation(52), third.credential, reason)
        });
        let fourth = paired(&store, &desk(6), 4, anna);
        let stopped = CredentialState::Blocked(BlockReason::MembersWish);
        assert_eq!(states(&store, anna)[..2], [ACTIVE, stopped]);
        // Stopped by the club: no new phone gets rid of it.
        done(&store, move |work| {
            credentials::block(work, &desk(7), operation(53), fourth.credential, BlockReason::Misuse)
        });
        let link = link(&store, &desk(8), 5, anna);
        let refused = ChangeRefusal::StaysBlocked(BlockReason::Misuse);
        assert_eq!(tried(&store, 9, &link, 5), Err(NotPaired::Refused(refused)));
        // The same phone once more, after it was let off.
        done(&store, move |work| credentials::unblock(work, &desk(10), operation(54), fourth.credential));
        let again = tried(&store, 11, &link, 4).unwrap();
        assert_ne!(again.key, fourth.key);
        assert_eq!(states(&store, anna)[..2], [ACTIVE, REPLACED]);
    });
}

#[test]
fn a_member_changes_his_device_three_times_a_day_and_the_desk_always() {
    on_both(|engine| {
        let store = engine.open();
        let anna = add(&store, named("Anna", "Smith"));
        let minute_us = 60_000_000;
        for number in 1..=3_u8 {
            paired(&store, &himself(anna, i64::from(number) * minute_us), number, anna);
        }
        let again_us = NOW_US + minute_us + OWN_WITHIN_US;
        let refused = offered(&store, &himself(anna, 4 * minute_us), 4, anna).err();
        assert_eq!(refused, Some(NotOffered::TooOften { again_us }), "{}", engine.name);
        paired(&store, &desk(5 * minute_us), 5, anna);
        assert!(offered(&store, &himself(anna, again_us - NOW_US - 1), 6, anna).is_err());
        paired(&store, &himself(anna, again_us - NOW_US), 7, anna);
        // Links that nobody uses are counted as well.
        let boris = add(&store, named("Boris", "Smith"));
        for number in 0..OWN_LINKS_MAX as i64 {
            link(&store, &himself(boris, number), 100 + number as u8, boris);
        }
        let refused = offered(&store, &himself(boris, 60), 140, boris).err();
        assert_eq!(refused, Some(NotOffered::TooOften { again_us: NOW_US + OWN_WITHIN_US }));
    });
}

#[test]
fn of_two_phones_that_open_one_link_one_is_paired() {
    on_both(|engine| {
        let store = engine.open();
        let anna = add(&store, named("Anna", "Smith"));
        for round in 0..4_u8 {
            let link = link(&store, &desk(i64::from(round)), round + 1, anna);
            let start = Barrier::new(2);
            let answers: Vec<_> = std::thread::scope(|scope| {
                let phones: Vec<_> = [10 + 2 * round, 11 + 2 * round]
                    .map(|phone| {
                        let (store, link, start) = (&store, &link, &start);
                        scope.spawn(move || {
                            start.wait();
                            tried(store, 10, link, phone)
                        })
                    })
                    .into_iter()
                    .collect();
                phones.into_iter().map(|phone| phone.join().unwrap()).collect()
            });
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{}", engine.name);
            assert!(answers.contains(&Err(NotPaired::Used)), "{answers:?}");
            let active = states(&store, anna).iter().filter(|state| **state == ACTIVE).count();
            assert_eq!(active, 1);
        }
    });
}

#[test]
fn a_person_of_two_profiles_has_one_device_and_all_of_it_goes_with_him() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (add(&store, named("Anna", "Smith")), add(&store, named("Anna", "Smyth")));
        let bystander = add(&store, named("Boris", "Smith"));
        paired(&store, &desk(0), 1, one);
        paired(&store, &desk(1), 2, other);
        paired(&store, &desk(2), 3, bystander);
        store.write(move |work| merge(work, &acting(), one, other)).unwrap().unwrap();
        assert_eq!(states(&store, other), [ACTIVE, ACTIVE], "{}", engine.name);
        paired(&store, &desk(3), 4, one);
        assert_eq!(states(&store, one), [ACTIVE, REPLACED, REPLACED]);
        let handed = wrote(&store, move |work| export(work, &desk(4), one)).unwrap();
        let (devices_of, links) = (&handed.profiles[0]["devices"], &handed.profiles[0]["pairing_links"]);
        assert_eq!(
            devices_of.as_array().unwrap().len() + handed.profiles[1]["devices"].as_array().unwrap().len(),
            3
        );
        assert_eq!(links[0]["used"], true, "{links}");
        done(&store, move |work| erase(work, &desk(5), operation(60), one, Cause::PersonsWish));
        for (table, left) in [("device_keys", 1), ("pairing_links", 1), ("used_codes", 0)] {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            let count = store.read(|tx| tx.query_one(&sql, &[])?.integer(0)).unwrap();
            assert_eq!(count, left, "{table}");
        }
    });
}
