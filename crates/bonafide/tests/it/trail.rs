//! The audit as a person reads it, the proof of an entry, and the certificates of those who are gone.

use crate::book::{answer, on_book};
use crate::faces::{bonafide, error_key, json};
use crate::members::{add, id_of};

#[test]
fn u12_the_trace_is_read_in_pages_and_reading_it_is_traced() {
    let dir = tempfile::tempdir().unwrap();
    let show = |args: &[&str]| answer(dir.path(), &[&["audit", "show"], args].concat());
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna"]);
    add(dir.path(), &["--given", "Ben", "--note", "likes tea"]);
    answer(dir.path(), &["members", "show", "0"]);
    let actions = |args: &[&str]| -> Vec<String> {
        let page = show(args);
        let entries = page["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(actions(&["--limit", "3"]), ["member_viewed", "member_added", "member_added"]);
    assert_eq!(actions(&["--action", "audit viewed"])[0], "audit_viewed", "the look before this one");
    let page = show(&["--limit", "1"]);
    let next = page["next_before"].as_u64().unwrap().to_string();
    assert!(show(&["--limit", "1", "--before", &next])["entries"][0]["entry"].as_u64() < next.parse().ok());
    let added = show(&["--action", "member_added"]);
    let newest = &added["entries"][0];
    assert_eq!((&newest["member"], &newest["detail"]["after"]["note"]), (&1.into(), &"likes tea".into()));
    let of_anna = show(&["--member", "0", "--action", "member_viewed"]);
    assert_eq!(of_anna["entries"].as_array().unwrap().len(), 1, "{of_anna}");
    let seen = show(&["--member", "1", "--action", "audit-viewed"])["entries"].as_array().unwrap().len();
    assert!(seen >= 1, "whose words were opened has it on his own page");
    assert_eq!(actions(&["--actor", "staff"]).len(), 0);
    assert!(!actions(&["--actor", "command-line"]).is_empty());
    let today = bonafide::clock::utc_date(bonafide::clock::now_us());
    let (from, after) = (today.to_string(), today.tomorrow().unwrap().to_string());
    assert!(!actions(&["--until", &from]).is_empty() || !actions(&["--from", &after]).is_empty());
    assert!(actions(&["--until", "2020-01-01"]).is_empty());
    for (args, key) in [
        (["--actor", "anybody"], "bad_value"),
        (["--member", "77"], "no_member"),
        (["--entry", "7777"], "no_entry"),
    ] {
        assert_eq!(error_key(&on_book(dir.path(), &[&["audit", "show"], &args[..]].concat())), key);
    }
}

#[test]
fn s07_an_entry_is_proven_without_the_book_and_a_touched_proof_is_not() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    for name in ["Anna", "Ben", "Cleo"] {
        add(dir.path(), &["--given", name]);
    }
    let (file, whole) = (dir.path().join("entry.json"), dir.path().join("answer.json"));
    let (file, whole) = (file.to_str().unwrap(), whole.to_str().unwrap());
    let shown = on_book(dir.path(), &["audit", "show", "--entry", "1", "--proof", file]);
    std::fs::write(whole, &shown.stdout).unwrap();
    assert_eq!(json(&shown)["entry"]["detail"]["after"]["name"]["given"], "Ben");
    let key = answer(dir.path(), &["audit", "verify"])["key"].as_str().unwrap().to_owned();
    let check = |args: &[&str]| bonafide(&[&["audit", "check-proof", "--json"], args].concat());
    for (args, known) in
        [(vec![file], false), (vec![file, "--key", &key], true), (vec![whole, "--key", &key], true)]
    {
        let checked = json(&check(&args));
        assert_eq!(
            (&checked["proven"], &checked["key_known"], &checked["entry"]),
            (&true.into(), &known.into(), &1.into()),
            "{args:?}"
        );
    }
    let proof = std::fs::read_to_string(file).unwrap();
    assert!(!proof.contains("Ben"), "the proof itself tells nobody's name");
    assert_eq!(error_key(&check(&[file, "--key", &"1".repeat(64)])), "not_proven");
    for (from, to) in [("member_added", "member_erased"), ("\"index\": 1", "\"index\": 0")] {
        std::fs::write(whole, proof.replace(from, to)).unwrap();
        assert_eq!(error_key(&check(&[whole])), "not_proven", "{from}");
    }
    std::fs::write(whole, "{}").unwrap();
    assert_eq!(error_key(&check(&[whole])), "bad_proof");
    assert_eq!(error_key(&check(&["/nowhere.json"])), "io");
    let again = on_book(dir.path(), &["audit", "show", "--entry", "1", "--proof", file]);
    assert_eq!(error_key(&again), "file_exists");
}

#[test]
fn who_is_erased_leaves_a_certificate_and_no_words() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    assert_eq!(answer(dir.path(), &["erase", "--list"])["certificates"], serde_json::json!([]));
    add(dir.path(), &["--given", "Anna"]);
    let id = id_of(dir.path(), "0").to_string();
    assert_eq!(error_key(&on_book(dir.path(), &["erase", "0"])), "not_confirmed");
    assert_eq!(answer(dir.path(), &["members", "show", "0"])["name"], "Anna");
    let erased = answer(dir.path(), &["erase", "0", "--yes"]);
    assert_eq!(
        (&erased["certified"]["cause"], &erased["certified"]["id"], &erased["certified"]["keys"]),
        (&"persons_wish".into(), &erased["certificate"], &1.into())
    );
    assert!(erased["to_be_told"][0].as_str().unwrap().contains("copies of member 0"), "{erased}");
    assert_eq!(error_key(&on_book(dir.path(), &["erase", "0", "--yes"])), "no_member");
    let listed = answer(dir.path(), &["erase", "--list"]);
    assert_eq!(listed["certificates"][0]["id"], erased["certificate"]);
    let of_nobody = answer(dir.path(), &["audit", "show", "--member", &id]);
    let entries = of_nobody["entries"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["action"] == "member_erased"), "{of_nobody}");
    let added = entries.iter().find(|entry| entry["action"] == "member_added").unwrap();
    assert_eq!((&added["words"], added["detail"].is_null()), (&"erased".into(), true));
    assert_eq!(on_book(dir.path(), &["erase"]).status.code(), Some(2), "whom?");
}

#[test]
fn an_entry_beyond_every_number_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna"]);
    for place in ["9223372036854775808", "18446744073709551615"] {
        assert_eq!(error_key(&on_book(dir.path(), &["audit", "show", "--entry", place])), "no_entry");
    }
    let all = answer(dir.path(), &["audit", "show", "--before", "18446744073709551615"]);
    assert!(!all["entries"].as_array().unwrap().is_empty(), "everything is before it");
}

/// How many entries of an action are about a member.
fn noted(dir: &std::path::Path, member: &str, action: &str) -> usize {
    let page = answer(dir, &["audit", "show", "--member", member, "--action", action]);
    page["entries"].as_array().unwrap().iter().filter(|entry| entry["subject_kind"] == "members").count()
}

#[test]
fn who_is_shown_as_a_duplicate_has_it_on_his_page() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna", "--family", "Smith", "--phone", "+79123456789"]);
    let shown = answer(
        dir.path(),
        &["members", "add", "--given", "Anna", "--family", "Smith", "--phone", "+79123456789"],
    );
    assert_eq!(shown["duplicates"].as_array().unwrap().len(), 1);
    assert_eq!(noted(dir.path(), "0", "member_viewed"), 1, "by add");
    add(dir.path(), &["--given", "Anna", "--family", "Smith"]);
    let changed = answer(dir.path(), &["members", "change", "1", "--phone", "+79123456789"]);
    assert_eq!(changed["duplicates"].as_array().unwrap().len(), 1);
    assert_eq!(noted(dir.path(), "0", "member_viewed"), 2, "by change");
}

#[test]
fn a_membership_entry_that_is_opened_is_noted_at_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    crate::memberships::club(dir.path());
    answer(dir.path(), &["memberships", "sell", "0", "Thirty"]);
    let sold = answer(dir.path(), &["audit", "show", "--action", "membership_sold"]);
    assert_eq!(sold["entries"][0]["words"], "opened");
    assert_eq!(noted(dir.path(), "0", "audit_viewed"), 1, "by the page");
    let place = sold["entries"][0]["entry"].as_u64().unwrap().to_string();
    let before = noted(dir.path(), "0", "audit_viewed");
    answer(dir.path(), &["audit", "show", "--entry", &place]);
    // The look of the question before this one, and that of the entry.
    assert_eq!(noted(dir.path(), "0", "audit_viewed"), before + 2);
}
