//! The set-up: from an empty club to a passage by pages alone, and what is refused beside its field.

use axum::http::StatusCode;
use bonafide::flows::entry::{AtDoor, enter};
use bonafide::flows::recognition::Presented;
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_store::id::Id;
use bonafide_store::passages::Outcome;
use bonafide_store::staff::Role;

use super::club::{Answer, By, Club, acting};

pub(super) const OWNER: By = By::Staff(Role::Owner);

pub(super) fn operation() -> String {
    Id::new(bonafide::clock::now_us()).unwrap().to_string()
}

/// Fills in the form of a page and sends it.
pub(super) fn fill(club: &Club, path: &str, fields: &[(&str, &str)]) -> Answer {
    let operation = operation();
    let mut all = vec![("operation", operation.as_str())];
    all.extend(fields);
    club.post(OWNER, path, &all)
}

fn next(club: &Club) -> Option<String> {
    club.get(OWNER, "/set-up").attribute("#next", "href")
}

fn branch<'a>(name: &'a str, zone: &'a str, currency: &'a str, hours: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("name", name),
        ("time_zone", zone),
        ("jurisdiction", "european_union:16"),
        ("currency", currency),
        ("language", "en"),
        ("hours", hours),
    ]
}

pub(super) fn set_up(club: &Club, name: &str) -> (String, String) {
    let added = fill(club, "/set-up/branches", &branch(name, "Europe/Berlin", "EUR", ""));
    assert_eq!(
        (added.status, added.header("location")),
        (StatusCode::SEE_OTHER, "/set-up"),
        "{}",
        added.text()
    );
    let form = club.get(OWNER, "/set-up/zones/new");
    let branch = form.attribute("select[name=branch] option", "value").unwrap();
    let zone = [("branch", branch.as_str()), ("name", name), ("kind", "gym"), ("capacity", "40")];
    assert_eq!(fill(club, "/set-up/zones", &zone).status, StatusCode::SEE_OTHER);
    let form = club.get(OWNER, "/set-up/doors/new");
    let zone = form.attribute("select[name=zone] option", "value").unwrap();
    (branch, zone)
}

pub(super) fn door<'a>(zone: &'a str, name: &'a str, methods: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("zone", zone), ("name", name), ("direction", "both"), ("when_unwritable", "deny")];
    fields.extend(methods.iter().map(|&method| ("method", method)));
    fields
}

#[test]
fn an_empty_club_gets_to_its_first_passage_by_pages_alone() {
    let club = Club::new();
    assert_eq!(next(&club).as_deref(), Some("/set-up/branches/new"));
    let (branch, zone) = set_up(&club, "Harbour");
    assert_eq!(next(&club).as_deref(), Some("/set-up/plans/new"));
    let plan =
        [("name", "Month"), ("price", "49,90 EUR"), ("kind", "months"), ("count", "1"), ("zone", &zone)];
    let sent = fill(&club, "/set-up/plans", &plan);
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    assert_eq!(next(&club).as_deref(), Some("/set-up/doors/new"));
    let operation_of_door = operation();
    let mut fields = door(&zone, "Turnstile", &["card_number", "face"]);
    fields.push(("operation", &operation_of_door));
    for _ in 0..2 {
        assert_eq!(club.post(OWNER, "/set-up/doors", &fields).status, StatusCode::SEE_OTHER);
    }
    let doors = club.get(OWNER, "/set-up/doors");
    assert_eq!(doors.words(".needs > li").len(), 1, "a second press adds nothing more");
    assert_eq!(next(&club).as_deref(), Some("/new-member"));

    let added = club.post(OWNER, "/members", &[("given", "Anna"), ("family", "Petrova")]);
    let member = added.header("location").to_owned();
    assert_eq!(next(&club).as_deref(), Some("/desk"));
    let value = club.get(OWNER, &member).attribute("select[name=plan] option", "value").unwrap();
    let sold = fill(&club, &format!("{member}/memberships"), &[("branch", &branch), ("plan", &value)]);
    assert_eq!(sold.status, StatusCode::SEE_OTHER, "{}", sold.text());
    let card = [("number", "04:A2:3B:1C"), ("kind", "card")];
    assert_eq!(fill(&club, &format!("{member}/cards"), &card).status, StatusCode::SEE_OTHER);
    let path = doors.attribute(".needs a.button", "href").unwrap();
    let at_door = AtDoor {
        operation: Id::parse(&operation()).unwrap(),
        access_point: Id::parse(path.trim_start_matches("/set-up/doors/")).unwrap(),
        presented: vec![Presented::Card(CardNumber::from_hex("04A23B1C", ByteOrder::AsOnCard).unwrap())],
        host: None,
    };
    let answer = enter(&club.app.store, &acting(), &at_door).unwrap();
    assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
    let guide = club.get(OWNER, "/set-up");
    assert_eq!((guide.attribute("#next", "href"), guide.words("ol .state.good").len()), (None, 6));
}

#[test]
fn each_refusal_stands_beside_its_field_and_what_was_typed_stays() {
    let club = Club::new();
    let (branch_id, zone) = set_up(&club, "Harbour");
    let zone_of = |name, capacity| {
        vec![("branch", &*branch_id), ("name", name), ("kind", "gym"), ("capacity", capacity)]
    };
    let plan = |price, count| vec![("name", "Month"), ("price", price), ("kind", "months"), ("count", count)];
    for (path, fields, field) in [
        ("/set-up/branches", branch("", "Europe/Berlin", "EUR", "").to_vec(), "name"),
        ("/set-up/branches", branch("A", "Berlin", "EUR", "").to_vec(), "time_zone"),
        ("/set-up/branches", branch("A", "Europe/Berlin", "EURO", "").to_vec(), "currency"),
        ("/set-up/branches", branch("A", "Europe/Berlin", "EUR", "whenever").to_vec(), "hours"),
        ("/set-up/zones", zone_of("", ""), "name"),
        ("/set-up/zones", zone_of("Pool", "0"), "capacity"),
        ("/set-up/plans", plan("cheap", "1"), "price"),
        ("/set-up/plans", plan("5 EUR", "121"), "count"),
        ("/set-up/doors", door("", "A", &["card_number"]), "zone"),
        ("/set-up/doors", door(&zone, "A", &[]), "method"),
        ("/set-up/doors", door(&zone, "A", &["face"]), "method"),
        ("/set-up/doors", door(&zone, "A", &["pin"]), "method"),
    ] {
        let answer = fill(&club, path, &fields);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {field}");
        assert_eq!(answer.words(&format!("#bad-{field}")).len(), 1, "{path} {field}: {}", answer.text());
        assert_eq!(answer.words(".field-refused").len(), 1, "{path} {field}");
        let typed = fields.iter().find(|(name, _)| *name == "name").unwrap().1;
        assert_eq!(answer.attribute("input[name=name]", "value").as_deref(), Some(typed));
    }
}

#[test]
fn things_are_changed_closed_and_put_on_trial() {
    let club = Club::new();
    let (branch_id, zone) = set_up(&club, "Harbour");
    assert_eq!(
        fill(&club, "/set-up/doors", &door(&zone, "Gate", &["card_number"])).status,
        StatusCode::SEE_OTHER
    );
    let path = format!("/set-up/branches/{branch_id}");
    assert_eq!(
        club.get(OWNER, &path).attribute("input[name=time_zone]", "value").as_deref(),
        Some("Europe/Berlin")
    );
    let changed = fill(&club, &path, &branch("Quay", "Europe/Moscow", "EUR", "mon-fri 07:00-23:00"));
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    assert!(club.get(OWNER, "/set-up/branches").words(".needs li").concat().contains("Quay"));
    for (language, hours) in
        [("ru", "пн-пт 07:00-23:00"), ("zh", "周一-周五 07:00-23:00"), ("en", "mon-fri 07:00-23:00")]
    {
        club.post(OWNER, "/language", &[("language", language), ("next", "/set-up")]);
        assert_eq!(club.get(OWNER, &path).words("textarea[name=hours]"), [hours]);
        let typed = branch("Quay", "Europe/Moscow", "EUR", hours);
        assert_eq!(fill(&club, &path, &typed).status, StatusCode::SEE_OTHER, "{hours}");
    }
    let vault = [("branch", branch_id.as_str()), ("name", "Harbour"), ("kind", "safe"), ("capacity", "")];
    let refused = fill(&club, &format!("/set-up/zones/{zone}"), &vault);
    assert_eq!(refused.words("#bad-kind").len(), 1, "its door takes plain cards: {}", refused.text());
    for (act, field, state) in [
        ("trials", ("on", "yes"), "on trial"),
        ("trials", ("on", "no"), "in use"),
        ("closures", ("closed", "yes"), "closed"),
    ] {
        assert_eq!(fill(&club, &format!("{path}/{act}"), &[field]).status, StatusCode::SEE_OTHER);
        assert!(club.get(OWNER, "/set-up/branches").words(".needs .state")[0].contains(state), "{state}");
    }
}

#[test]
fn w08_names_of_the_club_are_only_names_on_every_page_in_every_language() {
    let club = Club::new();
    let (_, zone) = set_up(&club, "<img src=x onerror=alert(1)>");
    assert_eq!(
        fill(&club, "/set-up/doors", &door(&zone, "\"><script>", &["card_number"])).status,
        StatusCode::SEE_OTHER
    );
    for (language, heading) in [("ru", "Настройка"), ("zh", "设置"), ("en", "Set-up")] {
        club.post(OWNER, "/language", &[("language", language), ("next", "/set-up")]);
        assert_eq!(club.get(OWNER, "/set-up").words("h1"), [heading]);
        for path in ["", "/branches", "/zones", "/doors", "/plans", "/zones/new", "/doors/new", "/plans/new"]
        {
            let text = club.get(OWNER, &format!("/set-up{path}")).text();
            assert!(!text.contains("<img src=x") && !text.contains("<script>"), "{path}");
        }
    }
}
