//! The API as a whole: its document, its page, its problems, and what is done once under one key.

use std::collections::BTreeSet;

use axum::body::Body;
use bonafide::api::problems;
use bonafide::server::routes;
use bonafide_store::organisation::branch;
use bonafide_store::staff::{self, Employee, Role, SignInName};
use serde_json::{Value, json};

use super::api::{Simulator, ask, operation};
use super::club::{Answer, By, Club, PASSWORD, acting, title};
use super::desk::house;

const MANAGER: By = By::Staff(Role::Manager);

/// Sends JSON as a program does that is signed in.
fn send(club: &Club, by: By, path: &str, key: Option<&str>, body: &str) -> Answer {
    let request = club.request(by, "POST", path).header("x-csrf-token", club.csrf(by));
    let request = request.header("content-type", "application/json");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    club.ask(request.body(Body::from(body.to_owned())).unwrap())
}

fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let told = answer.json();
    let key = told["key"].as_str().unwrap().to_owned();
    assert!(problems::ALL.iter().any(|kind| kind.key == key), "{key} is described");
    assert_eq!(told["type"], format!("/api#problem-{key}"));
    assert_eq!(told["status"], answer.status.as_u16());
    assert_eq!(told["request_id"].as_str().unwrap(), answer.header("x-request-id"));
    (answer.status.as_u16(), key)
}

#[test]
fn t01_t02_a_device_is_registered_once_under_one_key() {
    let club = Club::new();
    let door = house(&club).door;
    let register = |key: Option<&str>, name: &str| {
        let body = json!({ "name": name, "kind": "kiosk", "access_point": door }).to_string();
        send(&club, MANAGER, "/api/v1/devices", key, &body)
    };
    assert_eq!(problem(&register(None, "Kiosk")), (400, "no_idempotency_key".to_owned()));
    assert_eq!(problem(&register(Some(&"k".repeat(201)), "Kiosk")).0, 400);
    let first = register(Some("k1"), "Kiosk");
    assert_eq!(first.status, 201, "{}", first.text());
    let again = register(Some("k1"), "Kiosk");
    assert_eq!((again.status, again.text()), (first.status, first.text()), "the answer of then");
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(problem(&register(Some("k1"), "Another")), (422, "other_request".to_owned()));
    assert_ne!(register(Some("k2"), "Kiosk").json()["id"], first.json()["id"]);
    assert_eq!(problem(&register(Some("k3"), "")), (422, "bad_value".to_owned()));
    assert_eq!(register(Some("k3"), "Kiosk").status, 201, "a refusal keeps no key");
    let owner = send(&club, By::Staff(Role::Owner), "/api/v1/devices", Some("k1"), "{");
    assert_eq!(problem(&owner), (400, "bad_json".to_owned()), "the key of another is another key");
}

#[test]
fn t03_of_many_requests_with_one_key_at_once_one_is_done() {
    let club = Club::new();
    let house = house(&club);
    let body = json!({ "name": "Adapter", "kind": "door_adapter", "access_point": house.door }).to_string();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let send = || send(&club, MANAGER, "/api/v1/devices", Some("one"), &body).json();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "one answer: {answers:?}");
    let listed = club.get(MANAGER, &format!("/api/v1/devices?branch={}", house.branch)).json();
    assert_eq!(listed["devices"].as_array().unwrap().len(), 1, "and one device: {listed}");
}

#[test]
fn a_device_is_registered_asks_and_is_revoked() {
    let club = Club::new();
    let house = house(&club);
    let list = format!("/api/v1/devices?branch={}", house.branch);
    let new = json!({ "name": "Turnstile", "kind": "door_adapter", "access_point": house.door }).to_string();
    let added = send(&club, MANAGER, "/api/v1/devices", Some("a"), &new).json();
    let token = added["token"].as_str().unwrap();
    let door = Simulator { address: club.listen(), authorization: format!("Bearer {token}") };
    let asked = door.post("/api/v1/door/decisions", &ask(&operation(), "entry", "04A23B1C"));
    assert_eq!((asked.status, &asked.body["reason"]), (200, &json!("unknown")), "{}", asked.body);

    let listed = club.get(MANAGER, &list).json();
    assert_eq!(listed["devices"][0]["name"], "Turnstile");
    assert!(listed["devices"][0]["seen_us"].is_i64() && !listed.to_string().contains(token), "{listed}");

    let path = format!("/api/v1/devices/{}/revocations", added["id"].as_str().unwrap());
    for (key, status, already) in [("r1", 201, false), ("r1", 201, false), ("r2", 200, true)] {
        let revoked = send(&club, MANAGER, &path, Some(key), "");
        let told = (revoked.status.as_u16(), revoked.json()["already"].clone());
        assert_eq!(told, (status, json!(already)), "{key}: {}", revoked.text());
    }
    let dead = door.post("/api/v1/door/decisions", &ask(&operation(), "entry", "04A23B1C"));
    assert_eq!((dead.status, &dead.body["key"]), (401, &json!("not_signed_in")));
    assert_eq!(club.get(MANAGER, &list).json()["devices"], json!([]));
    assert!(club.get(MANAGER, &format!("{list}&revoked=true")).json()["devices"][0]["revoked_us"].is_i64());
    let gone = send(&club, MANAGER, &format!("/api/v1/devices/{}/revocations", operation()), Some("r3"), "");
    assert_eq!(problem(&gone), (404, "not_found".to_owned()));
}

#[test]
fn a_sigur_server_is_set_up_by_the_api_alone() {
    let club = Club::new();
    let house = house(&club);
    let new = json!({ "name": "SIGUR", "kind": "sigur_server", "branch": house.branch, "login": "sigur" });
    let added = send(&club, MANAGER, "/api/v1/devices", Some("a"), &new.to_string());
    assert_eq!(added.status, 201, "{}", added.text());
    let path = format!("/api/v1/devices/{}/sigur-points", added.json()["id"].as_str().unwrap());
    let point =
        json!({ "number": 3, "access_point": house.door, "entry_direction": 2, "byte_order": "reversed" });
    let set = send(&club, MANAGER, &path, Some("p"), &point.to_string());
    assert_eq!((set.status.as_u16(), set.json()), (200, point.clone()), "{}", set.text());

    use base64::Engine as _;
    let shown = format!("sigur:{}", added.json()["token"].as_str().unwrap());
    let shown = base64::engine::general_purpose::STANDARD.encode(shown);
    let sigur = Simulator { address: club.listen(), authorization: format!("Basic {shown}") };
    let out = sigur.post("/sigur/getaccess", r#"{"keyHex":"9F4A0013","accessPoint":3,"direction":1}"#);
    assert_eq!(out.body, json!({ "allow": true, "message": "Goodbye" }), "direction 1 leads out");
    let unset = sigur.post("/sigur/getaccess", r#"{"keyHex":"9F4A0013","accessPoint":4,"direction":1}"#);
    assert_eq!(unset.body, json!({ "allow": false, "message": "This door is not set up" }));
    for (name, value, key) in [
        ("entry_direction", json!(3), "bad_value"),
        ("byte_order", json!("sideways"), "bad_json"),
        ("access_point", json!(operation()), "no_access_point"),
        ("access_point", json!("x"), "bad_value"),
    ] {
        let mut body = point.clone();
        body[name] = value;
        let refused = send(&club, MANAGER, &path, Some("q"), &body.to_string());
        assert_eq!(problem(&refused), (422, key.to_owned()), "{body}");
    }
}

#[test]
fn s03_a_manager_of_one_branch_has_no_devices_of_another() {
    let club = Club::new();
    let house = house(&club);
    let other = club.app.store.read(|tx| branch::get(tx, house.branch)).unwrap().unwrap().content;
    let other = branch::Branch { name: title("Elsewhere"), ..other };
    let other = club.done(move |work| Ok(Ok::<_, ()>(branch::add(work, &acting(), &other)?)));
    let device = json!({ "name": "Kiosk", "kind": "kiosk", "access_point": house.door }).to_string();
    let added = send(&club, By::Staff(Role::Owner), "/api/v1/devices", Some("a"), &device).json();
    // From now on the manager works elsewhere only.
    let manager = club.app.store.read(|tx| staff::list(tx, false)).unwrap();
    let manager = manager.into_iter().find(|one| one.content.role == Role::Manager).unwrap();
    let moved = Employee { branch: Some(other), ..manager.content };
    assert_eq!(moved.sign_in, SignInName::parse("manager").unwrap());
    assert!(!PASSWORD.is_empty());
    club.done(move |work| staff::change(work, &acting(), manager.id, &moved));
    let revocations = format!("/api/v1/devices/{}/revocations", added["id"].as_str().unwrap());
    for answer in [
        send(&club, MANAGER, "/api/v1/devices", Some("b"), &device),
        send(&club, MANAGER, &revocations, Some("c"), ""),
        club.get(MANAGER, &format!("/api/v1/devices?branch={}", house.branch)),
    ] {
        assert_eq!(problem(&answer), (403, "forbidden".to_owned()));
    }
    assert_eq!(club.get(MANAGER, &format!("/api/v1/devices?branch={other}")).status, 200);
}

/// The routes of the server for programs: method and path.
fn routes_for_programs() -> BTreeSet<(String, String)> {
    let all = routes::all();
    let there =
        all.iter().filter(|route| ["/api/", "/sigur/"].iter().any(|start| route.path.starts_with(start)));
    there.map(|route| (route.method.to_string(), route.path.to_owned())).collect()
}

#[test]
fn every_write_of_a_program_that_is_signed_in_needs_a_key_and_the_token_of_the_session() {
    let club = Club::new();
    let mut writes = 0;
    for route in routes::all() {
        let of_staff = matches!(route.access, routes::Access::Staff(_));
        if route.method != "POST" || !route.path.starts_with("/api/") || !of_staff {
            continue;
        }
        writes += 1;
        let path = route.path.replace("{id}", &operation());
        let keyless = send(&club, MANAGER, &path, None, "{}");
        assert_eq!(problem(&keyless), (400, "no_idempotency_key".to_owned()), "{path}");
        let request = club.request(MANAGER, "POST", &path).header("idempotency-key", "k");
        let bare = club.ask(request.body(Body::from("{}")).unwrap());
        assert_eq!(problem(&bare), (403, "cross_site".to_owned()), "{path}");
        let large = send(&club, MANAGER, &path, Some("k"), &"x".repeat(70_000));
        assert_eq!(problem(&large), (413, "too_large".to_owned()), "{path}");
    }
    assert!(writes >= 3);
}

#[test]
fn w20_every_trouble_of_the_api_is_a_problem_of_rfc_9457() {
    let club = Club::new();
    for (method, path, status, key) in [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/devices", 405, "method_not_allowed"),
        ("GET", "/api/v1/door/decisions", 405, "method_not_allowed"),
        ("POST", "/api/v1/door/decisions", 403, "forbidden"),
        ("POST", "/sigur/getaccess", 403, "forbidden"),
        ("GET", "/api/v1/devices", 422, "bad_value"),
        ("GET", "/api/v1/devices?branch=7", 422, "bad_value"),
        ("GET", "/api/v1/devices?branch=7&page=1", 422, "bad_value"),
    ] {
        // A browser's own headers change nothing: the path is one for programs.
        let request = club.request(MANAGER, method, path).header("hx-request", "true");
        let answer = club.ask(request.body(Body::empty()).unwrap());
        assert_eq!(problem(&answer), (status, key.to_owned()), "{method} {path}");
    }
    for path in ["/api/v1/devices", "/api/v1/openapi.json"] {
        assert_eq!(problem(&club.get(By::Nobody, path)), (401, "not_signed_in".to_owned()), "{path}");
    }
    let request = club.request(By::Nobody, "GET", "/api/v1/nothing").header("accept-language", "ru");
    let russian = club.ask(request.body(Body::empty()).unwrap());
    assert_eq!(russian.json()["title"], "Здесь ничего нет");
}

#[test]
fn the_document_of_the_api_has_exactly_its_routes() {
    let club = Club::new();
    let document = club.get(By::Staff(Role::Cashier), "/api/v1/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let mut told = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            told.insert((method.to_uppercase(), path.clone()));
            assert_ne!(operation["summary"], Value::Null, "{path} says what it does");
            let answers = operation["responses"].as_object().unwrap();
            for (status, answer) in answers {
                let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                let expected = if status.as_str() >= "400" {
                    json!("#/components/schemas/Problem")
                } else {
                    Value::Null
                };
                assert_eq!(*problem, expected, "{path} {status}");
            }
            assert!(answers.contains_key("401") && answers.contains_key("500"), "{path}");
            let named = |name: &str| operation["parameters"].to_string().contains(name);
            let of_session = operation["security"][0].get("session").is_some();
            let is_once = of_session && method == "post";
            assert_eq!(
                (named("Idempotency-Key"), named("X-Csrf-Token")),
                (is_once || named("UUID, when"), is_once)
            );
        }
    }
    assert_eq!(told, routes_for_programs());
    references_lead_somewhere(&document, &document);
}

fn references_lead_somewhere(part: &Value, document: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let place = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|value| references_lead_somewhere(value, document));
        }
        Value::Array(all) => all.iter().for_each(|value| references_lead_somewhere(value, document)),
        _ => {}
    }
}

#[test]
fn the_page_of_the_api_shows_each_operation_in_the_readers_language() {
    let club = Club::new();
    let by = By::Staff(Role::Cashier);
    let page = club.get(by, "/api");
    assert_eq!(page.status, 200, "{}", page.text());
    let titles: BTreeSet<String> = page.words(".operation h2").into_iter().collect();
    let expected: BTreeSet<String> =
        routes_for_programs().into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(titles, expected);
    let examples = page.words(".operation pre");
    assert_eq!(examples.len(), titles.len());
    let decision = examples.iter().find(|one| one.contains("/door/decisions")).unwrap();
    let body = decision.split("-d '").nth(1).unwrap().trim_end_matches('\'');
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["direction"], "entry", "{body}");
    assert_eq!(body["presented"], json!([{ "card_hex": "04A23B1C" }]), "{body}");
    let text = page.text();
    for anchor in page.words("a[href^='#']") {
        assert!(!anchor.is_empty());
    }
    for link in text.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(text.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
    }
    for kind in problems::ALL {
        assert!(text.contains(&format!("id=\"problem-{}\"", kind.key)), "{}", kind.key);
    }
    assert!(page.words("h3").contains(&"Answers".to_owned()));
    assert!(
        page.words("td").iter().any(|words| words.contains("one to four things")),
        "the words of the types"
    );
}
