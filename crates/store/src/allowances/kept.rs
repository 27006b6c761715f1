//! Allowances as they are kept, and which purchase took how much of which.

use bonafide_domain::programme::Allowance;

use crate::allowances::ALLOWANCE_US;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::value::Row;
use crate::values;
use crate::written::damaged;

const WHAT: &str = "an allowance of a till";

/// What a till was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptAllowance {
    /// Its id.
    pub id: Id,
    /// Of which till.
    pub till: Id,
    /// In which programme.
    pub programme: Id,
    /// The version of the rules that purchases by it are made under.
    pub version: u32,
    /// What a point pays, in minor units.
    pub point_minor: u32,
    /// How many points, and how many of them paid.
    pub amount: Allowance,
    /// When the till asked for it, in microseconds since 1970.
    pub asked_us: i64,
    /// Until when the till may spend by it.
    pub until_us: i64,
}

/// What a purchase took of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) allowance: Id,
    pub(crate) points: u64,
    /// What the member turned out not to have.
    pub(crate) lost_points: u64,
    /// What of that came back with the goods.
    pub(crate) recovered_points: u64,
}

const COLUMNS: &str = "id, till_id, programme_id, version, point_minor, points, purchase_points, used_points, asked_us, until_us";

fn points(row: &mut Row, column: usize) -> Result<u64, Fault> {
    u64::try_from(row.integer(column)?).map_err(|_| damaged(WHAT))
}

fn allowance(row: &mut Row) -> Result<KeptAllowance, Fault> {
    Ok(KeptAllowance {
        id: row.id(0)?,
        till: row.id(1)?,
        programme: row.id(2)?,
        version: row.number(3)?,
        point_minor: row.number(4)?,
        amount: Allowance {
            points: points(row, 5)?,
            purchase_points: points(row, 6)?,
            used_points: points(row, 7)?,
        },
        asked_us: row.integer(8)?,
        until_us: row.integer(9)?,
    })
}

pub(crate) fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<KeptAllowance>, Fault> {
    let row = tx.query_opt(&format!("SELECT {COLUMNS} FROM allowances WHERE id = $1"), values![id])?;
    row.map(|mut row| allowance(&mut row)).transpose()
}

pub(super) fn insert(tx: &mut Tx<'_>, new: &KeptAllowance) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO allowances (id, till_id, programme_id, version, point_minor, points, purchase_points, used_points,
             lost_points, recovered_points, asked_us, until_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, $9)",
        values![
            new.id,
            new.till,
            new.programme,
            new.version,
            new.point_minor,
            new.amount.points.cast_signed(),
            new.amount.purchase_points.cast_signed(),
            new.asked_us,
            new.until_us
        ],
    )
    .map(drop)
}

/// Writes an allowance down that a restored backup does not know: its text says all of it, and the till has it still. It takes the place
/// of none.
pub(crate) fn readmit(tx: &mut Tx<'_>, of_text: &KeptAllowance, now_us: i64) -> Result<(), Fault> {
    insert(tx, of_text)?;
    let sql = "UPDATE allowances SET replaced_us = $1 WHERE id = $2";
    tx.execute(sql, values![now_us, of_text.id]).map(drop)
}

/// Takes back what nobody has spent of the allowance that a till has, and tells what its allowances of the last 24 hours took or still
/// may.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    till: Id,
    undelivered_points: u64,
    now_us: i64,
) -> Result<Vec<Allowance>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM allowances WHERE till_id = $1 AND replaced_us IS NULL");
    for mut row in tx.query(&sql, values![till])? {
        let open = allowance(&mut row)?;
        let points = open.amount.replaced(undelivered_points).points;
        tx.execute(
            "UPDATE allowances SET points = $1, replaced_us = $2 WHERE id = $3",
            values![points.cast_signed(), now_us, open.id],
        )?;
    }
    let sql = format!("SELECT {COLUMNS} FROM allowances WHERE till_id = $1 AND asked_us > $2");
    let rows = tx.query(&sql, values![till, now_us.saturating_sub(ALLOWANCE_US)])?;
    rows.into_iter().map(|mut row| Ok(allowance(&mut row)?.amount)).collect()
}

pub(crate) fn use_of(tx: &mut Tx<'_>, purchase: Id) -> Result<Option<Use>, Fault> {
    let sql = "SELECT allowance_id, points, lost_points, recovered_points FROM allowance_uses WHERE purchase_id = $1";
    let row = tx.query_opt(sql, values![purchase])?;
    row.map(|mut row| {
        Ok(Use {
            allowance: row.id(0)?,
            points: points(&mut row, 1)?,
            lost_points: points(&mut row, 2)?,
            recovered_points: points(&mut row, 3)?,
        })
    })
    .transpose()
}

/// Writes down what a purchase took of an allowance as it was before.
pub(crate) fn note_use(
    tx: &mut Tx<'_>,
    purchase: Id,
    before: &KeptAllowance,
    taken: &Use,
) -> Result<(), Fault> {
    let changed = tx.execute(
        "UPDATE allowances SET used_points = used_points + $1, lost_points = lost_points + $2
         WHERE id = $3 AND used_points = $4",
        values![
            taken.points.cast_signed(),
            taken.lost_points.cast_signed(),
            before.id,
            before.amount.used_points.cast_signed()
        ],
    )?;
    if changed != 1 {
        return Err(Fault::broken("the allowance was used meanwhile"));
    }
    tx.execute(
        "INSERT INTO allowance_uses (purchase_id, allowance_id, points, lost_points, recovered_points)
         VALUES ($1, $2, $3, $4, 0)",
        values![purchase, before.id, taken.points.cast_signed(), taken.lost_points.cast_signed()],
    )
    .map(drop)
}

/// Writes down that points which the house had lost came back with the goods.
pub(crate) fn note_recovered(
    tx: &mut Tx<'_>,
    purchase: Id,
    of: &Use,
    recovered_points: u64,
) -> Result<(), Fault> {
    let points = recovered_points.cast_signed();
    tx.execute(
        "UPDATE allowance_uses SET recovered_points = recovered_points + $1 WHERE purchase_id = $2",
        values![points, purchase],
    )?;
    tx.execute(
        "UPDATE allowances SET recovered_points = recovered_points + $1 WHERE id = $2",
        values![points, of.allowance],
    )
    .map(drop)
}
