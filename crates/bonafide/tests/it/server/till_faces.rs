//! A face at a till: who is found, what the cashier must say, what a face never does, and whose face is not looked for.

use axum::body::Body;
use axum::http::StatusCode;
use bonafide_domain::consent::{Jurisdiction, MemberState, Modality, Purpose};
use bonafide_domain::profile::{BirthDate, Language, PersonName};
use bonafide_store::consents::texts::{NewText, put_in_force};
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::ledger;
use bonafide_store::ledger::programmes;
use bonafide_store::members::{self, face_alone, profile::Profile};
use serde_json::{Value, json};

use super::api::{Simulator, register};
use super::club::{Club, acting};
use super::desk::{DESK, operation};
use super::kiosk::photo;
use super::till::{Shop, shop_of};
use super::till_page::{Browser, CASHIER};

/// A shop under a law by which it may keep faces itself, with texts for both purposes.
fn shop() -> Shop {
    let law = Jurisdiction::EuropeanUnion(MemberState::with_consent_age(16).unwrap());
    let shop = shop_of(Club::new(), law);
    for purpose in [Purpose::Entry, Purpose::TillRecognition] {
        let text = NewText {
            jurisdiction: law,
            modality: Modality::Face,
            purpose,
            language: Language::English,
            separate_document: true,
            content: format!("I agree that my face is compared: {purpose:?}."),
        };
        shop.club.done(move |work| put_in_force(work, &acting(), &text));
    }
    shop
}

/// A grown-up in the programme.
fn member(shop: &Shop, name: &str) -> Id {
    let birth = BirthDate::parse(jiff::civil::date(1970, 1, 1), jiff::civil::date(2026, 1, 1)).unwrap();
    let profile = Profile {
        birth: Some(birth),
        home_branch: Some(shop.branch),
        ..Profile::named(PersonName::parse(name, "Test", "").unwrap())
    };
    let member = shop.club.done(move |work| Ok(Ok::<_, ()>(members::add(work, &acting(), &profile)?.0)));
    let branch = shop.branch;
    let programme = shop.club.app.store.read(|tx| programmes::of_branch(tx, branch)).unwrap().unwrap();
    shop.club.done(move |work| ledger::enrol(work, &acting(), member, programme));
    member
}

/// Agrees and is enrolled at the desk, for `doors` or for `tills`.
fn enrol(shop: &Shop, member: Id, what_for: &str, pictures: &[&str]) {
    let club = &shop.club;
    let page = club.get(DESK, &format!("/members/{member}/face?for={what_for}"));
    let text =
        page.attribute("select[name=text] option", "value").unwrap_or_else(|| panic!("{}", page.text()));
    let id = operation().to_string();
    let fields = [
        ("operation", id.as_str()),
        ("for", what_for),
        ("text", &text),
        ("channel", "paper"),
        ("evidence", "folder 12"),
        ("giver", "subject"),
        ("agreed", "1"),
    ];
    let agreed = club.post(DESK, &format!("/members/{member}/face/consents"), &fields);
    assert_eq!(
        agreed.header("location"),
        format!("/members/{member}/face?for={what_for}"),
        "{}",
        agreed.text()
    );
    let (id, mut body) = (operation().to_string(), Vec::new());
    for (name, value) in [("csrf", club.csrf(DESK).as_str()), ("operation", &id), ("for", what_for)] {
        let head = format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for name in pictures {
        body.extend_from_slice(
            b"--part\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"1.jpg\"\r\n\r\n",
        );
        body.extend_from_slice(&photo(name));
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--part--\r\n");
    let request = club.request(DESK, "POST", &format!("/members/{member}/face/templates"));
    let request = request.header("content-type", "multipart/form-data; boundary=part");
    let done = club.ask(request.body(Body::from(body)).unwrap());
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}

/// What the page's camera hears of a picture.
fn sees(club: &Club, browser: &Browser<'_>, picture: &[u8]) -> Value {
    let request = club.request(CASHIER, "POST", &format!("{}/frames", browser.path));
    let request = request.header("x-csrf-token", club.csrf(CASHIER)).header("origin", "http://club.test");
    let request = request.header("content-type", "image/jpeg");
    let answer = club.ask(request.body(Body::from(picture.to_vec())).unwrap());
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

const ANNA: [&str; 1] = ["president/obama.jpg"];
const SEEN: &str = "president/obama2.jpg";
const STRANGER: &str = "vice_president/biden.jpg";

#[test]
fn b15_a_face_earns_after_the_cashier_has_looked_and_never_spends() {
    let shop = shop();
    let anna = member(&shop, "Anna");
    enrol(&shop, anna, "tills", &ANNA);
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    assert!(
        browser.shown.attribute("#counter", "data-looks").is_none(),
        "nobody is looked at before he pays"
    );
    browser.adds("coffee", "10.00");
    assert!(browser.shown.attribute("#counter", "data-looks").is_some());
    let said = sees(&shop.club, &browser, &photo(STRANGER));
    assert_eq!((&said["again"], &said["candidate"]), (&json!(false), &Value::Null), "{said}");
    let said = sees(&shop.club, &browser, &photo(SEEN));
    let candidate = said["candidate"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
    // In the place of a customer it names nobody: what is bought so is nobody's.
    browser.press("complete", &[("customer", &candidate)]).done();
    assert!(browser.words("section").contains("Nobody was recognised"), "{}", browser.shown.text());
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "10.00").press("seen", &[("candidate", &candidate)]);
    assert_eq!(browser.words("h3"), "Anna T.");
    assert!(browser.words(".person").contains("Is this the customer before you?"));
    assert!(browser.shown.attribute("#counter", "data-looks").is_none());
    browser.press("confirm", &[]);
    assert_eq!(browser.words(".spendable"), "0 points");
    assert!(
        browser.words("section").contains("Paid: 100 points for the customer"),
        "{}",
        browser.words("section")
    );
    let refused = browser.press("spend", &[("points", "1")]);
    assert_eq!(refused.shown.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.press("pin", &[("pin", "3947")]);
    assert!(
        browser.words(".refused").starts_with("A PIN counts beside a card"),
        "{}",
        browser.words(".refused")
    );
    browser.press("complete", &[]).done();
    assert!(browser.words(".sums").contains("Points earned100 points"));
}

#[test]
fn b15_who_agreed_to_doors_is_not_known_at_a_till_and_who_is_never_known_alone_shows_more() {
    let shop = shop();
    let (anna, boris) = (member(&shop, "Anna"), member(&shop, "Boris"));
    enrol(&shop, anna, "doors", &ANNA);
    enrol(&shop, boris, "tills", &[STRANGER]);
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.adds("coffee", "10.00");
    let said = sees(&shop.club, &browser, &photo(SEEN));
    assert_eq!(said["words"], "Not known by the face: card or phone.", "{said}");
    shop.club.done(move |work| face_alone::set(work, &acting(), boris, true));
    let said = sees(&shop.club, &browser, &photo(STRANGER));
    let candidate = said["candidate"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
    browser.press("seen", &[("candidate", &candidate)]).press("confirm", &[]);
    assert_eq!(browser.words(".refused"), "This alone is not enough: card or phone.");
}

#[test]
fn a_vendors_till_asks_by_a_picture_and_confirms() {
    let shop = shop();
    let anna = member(&shop, "Anna");
    enrol(&shop, anna, "tills", &ANNA);
    let till = shop.stands("Till 1");
    let (_, token) = register(&shop.club, Bound::Till { till });
    let vendor = Simulator { address: shop.club.listen(), authorization: format!("Bearer {token}") };
    let look = vendor.post_bytes("/api/v1/till/faces", "image/jpeg", &photo(SEEN));
    assert_eq!(
        (look.status, &look.body["result"], &look.body["name"]),
        (200, &json!("candidate"), &json!("Anna T.")),
        "{}",
        look.body
    );
    let candidate = look.body["candidate"].as_str().unwrap();
    let refused = vendor.post("/api/v1/till/recognitions", &json!({ "customer": candidate }).to_string());
    assert_eq!((refused.status, &refused.body["key"]), (422, &json!("not_recognised")), "{}", refused.body);
    let known = vendor.post("/api/v1/till/recognitions", &json!({ "confirmed": candidate }).to_string());
    assert_eq!((known.status, &known.body["may_spend"]), (200, &json!(false)), "{}", known.body);
    let twice = json!({ "confirmed": candidate, "customer": known.body["customer"] });
    assert_eq!(vendor.post("/api/v1/till/recognitions", &twice.to_string()).status, 422);
    let nothing = vendor.post_bytes("/api/v1/till/faces", "image/jpeg", b"no picture");
    assert_eq!(nothing.status, 422, "{}", nothing.body);
}
