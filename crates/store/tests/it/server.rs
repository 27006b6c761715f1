//! What only a server does to us: it starts again, its tables change, several processes come at once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bonafide_store::check::{Against, check};
use bonafide_store::dialect::Place;
use bonafide_store::fault::Fault;
use bonafide_store::store::{Places, Store};

use crate::crash::request;
use crate::engines::{Engine, NOW_US, postgres, secret};

fn client(place: &Place) -> ::postgres::Client {
    let Place::Server(address) = place else { panic!("a server") };
    ::postgres::Client::connect(address, ::postgres::NoTls).unwrap()
}

/// What a client sees when its server starts again.
fn cut_all_connections(engine: &Engine) {
    for place in [&engine.places.book, &engine.places.keys] {
        let cut = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client(place).query(cut, &[]).unwrap();
    }
}

fn count(store: &Store) -> Result<i64, Fault> {
    store.read(|tx| tx.query_one("SELECT COUNT(*) FROM settings", &[])?.integer(0))
}

/// Readers at the same time, so that several connections are open.
fn count_at_once(store: &Store) {
    let barrier = std::sync::Barrier::new(5);
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                store
                    .read(|_| {
                        barrier.wait();
                        Ok(())
                    })
                    .unwrap();
            });
        }
    });
}

#[test]
fn a_server_that_started_again_is_not_noticed_by_those_who_ask() {
    let Some(engine) = postgres() else { return };
    let store = engine.open();
    let (key, _) = store.vault().allot(NOW_US).unwrap();
    // More keys than are made at once, so that the next key needs the server.
    for number in 0..4 {
        request::write(&store, number).unwrap();
    }
    for round in 0..3 {
        count_at_once(&store);
        cut_all_connections(&engine);
        assert!(count(&store).unwrap() > 0, "round {round}");
        for number in 0..8 {
            request::write(&store, 100 * (round + 1) + number).unwrap();
        }
        cut_all_connections(&engine);
        assert!(store.vault().destroyed().unwrap().is_empty(), "round {round}");
        cut_all_connections(&engine);
        store.vault().try_each(|key, opens| assert!(opens, "{key}")).unwrap();
        cut_all_connections(&engine);
        assert!(
            store.vault().replay_destroyed(&[]).unwrap() == 0 && store.vault().key(key).unwrap().is_some()
        );
    }
    request::whole(&store, "after the server started again");
}

#[test]
fn a_table_that_changed_its_form_is_asked_anew() {
    let Some(engine) = postgres() else { return };
    let store = engine.open();
    let ask = |store: &Store| -> Result<Result<usize, ()>, Fault> {
        store.write(|work| Ok(Ok(work.tx.query("SELECT key, content FROM settings", &[])?.len())))
    };
    // Each of the writers has prepared it.
    for _ in 0..16 {
        ask(&store).unwrap().unwrap();
    }
    client(&engine.places.book)
        .batch_execute("ALTER TABLE settings ALTER COLUMN content TYPE VARCHAR(1000)")
        .unwrap();
    for _ in 0..16 {
        ask(&store).unwrap().unwrap();
    }
}

#[test]
fn several_processes_that_start_at_once_share_one_ring() {
    let Some(engine) = postgres() else { return };
    let folders: Vec<_> = (0..5).map(|_| tempfile::tempdir().unwrap()).collect();
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let opening: Vec<_> = folders
            .iter()
            .map(|folder| {
                let places = Places { folder: folder.path().to_owned(), ..engine.places.clone() };
                scope.spawn(move || Store::open(&places, &secret(), NOW_US))
            })
            .collect();
        opening.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    let rings: BTreeSet<[u8; 32]> = stores.iter().map(|store| store.vault().ring().verifying_key()).collect();
    assert_eq!(rings.len(), 1);
    let keys: Vec<_> = stores.iter().map(|store| store.vault().allot(NOW_US).unwrap().0).collect();
    for store in &stores {
        assert!(keys.iter().all(|key| store.vault().key(*key).unwrap().is_some()));
    }
}

#[test]
fn a_sequencer_that_fails_is_seen_and_recovers() {
    let Some(engine) = postgres() else { return };
    let store = engine.open();
    assert_eq!(store.audit_fault(), None);
    let wait = |failing: bool| {
        let start = Instant::now();
        while store.audit_fault().is_some() != failing {
            assert!(start.elapsed() < Duration::from_secs(30), "failing: {failing}");
            std::thread::yield_now();
        }
    };
    client(&engine.places.book).batch_execute("ALTER TABLE audit_nodes RENAME TO elsewhere").unwrap();
    request::write(&store, 1).unwrap();
    wait(true);
    client(&engine.places.book).batch_execute("ALTER TABLE elsewhere RENAME TO audit_nodes").unwrap();
    wait(false);
}

#[test]
fn a_row_that_all_want_is_written_by_all_in_the_end() {
    let Some(engine) = postgres() else { return };
    let store = engine.open();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for step in 0..200 {
                    // With its audit entry, so that the sequencer is a rival too.
                    request::write(store, (thread << 24) | step).unwrap();
                }
            });
        }
    });
    request::whole(&store, "a row that all want");
}

#[test]
fn a_check_uses_what_the_server_has_to_look_at_itself() {
    let Some(engine) = postgres() else { return };
    let store = engine.open();
    request::write(&store, 1).unwrap();
    let how = |store: &Store| {
        let report = check(store, Against::default(), |_, _| ());
        assert!(report.is_sound(), "{report:?}");
        report.engine_check
    };
    assert_eq!(how(&store), Some("rows_only"));
    for place in [&engine.places.book, &engine.places.keys] {
        if let Err(error) = client(place).batch_execute("CREATE EXTENSION amcheck") {
            eprintln!("NOT RUN: this server has no amcheck: {error} (1 test)");
            return;
        }
    }
    assert_eq!(how(&store), Some("amcheck"));
}
