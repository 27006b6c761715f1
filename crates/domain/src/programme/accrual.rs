//! What a purchase earns.
//!
//! **On money only.** A rule sees what is paid with money for a line, after discounts and points; a line that is paid with points
//! altogether, or that costs nothing, earns nothing (case T-16). Of a bonus for each unit, as many thousandths count as the money
//! pays of the discounted price, rounded down.
//!
//! **Rounding.** The sum of a rule over the lines of a receipt is an exact fraction, rounded down once to whole points. These are
//! handed to the lines in proportion to what each brought, as [`super::spread()`] does, so that the lines add up to the rule and the
//! rules to the receipt. What a cap leaves of a rule is handed out in the same way.

use crate::calendar::{Calendar, UtcMicros};
use crate::ledger::{POINTS_MAX, Points, Status};

use super::basket::{Basket, Line};
use super::earning::{Caps, EarningRule, Gives, ONCE_HUNDREDTHS, RuleId};
use super::facts::Facts;
use super::guards::Guard;
use super::rules::Rules;
use super::spread::share_out;
use super::tier::Tier;

const BASIS_POINTS: u128 = 10_000;
const THOUSANDTHS: u128 = 1_000;

/// Why a purchase earns less than its rules give, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarnBound {
    /// The member is blocked.
    Blocked,
    /// The cap for a receipt.
    Receipt,
    /// The cap for a day.
    Day,
    /// The cap for a month.
    Month,
    /// He has earned too often of late.
    Guard(Guard),
}

/// What the lines earn by one rule.
pub(super) struct ByRule {
    pub(super) rule: RuleId,
    pub(super) lines: Vec<u64>,
}

impl ByRule {
    pub(super) fn points(&self) -> u64 {
        self.lines.iter().sum()
    }
}

/// What the lines bring a rule: fractions with one denominator.
struct Sum {
    numerators: Vec<u128>,
    denominator: u128,
}

impl Sum {
    /// Whole points.
    fn floor(&self) -> u64 {
        let whole = self.numerators.iter().sum::<u128>() / self.denominator;
        u64::try_from(whole).unwrap_or(POINTS_MAX).min(POINTS_MAX)
    }
}

/// How a line is paid, in minor units.
#[derive(Clone, Copy)]
pub(super) struct Paid {
    /// What it costs after the programme's discounts.
    pub(super) net_minor: u64,
    /// What of that is paid with money.
    pub(super) money_minor: u64,
}

/// A line with what the rules see of it.
struct Seen<'a> {
    line: &'a Line,
    paid: Paid,
    /// The basis points of all percent rules that fit.
    percent: u32,
    /// The largest multiplier that fits: its place among the rules, and the hundredths that it gives more.
    multiplier: Option<(usize, u32)>,
}

/// What the lines earn, which are paid so; by the rules in their order, those that give nothing left
/// out.
pub(super) fn accrue(
    rules: &Rules,
    facts: &Facts,
    basket: &Basket,
    paid: &[Paid],
    (at, calendar): (UtcMicros, &Calendar),
) -> (Vec<ByRule>, Option<EarnBound>) {
    if facts.status == Status::Blocked {
        return (Vec::new(), Some(EarnBound::Blocked));
    }
    let spec = rules.spec();
    let hold = |rule: &&EarningRule| rule.conditions.hold(rule.id, facts, at, calendar);
    let holding: Vec<&EarningRule> = spec.earning.iter().filter(hold).collect();
    let see = |(line, &paid)| Seen::of(line, paid, &holding, facts.tier);
    let lines: Vec<Seen<'_>> = basket.lines().iter().zip(paid).map(see).collect();
    let (mut left, bound) = room(&spec.caps, facts);
    let (mut found, mut is_cut) = (Vec::new(), false);
    for (place, rule) in holding.iter().enumerate() {
        let brings = |line: &Seen<'_>| line.brings(place, rule, facts.tier);
        let numerators = lines.iter().map(brings).collect();
        let sum = Sum { numerators, denominator: denominator(&rule.gives, spec.point_minor) };
        let points = sum.floor().min(left);
        is_cut |= points < sum.floor();
        left -= points;
        if points > 0 {
            found.push(ByRule { rule: rule.id, lines: share_out(points, &sum.numerators) });
        }
    }
    (found, bound.filter(|_| is_cut))
}

impl<'a> Seen<'a> {
    fn of(line: &'a Line, paid: Paid, holding: &[&EarningRule], tier: Tier) -> Self {
        let (mut percent, mut multiplier) = (0, None);
        for (place, rule) in holding.iter().enumerate().filter(|(_, rule)| rule.goods.includes(line)) {
            match &rule.gives {
                Gives::Percent(rate) => percent += rate.basis_points(tier),
                Gives::Multiplied { hundredths } => {
                    let more = hundredths - ONCE_HUNDREDTHS;
                    if multiplier.is_none_or(|(_, most)| more > most) {
                        multiplier = Some((place, more));
                    }
                }
                Gives::PerUnit { .. } => {}
            }
        }
        Self { line, paid, percent, multiplier }
    }

    /// What the line brings a rule, over the rule's denominator.
    fn brings(&self, place: usize, rule: &EarningRule, tier: Tier) -> u128 {
        match &rule.gives {
            Gives::Multiplied { .. } => {
                let more = self.multiplier.filter(|(by, _)| *by == place).map_or(0, |(_, more)| more);
                u128::from(self.paid.money_minor) * u128::from(self.percent) * u128::from(more)
            }
            _ if !rule.goods.includes(self.line) => 0,
            Gives::Percent(rate) => u128::from(self.paid.money_minor) * u128::from(rate.basis_points(tier)),
            Gives::PerUnit { points } => u128::from(*points) * self.paid_milli(),
        }
    }

    /// How many thousandths are paid with money.
    fn paid_milli(&self) -> u128 {
        let milli = u128::from(self.line.quantity_milli()) * u128::from(self.paid.money_minor);
        milli.checked_div(u128::from(self.paid.net_minor)).unwrap_or_default()
    }
}

fn denominator(gives: &Gives, point_minor: u32) -> u128 {
    let percent = BASIS_POINTS * u128::from(point_minor);
    match gives {
        Gives::Percent(_) => percent,
        Gives::Multiplied { .. } => percent * u128::from(ONCE_HUNDREDTHS),
        Gives::PerUnit { .. } => THOUSANDTHS,
    }
}

/// How many points a purchase may earn, and which cap says so: the narrowest, of equals the one for the shorter time.
fn room(caps: &Caps, facts: &Facts) -> (u64, Option<EarnBound>) {
    let left = |cap: Points, earned: u64| cap.get().saturating_sub(earned);
    let bounds = [
        (caps.receipt.map(|cap| left(cap, 0)), EarnBound::Receipt),
        (caps.day.map(|cap| left(cap, facts.earned_today)), EarnBound::Day),
        (caps.month.map(|cap| left(cap, facts.earned_this_month)), EarnBound::Month),
    ];
    let narrowest =
        bounds.into_iter().filter_map(|(left, bound)| Some((left?, bound))).min_by_key(|(left, _)| *left);
    narrowest.map_or((POINTS_MAX, None), |(left, bound)| (left, Some(bound)))
}
