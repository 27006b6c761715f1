//! Boxes, points and words drawn on a photo, and the photo as PNG.

use bonafide_faces::photo::Photo;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// A colour: red, green, blue.
pub type Colour = [u8; 3];

/// Pixels that can be drawn on.
pub struct Canvas {
    width_px: usize,
    height_px: usize,
    rgb: Zeroizing<Vec<u8>>,
}

impl Canvas {
    /// A copy of a photo.
    #[must_use]
    pub fn of(photo: &Photo) -> Canvas {
        let (width_px, height_px) = (photo.width_px() as usize, photo.height_px() as usize);
        Canvas { width_px, height_px, rgb: Zeroizing::new(photo.rgb().to_vec()) }
    }

    fn dot(&mut self, x: i64, y: i64, colour: Colour, cover: u8) {
        let inside = (0..self.width_px as i64).contains(&x) && (0..self.height_px as i64).contains(&y);
        if inside {
            let at = 3 * (y as usize * self.width_px + x as usize);
            for (byte, wanted) in self.rgb[at..at + 3].iter_mut().zip(colour) {
                let mixed = u32::from(*byte) * u32::from(255 - cover) + u32::from(wanted) * u32::from(cover);
                *byte = (mixed / 255) as u8;
            }
        }
    }

    /// The outline of a box, `thickness_px` wide. Parts outside of the picture are left out.
    pub fn outline(
        &mut self,
        left: f32,
        top: f32,
        width: f32,
        height: f32,
        thickness_px: i64,
        colour: Colour,
    ) {
        let (left, top) = (left.round() as i64, top.round() as i64);
        let (right, bottom) =
            (left.saturating_add(width.round() as i64), top.saturating_add(height.round() as i64));
        let across = left.max(-thickness_px)..=right.min(self.width_px as i64 + thickness_px);
        let down = top.max(-thickness_px)..=bottom.min(self.height_px as i64 + thickness_px);
        for step in 0..thickness_px {
            for x in across.clone() {
                self.dot(x, top.saturating_add(step), colour, 255);
                self.dot(x, bottom.saturating_sub(step), colour, 255);
            }
            for y in down.clone() {
                self.dot(left.saturating_add(step), y, colour, 255);
                self.dot(right.saturating_sub(step), y, colour, 255);
            }
        }
    }

    /// A filled square about a point.
    pub fn point(&mut self, x: f32, y: f32, radius_px: i64, colour: Colour) {
        let (x, y) = (x.round() as i64, y.round() as i64);
        for dy in -radius_px..=radius_px {
            for dx in -radius_px..=radius_px {
                self.dot(x.saturating_add(dx), y.saturating_add(dy), colour, 255);
            }
        }
    }

    /// A line of plain ASCII on a dark strip. What does not fit is cut; other characters become `?`.
    pub fn line(&mut self, left_px: i64, top_px: i64, text: &str, colour: Colour) {
        let mut left = left_px;
        for character in text.chars() {
            let raster = get_raster(character, FontWeight::Regular, RasterHeight::Size16)
                .or_else(|| get_raster('?', FontWeight::Regular, RasterHeight::Size16));
            let Some(raster) = raster else { continue };
            for (y, row) in (0..).zip(raster.rows()) {
                for (x, &cover) in (0..).zip(row) {
                    self.dot(left + x, top_px + y, [16, 16, 16], 200);
                    self.dot(left + x, top_px + y, colour, cover);
                }
            }
            left += raster.width() as i64;
        }
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// When the picture cannot be encoded, which its size never causes.
    pub fn png(&self) -> Result<Vec<u8>, Failure> {
        png(self.width_px, self.height_px, &self.rgb)
    }
}

/// Packed RGB as a PNG file.
///
/// # Errors
/// When `rgb` is not three bytes for each pixel.
pub fn png(width_px: usize, height_px: usize, rgb: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |error: png::EncodingError| Failure::new("png", error.to_string());
    let side = |px: usize| u32::try_from(px).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side(width_px), side(height_px));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(rgb).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_outside_of_the_picture_is_harmless() {
        let photo = Photo::from_rgb(20, 10, vec![0; 600]).unwrap();
        let mut canvas = Canvas::of(&photo);
        for at in [-1e9_f32, -5.0, 0.0, 5.0, 1e9, f32::NAN] {
            canvas.outline(at, at, 8.0, 4.0, 2, [255, 0, 0]);
            canvas.point(at, at, 2, [0, 255, 0]);
        }
        canvas.line(-3, 4, "Анна ok", [255; 3]);
        let decoded = bonafide_faces::photo::decode(&canvas.png().unwrap(), &Default::default()).unwrap();
        assert_eq!((decoded.width_px(), decoded.height_px()), (20, 10));
        assert_eq!(decoded.rgb(), canvas.rgb.as_slice());
        assert!(canvas.rgb.iter().any(|&byte| byte > 0));
    }
}
