//! Tills at once.

use std::sync::Barrier;

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
                            let begun = store.write(move |work| begin(work, &by, purchase, &asked)).unwrap();
                            match begun {
                                Ok(_) => {
                                    let sale = Sale { buying, receipt: None, till_at_us: None };
                                    let done = store
                                        .write(move |work| complete(work, &acting, purchase, &sale))
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
