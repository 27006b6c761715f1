//! Which programme, which branch, which days: what the address of the page says, within what whoever asks may see.

use bonafide_domain::calendar::{Calendar, DateSpan, UtcMicros, days_after};
use bonafide_domain::money::Currency;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::figures::{Question, calendar_of};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, Programme};
use bonafide_store::organisation::branch;
use jiff::civil::Date;
use serde::Deserialize;

use crate::server::caller::Caller;

/// Days that are shown unless somebody says otherwise.
const DAYS_USUAL: i64 = 90;

/// The longest span: three years and a leap day.
const DAYS_MAX: i64 = 3 * 365 + 1;

/// The spans that one press leads to, in days.
pub(super) const QUICK_DAYS: [i64; 3] = [30, 90, 365];

/// What the address says. What is no value is as if it were not there.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    programme: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    from: String,
    /// The last day.
    #[serde(default)]
    to: String,
}

/// Something to choose, by its id and name.
pub(super) struct Choice {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// What is asked for, and what else could be.
pub(super) struct Asking {
    pub(super) question: Question,
    pub(super) currency: Currency,
    /// What a point pays in minor units; nothing as long as the programme has no rules.
    pub(super) point_minor: Option<u32>,
    pub(super) calendar: Calendar,
    pub(super) now: UtcMicros,
    pub(super) today: Date,
    /// He sees the whole programme, and not a branch of it alone.
    pub(super) sees_all: bool,
    pub(super) programmes: Vec<Choice>,
    pub(super) branches: Vec<Choice>,
}

impl Asking {
    /// The last day.
    pub(super) fn last_day(&self) -> Date {
        days_after(self.question.span.until(), -1).unwrap_or(self.question.span.until())
    }

    /// The same number of days just before.
    pub(super) fn before(&self) -> Option<Question> {
        let span = self.question.span;
        let from = days_after(span.from(), -span.days())?;
        Some(Question { span: DateSpan::parse(from, span.from()).ok()?, ..self.question })
    }

    /// The part of an address that asks for the same.
    pub(super) fn query(&self) -> String {
        let Question { programme, branch, span } = self.question;
        let branch = branch.map_or_else(String::new, |branch| branch.to_string());
        format!("programme={programme}&branch={branch}&from={}&to={}", span.from(), self.last_day())
    }

    /// The same for the last days up to today.
    pub(super) fn query_of_days(&self, days: i64) -> String {
        let from = days_after(self.today, 1 - days).unwrap_or(self.today);
        let Question { programme, branch, .. } = self.question;
        let branch = branch.map_or_else(String::new, |branch| branch.to_string());
        format!("programme={programme}&branch={branch}&from={from}&to={}", self.today)
    }
}

/// What is asked for; nothing as long as there is no programme.
///
/// # Errors
/// When the book cannot be read.
pub(super) fn asking(
    tx: &mut Tx<'_>,
    caller: &Caller,
    asked: &Asked,
    now: UtcMicros,
) -> Result<Option<Asking>, Fault> {
    let own = caller.signed().and_then(|signed| signed.employee.content.branch);
    let all = programmes_of(tx, own)?;
    let wanted = Id::parse(&asked.programme);
    let Some((programme, of)) =
        all.iter().find(|(id, _)| Some(*id) == wanted).or_else(|| all.first()).cloned()
    else {
        return Ok(None);
    };
    let mut branches = branch::list(tx, true)?;
    branches.retain(|kept| caller.works_in(kept.id));
    let wanted = Id::parse(&asked.branch);
    let branch = own.or_else(|| branches.iter().map(|kept| kept.id).find(|id| Some(*id) == wanted));
    let calendar = calendar_of(tx, programme)?;
    let today = calendar.date_of(now);
    let Some(span) = span(asked, today) else { return Ok(None) };
    let question = Question { programme, branch, span };
    let rules = programmes::rules_in_force(tx, programme)?;
    let choice = |id: Id, name: &str, chosen: bool| Choice { id, name: name.to_owned(), chosen };
    Ok(Some(Asking {
        question,
        currency: of.currency,
        point_minor: rules.map(|version| version.rules.spec().point_minor),
        calendar,
        now,
        today,
        sees_all: own.is_none(),
        programmes: all.iter().map(|(id, of)| choice(*id, of.name.as_str(), *id == programme)).collect(),
        branches: branches
            .iter()
            .map(|kept| choice(kept.id, kept.content.name.as_str(), Some(kept.id) == branch))
            .collect(),
    }))
}

/// The programmes that somebody may look at: that of his branch, or all.
fn programmes_of(tx: &mut Tx<'_>, own: Option<Id>) -> Result<Vec<(Id, Programme)>, Fault> {
    let mut all = programmes::list(tx)?;
    if let Some(branch) = own {
        let programme = programmes::of_branch(tx, branch)?;
        all.retain(|(id, _)| Some(*id) == programme);
    }
    Ok(all)
}

/// The days that were asked for, or the last ones; nothing at the end of the calendar.
fn span(asked: &Asked, today: Date) -> Option<DateSpan> {
    let through = |from: Date, to: Date| DateSpan::parse(from, days_after(to, 1)?).ok();
    let (from, to): (Option<Date>, Option<Date>) = (asked.from.parse().ok(), asked.to.parse().ok());
    let asked = from.zip(to).and_then(|(from, to)| through(from, to)).filter(|span| span.days() <= DAYS_MAX);
    asked.or_else(|| through(days_after(today, 1 - DAYS_USUAL)?, today))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_no_span_is_the_usual_one() {
        let today = date(2026, 10, 10);
        let of = |from: &str, to: &str| {
            let asked = Asked { from: from.to_owned(), to: to.to_owned(), ..Asked::default() };
            let span = span(&asked, today).unwrap();
            (span.from(), span.days())
        };
        let usual = (date(2026, 7, 13), 90);
        assert_eq!(of("", ""), usual);
        assert_eq!(of("2026-10-01", "2026-10-01"), (date(2026, 10, 1), 1));
        assert_eq!(of("2026-10-02", "2026-10-01"), usual, "backwards");
        assert_eq!(of("2026-10-02", "x"), usual);
        assert_eq!(of("2023-10-02", "2026-10-01").1, 1_096);
        assert_eq!(of("2023-10-01", "2026-10-01"), usual, "too long");
        assert_eq!(of("9999-12-31", "9999-12-31"), usual, "the last day has none after it");
    }
}
