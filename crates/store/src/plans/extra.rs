//! Services that plans include in counted amounts, such as "minute of solarium".

use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::plans::LIST_MAX;
use crate::store::Work;
use crate::values;
use crate::written::damaged;

const TABLE: &str = "extras";

/// Why an extra is not added or called otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraRefusal {
    /// There is none with this id.
    NotFound,
    /// Another one is called so: in a plan and on a receipt nobody could tell them apart.
    NameTaken,
}

/// Adds an extra. It is what one of it is called.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    name: &Title,
) -> Result<Result<Id, ExtraRefusal>, Fault> {
    if of_name(work.tx, name)?.is_some() {
        return Ok(Err(ExtraRefusal::NameTaken));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO extras (id, name, added_us) VALUES ($1, $2, $3)",
        values![id, name.as_str(), acting.now_us],
    )?;
    record_change(work.tx, acting, "extra_added", Subject::row(TABLE, id), None, Some(&words_of(name)))?;
    Ok(Ok(id))
}

/// Calls an extra otherwise. Tells whether it was called otherwise before.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn rename(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    name: &Title,
) -> Result<Result<bool, ExtraRefusal>, Fault> {
    let row = work.tx.query_opt("SELECT name FROM extras WHERE id = $1", values![id])?;
    let Some(mut row) = row else { return Ok(Err(ExtraRefusal::NotFound)) };
    let before = Title::parse(&row.text(0)?).map_err(|_| damaged("an extra"))?;
    if before == *name {
        return Ok(Ok(false));
    }
    if of_name(work.tx, name)?.is_some() {
        return Ok(Err(ExtraRefusal::NameTaken));
    }
    work.tx.execute("UPDATE extras SET name = $1 WHERE id = $2", values![name.as_str(), id])?;
    let (before, after) = (words_of(&before), words_of(name));
    record_change(work.tx, acting, "extra_renamed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(true))
}

/// What the trace says of an extra.
fn words_of(name: &Title) -> String {
    serde_json::json!({ "name": name.as_str() }).to_string()
}

fn of_name(tx: &mut Tx<'_>, name: &Title) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT id FROM extras WHERE name = $1 LIMIT 1", values![name.as_str()])?;
    row.map(|mut row| row.id(0)).transpose()
}

/// All extras, the oldest first.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<(Id, Title)>, Fault> {
    let rows = tx.query("SELECT id, name FROM extras ORDER BY id LIMIT $1", values![LIST_MAX])?;
    let title = |text: &str| Title::parse(text).map_err(|_| damaged("an extra"));
    rows.into_iter().map(|mut row| Ok((row.id(0)?, title(&row.text(1)?)?))).collect()
}
