//! Drafts of texts to consent to, for a club to begin with. What must stand in one is read from the law's own row: where the thing
//! may be kept, whether there must be another way, how long it lasts. What only the club knows stands in brackets, and so a draft is
//! never mistaken for a text: a lawyer looks at it first.

use bonafide_domain::consent::{
    Alternative, Answer, Jurisdiction, Keeping, LongestTerm, Modality, Purpose, answer,
};
use bonafide_domain::profile::AgeBand;

use crate::pages::member::consents::what_key;
use crate::texts::{Values, Words};

/// A draft in the language of `words`; nothing where no consent makes it lawful.
pub(super) fn draft(
    words: &Words,
    jurisdiction: Jurisdiction,
    (modality, purpose): (Modality, Purpose),
) -> Option<String> {
    let Answer::Permitted(permission) = answer(jurisdiction, modality, purpose, AgeBand::Adult) else {
        return None;
    };
    let what = words.say(what_key((modality, purpose)));
    let years = match permission.longest_term {
        LongestTerm::YearsAfterLastInteraction(years) => Some(u64::from(years)),
        LongestTerm::WhilePurposeLasts => None,
    };
    let term = match years {
        Some(years) => words.say_with("draft-term-years", &Values::default().number("years", years)),
        None => words.say("draft-term"),
    };
    let freely = match permission.alternative {
        Alternative::NotNeeded => "draft-freely",
        Alternative::ByLaw | Alternative::ByHouse => "draft-freely-way",
    };
    let paragraphs = [
        words.say_with("draft-title", &Values::of("what", &what)),
        words.say("draft-who"),
        words.say(what_is_used(modality, permission.keeping)),
        words.say(what_for(modality, purpose)),
        words.say(freely),
        term,
        words.say("draft-withdrawal"),
        words.say(law(jurisdiction, modality)),
        words.say("draft-sign"),
    ];
    Some(paragraphs.join("\n\n"))
}

const fn what_is_used(modality: Modality, keeping: Keeping) -> &'static str {
    match (modality, keeping) {
        (Modality::ProfilePhoto, _) => "draft-photo",
        (Modality::Contact, _) => "draft-contact",
        (Modality::Profiling, _) => "draft-profiling",
        (Modality::Face, Keeping::Here) => "draft-face-here",
        (Modality::Face, Keeping::InDevice) => "draft-face-device",
        (Modality::Face, Keeping::AtProvider) => "draft-face-provider",
        (Modality::Voice, _) => "draft-voice-provider",
        (Modality::FingerprintOrPalm, _) => "draft-finger-device",
    }
}

const fn what_for(modality: Modality, purpose: Purpose) -> &'static str {
    match (purpose, modality) {
        (Purpose::Entry, _) => "draft-for-entry",
        (Purpose::TillRecognition, _) => "draft-for-till",
        (Purpose::StaffViewing, _) => "draft-for-staff",
        (Purpose::Marketing, Modality::Profiling) => "draft-for-fitting-offers",
        (Purpose::Marketing, _) => "draft-for-offers",
    }
}

const fn law(jurisdiction: Jurisdiction, modality: Modality) -> &'static str {
    match (jurisdiction, modality.is_biometric()) {
        (Jurisdiction::Russia, true) => "draft-law-russia-biometrics",
        (Jurisdiction::Russia, false) => "draft-law-russia",
        (Jurisdiction::EuropeanUnion(_), true) => "draft-law-eu-biometrics",
        (Jurisdiction::EuropeanUnion(_), false) => "draft-law-eu",
        (Jurisdiction::Illinois, true) => "draft-law-illinois-biometrics",
        (Jurisdiction::Illinois, false) => "draft-law-illinois",
        (Jurisdiction::China, true) => "draft-law-china-biometrics",
        (Jurisdiction::China, false) => "draft-law-china",
        (Jurisdiction::Other, _) => "draft-law-other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bonafide_domain::consent::MemberState;
    use bonafide_domain::profile::Language;
    use bonafide_store::consents::texts::TEXT_BYTES_MAX;

    use super::*;
    use crate::commands::consents::all_about;
    use crate::texts::Texts;

    #[test]
    fn there_is_a_draft_for_everything_in_every_language_and_no_two_are_the_same() {
        let texts = Texts::shipped().unwrap();
        let union = Jurisdiction::EuropeanUnion(MemberState::with_consent_age(16).unwrap());
        let laws =
            [Jurisdiction::Russia, union, Jurisdiction::Illinois, Jurisdiction::China, Jurisdiction::Other];
        let (mut seen, mut made) = (BTreeSet::new(), 0);
        for language in Language::ALL {
            for about in all_about() {
                for jurisdiction in laws {
                    let text = draft(texts.of(language), jurisdiction, about).unwrap();
                    assert!(text.contains('[') && text.len() < TEXT_BYTES_MAX, "{text}");
                    assert!(!text.contains('{') && !text.contains("draft-"), "{text}");
                    made += 1;
                    seen.insert(text);
                }
            }
        }
        assert_eq!(seen.len(), made, "the book keeps the same letters for one thing only");
    }
}
