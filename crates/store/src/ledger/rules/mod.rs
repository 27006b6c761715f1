//! The kept form of a programme's rules, with the names in them: JSON with the number of its form. Returns come to purchases of
//! long ago and are reckoned by the rules of then, so that a form is never changed: a further one gets a further number.
//!
//! Every field is written, and one that is missing is damage, even where it may hold nothing: serde would take it for nothing,
//! and that is why such fields name their own way of reading.
//!
//! - `goods`: selections. `earning`: rules, their conditions, caps. `gifts`, `rewards`, `tiers`. `spending`: and expiry.
//! - `parsed`: what a connection has read already. `names`: what the operator calls tiers and rules, and whether that fits.

mod earning;
mod gifts;
mod goods;
mod names;
mod parsed;
mod rewards;
mod spending;
mod tiers;

use bonafide_domain::ledger::Points;
use bonafide_domain::money::Currency;
use bonafide_domain::programme::{Rules, RulesSpec};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::ledger::programmes::ProgrammeVersion;
use crate::written::{damaged, from_text, to_text};

use earning::{CapsRecord, EarningRecord};
use gifts::GiftRecord;
use names::{RuleNameRecord, rule_name_records, rule_names_of, tier_name_texts, tier_names_of};
use rewards::RewardRecord;
use spending::{ExpiryRecord, SpendingRecord};
use tiers::TiersRecord;

pub(crate) use goods::SelectionRecord;
pub(crate) use names::check_names;
pub use names::{NamesRefusal, TIER_NAMES_MAX};
pub(crate) use parsed::ParsedRules;
pub use spending::period_word;
pub use tiers::downgrade_word;

/// The form that this program writes.
const FORM: u32 = 1;

const WHAT: &str = "the rules of a programme";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesRecord {
    form: u32,
    version: u32,
    currency: String,
    point_minor: u32,
    /// Nothing when all members are alike.
    #[serde(deserialize_with = "Option::deserialize")]
    tiers: Option<TiersRecord>,
    tier_names: Vec<String>,
    rule_names: Vec<RuleNameRecord>,
    earning: Vec<EarningRecord>,
    caps: CapsRecord,
    pending_days: u16,
    gifts: Vec<GiftRecord>,
    /// Nothing when points do not pay.
    #[serde(deserialize_with = "Option::deserialize")]
    spending: Option<SpendingRecord>,
    expiry: ExpiryRecord,
    warning_days: Vec<u16>,
    rewards: Vec<RewardRecord>,
}

/// The text of a version. When it was added is no part of it.
pub(crate) fn rules_text(version: &ProgrammeVersion) -> Result<String, Fault> {
    let spec = version.rules.spec();
    to_text(&RulesRecord {
        form: FORM,
        version: spec.version,
        currency: spec.currency.code().to_owned(),
        point_minor: spec.point_minor,
        tiers: spec.tiers.as_ref().map(TiersRecord::of),
        tier_names: tier_name_texts(&version.tier_names),
        rule_names: rule_name_records(&version.rule_names),
        earning: spec.earning.iter().map(EarningRecord::of).collect(),
        caps: CapsRecord::of(&spec.caps),
        pending_days: spec.pending_days,
        gifts: spec.gifts.iter().map(GiftRecord::of).collect(),
        spending: spec.spending.as_ref().map(SpendingRecord::of),
        expiry: ExpiryRecord::of(spec.expiry),
        warning_days: spec.warning_days.clone(),
        rewards: spec.rewards.iter().map(RewardRecord::of).collect(),
    })
}

/// The version of a text that was added then.
pub(crate) fn rules_of(text: &str, added_us: i64) -> Result<ProgrammeVersion, Fault> {
    let record: RulesRecord = from_text(text, WHAT)?;
    if record.form != FORM {
        return Err(damaged(WHAT));
    }
    version_of(&record, added_us).ok_or_else(|| damaged(WHAT))
}

fn version_of(record: &RulesRecord, added_us: i64) -> Option<ProgrammeVersion> {
    let rules = Rules::parse(spec_of(record)?).ok()?;
    let (tier_names, rule_names) = (tier_names_of(&record.tier_names)?, rule_names_of(&record.rule_names)?);
    check_names(rules.spec(), &tier_names, &rule_names).ok()?;
    Some(ProgrammeVersion { version: record.version, rules, tier_names, rule_names, added_us })
}

fn spec_of(record: &RulesRecord) -> Option<RulesSpec> {
    let tiers = match &record.tiers {
        None => None,
        Some(tiers) => Some(tiers.tiers()?),
    };
    let spending = match &record.spending {
        None => None,
        Some(spending) => Some(spending.spending()?),
    };
    Some(RulesSpec {
        version: record.version,
        currency: Currency::parse(&record.currency).ok()?,
        point_minor: record.point_minor,
        tiers,
        earning: record.earning.iter().map(EarningRecord::rule).collect::<Option<_>>()?,
        caps: record.caps.caps()?,
        pending_days: record.pending_days,
        gifts: record.gifts.iter().map(GiftRecord::gift).collect::<Option<_>>()?,
        spending,
        expiry: record.expiry.expiry()?,
        warning_days: record.warning_days.clone(),
        rewards: record.rewards.iter().map(RewardRecord::reward).collect::<Option<_>>()?,
    })
}

/// Points that may be none. The outer nothing means that the number is no amount.
fn points_of(number: Option<u64>) -> Option<Option<Points>> {
    match number {
        None => Some(None),
        Some(number) => Points::parse(number).ok().map(Some),
    }
}

#[cfg(test)]
mod tests;
