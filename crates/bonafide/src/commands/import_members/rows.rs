//! The rows of an import on their way into the book, some hundred in a transaction.

use bonafide_store::imports::{ImportedRow, ROWS_MAX, TakenRow, take};
use indicatif::ProgressBar;
use jiff::civil::Date;

use super::answer::ImportAnswer;
use crate::book::Book;
use crate::failure::Failure;
use crate::import::holdings::{Left, Offers};
use crate::import::member::imported;
use crate::import::reading::Outcome;
use crate::progress;

/// A row that waits for its transaction.
struct Waiting {
    line: u32,
    row: ImportedRow,
    left: Option<Left>,
}

/// An import under way.
pub(super) struct Rows<'a> {
    pub(super) book: &'a Book,
    pub(super) offers: Offers,
    pub(super) apply: bool,
    pub(super) duplicates_anyway: bool,
    pub(super) today: Date,
    pub(super) answer: ImportAnswer,
    waiting: Vec<Waiting>,
}

/// What a dry run refuses, so that nothing of it stays.
struct DryRun<T>(T);

impl<'a> Rows<'a> {
    /// Nothing is read yet.
    pub(super) fn begin(
        book: &'a Book,
        offers: Offers,
        today: Date,
        (apply, duplicates_anyway): (bool, bool),
        answer: ImportAnswer,
    ) -> Rows<'a> {
        Rows { book, offers, apply, duplicates_anyway, today, answer, waiting: Vec::new() }
    }

    /// Takes what was read of one row. A dry run keeps all of them: a later row may be an earlier one's duplicate, which only one
    /// and the same transaction shows.
    pub(super) fn note(&mut self, outcome: Outcome) -> Result<(), Failure> {
        match outcome {
            Outcome::Errors(_) => self.answer.count_error(),
            Outcome::Passed { .. } => {}
            Outcome::Member(row, Some(duplicate)) if !self.duplicates_anyway && duplicate.by.is_certain() => {
                self.answer.count_repeated(row.line, duplicate.first_line);
            }
            Outcome::Member(row, _) => match imported(&row, &self.offers, self.today) {
                Ok((imported, left)) => {
                    self.waiting.push(Waiting { line: row.line, row: imported, left });
                    if self.apply && self.waiting.len() == ROWS_MAX {
                        self.flush(None)?;
                    }
                }
                Err(refused) => self.answer.count_refused(row.line, refused.key()),
            },
        }
        Ok(())
    }

    /// The rest.
    pub(super) fn finish(mut self) -> Result<ImportAnswer, Failure> {
        let bar = (!self.apply).then(|| progress::bar("tried out", self.waiting.len()));
        self.flush(bar.clone())?;
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        Ok(self.answer)
    }

    /// Writes the waiting rows in one transaction; takes it back in a dry run.
    fn flush(&mut self, bar: Option<ProgressBar>) -> Result<(), Failure> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let (acting, anyway, apply) = (self.book.acting(), self.duplicates_anyway, self.apply);
        let written = self.book.store.write(move |work| {
            let mut taken: Vec<(u32, TakenRow, Option<Left>)> = Vec::with_capacity(waiting.len());
            for Waiting { line, row, left } in &waiting {
                taken.push((*line, take(work, &acting, row, anyway)?, left.clone()));
                if let Some(bar) = &bar {
                    bar.inc(1);
                }
            }
            Ok(if apply { Ok(taken) } else { Err(DryRun(taken)) })
        })?;
        let (Ok(taken) | Err(DryRun(taken))) = written;
        for (line, taken, left) in taken {
            self.answer.count(line, &taken, left.as_ref());
        }
        Ok(())
    }
}
