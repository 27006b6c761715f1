//! The desk: what it shows of the doors, who needs somebody, the search, and what is done with a member.

use axum::http::StatusCode;
use bonafide::flows::entry::{AtDoor, enter};
use bonafide::flows::recognition::Presented;
use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::id::BranchId;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plan::{CancellationRule, Length, PlanSpec, Reach, Start};
use bonafide_domain::schedule::Schedule;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind};
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::staff::Role;

use super::club::{By, Club, acting, title};

pub(super) const DESK: By = By::Staff(Role::Receptionist);

pub(crate) fn operation() -> Id {
    Id::new(bonafide::clock::now_us()).unwrap()
}

/// A branch with a gym and a door to it.
pub(crate) struct House {
    pub(crate) branch: Id,
    pub(crate) door: Id,
}

pub(crate) fn house(club: &Club) -> House {
    house_under(club, Jurisdiction::Other)
}

pub(crate) fn house_under(club: &Club, jurisdiction: Jurisdiction) -> House {
    let branch = Branch {
        name: title("Harbour <i>"),
        time_zone: TimeZoneName::parse("Europe/Berlin").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        jurisdiction,
        language: bonafide_domain::profile::Language::English,
        opening: Schedule::any_time(),
    };
    let branch = club.done(move |work| Ok(Ok::<_, ()>(branch::add(work, &acting(), &branch)?)));
    let gym = Zone { branch, name: title("Gym"), kind: ZoneKind::Gym, capacity: Some(40) };
    let zone = club.done(move |work| zone::add(work, &acting(), &gym));
    let methods = AccessMethods::new(Place::MemberDoor, &[Method::CardNumber, Method::DeviceKey]).unwrap();
    let door = AccessPoint {
        zone,
        name: title("Turnstile 1"),
        direction: Direction::Both,
        methods,
        when_unwritable: WhenUnwritable::Deny,
    };
    let door = club.done(move |work| access_point::add(work, &acting(), &door));
    House { branch, door }
}

pub(super) fn tap(club: &Club, door: Id, card: &str) -> Answer {
    let number = CardNumber::from_hex(card, ByteOrder::AsOnCard).unwrap();
    let at_door = AtDoor {
        operation: operation(),
        access_point: door,
        presented: vec![Presented::Card(number)],
        host: None,
    };
    enter(&club.app.store, &acting(), &at_door).unwrap()
}

/// Adds a member through the page and gives his id.
pub(crate) fn member(club: &Club, given: &str, family: &str, phone: &str) -> String {
    let fields = [("given", given), ("family", family), ("phone", phone)];
    let answer = club.post(DESK, "/members", &fields);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").trim_start_matches("/members/").to_owned()
}

pub(crate) fn give_card(club: &Club, member: &str, number: &str) {
    let operation = operation().to_string();
    let fields = [("operation", operation.as_str()), ("number", number), ("kind", "bracelet")];
    let answer = club.post(DESK, &format!("/members/{member}/cards"), &fields);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

#[test]
fn an_expired_or_missing_membership_is_sold_at_the_desk_and_admitted() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "+49 170 1234567");
    give_card(&club, &anna, "04:A2:3B:1C");
    let refused = tap(&club, house.door, "04A23B1C");
    assert!(matches!(refused.outcome, Outcome::Refused(_)), "{refused:?}");

    let desk = club.get(DESK, "/desk");
    assert_eq!(desk.status, StatusCode::OK, "{}", desk.text());
    assert!(desk.words(".feed li").concat().contains("No membership"), "{:?}", desk.words(".feed li"));
    assert!(desk.words(".needs li").concat().contains("Anna Petrova"), "{:?}", desk.words(".needs li"));

    let operation = sell_a_month(&club, &house, &anna);
    sell(&club, &house, &anna, &operation);
    let page = club.get(DESK, &format!("/members/{anna}"));
    let memberships = page.words("section:has(#memberships-title) .needs > li");
    assert_eq!(memberships.len(), 1, "{memberships:?}");
    assert!(memberships[0].contains("until"), "{memberships:?}");
    let admitted = tap(&club, house.door, "04A23B1C");
    assert!(matches!(admitted.outcome, Outcome::Admitted { .. }), "{admitted:?}");
    assert!(club.get(DESK, "/desk").words(".feed li")[0].contains("admitted"));
}

/// Sells a new plan at the desk, and gives the operation of the sale.
pub(crate) fn sell_a_month(club: &Club, house: &House, member: &str) -> String {
    plan(club, "Month");
    let operation = operation().to_string();
    sell(club, house, member, &operation);
    operation
}

fn sell(club: &Club, house: &House, member: &str, operation: &str) {
    let page = club.get(DESK, &format!("/members/{member}"));
    let value = page.attribute("select[name=plan] option", "value").unwrap();
    let branch = house.branch.to_string();
    let fields = [("operation", operation), ("branch", &branch), ("plan", &value)];
    let sold = club.post(DESK, &format!("/members/{member}/memberships"), &fields);
    assert_eq!(sold.status, StatusCode::SEE_OTHER, "{}", sold.text());
}

pub(crate) fn plan(club: &Club, name: &str) -> Id {
    plan_for(club, name, Reach::All)
}

fn plan_for(club: &Club, name: &str, branches: Reach<BranchId>) -> Id {
    let spec = PlanSpec {
        version: 1,
        length: Some(Length::Months(1)),
        visits: None,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches,
        freezes: None,
        guest_visits: 0,
        extras: Vec::new(),
        price: Money::parse(4_900, Currency::parse("EUR").unwrap()).unwrap(),
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    };
    let plan = bonafide_store::plans::Plan { name: title(name), note: None };
    club.done(move |work| bonafide_store::plans::add(work, &acting(), &plan, spec.clone()))
}

#[test]
fn what_opens_another_branch_is_offered_last() {
    let club = Club::new();
    let (first, second) = (house(&club), house(&club));
    let anna = member(&club, "Anna", "Petrova", "");
    plan_for(&club, "There", Reach::Only(vec![second.branch.into()]));
    plan_for(&club, "Here", Reach::Only(vec![first.branch.into()]));
    plan(&club, "Everywhere");
    let page = club.get(DESK, &format!("/members/{anna}"));
    let offered = page.words("select[name=plan] option");
    let names: Vec<&str> = offered.iter().map(|words| words.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["Here", "Everywhere", "There"], "{offered:?}");
}

#[test]
fn the_newest_memberships_stand_first_on_the_members_page() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    sell_a_month(&club, &house, &anna);
    for _ in 0..9 {
        sell(&club, &house, &anna, &operation().to_string());
    }
    let later = plan(&club, "A later one");
    let fields = [
        ("operation", operation().to_string()),
        ("branch", house.branch.to_string()),
        ("plan", format!("{later}/1")),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let sold = club.post(DESK, &format!("/members/{anna}/memberships"), &fields);
    assert_eq!(sold.status, StatusCode::SEE_OTHER, "{}", sold.text());
    let page = club.get(DESK, &format!("/members/{anna}"));
    let lines = page.words("section:has(#memberships-title) .needs > li");
    assert_eq!(lines.len(), 8, "{lines:?}");
    assert!(lines[0].starts_with("A later one"), "{lines:?}");
}

#[test]
fn a_lost_card_is_refused_from_the_report_on_and_waits_for_somebody() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    let page = club.get(DESK, &format!("/members/{anna}"));
    let credential = page.attribute("form[action$=loss-reports] input[name=credential]", "value").unwrap();
    let operation = operation().to_string();
    let fields = [("operation", operation.as_str()), ("credential", &credential)];
    let reported = club.post(DESK, &format!("/members/{anna}/loss-reports"), &fields);
    assert_eq!(reported.status, StatusCode::SEE_OTHER);
    tap(&club, house.door, "04A23B1C");
    let desk = club.get(DESK, "/desk");
    assert!(desk.words(".needs li")[0].contains("lost"), "{:?}", desk.words(".needs li"));

    let passage = desk.attribute("form[action='/desk/admissions'] input[name=passage]", "value").unwrap();
    let operation = desk.attribute("form[action='/desk/admissions'] input[name=operation]", "value").unwrap();
    let fields =
        [("operation", operation.as_str()), ("passage", &passage), ("reason", "known"), ("note", "")];
    assert_eq!(club.post(DESK, "/desk/admissions", &fields).status, StatusCode::SEE_OTHER);
    let desk = club.get(DESK, "/desk");
    assert!(desk.words(".needs li").is_empty(), "it is settled: {:?}", desk.words(".needs li"));
    assert!(desk.words(".feed li")[0].contains("by hand"), "{:?}", desk.words(".feed li"));
}

#[test]
fn one_search_finds_by_name_card_and_phone_and_opens_the_only_one() {
    let club = Club::new();
    house(&club);
    let anna = member(&club, "Анна", "Петрова", "+7 912 345-67-89");
    member(&club, "Olga", "Petrova", "+49 170 7654321");
    give_card(&club, &anna, "04:A2:3B:1C");
    for (text, count) in [("petrova", 2), ("zz", 0), ("p", 0)] {
        let found = club.get(DESK, &format!("/desk/search?q={text}"));
        assert_eq!(found.words(".found li").len(), count, "{text}: {}", found.text());
    }
    for only in ["04A23B1C", "6789", "%2B79123456789"] {
        let found = club.get(DESK, &format!("/desk/search?q={only}"));
        assert_eq!(found.header("location"), format!("/members/{anna}"), "{only}");
    }
    let typed = club.request(DESK, "GET", "/desk/search?q=olga").header("hx-request", "true");
    let part = club.ask(typed.body(axum::body::Body::empty()).unwrap());
    assert!(!part.text().contains("<html") && part.text().contains("Olga Petrova"), "{}", part.text());
}

#[test]
fn a_likely_duplicate_is_shown_and_added_only_when_it_is_somebody_else() {
    let club = Club::new();
    house(&club);
    member(&club, "Anna", "Petrova", "+49 170 1234567");
    let fields = [("given", "Anna"), ("family", "Petrova"), ("phone", "+49 170 1234567")];
    let answer = club.post(DESK, "/members", &fields);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.words("[role=alert] li").contains(&"Anna Petrova".to_owned()));
    let anyway = [fields[0], fields[1], fields[2], ("anyway", "1")];
    assert_eq!(club.post(DESK, "/members", &anyway).status, StatusCode::SEE_OTHER);
    for (given, phone, wrong) in [("", "", "given"), ("Anna", "12", "phone")] {
        let answer = club.post(DESK, "/members", &[("given", given), ("phone", phone)]);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let field = format!("input[name={wrong}]");
        assert_eq!(answer.attribute(&field, "aria-invalid").as_deref(), Some("true"), "{wrong}");
    }
}

#[test]
fn w08_a_name_that_is_a_script_is_only_a_name_on_every_page() {
    let club = Club::new();
    let house = house(&club);
    let name = "<img src=x onerror=alert(1)>";
    let evil = member(&club, name, "\"><script>", "");
    give_card(&club, &evil, "04:A2:3B:1C");
    tap(&club, house.door, "04A23B1C");
    for path in ["/desk".to_owned(), format!("/members/{evil}"), "/desk/search?q=script".to_owned()] {
        let text = club.get(DESK, &path).text();
        assert!(!text.contains("<img src=x") && !text.contains("<script>"), "{path}");
        assert!(!text.contains("Harbour <i>"), "{path}");
    }
}

#[test]
fn the_desk_is_told_within_a_second_that_somebody_passed() {
    let club = Club::new();
    let house = house(&club);
    let events = club.stream(DESK, &format!("/desk/live?branch={}", house.branch));
    assert!(events.next().contains("here"));
    tap(&club, house.door, "04A23B1C");
    let event = events.next();
    assert!(event.contains("event: moved"), "{event}");
}
