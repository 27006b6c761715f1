//! `bonafide erase`: a person goes for good, and what stays of it: the certificate.

use std::io::{BufRead, IsTerminal, Write};

use bonafide_store::consents::{modality_word, purpose_word};
use bonafide_store::erasure::certificate::{Certificate, PAGE_MAX, get, list};
use bonafide_store::erasure::{Cause, NotErased, Tell, cause_word, erase, telling, to_be_told};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::Member;
use serde::Serialize;

use crate::book::{Book, BookArgs};
use crate::clock;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::listing::{counted, table};
use crate::output::{self, Answer};

/// Erase a member with all profiles merged into one: the keys first, then the rows. It cannot be undone. A certificate
/// without personal data stays.
///
/// On a terminal the member's number must be typed once more; elsewhere --yes says that it is meant.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide erase 17 --data club\n  bonafide erase 17 --cause retention-ended --yes --data club\n  \
    bonafide erase --list --data club"
)]
pub(crate) struct EraseArgs {
    /// The member's number or id.
    #[arg(required_unless_present = "list")]
    member: Option<String>,
    /// Why.
    #[arg(long, value_enum, default_value = "persons-wish")]
    cause: CauseArg,
    /// Really: nothing is asked.
    #[arg(long)]
    yes: bool,
    /// Show the certificates of what was destroyed, the newest first, and erase nobody.
    #[arg(long, conflicts_with_all = ["member", "yes"])]
    list: bool,
    /// With --list: go on below this certificate.
    #[arg(long, value_name = "ID", requires = "list", value_parser = certificate_id)]
    before: Option<Id>,
}

fn certificate_id(text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| "it is no id of a certificate".to_owned())
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum CauseArg {
    /// The person asked for it.
    PersonsWish,
    /// Nothing is left to keep it for.
    RetentionEnded,
    /// It should not have been entered.
    EnteredByMistake,
}

#[derive(Serialize)]
struct EraseAnswer {
    /// The id of the certificate.
    certificate: String,
    /// What it says.
    certified: CertificateAnswer,
    /// Who outside still has to be told: doors and providers. A job waits for each; nothing does these jobs yet.
    to_be_told: Vec<String>,
}

impl Answer for EraseAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!("erased\n{}", self.certified.lines())];
        lines.extend(self.to_be_told.iter().map(|who| format!("  still to be told: {who}")));
        lines.join("\n")
    }
}

#[derive(Serialize)]
struct CertificatesAnswer {
    certificates: Vec<CertificateAnswer>,
    /// What to give to `--before` for the next page; nothing on the last one.
    next_before: Option<String>,
}

#[derive(Serialize)]
struct CertificateAnswer {
    id: String,
    at_us: i64,
    /// The day in UTC.
    day: String,
    cause: &'static str,
    /// Modality and purpose of a consent that was withdrawn; nothing when it was the whole person.
    about: Option<String>,
    actor_kind: String,
    actor: Option<String>,
    /// Rows that were deleted, by their table.
    rows: std::collections::BTreeMap<String, u64>,
    /// Keys that were destroyed.
    keys: usize,
    /// SHA-256 of the certificate, signed by the installation.
    hash: String,
    signature: String,
}

impl CertificateAnswer {
    fn of(certificate: &Certificate) -> CertificateAnswer {
        CertificateAnswer {
            id: certificate.id.to_string(),
            at_us: certificate.at_us,
            day: clock::utc_date(certificate.at_us).to_string(),
            cause: cause_word(certificate.cause),
            about: certificate
                .about
                .map(|(modality, purpose)| format!("{}/{}", modality_word(modality), purpose_word(purpose))),
            actor_kind: certificate.actor_kind.clone(),
            actor: certificate.actor.map(|id| id.to_string()),
            rows: certificate.destroyed.rows.clone(),
            keys: certificate.destroyed.keys.len(),
            hash: bonafide_store::audit::proof::to_hex(&certificate.hash),
            signature: bonafide_store::audit::proof::to_hex(&certificate.signature),
        }
    }

    fn why(&self) -> String {
        match self.cause {
            "persons_wish" => "the person's wish".to_owned(),
            "retention_ended" => "nothing was left to keep it for".to_owned(),
            other => other.replace('_', " "),
        }
    }

    fn what(&self) -> String {
        self.about.clone().unwrap_or_else(|| "the whole person".to_owned())
    }

    fn lines(&self) -> String {
        let rows: Vec<String> =
            self.rows.iter().map(|(table, rows)| format!("{} {rows}", table.replace('_', " "))).collect();
        [
            format!("  certificate  {}", self.id),
            format!("  on           {} (UTC), by {}", self.day, self.actor_kind.replace('_', " ")),
            format!("  why          {}", self.why()),
            format!("  what         {}", self.what()),
            format!("  destroyed    {}; rows: {}", counted(self.keys as u64, "key"), rows.join(", ")),
            format!("  SHA-256      {}", self.hash),
        ]
        .join("\n")
    }
}

impl Answer for CertificatesAnswer {
    fn text(&self) -> String {
        if self.certificates.is_empty() {
            return "nothing was erased yet".to_owned();
        }
        let mut rows = vec![["day", "why", "what", "keys", "certificate"].map(str::to_owned).to_vec()];
        rows.extend(
            self.certificates.iter().map(|one| {
                vec![one.day.clone(), one.why(), one.what(), one.keys.to_string(), one.id.clone()]
            }),
        );
        let mut text = table(&rows);
        if let Some(before) = &self.next_before {
            text.push_str(&format!("\nmore with --before {before}"));
        }
        text
    }
}

/// Who outside holds something, in words.
fn told(tell: &Tell) -> String {
    match tell {
        Tell::Edges { number, modality: None, .. } => {
            format!("doors and tills that hold copies of member {number}")
        }
        Tell::Edges { number, modality: Some(modality), .. } => {
            let what = modality_word(*modality).replace('_', " ");
            format!("doors and tills that hold the {what} of member {number}")
        }
        Tell::Provider(of, result) => {
            let what = bonafide_store::credentials::content::trait_word(*of);
            format!("the provider that recognises the {what}, under its reference {}", result.reference())
        }
        Tell::Device(of, reference) => {
            let what = bonafide_store::credentials::content::trait_word(*of);
            format!("the device that recognises the {what}, under its reference {}", reference.as_str())
        }
    }
}

/// Asks whoever sits at a terminal for the number of the member.
fn confirmed(found: &Member) -> Result<bool, Failure> {
    let io = |error: std::io::Error| Failure::new("io", error.to_string());
    let mut err = std::io::stderr();
    let name = output::harmless(&found.profile.name.full());
    write!(err, "{name}, member {}, goes for good. Type the number to erase: ", found.number).map_err(io)?;
    err.flush().map_err(io)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(io)?;
    Ok(line.trim() == found.number.to_string())
}

/// Runs the command.
///
/// # Errors
/// `not_confirmed`, `no_member`, and the keys of faults.
pub(crate) fn run(args: &EraseArgs, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let book = book.open()?;
    let Some(text) = &args.member else { return show(args, &book, json) };
    let found = member(&book, text)?;
    if !args.yes {
        let not_confirmed = |words: &str| Failure::new("not_confirmed", words);
        if json || !std::io::stdin().is_terminal() {
            return Err(not_confirmed("nothing was erased: this cannot be undone; add --yes"));
        }
        if !confirmed(&found)? {
            return Err(not_confirmed("nothing was erased: that is not the number"));
        }
    }
    let cause = match args.cause {
        CauseArg::PersonsWish => Cause::PersonsWish,
        CauseArg::RetentionEnded => Cause::RetentionEnded,
        CauseArg::EnteredByMistake => Cause::EnteredByMistake,
    };
    let acting = book.acting();
    let (operation, id) = (Id::new(acting.now_us)?, found.id);
    // Asked before: when the write has to be repeated, the references are gone with their keys.
    let vault = book.store.vault();
    let tell = book.store.read(|tx| to_be_told(tx, vault, id, None))?;
    match book.store.write(move |work| erase(work, &acting, operation, id, cause))? {
        Ok(erased) => {
            // What was overwritten leaves the log too, and not only with the next checkpoint.
            book.store.forget_overwritten()?;
            // What is not moved now is moved at the next start.
            telling::queue(&book.store, clock::now_us())?;
            let ring = book.store.vault().ring();
            let certificate = book.store.read(|tx| get(tx, &ring, erased.certificate))?;
            let missing = || Fault::damaged("the certificate of an erasure is missing");
            let answer = EraseAnswer {
                certificate: erased.certificate.to_string(),
                certified: CertificateAnswer::of(&certificate.ok_or_else(missing)?),
                to_be_told: tell.iter().map(told).collect(),
            };
            output::print(&answer, json)
        }
        Err(NotErased::NotFound) => Err(Failure::new("no_member", "the member is gone already")),
        Err(NotErased::OtherOperation) => {
            let words = "nothing was erased: the number of this erasure is taken; ask once more";
            Err(Failure::new("not_erased", words))
        }
    }
}

fn show(args: &EraseArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let ring = book.store.vault().ring();
    let found = book.store.read(|tx| list(tx, &ring, args.before, PAGE_MAX))?;
    let full = found.len() == PAGE_MAX as usize;
    let next_before = found.last().filter(|_| full).map(|last| last.id.to_string());
    let certificates = found.iter().map(CertificateAnswer::of).collect();
    output::print(&CertificatesAnswer { certificates, next_before }, json)
}
