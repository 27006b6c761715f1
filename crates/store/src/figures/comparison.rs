//! Coming again before and after something happened to a participant, against a like group.
//!
//! What somebody bought before he joined is not known: a receipt of nobody leads to nobody. So joining itself cannot be judged. What
//! can be is what happens to those who are in the programme already: the first purchase by face, the first one that points paid.
//!
//! Whoever it happened to on a day is compared with those to whom it never did, who bought on the same day, and who came about as often
//! in the days before (`class`). Both have the same season, the same weather and the same campaigns. For both, of the days on which they
//! bought, those are counted that were followed by another one within [`AGAIN_DAYS`]: of the [`WINDOW_DAYS`] before, so long ago that the
//! day itself decides nothing, and of the [`WINDOW_DAYS`] from it on. What the first group gained more than the second is the figure.
//!
//! It is no proof. Nobody drew lots: whoever lets his face be enrolled or saves up his points may be about to come more often anyway.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_domain::calendar::days_after;
use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::participants::AGAIN_DAYS;
use crate::id::Id;
use crate::members::day_number;
use crate::purchases::{RecognisedBy, State, state_word, way_word};
use crate::values;

/// Days before, and days after, whose purchases are counted.
pub const WINDOW_DAYS: i64 = 60;

/// So long must be behind an event for all of it to be known, and so long before it nothing like it may have happened.
pub const KNOWN_DAYS: i64 = WINDOW_DAYS + AGAIN_DAYS;

/// Events of so many days are taken together.
pub const EVENTS_DAYS: i64 = 365;

/// Of fewer people a share says nothing.
pub const PEOPLE_MIN: u64 = 30;

/// What happens to a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// He was recognised by his face for the first time.
    Face,
    /// He paid with points for the first time.
    Points,
}

/// Days on which people bought, and those of them that were followed by another. Weighted where several are like one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Days {
    /// How many.
    pub days: f64,
    /// How many of them were followed within [`AGAIN_DAYS`].
    pub followed: f64,
}

impl Days {
    fn add(&mut self, other: Days, weight: f64) {
        self.days += other.days * weight;
        self.followed += other.followed * weight;
    }

    /// The share that was followed; nothing without days.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.days > 0.0).then(|| self.followed / self.days)
    }
}

/// A group before and after.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Group {
    /// Before.
    pub before: Days,
    /// From the day on.
    pub after: Days,
}

impl Group {
    fn add(&mut self, other: &Group, weight: f64) {
        self.before.add(other.before, weight);
        self.after.add(other.after, weight);
    }

    /// What was gained, as a part of one; nothing when one side has no days.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        Some(self.after.share()? - self.before.share()?)
    }
}

/// Both groups.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Comparison {
    /// People to whom it happened, and for whom somebody like them was found.
    pub people: u64,
    /// People to whom it happened, and for whom nobody was: they are in neither group.
    pub unlike: u64,
    /// Those to whom it happened.
    pub own: Group,
    /// Those like them, each of the first group once, by the average of all who are like him.
    pub like: Group,
}

impl Comparison {
    /// What those to whom it happened gained more than those like them, as a part of one; nothing for less than [`PEOPLE_MIN`]
    /// people.
    #[must_use]
    pub fn effect(&self) -> Option<f64> {
        if self.people < PEOPLE_MIN { None } else { Some(self.own.gain()? - self.like.gain()?) }
    }
}

/// A participant: the days on which he bought, in their order, each once, and the first ones of the events.
#[derive(Debug, Clone, Default)]
struct Person {
    days: Vec<i64>,
    face: Option<i64>,
    points: Option<i64>,
}

impl Person {
    /// Days from one up to another, and those that were followed.
    fn counted(&self, from: i64, until: i64) -> Days {
        let first = self.days.partition_point(|day| *day < from);
        let last = self.days.partition_point(|day| *day < until);
        let followed = (first..last)
            .filter(|at| self.days.get(at + 1).is_some_and(|next| next - self.days[*at] <= AGAIN_DAYS));
        Days { days: (last - first) as f64, followed: followed.count() as f64 }
    }

    const fn first(&self, event: Event) -> Option<i64> {
        match event {
            Event::Face => self.face,
            Event::Points => self.points,
        }
    }

    fn around(&self, day: i64) -> Group {
        Group {
            before: self.counted(day - KNOWN_DAYS, day - AGAIN_DAYS),
            after: self.counted(day, day + WINDOW_DAYS),
        }
    }
}

/// About how often somebody came: never, once, two or three times, up to seven, more.
fn class(before: Days) -> u8 {
    match before.days {
        days if days < 1.0 => 0,
        days if days < 2.0 => 1,
        days if days < 4.0 => 2,
        days if days < 8.0 => 3,
        _ => 4,
    }
}

/// The comparisons of a programme.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Comparisons {
    /// Of those who were recognised by their face for the first time.
    pub face: Comparison,
    /// Of those who paid with points for the first time.
    pub points: Comparison,
}

/// Compares those to whom something happened in the [`EVENTS_DAYS`] before `until`, so long before `today` that all is known.
///
/// # Errors
/// When the book cannot be read.
pub fn comparisons(
    tx: &mut Tx<'_>,
    programme: Id,
    (until, today): (Date, Date),
) -> Result<Comparisons, Fault> {
    let known = days_after(today, 1 - KNOWN_DAYS).unwrap_or(today);
    let (first, last) = (day_number(until) - EVENTS_DAYS, day_number(until).min(day_number(known)));
    let people = people(tx, programme, (first - KNOWN_DAYS, last + KNOWN_DAYS))?;
    let [face, points] = [Event::Face, Event::Points].map(|event| compared(&people, event, (first, last)));
    Ok(Comparisons { face, points })
}

/// Everybody who bought on some days. A year of a chain is a million rows: they are taken one by one.
fn people(tx: &mut Tx<'_>, programme: Id, (from, until): (i64, i64)) -> Result<Vec<Person>, Fault> {
    let sql = "SELECT p.wallet_id, p.day, MAX(CASE WHEN p.way = $1 THEN 1 ELSE 0 END),
             MAX(CASE WHEN p.spent_points > 0 THEN 1 ELSE 0 END)
         FROM purchases p
         WHERE p.programme_id = $2 AND p.state = $3 AND p.wallet_id IS NOT NULL AND p.day >= $4 AND p.day < $5
             AND p.branch_id IN (SELECT id FROM branches)
         GROUP BY p.wallet_id, p.day ORDER BY p.wallet_id, p.day";
    let (mut people, mut of): (Vec<Person>, Option<Id>) = (Vec::new(), None);
    let asked = values![way_word(RecognisedBy::Face), programme, state_word(State::Done), from, until];
    tx.for_each(sql, asked, |mut row| {
        let wallet = row.id(0)?;
        if of != Some(wallet) {
            of = Some(wallet);
            people.push(Person::default());
        }
        let (day, by_face, paid) = (row.integer(1)?, row.integer(2)? == 1, row.integer(3)? == 1);
        if let Some(person) = people.last_mut() {
            person.days.push(day);
            person.face = person.face.or(by_face.then_some(day));
            person.points = person.points.or(paid.then_some(day));
        }
        Ok(())
    })?;
    Ok(people)
}

/// The comparison of people to whom something happened within these days; what happened before is no first time.
fn compared(people: &[Person], event: Event, (first, last): (i64, i64)) -> Comparison {
    let within = |person: &Person| person.first(event).filter(|day| *day >= first && *day < last);
    let days: BTreeSet<i64> = people.iter().filter_map(within).collect();
    let mut alike: BTreeMap<(i64, u8), (u32, Group)> = BTreeMap::new();
    for person in people.iter().filter(|person| person.first(event).is_none()) {
        for day in person.days.iter().filter(|day| days.contains(day)) {
            let group = person.around(*day);
            let (count, sum) = alike.entry((*day, class(group.before))).or_default();
            *count += 1;
            sum.add(&group, 1.0);
        }
    }
    let mut comparison = Comparison::default();
    for (person, day) in people.iter().filter_map(|person| Some((person, within(person)?))) {
        let group = person.around(day);
        let Some((count, sum)) = alike.get(&(day, class(group.before))) else {
            comparison.unlike += 1;
            continue;
        };
        comparison.people += 1;
        comparison.own.add(&group, 1.0);
        comparison.like.add(sum, 1.0 / f64::from(*count));
    }
    comparison
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(days: &[i64], event: Option<i64>) -> Person {
        Person { days: days.to_vec(), face: event, points: None }
    }

    #[test]
    fn a_group_is_compared_with_those_who_came_as_often_on_the_same_day() {
        // Before: day 20 alone, not followed. After: 100 and 110 follow each other.
        let own = person(&[20, 100, 110], Some(100));
        // The same before; after, nothing follows.
        let like = person(&[25, 100], None);
        // The same before; 100 is followed by 130, and 130 by nothing.
        let other = person(&[30, 100, 130], None);
        let often = person(&[20, 30, 40, 100, 101], None);
        let elsewhen = person(&[20, 101], None);
        let found = compared(&[own.clone(), like, other, often, elsewhen], Event::Face, (90, 110));
        assert_eq!((found.people, found.unlike), (1, 0));
        assert_eq!(found.own.before, Days { days: 1.0, followed: 0.0 });
        assert_eq!(found.own.after, Days { days: 2.0, followed: 1.0 });
        assert_eq!(found.like.before, Days { days: 1.0, followed: 0.0 });
        assert_eq!(found.like.after, Days { days: 1.5, followed: 0.5 });
        assert_eq!(found.effect(), None, "of one person nothing is told");
        let alone = compared(std::slice::from_ref(&own), Event::Face, (90, 110));
        assert_eq!((alone.people, alone.unlike, alone.own.gain()), (0, 1, None));
        assert_eq!(compared(&[own], Event::Face, (101, 110)), Comparison::default(), "it was before");
    }

    #[test]
    fn the_day_of_the_event_decides_nothing_of_what_was_before() {
        // Day 75 lies within thirty days of the event, which would follow it always.
        let own = person(&[75, 100], Some(100));
        assert_eq!(own.around(100).before, Days::default());
        // Day 70 is not followed by day 100 of itself: it is the thirtieth day after it.
        assert_eq!(person(&[69, 100], None).around(100).before, Days { days: 1.0, followed: 0.0 });
        // The last day of the window is followed beyond it.
        let after = person(&[100, 159, 189], None).around(100).after;
        assert_eq!(after, Days { days: 2.0, followed: 1.0 });
    }

    #[test]
    fn an_effect_is_told_of_thirty_people() {
        let mut people = vec![person(&[20, 100], None)];
        people.extend((0..30).map(|_| person(&[20, 100, 110], Some(100))));
        let found = compared(&people, Event::Face, (90, 110));
        assert_eq!((found.people, found.effect()), (30, Some(0.5)));
    }
}
