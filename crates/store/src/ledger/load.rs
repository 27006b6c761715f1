//! What is read of a wallet: all that is open, and what is spoken of.

use bonafide_domain::ledger::{Asked, Earning, Hold, Lot, Transfer};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::record::{self, TRANSFER_COLUMNS, transfer};
use crate::values;

/// The transfers of a request that was made before; the other wallet when it was made of another one.
pub(super) fn asked_before(
    tx: &mut Tx<'_>,
    wallet: Id,
    asked: Asked,
) -> Result<Result<Vec<Transfer>, Id>, Fault> {
    let sql = format!(
        "SELECT {TRANSFER_COLUMNS}, wallet_id FROM transfers WHERE operation_id = $1 AND step = $2 ORDER BY sequence"
    );
    let mut before = Vec::new();
    for mut row in tx.query(&sql, values![asked.operation.0, u32::from(asked.step)])? {
        let other = row.id(16)?;
        if other != wallet {
            return Ok(Err(other));
        }
        before.push(transfer(&mut row)?);
    }
    Ok(Ok(before))
}

pub(super) fn holds(tx: &mut Tx<'_>, wallet: Id, about: &[Asked]) -> Result<Vec<Hold>, Fault> {
    const COLUMNS: &str = "sequence, operation_id, step, place_id, until_us, state, parts, spent";
    let sql = format!("SELECT {COLUMNS} FROM holds WHERE wallet_id = $1 AND state = 'open'");
    let mut rows = tx.query(&sql, values![wallet])?;
    let sql = format!(
        "SELECT {COLUMNS} FROM holds WHERE operation_id = $1 AND step = $2 AND wallet_id = $3 AND state <> 'open'"
    );
    for asked in about {
        rows.extend(tx.query(&sql, values![asked.operation.0, u32::from(asked.step), wallet])?);
    }
    let mut found = rows.iter_mut().map(record::hold).collect::<Result<Vec<Hold>, Fault>>()?;
    found.sort_by_key(|hold| hold.sequence);
    Ok(found)
}

pub(super) fn earnings(tx: &mut Tx<'_>, wallet: Id, about: &[Asked]) -> Result<Vec<Earning>, Fault> {
    const COLUMNS: &str = "sequence, operation_id, step, place_id, code, points, pending, matures_us, expiry, expires_us, \
         lot, taken_back";
    let sql = format!("SELECT {COLUMNS} FROM earnings WHERE wallet_id = $1 AND pending > 0");
    let mut rows = tx.query(&sql, values![wallet])?;
    let sql = format!(
        "SELECT {COLUMNS} FROM earnings WHERE operation_id = $1 AND step = $2 AND wallet_id = $3 AND pending = 0"
    );
    for asked in about {
        rows.extend(tx.query(&sql, values![asked.operation.0, u32::from(asked.step), wallet])?);
    }
    let mut found = rows.iter_mut().map(record::earning).collect::<Result<Vec<Earning>, Fault>>()?;
    found.sort_by_key(|earning| earning.sequence);
    Ok(found)
}

/// The lots with points in them, and the empty ones into which points of these holds may come back.
pub(super) fn lots(tx: &mut Tx<'_>, wallet: Id, holds: &[Hold]) -> Result<Vec<Lot>, Fault> {
    let sql = "SELECT sequence, expiry, expires_us, points_left, points_held FROM lots WHERE wallet_id = $1";
    let mut rows = tx.query(sql, values![wallet])?;
    let mut found = rows.iter_mut().map(record::lot).collect::<Result<Vec<Lot>, Fault>>()?;
    for spent in holds.iter().flat_map(|hold| &hold.spent) {
        if !found.iter().any(|lot| lot.sequence == spent.lot) {
            let mut row = tx.query_one(
                "SELECT sequence, expiry, expires_us, 0, 0 FROM transfers WHERE wallet_id = $1 AND sequence = $2",
                values![wallet, spent.lot],
            )?;
            found.push(record::lot(&mut row)?);
        }
    }
    found.sort_by_key(|lot| lot.sequence);
    Ok(found)
}
