//! A wallet as a heap of single points, each with what became of it. Slow, and easy to check by reading.

use std::collections::BTreeMap;

use bonafide_domain::ledger::{
    Approval, Asked, Command, Direction, Expiry, GIVEN_BACK_US_MIN, HOLD_US_MAX, NotPosted, OPEN_HOLDS_MAX,
    Status,
};

/// A point that is the member's, or that waits to be.
#[derive(Clone, Copy, Debug)]
struct Coin {
    /// Which heap it came in with: a later one has a higher number.
    heap: u64,
    expiry: Expiry,
    held_by: Option<Asked>,
}

#[derive(Debug)]
struct Waiting {
    asked: Asked,
    coins: u64,
    matures: i64,
    expiry: Expiry,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Open,
    Captured,
    Voided,
    Lapsed,
}

#[derive(Debug)]
struct Reserved {
    until: i64,
    fate: Fate,
    /// The coins in the order in which they were chosen; once captured, those that were paid with and did not come back.
    coins: Vec<Coin>,
}

#[derive(Debug)]
struct Earned {
    points: u64,
    taken_back: u64,
    heap: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct SlowWallet {
    now: i64,
    pub(crate) idle_until: Option<i64>,
    coins: Vec<Coin>,
    waiting: Vec<Waiting>,
    holds: BTreeMap<Asked, Reserved>,
    earned: BTreeMap<Asked, Earned>,
    owed: u64,
    heaps: u64,
}

/// What can be asked of a wallet at a moment.
#[derive(Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) free: u64,
    pub(crate) held: u64,
    pub(crate) waiting: u64,
    pub(crate) owed: u64,
    /// Points by the instant at which they come to nothing, held ones among them; the last of all for those that never do.
    pub(crate) by_end: BTreeMap<i64, u64>,
}

impl SlowWallet {
    pub(crate) fn figures(&self) -> Figures {
        let mut by_end = BTreeMap::new();
        for coin in &self.coins {
            *by_end.entry(self.ends(coin.expiry)).or_insert(0) += 1;
        }
        let held = self.coins.iter().filter(|coin| coin.held_by.is_some()).count() as u64;
        let waiting = self.waiting.iter().map(|waiting| waiting.coins).sum();
        Figures { free: self.coins.len() as u64 - held, held, waiting, owed: self.owed, by_end }
    }

    fn ends(&self, expiry: Expiry) -> i64 {
        match expiry {
            Expiry::Never => i64::MAX,
            Expiry::At(at) => at.get(),
            Expiry::WithWallet => self.idle_until.unwrap_or(i64::MAX),
        }
    }

    /// The places of free coins, those to go first in front.
    fn in_order(&self) -> Vec<usize> {
        let mut free: Vec<usize> =
            (0..self.coins.len()).filter(|&at| self.coins[at].held_by.is_none()).collect();
        free.sort_by_key(|&at| (self.ends(self.coins[at].expiry), self.coins[at].heap));
        free
    }

    fn remove(&mut self, places: &[usize]) -> Vec<Coin> {
        let taken = places.iter().map(|&at| self.coins[at]).collect();
        let mut sorted = places.to_vec();
        sorted.sort_unstable();
        for at in sorted.into_iter().rev() {
            self.coins.remove(at);
        }
        taken
    }

    fn heap(&mut self, points: u64, expiry: Expiry) -> u64 {
        self.heaps += 1;
        let coin = Coin { heap: self.heaps, expiry, held_by: None };
        self.coins.extend((0..points).map(|_| coin));
        self.heaps
    }

    fn set_free(&mut self, hold: Asked, fate: Fate) {
        self.coins.iter_mut().filter(|coin| coin.held_by == Some(hold)).for_each(|coin| coin.held_by = None);
        self.holds.get_mut(&hold).unwrap().fate = fate;
    }

    fn settle(&mut self) {
        let now = self.now;
        let lapsed: Vec<Asked> = self
            .holds
            .iter()
            .filter(|(_, hold)| hold.fate == Fate::Open && hold.until <= now)
            .map(|(asked, _)| *asked)
            .collect();
        lapsed.into_iter().for_each(|asked| self.set_free(asked, Fate::Lapsed));
        let (due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.matures <= now);
        self.waiting = waiting;
        for Waiting { asked, coins, expiry, .. } in due {
            let heap = self.heap(coins, expiry);
            self.earned.get_mut(&asked).unwrap().heap = Some(heap);
        }
        let is_over: Vec<bool> = self.coins.iter().map(|coin| self.ends(coin.expiry) <= now).collect();
        let mut over = is_over.iter();
        self.coins.retain(|coin| !over.next().unwrap() || coin.held_by.is_some());
        let order = self.in_order();
        let repaid = (self.owed as usize).min(order.len());
        self.remove(&order[..repaid]);
        self.owed -= repaid as u64;
    }

    /// Does what is asked.
    pub(crate) fn run(
        &mut self,
        status: Status,
        asked: Asked,
        at: i64,
        command: &Command,
    ) -> Result<(), NotPosted> {
        match (status, command) {
            (Status::Blocked, Command::Give { .. } | Command::Hold { .. }) => return Err(NotPosted::Blocked),
            (Status::Limited, Command::Hold { .. }) => return Err(NotPosted::EarnsOnly),
            _ => {}
        }
        self.now = at;
        self.settle();
        self.done(asked, command)?;
        self.settle();
        Ok(())
    }

    fn done(&mut self, asked: Asked, command: &Command) -> Result<(), NotPosted> {
        match *command {
            Command::Give { points, matures, expiry, .. } => {
                let points = points.get();
                let matures = matures.map(|at| at.get()).filter(|at| *at > self.now);
                let heap = match matures {
                    Some(matures) => {
                        self.waiting.push(Waiting { asked, coins: points, matures, expiry });
                        None
                    }
                    None => Some(self.heap(points, expiry)),
                };
                self.earned.insert(asked, Earned { points, taken_back: 0, heap });
            }
            Command::Hold { points, until } => {
                if until.get() <= self.now || until.get() > self.now + HOLD_US_MAX {
                    return Err(NotPosted::HoldTime);
                }
                let order = self.enough(points.get())?;
                if self.holds.values().filter(|hold| hold.fate == Fate::Open).count() >= OPEN_HOLDS_MAX {
                    return Err(NotPosted::TooManyHolds);
                }
                let coins = order.iter().map(|&at| self.coins[at]).collect();
                order.iter().for_each(|&at| self.coins[at].held_by = Some(asked));
                self.holds.insert(asked, Reserved { until: until.get(), fate: Fate::Open, coins });
            }
            Command::Capture { hold, points } => {
                let held = self.open(hold)?.coins.len() as u64;
                if points.get() > held {
                    return Err(NotPosted::MoreThanHeld { held });
                }
                self.capture(hold, points.get() as usize);
            }
            Command::Void { hold } => {
                self.open(hold)?;
                self.set_free(hold, Fate::Voided);
            }
            Command::GiveBack { hold, points } => self.give_back(hold, points.get())?,
            Command::TakeBack { earning, points } => self.take_back(earning, points.get())?,
            Command::Correct { direction, points, expiry, approval } => {
                if let Approval::Alone { points_max } = approval
                    && points.get() > points_max
                {
                    return Err(NotPosted::NeedsSecondPerson { points_max });
                }
                match direction {
                    Direction::Up => drop(self.heap(points.get(), expiry)),
                    Direction::Down => {
                        let order = self.enough(points.get())?;
                        self.remove(&order);
                    }
                }
            }
            Command::MoveOut { .. } => self.coins.retain(|coin| coin.held_by.is_some()),
            Command::MoveIn { points, expiry } => drop(self.heap(points.get(), expiry)),
            Command::Close => {
                let open: Vec<Asked> = self
                    .holds
                    .iter()
                    .filter(|(_, hold)| hold.fate == Fate::Open)
                    .map(|(asked, _)| *asked)
                    .collect();
                open.into_iter().for_each(|hold| self.set_free(hold, Fate::Voided));
                for Waiting { asked, coins, .. } in std::mem::take(&mut self.waiting) {
                    self.earned.get_mut(&asked).unwrap().taken_back += coins;
                }
                self.coins.clear();
            }
            Command::Settle => {}
        }
        Ok(())
    }

    /// The places of so many free coins.
    fn enough(&self, points: u64) -> Result<Vec<usize>, NotPosted> {
        let mut order = self.in_order();
        if points > order.len() as u64 {
            return Err(NotPosted::NotEnough { free: order.len() as u64 });
        }
        order.truncate(points as usize);
        Ok(order)
    }

    fn open(&self, hold: Asked) -> Result<&Reserved, NotPosted> {
        let hold = self.holds.get(&hold).ok_or(NotPosted::NoHold)?;
        match hold.fate {
            Fate::Open => Ok(hold),
            Fate::Lapsed => Err(NotPosted::HoldLapsed),
            Fate::Voided => Err(NotPosted::HoldVoided),
            Fate::Captured => Err(NotPosted::HoldCaptured),
        }
    }

    /// The first coins of the hold pay; the others are free.
    fn capture(&mut self, asked: Asked, points: usize) {
        let hold = self.holds.get_mut(&asked).unwrap();
        hold.fate = Fate::Captured;
        hold.coins.truncate(points);
        for paid in hold.coins.clone() {
            let at = self
                .coins
                .iter()
                .position(|coin| coin.held_by == Some(asked) && coin.heap == paid.heap)
                .unwrap();
            self.coins.remove(at);
        }
        self.set_free(asked, Fate::Captured);
    }

    fn give_back(&mut self, asked: Asked, points: u64) -> Result<(), NotPosted> {
        let hold = self.holds.get(&asked).ok_or(NotPosted::NoHold)?;
        if hold.fate != Fate::Captured {
            return Err(NotPosted::NotCaptured);
        }
        let left = hold.coins.len() as u64;
        if points > left {
            return Err(NotPosted::MoreThanCaptured { left });
        }
        let soon = self.now + GIVEN_BACK_US_MIN;
        self.heaps += 1;
        for _ in 0..points {
            let coin = self.holds.get_mut(&asked).unwrap().coins.pop().unwrap();
            let back = if self.ends(coin.expiry) >= soon {
                Coin { held_by: None, ..coin }
            } else {
                let soon = bonafide_domain::calendar::UtcMicros::parse(soon).unwrap();
                Coin { heap: self.heaps, expiry: Expiry::At(soon), held_by: None }
            };
            self.coins.push(back);
        }
        Ok(())
    }

    fn take_back(&mut self, asked: Asked, points: u64) -> Result<(), NotPosted> {
        let earned = self.earned.get_mut(&asked).ok_or(NotPosted::NoEarning)?;
        let left = earned.points - earned.taken_back;
        if points > left {
            return Err(NotPosted::MoreThanEarned { left });
        }
        earned.taken_back += points;
        let heap = earned.heap;
        let mut points = points;
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.asked == asked) {
            let now = points.min(waiting.coins);
            waiting.coins -= now;
            points -= now;
        }
        self.waiting.retain(|waiting| waiting.coins > 0);
        let mut order = self.in_order();
        order.sort_by_key(|&at| Some(self.coins[at].heap) != heap);
        order.truncate(points as usize);
        points -= order.len() as u64;
        self.remove(&order);
        self.owed += points;
        Ok(())
    }
}
