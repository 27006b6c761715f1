//! Looks through the whole book and its keys, and names what is wrong with the way out: `bonafide store check`.
//!
//! It changes nothing. A part that cannot be read is a finding too, and the other parts are still looked at. What it cannot
//! see: a flipped bit in a plain value (a count, a kind, a time) that is no part of an index, a seal, a history or the audit.

use std::collections::BTreeSet;

use crate::audit::merkle::Hash;
use crate::audit::verify::{Broken, Verified, verify};
use crate::credentials::history::{WrongState, verify_states};
use crate::db::Tx;
use crate::dialect;
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::jobs;
use crate::ledger;
use crate::members::verify::verify_profiles;
use crate::memberships::verify::verify_memberships;
use crate::store::Store;
use crate::{members, memberships, rewards};

/// The columns that hold the id of a member's key, as table and column. A table with such a column adds itself here.
pub const KEY_COLUMNS: &[(&str, &str)] =
    &[("members", "key_id"), ("credentials", "key_id"), ("member_photos", "key_id")];

/// Findings of one kind that are listed one by one; of more, the number is told.
pub const LISTED_MAX: usize = 100;

/// How often the look at the keys tells how far it is.
const PROGRESS_EVERY: usize = 10_000;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The engine finds its own file or index damaged.
    Engine {
        /// Which database: `book` or `keys`.
        database: &'static str,
        /// The engine's words.
        words: String,
    },
    /// A part cannot be read to its end.
    Unreadable {
        /// Which part.
        part: &'static str,
        /// Why.
        fault: Fault,
    },
    /// The audit does not fit.
    Audit(Broken),
    /// Entries have no place in the audit's order: the sequencer does not run.
    Unordered {
        /// How many.
        entries: u64,
    },
    /// A member's key does not open: a bit was changed.
    KeyDamaged {
        /// Which.
        key: Id,
    },
    /// A row needs a key that is not there and was never destroyed: the keys are older than the book.
    KeyMissing {
        /// The row's table.
        table: &'static str,
        /// Which key.
        key: Id,
    },
    /// A row outlived its member's key.
    KeyDestroyed {
        /// The row's table.
        table: &'static str,
        /// Which key.
        key: Id,
    },
    /// A member's profile, or what he is found by, is not as it was written.
    Member(members::verify::Mismatch),
    /// A membership's columns are not what its history makes.
    Membership(memberships::verify::Mismatch),
    /// A credential's state is not what its history makes.
    Credential(WrongState),
    /// Points are not what their transfers make.
    Ledger(ledger::verify::Mismatch),
    /// How many of a gift lie at a branch is not what came and went.
    Gifts(rewards::stock::Mismatch),
    /// Jobs are dead.
    JobsDead {
        /// How many.
        jobs: u64,
    },
    /// More of the same kind than are listed.
    AndMore {
        /// The kind's key.
        key: &'static str,
        /// How many are not listed.
        more: u64,
    },
}

impl Finding {
    /// Stable key for programs.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Finding::Engine { .. } => "engine",
            Finding::Unreadable { .. } => "unreadable",
            Finding::Audit(_) => "audit",
            Finding::Unordered { .. } => "audit_unordered",
            Finding::KeyDamaged { .. } => "key_damaged",
            Finding::KeyMissing { .. } => "key_missing",
            Finding::KeyDestroyed { .. } => "key_destroyed",
            Finding::Member(_) => "member",
            Finding::Membership(_) => "membership",
            Finding::Credential(_) => "credential",
            Finding::Ledger(_) => "ledger",
            Finding::Gifts(_) => "gifts",
            Finding::JobsDead { .. } => "jobs_dead",
            Finding::AndMore { .. } => "and_more",
        }
    }

    /// Whether something is damaged or lost, and not only left to be done.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        !matches!(self, Finding::Unordered { .. } | Finding::KeyDestroyed { .. } | Finding::JobsDead { .. })
    }

    /// What a person can do.
    #[must_use]
    pub const fn way_out(&self) -> &'static str {
        match self {
            Finding::Engine { .. } => {
                "stop the program, keep a copy of the files, restore the last backup; check the disk"
            }
            Finding::Unreadable { fault, .. } => match fault.kind {
                FaultKind::Damaged => "stop the program, keep a copy of the files, restore the last backup",
                other => other.way_out(),
            },
            Finding::Audit(_) => {
                "somebody or something changed the book behind the program: compare with a backup of the day before, from this entry on"
            }
            Finding::Unordered { .. } => "look again in a minute; when it stays, start the program again",
            Finding::KeyDamaged { .. } => {
                "restore the keys from a backup: without its key this member cannot be read"
            }
            Finding::KeyMissing { .. } => "restore the keys of the same day as the book",
            Finding::KeyDestroyed { .. } => "start the program again: it finishes the erasure",
            Finding::Member(_)
            | Finding::Membership(_)
            | Finding::Credential(_)
            | Finding::Ledger(_)
            | Finding::Gifts(_) => {
                "the row was changed behind the program: compare it with a backup of the day before"
            }
            Finding::JobsDead { .. } => "`bonafide store jobs` shows their last faults; revive them there",
            Finding::AndMore { .. } => "they have the same way out as those listed",
        }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// What is wrong, in the order of looking; nothing when all is well.
    pub findings: Vec<Finding>,
    /// Rows of each table that could be counted.
    pub rows: Vec<(String, u64)>,
    /// How the engine looked at itself: `integrity_check`, `amcheck`, or `rows_only` when a server has no such means for us.
    pub engine_check: Option<&'static str>,
    /// The audit, as far as it could be read.
    pub audit: Option<Verified>,
    /// Members' keys that open.
    pub keys_opened: u64,
    /// Keys that no row refers to: those made in advance, and those of members that were never finished. `None` while no table
    /// refers to keys.
    pub keys_unreferenced: Option<u64>,
    /// The steps that made the book's form.
    pub migrations: Vec<String>,
}

impl CheckReport {
    /// Whether nothing is damaged or lost.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(Finding::is_damage)
    }
}

/// What to compare with.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// Heads of the audit that were kept elsewhere: size and root.
    pub heads: &'a [(u64, Hash)],
    /// The columns with the ids of keys.
    pub key_columns: &'a [(&'static str, &'static str)],
}

impl Default for Against<'_> {
    fn default() -> Self {
        Against { heads: &[], key_columns: KEY_COLUMNS }
    }
}

/// Looks through everything. A book that cannot even be opened has been refused before, with its fault. `progress` hears which
/// part is looked at, and how many rows of it were.
pub fn check(
    store: &Store,
    against: Against<'_>,
    mut progress: impl FnMut(&'static str, u64),
) -> CheckReport {
    let mut looking = Looking {
        store,
        progress: &mut progress,
        report: CheckReport {
            findings: Vec::new(),
            rows: Vec::new(),
            engine_check: None,
            audit: None,
            keys_opened: 0,
            keys_unreferenced: None,
            migrations: Vec::new(),
        },
    };
    looking.engine();
    looking.migrations();
    looking.audit(against.heads);
    looking.keys(against.key_columns);
    looking.profiles();
    looking.histories();
    looking.ledger();
    looking.jobs();
    looking.report
}

struct Looking<'a> {
    store: &'a Store,
    progress: &'a mut dyn FnMut(&'static str, u64),
    report: CheckReport,
}

impl Looking<'_> {
    fn found(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// As many as are listed, and the number of the rest.
    fn found_all(&mut self, findings: Vec<Finding>) {
        let more = findings.len().saturating_sub(LISTED_MAX) as u64;
        let key = findings.first().map(Finding::key);
        self.report.findings.extend(findings.into_iter().take(LISTED_MAX));
        if let (Some(key), 1..) = (key, more) {
            self.found(Finding::AndMore { key, more });
        }
    }

    /// A part's answer, or the finding that it cannot be read.
    fn part<T>(&mut self, part: &'static str, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.found(Finding::Unreadable { part, fault })).ok()
    }

    fn engine(&mut self) {
        (self.progress)("database", 0);
        let book = self.store.read(dialect::integrity);
        if let Some((how, words)) = self.part("engine", book) {
            self.report.engine_check = Some(how);
            self.found_all(
                words.into_iter().map(|words| Finding::Engine { database: "book", words }).collect(),
            );
        }
        let keys = self.store.vault().ask(dialect::integrity);
        if let Some((_, words)) = self.part("keys_engine", keys) {
            self.found_all(
                words.into_iter().map(|words| Finding::Engine { database: "keys", words }).collect(),
            );
        }
        let tables = self.store.read(dialect::tables);
        for table in self.part("tables", tables).into_iter().flatten() {
            let counted = self.store.read(|tx| {
                // Of the engine's own list, in quotes.
                tx.query_one(&format!("SELECT COUNT(*) FROM \"{table}\""), &[])?.integer(0)
            });
            if let Some(rows) = self.part("rows", counted) {
                self.report.rows.push((table, rows.unsigned_abs()));
            }
        }
    }

    fn migrations(&mut self) {
        let names = self.store.read(|tx| {
            let rows = tx.query("SELECT name FROM applied_migrations ORDER BY name", &[])?;
            rows.into_iter().map(|mut row| row.text(0)).collect()
        });
        if let Some(names) = self.part("migrations", names) {
            self.report.migrations = names;
        }
    }

    fn audit(&mut self, heads: &[(u64, Hash)]) {
        let key = self.store.vault().ring().verifying_key();
        let progress = &mut *self.progress;
        let verified = self.store.read(|tx| verify(tx, &key, heads, |entries| progress("audit", entries)));
        if let Some(verified) = self.part("audit", verified) {
            if let Some(broken) = verified.broken.clone() {
                self.found(Finding::Audit(broken));
            }
            if verified.unordered > 0 {
                self.found(Finding::Unordered { entries: verified.unordered });
            }
            self.report.audit = Some(verified);
        }
    }

    fn keys(&mut self, columns: &[(&'static str, &'static str)]) {
        let (mut there, mut damaged) = (BTreeSet::new(), Vec::new());
        let progress = &mut *self.progress;
        let read = self.store.vault().try_each(|key, opens| {
            there.insert(key);
            if there.len().is_multiple_of(PROGRESS_EVERY) {
                progress("keys", there.len() as u64);
            }
            if !opens {
                damaged.push(Finding::KeyDamaged { key });
            }
        });
        self.report.keys_opened = (there.len() - damaged.len()) as u64;
        self.found_all(damaged);
        // Without the whole list of keys, every row would seem to lack its own.
        let Some(()) = self.part("keys", read) else { return };
        let destroyed = self.store.vault().destroyed();
        let Some(destroyed) = self.part("destroyed_keys", destroyed) else { return };
        let destroyed: BTreeSet<Id> = destroyed.into_iter().map(|(key, _)| key).collect();
        let mut referred = BTreeSet::new();
        for (table, column) in columns {
            let named = self.store.read(|tx| keys_named_in(tx, table, column));
            let Some(named) = self.part(table, named) else { continue };
            let (erased, missing): (Vec<Id>, Vec<Id>) =
                named.difference(&there).partition(|key| destroyed.contains(key));
            self.found_all(missing.into_iter().map(|key| Finding::KeyMissing { table, key }).collect());
            self.found_all(erased.into_iter().map(|key| Finding::KeyDestroyed { table, key }).collect());
            referred.extend(named);
        }
        if !columns.is_empty() {
            self.report.keys_unreferenced = Some(there.difference(&referred).count() as u64);
        }
    }

    fn profiles(&mut self) {
        let (store, progress) = (self.store, &mut *self.progress);
        let verified =
            store.read(|tx| verify_profiles(tx, store.vault(), |members| progress("members", members)));
        if let Some(found) = self.part("members", verified) {
            self.found_all(found.into_iter().map(Finding::Member).collect());
        }
    }

    fn histories(&mut self) {
        (self.progress)("memberships", 0);
        let memberships = self.store.read(verify_memberships);
        if let Some(found) = self.part("memberships", memberships) {
            self.found_all(found.into_iter().map(Finding::Membership).collect());
        }
        (self.progress)("credentials", 0);
        let credentials = self.store.read(verify_states);
        if let Some(found) = self.part("credentials", credentials) {
            self.found_all(found.into_iter().map(Finding::Credential).collect());
        }
    }

    fn ledger(&mut self) {
        (self.progress)("ledger", 0);
        let mut found = Vec::new();
        let verified = ledger::verify::verify(self.store, |mismatch| found.push(Finding::Ledger(mismatch)));
        self.part("ledger", verified);
        self.found_all(found);
        let gifts = self.store.read(rewards::stock::verify);
        if let Some(found) = self.part("gifts", gifts) {
            self.found_all(found.into_iter().map(Finding::Gifts).collect());
        }
    }

    fn jobs(&mut self) {
        let counts = self.store.read(jobs::counts);
        if let Some(counts) = self.part("jobs", counts)
            && counts.dead > 0
        {
            self.found(Finding::JobsDead { jobs: counts.dead });
        }
    }
}

fn keys_named_in(tx: &mut Tx<'_>, table: &str, column: &str) -> Result<BTreeSet<Id>, Fault> {
    let mut named = BTreeSet::new();
    tx.for_each(&format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL"), &[], |mut row| {
        named.insert(row.id(0)?);
        Ok(())
    })?;
    Ok(named)
}
