//! `bonafide import members`: a spreadsheet into the book.

mod answer;
mod rows;

use std::ops::ControlFlow;
use std::path::PathBuf;

use bonafide_store::id::Id;
use bonafide_store::organisation::branch;

use self::answer::ImportAnswer;
use self::rows::Rows;
use crate::book::{Book, BookArgs};
use crate::clock;
use crate::commands::import_preview::{begin_errors, failure, read_map};
use crate::failure::Failure;
use crate::import::holdings::Offers;
use crate::import::limits::ImportLimits;
use crate::import::reading::{self, Outcome};
use crate::import::survey::{Wishes, survey};
use crate::import::table::Table;
use crate::output;
use crate::progress;

/// Take the members of a spreadsheet into the book. Without --apply it only tells what it would do.
///
/// It may be run again with the same or a newer list, and killed at any time: a row is known again by name, phones, e-mails,
/// cards and birth date. What staff have changed since is not overwritten. Cards become credentials; a membership is taken
/// when the book has a plan of that name and the row says until when. Points are kept in the note for now.
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
    /// The branch whose memberships these are; the only one otherwise.
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// The sheet of a workbook. The first with something in it otherwise.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Write the rows that were held back into this CSV file.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
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
    let branch = branch(&book, args.branch.as_deref())?;
    let offers = book.store.read(|tx| Offers::of_book(tx, branch))?;
    let answer = ImportAnswer::begin(args.apply, &plan);
    let mut rows = Rows::begin(&book, offers, today, (args.apply, args.duplicates_anyway), answer);
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
        match done.and_then(|()| rows.note(outcome)) {
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
    bar.finish_and_clear();
    let answer = rows.finish()?;
    if let (Some(file), Some(path)) = (errors_file, &args.errors) {
        file.finish().map_err(|error| Failure::io("write", path, &error))?;
    }
    output::print(&answer, json)
}

/// The branch that memberships are taken for: the one that is named, or the only one there is.
fn branch(book: &Book, named: Option<&str>) -> Result<Option<Id>, Failure> {
    let open = book.store.read(|tx| branch::list(tx, false))?;
    match (named, open.as_slice()) {
        (None, [only]) => Ok(Some(only.id)),
        (None, _) => Ok(None),
        (Some(named), _) => {
            let found = open.iter().find(|one| one.content.name.as_str() == named);
            let missing = || Failure::new("no_branch", format!("there is no open branch called {named}"));
            found.map(|found| Some(found.id)).ok_or_else(missing)
        }
    }
}
