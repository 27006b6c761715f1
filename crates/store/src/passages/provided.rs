//! The answers of outside providers that decisions rest on.
//!
//! The id of a provider's transaction stands with the decision: for a member in an audit entry, sealed with his key, and for
//! everybody as a keyed hash, by which a dispute about a transaction finds its decision. A transaction opens once: an answer
//! that comes again under another request is no answer.

use bonafide_domain::consent::ProviderResult;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::credentials::content::decision_word;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::{LOOKUP_BYTES, Lookup, Ring};
use crate::members;
use crate::passages::Answer;
use crate::store::Work;
use crate::values;

fn hash(ring: &Ring, transaction_id: &str) -> [u8; LOOKUP_BYTES] {
    ring.lookup(Lookup::ProviderTransaction, transaction_id.as_bytes())
}

/// Whether a transaction has let somebody in under another request than this.
///
/// # Errors
/// When the book cannot be read.
pub fn was_used(work: &mut Work<'_, '_>, operation: Id, result: &ProviderResult) -> Result<bool, Fault> {
    let hash = hash(&work.vault.ring(), result.transaction_id());
    let row = work.tx.query_opt(
        "SELECT p.id FROM provider_answers a JOIN passages p ON p.id = a.passage_id
         WHERE a.transaction_hash = $1 AND p.operation_id <> $2 AND p.outcome = 'admitted' LIMIT 1",
        values![hash, operation],
    )?;
    Ok(row.is_some())
}

/// Writes down that a decision rests on an answer, in the transaction of the decision. One that was repeated has it already.
///
/// # Errors
/// When it cannot be written: then the decision is not made either.
pub fn note(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    answer: &Answer,
    result: &ProviderResult,
) -> Result<(), Fault> {
    if answer.repeated {
        return Ok(());
    }
    let hash = hash(&work.vault.ring(), result.transaction_id());
    work.tx.execute(
        "INSERT INTO provider_answers (passage_id, transaction_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        values![answer.passage, hash],
    )?;
    // Nothing is kept of somebody who is nobody here; the provider has its own record of him.
    let Some(member) = answer.member else { return Ok(()) };
    let Some(key) = members::data_key(work.tx, work.vault, member)? else { return Ok(()) };
    let json = serde_json::json!({
        "passage": answer.passage, "decision": decision_word(result.decision()), "transaction": result.transaction_id(),
    })
    .to_string();
    let detail = Detail { member, key: &key, json: &json };
    // About the member, so that it stands in what he is given of himself.
    record(work.tx, acting, members::PROVIDER_ANSWERED, Subject::row(members::TABLE, member), Some(detail))
        .map(drop)
}

/// The decisions that rest on a transaction, the oldest first: for a dispute with the provider.
///
/// # Errors
/// When the book cannot be read.
pub fn decisions(tx: &mut Tx<'_>, ring: &Ring, transaction_id: &str) -> Result<Vec<Id>, Fault> {
    let rows = tx.query(
        "SELECT passage_id FROM provider_answers WHERE transaction_hash = $1 ORDER BY passage_id",
        values![hash(ring, transaction_id)],
    )?;
    rows.into_iter().map(|mut row| row.id(0)).collect()
}
