//! `bonafide consents withdraw`: what was agreed to ends, and what rested on it is destroyed.

use std::collections::BTreeMap;

use bonafide_domain::consent::Withdrawal;
use bonafide_store::consents::{self, consent_word};
use bonafide_store::credentials::content::Trait;
use bonafide_store::erasure::{Tell, certificate, telling, to_be_told};
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::giver::GiverArgs;
use crate::commands::consents::words::{About, about, not_recorded, told_about};
use crate::commands::named::member;
use crate::commands::operation::OperationArgs;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Withdraw a member's consent. What rested on it is destroyed at once, its keys first, in all merged profiles; the rest of
/// the member stays. It cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide consents withdraw 17 face/entry")]
pub(crate) struct WithdrawArgs {
    /// The member's number or id.
    member: String,
    /// What of the person, and what for: face, voice or fingerprint_or_palm with /entry or /till_recognition;
    /// profile_photo/staff_viewing; contact/marketing; profiling/marketing.
    #[arg(value_parser = about)]
    about: About,
    #[command(flatten)]
    giver: GiverArgs,
    #[command(flatten)]
    operation: OperationArgs,
}

#[derive(Serialize)]
struct WithdrawAnswer {
    member: String,
    member_number: u32,
    about: String,
    /// The certificate of what was destroyed; nothing when there was nothing.
    certificate: Option<String>,
    /// Rows that were destroyed, by their table.
    destroyed: BTreeMap<String, u64>,
    keys_destroyed: usize,
    /// Who outside still has to be told. The program does not tell them yet.
    to_be_told: Vec<String>,
    #[serde(skip)]
    told: &'static str,
}

impl Answer for WithdrawAnswer {
    fn text(&self) -> String {
        let mut lines =
            vec![format!("withdrawn for {} (number {}): {}", self.member, self.member_number, self.told)];
        match &self.certificate {
            Some(certificate) => {
                let rows =
                    self.destroyed.iter().map(|(table, count)| format!("{} {count}", told_table(table)));
                let keys = (self.keys_destroyed > 0).then(|| format!("keys {}", self.keys_destroyed));
                let all: Vec<String> = rows.chain(keys).collect();
                lines.push(format!("  destroyed: {}", all.join(", ")));
                lines.push(format!("  certificate {certificate}"));
            }
            None => lines.push("  nothing rested on it".to_owned()),
        }
        lines.extend(self.to_be_told.iter().map(|who| format!("  still to be told: {who}")));
        lines.join("\n")
    }
}

/// The rows of a table, for a person.
fn told_table(table: &str) -> String {
    match table {
        "member_photos" => "photos".to_owned(),
        "credential_lookups" => "look-ups".to_owned(),
        other => other.replace('_', " "),
    }
}

/// Who outside holds something, for a person. The references are told in full: they are destroyed here, and outside they are
/// what the person is known by.
fn told_who(tell: &Tell) -> String {
    let of = |of: &Trait| match of {
        Trait::Face => "face",
        Trait::Voice => "voice",
        Trait::Fingerprint => "fingerprint",
        Trait::Palm => "palm",
    };
    match tell {
        Tell::Edges { number, .. } => format!("doors and tills that hold copies of number {number}"),
        Tell::Provider(what, result) => {
            format!("the provider that holds the {} under the reference {}", of(what), result.reference())
        }
        Tell::Device(what, reference) => {
            format!("the device that holds the {} under the reference {}", of(what), reference.as_str())
        }
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `proof_missing`, `other_operation`, and the keys of faults.
pub(super) fn run(args: &WithdrawArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    let acting = book.acting();
    let operation = args.operation.id(acting.now_us)?;
    let (modality, purpose) = args.about;
    let withdrawal = Withdrawal {
        member: holder.id.into(),
        by: args.giver.giver()?,
        modality,
        purpose,
        operator: args.giver.operator(),
        withdrawn_at_us: acting.now_us,
    };
    let vault = book.store.vault();
    // Asked before: when the write has to be repeated, the references are gone with their keys.
    let tell = book.store.read(|tx| to_be_told(tx, vault, holder.id, Some(args.about)))?;
    let withdrawn = book
        .store
        .write(move |work| consents::withdraw(work, &acting, operation, &withdrawal))?
        .map_err(not_recorded)?;
    // Whoever must be told is in the jobs now, and not only at the next start.
    telling::queue(&book.store, book.acting().now_us)?;
    // What was overwritten leaves the log too, and not only with the next checkpoint.
    book.store.forget_overwritten()?;
    let certificate = match withdrawn.certificate {
        Some(id) => book.store.read(|tx| certificate::get(tx, &vault.ring(), id))?,
        None => None,
    };
    let destroyed = certificate.as_ref().map(|certificate| &certificate.destroyed);
    let answer = WithdrawAnswer {
        member: holder.profile.name.full(),
        member_number: holder.number,
        about: consent_word(modality, purpose),
        certificate: withdrawn.certificate.map(|id| id.to_string()),
        destroyed: destroyed.map(|destroyed| destroyed.rows.clone()).unwrap_or_default(),
        keys_destroyed: destroyed.map_or(0, |destroyed| destroyed.keys.len()),
        to_be_told: tell.iter().map(told_who).collect(),
        told: told_about(args.about),
    };
    output::print(&answer, json)
}
