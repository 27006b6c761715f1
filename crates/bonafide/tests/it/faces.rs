//! The faces commands as a person runs them: the real program, real photos, real files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The photos of the repository: folders of people.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/photos")
}

/// Runs the program with a passphrase in its environment.
pub(crate) fn bonafide(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .args(args)
        .env("BONAFIDE_PASSPHRASE", "a passphrase for tests")
        .output()
        .unwrap()
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {} {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

pub(crate) fn error_key(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    json(output)["error"]["key"].as_str().unwrap().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder of people: each photo of the fixtures is copied to `person/file`.
fn people(dir: &Path, photos: &[(&str, &str)]) {
    for (person, photo) in photos {
        let folder = dir.join(person);
        std::fs::create_dir_all(&folder).unwrap();
        let source = fixtures().join(photo);
        std::fs::copy(&source, folder.join(source.file_name().unwrap())).unwrap();
    }
}

/// A gallery with the president alone, enrolled from two photos; a third one is cut and left out.
fn president(dir: &Path) -> PathBuf {
    let photos = ["obama.jpg", "obama2.jpg", "obama_partial_face.jpg"];
    let photos: Vec<String> = photos.iter().map(|photo| format!("president/{photo}")).collect();
    people(
        &dir.join("members"),
        &photos.iter().map(|photo| ("Президент", photo.as_str())).collect::<Vec<_>>(),
    );
    let gallery = dir.join("club.faces");
    let output =
        bonafide(&["faces", "enrol", text(&dir.join("members")), "--gallery", text(&gallery), "--json"]);
    let answer = json(&output);
    assert_eq!(
        (&answer["members_enrolled"], &answer["templates"]),
        (&Value::from(1), &Value::from(2)),
        "{answer}"
    );
    assert_eq!(answer["left_out"][0]["reason"], "face_cut", "{answer}");
    gallery
}

#[test]
fn a_member_is_identified_and_another_person_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let gallery = president(dir.path());
    for purpose in ["door", "till"] {
        let ask = |photo: &str| {
            let photo = fixtures().join(photo);
            let args = [
                "faces",
                "identify",
                text(&photo),
                "--gallery",
                text(&gallery),
                "--purpose",
                purpose,
                "--json",
            ];
            json(&bonafide(&args))
        };
        let same = ask("president/obama3.jpg");
        assert_eq!((&same["answer"], &same["member"]), (&"identified".into(), &"Президент".into()), "{same}");
        let other = ask("vice_president/biden.jpg");
        assert_eq!((&other["answer"], &other["member"]), (&"unknown".into(), &Value::Null), "{other}");
    }
}

#[test]
fn b20_no_similarity_score_leaves_the_matcher() {
    let dir = tempfile::tempdir().unwrap();
    let gallery = president(dir.path());
    let photo = fixtures().join("vice_president/biden.jpg");
    let answer = json(&bonafide(&["faces", "identify", text(&photo), "--gallery", text(&gallery), "--json"]));
    let mut keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["answer", "false_match_bound", "margin", "member", "searched_members", "why"]);
    assert_eq!(answer["margin"], Value::Null, "nothing about a stranger");
}

#[test]
fn two_photos_are_compared() {
    let photo = |name: &str| fixtures().join(name);
    let verify =
        |a: &str, b: &str| json(&bonafide(&["faces", "verify", text(&photo(a)), text(&photo(b)), "--json"]));
    assert_eq!(verify("president/obama.jpg", "president/obama3.jpg")["answer"], "confirmed");
    assert_eq!(verify("president/obama.jpg", "vice_president/biden.jpg")["answer"], "not_confirmed");
}

#[test]
fn a_second_enrolment_adds_and_replaces_members() {
    let dir = tempfile::tempdir().unwrap();
    let gallery = president(dir.path());
    let more = dir.path().join("more");
    people(&more, &[("Vice", "vice_president/biden.jpg"), ("Президент", "president/obama3.jpg")]);
    let answer = json(&bonafide(&["faces", "enrol", text(&more), "--gallery", text(&gallery), "--json"]));
    assert_eq!(answer["members_in_gallery"], 2, "{answer}");
    let photo = fixtures().join("vice_president/biden.jpg");
    let answer = json(&bonafide(&["faces", "identify", text(&photo), "--gallery", text(&gallery), "--json"]));
    assert_eq!(answer["member"], "Vice");
}

#[test]
fn photos_that_are_not_good_enough_are_named_with_their_reason() {
    let dir = tempfile::tempdir().unwrap();
    let members = dir.path().join("members");
    people(&members, &[("Good", "president/obama.jpg")]);
    std::fs::write(members.join("Good").join("notes.txt"), "hello, this is text").unwrap();
    std::fs::create_dir(members.join("Empty")).unwrap();
    let gallery = dir.path().join("g");
    let answer = json(&bonafide(&["faces", "enrol", text(&members), "--gallery", text(&gallery), "--json"]));
    assert_eq!(answer["left_out"][0]["reason"], "unknown_format", "{answer}");
    assert_eq!(answer["members_without_a_photo"], serde_json::json!(["Empty"]));
}

#[test]
fn nobody_enrolled_leaves_no_gallery() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("members/Empty")).unwrap();
    let gallery = dir.path().join("g");
    let output = bonafide(&[
        "faces",
        "enrol",
        text(&dir.path().join("members")),
        "--gallery",
        text(&gallery),
        "--json",
    ]);
    assert_eq!(error_key(&output), "nobody_enrolled");
    assert!(!gallery.exists());
}

#[test]
fn b08_a_wrong_key_and_a_changed_gallery_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let gallery = president(dir.path());
    let photo = fixtures().join("president/obama3.jpg");
    let key = dir.path().join("other.key");
    std::fs::write(&key, "0".repeat(64)).unwrap();
    let args = ["faces", "identify", text(&photo), "--gallery", text(&gallery), "--json"];
    let other_key = [&args[..], &["--key-file", text(&key)]].concat();
    assert_eq!(error_key(&bonafide(&other_key)), "wrong_key_or_changed");
    let mut bytes = std::fs::read(&gallery).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&gallery, &bytes).unwrap();
    assert_eq!(error_key(&bonafide(&args)), "wrong_key_or_changed");
    std::fs::write(&gallery, b"something else").unwrap();
    assert_eq!(error_key(&bonafide(&args)), "not_a_gallery");
}

#[test]
fn w14_bad_photos_are_refused_with_their_own_reason() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 4] = [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"hello, this is not a picture", "unknown_format"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "truncated"),
    ];
    for (name, bytes, key) in cases {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(error_key(&bonafide(&["faces", "inspect", text(&path), "--json"])), key, "{name}");
    }
    assert_eq!(error_key(&bonafide(&["faces", "inspect", "no/such/photo.jpg", "--json"])), "io");
}

#[test]
fn inspect_draws_what_it_saw() {
    let dir = tempfile::tempdir().unwrap();
    let (photo, out) = (fixtures().join("president/obama2.jpg"), dir.path().join("seen.png"));
    let answer = json(&bonafide(&["faces", "inspect", text(&photo), "--out", text(&out), "--json"]));
    assert_eq!(answer["faces"].as_array().unwrap().len(), 1);
    assert_eq!(answer["enrolment"]["accepted"], true, "{answer}");
    let seen = bonafide_faces::photo::read(&out, &Default::default()).ok().unwrap();
    assert_eq!((seen.width_px(), seen.height_px()), (626, 1200));
}

#[test]
fn help_and_wrong_arguments_are_answered() {
    for command in ["enrol", "identify", "verify", "inspect", "evaluate", "centre"] {
        let output = bonafide(&["faces", command, "--help"]);
        let words = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && words.contains("Example"), "{command}: {words}");
    }
    assert_eq!(bonafide(&["faces", "identify"]).status.code(), Some(2));
}
