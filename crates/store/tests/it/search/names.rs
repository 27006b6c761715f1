//! Who is found by what is typed.

use bonafide_store::search::Grade::{self, Alike, AlikePrefix, Exact, OneTypo, Prefix, TwoTypos};
use bonafide_store::search::{Entry, MEMBERS_MAX, MemberIndex, MemberOutOfRange, NameQuery, RESULTS_MAX};

/// The members of all cases; a name's place is its number.
const MEMBERS: &[&[&str]] = &[
    &["Иванов Иван Сергеевич"],
    &["Иванова Юлия Дмитриевна"],
    &["Горбачёв Михаил"],
    &["Щербакова Ксения Юрьевна"],
    &["Салтыков-Щедрин Александр"],
    &["Alexander O'Neil"],
    &["Julia Smith-Jones"],
    &["Jürgen Müller"],
    &["王小明"],
    &["单 田芳"],
    &["欧阳娜娜", "Nana Ouyang"],
    &["吕思远"],
    &["Достоевский Фёдор Михайлович"],
    &["Хабибуллин Ринат"],
    &["***"],
];

fn index() -> MemberIndex {
    let index = MemberIndex::new();
    for (member, names) in (0..).zip(MEMBERS) {
        index.upsert(member, &Entry { names, numbers: &[], rank: 0 }).unwrap();
    }
    index
}

fn found(index: &MemberIndex, query: &str) -> Vec<(u32, Grade)> {
    let query = NameQuery::parse(query).unwrap();
    index.by_name(&query, RESULTS_MAX).into_iter().map(|found| (found.member, found.grade)).collect()
}

/// The best member and how well it fits; none if nobody is found.
fn check(cases: &[(&str, Option<(u32, Grade)>)]) {
    let index = index();
    for (query, expected) in cases {
        assert_eq!(found(&index, query).first(), expected.as_ref(), "{query:?}");
    }
}

#[test]
fn russian_names() {
    check(&[
        ("Иванов", Some((0, Exact))),
        ("ИВАНОВ иван", Some((0, Exact))),
        ("сергеевич иванов", Some((0, Exact))),
        ("Иванов И. С.", Some((0, Prefix))),
        ("Ivanov Ivan", Some((0, Exact))),
        ("Иванова Ю", Some((1, Prefix))),
        ("Ivanova Julia", Some((1, Alike))),
        ("Iuliia Ivanova", Some((1, Alike))),
        ("Jul Ivanova", Some((1, AlikePrefix))),
        ("Горбачев", Some((2, Exact))),
        ("Gorbachev", Some((2, Exact))),
        ("Горбочев", Some((2, OneTypo))),
        ("Горбчаев", Some((2, OneTypo))),
        ("Горб", Some((2, Prefix))),
        ("Shcherbakova", Some((3, Exact))),
        ("Scherbakova Xenia", Some((3, Alike))),
        ("Щедрин", Some((4, Exact))),
        ("Салтыков Щедрин", Some((4, Exact))),
        ("салтыковщедрин", Some((4, Exact))),
        ("Салтыкоф", Some((4, Alike))),
        ("Dostoyevsky", Some((12, Alike))),
        ("Достаевзкий", Some((12, TwoTypos))),
        ("Habibullin", Some((13, Alike))),
        ("Петров", None),
        ("Иванов Пётр", None),
        ("ивн", None),
    ]);
}

#[test]
fn english_and_other_latin_names() {
    check(&[
        ("o'neil", Some((5, Exact))),
        ("O’NEIL", Some((5, Exact))),
        ("oneil alexander", Some((5, Exact))),
        ("neil", Some((5, Exact))),
        ("Александер О'Нил", Some((5, OneTypo))),
        ("smith", Some((6, Exact))),
        ("jones julia", Some((6, Exact))),
        ("smith-jones", Some((6, Exact))),
        ("smiht", Some((6, OneTypo))),
        ("muller", Some((7, Exact))),
        ("Ｍüller", Some((7, Exact))),
        ("Мюллер", Some((7, OneTypo))),
    ]);
}

#[test]
fn chinese_names() {
    check(&[
        ("王小明", Some((8, Exact))),
        ("小明", Some((8, Exact))),
        ("王", Some((8, Exact))),
        ("王小", Some((8, Prefix))),
        ("王 小明", Some((8, Exact))),
        ("wang xiaoming", Some((8, Exact))),
        ("xiaoming wang", Some((8, Exact))),
        ("wangxiaoming", Some((8, Exact))),
        ("Wang Xiao Ming", Some((8, Prefix))),
        ("wxm", Some((8, Alike))),
        ("wang xiaomign", Some((8, OneTypo))),
        ("王晓明", Some((8, Alike))),
        ("单田芳", Some((9, Exact))),
        ("shan tianfang", Some((9, Exact))),
        ("歐陽娜娜", Some((10, Alike))),
        ("ouyang nana", Some((10, Exact))),
        ("欧阳", Some((10, Exact))),
        ("lv siyuan", Some((11, Exact))),
        ("lü siyuan", Some((11, Exact))),
        ("LYU SIYUAN", Some((11, Exact))),
        ("明小", None),
    ]);
}

#[test]
fn better_words_come_first_then_the_rank_then_the_number() {
    let index = MemberIndex::new();
    let members = [
        ("Иванова Анна", 9),
        ("Иванов Антон", 1),
        ("Иванов Андрей", 5),
        ("Иванов Анатолий", 5),
        ("Иваков Антип", 9),
        ("Ivanow Anton", 7),
    ];
    for (member, (name, rank)) in (0..).zip(members) {
        index.upsert(member, &Entry { names: &[name], numbers: &[], rank }).unwrap();
    }
    let expected = [(2, Exact), (3, Exact), (1, Exact), (0, Prefix), (5, Alike), (4, OneTypo)];
    assert_eq!(found(&index, "иванов"), expected);
    let expected = [(1, Exact), (5, Alike)];
    assert_eq!(found(&index, "антон иванов")[..2], expected);
}

#[test]
fn nobody_copies_the_index_with_short_queries() {
    let index = MemberIndex::new();
    for member in 0..1_000 {
        let name = format!("Иванов Иван{member}");
        index.upsert(member, &Entry { names: &[&name], numbers: &[], rank: member }).unwrap();
    }
    let query = NameQuery::parse("ив").unwrap();
    assert_eq!(index.by_name(&query, usize::MAX).len(), RESULTS_MAX);
    assert_eq!(
        index.by_name(&query, 3).iter().map(|found| found.member).collect::<Vec<_>>(),
        [999, 998, 997]
    );
    assert_eq!(index.by_name(&query, 0), []);
    for wildcards in ["*", "%", "и*", "_%", "?", ".*", "и", "i j k"] {
        assert!(NameQuery::parse(wildcards).is_err(), "{wildcards}");
    }
}

#[test]
fn hostile_names_and_queries_do_no_harm() {
    let index = index();
    let names = [
        "x".repeat(1_000_000),
        "щ ".repeat(500_000),
        "\u{0}\u{1b}[2J\u{7f}".to_owned(),
        "\u{fdfa}".repeat(10_000),
        "王".repeat(10_000),
        "乐".repeat(300),
        "e\u{301}".repeat(10_000),
        "\u{202e}navI\u{202c}".to_owned(),
        "-'-'-'-'".repeat(100),
        "a-".repeat(300),
        "\u{10ffff}\u{e000}".to_owned(),
        "Robert'); --".to_owned(),
        "=wxm".to_owned(),
        "jjjjxxxxccccyoyoieie".repeat(20),
    ];
    for (member, name) in (100..).zip(&names) {
        index.upsert(member, &Entry { names: &[name], numbers: &[name], rank: 0 }).unwrap();
        let start: String = name.chars().take(100).collect();
        if let Ok(query) = NameQuery::parse(&start) {
            assert!(
                index.by_name(&query, RESULTS_MAX).iter().any(|found| found.member == member),
                "{start:?}"
            );
        }
    }
    let many = vec!["Anna Maria"; 10_000];
    index.upsert(200, &Entry { names: &many, numbers: &many, rank: 0 }).unwrap();
    assert_eq!(found(&index, "anna maria")[0], (200, Exact));
    (100..=200).for_each(|member| _ = index.remove(member));
    assert_eq!((index.members(), index.words()), (MEMBERS.len(), self::index().words()));
}

#[test]
fn a_member_is_replaced_and_removed() {
    let index = index();
    index.upsert(0, &Entry { names: &["Сидоров Пётр"], numbers: &[], rank: 0 }).unwrap();
    assert_eq!(found(&index, "сидоров"), [(0, Exact)]);
    assert!(found(&index, "иванов").iter().all(|(member, _)| *member != 0));
    assert_eq!(index.members(), MEMBERS.len());
    assert!(index.remove(0) && !index.remove(0) && !index.remove(4_000_000));
    assert!(index.remove(14), "a member without a letter is there, too");
    assert!(found(&index, "сидоров").is_empty());
    assert_eq!(index.members(), MEMBERS.len() - 2);
    let nobody = Entry { names: &[], numbers: &[], rank: 0 };
    assert_eq!(index.upsert(MEMBERS_MAX, &nobody), Err(MemberOutOfRange(MEMBERS_MAX)));
    assert_eq!(index.upsert_all(&[(0, nobody), (u32::MAX, nobody)]), Err(MemberOutOfRange(u32::MAX)));
    assert_eq!(index.members(), MEMBERS.len() - 2, "nothing of a refused batch is done");
    assert_eq!(format!("{index:?}"), "MemberIndex { members: 13, .. }");
}
