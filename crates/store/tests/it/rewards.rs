//! Gifts in shops: what came and went, and who took one.

use std::collections::BTreeMap;

use bonafide_domain::ledger::{NotPosted, Status};
use bonafide_domain::programme::{
    Downgrade, Entry, GiftId, Reward, RewardKind, RuleId, RulesSpec, Tier, TierSpec, Tiers, TiersSpec,
};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::check::{Against, Finding, check};
use bonafide_store::erasure::{self, Cause as ErasedFor};
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, programmes};
use bonafide_store::members::merging::merge;
use bonafide_store::person_export::export;
use bonafide_store::purchases::set_own_member;
use bonafide_store::rewards::kinds::{self, GiftKind, KindNotAdded};
use bonafide_store::rewards::offered::may_have;
use bonafide_store::rewards::stock::{self, Cause, MOVED_MAX, NotMoved, move_by_hand};
use bonafide_store::rewards::taking::{
    self, BACK_US_MAX, NotBroughtBack, NotTaken, Taken, Taking, bring_back, take,
};
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{acting, at_once, done, id, member, moscow, title, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, mismatches, points};
use crate::purchases::{Shop, put, rules};

const COFFEE: Id = Id::from_bytes([0xC0; 16]);
const TOWEL: Id = Id::from_bytes([0xC1; 16]);
const UMBRELLA: Id = Id::from_bytes([0xC2; 16]);

/// A coffee for 30 points, a towel for nothing, an umbrella from the upper tier up, and early access there.
fn with_gifts() -> RulesSpec {
    let gift = |id: u16, gift: Id, tier, cost: Option<u64>| Reward {
        id: RuleId(id),
        from_tier: Tier(tier),
        kind: RewardKind::Gift { gift: GiftId(*gift.bytes()), cost: cost.map(points) },
    };
    let tier = |name, entry| TierSpec { name, entry };
    let tiers = TiersSpec {
        tiers: vec![tier(0, Entry::Everyone), tier(1, Entry::Spend { minor: 100_000 })],
        window_months: 12,
        grace_days: 30,
        downgrade: Downgrade::OneStep,
    };
    let early = Reward { id: RuleId(14), from_tier: Tier(1), kind: RewardKind::EarlyAccess };
    let rewards =
        vec![gift(11, COFFEE, 0, Some(30)), gift(12, TOWEL, 0, None), gift(13, UMBRELLA, 1, Some(1)), early];
    RulesSpec { tiers: Some(Tiers::parse(tiers).unwrap()), rewards, ..rules() }
}

/// The shop with so many of each.
fn shop(store: &Store, pieces: i64) -> Shop<'_> {
    let shop = Shop::open(store, with_gifts());
    for (gift, name) in [(COFFEE, "Cup of coffee"), (TOWEL, "Towel"), (UMBRELLA, "Umbrella")] {
        let kind = GiftKind { programme: shop.programme, name: title(name) };
        done(store, move |work| kinds::add(work, &acting(), gift, &kind));
        if pieces > 0 {
            assert_eq!(moves(&shop, gift, pieces, Cause::Delivered), Ok(pieces));
        }
    }
    shop
}

fn moves(shop: &Shop<'_>, gift: Id, change: i64, cause: Cause) -> Result<i64, NotMoved> {
    let place = (gift, shop.club.branch);
    shop.store.write(move |work| move_by_hand(work, &acting(), place, change, cause)).unwrap()
}

fn asks(shop: &Shop<'_>, rule: u16) -> Taking {
    Taking { till: shop.till, member: shop.club.anna, rule: RuleId(rule), may_spend: true }
}

fn takes(store: &Store, number: u8, now_us: i64, taking: Taking) -> Result<Taken, NotTaken> {
    let acting = Acting { now_us, ..acting() };
    store.write(move |work| take(work, &acting, id(number), &taking)).unwrap()
}

fn brings_back(store: &Store, number: u8, now_us: i64, till: Id) -> Result<Taken, NotBroughtBack> {
    let acting = Acting { now_us, ..acting() };
    store.write(move |work| bring_back(work, &acting, id(number), till)).unwrap()
}

fn lies(shop: &Shop<'_>, gift: Id) -> i64 {
    shop.store.read(|tx| stock::in_stock(tx, gift, shop.club.branch)).unwrap()
}

/// The names of the gifts that Anna may have here, and whether she may buy before others.
fn offered(shop: &Shop<'_>) -> (Vec<String>, bool) {
    let calendar = moscow().time_zone.calendar();
    let (at, place) = (crate::ledger::at(NOW_US), (shop.programme, Some(shop.club.branch)));
    let found = shop.store.read(|tx| may_have(tx, shop.club.anna, place, (at, &calendar))).unwrap();
    (found.gifts.into_iter().map(|gift| gift.name).collect(), found.early_access)
}

#[test]
fn t01_t02_a_gift_is_taken_once_by_the_tills_id_with_its_points_and_its_piece() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 2);
        shop.has(100);
        let first = takes(&store, 1, NOW_US, asks(&shop, 11)).unwrap();
        assert_eq!((first.points, first.gift, first.back_us), (30, COFFEE, None), "{}", engine.name);
        for later_us in [0, BACK_US_MAX * 400] {
            assert_eq!(takes(&store, 1, NOW_US + later_us, asks(&shop, 11)), Ok(first), "{}", engine.name);
        }
        assert_eq!((shop.spendable(), lies(&shop, COFFEE)), (70, 1), "{}", engine.name);
        let boris = shop.club.boris;
        enrolled(&store, boris, shop.programme);
        let others = [
            Taking { member: boris, ..asks(&shop, 11) },
            asks(&shop, 12),
            Taking { till: id(9), ..asks(&shop, 11) },
        ];
        for other in others {
            assert_eq!(takes(&store, 1, NOW_US, other), Err(NotTaken::OtherContents), "{}", engine.name);
        }
        assert_eq!(traced(&store, "reward_taken"), 1);
        let told = store.read(|tx| stock::movements(tx, COFFEE)).unwrap();
        let told: Vec<(i64, Cause)> = told.iter().map(|one| (one.change, one.cause)).collect();
        assert_eq!(told.len(), 2);
        assert!(told.contains(&(-1, Cause::Taken)) && told.contains(&(2, Cause::Delivered)), "{told:?}");
        assert_eq!(mismatches(&store), []);
        assert_eq!(store.read(stock::verify).unwrap(), []);
    });
}

#[test]
fn what_may_not_be_taken_is_refused_by_name_and_leaves_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 0);
        shop.has(20);
        let (dear, free) = (asks(&shop, 11), asks(&shop, 12));
        let refused = |taking| takes(&store, 1, NOW_US, taking).unwrap_err();
        assert_eq!(refused(free), NotTaken::OutOfStock, "{}", engine.name);
        for gift in [COFFEE, TOWEL, UMBRELLA] {
            moves(&shop, gift, 5, Cause::Counted).unwrap();
        }
        let boris = shop.club.boris;
        assert_eq!(refused(Taking { till: id(9), ..free }), NotTaken::NoTill);
        assert_eq!(refused(Taking { member: boris, ..free }), NotTaken::NotInProgramme);
        assert_eq!(refused(asks(&shop, 1)), NotTaken::NoReward, "a rule of earning");
        assert_eq!(refused(asks(&shop, 14)), NotTaken::NoReward, "early access is no thing");
        assert_eq!(refused(asks(&shop, 13)), NotTaken::TierTooLow);
        assert_eq!(refused(Taking { may_spend: false, ..dear }), NotTaken::ProveFirst);
        assert_eq!(refused(dear), NotTaken::Points(NotPosted::NotEnough { free: 20 }));
        assert_eq!((lies(&shop, COFFEE), shop.spendable()), (5, 20), "{}: the piece lies there", engine.name);
        let anna = shop.club.anna;
        let employee = crate::staff::cashier(&store);
        wrote(&store, move |work| set_own_member(work, &acting(), employee, Some(anna)));
        let own = Acting { actor: Actor::Staff(employee), ..acting() };
        let own = store.write(move |work| take(work, &own, id(1), &free)).unwrap();
        assert_eq!(own, Err(NotTaken::OwnTill), "{}", engine.name);
        let wallet = shop.anna;
        let set = |status| wrote(&store, move |work| ledger::set_status(work, &acting(), wallet, status));
        set(Status::Blocked);
        assert_eq!(refused(free), NotTaken::Points(NotPosted::Blocked));
        assert_eq!(offered(&shop), (vec![], false));
        set(Status::Limited);
        assert_eq!(refused(dear), NotTaken::Points(NotPosted::EarnsOnly));
        done(&store, |work| kinds::set_stopped(work, &acting(), TOWEL, true));
        assert_eq!(refused(free), NotTaken::NoReward, "it is stopped");
        done(&store, |work| kinds::set_stopped(work, &acting(), TOWEL, false));
        // A free gift costs no proof, and is there once.
        takes(&store, 2, NOW_US, Taking { may_spend: false, ..free }).unwrap();
        assert_eq!(refused(free), NotTaken::TakenBefore, "{}", engine.name);
        let branch = shop.club.branch;
        done(&store, move |work| programmes::set_branch(work, &acting(), branch, None));
        assert_eq!(refused(free), NotTaken::NoProgramme);
        assert_eq!(mismatches(&store), []);
        assert_eq!(store.read(stock::verify).unwrap(), []);
    });
}

#[test]
fn what_is_offered_is_what_may_be_taken() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 1);
        assert_eq!(offered(&shop), (vec!["Towel".to_owned()], false), "{}: no points yet", engine.name);
        shop.has(100);
        assert_eq!(offered(&shop).0, ["Cup of coffee", "Towel"], "{}", engine.name);
        shop.sells(200, NOW_US, sale(&shop, 200_000)).unwrap();
        assert_eq!(offered(&shop), (vec!["Cup of coffee".into(), "Towel".into(), "Umbrella".into()], true));
        takes(&store, 1, NOW_US, asks(&shop, 12)).unwrap();
        takes(&store, 2, NOW_US, asks(&shop, 13)).unwrap();
        assert_eq!(offered(&shop).0, ["Cup of coffee"], "{}: one had, one gone", engine.name);
    });
}

fn sale(shop: &Shop<'_>, minor: i64) -> bonafide_store::purchases::Sale {
    let buying = shop.buying(&[("coat", 1_000, minor)], 0);
    bonafide_store::purchases::Sale { buying, receipt: None, till_at_us: None }
}

#[test]
fn t10_a_gift_comes_back_within_a_day_with_its_points() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 1);
        shop.has(100);
        takes(&store, 1, NOW_US, asks(&shop, 11)).unwrap();
        takes(&store, 2, NOW_US, asks(&shop, 12)).unwrap();
        assert_eq!(brings_back(&store, 3, NOW_US, shop.till), Err(NotBroughtBack::NotTaken));
        assert_eq!(brings_back(&store, 1, NOW_US, id(9)), Err(NotBroughtBack::NotTaken), "another branch's");
        let late_us = NOW_US + BACK_US_MAX;
        assert_eq!(brings_back(&store, 2, late_us + 1, shop.till), Err(NotBroughtBack::TooLate));
        let back = brings_back(&store, 1, late_us, shop.till).unwrap();
        assert_eq!(back.back_us, Some(late_us), "{}", engine.name);
        assert_eq!(brings_back(&store, 1, late_us + 9, shop.till), Ok(back), "{}: once", engine.name);
        assert_eq!((shop.spendable(), lies(&shop, COFFEE)), (100, 1), "{}", engine.name);
        // A free one that came back may be taken anew.
        brings_back(&store, 2, NOW_US, shop.till).unwrap();
        takes(&store, 4, NOW_US, asks(&shop, 12)).unwrap();
        assert_eq!(mismatches(&store), []);
        assert_eq!(store.read(stock::verify).unwrap(), []);
    });
}

#[test]
fn t06_two_tills_that_reach_for_the_last_one_at_once_have_it_once() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 0);
        shop.has(100_000);
        let boris = shop.club.boris;
        let other = enrolled(&store, boris, shop.programme);
        crate::ledger::posted(&store, other, 7_777, NOW_US, crate::ledger::give(100_000)).unwrap();
        for round in 0..12_u8 {
            moves(&shop, COFFEE, 1, Cause::Delivered).unwrap();
            let before = shop.spendable() + crate::ledger::stands(&store, other, NOW_US).spendable;
            let taken = at_once(4, |till| {
                let member = if till % 2 == 0 { shop.club.anna } else { boris };
                let number = round * 4 + u8::try_from(till).unwrap() + 1;
                takes(&store, number, NOW_US, Taking { member, ..asks(&shop, 11) })
            });
            let (had, missed): (Vec<_>, Vec<_>) = taken.into_iter().partition(Result::is_ok);
            assert_eq!(had.len(), 1, "{}: {missed:?}", engine.name);
            assert!(
                missed.iter().all(|one| *one == Err(NotTaken::OutOfStock)),
                "{}: {missed:?}",
                engine.name
            );
            let after = shop.spendable() + crate::ledger::stands(&store, other, NOW_US).spendable;
            assert_eq!(
                (before - after, lies(&shop, COFFEE)),
                (30, 0),
                "{}: who missed pays nothing",
                engine.name
            );
        }
        assert_eq!(mismatches(&store), []);
        assert_eq!(store.read(stock::verify).unwrap(), []);
    });
}

#[test]
fn t06_one_member_at_several_tills_at_once_has_a_free_gift_once() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 50);
        let taken =
            at_once(4, |till| takes(&store, u8::try_from(till).unwrap() + 1, NOW_US, asks(&shop, 12)));
        assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 1, "{}: {taken:?}", engine.name);
        assert_eq!(lies(&shop, TOWEL), 49, "{}", engine.name);
    });
}

#[test]
fn t23_a_free_gift_that_one_profile_had_is_not_there_for_the_other() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 5);
        let double = member(&store, "Anya");
        enrolled(&store, double, shop.programme);
        takes(&store, 1, NOW_US, Taking { member: double, ..asks(&shop, 12) }).unwrap();
        let anna = shop.club.anna;
        done(&store, move |work| merge(work, &acting(), anna, double));
        assert_eq!(takes(&store, 2, NOW_US, asks(&shop, 12)), Err(NotTaken::TakenBefore), "{}", engine.name);
    });
}

#[test]
fn stock_is_never_below_zero_and_whoever_edits_it_is_found() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 3);
        assert_eq!(
            moves(&shop, COFFEE, -4, Cause::Lost),
            Err(NotMoved::Fewer { in_stock: 3 }),
            "{}",
            engine.name
        );
        assert_eq!(moves(&shop, COFFEE, -3, Cause::Lost), Ok(0));
        assert_eq!(moves(&shop, id(50), 1, Cause::Lost), Err(NotMoved::NoGift));
        for pieces in [0, MOVED_MAX + 1, -MOVED_MAX - 1, i64::MIN + 1] {
            assert_eq!(moves(&shop, COFFEE, pieces, Cause::Counted), Err(NotMoved::Pieces));
        }
        let nowhere = (COFFEE, id(51));
        let moved = store.write(move |work| move_by_hand(work, &acting(), nowhere, 1, Cause::Moved)).unwrap();
        assert_eq!(moved, Err(NotMoved::NoBranch));
        let taken = at_once(4, |_| moves(&shop, TOWEL, -2, Cause::Lost));
        assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 1, "{}: {taken:?}", engine.name);
        assert_eq!(lies(&shop, TOWEL), 1);
        let looked = || check(&store, Against::default(), |_, _| ()).findings;
        assert_eq!(looked(), [], "{}", engine.name);
        let sql = "UPDATE gift_stock SET in_stock = 7 WHERE gift_id = $1";
        wrote(&store, move |work| work.tx.execute(sql, values![TOWEL]));
        let wrong = stock::Mismatch { gift: TOWEL, branch: shop.club.branch };
        assert_eq!(looked(), [Finding::Gifts(wrong)], "{}", engine.name);
    });
}

#[test]
fn kinds_belong_to_one_programme_and_rules_bring_theirs() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let programme = shop.programme;
        let rule_names = BTreeMap::from([(RuleId(11), title("Cup of coffee")), (RuleId(12), title("Towel"))]);
        let draft = programmes::RulesDraft { rules: with_gifts(), tier_names: vec![], rule_names };
        for _ in 0..2 {
            let draft = draft.clone();
            done(&store, move |work| kinds::add_those_of(work, &acting(), programme, &draft));
        }
        let names: Vec<String> = store
            .read(|tx| kinds::list(tx, programme))
            .unwrap()
            .iter()
            .map(|kind| kind.content.name.as_str().to_owned())
            .collect();
        assert_eq!(names, ["Cup of coffee", "Towel"], "{}: that without a name is not told", engine.name);
        let foreign = GiftKind { programme: crate::ledger::programme(&store), name: title("Towel") };
        let added = store.write(move |work| kinds::add(work, &acting(), TOWEL, &foreign)).unwrap();
        assert_eq!(added, Err(KindNotAdded::OtherProgramme));
        put(&store, programme, with_gifts());
    });
}

#[test]
fn what_somebody_took_is_told_to_him_and_stays_of_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let shop = shop(&store, 5);
        shop.has(100);
        takes(&store, 1, NOW_US, asks(&shop, 11)).unwrap();
        let anna = shop.club.anna;
        let told = wrote(&store, move |work| export(work, &acting(), anna)).unwrap();
        let gifts = &told.profiles[0]["points"][0]["gifts_taken"];
        assert_eq!(
            (&gifts[0]["gift"], &gifts[0]["points"]),
            (&"Cup of coffee".into(), &30.into()),
            "{}",
            engine.name
        );
        done(&store, move |work| erasure::erase(work, &acting(), id(77), anna, ErasedFor::PersonsWish));
        assert!(store.read(|tx| taking::get(tx, id(1))).unwrap().is_some(), "{}", engine.name);
        brings_back(&store, 1, NOW_US, shop.till).unwrap();
        assert_eq!((lies(&shop, COFFEE), traced(&store, "reward_brought_back")), (5, 1), "{}", engine.name);
        assert_eq!(mismatches(&store), []);
        assert_eq!(store.read(stock::verify).unwrap(), []);
    });
}
