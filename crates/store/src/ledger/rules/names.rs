//! What an operator calls the tiers and the rules of a programme.

use std::collections::BTreeMap;

use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{RuleId, RulesSpec, Tier};
use serde::{Deserialize, Serialize};

/// The most names of tiers. There may be more than tiers: one that is out of use keeps its place.
pub const TIER_NAMES_MAX: usize = 100;

/// Why names do not fit rules. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamesRefusal {
    /// There are more than [`TIER_NAMES_MAX`] names of tiers.
    TooManyTierNames,
    /// Two tiers are called alike: nobody could tell them apart.
    TierNameTwice {
        /// The place of the second among the names, from zero.
        index: usize,
    },
    /// A tier bears a name that there is not.
    NoTierName {
        /// The tier.
        tier: Tier,
    },
    /// The name of a rule that there is not.
    NoRule {
        /// The rule.
        rule: RuleId,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleNameRecord {
    rule: u16,
    name: String,
}

/// Checks that the names fit the rules.
pub(crate) fn check_names(
    spec: &RulesSpec,
    tier_names: &[Title],
    rule_names: &BTreeMap<RuleId, Title>,
) -> Result<(), NamesRefusal> {
    if tier_names.len() > TIER_NAMES_MAX {
        return Err(NamesRefusal::TooManyTierNames);
    }
    for (index, name) in tier_names.iter().enumerate() {
        if tier_names[..index].contains(name) {
            return Err(NamesRefusal::TierNameTwice { index });
        }
    }
    let tiers = spec.tiers.iter().flat_map(|tiers| &tiers.spec().tiers);
    for (tier, one) in (0..).map(Tier).zip(tiers) {
        if usize::from(one.name) >= tier_names.len() {
            return Err(NamesRefusal::NoTierName { tier });
        }
    }
    let earning = spec.earning.iter().map(|rule| rule.id);
    let gifts = spec.gifts.iter().map(|gift| gift.id);
    let rewards = spec.rewards.iter().map(|reward| reward.id);
    let rules: Vec<RuleId> = earning.chain(gifts).chain(rewards).collect();
    match rule_names.keys().find(|rule| !rules.contains(rule)) {
        Some(&rule) => Err(NamesRefusal::NoRule { rule }),
        None => Ok(()),
    }
}

pub(super) fn rule_name_records(names: &BTreeMap<RuleId, Title>) -> Vec<RuleNameRecord> {
    names.iter().map(|(rule, name)| RuleNameRecord { rule: rule.0, name: name.as_str().to_owned() }).collect()
}

pub(super) fn rule_names_of(records: &[RuleNameRecord]) -> Option<BTreeMap<RuleId, Title>> {
    let mut names = BTreeMap::new();
    for record in records {
        let before = names.insert(RuleId(record.rule), Title::parse(&record.name).ok()?);
        if before.is_some() {
            return None;
        }
    }
    Some(names)
}

pub(super) fn tier_name_texts(names: &[Title]) -> Vec<String> {
    names.iter().map(|name| name.as_str().to_owned()).collect()
}

pub(super) fn tier_names_of(texts: &[String]) -> Option<Vec<Title>> {
    texts.iter().map(|text| Title::parse(text).ok()).collect()
}
