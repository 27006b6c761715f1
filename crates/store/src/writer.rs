//! Threads that write: they drain a bounded queue, run its requests in a transaction, and answer after the commit.
//!
//! On SQLite there is one, and its requests share a commit: the cost of a sync is paid once for all that came meanwhile. A
//! request that is refused takes back what it did and nothing else. That needs a savepoint for each, which costs a copy of
//! every page that the request changes: so a batch is run without them first, because those that are refused have mostly
//! changed nothing, and once more with them when one of several has. On a server there are several writers with a commit each, and one
//! that is refused runs once more too; a request that lost against another one is run again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::commits::Commits;
use crate::db::{Connection, Tx};
use crate::devices::known::KnownDevices;
use crate::dialect::{self, Place, Use};
use crate::fault::{Fault, FaultKind};
use crate::write_back::WriteBack;

/// Requests that wait for a writer. More are refused: who comes later is told at once.
const QUEUE_MAX: usize = 4_096;

/// How often a request that lost against another is run again.
const CONFLICT_RETRIES_MAX: u32 = 20;

/// Losses after which a request gets the book for itself, among this process's writers. With four of them that want one
/// row, each loses three times of four: twenty losses in a row happened to one request in three hundred.
const LOSSES_BESIDE_MAX: u32 = 3;

/// How often a writer that was asked nothing looks whether the book is closed.
const IDLE_WAKE: Duration = Duration::from_millis(200);

/// Whether a request's changes stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They are part of the commit.
    Keep,
    /// The request was refused by a rule: nothing of it stays.
    TakeBack,
}

/// Something to be done in a transaction. It may run several times before it is answered once.
pub(crate) trait Request: Send {
    /// Does it.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<Verdict, Fault>;
    /// Whether the rows that it changes keep apart what must not run beside it: [`crate::store::Store::write_by_rows`].
    fn is_by_rows(&self) -> bool {
        false
    }
    /// Tells whoever waits. `committed` says whether what [`Request::run`] did is durable.
    fn answer(self: Box<Self>, committed: Result<(), Fault>);
}

/// Runs at the end of each transaction that changed something, before its commit.
pub(crate) type BeforeCommit = dyn Fn(&mut Tx<'_>) -> Result<(), Fault> + Send + Sync;

/// What is done at the end of transactions.
#[derive(Clone)]
pub(crate) struct Ends {
    /// Before the commit of each that changed something.
    pub(crate) before_commit: Arc<BeforeCommit>,
    /// Told after it.
    pub(crate) commits: Arc<Commits>,
    /// Forgotten when one was changed, before whoever changed it is answered.
    pub(crate) devices: Arc<KnownDevices>,
}

/// The threads and their queue.
pub(crate) struct Writers {
    queue: Option<SyncSender<Box<dyn Request>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    /// Starts the writers of a book that is migrated.
    ///
    /// # Errors
    /// When a connection cannot be opened.
    pub(crate) fn start(place: &Place, ends: &Ends, halted: &Arc<AtomicBool>) -> Result<Writers, Fault> {
        let (queue, requests) = sync_channel(QUEUE_MAX);
        let requests = Arc::new(Mutex::new(requests));
        let mut threads = Vec::new();
        let alone = Arc::new(RwLock::new(()));
        for number in 0..place.writers() {
            let mut connection = dialect::connect(place, Use::Write)?;
            let write_back = WriteBack::start(place, &mut connection, halted)?;
            let mut writer = Writer {
                connection,
                write_back,
                place: place.clone(),
                requests: Arc::clone(&requests),
                ends: ends.clone(),
                changed: false,
                halted: Arc::clone(halted),
                alone: Arc::clone(&alone),
            };
            let thread = std::thread::Builder::new()
                .name(format!("book-writer-{number}"))
                .spawn(move || writer.work())
                .map_err(|error| Fault::broken(format!("start a writer: {error}")))?;
            threads.push(thread);
        }
        Ok(Writers { queue: Some(queue), threads })
    }

    /// Puts a request into the queue.
    pub(crate) fn ask(&self, request: Box<dyn Request>) {
        let refused = match &self.queue {
            None => Some((request, Fault::new(FaultKind::Halted, "the book is closed"))),
            Some(queue) => match queue.try_send(request) {
                Ok(()) => None,
                Err(TrySendError::Full(request)) => {
                    Some((request, Fault::new(FaultKind::Overloaded, "the queue of the writer is full")))
                }
                Err(TrySendError::Disconnected(request)) => {
                    Some((request, Fault::new(FaultKind::Halted, "the writer has ended")))
                }
            },
        };
        if let Some((request, fault)) = refused {
            request.answer(Err(fault));
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        // What is in the queue is still done: somebody waits for it.
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A writer catches the panics of its requests; one of its own has been printed by the panic itself.
            drop(thread.join());
        }
    }
}

/// The answer of each request of a batch, or the fault of all.
type Outcome = Result<Vec<Result<(), Fault>>, Fault>;

/// Whether what one request of a transaction did can be taken back without the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    No,
    BySavepoints,
}

/// How the requests of a transaction ran.
enum Ran {
    /// To the end: the answers, when it is committed.
    All(Vec<Result<(), Fault>>),
    /// There was one, and nothing of it is to stay.
    Nothing(Vec<Result<(), Fault>>),
    /// One of several is to be taken back, and has changed something.
    TakeApart,
}

/// Whether a transaction lost against another one. Where rows decide, so it is for an id that somebody else has just taken: run again,
/// it finds him.
fn lost(fault: &Fault, by_rows: bool) -> bool {
    dialect::is_conflict(fault) || (by_rows && dialect::is_duplicate(fault))
}

struct Writer {
    connection: Connection,
    /// Where the database is a file.
    write_back: Option<WriteBack>,
    place: Place,
    requests: Arc<Mutex<Receiver<Box<dyn Request>>>>,
    ends: Ends,
    /// Whether the transaction of now changed something.
    changed: bool,
    /// Of the whole store: the keys' file may be the one that failed.
    halted: Arc<AtomicBool>,
    /// Held by all that write beside each other, or by the one that lost too often.
    alone: Arc<RwLock<()>>,
}

impl Writer {
    fn work(&mut self) {
        while let Some(batch) = self.next_batch() {
            if batch.is_empty() {
                continue;
            }
            if self.halted.load(Ordering::Acquire) {
                let fault = Fault::new(FaultKind::Halted, "an earlier write failed");
                batch.into_iter().for_each(|request| request.answer(Err(fault.clone())));
                continue;
            }
            self.serve(batch);
        }
    }

    /// Waits for a request and takes what came with it; `None` when the book is closed.
    fn next_batch(&self) -> Option<Vec<Box<dyn Request>>> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = match requests.recv_timeout(IDLE_WAKE) {
            Ok(request) => vec![request],
            // The lock goes round: with several writers none must sit on it.
            Err(RecvTimeoutError::Timeout) => return Some(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => return None,
        };
        while batch.len() < self.place.requests_per_commit() {
            let Ok(request) = requests.try_recv() else { break };
            batch.push(request);
        }
        Some(batch)
    }

    fn serve(&mut self, mut batch: Vec<Box<dyn Request>>) {
        let mut outcome = self.beside_others(&mut batch);
        let by_rows = self.is_by_rows(&batch);
        for losses in 1..=CONFLICT_RETRIES_MAX {
            match &outcome {
                Err(fault) if lost(fault, by_rows) || self.can_reconnect(fault) => {
                    outcome = if losses <= LOSSES_BESIDE_MAX {
                        self.beside_others(&mut batch)
                    } else {
                        self.alone(&mut batch)
                    };
                }
                _ => break,
            }
        }
        if self.connection.take_devices_changed() {
            self.ends.devices.forget();
        }
        match outcome {
            Ok(answers) => {
                // These are durable, whatever the log says next.
                batch.into_iter().zip(answers).for_each(|(request, answer)| request.answer(answer));
                if self.changed {
                    self.ends.commits.told();
                    self.look_after_log();
                }
            }
            Err(fault) => {
                if fault.kind == FaultKind::Halted {
                    // A sync that failed once may have lost what the system had taken: never ask again.
                    self.halted.store(true, Ordering::Release);
                }
                batch.into_iter().for_each(|request| request.answer(Err(fault.clone())));
            }
        }
    }

    fn look_after_log(&mut self) {
        if let Some(write_back) = &mut self.write_back
            && write_back.after_commit(&mut self.connection).is_err()
        {
            // A sync that failed once may have lost what the system had taken: never ask again.
            self.halted.store(true, Ordering::Release);
        }
    }

    fn beside_others(&mut self, batch: &mut [Box<dyn Request>]) -> Outcome {
        let alone = Arc::clone(&self.alone);
        let _beside = alone.read().unwrap_or_else(PoisonError::into_inner);
        self.transaction(batch)
    }

    fn alone(&mut self, batch: &mut [Box<dyn Request>]) -> Outcome {
        let alone = Arc::clone(&self.alone);
        let _alone = alone.write().unwrap_or_else(PoisonError::into_inner);
        self.transaction(batch)
    }

    /// A connection that broke before the commit was asked for has changed nothing: open another one. One that broke during
    /// the commit may have, and is [`FaultKind::Unknown`].
    fn can_reconnect(&mut self, fault: &Fault) -> bool {
        // A server that shuts down says so before the connection has noticed.
        if fault.kind != FaultKind::Unreachable || self.connection.answers() {
            return false;
        }
        match dialect::connect(&self.place, Use::Write) {
            Ok(connection) => {
                self.connection = connection;
                true
            }
            Err(_) => false,
        }
    }

    /// Runs the batch and commits. The outer fault is that of all requests, an inner one that of a single request.
    fn transaction(&mut self, batch: &mut [Box<dyn Request>]) -> Outcome {
        // Without savepoints first: most requests are refused by nobody.
        if (self.connection.rows_changed().is_some() || batch.len() == 1)
            && let Some(answers) = self.attempt(batch, Apart::No)?
        {
            return Ok(answers);
        }
        let answers = self.attempt(batch, Apart::BySavepoints)?;
        answers.ok_or_else(|| Fault::broken("requests were not kept apart by savepoints"))
    }

    /// One transaction; nothing of it stays, and there is no answer, when the requests must be kept apart and are not.
    fn attempt(
        &mut self,
        batch: &mut [Box<dyn Request>],
        apart: Apart,
    ) -> Result<Option<Vec<Result<(), Fault>>>, Fault> {
        if self.is_by_rows(batch) {
            dialect::begin_write_by_rows(&mut self.connection)?;
        } else {
            dialect::begin_write(&mut self.connection)?;
        }
        match self.run_all(batch, apart) {
            Ok(Ran::All(answers)) => match self.connection.batch("COMMIT") {
                Ok(()) => Ok(Some(answers)),
                Err(fault) => {
                    self.take_back();
                    let unknown = fault.kind == FaultKind::Unreachable;
                    Err(if unknown { Fault { kind: FaultKind::Unknown, ..fault } } else { fault })
                }
            },
            Ok(Ran::Nothing(answers)) => {
                self.take_back();
                Ok(Some(answers))
            }
            Ok(Ran::TakeApart) => {
                self.take_back();
                Ok(None)
            }
            Err(fault) => {
                self.take_back();
                Err(fault)
            }
        }
    }

    fn take_back(&mut self) {
        // SQLite has often taken back by itself, and a server that is gone has too: then there is nothing left to do.
        drop(self.connection.batch("ROLLBACK"));
    }

    fn run_all(&mut self, batch: &mut [Box<dyn Request>], apart: Apart) -> Result<Ran, Fault> {
        let (mut answers, mut changed) = (Vec::with_capacity(batch.len()), false);
        let alone = batch.len() == 1;
        let by_rows = self.is_by_rows(batch);
        for request in batch {
            if apart == Apart::BySavepoints {
                self.connection.batch("SAVEPOINT request")?;
            }
            let before = self.connection.rows_changed();
            let ran = {
                let mut tx = self.connection.tx();
                catch_unwind(AssertUnwindSafe(|| request.run(&mut tx)))
                    .unwrap_or_else(|_| Err(Fault::broken("a request panicked")))
            };
            let answer = match ran {
                Ok(Verdict::Keep) => {
                    changed = true;
                    if apart == Apart::BySavepoints {
                        self.connection.batch("RELEASE SAVEPOINT request")?;
                    }
                    answers.push(Ok(()));
                    continue;
                }
                Ok(Verdict::TakeBack) => Ok(()),
                // These are about the whole transaction, not about this request.
                Err(fault) if fault.is_of_all() || (alone && lost(&fault, by_rows)) => return Err(fault),
                Err(fault) => Err(fault),
            };
            match apart {
                Apart::BySavepoints => self.take_back_request()?,
                // It is not known what changed something on a server. There a refusal is committed too, so that what it has read fits.
                Apart::No if before.is_none() => return Ok(Ran::TakeApart),
                // The transaction is this request's alone.
                Apart::No if alone => {
                    self.changed = false;
                    return Ok(Ran::Nothing(vec![answer]));
                }
                Apart::No if before == self.connection.rows_changed() => {}
                Apart::No => return Ok(Ran::TakeApart),
            }
            answers.push(answer);
        }
        self.changed = changed;
        if changed {
            let mut tx = self.connection.tx();
            // A panic here is about all of them, and must not end the writer.
            catch_unwind(AssertUnwindSafe(|| (self.ends.before_commit)(&mut tx)))
                .unwrap_or_else(|_| Err(Fault::broken("the end of a transaction panicked")))?;
        }
        Ok(Ran::All(answers))
    }

    /// Whether rows keep these requests apart from others. A file has one writer: nothing runs beside it, and a row that is there already
    /// is a fault.
    fn is_by_rows(&self, batch: &[Box<dyn Request>]) -> bool {
        matches!(self.place, Place::Server(_)) && batch.iter().all(|request| request.is_by_rows())
    }

    fn take_back_request(&mut self) -> Result<(), Fault> {
        self.connection.batch("ROLLBACK TO SAVEPOINT request; RELEASE SAVEPOINT request")
    }
}
