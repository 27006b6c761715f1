//! Every route for every kind of caller. A route that does not stand here fails the test, and so does one that is gone.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::StatusCode;
use bonafide::server::routes;

use super::club::{By, Club};

/// Method, path, and who may: `*` everybody, else the first letters of owner, manager, receptionist, cashier, and
/// `d` for devices, whose own tests are in `api`.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/", "*"),
    ("GET", "/api", "omrc"),
    ("GET", "/api/v1/devices", "om"),
    ("GET", "/api/v1/openapi.json", "omrc"),
    ("GET", "/assets/{mark}/{name}", "*"),
    ("GET", "/till", "omrc"),
    ("GET", "/till/{till}", "omrc"),
    ("POST", "/till/{till}", "omrc"),
    ("POST", "/till/{till}/frames", "omrc"),
    ("GET", "/till/{till}/photo", "omrc"),
    ("GET", "/till/{till}/purchases/{purchase}", "omrc"),
    ("POST", "/till/{till}/purchases/{purchase}/undo", "omrc"),
    ("GET", "/till/{till}/receipts", "omrc"),
    ("POST", "/till/{till}/returns", "omrc"),
    ("POST", "/till/{till}/claims", "omrc"),
    ("POST", "/api/v1/till/faces", "d"),
    ("POST", "/api/v1/till/codes", "d"),
    ("GET", "/desk", "omr"),
    ("GET", "/desk/inside", "omr"),
    ("GET", "/desk/live", "omr"),
    ("GET", "/desk/moving", "omr"),
    ("GET", "/desk/search", "omr"),
    ("GET", "/desk/trial", "omr"),
    ("GET", "/card", "*"),
    ("GET", "/card-sw.js", "*"),
    ("GET", "/card/me", "*"),
    ("GET", "/card/pair", "*"),
    ("GET", "/favicon.ico", "*"),
    ("GET", "/figures", "om"),
    ("GET", "/figures/csv", "om"),
    ("GET", "/figures/xlsx", "om"),
    ("GET", "/first-run", "*"),
    ("GET", "/healthz", "*"),
    ("GET", "/kiosk", "*"),
    ("POST", "/kiosk/pairings", "om"),
    ("POST", "/kiosk/tries", "d"),
    ("POST", "/kiosk/tries/{id}/frames", "d"),
    ("POST", "/kiosk/tries/{id}/things", "d"),
    ("POST", "/kiosk/tries/{id}/ways", "d"),
    ("POST", "/kiosk/tries/{id}/pins", "d"),
    ("POST", "/kiosk/tries/{id}/phone-codes", "d"),
    ("POST", "/kiosk/tries/{id}/sent-codes", "d"),
    ("GET", "/members/{id}", "omr"),
    ("GET", "/members/{id}/photo", "omr"),
    ("GET", "/members/{id}/points/{programme}", "omr"),
    ("GET", "/members/{id}/face", "omr"),
    ("POST", "/members/{id}/face/consents", "omr"),
    ("POST", "/members/{id}/face/looks", "omr"),
    ("POST", "/members/{id}/face/references", "omr"),
    ("POST", "/members/{id}/pins", "omr"),
    ("POST", "/members/{id}/phone-codes", "omr"),
    ("POST", "/members/{id}/face/templates", "omr"),
    ("GET", "/members/{id}/points/correct", "om"),
    ("POST", "/members/{id}/points/corrections", "om"),
    ("GET", "/members/{id}/visits", "omr"),
    ("GET", "/metrics", "*"),
    ("GET", "/new-member", "omr"),
    ("GET", "/points/corrections", "om"),
    ("GET", "/points/corrections/csv", "om"),
    ("POST", "/points/corrections/{id}/confirmations", "om"),
    ("POST", "/points/corrections/{id}/declines", "om"),
    ("POST", "/points/limits", "o"),
    ("GET", "/readyz", "*"),
    ("GET", "/set-up", "om"),
    ("GET", "/set-up/branches", "om"),
    ("GET", "/set-up/branches/new", "om"),
    ("GET", "/set-up/branches/{id}", "om"),
    ("POST", "/set-up/branches", "om"),
    ("POST", "/set-up/branches/{id}", "om"),
    ("GET", "/set-up/doors", "om"),
    ("GET", "/set-up/doors/new", "om"),
    ("GET", "/set-up/doors/{id}", "om"),
    ("POST", "/set-up/doors", "om"),
    ("POST", "/set-up/doors/{id}", "om"),
    ("GET", "/set-up/plans", "om"),
    ("GET", "/set-up/plans/new", "om"),
    ("GET", "/set-up/plans/{id}", "om"),
    ("POST", "/set-up/plans", "om"),
    ("POST", "/set-up/plans/{id}", "om"),
    ("GET", "/set-up/zones", "om"),
    ("GET", "/set-up/zones/new", "om"),
    ("GET", "/set-up/zones/{id}", "om"),
    ("POST", "/set-up/zones", "om"),
    ("POST", "/set-up/zones/{id}", "om"),
    ("POST", "/set-up/branches/{id}/closures", "om"),
    ("POST", "/set-up/zones/{id}/closures", "om"),
    ("POST", "/set-up/doors/{id}/closures", "om"),
    ("POST", "/set-up/plans/{id}/closures", "om"),
    ("POST", "/set-up/lockers/{id}/closures", "om"),
    ("POST", "/set-up/tills/{id}/closures", "om"),
    ("POST", "/set-up/branches/{id}/trials", "om"),
    ("POST", "/set-up/doors/{id}/trials", "om"),
    ("GET", "/set-up/provider", "om"),
    ("POST", "/set-up/provider/checks", "om"),
    ("GET", "/set-up/senders", "om"),
    ("POST", "/set-up/senders/tests", "o"),
    ("GET", "/set-up/lockers", "om"),
    ("GET", "/set-up/lockers/new", "om"),
    ("GET", "/set-up/lockers/{id}", "om"),
    ("POST", "/set-up/lockers", "om"),
    ("POST", "/set-up/lockers/{id}", "om"),
    ("GET", "/set-up/tills", "om"),
    ("GET", "/set-up/tills/new", "om"),
    ("GET", "/set-up/tills/{id}", "om"),
    ("POST", "/set-up/tills", "om"),
    ("POST", "/set-up/tills/{id}", "om"),
    ("GET", "/set-up/programmes", "om"),
    ("GET", "/set-up/programmes/new", "om"),
    ("GET", "/set-up/programmes/{id}", "om"),
    ("POST", "/set-up/programmes", "om"),
    ("POST", "/set-up/programmes/{id}", "om"),
    ("POST", "/set-up/programmes/{id}/closures", "om"),
    ("GET", "/set-up/programmes/{id}/branches", "om"),
    ("POST", "/set-up/programmes/{id}/branches", "om"),
    ("GET", "/set-up/programmes/{id}/rewards", "om"),
    ("POST", "/set-up/programmes/{id}/rewards", "om"),
    ("POST", "/set-up/programmes/{id}/rewards/{gift}/movements", "om"),
    ("POST", "/set-up/programmes/{id}/rewards/{gift}/closures", "om"),
    ("GET", "/set-up/programmes/{id}/rules", "om"),
    ("POST", "/set-up/programmes/{id}/rules", "om"),
    ("POST", "/set-up/programmes/{id}/rules/drafts", "om"),
    ("POST", "/set-up/programmes/{id}/rules/what-ifs", "om"),
    ("GET", "/set-up/programmes/{id}/versions", "om"),
    ("GET", "/set-up/programmes/{id}/offers", "om"),
    ("GET", "/set-up/programmes/{id}/offers/new", "om"),
    ("POST", "/set-up/programmes/{id}/offers", "om"),
    ("POST", "/set-up/programmes/{id}/offers/counts", "om"),
    ("GET", "/set-up/programmes/{id}/offers/{offer}", "om"),
    ("POST", "/set-up/programmes/{id}/offers/{offer}", "om"),
    ("POST", "/set-up/programmes/{id}/offers/{offer}/counts", "om"),
    ("POST", "/set-up/programmes/{id}/offers/{offer}/stops", "om"),
    ("GET", "/set-up/programmes/{id}/offers/{offer}/uptake", "om"),
    ("GET", "/set-up/programmes/{id}/offers/{offer}/uptake/csv", "om"),
    ("GET", "/set-up/programmes/{id}/offers/{offer}/uptake/xlsx", "om"),
    ("GET", "/programmes/{id}/terms", "*"),
    ("GET", "/set-up/staff", "o"),
    ("GET", "/set-up/staff/new", "o"),
    ("GET", "/set-up/staff/{id}", "o"),
    ("GET", "/set-up/staff/{id}/passwords", "o"),
    ("GET", "/set-up/staff/{id}/member", "o"),
    ("POST", "/set-up/staff/{id}/members", "o"),
    ("POST", "/set-up/staff", "o"),
    ("POST", "/set-up/staff/{id}", "o"),
    ("POST", "/set-up/staff/{id}/closures", "o"),
    ("POST", "/set-up/staff/{id}/passwords", "o"),
    ("GET", "/set-up/devices", "om"),
    ("GET", "/set-up/devices/new", "om"),
    ("POST", "/set-up/devices", "om"),
    ("POST", "/set-up/devices/{id}/revocations", "om"),
    ("GET", "/set-up/doors/{id}/rules", "om"),
    ("POST", "/set-up/doors/{id}/rules", "om"),
    ("GET", "/set-up/plans/{id}/prices", "om"),
    ("GET", "/set-up/plans/{id}/prices/{branch}", "om"),
    ("POST", "/set-up/plans/{id}/prices/{branch}", "om"),
    ("GET", "/set-up/consent-texts", "om"),
    ("GET", "/set-up/consent-texts/new", "om"),
    ("GET", "/set-up/consent-texts/{hash}", "om"),
    ("POST", "/set-up/consent-texts", "om"),
    ("POST", "/set-up/consent-texts/{hash}/retirements", "om"),
    ("GET", "/set-up/extras", "om"),
    ("GET", "/set-up/extras/new", "om"),
    ("GET", "/set-up/extras/{id}", "om"),
    ("POST", "/set-up/extras", "om"),
    ("POST", "/set-up/extras/{id}", "om"),
    ("GET", "/set-up/sigur", "om"),
    ("GET", "/set-up/sigur/{id}/points/new", "om"),
    ("GET", "/set-up/sigur/{id}/points/{number}", "om"),
    ("POST", "/set-up/sigur/{id}/points", "om"),
    ("POST", "/set-up/sigur/{id}/points/{number}", "om"),
    ("POST", "/set-up/sigur/{id}/points/{number}/removals", "om"),
    ("POST", "/set-up/sigur/{id}/entries/{entry}/dismissals", "om"),
    ("GET", "/sign-in", "*"),
    ("GET", "/survey/{link}", "*"),
    ("POST", "/survey/{link}", "*"),
    ("POST", "/api/v1/devices", "om"),
    ("POST", "/api/v1/devices/{id}/revocations", "om"),
    ("POST", "/api/v1/devices/{id}/sigur-points", "om"),
    ("POST", "/api/v1/door/decisions", "d"),
    ("POST", "/api/v1/door/exits", "d"),
    ("POST", "/api/v1/door/passages", "d"),
    ("POST", "/api/v1/door/trial-observations", "d"),
    ("GET", "/api/v1/till/purchases/{id}", "d"),
    ("GET", "/api/v1/till/purchases/{id}/survey", "d"),
    ("POST", "/api/v1/till/recognitions", "d"),
    ("POST", "/api/v1/till/quotes", "d"),
    ("POST", "/api/v1/till/purchases/{id}/hold", "d"),
    ("POST", "/api/v1/till/purchases/{id}/completion", "d"),
    ("POST", "/api/v1/till/purchases/{id}/cancellation", "d"),
    ("POST", "/api/v1/till/purchases/{id}/claim", "d"),
    ("POST", "/api/v1/till/returns/{id}", "d"),
    ("POST", "/api/v1/till/queue", "d"),
    ("POST", "/api/v1/till/rewards", "d"),
    ("POST", "/api/v1/till/rewards/{id}", "d"),
    ("POST", "/api/v1/till/rewards/{id}/return", "d"),
    ("POST", "/api/v1/till/allowances", "d"),
    ("GET", "/set-up/allowances", "om"),
    ("GET", "/set-up/tills/{id}/allowance", "o"),
    ("POST", "/set-up/tills/{id}/allowance", "o"),
    ("GET", "/set-up/programmes/{id}/guards", "om"),
    ("POST", "/set-up/programmes/{id}/guards", "om"),
    ("POST", "/desk/admissions", "omr"),
    ("POST", "/desk/locker-openings", "omr"),
    ("POST", "/desk/releases", "omr"),
    ("POST", "/desk/settlements", "omr"),
    ("POST", "/desk/trial/lists", "om"),
    ("POST", "/first-run", "*"),
    ("POST", "/language", "*"),
    ("POST", "/card/devices", "*"),
    ("POST", "/members", "omr"),
    ("POST", "/members/{id}/card-blocks", "omr"),
    ("POST", "/members/{id}/card-releases", "omr"),
    ("POST", "/members/{id}/cards", "omr"),
    ("POST", "/members/{id}/consent-withdrawals", "omr"),
    ("POST", "/members/{id}/extra-uses", "omr"),
    ("POST", "/members/{id}/face-wishes", "omr"),
    ("POST", "/members/{id}/freezes", "omr"),
    ("POST", "/members/{id}/guest-visits", "omr"),
    ("POST", "/members/{id}/locker-openings", "omr"),
    ("POST", "/members/{id}/loss-reports", "omr"),
    ("POST", "/members/{id}/memberships", "omr"),
    ("POST", "/members/{id}/pairing-links", "omr"),
    ("POST", "/members/{id}/suspension-ends", "omr"),
    ("POST", "/members/{id}/suspensions", "omr"),
    ("POST", "/members/{id}/thaws", "omr"),
    ("POST", "/sign-in", "*"),
    ("POST", "/sigur/events", "d"),
    ("POST", "/sigur/getaccess", "d"),
    ("POST", "/sign-out", "omrc"),
];

#[test]
fn every_route_is_listed_with_who_may() {
    let there: BTreeSet<(String, &str)> =
        routes::all().iter().map(|route| (route.method.to_string(), route.path)).collect();
    let listed = ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), *path)).collect();
    assert_eq!(there, listed, "a route of the server must stand in the table of this test");
}

/// A path with something in its places: an id that nobody has.
fn filled(path: &str) -> String {
    let place = |part: &str| {
        if part.starts_with('{') {
            "018f0000-0000-7000-8000-000000000000".to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(place).collect::<Vec<_>>().join("/")
}

#[test]
fn s03_each_route_opens_to_those_who_may_and_to_nobody_else() {
    let club = Club::new();
    for (method, path, who) in ROUTES {
        for by in By::ALL {
            let answer = match *method {
                "GET" => club.get(by, &filled(path)),
                _ => club.post(by, &filled(path), &[]),
            };
            let may = *who == "*"
                || match by {
                    By::Nobody => false,
                    By::Staff(role) => who.contains(&bonafide_store::staff::role_word(role)[..1]),
                };
            let to_sign_in = answer.header("location").starts_with("/sign-in?");
            let kept_out =
                matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || to_sign_in;
            assert_eq!(!kept_out, may, "{method} {path} by {by:?}: {}", answer.status);
            assert!(!answer.status.is_server_error(), "{method} {path} by {by:?}: {}", answer.status);
        }
    }
}

#[test]
fn w07_nothing_is_done_for_another_site_or_without_the_token_of_our_page() {
    let club = Club::new();
    for by in [By::Staff(bonafide_store::staff::Role::Owner), By::Staff(bonafide_store::staff::Role::Cashier)]
    {
        for (method, path, _) in ROUTES.iter().filter(|(method, ..)| *method != "GET") {
            let path = filled(path);
            let form = "application/x-www-form-urlencoded";
            let elsewhere = club.request(by, method, &path).header("origin", "https://evil.example");
            let elsewhere =
                elsewhere.header("content-type", form).body(Body::from(format!("csrf={}", club.csrf(by))));
            assert_eq!(club.ask(elsewhere.unwrap()).status, StatusCode::FORBIDDEN, "{path}");
            let cross = club.request(by, method, &path).header("sec-fetch-site", "cross-site");
            assert_eq!(club.ask(cross.body(Body::empty()).unwrap()).status, StatusCode::FORBIDDEN, "{path}");
            let bare = club.request(by, method, &path).header("sec-fetch-site", "same-origin");
            let bare = club.ask(bare.header("content-type", form).body(Body::from("csrf=guess")).unwrap());
            assert_eq!(bare.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[test]
fn w23_no_private_answer_is_kept_on_the_way_and_every_one_is_guarded() {
    let club = Club::new();
    for (_, path, _) in ROUTES.iter().filter(|(method, ..)| *method == "GET") {
        let answer = club.get(By::Staff(bonafide_store::staff::Role::Owner), &filled(path));
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let kept = answer.header("cache-control");
        let is_asset =
            answer.status == StatusCode::OK && (path.starts_with("/assets") || *path == "/favicon.ico");
        assert!(if is_asset { kept.contains("immutable") } else { kept == "no-store" }, "{path}: {kept}");
        let text = answer.text();
        for inline in ["<script>", " onclick=", " onload=", "<style", " style="] {
            assert!(!text.contains(inline), "{path} has {inline}");
        }
    }
}
