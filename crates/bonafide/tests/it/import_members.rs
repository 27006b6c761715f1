//! `import members`: a messy list into the book, dry, for real, twice, with a newer list, and cut off.

use std::path::Path;

use serde_json::Value;

use crate::book::on_book;
use crate::faces::json;
use crate::import::salon::{messy_csv, messy_xlsx};

fn import(dir: &Path, file: &str, more: &[&str]) -> Value {
    let path = dir.join(file);
    let output = on_book(dir, &[&["import", "members", path.to_str().unwrap()], more].concat());
    assert!(output.status.success(), "{file} {more:?}: {}", String::from_utf8_lossy(&output.stdout));
    json(&output)
}

fn members(dir: &Path) -> usize {
    json(&on_book(dir, &["members", "list", "--limit", "100"]))["members"].as_array().unwrap().len()
}

#[test]
fn a_messy_salon_is_taken_once_whatever_the_file_and_how_often() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("salon.xlsx"), messy_xlsx()).unwrap();
    std::fs::write(dir.path().join("salon.csv"), messy_csv()).unwrap();
    assert!(on_book(dir.path(), &["init"]).status.success());

    let dry = import(dir.path(), "salon.xlsx", &[]);
    assert_eq!((&dry["applied"], members(dir.path())), (&false.into(), 0), "{dry}");
    let errors = dir.path().join("errors.csv");
    let first = import(dir.path(), "salon.xlsx", &["--apply", "--errors", errors.to_str().unwrap()]);
    assert_eq!(first["imported"], dry["imported"], "the dry run told the truth: {dry} {first}");
    let imported = first["imported"].as_u64().unwrap();
    assert!(imported >= 5 && first["duplicates"].as_u64().unwrap() >= 1, "{first}");
    assert_eq!(members(dir.path()) as u64, imported);
    let held_back = std::fs::read_to_string(&errors).unwrap();
    assert!(held_back.starts_with('\u{FEFF}') && held_back.lines().count() > 1, "{held_back}");

    for file in ["salon.xlsx", "salon.csv"] {
        let again = import(dir.path(), file, &["--apply"]);
        assert_eq!((&again["imported"], &again["updated"]), (&0.into(), &0.into()), "{file}: {again}");
        assert_eq!(again["unchanged"].as_u64(), Some(imported), "{file}: {again}");
    }
    assert_eq!(members(dir.path()) as u64, imported);
    let verified = json(&on_book(dir.path(), &["audit", "verify"]));
    assert_eq!(verified["whole"], true);
}

#[test]
fn a_newer_list_updates_and_nobody_is_added_twice() {
    let dir = tempfile::tempdir().unwrap();
    let list = |note: &str| {
        format!(
            "Name;Phone;Birthday;Notes;Card\nAnna Smith;+447700900123;1990-12-31;{note};777\nBen Jones;+447700900124;;;\n"
        )
    };
    let write = |text: &str| std::fs::write(dir.path().join("list.csv"), text).unwrap();
    assert!(on_book(dir.path(), &["init"]).status.success());
    write(&list("likes tea"));
    let first = import(dir.path(), "list.csv", &["--apply"]);
    assert_eq!((&first["imported"], &first["errors"]), (&2.into(), &0.into()), "{first}");
    write(&list("likes coffee"));
    let second = import(dir.path(), "list.csv", &["--apply"]);
    assert_eq!((&second["updated"], &second["unchanged"]), (&1.into(), &1.into()), "{second}");
    let shown = json(&on_book(dir.path(), &["members", "show", "0"]));
    assert_eq!(shown["note"], "likes coffee\ncard: 777", "what has no column yet is not lost");
    // The same person, written by somebody else.
    write("Name;Phone;Birthday\nSmith Anna;+44 7700 900123;31.12.1990\n");
    let third = import(dir.path(), "list.csv", &["--apply"]);
    assert_eq!(
        (&third["duplicates"], &third["duplicate_rows"][0]["member"]),
        (&1.into(), &0.into()),
        "{third}"
    );
    assert_eq!(members(dir.path()), 2);
}
