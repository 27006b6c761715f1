//! Members changed, tied, found and listed, as a person does it.

use std::path::Path;

use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::{self, NewCredential, content::Content};
use bonafide_store::id::Id;
use bonafide_store::keys::seal::Secret;
use bonafide_store::members;
use bonafide_store::organisation::branch;
use bonafide_store::store::{Places, Store};
use jiff::civil::Date;
use serde_json::Value;

use crate::book::{answer, on_book};
use crate::faces::error_key;

/// The time at which the store is used behind the program, in microseconds since 1970.
const NOW_US: i64 = 1_790_000_000_000_000;

pub(crate) fn acting() -> Acting {
    Acting { actor: Actor::CommandLine, origin: "test".to_owned(), now_us: NOW_US }
}

/// The store under the book, for what has no command.
pub(crate) fn store(dir: &Path) -> Store {
    let key = std::fs::read(dir.join("club.key")).unwrap();
    Store::open(&Places::in_folder(&dir.join("club")), &Secret::KeyFile(key.into()), NOW_US).unwrap()
}

pub(crate) fn id_of(dir: &Path, number: &str) -> Id {
    Id::parse(answer(dir, &["members", "show", number])["id"].as_str().unwrap()).unwrap()
}

/// A member's data, by the words that `members add` takes.
pub(crate) fn add(dir: &Path, args: &[&str]) -> Value {
    let added = answer(dir, &[&["members", "add", "--duplicate-anyway"], args].concat());
    added["member"].clone()
}

fn numbers(list: &Value) -> Vec<u64> {
    list["members"].as_array().unwrap().iter().map(|member| member["number"].as_u64().unwrap()).collect()
}

fn refused(dir: &Path, args: &[&str]) -> (String, String) {
    let output = on_book(dir, args);
    let key = error_key(&output);
    (key, crate::faces::json(&output)["error"]["message"].as_str().unwrap().to_owned())
}

/// A branch in roubles called Arbat.
fn with_branch(dir: &Path) {
    use bonafide_domain::consent::Jurisdiction;
    use bonafide_domain::money::Currency;
    use bonafide_domain::plain_text::Title;
    use bonafide_domain::profile::Language;
    use bonafide_domain::schedule::Schedule;
    use bonafide_store::organisation::time_zone::TimeZoneName;
    let arbat = branch::Branch {
        name: Title::parse("Arbat").unwrap(),
        time_zone: TimeZoneName::parse("Europe/Moscow").unwrap(),
        currency: Currency::parse("RUB").unwrap(),
        jurisdiction: Jurisdiction::Russia,
        language: Language::Russian,
        opening: Schedule::any_time(),
    };
    let added: Result<Id, ()> =
        store(dir).write(move |work| branch::add(work, &acting(), &arbat).map(Ok)).unwrap();
    added.unwrap();
}

#[test]
fn every_field_is_taken_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    with_branch(dir.path());
    let fields = [
        ("--given", "Анна"),
        ("--family", "Иванова"),
        ("--birth", "2012-02-29"),
        ("--phone", "+7 (912) 345-67-89"),
        ("--phone", "+79123456789"),
        ("--email", "Anna@Example.com"),
        ("--messenger", "telegram:@Anna_Ivanova"),
        ("--document", "passport:45 10 № 123456"),
        ("--address", "Lenina 1, Tomsk"),
        ("--category", "swimmers"),
        ("--tag", "#Pool"),
        ("--note", "afraid of deep water"),
        ("--source", "a friend"),
        ("--branch", "arbat"),
        ("--language", "ru"),
        ("--guardian-given", "Пётр"),
        ("--guardian-family", "Иванов"),
        ("--guardian-phone", "+7 912 000-00-00"),
        ("--check-due", "2026-11-01"),
    ];
    let flags: Vec<&str> = fields.iter().flat_map(|(flag, value)| [*flag, *value]).collect();
    add(dir.path(), &flags);
    let shown = answer(dir.path(), &["members", "show", "0"]);
    for (field, expected) in [
        ("phones", serde_json::json!(["+79123456789"])),
        ("emails", serde_json::json!(["Anna@Example.com"])),
        ("messengers", serde_json::json!(["telegram:anna_ivanova"])),
        ("documents", serde_json::json!(["passport:4510123456"])),
        ("address", "Lenina 1, Tomsk".into()),
        ("category", ":swimmers".into()),
        ("tags", serde_json::json!(["pool"])),
        ("source", "a friend".into()),
        ("branch", "Arbat".into()),
        ("currency", "RUB".into()),
        ("language", "ru".into()),
        ("guardian", serde_json::json!({ "kind": "parent", "name": "Иванов Пётр", "phone": "+79120000000" })),
        ("check_due", "2026-11-01".into()),
        ("check_is_due", true.into()),
    ] {
        assert_eq!(shown[field], expected, "{field}");
    }
}

#[test]
fn a_value_that_is_not_accepted_is_told_in_words() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    for (flag, value, words) in [
        ("--phone", "89123456789", "with + and the country"),
        ("--phone", "+0123456789", "no country begins with 0"),
        ("--email", "anna", "one @"),
        ("--birth", "2990-01-01", "has not come yet"),
        ("--birth", "1790-01-01", "is the century right"),
        ("--messenger", "icq:1", "KIND:NAME"),
        ("--messenger", "whatsapp:anna", "by phone"),
        ("--document", "4510123456", "KIND:NUMBER"),
        ("--document", "passport:abc", "no digit"),
        ("--address", "one\ntwo", "line break"),
        ("--address", &"a".repeat(301), "longer than 300"),
        ("--category", " ", "empty"),
        ("--tag", "a\u{202e}b", "direction"),
        ("--language", "de", "ru, en or zh"),
        ("--guardian-given", "12", "letter"),
    ] {
        let (key, message) = refused(dir.path(), &["members", "add", "--given", "Anna", flag, value]);
        assert_eq!(key, "bad_value", "{flag}");
        assert!(message.contains(words), "{flag}: {message}");
    }
    let (key, message) = refused(dir.path(), &["members", "add", "--given", "Anna", "--branch", "Arbat"]);
    assert_eq!(
        (key.as_str(), message.contains("organisation branches list")),
        ("no_branch", true),
        "{message}"
    );
    let phones: Vec<String> = (0..11).map(|last| format!("+79123456{last:03}")).collect();
    let mut args = vec!["members", "add", "--given", "Anna"];
    phones.iter().for_each(|phone| args.extend(["--phone", phone]));
    assert!(refused(dir.path(), &args).1.contains("10 of them at most"));
    assert_eq!(answer(dir.path(), &["members", "list"])["members"].as_array().unwrap().len(), 0);
}

#[test]
fn a_profile_is_changed_field_by_field_and_never_over_somebody_elses_change() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    let flags = ["--given", "Ben", "--family", "Smith", "--phone", "+447700900123", "--tag", "pool"];
    add(dir.path(), &[&flags[..], &["--note", "likes tea"]].concat());
    let change = |args: &[&str]| answer(dir.path(), &[&["members", "change", "0"], args].concat());
    let changed = |args: &[&str]| change(args)["changed"].clone();
    assert_eq!(
        changed(&["--add-phone", "+44 7700 900124", "--family", "Jones"]),
        serde_json::json!(["name", "phones"])
    );
    let twice = change(&["--add-phone", "+447700900124", "--family", "Jones"]);
    assert_eq!((&twice["changed"], &twice["version"]), (&serde_json::json!([]), &2.into()), "nothing to do");
    assert_eq!(changed(&["--remove-phone", "+447700900123"]), serde_json::json!(["phones"]));
    assert_eq!(changed(&["--tag", "sauna", "--add-tag", "kids"]), serde_json::json!(["tags"]));
    assert_eq!(changed(&["--clear-note", "--clear-family"]), serde_json::json!(["name", "note"]));
    let shown = answer(dir.path(), &["members", "show", "0"]);
    assert_eq!(
        (&shown["name"], &shown["phones"], &shown["tags"], &shown["note"], &shown["version"]),
        (
            &"Ben".into(),
            &serde_json::json!(["+447700900124"]),
            &serde_json::json!(["kids", "sauna"]),
            &Value::Null,
            &5.into()
        )
    );
    for (args, key) in [
        (vec!["0", "--note", "x", "--version", "4"], "changed_meanwhile"),
        (vec!["0", "--remove-phone", "+447700900999"], "not_there"),
        (vec!["0", "--remove-tag", "pool"], "not_there"),
        (vec!["0", "--add-email", "ben"], "bad_value"),
        (vec!["7", "--note", "x"], "no_member"),
    ] {
        let args: Vec<&str> = [&["members", "change"], &args[..]].concat();
        assert_eq!(refused(dir.path(), &args).0, key, "{args:?}");
    }
    assert_eq!(change(&["--note", "x", "--version", "5"])["version"], 6);
    let both = on_book(dir.path(), &["members", "change", "0", "--note", "x", "--clear-note"]);
    assert_eq!(both.status.code(), Some(2), "a contradiction is no change");
    let trail = answer(dir.path(), &["audit", "show", "--action", "member_changed", "--member", "0"]);
    assert_eq!(
        trail["entries"][0]["detail"],
        serde_json::json!({ "before": {}, "after": { "note": "x" } }),
        "{trail}"
    );
    assert_eq!(trail["entries"].as_array().unwrap().len(), 5, "what changed nothing left no entry");
}

#[test]
fn a_profile_that_was_merged_is_not_changed_behind_the_one_that_stayed() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna"]);
    add(dir.path(), &["--given", "Anne"]);
    answer(dir.path(), &["members", "merge", "0", "1"]);
    assert_eq!(refused(dir.path(), &["members", "change", "1", "--note", "x"]).0, "merged");
    assert_eq!(answer(dir.path(), &["members", "show", "1"])["merged_into_number"], 0);
    answer(dir.path(), &["members", "unmerge", "1"]);
    assert_eq!(answer(dir.path(), &["members", "change", "1", "--note", "x"])["version"], 2);
}

#[test]
fn a_change_that_makes_somebody_alike_says_so() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna", "--family", "Smith", "--phone", "+447700900123"]);
    add(dir.path(), &["--given", "Anna", "--family", "Smith"]);
    let changed = answer(dir.path(), &["members", "change", "1", "--add-phone", "+447700900123"]);
    assert_eq!(changed["duplicates"][0]["member"]["number"], 0, "{changed}");
}

#[test]
fn families_are_tied_and_both_pages_show_it() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    add(dir.path(), &["--given", "Anna"]);
    add(dir.path(), &["--given", "Ben"]);
    assert_eq!(book(&["members", "link", "0", "1", "--as", "parent"])["tie"], "parent");
    book(&["members", "link", "0", "1", "--as", "parent"]);
    let relatives = |number: &str| book(&["members", "show", number])["relatives"].clone();
    assert_eq!(relatives("0"), serde_json::json!([{ "number": 1, "name": "Ben", "is": "child" }]));
    assert_eq!(relatives("1"), serde_json::json!([{ "number": 0, "name": "Anna", "is": "parent" }]));
    let (key, message) = refused(dir.path(), &["members", "link", "1", "0", "--as", "sibling"]);
    assert_eq!((key.as_str(), message.contains("child of member 0")), ("not_linked", true), "{message}");
    for args in [["0", "0"], ["1", "1"]] {
        let args = [&["members", "link", "--as", "partner"], &args[..]].concat();
        assert_eq!(refused(dir.path(), &args).0, "not_linked");
    }
    assert_eq!(refused(dir.path(), &["members", "link", "0", "9", "--as", "child"]).0, "no_member");
    book(&["members", "unlink", "1", "0"]);
    assert_eq!(refused(dir.path(), &["members", "unlink", "1", "0"]).0, "not_linked");
    assert_eq!(relatives("0"), serde_json::json!([]));
}

#[test]
fn a_card_is_found_in_every_spelling_and_so_are_documents_and_messengers() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(
        dir.path(),
        &["--given", "Anna", "--document", "passport:4510123456", "--messenger", "telegram:anna_s"],
    );
    add(dir.path(), &["--given", "Ben"]);
    let (anna, ben) = (id_of(dir.path(), "0"), id_of(dir.path(), "1"));
    let card = CardNumber::from_hex("04A23B1C", ByteOrder::AsOnCard).unwrap();
    for (operation, member, content) in [
        (1, anna, Content::Card(card)),
        (2, ben, Content::ClubNumber(ClubNumber::parse("VIP-0042").unwrap())),
    ] {
        let new = NewCredential { member, content, until_us: None, limited: None };
        let operation = Id::from_bytes([operation; 16]);
        let issued = store(dir.path())
            .write(move |work| credentials::issue(work, &acting(), operation, &new, None))
            .unwrap();
        assert!(issued.is_ok());
    }
    // 04A23B1C: the 32 bits in decimal, the last three bytes as facility and number, and as the bits of a reader.
    let bits_34 = {
        let data = 0x04A2_3B1C_u64;
        let (high, low) = ((data >> 16).count_ones() % 2, (data & 0xFFFF).count_ones() % 2);
        u64::from(high) << 33 | data << 1 | u64::from(low == 0)
    };
    let wiegand = format!("w34:{bits_34:x}");
    for (text, by, expected) in [
        ("04:A2:3B:1C", "card_hex", vec![0]),
        ("04a23b1c", "card_hex", vec![0]),
        ("1C3BA204", "card_hex", vec![0]),
        ("0077740828", "card_decimal", vec![0]),
        ("77740828", "card_decimal", vec![0]),
        ("162,15132", "card_facility_number", vec![0]),
        (wiegand.as_str(), "card_wiegand", vec![0]),
        ("vip 0042", "club_number", vec![1]),
        ("45 10 № 123456", "document", vec![0]),
        ("passport:4510-123456", "document", vec![0]),
        ("identity_card:4510-123456", "document", vec![]),
        ("@Anna_S", "messenger", vec![0]),
        ("04:A2:3B:1D", "card_hex", vec![]),
    ] {
        let found = answer(dir.path(), &["members", "search", text]);
        assert_eq!((found["by"].as_str(), numbers(&found)), (Some(by), expected), "{text}: {found}");
    }
    let found = answer(dir.path(), &["members", "search", "04:A2:3B:1C"]);
    assert_eq!(
        (&found["members"][0]["card_state"], &found["tried"][0]),
        (&"active".into(), &"card_hex".into())
    );
    for text in ["*", "+7", "w26:1", "passport:1", "a@b", "@1"] {
        assert_eq!(refused(dir.path(), &["members", "search", text]).0, "bad_query", "{text}");
    }
}

#[test]
fn lists_are_made_by_filters_that_work_together() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    with_branch(dir.path());
    let today: Date = bonafide::clock::utc_date(bonafide::clock::now_us());
    let born = |days: i64| {
        let day = today.checked_add(jiff::Span::new().days(days)).unwrap();
        // A leap year, in which there is every day.
        Date::new(1992, day.month(), day.day()).unwrap().to_string()
    };
    let births = [born(0), born(3), born(-3), born(8)];
    for (index, birth) in births.iter().enumerate() {
        let tag = if index < 3 { "pool" } else { "gym" };
        add(dir.path(), &["--given", "Anna", "--birth", birth, "--tag", tag]);
    }
    add(dir.path(), &["--given", "Ben", "--category", "vip", "--branch", "Arbat"]);
    let due = today.to_string();
    add(dir.path(), &["--given", "Cleo", "--check-due", &due]);
    let (seen, now_us) = (id_of(dir.path(), "1"), bonafide::clock::now_us());
    let counted: Result<(), ()> = store(dir.path())
        .write(move |work| {
            members::count_visit(work.tx, seen, now_us)?;
            members::count_receipt(work.tx, seen, 15_000)?;
            Ok(Ok(()))
        })
        .unwrap();
    counted.unwrap();
    let listed = |args: &[&str]| numbers(&answer(dir.path(), &[&["members", "list"], args].concat()));
    for (args, expected) in [
        (vec![], vec![5, 4, 3, 2, 1, 0]),
        (vec!["--birthday-within-days", "7"], vec![0, 1]),
        (vec!["--birthday-within-days", "0"], vec![0]),
        (vec!["--birthday-within-days", "8", "--tag", "gym"], vec![3]),
        (vec!["--birthday-within-days", "7", "--visits-from", "1"], vec![1]),
        (vec!["--birthday-within-days", "7", "--limit", "1", "--before", "0"], vec![1]),
        (vec!["--not-seen-days", "1", "--tag", "Pool"], vec![2, 0]),
        (vec!["--spent-from", "15000", "--spent-to", "15000"], vec![1]),
        (vec!["--category", "vip"], vec![4]),
        (vec!["--branch", "ARBAT"], vec![4]),
        (vec!["--check-due-within-days", "0"], vec![5]),
        (vec!["--ends-within-days", "30"], vec![]),
        (vec!["--consented", "contact/marketing"], vec![]),
        (vec!["--not-consented", "contact/marketing", "--tag", "gym"], vec![3]),
    ] {
        assert_eq!(listed(&args), expected, "{args:?}");
    }
    let birthdays = answer(dir.path(), &["members", "list", "--birthday-within-days", "7", "--limit", "1"]);
    assert_eq!(birthdays["next_before"], 0);
    assert_eq!(birthdays["members"][0]["birthday"], births[0][5..], "{birthdays}");
    for args in [["--spent-from", "2", "--spent-to", "1"], ["--visits-from", "2", "--visits-to", "1"]] {
        assert_eq!(refused(dir.path(), &[&["members", "list"], &args[..]].concat()).0, "bad_value");
    }
    assert_eq!(refused(dir.path(), &["members", "list", "--consented", "face/marketing"]).0, "bad_value");
    assert_eq!(refused(dir.path(), &["members", "list", "--branch", "Mitte"]).0, "no_branch");
    let shown = answer(dir.path(), &["members", "show", "1"]);
    let figures = ["visits", "receipts", "spent_minor", "average_receipt_minor", "currency"];
    assert_eq!(
        figures.map(|figure| shown[figure].to_string()),
        ["1", "1", "15000", "15000", "\"RUB\""],
        "the currency of the only branch"
    );
}

#[test]
fn a_filter_is_kept_used_changed_and_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let book = |args: &[&str]| answer(dir.path(), args);
    book(&["init"]);
    add(dir.path(), &["--given", "Anna", "--tag", "pool"]);
    add(dir.path(), &["--given", "Ben", "--tag", "pool", "--category", "vip"]);
    let save = ["members", "filters", "save", "the pool", "--tag", "pool", "--not-seen-days", "30"];
    assert_eq!(book(&save)["done"], "saved");
    book(&save);
    let kept = book(&["members", "filters", "list"]);
    assert_eq!(kept["filters"][0]["words"], "tag pool, not seen for 30 days", "{kept}");
    let listed =
        |args: &[&str]| numbers(&book(&[&["members", "list", "--filter", "the pool"], args].concat()));
    assert_eq!((listed(&[]), listed(&["--category", "vip"])), (vec![1, 0], vec![1]));
    assert_eq!(refused(dir.path(), &["members", "list", "--filter", "none"]).0, "no_filter");
    assert_eq!(refused(dir.path(), &["members", "filters", "save", "all"]).0, "not_saved");
    assert_eq!(refused(dir.path(), &["members", "filters", "save", " ", "--tag", "a"]).0, "bad_value");
    book(&["members", "filters", "delete", "the pool"]);
    assert_eq!(refused(dir.path(), &["members", "filters", "delete", "the pool"]).0, "no_filter");
    assert_eq!(book(&["members", "filters", "list"])["filters"], serde_json::json!([]));
}
