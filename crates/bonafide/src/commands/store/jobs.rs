//! `bonafide store jobs`: what is to be done by itself, and what is not tried any more.

use bonafide_store::id::Id;
use bonafide_store::jobs::{Counts, DEAD_SHOWN_MAX, Dead, counts, dead, revive};
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Show what is to be done by itself, and the jobs that failed too often. They wait until somebody revives them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide store jobs --data club\n  bonafide store jobs --revive 0190c0de-… --data club"
)]
pub(crate) struct JobsArgs {
    /// Try this dead job again, with all its tries.
    #[arg(long, value_name = "ID")]
    revive: Option<String>,
}

#[derive(Serialize)]
struct JobsAnswer {
    /// The job that is tried again.
    revived: Option<String>,
    waiting: u64,
    running: u64,
    done: u64,
    dead: u64,
    /// The first dead ones.
    dead_jobs: Vec<DeadAnswer>,
}

#[derive(Serialize)]
struct DeadAnswer {
    id: String,
    kind: String,
    tries: u32,
    last_fault: Option<String>,
    made_on: String,
}

impl DeadAnswer {
    fn of(dead: &Dead) -> DeadAnswer {
        DeadAnswer {
            id: dead.id.to_string(),
            kind: dead.kind.clone(),
            tries: dead.tries,
            last_fault: dead.last_fault.clone(),
            made_on: clock::utc_date(dead.made_us).to_string(),
        }
    }
}

impl Answer for JobsAnswer {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.revived.iter().map(|id| format!("{id} is tried again")).collect();
        lines.push(format!(
            "{} wait, {} are running, {} are done, {} are dead",
            self.waiting, self.running, self.done, self.dead
        ));
        lines.extend(self.dead_jobs.iter().map(|job| {
            let fault = job.last_fault.as_deref().unwrap_or("its worker never came back");
            format!("  {}  {} of {}, {} tries: {fault}", job.id, job.kind, job.made_on, job.tries)
        }));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `no_dead_job`, and the keys of faults.
pub(super) fn run(args: &JobsArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let revived = args.revive.as_deref().map(|text| try_again(book, text)).transpose()?;
    let (Counts { waiting, running, done, dead: dead_count }, dead_jobs) =
        book.store.read(|tx| Ok((counts(tx)?, dead(tx, None, DEAD_SHOWN_MAX)?)))?;
    let dead_jobs = dead_jobs.iter().map(DeadAnswer::of).collect();
    output::print(&JobsAnswer { revived, waiting, running, done, dead: dead_count, dead_jobs }, json)
}

fn try_again(book: &Book, text: &str) -> Result<String, Failure> {
    let none =
        || Failure::new("no_dead_job", format!("{text} is no dead job: `bonafide store jobs` lists them"));
    let id = Id::parse(text).ok_or_else(none)?;
    let acting = book.acting();
    if book.write(move |work| revive(work.tx, id, &acting))? { Ok(id.to_string()) } else { Err(none()) }
}
