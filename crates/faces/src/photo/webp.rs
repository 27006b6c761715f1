//! WebP to pixels.

use std::io::{self, Cursor};

use image_webp::{DecodingError, WebPDecoder};
use zeroize::Zeroizing;

use super::limits::{MemoryPlan, PhotoLimits};
use super::orientation::Orientation;
use super::png::over_backdrop;
use super::refusal::{PhotoFormat, PhotoRefusal};
use super::{Photo, RGB_BYTES, vp8l};

const MALFORMED: PhotoRefusal = PhotoRefusal::Malformed { format: PhotoFormat::Webp };
const TRUNCATED: PhotoRefusal = PhotoRefusal::Truncated { format: PhotoFormat::Webp };
const ANIMATED: PhotoRefusal = PhotoRefusal::Animated { format: PhotoFormat::Webp };

const RGBA_BYTES: usize = 4;

/// Decodes a WebP, lossy or lossless, with or without alpha.
pub(super) fn decode(bytes: &[u8], limits: &PhotoLimits) -> Result<Photo, PhotoRefusal> {
    let survey = survey(bytes, limits)?;
    let mut decoder = WebPDecoder::new(Cursor::new(&bytes[..survey.end])).map_err(|error| refusal(&error))?;
    if decoder.dimensions() != (survey.width_px, survey.height_px) || decoder.is_animated() {
        return Err(MALFORMED);
    }
    let stored = if decoder.has_alpha() {
        decode_over_backdrop(&mut decoder, &survey)?
    } else {
        let mut stored = Photo::blank(survey.width_px, survey.height_px);
        decoder.read_image(&mut stored.rgb).map_err(|error| refusal(&error))?;
        stored
    };
    drop(decoder);
    Ok(survey.orientation.apply(stored))
}

fn decode_over_backdrop(
    decoder: &mut WebPDecoder<Cursor<&[u8]>>,
    survey: &WebpSurvey,
) -> Result<Photo, PhotoRefusal> {
    let pixels = survey.width_px as usize * survey.height_px as usize;
    let mut rgba = Zeroizing::new(vec![0; pixels * RGBA_BYTES]);
    decoder.read_image(&mut rgba).map_err(|error| refusal(&error))?;
    let mut stored = Photo::blank(survey.width_px, survey.height_px);
    let (target, _) = stored.rgb.as_chunks_mut::<RGB_BYTES>();
    for (pixel, &[red, green, blue, alpha]) in target.iter_mut().zip(rgba.as_chunks().0) {
        *pixel = [red, green, blue].map(|sample| over_backdrop(sample, alpha));
    }
    Ok(stored)
}

struct WebpSurvey {
    width_px: u32,
    height_px: u32,
    orientation: Orientation,
    /// The file up to the length that its own header states.
    end: usize,
}

/// Walks over the chunks without decoding them; of a lossless stream the head is read, see [`vp8l`].
fn survey(bytes: &[u8], limits: &PhotoLimits) -> Result<WebpSurvey, PhotoRefusal> {
    let end = riff_end(bytes)?;
    let parts = Parts::find(&bytes[..end], limits)?;
    let (picture, lossless) = match (parts.lossy, parts.lossless) {
        (Some(stream), None) => (stream, false),
        (None, Some(stream)) => (stream, true),
        (None, None) => return Err(TRUNCATED),
        (Some(_), Some(_)) => return Err(MALFORMED),
    };
    let (width_px, height_px) = if lossless { lossless_size(picture)? } else { lossy_size(picture)? };
    limits.check_size(width_px, height_px)?;
    // The decoder allocates for the inner size before it compares the two.
    if parts.canvas.is_some_and(|canvas| canvas != (width_px, height_px)) {
        return Err(MALFORMED);
    }
    let pixels = u64::from(width_px) * u64::from(height_px);
    let orientation = parts.orientation.unwrap_or_default();
    let mut plan = MemoryPlan {
        file_bytes: bytes.len() as u64,
        pixels,
        decoder_bytes: if lossless {
            lossless_bytes(pixels)
        } else {
            lossy_bytes(pixels, picture, parts.alpha)
        },
        turned: orientation.turns(),
    };
    limits.check_memory(&plan)?;
    let max_bytes = limits.max_memory_bytes - plan.peak_bytes();
    plan.decoder_bytes += if lossless {
        vp8l::table_bytes(picture, width_px, height_px, max_bytes)?
    } else {
        match parts.alpha.and_then(<[u8]>::split_first) {
            Some((info, stream)) if info & 0b11 == 1 => {
                vp8l::headless_table_bytes(stream, width_px, height_px, max_bytes)?
            }
            _ => 0,
        }
    };
    limits.check_memory(&plan)?;
    Ok(WebpSurvey { width_px, height_px, orientation, end })
}

/// RGBA from the decoder, block data of two transforms, the picture of groups.
fn lossless_bytes(pixels: u64) -> u64 {
    const TRANSFORM_BLOCK_PIXELS: u64 = 16;
    // Blocks are cut at the edges, which adds a row and a column at most; the fixed allowance covers small ones.
    pixels * RGBA_BYTES as u64 + 4 * (pixels / TRANSFORM_BLOCK_PIXELS) * RGBA_BYTES as u64
}

/// Luma and chroma planes, a note for each macroblock, copies of the compressed data; with alpha an RGBA picture
/// and the decoded alpha channel as well, but then the RGB result comes after them.
fn lossy_bytes(pixels: u64, stream: &[u8], alpha: Option<&[u8]>) -> u64 {
    // A plane pixel and a half for each pixel, and a quarter for everything that is kept by macroblocks.
    let planes = pixels * 7 / 4;
    let streams = 4 * stream.len() as u64;
    let with_alpha = if alpha.is_some() { lossless_bytes(pixels) + 2 * pixels } else { 0 };
    planes + streams + with_alpha
}

/// Where the RIFF container ends; what follows is somebody else's.
fn riff_end(bytes: &[u8]) -> Result<usize, PhotoRefusal> {
    const RIFF_HEADER_BYTES: usize = 8;
    let length = u32_at(bytes, 4).ok_or(TRUNCATED)? as usize;
    let end = length.saturating_add(RIFF_HEADER_BYTES);
    if end > bytes.len() {
        return Err(TRUNCATED);
    }
    Ok(end)
}

/// The chunks that matter.
#[derive(Default)]
struct Parts<'file> {
    canvas: Option<(u32, u32)>,
    lossy: Option<&'file [u8]>,
    lossless: Option<&'file [u8]>,
    alpha: Option<&'file [u8]>,
    orientation: Option<Orientation>,
}

impl<'file> Parts<'file> {
    fn find(container: &'file [u8], limits: &PhotoLimits) -> Result<Parts<'file>, PhotoRefusal> {
        const FIRST_CHUNK: usize = 12;
        const CHUNK_HEADER_BYTES: usize = 8;
        let mut parts = Parts::default();
        let mut at = FIRST_CHUNK;
        while let Some(name) = container.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            let length = u32_at(container, at + 4).ok_or(TRUNCATED)? as usize;
            let data_start = at + CHUNK_HEADER_BYTES;
            let data = container.get(data_start..data_start.saturating_add(length)).ok_or(TRUNCATED)?;
            match name {
                b"VP8X" if at == FIRST_CHUNK => parts.canvas = Some(canvas(data, limits)?),
                b"ANIM" | b"ANMF" => return Err(ANIMATED),
                // Of chunks that come twice the decoder takes the first, too.
                b"VP8 " => parts.lossy = parts.lossy.or(Some(data)),
                b"VP8L" => parts.lossless = parts.lossless.or(Some(data)),
                b"ALPH" => parts.alpha = parts.alpha.or(Some(data)),
                b"EXIF" => parts.orientation = parts.orientation.or(Some(Orientation::from_exif(data))),
                _ => {}
            }
            // A simple file is its one picture; the decoder reads no further.
            if at == FIRST_CHUNK && matches!(name, b"VP8 " | b"VP8L") {
                break;
            }
            at = data_start + length + length % 2;
        }
        Ok(parts)
    }
}

/// The size of the whole picture in an extended file, unless it moves.
fn canvas(data: &[u8], limits: &PhotoLimits) -> Result<(u32, u32), PhotoRefusal> {
    const ANIMATION_FLAG: u8 = 0b10;
    let &[flags, _, _, _, w0, w1, w2, h0, h1, h2] = data.first_chunk().ok_or(TRUNCATED)?;
    let (width_px, height_px) =
        (u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1);
    limits.check_size(width_px, height_px)?;
    if flags & ANIMATION_FLAG != 0 {
        return Err(ANIMATED);
    }
    Ok((width_px, height_px))
}

fn lossy_size(stream: &[u8]) -> Result<(u32, u32), PhotoRefusal> {
    const SIDE_MASK: u16 = 0x3FFF;
    let &[_, _, _, start0, start1, start2, w0, w1, h0, h1] = stream.first_chunk().ok_or(TRUNCATED)?;
    let (width_px, height_px) =
        (u16::from_le_bytes([w0, w1]) & SIDE_MASK, u16::from_le_bytes([h0, h1]) & SIDE_MASK);
    if [start0, start1, start2] != [0x9D, 0x01, 0x2A] || width_px == 0 || height_px == 0 {
        return Err(MALFORMED);
    }
    Ok((u32::from(width_px), u32::from(height_px)))
}

fn lossless_size(stream: &[u8]) -> Result<(u32, u32), PhotoRefusal> {
    const SIGNATURE: u8 = 0x2F;
    const SIDE_MASK: u32 = 0x3FFF;
    const SIDE_BITS: u32 = 14;
    let sides = u32_at(stream, 1).ok_or(TRUNCATED)?;
    if stream.first() != Some(&SIGNATURE) {
        return Err(MALFORMED);
    }
    Ok(((sides & SIDE_MASK) + 1, ((sides >> SIDE_BITS) & SIDE_MASK) + 1))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

/// The library explains at length; whoever brought the file needs only to know what to do.
fn refusal(error: &DecodingError) -> PhotoRefusal {
    match error {
        DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => TRUNCATED,
        _ => MALFORMED,
    }
}
