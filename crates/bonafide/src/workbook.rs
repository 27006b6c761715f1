//! A workbook that spreadsheet programs open (XLSX): one sheet of texts and numbers. A text is never a formula in it (case S-06), because
//! it stands in the cell as a text; that and the zip that is here anyway make it smaller than a library for all that a sheet may have.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::failure::Failure;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number as it is written with a point and no exponent: `-12.50`.
    Number(String),
    /// Nothing.
    Empty,
}

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;

const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const SHEETS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// The longest name of a sheet, in characters, as spreadsheet programs have it.
const NAME_CHARS_MAX: usize = 31;

/// A workbook with one sheet.
///
/// # Errors
/// When it cannot be packed, which memory alone prevents.
pub fn workbook(name: &str, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Failure> {
    let parts = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", ROOT.to_owned()),
        ("xl/workbook.xml", book(name)),
        ("xl/_rels/workbook.xml.rels", SHEETS.to_owned()),
        ("xl/worksheets/sheet1.xml", sheet(rows)),
    ];
    let failed = |error: &dyn std::fmt::Display| Failure::new("workbook", error.to_string());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, xml) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(path, options).map_err(|error| failed(&error))?;
        zip.write_all(xml.as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(zip.finish().map_err(|error| failed(&error))?.into_inner())
}

fn book(name: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let name: String = name.chars().filter(allowed).take(NAME_CHARS_MAX).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{}" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        escaped(&name)
    )
}

fn sheet(rows: &[Vec<Cell>]) -> String {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for (number, row) in (1..).zip(rows) {
        xml.push_str(&format!(r#"<row r="{number}">"#));
        for (column, cell) in ('A'..='Z').zip(row) {
            match cell {
                Cell::Text(text) => xml.push_str(&format!(
                    r#"<c r="{column}{number}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
                    escaped(text)
                )),
                Cell::Number(text) => {
                    xml.push_str(&format!(r#"<c r="{column}{number}"><v>{}</v></c>"#, escaped(text)));
                }
                Cell::Empty => {}
            }
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    xml
}

/// A text within XML; what XML cannot have at all shows itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::import::limits::ImportLimits;
    use crate::import::table::Table;

    #[test]
    fn s06_our_own_reader_finds_texts_as_texts_and_numbers_as_numbers() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = vec![
            vec![text("Figure"), text("Value")],
            vec![text("=HYPERLINK(\"http://a\") & <b>\u{1b}"), Cell::Number("-12.50".to_owned())],
            vec![Cell::Empty, Cell::Number("7".to_owned())],
        ];
        let bytes = workbook("Figures: [all]", &rows).unwrap();
        let mut table = Table::open_bytes(bytes, ImportLimits::default(), None).unwrap();
        let mut found: Vec<Vec<String>> = Vec::new();
        table
            .visit_rows(|row| {
                found.push(row.cells.iter().map(crate::import::cell::Cell::shown).collect());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(found[0], ["Figure", "Value"]);
        assert_eq!(found[1][0], "=HYPERLINK(\"http://a\") & <b>\u{FFFD}");
        assert_eq!(found[2].last().unwrap(), "7");
    }
}
