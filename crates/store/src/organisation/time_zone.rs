//! The name of a time zone that exists.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bonafide_domain::calendar::Calendar;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Zones that were asked for: reading one takes longer than everything else that a decision reads of its door.
static READ: Mutex<BTreeMap<String, TimeZone>> = Mutex::new(BTreeMap::new());

/// A zone of the database that is built into the program: every machine knows the same ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZoneName(TimeZone);

/// The database has no zone of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchZone;

impl TimeZoneName {
    /// A zone by its name in whichever letters; it is kept as the database spells it.
    ///
    /// # Errors
    /// [`NoSuchZone`].
    pub fn parse(name: &str) -> Result<TimeZoneName, NoSuchZone> {
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(name) {
            return Ok(TimeZoneName(known.clone()));
        }
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| NoSuchZone)?;
        // Without a name it could not be kept; "Etc/Unknown" says that nobody knows.
        if zone.is_unknown() || zone.iana_name().is_none() {
            return Err(NoSuchZone);
        }
        // Spelled as the database does: in other letters there would be no end of spellings.
        if zone.iana_name() == Some(name) {
            read.insert(name.to_owned(), zone.clone());
        }
        Ok(TimeZoneName(zone))
    }

    /// The name, such as `Europe/Berlin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The calendar that is kept there.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        Calendar::of(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zones_of_the_database_exist() {
        for (name, kept) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("asia/yekaterinburg", "Asia/Yekaterinburg"),
            ("America/St_Johns", "America/St_Johns"),
            ("UTC", "UTC"),
        ] {
            assert_eq!(TimeZoneName::parse(name).unwrap().as_str(), kept);
        }
        for name in ["", "Moscow", "Europe/Atlantis", "+03:00", "Etc/Unknown", "../../etc/localtime"] {
            assert_eq!(TimeZoneName::parse(name), Err(NoSuchZone), "{name}");
        }
    }
}
