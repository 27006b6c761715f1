//! What the prefix codes of a lossless WebP stream will take, read before the decoder builds them.
//!
//! A lossless stream may announce 65,536 groups of five code tables of its own choice, whatever the size of the
//! picture: 4 MB of file then make the decoder hold more than 1 GB of tables, and it has no limit of its own.
//! So the head of the stream is read here first: the transforms are skipped, the picture of groups is searched
//! for its highest number, and the tables are added up. Nothing is stored on the way, because neither the colours
//! nor the place a run is copied from change how many bits follow.

use super::refusal::{PhotoFormat, PhotoRefusal};

const MALFORMED: PhotoRefusal = PhotoRefusal::Malformed { format: PhotoFormat::Webp };
const TRUNCATED: PhotoRefusal = PhotoRefusal::Truncated { format: PhotoFormat::Webp };

/// Codes for green and lengths, red, blue, alpha, distances.
const CODES_IN_GROUP: usize = 5;
const LITERALS: u16 = 256;
const LENGTH_CODES: u16 = 24;
const DISTANCE_CODES: u16 = 40;
const CODE_LENGTH_MAX: usize = 15;

/// Bytes that the decoder keeps for a group beside its tables, with room for a growing list.
const GROUP_BYTES: u64 = 1_024;

/// Adds up the code tables of a stream that begins with its own header. Stops as soon as `max_bytes` is exceeded.
pub(super) fn table_bytes(
    stream: &[u8],
    width_px: u32,
    height_px: u32,
    max_bytes: u64,
) -> Result<u64, PhotoRefusal> {
    const HEADER_BYTES: usize = 5;
    let body = stream.get(HEADER_BYTES..).ok_or(TRUNCATED)?;
    headless_table_bytes(body, width_px, height_px, max_bytes)
}

/// The same for a stream without a header, as alpha channels have it.
pub(super) fn headless_table_bytes(
    stream: &[u8],
    width_px: u32,
    height_px: u32,
    max_bytes: u64,
) -> Result<u64, PhotoRefusal> {
    let mut bits = Bits { bytes: stream, at_bit: 0 };
    let width_px = skip_transforms(&mut bits, width_px, height_px)?;
    let cache_codes = read_cache_codes(&mut bits)?;
    let groups = if bits.read(1)? == 1 {
        let block_bits = bits.read(3)? + 2;
        highest_literal(&mut bits, blocks(width_px, block_bits), blocks(height_px, block_bits))? + 1
    } else {
        1
    };
    let mut bytes = 0;
    for _ in 0..groups {
        bytes += Group::read(&mut bits, cache_codes)?.table_bytes();
        if bytes > max_bytes {
            break;
        }
    }
    Ok(bytes)
}

/// How many blocks of `2^block_bits` pixels cover a side.
fn blocks(side_px: u32, block_bits: u32) -> u32 {
    side_px.div_ceil(1 << block_bits)
}

/// Skips the transforms and returns the width of what follows: small palettes pack several pixels into one.
fn skip_transforms(bits: &mut Bits<'_>, width_px: u32, height_px: u32) -> Result<u32, PhotoRefusal> {
    const SUBTRACT_GREEN: u32 = 2;
    const PALETTE: u32 = 3;
    let mut packed_width_px = width_px;
    let mut seen = [false; 4];
    while bits.read(1)? == 1 {
        let transform = bits.read(2)?;
        if std::mem::replace(&mut seen[transform as usize], true) {
            return Err(MALFORMED);
        }
        match transform {
            SUBTRACT_GREEN => {}
            PALETTE => {
                let colors = bits.read(8)? + 1;
                highest_literal(bits, colors, 1)?;
                packed_width_px = match colors {
                    0..=2 => blocks(packed_width_px, 3),
                    3..=4 => blocks(packed_width_px, 2),
                    5..=16 => blocks(packed_width_px, 1),
                    _ => packed_width_px,
                };
            }
            _ => {
                let block_bits = bits.read(3)? + 2;
                highest_literal(bits, blocks(packed_width_px, block_bits), blocks(height_px, block_bits))?;
            }
        }
    }
    Ok(packed_width_px)
}

/// Reads whether there is a colour cache, and returns how many codes it adds.
fn read_cache_codes(bits: &mut Bits<'_>) -> Result<u16, PhotoRefusal> {
    if bits.read(1)? == 0 {
        return Ok(0);
    }
    match bits.read(4)? {
        cache_bits @ 1..=11 => Ok(1 << cache_bits),
        _ => Err(MALFORMED),
    }
}

/// Reads over a picture inside the stream and returns the highest number in red and green.
///
/// Pixels that are copied or come from the cache repeat earlier ones, so the written ones are all that count.
fn highest_literal(bits: &mut Bits<'_>, width_px: u32, height_px: u32) -> Result<u32, PhotoRefusal> {
    let cache_codes = read_cache_codes(bits)?;
    let [green_code, red_code, blue_code, alpha_code, distance_code] = Group::read(bits, cache_codes)?.0;
    let mut pixels_left = width_px * height_px;
    let mut highest = 0;
    while pixels_left > 0 {
        let code = green_code.symbol(bits)?;
        if code < LITERALS {
            let red = red_code.symbol(bits)?;
            blue_code.symbol(bits)?;
            alpha_code.symbol(bits)?;
            highest = highest.max(u32::from(red) << 8 | u32::from(code));
            pixels_left -= 1;
        } else if code < LITERALS + LENGTH_CODES {
            let run = run_length(bits, code - LITERALS)?;
            let distance = distance_code.symbol(bits)?;
            run_length(bits, distance)?;
            pixels_left = pixels_left.checked_sub(run).ok_or(MALFORMED)?;
        } else {
            pixels_left -= 1;
        }
    }
    Ok(highest)
}

/// A length or a distance: a prefix, and more bits for the larger ones.
fn run_length(bits: &mut Bits<'_>, prefix: u16) -> Result<u32, PhotoRefusal> {
    let prefix = u32::from(prefix);
    if prefix < 4 {
        return Ok(prefix + 1);
    }
    let extra_bits = (prefix - 2) >> 1;
    let base = (2 + (prefix & 1)) << extra_bits;
    Ok(base + bits.read(extra_bits)? + 1)
}

/// The five codes that a part of the picture is written with.
struct Group([Code; CODES_IN_GROUP]);

impl Group {
    fn read(bits: &mut Bits<'_>, cache_codes: u16) -> Result<Group, PhotoRefusal> {
        Ok(Group([
            Code::read(bits, LITERALS + LENGTH_CODES + cache_codes)?,
            Code::read(bits, LITERALS)?,
            Code::read(bits, LITERALS)?,
            Code::read(bits, LITERALS)?,
            Code::read(bits, DISTANCE_CODES)?,
        ]))
    }

    fn table_bytes(&self) -> u64 {
        GROUP_BYTES + self.0.iter().map(Code::table_bytes).sum::<u64>()
    }
}

/// A canonical prefix code.
struct Code {
    /// Number of symbols for each length in bits; all zero when the only symbol takes no bits.
    symbols_of_length: [u16; CODE_LENGTH_MAX + 1],
    /// The symbols in the order of their codes.
    symbols: Vec<u16>,
}

impl Code {
    fn read(bits: &mut Bits<'_>, alphabet: u16) -> Result<Code, PhotoRefusal> {
        if bits.read(1)? == 1 {
            return Code::read_simple(bits, alphabet);
        }
        Code::from_lengths(&written_lengths(bits, alphabet)?)
    }

    /// One or two symbols, written out. Two take a bit each in the written order, even when they are the same:
    /// so does the decoder.
    fn read_simple(bits: &mut Bits<'_>, alphabet: u16) -> Result<Code, PhotoRefusal> {
        let count = 1 + bits.read(1)?;
        let first_bits = if bits.read(1)? == 1 { 8 } else { 1 };
        let mut symbols = vec![bits.read(first_bits)? as u16];
        let mut symbols_of_length = [0; CODE_LENGTH_MAX + 1];
        if count == 2 {
            symbols.push(bits.read(8)? as u16);
            symbols_of_length[1] = 2;
        }
        if symbols.iter().any(|&symbol| symbol >= alphabet) {
            return Err(MALFORMED);
        }
        Ok(Code { symbols_of_length, symbols })
    }

    fn from_lengths(lengths: &[u8]) -> Result<Code, PhotoRefusal> {
        let mut symbols_of_length = [0; CODE_LENGTH_MAX + 1];
        for &length in lengths.iter().filter(|&&length| length > 0) {
            symbols_of_length[usize::from(length)] += 1;
        }
        let mut symbols: Vec<u16> =
            (0..lengths.len() as u16).filter(|&s| lengths[usize::from(s)] > 0).collect();
        symbols.sort_by_key(|&symbol| lengths[usize::from(symbol)]);
        match symbols.len() {
            0 => return Err(MALFORMED),
            1 => return Ok(Code { symbols_of_length: [0; CODE_LENGTH_MAX + 1], symbols }),
            _ => {}
        }
        // The code must use every bit pattern exactly once.
        let used: u32 = (1..=CODE_LENGTH_MAX)
            .map(|length| u32::from(symbols_of_length[length]) << (CODE_LENGTH_MAX - length))
            .sum();
        if used != 1 << CODE_LENGTH_MAX {
            return Err(MALFORMED);
        }
        Ok(Code { symbols_of_length, symbols })
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Result<u16, PhotoRefusal> {
        if let [only] = self.symbols[..] {
            return Ok(only);
        }
        // Codes of one length are consecutive numbers, so each length needs one comparison.
        let (mut code, mut first_code, mut first_index) = (0, 0, 0);
        for &count in &self.symbols_of_length[1..] {
            let count = u32::from(count);
            code |= bits.read(1)?;
            if code < first_code + count {
                return self
                    .symbols
                    .get((first_index + code - first_code) as usize)
                    .copied()
                    .ok_or(MALFORMED);
            }
            first_index += count;
            first_code = (first_code + count) << 1;
            code <<= 1;
        }
        Err(MALFORMED)
    }

    /// What the decoder allocates for this code: a table for up to ten bits, and tree nodes for longer codes.
    fn table_bytes(&self) -> u64 {
        const TABLE_BITS_MAX: usize = 10;
        const ENTRY_BYTES: u64 = 4;
        const NODE_BYTES: u64 = 16;
        // Two nodes for each long code, and the list may double once when it grows.
        const NODES_FOR_CODE: u64 = 4;
        let longest = self.symbols_of_length.iter().rposition(|&count| count > 0).unwrap_or(0);
        let long_codes: u64 =
            self.symbols_of_length.iter().skip(TABLE_BITS_MAX + 1).map(|&count| u64::from(count)).sum();
        (ENTRY_BYTES << longest.min(TABLE_BITS_MAX)) + long_codes * NODES_FOR_CODE * NODE_BYTES
    }
}

/// A length for each symbol, itself compressed by a small code.
fn written_lengths(bits: &mut Bits<'_>, alphabet: u16) -> Result<Vec<u8>, PhotoRefusal> {
    const LENGTH_ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut length_lengths = [0; LENGTH_ORDER.len()];
    let written = 4 + bits.read(4)? as usize;
    for &place in LENGTH_ORDER.get(..written).ok_or(MALFORMED)? {
        length_lengths[place] = bits.read(3)? as u8;
    }
    let length_code = Code::from_lengths(&length_lengths)?;
    let mut symbols_left = if bits.read(1)? == 1 {
        let number_bits = 2 + 2 * bits.read(3)?;
        2 + bits.read(number_bits)?
    } else {
        u32::from(alphabet)
    };
    if symbols_left > u32::from(alphabet) {
        return Err(MALFORMED);
    }
    let alphabet = usize::from(alphabet);
    let mut lengths = Vec::with_capacity(alphabet);
    let mut previous = 8;
    while lengths.len() < alphabet && symbols_left > 0 {
        symbols_left -= 1;
        let (length, repeat) = match length_code.symbol(bits)? {
            16 => (previous, 3 + bits.read(2)?),
            17 => (0, 3 + bits.read(3)?),
            18 => (0, 11 + bits.read(7)?),
            length => (length as u8, 1),
        };
        if length > 0 {
            previous = length;
        }
        lengths.extend(std::iter::repeat_n(length, repeat as usize));
        if lengths.len() > alphabet {
            return Err(MALFORMED);
        }
    }
    lengths.resize(alphabet, 0);
    Ok(lengths)
}

/// The bits of the stream, the lowest of each byte first.
struct Bits<'stream> {
    bytes: &'stream [u8],
    at_bit: usize,
}

impl Bits<'_> {
    /// The next bits as a number; at most 24.
    fn read(&mut self, count: u32) -> Result<u32, PhotoRefusal> {
        let at_byte = self.at_bit / 8;
        let end_bit = self.at_bit + count as usize;
        if end_bit > self.bytes.len() * 8 {
            return Err(TRUNCATED);
        }
        let mut window = [0; 4];
        let available = self.bytes.len().min(at_byte + window.len()) - at_byte;
        window[..available].copy_from_slice(&self.bytes[at_byte..at_byte + available]);
        let value = (u32::from_le_bytes(window) >> (self.at_bit % 8)) & ((1 << count) - 1);
        self.at_bit = end_bit;
        Ok(value)
    }
}
