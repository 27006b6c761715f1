//! Photo files to pixels: JPEG, PNG and WebP from anybody, decoded inside named limits.
//!
//! Every decoder here works in the same two steps. A *survey* walks the container without decoding anything: it
//! finds the size, the orientation, the animation mark and everything that makes the decoder allocate. Only a file
//! whose survey fits [`PhotoLimits`] reaches the decoding library. The result is always upright RGB; what else the
//! file carried (place, camera, thumbnails, colour profiles, appended archives) is not read and not kept: what is kept of a
//! photo is written anew from its pixels, by [`to_jpeg`].

mod gate;
mod jpeg;
mod jpeg_survey;
mod keep;
mod limits;
mod orientation;
mod png;
mod refusal;
mod vp8l;
mod webp;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::{Zeroize, Zeroizing};

pub use gate::{DecodeGate, DecodePermit, GateFull};
pub use keep::{KEPT_SIDE_PX_MAX, NotEncoded, to_jpeg};
pub use limits::PhotoLimits;
pub use refusal::{PhotoFormat, PhotoReadError, PhotoRefusal, UnsupportedFeature};

/// Bytes that one pixel takes in a [`Photo`].
const RGB_BYTES: usize = 3;

/// An upright picture: packed 8-bit RGB, row after row from the top.
///
/// The pixels are a person's face, so they are overwritten when the photo is dropped, and there is no `Debug`.
pub struct Photo {
    width_px: u32,
    height_px: u32,
    rgb: Vec<u8>,
}

impl Photo {
    /// Takes pixels that are already decoded, for example a camera frame.
    ///
    /// # Errors
    /// [`PhotoRefusal::WrongLength`] unless `rgb` holds exactly three bytes for each of at least one pixel.
    pub fn from_rgb(width_px: u32, height_px: u32, rgb: Vec<u8>) -> Result<Photo, PhotoRefusal> {
        let expected_bytes =
            u64::from(width_px).saturating_mul(u64::from(height_px)).saturating_mul(RGB_BYTES as u64);
        // The pixels are wiped by the photo's own drop when it is refused, too.
        let photo = Photo { width_px, height_px, rgb };
        let bytes = photo.rgb.len() as u64;
        if expected_bytes == 0 || bytes != expected_bytes {
            return Err(PhotoRefusal::WrongLength { bytes, expected_bytes });
        }
        Ok(photo)
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Number of rows.
    #[must_use]
    pub fn height_px(&self) -> u32 {
        self.height_px
    }

    /// The pixels: red, green, blue; left to right, top to bottom, without padding.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// A black picture for a decoder to fill. The size has passed the limits before.
    fn blank(width_px: u32, height_px: u32) -> Photo {
        Photo { width_px, height_px, rgb: vec![0; width_px as usize * height_px as usize * RGB_BYTES] }
    }
}

impl Drop for Photo {
    fn drop(&mut self) {
        self.rgb.zeroize();
    }
}

/// Decodes a photo file that is already in memory.
///
/// The format is told from the first bytes, never from a name. Checks run in this order: empty, too many bytes,
/// format; then, from the header alone, sides, pixels, animation, memory; then the pixels.
///
/// # Errors
/// The first reason why this file is not accepted.
pub fn decode(bytes: &[u8], limits: &PhotoLimits) -> Result<Photo, PhotoRefusal> {
    if bytes.is_empty() {
        return Err(PhotoRefusal::Empty);
    }
    limits.check_bytes(bytes.len() as u64)?;
    match sniff(bytes)? {
        PhotoFormat::Jpeg => jpeg::decode(bytes, limits),
        PhotoFormat::Png => png::decode(bytes, limits),
        PhotoFormat::Webp => webp::decode(bytes, limits),
    }
}

/// Reads and decodes a photo file. A file that is too large is refused before it is read.
///
/// # Errors
/// [`PhotoReadError::Io`] when the file cannot be read, [`PhotoReadError::Refused`] when it is not accepted.
pub fn read(path: &Path, limits: &PhotoLimits) -> Result<Photo, PhotoReadError> {
    let file = File::open(path)?;
    let announced_bytes = file.metadata()?.len();
    limits.check_bytes(announced_bytes)?;
    let capacity = usize::try_from(announced_bytes).map_err(io::Error::other)?;
    // The compressed photo is as private as the pixels. One byte beyond the limit is enough to notice a file that
    // grew after its size was asked, or a device that has no size.
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity.saturating_add(1)));
    file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(decode(&bytes, limits)?)
}

/// Tells the format from the first bytes.
fn sniff(bytes: &[u8]) -> Result<PhotoFormat, PhotoRefusal> {
    const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Ok(PhotoFormat::Jpeg);
    }
    if bytes.starts_with(PNG_START) {
        return Ok(PhotoFormat::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(PhotoFormat::Webp);
    }
    if looks_like_svg(bytes) {
        return Err(PhotoRefusal::Svg);
    }
    // A cut inside the signature itself is a cut file, not an unknown one.
    if let Some(format) = cut_signature(bytes, PNG_START) {
        return Err(PhotoRefusal::Truncated { format });
    }
    Err(PhotoRefusal::UnknownFormat)
}

/// The format whose signature begins with all that is left of the file.
fn cut_signature(bytes: &[u8], png_start: &[u8]) -> Option<PhotoFormat> {
    if bytes.len() >= 2 && [0xFF, 0xD8, 0xFF].starts_with(bytes) {
        return Some(PhotoFormat::Jpeg);
    }
    if bytes.len() >= 4 && png_start.starts_with(bytes) {
        return Some(PhotoFormat::Png);
    }
    let riff = bytes.len() >= 4 && bytes.len() < 12 && bytes.starts_with(b"RIFF");
    (riff && b"WEBP".starts_with(bytes.get(8..).unwrap_or_default())).then_some(PhotoFormat::Webp)
}

/// SVG is a program more than a photo, so it gets its own reason. XML that names an `<svg` early counts as SVG.
fn looks_like_svg(bytes: &[u8]) -> bool {
    const SEARCH_BYTES_MAX: usize = 1024;
    let start = &bytes[..bytes.len().min(SEARCH_BYTES_MAX)];
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    text.starts_with(b"<") && text.windows(4).any(|window| window.eq_ignore_ascii_case(b"<svg"))
}
