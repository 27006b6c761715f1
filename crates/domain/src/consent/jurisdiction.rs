//! Whose law holds at a branch.

use crate::profile::AgeBand;
use std::ops::RangeInclusive;

/// The ages of own consent that member states of the European Union may set, in years (GDPR).
pub const CONSENT_AGES_EU: RangeInclusive<u8> = 13..=16;

/// The law of the place where the branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jurisdiction {
    /// Russia: 572-FZ for face and voice, 152-FZ for everything.
    Russia,
    /// The European Union: GDPR, with the age that the member state has set.
    EuropeanUnion(MemberState),
    /// Illinois: BIPA.
    Illinois,
    /// China: PIPL, and the face rules of 2025-06-01.
    China,
    /// Anywhere else: what the known laws ask at their strictest, as far as a club can do it alone. An owner who names no
    /// jurisdiction is here.
    Other,
}

/// What a member state of the European Union may decide for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberState {
    consent_age_years: u8,
}

impl MemberState {
    /// A state by its age of own consent, which must be one of [`CONSENT_AGES_EU`].
    pub fn with_consent_age(years: u8) -> Option<Self> {
        CONSENT_AGES_EU.contains(&years).then_some(Self { consent_age_years: years })
    }
}

impl Jurisdiction {
    /// From this age on, in years, a person consents alone; below it a representative does.
    pub const fn consent_age_years(self) -> u8 {
        match self {
            Self::EuropeanUnion(state) => state.consent_age_years,
            Self::China => 14,
            // 152-FZ speaks of the parents of a minor, BIPA of a legally authorised representative.
            Self::Russia | Self::Illinois | Self::Other => 18,
        }
    }

    /// Whether somebody of this age consents alone. An unknown age counts as an adult's here: a club that has no day of
    /// birth has a contract with somebody who could sign it. The matrix does not let it near biometrics.
    pub fn consents_alone(self, age: AgeBand) -> bool {
        age.from_years().is_none_or(|years| years >= self.consent_age_years())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::AgeBand::*;

    #[test]
    fn each_law_has_its_age_of_consent() {
        let eu = |years| Jurisdiction::EuropeanUnion(MemberState::with_consent_age(years).unwrap());
        // The youngest band that consents alone.
        let cases = [
            (Jurisdiction::Russia, Adult),
            (Jurisdiction::Illinois, Adult),
            (Jurisdiction::Other, Adult),
            (Jurisdiction::China, Fourteen),
            (eu(13), Thirteen),
            (eu(14), Fourteen),
            (eu(15), Fifteen),
            (eu(16), SixteenOrSeventeen),
        ];
        for (jurisdiction, youngest) in cases {
            for age in AgeBand::ALL {
                let alone = age == Unknown || age >= youngest;
                assert_eq!(jurisdiction.consents_alone(age), alone, "{jurisdiction:?} {age:?}");
            }
        }
        for years in [0, 12, 17, 255] {
            assert_eq!(MemberState::with_consent_age(years), None);
        }
    }
}
