//! Where the form says what rules refuse: the field, and the key of what is wrong and what to do.

use bonafide_domain::programme::{
    CapsRefusal, EarningRefusal, ExpiryRefusal, GiftRefusal, RewardRefusal, RuleId, RulesRefusal, RulesSpec,
    SelectionRefusal, SpendingRefusal, TiersRefusal,
};

use super::{Wrong, of_gift, of_rule, of_tier, word_of};

/// What is wrong with the whole.
pub(super) fn field_of_rules(refusal: &RulesRefusal, rules: &RulesSpec) -> Wrong {
    match *refusal {
        RulesRefusal::Version | RulesRefusal::NameTwice { .. } => whole("programme-do-not-fit"),
        RulesRefusal::PointMinor => ("point".to_owned(), "programme-bad-point"),
        RulesRefusal::TooManyRules => whole("programme-too-many-rules"),
        RulesRefusal::Earning { rule, why } => field_of_earning(rule, why),
        RulesRefusal::NothingToMultiply { rule } => {
            (of_rule(rule.0, "gives"), "programme-nothing-to-multiply")
        }
        RulesRefusal::Caps(why) => field_of_caps(why),
        RulesRefusal::PendingDays => ("pending".to_owned(), "programme-bad-days"),
        RulesRefusal::Gift { rule, why } => field_of_gift(rule, why, rules),
        RulesRefusal::Spending(why) => field_of_spending(why),
        RulesRefusal::Expiry(why) => field_of_expiry(why),
        RulesRefusal::Reward { rule, why } => field_of_reward(rule, why),
        RulesRefusal::NothingGiven => whole("programme-nothing-given"),
    }
}

fn whole(key: &'static str) -> Wrong {
    (String::new(), key)
}

fn field_of_earning(rule: RuleId, why: EarningRefusal) -> Wrong {
    let (part, key) = match why {
        EarningRefusal::NewcomerDays => ("newcomer", "programme-bad-newcomer"),
        EarningRefusal::BirthdayDays => ("before", "programme-bad-around"),
        EarningRefusal::NoSuchTier => ("tier", "programme-bad-tier"),
        EarningRefusal::RateForEachTier | EarningRefusal::RateTooHigh | EarningRefusal::RateOfNothing => {
            ("amount", "programme-bad-rate")
        }
        EarningRefusal::Multiplier => ("amount", "programme-bad-times"),
        EarningRefusal::UnitPoints => ("amount", "programme-bad-unit-points"),
    };
    (of_rule(rule.0, part), key)
}

fn field_of_caps(why: CapsRefusal) -> Wrong {
    let (field, key) = match why {
        CapsRefusal::ReceiptAboveDay => ("cap-receipt", "programme-cap-receipt-above-day"),
        CapsRefusal::DayAboveMonth => ("cap-day", "programme-cap-day-above-month"),
        CapsRefusal::ReceiptAboveMonth => ("cap-receipt", "programme-cap-receipt-above-month"),
    };
    (field.to_owned(), key)
}

fn field_of_gift(rule: RuleId, why: GiftRefusal, rules: &RulesSpec) -> Wrong {
    let gift = rules.gifts.iter().find(|gift| gift.id == rule);
    let word = gift.map_or("", |gift| word_of(gift.occasion));
    let (part, key) = match why {
        GiftRefusal::OccasionTwice => ("points", "programme-do-not-fit"),
        GiftRefusal::BirthdayDays => ("before", "programme-bad-around"),
        GiftRefusal::Life => ("lasts", "programme-bad-life"),
    };
    (of_gift(word, part), key)
}

fn field_of_spending(why: SpendingRefusal) -> Wrong {
    let (field, key) = match why {
        SpendingRefusal::Share => ("share", "programme-bad-share"),
        SpendingRefusal::Step => ("step", "programme-bad-step"),
        SpendingRefusal::Minimum => ("min", "programme-bad-min"),
        SpendingRefusal::MinimumReceipt => ("min-receipt", "programme-bad-money"),
    };
    (field.to_owned(), key)
}

fn field_of_expiry(why: ExpiryRefusal) -> Wrong {
    let (field, key) = match why {
        ExpiryRefusal::Life => ("expiry-count", "programme-bad-life"),
        ExpiryRefusal::TooManyWarnings => ("warnings", "programme-too-many-warnings"),
        ExpiryRefusal::WarningOfNothing => ("warnings", "programme-warning-of-nothing"),
        ExpiryRefusal::WarningOrder => ("warnings", "programme-warning-order"),
        ExpiryRefusal::WarningBeforeThem => ("warnings", "programme-warning-before-them"),
    };
    (field.to_owned(), key)
}

fn field_of_reward(rule: RuleId, why: RewardRefusal) -> Wrong {
    let (part, key) = match why {
        RewardRefusal::NoSuchTier => ("tier", "programme-bad-tier"),
        RewardRefusal::Discount => ("discount", "programme-bad-discount"),
        RewardRefusal::GiftTwice => ("kind", "programme-gift-twice"),
        RewardRefusal::EarlyAccessTwice => ("kind", "programme-early-twice"),
    };
    (of_rule(rule.0, part), key)
}

/// What is wrong with the tiers, by their rows.
pub(super) fn field_of_tiers(refusal: TiersRefusal, rows: &[u16]) -> Wrong {
    let of = |tier: usize, part: &str, key| {
        let row = rows.get(tier).copied().unwrap_or_default();
        (of_tier(row, part), key)
    };
    match refusal {
        TiersRefusal::TooFew => of(0, "name", "programme-one-tier"),
        TiersRefusal::TooMany => whole("programme-too-many-tiers"),
        TiersRefusal::Window => ("window".to_owned(), "programme-bad-window"),
        TiersRefusal::Grace => ("grace".to_owned(), "programme-bad-grace"),
        TiersRefusal::NameTwice { tier } => of(tier, "name", "programme-tier-name-twice"),
        TiersRefusal::Everyone { tier: 0 } => of(0, "spend", "programme-first-tier-asks"),
        TiersRefusal::Everyone { tier } => of(tier, "spend", "programme-tier-asks-nothing"),
        TiersRefusal::Amount { tier } => of(tier, "spend", "programme-bad-tier-amount"),
        TiersRefusal::NotHigher { tier } => of(tier, "spend", "programme-tier-not-higher"),
    }
}

/// What is wrong with the goods of a row.
pub(super) fn field_of_selection(refusal: SelectionRefusal, row: &str) -> Wrong {
    let (part, key) = match refusal {
        SelectionRefusal::NothingChosen => ("products", "programme-no-goods"),
        SelectionRefusal::TooMany => ("products", "programme-too-many-goods"),
        SelectionRefusal::Twice => ("products", "programme-goods-twice"),
        SelectionRefusal::ChosenAndLeftOut => ("no-products", "programme-goods-in-and-out"),
    };
    (format!("{row}-{part}"), key)
}
