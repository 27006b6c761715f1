//! The secret that seals a gallery file or a book: a passphrase or a key file.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use bonafide_store::keys::seal::Secret;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Bytes of a key file that this program makes.
const KEY_BYTES: usize = 32;

/// The longest secret that is read, in bytes.
const SECRET_BYTES_MAX: u64 = 4_096;

/// The shortest passphrase for a new gallery or book, in characters.
const PASSPHRASE_CHARS_MIN: usize = 8;

/// The environment variable that may hold the passphrase.
pub const PASSPHRASE_VARIABLE: &str = "BONAFIDE_PASSPHRASE";

/// The environment variable that may hold the passphrase that is to take its place.
pub const NEW_PASSPHRASE_VARIABLE: &str = "BONAFIDE_NEW_PASSPHRASE";

/// Where the secret comes from: a key file, the environment, or the keyboard.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// File with the key: 32 bytes, made when it is first needed, readable by you alone, never overwritten. Without it the
    /// passphrase is taken from the variable BONAFIDE_PASSPHRASE or asked for.
    #[arg(long, value_name = "FILE", global = true)]
    pub key_file: Option<PathBuf>,
}

/// Whether the secret opens a file that exists or seals a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// The file exists: a missing key file is an error.
    Open,
    /// The file is new: a missing key file is made.
    Create,
}

impl KeyArgs {
    /// Reads, makes or asks for the secret.
    ///
    /// # Errors
    /// When the key file cannot be read or made, the passphrase is too short for a new file, or nobody can be asked.
    pub fn secret(&self, purpose: KeyUse) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.secret_or(purpose, PASSPHRASE_VARIABLE)
    }

    fn secret_or(&self, purpose: KeyUse, variable: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(path) = &self.key_file {
            return match purpose {
                KeyUse::Create if !path.exists() => make_key_file(path),
                _ => read_key_file(path),
            };
        }
        let passphrase = match std::env::var(variable) {
            Ok(passphrase) => Zeroizing::new(passphrase),
            Err(_) => ask(purpose, variable)?,
        };
        if purpose == KeyUse::Create && passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
            let words = format!("a new passphrase needs at least {PASSPHRASE_CHARS_MIN} characters");
            return Err(Failure::new("passphrase_too_short", words));
        }
        Ok(Zeroizing::new(passphrase.as_bytes().to_vec()))
    }

    /// The same for a book, which must know which of the two it is.
    ///
    /// # Errors
    /// As [`KeyArgs::secret`]; a passphrase that is no UTF-8.
    pub fn book_secret(&self, purpose: KeyUse) -> Result<Secret, Failure> {
        self.for_a_book(self.secret(purpose)?)
    }

    /// The secret that is to take the place of a book's: a passphrase from [`NEW_PASSPHRASE_VARIABLE`], or asked for twice.
    ///
    /// # Errors
    /// As [`KeyArgs::book_secret`].
    pub fn new_book_secret(&self) -> Result<Secret, Failure> {
        self.for_a_book(self.secret_or(KeyUse::Create, NEW_PASSPHRASE_VARIABLE)?)
    }

    /// Where [`KeyArgs::secret`] takes it from: `key_file`, `environment` or `keyboard`.
    #[must_use]
    pub fn source(&self) -> &'static str {
        match (&self.key_file, std::env::var_os(PASSPHRASE_VARIABLE)) {
            (Some(_), _) => "key_file",
            (None, Some(_)) => "environment",
            (None, None) => "keyboard",
        }
    }

    fn for_a_book(&self, secret: Zeroizing<Vec<u8>>) -> Result<Secret, Failure> {
        if self.key_file.is_some() {
            return Ok(Secret::KeyFile(secret));
        }
        let words = std::str::from_utf8(&secret)
            .map_err(|_| Failure::new("bad_passphrase", "the passphrase is no UTF-8"))?;
        Ok(Secret::Passphrase(Zeroizing::new(words.to_owned())))
    }
}

fn ask(purpose: KeyUse, variable: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        let words = format!("no key: name a key file, or set {variable}, or run in a terminal");
        return Err(Failure::new("no_key", words));
    }
    let prompt = |words: &str| {
        rpassword::prompt_password(words)
            .map(Zeroizing::new)
            .map_err(|error| Failure::new("io", error.to_string()))
    };
    let first = if variable == NEW_PASSPHRASE_VARIABLE { "New passphrase: " } else { "Passphrase: " };
    let passphrase = prompt(first)?;
    if purpose == KeyUse::Create && *prompt("The same passphrase again: ")? != *passphrase {
        return Err(Failure::new("passphrases_differ", "the two passphrases differ: try again"));
    }
    Ok(passphrase)
}

fn read_key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let file = std::fs::File::open(path).map_err(|error| Failure::io("read the key file", path, &error))?;
    let mut secret = Zeroizing::new(Vec::new());
    file.take(SECRET_BYTES_MAX + 1)
        .read_to_end(&mut secret)
        .map_err(|error| Failure::io("read the key file", path, &error))?;
    // A key of our own has any bytes; one that somebody typed may end in a line end.
    let trimmed = if secret.len() == KEY_BYTES { secret.as_slice() } else { secret.trim_ascii() };
    if trimmed.len() < KEY_BYTES || secret.len() as u64 > SECRET_BYTES_MAX {
        let words =
            format!("{} is no key file: it needs {KEY_BYTES} to {SECRET_BYTES_MAX} bytes", path.display());
        return Err(Failure::new("bad_key_file", words));
    }
    Ok(Zeroizing::new(trimmed.to_vec()))
}

/// The name of a new file is durable with its folder only. What is sealed next opens with nothing else.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

/// Writes a random key, readable by its owner alone.
fn make_key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    getrandom::fill(key.as_mut_slice()).map_err(|error| Failure::new("no_randomness", error.to_string()))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(key.as_slice()).and_then(|()| file.sync_all()))
        .map_err(|error| Failure::io("write the key file", path, &error))?;
    sync_folder(path).map_err(|error| Failure::io("keep the key file", path, &error))?;
    Ok(Zeroizing::new(key.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_file_is_read_back_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let args = KeyArgs { key_file: Some(path.clone()) };
        assert_eq!(args.secret(KeyUse::Open).unwrap_err().key, "io");
        let made = args.secret(KeyUse::Create).unwrap();
        assert_eq!(made.len(), KEY_BYTES);
        assert_eq!(args.secret(KeyUse::Open).unwrap(), made);
        assert_eq!(args.secret(KeyUse::Create).unwrap(), made, "an existing key is never overwritten");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_of_any_32_bytes_and_a_typed_one_are_read_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let read = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            KeyArgs { key_file: Some(path) }.secret(KeyUse::Open).unwrap().to_vec()
        };
        let mut blank_ends = [7; 32];
        (blank_ends[0], blank_ends[31]) = (b' ', b'\n');
        assert_eq!(read("raw", &blank_ends), blank_ends);
        assert_eq!(read("typed", format!("{}\n", "ab".repeat(32)).as_bytes()), "ab".repeat(32).as_bytes());
    }

    #[test]
    fn a_short_or_huge_key_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in
            [("short", vec![b'a'; 31]), ("blank", vec![b' '; 100]), ("huge", vec![b'a'; 5_000])]
        {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let args = KeyArgs { key_file: Some(path) };
            assert_eq!(args.secret(KeyUse::Open).unwrap_err().key, "bad_key_file", "{name}");
        }
    }
}
