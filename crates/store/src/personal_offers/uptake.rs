//! What came of an offer: who has it, who was shown it, who used it, what that cost, and what those bought who were left without it.
//!
//! Counted when somebody asks, from the rows that tills and walk have left. Members who were erased are in neither group any more.

use bonafide_domain::programme::uptake::Group;
use jiff::civil::Date;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::day_number;
use crate::values;

/// What came of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uptake {
    /// Those who have it, with what they bought since the day on which they were given it.
    pub offered: Group,
    /// Those who fitted and were left without it, likewise.
    pub held_out: Group,
    /// Members to whom a till has shown it.
    pub shown: u64,
    /// Members who have used it.
    pub users: u64,
    /// Purchases for which it counted, those left out that came back altogether.
    pub uses: u64,
    /// Points that it gave, less those that were taken back.
    pub points: u64,
    /// Money of these purchases, less what was given back, in minor units.
    pub money_minor: i64,
}

/// What came of an offer through its last date, or so far. `until` is the first date that does not count.
///
/// # Errors
/// When the book cannot be read.
pub fn uptake(tx: &mut Tx<'_>, offer: Id, until: Date) -> Result<Uptake, Fault> {
    let mut uptake = Uptake::default();
    let rows = tx.query(
        "SELECT held_out, COUNT(*), CAST(SUM(shown) AS BIGINT), CAST(SUM(bought) AS BIGINT),
             CAST(SUM(bought * bought) AS BIGINT), CAST(SUM(paid) AS BIGINT)
         FROM (SELECT m.held_out AS held_out, CASE WHEN m.shown_us IS NULL THEN 0 ELSE 1 END AS shown,
                   CAST(COALESCE((SELECT SUM(d.visits) FROM wallet_days d WHERE d.wallet_id = m.wallet_id
                       AND d.day >= m.day AND d.day < $1), 0) AS BIGINT) AS bought,
                   CAST(COALESCE((SELECT SUM(d.spent_minor) FROM wallet_days d WHERE d.wallet_id = m.wallet_id
                       AND d.day >= m.day AND d.day < $1), 0) AS BIGINT) AS paid
               FROM member_offers m WHERE m.offer_id = $2) AS drawn
         GROUP BY held_out",
        values![day_number(until), offer],
    )?;
    for mut row in rows {
        let is_held_out = row.boolean(0)?;
        let shown = row.integer(2)?.unsigned_abs();
        let group = Group {
            members: row.integer(1)?.unsigned_abs(),
            purchases: row.integer(3)?.unsigned_abs(),
            squares: row.integer(4)?.unsigned_abs(),
            money_minor: row.integer(5)?,
        };
        if is_held_out {
            uptake.held_out = group;
        } else {
            (uptake.offered, uptake.shown) = (group, shown);
        }
    }
    let mut row = tx.query_one(
        "SELECT COUNT(DISTINCT u.wallet_id), COUNT(*), CAST(COALESCE(SUM(u.points - u.points_back), 0) AS BIGINT),
             CAST(COALESCE(SUM(p.to_pay_minor - (SELECT CAST(COALESCE(SUM(r.money_minor), 0) AS BIGINT)
                 FROM purchase_returns r WHERE r.purchase_id = p.id)), 0) AS BIGINT)
         FROM offer_uses u JOIN purchases p ON p.id = u.purchase_id
         WHERE u.offer_id = $1 AND u.points IS NOT NULL AND NOT u.came_back",
        values![offer],
    )?;
    uptake.users = row.integer(0)?.unsigned_abs();
    uptake.uses = row.integer(1)?.unsigned_abs();
    uptake.points = row.integer(2)?.unsigned_abs();
    uptake.money_minor = row.integer(3)?;
    Ok(uptake)
}
