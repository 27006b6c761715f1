//! Tiers, and what they ask for.

use bonafide_domain::programme::{Downgrade, Entry, TierSpec, Tiers, TiersSpec};
use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// The word that stands for how a member falls.
    downgrade_word, downgrade_of: Downgrade { OneStep = "one_step", ToReached = "to_reached" }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TiersRecord {
    /// From the lowest up.
    tiers: Vec<TierRecord>,
    window_months: u16,
    grace_days: u16,
    downgrade: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierRecord {
    /// Its place among the tier names, from zero.
    name: u16,
    entry: EntryRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum EntryRecord {
    Everyone,
    Spend { minor: i64 },
    Visits { count: u32 },
    Either { minor: i64, count: u32 },
}

impl TiersRecord {
    pub(super) fn of(tiers: &Tiers) -> Self {
        let spec = tiers.spec();
        let tier = |tier: &TierSpec| TierRecord { name: tier.name, entry: EntryRecord::of(tier.entry) };
        Self {
            tiers: spec.tiers.iter().map(tier).collect(),
            window_months: spec.window_months,
            grace_days: spec.grace_days,
            downgrade: downgrade_word(spec.downgrade).to_owned(),
        }
    }

    pub(super) fn tiers(&self) -> Option<Tiers> {
        let tier = |record: &TierRecord| TierSpec { name: record.name, entry: record.entry.entry() };
        let spec = TiersSpec {
            tiers: self.tiers.iter().map(tier).collect(),
            window_months: self.window_months,
            grace_days: self.grace_days,
            downgrade: downgrade_of(&self.downgrade)?,
        };
        Tiers::parse(spec).ok()
    }
}

impl EntryRecord {
    const fn of(entry: Entry) -> Self {
        match entry {
            Entry::Everyone => Self::Everyone,
            Entry::Spend { minor } => Self::Spend { minor },
            Entry::Visits { count } => Self::Visits { count },
            Entry::Either { minor, count } => Self::Either { minor, count },
        }
    }

    const fn entry(&self) -> Entry {
        match *self {
            Self::Everyone => Entry::Everyone,
            Self::Spend { minor } => Entry::Spend { minor },
            Self::Visits { count } => Entry::Visits { count },
            Self::Either { minor, count } => Entry::Either { minor, count },
        }
    }
}
