//! Points for joining and for birthdays: once each, whoever runs when.

use std::collections::BTreeMap;

use bonafide_domain::ledger::{Code, Status};
use bonafide_domain::profile::{BirthDate, PersonName};
use bonafide_domain::programme::{Around, GiftRule, Occasion, RuleId, RulesSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::erasure;
use bonafide_store::id::Id;
use bonafide_store::ledger::gifts::{GivenFor, Walked, birthdays, given_for};
use bonafide_store::ledger::programmes::{self as kept, RulesDraft};
use bonafide_store::ledger::set_status;
use bonafide_store::ledger::statement::transfers;
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::branch;
use bonafide_store::person_export::export;
use bonafide_store::store::Store;
use jiff::civil::{Date, date};

use super::{DAY_US, enrolled, mismatches, points, programme, stands};
use crate::club::{acting, done, moscow, wrote};
use crate::engines::{NOW_US, on_both};

/// 100 points for joining, 50 from three days before a birthday until three days after.
fn gives(store: &Store, rules: &RulesSpec) -> Id {
    let (branch, programme) = (moscow(), programme(store));
    let branch = wrote(store, move |work| branch::add(work, &acting(), &branch));
    let gift = |id, occasion, given| GiftRule {
        id: RuleId(id),
        occasion,
        points: points(given),
        lasts_days: Some(30),
    };
    let around = Around { days_before: 3, days_after: 3 };
    let gifts = vec![gift(11, Occasion::Welcome, 100), gift(12, Occasion::Birthday(around), 50)];
    let rules = RulesSpec { gifts, ..rules.clone() };
    let draft = RulesDraft { rules, tier_names: Vec::new(), rule_names: BTreeMap::new() };
    done(store, move |work| kept::put_rules(work, &acting(), programme, 0, &draft));
    done(store, move |work| kept::set_branch(work, &acting(), branch, Some(programme)));
    programme
}

fn born(store: &Store, name: &str, on: Option<Date>) -> Id {
    let birth = on.map(|on| BirthDate::parse(on, date(2027, 1, 1)).unwrap());
    let profile = Profile { birth, ..Profile::named(PersonName::parse(name, "Test", "").unwrap()) };
    wrote(store, move |work| Ok(members::add(work, &acting(), &profile)?.0))
}

/// A walk through all wallets at a moment.
fn walk(store: &Store, now_us: i64) -> Walked {
    birthdays(store, &Acting { now_us, ..acting() }, None).unwrap()
}

#[test]
fn t19_gifts_are_given_once_however_often_somebody_looks() {
    on_both(|engine| {
        let store = engine.open();
        let programme = gives(&store, &super::programmes::percent(500).rules);
        let today = bonafide_domain::calendar::UtcMicros::parse(NOW_US).unwrap();
        let today = moscow().time_zone.calendar().date_of(today);
        let soon = today.tomorrow().unwrap().with().year(1990).build().unwrap();
        let far = date(1990, if today.month() < 7 { 12 } else { 3 }, 15);
        let near = enrolled(&store, born(&store, "Anna", Some(soon)), programme);
        let later = enrolled(&store, born(&store, "Boris", Some(far)), programme);
        let unknown = enrolled(&store, born(&store, "Clara", None), programme);
        let blocked = enrolled(&store, born(&store, "Dora", Some(soon)), programme);
        done(&store, move |work| Ok(Ok::<_, ()>(set_status(work, &acting(), blocked, Status::Blocked)?)));
        let has = |wallet| stands(&store, wallet, NOW_US).spendable;
        assert_eq!([near, later, unknown].map(has), [100, 100, 100], "{}: each was welcomed", engine.name);
        assert_eq!(walk(&store, NOW_US), Walked { given: 1, after: None }, "{}", engine.name);
        assert_eq!([near, later, unknown].map(has), [150, 100, 100], "{}", engine.name);
        for again in [NOW_US, NOW_US + DAY_US, NOW_US + 4 * DAY_US, NOW_US + 5 * DAY_US] {
            assert_eq!(walk(&store, again).given, 0, "{}", engine.name);
        }
        let next_year = NOW_US + 365 * DAY_US;
        assert_eq!(walk(&store, next_year).given, 1, "{}: the next birthday", engine.name);
        assert_eq!(
            stands(&store, near, next_year).spendable,
            50,
            "{}: what was given before is over",
            engine.name
        );
        done(&store, move |work| Ok(Ok::<_, ()>(set_status(work, &acting(), blocked, Status::Active)?)));
        assert_eq!(walk(&store, next_year).given, 1, "{}: who is not blocked any more", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

/// What the gifts of a wallet were for, the oldest first.
fn reasons(store: &Store, wallet: Id) -> Vec<Option<GivenFor>> {
    let read = store.read(|tx| {
        let mut reasons = Vec::new();
        for transfer in transfers(tx, wallet, None)?.iter().rev().filter(|one| one.code == Code::Gift) {
            reasons.push(given_for(tx, transfer)?);
        }
        Ok(reasons)
    });
    read.unwrap()
}

#[test]
fn a_gift_knows_what_it_was_for_until_its_member_is_erased() {
    on_both(|engine| {
        let store = engine.open();
        let programme = gives(&store, &super::programmes::percent(500).rules);
        let today = bonafide_domain::calendar::UtcMicros::parse(NOW_US).unwrap();
        let born_on = moscow().time_zone.calendar().date_of(today).with().year(1990).build().unwrap();
        let anna = born(&store, "Anna", Some(born_on));
        let wallet = enrolled(&store, anna, programme);
        assert_eq!(walk(&store, NOW_US).given, 1, "{}", engine.name);
        let known = [Some(GivenFor::Welcome), Some(GivenFor::Birthday)];
        assert_eq!(reasons(&store, wallet), known, "{}", engine.name);
        let told = wrote(&store, move |work| Ok(export(work, &acting(), anna)?.unwrap()));
        let told = &told.profiles[0]["points"][0]["transfers"];
        // The newest first.
        let told = [0, 1].map(|number| told[number]["given_for"].as_str());
        assert_eq!(told, [Some("birthday"), Some("welcome")], "{}: what he is told", engine.name);
        let cause = erasure::Cause::PersonsWish;
        done(&store, move |work| {
            erasure::erase(work, &acting(), Id::new(NOW_US)?, anna, cause).map(|done| done.map(drop))
        });
        assert_eq!(reasons(&store, wallet), [None, None], "{}: a birthday tells of a person", engine.name);
    });
}
