//! What the server does by itself, every few seconds: grants that nobody used lapse, what has had its time is swept, and the
//! index of names follows what other processes of a chain did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bonafide_store::devices::sigur::quarantine;
use bonafide_store::{idempotency, passages};

use crate::failure::Failure;
use crate::server::app::{App, Shared};

/// How long it rests between two rounds.
const REST: Duration = Duration::from_secs(3);

/// How long it sleeps at once while it rests, so that the server stops soon.
const NAP: Duration = Duration::from_millis(100);

/// The thread that does the chores. Dropping it ends it, after the round that it is in.
pub struct Chores {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Chores {
    /// Begins.
    ///
    /// # Errors
    /// `io` when the system has no thread left.
    pub fn start(app: &Shared) -> Result<Chores, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, app) = (Arc::clone(&stop), Arc::clone(app));
        let thread = std::thread::Builder::new().name("chores".to_owned()).spawn(move || {
            let mut failed = None;
            while !told.load(Ordering::Acquire) {
                match round(&app) {
                    Ok(()) => failed = None,
                    // Said once, until it is another one: a full disk fails every three seconds.
                    Err(failure) if failed.as_ref() != Some(&failure) => {
                        tracing::error!(key = failure.key, cause = %failure.message, "a chore failed");
                        failed = Some(failure);
                    }
                    Err(_) => {}
                }
                rest(&told);
            }
        });
        let thread = thread.map_err(|error| Failure::new("io", error.to_string()))?;
        Ok(Chores { stop, thread: Some(thread) })
    }
}

impl Drop for Chores {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It has said why, if it has panicked.
            drop(thread.join());
        }
    }
}

fn rest(told: &AtomicBool) {
    let mut left = REST;
    while !left.is_zero() && !told.load(Ordering::Acquire) {
        std::thread::sleep(NAP);
        left = left.saturating_sub(NAP);
    }
}

/// One round of everything.
///
/// # Errors
/// The key of the fault when the book cannot be read or written.
pub fn round(app: &App) -> Result<(), Failure> {
    app.follow()?;
    let acting = app.acting();
    passages::upkeep::round(&app.store, &acting)?;
    let now_us = acting.now_us;
    let swept = app.store.write(move |work| {
        idempotency::sweep(work.tx, now_us)?;
        quarantine::sweep(work.tx, now_us)?;
        Ok(Ok::<(), ()>(()))
    })?;
    swept.map_err(|()| Failure::new("panic", "a sweep was refused"))
}
