//! People whom the operator knows to be in the photos under two names: label errors.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::evaluation::plan::PersonIndex;
use crate::failure::Failure;

/// The most pairs that one file may name.
const PAIRS_MAX: usize = 100_000;

/// Pairs of names that stand for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SamePeople {
    pairs: Vec<(String, String)>,
}

/// The same pairs as people of an evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SamePersonPairs {
    pairs: BTreeSet<(PersonIndex, PersonIndex)>,
    /// Pairs of the file with a name that is not among the people.
    pub unknown: usize,
}

impl SamePeople {
    /// Reads lines of two names with a tab between them. Empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// `bad_same_people` with the line's number when a line has not two different names, or there are too many.
    pub fn parse(text: &str) -> Result<SamePeople, Failure> {
        let mut pairs = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let refused =
                |words: &str| Failure::new("bad_same_people", format!("line {}: {words}", index + 1));
            let (first, second) =
                line.split_once('\t').ok_or_else(|| refused("write two names with a tab between them"))?;
            let (first, second) = (first.trim(), second.trim());
            if first.is_empty() || second.is_empty() || second.contains('\t') || first == second {
                return Err(refused("write two different names with one tab between them"));
            }
            if pairs.len() == PAIRS_MAX {
                return Err(refused("too many pairs"));
            }
            pairs.push((first.to_owned(), second.to_owned()));
        }
        Ok(SamePeople { pairs })
    }

    /// Finds the named people. A name is that of a folder or a file; a file's ending may be left out.
    #[must_use]
    pub fn among(&self, names: &[String]) -> SamePersonPairs {
        let mut by_name: HashMap<&str, Vec<PersonIndex>> = HashMap::new();
        for (person, name) in names.iter().enumerate() {
            by_name.entry(name).or_default().push(person);
            let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
            if let Some(stem) = stem.filter(|stem| stem != name) {
                by_name.entry(stem).or_default().push(person);
            }
        }
        let mut found = SamePersonPairs::default();
        for (first, second) in &self.pairs {
            let (Some(first), Some(second)) = (by_name.get(first.as_str()), by_name.get(second.as_str()))
            else {
                found.unknown += 1;
                continue;
            };
            for &a in first {
                found.pairs.extend(second.iter().filter(|&&b| a != b).map(|&b| (a.min(b), a.max(b))));
            }
        }
        found
    }
}

impl SamePersonPairs {
    /// Whether the two are known to be one person.
    #[must_use]
    pub fn contains(&self, a: PersonIndex, b: PersonIndex) -> bool {
        self.pairs.contains(&(a.min(b), a.max(b)))
    }

    /// How many pairs of people there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nobody is known under two names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether a person is known to be one of the first `members` people under another name.
    #[must_use]
    pub fn is_a_member(&self, person: PersonIndex, members: usize) -> bool {
        self.pairs.iter().any(|&(a, b)| (a == person && b < members) || (b == person && a < members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_and_without_the_ending() {
        let names = ["Anna", "Boris", "Anna_0001.jpg", "Dora.jpg"].map(str::to_owned);
        let text = "# known\n\nAnna\tDora\r\n Anna_0001.jpg \t Boris \nAnna\tNobody\n";
        let pairs = SamePeople::parse(text).unwrap().among(&names);
        assert_eq!((pairs.len(), pairs.unknown), (2, 1));
        assert!(pairs.contains(3, 0) && pairs.contains(0, 3) && pairs.contains(1, 2));
        assert!(!pairs.contains(0, 1));
        assert!(pairs.is_a_member(3, 2) && pairs.is_a_member(2, 2) && !pairs.is_a_member(0, 2));
        assert!(SamePeople::default().among(&names).is_empty());
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, line) in [("a b", 1), ("a\tb\nc\t", 2), ("# x\na\ta", 2), ("a\tb\tc", 1)] {
            let refusal = SamePeople::parse(text).unwrap_err();
            assert_eq!(refusal.key, "bad_same_people");
            assert!(refusal.message.starts_with(&format!("line {line}:")), "{text}: {}", refusal.message);
        }
    }
}
