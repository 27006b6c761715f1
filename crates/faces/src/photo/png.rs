//! PNG to pixels, one row at a time.

use std::io::{self, Cursor};

use png::{BitDepth, ColorType, Decoder, DecodingError, InterlaceInfo, Limits, Transformations};

use zeroize::Zeroizing;

use super::limits::{MemoryPlan, PhotoLimits};
use super::orientation::Orientation;
use super::refusal::{PhotoFormat, PhotoRefusal, UnsupportedFeature};
use super::{Photo, RGB_BYTES};

const MALFORMED: PhotoRefusal = PhotoRefusal::Malformed { format: PhotoFormat::Png };
const TRUNCATED: PhotoRefusal = PhotoRefusal::Truncated { format: PhotoFormat::Png };

const SIGNATURE_BYTES: usize = 8;

/// What the library may buffer for rows and for the small chunks that it reads (palette, transparency, EXIF).
const LIBRARY_BYTES_MAX: usize = 4 << 20;

/// Decodes a PNG of any colour type and depth.
pub(super) fn decode(bytes: &[u8], limits: &PhotoLimits) -> Result<Photo, PhotoRefusal> {
    let survey = survey(bytes, limits)?;
    let library_limits = Limits { bytes: LIBRARY_BYTES_MAX };
    let mut decoder = Decoder::new_with_limits(Cursor::new(&bytes[..survey.end]), library_limits);
    // Texts and profiles may be compressed bombs; nothing here needs them.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    // Rows come out with 8 bits a sample, palettes and transparent colours resolved. Doing this by rows keeps a
    // 16-bit picture at the memory of its 8-bit result.
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| refusal(&error))?;
    let (color, depth) = reader.output_color_type();
    if depth != BitDepth::Eight {
        return Err(MALFORMED);
    }
    let mut stored = Photo::blank(survey.width_px, survey.height_px);
    let stride = survey.width_px as usize * RGB_BYTES;
    let mut pass_row = Zeroizing::new(vec![0; stride]);
    let mut next_row_start = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(|error| refusal(&error))? {
        match row.interlace() {
            InterlaceInfo::Null(_) => {
                let target = stored.rgb.get_mut(next_row_start..next_row_start + stride).ok_or(MALFORMED)?;
                write_rgb(row.data(), color, target)?;
                next_row_start += stride;
            }
            InterlaceInfo::Adam7(pass) => {
                // A row of a pass is short; its pixels are spread over the picture.
                let written_bytes = write_rgb(row.data(), color, &mut pass_row)?;
                png::expand_interlaced_row(&mut stored.rgb, stride, &pass_row[..written_bytes], pass, 24);
            }
        }
    }
    drop(reader);
    Ok(survey.orientation.apply(stored))
}

/// Writes one row as RGB and returns how many bytes that took.
fn write_rgb(row: &[u8], color: ColorType, target: &mut [u8]) -> Result<usize, PhotoRefusal> {
    let samples = color.samples();
    let pixels = row.len() / samples;
    let written_bytes = pixels * RGB_BYTES;
    let (target, _) = target.get_mut(..written_bytes).ok_or(MALFORMED)?.as_chunks_mut::<RGB_BYTES>();
    match color {
        ColorType::Rgb => target.as_flattened_mut().copy_from_slice(&row[..written_bytes]),
        ColorType::Rgba => {
            for (pixel, &[red, green, blue, alpha]) in target.iter_mut().zip(row.as_chunks().0) {
                *pixel = [red, green, blue].map(|sample| over_backdrop(sample, alpha));
            }
        }
        ColorType::Grayscale => {
            for (pixel, &grey) in target.iter_mut().zip(row) {
                *pixel = [grey; RGB_BYTES];
            }
        }
        ColorType::GrayscaleAlpha => {
            for (pixel, &[grey, alpha]) in target.iter_mut().zip(row.as_chunks().0) {
                *pixel = [over_backdrop(grey, alpha); RGB_BYTES];
            }
        }
        // The library was told to resolve palettes.
        ColorType::Indexed => return Err(MALFORMED),
    }
    Ok(written_bytes)
}

/// A sample with its share of the backdrop.
///
/// Portraits are cut out for white paper, and white is what viewers and printers show behind them.
pub(super) fn over_backdrop(sample: u8, alpha: u8) -> u8 {
    const BACKDROP: u32 = 255;
    let alpha = u32::from(alpha);
    let blended = (u32::from(sample) * alpha + BACKDROP * (255 - alpha) + 127) / 255;
    // A weighted mean of two bytes.
    blended as u8
}

struct PngSurvey {
    width_px: u32,
    height_px: u32,
    orientation: Orientation,
    /// The file up to and with the end chunk.
    end: usize,
}

/// Walks over the chunks without inflating anything.
fn survey(bytes: &[u8], limits: &PhotoLimits) -> Result<PngSurvey, PhotoRefusal> {
    const CHUNK_FRAME_BYTES: usize = 12;
    let mut at = SIGNATURE_BYTES;
    let header = chunk(bytes, at)?;
    if &header.name != b"IHDR" {
        return Err(MALFORMED);
    }
    let (width_px, height_px, row_bytes) = header_sizes(header.data)?;
    limits.check_size(width_px, height_px)?;
    let mut orientation = None;
    loop {
        let chunk = chunk(bytes, at)?;
        at += CHUNK_FRAME_BYTES + chunk.data.len();
        match &chunk.name {
            b"IEND" => break,
            b"acTL" | b"fcTL" | b"fdAT" => {
                return Err(PhotoRefusal::Animated { format: PhotoFormat::Png });
            }
            b"eXIf" => orientation = orientation.or(Some(Orientation::from_exif(chunk.data))),
            _ => {}
        }
    }
    let orientation = orientation.unwrap_or_default();
    limits.check_memory(&MemoryPlan {
        file_bytes: bytes.len() as u64,
        pixels: u64::from(width_px) * u64::from(height_px),
        // Rows before and after unfiltering and conversion, and what the library may buffer.
        decoder_bytes: 8 * row_bytes + LIBRARY_BYTES_MAX as u64,
        turned: orientation.turns(),
    })?;
    Ok(PngSurvey { width_px, height_px, orientation, end: at })
}

struct Chunk<'file> {
    name: [u8; 4],
    data: &'file [u8],
}

/// The chunk that starts at a place. Its checksum is left to the library.
fn chunk(bytes: &[u8], at: usize) -> Result<Chunk<'_>, PhotoRefusal> {
    const CHECKSUM_BYTES: usize = 4;
    let rest = bytes.get(at..).ok_or(TRUNCATED)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(TRUNCATED)?;
    let (name, rest) = rest.split_first_chunk::<4>().ok_or(TRUNCATED)?;
    let length = u32::from_be_bytes(*length);
    if length > i32::MAX as u32 || !name.iter().all(u8::is_ascii_alphabetic) {
        return Err(MALFORMED);
    }
    let length = length as usize;
    if rest.len() < length + CHECKSUM_BYTES {
        return Err(TRUNCATED);
    }
    Ok(Chunk { name: *name, data: &rest[..length] })
}

/// Width, height and the bytes of a stored row.
fn header_sizes(data: &[u8]) -> Result<(u32, u32, u64), PhotoRefusal> {
    let &[w0, w1, w2, w3, h0, h1, h2, h3, depth, color, _, _, _] =
        <&[u8; 13]>::try_from(data).map_err(|_| MALFORMED)?;
    let (width_px, height_px) = (u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3]));
    let samples = match color {
        0 | 3 => 1,
        4 => 2,
        2 => 3,
        6 => 4,
        _ => return Err(MALFORMED),
    };
    if width_px == 0 || height_px == 0 || !matches!(depth, 1 | 2 | 4 | 8 | 16) {
        return Err(MALFORMED);
    }
    Ok((width_px, height_px, (u64::from(width_px) * samples * u64::from(depth)).div_ceil(8) + 1))
}

/// The library explains at length; whoever brought the file needs only to know what to do.
fn refusal(error: &DecodingError) -> PhotoRefusal {
    match error {
        DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => TRUNCATED,
        DecodingError::LimitsExceeded => PhotoRefusal::Unsupported {
            format: PhotoFormat::Png,
            feature: UnsupportedFeature::OversizedChunk,
        },
        _ => MALFORMED,
    }
}
