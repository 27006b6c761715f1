//! Points that a till may let pay while it has no network (case T-07).
//!
//! Without a network nobody knows what a member has left: two tills may take the same points. So each till has an amount of its own, given
//! while there was a network, and takes no more than that. Whatever the members turn out to have had, the house cannot lose more than
//! what the tills were allowed.
//!
//! An allowance is used by what points paid, and not by what was lost of it: a till that waits for the network cannot know the
//! difference.

/// What is left for one till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Points in all.
    pub points: u64,
    /// Points of one purchase at most.
    pub purchase_points: u64,
    /// Points that paid; never more than [`Allowance::points`].
    pub used_points: u64,
}

/// Why points do not pay by an allowance. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAllowed {
    /// More than one purchase may take.
    AtOnce {
        /// How many it may.
        max_points: u64,
    },
    /// More than is left.
    Left {
        /// How many are.
        left_points: u64,
    },
}

impl Allowance {
    /// What a till gets that may take so many points in a day, after what its earlier allowances of this day have taken or still may.
    /// Nothing when not even one point is left.
    pub fn give(day_points: u64, purchase_points: u64, earlier: &[Allowance]) -> Option<Allowance> {
        let gone = earlier.iter().fold(0_u64, |gone, one| gone.saturating_add(one.points));
        let points = day_points.saturating_sub(gone);
        let purchase_points = purchase_points.min(points);
        (purchase_points > 0).then_some(Allowance { points, purchase_points, used_points: 0 })
    }

    /// The same without what nobody has spent, when another one takes its place: what was delivered, and what waits for delivery.
    #[must_use]
    pub fn replaced(self, undelivered_points: u64) -> Allowance {
        Allowance { points: self.points.min(self.used_points.saturating_add(undelivered_points)), ..self }
    }

    /// What is left.
    pub const fn left_points(&self) -> u64 {
        self.points.saturating_sub(self.used_points)
    }

    /// The same after a purchase that so many points paid.
    ///
    /// # Errors
    /// The first of [`NotAllowed`].
    pub const fn take(self, points: u64) -> Result<Allowance, NotAllowed> {
        if points > self.purchase_points {
            return Err(NotAllowed::AtOnce { max_points: self.purchase_points });
        }
        if points > self.left_points() {
            return Err(NotAllowed::Left { left_points: self.left_points() });
        }
        Ok(Allowance { used_points: self.used_points + points, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t07_an_allowance_is_taken_once_and_a_new_one_gives_no_more_in_a_day() {
        let first = Allowance::give(100, 40, &[]).unwrap();
        assert_eq!(first.take(41), Err(NotAllowed::AtOnce { max_points: 40 }));
        let used = first.take(40).unwrap().take(30).unwrap();
        assert_eq!(used.take(31), Err(NotAllowed::Left { left_points: 30 }));
        // Twenty wait for delivery: they stay with the first one, and ten are left for the next.
        let replaced = used.replaced(20);
        assert_eq!((replaced.points, replaced.left_points()), (90, 20));
        let next = Allowance::give(100, 40, &[replaced]).unwrap();
        assert_eq!((next.points, next.purchase_points), (10, 10));
        assert_eq!(Allowance::give(100, 40, &[replaced, next]), None);
        // A till that says it has spent more than it could have gains nothing.
        assert_eq!(used.replaced(u64::MAX).points, 100);
        assert_eq!(Allowance::give(0, 40, &[]), None);
        assert_eq!(Allowance::give(100, 0, &[]), None);
    }
}
