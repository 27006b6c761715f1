//! A vendor's device recognises a finger and tells its own name for the person: with consent, and beside another thing.

use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::consent::{
    Channel, ConsentRecord, Evidence, Giver, Jurisdiction, Keeping, Modality, Purpose, Term, VendorReference,
    Withdrawal,
};
use bonafide_domain::id::{ConsentId, StaffId};
use bonafide_domain::profile::{BirthDate, Language, PersonName};
use bonafide_store::consents::texts::{self, NewText};
use bonafide_store::consents::{self, Question};
use bonafide_store::credentials::content::{Content, Trait};
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::id::Id;
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::access_point;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::api::{DECISIONS, Simulator, adapter, operation};
use super::club::{Club, acting};
use super::desk::{House, give_card, house, sell_a_month};

const CARD: &str = "04A23B1C";
const FINGER: &str = "slot-5";

fn asks(door: &Simulator, presented: &Value) -> Value {
    let asked = json!({ "operation": operation(), "direction": "entry", "presented": presented });
    door.post(DECISIONS, &asked.to_string()).body
}

/// Lets a door take fingers too.
fn takes_fingers(club: &Club, house: &House) {
    let point = club.app.store.read(|tx| access_point::get(tx, house.door)).unwrap().unwrap().content;
    let methods = [Method::CardNumber, Method::DeviceKey, Method::FingerprintOrPalm];
    let methods = AccessMethods::new(Place::MemberDoor, &methods).unwrap();
    let (door, point) = (house.door, access_point::AccessPoint { methods, ..point });
    club.done(move |work| access_point::change(work, &acting(), door, &point));
}

fn grown_up(club: &Club) -> Id {
    let birth = BirthDate::parse(date(1970, 1, 1), date(2026, 1, 1)).unwrap();
    let profile =
        Profile { birth: Some(birth), ..Profile::named(PersonName::parse("Anna", "Test", "").unwrap()) };
    club.done(move |work| Ok(Ok::<_, ()>(members::add(work, &acting(), &profile)?.0)))
}

/// The member agrees, and the device's name for her becomes a credential.
fn agrees(club: &Club, member: Id) {
    let (jurisdiction, modality, purpose) =
        (Jurisdiction::Other, Modality::FingerprintOrPalm, Purpose::Entry);
    let text = NewText {
        jurisdiction,
        modality,
        purpose,
        language: Language::English,
        separate_document: true,
        content: "I agree that the door compares my finger.".to_owned(),
    };
    club.done(move |work| texts::put_in_force(work, &acting(), &text));
    let text = club.app.store.read(|tx| texts::in_force(tx, jurisdiction, modality, purpose)).unwrap();
    let (consent, given) = (Id::new(acting().now_us).unwrap(), acting());
    let today = Calendar::of(TimeZone::UTC).date_of(UtcMicros::parse(given.now_us).unwrap());
    let record = ConsentRecord {
        id: ConsentId(*consent.bytes()),
        member: member.into(),
        giver: Giver::Subject,
        text: text[0],
        modality,
        purpose,
        term: Term::WhilePurposeLasts,
        channel: Channel::Paper,
        evidence: Evidence::parse("folder 12").unwrap(),
        operator: Some(StaffId(*consent.bytes())),
        given_at_us: given.now_us,
        given_on: today,
    };
    club.done(move |work| consents::give(work, &given, &record));
    let now = acting();
    let question = Question { jurisdiction, member, modality, purpose, now_us: now.now_us, today };
    club.done(move |work| {
        let asked = Some(Method::CardNumber);
        let permit = consents::may_enrol(work.tx, work.vault, &question, Keeping::InDevice, asked)?.unwrap();
        let content = Content::InDevice(Trait::Fingerprint, VendorReference::parse(FINGER).unwrap());
        let new = NewCredential { member, content, until_us: None, limited: None };
        credentials::issue(work, &now, Id::new(now.now_us)?, &new, Some(permit))
    });
}

#[test]
fn a_finger_that_a_device_knows_counts_beside_a_card_and_only_with_consent() {
    let club = Club::new();
    let house = house(&club);
    takes_fingers(&club, &house);
    let anna = grown_up(&club);
    give_card(&club, &anna.to_string(), "04:A2:3B:1C");
    sell_a_month(&club, &house, &anna.to_string());
    let (_, door) = adapter(&club, &house);
    let unknown = asks(&door, &json!([{ "fingerprint": FINGER }]));
    assert_eq!((&unknown["open"], &unknown["reason"]), (&json!(false), &json!("unknown")), "{unknown}");
    agrees(&club, anna);
    let alone = asks(&door, &json!([{ "fingerprint": FINGER }]));
    assert_eq!((&alone["open"], &alone["outcome"]), (&json!(false), &json!("second_factor")), "{alone}");
    let both = asks(&door, &json!([{ "fingerprint": FINGER }, { "card_hex": CARD }]));
    assert_eq!((&both["open"], &both["outcome"]), (&json!(true), &json!("admitted")), "{both}");
    let palm = asks(&door, &json!([{ "palm": FINGER }]));
    assert_eq!(palm["reason"], json!("unknown"), "a finger is no palm: {palm}");
    let strange = asks(&door, &json!([{ "fingerprint": "a b" }]));
    assert_eq!(strange["key"], json!("bad_value"), "{strange}");
    // Taken back, the finger names nobody any more, and the card still opens.
    let now = acting();
    let withdrawal = Withdrawal {
        member: anna.into(),
        by: Giver::Subject,
        modality: Modality::FingerprintOrPalm,
        purpose: Purpose::Entry,
        operator: None,
        withdrawn_at_us: now.now_us,
    };
    club.done(move |work| consents::withdraw(work, &now, Id::new(now.now_us)?, &withdrawal));
    let without = asks(&door, &json!([{ "fingerprint": FINGER }]));
    assert_eq!(without["open"], json!(false), "{without}");
}
