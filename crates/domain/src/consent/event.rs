//! Consents and withdrawals as they happened. An event is never changed; a mistake is followed by another event.

use super::policy::{ConsentForm, Modality, Purpose};
use crate::id::{ConsentId, MemberId, StaffId};
use crate::plain_text::{TextRefusal, one_line};
use crate::profile::{GuardianKind, Language};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The most characters of a reference to evidence.
pub const EVIDENCE_CHARS_MAX: usize = 200;

/// SHA-256 of the exact bytes of a text. It is worked out outside; the rules only compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextHash(pub [u8; 32]);

/// The text that was agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentText {
    /// Which one, to the letter.
    pub hash: TextHash,
    /// Its language.
    pub language: Language,
    /// Whether it is a document of its own, and no part of a contract or of another consent.
    pub separate_document: bool,
}

/// Where the proof lies: the number of a scan, of a signature, of a code that was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence(String);

impl Evidence {
    /// One line that names where to look.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        one_line(text, EVIDENCE_CHARS_MAX).map(Self)
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who gave or withdrew a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Giver {
    /// The member.
    Subject,
    /// Somebody who acts for the member.
    Representative {
        /// By which right.
        kind: GuardianKind,
        /// The proof of it, as the number of a scanned certificate.
        proof: Evidence,
    },
}

/// In which way it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Signed by hand on paper, in front of the staff.
    Paper,
    /// A qualified electronic signature, equal to one by hand.
    QualifiedSignature,
    /// Any other electronic signature, as on a tablet.
    ElectronicSignature,
    /// A box ticked or a code entered on the member's own screen.
    OwnScreen,
}

impl Channel {
    /// Whether what was given in this way has the form.
    pub const fn satisfies(self, form: ConsentForm) -> bool {
        match form {
            ConsentForm::Written => matches!(self, Self::Paper | Self::QualifiedSignature),
            ConsentForm::Signed => !matches!(self, Self::OwnScreen),
            ConsentForm::Explicit => true,
        }
    }
}

/// How long a consent was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// As long as the purpose that the text names.
    WhilePurposeLasts,
    /// Until this instant, which is not part of it.
    Until {
        /// UTC microseconds.
        until_us: i64,
    },
}

/// What is written down when a consent is given, before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Its own id.
    pub id: ConsentId,
    /// Whose data it is about.
    pub member: MemberId,
    /// Who gave it.
    pub giver: Giver,
    /// To which text.
    pub text: ConsentText,
    /// For what of the person.
    pub modality: Modality,
    /// For which one purpose.
    pub purpose: Purpose,
    /// For how long.
    pub term: Term,
    /// In which way.
    pub channel: Channel,
    /// Where the proof is.
    pub evidence: Evidence,
    /// Who of the staff took it; nobody when the member did it alone.
    pub operator: Option<StaffId>,
    /// When, in UTC microseconds.
    pub given_at_us: i64,
    /// The date then at the branch: the giver's age is asked on it.
    pub given_on: Date,
}

/// A consent that was given. It cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentGiven(ConsentRecord);

/// Why a record is not that of a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordRefusal {
    /// The modality does not serve the purpose, so that the text cannot have said so.
    PurposeDoesNotFit,
    /// Its term is over when it begins.
    EndsBeforeItBegins,
    /// Paper is taken by somebody: who?
    OperatorMissing,
    /// The date is further from the instant than any time zone is.
    DateDisagrees,
}

impl ConsentGiven {
    /// Checks a record. The checks stand in the order of [`RecordRefusal`]. Whether the law is satisfied is asked each
    /// time the consent is used; what was given is recorded in any case.
    pub fn new(record: ConsentRecord) -> Result<Self, RecordRefusal> {
        if !record.modality.fits(record.purpose) {
            return Err(RecordRefusal::PurposeDoesNotFit);
        }
        if matches!(record.term, Term::Until { until_us } if until_us <= record.given_at_us) {
            return Err(RecordRefusal::EndsBeforeItBegins);
        }
        if record.channel == Channel::Paper && record.operator.is_none() {
            return Err(RecordRefusal::OperatorMissing);
        }
        if !is_date_somewhere(record.given_at_us, record.given_on) {
            return Err(RecordRefusal::DateDisagrees);
        }
        Ok(Self(record))
    }

    /// What was written down.
    pub const fn record(&self) -> &ConsentRecord {
        &self.0
    }
}

/// Whether it is this date in some time zone at this instant.
fn is_date_somewhere(at_us: i64, date: Date) -> bool {
    let Ok(at) = Timestamp::from_microsecond(at_us) else { return false };
    let utc = TimeZone::UTC.to_datetime(at).date();
    (utc.saturating_sub(1.day())..=utc.saturating_add(1.day())).contains(&date)
}

/// A withdrawal of everything that was consented to for one modality and purpose. It needs no form, no text and no
/// reason: withdrawing is as easy as giving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Whose data it is about.
    pub member: MemberId,
    /// Who withdrew.
    pub by: Giver,
    /// What.
    pub modality: Modality,
    /// For which purpose.
    pub purpose: Purpose,
    /// Who of the staff took it; nobody when the member did it alone.
    pub operator: Option<StaffId>,
    /// When, in UTC microseconds.
    pub withdrawn_at_us: i64,
}

/// One line of a member's history of consents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentEvent {
    /// A consent was given.
    Given(ConsentGiven),
    /// Consent was withdrawn.
    Withdrawn(Withdrawal),
}

/// What the tests of consent share.
#[cfg(test)]
pub(super) mod sample {
    use super::*;
    use jiff::civil::date;

    pub(in super::super) const MEMBER: MemberId = MemberId([1; 16]);
    pub(in super::super) const TEXT: TextHash = TextHash([7; 32]);
    /// 2026-01-10 12:00 UTC.
    pub(in super::super) const GIVEN_AT_US: i64 = 1_768_046_400_000_000;

    pub(in super::super) fn evidence() -> Evidence {
        Evidence::parse("scan 12").unwrap()
    }

    pub(in super::super) fn parent() -> Giver {
        Giver::Representative { kind: GuardianKind::Parent, proof: evidence() }
    }

    /// A consent to the face at the door that satisfies every law.
    pub(in super::super) fn record() -> ConsentRecord {
        ConsentRecord {
            id: ConsentId([2; 16]),
            member: MEMBER,
            giver: Giver::Subject,
            text: ConsentText { hash: TEXT, language: Language::English, separate_document: true },
            modality: Modality::Face,
            purpose: Purpose::Entry,
            term: Term::WhilePurposeLasts,
            channel: Channel::Paper,
            evidence: evidence(),
            operator: Some(StaffId([3; 16])),
            given_at_us: GIVEN_AT_US,
            given_on: date(2026, 1, 10),
        }
    }

    pub(in super::super) fn given(record: ConsentRecord) -> ConsentEvent {
        ConsentEvent::Given(ConsentGiven::new(record).unwrap())
    }

    pub(in super::super) fn withdrawn(withdrawn_at_us: i64) -> ConsentEvent {
        let (modality, purpose) = (Modality::Face, Purpose::Entry);
        ConsentEvent::Withdrawn(Withdrawal {
            member: MEMBER,
            by: Giver::Subject,
            modality,
            purpose,
            operator: None,
            withdrawn_at_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{GIVEN_AT_US, record};
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_record_that_cannot_be_is_refused() {
        use RecordRefusal::*;
        let cases = [
            (record(), Ok(())),
            (ConsentRecord { given_on: date(2026, 1, 9), ..record() }, Ok(())),
            (ConsentRecord { given_on: date(2026, 1, 11), ..record() }, Ok(())),
            (ConsentRecord { channel: Channel::OwnScreen, operator: None, ..record() }, Ok(())),
            (ConsentRecord { purpose: Purpose::Marketing, ..record() }, Err(PurposeDoesNotFit)),
            (
                ConsentRecord { term: Term::Until { until_us: GIVEN_AT_US }, ..record() },
                Err(EndsBeforeItBegins),
            ),
            (ConsentRecord { operator: None, ..record() }, Err(OperatorMissing)),
            (ConsentRecord { given_on: date(2026, 1, 12), ..record() }, Err(DateDisagrees)),
            (ConsentRecord { given_at_us: i64::MAX, ..record() }, Err(DateDisagrees)),
        ];
        for (index, (record, expected)) in cases.into_iter().enumerate() {
            let found = ConsentGiven::new(record.clone());
            assert_eq!(
                found.as_ref().map(ConsentGiven::record),
                expected.as_ref().map(|()| &record),
                "{index}"
            );
        }
    }

    #[test]
    fn a_stricter_way_satisfies_every_easier_form() {
        use Channel::*;
        for (channel, forms) in
            [(Paper, [true; 3]), (QualifiedSignature, [true; 3]), (ElectronicSignature, [false, true, true])]
        {
            let found = [ConsentForm::Written, ConsentForm::Signed, ConsentForm::Explicit]
                .map(|form| channel.satisfies(form));
            assert_eq!(found, forms, "{channel:?}");
        }
        assert!(OwnScreen.satisfies(ConsentForm::Explicit) && !OwnScreen.satisfies(ConsentForm::Signed));
    }
}
