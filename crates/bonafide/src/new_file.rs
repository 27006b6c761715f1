//! A file that appears when it is whole, and never in the place of another by mistake.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file that is being written under another name beside its place. Only its owner may read it, for it is about people.
/// Dropped before [`NewFile::finish`], it leaves nothing.
#[derive(Debug)]
pub struct NewFile {
    temporary: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl NewFile {
    /// Begins it; `replace` allows it to take the place of another.
    ///
    /// # Errors
    /// `file_exists`, `not_a_file`, `io`.
    pub fn begin(path: &Path, replace: bool) -> Result<NewFile, Failure> {
        refuse_existing(path, replace)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let temporary = tempfile::Builder::new()
            .prefix(".bonafide-")
            .tempfile_in(folder)
            .map_err(|error| Failure::io("write into", folder, &error))?;
        Ok(NewFile { temporary, path: path.to_owned(), replace })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// `io`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.temporary.write_all(bytes).map_err(|error| Failure::io("write", &self.path, &error))
    }

    /// The file itself, for what writes with jumps.
    pub fn as_file(&mut self) -> &mut std::fs::File {
        self.temporary.as_file_mut()
    }

    /// Puts it in its place, whole and on the disk. Tells how many bytes it has.
    ///
    /// # Errors
    /// `file_exists` or `not_a_file` when something else has appeared there meanwhile, `io`.
    pub fn finish(mut self) -> Result<u64, Failure> {
        let io = |error: std::io::Error| Failure::io("write", &self.path, &error);
        let bytes = self.temporary.as_file_mut().seek(SeekFrom::End(0)).map_err(io)?;
        self.temporary.as_file().sync_all().map_err(io)?;
        refuse_existing(&self.path, self.replace)?;
        let persisted = if self.replace {
            self.temporary.persist(&self.path)
        } else {
            self.temporary.persist_noclobber(&self.path)
        };
        match persisted {
            Ok(_) => Ok(bytes),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(&self.path)),
            Err(error) => Err(Failure::io("write", &self.path, &error.error)),
        }
    }
}

/// Refuses early what [`NewFile::finish`] would refuse late. Only a plain file is ever replaced: a new one in the place of a
/// device, a pipe or a link would break whatever uses it.
///
/// # Errors
/// `file_exists`, `not_a_file`.
pub fn refuse_existing(path: &Path, replace: bool) -> Result<(), Failure> {
    // What cannot be looked at is told by what cannot be written.
    let Ok(there) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let kind = there.file_type();
    if kind.is_dir() {
        return Err(Failure::new("file_exists", format!("{} is a folder: name a file", path.display())));
    }
    if !kind.is_file() {
        let what = if kind.is_symlink() { "a link" } else { "a device or a pipe" };
        let words =
            format!("{} is {what}, and only a plain file is replaced: name another file", path.display());
        return Err(Failure::new("not_a_file", words));
    }
    if replace { Ok(()) } else { Err(exists(path)) }
}

fn exists(path: &Path) -> Failure {
    let words = format!("{} is there already: name another file, or replace it with --force", path.display());
    Failure::new("file_exists", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let mut file = NewFile::begin(&path, false).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
        let (mut one, mut other) =
            (NewFile::begin(&path, false).unwrap(), NewFile::begin(&path, false).unwrap());
        one.write(b"one").unwrap();
        other.write(b"other").unwrap();
        assert_eq!(one.finish().unwrap(), 3);
        assert_eq!(other.finish().unwrap_err().key, "file_exists");
        assert_eq!(NewFile::begin(&path, false).map(drop).unwrap_err().key, "file_exists");
        assert_eq!(NewFile::begin(dir.path(), true).map(drop).unwrap_err().key, "file_exists");
        let mut new = NewFile::begin(&path, true).unwrap();
        new.write(b"new").unwrap();
        new.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
