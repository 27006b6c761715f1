//! Which photo plays which part: enrolled, mated probe, or non-mated probe.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::folder::Person;

/// A person of the evaluation. Members come first: member `n` is person `n`, and strangers follow.
pub type PersonIndex = usize;

/// What a photo is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It becomes part of a member's search template.
    Enrolled,
    /// It should find its own member.
    MatedProbe,
    /// It should find nobody.
    NonmatedProbe,
}

/// A photo with its part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPhoto {
    /// The file.
    pub path: PathBuf,
    /// Whom it shows.
    pub person: PersonIndex,
    /// What it is used for.
    pub role: Role,
}

/// All photos of an evaluation, in the order of people and file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The names of members, then of strangers.
    names: Vec<String>,
    members: usize,
    /// The photos.
    pub photos: Vec<PlannedPhoto>,
    /// How many photos of each member are enrolled.
    pub enrol: usize,
    /// Folders that are left out because nothing would remain to probe with.
    pub folders_with_too_few_photos: usize,
}

impl Plan {
    /// Members are the folders with more than `enrol` photos: the first `enrol` by file name are enrolled, the rest are
    /// mated probes. Each stranger's first photo is a non-mated probe.
    ///
    /// # Errors
    /// `no_members` when no folder has enough photos.
    pub fn of(folders: &[Person], enrol: usize, strangers: &[Person]) -> Result<Plan, Failure> {
        let (mut names, mut photos) = (Vec::new(), Vec::new());
        for folder in folders.iter().filter(|folder| folder.photos.len() > enrol) {
            for (index, path) in folder.photos.iter().enumerate() {
                let role = if index < enrol { Role::Enrolled } else { Role::MatedProbe };
                photos.push(PlannedPhoto { path: path.clone(), person: names.len(), role });
            }
            names.push(folder.name.clone());
        }
        let members = names.len();
        if members == 0 {
            let words = format!("no folder holds more than {enrol} photos: give more photos, or enrol fewer");
            return Err(Failure::new("no_members", words));
        }
        for stranger in strangers {
            let Some(path) = stranger.photos.first() else { continue };
            photos.push(PlannedPhoto { path: path.clone(), person: names.len(), role: Role::NonmatedProbe });
            names.push(stranger.name.clone());
        }
        Ok(Plan { names, members, photos, enrol, folders_with_too_few_photos: folders.len() - members })
    }

    /// How many members there are.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members
    }

    /// How many people there are, members and strangers.
    #[must_use]
    pub fn people(&self) -> usize {
        self.names.len()
    }

    /// The name of a person, as the operator's folder or file has it.
    #[must_use]
    pub fn name(&self, person: PersonIndex) -> &str {
        self.names.get(person).map_or("", String::as_str)
    }

    /// The names of all people, by person.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The file of a photo.
    #[must_use]
    pub fn path(&self, photo: usize) -> &Path {
        self.photos.get(photo).map_or(Path::new(""), |photo| &photo.path)
    }

    /// The indices of the photos with this part.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = usize> {
        self.photos.iter().enumerate().filter(move |(_, photo)| photo.role == role).map(|(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, photos: &[&str]) -> Person {
        Person { name: name.into(), photos: photos.iter().map(PathBuf::from).collect() }
    }

    #[test]
    fn the_first_photos_are_enrolled_and_the_rest_are_probes() {
        let folders =
            [person("a", &["1", "2", "3"]), person("b", &["1", "2"]), person("c", &["4", "5", "6"])];
        let strangers = [person("s", &["7", "8"]), person("none", &[]), person("t", &["9"])];
        let plan = Plan::of(&folders, 2, &strangers).unwrap();
        assert_eq!((plan.members(), plan.people(), plan.folders_with_too_few_photos), (2, 4, 1));
        let paths =
            |role| plan.with_role(role).map(|photo| plan.path(photo).to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(paths(Role::Enrolled), ["1", "2", "4", "5"]);
        assert_eq!(paths(Role::MatedProbe), ["3", "6"]);
        assert_eq!(paths(Role::NonmatedProbe), ["7", "9"]);
        let people: Vec<&str> = plan.photos.iter().map(|photo| plan.name(photo.person)).collect();
        assert_eq!(people, ["a", "a", "a", "c", "c", "c", "s", "t"]);
    }

    #[test]
    fn without_enough_photos_there_is_nothing_to_measure() {
        assert_eq!(Plan::of(&[person("a", &["1"])], 1, &[]).unwrap_err().key, "no_members");
    }
}
