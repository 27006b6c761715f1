//! The staff by pages: added, changed, given a new password, closed and reopened; and the last owner, who stays.

use axum::body::Body;
use axum::http::StatusCode;
use bonafide_store::staff::Role;

use super::club::{Answer, By, Club, PASSWORD};
use super::set_up::{OWNER, fill, operation, set_up};

const OLGA: [(&str, &str); 6] = [
    ("name", "Olga"),
    ("sign_in", "olga"),
    ("password", "three plain words"),
    ("role", "receptionist"),
    ("branch", ""),
    ("language", "ru"),
];

/// The form of Olga with other values.
fn olga<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let of = |(name, value): (&'a str, &'a str)| {
        let value = other.iter().find(|(found, _)| *found == name).map_or(value, |(_, value)| value);
        (name, value)
    };
    OLGA.into_iter().map(of).collect()
}

/// The cookie of whoever signs in; nothing when he does not get in.
fn sign_in(club: &Club, name: &str, password: &str) -> Option<String> {
    let answer = club.post(By::Nobody, "/sign-in", &[("name", name), ("password", password), ("next", "/")]);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    (answer.status == StatusCode::SEE_OTHER).then_some(cookie)
}

fn status_with(club: &Club, cookie: &str, path: &str) -> StatusCode {
    let request = club.request(By::Nobody, "GET", path).header("cookie", cookie);
    club.ask(request.body(Body::empty()).unwrap()).status
}

/// The path of an employee by the name that others see.
fn path_of(list: &Answer, name: &str) -> String {
    let at = list.words(".needs > li strong").iter().position(|found| found == name).unwrap();
    let item = format!(".needs > li:nth-child({}) a.button", at + 1);
    list.attribute(&item, "href").unwrap()
}

#[test]
fn an_employee_is_added_changed_closed_and_reopened_and_his_sessions_end() {
    let club = Club::new();
    assert_eq!(fill(&club, "/set-up/staff", &olga(&[])).status, StatusCode::SEE_OTHER);
    let session = sign_in(&club, "olga", "three plain words").unwrap();
    assert_eq!(status_with(&club, &session, "/new-member"), StatusCode::OK);
    let path = path_of(&club.get(OWNER, "/set-up/staff"), "Olga");
    let page = club.get(OWNER, &path);
    assert_eq!(page.attribute("input[name=sign_in]", "value").as_deref(), Some("olga"));
    assert!(page.words("input[name=password]").is_empty(), "a password has a page of its own");

    // A lowered role holds from the next request (case S-02).
    assert_eq!(fill(&club, &path, &olga(&[("role", "cashier")])).status, StatusCode::SEE_OTHER);
    assert_eq!(status_with(&club, &session, "/new-member"), StatusCode::FORBIDDEN);
    fill(&club, &path, &olga(&[]));

    let passwords = format!("{path}/passwords");
    let short = fill(&club, &passwords, &[("password", "short")]);
    assert_eq!(short.words("#bad-password").len(), 1, "{}", short.text());
    assert!(!short.text().contains("\"short\""), "what was typed is not sent back");
    let set = fill(&club, &passwords, &[("password", "another three words")]);
    assert_eq!(set.status, StatusCode::SEE_OTHER);
    assert_ne!(status_with(&club, &session, "/new-member"), StatusCode::OK, "a new password ends sessions");
    assert!(sign_in(&club, "olga", "three plain words").is_none());
    let session = sign_in(&club, "olga", "another three words").unwrap();

    let closures = format!("{path}/closures");
    assert_eq!(fill(&club, &closures, &[("closed", "yes")]).status, StatusCode::SEE_OTHER);
    assert_ne!(status_with(&club, &session, "/new-member"), StatusCode::OK, "whoever left is nobody at once");
    assert!(sign_in(&club, "olga", "another three words").is_none());
    assert_eq!(club.get(OWNER, &passwords).status, StatusCode::NOT_FOUND);
    fill(&club, &closures, &[("closed", "no")]);
    assert_ne!(status_with(&club, &session, "/new-member"), StatusCode::OK, "an old session stays over");
    assert!(sign_in(&club, "olga", "another three words").is_some());
}

#[test]
fn what_is_wrong_with_an_account_stands_beside_its_field() {
    let club = Club::new();
    let (branch, _) = set_up(&club, "Harbour");
    for (other, field) in [
        (vec![("name", "")], "name"),
        (vec![("sign_in", "o l g a")], "sign_in"),
        (vec![("sign_in", "Owner")], "sign_in"),
        (vec![("password", "seven77")], "password"),
        (vec![("role", "king")], "role"),
        (vec![("branch", "nowhere")], "branch"),
        (vec![("role", "owner"), ("branch", branch.as_str())], "branch"),
        (vec![("language", "xx")], "language"),
    ] {
        let answer = fill(&club, "/set-up/staff", &olga(&other));
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{other:?}");
        assert_eq!(answer.words(&format!("#bad-{field}")).len(), 1, "{other:?}: {}", answer.text());
        assert!(!answer.text().contains("three plain words"), "{other:?}: the password came back");
    }
    let once = operation();
    let mut fields = olga(&[]);
    fields.push(("operation", &once));
    for _ in 0..2 {
        assert_eq!(club.post(OWNER, "/set-up/staff", &fields).status, StatusCode::SEE_OTHER);
    }
    let again = fill(&club, "/set-up/staff", &olga(&[]));
    assert_eq!(again.words("#bad-sign_in").len(), 1, "the name is taken: {}", again.text());
}

#[test]
fn the_last_owner_is_neither_closed_nor_lowered() {
    let club = Club::new();
    let path = path_of(&club.get(OWNER, "/set-up/staff"), "The owner");
    let closed = fill(&club, &format!("{path}/closures"), &[("closed", "yes")]);
    assert_eq!(closed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(closed.words(".refused")[0].contains("last owner"), "{:?}", closed.words(".refused"));
    let lower = [("name", "The owner"), ("sign_in", "owner"), ("role", "manager"), ("branch", "")];
    let lower: Vec<_> = lower.into_iter().chain([("language", "en")]).collect();
    let lowered = fill(&club, &path, &lower);
    assert_eq!(lowered.words("#bad-role").len(), 1, "{}", lowered.text());
    assert!(sign_in(&club, "owner", PASSWORD).is_some());

    fill(&club, "/set-up/staff", &olga(&[("role", "owner")]));
    assert_eq!(fill(&club, &path, &lower).status, StatusCode::SEE_OTHER, "there is another one");
    assert_eq!(club.get(By::Staff(Role::Owner), "/set-up/staff").status, StatusCode::FORBIDDEN);
}
