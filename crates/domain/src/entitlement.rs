//! Whether a membership opens a zone of a branch at an instant.
//!
//! The question is asked at entrances only. Leaving is never refused, so nothing here can be asked about an exit.
//!
//! The answer does not change the membership. When it says that a visit is taken, or that this visit begins the
//! membership, the flow writes these events before it opens the door; of two that race for the last visit, the second
//! finds the sequence number taken and asks again.

use jiff::civil::Date;

use crate::calendar::{Calendar, UtcMicros, days_between};
use crate::id::{BranchId, ZoneId};
use crate::membership::{Membership, Standing};

/// Where somebody wants to enter.
#[derive(Clone, Debug)]
pub struct Entrance<'a> {
    /// The branch.
    pub branch: BranchId,
    /// The calendar of this branch.
    pub calendar: &'a Calendar,
    /// The zone behind the door.
    pub zone: ZoneId,
}

/// The membership opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entitled {
    /// The date that the visit counts for.
    pub on: Date,
    /// Whether it is the first visit and begins the membership: [`Membership::start`] comes first.
    pub starts: bool,
    /// Whether the plan counts visits, so that [`Membership::use_visit`] comes before the door opens.
    pub takes_visit: bool,
}

/// Why it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEntitled {
    /// It was cancelled.
    Cancelled {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// Not yet valid.
    NotStarted {
        /// Its first day.
        first_day: Date,
    },
    /// It is over.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// It rests.
    Frozen {
        /// The first date on which it does not.
        until: Date,
    },
    /// All visits of the period are used.
    UsedUp,
    /// Not in this branch.
    OtherBranch,
    /// Not in this zone.
    OtherZone,
    /// Not at these hours.
    OtherHours {
        /// When the hours of the plan begin next; nothing when the membership is not valid then.
        opens: Option<UtcMicros>,
    },
}

/// Whether the membership opens this entrance at this instant. The checks stand in the order of [`NotEntitled`]; the
/// first that fails is the answer.
pub fn entitled(
    membership: &Membership,
    entrance: &Entrance<'_>,
    at: UtcMicros,
) -> Result<Entitled, NotEntitled> {
    opens(membership, entrance, at, VisitIs::New)
}

/// The same at an inner door, for somebody who is in the branch already and came in with this membership: the visit of the
/// outer door goes on, so that no other is taken, and the last one is not used up before it is over.
pub fn entitled_further(
    membership: &Membership,
    entrance: &Entrance<'_>,
    at: UtcMicros,
) -> Result<Entitled, NotEntitled> {
    opens(membership, entrance, at, VisitIs::GoingOn)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum VisitIs {
    New,
    GoingOn,
}

fn opens(
    membership: &Membership,
    entrance: &Entrance<'_>,
    at: UtcMicros,
    visit: VisitIs,
) -> Result<Entitled, NotEntitled> {
    let on = entrance.calendar.date_of(at);
    let starts = membership.awaits_first_visit(on);
    match membership.standing(on) {
        Standing::Cancelled { on } => return Err(NotEntitled::Cancelled { on }),
        Standing::NotStarted { .. } if starts => {}
        Standing::NotStarted { first_day } => return Err(NotEntitled::NotStarted { first_day }),
        Standing::Ended { on } => return Err(NotEntitled::Ended { on }),
        Standing::Frozen { until } => return Err(NotEntitled::Frozen { until }),
        Standing::UsedUp if visit == VisitIs::New => return Err(NotEntitled::UsedUp),
        Standing::UsedUp | Standing::Active => {}
    }
    let terms = membership.terms().spec();
    if !terms.branches.includes(&entrance.branch) {
        return Err(NotEntitled::OtherBranch);
    }
    if !terms.zones.includes(&entrance.zone) {
        return Err(NotEntitled::OtherZone);
    }
    if !terms.schedule.is_open(entrance.calendar.wall_clock(at)) {
        let opens = terms.schedule.next_opening(entrance.calendar, at);
        let valid = |&opens: &UtcMicros| {
            let date = entrance.calendar.date_of(opens);
            membership.standing(date) == Standing::Active || membership.awaits_first_visit(date)
        };
        return Err(NotEntitled::OtherHours { opens: opens.filter(valid) });
    }
    let takes_visit = terms.visits.is_some() && visit == VisitIs::New;
    Ok(Entitled { on, starts, takes_visit })
}

/// Of a member's memberships, the one that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its place in the list.
    pub index: usize,
    /// What it says.
    pub entitled: Entitled,
}

/// None of a member's memberships opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// The member has none.
    NoMembership,
    /// This is the reason that helps most.
    NotEntitled {
        /// The place of the membership in the list.
        index: usize,
        /// What it says.
        why: NotEntitled,
    },
}

/// Chooses among all memberships of one member.
///
/// The one that costs the member least is taken: one that runs before one that this visit would begin, one without
/// counted visits before one with, the sooner-ending before the later, the earlier in the list among equals.
///
/// When none opens, the reason is that of the membership that is nearest to opening, since that is the one to talk about
/// at the desk: other hours (of these the soonest), frozen (the soonest), another zone, another branch, not started (the
/// soonest), used up, ended (the latest), cancelled (the latest).
pub fn choose(
    memberships: &[&Membership],
    entrance: &Entrance<'_>,
    at: UtcMicros,
) -> Result<Choice, NoChoice> {
    let mut opening = Vec::new();
    let mut refusing = Vec::new();
    for (index, membership) in memberships.iter().enumerate() {
        match entitled(membership, entrance, at) {
            Ok(entitled) => opening.push((membership.until(), Choice { index, entitled })),
            Err(why) => refusing.push((index, why)),
        }
    }
    let cost = |(until, choice): &(Option<Date>, Choice)| {
        (choice.entitled.starts, choice.entitled.takes_visit, until.is_none(), *until)
    };
    if let Some((_, choice)) = opening.into_iter().min_by_key(cost) {
        return Ok(choice);
    }
    match refusing.into_iter().min_by_key(|(_, why)| distance(*why)) {
        Some((index, why)) => Err(NoChoice::NotEntitled { index, why }),
        None => Err(NoChoice::NoMembership),
    }
}

/// How far a refusal is from opening: first the kind, then what comes sooner or, of what is over, was later.
fn distance(why: NotEntitled) -> (u8, i64) {
    let day = |date| days_between(Date::ZERO, date);
    match why {
        NotEntitled::OtherHours { opens } => (0, opens.map_or(i64::MAX, UtcMicros::get)),
        NotEntitled::Frozen { until } => (1, day(until)),
        NotEntitled::OtherZone => (2, 0),
        NotEntitled::OtherBranch => (3, 0),
        NotEntitled::NotStarted { first_day } => (4, day(first_day)),
        NotEntitled::UsedUp => (5, 0),
        NotEntitled::Ended { on } => (6, -day(on)),
        NotEntitled::Cancelled { on } => (7, -day(on)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::story::{Story, day, monthly};
    use crate::plan::{PlanSpec, Reach, Start};
    use crate::schedule::{Schedule, WindowSpec};
    use jiff::civil::{Weekday, date};
    use jiff::tz::TimeZone;

    const HERE: BranchId = BranchId([1; 16]);
    const THERE: BranchId = BranchId([2; 16]);
    const GYM: ZoneId = ZoneId([1; 16]);
    const POOL: ZoneId = ZoneId([2; 16]);
    const MINUTE_US: i64 = 60_000_000;

    fn calendar(zone: &str) -> Calendar {
        Calendar::of(TimeZone::get(zone).unwrap())
    }

    /// At this hour of a day; day 0 is Friday, 2027-01-01.
    fn at(calendar: &Calendar, on: i64, hour: i64) -> UtcMicros {
        calendar.first_instant(day(on)).unwrap().plus(hour * 60 * MINUTE_US).unwrap()
    }

    fn mornings() -> Schedule {
        let weekdays = vec![Weekday::Monday, Weekday::Wednesday];
        Schedule::parse(&[WindowSpec { weekdays, from_minute: 9 * 60, until_minute: 16 * 60 }]).unwrap()
    }

    /// What is asked, the day and the hour, the branch and the zone, and the answer.
    type Case = (&'static str, i64, i64, BranchId, ZoneId, Result<Entitled, NotEntitled>);

    fn check(story: &Story, cases: &[Case]) {
        let calendar = calendar("Asia/Almaty");
        for &(name, on, hour, branch, zone, expected) in cases {
            let entrance = Entrance { branch, calendar: &calendar, zone };
            let found = entitled(&story.membership, &entrance, at(&calendar, on, hour));
            assert_eq!(found, expected, "{name}");
        }
    }

    fn open(on: i64) -> Result<Entitled, NotEntitled> {
        Ok(Entitled { on: day(on), starts: false, takes_visit: false })
    }

    #[test]
    fn the_first_check_that_fails_is_the_answer() {
        let mut story = Story::of(PlanSpec {
            branches: Reach::Only(vec![HERE]),
            zones: Reach::Only(vec![GYM]),
            schedule: mornings(),
            ..monthly()
        });
        story.freeze(0, 10, 17);
        // Day 3 is a Monday, day 5 a Wednesday; January and the freeze are over on day 38, a Monday.
        let opens = |on, hour| Some(at(&calendar("Asia/Almaty"), on, hour));
        check(
            &story,
            &[
                ("before the sale", -1, 12, THERE, POOL, Err(NotEntitled::NotStarted { first_day: day(0) })),
                ("after the end", 38, 12, THERE, POOL, Err(NotEntitled::Ended { on: day(38) })),
                ("frozen", 12, 12, THERE, POOL, Err(NotEntitled::Frozen { until: day(17) })),
                ("elsewhere", 3, 20, THERE, POOL, Err(NotEntitled::OtherBranch)),
                ("the pool", 3, 20, HERE, POOL, Err(NotEntitled::OtherZone)),
                ("too late", 3, 16, HERE, GYM, Err(NotEntitled::OtherHours { opens: opens(5, 9) })),
                ("too early", 5, 8, HERE, GYM, Err(NotEntitled::OtherHours { opens: opens(5, 9) })),
                ("frozen when it opens", 9, 12, HERE, GYM, Err(NotEntitled::OtherHours { opens: None })),
                ("over when it opens", 37, 12, HERE, GYM, Err(NotEntitled::OtherHours { opens: None })),
                ("a Monday morning", 3, 9, HERE, GYM, open(3)),
                ("a Wednesday noon", 5, 12, HERE, GYM, open(5)),
            ],
        );
        story.cancel(20);
        check(
            &story,
            &[
                ("cancelled", 20, 20, THERE, POOL, Err(NotEntitled::Cancelled { on: day(20) })),
                ("the days before stay", 19, 12, HERE, GYM, open(19)),
            ],
        );
    }

    #[test]
    fn counted_visits_are_taken_until_they_are_used_up() {
        let mut story = Story::of(PlanSpec { visits: Some(2), ..monthly() });
        let takes = |on| Ok(Entitled { on: day(on), starts: false, takes_visit: true });
        check(&story, &[("two left", 1, 12, HERE, GYM, takes(1))]);
        story.visit(1);
        check(&story, &[("one left", 1, 18, HERE, GYM, takes(1))]);
        story.visit(1);
        check(&story, &[("none left", 2, 12, HERE, GYM, Err(NotEntitled::UsedUp))]);
        let mut cancelled = Story::of(PlanSpec { visits: Some(2), ..monthly() });
        cancelled.cancel(20);
        let settled = Err(NotEntitled::Cancelled { on: day(20) });
        check(&cancelled, &[("what was left is settled at once", 19, 12, HERE, GYM, settled)]);
    }

    #[test]
    fn the_last_visit_goes_on_at_inner_doors() {
        let calendar = calendar("Asia/Almaty");
        let mut story = Story::of(PlanSpec { visits: Some(1), zones: Reach::Only(vec![GYM]), ..monthly() });
        story.visit(1);
        let further = |story: &Story, zone, on| {
            let entrance = Entrance { branch: HERE, calendar: &calendar, zone };
            entitled_further(&story.membership, &entrance, at(&calendar, on, 12))
        };
        assert_eq!(further(&story, GYM, 1), Ok(Entitled { on: day(1), starts: false, takes_visit: false }));
        assert_eq!(further(&story, POOL, 1), Err(NotEntitled::OtherZone));
        assert_eq!(further(&story, GYM, 31), Err(NotEntitled::Ended { on: day(31) }));
        let fresh = Story::of(PlanSpec { visits: Some(1), ..monthly() });
        assert!(!further(&fresh, GYM, 1).unwrap().takes_visit);
    }

    #[test]
    fn the_first_visit_begins_a_plan_that_waits_for_it() {
        let waiting = PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly() };
        let mut story = Story::of(waiting);
        let starts = |on| Ok(Entitled { on: day(on), starts: true, takes_visit: false });
        check(
            &story,
            &[
                ("before the sale", -1, 12, HERE, GYM, Err(NotEntitled::NotStarted { first_day: day(10) })),
                ("on the day of the sale", 0, 12, HERE, GYM, starts(0)),
                ("on the last day of waiting", 9, 12, HERE, GYM, starts(9)),
                ("begun by itself", 10, 12, HERE, GYM, open(10)),
            ],
        );
        story.start(4);
        check(&story, &[("begun", 4, 13, HERE, GYM, open(4)), ("and goes on", 9, 12, HERE, GYM, open(9))]);
        let mut cancelled =
            Story::of(PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly() });
        cancelled.cancel(8);
        let not_started = Err(NotEntitled::NotStarted { first_day: day(10) });
        check(&cancelled, &[("a cancelled one is not begun any more", 4, 12, HERE, GYM, not_started)]);
    }

    /// A membership of one day that ends with this date: its last microsecond and the first one after it.
    #[test]
    fn d26_t17_t18_the_last_day_ends_where_the_next_date_begins() {
        let cases = [
            ("Asia/Almaty", date(2027, 1, 31)),
            ("Africa/Cairo", date(2027, 4, 30)),
            ("Asia/Beirut", date(2027, 3, 28)),
            ("America/Santiago", date(2027, 9, 5)),
            ("America/Havana", date(2027, 11, 7)),
            ("Atlantic/Azores", date(2027, 10, 31)),
            ("America/St_Johns", date(2010, 11, 7)),
            ("Pacific/Apia", date(2011, 12, 30)),
        ];
        for (zone, until) in cases {
            let calendar = calendar(zone);
            let story = Story::for_days(until.yesterday().unwrap(), 1);
            let entrance = Entrance { branch: HERE, calendar: &calendar, zone: GYM };
            let end = calendar.first_instant(until).unwrap();
            let ask = |micros| entitled(&story.membership, &entrance, end.plus(micros).unwrap());
            assert!(ask(-1).is_ok(), "{zone}: {:?}", ask(-1));
            // Not even while the clock shows the last day or midnight once more.
            for minutes in [0, 1, 30, 59, 60, 61] {
                let found = ask(minutes * MINUTE_US);
                assert_eq!(found, Err(NotEntitled::Ended { on: until }), "{zone}, {minutes} minutes later");
            }
        }
    }

    #[test]
    fn d11_the_same_instant_is_asked_in_the_calendar_of_the_branch() {
        let story = Story::for_days(date(2027, 1, 30), 2);
        let instant = calendar("UTC").first_instant(date(2027, 1, 31)).unwrap().plus(20 * 60 * MINUTE_US);
        let ask = |zone| {
            let calendar = calendar(zone);
            let entrance = Entrance { branch: HERE, calendar: &calendar, zone: GYM };
            entitled(&story.membership, &entrance, instant.unwrap()).map(|entitled| entitled.on)
        };
        assert_eq!(ask("Europe/Moscow"), Ok(date(2027, 1, 31)), "23:00 of the last day");
        assert_eq!(
            ask("Asia/Yekaterinburg"),
            Err(NotEntitled::Ended { on: date(2027, 2, 1) }),
            "01:00 after"
        );
    }

    #[test]
    fn the_cheapest_membership_is_chosen() {
        let running = || Story::of(monthly());
        let counted = || Story::of(PlanSpec { visits: Some(9), ..monthly() });
        let waiting = || Story::of(PlanSpec { start: Start::OnFirstVisit { within_days: 30 }, ..monthly() });
        let longer = || {
            let mut story = running();
            story.extend(0, 5);
            story
        };
        let endless = || Story::of(PlanSpec { length: None, visits: Some(9), freezes: None, ..monthly() });
        let ended = || Story::for_days(day(-5), 2);
        let cases: [(&str, Vec<Story>, usize); 6] = [
            ("unlimited before counted", vec![counted(), running()], 1),
            ("the sooner-ending", vec![longer(), running()], 1),
            ("an end before none", vec![endless(), counted()], 1),
            ("running, though counted, before one that waits", vec![waiting(), counted()], 1),
            ("the first of equals", vec![ended(), running(), running()], 1),
            ("the only one that opens", vec![ended(), waiting()], 1),
        ];
        let calendar = calendar("Asia/Almaty");
        let entrance = Entrance { branch: HERE, calendar: &calendar, zone: GYM };
        for (name, stories, expected) in cases {
            let all: Vec<&Membership> = stories.iter().map(|story| &story.membership).collect();
            let found = choose(&all, &entrance, at(&calendar, 3, 12)).unwrap();
            assert_eq!(found.index, expected, "{name}");
            assert_eq!(
                entitled(all[expected], &entrance, at(&calendar, 3, 12)),
                Ok(found.entitled),
                "{name}"
            );
        }
    }

    #[test]
    fn the_refusal_is_of_the_membership_that_is_nearest_to_opening() {
        let with = |change: fn(&mut PlanSpec)| {
            let mut spec = monthly();
            change(&mut spec);
            Story::of(spec)
        };
        let hours = || with(|spec| spec.schedule = mornings());
        let zone = || with(|spec| spec.zones = Reach::Only(vec![POOL]));
        let branch = || with(|spec| spec.branches = Reach::Only(vec![THERE]));
        let used_up = || {
            let mut story = with(|spec| spec.visits = Some(1));
            story.visit(1);
            story
        };
        let frozen = |until| {
            let mut story = Story::of(monthly());
            story.freeze(0, 1, until);
            story
        };
        let cancelled = || {
            let mut story = Story::of(monthly());
            story.cancel(1);
            story
        };
        let ended = |days| Story::for_days(day(-9), days);
        let later = |from| Story::for_days(day(from), 9);
        let cases: [(&str, Vec<Story>, usize); 9] = [
            ("hours", vec![cancelled(), frozen(8), hours()], 2),
            ("frozen", vec![zone(), frozen(8), branch()], 1),
            ("the sooner thaw", vec![frozen(9), frozen(8)], 1),
            ("zone", vec![branch(), zone()], 1),
            ("branch", vec![later(5), branch()], 1),
            ("the sooner start", vec![used_up(), later(6), later(5)], 2),
            ("used up", vec![ended(1), used_up()], 1),
            ("the last that ended", vec![ended(1), cancelled(), ended(4), ended(2)], 2),
            ("cancelled", vec![cancelled()], 0),
        ];
        let calendar = calendar("Asia/Almaty");
        let entrance = Entrance { branch: HERE, calendar: &calendar, zone: GYM };
        let now = at(&calendar, 3, 20);
        for (name, stories, expected) in cases {
            let all: Vec<&Membership> = stories.iter().map(|story| &story.membership).collect();
            let why = entitled(all[expected], &entrance, now).unwrap_err();
            let found = choose(&all, &entrance, now);
            assert_eq!(found, Err(NoChoice::NotEntitled { index: expected, why }), "{name}");
        }
        assert_eq!(choose(&[], &entrance, now), Err(NoChoice::NoMembership));
    }
}
