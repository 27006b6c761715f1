//! Amounts of points, and the four sums of an account.

/// The most points of one amount or one sum: far from the end of the type, so that sums of sums are numbers too.
pub const POINTS_MAX: u64 = 1_000_000_000_000_000;

/// So many points, at least one (case T-12): nothing is posted for nothing. They are the smallest units of a programme; there is
/// no part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(u64);

/// The number is no amount: nothing, or more than [`POINTS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAmount;

impl Points {
    /// Checks that the number lies within 1 and [`POINTS_MAX`].
    ///
    /// # Errors
    /// [`NoAmount`] when not.
    pub const fn parse(points: u64) -> Result<Self, NoAmount> {
        if points == 0 || points > POINTS_MAX { Err(NoAmount) } else { Ok(Self(points)) }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The amount, when there is any of it.
    pub(super) const fn some(points: u64) -> Option<Self> {
        match Self::parse(points) {
            Ok(points) => Some(points),
            Err(NoAmount) => None,
        }
    }
}

/// What was ever debited and credited to an account: posted, and pending until it is posted or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sums {
    /// Reserved on the debit side.
    pub debits_pending: u64,
    /// Posted on the debit side.
    pub debits_posted: u64,
    /// Announced on the credit side.
    pub credits_pending: u64,
    /// Posted on the credit side.
    pub credits_posted: u64,
}

impl Sums {
    /// Whether no sum is beyond [`POINTS_MAX`].
    pub(super) fn are_within_bounds(&self) -> bool {
        let Sums { debits_pending, debits_posted, credits_pending, credits_posted } = *self;
        [debits_pending, debits_posted, credits_pending, credits_posted].iter().all(|sum| *sum <= POINTS_MAX)
    }

    /// What was credited more than debited, of that which is posted.
    pub fn credit_balance(&self) -> i64 {
        // Both are far from the end of i64.
        self.credits_posted.cast_signed() - self.debits_posted.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t12_no_amount_is_zero_or_beyond_the_bound() {
        for (points, is_one) in
            [(0, false), (1, true), (POINTS_MAX, true), (POINTS_MAX + 1, false), (u64::MAX, false)]
        {
            assert_eq!(Points::parse(points).is_ok(), is_one, "{points}");
        }
    }
}
