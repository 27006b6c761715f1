//! How points pay, and how long they last.

use bonafide_domain::programme::{ExpiryRule, Period, Spending};
use serde::{Deserialize, Serialize};

use crate::words::words;

use super::goods::SelectionRecord;

words! {
    /// The word that stands for a stretch of the civil year.
    period_word, period_of: Period {
        Month = "month", Quarter = "quarter", HalfYear = "half_year", Year = "year",
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpendingRecord {
    goods: SelectionRecord,
    share_basis_points: u32,
    step_points: u64,
    min_points: u64,
    min_receipt_minor: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ExpiryRecord {
    Never,
    Days(u16),
    Months(u16),
    EndOf { period: String, further: u8 },
    Inactivity { months: u16 },
}

impl SpendingRecord {
    pub(super) fn of(spending: &Spending) -> Self {
        Self {
            goods: SelectionRecord::of(&spending.goods),
            share_basis_points: spending.share_basis_points,
            step_points: spending.step_points,
            min_points: spending.min_points,
            min_receipt_minor: spending.min_receipt_minor,
        }
    }

    pub(super) fn spending(&self) -> Option<Spending> {
        Some(Spending {
            goods: self.goods.selection()?,
            share_basis_points: self.share_basis_points,
            step_points: self.step_points,
            min_points: self.min_points,
            min_receipt_minor: self.min_receipt_minor,
        })
    }
}

impl ExpiryRecord {
    pub(super) fn of(expiry: ExpiryRule) -> Self {
        match expiry {
            ExpiryRule::Never => Self::Never,
            ExpiryRule::Days(days) => Self::Days(days),
            ExpiryRule::Months(months) => Self::Months(months),
            ExpiryRule::EndOf { period, further } => {
                Self::EndOf { period: period_word(period).to_owned(), further }
            }
            ExpiryRule::Inactivity { months } => Self::Inactivity { months },
        }
    }

    pub(super) fn expiry(&self) -> Option<ExpiryRule> {
        Some(match *self {
            Self::Never => ExpiryRule::Never,
            Self::Days(days) => ExpiryRule::Days(days),
            Self::Months(months) => ExpiryRule::Months(months),
            Self::EndOf { ref period, further } => ExpiryRule::EndOf { period: period_of(period)?, further },
            Self::Inactivity { months } => ExpiryRule::Inactivity { months },
        })
    }
}
