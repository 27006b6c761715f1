//! Names of things, sixteen bytes each. They are drawn elsewhere, and none is a secret.
//!
//! Each kind is a type of its own, so that a member is never taken for a credential. They are ordered by their bytes, which
//! for time-ordered ids is the order of making.

macro_rules! ids {
    ($($(#[$what:meta])+ $name:ident;)+) => {$(
        $(#[$what])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub [u8; 16]);
    )+};
}

ids! {
    /// A member.
    MemberId;
    /// Somebody who works here.
    StaffId;
    /// One credential of a member.
    CredentialId;
    /// One recorded consent.
    ConsentId;
}
