//! The chain of a wallet's transfers (case T-26): each link is a keyed hash of the one before, of the transfer, and of the sums after
//! it. Whoever has the book and not the keys cannot make one, so that a row that was edited, left out or slipped in is found.

use bonafide_domain::ledger::{Transfer, Wallet};

use crate::audit::merkle::Hash;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::Ring;
use crate::ledger::record::{account_word, code_word, expiry_columns, parts_text, phase_columns};

/// The link before the first transfer.
pub(super) const BEGINNING: Hash = [0; 32];

/// The next link. `after` is the wallet with the transfer.
pub(super) fn link(
    ring: &Ring,
    before: &Hash,
    wallet: Id,
    transfer: &Transfer,
    after: &Wallet,
) -> Result<Hash, Fault> {
    let (phase, until_us, pending) = phase_columns(transfer.phase);
    let expiry = transfer.opens.map(expiry_columns);
    let sums = [&after.balance, &after.debt]
        .map(|sums| [sums.debits_pending, sums.debits_posted, sums.credits_pending, sums.credits_posted]);
    // Nothing in it is text of a person: the form, with a name for each field, cannot be read in two ways.
    let row = format!(
        "wallet={wallet} sequence={} operation={:?} at={} place={} code={} debit={} credit={} points={} phase={phase} \
         until={until_us:?} pending={pending:?} about={:?} expiry={expiry:?} parts={} sums={sums:?}",
        transfer.sequence,
        transfer.asked.map(|asked| (Id::from(asked.operation), asked.step)),
        transfer.at.get(),
        Id::from(transfer.place),
        code_word(transfer.code),
        account_word(transfer.debit),
        account_word(transfer.credit),
        transfer.points.get(),
        transfer.about,
        parts_text(&transfer.parts)?,
    );
    Ok(ring.chain("ledger/1", before, row.as_bytes()))
}
