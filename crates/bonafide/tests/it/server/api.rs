//! The API of devices over a real socket: the generic door adapter, and a SIGUR server that repeats itself and leaves things out.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_domain::card::ByteOrder;
use bonafide_store::devices::sigur::{Login, Point, set_point};
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::id::Id;
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::passing::End;
use serde_json::{Value, json};

use super::club::{Club, acting, title};
use super::desk::{House, give_card, house, member, sell_a_month};

/// A device that speaks over a socket of its own for each request, as simple controllers do.
pub(crate) struct Simulator {
    pub(crate) address: SocketAddr,
    pub(crate) authorization: String,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) head: String,
}

impl Simulator {
    pub(crate) fn post(&self, path: &str, body: &str) -> Reply {
        self.post_bytes(path, "application/json", body.as_bytes())
    }

    /// Sends something else than JSON: a picture.
    pub(crate) fn post_bytes(&self, path: &str, kind: &str, body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let (length, authorization) = (body.len(), &self.authorization);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: club\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        Reply { status, body, head: head.to_lowercase() }
    }

    /// The request is sent and the line breaks before the answer comes.
    pub(crate) fn post_and_lose_the_answer(&self, path: &str, body: &str) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let (length, authorization) = (body.len(), &self.authorization);
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: club\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        // The first byte of the answer says that it was done.
        stream.read_exact(&mut [0]).unwrap();
    }
}

pub(crate) fn register(club: &Club, role: Role) -> (Id, String) {
    let new = NewDevice { name: title("Adapter"), role };
    let registered = club.done(move |work| devices::register(work, &acting(), &new));
    (registered.device, registered.token.expose().to_string())
}

pub(crate) fn adapter(club: &Club, house: &House) -> (Id, Simulator) {
    let (device, token) = register(club, Role::DoorAdapter { access_point: house.door });
    (device, Simulator { address: club.listen(), authorization: format!("Bearer {token}") })
}

pub(crate) fn ask(operation: &str, direction: &str, card: &str) -> String {
    json!({ "operation": operation, "direction": direction, "presented": [{ "card_hex": card }] }).to_string()
}

pub(crate) fn operation() -> String {
    Id::new(bonafide::clock::now_us()).unwrap().to_string()
}

pub(crate) const DECISIONS: &str = "/api/v1/door/decisions";

#[test]
fn a_door_adapter_asks_opens_once_and_reports_the_passage() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    let (_, door) = adapter(&club, &house);
    let refused = door.post(DECISIONS, &ask(&operation(), "entry", "04A23B1C"));
    assert_eq!((refused.status, &refused.body["open"]), (200, &json!(false)), "{}", refused.body);
    assert_eq!(refused.body["reason"], "no_membership");
    assert_eq!(refused.body["words"], "Please ask at the desk", "the screen at the door is discreet");

    sell_a_month(&club, &house, &anna);
    let first = operation();
    door.post_and_lose_the_answer(DECISIONS, &ask(&first, "entry", "04A23B1C"));
    let again = door.post(DECISIONS, &ask(&first, "entry", "04A23B1C"));
    assert_eq!(again.body["outcome"], "admitted", "{}", again.body);
    assert_eq!((&again.body["open"], &again.body["repeated"]), (&json!(true), &json!(true)));
    let grant = again.body["passage"].as_str().unwrap();
    let report = json!({ "operation": operation(), "grant": grant, "direction": "entry" }).to_string();
    for repeated in [false, true] {
        let passed = door.post("/api/v1/door/passages", &report);
        assert_eq!((&passed.body["end"], &passed.body["repeated"]), (&json!("passed"), &json!(repeated)));
    }
    let other = door.post(DECISIONS, &ask(&first, "entry", "00000001"));
    assert_eq!((other.status, &other.body["key"]), (409, &json!("other_request")), "{}", other.body);
}

#[test]
fn d19_leaving_is_open_for_everybody_also_for_what_nobody_can_read() {
    let club = Club::new();
    let house = house(&club);
    let (_, door) = adapter(&club, &house);
    for card in ["04A23B1C", "no card at all"] {
        let left = door.post(DECISIONS, &ask(&operation(), "exit", card));
        assert_eq!((left.status, &left.body["open"]), (200, &json!(true)), "{}", left.body);
    }
    let nothing = json!({ "operation": operation(), "direction": "exit", "presented": [] }).to_string();
    assert_eq!(door.post(DECISIONS, &nothing).body["open"], json!(true));
}

#[test]
fn s01_a_revoked_device_and_a_made_up_key_open_nothing() {
    let club = Club::new();
    let house = house(&club);
    let (device, door) = adapter(&club, &house);
    assert_eq!(door.post(DECISIONS, &ask(&operation(), "entry", "04A23B1C")).status, 200);
    club.done(move |work| devices::revoke(work, &acting(), device));
    let dead = door.post(DECISIONS, &ask(&operation(), "entry", "04A23B1C"));
    assert_eq!((dead.status, &dead.body["key"]), (401, &json!("not_signed_in")), "{}", dead.body);
    for authorization in ["Bearer bfd_AAAA", "Bearer", "Basic !!!", "Digest x"] {
        let made_up = Simulator { authorization: authorization.to_owned(), ..door };
        assert_eq!(made_up.post(DECISIONS, "{}").status, 401, "{authorization}");
    }
}

#[test]
fn w20_what_is_no_request_is_refused_with_its_reason() {
    let club = Club::new();
    let house = house(&club);
    let (_, door) = adapter(&club, &house);
    let good = operation();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (body, status, key) in [
        ("{", 400, "bad_json"),
        (deep.as_str(), 422, "bad_json"),
        ("{}", 422, "bad_json"),
        (&ask("17", "entry", "04A23B1C"), 422, "bad_value"),
        (&ask(&good, "sideways", "04A23B1C"), 422, "bad_json"),
        (&ask(&good, "entry", "zz"), 422, "bad_value"),
        (&ask(&good, "entry", "04A23B1C").replace("direction", "dir"), 422, "bad_json"),
        (&format!(r#"{{"operation":"{good}","operation":"{good}"}}"#), 422, "bad_json"),
        (&json!({ "operation": good, "direction": "entry", "presented": [] }).to_string(), 422, "bad_value"),
        (&"x".repeat(70_000), 413, "too_large"),
    ] {
        let reply = door.post(DECISIONS, body);
        let told = (reply.status, reply.body["key"].as_str().unwrap().to_owned());
        assert_eq!(told, (status, key.to_owned()), "{}", &body[..body.len().min(80)]);
        assert!(reply.head.contains("application/problem+json"), "{}", reply.head);
    }
}

#[test]
fn d02_of_one_code_at_two_doors_and_many_asks_at_once_exactly_one_grant_counts() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    sell_a_month(&club, &house, &anna);
    let (_, door) = adapter(&club, &house);
    let request = ask(&operation(), "entry", "04A23B1C");
    let replies: Vec<Value> = std::thread::scope(|scope| {
        let asks: Vec<_> = (0..8).map(|_| scope.spawn(|| door.post(DECISIONS, &request).body)).collect();
        asks.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    let passages: std::collections::BTreeSet<_> =
        replies.iter().map(|reply| reply["passage"].as_str().unwrap()).collect();
    assert_eq!(passages.len(), 1, "one request is one decision: {replies:?}");
    assert_eq!(replies.iter().filter(|reply| reply["repeated"] == json!(false)).count(), 1);
}

#[test]
fn a_sigur_server_delegates_and_delivers_with_resends_and_missing_fields() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "9F4A0013");
    sell_a_month(&club, &house, &anna);
    let login = Login::parse("sigur").unwrap();
    let (server, password) = register(&club, Role::SigurServer { branch: house.branch, login });
    let point = Point { access_point: house.door, one_is_entry: true, byte_order: ByteOrder::AsOnCard };
    club.done(move |work| set_point(work, &acting(), server, 3, Some(&point)));
    let authorization = format!("Basic {}", STANDARD.encode(format!("sigur:{password}")));
    let sigur = Simulator { address: club.listen(), authorization };

    let bare = Simulator { address: sigur.address, authorization: "Basic x".to_owned() };
    let unknown = bare.post("/sigur/getaccess", "{}");
    assert!(unknown.status == 401 && unknown.head.contains("www-authenticate: basic"), "{}", unknown.head);

    let allow = |body: &str| sigur.post("/sigur/getaccess", body).body["allow"].clone();
    assert_eq!(allow(r#"{"keyHex":"9F4A0013","accessPoint":3,"direction":1,"type":"NORMAL"}"#), json!(true));
    assert_eq!(allow(r#"{"keyHex":"00000001","accessPoint":3,"direction":1}"#), json!(false));
    assert_eq!(allow(r#"{"keyHex":"9F4A0013","accessPoint":9,"direction":1}"#), json!(false));
    assert_eq!(allow(r#"{"keyHex":"00000001","accessPoint":"3","direction":"2"}"#), json!(true), "out");
    assert_eq!(allow(r#"{"accessPoint":3}"#), json!(false));

    let now_s = bonafide::clock::now_us() / 1_000_000;
    let entry = json!({ "logId": 79154, "time": now_s, "empId": "000004627", "internalEmpId": 12,
        "accessPoint": 3, "direction": 1, "keyHex": "9F4A0013" });
    let strange = json!({ "logId": 79150, "direction": 3, "newField": { "a": [1] } });
    let batch = json!({ "logs": [entry, strange] }).to_string();
    sigur.post_and_lose_the_answer("/sigur/events", &batch);
    for body in [&batch, &batch, &json!({ "logs": [] }).to_string()] {
        let reply = sigur.post("/sigur/events", body);
        assert_eq!((reply.status, &reply.body["confirmedLogId"]), (200, &json!(79154)), "{}", reply.body);
    }
    let (items, _) = club.app.store.read(|tx| feed(tx, house.branch, None, 50)).unwrap();
    let passed = items.iter().filter(|item| item.end == Some(End::Passed)).count();
    assert_eq!(passed, 1, "resends make one passage of the grant: {items:?}");
}
