//! How much of a receipt may be paid with points.

use crate::ledger::{POINTS_MAX, Status};

use super::basket::LINE_MINOR_MAX;
use super::selection::Selection;

/// The largest share, in basis points: everything.
pub const SHARE_BASIS_POINTS_MAX: u32 = 10_000;

/// How points pay. All amounts are after the programme's own discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The goods that may be paid with points.
    pub goods: Selection,
    /// The largest share of what these goods cost, in basis points, from one to [`SHARE_BASIS_POINTS_MAX`].
    pub share_basis_points: u32,
    /// Points are spent in multiples of this; from one to [`POINTS_MAX`].
    pub step_points: u64,
    /// The fewest points at once: a multiple of the step, at least one of it.
    pub min_points: u64,
    /// What the whole receipt must cost, in minor units; at most [`LINE_MINOR_MAX`].
    pub min_receipt_minor: i64,
}

/// Why points cannot be spent so. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendingRefusal {
    /// The share is nothing, or above [`SHARE_BASIS_POINTS_MAX`].
    Share,
    /// The step is nothing, or above [`POINTS_MAX`].
    Step,
    /// The minimum is nothing, above [`POINTS_MAX`], or no multiple of the step.
    Minimum,
    /// The smallest receipt is negative, or above [`LINE_MINOR_MAX`].
    MinimumReceipt,
}

/// Why no more points may be spent. The first that is true, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendBound {
    /// The programme does not let points pay.
    NotOffered,
    /// The member is blocked.
    Blocked,
    /// The member may earn, and not spend.
    EarnsOnly,
    /// The receipt costs less than this, in minor units.
    SmallReceipt {
        /// How much it must cost.
        min_minor: i64,
    },
    /// Nothing in the basket may be paid with points, or what may be costs nothing.
    NoGoods,
    /// The member has not even the fewest points that may be spent at once.
    FewPoints {
        /// How many these are.
        min_points: u64,
    },
    /// The share of this receipt is worth less than the fewest points that may be spent at once.
    SmallShare {
        /// How many these are.
        min_points: u64,
    },
    /// He has no more, down to a whole step.
    Balance,
    /// It is the largest share, down to a whole step.
    Share,
}

/// How many points may be spent on a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpendOffer {
    /// The most; zero when none.
    pub max_points: u64,
    /// Why not more.
    pub bound: SpendBound,
    /// In multiples of this.
    pub step_points: u64,
    /// No fewer than these.
    pub min_points: u64,
}

impl SpendOffer {
    /// The most points that may be spent and are no more than these.
    pub const fn at_most(&self, points: u64) -> u64 {
        let points = if points < self.max_points { points } else { self.max_points };
        let whole_steps = points / self.step_points * self.step_points;
        if whole_steps < self.min_points { 0 } else { whole_steps }
    }
}

/// What the bound of a receipt follows from.
pub(super) struct Spendable {
    /// What the member may do.
    pub(super) status: Status,
    /// What he has.
    pub(super) free_points: u64,
    /// What the whole receipt costs, in minor units.
    pub(super) receipt_minor: i64,
    /// What the goods cost that may be paid with points, in minor units.
    pub(super) goods_minor: i64,
}

impl Spending {
    pub(super) fn check(&self) -> Result<(), SpendingRefusal> {
        if !(1..=SHARE_BASIS_POINTS_MAX).contains(&self.share_basis_points) {
            return Err(SpendingRefusal::Share);
        }
        if !(1..=POINTS_MAX).contains(&self.step_points) {
            return Err(SpendingRefusal::Step);
        }
        if !(1..=POINTS_MAX).contains(&self.min_points) || !self.min_points.is_multiple_of(self.step_points) {
            return Err(SpendingRefusal::Minimum);
        }
        let fits = (0..=LINE_MINOR_MAX).contains(&self.min_receipt_minor);
        if fits { Ok(()) } else { Err(SpendingRefusal::MinimumReceipt) }
    }

    /// The share is rounded down to a minor unit, then to a point, then to a step.
    fn bound(&self, point_minor: u32, of: &Spendable) -> (u64, SpendBound) {
        match of.status {
            Status::Blocked => return (0, SpendBound::Blocked),
            Status::Limited => return (0, SpendBound::EarnsOnly),
            Status::Active => {}
        }
        if of.receipt_minor < self.min_receipt_minor {
            return (0, SpendBound::SmallReceipt { min_minor: self.min_receipt_minor });
        }
        if of.goods_minor == 0 {
            return (0, SpendBound::NoGoods);
        }
        let share_minor =
            u128::from(of.goods_minor.unsigned_abs()) * u128::from(self.share_basis_points) / 10_000;
        let by_share =
            u64::try_from(share_minor).expect("a share is within the whole") / u64::from(point_minor);
        let min_points = self.min_points;
        if of.free_points < min_points {
            return (0, SpendBound::FewPoints { min_points });
        }
        if by_share < min_points {
            return (0, SpendBound::SmallShare { min_points });
        }
        let whole_steps = |points: u64| points / self.step_points * self.step_points;
        if of.free_points < by_share {
            (whole_steps(of.free_points), SpendBound::Balance)
        } else {
            (whole_steps(by_share), SpendBound::Share)
        }
    }
}

/// How many points may be spent, by the rules or by none.
pub(super) fn spend_offer(spending: Option<&Spending>, point_minor: u32, of: &Spendable) -> SpendOffer {
    let Some(rules) = spending else {
        return SpendOffer { max_points: 0, bound: SpendBound::NotOffered, step_points: 1, min_points: 1 };
    };
    let (max_points, bound) = rules.bound(point_minor, of);
    SpendOffer { max_points, bound, step_points: rules.step_points, min_points: rules.min_points }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = fn(&mut Spending);

    /// Half of the goods, in steps of 10 from 50 points on, from 100.00 on; a point pays 1.00.
    fn rules() -> Spending {
        Spending {
            goods: Selection::all(),
            share_basis_points: 5000,
            step_points: 10,
            min_points: 50,
            min_receipt_minor: 10_000,
        }
    }

    #[test]
    fn a_bound_says_why() {
        use SpendBound::*;
        // Status, points, receipt, goods: the most and why.
        let (few, small) = (FewPoints { min_points: 50 }, SmallShare { min_points: 50 });
        let cases = [
            (Status::Active, 1000, 50_000, 50_000, 250, Share),
            (Status::Active, 1000, 50_000, 51_799, 250, Share),
            (Status::Active, 1000, 50_000, 52_000, 260, Share),
            (Status::Active, 250, 50_000, 50_000, 250, Share),
            (Status::Active, 249, 50_000, 50_000, 240, Balance),
            (Status::Active, 50, 50_000, 50_000, 50, Balance),
            (Status::Active, 49, 50_000, 50_000, 0, few),
            (Status::Active, 0, 50_000, 50_000, 0, few),
            (Status::Active, 1000, 50_000, 10_000, 50, Share),
            (Status::Active, 1000, 50_000, 9999, 0, small),
            (Status::Active, 1000, 50_000, 0, 0, NoGoods),
            (Status::Active, 1000, 9999, 9999, 0, SmallReceipt { min_minor: 10_000 }),
            (Status::Limited, 1000, 50_000, 50_000, 0, EarnsOnly),
            (Status::Blocked, 1000, 50_000, 50_000, 0, Blocked),
        ];
        for (status, free_points, receipt_minor, goods_minor, max_points, bound) in cases {
            let of = Spendable { status, free_points, receipt_minor, goods_minor };
            let found = spend_offer(Some(&rules()), 100, &of);
            let expected = SpendOffer { max_points, bound, step_points: 10, min_points: 50 };
            assert_eq!(found, expected, "{status:?} {free_points} {receipt_minor} {goods_minor}");
            assert_eq!(found.at_most(u64::MAX), max_points);
            assert_eq!(found.at_most(59), max_points.min(50));
            assert_eq!(found.at_most(49), 0);
            assert_eq!(spend_offer(None, 100, &of).bound, NotOffered);
        }
    }

    #[test]
    fn spending_that_cannot_be_is_refused() {
        use SpendingRefusal::*;
        let cases: [(Spoil, SpendingRefusal); 9] = [
            (|rules| rules.share_basis_points = 0, Share),
            (|rules| rules.share_basis_points = 10_001, Share),
            (|rules| rules.step_points = 0, Step),
            (|rules| rules.step_points = POINTS_MAX + 1, Step),
            (|rules| rules.min_points = 0, Minimum),
            (|rules| rules.min_points = 55, Minimum),
            (|rules| (rules.step_points, rules.min_points) = (1, POINTS_MAX + 1), Minimum),
            (|rules| rules.min_receipt_minor = -1, MinimumReceipt),
            (|rules| rules.min_receipt_minor = LINE_MINOR_MAX + 1, MinimumReceipt),
        ];
        assert_eq!(rules().check(), Ok(()));
        for (spoil, refusal) in cases {
            let mut bad = rules();
            spoil(&mut bad);
            assert_eq!(bad.check(), Err(refusal), "{bad:?}");
        }
    }
}
