//! Personal offers: who has one, what it gives, what it was begun under, and what comes of it.

mod people;
mod saved;

use bonafide_domain::calendar::{DateSpan, UtcMicros};
use bonafide_domain::ledger::Status;
use bonafide_domain::programme::{
    Conditions, EarningRule, Fitting, Gives, PersonalOffer, PersonalOfferSpec, RuleId, RulesSpec, Selection,
};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, programmes};
use bonafide_store::personal_offers::holding::{HeldOffer, Holder, held, is_new, note_shown};
use bonafide_store::personal_offers::uptake::{Uptake, uptake};
use bonafide_store::personal_offers::walking::{Walked, give};
use bonafide_store::personal_offers::{self, OfferDraft};
use bonafide_store::purchases::{Back, BackLine, Buying, NotBought, bring_back, claim, give_up, offer};
use bonafide_store::store::Store;
use jiff::civil::{Date, date};

use crate::club::{acting, at_once, done, id, moscow, title, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, mismatches};
use crate::purchases::{Shop, rules};

const DAY_US: i64 = 24 * 3_600_000_000;

/// The rule that is offered in person: fifty points for each piece.
pub(super) const RULE: RuleId = RuleId(9);

/// 10 % for everybody, and what is offered in person.
pub(super) fn with_personal_rule() -> RulesSpec {
    let conditions = Conditions { offered_only: true, ..Conditions::default() };
    let in_person =
        EarningRule { id: RULE, goods: Selection::all(), conditions, gives: Gives::PerUnit { points: 50 } };
    let earning = vec![rules().earning[0].clone(), in_person];
    RulesSpec { earning, ..rules() }
}

pub(super) fn today() -> Date {
    moscow().time_zone.calendar().date_of(UtcMicros::parse(NOW_US).unwrap())
}

pub(super) fn later(days: i64) -> Date {
    bonafide_domain::calendar::days_after(today(), days).unwrap()
}

/// For everybody, from today through nine days more, as often as one likes, with nobody left out.
pub(super) fn for_all() -> PersonalOfferSpec {
    PersonalOfferSpec {
        rule: RULE,
        fitting: Fitting::default(),
        dates: DateSpan::parse(today(), later(10)).unwrap(),
        uses_max: None,
        held_out_percent: 0,
    }
}

pub(super) fn draft(spec: PersonalOfferSpec) -> OfferDraft {
    OfferDraft { name: title("Fifty each"), offer: PersonalOffer::parse(spec).unwrap(), is_on: true }
}

pub(super) fn added(store: &Store, programme: Id, spec: PersonalOfferSpec) -> Id {
    let draft = draft(spec);
    done(store, move |work| personal_offers::add(work, &acting(), programme, &draft))
}

pub(super) fn changed(store: &Store, offer: Id, now_us: i64, spec: PersonalOfferSpec) {
    let (draft, acting) = (draft(spec), Acting { now_us, ..acting() });
    let seen = store.read(|tx| personal_offers::get(tx, offer)).unwrap().unwrap().version;
    done(store, move |work| personal_offers::change(work, &acting, offer, seen, &draft));
}

pub(super) fn stopped(store: &Store, offer: Id, now_us: i64) {
    let acting = Acting { now_us, ..acting() };
    assert!(done(store, move |work| personal_offers::set_on(work, &acting, offer, false)));
}

/// A walk through all wallets at a moment: how many were given something, and how many left out.
pub(super) fn walk(store: &Store, now_us: i64) -> (u32, u32) {
    let (acting, mut after, mut sum) = (Acting { now_us, ..acting() }, None, (0, 0));
    loop {
        let walked = give(store, &acting, after).unwrap();
        sum = (sum.0 + walked.given, sum.1 + walked.held_out);
        match walked.after {
            Some(last) => after = Some(last),
            None => return sum,
        }
    }
}

impl Shop<'_> {
    fn anna(&self) -> Holder {
        Holder { wallet: self.anna, member: self.club.anna, status: Status::Active }
    }

    /// The offers that Anna has at a moment.
    pub(super) fn offers(&self, now_us: i64) -> Vec<HeldOffer> {
        let (at, calendar) = (UtcMicros::parse(now_us).unwrap(), moscow().time_zone.calendar());
        self.store
            .read(|tx| {
                let rules = programmes::rules_in_force(tx, self.programme)?.unwrap().rules.clone();
                held(tx, &rules, &self.anna(), (at, &calendar))
            })
            .unwrap()
    }

    /// One cup for 100.
    fn cup(&self) -> Buying {
        self.buying(&[("tea", 1000, 10_000)], 0)
    }

    /// What a purchase of a cup earns.
    fn buys(&self, purchase: u8, now_us: i64) -> u64 {
        self.completes(purchase, now_us, &self.cup()).unwrap().earned_points
    }

    fn brings_back(&self, number: u8, purchase: u8, quantity_milli: u64) -> Back {
        let (till, line) = (self.till, BackLine { index: 0, quantity_milli });
        done(self.store, move |work| bring_back(work, &acting(), id(number), (id(purchase), till), &[line]))
    }

    pub(super) fn came(&self, offer: Id) -> Uptake {
        self.store.read(|tx| uptake(tx, offer, later(400))).unwrap()
    }
}

#[test]
fn an_offer_holds_for_whom_the_walk_has_found_and_only_while_it_does() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let offer = added(&store, shop.programme, for_all());
        assert_eq!(shop.buys(1, NOW_US), 10, "{}: nobody has looked yet", engine.name);
        assert_eq!(walk(&store, NOW_US), (1, 0), "{}", engine.name);
        assert_eq!(walk(&store, NOW_US), (0, 0), "{}: once", engine.name);
        let found = shop.offers(NOW_US);
        let (name, through) = (title("Fifty each"), later(9));
        let expected = HeldOffer { offer, version: 1, rule: RULE, name, through, uses_left: None };
        assert_eq!(found, [expected]);
        assert_eq!(shop.buys(2, NOW_US), 60);
        assert_eq!(shop.buys(3, NOW_US + 9 * DAY_US), 60, "on its last date");
        assert_eq!(shop.buys(4, NOW_US + 10 * DAY_US), 10, "{}: it is over", engine.name);
        stopped(&store, offer, NOW_US + DAY_US);
        assert_eq!(shop.buys(5, NOW_US + DAY_US), 10, "{}: it was stopped", engine.name);
        assert!(done(&store, move |work| personal_offers::set_on(work, &acting(), offer, true)));
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn who_may_not_do_everything_is_offered_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        added(&store, shop.programme, for_all());
        let wallet = shop.anna;
        let set = |status| wrote(&store, move |work| ledger::set_status(work, &acting(), wallet, status));
        set(Status::Limited);
        assert_eq!(walk(&store, NOW_US), (0, 0), "{}", engine.name);
        set(Status::Active);
        assert_eq!(walk(&store, NOW_US), (1, 0), "{}", engine.name);
        for (status, purchase, earned) in
            [(Status::Limited, 1, 10), (Status::Blocked, 2, 0), (Status::Active, 3, 60)]
        {
            set(status);
            assert_eq!(shop.buys(purchase, NOW_US), earned, "{}: {status:?}", engine.name);
        }
    });
}

#[test]
fn an_offer_is_used_as_often_as_it_says_and_a_use_comes_back_with_all_of_the_goods() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let offer = added(&store, shop.programme, PersonalOfferSpec { uses_max: Some(2), ..for_all() });
        walk(&store, NOW_US);
        let left = || shop.offers(NOW_US).first().map(|one| one.uses_left);
        assert_eq!(left(), Some(Some(2)));
        let two = shop.buying(&[("tea", 2000, 20_000)], 0);
        assert_eq!(shop.completes(1, NOW_US, &two).unwrap().earned_points, 120, "{}", engine.name);
        assert_eq!(left(), Some(Some(1)));
        assert_eq!(shop.buys(2, NOW_US), 60);
        assert_eq!(left(), None, "{}: it is used up", engine.name);
        assert_eq!(shop.buys(3, NOW_US), 10);
        // The same again is the same, and no further use.
        assert_eq!(shop.completes(1, NOW_US, &two).unwrap().earned_points, 120);
        // A part of the first comes back, then the rest.
        assert_eq!(shop.brings_back(101, 1, 1000).earned_points, 60);
        assert_eq!(left(), None, "{}: a part of it was used", engine.name);
        let before = shop.came(offer);
        assert_eq!((before.users, before.uses, before.points, before.money_minor), (1, 2, 100, 20_000));
        assert_eq!(shop.brings_back(102, 1, 1000).earned_points, 60);
        assert_eq!(left(), Some(Some(1)), "{}: all of it came back", engine.name);
        let after = shop.came(offer);
        assert_eq!((after.users, after.uses, after.points, after.money_minor), (1, 1, 50, 10_000));
        assert_eq!(shop.buys(4, NOW_US), 60);
        assert_eq!(left(), None);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t21_an_offer_changed_meanwhile_counts_as_it_was_when_the_purchase_began() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let offer = added(&store, shop.programme, for_all());
        walk(&store, NOW_US);
        shop.has(1_000);
        let paying = |purchase: u8, now_us| {
            let buying = shop.buying(&[("tea", 1000, 10_000)], 10);
            shop.begins(purchase, now_us, &buying).unwrap();
            buying
        };
        // Of what points pay a tenth, nothing is earned: 9 and 45. It is changed, so that it holds from the day after tomorrow, while a basket is on the counter.
        let first = paying(1, NOW_US);
        let dates = DateSpan::parse(later(2), later(5)).unwrap();
        changed(&store, offer, NOW_US + 1, PersonalOfferSpec { dates, ..for_all() });
        assert_eq!(shop.offers(NOW_US + 2), [], "{}", engine.name);
        assert_eq!(shop.completes(1, NOW_US + 2, &first).unwrap().earned_points, 54, "{}", engine.name);
        assert_eq!(shop.buys(2, NOW_US + 2), 10);
        // It is stopped while another one is, and the rules go altogether.
        let second = paying(3, NOW_US + 2 * DAY_US);
        stopped(&store, offer, NOW_US + 2 * DAY_US + 1);
        crate::purchases::put(&store, shop.programme, RulesSpec { version: 2, ..rules() });
        let done_ = shop.completes(3, NOW_US + 2 * DAY_US + 2, &second).unwrap();
        assert_eq!((done_.version, done_.earned_points), (1, 54), "{}", engine.name);
        // What was not offered when it was begun is not given at its end.
        crate::purchases::put(&store, shop.programme, RulesSpec { version: 3, ..with_personal_rule() });
        let third = paying(4, NOW_US + 2 * DAY_US + 3);
        let on = Acting { now_us: NOW_US + 2 * DAY_US + 4, ..acting() };
        assert!(done(&store, move |work| personal_offers::set_on(work, &on, offer, true)));
        assert_eq!(
            shop.completes(4, NOW_US + 2 * DAY_US + 5, &third).unwrap().earned_points,
            9,
            "{}",
            engine.name
        );
        let came = shop.came(offer);
        assert_eq!(
            (came.uses, came.points),
            (2, 90),
            "{}: what was begun and not used is no use",
            engine.name
        );
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t06_what_a_purchase_has_begun_with_is_used_by_no_other_till() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        added(&store, shop.programme, PersonalOfferSpec { uses_max: Some(1), ..for_all() });
        walk(&store, NOW_US);
        shop.has(1_000);
        let buying = shop.buying(&[("tea", 1000, 10_000)], 10);
        shop.begins(1, NOW_US, &buying).unwrap();
        assert_eq!(shop.offers(NOW_US), [], "{}: it is on the other counter", engine.name);
        assert_eq!(shop.buys(2, NOW_US), 10);
        // Given up, it is free again; begun anew and lapsed, it is too.
        done(&store, |work| give_up(work, &acting(), id(1)));
        assert_eq!(shop.offers(NOW_US).len(), 1, "{}", engine.name);
        shop.begins(3, NOW_US, &buying).unwrap();
        let lapsed = NOW_US + bonafide_store::purchases::HOLD_US;
        assert_eq!(shop.offers(lapsed).len(), 1, "{}: the till died", engine.name);
        assert_eq!(shop.buys(4, lapsed), 60);
        // The one that lapsed comes after all: the other has used it up.
        let late = Buying { points: 0, ..buying };
        assert_eq!(shop.completes(3, lapsed, &late).unwrap().earned_points, 10, "{}", engine.name);
        // Of tills that race for the last use exactly one has it.
        let others =
            Shop { store: &store, club: crate::club::Club { anna: shop.club.boris, ..shop.club }, ..shop };
        let boris = enrolled(&store, others.club.anna, others.programme);
        walk(&store, lapsed);
        let shop = Shop { anna: boris, ..others };
        let earned = at_once(4, |till| shop.buys(u8::try_from(10 + till).unwrap(), lapsed + 1));
        let used = earned.iter().filter(|points| **points == 60).count();
        assert_eq!(used, 1, "{}: {earned:?}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn a_purchase_that_is_claimed_has_the_offers_of_its_day() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let offer = added(&store, shop.programme, for_all());
        let nobody = Buying { buyer: None, ..shop.cup() };
        shop.completes(1, NOW_US - 1, &nobody).unwrap();
        walk(&store, NOW_US);
        shop.completes(2, NOW_US + 1, &nobody).unwrap();
        stopped(&store, offer, NOW_US + 2);
        let claims = |purchase: u8| {
            let (acting, anna) = (Acting { now_us: NOW_US + DAY_US, ..acting() }, shop.club.anna);
            let by = (anna, bonafide_store::purchases::RecognisedBy::Card);
            done(&store, move |work| claim(work, &acting, id(purchase), by)).earned_points
        };
        assert_eq!(claims(1), 10, "{}: before he had it", engine.name);
        assert_eq!(claims(2), 60, "{}: before it was stopped", engine.name);
        assert_eq!(shop.came(offer).uses, 1);
    });
}

#[test]
fn a_quote_tells_the_offers_and_writes_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let offer_id = added(&store, shop.programme, PersonalOfferSpec { uses_max: Some(1), ..for_all() });
        walk(&store, NOW_US);
        let quoted = |buying: &Buying| {
            store.read(|tx| offer(tx, store.vault(), &acting(), buying)).unwrap().map_err(NotBought::from)
        };
        for _ in 0..2 {
            let offered = quoted(&shop.cup()).unwrap();
            assert_eq!(offered.held.len(), 1, "{}", engine.name);
            assert_eq!((offered.held[0].offer, offered.held[0].uses_left), (offer_id, Some(1)));
            assert_eq!(offered.offer.by_rule[1].rule, RULE);
        }
        let nobody = Buying { buyer: None, ..shop.cup() };
        assert!(quoted(&nobody).unwrap().held.is_empty());
        // Shown once.
        let anna = shop.anna();
        assert!(store.read(|tx| is_new(tx, &anna, &[offer_id])).unwrap());
        let shows = || wrote(&store, move |work| note_shown(work, &acting(), &anna, &[offer_id]));
        assert_eq!((shows(), shows()), (1, 0));
        assert!(!store.read(|tx| is_new(tx, &anna, &[offer_id])).unwrap());
        assert_eq!(shop.came(offer_id).shown, 1, "{}", engine.name);
    });
}

#[test]
fn t19_a_walk_that_is_killed_or_run_by_two_gives_each_offer_once() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let everybody = 250;
        for number in 1..everybody {
            let member = crate::club::member(&store, &format!("Member {number}"));
            enrolled(&store, member, shop.programme);
        }
        let half = PersonalOfferSpec { held_out_percent: 50, ..for_all() };
        let offer = added(&store, shop.programme, half);
        // The first step is done, and whoever did it is gone: another one begins anew.
        let first = give(&store, &acting(), None).unwrap();
        assert!(first.after.is_some(), "{}: {first:?}", engine.name);
        let walks = at_once(3, |_| walk(&store, NOW_US));
        let rest = walks.iter().map(|(given, held_out)| given + held_out).sum::<u32>();
        assert_eq!(first.given + first.held_out + rest, everybody, "{}: each once", engine.name);
        assert_eq!(
            give(&store, &acting(), first.after).unwrap(),
            Walked { given: 0, held_out: 0, after: None }
        );
        let came = shop.came(offer);
        assert_eq!(came.offered.members + came.held_out.members, u64::from(everybody));
        // Of 250 lots at a half, so few or many come one time in a million.
        assert!((86..=164).contains(&came.held_out.members), "{}: {came:?}", engine.name);
    });
}

#[test]
fn what_came_of_an_offer_is_counted_for_both_groups() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let half = PersonalOfferSpec { held_out_percent: 50, ..for_all() };
        let offer = added(&store, shop.programme, half);
        let mut shops = vec![Shop { store: &store, club: crate::club::Club { ..shop.club }, ..shop }];
        for number in 1..12 {
            let anna = crate::club::member(&store, &format!("Member {number}"));
            let wallet = enrolled(&store, anna, shops[0].programme);
            let club = crate::club::Club { anna, ..shops[0].club };
            shops.push(Shop { club, anna: wallet, ..shops[0] });
        }
        // Bought before anybody was drawn: on an earlier date, it is in no group.
        shops[0].buys(1, NOW_US - DAY_US);
        walk(&store, NOW_US);
        let (mut earned, mut bought) = (Vec::new(), 0);
        for (number, shop) in (10..).zip(&shops) {
            earned.push(shop.buys(number, NOW_US + 1));
            if number % 2 == 0 {
                shop.buys(100 + number, NOW_US + DAY_US);
                bought += 1;
            }
        }
        let with = earned.iter().filter(|points| **points == 60).count() as u64;
        let came = shops[0].came(offer);
        assert_eq!(came.offered.members, with, "{}: whoever was left out earned 10", engine.name);
        assert_eq!(came.held_out.members, 12 - with);
        assert!(with > 0 && with < 12, "{}: {earned:?}", engine.name);
        assert_eq!(came.offered.purchases + came.held_out.purchases, 12 + bought);
        // Each bought once, or twice, whose square is four.
        assert_eq!(came.offered.squares + came.held_out.squares, 12 + 3 * bought);
        assert_eq!(
            came.offered.money_minor + came.held_out.money_minor,
            10_000 * (12 + bought).cast_signed()
        );
        assert_eq!((came.users, came.uses), (with, came.offered.purchases), "{}", engine.name);
        assert_eq!(came.points, 50 * came.uses);
        assert_eq!(came.money_minor, 10_000 * came.uses.cast_signed());
    });
}

#[test]
fn a_rule_that_is_no_more_gives_nothing_and_nobody_is_given_it() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        added(&store, shop.programme, for_all());
        crate::purchases::put(&store, shop.programme, RulesSpec { version: 2, ..rules() });
        assert_eq!(walk(&store, NOW_US), (0, 0), "{}", engine.name);
        crate::purchases::put(&store, shop.programme, RulesSpec { version: 3, ..with_personal_rule() });
        assert_eq!(walk(&store, NOW_US), (1, 0), "{}", engine.name);
        crate::purchases::put(&store, shop.programme, RulesSpec { version: 4, ..rules() });
        assert_eq!(shop.offers(NOW_US), []);
        assert_eq!(shop.buys(1, NOW_US), 10);
        assert!(date(2026, 1, 1) < today(), "the clock of the tests");
    });
}
