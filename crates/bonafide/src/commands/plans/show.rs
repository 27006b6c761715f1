//! `bonafide plans show`: a plan with all its versions.

use bonafide_domain::profile::Note;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch;
use bonafide_store::plans::{self, price};
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::named;
use crate::commands::plans::terms::TermsAnswer;
use crate::commands::typed::{MoneyAnswer, money_words};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Show a plan with all its versions, the newest first, and the own prices of branches.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans show Month")]
pub(crate) struct ShowArgs {
    /// The plan, by name or id.
    plan: String,
}

#[derive(Serialize)]
struct ShowAnswer {
    id: Id,
    name: String,
    note: Option<String>,
    /// Since when it is not sold any more.
    closed_us: Option<i64>,
    branch_prices: Vec<BranchPrice>,
    versions: Vec<VersionAnswer>,
}

#[derive(Serialize)]
struct BranchPrice {
    branch: String,
    branch_id: Id,
    price: MoneyAnswer,
    #[serde(skip)]
    words: String,
}

#[derive(Serialize)]
struct VersionAnswer {
    #[serde(flatten)]
    terms: TermsAnswer,
    published_us: i64,
    /// Who published it: `command_line`, `staff`, …
    published_by: String,
    #[serde(skip)]
    heading: String,
}

impl Answer for ShowAnswer {
    fn text(&self) -> String {
        let closed = if self.closed_us.is_some() { ", not sold any more" } else { "" };
        let mut lines = vec![format!("{}{closed}", self.name)];
        lines.extend(self.note.iter().flat_map(|note| note.lines().map(|line| format!("  {line}"))));
        lines.extend(self.branch_prices.iter().map(|own| format!("  at {}: {}", own.branch, own.words)));
        for version in &self.versions {
            lines.push(version.heading.clone());
            lines.extend(version.terms.lines().into_iter().map(|line| format!("  {line}")));
        }
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `no_plan` and `ambiguous` for what is not found, and the keys of faults.
pub(super) fn run(args: &ShowArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let plan = named::plan(book, &args.plan)?;
    let answer = book.store.read(|tx| {
        let mut branch_prices = Vec::new();
        for kept in branch::list(tx, true)? {
            let own = price::list(tx, kept.id)?.into_iter().find(|(of, _)| *of == plan.id);
            branch_prices.extend(own.map(|(_, price)| BranchPrice {
                branch: kept.content.name.as_str().to_owned(),
                branch_id: kept.id,
                price: MoneyAnswer::of(price),
                words: money_words(price),
            }));
        }
        let mut versions = Vec::new();
        for version in plans::versions(tx, plan.id)? {
            let number = version.terms.spec().version;
            let state = if number == plan.version && plan.archived_us.is_none() { ", sold now" } else { "" };
            let heading = format!("version {number}, published {}{state}", clock::utc_date(version.added_us));
            versions.push(VersionAnswer {
                terms: TermsAnswer::of(tx, &version.terms)?,
                published_us: version.added_us,
                published_by: version.author.kind,
                heading,
            });
        }
        Ok(ShowAnswer {
            id: plan.id,
            name: plan.plan.name.as_str().to_owned(),
            note: plan.plan.note.as_ref().map(Note::as_str).map(str::to_owned),
            closed_us: plan.archived_us,
            branch_prices,
            versions,
        })
    })?;
    output::print(&answer, json)
}
