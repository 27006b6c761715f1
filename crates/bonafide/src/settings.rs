//! The settings file of a data folder, `bonafide.toml`. All of it may be missing: there is a default for everything.

use std::path::Path;

use bonafide_store::dialect::Place;
use bonafide_store::store::Places;
use serde::Deserialize;

use crate::faces_at_work::passive::PassiveSettings;
use crate::failure::Failure;
use crate::providers::settings::ProviderSettings;
use crate::senders::settings::{CodesSettings, EmailSettings, SendersSettings, SmsSettings};

/// The file's name in the data folder.
pub const SETTINGS_FILE: &str = "bonafide.toml";

/// The largest settings file, in bytes.
const SETTINGS_BYTES_MAX: u64 = 64 * 1024;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    postgres: Option<Postgres>,
    provider: Option<ProviderSettings>,
    passive_liveness: Option<PassiveSettings>,
    codes: Option<CodesSettings>,
    sms: Option<SmsSettings>,
    email: Option<EmailSettings>,
}

/// Two databases on servers: the keys never lie beside the book.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Postgres {
    book: String,
    keys: String,
}

/// Where the installation of a data folder keeps what it knows.
///
/// # Errors
/// `io` when the settings cannot be read, `bad_settings` with the place when they are not understood.
pub fn places(folder: &Path) -> Result<Places, Failure> {
    let mut places = Places::in_folder(folder);
    if let Some(postgres) = read(folder)?.postgres {
        if postgres.book == postgres.keys {
            let file = folder.join(SETTINGS_FILE);
            let words = format!("{}: the keys need a database of their own", file.display());
            return Err(Failure::new("bad_settings", words));
        }
        (places.book, places.keys) = (Place::Server(postgres.book), Place::Server(postgres.keys));
    }
    Ok(places)
}

/// The outside provider of faces or voices, if one is set.
///
/// # Errors
/// As [`places`].
pub fn provider(folder: &Path) -> Result<Option<ProviderSettings>, Failure> {
    Ok(read(folder)?.provider)
}

/// The check of single pictures by the operator's own weights, if one is set.
///
/// # Errors
/// As [`places`].
pub fn passive_liveness(folder: &Path) -> Result<Option<PassiveSettings>, Failure> {
    Ok(read(folder)?.passive_liveness)
}

/// What sends messages, and how many there may be.
///
/// # Errors
/// As [`places`].
pub fn senders(folder: &Path) -> Result<SendersSettings, Failure> {
    let Settings { codes, sms, email, .. } = read(folder)?;
    Ok(SendersSettings { codes, sms, email })
}

fn read(folder: &Path) -> Result<Settings, Failure> {
    let file = folder.join(SETTINGS_FILE);
    let text = match std::fs::metadata(&file) {
        Ok(found) if found.len() > SETTINGS_BYTES_MAX => {
            return Err(Failure::new("bad_settings", format!("{} is too large", file.display())));
        }
        Ok(_) => std::fs::read_to_string(&file).map_err(|error| Failure::io("read", &file, &error))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => return Err(Failure::io("read", &file, &error)),
    };
    toml::from_str(&text)
        .map_err(|error| Failure::new("bad_settings", format!("{}: {}", file.display(), error.message())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_settings_keeps_everything_in_files() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(places(dir.path()).unwrap(), Places::in_folder(dir.path()));
    }

    #[test]
    fn settings_name_two_servers_or_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            std::fs::write(dir.path().join(SETTINGS_FILE), text).unwrap();
            places(dir.path())
        };
        let found = read("[postgres]\nbook = 'host=a dbname=book'\nkeys = 'host=a dbname=keys'\n").unwrap();
        assert_eq!(found.book, Place::Server("host=a dbname=book".to_owned()));
        assert_eq!(found.keys, Place::Server("host=a dbname=keys".to_owned()));
        for (name, text) in [
            ("one database", "[postgres]\nbook = 'x'\nkeys = 'x'\n"),
            ("no keys", "[postgres]\nbook = 'x'\n"),
            ("a further key", "[postgre]\nbook = 'x'\n"),
            ("no TOML", "book"),
        ] {
            assert_eq!(read(text).unwrap_err().key, "bad_settings", "{name}");
        }
    }
}
