//! `bonafide members list`: by category, tag, visits, spending, a page at a time.

use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::members::list::{FilterRefusal, MemberFilter, PAGE_MAX, list};
use bonafide_store::members::of_numbers;
use serde::Serialize;

use crate::book::Book;
use crate::clock;
use crate::commands::members::answer::MemberLine;
use crate::failure::Failure;
use crate::output::{self, Answer};

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// List members, the newest first. All conditions must hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide members list --category vip --not-seen-days 30")]
pub(crate) struct ListArgs {
    /// new, regular, vip, or a name of your own.
    #[arg(long)]
    category: Option<String>,
    /// With this tag.
    #[arg(long)]
    tag: Option<String>,
    /// Of this branch, by its id.
    #[arg(long)]
    branch: Option<String>,
    /// Without a visit for so many days.
    #[arg(long, value_name = "DAYS")]
    not_seen_days: Option<u32>,
    /// Whose membership ends within so many days.
    #[arg(long, value_name = "DAYS")]
    ends_within_days: Option<u32>,
    /// Spent at least so much, in minor units.
    #[arg(long, value_name = "MINOR")]
    spent_from: Option<i64>,
    /// Spent at most so much.
    #[arg(long, value_name = "MINOR")]
    spent_to: Option<i64>,
    /// With at least so many visits.
    #[arg(long)]
    visits_from: Option<u32>,
    /// With at most so many visits.
    #[arg(long)]
    visits_to: Option<u32>,
    /// Who has consented, as MODALITY/PURPOSE, for example face/entry.
    #[arg(long, value_name = "WHAT")]
    consented: Option<String>,
    /// Who has not.
    #[arg(long, value_name = "WHAT")]
    not_consented: Option<String>,
    /// Go on where the last page ended.
    #[arg(long, value_name = "NUMBER")]
    before: Option<u32>,
    /// Members on a page.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(PAGE_MAX)))]
    limit: u32,
}

impl ListArgs {
    fn filter(&self, now_us: i64) -> MemberFilter {
        let today = now_us.div_euclid(DAY_US);
        let own = |word: &str| match word {
            "new" | "regular" | "vip" => word.to_owned(),
            own => format!(":{own}"),
        };
        MemberFilter {
            category: self.category.as_deref().map(own),
            tag: self.tag.as_deref().map(str::to_lowercase),
            branch: self.branch.clone(),
            not_seen_since_us: self.not_seen_days.map(|days| now_us - i64::from(days) * DAY_US),
            ends_from_day: self.ends_within_days.map(|_| today),
            ends_before_day: self.ends_within_days.map(|days| today + i64::from(days) + 1),
            spent_from_minor: self.spent_from,
            spent_to_minor: self.spent_to,
            visits_from: self.visits_from,
            visits_to: self.visits_to,
            check_due_by_day: None,
            consented: self.consented.clone(),
            not_consented: self.not_consented.clone(),
        }
    }
}

#[derive(Serialize)]
struct ListAnswer {
    members: Vec<MemberLine>,
    /// What to give to `--before` for the next page; nothing on the last one.
    next_before: Option<u32>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.members.iter().map(MemberLine::line).collect();
        if lines.is_empty() {
            lines.push("nobody".to_owned());
        }
        lines.extend(self.next_before.map(|before| format!("more with --before {before}")));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `bad_value` for a branch that is no id, and the keys of faults.
pub(super) fn run(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let filter = args.filter(clock::now_us());
    let page = match book.store.read(|tx| list(tx, &filter, args.before, args.limit))? {
        Ok(page) => page,
        Err(FilterRefusal::Branch) => return Err(Failure::new("bad_value", "--branch is no id")),
        Err(FilterRefusal::Consent) => {
            let words =
                "--consented and --not-consented want a modality and a purpose, for example face/entry";
            return Err(Failure::new("bad_value", words));
        }
    };
    let numbers: Vec<u32> = page.members.iter().map(|(_, number)| *number).collect();
    let members = book.store.read(|tx| of_numbers(tx, book.store.vault(), &numbers))?;
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "members_listed", Subject::installation(), None).map(drop)
    })?;
    let lines = members.iter().map(MemberLine::of).collect();
    output::print(&ListAnswer { members: lines, next_before: page.next_before }, json)
}
