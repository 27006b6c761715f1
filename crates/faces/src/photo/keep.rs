//! A picture to be kept: small, and encoded anew from its pixels.
//!
//! What a camera or a program writes beside the pixels (the place, the time, a thumbnail, an archive behind the end) cannot
//! be in the file that comes out, because nothing but pixels goes in.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zeroize::Zeroizing;

use super::Photo;
use crate::scale;

/// The long side of a profile photo at most, in pixels: enough to know a face by on a screen and on a printed card.
pub const KEPT_SIDE_PX_MAX: u32 = 640;

/// JPEG quality from 1 to 100: at this one nobody sees the difference, and a photo of 640 pixels has less than 100 KB.
const QUALITY: u8 = 85;

/// A picture could not be written. With a decoded photo this does not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEncoded(pub String);

impl std::fmt::Display for NotEncoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the picture cannot be written: {}", self.0)
    }
}

impl std::error::Error for NotEncoded {}

/// The photo as a JPEG file, made smaller where its long side has more than `side_px_max` pixels; never larger.
///
/// # Errors
/// [`NotEncoded`].
pub fn to_jpeg(photo: &Photo, side_px_max: u32) -> Result<Zeroizing<Vec<u8>>, NotEncoded> {
    let long_side_px = photo.width_px().max(photo.height_px());
    let scale = f64::from(side_px_max.clamp(1, long_side_px)) / f64::from(long_side_px);
    let side = |px: u32| ((f64::from(px) * scale).round() as u32).max(1);
    let (width, height) = (side(photo.width_px()), side(photo.height_px()));
    let too_long = |_| NotEncoded(format!("{width} by {height} pixels"));
    let sides = (u16::try_from(width).map_err(too_long)?, u16::try_from(height).map_err(too_long)?);
    let rgb = scale::scaled(photo, width, height).map_err(|fault| NotEncoded(fault.0))?;
    // Room for the whole file: a vector that grows would leave copies of the face behind.
    let mut jpeg = Zeroizing::new(Vec::with_capacity(rgb.len() + 4_096));
    let mut encoder = Encoder::new(&mut *jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.set_optimized_huffman_tables(true);
    let encoded = encoder.encode(&rgb, sides.0, sides.1, ColorType::Rgb);
    encoded.map_err(|error| NotEncoded(error.to_string()))?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::{PhotoLimits, decode};

    #[test]
    fn the_long_side_fits_and_a_small_picture_is_not_blown_up() {
        let cases = [
            ((1_280, 720), (640, 360)),
            ((720, 1_280), (360, 640)),
            ((641, 1), (640, 1)),
            ((640, 640), (640, 640)),
            ((3, 2), (3, 2)),
        ];
        for ((width, height), expected) in cases {
            let photo = Photo::from_rgb(width, height, vec![90; (width * height * 3) as usize]).unwrap();
            let jpeg = to_jpeg(&photo, KEPT_SIDE_PX_MAX).unwrap();
            let again = decode(&jpeg, &PhotoLimits::default()).unwrap();
            assert_eq!((again.width_px(), again.height_px()), expected);
            assert!(again.rgb().iter().all(|&value| value.abs_diff(90) <= 2), "{width}×{height}");
        }
    }
}
