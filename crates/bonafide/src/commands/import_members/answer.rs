//! What an import tells.

use std::collections::BTreeMap;

use bonafide_store::imports::{Figures, MembershipTaken, Taken, TakenRow};
use serde::Serialize;

use crate::import::holdings::Left;
use crate::import::survey::Plan;
use crate::output::Answer;

/// Rows that somebody should look at: shown at most.
const SHOWN_MAX: usize = 20;

#[derive(Serialize, Default)]
pub(super) struct ImportAnswer {
    /// False for a dry run: then the figures are what would have been done.
    applied: bool,
    /// Rows with something in them, below the header.
    rows: u32,
    /// New members.
    imported: u32,
    /// Members of an earlier run with something new.
    updated: u32,
    /// Members of an earlier run with nothing new.
    unchanged: u32,
    /// Members whom staff have changed since an earlier run: left as they are.
    kept: u32,
    /// Rows that seem to be a member already, or an earlier row: not taken.
    duplicates: u32,
    /// Rows held back for an error.
    errors: u32,
    /// Cards that the members of the list have now.
    cards: u32,
    /// Cards that somebody else has: left there.
    cards_in_use: u32,
    /// Memberships that the members of the list have now.
    memberships: u32,
    /// Memberships to look at, by the reason: left in the note, or not as the list has them.
    memberships_left: BTreeMap<String, u32>,
    /// The country that was assumed for bare phone numbers.
    country: Option<&'static str>,
    /// The first duplicates: the row, and whom it seems to be.
    duplicate_rows: Vec<DuplicateRow>,
    /// The first rows that the rules refused after they were read: the row and the field.
    refused_rows: Vec<RefusedRow>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct DuplicateRow {
    row: u32,
    /// The number of the member, if it is in the book.
    member: Option<u32>,
    /// The earlier row, if it is in the list.
    earlier_row: Option<u32>,
}

#[derive(Serialize)]
struct RefusedRow {
    row: u32,
    field: &'static str,
}

impl ImportAnswer {
    /// Of a list that was surveyed.
    pub(super) fn begin(applied: bool, plan: &Plan) -> ImportAnswer {
        ImportAnswer {
            applied,
            rows: plan.rows,
            country: plan.country.map(|country| country.code),
            notes: plan.notes.iter().map(ToString::to_string).collect(),
            ..ImportAnswer::default()
        }
    }

    /// What the trace keeps of it.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            imported: self.imported,
            updated: self.updated,
            unchanged: self.unchanged + self.kept,
            duplicates: self.duplicates,
            errors: self.errors,
        }
    }

    /// A row that was held back.
    pub(super) fn count_error(&mut self) {
        self.errors += 1;
    }

    /// A row that was read and that the rules refuse.
    pub(super) fn count_refused(&mut self, row: u32, field: &'static str) {
        self.errors += 1;
        if self.refused_rows.len() < SHOWN_MAX {
            self.refused_rows.push(RefusedRow { row, field });
        }
    }

    /// A row that is an earlier one again.
    pub(super) fn count_repeated(&mut self, row: u32, earlier_row: u32) {
        self.show_duplicate(DuplicateRow { row, member: None, earlier_row: Some(earlier_row) });
    }

    fn show_duplicate(&mut self, duplicate: DuplicateRow) {
        self.duplicates += 1;
        if self.duplicate_rows.len() < SHOWN_MAX {
            self.duplicate_rows.push(duplicate);
        }
    }

    /// A row that the book was asked to take; `left` says why its membership was not among it.
    pub(super) fn count(&mut self, row: u32, taken: &TakenRow, left: Option<&Left>) {
        match taken.member {
            Taken::Added { .. } => self.imported += 1,
            Taken::Updated => self.updated += 1,
            Taken::Unchanged => self.unchanged += 1,
            Taken::KeptAsChanged => self.kept += 1,
            Taken::Duplicate { of } => {
                self.show_duplicate(DuplicateRow { row, member: Some(of), earlier_row: None });
                return;
            }
        }
        self.cards += taken.cards.given;
        self.cards_in_use += taken.cards.in_use + taken.cards.refused;
        let left = match taken.membership {
            MembershipTaken::None => left.map(ToString::to_string),
            MembershipTaken::Given | MembershipTaken::Before => {
                self.memberships += 1;
                None
            }
            MembershipTaken::EndsEarlier => {
                self.memberships += 1;
                Some("taken, and it ends earlier than in the list: extend it".to_owned())
            }
            MembershipTaken::OtherEnd => {
                self.memberships += 1;
                Some(
                    "taken in an earlier run, and it ends on another day in the book: look which is right"
                        .to_owned(),
                )
            }
            MembershipTaken::NotSold(_) => {
                Some("not taken: the plan or the branch does not allow the sale".to_owned())
            }
        };
        if let Some(why) = left {
            *self.memberships_left.entry(why).or_default() += 1;
        }
    }
}

impl Answer for ImportAnswer {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.notes.iter().map(|note| format!("note: {note}")).collect();
        lines.push(format!(
            "{} rows: {} new, {} with something new, {} as before, {} changed by staff and left, {} duplicates not taken, \
             {} held back",
            self.rows, self.imported, self.updated, self.unchanged, self.kept, self.duplicates, self.errors
        ));
        if self.cards + self.cards_in_use + self.memberships > 0 {
            lines.push(format!(
                "{} cards, {} more belong to somebody else; {} memberships",
                self.cards, self.cards_in_use, self.memberships
            ));
        }
        lines.extend(
            self.memberships_left.iter().map(|(why, rows)| format!("  {rows} memberships to look at: {why}")),
        );
        lines.extend(self.duplicate_rows.iter().map(|one| match (one.member, one.earlier_row) {
            (Some(member), _) => format!("  row {} seems to be member {member}", one.row),
            (None, earlier) => format!("  row {} seems to be row {} again", one.row, earlier.unwrap_or(0)),
        }));
        lines.extend(
            self.refused_rows.iter().map(|one| format!("  row {}: {} is not accepted", one.row, one.field)),
        );
        if !self.applied {
            lines.push("nothing was written; --apply does it".to_owned());
        }
        lines.join("\n")
    }
}
