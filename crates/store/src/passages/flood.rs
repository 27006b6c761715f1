//! A reader that is fed made-up cards (case D-24): the first unknown reads of a minute have a row each, all further ones one row
//! together and a count.
//!
//! So the book stays small, and the reader's neighbours are served. The answer is the same either way; on the way out, where it is an
//! open door, a read that was only counted has no grant. A code that opens nothing and names nobody counts as unknown here, and so
//! does whoever leaves without showing anything.

use crate::audit::entry::{Acting, Subject, record_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::store::Work;
use crate::values;

/// Unknown reads of one door in one minute that have a row each.
pub const UNKNOWN_A_MINUTE_MAX: u32 = 60;

const MINUTE_US: i64 = 60_000_000;

/// How long the counts of a minute are kept when there was no flood, and when there was: a day.
const KEPT_US: i64 = 86_400_000_000;

const fn minute_of(now_us: i64) -> i64 {
    now_us.div_euclid(MINUTE_US) * MINUTE_US
}

/// Where an unknown read goes.
pub(super) enum Read {
    /// It gets a row of its own; the first of a flood too.
    Row {
        /// From here on reads are only counted: the row stands for them.
        begins_flood: bool,
    },
    /// It was counted, and has this row together with others.
    Counted(Id),
}

/// Counts an unknown read at a door.
pub(super) fn count(tx: &mut Tx<'_>, access_point: Id, now_us: i64) -> Result<Read, Fault> {
    let mut row = tx.query_one(
        "INSERT INTO door_floods (access_point_id, minute_us, unknown, told) VALUES ($1, $2, 1, $3)
         ON CONFLICT (access_point_id, minute_us) DO UPDATE SET unknown = door_floods.unknown + 1
         RETURNING unknown, passage_id",
        values![access_point, minute_of(now_us), false],
    )?;
    let (unknown, passage) = (row.number(0)?, row.id_or_null(1)?);
    Ok(match passage {
        Some(passage) => Read::Counted(passage),
        None => Read::Row { begins_flood: unknown > UNKNOWN_A_MINUTE_MAX },
    })
}

/// The row that stands for all further unknown reads of this minute.
pub(super) fn begin(tx: &mut Tx<'_>, access_point: Id, now_us: i64, passage: Id) -> Result<(), Fault> {
    tx.execute(
        "UPDATE door_floods SET passage_id = $1 WHERE access_point_id = $2 AND minute_us = $3",
        values![passage, access_point, minute_of(now_us)],
    )?;
    Ok(())
}

/// How many unknown reads a door had in the minute of a moment.
///
/// # Errors
/// When the book cannot be read.
pub fn unknown_reads(tx: &mut Tx<'_>, access_point: Id, at_us: i64) -> Result<u32, Fault> {
    let row = tx.query_opt(
        "SELECT unknown FROM door_floods WHERE access_point_id = $1 AND minute_us = $2",
        values![access_point, minute_of(at_us)],
    )?;
    row.map_or(Ok(0), |mut row| row.number(0))
}

/// Writes down how many reads the floods of minutes that are over had, and forgets the counts of old ones; tells how many floods
/// were written down.
///
/// # Errors
/// When it cannot be written.
pub(super) fn sweep(work: &mut Work<'_, '_>, acting: &Acting, limit: u32) -> Result<u64, Fault> {
    let rows = work.tx.query(
        "SELECT access_point_id, minute_us, unknown, passage_id FROM door_floods
         WHERE NOT told AND minute_us < $1 ORDER BY minute_us, access_point_id LIMIT $2",
        values![minute_of(acting.now_us), limit],
    )?;
    let mut swept = 0;
    for mut row in rows {
        let (access_point, minute_us, unknown) = (row.id(0)?, row.integer(1)?, row.number(2)?);
        if row.id_or_null(3)?.is_some() {
            let json = serde_json::json!({ "minute_us": minute_us, "unknown": unknown }).to_string();
            let subject = Subject::row("access_points", access_point);
            record_words(work.tx, acting, "unknown_reads_counted", subject, json)?;
        }
        work.tx.execute(
            "UPDATE door_floods SET told = $1 WHERE access_point_id = $2 AND minute_us = $3",
            values![true, access_point, minute_us],
        )?;
        swept += 1;
    }
    work.tx
        .execute("DELETE FROM door_floods WHERE told AND minute_us < $1", values![acting.now_us - KEPT_US])?;
    Ok(swept)
}
