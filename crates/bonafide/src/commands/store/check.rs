//! `bonafide store check`: looks through the whole book.

use bonafide_store::check::{Against, CheckReport, Finding, check};
use bonafide_store::ledger::{account_word, verify as ledger};
use bonafide_store::members::verify::Mismatch;
use serde::Serialize;

use crate::book::Book;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;

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
            detail: words(finding),
            way_out: finding.way_out(),
        }
    }
}

/// What was found, for whoever runs the server.
fn words(finding: &Finding) -> String {
    match finding {
        Finding::Engine { database, words } => format!("the database of the {database} says: {words}"),
        Finding::Unreadable { part, fault } => format!("{part} cannot be read: {}", fault.context),
        Finding::Audit(_) => {
            "the trace was changed: `bonafide audit verify` names the first entry".to_owned()
        }
        Finding::Unordered { entries } => format!("{entries} audit entries have no place in the order yet"),
        Finding::KeyDamaged { key } => format!("the key {key} does not open"),
        Finding::KeyMissing { table, key } => {
            format!("a row of {table} needs the key {key}, which is not there")
        }
        Finding::KeyDestroyed { table, key } => format!("a row of {table} outlived its key {key}"),
        Finding::Member(Mismatch::Profile { member }) => {
            format!("the profile of the member {member} does not open")
        }
        Finding::Member(Mismatch::Lookups { member }) => {
            format!("the member {member} is found by something else than what stands in the profile")
        }
        Finding::Membership(wrong) => {
            format!("{} of the row {} is not what the history makes", wrong.column, wrong.row)
        }
        Finding::Ledger(mismatch) => points(mismatch),
        Finding::Gifts(wrong) => format!(
            "how many of the gift {} lie at the branch {} is not what came and went",
            wrong.gift, wrong.branch
        ),
        Finding::Credential(wrong) => format!("the credential {}: {}", wrong.credential, wrong.why),
        Finding::JobsDead { jobs } => format!("{jobs} jobs are not tried any more"),
        Finding::AndMore { key, more } => format!("{more} more of the kind {key}"),
    }
}

/// What does not fit in the ledger.
fn points(mismatch: &ledger::Mismatch) -> String {
    match *mismatch {
        ledger::Mismatch::Chain { wallet, sequence } => {
            format!("the transfer {sequence} of the wallet {wallet} is not as it was written")
        }
        ledger::Mismatch::Transfer { wallet, sequence, why } => {
            format!("the transfer {sequence} of the wallet {wallet} cannot follow from those before: {why:?}")
        }
        ledger::Mismatch::Wallet { wallet, part } => {
            let part = match part {
                ledger::Part::Sums => "the sums",
                ledger::Part::Lots => "the lots",
                ledger::Part::Holds => "the open holds",
                ledger::Part::Earnings => "the points that wait",
            };
            format!("{part} of the wallet {wallet} are not what its transfers make")
        }
        ledger::Mismatch::House { programme, place, account } => format!(
            "the account {} of the place {place} in the programme {programme} is not the sum of the transfers",
            account_word(account)
        ),
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
pub(super) fn run(book: &Book, json: bool) -> Result<(), Failure> {
    let bar = progress::counter("");
    let report = check(&book.store, Against::default(), |part, rows| {
        bar.set_message(part);
        bar.set_position(rows);
    });
    bar.finish_and_clear();
    let answer = CheckAnswer::of(&report);
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
