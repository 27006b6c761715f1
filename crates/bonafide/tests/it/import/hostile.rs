//! Files that are damaged, cut or written to annoy: an answer each time, never a panic.

use bonafide::import::refusal::TableError;
use bonafide::import::survey::Wishes;

use super::{import, refused, salon};

/// Reads whatever it is; refusals are answers too.
fn survive(bytes: Vec<u8>) {
    if let Err(TableError::Io(error)) = import(bytes, &Wishes::default()) {
        panic!("a damaged file is no broken disk: {error}");
    }
}

#[test]
fn w16_a_cut_workbook_is_refused_at_every_offset() {
    let whole = salon::messy_xlsx();
    for end in 1..whole.len() {
        let cut = whole[..end].to_vec();
        assert!(import(cut, &Wishes::default()).is_err(), "cut at {end}");
    }
}

#[test]
fn w16_flipped_bytes_never_panic() {
    let whole = salon::messy_xlsx();
    let csv = salon::messy_csv();
    for seed in 0..500_u64 {
        let random = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for original in [&whole, &csv] {
            let mut bytes = original.clone();
            let at = usize::try_from(random >> 33).unwrap() % bytes.len();
            bytes[at] ^= u8::try_from(random & 0xFF).unwrap() | 1;
            survive(bytes);
        }
    }
}

#[test]
fn w16_flipped_bytes_of_the_unpacked_parts_never_panic() {
    let (sheet, strings) = salon::sheet_xml(&salon::messy_rows(), "");
    let parts = salon::workbook_parts(&[("a", false, sheet)], &strings);
    for seed in 0..700_u64 {
        let random = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut parts = parts.clone();
        let part = usize::try_from(seed).unwrap() % parts.len();
        let bytes = &mut parts[part].1;
        let at = usize::try_from(random >> 33).unwrap() % bytes.len();
        bytes[at] ^= u8::try_from(random & 0xFF).unwrap() | 1;
        survive(salon::zip(&parts));
    }
}

#[test]
fn hostile_text_files_are_answered() {
    let header = "ФИО;Телефон\n";
    assert_eq!(refused(vec![b'x'; 10 << 20]), "line_too_long");
    assert_eq!(
        refused(format!("{header}{}", format!("\"x\n{}", "y\n".repeat(70)).repeat(300)).into_bytes()),
        "unbalanced_quotes"
    );
    assert_eq!(refused(format!("{header}{}", "a;".repeat(300) + "a\n").into_bytes()), "too_many_columns");
    survive(vec![b'"'; 100_000]);
    survive(vec![b';'; 100_000]);
    survive(vec![b'\r'; 100_000]);
    survive(vec![0xFF; 1_001]);
    survive(b"\xFF\xFE\x00".to_vec());
    survive(b"sep=;".to_vec());
    survive(b"\xEF\xBB\xBF".to_vec());
}

#[test]
fn w24_nul_bytes_and_control_characters_do_not_come_through() {
    let csv = "ФИО;Телефон;Примечание\nИванова\0 Анна;89123456789;a\u{1b}[2Jb\u{202E}c\nПетрова Ольга;89123456790;ok\n";
    let import = import(csv.as_bytes().to_vec(), &Wishes::default()).unwrap();
    let shown = format!("{:?}", import.outcomes);
    assert!(
        shown.contains("Иванова")
            && !shown.contains("\\0")
            && !shown.contains("u{1b}")
            && !shown.contains("u{202e}"),
        "{shown}"
    );
}

#[test]
fn a_lone_quote_costs_one_row_and_not_the_rest() {
    let mut csv = "ФИО;Телефон\n\"Иванова Анна;89123456780\n".to_owned();
    for number in 0..200 {
        csv.push_str(&format!("Петрова Ольга;8912346{number:04}\n"));
    }
    let import = import(csv.into_bytes(), &Wishes::default()).unwrap();
    assert_eq!((import.counts.members, import.counts.held_back), (200, 1));
    assert_eq!(import.counts.errors.get("lone_quote"), Some(&1));
}

#[test]
fn a_wrong_encoding_is_seen() {
    let csv = "ФИО;Телефон\nИванова Анна;89123456780\n\u{FFFD}\u{FFFD}\u{FFFD}ова Анна;89123456781\n??????? Анна;89123456782\n";
    let import = import(csv.as_bytes().to_vec(), &Wishes::default()).unwrap();
    assert_eq!(import.counts.errors.get("broken_letters"), Some(&2));
    assert_eq!(import.counts.members, 1);
}

#[test]
fn embedded_lines_ragged_rows_and_old_line_ends_are_read() {
    let csv = "sep=,\r\"ФИО\",\"Телефон\",\"Адрес\"\rИванова Анна,89123456780,\"Казань,\rул. Лесная 1\"\r\
        Петрова Ольга,89123456781\rСидорова Яна,89123456782,,,,\r";
    let import = import(csv.as_bytes().to_vec(), &Wishes::default()).unwrap();
    assert_eq!((import.counts.members, import.counts.held_back), (3, 0), "{:?}", import.outcomes);
    assert!(format!("{:?}", import.outcomes).contains("Казань,\\nул. Лесная 1"));
}
