//! What a new programme begins with: shown in its form, and written only when somebody saves it.

use std::collections::BTreeMap;

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{
    Caps, Conditions, EarningRule, ExpiryRule, Gives, Rate, RuleId, RulesSpec, Selection, Spending,
};
use bonafide_store::ledger::programmes::RulesDraft;

/// 5 % of what is paid with money, half of a receipt payable with points, a life of 12 months.
pub(crate) fn example(currency: Currency) -> RulesDraft {
    let earning = EarningRule {
        id: RuleId(1),
        goods: Selection::all(),
        conditions: Conditions::default(),
        gives: Gives::Percent(Rate::ForAll(500)),
    };
    let spending = Spending {
        goods: Selection::all(),
        share_basis_points: 5_000,
        step_points: 1,
        min_points: 1,
        min_receipt_minor: 0,
    };
    let rules = RulesSpec {
        version: 1,
        currency,
        // A rouble is small change, a euro is not: a small receipt is to earn something too.
        point_minor: if currency.code() == "RUB" { 100 } else { 1 },
        tiers: None,
        earning: vec![earning],
        caps: Caps::default(),
        pending_days: 14,
        gifts: Vec::new(),
        spending: Some(spending),
        expiry: ExpiryRule::Months(12),
        warning_days: vec![30, 7],
        rewards: Vec::new(),
    };
    RulesDraft { rules, tier_names: Vec::new(), rule_names: BTreeMap::new() }
}
