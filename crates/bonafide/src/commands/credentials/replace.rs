//! `bonafide credentials replace`: a new thing in the place of a lost or worn one.

use bonafide_domain::credential::ChangeRefusal;
use bonafide_store::credentials::{self, NotChanged};
use bonafide_store::id::Id;
use serde::Serialize;

use crate::book::Book;
use crate::commands::credentials::change::{ChangedAnswer, changed, kept_with_member};
use crate::commands::credentials::content::ContentArgs;
use crate::commands::credentials::refusals::not_changed;
use crate::commands::operation::{self, OperationArgs};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Put another thing of the same kind in the place of one that is lost or worn: same member, same end, same limit. The old
/// one opens nothing from then on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials replace 019… --number 04:A2:3B:1D --spelling hex")]
pub(crate) struct ReplaceArgs {
    /// The id of the old one, as `credentials list` shows it.
    #[arg(value_name = "CREDENTIAL", value_parser = operation::id)]
    credential: Id,
    #[command(flatten)]
    content: ContentArgs,
    #[command(flatten)]
    operation: OperationArgs,
}

#[derive(Serialize)]
struct ReplaceAnswer {
    #[serde(flatten)]
    new: ChangedAnswer,
    replaces: String,
    /// A club's own number that was made just now. It is shown this once.
    made_number: Option<String>,
}

impl Answer for ReplaceAnswer {
    fn text(&self) -> String {
        let made =
            self.made_number.as_ref().map_or_else(String::new, |number| format!("\n  number {number}"));
        format!("replaced; the new one:\n{}{made}", self.new.text())
    }
}

/// Runs the command.
///
/// # Errors
/// `no_credential`, `in_use`, the key of the refusal, what is wrong with the number, and the keys of faults.
pub(super) fn run(args: &ReplaceArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let acting = book.acting();
    let (old, now_us) = (args.credential, acting.now_us);
    let (kept, _) = kept_with_member(book, old, now_us)?;
    if kept.kind.modality().is_some() {
        return Err(not_changed(NotChanged::Refused(ChangeRefusal::EnrolAnew)));
    }
    let operation = args.operation.id(now_us)?;
    let content = args.content.content(kept.kind, &book.store.vault().ring(), operation)?;
    let made_number = args.content.made(&content);
    let done = book
        .store
        .write(move |work| credentials::replace(work, &acting, operation, old, &content))?
        .map_err(not_changed)?;
    let new = changed(book, done, now_us)?;
    output::print(&ReplaceAnswer { new, replaces: old.to_string(), made_number }, json)
}
