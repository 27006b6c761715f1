//! `bonafide organisation tills`: where a branch takes money.

use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::till::{self, Till, TillRefusal};
use bonafide_store::organisation::{Kept, branch};
use serde::Serialize;

use crate::book::Book;
use crate::commands::organisation::answer::{Done, List, Row, closed_cell};
use crate::commands::organisation::{gone, listed, nothing_to_change, set_closed};
use crate::commands::{named, typed};
use crate::failure::Failure;
use crate::output;

/// What can be done with tills.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum TillsCommand {
    Add(AddArgs),
    List(ListArgs),
    Change(ChangeArgs),
    Close(CloseArgs),
    Reopen(ReopenArgs),
}

/// Add a till to a branch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation tills add 'Front desk' --branch Arbat")]
pub(crate) struct AddArgs {
    /// What the club calls it.
    name: String,
    /// The branch, by name or id. Not needed where there is only one.
    #[arg(long)]
    branch: Option<String>,
}

/// List the tills that are in use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation tills list --branch Arbat")]
pub(crate) struct ListArgs {
    /// Of this branch only.
    #[arg(long)]
    branch: Option<String>,
    /// The closed ones too.
    #[arg(long)]
    closed: bool,
}

/// Change a till: what is not named stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation tills change 'Front desk' --name Bar")]
pub(crate) struct ChangeArgs {
    /// Its name, branch and name (`Arbat/Bar`), or id.
    till: String,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Another branch.
    #[arg(long)]
    branch: Option<String>,
}

/// Take a till out of use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation tills close Arbat/Bar")]
pub(crate) struct CloseArgs {
    /// Its name, branch and name, or id.
    till: String,
}

/// Take a till into use again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation tills reopen Arbat/Bar")]
pub(crate) struct ReopenArgs {
    /// Its name, branch and name, or id.
    till: String,
}

/// A till in an answer.
#[derive(Serialize)]
struct TillAnswer {
    id: Id,
    name: String,
    branch: String,
    branch_id: Id,
    closed_us: Option<i64>,
}

impl TillAnswer {
    fn of(tx: &mut Tx<'_>, kept: &Kept<Till>) -> Result<TillAnswer, Fault> {
        let branch = branch::get(tx, kept.content.branch)?;
        Ok(TillAnswer {
            id: kept.id,
            name: kept.content.name.as_str().to_owned(),
            branch: branch.map_or_else(String::new, |branch| branch.content.name.as_str().to_owned()),
            branch_id: kept.content.branch,
            closed_us: kept.closed_us,
        })
    }
}

impl Row for TillAnswer {
    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.branch.clone(), closed_cell(self.closed_us)]
    }
}

/// What is to be changed.
#[derive(Clone)]
struct Changes {
    name: Option<Title>,
    branch: Option<Id>,
}

impl Changes {
    fn made_to(&self, before: Till) -> Till {
        let change = self.clone();
        Till { branch: change.branch.unwrap_or(before.branch), name: change.name.unwrap_or(before.name) }
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for what is no name, `no_branch`, `no_till` and `ambiguous` for what is not found, each refusal by its key, and
/// the keys of faults.
pub(super) fn run(command: &TillsCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        TillsCommand::Add(args) => add(args, book, json),
        TillsCommand::List(args) => list(args, book, json),
        TillsCommand::Change(args) => change(args, book, json),
        TillsCommand::Close(args) => close(&args.till, true, book, json),
        TillsCommand::Reopen(args) => close(&args.till, false, book, json),
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let branch = named::branch_or_only(book, args.branch.as_deref())?.id;
    let till = Till { branch, name: typed::title(&args.name)? };
    let acting = book.acting();
    let id = book.store.write(move |work| till::add(work, &acting, &till))?;
    print("added", id.map_err(refused)?, book, json)
}

fn list(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let rows = listed(book, args.branch.as_deref(), args.closed, till::list, TillAnswer::of)?;
    output::print(&List { key: "tills", rows }, json)
}

fn change(args: &ChangeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = named::till(book, &args.till)?;
    let branch = args.branch.as_deref().map(|text| named::branch(book, text)).transpose()?;
    let changes = Changes {
        name: args.name.as_deref().map(typed::title).transpose()?,
        branch: branch.map(|branch| branch.id),
    };
    if changes.made_to(found.content.clone()) == found.content {
        return Err(nothing_to_change());
    }
    let (acting, id) = (book.acting(), found.id);
    let changed = book.store.write(move |work| match till::get(work.tx, id)? {
        Some(kept) => till::change(work, &acting, id, &changes.made_to(kept.content)),
        None => Ok(Err(TillRefusal::NotFound)),
    })?;
    changed.map_err(refused)?;
    print("changed", id, book, json)
}

fn close(text: &str, closed: bool, book: &Book, json: bool) -> Result<(), Failure> {
    let id = named::till(book, text)?.id;
    print(set_closed(book, id, closed, till::set_closed)?, id, book, json)
}

fn print(done: &'static str, id: Id, book: &Book, json: bool) -> Result<(), Failure> {
    let kept = book.store.read(|tx| till::get(tx, id))?.ok_or_else(|| gone("the till"))?;
    let thing = book.store.read(|tx| TillAnswer::of(tx, &kept))?;
    output::print(&Done { done, thing }, json)
}

fn refused(refusal: TillRefusal) -> Failure {
    match refusal {
        TillRefusal::NotFound => gone("the till"),
        TillRefusal::NoBranch => gone("the branch"),
    }
}
