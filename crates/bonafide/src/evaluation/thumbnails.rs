//! Small pictures of faces, to be looked at by the operator in the report.

use std::num::NonZeroUsize;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_faces::engine::Engine;

use crate::capture;
use crate::drawing;
use crate::failure::Failure;

/// Makes the aligned face of a photo again. Keeping thousands of faces in memory for a few pictures would be waste.
pub struct Thumbnails {
    engine: Engine,
}

impl Thumbnails {
    /// Loads the engine.
    ///
    /// # Errors
    /// When the built-in weights were changed.
    pub fn new() -> Result<Thumbnails, Failure> {
        Ok(Thumbnails { engine: capture::engine(NonZeroUsize::MIN)? })
    }

    /// The main face of a photo as a `data:` address; nothing when the photo cannot be read or shows no face.
    ///
    /// # Errors
    /// When a network cannot be run or the picture cannot be encoded.
    pub fn data_uri(&self, path: &Path) -> Result<Option<String>, Failure> {
        let Ok(photo) = capture::read_photo(path) else { return Ok(None) };
        let faces = self.engine.detect(&photo)?;
        let Some(main) = faces.first() else { return Ok(None) };
        let aligned = self.engine.align(&photo, main);
        let png = drawing::png(aligned.side_px(), aligned.side_px(), aligned.rgb())?;
        Ok(Some(format!("data:image/png;base64,{}", STANDARD.encode(png))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_becomes_a_small_png_and_no_photo_becomes_nothing() {
        let thumbnails = Thumbnails::new().unwrap();
        let photo =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/photos/vice_president/biden.jpg");
        let uri = thumbnails.data_uri(&photo).unwrap().unwrap();
        let png = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let decoded =
            bonafide_faces::photo::decode(&png, &Default::default()).unwrap_or_else(|_| panic!("a photo"));
        assert_eq!((decoded.width_px(), decoded.height_px()), (112, 112));
        assert_eq!(thumbnails.data_uri(Path::new("missing.jpg")).unwrap(), None);
    }
}
