//! Personal offers: a rule of earning that holds only for those members whom a filter finds, between two dates.
//!
//! A rule that is [`super::Conditions::offered_only`] earns nobody anything by itself. An offer says for whom it does ([`Fitting`]), when,
//! how often, and how many of those whom it fits are left without it: by them it is measured ([`uptake`]).
//!
//! **Who is left without** is drawn by lot, once for each member and offer, and the lot is an argument as time is: nothing that is known of
//! a member weighs in it, so that both groups are alike but for the offer.

mod fitting;
pub mod uptake;

use crate::calendar::DateSpan;

use super::earning::RuleId;
use super::rules::Rules;

pub use fitting::{
    Bought, BoughtOn, Fitting, FittingRefusal, LOOK_BACK_DAYS_MAX, MemberFacts, SPENT_MINOR_MAX, Spent,
};

/// The longest that an offer lasts, in days.
pub const OFFER_DAYS_MAX: i64 = 366;

/// The most often that a member may use an offer that is counted.
pub const OFFER_USES_MAX: u16 = 1_000;

/// The largest part of those whom an offer fits that may be left without it, in percent.
pub const HELD_OUT_PERCENT_MAX: u8 = 50;

/// The part that is left without it unless somebody says otherwise, in percent.
pub const HELD_OUT_PERCENT: u8 = 10;

/// An offer as it is typed in: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalOfferSpec {
    /// The rule that holds for whoever has the offer.
    pub rule: RuleId,
    /// Whom it is meant for.
    pub fitting: Fitting,
    /// On which dates, in the calendar of the branch; at most [`OFFER_DAYS_MAX`].
    pub dates: DateSpan,
    /// How many purchases of a member it counts for, from one to [`OFFER_USES_MAX`]; any number when nothing is said.
    pub uses_max: Option<u16>,
    /// How many of a hundred whom it fits are left without it; at most [`HELD_OUT_PERCENT_MAX`].
    pub held_out_percent: u8,
}

/// An offer that holds together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalOffer(PersonalOfferSpec);

/// Why there is no such offer. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalOfferRefusal {
    /// The filter does not hold together.
    Fitting(FittingRefusal),
    /// It lasts longer than [`OFFER_DAYS_MAX`].
    TooLong,
    /// It may be used no time, or more than [`OFFER_USES_MAX`] times.
    Uses,
    /// More than [`HELD_OUT_PERCENT_MAX`] of a hundred would be left without it.
    HeldOut,
}

/// Why an offer is none of a programme's. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOfRules {
    /// There is no such rule of earning.
    NoRule,
    /// The rule holds for everybody: there is nothing to offer.
    ForEverybody,
    /// The filter names a tier that there is not.
    NoSuchTier,
}

impl PersonalOffer {
    /// Checks it by itself.
    ///
    /// # Errors
    /// The first of [`PersonalOfferRefusal`].
    pub fn parse(spec: PersonalOfferSpec) -> Result<Self, PersonalOfferRefusal> {
        spec.fitting.check().map_err(PersonalOfferRefusal::Fitting)?;
        if spec.dates.days() > OFFER_DAYS_MAX {
            return Err(PersonalOfferRefusal::TooLong);
        }
        if spec.uses_max.is_some_and(|uses| !(1..=OFFER_USES_MAX).contains(&uses)) {
            return Err(PersonalOfferRefusal::Uses);
        }
        if spec.held_out_percent > HELD_OUT_PERCENT_MAX {
            return Err(PersonalOfferRefusal::HeldOut);
        }
        Ok(Self(spec))
    }

    /// What it says.
    pub const fn spec(&self) -> &PersonalOfferSpec {
        &self.0
    }

    /// Whether it is an offer of these rules. They may change under it: then nobody gets it any more.
    ///
    /// # Errors
    /// The first of [`NotOfRules`].
    pub fn check_rules(&self, rules: &Rules) -> Result<(), NotOfRules> {
        let spec = rules.spec();
        let rule = spec.earning.iter().find(|rule| rule.id == self.0.rule).ok_or(NotOfRules::NoRule)?;
        if !rule.conditions.offered_only {
            return Err(NotOfRules::ForEverybody);
        }
        let tiers = spec.tiers.as_ref().map_or(0, |tiers| tiers.spec().tiers.len());
        let Fitting { from_tier, through_tier, .. } = self.0.fitting;
        let is_missing = |tier: super::Tier| usize::from(tier.0) >= tiers;
        if from_tier.into_iter().chain(through_tier).any(is_missing) {
            return Err(NotOfRules::NoSuchTier);
        }
        Ok(())
    }

    /// Whether a member whom it fits is left without it, by a lot of eight bytes that nobody can foresee.
    pub fn is_held_out(&self, lot: [u8; 8]) -> bool {
        // So many lots that none of a hundred is noticeably likelier than another.
        u64::from_be_bytes(lot) % 100 < u64::from(self.0.held_out_percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::rules::tests::{rule, spec};
    use crate::programme::{Conditions, EarningRule, Gives, Rate, RulesSpec, Tier};
    use jiff::civil::date;

    fn offer() -> PersonalOfferSpec {
        PersonalOfferSpec {
            rule: RuleId(7),
            fitting: Fitting::default(),
            dates: DateSpan::parse(date(2027, 1, 1), date(2027, 2, 1)).unwrap(),
            uses_max: Some(1),
            held_out_percent: HELD_OUT_PERCENT,
        }
    }

    #[test]
    fn an_offer_holds_together_or_says_why_not() {
        use PersonalOfferRefusal::{HeldOut, TooLong, Uses};
        let long = DateSpan::parse(date(2027, 1, 1), date(2028, 1, 3)).unwrap();
        let year = DateSpan::parse(date(2027, 1, 1), date(2028, 1, 2)).unwrap();
        let birthday_days = Some(61);
        let fitting = Fitting { birthday_days, ..Fitting::default() };
        let cases = [
            (offer(), None),
            (PersonalOfferSpec { dates: year, ..offer() }, None),
            (PersonalOfferSpec { dates: long, ..offer() }, Some(TooLong)),
            (PersonalOfferSpec { uses_max: None, ..offer() }, None),
            (PersonalOfferSpec { uses_max: Some(0), ..offer() }, Some(Uses)),
            (PersonalOfferSpec { uses_max: Some(1_001), ..offer() }, Some(Uses)),
            (PersonalOfferSpec { held_out_percent: 50, ..offer() }, None),
            (PersonalOfferSpec { held_out_percent: 51, ..offer() }, Some(HeldOut)),
            (
                PersonalOfferSpec { fitting, ..offer() },
                Some(PersonalOfferRefusal::Fitting(FittingRefusal::BirthdayDays)),
            ),
        ];
        for (case, refusal) in cases {
            assert_eq!(PersonalOffer::parse(case.clone()).err(), refusal, "{case:?}");
        }
    }

    #[test]
    fn an_offer_is_of_a_rule_that_nobody_has_without_it() {
        use NotOfRules::*;
        let for_all = rule(3, Gives::Percent(Rate::ForAll(100)));
        let conditions = Conditions { offered_only: true, ..Conditions::default() };
        let in_person = EarningRule { conditions, ..rule(7, Gives::Multiplied { hundredths: 200 }) };
        let rules = RulesSpec { earning: vec![for_all, in_person], ..spec() };
        let rules = Rules::parse(rules).unwrap();
        let tiers = rules.spec().tiers.as_ref().map_or(0, |tiers| tiers.spec().tiers.len());
        let of_tier = |tier: usize| Fitting {
            from_tier: Some(Tier(u8::try_from(tier).unwrap())),
            ..Fitting::default()
        };
        let mut cases = vec![
            (offer(), Ok(())),
            (PersonalOfferSpec { rule: RuleId(8), ..offer() }, Err(NoRule)),
            (PersonalOfferSpec { rule: RuleId(3), ..offer() }, Err(ForEverybody)),
            (PersonalOfferSpec { fitting: of_tier(tiers), ..offer() }, Err(NoSuchTier)),
        ];
        cases
            .extend((0..tiers).map(|tier| (PersonalOfferSpec { fitting: of_tier(tier), ..offer() }, Ok(()))));
        for (case, answer) in cases {
            assert_eq!(PersonalOffer::parse(case.clone()).unwrap().check_rules(&rules), answer, "{case:?}");
        }
    }

    #[test]
    fn of_many_lots_the_stated_share_is_held_out() {
        for percent in [0, 1, 10, 50] {
            let offer = PersonalOfferSpec { held_out_percent: percent, ..offer() };
            let offer = PersonalOffer::parse(offer).unwrap();
            // Lots that lie evenly, by the golden section of what eight bytes hold.
            let lot = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
            let held_out = (0..100_000).filter(|&number| offer.is_held_out(lot(number))).count();
            let expected = usize::from(percent) * 1_000;
            assert!(held_out.abs_diff(expected) <= 300, "{held_out} of {expected}");
        }
    }
}
