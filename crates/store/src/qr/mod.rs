//! Devices that show codes: how they are paired, whose they are, and which codes have opened.
//!
//! A device is a credential of the kind *virtual card*, made of its public key: it is lost, found, blocked and limited like any
//! other ([`crate::credentials`]). What is added here is the short id that stands in its codes. A person has one device: the next
//! one takes its place.
//!
//! - [`pairing`]: a link that works once, and what it makes. [`devices`]: what finds a key.
//! - [`used`]: codes that have opened. The mark is written in the transaction of the decision
//!   ([`crate::passages::decide`]), so that of two doors one opens (cases D-01, D-02).

pub mod devices;
pub mod pairing;
pub mod used;

use serde_json::Value as Json;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::qr::devices::key_text;
use crate::values;

/// The devices of a profile and the links that it was given, as its export has them. Of a link the book has only the hash.
pub(crate) fn of_profile(tx: &mut Tx<'_>, member: Id) -> Result<(Vec<Json>, Vec<Json>), Fault> {
    let rows = tx.query(
        "SELECT key_id, credential_id, paired_us, by_member FROM device_keys WHERE member_id = $1
         ORDER BY paired_us, key_id",
        values![member],
    )?;
    let devices = rows.into_iter().map(|mut row| {
        Ok(serde_json::json!({
            "key_id": key_text(devices::key_id(row.blob(0)?)?), "credential": row.id(1)?,
            "paired_us": row.integer(2)?, "by_member": row.boolean(3)?,
        }))
    });
    let devices = devices.collect::<Result<_, Fault>>()?;
    let rows = tx.query(
        "SELECT made_us, until_us, by_member, key_id FROM pairing_links WHERE member_id = $1 ORDER BY made_us, id",
        values![member],
    )?;
    let links = rows.into_iter().map(|mut row| {
        Ok(serde_json::json!({
            "made_us": row.integer(0)?, "until_us": row.integer(1)?, "by_member": row.boolean(2)?,
            "used": !row.is_null(3),
        }))
    });
    Ok((devices, links.collect::<Result<_, Fault>>()?))
}
