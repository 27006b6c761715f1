//! Whether what was consented to and withdrawn amounts to a consent now.

use super::event::{ConsentEvent, ConsentRecord, Giver, Term, TextHash};
use super::jurisdiction::Jurisdiction;
use super::policy::{Answer, Modality, Purpose, Signer, WhyForbidden, answer};
use crate::id::{ConsentId, MemberId};
use crate::profile::{AgeBand, BirthDate};
use jiff::civil::Date;

/// What is asked: may this of that member be used for that, here and now?
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The law of the branch.
    pub jurisdiction: Jurisdiction,
    /// Whose data it is.
    pub member: MemberId,
    /// The member's day of birth.
    pub birth: Option<BirthDate>,
    /// What of the person.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// The texts that are in force for it, one for each language. A new text needs a new consent.
    pub texts_in_force: &'a [TextHash],
    /// Now, in UTC microseconds.
    pub now_us: i64,
    /// The date at the branch.
    pub today: Date,
}

impl Asked<'_> {
    /// What the matrix answers.
    pub fn policy(&self) -> Answer {
        self.policy_on(self.today)
    }

    fn policy_on(&self, date: Date) -> Answer {
        answer(self.jurisdiction, self.modality, self.purpose, AgeBand::on(self.birth, date))
    }
}

/// A consent that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Which one.
    pub consent: ConsentId,
    /// Until when, in UTC microseconds; nothing when it lasts as long as the purpose.
    pub until_us: Option<i64>,
}

/// Why there is no consent. Of several consents that all lack something, the newest is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentGap {
    /// None was given for this modality and purpose.
    NeverGiven,
    /// The last word was a withdrawal.
    Withdrawn {
        /// When, in UTC microseconds.
        at_us: i64,
    },
    /// Its term is over.
    Expired {
        /// Since when, in UTC microseconds.
        at_us: i64,
    },
    /// It was given to another text than the one in force.
    OtherText,
    /// The day of birth is not recorded, and without it nobody knows who may give this.
    AgeUnknown,
    /// No consent could have been given then: the member was too young (case B-22).
    ForbiddenWhenGiven,
    /// A minor gave it alone (case B-22).
    RepresentativeMissing,
    /// Somebody else gave it for a person who was old enough.
    SubjectMustSign,
    /// The form is weaker than the law asks: a tick where a signature is needed.
    WeakForm,
    /// It was part of another document.
    NotSeparate,
}

/// Replays the events of a member.
///
/// What counts are the consents since the last withdrawal, the newest first; any of them that has everything is enough,
/// since a second and weaker one takes nothing back. Of a consent and a withdrawal at the same instant the withdrawal
/// counts. A consent from the future is not there yet, a withdrawal from the future is: a clock that was set back revives
/// nothing.
///
/// The age is asked for the day on which it was given, by the day of birth that is known today. So a consent that a child
/// gave alone does not become good with the years. What a representative gave for a minor stays good when the minor comes
/// of age, until its term ends or the person withdraws it.
pub fn standing(asked: &Asked<'_>, events: &[ConsentEvent]) -> Result<InForce, ConsentGap> {
    let withdrawn_at_us = events.iter().filter_map(|event| withdrawn_at_us(asked, event)).max();
    let given = events.iter().filter_map(|event| given_for(asked, event));
    let mut since: Vec<&ConsentRecord> =
        given.filter(|record| withdrawn_at_us.is_none_or(|at_us| record.given_at_us > at_us)).collect();
    since.sort_by_key(|record| record.given_at_us);
    let mut answers = since.into_iter().rev().map(|record| holds(asked, record));
    let Some(newest) = answers.next() else {
        return Err(withdrawn_at_us.map_or(ConsentGap::NeverGiven, |at_us| ConsentGap::Withdrawn { at_us }));
    };
    newest.or_else(|gap| answers.find_map(Result::ok).ok_or(gap))
}

fn withdrawn_at_us(asked: &Asked<'_>, event: &ConsentEvent) -> Option<i64> {
    let ConsentEvent::Withdrawn(withdrawal) = event else { return None };
    let about = (withdrawal.member, withdrawal.modality, withdrawal.purpose);
    (about == (asked.member, asked.modality, asked.purpose)).then_some(withdrawal.withdrawn_at_us)
}

fn given_for<'a>(asked: &Asked<'_>, event: &'a ConsentEvent) -> Option<&'a ConsentRecord> {
    let ConsentEvent::Given(given) = event else { return None };
    let record = given.record();
    let about = (record.member, record.modality, record.purpose);
    let is_it = about == (asked.member, asked.modality, asked.purpose) && record.given_at_us <= asked.now_us;
    is_it.then_some(record)
}

/// Whether one consent has everything. The checks stand in the order of [`ConsentGap`].
fn holds(asked: &Asked<'_>, record: &ConsentRecord) -> Result<InForce, ConsentGap> {
    let until_us = match record.term {
        Term::WhilePurposeLasts => None,
        Term::Until { until_us } if until_us <= asked.now_us => {
            return Err(ConsentGap::Expired { at_us: until_us });
        }
        Term::Until { until_us } => Some(until_us),
    };
    if !asked.texts_in_force.contains(&record.text.hash) {
        return Err(ConsentGap::OtherText);
    }
    let permission = match asked.policy_on(record.given_on) {
        Answer::Permitted(permission) => permission,
        Answer::Forbidden(WhyForbidden::AgeUnknown) => return Err(ConsentGap::AgeUnknown),
        Answer::Forbidden(_) => return Err(ConsentGap::ForbiddenWhenGiven),
    };
    match (permission.signer, &record.giver) {
        (Signer::Subject, Giver::Subject) | (Signer::Representative, Giver::Representative { .. }) => {}
        (Signer::Representative, Giver::Subject) => return Err(ConsentGap::RepresentativeMissing),
        (Signer::Subject, Giver::Representative { .. }) => return Err(ConsentGap::SubjectMustSign),
    }
    if !record.channel.satisfies(permission.form) {
        return Err(ConsentGap::WeakForm);
    }
    if permission.separate_document && !record.text.separate_document {
        return Err(ConsentGap::NotSeparate);
    }
    Ok(InForce { consent: record.id, until_us })
}

/// What the tests of the permits share.
#[cfg(test)]
pub(super) mod sample {
    use super::super::event::sample::{GIVEN_AT_US, MEMBER, TEXT};
    use super::*;
    use jiff::civil::date;

    /// An adult's face at a door in Illinois, a minute after the consent.
    pub(in super::super) fn asked() -> Asked<'static> {
        Asked {
            jurisdiction: Jurisdiction::Illinois,
            member: MEMBER,
            birth: born(1990),
            modality: Modality::Face,
            purpose: Purpose::Entry,
            texts_in_force: &[TEXT],
            now_us: GIVEN_AT_US + 60_000_000,
            today: date(2026, 1, 10),
        }
    }

    pub(in super::super) fn born(year: i16) -> Option<BirthDate> {
        Some(BirthDate::parse(date(year, 1, 10), date(2026, 1, 10)).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::sample::*;
    use super::super::event::{Channel, ConsentText};
    use super::super::jurisdiction::MemberState;
    use super::sample::*;
    use super::*;
    use jiff::civil::date;

    const IN_FORCE: Result<InForce, ConsentGap> = Ok(InForce { consent: ConsentId([2; 16]), until_us: None });

    type Case<'a> = (&'a str, Asked<'a>, Vec<ConsentEvent>, Result<InForce, ConsentGap>);

    fn check(cases: Vec<Case<'_>>) {
        for (name, asked, events, expected) in cases {
            assert_eq!(standing(&asked, &events), expected, "{name}");
        }
    }

    #[test]
    fn the_last_word_counts() {
        use ConsentGap::*;
        let later = |seconds: i64| GIVEN_AT_US + seconds * 1_000_000;
        let again = |seconds| given(ConsentRecord { given_at_us: later(seconds), ..record() });
        let first = || given(record());
        check(vec![
            ("nothing", asked(), vec![], Err(NeverGiven)),
            ("given", asked(), vec![first()], IN_FORCE),
            ("withdrawn", asked(), vec![first(), withdrawn(later(1))], Err(Withdrawn { at_us: later(1) })),
            ("in any order", asked(), vec![withdrawn(later(1)), first()], Err(Withdrawn { at_us: later(1) })),
            (
                "at the same instant",
                asked(),
                vec![withdrawn(later(0)), first()],
                Err(Withdrawn { at_us: later(0) }),
            ),
            ("given again", asked(), vec![first(), withdrawn(later(1)), again(2)], IN_FORCE),
            ("given in the future", asked(), vec![again(61)], Err(NeverGiven)),
            (
                "withdrawn in the future",
                asked(),
                vec![first(), withdrawn(later(90))],
                Err(Withdrawn { at_us: later(90) }),
            ),
            ("withdrawn before", asked(), vec![withdrawn(later(-1)), first()], IN_FORCE),
        ]);
    }

    #[test]
    fn a_consent_is_for_one_member_one_modality_and_one_purpose() {
        use ConsentGap::NeverGiven;
        let other_member = Asked { member: MemberId([9; 16]), ..asked() };
        let other_modality = Asked { modality: Modality::FingerprintOrPalm, ..asked() };
        let other_purpose = Asked { purpose: Purpose::TillRecognition, ..asked() };
        for asked in [other_member, other_modality, other_purpose] {
            assert_eq!(standing(&asked, &[given(record())]), Err(NeverGiven));
        }
        let withdrawn_there = [given(record()), withdrawn(GIVEN_AT_US + 1)];
        let till = ConsentRecord { purpose: Purpose::TillRecognition, ..record() };
        assert_eq!(
            standing(&other_purpose, &[withdrawn_there.as_slice(), &[given(till)]].concat()),
            IN_FORCE
        );
    }

    #[test]
    fn each_thing_that_is_missing_has_its_name() {
        use ConsentGap::*;
        let text = record().text;
        let term = |until_us| given(ConsentRecord { term: Term::Until { until_us }, ..record() });
        let by = |channel| given(ConsentRecord { channel, ..record() });
        let bundled =
            given(ConsentRecord { text: ConsentText { separate_document: false, ..text }, ..record() });
        let now_us = asked().now_us;
        let in_russia = Asked { jurisdiction: Jurisdiction::Russia, ..asked() };
        let other_text = Asked { texts_in_force: &[TextHash([8; 32])], ..asked() };
        let two_texts = Asked { texts_in_force: &[TextHash([8; 32]), TEXT], ..asked() };
        let until = |until_us| Ok(InForce { consent: ConsentId([2; 16]), until_us: Some(until_us) });
        check(vec![
            ("term ends now", asked(), vec![term(now_us)], Err(Expired { at_us: now_us })),
            ("term ends in a microsecond", asked(), vec![term(now_us + 1)], until(now_us + 1)),
            ("new text", other_text, vec![given(record())], Err(OtherText)),
            ("a text for each language", two_texts, vec![given(record())], IN_FORCE),
            ("a tick for a release", asked(), vec![by(Channel::OwnScreen)], Err(WeakForm)),
            ("a tablet for a release", asked(), vec![by(Channel::ElectronicSignature)], IN_FORCE),
            ("a tablet in Russia", in_russia, vec![by(Channel::ElectronicSignature)], Err(WeakForm)),
            ("qualified in Russia", in_russia, vec![by(Channel::QualifiedSignature)], IN_FORCE),
            ("bundled with the contract", asked(), vec![bundled.clone()], Err(NotSeparate)),
            ("a weaker one takes nothing back", asked(), vec![given(record()), bundled], IN_FORCE),
        ]);
    }

    #[test]
    fn a_document_of_its_own_is_asked_for_only_where_the_law_asks() {
        let (modality, purpose) = (Modality::ProfilePhoto, Purpose::StaffViewing);
        let text = ConsentText { separate_document: false, ..record().text };
        let bundled = || vec![given(ConsentRecord { modality, purpose, text, ..record() })];
        let of = |jurisdiction| Asked { jurisdiction, modality, purpose, ..asked() };
        check(vec![
            ("Illinois", of(Jurisdiction::Illinois), bundled(), IN_FORCE),
            ("Russia", of(Jurisdiction::Russia), bundled(), Err(ConsentGap::NotSeparate)),
        ]);
    }

    #[test]
    fn b22_a_minor_needs_a_representative_and_a_child_cannot_be_enrolled() {
        use ConsentGap::*;
        let eu = Jurisdiction::EuropeanUnion(MemberState::with_consent_age(16).unwrap());
        let of = |year| Asked { birth: born(year), ..asked() };
        let grown_up = |year| Asked {
            today: date(2030, 1, 10),
            now_us: GIVEN_AT_US + 4 * 31_557_600_000_000,
            ..of(year)
        };
        let alone = || vec![given(record())];
        let by_parent = || vec![given(ConsentRecord { giver: parent(), ..record() })];
        check(vec![
            ("17, alone", of(2009), alone(), Err(RepresentativeMissing)),
            ("17, by a parent", of(2009), by_parent(), IN_FORCE),
            ("17 in a state of 16, alone", Asked { jurisdiction: eu, ..of(2009) }, alone(), IN_FORCE),
            (
                "17 in a state of 16, by a parent",
                Asked { jurisdiction: eu, ..of(2009) },
                by_parent(),
                Err(SubjectMustSign),
            ),
            ("18 today, alone", of(2008), alone(), IN_FORCE),
            ("adult, by somebody else", asked(), by_parent(), Err(SubjectMustSign)),
            ("15, by a parent", of(2011), by_parent(), Err(ForbiddenWhenGiven)),
            ("was 15 then, 19 now", grown_up(2011), by_parent(), Err(ForbiddenWhenGiven)),
            ("was 17 and alone, 21 now", grown_up(2009), alone(), Err(RepresentativeMissing)),
            ("was 17 with a parent, 21 now", grown_up(2009), by_parent(), IN_FORCE),
            ("of unknown age", Asked { birth: None, ..asked() }, alone(), Err(AgeUnknown)),
        ]);
    }
}
