//! Files that are not accepted: each has its own reason, and being refused is cheap.

use bonafide_faces::photo::{
    Photo, PhotoFormat, PhotoLimits, PhotoReadError, PhotoRefusal, UnsupportedFeature, decode, read,
};
use png::{BitDepth, ColorType as PngColor};

use super::samples::{self, BASELINE, PROGRESSIVE, jpeg, png, scene};

const REFUSED_BYTES_MAX: u64 = 16 << 20;

/// Decodes with the product's limits, expects a refusal and at most 16 MiB of memory.
fn refused(bytes: &[u8]) -> PhotoRefusal {
    refused_within(bytes, &PhotoLimits::default())
}

fn refused_within(bytes: &[u8], limits: &PhotoLimits) -> PhotoRefusal {
    let mut answer = None;
    let memory = allocation_counter::measure(|| answer = Some(decode(bytes, limits).err()));
    let refusal = answer.flatten().expect("the file must be refused");
    assert!(memory.bytes_max <= REFUSED_BYTES_MAX, "{refusal}: {} bytes", memory.bytes_max);
    assert!(memory.bytes_current == 0, "{refusal}: leaves {} bytes", memory.bytes_current);
    refusal
}

fn check(cases: &[(&str, Vec<u8>, PhotoRefusal)]) {
    for (name, bytes, expected) in cases {
        assert_eq!(refused(bytes), *expected, "{name}");
    }
}

#[test]
fn what_is_no_photo_has_its_own_reason() {
    check(&[
        ("empty", Vec::new(), PhotoRefusal::Empty),
        ("text", b"Dear club, here is my photo.".to_vec(), PhotoRefusal::UnknownFormat),
        ("gif", b"GIF89a\x01\x00\x01\x00".to_vec(), PhotoRefusal::UnknownFormat),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), PhotoRefusal::UnknownFormat),
        ("a zip", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), PhotoRefusal::UnknownFormat),
        ("html", b"<html><body>photo</body></html>".to_vec(), PhotoRefusal::UnknownFormat),
        ("zeros", vec![0; 4096], PhotoRefusal::UnknownFormat),
    ]);
}

#[test]
fn w15_svg_is_refused_by_its_own_reason() {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for start in ["", "\u{FEFF}", "\n  ", "<?xml version='1.0'?>\n<!-- photo -->\n"] {
        assert_eq!(refused(format!("{start}{svg}").as_bytes()), PhotoRefusal::Svg, "{start:?}");
    }
}

#[test]
fn a_file_beyond_the_byte_limit_is_refused() {
    let limits = PhotoLimits { max_bytes: 100, ..PhotoLimits::default() };
    let bytes = jpeg(BASELINE, &scene(16, 16), 16, 16);
    let expected = PhotoRefusal::TooManyBytes { bytes: bytes.len() as u64, max_bytes: 100 };
    assert_eq!(refused_within(&bytes, &limits), expected);
}

#[test]
fn w14_hundred_megapixel_jpeg_is_refused_from_its_header() {
    let small = jpeg(BASELINE, &scene(16, 16), 16, 16);
    let wide = samples::jpeg_of_stated_size(&small, 10_000, 10_000);
    let pixels = PhotoRefusal::TooManyPixels { pixels: 100_000_000, max_pixels: 25_000_000 };
    // The size stands before the compressed data, so its header alone gets the same answer.
    let header = wide[..wide.len() - 100].to_vec();
    let side = PhotoRefusal::SideTooLong { width_px: 65_535, height_px: 1, max_side_px: 16_384 };
    check(&[
        ("whole", wide, pixels),
        ("cut", header, pixels),
        (
            "progressive",
            samples::jpeg_of_stated_size(&jpeg(PROGRESSIVE, &scene(16, 16), 16, 16), 10_000, 10_000),
            pixels,
        ),
        ("one long row", samples::jpeg_of_stated_size(&small, 65_535, 1), side),
    ]);
}

#[test]
fn w14_65535_pixel_png_is_refused_from_its_header() {
    let expected = PhotoRefusal::SideTooLong { width_px: 65_535, height_px: 65_535, max_side_px: 16_384 };
    assert_eq!(refused(&samples::png_header(65_535, 65_535)), expected);
    let expected = PhotoRefusal::TooManyPixels { pixels: 100_000_000, max_pixels: 25_000_000 };
    assert_eq!(refused(&samples::png_header(10_000, 10_000)), expected);
}

#[test]
fn w14_webp_beyond_the_limits_is_refused_from_its_header() {
    let size = |side: u32| [[0x2F].as_slice(), &((side - 1) | ((side - 1) << 14)).to_le_bytes()].concat();
    let pixels = PhotoRefusal::TooManyPixels { pixels: 100_000_000, max_pixels: 25_000_000 };
    let side = PhotoRefusal::SideTooLong { width_px: 1 << 24, height_px: 1 << 24, max_side_px: 16_384 };
    let lossless = size(10_000);
    check(&[
        ("lossless", samples::riff(&[(b"VP8L", &lossless)]), pixels),
        ("lossy", samples::riff(&[(b"VP8 ", b"\x10\0\0\x9D\x01\x2A\x10\x27\x10\x27")]), pixels),
        ("canvas", samples::riff(&[(b"VP8X", &samples::vp8x(0, 1 << 24, 1 << 24))]), side),
        // A small canvas around a large picture, which the decoder would allocate first.
        (
            "canvas and picture differ",
            samples::riff(&[
                (b"VP8X", &samples::vp8x(0, 16, 16)),
                (b"VP8 ", b"\x10\0\0\x9D\x01\x2A\x00\x10\x00\x10"),
            ]),
            PhotoRefusal::Malformed { format: PhotoFormat::Webp },
        ),
    ]);
}

#[test]
fn w14_ten_thousand_frame_apng_is_refused_from_its_header() {
    assert_eq!(refused(&samples::apng(10_000)), PhotoRefusal::Animated { format: PhotoFormat::Png });
}

#[test]
fn w14_animated_webp_is_refused_from_its_header() {
    const ANIMATION: u8 = 0b10;
    let frame = [0; 24];
    let mut chunks: Vec<(&[u8; 4], &[u8])> = Vec::new();
    let header = samples::vp8x(ANIMATION, 16, 16);
    chunks.push((b"VP8X", &header));
    chunks.push((b"ANIM", &[0; 6]));
    chunks.extend(std::iter::repeat_n((b"ANMF", frame.as_slice()), 10_000));
    let expected = PhotoRefusal::Animated { format: PhotoFormat::Webp };
    assert_eq!(refused(&samples::riff(&chunks)), expected);
    // Frames without the flag.
    let header = samples::vp8x(0, 16, 16);
    chunks[0] = (b"VP8X", &header);
    assert_eq!(refused(&samples::riff(&chunks)), expected);
}

#[test]
fn w14_jpeg_of_a_thousand_scans_is_refused() {
    let progressive = jpeg(PROGRESSIVE, &scene(16, 16), 16, 16);
    let bytes = samples::jpeg_with_repeated_scan(&progressive, 1_000);
    assert_eq!(refused(&bytes), PhotoRefusal::TooManyScans { max_scans: 64 });
    let baseline = jpeg(BASELINE, &scene(16, 16), 16, 16);
    let bytes = samples::jpeg_with_repeated_scan(&baseline, 1_000);
    assert_eq!(refused(&bytes), PhotoRefusal::TooManyScans { max_scans: 64 });
}

#[test]
fn w14_jpeg_of_many_small_segments_is_refused() {
    let bytes = jpeg(BASELINE, &scene(16, 16), 16, 16);
    let bytes = samples::jpeg_with_segments(&bytes, 0xE1, &vec![b"note".to_vec(); 1_025]);
    assert_eq!(refused(&bytes), PhotoRefusal::TooManySegments { max_segments: 1_024 });
}

#[test]
fn w14_webp_table_bomb_is_refused_before_the_tables_are_built() {
    let bytes = samples::webp_table_bomb(65_536);
    let refusal = refused(&bytes);
    assert!(matches!(refusal, PhotoRefusal::TooMuchMemory { .. }), "{refusal:?}");
    // In an alpha channel the same stream comes without its header.
    let stream = &samples::webp_stream(&bytes)[5..];
    let alpha = [&[1], stream].concat();
    let (header, picture) = (samples::vp8x(0b1_0000, 16, 16), samples::webp_stream(samples::LOSSY_WEBP));
    let bytes = samples::riff(&[(b"VP8X", &header), (b"ALPH", &alpha), (b"VP8 ", picture)]);
    let refusal = refused(&bytes);
    assert!(matches!(refusal, PhotoRefusal::TooMuchMemory { .. }), "{refusal:?}");
}

#[test]
fn memory_is_refused_before_it_is_taken() {
    let bytes = jpeg(PROGRESSIVE, &scene(512, 512), 512, 512);
    // 512 × 512 pixels: 0.75 MiB of RGB and 1.5 MiB of coefficients, beside the file and a fixed allowance of 1 MiB.
    let limits = PhotoLimits { max_memory_bytes: 3 << 20, ..PhotoLimits::default() };
    let refusal = refused_within(&bytes, &limits);
    let PhotoRefusal::TooMuchMemory { needed_bytes, max_memory_bytes } = refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(max_memory_bytes, 3 << 20);
    assert!((3 << 20..4 << 20).contains(&needed_bytes), "{needed_bytes}");
    let limits = PhotoLimits { max_memory_bytes: needed_bytes, ..limits };
    assert!(decode(&bytes, &limits).is_ok());
}

#[test]
fn w15_every_cut_of_a_file_is_refused() {
    let rgb = scene(24, 16);
    let extended = samples::webp_with_exif(&rgb, 24, 16, samples::exif(6, false));
    let files = [
        (PhotoFormat::Jpeg, jpeg(BASELINE, &rgb, 24, 16)),
        (PhotoFormat::Jpeg, jpeg(PROGRESSIVE, &rgb, 24, 16)),
        (PhotoFormat::Png, png(PngColor::Rgb, BitDepth::Eight, &rgb, 24, 16)),
        (PhotoFormat::Webp, samples::webp(image_webp::ColorType::Rgb8, &rgb, 24, 16)),
        (PhotoFormat::Webp, extended),
        (PhotoFormat::Webp, samples::LOSSY_ALPHA_WEBP.to_vec()),
    ];
    for (format, bytes) in files {
        assert!(decode(&bytes, &PhotoLimits::default()).is_ok(), "{format} as a whole");
        for length in 12..bytes.len() {
            assert_eq!(refused(&bytes[..length]), PhotoRefusal::Truncated { format }, "{length} bytes");
        }
    }
}

#[test]
fn w15_contradicting_files_are_malformed() {
    let rgb = scene(24, 16);
    let jpeg_bytes = jpeg(BASELINE, &rgb, 24, 16);
    let png_bytes = png(PngColor::Rgb, BitDepth::Eight, &rgb, 24, 16);
    let with_marker = |marker: u8| [&jpeg_bytes[..2], &[0xFF, marker], &jpeg_bytes[2..]].concat();
    let mut no_colour_type = png_bytes.clone();
    no_colour_type[25] = 5;
    let mut bad_checksum = png_bytes;
    bad_checksum[29] ^= 1;
    let first_segment_end = 2 + 2 + usize::from(u16::from_be_bytes([jpeg_bytes[4], jpeg_bytes[5]]));
    let (head, tail) = jpeg_bytes.split_at(first_segment_end);
    let jpeg_malformed = PhotoRefusal::Malformed { format: PhotoFormat::Jpeg };
    let png_malformed = PhotoRefusal::Malformed { format: PhotoFormat::Png };
    check(&[
        ("a second start mark", with_marker(0xD8), jpeg_malformed),
        ("a restart mark outside a scan", with_marker(0xD0), jpeg_malformed),
        ("garbage between segments", [head, b"abc", tail].concat(), jpeg_malformed),
        ("no picture at all", vec![0xFF, 0xD8, 0xFF, 0xD9], jpeg_malformed),
        ("no width", samples::jpeg_of_stated_size(&jpeg_bytes, 0, 16), jpeg_malformed),
        ("png colour type 5", no_colour_type, png_malformed),
        ("png checksum", bad_checksum, png_malformed),
        ("png without width", samples::png_header(0, 16), png_malformed),
    ]);
}

#[test]
fn rare_kinds_of_jpeg_are_named() {
    let bytes = jpeg(BASELINE, &scene(24, 16), 24, 16);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[frame + at] = value;
        bytes
    };
    let unsupported = |feature| PhotoRefusal::Unsupported { format: PhotoFormat::Jpeg, feature };
    check(&[
        ("arithmetic", changed(1, 0xC9), unsupported(UnsupportedFeature::ArithmeticCoding)),
        ("lossless", changed(1, 0xC3), unsupported(UnsupportedFeature::LosslessJpeg)),
        ("12 bits", changed(4, 12), unsupported(UnsupportedFeature::SampleBits)),
        ("two components", changed(9, 2), unsupported(UnsupportedFeature::ComponentCount)),
        ("sampling 3", changed(11, 0x31), unsupported(UnsupportedFeature::SamplingFactors)),
        (
            "no height",
            samples::jpeg_of_stated_size(&bytes, 24, 0),
            unsupported(UnsupportedFeature::HeightAfterScan),
        ),
    ]);
}

#[test]
fn raw_pixels_must_fit_their_sides() {
    for (width_px, height_px, bytes) in
        [(2, 2, 11), (2, 2, 13), (0, 2, 0), (2, 0, 0), (u32::MAX, u32::MAX, 3)]
    {
        let refusal = Photo::from_rgb(width_px, height_px, vec![0; bytes]).err();
        assert!(
            matches!(refusal, Some(PhotoRefusal::WrongLength { .. })),
            "{width_px} x {height_px}, {bytes}"
        );
    }
    assert_eq!(Photo::from_rgb(2, 2, vec![7; 12]).unwrap().rgb(), [7; 12]);
}

#[test]
fn reading_tells_a_missing_file_from_a_refused_one() {
    let folder = std::env::temp_dir().join(format!("bonafide-photo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("photo.jpg");
    let limits = PhotoLimits { max_bytes: 1 << 20, ..PhotoLimits::default() };
    assert!(matches!(read(&path, &limits), Err(PhotoReadError::Io(_))));
    std::fs::write(&path, jpeg(BASELINE, &scene(24, 16), 24, 16)).unwrap();
    assert_eq!(read(&path, &limits).unwrap().width_px(), 24);
    // 1 TiB, all hole: refused by its size, before it is read.
    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let expected = PhotoRefusal::TooManyBytes { bytes: 1 << 40, max_bytes: 1 << 20 };
    assert!(matches!(read(&path, &limits), Err(PhotoReadError::Refused(refusal)) if refusal == expected));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn keys_are_snake_case_and_every_refusal_explains_itself() {
    let jpeg = PhotoFormat::Jpeg;
    for refusal in [
        PhotoRefusal::Empty,
        PhotoRefusal::TooManyBytes { bytes: 2, max_bytes: 1 },
        PhotoRefusal::Svg,
        PhotoRefusal::Truncated { format: jpeg },
        PhotoRefusal::Animated { format: jpeg },
        PhotoRefusal::TooMuchMemory { needed_bytes: 2, max_memory_bytes: 1 },
    ] {
        assert!(refusal.key().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", refusal.key());
        // Each sentence ends with the way out.
        assert!(refusal.to_string().contains("; "), "{refusal}");
    }
}
