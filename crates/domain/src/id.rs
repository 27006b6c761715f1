//! Names of things, sixteen bytes each. They are drawn elsewhere, and none is a secret.
//!
//! Each kind is a type of its own, so that a zone is never taken for a branch. They are ordered by their bytes, which
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
    /// A sold membership.
    MembershipId;
    /// A branch: one place with doors, tills and a calendar of its own.
    BranchId;
    /// A zone of doors, such as "pool".
    ZoneId;
    /// A kind of service that a plan includes in a counted amount, such as "minute of solarium".
    ExtraId;
    /// Where points are posted: a till, or the office for what no till does.
    PlaceId;
    /// A bonus programme, with a currency and a unit of its own.
    ProgrammeId;
    /// One thing that somebody asked for. Asked again with the same id, it is not done again.
    OperationId;
}
