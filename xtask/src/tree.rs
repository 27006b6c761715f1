//! The files of the project, read once and shown to every rule.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::rust::RustFile;

/// Folders of this name are never ours: what was built, what was fetched, and git's own.
const SKIPPED_ANYWHERE: [&str; 5] = [".git", "target", "node_modules", ".venv", "__pycache__"];

/// Folders that only hold results, from the root.
const SKIPPED_AT_ROOT: [&str; 1] = ["out"];

/// One file, by its path from the root, with `/` between the folders.
#[derive(Debug)]
pub struct File {
    /// For example `crates/domain/src/lib.rs`.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl File {
    /// The text, unless the file is binary.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok().filter(|text| !text.contains('\0'))
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// All files of the project, sorted by path. Read from the disk and not from git, so that the rules also hold in an
/// unpacked archive.
#[derive(Debug)]
pub struct Tree {
    files: Vec<File>,
    folders: BTreeSet<String>,
    rust: Vec<RustFile>,
}

impl Tree {
    /// Reads everything below `root`. Symbolic links are not followed.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        read_folder(root, "", &mut files)?;
        Ok(Self::of(files))
    }

    /// A tree of files that need not exist.
    pub fn of(mut files: Vec<File>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let rust = files
            .iter()
            .filter(|file| file.path.ends_with(".rs"))
            .filter_map(|file| file.text().map(|text| RustFile::read(&file.path, text)))
            .collect();
        let mut folders = BTreeSet::new();
        for file in &files {
            for (end, _) in file.path.match_indices('/') {
                folders.insert(file.path[..end].to_owned());
            }
        }
        Self { files, folders, rust }
    }

    /// Every file.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Every file that is text, with the text.
    pub fn texts(&self) -> impl Iterator<Item = (&File, &str)> {
        self.files.iter().filter_map(|file| file.text().map(|text| (file, text)))
    }

    /// Every Rust file, split into tokens.
    pub fn rust(&self) -> &[RustFile] {
        &self.rust
    }

    /// The file of this path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok().map(|at| &self.files[at])
    }

    /// Every folder with a file somewhere below it.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// Whether there is a file or a folder of this path; the root is the empty path.
    pub fn has(&self, path: &str) -> bool {
        path.is_empty() || self.file(path).is_some() || self.folders.contains(path)
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let skipped = SKIPPED_ANYWHERE.contains(&name) || SKIPPED_AT_ROOT.contains(&path.as_str());
            if !skipped {
                read_folder(&entry.path(), &path, files)?;
            }
        } else if kind.is_file() {
            files.push(File { path, bytes: std::fs::read(entry.path())? });
        }
    }
    Ok(())
}
