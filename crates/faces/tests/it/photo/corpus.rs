//! The fuzzer's seeds and findings, replayed in every test run.

use std::fs;
use std::path::PathBuf;

use bonafide_faces::photo::{PhotoLimits, decode};
use image_webp::ColorType as WebpColor;
use jpeg_encoder::{ColorType as JpegColor, SamplingFactor};
use png::{BitDepth, ColorType as PngColor};

use super::samples::{self, BASELINE, JpegStyle, PROGRESSIVE, scene};

const LIMITS: PhotoLimits = PhotoLimits {
    max_bytes: 1 << 20,
    max_side_px: 512,
    max_pixels: 128 * 128,
    max_memory_bytes: 16 << 20,
    max_jpeg_scans: 16,
    max_jpeg_segments: 64,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/photo")
}

#[test]
fn w15_every_file_of_the_fuzz_corpus_is_answered_within_the_limits() {
    let mut files = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let mut size = None;
        let memory = allocation_counter::measure(|| {
            size = decode(&bytes, &LIMITS)
                .ok()
                .map(|photo| (photo.width_px(), photo.height_px(), photo.rgb().len()));
        });
        if let Some((width_px, height_px, rgb_bytes)) = size {
            assert!(u64::from(width_px) * u64::from(height_px) <= LIMITS.max_pixels, "{}", path.display());
            assert_eq!(rgb_bytes, width_px as usize * height_px as usize * 3, "{}", path.display());
        }
        assert!(
            memory.bytes_max <= LIMITS.max_memory_bytes,
            "{}: {} bytes",
            path.display(),
            memory.bytes_max
        );
        files += 1;
    }
    assert!(files >= seeds().len(), "{files} files in {}", folder().display());
}

/// The samples of these tests are the fuzzer's seeds. `BONAFIDE_WRITE_SEEDS=1` writes them anew.
#[test]
fn the_seeds_are_what_the_tests_use() {
    for (name, bytes) in seeds() {
        let path = folder().join(name);
        if std::env::var_os("BONAFIDE_WRITE_SEEDS").is_some() {
            fs::write(&path, &bytes).unwrap();
        }
        assert!(
            fs::read(&path).is_ok_and(|kept| kept == bytes),
            "{} differs: BONAFIDE_WRITE_SEEDS=1",
            path.display()
        );
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = scene(24, 20);
    let jpeg = |color, progressive, sampling| {
        let samples_per_pixel = match color {
            JpegColor::Luma => 1,
            JpegColor::Rgb => 3,
            _ => 4,
        };
        samples::jpeg(
            JpegStyle { color, progressive, sampling },
            &scene(32, 20)[..24 * 20 * samples_per_pixel],
            24,
            20,
        )
    };
    let baseline = samples::jpeg(BASELINE, &rgb, 24, 20);
    let png = |color, depth, bytes: usize| samples::png(color, depth, &scene(64, 32)[..bytes], 24, 20);
    let rgb_png = png(PngColor::Rgb, BitDepth::Eight, 24 * 20 * 3);
    vec![
        ("jpeg_baseline", baseline.clone()),
        ("jpeg_420", jpeg(JpegColor::Rgb, false, SamplingFactor::R_4_2_0)),
        ("jpeg_422", jpeg(JpegColor::Rgb, false, SamplingFactor::R_4_2_2)),
        ("jpeg_411", jpeg(JpegColor::Rgb, false, SamplingFactor::R_4_1_1)),
        ("jpeg_progressive", samples::jpeg(PROGRESSIVE, &rgb, 24, 20)),
        ("jpeg_progressive_420", jpeg(JpegColor::Rgb, true, SamplingFactor::R_4_2_0)),
        ("jpeg_grey", jpeg(JpegColor::Luma, false, SamplingFactor::R_4_4_4)),
        ("jpeg_cmyk", jpeg(JpegColor::Cmyk, false, SamplingFactor::R_4_4_4)),
        ("jpeg_ycck", jpeg(JpegColor::CmykAsYcck, true, SamplingFactor::R_4_4_4)),
        ("jpeg_turned", samples::jpeg_with_exif(&baseline, &samples::exif(6, true))),
        ("jpeg_scans", samples::jpeg_with_repeated_scan(&baseline, 20)),
        ("jpeg_large_header", samples::jpeg_of_stated_size(&baseline, 10_000, 10_000)),
        ("png_rgb", rgb_png.clone()),
        ("png_grey_1", png(PngColor::Grayscale, BitDepth::One, 3 * 20)),
        ("png_grey_alpha", png(PngColor::GrayscaleAlpha, BitDepth::Eight, 24 * 20 * 2)),
        ("png_rgba_16", png(PngColor::Rgba, BitDepth::Sixteen, 24 * 20 * 8)),
        (
            "png_turned",
            samples::png_with_chunk(&rgb_png, &samples::png_chunk(b"eXIf", &samples::exif(7, false))),
        ),
        ("png_large_header", samples::png_header(65_535, 65_535)),
        ("apng", samples::apng(3)),
        ("webp_lossless", samples::webp(WebpColor::Rgb8, &rgb, 24, 20)),
        ("webp_lossless_alpha", samples::webp(WebpColor::Rgba8, &scene(32, 20)[..24 * 20 * 4], 24, 20)),
        ("webp_lossy", samples::LOSSY_WEBP.to_vec()),
        ("webp_lossy_alpha", samples::LOSSY_ALPHA_WEBP.to_vec()),
        ("webp_turned", samples::webp_with_exif(&rgb, 24, 20, samples::exif(5, false))),
        ("webp_table_bomb", samples::webp_table_bomb(300)),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
    ]
}
