//! Memberships of many members in a list: numbers and dates, no names.

use std::collections::BTreeMap;

use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::memberships::list::{After, Listed, PAGE_MAX, Page};
use bonafide_store::{members, plans};
use serde::Serialize;

use crate::book::Book;
use crate::failure::Failure;
use crate::listing;
use crate::output::{self, Answer};

/// Memberships of one answer at most: more is no list that somebody works through.
const LISTED_MAX: usize = 1_000;

#[derive(Serialize)]
struct ListedAnswer {
    memberships: Vec<ListedRow>,
    /// Whether there are more than these.
    more: bool,
}

#[derive(Serialize)]
struct ListedRow {
    membership: Id,
    /// The member's number.
    member: Option<u32>,
    plan: String,
    /// The last day of what the list is about: the membership, or its freeze.
    last_day: String,
}

impl Answer for ListedAnswer {
    fn text(&self) -> String {
        if self.memberships.is_empty() {
            return "none".to_owned();
        }
        let member =
            |row: &ListedRow| row.member.map_or_else(String::new, |number| format!("member {number}"));
        let cells = |row: &ListedRow| {
            let last_day = format!("last day {}", row.last_day);
            vec![member(row), row.plan.clone(), last_day, row.membership.to_string()]
        };
        let mut lines = listing::lines(&self.memberships.iter().map(cells).collect::<Vec<_>>());
        lines.extend(self.more.then(|| format!("and more than these {}", self.memberships.len())));
        lines.join("\n")
    }
}

/// Reads a list page by page, notes that it was looked at, and prints it.
///
/// # Errors
/// The keys of faults.
pub(super) fn print_pages(
    book: &Book,
    json: bool,
    page: impl Fn(&mut Tx<'_>, Option<After>, u32) -> Result<Page, Fault>,
) -> Result<(), Failure> {
    let answer = book.store.read(|tx| {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let next = page(tx, after, PAGE_MAX)?;
            listed.extend(next.memberships);
            after = next.next_after;
            if after.is_none() || listed.len() >= LISTED_MAX {
                break;
            }
        }
        rows(tx, book, &listed).map(|memberships| ListedAnswer { memberships, more: after.is_some() })
    })?;
    let acting = book.acting();
    book.write(move |work| {
        record(work.tx, &acting, "memberships_listed", Subject::installation(), None).map(drop)
    })?;
    output::print(&answer, json)
}

fn rows(tx: &mut Tx<'_>, book: &Book, listed: &[Listed]) -> Result<Vec<ListedRow>, Fault> {
    let mut names: BTreeMap<Id, String> = BTreeMap::new();
    for plan in plans::list(tx, true)? {
        names.insert(plan.id, plan.plan.name.as_str().to_owned());
    }
    let row = |one: &Listed| {
        Ok(ListedRow {
            membership: one.membership,
            member: members::get(tx, book.store.vault(), one.holder)?.map(|member| member.number),
            plan: names.get(&one.plan).cloned().unwrap_or_else(String::new),
            last_day: one.until.yesterday().unwrap_or(one.until).to_string(),
        })
    };
    listed.iter().map(row).collect()
}
