//! Signing in, the first run, languages, and what is told when something is wrong.

use axum::http::StatusCode;
use bonafide_store::staff::Role;

use super::club::{By, Club, PASSWORD};

#[test]
fn the_first_page_makes_an_owner_for_whoever_has_the_code_and_only_once() {
    let club = Club::empty(Some("ABCD-EFGH"));
    assert_eq!(club.get(By::Nobody, "/sign-in").header("location"), "/first-run");
    let fill = |code: &str, password: &str, again: &str| {
        let fields = [
            ("code", code),
            ("name", "Anna <b>"),
            ("sign_in", "anna"),
            ("password", password),
            ("again", again),
        ];
        club.post(By::Nobody, "/first-run", &fields)
    };
    for (code, password, again, told) in [
        ("ABCD-EFGX", "long enough", "long enough", "not the set-up code"),
        ("ABCD-EFGH", "short", "short", "at least 8"),
        ("ABCD-EFGH", "long enough", "long  enough", "differ"),
    ] {
        let answer = fill(code, password, again);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.words("[role=alert]")[0].contains(told), "{:?}", answer.words("[role=alert]"));
        assert_eq!(
            answer.attribute("input[name=name]", "value").unwrap(),
            "Anna <b>",
            "what was typed stays"
        );
        assert_eq!(answer.attribute("input[name=password]", "value"), None, "but for passwords");
    }
    let answer = fill("abcd-efgh", "long enough", "long enough");
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/set-up"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let again = fill("ABCD-EFGH", "long enough", "long enough");
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(club.get(By::Nobody, "/first-run").header("location"), "/sign-in");
}

#[test]
fn w05_w06_a_wrong_name_and_a_wrong_password_are_told_alike_and_guessing_is_slowed() {
    let club = Club::new();
    let told = |name: &str, password: &str| {
        let answer = club.post(By::Nobody, "/sign-in", &[("name", name), ("password", password)]);
        (answer.status, answer.words("[role=alert]").concat())
    };
    let wrong = told("owner", "wrong password");
    assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told("nobody", "wrong password"), wrong);
    assert_eq!(told("no such name", "x"), wrong);
    for _ in 0..4 {
        assert_eq!(told("owner", "wrong password"), wrong);
    }
    let paused = told("owner", PASSWORD);
    assert_eq!(paused.0, StatusCode::TOO_MANY_REQUESTS, "even the right one waits");
    assert!(paused.1.contains("seconds"), "{}", paused.1);
    assert_eq!(told("manager", PASSWORD).0, StatusCode::SEE_OTHER, "others are not kept out");
}

#[test]
fn who_guesses_set_up_codes_waits() {
    let club = Club::empty(Some("ABCD-EFGH"));
    let guess = |code: &str| club.post(By::Nobody, "/first-run", &[("code", code)]).status;
    for _ in 0..bonafide::server::tries::WRONG_MAX {
        assert_eq!(guess("AAAA-AAAA"), StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(guess("ABCD-EFGH"), StatusCode::TOO_MANY_REQUESTS, "even the right one waits");
}

#[test]
fn what_another_process_did_is_found_by_the_search_after_a_round_of_chores() {
    use bonafide_domain::profile::PersonName;
    use bonafide_store::members::{self, profile::Profile};
    let club = Club::new();
    club.done(|work| {
        let name = PersonName::parse("Zoya", "Orlova", "").unwrap();
        Ok(Ok::<_, ()>(members::add(work, &super::club::acting(), &Profile::named(name))?))
    });
    let by = By::Staff(Role::Receptionist);
    assert_eq!(club.get(by, "/desk/search?q=orlova").status, StatusCode::OK, "nobody yet");
    bonafide::server::chores::round(&club.app).unwrap();
    assert!(club.get(by, "/desk/search?q=orlova").header("location").starts_with("/members/"));
}

#[test]
fn signing_out_ends_the_session() {
    let club = Club::new();
    let by = By::Staff(Role::Receptionist);
    assert_eq!(club.get(by, "/sign-in").words("form.who span"), ["The receptionist"]);
    assert_eq!(club.post(by, "/sign-out", &[]).header("location"), "/sign-in");
    assert!(club.get(by, "/sign-in").words("form.who").is_empty(), "the old cookie is nobody's");
}

#[test]
fn pages_speak_the_language_of_whoever_reads_them() {
    let club = Club::new();
    for (accept, heading) in [("ru", "Войти"), ("en-GB,en", "Sign in"), ("zh-CN", "登录"), ("fr", "Sign in")]
    {
        let request = club.request(By::Nobody, "GET", "/sign-in").header("accept-language", accept);
        let answer = club.ask(request.body(axum::body::Body::empty()).unwrap());
        assert_eq!(answer.words("h1"), [heading], "{accept}");
    }
    let by = By::Staff(Role::Owner);
    let answer = club.post(by, "/language", &[("language", "zh"), ("next", "/sign-in")]);
    assert_eq!(answer.header("location"), "/sign-in");
    assert_eq!(club.get(by, "/sign-in").words("h1"), ["登录"]);
    assert_eq!(club.post(by, "/language", &[("language", "xx")]).status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_trouble_is_a_page_for_people_and_a_problem_for_programs() {
    let club = Club::new();
    let page = club.get(By::Nobody, "/nothing/here");
    assert_eq!(
        (page.status, page.words("h1").concat()),
        (StatusCode::NOT_FOUND, "There is nothing here".to_owned())
    );
    assert_eq!(page.header("content-security-policy").split(';').next(), Some("default-src 'none'"));
    let request = axum::http::Request::get("/api/nothing").header("accept", "application/json");
    let problem = club.ask(request.body(axum::body::Body::empty()).unwrap());
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let json = problem.json();
    assert_eq!((json["status"].as_u64(), json["key"].as_str()), (Some(404), Some("not_found")));
    assert_eq!(json["request_id"].as_str().unwrap(), problem.header("x-request-id"));
    let wrong_method = club.post(By::Nobody, "/healthz", &[]);
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    let large = "x".repeat(70_000);
    let answer = club.post(By::Nobody, "/sign-in", &[("name", &large)]);
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
