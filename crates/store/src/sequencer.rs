//! Orders the audit on a server: one process at a time, within a second of each commit.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::audit::order;
use crate::db::Tx;
use crate::fault::Fault;
use crate::keys::member::Vault;
use crate::writer::{Request, Verdict, Writers};

/// The longest that an entry waits for its place when nobody wakes the sequencer: another process wrote it.
const PERIOD: Duration = Duration::from_millis(500);

/// Entries of a round after which more are gathered before the next one: a chain's evening would otherwise order all the time, and a
/// round costs nearly the same for a few of them and for fifty.
const MANY: u32 = 16;

/// For how long.
const GATHERING: Duration = Duration::from_millis(50);

/// The thread that asks for the order.
pub(crate) struct Sequencer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

/// Tells the sequencer.
pub(crate) struct Waker(SyncSender<()>);

impl Waker {
    /// Something was written.
    pub(crate) fn wake(&self) {
        // Full means that it is about to look anyway.
        let _full = self.0.try_send(());
    }
}

impl Sequencer {
    pub(crate) fn start(writers: &Arc<Writers>, vault: &Arc<Vault>) -> Result<Sequencer, Fault> {
        let (wake, woken) = sync_channel(1);
        // Weak: the writers end when the book is closed, not when this thread has noticed it.
        let (writers, vault) = (Arc::downgrade(writers), Arc::clone(vault));
        let fault = Arc::new(Mutex::new(None));
        let told = Arc::clone(&fault);
        let thread = std::thread::Builder::new()
            .name("book-sequencer".to_owned())
            .spawn(move || work(&woken, &writers, &vault, &told))
            .map_err(|error| Fault::broken(format!("start the sequencer: {error}")))?;
        Ok(Sequencer { wake: Some(wake), thread: Some(thread), fault })
    }

    /// Why the last round ordered nothing, when it failed. A thread that has ended is a failure too.
    pub(crate) fn fault(&self) -> Option<Fault> {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Some(Fault::broken("the sequencer has ended"));
        }
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// To be told when something was written. The thread does not end before it is dropped.
    pub(crate) fn waker(&self) -> Option<Waker> {
        self.wake.clone().map(Waker)
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // Its own panic has been printed.
            drop(thread.join());
        }
    }
}

fn work(woken: &Receiver<()>, writers: &Weak<Writers>, vault: &Arc<Vault>, fault: &Mutex<Option<Fault>>) {
    let mut before = 0;
    loop {
        let closing = matches!(woken.recv_timeout(PERIOD), Err(RecvTimeoutError::Disconnected));
        if before >= MANY && !closing {
            std::thread::sleep(GATHERING);
        }
        let Some(writers) = writers.upgrade() else { return };
        let (done, waiting) = sync_channel(1);
        writers.ask(Box::new(Order { vault: Arc::clone(vault), ordered: 0, done }));
        drop(writers);
        // The next round tries again; until it succeeds, the failure is there to be seen.
        let ordered = waiting.recv().unwrap_or_else(|_| Err(Fault::broken("the writer gave no answer")));
        before = *ordered.as_ref().unwrap_or(&0);
        *fault.lock().unwrap_or_else(PoisonError::into_inner) = ordered.err();
        if closing {
            return;
        }
    }
}

struct Order {
    vault: Arc<Vault>,
    ordered: u32,
    done: SyncSender<Result<u32, Fault>>,
}

impl Request for Order {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<Verdict, Fault> {
        self.ordered = order::order(tx, &self.vault.ring())?;
        Ok(if self.ordered > 0 { Verdict::Keep } else { Verdict::TakeBack })
    }

    fn answer(self: Box<Self>, committed: Result<(), Fault>) {
        // Nobody waits once the book is closed.
        let _closed = self.done.send(committed.map(|()| self.ordered));
    }
}
