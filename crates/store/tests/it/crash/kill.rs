//! G-01: kill -9 at random moments under load, and the book opens by itself with all that was answered.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bonafide_store::id::Id;
use bonafide_store::store::Places;

use crate::crash::child::{Child, Orders, Said};
use crate::crash::request::{keys_open, whole};
use crate::engines::{Engine, postgres, sqlite};
use bonafide_testkit::dice::Dice;

/// More of them: `make torture CYCLES=2000`.
const CYCLES_VARIABLE: &str = "BONAFIDE_KILL_CYCLES";
const CYCLES: u64 = 200;

/// Kills of the client of a server. Its transaction is the server's to take back, so that fewer tell as much.
const SERVER_CYCLES: u64 = 20;

const SEED_VARIABLE: &str = "BONAFIDE_SEED";

/// One in so many is killed before it has said anything: while it opens and repairs.
const EARLY_IN: u64 = 6;

/// After so many in one folder a new book is begun: all of it is looked at each time.
const CYCLES_OF_A_BOOK: u64 = 200;

/// One in so many all keys are opened, not only those of the last run.
const ALL_KEYS_EVERY: u64 = 25;

pub(crate) fn number_from(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect(variable))
}

/// A moment that is not tied to a line: somewhere within a transaction.
pub(crate) fn spin(duration: Duration) {
    let start = Instant::now();
    while start.elapsed() < duration {
        std::thread::yield_now();
    }
}

/// Starts a child and kills it somewhere.
pub(crate) fn killed(places: &Places, run: u64, dice: &mut Dice) -> Said {
    let mut child = Child::start(&Orders { places, run, limit: 1 << 23, faults: 0 });
    if dice.roll(EARLY_IN) == 0 {
        spin(Duration::from_micros(dice.roll(20_000)));
    } else {
        child.hear_acknowledged(dice.roll(100) as usize);
        spin(Duration::from_micros(dice.roll(3_000)));
    }
    let said = child.kill();
    assert_eq!((said.other.as_str(), said.faults.len(), &said.end), ("", 0, &None), "run {run}: {said:?}");
    said
}

/// Kills so often, in a new book when one has grown.
fn kill_all(new: impl Fn() -> Option<Engine>, cycles: u64) {
    let seed = number_from(SEED_VARIABLE, 0x5EED);
    for begun in (0..cycles).step_by(CYCLES_OF_A_BOOK as usize) {
        let Some(engine) = new() else { return };
        kill_cycles(&engine, CYCLES_OF_A_BOOK.min(cycles - begun), seed + begun);
    }
}

/// Kills again and again in one folder, and looks at the book after each.
fn kill_cycles(engine: &Engine, cycles: u64, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut acknowledged: BTreeSet<u64> = BTreeSet::new();
    let mut destroyed: Vec<Id> = Vec::new();
    let mut early = 0;
    for run in 0..cycles {
        let what = format!("{} seed {seed} run {run}", engine.name);
        let said = killed(&engine.places, run, &mut dice);
        early += u64::from(!said.opened);
        let store = engine.open();
        let rows = whole(&store, &what);
        acknowledged.extend(&said.acknowledged);
        destroyed.extend(&said.destroyed);
        let lost: Vec<&u64> = acknowledged.iter().filter(|number| !rows.contains_key(number)).collect();
        assert!(lost.is_empty(), "{what}: answered and lost: {lost:?}");
        let of_this_run = if run % ALL_KEYS_EVERY == 0 { 0 } else { run << 32 };
        keys_open(&store, rows.range(of_this_run..).map(|(number, key)| (*number, *key)), &what);
        let gone: BTreeSet<Id> = store.vault().destroyed().unwrap().into_iter().map(|(id, _)| id).collect();
        for id in &destroyed {
            assert!(gone.contains(id) && store.vault().key(*id).unwrap().is_none(), "{what}: {id} is back");
        }
    }
    eprintln!(
        "{}: killed {cycles} times ({early} while opening), seed {seed}: {} answers and {} destroyed keys, none lost",
        engine.name,
        acknowledged.len(),
        destroyed.len()
    );
    assert!(acknowledged.len() as u64 > cycles, "hardly anything was written: this shows nothing");
}

#[test]
fn g01_killed_at_random_moments_nothing_answered_is_lost() {
    kill_all(|| Some(sqlite()), number_from(CYCLES_VARIABLE, CYCLES));
}

#[test]
fn g01_a_killed_client_of_a_server_loses_nothing() {
    kill_all(postgres, number_from(CYCLES_VARIABLE, SERVER_CYCLES * 10) / 10);
}

#[test]
fn g01_a_book_whose_making_was_cut_off_is_made_by_the_next() {
    let mut dice = Dice::new(number_from(SEED_VARIABLE, 0x5EED));
    for run in 0..30 {
        let engine = sqlite();
        let child = Child::start(&Orders { places: &engine.places, run, limit: 1, faults: 0 });
        spin(Duration::from_micros(dice.roll(30_000)));
        let said = child.kill();
        assert_eq!((said.other.as_str(), said.faults.len()), ("", 0), "run {run}: {said:?}");
        let store = engine.open();
        let rows = whole(&store, "a new book");
        assert!(said.acknowledged.iter().all(|number| rows.contains_key(number)), "run {run}");
    }
}
