//! An outside provider at the kiosk of a Russian club, over a real socket: whom it knows, and what happens when it says nothing.

use axum::http::StatusCode;
use bonafide::clock;
use bonafide::providers::Provider;
use bonafide::providers::simulator::{Behaviour, Simulator};
use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::consent::{Giver, Jurisdiction, Modality, Purpose, Withdrawal};
use bonafide_domain::profile::{BirthDate, Language, PersonName};
use bonafide_store::consents;
use bonafide_store::consents::texts::{NewText, put_in_force};
use bonafide_store::id::Id;
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::access_point::{
    self, AccessPoint, Direction, WhenUnwritable, set_liveness,
};
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::provided;
use bonafide_store::staff::Role;
use serde_json::{Value, json};

use super::club::{Answer, By, Club, acting, title};
use super::desk::{House, give_card, house_under, operation, sell_a_month};
use super::kiosk::{Kiosk, demand_at, photo};

const DESK: By = By::Staff(Role::Receptionist);

const CARD: &str = "04A23B1C";
const ANNA: &str = "urn:person:7";

/// A club under Russian law whose settings name the simulator.
struct Hall {
    club: Club,
    house: House,
    door: Id,
    simulator: Simulator,
}

fn hall(settings: &str) -> Hall {
    let simulator = Simulator::start("a-planted-key").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("provider.key"), "a-planted-key\n").unwrap();
    let toml = format!(
        "[provider]\nname = 'Bio <b>'\nurl = '{}'\nkey_file = 'provider.key'\n{settings}\n",
        simulator.url()
    );
    std::fs::write(folder.path().join("bonafide.toml"), toml).unwrap();
    let club = Club::with_provider(Provider::of_folder(folder.path()).unwrap().unwrap());
    let house = house_under(&club, Jurisdiction::Russia);
    let zone = club.app.store.read(|tx| access_point::get(tx, house.door)).unwrap().unwrap().content.zone;
    let methods = [Method::CardNumber, Method::Face, Method::Voice, Method::Pin];
    let methods = AccessMethods::new(Place::MemberDoor, &methods).unwrap();
    let (direction, when_unwritable) = (Direction::Both, WhenUnwritable::Deny);
    let point = AccessPoint { zone, name: title("Kiosk"), direction, methods, when_unwritable };
    let door = club.done(move |work| access_point::add(work, &acting(), &point));
    assert!(club.done(move |work| set_liveness(work, &acting(), door, false)));
    let text = NewText {
        jurisdiction: Jurisdiction::Russia,
        modality: Modality::Face,
        purpose: Purpose::Entry,
        language: Language::English,
        separate_document: true,
        content: "I agree that a provider compares my face.".to_owned(),
    };
    club.done(move |work| put_in_force(work, &acting(), &text));
    Hall { club, house, door, simulator }
}

impl Hall {
    /// A grown-up with a membership and a card.
    fn member(&self, name: &str, card: &str) -> Id {
        let (born, today) = (jiff::civil::date(1970, 1, 1), jiff::civil::date(2026, 1, 1));
        let profile = Profile {
            birth: Some(BirthDate::parse(born, today).unwrap()),
            ..Profile::named(PersonName::parse(name, "Test", "").unwrap())
        };
        let member = self.club.done(move |work| Ok(Ok::<_, ()>(members::add(work, &acting(), &profile)?.0)));
        sell_a_month(&self.club, &self.house, &member.to_string());
        give_card(&self.club, &member.to_string(), card);
        member
    }

    fn agrees(&self, member: Id) {
        let page = self.club.get(DESK, &format!("/members/{member}/face"));
        let text = page.attribute("select[name=text] option", "value");
        let text = text.unwrap_or_else(|| panic!("{}", page.text()));
        let operation = operation().to_string();
        let fields = [
            ("operation", operation.as_str()),
            ("text", &text),
            ("channel", "paper"),
            ("evidence", "folder 12"),
            ("giver", "subject"),
            ("agreed", "1"),
        ];
        let agreed = self.club.post(DESK, &format!("/members/{member}/face/consents"), &fields);
        assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.text());
    }

    fn binds(&self, member: Id, reference: &str, transaction: &str) -> Answer {
        let operation = operation().to_string();
        let fields =
            [("operation", operation.as_str()), ("reference", reference), ("transaction", transaction)];
        self.club.post(DESK, &format!("/members/{member}/face/references"), &fields)
    }

    fn known(&self, name: &str, card: &str, reference: &str) -> Id {
        let member = self.member(name, card);
        self.agrees(member);
        let bound = self.binds(member, reference, "enrol-1");
        assert_eq!(bound.status, StatusCode::SEE_OTHER, "{}", bound.text());
        member
    }

    /// Puts a person before the door.
    fn stands(&self, reference: Option<&str>) {
        self.simulator.stands_at(&self.door.to_string(), reference);
    }

    fn kiosk(&self) -> Kiosk<'_> {
        Kiosk::at(&self.club, self.door)
    }

    /// The decisions that rest on a transaction.
    fn decisions(&self, transaction: &str) -> Vec<Id> {
        let store = &self.club.app.store;
        store.read(|tx| provided::decisions(tx, &store.vault().ring(), transaction)).unwrap()
    }
}

/// Presses for the face and looks into the camera.
fn looks(kiosk: &Kiosk<'_>, attempt: &str) -> Value {
    let pressed = kiosk.says(attempt, "ways", &json!({ "way": "face" }));
    assert_eq!(pressed["words"], "Look at the camera", "{pressed}");
    kiosk.sees(attempt, &photo("president/obama.jpg"))
}

const SILENT: &str = "Recognition does not answer. Use your card or phone, please";
const STRANGER: &str = "Not recognised. Please ask at the desk";

#[test]
fn a_provider_that_vouches_admits_by_the_face_and_its_transaction_stands_with_the_decision() {
    let hall = hall("alone = true");
    let anna = hall.known("Anna", CARD, ANNA);
    let page = hall.club.get(DESK, &format!("/members/{anna}/face"));
    assert!(page.words(".done")[0].contains("knows this member"), "{}", page.text());
    assert!(page.attribute("input[name=reference]", "name").is_none(), "and asks for no other");
    let again = hall.binds(anna, ANNA, "enrol-2");
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "one face for each purpose");
    let kiosk = hall.kiosk();
    let page = kiosk.page();
    assert!(page.text().contains("goes to Bio &#60;b&#62;"), "{}", page.text());
    hall.stands(Some(ANNA));
    let attempt = kiosk.begins();
    let waiting = kiosk.sees(&attempt, &photo("president/obama.jpg"));
    assert_eq!((&waiting["state"], &waiting["open"]), (&json!("looking"), &json!(false)), "{waiting}");
    assert_eq!(hall.simulator.seen_bytes(), None, "whoever walks by is sent nowhere");
    let admitted = looks(&kiosk, &attempt);
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
    assert_eq!(hall.simulator.seen_bytes(), Some(photo("president/obama.jpg").len()));
    let store = &hall.club.app.store;
    let items = store.read(|tx| feed(tx, hall.house.branch, None, 5)).unwrap().0;
    assert_eq!(items[0].member, Some(anna));
    assert_eq!(hall.decisions("tr-1"), [items[0].passage]);
    assert!(hall.decisions("enrol-1").is_empty());
}

#[test]
fn a_provider_that_does_not_vouch_is_one_of_two_factors() {
    let hall = hall("");
    hall.known("Anna", CARD, ANNA);
    let kiosk = hall.kiosk();
    hall.stands(Some(ANNA));
    let attempt = kiosk.begins();
    let asked = looks(&kiosk, &attempt);
    assert_eq!(asked["state"], "asked", "b01: {asked}");
    assert!(!asked.to_string().contains("Anna"), "b20: no name before she is let in");
    let admitted = kiosk.reads(&attempt, CARD);
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
    assert_eq!(
        (hall.decisions("tr-1").len(), hall.simulator.decided()),
        (2, 1),
        "asked once, decided twice by it"
    );
}

#[test]
fn a_stranger_stays_one_and_whoever_lends_a_card_is_not_its_member() {
    let hall = hall("alone = true");
    hall.known("Anna", CARD, ANNA);
    demand_at(
        &hall.club,
        hall.door,
        &[&[Method::CardNumber, Method::Face], &[Method::CardNumber, Method::Pin]],
    );
    let kiosk = hall.kiosk();
    for nobody in [Some("urn:person:999"), None] {
        hall.stands(nobody);
        let refused = looks(&kiosk, &kiosk.begins());
        assert_eq!((&refused["words"], &refused["open"]), (&json!(STRANGER), &json!(false)), "{refused}");
    }
    for _ in 3..=10 {
        assert_eq!(looks(&kiosk, &kiosk.begins())["words"], STRANGER);
    }
    let asked = hall.simulator.decided();
    let paused = looks(&kiosk, &kiosk.begins());
    assert_eq!(paused["words"], "Too many tries. Use your card or phone, please", "{paused}");
    assert_eq!(hall.simulator.decided(), asked, "ten whom nobody knows, and then a pause");
    hall.stands(Some("urn:person:8"));
    for wrong in 1..=10 {
        let attempt = kiosk.begins();
        assert_eq!(kiosk.reads(&attempt, CARD)["state"], "asked");
        let lent = kiosk.sees(&attempt, &photo("president/obama.jpg"));
        assert_eq!((&lent["state"], &lent["open"]), (&json!("asked"), &json!(false)), "{wrong}: {lent}");
        assert!(!lent.to_string().contains("Anna"), "{lent}");
    }
    let before = hall.simulator.decided();
    hall.stands(Some(ANNA));
    let attempt = kiosk.begins();
    kiosk.reads(&attempt, CARD);
    let paused = kiosk.sees(&attempt, &photo("president/obama.jpg"));
    assert_eq!(paused["words"], "Too many tries. Use your card or phone, please", "b19: {paused}");
    assert_eq!(hall.simulator.decided(), before, "nothing is asked meanwhile");
}

#[test]
fn d13_a_provider_that_is_slow_broken_or_gone_opens_nothing_and_the_card_still_does() {
    let hall = hall("alone = true\ntime_out_ms = 300");
    hall.known("Anna", CARD, ANNA);
    hall.stands(Some(ANNA));
    let kiosk = hall.kiosk();
    for behaviour in [
        Behaviour::Silent,
        Behaviour::Status(503),
        Behaviour::Nonsense,
        Behaviour::Endless,
        Behaviour::Picture,
    ] {
        hall.simulator.behave(behaviour);
        let silent = looks(&kiosk, &kiosk.begins());
        assert_eq!(
            (&silent["words"], &silent["open"]),
            (&json!(SILENT), &json!(false)),
            "{behaviour:?}: {silent}"
        );
    }
    hall.simulator.end();
    let attempt = kiosk.begins();
    let gone = looks(&kiosk, &attempt);
    assert_eq!((&gone["words"], &gone["open"]), (&json!(SILENT), &json!(false)), "{gone}");
    let admitted = kiosk.reads(&attempt, CARD);
    assert_eq!(admitted["words"], "Welcome, Anna!", "the way without biometrics: {admitted}");
    let checked = hall.club.post(By::Staff(Role::Manager), "/set-up/provider/checks", &[]);
    assert!(checked.words("[role=status]")[0].contains("Nobody answers"), "{}", checked.text());
}

#[test]
fn d01_a_transaction_that_has_opened_opens_nothing_again() {
    let hall = hall("alone = true");
    hall.known("Anna", CARD, ANNA);
    hall.known("Boris", "04FFEE01", "urn:person:8");
    let kiosk = hall.kiosk();
    hall.stands(Some(ANNA));
    assert_eq!(looks(&kiosk, &kiosk.begins())["words"], "Welcome, Anna!");
    hall.simulator.behave(Behaviour::SameTransaction);
    hall.stands(Some("urn:person:8"));
    let replayed = looks(&kiosk, &kiosk.begins());
    assert_eq!((&replayed["words"], &replayed["open"]), (&json!(STRANGER), &json!(false)), "{replayed}");
    hall.simulator.behave(Behaviour::Proper);
    assert_eq!(looks(&kiosk, &kiosk.begins())["words"], "Welcome, Boris!");
}

#[test]
fn b16_without_a_consent_nothing_is_sent_about_a_member_and_nothing_opens() {
    let hall = hall("alone = true");
    let stranger = hall.member("Clara", "0B0B0B0B");
    let refused = hall.binds(stranger, "urn:person:9", "enrol-1");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "no reference without a consent");
    let anna = hall.known("Anna", CARD, ANNA);
    for (reference, transaction, words) in [("a b", "t", "The reference"), ("a", "", "The transaction")] {
        let bad = hall.binds(anna, reference, transaction);
        assert!(bad.words("[role=alert]")[0].starts_with(words), "{}", bad.text());
    }
    let withdrawal = Withdrawal {
        member: anna.into(),
        by: Giver::Subject,
        modality: Modality::Face,
        purpose: Purpose::Entry,
        operator: None,
        withdrawn_at_us: clock::now_us(),
    };
    let id = operation();
    hall.club.done(move |work| consents::withdraw(work, &acting(), id, &withdrawal));
    demand_at(
        &hall.club,
        hall.door,
        &[&[Method::CardNumber, Method::Face], &[Method::CardNumber, Method::Pin]],
    );
    let kiosk = hall.kiosk();
    hall.stands(Some(ANNA));
    let attempt = kiosk.begins();
    assert_eq!(kiosk.reads(&attempt, CARD)["state"], "asked");
    let not_sent = kiosk.sees(&attempt, &photo("president/obama.jpg"));
    assert_eq!(not_sent["words"], "Use your card or phone, please", "{not_sent}");
    assert_eq!(hall.simulator.seen_bytes(), None);
    let refused = looks(&kiosk, &kiosk.begins());
    assert_eq!(refused["open"], json!(false), "{refused}");
}

#[test]
fn the_set_up_says_whether_a_provider_is_set_and_whether_it_answers() {
    let none = Club::new();
    let page = none.get(By::Staff(Role::Owner), "/set-up/provider");
    assert!(page.words(".empty")[0].contains("No provider is set"), "{}", page.text());
    let hall = hall("");
    let manager = By::Staff(Role::Manager);
    let page = hall.club.get(manager, "/set-up/provider");
    assert_eq!(page.words("td")[0], "Bio <b>", "{}", page.text());
    assert!(!page.text().contains("planted"), "the key stands on no page");
    let check = || hall.club.post(manager, "/set-up/provider/checks", &[]);
    assert!(check().words("[role=status]")[0].contains("It answers"), "{}", check().text());
    hall.simulator.behave(Behaviour::Status(401));
    assert!(check().words("[role=status]")[0].contains("key"), "{}", check().text());
    assert_eq!(hall.simulator.seen_bytes(), None, "no picture is in the question");
}

#[test]
fn a_voice_is_heard_by_the_providers_own_terminal() {
    let hall = hall("decides = ['voice']\nalone = true");
    let kiosk = hall.kiosk();
    let attempt = kiosk.begins();
    let face = kiosk.says(&attempt, "ways", &json!({ "way": "face" }));
    assert_eq!(face["words"], "Use your card or phone, please", "it decides by voices only");
    hall.stands(None);
    let nobody = kiosk.says(&attempt, "ways", &json!({ "way": "voice" }));
    assert_eq!(nobody["words"], STRANGER, "{nobody}");
    assert_eq!((hall.simulator.decided(), hall.simulator.seen_bytes()), (1, None));
}
