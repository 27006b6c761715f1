//! Two at once: tills at one balance, and jobs at one lot.

use bonafide_domain::ledger::{Answer, Code, Command, Expiry, Grant, NotPosted};
use bonafide_store::audit::entry::Acting;
use bonafide_store::ledger::{Refusal, due, statement};

use super::{DAY_US, HOUR_US, asked, at, give, hold, mismatches, points, posted, stands, wallet};
use crate::club::{acting, at_once};
use crate::engines::{NOW_US, on_both};

/// Times that the tills meet at one balance, on each engine.
const ROUNDS: u64 = 250;
const TILLS: u64 = 4;

#[test]
fn t06_tills_that_race_for_one_balance_take_no_more_than_there_is() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        let mut paid = 0;
        for round in 0..ROUNDS {
            let number = |till, step| round * 100 + till * 10 + step;
            posted(&store, wallet, number(9, 1), NOW_US, give(10)).unwrap();
            let taken = at_once(TILLS, |till| {
                // Three of these do not fit beside each other.
                let wanted = 4 + till % 2;
                match posted(&store, wallet, number(till, 2), NOW_US, hold(wanted, NOW_US + HOUR_US)) {
                    Ok(_) => {
                        let command =
                            Command::Capture { hold: asked(number(till, 2)), points: points(wanted) };
                        posted(&store, wallet, number(till, 3), NOW_US, command).unwrap();
                        wanted
                    }
                    Err(Refusal::Refused(NotPosted::NotEnough { free })) => {
                        assert!(free < wanted);
                        0
                    }
                    Err(other) => panic!("{other:?}"),
                }
            });
            paid += taken.iter().sum::<u64>();
        }
        let (standing, given) = (stands(&store, wallet, NOW_US), ROUNDS * 10);
        assert_eq!(standing.spendable + paid, given, "{}: {standing:?}", engine.name);
        assert!(paid <= given && paid >= given / 2, "{}: {paid} of {given}", engine.name);
        assert_eq!(standing.held, 0);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t03_one_request_that_arrives_at_several_threads_at_once_is_done_once() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        for number in 1..=20 {
            let is_new = |answer| matches!(answer, Ok(Answer::New(_)));
            let new = at_once(TILLS, |_| is_new(posted(&store, wallet, number, NOW_US, give(10))));
            assert_eq!(new.iter().filter(|is_new| **is_new).count(), 1, "{}", engine.name);
        }
        assert_eq!(stands(&store, wallet, NOW_US).spendable, 200);
    });
}

#[test]
fn t19_a_lot_comes_to_nothing_once_when_two_servers_settle_at_once() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        for number in 1..=30 {
            let ends_us = NOW_US + i64::try_from(number).unwrap() * DAY_US;
            let command = Command::Give {
                grant: Grant::Gift,
                points: points(number),
                matures: None,
                expiry: Expiry::At(at(ends_us)),
            };
            posted(&store, wallet, number, NOW_US, command).unwrap();
        }
        for day in 1..=30_i64 {
            let now_us = NOW_US + day * DAY_US;
            assert_eq!(
                store.read(|tx| due::due(tx, now_us - 1)).unwrap(),
                [],
                "{}: not a day early",
                engine.name
            );
            assert_eq!(store.read(|tx| due::due(tx, now_us)).unwrap(), [wallet]);
            let transfers = at_once(2, |_| {
                let acting = Acting { now_us, ..acting() };
                let settled = store.write(move |work| Ok(Ok::<_, ()>(due::settle(work, &acting, wallet)?)));
                settled.unwrap().unwrap()
            });
            let transfers: usize = transfers.iter().sum();
            assert_eq!(transfers, 1, "{}: day {day}", engine.name);
        }
        let told = store.read(|tx| statement::transfers(tx, wallet, None)).unwrap();
        let expired: u64 =
            told.iter().filter(|one| one.code == Code::Expire).map(|one| one.points.get()).sum();
        assert_eq!(expired, 30 * 31 / 2, "{}", engine.name);
        assert_eq!(store.read(|tx| due::due(tx, i64::MAX)).unwrap(), []);
        assert_eq!(mismatches(&store), []);
    });
}
