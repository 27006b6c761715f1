//! A spreadsheet file as rows of cells, whatever kind of file it is.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use super::archive::Archive;
use super::cell::Row;
use super::csv_file::{self, Dialect};
use super::encoding;
use super::file_kind::{self, FileKind};
use super::limits::ImportLimits;
use super::refusal::{TableError, TableRefusal};
use super::xlsx_file::Workbook;

/// An opened table. Its rows can be visited several times; each visit reads the file anew and keeps one row.
pub struct Table {
    input: Input,
    limits: ImportLimits,
    content: Content,
}

enum Content {
    Csv(Dialect),
    Xlsx { workbook: Workbook, sheet: usize },
}

/// How the file was read, for the preview.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Form {
    /// Text with separators.
    Csv {
        /// The WHATWG name of the encoding, as guessed.
        encoding: &'static str,
        /// As guessed.
        separator: char,
    },
    /// A workbook.
    Xlsx {
        /// The sheet that is read.
        sheet: String,
        /// All sheets.
        sheets: Vec<String>,
    },
}

impl Table {
    /// Opens a file.
    ///
    /// # Errors
    /// When the file cannot be read or is refused.
    pub fn open_file(path: &Path, limits: ImportLimits, sheet: Option<&str>) -> Result<Table, TableError> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(TableError::Io(io::Error::other("this is not a file")));
        }
        Table::open(Input::File(BufReader::new(file)), limits, sheet)
    }

    /// Opens a file that is in memory, such as an upload.
    ///
    /// # Errors
    /// When the file is refused.
    pub fn open_bytes(
        bytes: Vec<u8>,
        limits: ImportLimits,
        sheet: Option<&str>,
    ) -> Result<Table, TableError> {
        Table::open(Input::Memory(Cursor::new(bytes)), limits, sheet)
    }

    fn open(mut input: Input, limits: ImportLimits, sheet: Option<&str>) -> Result<Table, TableError> {
        let bytes = input.seek(SeekFrom::End(0))?;
        if bytes == 0 {
            return Err(TableRefusal::Empty.into());
        }
        if bytes > limits.max_file_bytes {
            return Err(TableRefusal::TooManyBytes { bytes, max_bytes: limits.max_file_bytes }.into());
        }
        input.seek(SeekFrom::Start(0))?;
        let mut start = Vec::with_capacity(file_kind::START_BYTES);
        (&mut input).take(file_kind::START_BYTES as u64).read_to_end(&mut start)?;
        let content = match file_kind::of_start(&start).map_err(TableRefusal::Foreign)? {
            FileKind::Zip => {
                let archive = Archive::survey(&mut input, &limits)?;
                file_kind::of_archive(&archive).map_err(TableRefusal::Foreign)?;
                let workbook = Workbook::open(&mut input, &archive, &limits)?;
                let sheet = workbook.choose(&mut input, &limits, sheet)?;
                Content::Xlsx { workbook, sheet }
            }
            FileKind::Text => {
                let start = encoding::detect(&mut input)?;
                Content::Csv(csv_file::choose_separator(&mut input, start, &limits)?)
            }
        };
        Ok(Table { input, limits, content })
    }

    /// How the file was read.
    #[must_use]
    pub fn form(&self) -> Form {
        match &self.content {
            Content::Csv(dialect) => {
                Form::Csv { encoding: dialect.start.encoding.name(), separator: dialect.separator }
            }
            Content::Xlsx { workbook, sheet } => {
                let sheets = workbook.sheet_names();
                Form::Xlsx { sheet: sheets.get(*sheet).cloned().unwrap_or_default(), sheets }
            }
        }
    }

    /// The limits it was opened with.
    #[must_use]
    pub fn limits(&self) -> &ImportLimits {
        &self.limits
    }

    /// Shows every row that is not blank to `visit`, from the top, until it breaks.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or has a cell beyond the limits.
    pub fn visit_rows(&mut self, mut visit: impl FnMut(Row) -> ControlFlow<()>) -> Result<(), TableError> {
        match &self.content {
            Content::Csv(dialect) => {
                csv_file::visit_rows(&mut self.input, *dialect, &self.limits, &mut visit)
            }
            Content::Xlsx { workbook, sheet } => {
                workbook.visit_rows(&mut self.input, *sheet, &self.limits, &mut visit)
            }
        }
    }
}

/// Where the bytes are.
pub(super) enum Input {
    File(BufReader<File>),
    Memory(Cursor<Vec<u8>>),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::File(file) => file.read(buffer),
            Input::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match self {
            Input::File(file) => file.seek(position),
            Input::Memory(bytes) => bytes.seek(position),
        }
    }
}
