//! Which rows of a file seem to be the same person. Only hashes are kept: a million rows take some tens of megabytes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::row::{Duplicate, DuplicateBy, ImportRow, folded_name};

/// The rows seen so far by what identifies a person.
#[derive(Default)]
pub(super) struct SeenRows {
    /// Seeded anew for each run, so that nobody can make rows collide on purpose.
    hasher: RandomState,
    first_lines: HashMap<u64, u32>,
}

impl SeenRows {
    /// Remembers the row, and says which former one it repeats by its strongest sign.
    pub(super) fn note(&mut self, row: &ImportRow) -> Option<Duplicate> {
        let mut signs: Vec<(DuplicateBy, u64)> = Vec::with_capacity(6);
        let mut sign = |by: DuplicateBy, text: &str| signs.push((by, self.hasher.hash_one((by, text))));
        sign(DuplicateBy::WholeRow, &row.key.to_string());
        row.cards.iter().for_each(|card| sign(DuplicateBy::Card, &card.to_lowercase()));
        row.phones.iter().for_each(|phone| sign(DuplicateBy::Phone, phone.as_str()));
        row.emails.iter().for_each(|email| sign(DuplicateBy::Email, &email.to_lowercase()));
        if let (Some(born), false) = (row.born, row.name.is_empty()) {
            sign(DuplicateBy::NameAndBirth, &format!("{} {born}", folded_name(&row.name)));
        }
        let mut found: Option<Duplicate> = None;
        for (by, hash) in signs {
            let first_line = *self.first_lines.entry(hash).or_insert(row.line);
            if first_line != row.line && found.as_ref().is_none_or(|found| by < found.by) {
                found = Some(Duplicate { line: row.line, first_line, by });
            }
        }
        found
    }
}
