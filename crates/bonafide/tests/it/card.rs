//! The printed card.

use std::path::Path;

use crate::book::{answer, on_book};
use crate::consents::{add_branch, european, give, put_text};
use crate::credentials::club;
use crate::faces::{error_key, fixtures};

fn printed(dir: &Path, member: &str) -> (serde_json::Value, String) {
    let out = dir.join(format!("card-{member}.html"));
    let answer = answer(dir, &["members", "card", member, "--force", "--out", out.to_str().unwrap()]);
    (answer, std::fs::read_to_string(&out).unwrap())
}

#[test]
fn a_card_has_two_sides_the_words_of_the_language_and_a_number_that_only_earns() {
    let dir = club();
    for (given, language) in [("Анна", "ru"), ("小明", "zh")] {
        answer(dir.path(), &["members", "add", "--given", given, "--language", language]);
    }
    for (member, words) in [("0", "Not transferable"), ("1", "Без права передачи"), ("2", "不得转让")]
    {
        let (said, page) = printed(dir.path(), member);
        assert_eq!((&said["number_made"], &said["with_photo"]), (&true.into(), &false.into()));
        assert!(page.contains(words) && page.contains("size: 85.60mm 53.98mm"), "{page}");
        assert_eq!(page.matches("<section class=\"side ").count(), 2);
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
        let listed = answer(dir.path(), &["credentials", "list", member]);
        assert_eq!(listed["credentials"].as_array().unwrap().len(), 1);
        assert_eq!(listed["credentials"][0]["kind"], "club_number", "the rules let this kind earn only");
        assert!(page.contains(listed["credentials"][0]["number_end"].as_str().unwrap()));
    }
    let (_, before) = printed(dir.path(), "0");
    let (again, after) = printed(dir.path(), "0");
    assert_eq!((&again["number_made"], before), (&false.into(), after), "printed again, it is the same card");
}

#[test]
fn w08_a_name_that_is_a_script_is_only_a_name() {
    let dir = club();
    answer(
        dir.path(),
        &[
            "members",
            "add",
            "--given",
            "<script>alert(1)</script>",
            "--family",
            "\"><img src=x onerror=alert(1)>",
        ],
    );
    let (_, page) = printed(dir.path(), "1");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("&#60;script&#62;"), "{page}");
}

#[test]
fn a_photo_is_on_the_card_as_long_as_its_consent_holds() {
    let dir = club();
    add_branch(dir.path(), "Fitness \"Mitte\" <1>", european());
    let text = put_text(dir.path(), "profile_photo/staff_viewing", "Your photo, for the desk.");
    give(dir.path(), "0", "profile_photo/staff_viewing");
    let photo = fixtures().join("president/obama.jpg");
    answer(dir.path(), &["members", "photo", "0", photo.to_str().unwrap()]);
    let (said, page) = printed(dir.path(), "0");
    assert_eq!(said["with_photo"], true);
    assert_eq!(page.matches("data:image/jpeg;base64,/9j/").count(), 1);
    assert!(!page.contains("\"Mitte\" <1>"), "escaped");
    let hash = text["text"]["hash"].as_str().unwrap();
    answer(dir.path(), &["consents", "texts", "retire", hash]);
    let (said, page) = printed(dir.path(), "0");
    assert!(said["photo_left_out"].as_str().unwrap().contains("another text"), "{said}");
    assert!(!page.contains("data:image"));
}

#[test]
fn a_stopped_number_is_not_gone_round_by_printing_another() {
    let dir = club();
    printed(dir.path(), "0");
    let listed = answer(dir.path(), &["credentials", "list", "0"]);
    let number = listed["credentials"][0]["id"].as_str().unwrap().to_owned();
    let out = dir.path().join("again.html");
    let card = ["members", "card", "0", "--force", "--out", out.to_str().unwrap()];
    answer(dir.path(), &["credentials", "report-lost", &number]);
    assert_eq!(error_key(&on_book(dir.path(), &card)), "card_stopped");
    assert!(!out.exists());
    let replaced = answer(dir.path(), &["credentials", "replace", &number]);
    assert_eq!(replaced["made_number"].as_str().unwrap().len(), 12);
    let said = answer(dir.path(), &card);
    assert_eq!(said["number_made"], false);
    assert!(std::fs::read_to_string(&out).unwrap().contains(replaced["made_number"].as_str().unwrap()));
    answer(dir.path(), &["credentials", "expire", replaced["credential"].as_str().unwrap()]);
    assert_eq!(answer(dir.path(), &card)["number_made"], true, "one that was given back is over");
    assert_eq!(error_key(&on_book(dir.path(), &[&card[..3], &card[4..]].concat())), "file_exists");
    let nowhere = on_book(dir.path(), &["members", "card", "0", "--out", "/nowhere/card.html"]);
    assert_eq!(error_key(&nowhere), "io");
}

#[test]
fn a_profile_that_was_merged_gets_no_card_no_photo_and_no_face() {
    let dir = club();
    answer(dir.path(), &["members", "add", "--given", "Anna"]);
    answer(dir.path(), &["members", "merge", "0", "1"]);
    let photo = fixtures().join("president/obama.jpg");
    let out = dir.path().join("card.html");
    for command in [
        ["members", "card", "1", "--out", out.to_str().unwrap()].as_slice(),
        &["members", "photo", "1", photo.to_str().unwrap()],
        &["members", "enrol-face", "1", photo.to_str().unwrap()],
    ] {
        assert_eq!(error_key(&on_book(dir.path(), command)), "merged", "{command:?}");
    }
}

#[test]
fn a_card_that_cannot_be_written_leaves_no_number_and_no_trace() {
    let dir = club();
    let nowhere = on_book(dir.path(), &["members", "card", "0", "--out", "/nowhere/card.html"]);
    assert_eq!(error_key(&nowhere), "io");
    let listed = answer(dir.path(), &["credentials", "list", "0"]);
    assert_eq!(listed["credentials"].as_array().unwrap().len(), 0, "{listed}");
    let trace = answer(dir.path(), &["audit", "show", "--action", "card_printed"]);
    assert_eq!(trace["entries"].as_array().unwrap().len(), 0, "{trace}");
}
