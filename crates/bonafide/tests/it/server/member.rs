//! A member's page: photo, consents in full and withdrawn, kept out and let in again, cards stopped and released, extras, the wish
//! about faces, and all visits.

use axum::http::StatusCode;
use bonafide_domain::consent::{
    Channel, ConsentRecord, ConsentText, Evidence, Giver, Jurisdiction, Keeping, Modality, Purpose, Term,
};
use bonafide_domain::id::{ConsentId, ExtraId};
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plan::{CancellationRule, IncludedExtra, Length, PlanSpec, Reach, Start};
use bonafide_domain::profile::Language;
use bonafide_domain::schedule::Schedule;
use bonafide_store::consents::texts::{NewText, put_in_force};
use bonafide_store::consents::{self, Question, may_enrol};
use bonafide_store::id::Id;
use bonafide_store::members::photo;
use bonafide_store::passages::Outcome;
use bonafide_store::plans::{self, extra};
use bonafide_store::staff;

use super::club::{Answer, Club, acting, title};
use super::desk::{DESK, give_card, house, member, operation, sell_a_month, tap};
use crate::faces::fixtures;

const VIEWING: (Modality, Purpose) = (Modality::ProfilePhoto, Purpose::StaffViewing);

/// Adds an adult through the page.
fn adult(club: &Club) -> String {
    let fields = [("given", "Anna"), ("family", "Petrova"), ("birth", "1990-05-03")];
    let answer = club.post(DESK, "/members", &fields);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").trim_start_matches("/members/").to_owned()
}

fn page(club: &Club, member: &str) -> Answer {
    club.get(DESK, &format!("/members/{member}"))
}

fn send(club: &Club, member: &str, what: &str, fields: &[(&str, &str)]) -> Answer {
    let operation = operation().to_string();
    let all: Vec<_> = fields.iter().copied().chain([("operation", operation.as_str())]).collect();
    club.post(DESK, &format!("/members/{member}/{what}"), &all)
}

/// A consent to a photo that the staff look at, on paper.
fn consent_to_photo(club: &Club, member: Id) {
    let text = NewText {
        jurisdiction: Jurisdiction::Other,
        modality: VIEWING.0,
        purpose: VIEWING.1,
        language: Language::English,
        separate_document: true,
        content: "your photo".to_owned(),
    };
    let hash = club.done(move |work| put_in_force(work, &acting(), &text));
    let employees = club.app.store.read(|tx| staff::list(tx, false)).unwrap();
    let now_us = bonafide::clock::now_us();
    let record = ConsentRecord {
        id: ConsentId(*operation().bytes()),
        member: member.into(),
        giver: Giver::Subject,
        text: ConsentText { hash, language: Language::English, separate_document: true },
        modality: VIEWING.0,
        purpose: VIEWING.1,
        term: Term::WhilePurposeLasts,
        channel: Channel::Paper,
        evidence: Evidence::parse("scan 12").unwrap(),
        operator: Some(employees[0].id.into()),
        given_at_us: now_us,
        given_on: bonafide::clock::utc_date(now_us),
    };
    club.done(move |work| consents::give(work, &acting(), &record));
}

fn keep_photo(club: &Club, member: Id) {
    let jpeg = std::fs::read(fixtures().join("president/obama.jpg")).unwrap();
    let now_us = bonafide::clock::now_us();
    let question = Question {
        jurisdiction: Jurisdiction::Other,
        member,
        modality: VIEWING.0,
        purpose: VIEWING.1,
        now_us,
        today: bonafide::clock::utc_date(now_us),
    };
    club.done(move |work| {
        let permit = may_enrol(work.tx, work.vault, &question, Keeping::Here, None)?.unwrap();
        photo::put(work, &acting(), &jpeg, permit)
    });
}

#[test]
fn a_photo_stands_in_the_feed_in_small_and_goes_with_the_consent() {
    let club = Club::new();
    let house = house(&club);
    let anna = adult(&club);
    let id = Id::parse(&anna).unwrap();
    give_card(&club, &anna, "04:A2:3B:1C");
    tap(&club, house.door, "04A23B1C");
    assert!(club.get(DESK, "/desk").attribute(".feed img", "src").is_none());
    consent_to_photo(&club, id);
    keep_photo(&club, id);

    let desk = club.get(DESK, "/desk");
    let small = desk.attribute(".feed img.face", "src").unwrap();
    assert_eq!(small, format!("/members/{anna}/photo?size=small"));
    assert_eq!(desk.attribute(".feed img.face", "loading").as_deref(), Some("lazy"));
    let (small, large) = (club.get(DESK, &small), club.get(DESK, &format!("/members/{anna}/photo")));
    assert_eq!((small.status, small.header("content-type")), (StatusCode::OK, "image/jpeg"));
    assert!(small.body.len() < 8_192 && small.body.len() < large.body.len() / 4, "{}", small.body.len());

    let line = page(&club, &anna).words("section:has(#consents-title) .needs li").concat();
    for part in
        ["A photo that the staff look at", "holds", "by the member", "on paper", "Proof: scan 12", "Taken by"]
    {
        assert!(line.contains(part), "{part}: {line}");
    }
    let unsure = send(&club, &anna, "consent-withdrawals", &[("about", "profile_photo/staff_viewing")]);
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY, "it is asked again first");
    let about = page(&club, &anna).attribute("input[name=about]", "value").unwrap();
    let withdrawn = send(&club, &anna, "consent-withdrawals", &[("about", &about), ("sure", "yes")]);
    assert_eq!(withdrawn.status, StatusCode::SEE_OTHER, "{}", withdrawn.text());
    let line = page(&club, &anna).words("section:has(#consents-title) .needs li").concat();
    assert!(line.contains("withdrawn") && !line.contains("Withdraw"), "{line}");
    assert_eq!(club.get(DESK, &format!("/members/{anna}/photo")).status, StatusCode::NOT_FOUND);
    assert!(club.get(DESK, "/desk").attribute(".feed img", "src").is_none());
}

#[test]
fn the_day_of_birth_is_kept_and_an_impossible_one_is_refused() {
    let club = Club::new();
    house(&club);
    for birth in ["2999-01-01", "1700-01-01", "soon", "1990-02-30"] {
        let refused = club.post(DESK, "/members", &[("given", "Anna"), ("birth", birth)]);
        assert_eq!(refused.words("#bad-birth").len(), 1, "{birth}: {}", refused.text());
        assert_eq!(refused.attribute("input[name=given]", "value").as_deref(), Some("Anna"));
    }
    let anna = adult(&club);
    assert!(page(&club, &anna).words(".person p")[0].contains("years old"));
}

#[test]
fn a_member_is_kept_out_until_a_day_or_until_it_is_lifted() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    sell_a_month(&club, &house, &anna);
    for (until, key) in [("2001-01-01", "over already"), ("never", "no day")] {
        let refused = send(&club, &anna, "suspensions", &[("reason", "debt"), ("until", until)]);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{until}");
        assert!(refused.words(".refused")[0].contains(key), "{until}");
    }
    for until in ["2050-12-31", ""] {
        let done = send(&club, &anna, "suspensions", &[("reason", "conduct"), ("until", until)]);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let kept_out = tap(&club, house.door, "04A23B1C");
        assert!(matches!(kept_out.outcome, Outcome::Refused(_)), "{kept_out:?}");
        let shown = page(&club, &anna);
        assert!(shown.words(".person .state.bad")[0].contains("kept out"), "{}", shown.text());
        let one = shown.attribute("input[name=suspension]", "value").unwrap();
        for _ in 0..2 {
            let lifted = send(&club, &anna, "suspension-ends", &[("suspension", &one)]);
            assert_eq!(lifted.status, StatusCode::SEE_OTHER);
        }
    }
    assert!(matches!(tap(&club, house.door, "04A23B1C").outcome, Outcome::Admitted { .. }));
    let lines = page(&club, &anna).words("section:has(#suspensions-title) .needs li");
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains("lifted")), "{lines:?}");
    let other = member(&club, "Olga", "Ivanova", "");
    send(&club, &anna, "suspensions", &[("reason", "debt"), ("until", "")]);
    let one = page(&club, &anna).attribute("input[name=suspension]", "value").unwrap();
    let refused = send(&club, &other, "suspension-ends", &[("suspension", &one)]);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "it is somebody else's");
}

#[test]
fn a_card_is_stopped_for_a_reason_and_released() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    sell_a_month(&club, &house, &anna);
    let card = page(&club, &anna).attribute("form[action$=card-blocks] input[name=credential]", "value");
    let card = card.unwrap();
    let fields = [("credential", card.as_str()), ("reason", "suspected_copy")];
    assert_eq!(send(&club, &anna, "card-blocks", &fields).status, StatusCode::SEE_OTHER);
    assert!(matches!(tap(&club, house.door, "04A23B1C").outcome, Outcome::Refused(_)));
    assert_eq!(send(&club, &anna, "card-blocks", &fields).status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = page(&club, &anna);
    assert!(shown.attribute("form[action$=card-blocks]", "action").is_none(), "it is stopped already");
    let released = send(&club, &anna, "card-releases", &[("credential", &card)]);
    assert_eq!(released.status, StatusCode::SEE_OTHER);
    assert!(matches!(tap(&club, house.door, "04A23B1C").outcome, Outcome::Admitted { .. }));
}

#[test]
fn an_included_extra_is_used_until_none_is_left() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    let minutes = club.done(|work| extra::add(work, &acting(), &title("Minute of solarium")));
    let spec = PlanSpec {
        version: 1,
        length: Some(Length::Months(1)),
        visits: None,
        schedule: Schedule::any_time(),
        zones: Reach::All,
        branches: Reach::All,
        freezes: None,
        guest_visits: 0,
        extras: vec![IncludedExtra { extra: ExtraId(*minutes.bytes()), count: 30 }],
        price: Money::parse(4_900, Currency::parse("EUR").unwrap()).unwrap(),
        start: Start::OnPurchase,
        renews: false,
        transferable: false,
        cancellation: CancellationRule::NothingBack,
    };
    let plan = plans::Plan { name: title("Sun"), note: None };
    let plan = club.done(move |work| plans::add(work, &acting(), &plan, spec.clone()));
    let (branch, plan) = (house.branch.to_string(), format!("{plan}/1"));
    let sold = send(&club, &anna, "memberships", &[("branch", &branch), ("plan", &plan)]);
    assert_eq!(sold.status, StatusCode::SEE_OTHER, "{}", sold.text());

    let shown = page(&club, &anna);
    assert_eq!(shown.words("select[name=extra] option"), ["Minute of solarium (30)"]);
    let membership = shown.attribute("form[action$=extra-uses] input[name=membership]", "value").unwrap();
    let minutes = minutes.to_string();
    let take = |count: &str| {
        let fields = [("membership", membership.as_str()), ("extra", &minutes), ("count", count)];
        send(&club, &anna, "extra-uses", &fields).status
    };
    for wrong in ["31", "0", "some", "-1"] {
        assert_eq!(take(wrong), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(take("20"), StatusCode::SEE_OTHER);
    assert_eq!(page(&club, &anna).words("select[name=extra] option"), ["Minute of solarium (10)"]);
    assert_eq!(take("10"), StatusCode::SEE_OTHER);
    assert!(page(&club, &anna).words("select[name=extra] option").is_empty(), "nothing is left");
}

#[test]
fn b13_a_member_may_ask_that_a_face_alone_never_opens() {
    let club = Club::new();
    house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    for (never, shown) in [("yes", 1), ("yes", 1), ("no", 0)] {
        let set = club.post(DESK, &format!("/members/{anna}/face-wishes"), &[("never", never)]);
        assert_eq!(set.status, StatusCode::SEE_OTHER);
        assert_eq!(page(&club, &anna).words(".person .state.ask").len(), shown, "{never}");
    }
}

#[test]
fn all_visits_stand_on_a_page_with_door_and_reason() {
    let club = Club::new();
    let house = house(&club);
    let anna = member(&club, "Anna", "Petrova", "");
    give_card(&club, &anna, "04:A2:3B:1C");
    assert_eq!(club.get(DESK, &format!("/members/{anna}/visits")).words(".empty").len(), 1);
    tap(&club, house.door, "04A23B1C");
    for path in [format!("/members/{anna}"), format!("/members/{anna}/visits")] {
        let row = club.get(DESK, &path).words("tbody tr").concat();
        assert!(row.contains("Turnstile 1") && row.contains("No membership"), "{path}: {row}");
    }
}
