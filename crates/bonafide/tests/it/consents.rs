//! Consents as the desk records them: texts, giving, withdrawing, and what the law asks.

use std::path::Path;

use bonafide_domain::consent::{Jurisdiction, MemberState};
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::schedule::Schedule;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::keys::seal::Secret;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::store::{Places, Store};
use serde_json::Value;

use crate::book::{answer, on_book};
use crate::credentials::club;
use crate::faces::{error_key, json};

/// A time at which nothing happens in the tests.
const NOW_US: i64 = 1_790_000_000_000_000;

/// The book behind the commands: for what no command makes yet.
pub(crate) fn store(dir: &Path) -> Store {
    let key = std::fs::read(dir.join("club.key")).unwrap();
    Store::open(&Places::in_folder(&dir.join("club")), &Secret::KeyFile(key.into()), NOW_US).unwrap()
}

/// Adds a branch with a law.
pub(crate) fn add_branch(dir: &Path, name: &str, jurisdiction: Jurisdiction) {
    let branch = Branch {
        name: Title::parse(name).unwrap(),
        time_zone: TimeZoneName::parse("Europe/Berlin").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        jurisdiction,
        language: Language::English,
        opening: Schedule::any_time(),
    };
    let acting = Acting { actor: Actor::CommandLine, origin: "test".to_owned(), now_us: NOW_US };
    let added: Result<_, ()> =
        store(dir).write(move |work| branch::add(work, &acting, &branch).map(Ok)).unwrap();
    added.unwrap();
}

/// The law of a state of the European Union where one consents alone from sixteen on.
pub(crate) fn european() -> Jurisdiction {
    Jurisdiction::EuropeanUnion(MemberState::with_consent_age(16).unwrap())
}

/// Puts a text in force about something.
pub(crate) fn put_text(dir: &Path, about: &str, words: &str) -> Value {
    let file = dir.join("text.txt");
    std::fs::write(&file, words).unwrap();
    let add = ["consents", "texts", "add", file.to_str().unwrap(), "--about", about, "--language", "en"];
    answer(dir, &add)
}

/// What a consent needs that is given on the member's own screen.
pub(crate) const ON_SCREEN: [&str; 6] =
    ["--channel", "own-screen", "--evidence", "code 4711", "--language", "en"];

/// Gives a consent on the member's own screen.
pub(crate) fn give(dir: &Path, member: &str, about: &str) -> Value {
    answer(dir, &[&["consents", "give", member, about], &ON_SCREEN[..]].concat())
}

const FACE: &str = "face/entry";

#[test]
fn a_consent_is_to_a_text_in_force_and_a_new_text_needs_a_new_one() {
    let dir = club();
    add_branch(dir.path(), "Mitte", european());
    let book = |args: &[&str]| answer(dir.path(), args);
    let none = on_book(dir.path(), &[&["consents", "give", "0", FACE], &ON_SCREEN[..]].concat());
    assert_eq!(error_key(&none), "no_text_in_force");
    let first = put_text(dir.path(), FACE, "Your face at the door.");
    assert_eq!((&first["text"]["version"], &first["text"]["law"]), (&1.into(), &"european_union".into()));
    let given = give(dir.path(), "0", FACE);
    assert_eq!((&given["in_force"], &given["text_version"]), (&true.into(), &1.into()));
    let shown = book(&["consents", "show", "0", FACE]);
    assert_eq!((&shown["consents"][0]["in_force"], &shown["branch"]), (&true.into(), &"Mitte".into()));

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
    let second = book(&add);
    assert_eq!((&second["text"]["version"], second["retired"].as_array().unwrap().len()), (&2.into(), 1));
    let shown = book(&["consents", "show", "0", FACE]);
    assert_eq!(shown["consents"][0]["missing"], "consent_to_other_text");
    assert_eq!(give(dir.path(), "0", FACE)["text_version"], 2);
    let listed = book(&["consents", "texts", "list"]);
    let states: Vec<bool> =
        listed["texts"].as_array().unwrap().iter().map(|text| text["in_force"].as_bool().unwrap()).collect();
    assert_eq!(states, [false, true]);
    let hash = second["text"]["hash"].as_str().unwrap();
    assert_eq!(
        book(&["consents", "texts", "show", &hash[..12]])["content"],
        "Your face at the door, and how long."
    );
    assert_eq!(book(&["consents", "texts", "retire", &hash[..12]])["texts"][0]["in_force"], false);
    assert_eq!(error_key(&on_book(dir.path(), &["consents", "texts", "show", "zz"])), "no_text");
}

#[test]
fn a_text_that_is_none_is_refused() {
    let dir = club();
    let file = dir.path().join("text.bin");
    let add = ["consents", "texts", "add", file.to_str().unwrap(), "--about", FACE, "--language", "en"];
    for (bytes, key) in [
        (Vec::new(), "bad_text"),
        (vec![0xFF, 0xFE], "bad_text"),
        (b"a\0b".to_vec(), "bad_text"),
        (vec![b'a'; 100_001], "bad_text"),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(error_key(&on_book(dir.path(), &add)), key, "{} bytes", bytes.len());
    }
    std::fs::write(&file, "the same letters").unwrap();
    answer(dir.path(), &add);
    let other =
        ["consents", "texts", "add", file.to_str().unwrap(), "--about", "voice/entry", "--language", "en"];
    assert_eq!(error_key(&on_book(dir.path(), &other)), "text_for_something_else");
    assert_eq!(error_key(&on_book(dir.path(), &[&add[..7], &["fr"]].concat())), "bad_value");
}

#[test]
fn what_the_law_lacks_is_named_and_recorded_all_the_same() {
    let dir = club();
    add_branch(dir.path(), "Arbat", Jurisdiction::Russia);
    put_text(dir.path(), "profile_photo/staff_viewing", "Фото");
    let weak = give(dir.path(), "0", "profile_photo/staff_viewing");
    assert_eq!((&weak["in_force"], &weak["missing"]), (&false.into(), &"weak_form".into()));
    let paper = ["--channel", "paper", "--evidence", "scan 12", "--language", "en"];
    let give_paper = [&["consents", "give", "0", "profile_photo/staff_viewing"], &paper[..]].concat();
    assert_eq!(error_key(&on_book(dir.path(), &give_paper)), "operator_missing");
    let operator = ["--operator", "018f0000-0000-7000-8000-000000000002"];
    let signed = answer(dir.path(), &[&give_paper[..], &operator].concat());
    assert_eq!(signed["in_force"], true);
    let ended = [&give_paper[..], &operator, &["--until", "2000-01-03"]].concat();
    assert_eq!(error_key(&on_book(dir.path(), &ended)), "ends_before_it_begins");
    let shown = answer(dir.path(), &["consents", "show", "0"]);
    let of = |about: &str| {
        shown["consents"].as_array().unwrap().iter().find(|one| one["about"] == about).unwrap().clone()
    };
    assert_eq!(shown["consents"].as_array().unwrap().len(), 9);
    assert_eq!(of(FACE)["missing"], "no_consent");
    let asks = of(FACE)["law_asks"].to_string();
    assert!(asks.contains("accredited provider") && asks.contains("572-FZ"), "{asks}");
}

#[test]
fn b22_a_minor_is_represented_with_proof_and_a_child_is_not_enrolled() {
    let dir = club();
    add_branch(dir.path(), "Loop", Jurisdiction::Illinois);
    let book = |args: &[&str]| answer(dir.path(), args);
    let year = |age: i16| (bonafide::clock::utc_date(bonafide::clock::now_us()).year() - age).to_string();
    for (age, name) in [(17, "Vera"), (12, "Kostya")] {
        book(&["members", "add", "--given", name, "--birth", &format!("{}-01-01", year(age))]);
    }
    book(&["members", "add", "--given", "Ageless"]);
    put_text(dir.path(), FACE, "Your face at the door.");
    let signed = ["--channel", "electronic-signature", "--evidence", "signature 9", "--language", "en"];
    let alone = answer(dir.path(), &[&["consents", "give", "1", FACE], &signed[..]].concat());
    assert_eq!(alone["missing"], "representative_missing");
    let parent = [&["consents", "give", "1", FACE], &signed[..], &["--representative", "parent"]].concat();
    assert_eq!(error_key(&on_book(dir.path(), &parent)), "proof_missing");
    let proved = answer(dir.path(), &[&parent[..], &["--proof", "birth certificate, scan 3"]].concat());
    assert_eq!(proved["in_force"], true);
    let nobody = [&["consents", "give", "1", FACE], &signed[..], &["--proof", "scan 3"]].concat();
    assert_eq!(error_key(&on_book(dir.path(), &nobody)), "bad_value");
    for (member, words) in [("2", "under sixteen"), ("3", "day of birth")] {
        let shown = book(&["consents", "show", member, FACE]);
        assert_eq!(shown["consents"][0]["permitted"], false);
        assert!(shown["consents"][0]["law_asks"].to_string().contains(words), "{shown}");
    }
}

#[test]
fn a_consent_is_given_once_under_one_id() {
    let dir = club();
    add_branch(dir.path(), "Mitte", european());
    put_text(dir.path(), FACE, "Your face at the door.");
    let operation = ["--operation", "018f0000-0000-7000-8000-000000000003"];
    let once = [&["consents", "give", "0", FACE], &ON_SCREEN[..], &operation].concat();
    assert_eq!(answer(dir.path(), &once), answer(dir.path(), &once));
    let other = [
        "consents",
        "give",
        "0",
        FACE,
        "--channel",
        "own-screen",
        "--evidence",
        "code 1",
        "--language",
        "en",
    ];
    assert_eq!(error_key(&on_book(dir.path(), &[&other[..], &operation].concat())), "other_operation");
    let withdrawn = answer(dir.path(), &["consents", "withdraw", "0", FACE]);
    assert!(withdrawn["certificate"].is_null(), "nothing rested on it: {withdrawn}");
    assert_eq!(
        answer(dir.path(), &["consents", "show", "0", FACE])["consents"][0]["missing"],
        "consent_withdrawn"
    );
}

#[test]
fn a_providers_reference_is_issued_with_a_consent_and_told_when_it_is_withdrawn() {
    let dir = club();
    add_branch(dir.path(), "Arbat", Jurisdiction::Russia);
    put_text(dir.path(), FACE, "Лицо на входе.");
    let operator = "018f0000-0000-7000-8000-000000000002";
    let face = ["credentials", "issue", "0", "face", "--reference", "ebs:4711", "--transaction", "t-1"];
    let with_card = ["--alternative", "card-number"];
    assert_eq!(error_key(&on_book(dir.path(), &face)), "no_alternative");
    assert_eq!(error_key(&on_book(dir.path(), &[&face[..], &with_card].concat())), "no_consent");
    answer(
        dir.path(),
        &[
            "consents",
            "give",
            "0",
            FACE,
            "--channel",
            "paper",
            "--evidence",
            "scan 1",
            "--language",
            "en",
            "--operator",
            operator,
        ],
    );
    let in_device =
        ["credentials", "issue", "0", "face", "--reference", "slot-1", "--alternative", "card-number"];
    assert_eq!(error_key(&on_book(dir.path(), &in_device)), "provider_only");
    let issued = answer(dir.path(), &[&face[..], &with_card].concat());
    assert_eq!((&issued["kind"], &issued["number_end"]), (&"face".into(), &"4711".into()));
    let found = answer(dir.path(), &[&["credentials", "find"], &face[3..]].concat());
    assert_eq!(found["found"], "one");
    let withdrawn = answer(dir.path(), &["consents", "withdraw", "0", FACE]);
    assert_eq!(withdrawn["keys_destroyed"], 1);
    assert!(withdrawn["to_be_told"].to_string().contains("ebs:4711"), "{withdrawn}");
    let listed = answer(dir.path(), &["credentials", "list", "0"]);
    assert_eq!(listed["credentials"][0]["reason"], "consent_withdrawn");
    let unblock = ["credentials", "unblock", issued["credential"].as_str().unwrap()];
    assert_eq!(error_key(&on_book(dir.path(), &unblock)), "consent_withdrawn");
}

#[test]
fn nobody_guesses_whose_law_holds() {
    let dir = club();
    add_branch(dir.path(), "Arbat", Jurisdiction::Russia);
    add_branch(dir.path(), "Loop", Jurisdiction::Illinois);
    let show = ["consents", "show", "0", FACE];
    assert_eq!(error_key(&on_book(dir.path(), &show)), "branch_needed");
    assert_eq!(error_key(&on_book(dir.path(), &[&show[..], &["--branch", "Mitte"]].concat())), "no_branch");
    let shown = on_book(dir.path(), &[&show[..], &["--branch", "arbat"]].concat());
    assert_eq!(json(&shown)["law"], "russia");
}

#[test]
fn who_has_no_birth_date_is_not_told_to_be_too_young() {
    let dir = club();
    add_branch(dir.path(), "Mitte", european());
    put_text(dir.path(), FACE, "Your face at the door.");
    answer(dir.path(), &["members", "add", "--given", "Ben"]);
    let given = give(dir.path(), "1", FACE);
    assert_eq!((&given["in_force"], &given["missing"]), (&false.into(), &"age_unknown".into()));
    let words = given["words"].as_str().unwrap();
    assert!(words.contains("members change MEMBER --birth") && !words.contains("too young"), "{words}");
    answer(dir.path(), &["members", "change", "1", "--birth", "1990-12-31"]);
    assert_eq!(give(dir.path(), "1", FACE)["in_force"], true);
}
