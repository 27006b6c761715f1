//! That a member was recognised at a till, for the till to keep until the purchase ends. It is sealed: a till can neither make one nor
//! change what it allows, and the server remembers nothing.
//!
//! A face makes a candidate first: it is sealed in another way, so that nobody buys by it before the cashier has looked at him.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::purchases::{RecognisedBy, way_of_word, way_word};
use crate::written::to_text;

/// How long a recognition holds, in microseconds: half an hour, as long as anybody stands at a till.
pub const RECOGNITION_US_MAX: i64 = 30 * 60 * 1_000_000;

/// The longest text of one, in characters.
const RECOGNITION_CHARS_MAX: usize = 1_024;

/// How long a candidate waits for the cashier, in microseconds: ten minutes.
pub const CANDIDATE_US_MAX: i64 = 10 * 60 * 1_000_000;

const PLACE: &str = "till/recognition";
const CANDIDATE_PLACE: &str = "till/candidate";

/// Who was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognition {
    /// At which till.
    pub till: Id,
    /// Who.
    pub member: Id,
    /// By what.
    pub way: RecognisedBy,
    /// Whether he has shown enough to spend.
    pub may_spend: bool,
    /// Whether his PIN besides would be enough to spend: it is beside a card, and beside nothing weaker.
    pub pin_spends: bool,
    /// When, in microseconds since 1970.
    pub at_us: i64,
}

/// Why a text is no recognition. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRecognised {
    /// It is none of this server.
    NotOurs,
    /// It is another till's.
    OtherTill,
    /// It was too long ago: recognise the customer again.
    TooOld,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    till: String,
    member: String,
    way: String,
    spends: bool,
    pin_spends: bool,
    at_us: i64,
}

/// The text of a recognition.
///
/// # Errors
/// Without randomness.
pub fn seal_recognition(vault: &Vault, recognition: &Recognition) -> Result<String, Fault> {
    sealed(vault, PLACE, recognition)
}

/// The text of somebody whom a face is like, until the cashier has said that it is he.
///
/// # Errors
/// Without randomness.
pub fn seal_candidate(vault: &Vault, recognition: &Recognition) -> Result<String, Fault> {
    sealed(vault, CANDIDATE_PLACE, recognition)
}

fn sealed(vault: &Vault, place: &str, recognition: &Recognition) -> Result<String, Fault> {
    let sealed = Sealed {
        till: recognition.till.to_string(),
        member: recognition.member.to_string(),
        way: way_word(recognition.way).to_owned(),
        spends: recognition.may_spend,
        pin_spends: recognition.pin_spends,
        at_us: recognition.at_us,
    };
    Ok(URL_SAFE_NO_PAD.encode(vault.ring().seal_for_house(place, to_text(&sealed)?.as_bytes())?))
}

/// The recognition of a text, at this till and now.
///
/// # Errors
/// [`NotRecognised`].
pub fn open_recognition(
    vault: &Vault,
    text: &str,
    till: Id,
    now_us: i64,
) -> Result<Recognition, NotRecognised> {
    opened(vault, (PLACE, RECOGNITION_US_MAX), text, (till, now_us))
}

/// The candidate of a text, at this till and now: whoever asks has looked at him, and says that it is he.
///
/// # Errors
/// [`NotRecognised`].
pub fn open_candidate(
    vault: &Vault,
    text: &str,
    till: Id,
    now_us: i64,
) -> Result<Recognition, NotRecognised> {
    opened(vault, (CANDIDATE_PLACE, CANDIDATE_US_MAX), text, (till, now_us))
}

fn opened(
    vault: &Vault,
    (place, us_max): (&str, i64),
    text: &str,
    (till, now_us): (Id, i64),
) -> Result<Recognition, NotRecognised> {
    let recognition = unsealed(vault, place, text).ok_or(NotRecognised::NotOurs)?;
    if recognition.till != till {
        return Err(NotRecognised::OtherTill);
    }
    // A clock that was set back makes none younger than it is.
    if now_us.saturating_sub(recognition.at_us).abs() > us_max {
        return Err(NotRecognised::TooOld);
    }
    Ok(recognition)
}

fn unsealed(vault: &Vault, place: &str, text: &str) -> Option<Recognition> {
    let bytes = URL_SAFE_NO_PAD.decode(text.get(..RECOGNITION_CHARS_MAX.min(text.len()))?).ok()?;
    let plain = vault.ring().open_for_house(place, &bytes)?;
    let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
    Some(Recognition {
        till: Id::parse(&sealed.till)?,
        member: Id::parse(&sealed.member)?,
        way: way_of_word(&sealed.way)?,
        may_spend: sealed.spends,
        pin_spends: sealed.pin_spends,
        at_us: sealed.at_us,
    })
}
