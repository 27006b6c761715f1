//! What a card or bracelet says of itself, in all the spellings in which readers, tills and spreadsheets write it.
//!
//! One bracelet shows up as `04:A2:3B:1C`, as `1C3BA204` from a reader that turns the bytes round, as the ten digits of
//! the same 32 bits, as `FFF,NNNNN` (its last three bytes: facility and number), and as Wiegand 26 or 34 bits. All become
//! bytes, the most significant first. The caller names the spelling, which is a setting of the reader or of the import:
//! `1234567890` is ten decimal digits and five bytes in hex alike, and guessing would open a door to the wrong one.
//!
//! **Finding a card.** [`CardNumber::look_up_keys`] gives the keys under which a card is stored, and those to ask for
//! when one is read: any two spellings of one card share a key, but for the two named below. A shared key only makes a
//! candidate; [`CardNumber::agreement`] says how far two numbers really agree. If several cards agree equally well, a
//! person decides.
//!
//! **What cannot be told.**
//! - Whether a reader turns the bytes round. Numbers that agree reversed are candidates; set the reader's [`ByteOrder`].
//! - Which of 256 or more cards has this `FFF,NNNNN` or these Wiegand 26 bits: three bytes are all that is there.
//! - That `FFF,NNNNN` of the bytes and `FFF,NNNNN` of the reversed bytes are one card: they share only two bytes.
//! - Whether the number is the card's own. Four-byte UIDs are not unique worldwide; telephones, and cards whose UID begins
//!   with 08, make a new one at each touch.
//!
//! **A UID is an identifier, not a credential.** It is sent to any reader that asks and copied in minutes, so that it
//! never opens a staff or safe zone.

use crate::hidden::hide_from_debug;

/// The longest UID, in bytes.
pub const CARD_BYTES_MAX: usize = 10;
/// The most characters of a club's own number.
pub const CLUB_NUMBER_CHARS_MAX: usize = 40;
/// Bytes of `FFF,NNNNN` and of Wiegand 26: the shortest spelling, which every key can be cut down to.
const TAIL_BYTES: usize = 3;

/// How a card's number was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// The UID in hex.
    HexUid,
    /// The last 32 bits as a decimal number.
    Decimal,
    /// Facility (8 bits) and number (16 bits), both decimal.
    FacilityNumber,
    /// Wiegand with 24 bits between two parity bits.
    Wiegand26,
    /// Wiegand with 32 bits between two parity bits.
    Wiegand34,
}

/// In which order the reader sends the bytes of a UID; a setting of each reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// As the card sends them.
    AsOnCard,
    /// Turned round: the last byte comes first.
    Reversed,
}

/// The number of a card: canonical bytes, their length, and the spelling it came in.
///
/// Two numbers are equal when all three are; whether two are of one card is asked with [`CardNumber::agreement`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CardNumber {
    // Unused bytes at the end are zero, so that equality sees only the used ones.
    bytes: [u8; CARD_BYTES_MAX],
    len: usize,
    spelling: Spelling,
}

/// A key under which a card is looked up: the number of bits, then the bytes. The store keeps a keyed hash of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardKey(Vec<u8>);

/// A number that the club gives itself, as on a barcode: in capitals, without spaces and hyphens. It is another kind than
/// a card's own number and is never compared with one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClubNumber(String);

hide_from_debug!(CardNumber, CardKey, ClubNumber);

/// Why something is not a card's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRefusal {
    /// There is something other than hex digits and the separators `:`, `-`, `.` and space.
    NotHex,
    /// The number of hex digits is odd.
    HalfByte,
    /// No card has a UID of so many bytes: 4, 7 and 10 (ISO 14443), 5 (EM-Marine), 8 (ISO 15693).
    UidLength {
        /// How many there are.
        bytes: usize,
    },
    /// There are not 1 to 10 decimal digits.
    NotDecimal,
    /// The decimal number has more than 32 bits.
    DecimalTooLarge,
    /// It is not two decimal numbers of at most three and five digits with a comma between them.
    NotFacilityNumber,
    /// The facility is above 255.
    FacilityTooLarge,
    /// The number is above 65,535.
    NumberTooLarge,
    /// There are more bits than the format has.
    TooManyBits,
    /// The first bit does not make the first half of the bits even.
    LeadingParity,
    /// The last bit does not make the second half of the bits odd.
    TrailingParity,
    /// All bytes are zero: what a reader says when it has read nothing.
    AllZero,
}

/// Why something is not a club's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClubNumberRefusal {
    /// Nothing is left without spaces and hyphens.
    Empty,
    /// It has more than [`CLUB_NUMBER_CHARS_MAX`] characters.
    TooLong,
    /// It has something other than Latin letters, digits, `.`, `/` and `_`.
    Character,
}

/// How far two numbers agree, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// All bytes.
    Whole,
    /// All bytes, if one of them was read in the wrong order.
    WholeReversed,
    /// The shorter number is the end of the longer one.
    Tail,
    /// The shorter number is an end of the longer one, if one of them was read in the wrong order.
    TailReversed,
}

impl CardNumber {
    /// A UID in hex, in capitals or small letters, with or without separators.
    pub fn from_hex(text: &str, order: ByteOrder) -> Result<Self, CardRefusal> {
        let mut digits = Vec::with_capacity(2 * CARD_BYTES_MAX);
        for c in text.trim().chars().filter(|c| !matches!(c, ':' | '-' | '.' | ' ')) {
            let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digits.push(digit.ok_or(CardRefusal::NotHex)?);
        }
        if !digits.len().is_multiple_of(2) {
            return Err(CardRefusal::HalfByte);
        }
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        if !matches!(bytes.len(), 4 | 5 | 7 | 8 | 10) {
            return Err(CardRefusal::UidLength { bytes: bytes.len() });
        }
        Self::of(&bytes, order, Spelling::HexUid)
    }

    /// Hex as a controller writes it that knows no length of a UID: three bytes are `FFF,NNNNN`; zeros may be missing at the
    /// beginning, or stand there to fill a field up.
    pub fn from_controller_hex(text: &str, order: ByteOrder) -> Result<Self, CardRefusal> {
        let text = text.trim();
        // The zeros of a UID itself count where the length is one of a UID.
        let refusal = match Self::from_hex(text, order) {
            Err(refusal @ (CardRefusal::HalfByte | CardRefusal::UidLength { .. })) => refusal,
            whole => return whole,
        };
        let digits = text.trim_start_matches('0');
        if digits.is_empty() {
            return Err(CardRefusal::AllZero);
        }
        // The shortest length that holds what is left.
        let Some(width) = [6, 8, 10, 14, 16, 20].into_iter().find(|&width| width >= digits.len()) else {
            return Err(refusal);
        };
        let padded = format!("{digits:0>width$}");
        if width > 6 {
            return Self::from_hex(&padded, order);
        }
        let number = u32::from_str_radix(&padded, 16).map_err(|_| CardRefusal::NotHex)?;
        Self::of(&number.to_be_bytes()[1..], order, Spelling::FacilityNumber)
    }

    /// The 32 bits that are printed with ten digits. Zeros at the beginning may be missing: spreadsheets lose them.
    pub fn from_decimal(text: &str, order: ByteOrder) -> Result<Self, CardRefusal> {
        let number = decimal(text.trim(), 10).ok_or(CardRefusal::NotDecimal)?;
        let number = u32::try_from(number).map_err(|_| CardRefusal::DecimalTooLarge)?;
        Self::of(&number.to_be_bytes(), order, Spelling::Decimal)
    }

    /// `FFF,NNNNN`. The order of bytes cannot be put right here: a reversed reader shows other bytes, not the same ones.
    pub fn from_facility_number(text: &str) -> Result<Self, CardRefusal> {
        let (facility, number) = text.split_once(',').ok_or(CardRefusal::NotFacilityNumber)?;
        let facility = decimal(facility.trim(), 3).ok_or(CardRefusal::NotFacilityNumber)?;
        let number = decimal(number.trim(), 5).ok_or(CardRefusal::NotFacilityNumber)?;
        let facility = u8::try_from(facility).map_err(|_| CardRefusal::FacilityTooLarge)?;
        let [high, low] = u16::try_from(number).map_err(|_| CardRefusal::NumberTooLarge)?.to_be_bytes();
        Self::of(&[facility, high, low], ByteOrder::AsOnCard, Spelling::FacilityNumber)
    }

    /// 26 bits as they come from the wire, the first one the most significant: even parity over the first 12 bits of
    /// data, odd parity over the last 12.
    pub fn from_wiegand_26(bits: u32) -> Result<Self, CardRefusal> {
        let data = unwrapped(u64::from(bits), 24)?;
        Self::of(&data.to_be_bytes()[5..], ByteOrder::AsOnCard, Spelling::Wiegand26)
    }

    /// 34 bits, likewise with 16 and 16.
    pub fn from_wiegand_34(bits: u64, order: ByteOrder) -> Result<Self, CardRefusal> {
        let data = unwrapped(bits, 32)?;
        Self::of(&data.to_be_bytes()[4..], order, Spelling::Wiegand34)
    }

    fn of(read: &[u8], order: ByteOrder, spelling: Spelling) -> Result<Self, CardRefusal> {
        if read.iter().all(|&byte| byte == 0) {
            return Err(CardRefusal::AllZero);
        }
        let mut bytes = [0; CARD_BYTES_MAX];
        bytes[..read.len()].copy_from_slice(read);
        if order == ByteOrder::Reversed {
            bytes[..read.len()].reverse();
        }
        Ok(Self { bytes, len: read.len(), spelling })
    }

    /// The canonical bytes, 3 to 10, the most significant first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// How many bits are known.
    pub const fn bit_length(&self) -> usize {
        8 * self.len
    }

    /// The spelling that it came in.
    pub const fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// The keys to store a card under, and to look one up by; one to four. The first is that of all its bytes.
    pub fn look_up_keys(&self) -> Vec<CardKey> {
        let (read, turned) = (self.bytes().to_vec(), self.turned());
        let tail = |bytes: &[u8]| bytes[bytes.len() - TAIL_BYTES..].to_vec();
        let tails = [tail(&read), tail(&turned)];
        let mut keys: Vec<CardKey> = Vec::with_capacity(4);
        for bytes in [read, turned].into_iter().chain(tails) {
            let bits = u8::try_from(8 * bytes.len()).unwrap_or(u8::MAX);
            let key = CardKey([vec![bits], bytes].concat());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// How far this number and another may be of one card; nothing when they contradict each other.
    pub fn agreement(&self, other: &Self) -> Option<Agreement> {
        let (short, long) = if self.len <= other.len { (self, other) } else { (other, self) };
        let same_length = short.len == long.len;
        let (read, turned) = (short.bytes(), short.turned());
        if long.bytes().ends_with(read) {
            return Some(if same_length { Agreement::Whole } else { Agreement::Tail });
        }
        // The shorter one, the longer one or both may have been read in the wrong order.
        let ends = [long.bytes().ends_with(&turned), long.bytes().starts_with(read)];
        if ends.contains(&true) || long.bytes().starts_with(&turned) {
            return Some(if same_length { Agreement::WholeReversed } else { Agreement::TailReversed });
        }
        None
    }

    fn turned(&self) -> Vec<u8> {
        self.bytes().iter().rev().copied().collect()
    }
}

impl CardKey {
    /// The bytes to hash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl ClubNumber {
    /// Checks a number. Zeros at the beginning count.
    pub fn parse(text: &str) -> Result<Self, ClubNumberRefusal> {
        let number: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if number.is_empty() {
            return Err(ClubNumberRefusal::Empty);
        }
        if !number.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_')) {
            return Err(ClubNumberRefusal::Character);
        }
        if number.len() > CLUB_NUMBER_CHARS_MAX {
            return Err(ClubNumberRefusal::TooLong);
        }
        Ok(Self(number.to_ascii_uppercase()))
    }

    /// The canonical number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A decimal number of 1 to `digits_max` digits and nothing else.
fn decimal(text: &str, digits_max: usize) -> Option<u64> {
    let digits = (1..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Takes the parity bits off: the first makes the first half even, the last makes the second half odd.
fn unwrapped(bits: u64, data_bits: u32) -> Result<u64, CardRefusal> {
    if bits >> (data_bits + 2) != 0 {
        return Err(CardRefusal::TooManyBits);
    }
    // Each half with its parity bit: the first from the top, the second from the bottom.
    let odd = |half: u64| half.count_ones() % 2 == 1;
    let half = data_bits / 2 + 1;
    if odd(bits >> half) {
        return Err(CardRefusal::LeadingParity);
    }
    if !odd(bits & ((1 << half) - 1)) {
        return Err(CardRefusal::TrailingParity);
    }
    Ok(bits >> 1 & ((1 << data_bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ByteOrder::{AsOnCard, Reversed};
    use CardRefusal::*;

    fn hex(text: &str) -> CardNumber {
        CardNumber::from_hex(text, AsOnCard).unwrap()
    }

    fn found_by(a: &CardNumber, b: &CardNumber) -> bool {
        let keys = a.look_up_keys();
        b.look_up_keys().iter().any(|key| keys.contains(key))
    }

    #[test]
    fn wiegand_has_its_known_answers() {
        // Facility, number, 26 bits. The second catches a parity mask that is shifted by one.
        for (facility_number, bits) in
            [("13,13067", 0x021A_6616), ("1,4096", 0x0002_2001), ("255,65535", 0x01FF_FFFF)]
        {
            let read = CardNumber::from_wiegand_26(bits).unwrap();
            assert_eq!(
                read.bytes(),
                CardNumber::from_facility_number(facility_number).unwrap().bytes(),
                "{bits:x}"
            );
            assert_eq!((read.bit_length(), read.spelling()), (24, Spelling::Wiegand26));
        }
        let read = CardNumber::from_wiegand_34(0x0002_932C_05A4, AsOnCard).unwrap();
        assert_eq!(read.bytes(), CardNumber::from_decimal("1234567890", AsOnCard).unwrap().bytes());
    }

    #[test]
    fn any_flipped_wiegand_bit_is_noticed() {
        for bit in 0..26 {
            let refusal = CardNumber::from_wiegand_26(0x021A_6616 ^ 1 << bit).unwrap_err();
            assert_eq!(refusal, if bit < 13 { TrailingParity } else { LeadingParity }, "{bit}");
        }
        for bit in 0..34 {
            let refusal = CardNumber::from_wiegand_34(0x0002_932C_05A4 ^ 1 << bit, AsOnCard).unwrap_err();
            assert_eq!(refusal, if bit < 17 { TrailingParity } else { LeadingParity }, "{bit}");
        }
        assert_eq!(CardNumber::from_wiegand_26(0x0400_0001), Err(TooManyBits));
        assert_eq!(CardNumber::from_wiegand_34(u64::MAX, AsOnCard), Err(TooManyBits));
        assert_eq!(CardNumber::from_wiegand_26(1), Err(AllZero));
        assert_eq!(CardNumber::from_wiegand_26(0), Err(TrailingParity));
    }

    #[test]
    fn a_controllers_hex_has_any_length() {
        let read = |text| CardNumber::from_controller_hex(text, AsOnCard);
        for (text, bytes) in [
            ("9F4A0013C2", "9F4A0013C2"),
            ("04a23b1c", "04A23B1C"),
            ("04A23B1C5D6E80", "04A23B1C5D6E80"),
            // Filled up, or with its first zero gone.
            ("00000004A23B1C5D6E80", "00000004A23B1C5D6E80"),
            ("000004A23B1C", "04A23B1C"),
            ("4A23B1C", "04A23B1C"),
            ("000000000004A23B1C5D6E80", "04A23B1C5D6E80"),
        ] {
            assert_eq!(read(text).unwrap().bytes(), hex(bytes).bytes(), "{text}");
        }
        for text in ["A23B1C", "0A23B1C", "00A23B1C", "000000A23B1C"] {
            let number = read(text).unwrap();
            assert!(number.bytes().ends_with(&[0xA2, 0x3B, 0x1C]), "{text}");
            let printed = CardNumber::from_facility_number("162,15132").unwrap();
            assert!(number.agreement(&printed).is_some() || text == "0A23B1C", "{text}");
        }
        let turned = CardNumber::from_controller_hex("1C3BA2", Reversed).unwrap();
        assert_eq!(turned.bytes(), [0xA2, 0x3B, 0x1C]);
        for (text, refusal) in [
            ("", AllZero),
            ("0", AllZero),
            ("000000", AllZero),
            ("00000000", AllZero),
            ("9F4A0013C29F4A0013C29F", UidLength { bytes: 11 }),
            ("9F4A0013C29F4A0013C29", HalfByte),
            ("9F,1", NotHex),
            ("карта", NotHex),
        ] {
            assert_eq!(read(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn one_bracelet_is_found_by_each_spelling() {
        let card = hex("04:A2:3B:1C");
        let spellings = [
            (CardNumber::from_hex("04a23b1c", AsOnCard), Agreement::Whole),
            (CardNumber::from_hex("04-A2-3B-1C", AsOnCard), Agreement::Whole),
            (CardNumber::from_hex("1C3BA204", Reversed), Agreement::Whole),
            (CardNumber::from_hex("1C 3B A2 04", AsOnCard), Agreement::WholeReversed),
            (CardNumber::from_decimal("0077740828", AsOnCard), Agreement::Whole),
            (CardNumber::from_decimal("77740828", AsOnCard), Agreement::Whole),
            (CardNumber::from_decimal("0473670148", Reversed), Agreement::Whole),
            (CardNumber::from_decimal("0473670148", AsOnCard), Agreement::WholeReversed),
            (CardNumber::from_facility_number("162,15132"), Agreement::Tail),
            (CardNumber::from_facility_number("059,41476"), Agreement::TailReversed),
            (CardNumber::from_facility_number("004, 41531"), Agreement::TailReversed),
            (CardNumber::from_wiegand_26(wrapped(0x00A2_3B1C, 24) as u32), Agreement::Tail),
            (CardNumber::from_wiegand_34(wrapped(0x04A2_3B1C, 32), AsOnCard), Agreement::Whole),
            (CardNumber::from_wiegand_34(wrapped(0x1C3B_A204, 32), Reversed), Agreement::Whole),
        ];
        for (index, (spelled, agreement)) in spellings.into_iter().enumerate() {
            let spelled = spelled.unwrap();
            assert_eq!(card.agreement(&spelled), Some(agreement), "{index}");
            assert_eq!(spelled.agreement(&card), Some(agreement), "{index}");
            assert!(found_by(&card, &spelled), "{index}");
        }
        for other in ["04A23B1D", "05A23B1C", "1C3BA205", "9F4A0013C2"] {
            assert_eq!(card.agreement(&hex(other)), None, "{other}");
        }
    }

    #[test]
    fn what_three_bytes_cannot_tell_stays_apart() {
        let forward = CardNumber::from_facility_number("162,15132").unwrap();
        let backward = CardNumber::from_facility_number("059,41476").unwrap();
        assert_eq!(forward.agreement(&backward), None);
        assert_eq!(forward.agreement(&hex("04A23B1C")), forward.agreement(&hex("FFA23B1C")));
    }

    #[test]
    fn a_spelling_that_is_none_is_refused_by_name() {
        let of_hex = |text| CardNumber::from_hex(text, AsOnCard);
        let of_decimal = |text| CardNumber::from_decimal(text, AsOnCard);
        let cases = [
            (of_hex(""), UidLength { bytes: 0 }),
            (of_hex("04A23B"), UidLength { bytes: 3 }),
            (of_hex("04A23B1C04A2"), UidLength { bytes: 6 }),
            (of_hex(&"1".repeat(22)), UidLength { bytes: 11 }),
            (of_hex("04A23B1"), HalfByte),
            (of_hex("04A23B1G"), NotHex),
            (of_hex("04,A2,3B,1C"), NotHex),
            (of_hex("0x04A23B1C"), NotHex),
            (of_hex("00000000"), AllZero),
            (of_decimal(""), NotDecimal),
            (of_decimal("12345678901"), NotDecimal),
            (of_decimal("-123456789"), NotDecimal),
            (of_decimal("12345678 9"), NotDecimal),
            (of_decimal("٠١٢٣"), NotDecimal),
            (of_decimal("4294967296"), DecimalTooLarge),
            (of_decimal("0000000000"), AllZero),
            (CardNumber::from_facility_number("162"), NotFacilityNumber),
            (CardNumber::from_facility_number("1,2,3"), NotFacilityNumber),
            (CardNumber::from_facility_number("0162,15132"), NotFacilityNumber),
            (CardNumber::from_facility_number(",15132"), NotFacilityNumber),
            (CardNumber::from_facility_number("256,15132"), FacilityTooLarge),
            (CardNumber::from_facility_number("162,65536"), NumberTooLarge),
        ];
        for (index, (found, refusal)) in cases.into_iter().enumerate() {
            assert_eq!(found, Err(refusal), "{index}");
        }
        for bytes in [4, 5, 7, 8, 10] {
            assert_eq!(hex(&"a1".repeat(bytes)).bit_length(), 8 * bytes);
        }
        assert_eq!(format!("{:?}", hex("04A23B1C")), "CardNumber(…)");
    }

    #[test]
    fn a_club_number_is_another_kind() {
        use ClubNumberRefusal::*;
        let long = "1".repeat(CLUB_NUMBER_CHARS_MAX + 1);
        let cases = [
            (" 0012-345 a ", Ok("0012345A")),
            ("A/1.2_3", Ok("A/1.2_3")),
            (" - ", Err(Empty)),
            ("12;34", Err(Character)),
            ("12\n34", Err(Character)),
            ("карта", Err(Character)),
            (&long, Err(TooLong)),
        ];
        for (text, expected) in cases {
            let found = ClubNumber::parse(text);
            assert_eq!(found.as_ref().map(ClubNumber::as_str), expected.as_ref().copied(), "{text:?}");
        }
    }

    /// The parity bits by their definition, one after the other.
    fn wrapped(data: u64, data_bits: u32) -> u64 {
        let ones = |from: u32| (from..from + data_bits / 2).filter(|bit| data >> bit & 1 == 1).count() as u64;
        (ones(data_bits / 2) % 2) << (data_bits + 1) | data << 1 | (1 - ones(0) % 2)
    }

    /// Whatever agrees is found: the keys lose no card. Bytes of two values only, so that much agrees by chance.
    #[test]
    fn numbers_that_agree_share_a_key() {
        let numbers: Vec<CardNumber> = [3_usize, 4, 5, 7]
            .into_iter()
            .flat_map(|len| {
                (1..1_u32 << len).map(move |pattern| {
                    let bytes: Vec<u8> = (0..len).map(|i| (pattern >> i & 1) as u8).collect();
                    CardNumber::of(&bytes, AsOnCard, Spelling::HexUid).unwrap()
                })
            })
            .collect();
        let mut agreeing = 0;
        for a in &numbers {
            for b in &numbers {
                assert_eq!(a.agreement(b), b.agreement(a));
                if a.agreement(b).is_some() {
                    agreeing += 1;
                    assert!(found_by(a, b), "{:?} {:?}", a.bytes(), b.bytes());
                }
            }
        }
        assert!(agreeing > numbers.len());
    }
}
