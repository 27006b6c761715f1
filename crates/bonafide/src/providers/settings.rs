//! The part `[provider]` of the settings: where the provider is, what it decides, and what its word is worth.
//!
//! ```toml
//! [provider]
//! name = "A provider that the law accredits"
//! url = "https://bio.example/decide"
//! key_file = "provider.key"
//! time_out_ms = 1500
//! decides = ["face"]
//! alone = false
//! ```

use std::path::{Path, PathBuf};

use bonafide_domain::plain_text::Title;
use bonafide_store::credentials::content::Trait;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::outgoing::{no_secret, secret};
use crate::providers::TIME_OUT_MS;

/// Where the provider is, and what is asked of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Who it is: stands on the kiosk, because whoever looks into the camera is told where his picture goes.
    pub name: String,
    /// The address that is asked: https, or http on this machine.
    pub url: String,
    /// The file with what it knows us by; a relative path lies in the data folder.
    pub key_file: PathBuf,
    /// How long a door waits, in milliseconds, within [`TIME_OUT_MS`].
    #[serde(default = "time_out_ms")]
    pub time_out_ms: u64,
    /// What it decides.
    #[serde(default = "only_faces")]
    pub decides: Vec<Decides>,
    /// It vouches for a living person and for its bound on false matches: then its word is enough alone where a face of our own
    /// would be. Without that it is one of two factors.
    #[serde(default)]
    pub alone: bool,
}

/// What a provider decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decides {
    /// Whose face a picture of the kiosk shows.
    Face,
    /// Whose voice its own terminal at the door hears.
    Voice,
}

impl Decides {
    /// What of the body it is.
    #[must_use]
    pub const fn of(self) -> Trait {
        match self {
            Decides::Face => Trait::Face,
            Decides::Voice => Trait::Voice,
        }
    }
}

const fn time_out_ms() -> u64 {
    1_500
}

fn only_faces() -> Vec<Decides> {
    vec![Decides::Face]
}

pub(super) fn refused(words: &str) -> Failure {
    Failure::new("bad_settings", format!("[provider]: {words}"))
}

impl ProviderSettings {
    /// The name, checked with the rest that needs no network.
    ///
    /// # Errors
    /// `bad_settings` with what is wrong: the name, the time-out, or nothing that it decides.
    pub(super) fn checked(&self) -> Result<Title, Failure> {
        if !TIME_OUT_MS.contains(&self.time_out_ms) {
            return Err(refused("time_out_ms must be from 300 to 2000"));
        }
        if self.decides.is_empty() {
            return Err(refused("decides must name face, voice or both"));
        }
        Title::parse(&self.name).map_err(|_| refused("the name is empty or too long"))
    }

    /// Reads the key. It stands in no message and no log.
    ///
    /// # Errors
    /// `io` when the file cannot be read, `bad_key_file` when it is empty, too long, or has what no header may have.
    pub(super) fn key(&self, folder: &Path) -> Result<Zeroizing<String>, Failure> {
        let key = secret(folder, &self.key_file)?;
        let trimmed = key.trim();
        // It stands in a header of its own, behind a word.
        if trimmed.is_empty() || !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(no_secret(&folder.join(&self.key_file)));
        }
        Ok(Zeroizing::new(trimmed.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Provider;
    use crate::settings::SETTINGS_FILE;

    #[test]
    fn the_settings_name_a_provider_or_are_refused_and_the_key_is_told_to_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let read = |lines: &str| {
            let text = format!("[provider]\nname = 'Bio'\nurl = 'http://127.0.0.1:1/'\n{lines}");
            std::fs::write(dir.path().join(SETTINGS_FILE), text).unwrap();
            Provider::of_folder(dir.path())
        };
        std::fs::write(dir.path().join("good.key"), "secret-1\n").unwrap();
        std::fs::write(dir.path().join("empty.key"), " \n").unwrap();
        std::fs::write(dir.path().join("lines.key"), "planted\nsecret").unwrap();
        std::fs::write(dir.path().join("huge.key"), "x".repeat(5_000)).unwrap();
        let found = read("key_file = 'good.key'").unwrap().unwrap();
        assert!(found.decides(Trait::Face) && !found.decides(Trait::Voice) && !found.is_enough_alone());
        let found =
            read("key_file = 'good.key'\ndecides = ['voice', 'face']\nalone = true").unwrap().unwrap();
        assert!(found.decides(Trait::Voice) && found.is_enough_alone() && !found.decides(Trait::Palm));
        for (lines, key) in [
            ("key_file = 'no.key'", "io"),
            ("key_file = 'empty.key'", "bad_key_file"),
            ("key_file = 'lines.key'", "bad_key_file"),
            ("key_file = 'huge.key'", "bad_key_file"),
            ("key_file = 'good.key'\ndecides = []", "bad_settings"),
            ("key_file = 'good.key'\ndecides = ['palm']", "bad_settings"),
            ("key_file = 'good.key'\ntime_out_ms = 10000", "bad_settings"),
            ("key_file = 'good.key'\ntoken = 'planted'", "bad_settings"),
            ("", "bad_settings"),
        ] {
            let Err(failure) = read(lines) else { panic!("{lines}") };
            assert_eq!(failure.key, key, "{lines}");
            assert!(!failure.message.contains("planted"), "{}", failure.message);
        }
        std::fs::remove_file(dir.path().join(SETTINGS_FILE)).unwrap();
        assert!(Provider::of_folder(dir.path()).unwrap().is_none());
    }
}
