//! T-04, T-08: tills that write down their ids before they ask, are killed with the program, and ask again with the same ids: nothing
//! is lost, and nothing is done twice.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use bonafide_domain::ledger::{Answer, Asked, Command, Points};
use bonafide_store::dialect::Place;
use bonafide_store::id::Id;
use bonafide_store::ledger::verify::verify;
use bonafide_store::store::{Places, Store};
use bonafide_testkit::dice::Dice;

use crate::crash::child::{Child, exe};
use crate::crash::kill::{number_from, spin};
use crate::engines::{Engine, NOW_US, postgres, secret, sqlite};
use crate::ledger::{asked, enrolled, give, hold, posted, programme, stands};

const TEST: &str = "crash::till::tills_buy_until_they_are_killed";
const FOLDER: &str = "BONAFIDE_TILLS_FOLDER";
const SERVERS: &str = "BONAFIDE_TILLS_SERVERS";
const WALLETS: &str = "BONAFIDE_TILLS_WALLETS";

const CYCLES_VARIABLE: &str = "BONAFIDE_KILL_CYCLES";
const CYCLES: u64 = 40;
const SERVER_CYCLES: u64 = 10;

/// Tills at once. Each has a wallet of its own, and all have one more.
const TILLS: u64 = 4;
const HOUR_US: i64 = 3_600_000_000;

/// Of each purchase: what it earns, what it holds, what it takes of that.
const EARNED: u64 = 10;
const HELD: u64 = 8;
const TAKEN: u64 = 5;

/// The requests of a purchase, by the number of which they are made.
fn number(till: u64, purchase: u64, step: u64) -> u64 {
    (till << 48) | (purchase << 8) | step
}

/// One purchase; says whether all of it had been done before.
fn buy(store: &Store, wallet: Id, till: u64, purchase: u64) -> bool {
    let number = |step| number(till, purchase, step);
    let until_us = NOW_US + HOUR_US;
    let hold_asked: Asked = asked(number(2));
    let capture = Command::Capture { hold: hold_asked, points: Points::parse(TAKEN).unwrap() };
    let requests = [(1, give(EARNED)), (2, hold(HELD, until_us)), (3, capture)];
    let answers =
        requests.map(|(step, command)| posted(store, wallet, number(step), NOW_US, command).unwrap());
    answers.iter().all(|answer| matches!(answer, Answer::Before(_)))
}

fn book_of(folder: &Path, till: u64) -> PathBuf {
    folder.join(format!("till-{till}.txt"))
}

/// The purchases that a till has begun: each stands in its book before it is asked for.
fn begun(folder: &Path, till: u64) -> u64 {
    std::fs::read(book_of(folder, till)).map_or(0, |lines| lines.len() as u64)
}

fn serve(places: &Places, wallets: &[Id]) {
    let store = Store::open(places, &secret(), NOW_US).unwrap();
    std::thread::scope(|scope| {
        for till in 0..TILLS {
            let (store, folder) = (&store, &places.folder);
            scope.spawn(move || {
                let mut book =
                    OpenOptions::new().create(true).append(true).open(book_of(folder, till)).unwrap();
                let wallet = |purchase: u64| {
                    wallets[if purchase.is_multiple_of(2) { till as usize } else { TILLS as usize }]
                };
                // The last one may have been cut off: it is asked for again, with the same ids.
                if let Some(last) = begun(folder, till).checked_sub(1) {
                    buy(store, wallet(last), till, last);
                }
                for purchase in begun(folder, till).. {
                    book.write_all(b".").unwrap();
                    book.sync_data().unwrap();
                    buy(store, wallet(purchase), till, purchase);
                    std::io::stderr()
                        .write_all(format!("ack {}\n", number(till, purchase, 0)).as_bytes())
                        .unwrap();
                }
            });
        }
    });
}

fn child(engine: &Engine, wallets: &[Id]) -> Child {
    let mut command = std::process::Command::new(exe());
    command
        .args(["--exact", TEST, "--nocapture", "--test-threads=1"])
        .env(FOLDER, engine.folder())
        .env(WALLETS, wallets.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped());
    if let (Place::Server(book), Place::Server(keys)) = (&engine.places.book, &engine.places.keys) {
        command.env(SERVERS, format!("{book}|{keys}"));
    }
    Child::of(command)
}

fn kill_cycles(engine: &Engine, cycles: u64) {
    let store = engine.open();
    let programme = programme(&store);
    let wallets: Vec<Id> =
        (0..=TILLS).map(|_| enrolled(&store, crate::club::member(&store, "Somebody"), programme)).collect();
    drop(store);
    let mut dice = Dice::new(0x7111);
    let mut acknowledged = 0;
    for cycle in 0..cycles {
        let mut child = child(engine, &wallets);
        child.hear_acknowledged(5 + dice.roll(60) as usize);
        spin(std::time::Duration::from_micros(dice.roll(5_000)));
        let said = child.kill();
        assert_eq!((said.other.as_str(), said.faults.len()), ("", 0), "{} {cycle}: {said:?}", engine.name);
        acknowledged += said.acknowledged.len();
        let store = engine.open();
        let mut sum = 0;
        for till in 0..TILLS {
            let count = begun(engine.folder(), till);
            // What was acknowledged is there, and asking again for the last one finishes it.
            for number in said.acknowledged.iter().filter(|number| *number >> 48 == till) {
                let purchase = (number & 0xFFFF_FFFF_FFFF) >> 8;
                let wallet = wallets[if purchase.is_multiple_of(2) { till as usize } else { TILLS as usize }];
                assert!(buy(&store, wallet, till, purchase), "{}: answered and lost: {number}", engine.name);
            }
            if let Some(last) = count.checked_sub(1) {
                buy(&store, wallets[if last % 2 == 0 { till as usize } else { TILLS as usize }], till, last);
            }
            sum += count;
        }
        let found: u64 = wallets.iter().map(|wallet| stands(&store, *wallet, NOW_US).spendable).sum();
        assert_eq!(found, sum * (EARNED - TAKEN), "{} {cycle}: {sum} purchases", engine.name);
        let mut wrong = Vec::new();
        verify(&store, |mismatch| wrong.push(mismatch)).unwrap();
        assert_eq!(wrong, [], "{} {cycle}", engine.name);
    }
    eprintln!(
        "{}: killed {cycles} times, {acknowledged} purchases answered, none lost, none twice",
        engine.name
    );
    assert!(acknowledged as u64 > cycles * TILLS, "hardly anything was bought: this shows nothing");
}

#[test]
fn t04_tills_that_repeat_themselves_after_a_kill_lose_nothing_and_double_nothing() {
    kill_cycles(&sqlite(), number_from(CYCLES_VARIABLE, CYCLES));
    if let Some(engine) = postgres() {
        kill_cycles(&engine, number_from(CYCLES_VARIABLE, SERVER_CYCLES * 10) / 10);
    }
}

/// As a test among others it buys once and again; with orders it is the child.
#[test]
fn tills_buy_until_they_are_killed() {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(folder) = variable(FOLDER) {
        let mut places = Places::in_folder(Path::new(&folder));
        if let Some(servers) = variable(SERVERS) {
            let (book, keys) = servers.split_once('|').unwrap();
            places.book = Place::Server(book.to_owned());
            places.keys = Place::Server(keys.to_owned());
        }
        let wallets = variable(WALLETS).unwrap();
        let wallets: Vec<Id> = wallets.split(',').map(|id| Id::parse(id).unwrap()).collect();
        serve(&places, &wallets);
        return;
    }
    let engine = sqlite();
    let store = engine.open();
    let wallet = crate::ledger::wallet(&store);
    assert!(!buy(&store, wallet, 1, 1));
    assert!(buy(&store, wallet, 1, 1), "everything was done before");
    assert_eq!(stands(&store, wallet, NOW_US).spendable, EARNED - TAKEN);
}
