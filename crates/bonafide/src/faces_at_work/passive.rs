//! A check of single pictures for the marks of a print or a screen, by weights that the operator supplies.
//!
//! Weak evidence, so it only denies: a picture that passes proves nothing, and the challenge of the moving head stays as it is.
//!
//! ```toml
//! [passive_liveness]
//! name = "minifasnet-v2-2.7"
//! file = "2.7_80x80_MiniFASNetV2.onnx"
//! sha256 = "…"
//! deny_below = 0.5
//! ```

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bonafide_faces::detect::DetectedFace;
use bonafide_faces::network::NetworkFault;
use bonafide_faces::photo::Photo;
use bonafide_faces::supplied::{self, LivenessNetwork, Supplied};
use serde::Deserialize;

use crate::failure::Failure;
use crate::settings;

/// The part `[passive_liveness]` of the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassiveSettings {
    /// Which weights these are: one of the liveness networks of [`supplied::NAMES`].
    pub name: String,
    /// The file; a relative path lies in the data folder.
    pub file: PathBuf,
    /// What the file must be, in hex.
    pub sha256: String,
    /// A face whose chance to be live is below this is not compared. Above 0, at most 1: there is no number that is right for
    /// every camera.
    pub deny_below: f32,
}

/// The network, ready to run.
#[derive(Debug)]
pub struct PassiveLiveness {
    network: LivenessNetwork,
    deny_below: f32,
}

impl PassiveLiveness {
    /// What the settings of a data folder ask for; nothing when they ask for none.
    ///
    /// # Errors
    /// As [`settings::passive_liveness`] and [`PassiveLiveness::load`].
    pub fn of_folder(folder: &Path) -> Result<Option<PassiveLiveness>, Failure> {
        let settings = settings::passive_liveness(folder)?;
        settings.map(|settings| PassiveLiveness::load(&settings, folder)).transpose()
    }

    /// Loads the weights, with one thread.
    ///
    /// # Errors
    /// `bad_settings` for another network or a limit that is none; the keys of refused weights.
    pub fn load(settings: &PassiveSettings, folder: &Path) -> Result<PassiveLiveness, Failure> {
        let refused = |words: &str| Failure::new("bad_settings", format!("[passive_liveness]: {words}"));
        // Not a number fails this too.
        if !(settings.deny_below > 0.0 && settings.deny_below <= 1.0) {
            return Err(refused("deny_below must be above 0 and at most 1"));
        }
        let (file, sha256) = (folder.join(&settings.file), settings.sha256.to_ascii_lowercase());
        let loaded = supplied::load(&settings.name, &file, &sha256, NonZeroUsize::MIN)
            .map_err(|refusal| Failure::new("weights_refused", format!("{}: {refusal}", file.display())));
        match loaded? {
            Supplied::Liveness(network) => Ok(PassiveLiveness { network, deny_below: settings.deny_below }),
            Supplied::Recogniser(_) | Supplied::Quality(_) => {
                Err(refused("the name is that of another kind of network"))
            }
        }
    }

    /// Whether a face has the marks of a print or a screen.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub(super) fn looks_false(&self, photo: &Photo, face: &DetectedFace) -> Result<bool, NetworkFault> {
        Ok(self.network.live(photo, face)? < self.deny_below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SETTINGS_FILE;

    #[test]
    fn settings_that_fit_no_liveness_network_are_refused_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("own.onnx"), b"no network").unwrap();
        let read = |lines: &str| {
            let text = format!("[passive_liveness]\nfile = 'own.onnx'\nsha256 = '00'\n{lines}");
            std::fs::write(dir.path().join(SETTINGS_FILE), text).unwrap();
            PassiveLiveness::of_folder(dir.path())
        };
        for (lines, key) in [
            ("name = 'minifasnet-v2-2.7'\ndeny_below = 0.5", "weights_refused"),
            ("name = 'minifasnet-v9'\ndeny_below = 0.5", "weights_refused"),
            ("name = 'minifasnet-v2-2.7'\ndeny_below = 0.0", "bad_settings"),
            ("name = 'minifasnet-v2-2.7'\ndeny_below = 1.5", "bad_settings"),
            ("name = 'minifasnet-v2-2.7'\ndeny_below = nan", "bad_settings"),
            ("name = 'minifasnet-v2-2.7'", "bad_settings"),
            ("name = 'minifasnet-v2-2.7'\ndeny_below = 0.5\ngrant_above = 0.9", "bad_settings"),
        ] {
            assert_eq!(read(lines).unwrap_err().key, key, "{lines}");
        }
        std::fs::remove_file(dir.path().join(SETTINGS_FILE)).unwrap();
        assert!(PassiveLiveness::of_folder(dir.path()).unwrap().is_none());
    }
}
