//! The operator's secret opens the ring; nothing else does.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::fault::{Fault, FaultKind};

/// A key of 32 bytes, wiped on drop.
pub(crate) type Key32 = Zeroizing<[u8; 32]>;

/// Bytes of a nonce and a tag that every seal adds.
pub(super) const SEAL_OVERHEAD_BYTES: usize = NONCE_BYTES + 16;

const NONCE_BYTES: usize = 24;

/// What the operator brings. It has no `Debug`.
pub enum Secret {
    /// The bytes of a key file: random already, so that nothing is gained by making them slow to guess.
    KeyFile(Zeroizing<Vec<u8>>),
    /// A passphrase: made slow to guess.
    Passphrase(Zeroizing<String>),
}

/// How hard a passphrase is to guess: Argon2id with 64 MiB and three passes (RFC 9106, second recommendation).
const PASSPHRASE_MEMORY_KIB: u32 = 64 * 1024;
const PASSPHRASE_PASSES: u32 = 3;

impl Secret {
    /// The root key with this salt.
    pub(crate) fn root_key(&self, salt: &[u8; 16]) -> Result<Key32, Fault> {
        // A key file goes the same way with the least work: one function to judge, and a salt for both.
        let (secret, memory_kib, passes) = match self {
            Secret::KeyFile(bytes) => (bytes.as_slice(), Params::MIN_M_COST, 1),
            Secret::Passphrase(words) => (words.as_bytes(), PASSPHRASE_MEMORY_KIB, PASSPHRASE_PASSES),
        };
        let broken = |error: argon2::Error| Fault::broken(format!("argon2id: {error}"));
        let parameters = Params::new(memory_kib, passes, 1, Some(32)).map_err(broken)?;
        let mut key = Key32::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(secret, salt, key.as_mut_slice())
            .map_err(broken)?;
        Ok(key)
    }

    /// What the secret is, for the note beside the ring: it tells which question to ask.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Secret::KeyFile(_) => "key_file",
            Secret::Passphrase(_) => "passphrase",
        }
    }
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Fault> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| Fault::new(FaultKind::NoRandomness, error))?;
    Ok(bytes)
}

/// Seals `plain` so that it opens with the same key and the same `place` only: nonce, ciphertext, tag.
pub(crate) fn seal(key: &[u8; 32], place: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let nonce = random::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let sealed = cipher
        .encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad: place })
        .map_err(|_| Fault::broken("a text is too long to be sealed"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made; `None` when the key, the place or a bit differs.
pub(crate) fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place }).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_in_its_place_with_its_key_and_nowhere_else() {
        let (key, other) = ([7; 32], [8; 32]);
        let sealed = seal(&key, b"members/name/1", b"Anna").unwrap();
        assert_eq!(sealed.len(), 4 + SEAL_OVERHEAD_BYTES);
        assert_eq!(open(&key, b"members/name/1", &sealed).unwrap().as_slice(), b"Anna");
        assert!(open(&other, b"members/name/1", &sealed).is_none());
        assert!(open(&key, b"members/name/2", &sealed).is_none());
        for bit in 0..8 * sealed.len() {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, b"members/name/1", &flipped).is_none(), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(open(&key, b"members/name/1", &sealed[..len]).is_none(), "{len} bytes");
        }
        assert_ne!(
            seal(&key, b"", b"x").unwrap(),
            seal(&key, b"", b"x").unwrap(),
            "a nonce is never used twice"
        );
    }

    #[test]
    fn a_secret_gives_one_root_key_for_each_salt() {
        let file = Secret::KeyFile(Zeroizing::new(vec![1; 32]));
        assert_eq!(file.root_key(&[0; 16]).unwrap(), file.root_key(&[0; 16]).unwrap());
        assert_ne!(file.root_key(&[0; 16]).unwrap(), file.root_key(&[1; 16]).unwrap());
        let words = Secret::Passphrase(Zeroizing::new("correct horse".to_owned()));
        assert_ne!(file.root_key(&[0; 16]).unwrap(), words.root_key(&[0; 16]).unwrap());
    }
}
