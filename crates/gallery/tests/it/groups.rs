//! Searches restricted to groups.

use bonafide_gallery::measure::fill_random;
use bonafide_gallery::{Filter, GroupId};

use crate::judge::{galleries, judged, random_query};

const DIM: usize = 24;
const MEMBERS: u32 = 2_000;

/// Everybody's branch, half, a seventh, and five members: the small one takes the way that visits single blocks.
fn groups_of(member: u32) -> Vec<GroupId> {
    let rules = [true, member.is_multiple_of(2), member.is_multiple_of(7), member.is_multiple_of(401)];
    (0..4).filter(|group| rules[usize::from(*group)]).map(GroupId).collect()
}

fn any_of(groups: &[u16]) -> Filter {
    Filter::AnyOf(groups.iter().copied().map(GroupId).collect())
}

#[test]
fn only_members_of_the_groups_are_found() {
    for gallery in galleries(DIM) {
        fill_random(&gallery, MEMBERS, 3, groups_of).unwrap();
        let cases: [(&[u16], u32); 8] = [
            (&[0], MEMBERS),
            (&[1], 1_000),
            (&[2], 286),
            (&[3], 5),
            (&[2, 3], 290),
            (&[3, 3, 99], 5),
            (&[99], 0),
            (&[], 0),
        ];
        for (groups, members) in cases {
            for seed in 0..5 {
                let found = judged(&gallery, &random_query(200 + seed, DIM), &any_of(groups));
                assert_eq!(found.searched_members, members, "{groups:?}");
                assert_eq!(found.best.is_none(), members == 0, "{groups:?}");
            }
        }
    }
}

#[test]
fn a_small_group_with_several_templates_each() {
    for gallery in galleries(DIM) {
        fill_random(&gallery, MEMBERS, 4, |_| Vec::new()).unwrap();
        for member in [5, 6, 1_999] {
            let templates: Vec<_> =
                (0..5).map(|n| bonafide_gallery::measure::random_vector(77 + n, member, DIM)).collect();
            let templates: Vec<&[f32]> = templates.iter().map(Vec::as_slice).collect();
            gallery.upsert(member, &templates, &[GroupId(8)]).unwrap();
        }
        for seed in 0..10 {
            let found = judged(&gallery, &random_query(300 + seed, DIM), &any_of(&[8]));
            assert_eq!(found.searched_members, 3);
        }
    }
}

#[test]
fn membership_follows_the_last_change() {
    for gallery in galleries(DIM) {
        fill_random(&gallery, 100, 5, |_| vec![GroupId(1)]).unwrap();
        let query = random_query(1, DIM);
        let vector = bonafide_gallery::measure::random_vector(1, 0, DIM);
        gallery.upsert(42, &[&vector], &[GroupId(2), GroupId(3)]).unwrap();
        assert_eq!(judged(&gallery, &query, &any_of(&[1])).searched_members, 99);
        assert_eq!(judged(&gallery, &query, &any_of(&[2])).best.unwrap().member, 42);
        gallery.upsert(42, &[&vector], &[GroupId(3)]).unwrap();
        assert_eq!(judged(&gallery, &query, &any_of(&[2])).searched_members, 0);
        assert!(gallery.remove(42));
        assert_eq!(judged(&gallery, &query, &any_of(&[1, 2, 3])).searched_members, 99);
    }
}
