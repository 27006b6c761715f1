//! Services that plans include in counted amounts, such as "minute of solarium".

use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::NotFound;
use crate::plans::LIST_MAX;
use crate::store::Work;
use crate::values;
use crate::written::damaged;

const TABLE: &str = "extras";

/// Adds an extra. It is what one of it is called.
///
/// # Errors
/// When it cannot be written.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, name: &Title) -> Result<Id, Fault> {
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO extras (id, name, added_us) VALUES ($1, $2, $3)",
        values![id, name.as_str(), acting.now_us],
    )?;
    record_change(work.tx, acting, "extra_added", Subject::row(TABLE, id), None, Some(&words_of(name)))?;
    Ok(id)
}

/// Calls an extra otherwise.
///
/// # Errors
/// When it cannot be written.
pub fn rename(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    name: &Title,
) -> Result<Result<(), NotFound>, Fault> {
    let row = work.tx.query_opt("SELECT name FROM extras WHERE id = $1", values![id])?;
    let Some(mut row) = row else { return Ok(Err(NotFound)) };
    let before = Title::parse(&row.text(0)?).map_err(|_| damaged("an extra"))?;
    work.tx.execute("UPDATE extras SET name = $1 WHERE id = $2", values![name.as_str(), id])?;
    let (before, after) = (words_of(&before), words_of(name));
    record_change(work.tx, acting, "extra_renamed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// What the trace says of an extra.
fn words_of(name: &Title) -> String {
    serde_json::json!({ "name": name.as_str() }).to_string()
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
