//! Two profiles of one person become one, and two again when it was a mistake.

use bonafide_domain::id::MemberId;
use bonafide_domain::merging::{Merging, MergingRefusal, UndoRefusal, may_undo, merge as decide};

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger;
use crate::members::TABLE;
use crate::memberships::refresh_ends;
use crate::store::Work;
use crate::values;

/// Why two profiles were not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMerged {
    /// One of them does not exist.
    NotFound(Id),
    /// The rules refuse it.
    Refused(MergingRefusal),
}

fn domain(id: Id) -> MemberId {
    MemberId(*id.bytes())
}

/// The mergings that have to do with these members.
fn in_force(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Merging>, Fault> {
    let mut found = Vec::new();
    for id in ids {
        let row = tx.query_opt("SELECT merged_into, merged_us FROM members WHERE id = $1", values![*id])?;
        if let Some(mut row) = row
            && let Some(kept) = row.id_or_null(0)?
        {
            found.push(Merging { kept: domain(kept), absorbed: domain(*id), merged_at_us: row.integer(1)? });
        }
    }
    Ok(found)
}

fn exists(tx: &mut Tx<'_>, id: Id) -> Result<bool, Fault> {
    Ok(tx.query_opt("SELECT number FROM members WHERE id = $1", values![id])?.is_some())
}

/// All profiles of the person that a profile belongs to, the one that remains first; empty when there is no such member.
///
/// # Errors
/// When the book cannot be read.
pub fn profiles_of_person(tx: &mut Tx<'_>, id: Id) -> Result<Vec<Id>, Fault> {
    // Nearly nobody was ever merged, and a recursive query costs a door as much as everything else that it asks about him.
    let row = tx.query_opt(
        "SELECT merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM members a WHERE a.merged_into = m.id)
         FROM members m WHERE m.id = $1",
        values![id],
    )?;
    let Some(mut row) = row else { return Ok(Vec::new()) };
    if row.boolean(0)? {
        return Ok(vec![id]);
    }
    let rows = tx.query(
        "WITH RECURSIVE up (id, merged_into) AS (
             SELECT id, merged_into FROM members WHERE id = $1
             UNION SELECT m.id, m.merged_into FROM members m JOIN up ON m.id = up.merged_into),
         person (id, depth) AS (
             SELECT id, 0 FROM up WHERE merged_into IS NULL
             UNION SELECT m.id, person.depth + 1 FROM members m JOIN person ON m.merged_into = person.id)
         SELECT id FROM person ORDER BY depth, id",
        values![id],
    )?;
    rows.into_iter().map(|mut row| row.id(0)).collect()
}

/// Whether a profile has absorbed another one.
pub(crate) fn has_absorbed(tx: &mut Tx<'_>, id: Id) -> Result<bool, Fault> {
    Ok(!tx.query("SELECT id FROM members WHERE merged_into = $1 LIMIT 1", values![id])?.is_empty())
}

/// Lets `kept` absorb `absorbed`: the absorbed profile stays whole and points to the kept one.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn merge(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    kept: Id,
    absorbed: Id,
) -> Result<Result<(), NotMerged>, Fault> {
    for id in [kept, absorbed] {
        if !exists(work.tx, id)? {
            return Ok(Err(NotMerged::NotFound(id)));
        }
    }
    let known = in_force(work.tx, &[kept, absorbed])?;
    if let Err(refusal) = decide(domain(kept), domain(absorbed), &known, acting.now_us) {
        return Ok(Err(NotMerged::Refused(refusal)));
    }
    work.tx.execute(
        "UPDATE members SET merged_into = $1, merged_us = $2, changed_us = $2 WHERE id = $3",
        values![kept, acting.now_us, absorbed],
    )?;
    refresh_ends(work.tx, kept)?;
    ledger::merging::absorb(work, acting, kept, absorbed)?;
    record(work.tx, acting, "members_merged", Subject::row(TABLE, absorbed), None)?;
    record(work.tx, acting, "members_merged", Subject::row(TABLE, kept), None)?;
    Ok(Ok(()))
}

/// Takes a merging back, for 30 days.
///
/// # Errors
/// When it cannot be written; the inner error when it is too late, or there is none.
pub fn undo(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    absorbed: Id,
) -> Result<Result<(), UndoRefusal>, Fault> {
    let Some(merging) = in_force(work.tx, &[absorbed])?.pop() else {
        return Ok(Err(UndoRefusal::NotMerged));
    };
    let kept = Id::from_bytes(merging.kept.0);
    let known = in_force(work.tx, &[absorbed, kept])?;
    if let Err(refusal) = may_undo(&merging, &known, acting.now_us) {
        return Ok(Err(refusal));
    }
    work.tx.execute(
        "UPDATE members SET merged_into = NULL, merged_us = NULL, changed_us = $1 WHERE id = $2",
        values![acting.now_us, absorbed],
    )?;
    refresh_ends(work.tx, kept)?;
    ledger::merging::give_back(work, acting, absorbed)?;
    record(work.tx, acting, "merging_undone", Subject::row(TABLE, absorbed), None)?;
    record(work.tx, acting, "merging_undone", Subject::row(TABLE, kept), None)?;
    Ok(Ok(()))
}
