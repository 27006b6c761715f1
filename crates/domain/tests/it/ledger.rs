//! Months at the tills: random requests at several wallets, each answer and each figure compared with a heap of single points.

use std::collections::BTreeMap;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::{OperationId, PlaceId};
use bonafide_domain::ledger::{
    Account, Answer, Approval, Asked, Command, Direction, Expiry, Field, Grant, HoldState, NotPosted, Phase,
    Points, Request, Status, Transfer, Wallet,
};

use crate::dice::Dice;
use crate::slow_ledger::{Figures, SlowWallet};

/// How many seeds run: `BONAFIDE_LEDGER_SEEDS` says otherwise.
const SEEDS: u64 = 240;
const OPERATIONS: u64 = 1_000;
const WALLETS: usize = 3;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
const BEGIN_US: i64 = 1_800_000_000_000_000;

#[test]
fn t06_t09_t10_t11_t16_t19_a_wallet_agrees_with_a_heap_of_points() {
    let seeds = std::env::var("BONAFIDE_LEDGER_SEEDS").ok().map_or(SEEDS, |seeds| seeds.parse().unwrap());
    let mut posted = 0;
    for seed in 0..seeds {
        let mut evening = Evening::begin(seed);
        for number in 0..OPERATIONS {
            if let Err(why) = evening.ask(number) {
                panic!("seed {seed}, operation {number}: {why}");
            }
        }
        evening.pairs.iter().for_each(Pair::adds_up);
        posted += evening.pairs.iter().map(|pair| pair.transfers.len()).sum::<usize>();
    }
    println!("{seeds} seeds of {OPERATIONS} operations, {posted} transfers");
    assert!(posted as u64 > seeds * OPERATIONS / 2, "most requests are done: {posted}");
}

/// A wallet in both forms, with all that was appended.
#[derive(Debug)]
struct Pair {
    fast: Wallet,
    slow: SlowWallet,
    transfers: Vec<Transfer>,
}

struct Evening {
    dice: Dice,
    now_us: i64,
    pairs: Vec<Pair>,
    done: Vec<(usize, Request, Command)>,
    holds: Vec<(usize, Asked)>,
    earnings: Vec<(usize, Asked)>,
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, fast: &T, slow: &T) -> Result<(), String> {
    if fast == slow { Ok(()) } else { Err(format!("{what}: fast says {fast:?}, slow says {slow:?}")) }
}

fn instant(us: i64) -> UtcMicros {
    UtcMicros::parse(us).unwrap()
}

impl Evening {
    fn begin(seed: u64) -> Evening {
        let pair = || Pair { fast: Wallet::default(), slow: SlowWallet::default(), transfers: Vec::new() };
        let pairs = (0..WALLETS).map(|_| pair()).collect();
        let (done, holds, earnings) = (Vec::new(), Vec::new(), Vec::new());
        Evening { dice: Dice(seed), now_us: BEGIN_US, pairs, done, holds, earnings }
    }

    fn points(&mut self) -> Points {
        let most = self.dice.one_of(&[1, 3, 12, 40]);
        Points::parse(1 + self.dice.roll(most)).unwrap()
    }

    fn later(&mut self, hours_max: u64) -> UtcMicros {
        let hours = self.dice.roll(hours_max).cast_signed();
        instant(self.now_us + hours * HOUR_US)
    }

    fn expiry(&mut self) -> Expiry {
        match self.dice.roll(4) {
            0 => Expiry::Never,
            1 => Expiry::WithWallet,
            _ => Expiry::At(self.later(24 * 20)),
        }
    }

    /// One that is there, mostly of this wallet.
    fn known(&mut self, wallet: usize, of: &[(usize, Asked)]) -> Asked {
        let own: Vec<Asked> = of.iter().filter(|(own, _)| *own == wallet).map(|(_, asked)| *asked).collect();
        if own.is_empty() || self.dice.once_in(40) {
            return Asked { operation: OperationId([9; 16]), step: 0 };
        }
        // What happened lately is asked for more often.
        let lately = own.len().min(if self.dice.once_in(4) { own.len() } else { 6 });
        own[own.len() - 1 - self.dice.roll(lately as u64) as usize]
    }

    fn command(&mut self, wallet: usize) -> Command {
        let (holds, earnings) = (self.holds.clone(), self.earnings.clone());
        match self.dice.roll(24) {
            0..=6 => {
                let matures = if self.dice.once_in(2) { Some(self.later(24 * 5)) } else { None };
                let grant = self.dice.one_of(&[Grant::Earn, Grant::Earn, Grant::Gift, Grant::Opening]);
                Command::Give { grant, points: self.points(), matures, expiry: self.expiry() }
            }
            7..=11 => Command::Hold { points: self.points(), until: self.later(26) },
            12..=15 => Command::Capture { hold: self.known(wallet, &holds), points: self.points() },
            16 => Command::Void { hold: self.known(wallet, &holds) },
            17 | 18 => Command::GiveBack { hold: self.known(wallet, &holds), points: self.points() },
            19 | 20 => Command::TakeBack { earning: self.known(wallet, &earnings), points: self.points() },
            21 | 22 => {
                let direction = self.dice.one_of(&[Direction::Up, Direction::Down]);
                let approval = self.dice.one_of(&[Approval::Alone { points_max: 5 }, Approval::Second]);
                Command::Correct { direction, points: self.points(), expiry: self.expiry(), approval }
            }
            _ if self.dice.once_in(30) => Command::Close,
            _ => Command::Settle,
        }
    }

    fn ask(&mut self, number: u64) -> Result<(), String> {
        let wallet = self.dice.roll(WALLETS as u64) as usize;
        let pause_us = self.dice.one_of(&[0, 1, HOUR_US, 5 * HOUR_US, -HOUR_US]);
        self.now_us += pause_us;
        if self.dice.once_in(12) {
            self.comes(wallet);
        }
        if self.dice.once_in(10) && !self.done.is_empty() {
            return self.ask_again();
        }
        if self.dice.once_in(60) {
            return self.move_all(number, wallet, (wallet + 1) % WALLETS);
        }
        let command = self.command(wallet);
        let asked = Asked { operation: OperationId(u128::from(number).to_be_bytes()), step: 0 };
        self.run(wallet, asked, &command).map(drop)
    }

    /// The member comes: what lasts as long as he does lasts longer.
    fn comes(&mut self, wallet: usize) {
        let until_us = self.now_us + 10 * DAY_US;
        let Pair { fast, slow, .. } = &mut self.pairs[wallet];
        fast.idle_until = Some(instant(until_us));
        slow.idle_until = Some(until_us);
    }

    fn run(&mut self, wallet: usize, asked: Asked, command: &Command) -> Result<Vec<Transfer>, String> {
        let statuses = [Status::Active, Status::Active, Status::Active, Status::Limited, Status::Blocked];
        let status = self.dice.one_of(&statuses);
        let place = PlaceId([u8::try_from(self.dice.roll(3)).unwrap(); 16]);
        let request = Request { asked, at: instant(self.now_us), place };
        let pair = &mut self.pairs[wallet];
        let answer = pair.fast.run(status, &[], &request, command);
        let part = loaded(&pair.fast, command).run(status, &[], &request, command);
        agree("what was loaded", &part, &answer).map_err(|why| format!("{command:?}: {why}"))?;
        let expected = pair.slow.run(status, asked, pair.now(self.now_us), command);
        agree("the outcome", &answer.as_ref().err(), &expected.as_ref().err())
            .map_err(|why| format!("{command:?}: {why}"))?;
        let Ok(Answer::New(transfers)) = answer else {
            // What was refused has changed nothing; the heap has only noted what was due.
            return self.settled(wallet).map(|()| Vec::new());
        };
        for transfer in &transfers {
            pair.fast = pair.fast.with(transfer).map_err(|why| format!("{transfer:?}: {why:?}"))?;
        }
        pair.transfers.extend(transfers.iter().cloned());
        agree("the figures", &figures(&pair.fast), &pair.slow.figures())
            .map_err(|why| format!("{command:?}: {why}"))?;
        match command {
            Command::Hold { .. } => self.holds.push((wallet, asked)),
            Command::Give { .. } => self.earnings.push((wallet, asked)),
            _ => {}
        }
        if !transfers.is_empty() && transfers.iter().any(|transfer| transfer.asked == Some(asked)) {
            self.done.push((wallet, request, *command));
        }
        Ok(transfers)
    }

    /// Brings both forms to the same moment after a refusal.
    fn settled(&mut self, wallet: usize) -> Result<(), String> {
        let asked = Asked { operation: OperationId([8; 16]), step: 0 };
        let request = Request { asked, at: instant(self.now_us), place: PlaceId([0; 16]) };
        let pair = &mut self.pairs[wallet];
        let answer = pair.fast.run(Status::Active, &[], &request, &Command::Settle);
        let Ok(Answer::New(transfers)) = answer else { return Err(format!("not settled: {answer:?}")) };
        pair.slow
            .run(Status::Active, asked, pair.now(self.now_us), &Command::Settle)
            .map_err(|why| format!("{why:?}"))?;
        for transfer in &transfers {
            pair.fast = pair.fast.with(transfer).map_err(|why| format!("{transfer:?}: {why:?}"))?;
        }
        pair.transfers.extend(transfers);
        agree("the figures after a refusal", &figures(&pair.fast), &pair.slow.figures())
    }

    /// A till repeats itself, faithfully or not.
    fn ask_again(&mut self) -> Result<(), String> {
        let (wallet, request, command) = self.dice.one_of(&self.done);
        let pair = &self.pairs[wallet];
        let before: Vec<Transfer> =
            pair.transfers.iter().filter(|transfer| transfer.asked == Some(request.asked)).cloned().collect();
        let later = Request { at: instant(self.now_us), ..request };
        let answer = pair.fast.run(Status::Blocked, &before, &later, &command);
        agree("asked again", &answer, &Ok(Answer::Before(before.clone())))?;
        let other = Request { place: PlaceId([77; 16]), ..later };
        let answer = pair.fast.run(Status::Active, &before, &other, &command);
        agree("another place", &answer, &Err(NotPosted::OtherContents(Field::Place)))?;
        if let Some((changed, field)) = changed(&command) {
            let answer = pair.fast.run(Status::Active, &before, &later, &changed);
            agree("other contents", &answer, &Err(NotPosted::OtherContents(field)))?;
        }
        Ok(())
    }

    /// All free points of one wallet go into another (case T-23), lot by lot.
    fn move_all(&mut self, number: u64, from: usize, to: usize) -> Result<(), String> {
        let free =
            |evening: &Evening| -> u64 { [from, to].iter().map(|&at| evening.pairs[at].fast.free()).sum() };
        // One moment for both: a lot must not come to nothing between them.
        self.now_us = self.pairs[from].now(self.pairs[to].now(self.now_us));
        self.settled(from)?;
        self.settled(to)?;
        let (before, owed) = (free(self), self.pairs[to].fast.owed());
        let asked = |step| Asked { operation: OperationId(u128::from(number).to_be_bytes()), step };
        let out = self.run(from, asked(0), &Command::MoveOut { lot: None })?;
        let parts = out
            .iter()
            .filter(|transfer| transfer.credit == Account::Moved)
            .flat_map(|transfer| &transfer.parts);
        for (step, part) in (1..).zip(parts.take(200)) {
            let expiry = self.pairs[from].fast.lot(part.lot).unwrap().expiry;
            // With the wallet means with its own wallet.
            let expiry = self.pairs[from].fast.ends(expiry).map_or(Expiry::Never, Expiry::At);
            self.run(to, asked(step), &Command::MoveIn { points: part.points, expiry })?;
        }
        let paid = owed - self.pairs[to].fast.owed();
        agree("nothing is lost on the way", &(free(self) + paid), &before)
    }
}

/// The same with one thing otherwise.
fn changed(command: &Command) -> Option<(Command, Field)> {
    let more = |points: Points| Points::parse(points.get() + 1).unwrap();
    Some(match *command {
        Command::Give { grant, points, matures, expiry } => {
            (Command::Give { grant, points: more(points), matures, expiry }, Field::Points)
        }
        Command::Hold { points, until } => {
            (Command::Hold { points, until: instant(until.get() + 1) }, Field::Until)
        }
        Command::Capture { points, .. } => {
            let hold = Asked { operation: OperationId([7; 16]), step: 0 };
            (Command::Capture { hold, points }, Field::About)
        }
        Command::Void { hold } => {
            (Command::Capture { hold, points: Points::parse(1).unwrap() }, Field::Command)
        }
        Command::GiveBack { hold, points } => {
            (Command::GiveBack { hold, points: more(points) }, Field::Points)
        }
        Command::TakeBack { earning, points } => {
            (Command::TakeBack { earning, points: more(points) }, Field::Points)
        }
        Command::Correct { direction: Direction::Up, points, approval, .. } => {
            let (direction, expiry) = (Direction::Down, Expiry::Never);
            (Command::Correct { direction, points, expiry, approval }, Field::Command)
        }
        _ => return None,
    })
}

/// What a store loads for a command: what is open, and what the command speaks of.
fn loaded(wallet: &Wallet, command: &Command) -> Wallet {
    let (hold, earning) = match *command {
        Command::Capture { hold, .. } | Command::Void { hold } | Command::GiveBack { hold, .. } => {
            (Some(hold), None)
        }
        Command::TakeBack { earning, .. } => (None, Some(earning)),
        _ => (None, None),
    };
    let mut part = wallet.clone();
    part.holds.retain(|kept| kept.state == HoldState::Open || Some(kept.asked) == hold);
    part.earnings.retain(|kept| kept.pending > 0 || Some(kept.asked) == earning);
    let spent: Vec<u32> = part.holds.iter().flat_map(|hold| &hold.spent).map(|spent| spent.lot).collect();
    part.lots.retain(|lot| lot.left > 0 || spent.contains(&lot.sequence));
    part
}

fn figures(wallet: &Wallet) -> Figures {
    let mut by_end = BTreeMap::new();
    for lot in wallet.lots.iter().filter(|lot| lot.left > 0) {
        *by_end.entry(wallet.ends(lot.expiry).map_or(i64::MAX, UtcMicros::get)).or_insert(0) += lot.left;
    }
    Figures {
        free: wallet.free(),
        held: wallet.balance.debits_pending,
        waiting: wallet.balance.credits_pending,
        owed: wallet.owed(),
        by_end,
    }
}

impl Pair {
    /// A clock that was set back stands still until it is where the last transfer was.
    fn now(&self, now_us: i64) -> i64 {
        self.transfers.last().map_or(now_us, |last| last.at.get().max(now_us))
    }

    /// The books close: both sides are equal, the sums are those of the transfers, and the transfers make the same wallet again.
    fn adds_up(&self) {
        let mut balances: BTreeMap<Account, i64> = BTreeMap::new();
        for transfer in &self.transfers {
            if matches!(transfer.phase, Phase::Posted | Phase::Posts { .. }) {
                let points = transfer.points.get().cast_signed();
                *balances.entry(transfer.debit).or_insert(0) -= points;
                *balances.entry(transfer.credit).or_insert(0) += points;
            }
        }
        let of = |account| balances.get(&account).copied().unwrap_or(0);
        assert_eq!(Account::ALL.into_iter().map(of).sum::<i64>(), 0, "sums are zero");
        assert_eq!(of(Account::Balance), self.fast.balance.credit_balance());
        assert_eq!(-of(Account::Debt), self.fast.owed().cast_signed());
        let lots: u64 = self.fast.lots.iter().map(|lot| lot.left).sum();
        assert_eq!(lots.cast_signed(), of(Account::Balance), "the lots are the balance");
        assert!(self.fast.lots.iter().all(|lot| lot.held <= lot.left));
        for hold in &self.fast.holds {
            let spent: u64 = hold.spent.iter().map(|spent| spent.points).sum();
            let back: u64 = hold.spent.iter().map(|spent| spent.given_back).sum();
            assert!(back <= spent && spent <= hold.points(), "returned <= captured <= held: {hold:?}");
        }
        let mut again = Wallet::replay(&self.transfers).unwrap();
        again.idle_until = self.fast.idle_until;
        assert_eq!(again, self.fast, "what was appended makes the wallet");
    }
}
