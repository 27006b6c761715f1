//! `bonafide credentials list`: what a member is recognised by, with its state and history.

use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::credentials::find::of_member;
use bonafide_store::credentials::history::history;
use bonafide_store::members;
use serde::Serialize;

use crate::book::Book;
use crate::commands::credentials::answer::CredentialAnswer;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// List a member's credentials, those of merged profiles too, with what happened to each. Looking is traced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials list 17")]
pub(crate) struct ListArgs {
    /// The member's number or id.
    member: String,
}

#[derive(Serialize)]
struct ListAnswer {
    member: String,
    member_number: u32,
    credentials: Vec<CredentialAnswer>,
}

impl Answer for ListAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!("{} · number {}", self.member, self.member_number)];
        if self.credentials.is_empty() {
            lines.push("no credentials".to_owned());
        }
        lines.extend(self.credentials.iter().flat_map(CredentialAnswer::lines));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, and the keys of faults.
pub(super) fn run(args: &ListArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    let (acting, id) = (book.acting(), holder.id);
    let now_us = acting.now_us;
    // First the trace, then the list.
    book.write(move |work| {
        record(work.tx, &acting, "credentials_viewed", Subject::row(members::TABLE, id), None).map(drop)
    })?;
    let vault = book.store.vault();
    let credentials = book.store.read(|tx| {
        let all = of_member(tx, vault, id, now_us)?;
        let answers = all.iter().map(|kept| Ok(CredentialAnswer::of(kept, &history(tx, kept.id)?)));
        answers.collect::<Result<Vec<_>, _>>()
    })?;
    let answer = ListAnswer { member: holder.profile.name.full(), member_number: holder.number, credentials };
    output::print(&answer, json)
}
