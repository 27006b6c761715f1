//! What is known when somebody stands at an entrance.

use jiff::civil::Date;

use crate::access_method::{AccessMethods, Assurance, Method};
use crate::admission::rules::{DoorRules, Times};
use crate::calendar::UtcMicros;
use crate::credential::CredentialState;
use crate::entitlement::NotEntitled;
use crate::id::MembershipId;
use crate::qr::CodeRefusal;

/// Everything that an entry is decided by.
#[derive(Clone, Debug)]
pub struct EntryFacts<'a> {
    /// Now.
    pub at: UtcMicros,
    /// What may be shown at the door.
    pub methods: &'a AccessMethods,
    /// How the door decides.
    pub rules: &'a DoorRules,
    /// Whether it lets anybody in at all.
    pub use_of_door: UseOfDoor,
    /// How full the zone behind it is.
    pub room: Room,
    /// Who stands there.
    pub who: Who<'a>,
}

/// Whether a door lets anybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseOfDoor {
    /// It is an entrance.
    Entrance,
    /// One leaves by it.
    ExitOnly,
    /// The door, its zone or its branch is closed.
    OutOfUse,
}

/// How full a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many people may be in it; nothing when that is not limited.
    pub capacity: Option<u32>,
    /// How many are in it or may go in by a grant that holds. This member is not among them.
    pub taken: u32,
}

/// Who stands at a door.
#[derive(Clone, Debug)]
pub enum Who<'a> {
    /// Nobody that the club knows.
    Nobody,
    /// What was shown fits several members equally well.
    Several,
    /// One thing that was shown names one member, and another thing another.
    Contradictory,
    /// A code was shown that opens nothing, whatever else was.
    BadCode(CodeRefusal),
    /// One member.
    Member(Person<'a>),
}

/// A member at a door.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    /// What he showed; at least one thing.
    pub shown: &'a [Shown],
    /// A face was compared with the claimed member's and did not fit.
    pub face_does_not_fit: bool,
    /// Whether the club has decided to keep him out.
    pub suspended: Option<Suspended>,
    /// Whether he comes as somebody's guest.
    pub guest: Guest,
    /// The newest grant to enter by this door.
    pub before: Option<Grant>,
    /// Since when he is in the zone behind the door.
    pub inside_since: Option<UtcMicros>,
    /// When he last passed into this zone.
    pub last_entry: Option<UtcMicros>,
    /// What lets him in.
    pub ticket: Result<Ticket, NoTicket>,
    /// The day has come to look at his profile again.
    pub check_due: bool,
}

/// One thing that was shown, which names the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// How.
    pub method: Method,
    /// What the credential allows on which it rests.
    pub state: CredentialState,
    /// What is known of a biometric answer.
    pub assurance: Assurance,
    /// Whether he may be recognised by it.
    pub consent: Consent,
}

/// Whether a member may be recognised by something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It is not biometric.
    NotNeeded,
    /// There is a permit: [`crate::consent::MatchPermit`].
    InForce,
    /// There is none.
    Missing,
}

impl Shown {
    /// Something that is not biometric.
    pub const fn plain(method: Method, state: CredentialState) -> Self {
        Self { method, state, assurance: Assurance::NONE, consent: Consent::NotNeeded }
    }

    /// Whether it may count: what is biometric counts with a permit only, whatever the caller says of it.
    pub(super) fn may_count(&self) -> bool {
        !self.method.is_biometric() || self.consent == Consent::InForce
    }
}

/// A decision of the club to keep somebody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The first moment at which it is over; nothing when it has no end.
    pub until: Option<UtcMicros>,
}

/// Whether a member comes as a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guest {
    /// In his own right.
    No,
    /// Of somebody who is inside; [`Person::ticket`] is the host's.
    OfHostInside,
    /// Of somebody who is not there.
    WithoutHost,
}

/// What lets a member in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Of which membership.
    pub membership: MembershipId,
    /// The date that the visit counts for.
    pub on: Date,
    /// Whether it is the first visit and begins the membership.
    pub starts: bool,
    /// What is taken from it.
    pub takes: Takes,
}

/// What a passage takes from a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: visits are not counted, or this one was counted at an outer door.
    Nothing,
    /// A visit. It is given back when the grant lapses.
    Visit,
    /// A guest's visit.
    GuestPass,
}

/// Why nothing lets a member in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTicket {
    /// He has no membership.
    NoMembership,
    /// None of his opens.
    NotEntitled(NotEntitled),
    /// The host may bring nobody (any more).
    NoGuestPass,
}

/// A grant that was given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// When.
    pub at: UtcMicros,
    /// From when on it opens nothing.
    pub lapses_at: UtcMicros,
    /// Whether somebody has gone through with it.
    pub passed: bool,
}

impl Grant {
    /// Whether a tap at this moment belongs to the passage of this grant, and then whether the door is to open for it: not a
    /// second time for one that has been passed, or a card that is handed back would let two in.
    pub(super) fn covers(&self, times: &Times, at: UtcMicros) -> Option<StillOpens> {
        if !self.passed {
            return (at < self.lapses_at).then_some(StillOpens::Yes);
        }
        let since_us = at.get() - self.at.get();
        (0..times.double_tap_us()).contains(&since_us).then_some(StillOpens::No)
    }
}

/// Whether a repeated tap opens the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StillOpens {
    /// Nobody has gone through yet.
    Yes,
    /// Somebody has.
    No,
}
