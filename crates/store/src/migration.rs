//! The steps from one form of the book to the next, append-only: two folders with equal file names, one for each engine.
//!
//! A step runs in one transaction with the note that it ran. A book with a step that this program does not know was
//! written by a later one, and is refused before anything is touched.

use sha2::{Digest, Sha256};

use crate::db::Connection;
use crate::dialect::{self, Place};
use crate::fault::{Fault, FaultKind};
use crate::values;

/// The steps of one database in both forms: name and text.
pub(crate) struct Steps {
    pub(crate) sqlite: &'static [(&'static str, &'static str)],
    pub(crate) postgres: &'static [(&'static str, &'static str)],
}

macro_rules! steps {
    ($folder:literal: $($name:literal),* $(,)?) => {
        Steps {
            sqlite: &[$(($name, include_str!(concat!("migrations/", $folder, "sqlite/", $name, ".sql")))),*],
            postgres: &[$(($name, include_str!(concat!("migrations/", $folder, "postgres/", $name, ".sql")))),*],
        }
    };
}

/// The book.
pub(crate) const BOOK: Steps = steps!["":
    "0001-foundation", "0002-organisation", "0003-members", "0004-memberships", "0005-credentials",
    "0006-consents", "0007-imports", "0008-offer", "0009-photo-keys", "0010-exports", "0011-passages",
    "0012-staff", "0013-devices", "0014-qr", "0015-desk", "0016-liveness", "0017-provider", "0018-ledger",
    "0019-sends", "0020-programmes", "0021-purchases", "0022-corrections", "0023-surveys",
    "0024-offers", "0025-rewards", "0026-allowances", "0027-warnings",
    "0028-gift-reasons"];

/// The keys.
pub(crate) const KEYS: Steps = steps!["keys/": "0001-vault", "0002-told"];

const NOTES: &str = "CREATE TABLE IF NOT EXISTS applied_migrations (
    name TEXT NOT NULL PRIMARY KEY, sha256 BYTEA NOT NULL, at_us BIGINT NOT NULL)";

/// SQLite has other names for the same types.
fn notes(place: &Place) -> String {
    match place {
        Place::File(_) => NOTES.replace("BYTEA", "BLOB").replace("BIGINT", "INTEGER") + " STRICT",
        Place::Server(_) => NOTES.to_owned(),
    }
}

/// Brings the book to this program's form and tells how many steps that took. `before_first` runs when a book with content
/// is about to change: it takes a snapshot.
///
/// # Errors
/// [`FaultKind::Version`] for a book of a later program or a step whose text was changed since, and whatever a step fails
/// with: then nothing of it is left.
pub(crate) fn migrate(
    connection: &mut Connection,
    place: &Place,
    steps: &Steps,
    now_us: i64,
    before_first: impl FnOnce(&mut Connection) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    // When this fails on the way, the connection goes, and its lock with it.
    dialect::lock_migration(connection)?;
    let taken = migrate_alone(connection, place, steps, now_us, before_first)?;
    dialect::unlock_migration(connection)?;
    Ok(taken)
}

fn migrate_alone(
    connection: &mut Connection,
    place: &Place,
    steps: &Steps,
    now_us: i64,
    before_first: impl FnOnce(&mut Connection) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    connection.batch(&notes(place))?;
    let steps = place.steps(steps);
    let applied = applied(connection)?;
    check_known(&applied, steps)?;
    let open = &steps[applied.len()..];
    if !applied.is_empty() && !open.is_empty() {
        before_first(connection)?;
    }
    for (name, text) in open {
        dialect::begin_write(connection)?;
        let done = connection.batch(text).and_then(|()| {
            connection.tx().execute(
                "INSERT INTO applied_migrations (name, sha256, at_us) VALUES ($1, $2, $3)",
                values![*name, hash(text), now_us],
            )
        });
        match done {
            Ok(_) => connection.batch("COMMIT")?,
            Err(fault) => {
                // SQLite has often taken back by itself: the first fault is the one to tell.
                drop(connection.batch("ROLLBACK"));
                return Err(fault.at(format_args!("migration {name}")));
            }
        }
    }
    Ok(open.len())
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn applied(connection: &mut Connection) -> Result<Vec<(String, [u8; 32])>, Fault> {
    let mut applied = Vec::new();
    connection.tx().for_each(
        "SELECT name, sha256 FROM applied_migrations ORDER BY name",
        &[],
        |mut row| {
            applied.push((row.text(0)?, row.bytes(1)?));
            Ok(())
        },
    )?;
    applied.sort();
    Ok(applied)
}

fn check_known(applied: &[(String, [u8; 32])], steps: &[(&str, &str)]) -> Result<(), Fault> {
    for (index, (name, sha256)) in applied.iter().enumerate() {
        let Some((known, text)) = steps.get(index) else {
            let words = format!("the book has the step {name}, which is later than this program");
            return Err(Fault::new(FaultKind::Version, words));
        };
        if known != name || hash(text) != *sha256 {
            let words = format!("the book's step {name} is not this program's step {known}");
            return Err(Fault::new(FaultKind::Version, words));
        }
    }
    Ok(())
}
