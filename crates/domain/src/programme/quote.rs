//! The offer to a member for a basket: what it earns, what may be paid with points, what is left to pay.
//!
//! It goes from the price of a line to the money for it in one direction: the shop's price, less the programme's discount for the
//! tier, less what points pay; what is left is paid with money, and only that earns ([`super::accrual`]). Shares of the receipt are
//! of what is left after the programme's discounts.
//!
//! The offer names the version of the rules that it was made by. A till that begins a purchase keeps that version until it ends
//! (case T-21): the same rules, facts, basket and instant give the same offer.

use crate::calendar::{Calendar, UtcMicros};
use crate::ledger::Expiry;
use crate::money::{Currency, Money};

use super::accrual::{ByRule, EarnBound, Paid, accrue};
use super::basket::Basket;
use super::expiry::matures;
use super::facts::Facts;
use super::guards::Guard;
use super::returns::{Earned, SoldLine};
use super::rewards::{Discount, discounts};
use super::rules::Rules;
use super::spending::{SpendBound, SpendOffer, Spendable, spend_offer};
use super::spread::{share_out, spread};

/// One line of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOffer {
    /// How much, in thousandths.
    pub quantity_milli: u64,
    /// What the tier takes off.
    pub discount: Option<Discount>,
    /// What points pay, in minor units.
    pub points_minor: i64,
    /// The points that pay it.
    pub spent_points: u64,
    /// What is paid with money, in minor units.
    pub money_minor: i64,
    /// What it earns, by the rules in their order; no rule that gives nothing.
    pub earned: Vec<Earned>,
}

impl LineOffer {
    /// The line as it is sold when the offer is taken.
    pub fn sold(&self) -> SoldLine {
        SoldLine {
            quantity_milli: self.quantity_milli,
            money_minor: self.money_minor,
            discount_minor: self.points_minor,
            spent_points: self.spent_points,
            earned: self.earned.clone(),
        }
    }
}

/// The offer to a member for a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The version of the rules.
    pub version: u32,
    /// The lines, as in the basket.
    pub lines: Vec<LineOffer>,
    /// What all lines earn.
    pub earned_points: u64,
    /// Of these, each rule's, in the order of the rules; no rule that gives nothing.
    pub by_rule: Vec<Earned>,
    /// Why it is not more.
    pub earn_bound: Option<EarnBound>,
    /// From when on they are the member's; nothing when at once.
    pub matures: Option<UtcMicros>,
    /// When they come to nothing.
    pub expiry: Expiry,
    /// What may be paid with points.
    pub spend: SpendOffer,
    /// What is paid with points, as it was asked.
    pub spent_points: u64,
    /// What is left to pay with money.
    pub to_pay: Money,
}

impl Offer {
    /// The same offer, of which nothing is earned because a guard is full. What is paid stays as it is.
    #[must_use]
    pub fn stopped(mut self, guard: Guard) -> Self {
        for line in &mut self.lines {
            line.earned.clear();
        }
        self.by_rule.clear();
        self.earned_points = 0;
        self.earn_bound = Some(EarnBound::Guard(guard));
        self
    }

    /// The guard by which nothing is earned.
    pub const fn guard(&self) -> Option<Guard> {
        match self.earn_bound {
            Some(EarnBound::Guard(guard)) => Some(guard),
            _ => None,
        }
    }
}

/// Why there is no offer. Checks stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteRefusal {
    /// The basket is of another currency than the programme (case T-22).
    CurrenciesDiffer {
        /// That of the programme.
        programme: Currency,
    },
    /// More points are to pay than may.
    TooManyPoints {
        /// How many may.
        max_points: u64,
        /// Why not more.
        bound: SpendBound,
    },
    /// Fewer points are to pay than may at once.
    TooFewPoints {
        /// How many must at least.
        min_points: u64,
    },
    /// The points are no multiple of the step.
    NotInSteps {
        /// The step.
        step_points: u64,
    },
}

/// What a basket earns a member at an instant when so many points pay, which may be zero; and how many may.
///
/// # Errors
/// The first of [`QuoteRefusal`].
pub fn quote(
    rules: &Rules,
    facts: &Facts,
    basket: &Basket,
    paid_points: u64,
    (at, calendar): (UtcMicros, &Calendar),
) -> Result<Offer, QuoteRefusal> {
    let spec = rules.spec();
    if basket.currency() != spec.currency {
        return Err(QuoteRefusal::CurrenciesDiffer { programme: spec.currency });
    }
    let discounts = discounts(&spec.rewards, facts.tier, basket);
    let net = net_minor(basket, &discounts);
    let payable = payable_minor(rules, basket, &net);
    let spend = offer_to_spend(rules, facts, &net, &payable);
    check_paid(paid_points, &spend)?;
    let points_minor = pay(rules, paid_points, &payable);
    let paid = |(net, pays): (&i64, &i64)| Paid {
        net_minor: net.unsigned_abs(),
        money_minor: (net - pays).unsigned_abs(),
    };
    let paid: Vec<Paid> = net.iter().zip(&points_minor).map(paid).collect();
    let weights: Vec<u128> = points_minor.iter().map(|minor| u128::from(minor.unsigned_abs())).collect();
    let spent = share_out(paid_points, &weights);
    let (earned, earn_bound) = accrue(rules, facts, basket, &paid, (at, calendar));
    let line = |place: usize| LineOffer {
        quantity_milli: basket.lines()[place].quantity_milli(),
        discount: discounts[place],
        points_minor: points_minor[place],
        spent_points: spent[place],
        money_minor: paid[place].money_minor.cast_signed(),
        earned: earned_by(&earned, place),
    };
    let by_rule = |rule: &ByRule| Earned { rule: rule.rule, points: rule.points() };
    let matures = matures(at, spec.pending_days, calendar);
    let to_pay = paid.iter().map(|line| line.money_minor).sum::<u64>().cast_signed();
    Ok(Offer {
        version: spec.version,
        lines: (0..net.len()).map(line).collect(),
        earned_points: earned.iter().map(ByRule::points).sum(),
        by_rule: earned.iter().map(by_rule).collect(),
        earn_bound,
        matures,
        expiry: spec.expiry.ends(matures.unwrap_or(at), calendar),
        spend,
        spent_points: paid_points,
        to_pay: amount(to_pay, spec.currency),
    })
}

/// What the lines cost after the programme's discounts.
fn net_minor(basket: &Basket, discounts: &[Option<Discount>]) -> Vec<i64> {
    let less = |discount: &Option<Discount>| discount.map_or(0, |discount| discount.minor);
    basket.lines().iter().zip(discounts).map(|(line, discount)| line.price_minor() - less(discount)).collect()
}

/// Of these, what may be paid with points; zero for lines that may not.
fn payable_minor(rules: &Rules, basket: &Basket, net: &[i64]) -> Vec<i64> {
    let Some(spending) = &rules.spec().spending else { return vec![0; net.len()] };
    let payable = |(line, net): (_, &i64)| if spending.goods.includes(line) { *net } else { 0 };
    basket.lines().iter().zip(net).map(payable).collect()
}

fn offer_to_spend(rules: &Rules, facts: &Facts, net: &[i64], payable: &[i64]) -> SpendOffer {
    let of = Spendable {
        status: facts.status,
        free_points: facts.free_points,
        receipt_minor: net.iter().sum(),
        goods_minor: payable.iter().sum(),
    };
    spend_offer(rules.spec().spending.as_ref(), rules.spec().point_minor, &of)
}

fn check_paid(points: u64, spend: &SpendOffer) -> Result<(), QuoteRefusal> {
    if points == 0 {
        return Ok(());
    }
    let SpendOffer { max_points, bound, step_points, min_points } = *spend;
    if points > max_points {
        return Err(QuoteRefusal::TooManyPoints { max_points, bound });
    }
    if points < min_points {
        return Err(QuoteRefusal::TooFewPoints { min_points });
    }
    if !points.is_multiple_of(step_points) {
        return Err(QuoteRefusal::NotInSteps { step_points });
    }
    Ok(())
}

/// What points pay of each line, in minor units.
fn pay(rules: &Rules, points: u64, payable: &[i64]) -> Vec<i64> {
    let currency = rules.spec().currency;
    let minor = points * u64::from(rules.spec().point_minor);
    let lines: Vec<Money> = payable.iter().map(|minor| amount(*minor, currency)).collect();
    let parts = spread(amount(minor.cast_signed(), currency), &lines);
    parts.expect("no more points pay than the lines cost").into_iter().map(Money::minor).collect()
}

fn amount(minor: i64, currency: Currency) -> Money {
    Money::parse(minor, currency).expect("no part of a basket is beyond it")
}

fn earned_by(earned: &[ByRule], place: usize) -> Vec<Earned> {
    let of_line = |by: &ByRule| Earned { rule: by.rule, points: by.lines[place] };
    earned.iter().map(of_line).filter(|earned| earned.points > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DateSpan;
    use crate::ledger::Status;
    use crate::programme::rules::tests::{points, rule, spec};
    use crate::programme::{
        Caps, Chosen, Conditions, EarningRule, Gives, Goods, GoodsCode, LineSpec, Rate, Reward, RewardKind,
        RuleId, RulesSpec, Selection, Tier,
    };
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn calendar() -> Calendar {
        Calendar::of(TimeZone::get("Europe/Moscow").unwrap())
    }

    fn noon() -> UtcMicros {
        calendar().instant_at(date(2027, 2, 5).at(12, 0, 0, 0)).unwrap()
    }

    fn member(tier: u8, free_points: u64) -> Facts {
        Facts { tier: Tier(tier), free_points, ..Facts::of_newcomer(date(2026, 1, 1)) }
    }

    fn only(category: &str) -> Selection {
        Selection::parse(Chosen::Only(category_of(category)), Goods::default()).unwrap()
    }

    fn category_of(category: &str) -> Goods {
        Goods { products: vec![], categories: vec![GoodsCode::parse(category).unwrap()] }
    }

    /// Category, thousandths, price.
    fn basket_of(lines: &[(&str, u64, i64)]) -> Basket {
        let line = |&(category, quantity_milli, price_minor): &(&str, u64, i64)| LineSpec {
            product: "p".to_owned(),
            categories: vec![category.to_owned()],
            quantity_milli,
            price_minor,
        };
        let lines: Vec<LineSpec> = lines.iter().map(line).collect();
        Basket::parse(Currency::parse("RUB").unwrap(), &lines).unwrap()
    }

    fn offer(
        spec: RulesSpec,
        facts: &Facts,
        basket: &Basket,
        paid_points: u64,
    ) -> Result<Offer, QuoteRefusal> {
        quote(&Rules::parse(spec).unwrap(), facts, basket, paid_points, (noon(), &calendar()))
    }

    fn by_rule(offer: &Offer) -> Vec<(u16, u64)> {
        offer.by_rule.iter().map(|earned| (earned.rule.0, earned.points)).collect()
    }

    fn earned_by_lines(offer: &Offer) -> Vec<u64> {
        offer.lines.iter().map(|line| line.earned.iter().map(|earned| earned.points).sum()).collect()
    }

    #[test]
    fn every_earned_point_names_its_rule() {
        let campaign = Conditions {
            dates: Some(DateSpan::parse(date(2027, 2, 1), date(2027, 3, 1)).unwrap()),
            ..Conditions::default()
        };
        let over = Conditions {
            dates: Some(DateSpan::parse(date(2027, 1, 1), date(2027, 2, 1)).unwrap()),
            ..Conditions::default()
        };
        let goods = only("coffee");
        let earning = vec![
            rule(1, Gives::Percent(Rate::ByTier(vec![500, 1000]))),
            EarningRule { goods: goods.clone(), ..rule(2, Gives::Percent(Rate::ForAll(200))) },
            EarningRule {
                goods: goods.clone(),
                conditions: campaign,
                ..rule(3, Gives::Multiplied { hundredths: 250 })
            },
            rule(4, Gives::Multiplied { hundredths: 150 }),
            EarningRule { conditions: over, ..rule(5, Gives::Multiplied { hundredths: 900 }) },
            EarningRule { goods, ..rule(6, Gives::PerUnit { points: 3 }) },
        ];
        let basket = basket_of(&[("coffee", 2500, 100_000), ("bread", 1000, 9999)]);
        let found = offer(RulesSpec { earning, ..spec() }, &member(1, 0), &basket, 0).unwrap();
        // 10 % of 1,099.99 is 109.999; 2 % of the coffee is 20; the coffee brings 1.5 times 120 more, the bread 0.5 times 9.999;
        // 2.5 units bring 7.5.
        assert_eq!(by_rule(&found), [(1, 109), (2, 20), (3, 180), (4, 4), (6, 7)]);
        assert_eq!(found.earned_points, 109 + 20 + 180 + 4 + 7);
        assert_eq!(earned_by_lines(&found), [99 + 20 + 180 + 7, 10 + 4]);
        assert_eq!((found.version, found.earn_bound, found.to_pay.minor()), (1, None, 109_999));
    }

    #[test]
    fn t13_a_third_of_a_kopeck_is_rounded_once() {
        let rate = |basis_points| vec![rule(1, Gives::Percent(Rate::ForAll(basis_points)))];
        let cases = [
            (3330, 1, &[1, 1, 1], 0, [0, 0, 0]),
            (3334, 1, &[1, 1, 1], 1, [1, 0, 0]),
            (3330, 1, &[1, 1, 2], 1, [0, 0, 1]),
            (500, 100, &[1999, 1999, 1999], 2, [1, 1, 0]),
            (10_000, 1, &[7, 0, 5], 12, [7, 0, 5]),
        ];
        for (basis_points, point_minor, prices, total, lines) in cases {
            let priced: Vec<(&str, u64, i64)> = prices.iter().map(|price| ("x", 1000, *price)).collect();
            let rules = RulesSpec { earning: rate(basis_points), point_minor, ..spec() };
            let found = offer(rules, &member(0, 0), &basket_of(&priced), 0).unwrap();
            assert_eq!((found.earned_points, earned_by_lines(&found)), (total, lines.to_vec()), "{prices:?}");
        }
    }

    #[test]
    fn t16_what_is_paid_with_points_earns_nothing() {
        let all = |mut spec: RulesSpec| {
            spec.spending.as_mut().unwrap().share_basis_points = 10_000;
            spec.earning.push(rule(2, Gives::PerUnit { points: 10 }));
            spec
        };
        let basket = basket_of(&[("a", 4000, 20_000), ("b", 1000, 0)]);
        // Paid with points: by percent, by unit. Of 4 units as many count as the money pays, and the free one never.
        let cases = [
            (0, vec![(1, 10), (2, 40)]),
            (1, vec![(1, 9), (2, 39)]),
            (100, vec![(1, 5), (2, 20)]),
            (190, vec![(2, 2)]),
            (200, vec![]),
        ];
        for (paid, expected) in cases {
            let found = offer(all(spec()), &member(0, 500), &basket, paid).unwrap();
            assert_eq!(by_rule(&found), expected, "{paid}");
            assert_eq!(found.to_pay.minor(), 20_000 - paid.cast_signed() * 100, "{paid}");
        }
    }

    #[test]
    fn caps_cut_the_last_rules_first() {
        let caps = |receipt: Option<u64>, day: Option<u64>, month: Option<u64>| Caps {
            receipt: receipt.map(points),
            day: day.map(points),
            month: month.map(points),
        };
        let basket = basket_of(&[("a", 1000, 100_000)]);
        let (receipt, day, month) = (Some(EarnBound::Receipt), Some(EarnBound::Day), Some(EarnBound::Month));
        // The rules give 50 and 20. Today 100 were earned, this month 500.
        let cases = [
            (caps(None, None, None), vec![(1, 50), (2, 20)], None),
            (caps(Some(70), Some(170), Some(570)), vec![(1, 50), (2, 20)], None),
            (caps(Some(60), None, None), vec![(1, 50), (2, 10)], receipt),
            (caps(Some(40), None, None), vec![(1, 40)], receipt),
            (caps(Some(50), Some(150), None), vec![(1, 50)], receipt),
            (caps(Some(60), Some(140), None), vec![(1, 40)], day),
            (caps(None, Some(140), Some(510)), vec![(1, 10)], month),
            (caps(None, Some(99), None), vec![], day),
            (caps(None, None, Some(500)), vec![], month),
        ];
        for (caps, expected, bound) in cases {
            let mut rules = RulesSpec { caps, ..spec() };
            rules.earning.push(rule(2, Gives::Percent(Rate::ForAll(200))));
            let facts = Facts { earned_today: 100, earned_this_month: 500, ..member(0, 0) };
            let found = offer(rules, &facts, &basket, 0).unwrap();
            assert_eq!((by_rule(&found), found.earn_bound), (expected, bound), "{caps:?}");
        }
    }

    #[test]
    fn a_status_bounds_both_ways() {
        let basket = basket_of(&[("a", 1000, 100_000)]);
        for (status, earned_points, earn_bound, bound, max_points) in [
            (Status::Active, 50, None, SpendBound::Share, 500),
            (Status::Limited, 50, None, SpendBound::EarnsOnly, 0),
            (Status::Blocked, 0, Some(EarnBound::Blocked), SpendBound::Blocked, 0),
        ] {
            let found = offer(spec(), &Facts { status, ..member(0, 900) }, &basket, 0).unwrap();
            assert_eq!((found.earned_points, found.earn_bound), (earned_points, earn_bound), "{status:?}");
            assert_eq!((found.spend.max_points, found.spend.bound), (max_points, bound), "{status:?}");
        }
    }

    #[test]
    fn points_pay_the_goods_that_they_may_after_the_discount_of_the_tier() {
        let mut rules = spec();
        let wine = Selection::parse(Chosen::All, category_of("wine")).unwrap();
        rules.spending.as_mut().unwrap().goods = wine;
        let kind = RewardKind::Discount { basis_points: 1000, goods: Selection::all() };
        rules.earning.push(EarningRule { goods: only("cup"), ..rule(8, Gives::PerUnit { points: 3 }) });
        rules.rewards.push(Reward { id: RuleId(9), from_tier: Tier(1), kind });
        let basket = basket_of(&[("tea", 1000, 10_000), ("wine", 1000, 50_000), ("cup", 2000, 30_001)]);
        let found = offer(rules.clone(), &member(1, 900), &basket, 180).unwrap();
        // 10 % of 900.01 is 90.001. Half of 90.00 and 270.01 may be paid.
        assert_eq!((found.spend.max_points, found.spend.bound), (180, SpendBound::Share));
        let lines: Vec<_> = found
            .lines
            .iter()
            .map(|line| {
                (line.discount.unwrap().minor, line.points_minor, line.spent_points, line.money_minor)
            })
            .collect();
        assert_eq!(
            lines,
            [(1000, 4500, 45, 4500), (5000, 0, 0, 45_000), (3000, 13_500, 135, 13_501)],
            "discount, by points, points, money"
        );
        assert_eq!(found.to_pay.minor(), 63_001);
        // 10 % of the money, and 3 points for each cup: of 2 of them the money pays 135.01 in 270.01.
        assert_eq!(by_rule(&found), [(1, 63), (8, 3)]);
        assert_eq!(found.lines[2].sold().back(0, 2000).unwrap().money_minor, 13_501);
        let on_money = offer(rules.clone(), &member(1, 900), &basket, 0).unwrap();
        assert_eq!(by_rule(&on_money), [(1, 81), (8, 6)], "a discount takes no unit away");
        let without = offer(rules, &member(0, 900), &basket, 0).unwrap();
        assert!(without.lines.iter().all(|line| line.discount.is_none()), "the lower tier has none");
    }

    #[test]
    fn points_that_cannot_pay_are_refused() {
        let mut rules = spec();
        let spending = rules.spending.as_mut().unwrap();
        (spending.step_points, spending.min_points) = (10, 20);
        let basket = basket_of(&[("a", 1000, 10_000)]);
        let (max_points, bound) = (50, SpendBound::Share);
        for (paid, expected) in [
            (0, Ok(())),
            (20, Ok(())),
            (50, Ok(())),
            (51, Err(QuoteRefusal::TooManyPoints { max_points, bound })),
            (u64::MAX, Err(QuoteRefusal::TooManyPoints { max_points, bound })),
            (19, Err(QuoteRefusal::TooFewPoints { min_points: 20 })),
            (25, Err(QuoteRefusal::NotInSteps { step_points: 10 })),
        ] {
            let found = offer(rules.clone(), &member(0, 900), &basket, paid);
            assert_eq!(found.map(|_| ()), expected, "{paid}");
        }
        rules.spending = None;
        let refused = QuoteRefusal::TooManyPoints { max_points: 0, bound: SpendBound::NotOffered };
        assert_eq!(offer(rules, &member(0, 900), &basket, 1), Err(refused));
    }

    #[test]
    fn t22_a_basket_of_another_currency_is_refused() {
        let euro = Currency::parse("EUR").unwrap();
        let rules = RulesSpec { currency: euro, ..spec() };
        let refused = Err(QuoteRefusal::CurrenciesDiffer { programme: euro });
        assert_eq!(offer(rules, &member(0, 0), &basket_of(&[("a", 1, 1)]), 0), refused);
    }

    #[test]
    fn t21_a_purchase_keeps_the_version_that_it_was_begun_under() {
        let (basket, facts) = (basket_of(&[("a", 1000, 100_000)]), member(0, 900));
        let begun = Rules::parse(spec()).unwrap();
        let mut changed = RulesSpec { version: 2, ..spec() };
        changed.earning = vec![rule(1, Gives::Percent(Rate::ForAll(100)))];
        changed.spending = None;
        let changed = Rules::parse(changed).unwrap();
        let ask = |rules, paid| quote(rules, &facts, &basket, paid, (noon(), &calendar()));
        let first = ask(&begun, 500).unwrap();
        assert_eq!((first.version, first.earned_points), (1, 25));
        let now = ask(&changed, 0).unwrap();
        assert_eq!((now.version, now.earned_points), (2, 10));
        assert_eq!(ask(&begun, 500), Ok(first), "the rules that it has kept answer as before");
    }

    #[test]
    fn points_wait_for_the_end_of_returns_and_last_from_then_on() {
        let found = offer(spec(), &member(0, 0), &basket_of(&[("a", 1000, 10_000)]), 0).unwrap();
        // 14 days after 5 February, then 12 months.
        let begins = |on| calendar().first_instant(on).unwrap();
        assert_eq!(found.matures, Some(begins(date(2027, 2, 20))));
        assert_eq!(found.expiry, Expiry::At(begins(date(2028, 2, 21))));
        let at_once = RulesSpec { pending_days: 0, ..spec() };
        let found = offer(at_once, &member(0, 0), &basket_of(&[("a", 1000, 10_000)]), 0).unwrap();
        assert_eq!((found.matures, found.expiry), (None, Expiry::At(begins(date(2028, 2, 6)))));
    }
}
