//! The salon's list, read as a person would have read it.

use bonafide::import::columns::SavedMap;
use bonafide::import::fields::Field;
use bonafide::import::reading::Outcome;
use bonafide::import::row::{Duplicate, DuplicateBy, ImportRow, Passed};
use bonafide::import::survey::Wishes;
use bonafide::import::table::Form;
use bonafide::import::trouble::Note;
use jiff::civil::date;

use super::{Import, import, salon};

fn members(import: &Import) -> Vec<&ImportRow> {
    let mut members = Vec::new();
    for outcome in &import.outcomes {
        if let Outcome::Member(member, _) = outcome {
            members.push(&**member);
        }
    }
    members
}

fn duplicates(import: &Import) -> Vec<Duplicate> {
    let duplicate = |outcome: &Outcome| match outcome {
        Outcome::Member(_, duplicate) => duplicate.clone(),
        _ => None,
    };
    import.outcomes.iter().filter_map(duplicate).collect()
}

fn check_list(import: &Import) {
    let fields: Vec<(usize, Field)> = import.plan.map.columns.iter().map(|c| (c.column, c.field)).collect();
    assert_eq!(
        fields,
        [
            (1, Field::FamilyName),
            (2, Field::GivenName),
            (3, Field::Patronymic),
            (4, Field::Phone),
            (5, Field::Email),
            (6, Field::BirthDate),
            (7, Field::Card),
            (8, Field::Points),
            (10, Field::Notes),
        ]
    );
    assert!(import.plan.map.ignored.contains(&"Мастер".to_owned()));
    assert_eq!(import.plan.header.line, Some(4));
    assert!(
        import.plan.notes.iter().any(|note| matches!(note, Note::CountryGuessed { country: "RU", .. })),
        "{:?}",
        import.plan.notes
    );
    let members = members(import);
    let shown: Vec<String> = members.iter().map(|member| member.name.shown()).collect();
    let anna = "Иванова Анна Петровна";
    let expected = [
        anna,
        "Петрова Ольга Сергеевна",
        "Сидоров Иван",
        "Кузнецова Мария Ильинична",
        "Смирнова Елена Павловна",
        anna,
        "Попова Дарья",
    ];
    assert_eq!(shown, expected);
    let phones: Vec<&str> = members.iter().map(|member| member.phones[0].as_str()).collect();
    let expected = ["89", "90", "91", "92", "93", "89", "89"].map(|end| format!("+791234567{end}"));
    assert_eq!(phones, expected);
    assert_eq!(members[4].phones[1].as_str(), "+78432222222");
    let born: Vec<_> = members.iter().map(|member| member.born).collect();
    let first = Some(date(1985, 5, 3));
    let expected = [first, Some(date(1990, 12, 31)), first, Some(date(1978, 11, 12)), None, first, None];
    assert_eq!(born, expected);
    let points: Vec<_> = members.iter().map(|member| member.points_minor).collect();
    assert_eq!(points, [Some(125_050), Some(30_000), Some(0), Some(7_550), None, Some(125_050), None]);
    check_the_rest(import);
}

fn check_the_rest(import: &Import) {
    assert_eq!(
        duplicates(import),
        [
            Duplicate { line: 12, first_line: 6, by: DuplicateBy::WholeRow },
            Duplicate { line: 13, first_line: 6, by: DuplicateBy::Phone },
        ]
    );
    let errors: Vec<(u32, &str, &str)> = import
        .outcomes
        .iter()
        .filter_map(|outcome| if let Outcome::Errors(errors) = outcome { Some(errors) } else { None })
        .flatten()
        .map(|error| (error.line, error.trouble.key(), error.text.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (14, "unreadable_phone", "12345"),
            (15, "unreadable_email", "yana@example"),
            (15, "impossible_date", "31.04.1991"),
            (15, "negative_amount", "-50"),
            (16, "nobody", "10 | Ольга | пустая строка"),
        ]
    );
    let passed: Vec<(Passed, u32)> = import.counts.passed.iter().map(|(why, count)| (*why, *count)).collect();
    assert_eq!(passed, [(Passed::RepeatedHeader, 1), (Passed::Total, 1), (Passed::NothingRead, 2)]);
}

#[test]
fn the_messy_list_is_read_from_xlsx_and_from_cp1251_alike() {
    let xlsx = import(salon::messy_xlsx(), &Wishes::default()).unwrap();
    let sheets = ["Служебный", "Пустой", "Клиенты"].map(str::to_owned).to_vec();
    assert_eq!(xlsx.table.form(), Form::Xlsx { sheet: "Клиенты".to_owned(), sheets });
    check_list(&xlsx);
    let csv = import(salon::messy_csv(), &Wishes::default()).unwrap();
    assert_eq!(csv.table.form(), Form::Csv { encoding: "windows-1251", separator: ';' });
    check_list(&csv);
    // Whatever file they came in, the same people have the same keys: a second run knows them.
    let keys = |import: &Import| members(import).iter().map(|member| member.key).collect::<Vec<_>>();
    assert_eq!(keys(&xlsx), keys(&csv));
}

#[test]
fn every_encoding_gives_the_same_list() {
    let text = salon::csv_text(&salon::messy_rows());
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: bool| {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
    };
    for (bytes, encoding) in [
        (text.clone().into_bytes(), "UTF-8"),
        (format!("\u{FEFF}{text}").into_bytes(), "UTF-8"),
        (utf16(u16::to_le_bytes, true), "UTF-16LE"),
        (utf16(u16::to_be_bytes, true), "UTF-16BE"),
        (utf16(u16::to_le_bytes, false), "UTF-16LE"),
        (utf16(u16::to_be_bytes, false), "UTF-16BE"),
    ] {
        let import = import(bytes, &Wishes::default()).unwrap();
        assert_eq!(import.table.form(), Form::Csv { encoding, separator: ';' });
        check_list(&import);
    }
}

#[test]
fn a_chinese_list_in_gb18030() {
    let csv = "姓名,手机号码,出生日期,积分\n王小明,138 1234 5678,1985年5月3日,100\n欧阳娜娜,13912345678,1990-12-31,\n\
        李芳,+86 137-1234-5678,2001/2/3,5\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(csv);
    let import = import(bytes.into_owned(), &Wishes::default()).unwrap();
    assert_eq!(import.table.form(), Form::Csv { encoding: "gb18030", separator: ',' });
    let members = members(&import);
    assert_eq!(members.len(), 3, "{:?}", import.outcomes);
    assert_eq!(members[0].name.family.as_deref(), Some("王"));
    assert_eq!(members[1].name.family.as_deref(), Some("欧阳"));
    assert_eq!(members[1].phones[0].as_str(), "+8613912345678");
    assert_eq!(members[0].born, Some(date(1985, 5, 3)));
}

#[test]
fn a_given_country_and_a_saved_map_decide() {
    let csv = "Anna Smith,2125550123\nJohn Doe,4155550199\n";
    let map =
        r#"{"version":1,"columns":[{"column":"A","field":"full_name"},{"column":"B","field":"phone"}]}"#;
    let map = SavedMap::parse(map).unwrap();
    let import = import(csv.into(), &Wishes { country: Some("ca"), map: Some(&map) }).unwrap();
    assert_eq!(import.plan.notes, []);
    let members = members(&import);
    assert_eq!(members[1].name.family.as_deref(), Some("Doe"));
    assert_eq!(members[1].phones[0].as_str(), "+14155550199");
}

#[test]
fn a_country_or_a_header_that_is_not_there_is_said() {
    let csv = || "ФИО;Телефон\nИванова Анна;89123456789\n".as_bytes().to_vec();
    let said = |wishes: &Wishes<'_>| import(csv(), wishes).err().unwrap().to_string();
    let words = said(&Wishes { country: Some("XX"), map: None });
    assert!(words.starts_with("this country is not known here; known are: RU, KZ"), "{words}");
    let map = r#"{"version":1,"columns":[{"column":"B","header":"Карта","field":"card"}]}"#;
    let map = SavedMap::parse(map).unwrap();
    let words = said(&Wishes { country: None, map: Some(&map) });
    assert_eq!(words, "the column map wants a column \"Карта\", which this file lacks");
}
