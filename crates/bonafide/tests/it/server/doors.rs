//! The rules of a door, its lockers and tills, and the prices of branches, by pages.

use axum::http::StatusCode;
use bonafide_domain::access_method::Method;
use bonafide_domain::admission::rules::{AntiPassback, Passing, WhenCheckDue};
use bonafide_store::id::Id;
use bonafide_store::passages::door::get;

use super::club::{Answer, Club};
use super::set_up::{OWNER, door, fill, set_up};

fn path_of_first(club: &Club, list: &str) -> String {
    club.get(OWNER, list).attribute(".needs a.button", "href").unwrap()
}

fn rules<'a>(together: &[(&'a str, &'a str)], times: [&'a str; 3]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("anti_passback", "hard"), ("when_check_due", "refuse"), ("passing", "assumed")];
    fields.extend(["double_tap_s", "grant_s", "again_after_min"].into_iter().zip(times));
    fields.extend(together);
    fields
}

#[test]
fn the_rules_of_a_door_are_set_by_its_page_and_stand_there_again() {
    let club = Club::new();
    let (_, zone) = set_up(&club, "Harbour");
    fill(&club, "/set-up/doors", &door(&zone, "Gate", &["card_number", "face", "pin"]));
    let path = path_of_first(&club, "/set-up/doors");
    let id = Id::parse(path.trim_start_matches("/set-up/doors/")).unwrap();
    let path = format!("{path}/rules");
    let together = [("together-1", "card_number"), ("together-1", "pin"), ("together-3", "card_number")];
    let set = fill(&club, &path, &rules(&together, ["2", "20", "90"]));
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    let door = club.app.store.read(|tx| get(tx, id)).unwrap().unwrap().rules;
    assert_eq!(
        (door.anti_passback, door.when_check_due, door.passing),
        (AntiPassback::Hard, WhenCheckDue::Refuse, Passing::Assumed)
    );
    let times = (door.times.double_tap_us(), door.times.grant_us(), door.times.again_after_us());
    assert_eq!(times, (2_000_000, 20_000_000, 5_400_000_000));
    let expected = [vec![Method::CardNumber, Method::Pin], vec![Method::CardNumber]];
    assert_eq!(door.demands.combinations(), expected);

    let page = club.get(OWNER, &path);
    let ticked = |group: &str| page.words(&format!("input[name={group}][checked]")).len();
    assert_eq!([ticked("together-1"), ticked("together-2"), ticked("together-3")], [2, 1, 0]);
    assert_eq!(page.attribute("input[name=again_after_min]", "value").as_deref(), Some("90"));
    assert_eq!(page.words("select[name=anti_passback] option[selected]"), ["refuse"]);
}

#[test]
fn rules_that_a_door_cannot_have_are_refused_beside_their_field() {
    let club = Club::new();
    let (_, zone) = set_up(&club, "Harbour");
    fill(&club, "/set-up/doors", &door(&zone, "Gate", &["card_number", "face"]));
    let path = format!("{}/rules", path_of_first(&club, "/set-up/doors"));
    let card = ("together-1", "card_number");
    for (together, times, field) in [
        (vec![card, ("together-1", "face")], ["3", "10", "0"], "together-1"),
        (vec![("together-2", "voice"), card], ["3", "10", "0"], "together-1"),
        (vec![], ["31", "10", "0"], "double_tap_s"),
        (vec![], ["3", "0", "0"], "grant_s"),
        (vec![], ["3", "10", "1441"], "again_after_min"),
        (vec![], ["3", "ten", "0"], "grant_s"),
        (vec![], ["3", "9223372036854775807", "0"], "grant_s"),
    ] {
        let answer = fill(&club, &path, &rules(&together, times));
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{together:?} {times:?}");
        assert_eq!(answer.words(&format!("#bad-{field}")).len(), 1, "{together:?} {times:?}");
        let typed = answer.attribute("input[name=grant_s]", "value");
        assert_eq!(typed.as_deref(), Some(times[1]), "what was typed stays");
    }
}

fn names(list: &Answer) -> Vec<String> {
    list.words(".needs li strong")
}

#[test]
fn lockers_are_added_in_a_row_renamed_and_closed() {
    let club = Club::new();
    let (branch, zone) = set_up(&club, "Harbour");
    let lockers = |name, count| vec![("zone", zone.as_str()), ("name", name), ("count", count)];
    assert_eq!(fill(&club, "/set-up/lockers", &lockers("A 9", "3")).status, StatusCode::SEE_OTHER);
    assert_eq!(names(&club.get(OWNER, "/set-up/lockers")), ["A 9", "A 10", "A 11"]);
    for (name, count, field) in [("A", "2", "name"), ("", "1", "name"), ("1", "201", "count")] {
        let answer = fill(&club, "/set-up/lockers", &lockers(name, count));
        assert_eq!(answer.words(&format!("#bad-{field}")).len(), 1, "{name} {count}: {}", answer.text());
    }
    let path = path_of_first(&club, "/set-up/lockers");
    assert!(club.get(OWNER, &path).words("input[name=count]").is_empty());
    assert_eq!(
        fill(&club, &path, &[("zone", zone.as_str()), ("name", "Window")]).status,
        StatusCode::SEE_OTHER
    );
    fill(&club, &format!("{path}/closures"), &[("closed", "yes")]);
    let list = club.get(OWNER, "/set-up/lockers");
    assert_eq!(names(&list), ["A 10", "A 11", "Window"]);
    assert!(list.words(".needs .state")[2].contains("closed"));

    fill(&club, "/set-up/tills", &[("branch", &branch), ("name", "Bar")]);
    let path = path_of_first(&club, "/set-up/tills");
    fill(&club, &path, &[("branch", &branch), ("name", "Bar 1")]);
    assert_eq!(names(&club.get(OWNER, "/set-up/tills")), ["Bar 1"]);
    assert_eq!(fill(&club, &path, &[("branch", &branch), ("name", "")]).words("#bad-name").len(), 1);
}

#[test]
fn a_branch_has_its_own_price_until_the_field_is_emptied() {
    let club = Club::new();
    set_up(&club, "Harbour");
    let plan = [("name", "Month"), ("price", "49.90 EUR"), ("kind", "months"), ("count", "1")];
    assert_eq!(fill(&club, "/set-up/plans", &plan).status, StatusCode::SEE_OTHER);
    let list = format!("{}/prices", path_of_first(&club, "/set-up/plans"));
    let path = path_of_first(&club, &list);
    for (price, shown, state) in [("39,50 EUR", "39.50", "own price"), ("", "49.90", "price of the plan")] {
        assert_eq!(fill(&club, &path, &[("price", price)]).status, StatusCode::SEE_OTHER);
        let row = club.get(OWNER, &list).words(".needs > li")[0].clone();
        assert!(row.contains(shown) && row.contains(state), "{row}");
    }
    for wrong in ["cheap", "39 RUB", "99999999999999 EUR"] {
        assert_eq!(fill(&club, &path, &[("price", wrong)]).words("#bad-price").len(), 1, "{wrong}");
    }
}
