//! What the server does by itself: each chore, and that none keeps another from being done.

use std::sync::atomic::{AtomicU32, Ordering};

use bonafide::failure::Failure;
use bonafide::server::chores::{CHORES, Chore, round, round_of};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::idempotency::{self, Claimed, Fingerprint, KEPT_US, Key};
use bonafide_store::jobs::{self, DONE_KEPT_US, NewJob};
use bonafide_store::staff;
use bonafide_store::staff::session::{self, SESSION_US, Token};

use super::club::{Club, acting};

#[test]
fn a_chore_that_fails_or_panics_keeps_no_other_from_being_done() {
    static DONE: AtomicU32 = AtomicU32::new(0);
    let count: fn(&_) -> _ = |_| {
        DONE.fetch_add(1, Ordering::Relaxed);
        Ok(())
    };
    let chores = [
        Chore { name: "first", run: count },
        Chore { name: "fails", run: |_| Err(Failure::new("full", "no space")) },
        Chore { name: "second", run: count },
        Chore { name: "panics", run: |_| panic!("a chore of the test") },
        Chore { name: "third", run: count },
    ];
    let club = Club::empty(None);
    let not_done = round_of(&club.app, &chores);
    let told: Vec<_> = not_done.iter().map(|one| (one.chore, one.failure.key)).collect();
    assert_eq!(told, [("fails", "full"), ("panics", "panic")]);
    assert_eq!(DONE.load(Ordering::Relaxed), 3);
    assert!(round_of(&club.app, CHORES).is_empty(), "the book is whole");
}

#[test]
fn what_has_had_its_time_is_forgotten_and_nothing_else() {
    let club = Club::new();
    let now_us = bonafide::clock::now_us();
    let at = move |ago_us: i64| Acting { now_us: now_us - ago_us, ..acting() };
    let employee = club.app.store.read(|tx| staff::list(tx, false)).unwrap()[0].id;
    let begun = |ago_us| club.done(move |work| Ok(Ok::<_, ()>(session::begin(work, &at(ago_us), employee)?)));
    let (new, over) = (begun(0), begun(SESSION_US + 1));

    let claimed = |text: &str, ago_us: i64| {
        let (key, acting) = (Key::parse(text).unwrap(), at(ago_us));
        let request = Fingerprint::of("POST", "/", b"");
        let claimed = move |work: &mut bonafide_store::store::Work<'_, '_>| {
            Ok(Ok::<_, ()>(matches!(idempotency::claim(work, &acting, &key, &request)?, Claimed::New(_))))
        };
        club.done(claimed)
    };
    assert!(claimed("old", KEPT_US + 1) && claimed("new", 1_000));

    let job = |number: u8, ago_us: i64| {
        club.done(move |work| {
            let id = Id::from_bytes([number; 16]);
            let job = NewJob { id, kind: "test", subject: None, payload: "{}", due_us: now_us - ago_us };
            jobs::add(work.tx, &job, now_us - ago_us)?;
            let claimed = jobs::claim(work.tx, now_us, 1_000_000)?.unwrap();
            Ok(Ok::<_, ()>(jobs::done(work.tx, &claimed)?))
        })
        .unwrap();
    };
    job(1, DONE_KEPT_US + 60_000_000);
    job(2, DONE_KEPT_US - 60_000_000);

    round(&club.app).unwrap();
    let rows = |token: &Token, ago_us: i64| {
        club.app.store.read(|tx| session::holder(tx, token, now_us - ago_us)).unwrap().is_some()
    };
    assert!(rows(&new, 0), "whoever is signed in stays so");
    assert!(!rows(&over, 2 * SESSION_US), "its row is gone, and not only its time");
    assert!(claimed("old", 0) && !claimed("new", 0));
    assert_eq!(club.app.store.read(jobs::counts).unwrap().done, 1);
}
