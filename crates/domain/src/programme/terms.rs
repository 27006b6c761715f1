//! The terms of a programme as statements with numbers and no words: a page says them in the reader's language, in the order that
//! they have here. Every rule makes a statement; what is always so makes one too.

use crate::ledger::Points;
use crate::money::{Currency, Money};

use super::earning::EarningRule;
use super::expiry::ExpiryRule;
use super::gifts::GiftRule;
use super::rewards::Reward;
use super::rules::{Rules, RulesSpec};
use super::selection::Selection;
use super::spending::Spending;
use super::tier::{Downgrade, Entry, Tier, Tiers};

/// One thing that the terms say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement<'a> {
    /// What one point pays.
    PointPays(Money),
    /// By what purchases earn points. One for each rule.
    Earns(&'a EarningRule),
    /// Of several multipliers the largest one counts.
    LargestMultiplier,
    /// What is paid with points earns nothing, and what is left is rounded down.
    OnMoneyOnlyRoundedDown,
    /// One receipt earns at most this.
    CapForReceipt(Points),
    /// All receipts of a day earn at most this.
    CapForDay(Points),
    /// All receipts of a month earn at most this.
    CapForMonth(Points),
    /// Earned points may be spent after so many days, the day of the purchase not counted.
    WaitDays(u16),
    /// Earned points may be spent at once.
    NoWaiting,
    /// For what points are given without a purchase. One for each rule.
    Gives(&'a GiftRule),
    /// Points do not pay receipts.
    NoSpending,
    /// Points pay at most such a part of the goods, in basis points.
    SpendShare(u32),
    /// These goods may be paid with points. Only where not all may.
    SpendGoods(&'a Selection),
    /// In multiples of so many points. Only where the step is not one.
    SpendStep(u64),
    /// No fewer points at once. Only where they are more than the step.
    SpendAtLeast(u64),
    /// On receipts from this amount on. Only where there is one.
    SpendOnReceiptsFrom(Money),
    /// Points that a purchase has earned go back when its goods come back, and those that paid for it are given back.
    ReturnsUndoBoth,
    /// How long points last.
    Last(ExpiryRule),
    /// So many days before they come to nothing the member is told. One for each warning.
    WarnedDaysAhead(u16),
    /// What a tier asks for. One for each, from the lowest up.
    TierAsks {
        /// The tier.
        tier: Tier,
        /// Its name, among those of the programme.
        name: u16,
        /// What it asks for.
        entry: Entry,
    },
    /// Within so many months.
    TierWindow {
        /// How many.
        months: u16,
    },
    /// How a member falls, and after how many days of grace.
    TierFall {
        /// How.
        downgrade: Downgrade,
        /// How many days.
        grace_days: u16,
    },
    /// What members have besides points. One for each reward.
    Has(&'a Reward),
}

impl Rules {
    /// The terms, in the order in which they are told: what a point is worth, earning, gifts, spending, returns, expiry, tiers, rewards.
    pub fn terms(&self) -> Vec<Statement<'_>> {
        let spec = self.spec();
        let mut terms = vec![Statement::PointPays(amount(i64::from(spec.point_minor), spec.currency))];
        say_earning(spec, &mut terms);
        terms.extend(spec.gifts.iter().map(Statement::Gives));
        match &spec.spending {
            None => terms.push(Statement::NoSpending),
            Some(spending) => say_spending(spending, spec.currency, &mut terms),
        }
        terms.extend([Statement::ReturnsUndoBoth, Statement::Last(spec.expiry)]);
        terms.extend(spec.warning_days.iter().copied().map(Statement::WarnedDaysAhead));
        if let Some(tiers) = &spec.tiers {
            say_tiers(tiers, &mut terms);
        }
        terms.extend(spec.rewards.iter().map(Statement::Has));
        terms
    }
}

fn say_earning<'a>(spec: &'a RulesSpec, terms: &mut Vec<Statement<'a>>) {
    if spec.earning.is_empty() {
        return;
    }
    terms.extend(spec.earning.iter().map(Statement::Earns));
    let multipliers =
        spec.earning.iter().filter(|rule| matches!(rule.gives, super::Gives::Multiplied { .. }));
    if multipliers.count() > 1 {
        terms.push(Statement::LargestMultiplier);
    }
    terms.push(Statement::OnMoneyOnlyRoundedDown);
    terms.extend(spec.caps.receipt.map(Statement::CapForReceipt));
    terms.extend(spec.caps.day.map(Statement::CapForDay));
    terms.extend(spec.caps.month.map(Statement::CapForMonth));
    terms.push(match spec.pending_days {
        0 => Statement::NoWaiting,
        days => Statement::WaitDays(days),
    });
}

fn say_spending<'a>(spending: &'a Spending, currency: Currency, terms: &mut Vec<Statement<'a>>) {
    terms.push(Statement::SpendShare(spending.share_basis_points));
    if spending.goods != Selection::all() {
        terms.push(Statement::SpendGoods(&spending.goods));
    }
    if spending.step_points > 1 {
        terms.push(Statement::SpendStep(spending.step_points));
    }
    if spending.min_points > spending.step_points {
        terms.push(Statement::SpendAtLeast(spending.min_points));
    }
    if spending.min_receipt_minor > 0 {
        terms.push(Statement::SpendOnReceiptsFrom(amount(spending.min_receipt_minor, currency)));
    }
}

fn say_tiers(tiers: &Tiers, terms: &mut Vec<Statement<'_>>) {
    let spec = tiers.spec();
    let asks = (0..).zip(&spec.tiers).map(|(place, tier)| {
        let (tier, name, entry) = (Tier(place), tier.name, tier.entry);
        Statement::TierAsks { tier, name, entry }
    });
    terms.extend(asks);
    terms.push(Statement::TierWindow { months: spec.window_months });
    terms.push(Statement::TierFall { downgrade: spec.downgrade, grace_days: spec.grace_days });
}

fn amount(minor: i64, currency: Currency) -> Money {
    Money::parse(minor, currency).expect("what a rule names is within the bounds of an amount")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::rules::tests::{points, rule, spec};
    use crate::programme::{Caps, Chosen, Gives, Goods, GoodsCode, Occasion, RewardKind, RuleId};

    #[test]
    fn the_terms_say_each_rule_in_a_fixed_order() {
        let mut spec = spec();
        spec.earning.push(rule(2, Gives::Multiplied { hundredths: 200 }));
        spec.earning.push(rule(3, Gives::Multiplied { hundredths: 300 }));
        spec.caps = Caps { receipt: Some(points(5)), day: Some(points(6)), month: Some(points(7)) };
        let gift =
            GiftRule { id: RuleId(4), occasion: Occasion::Welcome, points: points(9), lasts_days: None };
        spec.gifts.push(gift);
        let wine = Goods { products: vec![], categories: vec![GoodsCode::parse("wine").unwrap()] };
        let without_wine = Selection::parse(Chosen::All, wine).unwrap();
        let spending = spec.spending.as_mut().unwrap();
        spending.goods = without_wine.clone();
        (spending.step_points, spending.min_points, spending.min_receipt_minor) = (10, 50, 10_000);
        let reward = Reward { id: RuleId(5), from_tier: Tier(1), kind: RewardKind::EarlyAccess };
        spec.rewards.push(reward.clone());
        let rules = Rules::parse(spec.clone()).unwrap();
        let money = |minor| Money::parse(minor, spec.currency).unwrap();
        let spend_entry = Entry::Spend { minor: 100_000 };
        let expected = [
            Statement::PointPays(money(100)),
            Statement::Earns(&spec.earning[0]),
            Statement::Earns(&spec.earning[1]),
            Statement::Earns(&spec.earning[2]),
            Statement::LargestMultiplier,
            Statement::OnMoneyOnlyRoundedDown,
            Statement::CapForReceipt(points(5)),
            Statement::CapForDay(points(6)),
            Statement::CapForMonth(points(7)),
            Statement::WaitDays(14),
            Statement::Gives(&gift),
            Statement::SpendShare(5000),
            Statement::SpendGoods(&without_wine),
            Statement::SpendStep(10),
            Statement::SpendAtLeast(50),
            Statement::SpendOnReceiptsFrom(money(10_000)),
            Statement::ReturnsUndoBoth,
            Statement::Last(ExpiryRule::Months(12)),
            Statement::WarnedDaysAhead(30),
            Statement::WarnedDaysAhead(7),
            Statement::TierAsks { tier: Tier(0), name: 0, entry: Entry::Everyone },
            Statement::TierAsks { tier: Tier(1), name: 1, entry: spend_entry },
            Statement::TierWindow { months: 12 },
            Statement::TierFall { downgrade: Downgrade::OneStep, grace_days: 30 },
            Statement::Has(&reward),
        ];
        assert_eq!(rules.terms(), expected);
    }

    #[test]
    fn what_is_not_there_is_not_said() {
        let gift = GiftRule { id: RuleId(4), occasion: Occasion::Visit, points: points(9), lasts_days: None };
        let spec = RulesSpec {
            earning: vec![],
            gifts: vec![gift],
            spending: None,
            tiers: None,
            expiry: ExpiryRule::Never,
            warning_days: vec![],
            ..spec()
        };
        let rules = Rules::parse(spec.clone()).unwrap();
        let expected = [
            Statement::PointPays(amount(100, spec.currency)),
            Statement::Gives(&gift),
            Statement::NoSpending,
            Statement::ReturnsUndoBoth,
            Statement::Last(ExpiryRule::Never),
        ];
        assert_eq!(rules.terms(), expected);
    }
}
