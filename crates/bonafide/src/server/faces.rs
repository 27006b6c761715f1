//! The faces of this server: loaded when the first door needs them, and from then on following the book.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, available_parallelism};
use std::time::Duration;

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::Purpose;
use bonafide_store::ledger::programmes;
use bonafide_store::organisation::{access_point, branch};
use bonafide_store::store::Store;

use crate::clock;
use crate::faces_at_work::{FacesAtWork, Looking, PassiveLiveness};
use crate::failure::Failure;
use crate::flows::till_faces::knows_faces;
use crate::server::app::{App, Shared};

/// Engines at most: each takes a processor for itself, and about 50 MB.
const ENGINES_MAX: usize = 4;

/// How long the book is not looked at when nothing is committed here: other processes of a chain commit too.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Faces for doors and for tills, when somebody needs them. The engines are the same for both, the enrolled faces are not: whoever lets a
/// door know him has not agreed to a till (case B-15).
#[derive(Default)]
pub struct Faces {
    passive: Option<Arc<PassiveLiveness>>,
    started: Mutex<Started>,
}

#[derive(Default)]
struct Started {
    looking: Option<Arc<Looking>>,
    at_work: Vec<Arc<FacesAtWork>>,
}

impl Started {
    fn of(&self, purpose: Purpose) -> Option<Arc<FacesAtWork>> {
        self.at_work.iter().find(|faces| faces.gallery.purpose() == purpose).map(Arc::clone)
    }
}

impl Faces {
    /// None are loaded yet; frames will be checked by what the operator has set, if anything.
    #[must_use]
    pub fn with_passive_liveness(passive: Option<PassiveLiveness>) -> Faces {
        Faces { passive: passive.map(Arc::new), started: Mutex::default() }
    }

    /// The faces of a purpose; loads them the first time, which takes some tenths of a second and more with many members.
    ///
    /// # Errors
    /// `weights_refused` when the program was changed; the keys of faults when the book cannot be read.
    pub fn get(&self, store: &Store, purpose: Purpose) -> Result<Arc<FacesAtWork>, Failure> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(faces) = started.of(purpose) {
            return Ok(faces);
        }
        let looking = match &started.looking {
            Some(looking) => Arc::clone(looking),
            None => Arc::new(engines()?.with_passive_liveness(self.passive.clone())),
        };
        started.looking = Some(Arc::clone(&looking));
        let faces = Arc::new(FacesAtWork::start(store, purpose, looking, clock::now_us())?);
        started.at_work.push(Arc::clone(&faces));
        Ok(faces)
    }

    /// The faces of a purpose, if somebody needed them.
    #[must_use]
    pub fn started(&self, purpose: Purpose) -> Option<Arc<FacesAtWork>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner).of(purpose)
    }

    fn all_started(&self) -> Vec<Arc<FacesAtWork>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner).at_work.clone()
    }
}

fn engines() -> Result<Looking, Failure> {
    let engines = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Looking::start(engines.min(NonZeroUsize::new(ENGINES_MAX).unwrap_or(NonZeroUsize::MIN)))
}

/// The thread by which the faces follow the book, and by which what a kiosk has seen is forgotten in time. Dropping it ends it.
pub struct Following {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Following {
    /// Begins; loads the faces at once where a door takes them, or a till may know them.
    ///
    /// # Errors
    /// `io` when the system has no thread left.
    pub fn start(app: &Shared) -> Result<Following, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, app) = (Arc::clone(&stop), Arc::clone(app));
        let thread = std::thread::Builder::new().name("faces".to_owned()).spawn(move || {
            let mut failed = load(&app).err();
            tell(failed.as_ref());
            let mut seen = 0;
            while !told.load(Ordering::Acquire) {
                seen = app.store.commits().wait(seen, LOOK_EVERY);
                app.kiosks.forget_old();
                let faces = app.faces.all_started();
                if faces.is_empty() {
                    continue;
                }
                let mut round = None;
                for one in &faces {
                    round = one.gallery.round(&app.store, clock::now_us()).err().or(round);
                }
                // Said once, until it is another one.
                if round != failed {
                    tell(round.as_ref());
                    failed = round;
                }
            }
        });
        let thread = thread.map_err(|error| Failure::new("io", error.to_string()))?;
        Ok(Following { stop, thread: Some(thread) })
    }
}

fn tell(failed: Option<&Failure>) {
    if let Some(failure) = failed {
        tracing::error!(key = failure.key, cause = %failure.message, "the faces do not follow the book");
    }
}

/// Loads what will be asked for: the first visitor does not wait.
fn load(app: &App) -> Result<(), Failure> {
    if a_door_takes_faces(app)? {
        app.faces.get(&app.store, Purpose::Entry)?;
    }
    if a_till_knows_members(app)? {
        app.faces.get(&app.store, Purpose::TillRecognition)?;
    }
    Ok(())
}

fn a_till_knows_members(app: &App) -> Result<bool, Failure> {
    let found = app.store.read(|tx| {
        for branch in branch::list(tx, false)? {
            if knows_faces(&branch.content) && programmes::of_branch(tx, branch.id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    });
    Ok(found?)
}

fn a_door_takes_faces(app: &App) -> Result<bool, Failure> {
    let found = app.store.read(|tx| {
        for branch in branch::list(tx, false)? {
            let doors = access_point::list(tx, branch.id, false)?;
            if doors.iter().any(|door| door.content.methods.methods().contains(&Method::Face)) {
                return Ok(true);
            }
        }
        Ok(false)
    });
    Ok(found?)
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // It has said why, if it has panicked.
            drop(thread.join());
        }
    }
}
