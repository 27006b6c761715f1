//! `bonafide consents due`: what must be destroyed because nothing is left to keep it for.

use bonafide_domain::consent::Cause;
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::consents::consent_word;
use bonafide_store::erasure::retention::{Due, RENEWAL_WAIT_DAYS, destroy, due};
use bonafide_store::erasure::telling;
use bonafide_store::id::Id;
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::words::told_about;
use crate::failure::Failure;
use crate::listing;
use crate::output::{self, Answer};
use crate::progress;

/// Show what must be destroyed today: faces, fingerprints, voices and photos whose consent has run out, whose membership ended
/// a month ago, or whose longest term by law is over. With --apply it is destroyed, with certificates; it cannot be undone.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide consents due --data club\n  bonafide consents due --apply --data club"
)]
pub(crate) struct DueArgs {
    /// Destroy it.
    #[arg(long)]
    apply: bool,
}

#[derive(Serialize)]
struct DueAnswer {
    /// Whether it was destroyed.
    applied: bool,
    due: Vec<DueLine>,
}

#[derive(Serialize)]
struct DueLine {
    member_number: u32,
    about: String,
    /// On this day it must be gone.
    by: String,
    /// `purpose_ended`, `consent_ended`, `legal_term`, …
    cause: &'static str,
    /// The certificate of what was destroyed.
    certificate: Option<String>,
    #[serde(skip)]
    told: &'static str,
    #[serde(skip)]
    why: String,
}

impl DueLine {
    fn of(due: &Due, certificate: Option<String>) -> DueLine {
        let (cause, why) = told_cause(due.destruction.cause);
        DueLine {
            member_number: due.number,
            about: consent_word(due.modality, due.purpose),
            by: due.destruction.by.to_string(),
            cause,
            certificate,
            told: told_about((due.modality, due.purpose)),
            why,
        }
    }
}

fn told_cause(cause: Cause) -> (&'static str, String) {
    match cause {
        Cause::Withdrawn => ("withdrawn", "the consent was withdrawn".to_owned()),
        Cause::PurposeEnded => {
            ("purpose_ended", format!("the last membership ended {RENEWAL_WAIT_DAYS} days before"))
        }
        Cause::ConsentEnded => ("consent_ended", "the consent was given for so long only".to_owned()),
        Cause::ContractTerm => ("contract_term", "the contract says so".to_owned()),
        Cause::LegalTerm(_) => {
            ("legal_term", "so long after the last visit the law wants it gone".to_owned())
        }
    }
}

impl Answer for DueAnswer {
    fn text(&self) -> String {
        if self.due.is_empty() {
            return "nothing is due".to_owned();
        }
        let rows: Vec<Vec<String>> = self
            .due
            .iter()
            .map(|one| {
                let cells = [&one.member_number.to_string(), one.told, &one.by, &one.why].map(str::to_owned);
                cells
                    .into_iter()
                    .chain(one.certificate.iter().map(|id| format!("certificate {id}")))
                    .collect()
            })
            .collect();
        let mut lines = listing::lines(&rows);
        lines.push(if self.applied {
            "destroyed; whoever comes back consents and is enrolled anew".to_owned()
        } else {
            "nothing was destroyed; --apply does it".to_owned()
        });
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// The keys of faults.
pub(super) fn run(args: &DueArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let acting = book.acting();
    let found = book.store.read(|tx| due(tx, acting.now_us))?;
    let mut lines = Vec::new();
    if args.apply {
        let bar = progress::bar("destroyed", found.len());
        for one in found {
            let (acting, certificate) = (acting.clone(), Id::new(acting.now_us)?);
            if let Some(done) = book.write(move |work| destroy(work, &acting, certificate, &one))? {
                lines.push(DueLine::of(&one, done.certificate.map(|id| id.to_string())));
            }
            bar.inc(1);
        }
        telling::queue(&book.store, acting.now_us)?;
        book.store.forget_overwritten()?;
        bar.finish_and_clear();
    } else {
        book.write(move |work| {
            record(work.tx, &acting, "retention_viewed", Subject::installation(), None).map(drop)
        })?;
        lines.extend(found.iter().map(|one| DueLine::of(one, None)));
    }
    output::print(&DueAnswer { applied: args.apply, due: lines }, json)
}
