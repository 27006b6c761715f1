//! Who is inside by zone, with photo and locker; stays that are ended by hand; and where a trial and the older system differ.

use axum::http::StatusCode;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::find;
use bonafide_store::id::Id;
use bonafide_store::lockers::{self, Asked};
use bonafide_store::organisation::access_point;
use bonafide_store::organisation::locker::{self, Locker};
use bonafide_store::passages::passing::{self, Report};
use bonafide_store::passages::{Answer, Outcome, Way};
use bonafide_store::trial::{self, Observed, Of};

use super::club::{By, Club, acting, title};
use super::desk::{DESK, House, give_card, house, member, operation, sell_a_month, tap};

/// Lets a member in who has a card and a membership, and passes him through.
fn come_in(club: &Club, house: &House, card: &str) -> Answer {
    let answer = tap(club, house.door, card);
    assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
    let report = Report {
        operation: operation(),
        access_point: house.door,
        grant: Some(answer.passage),
        way: Way::Entry,
    };
    club.done(move |work| passing::passed(work, &acting(), &report));
    answer
}

fn anna_inside(club: &Club, house: &House) -> String {
    let anna = member(club, "Anna", "Petrova", "");
    give_card(club, &anna, "04:A2:3B:1C");
    sell_a_month(club, house, &anna);
    come_in(club, house, "04A23B1C");
    anna
}

#[test]
fn the_desk_sees_who_is_inside_since_when_and_with_which_locker() {
    let club = Club::new();
    let house = house(&club);
    let empty = club.get(DESK, "/desk/inside");
    assert_eq!(empty.words("section p"), ["Gym 0 / 40"], "{}", empty.text());
    let anna = anna_inside(&club, &house);
    let door = house.door;
    let zone = club.app.store.read(|tx| access_point::get(tx, door)).unwrap().unwrap().content.zone;
    let row = Locker { zone, name: title("A <12>") };
    let locker = club.done(move |work| locker::add(work, &acting(), &row));
    let id = Id::parse(&anna).unwrap();
    let vault = club.app.store.vault();
    let now_us = bonafide::clock::now_us();
    let own = club.app.store.read(|tx| find::of_member(tx, vault, id, now_us)).unwrap();
    let asked = Asked { operation: operation(), locker, credential: own[0].id };
    club.done(move |work| lockers::take(work, &acting(), &asked));

    let page = club.get(DESK, "/desk/inside");
    let lines = page.words(".feed li .what");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("Anna P") && lines[0].contains("locker A <12>"), "{lines:?}");
    assert!(lines[0].contains("0 minutes"), "{lines:?}");
    assert_eq!(page.words(".feed .face"), ["AP"], "without a photo there are initials");
    let to_it = format!("a[href='/desk/inside?branch={}']", house.branch);
    assert_eq!(club.get(DESK, "/desk").words(&to_it).len(), 1);
}

#[test]
fn a_locker_is_opened_by_hand_with_a_reason_for_him_who_has_it() {
    let club = Club::new();
    let house = house(&club);
    let anna = anna_inside(&club, &house);
    let (door, id) = (house.door, Id::parse(&anna).unwrap());
    let (vault, now_us) = (club.app.store.vault(), bonafide::clock::now_us());
    let zone = club.app.store.read(|tx| access_point::get(tx, door)).unwrap().unwrap().content.zone;
    let locker = Locker { zone, name: title("A 12") };
    let locker = club.done(move |work| locker::add(work, &acting(), &locker));
    let credential = club.app.store.read(|tx| find::of_member(tx, vault, id, now_us)).unwrap()[0].id;
    let take = || {
        let asked = Asked { operation: operation(), locker, credential };
        club.done(move |work| lockers::take(work, &acting(), &asked))
    };
    take();
    let page = club.get(DESK, &format!("/members/{anna}"));
    assert!(page.text().contains("opens locker A 12"), "the desk sees which one the bracelet took");
    let form = format!("form[action='/members/{anna}/locker-openings']");
    let once = page.attribute(&format!("{form} input[name=operation]"), "value").unwrap();
    let (locker, other) = (locker.to_string(), operation().to_string());
    let path = format!("/members/{anna}/locker-openings");
    let opened = |path: &str, operation: &str, member: &str| {
        let fields =
            [("operation", operation), ("locker", &locker), ("member", member), ("why", "credential_gone")];
        club.post(DESK, path, &fields)
    };
    for _ in 0..2 {
        assert_eq!(opened(&path, &once, &anna).status, StatusCode::SEE_OTHER);
    }
    assert!(club.get(DESK, &format!("/members/{anna}")).words(&form).is_empty(), "it is free");
    let free = opened(&path, &other, &anna);
    assert!(free.words(".refused")[0].contains("Nobody has"), "{:?}", free.words(".refused"));
    take();
    let boris = member(&club, "Boris", "Ivanov", "");
    let others = opened("/desk/locker-openings", &other, &boris);
    assert!(others.words(".refused")[0].contains("Somebody else"), "{:?}", others.words(".refused"));
    let page = club.get(DESK, "/desk/inside");
    assert_eq!(
        page.attribute("form[action$=locker-openings] input[name=member]", "value"),
        Some(anna.clone())
    );
    let opened = opened("/desk/locker-openings", &other, &anna);
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    assert!(club.get(DESK, "/desk/inside").words("form[action$=locker-openings]").is_empty());
}

#[test]
fn d17_a_stay_is_ended_by_hand_with_a_reason_and_once() {
    let club = Club::new();
    let house = house(&club);
    let anna = anna_inside(&club, &house);
    let page = club.get(DESK, "/desk/inside");
    let field = |name: &str| page.attribute(&format!(".feed input[name={name}]"), "value").unwrap();
    let (operation, zone) = (field("operation"), field("zone"));
    assert_eq!(field("member"), anna);
    let fields =
        [("operation", operation.as_str()), ("member", &anna), ("zone", &zone), ("why", "evacuation")];
    for _ in 0..2 {
        let ended = club.post(DESK, "/desk/releases", &fields);
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text());
    }
    assert!(club.get(DESK, "/desk/inside").words(".feed li").is_empty());
    let other = super::desk::operation().to_string();
    let again = [("operation", other.as_str()), ("member", &anna), ("zone", &zone), ("why", "evacuation")];
    let refused = club.post(DESK, "/desk/releases", &again);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words(".refused")[0].contains("not in that zone"), "{:?}", refused.words(".refused"));
}

#[test]
fn a_trial_shows_where_the_two_systems_differ() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    let off = club.get(DESK, "/desk/trial");
    assert_eq!(off.words(".empty").len(), 1, "{}", off.text());
    assert!(club.get(DESK, "/desk").words("a[href^='/desk/trial']").is_empty());

    let door = house.door;
    club.done(move |work| trial::set(work, &acting(), Of::AccessPoint(door), true));
    let none = club.get(DESK, "/desk/trial");
    assert_eq!(none.words(".done").len(), 1, "{}", none.text());
    // We refuse without a membership; the older system opened.
    let ours = tap(&club, house.door, "04A23B1C");
    assert!(matches!(ours.outcome, Outcome::Refused(_)), "{ours:?}");
    let told = Observed {
        operation: operation(),
        access_point: door,
        admitted: true,
        at_us: bonafide::clock::now_us(),
        member: Id::parse(&anna),
        passage: Some(ours.passage),
    };
    let device = Acting { actor: Actor::Program, ..acting() };
    club.done(move |work| trial::observe(work, &device, &told));
    let page = club.get(DESK, "/desk/trial");
    let lines = page.words(".needs li");
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["they let in, we would not", "Anna P", "Turnstile 1", "Our reason: No membership"] {
        assert!(lines[0].contains(part), "{part}: {lines:?}");
    }
    assert_eq!(page.words("tbody td"), ["1", "0", "0", "0"]);
    assert_eq!(club.get(DESK, "/desk").words("a[href^='/desk/trial']").len(), 1);
    assert_eq!(club.get(By::Nobody, "/desk/trial").status, StatusCode::SEE_OTHER);
}
