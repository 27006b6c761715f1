//! The list of a salon that lives in Excel, made up: every person in it is invented. And the bare tools to write an xlsx,
//! honest or not.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A cell of a sheet to be written.
#[derive(Clone, Debug)]
pub(crate) enum Put {
    Text(String),
    Number(f64),
    /// Excel's day number.
    Day(u32),
    Nothing,
}

pub(crate) fn text(text: &str) -> Put {
    if text.is_empty() { Put::Nothing } else { Put::Text(text.to_owned()) }
}

/// A title, a header over two rows with merged cells, a group line, three spellings of dates, five of phones, repeated
/// people, a repeated header, a total and a signature. `|` between the cells.
const MESSY: &str = "\
Салон красоты «Лилия»: база клиентов на 01.11.2026

№|Клиент|||Контакты||Дата рождения|Карта|Баллы|Мастер|Примечание
|Фамилия|Имя|Отчество|Телефон|E-mail|||||
VIP
1|Иванова|Анна|Петровна|8 (912) 345-67-89|anna@example.com|03.05.1985|1001|1 250,50|Ольга|краска 7.1; аллергия
2|ПЕТРОВА|ОЛЬГА|СЕРГЕЕВНА|+7 912 345 67 90|||1002|300|Ольга|
3|Сидоров|Иван|||ivan@example.com|3 мая 1985|1003|0|Марина|
4|Кузнецова|Мария|Ильинична|912 3456792|нет|12.11.78|1004|75,5|Марина|=HYPERLINK(\"http://example.com\")
№|Фамилия|Имя|Отчество|Телефон|E-mail|||||
5|Смирнова|Елена|Павловна|8-912-345-67-93, 8 (843) 222-22-22 доб. 12|||1005||Ольга|звонить после 18:00
6|Иванова|Анна|Петровна|89123456789|anna@example.com|03.05.1985|1001|1 250,50|Ольга|
7|Попова|Дарья||8 912 345 67 89|||1007||Марина|дочь Ивановой
8|Козлова|Вера||12345|||1008||Ольга|
9|Морозова|Яна||8 912 345 67 95|yana@example|31.04.1991|1009|-50|Ольга|
10|||||||||Ольга|пустая строка
Итого:||||||||1 626,00||
Составила администратор: Белова";

pub(crate) fn messy_rows() -> Vec<Vec<Put>> {
    let cells = |line: &str| match line {
        "" => Vec::new(),
        line => line.split('|').map(text).collect(),
    };
    let mut rows: Vec<Vec<Put>> = MESSY.lines().map(cells).collect();
    // One phone and one date as Excel keeps them when nobody has formatted the cells.
    rows[7][4] = Put::Number(79_123_456_791.0);
    rows[6][6] = Put::Day(33_238);
    rows
}

/// As the CSV of a Russian Excel: Windows-1251, `;`, CRLF.
pub(crate) fn messy_csv() -> Vec<u8> {
    let csv = csv_text(&messy_rows());
    let (bytes, _, lost) = encoding_rs::WINDOWS_1251.encode(&csv);
    assert!(!lost);
    bytes.into_owned()
}

pub(crate) fn csv_text(rows: &[Vec<Put>]) -> String {
    let mut csv = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Put::Text(text) if text.contains([';', '"', '\n']) => {
                    format!("\"{}\"", text.replace('"', "\"\""))
                }
                Put::Text(text) => text.clone(),
                Put::Number(number) => format!("{number:.0}"),
                Put::Day(_) => "31.12.1990".to_owned(),
                Put::Nothing => String::new(),
            })
            .collect();
        csv.push_str(&cells.join(";"));
        csv.push_str("\r\n");
    }
    csv
}

/// As an xlsx with merged header cells, a hidden sheet and an empty one before the list.
pub(crate) fn messy_xlsx() -> Vec<u8> {
    let merges = "<mergeCells count=\"4\"><mergeCell ref=\"A1:K1\"/><mergeCell ref=\"B3:D3\"/><mergeCell ref=\"E3:F3\"/>\
        <mergeCell ref=\"G3:G4\"/></mergeCells>";
    let (sheet, strings) = sheet_xml(&messy_rows(), merges);
    workbook(
        &[("Служебный", true, sheet_of("")), ("Пустой", false, sheet_of("")), ("Клиенты", false, sheet)],
        &strings,
    )
}

/// The sheet and the shared strings of some rows.
pub(crate) fn sheet_xml(rows: &[Vec<Put>], after: &str) -> (String, String) {
    let (mut data, mut strings, mut count) = (String::new(), String::new(), 0);
    for (number, row) in (1..).zip(rows) {
        if row.is_empty() {
            continue;
        }
        write!(data, "<row r=\"{number}\">").unwrap();
        for (column, cell) in row.iter().enumerate() {
            let at = format!("{}{number}", bonafide::import::columns::letters(column));
            match cell {
                Put::Text(text) => {
                    write!(data, "<c r=\"{at}\" t=\"s\"><v>{count}</v></c>").unwrap();
                    write!(strings, "<si><t xml:space=\"preserve\">{}</t></si>", escape(text)).unwrap();
                    count += 1;
                }
                Put::Number(number) => write!(data, "<c r=\"{at}\"><v>{number}</v></c>").unwrap(),
                Put::Day(day) => write!(data, "<c r=\"{at}\" s=\"1\"><v>{day}</v></c>").unwrap(),
                Put::Nothing => write!(data, "<c r=\"{at}\" s=\"2\"/>").unwrap(),
            }
        }
        data.push_str("</row>");
    }
    (sheet_of_with(&data, after), strings_of(&strings, count))
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) fn sheet_of(data: &str) -> String {
    sheet_of_with(data, "")
}

fn sheet_of_with(data: &str, after: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet \
         xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{data}</sheetData>{after}</worksheet>"
    )
}

pub(crate) fn strings_of(strings: &str, count: usize) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><sst \
         xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" uniqueCount=\"{count}\">{strings}</sst>"
    )
}

/// A workbook of sheets, each with its name and whether it is hidden.
pub(crate) fn workbook(sheets: &[(&str, bool, String)], strings: &str) -> Vec<u8> {
    zip(&workbook_parts(sheets, strings))
}

pub(crate) fn workbook_parts(sheets: &[(&str, bool, String)], strings: &str) -> Vec<(String, Vec<u8>)> {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut list, mut relations) = (String::new(), String::new());
    let mut parts = Vec::new();
    for (number, (name, hidden, xml)) in (1..).zip(sheets) {
        let state = if *hidden { " state=\"hidden\"" } else { "" };
        write!(list, "<sheet name=\"{name}\" sheetId=\"{number}\"{state} r:id=\"rId{number}\"/>").unwrap();
        write!(
            relations,
            "<Relationship Id=\"rId{number}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        )
        .unwrap();
        parts.push((format!("xl/worksheets/sheet{number}.xml"), xml.clone().into_bytes()));
    }
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd\\.mm\\.yyyy\"/></numFmts><cellXfs>\
        <xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"0\"/></cellXfs></styleSheet>";
    let package = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    parts.extend([
        ("[Content_Types].xml".to_owned(), b"<Types/>".to_vec()),
        ("_rels/.rels".to_owned(), package.into_bytes()),
        ("xl/workbook.xml".to_owned(), format!("<workbook><sheets>{list}</sheets></workbook>").into_bytes()),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships>{relations}</Relationships>").into_bytes(),
        ),
        ("xl/styles.xml".to_owned(), styles.as_bytes().to_vec()),
        ("xl/sharedStrings.xml".to_owned(), strings.as_bytes().to_vec()),
    ]);
    parts
}

/// A deflated part with what the directory says about its unpacked size, which may be a lie.
pub(crate) struct Packed {
    pub(crate) name: String,
    pub(crate) deflated: Vec<u8>,
    pub(crate) announced_bytes: u32,
}

pub(crate) fn pack(name: &str, bytes: &[u8]) -> Packed {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    let announced_bytes = u32::try_from(bytes.len()).unwrap();
    Packed { name: name.to_owned(), deflated: encoder.finish().unwrap(), announced_bytes }
}

pub(crate) fn zip(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let packed: Vec<Packed> = parts.iter().map(|(name, bytes)| pack(name, bytes)).collect();
    zip_packed(&packed)
}

/// A zip archive of parts. Checksums are zero: nobody here reads them.
pub(crate) fn zip_packed(parts: &[Packed]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let offset = u32::try_from(file.len()).unwrap();
        let mut sizes = Vec::new();
        // Version, flags, deflate, time and date, checksum, sizes, name.
        sizes.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        sizes.extend(u32::try_from(part.deflated.len()).unwrap().to_le_bytes());
        sizes.extend(part.announced_bytes.to_le_bytes());
        sizes.extend(u16::try_from(part.name.len()).unwrap().to_le_bytes());
        sizes.extend([0, 0]);
        file.extend(b"PK\x03\x04");
        file.extend(&sizes);
        file.extend(part.name.as_bytes());
        file.extend(&part.deflated);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&sizes);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(part.name.as_bytes());
    }
    let (count, offset) = (u16::try_from(parts.len()).unwrap(), u32::try_from(file.len()).unwrap());
    let directory_bytes = u32::try_from(directory.len()).unwrap();
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(directory_bytes.to_le_bytes());
    file.extend(offset.to_le_bytes());
    file.extend([0, 0]);
    file
}
