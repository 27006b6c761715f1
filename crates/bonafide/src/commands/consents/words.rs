//! The law and the consents in plain words.

use bonafide_domain::consent::{
    Alternative, ConsentForm, ConsentGap, EnrolmentRefusal, Jurisdiction, Keeping, Law, LongestTerm,
    Modality, Permission, Purpose, RecordRefusal, Signer, WhyForbidden,
};
use bonafide_store::consents::{Differing, NotRecorded, Question, consent_of_word, consent_word};

use crate::commands::credentials::moments::moment;
use crate::failure::Failure;

/// What of a person, and what for, as `face/entry`.
pub(crate) type About = (Modality, Purpose);

/// All pairs that fit each other.
pub(crate) fn all_about() -> impl Iterator<Item = About> {
    let pair = |modality: Modality| Purpose::ALL.into_iter().map(move |purpose| (modality, purpose));
    Modality::ALL.into_iter().flat_map(pair).filter(|(modality, purpose)| modality.fits(*purpose))
}

/// Reads what of a person and what for, for clap.
pub(crate) fn about(text: &str) -> Result<About, String> {
    consent_of_word(text).ok_or_else(|| {
        let all: Vec<String> =
            all_about().map(|(modality, purpose)| consent_word(modality, purpose)).collect();
        format!("what of the person, and what for? One of: {}", all.join(", "))
    })
}

/// What of a person and what for, for a person.
pub(crate) const fn told_about((modality, purpose): About) -> &'static str {
    match (modality, purpose) {
        (Modality::Face, Purpose::TillRecognition) => "the face, to be recognised at the till",
        (Modality::Face, _) => "the face, to open doors",
        (Modality::Voice, Purpose::TillRecognition) => "the voice, to be recognised at the till",
        (Modality::Voice, _) => "the voice, to open doors",
        (Modality::FingerprintOrPalm, Purpose::TillRecognition) => {
            "finger or palm, to be recognised at the till"
        }
        (Modality::FingerprintOrPalm, _) => "finger or palm, to open doors",
        (Modality::ProfilePhoto, _) => "a photo that the staff look at",
        (Modality::Contact, _) => "offers by phone, e-mail or messenger",
        (Modality::Profiling, _) => "conclusions from habits, for offers",
    }
}

/// A law, for a person.
pub(crate) fn told_law(jurisdiction: Jurisdiction) -> String {
    match jurisdiction {
        Jurisdiction::Russia => "the law of Russia".to_owned(),
        Jurisdiction::EuropeanUnion(_) => {
            format!(
                "the law of the European Union (own consent from {} years on)",
                jurisdiction.consent_age_years()
            )
        }
        Jurisdiction::Illinois => "the law of Illinois".to_owned(),
        Jurisdiction::China => "the law of China".to_owned(),
        Jurisdiction::Other => "the strictest rules (no branch, no law)".to_owned(),
    }
}

const fn law_name(law: Law) -> &'static str {
    match law {
        Law::Fz572 => "572-FZ",
        Law::Fz152 => "152-FZ",
        Law::Gdpr => "GDPR",
        Law::Bipa => "BIPA",
        Law::Pipl => "PIPL",
        Law::ChinaFaceRules => "the face rules of 2025-06-01",
        Law::HouseRule => "the house",
    }
}

/// In which way something is permitted, one thing after the other.
pub(crate) fn told_permission(permission: &Permission) -> Vec<String> {
    let kept = match permission.keeping {
        Keeping::Here => "kept in this book",
        Keeping::AtProvider => "at an accredited provider only, with its reference here",
        Keeping::InDevice => "in the device that takes it only, with its reference here",
    };
    let form = match permission.form {
        ConsentForm::Written => "on paper or with a qualified signature",
        ConsentForm::Signed => "signed, a tablet counts",
        ConsentForm::Explicit => "a clear act, a ticked box counts",
    };
    let document = if permission.separate_document { ", as a document of its own" } else { "" };
    let signer = match permission.signer {
        Signer::Subject => "the member signs",
        Signer::Representative => "a parent or guardian signs, with proof",
    };
    let alternative = match permission.alternative {
        Alternative::ByLaw | Alternative::ByHouse => {
            Some("another way must be offered on equal terms".to_owned())
        }
        Alternative::NotNeeded => None,
    };
    let term = match permission.longest_term {
        LongestTerm::WhilePurposeLasts => "until the purpose ends".to_owned(),
        LongestTerm::YearsAfterLastInteraction(years) => {
            format!("until the purpose ends, at most {years} years after the last visit")
        }
    };
    let laws: Vec<&str> = permission.laws.iter().map(|law| law_name(*law)).collect();
    let told = [kept.to_owned(), format!("{form}{document}"), signer.to_owned()];
    told.into_iter().chain(alternative).chain([term, format!("says {}", laws.join(" and "))]).collect()
}

/// Why no consent helps: key and sentence.
pub(crate) const fn forbidden(why: WhyForbidden) -> (&'static str, &'static str) {
    match why {
        WhyForbidden::PurposeDoesNotFit => ("purpose_does_not_fit", "this serves another purpose"),
        WhyForbidden::AgeUnknown => (
            "age_unknown",
            "the day of birth is not recorded, and biometrics of children are not taken: record it first",
        ),
        WhyForbidden::UnderSixteen => (
            "under_sixteen",
            "the member is under sixteen: no biometrics, not even with a parent's consent; a card or bracelet opens the \
             same doors",
        ),
    }
}

/// What is missing of a consent: key and sentence.
pub(crate) fn gap(gap: ConsentGap, about: About) -> (&'static str, String) {
    let give = format!("record one with `bonafide consents give MEMBER {}`", consent_word(about.0, about.1));
    match gap {
        ConsentGap::NeverGiven => ("no_consent", format!("there is no consent: {give}")),
        ConsentGap::Withdrawn { at_us } => (
            "consent_withdrawn",
            format!("the consent was withdrawn {}: a new one is needed; {give}", moment(at_us)),
        ),
        ConsentGap::Expired { at_us } => {
            ("consent_expired", format!("the consent ended {}: {give}", moment(at_us)))
        }
        ConsentGap::OtherText => (
            "consent_to_other_text",
            format!(
                "the consent is to another text than the one in force, and a new text needs a new consent: {give}"
            ),
        ),
        ConsentGap::AgeUnknown => (
            "age_unknown",
            format!(
                "the day of birth is not recorded: record it first with `bonafide members change MEMBER --birth …`, then a \
                 new consent; {give}"
            ),
        ),
        ConsentGap::ForbiddenWhenGiven => {
            ("consent_forbidden_when_given", format!("the member was too young when it was given: {give}"))
        }
        ConsentGap::RepresentativeMissing => (
            "representative_missing",
            format!(
                "a parent or guardian must give it, with proof: {give} --representative parent --proof …"
            ),
        ),
        ConsentGap::SubjectMustSign => {
            ("subject_must_sign", format!("the member is old enough and must give it alone: {give}"))
        }
        ConsentGap::WeakForm => (
            "weak_form",
            format!(
                "it was given in a weaker form than the law asks, such as a tick where a signature is needed: {give}"
            ),
        ),
        ConsentGap::NotSeparate => {
            ("not_separate", format!("it was part of another document, and must be one of its own: {give}"))
        }
    }
}

/// Why something that was agreed to must not be used now.
pub(crate) fn not_in_force(missing: ConsentGap, about: About) -> Failure {
    let (key, words) = gap(missing, about);
    Failure::new(key, words)
}

/// Why something is not taken in, with the way out.
pub(crate) fn not_enrolled(question: &Question, refusal: &EnrolmentRefusal) -> Failure {
    match *refusal {
        EnrolmentRefusal::Forbidden(why) => {
            let (key, words) = forbidden(why);
            Failure::new(key, words)
        }
        EnrolmentRefusal::Keeping { permitted } => kept_elsewhere(question, permitted),
        EnrolmentRefusal::NoAlternative => Failure::new(
            "no_alternative",
            "another way without biometrics must be offered on the same terms: say which one with --alternative, for \
             example --alternative card-number",
        ),
        EnrolmentRefusal::AlternativeIsBiometric => {
            Failure::new("alternative_is_biometric", "the other way must be one without biometrics")
        }
        EnrolmentRefusal::Consent(missing) => not_in_force(missing, (question.modality, question.purpose)),
    }
}

fn kept_elsewhere(question: &Question, permitted: Keeping) -> Failure {
    let law = told_law(question.jurisdiction);
    let what = match question.modality {
        Modality::Face => "a face",
        Modality::Voice => "a voice",
        Modality::FingerprintOrPalm => "a fingerprint or palm",
        Modality::ProfilePhoto => "a photo",
        Modality::Contact | Modality::Profiling => "this",
    };
    let kind = match question.modality {
        Modality::Voice => "voice",
        Modality::FingerprintOrPalm => "fingerprint",
        _ => "face",
    };
    let (key, way) = match permitted {
        Keeping::AtProvider => (
            "provider_only",
            format!(
                "by an accredited provider only: enrol there, then record its reference with `bonafide credentials issue \
                 MEMBER {kind} --reference … --transaction …`"
            ),
        ),
        Keeping::InDevice => (
            "device_only",
            format!(
                "in the device that takes it only: enrol there, then record its reference with `bonafide credentials \
                 issue MEMBER {kind} --reference …`"
            ),
        ),
        Keeping::Here => ("kept_here", "in this book".to_owned()),
    };
    Failure::new(key, format!("under {law} {what} is kept and recognised {way}"))
}

/// Why a consent or a withdrawal was not recorded.
pub(crate) fn not_recorded(refusal: NotRecorded) -> Failure {
    match refusal {
        NotRecorded::OtherOperation(differing) => {
            let what = match differing {
                Differing::Member => "another member, or for something else",
                Differing::Subject => "another matter or purpose",
                Differing::Text => "another text",
                Differing::Giver => "another giver",
                Differing::Term => "another term",
                Differing::Channel => "another way of giving it",
                Differing::Evidence => "other evidence",
                Differing::Operator => "another employee",
                Differing::Time => "another time",
            };
            let words =
                format!("this --operation was used before with {what}: give a new id, or leave it out");
            Failure::new("other_operation", words)
        }
        NotRecorded::NoMember => Failure::new("no_member", "the member is gone"),
        NotRecorded::Refused(RecordRefusal::PurposeDoesNotFit) => {
            Failure::new("purpose_does_not_fit", "this serves another purpose: see --help")
        }
        NotRecorded::Refused(RecordRefusal::EndsBeforeItBegins) => {
            Failure::new("ends_before_it_begins", "its term is over already: give a later --until, or none")
        }
        NotRecorded::Refused(RecordRefusal::OperatorMissing) => Failure::new(
            "operator_missing",
            "paper is signed in front of somebody: name the employee who took it with --operator",
        ),
        NotRecorded::Refused(RecordRefusal::DateDisagrees) => {
            Failure::new("bad_clock", "the date does not fit the moment: is the machine's clock right?")
        }
        NotRecorded::UnknownText => Failure::new(
            "unknown_text",
            "the text is not in the book: put it in force first, with `bonafide consents texts add`",
        ),
        NotRecorded::OtherText => Failure::new(
            "other_text",
            "the text is for something else: `bonafide consents texts list` shows what each is for",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_that_fits_is_read_and_told() {
        let told: Vec<&str> = all_about().map(told_about).collect();
        assert_eq!(told.len(), 9);
        for pair in all_about() {
            assert_eq!(about(&consent_word(pair.0, pair.1)), Ok(pair));
        }
        assert!(about("face/marketing").is_err_and(|words| words.contains("face/entry")));
    }
}
