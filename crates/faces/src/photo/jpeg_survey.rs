//! A walk over the segments of a JPEG file, without decoding: what it will cost and whether it is whole.
//!
//! The walk is stricter than viewers are. It wants every segment to follow the one before it, and an end mark. So
//! the decoder, which reads the same bytes later, cannot meet a header that the walk has not weighed.

use super::limits::{MemoryPlan, PhotoLimits};
use super::orientation::Orientation;
use super::refusal::{PhotoFormat, PhotoRefusal, UnsupportedFeature};

const MALFORMED: PhotoRefusal = PhotoRefusal::Malformed { format: PhotoFormat::Jpeg };
const TRUNCATED: PhotoRefusal = PhotoRefusal::Truncated { format: PhotoFormat::Jpeg };

/// Bytes of one block of 64 coefficients.
const BLOCK_BYTES: u64 = 64 * 2;

/// What the walk found.
pub(super) struct JpegSurvey {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) orientation: Orientation,
    /// The file up to and with the end mark; a second picture or an archive may follow and is left alone.
    pub(super) end: usize,
}

/// Walks the file and refuses what the limits do not allow, the size as soon as it is known.
pub(super) fn survey(bytes: &[u8], limits: &PhotoLimits) -> Result<JpegSurvey, PhotoRefusal> {
    let mut walk =
        Walk { bytes, at: 2, frame: None, orientation: None, scans: 0, segments: 0, metadata_bytes: 0 };
    loop {
        match walk.next_marker()? {
            0xD9 => break,
            marker => walk.segment(marker, limits)?,
        }
    }
    let frame = walk.frame.as_ref().ok_or(MALFORMED)?;
    if walk.scans == 0 {
        return Err(MALFORMED);
    }
    let orientation = walk.orientation.unwrap_or_default();
    limits.check_memory(&MemoryPlan {
        file_bytes: bytes.len() as u64,
        pixels: frame.pixels(),
        // The decoder copies metadata, and joins the pieces of the extended kind into a second copy.
        decoder_bytes: frame.decoder_bytes() + 2 * walk.metadata_bytes,
        turned: orientation.turns(),
    })?;
    Ok(JpegSurvey { width_px: frame.width_px, height_px: frame.height_px, orientation, end: walk.at })
}

struct Walk<'file> {
    bytes: &'file [u8],
    at: usize,
    frame: Option<Frame>,
    orientation: Option<Orientation>,
    scans: u32,
    segments: u32,
    metadata_bytes: u64,
}

impl Walk<'_> {
    /// The marker that must stand here; any number of fill bytes may precede it.
    fn next_marker(&mut self) -> Result<u8, PhotoRefusal> {
        if *self.bytes.get(self.at).ok_or(TRUNCATED)? != 0xFF {
            return Err(MALFORMED);
        }
        loop {
            self.at += 1;
            let marker = *self.bytes.get(self.at).ok_or(TRUNCATED)?;
            if marker != 0xFF {
                self.at += 1;
                return Ok(marker);
            }
        }
    }

    /// Reads over one segment, and over the compressed data when it starts a scan.
    fn segment(&mut self, marker: u8, limits: &PhotoLimits) -> Result<(), PhotoRefusal> {
        let unsupported = |feature| Err(PhotoRefusal::Unsupported { format: PhotoFormat::Jpeg, feature });
        match marker {
            0xC0..=0xC2 => {
                let frame = Frame::read(self.payload()?, marker == 0xC2)?;
                if self.frame.is_some() {
                    return Err(MALFORMED);
                }
                limits.check_size(frame.width_px, frame.height_px)?;
                self.frame = Some(frame);
            }
            0xC9..=0xCC => return unsupported(UnsupportedFeature::ArithmeticCoding),
            0xC3 | 0xC5..=0xC8 | 0xCD..=0xCF | 0xDE | 0xDF => {
                return unsupported(UnsupportedFeature::LosslessJpeg);
            }
            0xDC => return unsupported(UnsupportedFeature::HeightAfterScan),
            0xC4 | 0xDB | 0xDD => {
                self.payload()?;
            }
            0xDA => self.scan(limits)?,
            0xE0..=0xEF | 0xFE => self.metadata(marker, limits)?,
            // Marks without a length that belong into scans, a second picture inside the first, reserved codes.
            _ => return Err(MALFORMED),
        }
        Ok(())
    }

    /// The bytes of the segment at the current place; the place moves behind it.
    fn payload(&mut self) -> Result<&[u8], PhotoRefusal> {
        let rest = &self.bytes[self.at..];
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk().ok_or(TRUNCATED)?));
        if length < 2 {
            return Err(MALFORMED);
        }
        let payload = rest.get(2..length).ok_or(TRUNCATED)?;
        self.at += length;
        Ok(payload)
    }

    fn metadata(&mut self, marker: u8, limits: &PhotoLimits) -> Result<(), PhotoRefusal> {
        const APP1: u8 = 0xE1;
        let payload = self.payload()?;
        let bytes = payload.len() as u64;
        let orientation =
            payload.strip_prefix(b"Exif\0\0").filter(|_| marker == APP1).map(Orientation::from_exif);
        // The first EXIF block is the picture's own; later ones belong to what was pasted in.
        self.orientation = self.orientation.or(orientation);
        self.metadata_bytes += bytes;
        self.segments += 1;
        if self.segments > limits.max_jpeg_segments {
            return Err(PhotoRefusal::TooManySegments { max_segments: limits.max_jpeg_segments });
        }
        Ok(())
    }

    /// Reads over a scan: its header, then compressed data up to the next marker that is not part of the data.
    fn scan(&mut self, limits: &PhotoLimits) -> Result<(), PhotoRefusal> {
        let components = *self.payload()?.first().ok_or(MALFORMED)?;
        let frame = self.frame.as_mut().ok_or(MALFORMED)?;
        if self.scans == 0 {
            frame.whole_in_first_scan = usize::from(components) == frame.sampling.len();
        }
        self.scans += 1;
        if self.scans > limits.max_jpeg_scans {
            return Err(PhotoRefusal::TooManyScans { max_scans: limits.max_jpeg_scans });
        }
        loop {
            let rest = self.bytes.get(self.at..).ok_or(TRUNCATED)?;
            self.at += memchr::memchr(0xFF, rest).ok_or(TRUNCATED)?;
            match *self.bytes.get(self.at + 1).ok_or(TRUNCATED)? {
                // A stuffed zero, or a restart mark.
                0x00 | 0xD0..=0xD7 => self.at += 2,
                // A fill byte.
                0xFF => self.at += 1,
                _ => return Ok(()),
            }
        }
    }
}

/// The frame header: all that decides how much the decoder allocates.
struct Frame {
    width_px: u32,
    height_px: u32,
    progressive: bool,
    /// Horizontal and vertical sampling factor of each component.
    sampling: Vec<(u64, u64)>,
    /// Otherwise the decoder must keep all coefficients of a baseline picture, too.
    whole_in_first_scan: bool,
}

impl Frame {
    fn read(payload: &[u8], progressive: bool) -> Result<Frame, PhotoRefusal> {
        let unsupported = |feature| PhotoRefusal::Unsupported { format: PhotoFormat::Jpeg, feature };
        let (&[bits, height_high, height_low, width_high, width_low, count], components) =
            payload.split_first_chunk().ok_or(MALFORMED)?;
        let width_px = u32::from(u16::from_be_bytes([width_high, width_low]));
        let height_px = u32::from(u16::from_be_bytes([height_high, height_low]));
        if bits != 8 {
            return Err(unsupported(UnsupportedFeature::SampleBits));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(UnsupportedFeature::ComponentCount));
        }
        if height_px == 0 {
            return Err(unsupported(UnsupportedFeature::HeightAfterScan));
        }
        if width_px == 0 || components.len() != usize::from(count) * 3 {
            return Err(MALFORMED);
        }
        let sampling: Vec<(u64, u64)> = components
            .chunks_exact(3)
            .map(|component| (u64::from(component[1] >> 4), u64::from(component[1] & 0x0F)))
            .collect();
        // With 1, 2 and 4 every factor divides every larger one; 3 is in no camera.
        if sampling.iter().any(|&(h, v)| !matches!(h, 1 | 2 | 4) || !matches!(v, 1 | 2 | 4)) {
            return Err(unsupported(UnsupportedFeature::SamplingFactors));
        }
        Ok(Frame { width_px, height_px, progressive, sampling, whole_in_first_scan: true })
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width_px) * u64::from(self.height_px)
    }

    /// What the decoder holds beside the RGB result: rows for upsampling always, all coefficients when needed.
    fn decoder_bytes(&self) -> u64 {
        let h_max = self.sampling.iter().map(|s| s.0).max().unwrap_or(1);
        let v_max = self.sampling.iter().map(|s| s.1).max().unwrap_or(1);
        let units_x = u64::from(self.width_px).div_ceil(8 * h_max);
        let units_y = u64::from(self.height_px).div_ceil(8 * v_max);
        let keeps_coefficients = self.progressive || !self.whole_in_first_scan;
        let mut bytes = 0;
        for &(h, v) in &self.sampling {
            let stride = units_x * h * 8;
            let upsampled = (h_max / h) * (v_max / v);
            // Sixteen-bit samples: eight lines of blocks, the lines above and below, their enlarged copies, and
            // eight lines of scratch.
            bytes += stride * 2 * (8 * v + 3 * v + 2 * v * upsampled + 2 * 8 * upsampled + 8);
            if keeps_coefficients {
                bytes += units_x * h * units_y * v * BLOCK_BYTES;
            }
        }
        bytes
    }
}
