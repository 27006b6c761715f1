//! G-05 to G-08: a log cut anywhere, files of different moments, flipped bits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bonafide_store::audit::verify::{Broken, verify};
use bonafide_store::check::{Against, check};
use bonafide_store::fault::{Fault, FaultKind};
use bonafide_store::store::{BOOK_FILE, KEYS_FILE, Places, Store};
use rusqlite::types::Value;
use tempfile::TempDir;

use crate::crash::child::{Child, Orders, Said};
use crate::crash::request::{self, whole};
use crate::engines::{NOW_US, secret, sqlite};
use bonafide_testkit::dice::Dice;

/// The step of a disk's own writes.
const SECTOR: u64 = 512;

/// Cuts and torn ends of the log that are tried: all of the last ones, and a sample of the rest, for there are thousands.
const LAST_CUTS: u64 = 48;
const SAMPLED_CUTS: u64 = 72;

/// Flipped bits that are tried in each file.
const FLIPS: u64 = 150;

const LOG: &str = "book.db-wal";
const INDEX: &str = "book.db-shm";

/// A book that was killed under load, with its log. Never opened since.
fn killed() -> (TempDir, Said) {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::in_folder(folder.path());
    let mut child = Child::start(&Orders { places: &places, run: 0, limit: 1 << 20, faults: 0 });
    child.hear_acknowledged(60);
    (folder, child.kill())
}

fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

/// Bytes of the log that are written back into the book, as its index says: the number of pages stands after the two copies of its
/// head, and a page has a head of its own in the log.
fn written_back_bytes(folder: &Path) -> u64 {
    const PAGES_AT: usize = 96;
    let (log_head, page_head, page) = (32, 24, 4_096);
    let index = std::fs::read(folder.join(INDEX)).unwrap();
    let pages = u32::from_ne_bytes(index[PAGES_AT..PAGES_AT + 4].try_into().unwrap());
    log_head + u64::from(pages) * (page_head + page)
}

fn open(folder: &Path) -> Result<Store, Fault> {
    Store::open(&Places::in_folder(folder), &secret(), NOW_US)
}

#[test]
fn g05_a_log_cut_or_torn_anywhere_opens_at_a_commit() {
    // What stands in the book's file already was synced in the log before: no loss of power takes it there. How much that is depends
    // on the moment of the kill.
    let cuttable_of = |(folder, said): (TempDir, Said)| {
        let log = std::fs::read(folder.path().join(LOG)).unwrap();
        let (steps, kept) = (log.len() as u64 / SECTOR, written_back_bytes(folder.path()).div_ceil(SECTOR));
        (steps > kept + 300).then_some((folder, said, log, steps, kept))
    };
    let found = (0..50).find_map(|_| cuttable_of(killed()));
    let (folder, said, log, steps, kept) = found.expect("nothing to cut: all logs are written back");
    let cuttable = steps - kept;
    let mut dice = Dice::new(5);
    let mut cuts: BTreeSet<u64> = (0..SAMPLED_CUTS).map(|_| kept + dice.roll(cuttable)).collect();
    cuts.extend(steps - LAST_CUTS..=steps);
    let (mut before, mut refused) = (BTreeSet::new(), 0);
    for cut in cuts {
        // Either the rest was never written, or it is what stood on the disk before.
        for torn in [false, true] {
            let what = format!("{} at {cut} of {steps}", if torn { "torn" } else { "cut" });
            let copy = copy(folder.path());
            let mut bytes = log.clone();
            if torn {
                bytes[(cut * SECTOR) as usize..].iter_mut().for_each(|byte| *byte = dice.any() as u8);
            } else {
                bytes.truncate((cut * SECTOR) as usize);
            }
            std::fs::write(copy.path().join(LOG), bytes).unwrap();
            let rows = match open(copy.path()) {
                Ok(store) => whole(&store, &what).into_keys().collect(),
                Err(fault) => {
                    // The part of the log that made the book is gone.
                    assert_eq!(fault.kind, FaultKind::Damaged, "{what}: {fault:?}");
                    refused += 1;
                    BTreeSet::new()
                }
            };
            assert!(rows.is_superset(&before), "{what}: a longer log tells less");
            before = rows;
        }
    }
    let rows = whole(&open(copy(folder.path()).path()).unwrap(), "the whole log");
    assert!(said.acknowledged.iter().all(|number| rows.contains_key(number)), "the whole log has all");
    eprintln!(
        "a log of {steps} steps, {kept} written back: {} cuts, {refused} refused as no book",
        2 * (SAMPLED_CUTS + LAST_CUTS)
    );
}

#[test]
fn g08_a_deleted_book_is_refused_and_a_deleted_log_is_caught_by_heads_kept_elsewhere() {
    let (folder, said) = killed();
    // No book at all beside keys of members: an empty one in its place would pass for a loss of everybody.
    let deleted = copy(folder.path());
    for file in [BOOK_FILE, LOG] {
        std::fs::remove_file(deleted.path().join(file)).unwrap();
    }
    assert_eq!(open(deleted.path()).err().unwrap().kind, FaultKind::Damaged);
    assert_eq!(open(deleted.path()).err().unwrap().kind, FaultKind::Damaged, "and again");

    // The book as it was when its log was last written back: whole and older, which only a later head can tell.
    drop(open(folder.path()).unwrap());
    let places = Places::in_folder(folder.path());
    let mut child = Child::start(&Orders { places: &places, run: 1, limit: 1 << 20, faults: 0 });
    child.hear_acknowledged(30);
    child.kill();
    let deleted = copy(folder.path());
    std::fs::remove_file(deleted.path().join(LOG)).unwrap();
    let audit = |store: &Store, heads: &[_]| {
        let key = store.vault().ring().verifying_key();
        store.read(|tx| verify(tx, &key, heads, |_| ())).unwrap()
    };
    let head = audit(&open(folder.path()).unwrap(), &[]).last.unwrap();
    let store = open(deleted.path()).unwrap();
    let rows = whole(&store, "without its log");
    assert!(
        said.acknowledged.iter().all(|number| rows.contains_key(number)),
        "what was written back is there"
    );
    assert_eq!(audit(&store, &[]).broken, None, "the book alone cannot tell");
    let caught = audit(&store, &[(head.size, head.root)]).broken;
    assert_eq!(caught, Some(Broken::Elsewhere { size: head.size }));
}

#[test]
fn g08_a_stale_index_of_the_log_is_made_anew() {
    let (folder, said) = killed();
    let index = std::fs::read(folder.path().join(INDEX)).unwrap();
    let mut dice = Dice::new(8);
    let noise: Vec<u8> = index.iter().map(|_| dice.any() as u8).collect();
    let old = index.iter().enumerate().map(|(at, byte)| if at % 64 < 32 { 0 } else { *byte }).collect();
    for stale in [noise, old, Vec::new(), vec![0; index.len()]] {
        let copy = copy(folder.path());
        std::fs::write(copy.path().join(INDEX), stale).unwrap();
        let rows = whole(&open(copy.path()).unwrap(), "with a stale index");
        assert!(said.acknowledged.iter().all(|number| rows.contains_key(number)));
    }
}

/// Each column of each table with all its values; nothing where SQLite itself finds damage.
fn contents(file: &Path) -> Option<BTreeMap<String, Vec<Value>>> {
    let read = || -> rusqlite::Result<BTreeMap<String, Vec<Value>>> {
        let book = rusqlite::Connection::open(file)?;
        let mut tables = book.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut contents = BTreeMap::new();
        for table in tables {
            // As values: the names of a statement's columns panic where a flipped bit has left no UTF-8.
            let mut columns = book.prepare("SELECT name FROM pragma_table_info($1) ORDER BY cid")?;
            let columns = columns.query_map([&table], |row| row.get::<_, String>(0))?;
            let names: Vec<String> =
                columns.map(|name| Ok(format!("{table}.{}", name?))).collect::<rusqlite::Result<_>>()?;
            let mut all = book.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"))?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                for (at, name) in names.iter().enumerate() {
                    contents.entry(name.clone()).or_insert_with(Vec::new).push(row.get(at)?);
                }
            }
        }
        Ok(contents)
    };
    read().ok()
}

#[test]
fn g06_a_column_name_that_is_no_text_any_more_is_unreadable_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.db");
    let book = rusqlite::Connection::open(&file).unwrap();
    book.execute_batch(
        "CREATE TABLE things (number INTEGER, colour TEXT); INSERT INTO things VALUES (1, 'red')",
    )
    .unwrap();
    drop(book);
    assert_eq!(contents(&file).unwrap().len(), 2);
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(6).position(|word| word == b"colour").unwrap();
    bytes[at + 2] ^= 0x80;
    std::fs::write(&file, &bytes).unwrap();
    assert!(contents(&file).is_none(), "it cannot be read, and whoever reads is told");
}

#[test]
fn g06_a_flipped_bit_is_found_in_the_audit_and_the_keys_and_measured_elsewhere() {
    /// What nothing covers: plain values, and what only its member's key can check, which happens when it is read.
    const UNCOVERED: [&str; 6] = [
        "jobs.",
        "settings.",
        "counters.",
        "applied_migrations.at_us",
        "destroyed_keys.",
        "ring.secret_kind",
    ];
    const AT_USE: [&str; 2] = ["audit_entries.detail_sealed", "member_keys.made_us"];
    let engine = sqlite();
    let store = engine.open();
    // Enough that the pages with contents outweigh those of empty tables.
    for number in 0..1_000 {
        request::write(&store, number).unwrap();
    }
    store.vault().destroy(&[store.vault().allot(NOW_US).unwrap().0], NOW_US).unwrap();
    drop(store);
    let mut dice = Dice::new(6);
    for file in [BOOK_FILE, KEYS_FILE] {
        let bytes = std::fs::read(engine.folder().join(file)).unwrap();
        let good = contents(&engine.folder().join(file)).unwrap();
        let (mut refused, mut found, mut unreadable, mut no_effect) = (0, 0, 0, 0);
        let mut silent: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..FLIPS {
            let bit = dice.roll(8 * bytes.len() as u64) as usize;
            let copy = copy(engine.folder());
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(copy.path().join(file), &flipped).unwrap();
            let changed = contents(&copy.path().join(file));
            let sound = match open(copy.path()) {
                Err(_) => {
                    refused += 1;
                    continue;
                }
                Ok(store) => check(&store, Against::default(), |_, _| ()).is_sound(),
            };
            if !sound {
                found += 1;
                continue;
            }
            // In the text of the schema: whoever uses that table is told, and the check does not look there.
            let Some(changed) = changed else {
                unreadable += 1;
                continue;
            };
            let differing: Vec<&String> =
                good.keys().filter(|name| changed.get(*name) != good.get(*name)).collect();
            if differing.is_empty() {
                no_effect += 1;
            }
            for column in differing {
                let known = UNCOVERED.iter().chain(&AT_USE).any(|name| column.starts_with(name));
                assert!(known, "{file}: bit {bit} changed {column}, and nobody noticed");
                *silent.entry(column.clone()).or_default() += 1;
            }
        }
        eprintln!(
            "{file}: {FLIPS} flipped bits: {refused} refused at the start, {found} found by the check, {unreadable} unreadable and not found by it, {no_effect} in space without contents, not found: {silent:?}"
        );
        assert!(refused + found > FLIPS / 10, "{file}: hardly anything was found");
    }
}
