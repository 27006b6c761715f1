//! `bonafide organisation branches`: places with a calendar, a currency and a law of their own.

use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::schedule::Schedule;
use bonafide_store::id::Id;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch, BranchRefusal, jurisdiction_of, jurisdiction_word};
use bonafide_store::organisation::time_zone::TimeZoneName;
use serde::Serialize;

use crate::book::Book;
use crate::commands::hours::{self, HOURS_HELP};
use crate::commands::organisation::answer::{Done, List, Row, closed_cell};
use crate::commands::organisation::{gone, nothing_to_change, set_closed};
use crate::commands::{named, typed};
use crate::failure::Failure;
use crate::output;

/// What can be done with branches.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum BranchesCommand {
    Add(AddArgs),
    List(ListArgs),
    Change(ChangeArgs),
    Close(CloseArgs),
    Reopen(ReopenArgs),
}

/// Add a branch.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bonafide organisation branches add Arbat --time-zone Europe/Moscow --currency RUB \
    --jurisdiction russia --language ru --hours 'mon-fri 07:00-23:00' --hours 'sat,sun 09:00-21:00'"
)]
pub(crate) struct AddArgs {
    /// What the club calls it.
    name: String,
    /// The time zone of its calendar, as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    time_zone: String,
    /// What is paid in, as RUB, EUR or CNY.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// Whose law holds: russia, european-union:16 (with the age of consent, 13 to 16), illinois, china, or other for the
    /// strictest of them.
    #[arg(long, value_name = "LAW", default_value = "other")]
    jurisdiction: String,
    /// What its pages and receipts speak when nothing else is known.
    #[arg(long, value_name = "ru|en|zh", default_value = "en", value_parser = language)]
    language: Language,
    #[arg(long, value_name = "HOURS", default_value = "always", help = HOURS_HELP)]
    hours: Vec<String>,
}

/// List the branches that are open.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation branches list --closed")]
pub(crate) struct ListArgs {
    /// The closed ones too.
    #[arg(long)]
    closed: bool,
}

/// Change a branch: what is not named stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation branches change Arbat --hours 'daily 07:00-24:00'")]
pub(crate) struct ChangeArgs {
    /// Its name or id.
    branch: String,
    /// Another name.
    #[arg(long)]
    name: Option<String>,
    /// Another time zone. Dates that are recorded stay the dates that they are.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Another currency. Nothing is converted: its own price list must be empty.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Another law, as for `add`.
    #[arg(long, value_name = "LAW")]
    jurisdiction: Option<String>,
    /// Another language.
    #[arg(long, value_name = "ru|en|zh", value_parser = language)]
    language: Option<Language>,
    #[arg(long, value_name = "HOURS", help = HOURS_HELP)]
    hours: Vec<String>,
}

/// Close a branch. Everything that happened there stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation branches close Arbat")]
pub(crate) struct CloseArgs {
    /// Its name or id.
    branch: String,
}

/// Open a closed branch again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide organisation branches reopen Arbat")]
pub(crate) struct ReopenArgs {
    /// Its name or id.
    branch: String,
}

/// A branch in an answer.
#[derive(Serialize)]
struct BranchAnswer {
    id: Id,
    name: String,
    time_zone: String,
    currency: String,
    jurisdiction: String,
    language: &'static str,
    /// As they are typed.
    hours: Vec<String>,
    closed_us: Option<i64>,
}

impl BranchAnswer {
    fn of(kept: &Kept<Branch>) -> BranchAnswer {
        let branch = &kept.content;
        BranchAnswer {
            id: kept.id,
            name: branch.name.as_str().to_owned(),
            time_zone: branch.time_zone.as_str().to_owned(),
            currency: branch.currency.code().to_owned(),
            jurisdiction: jurisdiction_word(branch.jurisdiction),
            language: branch.language.code(),
            hours: hours::words(&branch.opening),
            closed_us: kept.closed_us,
        }
    }
}

impl Row for BranchAnswer {
    fn cells(&self) -> Vec<String> {
        let jurisdiction = self.jurisdiction.replace('_', "-");
        vec![
            self.name.clone(),
            self.time_zone.clone(),
            self.currency.clone(),
            jurisdiction,
            self.language.to_owned(),
            self.hours.join(", "),
            closed_cell(self.closed_us),
        ]
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::of_code(text).ok_or_else(|| "the languages are ru, en and zh".to_owned())
}

fn time_zone(text: &str) -> Result<TimeZoneName, Failure> {
    let words = || format!("there is no time zone '{text}': write it as Europe/Berlin or Asia/Yekaterinburg");
    TimeZoneName::parse(text).map_err(|_| Failure::new("bad_value", words()))
}

fn jurisdiction(text: &str) -> Result<Jurisdiction, Failure> {
    let words = || {
        format!(
            "no law is known as '{text}': it is russia, european-union:13 to :16, illinois, china or other"
        )
    };
    let word = text.to_lowercase().replace('-', "_");
    jurisdiction_of(&word).ok_or_else(|| Failure::new("bad_value", words()))
}

/// What is to be changed.
#[derive(Clone)]
struct Changes {
    name: Option<Title>,
    time_zone: Option<TimeZoneName>,
    currency: Option<Currency>,
    jurisdiction: Option<Jurisdiction>,
    language: Option<Language>,
    opening: Option<Schedule>,
}

impl Changes {
    fn of(args: &ChangeArgs) -> Result<Changes, Failure> {
        let opening = if args.hours.is_empty() { None } else { Some(hours::schedule(&args.hours)?) };
        Ok(Changes {
            name: args.name.as_deref().map(typed::title).transpose()?,
            time_zone: args.time_zone.as_deref().map(time_zone).transpose()?,
            currency: args.currency.as_deref().map(typed::currency).transpose()?,
            jurisdiction: args.jurisdiction.as_deref().map(jurisdiction).transpose()?,
            language: args.language,
            opening,
        })
    }

    fn made_to(&self, before: Branch) -> Branch {
        let change = self.clone();
        Branch {
            name: change.name.unwrap_or(before.name),
            time_zone: change.time_zone.unwrap_or(before.time_zone),
            currency: change.currency.unwrap_or(before.currency),
            jurisdiction: change.jurisdiction.unwrap_or(before.jurisdiction),
            language: change.language.unwrap_or(before.language),
            opening: change.opening.unwrap_or(before.opening),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` and `bad_hours` for what is no value, `no_branch` and `ambiguous` for what is not found, each refusal by its
/// key, and the keys of faults.
pub(super) fn run(command: &BranchesCommand, book: &Book, json: bool) -> Result<(), Failure> {
    match command {
        BranchesCommand::Add(args) => add(args, book, json),
        BranchesCommand::List(args) => {
            let rows = book.store.read(|tx| branch::list(tx, args.closed))?;
            let rows = rows.iter().map(BranchAnswer::of).collect();
            output::print(&List { key: "branches", rows }, json)
        }
        BranchesCommand::Change(args) => change(args, book, json),
        BranchesCommand::Close(args) => close(&args.branch, true, book, json),
        BranchesCommand::Reopen(args) => close(&args.branch, false, book, json),
    }
}

fn add(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let branch = Branch {
        name: typed::title(&args.name)?,
        time_zone: time_zone(&args.time_zone)?,
        currency: typed::currency(&args.currency)?,
        jurisdiction: jurisdiction(&args.jurisdiction)?,
        language: args.language,
        opening: hours::schedule(&args.hours)?,
    };
    let acting = book.acting();
    let id = book.write(move |work| branch::add(work, &acting, &branch))?;
    print("added", id, book, json)
}

fn change(args: &ChangeArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let found = named::branch(book, &args.branch)?;
    let changes = Changes::of(args)?;
    if changes.made_to(found.content.clone()) == found.content {
        return Err(nothing_to_change());
    }
    let (acting, id) = (book.acting(), found.id);
    let changed = book.store.write(move |work| match branch::get(work.tx, id)? {
        Some(kept) => branch::change(work, &acting, id, &changes.made_to(kept.content)),
        None => Ok(Err(BranchRefusal::NotFound)),
    })?;
    match changed {
        Ok(()) => print("changed", id, book, json),
        Err(BranchRefusal::NotFound) => Err(gone("the branch")),
        Err(BranchRefusal::PricesInOldCurrency) => {
            let words = "the branch has prices of its own in the old currency, and nothing is converted: take them off its \
                list with `bonafide plans prices remove`, then change the currency";
            Err(Failure::new("prices_in_old_currency", words))
        }
    }
}

fn close(text: &str, closed: bool, book: &Book, json: bool) -> Result<(), Failure> {
    let id = named::branch(book, text)?.id;
    print(set_closed(book, id, closed, branch::set_closed)?, id, book, json)
}

fn print(done: &'static str, id: Id, book: &Book, json: bool) -> Result<(), Failure> {
    let kept = book.store.read(|tx| branch::get(tx, id))?.ok_or_else(|| gone("the branch"))?;
    output::print(&Done { done, thing: BranchAnswer::of(&kept) }, json)
}
