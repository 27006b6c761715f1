//! How often one member may earn, before it looks as if somebody put other people's receipts on his card (case T-24).
//!
//! Members cannot give points to each other, so that a ring of them needs purchases: a cashier who puts the sales of people without a
//! card on a friend's, a card that goes round among colleagues, receipts out of the bin that are claimed. Each shows as too many
//! purchases or claims of one member in too short a time. A guard never stops a sale: what is sold above it earns nothing, and says so.
//!
//! **Windows.** An hour, a day and a month are spans that end at the moment of the purchase, not those of a calendar: whoever waits for
//! midnight gains nothing. A moment that lies in the future, because the clock was set back, counts as well.

use crate::calendar::UtcMicros;

/// The most that a guard may allow: above, it guards nothing.
pub const GUARD_MAX: u32 = 1_000;

/// The hour of [`Guard::PurchasesHour`], in microseconds.
pub const GUARD_HOUR_US: i64 = 3_600_000_000;

/// The day of [`Guard::PurchasesDay`] and [`Guard::ClaimsDay`], in microseconds.
pub const GUARD_DAY_US: i64 = 24 * GUARD_HOUR_US;

/// The month of [`Guard::ClaimsMonth`], in microseconds: thirty days.
pub const GUARD_MONTH_US: i64 = 30 * GUARD_DAY_US;

/// One of the guards. The first that is full is told, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// Purchases that earned within an hour.
    PurchasesHour,
    /// Purchases that earned within a day.
    PurchasesDay,
    /// Receipts that were claimed within a day.
    ClaimsDay,
    /// Receipts that were claimed within a month.
    ClaimsMonth,
}

impl Guard {
    /// How long its window is, in microseconds.
    pub const fn window_us(self) -> i64 {
        match self {
            Guard::PurchasesHour => GUARD_HOUR_US,
            Guard::PurchasesDay | Guard::ClaimsDay => GUARD_DAY_US,
            Guard::ClaimsMonth => GUARD_MONTH_US,
        }
    }
}

/// How many each guard allows one member; without a number it guards nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuardsSpec {
    /// Purchases that earn within an hour.
    pub purchases_hour: Option<u32>,
    /// Purchases that earn within a day.
    pub purchases_day: Option<u32>,
    /// Receipts that are claimed within a day.
    pub claims_day: Option<u32>,
    /// Receipts that are claimed within a month.
    pub claims_month: Option<u32>,
}

/// What programmes have until somebody says otherwise. A family that shares a card and shops twice a day stays far below it.
const USUAL: GuardsSpec = GuardsSpec {
    purchases_hour: Some(6),
    purchases_day: Some(12),
    claims_day: Some(3),
    claims_month: Some(10),
};

/// Why these are no guards. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardsRefusal {
    /// A guard allows nothing, or more than [`GUARD_MAX`]: to stop one member altogether there is his status.
    Number(Guard),
    /// A day allows fewer purchases than an hour of it.
    DayBelowHour,
    /// A month allows fewer claims than a day of it.
    MonthBelowDay,
}

/// Guards that fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards(GuardsSpec);

impl Guards {
    /// Checks them.
    ///
    /// # Errors
    /// The first of [`GuardsRefusal`].
    pub fn parse(spec: GuardsSpec) -> Result<Self, GuardsRefusal> {
        let all = [Guard::PurchasesHour, Guard::PurchasesDay, Guard::ClaimsDay, Guard::ClaimsMonth];
        let guards = Self(spec);
        let is_wrong = |max: u32| !(1..=GUARD_MAX).contains(&max);
        if let Some(guard) = all.into_iter().find(|guard| guards.max(*guard).is_some_and(is_wrong)) {
            return Err(GuardsRefusal::Number(guard));
        }
        let is_below = |long: Option<u32>, short: Option<u32>| long.zip(short).is_some_and(|(l, s)| l < s);
        if is_below(spec.purchases_day, spec.purchases_hour) {
            return Err(GuardsRefusal::DayBelowHour);
        }
        if is_below(spec.claims_month, spec.claims_day) {
            return Err(GuardsRefusal::MonthBelowDay);
        }
        Ok(guards)
    }

    /// What programmes have until somebody says otherwise.
    pub const fn usual() -> Self {
        Self(USUAL)
    }

    /// What they are made of.
    pub const fn spec(&self) -> &GuardsSpec {
        &self.0
    }

    /// How many a guard allows; nothing when it guards nothing.
    pub const fn max(&self, guard: Guard) -> Option<u32> {
        match guard {
            Guard::PurchasesHour => self.0.purchases_hour,
            Guard::PurchasesDay => self.0.purchases_day,
            Guard::ClaimsDay => self.0.claims_day,
            Guard::ClaimsMonth => self.0.claims_month,
        }
    }

    /// The guard that lets a further purchase at this moment earn nothing, by the moments of the member's purchases that earned.
    pub fn stops_purchase(&self, earned: &[UtcMicros], at: UtcMicros) -> Option<Guard> {
        self.full([Guard::PurchasesHour, Guard::PurchasesDay], earned, at)
    }

    /// The guard that stops a further claim at this moment, by the moments at which the member claimed receipts.
    pub fn stops_claim(&self, claimed: &[UtcMicros], at: UtcMicros) -> Option<Guard> {
        self.full([Guard::ClaimsDay, Guard::ClaimsMonth], claimed, at)
    }

    /// Since when purchases must be known to [`Guards::stops_purchase`], and the most of them that can make a difference; nothing when
    /// no guard asks for them.
    pub fn purchases_asked(&self) -> Option<(i64, u32)> {
        self.asked([Guard::PurchasesHour, Guard::PurchasesDay])
    }

    /// The same of claims.
    pub fn claims_asked(&self) -> Option<(i64, u32)> {
        self.asked([Guard::ClaimsDay, Guard::ClaimsMonth])
    }

    fn full(&self, guards: [Guard; 2], moments: &[UtcMicros], at: UtcMicros) -> Option<Guard> {
        let is_full = |guard: &Guard| {
            let since_us = at.get().saturating_sub(guard.window_us());
            let count = moments.iter().filter(|moment| moment.get() > since_us).count();
            self.max(*guard).is_some_and(|max| count >= max as usize)
        };
        guards.into_iter().find(is_full)
    }

    fn asked(&self, guards: [Guard; 2]) -> Option<(i64, u32)> {
        let set = guards.into_iter().filter_map(|guard| Some((guard.window_us(), self.max(guard)?)));
        set.reduce(|(one_us, one), (other_us, other)| (one_us.max(other_us), one.max(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many microseconds after a moment of 2026.
    fn at(us: i64) -> UtcMicros {
        UtcMicros::parse(1_790_000_000_000_000 + us).unwrap()
    }

    #[test]
    fn guards_fit_together_or_are_refused_by_name() {
        let spec = |purchases_hour, purchases_day, claims_day, claims_month| GuardsSpec {
            purchases_hour,
            purchases_day,
            claims_day,
            claims_month,
        };
        assert_eq!(Guards::parse(USUAL), Ok(Guards::usual()));
        for (case, refused) in [
            (spec(None, None, None, None), None),
            (spec(Some(1), Some(1), Some(GUARD_MAX), Some(GUARD_MAX)), None),
            (spec(Some(9), None, None, Some(1)), None),
            (spec(Some(0), None, None, None), Some(GuardsRefusal::Number(Guard::PurchasesHour))),
            (
                spec(None, Some(GUARD_MAX + 1), Some(0), None),
                Some(GuardsRefusal::Number(Guard::PurchasesDay)),
            ),
            (spec(None, None, None, Some(0)), Some(GuardsRefusal::Number(Guard::ClaimsMonth))),
            (spec(Some(3), Some(2), None, None), Some(GuardsRefusal::DayBelowHour)),
            (spec(None, None, Some(3), Some(2)), Some(GuardsRefusal::MonthBelowDay)),
        ] {
            assert_eq!(Guards::parse(case).err(), refused, "{case:?}");
        }
    }

    #[test]
    fn t24_a_window_ends_at_the_moment_and_the_shorter_guard_is_told_first() {
        let spec = GuardsSpec { purchases_hour: Some(2), purchases_day: Some(3), ..GuardsSpec::default() };
        let guards = Guards::parse(spec).unwrap();
        let hour = GUARD_HOUR_US;
        let day = GUARD_DAY_US;
        for (earned, now, stopped) in [
            (vec![], day, None),
            (vec![day - 1], day, None),
            (vec![day - 2, day - 1], day, Some(Guard::PurchasesHour)),
            (vec![day - hour, day - 1], day, None),
            (vec![day - hour + 1, day - 1], day, Some(Guard::PurchasesHour)),
            (vec![1, day - hour, day - 1], day, Some(Guard::PurchasesDay)),
            (vec![0, day - hour, day - 1], day, None),
            (vec![day + 5, day + 6], day, Some(Guard::PurchasesHour)),
        ] {
            let earned: Vec<UtcMicros> = earned.into_iter().map(at).collect();
            assert_eq!(guards.stops_purchase(&earned, at(now)), stopped, "{earned:?}");
            assert_eq!(guards.stops_claim(&earned, at(now)), None, "nothing guards claims here");
        }
        assert_eq!((guards.purchases_asked(), guards.claims_asked()), (Some((day, 3)), None));
    }
}
