//! What happened to a membership, in words.

use std::collections::BTreeMap;

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::id::{MemberId, OperationId};
use bonafide_domain::membership::{Change, Membership, MembershipEvent};
use bonafide_store::audit::entry::Author;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::members;
use bonafide_store::memberships::Held;
use serde::Serialize;

use crate::commands::plans::terms::{days_words, extra_name, extra_names};
use crate::commands::typed::money_words;

/// One entry of a history.
#[derive(Serialize)]
pub(super) struct EventAnswer {
    /// The date that it counts for.
    on: String,
    at_us: i64,
    kind: &'static str,
    words: String,
    operation: Id,
    /// `command_line`, `staff`, …; nothing where it is not asked for.
    by: Option<String>,
}

/// What the ids of a history are called.
pub(super) struct Names {
    extras: BTreeMap<Id, String>,
    /// The numbers of those who have or had it.
    members: BTreeMap<Id, u32>,
}

impl Names {
    /// The names that a membership's history needs.
    pub(super) fn of(tx: &mut Tx<'_>, vault: &Vault, held: &Held) -> Result<Names, Fault> {
        let mut members = BTreeMap::new();
        for event in held.membership.history() {
            if let Change::Transferred { to } = event.change {
                let id = Id::from(to);
                members.extend(members::get(tx, vault, id)?.map(|member| (id, member.number)));
            }
        }
        Ok(Names { extras: extra_names(tx)?, members })
    }

    fn member(&self, member: MemberId) -> String {
        let number = self.members.get(&Id::from(member));
        number.map_or_else(|| "somebody who was erased".to_owned(), |number| format!("member {number}"))
    }
}

impl EventAnswer {
    /// An event of a membership.
    pub(super) fn of(
        event: &MembershipEvent,
        author: Option<&Author>,
        membership: &Membership,
        names: &Names,
    ) -> EventAnswer {
        EventAnswer {
            on: event.on.to_string(),
            at_us: event.at.get(),
            kind: kind(&event.change),
            words: words(event, membership, names),
            operation: Id::from_bytes(event.operation.0),
            by: author.map(|author| author.kind.clone()),
        }
    }

    /// What happened.
    pub(super) fn line(&self) -> String {
        format!("{}  {}", self.on, self.words)
    }

    /// A line of a history: by whom too, and the operation where it may be wanted again, to end a freeze or to give a visit
    /// back.
    pub(super) fn history_line(&self) -> String {
        let by = self.by.as_ref().map_or_else(String::new, |by| format!(" ({})", by.replace('_', " ")));
        let operation = match self.kind {
            "frozen" | "visit_used" => format!(", operation {}", self.operation),
            _ => String::new(),
        };
        format!("{}{by}{operation}", self.line())
    }
}

/// The word of a kind of event.
const fn kind(change: &Change) -> &'static str {
    match change {
        Change::Sold { .. } => "sold",
        Change::Started => "started",
        Change::Extended { .. } => "extended",
        Change::Frozen { .. } => "frozen",
        Change::Thawed { .. } => "thawed",
        Change::VisitUsed => "visit_used",
        Change::VisitGivenBack { .. } => "visit_given_back",
        Change::GuestPassUsed => "guest_pass_used",
        Change::ExtraUsed { .. } => "extra_used",
        Change::Transferred { .. } => "transferred",
        Change::Renewed { .. } => "renewed",
        Change::Cancelled { .. } => "cancelled",
    }
}

fn words(event: &MembershipEvent, membership: &Membership, names: &Names) -> String {
    match event.change {
        Change::Sold { version, paid, .. } => {
            format!("sold for {}, version {version} of the plan", money_words(paid))
        }
        Change::Started => "begun by the first visit".to_owned(),
        Change::Extended { days } => format!("extended by {}", days_words(days)),
        Change::Frozen { span } => format!("frozen {}", span_words(span)),
        Change::Thawed { freeze } => match earlier(membership, freeze) {
            Some(MembershipEvent { change: Change::Frozen { span }, .. }) if event.on <= span.from() => {
                format!("the freeze {} was withdrawn", span_words(*span))
            }
            Some(MembershipEvent { change: Change::Frozen { span }, .. }) => {
                format!("the freeze {} ended early: valid again from {}", span_words(*span), event.on)
            }
            _ => "a freeze ended early".to_owned(),
        },
        Change::VisitUsed => "a visit was used".to_owned(),
        Change::VisitGivenBack { visit } => match earlier(membership, visit) {
            Some(used) => format!("the visit of {} was given back", used.on),
            None => "a visit was given back".to_owned(),
        },
        Change::GuestPassUsed => "a guest came along".to_owned(),
        Change::ExtraUsed { extra, count } => format!("used: {count} × {}", extra_name(&names.extras, extra)),
        Change::Transferred { to } => format!("given to {}", names.member(to)),
        Change::Renewed { paid } => {
            format!("renewed for {}", money_words(paid.unwrap_or(membership.terms().spec().price)))
        }
        Change::Cancelled { refund } => {
            format!("cancelled from {} on; paid back: {}", event.on, money_words(refund))
        }
    }
}

fn earlier(membership: &Membership, operation: OperationId) -> Option<&MembershipEvent> {
    membership.history().iter().find(|event| event.operation == operation)
}

/// Both the first and the last date, as people say it.
pub(super) fn span_words(span: DateSpan) -> String {
    // A span has at least one date, so that there is one before its end.
    let last = span.until().yesterday().unwrap_or(span.from());
    format!("from {} to {last} ({})", span.from(), days_words(span.days()))
}
