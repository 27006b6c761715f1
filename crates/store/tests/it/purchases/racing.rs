//! Tills at once.

use std::sync::Barrier;

use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_domain::programme::QuoteRefusal;
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::purchases::{NoOffer, NotBought, Sale, begin, complete};

use super::{Shop, rules};
use crate::club::acting;
use crate::engines::{NOW_US, on_both};
use crate::ledger::mismatches;

const TILLS: u64 = 4;
const ROUNDS: u64 = 30;

#[test]
fn t06_two_tills_that_redeem_one_balance_at_once_take_it_once() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(100);
        let start = Barrier::new(TILLS as usize);
        let spent: u64 = std::thread::scope(|scope| {
            let tills: Vec<_> = (0..TILLS)
                .map(|till| {
                    let (store, shop, start) = (&store, &shop, &start);
                    scope.spawn(move || {
                        let mut spent = 0;
                        for round in 0..ROUNDS {
                            start.wait();
                            let purchase = Id::from_bytes(u128::from(round * 10 + till + 1).to_be_bytes());
                            let buying = shop.buying(&[("coffee", 1000, 6_000)], 30);
                            let asked = buying.clone();
                            let acting = Acting { now_us: NOW_US, ..acting() };
                            let by = acting.clone();
                            let begun =
                                store.write_by_rows(move |work| begin(work, &by, purchase, &asked)).unwrap();
                            match begun {
                                Ok(_) => {
                                    let sale = Sale { buying, receipt: None, till_at_us: None };
                                    let done = store
                                        .write_by_rows(move |work| complete(work, &acting, purchase, &sale))
                                        .unwrap();
                                    spent += done.unwrap().spent_points;
                                }
                                Err(NotBought::NoOffer(NoOffer::Quote(QuoteRefusal::TooManyPoints {
                                    max_points,
                                    ..
                                }))) => assert!(max_points < 30),
                                Err(other) => panic!("{other:?}"),
                            }
                        }
                        spent
                    })
                })
                .collect();
            tills.into_iter().map(|till| till.join().unwrap()).sum()
        });
        // Each purchase earns three.
        let earned = spent / 30 * 3;
        assert_eq!(shop.spendable() + spent, 100 + earned, "{}", engine.name);
        assert!(spent >= 90, "{}: {spent}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t03_one_purchase_that_arrives_at_several_threads_at_once_is_one_and_its_receipt_too() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let start = Barrier::new(TILLS as usize);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let twins: Vec<_> = (0..TILLS)
                .map(|till| {
                    let (shop, start) = (&shop, &start);
                    scope.spawn(move || {
                        let buying = shop.buying(&[("coffee", 1000, 6_000)], 0);
                        let mut done = Vec::new();
                        for round in 0..ROUNDS {
                            start.wait();
                            // Two of them are the same purchase; the other two want its receipt for their own.
                            let own = if till < 2 { 0 } else { till };
                            let purchase = u8::try_from(round * 4 + own + 1).unwrap();
                            let receipt = Some(ReceiptNumber::parse(&format!("receipt {round}")).unwrap());
                            let sale = Sale { buying: buying.clone(), receipt, till_at_us: None };
                            done.push(shop.sells(purchase, NOW_US, sale));
                        }
                        done
                    })
                })
                .collect();
            twins.into_iter().map(|twin| twin.join().unwrap()).collect()
        });
        for round in 0..ROUNDS as usize {
            let of_round: Vec<_> = answers.iter().map(|answers| answers[round].clone()).collect();
            let done: Vec<Id> = of_round.iter().flatten().map(|purchase| purchase.id).collect();
            assert!(
                !done.is_empty() && done.iter().all(|id| *id == done[0]),
                "{}: {of_round:?}",
                engine.name
            );
            let taken = NotBought::ReceiptTaken { purchase: done[0] };
            assert!(
                of_round.iter().all(|one| one.is_ok() || *one == Err(taken)),
                "{}: {of_round:?}",
                engine.name
            );
        }
        assert_eq!(shop.spendable(), ROUNDS * 6, "{}: each receipt has earned once", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}
