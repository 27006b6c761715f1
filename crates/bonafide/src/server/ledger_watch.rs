//! The ledger of points is looked through at the start and once a day: whoever edits the database to have more points is found, and the
//! log names the row (case T-26).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bonafide_store::ledger::verify::{Mismatch, verify};

use crate::failure::Failure;
use crate::server::app::{App, Shared};

/// How long it rests between two looks.
const EVERY: Duration = Duration::from_hours(24);

/// How long it sleeps at once, so that the server stops soon.
const NAP: Duration = Duration::from_millis(200);

/// Mismatches that the log names one by one.
const NAMED_MAX: i64 = 100;

/// The thread that looks. Dropping it ends it, after the look that it is in.
pub struct LedgerWatch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LedgerWatch {
    /// Begins with a look.
    ///
    /// # Errors
    /// `io` when the system has no thread left.
    pub fn start(app: &Shared) -> Result<LedgerWatch, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, app) = (Arc::clone(&stop), Arc::clone(app));
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || {
            while !told.load(Ordering::Acquire) {
                if let Err(failure) = look(&app) {
                    tracing::error!(key = failure.key, cause = %failure.message, "the ledger was not looked through");
                }
                let begun = Instant::now();
                while begun.elapsed() < EVERY && !told.load(Ordering::Acquire) {
                    std::thread::sleep(NAP);
                }
            }
        });
        let thread = thread.map_err(|error| Failure::new("io", error.to_string()))?;
        Ok(LedgerWatch { stop, thread: Some(thread) })
    }
}

impl Drop for LedgerWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It has said why, if it has panicked.
            drop(thread.join());
        }
    }
}

/// One look; tells how much does not fit, which the metrics count too.
///
/// # Errors
/// The keys of faults when the book cannot be read.
pub fn look(app: &App) -> Result<i64, Failure> {
    let mut found = 0;
    let named = |mismatch: Mismatch| {
        found += 1;
        if found <= NAMED_MAX {
            tracing::error!(?mismatch, "points are not what their transfers make: compare with a backup");
        }
    };
    let wallets = verify(&app.store, named)?;
    app.metrics.ledger_mismatches.set(found);
    tracing::info!(wallets, found, "the ledger was looked through");
    Ok(found)
}
