//! Receipts of a programme's branches, with and without a member, and what the programme returns.

use std::collections::BTreeMap;

use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::{Question, count};
use crate::id::Id;
use crate::members::day_number;
use crate::purchases::{RecognisedBy, State, state_word, way_of_word};
use crate::value::{Row, Value};
use crate::values;
use crate::written::damaged;

/// So many receipts of nobody a branch must have for its members' receipts to be compared with them.
pub const RECEIPTS_OF_NOBODY_MIN: u64 = 30;

/// Receipts added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sold {
    /// How many.
    pub receipts: u64,
    /// What was paid for them in money, less what was given back for goods that came back, whenever they did. In minor units.
    pub money_minor: i64,
    /// What points paid, less those that came back. In minor units.
    pub points_minor: i64,
    /// What tiers took off. In minor units.
    pub discount_minor: i64,
}

impl Sold {
    fn add(&mut self, other: &Sold) {
        self.receipts += other.receipts;
        self.money_minor += other.money_minor;
        self.points_minor += other.points_minor;
        self.discount_minor += other.discount_minor;
    }

    /// The money of one receipt, in minor units; nothing without receipts.
    #[must_use]
    pub fn average_minor(&self) -> Option<i64> {
        i64::try_from(self.receipts).ok().filter(|receipts| *receipts > 0).map(|n| self.money_minor / n)
    }

    /// What the programme gave with them, in minor units.
    #[must_use]
    pub const fn cost_minor(&self) -> i64 {
        self.points_minor + self.discount_minor
    }
}

/// The receipts of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchSales {
    /// Which.
    pub branch: Id,
    /// Of members, by what they were recognised by.
    pub members: BTreeMap<RecognisedBy, Sold>,
    /// Of nobody.
    pub nobody: Sold,
}

impl BranchSales {
    /// Of all members.
    #[must_use]
    pub fn of_members(&self) -> Sold {
        sum(self.members.values())
    }
}

/// Receipts of a span, by branch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sales(pub Vec<BranchSales>);

impl Sales {
    /// Of all members.
    #[must_use]
    pub fn of_members(&self) -> Sold {
        sum(self.0.iter().flat_map(|branch| branch.members.values()))
    }

    /// Of members who were recognised by this.
    #[must_use]
    pub fn by(&self, way: RecognisedBy) -> Sold {
        sum(self.0.iter().filter_map(|branch| branch.members.get(&way)))
    }

    /// Of nobody.
    #[must_use]
    pub fn of_nobody(&self) -> Sold {
        sum(self.0.iter().map(|branch| &branch.nobody))
    }

    /// What the programme returns.
    ///
    /// For each branch, the money of members' receipts is compared with what as many receipts of nobody bring there in the same days.
    /// That is a difference and not an effect: whoever buys much joins sooner, and nobody knows what he would have bought without the
    /// programme. It says nothing about coming more often. A branch with less than [`RECEIPTS_OF_NOBODY_MIN`] receipts of nobody is
    /// left out, with its cost. Nothing when all are.
    #[must_use]
    pub fn returns(&self) -> Option<Returns> {
        let mut returns = Returns { extra_minor: 0, cost_minor: 0, branches: 0, left_out: 0 };
        for branch in self.0.iter().filter(|branch| branch.of_members().receipts > 0) {
            let (members, nobody) = (branch.of_members(), &branch.nobody);
            if nobody.receipts < RECEIPTS_OF_NOBODY_MIN {
                returns.left_out += 1;
                continue;
            }
            let like = i128::from(nobody.money_minor) * i128::from(members.receipts);
            let like = i64::try_from(like / i128::from(nobody.receipts)).unwrap_or(i64::MAX);
            returns.extra_minor += members.money_minor - like;
            returns.cost_minor += members.cost_minor();
            returns.branches += 1;
        }
        Some(returns).filter(|returns| returns.branches > 0)
    }
}

/// What a programme returns, by the receipts of some branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returns {
    /// Money of members' receipts above that of as many receipts of nobody. In minor units; below zero when they bring less.
    pub extra_minor: i64,
    /// What points and tiers paid of them. In minor units.
    pub cost_minor: i64,
    /// Branches that were compared.
    pub branches: u64,
    /// Branches with too few receipts of nobody.
    pub left_out: u64,
}

impl Returns {
    /// What remains of the extra money after the cost, in minor units.
    #[must_use]
    pub const fn net_minor(&self) -> i64 {
        self.extra_minor - self.cost_minor
    }
}

fn sum<'a>(all: impl Iterator<Item = &'a Sold>) -> Sold {
    all.fold(Sold::default(), |mut sum, sold| {
        sum.add(sold);
        sum
    })
}

/// A part of a whole in hundredths of a percent; nothing when there is no whole.
#[must_use]
pub fn basis_points(part: u64, whole: u64) -> Option<u64> {
    let share = (u128::from(part) * 10_000).checked_div(u128::from(whole))?;
    u64::try_from(share).ok()
}

/// The condition that a purchase is asked for, and its values: of the programme, on its days, paid, at its branch.
pub(crate) fn asked(question: &Question) -> (&'static str, Vec<Value>) {
    let (from, until) = (day_number(question.span.from()), day_number(question.span.until()));
    let mut values = values![question.programme, from, until, state_word(State::Done)].to_vec();
    let Some(branch) = question.branch else {
        // Named one by one, they are found by the index of branches and days.
        let all = "p.programme_id = $1 AND p.day >= $2 AND p.day < $3 AND p.state = $4
             AND p.branch_id IN (SELECT id FROM branches)";
        return (all, values);
    };
    values.push(branch.into());
    let one = "p.programme_id = $1 AND p.day >= $2 AND p.day < $3 AND p.state = $4 AND p.branch_id = $5";
    (one, values)
}

/// Receipts of a span.
///
/// # Errors
/// When the book cannot be read.
pub fn sales(tx: &mut Tx<'_>, question: &Question) -> Result<Sales, Fault> {
    let (asked, values) = asked(question);
    // Points are worth the same within a purchase, so that those that came back have an exact part of what they paid.
    let sql = format!(
        "SELECT branch_id, way, of_member, COUNT(*), CAST(SUM(paid_minor - back_minor) AS BIGINT),
             CAST(SUM(points_minor - CASE WHEN spent_points > 0 THEN points_minor * back_points / spent_points ELSE 0 END)
                 AS BIGINT),
             CAST(SUM(discount_minor) AS BIGINT)
         FROM (SELECT p.branch_id AS branch_id, COALESCE(p.way, '') AS way,
                   CASE WHEN p.wallet_id IS NULL THEN 0 ELSE 1 END AS of_member, p.to_pay_minor AS paid_minor,
                   p.points_minor AS points_minor, p.spent_points AS spent_points, p.discount_minor AS discount_minor,
                   CAST(COALESCE((SELECT SUM(r.money_minor) FROM purchase_returns r WHERE r.purchase_id = p.id), 0)
                       AS BIGINT) AS back_minor,
                   CAST(COALESCE((SELECT SUM(r.spent_points) FROM purchase_returns r WHERE r.purchase_id = p.id), 0)
                       AS BIGINT) AS back_points
               FROM purchases p WHERE {asked}) AS sold
         GROUP BY branch_id, way, of_member ORDER BY branch_id"
    );
    let mut sales = Sales::default();
    for row in tx.query(&sql, &values)? {
        take(&mut sales, row)?;
    }
    Ok(sales)
}

fn take(sales: &mut Sales, mut row: Row) -> Result<(), Fault> {
    let (branch, way, of_member) = (row.id(0)?, row.text(1)?, row.integer(2)? == 1);
    let sold = Sold {
        receipts: count(row.integer(3)?)?,
        money_minor: row.integer(4)?,
        points_minor: row.integer(5)?,
        discount_minor: row.integer(6)?,
    };
    if sales.0.last().is_none_or(|last| last.branch != branch) {
        sales.0.push(BranchSales { branch, members: BTreeMap::new(), nobody: Sold::default() });
    }
    let Some(last) = sales.0.last_mut() else { return Ok(()) };
    if of_member {
        let way = way_of_word(&way).ok_or_else(|| damaged("a purchase"))?;
        last.members.entry(way).or_default().add(&sold);
    } else {
        last.nobody.add(&sold);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(members: (u64, i64, i64), nobody: (u64, i64)) -> BranchSales {
        let (receipts, money_minor, points_minor) = members;
        let sold = Sold { receipts, money_minor, points_minor, discount_minor: 5 };
        BranchSales {
            branch: Id::from_bytes([1; 16]),
            members: BTreeMap::from([(RecognisedBy::Card, sold)]),
            nobody: Sold { receipts: nobody.0, money_minor: nobody.1, ..Sold::default() },
        }
    }

    #[test]
    fn members_are_compared_with_as_many_receipts_of_nobody_at_their_branch() {
        let like = branch((10, 15_000, 1_000), (30, 30_000));
        let few = branch((10, 99_000, 1_000), (29, 29_000));
        let nobody_came = branch((0, 0, 0), (30, 30_000));
        let all = Sales(vec![like, few, nobody_came]);
        let returns = all.returns().unwrap();
        assert_eq!(returns, Returns { extra_minor: 5_000, cost_minor: 1_005, branches: 1, left_out: 1 });
        assert_eq!(returns.net_minor(), 3_995);
        assert_eq!(Sales(vec![all.0[1].clone()]).returns(), None, "there is nothing to compare with");
        assert_eq!(all.of_members().average_minor(), Some(5_700));
        assert_eq!(Sold::default().average_minor(), None);
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(basis_points(1, 0), None);
        assert_eq!(basis_points(1, 3), Some(3_333));
        assert_eq!(basis_points(u64::MAX, u64::MAX), Some(10_000));
    }
}
