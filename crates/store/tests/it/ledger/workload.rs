//! Random requests at wallets in the book, each answered as the rules answer for a wallet in memory that was never left out of.

use bonafide_domain::ledger::{
    Answer, Approval, Asked, Command, Direction, Expiry, Grant, Request, Status, Transfer, Wallet,
};
use bonafide_store::id::Id;
use bonafide_store::ledger::{Refusal, statement};
use bonafide_store::store::Store;
use bonafide_testkit::dice::Dice;

use super::{DAY_US, HOUR_US, asked, at, enrolled, mismatches, points, posted, programme};
use crate::club::{id, member};
use crate::engines::{NOW_US, on_both};

const WALLETS: u64 = 4;
const REQUESTS: u64 = 1_200;

struct Tills<'a> {
    store: &'a Store,
    dice: Dice,
    now_us: i64,
    wallets: Vec<(Id, Wallet, Vec<Transfer>)>,
    holds: Vec<Asked>,
    earnings: Vec<Asked>,
}

impl Tills<'_> {
    fn later_us(&mut self, hours: u64) -> i64 {
        self.now_us + i64::try_from(self.dice.roll(hours)).unwrap() * HOUR_US
    }

    fn known(&mut self, of: &[Asked]) -> Asked {
        if of.is_empty() {
            asked(0)
        } else {
            of[of.len() - 1 - self.dice.roll(of.len().min(12) as u64) as usize]
        }
    }

    fn command(&mut self) -> Command {
        let some = points(1 + self.dice.roll(40));
        let expiry =
            if self.dice.once_in(3) { Expiry::Never } else { Expiry::At(at(self.later_us(24 * 30))) };
        let (holds, earnings) = (self.holds.clone(), self.earnings.clone());
        match self.dice.roll(14) {
            0..=3 => {
                let matures = self.dice.once_in(2).then(|| at(self.later_us(24 * 5)));
                Command::Give { grant: Grant::Earn, points: some, matures, expiry }
            }
            4..=6 => Command::Hold { points: some, until: at(self.later_us(26)) },
            7 | 8 => Command::Capture { hold: self.known(&holds), points: some },
            9 => Command::Void { hold: self.known(&holds) },
            10 | 11 => Command::GiveBack { hold: self.known(&holds), points: some },
            12 => Command::TakeBack { earning: self.known(&earnings), points: some },
            _ => {
                let direction = if self.dice.once_in(2) { Direction::Up } else { Direction::Down };
                Command::Correct { direction, points: some, expiry, approval: Approval::Second }
            }
        }
    }

    fn ask(&mut self, number: u64) {
        self.now_us += i64::try_from(self.dice.roll(4)).unwrap() * HOUR_US;
        let (place, command) = (self.dice.roll(WALLETS) as usize, self.command());
        let request = Request { asked: asked(number), at: at(self.now_us), place: id(40).into() };
        let (wallet, memory, transfers) = &mut self.wallets[place];
        let expected = memory.run(Status::Active, &[], &request, &command);
        let found = posted(self.store, *wallet, number, self.now_us, command);
        assert_eq!(found, expected.map_err(Refusal::Refused), "{number}: {command:?}");
        let Ok(Answer::New(new)) = found else { return };
        for transfer in &new {
            *memory = memory.with(transfer).unwrap();
        }
        transfers.extend(new);
        match command {
            Command::Hold { .. } => self.holds.push(asked(number)),
            Command::Give { .. } => self.earnings.push(asked(number)),
            _ => {}
        }
    }
}

#[test]
fn a_wallet_in_the_book_answers_as_one_in_memory() {
    on_both(|engine| {
        let store = engine.open();
        let programme = programme(&store);
        let wallets = (0..WALLETS)
            .map(|_| (enrolled(&store, member(&store, "Somebody"), programme), Wallet::default(), Vec::new()))
            .collect();
        let (holds, earnings) = (Vec::new(), Vec::new());
        let mut tills = Tills { store: &store, dice: Dice::new(5), now_us: NOW_US, wallets, holds, earnings };
        for number in 1..=REQUESTS {
            tills.ask(number);
        }
        assert!(tills.now_us > NOW_US + 30 * DAY_US);
        for (wallet, memory, transfers) in &tills.wallets {
            let last = transfers.len().saturating_sub(statement::PAGE_MAX as usize);
            let told = store.read(|tx| statement::transfers(tx, *wallet, None)).unwrap();
            assert!(told.iter().rev().eq(&transfers[last..]), "{}", engine.name);
            assert_eq!(memory.transfers as usize, transfers.len());
        }
        assert_eq!(mismatches(&store), [], "{}", engine.name);
    });
}
