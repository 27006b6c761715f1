//! A small club for the tests of the organisation, of plans and of memberships.

use std::fmt::Debug;

use bonafide_domain::consent::{Jurisdiction, MemberState};
use bonafide_domain::id::ExtraId;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, FreezeTerms, IncludedExtra, Length, PlanSpec, Reach, Start};
use bonafide_domain::profile::{Language, PersonName};
use bonafide_domain::schedule::{Schedule, WindowSpec};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::profile::Profile;
use bonafide_store::memberships::Asked;
use bonafide_store::memberships::sale::{NotSold, Order, Sold, sell};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::plans::{self, Plan, extra};
use bonafide_store::store::{Store, Work};
use bonafide_store::values;
use jiff::civil::{Date, Weekday, date};

use crate::engines::NOW_US;
use crate::members::add as add_member;

/// The day of most sales.
pub(crate) const TODAY: Date = date(2026, 10, 1);

/// Who sells.
pub(crate) const CASHIER: Id = Id::from_bytes([5; 16]);

pub(crate) fn acting() -> Acting {
    Acting { actor: Actor::Staff(CASHIER), origin: "desk".to_owned(), now_us: NOW_US }
}

/// An id that is easy to read in a failed assertion.
pub(crate) fn id(number: u8) -> Id {
    Id::from_bytes([number; 16])
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(crate) fn money(minor: i64, currency: &str) -> Money {
    Money::parse(minor, Currency::parse(currency).unwrap()).unwrap()
}

pub(crate) fn roubles(minor: i64) -> Money {
    money(minor, "RUB")
}

/// Asks for something that counts for a day of October 2026 or later, the 1st being day 0.
pub(crate) fn asked(operation: u8, day: i64) -> Asked {
    Asked { operation: id(operation), on: on_day(day) }
}

pub(crate) fn on_day(day: i64) -> Date {
    bonafide_domain::calendar::days_after(TODAY, day).unwrap()
}

/// Writes what must not be refused.
pub(crate) fn done<T, R>(
    store: &Store,
    work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
) -> T
where
    T: Send + 'static,
    R: Debug + Send + 'static,
{
    store.write(work).unwrap().unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
}

/// Writes what knows no refusal.
pub(crate) fn wrote<T: Send + 'static>(
    store: &Store,
    mut work: impl FnMut(&mut Work<'_, '_>) -> Result<T, Fault> + Send + 'static,
) -> T {
    done(store, move |work_| work(work_).map(Ok::<T, ()>))
}

pub(crate) fn moscow() -> Branch {
    let weekdays = vec![Weekday::Monday, Weekday::Wednesday];
    let opening = [WindowSpec { weekdays, from_minute: 7 * 60, until_minute: 23 * 60 }];
    Branch {
        name: title("Arbat"),
        time_zone: TimeZoneName::parse("Europe/Moscow").unwrap(),
        currency: Currency::parse("RUB").unwrap(),
        jurisdiction: Jurisdiction::Russia,
        language: Language::Russian,
        opening: Schedule::parse(&opening).unwrap(),
    }
}

pub(crate) fn berlin() -> Branch {
    Branch {
        name: title("Mitte"),
        time_zone: TimeZoneName::parse("Europe/Berlin").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        jurisdiction: Jurisdiction::EuropeanUnion(MemberState::with_consent_age(16).unwrap()),
        language: Language::English,
        opening: Schedule::any_time(),
    }
}

/// A month for 3,100 roubles with everything that a plan may have, but for visits that are counted.
pub(crate) fn monthly(solarium: Id) -> PlanSpec {
    PlanSpec {
        version: 0,
        length: Some(Length::Months(1)),
        visits: None,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: Some(FreezeTerms { count_max: 3, total_days_max: 30, days_min: 2, days_max: 14 }),
        guest_visits: 2,
        extras: vec![IncludedExtra { extra: ExtraId(*solarium.bytes()), count: 30 }],
        price: roubles(310_000),
        start: Start::OnPurchase,
        renews: true,
        transferable: true,
        cancellation: CancellationRule::ByUnusedDays,
    }
}

/// Three visits without an end.
pub(crate) fn three_visits(solarium: Id) -> PlanSpec {
    PlanSpec {
        length: None,
        visits: Some(3),
        freezes: None,
        renews: false,
        cancellation: CancellationRule::ByUnusedVisits,
        price: roubles(90_000),
        ..monthly(solarium)
    }
}

/// One branch, one extra, two members and no plan.
pub(crate) struct Club {
    pub(crate) branch: Id,
    pub(crate) solarium: Id,
    pub(crate) anna: Id,
    pub(crate) boris: Id,
}

impl Club {
    pub(crate) fn open(store: &Store) -> Club {
        Club {
            branch: wrote(store, |work| branch::add(work, &acting(), &moscow())),
            solarium: solarium(store),
            anna: member(store, "Anna"),
            boris: member(store, "Boris"),
        }
    }

    /// A plan under a name.
    pub(crate) fn plan(&self, store: &Store, name: &str, spec: &PlanSpec) -> Id {
        let (plan, spec) = (Plan { name: title(name), note: None }, spec.clone());
        done(store, move |work| plans::add(work, &acting(), &plan, spec.clone()))
    }

    /// An order of the first version for Anna, today.
    pub(crate) fn order(&self, operation: u8, plan: Id) -> Order {
        let asked = asked(operation, 0);
        Order { asked, member: self.anna, branch: self.branch, plan, version: 1, paid: None }
    }
}

/// The extra, which a book has once, however often the club is opened on it.
fn solarium(store: &Store) -> Id {
    let name = title("minute of solarium");
    let known = store.read(extra::list).unwrap().into_iter().find(|(_, other)| *other == name);
    known.map_or_else(|| done(store, move |work| extra::add(work, &acting(), &name)), |(id, _)| id)
}

pub(crate) fn member(store: &Store, name: &str) -> Id {
    add_member(store, Profile::named(PersonName::parse(name, "Smith", "").unwrap()))
}

pub(crate) fn ordered(store: &Store, order: Order) -> Result<Sold, NotSold> {
    store.write(move |work| sell(work, &acting(), &order)).unwrap()
}

pub(crate) fn sold(store: &Store, order: Order) -> Id {
    ordered(store, order).unwrap().membership
}

/// So many at once, each with its number. A panic of one is that of the test, and nobody waits for him.
pub(crate) fn at_once<T: Send>(count: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count as usize);
    std::thread::scope(|scope| {
        let one = |number| {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(number)
            })
        };
        let all: Vec<_> = (0..count).map(one).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Before and after of an action, as the trace tells them; of several entries, of one that has a before.
pub(crate) fn told(store: &Store, action: &str) -> serde_json::Value {
    let sql =
        "SELECT detail FROM audit_entries WHERE action = $1 ORDER BY detail LIKE '{\"before\":null%' LIMIT 1";
    let text = store.read(|tx| tx.query_one(sql, values![action])?.text(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// How often the trace has an action.
pub(crate) fn traced(store: &Store, action: &str) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_entries WHERE action = $1";
    store.read(|tx| tx.query_one(sql, values![action])?.integer(0)).unwrap()
}
