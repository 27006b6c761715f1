//! What a member has of his tier besides points, and what he may have for them.

use crate::ledger::Points;

use super::basket::Basket;
use super::earning::RuleId;
use super::selection::Selection;
use super::spread::share_out;
use super::tier::Tier;

/// The largest discount, in basis points: everything.
pub const DISCOUNT_BASIS_POINTS_MAX: u32 = 10_000;

/// A kind of gift that lies in the shop. How many there are is counted elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GiftId(pub [u8; 16]);

/// What a reward is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RewardKind {
    /// A part of the price of goods is taken off. Of several that fit a line the largest one counts, the first among equals.
    Discount {
        /// The part, in basis points, from one to [`DISCOUNT_BASIS_POINTS_MAX`].
        basis_points: u32,
        /// Of which goods.
        goods: Selection,
    },
    /// A thing, as long as there is one.
    Gift {
        /// Which.
        gift: GiftId,
        /// For so many points; nothing when it is free.
        cost: Option<Points>,
    },
    /// What is new or on sale may be bought before others may.
    EarlyAccess,
}

/// A reward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reward {
    /// Its name.
    pub id: RuleId,
    /// From this tier up.
    pub from_tier: Tier,
    /// What it is.
    pub kind: RewardKind,
}

/// Why there is no such reward. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewardRefusal {
    /// There is no such tier.
    NoSuchTier,
    /// The discount is nothing, or above [`DISCOUNT_BASIS_POINTS_MAX`].
    Discount,
    /// The same gift costs the same tier two prices.
    GiftTwice,
    /// There is early access already.
    EarlyAccessTwice,
}

/// What the programme takes off a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discount {
    /// By which reward.
    pub rule: RuleId,
    /// How much, in minor units.
    pub minor: i64,
}

impl Reward {
    pub(super) fn check(&self, before: &[Reward], tier_count: usize) -> Result<(), RewardRefusal> {
        if usize::from(self.from_tier.0) >= tier_count {
            return Err(RewardRefusal::NoSuchTier);
        }
        match &self.kind {
            RewardKind::Discount { basis_points, .. } => {
                let fits = (1..=DISCOUNT_BASIS_POINTS_MAX).contains(basis_points);
                if fits { Ok(()) } else { Err(RewardRefusal::Discount) }
            }
            RewardKind::Gift { gift, .. } => {
                let is_same = |other: &Reward| {
                    other.from_tier == self.from_tier
                        && matches!(&other.kind, RewardKind::Gift { gift: theirs, .. } if theirs == gift)
                };
                if before.iter().any(is_same) { Err(RewardRefusal::GiftTwice) } else { Ok(()) }
            }
            RewardKind::EarlyAccess => {
                let twice = before.iter().any(|other| other.kind == RewardKind::EarlyAccess);
                if twice { Err(RewardRefusal::EarlyAccessTwice) } else { Ok(()) }
            }
        }
    }
}

/// What a tier's discounts take off each line. Of each reward, the exact sum over its lines is rounded down once and handed out.
pub(super) fn discounts(rewards: &[Reward], tier: Tier, basket: &Basket) -> Vec<Option<Discount>> {
    let lines = basket.lines();
    let mut best: Vec<Option<(usize, u32)>> = vec![None; lines.len()];
    for (place, reward) in rewards.iter().enumerate().filter(|(_, reward)| tier >= reward.from_tier) {
        let RewardKind::Discount { basis_points, goods } = &reward.kind else { continue };
        for (line, best) in lines.iter().zip(&mut best) {
            if goods.includes(line) && best.is_none_or(|(_, most)| *basis_points > most) {
                *best = Some((place, *basis_points));
            }
        }
    }
    let mut found = vec![None; lines.len()];
    for (place, reward) in rewards.iter().enumerate() {
        let basis_points =
            |best: &Option<(usize, u32)>| best.filter(|(by, _)| *by == place).map(|(_, most)| most);
        let Some(basis_points) = best.iter().find_map(basis_points) else { continue };
        let is_its = |best: &Option<(usize, u32)>| best.is_some_and(|(by, _)| by == place);
        let weight = |(line, best)| if is_its(best) { weight_of(line) } else { 0 };
        let weights: Vec<u128> = lines.iter().zip(&best).map(weight).collect();
        let minor = weights.iter().sum::<u128>() * u128::from(basis_points) / 10_000;
        let minor = u64::try_from(minor).expect("a discount is within the price");
        for ((found, best), share) in found.iter_mut().zip(&best).zip(share_out(minor, &weights)) {
            if is_its(best) {
                *found = Some(Discount { rule: reward.id, minor: share.cast_signed() });
            }
        }
    }
    found
}

fn weight_of(line: &super::basket::Line) -> u128 {
    u128::from(line.price_minor().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::programme::{Chosen, Goods, GoodsCode, LineSpec};

    fn only(product: &str) -> Selection {
        let goods = Goods { products: vec![GoodsCode::parse(product).unwrap()], categories: vec![] };
        Selection::parse(Chosen::Only(goods), Goods::default()).unwrap()
    }

    fn discount(id: u16, from_tier: u8, basis_points: u32, goods: Selection) -> Reward {
        let kind = RewardKind::Discount { basis_points, goods };
        Reward { id: RuleId(id), from_tier: Tier(from_tier), kind }
    }

    #[test]
    fn t13_the_best_discount_counts_and_is_rounded_once() {
        let rewards = [
            discount(1, 1, 333, Selection::all()),
            discount(2, 1, 333, only("tea")),
            discount(3, 2, 10_000, only("tea")),
        ];
        let goods = ["tea", "cup", "pot"].map(|product| LineSpec {
            product: product.to_owned(),
            categories: vec![],
            quantity_milli: 1000,
            price_minor: 10,
        });
        let basket = Basket::parse(Currency::parse("RUB").unwrap(), &goods).unwrap();
        let cases = [
            (0, [None, None, None]),
            // 3.33 % of 0.30 is 0.00999.
            (1, [Some((1, 0)), Some((1, 0)), Some((1, 0))]),
            (2, [Some((3, 10)), Some((1, 0)), Some((1, 0))]),
        ];
        for (tier, expected) in cases {
            let found = discounts(&rewards, Tier(tier), &basket);
            let found: Vec<_> = found.iter().map(|one| one.map(|one| (one.rule.0, one.minor))).collect();
            assert_eq!(found, expected, "tier {tier}");
        }
        let half = [discount(1, 0, 4167, Selection::all())];
        let found = discounts(&half, Tier(0), &basket).into_iter().flatten();
        let found: Vec<i64> = found.map(|one| one.minor).collect();
        assert_eq!(found, [4, 4, 4], "41.67 % of 0.30 is 0.12501");
    }

    #[test]
    fn a_reward_that_cannot_be_is_refused() {
        use RewardRefusal as R;
        let of = |kind, from_tier| Reward { id: RuleId(9), from_tier: Tier(from_tier), kind };
        let mug = |cost: Option<Points>| RewardKind::Gift { gift: GiftId([1; 16]), cost };
        let before = [of(mug(None), 1), of(RewardKind::EarlyAccess, 1)];
        let cases = [
            (discount(9, 2, 1, Selection::all()), Some(R::NoSuchTier)),
            (discount(9, 1, 0, Selection::all()), Some(R::Discount)),
            (discount(9, 1, 10_001, Selection::all()), Some(R::Discount)),
            (of(mug(Some(Points::parse(5).unwrap())), 1), Some(R::GiftTwice)),
            (of(mug(Some(Points::parse(5).unwrap())), 0), None),
            (of(RewardKind::EarlyAccess, 0), Some(R::EarlyAccessTwice)),
        ];
        for (reward, refusal) in cases {
            assert_eq!(reward.check(&before, 2).err(), refusal, "{reward:?}");
        }
    }
}
