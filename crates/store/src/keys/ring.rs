//! The ring: a random key for each purpose, sealed under the root key in one piece.
//!
//! Changing the secret seals the same ring anew. Rotating the personal data key adds a version; both open until each
//! member's key is sealed under the new one.

use bonafide_domain::qr::SiteId;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::fault::Fault;
use crate::id::Id;
use crate::keys::seal::{self, Key32, random};

/// What the ring is sealed for.
const PLACE: &[u8] = b"bonafide/ring/1";

/// Versions of the personal data key that may stand beside each other: the one in use and the one that is leaving.
const VERSIONS_MAX: usize = 2;

/// Bytes of a keyed look-up.
pub const LOOKUP_BYTES: usize = 16;

/// What a look-up is for. Two kinds never meet: the same digits as a phone and as a card are different look-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// A phone number in E.164.
    Phone,
    /// An e-mail address in its canonical form.
    Email,
    /// The number of an identity document.
    Document,
    /// A card, bracelet or other credential.
    Credential,
    /// A messenger's handle.
    Messenger,
    /// What identifies the person of an imported row.
    ImportRow,
    /// All that an imported row brings.
    ImportContent,
    /// The key of a device.
    DeviceToken,
    /// An entry of a controller's log: the card, the moment and the place.
    ControllerEntry,
    /// What a caller names his request by.
    RequestKey,
    /// What a request asks for.
    RequestContent,
    /// A transaction of an outside provider.
    ProviderTransaction,
    /// What lies in a basket.
    Basket,
    /// What a code was asked for with, or where it went.
    SentTo,
    /// Whether a member whom an offer fits is left without it.
    OfferLot,
}

impl Lookup {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Lookup::Phone => "phone",
            Lookup::Email => "email",
            Lookup::Document => "document",
            Lookup::Credential => "credential",
            Lookup::Messenger => "messenger",
            Lookup::ImportRow => "import_row",
            Lookup::ImportContent => "import_content",
            Lookup::DeviceToken => "device_token",
            Lookup::ControllerEntry => "controller_entry",
            Lookup::RequestKey => "request_key",
            Lookup::RequestContent => "request_content",
            Lookup::ProviderTransaction => "provider_transaction",
            Lookup::Basket => "basket",
            Lookup::SentTo => "sent_to",
            Lookup::OfferLot => "offer_lot",
        }
    }
}

/// What is sealed under a key of the installation, since it is of no member, or of one who is not known yet. The rows live for a
/// stated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aside {
    /// What a job must know after the member's own key is gone.
    Job,
    /// An entry of a controller's log that somebody should look at.
    ControllerEntry,
    /// The answer to a request that may be repeated.
    RequestAnswer,
}

impl Aside {
    const fn name(self) -> &'static str {
        match self {
            Aside::Job => "job",
            Aside::ControllerEntry => "controller_entry",
            Aside::RequestAnswer => "request_answer",
        }
    }

    fn place(self, row: Id) -> Vec<u8> {
        format!("bonafide/{}/1/{row}", self.name()).into_bytes()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RingFile {
    personal: Vec<PersonalKey>,
    lookup: [u8; 32],
    codes: [u8; 32],
    backup: [u8; 32],
    signature: [u8; 32],
    outbox: [u8; 32],
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonalKey {
    version: u32,
    key: [u8; 32],
}

impl Zeroize for RingFile {
    fn zeroize(&mut self) {
        self.personal.iter_mut().for_each(|personal| personal.key.zeroize());
        self.lookup.zeroize();
        self.codes.zeroize();
        self.backup.zeroize();
        self.signature.zeroize();
        self.outbox.zeroize();
    }
}

/// The keys of one installation. No `Debug`, no `Serialize`; wiped on drop.
pub struct Ring(Zeroizing<RingFile>);

impl Ring {
    /// A ring of new random keys.
    pub(crate) fn generate() -> Result<Ring, Fault> {
        let key = || random::<32>().map(|key| *key);
        Ok(Ring(Zeroizing::new(RingFile {
            personal: vec![PersonalKey { version: 1, key: key()? }],
            lookup: key()?,
            codes: key()?,
            backup: key()?,
            signature: key()?,
            outbox: key()?,
        })))
    }

    /// The sealed ring as it is kept.
    pub(crate) fn seal(&self, root: &Key32) -> Result<Vec<u8>, Fault> {
        let plain = serde_json::to_vec(&*self.0).map(Zeroizing::new);
        seal::seal(root, PLACE, &plain.map_err(|_| Fault::broken("a ring is no JSON"))?)
    }

    /// Opens a sealed ring; `None` when the root key is another or a bit was changed.
    pub(crate) fn open(root: &Key32, sealed: &[u8]) -> Option<Ring> {
        let plain = seal::open(root, PLACE, sealed)?;
        serde_json::from_slice(&plain).ok().map(|file| Ring(Zeroizing::new(file)))
    }

    /// The version of the personal data key that new seals use.
    pub(crate) fn personal_version(&self) -> u32 {
        self.0.personal.iter().map(|personal| personal.version).max().unwrap_or(0)
    }

    /// A version of the personal data key.
    pub(crate) fn personal_key(&self, version: u32) -> Option<&[u8; 32]> {
        self.0.personal.iter().find(|personal| personal.version == version).map(|personal| &personal.key)
    }

    /// Adds a version of the personal data key, unless a rotation is under way already. Tells whether it did.
    pub(crate) fn begin_rotation(&mut self) -> Result<bool, Fault> {
        if self.0.personal.len() >= VERSIONS_MAX {
            return Ok(false);
        }
        let version = self.personal_version() + 1;
        self.0.personal.push(PersonalKey { version, key: *random::<32>()? });
        Ok(true)
    }

    /// Forgets all versions but the newest: every member's key is sealed under that one.
    pub(crate) fn end_rotation(&mut self) {
        let newest = self.personal_version();
        self.0.personal.retain_mut(|personal| {
            let stays = personal.version == newest;
            if !stays {
                personal.key.zeroize();
            }
            stays
        });
    }

    /// What stands in the book for a value that must be found and not read.
    #[must_use]
    pub fn lookup(&self, what: Lookup, canonical: &[u8]) -> [u8; LOOKUP_BYTES] {
        let full = keyed_hash(&self.0.lookup, what.name(), canonical);
        std::array::from_fn(|at| full[at])
    }

    /// The next link of a chain of rows: whoever has only the book cannot make one.
    pub(crate) fn chain(&self, purpose: &str, before: &[u8; 32], row: &[u8]) -> [u8; 32] {
        keyed_hash(&self.0.lookup, purpose, &[before.as_slice(), row].concat())
    }

    /// The secret of something that is used once, such as a link. It is made of the id and never kept: who asks again is given the
    /// same one, and the book has its hash.
    pub(crate) fn one_time_secret(&self, purpose: &str, id: Id) -> Key32 {
        Zeroizing::new(keyed_hash(&self.0.codes, purpose, id.bytes()))
    }

    /// The installation, as codes on members' screens name it: what its audit is checked with names it, shortened.
    #[must_use]
    pub fn site(&self) -> SiteId {
        let hash =
            Sha256::new().chain_update(b"bonafide/site/1").chain_update(self.verifying_key()).finalize();
        SiteId(std::array::from_fn(|at| hash[at]))
    }

    /// Seals what belongs to no member's key, for one row.
    pub(crate) fn seal_aside(&self, what: Aside, row: Id, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        seal::seal(&self.0.outbox, &what.place(row), plain)
    }

    /// Opens what was sealed for this row; `None` when it was for another, or a bit was changed.
    pub(crate) fn open_aside(&self, what: Aside, row: Id, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        seal::open(&self.0.outbox, &what.place(row), sealed)
    }

    /// Seals what belongs to the house and to no member, for one place only.
    pub(crate) fn seal_for_house(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        seal::seal(&self.0.outbox, format!("bonafide/house/1/{place}").as_bytes(), plain)
    }

    /// Opens what was sealed for this place; `None` when it was for another, or a bit was changed.
    pub(crate) fn open_for_house(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        seal::open(&self.0.outbox, format!("bonafide/house/1/{place}").as_bytes(), sealed)
    }

    /// Signs a head of the audit tree.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        SigningKey::from_bytes(&self.0.signature).sign(message).to_bytes()
    }

    /// Whoever holds this can check the heads without any secret.
    #[must_use]
    pub fn verifying_key(&self) -> [u8; 32] {
        SigningKey::from_bytes(&self.0.signature).verifying_key().to_bytes()
    }
}

/// Whether `signature` is that of `message` under a verifying key.
#[must_use]
pub fn is_signed(verifying_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(verifying_key)
        .is_ok_and(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok())
}

/// The HMAC-SHA256 of the purpose and the value.
fn keyed_hash(key: &[u8; 32], purpose: &str, value: &[u8]) -> [u8; 32] {
    // HMAC takes keys up to its block, 64 bytes for SHA-256, and fills up with zeros.
    let mut block = Zeroizing::new([0; 64]);
    block[..key.len()].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&(*block).into());
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(value);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_read_back_with_its_root_key_only() {
        let ring = Ring::generate().unwrap();
        let sealed = ring.seal(&Key32::new([1; 32])).unwrap();
        let again = Ring::open(&Key32::new([1; 32]), &sealed).unwrap();
        assert_eq!(again.verifying_key(), ring.verifying_key());
        assert_eq!(again.lookup(Lookup::Phone, b"+7999"), ring.lookup(Lookup::Phone, b"+7999"));
        assert!(Ring::open(&Key32::new([2; 32]), &sealed).is_none());
    }

    #[test]
    fn lookups_differ_by_kind_value_and_installation() {
        let (ring, other) = (Ring::generate().unwrap(), Ring::generate().unwrap());
        let phone = ring.lookup(Lookup::Phone, b"1");
        assert_ne!(phone, ring.lookup(Lookup::Credential, b"1"));
        assert_ne!(phone, ring.lookup(Lookup::Phone, b"2"));
        assert_ne!(phone, other.lookup(Lookup::Phone, b"1"));
    }

    #[test]
    fn one_time_secrets_and_the_site_stay_and_differ() {
        let (ring, other) = (Ring::generate().unwrap(), Ring::generate().unwrap());
        let (one, two) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        assert_eq!(ring.one_time_secret("link", one), ring.one_time_secret("link", one));
        for differing in [
            ring.one_time_secret("link", two),
            ring.one_time_secret("letter", one),
            other.one_time_secret("link", one),
        ] {
            assert_ne!(ring.one_time_secret("link", one), differing);
        }
        assert_eq!(ring.site(), ring.site());
        assert_ne!(ring.site(), other.site());
    }

    #[test]
    fn g15_a_rotation_keeps_both_versions_until_it_ends() {
        let mut ring = Ring::generate().unwrap();
        let first = *ring.personal_key(1).unwrap();
        assert!(ring.begin_rotation().unwrap());
        assert!(!ring.begin_rotation().unwrap(), "one at a time");
        assert_eq!((ring.personal_version(), *ring.personal_key(1).unwrap()), (2, first));
        ring.end_rotation();
        assert_eq!((ring.personal_version(), ring.personal_key(1)), (2, None));
    }

    #[test]
    fn signatures_are_of_one_message_and_one_key() {
        let (ring, other) = (Ring::generate().unwrap(), Ring::generate().unwrap());
        let signature = ring.sign(b"head");
        assert!(is_signed(&ring.verifying_key(), b"head", &signature));
        assert!(!is_signed(&ring.verifying_key(), b"tail", &signature));
        assert!(!is_signed(&other.verifying_key(), b"head", &signature));
    }
}
