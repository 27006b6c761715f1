//! A house that knows nothing but what happened, and works everything out of it from the beginning each time it is asked. Slow,
//! and written without a look at the rules: seconds instead of microseconds, numbers instead of ids.

/// A zone: 0 is the gym, 1 the pool that lies in it.
pub(crate) type Zone = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Passed,
    Lapsed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    pub(crate) member: usize,
    pub(crate) zone: Zone,
    pub(crate) inwards: bool,
    pub(crate) at: i64,
    pub(crate) took_visit: bool,
    pub(crate) end: Option<(i64, End)>,
}

/// What a door should answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Admits,
    /// The place of the grant in the list, and whether the door opens.
    Same(usize, bool),
    AlreadyInside,
    TooSoon,
    NoMembership,
    UsedUp,
    Full,
}

/// What a member has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Has {
    Nothing,
    AMonth,
    Visits(usize),
}

pub(crate) struct SlowHouse {
    pub(crate) has: Vec<Has>,
    pub(crate) strict: [bool; 2],
    pub(crate) again_after: [i64; 2],
    pub(crate) capacity: [Option<usize>; 2],
    pub(crate) grants: Vec<Grant>,
}

const GRANT: i64 = 10;
const DOUBLE_TAP: i64 = 3;

impl SlowHouse {
    /// Everybody's stays as member, zone and since when: each passing in its order.
    fn stays(&self) -> Vec<(usize, Zone, i64)> {
        let mut passings: Vec<(i64, &Grant)> = self
            .grants
            .iter()
            .filter_map(|grant| match grant.end {
                Some((at, End::Passed)) => Some((at, grant)),
                _ => None,
            })
            .collect();
        passings.sort_by_key(|(at, _)| *at);
        let mut stays: Vec<(usize, Zone, i64)> = Vec::new();
        for (at, grant) in passings {
            let here = |stay: &&(usize, Zone, i64)| stay.0 == grant.member && stay.1 == grant.zone;
            let known = stays.iter().find(here).map(|stay| stay.2);
            match (grant.inwards, known) {
                (true, _) => {
                    stays.retain(|stay| !here(&stay));
                    stays.push((grant.member, grant.zone, at));
                }
                (false, None) => {}
                (false, Some(since)) => {
                    stays.retain(|stay| stay.0 != grant.member || (stay.1 != grant.zone && stay.2 <= since));
                }
            }
        }
        stays
    }

    pub(crate) fn inside(&self, zone: Zone) -> Vec<usize> {
        let mut inside: Vec<usize> =
            self.stays().iter().filter(|stay| stay.1 == zone).map(|stay| stay.0).collect();
        inside.sort_unstable();
        inside
    }

    /// Members with a grant into the zone that holds and who are not inside.
    pub(crate) fn on_the_way(&self, zone: Zone, now: i64) -> Vec<usize> {
        let inside = self.inside(zone);
        let holds = |grant: &&Grant| {
            grant.zone == zone && grant.inwards && grant.end.is_none() && now < grant.at + GRANT
        };
        let mut members: Vec<usize> = self
            .grants
            .iter()
            .filter(holds)
            .map(|grant| grant.member)
            .filter(|member| !inside.contains(member))
            .collect();
        members.sort_unstable();
        members
    }

    pub(crate) fn visits_left(&self, member: usize) -> Option<usize> {
        let Has::Visits(bought) = self.has[member] else { return None };
        let kept = |grant: &&Grant| {
            grant.member == member && grant.took_visit && !matches!(grant.end, Some((_, End::Lapsed)))
        };
        Some(bought - self.grants.iter().filter(kept).count())
    }

    /// Passings inwards of a member who was in no other zone.
    pub(crate) fn visits_counted(&self, member: usize) -> usize {
        let mut past = SlowHouse { has: self.has.clone(), grants: Vec::new(), ..*self };
        let mut passings: Vec<(i64, Grant)> = self
            .grants
            .iter()
            .filter_map(|grant| match grant.end {
                Some((at, End::Passed)) => Some((at, *grant)),
                _ => None,
            })
            .collect();
        passings.sort_by_key(|(at, _)| *at);
        let mut counted = 0;
        for (_, grant) in passings {
            let others = past.stays().iter().any(|stay| stay.0 == grant.member && stay.1 != grant.zone);
            counted += usize::from(grant.member == member && grant.inwards && !others);
            past.grants.push(grant);
        }
        counted
    }

    fn newest(&self, member: usize, zone: Zone, inwards: bool) -> Option<usize> {
        let of = |grant: &Grant| (grant.member, grant.zone, grant.inwards) == (member, zone, inwards);
        (0..self.grants.len()).rev().find(|&place| of(&self.grants[place]))
    }

    /// A tap that belongs to an earlier grant.
    pub(crate) fn same(&self, member: usize, zone: Zone, inwards: bool, now: i64) -> Option<(usize, bool)> {
        let place = self.newest(member, zone, inwards)?;
        let grant = self.grants[place];
        match grant.end {
            None => (now < grant.at + GRANT).then_some((place, true)),
            Some((_, End::Passed)) => (now < grant.at + DOUBLE_TAP).then_some((place, false)),
            Some((_, End::Lapsed)) => None,
        }
    }

    /// What the door of a zone says to a member, and what is written.
    pub(crate) fn enter(&mut self, member: usize, zone: Zone, now: i64) -> Says {
        for grant in &mut self.grants {
            let his = grant.member == member && grant.zone == zone && grant.inwards;
            if his && grant.end.is_none() && now >= grant.at + GRANT {
                grant.end = Some((now, End::Lapsed));
            }
        }
        if let Some((place, opens)) = self.same(member, zone, true, now) {
            return Says::Same(place, opens);
        }
        if self.strict[zone] && self.inside(zone).contains(&member) {
            return Says::AlreadyInside;
        }
        let recent = self.grants.iter().any(|grant| {
            grant.member == member
                && grant.zone == zone
                && grant.inwards
                && matches!(grant.end, Some((at, End::Passed)) if now < at + self.again_after[zone])
        });
        if recent {
            return Says::TooSoon;
        }
        let goes_on = self.stays().iter().any(|stay| stay.0 == member && stay.1 != zone);
        let took_visit = match self.has[member] {
            Has::Nothing => return Says::NoMembership,
            Has::AMonth => false,
            Has::Visits(_) if goes_on => false,
            Has::Visits(_) if self.visits_left(member) == Some(0) => return Says::UsedUp,
            Has::Visits(_) => true,
        };
        let others = |members: Vec<usize>| members.into_iter().filter(|&other| other != member).count();
        let taken = others(self.inside(zone)) + others(self.on_the_way(zone, now));
        if self.capacity[zone].is_some_and(|capacity| taken >= capacity) {
            return Says::Full;
        }
        self.grants.push(Grant { member, zone, inwards: true, at: now, took_visit, end: None });
        Says::Admits
    }

    /// Leaving is noted, and nothing is asked. The place of the grant.
    pub(crate) fn leave(&mut self, member: usize, zone: Zone, now: i64) -> usize {
        if let Some((place, _)) = self.same(member, zone, false, now) {
            return place;
        }
        self.grants.push(Grant { member, zone, inwards: false, at: now, took_visit: false, end: None });
        self.grants.len() - 1
    }

    /// A body goes through; whether it is the member's.
    pub(crate) fn pass(&mut self, place: usize, now: i64) -> bool {
        let grant = &mut self.grants[place];
        let is_his = grant.end.is_none();
        if is_his {
            grant.end = Some((now, End::Passed));
        }
        is_his
    }

    /// What nobody has used for a minute beyond its end.
    pub(crate) fn lapse(&mut self, now: i64) -> usize {
        let overdue = |grant: &&mut Grant| grant.end.is_none() && grant.at + GRANT <= now - 60;
        let mut ended = 0;
        for grant in self.grants.iter_mut().filter(overdue) {
            grant.end = Some((now, End::Lapsed));
            ended += 1;
        }
        ended
    }
}
