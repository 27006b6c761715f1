//! What a credential is made of, as a person types it: checked, or refused with what to do.

use bonafide_domain::card::{ByteOrder, CardNumber, CardRefusal, ClubNumber, ClubNumberRefusal};
use bonafide_domain::consent::{ProviderDecision, ProviderRefusal, ProviderResult, VendorReference};
use bonafide_domain::credential::CredentialKind;
use bonafide_domain::profile::Phone;
use bonafide_store::credentials::content::{Content, DEVICE_KEY_BYTES, DeviceKey, Trait};
use bonafide_store::id::Id;
use bonafide_store::keys::ring::{Lookup, Ring};

use crate::commands::credentials::pin;
use crate::failure::Failure;

/// What a credential is, in the words of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KindArg {
    /// A card.
    Card,
    /// A bracelet.
    Bracelet,
    /// A number of the club's own: printed, or in a wallet. It may earn, never spend, and opens nothing alone.
    ClubNumber,
    /// A phone that receives codes.
    Phone,
    /// A virtual card: the key in a member's device.
    VirtualCard,
    /// A PIN. It is asked for, or read from standard input; it is no argument.
    Pin,
    /// A face that an outside provider or a vendor's device recognises. One that is kept here: `members enrol-face`.
    Face,
    /// A fingerprint that a vendor's device recognises.
    Fingerprint,
    /// A palm that a vendor's device recognises.
    Palm,
    /// A voice that an outside provider recognises.
    Voice,
}

impl KindArg {
    /// The kind of the rules.
    pub(crate) const fn kind(self) -> CredentialKind {
        match self {
            KindArg::Card => CredentialKind::Card,
            KindArg::Bracelet => CredentialKind::Bracelet,
            KindArg::ClubNumber => CredentialKind::ClubNumber,
            KindArg::Phone => CredentialKind::Phone,
            KindArg::VirtualCard => CredentialKind::VirtualCard,
            KindArg::Pin => CredentialKind::Pin,
            KindArg::Face => CredentialKind::Face,
            KindArg::Fingerprint => CredentialKind::Fingerprint,
            KindArg::Palm => CredentialKind::Palm,
            KindArg::Voice => CredentialKind::Voice,
        }
    }
}

/// How a card's number is written. The same digits mean different cards, so that nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SpellingArg {
    /// The UID in hexadecimal, as 04:A2:3B:1C.
    Hex,
    /// Ten decimal digits, as 0077740828.
    Decimal,
    /// Facility and number, as 162,15132.
    Facility,
    /// The 26 bits of a Wiegand reader in hexadecimal, as 21A6616, both check bits included.
    #[value(name = "wiegand-26")]
    Wiegand26,
    /// The 34 bits of a Wiegand reader in hexadecimal, as 2932C05A4.
    #[value(name = "wiegand-34")]
    Wiegand34,
}

/// Which thing it is.
#[derive(Debug, clap::Args)]
pub(crate) struct ContentArgs {
    /// The number of a card, bracelet or phone, a club's own number, or a device's key in hexadecimal.
    #[arg(long)]
    number: Option<String>,
    /// How the number of a card or bracelet is written.
    #[arg(long, value_enum)]
    spelling: Option<SpellingArg>,
    /// The reader turns the bytes round.
    #[arg(long)]
    reversed: bool,
    /// What an outside provider, or a vendor's device, calls the person.
    #[arg(long, value_name = "ID")]
    reference: Option<String>,
    /// The provider's id of the enrolment. With it the reference is a provider's, without it that of a vendor's device.
    #[arg(long, value_name = "ID")]
    transaction: Option<String>,
}

fn bad(words: impl Into<String>) -> Failure {
    Failure::new("bad_value", words)
}

fn missing(words: &str) -> Failure {
    Failure::new("missing_value", words)
}

impl ContentArgs {
    /// The content of a credential of this kind. A PIN is asked for; a club's own number is made when none is given.
    ///
    /// # Errors
    /// `missing_value` and `bad_value` with what to do; `bad_pin`; `kept_here` for a face without a reference.
    pub(crate) fn content(
        &self,
        kind: CredentialKind,
        ring: &Ring,
        operation: Id,
    ) -> Result<Content, Failure> {
        match kind {
            CredentialKind::Pin => pin::asked().map(Content::Pin),
            CredentialKind::ClubNumber if self.number.is_none() => {
                made_club_number(ring, operation).map(Content::ClubNumber)
            }
            _ => self.shown(kind),
        }
    }

    /// A club's own number that was made, and not given: it is told once, to be written on a card.
    pub(crate) fn made(&self, content: &Content) -> Option<String> {
        match content {
            Content::ClubNumber(number) if self.number.is_none() => Some(number.as_str().to_owned()),
            _ => None,
        }
    }

    /// The same for what somebody shows: nothing is made or asked for.
    ///
    /// # Errors
    /// As [`ContentArgs::content`]; `not_looked_up` for a PIN, which many may have.
    pub(crate) fn shown(&self, kind: CredentialKind) -> Result<Content, Failure> {
        match kind {
            CredentialKind::Card => self.card().map(Content::Card),
            CredentialKind::Bracelet => self.card().map(Content::Bracelet),
            CredentialKind::ClubNumber => {
                let number = ClubNumber::parse(self.number("--number A-0017")?);
                number.map(Content::ClubNumber).map_err(|refusal| bad(club_number_words(refusal)))
            }
            CredentialKind::Phone => {
                let phone = Phone::parse(self.number("--number +79123456789")?);
                let words = "--number is no phone: write it with its country, as +79123456789";
                phone.map(Content::Phone).map_err(|_| bad(words))
            }
            CredentialKind::VirtualCard => self.device_key().map(Content::VirtualCard),
            CredentialKind::Face => self.recognised(Trait::Face),
            CredentialKind::Fingerprint => self.recognised(Trait::Fingerprint),
            CredentialKind::Palm => self.recognised(Trait::Palm),
            CredentialKind::Voice => self.recognised(Trait::Voice),
            CredentialKind::Pin => Err(Failure::new(
                "not_looked_up",
                "nobody is found by a PIN: several members may have the same",
            )),
        }
    }

    fn number(&self, example: &str) -> Result<&str, Failure> {
        self.number.as_deref().ok_or_else(|| missing(&format!("which one? Give {example}")))
    }

    fn card(&self) -> Result<CardNumber, Failure> {
        let number = self.number("--number 04:A2:3B:1C --spelling hex")?;
        let words =
            "how is the number written? Give --spelling hex, decimal, facility, wiegand-26 or wiegand-34";
        let order = if self.reversed { ByteOrder::Reversed } else { ByteOrder::AsOnCard };
        let bits = || {
            let digits = number.trim().trim_start_matches("0x");
            u64::from_str_radix(digits, 16)
                .map_err(|_| bad("the bits of a Wiegand reader are hexadecimal digits"))
        };
        let card = match self.spelling.ok_or_else(|| missing(words))? {
            SpellingArg::Hex => CardNumber::from_hex(number, order),
            SpellingArg::Decimal => CardNumber::from_decimal(number, order),
            SpellingArg::Facility | SpellingArg::Wiegand26 if self.reversed => {
                let words = "--reversed says nothing here: of three bytes a reversed reader shows other ones";
                return Err(bad(words));
            }
            SpellingArg::Facility => CardNumber::from_facility_number(number),
            SpellingArg::Wiegand26 => {
                u32::try_from(bits()?).map_or(Err(CardRefusal::TooManyBits), CardNumber::from_wiegand_26)
            }
            SpellingArg::Wiegand34 => CardNumber::from_wiegand_34(bits()?, order),
        };
        card.map_err(|refusal| bad(card_words(refusal)))
    }

    fn device_key(&self) -> Result<DeviceKey, Failure> {
        let number = self.number("--number with the device's key in hexadecimal")?;
        let words = || {
            let (least, most) = (DEVICE_KEY_BYTES.start(), DEVICE_KEY_BYTES.end());
            bad(format!("a device's key is {least} to {most} bytes in hexadecimal"))
        };
        let bytes = hex_bytes(number).ok_or_else(words)?;
        DeviceKey::of(&bytes).ok_or_else(words)
    }

    fn recognised(&self, of: Trait) -> Result<Content, Failure> {
        let Some(reference) = &self.reference else {
            if of == Trait::Face {
                let words = "a face that is recognised here is enrolled with `bonafide members enrol-face`; for one \
                             that a provider or a device recognises give its --reference";
                return Err(Failure::new("kept_here", words));
            }
            return Err(missing("what does the provider or the device call the person? Give --reference"));
        };
        match &self.transaction {
            Some(transaction) => ProviderResult::parse(reference, ProviderDecision::Confirmed, transaction)
                .map(|result| Content::AtProvider(of, result))
                .map_err(|refusal| bad(provider_words(refusal))),
            None => VendorReference::parse(reference)
                .map(|reference| Content::InDevice(of, reference))
                .map_err(|refusal| bad(provider_words(refusal))),
        }
    }
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Letters and digits that nobody takes for another one.
const CLUB_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Letters of a club's own number that is made here: 60 bits, so that nobody finds another member's by counting or trying.
const CLUB_NUMBER_CHARS: usize = 12;

/// A number of the club's own that nobody can guess: a keyed hash of the operation, so that an operation that is asked for
/// again makes the same one.
///
/// # Errors
/// Never: the letters are those that the rules accept.
pub(crate) fn made_club_number(ring: &Ring, operation: Id) -> Result<ClubNumber, Failure> {
    let seed = [b"made-club-number:".as_slice(), operation.bytes()].concat();
    let random = ring.lookup(Lookup::Credential, &seed);
    // 256 is a multiple of 32: each letter is as likely.
    let letters = random.iter().take(CLUB_NUMBER_CHARS).map(|byte| CLUB_LETTERS[usize::from(byte % 32)]);
    let text: String = letters.map(char::from).collect();
    ClubNumber::parse(&text).map_err(|refusal| bad(club_number_words(refusal)))
}

fn card_words(refusal: CardRefusal) -> String {
    match refusal {
        CardRefusal::NotHex => {
            "with --spelling hex the number has hexadecimal digits only, with : - . or spaces between them"
                .to_owned()
        }
        CardRefusal::HalfByte => "a digit is missing: the number of hexadecimal digits is odd".to_owned(),
        CardRefusal::UidLength { bytes } => {
            format!(
                "no card has a number of {bytes} bytes: 4, 5, 7, 8 or 10 are possible; was it read to its end?"
            )
        }
        CardRefusal::NotDecimal => {
            "with --spelling decimal the number has 1 to 10 digits and nothing else".to_owned()
        }
        CardRefusal::DecimalTooLarge => {
            "the number is above 4294967295, which no card shows in decimal: is it hexadecimal?".to_owned()
        }
        CardRefusal::NotFacilityNumber => {
            "with --spelling facility the number is written as 162,15132: three and five digits at most"
                .to_owned()
        }
        CardRefusal::FacilityTooLarge => "the part before the comma is at most 255".to_owned(),
        CardRefusal::NumberTooLarge => "the part behind the comma is at most 65535".to_owned(),
        CardRefusal::TooManyBits => "the number has more bits than this format".to_owned(),
        CardRefusal::LeadingParity | CardRefusal::TrailingParity => {
            "the check bits do not fit: read the card again, or the format is another".to_owned()
        }
        CardRefusal::AllZero => {
            "all zeros is what a reader says when it has read nothing: read the card again".to_owned()
        }
    }
}

const fn club_number_words(refusal: ClubNumberRefusal) -> &'static str {
    match refusal {
        ClubNumberRefusal::Empty => "the number is empty",
        ClubNumberRefusal::TooLong => "a club's own number has at most 40 characters",
        ClubNumberRefusal::Character => "a club's own number has Latin letters, digits and . / _ only",
    }
}

const fn provider_words(refusal: ProviderRefusal) -> &'static str {
    match refusal {
        ProviderRefusal::Reference => {
            "--reference is no id: 1 to 128 letters, digits and - _ . : and nothing else, no picture and no template"
        }
        ProviderRefusal::TransactionId => "--transaction is no id: 1 to 128 letters, digits and - _ . :",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_pairs() {
        assert_eq!(hex_bytes(" 04:a2 3B "), Some(vec![0x04, 0xA2, 0x3B]));
        for bad in ["0", "0g", "0x04", "ж"] {
            assert_eq!(hex_bytes(bad), None, "{bad}");
        }
    }
}
