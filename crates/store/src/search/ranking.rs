//! The best members among those that have a fitting word for each word of a query.

use std::collections::BTreeSet;

use super::matching::{Grade, Matches};

/// A member that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub member: u32,
    /// How well the worst word of the query fits.
    pub grade: Grade,
}

const GRADES: [Grade; 6] =
    [Grade::Exact, Grade::Prefix, Grade::Alike, Grade::AlikePrefix, Grade::OneTypo, Grade::TwoTypos];

/// The worst grade, and the sum of all; less is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Quality {
    worst: u8,
    sum: u8,
}

impl Quality {
    /// Of the grade of each word; none if a word does not fit.
    fn of(grades: impl Iterator<Item = Option<u8>>) -> Option<Self> {
        grades.into_iter().try_fold(Self { worst: 0, sum: 0 }, |quality, grade| {
            let grade = grade?;
            Some(Self { worst: quality.worst.max(grade), sum: quality.sum + grade })
        })
    }
}

/// What the answer is sorted by: quality, then the caller's rank, the greatest first, then the number.
type Key = (Quality, std::cmp::Reverse<u32>, u32);

/// What is known of stored words and members.
pub(super) trait Stored {
    fn members_of(&self, word: u32) -> &[u32];
    fn words_of(&self, member: u32) -> &[u32];
    fn rank(&self, member: u32) -> u32;
}

/// The best `limit` members.
pub(super) fn best(matches: &[Matches], stored: &impl Stored, limit: usize) -> Vec<Found> {
    let cost = |matches: &Matches| -> usize {
        matches.words().iter().map(|word| stored.members_of(*word).len()).sum()
    };
    // Every member of the answer has a word that fits the rarest word of the query.
    let Some(rarest) = (0..matches.len()).min_by_key(|at| cost(&matches[*at])) else { return Vec::new() };
    let at_best: Vec<Option<u8>> = matches.iter().map(best_grade).collect();
    let mut words: Vec<u32> = matches[rarest].words().to_vec();
    words.sort_unstable_by_key(|word| (matches[rarest].grade(*word), *word));

    let mut kept: BTreeSet<Key> = BTreeSet::new();
    for word in words {
        let with_this = |at: usize| if at == rarest { matches[rarest].grade(word) } else { at_best[at] };
        let Some(hope) = Quality::of((0..matches.len()).map(with_this)) else { return Vec::new() };
        for member in stored.members_of(word) {
            let rank = std::cmp::Reverse(stored.rank(*member));
            // Who cannot come in even if all other words fit as well as any does is not looked at more closely.
            let beaten = |last: &Key| (hope, rank, *member) > *last;
            if kept.len() == limit && kept.last().is_some_and(beaten) {
                continue;
            }
            if let Some(quality) = quality(matches, stored.words_of(*member)) {
                kept.insert((quality, rank, *member));
                if kept.len() > limit {
                    kept.pop_last();
                }
            }
        }
    }
    let found = |(quality, _, member): Key| Found { member, grade: GRADES[usize::from(quality.worst)] };
    kept.into_iter().map(found).collect()
}

fn best_grade(matches: &Matches) -> Option<u8> {
    matches.words().iter().filter_map(|word| matches.grade(*word)).min()
}

/// How well the words of a member fit; none if a word of the query fits none of them.
fn quality(matches: &[Matches], words: &[u32]) -> Option<Quality> {
    Quality::of(matches.iter().map(|of| words.iter().filter_map(|word| of.grade(*word)).min()))
}
