//! Who brought whom, and what both get for it.

use bonafide_domain::profile::{PersonName, Phone};
use bonafide_domain::programme::{GiftRule, Occasion, RuleId, RulesSpec};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::erasure::{self, Cause};
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::members::merging::merge;
use bonafide_store::members::profile::Profile;
use bonafide_store::person_export::export;
use bonafide_store::purchases::{
    BackLine, Buyer, Buying, RecognisedBy, Sale, bring_back, complete, set_own_member,
};
use bonafide_store::referrals::paying::{Looked, PAID_A_MONTH_MAX, pay};
use bonafide_store::referrals::{NEWCOMER_US_MAX, NotReferred, State, Why, code, named, note, of_newcomer};
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{acting, at_once, done, id, member, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, mismatches, points, stands};
use crate::purchases::{Shop, basket, rules};

const DAY_US: i64 = 24 * 3_600_000_000;

/// Fifty points for bringing somebody, twenty for being brought; goods may come back for two days.
fn with_referrals() -> RulesSpec {
    let gift =
        |id, occasion, given| GiftRule { id: RuleId(id), occasion, points: points(given), lasts_days: None };
    let gifts = vec![gift(11, Occasion::BroughtSomebody, 50), gift(12, Occasion::WasBrought, 20)];
    RulesSpec { gifts, pending_days: 2, ..rules() }
}

fn referred(store: &Store, newcomer: Id, by: Id) -> Result<(), NotReferred> {
    store.write(move |work| note(work, &acting(), newcomer, by)).unwrap()
}

/// A newcomer of the programme whom Anna has brought, with his wallet.
fn newcomer(shop: &Shop<'_>, name: &str) -> (Id, Id) {
    let newcomer = member(shop.store, name);
    let wallet = enrolled(shop.store, newcomer, shop.programme);
    referred(shop.store, newcomer, shop.club.anna).unwrap();
    (newcomer, wallet)
}

/// Somebody buys for a hundred roubles.
fn buys(shop: &Shop<'_>, number: u8, member: Id, now_us: i64) {
    let buyer = Some(Buyer { member, way: RecognisedBy::Card });
    let buying = Buying { till: shop.till, buyer, basket: basket(&[("coffee", 1_000, 10_000)]), points: 0 };
    let sale = Sale { buying, receipt: None, till_at_us: None };
    let acting = Acting { now_us, ..acting() };
    done(shop.store, move |work| complete(work, &acting, id(number), &sale));
}

fn pays(store: &Store, now_us: i64) -> Looked {
    pay(store, &Acting { now_us, ..acting() }).unwrap()
}

fn has(store: &Store, wallet: Id, now_us: i64) -> u64 {
    stands(store, wallet, now_us).spendable
}

fn became(store: &Store, newcomer: Id) -> (State, Option<Why>) {
    let found = store.read(|tx| of_newcomer(tx, newcomer)).unwrap().unwrap();
    (found.state, found.why)
}

fn with_phone(store: &Store, name: &str, phone: &str) -> Id {
    let phones = vec![Phone::parse(phone).unwrap()];
    let profile = Profile { phones, ..Profile::named(PersonName::parse(name, "Smith", "").unwrap()) };
    crate::members::add(store, profile)
}

#[test]
fn both_get_their_points_once_the_first_paid_purchase_cannot_come_back() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_referrals());
        let (oleg, wallet) = newcomer(&shop, "Oleg");
        referred(&store, oleg, shop.club.anna).unwrap();
        assert_eq!(traced(&store, "member_was_brought"), 1, "{}: said twice, written once", engine.name);
        assert_eq!(pays(&store, NOW_US).paid, 0, "{}: enrolling pays nothing", engine.name);
        buys(&shop, 1, oleg, NOW_US);
        assert_eq!(pays(&store, NOW_US + 2 * DAY_US).paid, 0, "{}: it may come back", engine.name);
        let settled = NOW_US + 4 * DAY_US;
        let both = at_once(2, |_| pays(&store, settled));
        assert_eq!(both.iter().map(|looked| looked.paid).sum::<u32>(), 1, "{}: two servers", engine.name);
        // The purchase has earned ten.
        assert_eq!(
            (has(&store, shop.anna, settled), has(&store, wallet, settled)),
            (50, 30),
            "{}",
            engine.name
        );
        assert_eq!(became(&store, oleg), (State::Paid, None));
        // As for somebody who was killed behind the gifts and before the note.
        let sql = "UPDATE referrals SET state = 'waiting', look_us = 0";
        wrote(&store, move |work| work.tx.execute(sql, &[]));
        pays(&store, settled + DAY_US);
        assert_eq!(
            (has(&store, shop.anna, settled), has(&store, wallet, settled)),
            (50, 30),
            "{}",
            engine.name
        );
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn what_came_back_whole_or_was_bought_under_other_rules_brings_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_referrals());
        let (oleg, wallet) = newcomer(&shop, "Oleg");
        buys(&shop, 1, oleg, NOW_US);
        let (till, lines) = (shop.till, [BackLine { index: 0, quantity_milli: 1_000 }]);
        done(&store, move |work| bring_back(work, &acting(), id(2), (id(1), till), &lines));
        let later = NOW_US + 30 * DAY_US;
        assert_eq!(pays(&store, later).paid, 0, "{}", engine.name);
        assert_eq!(became(&store, oleg), (State::Waiting, None));
        crate::purchases::put(&store, shop.programme, RulesSpec { version: 2, ..rules() });
        buys(&shop, 3, oleg, later);
        assert_eq!(pays(&store, later + DAY_US).paid, 0, "{}", engine.name);
        assert_eq!(became(&store, oleg), (State::Refused, Some(Why::NoRule)), "{}", engine.name);
        assert_eq!(has(&store, wallet, later + DAY_US), 10);
    });
}

#[test]
fn t24_nobody_brings_himself_and_nobody_is_brought_twice_or_late() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_referrals());
        let (anna, boris) = (shop.club.anna, shop.club.boris);
        let [one, other] = ["Nina", "Ninel"].map(|name| with_phone(&store, name, "+79161234567"));
        assert_eq!(referred(&store, one, other), Err(NotReferred::SamePerson), "{}: one phone", engine.name);
        assert_eq!(referred(&store, one, one), Err(NotReferred::SamePerson), "{}", engine.name);
        let double = member(&store, "Anya");
        done(&store, move |work| merge(work, &acting(), anna, double));
        let oleg = member(&store, "Oleg");
        referred(&store, oleg, double).unwrap();
        assert_eq!(referred(&store, oleg, boris), Err(NotReferred::BroughtByAnother), "{}", engine.name);
        assert_eq!(referred(&store, double, boris), Err(NotReferred::NoNewcomer), "{}: merged", engine.name);
        assert_eq!(referred(&store, id(9), boris), Err(NotReferred::NoMember));
        let late = Acting { now_us: NOW_US + NEWCOMER_US_MAX + 1, ..acting() };
        let refused = store.write(move |work| note(work, &late, boris, oleg)).unwrap();
        assert_eq!(refused, Err(NotReferred::NoNewcomer), "{}", engine.name);
        let inna = member(&store, "Inna");
        let employee = crate::staff::cashier(&store);
        wrote(&store, move |work| set_own_member(work, &acting(), employee, Some(boris)));
        let himself = Acting { actor: Actor::Staff(employee), ..acting() };
        let refused = store.write(move |work| note(work, &himself, inna, boris)).unwrap();
        assert_eq!(refused, Err(NotReferred::OwnNewcomer), "{}", engine.name);
        referred(&store, inna, boris).unwrap();
    });
}

#[test]
fn t24_a_ring_of_newcomers_does_not_close() {
    on_both(|engine| {
        let store = engine.open();
        let ring = ["Ada", "Bob", "Cleo"].map(|name| member(&store, name));
        referred(&store, ring[1], ring[0]).unwrap();
        referred(&store, ring[2], ring[1]).unwrap();
        assert_eq!(referred(&store, ring[0], ring[2]), Err(NotReferred::Ring), "{}", engine.name);
        assert_eq!(referred(&store, ring[0], ring[1]), Err(NotReferred::Ring), "{}", engine.name);
    });
}

#[test]
fn t24_what_turns_out_to_be_one_person_or_an_old_member_is_not_paid() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_referrals());
        let old = member(&store, "Olga");
        let (merged, _) = newcomer(&shop, "Olya");
        let (himself, _) = newcomer(&shop, "Ann");
        let (phone, _) = newcomer(&shop, "Annie");
        for (number, one) in (1..).zip([merged, himself, phone]) {
            buys(&shop, number, one, NOW_US);
        }
        let anna = shop.club.anna;
        done(&store, move |work| merge(work, &acting(), old, merged));
        done(&store, move |work| merge(work, &acting(), anna, himself));
        for one in [anna, phone] {
            let mut known = store.read(|tx| members::get(tx, store.vault(), one)).unwrap().unwrap();
            known.profile.phones = vec![Phone::parse("+79167654321").unwrap()];
            let (version, profile) = (known.version, known.profile);
            done(&store, move |work| members::change(work, &acting(), one, version, &profile));
        }
        let settled = NOW_US + 4 * DAY_US;
        assert_eq!(pays(&store, settled), Looked { looked: 3, paid: 0 }, "{}", engine.name);
        let expected = [(merged, Why::WasMember), (himself, Why::SamePerson), (phone, Why::SamePerson)];
        for (one, why) in expected {
            assert_eq!(became(&store, one), (State::Refused, Some(why)), "{}", engine.name);
        }
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t24_a_bringer_has_so_many_a_month_and_erasing_them_helps_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_referrals());
        let bound = u8::try_from(PAID_A_MONTH_MAX).unwrap();
        let brought: Vec<(Id, Id)> =
            (0..=bound).map(|number| newcomer(&shop, &format!("N{number}"))).collect();
        for (number, (one, _)) in (1..).zip(&brought) {
            buys(&shop, number, *one, NOW_US);
        }
        let settled = NOW_US + 4 * DAY_US;
        assert_eq!(pays(&store, settled).paid, u32::from(bound) + 1, "{}", engine.name);
        assert_eq!(has(&store, shop.anna, settled), 50 * u64::from(bound), "{}", engine.name);
        let over: Vec<_> = brought
            .iter()
            .filter(|(one, _)| became(&store, *one) == (State::Paid, Some(Why::TooMany)))
            .collect();
        assert_eq!(over.len(), 1, "{}", engine.name);
        assert_eq!(has(&store, over[0].1, settled), 30, "{}: the newcomer has his", engine.name);
        for (number, (one, _)) in (100..).zip(brought.clone()) {
            done(&store, move |work| erasure::erase(work, &acting(), id(number), one, Cause::PersonsWish));
        }
        let (again, _) = newcomer(&shop, "Again");
        buys(&shop, 200, again, NOW_US);
        pays(&store, settled);
        assert_eq!(became(&store, again), (State::Paid, Some(Why::TooMany)), "{}", engine.name);
        let next_month = NOW_US + 40 * DAY_US;
        let sql = "UPDATE referrals SET state = 'waiting', look_us = 0";
        wrote(&store, move |work| work.tx.execute(sql, &[]));
        pays(&store, next_month);
        assert_eq!(
            has(&store, shop.anna, next_month),
            50 * u64::from(bound) + 50,
            "{}: another month",
            engine.name
        );
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn a_code_names_its_member_and_an_erasure_leaves_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_referrals());
        let anna = shop.club.anna;
        let number = store.read(|tx| members::get(tx, store.vault(), anna)).unwrap().unwrap().number;
        let code = code(store.vault(), number);
        let names = |typed: &str| store.read(|tx| named(tx, store.vault(), typed)).unwrap();
        assert_eq!(names(&code), Some(anna), "{}", engine.name);
        assert_eq!(names(&format!(" {} ", code.to_lowercase())), Some(anna));
        assert_eq!(names(&number.to_string()), Some(anna), "the number alone");
        let (_, tag) = code.split_once('-').unwrap();
        for wrong in
            [format!("{}-{tag}", number + 1), format!("{number}-"), "x".into(), String::new(), "999".into()]
        {
            assert_eq!(names(&wrong), None, "{}: {wrong}", engine.name);
        }
        let (oleg, _) = newcomer(&shop, "Oleg");
        let told = wrote(&store, move |work| export(work, &acting(), oleg)).unwrap();
        assert_eq!(told.profiles[0]["referrals"]["was_brought"]["state"], "waiting", "{}", engine.name);
        assert!(!told.profiles[0]["referrals"].to_string().contains(&anna.to_string()), "who it was is hers");
        done(&store, move |work| erasure::erase(work, &acting(), id(77), anna, Cause::PersonsWish));
        let left = "SELECT COUNT(*) FROM referrals WHERE by_id = $1 OR newcomer_id = $1";
        assert_eq!(store.read(|tx| tx.query_one(left, values![anna])?.integer(0)).unwrap(), 0);
    });
}
