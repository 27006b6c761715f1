//! Points without a purchase.

use bonafide_domain::ledger::Points;
use bonafide_domain::programme::{GiftRule, Occasion, RuleId};
use serde::{Deserialize, Serialize};

use super::earning::AroundRecord;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GiftRecord {
    id: u16,
    occasion: OccasionRecord,
    points: u64,
    /// Nothing when they last as long as other points.
    #[serde(deserialize_with = "Option::deserialize")]
    lasts_days: Option<u16>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum OccasionRecord {
    Welcome,
    Birthday(AroundRecord),
    BroughtSomebody,
    WasBrought,
    Visit,
    Class,
}

impl GiftRecord {
    pub(super) const fn of(gift: &GiftRule) -> Self {
        let occasion = match gift.occasion {
            Occasion::Welcome => OccasionRecord::Welcome,
            Occasion::Birthday(around) => OccasionRecord::Birthday(AroundRecord::of(around)),
            Occasion::BroughtSomebody => OccasionRecord::BroughtSomebody,
            Occasion::WasBrought => OccasionRecord::WasBrought,
            Occasion::Visit => OccasionRecord::Visit,
            Occasion::Class => OccasionRecord::Class,
        };
        Self { id: gift.id.0, occasion, points: gift.points.get(), lasts_days: gift.lasts_days }
    }

    pub(super) fn gift(&self) -> Option<GiftRule> {
        let occasion = match self.occasion {
            OccasionRecord::Welcome => Occasion::Welcome,
            OccasionRecord::Birthday(around) => Occasion::Birthday(around.around()),
            OccasionRecord::BroughtSomebody => Occasion::BroughtSomebody,
            OccasionRecord::WasBrought => Occasion::WasBrought,
            OccasionRecord::Visit => Occasion::Visit,
            OccasionRecord::Class => Occasion::Class,
        };
        let points = Points::parse(self.points).ok()?;
        Some(GiftRule { id: RuleId(self.id), occasion, points, lasts_days: self.lasts_days })
    }
}
