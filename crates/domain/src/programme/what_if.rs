//! "What if": past receipts replayed under other rules.
//!
//! Both rules, those that hold and those that are thought of, go through the same receipts in the same way, so that the difference is
//! that of the rules. **What is assumed:** members buy as they did, and pay with points worth as much as they did, as far as the rules
//! permit; tiers are counted anew from the receipts. **What is left out:** gifts without a purchase, offers in person, points that
//! come to nothing, and whether a member would have come more often.
//!
//! Nothing is kept but the member at hand: receipts come member by member, and those of a member in the order of time.

use jiff::civil::Date;

use crate::calendar::{Calendar, UtcMicros, days_after, months_after};
use crate::id::MemberId;
use crate::ledger::{POINTS_MAX, Status};
use crate::money::Currency;
use crate::profile::BirthDate;

use super::basket::Basket;
use super::facts::Facts;
use super::quote::{Offer, quote};
use super::rules::Rules;
use super::tier::{DaySum, Tier, TierStanding};

/// A receipt of the past, what came back already taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastReceipt {
    /// Whose.
    pub member: MemberId,
    /// His birthday, where it is known.
    pub birth: Option<BirthDate>,
    /// When he joined.
    pub member_since: Date,
    /// When he bought.
    pub at: UtcMicros,
    /// What he bought.
    pub basket: Basket,
    /// What he paid with points, in minor units.
    pub paid_minor: u64,
}

/// Why a receipt cannot be replayed. Checks stand in this order. The replay goes on without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhatIfRefusal {
    /// It is of another currency than the rules (case T-22).
    CurrenciesDiffer,
    /// It belongs before the last one: to a member whose id is smaller, or to an earlier instant.
    NotInOrder,
}

/// What rules give and take. Sums stop at the end of their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Totals {
    /// Points that purchases earned.
    pub given_points: u64,
    /// What these pay, in minor units.
    pub given_minor: u64,
    /// Points that paid.
    pub paid_points: u64,
    /// What they paid, in minor units.
    pub paid_minor: u64,
    /// What points might have paid at most, in minor units, if every member had enough of them.
    pub payable_minor: u64,
    /// What tiers took off, in minor units.
    pub discount_minor: u64,
    /// What was paid with money, in minor units.
    pub money_minor: u64,
}

impl Totals {
    /// What the programme costs, in minor units: the worth of what it gave, and what it took off. What points paid is no further
    /// cost: they were given before.
    pub const fn cost_minor(&self) -> u64 {
        self.given_minor.saturating_add(self.discount_minor)
    }

    fn add(&mut self, offer: &Offer, payable_points: u64, point_minor: u32) {
        let sums = [
            (&mut self.given_points, offer.earned_points),
            (&mut self.given_minor, worth(offer.earned_points, point_minor)),
            (&mut self.paid_points, offer.spent_points),
            (&mut self.paid_minor, worth(offer.spent_points, point_minor)),
            (&mut self.payable_minor, worth(payable_points, point_minor)),
            (&mut self.discount_minor, discount_minor(offer)),
            (&mut self.money_minor, offer.to_pay.minor().unsigned_abs()),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }
}

/// What points pay, in minor units.
const fn worth(points: u64, point_minor: u32) -> u64 {
    points.saturating_mul(point_minor as u64)
}

fn discount_minor(offer: &Offer) -> u64 {
    let discounts = offer.lines.iter().filter_map(|line| line.discount);
    discounts.map(|discount| discount.minor.unsigned_abs()).sum()
}

/// The changes to members are told apart at these amounts, in minor units, on either side of zero.
pub const CHANGE_BOUNDS_MINOR: [u64; 4] = [1, 1_000, 10_000, 100_000];

const BUCKETS: usize = 2 * CHANGE_BOUNDS_MINOR.len() + 1;

/// How many members would have had so much more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// From so many minor units on; nothing for the lowest.
    pub from_minor: Option<i64>,
    /// Up to so many, which are in it; nothing for the highest.
    pub to_minor: Option<i64>,
    /// How many members.
    pub members: u64,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIfReport {
    /// Receipts that count.
    pub receipts: u64,
    /// Members with such a receipt.
    pub members: u64,
    /// By the rules that hold.
    pub before: Totals,
    /// By those that are thought of.
    pub after: Totals,
    /// Members by what they would have had more, of points' worth and discounts together, from the largest loss to the largest gain.
    pub changes: [Bucket; BUCKETS],
}

impl WhatIfReport {
    /// What the other rules would have cost more, in minor units.
    pub const fn cost_change_minor(&self) -> i128 {
        self.after.cost_minor() as i128 - self.before.cost_minor() as i128
    }
}

/// A replay under way.
pub struct WhatIf<'a> {
    calendar: &'a Calendar,
    counts_from: UtcMicros,
    before: Side<'a>,
    after: Side<'a>,
    last: Option<(MemberId, UtcMicros)>,
    /// Whether a receipt of the member at hand counts.
    member_counts: bool,
    report: WhatIfReport,
}

impl<'a> WhatIf<'a> {
    /// Begins a replay. Receipts before `counts_from` only tell which tier members have; they should go back as far as a window of
    /// the tiers.
    ///
    /// # Errors
    /// [`WhatIfRefusal::CurrenciesDiffer`] when the rules are of two currencies.
    pub fn begin(
        before: &'a Rules,
        after: &'a Rules,
        counts_from: UtcMicros,
        calendar: &'a Calendar,
    ) -> Result<Self, WhatIfRefusal> {
        if before.spec().currency != after.spec().currency {
            return Err(WhatIfRefusal::CurrenciesDiffer);
        }
        let report = WhatIfReport {
            receipts: 0,
            members: 0,
            before: Totals::default(),
            after: Totals::default(),
            changes: empty_buckets(),
        };
        let (before, after) = (Side::of(before), Side::of(after));
        Ok(Self { calendar, counts_from, before, after, last: None, member_counts: false, report })
    }

    /// Replays one more receipt.
    ///
    /// # Errors
    /// The first of [`WhatIfRefusal`]; then it is as if the receipt had not come.
    pub fn receipt(&mut self, receipt: &PastReceipt) -> Result<(), WhatIfRefusal> {
        if receipt.basket.currency() != self.currency() {
            return Err(WhatIfRefusal::CurrenciesDiffer);
        }
        let here = (receipt.member, receipt.at);
        if self.last.is_some_and(|last| here < last) {
            return Err(WhatIfRefusal::NotInOrder);
        }
        if self.last.is_none_or(|(member, _)| member != receipt.member) {
            self.end_member();
            self.before.begin_member(receipt.member_since);
            self.after.begin_member(receipt.member_since);
        }
        self.last = Some(here);
        let counts = receipt.at >= self.counts_from;
        self.before.buy(receipt, counts, self.calendar);
        self.after.buy(receipt, counts, self.calendar);
        self.member_counts |= counts;
        self.report.receipts += u64::from(counts);
        Ok(())
    }

    /// The report, when there are no more receipts.
    pub fn end(mut self) -> WhatIfReport {
        self.end_member();
        WhatIfReport { before: self.before.totals, after: self.after.totals, ..self.report }
    }

    const fn currency(&self) -> Currency {
        self.before.rules.spec().currency
    }

    fn end_member(&mut self) {
        let (before, after) = (self.before.take_worth(), self.after.take_worth());
        if std::mem::take(&mut self.member_counts) {
            self.report.members += 1;
            self.report.changes[bucket_of(before, after)].members += 1;
        }
    }
}

/// Replays all receipts of an iterator; what cannot be replayed is given to `refused`.
///
/// # Errors
/// As [`WhatIf::begin`].
pub fn what_if(
    (before, after): (&Rules, &Rules),
    receipts: impl IntoIterator<Item = PastReceipt>,
    (counts_from, calendar): (UtcMicros, &Calendar),
    mut refused: impl FnMut(PastReceipt, WhatIfRefusal),
) -> Result<WhatIfReport, WhatIfRefusal> {
    let mut replay = WhatIf::begin(before, after, counts_from, calendar)?;
    for receipt in receipts {
        if let Err(why) = replay.receipt(&receipt) {
            refused(receipt, why);
        }
    }
    Ok(replay.end())
}

/// One of both rules, with the member at hand.
struct Side<'a> {
    rules: &'a Rules,
    totals: Totals,
    /// What counts of the member at hand, in minor units: points' worth and discounts.
    worth_minor: u64,
    /// Where he stood at the end of the day before his last purchase.
    standing: TierStanding,
    /// What he did, as far as the window of the tiers reaches.
    history: Vec<DaySum>,
    /// The date of his last purchase, and what he has earned on it and in its month.
    earned: Option<(Date, u64, u64)>,
}

impl<'a> Side<'a> {
    fn of(rules: &'a Rules) -> Self {
        let standing = TierStanding::of_newcomer(Date::MIN);
        Self { rules, totals: Totals::default(), worth_minor: 0, standing, history: Vec::new(), earned: None }
    }

    fn begin_member(&mut self, since: Date) {
        self.standing = TierStanding::of_newcomer(since);
        self.history.clear();
        self.earned = None;
    }

    fn take_worth(&mut self) -> u64 {
        std::mem::take(&mut self.worth_minor)
    }

    fn buy(&mut self, receipt: &PastReceipt, counts: bool, calendar: &Calendar) {
        let today = calendar.date_of(receipt.at);
        let (earned_today, earned_this_month) = self.earned_before(today);
        let facts = Facts {
            status: Status::Active,
            tier: self.tier_on(today),
            birth: receipt.birth,
            member_since: receipt.member_since,
            offered: Vec::new(),
            earned_today,
            earned_this_month,
            free_points: POINTS_MAX,
        };
        let ask = |points| quote(self.rules, &facts, &receipt.basket, points, (receipt.at, calendar));
        let point_minor = self.rules.spec().point_minor;
        let first = ask(0).expect("the currency was compared, and no points are to pay");
        let payable_points = first.spend.max_points;
        let points = first.spend.at_most(receipt.paid_minor / u64::from(point_minor));
        let offer = if points == 0 { first } else { ask(points).expect("so many points may pay") };
        if counts {
            self.totals.add(&offer, payable_points, point_minor);
            let had = worth(offer.earned_points, point_minor).saturating_add(discount_minor(&offer));
            self.worth_minor = self.worth_minor.saturating_add(had);
        }
        self.history.push(DaySum { on: today, spent_minor: offer.to_pay.minor(), visits: 1 });
        let earned = |sum: u64| sum.saturating_add(offer.earned_points);
        self.earned = Some((today, earned(earned_today), earned(earned_this_month)));
    }

    fn earned_before(&self, today: Date) -> (u64, u64) {
        let Some((date, day, month)) = self.earned else { return (0, 0) };
        let is_same_month = date.first_of_month() == today.first_of_month();
        (if date == today { day } else { 0 }, if is_same_month { month } else { 0 })
    }

    /// The tier at this hour of a date: with what was bought on it before.
    fn tier_on(&mut self, today: Date) -> Tier {
        let Some(tiers) = &self.rules.spec().tiers else { return Tier(0) };
        let in_order = "receipts come in the order of time";
        let yesterday = days_after(today, -1).unwrap_or(today);
        self.standing = tiers.standing(self.standing, &self.history, yesterday).expect(in_order);
        let window_months = tiers.spec().window_months;
        self.history.retain(|day| months_after(day.on, window_months).is_none_or(|ends| yesterday < ends));
        tiers.standing(self.standing, &self.history, today).expect(in_order).tier
    }
}

fn empty_buckets() -> [Bucket; BUCKETS] {
    let zero = BUCKETS / 2;
    let bound = |place: usize| CHANGE_BOUNDS_MINOR.get(place).map(|bound| bound.cast_signed());
    std::array::from_fn(|place| {
        let (from_minor, to_minor) = match place.cmp(&zero) {
            std::cmp::Ordering::Equal => (Some(0), Some(0)),
            std::cmp::Ordering::Greater => {
                let place = place - zero - 1;
                (bound(place), bound(place + 1).map(|next| next - 1))
            }
            std::cmp::Ordering::Less => {
                let place = zero - place - 1;
                (bound(place + 1).map(|next| 1 - next), bound(place).map(|bound| -bound))
            }
        };
        Bucket { from_minor, to_minor, members: 0 }
    })
}

fn bucket_of(before: u64, after: u64) -> usize {
    let zero = BUCKETS / 2;
    let steps = CHANGE_BOUNDS_MINOR.partition_point(|bound| *bound <= before.abs_diff(after));
    if after < before { zero - steps } else { zero + steps }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::rules::tests::{points, rule, spec};
    use crate::programme::{Gives, LineSpec, Rate, Reward, RewardKind, RuleId, RulesSpec, Selection};
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn calendar() -> Calendar {
        Calendar::of(TimeZone::UTC)
    }

    fn receipt(member: u8, on: Date, price_minor: i64, paid_minor: u64) -> PastReceipt {
        let line =
            LineSpec { product: "p".to_owned(), categories: vec![], quantity_milli: 1000, price_minor };
        PastReceipt {
            member: MemberId([member; 16]),
            birth: None,
            member_since: date(2026, 1, 1),
            at: calendar().first_instant(on).unwrap(),
            basket: Basket::parse(Currency::parse("RUB").unwrap(), &[line]).unwrap(),
            paid_minor,
        }
    }

    fn rules(basis_points: u32) -> RulesSpec {
        let earning = vec![rule(1, Gives::Percent(Rate::ForAll(basis_points)))];
        RulesSpec { earning, tiers: None, ..spec() }
    }

    fn replay(before: RulesSpec, after: RulesSpec, receipts: &[PastReceipt]) -> WhatIfReport {
        let (before, after) = (Rules::parse(before).unwrap(), Rules::parse(after).unwrap());
        let from = calendar().first_instant(date(2027, 1, 1)).unwrap();
        let refused = |receipt, why| panic!("{why:?}: {receipt:?}");
        what_if((&before, &after), receipts.iter().cloned(), (from, &calendar()), refused).unwrap()
    }

    fn changes(report: &WhatIfReport) -> Vec<u64> {
        report.changes.iter().map(|bucket| bucket.members).collect()
    }

    #[test]
    fn other_rules_cost_more_or_less() {
        let day = |day| date(2027, 3, day);
        let receipts = [
            receipt(1, date(2026, 12, 31), 100_000, 0),
            receipt(1, day(1), 100_000, 10_000),
            receipt(1, day(2), 10_000, 0),
            receipt(2, day(1), 1999, 0),
            receipt(3, date(2026, 5, 5), 50_000, 0),
        ];
        let mut after = rules(1000);
        after.spending.as_mut().unwrap().share_basis_points = 500;
        let report = replay(rules(500), after, &receipts);
        assert_eq!((report.receipts, report.members), (3, 2));
        let before = Totals {
            given_points: 45 + 5,
            given_minor: 5000,
            paid_points: 100,
            paid_minor: 10_000,
            payable_minor: 50_000 + 5000 + 900,
            discount_minor: 0,
            money_minor: 90_000 + 10_000 + 1999,
        };
        let after = Totals {
            given_points: 95 + 10 + 1,
            given_minor: 10_600,
            paid_points: 50,
            paid_minor: 5000,
            payable_minor: 5000 + 500,
            discount_minor: 0,
            money_minor: 95_000 + 10_000 + 1999,
        };
        assert_eq!((report.before, report.after), (before, after));
        assert_eq!(report.cost_change_minor(), 5600);
        assert_eq!(changes(&report), [0, 0, 0, 0, 0, 1, 1, 0, 0], "one has 1.00 more, one 55.00");
    }

    #[test]
    fn the_same_rules_change_nothing_and_worse_ones_are_the_mirror() {
        let receipts: Vec<PastReceipt> = (0..40)
            .map(|number: u8| {
                receipt(number / 4, date(2027, 1, 1 + (number % 4) as i8), 1000 * i64::from(number), 0)
            })
            .collect();
        let same = replay(rules(500), rules(500), &receipts);
        assert_eq!((same.before, same.cost_change_minor()), (same.after, 0));
        assert_eq!(changes(&same), [0, 0, 0, 0, 10, 0, 0, 0, 0]);
        let (better, worse) =
            (replay(rules(500), rules(900), &receipts), replay(rules(900), rules(500), &receipts));
        assert_eq!(better.cost_change_minor(), -worse.cost_change_minor());
        let mirrored: Vec<u64> = changes(&worse).into_iter().rev().collect();
        assert_eq!(changes(&better), mirrored);
    }

    #[test]
    fn tiers_are_counted_anew_also_from_before_the_year() {
        // Silver from 1,000.00 in 12 months: 10 % instead of 5 %, and 20 % off.
        let mut tiered = spec();
        let kind = RewardKind::Discount { basis_points: 2000, goods: Selection::all() };
        tiered.rewards = vec![Reward { id: RuleId(9), from_tier: Tier(1), kind }];
        let receipts = [
            receipt(1, date(2026, 6, 1), 99_999, 0),
            receipt(1, date(2027, 1, 10), 10_000, 0),
            receipt(1, date(2027, 1, 10), 10_000, 0),
            receipt(1, date(2029, 1, 10), 10_000, 0),
            receipt(2, date(2027, 1, 10), 10_000, 0),
        ];
        let report = replay(rules(500), tiered, &receipts);
        assert_eq!(report.before.given_points, 20);
        assert_eq!(report.after.given_points, 5 + 8 + 5 + 5);
        assert_eq!((report.after.discount_minor, report.after.money_minor), (2000, 38_000));
        assert_eq!(report.cost_change_minor(), 300 + 2000);
    }

    #[test]
    fn caps_of_day_and_month_are_kept() {
        let mut capped = rules(1000);
        (capped.caps.day, capped.caps.month) = (Some(points(15)), Some(points(25)));
        let receipts = [
            receipt(1, date(2027, 1, 10), 10_000, 0),
            receipt(1, date(2027, 1, 10), 10_000, 0),
            receipt(1, date(2027, 1, 11), 10_000, 0),
            receipt(1, date(2027, 1, 12), 10_000, 0),
            receipt(1, date(2027, 2, 1), 10_000, 0),
            receipt(2, date(2027, 2, 1), 10_000, 0),
        ];
        let report = replay(rules(1000), capped, &receipts);
        assert_eq!((report.before.given_points, report.after.given_points), (60, 15 + 10 + 10 + 10));
    }

    #[test]
    fn t22_what_is_out_of_order_or_of_another_currency_is_refused() {
        let (rules, calendar) = (Rules::parse(rules(500)).unwrap(), calendar());
        let mut replay = WhatIf::begin(&rules, &rules, UtcMicros::MIN, &calendar).unwrap();
        let good = receipt(2, date(2027, 1, 2), 10_000, 0);
        assert_eq!(replay.receipt(&good), Ok(()));
        for late in [receipt(1, date(2027, 1, 3), 1, 0), receipt(2, date(2027, 1, 1), 1, 0)] {
            assert_eq!(replay.receipt(&late), Err(WhatIfRefusal::NotInOrder));
        }
        let line =
            LineSpec { product: "p".to_owned(), categories: vec![], quantity_milli: 1, price_minor: 1 };
        let euro = Basket::parse(Currency::parse("EUR").unwrap(), &[line]).unwrap();
        let other = PastReceipt { basket: euro.clone(), ..good };
        assert_eq!(replay.receipt(&other), Err(WhatIfRefusal::CurrenciesDiffer));
        let report = replay.end();
        assert_eq!((report.receipts, report.members, report.before.given_points), (1, 1, 5));
        let euros = Rules::parse(RulesSpec { currency: euro.currency(), ..spec() }).unwrap();
        let refused = WhatIf::begin(&rules, &euros, UtcMicros::MIN, &calendar).err();
        assert_eq!(refused, Some(WhatIfRefusal::CurrenciesDiffer));
    }

    #[test]
    fn every_change_has_one_bucket() {
        let buckets = empty_buckets();
        for change in
            (-100_100..100_100).step_by(37).chain([-1, 0, 1, 999, -999, 1000, -1000, 100_000, -100_000])
        {
            let (before, after) = (1_000_000_u64, (1_000_000 + change) as u64);
            let is_in = |bucket: &Bucket| {
                bucket.from_minor.is_none_or(|from| from <= change)
                    && bucket.to_minor.is_none_or(|to| change <= to)
            };
            let found: Vec<usize> = (0..BUCKETS).filter(|place| is_in(&buckets[*place])).collect();
            assert_eq!(found, [bucket_of(before, after)], "{change}");
        }
    }
}
