//! The one EXIF field that is read: how the camera was held.
//!
//! An EXIF library would parse the place, the time and the owner's name along with it. Reading one number of one
//! directory keeps all that out of the program's memory, and takes less code than calling the library.

use super::{Photo, RGB_BYTES};

/// How the stored picture must be turned to stand upright; the numbers are EXIF's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Orientation {
    /// 1: as stored.
    #[default]
    Upright,
    /// 2: mirrored left to right.
    Mirrored,
    /// 3: turned by half.
    HalfTurn,
    /// 4: mirrored top to bottom.
    Flipped,
    /// 5: rows and columns exchanged.
    Transposed,
    /// 6: to be turned a quarter clockwise.
    QuarterTurn,
    /// 7: rows and columns exchanged around the other diagonal.
    Transversed,
    /// 8: to be turned a quarter counter-clockwise.
    QuarterTurnBack,
}

const ORIENTATION_TAG: u16 = 0x0112;
const ENTRY_BYTES: usize = 12;

/// Side of the square in which pixels are moved: both the read and the written square stay in the first cache.
const TILE_SIDE_PX: usize = 32;

impl Orientation {
    /// Reads the orientation from an EXIF block (a small TIFF file). Anything odd means upright: a photo with a
    /// damaged note is still a photo.
    pub(super) fn from_exif(block: &[u8]) -> Orientation {
        orientation_value(block).and_then(Orientation::from_number).unwrap_or_default()
    }

    fn from_number(number: u32) -> Option<Orientation> {
        Some(match number {
            1 => Orientation::Upright,
            2 => Orientation::Mirrored,
            3 => Orientation::HalfTurn,
            4 => Orientation::Flipped,
            5 => Orientation::Transposed,
            6 => Orientation::QuarterTurn,
            7 => Orientation::Transversed,
            8 => Orientation::QuarterTurnBack,
            _ => return None,
        })
    }

    /// Whether a second picture is needed to apply it.
    pub(super) fn turns(self) -> bool {
        self != Orientation::Upright
    }

    /// The upright picture.
    pub(super) fn apply(self, stored: Photo) -> Photo {
        if !self.turns() {
            return stored;
        }
        let (width, height) = (stored.width_px as usize, stored.height_px as usize);
        // Where stored pixel (0, 0) goes, and how far one step right and one step down in the stored picture move.
        let (last_x, last_y) = (width - 1, height - 1);
        let (origin, right, down) = match self {
            Orientation::Upright => ((0, 0), (1, 0), (0, 1)),
            Orientation::Mirrored => ((last_x, 0), (-1, 0), (0, 1)),
            Orientation::HalfTurn => ((last_x, last_y), (-1, 0), (0, -1)),
            Orientation::Flipped => ((0, last_y), (1, 0), (0, -1)),
            Orientation::Transposed => ((0, 0), (0, 1), (1, 0)),
            Orientation::QuarterTurn => ((last_y, 0), (0, 1), (-1, 0)),
            Orientation::Transversed => ((last_y, last_x), (0, -1), (-1, 0)),
            Orientation::QuarterTurnBack => ((0, last_x), (0, -1), (1, 0)),
        };
        let sides_exchanged = right.0 == 0;
        let mut upright = if sides_exchanged {
            Photo::blank(stored.height_px, stored.width_px)
        } else {
            Photo::blank(stored.width_px, stored.height_px)
        };
        let upright_width = upright.width_px as usize;
        // Pixels are fewer than 2^32, so pixel indices fit an isize.
        let step = |(dx, dy): (isize, isize)| dx + dy * upright_width as isize;
        let start = (origin.0 + origin.1 * upright_width) as isize;
        let steps = Steps { start, right: step(right), down: step(down) };
        move_pixels(&stored, &mut upright, &steps);
        upright
    }
}

/// Where the stored pixel (x, y) lands: `start + x * right + y * down`, counted in pixels.
struct Steps {
    start: isize,
    right: isize,
    down: isize,
}

fn move_pixels(stored: &Photo, upright: &mut Photo, steps: &Steps) {
    let (width, height) = (stored.width_px as usize, stored.height_px as usize);
    let (source, _) = stored.rgb.as_chunks::<RGB_BYTES>();
    let (target, _) = upright.rgb.as_chunks_mut::<RGB_BYTES>();
    for tile_y in (0..height).step_by(TILE_SIDE_PX) {
        for tile_x in (0..width).step_by(TILE_SIDE_PX) {
            let columns = tile_x..(tile_x + TILE_SIDE_PX).min(width);
            for y in tile_y..(tile_y + TILE_SIDE_PX).min(height) {
                let row = &source[y * width..][columns.clone()];
                let mut index = steps.start + columns.start as isize * steps.right + y as isize * steps.down;
                for pixel in row {
                    target[index as usize] = *pixel;
                    index += steps.right;
                }
            }
        }
    }
}

/// Finds the orientation entry in the first directory of a TIFF block.
fn orientation_value(block: &[u8]) -> Option<u32> {
    // PNG and WebP files should leave the JPEG prefix out, but some programs write it.
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let order = match tiff.get(..4)? {
        b"II*\0" => ByteOrder::Little,
        b"MM\0*" => ByteOrder::Big,
        _ => return None,
    };
    let directory = usize::try_from(order.u32(tiff, 4)?).ok()?;
    let entries = usize::from(order.u16(tiff, directory)?);
    let first_entry = directory.checked_add(2)?;
    // The count is at most 65,535, and each entry must lie inside the block.
    tiff.get(first_entry..)?
        .chunks_exact(ENTRY_BYTES)
        .take(entries)
        .find(|entry| order.u16(entry, 0) == Some(ORIENTATION_TAG))
        .and_then(|entry| match order.u16(entry, 2)? {
            1 => entry.get(8).copied().map(u32::from),
            3 => order.u16(entry, 8).map(u32::from),
            4 => order.u32(entry, 8),
            _ => None,
        })
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let word = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            ByteOrder::Little => u16::from_le_bytes(word),
            ByteOrder::Big => u16::from_be_bytes(word),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let word = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            ByteOrder::Little => u32::from_le_bytes(word),
            ByteOrder::Big => u32::from_be_bytes(word),
        })
    }
}
