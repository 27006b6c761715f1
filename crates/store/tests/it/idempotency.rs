//! Requests that are sent twice, on both engines.

use std::sync::Barrier;

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::idempotency::{
    Answer, BODY_BYTES_MAX, CLAIM_US, Claim, Claimed, Fingerprint, KEPT_US, Key, NotKept, claim, complete,
    release, sweep,
};
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{done, id, wrote};
use crate::engines::{NOW_US, on_both};
use crate::members::{add, full};

fn by(actor: Actor, now_us: i64) -> Acting {
    Acting { actor, origin: "api".to_owned(), now_us }
}

const DOOR: Actor = Actor::Device(Id::from_bytes([8; 16]));

fn request(body: &str) -> Fingerprint {
    Fingerprint::of("POST", "/api/v1/receipts", body.as_bytes())
}

fn asked(store: &Store, actor: Actor, now_us: i64, key: &str, body: &str) -> Claimed {
    let (key, request) = (Key::parse(key).unwrap(), request(body));
    wrote(store, move |work| claim(work, &by(actor, now_us), &key, &request))
}

fn new(claimed: Claimed) -> Claim {
    match claimed {
        Claimed::New(claim) => claim,
        other => panic!("{}", word(&other)),
    }
}

fn word(claimed: &Claimed) -> String {
    match claimed {
        Claimed::New(_) => "new".to_owned(),
        Claimed::Running => "running".to_owned(),
        Claimed::Done(answer) => format!("done {}", answer.status),
        Claimed::OtherRequest => "other".to_owned(),
    }
}

fn answer(status: u16, body: &[u8]) -> Answer {
    Answer { status, content_type: Some("application/json".to_owned()), body: body.to_vec() }
}

fn completed(store: &Store, claim: Claim, answer: Answer) -> Result<(), NotKept> {
    store.write(move |work| complete(work, &claim, &answer)).unwrap()
}

#[test]
fn a_repeated_request_gets_the_answer_of_then() {
    on_both(|engine| {
        let store = engine.open();
        let claimed = new(asked(&store, DOOR, NOW_US, "r-1", "a"));
        for (seconds, key, body, expected) in
            [(1, "r-1", "a", "running"), (1, "r-1", "b", "other"), (1, "r-2", "b", "new")]
        {
            let found = asked(&store, DOOR, NOW_US + seconds * 1_000_000, key, body);
            assert_eq!(word(&found), expected, "{}: {key} {body}", engine.name);
        }
        let body = "{\"name\":\"Анна\"}\0\u{1}".as_bytes();
        assert_eq!(completed(&store, claimed, answer(201, body)), Ok(()));
        drop(store);
        let store = engine.open();
        let Claimed::Done(kept) = asked(&store, DOOR, NOW_US + KEPT_US, "r-1", "a") else {
            panic!("{}", engine.name)
        };
        assert!(kept == answer(201, body), "{}", engine.name);
        assert_eq!(word(&asked(&store, DOOR, NOW_US, "r-1", "b")), "other");
        assert_eq!(completed(&store, claimed, answer(500, b"")), Err(NotKept::Lost), "once");
        // An answer without a body.
        let empty = Answer { status: 204, content_type: None, body: Vec::new() };
        let claimed = new(asked(&store, DOOR, NOW_US, "r-3", ""));
        assert_eq!(completed(&store, claimed, empty.clone()), Ok(()));
        let Claimed::Done(kept) = asked(&store, DOOR, NOW_US, "r-3", "") else { panic!("{}", engine.name) };
        assert!(kept == empty);
        let claimed = new(asked(&store, DOOR, NOW_US, "r-4", ""));
        let large = answer(200, &vec![b'x'; BODY_BYTES_MAX + 1]);
        assert_eq!(completed(&store, claimed, large), Err(NotKept::TooLarge));
        assert_eq!(completed(&store, claimed, answer(200, &vec![b'x'; BODY_BYTES_MAX])), Ok(()));
    });
}

#[test]
fn two_callers_may_use_one_key() {
    on_both(|engine| {
        let store = engine.open();
        let callers = [
            DOOR,
            Actor::Device(id(9)),
            Actor::Staff(Id::from_bytes([8; 16])),
            Actor::CommandLine,
            Actor::Program,
        ];
        let mut operations = std::collections::BTreeSet::new();
        for caller in callers {
            operations.insert(new(asked(&store, caller, NOW_US, "r-1", "a")).operation());
            assert_eq!(word(&asked(&store, caller, NOW_US, "r-1", "a")), "running", "{}", engine.name);
        }
        assert_eq!(operations.len(), callers.len(), "{}", engine.name);
    });
}

#[test]
fn a_claim_whose_program_died_is_done_again_under_the_same_operation() {
    on_both(|engine| {
        let store = engine.open();
        let dead = new(asked(&store, DOOR, NOW_US, "r-1", "a"));
        assert_eq!(word(&asked(&store, DOOR, NOW_US + CLAIM_US - 1, "r-1", "a")), "running");
        assert_eq!(word(&asked(&store, DOOR, NOW_US + CLAIM_US, "r-1", "b")), "other", "{}", engine.name);
        let heir = new(asked(&store, DOOR, NOW_US + CLAIM_US, "r-1", "a"));
        assert_eq!(heir.operation(), dead.operation(), "{}", engine.name);
        assert_eq!(completed(&store, dead, answer(201, b"late")), Err(NotKept::Lost));
        wrote(&store, move |work| release(work.tx, &dead));
        assert_eq!(word(&asked(&store, DOOR, NOW_US + CLAIM_US, "r-1", "a")), "running", "{}", engine.name);
        // What came to nothing may be tried at once.
        wrote(&store, move |work| release(work.tx, &heir));
        let third = new(asked(&store, DOOR, NOW_US + CLAIM_US + 1, "r-1", "a"));
        assert_eq!(completed(&store, third, answer(200, b"")), Ok(()));
        wrote(&store, move |work| release(work.tx, &third));
        assert_eq!(word(&asked(&store, DOOR, NOW_US + CLAIM_US + 1, "r-1", "a")), "done 200");
    });
}

#[test]
fn of_those_who_ask_at_once_one_does_it() {
    on_both(|engine| {
        let store = engine.open();
        let start = Barrier::new(8);
        let words: Vec<String> = std::thread::scope(|scope| {
            let ask = || {
                start.wait();
                word(&asked(&store, DOOR, NOW_US, "r-1", "a"))
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let count = |word: &str| words.iter().filter(|one| *one == word).count();
        assert_eq!((count("new"), count("running")), (1, 7), "{}: {words:?}", engine.name);
    });
}

#[test]
fn answers_are_sealed_swept_after_a_day_and_go_with_the_caller() {
    on_both(|engine| {
        let store = engine.open();
        let claimed = new(asked(&store, DOOR, NOW_US, "receipt-77", "+79991234567"));
        assert_eq!(completed(&store, claimed, answer(200, b"planted answer")), Ok(()));
        let sql = "SELECT answer_sealed FROM idempotency_keys";
        let sealed = store.read(|tx| tx.query_one(sql, values![])?.blob(0)).unwrap();
        assert!(!sealed.windows(7).any(|part| part == b"planted"), "{}", engine.name);
        let later = NOW_US + 1_000_000;
        asked(&store, DOOR, later, "r-2", "");
        let swept = |now_us| wrote(&store, move |work| sweep(work.tx, now_us));
        assert_eq!((swept(NOW_US + KEPT_US - 1), swept(NOW_US + KEPT_US)), (0, 1), "{}", engine.name);
        assert_eq!(word(&asked(&store, DOOR, later, "receipt-77", "other")), "new");
        let member = add(&store, full());
        asked(&store, Actor::Member(member), later, "r-1", "");
        done(&store, move |work| erase(work, &by(DOOR, later), id(90), member, Cause::PersonsWish));
        let count = "SELECT COUNT(*) FROM idempotency_keys";
        assert_eq!(
            store.read(|tx| tx.query_one(count, values![])?.integer(0)).unwrap(),
            2,
            "{}",
            engine.name
        );
    });
}
