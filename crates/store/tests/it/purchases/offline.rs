//! Points that pay while there is no network: what the house can lose is what its tills were allowed (case T-07).

use std::collections::HashMap;

use bonafide_domain::ledger::Status;
use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_domain::programme::{GuardsSpec, NotAllowed, RulesSpec};
use bonafide_store::allowances::{
    self, ALLOWANCE_US, DELIVERY_US_MAX, KeptAllowance, Limits, LimitsNotSet, NotAllowance, NotGiven,
    TillExposure,
};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::ledger;
use bonafide_store::organisation::till::{self, Till};
use bonafide_store::purchases::{
    self, BackLine, Buyer, Buying, Field, NotBought, NotClaimed, NotTakenIn, Purchase, RecognisedBy, Sale,
    bring_back, complete_offline,
};
use bonafide_store::store::Store;
use bonafide_store::values;
use bonafide_testkit::dice::Dice;

use super::{Shop, basket, rules};
use crate::club::{acting, at_once, done, id, title, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, give, mismatches, posted, stands};

const SEEDS: u64 = 4;
const STEPS: u64 = 150;
const TILLS: usize = 3;

/// Steps of one point, so that what is left of an allowance fits.
fn rules_by_points() -> RulesSpec {
    let mut spec = rules();
    let spending = spec.spending.as_mut().unwrap();
    (spending.step_points, spending.min_points) = (1, 1);
    spec
}

fn at(now_us: i64) -> Acting {
    Acting { now_us, ..acting() }
}

fn limit(store: &Store, till: Id, day_minor: i64, purchase_minor: i64) -> Result<bool, LimitsNotSet> {
    let limits = Limits { day_minor, purchase_minor };
    store.write(move |work| allowances::set_limits(work, &acting(), till, limits)).unwrap()
}

fn asks(store: &Store, till: Id, now_us: i64, undelivered: u64) -> Result<(KeptAllowance, String), NotGiven> {
    store.write(move |work| allowances::ask(work, &at(now_us), till, undelivered)).unwrap()
}

fn delivers(
    store: &Store,
    purchase: Id,
    now_us: i64,
    sale: &Sale,
    text: &str,
) -> Result<Purchase, NotTakenIn> {
    let (sale, text) = (sale.clone(), text.to_owned());
    store.write(move |work| complete_offline(work, &at(now_us), purchase, &sale, &text)).unwrap()
}

fn exposure(store: &Store, till: Id, now_us: i64) -> TillExposure {
    store.read(|tx| allowances::exposures(tx, now_us)).unwrap().remove(&till).unwrap_or_default()
}

/// A till that keeps its own account, as it must without a network.
struct Away {
    till: Id,
    allowance: Option<(KeptAllowance, String, u64)>,
    waiting: Vec<(Id, Sale, String)>,
}

impl Away {
    fn undelivered(&self) -> u64 {
        let Some((_, current, _)) = &self.allowance else { return 0 };
        let of_it = self.waiting.iter().filter(|(_, _, text)| text == current);
        of_it.map(|(_, sale, _)| sale.buying.points).sum()
    }
}

struct Shops<'a> {
    shop: &'a Shop<'a>,
    dice: Dice,
    now_us: i64,
    tills: Vec<Away>,
    /// The people, each with the wallet.
    people: Vec<(Id, Id)>,
    number: u64,
    /// What was lost, and what was given, in points, by till.
    lost: HashMap<Id, u64>,
    given: HashMap<Id, Vec<(i64, u64)>>,
}

impl Shops<'_> {
    fn next(&mut self) -> Id {
        self.number += 1;
        let mut bytes = [7; 16];
        bytes[8..].copy_from_slice(&self.number.to_be_bytes());
        Id::from_bytes(bytes)
    }

    /// The till asks; sometimes the answer is lost, and it goes on with what it has, which is worth nothing more.
    fn asks(&mut self, which: usize) {
        let (till, undelivered) = (self.tills[which].till, self.tills[which].undelivered());
        match asks(self.shop.store, till, self.now_us, undelivered) {
            Ok((allowance, text)) => {
                let (asked, points) = (allowance.asked_us, allowance.amount.points);
                let given = self.given.entry(till).or_default();
                // The rest of the one before is void.
                if let Some((before, _, spent)) = &self.tills[which].allowance
                    && let Some(last) = given.iter_mut().rev().find(|(asked, _)| *asked == before.asked_us)
                {
                    last.1 = *spent;
                }
                given.push((asked, points));
                self.tills[which].allowance = Some((allowance, text, 0));
            }
            Err(refusal) => {
                assert_eq!(refusal, NotGiven::UsedUp);
            }
        }
    }

    fn sells(&mut self, which: usize) {
        let person = self.people[self.dice.roll(2) as usize].0;
        let away = &mut self.tills[which];
        let Some((allowance, text, spent)) = &mut away.allowance else { return };
        let left = allowance.amount.points - *spent;
        let most = allowance.amount.purchase_points.min(left);
        if most == 0 || self.now_us > allowance.until_us {
            return;
        }
        let points = 1 + self.dice.roll(most);
        *spent += points;
        let price = i64::try_from(points).unwrap() * 200 + i64::try_from(self.dice.roll(500)).unwrap();
        let buying = Buying {
            till: away.till,
            buyer: Some(Buyer { member: person, way: RecognisedBy::Card }),
            basket: basket(&[("coffee", 1000, price)]),
            points,
        };
        let sale = Sale { buying, receipt: None, till_at_us: Some(self.now_us) };
        let text = text.clone();
        let id = self.next();
        self.tills[which].waiting.push((id, sale, text));
    }

    /// One of those that wait arrives, in any order, and now and then twice.
    fn delivers(&mut self, which: usize) {
        let (store, waiting) = (self.shop.store, &self.tills[which].waiting);
        if waiting.is_empty() {
            return;
        }
        let place = self.dice.roll(waiting.len() as u64) as usize;
        let (id, sale, text) = waiting[place].clone();
        let buyer = sale.buying.buyer.unwrap().member;
        let wallet = self.people.iter().find(|(person, _)| *person == buyer).unwrap().1;
        let had = stands(store, wallet, self.now_us).spendable;
        let done = delivers(store, id, self.now_us, &sale, &text).unwrap();
        assert_eq!((done.spent_points, done.wallet), (sale.buying.points, Some(wallet)));
        assert_eq!(done.to_pay_minor, done.total_minor - i64::try_from(sale.buying.points).unwrap() * 100);
        let short = sale.buying.points.saturating_sub(had);
        let has = stands(store, wallet, self.now_us).spendable;
        assert_eq!(has, had + short - sale.buying.points + done.earned_points);
        *self.lost.entry(sale.buying.till).or_default() += short;
        if self.dice.once_in(3) {
            assert_eq!(delivers(store, id, self.now_us + 1, &sale, &text).unwrap(), done, "taken in twice");
            assert_eq!(stands(store, wallet, self.now_us).spendable, has);
        }
        self.tills[which].waiting.remove(place);
    }

    fn step(&mut self) {
        self.now_us += i64::try_from(self.dice.roll(3 * 3_600)).unwrap() * 1_000_000;
        let which = self.dice.roll(TILLS as u64) as usize;
        match self.dice.roll(10) {
            0 => {
                let wallet = self.people[self.dice.roll(2) as usize].1;
                self.number += 1;
                let points = 1 + self.dice.roll(12);
                posted(self.shop.store, wallet, self.number, self.now_us, give(points)).unwrap();
            }
            1 => self.asks(which),
            2..=5 => self.sells(which),
            _ => self.delivers(which),
        }
    }

    /// What must be so at every moment.
    fn holds(&self, seed: u64) {
        for away in &self.tills {
            let lost = self.lost.get(&away.till).copied().unwrap_or(0);
            let given = self.given.get(&away.till).map_or(&[][..], Vec::as_slice);
            let allowed: u64 = given.iter().map(|(_, points)| points).sum();
            assert!(lost <= allowed, "seed {seed}: {lost} lost of {allowed} allowed");
            for (end_us, _) in given {
                let within =
                    |(asked_us, _): &&(i64, u64)| *asked_us <= *end_us && *asked_us > end_us - ALLOWANCE_US;
                let in_a_day: u64 = given.iter().filter(within).map(|(_, points)| points).sum();
                assert!(in_a_day <= 60, "seed {seed}: {in_a_day} points in a day");
            }
            let shown = exposure(self.shop.store, away.till, self.now_us);
            assert_eq!(
                shown.lost_minor,
                i64::try_from(lost).unwrap() * 100,
                "seed {seed}: the owner is told"
            );
        }
    }
}

#[test]
fn t07_what_tills_lose_without_a_network_is_never_more_than_they_were_allowed() {
    on_both(|engine| {
        let mut lost_points = 0;
        for seed in 0..SEEDS {
            let store = engine.open();
            let shop = Shop::open(&store, rules_by_points());
            shop.guarded(GuardsSpec::default());
            let boris = enrolled(&store, shop.club.boris, shop.programme);
            let people = vec![(shop.club.anna, shop.anna), (shop.club.boris, boris)];
            let mut tills = Vec::new();
            for number in 0..TILLS {
                let row = Till { branch: shop.club.branch, name: title(&format!("Away {number}")) };
                let till = done(&store, move |work| till::add(work, &acting(), &row));
                limit(&store, till, 6_000, 2_500).unwrap();
                tills.push(Away { till, allowance: None, waiting: Vec::new() });
            }
            let (dice, lost, given) = (Dice::new(seed), HashMap::new(), HashMap::new());
            // One book for all seeds.
            let number = 1_000_000 * (seed + 1);
            let mut all = Shops { shop: &shop, dice, now_us: NOW_US, tills, people, number, lost, given };
            for _ in 0..STEPS {
                all.step();
                all.holds(seed);
            }
            for which in 0..TILLS {
                while !all.tills[which].waiting.is_empty() {
                    all.delivers(which);
                }
            }
            all.holds(seed);
            lost_points += all.lost.values().sum::<u64>();
            assert_eq!(mismatches(&store), [], "{}, seed {seed}", engine.name);
        }
        assert!(lost_points > 100, "{}: {lost_points} lost: nothing was tried", engine.name);
    });
}

/// A shop whose till may take 50 roubles at once and 120 in a day.
fn allowed(store: &Store) -> (Shop<'_>, KeptAllowance, String) {
    let shop = Shop::open(store, rules_by_points()).unguarded();
    limit(store, shop.till, 12_000, 5_000).unwrap();
    let (allowance, text) = asks(store, shop.till, NOW_US, 0).unwrap();
    (shop, allowance, text)
}

fn sale(shop: &Shop<'_>, points: u64) -> Sale {
    Sale { buying: shop.buying(&[("coffee", 1000, 10_000)], points), receipt: None, till_at_us: None }
}

#[test]
fn t07_what_a_text_does_not_allow_has_its_reason() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, allowance, text) = allowed(&store);
        let amount = allowance.amount;
        assert_eq!((amount.points, amount.purchase_points), (120, 50), "{}", engine.name);
        let wants = |number, now_us, sale: &Sale, text: &str| {
            delivers(&store, id(number), now_us, sale, text).map(|done| done.spent_points)
        };
        let refused = |why| Err(NotTakenIn::NotAllowance(why));
        assert_eq!(wants(1, NOW_US, &sale(&shop, 0), &text), Err(NotTakenIn::NoPoints));
        let mut forged = text.clone().into_bytes();
        forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        for none in ["", "x", "é", &forged] {
            assert_eq!(wants(1, NOW_US, &sale(&shop, 10), none), refused(NotAllowance::NotOurs), "{none}");
        }
        let row = Till { branch: shop.club.branch, name: title("Till 2") };
        let other = done(&store, move |work| till::add(work, &acting(), &row));
        let mut elsewhere = sale(&shop, 10);
        elsewhere.buying.till = other;
        assert_eq!(wants(1, NOW_US, &elsewhere, &text), refused(NotAllowance::OtherTill));
        let late = Sale { till_at_us: Some(NOW_US + ALLOWANCE_US + 1), ..sale(&shop, 10) };
        assert_eq!(wants(1, NOW_US, &late, &text), refused(NotAllowance::SpentTooLate));
        let end_us = NOW_US + ALLOWANCE_US + DELIVERY_US_MAX;
        let too_late = refused(NotAllowance::DeliveredTooLate);
        assert_eq!(wants(1, end_us + 1, &sale(&shop, 10), &text), too_late);
        let at_once = Err(NotTakenIn::NotAllowed(NotAllowed::AtOnce { max_points: 50 }));
        assert_eq!(wants(1, NOW_US, &sale(&shop, 51), &text), at_once);
        for number in 1..=2 {
            assert_eq!(wants(number, end_us, &sale(&shop, 50), &text), Ok(50));
        }
        let left = Err(NotTakenIn::NotAllowed(NotAllowed::Left { left_points: 20 }));
        assert_eq!(wants(3, NOW_US, &sale(&shop, 21), &text), left);
        // The same again is as before, however late; with something else in it the field is named.
        assert_eq!(wants(1, end_us + 1, &sale(&shop, 50), &text), Ok(50));
        let differs = |field| Err(NotTakenIn::NotBought(NotBought::OtherContents(field)));
        assert_eq!(wants(1, NOW_US, &sale(&shop, 49), &text), differs(Field::Points));
        let receipt = Some(ReceiptNumber::parse("other").unwrap());
        assert_eq!(wants(1, NOW_US, &Sale { receipt, ..sale(&shop, 50) }, &text), differs(Field::Receipt));
        let mut online = sale(&shop, 0);
        online.buying.basket = basket(&[("tea", 1000, 100)]);
        assert!(shop.sells(9, NOW_US, online).is_ok());
        assert_eq!(wants(9, NOW_US, &sale(&shop, 20), &text), differs(Field::Points));
        let shown = exposure(&store, shop.till, NOW_US);
        assert_eq!(
            (shown.open_minor, shown.used_minor, shown.lost_minor),
            (2_000, 10_000, 9_500),
            "he had the five that the first earned"
        );
        assert_eq!(exposure(&store, shop.till, end_us + 1).open_minor, 0, "nobody can deliver it any more");
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t07_a_new_allowance_takes_the_place_of_what_is_not_spent() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, _, text) = allowed(&store);
        delivers(&store, id(1), NOW_US, &sale(&shop, 50), &text).unwrap();
        // 30 points more were spent and wait; the answer to the next question is lost, and it is asked again.
        let (_, lost) = asks(&store, shop.till, NOW_US + 1, 30).unwrap();
        let (next, _) = asks(&store, shop.till, NOW_US + 2, 0).unwrap();
        assert_eq!(next.amount.points, 40, "{}", engine.name);
        let none = Err(NotTakenIn::NotAllowed(NotAllowed::Left { left_points: 0 }));
        assert_eq!(delivers(&store, id(2), NOW_US, &sale(&shop, 1), &lost), none);
        delivers(&store, id(3), NOW_US, &sale(&shop, 30), &text).unwrap();
        assert_eq!(delivers(&store, id(4), NOW_US, &sale(&shop, 1), &text), none);
        assert_eq!(exposure(&store, shop.till, NOW_US).open_minor, 4_000);
        // A day later there is a day's worth again, though the last one stays unspent.
        let tomorrow = NOW_US + 3 + ALLOWANCE_US;
        assert_eq!(asks(&store, shop.till, tomorrow, 0).unwrap().0.amount.points, 120);
        limit(&store, shop.till, 0, 0).unwrap();
        assert_eq!(asks(&store, shop.till, tomorrow, 0).err(), Some(NotGiven::NothingAllowed));
        assert_eq!(limit(&store, shop.till, 99, 99), Ok(true));
        let later = tomorrow + ALLOWANCE_US;
        assert_eq!(asks(&store, shop.till, later, 0).err(), Some(NotGiven::UsedUp), "less than a point");
        assert_eq!(limit(&store, shop.till, 1, 2), Err(LimitsNotSet::PurchaseAboveDay));
        assert_eq!(limit(&store, shop.till, -1, 0), Err(LimitsNotSet::Negative));
        assert_eq!(limit(&store, id(99), 1, 1), Err(LimitsNotSet::NoTill));
        assert_eq!(asks(&store, id(99), NOW_US, 0).err(), Some(NotGiven::NoTill));
        assert_eq!((traced(&store, "allowance_limits_set"), traced(&store, "allowance_given")), (3, 4));
    });
}

#[test]
fn t07_who_cannot_pay_is_not_charged_and_what_comes_back_repays_the_house() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, _, text) = allowed(&store);
        shop.has(20);
        let lost = || exposure(&store, shop.till, NOW_US).lost_minor;
        // He has 20 of 50: 30 are lost, and what is paid with money earns.
        let sold = delivers(&store, id(1), NOW_US, &sale(&shop, 50), &text).unwrap();
        assert_eq!((sold.spent_points, sold.earned_points, sold.to_pay_minor), (50, 5, 5_000));
        assert_eq!((shop.spendable(), lost()), (5, 3_000), "{}", engine.name);
        let (till, lines) = (shop.till, [BackLine { index: 0, quantity_milli: 500 }]);
        let brings = |number: u8, purchase: u8| {
            store
                .write(move |work| bring_back(work, &acting(), id(number), (id(purchase), till), &lines))
                .unwrap()
                .unwrap()
        };
        // Of what comes back the house is repaid first: 25 of its 30, and then the last 5.
        assert_eq!(brings(50, 1).spent_points, 25);
        assert_eq!((shop.spendable(), lost()), (3, 500));
        brings(51, 1);
        assert_eq!((shop.spendable(), lost()), (20, 0), "he has what he had before");
        assert_eq!(mismatches(&store), []);
        // Somebody who may not spend, and somebody who is in no programme: nobody is charged.
        let wallet = shop.anna;
        wrote(&store, move |work| ledger::set_status(work, &acting(), wallet, Status::Blocked));
        let blocked = delivers(&store, id(2), NOW_US, &sale(&shop, 10), &text).unwrap();
        assert_eq!((blocked.wallet, blocked.spent_points, lost()), (None, 10, 1_000));
        assert_eq!(delivers(&store, id(2), NOW_US, &sale(&shop, 10), &text).unwrap(), blocked);
        let mut stranger = sale(&shop, 10);
        stranger.buying.buyer = Some(Buyer { member: shop.club.boris, way: RecognisedBy::Card });
        let sold = delivers(&store, id(3), NOW_US, &stranger, &text).unwrap();
        assert_eq!((sold.wallet, sold.to_pay_minor, lost()), (None, 9_000, 2_000));
        assert_eq!(brings(52, 3).spent_points, 0, "nobody gets points");
        assert_eq!(lost(), 1_500);
        wrote(&store, move |work| ledger::set_status(work, &acting(), wallet, Status::Active));
        let anna = shop.club.anna;
        let claimed = store
            .write(move |work| purchases::claim(work, &acting(), id(2), (anna, RecognisedBy::Card)))
            .unwrap();
        assert_eq!(claimed, Err(NotClaimed::PaidByAllowance));
        assert_eq!((shop.spendable(), mismatches(&store)), (20, vec![]));
    });
}

#[test]
fn t07_a_restored_backup_that_forgot_the_allowance_takes_its_sales_in_once() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, allowance, text) = allowed(&store);
        let forgets = move |work: &mut bonafide_store::store::Work<'_, '_>| {
            work.tx.execute("DELETE FROM allowances WHERE id = $1", values![allowance.id])
        };
        assert_eq!(wrote(&store, forgets), 1);
        for _ in 0..2 {
            let sold = delivers(&store, id(1), NOW_US, &sale(&shop, 50), &text).unwrap();
            assert_eq!(sold.spent_points, 50, "{}", engine.name);
        }
        let shown = exposure(&store, shop.till, NOW_US);
        assert_eq!((shown.used_minor, shown.lost_minor), (5_000, 5_000));
        // What the text still may counts against the day.
        assert_eq!(asks(&store, shop.till, NOW_US + 1, 0).err(), Some(NotGiven::UsedUp));
    });
}

#[test]
fn t07_sales_that_arrive_at_once_take_an_allowance_once() {
    on_both(|engine| {
        let store = engine.open();
        let (shop, _, text) = allowed(&store);
        shop.has(60);
        for round in 0..5_u8 {
            // Two threads bring the same sale, two others one of their own.
            let taken = at_once(4, |thread| {
                let own = u8::try_from(thread.max(1)).unwrap();
                delivers(&store, id(round * 4 + own), NOW_US, &sale(&shop, 10), &text).is_ok()
            });
            assert!(taken.iter().filter(|taken| **taken).count() >= if round < 4 { 4 } else { 0 });
        }
        let shown = exposure(&store, shop.till, NOW_US);
        assert_eq!((shown.open_minor, shown.used_minor), (0, 12_000), "{}: twelve tens", engine.name);
        // Each of the twelve earned nine on what was paid with money; what he had of these paid too.
        let (spendable, lost) = (shop.spendable(), u64::try_from(shown.lost_minor).unwrap() / 100);
        assert_eq!(spendable, 60 + 12 * 9 + lost - 120);
        assert_eq!(mismatches(&store), []);
    });
}
