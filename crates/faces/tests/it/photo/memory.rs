//! What an accepted photo takes: the largest of each format within 256 MiB, file and result included.

use std::io::Write;

use bonafide_faces::photo::{PhotoLimits, PhotoRefusal, decode};
use image_webp::ColorType as WebpColor;
use png::{BitDepth, ColorType as PngColor, Compression};

use super::samples::{self, BASELINE, PROGRESSIVE, scene};

const SIDE_PX: u16 = 5_000;
const ACCEPTED_BYTES_MAX: u64 = 256 << 20;

/// Decodes a file of 25 megapixels and measures the peak, with the file as part of it.
fn check(name: &str, file: &[u8]) {
    let limits = PhotoLimits::default();
    let mut pixels = 0;
    let memory = allocation_counter::measure(|| {
        let bytes = file.to_vec();
        let photo = decode(&bytes, &limits).unwrap();
        pixels = u64::from(photo.width_px()) * u64::from(photo.height_px());
    });
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!("{name}: file {:.1} MiB, peak {:.1} MiB", mib(file.len() as u64), mib(memory.bytes_max));
    assert_eq!(pixels, limits.max_pixels);
    assert!(memory.bytes_max <= ACCEPTED_BYTES_MAX, "{name} takes {} bytes", memory.bytes_max);
    assert_eq!(memory.bytes_current, 0);
}

fn large_scene() -> Vec<u8> {
    scene(usize::from(SIDE_PX), usize::from(SIDE_PX))
}

#[test]
fn w14_baseline_jpeg_of_25_megapixels_stays_within_256_mib() {
    let jpeg = samples::jpeg(BASELINE, &large_scene(), SIDE_PX, SIDE_PX);
    check("baseline JPEG", &jpeg);
    check("baseline JPEG, turned", &samples::jpeg_with_exif(&jpeg, &samples::exif(6, false)));
}

#[test]
fn w14_progressive_jpeg_of_25_megapixels_stays_within_256_mib() {
    let jpeg = samples::jpeg(PROGRESSIVE, &large_scene(), SIDE_PX, SIDE_PX);
    check("progressive JPEG", &jpeg);
    // A file of the largest size, filled up with what follows the picture.
    let mut padded = samples::jpeg_with_exif(&jpeg, &samples::exif(5, false));
    padded.resize(32 << 20, 0);
    check("progressive JPEG, turned, 32 MiB", &padded);
}

#[test]
fn w14_sixteen_bit_png_of_25_megapixels_stays_within_256_mib() {
    let side_px = u32::from(SIDE_PX);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, side_px, side_px);
    encoder.set_color(PngColor::Rgba);
    encoder.set_depth(BitDepth::Sixteen);
    encoder.set_compression(Compression::Fast);
    let mut header = encoder.write_header().unwrap();
    let mut writer = header.stream_writer().unwrap();
    for y in 0..side_px {
        let row: Vec<u8> = (0..side_px * 8).map(|i| ((i / 64) ^ (y / 9)) as u8).collect();
        writer.write_all(&row).unwrap();
    }
    writer.finish().unwrap();
    header.finish().unwrap();
    check("16-bit RGBA PNG", &png);
    let chunk = samples::png_chunk(b"eXIf", &samples::exif(8, true));
    check("16-bit RGBA PNG, turned", &samples::png_with_chunk(&png, &chunk));
}

#[test]
fn w14_lossless_webp_of_25_megapixels_stays_within_256_mib() {
    let side_px = u32::from(SIDE_PX);
    let rgb = large_scene();
    check("lossless WebP", &samples::webp(WebpColor::Rgb8, &rgb, side_px, side_px));
    let rgba: Vec<u8> = rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], p[0] | 0x7F]).collect();
    drop(rgb);
    check("lossless WebP with alpha", &samples::webp(WebpColor::Rgba8, &rgba, side_px, side_px));
}

#[test]
fn w14_webp_code_tables_stay_within_256_mib() {
    // As many tables as the plan lets through; the stream ends behind them, so that there is no picture.
    let bytes = samples::webp_table_bomb(11_000);
    let mut refusal = None;
    let memory = allocation_counter::measure(|| refusal = decode(&bytes, &PhotoLimits::default()).err());
    println!("WebP tables: file {} bytes, peak {} bytes, {refusal:?}", bytes.len(), memory.bytes_max);
    let refusal = refusal.expect("there is no picture behind the tables");
    assert!(
        matches!(refusal, PhotoRefusal::Truncated { .. } | PhotoRefusal::Malformed { .. }),
        "{refusal:?}"
    );
    // Most of the limit is really used: the tables are weighed, not guessed.
    assert!((128 << 20..=ACCEPTED_BYTES_MAX).contains(&memory.bytes_max), "{} bytes", memory.bytes_max);
}
