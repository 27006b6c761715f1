//! Credentials as the desk handles them: issued, found, stopped, replaced; no number and no PIN comes back.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::book::{answer, on_book};
use crate::faces::{bonafide, error_key, json};

/// A book with one member, Anna, number 0.
pub(crate) fn club() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    let anna = ["members", "add", "--given", "Anna", "--family", "Petrova", "--birth", "1990-12-31"];
    answer(dir.path(), &anna);
    dir
}

/// Runs a command on the book with something on its standard input.
fn with_input(dir: &Path, args: &[&str], input: &str) -> Output {
    let (data, key) = (dir.join("club"), dir.join("club.key"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .args(args)
        .args(["--data", data.to_str().unwrap(), "--key-file", key.to_str().unwrap(), "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn listed(dir: &Path) -> Vec<Value> {
    answer(dir, &["credentials", "list", "0"])["credentials"].as_array().unwrap().clone()
}

#[test]
fn one_bracelet_is_found_by_each_spelling_and_its_number_is_not_shown() {
    let dir = club();
    let book = |args: &[&str]| answer(dir.path(), args);
    let issue = ["credentials", "issue", "0", "bracelet", "--number", "04:A2:3B:1C", "--spelling", "hex"];
    let issued = book(&issue);
    assert_eq!((text(&issued["state"]), text(&issued["number_end"])), ("active", "3B1C"));
    for (number, spelling, agreement) in [
        ("04a23b1c", "hex", "whole"),
        ("1C3BA204", "hex", "whole_reversed"),
        ("0077740828", "decimal", "whole"),
        ("0473670148", "decimal", "whole_reversed"),
        ("162,15132", "facility", "tail"),
        ("3447639", "wiegand-26", "tail"),
        ("9447639", "wiegand-34", "whole"),
    ] {
        let found = book(&["credentials", "find", "card", "--number", number, "--spelling", spelling]);
        assert_eq!(text(&found["found"]), "one", "{number}: {found}");
        let holder = &found["holders"][0];
        assert_eq!(
            (text(&holder["member"]), text(&holder["agreement"])),
            ("Anna Petrova", agreement),
            "{number}"
        );
    }
    let turned = ["credentials", "find", "card", "--number", "1C3BA204", "--spelling", "hex", "--reversed"];
    assert_eq!(book(&turned)["holders"][0]["agreement"], "whole");
    let nobody = book(&["credentials", "find", "card", "--number", "04A23B1D", "--spelling", "hex"]);
    assert_eq!(nobody["found"], "nobody");
    assert!(!bonafide_says(dir.path(), &["credentials", "list", "0"]).contains("04A23B1C"));
    assert_eq!(error_key(&on_book(dir.path(), &issue)), "in_use");
}

/// All that a command prints for a person.
fn bonafide_says(dir: &Path, args: &[&str]) -> String {
    let (data, key) = (dir.join("club"), dir.join("club.key"));
    let place = ["--data", data.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
    let output = bonafide(&[args, &place].concat());
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_number_that_cannot_be_is_refused_with_what_to_do() {
    let dir = club();
    let cases: [(&[&str], &str, &str); 11] = [
        (&["card"], "missing_value", "--number"),
        (&["card", "--number", "04A23B1C"], "missing_value", "--spelling"),
        (&["card", "--number", "04A23B", "--spelling", "hex"], "bad_value", "3 bytes"),
        (&["card", "--number", "1234567890123", "--spelling", "decimal"], "bad_value", "10 digits"),
        (&["card", "--number", "256,1", "--spelling", "facility"], "bad_value", "255"),
        (&["card", "--number", "3447638", "--spelling", "wiegand-26"], "bad_value", "check bits"),
        (&["card", "--number", "1,1", "--spelling", "facility", "--reversed"], "bad_value", "--reversed"),
        (&["phone", "--number", "123"], "bad_value", "+79123456789"),
        (&["virtual-card", "--number", "00"], "bad_value", "16"),
        (&["club-number", "--number", "карта"], "bad_value", "Latin"),
        (&["face", "--alternative", "card-number"], "kept_here", "enrol-face"),
    ];
    for (args, key, words) in cases {
        let refused = on_book(dir.path(), &[&["credentials", "issue", "0"], args].concat());
        assert_eq!(error_key(&refused), key, "{args:?}");
        let message = json(&refused)["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{args:?}: {message}");
    }
    assert!(listed(dir.path()).is_empty(), "nothing was issued");
    assert_eq!(error_key(&on_book(dir.path(), &["credentials", "issue", "9", "pin"])), "no_member");
}

#[test]
fn a_pin_comes_from_standard_input_and_is_never_shown() {
    let dir = club();
    let issue = ["credentials", "issue", "0", "pin"];
    for (input, key) in [("12a4\n", "bad_pin"), ("123\n", "bad_pin"), ("1234\n", "bad_pin"), ("", "bad_pin")]
    {
        assert_eq!(error_key(&with_input(dir.path(), &issue, input)), key, "{input:?}");
    }
    let issued = with_input(dir.path(), &issue, "258036\r\n");
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stdout));
    let said = bonafide_says(dir.path(), &["credentials", "list", "0"]);
    assert!(said.contains("PIN") && !said.contains("258036") && !said.contains("8036"), "{said}");
    assert_eq!(error_key(&with_input(dir.path(), &issue, "258037\n")), "in_use");
    let old = json(&issued)["credential"].as_str().unwrap().to_owned();
    let replace = ["credentials", "replace", &old];
    assert_eq!(error_key(&with_input(dir.path(), &replace, "1111\n")), "bad_pin");
    assert_eq!(json(&with_input(dir.path(), &replace, "258037\n"))["replaces"], old.as_str());
    assert_eq!(listed(dir.path())[0]["reason"], "replaced");
    assert_eq!(error_key(&on_book(dir.path(), &["credentials", "find", "pin"])), "not_looked_up");
    let argument = bonafide(&["credentials", "issue", "0", "pin", "--pin", "2580"]);
    assert_eq!(argument.status.code(), Some(2), "there is no such argument");
}

#[test]
fn a_lost_card_is_stopped_found_looked_at_and_replaced_with_the_members_rights() {
    let dir = club();
    let book = |args: &[&str]| answer(dir.path(), args);
    let issue = ["credentials", "issue", "0", "card", "--number", "04A23B1C", "--spelling", "hex"];
    let card = text(
        &book(&[&issue[..], &["--until", "2199-01-31", "--limited", "not-confirmed"]].concat())["credential"],
    )
    .to_owned();
    let on_card = |command: &str, more: &[&str]| {
        on_book(dir.path(), &[&["credentials", command, &card], more].concat())
    };
    let state = |output: &Output| {
        let answer = json(output);
        (text(&answer["state"]).to_owned(), answer["reason"].as_str().map(str::to_owned))
    };
    let reason = |words: &str| Some(words.to_owned());
    assert_eq!(error_key(&on_card("limit", &["--reason", "points-in-dispute"])), "already_limited");
    assert_eq!(state(&on_card("lift-limit", &[])).0, "active");
    assert_eq!(error_key(&on_card("lift-limit", &[])), "not_limited");
    let limited = ("limited".to_owned(), reason("points_in_dispute"));
    assert_eq!(state(&on_card("limit", &["--reason", "points-in-dispute"])), limited);
    assert_eq!(state(&on_card("report-lost", &[])).0, "lost");
    assert_eq!(error_key(&on_card("report-lost", &[])), "already_lost");
    assert_eq!(error_key(&on_card("unblock", &[])), "lost");
    assert_eq!(state(&on_card("report-found", &[])), ("blocked".to_owned(), reason("found")));
    assert_eq!(state(&on_card("unblock", &[])), limited, "what lay under it");
    assert_eq!(state(&on_card("block", &["--reason", "debt"])), ("blocked".to_owned(), reason("debt")));
    let new = ["--number", "04A23B1D", "--spelling", "hex"];
    assert_eq!(error_key(&on_card("replace", &new)), "stays_blocked");
    on_card("unblock", &[]);
    on_card("report-lost", &[]);
    let replaced = json(&on_card("replace", &new));
    assert_eq!((text(&replaced["state"]), text(&replaced["number_end"])), ("limited", "3B1D"));
    assert_eq!(error_key(&on_card("block", &["--reason", "debt"])), "already_replaced");
    let listed = listed(dir.path());
    assert_eq!(listed.len(), 2);
    assert_eq!(
        (&listed[0]["until_us"], listed[1]["replaces"].as_str()),
        (&listed[1]["until_us"], Some(card.as_str()))
    );
    assert_eq!(listed[0]["history"].as_array().unwrap().len(), 10);
    assert_eq!(
        error_key(&on_book(
            dir.path(),
            &["credentials", "block", &card.replace('0', "1"), "--reason", "debt"]
        )),
        "no_credential"
    );
}

#[test]
fn a_card_that_was_given_back_is_free_for_the_next() {
    let dir = club();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["members", "add", "--given", "Boris"]);
    let issue = |member: &str| {
        on_book(
            dir.path(),
            &["credentials", "issue", member, "bracelet", "--number", "04A23B1C", "--spelling", "hex"],
        )
    };
    let first = text(&json(&issue("0"))["credential"]).to_owned();
    assert_eq!(error_key(&issue("1")), "in_use");
    assert_eq!(book(&["credentials", "expire", &first])["state"], "expired");
    let second = json(&issue("1"));
    assert_eq!(second["state"], "active");
    let find = ["credentials", "find", "bracelet", "--number", "04A23B1C", "--spelling", "hex"];
    assert_eq!(book(&find)["holders"][0]["member"], "Boris", "its last holder's");
    let replace = ["credentials", "replace", &first, "--number", "04A23B1D", "--spelling", "hex"];
    assert_eq!(error_key(&on_book(dir.path(), &replace)), "expired");
    assert_eq!(book(&["credentials", "renew", &first, "--until", "2199-01-31"])["state"], "active");
    assert_eq!(
        error_key(&on_book(dir.path(), &["credentials", "renew", &first, "--until", "2000-01-03"])),
        "ends_before_it_begins"
    );
    let lost = book(&["credentials", "report-lost", text(&second["credential"])]);
    assert_eq!(lost["member"], "Boris");
}

#[test]
fn what_is_asked_twice_under_one_id_is_done_once() {
    let dir = club();
    let operation = "018f0000-0000-7000-8000-000000000001";
    let issue = ["credentials", "issue", "0", "club-number", "--operation", operation];
    let (first, again) = (answer(dir.path(), &issue), answer(dir.path(), &issue));
    assert_eq!(first, again);
    let number = text(&first["made_number"]).to_owned();
    assert_eq!(number.len(), 12);
    assert_eq!(listed(dir.path()).len(), 1);
    let found =
        answer(dir.path(), &["credentials", "find", "club-number", "--number", &number.to_lowercase()]);
    assert_eq!(found["holders"][0]["credential"], first["credential"]);
    let other = ["credentials", "issue", "0", "club-number", "--number", "A-17", "--operation", operation];
    assert_eq!(error_key(&on_book(dir.path(), &other)), "other_operation");
    assert!(!bonafide_says(dir.path(), &["credentials", "list", "0"]).contains(&number));
}

#[test]
fn what_lists_and_finds_is_written_down() {
    let dir = club();
    let entries = || answer(dir.path(), &["audit", "verify"])["entries"].as_u64().unwrap();
    let before = entries();
    answer(dir.path(), &["credentials", "list", "0"]);
    answer(dir.path(), &["credentials", "find", "club-number", "--number", "A17"]);
    assert_eq!(entries(), before + 2);
}

#[test]
fn who_is_named_by_a_repeated_change_has_it_on_his_page() {
    let dir = club();
    let operation = "018f0000-0000-7000-8000-000000000001";
    let issue = ["credentials", "issue", "0", "club-number", "--operation", operation];
    let first = answer(dir.path(), &issue);
    let seen = || {
        let page = answer(dir.path(), &["audit", "show", "--member", "0", "--action", "member_viewed"]);
        page["entries"].as_array().unwrap().len()
    };
    assert_eq!(seen(), 0, "the issue itself is the trace");
    answer(dir.path(), &issue);
    assert_eq!(seen(), 1);
    let other = "018f0000-0000-7000-8000-000000000002";
    let block =
        ["credentials", "block", text(&first["credential"]), "--reason", "debt", "--operation", other];
    answer(dir.path(), &block);
    assert_eq!(seen(), 1, "the change itself is the trace");
    answer(dir.path(), &block);
    assert_eq!(seen(), 2);
}
