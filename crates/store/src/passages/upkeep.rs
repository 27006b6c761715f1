//! What a running installation does for its doors every few seconds, without anybody asking.

use crate::audit::entry::Acting;
use crate::fault::Fault;
use crate::passages::passing::{LAPSED_AT_ONCE_MAX, lapse};
use crate::passages::{attention, flood};
use crate::qr::{pairing, used};
use crate::store::Store;

/// Transactions of one kind in one round at most: a server that was away for a day catches up in several.
pub const TRANSACTIONS_MAX: u32 = 50;

/// Rows that one transaction sweeps at most.
const SWEPT_AT_ONCE_MAX: u32 = 500;

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Grants that nobody used: their visits were given back.
    pub lapsed: u64,
    /// Floods of unknown reads that were written down as one entry each.
    pub floods: u64,
    /// Things that nobody decided about for too long.
    pub forgotten: u64,
    /// Marks of codes that have opened, and links to pair a device, that are too old to count.
    pub codes: u64,
    /// There is more to do already.
    pub more: bool,
}

/// Ends all grants that are due, and sweeps. To be called every few seconds, by one process or by several: each thing is done once.
///
/// # Errors
/// When it cannot be written; what was done before stays done.
pub fn round(store: &Store, acting: &Acting) -> Result<Round, Fault> {
    let mut done = Round::default();
    done.lapsed = repeat(&mut done.more, u64::from(LAPSED_AT_ONCE_MAX), || lapse_some(store, acting))?;
    done.floods = repeat(&mut done.more, u64::from(SWEPT_AT_ONCE_MAX), || {
        let acting = acting.clone();
        written(store.write(move |work| Ok(Ok(flood::sweep(work, &acting, SWEPT_AT_ONCE_MAX)?))))
    })?;
    done.forgotten = repeat(&mut done.more, u64::from(SWEPT_AT_ONCE_MAX), || {
        let now_us = acting.now_us;
        written(store.write(move |work| Ok(Ok(attention::forget_old(work.tx, now_us, SWEPT_AT_ONCE_MAX)?))))
    })?;
    done.codes = repeat(&mut done.more, u64::from(used::SWEPT_AT_ONCE_MAX), || {
        let now_us = acting.now_us;
        written(store.write(move |work| Ok(Ok(used::sweep(work, now_us)?))))
    })?;
    done.codes += repeat(&mut done.more, u64::from(pairing::SWEPT_AT_ONCE_MAX), || {
        let now_us = acting.now_us;
        written(store.write(move |work| Ok(Ok(pairing::sweep(work, now_us)?))))
    })?;
    Ok(done)
}

fn lapse_some(store: &Store, acting: &Acting) -> Result<u64, Fault> {
    let acting = acting.clone();
    written(store.write(move |work| Ok(Ok(u64::from(lapse(work, &acting)?)))))
}

/// There is no refusal in what the program does by itself.
enum Never {}

fn written(done: Result<Result<u64, Never>, Fault>) -> Result<u64, Fault> {
    done.map(|done| match done {
        Ok(count) => count,
        Err(never) => match never {},
    })
}

/// Does something until a transaction is not full.
fn repeat(more: &mut bool, full: u64, mut some: impl FnMut() -> Result<u64, Fault>) -> Result<u64, Fault> {
    let mut all = 0;
    for _ in 0..TRANSACTIONS_MAX {
        let count = some()?;
        all += count;
        if count < full {
            return Ok(all);
        }
    }
    *more = true;
    Ok(all)
}
