//! The rules by which a purchase earns points, and the caps on them.
//!
//! - **Percent**: of what is paid with money for the goods of the rule. All percent rules that fit a line add up.
//! - **Multiplier**: of the multipliers that fit a line the largest one counts, the first among equals; they are never multiplied
//!   with each other. It multiplies what the percent rules give for the line, and what it gives more is its own.
//! - **Bonus**: fixed points for each unit that is paid with money.
//!
//! Caps let the rules through in their order: what is above a cap is cut from the last of them.

use crate::calendar::{Calendar, DateSpan, UtcMicros, days_between};
use crate::ledger::Points;
use crate::schedule::Schedule;

use super::facts::Facts;
use super::gifts::{Around, birthday_around};
use super::selection::Selection;
use super::tier::Tier;

/// The highest percentage, in basis points: everything.
pub const RATE_BASIS_POINTS_MAX: u32 = 10_000;

/// The largest multiplier, in hundredths: a hundredfold.
pub const MULTIPLIER_HUNDREDTHS_MAX: u32 = 10_000;

/// What changes nothing, in hundredths.
pub(super) const ONCE_HUNDREDTHS: u32 = 100;

/// The most points of a bonus for one unit.
pub const UNIT_POINTS_MAX: u32 = 1_000_000;

/// The longest time that somebody is a newcomer, in days.
pub const NEWCOMER_DAYS_MAX: u16 = 366;

/// The name of a rule within its programme: every earned line says by which rule. A rule that is changed keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(pub u16);

/// A percentage for all tiers alike, or for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rate {
    /// So many basis points for everybody, from one to [`RATE_BASIS_POINTS_MAX`].
    ForAll(u32),
    /// So many for each tier, from the lowest up; at most [`RATE_BASIS_POINTS_MAX`], and not all zero.
    ByTier(Vec<u32>),
}

impl Rate {
    /// The basis points of a tier: those of the highest one where there is no such tier.
    pub fn basis_points(&self, tier: Tier) -> u32 {
        match self {
            Self::ForAll(basis_points) => *basis_points,
            Self::ByTier(rates) => {
                rates.get(usize::from(tier.0)).or(rates.last()).copied().unwrap_or_default()
            }
        }
    }

    fn all(&self) -> &[u32] {
        match self {
            Self::ForAll(basis_points) => std::slice::from_ref(basis_points),
            Self::ByTier(rates) => rates,
        }
    }
}

/// What a rule gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A part of what is paid with money.
    Percent(Rate),
    /// So many times what the percent rules give, in hundredths: from 101 to [`MULTIPLIER_HUNDREDTHS_MAX`].
    Multiplied {
        /// 200 for twice as much.
        hundredths: u32,
    },
    /// Fixed points for each unit: a thousandth of them for each thousandth.
    PerUnit {
        /// From one to [`UNIT_POINTS_MAX`].
        points: u32,
    },
}

/// When and for whom a rule holds. All that are given must.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Conditions {
    /// At these hours of the week, by the clock on the wall.
    pub hours: Option<Schedule>,
    /// On these dates.
    pub dates: Option<DateSpan>,
    /// Around the member's birthday.
    pub birthday: Option<Around>,
    /// For newcomers: through so many days after the day on which they joined; from one to [`NEWCOMER_DAYS_MAX`].
    pub newcomer_days: Option<u16>,
    /// From this tier up.
    pub from_tier: Option<Tier>,
    /// Only for members to whom it was offered in person.
    pub offered_only: bool,
}

/// A rule by which a purchase earns points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarningRule {
    /// Its name.
    pub id: RuleId,
    /// For which goods.
    pub goods: Selection,
    /// When and for whom.
    pub conditions: Conditions,
    /// What it gives.
    pub gives: Gives,
}

/// The most points that purchases earn, gifts not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Caps {
    /// For one receipt.
    pub receipt: Option<Points>,
    /// On one date of the branch.
    pub day: Option<Points>,
    /// In one month of the calendar.
    pub month: Option<Points>,
}

/// Why there is no such rule. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarningRefusal {
    /// It is for newcomers, of no day or of more than [`NEWCOMER_DAYS_MAX`].
    NewcomerDays,
    /// The days around a birthday are more than [`super::AROUND_DAYS_MAX`].
    BirthdayDays,
    /// It is for members from a tier on that there is not.
    NoSuchTier,
    /// There is not one rate for each tier.
    RateForEachTier,
    /// A rate is above [`RATE_BASIS_POINTS_MAX`].
    RateTooHigh,
    /// No rate is above zero: the rule gives nothing.
    RateOfNothing,
    /// The multiplier gives nothing more, or it is above [`MULTIPLIER_HUNDREDTHS_MAX`].
    Multiplier,
    /// The bonus is nothing, or above [`UNIT_POINTS_MAX`].
    UnitPoints,
}

/// Why there are no such caps. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapsRefusal {
    /// A receipt may earn more than a day, so that its cap never counts.
    ReceiptAboveDay,
    /// A day may earn more than a month.
    DayAboveMonth,
    /// A receipt may earn more than a month.
    ReceiptAboveMonth,
}

impl EarningRule {
    pub(super) fn check(&self, tier_count: usize) -> Result<(), EarningRefusal> {
        let Conditions { birthday, newcomer_days, from_tier, .. } = &self.conditions;
        if newcomer_days.is_some_and(|days| !(1..=NEWCOMER_DAYS_MAX).contains(&days)) {
            return Err(EarningRefusal::NewcomerDays);
        }
        if birthday.is_some_and(|around| !around.is_within_bounds()) {
            return Err(EarningRefusal::BirthdayDays);
        }
        if from_tier.is_some_and(|tier| usize::from(tier.0) >= tier_count) {
            return Err(EarningRefusal::NoSuchTier);
        }
        match &self.gives {
            Gives::Percent(rate) => check_rate(rate, tier_count),
            Gives::Multiplied { hundredths } => {
                let fits = (ONCE_HUNDREDTHS + 1..=MULTIPLIER_HUNDREDTHS_MAX).contains(hundredths);
                if fits { Ok(()) } else { Err(EarningRefusal::Multiplier) }
            }
            Gives::PerUnit { points } => {
                if (1..=UNIT_POINTS_MAX).contains(points) {
                    Ok(())
                } else {
                    Err(EarningRefusal::UnitPoints)
                }
            }
        }
    }
}

impl Conditions {
    /// Whether the rule holds for a member at an instant.
    pub(super) fn hold(&self, id: RuleId, facts: &Facts, at: UtcMicros, calendar: &Calendar) -> bool {
        let today = calendar.date_of(at);
        let is_near =
            |around| facts.birth.is_some_and(|birth| birthday_around(birth, today, around).is_some());
        let is_new = |days: u16| days_between(facts.member_since, today) <= i64::from(days);
        self.hours.as_ref().is_none_or(|hours| hours.is_open(calendar.wall_clock(at)))
            && self.dates.is_none_or(|dates| dates.contains(today))
            && self.birthday.is_none_or(is_near)
            && self.newcomer_days.is_none_or(is_new)
            && self.from_tier.is_none_or(|tier| facts.tier >= tier)
            && (!self.offered_only || facts.offered.contains(&id))
    }
}

impl Caps {
    pub(super) fn check(&self) -> Result<(), CapsRefusal> {
        let above = |one: Option<Points>, other: Option<Points>| {
            one.zip(other).is_some_and(|(one, other)| one > other)
        };
        if above(self.receipt, self.day) {
            return Err(CapsRefusal::ReceiptAboveDay);
        }
        if above(self.day, self.month) {
            return Err(CapsRefusal::DayAboveMonth);
        }
        if above(self.receipt, self.month) { Err(CapsRefusal::ReceiptAboveMonth) } else { Ok(()) }
    }
}

fn check_rate(rate: &Rate, tier_count: usize) -> Result<(), EarningRefusal> {
    if matches!(rate, Rate::ByTier(rates) if rates.len() != tier_count) {
        return Err(EarningRefusal::RateForEachTier);
    }
    let highest = rate.all().iter().max().copied().unwrap_or_default();
    if highest > RATE_BASIS_POINTS_MAX {
        return Err(EarningRefusal::RateTooHigh);
    }
    if highest == 0 { Err(EarningRefusal::RateOfNothing) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::BirthDate;
    use crate::schedule::WindowSpec;
    use jiff::civil::{Weekday, date};
    use jiff::tz::TimeZone;

    type Spoil = fn(&mut Conditions);

    fn rule(gives: Gives) -> EarningRule {
        EarningRule { id: RuleId(7), goods: Selection::all(), conditions: Conditions::default(), gives }
    }

    #[test]
    fn a_rule_that_gives_nothing_or_too_much_is_refused() {
        use EarningRefusal::*;
        let percent = |rates: &[u32]| Gives::Percent(Rate::ByTier(rates.to_vec()));
        let cases = [
            (percent(&[100, 300]), None),
            (percent(&[0, 10_000]), None),
            (percent(&[100]), Some(RateForEachTier)),
            (percent(&[100, 100, 100]), Some(RateForEachTier)),
            (percent(&[100, 10_001]), Some(RateTooHigh)),
            (percent(&[0, 0]), Some(RateOfNothing)),
            (Gives::Percent(Rate::ForAll(0)), Some(RateOfNothing)),
            (Gives::Percent(Rate::ForAll(u32::MAX)), Some(RateTooHigh)),
            (Gives::Multiplied { hundredths: 101 }, None),
            (Gives::Multiplied { hundredths: 100 }, Some(Multiplier)),
            (Gives::Multiplied { hundredths: 0 }, Some(Multiplier)),
            (Gives::Multiplied { hundredths: MULTIPLIER_HUNDREDTHS_MAX + 1 }, Some(Multiplier)),
            (Gives::PerUnit { points: 0 }, Some(UnitPoints)),
            (Gives::PerUnit { points: UNIT_POINTS_MAX + 1 }, Some(UnitPoints)),
        ];
        for (gives, refusal) in cases {
            assert_eq!(rule(gives.clone()).check(2).err(), refusal, "{gives:?}");
        }
        let cases: [(Spoil, EarningRefusal); 4] = [
            (|conditions| conditions.newcomer_days = Some(0), NewcomerDays),
            (|conditions| conditions.newcomer_days = Some(NEWCOMER_DAYS_MAX + 1), NewcomerDays),
            (
                |conditions| conditions.birthday = Some(Around { days_before: 0, days_after: 500 }),
                BirthdayDays,
            ),
            (|conditions| conditions.from_tier = Some(Tier(2)), NoSuchTier),
        ];
        for (spoil, refusal) in cases {
            let mut bad = rule(Gives::PerUnit { points: 1 });
            spoil(&mut bad.conditions);
            assert_eq!(bad.check(2), Err(refusal), "{bad:?}");
        }
    }

    #[test]
    fn all_conditions_must_hold() {
        let calendar = Calendar::of(TimeZone::get("Europe/Moscow").unwrap());
        // A Friday.
        let at = calendar.instant_at(date(2027, 2, 5).at(18, 0, 0, 0)).unwrap();
        let facts = Facts {
            tier: Tier(1),
            birth: Some(BirthDate::parse(date(1990, 2, 8), date(2027, 1, 1)).unwrap()),
            member_since: date(2027, 1, 6),
            offered: vec![RuleId(7)],
            ..Facts::of_newcomer(date(2027, 1, 6))
        };
        let hours = |from_minute, until_minute| {
            let window = WindowSpec { weekdays: vec![Weekday::Friday], from_minute, until_minute };
            Some(Schedule::parse(&[window]).unwrap())
        };
        let dates = |until| Some(DateSpan::parse(date(2027, 2, 1), until).unwrap());
        let around = |days_before| Some(Around { days_before, days_after: 0 });
        let any = Conditions::default();
        let cases = [
            (any.clone(), true),
            (Conditions { hours: hours(17 * 60, 19 * 60), ..any.clone() }, true),
            (Conditions { hours: hours(9 * 60, 18 * 60), ..any.clone() }, false),
            (Conditions { dates: dates(date(2027, 2, 6)), ..any.clone() }, true),
            (Conditions { dates: dates(date(2027, 2, 5)), ..any.clone() }, false),
            (Conditions { birthday: around(3), ..any.clone() }, true),
            (Conditions { birthday: around(2), ..any.clone() }, false),
            (Conditions { newcomer_days: Some(30), ..any.clone() }, true),
            (Conditions { newcomer_days: Some(29), ..any.clone() }, false),
            (Conditions { from_tier: Some(Tier(1)), ..any.clone() }, true),
            (Conditions { from_tier: Some(Tier(2)), ..any.clone() }, false),
            (Conditions { offered_only: true, ..any.clone() }, true),
            (Conditions { birthday: around(3), from_tier: Some(Tier(2)), ..any }, false),
        ];
        for (conditions, expected) in cases {
            assert_eq!(conditions.hold(RuleId(7), &facts, at, &calendar), expected, "{conditions:?}");
        }
        let offered = Conditions { offered_only: true, ..Conditions::default() };
        assert!(!offered.hold(RuleId(8), &facts, at, &calendar), "another rule was not offered");
        let nobody = Conditions { birthday: around(3), ..Conditions::default() };
        let ageless = Facts { birth: None, ..facts };
        assert!(!nobody.hold(RuleId(7), &ageless, at, &calendar), "no birthday is known");
    }

    #[test]
    fn caps_that_never_count_are_refused() {
        let points = |points| Some(Points::parse(points).unwrap());
        let cases = [
            (points(5), points(5), points(5), None),
            (None, None, None, None),
            (points(6), points(5), points(4), Some(CapsRefusal::ReceiptAboveDay)),
            (None, points(5), points(4), Some(CapsRefusal::DayAboveMonth)),
            (points(5), None, points(4), Some(CapsRefusal::ReceiptAboveMonth)),
        ];
        for (receipt, day, month, refusal) in cases {
            assert_eq!(Caps { receipt, day, month }.check().err(), refusal);
        }
    }
}
