//! Random evenings at two doors: the rules, with what is known kept step by step, against [`SlowHouse`], which keeps nothing but
//! what happened. Whoever is inside, how full zones are and which visits are taken must come out alike.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::admission::exit::{ExitFacts, Leaver, leave};
use bonafide_domain::admission::facts::{
    EntryFacts, Grant, Guest, NoTicket, Person, Room, Shown, StillOpens, Takes, Ticket, UseOfDoor, Who,
};
use bonafide_domain::admission::rules::{AntiPassback, DoorRules, Times};
use bonafide_domain::admission::{Decision, Refusal, decide, stay};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::credential::CredentialState;
use bonafide_domain::entitlement::NotEntitled;
use bonafide_domain::id::MembershipId;

use crate::dice::Dice;
use crate::slow_house::{End, Has, Says, SlowHouse};

const SEEDS: u64 = 400;
const STEPS: usize = 120;
const MEMBERS: usize = 5;
const TODAY: Date = date(2027, 1, 5);

fn at(seconds: i64) -> UtcMicros {
    UtcMicros::parse(1_800_000_000_000_000 + seconds * 1_000_000).unwrap()
}

/// A grant as a house keeps it that follows the rules.
struct Kept {
    member: usize,
    zone: usize,
    inwards: bool,
    grant: Grant,
    takes: Takes,
    lapsed: bool,
}

/// A house that keeps what is known up to date, as a store does.
struct House {
    rules: [DoorRules; 2],
    methods: AccessMethods,
    capacity: [Option<u32>; 2],
    has: Vec<Has>,
    grants: Vec<Kept>,
    stays: BTreeMap<(usize, usize), UtcMicros>,
    last_entry: BTreeMap<(usize, usize), UtcMicros>,
    left: Vec<usize>,
    counted: Vec<usize>,
}

impl House {
    fn newest(&self, member: usize, zone: usize, inwards: bool) -> Option<(usize, Grant)> {
        let of = |kept: &Kept| (kept.member, kept.zone, kept.inwards) == (member, zone, inwards);
        let place = (0..self.grants.len()).rev().find(|&place| of(&self.grants[place]))?;
        (!self.grants[place].lapsed).then_some((place, self.grants[place].grant))
    }

    fn elsewhere(&self, member: usize, zone: usize) -> Option<UtcMicros> {
        let other = |(key, _): &(&(usize, usize), &UtcMicros)| key.0 == member && key.1 != zone;
        self.stays.iter().filter(other).map(|(_, since)| *since).max()
    }

    fn lapse(&mut self, overdue: impl Fn(&Kept) -> bool) -> usize {
        let mut ended = 0;
        for place in 0..self.grants.len() {
            let kept = &mut self.grants[place];
            if kept.lapsed || kept.grant.passed || !overdue(kept) {
                continue;
            }
            kept.lapsed = true;
            if kept.takes == Takes::Visit {
                self.left[kept.member] += 1;
            }
            ended += 1;
        }
        ended
    }

    fn ticket(&self, member: usize, zone: usize, now: UtcMicros) -> Result<Ticket, NoTicket> {
        let goes_on = !stay::is_visit(self.elsewhere(member, zone), now);
        let takes = match self.has[member] {
            Has::Nothing => return Err(NoTicket::NoMembership),
            Has::AMonth => Takes::Nothing,
            Has::Visits(_) if goes_on => Takes::Nothing,
            Has::Visits(_) if self.left[member] == 0 => {
                return Err(NoTicket::NotEntitled(NotEntitled::UsedUp));
            }
            Has::Visits(_) => Takes::Visit,
        };
        Ok(Ticket { membership: MembershipId([member as u8; 16]), on: TODAY, starts: false, takes })
    }

    fn on_the_way(&self, zone: usize, now: UtcMicros) -> impl Iterator<Item = usize> {
        let holds = move |kept: &&Kept| {
            let open = !kept.lapsed && !kept.grant.passed && now < kept.grant.lapses_at;
            open && kept.zone == zone && kept.inwards && !self.stays.contains_key(&(kept.member, zone))
        };
        self.grants.iter().filter(holds).map(|kept| kept.member)
    }

    fn room(&self, member: usize, zone: usize, now: UtcMicros) -> Room {
        let inside = self.stays.keys().filter(|key| key.1 == zone && key.0 != member).count();
        let coming = self.on_the_way(zone, now).filter(|&other| other != member).count();
        Room { capacity: self.capacity[zone], taken: (inside + coming) as u32 }
    }

    fn enter(&mut self, member: usize, zone: usize, now: UtcMicros) -> Says {
        self.lapse(|kept| {
            (kept.member, kept.zone, kept.inwards) == (member, zone, true) && kept.grant.lapses_at <= now
        });
        let before = self.newest(member, zone, true);
        let shown = [Shown::plain(Method::CardNumber, CredentialState::Active)];
        let person = Person {
            shown: &shown,
            face_does_not_fit: false,
            suspended: None,
            guest: Guest::No,
            before: before.map(|(_, grant)| grant),
            inside_since: self.stays.get(&(member, zone)).copied(),
            last_entry: self.last_entry.get(&(member, zone)).copied(),
            ticket: self.ticket(member, zone, now),
            check_due: false,
        };
        let (room, who) = (self.room(member, zone, now), Who::Member(person));
        let (methods, rules, use_of_door) = (&self.methods, &self.rules[zone], UseOfDoor::Entrance);
        let decided = decide(&EntryFacts { at: now, methods, rules, use_of_door, room, who });
        match decided.decision {
            Decision::Admit(ticket) => {
                if ticket.takes == Takes::Visit {
                    self.left[member] -= 1;
                }
                self.grant(member, zone, (true, ticket.takes), now);
                Says::Admits
            }
            Decision::SamePassage(opens) => Says::Same(before.unwrap().0, opens == StillOpens::Yes),
            Decision::Refuse(Refusal::AlreadyInside { .. }) => Says::AlreadyInside,
            Decision::Refuse(Refusal::TooSoon { .. }) => Says::TooSoon,
            Decision::Refuse(Refusal::NoMembership) => Says::NoMembership,
            Decision::Refuse(Refusal::VisitsUsedUp) => Says::UsedUp,
            Decision::Refuse(Refusal::ZoneFull) => Says::Full,
            other => panic!("{other:?}"),
        }
    }

    fn grant(&mut self, member: usize, zone: usize, (inwards, takes): (bool, Takes), now: UtcMicros) {
        let lapses_at = now.plus(self.rules[zone].times.grant_us()).unwrap();
        let grant = Grant { at: now, lapses_at, passed: false };
        self.grants.push(Kept { member, zone, inwards, grant, takes, lapsed: false });
    }

    fn leave(&mut self, member: usize, zone: usize, now: UtcMicros) -> usize {
        let before = self.newest(member, zone, false);
        let leaver = Some(Leaver {
            state: Some(CredentialState::Active),
            inside_since: self.stays.get(&(member, zone)).copied(),
            before: before.map(|(_, grant)| grant),
        });
        let exit = leave(&ExitFacts { leaver, is_exit: true }, &self.rules[zone].times, now);
        if exit.same_passage {
            return before.unwrap().0;
        }
        self.grant(member, zone, (false, Takes::Nothing), now);
        self.grants.len() - 1
    }

    fn pass(&mut self, place: usize, now: UtcMicros) -> bool {
        let Kept { member, zone, inwards, grant, lapsed, .. } = &mut self.grants[place];
        if grant.passed || *lapsed {
            return false;
        }
        grant.passed = true;
        let (member, zone, inwards) = (*member, *zone, *inwards);
        if inwards {
            self.counted[member] += usize::from(stay::is_visit(self.elsewhere(member, zone), now));
            self.stays.insert((member, zone), now);
            self.last_entry.insert((member, zone), now);
        } else if let Some(since) = self.stays.get(&(member, zone)).copied() {
            self.stays.retain(|key, began| key.0 != member || (key.1 != zone && *began <= since));
        }
        true
    }
}

/// Both houses, with the same doors.
fn houses(dice: &mut Dice) -> (House, SlowHouse) {
    let has: Vec<Has> = (0..MEMBERS)
        .map(|_| dice.one_of(&[Has::AMonth, Has::Visits(1), Has::Visits(4), Has::Nothing]))
        .collect();
    let strict = [dice.once_in(2), dice.once_in(2)];
    let again_after = [dice.one_of(&[0, 0, 30]), dice.one_of(&[0, 30])];
    let capacity = [dice.one_of(&[None, Some(3)]), dice.one_of(&[None, Some(1), Some(2)])];
    let rules = [0, 1].map(|zone| DoorRules {
        anti_passback: if strict[zone] { AntiPassback::Hard } else { AntiPassback::Soft },
        times: Times::new(3_000_000, 10_000_000, again_after[zone] * 1_000_000).unwrap(),
        ..DoorRules::standard()
    });
    let left = has.iter().map(|has| if let Has::Visits(count) = has { *count } else { 0 }).collect();
    let house = House {
        rules,
        methods: AccessMethods::new(Place::MemberDoor, &[Method::CardNumber]).unwrap(),
        capacity,
        has: has.clone(),
        grants: Vec::new(),
        stays: BTreeMap::new(),
        last_entry: BTreeMap::new(),
        left,
        counted: vec![0; MEMBERS],
    };
    let capacity = capacity.map(|capacity| capacity.map(|capacity| capacity as usize));
    (house, SlowHouse { has, strict, again_after, capacity, grants: Vec::new() })
}

fn evening(seed: u64, seen: &mut BTreeMap<String, usize>) {
    let mut dice = Dice(seed);
    let (mut house, mut slow) = houses(&mut dice);
    let mut now = 0;
    for step in 0..STEPS {
        let context = format!("seed {seed}, step {step}");
        now += dice.one_of(&[1, 1, 2, 4, 8, 20, 75]);
        let (member, zone) = (dice.roll(MEMBERS as u64) as usize, dice.roll(2) as usize);
        match dice.roll(10) {
            0..=4 => {
                let says = slow.enter(member, zone, now);
                assert_eq!(house.enter(member, zone, at(now)), says, "{context}");
                let name = format!("{says:?}");
                *seen.entry(name.split('(').next().unwrap().to_owned()).or_default() += 1;
            }
            5 => assert_eq!(house.leave(member, zone, at(now)), slow.leave(member, zone, now), "{context}"),
            6..=8 if !slow.grants.is_empty() => {
                let back = if dice.once_in(4) { slow.grants.len() } else { slow.grants.len().min(2) };
                let place = slow.grants.len() - 1 - dice.roll(back as u64) as usize;
                assert_eq!(house.pass(place, at(now)), slow.pass(place, now), "{context}");
            }
            _ => {
                let overdue = at(now).plus(-60_000_000).unwrap();
                let ended = house.lapse(|kept| kept.grant.lapses_at <= overdue);
                assert_eq!(ended, slow.lapse(now), "{context}");
            }
        }
        agree(&house, &slow, now, &context);
    }
    assert!(slow.grants.iter().all(|grant| !grant.took_visit || grant.inwards));
    let lapsed = slow.grants.iter().filter(|grant| matches!(grant.end, Some((_, End::Lapsed)))).count();
    *seen.entry("Lapsed".to_owned()).or_default() += lapsed;
}

fn agree(house: &House, slow: &SlowHouse, now: i64, context: &str) {
    for zone in [0, 1] {
        let inside: Vec<usize> = house.stays.keys().filter(|key| key.1 == zone).map(|key| key.0).collect();
        assert_eq!(inside, slow.inside(zone), "{context}: inside {zone}");
        let mut coming: Vec<usize> = house.on_the_way(zone, at(now)).collect();
        coming.sort_unstable();
        assert_eq!(coming, slow.on_the_way(zone, now), "{context}: on the way to {zone}");
    }
    for member in 0..MEMBERS {
        assert_eq!(house.counted[member], slow.visits_counted(member), "{context}: visits of {member}");
        let left = slow.visits_left(member).unwrap_or(0);
        assert_eq!(house.left[member], left, "{context}: visits left of {member}");
    }
}

#[test]
fn random_evenings_agree_with_a_house_that_keeps_nothing_but_what_happened() {
    let mut seen = BTreeMap::new();
    for seed in 0..SEEDS {
        evening(seed, &mut seen);
    }
    // Each answer was really given, and often.
    for what in ["Admits", "Same", "AlreadyInside", "TooSoon", "NoMembership", "UsedUp", "Full", "Lapsed"] {
        let times = seen.get(what).copied().unwrap_or(0);
        assert!(times >= SEEDS as usize / 4, "{what}: {times} in {seen:?}");
    }
}
