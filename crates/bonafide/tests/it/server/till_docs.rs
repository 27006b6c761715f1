//! The page for whoever writes the program of a till: what stands there is what the sandbox answers.

use std::path::Path;

use bonafide::clock;
use bonafide::demo::sandbox::{self, Shows};
use bonafide::demo::{Plan, make};
use bonafide_store::check::{Against, check};
use serde_json::Value;

use super::api::Simulator;
use super::club::{Club, store_in};

/// A request of the page, and what is said of its answer.
struct Told {
    path: String,
    body: String,
    status: u16,
    answer: Value,
}

/// The requests of the page, in their order: a fence `till` with the request, its body, and the answer.
fn told(page: &str) -> Vec<Told> {
    let fences = page.split("```till\n").skip(1).map(|rest| rest.split_once("\n```").unwrap().0);
    let one = |fence: &str| {
        let lines: Vec<&str> = fence.lines().collect();
        let [request, body, answer] = lines[..] else { panic!("not three lines: {fence}") };
        let (status, answer) = answer.split_once(' ').unwrap();
        Told {
            path: request.strip_prefix("POST ").unwrap().to_owned(),
            body: body.to_owned(),
            status: status.parse().unwrap(),
            answer: serde_json::from_str(answer).unwrap(),
        }
    };
    fences.map(one).collect()
}

#[test]
fn docs_tills_is_what_the_sandbox_answers() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tills.md");
    let page = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = {
        let store = store_in(folder.path());
        let plan = Plan { now_us: clock::now_us(), seed: 7, members: 90 };
        make(&store, &plan, |_, _| {}).unwrap();
        sandbox::open(&store, clock::now_us()).unwrap()
    };
    for customer in &made.customers {
        assert!(page.contains(&format!("| `{}` | {}", customer.card_hex, customer.name)), "{customer:?}");
    }
    let spends = &made.customers[0];
    assert_eq!((spends.shows, spends.pin.as_deref()), (Shows::EarnsAndSpends, Some("2580")));

    let club = Club::sending(folder);
    let authorization = format!("Bearer {}", made.till_key);
    let till = Simulator { address: club.listen(), authorization };
    let requests = told(&page);
    assert!(requests.len() > 15, "{}", requests.len());
    let mut customer = String::new();
    for Told { path, body, status, answer } in requests {
        let reply = till.post(&path, &body.replace("CUSTOMER", &customer));
        assert_eq!(reply.status, status, "{path} {body}: {}", reply.body);
        for (name, expected) in answer.as_object().unwrap() {
            assert_eq!(reply.body[name], *expected, "{path} {body}: {}", reply.body);
        }
        if let Some(known) = reply.body["customer"].as_str() {
            known.clone_into(&mut customer);
        }
    }
    let report = check(&club.app.store, Against::default(), |_, _| {});
    assert_eq!(report.findings, [], "{report:?}");
}
