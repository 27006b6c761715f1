//! A member comes to a door, as the flow does it: from what is presented to the answer.

use bonafide::flows::entry::{AtDoor, Leaving, enter, leave};
use bonafide::flows::recognition::{FaceAnswer, FaceSays, Presented};
use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::admission::{Mark, Refusal};
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::consent::{
    Channel, ConsentRecord, ConsentText, Evidence, Giver, Jurisdiction, Keeping, Modality, Purpose, Term,
    Withdrawal,
};
use bonafide_domain::id::{ConsentId, StaffId};
use bonafide_domain::identify::{Claim, Decision, WhyUnsure};
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, Length, PlanSpec, Reach, Start};
use bonafide_domain::profile::{BirthDate, Language, PersonName};
use bonafide_domain::schedule::Schedule;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::consents::texts::{NewText, put_in_force};
use bonafide_store::consents::{self, Question};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::seal::Secret;
use bonafide_store::members;
use bonafide_store::members::profile::Profile;
use bonafide_store::memberships::Asked;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind};
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::plans::{self, Plan};
use bonafide_store::store::{Places, Store, Work};
use jiff::civil::{Date, date};
use tempfile::TempDir;

/// Noon in Chicago on the first of October 2026, in microseconds since 1970.
pub(crate) const NOON_US: i64 = 1_790_874_000_000_000;

const TODAY: Date = date(2026, 10, 1);

pub(crate) fn acting(seconds: i64) -> Acting {
    let actor = Actor::Device(Id::from_bytes([8; 16]));
    Acting { actor, origin: "turnstile".to_owned(), now_us: NOON_US + seconds * 1_000_000 }
}

pub(crate) fn id(number: u8) -> Id {
    Id::from_bytes([number; 16])
}

pub(crate) fn card(text: &str) -> CardNumber {
    CardNumber::from_hex(text, ByteOrder::AsOnCard).unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(crate) fn wrote<T: Send + 'static, R: std::fmt::Debug + Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
) -> T {
    store.write(work).unwrap().unwrap()
}

/// A club in Chicago: Anna is member 0 with a card, a face and a month; Boris is member 1 with a card only.
pub(crate) struct Club {
    pub(crate) store: Store,
    pub(crate) zone: Id,
    pub(crate) door: Id,
    pub(crate) anna: Id,
    pub(crate) boris: Id,
    _folder: TempDir,
}

pub(crate) fn club() -> Club {
    let folder = tempfile::tempdir().unwrap();
    let secret = Secret::KeyFile(vec![7; 32].into());
    let store = Store::open(&Places::in_folder(folder.path()), &secret, NOON_US).unwrap();
    let branch = Branch {
        name: title("Loop"),
        time_zone: TimeZoneName::parse("America/Chicago").unwrap(),
        currency: Currency::parse("USD").unwrap(),
        jurisdiction: Jurisdiction::Illinois,
        language: Language::English,
        opening: Schedule::any_time(),
    };
    let branch = wrote(&store, move |work| branch::add(work, &acting(0), &branch).map(Ok::<_, ()>));
    let gym = Zone { branch, name: title("Gym"), kind: ZoneKind::Gym, capacity: None };
    let zone = wrote(&store, move |work| zone::add(work, &acting(0), &gym));
    let methods = [Method::CardNumber, Method::Face, Method::Pin];
    let door = AccessPoint {
        zone,
        name: title("Turnstile"),
        direction: Direction::Both,
        methods: AccessMethods::new(Place::MemberDoor, &methods).unwrap(),
        when_unwritable: WhenUnwritable::Deny,
    };
    let door = wrote(&store, move |work| access_point::add(work, &acting(0), &door));
    let member = |given: &str| {
        let birth = BirthDate::parse(date(1990, 1, 10), TODAY).unwrap();
        let profile =
            Profile { birth: Some(birth), ..Profile::named(PersonName::parse(given, "Smith", "").unwrap()) };
        wrote(&store, move |work| members::add(work, &acting(0), &profile).map(Ok::<_, ()>)).0
    };
    let (anna, boris) = (member("Anna"), member("Boris"));
    for (number, member, text) in [(1, anna, "04A23B1C"), (2, boris, "04FFEE01")] {
        let content = Content::Card(card(text));
        let new = NewCredential { member, content, until_us: None, limited: None };
        wrote(&store, move |work| credentials::issue(work, &acting(0), id(number), &new, None));
    }
    sell_month(&store, branch, anna);
    enrol(&store, anna);
    Club { store, zone, door, anna, boris, _folder: folder }
}

fn sell_month(store: &Store, branch: Id, member: Id) {
    let spec = PlanSpec {
        version: 0,
        length: Some(Length::Months(1)),
        visits: None,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: None,
        guest_visits: 0,
        extras: Vec::new(),
        price: Money::parse(5_000, Currency::parse("USD").unwrap()).unwrap(),
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    };
    let plan = Plan { name: title("Month"), note: None };
    let plan = wrote(store, move |work| plans::add(work, &acting(0), &plan, spec.clone()));
    let asked = Asked { operation: id(10), on: TODAY };
    let order = Order { asked, member, branch, plan, version: 1, paid: None };
    wrote(store, move |work| sell(work, &acting(0), &order));
}

/// Consent on paper, and a face credential that rests on it.
fn enrol(store: &Store, member: Id) {
    let (modality, purpose, language) = (Modality::Face, Purpose::Entry, Language::English);
    let new = NewText {
        jurisdiction: Jurisdiction::Illinois,
        modality,
        purpose,
        language,
        separate_document: true,
        content: "Face at the door.".to_owned(),
    };
    let hash = wrote(store, move |work| put_in_force(work, &acting(0), &new));
    let record = ConsentRecord {
        id: ConsentId([20; 16]),
        member: member.into(),
        giver: Giver::Subject,
        text: ConsentText { hash, language, separate_document: true },
        modality,
        purpose,
        term: Term::WhilePurposeLasts,
        channel: Channel::Paper,
        evidence: Evidence::parse("scan 1").unwrap(),
        operator: Some(StaffId([3; 16])),
        given_at_us: NOON_US,
        given_on: TODAY,
    };
    wrote(store, move |work| consents::give(work, &acting(0), &record));
    let question = Question {
        jurisdiction: Jurisdiction::Illinois,
        member,
        modality,
        purpose,
        now_us: NOON_US + 1,
        today: TODAY,
    };
    wrote(store, move |work| {
        let permit =
            consents::may_enrol(work.tx, work.vault, &question, Keeping::Here, Some(Method::CardNumber))?;
        let new = NewCredential { member, content: Content::FaceHere, until_us: None, limited: None };
        credentials::issue(work, &acting(1), id(21), &new, Some(permit.unwrap()))
    });
}

fn face(says: FaceSays) -> Presented {
    Presented::Face(FaceAnswer { says, live: true, bound_held: true, purpose: Purpose::Entry })
}

fn identified(member: u32) -> Presented {
    face(FaceSays::Search(Decision::Identified { member, margin: Some(0.3) }))
}

impl Club {
    fn at_door(&self, number: u8, presented: &[Presented]) -> AtDoor {
        AtDoor { operation: id(number), access_point: self.door, presented: presented.to_vec(), host: None }
    }

    fn enters(&self, number: u8, presented: &[Presented]) -> Answer {
        // A minute apart, so that no tap belongs to an earlier one.
        let seconds = 60 * i64::from(number);
        enter(&self.store, &acting(seconds), &self.at_door(number, presented)).unwrap()
    }
}

#[test]
fn a_card_opens_until_it_is_lost() {
    let club = club();
    let shown = [Presented::Card(card("04A23B1C"))];
    let answer = club.enters(30, &shown);
    assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
    assert_eq!(answer.member, Some(club.anna));
    wrote(&club.store, move |work| {
        let credential = credential_of(work)?;
        credentials::report_loss(work, &acting(1_830), id(31), credential)
    });
    assert_eq!(club.enters(32, &shown).refusal(), Some(Refusal::Lost));
    assert_eq!(club.enters(33, &[Presented::Card(card("04FFEE01"))]).refusal(), Some(Refusal::NoMembership));
    assert_eq!(club.enters(34, &[Presented::Card(card("04000000"))]).refusal(), Some(Refusal::Unknown));
    assert_eq!(club.enters(35, &[]).refusal(), Some(Refusal::Unknown));
}

fn credential_of(work: &mut Work<'_, '_>) -> Result<Id, Fault> {
    use bonafide_store::credentials::content::Shown;
    use bonafide_store::credentials::find::{Holders, find};
    match find(work.tx, work.vault, Shown::Card(&card("04A23B1C")), NOON_US)? {
        Holders::One(holder) => Ok(holder.credential),
        other => panic!("{other:?}"),
    }
}

#[test]
fn b13_a_face_opens_alone_only_alive_and_within_the_bound() {
    let club = club();
    let admitted = |answer: &Answer| matches!(answer.outcome, Outcome::Admitted { .. });
    let other_ways = Outcome::SecondFactor(vec![Method::CardNumber, Method::Pin]);
    assert!(admitted(&club.enters(30, &[identified(0)])));
    let says = FaceSays::Search(Decision::Identified { member: 0, margin: None });
    for (number, live, bound_held) in [(31, false, true), (32, true, false)] {
        let answer = FaceAnswer { says, live, bound_held, purpose: Purpose::Entry };
        assert_eq!(club.enters(number, &[Presented::Face(answer)]).outcome, other_ways);
    }
    let unsure = face(FaceSays::Search(Decision::Unsure { member: 0, why: WhyUnsure::SmallMargin }));
    assert_eq!(club.enters(33, std::slice::from_ref(&unsure)).outcome, other_ways);
    assert!(admitted(&club.enters(34, &[unsure, Presented::Card(card("04A23B1C"))])));
    let stranger = face(FaceSays::Search(Decision::Unknown));
    assert_eq!(club.enters(35, &[stranger]).refusal(), Some(Refusal::Unknown));
    // Boris has no face in the book: a matcher that says so is wrong.
    assert_eq!(club.enters(36, &[identified(1)]).refusal(), Some(Refusal::Unknown));
    assert_eq!(club.enters(37, &[identified(77)]).refusal(), Some(Refusal::Unknown));
}

#[test]
fn b16_a_withdrawn_face_opens_nothing_and_the_card_still_does() {
    let club = club();
    let withdrawal = Withdrawal {
        member: club.anna.into(),
        by: Giver::Subject,
        modality: Modality::Face,
        purpose: Purpose::Entry,
        operator: None,
        withdrawn_at_us: NOON_US + 5,
    };
    wrote(&club.store, move |work| consents::withdraw(work, &acting(1), id(40), &withdrawal));
    assert_eq!(club.enters(30, &[identified(0)]).refusal(), Some(Refusal::Unknown));
    let answer = club.enters(31, &[Presented::Card(card("04A23B1C"))]);
    assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
}

#[test]
fn a_face_that_is_not_that_of_the_card_is_marked_and_two_members_are_nobody() {
    let club = club();
    let anna = || Presented::Card(card("04A23B1C"));
    let fits = club.enters(30, &[anna(), face(FaceSays::Claim(Claim::Confirmed))]);
    assert_eq!((fits.member, fits.marks), (Some(club.anna), vec![]));
    let does_not = club.enters(31, &[face(FaceSays::Claim(Claim::NotConfirmed)), anna()]);
    assert_eq!(does_not.marks, [Mark::FaceDoesNotFit]);
    let contradictory = club.enters(32, &[Presented::Card(card("04FFEE01")), identified(0)]);
    assert_eq!((contradictory.refusal(), contradictory.member), (Some(Refusal::Contradictory), None));
    // A face that fits nobody in particular names nobody.
    assert_eq!(club.enters(33, &[face(FaceSays::Claim(Claim::Confirmed))]).refusal(), Some(Refusal::Unknown));
    let claimed =
        club.enters(34, &[Presented::Card(card("04FFEE01")), face(FaceSays::Claim(Claim::Confirmed))]);
    assert_eq!((claimed.member, claimed.refusal()), (Some(club.boris), Some(Refusal::NoMembership)));
}

#[test]
fn a_request_is_answered_once_and_another_one_with_its_id_is_refused() {
    let club = club();
    let shown = [Presented::Card(card("04A23B1C"))];
    let first = club.enters(30, &shown);
    let again = enter(&club.store, &acting(9_000), &club.at_door(30, &shown)).unwrap();
    assert_eq!((again.passage, again.outcome, again.repeated), (first.passage, first.outcome, true));
    let other = club.at_door(30, &[Presented::Card(card("04FFEE01"))]);
    let refused = enter(&club.store, &acting(9_001), &other).unwrap_err();
    assert_eq!(refused.key, "other_request");
    assert!(refused.message.contains("by another member"), "{refused}");
    let nowhere = AtDoor { access_point: id(99), ..club.at_door(50, &shown) };
    assert_eq!(enter(&club.store, &acting(0), &nowhere).unwrap_err().key, "no_access_point");
}

/// The answer to leaving is taken apart without a rest: it has no outcome. Nothing that can be wrong changes it.
#[test]
fn d19_leaving_opens_while_everything_is_down() {
    let club = club();
    let shown = [Presented::Card(card("04A23B1C"))];
    club.enters(30, &shown);
    let Leaving { noted } = leave(&club.store, &acting(5_000), &club.at_door(31, &shown));
    assert!(noted.unwrap().grant.is_some());
    // An erasure that was cut off: her key is gone and her rows are there, so that nothing of hers can be read or written.
    let anna = club.anna;
    let cut_off: Result<(), ()> = club
        .store
        .write(move |work| {
            erase(work, &acting(5_500), id(60), anna, Cause::PersonsWish)?.unwrap();
            Ok(Err(()))
        })
        .unwrap();
    assert_eq!(cut_off, Err(()));
    let (at_door, now) = (club.at_door(32, &shown), acting(6_000));
    assert_eq!(enter(&club.store, &now, &at_door).unwrap_err().key, "damaged", "nobody comes in by it");
    let Leaving { noted } = leave(&club.store, &now, &club.at_door(33, &shown));
    assert_eq!(noted.unwrap_err().key, "damaged", "and whoever runs the door writes it down elsewhere");
}
