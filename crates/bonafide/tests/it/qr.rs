//! A member shows the code of his phone to a door: from what the scanner reads to the answer.

use bonafide::device_key::public_key;
use bonafide::flows::code::examine;
use bonafide::flows::entry::{AtDoor, enter};
use bonafide::flows::recognition::Presented;
use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::admission::Refusal;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::credential::BlockReason;
use bonafide_domain::qr::time::step_of;
use bonafide_domain::qr::{Code, CodeId, CodeRefusal, KeyId, SiteId};
use bonafide_store::credentials;
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::qr::pairing::{PairingSecret, offer, pair};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use crate::entry::{Club, NOON_US, acting, card, club, id, title, wrote};

/// A phone: its key, and what it was told when it was paired.
struct Phone {
    secret: SigningKey,
    site: SiteId,
    key: KeyId,
    credential: Id,
}

/// A club with a turnstile that takes codes.
struct House {
    club: Club,
    door: Id,
}

fn house() -> House {
    let club = club();
    let point = AccessPoint {
        zone: club.zone,
        name: title("Gate"),
        direction: Direction::Both,
        methods: AccessMethods::new(Place::MemberDoor, &[Method::CardNumber, Method::DeviceKey]).unwrap(),
        when_unwritable: WhenUnwritable::Deny,
    };
    let door = wrote(&club.store, move |work| access_point::add(work, &acting(0), &point));
    House { club, door }
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

impl House {
    /// Pairs a phone at the desk, two seconds after noon.
    fn phone(&self, seed: u8, member: Id) -> Phone {
        let secret = signing_key(seed);
        let key = public_key(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
        let paired = wrote(&self.club.store, move |work| {
            let Ok(offered) = offer(work, &acting(1), id(200 + seed), member)? else { panic!("no link") };
            let link = PairingSecret::parse(&offered.secret.text()).unwrap();
            pair(work, &acting(2), &link, &key)
        });
        let site = self.club.store.vault().ring().site();
        Phone { secret, site, key: paired.key, credential: paired.credential }
    }

    /// What the door says to a text, so many seconds after noon.
    fn reads(&self, number: u8, seconds: i64, text: &str) -> Answer {
        let examined = examine(&self.club.store, acting(seconds).now_us, text).unwrap();
        self.presented(number, seconds, vec![Presented::Code(examined)])
    }

    fn presented(&self, number: u8, seconds: i64, presented: Vec<Presented>) -> Answer {
        let at_door = AtDoor { operation: id(number), access_point: self.door, presented, host: None };
        enter(&self.club.store, &acting(seconds), &at_door).unwrap()
    }

    fn refuses(&self, number: u8, seconds: i64, text: &str) -> Option<Refusal> {
        self.reads(number, seconds, text).refusal()
    }
}

impl Phone {
    fn id(&self, seconds: i64, tap: u8) -> CodeId {
        let step = step_of(UtcMicros::parse(NOON_US + seconds * 1_000_000).unwrap());
        CodeId::new(self.key, step, tap).unwrap()
    }

    fn signed(&self, message: &[u8]) -> Signature {
        self.secret.sign(message)
    }

    fn shows(&self, seconds: i64, tap: u8) -> String {
        let id = self.id(seconds, tap);
        let signature = self.signed(&id.signed_bytes(self.site));
        Code::new(self.site, id, signature.to_bytes().into()).text()
    }
}

fn code(why: CodeRefusal) -> Option<Refusal> {
    Some(Refusal::Code(why))
}

fn admitted(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Admitted { .. })
}

#[test]
fn d01_a_code_opens_once_and_a_repeated_request_is_answered_as_before() {
    let house = house();
    let phone = house.phone(1, house.club.anna);
    let text = phone.shows(60, 0);
    let first = house.reads(30, 60, &text);
    assert!(admitted(&first), "{first:?}");
    assert_eq!(house.refuses(31, 61, &text), code(CodeRefusal::Replay));
    // The same request, when its code would have expired long ago.
    let again = house.reads(30, 900, &text);
    assert_eq!((again.passage, again.outcome, again.repeated), (first.passage, first.outcome, true));
    // The other of the two signatures that each one has is no other code.
    let id = phone.id(60, 0);
    let signature = phone.signed(&id.signed_bytes(phone.site));
    let twin = Signature::from_scalars(signature.r(), -signature.s()).unwrap();
    let twin = Code::new(phone.site, id, twin.to_bytes().into()).text();
    assert_ne!(twin, text);
    assert_eq!(house.refuses(32, 62, &twin), code(CodeRefusal::Replay));
    assert!(house.reads(33, 63, &phone.shows(60, 1)).outcome.opens(), "a tap makes the next one");
}

#[test]
fn d04_a_picture_that_is_shown_two_steps_later_is_expired() {
    let house = house();
    let phone = house.phone(1, house.club.anna);
    let text = phone.shows(60, 0);
    let late = house.reads(30, 60 + 30, &text);
    assert_eq!((late.refusal(), late.member), (code(CodeRefusal::Expired), Some(house.club.anna)));
    assert_eq!(house.refuses(31, 30, &phone.shows(60, 0)), code(CodeRefusal::NoTrustedTime), "d10: set back");
    assert_eq!(house.refuses(32, 100, &phone.shows(160, 0)), code(CodeRefusal::TooEarly));
    assert!(admitted(&house.reads(33, 119, &phone.shows(90, 3))), "one step of tolerance");
}

#[test]
fn d05_what_is_forged_is_refused_by_its_name() {
    let house = house();
    let phone = house.phone(1, house.club.anna);
    let good = phone.shows(60, 0);
    let thief = Phone { secret: signing_key(9), ..house.phone(2, house.club.boris) };
    let wrong_key = Phone { key: phone.key, ..thief };
    let of_nobody = Phone { key: KeyId([0; 8]), secret: signing_key(1), ..wrong_key };
    let elsewhere = Phone { site: SiteId([7; 8]), secret: signing_key(1), key: phone.key, ..of_nobody };
    // Signed for another installation and shown as if for this one; and a tap that the phone has not signed.
    let id = phone.id(60, 0);
    let other_audience = phone.signed(&id.signed_bytes(SiteId([7; 8])));
    let audience_swapped = Code::new(phone.site, id, other_audience.to_bytes().into()).text();
    let tap_swapped =
        Code::new(phone.site, phone.id(60, 1), phone.signed(&id.signed_bytes(phone.site)).to_bytes().into());
    // A hash for a signature, and numbers that are none.
    let hmac = Code::new(phone.site, id, [0x5C; 64]).text();
    let zeros = Code::new(phone.site, id, [0; 64]).text();
    let cases = [
        (good.replacen("BF1", "BF0", 1), code(CodeRefusal::UnknownVersion)),
        (good.replacen("BF1", "BF2", 1), code(CodeRefusal::UnknownVersion)),
        (good[..100].to_owned(), code(CodeRefusal::Damaged)),
        (good.replace('A', "a"), code(CodeRefusal::Damaged)),
        (elsewhere.shows(60, 0), code(CodeRefusal::OtherSite)),
        (of_nobody.shows(60, 0), code(CodeRefusal::UnknownKey)),
        (wrong_key.shows(60, 0), code(CodeRefusal::Forged)),
        (audience_swapped, code(CodeRefusal::Forged)),
        (tap_swapped.text(), code(CodeRefusal::Forged)),
        (hmac, code(CodeRefusal::Forged)),
        (zeros, code(CodeRefusal::Forged)),
        (good.to_lowercase(), Some(Refusal::Unknown)),
        ("4006381333931".to_owned(), Some(Refusal::Unknown)),
        (String::new(), Some(Refusal::Unknown)),
    ];
    for (number, (text, expected)) in (30..).zip(cases) {
        let answer = house.reads(number, 60, &text);
        assert_eq!((answer.refusal(), answer.member), (expected, None), "{text}");
    }
    // A card beside a forged code does not let anybody in.
    let forged = examine(&house.club.store, acting(61).now_us, &wrong_key.shows(60, 0)).unwrap();
    let both = vec![Presented::Card(card("04A23B1C")), Presented::Code(forged)];
    assert_eq!(house.presented(60, 61, both).refusal(), code(CodeRefusal::Forged));
    assert!(admitted(&house.reads(61, 62, &good)), "and none of it has used up the good one");
}

#[test]
fn a_phone_that_was_replaced_or_is_not_there_any_more_opens_nothing() {
    let house = house();
    let (old, anna) = (house.phone(1, house.club.anna), house.club.anna);
    let new = house.phone(2, anna);
    assert_eq!(house.refuses(30, 60, &old.shows(60, 0)), Some(Refusal::Blocked(BlockReason::Replaced)));
    assert!(admitted(&house.reads(31, 60, &new.shows(60, 0))));
    let credential = new.credential;
    wrote(&house.club.store, move |work| credentials::report_loss(work, &acting(70), id(32), credential));
    assert_eq!(house.refuses(33, 90, &new.shows(90, 0)), Some(Refusal::Lost));
    // Erased between the look at the signature and the decision.
    let examined = examine(&house.club.store, acting(120).now_us, &new.shows(120, 0)).unwrap();
    wrote(&house.club.store, move |work| erase(work, &acting(120), id(34), anna, Cause::PersonsWish));
    let answer = house.presented(35, 120, vec![Presented::Code(examined)]);
    assert_eq!((answer.refusal(), answer.member), (code(CodeRefusal::UnknownKey), None));
}
