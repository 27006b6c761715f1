//! Every CPU path against the f64 reference.

use bonafide_gallery::measure::{bytes_to_read, compare_with_exact, fill_random, random_vector, read_floor};
use bonafide_gallery::{DIM_MAX, Filter, Gallery, InstructionSet, Query, Search};

use crate::judge::{galleries, judged, random_query, threads};

#[test]
fn random_templates_of_all_lengths() {
    for dim in [1, 2, 3, 4, 5, 7, 31, 64, 127, 128, 129, 130, 256, 511, DIM_MAX] {
        for gallery in galleries(dim) {
            fill_random(&gallery, 200, 5, |_| Vec::new()).unwrap();
            for seed in 100..104 {
                judged(&gallery, &random_query(seed, dim), &Filter::All);
            }
        }
    }
}

#[test]
fn a_member_finds_itself() {
    let dim = 128;
    for gallery in galleries(dim) {
        fill_random(&gallery, 300, 6, |_| Vec::new()).unwrap();
        for member in [0, 1, 15, 16, 150, 298, 299] {
            let query = Query::new(&random_vector(6, member, dim)).unwrap();
            let found = judged(&gallery, &query, &Filter::All);
            let best = found.best.unwrap();
            assert_eq!(best.member, member);
            assert!(best.score > 0.9999, "{best:?}");
        }
    }
}

#[test]
fn an_empty_gallery_and_one_member() {
    let dim = 12;
    for gallery in galleries(dim) {
        let query = random_query(1, dim);
        assert_eq!(
            judged(&gallery, &query, &Filter::All),
            Search { best: None, second: None, searched_members: 0 }
        );
        gallery.upsert(9, &[&random_vector(2, 0, dim)], &[]).unwrap();
        let found = judged(&gallery, &query, &Filter::All);
        assert_eq!((found.best.unwrap().member, found.second, found.searched_members), (9, None, 1));
        gallery.remove(9);
        assert_eq!(judged(&gallery, &query, &Filter::All).best, None);
    }
}

#[test]
fn equal_scores_go_to_the_lower_number() {
    let dim = 16;
    let (same, other) = (random_vector(1, 0, dim), random_vector(1, 1, dim));
    let query = Query::new(&same).unwrap();
    // The order of insertion, and with it the place in memory, must not matter.
    for order in [[30_u32, 20, 10, 40], [10, 20, 30, 40], [40, 10, 30, 20]] {
        for gallery in galleries(dim) {
            for filler in 1_000..1_100 {
                gallery.upsert(filler, &[&other], &[]).unwrap();
            }
            for member in order {
                gallery.upsert(member, &[&same, &other], &[]).unwrap();
            }
            let found = judged(&gallery, &query, &Filter::All);
            assert_eq!((found.best.unwrap().member, found.second.unwrap().member), (10, 20));
        }
    }
}

#[test]
fn the_second_is_another_member() {
    let dim = 64;
    for gallery in galleries(dim) {
        let near: Vec<_> =
            (0..16).map(|n| mixed(&random_vector(1, 0, dim), &random_vector(2, n, dim), 0.1)).collect();
        let near: Vec<&[f32]> = near.iter().map(Vec::as_slice).collect();
        gallery.upsert(3, &near, &[]).unwrap();
        gallery.upsert(1, &[&random_vector(3, 1, dim), &random_vector(3, 2, dim)], &[]).unwrap();
        gallery.upsert(2, &[&random_vector(3, 3, dim)], &[]).unwrap();
        let found = judged(&gallery, &random_query(1, dim), &Filter::All);
        assert_eq!(found.best.unwrap().member, 3);
        assert_ne!(found.second.unwrap().member, 3);
        assert_eq!((found.searched_members, gallery.templates()), (3, 19));
    }
}

fn mixed(a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + share * b).collect()
}

/// All components at their limits: the sums are as large as they can be, and nothing may saturate or overflow.
#[test]
fn extreme_vectors() {
    for dim in [1, 4, 127, 128, 256, DIM_MAX] {
        let plus = vec![f32::MAX; dim];
        let minus: Vec<f32> = plus.iter().map(|x| -x).collect();
        let mut one = vec![0.0; dim];
        one[dim - 1] = f32::MIN_POSITIVE;
        for gallery in galleries(dim) {
            gallery.upsert(0, &[&plus], &[]).unwrap();
            gallery.upsert(1, &[&minus], &[]).unwrap();
            let query = Query::new(&plus).unwrap();
            let found = judged(&gallery, &query, &Filter::All);
            let (best, second) = (found.best.unwrap(), found.second.unwrap());
            assert!(
                (best.member, second.member) == (0, 1) && best.score > 0.999_999 && second.score < -0.999_999
            );
            judged(&gallery, &Query::new(&minus).unwrap(), &Filter::All);
            gallery.upsert(2, &[&one], &[]).unwrap();
            judged(&gallery, &Query::new(&one).unwrap(), &Filter::All);
        }
    }
}

#[test]
fn batches_answer_like_single_queries() {
    let dim = 36;
    for gallery in galleries(dim) {
        fill_random(&gallery, 500, 8, |_| Vec::new()).unwrap();
        let queries: Vec<_> = (0..20).map(|seed| random_query(1_000 + seed, dim)).collect();
        let single: Vec<_> = queries.iter().map(|query| judged(&gallery, query, &Filter::All)).collect();
        for size in (0..=9).chain([16, 17, 20]) {
            for count in 1..=3 {
                let found = gallery.search_batch(&queries[..size], &Filter::All, threads(count)).unwrap();
                assert_eq!(found, single[..size], "{size} queries, {count} threads");
            }
        }
    }
}

/// Whatever the CPU, the answer is the same to the last bit.
#[test]
fn all_instruction_sets_agree() {
    let dim = 101;
    let answers: Vec<_> = galleries(dim)
        .map(|gallery| {
            fill_random(&gallery, 700, 9, |_| Vec::new()).unwrap();
            let queries: Vec<_> = (0..9).map(|seed| random_query(50 + seed, dim)).collect();
            let found = gallery.search_batch(&queries, &Filter::All, threads(2)).unwrap();
            (found, read_floor(&gallery), bytes_to_read(&gallery))
        })
        .collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[test]
fn the_best_instruction_set_is_the_default() {
    let available = InstructionSet::available();
    assert_eq!(available.last(), Some(&InstructionSet::Portable));
    assert_eq!(Gallery::new(128).unwrap().instruction_set(), available[0]);
}

/// Quantisation may exchange members only as far as its bound allows; what it did is counted.
#[test]
fn differences_from_the_vectors_before_quantisation_are_explained() {
    let (dim, members) = (128, 3_000);
    let gallery = Gallery::new(dim).unwrap();
    fill_random(&gallery, members, 11, |_| Vec::new()).unwrap();
    let queries: Vec<_> = (0..30).map(|n| random_vector(12, n, dim)).collect();
    let differences = compare_with_exact(&gallery, members, 11, &queries);
    println!("{differences:?}");
    assert_eq!((differences.queries, differences.unexplained), (30, 0));
    assert!(differences.score_error_max < 0.004, "usual errors are below 0.001");
}
