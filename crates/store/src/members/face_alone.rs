//! Whoever has a twin, or simply does not like it, may ask that biometrics alone never open for him (case B-13). Beside a card or a
//! phone they still count.

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::merging::profiles_of_person;
use crate::members::{TABLE, data_key};
use crate::store::Work;
use crate::values;

/// There is no such member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFound;

/// Whether biometrics alone never open for a person: one of his profiles is enough.
///
/// # Errors
/// When the book cannot be read.
pub fn is_never_alone(tx: &mut Tx<'_>, member: Id) -> Result<bool, Fault> {
    for profile in profiles_of_person(tx, member)? {
        let mut row = tx.query_one("SELECT never_face_alone FROM members WHERE id = $1", values![profile])?;
        if row.boolean(0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sets it for a person, or takes it back. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    never_alone: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let profiles = profiles_of_person(work.tx, member)?;
    if profiles.is_empty() {
        return Ok(Err(NotFound));
    }
    let mut changed = false;
    for profile in profiles {
        let sql = "UPDATE members SET never_face_alone = $1 WHERE id = $2 AND never_face_alone <> $1";
        if work.tx.execute(sql, values![never_alone, profile])? == 0 {
            continue;
        }
        changed = true;
        let key = data_key(work.tx, work.vault, profile)?
            .ok_or_else(|| Fault::damaged(format!("the member {profile} is missing")))?;
        let json = serde_json::json!({ "before": !never_alone, "after": never_alone }).to_string();
        let detail = Detail { member: profile, key: &key, json: &json };
        record(work.tx, acting, "never_face_alone_set", Subject::row(TABLE, profile), Some(detail))?;
    }
    Ok(Ok(changed))
}
