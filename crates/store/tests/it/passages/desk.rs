//! What the desk needs: the list of what waits, letting in by hand, what changed since, counting floods, and the rounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bonafide_domain::profile::ShortNote;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::passages::attention::{self, How, Item, NotSettled, Settled, Why, settle};
use bonafide_store::passages::by_hand::{self, ByHand, NotAdmitted, Reason, admit};
use bonafide_store::passages::changes::{self, Change, Cursor};
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::flood::{UNKNOWN_A_MINUTE_MAX, unknown_reads};
use bonafide_store::passages::{Way, upkeep};

use super::*;
use crate::club::{CASHIER, traced};
use crate::engines::on_both;

/// Somebody of the staff, so many seconds after noon.
fn staff(seconds: i64) -> Acting {
    Acting { actor: Actor::Staff(CASHIER), origin: "desk".to_owned(), ..at(seconds) }
}

fn note(text: &str) -> Option<ShortNote> {
    Some(ShortNote::parse(text).unwrap())
}

fn waiting(store: &Store, house: &House, seconds: i64) -> Vec<Item> {
    let now_us = at(seconds).now_us;
    store.read(|tx| attention::list(tx, house.club.branch, now_us, None, 100)).unwrap().0
}

fn settled(store: &Store, number: u32, item: Id, how: How) -> Result<Settled, NotSettled> {
    store
        .write(move |work| settle(work, &staff(100), request(number), item, how, note("talked").as_ref()))
        .unwrap()
}

fn by_hand(number: u32, door: Id, member: Option<Id>, refused: Option<Id>) -> ByHand {
    let reason = Reason::Known;
    let note = note("forgot her card");
    ByHand { operation: request(number), access_point: door, member, refused, reason, note }
}

fn admitted(store: &Store, seconds: i64, asked: &ByHand) -> Result<Answer, NotAdmitted> {
    let asked = asked.clone();
    store.write(move |work| admit(work, &staff(seconds), &asked)).unwrap()
}

fn changed(store: &Store, house: &House, from: Cursor) -> (Vec<Change>, Cursor) {
    // On a server the order comes within a second of the commit.
    loop {
        let commits = store.commits().count();
        let waits = store
            .read(|tx| {
                let sql = "SELECT COUNT(*) FROM audit_entries WHERE seq IS NULL";
                tx.query_one(sql, bonafide_store::values![])?.integer(0)
            })
            .unwrap();
        if waits == 0 {
            break;
        }
        let _count = store.commits().wait(commits, Duration::from_secs(5));
    }
    let changes = store.read(|tx| changes::since(tx, &[house.club.branch], from)).unwrap();
    (changes.changes, changes.next)
}

#[test]
fn a_refusal_waits_until_somebody_decides_and_is_decided_once() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        for number in 1..=3 {
            assert_eq!(refused(&store, number, number.into(), door, card(anna)), Some(Refusal::NoMembership));
        }
        assert_eq!(refused(&store, 4, 5, door, Who::Nobody), Some(Refusal::Unknown));
        let items = waiting(&store, &house, 10);
        assert_eq!(items.len(), 2, "{}: ten taps of one member are one thing", engine.name);
        let (unknown, known) = (&items[0], &items[1]);
        assert_eq!((unknown.why, unknown.member, unknown.times), (Why::Refused, None, 1));
        assert_eq!((known.why, known.member, known.times), (Why::Refused, Some(anna), 3));
        assert_eq!(known.reason.as_deref(), Some("no_membership"));
        assert_eq!((known.since_us, known.at_us), (at(1).now_us, at(3).now_us));
        let counts = store.read(|tx| attention::counts(tx, house.club.branch, at(10).now_us)).unwrap();
        assert_eq!(counts, [(Why::Refused, 2)]);

        let device = at(20);
        let item = known.id;
        let by_device: Result<Settled, NotSettled> =
            store.write(move |work| settle(work, &device, request(50), item, How::Sold, None)).unwrap();
        assert_eq!(by_device, Err(NotSettled::NotStaff));
        assert_eq!(settled(&store, 51, item, How::AdmittedByHand), Err(NotSettled::OnlyByAdmitting));
        // The page may have shown an earlier decision of the same person, or the latest.
        assert_eq!(settled(&store, 52, known.passage.unwrap(), How::Sold), Ok(Settled { repeated: false }));
        assert_eq!(settled(&store, 52, item, How::Sold), Ok(Settled { repeated: true }));
        assert_eq!(settled(&store, 52, item, How::Dismissed), Err(NotSettled::OtherOperation));
        let before = NotSettled::SettledBefore { staff: CASHIER, how: How::Sold, at_us: at(100).now_us };
        assert_eq!(settled(&store, 53, item, How::Spoken), Err(before));
        assert_eq!(settled(&store, 54, request(99), How::Spoken), Err(NotSettled::NotFound));
        settled(&store, 55, unknown.id, How::Dismissed).unwrap();
        assert!(waiting(&store, &house, 100).is_empty());
        let told = store.read(|tx| attention::settled(tx, store.vault(), house.club.branch, 0, 10)).unwrap();
        let words: Vec<_> = told.iter().map(|one| (one.member, one.how, one.note.clone())).collect();
        assert!(words.contains(&(Some(anna), How::Sold, note("talked"))), "{words:?}");
        assert!(words.contains(&(None, How::Dismissed, note("talked"))), "{words:?}");
        assert_eq!(traced(&store, "attention_settled"), 2);
        // Refused again afterwards, it is a new thing.
        refused(&store, 60, 200, door, card(anna));
        assert_eq!(waiting(&store, &house, 200).len(), 1);
    });
}

#[test]
fn a_second_factor_waits_only_when_nothing_comes() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let asks = entered(&store, 1, 0, door, by(anna, Method::ClubNumber));
        assert!(matches!(asks.outcome, Outcome::SecondFactor(_)), "{asks:?}");
        assert!(waiting(&store, &house, 10).is_empty(), "{}: she may be about to", engine.name);
        assert_eq!(waiting(&store, &house, 30)[0].why, Why::SecondFactor);
        grant(&entered(&store, 2, 40, door, card(anna)));
        assert!(waiting(&store, &house, 100).is_empty());
    });
}

#[test]
fn bodies_and_marks_wait_too() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let through = grant(&walk_in(&store, 1, 0, door, card(anna)));
        report(&store, 3, 2, door, Some(through)).unwrap();
        report(&store, 4, 3, door, None).unwrap();
        let whys: Vec<Why> = waiting(&store, &house, 10).iter().map(|item| item.why).collect();
        assert_eq!(whys, [Why::Unattributed, Why::Tailgate], "{}", engine.name);
        let tailgate = waiting(&store, &house, 10)[1].clone();
        assert_eq!((tailgate.member, tailgate.passage), (None, Some(through)));
        settled(&store, 5, tailgate.id, How::Spoken).unwrap();
        set(&store, door, Setting { anti_passback: AntiPassback::Soft, ..setting() });
        grant(&entered(&store, 6, 100, door, card(anna)));
        let items = waiting(&store, &house, 110);
        assert_eq!((items[0].why, items[0].member), (Why::Mark, Some(anna)));
        assert_eq!(items[0].marks, ["already_inside", "suspected_copy"]);
    });
}

/// Makes a request that must be refused of one that is in order.
type Spoil = fn(&mut ByHand, &House);

#[test]
fn admitting_by_hand_is_a_decision_with_a_name_and_opens_once() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        let no = entered(&store, 1, 0, door, card(anna));
        let asked = by_hand(2, door, Some(anna), Some(no.passage));
        let device = at(1);
        let by_device = asked.clone();
        let refused: Result<Answer, NotAdmitted> =
            store.write(move |work| admit(work, &device, &by_device)).unwrap();
        assert_eq!(refused, Err(NotAdmitted::NotStaff));
        let other = |change: Spoil| {
            let mut other = asked.clone();
            other.operation = request(70);
            change(&mut other, &house);
            admitted(&store, 5, &other)
        };
        let cases: [(Spoil, NotAdmitted); 5] = [
            (|one, _| (one.reason, one.note) = (Reason::Other, None), NotAdmitted::NoteMissing),
            (|one, _| one.access_point = request(98), NotAdmitted::NoAccessPoint),
            (|one, _| one.member = Some(request(98)), NotAdmitted::NoMember),
            (|one, _| one.refused = Some(request(98)), NotAdmitted::NoRefusal),
            (|one, house| one.access_point = house.pool_door, NotAdmitted::OtherDoor),
        ];
        for (change, expected) in cases {
            assert_eq!(other(change), Err(expected), "{}", engine.name);
        }
        let answer = admitted(&store, 5, &asked).unwrap();
        assert_eq!((answer.member, answer.repeated), (Some(anna), false));
        assert!(matches!(answer.outcome, Outcome::AdmittedByHand { .. }));
        let again = admitted(&store, 6, &asked).unwrap();
        assert_eq!((again.passage, &again.outcome, again.repeated), (answer.passage, &answer.outcome, true));
        let differs = ByHand { reason: Reason::Paid, ..asked.clone() };
        assert_eq!(admitted(&store, 6, &differs), Err(NotAdmitted::OtherOperation));
        let late = admitted(&store, 7, &ByHand { operation: request(3), ..asked.clone() });
        assert!(matches!(late, Err(NotAdmitted::SettledBefore { how: How::AdmittedByHand, .. })), "{late:?}");
        assert!(waiting(&store, &house, 50).is_empty());
        let kept = store.read(|tx| by_hand::get(tx, store.vault(), answer.passage)).unwrap().unwrap();
        assert_eq!((kept.staff, kept.refused, kept.note), (CASHIER, Some(no.passage), asked.note.clone()));
        // A device that uses the desk's id hears nothing of its answer.
        let stolen = Asked { operation: request(2), access_point: door, who: Who::Nobody, host: None };
        let heard = store.write(move |work| enter(work, &at(8), &stolen)).unwrap();
        assert!(matches!(heard, Err(NotDecided::OtherOperation(_))), "{heard:?}");
        assert_eq!(report(&store, 5, 8, door, Some(answer.passage)).unwrap().member, Some(anna));
        assert_eq!(house.inside(&store, house.gym, at(9).now_us), [anna]);
        assert_eq!(visits(&store, anna), 1);
        // Somebody whom nobody knows: a grant without a member, which lapses like every other.
        let stranger = admitted(&store, 20, &by_hand(6, door, None, None)).unwrap();
        assert_eq!((stranger.member, house.inside(&store, house.gym, at(20).now_us)), (None, vec![anna]));
        assert_eq!(report(&store, 7, 21, door, Some(stranger.passage)).unwrap().end, End::Passed);
        admitted(&store, 30, &by_hand(8, door, None, None)).unwrap();
        let done = upkeep::round(&store, &at(300)).unwrap();
        assert_eq!((done.lapsed, done.more), (1, false));
        let (items, _) = store.read(|tx| feed(tx, house.club.branch, None, 10)).unwrap();
        let of_hand: Vec<_> = items.iter().map(|item| (item.by_hand, item.end)).collect();
        let by_cashier = Some(CASHIER);
        let expected = [
            (by_cashier, Some(End::Lapsed)),
            (by_cashier, Some(End::Passed)),
            (by_cashier, Some(End::Passed)),
            (None, None),
        ];
        assert_eq!(of_hand, expected);
    });
}

#[test]
fn a_page_that_lost_its_connection_catches_up() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let (_, start) = changed(&store, &house, Cursor(0));
        let first = entered(&store, 1, 0, door, card(anna));
        let (seen, next) = changed(&store, &house, start);
        let [Change::Passage(item)] = &seen[..] else { panic!("{}: {seen:?}", engine.name) };
        assert_eq!((item.passage, item.end, item.way), (first.passage, None, Way::Entry));
        assert_eq!(changed(&store, &house, next).0, []);
        // The connection is gone meanwhile.
        report(&store, 2, 1, door, Some(first.passage)).unwrap();
        report(&store, 3, 2, door, Some(first.passage)).unwrap();
        report(&store, 4, 3, door, None).unwrap();
        let no = entered(&store, 5, 4, door, card(house.club.boris));
        settled(&store, 6, no.passage, How::Dismissed).unwrap();
        let (seen, next) = changed(&store, &house, next);
        let Change::Passage(item) = &seen[0] else { panic!("{seen:?}") };
        assert_eq!((item.passage, item.end, item.tailgate), (first.passage, Some(End::Passed), true));
        assert_eq!(seen[1], Change::Unattributed { access_point: door, at_us: at(3).now_us });
        let Change::Passage(item) = &seen[2] else { panic!("{seen:?}") };
        assert_eq!((item.passage, item.reason.as_deref()), (no.passage, Some("no_membership")));
        assert_eq!(seen[3..], [Change::Settled { item: no.passage }]);
        assert_eq!(changed(&store, &house, next).0, []);
        let elsewhere = store.read(|tx| changes::since(tx, &[request(1)], start)).unwrap();
        assert_eq!((elsewhere.changes, elsewhere.next), (vec![], next), "another branch's page");
    });
}

#[test]
fn whoever_listens_is_woken_by_a_commit_and_not_by_a_refusal() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let woken = Arc::new(AtomicU32::new(0));
        let heard = Arc::clone(&woken);
        store.on_commit(Box::new(move || {
            heard.fetch_add(1, Ordering::SeqCst);
        }));
        let seen = store.commits().count();
        entered(&store, 1, 0, house.gym_door, card(house.club.anna));
        assert!(store.commits().wait(seen, Duration::from_secs(20)) > seen, "{}", engine.name);
        // The answer comes before the word is passed on, which follows at once.
        while woken.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        let count = store.commits().count();
        assert_eq!(store.commits().wait(count - 1, Duration::ZERO), store.commits().count());
    });
}

#[test]
fn d24_made_up_cards_by_the_thousand_are_counted_and_hurt_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let reads = UNKNOWN_A_MINUTE_MAX + 140;
        let mut last = None;
        for number in 0..reads {
            let answer = entered(&store, 1_000 + number, 0, door, Who::Nobody);
            assert_eq!(answer.refusal(), Some(Refusal::Unknown));
            last = Some(answer.passage);
        }
        let rows = |sql: &str| store.read(|tx| tx.query_one(sql, &[])?.integer(0)).unwrap();
        let kept = i64::from(UNKNOWN_A_MINUTE_MAX) + 1;
        assert_eq!(rows("SELECT COUNT(*) FROM passages"), kept, "{}", engine.name);
        assert_eq!(traced(&store, "passage_decided"), kept);
        assert_eq!(store.read(|tx| unknown_reads(tx, door, at(0).now_us)).unwrap(), reads);
        // Another door is not touched by it, nor is a member at this one.
        entered(&store, 5_000, 1, house.pool_door, Who::Nobody);
        assert_eq!(rows("SELECT COUNT(*) FROM passages"), kept + 1);
        walk_in(&store, 5_001, 2, door, card(anna));
        let again = entered(&store, 6_000, 60, door, Who::Nobody);
        assert_ne!(Some(again.passage), last, "the next minute has rows again");
        let done = upkeep::round(&store, &at(120)).unwrap();
        assert_eq!(done.floods, 3);
        assert_eq!(crate::club::told(&store, "unknown_reads_counted")["unknown"], reads);
        assert_eq!(traced(&store, "unknown_reads_counted"), 1, "of a flood only");
        assert_eq!(upkeep::round(&store, &at(121)).unwrap().floods, 0);
    });
}
