//! What a customer at a till may have besides points: gifts that lie there, and what he may buy before others.

use bonafide_domain::calendar::UtcMicros;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes;
use bonafide_store::organisation::till::{self, TillPlace};
use bonafide_store::rewards::offered::{MayHave, may_have};
use bonafide_store::rewards::taking::{self, BACK_US_MAX, Taken};

/// What a member may have at a till; nothing where there is no programme, or he is not in it.
///
/// # Errors
/// When the book cannot be read.
pub fn may_have_at(tx: &mut Tx<'_>, (till, member): (Id, Id), now: UtcMicros) -> Result<MayHave, Fault> {
    let Some(TillPlace { branch, .. }) = till::with_branch(tx, till)? else { return Ok(MayHave::default()) };
    let Some(programme) = programmes::of_branch(tx, branch.id)? else { return Ok(MayHave::default()) };
    let calendar = branch.content.time_zone.calendar();
    may_have(tx, member, (programme, Some(branch.id)), (now, &calendar))
}

/// The gifts that a member has taken at the branch of a till, and may still bring back, each with its name; the oldest first.
///
/// # Errors
/// When the book cannot be read.
pub fn may_come_back(
    tx: &mut Tx<'_>,
    (till, member): (Id, Id),
    now: UtcMicros,
) -> Result<Vec<(Taken, String)>, Fault> {
    let Some(TillPlace { branch, .. }) = till::with_branch(tx, till)? else { return Ok(Vec::new()) };
    let since_us = now.get().saturating_sub(BACK_US_MAX);
    taking::of_member_at(tx, member, branch.id, since_us)
}
