//! The slow and clear search that judges the fast one: f64, one vector after the other.

use crate::gallery::Gallery;
use crate::groups::Filter;
use crate::query::Query;
use crate::vector::BIAS;

/// A member with an exact score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactHit {
    /// The member.
    pub member: u32,
    /// The cosine.
    pub score: f64,
}

/// The cosine by its definition, in f64.
pub fn exact_score(query: &[f32], template: &[f32]) -> f64 {
    assert_eq!(query.len(), template.len(), "two vectors of the same length");
    cosine(query.iter().copied().map(f64::from), template.iter().copied().map(f64::from))
}

fn cosine(a: impl Iterator<Item = f64>, b: impl Iterator<Item = f64>) -> f64 {
    let (mut dot, mut a_square, mut b_square) = (0.0, 0.0, 0.0);
    for (x, y) in a.zip(b) {
        dot += x * y;
        a_square += x * x;
        b_square += y * y;
    }
    dot / (a_square * b_square).sqrt()
}

/// The exact score of each allowed member, best first, equal scores by number. A member counts with its best template.
///
/// Judges what the gallery stores: the templates and the query as they were quantised. What quantisation itself does is
/// shown by [`crate::measure::compare_with_exact`].
pub fn search_stored(gallery: &Gallery, query: &Query, filter: &Filter) -> Vec<ExactHit> {
    let held = gallery.hold();
    let allowed = held.groups().allowed(filter, held.directory().member_end());
    let members = 0..u32::try_from(held.directory().member_end()).expect("member numbers are u32");
    let mut hits: Vec<_> = members
        .filter(|member| allowed.contains(*member))
        .filter_map(|member| {
            let scores = held.slots(member).filter_map(|slot| {
                let (segment, slot) = held.position(slot);
                let codes = held.segment(segment)?.quads(slot).flatten();
                let template = codes.map(|code| f64::from(*code) - f64::from(BIAS));
                Some(cosine(query.values().iter().copied().map(f64::from), template))
            });
            Some(ExactHit { member, score: scores.reduce(f64::max)? })
        })
        .collect();
    // The sort is stable and the members came in the order of their numbers.
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    hits
}
