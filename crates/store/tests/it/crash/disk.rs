//! G-03 and G-04: the disk is full, a sync fails, the power goes.
//!
//! The failing disk is a small library in front of the child's C library, built here with the machine's compiler.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bonafide_store::store::Places;
use tempfile::TempDir;

use crate::crash::child::{self, Child, Orders, Said};
use crate::crash::request::{keys_open, whole};
use crate::engines::{Engine, sqlite};

/// The failing disk, built; `None`, loudly, without a compiler.
pub(crate) struct BadDisk {
    folder: TempDir,
}

impl BadDisk {
    pub(crate) fn build() -> Option<BadDisk> {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/crash/bad_disk.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(folder.path().join("bad_disk.so"))
            .arg(source)
            .arg("-ldl")
            .status();
        match built {
            Ok(status) => {
                assert!(status.success(), "cc does not build the failing disk");
                Some(BadDisk { folder })
            }
            Err(error) => {
                not_run(&format!("cc: {error}"));
                None
            }
        }
    }

    /// Lets a child work on the failing disk.
    pub(crate) fn child(&self, orders: &Orders<'_>, failure: (&str, OsString)) -> Child {
        let mut command = child::command(&child::exe(), orders);
        command
            .env("LD_PRELOAD", self.folder.path().join("bad_disk.so"))
            .env("BAD_DISK_FOLDER", orders.places.folder.canonicalize().unwrap())
            .env(failure.0, failure.1);
        Child::of(command)
    }
}

/// On a developer's machine a test may be left out, loudly; in the CI never.
pub(crate) fn not_run(why: &str) {
    assert!(std::env::var_os(bonafide_testkit::cluster::REQUIRED_VARIABLE).is_none(), "{why}");
    eprintln!("NOT RUN: {why} (1 test)");
}

/// Opens the book on a good disk: all that was answered is there, and nothing by half.
fn look(engine: &Engine, said: &Said, what: &str) -> usize {
    let store = engine.open();
    let rows = whole(&store, what);
    for number in &said.acknowledged {
        assert!(rows.contains_key(number), "{what}: {number} was answered and is lost");
    }
    keys_open(&store, rows.iter().map(|(number, key)| (*number, *key)), what);
    for id in &said.destroyed {
        assert!(store.vault().key(*id).unwrap().is_none(), "{what}: {id} is back");
    }
    rows.len() - said.acknowledged.len()
}

fn kinds(said: &Said) -> Vec<&str> {
    let mut kinds: Vec<&str> = said.faults.iter().map(|(_, kind)| kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[test]
fn g04_after_the_first_failed_sync_nothing_is_written() {
    let Some(disk) = BadDisk::build() else { return };
    let (mut opened, mut unanswered, mut quiet) = (0, 0, Vec::new());
    // The first few dozen are those of the book's making, then comes the work.
    for sync in 1..=90 {
        let engine = sqlite();
        let what = format!("sync {sync} failed");
        let orders = Orders { places: &engine.places, run: 0, limit: 40, faults: 40 };
        let mut child = disk.child(&orders, ("BAD_DISK_SYNC", sync.to_string().into()));
        // Some are killed at the first fault: then nothing tidies the log up, as after a loss of power.
        let killed = sync % 3 == 0;
        while killed && child.said.faults.is_empty() && child.hear() {}
        let said = if killed { child.kill() } else { child.end() };
        assert_eq!(said.other, "", "{what}");
        if said.faults.is_empty() {
            // The sync at the close of a connection: SQLite tells nobody, and the log stays.
            quiet.push(sync);
        } else {
            assert_eq!(kinds(&said), ["writing_stopped"], "{what}: {said:?}");
        }
        if let (true, false, Some(end)) = (said.opened, said.faults.is_empty(), &said.end) {
            opened += 1;
            assert_eq!(end, "reads=true,halted=true", "{what}: {said:?}");
            // Answers that were on their way are written after the first fault; nothing that was asked later is.
            let first = said.order.iter().position(|word| *word == "no").unwrap();
            let later = said.order[first..].iter().filter(|word| **word == "ack").count();
            assert!(later < 8, "{what}: {later} answers after the first fault: {said:?}");
        }
        unanswered += look(&engine, &said, &what);
    }
    eprintln!(
        "90 failed syncs, {opened} after opening and to the end: {unanswered} requests that got the fault are there"
    );
    eprintln!("syncs of a closing connection, told to nobody: {quiet:?}");
    assert!(quiet.len() <= 2, "{quiet:?}");
    assert!(opened > 20, "{opened}: the syncs of the work were not reached");
}

#[test]
fn g03_a_full_disk_takes_nothing_by_half_and_gives_way_when_there_is_space() {
    let Some(disk) = BadDisk::build() else { return };
    let mut went_on = 0;
    for round in 0..100 {
        let engine = sqlite();
        // From the making of the book, which is most of the writes, until after the work.
        let (from, count) = (1 + round * 16, 1 + round % 13);
        let what = format!("writes {from} to {}", from + count);
        let orders = Orders { places: &engine.places, run: 0, limit: 30, faults: 40 };
        let said = disk.child(&orders, ("BAD_DISK_FULL", format!("{from},{count}").into())).end();
        assert_eq!(said.other, "", "{what}");
        // A new file whose journal cannot be set stays closed; why, SQLite does not say.
        let allowed: &[&str] = if said.opened { &["disk_full"] } else { &["disk_full", "writing_stopped"] };
        assert!(kinds(&said).iter().all(|kind| allowed.contains(kind)), "{what}: {said:?}");
        if said.opened {
            assert_eq!(said.end.as_deref(), Some("reads=true,halted=false"), "{what}: {said:?}");
            went_on += usize::from(!said.faults.is_empty() && said.order.last() == Some(&"ack"));
        }
        assert_eq!(look(&engine, &said, &what), 0, "{what}: refused requests are there");
    }
    assert!(went_on > 20, "{went_on}: it hardly ever went on");
}

/// A real file system without space: mounting one needs root.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<SmallDisk> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "none"])
            .arg(at)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(at.to_owned()));
        }
        // Not even the CI may always mount: the failing disk above is the test that must run.
        eprintln!("NOT RUN: a small file system cannot be mounted here (1 test)");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking(), "umount");
    }
}

#[test]
fn g03_a_small_file_system_fills_up_and_is_freed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else { return };
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![0; 3 << 20]).unwrap();
    let places = Places::in_folder(&disk.0);
    let mut child = Child::start(&Orders { places: &places, run: 0, limit: 1 << 22, faults: u64::MAX });
    while child.said.faults.len() < 5 && child.hear() {}
    let (before, kind) = (child.said.acknowledged.len(), child.said.faults.last().cloned());
    assert_eq!(kind.map(|(_, kind)| kind).as_deref(), Some("disk_full"), "{:?}", child.said);
    std::fs::remove_file(&ballast).unwrap();
    while child.said.acknowledged.len() < before + 50 && child.said.faults.len() < 100_000 && child.hear() {}
    let said = child.kill();
    assert_eq!(kinds(&said), ["disk_full"]);
    assert!(said.acknowledged.len() >= before + 50, "it did not go on: {before}, {said:?}");
    // The folder keeps the name; opened once more by this process.
    let store =
        bonafide_store::store::Store::open(&places, &crate::engines::secret(), crate::engines::NOW_US)
            .unwrap();
    let rows = whole(&store, "a small disk");
    assert!(said.acknowledged.iter().all(|number| rows.contains_key(number)));
    drop(store);
    eprintln!("a file system of 6 MB: {before} answers, full, {} answers in all", said.acknowledged.len());
}

/// A file may not grow: the write fails with another error than that of a full disk, and is no less final.
#[test]
fn g04_a_write_that_the_system_refuses_stops_writing() {
    let engine = sqlite();
    // Made on a good disk first.
    drop(engine.open());
    let orders = Orders { places: &engine.places, run: 0, limit: 1 << 20, faults: 40 };
    let mut command = child::command(Path::new("sh"), &orders);
    // In blocks of 512 bytes; the shell ignores the signal, and so does what it becomes.
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\""])
        .arg(child::exe())
        .args(child::arguments());
    let said = Child::of(command).end();
    assert_eq!(said.other, "");
    assert_eq!(kinds(&said), ["writing_stopped"], "{said:?}");
    assert_eq!(said.end.as_deref(), Some("reads=true,halted=true"));
    assert!(said.acknowledged.len() > 10, "{said:?}");
    look(&engine, &said, "a file that may not grow");
}
