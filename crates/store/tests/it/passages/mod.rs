//! Doors on both engines: decided, passed, inside, left.

mod around;
mod codes;
mod decisions;
mod desk;
mod emergency;
mod inside;
mod leaving;
mod provided;
mod racing;
// One model for the rules and for the book.
#[path = "../../../../domain/tests/it/slow_house.rs"]
mod slow_house;
mod workload;

use bonafide_domain::access_method::{AccessMethods, Assurance, Method, Place};
use bonafide_domain::admission::Refusal;
use bonafide_domain::admission::rules::{AntiPassback, Passing, Times, WhenCheckDue};
use bonafide_domain::credential::CredentialState;
use bonafide_domain::plan::PlanSpec;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::id::Id;
use bonafide_store::memberships::sale::Order;
use bonafide_store::organisation::access_point::{self, AccessPoint, Direction, WhenUnwritable};
use bonafide_store::organisation::zone::{self, Zone, ZoneKind};
use bonafide_store::passages::decide::{enter, leave};
use bonafide_store::passages::door::{Setting, set_rules};
use bonafide_store::passages::passing::{End, NotReported, Passed, Report, lapse, passed};
use bonafide_store::passages::presence::{inside_now, occupancy};
use bonafide_store::passages::{Answer, Asked, Left, NotDecided, Outcome, Recognised, Shown, Way, Who};
use bonafide_store::store::Store;

use crate::club::{Club, TODAY, done, monthly, sold, title, wrote};

pub(crate) const SECOND_US: i64 = 1_000_000;

/// Noon in Moscow on the day of most sales, in microseconds since 1970.
pub(crate) const NOON_US: i64 = 1_790_845_200_000_000;

/// A door, so many seconds after noon.
pub(crate) fn at(seconds: i64) -> Acting {
    let actor = Actor::Device(Id::from_bytes([8; 16]));
    Acting { actor, origin: "turnstile".to_owned(), now_us: NOON_US + seconds * SECOND_US }
}

/// Ids of requests, apart from those of sales.
pub(crate) fn request(number: u32) -> Id {
    let mut bytes = [0xD0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Id::from_bytes(bytes)
}

pub(crate) fn add_zone(store: &Store, branch: Id, kind: ZoneKind, capacity: Option<u32>) -> Id {
    done(store, move |work| zone::add(work, &at(0), &Zone { branch, name: title("Zone"), kind, capacity }))
}

pub(crate) fn add_door(
    store: &Store,
    zone: Id,
    place: Place,
    methods: &[Method],
    direction: Direction,
) -> Id {
    let point = AccessPoint {
        zone,
        name: title("Turnstile"),
        direction,
        methods: AccessMethods::new(place, methods).unwrap(),
        when_unwritable: WhenUnwritable::Deny,
    };
    done(store, move |work| access_point::add(work, &at(0), &point))
}

pub(crate) fn setting() -> Setting {
    Setting {
        combinations: Vec::new(),
        anti_passback: AntiPassback::Hard,
        when_check_due: WhenCheckDue::Mark,
        passing: Passing::Reported,
        times: Times::STANDARD,
    }
}

pub(crate) fn set(store: &Store, door: Id, setting: Setting) {
    done(store, move |work| set_rules(work, &at(0), door, &setting));
}

/// A club with a gym and a pool in it, a strict turnstile into each, and a way out of each.
pub(crate) struct House {
    pub(crate) club: Club,
    pub(crate) gym: Id,
    pub(crate) pool: Id,
    pub(crate) gym_door: Id,
    pub(crate) pool_door: Id,
}

impl House {
    pub(crate) fn open(store: &Store, pool_capacity: Option<u32>) -> House {
        let club = Club::open(store);
        let gym = add_zone(store, club.branch, ZoneKind::Gym, None);
        let pool = add_zone(store, club.branch, ZoneKind::Pool, pool_capacity);
        let methods = [Method::ClubNumber, Method::CardNumber, Method::DeviceKey, Method::Face, Method::Pin];
        let door = |zone| {
            let door = add_door(store, zone, Place::MemberDoor, &methods, Direction::Both);
            set(store, door, setting());
            door
        };
        let (gym_door, pool_door) = (door(gym), door(pool));
        House { club, gym, pool, gym_door, pool_door }
    }

    /// Sells this plan to a member; the number is the operation's.
    pub(crate) fn sell(&self, store: &Store, number: u8, member: Id, spec: &PlanSpec) -> Id {
        let plan = self.club.plan(store, &format!("Plan {number}"), spec);
        sold(store, Order { member, ..self.club.order(number, plan) })
    }

    /// The same, a month without counted visits.
    pub(crate) fn sell_month(&self, store: &Store, number: u8, member: Id) -> Id {
        self.sell(store, number, member, &monthly(self.club.solarium))
    }

    pub(crate) fn inside(&self, store: &Store, zone: Id, now_us: i64) -> Vec<Id> {
        let (inside, _) = store.read(|tx| inside_now(tx, zone, now_us, None, 100)).unwrap();
        inside.iter().map(|one| one.member).collect()
    }

    /// Inside and granted, of a zone.
    pub(crate) fn taken(&self, store: &Store, zone: Id, now_us: i64) -> (u32, u32) {
        let zones = store.read(|tx| occupancy(tx, self.club.branch, now_us)).unwrap();
        let of_zone = zones.iter().find(|one| one.zone == zone).unwrap();
        (of_zone.inside, of_zone.granted)
    }
}

pub(crate) fn by(member: Id, method: Method) -> Who {
    let (state, assurance) = (CredentialState::Active, Assurance::NONE);
    let shown = vec![Shown { method, credential: None, state, assurance, biometric: None }];
    Who::Member(Recognised { member, shown, face_does_not_fit: false, codes: Vec::new() })
}

pub(crate) fn card(member: Id) -> Who {
    by(member, Method::CardNumber)
}

pub(crate) fn tried(
    store: &Store,
    number: u32,
    seconds: i64,
    door: Id,
    who: Who,
) -> Result<Answer, NotDecided> {
    let asked = Asked { operation: request(number), access_point: door, who, host: None };
    store.write(move |work| enter(work, &at(seconds), &asked)).unwrap()
}

pub(crate) fn entered(store: &Store, number: u32, seconds: i64, door: Id, who: Who) -> Answer {
    tried(store, number, seconds, door, who).unwrap()
}

pub(crate) fn refused(store: &Store, number: u32, seconds: i64, door: Id, who: Who) -> Option<Refusal> {
    entered(store, number, seconds, door, who).refusal()
}

pub(crate) fn left(store: &Store, number: u32, seconds: i64, door: Id, who: Who) -> Left {
    let asked = Asked { operation: request(number), access_point: door, who, host: None };
    wrote(store, move |work| leave(work, &at(seconds), &asked))
}

/// The grant of an answer that admits.
pub(crate) fn grant(answer: &Answer) -> Id {
    assert!(matches!(answer.outcome, Outcome::Admitted { .. }), "{answer:?}");
    answer.passage
}

pub(crate) fn report(
    store: &Store,
    number: u32,
    seconds: i64,
    door: Id,
    grant: Option<Id>,
) -> Result<Passed, NotReported> {
    let report = Report { operation: request(number), access_point: door, grant, way: Way::Entry };
    store.write(move |work| passed(work, &at(seconds), &report)).unwrap()
}

/// Comes in and goes through, a second later.
pub(crate) fn walk_in(store: &Store, number: u32, seconds: i64, door: Id, who: Who) -> Answer {
    let answer = entered(store, number, seconds, door, who);
    let through = report(store, number + 1, seconds + 1, door, Some(grant(&answer))).unwrap();
    assert_eq!(through.end, End::Passed);
    answer
}

/// Goes out and through, a second later.
pub(crate) fn walk_out(store: &Store, number: u32, seconds: i64, door: Id, who: Who) -> Passed {
    let left = left(store, number, seconds, door, who);
    report(store, number + 1, seconds + 1, door, left.grant).unwrap()
}

pub(crate) fn lapsed(store: &Store, seconds: i64) -> u32 {
    wrote(store, move |work| lapse(work, &at(seconds)))
}

/// Visits that the member's page shows.
pub(crate) fn visits(store: &Store, member: Id) -> u32 {
    store.read(|tx| bonafide_store::members::get(tx, store.vault(), member)).unwrap().unwrap().figures.visits
}

/// Visits that are left of a membership on the day.
pub(crate) fn visits_left(store: &Store, membership: Id) -> Option<u32> {
    let held = store.read(|tx| bonafide_store::memberships::get(tx, membership)).unwrap().unwrap();
    held.membership.visits_left(TODAY)
}
