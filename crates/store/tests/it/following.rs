//! Several processes of a chain, each with its own directory: what one does, the others know.

use std::time::{Duration, Instant};

use bonafide_store::audit::order::size;
use bonafide_store::directory::Directory;
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::fault::FaultKind;
use bonafide_store::following::Follower;
use bonafide_store::id::Id;
use bonafide_store::keys::seal::Secret;
use bonafide_store::members::merging::merge;
use bonafide_store::members::{self};
use bonafide_store::search::NameQuery;
use bonafide_store::store::{Places, Store};
use bonafide_store::values;

use crate::club::{done, wrote};
use crate::engines::{Engine, NOW_US, on_both, postgres, secret};
use crate::members::{acting, add, change, full, named};

/// A process that only looks.
struct Observer {
    directory: Directory,
    follower: Follower,
}

impl Observer {
    fn start(store: &Store) -> Observer {
        let directory = Directory::new();
        let (follower, _) = Follower::start(store, &directory, |_| ()).unwrap();
        Observer { directory, follower }
    }

    /// Reads on until the order has every entry that was written.
    fn catch_up(&mut self, store: &Store) -> usize {
        let start = Instant::now();
        let mut members = 0;
        loop {
            members += self.follower.round(store, &self.directory).unwrap().members;
            let unordered = "SELECT COUNT(*) FROM audit_entries WHERE seq IS NULL";
            let left = store.read(|tx| tx.query_one(unordered, &[])?.integer(0)).unwrap();
            if left == 0 && self.follower.round(store, &self.directory).unwrap().entries == 0 {
                return members;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{left} entries without a place");
            std::thread::yield_now();
        }
    }

    fn found(&self, name: &str) -> Vec<u32> {
        self.directory.by_name(&NameQuery::parse(name).unwrap(), 10)
    }
}

/// Another process on the same book; on a file, where there is only one, the same.
fn other(engine: &Engine) -> Option<(tempfile::TempDir, Store)> {
    let folder = tempfile::tempdir().unwrap();
    let places = Places { folder: folder.path().to_owned(), ..engine.places.clone() };
    (engine.name == "PostgreSQL").then(|| (folder, Store::open(&places, &secret(), NOW_US).unwrap()))
}

#[test]
fn what_one_process_does_the_others_find() {
    on_both(|engine| {
        let writer = engine.open();
        let anna = add(&writer, full());
        let second = other(engine);
        let reader = second.as_ref().map_or(&writer, |(_, store)| store);
        let mut observer = Observer::start(reader);
        assert_eq!(observer.found("иванова"), [0], "{}", engine.name);

        let li = add(&writer, named("小明", "王"));
        let smith = add(&writer, named("John", "Smith"));
        change(&writer, anna, 1, named("Анна", "Сидорова")).unwrap();
        observer.catch_up(reader);
        assert_eq!((observer.found("сидорова"), observer.found("иванова").len()), (vec![0], 0));
        assert_eq!((observer.found("王小明"), observer.found("smith")), (vec![1], vec![2]));

        done(&writer, move |work| merge(work, &acting(), anna, li));
        done(&writer, move |work| erase(work, &acting(), Id::from_bytes([9; 16]), smith, Cause::PersonsWish));
        observer.catch_up(reader);
        assert!(observer.found("王小明").is_empty() && observer.found("smith").is_empty(), "{}", engine.name);
        assert_eq!(observer.directory.members(), 1);

        wrote(&writer, move |work| members::note_view(work, &acting(), anna));
        assert_eq!(observer.catch_up(reader), 0, "looking changes nothing");
        assert!(reader.read(size).unwrap() > 0);
    });
}

#[test]
fn b17_a_key_that_another_process_destroyed_is_forgotten_here_too() {
    on_both(|engine| {
        let writer = engine.open();
        let anna = add(&writer, full());
        let second = other(engine);
        let reader = second.as_ref().map_or(&writer, |(_, store)| store);
        let mut observer = Observer::start(reader);
        let sql = "SELECT key_id FROM members WHERE id = $1";
        let key = reader.read(|tx| tx.query_one(sql, values![anna])?.id(0)).unwrap();
        assert!(reader.vault().key(key).unwrap().is_some(), "opened, and kept in memory");
        done(&writer, move |work| erase(work, &acting(), Id::from_bytes([9; 16]), anna, Cause::PersonsWish));
        observer.catch_up(reader);
        assert!(reader.vault().key(key).unwrap().is_none(), "{}", engine.name);
    });
}

#[test]
fn g15_a_rotation_by_one_process_loses_no_key_that_another_one_makes() {
    let Some(engine) = postgres() else { return };
    let (rotating, (_folder, working)) = (engine.open(), other(&engine).unwrap());
    let before = add(&working, full());
    rotating.vault().begin_rotation(&secret()).unwrap();
    let during: Vec<Id> = (0..20).map(|_| add(&working, named("Li", "Wang"))).collect();
    while rotating.vault().rotate_batch().unwrap() > 0 {}
    rotating.vault().end_rotation(&secret()).unwrap();
    // More than the spare ones that were made before, and those too.
    let after: Vec<Id> = (0..300).map(|_| add(&working, named("Ann", "Lee"))).collect();
    let all = [vec![before], during, after].concat();
    for store in [&rotating, &working, &engine_again(&engine)] {
        for id in &all {
            let found = store.read(|tx| members::get(tx, store.vault(), *id)).unwrap();
            assert!(found.is_some());
        }
        store.vault().try_each(|key, opens| assert!(opens, "{key}")).unwrap();
    }
}

/// A process that starts now and has nothing in memory.
fn engine_again(engine: &Engine) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let places = Places { folder: folder.path().to_owned(), ..engine.places.clone() };
    Store::open(&places, &secret(), NOW_US).unwrap()
}

#[test]
fn a_rotation_beside_members_who_are_added_loses_none() {
    let Some(engine) = postgres() else { return };
    let (rotating, (_folder, working)) = (engine.open(), other(&engine).unwrap());
    std::thread::scope(|scope| {
        let rounds = scope.spawn(|| {
            for _ in 0..6 {
                rotating.vault().begin_rotation(&secret()).unwrap();
                // A key may be made between the last batch and the end: then the end says so, and it goes on.
                while rotating.vault().rotate_batch().unwrap() > 0
                    || rotating.vault().end_rotation(&secret()).is_err()
                {}
            }
        });
        for number in 0.. {
            add(&working, named("Li", &format!("Wang{}", ["a", "b", "c"][number % 3])));
            if rounds.is_finished() {
                break;
            }
        }
    });
    let mut keys = 0;
    engine_again(&engine)
        .vault()
        .try_each(|key, opens| {
            assert!(opens, "{key}");
            keys += 1;
        })
        .unwrap();
    assert!(keys > 0);
}

#[test]
fn a_secret_that_another_process_changed_is_asked_for_again() {
    let Some(engine) = postgres() else { return };
    let (changing, (_folder, working)) = (engine.open(), other(&engine).unwrap());
    let anna = add(&working, full());
    let new = || Secret::KeyFile(vec![8; 32].into());
    changing.vault().change_secret(&new()).unwrap();
    // What is open stays open; a key that must be made is not, for the ring cannot be read any more.
    assert!(working.read(|tx| members::get(tx, working.vault(), anna)).unwrap().is_some());
    let refused = (0..300).find_map(|_| working.vault().allot(NOW_US).err()).unwrap();
    assert_eq!(refused.kind, FaultKind::WrongKey);
    add(&changing, named("Li", "Wang"));
}
