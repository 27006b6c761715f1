//! Tills at once.

use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_domain::programme::QuoteRefusal;
use bonafide_store::id::Id;
use bonafide_store::purchases::{NoOffer, NotBought, Sale};

use super::{Shop, rules};
use crate::club::at_once;
use crate::engines::{NOW_US, on_both};
use crate::ledger::mismatches;

const TILLS: u64 = 4;
const ROUNDS: u64 = 30;

/// The number of a purchase.
fn purchase(round: u64, till: u64) -> u8 {
    u8::try_from(round * TILLS + till + 1).unwrap()
}

#[test]
fn t06_two_tills_that_redeem_one_balance_at_once_take_it_once() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules()).unguarded();
        shop.has(100);
        let mut spent = 0;
        for round in 0..ROUNDS {
            let taken = at_once(TILLS, |till| {
                let buying = shop.buying(&[("coffee", 1000, 6_000)], 30);
                match shop.begins(purchase(round, till), NOW_US, &buying) {
                    Ok(_) => shop.completes(purchase(round, till), NOW_US, &buying).unwrap().spent_points,
                    Err(NotBought::NoOffer(NoOffer::Quote(QuoteRefusal::TooManyPoints {
                        max_points,
                        ..
                    }))) => {
                        assert!(max_points < 30);
                        0
                    }
                    Err(other) => panic!("{other:?}"),
                }
            });
            spent += taken.iter().sum::<u64>();
        }
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
        let shop = Shop::open(&store, rules()).unguarded();
        let buying = shop.buying(&[("coffee", 1000, 6_000)], 0);
        for round in 0..ROUNDS {
            let answers = at_once(TILLS, |till| {
                // Two of them are the same purchase; the other two want its receipt for their own.
                let own = if till < 2 { 0 } else { till };
                let receipt = Some(ReceiptNumber::parse(&format!("receipt {round}")).unwrap());
                let sale = Sale { buying: buying.clone(), receipt, till_at_us: None };
                shop.sells(purchase(round, own), NOW_US, sale)
            });
            let done: Vec<Id> = answers.iter().flatten().map(|purchase| purchase.id).collect();
            assert!(!done.is_empty() && done.iter().all(|id| *id == done[0]), "{}: {answers:?}", engine.name);
            let taken = NotBought::ReceiptTaken { purchase: done[0] };
            assert!(
                answers.iter().all(|one| one.is_ok() || *one == Err(taken)),
                "{}: {answers:?}",
                engine.name
            );
        }
        assert_eq!(shop.spendable(), ROUNDS * 6, "{}: each receipt has earned once", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}
