//! Doors over HTTP: codes of phones, the way out whatever is wrong, floods, and reports that come late.

use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::flood::{UNKNOWN_A_MINUTE_MAX, unknown_reads};
use bonafide_store::passages::presence::inside_now;
use serde_json::{Value, json};

use super::api::{DECISIONS, Reply, Simulator, adapter, ask, operation, register};
use super::card::{Phone, paired};
use super::club::{Club, acting, title};
use super::desk::{House, give_card, house, member, sell_a_month};

const EXITS: &str = "/api/v1/door/exits";
const PASSAGES: &str = "/api/v1/door/passages";
const CARD: &str = "04A23B1C";
const SECOND_US: i64 = 1_000_000;

fn anna(club: &Club, house: &House) -> String {
    let anna = member(club, "Anna", "Petrova", "+4915112345678");
    give_card(club, &anna, "04:A2:3B:1C");
    sell_a_month(club, house, &anna);
    anna
}

/// Another door of the same zone, with its adapter.
fn second_door(club: &Club, house: &House, direction: Direction) -> Simulator {
    let first = club.app.store.read(|tx| access_point::get(tx, house.door)).unwrap().unwrap().content;
    let methods = AccessMethods::new(Place::MemberDoor, &[Method::CardNumber, Method::DeviceKey]).unwrap();
    let when_unwritable = WhenUnwritable::Deny;
    let second =
        AccessPoint { zone: first.zone, name: title("Turnstile 2"), direction, methods, when_unwritable };
    let second = club.done(move |work| access_point::add(work, &acting(), &second));
    let (_, token) = register(club, Bound::DoorAdapter { access_point: second });
    Simulator { address: club.listen(), authorization: format!("Bearer {token}") }
}

fn shows(door: &Simulator, code: &str) -> Value {
    let presented = json!([{ "code": code }]);
    let asked = json!({ "operation": operation(), "direction": "entry", "presented": presented });
    door.post(DECISIONS, &asked.to_string()).body
}

fn opens(answer: &Value) -> bool {
    answer["open"].as_bool().unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn d01_a_code_opens_a_door_once_and_is_then_a_replay() {
    let club = Club::new();
    let house = house(&club);
    let phone = paired(&club, &anna(&club, &house), 1);
    let (_, door) = adapter(&club, &house);
    let code = phone.shows(0);
    let first = shows(&door, &code);
    assert!(opens(&first), "{first}");
    for other in [shows(&door, &code), shows(&second_door(&club, &house, Direction::Both), &code)] {
        assert_eq!((&other["open"], &other["reason"]), (&json!(false), &json!("replay")), "{other}");
    }
    assert!(
        opens(&shows(&second_door(&club, &house, Direction::Both), &phone.shows(1))),
        "a tap makes the next one"
    );
}

#[test]
fn d02_of_two_doors_that_are_shown_one_code_at_once_exactly_one_opens() {
    let club = Club::new();
    let house = house(&club);
    let phone: Phone = paired(&club, &anna(&club, &house), 1);
    let (_, first) = adapter(&club, &house);
    let second = second_door(&club, &house, Direction::Both);
    for tap in 0..4 {
        let code = phone.shows(tap);
        let mut open = std::thread::scope(|scope| {
            let one = scope.spawn(|| shows(&first, &code));
            let other = shows(&second, &code);
            [one.join().unwrap(), other].map(|answer| opens(&answer))
        });
        open.sort_unstable();
        assert_eq!(open, [false, true], "tap {tap}");
    }
}

#[test]
fn d04_d05_an_old_and_a_forged_code_open_nothing() {
    let club = Club::new();
    let house = house(&club);
    let phone = paired(&club, &anna(&club, &house), 1);
    let (_, door) = adapter(&club, &house);
    let old = phone.shows_at(bonafide::clock::now_us() - 60 * SECOND_US, 0);
    let mut forged = phone.shows(0);
    // Another sign in the middle of the signature.
    let at = forged.len() - 20;
    let other = if &forged[at..=at] == "A" { "B" } else { "A" };
    forged.replace_range(at..=at, other);
    for (code, reason) in [(old.as_str(), "code_expired"), (&forged, "code_forged"), ("no code", "unknown")] {
        let answer = shows(&door, code);
        assert_eq!((&answer["open"], &answer["reason"]), (&json!(false), &json!(reason)), "{code}: {answer}");
    }
}

/// Bodies of whoever leaves, each with something that is wrong.
fn strange_exits() -> Vec<String> {
    let id = operation();
    vec![
        r#"{"direction":"exit"}"#.to_owned(),
        r#"{"direction":"exit","operation":"7"}"#.to_owned(),
        r#"{"direction":"exit","operation":17,"presented":"nothing"}"#.to_owned(),
        r#"{"direction":"exit","unknown":1}"#.to_owned(),
        r#"{"direction":"exit","presented":[{"card":{"hex":"xx"}}]}"#.to_owned(),
        r#"{"direction":"exit","presented":[{"card_hex":"zz"},{"code":"x"},{},7,null,[]]}"#.to_owned(),
        format!(r#"{{"direction":"exit","operation":"{id}","operation":"{id}"}}"#),
        r#"{"direction" : "exit", "operation": "#.to_owned(),
        format!(r#"{{"direction":"exit","deep":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000)),
    ]
}

fn is_let_out(reply: &Reply, what: &str) {
    let told = (reply.status, &reply.body["open"], &reply.body["outcome"]);
    assert_eq!(told, (200, &json!(true), &json!("left")), "{:.80}: {}", what, reply.body);
}

#[test]
fn d19_the_way_out_is_open_whatever_the_body_says() {
    let club = Club::new();
    let house = house(&club);
    let (_, door) = adapter(&club, &house);
    for body in strange_exits() {
        is_let_out(&door.post(DECISIONS, &body), &body);
    }
    // At the way out's own address, and at a door that only leads out, nothing need be understood at all.
    let only_out = second_door(&club, &house, Direction::Exit);
    let large = "x".repeat(70_000);
    for body in ["", "{", "exit", "[]", r#"{"direction":"sideways"}"#, &large] {
        is_let_out(&door.post(EXITS, body), body);
        is_let_out(&only_out.post(DECISIONS, body), body);
    }
    is_let_out(&door.post(EXITS, &ask(&operation(), "entry", CARD)), "the address counts, not the word");
    let noted = door.post(EXITS, &ask(&operation(), "exit", CARD));
    assert_eq!(noted.body["noted"], json!(true), "{}", noted.body);
    assert!(noted.body["passage"].is_string());
}

#[test]
fn d19_what_is_shown_at_an_entrance_makes_no_exit_of_it() {
    let club = Club::new();
    let house = house(&club);
    let (_, door) = adapter(&club, &house);
    // An adapter that puts what it has read into its body without escaping it.
    let shown = r#"x"}],"direction":"exit","further":[{"code":""#;
    let body = format!(
        r#"{{"operation":"{}","direction":"entry","presented":[{{"code":"{shown}"}}]}}"#,
        operation()
    );
    let refused = door.post(DECISIONS, &body);
    assert_eq!((refused.status, &refused.body["key"]), (422, &json!("bad_json")), "{}", refused.body);
}

#[test]
fn d19_leaving_is_open_with_a_book_that_can_be_neither_read_nor_written() {
    let club = Club::new();
    let house = house(&club);
    anna(&club, &house);
    let (_, door) = adapter(&club, &house);
    club.lose_the_book();
    for body in strange_exits().iter().map(String::as_str).chain([&*ask(&operation(), "exit", CARD)]) {
        for path in [DECISIONS, EXITS] {
            let reply = door.post(path, body);
            is_let_out(&reply, body);
            assert_eq!(reply.body["noted"], json!(false), "{}", reply.body);
        }
    }
    let entry = door.post(DECISIONS, &ask(&operation(), "entry", CARD));
    assert_eq!(
        (entry.status, &entry.body["key"]),
        (500, &json!("fault")),
        "nobody comes in by it: {}",
        entry.body
    );
    assert_eq!(entry.body["open"], Value::Null);
    let report = json!({ "operation": operation(), "direction": "exit" }).to_string();
    assert_eq!(door.post(PASSAGES, &report).status, 500, "a passage that is not kept is not confirmed");
    let nobody = Simulator { authorization: "Basic x".to_owned(), ..door };
    assert_eq!(
        nobody.post(DECISIONS, &ask(&operation(), "exit", CARD)).status,
        401,
        "who shows no key is no door"
    );
}

#[test]
fn d24_made_up_cards_by_the_hundred_fill_no_book_on_either_way_and_hurt_no_neighbour() {
    let club = Club::new();
    let house = house(&club);
    anna(&club, &house);
    let (_, door) = adapter(&club, &house);
    let neighbour = second_door(&club, &house, Direction::Both);
    let reads = 3 * UNKNOWN_A_MINUTE_MAX;
    let began_us = bonafide::clock::now_us();
    for read in 0..reads {
        let (card, way) =
            (format!("{:08X}", 0x0100_0000 + read), if read % 2 == 0 { "entry" } else { "exit" });
        let reply = door.post(DECISIONS, &ask(&operation(), way, &card));
        assert_eq!((reply.status, opens(&reply.body)), (200, way == "exit"), "{}", reply.body);
    }
    let (items, _) = club.app.store.read(|tx| feed(tx, house.branch, None, 1_000)).unwrap();
    let minutes =
        bonafide::clock::now_us().div_euclid(60 * SECOND_US) - began_us.div_euclid(60 * SECOND_US) + 1;
    let rows_max = usize::try_from(minutes).unwrap() * (UNKNOWN_A_MINUTE_MAX as usize + 1);
    assert!(items.len() <= rows_max, "{} rows of {reads} reads in {minutes} minutes", items.len());
    let counted: u32 = (0..minutes)
        .map(|minute| began_us + minute * 60 * SECOND_US)
        .map(|at_us| club.app.store.read(|tx| unknown_reads(tx, house.door, at_us)).unwrap())
        .sum();
    assert_eq!(counted, reads, "each is counted");
    let served = neighbour.post(DECISIONS, &ask(&operation(), "entry", CARD));
    assert_eq!(served.body["outcome"], "admitted", "{}", served.body);
}

/// Since when Anna is inside, in microseconds.
fn inside_since(club: &Club, door: Id) -> Option<i64> {
    let store = &club.app.store;
    let zone = store.read(|tx| access_point::get(tx, door)).unwrap().unwrap().content.zone;
    let (inside, _) = store.read(|tx| inside_now(tx, zone, bonafide::clock::now_us(), None, 10)).unwrap();
    inside.first().map(|one| one.since_us)
}

#[test]
fn d12_a_report_that_waited_for_the_network_counts_from_its_own_moment() {
    let club = Club::new();
    let house = house(&club);
    anna(&club, &house);
    let (_, door) = adapter(&club, &house);
    let admitted = door.post(DECISIONS, &ask(&operation(), "entry", CARD)).body;
    let at_us = bonafide::clock::now_us() - 40 * SECOND_US;
    let said = operation();
    let report = |at: Value| json!({ "operation": said, "grant": admitted["passage"], "direction": "entry", "at": at });
    let text = jiff::Timestamp::from_microsecond(at_us).unwrap().to_string();
    for (at, repeated) in [(json!(text), false), (json!(at_us), true), (json!(text), true)] {
        let reply = door.post(PASSAGES, &report(at).to_string());
        let told = (&reply.body["end"], &reply.body["repeated"]);
        assert_eq!(told, (&json!("passed"), &json!(repeated)), "{}", reply.body);
    }
    assert_eq!(inside_since(&club, house.door), Some(at_us));
    let day_us = 24 * 3_600 * SECOND_US;
    for (at, key) in [
        (json!(at_us - day_us), "too_old"),
        (json!(at_us + day_us), "too_early"),
        (json!("2027-01-31 18:05"), "bad_value"),
        (json!([1]), "bad_json"),
    ] {
        let reply = door.post(PASSAGES, &report(at.clone()).to_string());
        assert_eq!((reply.status, reply.body["key"].as_str()), (422, Some(key)), "{at}: {}", reply.body);
    }
}

#[test]
fn a_door_may_name_its_request_by_the_header() {
    let club = Club::new();
    let house = house(&club);
    let (_, door) = adapter(&club, &house);
    let named = |key: &str| Simulator {
        address: door.address,
        // One line of the head follows the other.
        authorization: format!("{}\r\nIdempotency-Key: {key}", door.authorization),
    };
    let body = json!({ "direction": "entry", "presented": [{ "card_hex": CARD }] });
    let nameless = door.post(DECISIONS, &body.to_string());
    assert_eq!((nameless.status, &nameless.body["key"]), (400, &json!("no_idempotency_key")));
    let key = operation();
    let first = named(&key).post(DECISIONS, &body.to_string());
    let again = named(&key).post(DECISIONS, &ask(&key, "entry", CARD));
    assert_eq!((first.status, &first.body["passage"]), (200, &again.body["passage"]), "{}", again.body);
    assert_eq!(again.body["repeated"], json!(true));
    for (key, told) in [("seven", "bad_value"), (operation().as_str(), "two_operations")] {
        let refused = named(key).post(DECISIONS, &ask(&operation(), "entry", CARD));
        assert_eq!((refused.status, refused.body["key"].as_str()), (422, Some(told)), "{}", refused.body);
    }
}
