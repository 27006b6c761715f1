//! Scales a photo: to what the detector sees (BGR planes, sides a multiple of 32), and to what is kept of it.

use fast_image_resize as fir;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use zeroize::Zeroizing;

use crate::network::NetworkFault;
use crate::photo::Photo;

/// The detector halves its input five times.
const SIDE_STEP_PX: usize = 32;

/// A scaled photo as the detector's input.
pub(crate) struct DetectorPicture {
    /// Blue, green and red planes, 0 to 255, each `height_px` rows of `width_px`; the padding is black.
    pub(crate) bgr_planes: Zeroizing<Vec<f32>>,
    pub(crate) width_px: usize,
    pub(crate) height_px: usize,
    /// Pixels of the photo for each pixel of this picture, sidewards.
    pub(crate) photo_px_per_px_x: f32,
    /// Pixels of the photo for each pixel of this picture, downwards.
    pub(crate) photo_px_per_px_y: f32,
}

/// Scales `photo` so that its long side is `long_side_px` and pads it on the right and at the bottom.
///
/// # Errors
/// [`NetworkFault`] when the scaling library refuses the sizes, which valid photos never cause.
pub(crate) fn detector_picture(photo: &Photo, long_side_px: u32) -> Result<DetectorPicture, NetworkFault> {
    let (photo_width, photo_height) = (photo.width_px(), photo.height_px());
    let scale = f64::from(long_side_px) / f64::from(photo_width.max(photo_height));
    let side = |px: u32| ((f64::from(px) * scale).round() as u32).max(1);
    let (width, height) = (side(photo_width), side(photo_height));
    let rgb = scaled(photo, width, height)?;
    let (width_px, height_px) =
        ((width as usize).next_multiple_of(SIDE_STEP_PX), (height as usize).next_multiple_of(SIDE_STEP_PX));
    let plane = width_px * height_px;
    let mut bgr_planes = Zeroizing::new(vec![0.0; 3 * plane]);
    let (blue, rest) = bgr_planes.split_at_mut(plane);
    let (green, red) = rest.split_at_mut(plane);
    for (row, pixels) in rgb.chunks_exact(3 * width as usize).enumerate() {
        let at = row * width_px..row * width_px + width as usize;
        let planes = blue[at.clone()].iter_mut().zip(&mut green[at.clone()]).zip(&mut red[at]);
        for (((blue, green), red), pixel) in planes.zip(pixels.as_chunks::<3>().0) {
            (*red, *green, *blue) = (f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2]));
        }
    }
    Ok(DetectorPicture {
        bgr_planes,
        width_px,
        height_px,
        photo_px_per_px_x: photo_width as f32 / width as f32,
        photo_px_per_px_y: photo_height as f32 / height as f32,
    })
}

/// Packed RGB of the given size. Each output pixel averages the input pixels that it covers: without this a large photo
/// would be sampled in a few places and small faces would break up.
pub(crate) fn scaled(photo: &Photo, width: u32, height: u32) -> Result<Zeroizing<Vec<u8>>, NetworkFault> {
    if (width, height) == (photo.width_px(), photo.height_px()) {
        return Ok(Zeroizing::new(photo.rgb().to_vec()));
    }
    let fault = |error: &dyn std::fmt::Display| NetworkFault(format!("scaling: {error}"));
    let mut target = Zeroizing::new(vec![0; 3 * width as usize * height as usize]);
    // The typed calls, because the others are compiled for each of the library's kinds of pixels, which takes a minute.
    let from =
        TypedImageRef::<fir::pixels::U8x3>::from_buffer(photo.width_px(), photo.height_px(), photo.rgb())
            .map_err(|error| fault(&error))?;
    let mut to = TypedImage::<fir::pixels::U8x3>::from_buffer(width, height, &mut target)
        .map_err(|error| fault(&error))?;
    let options =
        fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear));
    fir::Resizer::new().resize_typed(&from, &mut to, &options).map_err(|error| fault(&error))?;
    drop(to);
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_padded_with_black_to_a_multiple_of_32() {
        let photo = Photo::from_rgb(1280, 720, [10, 20, 30].repeat(1280 * 720)).unwrap();
        let picture = detector_picture(&photo, 320).unwrap();
        assert_eq!((picture.width_px, picture.height_px), (320, 192));
        let plane = 320 * 192;
        let at = |channel: usize, row: usize| picture.bgr_planes[channel * plane + row * 320 + 5] as u8;
        assert_eq!([at(0, 0), at(1, 0), at(2, 0)], [30, 20, 10], "blue, green, red");
        assert_eq!([at(0, 179), at(0, 180)], [30, 0]);
        assert!(
            (picture.photo_px_per_px_x - 4.0).abs() < 1e-6 && (picture.photo_px_per_px_y - 4.0).abs() < 1e-6
        );
    }

    #[test]
    fn odd_sizes_have_a_picture() {
        for (width, height) in [(1, 1), (1, 5_000), (5_000, 1), (33, 31), (320, 320)] {
            let photo = Photo::from_rgb(width, height, vec![9; (width * height * 3) as usize]).unwrap();
            let picture = detector_picture(&photo, 320).unwrap();
            assert_eq!(picture.width_px % 32 + picture.height_px % 32, 0, "{width}×{height}");
            assert_eq!(picture.bgr_planes.len(), 3 * picture.width_px * picture.height_px);
        }
    }
}
