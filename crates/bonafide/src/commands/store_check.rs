//! `bonafide store check`: looks through the whole book.

use bonafide_store::check::{Against, CheckReport, Finding, check};
use serde::Serialize;

use crate::book::BookArgs;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// What can be asked of the store.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum StoreCommand {
    /// Look through everything: the database's own check, the audit, every key, dead jobs. Exit code 0 only when nothing is
    /// damaged or lost.
    Check,
}

#[derive(Serialize)]
struct CheckAnswer {
    sound: bool,
    rows: u64,
    audit_entries: Option<u64>,
    keys_opened: u64,
    /// How the database looked at itself.
    engine_check: Option<&'static str>,
    findings: Vec<FindingAnswer>,
}

#[derive(Serialize)]
struct FindingAnswer {
    key: &'static str,
    damage: bool,
    detail: String,
    way_out: &'static str,
}

impl FindingAnswer {
    fn of(finding: &Finding) -> FindingAnswer {
        FindingAnswer {
            key: finding.key(),
            damage: finding.is_damage(),
            detail: format!("{finding:?}"),
            way_out: finding.way_out(),
        }
    }
}

impl CheckAnswer {
    fn of(report: &CheckReport) -> CheckAnswer {
        CheckAnswer {
            sound: report.is_sound(),
            rows: report.rows.iter().map(|(_, rows)| rows).sum(),
            audit_entries: report.audit.as_ref().map(|audit| audit.size),
            keys_opened: report.keys_opened,
            engine_check: report.engine_check,
            findings: report.findings.iter().map(FindingAnswer::of).collect(),
        }
    }
}

impl Answer for CheckAnswer {
    fn text(&self) -> String {
        let mut lines: Vec<String> =
            self.findings.iter().map(|one| format!("{}: {}: {}", one.key, one.detail, one.way_out)).collect();
        lines.push(format!(
            "{}: {} rows, {} audit entries, {} keys open",
            if self.sound { "sound" } else { "NOT SOUND" },
            self.rows,
            self.audit_entries.unwrap_or(0),
            self.keys_opened
        ));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// `not_sound` with the first finding when something is damaged or lost, and the keys of faults.
pub(crate) fn run(command: &StoreCommand, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let StoreCommand::Check = command;
    let book = book.open()?;
    let answer = CheckAnswer::of(&check(&book.store, Against::default()));
    if let Some(damage) = answer.findings.iter().find(|one| one.damage) {
        let words = format!(
            "{} findings; first {}: {}: {}",
            answer.findings.len(),
            damage.key,
            damage.detail,
            damage.way_out
        );
        return Err(Failure::new("not_sound", words));
    }
    output::print(&answer, json)
}
