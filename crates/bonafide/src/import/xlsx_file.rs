//! The rows of an xlsx, one after the other: nothing of a sheet is kept but the row at hand.
//!
//! A ready-made reader is not used. calamine 0.38, the best of them, does harm before its streaming reader is reached. It
//! reserves memory for the number of texts that the file claims to have: a file of 1,249 bytes asks for 9.6 TB and ends the
//! process. It copies the font into every cell style: 2,061 bytes take 2 GB and five seconds. A long cell reference
//! overflows.

use std::ops::ControlFlow;

use jiff::civil::Date;
use quick_xml::events::{BytesStart, Event};

use super::archive::{Archive, Entry};
use super::cell::{Cell, Mended, Row};
use super::limits::ImportLimits;
use super::refusal::{TableError, TableRefusal};
use super::table::Input;
use super::xlsx_parts::{self, SharedTexts, SheetPart, Styles};
use super::xml::{XmlEvents, attribute};

/// How much of a sheet is looked at to see whether anything stands in it.
const PEEK_BYTES: u64 = 1 << 20;

/// A workbook whose directory, texts and styles are known.
pub(super) struct Workbook {
    sheets: Vec<SheetPart>,
    texts: SharedTexts,
    styles: Styles,
    starts_in_1904: bool,
}

impl Workbook {
    pub(super) fn open(
        input: &mut Input,
        archive: &Archive,
        limits: &ImportLimits,
    ) -> Result<Workbook, TableError> {
        let outline = xlsx_parts::read_outline(input, archive, limits)?;
        let texts = xlsx_parts::read_texts(input, archive, limits)?;
        let styles = xlsx_parts::read_styles(input, archive)?;
        Ok(Workbook { sheets: outline.sheets, texts, styles, starts_in_1904: outline.starts_in_1904 })
    }

    /// The names of the sheets.
    pub(super) fn sheet_names(&self) -> Vec<String> {
        self.sheets.iter().map(|sheet| sheet.name.clone()).collect()
    }

    /// The sheet of that name, or the first visible one in which something stands.
    pub(super) fn choose(
        &self,
        input: &mut Input,
        limits: &ImportLimits,
        wanted: Option<&str>,
    ) -> Result<usize, TableError> {
        if let Some(wanted) = wanted {
            let same = |sheet: &SheetPart| sheet.name.trim().to_lowercase() == wanted.trim().to_lowercase();
            let found = self.sheets.iter().position(same);
            return Ok(found.ok_or_else(|| TableRefusal::NoSuchSheet { sheets: self.sheet_names() })?);
        }
        for (index, sheet) in self.sheets.iter().enumerate().filter(|(_, sheet)| !sheet.hidden) {
            let mut found = false;
            let mut first_row = |_: Row| {
                found = true;
                ControlFlow::Break(())
            };
            self.read_rows(input, &sheet.entry, limits, PEEK_BYTES, &mut first_row)?;
            if found {
                return Ok(index);
            }
        }
        Err(TableRefusal::Empty.into())
    }

    /// Shows every row that is not blank to `visit`, from the top, until it breaks.
    pub(super) fn visit_rows(
        &self,
        input: &mut Input,
        sheet: usize,
        limits: &ImportLimits,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), TableError> {
        let sheet = self.sheets.get(sheet).ok_or(TableRefusal::Empty)?;
        self.read_rows(input, &sheet.entry, limits, u64::MAX, visit)
    }

    fn read_rows(
        &self,
        input: &mut Input,
        entry: &Entry,
        limits: &ImportLimits,
        max_xml_bytes: u64,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), TableError> {
        let mut xml = XmlEvents::new(entry.open(input)?);
        let mut row = RowBuilder::new(limits);
        while xml.read_bytes() <= max_xml_bytes {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "row" => row.begin(&start)?,
                    "c" => {
                        let head = row.cell_head(&start)?;
                        let cell = self.read_cell(&mut xml, &head, &mut row)?;
                        row.put(&head, cell)?;
                    }
                    _ => {}
                },
                Event::End(end) if end.local_name().as_ref() == "row" => {
                    if let Some(row) = row.finish()
                        && visit(row).is_break()
                    {
                        return Ok(());
                    }
                }
                Event::End(end) if end.local_name().as_ref() == "sheetData" => return Ok(()),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads to the end of the cell that was just opened.
    fn read_cell(
        &self,
        xml: &mut XmlEvents<'_>,
        head: &CellHead,
        row: &mut RowBuilder<'_>,
    ) -> Result<Cell, TableError> {
        let max_bytes = row.limits.max_cell_chars * 4;
        let mut value = std::mem::take(&mut row.value);
        value.clear();
        loop {
            match xml.next()? {
                // A formula is nobody's name; what it came to stands beside it in `v`.
                Event::Start(start) if start.local_name().as_ref() == "f" => {
                    xml.text_of_element(&mut String::new(), 0)?;
                }
                Event::Start(start) if matches!(start.local_name().as_ref(), "v" | "is" | "t") => {
                    xml.text_of_element(&mut value, max_bytes)?;
                }
                Event::End(end) if end.local_name().as_ref() == "c" => break,
                Event::Eof => return Err(TableRefusal::Truncated.into()),
                _ => {}
            }
        }
        let cell = self.understand(head, &value, row)?;
        row.value = value;
        Ok(cell)
    }

    fn understand(
        &self,
        head: &CellHead,
        value: &str,
        row: &mut RowBuilder<'_>,
    ) -> Result<Cell, TableRefusal> {
        if value.is_empty() {
            return Ok(Cell::Empty);
        }
        Ok(match head.kind.as_str() {
            "s" => {
                let index = value.trim().parse().map_err(|_| TableRefusal::Malformed)?;
                row.text(self.texts.get(index).ok_or(TableRefusal::Malformed)?)
            }
            "inlineStr" | "str" => row.text(value),
            "b" => Cell::Flag(matches!(value.trim(), "1" | "true")),
            "e" => Cell::Fault(value.chars().take(16).collect()),
            "d" => {
                value.get(..10).and_then(|day| day.parse().ok()).map_or_else(|| row.text(value), Cell::Date)
            }
            _ => match value.trim().parse::<f64>() {
                Ok(number) if !number.is_finite() => Cell::Fault("#NUM!".to_owned()),
                Ok(number) if self.styles.is_date(head.style) => day_of_serial(number, self.starts_in_1904)
                    .map_or_else(|| Cell::Fault("#DATE!".to_owned()), Cell::Date),
                Ok(number) => Cell::Number(number),
                Err(_) => row.text(value),
            },
        })
    }
}

/// Excel's day number as a day. Its calendar has a 29 February 1900, so the days before it are one off.
pub(super) fn day_of_serial(serial: f64, starts_in_1904: bool) -> Option<Date> {
    const LAST_DAY: f64 = 2_958_465.0;
    if !(1.0..LAST_DAY + 1.0).contains(&serial) {
        return None;
    }
    // In range, so the whole part fits.
    let days = serial.trunc() as i64;
    let (first, days) = match (starts_in_1904, days) {
        (true, days) => (jiff::civil::date(1904, 1, 1), days),
        (false, 60) => return None,
        (false, days @ ..60) => (jiff::civil::date(1899, 12, 31), days),
        (false, days) => (jiff::civil::date(1899, 12, 30), days),
    };
    first.checked_add(jiff::Span::new().days(days)).ok()
}

/// The attributes of a cell.
struct CellHead {
    column: u32,
    kind: String,
    style: usize,
}

/// Collects the cells of a row and keeps the caps.
struct RowBuilder<'limits> {
    limits: &'limits ImportLimits,
    line: u32,
    next_column: u32,
    cells: Vec<Cell>,
    mended: Option<Mended>,
    /// Kept between the cells for its memory.
    value: String,
}

impl<'limits> RowBuilder<'limits> {
    fn new(limits: &'limits ImportLimits) -> RowBuilder<'limits> {
        RowBuilder { limits, line: 0, next_column: 0, cells: Vec::new(), mended: None, value: String::new() }
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), TableRefusal> {
        let line = match attribute(start, "r")? {
            Some(number) => number.trim().parse().map_err(|_| TableRefusal::Malformed)?,
            None => self.line.saturating_add(1),
        };
        // Excel itself repairs a file whose rows do not ascend.
        if line <= self.line {
            return Err(TableRefusal::Malformed);
        }
        self.line = line;
        self.next_column = 0;
        self.cells.clear();
        self.mended = None;
        Ok(())
    }

    fn cell_head(&mut self, start: &BytesStart<'_>) -> Result<CellHead, TableRefusal> {
        let mut head = CellHead { column: self.next_column, kind: String::new(), style: 0 };
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| TableRefusal::Malformed)?;
            match attribute.key.into_inner() {
                "r" => head.column = column_of_reference(&attribute.value).ok_or(TableRefusal::Malformed)?,
                "t" => head.kind.push_str(attribute.value.get(..16).unwrap_or(&attribute.value)),
                "s" => head.style = attribute.value.parse().unwrap_or(0),
                _ => {}
            }
        }
        self.next_column = head.column.saturating_add(1);
        Ok(head)
    }

    /// Only a cell with something in it counts for the caps: whole columns are often coloured down to the last row.
    fn put(&mut self, head: &CellHead, cell: Cell) -> Result<(), TableRefusal> {
        if cell.is_empty() {
            return Ok(());
        }
        let ImportLimits { max_columns, max_rows, .. } = *self.limits;
        if head.column >= max_columns {
            return Err(TableRefusal::TooManyColumns { line: self.line, max_columns });
        }
        if self.line > max_rows {
            return Err(TableRefusal::TooManyRows { max_rows });
        }
        let column = head.column as usize;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Empty);
        }
        self.cells[column] = cell;
        Ok(())
    }

    fn text(&mut self, raw: &str) -> Cell {
        let (text, cut) = cut_to_chars(raw, self.limits.max_cell_chars);
        if cut {
            self.mended = Some(Mended::CellTooLong);
        }
        // The only escapes that Excel writes into texts: line ends.
        if text.contains("_x000") {
            return Cell::text(&text.replace("_x000D_", "").replace("_x000A_", "\n").replace("_x0009_", " "));
        }
        Cell::text(text)
    }

    fn finish(&mut self) -> Option<Row> {
        let row = Row { line: self.line, cells: std::mem::take(&mut self.cells), mended: self.mended.take() };
        (!row.is_blank()).then_some(row)
    }
}

/// The first `max_chars` characters and whether there are more.
pub(super) fn cut_to_chars(text: &str, max_chars: usize) -> (&str, bool) {
    if text.len() <= max_chars {
        return (text, false);
    }
    match text.char_indices().nth(max_chars) {
        Some((at, _)) => (&text[..at], true),
        None => (text, false),
    }
}

/// The column of a reference like `AB12`, from 0. Letters beyond Excel's last column are no reference.
fn column_of_reference(reference: &str) -> Option<u32> {
    const LETTERS_MAX: usize = 3;
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    if letters == 0 || letters > LETTERS_MAX {
        return None;
    }
    let number = reference
        .bytes()
        .take(letters)
        .fold(0, |number, letter| number * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    Some(number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn excel_days_are_days() {
        let cases = [
            (1.0, false, Some(date(1900, 1, 1))),
            (59.0, false, Some(date(1900, 2, 28))),
            (60.0, false, None),
            (61.0, false, Some(date(1900, 3, 1))),
            (31_170.75, false, Some(date(1985, 5, 3))),
            (2_958_465.0, false, Some(date(9999, 12, 31))),
            (2_958_466.0, false, None),
            (29_708.0, true, Some(date(1985, 5, 3))),
            (0.5, false, None),
            (f64::NAN, false, None),
            (-3.0, false, None),
        ];
        for (serial, starts_in_1904, day) in cases {
            assert_eq!(day_of_serial(serial, starts_in_1904), day, "{serial} {starts_in_1904}");
        }
    }

    #[test]
    fn references_are_columns() {
        for (reference, column) in
            [("A1", Some(0)), ("z9", Some(25)), ("AA10", Some(26)), ("XFD1048576", Some(16_383))]
        {
            assert_eq!(column_of_reference(reference), column, "{reference}");
        }
        for reference in ["", "12", "AAAAAAAAAA1", "Ж1"] {
            assert_eq!(column_of_reference(reference), None, "{reference}");
        }
    }
}
