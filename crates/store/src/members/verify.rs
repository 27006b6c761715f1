//! Whether every profile opens, and is found by exactly what stands in it.

use std::collections::BTreeSet;

use crate::db::Tx;
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::keys::member::Vault;
use crate::keys::ring::LOOKUP_BYTES;
use crate::members::get;
use crate::values;

/// Members that are read at once.
const MEMBERS_AT_ONCE: u32 = 1_000;

/// Mismatches that are told at most.
pub const MISMATCHES_MAX: usize = 100;

/// What of a member is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// The profile does not open: a bit was changed, or it was moved from another row.
    Profile {
        /// Whose.
        member: Id,
    },
    /// He is found by something else than what stands in the profile, or not by all of it.
    Lookups {
        /// Who.
        member: Id,
    },
}

/// Opens every profile. Nothing told is the good answer; `progress` hears how many were looked at.
///
/// # Errors
/// When the book or the keys cannot be read.
pub fn verify_profiles(
    tx: &mut Tx<'_>,
    vault: &Vault,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Mismatch>, Fault> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut after = Id::from_bytes([0; 16]);
    loop {
        let sql = "SELECT id, key_id FROM members WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = tx.query(sql, values![after, MEMBERS_AT_ONCE])?;
        if rows.is_empty() {
            break;
        }
        seen += rows.len() as u64;
        for mut row in rows {
            after = row.id(0)?;
            // A key that is missing or does not open is told of by the look at the keys.
            if matches!(vault.key(row.id(1)?), Ok(Some(_))) {
                found.extend(verify_one(tx, vault, after)?);
            }
        }
        progress(seen);
    }
    found.truncate(MISMATCHES_MAX);
    Ok(found)
}

fn verify_one(tx: &mut Tx<'_>, vault: &Vault, id: Id) -> Result<Option<Mismatch>, Fault> {
    let member = match get(tx, vault, id) {
        Ok(Some(member)) => member,
        Ok(None) => return Ok(None),
        Err(fault) if fault.kind == FaultKind::Damaged => return Ok(Some(Mismatch::Profile { member: id })),
        Err(fault) => return Err(fault),
    };
    let ring = vault.ring();
    let expected: BTreeSet<(String, [u8; LOOKUP_BYTES])> = member
        .profile
        .lookups()
        .into_iter()
        .map(|(kind, canonical)| (kind.name().to_owned(), ring.lookup(kind, &canonical)))
        .collect();
    let rows = tx.query("SELECT kind, hash FROM member_lookups WHERE member_id = $1", values![id])?;
    let kept: BTreeSet<(String, [u8; LOOKUP_BYTES])> =
        rows.into_iter().map(|mut row| Ok((row.text(0)?, row.bytes(1)?))).collect::<Result<_, Fault>>()?;
    Ok((expected != kept).then_some(Mismatch::Lookups { member: id }))
}
