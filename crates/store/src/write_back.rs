//! Writes a file's log back into it beside the writer, so that hardly any request waits for that.
//!
//! The log begins anew only when all of it is written back at the beginning of a transaction. While requests come all the time,
//! something has always been added meanwhile: so the thread writes back what is much, and the writer itself the few pages that
//! remain.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::JoinHandle;

use crate::db::Connection;
use crate::dialect::{self, Place, Use};
use crate::fault::Fault;

/// Pages of the log that are not written back after which the thread begins: 1 MiB. While the disk takes them, commits wait for it
/// too: often and little hurts less than seldom and much.
const WAITING_PAGES_MAX: u64 = 256;

/// Passes in a row. Each has less to do than the one before, and what remains is for the writer.
const PASSES_MAX: u32 = 4;

/// Pages of a log that is to begin anew: 16 MiB.
const PAGES_MAX: u64 = 4_096;

/// Pages that the writer writes back itself at most, while the thread keeps up: few, because everybody waits for it.
const REST_PAGES_MAX: u64 = 128;

/// Pages of a log that the writer writes back whatever remains: 64 MiB. The thread is left behind by a slow disk, or by a list of
/// members that is taken in.
const PAGES_HELD_MAX: u64 = 16_384;

/// Pages of a log that has to begin anew: 128 MiB. While large transactions come all the time, the thread keeps up and is never through,
/// and every reader looks through the whole log.
const LOG_PAGES_MAX: u64 = 32_768;

/// Pages that are added before the writer tries again: somebody who reads an older moment keeps the log from beginning anew.
const AGAIN_AFTER_PAGES: u64 = 512;

/// The thread, and how the writer wakes it.
pub(crate) struct WriteBack {
    log: Arc<Log>,
    /// Pages of the log when the writer last wrote back by itself.
    tried: u64,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Pages of the log.
#[derive(Default)]
struct Log {
    /// In it after the newest commit.
    written: AtomicU64,
    /// Of them, written back by the newest pass.
    written_back: AtomicU64,
    /// Held during a pass. SQLite refuses a second one beside it, so that a writer that must not go on has to wait for this.
    pass: Mutex<()>,
}

impl Log {
    /// A pass, for whoever holds [`Log::pass`].
    fn pass(&self, connection: &mut Connection) -> Result<u64, Fault> {
        let pages = dialect::write_log_back(connection)?;
        self.written_back.store(pages, Ordering::Release);
        Ok(pages)
    }
}

impl WriteBack {
    /// Starts the thread for the file that `writer` writes; `None` where the database is on a server.
    ///
    /// # Errors
    /// When its connection cannot be opened.
    pub(crate) fn start(
        place: &Place,
        writer: &mut Connection,
        halted: &Arc<AtomicBool>,
    ) -> Result<Option<WriteBack>, Fault> {
        let log = Arc::new(Log::default());
        let noted = Arc::clone(&log);
        if !dialect::watch_log(writer, move |pages| noted.written.store(pages, Ordering::Release))? {
            return Ok(None);
        }
        let connection = dialect::connect(place, Use::Write)?;
        let (wake, woken) = sync_channel(1);
        let (at_work, halted) = (Arc::clone(&log), Arc::clone(halted));
        let thread = std::thread::Builder::new()
            .name("book-log".to_owned())
            .spawn(move || work(connection, &woken, &at_work, &halted))
            .map_err(|error| Fault::broken(format!("start the thread of the log: {error}")))?;
        Ok(Some(WriteBack { log, tried: 0, wake: Some(wake), thread: Some(thread) }))
    }

    /// After a commit of the writer: wakes the thread when much waits, and writes back what remains when that is little.
    ///
    /// # Errors
    /// When a sync fails: nothing may be written any more.
    pub(crate) fn after_commit(&mut self, writer: &mut Connection) -> Result<(), Fault> {
        let (written, written_back) =
            (self.log.written.load(Ordering::Acquire), self.log.written_back.load(Ordering::Acquire));
        // A log that has begun anew is shorter than what was written back of the one before.
        let waiting = if written < written_back { written } else { written - written_back };
        if written < self.tried {
            self.tried = 0;
        }
        let is_late = waiting > PAGES_HELD_MAX || written > LOG_PAGES_MAX;
        let ends = written > PAGES_MAX && waiting < REST_PAGES_MAX;
        if (ends || is_late) && written > self.tried + AGAIN_AFTER_PAGES {
            self.tried = written;
            // With a little, the thread is nearly through, and is not waited for.
            let turn = match self.log.pass.try_lock() {
                Err(TryLockError::WouldBlock) if is_late => {
                    Some(self.log.pass.lock().unwrap_or_else(PoisonError::into_inner))
                }
                Err(TryLockError::WouldBlock) => None,
                Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
                Ok(turn) => Some(turn),
            };
            if turn.is_some() {
                self.log.pass(writer)?;
            }
        } else if waiting > WAITING_PAGES_MAX
            && let Some(wake) = &self.wake
        {
            // Full means that it is about to look anyway.
            let _full = wake.try_send(());
        }
        Ok(())
    }
}

impl Drop for WriteBack {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // Its own panic has been printed.
            drop(thread.join());
        }
    }
}

fn work(mut connection: Connection, woken: &Receiver<()>, log: &Log, halted: &AtomicBool) {
    while woken.recv().is_ok() {
        for _ in 0..PASSES_MAX {
            if halted.load(Ordering::Acquire) {
                break;
            }
            let turn = log.pass.lock().unwrap_or_else(PoisonError::into_inner);
            let Ok(pages) = log.pass(&mut connection) else {
                // A sync that failed once may have lost what the system had taken: never ask again.
                halted.store(true, Ordering::Release);
                break;
            };
            drop(turn);
            if pages >= log.written.load(Ordering::Acquire) {
                break;
            }
        }
    }
}
