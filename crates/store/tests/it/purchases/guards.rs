//! Somebody who earns too often: he buys like anybody, and earns nothing until there is room again (case T-24).

use bonafide_domain::programme::{GUARD_DAY_US, GUARD_HOUR_US, Guard, GuardsSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::ledger;
use bonafide_store::purchases::{Buyer, Buying, NotClaimed, Purchase, RecognisedBy, claim, offer, read};

use super::{Shop, rules};
use crate::club::{acting, at_once, id, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, mismatches, programme};

const LINES: [(&str, u64, i64); 1] = [("coffee", 1000, 10_000)];

fn purchases(hour: u32, day: u32) -> GuardsSpec {
    GuardsSpec { purchases_hour: Some(hour), purchases_day: Some(day), ..GuardsSpec::default() }
}

fn told(purchase: &Purchase) -> (u64, i64, Option<Guard>) {
    (purchase.earned_points, purchase.to_pay_minor, purchase.guard)
}

#[test]
fn t24_what_one_member_buys_too_often_is_sold_and_earns_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        assert_eq!(shop.guarded(purchases(2, 3)), Some(true));
        let buying = shop.buying(&LINES, 0);
        let sells = |number, after_us| told(&shop.completes(number, NOW_US + after_us, &buying).unwrap());
        let earns = (10, 10_000, None);
        let stopped = |guard| (0, 10_000, Some(guard));
        assert_eq!([sells(1, 0), sells(2, 1)], [earns, earns], "{}", engine.name);
        // The offer says it before it is paid, and the same again is answered as before.
        let now = Acting { now_us: NOW_US + 2, ..acting() };
        let offered = store.read(|tx| offer(tx, store.vault(), &now, &buying)).unwrap().ok().unwrap().offer;
        assert_eq!((offered.guard(), offered.to_pay.minor()), (Some(Guard::PurchasesHour), 10_000));
        assert_eq!(sells(3, 2), stopped(Guard::PurchasesHour));
        assert_eq!(sells(3, GUARD_DAY_US), stopped(Guard::PurchasesHour), "asked again a day later");
        assert_eq!(shop.spendable(), 20);
        // What earned nothing fills no window; the hour is over when it is an hour ago.
        assert_eq!(sells(4, GUARD_HOUR_US - 1), stopped(Guard::PurchasesHour));
        assert_eq!(sells(5, GUARD_HOUR_US), earns);
        assert_eq!(sells(6, 3 * GUARD_HOUR_US), stopped(Guard::PurchasesDay));
        assert_eq!(sells(7, GUARD_DAY_US), earns);
        // Somebody else is not concerned, and neither is nobody.
        let boris = Some(Buyer { member: shop.club.boris, way: RecognisedBy::Card });
        enrolled(&store, shop.club.boris, shop.programme);
        for (number, buyer, points) in [(8, boris, 10), (9, None, 0)] {
            let other = Buying { buyer, ..buying.clone() };
            let sold = shop.completes(number, NOW_US + 2, &other).unwrap();
            assert_eq!(told(&sold), (points, 10_000, None), "{}", engine.name);
        }
        let kept = store.read(|tx| read(tx, store.vault(), id(6))).unwrap().unwrap();
        assert_eq!(kept.guard, Some(Guard::PurchasesDay));
        assert!(kept.lines.unwrap().iter().all(|line| line.sold.earned.is_empty()), "nor does a line");
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t24_tills_at_once_do_not_let_one_member_earn_more_often() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.guarded(purchases(7, 7));
        let buying = shop.buying(&LINES, 0);
        let earned: u64 = (0..5)
            .flat_map(|round| {
                at_once(4, |till| {
                    let number = u8::try_from(round * 4 + till + 1).unwrap();
                    shop.completes(number, NOW_US, &buying).unwrap().earned_points
                })
            })
            .sum();
        assert_eq!((earned, shop.spendable()), (70, 70), "{}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t24_receipts_of_strangers_are_claimed_only_so_often() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let spec = GuardsSpec { claims_day: Some(2), claims_month: Some(3), ..GuardsSpec::default() };
        shop.guarded(spec);
        let nobody = Buying { buyer: None, ..shop.buying(&LINES, 0) };
        for number in 1..=6 {
            shop.completes(number, NOW_US, &nobody).unwrap();
        }
        let anna = shop.club.anna;
        let claims = |purchase: u8, now_us: i64| {
            let acting = Acting { now_us, ..acting() };
            let claimed = store
                .write(move |work| claim(work, &acting, id(purchase), (anna, RecognisedBy::Phone)))
                .unwrap();
            claimed.map(|claimed| claimed.earned_points)
        };
        assert_eq!([claims(1, NOW_US), claims(2, NOW_US + 1)], [Ok(10), Ok(10)], "{}", engine.name);
        let refused = Err(NotClaimed::TooOften(Guard::ClaimsDay));
        assert_eq!(claims(3, NOW_US + 2), refused);
        assert_eq!(claims(2, NOW_US + 3), Ok(10), "the same again is answered as before");
        let kept = store.read(|tx| read(tx, store.vault(), id(3))).unwrap().unwrap();
        assert_eq!((kept.wallet, kept.earned_points), (None, 0), "it is nobody's still");
        assert_eq!(claims(3, NOW_US + GUARD_DAY_US), Ok(10));
        let refused = Err(NotClaimed::TooOften(Guard::ClaimsMonth));
        assert_eq!(claims(4, NOW_US + 3 * GUARD_DAY_US), refused);
        assert_eq!(shop.spendable(), 30);
    });
}

#[test]
fn guards_are_put_as_versions_and_a_programme_without_has_the_usual_ones() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let kept = |programme| store.read(|tx| ledger::guards::guards(tx, programme)).unwrap();
        let usual = *bonafide_domain::programme::Guards::usual().spec();
        assert_eq!(kept(shop.programme).spec(), &usual, "{}", engine.name);
        assert_eq!(shop.guarded(usual), Some(false), "they are in force already");
        assert_eq!([shop.guarded(purchases(1, 1)), shop.guarded(purchases(1, 1))], [Some(true), Some(false)]);
        assert_eq!(shop.guarded(usual), Some(true));
        assert_eq!(kept(shop.programme).spec(), &usual);
        assert_eq!(kept(programme(&store)).spec(), &usual, "another programme has its own");
        let versions = store.read(|tx| {
            tx.query_one("SELECT COUNT(*), MAX(version) FROM programme_guards", &[])
                .and_then(|mut row| Ok((row.integer(0)?, row.integer(1)?)))
        });
        assert_eq!(versions.unwrap(), (2, 2));
        assert_eq!(traced(&store, "programme_guards_put"), 2);
        let none = wrote(&store, |work| {
            ledger::guards::put(work, &acting(), id(99), &bonafide_domain::programme::Guards::usual())
        });
        assert_eq!(none, None);
    });
}
