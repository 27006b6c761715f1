//! How fast doors decide, each decision durable before it is answered: `cargo run --release -p bonafide-store --example doors --
//! [--members 20000] [--seconds 5] [--postgres]`. Faces are not part of it. Beside it stands how fast the same database commits
//! one row at a time in the same run, which is what the disk gives; the ratio is what travels from machine to machine.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails says so by ending")]

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bonafide_domain::access_method::{AccessMethods, Method, Place as AccessPlace};
use bonafide_domain::admission::rules::{AntiPassback, Passing, Times, WhenCheckDue};
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, Length, PlanSpec, Reach, Start};
use bonafide_domain::profile::{Language, PersonName};
use bonafide_domain::schedule::Schedule;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::content::{Content, Shown as Value};
use bonafide_store::credentials::find::{Holders, find};
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::dialect::Place;
use bonafide_store::id::Id;
use bonafide_store::keys::seal::Secret;
use bonafide_store::members::profile::Profile;
use bonafide_store::members::{self};
use bonafide_store::memberships::Asked as Sold;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind};
use bonafide_store::passages::decide::enter;
use bonafide_store::passages::door::{Setting, set_rules};
use bonafide_store::passages::{Asked, Outcome, Recognised, Shown, Who};
use bonafide_store::plans::{self, Plan};
use bonafide_store::store::{Places, Store, Work};
use bonafide_store::values;
use bonafide_testkit::cluster::cluster;
use bonafide_testkit::dice::Dice;
use jiff::civil::date;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 2026-11-24, in microseconds since 1970.
const NOW_US: i64 = 1_795_478_400_000_000;

/// Members written in one transaction.
const BATCH: u32 = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, standard: u32| {
        let place = arguments.iter().position(|one| one == name);
        let text = place.and_then(|at| arguments.get(at + 1));
        text.map_or(standard, |text| text.parse().unwrap())
    };
    let (count, seconds) = (value("--members", 20_000), value("--seconds", 5));
    let folder = tempfile::tempdir().unwrap();
    let mut places = Places::in_folder(folder.path());
    if arguments.iter().any(|one| one == "--postgres") {
        let cluster = cluster().expect("PostgreSQL is needed for --postgres");
        (places.book, places.keys) = (Place::Server(cluster.database()), Place::Server(cluster.database()));
        println!(
            "PostgreSQL of the tests, which does not sync: its rates are those of the program, not of a disk"
        );
    }
    let store = Store::open(&places, &Secret::KeyFile(vec![7; 32].into()), NOW_US).unwrap();
    let club = fill(&store, count);
    println!("{count} members, {} doors, {seconds} s each", club.doors.len());
    for threads in [1, 64] {
        let rows = measure(threads, seconds, |_| one_row(&store));
        let decisions = measure(threads, seconds, |dice| decide(&store, &club, dice));
        rows.print(threads, "single rows");
        decisions.print(threads, "decisions");
        println!("{threads:>3} threads  ratio            {:.2}", decisions.per_second / rows.per_second);
    }
}

/// What the doors need.
struct Club {
    doors: Vec<Id>,
    cards: Vec<CardNumber>,
    /// Moves a millisecond with each request: an evening of a thousand requests a second.
    clock_us: AtomicI64,
    requests: AtomicU64,
}

fn acting(now_us: i64) -> Acting {
    Acting { actor: Actor::Device(Id::from_bytes([8; 16])), origin: "turnstile".to_owned(), now_us }
}

fn wrote<T: Send + 'static, R: std::fmt::Debug + Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, bonafide_store::fault::Fault> + Send + 'static,
) -> T {
    store.write(work).unwrap().unwrap()
}

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

fn fill(store: &Store, count: u32) -> Club {
    let branch = Branch {
        name: title("Arbat"),
        time_zone: TimeZoneName::parse("Europe/Moscow").unwrap(),
        currency: Currency::parse("RUB").unwrap(),
        jurisdiction: Jurisdiction::Russia,
        language: Language::Russian,
        opening: Schedule::any_time(),
    };
    let branch = wrote(store, move |work| branch::add(work, &acting(NOW_US), &branch).map(Ok::<_, ()>));
    let doors = (0..8).map(|number| door(store, branch, number)).collect();
    let plans = [None, Some(10_000)].map(|visits| {
        let plan = Plan { name: title(if visits.is_some() { "Visits" } else { "Month" }), note: None };
        let spec = spec(visits);
        wrote(store, move |work| plans::add(work, &acting(NOW_US), &plan, spec.clone()))
    });
    let mut cards = Vec::new();
    for first in (0..count).step_by(BATCH as usize) {
        let numbers: Vec<u32> = (first..count.min(first + BATCH)).collect();
        cards.extend(numbers.iter().map(|&number| card(number)));
        wrote(store, move |work| {
            numbers.iter().try_for_each(|&number| member(work, number, branch, plans)).map(Ok::<_, ()>)
        });
    }
    Club { doors, cards, clock_us: AtomicI64::new(NOW_US), requests: AtomicU64::new(0) }
}

/// Four bytes as if drawn: cards that share three bytes are candidates of each other, and real ones hardly do.
fn card(number: u32) -> CardNumber {
    let drawn = (number + 1).wrapping_mul(0x9E37_79B1).rotate_left(15).wrapping_mul(0x85EB_CA77);
    CardNumber::from_hex(&format!("{drawn:08X}"), ByteOrder::AsOnCard).unwrap()
}

/// Every other door has a limit that is never reached, so that its zone is counted.
fn door(store: &Store, branch: Id, number: u32) -> Id {
    let capacity = number.is_multiple_of(2).then_some(1_000_000);
    let zone = Zone { branch, name: title("Hall"), kind: ZoneKind::Hall, capacity };
    let zone = wrote(store, move |work| zone::add(work, &acting(NOW_US), &zone));
    let point = AccessPoint {
        zone,
        name: title("Turnstile"),
        direction: Direction::Both,
        methods: AccessMethods::new(AccessPlace::MemberDoor, &[Method::CardNumber]).unwrap(),
        when_unwritable: WhenUnwritable::Deny,
    };
    let door = wrote(store, move |work| access_point::add(work, &acting(NOW_US), &point));
    // Short grants, so that as many hold at once as people come in two seconds.
    let setting = Setting {
        combinations: Vec::new(),
        anti_passback: AntiPassback::Hard,
        when_check_due: WhenCheckDue::Mark,
        passing: Passing::Reported,
        times: Times::new(1_000_000, 2_000_000, 0).unwrap(),
    };
    wrote(store, move |work| set_rules(work, &acting(NOW_US), door, &setting));
    door
}

fn spec(visits: Option<u32>) -> PlanSpec {
    PlanSpec {
        version: 0,
        length: Some(Length::Months(12)),
        visits,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: None,
        guest_visits: 0,
        extras: Vec::new(),
        price: Money::parse(310_000, Currency::parse("RUB").unwrap()).unwrap(),
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    }
}

/// A member with a card and a membership; one of ten pays by the visit.
fn member(
    work: &mut Work<'_, '_>,
    number: u32,
    branch: Id,
    plans: [Id; 2],
) -> Result<(), bonafide_store::fault::Fault> {
    let acting = acting(NOW_US);
    let profile = Profile::named(PersonName::parse("Anna", "Smith", "").unwrap());
    let (member, _) = members::add(work, &acting, &profile)?;
    let content = Content::Card(card(number));
    let new = NewCredential { member, content, until_us: None, limited: None };
    credentials::issue(work, &acting, Id::new(NOW_US)?, &new, None)?.unwrap();
    let plan = plans[usize::from(number.is_multiple_of(10))];
    let asked = Sold { operation: Id::new(NOW_US)?, on: date(2026, 11, 24) };
    sell(work, &acting, &Order { asked, member, branch, plan, version: 1, paid: None })?.unwrap();
    Ok(())
}

/// A card at a door: found, decided, written, durable.
fn decide(store: &Store, club: &Club, dice: &mut Dice) {
    let (number, door) = (*dice.pick(&club.cards), *dice.pick(&club.doors));
    let now_us = club.clock_us.fetch_add(1_000, Ordering::Relaxed);
    let mut operation = [0xD0; 16];
    operation[8..].copy_from_slice(&club.requests.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let operation = Id::from_bytes(operation);
    let answer = wrote(store, move |work| {
        let Holders::One(holder) = find(work.tx, work.vault, Value::Card(&number), now_us)? else {
            panic!("a card of nobody");
        };
        let shown = Shown {
            method: Method::CardNumber,
            credential: Some(holder.credential),
            state: holder.state,
            assurance: bonafide_domain::access_method::Assurance::NONE,
            biometric: None,
        };
        let who = Who::Member(Recognised {
            member: holder.member,
            shown: vec![shown],
            face_does_not_fit: false,
            codes: Vec::new(),
        });
        enter(work, &acting(now_us), &Asked { operation, access_point: door, who, host: None })
    });
    assert!(matches!(answer.outcome, Outcome::Admitted { .. } | Outcome::SamePassage { .. }), "{answer:?}");
}

/// One row and one commit of the same store.
fn one_row(store: &Store) {
    wrote(store, |work| {
        let key = Id::new(NOW_US)?.to_string();
        let sql = "INSERT INTO settings (key, content) VALUES ($1, '{}')";
        work.tx.execute(sql, values![key.as_str()]).map(Ok::<_, ()>)
    });
}

struct Figures {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

impl Figures {
    fn print(&self, threads: usize, what: &str) {
        let Figures { per_second, p50_ms, p99_ms, longest_ms } = self;
        println!(
            "{threads:>3} threads  {what:<12} {per_second:>9.0} a second, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, longest {longest_ms:.1} ms"
        );
    }
}

/// Does something from so many threads for so many seconds.
fn measure(threads: usize, seconds: u32, work: impl Fn(&mut Dice) + Sync) -> Figures {
    let (start, end) = (Instant::now(), Duration::from_secs(seconds.into()));
    let mut times_ms: Vec<f64> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let work = &work;
                scope.spawn(move || {
                    let (mut dice, mut times_ms) = (Dice::new(thread as u64), Vec::new());
                    while start.elapsed() < end {
                        let one = Instant::now();
                        work(&mut dice);
                        times_ms.push(one.elapsed().as_secs_f64() * 1e3);
                    }
                    times_ms
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let per_second = times_ms.len() as f64 / start.elapsed().as_secs_f64();
    times_ms.sort_by(f64::total_cmp);
    let rank = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    Figures { per_second, p50_ms: rank(0.5), p99_ms: rank(0.99), longest_ms: rank(1.0) }
}
