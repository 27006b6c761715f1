//! Opening, writing, refusing, failing; two processes; migrations.

use std::sync::Arc;

use bonafide_store::dialect::{is_duplicate, layout};
use bonafide_store::fault::{Fault, FaultKind};
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::engines::{NOW_US, on_both, secret, sqlite};

fn put(store: &Store, key: &'static str, content: &'static str) -> Result<Result<(), ()>, Fault> {
    store.write(move |work| {
        work.tx.execute("INSERT INTO settings (key, content) VALUES ($1, $2)", values![key, content])?;
        Ok(Ok(()))
    })
}

fn get(store: &Store, key: &str) -> Option<String> {
    store
        .read(|tx| {
            let row = tx.query_opt("SELECT content FROM settings WHERE key = $1", values![key])?;
            row.map(|mut row| row.text(0)).transpose()
        })
        .unwrap()
}

#[test]
fn what_is_answered_is_there_after_opening_again() {
    on_both(|engine| {
        let store = engine.open();
        put(&store, "name", "Club").unwrap().unwrap();
        assert_eq!(get(&store, "name").as_deref(), Some("Club"), "{}", engine.name);
        drop(store);
        assert_eq!(get(&engine.open(), "name").as_deref(), Some("Club"), "{}", engine.name);
    });
}

#[test]
fn a_refusal_leaves_nothing_and_hurts_no_neighbour() {
    on_both(|engine| {
        let store = engine.open();
        let refused: Result<(), &str> = store
            .write(|work| {
                work.tx.execute("INSERT INTO settings (key, content) VALUES ('a', '1')", &[])?;
                Ok(Err("no"))
            })
            .unwrap();
        assert_eq!(refused, Err("no"));
        assert_eq!(get(&store, "a"), None, "{}", engine.name);
        put(&store, "b", "2").unwrap().unwrap();
        let again = put(&store, "b", "3").unwrap_err();
        assert!(is_duplicate(&again), "{}: {again:?}", engine.name);
        assert_eq!(get(&store, "b").as_deref(), Some("2"), "{}", engine.name);
    });
}

#[test]
fn of_many_that_wait_together_one_that_is_refused_takes_back_its_own_and_nothing_else() {
    on_both(|engine| {
        let store = engine.open();
        for round in 0..10 {
            let (go, wait) = std::sync::mpsc::channel::<()>();
            let (begun, begins) = std::sync::mpsc::channel::<()>();
            let gathered = std::sync::Barrier::new(7);
            std::thread::scope(|scope| {
                // The others gather behind it, so that they share a commit where commits are shared.
                let store = &store;
                scope.spawn(move || {
                    let held = store.write(move |_| {
                        begun.send(()).unwrap();
                        // Also when it is run again, after the sender has gone.
                        assert!(wait.recv().is_err(), "nothing is sent, only dropped");
                        Ok(Ok::<(), ()>(()))
                    });
                    held.unwrap().unwrap();
                });
                begins.recv().unwrap();
                for number in 0..6 {
                    let gathered = &gathered;
                    scope.spawn(move || {
                        let key = format!("{round}-{number}");
                        gathered.wait();
                        let outcome = store.write(move |work| {
                            let sql = "INSERT INTO settings (key, content) VALUES ($1, 'x')";
                            work.tx.execute(sql, values![key.as_str()])?;
                            Ok(if number % 3 == 1 { Err("no") } else { Ok(()) })
                        });
                        assert_eq!(outcome.unwrap().is_ok(), number % 3 != 1);
                    });
                }
                gathered.wait();
                drop(go);
            });
            for number in 0..6 {
                let kept = get(&store, &format!("{round}-{number}")).is_some();
                assert_eq!(kept, number % 3 != 1, "{}: {round}-{number}", engine.name);
            }
        }
    });
}

#[test]
fn g19_a_panic_in_one_request_is_told_to_its_caller_only() {
    on_both(|engine| {
        let store = engine.open();
        let fault = store
            .write(|work| -> Result<Result<(), ()>, Fault> {
                work.tx.execute("INSERT INTO settings (key, content) VALUES ('a', '1')", &[])?;
                panic!("a mistake")
            })
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::Broken, "{}", engine.name);
        assert_eq!(get(&store, "a"), None, "{}", engine.name);
        put(&store, "a", "2").unwrap().unwrap();
        assert_eq!(get(&store, "a").as_deref(), Some("2"), "{}", engine.name);
    });
}

#[test]
fn many_at_once_count_without_losing_one() {
    on_both(|engine| {
        let store = Arc::new(engine.open());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let store = Arc::clone(&store);
                scope.spawn(move || {
                    for _ in 0..25 {
                        let counted: Result<i64, ()> = store
                            .write(|work| {
                                let mut row = work.tx.query_one(
                                    "INSERT INTO counters (name, next) VALUES ('n', 1)
                                     ON CONFLICT (name) DO UPDATE SET next = counters.next + 1 RETURNING next",
                                    &[],
                                )?;
                                Ok(Ok(row.integer(0)?))
                            })
                            .unwrap();
                        counted.unwrap();
                    }
                });
            }
        });
        let counted = store.read(|tx| tx.query_one("SELECT next FROM counters", &[])?.integer(0)).unwrap();
        assert_eq!(counted, 200, "{}", engine.name);
    });
}

#[test]
fn g12_a_second_process_is_refused() {
    on_both(|engine| {
        let store = engine.open();
        let second = Store::open(&engine.places, &secret(), NOW_US);
        assert_eq!(second.err().map(|fault| fault.kind), Some(FaultKind::Busy), "{}", engine.name);
        drop(store);
        engine.open();
    });
}

#[test]
fn another_key_opens_nothing_and_changes_nothing() {
    on_both(|engine| {
        put(&engine.open(), "a", "1").unwrap().unwrap();
        for wrong in [Secret::KeyFile(vec![8; 32].into()), Secret::Passphrase("seven".to_owned().into())] {
            let fault = Store::open(&engine.places, &wrong, NOW_US).err().unwrap();
            assert_eq!(fault.kind, FaultKind::WrongKey, "{}", engine.name);
        }
        assert_eq!(get(&engine.open(), "a").as_deref(), Some("1"));
    });
}

#[test]
fn the_keys_of_another_book_are_refused() {
    let (one, other) = (sqlite(), sqlite());
    drop((one.open(), other.open()));
    std::fs::copy(other.folder().join("keys.db"), one.folder().join("keys.db")).unwrap();
    let fault = Store::open(&one.places, &secret(), NOW_US).err().unwrap();
    assert_eq!(fault.kind, FaultKind::WrongKey);
}

#[test]
fn g11_a_book_of_a_later_program_is_refused() {
    on_both(|engine| {
        let store = engine.open();
        let later: Result<(), ()> = store
            .write(|work| {
                work.tx.execute(
                    "INSERT INTO applied_migrations (name, sha256, at_us) VALUES ('9999-later', $1, 0)",
                    values![[0_u8; 32]],
                )?;
                Ok(Ok(()))
            })
            .unwrap();
        later.unwrap();
        drop(store);
        let fault = Store::open(&engine.places, &secret(), NOW_US).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Version, "{}", engine.name);
    });
}

#[test]
fn both_engines_have_the_same_tables() {
    let found = std::sync::Mutex::new(Vec::new());
    on_both(|engine| {
        let store = engine.open();
        found.lock().unwrap().push(store.read(layout).unwrap());
    });
    let found = found.into_inner().unwrap();
    assert!(found[0].len() > 20);
    if let [sqlite, postgres] = found.as_slice() {
        assert_eq!(sqlite, postgres);
    }
}

#[test]
fn a_question_that_ends_its_own_transaction_spoils_no_reader() {
    on_both(|engine| {
        let store = engine.open();
        put(&store, "a", "1").unwrap().unwrap();
        for _ in 0..10 {
            store.read(|tx| tx.execute("ROLLBACK", &[])).unwrap();
            assert_eq!(get(&store, "a").as_deref(), Some("1"), "{}", engine.name);
        }
    });
}

#[test]
fn a_log_that_large_transactions_fill_begins_anew() {
    let engine = sqlite();
    let store = engine.open();
    let log = engine.folder().join("book.db-wal");
    let mut longest = 0;
    for number in 0..28 {
        let done = store.write(move |work| {
            for row in 0..8 {
                let (key, content) = (format!("large {row}"), format!("{number} ") + &"x".repeat(1 << 20));
                work.tx.execute(
                    "INSERT INTO settings (key, content) VALUES ($1, $2)
                     ON CONFLICT (key) DO UPDATE SET content = excluded.content",
                    values![key.as_str(), content.as_str()],
                )?;
            }
            Ok(Ok::<(), ()>(()))
        });
        done.unwrap().unwrap();
        longest = longest.max(std::fs::metadata(&log).unwrap().len() >> 20);
    }
    // It has to begin anew at 128 MiB, and the transaction that goes beyond is written to its end.
    assert!(longest < 160, "{longest} MiB");
}
