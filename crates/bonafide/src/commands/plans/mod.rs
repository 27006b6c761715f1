//! `bonafide plans`: what is sold, on which terms, for how much.

mod add;
mod answer;
mod closing;
mod extras;
mod list;
mod prices;
mod publish;
mod rename;
mod show;
pub(super) mod terms;
mod terms_args;

use bonafide_store::plans::PublishRefusal;

use crate::book::BookArgs;
use crate::failure::Failure;

/// What can be done with plans.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PlansCommand {
    Add(add::AddArgs),
    Publish(publish::PublishArgs),
    Show(show::ShowArgs),
    List(list::ListArgs),
    Rename(rename::RenameArgs),
    Close(closing::CloseArgs),
    Reopen(closing::ReopenArgs),
    /// Own prices of branches.
    #[command(subcommand)]
    Prices(prices::PricesCommand),
    /// Services that plans include in counted amounts, each with a counter of its own.
    #[command(subcommand)]
    Extras(extras::ExtrasCommand),
}

/// Runs the command.
///
/// # Errors
/// Each command's own.
pub(crate) fn run(command: &PlansCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    match command {
        PlansCommand::Add(args) => add::run(args, &book, json),
        PlansCommand::Publish(args) => publish::run(args, &book, json),
        PlansCommand::Show(args) => show::run(args, &book, json),
        PlansCommand::List(args) => list::run(args, &book, json),
        PlansCommand::Rename(args) => rename::run(args, &book, json),
        PlansCommand::Close(args) => closing::run(&args.plan, true, &book, json),
        PlansCommand::Reopen(args) => closing::run(&args.plan, false, &book, json),
        PlansCommand::Prices(command) => prices::run(command, &book, json),
        PlansCommand::Extras(command) => extras::run(command, &book, json),
    }
}

/// The words for a version that is not published.
fn not_published(refusal: PublishRefusal) -> Failure {
    let gone = |what: &str| Failure::new("not_there", format!("{what} of the terms is not there any more"));
    match refusal {
        PublishRefusal::NotFound => Failure::new("no_plan", "the plan is not there any more"),
        PublishRefusal::PublishedMeanwhile { version } => {
            let words =
                format!("somebody published version {version} meanwhile: look at it, then publish yours");
            Failure::new("published_meanwhile", words)
        }
        PublishRefusal::Terms(refusal) => terms::bad_terms(refusal),
        PublishRefusal::NoZone(_) => gone("a zone"),
        PublishRefusal::NoBranch(_) => gone("a branch"),
        PublishRefusal::NoExtra(_) => gone("an extra"),
        PublishRefusal::PricesInOtherCurrency => {
            let words = "a branch has a price of its own for this plan in another currency, and nothing is converted: take it \
                off with `bonafide plans prices remove`, then publish";
            Failure::new("prices_in_other_currency", words)
        }
    }
}
