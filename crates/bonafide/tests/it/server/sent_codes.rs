//! "Send me a code" at a kiosk, with a gateway and a mail server over real sockets: what is sent to whom, what a stranger learns, and
//! what pumping costs.

use axum::http::StatusCode;
use bonafide::flows::sending_codes::{AskedAt, Asks, NotSent, Sending, ask, deliver};
use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::profile::{EmailAddress, Language, PersonName, Phone};
use bonafide_store::audit::read::{EntryFilter, Words, entries};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::access_point::{
    self, AccessPoint, Direction, WhenUnwritable, set_liveness,
};
use bonafide_store::sends;
use bonafide_store::staff::Role;
use serde_json::{Value, json};

use super::club::{By, Club, acting, title};
use super::desk::{House, give_card, house, operation, sell_a_month};
use super::gateways::{Gate, MailSafety, MailServer, SmsServer, code_in, fields};
use super::kiosk::{Kiosk, demand_at};

const CARD: &str = "04A23B1C";
const PHONE: &str = "+491701234567";
const COMING: &str = "If we know this number, a code is on its way";
const FAILED: &str = "The code could not be sent. Please ask at the desk";

/// A club with a kiosk that takes cards and codes to phones.
struct Lobby {
    club: Club,
    house: House,
    door: Id,
}

fn lobby(settings: &str, mail: Option<&MailServer>) -> Lobby {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bonafide.toml"), settings).unwrap();
    if let Some(mail) = mail {
        mail.files(folder.path());
    }
    let club = Club::with_senders(folder);
    let house = house(&club);
    let zone = club.app.store.read(|tx| access_point::get(tx, house.door)).unwrap().unwrap().content.zone;
    let methods = AccessMethods::new(Place::MemberDoor, &[Method::CardNumber, Method::PhoneCode]).unwrap();
    let (direction, when_unwritable) = (Direction::Both, WhenUnwritable::Deny);
    let point = AccessPoint { zone, name: title("Kiosk"), direction, methods, when_unwritable };
    let door = club.done(move |work| access_point::add(work, &acting(), &point));
    assert!(club.done(move |work| set_liveness(work, &acting(), door, false)));
    Lobby { club, house, door }
}

impl Lobby {
    fn member(&self, name: &str, phones: &[&str], emails: &[&str], language: Language) -> Id {
        let profile = Profile {
            phones: phones.iter().map(|phone| Phone::parse(phone).unwrap()).collect(),
            emails: emails.iter().map(|email| EmailAddress::parse(email).unwrap()).collect(),
            language: Some(language),
            ..Profile::named(PersonName::parse(name, "Test", "").unwrap())
        };
        let member = self.club.done(move |work| Ok(Ok::<_, ()>(members::add(work, &acting(), &profile)?.0)));
        sell_a_month(&self.club, &self.house, &member.to_string());
        self.club.app.follow().unwrap();
        member
    }

    fn kiosk(&self) -> Kiosk<'_> {
        Kiosk::at(&self.club, self.door)
    }

    /// What the trace says of codes that were sent to a member, the newest first, with what the words are.
    fn trace(&self, action: &str) -> Vec<(String, Value)> {
        let filter = EntryFilter { action: Some(action.to_owned()), ..EntryFilter::default() };
        let store = &self.club.app.store;
        let found = store.read(|tx| entries(tx, store.vault(), &filter, None, 50)).unwrap();
        let words = |words: Words| if let Words::Opened(json) = words { json } else { Value::Null };
        found.entries.into_iter().map(|entry| (entry.by.kind, words(entry.words))).collect()
    }
}

fn asks(kiosk: &Kiosk<'_>, attempt: &str, phone: Option<&str>) -> Value {
    kiosk.says(attempt, "sent-codes", &phone.map_or(json!({}), |phone| json!({ "phone": phone })))
}

fn types(kiosk: &Kiosk<'_>, attempt: &str, phone: Option<&str>, digits: &str) -> Value {
    kiosk.says(attempt, "phone-codes", &json!({ "digits": digits, "phone": phone }))
}

fn text_of(gateway: &SmsServer) -> String {
    let got = fields(&gateway.next().body);
    got.into_iter().find(|(name, _)| name == "text").unwrap().1
}

#[test]
fn a_code_that_is_asked_for_with_a_number_arrives_and_opens_once() {
    let gateway = SmsServer::start();
    let lobby = lobby(&gateway.settings(), None);
    lobby.member("Anna", &[PHONE], &["anna@example.com"], Language::Russian);
    let kiosk = lobby.kiosk();
    let page = kiosk.page();
    assert_eq!(page.words("#ways button"), ["Code to my phone"]);
    assert_eq!(page.words("#key-send"), ["Send me a code"]);
    let attempt = kiosk.begins();
    let coming = asks(&kiosk, &attempt, Some("0170 1234567"));
    assert_eq!((&coming["words"], &coming["tell"]), (&json!(COMING), &json!(true)), "{coming}");
    let got = fields(&gateway.next().body);
    assert!(got.contains(&("to".to_owned(), PHONE.to_owned())), "{got:?}");
    let text = got.into_iter().find(|(name, _)| name == "text").unwrap().1;
    assert!(text.contains("Назовите его только кассиру"), "in her language: {text}");
    assert!(text.starts_with("Harbour <i>") && text.contains("10 мин"), "{text}");
    let code = code_in(&text);
    let admitted = types(&kiosk, &attempt, Some("01701234567"), &code);
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
    let store = &lobby.club.app.store;
    let typed = store.read(|tx| sends::typed(tx, 0)).unwrap();
    assert_eq!(typed, 1, "that it was typed is counted");
    let again = types(&kiosk, &kiosk.begins(), Some("01701234567"), &code);
    assert_eq!(again["open"], json!(false), "it is used up");
    let text = format!("{:?} {:?}", lobby.trace("code_sent"), lobby.trace("code_asked_for"));
    assert!(!text.contains(&code) && !text.contains("1234567"), "{text}");
}

#[test]
fn w05_a_number_of_nobody_is_answered_like_every_other_whatever_becomes_of_the_message() {
    let gateway = SmsServer::start();
    let lobby = lobby(&(gateway.settings() + "time_out_ms = 15000\nprefixes = ['+49']\n"), None);
    lobby.member("Anna", &[PHONE], &[], Language::English);
    lobby.member("Boris", &["+491705550001"], &[], Language::English);
    lobby.member("Clara", &["+491705550001"], &[], Language::English);
    lobby.member("Dora", &["+79161112233"], &[], Language::English);
    let kiosk = lobby.kiosk();
    gateway.does(Gate::Silent);
    let known = asks(&kiosk, &kiosk.begins(), Some(PHONE));
    assert_eq!(known["words"], COMING);
    gateway.next();
    assert!(lobby.trace("code_not_sent").is_empty(), "answered while the message is still on its way");
    gateway.lets_go();
    for other in ["+491709999999", "+491705550001", "+79161112233"] {
        assert_eq!(asks(&kiosk, &kiosk.begins(), Some(other)), known, "of nobody, of two, of a far country");
    }
    for spelled in [PHONE, "+491709999999", "01709999999"] {
        let soon = asks(&kiosk, &kiosk.begins(), Some(spelled));
        assert_eq!(soon["words"], "A code was asked for a moment ago. Wait a minute, please", "{spelled}");
    }
    assert!(gateway.was_asked_nothing(), "nothing went to anybody else");
    for no_number in ["12", "+4917012345678901", ""] {
        let said = asks(&kiosk, &kiosk.begins(), Some(no_number));
        assert_eq!(said["words"], "This is no phone number", "{no_number}");
    }
    let nothing = asks(&kiosk, &kiosk.begins(), None);
    assert_eq!(nothing["words"], "First your card or your code, then the PIN", "{nothing}");
    for bad in [json!({ "phone": "9".repeat(40) }), json!({ "number": "planted" })] {
        let path = format!("/kiosk/tries/{}/sent-codes", kiosk.begins());
        let answer = kiosk.post(&path, bad.to_string().into_bytes());
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(!answer.text().contains("planted"), "{}", answer.text());
    }
}

#[test]
fn whoever_has_shown_his_card_hears_what_became_of_it() {
    let gateway = SmsServer::start();
    let lobby = lobby(&(gateway.settings() + "time_out_ms = 300\n"), None);
    demand_at(&lobby.club, lobby.door, &[&[Method::CardNumber, Method::PhoneCode]]);
    let kiosk = lobby.kiosk();
    let mut cards = 0x04A2_3B10_u32;
    let mut named = |name: &str, phones: &[&str]| {
        let member = lobby.member(name, phones, &[], Language::English);
        cards += 1;
        let card = format!("{cards:08X}");
        give_card(&lobby.club, &member.to_string(), &card);
        let attempt = kiosk.begins();
        assert_eq!(kiosk.reads(&attempt, &card)["keypad"], json!("phone"));
        (attempt, card)
    };
    for (place, gate) in
        [Gate::Says(200, "{\"status\":\"ERROR\"}"), Gate::Says(503, ""), Gate::Silent, Gate::HalfWay]
            .into_iter()
            .enumerate()
    {
        gateway.does(gate.clone());
        let (attempt, _) = named("Boris", &[&format!("+49170555000{place}")]);
        let failed = asks(&kiosk, &attempt, None);
        assert_eq!(
            (&failed["words"], &failed["open"]),
            (&json!(FAILED), &json!(false)),
            "{gate:?}: {failed}"
        );
        gateway.next();
    }
    let (attempt, _) = named("Clara", &[]);
    let no_way = asks(&kiosk, &attempt, None);
    assert_eq!(no_way["words"], "We know no way to send you a code. Please ask at the desk", "{no_way}");

    gateway.does(Gate::Says(200, "\"OK\""));
    let (attempt, card) = named("Anna", &[PHONE]);
    let sent = asks(&kiosk, &attempt, None);
    assert_eq!(
        (&sent["words"], &sent["keypad"]),
        (&json!("A code is on its way to you"), &json!("stay")),
        "{sent}"
    );
    assert!(!sent.to_string().contains("Anna") && !sent.to_string().contains("4567"), "b20: {sent}");
    let code = code_in(&text_of(&gateway));
    let other = if code == "123456" { "654321" } else { "123456" };
    for _ in 0..5 {
        let wrong = types(&kiosk, &attempt, None, other);
        assert_eq!(wrong["words"], "This code is not right. Once more, please", "{wrong}");
    }
    assert_eq!(
        types(&kiosk, &attempt, None, &code)["open"],
        json!(false),
        "w01: five wrong ones, and it is gone"
    );
    let attempt = kiosk.begins();
    kiosk.reads(&attempt, &card);
    let soon = asks(&kiosk, &attempt, None);
    assert_eq!(soon["words"], "A code was asked for a moment ago. Wait a minute, please", "{soon}");
    let trace = lobby.trace("code_sent");
    assert_eq!((trace.len(), trace[0].0.as_str()), (1, "device"), "{trace:?}");
    let expected = json!({ "channel": "sms", "became": "taken", "place": "access_point", "at": lobby.door });
    assert_eq!(trace[0].1, expected);
    assert_eq!(lobby.trace("code_not_sent").len(), 4);
}

#[test]
fn a_member_without_a_phone_gets_a_letter_and_so_does_everybody_where_there_is_no_gateway() {
    let mail = MailServer::start(MailSafety::StartTls);
    let lobby = lobby(&mail.settings("starttls"), Some(&mail));
    let anna = lobby.member("Anna", &[], &["anna@example.com"], Language::English);
    give_card(&lobby.club, &anna.to_string(), CARD);
    lobby.member("Boris", &[PHONE], &["boris@example.com"], Language::English);
    demand_at(&lobby.club, lobby.door, &[&[Method::CardNumber, Method::PhoneCode], &[Method::PhoneCode]]);
    let kiosk = lobby.kiosk();
    let attempt = kiosk.begins();
    assert_eq!(asks(&kiosk, &attempt, Some(PHONE))["words"], COMING);
    let letter = mail.next();
    assert_eq!((letter.to.as_str(), letter.by_tls), ("boris@example.com", true));
    let (_, body) = letter.text.split_once("\r\n\r\n").unwrap();
    let admitted = types(&kiosk, &attempt, Some(PHONE), &code_in(body));
    assert_eq!(admitted["words"], "Welcome, Boris!", "{admitted}");

    demand_at(&lobby.club, lobby.door, &[&[Method::CardNumber, Method::PhoneCode]]);
    let attempt = kiosk.begins();
    kiosk.reads(&attempt, CARD);
    assert_eq!(asks(&kiosk, &attempt, None)["words"], "A code is on its way to you");
    let letter = mail.next();
    assert_eq!(letter.to, "anna@example.com");
    let (head, body) = letter.text.split_once("\r\n\r\n").unwrap();
    let code = code_in(body);
    assert!(!head.contains(&code) && head.contains("Harbour"), "{head}");
    let admitted = types(&kiosk, &attempt, None, &code);
    assert_eq!(admitted["words"], "Welcome, Anna!", "{admitted}");
}

#[test]
fn w03_pumping_ends_at_the_kiosk_and_at_what_the_house_sends_in_a_day() {
    let gateway = SmsServer::start();
    let lobby = lobby(&format!("[codes]\nsends_a_day_max = 3\n{}", gateway.settings()), None);
    for number in 0..4 {
        lobby.member("Anna", &[&format!("+49170555000{number}")], &[], Language::English);
    }
    let kiosk = lobby.kiosk();
    let attempt = kiosk.begins();
    for number in 0..3 {
        assert_eq!(asks(&kiosk, &attempt, Some(&format!("+49170555000{number}")))["words"], COMING);
        gateway.next();
    }
    for number in ["+491705550003", "+491709999999"] {
        let over = asks(&kiosk, &attempt, Some(number));
        assert_eq!(over["words"], "No more codes now. Please ask at the desk", "known or not: {over}");
    }
    assert!(gateway.was_asked_nothing());

    let lobby = self::lobby(&gateway.settings(), None);
    let kiosk = lobby.kiosk();
    let attempt = kiosk.begins();
    for number in 0..sends::PER_PLACE_AN_HOUR_MAX {
        assert_eq!(asks(&kiosk, &attempt, Some(&format!("+4917066600{number:02}")))["words"], COMING);
    }
    let over = asks(&kiosk, &attempt, Some("+491706660099"));
    assert_eq!(over["words"], "No more codes now. Please ask at the desk", "{over}");
    assert_eq!(
        lobby.trace("code_asked_for").len(),
        usize::try_from(sends::PER_PLACE_AN_HOUR_MAX).unwrap(),
        "who tries many numbers shows himself in the trace"
    );
}

#[test]
fn whoever_is_erased_meanwhile_is_sent_nothing_and_his_code_opens_nothing() {
    let gateway = SmsServer::start();
    let lobby = lobby(&gateway.settings(), None);
    let anna = lobby.member("Anna", &[PHONE], &[], Language::English);
    let app = &lobby.club.app;
    let sending = Sending {
        store: &app.store,
        senders: &app.senders,
        codes: &app.secrets.phone_codes,
        directory: &app.directory,
        texts: &app.texts,
        acting: acting(),
    };
    let at = || AskedAt {
        place: sends::Place::AccessPoint(lobby.door),
        club: "Club".to_owned(),
        language: Language::English,
    };
    let outgoing = ask(&sending, &at(), Asks::Named(anna)).unwrap().unwrap().unwrap();
    assert!(matches!(ask(&sending, &at(), Asks::Named(anna)).unwrap(), Err(NotSent::TooMany(_))));
    let certificate = operation();
    lobby.club.done(move |work| erase(work, &acting(), certificate, anna, Cause::PersonsWish));
    assert_eq!(deliver(&sending, &outgoing).unwrap(), Err(NotSent::NoAddress));
    assert!(gateway.was_asked_nothing());
    assert!(matches!(ask(&sending, &at(), Asks::Named(anna)).unwrap(), Err(NotSent::NoAddress)));
    // One that had gone out before opens nothing either.
    let boris = lobby.member("Boris", &["+491705550001"], &[], Language::English);
    let outgoing = ask(&sending, &at(), Asks::Named(boris)).unwrap().unwrap().unwrap();
    assert_eq!(deliver(&sending, &outgoing).unwrap(), Ok(()));
    let code = code_in(&text_of(&gateway));
    let certificate = operation();
    lobby.club.done(move |work| erase(work, &acting(), certificate, boris, Cause::PersonsWish));
    let kiosk = lobby.kiosk();
    let refused = types(&kiosk, &kiosk.begins(), Some("+491705550001"), &code);
    assert_eq!((&refused["open"], &refused["state"]), (&json!(false), &json!("sorry")), "{refused}");
}

#[test]
fn a_restart_forgets_the_code_and_not_what_was_counted() {
    let gateway = SmsServer::start();
    let lobby = lobby(&gateway.settings(), None);
    lobby.member("Anna", &[PHONE], &[], Language::English);
    let kiosk = lobby.kiosk();
    assert_eq!(asks(&kiosk, &kiosk.begins(), Some(PHONE))["words"], COMING);
    let code = code_in(&text_of(&gateway));
    let (cookie, door, house) = (kiosk.cookie, lobby.door, lobby.house);
    let club = Club::sending(lobby.club.close());
    let lobby = Lobby { club, house, door };
    let kiosk = Kiosk { club: &lobby.club, cookie };
    let attempt = kiosk.begins();
    assert_eq!(types(&kiosk, &attempt, Some(PHONE), &code)["open"], json!(false));
    let soon = asks(&kiosk, &attempt, Some(PHONE));
    assert_eq!(soon["words"], "A code was asked for a moment ago. Wait a minute, please", "{soon}");
}

#[test]
fn the_set_up_says_what_is_set_and_the_owner_sends_a_test() {
    let (owner, manager) = (By::Staff(Role::Owner), By::Staff(Role::Manager));
    let none = Club::new();
    let page = none.get(owner, "/set-up/senders");
    assert!(page.words(".empty")[0].contains("Nothing is set"), "{}", page.text());
    assert!(page.attribute("input[name=to]", "name").is_none());
    let gateway = SmsServer::start();
    let mail = MailServer::start(MailSafety::Implicit);
    let settings = gateway.settings() + "prefixes = ['+49']\n" + &mail.settings("implicit");
    let lobby = lobby(&settings, Some(&mail));
    let page = lobby.club.get(manager, "/set-up/senders");
    let cells = page.words("td");
    assert!(cells.contains(&"127.0.0.1 · Club".to_owned()) && cells.contains(&"+49".to_owned()), "{cells:?}");
    assert!(!page.text().contains("planted"), "the password stands on no page");
    assert!(page.attribute("input[name=to]", "name").is_none(), "a test is the owner's");
    let tests = |to: &str| {
        lobby.club.post(owner, "/set-up/senders/tests", &[("to", to)]).words("[role=status]")[0].clone()
    };
    assert!(tests(PHONE).contains("It was taken"));
    assert!(text_of(&gateway).contains("This was a test"));
    assert!(tests(PHONE).contains("a moment ago"));
    assert!(tests("owner@club.example").contains("It was taken"));
    assert!(mail.next().text.contains("This was a test"));
    assert!(tests("+8613800138000").contains("allow no messages"));
    assert!(tests("who?").contains("no phone number"));
    gateway.does(Gate::Says(503, ""));
    let refused = tests("+491701234568");
    assert!(refused.contains("It refuses the message") && refused.contains("(503)"), "{refused}");
    let trace = lobby.trace("sending_tested");
    assert_eq!(trace.len(), 3, "{trace:?}");
    assert!(trace.iter().all(|(by, _)| by == "staff"));
}
