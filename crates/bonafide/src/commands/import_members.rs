//! `bonafide import members`: a spreadsheet into the book.

use std::ops::ControlFlow;
use std::path::PathBuf;

use bonafide_store::imports::{ImportedRow, ROWS_MAX, Taken, take};
use jiff::civil::Date;
use serde::Serialize;

use crate::book::{Book, BookArgs};
use crate::clock;
use crate::commands::import_preview::{begin_errors, failure, read_map};
use crate::failure::Failure;
use crate::import::limits::ImportLimits;
use crate::import::member::profile;
use crate::import::reading::{self, Outcome};
use crate::import::survey::{Wishes, survey};
use crate::import::table::Table;
use crate::output::{self, Answer};
use crate::progress;

/// Members of the spreadsheet whom somebody should look at: shown at most.
const SHOWN_MAX: usize = 20;

/// Take the members of a spreadsheet into the book. Without --apply it only tells what it would do.
///
/// It may be run again with the same or a newer list, and killed at any time: a row is known again by name, phones, e-mails,
/// cards and birth date. What staff have changed since is not overwritten. Cards, points, visits and plans are kept in the
/// note for now.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide import members clients.xlsx --data club\n  bonafide import members clients.csv \
    --data club --country RU --errors errors.csv --apply"
)]
pub struct ImportMembersArgs {
    /// The spreadsheet: xlsx or CSV.
    file: PathBuf,
    /// Write into the book.
    #[arg(long)]
    apply: bool,
    /// Take likely duplicates as members of their own.
    #[arg(long)]
    duplicates_anyway: bool,
    /// Country of phone numbers without one, as two letters. Guessed from the list otherwise.
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// A saved column map, see `import preview --save-map`.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The sheet of a workbook. The first with something in it otherwise.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Write the rows that were held back into this CSV file.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

#[derive(Serialize, Default)]
struct ImportAnswer {
    /// False for a dry run: then the figures are what would have been done.
    applied: bool,
    /// Rows with something in them, below the header.
    rows: u32,
    /// New members.
    imported: u32,
    /// Members of an earlier run with something new.
    updated: u32,
    /// Members of an earlier run with nothing new.
    unchanged: u32,
    /// Members whom staff have changed since an earlier run: left as they are.
    kept: u32,
    /// Rows that seem to be a member already, or an earlier row: not taken.
    duplicates: u32,
    /// Rows held back for an error.
    errors: u32,
    /// The country that was assumed for bare phone numbers.
    country: Option<&'static str>,
    /// The first duplicates: the row, and whom it seems to be.
    duplicate_rows: Vec<DuplicateRow>,
    /// The first rows that the rules refused after they were read: the row and the field.
    refused_rows: Vec<RefusedRow>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct DuplicateRow {
    row: u32,
    /// The number of the member, if it is in the book.
    member: Option<u32>,
    /// The earlier row, if it is in the list.
    earlier_row: Option<u32>,
}

#[derive(Serialize)]
struct RefusedRow {
    row: u32,
    field: &'static str,
}

impl Answer for ImportAnswer {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.notes.iter().map(|note| format!("note: {note}")).collect();
        lines.push(format!(
            "{} rows: {} new, {} with something new, {} as before, {} changed by staff and left, {} duplicates not taken, \
             {} held back",
            self.rows, self.imported, self.updated, self.unchanged, self.kept, self.duplicates, self.errors
        ));
        lines.extend(self.duplicate_rows.iter().map(|one| match (one.member, one.earlier_row) {
            (Some(member), _) => format!("  row {} seems to be member {member}", one.row),
            (None, earlier) => format!("  row {} seems to be row {} again", one.row, earlier.unwrap_or(0)),
        }));
        lines.extend(
            self.refused_rows.iter().map(|one| format!("  row {}: {} is not accepted", one.row, one.field)),
        );
        if !self.applied {
            lines.push("nothing was written; --apply does it".to_owned());
        }
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the file, the map or the errors file cannot be used, and the keys of faults.
pub fn run(args: &ImportMembersArgs, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    let map = args.map.as_deref().map(read_map).transpose()?;
    let mut table = Table::open_file(&args.file, ImportLimits::default(), args.sheet.as_deref())
        .map_err(|error| failure(&args.file, error))?;
    let today = clock::utc_date(clock::now_us());
    let wishes = Wishes { country: args.country.as_deref(), map: map.as_ref() };
    let plan = survey(&mut table, &wishes, today).map_err(|error| failure(&args.file, error))?;
    let mut errors_file = args.errors.as_deref().map(begin_errors).transpose()?;
    let mut import = Import {
        book: &book,
        args,
        today,
        waiting: Vec::new(),
        answer: ImportAnswer {
            applied: args.apply,
            rows: plan.rows,
            country: plan.country.map(|country| country.code),
            notes: plan.notes.iter().map(ToString::to_string).collect(),
            ..ImportAnswer::default()
        },
    };
    let bar = progress::bar("rows", plan.rows as usize);
    let mut broken: Option<Failure> = None;
    let read = reading::read(&mut table, &plan, |outcome| {
        bar.inc(1);
        let done = match &outcome {
            Outcome::Errors(errors) => match (&mut errors_file, &args.errors) {
                (Some(file), Some(path)) => errors
                    .iter()
                    .try_for_each(|error| file.add(error))
                    .map_err(|error| Failure::io("write", path, &error)),
                _ => Ok(()),
            },
            _ => Ok(()),
        };
        match done.and_then(|()| import.note(outcome)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failed) => {
                broken = Some(failed);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(failed) = broken {
        return Err(failed);
    }
    read.map_err(|error| failure(&args.file, error))?;
    import.flush()?;
    if let (Some(file), Some(path)) = (errors_file, &args.errors) {
        file.finish().map_err(|error| Failure::io("write", path, &error))?;
    }
    bar.finish_and_clear();
    output::print(&import.answer, json)
}

struct Import<'a> {
    book: &'a Book,
    args: &'a ImportMembersArgs,
    today: Date,
    /// Rows of the next transaction, with their lines.
    waiting: Vec<(u32, ImportedRow)>,
    answer: ImportAnswer,
}

/// What a dry run refuses, so that nothing of it stays.
struct DryRun(Vec<(u32, Taken)>);

impl Import<'_> {
    fn note(&mut self, outcome: Outcome) -> Result<(), Failure> {
        match outcome {
            Outcome::Errors(_) => self.answer.errors += 1,
            Outcome::Passed { .. } => {}
            Outcome::Member(row, Some(duplicate))
                if !self.args.duplicates_anyway && duplicate.by.is_certain() =>
            {
                self.answer.duplicates += 1;
                if self.answer.duplicate_rows.len() < SHOWN_MAX {
                    let earlier_row = Some(duplicate.first_line);
                    self.answer.duplicate_rows.push(DuplicateRow {
                        row: row.line,
                        member: None,
                        earlier_row,
                    });
                }
            }
            Outcome::Member(row, _) => match profile(&row, self.today) {
                Ok(profile) => {
                    self.waiting.push((row.line, ImportedRow { key: *row.key.bytes(), profile }));
                    if self.waiting.len() == ROWS_MAX {
                        self.flush()?;
                    }
                }
                Err(refused) => {
                    self.answer.errors += 1;
                    if self.answer.refused_rows.len() < SHOWN_MAX {
                        self.answer.refused_rows.push(RefusedRow { row: row.line, field: refused.key() });
                    }
                }
            },
        }
        Ok(())
    }

    /// Writes the waiting rows in one transaction; takes it back in a dry run.
    fn flush(&mut self) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        let (acting, anyway, apply) = (self.book.acting(), self.args.duplicates_anyway, self.args.apply);
        let written = self.book.store.write(move |work| {
            let mut taken = Vec::with_capacity(rows.len());
            for (line, row) in &rows {
                taken.push((*line, take(work, &acting, row, anyway)?));
            }
            Ok(if apply { Ok(taken) } else { Err(DryRun(taken)) })
        })?;
        let taken = match written {
            Ok(taken) => taken,
            Err(DryRun(taken)) => taken,
        };
        for (line, taken) in taken {
            self.count(line, taken);
        }
        Ok(())
    }

    fn count(&mut self, line: u32, taken: Taken) {
        match taken {
            Taken::Added { .. } => self.answer.imported += 1,
            Taken::Updated => self.answer.updated += 1,
            Taken::Unchanged => self.answer.unchanged += 1,
            Taken::KeptAsChanged => self.answer.kept += 1,
            Taken::Duplicate { of } => {
                self.answer.duplicates += 1;
                if self.answer.duplicate_rows.len() < SHOWN_MAX {
                    let row = DuplicateRow { row: line, member: Some(of), earlier_row: None };
                    self.answer.duplicate_rows.push(row);
                }
            }
        }
    }
}
