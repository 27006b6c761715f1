//! Whether a request that was made before says the same again.

use crate::calendar::UtcMicros;

use super::command::{Command, Direction, Field, Grant, Request};
use super::transfer::{Account, Code, Expiry, Phase, Transfer};
use super::wallet::Wallet;

/// What a request comes down to. Nothing stands for whatever is not compared.
#[derive(Debug, PartialEq, Eq)]
struct Gist {
    kind: Kind,
    points: Option<u64>,
    until: Option<UtcMicros>,
    expiry: Option<Expiry>,
    about: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Give(Code),
    Hold,
    Capture,
    Void,
    GiveBack,
    TakeBack,
    Correct(Direction),
    MoveOut,
    MoveIn,
    Close,
    Settle,
}

/// Compares a request with the transfers that it led to, of which there are some.
///
/// # Errors
/// The first [`Field`] that differs.
pub(super) fn same(
    wallet: &Wallet,
    before: &[Transfer],
    request: &Request,
    command: &Command,
) -> Result<(), Field> {
    let (then, now) = (gist_of(before), gist(wallet, before[0].at, command));
    let differs = [
        (then.kind != now.kind, Field::Command),
        (then.points != now.points, Field::Points),
        (then.until != now.until, Field::Until),
        (then.expiry != now.expiry, Field::Expiry),
        (then.about != now.about, Field::About),
        (before[0].place != request.place, Field::Place),
    ];
    differs.into_iter().find(|(differs, _)| *differs).map_or(Ok(()), |(_, field)| Err(field))
}

fn gist(wallet: &Wallet, then: UtcMicros, command: &Command) -> Gist {
    let bare = |kind| Gist { kind, points: None, until: None, expiry: None, about: None };
    let hold = |asked| wallet.hold(asked).map(|hold| hold.sequence);
    match *command {
        Command::Give { grant, points, matures, expiry } => {
            let code = match grant {
                Grant::Earn => Code::Earn,
                Grant::Gift => Code::Gift,
                Grant::Opening => Code::Opening,
            };
            // What was the member's at once says nothing of its day.
            let until = matures.filter(|matures| *matures > then);
            Gist { points: Some(points.get()), until, expiry: Some(expiry), ..bare(Kind::Give(code)) }
        }
        Command::Hold { points, until } => {
            Gist { points: Some(points.get()), until: Some(until), ..bare(Kind::Hold) }
        }
        Command::Capture { hold: asked, points } => {
            Gist { points: Some(points.get()), about: hold(asked), ..bare(Kind::Capture) }
        }
        Command::Void { hold: asked } => Gist { about: hold(asked), ..bare(Kind::Void) },
        Command::GiveBack { hold: asked, points } => {
            Gist { points: Some(points.get()), about: hold(asked), ..bare(Kind::GiveBack) }
        }
        Command::TakeBack { earning, points } => {
            let about = wallet.earning(earning).map(|earning| earning.sequence);
            Gist { points: Some(points.get()), about, ..bare(Kind::TakeBack) }
        }
        Command::Correct { direction, points, expiry, .. } => {
            let expiry = (direction == Direction::Up).then_some(expiry);
            Gist { points: Some(points.get()), expiry, ..bare(Kind::Correct(direction)) }
        }
        Command::MoveOut { .. } => bare(Kind::MoveOut),
        Command::MoveIn { points, expiry } => {
            Gist { points: Some(points.get()), expiry: Some(expiry), ..bare(Kind::MoveIn) }
        }
        Command::Close => bare(Kind::Close),
        Command::Settle => bare(Kind::Settle),
    }
}

fn gist_of(before: &[Transfer]) -> Gist {
    let first = &before[0];
    let kind = kind_of(first);
    let all: u64 = before.iter().map(|transfer| transfer.points.get()).sum();
    let points = match kind {
        // The rest that is freed is no part of what was captured.
        Kind::Capture => Some(first.points.get()),
        Kind::Void | Kind::MoveOut | Kind::Close | Kind::Settle => None,
        _ => Some(all),
    };
    let until = match first.phase {
        Phase::Pending { until } => Some(until),
        _ => None,
    };
    let about = match (kind, first.phase) {
        (
            Kind::Capture | Kind::Void | Kind::TakeBack,
            Phase::Posts { pending } | Phase::Releases { pending },
        ) => Some(pending),
        (Kind::GiveBack | Kind::TakeBack, _) => first.about,
        _ => None,
    };
    let expiry = first.opens.filter(|_| kind != Kind::GiveBack);
    Gist { kind, points, until, expiry, about }
}

fn kind_of(first: &Transfer) -> Kind {
    match (first.code, first.debit, first.phase) {
        (Code::Expire, ..) => Kind::Close,
        (Code::Spend, _, Phase::Posts { .. }) => Kind::Capture,
        (Code::Spend, _, Phase::Releases { .. }) => Kind::Void,
        (Code::Spend, ..) => Kind::Hold,
        (Code::Return, Account::Redeemed, _) => Kind::GiveBack,
        (Code::Return, ..) | (_, _, Phase::Releases { .. }) => Kind::TakeBack,
        (Code::Correct, Account::Balance, _) => Kind::Correct(Direction::Down),
        (Code::Correct, ..) => Kind::Correct(Direction::Up),
        (Code::Move, Account::Balance, _) => Kind::MoveOut,
        (Code::Move, ..) => Kind::MoveIn,
        (Code::Repay, ..) => Kind::Settle,
        (code @ (Code::Earn | Code::Gift | Code::Opening), ..) => Kind::Give(code),
    }
}
