//! Plans, their versions and prices on both engines.

use bonafide_domain::id::{BranchId, ExtraId, ZoneId};
use bonafide_domain::membership::SaleRefusal;
use bonafide_domain::plan::{IncludedExtra, Length, PRICE_MINOR_MAX, PlanRefusal, PlanSpec, Reach};
use bonafide_domain::profile::Note;
use bonafide_store::audit::entry::{Acting, Author};
use bonafide_store::id::Id;
use bonafide_store::memberships::sale::{IN_BASKET_US_MAX, NotSold, Order, sell};
use bonafide_store::memberships::{self, command};
use bonafide_store::organisation::{NotFound, branch};
use bonafide_store::plans::extra::ExtraRefusal;
use bonafide_store::plans::price::{self, PriceRefusal};
use bonafide_store::plans::{self, Plan, PublishRefusal, extra};
use bonafide_store::store::Store;
use jiff::civil::date;

use crate::club::{
    CASHIER, Club, acting, asked, berlin, done, id, money, monthly, ordered, roubles, sold, title, told,
    traced, wrote,
};
use crate::engines::{NOW_US, on_both};

fn publish(store: &Store, plan: Id, seen: u32, spec: PlanSpec) -> Result<u32, PublishRefusal> {
    store.write(move |work| plans::publish(work, &acting(), plan, seen, spec.clone())).unwrap()
}

#[test]
fn a_plan_gets_versions_and_each_of_them_stays() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let first = monthly(club.solarium);
        let plan = club.plan(&store, "Month", &first);
        let dearer = PlanSpec { price: roubles(350_000), ..first.clone() };
        assert_eq!(publish(&store, plan, 1, dearer.clone()), Ok(2), "{}", engine.name);
        let late = publish(&store, plan, 1, dearer.clone());
        assert_eq!(late, Err(PublishRefusal::PublishedMeanwhile { version: 2 }));
        assert_eq!(publish(&store, id(9), 1, first.clone()), Err(PublishRefusal::NotFound));

        let versions = store.read(|tx| plans::versions(tx, plan)).unwrap();
        let specs: Vec<&PlanSpec> = versions.iter().map(|version| version.terms.spec()).collect();
        assert_eq!(specs, [&PlanSpec { version: 2, ..dearer }, &PlanSpec { version: 1, ..first }]);
        let author = Author { kind: "staff".to_owned(), id: Some(CASHIER) };
        assert!(versions.iter().all(|version| version.author == author && version.added_us == NOW_US));
        let current = store.read(|tx| plans::current(tx, plan)).unwrap().unwrap();
        assert_eq!(current, versions[0]);
        assert_eq!(store.read(|tx| plans::version(tx, plan, 1)).unwrap().unwrap(), versions[1]);
        assert_eq!(store.read(|tx| plans::version(tx, plan, 3)).unwrap(), None);

        let named = Plan { name: title("Calendar month"), note: Some(Note::parse("was: Month").unwrap()) };
        let wanted = named.clone();
        done(&store, move |work| plans::rename(work, &acting(), plan, &wanted));
        done(&store, move |work| plans::set_archived(work, &acting(), plan, true));
        let kept = store.read(|tx| plans::get(tx, plan)).unwrap().unwrap();
        assert!(kept.plan == named && kept.version == 2 && kept.archived_us == Some(NOW_US));
        let counts = |archived| store.read(|tx| plans::list(tx, archived)).unwrap().len();
        assert_eq!((counts(false), counts(true)), (0, 1));
        let nothing = store.write(|work| plans::set_archived(work, &acting(), id(9), true)).unwrap();
        assert_eq!(nothing, Err(NotFound));
        let renamed = told(&store, "plan_renamed");
        assert_eq!(
            (&renamed["before"]["name"], &renamed["after"]["note"]),
            (&"Month".into(), &"was: Month".into())
        );
        let published = told(&store, "plan_version_published");
        assert_eq!((&published["before"]["version"], &published["after"]["version"]), (&1.into(), &2.into()));
        assert_eq!(published["after"]["price"]["minor"], 350_000);
        assert_eq!(store.read(|tx| plans::of_name(tx, "Calendar month")).unwrap().len(), 1);
        assert_eq!((traced(&store, "plan_added"), traced(&store, "plan_version_published")), (1, 2));
    });
}

#[test]
fn terms_that_name_what_does_not_exist_are_refused() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let good = monthly(club.solarium);
        let branches = |ids: &[Id]| Reach::Only(ids.iter().map(|id| BranchId(*id.bytes())).collect());
        let cases = [
            (
                PlanSpec { length: Some(Length::Days(0)), ..good.clone() },
                PublishRefusal::Terms(PlanRefusal::Length),
            ),
            (
                PlanSpec { zones: Reach::Only(vec![ZoneId([9; 16])]), ..good.clone() },
                PublishRefusal::NoZone(id(9)),
            ),
            (
                PlanSpec { branches: branches(&[club.branch, id(9)]), ..good.clone() },
                PublishRefusal::NoBranch(id(9)),
            ),
            (
                PlanSpec {
                    extras: vec![IncludedExtra { extra: ExtraId([9; 16]), count: 1 }],
                    ..good.clone()
                },
                PublishRefusal::NoExtra(id(9)),
            ),
        ];
        let plan = club.plan(&store, "Month", &PlanSpec { branches: branches(&[club.branch]), ..good });
        for (spec, refusal) in cases {
            assert_eq!(publish(&store, plan, 1, spec.clone()), Err(refusal), "{}", engine.name);
            let named = Plan { name: title("Other"), note: None };
            let added = store.write(move |work| plans::add(work, &acting(), &named, spec.clone())).unwrap();
            assert_eq!(added, Err(refusal));
        }
        assert_eq!(store.read(|tx| plans::list(tx, true)).unwrap().len(), 1, "nothing is left of a refusal");
        assert_eq!(store.read(extra::list).unwrap(), [(club.solarium, title("minute of solarium"))]);
        let solarium = club.solarium;
        done(&store, move |work| extra::rename(work, &acting(), solarium, &title("solarium, a minute")));
        assert_eq!(store.read(extra::list).unwrap()[0].1, title("solarium, a minute"));
        assert_eq!(told(&store, "extra_renamed")["before"]["name"], "minute of solarium");
        let same = title("solarium, a minute");
        let again = same.clone();
        assert!(
            !done(&store, move |work| extra::rename(work, &acting(), solarium, &again)),
            "called so before"
        );
        let second = store.write(move |work| extra::add(work, &acting(), &same)).unwrap();
        assert_eq!(second, Err(ExtraRefusal::NameTaken));
        let massage = done(&store, |work| extra::add(work, &acting(), &title("massage")));
        let taken = store
            .write(move |work| extra::rename(work, &acting(), massage, &title("solarium, a minute")))
            .unwrap();
        assert_eq!(taken, Err(ExtraRefusal::NameTaken));
        assert_eq!((traced(&store, "extra_added"), traced(&store, "extra_renamed")), (2, 1));
    });
}

#[test]
fn t21_a_sold_membership_keeps_its_version() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let first = monthly(club.solarium);
        let plan = club.plan(&store, "Month", &first);
        let membership = sold(&store, club.order(1, plan));
        let changed = PlanSpec { price: roubles(900_000), length: Some(Length::Days(7)), ..first.clone() };
        assert_eq!(publish(&store, plan, 1, changed), Ok(2));
        done(&store, move |work| command::renew(work, &acting(), membership, asked(2, 20)));
        let held = store.read(|tx| memberships::get(tx, membership)).unwrap().unwrap();
        assert_eq!(held.membership.terms().spec(), &PlanSpec { version: 1, ..first }, "{}", engine.name);
        assert_eq!(held.membership.until(), Some(date(2026, 12, 1)), "renewed by the old terms");

        // What lies in a basket is sold as it was shown, for an hour; then the new version is to be shown.
        let at = |operation, version, now_us| {
            let order = Order { version, ..club.order(operation, plan) };
            store.write(move |work| sell(work, &Acting { now_us, ..acting() }, &order)).unwrap()
        };
        assert_eq!(at(3, 1, NOW_US + IN_BASKET_US_MAX).unwrap().paid, roubles(310_000));
        let replaced = Err(NotSold::VersionReplaced { current: 2 });
        assert_eq!(at(4, 1, NOW_US + IN_BASKET_US_MAX + 1), replaced);
        assert_eq!(at(4, 2, NOW_US + IN_BASKET_US_MAX + 1).unwrap().paid, roubles(900_000));
        assert_eq!(at(5, 3, NOW_US), Err(NotSold::NoPlan), "a version to come");
        // The retry of a till that waited for a day is answered as before.
        assert_eq!(at(3, 1, NOW_US + 24 * IN_BASKET_US_MAX).unwrap().paid, roubles(310_000));
    });
}

#[test]
fn t22_a_branch_has_prices_of_its_own_in_its_currency() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let (here, there) = (club.branch, wrote(&store, |work| branch::add(work, &acting(), &berlin())));
        let plan = club.plan(&store, "Month", &monthly(club.solarium));
        let set = |branch, plan, price| {
            store.write(move |work| price::set(work, &acting(), branch, plan, price)).unwrap()
        };
        assert_eq!(set(id(9), plan, roubles(1)), Err(PriceRefusal::NoBranch), "{}", engine.name);
        assert_eq!(set(here, id(9), roubles(1)), Err(PriceRefusal::NoPlan));
        assert_eq!(set(here, plan, money(1, "EUR")), Err(PriceRefusal::OtherCurrency));
        assert_eq!(set(there, plan, money(1, "EUR")), Err(PriceRefusal::OtherCurrency), "not the plan's");
        assert_eq!(set(there, plan, roubles(1)), Err(PriceRefusal::OtherCurrency), "not the branch's");
        assert_eq!(set(here, plan, roubles(-1)), Err(PriceRefusal::NotAPrice));
        assert_eq!(set(here, plan, roubles(PRICE_MINOR_MAX + 1)), Err(PriceRefusal::NotAPrice));
        assert_eq!(set(here, plan, roubles(1)), Ok(true));
        assert_eq!(set(here, plan, roubles(290_000)), Ok(true), "the latest counts");
        assert_eq!(set(here, plan, roubles(290_000)), Ok(false), "it was so before");
        assert_eq!(traced(&store, "branch_price_set"), 4, "two of each");
        assert_eq!(store.read(|tx| price::list(tx, here)).unwrap(), [(plan, roubles(290_000))]);
        let told = told(&store, "branch_price_set");
        assert_eq!(
            (&told["before"]["price"]["minor"], &told["after"]["price"]["minor"]),
            (&1.into(), &290_000.into())
        );

        let first = club.order(1, plan);
        assert_eq!(ordered(&store, first).unwrap().paid, roubles(290_000));
        let elsewhere = Order { branch: there, ..club.order(2, plan) };
        assert_eq!(ordered(&store, elsewhere).unwrap().paid, roubles(310_000), "by the terms");
        let discount = Order { paid: Some(roubles(100)), ..club.order(3, plan) };
        assert_eq!(ordered(&store, discount).unwrap().paid, roubles(100));
        let other = Order { paid: Some(money(100, "EUR")), ..club.order(4, plan) };
        assert_eq!(ordered(&store, other), Err(NotSold::Refused(SaleRefusal::OtherCurrency)));

        let in_euro = PlanSpec { price: money(5_000, "EUR"), ..monthly(club.solarium) };
        let refused = publish(&store, plan, 1, in_euro.clone());
        assert_eq!(refused, Err(PublishRefusal::PricesInOtherCurrency));
        assert!(wrote(&store, move |work| price::remove(work, &acting(), here, plan)));
        assert_eq!(publish(&store, plan, 1, in_euro), Ok(2));
        // Asked again after the price has changed, a sale is the one of the first time.
        assert_eq!(ordered(&store, first).unwrap().paid, roubles(290_000));
    });
}
