//! Faces while the server runs: what a camera sees, whom it may be compared with, and the answer without a score.
//!
//! In memory are a few engines ([`looking`]), the enrolled faces of one purpose ([`gallery`]), and how often somebody tried
//! ([`attempts`]). Nothing of a frame is written anywhere: it is decoded from memory, looked at, and wiped when it is dropped.

pub mod attempts;
mod codes;
pub mod gallery;
pub mod looking;

pub use attempts::{Attempts, Pad, TooManyTries};
pub use gallery::{FaceGallery, Followed, Loaded};
pub use looking::{Codes, Found, Look, Looking, NotLooked, SeenFace};

use std::num::NonZeroUsize;

use bonafide_domain::consent::Purpose;
use bonafide_store::store::Store;

use crate::failure::Failure;

/// All of it, for one purpose.
pub struct FacesAtWork {
    /// What looks at frames.
    pub looking: Looking,
    /// Whom they are compared with.
    pub gallery: FaceGallery,
    /// Who tried how often.
    pub attempts: Attempts,
}

impl FacesAtWork {
    /// Loads engines and faces.
    ///
    /// # Errors
    /// `weights_refused` when the program was changed; the keys of faults when the book cannot be read.
    pub fn start(
        store: &Store,
        purpose: Purpose,
        engines: NonZeroUsize,
        now_us: i64,
    ) -> Result<FacesAtWork, Failure> {
        Ok(FacesAtWork {
            looking: Looking::start(engines)?,
            gallery: FaceGallery::load(store, purpose, now_us)?,
            attempts: Attempts::default(),
        })
    }
}
