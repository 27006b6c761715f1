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
    assert_eq!(
        (&shown["note"], &second["cards"]),
        (&"likes coffee".into(), &1.into()),
        "the card is one: {second}"
    );
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

#[test]
fn a_saved_map_reads_a_list_that_is_too_short_to_tell() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    // The long list shows that the month comes first; the short one does not.
    let long: String =
        (10..60).map(|number| format!("Ann {number},+4477009001{number},12/31/1990\n")).collect();
    write("long.csv", &format!("Name,Phone,Birthday\nBen,07700 900199,1/2/1991\n{long}"));
    write("short.csv", "Name,Phone,Birthday\nCarl Smith,07700 900171,3/4/1992\n");
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let preview = ["import", "preview", &path("long.csv"), "--save-map", &path("map.json")];
    let saved = crate::faces::bonafide(&preview);
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    let map = std::fs::read_to_string(path("map.json")).unwrap();
    assert!(map.contains("\"GB\"") && map.contains("month_first"), "{map}");

    assert!(on_book(dir.path(), &["init"]).status.success());
    let alone = import(dir.path(), "short.csv", &[]);
    assert!(alone["notes"].to_string().contains("April"), "alone it is read the other way: {alone}");
    let taken = import(dir.path(), "short.csv", &["--map", &path("map.json"), "--apply"]);
    assert_eq!((&taken["imported"], &taken["country"]), (&1.into(), &"GB".into()), "{taken}");
    let shown = json(&on_book(dir.path(), &["members", "show", "0"]));
    assert_eq!((&shown["birth_date"], &shown["phones"][0]), (&"1992-03-04".into(), &"+447700900171".into()));
}

#[test]
fn a_dry_run_sees_what_a_later_row_repeats() {
    let dir = tempfile::tempdir().unwrap();
    assert!(on_book(dir.path(), &["init"]).status.success());
    // The same person with the name the other way round, further apart than one transaction takes.
    let others: String = (0..700).map(|number| format!("Ben Jones{number};\n")).collect();
    let list = format!("Name;Phone\nAnna Smith;+447700900123\n{others}Smith Anna;+447700900123\n");
    std::fs::write(dir.path().join("list.csv"), list).unwrap();
    let dry = import(dir.path(), "list.csv", &[]);
    assert_eq!((&dry["duplicates"], members(dir.path())), (&1.into(), 0), "{dry}");
    let done = import(dir.path(), "list.csv", &["--apply"]);
    assert_eq!((&done["imported"], &done["duplicates"]), (&dry["imported"], &dry["duplicates"]), "{done}");
}
