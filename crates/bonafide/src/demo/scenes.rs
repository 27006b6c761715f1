//! Everything that a door can say, once a round: so that the desk shows each refusal, with somebody who has it.

use bonafide_domain::access_method::Method;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::card::CardNumber;
use bonafide_store::passages::door::Door;
use bonafide_store::passages::{Outcome, Way};
use bonafide_store::store::Work;

use super::crowd::{DAY_US, Role};
use super::deeds::card_number;
use super::sites::{House, Room};
use super::stop::{Known, Stop};
use super::story::{Deed, Going, Step, World};
use super::visits::{ask, through, walk_in, walk_out};
use crate::flows::recognition::Presented;

/// A scene; most are about the one who plays it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Scene {
    /// He shows his bracelet at the turnstile of the first club.
    Turnstile,
    /// The same, at the other club.
    OtherTurnstile,
    /// His face, at the other club: his consent was for this one.
    OtherKiosk,
    VipDoor,
    /// With all that the door demands.
    VipDoorWithPin,
    StaffDoor,
    /// By the way out.
    WrongWay,
    /// By a door that is out of use.
    ClosedDoor,
    /// He comes in twice.
    Twice,
    /// The solarium twice a day.
    Tan,
    /// Three want into a room for two.
    Crowded,
    /// A guest of somebody who is not there, and then of somebody who may bring nobody.
    Guest,
    /// A card that nobody knows.
    Stranger,
    /// A reader that reads half of a number.
    HalfRead,
    /// Two cards of two members.
    TwoCards,
}

/// Who plays what, in the order of a round.
const ROUND: [(Role, Scene); 26] = [
    (Role::Ended, Scene::Turnstile),
    (Role::Frozen, Scene::Turnstile),
    (Role::UsedUp, Scene::Turnstile),
    (Role::NotBegun, Scene::Turnstile),
    (Role::Cancelled, Scene::Turnstile),
    (Role::Suspended, Scene::Turnstile),
    (Role::LostCard, Scene::Turnstile),
    (Role::BlockedCard, Scene::Turnstile),
    (Role::ExpiredCard, Scene::Turnstile),
    (Role::NoMembership, Scene::Turnstile),
    (Role::MorningOnly, Scene::Turnstile),
    (Role::OtherClub, Scene::Turnstile),
    (Role::ToBeChecked, Scene::OtherTurnstile),
    (Role::Traveller, Scene::OtherKiosk),
    (Role::VipWithoutFace, Scene::VipDoor),
    (Role::NotVip, Scene::VipDoorWithPin),
    (Role::NotVip, Scene::StaffDoor),
    (Role::NotVip, Scene::WrongWay),
    (Role::NotVip, Scene::ClosedDoor),
    (Role::Insider, Scene::Twice),
    (Role::Tanner, Scene::Tan),
    (Role::Salt1, Scene::Crowded),
    (Role::Guest, Scene::Guest),
    (Role::Ended, Scene::Stranger),
    (Role::Twin1, Scene::HalfRead),
    (Role::Frozen, Scene::TwoCards),
];

/// When the rounds begin, in microseconds before now.
const ROUNDS_US: [i64; 3] = [9 * DAY_US, 2 * DAY_US, 2 * 3_600_000_000];

/// Between two scenes of a round.
const STEP_US: i64 = 270_000_000;

/// What is done before somebody can play his part, and how many days before now.
pub(super) const fn prepares(role: Role) -> Option<(i64, Deed)> {
    match role {
        Role::Frozen => Some((14, Deed::Freeze)),
        Role::UsedUp => Some((20, Deed::UseUp)),
        Role::Cancelled => Some((12, Deed::Cancel)),
        Role::Suspended => Some((11, Deed::Suspend)),
        Role::LostCard => Some((11, Deed::LoseCard)),
        Role::BlockedCard => Some((11, Deed::BlockCard)),
        // It counts from a few days after now.
        Role::NotBegun => Some((1, Deed::Buy(4))),
        _ => None,
    }
}

fn player(world: &World, role: Role) -> Option<usize> {
    world.crowd.iter().position(|member| member.plays() == Some(role))
}

/// All rounds. A crowd that is too small for the players has fewer scenes.
pub(super) fn rounds(world: &World) -> Vec<Step> {
    let mut steps = Vec::new();
    for begin_us in ROUNDS_US {
        for (place, (role, scene)) in ROUND.into_iter().enumerate() {
            let Some(who) = player(world, role) else { continue };
            let mut at_us = world.now_us - begin_us + place as i64 * STEP_US;
            if role == Role::MorningOnly {
                at_us = not_in_the_morning(world, at_us);
            }
            steps.push(Step { at_us, who, deed: Deed::Scene(scene) });
        }
    }
    steps
}

/// This moment, or half a day before when it is morning at the club.
fn not_in_the_morning(world: &World, at_us: i64) -> i64 {
    let calendar = &world.chain.house(House::North).calendar;
    let Ok(at) = UtcMicros::parse(at_us) else { return at_us };
    let shown = calendar.wall_clock(at);
    if (5 * 60..13 * 60).contains(&shown.minute_of_day) { at_us - DAY_US / 2 } else { at_us }
}

/// Plays a scene.
pub(super) fn play(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    scene: Scene,
) -> Result<(), Stop> {
    let door = |house: House, room: Room| world.chain.house(house).entrances(room).next().known("a door");
    let bracelet = by(going, who, Method::CardNumber)?;
    match scene {
        Scene::Turnstile => show(work, going, door(House::North, Room::Floor)?, &[bracelet]),
        Scene::OtherTurnstile => show(work, going, door(House::Harbour, Room::Floor)?, &[bracelet]),
        Scene::OtherKiosk => {
            let kiosk = world.chain.house(House::Harbour).entrances(Room::Floor).last().known("a kiosk")?;
            let face = by(going, who, Method::Face)?;
            show(work, going, kiosk, &[face])
        }
        Scene::VipDoor => show(work, going, door(House::North, Room::Vip)?, &[bracelet]),
        Scene::VipDoorWithPin => {
            let pin = by(going, who, Method::Pin)?;
            show(work, going, door(House::North, Room::Vip)?, &[bracelet, pin])
        }
        Scene::StaffDoor => show(work, going, door(House::North, Room::Staff)?, &[bracelet]),
        Scene::WrongWay => {
            let exit = world.chain.house(House::North).exit(Room::Floor).known("a way out")?;
            show(work, going, exit, &[bracelet])
        }
        Scene::ClosedDoor => {
            use bonafide_domain::admission::facts::UseOfDoor::OutOfUse;
            let doors = &world.chain.house(House::North).doors;
            let closed = doors.iter().find(|(_, door)| door.use_of_door() == OutOfUse);
            show(work, going, &closed.known("a closed door")?.1, &[bracelet])
        }
        Scene::Stranger => stranger(work, going, door(House::North, Room::Floor)?),
        Scene::HalfRead => {
            // The last three bytes of both twins' bracelets.
            let half = CardNumber::from_facility_number("17,23130").known("half of a number")?;
            show(work, going, door(House::North, Room::Floor)?, &[Presented::Card(half)])
        }
        Scene::TwoCards => {
            let other = player(world, Role::Ended).known("somebody else")?;
            let second = Presented::Card(card_number(world, other, 0)?);
            show(work, going, door(House::North, Room::Floor)?, &[bracelet, second])
        }
        Scene::Twice => twice(work, world, going, who, &bracelet),
        Scene::Tan => tan(work, world, going, who, &bracelet),
        Scene::Crowded => crowded(work, world, going),
        Scene::Guest => guest(work, world, going, who, &bracelet),
    }
}

fn by(going: &Going, who: usize, method: Method) -> Result<Presented, Stop> {
    going.lives[who].bunch.by(method).known("what somebody carries")
}

/// Shows something, and goes nowhere: whoever is let in by mistake of the scene would be left inside.
fn show(
    work: &mut Work<'_, '_>,
    going: &mut Going,
    door: &Door,
    presented: &[Presented],
) -> Result<(), Stop> {
    ask(work, going, door, presented, None)?;
    Ok(())
}

fn stranger(work: &mut Work<'_, '_>, going: &mut Going, door: &Door) -> Result<(), Stop> {
    let number = CardNumber::from_hex("0BADCA4D", bonafide_domain::card::ByteOrder::AsOnCard);
    show(work, going, door, &[Presented::Card(number.known("a stranger's card")?)])
}

fn twice(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    bracelet: &Presented,
) -> Result<(), Stop> {
    let house = world.chain.house(House::North);
    let mut doors = house.entrances(Room::Floor);
    let (first, second) = (doors.next().known("a door")?, doors.next().known("a door")?);
    walk_in(work, going, first, std::slice::from_ref(bracelet))?;
    going.tick(45);
    show(work, going, second, std::slice::from_ref(bracelet))?;
    walk_out(work, going, house.exit(Room::Floor).known("a way out")?, who)
}

fn tan(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    bracelet: &Presented,
) -> Result<(), Stop> {
    let house = world.chain.house(House::North);
    let outer = house.entrances(Room::Floor).next().known("a door")?;
    let solarium = house.entrances(Room::Solarium).next().known("a door")?;
    walk_in(work, going, outer, std::slice::from_ref(bracelet))?;
    walk_in(work, going, solarium, std::slice::from_ref(bracelet))?;
    going.tick(60);
    walk_out(work, going, solarium, who)?;
    going.tick(20);
    show(work, going, solarium, std::slice::from_ref(bracelet))?;
    walk_out(work, going, house.exit(Room::Floor).known("a way out")?, who)
}

fn crowded(work: &mut Work<'_, '_>, world: &World, going: &mut Going) -> Result<(), Stop> {
    let house = world.chain.house(House::North);
    let outer = house.entrances(Room::Floor).next().known("a door")?;
    let salt = house.entrances(Room::Salt).next().known("a door")?;
    let mut came = Vec::new();
    for role in [Role::Salt1, Role::Salt2, Role::Salt3] {
        let Some(who) = player(world, role) else { continue };
        let bracelet = by(going, who, Method::CardNumber)?;
        walk_in(work, going, outer, std::slice::from_ref(&bracelet))?;
        going.tick(5);
        walk_in(work, going, salt, std::slice::from_ref(&bracelet))?;
        came.push(who);
    }
    for who in came {
        going.tick(3);
        walk_out(work, going, house.exit(Room::Floor).known("a way out")?, who)?;
    }
    Ok(())
}

fn guest(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    bracelet: &Presented,
) -> Result<(), Stop> {
    let host = player(world, Role::Host).known("a host")?;
    let (host_id, of_host) = (going.member(host)?, by(going, host, Method::CardNumber)?);
    let house = world.chain.house(House::North);
    let door = house.entrances(Room::Floor).next().known("a door")?;
    ask(work, going, door, std::slice::from_ref(bracelet), Some(host_id))?;
    going.tick(30);
    let came = ask(work, going, door, std::slice::from_ref(&of_host), None)?;
    if matches!(came.outcome, Outcome::Admitted { .. }) {
        through(work, going, door, (came.passage, Way::Entry))?;
    }
    going.tick(4);
    ask(work, going, door, std::slice::from_ref(bracelet), Some(host_id))?;
    going.later(1_500, host, Deed::Leave);
    going.life(host).inside = true;
    // The guest goes home, since nobody may bring him.
    going.life(who).inside = false;
    Ok(())
}
