//! Whom an offer is meant for.
//!
//! A filter is a closed list of conditions, and all that are given must hold. Days are counted on the dates of one calendar: "in the last
//! seven days" means today and the six dates before it.

use jiff::civil::Date;

use crate::calendar::days_between;
use crate::ledger::{POINTS_MAX, Status};
use crate::profile::BirthDate;

use crate::programme::basket::Basket;
use crate::programme::gifts::{AROUND_DAYS_MAX, Around, birthday_around};
use crate::programme::selection::Selection;
use crate::programme::tier::{DaySum, Tier};

/// The most days that a filter looks back.
pub const LOOK_BACK_DAYS_MAX: u16 = 366;

/// The largest sum that a filter asks for, in minor units.
pub const SPENT_MINOR_MAX: i64 = 1_000_000_000_000;

/// What a member has spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// In the last so many days, from one to [`LOOK_BACK_DAYS_MAX`].
    pub days: u16,
    /// At least this, in minor units …
    pub min_minor: Option<i64>,
    /// … and at most this. One of both is given.
    pub max_minor: Option<i64>,
}

/// What a member has bought. What came back later was bought nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    /// Some of these goods …
    pub goods: Selection,
    /// … in the last so many days, from one to [`LOOK_BACK_DAYS_MAX`] …
    pub days: u16,
    /// … or none of them.
    pub is_none: bool,
}

/// Whom an offer is meant for. All that is given must hold; whom nothing is asked of, it is meant for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fitting {
    /// From this tier up.
    pub from_tier: Option<Tier>,
    /// Up to this tier.
    pub through_tier: Option<Tier>,
    /// The last purchase is at least so many days ago; for who has never bought, the day on which he joined. At most
    /// [`LOOK_BACK_DAYS_MAX`].
    pub away_days_min: Option<u16>,
    /// The same at most.
    pub away_days_max: Option<u16>,
    /// What he has spent.
    pub spent: Option<Spent>,
    /// What he has bought.
    pub bought: Option<Bought>,
    /// His birthday is today or within so many days, at most [`AROUND_DAYS_MAX`].
    pub birthday_days: Option<u16>,
    /// He joined today or at most so many days ago; at most [`LOOK_BACK_DAYS_MAX`].
    pub joined_days_max: Option<u16>,
    /// He has at least so many points that he may spend.
    pub points_min: Option<u64>,
}

/// Why a filter does not hold together. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FittingRefusal {
    /// The highest tier is below the lowest.
    TierOrder,
    /// The days since the last purchase are more than [`LOOK_BACK_DAYS_MAX`].
    AwayDays,
    /// The most days since the last purchase are fewer than the fewest.
    AwayOrder,
    /// What was spent is asked for in no day, or in more than [`LOOK_BACK_DAYS_MAX`].
    SpentDays,
    /// No sum is given, or it is negative or above [`SPENT_MINOR_MAX`].
    SpentSum,
    /// The largest sum is below the smallest.
    SpentOrder,
    /// What was bought is asked for in no day, or in more than [`LOOK_BACK_DAYS_MAX`].
    BoughtDays,
    /// The birthday is further off than [`AROUND_DAYS_MAX`].
    BirthdayDays,
    /// The days since somebody joined are more than [`LOOK_BACK_DAYS_MAX`].
    JoinedDays,
    /// It asks for no points, or for more than a member can have.
    Points,
}

/// A purchase of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoughtOn {
    /// On which date.
    pub on: Date,
    /// What.
    pub basket: Basket,
}

/// A member as a filter sees him. What it does not ask for may be left out: [`Fitting::look_back_days`] and its neighbours tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFacts {
    /// The date for which it is asked.
    pub today: Date,
    /// What he may do.
    pub status: Status,
    /// His tier.
    pub tier: Tier,
    /// His birthday, where it is known.
    pub birth: Option<BirthDate>,
    /// The date on which he joined.
    pub member_since: Date,
    /// The date of his last purchase; nothing when there was none.
    pub last_purchase: Option<Date>,
    /// What he spent on each date, in any order.
    pub days: Vec<DaySum>,
    /// What he bought; nothing when it is not known in full. Then nobody can say that he bought something, nor that he did not.
    pub baskets: Option<Vec<BoughtOn>>,
    /// Points that he may spend.
    pub free_points: u64,
}

impl Fitting {
    pub(super) fn check(&self) -> Result<(), FittingRefusal> {
        use FittingRefusal::*;
        let is_in_order =
            |low: Option<u64>, high: Option<u64>| low.zip(high).is_none_or(|(low, high)| low <= high);
        let tier = |tier: Option<Tier>| tier.map(|tier| u64::from(tier.0));
        let within = |days: Option<u16>, most: u16| days.is_none_or(|days| days <= most);
        let (least, most) = (self.away_days_min, self.away_days_max);
        let spent = self.spent.map_or(Ok(()), Spent::check);
        let is_window = |days: u16| (1..=LOOK_BACK_DAYS_MAX).contains(&days);
        let checks = [
            (is_in_order(tier(self.from_tier), tier(self.through_tier)), TierOrder),
            (within(least, LOOK_BACK_DAYS_MAX) && within(most, LOOK_BACK_DAYS_MAX), AwayDays),
            (is_in_order(least.map(u64::from), most.map(u64::from)), AwayOrder),
            (spent.is_ok(), spent.err().unwrap_or(SpentSum)),
            (self.bought.as_ref().is_none_or(|bought| is_window(bought.days)), BoughtDays),
            (within(self.birthday_days, AROUND_DAYS_MAX), BirthdayDays),
            (within(self.joined_days_max, LOOK_BACK_DAYS_MAX), JoinedDays),
            (self.points_min.is_none_or(|points| (1..=POINTS_MAX).contains(&points)), Points),
        ];
        checks.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, refusal)| Err(refusal))
    }

    /// Whether it draws conclusions from what somebody has bought and when: then only those are meant who have agreed to that. What
    /// everybody knows of his own card (tier, points, birthday, how long he has had it) concludes nothing.
    pub const fn concludes(&self) -> bool {
        self.away_days_min.is_some()
            || self.away_days_max.is_some()
            || self.spent.is_some()
            || self.bought.is_some()
    }

    /// How many days of sums it looks at, today being the first.
    pub fn look_back_days(&self) -> u16 {
        self.spent.map_or(0, |spent| spent.days)
    }

    /// Whether the tier matters.
    pub const fn asks_for_tier(&self) -> bool {
        self.from_tier.is_some() || self.through_tier.is_some()
    }

    /// Whether a member fits, by all that is asked but the goods that he has bought: those are dear to read.
    pub fn fits_but_for_goods(&self, facts: &MemberFacts) -> bool {
        let ago = |date: Date| days_between(date, facts.today).max(0);
        let away = ago(facts.last_purchase.unwrap_or(facts.member_since));
        let is_near = |days_before: u16| {
            let around = Around { days_before, days_after: 0 };
            facts.birth.is_some_and(|birth| birthday_around(birth, facts.today, around).is_some())
        };
        facts.status == Status::Active
            && self.from_tier.is_none_or(|tier| facts.tier >= tier)
            && self.through_tier.is_none_or(|tier| facts.tier <= tier)
            && self.away_days_min.is_none_or(|days| away >= i64::from(days))
            && self.away_days_max.is_none_or(|days| away <= i64::from(days))
            && self.spent.is_none_or(|spent| spent.fits(facts))
            && self.birthday_days.is_none_or(is_near)
            && self.joined_days_max.is_none_or(|days| ago(facts.member_since) <= i64::from(days))
            && self.points_min.is_none_or(|points| facts.free_points >= points)
    }

    /// Whether an offer is meant for a member. Whoever may not earn and spend as others do is offered nothing.
    pub fn fits(&self, facts: &MemberFacts) -> bool {
        self.fits_but_for_goods(facts) && self.bought.as_ref().is_none_or(|bought| bought.fits(facts))
    }
}

impl Spent {
    fn check(self) -> Result<(), FittingRefusal> {
        if !(1..=LOOK_BACK_DAYS_MAX).contains(&self.days) {
            return Err(FittingRefusal::SpentDays);
        }
        let mut sums = self.min_minor.into_iter().chain(self.max_minor);
        let none = self.min_minor.or(self.max_minor).is_none();
        if none || sums.any(|minor| !(0..=SPENT_MINOR_MAX).contains(&minor)) {
            return Err(FittingRefusal::SpentSum);
        }
        if self.min_minor.zip(self.max_minor).is_some_and(|(min, max)| max < min) {
            return Err(FittingRefusal::SpentOrder);
        }
        Ok(())
    }

    fn fits(self, facts: &MemberFacts) -> bool {
        let counts = |day: &&DaySum| days_between(day.on, facts.today) < i64::from(self.days);
        let spent = facts.days.iter().filter(counts).map(|day| day.spent_minor).fold(0, i64::saturating_add);
        self.min_minor.is_none_or(|min| spent >= min) && self.max_minor.is_none_or(|max| spent <= max)
    }
}

impl Bought {
    fn fits(&self, facts: &MemberFacts) -> bool {
        let Some(baskets) = &facts.baskets else { return false };
        let counts = |bought: &&BoughtOn| days_between(bought.on, facts.today) < i64::from(self.days);
        let has = |bought: &BoughtOn| bought.basket.lines().iter().any(|line| self.goods.includes(line));
        baskets.iter().filter(counts).any(has) != self.is_none
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::programme::{Chosen, Goods, GoodsCode, LineSpec};
    use jiff::civil::date;

    const TODAY: Date = date(2027, 3, 10);

    fn tea() -> Selection {
        let categories = vec![GoodsCode::parse("tea").unwrap()];
        Selection::parse(Chosen::Only(Goods { products: vec![], categories }), Goods::default()).unwrap()
    }

    fn bought(on: Date, category: &str) -> BoughtOn {
        let line = LineSpec {
            product: "p".to_owned(),
            categories: vec![category.to_owned()],
            quantity_milli: 1_000,
            price_minor: 100,
        };
        BoughtOn { on, basket: Basket::parse(Currency::parse("RUB").unwrap(), &[line]).unwrap() }
    }

    /// Joined on 1 February, came last on 1 March, spent 500 then and 300 on 10 February.
    fn member() -> MemberFacts {
        let day = |on, spent_minor| DaySum { on, spent_minor, visits: 1 };
        MemberFacts {
            today: TODAY,
            status: Status::Active,
            tier: Tier(1),
            birth: Some(BirthDate::parse(date(1990, 3, 15), TODAY).unwrap()),
            member_since: date(2027, 2, 1),
            last_purchase: Some(date(2027, 3, 1)),
            days: vec![day(date(2027, 3, 1), 500), day(date(2027, 2, 10), 300)],
            baskets: Some(vec![bought(date(2027, 3, 1), "tea"), bought(date(2027, 2, 10), "cake")]),
            free_points: 40,
        }
    }

    #[test]
    fn whom_a_filter_fits() {
        let all = Fitting::default;
        let spent = |days, min_minor, max_minor| Some(Spent { days, min_minor, max_minor });
        let tea_in = |days, is_none| Some(Bought { goods: tea(), days, is_none });
        let cases: Vec<(Fitting, bool)> = vec![
            (all(), true),
            (Fitting { from_tier: Some(Tier(1)), ..all() }, true),
            (Fitting { from_tier: Some(Tier(2)), ..all() }, false),
            (Fitting { through_tier: Some(Tier(1)), ..all() }, true),
            (Fitting { through_tier: Some(Tier(0)), ..all() }, false),
            (Fitting { away_days_min: Some(9), ..all() }, true),
            (Fitting { away_days_min: Some(10), ..all() }, false),
            (Fitting { away_days_max: Some(9), ..all() }, true),
            (Fitting { away_days_max: Some(8), ..all() }, false),
            (Fitting { spent: spent(10, Some(500), None), ..all() }, true),
            (Fitting { spent: spent(9, Some(1), None), ..all() }, false),
            (Fitting { spent: spent(9, None, Some(0)), ..all() }, true),
            (Fitting { spent: spent(29, Some(800), Some(800)), ..all() }, true),
            (Fitting { spent: spent(29, Some(801), None), ..all() }, false),
            (Fitting { spent: spent(29, None, Some(799)), ..all() }, false),
            (Fitting { bought: tea_in(10, false), ..all() }, true),
            (Fitting { bought: tea_in(9, false), ..all() }, false),
            (Fitting { bought: tea_in(10, true), ..all() }, false),
            (Fitting { bought: tea_in(9, true), ..all() }, true),
            (Fitting { birthday_days: Some(5), ..all() }, true),
            (Fitting { birthday_days: Some(4), ..all() }, false),
            (Fitting { joined_days_max: Some(37), ..all() }, true),
            (Fitting { joined_days_max: Some(36), ..all() }, false),
            (Fitting { points_min: Some(40), ..all() }, true),
            (Fitting { points_min: Some(41), ..all() }, false),
            // Everything that is given must hold.
            (Fitting { points_min: Some(40), away_days_min: Some(10), ..all() }, false),
        ];
        for (fitting, fits) in cases {
            assert_eq!(fitting.check(), Ok(()), "{fitting:?}");
            assert_eq!(fitting.fits(&member()), fits, "{fitting:?}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_member_does_not_fit() {
        let nobody =
            MemberFacts { birth: None, last_purchase: None, baskets: None, days: vec![], ..member() };
        let cases = [
            // He has never bought: he is away since he joined.
            (Fitting { away_days_min: Some(37), ..Fitting::default() }, true),
            (Fitting { away_days_min: Some(38), ..Fitting::default() }, false),
            (Fitting { birthday_days: Some(60), ..Fitting::default() }, false),
            (
                Fitting {
                    bought: Some(Bought { goods: tea(), days: 9, is_none: false }),
                    ..Fitting::default()
                },
                false,
            ),
            (
                Fitting {
                    bought: Some(Bought { goods: tea(), days: 9, is_none: true }),
                    ..Fitting::default()
                },
                false,
            ),
        ];
        for (fitting, fits) in cases {
            assert_eq!(fitting.fits(&nobody), fits, "{fitting:?}");
        }
        // Whoever is limited or blocked is offered nothing.
        for status in [Status::Limited, Status::Blocked] {
            assert!(!Fitting::default().fits(&MemberFacts { status, ..member() }));
        }
    }

    #[test]
    fn a_filter_that_contradicts_itself_is_refused() {
        use FittingRefusal::*;
        let all = Fitting::default;
        let spent = |days, min_minor, max_minor| Fitting {
            spent: Some(Spent { days, min_minor, max_minor }),
            ..Fitting::default()
        };
        let tea_in = |days| Some(Bought { goods: tea(), days, is_none: false });
        let cases = [
            (Fitting { from_tier: Some(Tier(2)), through_tier: Some(Tier(1)), ..all() }, TierOrder),
            (Fitting { away_days_min: Some(367), ..all() }, AwayDays),
            (Fitting { away_days_max: Some(367), ..all() }, AwayDays),
            (Fitting { away_days_min: Some(9), away_days_max: Some(8), ..all() }, AwayOrder),
            (spent(0, Some(1), None), SpentDays),
            (spent(367, Some(1), None), SpentDays),
            (spent(1, None, None), SpentSum),
            (spent(1, Some(-1), None), SpentSum),
            (spent(1, None, Some(SPENT_MINOR_MAX + 1)), SpentSum),
            (spent(1, Some(2), Some(1)), SpentOrder),
            (Fitting { bought: tea_in(0), ..all() }, BoughtDays),
            (Fitting { bought: tea_in(367), ..all() }, BoughtDays),
            (Fitting { birthday_days: Some(61), ..all() }, BirthdayDays),
            (Fitting { joined_days_max: Some(367), ..all() }, JoinedDays),
            (Fitting { points_min: Some(0), ..all() }, Points),
            (Fitting { points_min: Some(POINTS_MAX + 1), ..all() }, Points),
        ];
        for (fitting, refusal) in cases {
            assert_eq!(fitting.check(), Err(refusal), "{fitting:?}");
        }
    }

    #[test]
    fn only_what_somebody_did_leads_to_conclusions() {
        let spent = Some(Spent { days: 1, min_minor: Some(1), max_minor: None });
        let cases = [
            (Fitting::default(), false),
            (Fitting { from_tier: Some(Tier(1)), points_min: Some(1), ..Fitting::default() }, false),
            (Fitting { birthday_days: Some(1), joined_days_max: Some(1), ..Fitting::default() }, false),
            (Fitting { away_days_min: Some(1), ..Fitting::default() }, true),
            (Fitting { away_days_max: Some(1), ..Fitting::default() }, true),
            (Fitting { spent, ..Fitting::default() }, true),
            (
                Fitting {
                    bought: Some(Bought { goods: tea(), days: 1, is_none: true }),
                    ..Fitting::default()
                },
                true,
            ),
        ];
        for (fitting, concludes) in cases {
            assert_eq!(fitting.concludes(), concludes, "{fitting:?}");
        }
    }
}
