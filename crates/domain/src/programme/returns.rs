//! What goes back with a part of a sold line.
//!
//! It is counted from the beginning: what was due for all that came back so far, rounded down, less the same before this return.
//! So any number of part-returns together give exactly the whole, and nothing comes back twice (cases T-10, T-11).

use super::basket::{LINE_MINOR_MAX, QUANTITY_MILLI_MAX};
use super::earning::RuleId;
use crate::ledger::POINTS_MAX;

/// Points of a line by one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earned {
    /// The rule.
    pub rule: RuleId,
    /// How many.
    pub points: u64,
}

/// A line as it was sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldLine {
    /// How much, in thousandths.
    pub quantity_milli: u64,
    /// What was paid with money, in minor units.
    pub money_minor: i64,
    /// What was paid with points, in minor units.
    pub discount_minor: i64,
    /// The points that paid it.
    pub spent_points: u64,
    /// What it earned.
    pub earned: Vec<Earned>,
}

/// What goes back with a part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// Money to the member, in minor units.
    pub money_minor: i64,
    /// The part of the points' discount, in minor units: it is not paid out.
    pub discount_minor: i64,
    /// Points to the member.
    pub spent_points: u64,
    /// Points from the member, by the rules in the order of the line; zero where a rule's points stay with the rest.
    pub earned: Vec<Earned>,
}

/// Why nothing goes back. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnRefusal {
    /// The line has no quantity or a number beyond its bound: it was never sold so.
    NoSuchLine,
    /// Nothing comes back.
    Nothing,
    /// It is more than is left (case T-11).
    MoreThanLeft {
        /// How much is left, in thousandths.
        left_milli: u64,
    },
}

impl SoldLine {
    /// What goes back with so many thousandths, when so many have come back before.
    ///
    /// # Errors
    /// The first of [`ReturnRefusal`].
    pub fn back(&self, before_milli: u64, now_milli: u64) -> Result<Back, ReturnRefusal> {
        if !self.is_within_bounds() {
            return Err(ReturnRefusal::NoSuchLine);
        }
        if now_milli == 0 {
            return Err(ReturnRefusal::Nothing);
        }
        let left_milli = self.quantity_milli.saturating_sub(before_milli);
        if now_milli > left_milli {
            return Err(ReturnRefusal::MoreThanLeft { left_milli });
        }
        let due = |whole: u64, milli: u64| {
            let due = u128::from(whole) * u128::from(milli) / u128::from(self.quantity_milli);
            u64::try_from(due).expect("a part is within the whole")
        };
        let part = |whole: u64| due(whole, before_milli + now_milli) - due(whole, before_milli);
        let minor = |whole: i64| part(whole.unsigned_abs()).cast_signed();
        let earned = |earned: &Earned| Earned { points: part(earned.points), ..*earned };
        Ok(Back {
            money_minor: minor(self.money_minor),
            discount_minor: minor(self.discount_minor),
            spent_points: part(self.spent_points),
            earned: self.earned.iter().map(earned).collect(),
        })
    }

    fn is_within_bounds(&self) -> bool {
        let minor = 0..=LINE_MINOR_MAX;
        (1..=QUANTITY_MILLI_MAX).contains(&self.quantity_milli)
            && minor.contains(&self.money_minor)
            && minor.contains(&self.discount_minor)
            && self.spent_points <= POINTS_MAX
            && self.earned.iter().all(|earned| earned.points <= POINTS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three pieces, 100.00 in money and 50.00 by 50 points; 10 points by one rule, 2 by another.
    fn sold() -> SoldLine {
        SoldLine {
            quantity_milli: 3000,
            money_minor: 10_000,
            discount_minor: 5000,
            spent_points: 50,
            earned: vec![Earned { rule: RuleId(1), points: 10 }, Earned { rule: RuleId(2), points: 2 }],
        }
    }

    #[test]
    fn t10_t11_parts_that_come_back_add_up_to_the_whole() {
        // Before, now: money, discount, spent, earned by either rule.
        let cases = [
            (0, 1000, (3333, 1666, 16, [3, 0])),
            (1000, 1000, (3333, 1667, 17, [3, 1])),
            (2000, 1000, (3334, 1667, 17, [4, 1])),
            (0, 3000, (10_000, 5000, 50, [10, 2])),
            (0, 1, (3, 1, 0, [0, 0])),
            (1, 2999, (9997, 4999, 50, [10, 2])),
        ];
        for (before, now, expected) in cases {
            let back = sold().back(before, now).unwrap();
            let earned = [back.earned[0].points, back.earned[1].points];
            let found = (back.money_minor, back.discount_minor, back.spent_points, earned);
            assert_eq!(found, expected, "{now} after {before}");
        }
    }

    #[test]
    fn t11_more_than_is_left_never_comes_back() {
        use ReturnRefusal::*;
        let cases = [
            (0, 0, Nothing),
            (3000, 0, Nothing),
            (0, 3001, MoreThanLeft { left_milli: 3000 }),
            (2000, 1001, MoreThanLeft { left_milli: 1000 }),
            (3000, 1, MoreThanLeft { left_milli: 0 }),
            (u64::MAX, u64::MAX, MoreThanLeft { left_milli: 0 }),
        ];
        for (before, now, refusal) in cases {
            assert_eq!(sold().back(before, now), Err(refusal), "{now} after {before}");
        }
        let cases: [fn(&mut SoldLine); 5] = [
            |line| line.quantity_milli = 0,
            |line| line.money_minor = -1,
            |line| line.discount_minor = i64::MAX,
            |line| line.spent_points = u64::MAX,
            |line| line.earned[1].points = u64::MAX,
        ];
        for spoil in cases {
            let mut line = sold();
            spoil(&mut line);
            assert_eq!(line.back(0, 1), Err(NoSuchLine), "{line:?}");
        }
    }
}
