//! Jobs: added with their cause, claimed by one worker, retried, dead in sight.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::audit::verify::verify;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::jobs::{
    self, Added, After, Claimed, Counts, DEAD_SHOWN_MAX, LAST_FAULT_BYTES_MAX, Lost, NewJob, TRIES_MAX,
    WORKER_LOST, pause_us,
};
use bonafide_store::store::Store;

use crate::engines::{NOW_US, on_both};
use bonafide_testkit::dice::Dice;

const LEASE_US: i64 = 60_000_000;

fn id(number: u8) -> Id {
    Id::from_bytes([number; 16])
}

fn job(number: u8, due_us: i64) -> NewJob<'static> {
    NewJob { id: id(number), kind: "send_mail", subject: Some(id(200)), payload: "{}", due_us }
}

fn write<T: Send + 'static>(
    store: &Store,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Fault> + Send + 'static,
) -> T {
    let written: Result<T, ()> = store.write(move |request| Ok(Ok(work(request.tx)?))).unwrap();
    written.unwrap()
}

fn add(store: &Store, job: NewJob<'static>) -> Added {
    write(store, move |tx| jobs::add(tx, &job, NOW_US))
}

fn claim(store: &Store, now_us: i64) -> Option<Claimed> {
    write(store, move |tx| jobs::claim(tx, now_us, LEASE_US))
}

fn done(store: &Store, claimed: &Claimed) -> Result<(), Lost> {
    let claimed = claimed.clone();
    write(store, move |tx| jobs::done(tx, &claimed))
}

fn failed(store: &Store, claimed: &Claimed, now_us: i64) -> Result<After, Lost> {
    let claimed = claimed.clone();
    write(store, move |tx| jobs::failed(tx, &claimed, "no answer", now_us))
}

fn revive(store: &Store, number: u8, now_us: i64) -> bool {
    let acting = Acting { actor: Actor::Staff(id(250)), origin: "desk".to_owned(), now_us };
    write(store, move |tx| jobs::revive(tx, id(number), &acting))
}

#[test]
fn a_job_comes_with_its_cause_or_not_at_all() {
    on_both(|engine| {
        let store = engine.open();
        let refused: Result<(), &str> = store
            .write(|work| {
                jobs::add(work.tx, &job(1, NOW_US), NOW_US)?;
                Ok(Err("no"))
            })
            .unwrap();
        assert_eq!(refused, Err("no"));
        assert_eq!(claim(&store, NOW_US), None, "{}", engine.name);
        assert_eq!(store.read(jobs::next_due_us).unwrap(), None, "{}", engine.name);
    });
}

#[test]
fn the_same_id_gets_the_same_answer_and_another_job_is_named() {
    on_both(|engine| {
        let store = engine.open();
        assert_eq!(add(&store, job(1, NOW_US)), Added::New, "{}", engine.name);
        assert_eq!(add(&store, job(1, NOW_US + 5)), Added::Before, "{}", engine.name);
        let cases = [
            (NewJob { kind: "send_letter", ..job(1, NOW_US) }, "kind"),
            (NewJob { subject: None, ..job(1, NOW_US) }, "subject"),
            (NewJob { payload: "[]", ..job(1, NOW_US) }, "payload"),
        ];
        for (other, field) in cases {
            assert_eq!(add(&store, other), Added::Differs { field }, "{}", engine.name);
        }
        // Not even when it is done: it would be done twice.
        let claimed = claim(&store, NOW_US).unwrap();
        done(&store, &claimed).unwrap();
        assert_eq!(add(&store, job(1, NOW_US)), Added::Before, "{}", engine.name);
        assert_eq!(claim(&store, NOW_US + LEASE_US), None, "{}", engine.name);
        // Forgotten, it may come again.
        assert_eq!(write(&store, |tx| jobs::forget_done(tx, NOW_US, 10)), 0, "{}", engine.name);
        assert_eq!(write(&store, |tx| jobs::forget_done(tx, NOW_US + 1, 10)), 1, "{}", engine.name);
        assert_eq!(add(&store, job(1, NOW_US)), Added::New, "{}", engine.name);
    });
}

#[test]
fn the_one_that_is_due_longest_is_first_and_early_ones_wait() {
    on_both(|engine| {
        let store = engine.open();
        for (number, due_us) in [(1, NOW_US + 2), (2, NOW_US), (3, NOW_US + 1), (4, NOW_US + 100)] {
            add(&store, job(number, due_us));
        }
        assert_eq!(store.read(jobs::next_due_us).unwrap(), Some(NOW_US), "{}", engine.name);
        let order: Vec<Option<Id>> =
            (0..4).map(|_| claim(&store, NOW_US + 10).map(|claimed| claimed.id)).collect();
        assert_eq!(order, [Some(id(2)), Some(id(3)), Some(id(1)), None], "{}", engine.name);
        assert_eq!(store.read(jobs::next_due_us).unwrap(), Some(NOW_US + 100), "{}", engine.name);
    });
}

#[test]
fn a_worker_that_died_gives_the_job_back_and_a_late_one_changes_nothing() {
    on_both(|engine| {
        let store = engine.open();
        add(&store, job(1, NOW_US));
        let first = claim(&store, NOW_US).unwrap();
        assert_eq!((first.tries, first.until_us), (1, NOW_US + LEASE_US), "{}", engine.name);
        assert_eq!(claim(&store, first.until_us - 1), None, "{}", engine.name);
        let second = claim(&store, first.until_us).unwrap();
        assert_eq!((second.id, second.tries), (first.id, 2), "{}", engine.name);
        // The first was only slow. Its effect goes with its answer.
        let late = first.clone();
        let refused = store
            .write(move |work| {
                work.tx.execute("INSERT INTO settings (key, content) VALUES ('sent', '1')", &[])?;
                jobs::done(work.tx, &late)
            })
            .unwrap();
        assert_eq!(refused, Err(Lost), "{}", engine.name);
        let sent = store.read(|tx| tx.query_opt("SELECT 1 FROM settings WHERE key = 'sent'", &[])).unwrap();
        assert!(sent.is_none(), "{}", engine.name);
        assert_eq!(failed(&store, &first, second.until_us), Err(Lost), "{}", engine.name);
        // A claim that ended is good as long as nobody else has asked.
        done(&store, &second).unwrap();
        assert_eq!(done(&store, &second), Err(Lost), "{}", engine.name);
    });
}

#[test]
fn what_keeps_failing_is_dead_in_sight_until_a_person_revives_it() {
    on_both(|engine| {
        let store = engine.open();
        add(&store, job(1, NOW_US));
        let mut now_us = NOW_US;
        for tries in 1..=TRIES_MAX {
            let claimed = claim(&store, now_us).unwrap();
            assert_eq!(claimed.tries, tries, "{}", engine.name);
            match failed(&store, &claimed, now_us).unwrap() {
                After::Again { due_us } => {
                    assert_eq!(due_us - now_us, pause_us(id(1), tries), "{}", engine.name);
                    assert_eq!(claim(&store, due_us - 1), None, "{}: too early", engine.name);
                    now_us = due_us;
                }
                After::Dead => assert_eq!(tries, TRIES_MAX, "{}", engine.name),
            }
        }
        assert_eq!(claim(&store, i64::MAX), None, "{}", engine.name);
        let dead = store.read(|tx| jobs::dead(tx, None, DEAD_SHOWN_MAX)).unwrap();
        assert_eq!(dead.len(), 1, "{}", engine.name);
        assert_eq!((dead[0].id, dead[0].tries), (id(1), TRIES_MAX), "{}", engine.name);
        assert_eq!(dead[0].last_fault.as_deref(), Some("no answer"), "{}", engine.name);
        assert!(store.read(|tx| jobs::dead(tx, Some(id(1)), 10)).unwrap().is_empty(), "{}", engine.name);

        assert!(!revive(&store, 2, now_us), "{}: there is no such job", engine.name);
        assert!(revive(&store, 1, now_us), "{}", engine.name);
        assert!(!revive(&store, 1, now_us), "{}: it is not dead any more", engine.name);
        let again = claim(&store, now_us).unwrap();
        assert_eq!(again.tries, 1, "{}", engine.name);
        done(&store, &again).unwrap();
        let counts = store.read(jobs::counts).unwrap();
        assert_eq!(counts, Counts { done: 1, ..Counts::default() }, "{}", engine.name);
        let key = store.vault().ring().verifying_key();
        let verified = store.read(|tx| verify(tx, &key, &[], |_| ())).unwrap();
        assert_eq!(verified.size + verified.unordered, 1, "{}: who revived it is known", engine.name);
    });
}

#[test]
fn a_job_that_kills_its_worker_each_time_ends_too() {
    on_both(|engine| {
        let store = engine.open();
        add(&store, job(1, NOW_US));
        let mut now_us = NOW_US;
        for _ in 0..TRIES_MAX {
            now_us = claim(&store, now_us).unwrap().until_us;
        }
        assert_eq!(claim(&store, now_us), None, "{}", engine.name);
        let dead = store.read(|tx| jobs::dead(tx, None, 10)).unwrap();
        assert_eq!(dead[0].last_fault.as_deref(), Some(WORKER_LOST), "{}", engine.name);
    });
}

#[test]
fn long_words_of_a_failure_are_cut_between_letters() {
    on_both(|engine| {
        let store = engine.open();
        add(&store, job(1, NOW_US));
        let claimed = claim(&store, NOW_US).unwrap();
        write(&store, move |tx| jobs::failed(tx, &claimed, &format!("x{}", "ж".repeat(600)), NOW_US))
            .unwrap();
        let mut row = store.read(|tx| tx.query_one("SELECT last_fault FROM jobs", &[])).unwrap();
        assert_eq!(row.text(0).unwrap().len(), LAST_FAULT_BYTES_MAX - 1, "{}", engine.name);
    });
}

#[test]
fn two_workers_never_hold_the_same_job() {
    const JOBS: u8 = 60;
    on_both(|engine| {
        let store = engine.open();
        for number in 0..JOBS {
            add(&store, job(number, NOW_US));
        }
        let held = Mutex::new(HashSet::new());
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    while let Some(claimed) = claim(&store, NOW_US) {
                        assert!(held.lock().unwrap().insert(claimed.id), "{}: {claimed:?}", engine.name);
                        done(&store, &claimed).unwrap();
                    }
                });
            }
        });
        assert_eq!(held.into_inner().unwrap().len(), usize::from(JOBS), "{}", engine.name);
    });
}

/// What the model knows of a job.
#[derive(Debug, Clone, PartialEq)]
enum Model {
    Waiting { due_us: i64, tries: u32 },
    Running { until_us: i64, tries: u32 },
    Done,
    Dead,
}

/// The model's own idea of which job is next, and what is dead before that.
fn model_claim(model: &mut BTreeMap<u8, Model>, now_us: i64) -> Option<(u8, u32)> {
    for state in model.values_mut() {
        if matches!(state, Model::Running { until_us, tries } if *until_us <= now_us && *tries >= TRIES_MAX) {
            *state = Model::Dead;
        }
    }
    let due = |state: &Model| match state {
        Model::Waiting { due_us: at, tries } | Model::Running { until_us: at, tries } if *at <= now_us => {
            Some((*at, *tries))
        }
        _ => None,
    };
    let (_, number, tries) = model
        .iter()
        .filter_map(|(number, state)| due(state).map(|(at, tries)| (at, *number, tries + 1)))
        .min()?;
    model.insert(number, Model::Running { until_us: now_us + LEASE_US, tries });
    Some((number, tries))
}

#[test]
fn a_seeded_workload_agrees_with_a_model() {
    for seed in [1, 2, 3] {
        on_both(|engine| {
            let store = engine.open();
            let mut dice = Dice::new(seed);
            let mut model: BTreeMap<u8, Model> = BTreeMap::new();
            // Every claim that was ever given out, for workers come late.
            let mut claims: Vec<Claimed> = Vec::new();
            let mut now_us = NOW_US;
            for step in 0..150 {
                let what = format!("{} seed {seed} step {step}", engine.name);
                now_us += dice.roll(LEASE_US as u64) as i64;
                match dice.roll(10) {
                    0..3 => {
                        let number = dice.roll(12) as u8;
                        let due_us = now_us + dice.roll(3) as i64 * LEASE_US;
                        let added = add(&store, job(number, due_us));
                        let known = model.contains_key(&number);
                        assert_eq!(added, if known { Added::Before } else { Added::New }, "{what}");
                        model.entry(number).or_insert(Model::Waiting { due_us, tries: 0 });
                    }
                    3..6 => {
                        let claimed = claim(&store, now_us);
                        let expected = model_claim(&mut model, now_us);
                        let found = claimed.as_ref().map(|claimed| (claimed.id.bytes()[0], claimed.tries));
                        assert_eq!(found, expected, "{what}");
                        claims.extend(claimed);
                    }
                    6 => {
                        let number = dice.roll(12) as u8;
                        let was_dead = model.get(&number) == Some(&Model::Dead);
                        assert_eq!(revive(&store, number, now_us), was_dead, "{what}");
                        if was_dead {
                            model.insert(number, Model::Waiting { due_us: now_us, tries: 0 });
                        }
                    }
                    end => {
                        let Some(last) = claims.len().checked_sub(1) else { continue };
                        let claimed = claims[dice.between(0, last as i64) as usize].clone();
                        let number = claimed.id.bytes()[0];
                        let held = Model::Running { until_us: claimed.until_us, tries: claimed.tries };
                        let is_held = model.get(&number) == Some(&held);
                        if end == 9 {
                            assert_eq!(done(&store, &claimed).is_ok(), is_held, "{what}");
                            if is_held {
                                model.insert(number, Model::Done);
                            }
                        } else {
                            let after = failed(&store, &claimed, now_us);
                            assert_eq!(after.is_ok(), is_held, "{what}");
                            match after {
                                Ok(After::Again { due_us }) => {
                                    model.insert(number, Model::Waiting { due_us, tries: claimed.tries });
                                }
                                Ok(After::Dead) => drop(model.insert(number, Model::Dead)),
                                Err(Lost) => {}
                            }
                        }
                    }
                }
            }
            let count =
                |wanted: fn(&Model) -> bool| model.values().filter(|state| wanted(state)).count() as u64;
            let expected = Counts {
                waiting: count(|state| matches!(state, Model::Waiting { .. })),
                running: count(|state| matches!(state, Model::Running { .. })),
                done: count(|state| *state == Model::Done),
                dead: count(|state| *state == Model::Dead),
            };
            assert_eq!(store.read(jobs::counts).unwrap(), expected, "{} seed {seed}", engine.name);
        });
    }
}
