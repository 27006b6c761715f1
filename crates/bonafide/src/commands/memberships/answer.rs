//! A membership in answers: how it stands, and what is left of it.

use bonafide_domain::calendar::days_between;
use bonafide_domain::membership::{Change, Membership, Standing};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::{members, plans};
use jiff::civil::Date;
use serde::Serialize;

use crate::commands::memberships::history::span_words;
use crate::commands::memberships::target::Target;
use crate::commands::plans::terms::{days_words, extra_name, extra_names};

/// A membership on a date.
#[derive(Serialize)]
pub(super) struct MembershipAnswer {
    pub(super) id: Id,
    plan: String,
    plan_id: Id,
    plan_version: u32,
    branch: String,
    /// The number of the member who has it; nothing for one who is being erased.
    member: Option<u32>,
    /// The date that `state` and everything that is left is told for: today in the branch's calendar.
    today: String,
    /// `not_started`, `active`, `frozen`, `ended`, `used_up` or `cancelled`.
    state: &'static str,
    state_words: String,
    sold_on: String,
    first_day: String,
    /// The last valid day, a cancellation aside; nothing when it lasts until the visits are used.
    last_day: Option<String>,
    /// Days until it ends or is cancelled, today included, frozen ones too.
    days_left: Option<i64>,
    visits: Option<u32>,
    visits_left: Option<u32>,
    guest_visits: u32,
    guest_visits_left: u32,
    freezes_left: Option<FreezesLeftAnswer>,
    freezes: Vec<FreezeAnswer>,
    extras: Vec<ExtraLeft>,
}

#[derive(Serialize)]
struct FreezesLeftAnswer {
    count: u16,
    days: u64,
}

#[derive(Serialize)]
struct FreezeAnswer {
    /// What made it, and what `thaw` is told to end it.
    operation: Id,
    first_day: String,
    /// The last frozen day.
    last_day: String,
    days: i64,
    #[serde(skip)]
    words: String,
}

#[derive(Serialize)]
struct ExtraLeft {
    name: String,
    extra_id: Id,
    count: u32,
    left: u32,
}

impl MembershipAnswer {
    /// A membership as it stands today.
    pub(super) fn of(tx: &mut Tx<'_>, vault: &Vault, target: &Target) -> Result<MembershipAnswer, Fault> {
        let (held, today) = (&target.held, target.today);
        let (membership, spec) = (&held.membership, held.membership.terms().spec());
        let plan = plans::get(tx, held.plan)?;
        // What has not begun has everything; with a cancellation all is settled, also for the days until it takes effect.
        let on = today.max(membership.first_day());
        let open = cancelled_on(membership).is_none();
        let names = extra_names(tx)?;
        let extras = spec.extras.iter().map(|included| ExtraLeft {
            name: extra_name(&names, included.extra),
            extra_id: Id::from_bytes(included.extra.0),
            count: included.count,
            left: membership.extra_left(on, included.extra).filter(|_| open).unwrap_or(0),
        });
        Ok(MembershipAnswer {
            id: held.id,
            plan: plan.map_or_else(String::new, |plan| plan.plan.name.as_str().to_owned()),
            plan_id: held.plan,
            plan_version: spec.version,
            branch: target.branch.content.name.as_str().to_owned(),
            member: members::get(tx, vault, Id::from(membership.holder()))?.map(|member| member.number),
            today: today.to_string(),
            state: state(target.standing()),
            state_words: state_words(target),
            sold_on: membership.sold_on().to_string(),
            first_day: membership.first_day().to_string(),
            last_day: membership.until().map(|until| last_before(until).to_string()),
            days_left: end(membership).map(|end| days_between(today, end).max(0)),
            visits: spec.visits,
            visits_left: spec.visits.map(|_| membership.visits_left(on).filter(|_| open).unwrap_or(0)),
            guest_visits: spec.guest_visits,
            guest_visits_left: if open { membership.guest_visits_left(on) } else { 0 },
            freezes_left: membership
                .freezes_left(on)
                .filter(|_| open)
                .map(|left| FreezesLeftAnswer { count: left.count, days: left.days }),
            freezes: membership
                .freezes()
                .map(|(operation, span)| FreezeAnswer {
                    operation: Id::from_bytes(operation.0),
                    first_day: span.from().to_string(),
                    last_day: last_before(span.until()).to_string(),
                    days: span.days(),
                    words: span_words(span),
                })
                .collect(),
            extras: extras.collect(),
        })
    }

    /// A row of a list.
    pub(super) fn cells(&self) -> Vec<String> {
        vec![self.plan.clone(), self.branch.clone(), self.state_words.clone(), self.id.to_string()]
    }

    /// What it is, whose, and what is left.
    pub(super) fn lines(&self) -> Vec<String> {
        let whose = self.member.map_or_else(String::new, |number| format!(" · member {number}"));
        let mut lines =
            vec![format!("{}, version {} · {}{whose}", self.plan, self.plan_version, self.branch)];
        let mut line = |label: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("  {label:<10} {value}")));
        };
        line("state", Some(self.state_words.clone()));
        line("sold", Some(self.sold_on.clone()));
        let left = self.visits.zip(self.visits_left);
        line("visits", left.map(|(visits, left)| format!("{left} of {visits} left")));
        let guests = format!("{} of {} left", self.guest_visits_left, self.guest_visits);
        line("guests", (self.guest_visits > 0).then_some(guests));
        let more = |left: &FreezesLeftAnswer| {
            format!("{} more, of {} together", left.count, days_words_of(left.days))
        };
        line("freezes", self.freezes_left.as_ref().map(more));
        for freeze in &self.freezes {
            line("frozen", Some(format!("{}, operation {}", freeze.words, freeze.operation)));
        }
        for extra in &self.extras {
            line("extra", Some(format!("{} of {} × {} left", extra.left, extra.count, extra.name)));
        }
        line("membership", Some(self.id.to_string()));
        lines
    }
}

fn days_words_of(days: u64) -> String {
    days_words(i64::try_from(days).unwrap_or(i64::MAX))
}

/// The last date before a half-open end.
fn last_before(until: Date) -> Date {
    until.yesterday().unwrap_or(until)
}

/// From when on it is cancelled. Nothing follows a cancellation.
fn cancelled_on(membership: &Membership) -> Option<Date> {
    let last = membership.history().last()?;
    matches!(last.change, Change::Cancelled { .. }).then_some(last.on)
}

/// The first date on which it is no longer valid, by its end or a cancellation.
fn end(membership: &Membership) -> Option<Date> {
    membership.until().into_iter().chain(cancelled_on(membership)).min()
}

const fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::NotStarted { .. } => "not_started",
        Standing::Active => "active",
        Standing::Frozen { .. } => "frozen",
        Standing::Ended { .. } => "ended",
        Standing::UsedUp => "used_up",
        Standing::Cancelled { .. } => "cancelled",
    }
}

/// How a membership stands today, in words.
pub(super) fn state_words(target: &Target) -> String {
    let (membership, today) = (&target.held.membership, target.today);
    let until = membership.until();
    if let Some(on) = cancelled_on(membership).filter(|&on| today < on) {
        return cancelled_later_words(target.standing(), today, on);
    }
    let ends = |until: Date| format!("last day {}", last_before(until));
    match target.standing() {
        Standing::NotStarted { first_day } if membership.awaits_first_visit(today) => {
            format!("waits for the first visit, begins by itself on {first_day}")
        }
        Standing::NotStarted { first_day } => format!("begins on {first_day}"),
        Standing::Active => match until {
            Some(until) => {
                format!("valid, {}, {} left", ends(until), days_words(days_between(today, until)))
            }
            None => "valid until the visits are used".to_owned(),
        },
        Standing::Frozen { until: thawed } => {
            let ends = until.map_or_else(String::new, |until| format!(", {}", ends(until)));
            format!("frozen, valid again from {thawed}{ends}")
        }
        Standing::Ended { on } => format!("over, {}", ends(on)),
        Standing::UsedUp => {
            let ends = until.map_or_else(String::new, |until| format!(", {}", ends(until)));
            format!("all visits are used{ends}")
        }
        Standing::Cancelled { on } => format!("cancelled from {on} on"),
    }
}

/// How one stands that is cancelled from a later date on.
fn cancelled_later_words(standing: Standing, today: Date, on: Date) -> String {
    let cancelled = format!("cancelled from {on} on");
    match standing {
        Standing::Active => format!("valid, {cancelled}, {} left", days_words(days_between(today, on))),
        Standing::Frozen { until } => format!("frozen to {}, {cancelled}", last_before(until)),
        Standing::NotStarted { first_day } => format!("not begun before {first_day}, {cancelled}"),
        Standing::Ended { .. } | Standing::UsedUp | Standing::Cancelled { .. } => cancelled,
    }
}
