//! The code on a member's screen: it changes every [`STEP_US`], and opens once.
//!
//! | part | bytes | what |
//! | --- | --- | --- |
//! | site | 8 | the installation that it is meant for: a code of another one opens nothing here |
//! | key | 8 | the random id that finds the public key of the member's device |
//! | step | 4 | the time in steps since 1970, big-endian |
//! | tap | 1 | which code of the step: a tap on the screen makes the next one, for an inner door |
//! | signature | 64 | ECDSA on P-256 over SHA-256 of [`CodeId::signed_bytes`], `r` and `s` as WebCrypto gives them |
//!
//! As text it is `BF`, the version `1`, and these 85 bytes in the letters of base32 (RFC 4648, upper case): 136 letters without
//! a rest, so that no two texts are one code. All of them are in the alphanumeric alphabet of a QR code, whose picture has 41
//! squares a side with medium correction, and there is no sign of punctuation among them that a scanner with another keyboard
//! layout would mistype. The version settles the algorithm: nothing in the text can choose another (case D-05).
//!
//! **A code is its key, step and tap**, and not its bytes: with `n - s` in the place of `s` a signature is as good as before.
//! So what is marked as used is a [`CodeId`].
//!
//! The checks stand in the order of [`CodeRefusal`]; the first that fails is the answer. The signature comes before the time,
//! because what nobody has signed tells no time, and the use comes last: only what is otherwise good is used up.

pub mod time;

use crate::calendar::UtcMicros;
use crate::qr::time::{STEPS_OF_TOLERANCE, step_of};

/// How long a code is shown: 15 seconds, in microseconds.
pub const STEP_US: i64 = 15_000_000;

/// Codes of one step: the first, and three taps.
pub const TAPS: u8 = 4;

/// Letters of a code.
pub const CODE_LETTERS: usize = PREFIX.len() + 1 + BODY_BYTES * 8 / 5;

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

const PREFIX: &str = "BF";
const VERSION: u8 = b'1';
const BODY_BYTES: usize = 8 + 8 + 4 + 1 + SIGNATURE_BYTES;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What a signature is made over begins with this: a signature for something else is none for a code.
const CONTEXT: &[u8] = b"bonafide/qr/1";

/// An installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteId(pub [u8; 8]);

/// What finds the public key of a member's device. It is drawn at the pairing and is no secret: it stands in every code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 8]);

/// Which code it is: two texts with the same are one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeId {
    key: KeyId,
    step: u32,
    tap: u8,
}

impl CodeId {
    /// A code; nothing for a tap that a step does not have.
    pub const fn new(key: KeyId, step: u32, tap: u8) -> Option<Self> {
        if tap < TAPS { Some(Self { key, step, tap }) } else { None }
    }

    /// Whose key.
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// Of which step since 1970.
    pub const fn step(&self) -> u32 {
        self.step
    }

    /// Which one of the step.
    pub const fn tap(&self) -> u8 {
        self.tap
    }

    /// What is signed.
    pub fn signed_bytes(&self, site: SiteId) -> Vec<u8> {
        [CONTEXT, &self.body(site)].concat()
    }

    fn body(&self, site: SiteId) -> Vec<u8> {
        [&site.0[..], &self.key.0, &self.step.to_be_bytes(), &[self.tap]].concat()
    }
}

/// A code as it was read. That it has this form says nothing about who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    site: SiteId,
    id: CodeId,
    signature: [u8; SIGNATURE_BYTES],
}

/// Why a text is no code. The checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not begin like one.
    NotACode,
    /// It is of another version.
    OtherVersion,
    /// It has more or fewer letters than [`CODE_LETTERS`].
    Length,
    /// There is a sign that is no letter of a code, lower case included.
    Letter,
    /// A step has no such tap.
    Tap,
}

impl Code {
    /// Puts a code together.
    pub const fn new(site: SiteId, id: CodeId, signature: [u8; SIGNATURE_BYTES]) -> Self {
        Self { site, id, signature }
    }

    /// Reads a code from what a scanner has read, without the line's end that some add.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let rest = text.as_bytes().strip_prefix(PREFIX.as_bytes()).ok_or(Unreadable::NotACode)?;
        let letters = match rest.split_first() {
            Some((&VERSION, letters)) => letters,
            Some((version, _)) if version.is_ascii_digit() => return Err(Unreadable::OtherVersion),
            _ => return Err(Unreadable::NotACode),
        };
        let body = from_letters(letters)?;
        let (site, rest) = body.split_first_chunk().ok_or(Unreadable::Length)?;
        let (key, rest) = rest.split_first_chunk().ok_or(Unreadable::Length)?;
        let (step, rest) = rest.split_first_chunk().ok_or(Unreadable::Length)?;
        let (&tap, rest) = rest.split_first().ok_or(Unreadable::Length)?;
        let signature = rest.try_into().map_err(|_| Unreadable::Length)?;
        let id = CodeId::new(KeyId(*key), u32::from_be_bytes(*step), tap).ok_or(Unreadable::Tap)?;
        Ok(Self { site: SiteId(*site), id, signature })
    }

    /// The text.
    pub fn text(&self) -> String {
        let body = [self.id.body(self.site).as_slice(), &self.signature].concat();
        let mut text = format!("{PREFIX}{}", char::from(VERSION));
        for chunk in body.chunks(5) {
            let bits = chunk.iter().fold(0, |bits: u64, byte| bits << 8 | u64::from(*byte));
            text.extend((0..8).rev().map(|place| char::from(ALPHABET[(bits >> (5 * place) & 31) as usize])));
        }
        text
    }

    /// The installation that it is meant for.
    pub const fn site(&self) -> SiteId {
        self.site
    }

    /// Which code it is.
    pub const fn id(&self) -> CodeId {
        self.id
    }

    /// The signature, `r` and `s`.
    pub const fn signature(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.signature
    }

    /// What the signature must be over.
    pub fn signed_bytes(&self) -> Vec<u8> {
        self.id.signed_bytes(self.site)
    }
}

/// The bytes of the letters: eight letters are five bytes.
fn from_letters(letters: &[u8]) -> Result<[u8; BODY_BYTES], Unreadable> {
    if letters.len() != BODY_BYTES * 8 / 5 {
        return Err(Unreadable::Length);
    }
    let mut body = [0; BODY_BYTES];
    for (five, eight) in body.chunks_mut(5).zip(letters.chunks(8)) {
        let mut bits = 0_u64;
        for letter in eight {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'2'..=b'7' => letter - b'2' + 26,
                _ => return Err(Unreadable::Letter),
            };
            bits = bits << 5 | u64::from(value);
        }
        five.copy_from_slice(&bits.to_be_bytes()[3..]);
    }
    Ok(body)
}

/// Why a code opens nothing. The checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRefusal {
    /// It is of a version that this program does not know.
    UnknownVersion,
    /// It begins like a code and is none: cut off, or mistyped.
    Damaged,
    /// It is meant for another installation.
    OtherSite,
    /// Nobody has a device with this key id (any more): pair it again.
    UnknownKey,
    /// The signature is not that of the key.
    Forged,
    /// The clock was set back or is not set, so that nobody knows what is old (cases D-09, D-10).
    NoTrustedTime,
    /// It will be shown later: the clock of the device or of the door is wrong.
    TooEarly,
    /// It was shown too long ago: perhaps a picture of it (case D-04).
    Expired,
    /// It has opened before (cases D-01, D-02).
    Replay,
}

impl From<Unreadable> for CodeRefusal {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::OtherVersion => Self::UnknownVersion,
            Unreadable::NotACode | Unreadable::Length | Unreadable::Letter | Unreadable::Tap => Self::Damaged,
        }
    }
}

/// Who has signed a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// Nobody has a key with this id.
    Nobody,
    /// There is such a key, and the signature is not its own.
    Another,
    /// The key that the code names.
    Own,
}

/// Whether a code counts here and now, but for whether it was used. `now` is what [`time::trusted`] made of the clock.
pub fn judge(code: &Code, site: SiteId, signer: Signer, now: Option<UtcMicros>) -> Result<(), CodeRefusal> {
    if code.site != site {
        return Err(CodeRefusal::OtherSite);
    }
    match signer {
        Signer::Nobody => return Err(CodeRefusal::UnknownKey),
        Signer::Another => return Err(CodeRefusal::Forged),
        Signer::Own => {}
    }
    let step_now = i64::from(step_of(now.ok_or(CodeRefusal::NoTrustedTime)?));
    let step = i64::from(code.id.step);
    if step > step_now + STEPS_OF_TOLERANCE {
        return Err(CodeRefusal::TooEarly);
    }
    if step < step_now - STEPS_OF_TOLERANCE {
        return Err(CodeRefusal::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: SiteId = SiteId([1; 8]);
    const KEY: KeyId = KeyId([2; 8]);

    fn at(seconds: i64) -> UtcMicros {
        UtcMicros::parse(1_800_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    fn code(steps: i64, tap: u8) -> Code {
        let step = u32::try_from(i64::from(step_of(at(0))) + steps).unwrap();
        Code::new(SITE, CodeId::new(KEY, step, tap).unwrap(), [0xA5; 64])
    }

    #[test]
    fn a_code_has_one_text_and_is_read_back() {
        let text = code(0, 3).text();
        // Pinned: phones that are paired make codes of this form.
        let expected = "BF1AEAQCAIBAEAQCAQCAIBAEAQCAIDSODQAAOS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNFUWS2LJNF";
        assert_eq!((text.as_str(), text.len()), (expected, CODE_LETTERS));
        assert_eq!(Code::parse(&text), Ok(code(0, 3)));
        let signed = code(0, 3).signed_bytes();
        assert!(
            signed.starts_with(b"bonafide/qr/1\x01\x01") && signed.ends_with(&[2, 2, 7, 39, 14, 0, 3]),
            "{signed:?}"
        );
        assert_eq!(signed.len(), 13 + 21);
        assert_eq!(CodeId::new(KEY, 0, TAPS), None);
    }

    #[test]
    fn d05_what_has_another_form_is_named() {
        let good = code(0, 0).text();
        let with = |at: usize, sign: &str| format!("{}{sign}{}", &good[..at], &good[at + 1..]);
        // The tap is the last byte before the signature, bits 160 to 168: letters 32 and 33 of the body.
        let tap_4 = {
            let mut body = [code(0, 0).id.body(SITE), vec![0xA5; 64]].concat();
            body[20] = TAPS;
            let id = CodeId { key: KEY, step: code(0, 0).id.step, tap: TAPS };
            assert_eq!(id.body(SITE), body[..21]);
            Code { id, ..code(0, 0) }.text()
        };
        for (text, expected) in [
            (String::new(), Unreadable::NotACode),
            ("B".to_owned(), Unreadable::NotACode),
            ("BF".to_owned(), Unreadable::NotACode),
            ("BFA".to_owned(), Unreadable::NotACode),
            (good.to_lowercase(), Unreadable::NotACode),
            (format!(" {good}"), Unreadable::NotACode),
            (with(2, "0"), Unreadable::OtherVersion),
            (with(2, "2"), Unreadable::OtherVersion),
            ("BF9".to_owned(), Unreadable::OtherVersion),
            ("BF1".to_owned(), Unreadable::Length),
            (good[..good.len() - 1].to_owned(), Unreadable::Length),
            (format!("{good}A"), Unreadable::Length),
            (format!("{good}\n"), Unreadable::Length),
            (with(50, "a"), Unreadable::Letter),
            (with(50, "="), Unreadable::Letter),
            (with(50, "1"), Unreadable::Letter),
            (with(50, "8"), Unreadable::Letter),
            (with(50, "0"), Unreadable::Letter),
            (tap_4, Unreadable::Tap),
        ] {
            assert_eq!(Code::parse(&text), Err(expected), "{text}");
        }
    }

    /// Nothing that a scanner may send makes the parser fall, and whatever it takes has no other text.
    #[test]
    fn d05_nonsense_is_refused_and_what_is_read_is_canonical() {
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let mut draw = move |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        let signs: Vec<char> =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abc01289=-_ \n\u{e9}\u{1f600}\0".chars().collect();
        let mut read = 0;
        for round in 0..20_000_u32 {
            let mut text: Vec<char> =
                code(i64::from(round % 7) - 3, (round % 4) as u8).text().chars().collect();
            for _ in 0..draw(4) {
                let sign = signs[draw(if round % 2 == 0 { 32 } else { signs.len() })];
                match draw(4) {
                    0 => text.truncate(draw(text.len() + 1)),
                    1 => text.insert(draw(text.len() + 1), sign),
                    _ if text.is_empty() => {}
                    _ => {
                        let place = draw(text.len());
                        text[place] = sign;
                    }
                }
            }
            let text: String = text.into_iter().collect();
            if let Ok(code) = Code::parse(&text) {
                read += 1;
                assert_eq!(code.text(), text);
            }
        }
        assert!(read > 2_000, "{read}");
    }

    #[test]
    fn the_first_check_that_fails_is_the_answer() {
        let other = Code::new(SiteId([9; 8]), code(-9, 0).id, [0; 64]);
        let ask = |code: &Code, signer, now| judge(code, SITE, signer, now);
        for (code, signer, now, expected) in [
            (other, Signer::Nobody, None, CodeRefusal::OtherSite),
            (code(-9, 0), Signer::Nobody, None, CodeRefusal::UnknownKey),
            (code(-9, 0), Signer::Another, None, CodeRefusal::Forged),
            (code(-9, 0), Signer::Own, None, CodeRefusal::NoTrustedTime),
        ] {
            assert_eq!(ask(&code, signer, now), Err(expected));
        }
        assert_eq!(ask(&code(0, 0), Signer::Own, Some(at(0))), Ok(()));
        assert_eq!(CodeRefusal::from(Unreadable::OtherVersion), CodeRefusal::UnknownVersion);
        assert_eq!(CodeRefusal::from(Unreadable::Tap), CodeRefusal::Damaged);
    }

    #[test]
    fn d04_a_code_counts_for_one_step_before_and_after_its_own() {
        for (seconds, expected) in [
            (-30, Err(CodeRefusal::TooEarly)),
            (-16, Err(CodeRefusal::TooEarly)),
            (-15, Ok(())),
            (0, Ok(())),
            (29, Ok(())),
            (30, Err(CodeRefusal::Expired)),
            (3_600, Err(CodeRefusal::Expired)),
        ] {
            assert_eq!(judge(&code(0, 1), SITE, Signer::Own, Some(at(seconds))), expected, "{seconds}");
        }
        // The ends of the numbers.
        for (step, expected) in [(0, CodeRefusal::Expired), (u32::MAX, CodeRefusal::TooEarly)] {
            let code = Code::new(SITE, CodeId::new(KEY, step, 0).unwrap(), [0; 64]);
            assert_eq!(judge(&code, SITE, Signer::Own, Some(at(0))), Err(expected));
        }
    }
}
