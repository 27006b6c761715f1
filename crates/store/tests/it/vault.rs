//! Keys of members: allotted, destroyed, rotated; nothing readable without the secret.

use bonafide_store::fault::FaultKind;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Field;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::Store;

use crate::engines::{NOW_US, on_both, secret, sqlite};

fn field(member: Id) -> Field {
    Field { table: "members", column: "name_sealed", row: member, member }
}

#[test]
fn a_destroyed_key_opens_nothing_even_after_a_restore() {
    on_both(|engine| {
        let store = engine.open();
        let vault = store.vault();
        let member = Id::new(NOW_US).unwrap();
        let (key_id, key) = vault.allot(NOW_US).unwrap();
        let sealed = key.seal(&field(member), b"Anna").unwrap();
        drop(store);

        let store = engine.open();
        let key = store.vault().key_of_member(key_id).unwrap();
        assert_eq!(key.open(&field(member), &sealed).unwrap().as_slice(), b"Anna", "{}", engine.name);
        store.vault().destroy(&[key_id], NOW_US + 1).unwrap();
        assert!(store.vault().key(key_id).unwrap().is_none(), "{}", engine.name);
        assert_eq!(store.vault().destroyed().unwrap(), [(key_id, NOW_US + 1)], "{}", engine.name);
        assert_eq!(store.vault().key_of_member(key_id).err().unwrap().kind, FaultKind::Damaged);
    });
}

#[test]
fn b17_a_list_of_destroyed_keys_is_replayed_on_an_old_backup() {
    on_both(|engine| {
        let store = engine.open();
        let (kept, _) = store.vault().allot(NOW_US).unwrap();
        let (gone, _) = store.vault().allot(NOW_US).unwrap();
        // The list of the day of the disaster; this book is last week's.
        let list = [(gone, NOW_US + 5), (Id::new(NOW_US).unwrap(), NOW_US + 6)];
        assert_eq!(store.vault().replay_destroyed(&list).unwrap(), 1, "{}", engine.name);
        assert!(store.vault().key(gone).unwrap().is_none());
        assert!(store.vault().key(kept).unwrap().is_some());
        assert_eq!(store.vault().replay_destroyed(&list).unwrap(), 0, "a second time changes nothing");
    });
}

#[test]
fn b09_a_sealed_field_opens_in_its_own_row_and_column_only() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (Id::new(NOW_US).unwrap(), Id::new(NOW_US).unwrap());
        let (_, key) = store.vault().allot(NOW_US).unwrap();
        let (_, other_key) = store.vault().allot(NOW_US).unwrap();
        let sealed = key.seal(&field(member), b"template").unwrap();
        let moved = [
            Field { row: other, ..field(member) },
            Field { column: "note_sealed", ..field(member) },
            Field { table: "faces", ..field(member) },
            Field { member: other, ..field(member) },
        ];
        for place in moved {
            assert_eq!(key.open(&place, &sealed).err().unwrap().kind, FaultKind::Damaged, "{place:?}");
        }
        assert!(other_key.open(&field(member), &sealed).is_err());
    });
}

#[test]
fn g15_a_rotation_that_is_cut_off_goes_on_where_it_was() {
    on_both(|engine| {
        let store = engine.open();
        let keys: Vec<Id> = (0..1_500).map(|_| store.vault().allot(NOW_US).unwrap().0).collect();
        store.vault().begin_rotation(&secret()).unwrap();
        let left = store.vault().rotate_batch().unwrap();
        assert!(left > 0, "{}: all in one batch", engine.name);
        drop(store);

        // Half of the keys are sealed under either version, and all of them open.
        let store = engine.open();
        for id in &keys {
            store.vault().key_of_member(*id).unwrap();
        }
        store.vault().begin_rotation(&secret()).unwrap();
        while store.vault().rotate_batch().unwrap() > 0 {}
        store.vault().end_rotation(&secret()).unwrap();
        for id in &keys {
            store.vault().key_of_member(*id).unwrap();
        }
        assert_eq!(
            store.vault().begin_rotation(&Secret::KeyFile(vec![9; 32].into())).unwrap_err().kind,
            FaultKind::WrongKey
        );
    });
}

#[test]
fn another_secret_takes_the_place_of_the_old_one() {
    on_both(|engine| {
        let store = engine.open();
        let (id, _) = store.vault().allot(NOW_US).unwrap();
        let words = || Secret::Passphrase("a long passphrase".to_owned().into());
        assert!(store.vault().change_secret(&words()).unwrap(), "{}", engine.name);
        drop(store);
        let old = Store::open(&engine.places, &secret(), NOW_US).err().unwrap();
        assert_eq!(old.kind, FaultKind::WrongKey, "{}", engine.name);
        let store = Store::open(&engine.places, &words(), NOW_US).unwrap();
        store.vault().key_of_member(id).unwrap();
    });
}

#[test]
fn what_the_old_secret_sealed_leaves_no_byte_in_the_folder() {
    let engine = sqlite();
    let store = engine.open();
    let sealed: Vec<u8> = {
        let keys = rusqlite::Connection::open(engine.folder().join("keys.db")).unwrap();
        keys.query_row("SELECT sealed FROM ring WHERE id = 1", [], |row| row.get(0)).unwrap()
    };
    let is_somewhere = || {
        std::fs::read_dir(engine.folder()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            // A long value may lie on several pages: its first bytes are enough to know it by.
            bytes.windows(64).any(|window| window == &sealed[..64])
        })
    };
    assert!(is_somewhere(), "it is looked for in the right place");
    let key = |byte: u8| Secret::KeyFile(vec![byte; 32].into());
    assert!(store.vault().change_secret(&key(8)).unwrap());
    assert!(!is_somewhere());

    // A backup at work holds the old state: the change is made all the same, and told.
    let mut backup = rusqlite::Connection::open(engine.folder().join("keys.db")).unwrap();
    let holding = backup.transaction().unwrap();
    let _: i64 = holding.query_row("SELECT COUNT(*) FROM ring", [], |row| row.get(0)).unwrap();
    assert!(!store.vault().change_secret(&key(9)).unwrap());
    drop(holding);
    drop(store);
    assert_eq!(Store::open(&engine.places, &key(8), NOW_US).err().unwrap().kind, FaultKind::WrongKey);
    Store::open(&engine.places, &key(9), NOW_US).unwrap();
}

#[test]
fn a_destroyed_key_leaves_no_byte_in_the_folder() {
    let engine = sqlite();
    let store = engine.open();
    let (id, _) = store.vault().allot(NOW_US).unwrap();
    let sealed: Vec<u8> = {
        let keys = rusqlite::Connection::open(engine.folder().join("keys.db")).unwrap();
        let sql = "SELECT sealed FROM member_keys WHERE id = ?1";
        keys.query_row(sql, [id.bytes().as_slice()], |row| row.get(0)).unwrap()
    };
    let is_somewhere = || {
        std::fs::read_dir(engine.folder()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(sealed.len()).any(|window| window == sealed)
        })
    };
    assert!(is_somewhere(), "it is looked for in the right place");
    store.vault().destroy(&[id], NOW_US).unwrap();
    assert!(!is_somewhere());
}

#[test]
fn a_key_whose_bytes_cannot_be_dropped_yet_is_told() {
    let engine = sqlite();
    let store = engine.open();
    let (id, _) = store.vault().allot(NOW_US).unwrap();
    // A backup at work holds the old state.
    let mut backup = rusqlite::Connection::open(engine.folder().join("keys.db")).unwrap();
    let holding = backup.transaction().unwrap();
    let _: i64 = holding.query_row("SELECT COUNT(*) FROM member_keys", [], |row| row.get(0)).unwrap();
    let fault = store.vault().destroy(&[id], NOW_US).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Busy);
    drop(holding);
    store.vault().destroy(&[id], NOW_US).unwrap();
    assert!(store.vault().key(id).unwrap().is_none());
}

#[test]
fn a_rotation_that_only_cannot_cut_the_log_is_done_and_told() {
    let engine = sqlite();
    let store = engine.open();
    let (id, _) = store.vault().allot(NOW_US).unwrap();
    store.vault().begin_rotation(&secret()).unwrap();
    // A backup at work holds the old state.
    let mut backup = rusqlite::Connection::open(engine.folder().join("keys.db")).unwrap();
    let holding = backup.transaction().unwrap();
    let _: i64 = holding.query_row("SELECT COUNT(*) FROM ring", [], |row| row.get(0)).unwrap();
    assert!(!store.vault().end_rotation(&secret()).unwrap());
    store.vault().key_of_member(id).unwrap();
    drop(holding);
    store.vault().begin_rotation(&secret()).unwrap();
    assert!(store.vault().end_rotation(&secret()).unwrap());
    store.vault().key_of_member(id).unwrap();
}
