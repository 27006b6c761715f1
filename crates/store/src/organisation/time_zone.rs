//! The name of a time zone that exists.

use bonafide_domain::calendar::Calendar;
use jiff::tz::{TimeZone, TimeZoneDatabase};

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
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| NoSuchZone)?;
        // Without a name it could not be kept; "Etc/Unknown" says that nobody knows.
        if zone.is_unknown() || zone.iana_name().is_none() { Err(NoSuchZone) } else { Ok(TimeZoneName(zone)) }
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
