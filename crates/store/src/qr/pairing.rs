//! How a phone becomes a member's device: a link that works once, for a quarter of an hour.
//!
//! Somebody at the desk makes the link, or the member, who is known already; whoever opens it brings the public key of a pair
//! that the phone has made and never gives away. The book has only the hash of the link's secret. A newer link of the same
//! person ends the older one.
//!
//! A person has one device. The next one takes its place, with its end and its limit, and both name each other. Changing it
//! himself a member may [`OWN_PAIRINGS_MAX`] times in a day: who hands his pass from phone to phone is noticed. The desk may
//! always.

use bonafide_domain::credential::{BlockReason, Change, ChangeRefusal, CredentialState};
use bonafide_domain::qr::KeyId;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::audit::entry::{Acting, Actor, Detail, Subject, record};
use crate::credentials::content::{Content, DeviceKey};
use crate::credentials::find::{self, Kept};
use crate::credentials::{self, NewCredential, NotChanged, NotIssued};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::seal::random;
use crate::members::{self, merging::profiles_of_person};
use crate::qr::devices::{self, Device, key_id, key_text};
use crate::store::Work;
use crate::values;

/// How long a link works: 15 minutes, in microseconds.
pub const LINK_US: i64 = 15 * 60 * 1_000_000;

/// Devices that a member may pair himself within [`OWN_WITHIN_US`].
pub const OWN_PAIRINGS_MAX: usize = 3;

/// Links that a member may make himself within [`OWN_WITHIN_US`].
pub const OWN_LINKS_MAX: usize = 20;

/// The time in which what a member does himself is counted: a day, in microseconds.
pub const OWN_WITHIN_US: i64 = 86_400_000_000;

/// Links that one call of [`sweep`] removes at most.
pub const SWEPT_AT_ONCE_MAX: u32 = 1_000;

/// Letters of a secret.
pub const SECRET_LETTERS: usize = 64;

/// What stands in a link, 256 bits. No `Debug`; wiped on drop.
pub struct PairingSecret(Zeroizing<[u8; 32]>);

impl PairingSecret {
    /// Reads what stands in a link: 64 hexadecimal digits in lower case. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<PairingSecret> {
        let digits = text.as_bytes();
        if digits.len() != SECRET_LETTERS
            || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        {
            return None;
        }
        let mut secret = Zeroizing::new([0; 32]);
        for (byte, pair) in secret.iter_mut().zip(digits.chunks(2)) {
            *byte = pair.iter().fold(0, |byte, digit| {
                byte << 4 | if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
            });
        }
        Some(PairingSecret(secret))
    }

    /// The text for a link.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(b"bonafide/pairing/1").chain_update(*self.0).finalize().into()
    }
}

/// A link. No `Debug`: whoever has the secret becomes the member.
pub struct Offered {
    /// What stands in it.
    pub secret: PairingSecret,
    /// The first moment at which it works no more, in microseconds since 1970.
    pub until_us: i64,
    /// It was made before, under the same id.
    pub repeated: bool,
}

/// Why there is no link. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOffered {
    /// The operation's id was used for another member.
    OtherOperation,
    /// There is no such member.
    NoMember,
    /// The member has done it himself too often: the desk may.
    TooOften {
        /// From when on he may again, in microseconds since 1970.
        again_us: i64,
    },
}

/// Makes a link that pairs a device of a member. Asked again under the same id, the answer is the same link.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn offer(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    member: Id,
) -> Result<Result<Offered, NotOffered>, Fault> {
    let secret = PairingSecret(work.vault.ring().one_time_secret("pairing_link", operation));
    let sql = "SELECT member_id, until_us FROM pairing_links WHERE id = $1";
    if let Some(mut row) = work.tx.query_opt(sql, values![operation])? {
        let (same, until_us) = (row.id(0)? == member, row.integer(1)?);
        let offered = Offered { secret, until_us, repeated: true };
        return Ok(if same { Ok(offered) } else { Err(NotOffered::OtherOperation) });
    }
    let person = profiles_of_person(work.tx, member)?;
    let Some(key) = members::data_key(work.tx, work.vault, member)? else {
        return Ok(Err(NotOffered::NoMember));
    };
    let by_member = matches!(acting.actor, Actor::Member(_));
    if by_member {
        let links = own_links(work.tx, &person, acting.now_us)?;
        let pairings = own_pairings(work, member, acting.now_us)?;
        let again_us = again_us(&links, OWN_LINKS_MAX).max(again_us(&pairings, OWN_PAIRINGS_MAX));
        if let Some(again_us) = again_us {
            return Ok(Err(NotOffered::TooOften { again_us }));
        }
    }
    // From here on it succeeds.
    for profile in &person {
        work.tx.execute(
            "UPDATE pairing_links SET until_us = $1 WHERE member_id = $2 AND key_id IS NULL AND until_us > $1",
            values![acting.now_us, *profile],
        )?;
    }
    let until_us = acting.now_us.saturating_add(LINK_US);
    work.tx.execute(
        "INSERT INTO pairing_links (id, secret_hash, member_id, by_member, made_us, until_us)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![operation, secret.hash(), member, by_member, acting.now_us, until_us],
    )?;
    let json = serde_json::json!({ "until_us": until_us }).to_string();
    let detail = Detail { member, key: &key, json: &json };
    record(work.tx, acting, "pairing_link_made", Subject::row(members::TABLE, member), Some(detail))?;
    Ok(Ok(Offered { secret, until_us, repeated: false }))
}

/// When a member made links himself within the last day, the newest first.
fn own_links(tx: &mut Tx<'_>, person: &[Id], now_us: i64) -> Result<Vec<i64>, Fault> {
    let mut made = Vec::new();
    for profile in person {
        let rows = tx.query(
            "SELECT made_us FROM pairing_links WHERE member_id = $1 AND made_us > $2 AND by_member
             ORDER BY made_us DESC LIMIT $3",
            values![*profile, now_us.saturating_sub(OWN_WITHIN_US), OWN_LINKS_MAX as i64],
        )?;
        for mut row in rows {
            made.push(row.integer(0)?);
        }
    }
    made.sort_unstable_by_key(|made_us| std::cmp::Reverse(*made_us));
    Ok(made)
}

/// When a member paired devices himself within the last day, the newest first.
fn own_pairings(work: &mut Work<'_, '_>, member: Id, now_us: i64) -> Result<Vec<i64>, Fault> {
    let devices = devices::of_member(work.tx, work.vault, member, now_us)?;
    let own = devices.iter().filter(|device| device.by_member).map(|device| device.paired_us);
    Ok(own.filter(|paired_us| *paired_us > now_us.saturating_sub(OWN_WITHIN_US)).collect())
}

/// From when on one more is allowed: when the one that is `max` back is a day old. `None` when it is allowed now.
fn again_us(newest_first: &[i64], max: usize) -> Option<i64> {
    newest_first.get(max - 1).map(|at_us| at_us.saturating_add(OWN_WITHIN_US))
}

/// A device that was paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paired {
    /// The id that stands in its codes.
    pub key: KeyId,
    /// Its credential.
    pub credential: Id,
    /// Whose it is.
    pub member: Id,
    /// The same device had used the same link before.
    pub repeated: bool,
}

/// Why no device was paired. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPaired {
    /// There is no such link (any more).
    NoLink,
    /// Another device has used it.
    Used,
    /// Its time is over, or a newer link has taken its place.
    LinkExpired,
    /// The member has changed his device too often himself: the desk may.
    TooOften {
        /// From when on he may again, in microseconds since 1970.
        again_us: i64,
    },
    /// The device that he has must not be changed.
    Refused(ChangeRefusal),
    /// Another member has a device with this key.
    InUse {
        /// Its credential.
        credential: Id,
    },
}

/// A link as it is kept.
struct Link {
    id: Id,
    member: Id,
    by_member: bool,
    until_us: i64,
    key: Option<KeyId>,
}

fn link(tx: &mut Tx<'_>, secret: &PairingSecret) -> Result<Option<Link>, Fault> {
    let row = tx.query_opt(
        "SELECT id, member_id, by_member, until_us, key_id FROM pairing_links WHERE secret_hash = $1",
        values![secret.hash()],
    )?;
    row.map(|mut row| {
        let (id, member, by_member) = (row.id(0)?, row.id(1)?, row.boolean(2)?);
        let until_us = row.integer(3)?;
        Ok(Link { id, member, by_member, until_us, key: row.blob_or_null(4)?.map(key_id).transpose()? })
    })
    .transpose()
}

/// Pairs the device that holds the other half of this key, in the place of the one before. The same device may ask again with the
/// same link and gets the same answer. That the key is a point of the curve is the caller's to know. In the trace the member has
/// done it, for who has the link is taken for him.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn pair(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    secret: &PairingSecret,
    key: &DeviceKey,
) -> Result<Result<Paired, NotPaired>, Fault> {
    let Some(link) = link(work.tx, secret)? else { return Ok(Err(NotPaired::NoLink)) };
    if let Some(used_by) = link.key {
        let before = devices::signer(work.tx, work.vault, used_by, acting.now_us)?;
        let same = before.filter(|before| before.key == *key);
        let paired = |before: devices::Signer| Paired {
            key: used_by,
            credential: before.credential,
            member: link.member,
            repeated: true,
        };
        return Ok(same.map(paired).ok_or(NotPaired::Used));
    }
    if acting.now_us >= link.until_us {
        return Ok(Err(NotPaired::LinkExpired));
    }
    if link.by_member {
        let pairings = own_pairings(work, link.member, acting.now_us)?;
        if let Some(again_us) = again_us(&pairings, OWN_PAIRINGS_MAX) {
            return Ok(Err(NotPaired::TooOften { again_us }));
        }
    }
    let acting = Acting { actor: Actor::Member(link.member), ..acting.clone() };
    match put_in_place(work, &acting, &link, key)? {
        Ok(credential) => write(work, &acting, &link, credential).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Makes the credential, in the place of the one that stands.
fn put_in_place(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    link: &Link,
    key: &DeviceKey,
) -> Result<Result<Id, NotPaired>, Fault> {
    let content = Content::VirtualCard(key.clone());
    let all = devices::kept_of_member(work.tx, work.vault, link.member, acting.now_us)?;
    let mut standing = Vec::new();
    for (device, kept) in all.into_iter().filter(|(_, kept)| !kept.is_over()) {
        match makes_room(&device, &kept) {
            Ok(true) => standing.push(device.credential),
            Ok(false) => {}
            Err(refusal) => return Ok(Err(NotPaired::Refused(refusal))),
        }
    }
    let Some((newest, others)) = standing.split_first() else {
        let new = NewCredential { member: link.member, content, until_us: None, limited: None };
        let issued = credentials::issue(work, acting, link.id, &new, None)?;
        return match issued {
            Ok(done) => Ok(Ok(done.credential)),
            Err(NotIssued::InUse { credential }) => Ok(Err(NotPaired::InUse { credential })),
            Err(refusal) => Err(Fault::broken(format!("a device is not issued: {refusal:?}"))),
        };
    };
    let done = match credentials::replace(work, acting, link.id, *newest, &content)? {
        Ok(done) => done,
        Err(NotChanged::Refused(refusal)) => return Ok(Err(NotPaired::Refused(refusal))),
        Err(NotChanged::InUse { credential }) => return Ok(Err(NotPaired::InUse { credential })),
        Err(refusal) => return Err(Fault::broken(format!("a device is not replaced: {refusal:?}"))),
    };
    // Of profiles that were merged there may have been several.
    for other in others {
        let blocked =
            credentials::change(work, acting, None, *other, Change::Blocked(BlockReason::Replaced))?;
        if let Err(refusal) = blocked {
            return Err(Fault::broken(format!("the device {other} is not blocked: {refusal:?}")));
        }
    }
    Ok(Ok(done.credential))
}

/// Whether a device that stands is to be replaced. One that the member has stopped himself stays as it is, and one that was
/// stopped for another reason is not got rid of by a new one.
fn makes_room(device: &Device, kept: &Kept) -> Result<bool, ChangeRefusal> {
    match device.state {
        CredentialState::Blocked(BlockReason::MembersWish | BlockReason::Replaced) => Ok(false),
        CredentialState::Blocked(BlockReason::SuspectedCopy | BlockReason::Found) => Ok(true),
        CredentialState::Blocked(reason) => Err(ChangeRefusal::StaysBlocked(reason)),
        CredentialState::Active | CredentialState::Limited(_) | CredentialState::Lost => {
            Ok(kept.content.is_some())
        }
        CredentialState::Expired => Ok(false),
    }
}

/// Writes the device and that the link is used.
fn write(work: &mut Work<'_, '_>, acting: &Acting, link: &Link, credential: Id) -> Result<Paired, Fault> {
    let key = KeyId(*random::<8>()?);
    // After a merging the credential is that of the profile whose device it replaces.
    let kept = find::get(work.tx, work.vault, credential, acting.now_us)?;
    let profile = kept.map_or(link.member, |kept| kept.member);
    work.tx.execute(
        "INSERT INTO device_keys (key_id, credential_id, member_id, paired_us, by_member) VALUES ($1, $2, $3, $4, $5)",
        values![key.0, credential, profile, acting.now_us, link.by_member],
    )?;
    work.tx.execute("UPDATE pairing_links SET key_id = $1 WHERE id = $2", values![key.0, link.id])?;
    let member_key = members::data_key(work.tx, work.vault, link.member)?
        .ok_or_else(|| Fault::damaged(format!("the member {} of a link is missing", link.member)))?;
    let json = serde_json::json!({ "key_id": key_text(key), "credential": credential }).to_string();
    let detail = Detail { member: link.member, key: &member_key, json: &json };
    record(work.tx, acting, "device_paired", Subject::row(members::TABLE, link.member), Some(detail))?;
    Ok(Paired { key, credential, member: link.member, repeated: false })
}

/// Removes links that are over for longer than a member's own are counted. To be called now and then; the answer is how many it
/// removed, [`SWEPT_AT_ONCE_MAX`] when there are more.
///
/// # Errors
/// When it cannot be written.
pub fn sweep(work: &mut Work<'_, '_>, now_us: i64) -> Result<u64, Fault> {
    work.tx.execute(
        "DELETE FROM pairing_links WHERE id IN
             (SELECT id FROM pairing_links WHERE until_us < $1 ORDER BY until_us LIMIT $2)",
        values![now_us.saturating_sub(OWN_WITHIN_US), SWEPT_AT_ONCE_MAX],
    )
}
