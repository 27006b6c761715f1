//! The book's commands as a person runs them.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::faces::{bonafide, error_key, json};

/// Runs a command on the book of a folder, with its key file.
pub(crate) fn on_book(dir: &Path, args: &[&str]) -> Output {
    let (data, key) = (dir.join("club"), dir.join("club.key"));
    let place = ["--data", data.to_str().unwrap(), "--key-file", key.to_str().unwrap(), "--json"];
    bonafide(&[args, &place].concat())
}

/// The answer of a command that is not refused.
pub(crate) fn answer(dir: &Path, args: &[&str]) -> Value {
    let output = on_book(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    json(&output)
}

fn names(found: &Value) -> Vec<&str> {
    found["members"].as_array().unwrap().iter().map(|member| member["name"].as_str().unwrap()).collect()
}

#[test]
fn a_book_is_made_once_and_its_key_is_private() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(error_key(&on_book(dir.path(), &["members", "list"])), "no_book");
    assert!(!dir.path().join("club.key").exists(), "a question makes no key");
    let made = answer(dir.path(), &["init"]);
    assert_eq!((made["made"].as_bool(), made["members"].as_u64()), (Some(true), Some(0)));
    let key = std::fs::read(dir.path().join("club.key")).unwrap();
    assert_eq!(key.len(), 32);
    let again = answer(dir.path(), &["init"]);
    assert_eq!(again["made"], false);
    assert_eq!(std::fs::read(dir.path().join("club.key")).unwrap(), key, "never overwritten");
    std::fs::write(dir.path().join("club.key"), [7; 32]).unwrap();
    assert_eq!(error_key(&on_book(dir.path(), &["members", "list"])), "wrong_key");
}

#[test]
fn members_are_added_found_listed_and_merged() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    let anna = book(&[
        "members",
        "add",
        "--given",
        "Анна",
        "--family",
        "Иванова",
        "--middle",
        "Петровна",
        "--phone",
        "+79123456789",
        "--birth",
        "1990-12-31",
        "--tag",
        "Pool",
        "--category",
        "vip",
    ]);
    assert_eq!(
        (&anna["member"]["name"], &anna["member"]["number"]),
        (&"Иванова Анна Петровна".into(), &0.into())
    );
    let twice =
        book(&["members", "add", "--given", "Anna", "--family", "Ivanova", "--phone", "+79123456789"]);
    assert!(twice["member"].is_null(), "not added: {twice}");
    assert_eq!(twice["duplicates"][0]["strength"], "likely");
    let twice = book(&[
        "members",
        "add",
        "--given",
        "Anna",
        "--family",
        "Ivanova",
        "--phone",
        "+79123456789",
        "--duplicate-anyway",
    ]);
    assert_eq!(twice["member"]["number"], 1);
    book(&["members", "add", "--given", "小明", "--family", "王", "--email", "wang@example.com"]);

    for (text, by, expected) in [
        ("ivanova", "name", vec!["Anna Ivanova", "Иванова Анна Петровна"]),
        ("王小明", "name", vec!["王小明"]),
        ("67 89", "phone_end", vec!["Anna Ivanova", "Иванова Анна Петровна"]),
        ("+7 912 345-67-89", "phone", vec!["Anna Ivanova", "Иванова Анна Петровна"]),
        ("Wang@Example.com", "email", vec!["王小明"]),
        ("nobody at all", "name", vec![]),
    ] {
        let found = book(&["members", "search", text]);
        let mut found_names = names(&found);
        found_names.sort_unstable();
        assert_eq!((found["by"].as_str().unwrap(), found_names), (by, expected), "{text}");
    }
    assert_eq!(error_key(&on_book(dir.path(), &["members", "search", "*"])), "bad_query");
}

#[test]
fn two_profiles_are_merged_and_parted_and_wrong_values_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    book(&[
        "members",
        "add",
        "--given",
        "Анна",
        "--family",
        "Иванова",
        "--birth",
        "1990-12-31",
        "--tag",
        "Pool",
    ]);
    book(&["members", "add", "--given", "Anna", "--family", "Ivanova", "--category", "vip"]);
    book(&["members", "merge", "0", "1"]);
    assert_eq!(names(&book(&["members", "search", "ivanova"])), ["Иванова Анна"]);
    assert_eq!(error_key(&on_book(dir.path(), &["members", "merge", "0", "1"])), "not_merged");
    book(&["members", "unmerge", "1"]);
    assert_eq!(names(&book(&["members", "list"])), ["Anna Ivanova", "Иванова Анна"]);
    assert_eq!(names(&book(&["members", "list", "--tag", "pool"])), ["Иванова Анна"]);
    assert_eq!(names(&book(&["members", "list", "--category", "vip"])), ["Anna Ivanova"]);
    let shown = book(&["members", "show", "0"]);
    assert_eq!((&shown["birth_date"], &shown["tags"][0]), (&"1990-12-31".into(), &"pool".into()));
    assert_eq!(error_key(&on_book(dir.path(), &["members", "show", "77"])), "no_member");
    assert_eq!(error_key(&on_book(dir.path(), &["members", "add", "--given", "12"])), "bad_value");

    let verified = book(&["audit", "verify"]);
    assert_eq!((&verified["whole"], &verified["unordered"]), (&true.into(), &0.into()));
    assert!(verified["entries"].as_u64().unwrap() > 8, "{verified}");
}

#[test]
fn s08_the_head_that_was_noted_finds_an_old_book_in_the_place_of_the_new() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    book(&["members", "add", "--given", "Anna"]);
    let old = std::fs::read(dir.path().join("club/book.db")).unwrap();
    book(&["members", "add", "--given", "Boris"]);
    let head = book(&["audit", "verify"])["head"].as_str().unwrap().to_owned();
    assert_eq!(book(&["audit", "verify", "--head", &head])["whole"], true);
    std::fs::write(dir.path().join("club/book.db"), old).unwrap();
    assert_eq!(book(&["audit", "verify"])["whole"], true, "the book alone cannot tell");
    let caught = on_book(dir.path(), &["audit", "verify", "--head", &head]);
    assert_eq!(error_key(&caught), "audit_broken");
}

#[test]
fn keys_are_rotated_and_everything_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    book(&["members", "add", "--given", "Anna"]);
    assert!(book(&["keys", "rotate"])["rotated"].as_u64().unwrap() >= 1);
    assert!(book(&["keys", "rotate"])["rotated"].as_u64().unwrap() >= 1, "each time anew");
    assert_eq!(book(&["members", "show", "0"])["name"], "Anna");
}

#[test]
fn an_erased_member_is_found_by_nobody_and_the_book_is_sound() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    book(&["members", "add", "--given", "Anna", "--phone", "+79123456789"]);
    let erase = ["erase", "0", "--cause", "persons-wish"];
    assert_eq!(error_key(&on_book(dir.path(), &erase)), "not_confirmed");
    let erased = book(&[&erase[..], &["--yes"]].concat());
    assert_eq!(erased["certificate"].as_str().unwrap().len(), 36);
    assert_eq!(error_key(&on_book(dir.path(), &["members", "show", "0"])), "no_member");
    for text in ["anna", "+79123456789", "6789"] {
        assert!(book(&["members", "search", text])["members"].as_array().unwrap().is_empty(), "{text}");
    }
    let checked = book(&["store", "check"]);
    assert_eq!(
        (&checked["sound"], checked["findings"].as_array().unwrap().len()),
        (&true.into(), 0),
        "{checked}"
    );
}

/// What no file of an installation may hold in plain words.
const PLANTED: [&str; 8] = [
    "Zanzibarova",
    "Quetzalcoatl",
    "+79991234567",
    "79991234567",
    "planted@example.com",
    "PLANTED-NOTE",
    "1987-06-05",
    "Занзибарова",
];

#[test]
fn no_planted_text_is_readable_at_rest() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    book(&[
        "members",
        "add",
        "--given",
        "Quetzalcoatl",
        "--family",
        "Zanzibarova",
        "--middle",
        "Занзибарова",
        "--phone",
        "+79991234567",
        "--email",
        "planted@example.com",
        "--note",
        "PLANTED-NOTE",
        "--birth",
        "1987-06-05",
    ]);
    for text in ["Zanzibarova", "+79991234567", "planted@example.com", "4567"] {
        assert_eq!(book(&["members", "search", text])["members"].as_array().unwrap().len(), 1, "{text}");
    }
    book(&["members", "show", "0"]);
    book(&["keys", "rotate"]);
    let mut files = 0;
    for entry in std::fs::read_dir(dir.path().join("club")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        files += 1;
        for planted in PLANTED {
            let found = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
            assert!(!found, "{planted} in {}", path.display());
        }
    }
    assert!(files >= 3, "the book, the keys and the lock: {files}");
}
