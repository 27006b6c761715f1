//! Programmes, the versions of their rules, and the branches that have them.

use std::collections::BTreeMap;

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{
    Caps, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, Gives, Rate, RuleId, RulesRefusal,
    RulesSpec, Selection, Tier, TierSpec, Tiers, TiersSpec,
};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::fault::FaultKind;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{
    self, BranchNotSet, Programme, RULES_BYTES_MAX, RulesDraft, RulesNotPut, VERSIONS_LIST_MAX,
};
use bonafide_store::ledger::rules::NamesRefusal;
use bonafide_store::ledger::{self, NotEnrolled};
use bonafide_store::organisation::NotFound;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::store::Store;
use bonafide_store::values;

use super::{in_force, programme};
use crate::club::{CASHIER, acting, at_once, berlin, done, id, member, moscow, title, told, traced, wrote};
use crate::engines::{NOW_US, on_both};

/// So many basis points of everything.
pub(super) fn percent(basis_points: u32) -> RulesDraft {
    let earning = EarningRule {
        id: RuleId(1),
        goods: Selection::all(),
        conditions: Conditions::default(),
        gives: Gives::Percent(Rate::ForAll(basis_points)),
    };
    RulesDraft {
        rules: RulesSpec {
            version: 0,
            currency: Currency::parse("RUB").unwrap(),
            point_minor: 100,
            tiers: None,
            earning: vec![earning],
            caps: Caps::default(),
            pending_days: 14,
            gifts: Vec::new(),
            spending: None,
            expiry: ExpiryRule::Days(365),
            warning_days: vec![30],
            rewards: Vec::new(),
        },
        tier_names: Vec::new(),
        rule_names: BTreeMap::from([(RuleId(1), title("From every purchase"))]),
    }
}

/// The same with two tiers, which are called so.
fn tiered(names: &[&str]) -> RulesDraft {
    let tier = |name, entry| TierSpec { name, entry };
    let tiers = vec![tier(1, Entry::Everyone), tier(0, Entry::Visits { count: 10 })];
    let tiers = TiersSpec { tiers, window_months: 12, grace_days: 30, downgrade: Downgrade::OneStep };
    let mut draft = percent(500);
    draft.rules.tiers = Some(Tiers::parse(tiers).unwrap());
    draft.tier_names = names.iter().map(|name| title(name)).collect();
    draft
}

/// Puts rules by whoever has seen those that are in force.
fn put(store: &Store, programme: Id, draft: &RulesDraft) -> Result<u32, RulesNotPut> {
    put_over(store, programme, in_force(store, programme), draft)
}

fn put_over(store: &Store, programme: Id, seen: u32, draft: &RulesDraft) -> Result<u32, RulesNotPut> {
    let draft = draft.clone();
    store.write(move |work| programmes::put_rules(work, &acting(), programme, seen, &draft)).unwrap()
}

fn set_branch(store: &Store, branch: Id, programme: Option<Id>) -> Result<bool, BranchNotSet> {
    store.write(move |work| programmes::set_branch(work, &acting(), branch, programme)).unwrap()
}

fn of_branch(store: &Store, branch: Id) -> Option<Id> {
    store.read(|tx| programmes::of_branch(tx, branch)).unwrap()
}

#[test]
fn t21_rules_get_versions_and_each_of_them_stays() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (programme(&store), programme(&store));
        assert_eq!(store.read(|tx| programmes::rules_in_force(tx, one)).unwrap(), None, "{}", engine.name);
        assert_eq!(put(&store, one, &percent(500)), Ok(1));
        let added = told(&store, "programme_rules_put");
        assert!(added["before"].is_null() && added["after"]["version"] == 1, "{added}");
        let later_us = NOW_US + 60;
        let draft = tiered(&["Gold", "Green"]);
        let wanted = draft.clone();
        let second = done(&store, move |work| {
            programmes::put_rules(work, &Acting { now_us: later_us, ..acting() }, one, 1, &wanted)
        });
        assert_eq!(second, 2);
        assert_eq!(put(&store, other, &percent(100)), Ok(1), "each programme counts its own");

        let now = store.read(|tx| programmes::rules_in_force(tx, one)).unwrap().unwrap();
        assert_eq!((now.version, now.added_us), (2, later_us));
        assert_eq!(now.rules.spec(), &RulesSpec { version: 2, ..draft.rules });
        assert_eq!((&now.tier_names, &now.rule_names), (&draft.tier_names, &draft.rule_names));
        assert_eq!(now.tier_name(Tier(0)), Some(&title("Green")));
        let first = store.read(|tx| programmes::version(tx, one, 1)).unwrap().unwrap();
        assert_eq!(first.rules.spec(), &RulesSpec { version: 1, ..percent(500).rules });
        assert_eq!(first.added_us, NOW_US);
        assert_eq!(store.read(|tx| programmes::version(tx, one, 3)).unwrap(), None);
        assert_eq!(store.read(|tx| programmes::versions(tx, one)).unwrap(), [now, first]);
        let changed = told(&store, "programme_rules_put");
        assert_eq!((&changed["before"]["version"], &changed["after"]["version"]), (&1.into(), &2.into()));
        assert_eq!(changed["after"]["tier_names"][1], "Green");
        assert_eq!(traced(&store, "programme_rules_put"), 3);
    });
}

#[test]
fn rules_that_are_in_force_are_not_put_again() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        let draft = tiered(&["Gold", "Green"]);
        assert_eq!(put(&store, programme, &draft), Ok(1), "{}", engine.name);
        let again = RulesDraft { rules: RulesSpec { version: 9, ..draft.rules.clone() }, ..draft.clone() };
        assert_eq!(put(&store, programme, &again), Err(RulesNotPut::AsInForce { version: 1 }));
        assert_eq!(traced(&store, "programme_rules_put"), 1);
        // Another name is another version: receipts and statements say it.
        assert_eq!(put(&store, programme, &tiered(&["Golden", "Green"])), Ok(2));
        let unnamed = RulesDraft { rule_names: BTreeMap::new(), ..draft.clone() };
        assert_eq!(put(&store, programme, &unnamed), Ok(3));
        assert_eq!(put(&store, programme, &draft), Ok(4), "what was in force before may be so again");
        assert_eq!(put(&store, programme, &percent(500)), Ok(5), "without tiers");
    });
}

#[test]
fn rules_that_do_not_fit_are_refused_and_nothing_is_left_of_them() {
    on_both(|engine| {
        let store = engine.open();
        let (open, closed) = (programme(&store), programme(&store));
        done(&store, move |work| programmes::close(work, &acting(), closed));
        assert_eq!(put(&store, closed, &percent(500)), Err(RulesNotPut::NoProgramme), "{}", engine.name);
        assert_eq!(put(&store, id(9), &percent(500)), Err(RulesNotPut::NoProgramme));
        let mut in_euro = percent(0);
        in_euro.rules.currency = Currency::parse("EUR").unwrap();
        assert_eq!(put(&store, open, &in_euro), Err(RulesNotPut::OtherCurrency));
        let mut endless = percent(500);
        endless.rules.pending_days = 1_000;
        endless.tier_names = vec![title("Gold"), title("Gold")];
        assert_eq!(put(&store, open, &endless), Err(RulesNotPut::Rules(RulesRefusal::PendingDays)));
        for (draft, why) in [
            (tiered(&["Gold"]), NamesRefusal::NoTierName { tier: Tier(0) }),
            (tiered(&["Gold", "Green", "Gold"]), NamesRefusal::TierNameTwice { index: 2 }),
            (
                RulesDraft { rule_names: BTreeMap::from([(RuleId(2), title("Other"))]), ..percent(500) },
                NamesRefusal::NoRule { rule: RuleId(2) },
            ),
        ] {
            assert_eq!(put(&store, open, &draft), Err(RulesNotPut::Names(why)));
        }
        assert_eq!(put(&store, open, &too_long()), Err(RulesNotPut::TooLong));
        assert_eq!(store.read(|tx| programmes::versions(tx, open)).unwrap(), []);
        assert_eq!(traced(&store, "programme_rules_put"), 0);
    });
}

/// Each of these rules may be, and all together are more than is kept.
fn too_long() -> RulesDraft {
    use bonafide_domain::programme::{Chosen, GOODS_CODES_MAX, Goods, GoodsCode};
    let codes = (0..GOODS_CODES_MAX).map(|number| GoodsCode::parse(&format!("{number:064}")).unwrap());
    let goods = Goods { products: codes.collect(), categories: Vec::new() };
    let goods = Selection::parse(Chosen::Only(goods), Goods::default()).unwrap();
    let mut draft = percent(500);
    let rules = u16::try_from(RULES_BYTES_MAX / (GOODS_CODES_MAX * 64)).unwrap();
    let one = draft.rules.earning[0].clone();
    draft.rules.earning = (1..=rules)
        .map(|rule| EarningRule { id: RuleId(rule), goods: goods.clone(), ..one.clone() })
        .collect();
    draft
}

#[test]
fn of_two_that_change_what_both_have_seen_one_is_told_of_the_other() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        assert_eq!(put_over(&store, programme, 1, &percent(500)), Err(meanwhile(0)), "{}", engine.name);
        assert_eq!(put_over(&store, programme, 0, &percent(500)), Ok(1));
        assert_eq!(put_over(&store, programme, 0, &percent(600)), Err(meanwhile(1)));
        // An answer that was lost is found by asking again, also when it was asked over what was in force before.
        assert_eq!(put_over(&store, programme, 0, &percent(500)), Err(RulesNotPut::AsInForce { version: 1 }));
        assert_eq!(put_over(&store, programme, 1, &percent(600)), Ok(2));
        assert_eq!(traced(&store, "programme_rules_put"), 2);
    });
}

const fn meanwhile(version: u32) -> RulesNotPut {
    RulesNotPut::PutMeanwhile { version }
}

#[test]
fn of_those_who_put_rules_over_one_version_at_once_one_does() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        assert_eq!(put(&store, programme, &percent(500)), Ok(1));
        let got = at_once(4, |number| {
            let rate = 600 + u32::try_from(number).unwrap();
            put_over(&store, programme, 1, &percent(rate))
        });
        assert_eq!(got.iter().filter(|one| **one == Ok(2)).count(), 1, "{}: {got:?}", engine.name);
        assert_eq!(got.iter().filter(|one| **one == Err(meanwhile(2))).count(), 3, "{got:?}");
        assert_eq!(in_force(&store, programme), 2);
    });
}

#[test]
fn who_put_which_rules_is_known() {
    on_both(|engine| {
        let store = engine.open();
        let (programme, other) = (programme(&store), programme(&store));
        assert_eq!(put(&store, programme, &percent(500)), Ok(1));
        assert_eq!(put(&store, other, &percent(500)), Ok(1));
        let owner = Acting { actor: Actor::Staff(id(7)), now_us: NOW_US + 1, ..acting() };
        let draft = percent(600);
        done(&store, move |work| programmes::put_rules(work, &owner, programme, 1, &draft));
        let authors = store.read(|tx| programmes::authors(tx, programme)).unwrap();
        let told: Vec<(i64, &str, Option<Id>)> =
            authors.iter().map(|(at_us, author)| (*at_us, author.kind.as_str(), author.id)).collect();
        assert_eq!(
            told,
            [(NOW_US, "staff", Some(CASHIER)), (NOW_US + 1, "staff", Some(id(7)))],
            "{}",
            engine.name
        );
    });
}

#[test]
fn rules_that_were_edited_behind_the_program_are_damage() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        assert_eq!(put(&store, programme, &percent(500)), Ok(1));
        let edit = |sql: &'static str| {
            wrote(&store, move |work| work.tx.execute(sql, values![programme]));
            let found = store.read(|tx| programmes::rules_in_force(tx, programme));
            found.map_err(|fault| fault.kind)
        };
        let other = "UPDATE programme_versions SET version = 2 WHERE programme_id = $1";
        assert_eq!(edit(other), Err(FaultKind::Damaged), "{}", engine.name);
        let back = "UPDATE programme_versions SET version = 1 WHERE programme_id = $1";
        assert!(edit(back).unwrap().is_some());
        let nothing = "UPDATE programme_versions SET rules = '{}' WHERE programme_id = $1";
        assert_eq!(edit(nothing), Err(FaultKind::Damaged));
    });
}

#[test]
fn a_long_history_is_shown_from_its_end() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        for version in 1..=VERSIONS_LIST_MAX + 1 {
            assert_eq!(put(&store, programme, &percent(version)), Ok(version), "{}", engine.name);
        }
        let versions = store.read(|tx| programmes::versions(tx, programme)).unwrap();
        let numbers: Vec<u32> = versions.iter().map(|version| version.version).collect();
        assert_eq!(numbers, (2..=VERSIONS_LIST_MAX + 1).rev().collect::<Vec<_>>());
    });
}

#[test]
fn a_programme_is_renamed_closed_and_opened_again() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        let rename = |id, name: &str| {
            let name = title(name);
            store.write(move |work| programmes::rename(work, &acting(), id, &name)).unwrap()
        };
        assert_eq!(rename(programme, "Club points"), Ok(true), "{}", engine.name);
        assert_eq!(rename(programme, "Club points"), Ok(false), "called so before");
        assert_eq!(rename(id(9), "Club points"), Err(NotFound));
        let renamed = told(&store, "programme_renamed");
        assert_eq!((&renamed["before"][0], &renamed["after"][0]), (&"Bonus".into(), &"Club points".into()));
        assert_eq!(traced(&store, "programme_renamed"), 1);

        assert_eq!(put(&store, programme, &percent(500)), Ok(1));
        let close = |id| store.write(move |work| programmes::close(work, &acting(), id)).unwrap();
        let reopen = |id| store.write(move |work| programmes::reopen(work, &acting(), id)).unwrap();
        assert_eq!((close(id(9)), reopen(id(9))), (Err(NotFound), Err(NotFound)));
        assert_eq!(reopen(programme), Ok(false), "it is open");
        assert_eq!((close(programme), close(programme)), (Ok(true), Ok(false)));
        assert_eq!(rename(programme, "Other"), Err(NotFound));
        assert_eq!(store.read(programmes::list).unwrap(), []);
        let found = store.read(|tx| programmes::find(tx, programme)).unwrap().unwrap();
        assert_eq!((found.id, found.closed_us), (programme, Some(NOW_US)));
        assert_eq!(store.read(programmes::all).unwrap(), [found]);
        assert_eq!(store.read(|tx| programmes::find(tx, id(9))).unwrap(), None);
        let rules = store.read(|tx| programmes::rules_in_force(tx, programme)).unwrap();
        assert_eq!(rules.unwrap().version, 1, "what was bought may come back");
        let anna = member(&store, "Anna");
        let enrolled = store.write(move |work| ledger::enrol(work, &acting(), anna, programme)).unwrap();
        assert_eq!(enrolled, Err(NotEnrolled::NoProgramme));
        assert_eq!(reopen(programme), Ok(true));
        let name = title("Club points");
        let found = Programme { name, currency: Currency::parse("RUB").unwrap() };
        assert_eq!(store.read(programmes::list).unwrap(), [(programme, found)]);
        assert_eq!(told(&store, "programme_closed")["after"]["closed_us"], NOW_US);
        assert_eq!(told(&store, "programme_reopened")["before"]["closed_us"], NOW_US);
        assert_eq!((traced(&store, "programme_closed"), traced(&store, "programme_reopened")), (1, 1));
    });
}

#[test]
fn t22_a_branch_has_a_programme_of_its_own_currency() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (programme(&store), programme(&store));
        let arbat = wrote(&store, |work| branch::add(work, &acting(), &moscow()));
        let mitte = wrote(&store, |work| branch::add(work, &acting(), &berlin()));
        assert_eq!(of_branch(&store, arbat), None, "{}", engine.name);
        assert_eq!(set_branch(&store, arbat, None), Ok(false), "it has none");
        assert_eq!(set_branch(&store, id(9), Some(id(9))), Err(BranchNotSet::NoBranch));
        assert_eq!(set_branch(&store, arbat, Some(id(9))), Err(BranchNotSet::NoProgramme));
        assert_eq!(set_branch(&store, mitte, Some(one)), Err(BranchNotSet::OtherCurrency));
        assert_eq!(traced(&store, "branch_programme_set"), 0);

        assert_eq!(set_branch(&store, arbat, Some(one)), Ok(true));
        assert_eq!(traced(&store, "branch_programme_set"), 2, "of the branch and of the programme");
        assert_eq!(set_branch(&store, arbat, Some(one)), Ok(false));
        assert_eq!((of_branch(&store, arbat), of_branch(&store, mitte)), (Some(one), None));
        let branches = |programme| store.read(|tx| programmes::branches(tx, programme)).unwrap();
        assert_eq!((branches(one), branches(other)), (vec![arbat], vec![]));
        assert_eq!(set_branch(&store, arbat, Some(other)), Ok(true));
        assert_eq!(traced(&store, "branch_programme_set"), 5, "of the programme before, too");
        let moved = told(&store, "branch_programme_set");
        assert_eq!(moved["before"]["programme"], one.to_string());
        assert_eq!(
            (&moved["after"]["programme"], &moved["after"]["branch"]),
            (&other.to_string().into(), &arbat.to_string().into())
        );

        // A closed programme is none, and nobody gets it.
        done(&store, move |work| programmes::close(work, &acting(), other));
        assert_eq!(of_branch(&store, arbat), None);
        assert_eq!(set_branch(&store, mitte, Some(other)), Err(BranchNotSet::NoProgramme));
        done(&store, move |work| programmes::reopen(work, &acting(), other));
        assert_eq!(of_branch(&store, arbat), Some(other));
        // Nor is one of the currency that the branch had before.
        let now = |currency: &str| {
            let branch = Branch { currency: Currency::parse(currency).unwrap(), ..moscow() };
            done(&store, move |work| branch::change(work, &acting(), arbat, &branch));
        };
        now("EUR");
        assert_eq!(of_branch(&store, arbat), None);
        now("RUB");
        assert_eq!(set_branch(&store, arbat, None), Ok(true));
        assert_eq!(set_branch(&store, arbat, None), Ok(false));
        assert_eq!(of_branch(&store, arbat), None);
    });
}
