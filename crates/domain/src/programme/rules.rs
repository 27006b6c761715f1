//! The rules of a programme, one version at a time.
//!
//! Rules that change get a new version, and a purchase keeps the version that it was begun under (case T-21). So nothing here can
//! be set after [`Rules::parse`], and whoever holds rules knows that they fit together.

use crate::calendar::{Calendar, UtcMicros};
use crate::money::Currency;

use super::earning::{Caps, CapsRefusal, EarningRefusal, EarningRule, Gives, RuleId};
use super::expiry::{ExpiryRefusal, ExpiryRule, PENDING_DAYS_MAX, Warning, matures, warnings};
use super::gifts::{Gift, GiftRefusal, GiftRule, Happened, gift};
use super::rewards::{Reward, RewardKind, RewardRefusal};
use super::spending::{Spending, SpendingRefusal};
use super::tier::{Tier, Tiers};

/// The most that one point pays, in minor units.
pub const POINT_MINOR_MAX: u32 = 1_000_000;

/// The most rules of a programme: of earning, gifts and rewards together.
pub const RULES_MAX: usize = 200;

/// The rules as they are typed in: how they fit together is not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesSpec {
    /// Counts the changes of the programme, from one.
    pub version: u32,
    /// The currency of its baskets.
    pub currency: Currency,
    /// What one point pays, in minor units, from one to [`POINT_MINOR_MAX`].
    pub point_minor: u32,
    /// The tiers; nothing when all members are alike.
    pub tiers: Option<Tiers>,
    /// By what purchases earn points. Caps cut the last ones first.
    pub earning: Vec<EarningRule>,
    /// The most that purchases earn.
    pub caps: Caps,
    /// How many days points wait that a purchase has earned, until the goods cannot come back any more, the day of the purchase
    /// not counted; at most [`PENDING_DAYS_MAX`], and zero when they are the member's at once.
    pub pending_days: u16,
    /// For what points are given without a purchase.
    pub gifts: Vec<GiftRule>,
    /// How points pay; nothing when they only buy gifts.
    pub spending: Option<Spending>,
    /// How long points last.
    pub expiry: ExpiryRule,
    /// How many days before that the member is told, the earliest warning first.
    pub warning_days: Vec<u16>,
    /// What members have besides points.
    pub rewards: Vec<Reward>,
}

/// Why rules are not accepted. Checks stand in this order, and those of a rule for the first rule before those for the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesRefusal {
    /// Versions count from one.
    Version,
    /// A point pays nothing, or more than [`POINT_MINOR_MAX`].
    PointMinor,
    /// There are more than [`RULES_MAX`] rules.
    TooManyRules,
    /// Two rules have one name.
    NameTwice {
        /// The name.
        rule: RuleId,
    },
    /// A rule of earning is wrong.
    Earning {
        /// Which.
        rule: RuleId,
        /// What is wrong.
        why: EarningRefusal,
    },
    /// It multiplies what the percent rules give, and there is none.
    NothingToMultiply {
        /// The rule.
        rule: RuleId,
    },
    /// The caps contradict each other.
    Caps(CapsRefusal),
    /// Points wait longer than [`PENDING_DAYS_MAX`].
    PendingDays,
    /// A gift is wrong.
    Gift {
        /// Which.
        rule: RuleId,
        /// What is wrong.
        why: GiftRefusal,
    },
    /// How points pay is wrong.
    Spending(SpendingRefusal),
    /// How long points last, or when is warned.
    Expiry(ExpiryRefusal),
    /// A reward is wrong.
    Reward {
        /// Which.
        rule: RuleId,
        /// What is wrong.
        why: RewardRefusal,
    },
    /// Neither a purchase nor anything else gives a point.
    NothingGiven,
}

/// The rules of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    spec: RulesSpec,
}

impl Rules {
    /// Checks that the rules fit together.
    ///
    /// # Errors
    /// The first of [`RulesRefusal`].
    pub fn parse(spec: RulesSpec) -> Result<Self, RulesRefusal> {
        if spec.version == 0 {
            return Err(RulesRefusal::Version);
        }
        if !(1..=POINT_MINOR_MAX).contains(&spec.point_minor) {
            return Err(RulesRefusal::PointMinor);
        }
        check_names(&spec)?;
        let tier_count = spec.tiers.as_ref().map_or(1, Tiers::count);
        check_earning(&spec.earning, tier_count)?;
        spec.caps.check().map_err(RulesRefusal::Caps)?;
        if spec.pending_days > PENDING_DAYS_MAX {
            return Err(RulesRefusal::PendingDays);
        }
        for (place, gift) in spec.gifts.iter().enumerate() {
            let checked = gift.check(&spec.gifts[..place]);
            checked.map_err(|why| RulesRefusal::Gift { rule: gift.id, why })?;
        }
        if let Some(spending) = &spec.spending {
            spending.check().map_err(RulesRefusal::Spending)?;
        }
        spec.expiry.check(&spec.warning_days).map_err(RulesRefusal::Expiry)?;
        for (place, reward) in spec.rewards.iter().enumerate() {
            let checked = reward.check(&spec.rewards[..place], tier_count);
            checked.map_err(|why| RulesRefusal::Reward { rule: reward.id, why })?;
        }
        if spec.earning.is_empty() && spec.gifts.is_empty() {
            return Err(RulesRefusal::NothingGiven);
        }
        Ok(Self { spec })
    }

    /// The rules themselves.
    pub const fn spec(&self) -> &RulesSpec {
        &self.spec
    }

    /// The highest tier; the lowest one where there are none.
    pub fn highest_tier(&self) -> Tier {
        let count = self.spec.tiers.as_ref().map_or(1, Tiers::count);
        Tier(u8::try_from(count - 1).unwrap_or(u8::MAX))
    }

    /// Whether members of a tier may buy before others.
    pub fn gives_early_access(&self, tier: Tier) -> bool {
        self.spec
            .rewards
            .iter()
            .any(|reward| reward.kind == RewardKind::EarlyAccess && tier >= reward.from_tier)
    }

    /// What is given for what happened at an instant; nothing when the programme gives nothing for that, or no birthday is near.
    /// Whether it was given before, the ledger knows.
    pub fn gift(&self, happened: Happened, at: UtcMicros, calendar: &Calendar) -> Option<Gift> {
        gift(&self.spec.gifts, self.spec.expiry, happened, at, calendar)
    }

    /// The first instant at which the goods of a purchase cannot come back any more, as these rules have it; the purchase's own when
    /// they do not wait.
    pub fn is_settled_at(&self, bought: UtcMicros, calendar: &Calendar) -> UtcMicros {
        matures(bought, self.spec.pending_days, calendar).unwrap_or(bought)
    }

    /// When a member is told that points come to nothing at this instant, the earliest warning first.
    pub fn warnings(&self, ends: UtcMicros, calendar: &Calendar) -> Vec<Warning> {
        warnings(&self.spec.warning_days, ends, calendar)
    }
}

fn check_names(spec: &RulesSpec) -> Result<(), RulesRefusal> {
    if spec.earning.len().max(spec.gifts.len()).max(spec.rewards.len()) > RULES_MAX {
        return Err(RulesRefusal::TooManyRules);
    }
    let earning = spec.earning.iter().map(|rule| rule.id);
    let gifts = spec.gifts.iter().map(|gift| gift.id);
    let rewards = spec.rewards.iter().map(|reward| reward.id);
    let mut names: Vec<RuleId> = earning.chain(gifts).chain(rewards).collect();
    if names.len() > RULES_MAX {
        return Err(RulesRefusal::TooManyRules);
    }
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map_or(Ok(()), |pair| Err(RulesRefusal::NameTwice { rule: pair[0] }))
}

fn check_earning(rules: &[EarningRule], tier_count: usize) -> Result<(), RulesRefusal> {
    let has_percent = rules.iter().any(|rule| matches!(rule.gives, Gives::Percent(_)));
    for rule in rules {
        rule.check(tier_count).map_err(|why| RulesRefusal::Earning { rule: rule.id, why })?;
        if matches!(rule.gives, Gives::Multiplied { .. }) && !has_percent {
            return Err(RulesRefusal::NothingToMultiply { rule: rule.id });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ledger::Points;
    use crate::programme::{
        Around, Conditions, Downgrade, Entry, Occasion, Rate, Selection, TierSpec, TiersSpec,
    };

    type Spoil = Box<dyn Fn(&mut RulesSpec)>;

    pub(in crate::programme) fn points(number: u64) -> Points {
        Points::parse(number).unwrap()
    }

    pub(in crate::programme) fn rule(id: u16, gives: Gives) -> EarningRule {
        EarningRule { id: RuleId(id), goods: Selection::all(), conditions: Conditions::default(), gives }
    }

    /// A point pays a rouble. 5 %, and 10 % for those who spend 1,000 roubles a year; half of a receipt may be paid with points.
    pub(in crate::programme) fn spec() -> RulesSpec {
        let tier = |name, entry| TierSpec { name, entry };
        let tiers = TiersSpec {
            tiers: vec![tier(0, Entry::Everyone), tier(1, Entry::Spend { minor: 100_000 })],
            window_months: 12,
            grace_days: 30,
            downgrade: Downgrade::OneStep,
        };
        RulesSpec {
            version: 1,
            currency: Currency::parse("RUB").unwrap(),
            point_minor: 100,
            tiers: Some(Tiers::parse(tiers).unwrap()),
            earning: vec![rule(1, Gives::Percent(Rate::ByTier(vec![500, 1000])))],
            caps: Caps::default(),
            pending_days: 14,
            gifts: vec![],
            spending: Some(Spending {
                goods: Selection::all(),
                share_basis_points: 5000,
                step_points: 1,
                min_points: 1,
                min_receipt_minor: 0,
            }),
            expiry: ExpiryRule::Months(12),
            warning_days: vec![30, 7],
            rewards: vec![],
        }
    }

    #[test]
    fn rules_that_contradict_themselves_are_refused() {
        use RulesRefusal as R;
        let gift = |id, occasion| GiftRule { id: RuleId(id), occasion, points: points(5), lasts_days: None };
        let cases: Vec<(Spoil, RulesRefusal)> = vec![
            (Box::new(|spec| spec.version = 0), R::Version),
            (Box::new(|spec| spec.point_minor = 0), R::PointMinor),
            (Box::new(|spec| spec.point_minor = POINT_MINOR_MAX + 1), R::PointMinor),
            (Box::new(|spec| spec.earning = vec![spec.earning[0].clone(); RULES_MAX + 1]), R::TooManyRules),
            (
                Box::new(move |spec| {
                    let visit = gift(0, Occasion::Visit);
                    spec.gifts =
                        (2..=RULES_MAX as u16 + 1).map(|id| GiftRule { id: RuleId(id), ..visit }).collect();
                }),
                R::TooManyRules,
            ),
            (
                Box::new(move |spec| spec.gifts = vec![gift(1, Occasion::Visit)]),
                R::NameTwice { rule: RuleId(1) },
            ),
            (
                Box::new(|spec| spec.tiers = None),
                R::Earning { rule: RuleId(1), why: EarningRefusal::RateForEachTier },
            ),
            (
                Box::new(|spec| spec.earning = vec![rule(3, Gives::Multiplied { hundredths: 200 })]),
                R::NothingToMultiply { rule: RuleId(3) },
            ),
            (
                Box::new(|spec| (spec.caps.receipt, spec.caps.day) = (Some(points(2)), Some(points(1)))),
                R::Caps(CapsRefusal::ReceiptAboveDay),
            ),
            (Box::new(|spec| spec.pending_days = PENDING_DAYS_MAX + 1), R::PendingDays),
            (
                Box::new(move |spec| {
                    let near = Around { days_before: 61, days_after: 0 };
                    spec.gifts = vec![gift(2, Occasion::Birthday(near))];
                }),
                R::Gift { rule: RuleId(2), why: GiftRefusal::BirthdayDays },
            ),
            (
                Box::new(|spec| spec.spending.as_mut().unwrap().step_points = 0),
                R::Spending(SpendingRefusal::Step),
            ),
            (Box::new(|spec| spec.expiry = ExpiryRule::Never), R::Expiry(ExpiryRefusal::WarningOfNothing)),
            (
                Box::new(|spec| {
                    spec.rewards =
                        vec![Reward { id: RuleId(2), from_tier: Tier(2), kind: RewardKind::EarlyAccess }];
                }),
                R::Reward { rule: RuleId(2), why: RewardRefusal::NoSuchTier },
            ),
            (Box::new(|spec| spec.earning = vec![]), R::NothingGiven),
        ];
        assert!(Rules::parse(spec()).is_ok());
        for (spoil, refusal) in cases {
            let mut bad = spec();
            spoil(&mut bad);
            assert_eq!(Rules::parse(bad), Err(refusal));
        }
    }
}
