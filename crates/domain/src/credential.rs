//! What a member carries, is or knows to be recognised by: its states, its history, its replacement.
//!
//! A credential is not its identifier. The number of a card ([`crate::card`]) finds the credential; whether it counts is
//! written here, and what it proves in [`crate::access_method`].
//!
//! | state | enter | earn | spend |
//! | --- | --- | --- | --- |
//! | active | yes | yes | yes |
//! | limited | yes | yes | no |
//! | blocked, lost, expired | no | no | no |
//!
//! A limit, a block, a loss and an end lie on each other: a lost card that is found is still blocked, and a blocked one
//! that is unblocked is still limited. What shows is the worst: lost, blocked, expired, limited, active. It is active in
//! `[issued, until)`.
//!
//! | change | refused when |
//! | --- | --- |
//! | limit | limited already |
//! | lift the limit | not limited |
//! | block | blocked already; but a withdrawn consent takes the place of any other reason |
//! | unblock | lost and not found; not blocked; consent withdrawn |
//! | report a loss | lost already; no thing that can be lost |
//! | report it found | not lost |
//! | renew | lost; the new end is not after the change |
//! | replace | expired; blocked for a reason that a new card must not undo; biometric |
//!
//! Besides, nothing changes a credential that has been replaced. A loss can be reported from each other state, by anybody,
//! without a look at the clock, and holds from the moment it is recorded. What is found comes back blocked, so that somebody
//! looks at it before it opens anything.

use crate::consent::{EnrolmentPermit, Modality};
use crate::id::{CredentialId, MemberId, StaffId};

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A number of the club's own, printed or in a wallet.
    ClubNumber,
    /// A card.
    Card,
    /// A bracelet.
    Bracelet,
    /// The key in a member's device.
    VirtualCard,
    /// A phone that receives codes.
    Phone,
    /// A face: a set of templates, or the provider's reference.
    Face,
    /// A fingerprint: the vendor's reference.
    Fingerprint,
    /// A palm: the vendor's reference.
    Palm,
    /// A voice: the provider's reference.
    Voice,
    /// A PIN.
    Pin,
}

/// What somebody wants to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Pass a door inwards. Leaving is never refused, and so it is never asked for.
    Enter,
    /// Earn points.
    Earn,
    /// Spend points.
    Spend,
}

/// What a credential is at one moment, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// Everything is allowed.
    Active,
    /// It may enter and earn, not spend.
    Limited(LimitReason),
    /// Nothing is allowed.
    Blocked(BlockReason),
    /// Nothing is allowed, until it is found.
    Lost,
    /// Its time is over.
    Expired,
}

/// Why a credential may not spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitReason {
    /// Nobody has confirmed yet that it belongs to the member.
    NotConfirmed,
    /// It was enrolled a short while ago (case B-06).
    NewlyEnrolled,
    /// The member's points are in dispute.
    PointsInDispute,
}

/// Why a credential is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockReason {
    /// It was seen in two places: there may be a copy (case D-06).
    SuspectedCopy,
    /// It was used by somebody else or against the rules.
    Misuse,
    /// The member owes something.
    Debt,
    /// The member asked for it.
    MembersWish,
    /// The holder does not work here any more (case S-01).
    HolderLeft,
    /// The consent it rested on was withdrawn. It does not come back; a new enrolment does.
    ConsentWithdrawn,
    /// Nothing is left to keep it for, and what it was made of is destroyed. It does not come back; a new enrolment does.
    RetentionEnded,
    /// It was lost and has been found: somebody must look at it.
    Found,
    /// Another has taken its place.
    Replaced,
    /// Somebody tried it too often in vain (case B-19). Another factor of the member releases it.
    TooManyTries,
}

impl BlockReason {
    /// Whether what the credential was made of is destroyed: nothing unblocks it, and its place is free.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, BlockReason::ConsentWithdrawn | BlockReason::RetentionEnded)
    }
}

/// Who made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody of the staff.
    Staff(StaffId),
    /// The member.
    Member,
    /// A rule.
    System,
}

/// How a credential begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its id.
    pub id: CredentialId,
    /// Whose it is.
    pub member: MemberId,
    /// What it is.
    pub kind: CredentialKind,
    /// The first moment at which it has expired, in UTC microseconds; nothing when it does not expire.
    pub until_us: Option<i64>,
    /// Whether it begins limited.
    pub limited: Option<LimitReason>,
    /// The credential whose place it takes.
    pub replaces: Option<CredentialId>,
}

/// What happened to a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was issued.
    Issued(Issue),
    /// It may not spend from here on.
    Limited(LimitReason),
    /// It may spend again.
    LimitLifted,
    /// It was stopped.
    Blocked(BlockReason),
    /// It was released.
    Unblocked,
    /// Its loss was reported.
    LossReported,
    /// It was found.
    FoundReported,
    /// It has a new end.
    Renewed {
        /// The first moment at which it has expired, in UTC microseconds; nothing when it does not expire.
        until_us: Option<i64>,
    },
    /// Another has taken its place.
    Replaced {
        /// Which one.
        by: CredentialId,
    },
}

/// One line of a credential's history. Lines are only added; their order is that of recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialEvent {
    /// When, in UTC microseconds.
    pub at_us: i64,
    /// Who.
    pub by: Actor,
    /// What.
    pub change: Change,
}

/// Why a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// It has not been issued: the first line of a history must do that.
    NotIssued,
    /// It has been issued before.
    AlreadyIssued,
    /// Another has taken its place.
    AlreadyReplaced {
        /// Which one.
        by: CredentialId,
    },
    /// It is limited already.
    AlreadyLimited,
    /// It is not limited.
    NotLimited,
    /// It is blocked already.
    AlreadyBlocked,
    /// It is not blocked.
    NotBlocked,
    /// The consent was withdrawn, or its time is over: enrol anew.
    ConsentWithdrawn,
    /// It is lost: it must be found first.
    Lost,
    /// It is lost already.
    AlreadyLost,
    /// It is not lost.
    NotLost,
    /// Nobody can lose it: block it instead.
    CannotBeLost,
    /// The new end is not after the change.
    EndsBeforeItBegins,
    /// It has expired: renew it first, or a new card would bring back a right that is over.
    Expired,
    /// It is blocked for a reason that a new card must not undo.
    StaysBlocked(BlockReason),
    /// A biometric credential is not replaced but enrolled anew, with its own permit.
    EnrolAnew,
    /// It cannot take its own place.
    ReplacesItself,
}

/// Why a credential is not issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueRefusal {
    /// It is biometric, and nobody has asked the law and the member.
    PermitMissing,
    /// The permit is of another member or of another modality.
    PermitOfAnother,
}

impl CredentialKind {
    /// What of the person it uses, for the law.
    pub const fn modality(self) -> Option<Modality> {
        match self {
            Self::Face => Some(Modality::Face),
            Self::Voice => Some(Modality::Voice),
            Self::Fingerprint | Self::Palm => Some(Modality::FingerprintOrPalm),
            Self::ClubNumber | Self::Card | Self::Bracelet | Self::VirtualCard | Self::Phone | Self::Pin => {
                None
            }
        }
    }

    /// Whether it is a thing. A face is not lost, and a PIN that others know is blocked and chosen anew.
    pub const fn can_be_lost(self) -> bool {
        matches!(self, Self::ClubNumber | Self::Card | Self::Bracelet | Self::VirtualCard | Self::Phone)
    }
}

impl CredentialState {
    /// The table of uses.
    pub const fn allows(self, wanted: Use) -> bool {
        match self {
            Self::Active => true,
            Self::Limited(_) => matches!(wanted, Use::Enter | Use::Earn),
            Self::Blocked(_) | Self::Lost | Self::Expired => false,
        }
    }
}

/// Whether a credential may be issued: a biometric one needs the permit of its member and modality.
pub fn may_issue(issue: &Issue, permit: Option<&EnrolmentPermit>) -> Result<(), IssueRefusal> {
    let Some(modality) = issue.kind.modality() else { return Ok(()) };
    let permit = permit.ok_or(IssueRefusal::PermitMissing)?;
    let fits = permit.member() == issue.member && permit.modality() == modality;
    if fits { Ok(()) } else { Err(IssueRefusal::PermitOfAnother) }
}

/// A credential, as its history has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    issue: Issue,
    until_us: Option<i64>,
    limited: Option<LimitReason>,
    blocked: Option<BlockReason>,
    lost: bool,
    replaced_by: Option<CredentialId>,
}

/// The line of a history that cannot have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenHistory {
    /// Which one, counted from zero.
    pub index: usize,
    /// Why.
    pub refusal: ChangeRefusal,
}

/// Plays a history from its first line.
pub fn replay(events: &[CredentialEvent]) -> Result<Credential, BrokenHistory> {
    let Some(CredentialEvent { change: Change::Issued(issue), .. }) = events.first() else {
        return Err(BrokenHistory { index: 0, refusal: ChangeRefusal::NotIssued });
    };
    let mut credential = Credential::issued(issue);
    for (index, event) in events.iter().enumerate().skip(1) {
        credential = credential.after(event).map_err(|refusal| BrokenHistory { index, refusal })?;
    }
    Ok(credential)
}

impl Credential {
    /// A credential that has just been issued.
    pub const fn issued(issue: &Issue) -> Self {
        let Issue { until_us, limited, .. } = *issue;
        Self { issue: *issue, until_us, limited, blocked: None, lost: false, replaced_by: None }
    }

    /// How it began.
    pub const fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The first moment at which it has expired, in UTC microseconds.
    pub const fn until_us(&self) -> Option<i64> {
        self.until_us
    }

    /// The credential that has taken its place.
    pub const fn replaced_by(&self) -> Option<CredentialId> {
        self.replaced_by
    }

    /// Its state at a moment, in UTC microseconds.
    pub fn state(&self, now_us: i64) -> CredentialState {
        if self.lost {
            return CredentialState::Lost;
        }
        if let Some(reason) = self.blocked {
            return CredentialState::Blocked(reason);
        }
        if self.until_us.is_some_and(|until_us| now_us >= until_us) {
            return CredentialState::Expired;
        }
        self.limited.map_or(CredentialState::Active, CredentialState::Limited)
    }

    /// The credential after one more line of its history, or why it cannot have happened.
    pub fn after(&self, event: &CredentialEvent) -> Result<Self, ChangeRefusal> {
        if let Some(by) = self.replaced_by {
            return Err(ChangeRefusal::AlreadyReplaced { by });
        }
        match event.change {
            Change::Issued(_) => Err(ChangeRefusal::AlreadyIssued),
            Change::Limited(reason) => self.limit(reason),
            Change::LimitLifted => self.lift_limit(),
            Change::Blocked(reason) => self.block(reason),
            Change::Unblocked => self.unblock(),
            Change::LossReported => self.report_loss(),
            Change::FoundReported => self.report_found(),
            Change::Renewed { until_us } => self.renew(until_us, event.at_us),
            Change::Replaced { by } => self.replace(by, event.at_us),
        }
    }

    /// How the credential begins that takes the place of this one: of the same member and kind, with the same end and the
    /// same limit. The lines [`Change::Replaced`] and [`Change::Issued`] are to be recorded together.
    pub fn replacement(&self, new: CredentialId, now_us: i64) -> Result<Issue, ChangeRefusal> {
        let by = Actor::System;
        self.after(&CredentialEvent { at_us: now_us, by, change: Change::Replaced { by: new } })?;
        let Self { issue, until_us, limited, .. } = *self;
        Ok(Issue { id: new, until_us, limited, replaces: Some(issue.id), ..issue })
    }

    fn limit(&self, reason: LimitReason) -> Result<Self, ChangeRefusal> {
        match self.limited {
            Some(_) => Err(ChangeRefusal::AlreadyLimited),
            None => Ok(Self { limited: Some(reason), ..*self }),
        }
    }

    fn lift_limit(&self) -> Result<Self, ChangeRefusal> {
        match self.limited {
            None => Err(ChangeRefusal::NotLimited),
            Some(_) => Ok(Self { limited: None, ..*self }),
        }
    }

    fn block(&self, reason: BlockReason) -> Result<Self, ChangeRefusal> {
        match self.blocked {
            Some(before) if before.is_final() || !reason.is_final() => Err(ChangeRefusal::AlreadyBlocked),
            _ => Ok(Self { blocked: Some(reason), ..*self }),
        }
    }

    fn unblock(&self) -> Result<Self, ChangeRefusal> {
        if self.lost {
            return Err(ChangeRefusal::Lost);
        }
        match self.blocked {
            None => Err(ChangeRefusal::NotBlocked),
            Some(reason) if reason.is_final() => Err(ChangeRefusal::ConsentWithdrawn),
            Some(_) => Ok(Self { blocked: None, ..*self }),
        }
    }

    fn report_loss(&self) -> Result<Self, ChangeRefusal> {
        if self.lost {
            return Err(ChangeRefusal::AlreadyLost);
        }
        if !self.issue.kind.can_be_lost() {
            return Err(ChangeRefusal::CannotBeLost);
        }
        Ok(Self { lost: true, ..*self })
    }

    fn report_found(&self) -> Result<Self, ChangeRefusal> {
        if !self.lost {
            return Err(ChangeRefusal::NotLost);
        }
        // An older reason to be blocked stays.
        Ok(Self { lost: false, blocked: self.blocked.or(Some(BlockReason::Found)), ..*self })
    }

    fn renew(&self, until_us: Option<i64>, at_us: i64) -> Result<Self, ChangeRefusal> {
        if self.lost {
            return Err(ChangeRefusal::Lost);
        }
        if until_us.is_some_and(|until_us| until_us <= at_us) {
            return Err(ChangeRefusal::EndsBeforeItBegins);
        }
        Ok(Self { until_us, ..*self })
    }

    fn replace(&self, by: CredentialId, at_us: i64) -> Result<Self, ChangeRefusal> {
        if by == self.issue.id {
            return Err(ChangeRefusal::ReplacesItself);
        }
        if self.issue.kind.modality().is_some() {
            return Err(ChangeRefusal::EnrolAnew);
        }
        match self.blocked {
            None | Some(BlockReason::SuspectedCopy | BlockReason::Found) => {}
            Some(reason) => return Err(ChangeRefusal::StaysBlocked(reason)),
        }
        if self.until_us.is_some_and(|until_us| at_us >= until_us) {
            return Err(ChangeRefusal::Expired);
        }
        Ok(Self { blocked: Some(BlockReason::Replaced), replaced_by: Some(by), ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BlockReason::{ConsentWithdrawn, Debt, Found, SuspectedCopy};
    use Change::*;
    use LimitReason::NotConfirmed;

    const ID: CredentialId = CredentialId([1; 16]);
    const NEW: CredentialId = CredentialId([2; 16]);
    const UNTIL_US: i64 = 1000;

    const ISSUE: Issue = Issue {
        id: ID,
        member: MemberId([7; 16]),
        kind: CredentialKind::Bracelet,
        until_us: Some(UNTIL_US),
        limited: None,
        replaces: None,
    };

    const FACE: Issue = Issue { kind: CredentialKind::Face, ..ISSUE };

    const fn at(at_us: i64, change: Change) -> CredentialEvent {
        CredentialEvent { at_us, by: Actor::Member, change }
    }

    /// The state at 500 after an issue and these changes, one microsecond after the other.
    fn state_after(issue: Issue, changes: &[Change]) -> Result<CredentialState, ChangeRefusal> {
        let changes = [&[Issued(issue)], changes].concat();
        let events: Vec<_> = changes.into_iter().zip(0..).map(|(change, us)| at(us, change)).collect();
        replay(&events).map(|credential| credential.state(500)).map_err(|broken| broken.refusal)
    }

    fn check(issue: Issue, cases: &[(&[Change], Result<CredentialState, ChangeRefusal>)]) {
        for (changes, expected) in cases {
            assert_eq!(state_after(issue, changes), *expected, "{changes:?}");
        }
    }

    #[test]
    fn each_change_leads_where_the_table_says() {
        use CredentialState::{Active, Blocked as IsBlocked, Limited as IsLimited, Lost};
        let (limit, block) = (Limited(NotConfirmed), Blocked(Debt));
        check(
            ISSUE,
            &[
                (&[], Ok(Active)),
                (&[limit], Ok(IsLimited(NotConfirmed))),
                (&[limit, LimitLifted], Ok(Active)),
                (&[block], Ok(IsBlocked(Debt))),
                (&[block, Unblocked], Ok(Active)),
                (&[limit, block, Unblocked], Ok(IsLimited(NotConfirmed))),
                (&[LossReported], Ok(Lost)),
                (&[limit, LossReported], Ok(Lost)),
                (&[block, LossReported], Ok(Lost)),
                (&[LossReported, FoundReported], Ok(IsBlocked(Found))),
                (&[LossReported, FoundReported, Unblocked], Ok(Active)),
                (&[block, LossReported, FoundReported], Ok(IsBlocked(Debt))),
                (&[LossReported, block, FoundReported], Ok(IsBlocked(Debt))),
                (&[Renewed { until_us: None }], Ok(Active)),
                (&[Renewed { until_us: Some(500) }], Ok(CredentialState::Expired)),
                (&[Renewed { until_us: Some(500) }, LossReported], Ok(Lost)),
                (&[Renewed { until_us: Some(2) }, Renewed { until_us: Some(501) }], Ok(Active)),
                (&[Replaced { by: NEW }], Ok(IsBlocked(BlockReason::Replaced))),
                (&[LossReported, Replaced { by: NEW }], Ok(Lost)),
            ],
        );
        check(FACE, &[(&[Blocked(Debt), Blocked(ConsentWithdrawn)], Ok(IsBlocked(ConsentWithdrawn)))]);
    }

    #[test]
    fn each_change_that_cannot_be_is_refused_by_name() {
        use ChangeRefusal::*;
        let (limit, block) = (Limited(NotConfirmed), Blocked(Debt));
        let withdrawn = Blocked(BlockReason::ConsentWithdrawn);
        check(
            ISSUE,
            &[
                (&[Issued(ISSUE)], Err(AlreadyIssued)),
                (&[limit, limit], Err(AlreadyLimited)),
                (&[LimitLifted], Err(NotLimited)),
                (&[block, Blocked(SuspectedCopy)], Err(AlreadyBlocked)),
                (&[Unblocked], Err(NotBlocked)),
                (&[LossReported, Unblocked], Err(Lost)),
                (&[block, LossReported, Unblocked], Err(Lost)),
                (&[LossReported, LossReported], Err(AlreadyLost)),
                (&[FoundReported], Err(NotLost)),
                (&[LossReported, Renewed { until_us: None }], Err(Lost)),
                (&[Renewed { until_us: Some(1) }], Err(EndsBeforeItBegins)),
                (&[Renewed { until_us: Some(2) }, Replaced { by: NEW }], Err(Expired)),
                (&[block, Replaced { by: NEW }], Err(StaysBlocked(Debt))),
                (&[block, LossReported, Replaced { by: NEW }], Err(StaysBlocked(Debt))),
                (&[Replaced { by: ID }], Err(ReplacesItself)),
                (&[Replaced { by: NEW }, Replaced { by: NEW }], Err(AlreadyReplaced { by: NEW })),
                (&[LossReported, Replaced { by: NEW }, FoundReported], Err(AlreadyReplaced { by: NEW })),
            ],
        );
        check(
            FACE,
            &[
                (&[LossReported], Err(CannotBeLost)),
                (&[Replaced { by: NEW }], Err(EnrolAnew)),
                (&[withdrawn, Unblocked], Err(ConsentWithdrawn)),
                (&[withdrawn, withdrawn], Err(AlreadyBlocked)),
            ],
        );
        let not_issued = Err(BrokenHistory { index: 0, refusal: NotIssued });
        assert_eq!(replay(&[]), not_issued);
        assert_eq!(replay(&[at(0, LossReported)]), not_issued);
        let broken = replay(&[at(0, Issued(ISSUE)), at(1, block), at(2, block)]);
        assert_eq!(broken, Err(BrokenHistory { index: 2, refusal: AlreadyBlocked }));
    }

    #[test]
    fn a_state_allows_what_the_table_says() {
        let cases = [
            (CredentialState::Active, [true, true, true]),
            (CredentialState::Limited(NotConfirmed), [true, true, false]),
            (CredentialState::Blocked(Debt), [false; 3]),
            (CredentialState::Lost, [false; 3]),
            (CredentialState::Expired, [false; 3]),
        ];
        for (state, expected) in cases {
            assert_eq!([Use::Enter, Use::Earn, Use::Spend].map(|wanted| state.allows(wanted)), expected);
        }
    }

    #[test]
    fn d26_it_expires_at_its_end_and_not_before() {
        let credential = Credential::issued(&ISSUE);
        assert_eq!(credential.state(UNTIL_US - 1), CredentialState::Active);
        assert_eq!(credential.state(UNTIL_US), CredentialState::Expired);
        assert_eq!(
            Credential::issued(&Issue { until_us: None, ..ISSUE }).state(i64::MAX),
            CredentialState::Active
        );
    }

    #[test]
    fn a_replacement_keeps_the_rights_and_names_the_old_one() {
        let changes = [at(1, Limited(NotConfirmed)), at(2, LossReported)];
        let old = replay(&[&[at(0, Issued(ISSUE))], &changes[..]].concat()).unwrap();
        let issue = old.replacement(NEW, 3).unwrap();
        assert_eq!(issue, Issue { id: NEW, limited: Some(NotConfirmed), replaces: Some(ID), ..ISSUE });
        let replaced = old.after(&at(3, Replaced { by: NEW })).unwrap();
        assert_eq!((replaced.replaced_by(), replaced.state(3)), (Some(NEW), CredentialState::Lost));
        assert_eq!(old.replacement(NEW, UNTIL_US), Err(ChangeRefusal::Expired));
        let copied = Credential::issued(&ISSUE).after(&at(1, Blocked(SuspectedCopy))).unwrap();
        assert_eq!(
            Credential::issued(&copied.replacement(NEW, 2).unwrap()).state(2),
            CredentialState::Active
        );
    }

    #[test]
    fn a_biometric_credential_is_not_issued_without_a_permit() {
        assert_eq!(may_issue(&ISSUE, None), Ok(()));
        for kind in
            [CredentialKind::Face, CredentialKind::Fingerprint, CredentialKind::Palm, CredentialKind::Voice]
        {
            assert_eq!(may_issue(&Issue { kind, ..ISSUE }, None), Err(IssueRefusal::PermitMissing));
        }
    }

    /// A small generator (SplitMix64): the same seed gives the same cases everywhere.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ (z >> 31)) % below
        }

        fn change(&mut self) -> Change {
            let reasons = [Debt, SuspectedCopy, ConsentWithdrawn];
            match self.roll(24) {
                0..=3 => Limited(NotConfirmed),
                4..=6 => LimitLifted,
                7..=9 => Blocked(reasons[self.roll(3) as usize]),
                10..=13 => Unblocked,
                14..=16 => LossReported,
                17..=20 => FoundReported,
                21..=22 => Renewed { until_us: Some(self.roll(60) as i64) },
                _ => Replaced { by: NEW },
            }
        }
    }

    /// What was recorded is asked of the history itself, line by line, and not of the credential.
    #[test]
    fn whatever_happens_a_lost_or_stopped_credential_opens_nothing() {
        for seed in 0..500 {
            let mut dice = Dice(seed);
            let mut history = vec![at(0, Issued(ISSUE))];
            for us in 1..40 {
                let before = replay(&history).unwrap();
                let event = at(us, dice.change());
                if let Ok(after) = before.after(&event) {
                    history.push(event);
                    assert_eq!(replay(&history), Ok(after), "seed {seed}");
                }
                let last = |is: fn(&Change) -> bool| history.iter().rposition(|event| is(&event.change));
                let found = last(|change| matches!(change, FoundReported));
                let unblocked = last(|change| matches!(change, Unblocked));
                let lost = last(|change| matches!(change, LossReported));
                let blocked = last(|change| matches!(change, Blocked(_)));
                let replaced = last(|change| matches!(change, Replaced { .. }));
                let renewed = history.iter().rev().find_map(|event| match event.change {
                    Renewed { until_us } => Some(until_us),
                    _ => None,
                });
                let over = renewed.unwrap_or(ISSUE.until_us).is_some_and(|until_us| us >= until_us);
                // Lost and not found and released since; blocked and not released since.
                let stopped = lost > unblocked || found > unblocked || blocked > unblocked;
                let state = replay(&history).unwrap().state(us);
                let open = state.allows(Use::Enter);
                assert_eq!(open, !(stopped || over || replaced.is_some()), "seed {seed}: {history:?}");
                assert_eq!(lost > found, state == CredentialState::Lost, "seed {seed}: {history:?}");
            }
        }
    }
}
