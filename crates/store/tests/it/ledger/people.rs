//! Two profiles of one person, and somebody who leaves.

use bonafide_domain::ledger::Command;
use bonafide_store::audit::entry::Acting;
use bonafide_store::erasure::{self, Cause};
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, Refusal};
use bonafide_store::members::merging::{merge, undo};
use bonafide_store::store::Store;

use super::{DAY_US, HOUR_US, asked, enrolled, give, hold, mismatches, points, posted, programme, stands};
use crate::club::{acting, done, id, member};
use crate::engines::{NOW_US, on_both};

fn free(store: &Store, wallet: Id) -> u64 {
    stands(store, wallet, NOW_US).spendable
}

#[test]
fn t23_profiles_are_merged_while_a_hold_is_open_and_nothing_is_lost_or_doubled() {
    on_both(|engine| {
        let store = engine.open();
        let (anna, double, programme) = (member(&store, "Anna"), member(&store, "Anya"), programme(&store));
        let [kept, absorbed] = [anna, double].map(|member| enrolled(&store, member, programme));
        posted(&store, kept, 1, NOW_US, give(100)).unwrap();
        posted(&store, absorbed, 2, NOW_US, give(50)).unwrap();
        posted(&store, absorbed, 3, NOW_US, hold(30, NOW_US + HOUR_US)).unwrap();
        done(&store, move |work| merge(work, &acting(), anna, double));
        assert_eq!((free(&store, kept), free(&store, absorbed)), (120, 0), "{}", engine.name);
        assert_eq!(store.read(|tx| ledger::of_member(tx, double, programme)).unwrap(), Some(kept));
        // The till that holds captures a part; what it frees follows.
        let capture = Command::Capture { hold: asked(3), points: points(10) };
        posted(&store, absorbed, 4, NOW_US, capture).unwrap();
        assert_eq!((free(&store, kept), free(&store, absorbed)), (140, 0), "{}", engine.name);
        // The person spends; the merging is taken back with what is left of that which came.
        posted(&store, kept, 5, NOW_US, hold(110, NOW_US + HOUR_US)).unwrap();
        posted(&store, kept, 6, NOW_US, Command::Capture { hold: asked(5), points: points(110) }).unwrap();
        done(&store, move |work| undo(work, &acting(), double));
        assert_eq!((free(&store, kept), free(&store, absorbed)), (0, 30), "{}", engine.name);
        assert_eq!(store.read(|tx| ledger::of_member(tx, double, programme)).unwrap(), Some(absorbed));
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t23_a_hold_that_lapses_in_an_absorbed_wallet_is_followed_too() {
    on_both(|engine| {
        let store = engine.open();
        let (anna, double, programme) = (member(&store, "Anna"), member(&store, "Anya"), programme(&store));
        let absorbed = enrolled(&store, double, programme);
        posted(&store, absorbed, 1, NOW_US, give(50)).unwrap();
        posted(&store, absorbed, 2, NOW_US, hold(30, NOW_US + HOUR_US)).unwrap();
        done(&store, move |work| merge(work, &acting(), anna, double));
        let kept = store.read(|tx| ledger::of_member(tx, anna, programme)).unwrap().unwrap();
        assert_eq!(free(&store, kept), 20, "whoever was in no programme is in it now");
        let now_us = NOW_US + 2 * HOUR_US;
        let due = store.read(|tx| ledger::due::due(tx, now_us)).unwrap();
        assert_eq!(due, [absorbed], "{}", engine.name);
        let later = Acting { now_us, ..acting() };
        done(&store, move |work| Ok(Ok::<_, ()>(ledger::due::settle(work, &later, absorbed)?)));
        assert_eq!(free(&store, kept), 50, "{}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn whoever_is_erased_leaves_sums_of_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let (anna, programme) = (member(&store, "Anna"), programme(&store));
        let wallet = enrolled(&store, anna, programme);
        posted(&store, wallet, 1, NOW_US, give(100)).unwrap();
        posted(&store, wallet, 2, NOW_US, hold(30, NOW_US + HOUR_US)).unwrap();
        done(&store, move |work| erasure::erase(work, &acting(), id(7), anna, Cause::PersonsWish));
        let standing = stands(&store, wallet, NOW_US + DAY_US);
        assert_eq!((standing.spendable, standing.held), (0, 0), "{}", engine.name);
        let late = posted(&store, wallet, 3, NOW_US, Command::Capture { hold: asked(2), points: points(10) });
        assert_eq!(late, Err(Refusal::Nobody));
        assert_eq!(mismatches(&store), []);
    });
}
