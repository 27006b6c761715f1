//! A command becomes transfers, or a refusal.
//!
//! What is due comes first, whatever is asked: then no answer depends on whether a job has run in time (case T-19).

use crate::calendar::UtcMicros;

use super::command::{
    Answer, Approval, Command, Direction, GIVEN_BACK_US_MIN, Grant, HOLD_US_MAX, NotPosted, OPEN_HOLDS_MAX,
    OPEN_LOTS_MAX, Request, Status,
};
use super::posting::{Draft, Posting};
use super::repeated::same;
use super::transfer::{Account, Asked, Code, Expiry, Part, Phase, Transfer};
use super::wallet::{Hold, HoldState, Wallet, sum_of};
use super::{POINTS_MAX, Points};

impl Wallet {
    /// Answers a request: transfers to be appended, in this order, or the reason why not. `before` are the transfers of the same
    /// request, if it was made before.
    ///
    /// # Errors
    /// [`NotPosted`], in the order of its variants.
    pub fn run(
        &self,
        status: Status,
        before: &[Transfer],
        request: &Request,
        command: &Command,
    ) -> Result<Answer, NotPosted> {
        if !before.is_empty() {
            same(self, before, request, command).map_err(NotPosted::OtherContents)?;
            return Ok(Answer::Before(before.to_vec()));
        }
        permitted(status, command)?;
        let mut posting = Posting::begin(self, request);
        posting.settle();
        match *command {
            Command::Give { grant, points, matures, expiry } => {
                give(&mut posting, grant, points, matures, expiry)?;
            }
            Command::Hold { points, until } => hold(&mut posting, points, until)?,
            Command::Capture { hold, points } => capture(&mut posting, hold, points)?,
            Command::Void { hold } => void(&mut posting, hold)?,
            Command::GiveBack { hold, points } => give_back(&mut posting, hold, points)?,
            Command::TakeBack { earning, points } => take_back(&mut posting, earning, points)?,
            Command::Correct { direction: Direction::Up, points, expiry, approval } => {
                approved(approval, points)?;
                room_for_a_lot(&posting, points)?;
                posting.asked(Draft::lot(Code::Correct, Account::Corrected, points, expiry));
            }
            Command::Correct { direction: Direction::Down, points, approval, .. } => {
                approved(approval, points)?;
                enough(&posting, points)?;
                let parts = posting.first_to_go(points.get());
                posting.asked(Draft::from_lots(Code::Correct, Account::Corrected, parts));
            }
            Command::MoveOut { lot } => {
                let parts = posting.leaving(lot);
                if !parts.is_empty() {
                    posting.asked(Draft::from_lots(Code::Move, Account::Moved, parts));
                }
            }
            Command::MoveIn { points, expiry } => {
                room_for_a_lot(&posting, points)?;
                posting.asked(Draft::lot(Code::Move, Account::Moved, points, expiry));
            }
            Command::Close => posting.close(),
            Command::Settle => {}
        }
        // What was freed may be due, and pays what is owed.
        posting.settle();
        Ok(Answer::New(posting.end()))
    }

    /// Points that may be spent at this moment.
    pub fn spendable(&self, at: UtcMicros) -> u64 {
        let request = Request::of_nobody(self.last_at.map_or(at, |last_at| last_at.max(at)));
        let mut posting = Posting::begin(self, &request);
        posting.settle();
        posting.wallet().free()
    }
}

fn permitted(status: Status, command: &Command) -> Result<(), NotPosted> {
    match (status, command) {
        (Status::Blocked, Command::Give { .. } | Command::Hold { .. }) => Err(NotPosted::Blocked),
        (Status::Limited, Command::Hold { .. }) => Err(NotPosted::EarnsOnly),
        _ => Ok(()),
    }
}

fn give(
    posting: &mut Posting,
    grant: Grant,
    points: Points,
    matures: Option<UtcMicros>,
    expiry: Expiry,
) -> Result<(), NotPosted> {
    room_for_a_lot(posting, points)?;
    let code = match grant {
        Grant::Earn => Code::Earn,
        Grant::Gift => Code::Gift,
        Grant::Opening => Code::Opening,
    };
    let lot = Draft::lot(code, Account::Issued, points, expiry);
    match matures.filter(|matures| *matures > posting.at()) {
        Some(until) => posting.asked(Draft { phase: Phase::Pending { until }, ..lot }),
        None => {
            posting.asked(lot);
        }
    }
    Ok(())
}

fn hold(posting: &mut Posting, points: Points, until: UtcMicros) -> Result<(), NotPosted> {
    let lasts_us = until.get() - posting.at().get();
    if lasts_us <= 0 || lasts_us > HOLD_US_MAX {
        return Err(NotPosted::HoldTime);
    }
    enough(posting, points)?;
    let open = posting.wallet().holds.iter().filter(|hold| hold.state == HoldState::Open);
    if open.count() >= OPEN_HOLDS_MAX {
        return Err(NotPosted::TooManyHolds);
    }
    let parts = posting.first_to_go(points.get());
    let draft = Draft::from_lots(Code::Spend, Account::Redeemed, parts);
    posting.asked(Draft { phase: Phase::Pending { until }, ..draft });
    Ok(())
}

fn capture(posting: &mut Posting, asked: Asked, points: Points) -> Result<(), NotPosted> {
    let hold = open(posting.wallet(), asked)?;
    if points.get() > hold.points() {
        return Err(NotPosted::MoreThanHeld { held: hold.points() });
    }
    let (taken, rest) = divided(&hold.parts, points.get());
    let pending = hold.sequence;
    posting.asked(Draft {
        phase: Phase::Posts { pending },
        ..Draft::from_lots(Code::Spend, Account::Redeemed, taken)
    });
    if !rest.is_empty() {
        posting.asked(Draft {
            phase: Phase::Releases { pending },
            ..Draft::from_lots(Code::Spend, Account::Redeemed, rest)
        });
    }
    Ok(())
}

fn void(posting: &mut Posting, asked: Asked) -> Result<(), NotPosted> {
    let hold = open(posting.wallet(), asked)?.clone();
    posting.asked(Draft::freed(Code::Spend, &hold));
    Ok(())
}

fn open(wallet: &Wallet, asked: Asked) -> Result<&Hold, NotPosted> {
    let hold = wallet.hold(asked).ok_or(NotPosted::NoHold)?;
    match hold.state {
        HoldState::Open => Ok(hold),
        HoldState::Lapsed => Err(NotPosted::HoldLapsed),
        HoldState::Voided => Err(NotPosted::HoldVoided),
        HoldState::Captured => Err(NotPosted::HoldCaptured),
    }
}

fn give_back(posting: &mut Posting, asked: Asked, points: Points) -> Result<(), NotPosted> {
    let hold = posting.wallet().hold(asked).ok_or(NotPosted::NoHold)?;
    if hold.state != HoldState::Captured {
        return Err(NotPosted::NotCaptured);
    }
    let left = hold.left_to_give_back();
    if points.get() > left {
        return Err(NotPosted::MoreThanCaptured { left });
    }
    room(posting, points)?;
    let (about, mut points) = (hold.sequence, points.get());
    let mut backwards = Vec::new();
    for spent in hold.spent.iter().rev() {
        let now = points.min(spent.points - spent.given_back);
        backwards.extend(Points::some(now).map(|points| Part { lot: spent.lot, points }));
        points -= now;
    }
    let soon = posting.at().plus(GIVEN_BACK_US_MIN);
    let lasts: Vec<(bool, Part)> =
        backwards.into_iter().map(|part| (posting.lasts(part.lot, soon), part)).collect();
    // Neighbours that share a fate go together, so that what came back is counted in the order in which it was spent.
    for group in lasts.chunk_by(|(a, _), (b, _)| a == b) {
        let parts: Vec<Part> = group.iter().map(|(_, part)| *part).collect();
        let draft = if group[0].0 {
            Draft::into_lots(Code::Return, Account::Redeemed, parts)
        } else {
            let expiry = soon.map_or(Expiry::Never, Expiry::At);
            let sum = sum_of(&parts).expect("no part is empty");
            Draft::lot(Code::Return, Account::Redeemed, sum, expiry)
        };
        posting.asked(Draft { about: Some(about), ..draft });
    }
    Ok(())
}

fn take_back(posting: &mut Posting, asked: Asked, points: Points) -> Result<(), NotPosted> {
    let earning = *posting.wallet().earning(asked).ok_or(NotPosted::NoEarning)?;
    let left = earning.points - earning.taken_back;
    if points.get() > left {
        return Err(NotPosted::MoreThanEarned { left });
    }
    let mut points = points.get();
    if let Some(waiting) = Points::some(points.min(earning.pending)) {
        posting.asked(Draft::unearned(earning.code, waiting, earning.sequence));
        points -= waiting.get();
    }
    let parts = posting.back_from(earning.lot, points);
    if let Some(sum) = sum_of(&parts) {
        posting.asked(Draft {
            about: Some(earning.sequence),
            ..Draft::from_lots(Code::Return, Account::Issued, parts)
        });
        points -= sum.get();
    }
    if let Some(owed) = Points::some(points) {
        if posting.wallet().debt.debits_posted + points > POINTS_MAX {
            return Err(NotPosted::TooLarge);
        }
        posting.asked(Draft::owed(owed, earning.sequence));
    }
    Ok(())
}

fn approved(approval: Approval, points: Points) -> Result<(), NotPosted> {
    match approval {
        Approval::Alone { points_max } if points.get() > points_max => {
            Err(NotPosted::NeedsSecondPerson { points_max })
        }
        Approval::Alone { .. } | Approval::Second => Ok(()),
    }
}

fn enough(posting: &Posting, points: Points) -> Result<(), NotPosted> {
    let free = posting.wallet().free();
    if points.get() <= free { Ok(()) } else { Err(NotPosted::NotEnough { free }) }
}

fn room_for_a_lot(posting: &Posting, points: Points) -> Result<(), NotPosted> {
    let wallet = posting.wallet();
    let waiting = wallet.earnings.iter().filter(|earning| earning.pending > 0).count();
    if wallet.lots.iter().filter(|lot| lot.left > 0).count() + waiting >= OPEN_LOTS_MAX {
        return Err(NotPosted::TooManyLots);
    }
    room(posting, points)
}

fn room(posting: &Posting, points: Points) -> Result<(), NotPosted> {
    let sums = posting.wallet().balance;
    if sums.credits_posted + sums.credits_pending + points.get() > POINTS_MAX {
        return Err(NotPosted::TooLarge);
    }
    Ok(())
}

/// The first so many points of some parts, and the rest.
fn divided(parts: &[Part], points: u64) -> (Vec<Part>, Vec<Part>) {
    let (mut taken, mut rest, mut missing) = (Vec::new(), Vec::new(), points);
    for part in parts {
        let now = missing.min(part.points.get());
        taken.extend(Points::some(now).map(|points| Part { lot: part.lot, points }));
        rest.extend(Points::some(part.points.get() - now).map(|points| Part { lot: part.lot, points }));
        missing -= now;
    }
    (taken, rest)
}
