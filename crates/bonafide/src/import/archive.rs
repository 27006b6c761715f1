//! The zip archive that an xlsx is: its directory, and its parts unpacked under a limit.
//!
//! The directory is believed in nothing. Entries may not overlap (one packed megabyte can otherwise be unpacked a
//! thousand times), and a part gives at most the bytes that it announced, after the announcement was weighed.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::bufread::DeflateDecoder;

use super::limits::ImportLimits;
use super::refusal::{TableError, TableRefusal};
use super::table::Input;

const END_BYTES: usize = 22;
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// The directory of the largest number of entries, with names of ordinary length.
const DIRECTORY_BYTES_MAX: u64 = 1 << 20;
/// Below this the ratio is not looked at: small parts of an honest workbook are very regular.
const RATIO_FROM_BYTES: u64 = 1 << 20;

/// A part of the archive.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    name: String,
    deflated: bool,
    packed_bytes: u64,
    /// As announced, and so the most that is ever unpacked.
    unpacked_bytes: u64,
    local_offset: u64,
}

/// The directory.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    entries: Vec<Entry>,
}

impl Archive {
    /// Reads the directory from the end of the file and weighs every entry. Nothing is unpacked.
    pub(super) fn survey(input: &mut Input, limits: &ImportLimits) -> Result<Archive, TableError> {
        let (end, end_offset) = find_end(input)?;
        let entries_count = usize::from(u16_at(&end, 10));
        let directory_bytes = u64::from(u32_at(&end, 12));
        let directory_offset = u64::from(u32_at(&end, 16));
        if entries_count > limits.max_archive_entries || directory_bytes > DIRECTORY_BYTES_MAX {
            return Err(TableRefusal::TooManyParts { max_parts: limits.max_archive_entries }.into());
        }
        if directory_offset + directory_bytes > end_offset {
            return Err(TableRefusal::Malformed.into());
        }
        input.seek(SeekFrom::Start(directory_offset))?;
        let mut directory = vec![0; usize::try_from(directory_bytes).unwrap_or(0)];
        input.read_exact(&mut directory).map_err(TableError::from_decoder)?;
        let mut entries = Vec::with_capacity(entries_count);
        let mut rest = directory.as_slice();
        for _ in 0..entries_count {
            let (entry, after) = read_entry(rest).ok_or(TableRefusal::Malformed)?;
            weigh(&entry, limits)?;
            entries.push(entry);
            rest = after;
        }
        refuse_overlaps(&entries, directory_offset)?;
        Ok(Archive { entries })
    }

    /// The entry of that name. Producers disagree about case and the first slash.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }
}

impl Entry {
    /// A reader of the unpacked bytes. It fails when there are more than announced.
    pub(super) fn open<'input>(&self, input: &'input mut Input) -> Result<PartReader<'input>, TableError> {
        const PACKED_BUFFER_BYTES: usize = 64 << 10;
        input.seek(SeekFrom::Start(self.local_offset))?;
        let mut local = [0; LOCAL_BYTES];
        input.read_exact(&mut local).map_err(TableError::from_decoder)?;
        if !local.starts_with(b"PK\x03\x04") {
            return Err(TableRefusal::Malformed.into());
        }
        let skipped_bytes = i64::from(u16_at(&local, 26)) + i64::from(u16_at(&local, 28));
        input.seek(SeekFrom::Current(skipped_bytes))?;
        let packed = BufReader::with_capacity(PACKED_BUFFER_BYTES, input.take(self.packed_bytes));
        let unpacking = if self.deflated {
            Unpacking::Deflated(DeflateDecoder::new(packed))
        } else {
            Unpacking::Stored(packed)
        };
        Ok(PartReader { unpacking, left_bytes: self.unpacked_bytes })
    }
}

/// The unpacked bytes of a part.
pub(super) struct PartReader<'input> {
    unpacking: Unpacking<'input>,
    left_bytes: u64,
}

enum Unpacking<'input> {
    Stored(BufReader<Take<&'input mut Input>>),
    Deflated(DeflateDecoder<BufReader<Take<&'input mut Input>>>),
}

impl Read for PartReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = match &mut self.unpacking {
            Unpacking::Stored(reader) => reader.read(buffer)?,
            Unpacking::Deflated(reader) => reader.read(buffer)?,
        };
        let left_bytes = self.left_bytes.checked_sub(bytes as u64);
        self.left_bytes = left_bytes.ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes)
    }
}

/// The record at the end of the archive, with its place.
fn find_end(input: &mut Input) -> Result<([u8; END_BYTES], u64), TableError> {
    const COMMENT_BYTES_MAX: u64 = u16::MAX as u64;
    let file_bytes = input.seek(SeekFrom::End(0))?;
    let tail_bytes = file_bytes.min(END_BYTES as u64 + COMMENT_BYTES_MAX);
    let tail_offset = file_bytes - tail_bytes;
    input.seek(SeekFrom::Start(tail_offset))?;
    let mut tail = Vec::with_capacity(usize::try_from(tail_bytes).unwrap_or(0));
    input.take(tail_bytes).read_to_end(&mut tail)?;
    let candidates = (0..=tail.len().saturating_sub(END_BYTES)).rev();
    for at in candidates {
        let Some(end) = tail.get(at..).and_then(|rest| rest.first_chunk::<END_BYTES>()) else { break };
        // The comment must reach the end of the file exactly, or this is a signature inside some other data.
        if end.starts_with(b"PK\x05\x06") && at + END_BYTES + usize::from(u16_at(end, 20)) == tail.len() {
            return Ok((*end, tail_offset + at as u64));
        }
    }
    Err(TableRefusal::Truncated.into())
}

/// The first entry of the directory and what follows it.
fn read_entry(directory: &[u8]) -> Option<(Entry, &[u8])> {
    const ENCRYPTED: u16 = 1;
    let fixed = directory.first_chunk::<ENTRY_BYTES>()?;
    let (flags, method) = (u16_at(fixed, 8), u16_at(fixed, 10));
    let known = fixed.starts_with(b"PK\x01\x02") && flags & ENCRYPTED == 0 && matches!(method, 0 | 8);
    let name_end = ENTRY_BYTES + usize::from(u16_at(fixed, 28));
    let entry_end = name_end + usize::from(u16_at(fixed, 30)) + usize::from(u16_at(fixed, 32));
    let name = String::from_utf8_lossy(directory.get(ENTRY_BYTES..name_end)?).replace('\\', "/");
    let entry = Entry {
        name: name.trim_start_matches('/').to_owned(),
        deflated: method == 8,
        packed_bytes: u64::from(u32_at(fixed, 20)),
        unpacked_bytes: u64::from(u32_at(fixed, 24)),
        local_offset: u64::from(u32_at(fixed, 42)),
    };
    known.then_some((entry, directory.get(entry_end..)?))
}

/// Refuses what unpacks to more than a limit. Pictures and macros are weighed too: they would not be there otherwise.
fn weigh(entry: &Entry, limits: &ImportLimits) -> Result<(), TableRefusal> {
    let by_ratio_bytes = entry.packed_bytes.saturating_mul(limits.max_unpack_ratio).max(RATIO_FROM_BYTES);
    let max_bytes = by_ratio_bytes.min(limits.max_part_bytes);
    if entry.unpacked_bytes > max_bytes {
        return Err(TableRefusal::UnpacksTooFar { bytes: entry.unpacked_bytes, max_bytes });
    }
    Ok(())
}

fn refuse_overlaps(entries: &[Entry], directory_offset: u64) -> Result<(), TableRefusal> {
    let mut spans: Vec<(u64, u64)> = entries
        .iter()
        .map(|entry| {
            let least_bytes = LOCAL_BYTES as u64 + entry.packed_bytes;
            (entry.local_offset, entry.local_offset + least_bytes)
        })
        .collect();
    spans.push((directory_offset, directory_offset));
    spans.sort_unstable();
    if spans.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(TableRefusal::Malformed);
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
