//! `bonafide credentials issue`: a card, a bracelet, a phone, a PIN, a reference.

use bonafide_store::consents::may_enrol;
use bonafide_store::credentials::{self, NewCredential};
use jiff::civil::Date;
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::{BranchArgs, EnrollingArgs, not_enrolled};
use crate::commands::credentials::change::{ChangedAnswer, LimitArg, changed};
use crate::commands::credentials::content::{ContentArgs, KindArg};
use crate::commands::credentials::not_issued;
use crate::commands::named::member;
use crate::commands::operation::OperationArgs;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Issue a credential to a member. What a machine recognises a person by needs the member's consent.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide credentials issue 17 bracelet --number 04:A2:3B:1C --spelling hex\n  \
    bonafide credentials issue 17 club-number\n  \
    bonafide credentials issue 17 pin\n  \
    bonafide credentials issue 17 fingerprint --reference slot-12 --alternative card-number"
)]
pub(crate) struct IssueArgs {
    /// The member's number or id.
    member: String,
    /// What it is.
    #[arg(value_enum)]
    kind: KindArg,
    #[command(flatten)]
    content: ContentArgs,
    /// The last day on which it counts. Without it there is no end; a biometric one ends with its consent.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// It may enter and earn, and not spend.
    #[arg(long, value_enum, value_name = "REASON")]
    limited: Option<LimitArg>,
    #[command(flatten)]
    enrolling: EnrollingArgs,
    #[command(flatten)]
    branch: BranchArgs,
    #[command(flatten)]
    operation: OperationArgs,
}

#[derive(Serialize)]
struct IssueAnswer {
    #[serde(flatten)]
    issued: ChangedAnswer,
    /// A club's own number that was made just now: to be written on a card. It is shown this once.
    made_number: Option<String>,
}

impl Answer for IssueAnswer {
    fn text(&self) -> String {
        let made =
            self.made_number.as_ref().map_or_else(String::new, |number| format!("\n  number {number}"));
        format!("issued\n{}{made}", self.issued.text())
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `missing_value`, `bad_value`, `bad_pin`, `in_use`; of a biometric one what the law or the consent says; and
/// the keys of faults.
pub(super) fn run(args: &IssueArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    let kind = args.kind.kind();
    let acting = book.acting();
    let place = if args.until.is_some() || kind.modality().is_some() {
        Some(args.branch.place(book, &holder)?)
    } else {
        None
    };
    let until_us = match (args.until, &place) {
        (Some(date), Some(place)) => Some(place.end_of(date)?),
        _ => None,
    };
    let asked = match (kind.modality(), &place) {
        (Some(modality), Some(place)) => {
            let question = place.question(holder.id, (modality, args.enrolling.purpose()), acting.now_us)?;
            Some((question, args.enrolling.alternative()))
        }
        _ => None,
    };
    let (operation, now_us) = (args.operation.id(acting.now_us)?, acting.now_us);
    let content = args.content.content(kind, &book.store.vault().ring(), operation)?;
    let made_number = args.content.made(&content);
    let limited = args.limited.map(LimitArg::reason);
    let new = NewCredential { member: holder.id, content, until_us, limited };
    let done = book.store.write(move |work| {
        let permit = match (&asked, new.content.keeping()) {
            (Some((question, alternative)), Some(keeping)) => {
                match may_enrol(work.tx, work.vault, question, keeping, *alternative)? {
                    Ok(permit) => Some(permit),
                    Err(refusal) => return Ok(Err(not_enrolled(question, &refusal))),
                }
            }
            _ => None,
        };
        Ok(credentials::issue(work, &acting, operation, &new, permit)?.map_err(not_issued))
    })??;
    output::print(&IssueAnswer { issued: changed(book, done, now_us)?, made_number }, json)
}
