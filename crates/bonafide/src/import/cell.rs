//! A cell and a row as every kind of file gives them.

use jiff::civil::Date;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing, or only space.
    Empty,
    /// Text, cleaned by [`Cell::text`].
    Text(String),
    /// A number of an xlsx. CSV has only text.
    Number(f64),
    /// A day of an xlsx; the time of day is dropped.
    Date(Date),
    /// A tick.
    Flag(bool),
    /// A formula that failed, as it shows itself: `#N/A`.
    Fault(String),
}

/// A row with at least one cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number as the spreadsheet program shows it, from 1.
    pub line: u32,
    /// The cells from column A on; trailing empty ones may be missing.
    pub cells: Vec<Cell>,
    /// What the reader had to mend.
    pub mended: Option<Mended>,
}

/// What was wrong with the row as it stood in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mended {
    /// A quotation mark opened and never closed; it was taken as a letter.
    LoneQuote,
    /// A cell was longer than Excel allows and has been cut.
    CellTooLong,
}

impl Cell {
    /// Text without what no table means: control characters, marks that turn the direction of writing, zero-width
    /// characters. Unusual spaces become a space, runs of them one, line ends within a cell a `\n`.
    #[must_use]
    pub fn text(raw: &str) -> Cell {
        let clean = clean(raw);
        if clean.is_empty() { Cell::Empty } else { Cell::Text(clean) }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Cell::Empty)
    }

    /// The cell as a person would read it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) | Cell::Fault(text) => text.clone(),
            Cell::Number(number) => shown_number(*number),
            Cell::Date(date) => date.to_string(),
            Cell::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

impl Row {
    /// The cell of a column, counted from 0.
    #[must_use]
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
}

/// A whole number without a point: phones and cards are kept as numbers by Excel.
fn shown_number(number: f64) -> String {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract().abs() < f64::EPSILON && number.abs() <= EXACT_MAX {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

fn clean(raw: &str) -> String {
    // Nearly every cell is clean already.
    let plain = |c: char| (' '..='~').contains(&c) || ('\u{400}'..='\u{52F}').contains(&c);
    if raw.chars().all(plain) && !raw.contains("  ") {
        return raw.trim().to_owned();
    }
    let mut clean = String::with_capacity(raw.len());
    for c in raw.chars() {
        let c = match c {
            '\n' => '\n',
            '\t' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => ' ',
            '\u{AD}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}' => continue,
            c if c.is_control() => continue,
            c => c,
        };
        if c == ' ' && clean.ends_with([' ', '\n']) {
            continue;
        }
        if c == '\n' {
            clean.truncate(clean.trim_end_matches(' ').len());
        }
        clean.push(c);
    }
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w24_a_cell_has_no_control_characters() {
        let cases = [
            ("  Анна  ", "Анна"),
            ("Анна\u{A0}\u{A0}Петровна", "Анна Петровна"),
            ("a\0b\u{1b}[2Jc", "ab[2Jc"),
            ("\u{202E}moc.live", "moc.live"),
            ("two  \n lines\r\n", "two\nlines"),
            ("\u{FEFF}Имя", "Имя"),
        ];
        for (raw, clean) in cases {
            assert_eq!(Cell::text(raw), Cell::Text(clean.to_owned()), "{raw:?}");
        }
        assert_eq!(Cell::text(" \u{200B}\t"), Cell::Empty);
    }

    #[test]
    fn whole_numbers_show_no_point() {
        assert_eq!(Cell::Number(79_123_456_789.0).shown(), "79123456789");
        assert_eq!(Cell::Number(12.5).shown(), "12.5");
    }
}
