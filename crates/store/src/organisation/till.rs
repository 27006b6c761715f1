//! Tills: where a branch takes money.

use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::branch::Branch;
use crate::organisation::{Closing, Kept, LIST_MAX, NotFound, branch, write_closing};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::damaged;

const TABLE: &str = "tills";

/// A till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Till {
    /// The branch that it is in.
    pub branch: Id,
    /// What the club calls it.
    pub name: Title,
}

/// Why a till is not added or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TillRefusal {
    /// There is none with this id.
    NotFound,
    /// There is no such branch.
    NoBranch,
}

/// Adds a till.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, till: &Till) -> Result<Result<Id, TillRefusal>, Fault> {
    if branch::get(work.tx, till.branch)?.is_none() {
        return Ok(Err(TillRefusal::NoBranch));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO tills (id, branch_id, name) VALUES ($1, $2, $3)",
        values![id, till.branch, till.name.as_str()],
    )?;
    record_change(work.tx, acting, "till_added", Subject::row(TABLE, id), None, Some(&words_of(till)))?;
    Ok(Ok(id))
}

/// Puts another content in the place of a till's.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    till: &Till,
) -> Result<Result<(), TillRefusal>, Fault> {
    if branch::get(work.tx, till.branch)?.is_none() {
        return Ok(Err(TillRefusal::NoBranch));
    }
    let Some(before) = get(work.tx, id)? else { return Ok(Err(TillRefusal::NotFound)) };
    work.tx.execute(
        "UPDATE tills SET branch_id = $1, name = $2 WHERE id = $3",
        values![till.branch, till.name.as_str(), id],
    )?;
    let (before, after) = (words_of(&before.content), words_of(till));
    record_change(work.tx, acting, "till_changed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// Takes a till out of use, or into use again. Tells whether it was otherwise before.
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
    let sql = "UPDATE tills SET closed_us = $1 WHERE id = $2";
    let action = if closed { "till_closed" } else { "till_reopened" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed, sql, action })
}

/// A till, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<Till>>, Fault> {
    let sql = "SELECT id, branch_id, name, closed_us FROM tills WHERE id = $1";
    tx.query_opt(sql, values![id])?.map(from_row).transpose()
}

/// A till with its branch.
#[derive(Debug, Clone)]
pub struct TillPlace {
    /// The till.
    pub till: Kept<Till>,
    /// Where it stands.
    pub branch: Kept<Branch>,
}

/// A till with its branch, closed ones included; nothing when there is none.
///
/// # Errors
/// When the book cannot be read.
pub fn with_branch(tx: &mut Tx<'_>, id: Id) -> Result<Option<TillPlace>, Fault> {
    let sql = "SELECT b.id, b.name, b.zone, b.currency, b.jurisdiction, b.language, b.opening, b.closed_us,
             t.id, t.branch_id, t.name, t.closed_us
         FROM tills t JOIN branches b ON b.id = t.branch_id WHERE t.id = $1";
    let Some(mut row) = tx.query_opt(sql, values![id])? else { return Ok(None) };
    let till = from_row(row.split_off(8))?;
    Ok(Some(TillPlace { till, branch: branch::from_row(row)? }))
}

/// The tills of a branch that are in use, the oldest first; `closed` adds the others.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, branch: Id, closed: bool) -> Result<Vec<Kept<Till>>, Fault> {
    let rows = tx.query(
        "SELECT id, branch_id, name, closed_us FROM tills
         WHERE branch_id = $1 AND (closed_us IS NULL OR $2 = 1) ORDER BY id LIMIT $3",
        values![branch, i64::from(closed), LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// The tills that are called so, of all branches, to the letter, closed ones included.
///
/// # Errors
/// When the book cannot be read.
pub fn of_name(tx: &mut Tx<'_>, name: &str) -> Result<Vec<Kept<Till>>, Fault> {
    let rows = tx.query(
        "SELECT id, branch_id, name, closed_us FROM tills WHERE name = $1 ORDER BY id LIMIT $2",
        values![name, LIST_MAX],
    )?;
    rows.into_iter().map(from_row).collect()
}

/// What the trace says of a till.
fn words_of(till: &Till) -> String {
    serde_json::json!({ "branch": till.branch, "name": till.name.as_str() }).to_string()
}

fn from_row(mut row: Row) -> Result<Kept<Till>, Fault> {
    let name = Title::parse(&row.text(2)?).map_err(|_| damaged("a till"))?;
    Ok(Kept {
        id: row.id(0)?,
        content: Till { branch: row.id(1)?, name },
        closed_us: row.integer_or_null(3)?,
    })
}
