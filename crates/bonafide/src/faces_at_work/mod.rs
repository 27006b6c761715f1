//! Faces while the server runs: what a camera sees, whom it may be compared with, and the answer without a score.
//!
//! In memory are a few engines ([`looking`]), what an operator set against pictures of pictures ([`passive`]), the enrolled faces of one purpose ([`gallery`]), and how often somebody tried
//! ([`attempts`]). Nothing of a frame is written anywhere: it is decoded from memory, looked at, and wiped when it is dropped.

pub mod attempts;
mod codes;
pub mod gallery;
pub mod looking;
pub mod passive;

pub use attempts::{Attempts, Pad, TooManyTries};
pub use gallery::{FaceGallery, Followed, Loaded};
pub use looking::{Codes, Found, Look, Looking, NotLooked, SeenFace};
pub use passive::PassiveLiveness;

use std::sync::Arc;

use bonafide_domain::consent::Purpose;
use bonafide_store::store::Store;

use crate::failure::Failure;

/// All of it, for one purpose.
pub struct FacesAtWork {
    /// What looks at frames, for all purposes.
    pub looking: Arc<Looking>,
    /// Whom they are compared with.
    pub gallery: FaceGallery,
    /// Who tried how often.
    pub attempts: Attempts,
}

impl FacesAtWork {
    /// Loads the faces.
    ///
    /// # Errors
    /// The keys of faults when the book cannot be read.
    pub fn start(
        store: &Store,
        purpose: Purpose,
        looking: Arc<Looking>,
        now_us: i64,
    ) -> Result<FacesAtWork, Failure> {
        Ok(FacesAtWork {
            looking,
            gallery: FaceGallery::load(store, purpose, now_us)?,
            attempts: Attempts::default(),
        })
    }
}
