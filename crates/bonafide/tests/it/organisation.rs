//! `bonafide organisation` as a person runs it.

use std::path::Path;

use serde_json::Value;

use crate::book::{answer, on_book};
use crate::faces::{error_key, json};

/// A branch in roubles with a zone of each kind that the tests need; `plans` and `memberships` begin with it too.
pub(crate) fn arbat(dir: &Path) {
    let book = |args: &[&str]| answer(dir, args);
    book(&["init"]);
    book(&[
        "organisation",
        "branches",
        "add",
        "Arbat",
        "--time-zone",
        "Europe/Moscow",
        "--currency",
        "RUB",
        "--jurisdiction",
        "russia",
        "--language",
        "ru",
        "--hours",
        "mon-fri 07:00-23:00",
    ]);
    for (name, kind) in
        [("Gym", "gym"), ("Pool", "pool"), ("Changing room", "changing-room"), ("Safe", "safe")]
    {
        book(&["organisation", "zones", "add", name, "--kind", kind]);
    }
}

/// A second branch, in euro, with a gym of the same name.
pub(crate) fn mitte(dir: &Path) {
    let book = |args: &[&str]| answer(dir, args);
    book(&["organisation", "branches", "add", "Mitte", "--time-zone", "europe/berlin", "--currency", "eur"]);
    book(&["organisation", "zones", "add", "Gym", "--branch", "Mitte", "--kind", "gym", "--capacity", "30"]);
}

fn refused(dir: &Path, args: &[&str]) -> (String, String) {
    let output = on_book(dir, args);
    (error_key(&output), json(&output)["error"]["message"].as_str().unwrap().to_owned())
}

fn names<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list[key].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn branches_are_added_changed_closed_and_reopened() {
    let dir = tempfile::tempdir().unwrap();
    arbat(dir.path());
    mitte(dir.path());
    let branches = |args: &[&str]| answer(dir.path(), &[&["organisation", "branches"], args].concat());
    let list = branches(&["list"]);
    assert_eq!(names(&list, "branches"), ["Arbat", "Mitte"]);
    let [arbat, mitte] = [&list["branches"][0], &list["branches"][1]];
    assert_eq!(
        (&arbat["time_zone"], &arbat["hours"][0]),
        (&"Europe/Moscow".into(), &"mon-fri 07:00-23:00".into())
    );
    assert_eq!((&arbat["jurisdiction"], &arbat["language"]), (&"russia".into(), &"ru".into()));
    assert_eq!((&mitte["time_zone"], &mitte["currency"]), (&"Europe/Berlin".into(), &"EUR".into()));
    assert_eq!((&mitte["jurisdiction"], &mitte["hours"][0]), (&"other".into(), &"always".into()));

    let changed =
        branches(&["change", "Arbat", "--name", "Old Arbat", "--jurisdiction", "european-union:14"]);
    assert_eq!(
        (&changed["done"], &changed["jurisdiction"]),
        (&"changed".into(), &"european_union:14".into())
    );
    assert_eq!(changed["hours"], arbat["hours"], "what is not named stays");
    let by_id = changed["id"].as_str().unwrap();
    let same = ["organisation", "branches", "change", by_id, "--name", "Old Arbat"];
    assert_eq!(refused(dir.path(), &same).0, "nothing_to_change");

    assert_eq!(branches(&["close", "Mitte"])["done"], "closed");
    let closed = branches(&["list", "--closed"])["branches"][1]["closed_us"].clone();
    assert_eq!(branches(&["close", "Mitte"])["done"], "unchanged");
    assert_eq!(branches(&["list", "--closed"])["branches"][1]["closed_us"], closed, "since the first time");
    assert_eq!(names(&branches(&["list"]), "branches"), ["Old Arbat"]);
    assert_eq!(branches(&["reopen", "Mitte"])["done"], "reopened");
    assert_eq!(names(&branches(&["list"]), "branches").len(), 2);
}

#[test]
fn what_is_typed_wrong_is_refused_with_a_way_out_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    arbat(dir.path());
    let add = ["organisation", "branches", "add", "X", "--time-zone", "UTC", "--currency", "EUR"];
    let cases: [(&[&str], &str, &str); 6] = [
        (
            &["organisation", "branches", "add", "X", "--time-zone", "Moscow", "--currency", "EUR"],
            "bad_value",
            "Europe/",
        ),
        (
            &["organisation", "branches", "add", "X", "--time-zone", "UTC", "--currency", "euros"],
            "bad_value",
            "RUB",
        ),
        (
            &["organisation", "branches", "add", " ", "--time-zone", "UTC", "--currency", "EUR"],
            "bad_value",
            "empty",
        ),
        (&[&add[..], &["--jurisdiction", "mars"]].concat(), "bad_value", "illinois"),
        (&[&add[..], &["--jurisdiction", "european-union:12"]].concat(), "bad_value", ":16"),
        (&[&add[..], &["--hours", "mon 9-12"]].concat(), "bad_hours", "mon-fri 09:00-16:00"),
    ];
    for (args, key, way_out) in cases {
        let (found, words) = refused(dir.path(), args);
        assert!(found == key && words.contains(way_out), "{args:?}: {found} {words}");
    }
    assert_eq!(refused(dir.path(), &["organisation", "branches", "close", "Mitte"]).0, "no_branch");
    let list = answer(dir.path(), &["organisation", "branches", "list", "--closed"]);
    assert_eq!(names(&list, "branches"), ["Arbat"]);
}

#[test]
fn a_name_that_several_have_is_refused_with_the_candidates() {
    let dir = tempfile::tempdir().unwrap();
    arbat(dir.path());
    mitte(dir.path());
    let zones = |args: &[&str]| answer(dir.path(), &[&["organisation", "zones"], args].concat());
    let (key, words) = refused(dir.path(), &["organisation", "zones", "change", "Gym", "--capacity", "20"]);
    assert!(key == "ambiguous" && words.contains("Arbat/Gym") && words.contains("Mitte/Gym"), "{words}");
    let changed = zones(&["change", "Mitte/Gym", "--capacity", "unlimited"]);
    assert_eq!((&changed["branch"], &changed["capacity"]), (&"Mitte".into(), &Value::Null));
    let id = changed["id"].as_str().unwrap();
    assert!(words.contains(id));
    assert_eq!(zones(&["change", id, "--capacity", "25"])["capacity"], 25);
    for text in ["gym", "Berlin/Gym", "Mitte/", "Mitte"] {
        assert_eq!(refused(dir.path(), &["organisation", "zones", "close", text]).0, "no_zone", "{text}");
    }
    let unclear = refused(dir.path(), &["organisation", "zones", "add", "Hall", "--kind", "hall"]);
    assert!(unclear.0 == "ambiguous" && unclear.1.contains("--branch"));
    // What is closed is meant only where nothing open is called so.
    assert_eq!(zones(&["close", "Mitte/Gym"])["done"], "closed");
    assert_eq!(zones(&["change", "Gym", "--capacity", "99"])["branch"], "Arbat");
    assert_eq!(zones(&["reopen", "Mitte/Gym"])["done"], "reopened");
    assert_eq!(names(&zones(&["list", "--branch", "Mitte"]), "zones"), ["Gym"]);
}

#[test]
fn b23_d07_an_access_point_has_methods_that_suit_its_zone() {
    let dir = tempfile::tempdir().unwrap();
    arbat(dir.path());
    let points = |args: &[&str]| answer(dir.path(), &[&["organisation", "access-points"], args].concat());
    let added =
        points(&["add", "Turnstile 1", "--zone", "Gym", "--method", "card-number", "--method", "face"]);
    assert_eq!((&added["direction"], &added["when_unwritable"]), (&"both".into(), &"deny".into()));
    assert_eq!(added["methods"], serde_json::json!(["card_number", "face"]));

    let add = ["organisation", "access-points", "add", "Door", "--zone"];
    for (zone, methods, way_out) in [
        ("Gym", &["--method", "face"][..], "card-proof"),
        ("Safe", &["--method", "card-number"], "counts for nothing"),
        ("Changing room", &["--method", "card-number", "--method", "face"], "face counts for nothing"),
        ("Gym", &["--method", "pin"], "nobody could show enough"),
    ] {
        let (key, words) = refused(dir.path(), &[&add[..], &[zone], methods].concat());
        assert!(key == "bad_methods" && words.contains(way_out), "{zone} {words}");
    }
    fn change<'a>(args: &[&'a str]) -> Vec<&'a str> {
        [&["organisation", "access-points", "change", "Turnstile 1"], args].concat()
    }
    assert_eq!(refused(dir.path(), &change(&["--zone", "Changing room"])).0, "bad_methods");
    assert_eq!(refused(dir.path(), &change(&["--direction", "both"])).0, "nothing_to_change");
    let (key, words) =
        refused(dir.path(), &["organisation", "zones", "change", "Gym", "--kind", "changing-room"]);
    assert!(key == "door_does_not_suit" && words.contains("Turnstile 1"), "{words}");

    let moved = answer(
        dir.path(),
        &change(&["--zone", "Changing room", "--method", "card-proof", "--direction", "exit"]),
    );
    assert_eq!((&moved["zone"], &moved["direction"]), (&"Changing room".into(), &"exit".into()));
    assert_eq!(points(&["close", "Changing room/Turnstile 1"])["done"], "closed");
    assert_eq!(names(&points(&["list"]), "access_points").len(), 0);
    assert_eq!(names(&points(&["list", "--closed"]), "access_points"), ["Turnstile 1"]);
    assert_eq!(points(&["reopen", "Arbat/Turnstile 1"])["done"], "reopened");
}

#[test]
fn tills_and_lockers_are_kept_and_lockers_come_all_or_none() {
    let dir = tempfile::tempdir().unwrap();
    arbat(dir.path());
    mitte(dir.path());
    let book = |args: &[&str]| answer(dir.path(), &[&["organisation"], args].concat());
    assert_eq!(book(&["tills", "add", "Bar", "--branch", "Arbat"])["branch"], "Arbat");
    assert_eq!(book(&["tills", "change", "Bar", "--branch", "Mitte", "--name", "Desk"])["branch"], "Mitte");
    assert_eq!(book(&["tills", "close", "Mitte/Desk"])["done"], "closed");
    assert_eq!(names(&book(&["tills", "list"]), "tills").len(), 0);
    assert_eq!(book(&["tills", "reopen", "Desk"])["done"], "reopened");
    assert_eq!(refused(dir.path(), &["organisation", "tills", "close", "Bar"]).0, "no_till");

    let half = ["organisation", "lockers", "add", "1", " ", "3", "--zone", "Changing room"];
    assert_eq!(refused(dir.path(), &half).0, "bad_value");
    assert_eq!(names(&book(&["lockers", "list"]), "lockers").len(), 0, "nothing is left of a refusal");
    book(&["lockers", "add", "10", "2", "1", "VIP", "--zone", "Arbat/Changing room"]);
    assert_eq!(
        names(&book(&["lockers", "list"]), "lockers"),
        ["1", "2", "10", "VIP"],
        "in the order of numbers"
    );
    assert_eq!(book(&["lockers", "change", "Changing room/10", "--zone", "Mitte/Gym"])["zone"], "Gym");
    assert_eq!(names(&book(&["lockers", "list", "--zone", "Mitte/Gym"]), "lockers"), ["10"]);
    assert_eq!(book(&["lockers", "close", "VIP"])["done"], "closed");
    assert_eq!(book(&["lockers", "reopen", "VIP"])["done"], "reopened");
    assert_eq!(answer(dir.path(), &["store", "check"])["sound"], true);
}

#[test]
fn the_trace_tells_what_a_change_was_before_and_after() {
    let dir = tempfile::tempdir().unwrap();
    arbat(dir.path());
    answer(dir.path(), &["organisation", "branches", "change", "Arbat", "--name", "Old Arbat"]);
    let changed = answer(dir.path(), &["audit", "show", "--action", "branch_changed"])["entries"][0].clone();
    let (before, after) = (&changed["detail"]["before"], &changed["detail"]["after"]);
    assert_eq!((&before["name"], &after["name"]), (&"Arbat".into(), &"Old Arbat".into()), "{changed}");
    let entry = changed["entry"].to_string();
    let proof = dir.path().join("entry.json");
    let proof = proof.to_str().unwrap();
    answer(dir.path(), &["audit", "show", "--entry", &entry, "--proof", proof]);
    let checked = |proof: &str| crate::faces::bonafide(&["audit", "check-proof", "--json", proof]);
    assert!(checked(proof).status.success(), "{}", String::from_utf8_lossy(&checked(proof).stdout));
    let touched = std::fs::read_to_string(proof).unwrap().replace("Old Arbat", "New Arbat");
    std::fs::write(proof, touched).unwrap();
    assert!(!checked(proof).status.success(), "other words are another entry");
}
