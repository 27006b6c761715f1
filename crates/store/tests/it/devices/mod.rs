//! Devices on both engines: registered, known by their token, revoked.

mod sigur;

use bonafide_domain::plain_text::Title;
use bonafide_store::devices::sigur::{Login, NotLetIn, sign_in};
use bonafide_store::devices::{
    Device, DeviceToken, NewDevice, NotRegistered, Registered, Role, SEEN_EVERY_US, TokenRefusal,
    access_points, find_by_token, get, list, note_seen, register, revoke,
};
use bonafide_store::dialect::Place;
use bonafide_store::id::Id;
use bonafide_store::organisation::{NotFound, branch, till};
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{acting, berlin, done, id, title, told, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::passages::House;

pub(crate) fn device(name: &str, role: Role) -> NewDevice {
    NewDevice { name: Title::parse(name).unwrap(), role }
}

pub(crate) fn login(text: &str) -> Login {
    Login::parse(text).unwrap()
}

fn tried(store: &Store, new: NewDevice) -> Result<Registered, NotRegistered> {
    store.write(move |work| register(work, &acting(), &new)).unwrap()
}

pub(crate) fn registered(store: &Store, name: &str, role: Role) -> Registered {
    tried(store, device(name, role)).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

/// What the book says, which what is remembered says too.
fn found(store: &Store, token: &DeviceToken) -> Result<Device, TokenRefusal> {
    let read = store.read(|tx| find_by_token(tx, store.vault(), token)).unwrap();
    for _ in 0..2 {
        assert_eq!(store.device(token).unwrap(), read);
    }
    read
}

#[test]
fn a_device_is_known_by_its_token_until_it_is_revoked() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let door = house.gym_door;
        let one = registered(&store, "Turnstile", Role::DoorAdapter { access_point: door });
        let other = registered(&store, "Kiosk", Role::Kiosk { access_point: door });
        let token = DeviceToken::parse(&one.token.expose()).unwrap();
        let known = found(&store, &token).unwrap();
        assert_eq!((known.id, known.name.as_str()), (one.device, "Turnstile"), "{}", engine.name);
        assert_eq!(known.role, Role::DoorAdapter { access_point: door });
        assert_eq!((known.added_us, known.revoked_us, known.seen_us), (NOW_US, None, None));
        assert_eq!(store.read(|tx| access_points(tx, &known)).unwrap(), [door]);
        let strange = DeviceToken::parse("bfd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(found(&store, &strange), Err(TokenRefusal::Unknown));

        let gone = one.device;
        assert!(done(&store, move |work| revoke(work, &acting(), gone)));
        assert_eq!(found(&store, &token), Err(TokenRefusal::Revoked(gone)), "{}: at once", engine.name);
        assert!(!done(&store, move |work| revoke(work, &acting(), gone)), "once");
        assert!(found(&store, &other.token).is_ok(), "the other stays");
        let nobody: Result<bool, NotFound> = store.write(|work| revoke(work, &acting(), id(99))).unwrap();
        assert_eq!(nobody, Err(NotFound));
        drop(store);
        let store = engine.open();
        assert_eq!(found(&store, &token), Err(TokenRefusal::Revoked(gone)), "{}", engine.name);
        assert!(found(&store, &other.token).is_ok());
    });
}

#[test]
fn a_device_is_bound_to_what_is_there_and_listed_in_its_branch() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (branch, door) = (house.club.branch, house.gym_door);
        let mitte = wrote(&store, |work| branch::add(work, &acting(), &berlin()));
        let desk = till::Till { branch: mitte, name: title("Desk") };
        let desk = done(&store, move |work| till::add(work, &acting(), &desk));
        for (role, refusal) in [
            (Role::DoorAdapter { access_point: id(99) }, NotRegistered::NoAccessPoint),
            (Role::Kiosk { access_point: branch }, NotRegistered::NoAccessPoint),
            (Role::Till { till: door }, NotRegistered::NoTill),
            (Role::SigurServer { branch: door, login: login("sigur") }, NotRegistered::NoBranch),
        ] {
            assert_eq!(tried(&store, device("Device", role)).err(), Some(refusal), "{}", engine.name);
        }
        let reader = registered(&store, "Reader", Role::DeskReader { access_point: door }).device;
        let server = Role::SigurServer { branch, login: login("sigur") };
        let server = registered(&store, "Sigur", server).device;
        let cash = registered(&store, "Cash", Role::Till { till: desk }).device;
        let ids = |branch: Id, revoked: bool| {
            let all = store.read(|tx| list(tx, branch, revoked)).unwrap();
            all.into_iter().map(|device| device.id).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(ids(branch, false), [reader, server].into(), "{}", engine.name);
        assert_eq!(ids(mitte, false), [cash].into());
        assert!(done(&store, move |work| revoke(work, &acting(), reader)));
        assert_eq!((ids(branch, false), ids(branch, true)), ([server].into(), [reader, server].into()));
        let cash = store.read(|tx| get(tx, cash)).unwrap().unwrap();
        assert_eq!(store.read(|tx| access_points(tx, &cash)).unwrap(), []);
    });
}

#[test]
fn a_server_signs_in_with_its_login_and_its_token() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let role = Role::SigurServer { branch: house.club.branch, login: login("sigur") };
        let (server, kiosk) = (
            registered(&store, "Sigur", role),
            registered(&store, "Kiosk", Role::Kiosk { access_point: house.gym_door }),
        );
        let signed = |login: &str, password: &str| {
            let answer = store.read(|tx| sign_in(tx, store.vault(), login, password)).unwrap();
            answer.map(|device| device.id)
        };
        let (right, other) = (server.token.expose(), kiosk.token.expose());
        assert_eq!(signed("sigur", &right), Ok(server.device), "{}", engine.name);
        assert_eq!(signed("Sigur", &right), Err(NotLetIn::OtherLogin(server.device)));
        assert_eq!(signed("sigur", &other), Err(NotLetIn::OtherKind(kiosk.device)));
        for password in ["", "sigur", "bfd_", &right[..46], &format!("{} ", &*right)] {
            assert_eq!(signed("sigur", password), Err(NotLetIn::Token(TokenRefusal::Unknown)));
        }
        let gone = server.device;
        assert!(done(&store, move |work| revoke(work, &acting(), gone)));
        assert_eq!(signed("sigur", &right), Err(NotLetIn::Token(TokenRefusal::Revoked(gone))));
    });
    for (text, fits) in [("a", true), ("", false), ("a:b", false), ("a b", false), ("имя", false)] {
        assert_eq!(Login::parse(text).is_some(), fits, "{text}");
    }
    assert!(Login::parse(&"a".repeat(64)).is_some() && Login::parse(&"a".repeat(65)).is_none());
}

#[test]
fn seeing_a_device_is_noted_once_a_minute_and_is_no_deed() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let device = registered(&store, "Door", Role::DoorAdapter { access_point: house.gym_door }).device;
        let entries =
            || store.read(|tx| tx.query_one("SELECT COUNT(*) FROM audit_entries", &[])?.integer(0)).unwrap();
        let before = entries();
        let minute = SEEN_EVERY_US;
        for (now_us, is_due, seen_us) in [
            (NOW_US, true, NOW_US),
            (NOW_US + minute - 1, false, NOW_US),
            (NOW_US + minute, true, NOW_US + minute),
            (NOW_US, false, NOW_US + minute),
        ] {
            let kept = store.read(|tx| get(tx, device)).unwrap().unwrap();
            assert_eq!(kept.is_to_be_noted(now_us), is_due, "{}", engine.name);
            wrote(&store, move |work| note_seen(work.tx, device, now_us));
            assert_eq!(store.read(|tx| get(tx, device)).unwrap().unwrap().seen_us, Some(seen_us));
        }
        assert_eq!(entries(), before, "{}", engine.name);
    });
}

#[test]
fn the_trace_tells_of_a_device_and_never_its_token() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let one = registered(&store, "Turnstile", Role::DoorAdapter { access_point: house.gym_door });
        let gone = one.device;
        assert!(done(&store, move |work| revoke(work, &acting(), gone)));
        let words = told(&store, "device_registered");
        assert_eq!(words["before"], serde_json::Value::Null, "{}", engine.name);
        assert_eq!(
            (&words["after"]["kind"], &words["after"]["name"]),
            (&"door_adapter".into(), &"Turnstile".into())
        );
        assert_eq!(words["after"]["access_point"], house.gym_door.to_string());
        let words = told(&store, "device_revoked");
        assert_eq!(words["before"]["revoked_us"], serde_json::Value::Null);
        assert_eq!(words["after"]["revoked_us"], NOW_US);
        assert_eq!(traced(&store, "device_revoked"), 1);
        // Neither the token nor its bytes nor a plain hash of either is anywhere in the row.
        let text = one.token.expose();
        let all = "SELECT key_hash, name, kind FROM devices";
        let hash = store.read(|tx| tx.query_one(all, &[])?.bytes::<16>(0)).unwrap();
        let plain = |bytes: &[u8]| <sha2::Sha256 as sha2::Digest>::digest(bytes)[..16].to_vec();
        assert_ne!(hash.to_vec(), plain(text.as_bytes()));
        let details = "SELECT COUNT(*) FROM audit_entries WHERE detail LIKE '%bfd!_%' ESCAPE '!'";
        assert_eq!(store.read(|tx| tx.query_one(details, values![])?.integer(0)).unwrap(), 0);
    });
}

#[test]
fn a_row_that_somebody_adds_without_the_keys_is_no_device() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        registered(&store, "Turnstile", Role::DoorAdapter { access_point: house.gym_door });
        drop(store);
        // He knows a token, its SHA-256, and how to write to the book.
        let token = DeviceToken::parse("bfd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let hash = <sha2::Sha256 as sha2::Digest>::digest([0_u8; 32]);
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = if engine.name == "SQLite" { format!("X'{hex}'") } else { format!("'\\x{hex}'") };
        engine.batch(&format!("UPDATE devices SET key_hash = {bytes}"));
        let store = engine.open();
        assert_eq!(found(&store, &token), Err(TokenRefusal::Unknown), "{}", engine.name);
    });
}

#[test]
fn what_is_remembered_of_devices_goes_with_every_change_of_one() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let door = || Role::DoorAdapter { access_point: house.gym_door };
        let (one, other) = (registered(&store, "One", door()), registered(&store, "Other", door()));
        let remembers = matches!(engine.places.book, Place::File(_));
        let is_known = |of: &Registered| store.known_device(&of.token).is_some();
        let ask = || {
            for of in [&one, &other] {
                assert_eq!(store.device(&of.token).unwrap().unwrap().id, of.device, "{}", engine.name);
                assert_eq!(is_known(of), remembers, "{}", engine.name);
            }
        };
        ask();
        let third = registered(&store, "Third", door()).device;
        assert!(!is_known(&one) && !is_known(&other), "{}: a further device", engine.name);
        ask();
        let seen = one.device;
        wrote(&store, move |work| note_seen(work.tx, seen, NOW_US));
        assert!(!is_known(&one), "{}: the moment at which it was seen", engine.name);
        assert_eq!(store.device(&one.token).unwrap().unwrap().seen_us, Some(NOW_US));
        ask();
        // What was taken back changes nothing, and what was remembered is read again.
        let refused = store.write(move |work| {
            revoke(work, &acting(), third)?.unwrap();
            Ok(Err::<(), &str>("no"))
        });
        assert_eq!(refused.unwrap(), Err("no"));
        ask();
        let gone = other.device;
        assert!(done(&store, move |work| revoke(work, &acting(), gone)));
        assert!(!is_known(&one) && !is_known(&other), "{}", engine.name);
        assert_eq!(store.device(&other.token).unwrap(), Err(TokenRefusal::Revoked(gone)));
        assert!(!is_known(&other), "{}: one that was revoked is not remembered", engine.name);
    });
}
