//! The photo on a member's profile, sealed: people look at it, and nothing compares it.
//!
//! A profile has one at most. It takes the permit for a profile photo, which only the rules can have made, and has a key of
//! its own, which is destroyed when that consent is withdrawn: no old backup brings it back.

use std::collections::HashSet;

use bonafide_domain::consent::{EnrolmentPermit, Keeping, Modality};
use zeroize::Zeroizing;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{Field, Vault};
use crate::members::merging::profiles_of_person;
use crate::members::{TABLE, data_key};
use crate::store::Work;
use crate::value::Value;
use crate::values;

/// The largest photo, in bytes: a picture of 640 pixels has a tenth of it.
pub const PHOTO_BYTES_MAX: usize = 1024 * 1024;

/// Members of one question of [`who_have`].
const ASKED_AT_ONCE: usize = 50;

/// Why a photo was not kept. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// The permit is not for a profile photo that is kept here.
    PermitOfAnother,
    /// It is empty or larger than [`PHOTO_BYTES_MAX`].
    Size,
    /// The member is gone.
    NoMember,
}

fn field(row: Id, member: Id) -> Field {
    Field { table: "member_photos", column: "photo_sealed", row, member }
}

/// Keeps a photo, in the place of the one that was there. `photo` are the bytes of a picture file that was encoded anew: what
/// a camera writes beside the pixels does not belong here.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
#[expect(clippy::needless_pass_by_value, reason = "a permit is used up by what it permits")]
pub fn put(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    photo: &[u8],
    permit: EnrolmentPermit,
) -> Result<Result<Id, NotKept>, Fault> {
    if permit.modality() != Modality::ProfilePhoto || permit.keeping() != Keeping::Here {
        return Ok(Err(NotKept::PermitOfAnother));
    }
    if !(1..=PHOTO_BYTES_MAX).contains(&photo.len()) {
        return Ok(Err(NotKept::Size));
    }
    let member = Id::from(permit.member());
    let Some(member_key) = data_key(work.tx, work.vault, member)? else { return Ok(Err(NotKept::NoMember)) };
    // From here on it succeeds. A photo in the place of another keeps its key, so that a withdrawal takes all of them out of
    // every old copy of the book.
    let before =
        work.tx.query_opt("SELECT key_id FROM member_photos WHERE member_id = $1", values![member])?;
    let (key_id, key) = match before {
        Some(mut row) => {
            let key_id = row.id(0)?;
            (key_id, work.vault.key_of_member(key_id)?)
        }
        None => work.vault.allot(acting.now_us)?,
    };
    let id = Id::new(acting.now_us)?;
    work.tx.execute("DELETE FROM member_photos WHERE member_id = $1", values![member])?;
    work.tx.execute(
        "INSERT INTO member_photos (id, member_id, key_id, photo_sealed, added_us) VALUES ($1, $2, $3, $4, $5)",
        values![id, member, key_id, key.seal(&field(id, member), photo)?, acting.now_us],
    )?;
    let json = serde_json::json!({ "photo": id, "consent": Id::from(permit.consent()) }).to_string();
    let detail = Detail { member, key: &member_key, json: &json };
    record(work.tx, acting, "photo_stored", Subject::row(TABLE, member), Some(detail))?;
    Ok(Ok(id))
}

/// A photo as it is kept. No `Debug`: it is a face.
pub struct KeptPhoto {
    /// The profile that it was kept for: whether it may still be shown is asked of this one's consents.
    pub member: Id,
    /// A picture file.
    pub picture: Zeroizing<Vec<u8>>,
}

/// The photo of a person: that of the profile that remained, or else of one that was merged into it. `None` without any.
///
/// # Errors
/// When the book cannot be read, or the photo does not open.
pub fn of_member(tx: &mut Tx<'_>, vault: &Vault, member: Id) -> Result<Option<KeptPhoto>, Fault> {
    for profile in profiles_of_person(tx, member)? {
        let sql = "SELECT id FROM member_photos WHERE member_id = $1";
        let Some(mut row) = tx.query_opt(sql, values![profile])? else { continue };
        let picture = of_row(tx, vault, row.id(0)?, profile)?;
        return Ok(picture.map(|picture| KeptPhoto { member: profile, picture }));
    }
    Ok(None)
}

/// Which of these members have a photo: those of whom [`of_member`] has one. Many of them are one question; only who was
/// merged is asked about alone.
///
/// # Errors
/// When the book cannot be read.
pub fn who_have(tx: &mut Tx<'_>, members: &[Id]) -> Result<HashSet<Id>, Fault> {
    let places: Vec<String> = (1..=ASKED_AT_ONCE).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT m.id, EXISTS (SELECT 1 FROM member_photos p WHERE p.member_id = m.id),
             m.merged_into IS NOT NULL OR EXISTS (SELECT 1 FROM members a WHERE a.merged_into = m.id)
         FROM members m WHERE m.id IN ({})",
        places.join(", ")
    );
    let (mut have, mut merged) = (HashSet::new(), Vec::new());
    for chunk in members.chunks(ASKED_AT_ONCE) {
        let Some(last) = chunk.last() else { break };
        // Always as many values, so that the statement is prepared once.
        let filled = chunk.iter().chain(std::iter::repeat(last)).take(ASKED_AT_ONCE);
        let filled: Vec<Value> = filled.map(|id| Value::from(*id)).collect();
        for mut row in tx.query(&sql, &filled)? {
            let id = row.id(0)?;
            match (row.boolean(1)?, row.boolean(2)?) {
                (true, _) => drop(have.insert(id)),
                (false, true) => merged.push(id),
                (false, false) => {}
            }
        }
    }
    for id in merged {
        for profile in profiles_of_person(tx, id)? {
            let sql = "SELECT id FROM member_photos WHERE member_id = $1";
            if tx.query_opt(sql, values![profile])?.is_some() {
                have.insert(id);
            }
        }
    }
    Ok(have)
}

/// One photo by its row, opened.
pub(crate) fn of_row(
    tx: &mut Tx<'_>,
    vault: &Vault,
    row: Id,
    member: Id,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let kept = tx.query_opt("SELECT key_id, photo_sealed FROM member_photos WHERE id = $1", values![row])?;
    let Some(mut kept) = kept else { return Ok(None) };
    let key = vault.key_of_member(kept.id(0)?)?;
    key.open(&field(row, member), &kept.blob(1)?).map(Some)
}

/// Whose photo has this key; `None` once it is gone.
pub(crate) fn member_with_key(tx: &mut Tx<'_>, key: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT member_id FROM member_photos WHERE key_id = $1", values![key])?;
    row.map(|mut row| row.id(0)).transpose()
}

/// Deletes the photo of one profile and tells its key, which is to be destroyed before the commit.
pub(crate) fn remove(tx: &mut Tx<'_>, member: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT key_id FROM member_photos WHERE member_id = $1", values![member])?;
    let Some(mut row) = row else { return Ok(None) };
    tx.execute("DELETE FROM member_photos WHERE member_id = $1", values![member])?;
    row.id(0).map(Some)
}

/// Notes that somebody looked at a member's photo.
///
/// # Errors
/// When it cannot be written: then the photo must not be shown.
pub fn note_view(work: &mut Work<'_, '_>, acting: &Acting, member: Id) -> Result<(), Fault> {
    record(work.tx, acting, "photo_viewed", Subject::row(TABLE, member), None).map(drop)
}
