//! Folders of photos: one subfolder for each person, or photos side by side.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The most people in one folder: beyond it the folder is probably not what was meant.
pub const PEOPLE_MAX: usize = 1_000_000;

/// The most photos of one person that are read.
pub const PHOTOS_PER_PERSON_MAX: usize = 1_000;

/// A person of a folder: the name of the subfolder and its photos in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The subfolder's name (or the file's, without its ending, where photos lie side by side).
    pub name: String,
    /// The photos, sorted by file name.
    pub photos: Vec<PathBuf>,
}

/// The people of `dir`: its subfolders in the order of their names. Hidden entries are passed over.
///
/// # Errors
/// When the folder cannot be read, holds no subfolder, or holds too many.
pub fn people(dir: &Path) -> Result<Vec<Person>, Failure> {
    let mut people = Vec::new();
    for path in sorted_entries(dir, PEOPLE_MAX)? {
        if path.is_dir() {
            let photos: Vec<PathBuf> = sorted_entries(&path, PHOTOS_PER_PERSON_MAX)?
                .into_iter()
                .filter(|entry| entry.is_file())
                .collect();
            people.push(Person { name: file_name(&path), photos });
        }
    }
    if people.is_empty() {
        let words = format!("{} holds no folder: make one folder of photos for each member", dir.display());
        return Err(Failure::new("no_members", words));
    }
    Ok(people)
}

/// Strangers: subfolders as in [`people`], and photos side by side, each of which is a person.
///
/// # Errors
/// When the folder cannot be read or is empty.
pub fn strangers(dir: &Path) -> Result<Vec<Person>, Failure> {
    let mut strangers = Vec::new();
    for path in sorted_entries(dir, PEOPLE_MAX)? {
        let photos =
            if path.is_dir() { sorted_entries(&path, PHOTOS_PER_PERSON_MAX)? } else { vec![path.clone()] };
        let photos: Vec<PathBuf> = photos.into_iter().filter(|entry| entry.is_file()).collect();
        if !photos.is_empty() {
            strangers.push(Person { name: file_name(&path), photos });
        }
    }
    if strangers.is_empty() {
        return Err(Failure::new("no_strangers", format!("{} holds no photo", dir.display())));
    }
    Ok(strangers)
}

fn sorted_entries(dir: &Path, max: usize) -> Result<Vec<PathBuf>, Failure> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|error| Failure::io("read", dir, &error))? {
        let path = entry.map_err(|error| Failure::io("read", dir, &error))?.path();
        if !file_name(&path).starts_with('.') {
            entries.push(path);
        }
        if entries.len() > max {
            return Err(Failure::new(
                "too_many_files",
                format!("{} holds more than {max} entries", dir.display()),
            ));
        }
    }
    entries.sort();
    Ok(entries)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_folders_and_photos_are_sorted() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["b/2.jpg", "b/1.jpg", "a/.hidden", "a/x.png", ".git/config", "loose.jpg"] {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let names = |people: &[Person]| {
            let photo = |path: &PathBuf| file_name(path);
            people
                .iter()
                .map(|p| (p.name.clone(), p.photos.iter().map(photo).collect()))
                .collect::<Vec<(_, Vec<_>)>>()
        };
        let expected =
            [("a", vec!["x.png"]), ("b", vec!["1.jpg", "2.jpg"]), ("loose.jpg", vec!["loose.jpg"])].map(
                |(name, photos)| (name.to_owned(), photos.into_iter().map(str::to_owned).collect::<Vec<_>>()),
            );
        assert_eq!(names(&people(dir.path()).unwrap()), expected[..2]);
        assert_eq!(names(&strangers(dir.path()).unwrap()), expected);
    }

    #[test]
    fn an_empty_or_missing_folder_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(people(dir.path()).unwrap_err().key, "no_members");
        assert_eq!(strangers(dir.path()).unwrap_err().key, "no_strangers");
        assert_eq!(people(&dir.path().join("missing")).unwrap_err().key, "io");
    }
}
