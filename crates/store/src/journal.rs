//! The emergency journal: a file with all its space taken beforehand, for whom a door lets in while the book cannot be written.
//!
//! It has places of one size. A record is durable in its place before a door opens, and its place is empty again once the book has it.
//! It holds ids and no names. What it means is known to [`crate::passages::emergency`].

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::fault::{Fault, FaultKind};

/// The file in the data folder.
const JOURNAL_FILE: &str = "emergency.journal";

/// Bytes of a place.
const PLACE_BYTES: usize = 1_024;

/// Places: an hour of a busy club.
const PLACES: usize = 1_024;

/// Bytes before the text of a record: its length, and the beginning of its hash.
const LENGTH_BYTES: usize = 4;
const HASH_BYTES: usize = 16;
const HEAD_BYTES: usize = LENGTH_BYTES + HASH_BYTES;

/// The journal, opened.
pub(crate) struct Journal {
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    /// The texts by their places.
    records: Vec<Option<String>>,
    /// A write failed: nobody knows what is there, and nothing is written any more until the program starts again.
    failed: bool,
}

/// Why a record is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotKept<R> {
    /// The caller's own reason, after a look at all records.
    Refused(R),
    /// No place is left, or the disk does not take it.
    NoPlace,
}

impl Journal {
    /// Opens it, making it where there is none; `None` when there is no space for it.
    ///
    /// # Errors
    /// [`FaultKind::Halted`] when the disk fails.
    pub(crate) fn open(folder: &Path) -> Result<Option<Journal>, Fault> {
        match Self::opened(&folder.join(JOURNAL_FILE)) {
            Ok(journal) => Ok(Some(journal)),
            Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
                Ok(None)
            }
            Err(error) => Err(Fault::new(FaultKind::Halted, format!("the emergency journal: {error}"))),
        }
    }

    fn opened(path: &Path) -> std::io::Result<Journal> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        let taken_bytes = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let all_bytes = PLACES * PLACE_BYTES;
        if taken_bytes < all_bytes {
            file.seek(SeekFrom::Start(taken_bytes as u64))?;
            file.write_all(&vec![0; all_bytes - taken_bytes])?;
            file.sync_all()?;
        }
        let mut records = Vec::with_capacity(PLACES);
        let mut bytes = [0; PLACE_BYTES];
        file.seek(SeekFrom::Start(0))?;
        for _ in 0..PLACES {
            file.read_exact(&mut bytes)?;
            records.push(text_of(&bytes));
        }
        Ok(Journal { inner: Mutex::new(Inner { file, records, failed: false }) })
    }

    /// Keeps a record that `make` makes with a look at all that are there. It is durable when this returns.
    pub(crate) fn keep<T, R>(
        &self,
        make: impl FnOnce(&[&str]) -> Result<(String, T), R>,
    ) -> Result<T, NotKept<R>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let known: Vec<&str> = inner.records.iter().flatten().map(String::as_str).collect();
        let (text, made) = make(&known).map_err(NotKept::Refused)?;
        let place = inner.records.iter().position(Option::is_none).filter(|_| !inner.failed);
        let (Some(place), Some(bytes)) = (place, bytes_of(&text)) else { return Err(NotKept::NoPlace) };
        if inner.write(place, &bytes).is_err() {
            inner.failed = true;
            return Err(NotKept::NoPlace);
        }
        inner.records[place] = Some(text);
        Ok(made)
    }

    /// All records with their places.
    pub(crate) fn records(&self) -> Vec<(usize, String)> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let with_place = |(place, text): (usize, &Option<String>)| text.clone().map(|text| (place, text));
        inner.records.iter().enumerate().filter_map(with_place).collect()
    }

    /// Empties a place whose record the book has.
    ///
    /// # Errors
    /// [`FaultKind::Halted`] when the disk fails: then it is taken into the book once more, which changes nothing.
    pub(crate) fn forget(&self, place: usize) -> Result<(), Fault> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let emptied = inner.write(place, &[0; PLACE_BYTES]);
        emptied.map_err(|error| {
            Fault::new(FaultKind::Halted, format!("a place of the emergency journal: {error}"))
        })?;
        inner.records[place] = None;
        Ok(())
    }
}

impl Inner {
    fn write(&mut self, place: usize, bytes: &[u8; PLACE_BYTES]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(offset(place)))?;
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }
}

const fn offset(place: usize) -> u64 {
    (place * PLACE_BYTES) as u64
}

fn hash(text: &[u8]) -> [u8; HASH_BYTES] {
    let mut begin = [0; HASH_BYTES];
    begin.copy_from_slice(&Sha256::digest(text)[..HASH_BYTES]);
    begin
}

/// `None` when the text is longer than a place.
fn bytes_of(text: &str) -> Option<[u8; PLACE_BYTES]> {
    let mut bytes = [0; PLACE_BYTES];
    let length = u32::try_from(text.len()).ok()?;
    bytes.get_mut(HEAD_BYTES..HEAD_BYTES + text.len())?.copy_from_slice(text.as_bytes());
    bytes[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    bytes[LENGTH_BYTES..HEAD_BYTES].copy_from_slice(&hash(text.as_bytes()));
    Some(bytes)
}

/// `None` of an empty place, and of one whose write was torn: then no door has opened for it.
fn text_of(bytes: &[u8; PLACE_BYTES]) -> Option<String> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let (hashed, rest) = rest.split_first_chunk::<HASH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length > 0)?;
    let text = rest.get(..length)?;
    if hash(text) != *hashed {
        return None;
    }
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(journal: &Journal, text: &str) -> Result<(), NotKept<()>> {
        journal.keep(|_| Ok((text.to_owned(), ())))
    }

    fn texts(journal: &Journal) -> Vec<String> {
        journal.records().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn g03_what_is_kept_is_there_after_a_start_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap().unwrap();
        let size = std::fs::metadata(folder.path().join(JOURNAL_FILE)).unwrap().len();
        for text in ["one", "two", "three"] {
            kept(&journal, text).unwrap();
        }
        journal.forget(1).unwrap();
        let known = journal.keep(|known| Err::<(String, ()), _>(known.join(" ")));
        assert_eq!(known, Err(NotKept::Refused("one three".to_owned())));
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap().unwrap();
        assert_eq!(texts(&journal), ["one", "three"]);
        kept(&journal, "four").unwrap();
        assert_eq!(texts(&journal), ["one", "four", "three"], "a place is used again");
        assert_eq!(std::fs::metadata(folder.path().join(JOURNAL_FILE)).unwrap().len(), size);
    }

    #[test]
    fn g03_a_torn_record_is_none_and_a_full_journal_takes_none() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap().unwrap();
        kept(&journal, "whole").unwrap();
        kept(&journal, "torn in the middle").unwrap();
        drop(journal);
        let mut file = File::options().write(true).open(folder.path().join(JOURNAL_FILE)).unwrap();
        file.seek(SeekFrom::Start(offset(1) + HEAD_BYTES as u64 + 6)).unwrap();
        file.write_all(&[0; 4]).unwrap();
        let journal = Journal::open(folder.path()).unwrap().unwrap();
        assert_eq!(texts(&journal), ["whole"]);
        assert_eq!(kept(&journal, &"x".repeat(PLACE_BYTES)), Err(NotKept::NoPlace), "longer than a place");
        // Without a sync for each: the places are what is filled.
        let mut inner = journal.inner.lock().unwrap();
        inner.records.iter_mut().for_each(|record| *record = Some("taken".to_owned()));
        drop(inner);
        assert_eq!(kept(&journal, "one too many"), Err(NotKept::NoPlace));
    }
}
