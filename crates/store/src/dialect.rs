//! What the two engines say differently, under the name of its purpose.

use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::error::SqlState;
use rusqlite::ErrorCode;
use rusqlite::config::DbConfig;

use crate::db::{Connection, PostgresConnection, SqliteConnection, Tx};
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::keys::ring::LOOKUP_BYTES;
use crate::migration::Steps;
use crate::value::Row;
use crate::values;

/// How long a reader waits for the file's lock. Only a checkpoint or another program's backup ever holds it.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Bytes of the log of the keys after which it is written back into the file.
const KEYS_LOG_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of the book's log that stay when it begins anew: cutting it back takes longer than many commits.
const BOOK_LOG_BYTES_KEPT: u64 = 128 * 1024 * 1024;

/// Prepared statements that a SQLite connection keeps: more than this crate has.
const STATEMENTS_MAX: usize = 512;

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of this program's own.
    File(PathBuf),
    /// The address of a server, with its secret; never shown.
    Server(String),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::File(path) => path.fmt(f),
            Place::Server(_) => f.write_str("a PostgreSQL server"),
        }
    }
}

impl Place {
    /// Writers that work side by side: SQLite has one at a time, a server as many as its processors like.
    pub(crate) const fn writers(&self) -> usize {
        match self {
            Place::File(_) => 1,
            Place::Server(_) => 4,
        }
    }

    /// Requests that share one commit. A server gathers the commits of its own connections, and there a batch would make
    /// each request a witness of the other's conflict.
    pub(crate) const fn requests_per_commit(&self) -> usize {
        match self {
            Place::File(_) => 128,
            Place::Server(_) => 1,
        }
    }

    /// Whether the one writer orders the audit within its own commit; on a server a sequencer does so within a second.
    pub(crate) const fn orders_audit_in_commit(&self) -> bool {
        matches!(self, Place::File(_))
    }

    /// The steps for this engine.
    pub(crate) const fn steps(&self, steps: &Steps) -> &'static [(&'static str, &'static str)] {
        match self {
            Place::File(_) => steps.sqlite,
            Place::Server(_) => steps.postgres,
        }
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Reads and writes.
    Write,
    /// Only reads.
    Read,
}

/// Opens a connection. A file is made when a writer asks for it and it is not there.
pub(crate) fn connect(place: &Place, purpose: Use) -> Result<Connection, Fault> {
    match place {
        Place::File(path) => sqlite(path, purpose),
        Place::Server(address) => {
            let client = postgres::Client::connect(address, postgres::NoTls)
                .map_err(|error| postgres_fault(&error, "connect"))?;
            Ok(Connection::Postgres(Box::new(PostgresConnection::new(client))))
        }
    }
}

fn sqlite(path: &Path, purpose: Use) -> Result<Connection, Fault> {
    let fault = |error: rusqlite::Error| sqlite_fault(&error, "open");
    let connection = rusqlite::Connection::open(path).map_err(fault)?;
    connection.busy_timeout(LOCK_WAIT).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without this guarantee a statement on a table with a partial index is compiled anew whenever another value is bound to it,
    // which took most of the time of a decision at a door.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault)?;
    // Asked again after reading the file, because a failed sync here is no error of the statement, which even answers "wal":
    // but the file stays as it was.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; SELECT COUNT(*) FROM sqlite_schema;")
        .map_err(fault)?;
    let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(fault)?;
    if journal != "wal" {
        let words = format!("the journal is {journal}: a write to {} failed", path.display());
        return Err(Fault::new(FaultKind::Halted, words));
    }
    // FULL, because NORMAL may lose acknowledged commits when the power fails. secure_delete, because erased must mean
    // overwritten. The size of the log is cut back after each checkpoint, for the same reason; a busy book keeps some,
    // and [`forget_overwritten`] cuts it back when somebody is erased. No checkpoint by itself: SQLite keeps quiet about one whose
    // sync fails; see [`write_log_back`].
    // Temporary data stays where SQLite likes it: a large transaction's undo log kept in memory is walked from its beginning at
    // the end of each statement. Beyond 64 KiB it is a file that has no name, with pages as they are in the book: sealed.
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
             PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 0;
             PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -131072;",
        )
        .map_err(fault)?;
    if purpose == Use::Read {
        connection.execute_batch("PRAGMA query_only = ON;").map_err(fault)?;
    }
    Ok(Connection::Sqlite(SqliteConnection::new(connection)))
}

/// Begins a transaction that will write. On a server it is serialisable: two requests that would contradict each other
/// cannot both commit, and the one that loses is run again.
pub(crate) fn begin_write(connection: &mut Connection) -> Result<(), Fault> {
    connection.batch(match connection {
        Connection::Sqlite(_) => "BEGIN IMMEDIATE",
        Connection::Postgres(_) => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
    })
}

/// Begins a transaction that sees one moment and writes nothing.
pub(crate) fn begin_read(connection: &mut Connection) -> Result<(), Fault> {
    connection.batch(match connection {
        Connection::Sqlite(_) => "BEGIN DEFERRED",
        Connection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    })
}

/// Copies the whole book beside it before a migration changes it. A server's operator has his own backups, and the migration
/// is one transaction there too.
pub(crate) fn snapshot(connection: &mut Connection, folder: &Path, now_us: i64) -> Result<(), Fault> {
    match connection {
        Connection::Sqlite(_) => {
            let copy = folder.join(format!("before-migration-{now_us}.db"));
            let copy = copy.to_str().ok_or_else(|| Fault::broken("the folder's name is no UTF-8"))?;
            connection.tx().execute("VACUUM INTO $1", values![copy]).map(drop)
        }
        Connection::Postgres(_) => Ok(()),
    }
}

/// Writes the long log of the keys back into its file, between two transactions.
pub(crate) fn write_keys_log_back(connection: &mut Connection, place: &Place) -> Result<(), Fault> {
    let Place::File(path) = place else { return Ok(()) };
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let bytes = match std::fs::metadata(&log) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(Fault::new(FaultKind::Halted, format!("the log: {error}"))),
    };
    if bytes <= KEYS_LOG_BYTES_MAX {
        return Ok(());
    }
    write_log_back(connection).map(drop)
}

/// Writes the log of a file back into it, as far as nobody still reads an older moment; the answer is how many pages of the log are
/// written back by now. What is in the log is durable already, so that a full disk is no fault here: the log stays and is tried
/// again. A failed sync is one.
pub(crate) fn write_log_back(connection: &mut Connection) -> Result<u64, Fault> {
    match connection.tx().query_one("PRAGMA wal_checkpoint(PASSIVE)", &[]) {
        // Without a log the answer is -1.
        Ok(mut row) => Ok(u64::try_from(row.integer(2)?).unwrap_or(0)),
        Err(fault) if fault.kind == FaultKind::Full || fault.kind == FaultKind::Busy => Ok(0),
        Err(fault) => Err(fault),
    }
}

/// Has `told` called after each commit of a writer with the pages of its log; `false` where there is no log of ours.
pub(crate) fn watch_log(
    connection: &mut Connection,
    told: impl Fn(u64) + Send + 'static,
) -> Result<bool, Fault> {
    let Connection::Sqlite(file) = connection else { return Ok(false) };
    let connection = file.inner();
    let fault = |error: rusqlite::Error| sqlite_fault(&error, "watch the log");
    let limit = format!("PRAGMA journal_size_limit = {BOOK_LOG_BYTES_KEPT}; SELECT 1;");
    connection.execute_batch(&limit).map_err(fault)?;
    let hook = move |_: &mut rusqlite::hooks::Wal, pages| {
        told(u64::try_from(pages).unwrap_or(0));
        Ok(())
    };
    connection.wal_hook(Some(hook)).map_err(fault)?;
    Ok(true)
}

/// What was overwritten leaves the write-ahead log too, at once and not with the next checkpoint.
pub(crate) fn forget_overwritten(connection: &mut Connection) -> Result<(), Fault> {
    match connection {
        Connection::Sqlite(_) => {
            let busy = connection.tx().query_one("PRAGMA wal_checkpoint(TRUNCATE)", &[])?.integer(0)?;
            if busy == 0 {
                Ok(())
            } else {
                Err(Fault::new(FaultKind::Busy, "somebody else reads the keys' file"))
            }
        }
        // The server's log and its dead rows are its operator's: SECURITY.md says what that means.
        Connection::Postgres(_) => Ok(()),
    }
}

/// Makes sure that only one process of a chain migrates: each of them starts when the program was replaced.
pub(crate) fn lock_migration(connection: &mut Connection) -> Result<(), Fault> {
    match connection {
        // The folder's lock has seen to it.
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => connection.batch("SELECT pg_advisory_lock(5004)"),
    }
}

/// Lets the next process look.
pub(crate) fn unlock_migration(connection: &mut Connection) -> Result<(), Fault> {
    match connection {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => connection.batch("SELECT pg_advisory_unlock(5004)"),
    }
}

/// Makes sure that only one process orders the audit, until the transaction ends.
pub(crate) fn lock_audit_order(tx: &mut Tx<'_>) -> Result<(), Fault> {
    match tx {
        // The one writer is the lock.
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(_) => tx.query("SELECT pg_advisory_xact_lock(5005)::TEXT", &[]).map(drop),
    }
}

/// Takes the job that is due longest until `until_us`: id, kind, subject, payload, tries, until. A running job is due when its
/// claim ends, so that one order and one index serve both.
pub(crate) fn claim_job(tx: &mut Tx<'_>, now_us: i64, until_us: i64) -> Result<Option<Row>, Fault> {
    // Workers beside each other take different jobs instead of waiting for one. The one writer of a file has no neighbour.
    let beside = match tx {
        Tx::Sqlite(_) => "",
        Tx::Postgres(_) => "FOR UPDATE SKIP LOCKED",
    };
    let sql = format!(
        "UPDATE jobs SET state = 'running', tries = tries + 1, due_us = $1, claimed_until_us = $1
         WHERE id = (SELECT id FROM jobs WHERE state IN ('waiting', 'running') AND due_us <= $2
                     ORDER BY due_us, id LIMIT 1 {beside})
         RETURNING id, kind, subject_id, payload, tries, claimed_until_us"
    );
    tx.query_opt(&sql, values![until_us, now_us])
}

/// The credentials under these hashes, those of each by their ids and at most `most` of each: one hash that very many cards share must
/// not push out those of the others.
pub(crate) fn looked_up_credentials(
    tx: &mut Tx<'_>,
    hashes: &[[u8; LOOKUP_BYTES]],
    most: u32,
) -> Result<Vec<Id>, Fault> {
    const ONE: &str =
        "SELECT credential_id FROM credential_lookups WHERE hash = $1 ORDER BY credential_id LIMIT $2";
    let mut rows = Vec::new();
    if matches!(tx, Tx::Sqlite(_)) {
        // Four seeks cost less than putting one list together.
        for hash in hashes {
            rows.extend(tx.query(ONE, values![*hash, most])?);
        }
    } else if let Some((first, others)) = hashes.split_first() {
        let (mut values, mut sql) = (values![*first, most].to_vec(), format!("({ONE})"));
        for hash in others {
            values.push((*hash).into());
            let place = format!("${}", values.len());
            sql.push_str(&format!(" UNION ALL ({})", ONE.replace("$1", &place)));
        }
        rows = tx.query(&sql, &values)?;
    }
    rows.into_iter().map(|mut row| row.id(0)).collect()
}

/// The names of all tables.
pub(crate) fn tables(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    let sql = match tx {
        Tx::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Tx::Postgres(_) => {
            "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
        }
    };
    tx.query(sql, &[])?.into_iter().map(|mut row| row.text(0)).collect()
}

/// Lets the engine look at itself: how it did that, and its words about what is wrong.
pub(crate) fn integrity(tx: &mut Tx<'_>) -> Result<(&'static str, Vec<String>), Fault> {
    let mut words = Vec::new();
    if matches!(tx, Tx::Sqlite(_)) {
        for mut row in tx.query("PRAGMA integrity_check(1000)", &[])? {
            words.push(row.text(0)?);
        }
        words.retain(|word| word != "ok");
        for mut row in tx.query("PRAGMA foreign_key_check", &[])? {
            let (child, parent) = (row.text(0)?, row.text(2)?);
            words.push(format!("a row of {child} refers to a row of {parent} that is not there"));
        }
        return Ok(("integrity_check", words));
    }
    // The extension belongs to the server's operator; without it the rows are still read when they are counted.
    let ours = "SELECT EXISTS (SELECT 1 FROM pg_extension e JOIN pg_proc p ON p.proname = 'verify_heapam'
                 WHERE e.extname = 'amcheck' AND has_function_privilege(p.oid, 'execute'))";
    if !tx.query_one(ours, &[])?.boolean(0)? {
        return Ok(("rows_only", words));
    }
    let heap = "SELECT c.relname::TEXT || ': ' || v.msg FROM pg_class c, LATERAL verify_heapam(c.oid) v
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' LIMIT 1000";
    for mut row in tx.query(heap, &[])? {
        words.push(row.text(0)?);
    }
    // A damaged index is an error of the statement, and ends it.
    let index = "SELECT COUNT(bt_index_check(c.oid, true)::TEXT) FROM pg_class c JOIN pg_am a ON a.oid = c.relam
                 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'i' AND a.amname = 'btree'";
    tx.query_one(index, &[])?;
    Ok(("amcheck", words))
}

/// The columns of all tables in a form that is equal on both engines: `table.column`, its type in PostgreSQL's words, and
/// whether it may be NULL.
///
/// # Errors
/// When the book cannot be read.
pub fn layout(tx: &mut Tx<'_>) -> Result<Vec<(String, String, bool)>, Fault> {
    let sql = match tx {
        Tx::Sqlite(_) => {
            "SELECT m.name || '.' || c.name, c.type, c.\"notnull\" = 0
             FROM sqlite_schema m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        Tx::Postgres(_) => {
            "SELECT table_name || '.' || column_name, data_type::TEXT, is_nullable = 'YES'
             FROM information_schema.columns WHERE table_schema = current_schema()"
        }
    };
    let mut columns = Vec::new();
    for mut row in tx.query(sql, &[])? {
        let (name, kind, nullable) = (row.text(0)?, row.text(1)?, row.boolean(2)?);
        columns.push((name, common_type(&kind).to_owned(), nullable));
    }
    // The server's order of names depends on its locale.
    columns.sort();
    Ok(columns)
}

/// SQLite keeps booleans as integers that a CHECK limits.
fn common_type(kind: &str) -> &str {
    match kind {
        "INTEGER" | "boolean" => "bigint",
        "TEXT" => "text",
        "BLOB" => "bytea",
        "REAL" => "double precision",
        other => other,
    }
}

/// Whether a fault says that the row exists already.
#[must_use]
pub fn is_duplicate(fault: &Fault) -> bool {
    fault.kind == FaultKind::Duplicate
}

/// Begins a transaction of which every two that must not run beside each other change one row: see
/// [`crate::store::Store::write_by_rows`].
///
/// # Errors
/// As [`begin_write`].
pub(crate) fn begin_write_by_rows(connection: &mut Connection) -> Result<(), Fault> {
    match connection {
        Connection::Sqlite(_) => begin_write(connection),
        // A serializable one locks the gap in which it looked for a new id, and new ids are neighbours: tills that have nothing to do
        // with each other would all lose against each other.
        Connection::Postgres(_) => connection.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"),
    }
}

/// Whether running the transaction again may succeed: it lost against another one.
pub(crate) fn is_conflict(fault: &Fault) -> bool {
    fault.kind == FaultKind::Busy
}

pub(crate) fn sqlite_fault(error: &rusqlite::Error, sql: &str) -> Fault {
    let kind = match error.sqlite_error().map(|error| (error.code, error.extended_code)) {
        Some((ErrorCode::DiskFull, _)) => FaultKind::Full,
        // The index of the log holds nothing of its own. When it cannot grow, there is no space.
        Some((_, rusqlite::ffi::SQLITE_IOERR_SHMSIZE)) => FaultKind::Full,
        Some((ErrorCode::SystemIoFailure, _)) => FaultKind::Halted,
        Some((ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _)) => FaultKind::Busy,
        Some((ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)) => FaultKind::Damaged,
        Some((ErrorCode::CannotOpen, _)) => FaultKind::Unreachable,
        Some((
            _,
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | rusqlite::ffi::SQLITE_CONSTRAINT_ROWID,
        )) => FaultKind::Duplicate,
        _ => FaultKind::Broken,
    };
    // The code's own words name tables and columns, never values.
    Fault::new(kind, format!("{error}: {}", first_line(sql)))
}

/// Whether a statement was prepared before a table changed its form: prepared anew, it runs.
pub(crate) fn is_stale_plan(error: &postgres::Error) -> bool {
    error.as_db_error().is_some_and(|refusal| {
        *refusal.code() == SqlState::FEATURE_NOT_SUPPORTED && refusal.message().starts_with("cached plan")
    })
}

pub(crate) fn postgres_fault(error: &postgres::Error, sql: &str) -> Fault {
    let Some(refusal) = error.as_db_error() else {
        let kind = if error.is_closed()
            || std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
        {
            FaultKind::Unreachable
        } else {
            FaultKind::Broken
        };
        return Fault::new(kind, format!("{error}: {}", first_line(sql)));
    };
    let kind = match *refusal.code() {
        _ if is_stale_plan(error) => FaultKind::Busy,
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE => FaultKind::Busy,
        SqlState::UNIQUE_VIOLATION => FaultKind::Duplicate,
        SqlState::DISK_FULL => FaultKind::Full,
        SqlState::IO_ERROR => FaultKind::Halted,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => FaultKind::Damaged,
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            FaultKind::Unreachable
        }
        _ => FaultKind::Broken,
    };
    // Not the detail of the refusal: it quotes values.
    Fault::new(kind, format!("{} {}: {}", refusal.code().code(), refusal.message(), first_line(sql)))
}

fn first_line(sql: &str) -> &str {
    sql.trim().lines().next().unwrap_or("")
}
