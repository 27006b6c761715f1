//! Who is inside, what became of grants, and stays that are ended by hand.

use bonafide_domain::admission::rules::{AntiPassback, Passing};
use bonafide_domain::admission::{Mark, Refusal};
use bonafide_domain::calendar::UtcMicros;
use bonafide_store::audit::entry::Acting;
use bonafide_store::audit::verify::verify;
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::passages::door::Setting;
use bonafide_store::passages::feed::{feed, unattributed};
use bonafide_store::passages::passing::{End, NotReported};
use bonafide_store::passages::presence::{
    CORRECTIONS_A_DAY, NotReleased, Released, Why, inside_now, release,
};
use bonafide_store::passages::{Outcome, Who};
use bonafide_store::person_export::export;
use bonafide_store::store::Store;
use bonafide_store::values;

use super::{
    House, NOON_US, SECOND_US, at, by, card, entered, grant, refused, report, request, set, setting, visits,
    walk_in, walk_out,
};
use crate::club::{acting as cashier, done, id, member, three_visits, traced, wrote};
use crate::engines::on_both;

#[test]
fn d06_the_copy_of_a_card_is_kept_out_while_the_member_is_inside_and_is_marked() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        // The last visit: the copy is found out although none is left.
        let terms = bonafide_domain::plan::PlanSpec { visits: Some(1), ..three_visits(house.club.solarium) };
        house.sell(&store, 1, anna, &terms);
        walk_in(&store, 1, 0, house.gym_door, card(anna));
        let copy = entered(&store, 3, 600, house.gym_door, card(anna));
        let since = UtcMicros::parse(NOON_US + SECOND_US).unwrap();
        assert_eq!(copy.refusal(), Some(Refusal::AlreadyInside { since }), "{}", engine.name);
        assert_eq!(copy.marks, [Mark::AlreadyInside, Mark::SuspectedCopy]);
        let proof = entered(
            &store,
            4,
            601,
            house.gym_door,
            by(anna, bonafide_domain::access_method::Method::DeviceKey),
        );
        assert_eq!(proof.marks, [Mark::AlreadyInside], "a key cannot be copied by reading it");
        let (items, _) = store.read(|tx| feed(tx, house.club.branch, None, 10)).unwrap();
        assert_eq!(items[1].marks, ["already_inside", "suspected_copy"], "the desk sees it");
        assert_eq!((items[1].member, items[1].reason.as_deref()), (Some(anna), Some("already_inside")));
        // Nothing moved, and the member leaves and comes as before.
        assert_eq!(house.inside(&store, house.gym, NOON_US + 700 * SECOND_US), [anna]);
        assert_eq!(walk_out(&store, 5, 700, house.gym_door, card(anna)).inside_us, Some(700 * SECOND_US));
        assert_eq!(refused(&store, 7, 720, house.gym_door, card(anna)), Some(Refusal::VisitsUsedUp));
    });
}

#[test]
fn a_soft_door_admits_a_second_time_with_a_mark_and_a_stay_is_over_after_eighteen_hours() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        house.sell_month(&store, 1, anna);
        let hours = 3600;
        walk_in(&store, 1, 0, house.gym_door, card(anna));
        // Nobody saw her leave: the next morning even the strict door lets her in.
        let next = walk_in(&store, 3, 18 * hours + 1, house.gym_door, card(anna));
        assert_eq!((next.marks, visits(&store, anna)), (vec![Mark::LeftUnseen], 2), "{}", engine.name);
        set(&store, house.gym_door, Setting { anti_passback: AntiPassback::Soft, ..setting() });
        let again = walk_in(&store, 5, 19 * hours, house.gym_door, card(anna));
        assert_eq!(again.marks, [Mark::AlreadyInside, Mark::SuspectedCopy]);
        let now_us = NOON_US + 20 * hours * SECOND_US;
        assert_eq!(house.inside(&store, house.gym, now_us), [anna], "one stay, the newer one");
        assert_eq!(house.taken(&store, house.gym, now_us), (1, 0));
        assert_eq!(house.taken(&store, house.gym, now_us + 18 * hours * SECOND_US), (0, 0));
    });
}

#[test]
fn d16_a_second_body_on_one_grant_is_nobodys_and_moves_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, boris) = (house.club.anna, house.club.boris);
        house.sell_month(&store, 1, anna);
        house.sell_month(&store, 2, boris);
        let answer = walk_in(&store, 1, 0, house.gym_door, card(anna));
        let second = report(&store, 3, 2, house.gym_door, Some(answer.passage)).unwrap();
        assert_eq!((second.end, second.member), (End::Tailgate, None), "{}", engine.name);
        assert!(report(&store, 3, 3, house.gym_door, Some(answer.passage)).unwrap().repeated);
        // The turnstile may also count a body without knowing of any grant.
        let unknown = report(&store, 4, 4, house.gym_door, None).unwrap();
        assert_eq!((unknown.end, unknown.member), (End::Unattributed, None));
        assert_eq!(report(&store, 4, 4, house.pool_door, None), Err(NotReported::OtherOperation));
        assert_eq!(report(&store, 5, 4, id(9), None), Err(NotReported::NoAccessPoint));
        let now_us = NOON_US + 60 * SECOND_US;
        assert_eq!((house.inside(&store, house.gym, now_us), visits(&store, anna)), (vec![anna], 1));
        assert_eq!(store.read(|tx| unattributed(tx, house.gym, NOON_US)).unwrap(), 2);
        let (items, _) = store.read(|tx| feed(tx, house.club.branch, None, 10)).unwrap();
        assert!(items[0].tailgate && items[0].end == Some(End::Passed));
        // Whoever slipped in behind her is not inside for the house, and anti-passback knows it: Boris comes in by himself.
        walk_in(&store, 6, 30, house.gym_door, card(boris));
        assert_eq!(house.taken(&store, house.gym, now_us), (2, 0));
        walk_out(&store, 8, 40, house.gym_door, card(anna));
        walk_in(&store, 10, 50, house.gym_door, card(anna));
        // A grant of one door says nothing about a body at another.
        let at_gym = entered(&store, 12, 70, house.pool_door, card(anna));
        let elsewhere = report(&store, 13, 71, house.gym_door, Some(grant(&at_gym))).unwrap();
        assert_eq!(elsewhere.end, End::Unattributed);
        assert_eq!(house.taken(&store, house.pool, NOON_US + 71 * SECOND_US), (0, 1));
    });
}

#[test]
fn d17_a_stay_is_ended_by_hand_under_a_name_with_a_reason_and_too_many_are_told() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, gym) = (house.club.anna, house.gym);
        house.sell_month(&store, 1, anna);
        let released = |store: &Store, acting: Acting, number: u32, why| {
            store.write(move |work| release(work, &acting, request(number), (anna, gym), why)).unwrap()
        };
        let desk = |seconds| Acting { now_us: NOON_US + seconds * SECOND_US, ..cashier() };
        assert_eq!(
            released(&store, desk(0), 900, Why::LeftUnread),
            Err(NotReleased::NotInside),
            "{}",
            engine.name
        );
        walk_in(&store, 1, 0, house.gym_door, card(anna));
        assert_eq!(
            released(&store, at(5), 900, Why::LeftUnread),
            Err(NotReleased::NotStaff),
            "a device may not"
        );
        assert_eq!(house.inside(&store, gym, NOON_US + 5 * SECOND_US), [anna]);
        let once = Ok(Released { recent: 1, alert: false });
        assert_eq!(released(&store, desk(10), 900, Why::LeftUnread), once);
        assert_eq!(released(&store, desk(11), 900, Why::LeftUnread), once, "asked again");
        assert_eq!(released(&store, desk(11), 900, Why::ReaderFault), Err(NotReleased::OtherOperation));
        assert!(house.inside(&store, gym, NOON_US + 11 * SECOND_US).is_empty());
        assert_eq!(traced(&store, "presence_corrected"), 1);
        for number in 2..=CORRECTIONS_A_DAY + 1 {
            let seconds = i64::from(number) * 100;
            walk_in(&store, 2 * number, seconds, house.gym_door, card(anna));
            let found = released(&store, desk(seconds + 10), 900 + number, Why::LeftUnread);
            let alert = number > CORRECTIONS_A_DAY;
            assert_eq!(found, Ok(Released { recent: number, alert }));
        }
        let whom = store
            .read(|tx| {
                let sql = "SELECT COUNT(*) FROM audit_entries WHERE action = 'presence_corrected' AND subject_id = $1
                    AND actor_kind = 'staff' AND detail_sealed IS NOT NULL";
                tx.query_one(sql, values![anna])?.integer(0)
            })
            .unwrap();
        assert_eq!(whom, i64::from(CORRECTIONS_A_DAY) + 1, "who, on whom and why");
    });
}

#[test]
fn leaving_the_club_ends_the_stays_that_lie_inside() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let membership = house.sell(&store, 1, anna, &three_visits(house.club.solarium));
        walk_in(&store, 1, 0, house.gym_door, card(anna));
        walk_in(&store, 3, 60, house.pool_door, card(anna));
        let inside = |store: &Store, seconds: i64| {
            [house.gym, house.pool].map(|zone| house.inside(store, zone, NOON_US + seconds * SECOND_US).len())
        };
        assert_eq!(inside(&store, 90), [1, 1], "{}", engine.name);
        assert_eq!(walk_out(&store, 5, 120, house.pool_door, card(anna)).inside_us, Some(60 * SECOND_US));
        assert_eq!(inside(&store, 130), [1, 0]);
        walk_in(&store, 7, 180, house.pool_door, card(anna));
        // Out of the club without a look at the pool's reader.
        walk_out(&store, 9, 240, house.gym_door, card(anna));
        assert_eq!(inside(&store, 250), [0, 0]);
        assert_eq!((super::visits_left(&store, membership), visits(&store, anna)), (Some(2), 1));
        walk_in(&store, 11, 300, house.gym_door, card(anna));
        assert_eq!((super::visits_left(&store, membership), visits(&store, anna)), (Some(1), 2));
    });
}

#[test]
fn at_a_door_that_cannot_tell_whoever_is_let_in_is_inside() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        house.sell_month(&store, 1, anna);
        set(&store, house.gym_door, Setting { passing: Passing::Assumed, ..setting() });
        let answer = entered(&store, 1, 0, house.gym_door, card(anna));
        grant(&answer);
        assert_eq!(house.taken(&store, house.gym, NOON_US), (1, 0), "{}", engine.name);
        assert_eq!((visits(&store, anna), traced(&store, "passage_assumed")), (1, 1));
        let again = entered(&store, 2, 1, house.gym_door, card(anna));
        assert!(matches!(again.outcome, Outcome::SamePassage { .. }), "{again:?}");
        let left = super::left(&store, 3, 60, house.gym_door, card(anna));
        assert!(left.marks.is_empty());
        assert_eq!(house.taken(&store, house.gym, NOON_US + 60 * SECOND_US), (0, 0));
    });
}

#[test]
fn the_feed_and_the_list_of_those_inside_come_in_pages() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let members: Vec<Id> = (0..5_u8)
            .map(|number| {
                let member = member(&store, "Guest");
                house.sell_month(&store, number + 1, member);
                member
            })
            .collect();
        for (number, &one) in (0_u32..).zip(&members) {
            walk_in(&store, 10 * number, i64::from(number) * 60, house.gym_door, card(one));
        }
        entered(&store, 99, 300, house.gym_door, Who::Nobody);
        let (mut feed_seen, mut before) = (Vec::new(), None);
        loop {
            let (items, next) = store.read(|tx| feed(tx, house.club.branch, before, 2)).unwrap();
            assert!(items.len() <= 2);
            feed_seen.extend(items.into_iter().map(|item| item.member));
            let Some(next) = next else { break };
            before = Some(next);
        }
        let newest: Vec<Option<Id>> =
            std::iter::once(None).chain(members.iter().rev().copied().map(Some)).collect();
        assert_eq!(feed_seen, newest, "{}", engine.name);
        let (mut seen, mut after) = (Vec::new(), None);
        let now_us = NOON_US + 3600 * SECOND_US;
        loop {
            let (page, next) = store.read(|tx| inside_now(tx, house.gym, now_us, after, 2)).unwrap();
            seen.extend(page.into_iter().map(|one| (one.member, one.minutes)));
            let Some(next) = next else { break };
            after = Some(next);
        }
        let expected: Vec<_> = members.iter().copied().zip([59, 58, 57, 56, 55]).collect();
        assert_eq!(seen, expected);
    });
}

#[test]
fn passages_are_exported_for_the_person_and_go_with_him() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, boris) = (house.club.anna, house.club.boris);
        house.sell_month(&store, 1, anna);
        house.sell_month(&store, 2, boris);
        let answer = walk_in(&store, 1, 0, house.gym_door, card(anna));
        report(&store, 3, 2, house.gym_door, Some(answer.passage)).unwrap();
        walk_in(&store, 4, 10, house.gym_door, card(boris));
        entered(&store, 6, 60, house.pool_door, card(anna));
        done(&store, move |work| {
            let about = (anna, bonafide_store::passages::suspension::Reason::Inquiry);
            bonafide_store::passages::suspension::suspend(work, &cashier(), id(90), about, None)
        });
        let exported = wrote(&store, move |work| export(work, &at(100), anna)).unwrap();
        let passages = exported.profiles[0]["passages"].as_array().unwrap();
        assert_eq!((passages.len(), &passages[1]["end"]), (2, &"passed".into()), "{}", engine.name);
        assert_eq!(exported.profiles[0]["suspensions"][0]["reason"], "inquiry");
        store.write(move |work| erase(work, &at(200), id(91), anna, Cause::PersonsWish)).unwrap().unwrap();
        for (table, left) in
            [("passages", 1), ("passage_events", 1), ("presence", 1), ("open_grants", 0), ("suspensions", 0)]
        {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(store.read(|tx| tx.query_one(&sql, &[])?.integer(0)).unwrap(), left, "{table}");
        }
        let key = store.vault().ring().verifying_key();
        assert_eq!(store.read(|tx| verify(tx, &key, &[], |_| ())).unwrap().broken, None);
        assert_eq!(refused(&store, 7, 300, house.gym_door, card(anna)), Some(Refusal::Unknown));
    });
}
