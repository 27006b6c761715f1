//! Who takes part in a programme, who came, and who came again.

use bonafide_domain::calendar::{Calendar, days_after};
use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::sales::{asked, basis_points};
use crate::figures::{Question, count, instants};
use crate::members::day_number;
use crate::purchases::{State, state_word};
use crate::values;

/// Within so many days somebody comes again.
pub const AGAIN_DAYS: i64 = 30;

/// Participants of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participants {
    /// People in the programme at the end of the span. Those who were erased since are not among them: nobody knows them any more.
    pub all: u64,
    /// Those of them who joined within the span.
    pub new: u64,
    /// Those who bought within the span, at the branch that is asked for. Whoever was erased since is counted.
    pub active: u64,
}

/// Participants at the end of a span. By the days of a calendar, but for `active`, which is by the days of purchases.
///
/// # Errors
/// When the book cannot be read.
pub fn participants(
    tx: &mut Tx<'_>,
    question: &Question,
    calendar: &Calendar,
) -> Result<Participants, Fault> {
    let (from_us, until_us) = instants(question.span, calendar);
    let mut joined = tx.query_one(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN w.joined_us >= $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM wallets w JOIN members m ON m.id = w.member_id
         WHERE w.programme_id = $2 AND w.joined_us < $3 AND m.merged_into IS NULL",
        values![from_us, question.programme, until_us],
    )?;
    let (asked, values) = asked(question);
    let sql = format!("SELECT COUNT(DISTINCT p.wallet_id) FROM purchases p WHERE {asked}");
    let active = tx.query_one(&sql, &values)?.integer(0)?;
    Ok(Participants {
        all: count(joined.integer(0)?)?,
        new: count(joined.integer(1)?)?,
        active: count(active)?,
    })
}

/// How often participants came again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Again {
    /// Days on which a participant bought, each of a participant once, whatever he bought on it.
    pub days: u64,
    /// Those of them after which he bought again on one of the next [`AGAIN_DAYS`] days, at any branch of the programme.
    pub followed: u64,
}

impl Again {
    /// The share that was followed, in hundredths of a percent; nothing without days.
    #[must_use]
    pub fn basis_points(&self) -> Option<u64> {
        basis_points(self.followed, self.days)
    }
}

/// How often participants came again, of those days of the span after which [`AGAIN_DAYS`] whole days have passed before `today`:
/// what is not over is not counted as a failure.
///
/// # Errors
/// When the book cannot be read.
pub fn again(tx: &mut Tx<'_>, question: &Question, today: Date) -> Result<Again, Fault> {
    let known = days_after(today, -AGAIN_DAYS).map_or(i64::MIN, day_number);
    let (from, until) = (day_number(question.span.from()), day_number(question.span.until()).min(known));
    if from >= until {
        return Ok(Again::default());
    }
    let (column, here) = match question.branch {
        Some(branch) => ("branch_id", branch),
        None => ("programme_id", question.programme),
    };
    let sql = format!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN next_day <= day + $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM (SELECT day, here, LEAD(day) OVER (PARTITION BY wallet_id ORDER BY day) AS next_day
               FROM (SELECT p.wallet_id AS wallet_id, p.day AS day,
                         MAX(CASE WHEN p.{column} = $2 THEN 1 ELSE 0 END) AS here
                     FROM purchases p
                     WHERE p.programme_id = $3 AND p.state = $4 AND p.wallet_id IS NOT NULL AND p.day >= $5
                         AND p.day < $6 AND p.branch_id IN (SELECT id FROM branches)
                     GROUP BY p.wallet_id, p.day) AS days) AS pairs
         WHERE day < $7 AND here = 1"
    );
    let done = state_word(State::Done);
    let values = values![AGAIN_DAYS, here, question.programme, done, from, until + AGAIN_DAYS, until];
    let mut row = tx.query_one(&sql, values)?;
    Ok(Again { days: count(row.integer(0)?)?, followed: count(row.integer(1)?)? })
}
