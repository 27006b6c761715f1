//! Why a photo file is not accepted: one closed list, with the numbers.

use std::fmt;
use std::io;

/// The file formats that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG, not animated.
    Png,
    /// WebP, lossy or lossless, not animated.
    Webp,
}

impl fmt::Display for PhotoFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PhotoFormat::Jpeg => "JPEG",
            PhotoFormat::Png => "PNG",
            PhotoFormat::Webp => "WebP",
        })
    }
}

/// A legal but rare part of a format that is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsupportedFeature {
    /// JPEG with arithmetic coding.
    ArithmeticCoding,
    /// JPEG in the lossless or hierarchical process.
    LosslessJpeg,
    /// JPEG with other than 8 bits in a sample.
    SampleBits,
    /// JPEG with other than 1, 3 or 4 components.
    ComponentCount,
    /// JPEG with sampling factors that do not divide each other.
    SamplingFactors,
    /// JPEG that tells its height only after the first scan.
    HeightAfterScan,
    /// PNG with a side chunk (EXIF, palette suggestions) of several megabytes.
    OversizedChunk,
}

/// The reason why a photo file is refused.
///
/// A refusal is an answer for the person who brought the file, so each has a stable key and says the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoRefusal {
    /// No bytes at all.
    Empty,
    /// The file is larger than the limit.
    TooManyBytes {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// Neither JPEG nor PNG nor WebP.
    UnknownFormat,
    /// A vector drawing.
    Svg,
    /// A known format, but a part of it that is not decoded.
    Unsupported {
        /// The format.
        format: PhotoFormat,
        /// The part.
        feature: UnsupportedFeature,
    },
    /// The file ends before the picture does.
    Truncated {
        /// The format.
        format: PhotoFormat,
    },
    /// The bytes contradict the format.
    Malformed {
        /// The format.
        format: PhotoFormat,
    },
    /// A side is longer than the limit.
    SideTooLong {
        /// Width in the file.
        width_px: u32,
        /// Height in the file.
        height_px: u32,
        /// The limit for each side.
        max_side_px: u32,
    },
    /// More pixels than the limit.
    TooManyPixels {
        /// Width times height.
        pixels: u64,
        /// The limit.
        max_pixels: u64,
    },
    /// An animation, not a photo.
    Animated {
        /// The format.
        format: PhotoFormat,
    },
    /// Decoding would take more memory than the limit.
    TooMuchMemory {
        /// What decoding takes at most, with the file and the result.
        needed_bytes: u64,
        /// The limit.
        max_memory_bytes: u64,
    },
    /// A JPEG that repeats its picture in more scans than any camera writes.
    TooManyScans {
        /// The limit.
        max_scans: u32,
    },
    /// A JPEG with more application segments than any camera writes.
    TooManySegments {
        /// The limit.
        max_segments: u32,
    },
    /// Raw pixels whose number does not fit the sides.
    WrongLength {
        /// Bytes given.
        bytes: u64,
        /// Bytes that the sides ask for.
        expected_bytes: u64,
    },
}

impl PhotoRefusal {
    /// A stable name for JSON answers and text keys. It never changes once published.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            PhotoRefusal::Empty => "empty",
            PhotoRefusal::TooManyBytes { .. } => "too_many_bytes",
            PhotoRefusal::UnknownFormat => "unknown_format",
            PhotoRefusal::Svg => "svg",
            PhotoRefusal::Unsupported { .. } => "unsupported",
            PhotoRefusal::Truncated { .. } => "truncated",
            PhotoRefusal::Malformed { .. } => "malformed",
            PhotoRefusal::SideTooLong { .. } => "side_too_long",
            PhotoRefusal::TooManyPixels { .. } => "too_many_pixels",
            PhotoRefusal::Animated { .. } => "animated",
            PhotoRefusal::TooMuchMemory { .. } => "too_much_memory",
            PhotoRefusal::TooManyScans { .. } => "too_many_scans",
            PhotoRefusal::TooManySegments { .. } => "too_many_segments",
            PhotoRefusal::WrongLength { .. } => "wrong_length",
        }
    }
}

impl fmt::Display for PhotoRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SAVE_AGAIN: &str = "open it in a picture program and save it as an ordinary JPEG";
        match self {
            PhotoRefusal::Empty => f.write_str("the file is empty; choose the photo again"),
            PhotoRefusal::TooManyBytes { bytes, max_bytes } => {
                write!(f, "the file has {bytes} bytes, at most {max_bytes} are accepted; {SAVE_AGAIN}")
            }
            PhotoRefusal::UnknownFormat => f.write_str("this is no photo file; send a JPEG, PNG or WebP"),
            PhotoRefusal::Svg => f.write_str("an SVG is a drawing; send a JPEG, PNG or WebP photo"),
            PhotoRefusal::Unsupported { format, feature } => {
                write!(f, "this kind of {format} ({feature:?}) is not supported; {SAVE_AGAIN}")
            }
            PhotoRefusal::Truncated { format } => {
                write!(f, "the {format} file ends too early; send it again from where it is whole")
            }
            PhotoRefusal::Malformed { format } => write!(f, "the {format} file is damaged; {SAVE_AGAIN}"),
            PhotoRefusal::SideTooLong { width_px, height_px, max_side_px } => {
                write!(f, "{width_px} x {height_px} pixels: a side may have {max_side_px}; make it smaller")
            }
            PhotoRefusal::TooManyPixels { pixels, max_pixels } => {
                write!(f, "{pixels} pixels, at most {max_pixels} are accepted; make it smaller")
            }
            PhotoRefusal::Animated { format } => {
                write!(f, "this {format} is an animation; send a single photo")
            }
            PhotoRefusal::TooMuchMemory { needed_bytes, max_memory_bytes } => write!(
                f,
                "decoding would take {needed_bytes} bytes of memory, at most {max_memory_bytes} are allowed; \
                 {SAVE_AGAIN}, or make it smaller"
            ),
            PhotoRefusal::TooManyScans { max_scans } => {
                write!(f, "the JPEG has more than {max_scans} scans; {SAVE_AGAIN}")
            }
            PhotoRefusal::TooManySegments { max_segments } => {
                write!(f, "the JPEG has more than {max_segments} application segments; {SAVE_AGAIN}")
            }
            PhotoRefusal::WrongLength { bytes, expected_bytes } => {
                write!(f, "{bytes} bytes of pixels where the sides ask for {expected_bytes}; check the sides")
            }
        }
    }
}

impl std::error::Error for PhotoRefusal {}

/// Why [`super::read`] gave no photo. A broken disk is not the visitor's fault, so the two are kept apart.
#[derive(Debug)]
pub enum PhotoReadError {
    /// The file could not be opened or read.
    Io(io::Error),
    /// The file was read and is not accepted.
    Refused(PhotoRefusal),
}

impl fmt::Display for PhotoReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PhotoReadError::Io(error) => write!(f, "cannot read the photo file: {error}"),
            PhotoReadError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for PhotoReadError {}

impl From<io::Error> for PhotoReadError {
    fn from(error: io::Error) -> Self {
        PhotoReadError::Io(error)
    }
}

impl From<PhotoRefusal> for PhotoReadError {
    fn from(refusal: PhotoRefusal) -> Self {
        PhotoReadError::Refused(refusal)
    }
}
