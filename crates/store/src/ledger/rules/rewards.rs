//! What members have besides points.

use bonafide_domain::ledger::Points;
use bonafide_domain::programme::{GiftId, Reward, RewardKind, RuleId, Tier};
use serde::{Deserialize, Serialize};

use crate::written::{id_of, id_text};

use super::goods::SelectionRecord;
use super::points_of;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RewardRecord {
    id: u16,
    from_tier: u8,
    kind: KindRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum KindRecord {
    Discount {
        basis_points: u32,
        goods: SelectionRecord,
    },
    Gift {
        gift: String,
        /// Nothing when it is free.
        #[serde(deserialize_with = "Option::deserialize")]
        cost: Option<u64>,
    },
    EarlyAccess,
}

impl RewardRecord {
    pub(super) fn of(reward: &Reward) -> Self {
        let kind = match &reward.kind {
            RewardKind::Discount { basis_points, goods } => {
                KindRecord::Discount { basis_points: *basis_points, goods: SelectionRecord::of(goods) }
            }
            RewardKind::Gift { gift, cost } => {
                KindRecord::Gift { gift: id_text(gift.0), cost: cost.map(Points::get) }
            }
            RewardKind::EarlyAccess => KindRecord::EarlyAccess,
        };
        Self { id: reward.id.0, from_tier: reward.from_tier.0, kind }
    }

    pub(super) fn reward(&self) -> Option<Reward> {
        let kind = match &self.kind {
            KindRecord::Discount { basis_points, goods } => {
                RewardKind::Discount { basis_points: *basis_points, goods: goods.selection()? }
            }
            KindRecord::Gift { gift, cost } => {
                RewardKind::Gift { gift: GiftId(id_of(gift)?), cost: points_of(*cost)? }
            }
            KindRecord::EarlyAccess => RewardKind::EarlyAccess,
        };
        Some(Reward { id: RuleId(self.id), from_tier: Tier(self.from_tier), kind })
    }
}
