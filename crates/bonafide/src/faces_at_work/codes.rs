//! QR codes in a camera's picture.

use bonafide_faces::photo::Photo;
use rqrr::PreparedImage;

/// Codes of one picture that are read at most.
const CODES_MAX: usize = 4;

/// What stands in the codes of a picture. What cannot be read is left out: the next picture comes in a moment.
pub(super) fn read(photo: &Photo) -> Vec<String> {
    let (width, height) = (photo.width_px() as usize, photo.height_px() as usize);
    let (pixels, _) = photo.rgb().as_chunks::<3>();
    let grey = |x: usize, y: usize| {
        // Weights of BT.601 in 256ths.
        let [red, green, blue] = pixels[y * width + x].map(u32::from);
        u8::try_from((77 * red + 150 * green + 29 * blue) >> 8).unwrap_or(u8::MAX)
    };
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, grey);
    let grids = prepared.detect_grids();
    grids.iter().take(CODES_MAX).filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}
