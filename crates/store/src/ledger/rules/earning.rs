//! What purchases earn, and when.

use bonafide_domain::ledger::Points;
use bonafide_domain::programme::{Around, Caps, Conditions, EarningRule, Gives, Rate, RuleId, Tier};
use serde::{Deserialize, Serialize};

use crate::written::{WindowRecord, date_text, hours_of, hours_record, span_of};

use super::goods::SelectionRecord;
use super::points_of;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EarningRecord {
    id: u16,
    goods: SelectionRecord,
    conditions: ConditionsRecord,
    gives: GivesRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionsRecord {
    /// Nothing when no hours are said; none of them when every hour is.
    #[serde(deserialize_with = "Option::deserialize")]
    hours: Option<Vec<WindowRecord>>,
    #[serde(deserialize_with = "Option::deserialize")]
    dates: Option<SpanRecord>,
    #[serde(deserialize_with = "Option::deserialize")]
    birthday: Option<AroundRecord>,
    #[serde(deserialize_with = "Option::deserialize")]
    newcomer_days: Option<u16>,
    #[serde(deserialize_with = "Option::deserialize")]
    from_tier: Option<u8>,
    offered_only: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanRecord {
    from: String,
    /// The first date that is not in it.
    until: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AroundRecord {
    days_before: u16,
    days_after: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum GivesRecord {
    Percent(RateRecord),
    Multiplied { hundredths: u32 },
    PerUnit { points: u32 },
}

/// In basis points.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RateRecord {
    ForAll(u32),
    ByTier(Vec<u32>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CapsRecord {
    #[serde(deserialize_with = "Option::deserialize")]
    receipt: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    day: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    month: Option<u64>,
}

impl EarningRecord {
    pub(super) fn of(rule: &EarningRule) -> Self {
        Self {
            id: rule.id.0,
            goods: SelectionRecord::of(&rule.goods),
            conditions: ConditionsRecord::of(&rule.conditions),
            gives: GivesRecord::of(&rule.gives),
        }
    }

    pub(super) fn rule(&self) -> Option<EarningRule> {
        Some(EarningRule {
            id: RuleId(self.id),
            goods: self.goods.selection()?,
            conditions: self.conditions.conditions()?,
            gives: self.gives.gives(),
        })
    }
}

impl ConditionsRecord {
    fn of(conditions: &Conditions) -> Self {
        let span = |span: bonafide_domain::calendar::DateSpan| SpanRecord {
            from: date_text(span.from()),
            until: date_text(span.until()),
        };
        Self {
            hours: conditions.hours.as_ref().map(hours_record),
            dates: conditions.dates.map(span),
            birthday: conditions.birthday.map(AroundRecord::of),
            newcomer_days: conditions.newcomer_days,
            from_tier: conditions.from_tier.map(|tier| tier.0),
            offered_only: conditions.offered_only,
        }
    }

    fn conditions(&self) -> Option<Conditions> {
        let hours = match &self.hours {
            None => None,
            Some(windows) => Some(hours_of(windows)?),
        };
        let dates = match &self.dates {
            None => None,
            Some(span) => Some(span_of(&span.from, &span.until)?),
        };
        Some(Conditions {
            hours,
            dates,
            birthday: self.birthday.map(AroundRecord::around),
            newcomer_days: self.newcomer_days,
            from_tier: self.from_tier.map(Tier),
            offered_only: self.offered_only,
        })
    }
}

impl AroundRecord {
    pub(super) const fn of(around: Around) -> Self {
        Self { days_before: around.days_before, days_after: around.days_after }
    }

    pub(super) const fn around(self) -> Around {
        Around { days_before: self.days_before, days_after: self.days_after }
    }
}

impl GivesRecord {
    fn of(gives: &Gives) -> Self {
        match gives {
            Gives::Percent(Rate::ForAll(rate)) => Self::Percent(RateRecord::ForAll(*rate)),
            Gives::Percent(Rate::ByTier(rates)) => Self::Percent(RateRecord::ByTier(rates.clone())),
            Gives::Multiplied { hundredths } => Self::Multiplied { hundredths: *hundredths },
            Gives::PerUnit { points } => Self::PerUnit { points: *points },
        }
    }

    fn gives(&self) -> Gives {
        match self {
            Self::Percent(RateRecord::ForAll(rate)) => Gives::Percent(Rate::ForAll(*rate)),
            Self::Percent(RateRecord::ByTier(rates)) => Gives::Percent(Rate::ByTier(rates.clone())),
            Self::Multiplied { hundredths } => Gives::Multiplied { hundredths: *hundredths },
            Self::PerUnit { points } => Gives::PerUnit { points: *points },
        }
    }
}

impl CapsRecord {
    pub(super) fn of(caps: &Caps) -> Self {
        let number = |points: Option<Points>| points.map(Points::get);
        Self { receipt: number(caps.receipt), day: number(caps.day), month: number(caps.month) }
    }

    pub(super) fn caps(&self) -> Option<Caps> {
        Some(Caps {
            receipt: points_of(self.receipt)?,
            day: points_of(self.day)?,
            month: points_of(self.month)?,
        })
    }
}
