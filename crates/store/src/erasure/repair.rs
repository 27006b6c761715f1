//! Start-up repair of what a crash or a restore left between the book and its keys.
//!
//! Whoever's key is on the list of destroyed ones and whose rows are there is finished now. A key that is missing without
//! being on the list is damage, not an erasure: nothing is deleted for that.

use std::collections::HashSet;

use bonafide_domain::consent::{Giver, Modality, Purpose, Withdrawal};
use bonafide_domain::credential::BlockReason;

use crate::audit::entry::{Acting, Actor};
use crate::consents::note_withdrawal;
use crate::db::Tx;
use crate::erasure::certificate::{self, Destroyed, NewCertificate};
use crate::erasure::retention::was_due;
use crate::erasure::withdrawal::{Scope, remove, remove_photo, to_be_told, with_key};
use crate::erasure::{Cause, Tell, erase_rows, telling};
use crate::fault::Fault;
use crate::id::Id;
use crate::members::photo;
use crate::store::{Store, Work};
use crate::values;

/// Keys younger than this may belong to a member who is being written, by this process or another.
const UNUSED_AGE_US_MIN: i64 = 24 * 60 * 60 * 1_000_000;

/// What was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repaired {
    /// Members whose key was destroyed and whose rows were there.
    pub members: usize,
    /// Biometric credentials likewise.
    pub credentials: usize,
    /// Profile photos likewise.
    pub photos: usize,
    /// Keys that nothing refers to.
    pub unused_keys: usize,
    /// Jobs that tell those outside of what was destroyed, and that were not queued yet.
    pub told: usize,
}

/// Finishes what was left. [`Store::open`] calls it; whoever replays a list of destroyed keys calls it again afterwards.
///
/// # Errors
/// When the book or the keys cannot be read or written.
pub fn repair(store: &Store, now_us: i64) -> Result<Repaired, Fault> {
    let destroyed = store.vault().destroyed()?;
    let mut repaired = Repaired::default();
    let acting = Acting { actor: Actor::Program, origin: "repair".to_owned(), now_us };
    // Members first: a credential of one who is gone cannot be traced under his key.
    for (key, _) in &destroyed {
        let (key, acting) = (*key, acting.clone());
        if store.read(|tx| member_with_key(tx, key))?.is_some() {
            finish(store, move |work| finish_member(work, &acting, key))?;
            repaired.members += 1;
        }
    }
    for (key, destroyed_us) in destroyed {
        let acting = acting.clone();
        if store.read(|tx| with_key(tx, key))?.is_some() {
            finish(store, move |work| finish_credential(work, &acting, key, destroyed_us))?;
            repaired.credentials += 1;
        } else if store.read(|tx| photo::member_with_key(tx, key))?.is_some() {
            finish(store, move |work| finish_photo(work, &acting, key, destroyed_us))?;
            repaired.photos += 1;
        }
    }
    repaired.unused_keys = destroy_unused(store, now_us)?;
    repaired.told = telling::queue(store, now_us)?;
    Ok(repaired)
}

fn finish(
    store: &Store,
    mut work: impl FnMut(&mut Work<'_, '_>) -> Result<(), Fault> + Send + 'static,
) -> Result<(), Fault> {
    let done: Result<(), std::convert::Infallible> = store.write(move |given| work(given).map(Ok))?;
    match done {
        Ok(()) => Ok(()),
        Err(never) => match never {},
    }
}

fn member_with_key(tx: &mut Tx<'_>, key: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT id FROM members WHERE key_id = $1", values![key])?;
    row.map(|mut row| row.id(0)).transpose()
}

/// This profile alone: another one of the person has its own key, on the list or not.
fn finish_member(work: &mut Work<'_, '_>, acting: &Acting, key: Id) -> Result<(), Fault> {
    let Some(member) = member_with_key(work.tx, key)? else { return Ok(()) };
    let certificate = Id::new(acting.now_us)?;
    let tell = to_be_told(work.tx, work.vault, &[member], None)?;
    let told = telling::told(work.vault, certificate, member, &tell)?;
    let keys = erase_rows(work, acting, certificate, (member, &[member]), Cause::Interrupted)?;
    // Those of his biometric credentials may not be gone yet.
    work.vault.destroy_and_tell(&keys, &told, acting.now_us)
}

/// The withdrawal may have been lost with the rows: it is recorded again, so that nobody enrols on the old consent. What was due at
/// that moment had nobody who withdrew it.
fn finish_credential(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    key: Id,
    destroyed_us: i64,
) -> Result<(), Fault> {
    let Some(biometric) = with_key(work.tx, key)? else { return Ok(()) };
    let scope =
        biometric.scope().ok_or_else(|| Fault::damaged("a credential with a key is not biometric"))?;
    let was_due = was_due(work.tx, biometric.member, scope, destroyed_us)?;
    let reason = if was_due { BlockReason::RetentionEnded } else { BlockReason::ConsentWithdrawn };
    if !was_due {
        withdrawn_again(work, acting, biometric.member, scope, destroyed_us)?;
    }
    let tell = doors_to_be_told(work, biometric.member, scope)?;
    let mut destroyed = Destroyed::default();
    remove(work, acting, &biometric, reason, &mut destroyed)?;
    certify(work, acting, (biometric.member, scope), &destroyed, &tell)
}

/// The same for a photo.
fn finish_photo(work: &mut Work<'_, '_>, acting: &Acting, key: Id, destroyed_us: i64) -> Result<(), Fault> {
    let Some(member) = photo::member_with_key(work.tx, key)? else { return Ok(()) };
    let scope = Scope { modality: Modality::ProfilePhoto, purpose: Purpose::StaffViewing };
    if !was_due(work.tx, member, scope, destroyed_us)? {
        withdrawn_again(work, acting, member, scope, destroyed_us)?;
    }
    let tell = doors_to_be_told(work, member, scope)?;
    let mut destroyed = Destroyed::default();
    remove_photo(work.tx, member, &mut destroyed)?;
    certify(work, acting, (member, scope), &destroyed, &tell)
}

fn withdrawn_again(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    scope: Scope,
    withdrawn_at_us: i64,
) -> Result<(), Fault> {
    let (by, operator) = (Giver::Subject, None);
    let Scope { modality, purpose } = scope;
    let withdrawal = Withdrawal { member: member.into(), by, modality, purpose, operator, withdrawn_at_us };
    note_withdrawal(work, acting, Id::new(acting.now_us)?, &withdrawal)
}

/// Doors may have it again, from before; the reference of a provider went with the key, and he was told then.
fn doors_to_be_told(work: &mut Work<'_, '_>, member: Id, scope: Scope) -> Result<Vec<Tell>, Fault> {
    let mut tell = to_be_told(work.tx, work.vault, &[member], Some(scope))?;
    tell.retain(|one| matches!(one, Tell::Edges { .. }));
    Ok(tell)
}

fn certify(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (member, scope): (Id, Scope),
    destroyed: &Destroyed,
    tell: &[Tell],
) -> Result<(), Fault> {
    let id = Id::new(acting.now_us)?;
    let new = NewCertificate { id, member, cause: Cause::Interrupted, scope: Some(scope), destroyed };
    certificate::write(work, acting, &new)?;
    let told = telling::told(work.vault, id, member, tell)?;
    work.vault.destroy_and_tell(&[], &told, acting.now_us)
}

/// Keys that were made for somebody who was never written.
fn destroy_unused(store: &Store, now_us: i64) -> Result<usize, Fault> {
    let old = store.vault().made_before(now_us.saturating_sub(UNUSED_AGE_US_MIN))?;
    if old.is_empty() {
        return Ok(0);
    }
    let mut unused: HashSet<Id> = old.into_iter().collect();
    store.read(|tx| {
        tx.for_each(
            "SELECT key_id FROM members UNION ALL SELECT key_id FROM credentials WHERE key_id IS NOT NULL
             UNION ALL SELECT key_id FROM member_photos",
            &[],
            |mut row| {
                unused.remove(&row.id(0)?);
                Ok(())
            },
        )
    })?;
    let unused: Vec<Id> = unused.into_iter().collect();
    if !unused.is_empty() {
        store.vault().discard(&unused)?;
    }
    Ok(unused.len())
}
