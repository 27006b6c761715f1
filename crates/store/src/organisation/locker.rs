//! Lockers, each in a zone.

use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::{Closing, Kept, LIST_MAX, NotFound, write_closing, zone};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::damaged;

const TABLE: &str = "lockers";

/// A locker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locker {
    /// The zone that it is in.
    pub zone: Id,
    /// What the club calls it.
    pub name: Title,
}

/// Why a locker is not added or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockerRefusal {
    /// There is none with this id.
    NotFound,
    /// There is no such zone.
    NoZone,
}

/// Adds a locker.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    locker: &Locker,
) -> Result<Result<Id, LockerRefusal>, Fault> {
    if zone::get(work.tx, locker.zone)?.is_none() {
        return Ok(Err(LockerRefusal::NoZone));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO lockers (id, zone_id, name) VALUES ($1, $2, $3)",
        values![id, locker.zone, locker.name.as_str()],
    )?;
    record_change(work.tx, acting, "locker_added", Subject::row(TABLE, id), None, Some(&words_of(locker)))?;
    Ok(Ok(id))
}

/// Puts another content in the place of a locker's.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    locker: &Locker,
) -> Result<Result<(), LockerRefusal>, Fault> {
    if zone::get(work.tx, locker.zone)?.is_none() {
        return Ok(Err(LockerRefusal::NoZone));
    }
    let Some(before) = get(work.tx, id)? else { return Ok(Err(LockerRefusal::NotFound)) };
    work.tx.execute(
        "UPDATE lockers SET zone_id = $1, name = $2 WHERE id = $3",
        values![locker.zone, locker.name.as_str(), id],
    )?;
    let (before, after) = (words_of(&before.content), words_of(locker));
    record_change(work.tx, acting, "locker_changed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// Takes a locker out of use, or into use again. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set_closed(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    closed: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let before = get(work.tx, id)?.map(|kept| kept.closed_us);
    let sql = "UPDATE lockers SET closed_us = $1 WHERE id = $2";
    let action = if closed { "locker_closed" } else { "locker_reopened" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed, sql, action })
}

/// A locker, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<Locker>>, Fault> {
    let sql = "SELECT id, zone_id, name, closed_us FROM lockers WHERE id = $1";
    tx.query_opt(sql, values![id])?.map(from_row).transpose()
}

/// The lockers of a zone that are in use, the oldest first; `closed` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, zone: Id, closed: bool) -> Result<Vec<Kept<Locker>>, Fault> {
    let rows = tx.query(
        "SELECT id, zone_id, name, closed_us FROM lockers
         WHERE zone_id = $1 AND (closed_us IS NULL OR $2 = 1) ORDER BY id LIMIT $3",
        values![zone, i64::from(closed), LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The lockers that are called so, of all branches, to the letter, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<Kept<Locker>>, Fault> {
    let rows = tx.query(
        "SELECT id, zone_id, name, closed_us FROM lockers WHERE name = $1 ORDER BY id LIMIT $2",
        values![name, LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// What the trace says of a locker.
fn words_of(locker: &Locker) -> String {
    serde_json::json!({ "zone": locker.zone, "name": locker.name.as_str() }).to_string()
}

fn from_row(mut row: Row) -> Result<Kept<Locker>, Fault> {
    let name = Title::parse(&row.text(2)?).map_err(|_| damaged("a locker"))?;
    Ok(Kept {
        id: row.id(0)?,
        content: Locker { zone: row.id(1)?, name },
        closed_us: row.integer_or_null(3)?,
    })
}
