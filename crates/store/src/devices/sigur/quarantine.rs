//! Entries of a SIGUR server's log that somebody should look at, kept as they came.
//!
//! An entry names a card, and often a person of the other system. It is sealed under a key of the installation, because mostly it is
//! of nobody whom the book knows; it goes with the member where it is of one, and in any case after [`KEPT_US`].

use serde_json::Value as Json;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::devices::sigur::delivery::LogEntry;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::keys::ring::{Aside, LOOKUP_BYTES};
use crate::organisation::NotFound;
use crate::store::Work;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// The table, as the audit names it.
pub const TABLE: &str = "sigur_quarantine";

/// Entries of one server that are kept at once.
pub const HELD_MAX: u32 = 10_000;

/// What is kept of an entry, in bytes.
pub const ENTRY_BYTES_MAX: usize = 4_096;

/// How long an entry is kept, in microseconds: 30 days, the bound of an erasure.
pub const KEPT_US: i64 = 30 * 86_400_000_000;

/// Entries on one page at most.
pub const PAGE_MAX: u32 = 200;

/// Entries that one call of [`sweep`] deletes at most.
pub const SWEPT_AT_ONCE_MAX: u32 = 1_000;

/// Why somebody should look at an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It has no number, so that it cannot be told from a resend. It is not counted.
    LogIdMissing,
    /// Another entry had this number: the server's log has begun anew. Register the server as a new device. It is not counted.
    LogIdReused,
    /// It names no access point. It is not counted.
    AccessPointMissing,
    /// Nobody has said what its access point is. It is not counted.
    AccessPointUnknown,
    /// It names no direction, and the door has both. It is not counted.
    DirectionUnknown,
    /// It names no card.
    CardMissing,
    /// What it names is no card's number.
    CardUnreadable,
    /// The card is nobody's.
    CardUnknown,
    /// The card may be several people's.
    CardAmbiguous,
    /// Its moment is far from the grant that its member has there: a clock is wrong, or it comes very late.
    Clock,
}

words! {
    /// The word that stands for why somebody should look at an entry.
    cause_word, cause_of_word: Cause {
        LogIdMissing = "log_id_missing", LogIdReused = "log_id_reused", AccessPointMissing = "access_point_missing",
        AccessPointUnknown = "access_point_unknown", DirectionUnknown = "direction_unknown",
        CardMissing = "card_missing", CardUnreadable = "card_unreadable", CardUnknown = "card_unknown",
        CardAmbiguous = "card_ambiguous", Clock = "clock",
    }
}

/// An entry that is about to be kept.
pub(super) struct Held<'a> {
    pub(super) server: Id,
    pub(super) hash: [u8; LOOKUP_BYTES],
    pub(super) entry: &'a LogEntry,
    pub(super) cause: Cause,
    pub(super) member: Option<Id>,
}

/// How many more entries of a server may be kept.
pub(super) fn room(tx: &mut Tx<'_>, server: Id) -> Result<u32, Fault> {
    let sql = "SELECT COUNT(*) FROM sigur_quarantine WHERE device_id = $1";
    Ok(HELD_MAX.saturating_sub(tx.query_one(sql, values![server])?.number(0)?))
}

/// Whether the very same entry is kept already.
pub(super) fn is_held(tx: &mut Tx<'_>, held: &Held<'_>) -> Result<bool, Fault> {
    let sql = "SELECT id FROM sigur_quarantine WHERE device_id = $1 AND entry_hash = $2";
    Ok(tx.query_opt(sql, values![held.server, held.hash])?.is_some())
}

/// Keeps an entry.
pub(super) fn hold(work: &mut Work<'_, '_>, acting: &Acting, held: &Held<'_>) -> Result<(), Fault> {
    let (id, raw) = (Id::new(acting.now_us)?, &held.entry.raw);
    let raw = &raw[..raw.floor_char_boundary(ENTRY_BYTES_MAX)];
    let sealed = work.vault.ring().seal_aside(Aside::ControllerEntry, id, raw.as_bytes())?;
    work.tx.execute(
        "INSERT INTO sigur_quarantine (id, device_id, entry_hash, log_id, received_us, cause, member_id, entry_sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            held.server,
            held.hash,
            held.entry.log_id,
            acting.now_us,
            cause_word(held.cause),
            held.member,
            sealed
        ],
    )?;
    Ok(())
}

/// An entry that is kept. No `Debug`: it names a card.
pub struct Kept {
    /// The row.
    pub id: Id,
    /// Its number in the server's log.
    pub log_id: Option<i64>,
    /// When it was received, in microseconds since 1970.
    pub received_us: i64,
    /// Why it is kept.
    pub cause: Cause,
    /// The member whose card it names, when it is one's.
    pub member: Option<Id>,
    /// The entry as it came, cut at [`ENTRY_BYTES_MAX`].
    pub entry: String,
}

/// The entries of a server that are kept, the oldest first, those after `after`; at most `limit` and [`PAGE_MAX`].
///
/// # Errors
/// When the book cannot be read, or an entry does not open.
pub fn list(
    tx: &mut Tx<'_>,
    vault: &Vault,
    server: Id,
    after: Option<Id>,
    limit: u32,
) -> Result<Vec<Kept>, Fault> {
    let after = after.map_or_else(Vec::new, |id| id.bytes().to_vec());
    let rows = tx.query(
        "SELECT id, log_id, received_us, cause, member_id, entry_sealed FROM sigur_quarantine
         WHERE device_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        values![server, after, limit.min(PAGE_MAX)],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let id = row.id(0)?;
            Ok(Kept {
                id,
                log_id: row.integer_or_null(1)?,
                received_us: row.integer(2)?,
                cause: cause_of_word(&row.text(3)?).ok_or_else(|| damaged("an entry of a log"))?,
                member: row.id_or_null(4)?,
                entry: opened(vault, id, &row.blob(5)?)?,
            })
        })
        .collect()
}

/// Whose log an entry is of; `None` when it is not kept (any more).
///
/// # Errors
/// When the book cannot be read.
pub fn server_of(tx: &mut Tx<'_>, id: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT device_id FROM sigur_quarantine WHERE id = $1", values![id])?;
    row.map(|mut row| row.id(0)).transpose()
}

/// Somebody has looked at an entry: it goes.
///
/// # Errors
/// When it cannot be written; the inner error when it is not kept (any more).
pub fn dismiss(work: &mut Work<'_, '_>, acting: &Acting, id: Id) -> Result<Result<(), NotFound>, Fault> {
    if work.tx.execute("DELETE FROM sigur_quarantine WHERE id = $1", values![id])? == 0 {
        return Ok(Err(NotFound));
    }
    record(work.tx, acting, "sigur_entry_dismissed", Subject::row(TABLE, id), None)?;
    Ok(Ok(()))
}

/// Deletes what has been kept for [`KEPT_US`], and tells how many; [`SWEPT_AT_ONCE_MAX`] when there are more.
///
/// # Errors
/// When it cannot be written.
pub fn sweep(tx: &mut Tx<'_>, now_us: i64) -> Result<u64, Fault> {
    tx.execute(
        "DELETE FROM sigur_quarantine WHERE id IN
             (SELECT id FROM sigur_quarantine WHERE received_us <= $1 ORDER BY received_us LIMIT $2)",
        values![now_us.saturating_sub(KEPT_US), SWEPT_AT_ONCE_MAX],
    )
}

/// The kept entries of a profile as its export has them.
pub(crate) fn of_profile(tx: &mut Tx<'_>, vault: &Vault, member: Id) -> Result<Vec<Json>, Fault> {
    let rows = tx.query(
        "SELECT id, received_us, cause, entry_sealed FROM sigur_quarantine WHERE member_id = $1
         ORDER BY received_us, id",
        values![member],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let (id, received_us, cause) = (row.id(0)?, row.integer(1)?, row.text(2)?);
            let entry = opened(vault, id, &row.blob(3)?)?;
            Ok(serde_json::json!({ "received_us": received_us, "why": cause, "entry": entry }))
        })
        .collect()
}

fn opened(vault: &Vault, id: Id, sealed: &[u8]) -> Result<String, Fault> {
    let damaged = || Fault::damaged(format!("the entry {id} of a log does not open"));
    let opened = vault.ring().open_aside(Aside::ControllerEntry, id, sealed).ok_or_else(damaged)?;
    String::from_utf8(opened.to_vec()).map_err(|_| damaged())
}
