//! The figures of a question and of the span before it, read from one moment of the book.

use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::figures::Question;
use bonafide_store::figures::comparison::{Comparisons, comparisons};
use bonafide_store::figures::participants::{Again, Participants, again, participants};
use bonafide_store::figures::points::{PointsFigures, SOON_DAYS, expiring, points};
use bonafide_store::figures::sales::{Sales, sales};
use bonafide_store::surveys::{Satisfaction, satisfaction};

use crate::pages::figures::asking::Asking;

/// Figures of one span.
pub(super) struct Part {
    pub(super) points: PointsFigures,
    pub(super) sales: Sales,
    pub(super) participants: Participants,
    pub(super) again: Again,
    pub(super) satisfaction: Satisfaction,
}

/// All of them.
pub(super) struct Gathered {
    pub(super) now: Part,
    /// Of the span before; nothing where the calendar has none.
    pub(super) before: Option<Part>,
    /// Points that come to nothing within each of [`SOON_DAYS`] from today.
    pub(super) soon: [u64; SOON_DAYS.len()],
    pub(super) compared: Comparisons,
}

fn part(tx: &mut Tx<'_>, asking: &Asking, question: &Question) -> Result<Part, Fault> {
    Ok(Part {
        points: points(tx, question, &asking.calendar)?,
        sales: sales(tx, question)?,
        participants: participants(tx, question, &asking.calendar)?,
        again: again(tx, question, asking.today)?,
        satisfaction: satisfaction(tx, question)?,
    })
}

/// Gathers them.
///
/// # Errors
/// When the book cannot be read.
pub(super) fn gather(tx: &mut Tx<'_>, asking: &Asking) -> Result<Gathered, Fault> {
    let (question, until) = (asking.question, asking.question.span.until());
    let before = asking.before().map(|before| part(tx, asking, &before)).transpose()?;
    let (soon, compared) = if asking.sees_all {
        let soon = expiring(tx, question.programme, &asking.calendar, asking.now)?;
        (soon, comparisons(tx, question.programme, (until, asking.today))?)
    } else {
        Default::default()
    };
    Ok(Gathered { now: part(tx, asking, &question)?, before, soon, compared })
}
