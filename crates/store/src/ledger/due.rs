//! What is due in wallets by itself: holds that lapse, announced points that arrive, lots that come to nothing.
//!
//! Whoever asks something of a wallet settles it first, so that no answer waits for this. It is for those whom nobody asks for, and
//! may be run twice or by two servers: what is settled is not due any more (case T-19).

use bonafide_domain::ledger::{Asked, Command, Request};

use crate::audit::entry::Acting;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::{OFFICE, Opened, merging, now};
use crate::store::Work;
use crate::values;

/// Wallets that one call of [`due`] names at most.
pub const DUE_AT_ONCE_MAX: u32 = 200;

/// Wallets in which something is due, the longest first.
///
/// # Errors
/// When the book cannot be read.
pub fn due(tx: &mut Tx<'_>, now_us: i64) -> Result<Vec<Id>, Fault> {
    let rows = tx.query(
        "SELECT id FROM wallets WHERE due_us <= $1 ORDER BY due_us LIMIT $2",
        values![now_us, DUE_AT_ONCE_MAX],
    )?;
    rows.into_iter().map(|mut row| row.id(0)).collect()
}

/// Settles a wallet; tells how many transfers that took.
///
/// # Errors
/// When it cannot be written.
pub fn settle(work: &mut Work<'_, '_>, acting: &Acting, wallet: Id) -> Result<usize, Fault> {
    let at = now(acting)?;
    let Some(mut opened) = Opened::open(work.tx, wallet, &[])? else { return Ok(0) };
    let asked = Asked { operation: Id::new(acting.now_us)?.into(), step: 0 };
    let request = Request { asked, at, place: OFFICE.into() };
    let Ok(answer) = opened.run(work, &request, &Command::Settle)? else { return Ok(0) };
    let transfers = answer.transfers().len();
    let absorbed = opened.member().filter(|_| opened.is_absorbed());
    opened.close(work, acting)?;
    if let Some(absorbed) = absorbed {
        merging::follow(work, acting, absorbed)?;
    }
    Ok(transfers)
}
