//! What the server does by itself, every few seconds: grants that nobody used lapse, what has had its time is swept, and the
//! index of names follows what other processes of a chain did.
//!
//! Each chore stands alone: one that fails, or panics, keeps none of the others from being done.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bonafide_store::db::Tx;
use bonafide_store::devices::sigur::quarantine;
use bonafide_store::fault::Fault;
use bonafide_store::ledger::{due, gifts, visits};
use bonafide_store::personal_offers::walking;
use bonafide_store::referrals::paying;
use bonafide_store::staff::session;
use bonafide_store::{idempotency, jobs, passages, sends};

use crate::failure::Failure;
use crate::server::app::{App, Shared};
use crate::server::letters;

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
            let mut before = BTreeMap::new();
            while !told.load(Ordering::Acquire) {
                before = tell(&before, round_of(&app, CHORES));
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

/// Jobs that one round forgets at most.
const JOBS_FORGOTTEN_MAX: u32 = 1_000;

/// Something that is done in each round.
pub struct Chore {
    /// Its name, for the log.
    pub name: &'static str,
    /// What is done.
    pub run: fn(&App) -> Result<(), Failure>,
}

/// A chore that was not done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    /// The name of the chore.
    pub chore: &'static str,
    /// Why not.
    pub failure: Failure,
}

/// All chores, in the order in which they are done.
pub const CHORES: &[Chore] = &[
    Chore { name: "follow", run: App::follow },
    // Before the grants lapse: those of the journal begin now.
    Chore { name: "journal", run: journal },
    Chore { name: "doors", run: doors },
    Chore { name: "points", run: points },
    Chore { name: "birthdays", run: birthdays },
    Chore { name: "expiry_warnings", run: letters::expiry_warnings },
    Chore { name: "visits", run: visits },
    Chore { name: "referrals", run: referrals },
    Chore { name: "offers", run: offers },
    Chore { name: "requests", run: |app| swept(app, idempotency::sweep) },
    Chore { name: "sigur_quarantine", run: |app| swept(app, quarantine::sweep) },
    Chore { name: "sends", run: |app| swept(app, sends::sweep) },
    Chore { name: "sessions", run: |app| swept(app, session::sweep) },
    Chore {
        name: "jobs",
        run: |app| {
            swept(app, |tx, now_us| {
                jobs::forget_done(tx, now_us.saturating_sub(jobs::DONE_KEPT_US), JOBS_FORGOTTEN_MAX)
            })
        },
    },
];

fn journal(app: &App) -> Result<(), Failure> {
    let noted = passages::emergency::take_in(&app.store, app.acting().now_us)?;
    if noted > 0 {
        tracing::warn!(noted, "people who were let in while the book could not be written are noted");
    }
    Ok(())
}

fn doors(app: &App) -> Result<(), Failure> {
    passages::upkeep::round(&app.store, &app.acting())?;
    Ok(())
}

/// Holds that lapse, points that arrive, points that come to nothing. What one round leaves over, the next one takes.
fn points(app: &App) -> Result<(), Failure> {
    let acting = app.acting();
    for wallet in app.store.read(|tx| due::due(tx, acting.now_us))? {
        let by = acting.clone();
        let settled = app.store.write(move |work| Ok(Ok::<usize, ()>(due::settle(work, &by, wallet)?)))?;
        settled.map_err(|()| Failure::new("panic", "a wallet was refused"))?;
    }
    Ok(())
}

/// Walks through the wallets for the birthdays that are near, some in each round, and begins anew an hour after it was through: a day
/// begins at another hour in each time zone.
fn birthdays(app: &App) -> Result<(), Failure> {
    let acting = app.acting();
    let Some(after) = app.birthdays.next(acting.now_us) else { return Ok(()) };
    let walked = gifts::birthdays(&app.store, &acting, after)?;
    app.birthdays.walked(app.acting().now_us, walked.after);
    Ok(())
}

/// The same for whom the personal offers fit that hold now.
fn offers(app: &App) -> Result<(), Failure> {
    let acting = app.acting();
    let Some(after) = app.offers.next(acting.now_us) else { return Ok(()) };
    let walked = walking::give(&app.store, &acting, after)?;
    app.offers.walked(app.acting().now_us, walked.after);
    Ok(())
}

/// Points for those who went in at doors since the last round.
fn visits(app: &App) -> Result<(), Failure> {
    visits::visits(&app.store, &app.acting())?;
    Ok(())
}

/// Points for newcomers who have paid for something, and for those who brought them.
fn referrals(app: &App) -> Result<(), Failure> {
    paying::pay(&app.store, &app.acting())?;
    Ok(())
}

/// Sweeps in a transaction of its own. What one sweep leaves over, the next round takes.
fn swept(app: &App, sweep: fn(&mut Tx<'_>, i64) -> Result<u64, Fault>) -> Result<(), Failure> {
    let now_us = app.acting().now_us;
    let swept = app.store.write(move |work| Ok(Ok::<u64, ()>(sweep(work.tx, now_us)?)))?;
    swept.map(drop).map_err(|()| Failure::new("panic", "a sweep was refused"))
}

/// One round of everything.
///
/// # Errors
/// The chores that were not done.
pub fn round(app: &App) -> Result<(), Vec<NotDone>> {
    let not_done = round_of(app, CHORES);
    if not_done.is_empty() { Ok(()) } else { Err(not_done) }
}

/// One round of these chores: each is tried, whatever became of those before it. The answer is what was not done.
pub fn round_of(app: &App, chores: &[Chore]) -> Vec<NotDone> {
    let done = |chore: &Chore| {
        let ran = catch_unwind(AssertUnwindSafe(|| (chore.run)(app)));
        let ran = ran.unwrap_or_else(|_| Err(Failure::new("panic", "a chore panicked")));
        ran.err().map(|failure| NotDone { chore: chore.name, failure })
    };
    chores.iter().filter_map(done).collect()
}

/// Says what was not done, once, until it is something else: a full disk fails every three seconds. Gives what was said.
fn tell(before: &BTreeMap<&'static str, Failure>, not_done: Vec<NotDone>) -> BTreeMap<&'static str, Failure> {
    for NotDone { chore, failure } in &not_done {
        if before.get(chore) != Some(failure) {
            tracing::error!(chore, key = failure.key, cause = %failure.message, "a chore failed");
        }
    }
    not_done.into_iter().map(|one| (one.chore, one.failure)).collect()
}
