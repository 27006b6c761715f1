//! What a till is given: a text that says all of its allowance, which nobody but this server can make, change or read.
//!
//! It is sealed like what was recognised at a till, and not signed for everybody to check: no other till has to believe it, and the one
//! that has it is told the amount beside it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bonafide_domain::programme::Allowance;
use serde::{Deserialize, Serialize};

use crate::allowances::{DELIVERY_US_MAX, KeptAllowance};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::written::to_text;

/// The longest text, in characters.
const TEXT_CHARS_MAX: usize = 1_024;

const PLACE: &str = "till/allowance";

/// Why a text is no allowance. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowance {
    /// It is none of this server, or a character of it was changed.
    NotOurs,
    /// It is another till's.
    OtherTill,
    /// By the till's own clock, it spent after the allowance was over.
    SpentTooLate,
    /// It is delivered longer than [`DELIVERY_US_MAX`] after the allowance was over.
    DeliveredTooLate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    id: String,
    till: String,
    programme: String,
    version: u32,
    point_minor: u32,
    points: u64,
    purchase_points: u64,
    asked_us: i64,
    until_us: i64,
}

/// The text of an allowance.
pub(super) fn sealed(vault: &Vault, allowance: &KeptAllowance) -> Result<String, Fault> {
    let sealed = Sealed {
        id: allowance.id.to_string(),
        till: allowance.till.to_string(),
        programme: allowance.programme.to_string(),
        version: allowance.version,
        point_minor: allowance.point_minor,
        points: allowance.amount.points,
        purchase_points: allowance.amount.purchase_points,
        asked_us: allowance.asked_us,
        until_us: allowance.until_us,
    };
    Ok(URL_SAFE_NO_PAD.encode(vault.ring().seal_for_house(PLACE, to_text(&sealed)?.as_bytes())?))
}

/// The allowance of a text as it was given, for a sale of this till.
pub(crate) fn opened(vault: &Vault, text: &str, till: Id) -> Result<KeptAllowance, NotAllowance> {
    let allowance = unsealed(vault, text).ok_or(NotAllowance::NotOurs)?;
    if allowance.till != till {
        return Err(NotAllowance::OtherTill);
    }
    Ok(allowance)
}

/// Whether a sale is delivered in time. What the till's clock said of it can only make it too late.
pub(crate) fn in_time(
    allowance: &KeptAllowance,
    till_at_us: Option<i64>,
    now_us: i64,
) -> Result<(), NotAllowance> {
    if till_at_us.is_some_and(|at_us| at_us > allowance.until_us) {
        return Err(NotAllowance::SpentTooLate);
    }
    if now_us > allowance.until_us.saturating_add(DELIVERY_US_MAX) {
        return Err(NotAllowance::DeliveredTooLate);
    }
    Ok(())
}

fn unsealed(vault: &Vault, text: &str) -> Option<KeptAllowance> {
    let bytes = URL_SAFE_NO_PAD.decode(text.get(..TEXT_CHARS_MAX.min(text.len()))?).ok()?;
    let plain = vault.ring().open_for_house(PLACE, &bytes)?;
    let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
    Some(KeptAllowance {
        id: Id::parse(&sealed.id)?,
        till: Id::parse(&sealed.till)?,
        programme: Id::parse(&sealed.programme)?,
        version: sealed.version,
        point_minor: sealed.point_minor,
        amount: Allowance { points: sealed.points, purchase_points: sealed.purchase_points, used_points: 0 },
        asked_us: sealed.asked_us,
        until_us: sealed.until_us,
    })
}
