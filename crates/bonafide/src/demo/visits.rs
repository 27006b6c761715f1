//! What happens at the doors: somebody comes, goes on into further rooms, and leaves.

use bonafide_domain::admission::Refusal;
use bonafide_domain::admission::rules::Passing;
use bonafide_store::audit::entry::Actor;
use bonafide_store::id::Id;
use bonafide_store::lockers;
use bonafide_store::passages::door::Door;
use bonafide_store::passages::passing::{Report, passed};
use bonafide_store::passages::{Answer, Asked, Outcome, Way, decide};
use bonafide_store::store::Work;

use super::offers::Offer;
use super::older;
use super::sites::{House, Room};
use super::stop::{Allowed, Known, Stop};
use super::story::{Deed, Going, World};
use super::{crowd::Fate, deeds};
use crate::flows::recognition::{Presented, recognise};

/// Asks a door to be let in, as the flow of an entry does it.
pub(super) fn ask(
    work: &mut Work<'_, '_>,
    going: &mut Going,
    door: &Door,
    presented: &[Presented],
    host: Option<Id>,
) -> Result<Answer, Stop> {
    let acting = going.acting(Actor::Device(door.id));
    let who = recognise(work, acting.now_us, presented)?;
    let asked = Asked { operation: going.dice.id(), access_point: door.id, who, host };
    going.passages += 1;
    decide::enter(work, &acting, &asked).allowed("a request at a door")
}

/// The door reports a body on a grant.
pub(super) fn through(
    work: &mut Work<'_, '_>,
    going: &mut Going,
    door: &Door,
    (grant, way): (Id, Way),
) -> Result<(), Stop> {
    if door.rules.passing == Passing::Assumed {
        return Ok(());
    }
    going.tick(2);
    let report = Report { operation: going.dice.id(), access_point: door.id, grant: Some(grant), way };
    passed(work, &going.acting(Actor::Device(door.id)), &report).allowed("a report of a door")?;
    Ok(())
}

/// Asks, and goes through when he may. Tells whether he is in.
pub(super) fn walk_in(
    work: &mut Work<'_, '_>,
    going: &mut Going,
    door: &Door,
    presented: &[Presented],
) -> Result<Answer, Stop> {
    let answer = ask(work, going, door, presented, None)?;
    if matches!(answer.outcome, Outcome::Admitted { .. }) {
        through(work, going, door, (answer.passage, Way::Entry))?;
    }
    Ok(answer)
}

/// Somebody comes to the entrance of his house.
pub(super) fn come(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    may_buy: bool,
) -> Result<(), Stop> {
    if going.lives[who].gone || going.lives[who].inside {
        return Ok(());
    }
    let member = &world.crowd[who];
    if member.offer == Some(Offer::Staff) {
        return work_shift(work, world, going, who);
    }
    let house = world.house(who);
    let doors: Vec<&Door> = house.entrances(Room::Floor).collect();
    let door = *going.dice.one(&doors);
    let presented = going.lives[who].bunch.at(door, &mut going.dice);
    let answer = ask(work, going, door, &presented, None)?;
    if answer.shadow {
        let let_in = older::decides(work, going, door.id, &answer)?;
        if let_in && matches!(answer.outcome, Outcome::Admitted { .. }) {
            stay(world, going, who);
        }
        return Ok(());
    }
    match answer.outcome {
        Outcome::Admitted { .. } => enter(work, world, going, who, (door, &presented, answer.passage)),
        Outcome::Refused(Refusal::Ended { .. } | Refusal::VisitsUsedUp | Refusal::NoMembership) => {
            let Some(offer) = member.offer.filter(|_| may_buy) else { return Ok(()) };
            if matches!(member.fate, Fate::Leaves { .. }) || going.dice.percent(12) {
                going.life(who).gone = true;
                return Ok(());
            }
            going.tick(25);
            deeds::buy(work, world, going, who, (offer, 0))?;
            going.later(40, who, Deed::ComeAgain);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// He has been let in: he goes through, mostly.
fn enter(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    (door, presented, grant): (&Door, &[Presented], Id),
) -> Result<(), Stop> {
    let chance = going.dice.below(1_000);
    if chance < 6 {
        // He turns back to his car: the grant lapses.
        return Ok(());
    }
    if chance < 24 {
        going.tick(1);
        ask(work, going, door, presented, None)?;
    }
    through(work, going, door, (grant, Way::Entry))?;
    if chance > 996 {
        // Somebody slips in behind him.
        through(work, going, door, (grant, Way::Entry))?;
    }
    stay(world, going, who);
    Ok(())
}

/// He is in, for a while.
fn stay(world: &World, going: &mut Going, who: usize) {
    going.life(who).inside = true;
    let minutes = match world.crowd[who].house {
        House::North | House::Harbour => going.dice.within(38, 125),
        House::Salon | House::Shop => going.dice.within(30, 90),
    };
    rooms(world, going, who);
    going.later(minutes * 60, who, Deed::Leave);
}

/// The further rooms that he will go to.
fn rooms(world: &World, going: &mut Going, who: usize) {
    let member = &world.crowd[who];
    if !matches!(member.house, House::North | House::Harbour) {
        return;
    }
    if going.dice.percent(25) {
        going.later(60, who, Deed::GoOn(Room::Changing));
    }
    let vip = member.offer == Some(Offer::Vip);
    match going.dice.below(100) {
        0..14 => going.later(8 * 60, who, Deed::GoOn(Room::Pool)),
        14..22 => going.later(6 * 60, who, Deed::GoOn(Room::Classes)),
        22..25 if member.house == House::North => going.later(30 * 60, who, Deed::GoOn(Room::Solarium)),
        40..100 if vip => going.later(10 * 60, who, Deed::GoOn(Room::Vip)),
        _ => {}
    }
}

/// Through an inner door.
pub(super) fn go_on(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    room: Room,
) -> Result<(), Stop> {
    let Some(door) = world.house(who).entrances(room).next() else { return Ok(()) };
    if !going.lives[who].inside {
        return Ok(());
    }
    let presented = going.lives[who].bunch.at(door, &mut going.dice);
    let answer = walk_in(work, going, door, &presented)?;
    if room == Room::Changing && matches!(answer.outcome, Outcome::Admitted { .. }) {
        take_locker(work, world, going, who)?;
    }
    Ok(())
}

/// He holds his bracelet to a locker. Where somebody else has it, or the bracelet was stopped, he goes without.
fn take_locker(work: &mut Work<'_, '_>, world: &World, going: &mut Going, who: usize) -> Result<(), Stop> {
    let own = &world.house(who).lockers;
    let Some(credential) = going.lives[who].card.filter(|_| !own.is_empty()) else { return Ok(()) };
    let (operation, locker) = (going.dice.id(), *going.dice.one(own));
    let asked = lockers::Asked { operation, locker, credential };
    // The refusal is the answer of the lock, and he knows it.
    let _taken = lockers::take(work, &going.desk(), &asked)?;
    Ok(())
}

/// Out of the house. A few leave behind others, without showing anything: then they stay inside, as far as the book knows.
pub(super) fn leave(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    if !going.lives[who].inside {
        return Ok(());
    }
    going.life(who).inside = false;
    let room = if world.crowd[who].offer == Some(Offer::Staff) { Room::Staff } else { Room::Floor };
    let Some(door) = world.house(who).exit(room) else { return Ok(()) };
    if going.dice.below(1_000) < 9 {
        return Ok(());
    }
    walk_out(work, going, door, who)
}

/// Out by a door.
pub(super) fn walk_out(
    work: &mut Work<'_, '_>,
    going: &mut Going,
    door: &Door,
    who: usize,
) -> Result<(), Stop> {
    let acting = going.acting(Actor::Device(door.id));
    let presented = going.lives[who].bunch.at(door, &mut going.dice);
    let leaver = recognise(work, acting.now_us, &presented)?;
    let asked = Asked { operation: going.dice.id(), access_point: door.id, who: leaver, host: None };
    let left = decide::leave(work, &acting, &asked)?;
    going.passages += 1;
    match left.grant {
        Some(grant) => through(work, going, door, (grant, Way::Exit)),
        None => Ok(()),
    }
}

/// One of the staff comes to work by the door of the staff, and looks into the safe where there is one.
fn work_shift(work: &mut Work<'_, '_>, world: &World, going: &mut Going, who: usize) -> Result<(), Stop> {
    let door = world.house(who).entrances(Room::Staff).next().known("a door of the staff")?;
    let presented = going.lives[who].bunch.at(door, &mut going.dice);
    let answer = walk_in(work, going, door, &presented)?;
    if matches!(answer.outcome, Outcome::Admitted { .. }) {
        going.life(who).inside = true;
        let hours = going.dice.within(5, 9);
        if going.dice.percent(15) {
            going.later(1_800, who, Deed::GoOn(Room::Safe));
        }
        going.later(hours * 3_600, who, Deed::Leave);
    }
    Ok(())
}
