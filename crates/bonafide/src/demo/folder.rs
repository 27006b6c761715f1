//! The folder of a demo: its own, marked, and begun anew when it was not finished.
//!
//! A marker says whose folder it is and how far it came. Nothing is deleted in a folder without the marker, and nothing but the
//! demo's own files in one with it. The marker stays locked while a demo works in the folder, so that no second one empties it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bonafide_store::store::{BOOK_FILE, KEYS_FILE};

use super::sandbox::SANDBOX_FILE;
use crate::failure::Failure;

/// The marker's name in the folder.
pub const MARKER_FILE: &str = "this-is-a-demo";

/// The name of the key that opens the demo's book. It lies in the same folder: a demo protects nobody.
pub const KEY_FILE: &str = "demo.key";

/// The longest marker, in bytes.
const MARKER_BYTES_MAX: u64 = 1_024;

const UNFINISHED: &str = "A demo of Bonafide is being made here. Everything in this folder is made up.\n";

const FINISHED: &str = "A demo of Bonafide. Everything in this folder is made up; delete it when you like.\n";

/// A folder that belongs to a demo, for as long as this value lives.
#[derive(Debug)]
pub struct DemoFolder {
    folder: PathBuf,
    marker: File,
    finished: bool,
}

impl DemoFolder {
    /// Takes a folder for the demo, making it where there is none. What an unfinished demo has left is removed.
    ///
    /// # Errors
    /// `not_a_demo` when the folder has something else in it, `busy` when another demo works there, `io`.
    pub fn take(folder: &Path) -> Result<DemoFolder, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
        let path = folder.join(MARKER_FILE);
        let is_marked = path.symlink_metadata().is_ok_and(|found| found.is_file());
        if !is_marked && !is_empty(folder)? {
            let words = format!(
                "{} has something in it that is no demo: give the demo a folder of its own",
                folder.display()
            );
            return Err(Failure::new("not_a_demo", words));
        }
        let io = |error: std::io::Error| Failure::io("write", &path, &error);
        let mut marker =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match marker.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let words = format!("another demo works in {}: stop it first", folder.display());
                return Err(Failure::new("busy", words));
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let mut text = String::new();
        (&mut marker).take(MARKER_BYTES_MAX).read_to_string(&mut text).map_err(io)?;
        let finished = text == FINISHED;
        let mut taken = DemoFolder { folder: folder.to_owned(), marker, finished };
        if !finished {
            taken.mark(UNFINISHED)?;
            taken.remove_what_is_left()?;
        }
        Ok(taken)
    }

    /// Whether the demo is all there.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The file of the key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.folder.join(KEY_FILE)
    }

    /// The file with what a vendor of tills needs.
    #[must_use]
    pub fn sandbox_file(&self) -> PathBuf {
        self.folder.join(SANDBOX_FILE)
    }

    /// Notes that the demo is all there. To be called after everything is committed.
    ///
    /// # Errors
    /// `io`.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.mark(FINISHED)?;
        self.finished = true;
        Ok(())
    }

    fn mark(&mut self, text: &str) -> Result<(), Failure> {
        let path = self.folder.join(MARKER_FILE);
        let marker = &mut self.marker;
        let written = marker
            .seek(SeekFrom::Start(0))
            .and_then(|_| marker.set_len(0))
            .and_then(|()| marker.write_all(text.as_bytes()))
            .and_then(|()| marker.sync_all());
        written.map_err(|error| Failure::io("write", &path, &error))
    }

    /// The files of an unfinished book and its key. Whatever else somebody has put there stays.
    fn remove_what_is_left(&self) -> Result<(), Failure> {
        let entries =
            std::fs::read_dir(&self.folder).map_err(|error| Failure::io("read", &self.folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::io("read", &self.folder, &error))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let is_single = [KEY_FILE, SANDBOX_FILE].contains(&name);
            let is_ours = is_single || is_of(name, BOOK_FILE) || is_of(name, KEYS_FILE);
            if is_ours {
                let path = entry.path();
                std::fs::remove_file(&path).map_err(|error| Failure::io("remove", &path, &error))?;
            }
        }
        Ok(())
    }
}

/// Whether a file is a database or one that SQLite puts beside it.
fn is_of(name: &str, database: &str) -> bool {
    name.strip_prefix(database).is_some_and(|rest| ["", "-wal", "-shm", "-journal"].contains(&rest))
}

fn is_empty(folder: &Path) -> Result<bool, Failure> {
    let mut entries = std::fs::read_dir(folder).map_err(|error| Failure::io("read", folder, &error))?;
    Ok(entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str) {
        std::fs::write(folder.join(name), b"x").unwrap();
    }

    #[test]
    fn a_folder_with_something_else_is_never_taken_nor_emptied() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "book.db");
        assert_eq!(DemoFolder::take(dir.path()).unwrap_err().key, "not_a_demo");
        assert!(dir.path().join("book.db").exists());
        assert!(!dir.path().join(MARKER_FILE).exists());
    }

    #[test]
    fn an_unfinished_demo_begins_anew_and_a_finished_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("demo");
        let taken = DemoFolder::take(&folder).unwrap();
        assert!(!taken.is_finished());
        let files =
            ["book.db", "book.db-wal", "keys.db", "keys.db-shm", "demo.key", "notes.txt", "book.db.old"];
        files.iter().for_each(|name| put(&folder, name));
        assert_eq!(DemoFolder::take(&folder).unwrap_err().key, "busy", "one at a time");
        drop(taken);
        let mut taken = DemoFolder::take(&folder).unwrap();
        assert!(!taken.is_finished());
        let left: Vec<&str> = files.into_iter().filter(|name| folder.join(name).exists()).collect();
        assert_eq!(left, ["notes.txt", "book.db.old"]);
        put(&folder, "book.db");
        taken.finish().unwrap();
        drop(taken);
        let taken = DemoFolder::take(&folder).unwrap();
        assert!(taken.is_finished() && folder.join("book.db").exists());
    }
}
