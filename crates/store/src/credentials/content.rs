//! What a credential is made of: its sealed form, and what it is found by.

use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber, Spelling};
use bonafide_domain::consent::{Keeping, ProviderDecision, ProviderResult, VendorReference};
use bonafide_domain::credential::CredentialKind;
use bonafide_domain::profile::Phone;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::credentials::pin::PinHash;
use crate::fault::Fault;
use crate::words::words;

/// The fewest and the most bytes of a device's public key or key id.
pub const DEVICE_KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

/// The public key of a member's device, or its id: what a virtual card is known by. The secret never leaves the device.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey(Vec<u8>);

impl DeviceKey {
    /// Checks the length; `None` for another one.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<DeviceKey> {
        DEVICE_KEY_BYTES.contains(&bytes.len()).then(|| DeviceKey(bytes.to_vec()))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What of the body an outside provider or a vendor's device recognises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// The face.
    Face,
    /// The voice.
    Voice,
    /// A fingerprint.
    Fingerprint,
    /// A palm.
    Palm,
}

impl Trait {
    const fn kind(self) -> CredentialKind {
        match self {
            Trait::Face => CredentialKind::Face,
            Trait::Voice => CredentialKind::Voice,
            Trait::Fingerprint => CredentialKind::Fingerprint,
            Trait::Palm => CredentialKind::Palm,
        }
    }
}

words! {
    /// The word that stands for what of the body is recognised.
    trait_word, trait_of_word: Trait { Face = "face", Voice = "voice", Fingerprint = "fingerprint", Palm = "palm" }
}

words! {
    /// The word that stands for what a provider decided.
    decision_word, decision_of_word: ProviderDecision {
        Confirmed = "confirmed", NotConfirmed = "not_confirmed", Undecided = "undecided",
    }
}

words! {
    /// The word that stands for the spelling in which a card's number came.
    spelling_word, spelling_of_word: Spelling {
        HexUid = "hex", Decimal = "decimal", FacilityNumber = "facility_number", Wiegand26 = "wiegand_26",
        Wiegand34 = "wiegand_34",
    }
}

/// What a credential is made of. No `Debug`: much of it names a person.
#[derive(Clone)]
pub enum Content {
    /// A number of the club's own.
    ClubNumber(ClubNumber),
    /// A card's number.
    Card(CardNumber),
    /// A bracelet's number.
    Bracelet(CardNumber),
    /// A device's key.
    VirtualCard(DeviceKey),
    /// A phone that receives codes.
    Phone(Phone),
    /// A PIN.
    Pin(PinHash),
    /// A face whose templates are kept here: see [`crate::templates`].
    FaceHere,
    /// An outside provider recognises it. All that is kept is its reference, decision and transaction id.
    AtProvider(Trait, ProviderResult),
    /// A vendor's device recognises it. All that is kept is its reference.
    InDevice(Trait, VendorReference),
}

impl Content {
    /// What kind of credential it makes.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Content::ClubNumber(_) => CredentialKind::ClubNumber,
            Content::Card(_) => CredentialKind::Card,
            Content::Bracelet(_) => CredentialKind::Bracelet,
            Content::VirtualCard(_) => CredentialKind::VirtualCard,
            Content::Phone(_) => CredentialKind::Phone,
            Content::Pin(_) => CredentialKind::Pin,
            Content::FaceHere => CredentialKind::Face,
            Content::AtProvider(of, _) | Content::InDevice(of, _) => of.kind(),
        }
    }

    /// Where the biometric part is kept; nothing of what is not biometric.
    #[must_use]
    pub const fn keeping(&self) -> Option<Keeping> {
        match self {
            Content::FaceHere => Some(Keeping::Here),
            Content::AtProvider(..) => Some(Keeping::AtProvider),
            Content::InDevice(..) => Some(Keeping::InDevice),
            _ => None,
        }
    }

    /// How it is shown; nothing for what is never shown as a value.
    pub(crate) const fn shown(&self) -> Option<Shown<'_>> {
        match self {
            Content::ClubNumber(number) => Some(Shown::ClubNumber(number)),
            Content::Card(number) | Content::Bracelet(number) => Some(Shown::Card(number)),
            Content::VirtualCard(key) => Some(Shown::Device(key)),
            Content::Phone(phone) => Some(Shown::Phone(phone)),
            Content::AtProvider(of, result) => Some(Shown::Provider(*of, result)),
            Content::InDevice(of, reference) => Some(Shown::Vendor(*of, reference)),
            Content::Pin(_) | Content::FaceHere => None,
        }
    }

    /// Whether another content is the same. PINs are never compared: their hashes are salted, so that the same PIN has two.
    pub(super) fn is(&self, other: &Content) -> bool {
        match (self, other) {
            (Content::ClubNumber(a), Content::ClubNumber(b)) => a == b,
            (Content::Card(a), Content::Card(b)) | (Content::Bracelet(a), Content::Bracelet(b)) => a == b,
            (Content::VirtualCard(a), Content::VirtualCard(b)) => a == b,
            (Content::Phone(a), Content::Phone(b)) => a == b,
            (Content::AtProvider(of, a), Content::AtProvider(other_of, b)) => of == other_of && a == b,
            (Content::InDevice(of, a), Content::InDevice(other_of, b)) => of == other_of && a == b,
            (Content::FaceHere, Content::FaceHere) | (Content::Pin(_), Content::Pin(_)) => true,
            _ => false,
        }
    }
}

/// What somebody shows to be recognised by.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// A card or bracelet.
    Card(&'a CardNumber),
    /// A club's own number.
    ClubNumber(&'a ClubNumber),
    /// A device.
    Device(&'a DeviceKey),
    /// A phone.
    Phone(&'a Phone),
    /// A provider's answer: its reference is looked up.
    Provider(Trait, &'a ProviderResult),
    /// A vendor's answer.
    Vendor(Trait, &'a VendorReference),
}

impl Shown<'_> {
    /// What is hashed, the whole value first. A card has several; a number of one kind is never found as another.
    pub(crate) fn keys(self) -> Vec<Vec<u8>> {
        let named = |name: &str, bytes: &[u8]| [name.as_bytes(), b":", bytes].concat();
        match self {
            Shown::Card(number) => {
                number.look_up_keys().iter().map(|key| named("card", key.as_bytes())).collect()
            }
            Shown::ClubNumber(number) => vec![named("club", number.as_str().as_bytes())],
            Shown::Device(key) => vec![named("device", key.bytes())],
            Shown::Phone(phone) => vec![named("phone", phone.as_str().as_bytes())],
            Shown::Provider(of, result) => {
                vec![named(&format!("provider:{}", trait_word(of)), result.reference().as_bytes())]
            }
            Shown::Vendor(of, reference) => {
                vec![named(&format!("vendor:{}", trait_word(of)), reference.as_str().as_bytes())]
            }
        }
    }
}

/// The sealed form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Record {
    ClubNumber(String),
    Card { bytes: Vec<u8>, spelling: String },
    Bracelet { bytes: Vec<u8>, spelling: String },
    VirtualCard(Vec<u8>),
    Phone(String),
    Pin { salt: [u8; 16], hash: [u8; 32] },
    FaceHere,
    AtProvider { of: String, reference: String, decision: String, transaction: String },
    InDevice { of: String, reference: String },
}

/// The bytes that are sealed.
pub(crate) fn to_record(content: &Content) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let spelled = |number: &CardNumber| {
        let spelling = spelling_word(number.spelling()).to_owned();
        (number.bytes().to_vec(), spelling)
    };
    let record = match content {
        Content::ClubNumber(number) => Record::ClubNumber(number.as_str().to_owned()),
        Content::Card(number) => {
            let (bytes, spelling) = spelled(number);
            Record::Card { bytes, spelling }
        }
        Content::Bracelet(number) => {
            let (bytes, spelling) = spelled(number);
            Record::Bracelet { bytes, spelling }
        }
        Content::VirtualCard(key) => Record::VirtualCard(key.0.clone()),
        Content::Phone(phone) => Record::Phone(phone.as_str().to_owned()),
        Content::Pin(PinHash { salt, hash }) => Record::Pin { salt: *salt, hash: *hash },
        Content::FaceHere => Record::FaceHere,
        Content::AtProvider(of, result) => Record::AtProvider {
            of: trait_word(*of).to_owned(),
            reference: result.reference().to_owned(),
            decision: decision_word(result.decision()).to_owned(),
            transaction: result.transaction_id().to_owned(),
        },
        Content::InDevice(of, reference) => {
            Record::InDevice { of: trait_word(*of).to_owned(), reference: reference.as_str().to_owned() }
        }
    };
    serde_json::to_vec(&record).map(Zeroizing::new).map_err(|_| Fault::broken("a credential is no JSON"))
}

/// Reads what was sealed.
///
/// # Errors
/// A fault of the kind damaged: what was sealed had been checked, so that this is a record of another program.
pub(crate) fn from_record(bytes: &[u8]) -> Result<Content, Fault> {
    let damaged = || Fault::damaged("a sealed credential has another form");
    let record: Record = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    let checked = || {
        Some(match &record {
            Record::ClubNumber(number) => Content::ClubNumber(ClubNumber::parse(number).ok()?),
            Record::Card { bytes, spelling } => Content::Card(card(bytes, spelling)?),
            Record::Bracelet { bytes, spelling } => Content::Bracelet(card(bytes, spelling)?),
            Record::VirtualCard(key) => Content::VirtualCard(DeviceKey::of(key)?),
            Record::Phone(phone) => Content::Phone(Phone::parse(phone).ok()?),
            Record::Pin { salt, hash } => Content::Pin(PinHash { salt: *salt, hash: *hash }),
            Record::FaceHere => Content::FaceHere,
            Record::AtProvider { of, reference, decision, transaction } => Content::AtProvider(
                trait_of_word(of)?,
                ProviderResult::parse(reference, decision_of_word(decision)?, transaction).ok()?,
            ),
            Record::InDevice { of, reference } => {
                Content::InDevice(trait_of_word(of)?, VendorReference::parse(reference).ok()?)
            }
        })
    };
    checked().ok_or_else(damaged)
}

/// A card's number in the spelling that it came in: the rules make one from what a reader sends, so it is sent again.
fn card(bytes: &[u8], spelling: &str) -> Option<CardNumber> {
    let mut whole = [0; 8];
    let number = |whole: &mut [u8; 8]| {
        whole.get_mut(8_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
        Some(u64::from_be_bytes(*whole))
    };
    let order = ByteOrder::AsOnCard;
    match spelling_of_word(spelling)? {
        Spelling::HexUid => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            CardNumber::from_hex(&hex, order).ok()
        }
        Spelling::Decimal => CardNumber::from_decimal(&number(&mut whole)?.to_string(), order).ok(),
        Spelling::FacilityNumber => {
            let number = number(&mut whole)?;
            CardNumber::from_facility_number(&format!("{},{}", number >> 16, number & 0xFFFF)).ok()
        }
        Spelling::Wiegand26 => {
            let bits = u32::try_from(with_parity(number(&mut whole)?, 24)).ok()?;
            CardNumber::from_wiegand_26(bits).ok()
        }
        Spelling::Wiegand34 => CardNumber::from_wiegand_34(with_parity(number(&mut whole)?, 32), order).ok(),
    }
}

/// Wiegand's bits: the first makes the first half even, the last makes the second half odd.
fn with_parity(data: u64, data_bits: u32) -> u64 {
    let half = data_bits / 2;
    let first = u64::from((data >> half).count_ones() % 2);
    let last = u64::from((data & ((1 << half) - 1)).count_ones().is_multiple_of(2));
    first << (data_bits + 1) | data << 1 | last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_card_comes_back_as_it_was() {
        let order = ByteOrder::AsOnCard;
        let numbers = [
            CardNumber::from_hex("04:A2:3B:1C", order),
            CardNumber::from_hex("04A23B1C5D6E7F", order),
            CardNumber::from_hex("04A23B1C5D6E7F808182", order),
            CardNumber::from_decimal("0077740828", order),
            CardNumber::from_facility_number("255,65535"),
            CardNumber::from_facility_number("0,1"),
            CardNumber::from_wiegand_26(0x021A_6616),
            CardNumber::from_wiegand_26(0x0002_2001),
            CardNumber::from_wiegand_34(0x0002_932C_05A4, order),
        ];
        for number in numbers {
            let number = number.unwrap();
            for content in [Content::Card(number), Content::Bracelet(number)] {
                let again = from_record(&to_record(&content).unwrap()).unwrap();
                assert!(again.is(&content), "{:?} {:?}", number.spelling(), number.bytes());
            }
        }
    }
}
