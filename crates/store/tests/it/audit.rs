//! The audit: entries in the effect's transaction, ordered, signed; every change behind the program's back is found.

use std::time::{Duration, Instant};

use bonafide_store::audit::entry::{Acting, Actor, ORIGIN_BYTES_MAX, Subject, record};
use bonafide_store::audit::merkle::Hash;
use bonafide_store::audit::verify::{Broken, Verified, verify};
use bonafide_store::id::Id;
use bonafide_store::store::Store;
use bonafide_store::value::Value;
use bonafide_store::values;

use crate::engines::{Engine, NOW_US, on_both};

fn acting(step: i64) -> Acting {
    Acting { actor: Actor::CommandLine, origin: "desk".to_owned(), now_us: NOW_US + step * 1_000 }
}

/// A store with so many entries, all ordered.
fn with_entries(engine: &Engine, entries: i64) -> Store {
    let store = engine.open();
    for step in 0..entries {
        let written: Result<(), ()> = store
            .write(move |work| {
                record(
                    work.tx,
                    &acting(step),
                    "member_added",
                    Subject::row("members", Id::from_bytes([1; 16])),
                    None,
                )?;
                Ok(Ok(()))
            })
            .unwrap();
        written.unwrap();
    }
    wait_until_ordered(&store);
    store
}

/// On a server the sequencer follows within a second.
pub(crate) fn wait_until_ordered(store: &Store) {
    let start = Instant::now();
    while checked(store, &[]).unordered > 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "the sequencer does not come");
        std::thread::yield_now();
    }
}

fn checked(store: &Store, elsewhere: &[(u64, Hash)]) -> Verified {
    let key = store.vault().ring().verifying_key();
    store.read(|tx| verify(tx, &key, elsewhere, |_| ())).unwrap()
}

/// Somebody with the database's own tools.
fn tamper(store: &Store, statements: &'static [(&'static str, &'static [i64])]) {
    let done: Result<(), ()> = store
        .write(move |work| {
            for (sql, numbers) in statements {
                let values: Vec<Value> = numbers.iter().map(|number| Value::from(*number)).collect();
                work.tx.execute(sql, &values)?;
            }
            Ok(Ok(()))
        })
        .unwrap();
    done.unwrap();
}

#[test]
fn a_whole_audit_is_whole() {
    on_both(|engine| {
        let store = with_entries(engine, 21);
        let found = checked(&store, &[]);
        assert_eq!((found.size, found.unordered, found.broken), (21, 0, None), "{}", engine.name);
        assert!(found.heads >= 1 && found.last.is_some_and(|head| head.size == 21), "{}", engine.name);
    });
}

#[test]
fn s07_each_change_behind_the_back_is_found_and_named() {
    type Statements = &'static [(&'static str, &'static [i64])];
    let cases: [(&str, Statements, Broken); 8] = [
        ("deleted", &[("DELETE FROM audit_entries WHERE seq = $1", &[7])], Broken::Missing { index: 7 }),
        (
            "altered",
            &[("UPDATE audit_entries SET action = 'nothing' WHERE seq = $1", &[9])],
            Broken::Altered { index: 9 },
        ),
        (
            "reordered",
            &[
                ("UPDATE audit_entries SET seq = -1 WHERE seq = $1", &[4]),
                ("UPDATE audit_entries SET seq = $1 WHERE seq = $2", &[4, 5]),
                ("UPDATE audit_entries SET seq = $1 WHERE seq = -1", &[5]),
            ],
            Broken::Altered { index: 4 },
        ),
        (
            "tail cut off, tree left",
            &[("DELETE FROM audit_entries WHERE seq >= $1", &[18])],
            Broken::Missing { index: 18 },
        ),
        (
            "leaf forgotten",
            &[("DELETE FROM audit_nodes WHERE level = 0 AND place = $1", &[3])],
            Broken::Tree { index: 3 },
        ),
        (
            "inner node changed",
            &[(
                "UPDATE audit_nodes SET hash = (SELECT hash FROM audit_nodes WHERE level = 0 AND place = 0) WHERE level = $1 AND place = $2",
                &[2, 1],
            )],
            Broken::Tree { index: 7 },
        ),
        (
            "head's time changed",
            &[("UPDATE audit_checkpoints SET at_us = at_us + 1 WHERE size = $1", &[21])],
            Broken::Signature { size: 21 },
        ),
        (
            "head's root changed",
            &[(
                "UPDATE audit_checkpoints SET root = (SELECT hash FROM audit_nodes WHERE level = 0 AND place = 0) WHERE size = $1",
                &[21],
            )],
            Broken::Head { size: 21 },
        ),
    ];
    for (name, statements, expected) in &cases {
        on_both(|engine| {
            let store = with_entries(engine, 21);
            tamper(&store, statements);
            assert_eq!(checked(&store, &[]).broken.as_ref(), Some(expected), "{}: {name}", engine.name);
        });
    }
}

#[test]
fn s08_a_tree_made_anew_is_caught_by_heads_kept_elsewhere() {
    on_both(|engine| {
        let store = with_entries(engine, 10);
        let head = checked(&store, &[]).last.unwrap();
        assert_eq!(checked(&store, &[(head.size, head.root)]).broken, None, "{}", engine.name);
        // Root with the key could do this: cut off the end and all that speaks of it.
        tamper(
            &store,
            &[
                ("DELETE FROM audit_entries WHERE seq >= $1", &[8]),
                (
                    "DELETE FROM audit_nodes WHERE (place + 1) * (CASE level WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 4 END) > $1 AND level < 3",
                    &[8],
                ),
                ("DELETE FROM audit_checkpoints WHERE size > $1", &[8]),
            ],
        );
        assert_eq!(checked(&store, &[]).broken, None, "{}: the book alone cannot tell", engine.name);
        let caught = checked(&store, &[(head.size, head.root)]).broken;
        assert_eq!(caught, Some(Broken::Elsewhere { size: head.size }), "{}", engine.name);
    });
}

#[test]
fn s09_an_effect_whose_entry_cannot_be_written_does_not_happen() {
    on_both(|engine| {
        let store = with_entries(engine, 1);
        let refused = store.write(|work| -> Result<Result<(), ()>, _> {
            work.tx.execute("INSERT INTO settings (key, content) VALUES ('a', '1')", &[])?;
            // Gone for this request only: the table comes back with the savepoint.
            work.tx.execute("ALTER TABLE audit_entries RENAME TO lost", &[])?;
            record(work.tx, &acting(5), "setting_changed", Subject::installation(), None)?;
            Ok(Ok(()))
        });
        assert!(refused.is_err(), "{}", engine.name);
        let kept =
            store.read(|tx| tx.query_opt("SELECT 1 FROM settings WHERE key = $1", values!["a"])).unwrap();
        assert!(kept.is_none(), "{}", engine.name);
        assert_eq!(checked(&store, &[]).size, 1, "{}", engine.name);
    });
}

#[test]
fn a_long_origin_is_cut_between_letters() {
    on_both(|engine| {
        let store = engine.open();
        let written: Result<(), ()> = store
            .write(|work| {
                let acting = Acting { origin: format!("x{}", "ж".repeat(500)), ..acting(0) };
                record(work.tx, &acting, "member_added", Subject::installation(), None)?;
                Ok(Ok(()))
            })
            .unwrap();
        written.unwrap();
        let mut row = store.read(|tx| tx.query_one("SELECT origin FROM audit_entries", &[])).unwrap();
        assert_eq!(row.text(0).unwrap().len(), ORIGIN_BYTES_MAX - 1, "{}", engine.name);
    });
}
