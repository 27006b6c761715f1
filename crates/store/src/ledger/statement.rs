//! What a member is shown of his points, and what he is told of an answer.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::{Status, Transfer};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::Opened;
use crate::ledger::record::{TRANSFER_COLUMNS, transfer};
use crate::values;

/// Transfers of one page at most.
pub const PAGE_MAX: u32 = 200;

/// How a wallet stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What its member may do.
    pub status: Status,
    /// Points that may be spent now.
    pub spendable: u64,
    /// Points that holds have reserved.
    pub held: u64,
    /// Points that wait for their day.
    pub waiting: u64,
    /// Points that are owed.
    pub owed: u64,
    /// Points by the instant at which they come to nothing, the next first; none of those that never do.
    pub ends: Vec<(UtcMicros, u64)>,
}

/// How a wallet stands at a moment; nothing without such a wallet.
///
/// # Errors
/// When the book cannot be read.
pub fn standing(tx: &mut Tx<'_>, wallet: Id, at: UtcMicros) -> Result<Option<Standing>, Fault> {
    let Some(opened) = Opened::open(tx, wallet, &[])? else { return Ok(None) };
    let wallet = opened.wallet();
    let mut ends: Vec<(UtcMicros, u64)> = Vec::new();
    let mut lots: Vec<(UtcMicros, u64)> = wallet
        .lots
        .iter()
        .filter_map(|lot| wallet.ends(lot.expiry).map(|ends| (ends, lot.left)))
        .filter(|(ends, _)| *ends > at)
        .collect();
    lots.sort_unstable();
    for (at, points) in lots {
        match ends.last_mut().filter(|(last, _)| *last == at) {
            Some((_, sum)) => *sum += points,
            None => ends.push((at, points)),
        }
    }
    Ok(Some(Standing {
        status: opened.status(),
        spendable: wallet.spendable(at),
        held: wallet.balance.debits_pending,
        waiting: wallet.balance.credits_pending,
        owed: wallet.owed(),
        ends,
    }))
}

/// The transfers of a wallet before this sequence (or the last ones), the newest first, at most [`PAGE_MAX`].
///
/// # Errors
/// When the book cannot be read.
pub fn transfers(tx: &mut Tx<'_>, wallet: Id, before: Option<u32>) -> Result<Vec<Transfer>, Fault> {
    let sql = format!(
        "SELECT {TRANSFER_COLUMNS} FROM transfers WHERE wallet_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3"
    );
    let before = before.map_or(i64::MAX, i64::from);
    tx.query(&sql, values![wallet, before, PAGE_MAX])?.iter_mut().map(transfer).collect()
}
