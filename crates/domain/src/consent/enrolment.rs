//! The one place where a permit is made: to enrol a person's face, voice, finger, photo or habits, and to match them.
//!
//! A permit has no other constructor, cannot be copied, and names the member, the purpose and the consent. Whatever writes
//! a template takes a [`TemplatePermit`] by value; whatever accepts a match takes a [`MatchPermit`]. There is no way round:
//! who has no permit has asked nobody.
//!
//! The rules ask the matrix and the events themselves, instead of being handed their answers, so that nobody can pass the
//! answer to another question.

use super::event::ConsentEvent;
use super::policy::{Alternative, Answer, Keeping, Modality, Permission, Purpose, WhyForbidden};
use super::standing::{Asked, ConsentGap, standing};
use crate::access_method::{AccessMethods, Method};
use crate::id::{ConsentId, MemberId};

/// That something of a member may be taken in now. To be used at once: a consent can be withdrawn the next minute.
///
/// Nobody else can make one:
///
/// ```compile_fail,E0451
/// use bonafide_domain::consent::EnrolmentPermit;
///
/// fn again(permit: EnrolmentPermit) -> EnrolmentPermit {
///     EnrolmentPermit { ..permit }
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct EnrolmentPermit {
    granted: Granted,
}

/// That a template of a member may be written into the club's own book; see [`EnrolmentPermit::for_template`].
#[derive(Debug, PartialEq, Eq)]
pub struct TemplatePermit {
    granted: Granted,
}

/// That a member may be recognised now, at this place.
#[derive(Debug, PartialEq, Eq)]
pub struct MatchPermit {
    granted: Granted,
}

#[derive(Debug, PartialEq, Eq)]
struct Granted {
    member: MemberId,
    modality: Modality,
    purpose: Purpose,
    keeping: Keeping,
    consent: ConsentId,
    until_us: Option<i64>,
}

/// Why somebody is not enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentRefusal {
    /// No consent makes it lawful.
    Forbidden(WhyForbidden),
    /// It may be kept, but not there.
    Keeping {
        /// Where it may be kept.
        permitted: Keeping,
    },
    /// No other way was offered to the member (case B-23).
    NoAlternative,
    /// The other way that was offered is biometric too.
    AlternativeIsBiometric,
    /// There is no consent, or not a good one.
    Consent(ConsentGap),
}

/// Why somebody is not recognised. The answer at the door is to ask for another method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchRefusal {
    /// No consent makes it lawful.
    Forbidden(WhyForbidden),
    /// It may be compared, but not there.
    Keeping {
        /// Where it may be compared.
        permitted: Keeping,
    },
    /// The place does not take this, or takes it for another purpose than the one asked about.
    NotTakenHere,
    /// There is no consent, or not a good one.
    Consent(ConsentGap),
}

/// Whether something may be taken in and kept in the way `wanted`. `alternative` is the method without biometrics that the
/// member was offered on equal terms: the same hours, price and speed; it is asked for only where the matrix asks. The
/// checks stand in the order of [`EnrolmentRefusal`].
pub fn may_enrol(
    asked: &Asked<'_>,
    wanted: Keeping,
    alternative: Option<Method>,
    events: &[ConsentEvent],
) -> Result<EnrolmentPermit, EnrolmentRefusal> {
    let permission = permitted(asked).map_err(EnrolmentRefusal::Forbidden)?;
    if !permission.keeping.permits(wanted) {
        return Err(EnrolmentRefusal::Keeping { permitted: permission.keeping });
    }
    if permission.alternative != Alternative::NotNeeded {
        let offered = alternative.ok_or(EnrolmentRefusal::NoAlternative)?;
        if offered.is_biometric() {
            return Err(EnrolmentRefusal::AlternativeIsBiometric);
        }
    }
    let granted = granted(asked, wanted, events).map_err(EnrolmentRefusal::Consent)?;
    Ok(EnrolmentPermit { granted })
}

/// Whether a member may be recognised by what is kept in the way `kept`, at the place of these methods. It is asked of each
/// member before he joins the group that is searched, and again of the member who was found: in between, consent may have
/// been withdrawn. The checks stand in the order of [`MatchRefusal`].
pub fn may_match(
    asked: &Asked<'_>,
    kept: Keeping,
    at: &AccessMethods,
    events: &[ConsentEvent],
) -> Result<MatchPermit, MatchRefusal> {
    let permission = permitted(asked).map_err(MatchRefusal::Forbidden)?;
    if !permission.keeping.permits(kept) {
        return Err(MatchRefusal::Keeping { permitted: permission.keeping });
    }
    let taken = at.methods().iter().any(|method| method.modality() == Some(asked.modality));
    if !taken || at.place().purpose() != Some(asked.purpose) {
        return Err(MatchRefusal::NotTakenHere);
    }
    let granted = granted(asked, kept, events).map_err(MatchRefusal::Consent)?;
    Ok(MatchPermit { granted })
}

fn permitted(asked: &Asked<'_>) -> Result<Permission, WhyForbidden> {
    match asked.policy() {
        Answer::Permitted(permission) => Ok(permission),
        Answer::Forbidden(why) => Err(why),
    }
}

fn granted(asked: &Asked<'_>, keeping: Keeping, events: &[ConsentEvent]) -> Result<Granted, ConsentGap> {
    let in_force = standing(asked, events)?;
    let Asked { member, modality, purpose, .. } = *asked;
    Ok(Granted { member, modality, purpose, keeping, consent: in_force.consent, until_us: in_force.until_us })
}

macro_rules! what_was_granted {
    ($($permit:ident),+) => {$(
        impl $permit {
            /// Of whom.
            pub const fn member(&self) -> MemberId {
                self.granted.member
            }

            /// What.
            pub const fn modality(&self) -> Modality {
                self.granted.modality
            }

            /// What for, and for nothing else.
            pub const fn purpose(&self) -> Purpose {
                self.granted.purpose
            }

            /// Where it is kept and compared.
            pub const fn keeping(&self) -> Keeping {
                self.granted.keeping
            }

            /// By which consent.
            pub const fn consent(&self) -> ConsentId {
                self.granted.consent
            }

            /// When that consent ends, in UTC microseconds; nothing when it lasts as long as the purpose.
            pub const fn until_us(&self) -> Option<i64> {
                self.granted.until_us
            }
        }
    )+};
}

what_was_granted!(EnrolmentPermit, TemplatePermit, MatchPermit);

impl EnrolmentPermit {
    /// The permit to write a template here; nothing when it was asked to keep only a provider's or vendor's reference.
    pub fn for_template(self) -> Option<TemplatePermit> {
        let here = self.granted.keeping == Keeping::Here && self.granted.modality.is_biometric();
        here.then_some(TemplatePermit { granted: self.granted })
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::sample::*;
    use super::super::event::{ConsentRecord, Giver};
    use super::super::jurisdiction::Jurisdiction;
    use super::super::standing::sample::*;
    use super::*;
    use crate::access_method::Place;
    use crate::credential::{CredentialKind, Issue, IssueRefusal, may_issue};
    use crate::id::CredentialId;
    use ConsentGap::*;
    use Keeping::{AtProvider, Here, InDevice};

    fn door() -> AccessMethods {
        AccessMethods::new(Place::MemberDoor, &[Method::CardNumber, Method::Face]).unwrap()
    }

    fn consent() -> Vec<ConsentEvent> {
        vec![given(record())]
    }

    #[test]
    fn a_permit_names_what_was_granted_and_by_which_consent() {
        let permit = may_enrol(&asked(), Here, Some(Method::CardNumber), &consent()).unwrap();
        let named = (permit.member(), permit.modality(), permit.purpose(), permit.keeping());
        assert_eq!(named, (MEMBER, Modality::Face, Purpose::Entry, Here));
        assert_eq!((permit.consent(), permit.until_us()), (ConsentId([2; 16]), None));
        let template = permit.for_template().unwrap();
        assert_eq!((template.member(), template.consent()), (MEMBER, ConsentId([2; 16])));
        let reference = may_enrol(&asked(), InDevice, Some(Method::CardNumber), &consent()).unwrap();
        assert_eq!(reference.for_template(), None);
    }

    #[test]
    fn a_permit_is_good_for_its_own_member_and_modality() {
        let permit = may_enrol(&asked(), Here, Some(Method::CardNumber), &consent()).unwrap();
        let issue = |member, kind| Issue {
            id: CredentialId([5; 16]),
            member,
            kind,
            until_us: None,
            limited: None,
            replaces: None,
        };
        let cases = [
            (issue(MEMBER, CredentialKind::Face), Ok(())),
            (issue(MEMBER, CredentialKind::Palm), Err(IssueRefusal::PermitOfAnother)),
            (issue(MemberId([9; 16]), CredentialKind::Face), Err(IssueRefusal::PermitOfAnother)),
            (issue(MemberId([9; 16]), CredentialKind::Card), Ok(())),
        ];
        for (issue, expected) in cases {
            assert_eq!(may_issue(&issue, Some(&permit)), expected, "{issue:?}");
        }
    }

    #[test]
    fn without_a_recorded_consent_nobody_is_enrolled_or_recognised() {
        let cases = [
            (vec![], NeverGiven),
            (vec![given(record()), withdrawn(GIVEN_AT_US + 1)], Withdrawn { at_us: GIVEN_AT_US + 1 }),
        ];
        for (events, gap) in cases {
            let enrolled = may_enrol(&asked(), Here, Some(Method::CardNumber), &events);
            assert_eq!(enrolled, Err(EnrolmentRefusal::Consent(gap)));
            assert_eq!(may_match(&asked(), Here, &door(), &events), Err(MatchRefusal::Consent(gap)));
        }
    }

    #[test]
    fn b22_a_child_or_a_minor_without_a_guardian_is_not_enrolled() {
        let by = |giver: Giver| vec![given(ConsentRecord { giver, ..record() })];
        let cases = [
            (2011, by(parent()), Err(EnrolmentRefusal::Forbidden(WhyForbidden::UnderSixteen))),
            (2011, by(Giver::Subject), Err(EnrolmentRefusal::Forbidden(WhyForbidden::UnderSixteen))),
            (2010, by(Giver::Subject), Err(EnrolmentRefusal::Consent(RepresentativeMissing))),
            (2010, by(parent()), Ok(())),
            (1990, by(Giver::Subject), Ok(())),
        ];
        for (year, events, expected) in cases {
            let asked = Asked { birth: born(year), ..asked() };
            let found = may_enrol(&asked, Here, Some(Method::CardNumber), &events);
            assert_eq!(found.map(|_| ()), expected, "{year}");
        }
        let unknown = Asked { birth: None, ..asked() };
        let refusal = EnrolmentRefusal::Forbidden(WhyForbidden::AgeUnknown);
        assert_eq!(may_enrol(&unknown, Here, Some(Method::CardNumber), &consent()), Err(refusal));
    }

    #[test]
    fn b23_no_face_without_another_way() {
        use EnrolmentRefusal::{AlternativeIsBiometric, NoAlternative};
        let cases = [
            (None, Some(NoAlternative)),
            (Some(Method::Voice), Some(AlternativeIsBiometric)),
            (Some(Method::FingerprintOrPalm), Some(AlternativeIsBiometric)),
            (Some(Method::CardNumber), None),
            (Some(Method::DeviceKey), None),
        ];
        for (offered, refusal) in cases {
            assert_eq!(may_enrol(&asked(), Here, offered, &consent()).err(), refusal, "{offered:?}");
        }
        let photo = Asked { modality: Modality::ProfilePhoto, purpose: Purpose::StaffViewing, ..asked() };
        let (modality, purpose) = (photo.modality, photo.purpose);
        let events = [given(ConsentRecord { modality, purpose, ..record() })];
        let permit = may_enrol(&photo, Here, None, &events).unwrap();
        assert_eq!(permit.for_template(), None, "a photo is no template");
    }

    #[test]
    fn in_russia_a_face_is_the_providers_and_in_china_the_devices() {
        let cases = [
            (Jurisdiction::Russia, AtProvider, [Here, InDevice]),
            (Jurisdiction::China, InDevice, [Here, AtProvider]),
            (Jurisdiction::Other, InDevice, [Here, AtProvider]),
        ];
        for (jurisdiction, permitted, others) in cases {
            let asked = Asked { jurisdiction, ..asked() };
            let enrol = |wanted| may_enrol(&asked, wanted, Some(Method::CardNumber), &consent());
            assert_eq!(enrol(permitted).unwrap().for_template(), None, "{jurisdiction:?}");
            may_match(&asked, permitted, &door(), &consent()).unwrap();
            for wanted in others {
                assert_eq!(enrol(wanted), Err(EnrolmentRefusal::Keeping { permitted }), "{jurisdiction:?}");
                let matched = may_match(&asked, wanted, &door(), &consent());
                assert_eq!(matched, Err(MatchRefusal::Keeping { permitted }), "{jurisdiction:?}");
            }
        }
    }

    #[test]
    fn a_face_given_for_the_door_is_not_recognised_at_the_till() {
        let till = AccessMethods::new(Place::TillEarning, &[Method::CardNumber, Method::Face]).unwrap();
        let cards = AccessMethods::new(Place::MemberDoor, &[Method::CardNumber]).unwrap();
        let at_till = Asked { purpose: Purpose::TillRecognition, ..asked() };
        let minor = Asked { birth: born(2011), ..asked() };
        let cases = [
            (asked(), door(), Ok(())),
            (asked(), till.clone(), Err(MatchRefusal::NotTakenHere)),
            (asked(), cards, Err(MatchRefusal::NotTakenHere)),
            (at_till, till, Err(MatchRefusal::Consent(NeverGiven))),
            (minor, door(), Err(MatchRefusal::Forbidden(WhyForbidden::UnderSixteen))),
        ];
        for (index, (asked, at, expected)) in cases.into_iter().enumerate() {
            assert_eq!(may_match(&asked, Here, &at, &consent()).map(|_| ()), expected, "{index}");
        }
    }
}
