//! The bonus programme: what a basket earns, what may be paid with points, which tier a member has.
//!
//! [`Rules`] are one version of a programme; [`quote()`] makes an [`Offer`] of them for a member ([`Facts`]) and a [`Basket`]. What of an
//! offer is taken, [`crate::ledger`] writes down; nothing here is kept.
//!
//! **From price to points.** The shop's price of a line, less the discount of the member's tier, less what points pay of it, is paid
//! with money, and only this earns (case T-16).
//!
//! **Rounding**, always the same (case T-13): a sum over the receipt is an exact fraction; it is rounded down once, to minor units or
//! to points; whole units are handed to the lines by the largest remainder, so that the lines add up to the sum ([`spread()`]). What
//! goes back with a part of a line is counted from the line's beginning, so that the parts add up to the line
//! ([`SoldLine::back`]).
//!
//! **Days.** The day on which something happens is not counted, and a date begins as [`crate::calendar`] says (cases T-17, T-18).
//!
//! - `basket`, `selection`: what is bought, and which goods a rule is about.
//! - `rules`: the whole of them. `earning`, `gifts`, `spending`, `expiry`, `tier`, `rewards`: their parts, each with its checks.
//! - `facts`: what must be known of a member. `accrual`: what lines earn. `quote`: the offer.
//! - `guards`: how often one member may earn. `allowance`: what a till may let points pay without a network.
//! - `spread`, `returns`: a sum over lines, and a part of a line back.
//! - `offers`: rules for some members in person: whom, when, and by whom that is measured.
//! - `what_if`: past receipts under other rules. `terms`: the rules as statements to be read.

mod accrual;
mod allowance;
mod basket;
mod earning;
mod expiry;
mod facts;
mod gifts;
mod guards;
mod offers;
mod quote;
mod returns;
mod rewards;
mod rules;
mod selection;
mod spending;
mod spread;
mod terms;
mod tier;
mod what_if;

pub use accrual::EarnBound;
pub use allowance::{Allowance, NotAllowed};
pub use basket::{
    Basket, BasketRefusal, CODE_CHARS_MAX, GoodsCode, LINE_CATEGORIES_MAX, LINE_MINOR_MAX, LINES_MAX, Line,
    LineSpec, QUANTITY_MILLI_MAX,
};
pub use earning::{
    Caps, CapsRefusal, Conditions, EarningRefusal, EarningRule, Gives, MULTIPLIER_HUNDREDTHS_MAX,
    NEWCOMER_DAYS_MAX, RATE_BASIS_POINTS_MAX, Rate, RuleId, UNIT_POINTS_MAX,
};
pub use expiry::{
    ExpiryRefusal, ExpiryRule, LIFE_DAYS_MAX, LIFE_MONTHS_MAX, PENDING_DAYS_MAX, Period, WARNINGS_MAX,
    Warning,
};
pub use facts::Facts;
pub use gifts::{AROUND_DAYS_MAX, Around, Gift, GiftRefusal, GiftRule, Happened, Occasion};
pub use guards::{
    GUARD_DAY_US, GUARD_HOUR_US, GUARD_MAX, GUARD_MONTH_US, Guard, Guards, GuardsRefusal, GuardsSpec,
};
pub use offers::{
    Bought, BoughtOn, Fitting, FittingRefusal, HELD_OUT_PERCENT, HELD_OUT_PERCENT_MAX, LOOK_BACK_DAYS_MAX,
    MemberFacts, NotOfRules, OFFER_DAYS_MAX, OFFER_USES_MAX, PersonalOffer, PersonalOfferRefusal,
    PersonalOfferSpec, SPENT_MINOR_MAX, Spent, uptake,
};
pub use quote::{LineOffer, Offer, QuoteRefusal, quote};
pub use returns::{Back, Earned, ReturnRefusal, SoldLine};
pub use rewards::{DISCOUNT_BASIS_POINTS_MAX, Discount, GiftId, Reward, RewardKind, RewardRefusal};
pub use rules::{POINT_MINOR_MAX, RULES_MAX, Rules, RulesRefusal, RulesSpec};
pub use selection::{Chosen, GOODS_CODES_MAX, Goods, Selection, SelectionRefusal};
pub use spending::{SHARE_BASIS_POINTS_MAX, SpendBound, SpendOffer, Spending, SpendingRefusal};
pub use spread::{SpreadRefusal, spread};
pub use terms::Statement;
pub use tier::{
    DaySum, Downgrade, ENTRY_MINOR_MAX, ENTRY_VISITS_MAX, Entry, GRACE_DAYS_MAX, Missing, NotInOrder,
    TIERS_MAX, Tier, TierSpec, TierStanding, Tiers, TiersRefusal, TiersSpec, WINDOW_MONTHS_MAX,
};
pub use what_if::{
    Bucket, CHANGE_BOUNDS_MINOR, PastReceipt, Totals, WhatIf, WhatIfRefusal, WhatIfReport, what_if,
};
