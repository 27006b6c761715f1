//! The words for what is not done with a membership: what is wrong, and what a person can do.

use bonafide_domain::calendar::{DateSpan, LAST_DATE};
use bonafide_domain::membership::{
    Blocked, CancelRefusal, EVENTS_MAX, EXTENSION_DAYS_MAX, ExtendRefusal, ExtraRefusal, Field,
    FreezeRefusal, GiveBackRefusal, GuestPassRefusal, NotRunning, PERIODS_MAX, RenewRefusal, SaleRefusal,
    StartRefusal, ThawRefusal, TransferRefusal, VisitRefusal,
};
use bonafide_store::memberships::command::{NotDone, NotTransferred};
use bonafide_store::memberships::sale::{NoBuyer, NotSold, SaleField};

use crate::commands::memberships::history::span_words;
use crate::commands::plans::terms::days_words;
use crate::failure::Failure;

/// The words of a command that is not done; `refused` has those of its own rules.
pub(super) fn not_done<R>(why: NotDone<R>, refused: impl Fn(R) -> Failure) -> Failure {
    match why {
        NotDone::NotFound => Failure::new("no_membership", "the membership is not there any more"),
        NotDone::OtherMembership { membership } => {
            let words = format!("this operation was done to another membership, {membership}: use a new id");
            Failure::new("operation_used", words)
        }
        NotDone::Refused(refusal) => refused(refusal),
    }
}

/// The words for a sale that is not made.
pub(super) fn not_sold(why: NotSold) -> Failure {
    match why {
        NotSold::NotASale { membership } => {
            let words =
                format!("this operation did something else, to the membership {membership}: use a new id");
            Failure::new("operation_used", words)
        }
        NotSold::OtherContents(SaleField::Plan) => other_contents("plan"),
        NotSold::OtherContents(SaleField::Branch) => other_contents("branch"),
        NotSold::NoBuyer(why) => no_buyer(why),
        NotSold::NoBranch => Failure::new("no_branch", "the branch is not there any more"),
        NotSold::BranchClosed => {
            Failure::new("branch_closed", "the branch is closed: sell at another, or reopen it first")
        }
        NotSold::NoPlan => {
            Failure::new("no_plan", "there is no such version of the plan: `plans show` lists them")
        }
        NotSold::PlanArchived => {
            Failure::new("plan_closed", "the plan is not sold any more: choose another, or reopen it first")
        }
        NotSold::VersionReplaced { current } => {
            let words =
                format!("this version was replaced by version {current}: show the buyer the new terms first");
            Failure::new("version_replaced", words)
        }
        NotSold::Refused(refusal) => sale_refused(refusal),
    }
}

fn sale_refused(refusal: SaleRefusal) -> Failure {
    match refusal {
        SaleRefusal::OtherContents(field) => other_contents(field_words(field)),
        SaleRefusal::OtherCurrency => Failure::new(
            "other_currency",
            "the plan is sold in another currency, and nothing is converted: say --paid in it",
        ),
        SaleRefusal::NotAPrice => Failure::new("not_a_price", "what is paid is below zero or too high"),
        SaleRefusal::BeyondLastDate => beyond_last_date(),
    }
}

fn no_buyer(why: NoBuyer) -> Failure {
    match why {
        NoBuyer::NotFound => Failure::new("no_member", "the member is not there any more"),
        NoBuyer::Merged { .. } => {
            Failure::new("member_merged", "this profile was merged into another: use the member who stayed")
        }
    }
}

/// The words for a start that is refused.
pub(super) fn start_refused(refusal: StartRefusal) -> Failure {
    match refusal {
        StartRefusal::Blocked(why) => blocked(why),
        StartRefusal::AlreadyStarted { on } => {
            Failure::new("already_started", format!("it has begun, on {on}: nothing is left to be started"))
        }
        StartRefusal::BeforeSale { sold_on } => before_sale(sold_on),
        StartRefusal::BeyondLastDate => beyond_last_date(),
    }
}

/// The words for a visit that is not used.
pub(super) fn visit_refused(refusal: VisitRefusal) -> Failure {
    match refusal {
        VisitRefusal::Blocked(why) => blocked(why),
        VisitRefusal::NotCounted => {
            Failure::new("visits_not_counted", "its plan has no counted visits: there is nothing to use up")
        }
        VisitRefusal::NotRunning(why) => not_running(why),
        VisitRefusal::UsedUp => {
            Failure::new("used_up", "all visits of the period are used: sell or renew a membership")
        }
    }
}

/// The words for a visit that is not given back.
pub(super) fn give_back_refused(refusal: GiveBackRefusal) -> Failure {
    match refusal {
        GiveBackRefusal::Blocked(why) => blocked(why),
        GiveBackRefusal::NoVisit => Failure::new(
            "no_visit",
            "no visit of this membership was used by it: `show` lists the operations",
        ),
        GiveBackRefusal::AlreadyGivenBack => {
            Failure::new("already_given_back", "this visit was given back before")
        }
    }
}

/// The words for a guest who does not come along.
pub(super) fn guest_refused(refusal: GuestPassRefusal) -> Failure {
    match refusal {
        GuestPassRefusal::Blocked(why) => blocked(why),
        GuestPassRefusal::NotRunning(why) => not_running(why),
        GuestPassRefusal::UsedUp => Failure::new(
            "no_guests_left",
            "no guest visit is left in the period: the guest needs a ticket of his own",
        ),
    }
}

/// The words for an extra that is not used.
pub(super) fn extra_refused(refusal: ExtraRefusal) -> Failure {
    match refusal {
        ExtraRefusal::Blocked(why) => blocked(why),
        ExtraRefusal::NoCount => Failure::new("no_count", "say how many: at least one"),
        ExtraRefusal::NotIncluded => Failure::new(
            "extra_not_included",
            "the plan does not include this extra: it is paid for on its own",
        ),
        ExtraRefusal::NotRunning(why) => not_running(why),
        ExtraRefusal::NotEnough { left } => {
            Failure::new("not_enough_left", format!("only {left} are left in the period: use fewer"))
        }
    }
}

/// The words for a freeze that is refused.
pub(super) fn freeze_refused(refusal: FreezeRefusal) -> Failure {
    match refusal {
        FreezeRefusal::Blocked(why) => blocked(why),
        FreezeRefusal::NoFreezes => {
            Failure::new("no_freezes", "its plan knows no freeze: it can be extended instead")
        }
        FreezeRefusal::NotStarted { first_day } => {
            let words =
                format!("the freeze would begin before the membership does, on {first_day} at the latest");
            Failure::new("not_started", words)
        }
        FreezeRefusal::Ended { on } => Failure::new(
            "ended",
            format!("the freeze would begin after the end: from {on} on it is not valid"),
        ),
        FreezeRefusal::TooShort { days_min } => {
            let words =
                format!("the plan's shortest freeze is {}: choose a longer one", days_words(days_min));
            Failure::new("freeze_too_short", words)
        }
        FreezeRefusal::TooLong { days_max } => {
            let words =
                format!("the plan's longest freeze is {}: choose a shorter one", days_words(days_max));
            Failure::new("freeze_too_long", words)
        }
        FreezeRefusal::TooMany { count_max } => {
            let words = format!("the period has all {count_max} freezes that the plan allows");
            Failure::new("no_freezes_left", words)
        }
        FreezeRefusal::TooManyDays { days_left } => {
            let words = format!("only {} may still be frozen in the period", days_words(days_left));
            Failure::new("no_freeze_days_left", words)
        }
        FreezeRefusal::Overlaps { span } => {
            let words =
                format!("some of the days are frozen already, {}: end that freeze first", span_words(span));
            Failure::new("frozen_already", words)
        }
        FreezeRefusal::UsedOn { on } => used_on(on),
        FreezeRefusal::BeyondLastDate => beyond_last_date(),
    }
}

/// The words for a freeze that does not end early.
pub(super) fn thaw_refused(refusal: ThawRefusal) -> Failure {
    let later = |span: DateSpan| {
        format!("it would end before a later freeze begins, {}: withdraw that one first", span_words(span))
    };
    match refusal {
        ThawRefusal::Blocked(why) => blocked(why),
        ThawRefusal::NoFreeze => {
            Failure::new("no_freeze", "no freeze was made by this operation: `show` lists the freezes")
        }
        ThawRefusal::AlreadyOver { on } => {
            Failure::new("freeze_over", format!("the freeze is over: from {on} on it is valid again"))
        }
        ThawRefusal::TooShort { earliest } => {
            let words = format!(
                "what is left of the freeze would be too short for the plan: it can end on {earliest}"
            );
            Failure::new("freeze_too_short", words)
        }
        ThawRefusal::LaterFreeze { span } => Failure::new("later_freeze", later(span)),
        ThawRefusal::UsedOn { on } => used_on(on),
    }
}

/// The words for an extension that is refused.
pub(super) fn extend_refused(refusal: ExtendRefusal) -> Failure {
    match refusal {
        ExtendRefusal::Blocked(why) => blocked(why),
        ExtendRefusal::Days => Failure::new("bad_days", format!("extend by 1 to {EXTENSION_DAYS_MAX} days")),
        ExtendRefusal::NoEnd => {
            Failure::new("no_end", "it lasts until its visits are used: there is no end to move")
        }
        ExtendRefusal::NotStarted { first_day } => not_running(NotRunning::NotStarted { first_day }),
        ExtendRefusal::Ended { on } => not_running(NotRunning::Ended { on }),
        ExtendRefusal::BeyondLastDate => beyond_last_date(),
    }
}

/// The words for a renewal that is refused.
pub(super) fn renew_refused(refusal: RenewRefusal) -> Failure {
    match refusal {
        RenewRefusal::Blocked(why) => blocked(why),
        RenewRefusal::NotRenewed => {
            Failure::new("not_renewed", "its plan is not renewed: sell a new membership")
        }
        RenewRefusal::NotStarted { first_day } => not_running(NotRunning::NotStarted { first_day }),
        RenewRefusal::AlreadyRenewed { from } => {
            Failure::new("already_renewed", format!("the next period is there already: it begins on {from}"))
        }
        RenewRefusal::TooEarly { from } => {
            Failure::new("too_early", format!("it is too early: it can be renewed from {from} on"))
        }
        RenewRefusal::TooLate { since } => Failure::new(
            "too_late",
            format!("since {since} it cannot be renewed any more: sell a new membership"),
        ),
        RenewRefusal::TooManyPeriods => {
            Failure::new("too_many_periods", format!("it has {PERIODS_MAX} periods: sell a new membership"))
        }
        RenewRefusal::OtherCurrency => Failure::new(
            "other_currency",
            "the branch asks for another currency than it was sold in, and nothing is converted: sell a new membership",
        ),
        RenewRefusal::NotAPrice => {
            Failure::new("not_a_price", "the branch's price is below zero or too high")
        }
        RenewRefusal::BeyondLastDate => beyond_last_date(),
    }
}

/// The words for a membership that is not given away.
pub(super) fn not_transferred(why: NotTransferred) -> Failure {
    match why {
        NotTransferred::NoTaker(why) => no_buyer(why),
        NotTransferred::NotDone(why) => not_done(why, |refusal| match refusal {
            TransferRefusal::Blocked(why) => blocked(why),
            TransferRefusal::NotTransferable => {
                Failure::new("not_transferable", "its plan does not allow to give it to another member")
            }
            TransferRefusal::Ended { on } => not_running(NotRunning::Ended { on }),
            TransferRefusal::SameHolder => Failure::new("same_member", "this member has it already"),
        }),
    }
}

/// The words for a cancellation that is refused.
pub(super) fn cancel_refused(refusal: CancelRefusal) -> Failure {
    match refusal {
        CancelRefusal::Blocked(why) => blocked(why),
        CancelRefusal::BeforeSale { sold_on } => before_sale(sold_on),
        CancelRefusal::Ended { on } => not_running(NotRunning::Ended { on }),
        CancelRefusal::UsedOn { on } => {
            let next = on.tomorrow().unwrap_or(on);
            Failure::new(
                "used_on",
                format!("it was used on {on}: it can be cancelled from {next} on, with --on {next}"),
            )
        }
    }
}

fn blocked(why: Blocked) -> Failure {
    match why {
        Blocked::OtherContents(field) => other_contents(field_words(field)),
        Blocked::Cancelled { on } => Failure::new(
            "cancelled",
            format!("it is cancelled from {on} on: nothing is done with it any more"),
        ),
        Blocked::HistoryFull => {
            Failure::new("history_full", format!("it has {EVENTS_MAX} entries: sell a new membership"))
        }
    }
}

fn not_running(why: NotRunning) -> Failure {
    match why {
        NotRunning::NotStarted { first_day } => Failure::new(
            "not_started",
            format!(
                "it is not valid yet: it begins on {first_day}, or with the first visit where its plan says so (`start`)"
            ),
        ),
        NotRunning::Ended { on } => Failure::new(
            "ended",
            format!("it is over: from {on} on it is not valid. Renew it, or sell a new one"),
        ),
        NotRunning::Frozen { until } => {
            let words =
                format!("it is frozen and valid again from {until} on: end the freeze with `thaw` first");
            Failure::new("frozen", words)
        }
    }
}

fn other_contents(what: &str) -> Failure {
    let words =
        format!("this operation was done before with another {what}: ask for the same, or use a new id");
    Failure::new("operation_used", words)
}

const fn field_words(field: Field) -> &'static str {
    match field {
        Field::Change => "command",
        Field::Date => "date",
        Field::Holder => "member",
        Field::Version => "version of the plan",
        Field::Paid => "amount",
        Field::Days => "number of days",
        Field::Span => "span of days",
        Field::Freeze => "freeze",
        Field::Visit => "visit",
        Field::Extra => "extra",
        Field::Count => "count",
    }
}

fn before_sale(sold_on: jiff::civil::Date) -> Failure {
    Failure::new("before_sale", format!("it was sold on {sold_on}: nothing is done before that day"))
}

fn used_on(on: jiff::civil::Date) -> Failure {
    Failure::new("used_on", format!("it was used on {on}: choose days on which it was not"))
}

fn beyond_last_date() -> Failure {
    Failure::new("beyond_last_date", format!("it would end after {LAST_DATE}, the last date of the calendar"))
}
