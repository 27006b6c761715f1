//! Spreadsheets from outside: the salon's, and hostile ones.

mod bombs;
mod hostile;
mod large;
mod messy;
pub(crate) mod salon;

use std::ops::ControlFlow;

use bonafide::import::limits::ImportLimits;
use bonafide::import::reading::{self, Counts, Outcome};
use bonafide::import::refusal::TableError;
use bonafide::import::survey::{self, Plan, Wishes};
use bonafide::import::table::Table;
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 24);

struct Import {
    table: Table,
    plan: Plan,
    outcomes: Vec<Outcome>,
    counts: Counts,
}

/// The whole way of a file, as a command goes it.
fn import(bytes: Vec<u8>, wishes: &Wishes<'_>) -> Result<Import, TableError> {
    let mut table = Table::open_bytes(bytes, ImportLimits::default(), None)?;
    let plan = survey::survey(&mut table, wishes, TODAY)?;
    let mut outcomes = Vec::new();
    let counts = reading::read(&mut table, &plan, |outcome| {
        outcomes.push(outcome);
        ControlFlow::Continue(())
    })?;
    Ok(Import { table, plan, outcomes, counts })
}

/// The key of the refusal of a file.
fn refused(bytes: Vec<u8>) -> &'static str {
    match import(bytes, &Wishes::default()) {
        Err(TableError::Refused(refusal)) => refusal.key(),
        Err(TableError::Io(error)) => panic!("{error}"),
        Ok(import) => panic!("read as {:?}", import.counts),
    }
}
