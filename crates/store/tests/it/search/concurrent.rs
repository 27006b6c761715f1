//! Searches while members change: each sees a member as it was or as it is, never half of it.

use std::sync::atomic::{AtomicBool, Ordering};

use bonafide_store::search::{Entry, Grade, MemberIndex, NameQuery, NumberEnd};
use bonafide_testkit::people::People;

const ROUNDS: u32 = 400;
const STANDING_MEMBERS: u32 = 300;
const CHANGING: u32 = 5_000;

/// Tells the searching threads to end, also when a change panics: a failing test must not hang.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn a_member_is_never_half_replaced() {
    let people = People::new(11);
    let index = MemberIndex::new();
    for member in 0..STANDING_MEMBERS {
        let person = people.person(member.into());
        let entry = Entry { names: &[&person.full_name], numbers: &[&person.phone], rank: 0 };
        index.upsert(member, &entry).unwrap();
    }
    let lives =
        [("Жердяевский Аполлинарий", "+7 900 111-11-11"), ("Quillfeather Zebedee", "+44 7700 922222")];
    let queries = [
        // Each needs one word of either life: nobody ever has both.
        NameQuery::parse("Жердяевский Zebedee").unwrap(),
        NameQuery::parse("Quillfeather Аполлинарий").unwrap(),
    ];
    let standing = people.person(7);
    let standing = NameQuery::parse(&standing.full_name).unwrap();
    let ends = ["11111", "22222"].map(|end| NumberEnd::parse(end).unwrap());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    // Read before looking, so that the last look sees the last state.
                    let last = done.load(Ordering::Acquire);
                    for query in &queries {
                        assert_eq!(index.by_name(query, 10), []);
                    }
                    let found = index.by_name(&standing, 10);
                    assert!(found.iter().any(|found| found.member == 7 && found.grade == Grade::Exact));
                    for end in &ends {
                        assert!(index.by_number_end(end, 10).iter().all(|member| *member == CHANGING));
                    }
                    if last {
                        break;
                    }
                }
            });
        }
        let _done = SetOnDrop(&done);
        for round in 0..ROUNDS {
            let (name, number) = lives[round as usize % 2];
            if round % 3 == 2 {
                assert!(index.remove(CHANGING));
            } else {
                index.upsert(CHANGING, &Entry { names: &[name], numbers: &[number], rank: round }).unwrap();
            }
        }
    });
    assert_eq!(index.members(), STANDING_MEMBERS as usize + 1);
}
