//! The child: this same test program, started again to run one test only, which then writes until it is ended.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use bonafide_store::dialect::Place;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::store::{Places, Store};

use crate::crash::request;
use crate::engines::{NOW_US, secret, sqlite};

const TEST: &str = "crash::child::a_child_writes_and_acknowledges";
const FOLDER: &str = "BONAFIDE_CHILD_FOLDER";
const SERVERS: &str = "BONAFIDE_CHILD_SERVERS";
const RUN: &str = "BONAFIDE_CHILD_RUN";
const LIMIT: &str = "BONAFIDE_CHILD_LIMIT";
const FAULTS: &str = "BONAFIDE_CHILD_FAULTS";

/// Threads that ask at the same time.
const THREADS: u64 = 4;

/// Each so many requests of the first thread, a key is destroyed.
const DESTROYED_EVERY: u64 = 12;

/// What a child is to do.
pub(crate) struct Orders<'a> {
    pub(crate) places: &'a Places,
    /// Makes the numbers of this run different from those of every other.
    pub(crate) run: u64,
    /// Requests of each thread.
    pub(crate) limit: u64,
    /// Faults after which the child ends: the parent has seen enough.
    pub(crate) faults: u64,
}

/// What a child has said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The book was open.
    pub(crate) opened: bool,
    /// Requests that the store answered as durable.
    pub(crate) acknowledged: BTreeSet<u64>,
    /// Keys whose destruction it answered as durable.
    pub(crate) destroyed: Vec<Id>,
    /// Requests that failed, in the order of the answers, with the kind of fault.
    pub(crate) faults: Vec<(u64, String)>,
    /// `ack` and `no` in the order of the answers.
    pub(crate) order: Vec<&'static str>,
    /// After the end: could it read, has writing stopped?
    pub(crate) end: Option<String>,
    /// Everything else: a panic.
    pub(crate) other: String,
}

impl Said {
    pub(crate) fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match *words.as_slice() {
            ["opened"] => self.opened = true,
            ["ack", number] => {
                self.order.push("ack");
                self.acknowledged.insert(number.parse().unwrap());
            }
            ["gone", id] => self.destroyed.push(Id::parse(id).unwrap()),
            ["no", number, kind] => {
                self.order.push("no");
                self.faults.push((number.parse().unwrap(), kind.to_owned()));
            }
            ["end", how] => self.end = Some(how.to_owned()),
            _ => self.other += &format!("{line}\n"),
        }
    }
}

/// A child at work.
pub(crate) struct Child {
    process: std::process::Child,
    lines: BufReader<ChildStderr>,
    pub(crate) said: Said,
}

/// The command that starts a child; it may be put into another command.
pub(crate) fn command(program: &Path, orders: &Orders<'_>) -> Command {
    let mut command = Command::new(program);
    if program == exe() {
        command.args(arguments());
    }
    command
        .env(FOLDER, &orders.places.folder)
        .env(RUN, orders.run.to_string())
        .env(LIMIT, orders.limit.to_string())
        .env(FAULTS, orders.faults.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let (Place::Server(book), Place::Server(keys)) = (&orders.places.book, &orders.places.keys) {
        command.env(SERVERS, format!("{book}|{keys}"));
    }
    command
}

pub(crate) fn exe() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// What makes this program run the one test.
pub(crate) fn arguments() -> [&'static str; 4] {
    ["--exact", TEST, "--nocapture", "--test-threads=1"]
}

impl Child {
    pub(crate) fn start(orders: &Orders<'_>) -> Child {
        Child::of(command(&exe(), orders))
    }

    pub(crate) fn of(mut command: Command) -> Child {
        let mut process = command.spawn().expect("the child starts");
        let lines = BufReader::new(process.stderr.take().unwrap());
        Child { process, lines, said: Said::default() }
    }

    /// Waits for the next line; false at the end. A line without its end was not said.
    pub(crate) fn hear(&mut self) -> bool {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let whole = line.strip_suffix('\n');
        if let Some(line) = whole {
            self.said.hear(line);
        }
        whole.is_some()
    }

    /// Waits until so many requests are acknowledged, or the end.
    pub(crate) fn hear_acknowledged(&mut self, count: usize) {
        while self.said.acknowledged.len() < count && self.hear() {}
    }

    pub(crate) fn kill(mut self) -> Said {
        self.process.kill().unwrap();
        self.end()
    }

    /// Waits for the end and gives all that was said.
    pub(crate) fn end(mut self) -> Said {
        while self.hear() {}
        self.process.wait().unwrap();
        self.said
    }
}

/// One write to the pipe, so that a killed child has said a line or not. The test harness says nothing there.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("the parent listens");
}

fn serve(orders: &Orders<'_>) {
    let &Orders { places, run, limit, faults: faults_max } = orders;
    let store = match Store::open(places, &secret(), NOW_US) {
        Ok(store) => store,
        Err(fault) => {
            say(&format!("no {run} {}", fault.kind.key()));
            say("end not_opened");
            return;
        }
    };
    say("opened");
    let faults = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, faults) = (&store, &faults);
            scope.spawn(move || {
                for step in 0..limit {
                    let number = (run << 32) | (thread << 24) | step;
                    match request::write(store, number) {
                        Ok(()) if request::is_refused(number) => {}
                        Ok(()) => say(&format!("ack {number}")),
                        Err(fault) => {
                            say(&format!("no {number} {}", fault.kind.key()));
                            if faults.fetch_add(1, Ordering::Relaxed) >= faults_max {
                                return;
                            }
                        }
                    }
                    if thread == 0 && step % DESTROYED_EVERY == 5 {
                        destroy_one(store, number);
                    }
                }
            });
        }
    });
    let reads = store.read(|tx| tx.query_one("SELECT COUNT(*) FROM settings", &[])).is_ok();
    say(&format!("end reads={reads},halted={}", store.is_halted()));
}

fn destroy_one(store: &Store, number: u64) {
    let destroyed: Result<Id, Fault> = store.vault().allot(NOW_US).and_then(|(id, _)| {
        store.vault().destroy(&[id], NOW_US)?;
        Ok(id)
    });
    match destroyed {
        Ok(id) => say(&format!("gone {id}")),
        Err(fault) => say(&format!("no {number} {}", fault.kind.key())),
    }
}

/// As a test among others it starts itself, and hears what it says.
#[test]
fn a_child_writes_and_acknowledges() {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(folder) = variable(FOLDER) {
        let folder = PathBuf::from(folder);
        let mut places = Places::in_folder(&folder);
        if let Some(servers) = variable(SERVERS) {
            let (book, keys) = servers.split_once('|').unwrap();
            places.book = Place::Server(book.to_owned());
            places.keys = Place::Server(keys.to_owned());
        }
        let number = |name: &str| variable(name).unwrap().parse().unwrap();
        serve(&Orders { places: &places, run: number(RUN), limit: number(LIMIT), faults: number(FAULTS) });
        return;
    }
    let engine = sqlite();
    let said = Child::start(&Orders { places: &engine.places, run: 3, limit: 14, faults: 0 }).end();
    assert_eq!(said.other, "");
    let expected = (0..THREADS).flat_map(|thread| (0..14).map(move |step| (3 << 32) | (thread << 24) | step));
    let expected: BTreeSet<u64> = expected.filter(|number| !request::is_refused(*number)).collect();
    assert_eq!(said.acknowledged, expected);
    assert_eq!(said.destroyed.len(), 1);
    assert_eq!(said.end.as_deref(), Some("reads=true,halted=false"));
    let store = engine.open();
    let rows = request::whole(&store, "the child's book");
    assert!(rows.keys().eq(expected.iter()));
    request::keys_open(&store, rows.into_iter(), "the child's book");
}
