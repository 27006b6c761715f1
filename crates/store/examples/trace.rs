//! Fills a book with audit entries and measures its trace: `cargo run --release -p bonafide-store --example trace -- --entries
//! 10000000`. Prints how fast entries are written, one is proven, and all are verified.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails says so by ending")]

use std::time::Instant;

use bonafide_store::audit::entry::{Acting, Actor, Subject, record};
use bonafide_store::audit::proof::prove;
use bonafide_store::audit::verify::verify;
use bonafide_store::id::Id;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store};
use bonafide_testkit::dice::Dice;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Entries of one transaction.
const BATCH: u64 = 5_000;

/// Entries that are proven.
const PROOFS: u64 = 1_000;

const NOW_US: i64 = 1_795_478_400_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value =
        |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1));
    let count: u64 = value("--entries").map_or(100_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let places = Places::in_folder(folder.path());
    let store = Store::open(&places, &Secret::KeyFile(vec![7; 32].into()), NOW_US).unwrap();
    let start = Instant::now();
    for first in (0..count).step_by(BATCH as usize) {
        write(&store, first..count.min(first + BATCH));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{count} entries written in {seconds:.1} s, {:.0} a second", count as f64 / seconds);

    let mut dice = Dice::new(1);
    let mut ms: Vec<f64> = (0..PROOFS)
        .map(|_| {
            let start = Instant::now();
            let index = dice.roll(count);
            let ring = store.vault().ring();
            let proof = store.read(|tx| prove(tx, &ring, index)).unwrap().unwrap();
            let ms = start.elapsed().as_secs_f64() * 1e3;
            assert!(proof.check(Some(&ring.verifying_key())).is_ok(), "entry {index}");
            ms
        })
        .collect();
    ms.sort_by(f64::total_cmp);
    println!("one proof: p50 {:.3} ms, p99 {:.3} ms", ms[ms.len() / 2], ms[ms.len() * 99 / 100]);

    let start = Instant::now();
    let key = store.vault().ring().verifying_key();
    let verified = store.read(|tx| verify(tx, &key, &[], |_| ())).unwrap();
    assert!(verified.broken.is_none(), "{verified:?}");
    println!("verified in {:.1} s: {} entries", start.elapsed().as_secs_f64(), verified.size);
}

fn write(store: &Store, entries: std::ops::Range<u64>) {
    let acting = Acting { actor: Actor::Program, origin: "trace".to_owned(), now_us: NOW_US };
    let written: Result<(), ()> = store
        .write(move |work| {
            for number in entries.clone() {
                let row = Id::from_bytes(u128::from(number).to_be_bytes());
                record(work.tx, &acting, "member_viewed", Subject::row("members", row), None)?;
            }
            Ok(Ok(()))
        })
        .unwrap();
    written.unwrap();
}
