//! The rows of a CSV file in whatever form a spreadsheet program or a person has left it.
//!
//! A quotation mark means something only where a cell begins. One that never closes would swallow the rest of the file;
//! so a quoted cell that has not closed after some lines is read again with the mark as a letter.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::cell::{Cell, Mended, Row};
use super::encoding::{Lines, TextStart};
use super::limits::ImportLimits;
use super::refusal::{TableError, TableRefusal};
use super::table::Input;
use super::xlsx_file::cut_to_chars;

/// Physical lines of one cell: an address has four, a long note a dozen.
const QUOTED_LINES_MAX: usize = 64;
/// Bytes of one row that spans lines.
const QUOTED_BYTES_MAX: usize = 64 << 10;
/// Each costs reading up to [`QUOTED_BYTES_MAX`] in vain.
const LONE_QUOTES_MAX: u32 = 200;
/// Rows at the top by which the separator is chosen.
const SAMPLE_ROWS: usize = 40;
/// In the order in which they win when nothing else decides.
const SEPARATORS: [char; 4] = [';', '\t', ',', '|'];

/// How a CSV file is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) start: TextStart,
    pub(super) separator: char,
}

/// Chooses the separator by the first rows: the one with which most rows have the same number of cells, above one.
pub(super) fn choose_separator(
    input: &mut Input,
    start: TextStart,
    limits: &ImportLimits,
) -> Result<Dialect, TableError> {
    let mut lines = Lines::new(input, start, limits.max_line_bytes)?;
    let mut sample = Vec::new();
    while let Some(line) = lines.next()?
        && sample.len() < SAMPLE_ROWS
    {
        if let Some(separator) = named_separator(&line)
            && sample.is_empty()
        {
            return Ok(Dialect { start, separator });
        }
        if !line.trim().is_empty() {
            sample.push(line);
        }
    }
    let agreement = |separator: char| {
        let widths: Vec<usize> = sample.iter().map(|line| split(line, separator).cells.len()).collect();
        let common = |width: usize| widths.iter().filter(|other| **other == width).count();
        widths
            .iter()
            .filter(|width| **width > 1)
            .map(|width| (common(*width), *width))
            .max()
            .unwrap_or((0, 0))
    };
    // `max_by_key` takes the last of equals, so the favourites come last.
    let separator = SEPARATORS.into_iter().rev().max_by_key(|separator| agreement(*separator));
    Ok(Dialect { start, separator: separator.unwrap_or(SEPARATORS[0]) })
}

/// Excel's own first line `sep=;`.
fn named_separator(line: &str) -> Option<char> {
    let mut rest = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?.chars();
    rest.next().filter(|separator| SEPARATORS.contains(separator) && rest.next().is_none())
}

/// Shows every row that is not blank to `visit`, from the top, until it breaks.
pub(super) fn visit_rows(
    input: &mut Input,
    dialect: Dialect,
    limits: &ImportLimits,
    visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<(), TableError> {
    let lines = Lines::new(input, dialect.start, limits.max_line_bytes)?;
    let mut records = Records { lines, ahead: VecDeque::new(), separator: dialect.separator, lone_quotes: 0 };
    let mut line = 0;
    while let Some(record) = records.next(line + 1)? {
        line += 1;
        if line == 1 && named_separator(&record.text).is_some() {
            continue;
        }
        let row = row(line, &record, limits)?;
        if row.is_blank() {
            continue;
        }
        if line > limits.max_rows {
            return Err(TableRefusal::TooManyRows { max_rows: limits.max_rows }.into());
        }
        if visit(row).is_break() {
            break;
        }
    }
    Ok(())
}

fn row(line: u32, record: &Record, limits: &ImportLimits) -> Result<Row, TableRefusal> {
    let mut mended = record.lone_quote.then_some(Mended::LoneQuote);
    let mut cells = Vec::with_capacity(record.cells.len().min(limits.max_columns as usize));
    for (column, raw) in record.cells.iter().enumerate() {
        let (text, cut) = cut_to_chars(raw, limits.max_cell_chars);
        if cut {
            mended = Some(Mended::CellTooLong);
        }
        let cell = Cell::text(text);
        if column < limits.max_columns as usize {
            cells.push(cell);
        } else if !cell.is_empty() {
            return Err(TableRefusal::TooManyColumns { line, max_columns: limits.max_columns });
        }
    }
    Ok(Row { line, cells, mended })
}

struct Record {
    text: String,
    cells: Vec<String>,
    lone_quote: bool,
}

/// Joins physical lines to records.
struct Records<'input> {
    lines: Lines<'input>,
    /// Lines that were read in search of a closing quotation mark and belong to later records.
    ahead: VecDeque<String>,
    separator: char,
    lone_quotes: u32,
}

impl Records<'_> {
    fn next(&mut self, number: u32) -> Result<Option<Record>, TableError> {
        let Some(text) = self.line()? else { return Ok(None) };
        let whole = split(&text, self.separator);
        if !whole.open {
            return Ok(Some(Record { text, cells: whole.cells, lone_quote: false }));
        }
        let (mut joined, mut taken) = (text.clone(), Vec::new());
        while taken.len() < QUOTED_LINES_MAX && joined.len() < QUOTED_BYTES_MAX {
            let Some(line) = self.line()? else { break };
            joined.push('\n');
            joined.push_str(&line);
            let may_close = line.contains('"');
            taken.push(line);
            if may_close {
                let whole = split(&joined, self.separator);
                if !whole.open {
                    return Ok(Some(Record { text: joined, cells: whole.cells, lone_quote: false }));
                }
            }
        }
        for line in taken.into_iter().rev() {
            self.ahead.push_front(line);
        }
        self.lone_quotes += 1;
        if self.lone_quotes > LONE_QUOTES_MAX {
            return Err(TableRefusal::UnbalancedQuotes { line: number }.into());
        }
        let cells = text.split(self.separator).map(str::to_owned).collect();
        Ok(Some(Record { text, cells, lone_quote: true }))
    }

    fn line(&mut self) -> Result<Option<String>, TableError> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }
}

struct Split {
    cells: Vec<String>,
    /// Whether the last cell is quoted and has not closed.
    open: bool,
}

fn split(text: &str, separator: char) -> Split {
    if !text.contains('"') {
        return Split { cells: text.split(separator).map(str::to_owned).collect(), open: false };
    }
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            // Only a mark before a separator closes: one before a letter is inside, or the first was a lone one.
            '"' if quoted && chars.peek().is_none_or(|next| *next == separator) => quoted = false,
            _ if quoted => cell.push(c),
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == separator => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    Split { cells, open: quoted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_where_the_separator_is_not_quoted() {
        let cases: &[(&str, &[&str])] = &[
            ("a;b;c", &["a", "b", "c"]),
            ("\"a;b\";c", &["a;b", "c"]),
            ("\"say \"\"hi\"\"\";x", &["say \"hi\"", "x"]),
            ("12\" ring;x", &["12\" ring", "x"]),
            (" \"a;b\";", &["a;b", ""]),
            ("", &[""]),
        ];
        for (text, cells) in cases {
            let whole = split(text, ';');
            assert!(!whole.open, "{text}");
            assert_eq!(whole.cells, *cells, "{text}");
        }
        for text in ["a;\"b", "\"a\" tail;x", "\"Anna;1\n\"Olga;2"] {
            assert!(split(text, ';').open, "{text}");
        }
    }
}
