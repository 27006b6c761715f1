//! Tiers: which one follows from what a member bought and how often he came.
//!
//! **The window.** What counts on a date is what happened on it and before, as long as the same day so many months later has not
//! come: with 12 months, a purchase of 1 January counts through 31 December.
//!
//! **Up at once, down with grace.** A member rises on the day on which he has reached a tier. When he has less than his tier
//! asks for, days of grace begin with the first such day; if one day he has enough again, they are forgotten. On the first day after
//! them he falls, by one step or to what he has reached. After one step the days of grace begin anew.
//!
//! Every day is decided on its own, so that it does not matter how often or when the question is asked.

use jiff::civil::Date;

use crate::calendar::{days_after, months_after};

/// The most tiers of a programme.
pub const TIERS_MAX: usize = 10;

/// The longest window, in months.
pub const WINDOW_MONTHS_MAX: u16 = 60;

/// The most days of grace.
pub const GRACE_DAYS_MAX: u16 = 366;

/// The highest spend that a tier may ask for, in minor units.
pub const ENTRY_MINOR_MAX: i64 = 1_000_000_000_000;

/// The most visits that a tier may ask for.
pub const ENTRY_VISITS_MAX: u32 = 10_000;

/// A tier by its place, zero for the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Tier(pub u8);

/// What a tier asks for within the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing: the lowest tier, and no other.
    Everyone,
    /// So many minor units, from one to [`ENTRY_MINOR_MAX`].
    Spend {
        /// How many.
        minor: i64,
    },
    /// So many visits, from one to [`ENTRY_VISITS_MAX`].
    Visits {
        /// How many.
        count: u32,
    },
    /// One of both, whichever comes first.
    Either {
        /// How many minor units.
        minor: i64,
        /// How many visits.
        count: u32,
    },
}

impl Entry {
    /// The spend that is enough, in minor units; nothing when no spend is.
    pub const fn minor(self) -> Option<i64> {
        match self {
            Self::Spend { minor } | Self::Either { minor, .. } => Some(minor),
            Self::Everyone | Self::Visits { .. } => None,
        }
    }

    /// The number of visits that is enough; nothing when no number is.
    pub const fn visits(self) -> Option<u32> {
        match self {
            Self::Visits { count } | Self::Either { count, .. } => Some(count),
            Self::Everyone | Self::Spend { .. } => None,
        }
    }

    fn is_reached_by(self, sums: Sums) -> bool {
        self == Self::Everyone
            || self.minor().is_some_and(|minor| sums.minor >= i128::from(minor))
            || self.visits().is_some_and(|count| sums.visits >= u64::from(count))
    }
}

/// One tier as it is typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierSpec {
    /// Which of the programme's names it bears; each only once.
    pub name: u16,
    /// What it asks for.
    pub entry: Entry,
}

/// How a member falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downgrade {
    /// By one tier, and then there is grace again.
    OneStep,
    /// To the tier that he has reached.
    ToReached,
}

/// The tiers as they are typed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TiersSpec {
    /// From the lowest up; the first one is everybody's.
    pub tiers: Vec<TierSpec>,
    /// How many months count, from one to [`WINDOW_MONTHS_MAX`].
    pub window_months: u16,
    /// How many days a member stays who has less than his tier asks for; at most [`GRACE_DAYS_MAX`].
    pub grace_days: u16,
    /// How he falls then.
    pub downgrade: Downgrade,
}

/// Why there are no such tiers. Checks stand in this order; `tier` counts from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TiersRefusal {
    /// There is none, or only one: it would make no difference.
    TooFew,
    /// There are more than [`TIERS_MAX`].
    TooMany,
    /// The window is nothing, or longer than [`WINDOW_MONTHS_MAX`].
    Window,
    /// The grace is longer than [`GRACE_DAYS_MAX`].
    Grace,
    /// The name is that of a lower tier.
    NameTwice {
        /// The tier.
        tier: usize,
    },
    /// The lowest tier asks for something, or a higher one for nothing.
    Everyone {
        /// The tier.
        tier: usize,
    },
    /// It asks for nothing or for more than [`ENTRY_MINOR_MAX`] or [`ENTRY_VISITS_MAX`].
    Amount {
        /// The tier.
        tier: usize,
    },
    /// It asks for no more than a lower one, in spend or in visits.
    NotHigher {
        /// The tier.
        tier: usize,
    },
}

/// The tiers of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers {
    spec: TiersSpec,
}

/// What a member did on one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySum {
    /// The date in the calendar of the branch.
    pub on: Date,
    /// What he paid in money, in minor units, less what he brought back.
    pub spent_minor: i64,
    /// How often he came.
    pub visits: u32,
}

/// The tier of a member at the end of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierStanding {
    /// The tier.
    pub tier: Tier,
    /// The date.
    pub on: Date,
    /// The first day of the running grace; nothing when he has what his tier asks for.
    pub below_since: Option<Date>,
}

impl TierStanding {
    /// That of somebody who joins on this date.
    pub const fn of_newcomer(on: Date) -> Self {
        Self { tier: Tier(0), on, below_since: None }
    }
}

/// The dates of a history go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInOrder;

/// What is missing to a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The next tier.
    pub tier: Tier,
    /// So many minor units are enough; nothing when no spend is.
    pub minor: Option<i64>,
    /// So many visits are enough; nothing when no number is.
    pub visits: Option<u32>,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    minor: i128,
    visits: u64,
}

impl Sums {
    fn add(&mut self, day: &DaySum) {
        self.minor += i128::from(day.spent_minor);
        self.visits += u64::from(day.visits);
    }

    fn take_away(&mut self, day: &DaySum) {
        self.minor -= i128::from(day.spent_minor);
        self.visits -= u64::from(day.visits);
    }
}

impl Tiers {
    /// Checks the tiers.
    ///
    /// # Errors
    /// The first of [`TiersRefusal`], for the lowest tier that has one.
    pub fn parse(spec: TiersSpec) -> Result<Self, TiersRefusal> {
        if spec.tiers.len() < 2 {
            return Err(TiersRefusal::TooFew);
        }
        if spec.tiers.len() > TIERS_MAX {
            return Err(TiersRefusal::TooMany);
        }
        if !(1..=WINDOW_MONTHS_MAX).contains(&spec.window_months) {
            return Err(TiersRefusal::Window);
        }
        if spec.grace_days > GRACE_DAYS_MAX {
            return Err(TiersRefusal::Grace);
        }
        for (tier, one) in spec.tiers.iter().enumerate() {
            check_tier(tier, *one, &spec.tiers[..tier])?;
        }
        Ok(Self { spec })
    }

    /// The tiers themselves.
    pub const fn spec(&self) -> &TiersSpec {
        &self.spec
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.spec.tiers.len()
    }

    /// The highest tier that is reached on a date, without regard to where the member stands.
    ///
    /// # Errors
    /// [`NotInOrder`].
    pub fn reached(&self, history: &[DaySum], on: Date) -> Result<Tier, NotInOrder> {
        Ok(self.reached_by(self.sums(history, on)?))
    }

    /// Where a member stands at the end of `on`, who stood so at an earlier date. The history has a sum for each date on which he
    /// did something, in their order, from a window before the earlier date on; of one date there may be several. Unchanged when
    /// `on` is not later.
    ///
    /// # Errors
    /// [`NotInOrder`].
    pub fn standing(
        &self,
        from: TierStanding,
        history: &[DaySum],
        on: Date,
    ) -> Result<TierStanding, NotInOrder> {
        check_order(history)?;
        let (mut standing, mut sums) = (from, Sums::default());
        // Those that have come, and of these the first ones that count no more.
        let (mut come, mut gone) = (0, 0);
        while standing.on < on {
            let Some(today) = days_after(standing.on, 1) else { break };
            while let Some(day) = history.get(come).filter(|day| day.on <= today) {
                sums.add(day);
                come += 1;
            }
            while let Some(day) = history[..come].get(gone).filter(|day| !self.counts(day, today)) {
                sums.take_away(day);
                gone += 1;
            }
            standing = self.next_day(standing, self.reached_by(sums), today);
        }
        Ok(standing)
    }

    /// What is missing on a date to the tier after this one; nothing when it is the highest.
    ///
    /// # Errors
    /// [`NotInOrder`].
    pub fn missing(&self, tier: Tier, history: &[DaySum], on: Date) -> Result<Option<Missing>, NotInOrder> {
        let sums = self.sums(history, on)?;
        let Some(next) = self.spec.tiers.get(usize::from(tier.0) + 1) else { return Ok(None) };
        let minor = |asked: i64| (i128::from(asked) - sums.minor).max(0);
        let visits = |asked: u32| u64::from(asked).saturating_sub(sums.visits);
        Ok(Some(Missing {
            tier: Tier(tier.0 + 1),
            // More came back than was bought: only as far as there are numbers.
            minor: next.entry.minor().map(|asked| i64::try_from(minor(asked)).unwrap_or(i64::MAX)),
            visits: next.entry.visits().map(|asked| u32::try_from(visits(asked)).unwrap_or(u32::MAX)),
        }))
    }

    fn next_day(&self, before: TierStanding, reached: Tier, today: Date) -> TierStanding {
        let stays = TierStanding { on: today, ..before };
        if reached >= before.tier {
            return TierStanding { tier: reached, below_since: None, on: today };
        }
        let since = before.below_since.unwrap_or(today);
        let grace = i64::from(self.spec.grace_days);
        if days_after(since, grace).is_none_or(|falls| today < falls) {
            return TierStanding { below_since: Some(since), ..stays };
        }
        let tier = match self.spec.downgrade {
            Downgrade::ToReached => reached,
            Downgrade::OneStep => Tier(before.tier.0 - 1),
        };
        TierStanding { tier, below_since: (reached < tier).then_some(today), on: today }
    }

    fn sums(&self, history: &[DaySum], on: Date) -> Result<Sums, NotInOrder> {
        check_order(history)?;
        let mut sums = Sums::default();
        history.iter().filter(|day| day.on <= on && self.counts(day, on)).for_each(|day| sums.add(day));
        Ok(sums)
    }

    /// Whether what happened on a day still counts on a later one.
    fn counts(&self, day: &DaySum, on: Date) -> bool {
        months_after(day.on, self.spec.window_months).is_none_or(|ends| on < ends)
    }

    fn reached_by(&self, sums: Sums) -> Tier {
        let place = self.spec.tiers.iter().rposition(|tier| tier.entry.is_reached_by(sums));
        Tier(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0))
    }
}

fn check_tier(tier: usize, one: TierSpec, lower: &[TierSpec]) -> Result<(), TiersRefusal> {
    if lower.iter().any(|other| other.name == one.name) {
        return Err(TiersRefusal::NameTwice { tier });
    }
    if (one.entry == Entry::Everyone) != lower.is_empty() {
        return Err(TiersRefusal::Everyone { tier });
    }
    let (minor, visits) = (one.entry.minor(), one.entry.visits());
    if minor.is_some_and(|minor| !(1..=ENTRY_MINOR_MAX).contains(&minor))
        || visits.is_some_and(|visits| !(1..=ENTRY_VISITS_MAX).contains(&visits))
    {
        return Err(TiersRefusal::Amount { tier });
    }
    let no_more = |other: &TierSpec| {
        let less_spend = other.entry.minor().zip(minor).is_some_and(|(lower, this)| this <= lower);
        let fewer_visits = other.entry.visits().zip(visits).is_some_and(|(lower, this)| this <= lower);
        less_spend || fewer_visits
    };
    if lower.iter().any(no_more) { Err(TiersRefusal::NotHigher { tier }) } else { Ok(()) }
}

fn check_order(history: &[DaySum]) -> Result<(), NotInOrder> {
    if history.is_sorted_by_key(|day| day.on) { Ok(()) } else { Err(NotInOrder) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    type Spoil = fn(&mut TiersSpec);

    /// Bronze for everybody, silver from 1,000.00 or 10 visits, gold from 5,000.00; 12 months.
    fn spec(grace_days: u16, downgrade: Downgrade) -> TiersSpec {
        let entries =
            [Entry::Everyone, Entry::Either { minor: 100_000, count: 10 }, Entry::Spend { minor: 500_000 }];
        let tiers = (0..).zip(entries).map(|(name, entry)| TierSpec { name, entry }).collect();
        TiersSpec { tiers, window_months: 12, grace_days, downgrade }
    }

    fn tiers(grace_days: u16, downgrade: Downgrade) -> Tiers {
        Tiers::parse(spec(grace_days, downgrade)).unwrap()
    }

    fn bought(on: Date, spent_minor: i64) -> DaySum {
        DaySum { on, spent_minor, visits: 1 }
    }

    #[test]
    fn a_tier_is_reached_by_what_counts_in_the_window() {
        let jan = |day| date(2027, 1, day);
        let cases: [(&str, &[DaySum], Date, u8); 10] = [
            ("nothing", &[], jan(1), 0),
            ("enough", &[bought(jan(1), 100_000)], jan(1), 1),
            ("one kopeck short", &[bought(jan(1), 99_999)], jan(1), 0),
            ("together", &[bought(jan(1), 400_000), bought(jan(9), 100_000)], jan(9), 2),
            ("not yet", &[bought(jan(1), 400_000), bought(jan(9), 100_000)], jan(8), 1),
            ("brought back", &[bought(jan(1), 500_000), bought(jan(9), -1)], jan(9), 1),
            ("the last day", &[bought(jan(1), 500_000)], date(2027, 12, 31), 2),
            ("over", &[bought(jan(1), 500_000)], date(2028, 1, 1), 0),
            ("visits", &[DaySum { on: jan(1), spent_minor: 0, visits: 10 }], jan(1), 1),
            ("visits make no gold", &[DaySum { on: jan(1), spent_minor: 0, visits: 9999 }], jan(1), 1),
        ];
        for (name, history, on, tier) in cases {
            assert_eq!(tiers(0, Downgrade::OneStep).reached(history, on), Ok(Tier(tier)), "{name}");
        }
        let back = [bought(jan(2), 1), bought(jan(1), 1)];
        assert_eq!(tiers(0, Downgrade::OneStep).reached(&back, jan(2)), Err(NotInOrder));
    }

    #[test]
    fn a_member_rises_at_once_and_falls_after_grace() {
        let gold = &[bought(date(2027, 1, 1), 500_000)][..];
        let silver_later = &[gold[0], bought(date(2027, 6, 1), 100_000)][..];
        let rescued = &[gold[0], bought(date(2028, 1, 20), 500_000)][..];
        let (one_step, to_reached) = (Downgrade::OneStep, Downgrade::ToReached);
        let (jan, feb) = (|day| date(2028, 1, day), |day| date(2028, 2, day));
        // Grace, how he falls, what he did, asked on: the tier, and since when there is grace.
        let cases = [
            (30, one_step, gold, date(2026, 12, 31), 0, None),
            (30, one_step, gold, date(2027, 1, 1), 2, None),
            (30, one_step, gold, date(2027, 12, 31), 2, None),
            (30, one_step, gold, jan(1), 2, Some(jan(1))),
            (30, one_step, gold, jan(30), 2, Some(jan(1))),
            (30, one_step, gold, jan(31), 1, Some(jan(31))),
            (30, one_step, gold, feb(29), 1, Some(jan(31))),
            (30, one_step, gold, date(2028, 3, 1), 0, None),
            (30, to_reached, gold, jan(31), 0, None),
            (30, to_reached, silver_later, jan(31), 1, None),
            (0, to_reached, gold, jan(1), 0, None),
            (0, one_step, gold, jan(1), 1, Some(jan(1))),
            (0, one_step, gold, jan(2), 0, None),
            (30, one_step, rescued, jan(31), 2, None),
        ];
        for (grace_days, downgrade, history, on, tier, below_since) in cases {
            let newcomer = TierStanding::of_newcomer(date(2026, 12, 1));
            let found = tiers(grace_days, downgrade).standing(newcomer, history, on).unwrap();
            let expected = TierStanding { tier: Tier(tier), on, below_since };
            assert_eq!(found, expected, "{grace_days} {downgrade:?} {on}");
        }
    }

    #[test]
    fn how_often_it_is_asked_changes_nothing() {
        let mut seed = 7_u64;
        let mut roll = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for round in 0..40 {
            let tiers = tiers(roll(40) as u16, [Downgrade::OneStep, Downgrade::ToReached][round % 2]);
            let begin = date(2027, 1, 1);
            let mut days: Vec<i64> = (0..roll(30)).map(|_| roll(1000) as i64).collect();
            days.sort_unstable();
            let day = |after: i64| days_after(begin, after).unwrap();
            let sum = |after: i64| bought(day(after), (roll(200_000) as i64) - 20_000);
            let history: Vec<DaySum> = days.into_iter().map(sum).collect();
            let last = day(1500);
            let at_once = tiers.standing(TierStanding::of_newcomer(begin), &history, last).unwrap();
            let mut slowly = TierStanding::of_newcomer(begin);
            for after in 1..=1500 {
                // What is older than the window may be left away.
                let known = history.iter().filter(|one| months_after(one.on, 12).unwrap() > slowly.on);
                let known: Vec<DaySum> = known.copied().collect();
                slowly = tiers.standing(slowly, &known, day(after)).unwrap();
                let reached = tiers.reached(&history, day(after)).unwrap();
                assert!(slowly.tier >= reached, "round {round}: a reached tier is had at once");
                assert_eq!(slowly.below_since.is_some(), slowly.tier > reached, "round {round}");
            }
            assert_eq!(slowly, at_once, "round {round}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let tiers = tiers(0, Downgrade::OneStep);
        let (on, history) = (date(2027, 1, 1), [bought(date(2027, 1, 1), 30_000)]);
        let silver = Missing { tier: Tier(1), minor: Some(70_000), visits: Some(9) };
        assert_eq!(tiers.missing(Tier(0), &history, on), Ok(Some(silver)));
        let gold = Missing { tier: Tier(2), minor: Some(470_000), visits: None };
        assert_eq!(tiers.missing(Tier(1), &history, on), Ok(Some(gold)));
        assert_eq!(tiers.missing(Tier(2), &history, on), Ok(None));
        assert_eq!(tiers.missing(Tier(255), &history, on), Ok(None));
    }

    #[test]
    fn tiers_that_cannot_be_are_refused() {
        use TiersRefusal::*;
        let cases: [(Spoil, TiersRefusal); 14] = [
            (|spec| spec.tiers.clear(), TooFew),
            (|spec| spec.tiers.truncate(1), TooFew),
            (|spec| spec.tiers = vec![spec.tiers[0]; TIERS_MAX + 1], TooMany),
            (|spec| spec.window_months = 0, Window),
            (|spec| spec.window_months = WINDOW_MONTHS_MAX + 1, Window),
            (|spec| spec.grace_days = GRACE_DAYS_MAX + 1, Grace),
            (|spec| spec.tiers[2].name = 0, NameTwice { tier: 2 }),
            (|spec| spec.tiers[0].entry = Entry::Visits { count: 1 }, Everyone { tier: 0 }),
            (|spec| spec.tiers[1].entry = Entry::Everyone, Everyone { tier: 1 }),
            (|spec| spec.tiers[1].entry = Entry::Visits { count: 0 }, Amount { tier: 1 }),
            (|spec| spec.tiers[2].entry = Entry::Spend { minor: ENTRY_MINOR_MAX + 1 }, Amount { tier: 2 }),
            (|spec| spec.tiers[2].entry = Entry::Spend { minor: 100_000 }, NotHigher { tier: 2 }),
            (|spec| spec.tiers[2].entry = Entry::Either { minor: 500_000, count: 10 }, NotHigher { tier: 2 }),
            (|spec| spec.tiers[2].entry = Entry::Visits { count: 9 }, NotHigher { tier: 2 }),
        ];
        for (spoil, refusal) in cases {
            let mut bad = spec(30, Downgrade::OneStep);
            spoil(&mut bad);
            assert_eq!(Tiers::parse(bad.clone()), Err(refusal), "{bad:?}");
        }
    }
}
