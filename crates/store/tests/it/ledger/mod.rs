//! Points in the book: what is asked twice, what races, what is due, what is edited behind the program.

mod damage;
mod gifts;
mod people;
mod programmes;
mod racing;
mod visits;
mod warnings;
mod workload;

use std::collections::BTreeMap;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::{
    Answer, Asked, Command, Expiry, Field, Grant, NotPosted, Points, Request, Status,
};
use bonafide_domain::money::Currency;
use bonafide_domain::programme::Rules;
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self as kept, Programme, RulesDraft};
use bonafide_store::ledger::statement::{self, Standing, standing};
use bonafide_store::ledger::verify::{Mismatch, verify};
use bonafide_store::ledger::{self, Refusal};
use bonafide_store::store::Store;

use crate::club::{acting, done, id, member, title, traced, wrote};
use crate::engines::{NOW_US, on_both};

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

pub(crate) fn programme(store: &Store) -> Id {
    let programme = Programme { name: title("Bonus"), currency: Currency::parse("RUB").unwrap() };
    wrote(store, move |work| kept::add(work, &acting(), &programme))
}

pub(crate) fn put_rules(store: &Store, programme: Id, rules: &Rules) {
    let name = |number| title(&format!("Tier {number}"));
    let tiers = rules.spec().tiers.as_ref().map_or(0, |tiers| tiers.count());
    let draft = RulesDraft {
        rules: rules.spec().clone(),
        tier_names: (0..tiers).map(name).collect(),
        rule_names: BTreeMap::new(),
    };
    let seen = in_force(store, programme);
    done(store, move |work| kept::put_rules(work, &acting(), programme, seen, &draft));
}

/// The version that is in force; zero without one.
pub(crate) fn in_force(store: &Store, programme: Id) -> u32 {
    let found = store.read(|tx| kept::rules_in_force(tx, programme)).unwrap();
    found.map_or(0, |found| found.version)
}

pub(crate) fn enrolled(store: &Store, member: Id, programme: Id) -> Id {
    done(store, move |work| ledger::enrol(work, &acting(), member, programme))
}

/// A wallet of somebody, with the programme.
pub(crate) fn wallet(store: &Store) -> Id {
    let (programme, member) = (programme(store), member(store, "Anna"));
    enrolled(store, member, programme)
}

pub(crate) fn points(points: u64) -> Points {
    Points::parse(points).unwrap()
}

pub(crate) fn at(us: i64) -> UtcMicros {
    UtcMicros::parse(us).unwrap()
}

/// Who asks, by a number that is easy to read.
pub(crate) fn asked(number: u64) -> Asked {
    Asked { operation: Id::from_bytes(u128::from(number).to_be_bytes()).into(), step: 0 }
}

pub(crate) fn posted(
    store: &Store,
    wallet: Id,
    number: u64,
    now_us: i64,
    command: Command,
) -> Result<Answer, Refusal> {
    let request = Request { asked: asked(number), at: at(now_us), place: id(40).into() };
    let acting = Acting { now_us, ..acting() };
    store.write(move |work| ledger::post(work, &acting, wallet, &request, &command)).unwrap()
}

pub(crate) fn give(number: u64) -> Command {
    Command::Give { grant: Grant::Earn, points: points(number), matures: None, expiry: Expiry::Never }
}

pub(crate) fn hold(number: u64, until_us: i64) -> Command {
    Command::Hold { points: points(number), until: at(until_us) }
}

pub(crate) fn stands(store: &Store, wallet: Id, now_us: i64) -> Standing {
    store.read(|tx| standing(tx, wallet, at(now_us))).unwrap().unwrap()
}

/// Everything that does not fit.
pub(crate) fn mismatches(store: &Store) -> Vec<Mismatch> {
    let mut found = Vec::new();
    verify(store, |mismatch| found.push(mismatch)).unwrap();
    found
}

#[test]
fn t01_t02_t05_a_request_is_done_once_however_much_later_it_is_repeated() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        let first = posted(&store, wallet, 1, NOW_US, give(100)).unwrap();
        assert!(matches!(first, Answer::New(_)));
        let entries = traced(&store, "points_posted");
        for later_us in [0, 90 * DAY_US, 900 * DAY_US] {
            let again = posted(&store, wallet, 1, NOW_US + later_us, give(100)).unwrap();
            assert_eq!(again, Answer::Before(first.transfers().to_vec()), "{}", engine.name);
        }
        let other = posted(&store, wallet, 1, NOW_US, give(101)).unwrap_err();
        assert_eq!(other, Refusal::Refused(NotPosted::OtherContents(Field::Points)));
        let boris = member(&store, "Boris");
        let programme = store.read(kept::list).unwrap()[0].0;
        let elsewhere = enrolled(&store, boris, programme);
        assert_eq!(posted(&store, elsewhere, 1, NOW_US, give(100)), Err(Refusal::OtherWallet { wallet }));
        assert_eq!(traced(&store, "points_posted"), entries, "what is not done leaves no entry");
        assert_eq!(stands(&store, wallet, NOW_US).spendable, 100);
        assert_eq!(posted(&store, id(99), 2, NOW_US, give(1)), Err(Refusal::NoWallet));
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn a_purchase_holds_captures_and_comes_back_and_the_statement_tells_it() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        let month = Command::Give {
            grant: Grant::Earn,
            points: points(100),
            matures: Some(at(NOW_US + 14 * DAY_US)),
            expiry: Expiry::At(at(NOW_US + 90 * DAY_US)),
        };
        posted(&store, wallet, 1, NOW_US, month).unwrap();
        assert_eq!(stands(&store, wallet, NOW_US).waiting, 100);
        let later_us = NOW_US + 15 * DAY_US;
        assert_eq!(stands(&store, wallet, later_us).spendable, 100, "no job was needed");
        posted(&store, wallet, 2, later_us, hold(60, later_us + HOUR_US)).unwrap();
        let capture = Command::Capture { hold: asked(2), points: points(45) };
        posted(&store, wallet, 3, later_us, capture).unwrap();
        let standing = stands(&store, wallet, later_us);
        assert_eq!((standing.spendable, standing.held, standing.waiting, standing.owed), (55, 0, 0, 0));
        assert_eq!(standing.ends, [(at(NOW_US + 90 * DAY_US), 55)]);
        let back = Command::GiveBack { hold: asked(2), points: points(20) };
        posted(&store, wallet, 4, later_us, back).unwrap();
        // All is spent before what had earned it comes back.
        posted(&store, wallet, 5, later_us, hold(75, later_us + HOUR_US)).unwrap();
        posted(&store, wallet, 6, later_us, Command::Capture { hold: asked(5), points: points(75) }).unwrap();
        let taken = Command::TakeBack { earning: asked(1), points: points(30) };
        posted(&store, wallet, 7, later_us, taken).unwrap();
        assert_eq!(stands(&store, wallet, later_us).owed, 30);
        // The lot is empty and its row is gone: what comes back finds it again.
        posted(&store, wallet, 8, later_us, Command::GiveBack { hold: asked(5), points: points(40) })
            .unwrap();
        let standing = stands(&store, wallet, later_us);
        assert_eq!((standing.spendable, standing.owed), (10, 0));
        assert_eq!(standing.ends, [(at(NOW_US + 90 * DAY_US), 10)]);
        let told = store.read(|tx| statement::transfers(tx, wallet, None)).unwrap();
        let codes: Vec<&str> = told.iter().rev().map(|transfer| ledger::code_word(transfer.code)).collect();
        let expected = [
            "earn", "earn", "spend", "spend", "spend", "return", "spend", "spend", "return", "return",
            "repay",
        ];
        assert_eq!(codes, expected, "{}", engine.name);
        let page = store.read(|tx| statement::transfers(tx, wallet, Some(3))).unwrap();
        assert_eq!(page.iter().map(|transfer| transfer.sequence).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn a_limited_member_earns_and_does_not_spend() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        posted(&store, wallet, 1, NOW_US, give(100)).unwrap();
        let set = |status| wrote(&store, move |work| ledger::set_status(work, &acting(), wallet, status));
        assert_eq!(set(Status::Limited), Some(true));
        assert_eq!(set(Status::Limited), Some(false));
        let refused = posted(&store, wallet, 2, NOW_US, hold(10, NOW_US + HOUR_US));
        assert_eq!(refused, Err(Refusal::Refused(NotPosted::EarnsOnly)), "{}", engine.name);
        posted(&store, wallet, 3, NOW_US, give(10)).unwrap();
        assert_eq!(set(Status::Blocked), Some(true));
        assert_eq!(posted(&store, wallet, 4, NOW_US, give(10)), Err(Refusal::Refused(NotPosted::Blocked)));
        assert_eq!(
            wrote(&store, move |work| ledger::set_status(work, &acting(), id(99), Status::Active)),
            None
        );
    });
}

#[test]
fn t22_the_points_of_two_programmes_never_meet() {
    on_both(|engine| {
        let store = engine.open();
        let anna = member(&store, "Anna");
        let [one, other] = [programme(&store), programme(&store)].map(|id| enrolled(&store, anna, id));
        assert_ne!(one, other);
        posted(&store, one, 1, NOW_US, give(100)).unwrap();
        let refused = posted(&store, other, 2, NOW_US, hold(1, NOW_US + HOUR_US));
        assert_eq!(refused, Err(Refusal::Refused(NotPosted::NotEnough { free: 0 })), "{}", engine.name);
        let missing = store.write(move |work| ledger::enrol(work, &acting(), id(9), id(9))).unwrap();
        assert_eq!(missing, Err(ledger::NotEnrolled::NoMember));
        let missing = store.write(move |work| ledger::enrol(work, &acting(), anna, id(9))).unwrap();
        assert_eq!(missing, Err(ledger::NotEnrolled::NoProgramme));
    });
}
