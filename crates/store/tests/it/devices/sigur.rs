//! The log of a SIGUR server: what its numbers mean, each entry once, and what nobody can place.

use bonafide_domain::access_method::{Method, Place};
use bonafide_domain::admission::rules::Passing;
use bonafide_domain::card::ByteOrder;
use bonafide_domain::consent::Modality;
use bonafide_store::credentials::content::Content;
use bonafide_store::devices::sigur::delivery::{
    Became, CLOCK_OFF_US_MAX, Delivered, ENTRIES_AT_ONCE_MAX, LogEntry, confirm, deliver,
};
use bonafide_store::devices::sigur::quarantine::{self, Cause, KEPT_US, Kept};
use bonafide_store::devices::sigur::{NotSet, Point, SaidDirection, points, set_point};
use bonafide_store::devices::{Role, access_points, get, revoke};
use bonafide_store::erasure::{Cause as ErasureCause, Tell, erase};
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::Direction;
use bonafide_store::organisation::zone::ZoneKind;
use bonafide_store::organisation::{NotFound, branch};
use bonafide_store::passages::door::Setting;
use bonafide_store::passages::feed::unattributed;
use bonafide_store::passages::{Way, Who};
use bonafide_store::person_export::export;
use bonafide_store::store::Store;
use bonafide_store::values;

use super::{login, registered};
use crate::club::{acting, berlin, done, id, told, traced, wrote};
use crate::credentials::{hex, issue, plain};
use crate::engines::{Engine, on_both};
use crate::passages::{
    House, NOON_US, SECOND_US, add_door, add_zone, at, card, entered, grant, lapsed, left, set, setting,
    visits,
};

const ANNAS: &str = "9F4A0013C2";

/// A house whose gym is door 3 of a SIGUR server, 1 being the way in, and Anna with a card and a month.
struct Sigur {
    house: House,
    server: Id,
    anna: Id,
}

impl Sigur {
    fn open(store: &Store) -> Sigur {
        let house = House::open(store, None);
        let anna = house.club.anna;
        house.sell_month(store, 1, anna);
        issue(store, 50, &plain(anna, Content::Card(hex(ANNAS)))).unwrap();
        let role = Role::SigurServer { branch: house.club.branch, login: login("sigur") };
        let server = registered(store, "Sigur", role).device;
        set_number(store, server, 3, Some(point(house.gym_door))).unwrap();
        Sigur { house, server, anna }
    }

    fn deliver(&self, store: &Store, seconds: i64, entries: &[LogEntry]) -> Delivered {
        let (server, entries) = (self.server, entries.to_vec());
        wrote(store, move |work| deliver(work, &at(seconds), server, &entries))
    }

    /// What one entry became, and why somebody should look at it.
    fn one(&self, store: &Store, seconds: i64, entry: LogEntry) -> (Became, Option<Cause>) {
        let delivered = self.deliver(store, seconds, &[entry]);
        let taken = delivered.taken[0];
        assert!(!taken.repeated, "{taken:?}");
        (taken.became, taken.cause)
    }

    fn held(&self, store: &Store) -> Vec<Kept> {
        store.read(|tx| quarantine::list(tx, store.vault(), self.server, None, 200)).unwrap()
    }

    fn nobodys(&self, store: &Store) -> u32 {
        store.read(|tx| unattributed(tx, self.house.gym, 0)).unwrap()
    }
}

fn point(access_point: Id) -> Point {
    Point { access_point, one_is_entry: true, byte_order: ByteOrder::AsOnCard }
}

fn set_number(store: &Store, server: Id, number: u32, point: Option<Point>) -> Result<bool, NotSet> {
    store.write(move |work| set_point(work, &acting(), server, number, point.as_ref())).unwrap()
}

/// Anna at door 3 inwards, so many seconds after noon.
fn entry(log_id: i64, seconds: i64) -> LogEntry {
    LogEntry {
        log_id: Some(log_id),
        at_us: Some(NOON_US + seconds * SECOND_US),
        number: Some(3),
        direction: SaidDirection::One,
        key_hex: Some(ANNAS.to_owned()),
        raw: format!(r#"{{"logId":{log_id},"empId":"000004627","keyHex":"{ANNAS}"}}"#),
    }
}

#[test]
fn a_number_means_an_access_point_of_the_servers_branch() {
    on_both(|engine| {
        let store = engine.open();
        let Sigur { house, server, .. } = Sigur::open(&store);
        let mitte = wrote(&store, |work| branch::add(work, &acting(), &berlin()));
        let abroad = add_zone(&store, mitte, ZoneKind::Gym, None);
        let abroad = add_door(&store, abroad, Place::MemberDoor, &[Method::CardNumber], Direction::Both);
        let kiosk = registered(&store, "Kiosk", Role::Kiosk { access_point: house.gym_door }).device;
        for (server, point, refusal) in [
            (id(99), point(house.pool_door), NotSet::NoServer),
            (kiosk, point(house.pool_door), NotSet::NoServer),
            (server, point(id(99)), NotSet::NoAccessPoint),
            (server, point(abroad), NotSet::OtherBranch),
        ] {
            assert_eq!(set_number(&store, server, 4, Some(point)), Err(refusal), "{}", engine.name);
        }
        let turned = Point { one_is_entry: false, byte_order: ByteOrder::Reversed, ..point(house.pool_door) };
        assert_eq!(set_number(&store, server, 4, Some(turned)), Ok(true));
        assert_eq!(set_number(&store, server, 4, Some(turned)), Ok(false), "as before");
        let all = store.read(|tx| points(tx, server)).unwrap();
        assert_eq!(all, [(3, point(house.gym_door)), (4, turned)], "{}", engine.name);
        let device = store.read(|tx| get(tx, server)).unwrap().unwrap();
        let mut doors = [house.gym_door, house.pool_door];
        doors.sort_unstable();
        assert_eq!(store.read(|tx| access_points(tx, &device)).unwrap(), doors);
        assert_eq!(set_number(&store, server, 3, None), Ok(true));
        assert_eq!(store.read(|tx| points(tx, server)).unwrap(), [(4, turned)]);
        let words = told(&store, "sigur_point_set");
        assert_eq!((&words["before"]["number"], &words["after"]), (&3.into(), &serde_json::Value::Null));
        assert_eq!(traced(&store, "sigur_point_set"), 3, "{}", engine.name);
        assert!(done(&store, move |work| revoke(work, &acting(), server)));
        assert_eq!(set_number(&store, server, 5, None), Err(NotSet::NoServer));
    });
    let (one, two) = (point(id(1)), Point { one_is_entry: false, ..point(id(1)) });
    for (point, said, door, way) in [
        (one, SaidDirection::One, Direction::Both, Some(Way::Entry)),
        (one, SaidDirection::Two, Direction::Both, Some(Way::Exit)),
        (two, SaidDirection::One, Direction::Entry, Some(Way::Exit)),
        (two, SaidDirection::Two, Direction::Exit, Some(Way::Entry)),
        (one, SaidDirection::Unknown, Direction::Entry, Some(Way::Entry)),
        (one, SaidDirection::Unknown, Direction::Exit, Some(Way::Exit)),
        (one, SaidDirection::Unknown, Direction::Both, None),
    ] {
        assert_eq!(point.way(said, door), way, "{said:?} {door:?}");
    }
}

#[test]
fn an_entry_passes_the_grant_and_only_once() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let (house, anna) = (&sigur.house, sigur.anna);
        grant(&entered(&store, 1, 0, house.gym_door, card(anna)));
        assert_eq!(house.inside(&store, house.gym, NOON_US), [], "{}: a grant is no passage", engine.name);
        let first = sigur.deliver(&store, 2, &[entry(7, 1)]);
        assert_eq!((first.confirmed, first.taken[0].became), (Some(7), Became::Passed), "{}", engine.name);
        assert_eq!(house.inside(&store, house.gym, NOON_US + 3 * SECOND_US), [anna]);
        assert_eq!(visits(&store, anna), 1);
        // The answer was lost: it comes again, now and after a year.
        for seconds in [5, 60, 31_536_000] {
            let again = sigur.deliver(&store, seconds, &[entry(7, 1)]);
            assert_eq!((again.confirmed, again.taken[0].repeated), (Some(7), true), "{}", engine.name);
            assert_eq!(again.taken[0].became, Became::Passed);
        }
        assert_eq!((visits(&store, anna), sigur.nobodys(&store)), (1, 0));
        // She leaves; the other direction is the grant's own.
        let out = left(&store, 2, 600, house.gym_door, card(anna));
        assert!(out.grant.is_some());
        let out = LogEntry { direction: SaidDirection::Two, ..entry(8, 601) };
        assert_eq!(sigur.one(&store, 601, out), (Became::Passed, None), "{}", engine.name);
        assert_eq!(house.inside(&store, house.gym, NOON_US + 602 * SECOND_US), []);
        assert!(sigur.held(&store).is_empty());
    });
}

#[test]
fn d16_a_second_body_on_the_grant_is_a_tailgate_and_one_without_a_grant_is_nobodys() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let (door, anna) = (sigur.house.gym_door, sigur.anna);
        assert_eq!(sigur.one(&store, 0, entry(1, 0)), (Became::Unattributed, None), "{}", engine.name);
        entered(&store, 1, 1_000, door, card(anna));
        assert_eq!(sigur.one(&store, 1_001, entry(2, 1_001)), (Became::Passed, None));
        assert_eq!(sigur.one(&store, 1_002, entry(3, 1_002)), (Became::Tailgate, None), "{}", engine.name);
        assert_eq!(sigur.one(&store, 9_000, entry(4, 9_000)), (Became::Unattributed, None));
        assert_eq!((visits(&store, anna), sigur.nobodys(&store)), (1, 3), "{}", engine.name);
    });
}

#[test]
fn entries_come_in_any_order_and_those_that_are_left_over_are_not_confirmed() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let none = sigur.deliver(&store, 0, &[]);
        assert_eq!((none.confirmed, none.taken.len()), (None, 0), "{}", engine.name);
        let batch: Vec<LogEntry> = [12, 10, 11, 12].map(|log_id| entry(log_id, log_id)).to_vec();
        let delivered = sigur.deliver(&store, 20, &batch);
        let repeated: Vec<_> = delivered.taken.iter().map(|one| (one.log_id, one.repeated)).collect();
        let expected = [(Some(10), false), (Some(11), false), (Some(12), false), (Some(12), true)];
        assert_eq!((repeated.as_slice(), delivered.confirmed), (expected.as_slice(), Some(12)));
        // One that was overtaken.
        assert_eq!(sigur.deliver(&store, 30, &[entry(9, 9)]).confirmed, Some(12), "{}", engine.name);
        // Too many at once, the last first, and some of them below what is kept already.
        let many = i64::try_from(ENTRIES_AT_ONCE_MAX).unwrap() + 4;
        let strange = |log_id| LogEntry { number: Some(99), key_hex: None, ..entry(log_id, 0) };
        let batch: Vec<LogEntry> = (2_000..2_000 + many).rev().map(strange).collect();
        sigur.deliver(&store, 40, &[strange(1_000_000)]);
        let delivered = sigur.deliver(&store, 41, &batch);
        assert_eq!((delivered.left, delivered.confirmed), (4, Some(2_000 + many - 5)), "{}", engine.name);
        let delivered = sigur.deliver(&store, 42, &batch);
        assert_eq!(delivered.confirmed, Some(2_000 + many - 5), "sent again as a whole");
        let rest: Vec<LogEntry> = (2_000 + many - 4..2_000 + many).map(strange).collect();
        assert_eq!(sigur.deliver(&store, 43, &rest).confirmed, Some(1_000_000), "{}", engine.name);
        assert_eq!(store.read(|tx| confirm(tx, sigur.server)).unwrap(), Some(1_000_000));
        // Another server counts for itself.
        let role = Role::SigurServer { branch: sigur.house.club.branch, login: login("second") };
        let second = registered(&store, "Second", role).device;
        assert_eq!(store.read(|tx| confirm(tx, second)).unwrap(), None);
    });
}

#[test]
fn what_cannot_be_placed_is_kept_for_a_person_and_stops_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let facility = LogEntry { key_hex: Some("00A2".to_owned()), ..entry(7, 0) };
        let rows = [
            (LogEntry { log_id: None, ..entry(0, 0) }, Became::Nothing, Cause::LogIdMissing),
            (LogEntry { number: None, ..entry(1, 0) }, Became::Nothing, Cause::AccessPointMissing),
            (LogEntry { number: Some(-4), ..entry(2, 0) }, Became::Nothing, Cause::AccessPointUnknown),
            (LogEntry { number: Some(i64::MAX), ..entry(3, 0) }, Became::Nothing, Cause::AccessPointUnknown),
            (
                LogEntry { direction: SaidDirection::Unknown, ..entry(4, 0) },
                Became::Nothing,
                Cause::DirectionUnknown,
            ),
            (LogEntry { key_hex: None, ..entry(5, 0) }, Became::Unattributed, Cause::CardMissing),
            (
                LogEntry { key_hex: Some("nobody".to_owned()), ..entry(6, 0) },
                Became::Unattributed,
                Cause::CardUnreadable,
            ),
            (facility, Became::Unattributed, Cause::CardUnknown),
            (
                LogEntry { key_hex: Some("DDDDDDDD".to_owned()), ..entry(8, 0) },
                Became::Unattributed,
                Cause::CardUnknown,
            ),
        ];
        let batch: Vec<LogEntry> = rows.iter().map(|(entry, ..)| entry.clone()).collect();
        for is_again in [false, true] {
            // Each a second later: ids within one millisecond have no order.
            for (seconds, (entry, became, cause)) in (0..).zip(&rows) {
                let taken = sigur.deliver(&store, seconds, std::slice::from_ref(entry)).taken[0];
                assert_eq!((taken.became, taken.repeated), (*became, is_again), "{}: {cause:?}", engine.name);
                assert!(is_again || taken.cause == Some(*cause), "{}: {cause:?} {taken:?}", engine.name);
            }
        }
        assert_eq!(sigur.deliver(&store, 2, &batch).confirmed, Some(8));
        let held = sigur.held(&store);
        let causes: Vec<Cause> = held.iter().map(|one| one.cause).collect();
        assert_eq!(causes, rows.iter().map(|(_, _, cause)| *cause).collect::<Vec<_>>(), "{}", engine.name);
        assert!(held.iter().zip(&batch).all(|(kept, entry)| kept.entry == entry.raw));
        assert_eq!((held[1].member, held[7].member), (Some(sigur.anna), None), "{}", engine.name);
        // A server that begins its numbers anew: nothing of it is taken for the old.
        let reused = sigur.deliver(&store, 3, &[entry(8, 3)]);
        assert_eq!(reused.taken[0].cause, Some(Cause::LogIdReused), "{}", engine.name);
        assert!(sigur.deliver(&store, 3, &[entry(8, 3)]).taken[0].repeated, "kept once");
        // Somebody has looked at one, and the others are over.
        let first = held[0].id;
        done(&store, move |work| quarantine::dismiss(work, &acting(), first));
        let again: Result<(), NotFound> =
            store.write(move |work| quarantine::dismiss(work, &acting(), first)).unwrap();
        assert_eq!((again, traced(&store, "sigur_entry_dismissed")), (Err(NotFound), 1));
        let left = u64::try_from(sigur.held(&store).len()).unwrap();
        assert_eq!(wrote(&store, |work| quarantine::sweep(work.tx, NOON_US)), 0);
        assert_eq!(wrote(&store, |work| quarantine::sweep(work.tx, NOON_US + 9 * SECOND_US + KEPT_US)), left);
        assert!(sigur.deliver(&store, 4, &batch[1..]).taken.iter().all(|one| one.repeated), "known still");
    });
}

#[test]
fn a_card_that_may_be_several_peoples_passes_no_members_grant() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        // Of three bytes, as a Wiegand 26 reader sends them, both could be meant.
        for (number, member, card) in [(51, sigur.anna, "04A23B1C"), (52, sigur.house.club.boris, "05A23B1C")]
        {
            issue(&store, number, &plain(member, Content::Card(hex(card)))).unwrap();
        }
        entered(&store, 1, 0, sigur.house.gym_door, card(sigur.anna));
        let short = LogEntry { key_hex: Some("A23B1C".to_owned()), ..entry(1, 0) };
        let expected = (Became::Unattributed, Some(Cause::CardAmbiguous));
        assert_eq!(sigur.one(&store, 1, short), expected, "{}", engine.name);
        let whole = LogEntry { key_hex: Some("04a23b1c".to_owned()), ..entry(2, 0) };
        assert_eq!(sigur.one(&store, 2, whole), (Became::Passed, None), "{}", engine.name);
    });
}

#[test]
fn d19_whoever_leaves_unknown_passes_nobodys_grant() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        left(&store, 1, 0, sigur.house.gym_door, Who::Nobody);
        let out = |log_id| LogEntry {
            key_hex: Some("DDDDDDDD".to_owned()),
            direction: SaidDirection::Two,
            ..entry(log_id, 1)
        };
        let unknown = Some(Cause::CardUnknown);
        assert_eq!(
            sigur.one(&store, 1, LogEntry { direction: SaidDirection::One, ..out(1) }),
            (Became::Unattributed, unknown)
        );
        assert_eq!(sigur.one(&store, 1, out(2)), (Became::Passed, unknown), "{}", engine.name);
        assert_eq!(sigur.one(&store, 1, out(3)), (Became::Unattributed, unknown), "{}", engine.name);
    });
}

#[test]
fn an_entry_belongs_to_the_grant_of_its_moment() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let (door, anna) = (sigur.house.gym_door, sigur.anna);
        let off = CLOCK_OFF_US_MAX / SECOND_US;
        // An old entry that comes late finds the grant of now, which is not its own.
        entered(&store, 1, 1_000, door, card(anna));
        let late = sigur.one(&store, 1_001, entry(1, 1_000 - off - 1));
        assert_eq!(late, (Became::Unattributed, Some(Cause::Clock)), "{}", engine.name);
        assert_eq!(sigur.held(&store)[0].member, Some(anna));
        // A clock that is a little off, and none at all.
        assert_eq!(sigur.one(&store, 1_002, entry(2, 1_000 - off)), (Became::Passed, None));
        sigur.deliver(&store, 1_400, &[LogEntry { direction: SaidDirection::Two, ..entry(3, 1_400) }]);
        left(&store, 2, 2_000, door, card(anna));
        let out = LogEntry { direction: SaidDirection::Unknown, at_us: None, ..entry(4, 0) };
        assert_eq!(
            sigur.one(&store, 2_001, out),
            (Became::Passed, None),
            "{}: the grant tells the way",
            engine.name
        );
        // One that comes after the grant has lapsed is nobody's, and the visit stays given back.
        entered(&store, 3, 3_000, door, card(anna));
        assert_eq!(lapsed(&store, 3_100), 1);
        assert_eq!(
            sigur.one(&store, 3_101, entry(5, 3_001)),
            (Became::Unattributed, None),
            "{}",
            engine.name
        );
        assert_eq!(visits(&store, anna), 1);
    });
}

#[test]
fn a_door_that_assumes_its_passages_counts_none_twice() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let door = sigur.house.gym_door;
        set(&store, door, Setting { passing: Passing::Assumed, ..setting() });
        entered(&store, 1, 0, door, card(sigur.anna));
        assert_eq!(sigur.one(&store, 1, entry(1, 1)), (Became::Assumed, None), "{}", engine.name);
        assert_eq!((visits(&store, sigur.anna), sigur.nobodys(&store)), (1, 0), "{}", engine.name);
    });
}

#[test]
fn a_kept_entry_is_sealed_and_goes_with_its_member() {
    on_both(|engine| {
        let store = engine.open();
        let sigur = Sigur::open(&store);
        let anna = sigur.anna;
        sigur.deliver(&store, 0, &[LogEntry { number: Some(9), ..entry(1, 0) }]);
        sigur.deliver(&store, 0, &[LogEntry { key_hex: Some("DDDDDDDD".to_owned()), ..entry(2, 0) }]);
        let sealed = "SELECT entry_sealed FROM sigur_quarantine WHERE log_id = 1";
        let sealed = store.read(|tx| tx.query_one(sealed, values![])?.blob(0)).unwrap();
        assert!(!sealed.windows(10).any(|part| part == ANNAS.as_bytes()), "{}", engine.name);
        let whole = wrote(&store, move |work| export(work, &acting(), anna)).unwrap();
        let held = &whole.profiles[0]["controller_entries_held"];
        assert_eq!(held[0]["why"], "access_point_unknown", "{}", engine.name);
        assert!(held[0]["entry"].as_str().unwrap().contains("000004627"));
        let erased =
            done(&store, move |work| erase(work, &acting(), id(90), anna, ErasureCause::PersonsWish));
        assert_eq!(erased.tell, [Tell::Edges { member: anna, number: 0, modality: None::<Modality> }]);
        let left: Vec<_> = sigur.held(&store).iter().map(|one| one.log_id).collect();
        assert_eq!(left, [Some(2)], "{}", engine.name);
        assert!(sigur.deliver(&store, 1, &[LogEntry { number: Some(9), ..entry(1, 0) }]).taken[0].repeated);
        // An entry that was put into the place of another does not open.
        swap_seals(engine, store);
    });
}

fn swap_seals(engine: &Engine, store: Store) {
    drop(store);
    engine.batch("UPDATE sigur_quarantine SET log_id = 3");
    let store = engine.open();
    let server = store
        .read(|tx| tx.query_one("SELECT id FROM devices WHERE kind = 'sigur_server'", values![])?.id(0))
        .unwrap();
    let list = || store.read(|tx| quarantine::list(tx, store.vault(), server, None, 9).map(|all| all.len()));
    assert_eq!(list().unwrap(), 1, "{}", engine.name);
    let moved: Result<u64, ()> = store
        .write(|work| {
            let sql = "UPDATE sigur_quarantine SET id = $1";
            work.tx.execute(sql, values![Id::from_bytes([1; 16])]).map(Ok)
        })
        .unwrap();
    assert_eq!(moved, Ok(1));
    assert!(list().is_err(), "{}", engine.name);
}
