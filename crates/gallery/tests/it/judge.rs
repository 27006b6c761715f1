//! What all tests use: galleries on every instruction set, and the comparison with the f64 reference.

use std::num::NonZeroUsize;

use bonafide_gallery::measure::random_vector;
use bonafide_gallery::reference::{ExactHit, search_stored};
use bonafide_gallery::{Filter, Gallery, GalleryOptions, Hit, InstructionSet, Query, Search, SearchOptions};

/// f32 carries 24 bits; a score is the product of three rounded numbers.
pub(crate) const SCORE_TOLERANCE: f64 = 1e-6;

/// Small pieces, so that few members already lie in several of them.
pub(crate) const SMALL_SEGMENT_BYTES: usize = 4_096;

pub(crate) fn gallery_on(set: InstructionSet, dim: usize) -> Gallery {
    let options = GalleryOptions {
        instruction_set: Some(set),
        segment_bytes: Some(SMALL_SEGMENT_BYTES),
        ..GalleryOptions::default()
    };
    Gallery::with_options(dim, options).unwrap()
}

/// One gallery for each instruction set that this CPU has.
pub(crate) fn galleries(dim: usize) -> impl Iterator<Item = Gallery> {
    InstructionSet::available().into_iter().map(move |set| gallery_on(set, dim))
}

pub(crate) fn threads(threads: usize) -> SearchOptions {
    SearchOptions { threads: NonZeroUsize::new(threads).unwrap() }
}

pub(crate) fn random_query(seed: u64, dim: usize) -> Query {
    Query::new(&random_vector(seed, 0, dim)).unwrap()
}

/// The answer of one thread, after it was compared with the reference and with more threads.
pub(crate) fn judged(gallery: &Gallery, query: &Query, filter: &Filter) -> Search {
    let found = gallery.search(query, filter, threads(1)).unwrap();
    let exact = search_stored(gallery, query, filter);
    let context = format!("{}, {} components, {filter:?}", gallery.instruction_set(), gallery.dim());
    assert_eq!(found.searched_members as usize, exact.len(), "{context}");
    for (rank, hit) in [found.best, found.second].into_iter().enumerate() {
        assert_hit(hit, rank, &exact, &context);
        if let Some(hit) = hit {
            let alone = gallery.score(hit.member, query).unwrap();
            assert_eq!(alone.map(f32::to_bits), Some(hit.score.to_bits()), "1:1 and 1:N, {context}");
        }
    }
    for count in 2..=3 {
        let shared = gallery.search(query, filter, threads(count)).unwrap();
        assert_eq!(shared, found, "{count} threads, {context}");
    }
    found
}

/// The hit must be the one of this rank. Only members whose exact scores differ by less than f32 can show may change
/// places; members with the same exact score must be in the order of their numbers.
pub(crate) fn assert_hit(hit: Option<Hit>, rank: usize, exact: &[ExactHit], context: &str) {
    let Some(hit) = hit else {
        assert!(exact.len() <= rank, "nothing found at rank {rank} of {}, {context}", exact.len());
        return;
    };
    let expected = exact[rank];
    let own = exact.iter().find(|exact| exact.member == hit.member).expect("an allowed member");
    let error = (f64::from(hit.score) - own.score).abs();
    assert!(error < SCORE_TOLERANCE, "score off by {error}, {context}");
    if hit.member != expected.member {
        let gap = (own.score - expected.score).abs();
        assert!(
            gap > 0.0 && gap < SCORE_TOLERANCE,
            "{hit:?} instead of {expected:?} at rank {rank}, {context}"
        );
    }
}
