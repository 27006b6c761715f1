//! Members who leave the book in a file: how many may, and the trace of it, written before the file.
//!
//! Rows are counted over a day, so that an export in several parts is one export (S-04).

use crate::audit::entry::{Acting, SALT_BYTES, Subject, record, record_plain};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::seal::random;
use crate::members::list::SavedFilter;
use crate::members::{EXPORTED, TABLE};
use crate::store::Work;
use crate::values;

/// The table, as the audit names it.
pub const EXPORTS: &str = "exports";

/// Members that may leave in a day without a reason, unless the installation says otherwise.
pub const MEMBERS_PER_DAY_USUAL: u32 = 200;

/// Members that one file has at most.
pub const MEMBERS_MAX: u32 = 1_000_000;

/// Members whose entries are written in one transaction: between two of them others get their turn.
pub const BATCH_MEMBERS: usize = 500;

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

const SETTING: &str = "export_members_per_day";

/// An export that is about to be made.
#[derive(Debug, Clone)]
pub struct Export {
    /// How many members.
    pub members: u32,
    /// The columns by their names.
    pub columns: Vec<&'static str>,
    /// Who is in it.
    pub filter: SavedFilter,
    /// The name of the filter, if it was a kept one.
    pub filter_name: Option<String>,
    /// Why there are more than the limit.
    pub reason: Option<String>,
}

/// Why an export must not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotExported {
    /// More than a day's limit, and no reason.
    OverLimit {
        /// Members that have left in the last 24 hours.
        before: u64,
        /// The limit.
        limit: u32,
    },
}

/// Members that may leave in a day without a reason.
///
/// # Errors
/// When the book cannot be read.
pub fn limit(tx: &mut Tx<'_>) -> Result<u32, Fault> {
    let row = tx.query_opt("SELECT content FROM settings WHERE key = $1", values![SETTING])?;
    let Some(mut row) = row else { return Ok(MEMBERS_PER_DAY_USUAL) };
    row.text(0)?.parse().map_err(|_| Fault::damaged(format!("the setting {SETTING} is no number")))
}

/// Sets it.
///
/// # Errors
/// When it cannot be written.
pub fn set_limit(work: &mut Work<'_, '_>, acting: &Acting, members: u32) -> Result<(), Fault> {
    work.tx.execute(
        "INSERT INTO settings (key, content) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET content = excluded.content",
        values![SETTING, members.to_string()],
    )?;
    record(work.tx, acting, "export_limit_set", Subject::installation(), None).map(drop)
}

/// Lets an export happen and writes it down; `limit` may only be lower than the installation's. Nothing may be written into
/// a file before this was answered.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be made.
pub fn begin(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    export: &Export,
    asked_limit: Option<u32>,
) -> Result<Result<Id, NotExported>, Fault> {
    let own = limit(work.tx)?;
    let limit = asked_limit.map_or(own, |asked| asked.min(own));
    let since = acting.now_us.saturating_sub(DAY_US);
    // The server counts a sum of integers in decimals.
    let before = work
        .tx
        .query_one(
            "SELECT CAST(COALESCE(SUM(members), 0) AS BIGINT) FROM exports WHERE at_us > $1",
            values![since],
        )?
        .integer(0)?
        .unsigned_abs();
    if export.reason.is_none() && before + u64::from(export.members) > u64::from(limit) {
        return Ok(Err(NotExported::OverLimit { before, limit }));
    }
    let content = serde_json::json!({
        "members": export.members, "columns": export.columns, "filter": export.filter,
        "filter_name": export.filter_name, "reason": export.reason, "limit": limit, "before": before,
    })
    .to_string();
    let (id, salt) = (Id::new(acting.now_us)?, random::<SALT_BYTES>()?);
    let subject = Subject::row(EXPORTS, id);
    let entry = record_plain(work.tx, acting, "members_exported", subject, (&salt, &content))?;
    work.tx.execute(
        "INSERT INTO exports (id, audit_entry_id, at_us, members, content, salt) VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, entry, acting.now_us, export.members, content, *salt],
    )?;
    Ok(Ok(id))
}

/// Writes down for each of these members that he leaves in a file, so that he can be told.
///
/// # Errors
/// When it cannot be written: then he must not be in the file.
pub fn note_members(work: &mut Work<'_, '_>, acting: &Acting, members: &[Id]) -> Result<(), Fault> {
    for member in members {
        record(work.tx, acting, EXPORTED, Subject::row(TABLE, *member), None)?;
    }
    Ok(())
}
