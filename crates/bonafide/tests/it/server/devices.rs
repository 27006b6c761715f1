//! Devices by pages: a key is shown once, opens what it was made for, and nothing after it was revoked.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::club::{Answer, Club};
use super::set_up::{OWNER, door, fill, operation, set_up};

/// A club with a door and a till, and how a device is bound to each and to the branch.
fn club() -> (Club, [String; 3]) {
    let club = Club::new();
    let (branch, zone) = set_up(&club, "Harbour");
    assert_eq!(
        fill(&club, "/set-up/doors", &door(&zone, "Gate", &["card_number"])).status,
        StatusCode::SEE_OTHER
    );
    let till = fill(&club, "/set-up/tills", &[("branch", &branch), ("name", "Bar")]);
    assert_eq!((till.status, till.header("location")), (StatusCode::SEE_OTHER, "/set-up/tills"));
    let form = club.get(OWNER, "/set-up/devices/new");
    let bound = |kind: &str| form.attribute(&format!("option[value^='{kind}/']"), "value").unwrap();
    let bounds = [bound("door"), bound("till"), bound("branch")];
    (club, bounds)
}

fn device<'a>(name: &'a str, kind: &'a str, bound: &'a str, login: &'a str) -> [(&'a str, &'a str); 4] {
    [("name", name), ("kind", kind), ("bound", bound), ("login", login)]
}

/// What the door's interface answers to a key.
fn status_with(club: &Club, key: &str) -> StatusCode {
    let request = Request::builder().method("POST").uri("/api/v1/door/decisions").header("host", "club.test");
    let request = request.header("authorization", format!("Bearer {key}"));
    club.ask(request.header("content-type", "application/json").body(Body::from("{}")).unwrap()).status
}

fn states(list: &Answer) -> Vec<String> {
    list.words(".needs .state")
}

#[test]
fn a_key_is_shown_once_opens_its_door_and_nothing_once_revoked() {
    let (club, [gate, ..]) = club();
    let once = operation();
    let mut fields = device("Left", "door_adapter", &gate, "").to_vec();
    fields.push(("operation", &once));
    let shown = club.post(OWNER, "/set-up/devices", &fields);
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    assert_eq!(shown.header("cache-control"), "no-store");
    let key = shown.attribute("#key", "value").unwrap();
    assert!(key.starts_with("bfd_"));
    assert_ne!(status_with(&club, &key), StatusCode::UNAUTHORIZED, "the key is known");
    assert_eq!(status_with(&club, "bfd_unknown"), StatusCode::UNAUTHORIZED);

    // Pressed again, loaded again: one device, and no key any more.
    let again = club.post(OWNER, "/set-up/devices", &fields);
    assert_eq!((again.status, again.header("location")), (StatusCode::SEE_OTHER, "/set-up/devices"));
    let list = club.get(OWNER, "/set-up/devices");
    assert_eq!(states(&list).len(), 1);
    assert!(!list.text().contains(&key) && !again.text().contains(&key));

    let revocations = list.attribute(".needs form", "action").unwrap();
    assert_eq!(fill(&club, &revocations, &[]).status, StatusCode::SEE_OTHER);
    assert_eq!(status_with(&club, &key), StatusCode::UNAUTHORIZED);
    let list = club.get(OWNER, "/set-up/devices");
    assert!(states(&list)[0].contains("revoked"), "{:?}", states(&list));
    assert_eq!(list.attribute(".needs form", "action"), None, "there is nothing more to take away");
}

#[test]
fn a_device_belongs_to_what_its_kind_belongs_to() {
    let (club, [gate, till, branch]) = club();
    for (kind, fits, login) in [
        ("door_adapter", [true, false, false], ""),
        ("kiosk", [true, false, false], ""),
        ("desk_reader", [true, false, false], ""),
        ("till", [false, true, false], ""),
        ("sigur_server", [false, false, true], "sigur"),
    ] {
        for (bound, fits) in [&gate, &till, &branch].into_iter().zip(fits) {
            let answer = fill(&club, "/set-up/devices", &device("One", kind, bound, login));
            assert_eq!(answer.words("#bad-bound").is_empty(), fits, "{kind} {bound}: {}", answer.text());
            assert_eq!(answer.attribute("#key", "value").is_some(), fits, "{kind} {bound}");
        }
    }
    let sigur = |login| fill(&club, "/set-up/devices", &device("One", "sigur_server", &branch, login));
    assert_eq!(sigur("two words").words("#bad-login").len(), 1);
    assert_eq!(sigur("club").words("input[readonly]").len(), 2, "user and key");
    let unknown = fill(&club, "/set-up/devices", &device("One", "kiosk", "door/nothing", ""));
    assert_eq!(unknown.words("#bad-bound").len(), 1);
}
