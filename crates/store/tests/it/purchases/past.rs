//! Purchases of the past under other rules, against what a person reckons with a pencil.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::programme::{Gives, PastReceipt, Rate, Rules, RulesSpec, Spending, Totals, WhatIf};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::members::merging::merge;
use bonafide_store::purchases::{
    BackLine, Buyer, Buying, LeftOut, Past, RecognisedBy, bring_back, count_past, replay_past,
};
use bonafide_store::store::Store;
use jiff::tz::TimeZone;

use super::{DAY_US, Shop, rules};
use crate::club::{acting, done, id, member};
use crate::engines::{NOW_US, on_both};
use crate::ledger::enrolled;
use crate::members::{add as add_member, full};

fn utc() -> Calendar {
    Calendar::of(TimeZone::UTC)
}

/// All purchases of the shop; those from the second day on count.
fn past(shop: &Shop<'_>) -> Past {
    Past {
        programme: shop.programme,
        currency: rules().currency,
        from_us: NOW_US,
        until_us: NOW_US + 30 * DAY_US,
        counts_from_us: NOW_US + DAY_US,
        with_birthdays: false,
        one_in: 1,
    }
}

fn replayed(store: &Store, which: &Past) -> (Vec<PastReceipt>, LeftOut) {
    let mut receipts = Vec::new();
    let left_out = replay_past(store, which, &utc(), &mut |receipt| receipts.push(receipt)).unwrap();
    (receipts, left_out)
}

fn of(member: Id, buying: Buying) -> Buying {
    Buying { buyer: Some(Buyer { member, way: RecognisedBy::Card }), ..buying }
}

/// A shop in which: Anna has bought before it counts, paid with points and brought a part back, and brought another purchase back
/// altogether; Boris was two profiles; somebody is erased; and nobody bought too.
///
/// With the shop, the profile by which Boris stands in the order.
fn busy(store: &Store) -> (Shop<'_>, Id) {
    let shop = Shop::open(store, rules());
    let (double, gone) = (member(store, "Borya"), member(store, "Carl"));
    for who in [shop.club.boris, double, gone] {
        enrolled(store, who, shop.programme);
    }
    let coffee = |minor| shop.buying(&[("coffee", 1000, minor)], 0);
    let sells = |purchase, day: i64, buying: &Buying| {
        shop.completes(purchase, NOW_US + day * DAY_US, buying).unwrap();
    };
    shop.has(100);
    sells(1, 0, &coffee(10_000));
    let with_points = shop.buying(&[("coffee", 3000, 10_000), ("cake", 1000, 10_000)], 100);
    shop.begins(2, NOW_US + 2 * DAY_US, &with_points).unwrap();
    sells(2, 2, &with_points);
    sells(3, 3, &coffee(7_000));
    sells(4, 2, &of(shop.club.boris, coffee(20_000)));
    sells(5, 1, &of(double, coffee(5_000)));
    sells(6, 2, &of(gone, coffee(9_000)));
    sells(7, 2, &Buying { buyer: None, ..coffee(9_000) });
    let brings = |number: u8, purchase: u8, lines: &'static [(usize, u64)]| {
        let till = shop.till;
        let line = |&(index, quantity_milli): &(usize, u64)| BackLine { index, quantity_milli };
        let lines: Vec<BackLine> = lines.iter().map(line).collect();
        done(store, move |work| bring_back(work, &acting(), id(number), (id(purchase), till), &lines));
    };
    brings(50, 2, &[(0, 400), (1, 1000)]);
    brings(51, 2, &[(0, 600)]);
    brings(52, 3, &[(0, 1000)]);
    let boris = shop.club.boris;
    done(store, move |work| merge(work, &acting(), boris, double));
    done(store, move |work| erase(work, &acting(), id(7), gone, Cause::PersonsWish));
    (shop, boris.min(double))
}

#[test]
fn past_purchases_come_member_by_member_without_what_came_back() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, boris) = busy(&store);
        let which = past(&shop);
        let (receipts, left_out) = replayed(&store, &which);
        assert_eq!(left_out, LeftOut { erased: 1, nobody: 1, came_back: 1 }, "{}", engine.name);
        let anna = shop.club.anna;
        let seen: Vec<_> = receipts
            .iter()
            .map(|receipt| {
                let day = (receipt.at.get() - NOW_US) / DAY_US;
                (Id::from(receipt.member), day, receipt.basket.total().minor(), receipt.paid_minor)
            })
            .collect();
        // Of the coffee that was paid by halves, a third came back in two parts: 1,666 of money and as much of points.
        let mut expected = [
            (anna, 0, 10_000, 0),
            (anna, 2, 10_000 - 2 * 1_666, 5_000 - 1_666),
            (boris, 1, 5_000, 0),
            (boris, 2, 20_000, 0),
        ];
        expected.sort();
        assert_eq!(seen, expected, "{}", engine.name);
        let parted = receipts.iter().find(|receipt| receipt.paid_minor > 0).unwrap();
        assert_eq!(parted.basket.lines()[0].quantity_milli(), 2000);
        assert_eq!(store.read(|tx| count_past(tx, &which)).unwrap(), 6, "all but that of nobody");
        let later = Past { from_us: NOW_US + 2 * DAY_US, until_us: NOW_US + 2 * DAY_US + 1, ..which };
        assert_eq!(replayed(&store, &later).0.len(), 2, "from the first moment on, without the last");
        for one_in in 2..=4 {
            let taken = |receipt: &&PastReceipt| {
                let bytes = receipt.member.0;
                u16::from_be_bytes([bytes[14], bytes[15]]).is_multiple_of(one_in)
            };
            let expected: Vec<PastReceipt> = receipts.iter().filter(taken).cloned().collect();
            assert_eq!(replayed(&store, &Past { one_in, ..which }).0, expected, "one in {one_in}");
        }
    });
}

#[test]
fn what_other_rules_would_have_cost_is_what_a_pencil_says() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, _) = busy(&store);
        let before = Rules::parse(rules()).unwrap();
        // Half as many points, and a fifth of the receipt instead of the half.
        let earning = vec![bonafide_domain::programme::EarningRule {
            gives: Gives::Percent(Rate::ForAll(500)),
            ..rules().earning[0].clone()
        }];
        let spending = rules().spending.map(|spending| Spending { share_basis_points: 2_000, ..spending });
        let after = Rules::parse(RulesSpec { earning, spending, ..rules() }).unwrap();
        let calendar = utc();
        let which = past(&shop);
        let counts_from = UtcMicros::parse(which.counts_from_us).unwrap();
        let mut replay = WhatIf::begin(&before, &after, counts_from, &calendar).unwrap();
        replay_past(&store, &which, &calendar, &mut |receipt| replay.receipt(&receipt).unwrap()).unwrap();
        let report = replay.end();
        assert_eq!((report.receipts, report.members), (3, 2), "{}", engine.name);
        let before = Totals {
            given_points: 3 + 5 + 20,
            given_minor: 2_800,
            paid_points: 30,
            paid_minor: 3_000,
            payable_minor: 3_000 + 2_000 + 10_000,
            discount_minor: 0,
            money_minor: 3_668 + 5_000 + 20_000,
        };
        let after = Totals {
            given_points: 2 + 2 + 10,
            given_minor: 1_400,
            paid_points: 10,
            paid_minor: 1_000,
            payable_minor: 1_000 + 1_000 + 4_000,
            discount_minor: 0,
            money_minor: 5_668 + 5_000 + 20_000,
        };
        assert_eq!((report.before, report.after), (before, after));
        assert_eq!(report.cost_change_minor(), -1_400);
        let members: Vec<u64> = report.changes.iter().map(|bucket| bucket.members).collect();
        assert_eq!(members, [0, 0, 1, 1, 0, 0, 0, 0, 0], "Boris has 13.00 less, Anna 1.00");
    });
}

#[test]
fn birthdays_are_read_only_where_rules_ask_for_them() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let whole = add_member(&store, full());
        enrolled(&store, whole, shop.programme);
        let buying = of(whole, shop.buying(&[("coffee", 1000, 10_000)], 0));
        shop.completes(1, NOW_US + DAY_US, &buying).unwrap();
        let which = past(&shop);
        let birth = |which: &Past| replayed(&store, which).0[0].birth;
        assert_eq!(birth(&which), None, "{}", engine.name);
        assert_eq!(birth(&Past { with_birthdays: true, ..which }), full().birth);
        let (receipts, _) = replayed(&store, &which);
        let joined = utc().date_of(UtcMicros::parse(NOW_US).unwrap());
        assert_eq!(receipts[0].member_since, joined);
    });
}
