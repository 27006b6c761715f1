//! Ids of people and records: sixteen bytes that the store makes (UUIDv7). An id is never a secret.

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident),+ $(,)?) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);
    )+};
}

ids! {
    /// A member.
    MemberId,
    /// Somebody who works here.
    StaffId,
    /// One credential of a member.
    CredentialId,
    /// One recorded consent.
    ConsentId,
}
