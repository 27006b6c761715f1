//! Branches, zones, doors, tills and lockers on both engines.

use bonafide_domain::access_method::{AccessMethods, Method, MethodsRefusal, Place};
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::money::Currency;
use bonafide_store::fault::FaultKind;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{
    self, AccessPoint, AccessPointRefusal, Direction, WhenUnwritable,
};
use bonafide_store::organisation::branch::{self, Branch, BranchRefusal, jurisdiction_of, jurisdiction_word};
use bonafide_store::organisation::locker::{self, Locker, LockerRefusal};
use bonafide_store::organisation::till::{self, Till, TillRefusal};
use bonafide_store::organisation::zone::{self, Zone, ZoneKind, ZoneRefusal};
use bonafide_store::organisation::{Kept, NotFound};
use bonafide_store::plans::price;
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{Club, acting, berlin, done, id, monthly, moscow, roubles, title, told, traced, wrote};
use crate::engines::{NOW_US, on_both};

fn zone_of(branch: Id, kind: ZoneKind) -> Zone {
    Zone { branch, name: title("Hall 1"), kind, capacity: Some(40) }
}

fn door(zone: Id, place: Place, methods: &[Method]) -> AccessPoint {
    AccessPoint {
        zone,
        name: title("Turnstile 1"),
        direction: Direction::Both,
        methods: AccessMethods::new(place, methods).unwrap(),
        when_unwritable: WhenUnwritable::KeepAdmitting,
    }
}

fn add_zone(store: &Store, zone: Zone) -> Id {
    done(store, move |work| zone::add(work, &acting(), &zone))
}

#[test]
fn a_branch_comes_back_as_it_was_and_closed_it_keeps_its_history() {
    on_both(|engine| {
        let store = engine.open();
        let arbat = wrote(&store, |work| branch::add(work, &acting(), &moscow()));
        let mitte = wrote(&store, |work| branch::add(work, &acting(), &berlin()));
        let get = |id| store.read(|tx| branch::get(tx, id)).unwrap();
        assert_eq!(
            get(arbat),
            Some(Kept { id: arbat, content: moscow(), closed_us: None }),
            "{}",
            engine.name
        );
        assert_eq!(get(mitte).unwrap().content, berlin());
        assert_eq!(get(id(9)), None);

        let renamed = Branch { name: title("Old Arbat"), currency: berlin().currency, ..moscow() };
        let wanted = renamed.clone();
        done(&store, move |work| branch::change(work, &acting(), arbat, &wanted));
        assert_eq!(get(arbat).unwrap().content, renamed);
        let change = told(&store, "branch_changed");
        assert_eq!(
            (&change["before"]["name"], &change["after"]["name"]),
            (&"Arbat".into(), &"Old Arbat".into())
        );
        assert_eq!(change["after"]["currency"], "EUR");
        assert!(told(&store, "branch_added")["before"].is_null());
        let nowhere = store.write(|work| branch::change(work, &acting(), id(9), &moscow())).unwrap();
        assert_eq!(nowhere, Err(BranchRefusal::NotFound));

        let close = |closed| done(&store, move |work| branch::set_closed(work, &acting(), mitte, closed));
        assert!(close(true));
        assert!(!close(true), "closed before: nothing is written");
        let list = |closed| -> Vec<Id> {
            store.read(|tx| branch::list(tx, closed)).unwrap().iter().map(|kept| kept.id).collect()
        };
        assert_eq!((list(false), list(true).len()), (vec![arbat], 2));
        assert_eq!(get(mitte).unwrap().closed_us, Some(NOW_US));
        assert_eq!(told(&store, "branch_closed")["after"]["closed_us"], NOW_US);
        assert!(close(false));
        assert_eq!(list(false).len(), 2);
        let named = |name| store.read(|tx| branch::of_name(tx, name)).unwrap().len();
        assert_eq!((named("Mitte"), named("mitte"), named("")), (1, 0, 0), "to the letter");
        let nowhere = store.write(|work| branch::set_closed(work, &acting(), id(9), true)).unwrap();
        assert_eq!(nowhere, Err(NotFound));
        for (action, times) in
            [("branch_added", 2), ("branch_changed", 1), ("branch_closed", 1), ("branch_reopened", 1)]
        {
            assert_eq!(traced(&store, action), times, "{action}");
        }
    });
}

/// What was changed is found by its new name, and the trace tells the old one too.
fn check_names_and_trace(store: &Store) {
    let named = store.read(|tx| {
        Ok([
            zone::of_name(tx, "Pool")?.len(),
            access_point::of_name(tx, "Turnstile 1")?.len(),
            till::of_name(tx, "Bar")?.len(),
            locker::of_name(tx, "17")?.len(),
        ])
    });
    assert_eq!(named.unwrap(), [1; 4]);
    for (action, field, before, after) in [
        ("zone_changed", "name", "Hall 1", "Pool"),
        ("access_point_changed", "direction", "both", "exit"),
        ("till_changed", "name", "Till 1", "Bar"),
    ] {
        let change = told(store, action);
        assert_eq!((&change["before"][field], &change["after"][field]), (&before.into(), &after.into()));
    }
}

#[test]
fn zones_doors_tills_and_lockers_come_back_as_they_were() {
    on_both(|engine| {
        let store = engine.open();
        let branch = Club::open(&store).branch;
        let wanted = zone_of(branch, ZoneKind::Pool);
        let zone = add_zone(&store, wanted.clone());
        let roomy = Zone { name: title("Pool"), capacity: None, ..wanted };
        let wanted = roomy.clone();
        done(&store, move |work| zone::change(work, &acting(), zone, &wanted));
        let kept = store.read(|tx| zone::list(tx, branch, false)).unwrap();
        assert_eq!(kept, [Kept { id: zone, content: roomy, closed_us: None }], "{}", engine.name);

        let wanted = door(zone, Place::MemberDoor, &[Method::Face, Method::CardNumber, Method::Pin]);
        let point = done(&store, move |work| access_point::add(work, &acting(), &wanted));
        let way_out = AccessPoint {
            direction: Direction::Exit,
            when_unwritable: WhenUnwritable::Deny,
            ..door(zone, Place::MemberDoor, &[Method::DeviceKey])
        };
        let wanted = way_out.clone();
        done(&store, move |work| access_point::change(work, &acting(), point, &wanted));
        let kept = store.read(|tx| access_point::list(tx, branch, false)).unwrap();
        assert_eq!(kept, [Kept { id: point, content: way_out, closed_us: None }]);

        let till =
            done(&store, move |work| till::add(work, &acting(), &Till { branch, name: title("Till 1") }));
        let locker =
            done(&store, move |work| locker::add(work, &acting(), &Locker { zone, name: title("17") }));
        done(&store, move |work| {
            let bar = Till { branch, name: title("Bar") };
            till::change(work, &acting(), till, &bar)
        });
        assert_eq!(store.read(|tx| till::get(tx, till)).unwrap().unwrap().content.name, title("Bar"));
        assert_eq!(store.read(|tx| locker::list(tx, zone, false)).unwrap()[0].id, locker);

        // Out of use they are still there for whoever points to them.
        done(&store, move |work| zone::set_closed(work, &acting(), zone, true));
        done(&store, move |work| access_point::set_closed(work, &acting(), point, true));
        done(&store, move |work| till::set_closed(work, &acting(), till, true));
        done(&store, move |work| locker::set_closed(work, &acting(), locker, true));
        let counts = |closed| {
            let counts = store.read(|tx| {
                let points = access_point::list(tx, branch, closed)?.len();
                let zones = zone::list(tx, branch, closed)?.len();
                Ok([
                    zones,
                    points,
                    till::list(tx, branch, closed)?.len(),
                    locker::list(tx, zone, closed)?.len(),
                ])
            });
            counts.unwrap()
        };
        assert_eq!((counts(false), counts(true)), ([0; 4], [1; 4]));
        assert_eq!(store.read(|tx| locker::get(tx, locker)).unwrap().unwrap().closed_us, Some(NOW_US));
        check_names_and_trace(&store);
        for action in ["zone_changed", "access_point_changed", "till_closed", "locker_added"] {
            assert_eq!(traced(&store, action), 1, "{action}");
        }
    });
}

#[test]
fn what_points_nowhere_is_refused_by_name() {
    on_both(|engine| {
        let store = engine.open();
        let [one, other] = [moscow(), berlin()]
            .map(|branch| wrote(&store, move |work| branch::add(work, &acting(), &branch)));
        let zone = add_zone(&store, zone_of(one, ZoneKind::Gym));
        let refused = store.write(|work| zone::add(work, &acting(), &zone_of(id(9), ZoneKind::Gym))).unwrap();
        assert_eq!(refused, Err(ZoneRefusal::NoBranch), "{}", engine.name);
        let moved = store
            .write(move |work| zone::change(work, &acting(), zone, &zone_of(other, ZoneKind::Gym)))
            .unwrap();
        assert_eq!(moved, Err(ZoneRefusal::OtherBranch));
        let nothing = store
            .write(move |work| zone::change(work, &acting(), id(9), &zone_of(one, ZoneKind::Gym)))
            .unwrap();
        assert_eq!(nothing, Err(ZoneRefusal::NotFound));
        let member_door = |zone| door(zone, Place::MemberDoor, &[Method::CardNumber]);
        let refused =
            store.write(move |work| access_point::add(work, &acting(), &member_door(id(9)))).unwrap();
        assert_eq!(refused, Err(AccessPointRefusal::NoZone));
        let changed = store
            .write(move |work| access_point::change(work, &acting(), id(9), &member_door(zone)))
            .unwrap();
        assert_eq!(changed, Err(AccessPointRefusal::NotFound));
        let till = |branch| Till { branch, name: title("Till") };
        let refused = store.write(move |work| till::add(work, &acting(), &till(id(9)))).unwrap();
        assert_eq!(refused, Err(TillRefusal::NoBranch));
        let refused = store.write(move |work| till::change(work, &acting(), id(9), &till(one))).unwrap();
        assert_eq!(refused, Err(TillRefusal::NotFound));
        let locker = |zone| Locker { zone, name: title("17") };
        let refused = store.write(move |work| locker::add(work, &acting(), &locker(id(9)))).unwrap();
        assert_eq!(refused, Err(LockerRefusal::NoZone));
        let refused = store.write(move |work| locker::change(work, &acting(), id(9), &locker(zone))).unwrap();
        assert_eq!(refused, Err(LockerRefusal::NotFound));
        assert_eq!(traced(&store, "till_added") + traced(&store, "locker_added"), 0, "nothing is traced");
    });
}

#[test]
fn b23_no_door_has_biometrics_only() {
    on_both(|engine| {
        let store = engine.open();
        let branch = Club::open(&store).branch;
        let zone = add_zone(&store, zone_of(branch, ZoneKind::Gym));
        let methods = AccessMethods::new(Place::MemberDoor, &[Method::Face]);
        assert_eq!(methods, Err(MethodsRefusal::BiometricsOnly), "there is nothing to be kept");

        // Methods that are right for a till or a safe are not right for this door.
        let other = door(zone, Place::TillEarning, &[Method::ClubNumber]);
        let refused = store.write(move |work| access_point::add(work, &acting(), &other)).unwrap();
        assert_eq!(refused, Err(AccessPointRefusal::OtherPlace), "{}", engine.name);

        // A zone whose doors have cameras does not become a changing room.
        let with_face = door(zone, Place::MemberDoor, &[Method::Face, Method::CardNumber]);
        let point = done(&store, move |work| access_point::add(work, &acting(), &with_face));
        let changing_room = zone_of(branch, ZoneKind::ChangingRoom);
        let refused = store.write(move |work| zone::change(work, &acting(), zone, &changing_room)).unwrap();
        let refusal = MethodsRefusal::NotAdmissible { method: Method::Face };
        assert_eq!(refused, Err(ZoneRefusal::Door { access_point: point, refusal }));

        // What was changed behind the program's back is not believed.
        wrote(&store, move |work| {
            let sql = "UPDATE access_points SET methods = $1 WHERE id = $2";
            work.tx.execute(sql, values![r#"["face"]"#, point])
        });
        let fault = store.read(|tx| access_point::get(tx, point)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Damaged);
    });
}

#[test]
fn t22_a_branch_with_prices_of_its_own_keeps_its_currency() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let plan = club.plan(&store, "Month", &monthly(club.solarium));
        let branch = club.branch;
        done(&store, move |work| price::set(work, &acting(), branch, plan, roubles(250_000)));
        let in_euro = Branch { currency: Currency::parse("EUR").unwrap(), ..moscow() };
        let change = || {
            let wanted = in_euro.clone();
            store.write(move |work| branch::change(work, &acting(), branch, &wanted)).unwrap()
        };
        assert_eq!(change(), Err(BranchRefusal::PricesInOldCurrency), "{}", engine.name);
        assert!(wrote(&store, move |work| price::remove(work, &acting(), branch, plan)));
        assert!(!wrote(&store, move |work| price::remove(work, &acting(), branch, plan)), "only once");
        assert_eq!(change(), Ok(()));
    });
}

#[test]
fn each_law_has_its_word() {
    for word in ["russia", "european_union:13", "european_union:16", "illinois", "china", "other"] {
        assert_eq!(jurisdiction_word(jurisdiction_of(word).unwrap()), word);
    }
    for word in ["", "Russia", "european_union", "european_union:12", "european_union:x", "mars"] {
        assert_eq!(jurisdiction_of(word), None::<Jurisdiction>, "{word}");
    }
}
