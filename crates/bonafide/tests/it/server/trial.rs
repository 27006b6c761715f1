//! A trial: what the older system decided, told by its adapter or read from its list.

use axum::http::StatusCode;
use bonafide_store::id::Id;
use bonafide_store::trial::{Of, set};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{DECISIONS, adapter, ask, operation};
use super::club::{By, Club, acting};
use super::desk::{DESK, House, give_card, house, member, sell_a_month};
use super::set_up::OWNER;

const OBSERVATIONS: &str = "/api/v1/door/trial-observations";
const CARD: &str = "04A23B1C";

/// A club whose door is on trial, with Anna, who may come in.
fn trial() -> (Club, House, String) {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    sell_a_month(&club, &house, &anna);
    let door = house.door;
    club.done(move |work| set(work, &acting(), Of::AccessPoint(door), true));
    (club, house, anna)
}

fn outcomes(body: &Value) -> Vec<(&str, bool)> {
    let all = body["observations"].as_array().unwrap_or_else(|| panic!("{body}"));
    all.iter().map(|one| (one["outcome"].as_str().unwrap(), one["passage"].is_string())).collect()
}

#[test]
fn an_adapter_tells_what_the_older_system_decided_and_each_counts_once() {
    let (club, house, anna) = trial();
    let (_, door) = adapter(&club, &house);
    let ours = door.post(DECISIONS, &ask(&operation(), "entry", CARD));
    assert_eq!((&ours.body["shadow"], &ours.body["open"]), (&json!(true), &json!(false)), "{}", ours.body);
    let ids = [operation(), operation(), operation()];
    let told = json!({ "observations": [
        { "operation": ids[0], "admitted": false, "passage": ours.body["passage"] },
        { "operation": ids[1], "admitted": true, "presented": { "card_hex": "0BADCAFE" } },
        { "operation": ids[2], "admitted": true, "presented": { "club_number": "17" }, "at": bonafide::clock::now_us() },
    ] });
    let noted = door.post(OBSERVATIONS, &told.to_string());
    assert_eq!(noted.status, 200, "{}", noted.body);
    assert_eq!(outcomes(&noted.body), [("noted", true), ("noted", false), ("noted", false)]);
    let again = json!({ "observations": [
        { "operation": ids[0], "admitted": false, "passage": ours.body["passage"] },
        { "operation": ids[1], "admitted": false, "presented": { "card_hex": CARD } },
    ] });
    let again = door.post(OBSERVATIONS, &again.to_string());
    assert_eq!(outcomes(&again.body), [("repeated", true), ("other_request", false)], "{}", again.body);
    let page = club.get(DESK, "/desk/trial");
    assert_eq!(page.words("tbody td"), ["0", "1", "2", "0"], "{}", page.text());
    assert!(page.text().contains(&anna));
}

#[test]
fn what_is_no_observation_is_refused_as_a_whole() {
    let (club, house, _) = trial();
    let (_, door) = adapter(&club, &house);
    let one = |further: Value| {
        let mut one = json!({ "operation": operation(), "admitted": true });
        one.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        one
    };
    let day_us = 86_400_000_000_i64;
    let now_us = bonafide::clock::now_us();
    for (observations, key) in [
        (json!([]), "bad_value"),
        (json!(vec![one(json!({})); 101]), "bad_value"),
        (json!([one(json!({ "operation": "x" }))]), "bad_value"),
        (json!([one(json!({ "presented": { "code": "BF1" } }))]), "bad_value"),
        (json!([one(json!({ "presented": { "card_hex": "zz" } }))]), "bad_value"),
        (json!([one(json!({})), one(json!({ "at": now_us - 2 * day_us }))]), "too_old"),
        (json!([one(json!({ "at": now_us + day_us }))]), "too_early"),
        (json!([one(json!({ "member": "x" }))]), "bad_json"),
    ] {
        let refused = door.post(OBSERVATIONS, &json!({ "observations": observations }).to_string());
        assert_eq!((refused.status, &refused.body["key"]), (422, &json!(key)), "{}", refused.body);
    }
    assert_eq!(club.get(DESK, "/desk/trial").words(".done").len(), 1, "nothing was written down");
}

#[test]
fn a_list_of_the_older_system_is_compared_line_by_line_and_once() {
    let (club, house, _) = trial();
    let (_, door) = adapter(&club, &house);
    let branch = house.branch.to_string();
    assert!(club.get(DESK, "/desk/trial").words("input[type=file]").is_empty());
    assert_eq!(
        club.get(OWNER, "/desk/trial").attribute("form[enctype]", "action").as_deref(),
        Some("/desk/trial/lists")
    );
    door.post(DECISIONS, &ask(&operation(), "entry", CARD));
    let at = |shift_us: i64| {
        Timestamp::from_microsecond(bonafide::clock::now_us() + shift_us).unwrap().to_string()
    };
    let (now, day_us) = (at(0), 86_400_000_000);
    let list = format!(
        "Time;Door;Card;Result\n{now};turnstile 1;{CARD};granted\n{now};Turnstile 1;0BADCAFE;Access denied\n\
         {};Turnstile 1;{CARD};granted\n{now};Turnstile 1;{CARD};exit\n{};Turnstile 1;{CARD};granted\n\
         {now};Garage;{CARD};granted\nyesterday;Turnstile 1;{CARD};granted\n",
        at(-day_us),
        at(day_us),
    );
    for (noted, repeated) in [("2 lines are compared.", false), ("0 lines are compared.", true)] {
        let sent = club.upload(OWNER, "/desk/trial/lists", &[("branch", &branch), ("door", "")], &list);
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.text());
        let told = sent.words("[role=status]").concat();
        assert!(told.contains(noted) && told.contains("2 are not compared"), "{told}");
        assert_eq!(told.contains("2 were there already"), repeated, "{told}");
        let lines = sent.words(".notice li");
        assert_eq!(lines.len(), 3, "{lines:?}");
        for (line, part) in [(0, "Line 6: it lies ahead"), (1, "Line 7: no door"), (2, "Line 8: its time")] {
            assert!(lines[line].starts_with(part), "{lines:?}");
        }
    }
    let page = club.get(DESK, "/desk/trial");
    assert!(page.text().contains("Both decided the same 1 time."), "{}", page.text());
    assert_eq!(page.words("tbody td"), ["0", "0", "1", "0"], "a stranger whom we were not asked about");
    let other = Id::parse(&branch).map(|id| id.to_string()).unwrap();
    for (list, key) in
        [("", "Choose the file"), ("a;b\n1;2\n", "names of the columns"), ("PK\u{3}\u{4}", "as a table")]
    {
        let refused = club.upload(OWNER, "/desk/trial/lists", &[("branch", &other)], list);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.words(".refused")[0].contains(key), "{key}: {:?}", refused.words(".refused"));
    }
    assert_eq!(
        club.upload(DESK, "/desk/trial/lists", &[("branch", &branch)], &list).status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(club.upload(By::Nobody, "/desk/trial/lists", &[], &list).status, StatusCode::UNAUTHORIZED);
}
