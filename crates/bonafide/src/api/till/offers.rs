//! What was offered to a customer in person, as a till shows it.

use bonafide_domain::programme::Earned;
use bonafide_store::personal_offers::holding::HeldOffer;
use serde::Serialize;

/// A personal offer of the customer.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct TillPersonalOffer {
    /// What the club calls it, short enough for the screen.
    name: String,
    /// The rule of the programme that holds for him.
    rule: u16,
    /// The last date on which it holds, as `2027-11-30`.
    through: String,
    /// For how many purchases it still counts; nothing for any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_left: Option<u32>,
    /// Whether this basket uses it; nothing where no basket is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<bool>,
}

/// The offers of a customer.
pub(super) fn offers(held: &[HeldOffer]) -> Vec<TillPersonalOffer> {
    held.iter().map(|one| told(one, None)).collect()
}

/// The same beside what a basket earns by each rule.
pub(super) fn offers_of_basket(held: &[HeldOffer], by_rule: &[Earned]) -> Vec<TillPersonalOffer> {
    let is_used = |one: &HeldOffer| by_rule.iter().any(|earned| earned.rule == one.rule);
    held.iter().map(|one| told(one, Some(is_used(one)))).collect()
}

fn told(one: &HeldOffer, used: Option<bool>) -> TillPersonalOffer {
    TillPersonalOffer {
        name: one.name.as_str().to_owned(),
        rule: one.rule.0,
        through: one.through.to_string(),
        uses_left: one.uses_left,
        used,
    }
}
