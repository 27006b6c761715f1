//! `bonafide plans prices`: own price lists of branches.

use bonafide_domain::money::Money;
use bonafide_store::id::Id;
use bonafide_store::plans::price::{self, PriceRefusal};
use bonafide_store::plans::{self, KeptPlan};
use serde::Serialize;

use crate::book::Book;
use crate::commands::named;
use crate::commands::typed::{self, MoneyAnswer, money_words};
use crate::failure::Failure;
use crate::listing;
use crate::output::{self, Answer};

/// What can be done with the prices of branches.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PricesCommand {
    Set(SetArgs),
    Remove(RemoveArgs),
    List(ListArgs),
}

/// Put a price on a branch's own list. It counts for sales and renewals from now on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans prices set Month '2900 RUB' --branch Arbat")]
pub(crate) struct SetArgs {
    /// The plan, by name or id.
    plan: String,
    /// The price, in the currency of the branch and of the plan.
    price: String,
    /// The branch, by name or id. Not needed where there is only one.
    #[arg(long)]
    branch: Option<String>,
}

/// Take a price off a branch's own list: the price of the terms holds again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans prices remove Month --branch Arbat")]
pub(crate) struct RemoveArgs {
    /// The plan, by name or id.
    plan: String,
    /// The branch, by name or id. Not needed where there is only one.
    #[arg(long)]
    branch: Option<String>,
}

/// List what each plan costs at a branch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide plans prices list --branch Arbat")]
pub(crate) struct ListArgs {
    /// The branch, by name or id. Not needed where there is only one.
    #[arg(long)]
    branch: Option<String>,
}

#[derive(Serialize)]
struct PriceAnswer {
    /// `set`, `removed`, or `unchanged` when it was so before.
    done: &'static str,
    branch: String,
    plan: String,
    /// What is asked there now.
    price: MoneyAnswer,
    #[serde(skip)]
    words: String,
}

impl Answer for PriceAnswer {
    fn text(&self) -> String {
        let before = if self.done == "unchanged" { "it was so before: " } else { "" };
        format!("{before}{} costs {} at {}", self.plan, self.words, self.branch)
    }
}

#[derive(Serialize)]
struct ListAnswer {
    branch: String,
    prices: Vec<ListedPrice>,
}

#[derive(Serialize)]
struct ListedPrice {
    plan: String,
    plan_id: Id,
    price: MoneyAnswer,
    /// Whether it is the branch's own, and not that of the terms.
    own: bool,
    #[serde(skip)]
    words: String,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        if self.prices.is_empty() {
            return "no plan is sold".to_owned();
        }
        let own = |price: &ListedPrice| if price.own { "own price" } else { "" }.to_owned();
        let cells = |price: &ListedPrice| vec![price.plan.clone(), price.words.clone(), own(price)];
        listing::table(&self.prices.iter().map(cells).collect::<Vec<_>>())
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_amount` for what is no price, `no_plan`, `no_branch` and `ambiguous` for what is not found, each refusal by its key, and
/// the keys of faults.
pub(super) fn run(command: &PricesCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        PricesCommand::Set(args) => set(args, book, json),
        PricesCommand::Remove(args) => remove(args, book, json),
        PricesCommand::List(args) => list(args, book, json),
    }
}

fn set(args: &SetArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (plan, branch) =
        (named::plan(book, &args.plan)?, named::branch_or_only(book, args.branch.as_deref())?);
    let price = typed::money(&args.price)?;
    let (acting, branch_id, plan_id) = (book.acting(), branch.id, plan.id);
    let set = book.store.write(move |work| price::set(work, &acting, branch_id, plan_id, price))?;
    let done = if set.map_err(|refusal| not_set(refusal, price))? { "set" } else { "unchanged" };
    print(done, branch.id, branch.content.name.as_str(), &plan, book, json)
}

fn remove(args: &RemoveArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (plan, branch) =
        (named::plan(book, &args.plan)?, named::branch_or_only(book, args.branch.as_deref())?);
    let (acting, branch_id, plan_id) = (book.acting(), branch.id, plan.id);
    let removed = book.write(move |work| price::remove(work, &acting, branch_id, plan_id))?;
    let done = if removed { "removed" } else { "unchanged" };
    print(done, branch.id, branch.content.name.as_str(), &plan, book, json)
}

fn list(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let branch = named::branch_or_only(book, args.branch.as_deref())?;
    let prices = book.store.read(|tx| {
        let own = price::list(tx, branch.id)?;
        let mut prices = Vec::new();
        for plan in plans::list(tx, false)? {
            let Some(current) = plans::current(tx, plan.id)? else { continue };
            let asked = price::asked(tx, branch.id, &current)?;
            prices.push(ListedPrice {
                plan: plan.plan.name.as_str().to_owned(),
                plan_id: plan.id,
                price: MoneyAnswer::of(asked),
                own: own.iter().any(|(of, _)| *of == plan.id),
                words: money_words(asked),
            });
        }
        Ok(prices)
    })?;
    output::print(&ListAnswer { branch: branch.content.name.as_str().to_owned(), prices }, json)
}

fn print(
    done: &'static str,
    branch_id: Id,
    branch: &str,
    plan: &KeptPlan,
    book: &Book,
    json: bool,
) -> Result<(), Failure> {
    let gone = || Failure::new("no_plan", "the plan is not there any more");
    let current = book.store.read(|tx| plans::current(tx, plan.id))?.ok_or_else(gone)?;
    let asked = book.store.read(|tx| price::asked(tx, branch_id, &current))?;
    let answer = PriceAnswer {
        done,
        branch: branch.to_owned(),
        plan: plan.plan.name.as_str().to_owned(),
        price: MoneyAnswer::of(asked),
        words: money_words(asked),
    };
    output::print(&answer, json)
}

fn not_set(refusal: PriceRefusal, price: Money) -> Failure {
    match refusal {
        PriceRefusal::NoBranch => Failure::new("no_branch", "the branch is not there any more"),
        PriceRefusal::NoPlan => Failure::new("no_plan", "the plan is not there any more"),
        PriceRefusal::OtherCurrency => {
            let words = format!(
                "{} is not the currency of both the branch and the plan, and nothing is converted: give the price in theirs",
                price.currency().code()
            );
            Failure::new("other_currency", words)
        }
        PriceRefusal::NotAPrice => Failure::new("not_a_price", "the price is below zero or too high"),
    }
}
