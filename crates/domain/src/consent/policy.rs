//! The matrix of the law: jurisdiction × modality × purpose × age → forbidden, or permitted and how.
//!
//! One table for each jurisdiction, one row for each modality; the reason of a row stands above it, the laws in it. Three
//! rules hold in all of them and are no rows:
//!
//! - A purpose must fit the modality: a face recognises at a door or a till and serves nothing else.
//! - No biometrics of anybody under sixteen, or of unknown age (case B-22). Laws allow some of it with a parent's consent;
//!   the house does not, since a child can neither weigh it nor be given new features later.
//! - Who is too young to consent alone is represented ([`Jurisdiction::consents_alone`]).
//!
//! What the law permits and the product does not do is not permitted here either: it keeps no voice templates, and of a
//! fingerprint or palm nothing but the vendor's reference.

use super::jurisdiction::Jurisdiction;
use crate::profile::AgeBand;
use Alternative::{ByHouse, ByLaw, NotNeeded};
use ConsentForm::{Explicit, Signed, Written};
use Keeping::{AtProvider, Here, InDevice};
use Law::{Bipa, ChinaFaceRules, Fz152, Fz572, Gdpr, HouseRule, Pipl};
use LongestTerm::{WhilePurposeLasts, YearsAfterLastInteraction};
use Modality::{Contact, Face, FingerprintOrPalm, ProfilePhoto, Profiling, Voice};

/// What of a person is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modality {
    /// The face, compared by a machine.
    Face,
    /// The voice, compared by a machine.
    Voice,
    /// Fingerprint or palm, compared by a vendor's device.
    FingerprintOrPalm,
    /// A photo that people look at and no machine compares.
    ProfilePhoto,
    /// Phone, e-mail or messenger, to write to without being asked.
    Contact,
    /// Conclusions about a person's habits.
    Profiling,
}

/// What it is used for. Each consent has one; another purpose needs another consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Opening a door.
    Entry,
    /// Telling the till who is standing there, to earn points.
    TillRecognition,
    /// Letting the staff see whether it is the member.
    StaffViewing,
    /// Offers and letters.
    Marketing,
}

/// The answer of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No consent makes it lawful.
    Forbidden(WhyForbidden),
    /// With a consent, and in this way only.
    Permitted(Permission),
}

/// Why no consent helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyForbidden {
    /// This modality does not serve this purpose.
    PurposeDoesNotFit,
    /// Biometrics of somebody whose day of birth is not recorded.
    AgeUnknown,
    /// Biometrics of somebody under sixteen (case B-22).
    UnderSixteen,
}

/// In which way something is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Where it may be kept and compared.
    pub keeping: Keeping,
    /// How the consent must be given.
    pub form: ConsentForm,
    /// Whether the consent must be a document of its own, apart from the contract.
    pub separate_document: bool,
    /// Who gives it.
    pub signer: Signer,
    /// Whether another way without biometrics must be offered on equal terms.
    pub alternative: Alternative,
    /// How long it may be kept at the most.
    pub longest_term: LongestTerm,
    /// Where all this comes from.
    pub laws: &'static [Law],
}

/// Where something of a person may be kept and compared, the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// At an outside provider that the law accredits; here only a [`super::ProviderResult`], and no picture.
    AtProvider,
    /// In the device that takes it; here only a [`super::VendorReference`].
    InDevice,
    /// In the club's own book. It may also be kept in the two other ways.
    Here,
}

/// How a consent must be given. Each form is also satisfied by the stricter ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentForm {
    /// On paper with a signature by hand, or with a qualified electronic signature.
    Written,
    /// Signed in any way; an electronic signature counts.
    Signed,
    /// By a clear act: a box that was empty and is ticked, a code that is entered.
    Explicit,
}

/// Who gives a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The person.
    Subject,
    /// A parent or guardian, with proof.
    Representative,
}

/// Whether another way must be offered, as good, as near and at the same price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// The law asks for it.
    ByLaw,
    /// The law is silent; the house asks for it (case B-23).
    ByHouse,
    /// There is nothing to be an alternative to.
    NotNeeded,
}

/// How long something may be kept at the most. The end of the purpose is always a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongestTerm {
    /// Until the purpose ends.
    WhilePurposeLasts,
    /// Until the purpose ends, or so many years after the last interaction, whichever is first.
    YearsAfterLastInteraction(u8),
}

/// A law by its usual name, or the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Russia: automated identification by face and voice.
    Fz572,
    /// Russia: personal data.
    Fz152,
    /// European Union: General Data Protection Regulation.
    Gdpr,
    /// Illinois: Biometric Information Privacy Act.
    Bipa,
    /// China: Personal Information Protection Law.
    Pipl,
    /// China: rules on faces in force since 2025-06-01.
    ChinaFaceRules,
    /// No law: the house is stricter, or has to choose where no law is known.
    HouseRule,
}

impl Modality {
    /// All of them.
    pub const ALL: [Self; 6] = [Face, Voice, FingerprintOrPalm, ProfilePhoto, Contact, Profiling];

    /// Whether a machine recognises the person by it.
    pub const fn is_biometric(self) -> bool {
        matches!(self, Face | Voice | FingerprintOrPalm)
    }

    /// Whether it serves this purpose.
    pub const fn fits(self, purpose: Purpose) -> bool {
        match self {
            Face | Voice | FingerprintOrPalm => matches!(purpose, Purpose::Entry | Purpose::TillRecognition),
            ProfilePhoto => matches!(purpose, Purpose::StaffViewing),
            Contact | Profiling => matches!(purpose, Purpose::Marketing),
        }
    }
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Entry, Self::TillRecognition, Self::StaffViewing, Self::Marketing];
}

impl Keeping {
    /// Whether who may keep it in this way may keep it in `wanted`.
    pub fn permits(self, wanted: Self) -> bool {
        self == Here || self == wanted
    }
}

/// Asks the matrix. The checks stand in the order of [`WhyForbidden`].
pub fn answer(jurisdiction: Jurisdiction, modality: Modality, purpose: Purpose, age: AgeBand) -> Answer {
    if !modality.fits(purpose) {
        return Answer::Forbidden(WhyForbidden::PurposeDoesNotFit);
    }
    if modality.is_biometric() {
        match age.from_years() {
            None => return Answer::Forbidden(WhyForbidden::AgeUnknown),
            Some(..=15) => return Answer::Forbidden(WhyForbidden::UnderSixteen),
            Some(16..) => {}
        }
    }
    let row = row(jurisdiction, modality);
    let signer = if jurisdiction.consents_alone(age) { Signer::Subject } else { Signer::Representative };
    Answer::Permitted(Permission {
        keeping: row.keeping,
        form: row.form,
        separate_document: row.separate_document,
        signer,
        alternative: row.alternative,
        longest_term: row.longest_term,
        laws: row.laws,
    })
}

/// What the law says of one modality, whatever the purpose and the age.
pub(super) struct Row {
    keeping: Keeping,
    form: ConsentForm,
    separate_document: bool,
    alternative: Alternative,
    pub(super) longest_term: LongestTerm,
    pub(super) laws: &'static [Law],
}

pub(super) const fn row(jurisdiction: Jurisdiction, modality: Modality) -> Row {
    match jurisdiction {
        Jurisdiction::Russia => russia(modality),
        Jurisdiction::EuropeanUnion(_) => european_union(modality),
        Jurisdiction::Illinois => illinois(modality),
        Jurisdiction::China => china(modality),
        Jurisdiction::Other => other(modality),
    }
}

/// The bound that BIPA sets. Elsewhere the law asks for the shortest time that the purpose needs, and the house takes it
/// as the longest that anybody can call short: a member who has not come for three years is not coming.
const THREE_YEARS: LongestTerm = YearsAfterLastInteraction(3);

/// The columns: where it is kept, the form, whether in a document of its own, the alternative, the longest term, the laws.
const fn says(
    keeping: Keeping,
    form: ConsentForm,
    separate_document: bool,
    alternative: Alternative,
    longest_term: LongestTerm,
    laws: &'static [Law],
) -> Row {
    Row { keeping, form, separate_document, alternative, longest_term, laws }
}

/// A consent for one purpose each, in a document of its own, never bundled with the contract (152-FZ since 2025-09-01);
/// refusal may not limit the service.
const fn russia(modality: Modality) -> Row {
    match modality {
        // Automated identification only through the state system, its regional segment or an accredited one.
        Face | Voice => says(AtProvider, Written, true, ByLaw, THREE_YEARS, &[Fz572, Fz152]),
        // Ordinary biometric personal data: written consent.
        FingerprintOrPalm => says(InDevice, Written, true, ByLaw, THREE_YEARS, &[Fz152]),
        // A photo by which the guard establishes who it is may be called biometric: the form of the stricter view.
        ProfilePhoto => says(Here, Written, true, NotNeeded, WhilePurposeLasts, &[Fz152]),
        Contact | Profiling => says(Here, Explicit, true, NotNeeded, WhilePurposeLasts, &[Fz152]),
    }
}

/// Biometrics are a special category: explicit consent, not free without an equal alternative (same hours, price, speed).
const fn european_union(modality: Modality) -> Row {
    match modality {
        Face => says(Here, Explicit, true, ByLaw, THREE_YEARS, &[Gdpr]),
        // The law treats it as a face; the product keeps no templates of it.
        Voice => says(AtProvider, Explicit, true, ByLaw, THREE_YEARS, &[Gdpr, HouseRule]),
        FingerprintOrPalm => says(InDevice, Explicit, true, ByLaw, THREE_YEARS, &[Gdpr, HouseRule]),
        // Distinguishable from other matters, but not a document of its own.
        ProfilePhoto | Contact | Profiling => {
            says(Here, Explicit, false, NotNeeded, WhilePurposeLasts, &[Gdpr])
        }
    }
}

/// Written notice, purpose, term and a written release before anything is captured; an electronic signature counts. No
/// alternative is asked for by the law. Photographs are not biometric identifiers.
const fn illinois(modality: Modality) -> Row {
    match modality {
        Face => says(Here, Signed, true, ByHouse, THREE_YEARS, &[Bipa]),
        Voice => says(AtProvider, Signed, true, ByHouse, THREE_YEARS, &[Bipa, HouseRule]),
        FingerprintOrPalm => says(InDevice, Signed, true, ByHouse, THREE_YEARS, &[Bipa, HouseRule]),
        ProfilePhoto | Contact | Profiling => {
            says(Here, Explicit, false, NotNeeded, WhilePurposeLasts, &[HouseRule])
        }
    }
}

/// Separate and revocable consent, the shortest period, a convenient alternative: a face is never the only method.
const fn china(modality: Modality) -> Row {
    match modality {
        // The data stays in the device. The law has an exception for a further separate consent; it is not taken.
        Face => says(InDevice, Explicit, true, ByLaw, THREE_YEARS, &[Pipl, ChinaFaceRules]),
        Voice => says(AtProvider, Explicit, true, ByLaw, THREE_YEARS, &[Pipl, HouseRule]),
        FingerprintOrPalm => says(InDevice, Explicit, true, ByLaw, THREE_YEARS, &[Pipl]),
        ProfilePhoto | Contact | Profiling => {
            says(Here, Explicit, true, NotNeeded, WhilePurposeLasts, &[Pipl])
        }
    }
}

/// No law is known: each column has the strictest value of the others that a club can keep alone. It cannot accredit a
/// provider, so that a face stays in the device.
const fn other(modality: Modality) -> Row {
    match modality {
        Face | FingerprintOrPalm => says(InDevice, Written, true, ByHouse, THREE_YEARS, &[HouseRule]),
        Voice => says(AtProvider, Written, true, ByHouse, THREE_YEARS, &[HouseRule]),
        ProfilePhoto => says(Here, Written, true, NotNeeded, WhilePurposeLasts, &[HouseRule]),
        Contact | Profiling => says(Here, Explicit, true, NotNeeded, WhilePurposeLasts, &[HouseRule]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::jurisdiction::MemberState;
    use super::*;

    fn everywhere() -> Vec<Jurisdiction> {
        let eu =
            (13..=16).map(|age| Jurisdiction::EuropeanUnion(MemberState::with_consent_age(age).unwrap()));
        eu.chain([Jurisdiction::Russia, Jurisdiction::Illinois, Jurisdiction::China, Jurisdiction::Other])
            .collect()
    }

    /// Calls `check` for each cell of the matrix.
    fn each_cell(check: impl Fn(Jurisdiction, Modality, Purpose, AgeBand, Answer)) {
        for jurisdiction in everywhere() {
            for modality in Modality::ALL {
                for purpose in Purpose::ALL {
                    for age in AgeBand::ALL {
                        check(
                            jurisdiction,
                            modality,
                            purpose,
                            age,
                            answer(jurisdiction, modality, purpose, age),
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn b22_no_biometrics_under_sixteen_or_of_unknown_age() {
        each_cell(|_, modality, purpose, age, answer| {
            if modality.is_biometric() && modality.fits(purpose) && age < AgeBand::SixteenOrSeventeen {
                let why = if age == AgeBand::Unknown {
                    WhyForbidden::AgeUnknown
                } else {
                    WhyForbidden::UnderSixteen
                };
                assert_eq!(answer, Answer::Forbidden(why), "{modality:?} {age:?}");
            }
        });
    }

    #[test]
    fn b22_who_is_too_young_is_represented() {
        each_cell(|jurisdiction, modality, _, age, answer| {
            let Answer::Permitted(permission) = answer else { return };
            let alone = jurisdiction.consents_alone(age);
            assert_eq!(permission.signer == Signer::Subject, alone, "{jurisdiction:?} {modality:?} {age:?}");
        });
    }

    #[test]
    fn b23_biometrics_always_have_an_alternative_a_document_of_their_own_and_an_end() {
        each_cell(|jurisdiction, modality, _, _, answer| {
            let Answer::Permitted(permission) = answer else { return };
            let biometric = modality.is_biometric();
            let name = format!("{jurisdiction:?} {modality:?}");
            assert_eq!(permission.alternative != NotNeeded, biometric, "{name}");
            assert_eq!(permission.longest_term == THREE_YEARS, biometric, "{name}");
            assert!(permission.separate_document || !biometric, "{name}");
            assert!(!permission.laws.is_empty(), "{name}");
        });
    }

    #[test]
    fn a_purpose_that_does_not_fit_is_forbidden_at_any_age() {
        let mut permitted = Vec::new();
        for modality in Modality::ALL {
            for purpose in Purpose::ALL {
                match answer(Jurisdiction::Illinois, modality, purpose, AgeBand::Adult) {
                    Answer::Permitted(_) => permitted.push((modality, purpose)),
                    Answer::Forbidden(why) => assert_eq!(why, WhyForbidden::PurposeDoesNotFit),
                }
            }
        }
        let expected = [
            (Face, Purpose::Entry),
            (Face, Purpose::TillRecognition),
            (Voice, Purpose::Entry),
            (Voice, Purpose::TillRecognition),
            (FingerprintOrPalm, Purpose::Entry),
            (FingerprintOrPalm, Purpose::TillRecognition),
            (ProfilePhoto, Purpose::StaffViewing),
            (Contact, Purpose::Marketing),
            (Profiling, Purpose::Marketing),
        ];
        assert_eq!(permitted, expected);
    }

    #[test]
    fn the_rows_say_what_the_laws_say() {
        let eu = Jurisdiction::EuropeanUnion(MemberState::with_consent_age(16).unwrap());
        // Face, voice, fingerprint or palm; the form of a face; who asks for the alternative.
        let cases = [
            (Jurisdiction::Russia, [AtProvider, AtProvider, InDevice], Written, ByLaw),
            (eu, [Here, AtProvider, InDevice], Explicit, ByLaw),
            (Jurisdiction::Illinois, [Here, AtProvider, InDevice], Signed, ByHouse),
            (Jurisdiction::China, [InDevice, AtProvider, InDevice], Explicit, ByLaw),
            (Jurisdiction::Other, [InDevice, AtProvider, InDevice], Written, ByHouse),
        ];
        for (jurisdiction, keeping, form, alternative) in cases {
            let kept = [Face, Voice, FingerprintOrPalm].map(|modality| row(jurisdiction, modality).keeping);
            assert_eq!(kept, keeping, "{jurisdiction:?}");
            let face = row(jurisdiction, Face);
            assert_eq!((face.form, face.alternative), (form, alternative), "{jurisdiction:?}");
        }
        assert!(Here.permits(InDevice) && Here.permits(Here) && InDevice.permits(InDevice));
        assert!(!AtProvider.permits(Here) && !InDevice.permits(AtProvider));
    }
}
