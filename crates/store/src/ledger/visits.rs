//! Points for visits: whoever went in at a door of a branch whose programme gives for visits gets them, once a day.
//!
//! No door waits for this. The passages are read afterwards, in the audit's order, from a place that is kept beside the gifts of the same
//! transaction: whoever is killed goes on where he was, and two servers that read the same passage give once, because the id of a gift is
//! made of the wallet and the date. All doors of a date are one visit, whatever branches they are of: nobody earns by walking to and fro.
//!
//! The rules decide that were in force when the door was opened, so that a new rule gives nothing for what was before it. Somebody who is
//! blocked at that moment gets nothing, also later.

use std::sync::Arc;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Expiry;
use bonafide_domain::programme::{Gift, Happened};

use crate::audit::entry::Acting;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::gifts::{give, made_of};
use crate::ledger::of_member;
use crate::ledger::programmes::{self, ProgrammeVersion};
use crate::members::day_number;
use crate::organisation::branch;
use crate::store::Store;
use crate::values;
use crate::written::damaged;

/// Entries of the audit that one call of [`visits`] reads at most.
pub const ENTRIES_AT_ONCE: u32 = 2_000;

/// Gifts that one call of [`visits`] gives at most: others wait for its transaction.
pub const GIFTS_AT_ONCE: usize = 100;

/// The name of the place in the audit's order.
const POSITION: &str = "visits";

/// What the trace says when somebody went through on a grant.
const WENT_THROUGH: [&str; 2] = ["passage_passed", "passage_assumed"];

/// What a round has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Visited {
    /// Entries that were read.
    pub entries: u64,
    /// Gifts that were given.
    pub given: u32,
}

/// What the next entries ask for.
struct Found {
    from: i64,
    next: i64,
    due: Vec<Due>,
}

/// A gift for a visit.
struct Due {
    wallet: Id,
    operation: Id,
    gift: Gift,
}

/// Gives for the visits that were made since the last call, or for some of them: what is left over, the next call takes.
///
/// # Errors
/// When it cannot be read or written.
pub fn visits(store: &Store, acting: &Acting) -> Result<Visited, Fault> {
    let found = store.read(|tx| found(tx, acting))?;
    let entries = (found.next - found.from).unsigned_abs();
    if entries == 0 {
        return Ok(Visited::default());
    }
    let acting = acting.clone();
    let given = store.write(move |work| {
        let mut given = 0;
        for Due { wallet, operation, gift } in &found.due {
            given += u32::from(give(work, &acting, *wallet, *operation, gift)?);
        }
        // Another server may be further.
        let sql = "UPDATE read_positions SET next_seq = $1 WHERE name = $2 AND next_seq < $1";
        work.tx.execute(sql, values![found.next, POSITION])?;
        Ok(Ok::<u32, ()>(given))
    })?;
    let given = given.map_err(|()| Fault::broken("gifts for visits were refused"))?;
    Ok(Visited { entries, given })
}

fn found(tx: &mut Tx<'_>, acting: &Acting) -> Result<Found, Fault> {
    let sql = "SELECT next_seq FROM read_positions WHERE name = $1";
    let row = tx.query_opt(sql, values![POSITION])?;
    let from = row.ok_or_else(|| damaged("how far visits are read"))?.integer(0)?;
    let rows = tx.query(
        "SELECT seq, action, subject_id FROM audit_entries WHERE seq >= $1 ORDER BY seq LIMIT $2",
        values![from, ENTRIES_AT_ONCE],
    )?;
    let mut found = Found { from, next: from, due: Vec::new() };
    for mut row in rows {
        if found.due.len() >= GIFTS_AT_ONCE {
            break;
        }
        found.next = row.integer(0)? + 1;
        let (action, subject) = (row.text(1)?, row.id_or_null(2)?);
        if let Some(grant) = subject.filter(|_| WENT_THROUGH.contains(&action.as_str())) {
            found.due.extend(due(tx, acting, grant)?);
        }
    }
    Ok(found)
}

/// The gift for a passage; nothing when it was the way out, nobody's, or of somebody whom no programme gives anything.
fn due(tx: &mut Tx<'_>, acting: &Acting, grant: Id) -> Result<Option<Due>, Fault> {
    let row = tx.query_opt(
        "SELECT branch_id, member_id, at_us FROM passages
         WHERE id = $1 AND direction = 'entry' AND member_id IS NOT NULL",
        values![grant],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (branch, member, at_us) = (row.id(0)?, row.id(1)?, row.integer(2)?);
    let Some(programme) = programmes::of_branch(tx, branch)? else { return Ok(None) };
    let Some(version) = version_at(tx, programme, at_us)? else { return Ok(None) };
    let Some(wallet) = of_member(tx, member, programme)? else { return Ok(None) };
    let Some(place) = branch::get(tx, branch)? else { return Ok(None) };
    let calendar = place.content.time_zone.calendar();
    let at = UtcMicros::parse(at_us).map_err(|_| damaged("the moment of a passage"))?;
    let is_over = |expiry| matches!(expiry, Expiry::At(ends) if ends.get() <= acting.now_us);
    let gift = version.rules.gift(Happened::Came, at, &calendar).filter(|gift| !is_over(gift.expiry));
    let date = day_number(calendar.date_of(at)).to_be_bytes();
    Ok(gift.map(|gift| Due { wallet, operation: made_of("bonafide/visit/1", wallet, &date), gift }))
}

/// The rules that were in force at a moment; nothing when there were none yet.
fn version_at(tx: &mut Tx<'_>, programme: Id, at_us: i64) -> Result<Option<Arc<ProgrammeVersion>>, Fault> {
    let row = tx.query_opt(
        "SELECT version FROM programme_versions WHERE programme_id = $1 AND added_us <= $2
         ORDER BY version DESC LIMIT 1",
        values![programme, at_us],
    )?;
    match row.map(|mut row| row.number(0)).transpose()? {
        Some(version) => programmes::version(tx, programme, version),
        None => Ok(None),
    }
}
