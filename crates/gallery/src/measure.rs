//! For the benchmark: a gallery full of random vectors, the floor below every search, and how often the exact search
//! would have answered otherwise.

use crate::change::Change;
use crate::gallery::{ApplyError, Gallery};
use crate::groups::{Filter, GroupId};
use crate::kernel::{Kernel, Task};
use crate::query::Query;
use crate::reference::{ExactHit, exact_score};
use crate::search::SearchOptions;
use crate::snapshot::Snapshot;
use crate::vector::{query_error_bound, template_error_bound};

/// Members that are added in one batch.
const FILL_BATCH_MEMBERS: u32 = 4_096;

/// Reads every byte that a full search has to read, as fast as this instruction set can, with one thread, and nothing
/// else: components and inverse norms. Returns their sum, so that the reading cannot be left out.
pub fn read_floor(gallery: &Gallery) -> u64 {
    gallery.selected().run(Floor { snapshot: &gallery.hold() })
}

/// Bytes that [`read_floor`] and a full search read.
pub fn bytes_to_read(gallery: &Gallery) -> usize {
    gallery.hold().segments().flat_map(|segment| segment.blocks().bytes_to_read()).map(<[u8]>::len).sum()
}

struct Floor<'a> {
    snapshot: &'a Snapshot,
}

impl Task for Floor<'_> {
    type Output = u64;

    fn run<K: Kernel>(self, kernel: K) -> u64 {
        let parts = self.snapshot.segments().flat_map(|segment| segment.blocks().bytes_to_read());
        parts.fold(0, |sum, part| sum.wrapping_add(kernel.sum(part)))
    }
}

/// A vector of length one in a random direction, always the same for the same `seed` and `member`.
pub fn random_vector(seed: u64, member: u32, dim: usize) -> Vec<f32> {
    let mut state = mix(seed) ^ mix(u64::from(member).wrapping_add(1) << 32);
    let mut vector: Vec<f32> = (0..dim).map(|_| normal(&mut state)).collect();
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|x| *x /= norm);
    } else {
        vector.iter_mut().for_each(|x| *x = 1.0);
    }
    vector
}

/// Nearly normal: the sum of four uniform numbers of 16 bits, about the middle.
fn normal(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = mix(*state);
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
    sum as f32 - 2.0 * 65_535.0
}

/// The finisher of splitmix64.
fn mix(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// Gives the members `0..members` one [`random_vector`] each, in the ordinary way, and the groups that `groups` says.
pub fn fill_random(
    gallery: &Gallery,
    members: u32,
    seed: u64,
    groups: impl Fn(u32) -> Vec<GroupId>,
) -> Result<(), ApplyError> {
    let dim = gallery.dim();
    for start in (0..members).step_by(FILL_BATCH_MEMBERS as usize) {
        let batch = start..members.min(start + FILL_BATCH_MEMBERS);
        let changes: Vec<_> = batch
            .map(|member| {
                let vector = random_vector(seed, member, dim);
                Change::upsert(member, &[&vector], &groups(member))
                    .expect("a random vector of length one is valid")
            })
            .collect();
        gallery.apply(&changes)?;
    }
    Ok(())
}

/// How the gallery's answers compare with the exact search over the vectors before they were quantised.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Differences {
    /// Queries that were compared.
    pub queries: usize,
    /// Queries whose best member is another one.
    pub other_best: usize,
    /// Of those, how many have a difference of scores that quantisation cannot explain. Must be zero.
    pub unexplained: usize,
    /// The largest difference of exact scores between the exact best and the best that was found.
    pub lost_score_max: f64,
    /// The largest difference between a score that was answered and the exact score of the same member.
    pub score_error_max: f64,
}

/// Compares the answers with the exact search, for a gallery that was filled by [`fill_random`] with the same numbers.
///
/// Slow: it makes and compares every vector again.
///
/// # Panics
///
/// If a query is not one for this gallery, or the gallery was not filled so.
pub fn compare_with_exact(gallery: &Gallery, members: u32, seed: u64, queries: &[Vec<f32>]) -> Differences {
    let dim = gallery.dim();
    let mut exact = vec![ExactHit { member: 0, score: f64::NEG_INFINITY }; queries.len()];
    for member in 0..members {
        let vector = random_vector(seed, member, dim);
        for (query, best) in queries.iter().zip(&mut exact) {
            let score = exact_score(query, &vector);
            if score > best.score {
                *best = ExactHit { member, score };
            }
        }
    }
    let mut differences = Differences { queries: queries.len(), ..Differences::default() };
    for (query, best) in queries.iter().zip(&exact) {
        let valid = Query::new(query).expect("a query that is valid");
        let found =
            gallery.search(&valid, &Filter::All, SearchOptions::default()).expect("a query of this length");
        let Some(found) = found.best else { continue };
        let found_vector = random_vector(seed, found.member, dim);
        let found_score = exact_score(query, &found_vector);
        let error = (f64::from(found.score) - found_score).abs();
        differences.score_error_max = differences.score_error_max.max(error);
        if found.member != best.member {
            let lost = best.score - found_score;
            let best_vector = random_vector(seed, best.member, dim);
            let bounds = [template_error_bound(&found_vector), template_error_bound(&best_vector)];
            let bounds = bounds.into_iter().chain([query_error_bound(query); 2]);
            let explained: f64 = bounds.map(|bound| bound.expect("a valid vector")).sum();
            differences.other_best += 1;
            differences.unexplained += usize::from(lost > explained);
            differences.lost_score_max = differences.lost_score_max.max(lost);
        }
    }
    differences
}
