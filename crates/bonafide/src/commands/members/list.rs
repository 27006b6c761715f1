//! `bonafide members list`: those whom a filter lets through, a page at a time.

use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::members::list::PAGE_MAX;
use bonafide_store::members::of_numbers;
use serde::Serialize;

use crate::book::Book;
use crate::commands::members::answer::MemberLine;
use crate::commands::members::filters::{NamedFilterArgs, Question};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// List members, the newest first. All conditions must hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide members list --category vip --not-seen-days 30\n  \
    bonafide members list --birthday-within-days 7 --branch Arbat\n  \
    bonafide members list --filter 'sleeping regulars' --limit 100")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    filter: NamedFilterArgs,
    /// Go on behind this number, where the last page ended.
    #[arg(long, value_name = "NUMBER")]
    before: Option<u32>,
    /// Members on a page.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(PAGE_MAX)))]
    limit: u32,
}

#[derive(Serialize)]
struct ListAnswer {
    members: Vec<MemberLine>,
    /// What to give to `--before` for the next page; nothing on the last one.
    next_before: Option<u32>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        if self.members.is_empty() {
            return "nobody".to_owned();
        }
        let mut text = MemberLine::table(&self.members);
        if let Some(before) = self.next_before {
            text.push_str(&format!("\nmore with --before {before}"));
        }
        text
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` with the flag, `no_filter`, `no_branch`, and the keys of faults.
pub(super) fn run(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let (filter, _) = args.filter.filter(book)?;
    let question = Question::new(book, filter)?;
    let page = question.page(book, args.before, args.limit)?;
    let numbers: Vec<u32> = page.members.iter().map(|(_, number)| *number).collect();
    let members = book.store.read(|tx| of_numbers(tx, book.store.vault(), &numbers))?;
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "members_listed", Subject::installation(), None).map(drop)
    })?;
    let line = if question.is_of_birthdays() { MemberLine::with_birthday } else { MemberLine::of };
    let lines = members.iter().map(line).collect();
    output::print(&ListAnswer { members: lines, next_before: page.next_before }, json)
}
