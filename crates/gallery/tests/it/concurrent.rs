//! Searches while members change: every answer is a state before or after, never half of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bonafide_gallery::measure::{fill_random, random_vector};
use bonafide_gallery::{Change, Filter, Gallery, GalleryOptions, GroupId, Query};

use crate::judge::{SMALL_SEGMENT_BYTES, galleries, threads};

const DIM: usize = 32;
const STANDING_MEMBERS: u32 = 400;
const ROUNDS: usize = 150;

/// A score that only the same vector reaches.
const SAME: f32 = 0.999;

/// Tells the searching threads to end, also when a change panics: a failing test must not hang.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Runs `change` for some rounds, while two threads repeat `look`, at least once each.
fn check(gallery: &Gallery, change: impl Fn(usize), look: impl Fn(usize) + Sync) {
    fill_random(gallery, STANDING_MEMBERS, 31, |_| Vec::new()).unwrap();
    change(0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 1..=2 {
            let (done, look) = (&done, &look);
            scope.spawn(move || {
                loop {
                    // Read before looking, so that the last look sees the last state.
                    let last = done.load(Ordering::Acquire);
                    look(thread);
                    if last {
                        break;
                    }
                }
            });
        }
        let _done = SetOnDrop(&done);
        (1..=ROUNDS).for_each(&change);
    });
}

#[test]
fn a_member_with_two_templates_is_never_half_replaced() {
    const MEMBER: u32 = 1_000;
    let pairs = [[0, 1], [2, 3]].map(|pair| pair.map(|n| random_vector(32, n, DIM)));
    let queries: Vec<_> = pairs.iter().flatten().map(|vector| Query::new(vector).unwrap()).collect();
    for gallery in galleries(DIM) {
        let change = |round: usize| match round % 3 {
            0 | 1 => {
                let [a, b] = &pairs[round % 3];
                gallery.upsert(MEMBER, &[a, b], &[GroupId(1)]).unwrap();
            }
            _ => assert!(gallery.remove(MEMBER)),
        };
        let look = |thread: usize| {
            let found = gallery.search_batch(&queries, &Filter::All, threads(thread)).unwrap();
            let is_same =
                |n: usize| found[n].best.is_some_and(|hit| hit.member == MEMBER && hit.score > SAME);
            let seen: Vec<bool> = (0..4).map(is_same).collect();
            let present = found[0].searched_members - STANDING_MEMBERS;
            match seen[..] {
                [true, true, false, false] | [false, false, true, true] => assert_eq!(present, 1),
                [false, false, false, false] => assert_eq!(present, 0),
                _ => panic!("half an update: {seen:?}"),
            }
            let group = Filter::AnyOf(vec![GroupId(1)]);
            let found = gallery.search(&queries[0], &group, threads(thread)).unwrap();
            assert_eq!(u32::from(found.best.is_some()), found.searched_members, "a group without its member");
        };
        check(&gallery, change, look);
    }
}

#[test]
fn a_batch_is_seen_as_a_whole() {
    let (here, away) = (random_vector(33, 0, DIM), random_vector(33, 1, DIM));
    let query = Query::new(&here).unwrap();
    for gallery in galleries(DIM) {
        // Of all these members, which lie in different segments, exactly one is here at any time.
        let members = [0, 100, 200, 399];
        let change = |round: usize| {
            let upsert = |(place, member): (usize, &u32)| {
                let vector = if place == round % members.len() { &here } else { &away };
                Change::upsert(*member, &[vector], &[]).unwrap()
            };
            let changes: Vec<_> = members.iter().enumerate().map(upsert).collect();
            gallery.apply(&changes).unwrap();
        };
        let look = |thread: usize| {
            let found = gallery.search(&query, &Filter::All, threads(thread)).unwrap();
            assert!(found.best.is_some_and(|hit| hit.score > SAME && members.contains(&hit.member)));
            assert!(found.second.is_some_and(|hit| hit.score < SAME), "two members are here: {found:?}");
            assert_eq!(found.searched_members, STANDING_MEMBERS);
        };
        check(&gallery, change, look);
    }
}

/// Even while searches still read it: the change waits for them.
#[test]
fn replaced_memory_is_wiped_before_a_change_returns() {
    let wiped_bytes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&wiped_bytes);
    let options = GalleryOptions {
        segment_bytes: Some(SMALL_SEGMENT_BYTES),
        wipe_observer: Some(Arc::new(move |bytes: &[u8]| {
            counter.fetch_add(bytes.len(), Ordering::SeqCst);
        })),
        ..GalleryOptions::default()
    };
    let gallery = Gallery::with_options(DIM, options).unwrap();
    let query = Query::new(&random_vector(35, 0, DIM)).unwrap();
    let change = |round: usize| {
        let before = wiped_bytes.load(Ordering::SeqCst);
        gallery.upsert(round as u32, &[&random_vector(35, 1, DIM)], &[]).unwrap();
        assert_eq!(wiped_bytes.load(Ordering::SeqCst), before + SMALL_SEGMENT_BYTES);
    };
    let look = |thread: usize| {
        let found = gallery.search(&query, &Filter::All, threads(thread)).unwrap();
        assert_eq!(found.searched_members, STANDING_MEMBERS);
    };
    check(&gallery, change, look);
}

#[test]
fn several_writers_lose_nothing() {
    for gallery in galleries(DIM) {
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let gallery = &gallery;
                scope.spawn(move || {
                    for n in 0..40 {
                        let member = n * 4 + writer;
                        gallery.upsert(member, &[&random_vector(34, member, DIM)], &[GroupId(9)]).unwrap();
                        if n % 4 == 3 {
                            assert!(gallery.remove(member));
                        }
                    }
                });
            }
        });
        assert_eq!((gallery.members(), gallery.templates()), (120, 120));
        for member in (0..160).filter(|member| member / 4 % 4 != 3) {
            let query = Query::new(&random_vector(34, member, DIM)).unwrap();
            let found = gallery.search(&query, &Filter::AnyOf(vec![GroupId(9)]), threads(1)).unwrap();
            assert_eq!(found.best.map(|hit| hit.member), Some(member));
        }
    }
}
