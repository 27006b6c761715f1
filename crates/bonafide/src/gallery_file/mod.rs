//! The gallery file: members and their templates, sealed.
//!
//! ```text
//! header (68 bytes, authenticated):
//!   0  "BONAFACE"   magic
//!   8  u32 LE       version of this format
//!   12 u32 LE ×3    Argon2id: memory in KiB, passes, lanes
//!   24 [u8; 4]      reserved, zero
//!   28 [u8; 24]     XChaCha20-Poly1305 nonce
//!   52 [u8; 16]     Argon2id salt
//! 68 …              sealed record (see `record`), with a 16-byte tag
//! ```
//!
//! The key is Argon2id of the passphrase or key file. The header is the associated data, so that no bit of the file can
//! be changed unnoticed. A wrong key and a changed bit look the same, as they must. Files are replaced, never changed.

pub mod record;

use std::io::Write;
use std::path::Path;

use bonafide_faces::template::{ModelId, Template};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The version that this program writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// The largest file that is read, in bytes: two million templates of 128 numbers.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

const MAGIC: &[u8; 8] = b"BONAFACE";
const NONCE_AT: usize = 28;
const SALT_AT: usize = 52;
const HEADER_BYTES: usize = 68;

/// How hard a passphrase is to guess: Argon2id with 64 MiB and three passes (RFC 9106, second recommendation).
const HARDNESS: Hardness = Hardness { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hardness {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The most that a file may ask of the machine that opens it: the header is read before it is authenticated.
const HARDNESS_MAX: Hardness = Hardness { memory_kib: 256 * 1024, passes: 8, lanes: 4 };

/// A member as the file holds it.
pub struct EnrolledMember {
    /// The name of the member's folder.
    pub name: String,
    /// One template for each accepted photo, as the recogniser gave it.
    pub templates: Vec<Template>,
}

/// The content of a gallery file.
pub struct GalleryContent {
    /// The model of all templates.
    pub model: ModelId,
    /// The members, by name.
    pub members: Vec<EnrolledMember>,
}

/// Why a gallery file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GalleryFileRefusal {
    /// Too short, or of another kind.
    NotAGallery,
    /// Written by another version of the program.
    Version {
        /// The version in the file.
        found: u32,
    },
    /// The header asks for more memory or time than is allowed, or is not well formed.
    BadHeader,
    /// The key is wrong, or a bit of the file was changed.
    WrongKeyOrChanged,
    /// The sealed record is not well formed: written by a faulty program.
    BadRecord,
    /// Larger than [`FILE_BYTES_MAX`].
    TooLarge,
}

impl std::fmt::Display for GalleryFileRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GalleryFileRefusal::NotAGallery => write!(f, "this is not a gallery file"),
            GalleryFileRefusal::Version { found } => {
                write!(
                    f,
                    "the gallery file has version {found}, this program reads version {VERSION}: use the program that wrote it"
                )
            }
            GalleryFileRefusal::BadHeader => {
                write!(f, "the header of the gallery file is damaged: restore it from a backup")
            }
            GalleryFileRefusal::WrongKeyOrChanged => {
                write!(
                    f,
                    "the key is wrong, or the gallery file was changed: check the key, then restore from a backup"
                )
            }
            GalleryFileRefusal::BadRecord => {
                write!(f, "the content of the gallery file cannot be read: restore it from a backup")
            }
            GalleryFileRefusal::TooLarge => {
                write!(f, "the gallery file is larger than {FILE_BYTES_MAX} bytes")
            }
        }
    }
}

impl std::error::Error for GalleryFileRefusal {}

impl From<GalleryFileRefusal> for Failure {
    fn from(refusal: GalleryFileRefusal) -> Self {
        let key = match refusal {
            GalleryFileRefusal::NotAGallery => "not_a_gallery",
            GalleryFileRefusal::Version { .. } => "gallery_version",
            GalleryFileRefusal::BadHeader => "gallery_header_damaged",
            GalleryFileRefusal::WrongKeyOrChanged => "wrong_key_or_changed",
            GalleryFileRefusal::BadRecord => "gallery_record_damaged",
            GalleryFileRefusal::TooLarge => "gallery_too_large",
        };
        Failure::new(key, refusal.to_string())
    }
}

/// Opens a sealed gallery in memory.
///
/// # Errors
/// [`GalleryFileRefusal`] with the first reason, in the order of the enum.
pub fn open(bytes: &[u8], secret: &[u8]) -> Result<GalleryContent, GalleryFileRefusal> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(GalleryFileRefusal::TooLarge);
    }
    let (header, sealed, hardness) = read_header(bytes)?;
    let cipher = cipher(secret, &header[SALT_AT..], hardness).ok_or(GalleryFileRefusal::BadHeader)?;
    let payload = Payload { msg: sealed, aad: header };
    let nonce = XNonce::try_from(&header[NONCE_AT..SALT_AT]).map_err(|_| GalleryFileRefusal::BadHeader)?;
    let record = cipher.decrypt(&nonce, payload).map(Zeroizing::new);
    record::read(&record.map_err(|_| GalleryFileRefusal::WrongKeyOrChanged)?)
        .ok_or(GalleryFileRefusal::BadRecord)
}

/// Whether a file looks like a gallery that this program may open: what can be told without the key.
///
/// # Errors
/// [`GalleryFileRefusal`] for another kind of file, another version or a damaged header.
pub fn check_header(bytes: &[u8]) -> Result<(), GalleryFileRefusal> {
    read_header(bytes).map(|_| ())
}

/// The header, what is sealed, and how hard the key is to make.
fn read_header(bytes: &[u8]) -> Result<(&[u8], &[u8], Hardness), GalleryFileRefusal> {
    let (header, sealed) = bytes.split_at_checked(HEADER_BYTES).ok_or(GalleryFileRefusal::NotAGallery)?;
    if &header[..8] != MAGIC {
        return Err(GalleryFileRefusal::NotAGallery);
    }
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let found = number(8);
    if found != VERSION {
        return Err(GalleryFileRefusal::Version { found });
    }
    let hardness = Hardness { memory_kib: number(12), passes: number(16), lanes: number(20) };
    let fits = hardness.memory_kib <= HARDNESS_MAX.memory_kib
        && hardness.passes <= HARDNESS_MAX.passes
        && hardness.lanes <= HARDNESS_MAX.lanes
        && number(24) == 0;
    if fits { Ok((header, sealed, hardness)) } else { Err(GalleryFileRefusal::BadHeader) }
}

/// `None` when Argon2 does not take the parameters.
fn cipher(secret: &[u8], salt: &[u8], hardness: Hardness) -> Option<XChaCha20Poly1305> {
    let params = argon2::Params::new(hardness.memory_kib, hardness.passes, hardness.lanes, Some(32)).ok()?;
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = Zeroizing::new([0_u8; 32]);
    argon2.hash_password_into(secret, salt, key.as_mut_slice()).ok()?;
    Some(XChaCha20Poly1305::new(&Key::from(*key)))
}

/// Seals a gallery with fresh salt and nonce.
///
/// # Errors
/// When the system gives no randomness, or the content is too large for the file.
pub fn seal(content: &GalleryContent, secret: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut header = [0_u8; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    let numbers = [VERSION, HARDNESS.memory_kib, HARDNESS.passes, HARDNESS.lanes];
    for (at, number) in (8..).step_by(4).zip(numbers) {
        header[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    getrandom::fill(&mut header[NONCE_AT..])
        .map_err(|error| Failure::new("no_randomness", error.to_string()))?;
    let record = record::write(content).ok_or(GalleryFileRefusal::TooLarge)?;
    let cipher = cipher(secret, &header[SALT_AT..], HARDNESS).ok_or(GalleryFileRefusal::BadHeader)?;
    let nonce = XNonce::try_from(&header[NONCE_AT..SALT_AT]).map_err(|_| GalleryFileRefusal::BadHeader)?;
    let sealed = cipher
        .encrypt(&nonce, Payload { msg: &record, aad: &header })
        .map_err(|_| Failure::new("seal", "the gallery could not be sealed"))?;
    let mut file = header.to_vec();
    file.extend_from_slice(&sealed);
    if file.len() as u64 > FILE_BYTES_MAX { Err(GalleryFileRefusal::TooLarge.into()) } else { Ok(file) }
}

/// Reads and opens a gallery file.
///
/// # Errors
/// When the file cannot be read, and as [`open`].
pub fn read(path: &Path, secret: &[u8]) -> Result<GalleryContent, Failure> {
    let size = std::fs::metadata(path).map_err(|error| Failure::io("read", path, &error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(GalleryFileRefusal::TooLarge.into());
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    Ok(open(&bytes, secret)?)
}

/// Seals `content` and puts it in the place of `path`: after a crash there is the old file or the new one, whole.
///
/// # Errors
/// When the file cannot be written, and as [`seal`]; the old file then stays as it was.
pub fn replace(path: &Path, content: &GalleryContent, secret: &[u8]) -> Result<(), Failure> {
    let bytes = seal(content, secret)?;
    let dir = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |error: &std::io::Error| Failure::io("write", path, error);
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|error| failed(&error))?;
    file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    // The new name is durable only when the folder is.
    std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| failed(&error))
}

/// Held while a gallery is being changed: a second enrolment into the same file would lose one of the two.
pub struct WriteLock(std::fs::File);

impl WriteLock {
    /// Takes the lock, which lies beside the gallery as `FILE.lock`.
    ///
    /// # Errors
    /// When another process holds it, or the lock file cannot be made.
    pub fn take(gallery: &Path) -> Result<WriteLock, Failure> {
        let mut name = gallery.as_os_str().to_owned();
        name.push(".lock");
        let path = std::path::PathBuf::from(name);
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Failure::io("make the lock", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(WriteLock(file)),
            Err(std::fs::TryLockError::WouldBlock) => {
                let words = format!(
                    "{} is being changed by another process: wait for it, then try again",
                    gallery.display()
                );
                Err(Failure::new("gallery_busy", words))
            }
            Err(std::fs::TryLockError::Error(error)) => Err(Failure::io("lock", &path, &error)),
        }
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // The system releases the lock with the file in any case.
        drop(self.0.unlock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"correct horse battery staple";

    fn content() -> GalleryContent {
        let model = ModelId::parse("m-1").unwrap();
        let template = |x: f32| Template::from_vector(model.clone(), vec![x, 1.0, -0.5]).unwrap();
        let member = |name: &str, count: usize| EnrolledMember {
            name: name.into(),
            templates: (0..count).map(|index| template(index as f32)).collect(),
        };
        GalleryContent { model: model.clone(), members: vec![member("Анна", 2), member("李雷", 1)] }
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let file = seal(&content(), SECRET).unwrap();
        let opened = open(&file, SECRET).unwrap();
        assert_eq!(opened.model.as_str(), "m-1");
        let names: Vec<_> = opened.members.iter().map(|m| (m.name.as_str(), m.templates.len())).collect();
        assert_eq!(names, [("Анна", 2), ("李雷", 1)]);
        let (old, new) = (&content().members[0].templates[1], &opened.members[0].templates[1]);
        assert!((old.similarity(new).unwrap() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn b08_without_the_key_nothing_is_readable() {
        let file = seal(&content(), SECRET).unwrap();
        for secret in [&b""[..], b"Correct horse battery staple", &[0; 32]] {
            assert_eq!(open(&file, secret).err(), Some(GalleryFileRefusal::WrongKeyOrChanged));
        }
        assert!(!file.windows(8).any(|window| window == "Анна".as_bytes()), "names are sealed too");
        assert_ne!(seal(&content(), SECRET).unwrap(), file, "salt and nonce are fresh each time");
    }

    #[test]
    fn g06_any_flipped_bit_and_any_cut_is_refused() {
        let file = seal(&content(), SECRET).unwrap();
        // One bit in each header field, in the ciphertext and in the tag; each try costs an Argon2 run.
        for at in [0, 8, 12, 16, 20, 24, NONCE_AT, SALT_AT, HEADER_BYTES, file.len() - 1] {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(open(&changed, SECRET).is_err(), "byte {at}");
        }
        for len in [0, 7, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 15, file.len() - 1] {
            assert!(open(&file[..len], SECRET).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn a_header_cannot_ask_for_endless_work() {
        let mut file = seal(&content(), SECRET).unwrap();
        for (at, value) in [(12, u32::MAX), (16, 9), (20, 5), (24, 1)] {
            let before = file[at..at + 4].to_vec();
            file[at..at + 4].copy_from_slice(&u32::to_le_bytes(value));
            assert_eq!(open(&file, SECRET).err(), Some(GalleryFileRefusal::BadHeader), "field at {at}");
            file[at..at + 4].copy_from_slice(&before);
        }
        file[8] = 2;
        assert_eq!(open(&file, SECRET).err(), Some(GalleryFileRefusal::Version { found: 2 }));
    }

    #[test]
    fn two_writers_exclude_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("g");
        let held = WriteLock::take(&path).unwrap();
        assert_eq!(WriteLock::take(&path).err().unwrap().key, "gallery_busy");
        drop(held);
        assert!(WriteLock::take(&path).is_ok());
    }

    #[test]
    fn a_file_that_cannot_be_replaced_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("g");
        replace(&path, &content(), SECRET).unwrap();
        assert_eq!(read(&path, SECRET).unwrap().members.len(), 2);
        let missing = dir.path().join("no").join("folder");
        assert_eq!(replace(&missing, &content(), SECRET).unwrap_err().key, "io");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
