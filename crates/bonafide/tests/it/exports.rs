//! Members out of the book: lists into a CSV, one person into a zip; written down, limited, never over another file.

use std::path::Path;

use serde_json::Value;

use crate::book::{answer, on_book};
use crate::faces::{error_key, json};
use crate::members::{add, id_of};
use crate::memberships;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn exported(dir: &Path, action: &str) -> Vec<Value> {
    answer(dir, &["audit", "show", "--action", action])["entries"].as_array().unwrap().clone()
}

#[test]
fn s06_an_export_is_a_csv_whose_names_are_no_formulas() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(
        dir.path(),
        &["--given", "=HYPERLINK(\"http://evil\",\"x\")", "--family", "@SUM(A)", "--tag", "pool"],
    );
    let flags = ["--given", "Анна", "--phone", "+79123456789", "--phone", "+79123456780", "--tag", "pool"];
    add(dir.path(), &[&flags[..], &["--note=-1+1\nsecret", "--document", "passport:4510123456"]].concat());
    add(dir.path(), &["--given", "Ben"]);
    let out = dir.path().join("pool.csv");
    let args = ["export", "members", "--tag", "pool", "--out", text(&out)];
    let answered = answer(dir.path(), &[&args[..], &["--bom"]].concat());
    assert_eq!(answered["members"], 2);
    let golden = "\u{FEFF}number;given;family;phones;emails;category;tags;branch;membership_ends;last_visit;visits\r\n\
                  1;Анна;;\"'+79123456789, +79123456780\";;new;pool;;;;0\r\n\
                  0;\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\";\"'@SUM(A)\";;;new;pool;;;;0\r\n";
    assert_eq!(
        std::fs::read_to_string(&out).unwrap(),
        golden,
        "no note and no document unless they are named"
    );
    let columns = ["--columns", "number,note,documents,number", "--separator", "comma"];
    assert_eq!(error_key(&on_book(dir.path(), &[&args[..], &columns].concat())), "file_exists");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), golden, "what was there stays");
    answer(dir.path(), &[&args[..], &columns, &["--force"]].concat());
    let expected = "number,note,documents\r\n1,\"'-1+1\nsecret\",passport:4510123456\r\n0,,\r\n";
    assert_eq!(std::fs::read_to_string(&out).unwrap(), expected);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(files(dir.path()), ["club", "club.key", "pool.csv"], "nothing half is left");
}

#[test]
fn an_export_is_written_down_with_rows_columns_and_filter() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna", "--tag", "pool"]);
    answer(dir.path(), &["members", "filters", "save", "the pool", "--tag", "pool"]);
    let out = dir.path().join("pool.csv");
    let columns = ["--columns", "number,name", "--more-than-limit", "asked for by the owner"];
    let args = ["export", "members", "--filter", "the pool", "--out", text(&out)];
    let done = answer(dir.path(), &[&args[..], &columns].concat());
    let found = exported(dir.path(), "members_exported");
    let detail = &found[0]["detail"];
    assert_eq!((&found[0]["subject"], &found[0]["words"]), (&done["export"], &"opened".into()));
    assert_eq!(
        (
            &detail["members"],
            &detail["columns"],
            &detail["filter"],
            &detail["filter_name"],
            &detail["reason"]
        ),
        (
            &1.into(),
            &serde_json::json!(["number", "name"]),
            &serde_json::json!({ "tag": "pool" }),
            &"the pool".into(),
            &"asked for by the owner".into()
        )
    );
    assert_eq!(exported(dir.path(), "member_exported")[0]["member"], 0, "he can be told");
}

#[test]
fn s04_more_than_the_limit_needs_a_reason_in_one_file_or_several() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    for name in ["Anna", "Ben", "Cleo"] {
        add(dir.path(), &["--given", name]);
    }
    assert_eq!(answer(dir.path(), &["export", "limit"])["members_per_day"], 200);
    assert_eq!(answer(dir.path(), &["export", "limit", "4"])["members_per_day"], 4);
    let export = |file: &str, more: &[&str]| {
        let out = dir.path().join(file);
        on_book(dir.path(), &[&["export", "members", "--out", text(&out)], more].concat())
    };
    assert_eq!(error_key(&export("a.csv", &["--limit", "2"])), "over_limit");
    assert!(export("a.csv", &["--limit", "3"]).status.success());
    let refused = export("b.csv", &["--limit", "1000"]);
    assert_eq!(error_key(&refused), "over_limit");
    let words = json(&refused)["error"]["message"].as_str().unwrap().to_owned();
    assert!(words.contains("3 members") && words.contains("limit is 4"), "{words}");
    assert_eq!(exported(dir.path(), "members_exported").len(), 1, "a refusal is no export");
    assert_eq!(
        error_key(&export("b.csv", &["--more-than-limit", " "])),
        "bad_value",
        "an empty reason is none"
    );
    assert_eq!(files(dir.path()), ["a.csv", "club", "club.key"]);
    assert!(export("b.csv", &["--more-than-limit", "the accountant asks"]).status.success());
    assert_eq!(exported(dir.path(), "members_exported").len(), 2);
    let nowhere = on_book(dir.path(), &["export", "members", "--out", "/nowhere/at/all.csv"]);
    assert_eq!(error_key(&nowhere), "io");
    assert_eq!(exported(dir.path(), "members_exported").len(), 2, "what cannot be written is no export");
}

#[test]
fn all_about_a_person_is_in_a_zip_with_harmless_names() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    let flags = ["--given", "../../=cmd", "--family", "Иванова", "--phone", "+79123456789"];
    add(dir.path(), &[&flags[..], &["--note", "afraid of deep water"]].concat());
    let out = dir.path().join("anna.zip");
    let args = ["export", "member", "0", "--out", text(&out)];
    assert_eq!(answer(dir.path(), &args)["photos"], 0);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&out).unwrap()).unwrap();
    let mut names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["member-0.csv", "member-0.json"]);
    let mut read = |name: &str| std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
    let csv = read("member-0.csv");
    assert!(csv.contains("profiles.0.particulars.phones.0;\"'+79123456789\"\r\n"), "{csv}");
    let document: Value = serde_json::from_str(&read("member-0.json")).unwrap();
    assert_eq!(document["profiles"][0]["particulars"]["note"], "afraid of deep water");
    assert_eq!(error_key(&on_book(dir.path(), &args)), "file_exists");
    assert!(on_book(dir.path(), &[&args[..], &["--force"]].concat()).status.success());
    let other = dir.path().join("nobody.zip");
    let nobody = on_book(dir.path(), &["export", "member", "7", "--out", text(&other)]);
    assert_eq!(error_key(&nobody), "no_member");
    assert_eq!(exported(dir.path(), "person_exported").len(), 2);
    assert_eq!(files(dir.path()), ["anna.zip", "club", "club.key"]);
}

#[test]
fn a_persons_memberships_are_in_the_export_with_their_history_and_their_trace() {
    let dir = tempfile::tempdir().unwrap();
    memberships::club(dir.path());
    let book = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    book(&["sell", "0", "Thirty"]);
    book(&["extra", "0", "minute of solarium", "12"]);
    book(&["sell", "1", "Two visits", "--paid", "900 RUB"]);
    answer(dir.path(), &["members", "add", "--given", "Cleo"]);
    book(&["sell", "2", "Waiting"]);
    answer(dir.path(), &["members", "merge", "0", "1"]);
    let out = dir.path().join("anna.zip");
    answer(dir.path(), &["export", "member", "0", "--out", text(&out)]);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&out).unwrap()).unwrap();
    let mut read = |name: &str| std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
    let document: Value = serde_json::from_str(&read("member-0.json")).unwrap();
    let of = |profile: usize| document["profiles"][profile]["memberships"].as_array().unwrap().clone();
    assert_eq!((of(0).len(), of(1).len()), (1, 1), "nobody else's");
    let thirty = &of(0)[0];
    let told = [&thirty["plan"], &thirty["plan_version"], &thirty["branch"], &thirty["paid"]["minor"]];
    assert_eq!(told, [&Value::from("Thirty"), &1.into(), &"Arbat".into(), &300_000.into()]);
    assert!(thirty["first_day"].is_string() && thirty["valid_until"].is_string(), "{thirty}");
    let kinds: Vec<&Value> =
        thirty["history"].as_array().unwrap().iter().map(|event| &event["what"]).collect();
    assert_eq!(kinds, ["sold", "extra_used"]);
    assert_eq!(thirty["history"][1]["contents"]["count"], 12);
    assert_eq!((&of(1)[0]["plan"], &of(1)[0]["paid"]["minor"]), (&"Two visits".into(), &90_000.into()));
    let entries = document["audit"].as_array().unwrap();
    let sold: Vec<&Value> = entries.iter().filter(|entry| entry["action"] == "membership_sold").collect();
    assert_eq!(sold.len(), 2, "{entries:?}");
    assert!(sold.iter().all(|entry| entry["detail"]["kind"] == "sold"), "{sold:?}");
    let csv = read("member-0.csv");
    assert!(csv.contains("profiles.0.memberships.0.plan;Thirty\r\n"), "{csv}");
    assert!(csv.contains("profiles.0.memberships.0.history.1.what;extra_used\r\n"), "{csv}");
}

#[test]
fn a_membership_that_was_given_on_does_not_tell_who_had_it_before() {
    let dir = tempfile::tempdir().unwrap();
    memberships::club(dir.path());
    let book = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    book(&["sell", "0", "Thirty"]);
    book(&["transfer", "0", "1"]);
    let giver = id_of(dir.path(), "0").to_string();
    let out = dir.path().join("boris.zip");
    answer(dir.path(), &["export", "member", "1", "--out", text(&out)]);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&out).unwrap()).unwrap();
    let written = std::io::read_to_string(archive.by_name("member-1.json").unwrap()).unwrap();
    assert!(!written.contains(&giver), "{written}");
    let document: Value = serde_json::from_str(&written).unwrap();
    let history = &document["profiles"][0]["memberships"][0]["history"];
    assert_eq!((&history[0]["what"], &history[1]["what"]), (&"sold".into(), &"transferred".into()));
    assert_eq!(history[0]["contents"]["holder"], "somebody else");
}

#[cfg(unix)]
#[test]
fn only_a_file_is_replaced_and_no_pipe_and_no_link() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init"]);
    add(dir.path(), &["--given", "Anna"]);
    let (kept, link, pipe) =
        (dir.path().join("kept.txt"), dir.path().join("link.csv"), dir.path().join("pipe.csv"));
    std::fs::write(&kept, "kept").unwrap();
    std::os::unix::fs::symlink(&kept, &link).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for out in [&link, &pipe] {
        let refused = on_book(dir.path(), &["export", "members", "--force", "--out", text(out)]);
        assert_eq!(error_key(&refused), "not_a_file", "{}", out.display());
        let words = json(&refused)["error"]["message"].as_str().unwrap().to_owned();
        assert!(words.contains("name another file"), "{words}");
    }
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "kept");
    assert_eq!(exported(dir.path(), "members_exported").len(), 0);
}
