//! Points of a programme: what is owed to its members, what came and went, and what comes to nothing soon.

use std::collections::BTreeMap;

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_domain::ledger::{Account, Code};

use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::{Question, count, instants};
use crate::id::Id;
use crate::ledger::{account_of_word, account_word, code_of_word};
use crate::values;
use crate::written::damaged;

/// The days ahead for which [`expiring`] counts.
pub const SOON_DAYS: [i64; 3] = [30, 60, 90];

/// Points that came into wallets and left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Into them.
    pub points_in: u64,
    /// Out of them.
    pub points_out: u64,
}

/// Points of a span of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsFigures {
    /// Members could spend so many at the end of the span; what tills hold is among them.
    pub outstanding: u64,
    /// So many were announced at the end of the span, and waited for their day.
    pub waiting: u64,
    /// What moved within the span, by what for. Announced points count on the day on which they become the member's, held ones when they
    /// pay.
    pub flows: BTreeMap<Code, Flow>,
    /// All that was ever given, until the end of the span.
    pub ever_given: u64,
    /// All of that which came to nothing, until the end of the span.
    pub ever_expired: u64,
}

impl PointsFigures {
    /// What moved for one reason.
    #[must_use]
    pub fn flow(&self, code: Code) -> Flow {
        self.flows.get(&code).copied().unwrap_or(Flow { points_in: 0, points_out: 0 })
    }

    /// Points that were given in the span: earned, as a gift, from an older system.
    #[must_use]
    pub fn given(&self) -> u64 {
        [Code::Earn, Code::Gift, Code::Opening].iter().map(|code| self.flow(*code).points_in).sum()
    }

    /// All that came to nothing of all that was ever given, in hundredths of a percent; nothing before anything was.
    #[must_use]
    pub fn expired_basis_points(&self) -> Option<u64> {
        super::sales::basis_points(self.ever_expired, self.ever_given)
    }
}

/// What moved from one instant to another, as sums of the transfers.
#[derive(Default)]
struct Moved {
    flows: BTreeMap<Code, Flow>,
    /// More in the wallets than before.
    balance: i64,
    /// More announced than before.
    waiting: i64,
    given: i64,
    expired: i64,
}

impl Moved {
    fn add(&mut self, code: Code, (debit, credit): (Account, Account), phase: &str, points: i64) {
        let announced = debit == Account::Issued && credit == Account::Balance;
        match phase {
            "pending" if announced => self.waiting += points,
            "releases" if announced => self.waiting -= points,
            "posts" if announced => self.waiting -= points,
            _ => {}
        }
        if !matches!(phase, "posted" | "posts") {
            return;
        }
        let flow = self.flows.entry(code).or_default();
        if credit == Account::Balance {
            self.balance += points;
            flow.points_in += points.unsigned_abs();
        } else if debit == Account::Balance {
            self.balance -= points;
            flow.points_out += points.unsigned_abs();
        }
        if debit == Account::Issued {
            self.given += points;
        }
        if credit == Account::Expired {
            self.expired += points;
        }
    }
}

/// Points of a programme in a span, by the days of a calendar.
///
/// What stood at the end of the span is what stands now without what moved since: the sums of wallets are there, and nobody adds up
/// years of transfers.
///
/// # Errors
/// When the book cannot be read.
pub fn points(tx: &mut Tx<'_>, question: &Question, calendar: &Calendar) -> Result<PointsFigures, Fault> {
    let (from_us, until_us) = instants(question.span, calendar);
    let within = moved(tx, question.programme, from_us, until_us)?;
    let since = moved(tx, question.programme, until_us, i64::MAX)?;
    let mut now = tx.query_one(
        "SELECT CAST(COALESCE(SUM(credits_posted - debits_posted), 0) AS BIGINT),
             CAST(COALESCE(SUM(credits_pending), 0) AS BIGINT)
         FROM wallets WHERE programme_id = $1",
        values![question.programme],
    )?;
    let (given, expired) = ever(tx, question.programme)?;
    Ok(PointsFigures {
        outstanding: count(now.integer(0)? - since.balance)?,
        waiting: count(now.integer(1)? - since.waiting)?,
        flows: within.flows,
        ever_given: count(given - since.given)?,
        ever_expired: count(expired - since.expired)?,
    })
}

fn moved(tx: &mut Tx<'_>, programme: Id, from_us: i64, until_us: i64) -> Result<Moved, Fault> {
    let sql = "SELECT t.code, t.debit, t.credit, t.phase, CAST(SUM(t.points) AS BIGINT)
         FROM transfers t JOIN wallets w ON w.id = t.wallet_id
         WHERE t.at_us >= $1 AND t.at_us < $2 AND w.programme_id = $3 GROUP BY t.code, t.debit, t.credit, t.phase";
    let mut moved = Moved::default();
    for mut row in tx.query(sql, values![from_us, until_us, programme])? {
        let wrong = || damaged("a transfer");
        let code = code_of_word(&row.text(0)?).ok_or_else(wrong)?;
        let debit = account_of_word(&row.text(1)?).ok_or_else(wrong)?;
        let credit = account_of_word(&row.text(2)?).ok_or_else(wrong)?;
        let phase = row.text(3)?;
        moved.add(code, (debit, credit), &phase, row.integer(4)?);
    }
    Ok(moved)
}

/// What was ever given and what of it came to nothing, as the house's accounts have it now.
fn ever(tx: &mut Tx<'_>, programme: Id) -> Result<(i64, i64), Fault> {
    let sql = "SELECT account, CAST(SUM(debits_posted) AS BIGINT), CAST(SUM(credits_posted) AS BIGINT)
         FROM house_accounts WHERE programme_id = $1 GROUP BY account";
    let (mut given, mut expired) = (0, 0);
    for mut row in tx.query(sql, values![programme])? {
        let account = row.text(0)?;
        if account == account_word(Account::Issued) {
            given = row.integer(1)?;
        } else if account == account_word(Account::Expired) {
            expired = row.integer(2)?;
        }
    }
    Ok((given, expired))
}

/// Points in wallets that come to nothing within each of [`SOON_DAYS`] when nobody spends them. Announced ones are not among them.
///
/// # Errors
/// When the book cannot be read.
pub fn expiring(
    tx: &mut Tx<'_>,
    programme: Id,
    calendar: &Calendar,
    now: UtcMicros,
) -> Result<[u64; SOON_DAYS.len()], Fault> {
    let today = calendar.date_of(now);
    let end = |days| days_after(today, days + 1).and_then(|date| calendar.first_instant(date));
    let ends = SOON_DAYS.map(|days| end(days).map_or(i64::MAX, UtcMicros::get));
    let mut row = tx.query_one(
        "SELECT CAST(COALESCE(SUM(CASE WHEN ends_us < $1 THEN points END), 0) AS BIGINT),
             CAST(COALESCE(SUM(CASE WHEN ends_us < $2 THEN points END), 0) AS BIGINT),
             CAST(COALESCE(SUM(CASE WHEN ends_us < $3 THEN points END), 0) AS BIGINT)
         FROM (SELECT l.points_left AS points,
                   CASE WHEN l.expiry = 'with_wallet' THEN w.idle_until_us ELSE l.expires_us END AS ends_us
               FROM lots l JOIN wallets w ON w.id = l.wallet_id WHERE w.programme_id = $4) AS open_lots",
        values![ends[0], ends[1], ends[2], programme],
    )?;
    Ok([count(row.integer(0)?)?, count(row.integer(1)?)?, count(row.integer(2)?)?])
}
