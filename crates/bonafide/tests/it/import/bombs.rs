//! Workbooks of a kilobyte that want gigabytes: refused at once and in little memory.

use std::time::Instant;

use bonafide::import::limits::ImportLimits;
use bonafide::import::refusal::{TableError, TableRefusal};
use bonafide::import::table::Table;

use super::refused;
use super::salon::{self, Packed, pack, sheet_of, strings_of, workbook, workbook_parts, zip_packed};

/// What a refused file may take, the file included.
const REFUSED_BYTES_MAX: u64 = 64 << 20;

fn check(name: &str, file: &[u8], key: &str) {
    let file_bytes = file.len();
    let mut found = "";
    let started = Instant::now();
    let memory = allocation_counter::measure(|| found = refused(file.to_vec()));
    println!(
        "{name}: {file_bytes} bytes, refused as {found} in {:?}, peak {} bytes",
        started.elapsed(),
        memory.bytes_max
    );
    assert_eq!(found, key, "{name}");
    assert!(memory.bytes_max < REFUSED_BYTES_MAX, "{name} takes {} bytes", memory.bytes_max);
}

fn one_sheet(data: &str) -> Vec<u8> {
    workbook(&[("Sheet1", false, sheet_of(data))], &strings_of("", 0))
}

fn with_part(name: &str, packed: Packed) -> Vec<u8> {
    let parts = workbook_parts(&[("Sheet1", false, sheet_of(""))], &strings_of("", 0));
    let mut all: Vec<Packed> =
        parts.iter().filter(|(other, _)| other != name).map(|(name, bytes)| pack(name, bytes)).collect();
    all.push(packed);
    zip_packed(&all)
}

#[test]
fn w16_the_two_cell_workbook_is_refused() {
    for (far, key) in
        [("XFD20000", "too_many_columns"), ("XFD1048576", "too_many_columns"), ("B1048576", "too_many_rows")]
    {
        let row: String = far.chars().filter(char::is_ascii_digit).collect();
        let data = format!(
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"{row}\"><c r=\"{far}\"><v>1</v></c></row>"
        );
        check(far, &one_sheet(&data), key);
    }
}

#[test]
fn w16_a_part_that_unpacks_too_far_is_refused_before_it_is_unpacked() {
    let sheet = "xl/worksheets/sheet1.xml";
    let spaces = pack(sheet, &vec![b' '; 200 << 20]);
    check("200 MiB of spaces", &with_part(sheet, spaces), "unpacks_too_far");
    let strings = "xl/sharedStrings.xml";
    let bomb = pack(strings, strings_of(&"<si><t/></si>".repeat(8_000_000), 8_000_000).as_bytes());
    check("8 million empty texts", &with_part(strings, bomb), "unpacks_too_far");
}

#[test]
fn w16_a_part_that_lies_about_its_size_is_refused() {
    for name in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"] {
        let mut packed = pack(name, &vec![b' '; 200 << 20]);
        packed.announced_bytes = 1_000;
        check(&format!("{name} announced with 1,000 bytes"), &with_part(name, packed), "malformed");
    }
}

#[test]
fn w16_what_a_workbook_claims_about_itself_is_not_believed() {
    // A ready-made reader reserves memory for this many texts.
    let strings = strings_of("<si><t>a</t></si>", 4_000_000_000_000);
    let data = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>";
    let claims = workbook(&[("Sheet1", false, sheet_of(data))], &strings);
    check("four billion texts", &claims, "no_known_column");
    let long = "<row r=\"1\"><c r=\"AAAAAAAAAAAAAAAA1\"><v>1</v></c></row>";
    check("a long reference", &one_sheet(long), "malformed");
    let far = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>99999999</v></c></row>";
    check("a text that is not there", &one_sheet(far), "malformed");
    let dimension = sheet_of(data).replace("<sheetData>", "<dimension ref=\"ZZZ9999999:A1\"/><sheetData>");
    check(
        "an upside-down dimension",
        &workbook(&[("Sheet1", false, dimension)], &strings),
        "no_known_column",
    );
}

#[test]
fn w16_one_endless_element_is_refused() {
    let mut state = 1_u64;
    let mut letters = String::new();
    while letters.len() < 6 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters.push_str(&format!("{:08x}", state >> 32));
    }
    check(
        "a text of 6 MiB",
        &one_sheet(&format!("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>{letters}</v></c></row>")),
        "malformed",
    );
    check("a comment of 6 MiB", &one_sheet(&format!("<!--{letters}-->")), "malformed");
    let nested = "<a b=\"1\">".repeat(100_000);
    let xml = format!("{nested}{}", letters.get(..200_000).unwrap());
    check("100,000 elements within each other", &one_sheet(&xml), "malformed");
    let entity = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    check(
        "a document type",
        &workbook(&[("S", false, format!("{entity}{}", sheet_of("")))], &strings_of("", 0)),
        "malformed",
    );
}

#[test]
fn w16_entries_that_share_their_bytes_are_refused() {
    let mut file = one_sheet("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>");
    // All directory entries point at the first part.
    let starts: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, bytes)| *bytes == b"PK\x01\x02").map(|(at, _)| at).collect();
    for at in starts {
        file[at + 42..at + 46].fill(0);
    }
    check("overlapping entries", &file, "malformed");
}

#[test]
fn w16_texts_beyond_the_memory_limit_are_refused_before_they_are_kept() {
    let mut state = 1_u64;
    let mut strings = String::new();
    for _ in 0..500_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        strings.push_str(&format!("<si><t>{state:016x}</t></si>"));
    }
    let data = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>";
    let file = workbook(&[("Sheet1", false, sheet_of(data))], &strings_of(&strings, 1));
    let max_text_memory_bytes = 9 << 20;
    let limits = ImportLimits { max_text_memory_bytes, ..ImportLimits::default() };
    let mut refusal = None;
    let memory = allocation_counter::measure(|| {
        refusal = Table::open_bytes(file.clone(), limits, None).err();
    });
    println!("500,000 texts: {} bytes, peak {} bytes", file.len(), memory.bytes_max);
    let expected = TableRefusal::TooMuchText { bytes: 500_000 * 20, max_bytes: max_text_memory_bytes };
    assert!(matches!(refusal, Some(TableError::Refused(refusal)) if refusal == expected));
    assert!(memory.bytes_max < file.len() as u64 + (1 << 20), "{} bytes", memory.bytes_max);
}

#[test]
fn other_kinds_of_files_are_told_what_to_do() {
    let ods = salon::zip(&[
        ("mimetype".to_owned(), b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("content.xml".to_owned(), b"<office/>".to_vec()),
    ]);
    for file in [
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old".to_vec(),
        b"%PDF-1.7".to_vec(),
        b"<html><table></table>".to_vec(),
        b"\xEF\xBB\xBF<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>".to_vec(),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        ods,
        (0..=255_u8).cycle().take(10_000).map(|byte| byte & 3).collect(),
    ] {
        assert_eq!(refused(file), "foreign_format");
    }
    assert_eq!(refused(Vec::new()), "empty");
    assert_eq!(refused(b"\n\n;;;\n".to_vec()), "empty");
    assert_eq!(refused(b"abc\ndef\n".to_vec()), "no_known_column");
}
