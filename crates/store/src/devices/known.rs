//! Devices whose tokens were shown lately. Each request of a door, a desk or a till says by a token who it is, and hardly ever has anything
//! changed since the one before: so it is remembered, and forgotten with every commit that changes a device, before whoever changed it
//! is answered. Only where this process alone writes the book: on a server another one of the chain may have revoked it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::devices::Device;
use crate::keys::ring::LOOKUP_BYTES;

/// Devices that are remembered at most: many times those of a large chain.
const KNOWN_MAX: usize = 10_000;

#[derive(Default)]
struct Known {
    by_hash: HashMap<[u8; LOOKUP_BYTES], Device>,
    /// Commits that changed a device.
    changes: u64,
}

/// What is remembered.
#[derive(Default)]
pub(crate) struct KnownDevices(Mutex<Known>);

/// That nothing has changed up to a moment, for what is read after it.
#[derive(Clone, Copy)]
pub(crate) struct Unchanged(u64);

impl KnownDevices {
    /// The device of a token's hash, when it is remembered.
    pub(crate) fn get(&self, hash: &[u8; LOOKUP_BYTES]) -> Option<Device> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_hash.get(hash).cloned()
    }

    /// To be asked before the device is read that is to be remembered.
    pub(crate) fn before_reading(&self) -> Unchanged {
        Unchanged(self.0.lock().unwrap_or_else(PoisonError::into_inner).changes)
    }

    /// Remembers a device that was read, unless one was changed meanwhile: it may have been this one.
    pub(crate) fn remember(&self, hash: [u8; LOOKUP_BYTES], device: &Device, since: Unchanged) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.changes == since.0 && known.by_hash.len() < KNOWN_MAX {
            known.by_hash.insert(hash, device.clone());
        }
    }

    /// A device was changed.
    pub(crate) fn forget(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.changes += 1;
        known.by_hash.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bonafide_domain::plain_text::Title;

    use super::*;
    use crate::devices::Role;
    use crate::id::Id;

    fn device() -> Device {
        let role = Role::Till { till: Id::from_bytes([7; 16]) };
        let (id, name) = (Id::from_bytes([1; 16]), Title::parse("Till").unwrap());
        Device { id, name, role, added_us: 1, revoked_us: None, seen_us: None }
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let (known, hash) = (KnownDevices::default(), [3; LOOKUP_BYTES]);
        assert_eq!(known.get(&hash), None);
        known.remember(hash, &device(), known.before_reading());
        assert_eq!(known.get(&hash), Some(device()));
        assert_eq!(known.get(&[4; LOOKUP_BYTES]), None);
        let before = known.before_reading();
        known.forget();
        assert_eq!(known.get(&hash), None);
        known.remember(hash, &device(), before);
        assert_eq!(known.get(&hash), None, "it may be as it was before the change");
        known.remember(hash, &device(), known.before_reading());
        assert_eq!(known.get(&hash), Some(device()));
    }

    /// The text of this crate's own files.
    fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                into.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn each_statement_that_writes_a_device_says_so() {
        let mut all = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let writes = |text: &str| -> usize {
            ["INTO", "UPDATE", "DELETE FROM"]
                .iter()
                .map(|verb| text.matches(&format!("{verb} devices ")).count())
                .sum()
        };
        let places: Vec<(&str, usize)> = all
            .iter()
            .map(|(path, text)| (path.as_str(), writes(text)))
            .filter(|(_, writes)| *writes > 0)
            .collect();
        assert_eq!(places.len(), 1, "only devices/mod.rs writes them: {places:?}");
        let (path, writes) = places[0];
        assert!(path.ends_with("devices/mod.rs"), "{path}");
        let text = &all.iter().find(|(found, _)| found == path).unwrap().1;
        assert_eq!(text.matches("tx.devices_change()").count(), writes);
    }
}
