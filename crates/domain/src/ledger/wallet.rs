//! A wallet: the accounts of one member in one programme, as its transfers left them.

use crate::calendar::UtcMicros;
use crate::id::PlaceId;

use super::transfer::{Account, Asked, Code, Expiry, Part, Phase, Transfer};
use super::{Points, Sums};

/// A wallet. [`Wallet::with`] is the only way in which it changes.
///
/// It may be a part of one: a store loads the sums, what is open, and what the command speaks of. What is closed and spoken of by
/// nobody may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wallet {
    /// Transfers so far: the sequence of the next one.
    pub transfers: u32,
    /// When the last one was; nothing before the first.
    pub last_at: Option<UtcMicros>,
    /// The first instant at which points that last as long as the member comes are worth nothing; nothing while he has to do
    /// nothing for them.
    pub idle_until: Option<UtcMicros>,
    /// The member's points.
    pub balance: Sums,
    /// What he owes.
    pub debt: Sums,
    /// The lots, in the order of their transfers.
    pub lots: Vec<Lot>,
    /// The holds, in the order of their transfers.
    pub holds: Vec<Hold>,
    /// What was earned, in the order of its transfers.
    pub earnings: Vec<Earning>,
}

/// Points that came in together and come to nothing together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// The transfer that made it.
    pub sequence: u32,
    /// When it comes to nothing.
    pub expiry: Expiry,
    /// Points that are left, reserved ones among them.
    pub left: u64,
    /// Points that holds have reserved.
    pub held: u64,
}

impl Lot {
    /// Points that nobody has reserved.
    pub const fn free(&self) -> u64 {
        self.left.saturating_sub(self.held)
    }
}

/// What became of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// It reserves its points.
    Open,
    /// It was captured, whole or in part; the rest is free again.
    Captured,
    /// It was given up.
    Voided,
    /// Its time was over.
    Lapsed,
}

/// Points that are reserved for one purchase, and what it took of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The pending transfer.
    pub sequence: u32,
    /// Who asked for it.
    pub asked: Asked,
    /// Where.
    pub place: PlaceId,
    /// What it reserves, from the lots that go first.
    pub parts: Vec<Part>,
    /// The first instant at which it is void.
    pub until: UtcMicros,
    /// What became of it.
    pub state: HoldState,
    /// What was taken by the capture.
    pub spent: Vec<Spent>,
}

/// Points of a lot that were spent, and those of them that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The lot.
    pub lot: u32,
    /// How many were spent.
    pub points: u64,
    /// How many came back.
    pub given_back: u64,
}

impl Hold {
    /// How many points it was for.
    pub fn points(&self) -> u64 {
        self.parts.iter().map(|part| part.points.get()).sum()
    }

    /// How many spent points may still come back.
    pub fn left_to_give_back(&self) -> u64 {
        self.spent.iter().map(|spent| spent.points - spent.given_back).sum()
    }
}

/// Points that came in by one transfer, and those of them that were taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earning {
    /// The transfer, pending or posted.
    pub sequence: u32,
    /// Who asked for it.
    pub asked: Asked,
    /// Where.
    pub place: PlaceId,
    /// What for.
    pub code: Code,
    /// How many.
    pub points: u64,
    /// How many wait for their day.
    pub pending: u64,
    /// When that day is; nothing when they never had to wait.
    pub matures: Option<UtcMicros>,
    /// When they come to nothing.
    pub expiry: Expiry,
    /// The lot that they became; nothing while they wait.
    pub lot: Option<u32>,
    /// How many were taken back.
    pub taken_back: u64,
}

/// Why transfers make no wallet: what a transfer says cannot follow from those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// It has not the next sequence.
    Sequence,
    /// It is earlier than the one before.
    Time,
    /// Its two sides, its phase or its parts do not belong together.
    Form,
    /// What it speaks of is not there, or not so.
    Reference,
    /// A sum or a lot would be below zero or beyond the bound.
    Sum,
}

impl Wallet {
    /// Points that are the member's and that nobody has reserved, before anything that is due.
    pub const fn free(&self) -> u64 {
        self.balance.credits_posted - self.balance.debits_posted - self.balance.debits_pending
    }

    /// Points that the member owes.
    pub const fn owed(&self) -> u64 {
        self.debt.debits_posted - self.debt.credits_posted
    }

    /// A lot by its sequence.
    pub fn lot(&self, sequence: u32) -> Option<&Lot> {
        self.lots.iter().find(|lot| lot.sequence == sequence)
    }

    /// A hold by who asked for it.
    pub fn hold(&self, asked: Asked) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.asked == asked)
    }

    /// What was earned by who asked for it.
    pub fn earning(&self, asked: Asked) -> Option<&Earning> {
        self.earnings.iter().find(|earning| earning.asked == asked)
    }

    /// When a lot comes to nothing, as things are now.
    pub fn ends(&self, expiry: Expiry) -> Option<UtcMicros> {
        match expiry {
            Expiry::Never => None,
            Expiry::At(at) => Some(at),
            Expiry::WithWallet => self.idle_until,
        }
    }

    /// The place whose account a transfer touches on the house's side: what was pending at a till ends at that till, wherever it was
    /// asked for.
    pub fn house_place(&self, transfer: &Transfer) -> PlaceId {
        let (Phase::Posts { pending } | Phase::Releases { pending }) = transfer.phase else {
            return transfer.place;
        };
        let hold = self.holds.iter().find(|hold| hold.sequence == pending).map(|hold| hold.place);
        let earning = self.earnings.iter().find(|earning| earning.sequence == pending);
        hold.or_else(|| earning.map(|earning| earning.place)).unwrap_or(transfer.place)
    }

    /// The first instant at which something is due; nothing when nothing will be.
    pub fn next_due(&self) -> Option<UtcMicros> {
        let holds = self.holds.iter().filter(|hold| hold.state == HoldState::Open).map(|hold| hold.until);
        let waiting = self.earnings.iter().filter(|earning| earning.pending > 0);
        let lots = self.lots.iter().filter(|lot| lot.free() > 0).filter_map(|lot| self.ends(lot.expiry));
        holds.chain(waiting.filter_map(|earning| earning.matures)).chain(lots).min()
    }

    /// The wallet after one more transfer.
    ///
    /// # Errors
    /// [`Contradiction`], never for what [`Wallet::run`] has decided.
    pub fn with(&self, transfer: &Transfer) -> Result<Wallet, Contradiction> {
        let mut after = self.clone();
        after.append(transfer)?;
        Ok(after)
    }

    /// All of a wallet's transfers, from the first.
    ///
    /// # Errors
    /// The sequence of the transfer that cannot follow, with the reason.
    pub fn replay<'a>(
        transfers: impl IntoIterator<Item = &'a Transfer>,
    ) -> Result<Wallet, (u32, Contradiction)> {
        let mut wallet = Wallet::default();
        for transfer in transfers {
            wallet.append(transfer).map_err(|why| (transfer.sequence, why))?;
        }
        Ok(wallet)
    }

    /// Takes in one transfer. The wallet is worth nothing after an error.
    pub(super) fn append(&mut self, transfer: &Transfer) -> Result<(), Contradiction> {
        if transfer.sequence != self.transfers {
            return Err(Contradiction::Sequence);
        }
        if self.last_at.is_some_and(|last_at| transfer.at < last_at) {
            return Err(Contradiction::Time);
        }
        match transfer.phase {
            Phase::Posted => self.post(transfer)?,
            Phase::Pending { until } => self.begin(transfer, until)?,
            Phase::Posts { pending } => self.end(transfer, pending, true)?,
            Phase::Releases { pending } => self.end(transfer, pending, false)?,
        }
        (self.transfers, self.last_at) = (self.transfers + 1, Some(transfer.at));
        if self.balance.are_within_bounds() && self.debt.are_within_bounds() {
            Ok(())
        } else {
            Err(Contradiction::Sum)
        }
    }

    fn begin(&mut self, transfer: &Transfer, until: UtcMicros) -> Result<(), Contradiction> {
        let points = transfer.points.get();
        let asked = transfer.asked.ok_or(Contradiction::Form)?;
        match (transfer.debit, transfer.credit, transfer.opens) {
            (Account::Balance, Account::Redeemed, None) => {
                self.balance.debits_pending += points;
                self.each_part(transfer, |lot, points| {
                    lot.held += points;
                    lot.held <= lot.left
                })?;
                self.holds.push(Hold {
                    sequence: transfer.sequence,
                    asked,
                    place: transfer.place,
                    parts: transfer.parts.clone(),
                    until,
                    state: HoldState::Open,
                    spent: Vec::new(),
                });
            }
            (Account::Issued, Account::Balance, Some(expiry)) if transfer.parts.is_empty() => {
                self.balance.credits_pending += points;
                self.earnings.push(Earning {
                    sequence: transfer.sequence,
                    asked,
                    place: transfer.place,
                    code: transfer.code,
                    points,
                    pending: points,
                    matures: Some(until),
                    expiry,
                    lot: None,
                    taken_back: 0,
                });
            }
            _ => return Err(Contradiction::Form),
        }
        Ok(())
    }

    /// What was pending is posted or released.
    fn end(&mut self, transfer: &Transfer, pending: u32, posts: bool) -> Result<(), Contradiction> {
        match (transfer.debit, transfer.credit) {
            (Account::Balance, Account::Redeemed) => self.end_hold(transfer, pending, posts),
            (Account::Issued, Account::Balance) => self.end_waiting(transfer, pending, posts),
            _ => Err(Contradiction::Form),
        }
    }

    fn end_hold(&mut self, transfer: &Transfer, pending: u32, posts: bool) -> Result<(), Contradiction> {
        let points = transfer.points.get();
        self.balance.debits_pending =
            self.balance.debits_pending.checked_sub(points).ok_or(Contradiction::Sum)?;
        if posts {
            self.balance.debits_posted += points;
        }
        self.each_part(transfer, |lot, points| {
            let held = lot.held.checked_sub(points);
            let left = if posts { lot.left.checked_sub(points) } else { Some(lot.left) };
            held.zip(left).is_some_and(|ended| {
                (lot.held, lot.left) = ended;
                true
            })
        })?;
        let hold = self.holds.iter_mut().find(|hold| hold.sequence == pending);
        let hold = hold.ok_or(Contradiction::Reference)?;
        // A capture of a part posts it and then releases the rest.
        let may_follow = match (hold.state, posts) {
            (HoldState::Open, _) => true,
            (HoldState::Captured, false) => transfer.asked.is_some(),
            _ => false,
        };
        if !may_follow {
            return Err(Contradiction::Reference);
        }
        if posts {
            let spent = |part: &Part| Spent { lot: part.lot, points: part.points.get(), given_back: 0 };
            hold.spent = transfer.parts.iter().map(spent).collect();
        }
        hold.state = match (posts, hold.state, transfer.asked) {
            (true, ..) | (_, HoldState::Captured, _) => HoldState::Captured,
            (false, _, Some(_)) => HoldState::Voided,
            (false, _, None) => HoldState::Lapsed,
        };
        Ok(())
    }

    fn end_waiting(&mut self, transfer: &Transfer, pending: u32, posts: bool) -> Result<(), Contradiction> {
        let points = transfer.points.get();
        self.balance.credits_pending =
            self.balance.credits_pending.checked_sub(points).ok_or(Contradiction::Sum)?;
        let earning = self.earnings.iter_mut().find(|earning| earning.sequence == pending);
        let earning = earning.ok_or(Contradiction::Reference)?;
        earning.pending = earning.pending.checked_sub(points).ok_or(Contradiction::Sum)?;
        if posts {
            if transfer.opens != Some(earning.expiry) || earning.lot.is_some() {
                return Err(Contradiction::Form);
            }
            earning.lot = Some(transfer.sequence);
            self.balance.credits_posted += points;
            let (sequence, expiry) = (transfer.sequence, earning.expiry);
            self.lots.push(Lot { sequence, expiry, left: points, held: 0 });
        } else {
            earning.taken_back += points;
        }
        Ok(())
    }

    fn post(&mut self, transfer: &Transfer) -> Result<(), Contradiction> {
        let points = transfer.points.get();
        match (transfer.debit, transfer.credit) {
            (Account::Balance, Account::Debt) => {
                self.take(transfer)?;
                self.debt.credits_posted += points;
                if self.debt.credits_posted > self.debt.debits_posted {
                    return Err(Contradiction::Sum);
                }
            }
            (Account::Balance, credit) if !credit.is_of_member() => self.take(transfer)?,
            (debit, Account::Balance) if !debit.is_of_member() => self.fill(transfer)?,
            (Account::Debt, Account::Issued) if transfer.parts.is_empty() => {
                self.debt.debits_posted += points;
            }
            _ => return Err(Contradiction::Form),
        }
        match (transfer.code, transfer.debit, transfer.credit) {
            (Code::Return, _, Account::Issued) => self.note_taken_back(transfer),
            (Code::Return, Account::Redeemed, _) => self.note_given_back(transfer),
            _ => Ok(()),
        }
    }

    /// Points leave the balance.
    fn take(&mut self, transfer: &Transfer) -> Result<(), Contradiction> {
        self.balance.debits_posted += transfer.points.get();
        self.each_part(transfer, |lot, points| {
            let is_free = points <= lot.free();
            lot.left = lot.left.saturating_sub(points);
            is_free
        })
    }

    /// Points come into the balance: into a lot of their own, or into those that they were taken from.
    fn fill(&mut self, transfer: &Transfer) -> Result<(), Contradiction> {
        let (sequence, points) = (transfer.sequence, transfer.points.get());
        self.balance.credits_posted += points;
        match transfer.opens {
            None => self.each_part(transfer, |lot, points| {
                lot.left += points;
                true
            })?,
            Some(expiry) if transfer.parts.is_empty() => {
                self.lots.push(Lot { sequence, expiry, left: points, held: 0 });
                if let (Account::Issued, Some(asked)) = (transfer.debit, transfer.asked) {
                    self.earnings.push(Earning {
                        sequence,
                        asked,
                        place: transfer.place,
                        code: transfer.code,
                        points,
                        pending: 0,
                        matures: None,
                        expiry,
                        lot: Some(sequence),
                        taken_back: 0,
                    });
                }
            }
            Some(_) => return Err(Contradiction::Form),
        }
        Ok(())
    }

    fn note_taken_back(&mut self, transfer: &Transfer) -> Result<(), Contradiction> {
        let earning = self.earnings.iter_mut().find(|earning| Some(earning.sequence) == transfer.about);
        let earning = earning.ok_or(Contradiction::Reference)?;
        earning.taken_back += transfer.points.get();
        if earning.taken_back + earning.pending > earning.points {
            return Err(Contradiction::Sum);
        }
        Ok(())
    }

    /// Points of a purchase come back: those that were taken last first.
    fn note_given_back(&mut self, transfer: &Transfer) -> Result<(), Contradiction> {
        let hold = self.holds.iter_mut().find(|hold| Some(hold.sequence) == transfer.about);
        let hold = hold.ok_or(Contradiction::Reference)?;
        let mut points = transfer.points.get();
        for spent in hold.spent.iter_mut().rev() {
            let now = points.min(spent.points - spent.given_back);
            spent.given_back += now;
            points -= now;
        }
        if points == 0 { Ok(()) } else { Err(Contradiction::Sum) }
    }

    /// Goes through the lots of a transfer's parts, which together have its points.
    fn each_part(
        &mut self,
        transfer: &Transfer,
        mut work: impl FnMut(&mut Lot, u64) -> bool,
    ) -> Result<(), Contradiction> {
        let mut sum = 0;
        for part in &transfer.parts {
            let lot = self.lots.iter_mut().find(|lot| lot.sequence == part.lot);
            let lot = lot.ok_or(Contradiction::Reference)?;
            if !work(lot, part.points.get()) {
                return Err(Contradiction::Sum);
            }
            sum += part.points.get();
        }
        if sum == transfer.points.get() { Ok(()) } else { Err(Contradiction::Form) }
    }
}

/// The points of parts together, at least one.
pub(super) fn sum_of(parts: &[Part]) -> Option<Points> {
    Points::some(parts.iter().map(|part| part.points.get()).sum())
}
