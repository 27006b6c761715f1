//! Photo files made on the spot: by encoders where they can, by hand where no encoder would write such a file.

use image_webp::{ColorType as WebpColor, WebPEncoder};
use jpeg_encoder::{ColorType as JpegColor, Encoder as JpegEncoder, SamplingFactor};
use png::{BitDepth, ColorType as PngColor, Compression};

/// How a JPEG sample is written.
#[derive(Clone, Copy)]
pub(super) struct JpegStyle {
    pub(super) color: JpegColor,
    pub(super) progressive: bool,
    pub(super) sampling: SamplingFactor,
}

pub(super) const BASELINE: JpegStyle =
    JpegStyle { color: JpegColor::Rgb, progressive: false, sampling: SamplingFactor::R_4_4_4 };
pub(super) const PROGRESSIVE: JpegStyle =
    JpegStyle { color: JpegColor::Rgb, progressive: true, sampling: SamplingFactor::R_4_4_4 };

pub(super) fn jpeg(style: JpegStyle, samples: &[u8], width_px: u16, height_px: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, 95);
    encoder.set_progressive(style.progressive);
    encoder.set_sampling_factor(style.sampling);
    encoder.encode(samples, width_px, height_px, style.color).unwrap();
    bytes
}

pub(super) fn png(
    color: PngColor,
    depth: BitDepth,
    samples: &[u8],
    width_px: u32,
    height_px: u32,
) -> Vec<u8> {
    png_with(width_px, height_px, samples, |encoder| {
        encoder.set_color(color);
        encoder.set_depth(depth);
    })
}

pub(super) fn png_with(
    width_px: u32,
    height_px: u32,
    samples: &[u8],
    set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width_px, height_px);
    encoder.set_compression(Compression::Fast);
    set(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    bytes
}

pub(super) fn webp(color: WebpColor, samples: &[u8], width_px: u32, height_px: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    WebPEncoder::new(&mut bytes).encode(samples, width_px, height_px, color).unwrap();
    bytes
}

pub(super) fn webp_with_exif(samples: &[u8], width_px: u32, height_px: u32, exif: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif);
    encoder.encode(samples, width_px, height_px, WebpColor::Rgb8).unwrap();
    bytes
}

/// A soft picture with some detail in it, so that encoders have honest work. No two rows are equal.
pub(super) fn scene(width_px: usize, height_px: usize) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(width_px * height_px * 3);
    for y in 0..height_px {
        for x in 0..width_px {
            let detail = (x * x / 37 + y * y / 53) % 7;
            rgb.extend([
                (x * 255 / width_px) as u8,
                (y * 255 / height_px) as u8,
                (x / 5 + y / 3 + detail) as u8,
            ]);
        }
    }
    rgb
}

/// An EXIF block with a place and an orientation. The place is there to be ignored.
pub(super) fn exif(orientation: u16, big_endian: bool) -> Vec<u8> {
    let u16_bytes = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
    let u32_bytes = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut block = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    block.extend(u32_bytes(8));
    block.extend(u16_bytes(2));
    let (short, long) = (3, 4);
    block.extend([u16_bytes(0x0112), u16_bytes(short)].concat());
    block.extend([u32_bytes(1).as_slice(), &u16_bytes(orientation), &[0, 0]].concat());
    block.extend([u16_bytes(0x8825), u16_bytes(long)].concat());
    block.extend([u32_bytes(1), u32_bytes(38)].concat());
    block.extend(u32_bytes(0));
    block.extend(b"GPSLatitude 47.3769");
    block
}

/// Puts segments directly behind the start mark of a JPEG.
pub(super) fn jpeg_with_segments(jpeg: &[u8], marker: u8, payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for payload in payloads {
        bytes.extend([0xFF, marker]);
        bytes.extend(u16::try_from(payload.len() + 2).unwrap().to_be_bytes());
        bytes.extend(payload);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

pub(super) fn jpeg_with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    jpeg_with_segments(jpeg, 0xE1, &[[b"Exif\0\0", exif].concat()])
}

/// Changes the size in the frame header of a JPEG and leaves all else.
pub(super) fn jpeg_of_stated_size(jpeg: &[u8], width_px: u16, height_px: u16) -> Vec<u8> {
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0] || pair == [0xFF, 0xC2]).unwrap();
    let mut bytes = jpeg.to_vec();
    bytes[frame + 5..frame + 7].copy_from_slice(&height_px.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width_px.to_be_bytes());
    bytes
}

/// Writes the last scan of a JPEG again and again.
pub(super) fn jpeg_with_repeated_scan(jpeg: &[u8], times: usize) -> Vec<u8> {
    let scan = jpeg.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let (head, tail) = jpeg.split_at(scan);
    let (scan, end) = tail.split_at(tail.len() - 2);
    [head, &scan.repeat(times), end].concat()
}

/// A PNG chunk with its checksum.
pub(super) fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let checksum = crc32(&[name, data].concat()).to_be_bytes();
    [&length, name.as_slice(), data, &checksum].concat()
}

/// Puts a chunk directly behind the header of a PNG.
pub(super) fn png_with_chunk(png: &[u8], chunk: &[u8]) -> Vec<u8> {
    const HEADER_END: usize = 8 + 25;
    [&png[..HEADER_END], chunk, &png[HEADER_END..]].concat()
}

/// Only the header of an RGB PNG.
pub(super) fn png_header(width_px: u32, height_px: u32) -> Vec<u8> {
    let mut data = [width_px.to_be_bytes(), height_px.to_be_bytes()].concat();
    data.extend([8, 2, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".as_slice(), &png_chunk(b"IHDR", &data)].concat()
}

/// An APNG whose frames are all there.
pub(super) fn apng(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(PngColor::Rgb);
    encoder.set_animated(frames, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..frames {
        writer.write_image_data(&[128; 12]).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// A WebP container around chunks.
pub(super) fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, data) in chunks {
        body.extend(*name);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(*data);
        body.extend(std::iter::repeat_n(0, data.len() % 2));
    }
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// The header chunk of an extended WebP.
pub(super) fn vp8x(flags: u8, width_px: u32, height_px: u32) -> Vec<u8> {
    let (width, height) = ((width_px - 1).to_le_bytes(), (height_px - 1).to_le_bytes());
    [&[flags, 0, 0, 0], &width[..3], &height[..3]].concat()
}

/// The data of the first chunk of a simple WebP.
pub(super) fn webp_stream(webp: &[u8]) -> &[u8] {
    let length = u32::from_le_bytes(*webp[16..].first_chunk().unwrap()) as usize;
    &webp[20..20 + length]
}

/// Bits of a lossless WebP stream, the lowest of each byte first.
#[derive(Default)]
pub(super) struct BitWriter {
    pub(super) bytes: Vec<u8>,
    used_bits: usize,
}

impl BitWriter {
    pub(super) fn put(&mut self, value: u32, bits: usize) {
        for bit in 0..bits {
            if self.used_bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= (((value >> bit) & 1) as u8) << (self.used_bits % 8);
            self.used_bits += 1;
        }
    }

    /// A code with one symbol.
    fn put_single(&mut self, symbol: u32) {
        self.put(0b101, 3);
        self.put(symbol, 8);
    }

    /// A code of lengths 1, 2, … 9, 10, 10: for the decoder a table of 1,024 entries, here some 12 bytes.
    fn put_ten_bit_code(&mut self) {
        self.put(0, 1);
        self.put(19 - 4, 4);
        // Lengths of the codes for 17, 18, 0, 1, 2, … in the format's order: ten lengths, of 3 or 4 bits.
        for length in [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4, 0, 0, 0, 0, 0] {
            self.put(length, 3);
        }
        self.put(1, 1);
        self.put(1, 3);
        self.put(11 - 2, 4);
        for symbol in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10] {
            // Canonical: six codes of three bits, then four of four; written from the highest bit.
            let (code, bits) = if symbol <= 6 { (symbol - 1, 3) } else { (12 + symbol - 7, 4) };
            for bit in (0..bits).rev() {
                self.put((code >> bit) & 1, 1);
            }
        }
    }
}

/// A lossless WebP of 4 × 4 pixels that announces so many groups of five large code tables.
pub(super) fn webp_table_bomb(groups: u32) -> Vec<u8> {
    let mut bits = BitWriter::default();
    bits.put(0x2F, 8);
    bits.put(4 - 1, 14);
    bits.put(4 - 1, 14);
    bits.put(0, 4);
    // No transforms, no colour cache; a picture of groups with one block, whose only pixel is the highest group.
    bits.put(0b100, 3);
    bits.put(0, 3);
    bits.put(0, 1);
    let highest = groups - 1;
    for symbol in [highest & 0xFF, highest >> 8, 0, 0, 0] {
        bits.put_single(symbol);
    }
    for _ in 0..groups * 5 {
        bits.put_ten_bit_code();
    }
    riff(&[(b"VP8L", &bits.bytes)])
}

/// A lossy WebP of 16 × 16 pixels, all (200, 80, 40) in RGB before compression. There is no lossy encoder in Rust.
#[rustfmt::skip]
pub(super) const LOSSY_WEBP: &[u8] = &[
    0x52, 0x49, 0x46, 0x46, 0x3A, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x20, 0x2E, 0x00, 0x00, 0x00, 0xD0, 0x01, 0x00, 0x9D,
    0x01, 0x2A, 0x10, 0x00, 0x10, 0x00, 0x01, 0x40, 0x26, 0x25, 0xA0, 0x02, 0x74, 0xBA, 0x01, 0xF8, 0x00, 0x03, 0xB0, 0x00, 0xFE, 0xE8, 0x38, 0xBF,
    0xF9, 0x82, 0x57, 0xE4, 0x1B, 0xB5, 0x0F, 0xFE, 0xC1, 0xDF, 0xCE, 0x03, 0xF3, 0x80, 0xFE, 0x8A, 0x00, 0x00,
];

/// The same with a transparent right half.
#[rustfmt::skip]
pub(super) const LOSSY_ALPHA_WEBP: &[u8] = &[
    0x52, 0x49, 0x46, 0x46, 0x66, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x58, 0x0A, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
    0x0F, 0x00, 0x00, 0x0F, 0x00, 0x00, 0x41, 0x4C, 0x50, 0x48, 0x12, 0x00, 0x00, 0x00, 0x01, 0x0F, 0x30, 0xFF, 0x11, 0x11, 0x42, 0x2C, 0x98, 0xCC,
    0x5F, 0xBA, 0x3B, 0x83, 0x88, 0xFE, 0x47, 0x2E, 0x56, 0x50, 0x38, 0x20, 0x2E, 0x00, 0x00, 0x00, 0xD0, 0x01, 0x00, 0x9D, 0x01, 0x2A, 0x10, 0x00,
    0x10, 0x00, 0x01, 0x40, 0x26, 0x25, 0xA0, 0x02, 0x74, 0xBA, 0x01, 0xF8, 0x00, 0x03, 0xB0, 0x00, 0xFE, 0xE8, 0x38, 0xBF, 0xF9, 0x82, 0x57, 0xE4,
    0x1B, 0xB5, 0x0F, 0xFE, 0xC1, 0xDF, 0xCE, 0x03, 0xF3, 0x80, 0xFE, 0x8A, 0x00, 0x00,
];

/// Data in the zlib format, not compressed.
pub(super) fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    let mut bytes = vec![0x78, 0x01, 0x01];
    bytes.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
    bytes.extend(data);
    bytes.extend((high << 16 | low).to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(
            sum ^ u32::from(byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 },
        )
    })
}
