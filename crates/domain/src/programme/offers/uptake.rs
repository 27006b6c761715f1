//! What an offer changed: purchases of those who have it against purchases of those who were left without it.
//!
//! Both groups are compared as they were drawn, also those of the first who never used the offer: whoever uses it is no like group to
//! anybody. A difference counts when it is larger than [`ERRORS`] standard errors of it; and of groups smaller than [`GROUP_MIN`] nothing
//! is said.

/// So many members each group must have.
pub const GROUP_MIN: u64 = 30;

/// A difference of so many standard errors is hardly ever chance: one time in twenty.
pub const ERRORS: f64 = 2.0;

/// What a group bought while the offer held, each member from the day on which it was drawn for him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Group {
    /// Members, also those who bought nothing.
    pub members: u64,
    /// Their purchases.
    pub purchases: u64,
    /// Each member's purchases times themselves, added up: by that it is known how much they differ.
    pub squares: u64,
    /// What they paid in money, in minor units.
    pub money_minor: i64,
}

impl Group {
    /// Purchases of a hundred members; nothing without members.
    pub fn per_hundred(&self) -> Option<f64> {
        (self.members > 0).then(|| as_real(self.purchases) * 100.0 / as_real(self.members))
    }

    /// Money of one member, in minor units; nothing without members.
    pub fn money_of_one(&self) -> Option<i64> {
        let members = i64::try_from(self.members).ok().filter(|members| *members > 0)?;
        Some(self.money_minor / members)
    }

    /// The variance of the mean number of purchases, of at least two members.
    fn variance_of_mean(&self) -> f64 {
        let (members, purchases) = (as_real(self.members), as_real(self.purchases));
        let about_mean = as_real(self.squares) - purchases * purchases / members;
        about_mean.max(0.0) / (members - 1.0) / members
    }
}

/// What can be said of two groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// One of the groups has fewer than [`GROUP_MIN`] members.
    TooFew,
    /// The groups differ no more than chance makes them.
    WithinChance {
        /// Purchases more, of a hundred members.
        per_hundred: f64,
    },
    /// Those with the offer bought more often, or more seldom when it is negative.
    Differs {
        /// Purchases more, of a hundred members.
        per_hundred: f64,
    },
}

/// Compares those who have an offer with those who were left without it.
pub fn effect(offered: &Group, held_out: &Group) -> Effect {
    let (Some(with), Some(without)) = (offered.per_hundred(), held_out.per_hundred()) else {
        return Effect::TooFew;
    };
    if offered.members.min(held_out.members) < GROUP_MIN {
        return Effect::TooFew;
    }
    let per_hundred = with - without;
    let error = (offered.variance_of_mean() + held_out.variance_of_mean()).sqrt() * 100.0;
    if per_hundred.abs() > ERRORS * error {
        Effect::Differs { per_hundred }
    } else {
        Effect::WithinChance { per_hundred }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of purchases is shown with one digit")]
const fn as_real(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A group whose members bought so often each.
    fn group(purchases: &[u64]) -> Group {
        Group {
            members: purchases.len() as u64,
            purchases: purchases.iter().sum(),
            squares: purchases.iter().map(|count| count * count).sum(),
            money_minor: 700 * purchases.iter().sum::<u64>().cast_signed(),
        }
    }

    #[test]
    fn a_difference_counts_when_it_is_more_than_chance_makes() {
        use Effect::*;
        let one_each = [1; 60];
        let two_each = [2; 60];
        // Half of them once: on average 0.5, with a standard error of about 0.065.
        let half: Vec<u64> = (0..60).map(|number| number % 2).collect();
        let more: Vec<u64> = (0..60).map(|number| u64::from(number < 33)).collect();
        let cases: [(&[u64], &[u64], Effect); 8] = [
            (&[], &[], TooFew),
            (&one_each, &[], TooFew),
            (&one_each, &one_each[..29], TooFew),
            (&one_each, &one_each[..30], WithinChance { per_hundred: 0.0 }),
            (&two_each, &one_each, Differs { per_hundred: 100.0 }),
            (&one_each, &two_each, Differs { per_hundred: -100.0 }),
            (&one_each, &half, Differs { per_hundred: 50.0 }),
            (&more, &half, WithinChance { per_hundred: 5.0 }),
        ];
        for (offered, held_out, expected) in cases {
            let found = effect(&group(offered), &group(held_out));
            let close = match (found, expected) {
                (TooFew, TooFew) => true,
                (WithinChance { per_hundred: a }, WithinChance { per_hundred: b })
                | (Differs { per_hundred: a }, Differs { per_hundred: b }) => (a - b).abs() < 1e-9,
                _ => false,
            };
            assert!(close, "{found:?} is not {expected:?}");
        }
        assert_eq!(group(&[]).money_of_one(), None);
        assert_eq!(group(&[1, 3]).money_of_one(), Some(1_400));
    }
}
