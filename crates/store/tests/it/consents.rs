//! Consents on both engines: texts, events, standing, permits; minors; lists.

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::{
    Channel, ConsentEvent, ConsentGap, ConsentRecord, ConsentText, EnrolmentPermit, EnrolmentRefusal,
    Evidence, Giver, Jurisdiction, Keeping, Modality, Purpose, Term, TextHash, WhyForbidden, Withdrawal,
};
use bonafide_domain::id::{ConsentId, StaffId};
use bonafide_domain::profile::{BirthDate, GuardianKind, Language};
use bonafide_store::consents::texts::{NewText, TextRefusal, newest_in_force, publish, put_in_force, retire};
use bonafide_store::consents::{self, Differing, NotRecorded, Question, Withdrawn};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::list::{FilterRefusal, MemberFilter, list};
use bonafide_store::members::profile::Profile;
use bonafide_store::store::{Store, Work};
use jiff::civil::date;

use crate::credentials::{at, operation};
use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add, named};

pub(crate) fn born(year: i16) -> Profile {
    let birth = BirthDate::parse(date(year, 1, 10), date(2026, 9, 21)).unwrap();
    Profile { birth: Some(birth), ..named("Anna", "Smith") }
}

pub(crate) fn put_text(store: &Store, modality: Modality, purpose: Purpose, content: &str) -> TextHash {
    let new = NewText {
        jurisdiction: Jurisdiction::Illinois,
        modality,
        purpose,
        language: Language::English,
        separate_document: true,
        content: content.to_owned(),
    };
    store.write(move |work| put_in_force(work, &acting(), &new)).unwrap().unwrap()
}

pub(crate) fn consent(
    number: u8,
    member: Id,
    (modality, purpose): (Modality, Purpose),
    hash: TextHash,
) -> ConsentRecord {
    ConsentRecord {
        id: ConsentId([number; 16]),
        member: member.into(),
        giver: Giver::Subject,
        text: ConsentText { hash, language: Language::English, separate_document: true },
        modality,
        purpose,
        term: Term::WhilePurposeLasts,
        channel: Channel::Paper,
        evidence: Evidence::parse("scan 12").unwrap(),
        operator: Some(StaffId([3; 16])),
        given_at_us: NOW_US,
        given_on: date(2026, 9, 21),
    }
}

pub(crate) fn give(store: &Store, record: &ConsentRecord) -> Result<(), NotRecorded> {
    let record = record.clone();
    store.write(move |work| consents::give(work, &acting(), &record)).unwrap()
}

pub(crate) fn withdrawal(member: Id, (modality, purpose): (Modality, Purpose), step: i64) -> Withdrawal {
    Withdrawal {
        member: member.into(),
        by: Giver::Subject,
        modality,
        purpose,
        operator: None,
        withdrawn_at_us: NOW_US + step,
    }
}

pub(crate) fn withdraw(store: &Store, number: u8, withdrawal: &Withdrawal) -> Result<Withdrawn, NotRecorded> {
    let withdrawal = withdrawal.clone();
    let now = at(withdrawal.withdrawn_at_us - NOW_US);
    store.write(move |work| consents::withdraw(work, &now, operation(number), &withdrawal)).unwrap()
}

pub(crate) fn question(member: Id, (modality, purpose): (Modality, Purpose)) -> Question {
    Question {
        jurisdiction: Jurisdiction::Illinois,
        member,
        modality,
        purpose,
        now_us: NOW_US + 50,
        today: date(2026, 9, 21),
    }
}

/// A permit, in the transaction that uses it.
pub(crate) fn permit(
    work: &mut Work<'_, '_>,
    question: &Question,
    wanted: Keeping,
) -> Result<Result<EnrolmentPermit, EnrolmentRefusal>, Fault> {
    consents::may_enrol(work.tx, work.vault, question, wanted, Some(Method::CardNumber))
}

pub(crate) fn enrolment(store: &Store, question: &Question) -> Result<(), EnrolmentRefusal> {
    let question = *question;
    store.write(move |work| Ok(permit(work, &question, Keeping::Here)?.map(drop))).unwrap()
}

pub(crate) const ENTRY: (Modality, Purpose) = (Modality::Face, Purpose::Entry);

#[test]
fn a_consent_is_to_the_letter_of_a_text_and_is_never_changed() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, born(1990));
        let text = put_text(&store, Modality::Face, Purpose::Entry, "Face at the door. é");
        let record = consent(1, member, ENTRY, text);
        assert_eq!(give(&store, &record), Ok(()), "{}", engine.name);
        assert_eq!(give(&store, &record), Ok(()), "asked again");
        let other = ConsentRecord { channel: Channel::QualifiedSignature, ..record.clone() };
        assert_eq!(give(&store, &other), Err(NotRecorded::OtherOperation(Differing::Channel)));
        let unknown =
            ConsentRecord { id: ConsentId([2; 16]), ..consent(2, member, ENTRY, TextHash([9; 32])) };
        assert_eq!(give(&store, &unknown), Err(NotRecorded::UnknownText));
        let till = consent(2, member, (Modality::Face, Purpose::TillRecognition), text);
        assert_eq!(give(&store, &till), Err(NotRecorded::OtherText));
        let nobody = consent(2, operation(9), ENTRY, text);
        assert_eq!(give(&store, &nobody), Err(NotRecorded::NoMember));
        let events = store.read(|tx| consents::of_member(tx, store.vault(), member)).unwrap();
        let [kept] = events.as_slice() else { panic!("{} events", events.len()) };
        assert!(matches!(&kept.event, ConsentEvent::Given(given) if *given.record() == record));
        let content = store.read(|tx| consents::texts::content(tx, text)).unwrap();
        assert_eq!(content.as_deref(), Some("Face at the door. é"));
        let elsewhere = NewText {
            jurisdiction: Jurisdiction::China,
            modality: Modality::Face,
            purpose: Purpose::Entry,
            language: Language::English,
            separate_document: true,
            content: "Face at the door. é".to_owned(),
        };
        let refused = store.write(move |work| put_in_force(work, &acting(), &elsewhere)).unwrap();
        assert_eq!(refused, Err(TextRefusal::ForSomethingElse));
    });
}

#[test]
fn a_new_text_needs_a_new_consent_and_a_withdrawal_ends_it() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, born(1990));
        let asked = question(member, ENTRY);
        let standing = || store.read(|tx| consents::standing(tx, store.vault(), &asked)).unwrap();
        assert_eq!(standing(), Err(ConsentGap::NeverGiven), "{}", engine.name);
        let old = put_text(&store, Modality::Face, Purpose::Entry, "first");
        give(&store, &consent(1, member, ENTRY, old)).unwrap();
        assert!(standing().is_ok() && enrolment(&store, &asked).is_ok());
        let new = put_text(&store, Modality::Face, Purpose::Entry, "second");
        let retired: Result<bool, ()> =
            store.write(move |work| retire(work, &acting(), old).map(Ok)).unwrap();
        assert_eq!(retired, Ok(true));
        assert_eq!(standing(), Err(ConsentGap::OtherText));
        give(&store, &consent(2, member, ENTRY, new)).unwrap();
        assert!(standing().is_ok());
        let withdrawn = withdraw(&store, 3, &withdrawal(member, ENTRY, 10)).unwrap();
        assert_eq!(withdrawn.certificate, None, "nothing was enrolled");
        let gap = ConsentGap::Withdrawn { at_us: NOW_US + 10 };
        assert_eq!(standing(), Err(gap));
        assert_eq!(enrolment(&store, &asked), Err(EnrolmentRefusal::Consent(gap)));
    });
}

#[test]
fn b22_a_child_or_a_minor_without_a_guardian_is_not_enrolled() {
    on_both(|engine| {
        let store = engine.open();
        let text = put_text(&store, Modality::Face, Purpose::Entry, "face");
        let parent = || Giver::Representative {
            kind: GuardianKind::Parent,
            proof: Evidence::parse("certificate 7").unwrap(),
        };
        let cases = [
            (2012, parent(), Err(EnrolmentRefusal::Forbidden(WhyForbidden::UnderSixteen))),
            (2009, Giver::Subject, Err(EnrolmentRefusal::Consent(ConsentGap::RepresentativeMissing))),
            (2009, parent(), Ok(())),
            (1990, Giver::Subject, Ok(())),
        ];
        for (number, (year, giver, expected)) in (1_u8..).zip(cases) {
            let member = add(&store, born(year));
            give(&store, &ConsentRecord { giver, ..consent(number, member, ENTRY, text) }).unwrap();
            assert_eq!(enrolment(&store, &question(member, ENTRY)), expected, "{}: {year}", engine.name);
        }
        // The day of birth is the book's, not the caller's: who has none is not enrolled.
        let ageless = add(&store, named("Anna", "Smith"));
        give(&store, &consent(9, ageless, ENTRY, text)).unwrap();
        let refusal = EnrolmentRefusal::Forbidden(WhyForbidden::AgeUnknown);
        assert_eq!(enrolment(&store, &question(ageless, ENTRY)), Err(refusal));
    });
}

#[test]
fn lists_know_whose_last_word_was_yes() {
    on_both(|engine| {
        let store = engine.open();
        let about = (Modality::Contact, Purpose::Marketing);
        let text = put_text(&store, about.0, about.1, "letters");
        let ids: Vec<Id> = (0..4).map(|_| add(&store, born(1990))).collect();
        for (number, index) in [(1, 0), (2, 2), (3, 3)] {
            give(&store, &consent(number, ids[index], about, text)).unwrap();
        }
        withdraw(&store, 4, &withdrawal(ids[2], about, 1)).unwrap();
        let numbers = |page: Vec<(Id, u32)>| page.into_iter().map(|(_, number)| number).collect::<Vec<_>>();
        let with = store.read(|tx| consents::members_with(tx, about, None)).unwrap();
        let without = store.read(|tx| consents::members_without(tx, about, None)).unwrap();
        assert_eq!((numbers(with), numbers(without)), (vec![0, 3], vec![1, 2]), "{}", engine.name);
        let filtered = |filter: MemberFilter| store.read(|tx| list(tx, &filter, None, 9)).unwrap();
        let word = || Some(consents::consent_word(about.0, about.1));
        let yes = filtered(MemberFilter { consented: word(), visits_to: Some(9), ..MemberFilter::default() });
        assert_eq!(numbers(yes.unwrap().members), [3, 0]);
        let no = filtered(MemberFilter { not_consented: word(), ..MemberFilter::default() });
        assert_eq!(numbers(no.unwrap().members), [2, 1]);
        let wrong = MemberFilter { consented: Some("face/marketing".to_owned()), ..MemberFilter::default() };
        assert_eq!(filtered(wrong), Err(FilterRefusal::Consent));
    });
}

#[test]
fn texts_are_listed_with_their_versions() {
    on_both(|engine| {
        let store = engine.open();
        let first = put_text(&store, Modality::Face, Purpose::Entry, "first");
        let second = {
            let now = at(5);
            let new = NewText {
                jurisdiction: Jurisdiction::Illinois,
                modality: Modality::Face,
                purpose: Purpose::Entry,
                language: Language::English,
                separate_document: true,
                content: "second".to_owned(),
            };
            store.write(move |work| put_in_force(work, &now, &new)).unwrap().unwrap()
        };
        put_text(&store, Modality::ProfilePhoto, Purpose::StaffViewing, "photo");
        let retired: Result<bool, ()> =
            store.write(move |work| retire(work, &acting(), first).map(Ok)).unwrap();
        assert_eq!(retired, Ok(true));
        let listed = store.read(consents::texts::list).unwrap();
        let face: Vec<_> = listed
            .iter()
            .filter(|kept| kept.modality == Modality::Face)
            .map(|kept| (kept.text.hash, kept.version, kept.retired_us.is_some(), kept.law.as_str()))
            .collect();
        let expected = [(first, 1, true, "illinois"), (second, 2, false, "illinois")];
        assert_eq!((listed.len(), face.as_slice()), (3, expected.as_slice()), "{}", engine.name);
    });
}

#[test]
fn a_further_version_is_what_is_asked_and_the_older_one_stays_as_whoever_adds_it_says() {
    on_both(|engine| {
        let store = engine.open();
        let text = |content: &str, language| NewText {
            jurisdiction: Jurisdiction::Illinois,
            modality: Modality::Face,
            purpose: Purpose::Entry,
            language,
            separate_document: true,
            content: content.to_owned(),
        };
        let added = |content: &str, language, minute, replaces| {
            let (new, now) = (text(content, language), at(minute));
            store.write(move |work| publish(work, &now, &new, replaces)).unwrap().unwrap()
        };
        let asked = || {
            let (law, about) = (Jurisdiction::Illinois, (Modality::Face, Purpose::Entry));
            let newest = store.read(|tx| newest_in_force(tx, law, about.0, about.1)).unwrap();
            newest
                .iter()
                .map(|kept| (kept.text.language.code(), kept.text.hash, kept.version))
                .collect::<Vec<_>>()
        };
        assert_eq!(asked(), []);
        let first = added("first", Language::English, 1, false);
        let chinese = added("第一", Language::Chinese, 2, true);
        assert_eq!((first.older.len(), chinese.older.len()), (0, 0), "another language is another text");
        let second = added("second", Language::English, 3, false);
        assert_eq!(second.older, [first.hash]);
        assert_eq!(asked(), [("en", second.hash, 2), ("zh", chinese.hash, 1)], "{}", engine.name);
        let third = added("third", Language::English, 4, true);
        assert_eq!(third.older, [first.hash, second.hash]);
        assert_eq!(asked(), [("en", third.hash, 3), ("zh", chinese.hash, 1)]);
        let listed = store.read(consents::texts::list).unwrap();
        let retired = listed.iter().filter(|kept| kept.retired_us.is_some()).count();
        assert_eq!((listed.len(), retired), (4, 2), "nothing is taken away");
        let again = added("third", Language::English, 5, true);
        assert_eq!((again.hash, again.older.len()), (third.hash, 0));
    });
}
