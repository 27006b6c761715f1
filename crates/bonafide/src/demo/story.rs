//! The history of the chain, from its opening until now: steps in the order of time, done through the store's own ways.
//!
//! What is to come stands in an agenda; a step may add later ones. The clock only goes forward: a step whose moment has passed,
//! because the one before took some seconds, is done then. Many steps share one transaction, which may run twice: so a batch
//! begins with a copy of everything, and what it made of the copy counts once it is committed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::credentials::pin::PinHash;
use bonafide_store::id::Id;
use bonafide_store::passages::passing::lapse;
use bonafide_store::personal_offers::walking;
use bonafide_store::store::{Store, Work};
use jiff::civil::Date;

use super::bunch::Bunch;
use super::chain::{Branched, Chain};
use super::crowd::{CONNECTED_DAYS, DAY_US, Fate, Member, Role};
use super::dice::Dice;
use super::offers::{Offer, Offers, Texts};
use super::shopping::Shopping;
use super::sites::Room;
use super::stop::{Known, Stop, write};
use super::{curve, deeds, older, scenes, shopping, visits};
use crate::failure::Failure;

/// Steps of one transaction.
const BATCH: usize = 400;

/// What never changes while the history is told.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) now_us: i64,
    pub(super) crowd: Vec<Member>,
    pub(super) chain: Chain,
    pub(super) offers: Offers,
    pub(super) texts: Texts,
    pub(super) shopping: Shopping,
    /// Of the one PIN that all in the demo have.
    pub(super) pin: PinHash,
}

impl World {
    pub(super) fn house(&self, who: usize) -> &Branched {
        self.chain.house(self.crowd[who].house)
    }
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Deed {
    Join,
    /// Buys what he buys; it counts from so many days later.
    Buy(i64),
    Freeze,
    Cancel,
    Suspend,
    LoseCard,
    ReplaceCard,
    BlockCard,
    UseUp,
    Come,
    /// Comes once more, after he has paid at the desk.
    ComeAgain,
    GoOn(Room),
    Leave,
    BeginTrial,
    Scene(scenes::Scene),
    Shop,
}

/// What happens to whom, and when.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Step {
    pub(super) at_us: i64,
    pub(super) who: usize,
    pub(super) deed: Deed,
}

/// What is known of a member in the book.
#[derive(Clone, Default)]
pub(super) struct Life {
    pub(super) member: Option<Id>,
    pub(super) card: Option<Id>,
    pub(super) membership: Option<Id>,
    pub(super) bunch: Bunch,
    pub(super) inside: bool,
    /// He does not come any more.
    pub(super) gone: bool,
}

/// How far the history is told.
#[derive(Clone)]
pub(super) struct Going {
    pub(super) agenda: BinaryHeap<Reverse<Step>>,
    pub(super) lives: Vec<Life>,
    pub(super) dice: Dice,
    pub(super) clock_us: i64,
    pub(super) passages: u32,
    pub(super) memberships: u32,
    done: usize,
}

impl Going {
    /// Who acts now.
    pub(super) fn acting(&self, actor: Actor) -> Acting {
        Acting { actor, origin: "demo".to_owned(), now_us: self.clock_us }
    }

    /// The same for what no door does.
    pub(super) fn desk(&self) -> Acting {
        self.acting(Actor::Program)
    }

    /// Lets time go by.
    pub(super) fn tick(&mut self, seconds: i64) {
        self.clock_us += seconds * 1_000_000;
    }

    pub(super) fn at(&self) -> Result<UtcMicros, Stop> {
        UtcMicros::parse(self.clock_us).known("the clock")
    }

    /// The date at a branch.
    pub(super) fn date(&self, calendar: &Calendar) -> Result<Date, Stop> {
        Ok(calendar.date_of(self.at()?))
    }

    /// Notes what is to happen so many seconds later.
    pub(super) fn later(&mut self, seconds: i64, who: usize, deed: Deed) {
        let at_us = self.clock_us + seconds * 1_000_000;
        self.agenda.push(Reverse(Step { at_us, who, deed }));
    }

    pub(super) fn life(&mut self, who: usize) -> &mut Life {
        &mut self.lives[who]
    }

    pub(super) fn member(&self, who: usize) -> Result<Id, Stop> {
        self.lives[who].member.known("a member who has joined")
    }
}

/// Tells the whole history. `progress` hears how many steps are done, and of how many.
pub(super) fn tell(
    store: &Store,
    world: &Arc<World>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Going, Failure> {
    let mut going = Arc::new(begin(world));
    let come = going.agenda.iter().filter(|Reverse(step)| step.deed == Deed::Come).count();
    let total = going.agenda.len() + come;
    let mut walked_us = world.now_us - shopping::OFFERED_DAYS * DAY_US;
    while going.agenda.peek().is_some_and(|Reverse(next)| next.at_us < world.now_us) {
        let (world, before) = (Arc::clone(world), Arc::clone(&going));
        let after = write(store, move |work| {
            let mut going = Going::clone(&before);
            batch(work, &world, &mut going)?;
            Ok(going)
        })?;
        progress(after.done.min(total), total);
        going = Arc::new(after);
        if going.clock_us - walked_us >= OFFERS_EVERY_US {
            walked_us = going.clock_us;
            offer(store, &going.desk())?;
        }
    }
    progress(total, total);
    Ok(Arc::unwrap_or_clone(going))
}

/// Walks through all wallets, for whom the personal offer fits.
fn offer(store: &Store, acting: &Acting) -> Result<(), Failure> {
    let mut after = None;
    loop {
        after = walking::give(store, acting, after)?.after;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// How often that is, in microseconds: a server does it every hour.
const OFFERS_EVERY_US: i64 = 3 * DAY_US;

fn batch(work: &mut Work<'_, '_>, world: &World, going: &mut Going) -> Result<(), Stop> {
    for _ in 0..BATCH {
        let Some(Reverse(step)) = going.agenda.pop() else { break };
        if step.at_us.max(going.clock_us) >= world.now_us {
            // It lies in the future of the demo; the live traffic goes on from here.
            going.agenda.clear();
            break;
        }
        // A moment between two steps, so that no two have the same.
        going.clock_us = step.at_us.max(going.clock_us + 40_000);
        carry_out(work, world, going, step)?;
        going.done += 1;
    }
    let acting = going.desk();
    lapse(work, &acting)?;
    Ok(())
}

fn carry_out(work: &mut Work<'_, '_>, world: &World, going: &mut Going, step: Step) -> Result<(), Stop> {
    let who = step.who;
    match step.deed {
        Deed::Join => deeds::join(work, world, going, who),
        Deed::Buy(days_ahead) => match world.crowd[who].offer {
            Some(offer) => deeds::buy(work, world, going, who, (offer, days_ahead)),
            None => Ok(()),
        },
        Deed::Freeze => deeds::freeze(work, world, going, who),
        Deed::Cancel => deeds::cancel(work, world, going, who),
        Deed::Suspend => deeds::suspend(work, going, who),
        Deed::LoseCard => deeds::lose_card(work, going, who),
        Deed::ReplaceCard => deeds::replace_card(work, world, going, who),
        Deed::BlockCard => deeds::block_card(work, going, who),
        Deed::UseUp => deeds::use_up(work, world, going, who),
        Deed::Come => visits::come(work, world, going, who, true),
        Deed::ComeAgain => visits::come(work, world, going, who, false),
        Deed::GoOn(room) => visits::go_on(work, world, going, who, room),
        Deed::Leave => visits::leave(work, world, going, who),
        Deed::BeginTrial => older::begin(work, world, going),
        Deed::Scene(scene) => scenes::play(work, world, going, who, scene),
        Deed::Shop => shopping::shop(work, world, going, who),
    }
}

fn begin(world: &World) -> Going {
    let mut agenda = BinaryHeap::new();
    for member in &world.crowd {
        let joins = Step { at_us: member.joined_us, who: member.number, deed: Deed::Join };
        agenda.push(Reverse(joins));
        purchases(world, member, &mut agenda);
        misfortune(world, member, &mut agenda);
        let own = &mut Dice::of(world.seed ^ 0x5649_5349_5453, member.number as u64);
        coming(world, member, own, &mut agenda);
        shopping::trips(world, member, &mut agenda);
    }
    for step in scenes::rounds(world) {
        agenda.push(Reverse(step));
    }
    agenda.push(Reverse(Step { at_us: world.now_us - older::TRIAL_US, who: 0, deed: Deed::BeginTrial }));
    let lives = vec![Life::default(); world.crowd.len()];
    // The dice of the whole history are not those of any member.
    let dice = Dice::new(world.seed ^ 0x0053_544F_5259);
    Going { agenda, lives, dice, clock_us: 0, passages: 0, memberships: 0, done: 0 }
}

/// What he buys before the doors are connected; later he buys when a door says that his membership is over.
fn purchases(world: &World, member: &Member, agenda: &mut BinaryHeap<Reverse<Step>>) {
    let Some(offer) = member.offer.filter(|_| member.plays() != Some(Role::NotBegun)) else { return };
    let every_days = match offer {
        Offer::Day => return,
        Offer::Ten => 60,
        Offer::Month | Offer::Morning => 31,
        Offer::Year | Offer::Vip | Offer::Staff => 366,
    };
    let connected_us = world.now_us - CONNECTED_DAYS * DAY_US;
    let last_us = match member.fate {
        Fate::Leaves { days } => connected_us.min(world.now_us - days * DAY_US),
        _ => connected_us,
    };
    let mut at_us = member.joined_us + 600_000_000;
    loop {
        agenda.push(Reverse(Step { at_us, who: member.number, deed: Deed::Buy(0) }));
        at_us += every_days * DAY_US;
        if at_us >= last_us {
            return;
        }
    }
}

fn misfortune(world: &World, member: &Member, agenda: &mut BinaryHeap<Reverse<Step>>) {
    let mut push = |days: i64, hours: i64, deed: Deed| {
        let at_us = world.now_us - days * DAY_US + hours * 3_600_000_000;
        // Nothing happens to anybody before he is a member.
        let at_us = at_us.max(member.joined_us + 3_600_000_000);
        agenda.push(Reverse(Step { at_us, who: member.number, deed }));
    };
    match member.fate {
        Fate::Stays | Fate::Leaves { .. } => {}
        Fate::Freezes { days } => push(days, 0, Deed::Freeze),
        Fate::Cancels { days } => push(days, 0, Deed::Cancel),
        Fate::LosesCard { days, replaced } => {
            push(days, 0, Deed::LoseCard);
            if replaced {
                push(days, 23, Deed::ReplaceCard);
            }
        }
        Fate::Blocked { days } => push(days, 0, Deed::BlockCard),
        Fate::Suspended { days } => push(days, 0, Deed::Suspend),
        Fate::Plays(role) => {
            if let Some((days, deed)) = scenes::prepares(role) {
                push(days, 0, deed);
            }
        }
    }
}

/// The visits that he intends, from the day on which the doors are connected.
fn coming(world: &World, member: &Member, dice: &mut Dice, agenda: &mut BinaryHeap<Reverse<Step>>) {
    if member.weekly <= 0.0 {
        return;
    }
    let house = world.chain.house(member.house);
    let Ok(now) = UtcMicros::parse(world.now_us) else { return };
    let today = house.calendar.date_of(now);
    let ends_us = match member.fate {
        Fate::Leaves { days } | Fate::Freezes { days } | Fate::Cancels { days } => {
            world.now_us - days * DAY_US
        }
        _ => world.now_us,
    };
    let morning = member.offer == Some(Offer::Morning);
    for days in (0..=CONNECTED_DAYS).rev() {
        let comes = dice.share() < member.weekly / 7.0;
        let minute = curve::minute(member.house, morning, dice);
        let seconds = dice.within(0, 59);
        let Some(date) = days_after(today, -days).filter(|_| comes) else { continue };
        if morning && date.weekday().to_monday_zero_offset() > 4 {
            continue;
        }
        let Some(midnight) = house.calendar.first_instant(date) else { continue };
        let at_us = midnight.get() + (minute * 60 + seconds) * 1_000_000;
        if at_us < member.joined_us + 1_200_000_000 || at_us >= ends_us {
            continue;
        }
        if member.offer == Some(Offer::Day) {
            let buys = Step { at_us: at_us - 120_000_000, who: member.number, deed: Deed::Buy(0) };
            agenda.push(Reverse(buys));
        }
        agenda.push(Reverse(Step { at_us, who: member.number, deed: Deed::Come }));
    }
}
