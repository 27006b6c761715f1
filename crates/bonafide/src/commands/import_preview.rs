//! `bonafide import preview`: how a spreadsheet would be read. Nothing is written but the files that are asked for.

use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::import::columns::{ColumnMap, SavedMap};
use crate::import::errors_file::ErrorsFile;
use crate::import::limits::ImportLimits;
use crate::import::reading::{self, Counts, Outcome};
use crate::import::refusal::{TableError, TableRefusal};
use crate::import::row::{Duplicate, ImportRow, RowError};
use crate::import::survey::{self, Plan, Wishes};
use crate::import::table::{Form, Table};
use crate::output::{self, Answer};

/// How many rows, errors and duplicates are shown. The errors file has all errors.
const SHOWN_MAX: usize = 10;
/// A column map.
const MAP_FILE_BYTES_MAX: u64 = 1 << 20;

/// Show how a spreadsheet of members would be read: columns, first rows, errors, duplicates.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide import preview clients.xlsx\n  bonafide import preview clients.csv --country \
    RU --errors errors.csv\n  bonafide import preview clients.xlsx --save-map map.json"
)]
pub struct ImportPreviewArgs {
    /// The spreadsheet: xlsx or CSV.
    file: PathBuf,
    /// Country of phone numbers without one, as two letters. Guessed from the list otherwise.
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// A saved column map.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Save the column map, to be changed and given back with --map.
    #[arg(long, value_name = "FILE")]
    save_map: Option<PathBuf>,
    /// The sheet of a workbook. The first with something in it otherwise.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Write all errors into this CSV file.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct ColumnAnswer {
    column: String,
    header: String,
    field: &'static str,
    confidence: f32,
}

#[derive(Debug, Serialize)]
struct NoteAnswer {
    key: &'static str,
    words: String,
}

#[derive(Debug, Serialize)]
struct ErrorAnswer {
    row: u32,
    column: String,
    key: &'static str,
    words: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct PreviewAnswer {
    file: PathBuf,
    form: Form,
    header_row: Option<u32>,
    columns: Vec<ColumnAnswer>,
    ignored: Vec<String>,
    country: Option<&'static str>,
    notes: Vec<NoteAnswer>,
    counts: Counts,
    rows: Vec<ImportRow>,
    errors: Vec<ErrorAnswer>,
    duplicates: Vec<Duplicate>,
}

impl Answer for PreviewAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!("{}: {}", self.file.display(), form_words(&self.form))];
        for column in &self.columns {
            let percent = column.confidence * 100.0;
            lines.push(format!(
                "  {:>3}  {} → {} ({percent:.0} %)",
                column.column, column.header, column.field
            ));
        }
        if !self.ignored.is_empty() {
            lines.push(format!("  not read: {}", self.ignored.join(", ")));
        }
        lines.extend(self.notes.iter().map(|note| format!("note: {}", note.words)));
        let Counts { members, held_back, duplicates, .. } = &self.counts;
        lines.push(format!(
            "{members} members, {duplicates} of them seem to be twice; {held_back} rows held back"
        ));
        lines.extend(
            self.counts.passed.iter().map(|(why, count)| format!("  passed over: {count} ({why:?})")),
        );
        lines.extend(self.rows.iter().map(row_words));
        lines.extend(self.errors.iter().map(|error| {
            format!("  row {}, {}: \"{}\": {}", error.row, error.column, error.text, error.words)
        }));
        lines.extend(self.duplicates.iter().map(|duplicate| {
            format!("  row {} is row {} again ({:?})", duplicate.line, duplicate.first_line, duplicate.by)
        }));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the file or the map is refused, or a file that was asked for cannot be written.
pub fn run(args: &ImportPreviewArgs, json: bool) -> Result<(), Failure> {
    for target in [&args.save_map, &args.errors].into_iter().flatten() {
        refuse_same_file(&args.file, target)?;
    }
    let map = args.map.as_deref().map(read_map).transpose()?;
    let failed = |error: TableError| failure(&args.file, error);
    let mut table =
        Table::open_file(&args.file, ImportLimits::default(), args.sheet.as_deref()).map_err(failed)?;
    let wishes = Wishes { country: args.country.as_deref(), map: map.as_ref() };
    let plan = survey::survey(&mut table, &wishes, clock::utc_date(clock::now_us())).map_err(failed)?;
    if let Some(path) = &args.save_map {
        std::fs::write(path, plan.map_json()).map_err(|error| Failure::io("write", path, &error))?;
    }
    let mut shown = Shown::default();
    let mut errors_file = args.errors.as_deref().map(begin_errors).transpose()?;
    let mut broken = None;
    let counts = reading::read(&mut table, &plan, |outcome| {
        if let (Some(file), Outcome::Errors(errors)) = (&mut errors_file, &outcome)
            && let Some(error) = errors.iter().find_map(|error| file.add(error).err())
        {
            broken = Some(error);
            return ControlFlow::Break(());
        }
        shown.note(outcome);
        ControlFlow::Continue(())
    })
    .map_err(failed)?;
    if let (Some(path), Some(file)) = (&args.errors, errors_file) {
        let finished = broken.map_or_else(|| file.finish().map(drop), Err);
        finished.map_err(|error| Failure::io("write", path, &error))?;
    }
    output::print(&answer(args, &table, &plan, counts, shown), json)
}

/// The first of everything.
#[derive(Default)]
struct Shown {
    rows: Vec<ImportRow>,
    errors: Vec<RowError>,
    duplicates: Vec<Duplicate>,
}

impl Shown {
    fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Member(member, duplicate) => {
                if self.rows.len() < SHOWN_MAX {
                    self.rows.push(*member);
                }
                if self.duplicates.len() < SHOWN_MAX {
                    self.duplicates.extend(duplicate);
                }
            }
            Outcome::Errors(errors) => {
                let room = SHOWN_MAX.saturating_sub(self.errors.len());
                self.errors.extend(errors.into_iter().take(room));
            }
            Outcome::Passed { .. } => {}
        }
    }
}

fn answer(
    args: &ImportPreviewArgs,
    table: &Table,
    plan: &Plan,
    counts: Counts,
    shown: Shown,
) -> PreviewAnswer {
    let ColumnMap { columns, ignored } = &plan.map;
    let column = |mapped: &crate::import::columns::MappedColumn| ColumnAnswer {
        column: crate::import::columns::letters(mapped.column),
        header: mapped.header.clone(),
        field: mapped.field.key(),
        confidence: mapped.confidence,
    };
    let error = |error: RowError| ErrorAnswer {
        row: error.line,
        column: error.column,
        key: error.trouble.key(),
        words: error.trouble.to_string(),
        text: error.text,
    };
    PreviewAnswer {
        file: args.file.clone(),
        form: table.form(),
        header_row: plan.header.line,
        columns: columns.iter().map(column).collect(),
        ignored: ignored.clone(),
        country: plan.country.map(|country| country.code),
        notes: plan
            .notes
            .iter()
            .map(|note| NoteAnswer { key: note.key(), words: note.to_string() })
            .collect(),
        counts,
        rows: shown.rows,
        errors: shown.errors.into_iter().map(error).collect(),
        duplicates: shown.duplicates,
    }
}

fn form_words(form: &Form) -> String {
    match form {
        Form::Csv { encoding, separator: '\t' } => format!("CSV in {encoding}, tabs between"),
        Form::Csv { encoding, separator } => format!("CSV in {encoding}, \"{separator}\" between"),
        Form::Xlsx { sheet, sheets } => format!("xlsx, sheet \"{sheet}\" of {}", sheets.len()),
    }
}

fn row_words(row: &ImportRow) -> String {
    let phones: Vec<&str> = row.phones.iter().map(|phone| phone.as_str()).collect();
    let born = row.born.map(|born| format!(", born {born}")).unwrap_or_default();
    let cards = if row.cards.is_empty() { String::new() } else { format!(", card {}", row.cards.join(" ")) };
    let points = row.points_minor.map(|minor| format!(", {}.{:02} points", minor / 100, minor % 100));
    let contacts = [phones, row.emails.iter().map(String::as_str).collect()].concat().join(" ");
    format!("  row {}: {} {contacts}{born}{cards}{}", row.line, row.name.shown(), points.unwrap_or_default())
}

pub(crate) fn read_map(path: &Path) -> Result<SavedMap, Failure> {
    use std::io::Read;
    let mut json = String::new();
    File::open(path)
        .and_then(|file| file.take(MAP_FILE_BYTES_MAX).read_to_string(&mut json))
        .map_err(|error| Failure::io("read", path, &error))?;
    SavedMap::parse(&json).map_err(|refusal| failure(path, refusal.into()))
}

/// The list itself is never written over.
fn refuse_same_file(list: &Path, target: &Path) -> Result<(), Failure> {
    let same =
        matches!((list.canonicalize(), target.canonicalize()), (Ok(list), Ok(target)) if list == target);
    if same {
        let words = format!("{} is the list itself; write into another file", target.display());
        return Err(Failure::new("would_overwrite", words));
    }
    Ok(())
}

pub(crate) fn begin_errors(path: &Path) -> Result<ErrorsFile<BufWriter<File>>, Failure> {
    File::create(path)
        .and_then(|file| ErrorsFile::begin(BufWriter::new(file)))
        .map_err(|error| Failure::io("write", path, &error))
}

pub(crate) fn failure(path: &Path, error: TableError) -> Failure {
    match error {
        TableError::Io(error) => Failure::io("read", path, &error),
        TableError::Refused(refusal) => refused(path, &refusal),
    }
}

fn refused(path: &Path, refusal: &TableRefusal) -> Failure {
    Failure::new(refusal.key(), format!("{}: {refusal}", path.display()))
}
