//! How much a photo file may ask for. Everything here is decided from the header, before a decoder starts.

use super::RGB_BYTES;
use super::refusal::PhotoRefusal;

/// The named limits of a decode. The default is the product's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoLimits {
    /// Size of the file. A 25-megapixel phone JPEG has 5 to 15 MiB, a lossless one seldom more than 32.
    pub max_bytes: u64,
    /// Each side. WebP ends at 16,383, and a longer photo is a panorama, not a person.
    pub max_side_px: u32,
    /// Width times height.
    pub max_pixels: u64,
    /// Heap of one decode, with the file and the result. Two decodes run at a time, see [`super::DecodeGate`].
    pub max_memory_bytes: u64,
    /// Scans of a JPEG. Cameras write 1, encoders for the web 6 to 20; each may cost a walk over the whole picture.
    pub max_jpeg_scans: u32,
    /// Application and comment segments of a JPEG. A colour profile may take 255; the decoder's work on extended
    /// metadata grows with the square of their number.
    pub max_jpeg_segments: u32,
}

impl Default for PhotoLimits {
    fn default() -> Self {
        PhotoLimits {
            max_bytes: 32 << 20,
            max_side_px: 16_384,
            max_pixels: 25_000_000,
            max_memory_bytes: 256 << 20,
            max_jpeg_scans: 64,
            max_jpeg_segments: 1_024,
        }
    }
}

impl PhotoLimits {
    /// Refuses a file that is too large.
    pub(super) fn check_bytes(&self, bytes: u64) -> Result<(), PhotoRefusal> {
        if bytes > self.max_bytes {
            return Err(PhotoRefusal::TooManyBytes { bytes, max_bytes: self.max_bytes });
        }
        Ok(())
    }

    /// Refuses sides or a number of pixels beyond the limits. Nothing has been allocated yet.
    pub(super) fn check_size(&self, width_px: u32, height_px: u32) -> Result<(), PhotoRefusal> {
        if width_px.max(height_px) > self.max_side_px {
            return Err(PhotoRefusal::SideTooLong { width_px, height_px, max_side_px: self.max_side_px });
        }
        let pixels = u64::from(width_px) * u64::from(height_px);
        if pixels > self.max_pixels {
            return Err(PhotoRefusal::TooManyPixels { pixels, max_pixels: self.max_pixels });
        }
        Ok(())
    }

    /// Refuses a decode that would take more heap than allowed.
    pub(super) fn check_memory(&self, plan: &MemoryPlan) -> Result<(), PhotoRefusal> {
        let needed_bytes = plan.peak_bytes();
        if needed_bytes > self.max_memory_bytes {
            return Err(PhotoRefusal::TooMuchMemory {
                needed_bytes,
                max_memory_bytes: self.max_memory_bytes,
            });
        }
        Ok(())
    }
}

/// An upper bound of what one decode allocates at any one time.
pub(super) struct MemoryPlan {
    /// The file itself, which the caller holds during the decode.
    pub(super) file_bytes: u64,
    /// Width times height.
    pub(super) pixels: u64,
    /// Everything the decoding library holds beside the RGB result.
    pub(super) decoder_bytes: u64,
    /// Whether the finished picture is turned, which takes a second one.
    pub(super) turned: bool,
}

impl MemoryPlan {
    /// Small tables, error values and rounding, whatever the format.
    const FIXED_BYTES: u64 = 1 << 20;

    pub(super) fn peak_bytes(&self) -> u64 {
        let rgb_bytes = self.pixels.saturating_mul(RGB_BYTES as u64);
        // The decoder is gone before the picture is turned, so the two never add up.
        let beside_rgb_bytes =
            if self.turned { self.decoder_bytes.max(rgb_bytes) } else { self.decoder_bytes };
        self.file_bytes
            .saturating_add(rgb_bytes)
            .saturating_add(beside_rgb_bytes)
            .saturating_add(Self::FIXED_BYTES)
    }
}
