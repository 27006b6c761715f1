//! The secret of a book: checked, and changed for another one, even when it is killed in the middle.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::book::{answer, on_book};
use crate::credentials::club;
use crate::faces::{error_key, json};

fn with_key(dir: &Path, key: &str, args: &[&str]) -> Output {
    let (data, key) = (dir.join("club"), dir.join(key));
    Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .args(args)
        .args(["--data", data.to_str().unwrap(), "--key-file", key.to_str().unwrap(), "--json"])
        .output()
        .unwrap()
}

fn with_passphrase(dir: &Path, passphrase: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .args(args)
        .args(["--data", dir.join("club").to_str().unwrap(), "--json"])
        .env("BONAFIDE_PASSPHRASE", passphrase)
        .output()
        .unwrap()
}

#[test]
fn a_key_is_checked_and_the_book_is_named() {
    let dir = club();
    let opened = answer(dir.path(), &["unseal"]);
    assert_eq!((&opened["source"], &opened["secret"]), (&"key_file".into(), &"key_file".into()));
    assert_eq!((&opened["members"], opened["book"].as_str().unwrap().len()), (&1.into(), 16));
    assert_eq!(answer(dir.path(), &["unseal"])["book"], opened["book"], "the same book");
    std::fs::write(dir.path().join("other.key"), [7; 32]).unwrap();
    assert_eq!(error_key(&with_key(dir.path(), "other.key", &["unseal"])), "wrong_key");
    let wrong = with_passphrase(dir.path(), "a passphrase", &["unseal"]);
    assert_eq!(error_key(&wrong), "wrong_key");
    assert!(json(&wrong)["error"]["message"].as_str().unwrap().contains("a key file"));
    let nowhere = tempfile::tempdir().unwrap();
    assert_eq!(error_key(&on_book(nowhere.path(), &["unseal"])), "no_book");
}

#[test]
fn another_key_file_or_passphrase_takes_the_place_of_the_old_one() {
    let dir = club();
    let next = dir.path().join("next.key");
    let change = ["keys", "change-secret", "--new-key-file", next.to_str().unwrap()];
    let before = answer(dir.path(), &["audit", "verify"])["entries"].as_u64().unwrap();
    assert_eq!(answer(dir.path(), &change)["secret"], "key_file");
    assert_eq!(error_key(&on_book(dir.path(), &["unseal"])), "wrong_key", "the old one");
    assert!(with_key(dir.path(), "next.key", &["members", "show", "0"]).status.success());
    let entries = json(&with_key(dir.path(), "next.key", &["audit", "verify"]))["entries"].as_u64().unwrap();
    assert!(entries >= before + 3, "begun, changed and the page that was looked at");
    assert_eq!(error_key(&with_key(dir.path(), "next.key", &change)), "same_secret");

    let words = |passphrase: &str| {
        Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .args(["keys", "change-secret", "--json", "--data", dir.path().join("club").to_str().unwrap()])
            .args(["--key-file", next.to_str().unwrap()])
            .env("BONAFIDE_NEW_PASSPHRASE", passphrase)
            .env("BONAFIDE_PASSPHRASE", "never taken for the new one")
            .output()
            .unwrap()
    };
    assert_eq!(error_key(&words("short")), "passphrase_too_short");
    assert_eq!(json(&words("a long passphrase"))["secret"], "passphrase");
    assert!(with_passphrase(dir.path(), "a long passphrase", &["members", "show", "0"]).status.success());
    assert_eq!(error_key(&with_key(dir.path(), "next.key", &["unseal"])), "wrong_key");
}

/// A moment that is not tied to anything the program does.
fn spin(duration: Duration) {
    let start = Instant::now();
    while start.elapsed() < duration {
        std::thread::yield_now();
    }
}

/// Times that a change is killed, each a little later after the new key file is there.
const KILLS: u32 = 24;
const LATER: Duration = Duration::from_micros(400);

#[test]
fn g15_a_change_of_the_secret_that_is_killed_leaves_one_that_opens() {
    let dir = club();
    let mut now = "club.key".to_owned();
    let (mut changed, mut left) = (0, 0);
    for kill in 0..KILLS {
        let next = format!("key-{kill}");
        let path = dir.path().join(&next);
        let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .args(["keys", "change-secret", "--new-key-file", path.to_str().unwrap()])
            .args(["--data", dir.path().join("club").to_str().unwrap()])
            .args(["--key-file", dir.path().join(&now).to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !path.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        spin(LATER * kill);
        child.kill().unwrap();
        child.wait().unwrap();
        let old = with_key(dir.path(), &now, &["unseal"]).status.success();
        let new = path.exists() && with_key(dir.path(), &next, &["unseal"]).status.success();
        assert!(old != new, "kill {kill}: the old one {old}, the new one {new}");
        if new {
            now = next;
            changed += 1;
        } else {
            left += 1;
        }
    }
    println!("killed {KILLS} times: {changed} changed, {left} not");
    let audit = json(&with_key(dir.path(), &now, &["audit", "verify"]));
    assert_eq!(audit["whole"], true);
    assert!(with_key(dir.path(), &now, &["members", "show", "0"]).status.success());
}
