//! The terms of a plan: what is sold, for how much, and what may be done with it afterwards.
//!
//! A plan that changes gets a new version, and a membership keeps the terms that it was sold under. So nothing here can
//! be set after [`PlanTerms::parse`], and whoever holds terms knows that they fit together: that the membership ends some
//! day, that what may be frozen has an end to move, that what is paid back can be counted.

use jiff::civil::Date;

use crate::calendar::{days_after, months_after};
use crate::id::{BranchId, ExtraId, ZoneId};
use crate::money::Money;
use crate::schedule::Schedule;

/// The longest period in days: ten years.
pub const LENGTH_DAYS_MAX: u16 = 3660;

/// The longest period in months: ten years.
pub const LENGTH_MONTHS_MAX: u16 = 120;

/// The most visits of one period.
pub const VISITS_MAX: u32 = 10_000;

/// The most zones that a plan names.
pub const ZONES_MAX: usize = 500;

/// The most branches that a plan names.
pub const BRANCHES_MAX: usize = 1000;

/// The most freezes of one period.
pub const FREEZES_MAX: u16 = 100;

/// The most frozen days of one period: two years.
pub const FREEZE_DAYS_MAX: u16 = 731;

/// The most guest visits of one period.
pub const GUEST_VISITS_MAX: u32 = 1000;

/// The most kinds of extras.
pub const EXTRAS_MAX: usize = 50;

/// The most of one extra in one period, such as minutes of solarium.
pub const EXTRA_COUNT_MAX: u32 = 100_000;

/// The longest time from the sale to the first visit, in days.
pub const START_WITHIN_DAYS_MAX: u16 = 366;

/// The highest price of one period, in minor units.
pub const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// How long one period lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many dates, the first included. At most [`LENGTH_DAYS_MAX`].
    Days(u16),
    /// Until the same day so many months later. At most [`LENGTH_MONTHS_MAX`].
    Months(u16),
}

impl Length {
    /// The first date after a period that begins with `from`; nothing beyond [`crate::calendar::LAST_DATE`]. Where the
    /// month has no such day, see [`months_after`].
    pub fn end_from(self, from: Date) -> Option<Date> {
        match self {
            Self::Days(days) => days_after(from, i64::from(days)),
            Self::Months(months) => months_after(from, months),
        }
    }
}

/// Everywhere, or at the named places only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach<Id> {
    /// Everywhere, also where a place is added later.
    All,
    /// Here only.
    Only(Vec<Id>),
}

impl<Id: PartialEq> Reach<Id> {
    /// Whether the place is among them.
    pub fn includes(&self, place: &Id) -> bool {
        match self {
            Self::All => true,
            Self::Only(places) => places.contains(place),
        }
    }
}

/// What may be frozen in one period. All numbers are at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreezeTerms {
    /// How many freezes; at most [`FREEZES_MAX`].
    pub count_max: u16,
    /// How many days all of them may have together; at most [`FREEZE_DAYS_MAX`].
    pub total_days_max: u16,
    /// The shortest freeze, in days.
    pub days_min: u16,
    /// The longest freeze, in days: not below the shortest, not above the total.
    pub days_max: u16,
}

/// A service that the plan includes in a counted amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncludedExtra {
    /// What it is.
    pub extra: ExtraId,
    /// How many of it in one period, from one to [`EXTRA_COUNT_MAX`].
    pub count: u32,
}

/// When the first period begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// On the date that the sale counts for.
    OnPurchase,
    /// With the first visit, and without one so many days after the sale.
    OnFirstVisit {
        /// From one to [`START_WITHIN_DAYS_MAX`].
        within_days: u16,
    },
}

/// What is paid back when a membership is cancelled. Extension days are a gift: they are used last and worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancellationRule {
    /// Nothing.
    NothingBack,
    /// The share of the period's days that were not used. A frozen day is not used.
    ByUnusedDays,
    /// The share of the period's visits that were not used, as long as the period has not ended.
    ByUnusedVisits,
}

/// The terms as they are typed in: nothing is checked yet. Visits, guest visits, extras and freezes are for one period;
/// a renewal begins a new one, and what was left of the old one is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSpec {
    /// Counts the changes of the plan, from one.
    pub version: u32,
    /// How long a period lasts; nothing when it lasts until the visits are used.
    pub length: Option<Length>,
    /// How many visits it has, from one to [`VISITS_MAX`]; nothing when they are not counted.
    pub visits: Option<u32>,
    /// At which hours it is valid.
    pub schedule: Schedule,
    /// In which zones.
    pub zones: Reach<ZoneId>,
    /// In which branches.
    pub branches: Reach<BranchId>,
    /// What may be frozen; nothing when the plan knows no freeze.
    pub freezes: Option<FreezeTerms>,
    /// How often a guest may come along; at most [`GUEST_VISITS_MAX`].
    pub guest_visits: u32,
    /// What is included; at most [`EXTRAS_MAX`] kinds.
    pub extras: Vec<IncludedExtra>,
    /// What one period costs; at most [`PRICE_MINOR_MAX`], and zero for a trial.
    pub price: Money,
    /// When the first period begins.
    pub start: Start,
    /// Whether it is renewed automatically.
    pub renews: bool,
    /// Whether it may be given to another member.
    pub transferable: bool,
    /// What is paid back when it is cancelled.
    pub cancellation: CancellationRule,
}

/// Which of the terms is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanRefusal {
    /// Versions count from one.
    Version,
    /// The period has no day, or is longer than [`LENGTH_DAYS_MAX`] or [`LENGTH_MONTHS_MAX`].
    Length,
    /// Not from one to [`VISITS_MAX`].
    Visits,
    /// Neither a length nor a number of visits: the membership would never end.
    NoEnd,
    /// No zone, more than [`ZONES_MAX`], or one of them twice.
    Zones,
    /// No branch, more than [`BRANCHES_MAX`], or one of them twice.
    Branches,
    /// The number of freezes is not from one to [`FREEZES_MAX`].
    FreezeCount,
    /// The days of all freezes are not from one to [`FREEZE_DAYS_MAX`].
    FreezeTotal,
    /// The longest freeze has no day, or more than all freezes may have together.
    FreezeLongest,
    /// The shortest freeze has no day, or more than the longest.
    FreezeShortest,
    /// A freeze moves the end, and a plan without a length has none to move.
    FreezeWithoutLength,
    /// More than [`GUEST_VISITS_MAX`].
    GuestVisits,
    /// More than [`EXTRAS_MAX`] extras.
    TooManyExtras,
    /// The extra is there twice.
    ExtraTwice {
        /// Counted from zero.
        index: usize,
    },
    /// Not from one to [`EXTRA_COUNT_MAX`].
    ExtraCount {
        /// Counted from zero.
        index: usize,
    },
    /// Below zero or above [`PRICE_MINOR_MAX`].
    Price,
    /// Not from one to [`START_WITHIN_DAYS_MAX`] days.
    StartWithinDays,
    /// A renewal begins at the end, and a plan without a length has none.
    RenewalWithoutLength,
    /// Unused days can be counted only where there is a length, unused visits only where visits are counted.
    Cancellation,
}

/// The checked terms of one version of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTerms {
    spec: PlanSpec,
}

impl PlanTerms {
    /// Checks the terms from the first to the last; the first that is wrong is named.
    pub fn parse(spec: PlanSpec) -> Result<Self, PlanRefusal> {
        if spec.version == 0 {
            return Err(PlanRefusal::Version);
        }
        check_period(&spec)?;
        check_places(&spec.zones, ZONES_MAX, PlanRefusal::Zones)?;
        check_places(&spec.branches, BRANCHES_MAX, PlanRefusal::Branches)?;
        check_freezes(&spec)?;
        if spec.guest_visits > GUEST_VISITS_MAX {
            return Err(PlanRefusal::GuestVisits);
        }
        check_extras(&spec.extras)?;
        if !is_a_price(spec.price) {
            return Err(PlanRefusal::Price);
        }
        if let Start::OnFirstVisit { within_days } = spec.start
            && !(1..=START_WITHIN_DAYS_MAX).contains(&within_days)
        {
            return Err(PlanRefusal::StartWithinDays);
        }
        if spec.renews && spec.length.is_none() {
            return Err(PlanRefusal::RenewalWithoutLength);
        }
        let counted = match spec.cancellation {
            CancellationRule::NothingBack => true,
            CancellationRule::ByUnusedDays => spec.length.is_some(),
            CancellationRule::ByUnusedVisits => spec.visits.is_some(),
        };
        if !counted {
            return Err(PlanRefusal::Cancellation);
        }
        Ok(Self { spec })
    }

    /// The terms themselves.
    pub const fn spec(&self) -> &PlanSpec {
        &self.spec
    }
}

/// Whether an amount can be paid for a period.
pub(crate) fn is_a_price(amount: Money) -> bool {
    (0..=PRICE_MINOR_MAX).contains(&amount.minor())
}

fn check_period(spec: &PlanSpec) -> Result<(), PlanRefusal> {
    let fits = match spec.length {
        None => true,
        Some(Length::Days(days)) => (1..=LENGTH_DAYS_MAX).contains(&days),
        Some(Length::Months(months)) => (1..=LENGTH_MONTHS_MAX).contains(&months),
    };
    if !fits {
        return Err(PlanRefusal::Length);
    }
    if spec.visits.is_some_and(|visits| !(1..=VISITS_MAX).contains(&visits)) {
        return Err(PlanRefusal::Visits);
    }
    if spec.length.is_none() && spec.visits.is_none() {
        return Err(PlanRefusal::NoEnd);
    }
    Ok(())
}

fn check_places<Id: Ord>(reach: &Reach<Id>, most: usize, refusal: PlanRefusal) -> Result<(), PlanRefusal> {
    let Reach::Only(places) = reach else { return Ok(()) };
    let mut sorted: Vec<&Id> = places.iter().take(most + 1).collect();
    sorted.sort();
    let twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
    if sorted.is_empty() || sorted.len() > most || twice { Err(refusal) } else { Ok(()) }
}

fn check_freezes(spec: &PlanSpec) -> Result<(), PlanRefusal> {
    let Some(freezes) = spec.freezes else { return Ok(()) };
    if spec.length.is_none() {
        return Err(PlanRefusal::FreezeWithoutLength);
    }
    if !(1..=FREEZES_MAX).contains(&freezes.count_max) {
        return Err(PlanRefusal::FreezeCount);
    }
    if !(1..=FREEZE_DAYS_MAX).contains(&freezes.total_days_max) {
        return Err(PlanRefusal::FreezeTotal);
    }
    if !(1..=freezes.total_days_max).contains(&freezes.days_max) {
        return Err(PlanRefusal::FreezeLongest);
    }
    if !(1..=freezes.days_max).contains(&freezes.days_min) {
        return Err(PlanRefusal::FreezeShortest);
    }
    Ok(())
}

fn check_extras(extras: &[IncludedExtra]) -> Result<(), PlanRefusal> {
    if extras.len() > EXTRAS_MAX {
        return Err(PlanRefusal::TooManyExtras);
    }
    for (index, included) in extras.iter().enumerate() {
        if extras[..index].iter().any(|before| before.extra == included.extra) {
            return Err(PlanRefusal::ExtraTwice { index });
        }
        if !(1..=EXTRA_COUNT_MAX).contains(&included.count) {
            return Err(PlanRefusal::ExtraCount { index });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::LAST_DATE;
    use crate::money::Currency;
    use jiff::civil::date;

    fn roubles(minor: i64) -> Money {
        Money::parse(minor, Currency::parse("RUB").unwrap()).unwrap()
    }

    fn monthly() -> PlanSpec {
        PlanSpec {
            version: 1,
            length: Some(Length::Months(1)),
            visits: Some(12),
            schedule: Schedule::any_time(),
            zones: Reach::Only(vec![ZoneId([1; 16]), ZoneId([2; 16])]),
            branches: Reach::All,
            freezes: Some(FreezeTerms { count_max: 2, total_days_max: 30, days_min: 7, days_max: 21 }),
            guest_visits: 1,
            extras: vec![IncludedExtra { extra: ExtraId([1; 16]), count: 30 }],
            price: roubles(350_000),
            start: Start::OnPurchase,
            renews: true,
            transferable: false,
            cancellation: CancellationRule::ByUnusedDays,
        }
    }

    type Spoil = fn(&mut PlanSpec);

    /// Changes the good terms in one place and expects that place to be named.
    fn check(cases: &[(Spoil, PlanRefusal)]) {
        for (index, (spoil, refusal)) in cases.iter().enumerate() {
            let mut spec = monthly();
            spoil(&mut spec);
            assert_eq!(PlanTerms::parse(spec), Err(*refusal), "case {index}");
        }
    }

    fn freezes(spec: &mut PlanSpec) -> &mut FreezeTerms {
        spec.freezes.as_mut().unwrap()
    }

    #[test]
    fn good_terms_are_kept_as_they_are() {
        assert_eq!(PlanTerms::parse(monthly()).unwrap().spec(), &monthly());
        let ten_visits = PlanSpec {
            length: None,
            visits: Some(10),
            freezes: None,
            renews: false,
            start: Start::OnFirstVisit { within_days: START_WITHIN_DAYS_MAX },
            cancellation: CancellationRule::ByUnusedVisits,
            price: roubles(0),
            ..monthly()
        };
        assert!(PlanTerms::parse(ten_visits).is_ok());
    }

    #[test]
    fn terms_out_of_range_are_refused_by_name() {
        use PlanRefusal::*;
        check(&[
            (|spec| spec.version = 0, Version),
            (|spec| spec.length = Some(super::Length::Days(0)), Length),
            (|spec| spec.length = Some(super::Length::Days(LENGTH_DAYS_MAX + 1)), Length),
            (|spec| spec.length = Some(super::Length::Months(0)), Length),
            (|spec| spec.length = Some(super::Length::Months(LENGTH_MONTHS_MAX + 1)), Length),
            (|spec| spec.visits = Some(0), Visits),
            (|spec| spec.visits = Some(VISITS_MAX + 1), Visits),
            (|spec| spec.zones = Reach::Only(vec![]), Zones),
            (|spec| spec.zones = Reach::Only(vec![ZoneId([1; 16]); 2]), Zones),
            (|spec| spec.branches = Reach::Only(vec![]), Branches),
            (
                |spec| {
                    let many = 0..=BRANCHES_MAX as u128;
                    spec.branches = Reach::Only(many.map(|id| BranchId(id.to_be_bytes())).collect());
                },
                Branches,
            ),
            (|spec| freezes(spec).count_max = 0, FreezeCount),
            (|spec| freezes(spec).count_max = FREEZES_MAX + 1, FreezeCount),
            (|spec| freezes(spec).total_days_max = 0, FreezeTotal),
            (|spec| freezes(spec).total_days_max = FREEZE_DAYS_MAX + 1, FreezeTotal),
            (|spec| freezes(spec).days_max = 31, FreezeLongest),
            (|spec| freezes(spec).days_max = 0, FreezeLongest),
            (|spec| freezes(spec).days_min = 22, FreezeShortest),
            (|spec| freezes(spec).days_min = 0, FreezeShortest),
            (|spec| spec.guest_visits = GUEST_VISITS_MAX + 1, GuestVisits),
            (|spec| spec.extras = vec![spec.extras[0]; EXTRAS_MAX + 1], TooManyExtras),
            (|spec| spec.extras.push(spec.extras[0]), ExtraTwice { index: 1 }),
            (|spec| spec.extras[0].count = 0, ExtraCount { index: 0 }),
            (|spec| spec.extras[0].count = EXTRA_COUNT_MAX + 1, ExtraCount { index: 0 }),
            (|spec| spec.price = roubles(-1), Price),
            (|spec| spec.price = roubles(PRICE_MINOR_MAX + 1), Price),
            (|spec| spec.start = Start::OnFirstVisit { within_days: 0 }, StartWithinDays),
            (|spec| spec.start = Start::OnFirstVisit { within_days: 367 }, StartWithinDays),
        ]);
    }

    #[test]
    fn terms_that_do_not_fit_together_are_refused() {
        use PlanRefusal::*;
        check(&[
            (|spec| (spec.length, spec.visits) = (None, None), NoEnd),
            (|spec| spec.length = None, FreezeWithoutLength),
            (|spec| (spec.length, spec.freezes) = (None, None), RenewalWithoutLength),
            (|spec| (spec.length, spec.freezes, spec.renews) = (None, None, false), Cancellation),
            (
                |spec| (spec.visits, spec.cancellation) = (None, CancellationRule::ByUnusedVisits),
                Cancellation,
            ),
        ]);
    }

    #[test]
    fn a_period_ends_before_the_date_that_follows_it() {
        let cases = [
            (Length::Days(1), date(2027, 2, 28), Some(date(2027, 3, 1))),
            (Length::Days(30), date(2027, 1, 1), Some(date(2027, 1, 31))),
            (Length::Months(1), date(2027, 1, 31), Some(date(2027, 3, 1))),
            (Length::Months(12), date(2028, 2, 29), Some(date(2029, 3, 1))),
            (Length::Days(1), LAST_DATE, None),
            (Length::Months(1), LAST_DATE, None),
        ];
        for (length, from, expected) in cases {
            assert_eq!(length.end_from(from), expected, "{length:?} from {from}");
        }
    }
}
