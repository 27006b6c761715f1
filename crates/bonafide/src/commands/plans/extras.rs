//! `bonafide plans extras`: services that plans include in counted amounts.

use bonafide_domain::plain_text::Title;
use bonafide_store::id::Id;
use bonafide_store::plans::extra::{self, ExtraRefusal};
use serde::Serialize;

use crate::book::Book;
use crate::commands::{named, typed};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// What can be done with extras.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ExtrasCommand {
    Add(AddArgs),
    Rename(RenameArgs),
    List(ListArgs),
}

/// Add an extra, by what one of it is called. Plans then include so many of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans extras add 'minute of solarium'")]
pub(crate) struct AddArgs {
    /// What one of it is called.
    name: String,
}

/// Call an extra otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans extras rename 'minute of solarium' 'minute of sun'")]
pub(crate) struct RenameArgs {
    /// The extra, by name or id.
    extra: String,
    /// Its new name.
    name: String,
}

/// List all extras.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans extras list")]
pub(crate) struct ListArgs {}

#[derive(Serialize)]
struct ExtraAnswer {
    id: Id,
    name: String,
}

impl ExtraAnswer {
    fn of((id, name): &(Id, Title)) -> ExtraAnswer {
        ExtraAnswer { id: *id, name: name.as_str().to_owned() }
    }
}

#[derive(Serialize)]
struct DoneAnswer {
    /// `added`, `renamed`, or `unchanged` when it was called so before.
    done: &'static str,
    #[serde(flatten)]
    extra: ExtraAnswer,
}

impl Answer for DoneAnswer {
    fn text(&self) -> String {
        let done = if self.done == "unchanged" { "it was called so before" } else { self.done };
        format!("{done}: {}", self.extra.name)
    }
}

#[derive(Serialize)]
struct ListAnswer {
    extras: Vec<ExtraAnswer>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        if self.extras.is_empty() {
            return "none".to_owned();
        }
        self.extras.iter().map(|extra| extra.name.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for what is no name, `no_extra` and `ambiguous` for what is not found, `name_taken` for a second extra of a name,
/// and the keys of faults.
pub(super) fn run(command: &ExtrasCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        ExtrasCommand::Add(args) => add(args, book, json),
        ExtrasCommand::Rename(args) => rename(args, book, json),
        ExtrasCommand::List(ListArgs {}) => {
            let extras = book.store.read(extra::list)?;
            output::print(&ListAnswer { extras: extras.iter().map(ExtraAnswer::of).collect() }, json)
        }
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let name = typed::title(&args.name)?;
    let (acting, wanted) = (book.acting(), name.clone());
    let added = book.store.write(move |work| extra::add(work, &acting, &wanted))?;
    let id = added.map_err(|refusal| refused(refusal, &name))?;
    output::print(&DoneAnswer { done: "added", extra: ExtraAnswer::of(&(id, name)) }, json)
}

fn rename(args: &RenameArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (id, _) = named::extra(book, &args.extra)?;
    let name = typed::title(&args.name)?;
    let (acting, wanted) = (book.acting(), name.clone());
    let renamed = book.store.write(move |work| extra::rename(work, &acting, id, &wanted))?;
    let done = if renamed.map_err(|refusal| refused(refusal, &name))? { "renamed" } else { "unchanged" };
    output::print(&DoneAnswer { done, extra: ExtraAnswer::of(&(id, name)) }, json)
}

fn refused(refusal: ExtraRefusal, name: &Title) -> Failure {
    match refusal {
        ExtraRefusal::NotFound => Failure::new("no_extra", "the extra is not there any more"),
        ExtraRefusal::NameTaken => {
            let words =
                format!("there is an extra called '{}' already: use it, or another name", name.as_str());
            Failure::new("name_taken", words)
        }
    }
}
