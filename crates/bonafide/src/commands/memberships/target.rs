//! The membership that is meant: by its id, or by the number of a member who has only one that runs.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::MemberId;
use bonafide_domain::membership::{Change, Membership, Standing};
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::id::Id;
use bonafide_store::members::{Member, note_view};
use bonafide_store::memberships::{self, Held};
use bonafide_store::organisation::{Kept, branch, branch::Branch};
use bonafide_store::plans;
use jiff::civil::Date;

use crate::book::Book;
use crate::clock;
use crate::commands::memberships::answer::state_words;
use crate::commands::memberships::operation::Operation;
use crate::commands::named;
use crate::failure::Failure;

/// A membership with the branch where it was sold, and the date there.
pub(super) struct Target {
    pub(super) held: Held,
    pub(super) branch: Kept<Branch>,
    pub(super) today: Date,
}

impl Target {
    /// A membership by its id.
    ///
    /// # Errors
    /// `no_membership`, and the keys of faults.
    pub(super) fn of(book: &Book, id: Id) -> Result<Target, Failure> {
        let none = || Failure::new("no_membership", format!("there is no membership {id}"));
        let held = book.store.read(|tx| memberships::get(tx, id))?.ok_or_else(none)?;
        Target::held(book, held)
    }

    /// A membership that was read.
    ///
    /// # Errors
    /// The keys of faults.
    pub(super) fn held(book: &Book, held: Held) -> Result<Target, Failure> {
        let gone = || Failure::new("no_branch", "the branch of the membership is not there any more");
        let branch = book.store.read(|tx| branch::get(tx, held.branch))?.ok_or_else(gone)?;
        let today = today(&branch)?;
        Ok(Target { held, branch, today })
    }

    /// What a person typed: the membership's id, or the number of a member. `operation` is what is to be done with it: of a
    /// member the one that it was done to before.
    ///
    /// # Errors
    /// `no_membership`, `no_member`, `ambiguous` with the candidates, and the keys of faults.
    pub(super) fn find(book: &Book, text: &str, operation: Option<&Operation>) -> Result<Target, Failure> {
        if let Some(id) = Id::parse(text) {
            return Target::of(book, id);
        }
        let member = named::member(book, text)?;
        if let Some((id, _)) = operation.and_then(Operation::before) {
            let target = Target::of(book, *id)?;
            if was_held_by(&target.held.membership, member.id) {
                return Ok(target);
            }
        }
        let all = book.store.read(|tx| memberships::of_member(tx, member.id))?;
        let all: Vec<Target> =
            all.into_iter().map(|held| Target::held(book, held)).collect::<Result<_, _>>()?;
        only(book, &member, all)
    }

    /// Notes that somebody looks at it, before anything is shown: a view that was not written down does not happen.
    ///
    /// # Errors
    /// The keys of faults.
    pub(super) fn note_view(&self, book: &Book) -> Result<(), Failure> {
        let (acting, id) = (book.acting(), self.held.id);
        book.write(move |work| {
            record(work.tx, &acting, "membership_viewed", Subject::row(memberships::TABLE, id), None)
                .map(drop)
        })
    }

    /// How it stands today.
    pub(super) fn standing(&self) -> Standing {
        self.held.membership.standing(self.today)
    }
}

/// The date at a branch now.
///
/// # Errors
/// `clock_not_set` for a clock before 2000.
pub(super) fn today(branch: &Kept<Branch>) -> Result<Date, Failure> {
    let now = UtcMicros::parse(clock::now_us());
    let now =
        now.map_err(|_| Failure::new("clock_not_set", "the clock of this machine is not set: set it"))?;
    Ok(branch.content.time_zone.calendar().date_of(now))
}

/// The one that runs, or the only one that there is.
fn only(book: &Book, member: &Member, all: Vec<Target>) -> Result<Target, Failure> {
    let over = |target: &Target| {
        matches!(target.standing(), Standing::Ended { .. } | Standing::Cancelled { .. } | Standing::UsedUp)
    };
    let (over, running): (Vec<_>, Vec<_>) = all.into_iter().partition(over);
    let mut candidates = if running.is_empty() { over } else { running };
    match candidates.len() {
        0 => {
            let words = format!("member {} has no membership: sell one first", member.number);
            Err(Failure::new("no_membership", words))
        }
        1 => Ok(candidates.swap_remove(0)),
        many => {
            // The candidates are what the member has: showing them is looking.
            let (acting, id) = (book.acting(), member.id);
            book.write(move |work| note_view(work, &acting, id))?;
            let mut lines = String::new();
            for target in &candidates {
                let plan = book.store.read(|tx| plans::get(tx, target.held.plan))?;
                let plan = plan.map_or_else(String::new, |plan| plan.plan.name.as_str().to_owned());
                lines += &format!("\n  {}  {plan}, {}", target.held.id, state_words(target));
            }
            let words = format!("member {} has {many} memberships: give one by its id{lines}", member.number);
            Err(Failure::new("ambiguous", words))
        }
    }
}

/// Whether a member has, or had, a membership.
fn was_held_by(membership: &Membership, member: Id) -> bool {
    let member = MemberId::from(member);
    membership.history().iter().any(|event| match event.change {
        Change::Sold { holder, .. } => holder == member,
        Change::Transferred { to } => to == member,
        _ => false,
    })
}
