//! `bonafide memberships` as a person runs it. Days count from today, so that each state is what the program says today.

use std::path::Path;

use bonafide::clock::{now_us, utc_date};
use jiff::ToSpan;
use serde_json::Value;

use crate::book::{answer, on_book};
use crate::faces::{error_key, json};
use crate::organisation::arbat;

/// So many days from today, in Moscow.
fn day(days: i64) -> String {
    let hours_3_us = 3 * 3_600_000_000;
    utc_date(now_us() + hours_3_us).checked_add(days.days()).unwrap().to_string()
}

/// Two members, and plans: thirty days with everything, ten visits without an end, one that waits for the first visit.
pub(crate) fn club(dir: &Path) {
    arbat(dir);
    let book = |args: &[&str]| answer(dir, args);
    book(&["members", "add", "--given", "Anna"]);
    book(&["members", "add", "--given", "Boris"]);
    book(&["plans", "extras", "add", "minute of solarium"]);
    book(&[
        "plans",
        "add",
        "Thirty",
        "--price",
        "3000 RUB",
        "--days",
        "30",
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
    ]);
    book(&[
        "plans",
        "add",
        "Two visits",
        "--price",
        "1000 RUB",
        "--visits",
        "2",
        "--cancellation",
        "by-unused-visits",
    ]);
    book(&["plans", "add", "Waiting", "--price", "0 RUB", "--days", "30", "--start", "first-visit:30"]);
}

fn refused(dir: &Path, args: &[&str]) -> (String, String) {
    let output = on_book(dir, &[&["memberships"], args].concat());
    (error_key(&output), json(&output)["error"]["message"].as_str().unwrap().to_owned())
}

fn operation(number: u8) -> String {
    format!("01890f3e-7b2a-7c11-9d4e-0000000000{number:02}")
}

#[test]
fn a_membership_is_sold_used_frozen_renewed_given_away_and_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat())["membership"].clone();
    let sold = m(&["sell", "0", "Thirty", "--on", &day(-10)]);
    assert_eq!((&sold["state"], &sold["last_day"]), (&"active".into(), &day(19).into()));
    let used = m(&["extra", "0", "minute of solarium", "12", "--on", &day(-9)]);
    assert_eq!((&used["extras"][0]["left"], &used["extras"][0]["count"]), (&18.into(), &30.into()));
    assert_eq!(m(&["guest", "0", "--on", &day(-9)])["guest_visits_left"], 0);
    assert_eq!(m(&["freeze", "0", "--from", &day(-8), "--days", "3"])["last_day"], day(22), "in the past");
    let planned = m(&["freeze", "0", "--from", &day(5), "--to", &day(8)]);
    assert_eq!((&planned["state"], &planned["last_day"]), (&"active".into(), &day(26).into()));
    assert_eq!(planned["freezes_left"], serde_json::json!({ "count": 0, "days": 13 }));
    assert_eq!(m(&["thaw", "0"])["last_day"], day(22), "withdrawn before it begins");
    let frozen = m(&["freeze", "0", "--from", &day(-1), "--days", "7"]);
    assert_eq!((&frozen["state"], &frozen["last_day"]), (&"frozen".into(), &day(29).into()));
    let (key, words) = refused(dir.path(), &["guest", "0"]);
    assert!(key == "frozen" && words.contains("thaw"), "{words}");
    assert_eq!(m(&["thaw", "0", "--on", &day(2)])["last_day"], day(25));
    assert_eq!(m(&["extend", "0", "5"])["last_day"], day(30));
    assert_eq!(m(&["renew", "0", "--on", &day(3)])["last_day"], day(60));
    assert_eq!(m(&["transfer", "0", "1"])["member"], 1);

    // Eight days of thirty were used, and the next thirty were not.
    let cancel = ["memberships", "cancel", "1", "--on", &day(4)];
    let preview = answer(dir.path(), &cancel);
    assert_eq!((&preview["done"], &preview["refund"]["minor"]), (&"preview".into(), &520_000.into()));
    let id = preview["membership"].as_str().unwrap();
    let shown = answer(dir.path(), &["memberships", "show", id]);
    let kinds = |shown: &Value| -> Vec<String> {
        let events = shown["history"].as_array().unwrap().iter();
        events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&shown).last().unwrap(), "transferred", "a preview does nothing");
    let cancelled = answer(dir.path(), &[&cancel[..], &["--yes"]].concat());
    assert!(cancelled["event"]["words"].as_str().unwrap().contains("5200.00 RUB"), "{cancelled}");
    let shown = answer(dir.path(), &["memberships", "show", id]);
    let words = format!("frozen to {}, cancelled from {} on", day(1), day(4));
    assert_eq!((&shown["state_words"], &shown["days_left"]), (&words.into(), &4.into()));
    assert_eq!(
        kinds(&shown),
        [
            "sold",
            "extra_used",
            "guest_pass_used",
            "frozen",
            "frozen",
            "thawed",
            "frozen",
            "thawed",
            "extended",
            "renewed",
            "transferred",
            "cancelled"
        ]
    );
    assert!(shown["history"].as_array().unwrap().iter().all(|event| event["by"] == "command_line"));
    assert_eq!(shown["terms"]["price"]["minor"], 300_000);
    assert_eq!(refused(dir.path(), &["extend", "1", "1"]).0, "cancelled");
    assert_eq!(answer(dir.path(), &["store", "check"])["sound"], true);
}

#[test]
fn t01_t02_an_operation_that_is_asked_twice_is_done_once_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    let [sale, visit, gift, end] = [1, 2, 3, 4].map(operation);
    let sell = ["sell", "0", "Thirty", "--on", &day(-3), "--operation", &sale];
    let first = m(&sell);
    assert_eq!((&first["done"], &first["operation"]), (&"new".into(), &sale.as_str().into()));
    // Another version is sold by now; what the repetition leaves out is as it was the first time.
    answer(dir.path(), &["plans", "publish", "Thirty", "--price", "9000 RUB"]);
    for again in [&sell[..], &["sell", "0", "Thirty", "--operation", &sale]] {
        let again = m(again);
        assert_eq!(
            (&again["done"], &again["event"]["words"]),
            (&"repeated".into(), &first["event"]["words"])
        );
        assert_eq!(again["membership"]["id"], first["membership"]["id"]);
    }
    for (args, differs) in [
        (&["sell", "1", "Thirty", "--operation", &sale][..], "another member"),
        (&["sell", "0", "Waiting", "--operation", &sale], "another plan"),
        (&["guest", "0", "--operation", &sale], "another command"),
    ] {
        let (key, words) = refused(dir.path(), args);
        assert!(key == "operation_used" && words.contains(differs), "{words}");
    }
    let dated = ["sell", "0", "Thirty", "--operation", &sale, "--on", &day(-2)];
    assert!(refused(dir.path(), &dated).1.contains("another date"));
    let paid = ["sell", "0", "Thirty", "--operation", &sale, "--paid", "1 RUB"];
    assert!(refused(dir.path(), &paid).1.contains("another amount"));

    let guest = ["guest", "0", "--operation", &visit];
    assert_eq!([m(&guest)["done"].clone(), m(&guest)["done"].clone()], ["new", "repeated"]);
    assert_eq!(m(&guest)["membership"]["guest_visits_left"], 0, "one guest came along");
    // Who does not have it any more is still understood.
    let give = ["transfer", "0", "1", "--operation", &gift];
    assert_eq!([m(&give)["done"].clone(), m(&give)["done"].clone()], ["new", "repeated"]);
    let cancel = ["cancel", "1", "--on", &day(1), "--yes", "--operation", &end];
    assert_eq!([m(&cancel)["done"].clone(), m(&cancel)["done"].clone()], ["new", "repeated"]);
    assert_eq!(
        m(&["cancel", "1", "--operation", &end])["done"],
        "repeated",
        "nothing is left to be confirmed"
    );
    let listed = m(&["list", "1"]);
    assert_eq!(
        (listed["memberships"].as_array().unwrap().len(), m(&["list", "0"])["memberships"].clone()),
        (1, Value::Array(vec![]))
    );
    let no_id = on_book(dir.path(), &["memberships", "guest", "1", "--operation", "17"]);
    assert_eq!(no_id.status.code(), Some(2), "an argument that is no id");
}

#[test]
fn what_cannot_be_sold_or_done_is_refused_with_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    for (args, key) in [
        (&["sell", "7", "Thirty"][..], "no_member"),
        (&["sell", "0", "Forty"], "no_plan"),
        (&["sell", "0", "Thirty", "--branch", "Mitte"], "no_branch"),
        (&["sell", "0", "Thirty", "--plan-version", "2"], "no_plan"),
        (&["sell", "0", "Thirty", "--paid", "10 EUR"], "other_currency"),
        (&["sell", "0", "Thirty", "--paid", "10"], "bad_amount"),
        (&["show", "0"], "no_membership"),
        (&["show", "01890f3e-7b2a-7c11-9d4e-2f6a5b3c1d00"], "no_membership"),
    ] {
        assert_eq!(refused(dir.path(), args).0, key, "{args:?}");
    }
    m(&["sell", "0", "Thirty", "--on", &day(-3)]);
    for (args, key, way_out) in [
        (&["use", "0"][..], "visits_not_counted", "counted"),
        (&["start", "0"], "already_started", &day(-3)),
        (&["freeze", "0", "--days", "2"], "freeze_too_short", "3 days"),
        (&["freeze", "0", "--days", "15"], "freeze_too_long", "14 days"),
        (&["freeze", "0", "--from", &day(40), "--days", "3"], "ended", &day(27)),
        (&["freeze", "0", "--from", &day(5), "--to", &day(4)], "bad_span", "--to"),
        (&["thaw", "0"], "no_freeze", "no freeze"),
        (&["give-back", "0"], "no_visit", "no visit"),
        (&["extend", "0", "367"], "bad_days", "366"),
        (&["extra", "0", "minute of solarium", "31"], "not_enough_left", "30"),
        (&["extra", "0", "massage"], "no_extra", "extras list"),
        (&["transfer", "0", "0"], "same_member", "already"),
        (&["cancel", "0", "--on", &day(-4)], "before_sale", &day(-3)),
        (&["cancel", "0", "--on", &day(27)], "ended", "Renew"),
    ] {
        let (found, words) = refused(dir.path(), args);
        assert!(found == key && words.contains(way_out), "{args:?}: {found} {words}");
    }
    m(&["guest", "0", "--on", &day(0)]);
    let (key, words) = refused(dir.path(), &["cancel", "0", "--on", &day(0)]);
    assert!(key == "used_on" && words.contains(&format!("--on {}", day(1))), "{words}");
    let shown = m(&["show", "0"]);
    assert_eq!(shown["history"].as_array().unwrap().len(), 2, "the refused have left nothing");
}

#[test]
fn of_several_memberships_the_one_that_runs_is_meant_or_they_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    m(&["sell", "0", "Thirty", "--on", &day(-90)]);
    assert_eq!(m(&["show", "0"])["state"], "ended", "the only one that there is");
    let waiting = m(&["sell", "0", "Waiting"])["membership"].clone();
    assert_eq!(waiting["state"], "not_started");
    assert!(waiting["state_words"].as_str().unwrap().contains("waits for the first visit"));
    let begun = m(&["start", "0"])["membership"].clone();
    assert_eq!(
        (&begun["id"], &begun["state"], &begun["first_day"]),
        (&waiting["id"], &"active".into(), &day(0).into())
    );
    m(&["sell", "0", "Two visits"]);
    let (key, words) = refused(dir.path(), &["extend", "0", "1"]);
    assert!(key == "ambiguous" && words.contains("Two visits") && words.contains("Waiting"), "{words}");
    assert!(!words.contains("Thirty"), "what is over is not meant: {words}");
    assert_eq!(m(&["extend", waiting["id"].as_str().unwrap(), "1"])["done"], "new");
    let plans: Vec<Value> =
        m(&["list", "0"])["memberships"].as_array().unwrap().iter().map(|one| one["plan"].clone()).collect();
    assert_eq!(plans, ["Thirty", "Waiting", "Two visits"], "in the order of their sale");
}

#[test]
fn what_has_no_end_says_so_until_its_last_visit_and_never_ends_soon() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let book = |args: &[&str]| answer(dir.path(), args);
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat())["membership"].clone();
    let ends_soon =
        || book(&["members", "list", "--ends-within-days", "30"])["members"].as_array().unwrap().len();
    let sold = m(&["sell", "0", "Two visits", "--on", &day(-5)]);
    assert_eq!((&sold["last_day"], &sold["visits_left"]), (&Value::Null, &2.into()));
    assert_eq!((&book(&["members", "show", "0"])["membership_ends"], ends_soon()), (&"no end".into(), 0));
    m(&["use", "0", "--on", &day(-4)]);
    let used_up = m(&["use", "0"]);
    assert_eq!((&used_up["state"], &used_up["visits_left"]), (&"used_up".into(), &0.into()));
    assert_eq!(refused(dir.path(), &["use", "0"]).0, "used_up");
    assert_eq!((&book(&["members", "show", "0"])["membership_ends"], ends_soon()), (&day(0).into(), 1));
    assert_eq!(m(&["give-back", "0"])["visits_left"], 1);
    assert_eq!(book(&["members", "show", "0"])["membership_ends"], "no end");
    let visit = m(&["use", "0", "--on", &day(-1), "--operation", &operation(1)]);
    assert_eq!(visit["state"], "used_up");
    let given_back = m(&["give-back", "0", "--visit", &operation(1)]);
    assert_eq!(given_back["visits_left"], 1);
    assert_eq!(refused(dir.path(), &["give-back", "0", "--visit", &operation(1)]).0, "already_given_back");
    let preview = book(&["memberships", "cancel", "0", "--on", &day(1)]);
    assert_eq!(preview["refund"]["minor"], 50_000, "one visit of two");
    let cancelled = m(&["cancel", "0", "--on", &day(1), "--yes"]);
    assert_eq!(
        (&cancelled["state"], &cancelled["visits_left"]),
        (&"cancelled".into(), &0.into()),
        "it is settled"
    );
    let later = m(&["sell", "1", "Two visits", "--on", &day(9)]);
    assert_eq!((&later["state"], &later["visits_left"]), (&"not_started".into(), &2.into()));
}

#[test]
fn t21_a_renewal_costs_what_the_branch_asks_at_its_moment() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    m(&["sell", "0", "Thirty", "--on", &day(-20)]);
    m(&["sell", "1", "Thirty", "--on", &day(-20)]);
    answer(dir.path(), &["plans", "publish", "Thirty", "--price", "9000 RUB"]);
    assert_eq!(
        m(&["renew", "0"])["event"]["words"],
        "renewed for 3000.00 RUB",
        "by the terms that were sold"
    );
    answer(dir.path(), &["plans", "prices", "set", "Thirty", "2800 RUB"]);
    assert_eq!(m(&["renew", "1"])["event"]["words"], "renewed for 2800.00 RUB");
    assert_eq!(refused(dir.path(), &["renew", "1", "--on", &day(1)]).0, "already_renewed");
    let preview = m(&["cancel", "1", "--on", &day(10)]);
    assert_eq!(preview["refund"]["minor"], 280_000, "the whole of the second period, as it was paid");
}

#[test]
fn lists_tell_what_ends_soon_and_what_rests_without_names() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let m = |args: &[&str]| answer(dir.path(), &[&["memberships"], args].concat());
    let sold = m(&["sell", "0", "Thirty", "--on", &day(-20)])["membership"]["id"].clone();
    m(&["sell", "1", "Thirty", "--on", &day(-1)]);
    m(&["sell", "1", "Two visits"]);
    let ending = m(&["ending", "--within-days", "10", "--from", &day(0)]);
    let row = serde_json::json!({ "membership": sold, "member": 0, "plan": "Thirty", "last_day": day(9) });
    assert_eq!((&ending["memberships"], &ending["more"]), (&serde_json::json!([row]), &false.into()));
    assert_eq!(m(&["ending", "--within-days", "9", "--from", &day(0)])["memberships"], serde_json::json!([]));
    m(&["freeze", "0", "--from", &day(-2), "--days", "5"]);
    let frozen = m(&["frozen", "--on", &day(1)]);
    assert_eq!(
        (&frozen["memberships"][0]["membership"], &frozen["memberships"][0]["last_day"]),
        (&sold, &day(2).into())
    );
    assert_eq!(m(&["frozen", "--on", &day(3)])["memberships"], serde_json::json!([]));
    let before = answer(dir.path(), &["audit", "verify"])["entries"].as_u64().unwrap();
    m(&["frozen"]);
    assert_eq!(answer(dir.path(), &["audit", "verify"])["entries"], before + 1);
    assert_eq!(refused(dir.path(), &["ending", "--from", "2199-12-30"]).0, "beyond_last_date");
}

#[test]
fn looking_at_a_membership_is_traced_before_it_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    club(dir.path());
    let entries = || answer(dir.path(), &["audit", "verify"])["entries"].as_u64().unwrap();
    answer(dir.path(), &["memberships", "sell", "0", "Thirty"]);
    answer(dir.path(), &["memberships", "sell", "0", "Thirty"]);
    let before = entries();
    let list = answer(dir.path(), &["memberships", "list", "0"]);
    assert_eq!(entries(), before + 1);
    answer(dir.path(), &["memberships", "show", list["memberships"][0]["id"].as_str().unwrap()]);
    assert_eq!(entries(), before + 2);
    assert_eq!(refused(dir.path(), &["show", "0"]).0, "ambiguous");
    assert_eq!(entries(), before + 3, "the candidates were shown");
    answer(
        dir.path(),
        &["memberships", "cancel", list["memberships"][0]["id"].as_str().unwrap(), "--on", &day(1)],
    );
    assert_eq!(entries(), before + 4, "what would be paid back was shown");
    let gift = ["memberships", "sell", "1", "Waiting", "--operation", &operation(1)];
    answer(dir.path(), &gift);
    assert_eq!(entries(), before + 5);
    answer(dir.path(), &gift);
    assert_eq!(entries(), before + 6, "the first answer was shown again");
}
