//! The key pair of a member's device: ECDSA on P-256, what WebCrypto makes in every browser with a private half that it cannot
//! give away.

use bonafide_domain::qr::SIGNATURE_BYTES;
use bonafide_store::credentials::content::DeviceKey;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// Bytes of a public key: an uncompressed point (SEC 1), as WebCrypto exports it "raw".
pub const PUBLIC_KEY_BYTES: usize = 65;

/// The generator of P-256. Whoever names no key is checked against this one, so that the time of an answer does not tell which
/// keys there are; what comes out is left aside.
const NOBODYS: [u8; PUBLIC_KEY_BYTES] = [
    0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2,
    0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F,
    0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE,
    0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5,
];

/// Reads the public key that a device brings; `None` when it is no point of the curve, or in another form.
#[must_use]
pub fn public_key(bytes: &[u8]) -> Option<DeviceKey> {
    if bytes.len() != PUBLIC_KEY_BYTES {
        return None;
    }
    VerifyingKey::from_sec1_bytes(bytes).ok()?;
    DeviceKey::of(bytes)
}

/// Whether a signature over these bytes is that of a key. Without a key, or with one of another kind, it is not, after the same
/// work.
#[must_use]
pub fn has_signed(key: Option<&DeviceKey>, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
    let own = key.and_then(|key| VerifyingKey::from_sec1_bytes(key.bytes()).ok());
    let is_own = own.is_some();
    let checked_with = own.or_else(|| VerifyingKey::from_sec1_bytes(&NOBODYS).ok());
    let signature = Signature::from_slice(signature).ok();
    let fits = checked_with.zip(signature).is_some_and(|(key, of)| key.verify(message, &of).is_ok());
    is_own && fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;

    fn pair(seed: u8) -> (SigningKey, DeviceKey) {
        let secret = SigningKey::from_slice(&[seed; 32]).unwrap();
        let key = public_key(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
        (secret, key)
    }

    fn bytes(signature: &Signature) -> [u8; SIGNATURE_BYTES] {
        signature.to_bytes().into()
    }

    #[test]
    fn a_signature_is_that_of_one_key_and_one_message() {
        let ((secret, key), (_, other)) = (pair(1), pair(2));
        let signature: Signature = secret.sign(b"message");
        let of = bytes(&signature);
        assert!(has_signed(Some(&key), b"message", &of));
        assert!(!has_signed(Some(&other), b"message", &of));
        assert!(!has_signed(Some(&key), b"another", &of));
        assert!(!has_signed(None, b"message", &of));
        let no_point = DeviceKey::of(&[4; 65]).unwrap();
        assert!(!has_signed(Some(&no_point), b"message", &of));
        for numbers in [[0; 64], [255; 64]] {
            assert!(!has_signed(Some(&key), b"message", &numbers));
        }
        // Browsers give either of the two forms.
        let (r, s) = (signature.r(), signature.s());
        let twin = Signature::from_scalars(r, -s).unwrap();
        assert_ne!(bytes(&twin), of);
        assert!(has_signed(Some(&key), b"message", &bytes(&twin)));
    }

    #[test]
    fn the_key_of_nobody_signs_for_nobody() {
        let mut one = [0; 32];
        one[31] = 1;
        let secret = SigningKey::from_slice(&one).unwrap();
        assert_eq!(secret.verifying_key().to_sec1_point(false).as_bytes(), NOBODYS);
        let signature: Signature = secret.sign(b"message");
        assert!(!has_signed(None, b"message", &bytes(&signature)));
    }

    #[test]
    fn d05_what_is_no_point_of_the_curve_is_no_key() {
        let (secret, _) = pair(3);
        let good = secret.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        let compressed = secret.verifying_key().to_sec1_point(true).as_bytes().to_vec();
        let mut off_the_curve = good.clone();
        off_the_curve[64] ^= 1;
        for bytes in [Vec::new(), vec![4; 65], vec![0; 65], compressed, off_the_curve, good[..64].to_vec()] {
            assert!(public_key(&bytes).is_none(), "{bytes:?}");
        }
        assert!(public_key(&good).is_some());
    }
}
