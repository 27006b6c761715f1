//! From a photo file to a capture, with one kind of failure for all that can be wrong with a photo.

use std::num::NonZeroUsize;
use std::path::Path;

use bonafide_faces::engine::{Capture, CaptureRefusal, Engine};
use bonafide_faces::photo::{self, Photo, PhotoLimits, PhotoReadError};
use bonafide_faces::quality::QualityLimits;

use crate::failure::Failure;

/// For a file that is compared: what a camera must hold, and the right way up.
pub const FILE_RECOGNITION: QualityLimits =
    QualityLimits { must_be_upright: true, ..QualityLimits::RECOGNITION };

/// Loads the shipped engine.
///
/// # Errors
/// When the built-in weights were changed.
pub fn engine(threads: NonZeroUsize) -> Result<Engine, Failure> {
    Ok(Engine::shipped(threads)?)
}

/// Reads and decodes a photo.
///
/// # Errors
/// With the key of the refusal, or `io`.
pub fn read_photo(path: &Path) -> Result<Photo, Failure> {
    photo::read(path, &PhotoLimits::default()).map_err(|error| match error {
        PhotoReadError::Io(error) => Failure::io("read", path, &error),
        PhotoReadError::Refused(refusal) => {
            Failure::new(refusal.key(), format!("{}: {refusal}", path.display()))
        }
    })
}

/// Reads a photo and makes a template of its main face.
///
/// # Errors
/// As [`read_photo`]; with the key of the quality refusal and advice; or `network_fault`.
pub fn capture_file(engine: &Engine, path: &Path, limits: &QualityLimits) -> Result<Capture, Failure> {
    let photo = read_photo(path)?;
    engine.capture(&photo, limits).map_err(|refusal| match refusal {
        CaptureRefusal::Quality(refusal) => {
            Failure::new(refusal.key(), format!("{}: {refusal}", path.display()))
        }
        CaptureRefusal::Fault(fault) => Failure::from(fault),
    })
}
