//! Why a file is not read as a table at all: one closed list with stable keys, and the English words for it.

use std::fmt;
use std::io;

use super::file_kind::Foreign;

/// The reason why a whole file is refused. What is wrong with a single row is a [`super::row::RowError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableRefusal {
    /// No bytes, or no cell with anything in it.
    Empty,
    /// A kind of file that is known and not read.
    Foreign(Foreign),
    /// Larger than the limit.
    TooManyBytes {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// The file ends before the table does.
    Truncated,
    /// The bytes contradict the format.
    Malformed,
    /// A part of the workbook would unpack to more than the limit, or more than honest sheets ever do.
    UnpacksTooFar {
        /// What the part claims or was found to have.
        bytes: u64,
        /// The limit for it.
        max_bytes: u64,
    },
    /// More files inside the workbook than the limit.
    TooManyParts {
        /// The limit.
        max_parts: usize,
    },
    /// The different texts of the workbook take more memory than the limit.
    TooMuchText {
        /// What they take.
        bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// A cell lies below the last row that is read.
    TooManyRows {
        /// The limit.
        max_rows: u32,
    },
    /// A cell lies to the right of the last column that is read.
    TooManyColumns {
        /// Its row.
        line: u32,
        /// The limit.
        max_columns: u32,
    },
    /// A line of a CSV file is longer than the limit.
    LineTooLong {
        /// The row.
        line: u32,
        /// The limit.
        max_bytes: usize,
    },
    /// Many quotation marks open and never close.
    UnbalancedQuotes {
        /// The row of the last one.
        line: u32,
    },
    /// No sheet of that name.
    NoSuchSheet {
        /// The sheets that there are.
        sheets: Vec<String>,
    },
    /// No column could be understood as a part of a member.
    NoKnownColumn,
    /// The saved column map does not fit this file.
    MapDoesNotFit {
        /// The header that the file lacks.
        missing: String,
    },
    /// The saved column map cannot be read.
    BadMap {
        /// What is wrong with it.
        why: String,
    },
    /// `--country` names a country that is not in the table.
    UnknownCountry {
        /// The countries that are.
        known: Vec<&'static str>,
    },
}

impl TableRefusal {
    /// A stable name for JSON answers and text keys. It never changes once published.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            TableRefusal::Empty => "empty",
            TableRefusal::Foreign(_) => "foreign_format",
            TableRefusal::TooManyBytes { .. } => "too_many_bytes",
            TableRefusal::Truncated => "truncated",
            TableRefusal::Malformed => "malformed",
            TableRefusal::UnpacksTooFar { .. } => "unpacks_too_far",
            TableRefusal::TooManyParts { .. } => "too_many_parts",
            TableRefusal::TooMuchText { .. } => "too_much_text",
            TableRefusal::TooManyRows { .. } => "too_many_rows",
            TableRefusal::TooManyColumns { .. } => "too_many_columns",
            TableRefusal::LineTooLong { .. } => "line_too_long",
            TableRefusal::UnbalancedQuotes { .. } => "unbalanced_quotes",
            TableRefusal::NoSuchSheet { .. } => "no_such_sheet",
            TableRefusal::NoKnownColumn => "no_known_column",
            TableRefusal::MapDoesNotFit { .. } => "map_does_not_fit",
            TableRefusal::BadMap { .. } => "bad_map",
            TableRefusal::UnknownCountry { .. } => "unknown_country",
        }
    }
}

impl fmt::Display for TableRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SAVE_AGAIN: &str = "open it in Excel or LibreOffice and save it anew as xlsx or CSV";
        match self {
            TableRefusal::Empty => f.write_str("there is nothing in this table; choose the file again"),
            TableRefusal::Foreign(foreign) => write!(f, "this is {}; save it as xlsx or CSV", foreign.name()),
            TableRefusal::TooManyBytes { bytes, max_bytes } => {
                write!(f, "the file has {bytes} bytes, at most {max_bytes} are read; divide it")
            }
            TableRefusal::Truncated => {
                f.write_str("the file ends too early; copy it again from where it is whole")
            }
            TableRefusal::Malformed => write!(f, "the file is damaged; {SAVE_AGAIN}"),
            TableRefusal::UnpacksTooFar { bytes, max_bytes } => write!(
                f,
                "a part of the workbook would unpack to {bytes} bytes, at most {max_bytes} are allowed for it; \
                 save the sheet as CSV"
            ),
            TableRefusal::TooManyParts { max_parts } => {
                write!(f, "the workbook has more than {max_parts} parts; {SAVE_AGAIN}")
            }
            TableRefusal::TooMuchText { bytes, max_bytes } => write!(
                f,
                "the texts of the workbook take {bytes} bytes, at most {max_bytes} are allowed; \
                 save the sheet as CSV"
            ),
            TableRefusal::TooManyRows { max_rows } => {
                write!(f, "something stands below row {max_rows}; delete the rows below the list, or divide it")
            }
            TableRefusal::TooManyColumns { line, max_columns } => write!(
                f,
                "in row {line} something stands beyond column {max_columns}; delete the columns right of the list"
            ),
            TableRefusal::LineTooLong { line, max_bytes } => {
                write!(f, "row {line} is longer than {max_bytes} bytes; {SAVE_AGAIN}")
            }
            TableRefusal::UnbalancedQuotes { line } => write!(
                f,
                "many quotation marks open and never close, the last in row {line}; {SAVE_AGAIN}"
            ),
            TableRefusal::NoSuchSheet { sheets } => {
                write!(f, "there is no such sheet; the workbook has: {}", sheets.join(", "))
            }
            TableRefusal::NoKnownColumn => f.write_str(
                "no column is understood as name, phone, e-mail or card; write these words above the columns, \
                 or give a column map",
            ),
            TableRefusal::MapDoesNotFit { missing } => {
                write!(f, "the column map wants a column \"{missing}\", which this file lacks")
            }
            TableRefusal::BadMap { why } => write!(f, "the column map cannot be read: {why}"),
            TableRefusal::UnknownCountry { known } => {
                write!(f, "this country is not known here; known are: {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for TableRefusal {}

/// Why a table gave no rows. A broken disk is not the visitor's fault, so the two are kept apart.
#[derive(Debug)]
pub enum TableError {
    /// The file could not be opened or read.
    Io(io::Error),
    /// The file was read and is not accepted.
    Refused(TableRefusal),
}

impl TableError {
    /// An error of a decoder that reads from the file: damage found by it is a refusal, everything else the disk's.
    pub(super) fn from_decoder(error: io::Error) -> TableError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => TableError::Refused(TableRefusal::Truncated),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                TableError::Refused(TableRefusal::Malformed)
            }
            _ => TableError::Io(error),
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableError::Io(error) => write!(f, "cannot read the file: {error}"),
            TableError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for TableError {}

impl From<io::Error> for TableError {
    fn from(error: io::Error) -> Self {
        TableError::Io(error)
    }
}

impl From<TableRefusal> for TableError {
    fn from(refusal: TableRefusal) -> Self {
        TableError::Refused(refusal)
    }
}
