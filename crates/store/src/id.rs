//! Ids of rows: UUIDv7 as 16 bytes, so that new rows come last in every index. An id is never a secret.

use bonafide_domain::id::{
    BranchId, ConsentId, CredentialId, MemberId, MembershipId, OperationId, PlaceId, ProgrammeId, StaffId,
    ZoneId,
};
use uuid::{Builder, Uuid};

use crate::fault::{Fault, FaultKind};

/// The id of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// A new id of this moment.
    ///
    /// # Errors
    /// [`FaultKind::NoRandomness`] when the system gives no random bytes.
    pub fn new(now_us: i64) -> Result<Id, Fault> {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|error| Fault::new(FaultKind::NoRandomness, error))?;
        // Before 1970 there is nothing to order; a clock that says so must not stop the club.
        let millis = u64::try_from(now_us / 1_000).unwrap_or(0);
        Ok(Id(Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into_bytes()))
    }

    /// An id from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Id {
        Id(bytes)
    }

    /// An id as people and programs write it; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Id> {
        Uuid::try_parse(text).ok().map(|uuid| Id(uuid.into_bytes()))
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The rules have a type for each kind of thing; a column has one for all.
macro_rules! known_to_the_rules {
    ($($name:ident),+) => {$(
        impl From<Id> for $name {
            fn from(id: Id) -> Self {
                $name(id.0)
            }
        }

        impl From<$name> for Id {
            fn from(id: $name) -> Self {
                Id(id.0)
            }
        }
    )+};
}

known_to_the_rules!(
    BranchId,
    ConsentId,
    CredentialId,
    MemberId,
    MembershipId,
    OperationId,
    PlaceId,
    ProgrammeId,
    StaffId,
    ZoneId
);

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl std::fmt::Debug for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_time_and_read_back() {
        let early = Id::new(1_700_000_000_000_000).unwrap();
        let late = Id::new(1_700_000_000_001_000).unwrap();
        assert!(early < late, "{early} {late}");
        assert_eq!(Id::parse(&late.to_string()), Some(late));
        assert_eq!(Id::parse("somebody"), None);
        assert!(Id::new(-1).is_ok());
    }
}
