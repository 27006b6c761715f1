//! Bonus programmes.

use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{damaged, to_text};

const TABLE: &str = "programmes";

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// What members call it.
    pub name: Title,
    /// The currency of its receipts. It never changes: the points of two currencies never meet (case T-22).
    pub currency: Currency,
}

/// Adds a programme.
///
/// # Errors
/// When it cannot be written.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, programme: &Programme) -> Result<Id, Fault> {
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO programmes (id, name, currency) VALUES ($1, $2, $3)",
        values![id, programme.name.as_str(), programme.currency.code()],
    )?;
    let words = to_text(&(programme.name.as_str(), programme.currency.code()))?;
    record_change(work.tx, acting, "programme_added", Subject::row(TABLE, id), None, Some(&words))?;
    Ok(id)
}

/// A programme that is not closed.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Programme>, Fault> {
    let sql = "SELECT id, name, currency FROM programmes WHERE id = $1 AND closed_us IS NULL";
    tx.query_opt(sql, values![id])?.map(|row| programme(row).map(|(_, found)| found)).transpose()
}

/// All that are not closed, in the order in which they were added.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<(Id, Programme)>, Fault> {
    let sql = "SELECT id, name, currency FROM programmes WHERE closed_us IS NULL ORDER BY id";
    tx.query(sql, &[])?.into_iter().map(programme).collect()
}

fn programme(mut row: Row) -> Result<(Id, Programme), Fault> {
    let what = "a bonus programme";
    let name = Title::parse(&row.text(1)?).map_err(|_| damaged(what))?;
    let currency = Currency::parse(&row.text(2)?).map_err(|_| damaged(what))?;
    Ok((row.id(0)?, Programme { name, currency }))
}
