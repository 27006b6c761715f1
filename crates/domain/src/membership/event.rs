//! What is asked of a membership and what is written down about it.

use jiff::civil::Date;

use crate::calendar::{DateSpan, UtcMicros};
use crate::id::{ExtraId, MemberId, OperationId};
use crate::money::Money;

/// Who asks is the program's business; this is what it knows about the asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Brought by the caller, who keeps it with the date until there is an answer.
    pub operation: OperationId,
    /// The clock of the server. Only recorded: order is by sequence, rules go by the date.
    pub at: UtcMicros,
    /// The date it counts for in the branch's calendar: usually today, yesterday for what was forgotten.
    pub on: Date,
}

/// One entry of a membership's history. Nothing in it is ever changed; a further entry corrects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipEvent {
    /// Counts the entries of one membership from zero. The store takes each number once, so that of two that race for
    /// the last visit exactly one is written (case D-28).
    pub sequence: u32,
    /// See [`Request::operation`].
    pub operation: OperationId,
    /// See [`Request::at`].
    pub at: UtcMicros,
    /// See [`Request::on`].
    pub on: Date,
    /// What happened.
    pub change: Change,
}

/// What happened to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was sold. The first period begins on the date of the sale, or later with the first visit.
    Sold {
        /// Whose it is.
        holder: MemberId,
        /// The version of the plan; its terms stay with the membership.
        version: u32,
        /// What the first period really cost.
        paid: Money,
    },
    /// The first visit began it, on the date of the event.
    Started,
    /// The period of the date got further days.
    Extended {
        /// How many.
        days: u16,
    },
    /// It rests on these dates, and ends so much later.
    Frozen {
        /// The first frozen date, and the first that is not.
        span: DateSpan,
    },
    /// A freeze ended early: from the date of the event on it is valid again.
    Thawed {
        /// The operation that made the freeze.
        freeze: OperationId,
    },
    /// One of the counted visits was used.
    VisitUsed,
    /// It was not used after all.
    VisitGivenBack {
        /// The operation that used it.
        visit: OperationId,
    },
    /// A guest came along.
    GuestPassUsed,
    /// Something of an included extra was used.
    ExtraUsed {
        /// Of what.
        extra: ExtraId,
        /// How many.
        count: u32,
    },
    /// It belongs to another member now.
    Transferred {
        /// To whom.
        to: MemberId,
    },
    /// A further period was added at the end.
    Renewed {
        /// What it cost, where the branch had a price of its own; otherwise the price of the terms.
        paid: Option<Money>,
    },
    /// It is no longer valid from the date of the event on.
    Cancelled {
        /// What is paid back.
        refund: Money,
    },
}

/// The answer to a command that is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To be written now, and to hold once it is written.
    New(MembershipEvent),
    /// The operation was done before; this was the answer.
    AlreadyDone(MembershipEvent),
}

impl Answer {
    /// The event, new or old.
    pub const fn event(&self) -> &MembershipEvent {
        match self {
            Self::New(event) | Self::AlreadyDone(event) => event,
        }
    }
}

/// In what a repeated operation differs from the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Something else was asked for.
    Change,
    /// Another date.
    Date,
    /// Another holder.
    Holder,
    /// Another version of the plan.
    Version,
    /// Another amount was paid.
    Paid,
    /// Another number of days.
    Days,
    /// Other dates are to be frozen.
    Span,
    /// Another freeze is to end.
    Freeze,
    /// Another visit is to be given back.
    Visit,
    /// Another extra.
    Extra,
    /// Another count of it.
    Count,
}

/// Why no command of any kind is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The operation was done before with other contents.
    OtherContents(Field),
    /// It is cancelled: its account is closed, also for the days until the cancellation takes effect.
    Cancelled {
        /// From this date on.
        on: Date,
    },
    /// There are [`super::EVENTS_MAX`] events.
    HistoryFull,
}

impl MembershipEvent {
    /// The first thing in which what is asked now differs from this event. What the rules worked out themselves is not
    /// compared, and neither is the clock: a repetition comes later.
    pub(super) fn difference(&self, on: Date, asked: &Change) -> Option<Field> {
        let differs = |same: bool, field| (!same).then_some(field);
        let found = match (&self.change, asked) {
            (Change::Sold { holder, version, paid }, Change::Sold { holder: h, version: v, paid: p }) => {
                let paid = differs(paid == p, Field::Paid);
                differs(holder == h, Field::Holder).or(differs(version == v, Field::Version)).or(paid)
            }
            (Change::Extended { days }, Change::Extended { days: d }) => differs(days == d, Field::Days),
            (Change::Frozen { span }, Change::Frozen { span: s }) => differs(span == s, Field::Span),
            (Change::Thawed { freeze }, Change::Thawed { freeze: f }) => differs(freeze == f, Field::Freeze),
            (Change::VisitGivenBack { visit }, Change::VisitGivenBack { visit: v }) => {
                differs(visit == v, Field::Visit)
            }
            (Change::ExtraUsed { extra, count }, Change::ExtraUsed { extra: e, count: c }) => {
                differs(extra == e, Field::Extra).or(differs(count == c, Field::Count))
            }
            (Change::Transferred { to }, Change::Transferred { to: t }) => differs(to == t, Field::Holder),
            (Change::Started, Change::Started)
            | (Change::VisitUsed, Change::VisitUsed)
            | (Change::GuestPassUsed, Change::GuestPassUsed)
            | (Change::Renewed { .. }, Change::Renewed { .. })
            | (Change::Cancelled { .. }, Change::Cancelled { .. }) => None,
            _ => Some(Field::Change),
        };
        found.or(differs(self.on == on, Field::Date))
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::{ANNA, BORIS, SOLARIUM, day, days, operation, request, roubles};
    use super::*;

    /// One of each kind, then the same kind with other contents and the field that differs.
    #[test]
    fn t02_other_contents_are_named() {
        let sold = |holder, version, paid| Change::Sold { holder, version, paid: roubles(paid) };
        let extra = |extra, count| Change::ExtraUsed { extra, count };
        let changes: [(Change, &[(Change, Field)]); 12] = [
            (
                sold(ANNA, 1, 5),
                &[
                    (sold(BORIS, 2, 6), Field::Holder),
                    (sold(ANNA, 2, 6), Field::Version),
                    (sold(ANNA, 1, 6), Field::Paid),
                ],
            ),
            (Change::Started, &[]),
            (Change::Extended { days: 1 }, &[(Change::Extended { days: 2 }, Field::Days)]),
            (Change::Frozen { span: days(1, 2) }, &[(Change::Frozen { span: days(1, 3) }, Field::Span)]),
            (
                Change::Thawed { freeze: operation(1) },
                &[(Change::Thawed { freeze: operation(2) }, Field::Freeze)],
            ),
            (Change::VisitUsed, &[]),
            (
                Change::VisitGivenBack { visit: operation(1) },
                &[(Change::VisitGivenBack { visit: operation(2) }, Field::Visit)],
            ),
            (Change::GuestPassUsed, &[]),
            (
                extra(SOLARIUM, 1),
                &[(extra(ExtraId([9; 16]), 2), Field::Extra), (extra(SOLARIUM, 2), Field::Count)],
            ),
            (Change::Transferred { to: ANNA }, &[(Change::Transferred { to: BORIS }, Field::Holder)]),
            (Change::Renewed { paid: None }, &[]),
            (Change::Cancelled { refund: roubles(1) }, &[]),
        ];
        for (place, (change, others)) in changes.iter().enumerate() {
            let Request { operation, at, on } = request(1, 0);
            let event = MembershipEvent { sequence: 1, operation, at, on, change: *change };
            assert_eq!(event.difference(on, change), None, "{change:?}");
            assert_eq!(event.difference(day(1), change), Some(Field::Date), "{change:?}");
            for (other, field) in *others {
                assert_eq!(event.difference(on, other), Some(*field), "{change:?} {other:?}");
                assert_eq!(event.difference(day(1), other), Some(*field), "the contents come first");
            }
            for (another, _) in
                changes.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, c)| c)
            {
                assert_eq!(event.difference(on, another), Some(Field::Change), "{change:?} {another:?}");
            }
        }
        let event = MembershipEvent {
            sequence: 1,
            operation: operation(1),
            at: UtcMicros::MIN,
            on: day(0),
            change: Change::Cancelled { refund: roubles(1) },
        };
        let worked_out = Change::Cancelled { refund: roubles(2) };
        assert_eq!(event.difference(day(0), &worked_out), None, "a refund is not asked for");
        let renewed = MembershipEvent { change: Change::Renewed { paid: None }, ..event };
        let dearer = Change::Renewed { paid: Some(roubles(2)) };
        assert_eq!(renewed.difference(day(0), &dearer), None, "neither is a price");
    }
}
