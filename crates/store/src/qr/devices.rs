//! Which device a code names, and which devices a person has.

use bonafide_domain::credential::CredentialState;
use bonafide_domain::qr::KeyId;

use crate::credentials::content::{Content, DeviceKey};
use crate::credentials::find::{self, Kept};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::merging::profiles_of_person;
use crate::values;

/// The device that a code names. No `Debug`: the key is a person's.
pub struct Signer {
    /// Its credential. What that allows is asked again in the transaction that decides.
    pub credential: Id,
    /// Its public key.
    pub key: DeviceKey,
}

/// The device with this key id, a replaced one too; `None` when there is none, or its credential is destroyed.
///
/// # Errors
/// When the book cannot be read, or the key does not open.
pub fn signer(tx: &mut Tx<'_>, vault: &Vault, key: KeyId, now_us: i64) -> Result<Option<Signer>, Fault> {
    let row = tx.query_opt("SELECT credential_id FROM device_keys WHERE key_id = $1", values![key.0])?;
    let Some(credential) = row.map(|mut row| row.id(0)).transpose()? else { return Ok(None) };
    let content = find::get(tx, vault, credential, now_us)?.and_then(|kept| kept.content);
    Ok(match content {
        Some(Content::VirtualCard(key)) => Some(Signer { credential, key }),
        _ => None,
    })
}

/// A device of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// The id in its codes.
    pub key: KeyId,
    /// Its credential.
    pub credential: Id,
    /// When it was paired, in microseconds since 1970.
    pub paired_us: i64,
    /// The member made the link himself, and nobody at the desk did.
    pub by_member: bool,
    /// What it allows now; [`CredentialState::Blocked`] as replaced when another has taken its place.
    pub state: CredentialState,
}

/// The devices of a person, those of merged profiles too, the newest first.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member(tx: &mut Tx<'_>, vault: &Vault, member: Id, now_us: i64) -> Result<Vec<Device>, Fault> {
    Ok(kept_of_member(tx, vault, member, now_us)?.into_iter().map(|(device, _)| device).collect())
}

/// The same with the credentials.
pub(super) fn kept_of_member(
    tx: &mut Tx<'_>,
    vault: &Vault,
    member: Id,
    now_us: i64,
) -> Result<Vec<(Device, Kept)>, Fault> {
    let mut all = Vec::new();
    for profile in profiles_of_person(tx, member)? {
        let rows = tx.query(
            "SELECT key_id, credential_id, paired_us, by_member FROM device_keys WHERE member_id = $1",
            values![profile],
        )?;
        for mut row in rows {
            let (key, credential) = (key_id(row.blob(0)?)?, row.id(1)?);
            let kept = find::get(tx, vault, credential, now_us)?
                .ok_or_else(|| Fault::damaged(format!("the device {credential} has no credential")))?;
            let (paired_us, by_member, state) = (row.integer(2)?, row.boolean(3)?, kept.state);
            all.push((Device { key, credential, paired_us, by_member, state }, kept));
        }
    }
    all.sort_by_key(|(device, _)| std::cmp::Reverse((device.paired_us, device.credential)));
    Ok(all)
}

/// The key id of a column.
pub(super) fn key_id(bytes: Vec<u8>) -> Result<KeyId, Fault> {
    bytes.try_into().map(KeyId).map_err(|_| Fault::damaged("the id of a device's key has another length"))
}

/// A key id as people and programs write it.
#[must_use]
pub fn key_text(key: KeyId) -> String {
    key.0.iter().map(|byte| format!("{byte:02x}")).collect()
}
