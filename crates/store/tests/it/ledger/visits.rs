//! Points for visits: once a day, by the rules of that moment, whoever reads the passages how often.

use std::collections::BTreeMap;

use bonafide_domain::ledger::Status;
use bonafide_domain::programme::{GiftRule, Occasion, RuleId, RulesSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::erasure::{self, Cause};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self as kept, RulesDraft};
use bonafide_store::ledger::set_status;
use bonafide_store::ledger::visits::{ENTRIES_AT_ONCE, visits};
use bonafide_store::members::merging::merge;
use bonafide_store::store::Store;

use super::{enrolled, in_force, mismatches, points, programme, stands};
use crate::audit::wait_until_ordered;
use crate::club::{acting, at_once, done, id, member};
use crate::engines::on_both;
use crate::passages::{House, NOON_US, SECOND_US, card, entered, lapsed, walk_in, walk_out};

/// A day, in seconds.
const DAY: i64 = 86_400;

/// Twenty points for a visit, from a moment on.
fn gives_from(store: &Store, programme: Id, now_us: i64, gives: bool) {
    let gift =
        GiftRule { id: RuleId(11), occasion: Occasion::Visit, points: points(20), lasts_days: Some(30) };
    let gifts = if gives { vec![gift] } else { Vec::new() };
    let rules = RulesSpec { gifts, ..super::programmes::percent(500).rules };
    let draft = RulesDraft { rules, tier_names: Vec::new(), rule_names: BTreeMap::new() };
    let (acting, seen) = (Acting { now_us, ..acting() }, in_force(store, programme));
    done(store, move |work| kept::put_rules(work, &acting, programme, seen, &draft));
}

/// A house whose branch has a programme without rules yet, and a wallet of Anna, who may come for a month.
fn house(store: &Store) -> (House, Id, Id) {
    let house = House::open(store, None);
    let (programme, branch) = (programme(store), house.club.branch);
    done(store, move |work| kept::set_branch(work, &acting(), branch, Some(programme)));
    house.sell_month(store, 1, house.club.anna);
    let wallet = enrolled(store, house.club.anna, programme);
    (house, programme, wallet)
}

/// Reads everything there is to read, so many seconds after noon; the answer is how many gifts were given.
fn reads(store: &Store, seconds: i64) -> u32 {
    wait_until_ordered(store);
    let acting = Acting { now_us: NOON_US + seconds * SECOND_US, ..acting() };
    let mut given = 0;
    loop {
        let round = visits(store, &acting).unwrap();
        given += round.given;
        if round.entries == 0 {
            return given;
        }
    }
}

fn has(store: &Store, wallet: Id, seconds: i64) -> u64 {
    stands(store, wallet, NOON_US + seconds * SECOND_US).spendable
}

/// As if nothing had been read yet: what somebody who was killed, or another server, comes to.
fn begins_anew(store: &Store) {
    let sql = "UPDATE read_positions SET next_seq = 0";
    done(store, move |work| Ok(Ok::<_, ()>(work.tx.execute(sql, &[])?)));
}

#[test]
fn t19_a_day_of_visits_gives_once_whoever_reads_it_how_often() {
    on_both(|engine| {
        let store = engine.open();
        let (house, programme, wallet) = house(&store);
        gives_from(&store, programme, NOON_US - SECOND_US, true);
        walk_in(&store, 1, 0, house.gym_door, card(house.club.anna));
        walk_in(&store, 3, 60, house.pool_door, card(house.club.anna));
        walk_out(&store, 5, 120, house.pool_door, card(house.club.anna));
        walk_out(&store, 7, 180, house.gym_door, card(house.club.anna));
        walk_in(&store, 9, 3_600, house.gym_door, card(house.club.anna));
        assert_eq!(reads(&store, 3_700), 1, "{}", engine.name);
        assert_eq!(has(&store, wallet, 3_700), 20, "{}: three ways in are one visit", engine.name);
        assert_eq!(reads(&store, 3_700), 0, "{}", engine.name);
        begins_anew(&store);
        assert_eq!(reads(&store, DAY), 0, "{}: it is read again", engine.name);
        walk_out(&store, 11, 3_800, house.gym_door, card(house.club.anna));
        walk_in(&store, 13, DAY, house.gym_door, card(house.club.anna));
        wait_until_ordered(&store);
        let late = Acting { now_us: NOON_US + (DAY + 60) * SECOND_US, ..acting() };
        let both = at_once(2, |_| visits(&store, &late).unwrap());
        // One of them may come when the other one is through.
        assert_eq!(both.iter().map(|round| round.given).sum::<u32>(), 1, "{}: {both:?}", engine.name);
        assert_eq!(has(&store, wallet, DAY + 60), 40, "{}: two servers", engine.name);
        assert_eq!(has(&store, wallet, 31 * DAY), 20, "{}: the first has had its days", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn only_a_passage_inward_after_the_rule_gives_and_only_to_whoever_may_earn() {
    on_both(|engine| {
        let store = engine.open();
        let (house, programme, wallet) = house(&store);
        walk_in(&store, 1, 0, house.gym_door, card(house.club.anna));
        gives_from(&store, programme, NOON_US + 60 * SECOND_US, true);
        walk_out(&store, 3, 120, house.gym_door, card(house.club.anna));
        // A grant that nobody uses.
        entered(&store, 5, 180, house.gym_door, card(house.club.anna));
        lapsed(&store, 600);
        // Boris comes, and is in no programme.
        house.sell_month(&store, 2, house.club.boris);
        walk_in(&store, 7, 700, house.gym_door, card(house.club.boris));
        assert_eq!(reads(&store, 800), 0, "{}", engine.name);
        let status = |status| {
            done(&store, move |work| Ok(Ok::<_, ()>(set_status(work, &acting(), wallet, status)?)));
        };
        status(Status::Blocked);
        walk_in(&store, 9, 900, house.gym_door, card(house.club.anna));
        assert_eq!(reads(&store, 1_000), 0, "{}: somebody blocked", engine.name);
        status(Status::Limited);
        assert_eq!(reads(&store, 1_100), 0, "{}: and he gets nothing later", engine.name);
        walk_out(&store, 11, 1_200, house.gym_door, card(house.club.anna));
        walk_in(&store, 13, DAY, house.gym_door, card(house.club.anna));
        assert_eq!(reads(&store, DAY + 60), 1, "{}: who may not spend earns", engine.name);
        gives_from(&store, programme, NOON_US + (DAY + 120) * SECOND_US, false);
        walk_out(&store, 15, DAY + 200, house.gym_door, card(house.club.anna));
        walk_in(&store, 17, 2 * DAY, house.gym_door, card(house.club.anna));
        assert_eq!(reads(&store, 2 * DAY + 60), 0, "{}: the rule is gone", engine.name);
        assert_eq!(has(&store, wallet, 2 * DAY + 60), 20, "{}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn whoever_was_merged_gets_it_where_he_is_now_and_whoever_was_erased_nowhere() {
    on_both(|engine| {
        let store = engine.open();
        let (house, programme, wallet) = house(&store);
        gives_from(&store, programme, NOON_US - SECOND_US, true);
        let (double, gone) = (member(&store, "Anya"), member(&store, "Gleb"));
        let nobody = enrolled(&store, gone, programme);
        house.sell_month(&store, 2, double);
        house.sell_month(&store, 3, gone);
        walk_in(&store, 1, 0, house.gym_door, card(double));
        walk_in(&store, 3, 60, house.gym_door, card(gone));
        let anna = house.club.anna;
        done(&store, move |work| merge(work, &acting(), anna, double));
        done(&store, move |work| erasure::erase(work, &acting(), id(77), gone, Cause::PersonsWish));
        assert_eq!(reads(&store, 120), 1, "{}", engine.name);
        assert_eq!(has(&store, wallet, 120), 20, "{}", engine.name);
        assert_eq!(has(&store, nobody, 120), 0, "{}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn what_is_long_is_read_in_parts() {
    on_both(|engine| {
        let store = engine.open();
        let (house, programme, wallet) = house(&store);
        gives_from(&store, programme, NOON_US - SECOND_US, true);
        let anna = house.club.anna;
        for _ in 0..3 {
            done(&store, move |work| {
                for _ in 0..ENTRIES_AT_ONCE / 2 {
                    bonafide_store::members::note_view(work, &acting(), anna)?;
                }
                Ok(Ok::<_, ()>(()))
            });
        }
        walk_in(&store, 1, 0, house.gym_door, card(anna));
        wait_until_ordered(&store);
        let acting = Acting { now_us: NOON_US + 60 * SECOND_US, ..acting() };
        let first = visits(&store, &acting).unwrap();
        assert_eq!((first.entries, first.given), (u64::from(ENTRIES_AT_ONCE), 0), "{}", engine.name);
        assert_eq!(reads(&store, 60), 1, "{}", engine.name);
        assert_eq!(has(&store, wallet, 60), 20, "{}", engine.name);
    });
}
