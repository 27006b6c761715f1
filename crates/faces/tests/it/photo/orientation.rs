//! Photos come out upright, whichever way the camera was held and whichever format tells so.

use bonafide_faces::photo::{Photo, PhotoLimits, decode};
use png::{BitDepth, ColorType as PngColor};

use super::samples::{self, BASELINE};

/// For each orientation the upright corners, from the top left around clockwise, when the stored picture has the
/// colours A, B, C, D in its corners in that order.
const UPRIGHT_CORNERS: [(u16, &str); 8] =
    [(1, "ABCD"), (2, "BADC"), (3, "CDAB"), (4, "DCBA"), (5, "ADCB"), (6, "DABC"), (7, "CBAD"), (8, "BCDA")];

const WIDTH_PX: usize = 80;
const HEIGHT_PX: usize = 48;

/// A red, B green, C blue, D white: one colour for each quarter.
fn quarters() -> Vec<u8> {
    let mut rgb = Vec::new();
    for y in 0..HEIGHT_PX {
        for x in 0..WIDTH_PX {
            rgb.extend(match (x < WIDTH_PX / 2, y < HEIGHT_PX / 2) {
                (true, true) => [255, 0, 0],
                (false, true) => [0, 255, 0],
                (false, false) => [0, 0, 255],
                (true, false) => [255, 255, 255],
            });
        }
    }
    rgb
}

fn corners(photo: &Photo) -> String {
    let (width, height) = (photo.width_px() as usize, photo.height_px() as usize);
    let name = |x: usize, y: usize| {
        let pixel = &photo.rgb()[(y * width + x) * 3..][..3];
        match [pixel[0] > 127, pixel[1] > 127, pixel[2] > 127] {
            [true, false, false] => 'A',
            [false, true, false] => 'B',
            [false, false, true] => 'C',
            [true, true, true] => 'D',
            _ => '?',
        }
    };
    [(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)]
        .map(|(x, y)| name(x, y))
        .iter()
        .collect()
}

fn check(name: &str, bytes: &[u8], orientation: u16, expected: &str) {
    let photo = decode(bytes, &PhotoLimits::default()).unwrap();
    assert_eq!(corners(&photo), expected, "{name}, orientation {orientation}");
    let size = (photo.width_px() as usize, photo.height_px() as usize);
    let turned = (5..=8).contains(&orientation);
    assert_eq!(size, if turned { (HEIGHT_PX, WIDTH_PX) } else { (WIDTH_PX, HEIGHT_PX) });
}

#[test]
fn eight_orientations_of_every_format_come_out_upright() {
    let rgb = quarters();
    let (width_px, height_px) = (WIDTH_PX as u32, HEIGHT_PX as u32);
    let jpeg = samples::jpeg(BASELINE, &rgb, WIDTH_PX as u16, HEIGHT_PX as u16);
    let png = samples::png(PngColor::Rgb, BitDepth::Eight, &rgb, width_px, height_px);
    for (orientation, expected) in UPRIGHT_CORNERS {
        for big_endian in [false, true] {
            let exif = samples::exif(orientation, big_endian);
            check("jpeg", &samples::jpeg_with_exif(&jpeg, &exif), orientation, expected);
            let chunk = samples::png_chunk(b"eXIf", &exif);
            check("png", &samples::png_with_chunk(&png, &chunk), orientation, expected);
            let webp = samples::webp_with_exif(&rgb, width_px, height_px, exif);
            check("webp", &webp, orientation, expected);
        }
    }
}

#[test]
fn every_pixel_of_a_turned_photo_is_in_its_place() {
    // Sides that are no multiple of the tiles in which pixels are moved, and no two pixels alike.
    let (width, height) = (101_usize, 67_usize);
    let rgb: Vec<u8> =
        (0..width * height).flat_map(|i| [(i / width) as u8, (i % width) as u8, (i % 251) as u8]).collect();
    let png = samples::png(PngColor::Rgb, BitDepth::Eight, &rgb, width as u32, height as u32);
    for (orientation, _) in UPRIGHT_CORNERS {
        let chunk = samples::png_chunk(b"eXIf", &samples::exif(orientation, false));
        let photo = decode(&samples::png_with_chunk(&png, &chunk), &PhotoLimits::default()).unwrap();
        let upright_width = photo.width_px() as usize;
        for (i, stored) in rgb.chunks_exact(3).enumerate() {
            let (x, y) = (i % width, i / width);
            let (mirrored_x, mirrored_y) = (width - 1 - x, height - 1 - y);
            let (upright_x, upright_y) = match orientation {
                1 => (x, y),
                2 => (mirrored_x, y),
                3 => (mirrored_x, mirrored_y),
                4 => (x, mirrored_y),
                5 => (y, x),
                6 => (mirrored_y, x),
                7 => (mirrored_y, mirrored_x),
                _ => (y, mirrored_x),
            };
            let found = &photo.rgb()[(upright_y * upright_width + upright_x) * 3..][..3];
            assert_eq!(found, stored, "orientation {orientation}, stored pixel {x}, {y}");
        }
    }
}

#[test]
fn w15_a_damaged_note_about_orientation_means_upright() {
    let jpeg = samples::jpeg(BASELINE, &quarters(), WIDTH_PX as u16, HEIGHT_PX as u16);
    let good = samples::exif(6, false);
    let mut far_directory = good.clone();
    far_directory[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut endless_directory = good.clone();
    endless_directory[8..10].copy_from_slice(&u16::MAX.to_le_bytes());
    endless_directory[10] = 0x13;
    let notes = [
        Vec::new(),
        b"II".to_vec(),
        b"not a TIFF block".to_vec(),
        good[..16].to_vec(),
        far_directory,
        endless_directory,
        samples::exif(0, false),
        samples::exif(9, true),
    ];
    for note in notes {
        check("damaged", &samples::jpeg_with_exif(&jpeg, &note), 1, "ABCD");
    }
}

#[test]
fn the_first_of_two_notes_counts() {
    let jpeg = samples::jpeg(BASELINE, &quarters(), WIDTH_PX as u16, HEIGHT_PX as u16);
    let second = samples::jpeg_with_exif(&jpeg, &samples::exif(3, false));
    check("two notes", &samples::jpeg_with_exif(&second, &samples::exif(6, false)), 6, "DABC");
}
