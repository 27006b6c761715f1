//! Two at once: tills at one balance, and jobs at one lot.

use std::sync::Barrier;

use bonafide_domain::ledger::{Answer, Code, Command, Expiry, Grant, NotPosted};
use bonafide_store::audit::entry::Acting;
use bonafide_store::ledger::{Refusal, due, statement};

use super::{DAY_US, HOUR_US, asked, at, give, hold, mismatches, points, posted, stands, wallet};
use crate::club::acting;
use crate::engines::{NOW_US, on_both};

/// Times that the tills meet at one balance, on each engine.
const ROUNDS: u64 = 250;
const TILLS: u64 = 4;

#[test]
fn t06_tills_that_race_for_one_balance_take_no_more_than_there_is() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        let start = Barrier::new(TILLS as usize);
        let paid: Vec<u64> = std::thread::scope(|scope| {
            let tills: Vec<_> = (0..TILLS)
                .map(|till| {
                    let (store, start) = (&store, &start);
                    scope.spawn(move || {
                        let mut paid = 0;
                        for round in 0..ROUNDS {
                            let number = |step| round * 100 + till * 10 + step;
                            if start.wait().is_leader() {
                                posted(store, wallet, number(1), NOW_US, give(10)).unwrap();
                            }
                            start.wait();
                            // Three of these do not fit beside each other.
                            let wanted = 4 + till % 2;
                            match posted(store, wallet, number(2), NOW_US, hold(wanted, NOW_US + HOUR_US)) {
                                Ok(_) => {
                                    let command =
                                        Command::Capture { hold: asked(number(2)), points: points(wanted) };
                                    posted(store, wallet, number(3), NOW_US, command).unwrap();
                                    paid += wanted;
                                }
                                Err(Refusal::Refused(NotPosted::NotEnough { free })) => {
                                    assert!(free < wanted);
                                }
                                Err(other) => panic!("{other:?}"),
                            }
                        }
                        paid
                    })
                })
                .collect();
            tills.into_iter().map(|till| till.join().unwrap()).collect()
        });
        let (paid, given) = (paid.iter().sum::<u64>(), ROUNDS * 10);
        let standing = stands(&store, wallet, NOW_US);
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
        let start = Barrier::new(TILLS as usize);
        for number in 1..=20 {
            let new: usize = std::thread::scope(|scope| {
                let twins: Vec<_> = (0..TILLS)
                    .map(|_| {
                        let (store, start) = (&store, &start);
                        scope.spawn(move || {
                            start.wait();
                            matches!(posted(store, wallet, number, NOW_US, give(10)), Ok(Answer::New(_)))
                        })
                    })
                    .collect();
                twins.into_iter().map(|twin| usize::from(twin.join().unwrap())).sum()
            });
            assert_eq!(new, 1, "{}", engine.name);
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
        let start = Barrier::new(2);
        for day in 1..=30_i64 {
            let now_us = NOW_US + day * DAY_US;
            assert_eq!(
                store.read(|tx| due::due(tx, now_us - 1)).unwrap(),
                [],
                "{}: not a day early",
                engine.name
            );
            assert_eq!(store.read(|tx| due::due(tx, now_us)).unwrap(), [wallet]);
            let transfers: usize = std::thread::scope(|scope| {
                let servers = [(); 2].map(|()| {
                    let (store, start) = (&store, &start);
                    scope.spawn(move || {
                        start.wait();
                        let acting = Acting { now_us, ..acting() };
                        let settled =
                            store.write(move |work| Ok(Ok::<_, ()>(due::settle(work, &acting, wallet)?)));
                        settled.unwrap().unwrap()
                    })
                });
                servers.into_iter().map(|server| server.join().unwrap()).sum()
            });
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
