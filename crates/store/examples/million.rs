//! Fills a book with made-up members and measures what people wait for: `cargo run --release -p bonafide-store --example
//! million -- --members 1000000 [--postgres] [--keep DIR]`. Prints the middle and the 99th of a hundred, in milliseconds. With
//! `--keep` the book stays in that folder, and is measured again without being written the next time.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails says so by ending")]

use std::path::Path;
use std::time::Instant;

use bonafide_domain::profile::{BirthDate, Category, EmailAddress, PersonName, Phone, Tag};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::audit::verify::verify;
use bonafide_store::dialect::Place;
use bonafide_store::directory::Directory;
use bonafide_store::keys::seal::Secret;
use bonafide_store::members;
use bonafide_store::members::list::{MemberFilter, list};
use bonafide_store::members::lookup::{By, find};
use bonafide_store::members::profile::Profile;
use bonafide_store::search::{NameQuery, NumberEnd};
use bonafide_store::store::{Places, Store};
use bonafide_testkit::cluster::cluster;
use bonafide_testkit::dice::Dice;
use bonafide_testkit::people::{People, Person};
use jiff::civil::date;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Members written in one transaction.
const BATCH: u64 = 1_000;

/// 2026-11-24, in microseconds since 1970.
const NOW_US: i64 = 1_795_478_400_000_000;

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Questions of each kind.
const QUESTIONS: u64 = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value =
        |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    let count: u64 = value("--members").map_or(100_000, |text| text.parse().unwrap());
    let passing = tempfile::tempdir().unwrap();
    let folder = value("--keep").map_or(passing.path(), Path::new);
    let mut places = Places::in_folder(folder);
    if arguments.iter().any(|one| one == "--postgres") {
        let cluster = cluster().expect("PostgreSQL is needed for --postgres");
        (places.book, places.keys) = (Place::Server(cluster.database()), Place::Server(cluster.database()));
    }
    let secret = Secret::KeyFile(vec![7; 32].into());
    let people = People::new(1);
    fill(&Store::open(&places, &secret, NOW_US).unwrap(), &people, count);

    let start = Instant::now();
    let store = Store::open(&places, &secret, NOW_US).unwrap();
    let directory = Directory::new();
    let loaded = directory.load(&store, |_| ()).unwrap();
    println!("cold start: {:.2} s for {} members", start.elapsed().as_secs_f64(), loaded.members);
    println!("index: {:.0} MiB counted", directory.heap_bytes() as f64 / f64::from(1 << 20));
    questions(&store, &directory, &people, count);

    let start = Instant::now();
    let key = store.vault().ring().verifying_key();
    let verified = store.read(|tx| verify(tx, &key, &[], |_| ())).unwrap();
    assert!(verified.broken.is_none(), "{verified:?}");
    println!("audit verify: {:.2} s for {} entries", start.elapsed().as_secs_f64(), verified.size);
}

/// Writes those who are not there yet.
fn fill(store: &Store, people: &People, count: u64) {
    let there = store.read(members::count).unwrap();
    let start = Instant::now();
    for first in (there..count).step_by(BATCH as usize) {
        write(store, (first..count.min(first + BATCH)).map(|index| (index, people.person(index))).collect());
    }
    let (seconds, written) = (start.elapsed().as_secs_f64(), count.saturating_sub(there));
    println!("{written} members written in {seconds:.1} s, {:.0} a second", written as f64 / seconds);
}

fn profile(index: u64, person: &Person) -> Profile {
    let born = date(person.born.year, person.born.month, person.born.day);
    Profile {
        birth: Some(BirthDate::parse(born, date(2026, 11, 24)).unwrap()),
        phones: vec![Phone::parse(&person.phone).unwrap()],
        emails: vec![EmailAddress::parse(&person.email).unwrap()],
        category: match index % 20 {
            0 => Category::Vip,
            1..10 => Category::Regular,
            _ => Category::New,
        },
        tags: if index.is_multiple_of(50) { vec![Tag::parse("pool").unwrap()] } else { Vec::new() },
        ..Profile::named(PersonName::parse(&person.full_name, "", "").unwrap())
    }
}

fn write(store: &Store, people: Vec<(u64, Person)>) {
    let acting = Acting { actor: Actor::Program, origin: "million".to_owned(), now_us: NOW_US };
    let written: Result<(), ()> = store
        .write(move |work| {
            for (index, person) in &people {
                let (id, _) = members::add(work, &acting, &profile(*index, person))?;
                let mut dice = Dice::new(*index);
                for _ in 0..dice.roll(3) {
                    members::count_visit(work.tx, id, NOW_US - dice.roll(400) as i64 * DAY_US)?;
                    members::count_receipt(work.tx, id, dice.roll(10_000) as i64)?;
                }
            }
            Ok(Ok(()))
        })
        .unwrap();
    written.unwrap();
}

fn questions(store: &Store, directory: &Directory, people: &People, count: u64) {
    let mut dice = Dice::new(9);
    let vault = store.vault();
    measure("phone, to the whole profile", QUESTIONS, || {
        let phone = Phone::parse(&people.person(dice.roll(count)).phone).unwrap();
        let ids = store.read(|tx| find(tx, vault, By::Phone(&phone))).unwrap();
        store.read(|tx| members::get(tx, vault, ids[0])).unwrap().unwrap();
        ids.len()
    });
    let mut by_name = |what: &str, change: &dyn Fn(&str) -> String| {
        measure(what, QUESTIONS, || {
            let name = change(&people.person(dice.roll(count)).full_name);
            NameQuery::parse(&name).map_or(0, |query| directory.by_name(&query, 20).len())
        });
    };
    by_name("whole name", &str::to_owned);
    by_name("beginnings of the name's words", &|name| {
        let beginning = |word: &str| word.chars().take(4).collect::<String>();
        name.split(' ').map(beginning).collect::<Vec<_>>().join(" ")
    });
    by_name("name with a letter left out", &|name| {
        let letters = name.chars().count();
        name.chars().enumerate().filter(|(at, _)| *at != letters / 2).map(|(_, letter)| letter).collect()
    });
    measure("end of a phone", QUESTIONS, || {
        let phone = people.person(dice.roll(count)).phone;
        directory.by_number_end(&NumberEnd::parse(&phone[phone.len() - 4..]).unwrap(), 20).len()
    });
    let none = MemberFilter::default();
    let filters = [
        ("first page: all", none.clone()),
        ("first page: category vip", MemberFilter { category: Some("vip".into()), ..none.clone() }),
        ("first page: tag pool", MemberFilter { tag: Some("pool".into()), ..none.clone() }),
        ("first page: a tag that nobody has", MemberFilter { tag: Some("none".into()), ..none.clone() }),
        (
            "first page: not seen for 30 days",
            MemberFilter { not_seen_since_us: Some(NOW_US - 30 * DAY_US), ..none.clone() },
        ),
        ("first page: 2 visits or more", MemberFilter { visits_from: Some(2), ..none.clone() }),
        ("first page: a hundred visits, nobody", MemberFilter { visits_from: Some(100), ..none.clone() }),
        (
            "first page: spent 10,000 to 11,000",
            MemberFilter { spent_from_minor: Some(10_000), spent_to_minor: Some(11_000), ..none.clone() },
        ),
        (
            "first page: membership ends soon, nobody",
            MemberFilter { ends_from_day: Some(20_000), ends_before_day: Some(20_030), ..none.clone() },
        ),
        (
            "first page: vip, pool, not seen",
            MemberFilter {
                category: Some("vip".into()),
                tag: Some("pool".into()),
                not_seen_since_us: Some(NOW_US),
                ..none
            },
        ),
    ];
    for (what, filter) in &filters {
        measure(what, 20, || store.read(|tx| list(tx, filter, None, 50)).unwrap().unwrap().members.len());
    }
    measure("birthdays of a week", 20, || directory.birthdays(date(2026, 11, 24), 7).len());
}

fn measure(what: &str, questions: u64, mut ask: impl FnMut() -> usize) {
    let mut found = 0;
    let mut ms: Vec<f64> = (0..questions)
        .map(|_| {
            let start = Instant::now();
            found += ask();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    ms.sort_by(f64::total_cmp);
    let at = |share: f64| ms[((ms.len() - 1) as f64 * share) as usize];
    println!(
        "{what:<42} p50 {:>8.3} ms  p99 {:>8.3} ms  ({:.1} found)",
        at(0.5),
        at(0.99),
        found as f64 / questions as f64
    );
}
