//! Accepted files: the colours that come out.

use bonafide_faces::photo::{Photo, PhotoLimits, decode};
use image_webp::ColorType as WebpColor;
use jpeg_encoder::{ColorType as JpegColor, SamplingFactor};
use png::{BitDepth, ColorType as PngColor};

use super::samples::{self, BASELINE, JpegStyle, PROGRESSIVE, jpeg, png, png_with, scene, webp};

fn decoded(bytes: &[u8]) -> Photo {
    decode(bytes, &PhotoLimits::default()).unwrap()
}

/// The largest difference of any sample.
fn distance(photo: &Photo, expected: &[u8]) -> u8 {
    assert_eq!(photo.rgb().len(), expected.len());
    photo.rgb().iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn png_of_every_kind_becomes_rgb() {
    // Two pixels in a row. Transparent parts show white.
    type Case<'a> = (&'a str, PngColor, BitDepth, &'a [u8], [u8; 6]);
    let cases: [Case<'_>; 10] = [
        ("rgb", PngColor::Rgb, BitDepth::Eight, &[1, 2, 3, 250, 251, 252], [1, 2, 3, 250, 251, 252]),
        (
            "rgb 16",
            PngColor::Rgb,
            BitDepth::Sixteen,
            &[1, 0, 2, 99, 3, 1, 9, 9, 8, 8, 7, 7],
            [1, 2, 3, 9, 8, 7],
        ),
        ("rgba", PngColor::Rgba, BitDepth::Eight, &[9, 8, 7, 255, 0, 0, 0, 0], [9, 8, 7, 255, 255, 255]),
        (
            "half",
            PngColor::Rgba,
            BitDepth::Eight,
            &[0, 0, 0, 128, 100, 0, 0, 51],
            [127, 127, 127, 224, 204, 204],
        ),
        (
            "rgba 16",
            PngColor::Rgba,
            BitDepth::Sixteen,
            &[9, 0, 8, 0, 7, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0],
            [9, 8, 7, 255, 255, 255],
        ),
        ("grey", PngColor::Grayscale, BitDepth::Eight, &[7, 200], [7, 7, 7, 200, 200, 200]),
        ("grey 1 bit", PngColor::Grayscale, BitDepth::One, &[0b0100_0000], [0, 0, 0, 255, 255, 255]),
        ("grey 2 bits", PngColor::Grayscale, BitDepth::Two, &[0b0110_0000], [85, 85, 85, 170, 170, 170]),
        ("grey 4 bits", PngColor::Grayscale, BitDepth::Four, &[0x1F], [17, 17, 17, 255, 255, 255]),
        ("grey+alpha", PngColor::GrayscaleAlpha, BitDepth::Eight, &[7, 255, 0, 0], [7, 7, 7, 255, 255, 255]),
    ];
    for (name, color, depth, samples, expected) in cases {
        let photo = decoded(&png(color, depth, samples, 2, 1));
        assert_eq!((photo.width_px(), photo.height_px()), (2, 1), "{name}");
        assert_eq!(photo.rgb(), expected, "{name}");
    }
}

#[test]
fn png_palette_with_transparency_becomes_rgb() {
    let bytes = png_with(3, 1, &[0b0001_1000], |encoder| {
        encoder.set_color(PngColor::Indexed);
        encoder.set_depth(BitDepth::Two);
        encoder.set_palette(vec![10, 20, 30, 40, 50, 60, 70, 80, 90]);
        encoder.set_trns(vec![255, 255, 0]);
    });
    assert_eq!(decoded(&bytes).rgb(), [10, 20, 30, 40, 50, 60, 255, 255, 255]);
}

#[test]
fn interlaced_png_becomes_the_same_picture() {
    // 3 × 3 grey pixels in the seven passes of Adam7, written by hand: no encoder at hand writes them.
    let (width_px, height_px) = (3_u32, 3_u32);
    let passes: &[&[u8]] = &[&[0, 11], &[0, 13], &[0, 31, 33], &[0, 12], &[0, 32], &[0, 21, 22, 23]];
    let mut header = [width_px.to_be_bytes(), height_px.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, 1]);
    // Passes 2, 3 … of so small a picture are: 5 for row 2 columns 0 and 2, 4 for column 2, 6 for column 1.
    let ordered = [passes[0], passes[1], passes[2], passes[3], passes[4], passes[5]].concat();
    let bytes = [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &samples::png_chunk(b"IHDR", &header),
        &samples::png_chunk(b"IDAT", &samples::stored_zlib(&ordered)),
        &samples::png_chunk(b"IEND", &[]),
    ]
    .concat();
    let expected: Vec<u8> = [11, 12, 13, 21, 22, 23, 31, 32, 33].iter().flat_map(|&grey| [grey; 3]).collect();
    assert_eq!(decoded(&bytes).rgb(), expected);
}

#[test]
fn jpeg_of_every_sampling_becomes_rgb() {
    let rgb = scene(90, 70);
    for (sampling, progressive) in [
        (SamplingFactor::R_4_4_4, false),
        (SamplingFactor::R_4_2_0, false),
        (SamplingFactor::R_4_2_2, false),
        (SamplingFactor::R_4_4_0, false),
        (SamplingFactor::R_4_1_1, false),
        (SamplingFactor::R_4_4_4, true),
        (SamplingFactor::R_4_2_0, true),
        (SamplingFactor::R_4_2_2, true),
    ] {
        let photo = decoded(&jpeg(JpegStyle { color: JpegColor::Rgb, progressive, sampling }, &rgb, 90, 70));
        assert_eq!((photo.width_px(), photo.height_px()), (90, 70));
        let total: u64 = photo.rgb().iter().zip(&rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = total as f64 / rgb.len() as f64;
        assert!(mean < 4.0, "{sampling:?}, progressive {progressive}: mean difference {mean}");
    }
}

#[test]
fn jpeg_colour_models_become_rgb() {
    // One colour all over, so that compression changes next to nothing.
    let flat = |pixel: &[u8]| pixel.repeat(32 * 32);
    // Adobe's inks are stored inverted: 255 is no ink at all. The encoder inverts, so 0 here is no ink.
    let cases: [(&str, JpegColor, &[u8], [u8; 3]); 8] = [
        ("rgb", JpegColor::Rgb, &[200, 80, 40], [200, 80, 40]),
        ("grey", JpegColor::Luma, &[77], [77, 77, 77]),
        ("cmyk, no ink", JpegColor::Cmyk, &[0, 0, 0, 0], [255, 255, 255]),
        ("cmyk, red", JpegColor::Cmyk, &[0, 255, 255, 0], [255, 0, 0]),
        ("cmyk, half black", JpegColor::Cmyk, &[0, 0, 0, 128], [127, 127, 127]),
        ("ycck, no ink", JpegColor::CmykAsYcck, &[0, 0, 0, 0], [255, 255, 255]),
        ("ycck, red", JpegColor::CmykAsYcck, &[0, 255, 255, 0], [255, 0, 0]),
        ("ycck, half black", JpegColor::CmykAsYcck, &[0, 0, 0, 128], [127, 127, 127]),
    ];
    for progressive in [false, true] {
        for (name, color, pixel, expected) in cases {
            let style = JpegStyle { color, progressive, sampling: SamplingFactor::R_4_4_4 };
            let photo = decoded(&jpeg(style, &flat(pixel), 32, 32));
            let far = distance(&photo, &flat(&expected));
            assert!(far <= 3, "{name}, progressive {progressive}: {:?}", &photo.rgb()[..3]);
        }
    }
}

#[test]
fn webp_of_every_kind_becomes_rgb() {
    let rgb = scene(50, 40);
    assert_eq!(decoded(&webp(WebpColor::Rgb8, &rgb, 50, 40)).rgb(), rgb);
    let rgba = webp(WebpColor::Rgba8, &[9, 8, 7, 255, 0, 0, 0, 0, 0, 0, 0, 128], 3, 1);
    assert_eq!(decoded(&rgba).rgb(), [9, 8, 7, 255, 255, 255, 127, 127, 127]);
    let grey = webp(WebpColor::La8, &[9, 255, 9, 0], 2, 1);
    assert_eq!(decoded(&grey).rgb(), [9, 9, 9, 255, 255, 255]);
    let colour = [200, 80, 40].repeat(16 * 16);
    assert!(distance(&decoded(samples::LOSSY_WEBP), &colour) <= 6);
    let half = [[200, 80, 40].repeat(8), [255; 3].repeat(8)].concat().repeat(16);
    assert!(distance(&decoded(samples::LOSSY_ALPHA_WEBP), &half) <= 6);
}

#[test]
fn a_real_photo_decodes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/photos/president/obama.jpg");
    let photo = bonafide_faces::photo::read(path.as_ref(), &PhotoLimits::default()).unwrap();
    assert_eq!((photo.width_px(), photo.height_px()), (910, 1137));
}

#[test]
fn w15_what_follows_the_picture_is_left_alone() {
    let rgb = scene(24, 16);
    let archive = b"PK\x03\x04\x14\0\0\0\x08\0 secret.txt \xFF\xDA\xFF\xC0 IHDR acTL";
    for bytes in [
        jpeg(BASELINE, &rgb, 24, 16),
        jpeg(PROGRESSIVE, &rgb, 24, 16),
        png(PngColor::Rgb, BitDepth::Eight, &rgb, 24, 16),
        webp(WebpColor::Rgb8, &rgb, 24, 16),
    ] {
        let polyglot = [&bytes, archive.as_slice()].concat();
        assert_eq!(decoded(&polyglot).rgb(), decoded(&bytes).rgb());
    }
}

/// An end mark in the middle of the data is the one kind of damage that nobody can tell from a picture without
/// decoding it twice; viewers show such a file, too. It must not do worse than that.
#[test]
fn w15_a_jpeg_whose_data_ends_before_its_end_mark_keeps_its_size() {
    let bytes = jpeg(BASELINE, &scene(256, 256), 256, 256);
    let cut = [&bytes[..bytes.len() / 2], &[0xFF, 0xD9]].concat();
    if let Ok(photo) = decode(&cut, &PhotoLimits::default()) {
        assert_eq!((photo.width_px(), photo.height_px()), (256, 256));
    }
}

#[test]
fn w14_compressed_side_chunks_are_not_inflated() {
    let rgb = scene(24, 16);
    let bytes = png(PngColor::Rgb, BitDepth::Eight, &rgb, 24, 16);
    // 64 MiB of zeros in 64 KiB.
    let bomb = png(PngColor::Grayscale, BitDepth::Eight, &vec![0; 8192 * 8192], 8192, 8192);
    let data = bomb.windows(4).position(|name| name == b"IDAT").unwrap();
    let length = u32::from_be_bytes(*bomb[data - 4..].first_chunk().unwrap()) as usize;
    let zlib = &bomb[data + 4..data + 4 + length];
    for (name, prefix) in
        [(b"iCCP", b"profile\0\0".as_slice()), (b"zTXt", b"text\0\0"), (b"iTXt", b"text\0\x01\0\0\0")]
    {
        let file = samples::png_with_chunk(&bytes, &samples::png_chunk(name, &[prefix, zlib].concat()));
        let mut photo = None;
        let memory = allocation_counter::measure(|| photo = decode(&file, &PhotoLimits::default()).ok());
        assert_eq!(photo.expect("the picture itself is fine").rgb(), rgb);
        assert!(memory.bytes_max < 2 << 20, "{} takes {}", name.escape_ascii(), memory.bytes_max);
    }
}
