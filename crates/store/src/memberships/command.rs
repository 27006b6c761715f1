//! What may be done with a sold membership. Each command appends one event, or answers with the one of the first time.

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::id::{ExtraId, MemberId, OperationId};
use bonafide_domain::membership::{
    Answer, CancelRefusal, Change, ExtendRefusal, ExtraRefusal, FreezeRefusal, GiveBackRefusal,
    GuestPassRefusal, Membership, RenewRefusal, StartRefusal, ThawRefusal, TransferRefusal, VisitRefusal,
};
use bonafide_domain::money::Money;

use crate::audit::entry::Acting;
use crate::fault::Fault;
use crate::id::Id;
use crate::memberships::Asked;
use crate::memberships::append::{done_before, run};
use crate::memberships::sale::{NoBuyer, buyer};
use crate::plans::price;
use crate::store::Work;

/// Why a command is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDone<R> {
    /// There is no such membership.
    NotFound,
    /// The operation was done to another membership.
    OtherMembership {
        /// To this one.
        membership: Id,
    },
    /// The rules refuse it.
    Refused(R),
}

/// Why a membership is not given to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTransferred {
    /// To whom it cannot be given.
    NoTaker(NoBuyer),
    /// See [`NotDone`].
    NotDone(NotDone<TransferRefusal>),
}

/// A cancellation that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancellation {
    /// New, or as it was answered before.
    pub answer: Answer,
    /// What is paid back.
    pub refund: Money,
}

/// The outcome of a command.
pub type Outcome<R> = Result<Result<Answer, NotDone<R>>, Fault>;

/// Begins a membership with the first visit.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn start(work: &mut Work<'_, '_>, acting: &Acting, id: Id, asked: Asked) -> Outcome<StartRefusal> {
    run(work, acting, id, asked, Membership::start)
}

/// Adds days as a gift.
///
/// # Errors
/// As [`start`].
pub fn extend(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    days: u16,
) -> Outcome<ExtendRefusal> {
    run(work, acting, id, asked, |membership, request| membership.extend(request, days))
}

/// Lets it rest on these dates: past, present or planned.
///
/// # Errors
/// As [`start`].
pub fn freeze(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    span: DateSpan,
) -> Outcome<FreezeRefusal> {
    run(work, acting, id, asked, |membership, request| membership.freeze(request, span))
}

/// Ends the freeze that an operation made, or withdraws it before it begins.
///
/// # Errors
/// As [`start`].
pub fn thaw(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    freeze: Id,
) -> Outcome<ThawRefusal> {
    let freeze = OperationId(*freeze.bytes());
    run(work, acting, id, asked, |membership, request| membership.thaw(request, freeze))
}

/// Uses a counted visit.
///
/// # Errors
/// As [`start`].
pub fn use_visit(work: &mut Work<'_, '_>, acting: &Acting, id: Id, asked: Asked) -> Outcome<VisitRefusal> {
    run(work, acting, id, asked, Membership::use_visit)
}

/// Gives the visit of an operation back.
///
/// # Errors
/// As [`start`].
pub fn give_back_visit(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    visit: Id,
) -> Outcome<GiveBackRefusal> {
    let visit = OperationId(*visit.bytes());
    run(work, acting, id, asked, |membership, request| membership.give_back_visit(request, visit))
}

/// Lets a guest come along.
///
/// # Errors
/// As [`start`].
pub fn use_guest_pass(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
) -> Outcome<GuestPassRefusal> {
    run(work, acting, id, asked, Membership::use_guest_pass)
}

/// Uses so many of an included extra.
///
/// # Errors
/// As [`start`].
pub fn use_extra(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    extra: Id,
    count: u32,
) -> Outcome<ExtraRefusal> {
    let extra = ExtraId(*extra.bytes());
    run(work, acting, id, asked, |membership, request| membership.use_extra(request, extra, count))
}

/// Adds a period at the end, for the price of the branch where it was sold when that has one of its own now, and otherwise
/// for that of the terms.
///
/// # Errors
/// As [`start`].
pub fn renew(work: &mut Work<'_, '_>, acting: &Acting, id: Id, asked: Asked) -> Outcome<RenewRefusal> {
    let branch_price = price::of_membership(work.tx, id)?;
    run(work, acting, id, asked, |membership, request| membership.renew(request, branch_price))
}

/// Gives it to another member, with all that is left of it.
///
/// # Errors
/// As [`start`].
pub fn transfer(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
    to: Id,
) -> Result<Result<Answer, NotTransferred>, Fault> {
    // What was done before is answered as before, whatever became of the member since.
    if done_before(work.tx, asked.operation)?.is_none()
        && let Err(why) = buyer(work.tx, to)?
    {
        return Ok(Err(NotTransferred::NoTaker(why)));
    }
    let taker = MemberId(*to.bytes());
    let done = run(work, acting, id, asked, |membership, request| membership.transfer(request, taker))?;
    Ok(done.map_err(NotTransferred::NotDone))
}

/// Ends it on the date of the request, and tells what is paid back.
///
/// # Errors
/// As [`start`].
pub fn cancel(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    asked: Asked,
) -> Result<Result<Cancellation, NotDone<CancelRefusal>>, Fault> {
    let answer = match run(work, acting, id, asked, Membership::cancel)? {
        Ok(answer) => answer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match answer.event().change {
        Change::Cancelled { refund } => Ok(Ok(Cancellation { answer, refund })),
        other => Err(Fault::broken(format!("a cancellation answered with {other:?}"))),
    }
}
