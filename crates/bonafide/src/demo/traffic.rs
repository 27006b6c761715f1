//! Live traffic at the doors of the demo: somebody comes or leaves every second or so, as the hour has it, and now and then
//! somebody is refused.
//!
//! Who comes is read from the passages of the book: those who were let in lately come again, those who were refused are refused
//! again. So a second start goes on where the first ended, whatever was made of the chain meanwhile.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bonafide_domain::admission::facts::UseOfDoor;
use bonafide_domain::admission::rules::Passing;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::find;
use bonafide_store::id::Id;
use bonafide_store::organisation::{access_point, branch};
use bonafide_store::passages::door::{self, Door};
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::passing::{LAPSED_AT_ONCE_MAX, Report, lapse};
use bonafide_store::passages::presence::{self, inside_now};
use bonafide_store::passages::{self, Answer, Outcome, Way};
use bonafide_store::store::Store;

use super::bunch::Bunch;
use super::curve::busy;
use super::dice::Dice;
use super::doors::Doors;
use super::older;
use super::shopping::Shopping;
use super::sites::House;
use crate::clock;
use crate::failure::Failure;
use crate::flows::entry::AtDoor;
use crate::flows::recognition::Presented;

/// How many pages of the newest passages are read of each branch to know who comes there.
const PAGES: u32 = 8;

/// The most that come and are refused again and again, of each branch.
const REFUSED_MAX: usize = 40;

/// The shortest and the longest pause between two acts.
const PAUSE_US: (i64, i64) = (500_000, 3_000_000);

/// After so many of a hundred acts at the doors somebody buys something.
const SALES_PERCENT: usize = 12;

/// How long after a fault the traffic tries again.
const AFTER_FAULT: Duration = Duration::from_secs(10);

/// The traffic as a thread. Dropping it stops it, after the act that it has begun.
pub struct Traffic {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Waits so long, or until it is to stop; tells which.
    fn wait(&self, pause: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(stopped, pause, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        *self.stop.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by the panic itself.
            drop(thread.join());
        }
    }
}

/// Starts the traffic of a demo.
///
/// # Errors
/// When the book cannot be read, or no thread can be started.
pub fn start(store: Arc<Store>, doors: Doors, seed: u64) -> Result<Traffic, Failure> {
    let mut player = Player::new(store, doors, seed, clock::now_us())?;
    let stop = Arc::new(Stop::default());
    let told = Arc::clone(&stop);
    let run = move || {
        let mut pause = Duration::ZERO;
        while !told.wait(pause) {
            // Whoever looks at the demo sees the fault at the doors themselves.
            pause = player.act(clock::now_us()).unwrap_or(AFTER_FAULT);
        }
    };
    let thread = std::thread::Builder::new().name("demo-traffic".to_owned()).spawn(run);
    let thread = thread.map_err(|error| Failure::new("io", format!("start the traffic: {error}")))?;
    Ok(Traffic { stop, thread: Some(thread) })
}

/// Somebody who comes, with what he carries.
#[derive(Clone)]
struct Comer {
    member: Id,
    bunch: Bunch,
}

/// A branch with traffic.
struct Busy {
    house: House,
    calendar: bonafide_domain::calendar::Calendar,
    /// The zone behind the entrance.
    zone: Id,
    entrances: Vec<Door>,
    exit: Door,
    regulars: Vec<Comer>,
    /// What was refused where.
    refused: Vec<(Door, Comer)>,
}

/// Plays one act after the other. It has no clock of its own.
pub struct Player {
    store: Arc<Store>,
    doors: Doors,
    dice: Dice,
    branches: Vec<Busy>,
    /// What is sold at the tills; nothing in a book without a programme.
    sales: Option<Arc<Shopping>>,
    /// Bodies that go through in a moment.
    going: Vec<(i64, Report)>,
}

impl Player {
    /// Reads who comes to the doors of the demo.
    ///
    /// # Errors
    /// When the book cannot be read; `not_a_demo` when it has none of the demo's branches.
    pub fn new(store: Arc<Store>, doors: Doors, seed: u64, now_us: i64) -> Result<Player, Failure> {
        let mut branches = Vec::new();
        for house in [House::North, House::Harbour, House::Salon] {
            branches.extend(read_branch(&store, house, now_us)?);
        }
        if branches.is_empty() {
            return Err(Failure::new("not_a_demo", "nobody comes here: the book has no demo"));
        }
        let dice = Dice::new(seed ^ now_us.unsigned_abs());
        let sales = store.read(Shopping::of)?.map(Arc::new);
        Ok(Player { store, doors, dice, branches, sales, going: Vec::new() })
    }

    /// Plays what is due at this moment and one act more; the answer is how long to wait for the next.
    ///
    /// # Errors
    /// When a door cannot answer.
    pub fn act(&mut self, now_us: i64) -> Result<Duration, Failure> {
        let (due, later) = self.going.iter().partition(|(at_us, _)| *at_us <= now_us);
        let due: Vec<(i64, Report)> = due;
        self.going = later;
        for (_, report) in due {
            self.doors.report(&report, now_us)?;
        }
        self.lapse(now_us)?;
        self.somebody(now_us)?;
        if self.dice.percent(SALES_PERCENT) {
            self.sell(now_us)?;
        }
        let pause_us = self.dice.within(PAUSE_US.0, PAUSE_US.1);
        let next_us = self.going.iter().map(|(at_us, _)| at_us - now_us).min();
        let pause_us = next_us.map_or(pause_us, |next_us| next_us.min(pause_us)).max(1);
        Ok(Duration::from_micros(pause_us.unsigned_abs()))
    }

    /// Somebody who comes to the club beside the shop buys something.
    fn sell(&mut self, now_us: i64) -> Result<(), Failure> {
        let Some(sales) = self.sales.clone() else { return Ok(()) };
        let harbour = self.branches.iter().find(|one| one.house == House::Harbour);
        let people: Vec<Id> = harbour.iter().flat_map(|one| &one.regulars).map(|one| one.member).collect();
        let dice = Dice::new(self.dice.next());
        super::stop::write(&self.store, move |work| sales.sell(work, &mut dice.clone(), &people, now_us))
    }

    fn lapse(&self, now_us: i64) -> Result<(), Failure> {
        let acting = Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us };
        loop {
            let acting = acting.clone();
            let ended = self.store.write(move |work| lapse(work, &acting).map(Ok::<_, Failure>))??;
            if ended < LAPSED_AT_ONCE_MAX {
                return Ok(());
            }
        }
    }

    /// Somebody comes, leaves, or is refused.
    fn somebody(&mut self, now_us: i64) -> Result<(), Failure> {
        let at = UtcMicros::parse(now_us).map_err(|_| Failure::new("clock", "the clock is not set"))?;
        let hour = |one: &Busy| usize::from(one.calendar.wall_clock(at).minute_of_day / 60);
        let weights: Vec<u32> =
            self.branches.iter().map(|one| (100.0 * busy(one.house, hour(one))) as u32).collect();
        let place = self.dice.weighted(&weights);
        let wanted = self.branches[place].wanted(hour(&self.branches[place]));
        let chance = self.dice.below(100);
        if chance < 7 {
            return self.refuse(place, now_us);
        }
        let zone = self.branches[place].zone;
        let limit = presence::PAGE_MAX;
        let (inside, _) = self.store.read(|tx| inside_now(tx, zone, now_us, None, limit))?;
        let inside: Vec<Id> = inside.into_iter().map(|one| one.member).collect();
        // The fuller than the hour has it, the more leave; both happen at all times.
        let arrive = 50.0 + 40.0 * (wanted - inside.len() as f64) / wanted.max(1.0);
        if (chance as f64 - 7.0) * 100.0 / 93.0 < arrive.clamp(8.0, 92.0) {
            self.come(place, &inside, now_us)
        } else {
            self.leave(place, &inside, now_us)
        }
    }

    fn come(&mut self, place: usize, inside: &[Id], now_us: i64) -> Result<(), Failure> {
        let branch = &self.branches[place];
        let away: Vec<&Comer> = branch.regulars.iter().filter(|one| !inside.contains(&one.member)).collect();
        if away.is_empty() || branch.entrances.is_empty() {
            return Ok(());
        }
        let (comer, door) = (*self.dice.one(&away), self.dice.one(&branch.entrances).clone());
        let presented = comer.bunch.at(&door, &mut self.dice);
        let at = AtDoor { operation: self.dice.id(), access_point: door.id, presented, host: None };
        let answer = self.doors.enter(&at, now_us)?;
        if answer.shadow {
            return self.older(&door, &answer, now_us);
        }
        if !matches!(answer.outcome, Outcome::Admitted { .. }) {
            return Ok(());
        }
        if self.dice.percent(4) {
            let again = AtDoor { operation: self.dice.id(), ..at };
            self.doors.enter(&again, now_us + 1)?;
        }
        // Now and then somebody turns back, and the grant lapses.
        if self.dice.percent(99) {
            self.goes(&door, answer.passage, Way::Entry, now_us);
        }
        Ok(())
    }

    fn leave(&mut self, place: usize, inside: &[Id], now_us: i64) -> Result<(), Failure> {
        if inside.is_empty() {
            return Ok(());
        }
        // Whoever came first is the likeliest to leave.
        let member = inside[self.dice.below(inside.len().div_ceil(3))];
        let bunch = bunch(&self.store, member, now_us)?;
        let exit = self.branches[place].exit.clone();
        let presented = bunch.at(&exit, &mut self.dice);
        let at = AtDoor { operation: self.dice.id(), access_point: exit.id, presented, host: None };
        if let Some(grant) = self.doors.leave(&at, now_us).noted?.grant {
            self.goes(&exit, grant, Way::Exit, now_us);
        }
        Ok(())
    }

    /// Somebody who was refused lately tries again, or a card comes that nobody knows.
    fn refuse(&mut self, place: usize, now_us: i64) -> Result<(), Failure> {
        let branch = &self.branches[place];
        let unknown = branch.refused.is_empty() || self.dice.percent(12);
        let (door, presented) = if unknown {
            let Some(door) = branch.entrances.first() else { return Ok(()) };
            let number =
                CardNumber::from_hex(&format!("{:08X}", self.dice.next() as u32 | 1), ByteOrder::AsOnCard);
            (door, number.map(Presented::Card).into_iter().collect())
        } else {
            let (door, comer) = self.dice.one(&branch.refused);
            (door, comer.bunch.at(door, &mut self.dice))
        };
        let at = AtDoor { operation: self.dice.id(), access_point: door.id, presented, host: None };
        let door = door.clone();
        let answer = self.doors.enter(&at, now_us)?;
        if answer.shadow {
            return self.older(&door, &answer, now_us);
        }
        if matches!(answer.outcome, Outcome::Admitted { .. }) {
            // Somebody has helped him meanwhile.
            self.goes(&door, answer.passage, Way::Entry, now_us);
        }
        Ok(())
    }

    /// At a door on trial the older system decides, and tells.
    fn older(&mut self, door: &Door, ours: &Answer, now_us: i64) -> Result<(), Failure> {
        let Some(admitted) = older::says(&mut self.dice, ours) else { return Ok(()) };
        let observed = older::told(&mut self.dice, (door.id, ours), admitted, now_us);
        self.doors.told(&observed, now_us)
    }

    /// In a moment a body goes through, where a door reports that.
    fn goes(&mut self, door: &Door, grant: Id, way: Way, now_us: i64) {
        if door.rules.passing == Passing::Reported {
            let at_us = now_us + self.dice.within(700_000, 2_200_000);
            let (operation, access_point) = (self.dice.id(), door.id);
            self.going.push((at_us, Report { operation, access_point, grant: Some(grant), way }));
        }
    }
}

impl Busy {
    /// How many are inside at an hour when all goes on as usual.
    fn wanted(&self, hour: usize) -> f64 {
        let fullest = (self.regulars.len() as f64 / 9.0).clamp(4.0, 60.0);
        (fullest * busy(self.house, hour)).max(3.0)
    }
}

/// What a member carries now.
fn bunch(store: &Store, member: Id, now_us: i64) -> Result<Bunch, Failure> {
    let vault = store.vault();
    Ok(store.read(|tx| Ok(Bunch::of(&find::of_member(tx, vault, member, now_us)?)))?)
}

/// A branch of the demo with those who came and were refused lately; nothing when it is not in the book.
fn read_branch(store: &Store, house: House, now_us: i64) -> Result<Option<Busy>, Failure> {
    let name = house.site().name;
    let found = store.read(|tx| {
        let Some(kept) = branch::of_name(tx, name)?.pop() else { return Ok(None) };
        let mut doors = Vec::new();
        for point in access_point::list(tx, kept.id, false)? {
            doors.extend(door::get(tx, point.id)?);
        }
        Ok(Some((kept, doors)))
    })?;
    let Some((kept, doors)) = found else { return Ok(None) };
    let outer = |door: &&Door| door.use_of_door() == UseOfDoor::ExitOnly;
    let Some(exit) = doors.iter().find(outer).cloned() else { return Ok(None) };
    let entrance = |door: &&Door| door.zone_id == exit.zone_id && door.use_of_door() == UseOfDoor::Entrance;
    let entrances: Vec<Door> = doors.iter().filter(entrance).cloned().collect();
    let calendar = kept.content.time_zone.calendar();
    let (zone, regulars, refused) = (exit.zone_id, Vec::new(), Vec::new());
    let mut busy = Busy { house, calendar, zone, entrances, exit, regulars, refused };
    read_comers(store, kept.id, &doors, &mut busy, now_us)?;
    Ok(Some(busy))
}

fn read_comers(
    store: &Store,
    branch: Id,
    doors: &[Door],
    busy: &mut Busy,
    now_us: i64,
) -> Result<(), Failure> {
    let mut before = None;
    let mut seen = Vec::new();
    for _ in 0..PAGES {
        let page = passages::feed::PAGE_MAX;
        let (items, next) = store.read(|tx| feed(tx, branch, before, page))?;
        for item in items {
            let Some(member) = item.member.filter(|member| !seen.contains(member)) else { continue };
            let Some(door) = doors.iter().find(|door| door.id == item.access_point) else { continue };
            let comes = item.outcome == "admitted" && item.way == Way::Entry && door.zone_id == busy.zone;
            let refused = item.outcome == "refused" && busy.refused.len() < REFUSED_MAX;
            if !comes && !refused {
                continue;
            }
            seen.push(member);
            let comer = Comer { member, bunch: bunch(store, member, now_us)? };
            if comes {
                busy.regulars.push(comer);
            } else {
                busy.refused.push((door.clone(), comer));
            }
        }
        before = next;
        if before.is_none() {
            return Ok(());
        }
    }
    Ok(())
}
