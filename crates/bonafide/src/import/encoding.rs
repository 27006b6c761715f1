//! In which encoding a CSV file is written, and its physical lines.
//!
//! The rule, in this order: a byte order mark decides; two-byte text shows itself by its high bytes; what is valid UTF-8
//! from the first byte to the last is UTF-8, because other text hardly ever is. What remains is one of three one- or
//! two-byte encodings of Windows: Chinese if every pair decodes and most are among the 3,755 frequent characters (in
//! Russian text read as Chinese, words of odd length leave a broken pair, and small letters fall among the rare ones);
//! Western if most foreign letters stand beside English ones; otherwise Russian.

use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{
    CoderResult, Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252,
};

use super::file_kind::Foreign;
use super::refusal::{TableError, TableRefusal};
use super::table::Input;

const CHUNK_BYTES: usize = 64 << 10;
/// How many frequent Chinese characters make Chinese text, in hundredths.
const FREQUENT_HANZI_MIN_PERCENT: u64 = 60;

/// After so many the share is known.
const HANZI_COUNTED_MAX: u64 = 50_000;

/// An encoding and where the text begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextStart {
    pub(super) encoding: &'static Encoding,
    mark_bytes: u64,
}

/// Finds the encoding by reading the whole file once.
pub(super) fn detect(input: &mut Input) -> Result<TextStart, TableError> {
    input.seek(SeekFrom::Start(0))?;
    let mut start = [0; 4];
    let start_bytes = read_full(input, &mut start)?;
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(&start[..start_bytes]) {
        return Ok(TextStart { encoding, mark_bytes: mark_bytes as u64 });
    }
    input.seek(SeekFrom::Start(0))?;
    let mut signs = Signs::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let bytes = read_full(input, &mut chunk)?;
        signs.note(&chunk[..bytes], bytes < CHUNK_BYTES);
        if bytes < CHUNK_BYTES {
            break;
        }
    }
    Ok(TextStart { encoding: signs.judge()?, mark_bytes: 0 })
}

fn read_full(input: &mut Input, buffer: &mut [u8]) -> Result<usize, TableError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..])? {
            0 => break,
            bytes => filled += bytes,
        }
    }
    Ok(filled)
}

/// What was counted in the bytes.
struct Signs {
    bytes: u64,
    zeros: u64,
    /// Bytes 0 or 4 (English and Cyrillic) at even and at odd places: the high bytes of UTF-16.
    low_pages: [u64; 2],
    utf8: Option<Decoder>,
    gb18030: Option<Decoder>,
    hanzi: u64,
    frequent_hanzi: u64,
    high: u64,
    high_beside_english: u64,
    previous: u8,
    discarded: String,
}

impl Signs {
    fn new() -> Signs {
        Signs {
            bytes: 0,
            zeros: 0,
            low_pages: [0; 2],
            utf8: Some(UTF_8.new_decoder_without_bom_handling()),
            gb18030: Some(GB18030.new_decoder_without_bom_handling()),
            hanzi: 0,
            frequent_hanzi: 0,
            high: 0,
            high_beside_english: 0,
            previous: b' ',
            discarded: String::with_capacity(CHUNK_BYTES * 4),
        }
    }

    fn note(&mut self, chunk: &[u8], last: bool) {
        for (place, &byte) in chunk.iter().enumerate() {
            // Chunks have even lengths, so places keep their parity.
            self.low_pages[place & 1] += u64::from(matches!(byte, 0 | 4));
            self.zeros += u64::from(byte == 0);
        }
        self.bytes += chunk.len() as u64;
        self.utf8 = keep_if_valid(self.utf8.take(), chunk, last, &mut self.discarded);
        self.gb18030 = keep_if_valid(self.gb18030.take(), chunk, last, &mut self.discarded);
        if self.gb18030.is_some() && self.hanzi < HANZI_COUNTED_MAX {
            for hanzi in self.discarded.chars().filter(|c| !c.is_ascii()) {
                self.hanzi += 1;
                self.frequent_hanzi += u64::from(is_frequent(hanzi));
            }
        }
        for &byte in chunk {
            if byte >= 0x80 {
                self.high += 1;
                self.high_beside_english += u64::from(self.previous.is_ascii_alphabetic());
            }
            self.previous = byte;
        }
    }

    fn judge(&self) -> Result<&'static Encoding, TableRefusal> {
        const BINARY: TableRefusal = TableRefusal::Foreign(Foreign::Binary);
        let half = self.bytes / 2;
        // Nine of ten, so that a few signs of other pages (№, dashes) do not matter.
        let mostly = |count: u64| count * 10 >= half * 9;
        if self.zeros * 20 >= self.bytes && self.zeros > 1 {
            return match self.low_pages {
                [_, odd] if mostly(odd) => Ok(UTF_16LE),
                [even, _] if mostly(even) => Ok(UTF_16BE),
                _ => Err(BINARY),
            };
        }
        if self.zeros * 100 > self.bytes {
            return Err(BINARY);
        }
        if self.utf8.is_some() {
            return Ok(UTF_8);
        }
        if self.gb18030.is_some() && self.frequent_hanzi * 100 >= self.hanzi * FREQUENT_HANZI_MIN_PERCENT {
            return Ok(GB18030);
        }
        Ok(if self.high_beside_english * 3 > self.high { WINDOWS_1252 } else { WINDOWS_1251 })
    }
}

/// The first level of GB 2312 is ordered by pronunciation and holds the 3,755 frequent characters.
fn is_frequent(hanzi: char) -> bool {
    let mut utf8 = [0; 4];
    let (gb, _, _) = GB18030.encode(hanzi.encode_utf8(&mut utf8));
    // Punctuation and full-width letters lie before the first level and are as good a sign.
    matches!(*gb, [0xA1..=0xA3 | 0xB0..=0xD7, 0xA1..=0xFE])
}

/// The decoder, unless these bytes are no text of its encoding. `decoded` receives their text.
fn keep_if_valid(
    decoder: Option<Decoder>,
    chunk: &[u8],
    last: bool,
    decoded: &mut String,
) -> Option<Decoder> {
    let mut decoder = decoder?;
    decoded.clear();
    // `decoded` has room for the longest text of a chunk; the decoder writes no further.
    let (result, _, replaced) = decoder.decode_to_string(chunk, decoded, last);
    (!replaced && result == CoderResult::InputEmpty).then_some(decoder)
}

/// The physical lines of a text file.
pub(super) struct Lines<'input> {
    input: &'input mut Input,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    at: usize,
    ended: bool,
    max_line_bytes: usize,
    /// Physical lines given so far.
    given: u32,
}

impl<'input> Lines<'input> {
    pub(super) fn new(
        input: &'input mut Input,
        start: TextStart,
        max_line_bytes: usize,
    ) -> Result<Lines<'input>, TableError> {
        input.seek(SeekFrom::Start(start.mark_bytes))?;
        Ok(Lines {
            input,
            decoder: start.encoding.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK_BYTES],
            text: String::new(),
            at: 0,
            ended: false,
            max_line_bytes,
            given: 0,
        })
    }

    /// The next line without its end; `None` after the last. A carriage return alone ends a line too (old Macs).
    pub(super) fn next(&mut self) -> Result<Option<String>, TableError> {
        let mut searched = self.at;
        loop {
            let rest = &self.text.as_bytes()[searched..];
            if let Some(found) = memchr::memchr2(b'\n', b'\r', rest) {
                let end = searched + found;
                let is_return = self.text.as_bytes()[end] == b'\r';
                // The line feed that may follow has perhaps not been read yet.
                if !is_return || end + 1 < self.text.len() || self.ended {
                    let feed_follows = is_return && self.text.as_bytes().get(end + 1) == Some(&b'\n');
                    return self.give(end, end + 1 + usize::from(feed_follows)).map(Some);
                }
                searched = end;
            } else {
                searched = self.text.len();
            }
            if self.ended {
                let end = self.text.len();
                return if self.at < end { self.give(end, end).map(Some) } else { Ok(None) };
            }
            if searched - self.at > self.max_line_bytes {
                return Err(self.too_long());
            }
            searched -= self.at;
            self.fill()?;
        }
    }

    fn give(&mut self, end: usize, next: usize) -> Result<String, TableError> {
        if end - self.at > self.max_line_bytes {
            return Err(self.too_long());
        }
        let line = self.text[self.at..end].to_owned();
        self.at = next;
        self.given = self.given.saturating_add(1);
        Ok(line)
    }

    fn too_long(&self) -> TableError {
        TableRefusal::LineTooLong { line: self.given + 1, max_bytes: self.max_line_bytes }.into()
    }

    /// Drops what was given and decodes one more chunk behind the rest.
    fn fill(&mut self) -> Result<(), TableError> {
        self.text.drain(..self.at);
        self.at = 0;
        let bytes = self.input.read(&mut self.raw)?;
        self.ended = bytes == 0;
        let room = self.decoder.max_utf8_buffer_length(bytes).unwrap_or(bytes * 4 + 16);
        self.text.reserve(room);
        let (result, _, _) = self.decoder.decode_to_string(&self.raw[..bytes], &mut self.text, self.ended);
        debug_assert_eq!(result, CoderResult::InputEmpty, "room for the longest text was made");
        Ok(())
    }
}
