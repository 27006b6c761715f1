//! The day by which something of a person must be destroyed, and why.
//!
//! Several ends may be set: the purpose, the consent, the contract, the law. The earliest counts. Days are those of the
//! branch, and half-open: on the day of the answer it must be gone, on the day before it may still be there. A withdrawal
//! is due at once; the day is that of the withdrawal itself.

use super::jurisdiction::Jurisdiction;
use super::policy::{Keeping, Law, LongestTerm, Modality, row};
use jiff::ToSpan;
use jiff::civil::Date;

/// Something that is held of a person, and the ends that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The law of the branch.
    pub jurisdiction: Jurisdiction,
    /// What of the person.
    pub modality: Modality,
    /// Where it is kept.
    pub keeping: Keeping,
    /// The day of the withdrawal.
    pub withdrawn_on: Option<Date>,
    /// The day on which the purpose has ended: the last membership is over, the door does not take faces any more.
    pub purpose_ended_on: Option<Date>,
    /// The first day that the consent does not cover.
    pub consent_until: Option<Date>,
    /// The first day that the contract or the club's own rule does not cover.
    pub contract_until: Option<Date>,
    /// The day on which the person last came, bought, or wrote.
    pub last_interaction_on: Date,
}

/// Why something must be destroyed; of several on one day the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The consent was withdrawn.
    Withdrawn,
    /// There is nothing left to use it for.
    PurposeEnded,
    /// The consent was given for so long only.
    ConsentEnded,
    /// The contract, or the club's own rule, says so.
    ContractTerm,
    /// The law says so, or the house where the law has no number: so long after the last interaction.
    LegalTerm(&'static [Law]),
}

/// What there is to destroy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// The template in the club's book.
    Template,
    /// The pictures it was made from.
    SourceImages,
    /// Copies at doors and tills.
    EdgeCopies,
    /// The template in a vendor's device.
    DeviceTemplate,
    /// The vendor's reference.
    VendorReference,
    /// What the outside provider holds: it must be told.
    ProviderEnrolment,
    /// The provider's reference, decisions and transaction ids.
    ProviderResults,
    /// The photo of the profile.
    ProfilePhoto,
    /// The place on lists of those who get offers.
    MailingListEntries,
    /// What was concluded about the person's habits.
    Conclusions,
}

/// By when what must be destroyed, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destruction {
    /// On this day it must be gone.
    pub by: Date,
    /// Why.
    pub cause: Cause,
    /// What.
    pub what: &'static [Matter],
}

/// The earliest end; nothing while no end is known, as for the photo of somebody who is a member.
pub fn destruction(held: &Held) -> Option<Destruction> {
    let row = row(held.jurisdiction, held.modality);
    let legal = match row.longest_term {
        LongestTerm::WhilePurposeLasts => None,
        // Three years after a 29 February is a 28 February: the earlier day of the two that could be meant.
        LongestTerm::YearsAfterLastInteraction(years) => {
            Some(held.last_interaction_on.saturating_add(i32::from(years).years()))
        }
    };
    let ends = [
        (held.withdrawn_on, Cause::Withdrawn),
        (held.purpose_ended_on, Cause::PurposeEnded),
        (held.consent_until, Cause::ConsentEnded),
        (held.contract_until, Cause::ContractTerm),
        (legal, Cause::LegalTerm(row.laws)),
    ];
    let known = ends.into_iter().filter_map(|(by, cause)| Some((by?, cause)));
    // Of equal ends `min_by_key` takes the first.
    let (by, cause) = known.min_by_key(|&(by, _)| by)?;
    Some(Destruction { by, cause, what: matters(held.modality, held.keeping) })
}

const fn matters(modality: Modality, keeping: Keeping) -> &'static [Matter] {
    match (modality, keeping) {
        (Modality::ProfilePhoto, _) => &[Matter::ProfilePhoto, Matter::EdgeCopies],
        (Modality::Contact, _) => &[Matter::MailingListEntries],
        (Modality::Profiling, _) => &[Matter::Conclusions],
        (_, Keeping::Here) => &[Matter::Template, Matter::SourceImages, Matter::EdgeCopies],
        (_, Keeping::InDevice) => &[Matter::DeviceTemplate, Matter::VendorReference],
        (_, Keeping::AtProvider) => &[Matter::ProviderEnrolment, Matter::ProviderResults],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Cause::*;
    use jiff::civil::date;

    const FACE: Held = Held {
        jurisdiction: Jurisdiction::Illinois,
        modality: Modality::Face,
        keeping: Keeping::Here,
        withdrawn_on: None,
        purpose_ended_on: None,
        consent_until: None,
        contract_until: None,
        last_interaction_on: date(2026, 1, 10),
    };

    #[test]
    fn the_earliest_end_counts() {
        let bipa = LegalTerm(&[Law::Bipa]);
        let legal = date(2029, 1, 10);
        let (soon, later) = (date(2026, 5, 1), date(2027, 5, 1));
        let after = Some(date(2029, 1, 11));
        let cases = [
            ("three years after the last interaction", FACE, legal, bipa),
            ("purpose ends first", Held { purpose_ended_on: Some(soon), ..FACE }, soon, PurposeEnded),
            ("purpose ends after", Held { purpose_ended_on: after, ..FACE }, legal, bipa),
            (
                "consent ends first",
                Held { consent_until: Some(soon), contract_until: Some(later), ..FACE },
                soon,
                ConsentEnded,
            ),
            (
                "contract ends first",
                Held { consent_until: Some(later), contract_until: Some(soon), ..FACE },
                soon,
                ContractTerm,
            ),
            (
                "withdrawn",
                Held { withdrawn_on: Some(soon), contract_until: Some(later), ..FACE },
                soon,
                Withdrawn,
            ),
            (
                "all on one day",
                Held {
                    withdrawn_on: Some(soon),
                    purpose_ended_on: Some(soon),
                    consent_until: Some(soon),
                    contract_until: Some(soon),
                    ..FACE
                },
                soon,
                Withdrawn,
            ),
            (
                "contract and law on one day",
                Held { contract_until: Some(legal), ..FACE },
                legal,
                ContractTerm,
            ),
            ("leap day", Held { last_interaction_on: date(2024, 2, 29), ..FACE }, date(2027, 2, 28), bipa),
            ("at the end of time", Held { last_interaction_on: Date::MAX, ..FACE }, Date::MAX, bipa),
        ];
        for (name, held, by, cause) in cases {
            let found = destruction(&held).unwrap();
            assert_eq!((found.by, found.cause), (by, cause), "{name}");
        }
    }

    #[test]
    fn a_further_end_never_comes_later() {
        let days = [None, Some(date(2026, 2, 1)), Some(date(2028, 2, 1)), Some(date(2040, 2, 1))];
        for withdrawn_on in days {
            for purpose_ended_on in days {
                for contract_until in days {
                    let held = Held { withdrawn_on, purpose_ended_on, contract_until, ..FACE };
                    let by = destruction(&held).unwrap().by;
                    let ends = [withdrawn_on, purpose_ended_on, contract_until];
                    assert!(by <= date(2029, 1, 10) && ends.into_iter().flatten().all(|end| by <= end));
                }
            }
        }
    }

    #[test]
    fn what_is_destroyed_is_what_was_kept() {
        let kept = |modality, keeping| {
            let held = Held { modality, keeping, withdrawn_on: Some(date(2026, 2, 1)), ..FACE };
            destruction(&held).unwrap().what
        };
        use Matter::*;
        assert_eq!(kept(Modality::Face, Keeping::Here), [Template, SourceImages, EdgeCopies]);
        assert_eq!(kept(Modality::Voice, Keeping::AtProvider), [ProviderEnrolment, ProviderResults]);
        assert_eq!(kept(Modality::FingerprintOrPalm, Keeping::InDevice), [DeviceTemplate, VendorReference]);
        assert_eq!(kept(Modality::ProfilePhoto, Keeping::Here), [ProfilePhoto, EdgeCopies]);
        assert_eq!(kept(Modality::Contact, Keeping::Here), [MailingListEntries]);
        assert_eq!(kept(Modality::Profiling, Keeping::Here), [Conclusions]);
        let photo = Held { modality: Modality::ProfilePhoto, ..FACE };
        assert_eq!(destruction(&photo), None, "the photo of somebody who is a member");
    }
}
