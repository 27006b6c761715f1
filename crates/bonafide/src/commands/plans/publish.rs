//! `bonafide plans publish`: a new version of a plan.

use bonafide_domain::plan::PlanSpec;
use bonafide_store::plans;

use crate::book::Book;
use crate::commands::plans::terms::same;
use crate::commands::plans::terms_args::TermsArgs;
use crate::commands::plans::{answer, not_published};
use crate::commands::{named, typed};
use crate::failure::Failure;

/// Publish a new version of a plan: what is not named stays as it is. What was sold keeps its terms.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide plans publish Month --price '3900 RUB'\n  \
    bonafide plans publish Month --freezes 0 --hours always")]
pub(crate) struct PublishArgs {
    /// The plan, by name or id.
    plan: String,
    /// What one period costs from now on.
    #[arg(long)]
    price: Option<String>,
    #[command(flatten)]
    terms: TermsArgs,
}

/// Runs the command.
///
/// # Errors
/// `nothing_to_change` when all would stay, `published_meanwhile`, and as [`super::add::run`].
pub(super) fn run(args: &PublishArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let plan = named::plan(book, &args.plan)?;
    let terms = args.terms.found(book)?;
    let price = args.price.as_deref().map(typed::money).transpose()?;
    let gone = || Failure::new("no_plan", "the plan is not there any more");
    let current = book.store.read(|tx| plans::current(tx, plan.id))?.ok_or_else(gone)?;
    let before = current.terms.spec();
    let spec = PlanSpec { price: price.unwrap_or(before.price), ..terms.made_to(before)? };
    if same(&spec, before) {
        let words =
            format!("these are the terms of version {} already: nothing was published", before.version);
        return Err(Failure::new("nothing_to_change", words));
    }
    let (acting, id, seen) = (book.acting(), plan.id, before.version);
    let published = book.store.write(move |work| plans::publish(work, &acting, id, seen, spec.clone()))?;
    published.map_err(not_published)?;
    answer::print("published", id, book, json)
}
