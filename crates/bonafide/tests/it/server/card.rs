//! The card on a phone, with the test as the phone: link, pairing, codes at a door, and what the page asks for.

use axum::body::Body;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bonafide::clock;
use bonafide::flows::code::examine;
use bonafide::flows::entry::{AtDoor, enter};
use bonafide::flows::recognition::Presented;
use bonafide::server::tries::WRONG_MAX;
use bonafide_domain::admission::Refusal;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::qr::time::step_of;
use bonafide_domain::qr::{Code, CodeId, CodeRefusal, KeyId, SiteId};
use bonafide_store::id::Id;
use bonafide_store::passages::Answer as Decided;
use bonafide_store::staff::Role;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use super::club::{Answer, By, Club, acting};
use super::desk::{house, member, operation, plan};

const DESK: By = By::Staff(Role::Receptionist);

pub(crate) struct Phone {
    secret: SigningKey,
    site: SiteId,
    key: KeyId,
}

fn bytes(hex: &str) -> [u8; 8] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

/// The page with a link, and the secret in it.
fn link(club: &Club, member: &str, operation: &str) -> (Answer, String) {
    let answer = club.post(DESK, &format!("/members/{member}/pairing-links"), &[("operation", operation)]);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let link = answer.attribute("input[readonly]", "value").unwrap();
    let secret =
        link.strip_prefix("http://club.test/card/pair#").expect("the secret is in no request").to_owned();
    (answer, secret)
}

fn brings(club: &Club, secret: &str, key: &SigningKey) -> Answer {
    let point = BASE64.encode(key.verifying_key().to_sec1_point(false).as_bytes());
    club.post(By::Nobody, "/card/devices", &[("secret", secret), ("key", &point)])
}

pub(crate) fn paired(club: &Club, member: &str, seed: u8) -> Phone {
    let (_, secret) = link(club, member, &operation().to_string());
    let json = brings(club, &secret, &signing_key(seed)).json();
    let text = |name: &str| bytes(json[name].as_str().unwrap_or_else(|| panic!("{json}")));
    Phone { secret: signing_key(seed), site: SiteId(text("site")), key: KeyId(text("key_id")) }
}

impl Phone {
    pub(crate) fn shows(&self, tap: u8) -> String {
        self.shows_at(clock::now_us(), tap)
    }

    pub(crate) fn shows_at(&self, at_us: i64, tap: u8) -> String {
        let id = CodeId::new(self.key, step_of(UtcMicros::parse(at_us).unwrap()), tap).unwrap();
        let signature: Signature = self.secret.sign(&id.signed_bytes(self.site));
        Code::new(self.site, id, signature.to_bytes().into()).text()
    }

    pub(crate) fn asks(&self, club: &Club, code: &str) -> Answer {
        let request = axum::http::Request::get("/card/me").header("x-card-code", code);
        club.ask(request.header("accept", "application/json").body(Body::empty()).unwrap())
    }
}

fn reads(club: &Club, door: Id, text: &str) -> Decided {
    let examined = examine(&club.app.store, clock::now_us(), text).unwrap();
    let presented = vec![Presented::Code(examined)];
    let at_door = AtDoor { operation: operation(), access_point: door, presented, host: None };
    enter(&club.app.store, &acting(), &at_door).unwrap()
}

fn key_of(answer: &Answer) -> (StatusCode, String) {
    let key = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    (answer.status, key.and_then(|json| json["key"].as_str().map(str::to_owned)).unwrap_or_default())
}

#[test]
fn d01_a_phone_is_paired_once_and_its_code_opens_once() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "+4915112345678");
    let (plan, branch, once) =
        (format!("{}/1", plan(&club, "Month")), house.branch.to_string(), operation().to_string());
    let sold = [("operation", &*once), ("branch", &*branch), ("plan", &*plan)];
    let sold = club.post(DESK, &format!("/members/{anna}/memberships"), &sold);
    assert_eq!(sold.status, StatusCode::SEE_OTHER, "{}", sold.text());

    let same = operation().to_string();
    let (page, secret) = link(&club, &anna, &same);
    assert_eq!(link(&club, &anna, &same).1, secret, "a page that is loaded again shows the same link");
    assert!(page.text().contains("<svg class=\"code\"") && page.text().contains("15 minutes"));
    assert_eq!(page.words(".notice").len(), 1, "phones do not make a card without https");
    let answer = brings(&club, &secret, &signing_key(1));
    let json = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{json}");
    assert_eq!(json["name"], "Anna Petrova");
    assert_eq!((json["light"].as_str(), json["sign"].as_str()), (Some("good"), Some("✓")), "{json}");
    assert!(json["plan"].is_string() && json["state"].as_str().unwrap().starts_with("until "), "{json}");
    assert_eq!(brings(&club, &secret, &signing_key(1)).json(), json, "a lost answer is given again");
    assert_eq!(
        brings(&club, &secret, &signing_key(2)).status,
        StatusCode::GONE,
        "another phone comes too late"
    );

    let text = |name: &str| bytes(json[name].as_str().unwrap());
    let phone = Phone { secret: signing_key(1), site: SiteId(text("site")), key: KeyId(text("key_id")) };
    let code = phone.shows(0);
    assert_eq!(phone.asks(&club, &code).json()["name"], "Anna Petrova");
    let first = reads(&club, house.door, &code);
    assert!(first.outcome.opens(), "asking uses nothing up: {first:?}");
    assert_eq!(reads(&club, house.door, &code).refusal(), Some(Refusal::Code(CodeRefusal::Replay)));
    assert!(!reads(&club, house.door, &phone.shows_at(clock::now_us() - 60_000_000, 0)).outcome.opens());
}

#[test]
fn a_phone_that_is_the_card_no_more_is_told_so() {
    let club = Club::new();
    house(&club);
    let anna = member(&club, "Anna", "Petrova", "+4915112345678");
    let old = paired(&club, &anna, 1);
    assert_eq!(old.asks(&club, &old.shows(0)).json()["state"], "no membership");
    let new = paired(&club, &anna, 2);
    let gone = (StatusCode::GONE, "device_gone".to_owned());
    assert_eq!(key_of(&old.asks(&club, &old.shows(0))), gone, "the next one took its place");
    assert_eq!(new.asks(&club, &new.shows(0)).status, StatusCode::OK);
    let forged = Phone { secret: signing_key(3), site: new.site, key: new.key };
    assert_eq!(key_of(&forged.asks(&club, &forged.shows(0))), gone);
    let slow = new.shows_at(clock::now_us() - 120_000_000, 0);
    assert_eq!(key_of(&new.asks(&club, &slow)), (StatusCode::CONFLICT, "phone_clock".to_owned()));
    assert_eq!(new.asks(&club, "4006381333931").status, StatusCode::GONE);
    assert_eq!(club.get(By::Nobody, "/card/me").status, StatusCode::BAD_REQUEST);
}

#[test]
fn w05_who_guesses_links_waits_and_what_is_no_key_is_none() {
    let club = Club::new();
    house(&club);
    let anna = member(&club, "Anna", "Petrova", "+4915112345678");
    let (_, secret) = link(&club, &anna, &operation().to_string());
    for key in ["", "AAAA", &BASE64.encode([4; 65])] {
        let answer = club.post(By::Nobody, "/card/devices", &[("secret", &*secret), ("key", key)]);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key}");
    }
    for at in 0..WRONG_MAX {
        let guess = if at % 2 == 0 { "0".repeat(64) } else { secret.to_uppercase() + "0" };
        assert_eq!(brings(&club, &guess, &signing_key(1)).status, StatusCode::NOT_FOUND);
    }
    assert_eq!(brings(&club, &"0".repeat(64), &signing_key(1)).status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(brings(&club, &secret, &signing_key(1)).status, StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn the_card_speaks_three_languages_and_its_scripts_are_light() {
    let club = Club::new();
    for (accept, title) in [("en", "Your card"), ("ru", "Ваша карта"), ("zh", "您的会员卡")] {
        let request = club.request(By::Nobody, "GET", "/card").header("accept-language", accept);
        let answer = club.ask(request.body(Body::empty()).unwrap());
        assert_eq!(answer.words("h1"), [title]);
    }
    let page = club.get(By::Nobody, "/card/pair");
    let mut bytes = 0;
    for name in ["qrcode.js", "card.js"] {
        let path = page.attribute(&format!("script[src$='{name}']"), "src").unwrap();
        bytes += club.get(By::Nobody, &path).body.len();
    }
    assert!(bytes < 100 * 1024, "{bytes}");
    let worker = club.get(By::Nobody, "/card-sw.js");
    assert!(
        worker.header("content-type").starts_with("text/javascript"),
        "{}",
        worker.header("content-type")
    );
}
