//! A plan in answers.

use bonafide_domain::profile::Note;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::plans::{self, KeptPlan};
use serde::Serialize;

use crate::book::Book;
use crate::commands::plans::terms::TermsAnswer;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// A plan with the terms that are sold now.
#[derive(Serialize)]
pub(super) struct PlanAnswer {
    id: Id,
    name: String,
    note: Option<String>,
    /// Since when it is not sold any more.
    closed_us: Option<i64>,
    terms: TermsAnswer,
}

impl PlanAnswer {
    /// A plan as it stands.
    pub(super) fn of(tx: &mut Tx<'_>, kept: &KeptPlan) -> Result<PlanAnswer, Fault> {
        let current = plans::current(tx, kept.id)?;
        let current =
            current.ok_or_else(|| Fault::damaged(format!("the plan {} has no version", kept.id)))?;
        Ok(PlanAnswer {
            id: kept.id,
            name: kept.plan.name.as_str().to_owned(),
            note: kept.plan.note.as_ref().map(Note::as_str).map(str::to_owned),
            closed_us: kept.archived_us,
            terms: TermsAnswer::of(tx, &current.terms)?,
        })
    }

    /// A row of a list.
    pub(super) fn cells(&self) -> Vec<String> {
        let closed = if self.closed_us.is_some() { "closed" } else { "" };
        vec![
            self.name.clone(),
            self.terms.price().to_owned(),
            self.terms.period(),
            self.terms.visits_words(),
            format!("version {}", self.terms.version()),
            closed.to_owned(),
        ]
    }

    /// The name, the note and the terms.
    pub(super) fn lines(&self) -> Vec<String> {
        let closed = if self.closed_us.is_some() { ", not sold any more" } else { "" };
        let mut lines = vec![format!("{}{closed}", self.name)];
        lines.extend(
            self.note.iter().flat_map(|note| note.lines().map(|line| format!("  note       {line}"))),
        );
        lines.extend(self.terms.lines().into_iter().map(|line| format!("  {line}")));
        lines
    }
}

/// A plan that something was done to.
#[derive(Serialize)]
struct DoneAnswer {
    /// `added`, `published`, `renamed`, `closed`, `reopened`, or `unchanged` when it was so before.
    done: &'static str,
    plan: PlanAnswer,
}

impl Answer for DoneAnswer {
    fn text(&self) -> String {
        let done = match self.done {
            "published" => format!(
                "version {} is sold from now on; what was sold before keeps its terms",
                self.plan.terms.version()
            ),
            "unchanged" => "it was so before".to_owned(),
            done => done.to_owned(),
        };
        [vec![done], self.plan.lines()].concat().join("\n")
    }
}

/// Prints a plan after something was done to it.
///
/// # Errors
/// The keys of faults.
pub(super) fn print(done: &'static str, plan: Id, book: &Book, json: bool) -> Result<(), Failure> {
    let answer = book.store.read(|tx| {
        let kept = plans::get(tx, plan)?.ok_or_else(|| Fault::damaged(format!("the plan {plan} is gone")))?;
        Ok(DoneAnswer { done, plan: PlanAnswer::of(tx, &kept)? })
    })?;
    output::print(&answer, json)
}
