//! What members type at a kiosk: a PIN beside a card, and a one-time code that the desk has told them.

use axum::http::StatusCode;
use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::credential::CredentialKind;
use bonafide_store::credentials::find::turned_off;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{
    self, AccessPoint, Direction, WhenUnwritable, set_liveness,
};
use bonafide_store::staff::Role;
use serde_json::{Value, json};

use super::club::{Answer, By, Club, acting, title};
use super::desk::{House, give_card, house, member, operation, sell_a_month};
use super::kiosk::{Kiosk, demand_at};

const DESK: By = By::Staff(Role::Receptionist);
const CARD: &str = "04A23B1C";
const PHONE: &str = "+49 170 1234567";

/// A club with a kiosk that takes cards, PINs and codes to phones.
struct Lobby {
    club: Club,
    house: House,
    door: Id,
}

fn lobby() -> Lobby {
    let club = Club::new();
    let house = house(&club);
    let zone = club.app.store.read(|tx| access_point::get(tx, house.door)).unwrap().unwrap().content.zone;
    let methods = [Method::CardNumber, Method::ClubNumber, Method::Pin, Method::PhoneCode];
    let methods = AccessMethods::new(Place::MemberDoor, &methods).unwrap();
    let (direction, when_unwritable) = (Direction::Both, WhenUnwritable::Deny);
    let point = AccessPoint { zone, name: title("Kiosk"), direction, methods, when_unwritable };
    let door = club.done(move |work| access_point::add(work, &acting(), &point));
    assert!(club.done(move |work| set_liveness(work, &acting(), door, false)));
    Lobby { club, house, door }
}

impl Lobby {
    fn member(&self, name: &str, card: &str, phone: &str) -> String {
        let member = member(&self.club, name, "Test", phone);
        sell_a_month(&self.club, &self.house, &member);
        give_card(&self.club, &member, card);
        member
    }

    fn sets_pin(&self, member: &str, operation: &str, pin: &str, again: &str) -> Answer {
        let fields = [("operation", operation), ("pin", pin), ("again", again)];
        self.club.post(DESK, &format!("/members/{member}/pins"), &fields)
    }

    fn has_pin(&self, member: &str, pin: &str) {
        let set = self.sets_pin(member, &operation().to_string(), pin, pin);
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    }

    fn asks_for_code(&self, member: &str, operation: &str) -> Answer {
        self.club.post(DESK, &format!("/members/{member}/phone-codes"), &[("operation", operation)])
    }

    fn code_of(&self, member: &str) -> String {
        let shown = self.asks_for_code(member, &operation().to_string());
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
        shown.words("output")[0].clone()
    }
}

/// The answer's state and whether it opens.
fn says(answer: &Value) -> (&str, bool) {
    (answer["state"].as_str().unwrap(), answer["open"].as_bool().unwrap())
}

fn types_pin(kiosk: &Kiosk<'_>, attempt: &str, pin: &str) -> Value {
    kiosk.says(attempt, "pins", &json!({ "digits": pin }))
}

#[test]
fn a_pin_is_set_at_the_desk_and_typed_after_the_card() {
    let lobby = lobby();
    let anna = lobby.member("Anna", CARD, "");
    for (pin, again, words) in [
        ("1234", "1234", "tried first"),
        ("25", "25", "four to twelve"),
        ("25a0", "25a0", "digits only"),
        ("2580", "2581", "differ"),
    ] {
        let refused = lobby.sets_pin(&anna, &operation().to_string(), pin, again);
        assert!(refused.words("[role=alert]")[0].contains(words), "{pin}: {}", refused.text());
        assert!(!refused.text().contains(&format!("\"{pin}\"")), "what was typed does not come back");
    }
    let first = operation().to_string();
    for _ in 0..2 {
        assert_eq!(
            lobby.sets_pin(&anna, &first, "2580", "2580").status,
            StatusCode::SEE_OTHER,
            "pressed twice"
        );
    }
    demand_at(&lobby.club, lobby.door, &[&[Method::CardNumber, Method::Pin]]);
    let kiosk = Kiosk::at(&lobby.club, lobby.door);
    let attempt = kiosk.begins();
    let alone = types_pin(&kiosk, &attempt, "2580");
    assert_eq!(alone["words"], "First your card or your code, then the PIN", "a PIN names nobody: {alone}");
    let asked = kiosk.reads(&attempt, CARD);
    assert_eq!((says(&asked), &asked["keypad"]), (("asked", false), &json!("pin")), "{asked}");
    let wrong = types_pin(&kiosk, &attempt, "2581");
    assert_eq!((says(&wrong), &wrong["keypad"]), (("asked", false), &json!("pin")), "{wrong}");
    let admitted = types_pin(&kiosk, &attempt, "2580");
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
}

#[test]
fn b19_wrong_pins_bring_a_pause_and_then_the_desk() {
    let lobby = lobby();
    let anna = lobby.member("Anna", CARD, "");
    lobby.has_pin(&anna, "2580");
    let boris = lobby.member("Boris", "04FFEE01", "");
    lobby.has_pin(&boris, "1379");
    demand_at(&lobby.club, lobby.door, &[&[Method::CardNumber, Method::Pin]]);
    let kiosk = Kiosk::at(&lobby.club, lobby.door);
    let attempt = kiosk.begins();
    kiosk.reads(&attempt, CARD);
    for _ in 0..5 {
        assert_eq!(says(&types_pin(&kiosk, &attempt, "9999999")).0, "asked", "no PIN, and no guess");
        assert_eq!(types_pin(&kiosk, &attempt, "2581")["words"], "This is not your PIN. Once more, please");
    }
    let paused = types_pin(&kiosk, &attempt, "2580");
    assert_eq!(paused["words"], "Too many tries. Wait a little, or ask at the desk", "also the right one");
    let attempt = kiosk.begins();
    kiosk.reads(&attempt, "04FFEE01");
    assert_eq!(types_pin(&kiosk, &attempt, "1379")["words"], "Welcome, Boris!", "another one is not held up");
    // The desk gives her another one: what was counted is forgotten, and the old one opens nothing.
    lobby.has_pin(&anna, "8520");
    let attempt = kiosk.begins();
    kiosk.reads(&attempt, CARD);
    assert_eq!(says(&types_pin(&kiosk, &attempt, "2580")).0, "asked");
    assert_eq!(types_pin(&kiosk, &attempt, "8520")["words"], "Welcome, Anna!");
    let id = Id::parse(&anna).unwrap();
    assert_eq!(lobby.club.app.store.read(|tx| turned_off(tx, id, CredentialKind::Pin)).unwrap(), None);
}

#[test]
fn a_code_that_the_desk_tells_opens_once_for_the_phone_of_the_profile() {
    let lobby = lobby();
    let anna = lobby.member("Anna", CARD, PHONE);
    let nobody = lobby.member("Boris", "04FFEE01", "");
    let none = lobby.asks_for_code(&nobody, &operation().to_string());
    assert!(none.words("[role=alert]")[0].contains("no phone"), "{}", none.text());
    let same = operation().to_string();
    let code = lobby.asks_for_code(&anna, &same).words("output")[0].clone();
    assert_eq!(lobby.asks_for_code(&anna, &same).words("output")[0], code, "the page was loaded anew");
    let kiosk = Kiosk::at(&lobby.club, lobby.door);
    let types = |phone: Option<&str>, digits: &str| {
        let content = json!({ "digits": digits, "phone": phone });
        kiosk.says(&kiosk.begins(), "phone-codes", &content)
    };
    let other = if code == "123456" { "654321" } else { "123456" };
    for (phone, digits) in
        [(Some("01701234567"), other), (Some("01701234568"), &*code), (Some("0170"), &*code)]
    {
        let wrong = types(phone, digits);
        let expected = (("asked", false), &json!("This code is not right. Once more, please"));
        assert_eq!((says(&wrong), &wrong["words"]), expected, "w05: the same answer: {wrong}");
    }
    assert_eq!(types(None, &code)["words"], "First your card or your code, then the PIN");
    let admitted = types(Some("01701234567"), &code);
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
    assert_eq!(says(&types(Some("01701234567"), &code)), ("asked", false), "it is used up");

    // Where a card has named her, the code alone is typed.
    demand_at(&lobby.club, lobby.door, &[&[Method::CardNumber, Method::PhoneCode]]);
    let code = lobby.code_of(&anna);
    let attempt = kiosk.begins();
    let asked = kiosk.reads(&attempt, CARD);
    assert_eq!(asked["keypad"], json!("phone"), "{asked}");
    assert!(!asked.to_string().contains("1234567"), "b20: not her number");
    let admitted = kiosk.says(&attempt, "phone-codes", &json!({ "digits": code }));
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
}

#[test]
fn w20_what_is_typed_has_a_form_and_does_not_come_back() {
    let lobby = lobby();
    let kiosk = Kiosk::at(&lobby.club, lobby.door);
    let attempt = kiosk.begins();
    for (path, body) in [
        ("pins", json!({ "digits": "1".repeat(33) })),
        ("pins", json!({ "digit": "planted" })),
        ("phone-codes", json!({ "digits": "1", "phone": "planted".repeat(9) })),
        ("ways", json!({ "way": "planted" })),
    ] {
        let answer = kiosk.post(&format!("/kiosk/tries/{attempt}/{path}"), body.to_string().into_bytes());
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {body}");
        assert!(path == "ways" || !answer.text().contains("planted"), "{}", answer.text());
    }
    let page = kiosk.page();
    assert_eq!(page.words("#ways button"), ["PIN", "Code from the desk"], "{}", page.text());
    assert_eq!(page.words("#keypad .keys button").len(), 12);
}
