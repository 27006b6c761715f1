//! SIGUR's numbers by pages: what is typed into SIGUR, and which number is which door.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::club::{Answer, Club};
use super::set_up::{OWNER, door, fill, set_up};

/// A club with two doors and a SIGUR server: its key, and the path of its numbers.
fn club() -> (Club, String, String) {
    let club = Club::new();
    let (branch, zone) = set_up(&club, "Harbour");
    for name in ["Gate", "Pool"] {
        let added = fill(&club, "/set-up/doors", &door(&zone, name, &["card_number"]));
        assert_eq!(added.status, StatusCode::SEE_OTHER);
    }
    let empty = club.get(OWNER, "/set-up/sigur");
    assert_eq!(empty.words(".empty").len(), 1, "{}", empty.text());
    let bound = format!("branch/{branch}");
    let form = club.get(OWNER, "/set-up/devices/new?kind=sigur_server");
    assert_eq!(
        form.attribute("select[name=kind] option[selected]", "value").as_deref(),
        Some("sigur_server")
    );
    let fields = [("name", "Sigur"), ("kind", "sigur_server"), ("bound", &bound), ("login", "sigur")];
    let shown = fill(&club, "/set-up/devices", &fields);
    let key = shown.attribute("#key", "value").unwrap();
    let add = club.get(OWNER, "/set-up/sigur").attribute("a.primary", "href").unwrap();
    let path = add.strip_suffix("/new").unwrap().to_owned();
    (club, key, path)
}

fn sigur(club: &Club, key: &str, path: &str, body: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("sigur:{key}")));
    let request = Request::builder().method("POST").uri(path).header("host", "club.test");
    club.ask(request.header("authorization", basic).body(Body::from(body.to_owned())).unwrap())
}

fn says(club: &Club, key: &str) -> String {
    let asked = r#"{"keyHex":"9F4A0013C2","accessPoint":3,"direction":1}"#;
    let answer = sigur(club, key, "/sigur/getaccess", asked);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_number_is_set_changed_and_taken_out_and_sigur_is_answered_accordingly() {
    let (club, key, path) = club();
    let page = club.get(OWNER, "/set-up/sigur");
    assert_eq!(page.attribute("#address", "value").as_deref(), Some("http://club.test/sigur"));
    assert!(page.text().contains("user: sigur"), "{}", page.text());
    let unset = says(&club, &key);
    let form = club.get(OWNER, &format!("{path}/new"));
    let gate = form.attribute("select[name=door] option", "value").unwrap();
    let point = [("door", gate.as_str()), ("entry_direction", "1"), ("byte_order", "as_on_card")];
    let with = |number: &'static str| [("number", number)].into_iter().chain(point).collect::<Vec<_>>();
    for (fields, wrong) in [
        (with("three"), "number"),
        (
            vec![
                ("number", "3"),
                ("door", gate.as_str()),
                ("entry_direction", "3"),
                ("byte_order", "reversed"),
            ],
            "entry_direction",
        ),
        (
            vec![("number", "3"), ("door", "none"), ("entry_direction", "1"), ("byte_order", "reversed")],
            "door",
        ),
    ] {
        let refused = fill(&club, &path, &fields);
        assert_eq!(refused.words(&format!("#bad-{wrong}")).len(), 1, "{fields:?}: {}", refused.text());
    }
    let set = fill(&club, &path, &with("3"));
    assert_eq!(
        (set.status, set.header("location")),
        (StatusCode::SEE_OTHER, "/set-up/sigur"),
        "{}",
        set.text()
    );
    assert_eq!(fill(&club, &path, &with("3")).words("#bad-number").len(), 1, "it is set already");
    assert_ne!(says(&club, &key), unset, "it is a door now");
    let list = club.get(OWNER, "/set-up/sigur");
    assert_eq!(list.words(".needs strong"), ["3 → Gate"]);
    let one = list.attribute(".needs a.button", "href").unwrap();
    let change = club.get(OWNER, &one);
    assert!(change.words("input[name=number]").is_empty() && change.text().contains("Number 3 of SIGUR"));
    let pool = change.attribute("select[name=door] option:last-child", "value").unwrap();
    let other = [("door", pool.as_str()), ("entry_direction", "2"), ("byte_order", "reversed")];
    assert_eq!(fill(&club, &one, &other).status, StatusCode::SEE_OTHER);
    let list = club.get(OWNER, "/set-up/sigur");
    assert_eq!(list.words(".needs strong"), ["3 → Pool"]);
    assert!(list.words(".needs .small")[0].contains("2 is the way in"));
    assert_eq!(fill(&club, &format!("{one}/removals"), &[]).status, StatusCode::SEE_OTHER);
    assert_eq!(says(&club, &key), unset);
}

#[test]
fn an_entry_that_was_not_counted_waits_until_somebody_has_looked() {
    let (club, key, _) = club();
    let log =
        r#"{"logs":[{"logId":79154,"time":1732264000,"accessPoint":8,"direction":2,"keyHex":"9F4A0013C2"}]}"#;
    assert_eq!(sigur(&club, &key, "/sigur/events", log).status, StatusCode::OK);
    let page = club.get(OWNER, "/set-up/sigur");
    assert_eq!(page.words(".needs .state"), ["? number not set: not counted"], "{}", page.text());
    assert!(page.words(".needs .small")[0].contains("number 8"), "{}", page.text());
    assert!(!page.text().contains("9F4A0013C2"), "whose card it is is nothing for this page");
    let set = page.attribute(".needs a.button", "href").unwrap();
    assert!(set.ends_with("/points/8"), "{set}");
    let seen = page.attribute("form[action$=dismissals]", "action").unwrap();
    assert_eq!(club.post(OWNER, &seen, &[]).status, StatusCode::SEE_OTHER);
    assert!(club.get(OWNER, "/set-up/sigur").words(".needs .state").is_empty());
    assert_eq!(club.post(OWNER, &seen, &[]).status, StatusCode::NOT_FOUND);
}
