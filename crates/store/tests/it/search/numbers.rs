//! Who is found by the end of a telephone number.

use bonafide_store::search::{Entry, MemberIndex, NumberEnd, RESULTS_MAX};

fn found(index: &MemberIndex, end: &str) -> Vec<u32> {
    index.by_number_end(&NumberEnd::parse(end).unwrap(), RESULTS_MAX)
}

#[test]
fn the_last_digits_find_the_member() {
    let index = MemberIndex::new();
    let members: [(&[&str], u32); 5] = [
        (&["+7 900 123-45-67"], 1),
        (&["+7 900 999-45-67", "+7 900 000-00-00"], 5),
        (&["+86 139 1234 5670"], 1),
        (&[], 1),
        // Two numbers of the same end are one member.
        (&["+44 7700 904567", "+44 7700 914567"], 3),
    ];
    for (member, (numbers, rank)) in (0..).zip(members) {
        index.upsert(member, &Entry { names: &["Anna"], numbers, rank }).unwrap();
    }
    let cases: [(&str, &[u32]); 6] = [
        ("4567", &[1, 4, 0]),
        ("45-67", &[1, 4, 0]),
        ("123-45-67", &[0]),
        ("0000", &[1]),
        ("+86 139 1234 5670", &[2]),
        ("1111", &[]),
    ];
    for (end, expected) in cases {
        assert_eq!(found(&index, end), expected, "{end}");
    }
    assert!(index.remove(1));
    assert_eq!(found(&index, "4567"), [4, 0]);
    assert!(found(&index, "0000").is_empty());
    index.upsert(0, &Entry { names: &["Anna"], numbers: &["+7 900 123-00-00"], rank: 1 }).unwrap();
    assert_eq!((found(&index, "4567"), found(&index, "0000")), (vec![4], vec![0]));
}

#[test]
fn an_answer_has_a_limit() {
    let index = MemberIndex::new();
    for member in 0..1_000 {
        index.upsert(member, &Entry { names: &[], numbers: &["+7 900 123-45-67"], rank: member }).unwrap();
    }
    assert_eq!(index.by_number_end(&NumberEnd::parse("4567").unwrap(), usize::MAX).len(), RESULTS_MAX);
    assert_eq!(index.by_number_end(&NumberEnd::parse("4567").unwrap(), 2), [999, 998]);
}
