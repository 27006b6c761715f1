//! One pass over the templates: what is visited, by how many threads, and what comes out.

use std::array;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::groups::{Allowed, Filter};
use crate::kernel::{Blocks, Found, Kernel, Selected, Task};
use crate::limits::{BLOCK_SLOTS, QUERIES_PER_PASS, THREADS_MAX};
use crate::query::Query;
use crate::snapshot::Snapshot;
use crate::top_two::{Candidate, TopTwo};
use crate::vector::BIAS;

/// If a filter allows at most one member in this many, only the blocks with their templates are visited. A visit out
/// of order costs about as much as this many templates in order: a whole block, a look into the directory, and a wait
/// for memory.
const VISIT_SHARE: usize = 64;

/// A member with a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The member.
    pub member: u32,
    /// The cosine of the query and the member's nearest template, both as they are stored; −1 to 1.
    pub score: f32,
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// The nearest member.
    pub best: Option<Hit>,
    /// The nearest of the other members.
    pub second: Option<Hit>,
    /// How many members were compared: all that the filter allows.
    pub searched_members: u32,
}

/// How to search. The answer does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// How many threads share the work, the calling one included; at most [`THREADS_MAX`]. Threads are started for
    /// each search, which pays only for large galleries.
    pub threads: NonZeroUsize,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { threads: NonZeroUsize::MIN }
    }
}

/// Why a search is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchError {
    /// The query has another length than the gallery's templates.
    WrongLength {
        /// The gallery's length.
        expected: usize,
        /// The query's length.
        actual: usize,
    },
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::WrongLength { expected, actual } = self;
        write!(f, "the query has {actual} components, the gallery's templates have {expected}")
    }
}

impl std::error::Error for SearchError {}

/// Searches one state of the gallery; the queries have the right length.
pub(crate) fn search(
    snapshot: &Snapshot,
    selected: Selected,
    queries: &[Query],
    filter: &Filter,
    options: SearchOptions,
) -> Vec<Search> {
    let allowed = snapshot.groups().allowed(filter, snapshot.directory().member_end());
    let searched_members = match &allowed {
        Allowed::All => snapshot.members(),
        Allowed::Some { len, .. } => *len,
    };
    let visit = visit(snapshot, &allowed);
    let route = Route { snapshot, allowed: &allowed, visit: visit.as_deref(), threads: options.threads };
    let answer = |(query, top): (&Query, TopTwo)| {
        let hit = |candidate: Candidate| Hit { member: candidate.member, score: score(candidate.key, query) };
        Search { best: top.best.map(hit), second: top.second.map(hit), searched_members }
    };
    queries
        .chunks(QUERIES_PER_PASS)
        .flat_map(|part| part.iter().zip(route.pass(selected, part)).map(answer))
        .collect()
}

/// The cosine that belongs to a key.
fn score(key: f32, query: &Query) -> f32 {
    (key * query.inverse_norm()).clamp(-1.0, 1.0)
}

/// The score of one member; the same number that a search would give.
pub(crate) fn score_member(snapshot: &Snapshot, member: u32, query: &Query) -> Option<f32> {
    let keys = snapshot.slots(member).filter_map(|slot| {
        let (segment, slot) = snapshot.position(slot);
        let segment = snapshot.segment(segment)?;
        let products = segment.quads(slot).zip(query.quads()).flat_map(|(codes, values)| {
            codes
                .iter()
                .zip(values)
                .map(|(code, value)| (i32::from(*code) - i32::from(BIAS)) * i32::from(*value))
        });
        Some(products.sum::<i32>() as f32 * segment.inverse_norm(slot))
    });
    keys.reduce(f32::max).map(|key| score(key, query))
}

/// For a small group in a large gallery the blocks to visit, in order; `None` means all.
fn visit(snapshot: &Snapshot, allowed: &Allowed) -> Option<Vec<u32>> {
    let Allowed::Some { bits, len } = allowed else { return None };
    if *len as usize * VISIT_SHARE > snapshot.members() as usize {
        return None;
    }
    // Each step clears the lowest bit; wrapping, because the step is also worked out for zero, where it ends.
    let members = bits.iter().enumerate().flat_map(|(index, word)| {
        let rests = std::iter::successors(Some(*word), |rest| Some(rest & rest.wrapping_sub(1)));
        rests.take_while(|rest| *rest != 0).map(move |rest| index as u32 * 64 + rest.trailing_zeros())
    });
    let mut blocks: Vec<u32> =
        members.flat_map(|member| snapshot.slots(member).map(|slot| slot / BLOCK_SLOTS as u32)).collect();
    blocks.sort_unstable();
    blocks.dedup();
    Some(blocks)
}

/// What to search, the same for all queries.
#[derive(Clone, Copy)]
struct Route<'a> {
    snapshot: &'a Snapshot,
    allowed: &'a Allowed,
    visit: Option<&'a [u32]>,
    threads: NonZeroUsize,
}

impl Route<'_> {
    /// One pass for up to [`QUERIES_PER_PASS`] queries.
    fn pass(&self, selected: Selected, queries: &[Query]) -> Vec<TopTwo> {
        // Four widths are compiled; a batch between them takes the next wider one.
        match queries.len() {
            0 => Vec::new(),
            1 => self.wide_pass::<1>(selected, queries),
            2 => self.wide_pass::<2>(selected, queries),
            3..=4 => self.wide_pass::<4>(selected, queries),
            _ => self.wide_pass::<QUERIES_PER_PASS>(selected, queries),
        }
    }

    fn wide_pass<const Q: usize>(&self, selected: Selected, queries: &[Query]) -> Vec<TopTwo> {
        let padded = array::from_fn(|q| &queries[q.min(queries.len() - 1)]);
        // No key is above infinity: the places without a query of their own find nothing.
        let limits = array::from_fn(|q| if q < queries.len() { f32::NEG_INFINITY } else { f32::INFINITY });
        selected.run(Pass::<Q> { route: *self, queries: padded, limits }).to_vec()
    }
}

struct Pass<'a, const Q: usize> {
    route: Route<'a>,
    queries: [&'a Query; Q],
    /// Where each query's limit starts.
    limits: [f32; Q],
}

impl<const Q: usize> Task for Pass<'_, Q> {
    type Output = [TopTwo; Q];

    fn run<K: Kernel>(self, kernel: K) -> [TopTwo; Q] {
        let packed = kernel.pack(self.queries);
        let worker = || Worker {
            kernel,
            route: self.route,
            packed: &packed,
            limits: self.limits,
            tops: [TopTwo::default(); Q],
        };
        if let Some(blocks) = self.route.visit {
            return worker().visit(blocks);
        }
        let next_segment = AtomicUsize::new(0);
        let threads = self.route.threads.get().min(THREADS_MAX).min(self.route.snapshot.segment_end());
        if threads <= 1 {
            return worker().scan(&next_segment);
        }
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| worker().scan(&next_segment))).collect();
            let mut tops = worker().scan(&next_segment);
            for other in others {
                let found = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                tops.iter_mut().zip(found).for_each(|(top, found)| top.merge(found));
            }
            tops
        })
    }
}

/// One thread's part of a pass.
struct Worker<'a, K: Kernel, const Q: usize> {
    kernel: K,
    route: Route<'a>,
    packed: &'a K::Packed<Q>,
    limits: [f32; Q],
    tops: [TopTwo; Q],
}

impl<K: Kernel, const Q: usize> Worker<'_, K, Q> {
    /// Takes one segment after the other, as long as other threads have left some.
    fn scan(mut self, next_segment: &AtomicUsize) -> [TopTwo; Q] {
        loop {
            // The number alone is shared, so no order with other memory is needed.
            let index = next_segment.fetch_add(1, Ordering::Relaxed);
            if index >= self.route.snapshot.segment_end() {
                return self.tops;
            }
            if let Some(segment) = self.route.snapshot.segment(index) {
                self.scan_blocks(segment.blocks(), segment.members());
            }
        }
    }

    /// Looks at single blocks only.
    fn visit(mut self, blocks: &[u32]) -> [TopTwo; Q] {
        let snapshot = self.route.snapshot;
        for block in blocks {
            let (segment, slot) = snapshot.position(block * BLOCK_SLOTS as u32);
            let block = slot / BLOCK_SLOTS;
            if let Some(segment) = snapshot.segment(segment) {
                self.scan_blocks(segment.block_range(block..block + 1), &segment.members()[slot..]);
            }
        }
        self.tops
    }

    /// `members` begins with the member of the first block's first slot.
    fn scan_blocks(&mut self, blocks: Blocks<'_>, members: &[u32]) {
        let (tops, allowed) = (&mut self.tops, self.route.allowed);
        self.kernel.scan(blocks, self.packed, &mut self.limits, &mut |found| {
            let top = &mut tops[found.query];
            take(top, &found, &members[found.block * BLOCK_SLOTS..], allowed);
            top.limit()
        });
    }
}

/// Considers the slots of a block that reached the limit. Rare after the first few blocks, and so kept out of the
/// inner loop. The filter is asked only here: however many members it excludes, few of them reach the limit.
#[cold]
#[inline(never)]
fn take(top: &mut TopTwo, found: &Found<'_>, members: &[u32], allowed: &Allowed) {
    let mut slots = found.slots;
    while slots != 0 {
        let slot = slots.trailing_zeros() as usize;
        slots &= slots - 1;
        let member = members[slot];
        if allowed.contains(member) {
            top.offer(Candidate { key: found.keys[slot], member });
        }
    }
}
