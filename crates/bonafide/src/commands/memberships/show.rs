//! `bonafide memberships show`: how it stands, what is left, and what happened.

use bonafide_store::memberships;
use serde::Serialize;

use crate::book::Book;
use crate::commands::memberships::answer::MembershipAnswer;
use crate::commands::memberships::history::{EventAnswer, Names};
use crate::commands::memberships::target::Target;
use crate::commands::plans::terms::TermsAnswer;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Show a membership: how it stands today, what is left, its terms, and its history. Looking is traced in the audit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide memberships show 17")]
pub(crate) struct ShowArgs {
    /// The membership, by its id or by the number of its member.
    membership: String,
}

#[derive(Serialize)]
struct ShowAnswer {
    #[serde(flatten)]
    membership: MembershipAnswer,
    terms: TermsAnswer,
    history: Vec<EventAnswer>,
}

impl Answer for ShowAnswer {
    fn text(&self) -> String {
        let mut lines = self.membership.lines();
        lines.push("terms".to_owned());
        lines.extend(self.terms.lines().into_iter().map(|line| format!("  {line}")));
        lines.push("history".to_owned());
        lines.extend(self.history.iter().map(|event| format!("  {}", event.history_line())));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// As [`Target::find`], and the keys of faults.
pub(super) fn run(args: &ShowArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let target = Target::find(book, &args.membership, None)?;
    target.note_view(book)?;
    let answer = book.store.read(|tx| {
        let names = Names::of(tx, book.store.vault(), &target.held)?;
        let membership = &target.held.membership;
        let entries = memberships::history(tx, target.held.id)?.unwrap_or_else(Vec::new);
        Ok(ShowAnswer {
            membership: MembershipAnswer::of(tx, book.store.vault(), &target)?,
            terms: TermsAnswer::of(tx, membership.terms())?,
            history: entries
                .iter()
                .map(|entry| EventAnswer::of(&entry.event, Some(&entry.author), membership, &names))
                .collect(),
        })
    })?;
    output::print(&answer, json)
}
