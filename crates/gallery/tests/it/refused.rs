//! What is refused, and that it leaves no trace.

use bonafide_gallery::{
    ApplyError, Change, ChangeError, DIM_MAX, Filter, GROUPS_MAX, GROUPS_PER_MEMBER_MAX, Gallery,
    GalleryError, GalleryOptions, GroupId, InstructionSet, MEMBERS_MAX, Query, SearchError, SearchOptions,
    TEMPLATES_PER_MEMBER_MAX, UpsertError, VectorError,
};

use crate::judge::{galleries, judged, random_query};

const DIM: usize = 8;
const GOOD: [f32; DIM] = [0.5, -0.25, 0.125, 1.0, 0.0, 0.75, -1.0, 0.3];

fn with(component: f32) -> [f32; DIM] {
    let mut vector = GOOD;
    vector[3] = component;
    vector
}

/// The vector is refused as a query and as a template, alone and beside a good one, and the gallery stays as it was.
fn check(vector: &[f32], error: VectorError) {
    assert_eq!(Query::new(vector).err(), Some(error));
    for gallery in galleries(DIM) {
        gallery.upsert(1, &[&GOOD], &[]).unwrap();
        let heap_bytes = gallery.heap_bytes();
        for (templates, index) in [(vec![vector], 0), (vec![&GOOD[..], vector], 1)] {
            for member in [1, 2] {
                let expected = ChangeError::Template(index, error);
                assert_eq!(Change::upsert(member, &templates, &[]).err(), Some(expected));
                assert_eq!(gallery.upsert(member, &templates, &[]), Err(UpsertError::Change(expected)));
            }
        }
        assert_eq!((gallery.members(), gallery.templates(), gallery.heap_bytes()), (1, 1, heap_bytes));
        let found = judged(&gallery, &Query::new(&GOOD).unwrap(), &Filter::All);
        assert_eq!((found.best.unwrap().member, found.second), (1, None));
    }
}

#[test]
fn b14_nan_never_matches() {
    check(&with(f32::NAN), VectorError::NotFinite);
    check(&[f32::NAN; DIM], VectorError::NotFinite);
}

#[test]
fn b14_infinity_never_matches() {
    check(&with(f32::INFINITY), VectorError::NotFinite);
    check(&with(f32::NEG_INFINITY), VectorError::NotFinite);
}

#[test]
fn b14_zero_never_matches() {
    check(&[0.0; DIM], VectorError::Zero);
    check(&[-0.0; DIM], VectorError::Zero);
    check(&[f32::MIN_POSITIVE / 2.0; DIM], VectorError::Zero);
}

#[test]
fn b14_wrong_length_never_matches() {
    // Lengths that no gallery has are refused at once.
    for len in [0, DIM_MAX + 1] {
        let error = VectorError::WrongLength { expected: DIM_MAX, actual: len };
        assert_eq!(Query::new(&vec![1.0; len]).err(), Some(error));
        let change = Change::upsert(1, &[&vec![1.0; len]], &[]);
        assert_eq!(change.err(), Some(ChangeError::Template(0, error)));
    }
    // Other lengths are refused by the gallery, also those that are padded to the same size.
    for gallery in galleries(DIM) {
        gallery.upsert(1, &[&GOOD], &[]).unwrap();
        for actual in [1, DIM - 4, DIM - 1, DIM + 1, DIM_MAX] {
            let vector = vec![1.0; actual];
            let query = Query::new(&vector).unwrap();
            let expected = SearchError::WrongLength { expected: DIM, actual };
            assert_eq!(gallery.search(&query, &Filter::All, SearchOptions::default()), Err(expected));
            assert_eq!(gallery.score(1, &query), Err(expected));
            let both = [Query::new(&GOOD).unwrap(), query];
            assert_eq!(gallery.search_batch(&both, &Filter::All, SearchOptions::default()), Err(expected));
            let expected = ApplyError::WrongLength { member: 2, expected: DIM, actual };
            assert_eq!(gallery.upsert(2, &[&vector], &[]), Err(UpsertError::Apply(expected)));
        }
        let unequal = ChangeError::Template(1, VectorError::WrongLength { expected: DIM, actual: 7 });
        assert_eq!(Change::upsert(2, &[&GOOD, &GOOD[..7]], &[]).err(), Some(unequal));
        assert_eq!(gallery.members(), 1);
    }
}

#[test]
fn a_refused_batch_changes_nothing() {
    for gallery in galleries(DIM) {
        gallery.upsert(1, &[&GOOD], &[]).unwrap();
        let batch = [
            Change::remove(1),
            Change::upsert(2, &[&GOOD], &[]).unwrap(),
            Change::upsert(3, &[&GOOD[..5]], &[]).unwrap(),
        ];
        let error = ApplyError::WrongLength { member: 3, expected: DIM, actual: 5 };
        assert_eq!(gallery.apply(&batch), Err(error));
        assert!(gallery.contains(1) && !gallery.contains(2) && !gallery.contains(3));
    }
}

#[test]
fn limits_are_kept() {
    let upsert = |member, templates: usize, groups: u16| {
        let groups: Vec<_> = (0..groups).map(GroupId).collect();
        Change::upsert(member, &vec![&GOOD[..]; templates], &groups).map(|_| ())
    };
    let groups_max = GROUPS_PER_MEMBER_MAX as u16;
    assert_eq!(upsert(MEMBERS_MAX - 1, TEMPLATES_PER_MEMBER_MAX, groups_max), Ok(()));
    assert_eq!(upsert(MEMBERS_MAX, 1, 0), Err(ChangeError::MemberOutOfRange(MEMBERS_MAX)));
    assert_eq!(upsert(0, 0, 0), Err(ChangeError::NoTemplates));
    assert_eq!(upsert(0, 17, 0), Err(ChangeError::TooManyTemplates(TEMPLATES_PER_MEMBER_MAX + 1)));
    assert_eq!(upsert(0, 1, groups_max + 1), Err(ChangeError::TooManyGroups(GROUPS_PER_MEMBER_MAX + 1)));
    for dim in [0, DIM_MAX + 1] {
        assert_eq!(Gallery::new(dim).err(), Some(GalleryError::Dim(dim)));
    }
}

#[test]
fn the_last_member_number_works() {
    for gallery in galleries(DIM) {
        gallery.upsert(MEMBERS_MAX - 1, &[&GOOD], &[GroupId(u16::MAX)]).unwrap();
        let found = judged(&gallery, &random_query(1, DIM), &Filter::AnyOf(vec![GroupId(u16::MAX)]));
        assert_eq!(found.best.unwrap().member, MEMBERS_MAX - 1);
        assert!(!gallery.contains(MEMBERS_MAX) && !gallery.contains(u32::MAX) && !gallery.remove(u32::MAX));
    }
}

#[test]
fn too_many_groups_are_refused_as_a_whole() {
    let gallery = Gallery::new(DIM).unwrap();
    let changes: Vec<_> = (0..=GROUPS_MAX as u16)
        .map(|n| Change::upsert(u32::from(n), &[&GOOD], &[GroupId(n)]).unwrap())
        .collect();
    assert_eq!(gallery.apply(&changes), Err(ApplyError::TooManyGroups));
    assert_eq!(gallery.members(), 0);
    gallery.apply(&changes[1..]).unwrap();
    assert_eq!(
        gallery.upsert(0, &[&GOOD], &[GroupId(0)]),
        Err(UpsertError::Apply(ApplyError::TooManyGroups))
    );
    // A group without members makes room.
    gallery.remove(7);
    gallery.upsert(0, &[&GOOD], &[GroupId(0)]).unwrap();
}

#[test]
fn an_instruction_set_of_another_cpu_is_refused() {
    let all =
        [InstructionSet::Avx512Vnni, InstructionSet::Avx2, InstructionSet::Neon, InstructionSet::Portable];
    for set in all {
        let options = GalleryOptions { instruction_set: Some(set), ..GalleryOptions::default() };
        let made = Gallery::with_options(DIM, options).map(|gallery| gallery.instruction_set());
        let available = InstructionSet::available().contains(&set);
        assert_eq!(made.ok(), available.then_some(set));
    }
}
