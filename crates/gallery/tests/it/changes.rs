//! Adding, replacing, removing.

use bonafide_gallery::measure::{fill_random, random_vector};
use bonafide_gallery::{Applied, Change, Filter, Query};

use crate::judge::{galleries, judged, random_query};

const DIM: usize = 40;

#[test]
fn what_a_batch_did_is_counted() {
    for gallery in galleries(DIM) {
        let vector = random_vector(1, 0, DIM);
        let upsert = |member| Change::upsert(member, &[&vector], &[]).unwrap();
        let batch = [upsert(1), upsert(2), upsert(1), Change::remove(2), Change::remove(3)];
        assert_eq!(gallery.apply(&batch), Ok(Applied { added: 2, replaced: 1, removed: 1 }));
        assert_eq!((gallery.members(), gallery.templates()), (1, 1));
        assert_eq!(gallery.apply(&[]), Ok(Applied::default()));
        assert!(gallery.remove(1) && !gallery.remove(1));
    }
}

#[test]
fn holes_are_used_again() {
    for gallery in galleries(DIM) {
        fill_random(&gallery, 1_000, 2, |_| Vec::new()).unwrap();
        let full_bytes = gallery.heap_bytes();
        for member in (0..1_000).step_by(3) {
            assert!(gallery.remove(member));
        }
        judged(&gallery, &random_query(1, DIM), &Filter::All);
        for member in (0..1_000).step_by(3) {
            gallery.upsert(member, &[&random_vector(3, member, DIM)], &[]).unwrap();
        }
        assert_eq!((gallery.members(), gallery.heap_bytes()), (1_000, full_bytes));
        let found = judged(&gallery, &Query::new(&random_vector(3, 333, DIM)).unwrap(), &Filter::All);
        assert_eq!(found.best.unwrap().member, 333);
    }
}

#[test]
fn memory_of_removed_members_is_given_back() {
    for gallery in galleries(DIM) {
        fill_random(&gallery, 1_000, 2, |_| Vec::new()).unwrap();
        let full_bytes = gallery.heap_bytes();
        // Also from the middle: the members that stay lie at both ends.
        let changes: Vec<_> = (100..900).map(Change::remove).collect();
        assert_eq!(gallery.apply(&changes).unwrap().removed, 800);
        assert!(gallery.heap_bytes() < full_bytes / 2);
        judged(&gallery, &random_query(4, DIM), &Filter::All);
        for member in (0..100).chain(900..1_000) {
            gallery.remove(member);
        }
        assert_eq!((gallery.members(), gallery.templates()), (0, 0));
        assert_eq!(judged(&gallery, &random_query(4, DIM), &Filter::All).best, None);
    }
}

#[test]
fn replacing_changes_the_number_of_templates() {
    for gallery in galleries(DIM) {
        fill_random(&gallery, 300, 2, |_| Vec::new()).unwrap();
        for (round, count) in [3_u32, 16, 1, 7, 2, 2].into_iter().enumerate() {
            let templates: Vec<_> = (0..count).map(|n| random_vector(20 + round as u64, n, DIM)).collect();
            let slices: Vec<&[f32]> = templates.iter().map(Vec::as_slice).collect();
            gallery.upsert(150, &slices, &[]).unwrap();
            assert_eq!((gallery.members(), gallery.templates()), (300, 299 + count as usize));
            for template in &templates {
                let found = judged(&gallery, &Query::new(template).unwrap(), &Filter::All);
                assert_eq!(found.best.unwrap().member, 150);
            }
            let other = gallery.score(150, &random_query(20 + (round as u64 + 1) % 6, DIM)).unwrap().unwrap();
            assert!(other < 0.95, "templates of another round are gone");
        }
        assert_eq!(gallery.score(300, &random_query(1, DIM)), Ok(None));
    }
}
