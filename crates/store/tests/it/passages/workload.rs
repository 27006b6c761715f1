//! Random evenings in a house, step by step against [`SlowHouse`].

use bonafide_domain::admission::Refusal;
use bonafide_domain::admission::facts::StillOpens;
use bonafide_domain::admission::rules::{AntiPassback, Times};
use bonafide_domain::plan::PlanSpec;
use bonafide_store::id::Id;
use bonafide_store::memberships::verify::verify_memberships;
use bonafide_store::passages::door::Setting;
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::store::Store;
use bonafide_testkit::dice::Dice;

use super::slow_house::{Has, Says, SlowHouse};
use super::{
    House, NOON_US, SECOND_US, card, entered, lapsed, left, report, set, setting, visits, visits_left,
};
use crate::club::{member, three_visits};
use crate::engines::on_both;

/// Evenings on each engine, one after the other in one book.
const EVENINGS: u64 = 12;
const STEPS: u32 = 60;
const MEMBERS: usize = 4;

struct Evening<'a> {
    store: &'a Store,
    house: House,
    members: Vec<Id>,
    memberships: Vec<Option<Id>>,
    slow: SlowHouse,
    /// The rows of the grants of the slow house, by their places.
    grants: Vec<Id>,
    now: i64,
    /// The number of the next request.
    next: u32,
}

fn evening<'a>(store: &'a Store, dice: &mut Dice, seed: u64) -> Evening<'a> {
    let capacity = dice.one_of(&[None, Some(1), Some(2)]);
    let house = House::open(store, capacity);
    let has = [Has::AMonth, Has::Visits(3), Has::Visits(1), Has::Nothing];
    let members: Vec<Id> = (0..MEMBERS).map(|_| member(store, "Somebody")).collect();
    let first = u8::try_from(4 * seed + 1).unwrap();
    let memberships = (first..)
        .zip(members.iter().zip(has))
        .map(|(number, (&member, has))| match has {
            Has::Nothing => None,
            Has::AMonth => Some(house.sell_month(store, number, member)),
            Has::Visits(count) => {
                let visits = Some(u32::try_from(count).unwrap());
                let terms = PlanSpec { visits, ..three_visits(house.club.solarium) };
                Some(house.sell(store, number, member, &terms))
            }
        })
        .collect();
    let strict = [dice.once_in(2), dice.once_in(2)];
    let again_after = [dice.one_of(&[0, 30]), dice.one_of(&[0, 30])];
    for (zone, door) in [house.gym_door, house.pool_door].into_iter().enumerate() {
        let anti_passback = if strict[zone] { AntiPassback::Hard } else { AntiPassback::Soft };
        let times = Times::new(3 * SECOND_US, 10 * SECOND_US, again_after[zone] * SECOND_US).unwrap();
        set(store, door, Setting { anti_passback, times, ..setting() });
    }
    let capacity = [None, capacity.map(|capacity| capacity as usize)];
    let slow = SlowHouse { has: has.to_vec(), strict, again_after, capacity, grants: Vec::new() };
    let next = u32::try_from(seed).unwrap() * 1_000;
    Evening { store, house, members, memberships, slow, grants: Vec::new(), now: 0, next }
}

impl Evening<'_> {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn door(&self, zone: usize) -> Id {
        [self.house.gym_door, self.house.pool_door][zone]
    }

    fn enters(&mut self, member: usize, zone: usize) {
        let expected = self.slow.enter(member, zone, self.now);
        let (number, door, who) = (self.number(), self.door(zone), card(self.members[member]));
        let answer = entered(self.store, number, self.now, door, who.clone());
        assert_eq!(self.says(&answer), expected, "{answer:?}");
        if expected == Says::Admits {
            self.grants.push(answer.passage);
        }
        // Each request may arrive twice.
        let again = entered(self.store, number, self.now, door, who);
        assert_eq!((again.passage, again.outcome), (answer.passage, answer.outcome));
    }

    fn says(&self, answer: &Answer) -> Says {
        match &answer.outcome {
            Outcome::Admitted { .. } => Says::Admits,
            Outcome::SamePassage { grant, opens } => {
                let place = self.grants.iter().position(|one| one == grant).unwrap();
                Says::Same(place, *opens == StillOpens::Yes)
            }
            Outcome::Refused(Refusal::AlreadyInside { .. }) => Says::AlreadyInside,
            Outcome::Refused(Refusal::TooSoon { .. }) => Says::TooSoon,
            Outcome::Refused(Refusal::NoMembership) => Says::NoMembership,
            Outcome::Refused(Refusal::VisitsUsedUp) => Says::UsedUp,
            Outcome::Refused(Refusal::ZoneFull) => Says::Full,
            other => panic!("{other:?}"),
        }
    }

    fn leaves(&mut self, member: usize, zone: usize) {
        let place = self.slow.leave(member, zone, self.now);
        let number = self.number();
        let left = left(self.store, number, self.now, self.door(zone), card(self.members[member]));
        if place == self.grants.len() {
            self.grants.push(left.grant.unwrap());
        }
        assert_eq!(left.grant, Some(self.grants[place]));
    }

    fn passes(&mut self, dice: &mut Dice) {
        if self.grants.is_empty() {
            return;
        }
        // Mostly one of the last, sometimes a body on an old grant.
        let back = if dice.once_in(4) { self.grants.len() } else { self.grants.len().min(2) };
        let place = self.grants.len() - 1 - dice.roll(back as u64) as usize;
        let zone = self.slow.grants[place].zone;
        let is_his = self.slow.pass(place, self.now);
        let number = self.number();
        let through =
            report(self.store, number, self.now, self.door(zone), Some(self.grants[place])).unwrap();
        assert_eq!(through.member.is_some(), is_his, "{through:?}");
    }

    fn agrees(&self) {
        let now_us = NOON_US + self.now * SECOND_US;
        for (zone, id) in [self.house.gym, self.house.pool].into_iter().enumerate() {
            let place = |id: &Id| self.members.iter().position(|one| one == id).unwrap();
            let mut inside: Vec<usize> =
                self.house.inside(self.store, id, now_us).iter().map(place).collect();
            inside.sort_unstable();
            assert_eq!(inside, self.slow.inside(zone), "inside {zone}");
            let taken = self.house.taken(self.store, id, now_us);
            let slow = (self.slow.inside(zone).len(), self.slow.on_the_way(zone, self.now).len());
            assert_eq!((taken.0 as usize, taken.1 as usize), slow, "occupancy of {zone}");
        }
        for member in 0..MEMBERS {
            let counted = visits(self.store, self.members[member]) as usize;
            assert_eq!(counted, self.slow.visits_counted(member), "visits of {member}");
            if let Some(membership) = self.memberships[member] {
                let left = visits_left(self.store, membership).map(|left| left as usize);
                assert_eq!(left, self.slow.visits_left(member), "visits left of {member}");
            }
        }
    }

    fn goes_on(&mut self, dice: &mut Dice) {
        for _ in 0..STEPS {
            self.now += dice.one_of(&[1, 1, 2, 4, 8, 20, 75]);
            let (member, zone) = (dice.roll(MEMBERS as u64) as usize, dice.roll(2) as usize);
            match dice.roll(10) {
                0..=3 => self.enters(member, zone),
                4..=5 => self.leaves(member, zone),
                6..=8 => self.passes(dice),
                _ => {
                    let ended = self.slow.lapse(self.now);
                    assert_eq!(lapsed(self.store, self.now) as usize, ended);
                }
            }
            self.agrees();
        }
        // The next evening begins at the same hour, in the same book.
        lapsed(self.store, self.now + 1_000);
    }
}

#[test]
fn random_evenings_agree_with_a_house_that_works_everything_out_from_the_beginning() {
    on_both(|engine| {
        let store = engine.open();
        for seed in 0..EVENINGS {
            let mut dice = Dice::new(seed);
            let mut evening = evening(&store, &mut dice, seed);
            let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| evening.goes_on(&mut dice)));
            assert!(run.is_ok(), "{}, seed {seed}", engine.name);
        }
        assert_eq!(store.read(verify_memberships).unwrap(), []);
    });
}
