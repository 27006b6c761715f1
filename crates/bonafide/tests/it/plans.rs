//! `bonafide plans` as a person runs it.

use std::path::Path;

use serde_json::Value;

use crate::book::{answer, on_book};
use crate::faces::{error_key, json};
use crate::organisation::{arbat, mitte};

/// The usual plan: a month with everything that a plan may have but counted visits. `memberships` sells it.
pub(crate) const MONTH: &[&str] = &[
    "plans",
    "add",
    "Month",
    "--price",
    "3100 RUB",
    "--months",
    "1",
    "--renews",
    "yes",
    "--freezes",
    "2",
    "--freeze-days",
    "20",
    "--freeze-shortest",
    "3",
    "--freeze-longest",
    "14",
    "--guests",
    "1",
    "--extra",
    "minute of solarium=30",
    "--transferable",
    "yes",
    "--cancellation",
    "by-unused-days",
];

fn refused(dir: &Path, args: &[&str]) -> (String, String) {
    let output = on_book(dir, args);
    (error_key(&output), json(&output)["error"]["message"].as_str().unwrap().to_owned())
}

fn club(dir: &Path) {
    arbat(dir);
    answer(dir, &["plans", "extras", "add", "minute of solarium"]);
}

#[test]
fn a_plan_is_added_with_all_its_terms() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let month = answer(dir.path(), MONTH);
    let terms = &month["plan"]["terms"];
    assert_eq!(
        (&month["done"], &terms["version"], &terms["months"]),
        (&"added".into(), &1.into(), &1.into())
    );
    assert_eq!((&terms["price"]["minor"], &terms["price"]["currency"]), (&310_000.into(), &"RUB".into()));
    let freezes = serde_json::json!({ "count_max": 2, "total_days_max": 20, "days_min": 3, "days_max": 14 });
    assert_eq!(terms["freezes"], freezes);
    assert_eq!(
        (&terms["extras"][0]["extra"]["name"], &terms["extras"][0]["count"]),
        (&"minute of solarium".into(), &30.into())
    );
    assert_eq!(
        (&terms["renews"], &terms["transferable"], &terms["guest_visits"]),
        (&true.into(), &true.into(), &1.into())
    );
    assert_eq!(
        (&terms["zones"], &terms["visits"], &terms["hours"][0]),
        (&Value::Null, &Value::Null, &"always".into())
    );

    let mornings = answer(
        dir.path(),
        &[
            "plans",
            "add",
            "Mornings",
            "--price",
            "0 RUB",
            "--days",
            "14",
            "--visits",
            "4",
            "--hours",
            "mon-fri 07:00-12:00",
            "--hours",
            "sat 09:00-11:00",
            "--zone",
            "Pool",
            "--zone",
            "Arbat/Gym",
            "--branch",
            "Arbat",
            "--start",
            "first-visit:30",
            "--note",
            "a trial",
        ],
    );
    let terms = &mornings["plan"]["terms"];
    assert_eq!(
        (&terms["days"], &terms["visits"], &terms["starts_within_days"]),
        (&14.into(), &4.into(), &30.into())
    );
    assert_eq!(terms["hours"], serde_json::json!(["mon-fri 07:00-12:00", "sat 09:00-11:00"]));
    assert_eq!(
        (&terms["zones"][1]["name"], &terms["branches"][0]["name"]),
        (&"Arbat/Gym".into(), &"Arbat".into())
    );
    assert_eq!(
        (&terms["cancellation"], &mornings["plan"]["note"]),
        (&"nothing_back".into(), &"a trial".into())
    );
}

#[test]
fn terms_that_do_not_fit_are_refused_with_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let month = ["--months", "1"];
    let cases: [(&[&str], &str, &str); 13] = [
        (&[], "bad_terms", "--months"),
        (&["--months", "121"], "bad_terms", "120 months"),
        (&["--visits", "0"], "bad_terms", "unlimited"),
        (&["--visits", "9", "--freezes", "1", "--freeze-days", "9"], "bad_terms", "--freezes 0"),
        (&["--visits", "9", "--renews", "yes"], "bad_terms", "--renews no"),
        (&["--visits", "9", "--cancellation", "by-unused-days"], "bad_terms", "--cancellation"),
        (&[&month[..], &["--freezes", "1"]].concat(), "bad_terms", "--freeze-days"),
        (&[&month[..], &["--freeze-days", "9"]].concat(), "bad_terms", "--freezes"),
        (&[&month[..], &["--freezes", "0", "--freeze-days", "9"]].concat(), "bad_terms", "leave the days"),
        (&[&month[..], &["--zone", "Sauna"]].concat(), "no_zone", "zones list"),
        (&[&month[..], &["--zone", "all", "--zone", "Pool"]].concat(), "bad_reach", "alone"),
        (&[&month[..], &["--extra", "massage=2"]].concat(), "no_extra", "extras list"),
        (&[&month[..], &["--extra", "minute of solarium"]].concat(), "bad_extra", "=30"),
    ];
    for (args, key, way_out) in cases {
        let all = [&["plans", "add", "X", "--price", "100 RUB"], args].concat();
        let (found, words) = refused(dir.path(), &all);
        assert!(found == key && words.contains(way_out), "{args:?}: {found} {words}");
    }
    assert_eq!(
        refused(dir.path(), &["plans", "add", "X", "--price", "100", "--months", "1"]).0,
        "bad_amount"
    );
    assert_eq!(answer(dir.path(), &["plans", "list", "--closed"])["plans"].as_array().unwrap().len(), 0);
}

#[test]
fn t21_a_new_version_changes_what_is_named_and_all_versions_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    answer(dir.path(), MONTH);
    let publish = |args: &[&str]| answer(dir.path(), &[&["plans", "publish", "Month"], args].concat());
    assert_eq!(publish(&["--price", "3500 RUB"])["plan"]["terms"]["version"], 2);
    let third = publish(&["--freeze-days", "10", "--hours", "daily 07:00-12:00", "--extra", "none"]);
    let terms = &third["plan"]["terms"];
    assert_eq!((&terms["version"], &terms["price"]["minor"]), (&3.into(), &350_000.into()), "the rest stays");
    let freezes = serde_json::json!({ "count_max": 2, "total_days_max": 10, "days_min": 3, "days_max": 10 });
    assert_eq!((&terms["freezes"], &terms["extras"]), (&freezes, &serde_json::json!([])));
    let fourth = publish(&[
        "--freezes",
        "0",
        "--hours",
        "always",
        "--no-end",
        "--visits",
        "10",
        "--renews",
        "no",
        "--cancellation",
        "by-unused-visits",
    ]);
    assert_eq!(
        (&fourth["plan"]["terms"]["freezes"], &fourth["plan"]["terms"]["months"]),
        (&Value::Null, &Value::Null)
    );
    let same = ["plans", "publish", "Month", "--visits", "10"];
    assert_eq!(refused(dir.path(), &same).0, "nothing_to_change");
    assert_eq!(refused(dir.path(), &["plans", "publish", "Year", "--guests", "1"]).0, "no_plan");

    let shown = answer(dir.path(), &["plans", "show", "Month"]);
    let versions: Vec<u64> = shown["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [4, 3, 2, 1]);
    assert_eq!(shown["versions"][3]["price"]["minor"], 310_000);
    assert_eq!(shown["versions"][0]["published_by"], "command_line");

    let renamed = answer(dir.path(), &["plans", "rename", "Month", "--name", "Ten", "--note", "was: Month"]);
    assert_eq!((&renamed["plan"]["name"], &renamed["plan"]["note"]), (&"Ten".into(), &"was: Month".into()));
    assert_eq!(answer(dir.path(), &["plans", "rename", "Ten", "--note", ""])["plan"]["note"], Value::Null);
    assert_eq!(refused(dir.path(), &["plans", "rename", "Ten"]).0, "nothing_to_change");
    assert_eq!(answer(dir.path(), &["plans", "close", "Ten"])["done"], "closed");
    assert_eq!(answer(dir.path(), &["plans", "close", "Ten"])["done"], "unchanged");
    assert_eq!(answer(dir.path(), &["plans", "list"])["plans"].as_array().unwrap().len(), 0);
    assert_eq!(answer(dir.path(), &["plans", "reopen", "Ten"])["done"], "reopened");
}

#[test]
fn t22_a_branch_has_prices_of_its_own_in_its_currency() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    mitte(dir.path());
    answer(dir.path(), MONTH);
    let prices = |args: &[&str]| answer(dir.path(), &[&["plans", "prices"], args].concat());
    let set = prices(&["set", "Month", "2900 RUB", "--branch", "Arbat"]);
    assert_eq!((&set["done"], &set["price"]["minor"]), (&"set".into(), &290_000.into()));
    assert_eq!(prices(&["set", "Month", "2900.00 RUB", "--branch", "Arbat"])["done"], "unchanged");
    for (price, branch) in [("29 EUR", "Arbat"), ("29 EUR", "Mitte"), ("2900 RUB", "Mitte")] {
        let args = ["plans", "prices", "set", "Month", price, "--branch", branch];
        assert_eq!(refused(dir.path(), &args).0, "other_currency", "{price} {branch}");
    }
    assert_eq!(refused(dir.path(), &["plans", "prices", "set", "Month", "1 RUB"]).0, "ambiguous");
    let listed = prices(&["list", "--branch", "Arbat"]);
    assert_eq!(
        (&listed["prices"][0]["own"], &listed["prices"][0]["price"]["minor"]),
        (&true.into(), &290_000.into())
    );
    assert_eq!(prices(&["list", "--branch", "Mitte"])["prices"][0]["own"], false);
    assert_eq!(answer(dir.path(), &["plans", "show", "Month"])["branch_prices"][0]["branch"], "Arbat");

    let euro = ["plans", "publish", "Month", "--price", "50 EUR"];
    assert_eq!(refused(dir.path(), &euro).0, "prices_in_other_currency");
    let change = ["organisation", "branches", "change", "Arbat", "--currency", "EUR"];
    let (key, words) = refused(dir.path(), &change);
    assert!(key == "prices_in_old_currency" && words.contains("plans prices remove"), "{words}");
    let removed = prices(&["remove", "Month", "--branch", "Arbat"]);
    assert_eq!((&removed["done"], &removed["price"]["minor"]), (&"removed".into(), &310_000.into()));
    assert_eq!(prices(&["remove", "Month", "--branch", "Arbat"])["done"], "unchanged");
    assert_eq!(answer(dir.path(), &euro)["plan"]["terms"]["version"], 2);
}

#[test]
fn extras_have_names_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let extras = |args: &[&str]| answer(dir.path(), &[&["plans", "extras"], args].concat());
    assert_eq!(refused(dir.path(), &["plans", "extras", "add", "minute of solarium"]).0, "name_taken");
    assert_eq!(extras(&["rename", "minute of solarium", "minute of sun"])["done"], "renamed");
    assert_eq!(extras(&["rename", "minute of sun", "minute of sun"])["done"], "unchanged");
    assert_eq!(refused(dir.path(), &["plans", "extras", "rename", "massage", "x"]).0, "no_extra");
    assert_eq!(extras(&["list"])["extras"][0]["name"], "minute of sun");
}
