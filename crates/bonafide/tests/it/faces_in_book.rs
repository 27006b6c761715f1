//! Faces in the book: enrolled with the consent that the law asks for, and in no other way.

use std::path::Path;

use bonafide_domain::consent::{Jurisdiction, Purpose};
use bonafide_faces::engine::SHIPPED_MODEL;
use bonafide_store::templates::{self, Model};

use crate::book::{answer, on_book};
use crate::consents::{add_branch, european, give, put_text, store};
use crate::credentials::club;
use crate::faces::{error_key, fixtures, json};

const FACE: &str = "face/entry";
const ALTERNATIVE: [&str; 2] = ["--alternative", "card-number"];

fn photo(name: &str) -> String {
    fixtures().join(name).to_str().unwrap().to_owned()
}

fn enrol<'a>(member: &'a str, photos: &'a [String]) -> Vec<&'a str> {
    let photos = photos.iter().map(String::as_str);
    ["members", "enrol-face", member].into_iter().chain(photos).chain(ALTERNATIVE).collect()
}

/// Templates that the gallery of a door would get.
fn templates(dir: &Path) -> usize {
    let (store, model) = (store(dir), Model::parse(SHIPPED_MODEL).unwrap());
    let mut count = 0;
    let counted = store.read(|tx| {
        templates::for_each(tx, store.vault(), &model, Purpose::Entry, 0, |entry| {
            count += usize::from(entry.template.is_ok());
            Ok(())
        })
    });
    counted.unwrap();
    count
}

/// A club under a law, with a text about faces at doors.
fn club_under(jurisdiction: Jurisdiction) -> tempfile::TempDir {
    let dir = club();
    add_branch(dir.path(), "Here", jurisdiction);
    put_text(dir.path(), FACE, "Your face at the door.");
    dir
}

#[test]
fn a_face_is_enrolled_with_a_consent_and_every_photo_that_is_left_out_is_named() {
    let dir = club_under(european());
    let photos: Vec<String> = [
        "president/obama.jpg",
        "president/obama2.jpg",
        "president/obama_partial_face.jpg",
        "vice_president/biden.jpg",
    ]
    .map(photo)
    .to_vec();
    let args = enrol("0", &photos);
    assert_eq!(error_key(&on_book(dir.path(), &args)), "no_consent");
    give(dir.path(), "0", FACE);
    assert_eq!(error_key(&on_book(dir.path(), &args[..args.len() - 2])), "no_alternative");
    let bad = [photo("president/obama_partial_face.jpg")];
    assert_eq!(error_key(&on_book(dir.path(), &enrol("0", &bad))), "no_usable_photo");
    assert_eq!(templates(dir.path()), 0, "nothing of what was refused is kept");

    let enrolled = answer(dir.path(), &args);
    assert_eq!(enrolled["templates_added"], 2);
    let reasons: Vec<&str> = enrolled["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|photo| photo["reason"].as_str().unwrap())
        .collect();
    assert_eq!((reasons.len(), reasons.last()), (2, Some(&"another_person")), "{enrolled}");
    let more = answer(dir.path(), &enrol("0", &[photo("president/obama3.jpg")]));
    assert_eq!(more["credential"], enrolled["credential"], "further photos go to the same face");
    assert_eq!(templates(dir.path()), 3);

    let blocked = enrolled["credential"].as_str().unwrap();
    answer(dir.path(), &["credentials", "block", blocked, "--reason", "misuse"]);
    assert_eq!(error_key(&on_book(dir.path(), &enrol("0", &[photo("president/obama.jpg")]))), "face_blocked");
    let withdrawn = answer(dir.path(), &["consents", "withdraw", "0", FACE]);
    assert_eq!(
        (&withdrawn["destroyed"]["face_templates"], &withdrawn["keys_destroyed"]),
        (&3.into(), &1.into())
    );
    assert!(withdrawn["certificate"].is_string() && !withdrawn["to_be_told"].as_array().unwrap().is_empty());
    assert_eq!(error_key(&on_book(dir.path(), &args)), "consent_withdrawn");
    assert_eq!(templates(dir.path()), 0);
}

#[test]
fn b23_each_law_says_where_a_face_is_kept() {
    for (jurisdiction, key) in [
        (Jurisdiction::Russia, "provider_only"),
        (Jurisdiction::China, "device_only"),
        (Jurisdiction::Other, "device_only"),
    ] {
        let dir = club_under(jurisdiction);
        give(dir.path(), "0", FACE);
        let photos = [photo("president/obama.jpg")];
        assert_eq!(error_key(&on_book(dir.path(), &enrol("0", &photos))), key, "{jurisdiction:?}");
        // Before any photo is read: one that is not there does not matter.
        let missing = ["nowhere.jpg".to_owned()];
        assert_eq!(error_key(&on_book(dir.path(), &enrol("0", &missing))), key, "{jurisdiction:?}");
        assert_eq!(templates(dir.path()), 0);
    }
}

#[test]
fn b22_a_child_and_a_minor_without_a_guardian_are_not_enrolled() {
    let dir = club_under(Jurisdiction::Illinois);
    let this_year = bonafide::clock::utc_date(bonafide::clock::now_us()).year();
    for age in [17, 12] {
        let birth = format!("{}-01-01", this_year - age);
        answer(dir.path(), &["members", "add", "--given", "Young", "--birth", &birth]);
    }
    answer(dir.path(), &["members", "add", "--given", "Ageless"]);
    let photos = [photo("president/obama.jpg")];
    for member in ["1", "2", "3"] {
        let signed = ["--channel", "electronic-signature", "--evidence", "signature 9", "--language", "en"];
        answer(dir.path(), &[&["consents", "give", member, FACE], &signed[..]].concat());
    }
    for (member, key) in [("1", "representative_missing"), ("2", "under_sixteen"), ("3", "age_unknown")] {
        assert_eq!(error_key(&on_book(dir.path(), &enrol(member, &photos))), key);
    }
    assert_eq!(templates(dir.path()), 0);
}

#[test]
fn a_changed_text_needs_a_new_consent() {
    let dir = club_under(european());
    give(dir.path(), "0", FACE);
    let file = dir.path().join("new.txt");
    std::fs::write(&file, "Your face at the door, and how long.").unwrap();
    let add = [
        "consents",
        "texts",
        "add",
        file.to_str().unwrap(),
        "--about",
        FACE,
        "--language",
        "en",
        "--replace",
    ];
    answer(dir.path(), &add);
    let photos = [photo("president/obama.jpg")];
    assert_eq!(error_key(&on_book(dir.path(), &enrol("0", &photos))), "consent_to_other_text");
}

#[test]
fn b12_the_same_face_under_a_second_account_is_told_and_linked_by_nobody() {
    let dir = club_under(european());
    answer(dir.path(), &["members", "add", "--given", "Somebody", "--birth", "1961-08-04"]);
    answer(dir.path(), &["members", "add", "--given", "Another", "--birth", "1942-11-20"]);
    for member in ["0", "1", "2"] {
        give(dir.path(), member, FACE);
    }
    let first = answer(dir.path(), &enrol("0", &[photo("president/obama.jpg")]));
    assert!(first["looks_like"].is_null(), "{first}");
    let other = answer(dir.path(), &enrol("2", &[photo("vice_president/biden.jpg")]));
    assert!(other["looks_like"].is_null(), "{other}");
    let twin = answer(dir.path(), &enrol("1", &[photo("president/obama2.jpg")]));
    assert_eq!(
        (&twin["looks_like"]["member_number"], &twin["compared_with_others"]),
        (&0.into(), &true.into())
    );
    assert!(!twin.to_string().contains("score"), "b20");
    assert_eq!(
        answer(dir.path(), &["members", "list"])["members"].as_array().unwrap().len(),
        3,
        "nothing was merged"
    );
}

#[test]
fn b10_a_picture_that_resembles_several_members_is_not_enrolled() {
    let dir = club_under(european());
    for given in ["Boris", "Clara", "Dora"] {
        answer(dir.path(), &["members", "add", "--given", given, "--birth", "1961-08-04"]);
    }
    for member in ["0", "1", "2", "3"] {
        give(dir.path(), member, FACE);
    }
    for member in ["0", "1", "2"] {
        answer(dir.path(), &enrol(member, &[photo("president/obama.jpg")]));
    }
    let photos = [photo("president/obama3.jpg")];
    assert_eq!(error_key(&on_book(dir.path(), &enrol("3", &photos))), "like_many");
    assert_eq!(templates(dir.path()), 3);
}

#[test]
fn b07_nobody_adds_his_own_face_to_a_members() {
    let dir = club_under(european());
    give(dir.path(), "0", FACE);
    let enrolled = answer(dir.path(), &enrol("0", &[photo("president/obama.jpg")]));
    let other = [photo("vice_president/biden.jpg")];
    let refused = on_book(dir.path(), &enrol("0", &other));
    assert_eq!((error_key(&refused).as_str(), templates(dir.path())), ("no_usable_photo", 1));
    assert!(json(&refused)["error"]["message"].as_str().unwrap().contains("credentials expire"));
    answer(dir.path(), &["credentials", "expire", enrolled["credential"].as_str().unwrap()]);
    let anew = answer(dir.path(), &enrol("0", &other));
    assert_ne!(
        anew["credential"], enrolled["credential"],
        "another credential, with its own line in the trace"
    );
}
