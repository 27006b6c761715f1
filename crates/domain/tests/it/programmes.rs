//! Programmes, baskets and members at random: whatever the rules, the sums are exact, and nothing is given or taken twice.

use jiff::SignedDuration;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

use bonafide_domain::calendar::{Calendar, DateSpan, UtcMicros};
use bonafide_domain::id::MemberId;
use bonafide_domain::ledger::{Expiry, POINTS_MAX, Points, Status};
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::profile::BirthDate;
use bonafide_domain::programme::*;
use bonafide_domain::schedule::{Schedule, WindowSpec};

use crate::dice::Dice;
use crate::slow_calendar::SlowCalendar;
use crate::slow_programme::{discount_basis_points, earned, is_fair, tiers_by_day};

const PROGRAMMES: u64 = 3_000;
const BASKETS: u64 = 4;
const PRODUCTS: [&str; 6] = ["tea", "coffee", "cup", "wine", "beer", "bread"];
const CATEGORIES: [&str; 4] = ["drinks", "alcohol", "food", "things"];

fn roubles() -> Currency {
    Currency::parse("RUB").unwrap()
}

fn moscow() -> Calendar {
    Calendar::of(TimeZone::get("Europe/Moscow").unwrap())
}

fn days_later(date: Date, days: i64) -> Date {
    date.checked_add(SignedDuration::from_hours(24 * days)).unwrap()
}

/// At most so many of these, each once.
fn some(dice: &mut Dice, codes: &[&str], below: u64) -> Vec<GoodsCode> {
    let mut found: Vec<GoodsCode> =
        (0..dice.roll(below)).map(|_| GoodsCode::parse(dice.one_of(codes)).unwrap()).collect();
    found.sort();
    found.dedup();
    found
}

fn selection(dice: &mut Dice) -> Selection {
    let mut goods =
        |below| Goods { products: some(dice, &PRODUCTS, below), categories: some(dice, &CATEGORIES, below) };
    let (only, without) = (goods(3), goods(2));
    let chosen = if dice.once_in(2) { Chosen::All } else { Chosen::Only(only) };
    Selection::parse(chosen, without).unwrap_or(Selection::all())
}

fn conditions(dice: &mut Dice, tier_count: u64) -> Conditions {
    let evening = WindowSpec { weekdays: vec![Weekday::Friday], from_minute: 17 * 60, until_minute: 60 };
    let newcomer_days = dice.between(1, 40) as u16;
    let around = Around { days_before: dice.roll(9) as u16, days_after: dice.roll(9) as u16 };
    let from = days_later(date(2027, 2, 1), dice.between(-10, 10));
    let span = DateSpan::parse(from, days_later(from, dice.between(1, 20))).unwrap();
    Conditions {
        hours: dice.once_in(6).then(|| Schedule::parse(&[evening]).unwrap()),
        dates: dice.once_in(4).then_some(span),
        birthday: dice.once_in(6).then_some(around),
        newcomer_days: dice.once_in(6).then_some(newcomer_days),
        from_tier: dice.once_in(4).then_some(Tier(dice.roll(tier_count) as u8)),
        offered_only: dice.once_in(6),
    }
}

fn gives(dice: &mut Dice, tier_count: u64) -> Gives {
    let mut basis_points = || dice.one_of(&[0, 1, 50, 333, 500, 3330, 10_000]);
    let by_tier: Vec<u32> = (0..tier_count).map(|_| basis_points()).collect();
    match dice.roll(5) {
        0 => Gives::Percent(Rate::ForAll(dice.between(1, 10_000) as u32)),
        1..=2 => Gives::Percent(Rate::ByTier(by_tier)),
        3 => Gives::Multiplied { hundredths: dice.one_of(&[101, 150, 200, 333, 10_000]) },
        _ => Gives::PerUnit { points: dice.one_of(&[1, 3, 10, 1_000_000]) },
    }
}

fn tiers(dice: &mut Dice) -> TiersSpec {
    let (minor, count) = (dice.between(1, 300_000 / 100) * 100, dice.between(1, 20) as u32);
    let second =
        dice.one_of(&[Entry::Spend { minor }, Entry::Visits { count }, Entry::Either { minor, count }]);
    let third = dice.one_of(&[
        Entry::Spend { minor: minor * 3 },
        Entry::Visits { count: count * 2 },
        Entry::Either { minor: minor + 1, count: count + 1 },
    ]);
    let entries = [Entry::Everyone, second, third];
    TiersSpec {
        tiers: (0..).zip(entries).map(|(name, entry)| TierSpec { name, entry }).collect(),
        window_months: dice.one_of(&[1, 2, 3, 12]),
        grace_days: dice.one_of(&[0, 1, 5, 30, 90]),
        downgrade: dice.one_of(&[Downgrade::OneStep, Downgrade::ToReached]),
    }
}

fn spending(dice: &mut Dice) -> Spending {
    let step_points = dice.one_of(&[1, 1, 10, 7]);
    Spending {
        goods: selection(dice),
        share_basis_points: dice.one_of(&[1, 3330, 5000, 9999, 10_000]),
        step_points,
        min_points: step_points * dice.one_of(&[1, 1, 5]),
        min_receipt_minor: dice.one_of(&[0, 0, 10_000, 1]),
    }
}

fn rules(dice: &mut Dice) -> Result<Rules, RulesRefusal> {
    let has_tiers = !dice.once_in(4);
    rules_with(dice, has_tiers)
}

fn rules_with(dice: &mut Dice, has_tiers: bool) -> Result<Rules, RulesRefusal> {
    let tier_count = if has_tiers { 3 } else { 1 };
    let earning = (0..dice.roll(7)).map(|id| EarningRule {
        id: RuleId(id as u16),
        goods: selection(dice),
        conditions: conditions(dice, tier_count),
        gives: gives(dice, tier_count),
    });
    let earning = earning.collect();
    let rewards = (0..dice.roll(3)).map(|id| {
        let kind = RewardKind::Discount {
            basis_points: dice.one_of(&[1, 500, 3330, 10_000]),
            goods: selection(dice),
        };
        Reward { id: RuleId(100 + id as u16), from_tier: Tier(dice.roll(tier_count) as u8), kind }
    });
    let rewards = rewards.collect();
    let mut cap = |most: i64| dice.once_in(4).then(|| Points::parse(dice.between(1, most) as u64).unwrap());
    let caps = Caps { receipt: cap(50), day: cap(200), month: cap(1000) };
    let spending = (!dice.once_in(5)).then(|| spending(dice));
    Rules::parse(RulesSpec {
        version: 1,
        currency: roubles(),
        point_minor: dice.one_of(&[1, 1, 7, 100, 100, 1_000_000]),
        tiers: has_tiers.then(|| Tiers::parse(tiers(dice)).unwrap()),
        earning,
        caps,
        pending_days: dice.one_of(&[0, 14]),
        gifts: vec![],
        spending,
        expiry: dice.one_of(&[
            ExpiryRule::Never,
            ExpiryRule::Days(30),
            ExpiryRule::Months(12),
            ExpiryRule::EndOf { period: Period::Quarter, further: 1 },
            ExpiryRule::Inactivity { months: 6 },
        ]),
        warning_days: vec![],
        rewards,
    })
}

fn basket(dice: &mut Dice) -> Basket {
    let count = 1 + dice.roll(8);
    let line = |_| LineSpec {
        product: dice.one_of(&PRODUCTS).to_owned(),
        categories: (0..dice.roll(3)).map(|_| dice.one_of(&CATEGORIES).to_owned()).collect(),
        quantity_milli: dice.one_of(&[1, 333, 1000, 3000, QUANTITY_MILLI_MAX]),
        price_minor: match dice.roll(8) {
            0 => dice.one_of(&[0, 1, LINE_MINOR_MAX]),
            1..=2 => dice.between(0, 3),
            _ => dice.between(0, 50_000),
        },
    };
    let lines: Vec<LineSpec> = (0..count).map(line).collect();
    Basket::parse(roubles(), &lines).unwrap()
}

fn facts(dice: &mut Dice, today: Date) -> Facts {
    let born = days_later(date(1990, 2, 1), dice.between(-12, 40));
    Facts {
        status: dice.one_of(&[
            Status::Active,
            Status::Active,
            Status::Active,
            Status::Limited,
            Status::Blocked,
        ]),
        tier: Tier(dice.roll(4) as u8),
        birth: (!dice.once_in(3)).then(|| BirthDate::parse(born, today).unwrap()),
        member_since: days_later(today, -dice.between(0, 60)),
        offered: (0..dice.roll(3)).map(|id| RuleId(id as u16)).collect(),
        earned_today: dice.one_of(&[0, 0, 20, POINTS_MAX]),
        earned_this_month: dice.one_of(&[0, 0, 300, POINTS_MAX]),
        free_points: dice.one_of(&[0, 1, 50, 999, POINTS_MAX]),
    }
}

fn instant(dice: &mut Dice) -> UtcMicros {
    let begin = moscow().first_instant(date(2027, 1, 25)).unwrap();
    begin.plus(dice.between(0, 14 * 24 * 60) * 60_000_000).unwrap()
}

/// Everything that is always true of an offer.
fn check_sums(rules: &Rules, facts: &Facts, basket: &Basket, offer: &Offer, at: UtcMicros) {
    let spec = rules.spec();
    for (line, sold) in basket.lines().iter().zip(&offer.lines) {
        let discount = sold.discount.map_or(0, |discount| discount.minor);
        assert!(discount >= 0 && sold.points_minor >= 0 && sold.money_minor >= 0, "nothing is negative");
        assert_eq!(
            discount + sold.points_minor + sold.money_minor,
            line.price_minor(),
            "the price is paid once"
        );
        assert!(sold.earned.iter().all(|earned| earned.points > 0));
        assert!(
            sold.money_minor > 0 || sold.earned.is_empty(),
            "t16: what is not paid with money earns nothing"
        );
        let exact =
            i128::from(line.price_minor()) * i128::from(discount_basis_points(spec, facts.tier, line));
        let off = i128::from(discount) * 10_000 - exact;
        assert!(-20_000 < off && off < 10_000, "rounded down once for all lines, and once more for this one");
        let may_pay = spec.spending.as_ref().is_some_and(|spending| spending.goods.includes(line));
        assert!(may_pay || (sold.points_minor, sold.spent_points) == (0, 0));
    }
    let sum = |of: fn(&LineOffer) -> i64| offer.lines.iter().map(of).sum::<i64>();
    assert_eq!(sum(|line| line.money_minor), offer.to_pay.minor());
    assert_eq!(sum(|line| line.points_minor) as u64, offer.spent_points * u64::from(spec.point_minor));
    assert_eq!(sum(|line| line.spent_points as i64) as u64, offer.spent_points);
    let by_rule: Vec<(u16, u64)> =
        offer.by_rule.iter().map(|earned| (earned.rule.0, earned.points)).collect();
    assert_eq!(by_rule.iter().map(|(_, points)| points).sum::<u64>(), offer.earned_points);
    for &(rule, points) in &by_rule {
        let of_lines =
            offer.lines.iter().flat_map(|line| &line.earned).filter(|earned| earned.rule.0 == rule);
        assert_eq!(
            of_lines.map(|earned| earned.points).sum::<u64>(),
            points,
            "the lines add up to rule {rule}"
        );
    }
    let calendar = moscow();
    let expected = match facts.status {
        Status::Blocked => vec![],
        _ => earned(spec, facts, basket, offer, (at, &calendar)),
    };
    assert_eq!(by_rule, expected, "what each rule gives");
    check_fairness(rules, basket, offer);
}

/// What points pay is handed out by the largest remainder, and so are the points that pay.
fn check_fairness(rules: &Rules, basket: &Basket, offer: &Offer) {
    let may_pay = |line: &Line| rules.spec().spending.as_ref().is_some_and(|one| one.goods.includes(line));
    let net = |(line, sold): (&Line, &LineOffer)| match may_pay(line) {
        true => u128::from((line.price_minor() - sold.discount.map_or(0, |one| one.minor)) as u64),
        false => 0,
    };
    let net: Vec<u128> = basket.lines().iter().zip(&offer.lines).map(net).collect();
    let paid: Vec<u64> = offer.lines.iter().map(|line| line.points_minor as u64).collect();
    assert!(is_fair(paid.iter().sum(), &net, &paid), "{net:?} {paid:?}");
    let weights: Vec<u128> = paid.iter().copied().map(u128::from).collect();
    let spent: Vec<u64> = offer.lines.iter().map(|line| line.spent_points).collect();
    assert!(is_fair(offer.spent_points, &weights, &spent), "{weights:?} {spent:?}");
}

#[test]
fn t13_t16_t21_offers_of_random_programmes_add_up() {
    let calendar = moscow();
    let (mut offers, mut spent, mut capped, mut refused) = (0, 0, 0, 0);
    for seed in 0..PROGRAMMES {
        let mut dice = Dice(seed);
        let Ok(rules) = rules(&mut dice) else {
            refused += 1;
            continue;
        };
        for _ in 0..BASKETS {
            let at = instant(&mut dice);
            let (facts, basket) = (facts(&mut dice, calendar.date_of(at)), basket(&mut dice));
            let ask = |points| quote(&rules, &facts, &basket, points, (at, &calendar));
            let first = ask(0).unwrap();
            check_sums(&rules, &facts, &basket, &first, at);
            let SpendOffer { max_points, bound, step_points, .. } = first.spend;
            assert!(max_points <= facts.free_points && max_points.is_multiple_of(step_points));
            let too_many = QuoteRefusal::TooManyPoints { max_points, bound };
            assert_eq!(ask(max_points + 1), Err(too_many), "seed {seed}");
            let points = first.spend.at_most(dice.roll(max_points + 1));
            for points in [points, max_points] {
                let offer = ask(points).unwrap();
                check_sums(&rules, &facts, &basket, &offer, at);
                assert_eq!(ask(points), Ok(offer.clone()), "t21: the same question has the same answer");
                assert_eq!(offer.spend, first.spend, "what may be spent does not depend on what is");
                spent += u64::from(points > 0);
            }
            offers += 1;
            capped += u64::from(first.earn_bound.is_some_and(|bound| bound != EarnBound::Blocked));
        }
    }
    let enough = [offers, spent, capped, refused].iter().all(|count| *count > 200);
    assert!(
        enough,
        "the dice show little: {offers} offers, {spent} spent, {capped} capped, {refused} refused"
    );
}

/// Rules for all goods, without discounts, where more money can only bring more.
#[test]
fn more_money_earns_no_less_and_more_points_paid_earn_no_more() {
    let calendar = moscow();
    for seed in 0..PROGRAMMES {
        let mut dice = Dice(seed);
        let Ok(rules) = rules(&mut dice) else { continue };
        let mut spec = rules.spec().clone();
        spec.rewards.clear();
        let at = instant(&mut dice);
        let facts = Facts { status: Status::Active, ..facts(&mut dice, calendar.date_of(at)) };
        let one = basket(&mut dice);
        let dearer = |line: &Line, more: i64| LineSpec {
            product: line.product().as_str().to_owned(),
            categories: line.categories().iter().map(|code| code.as_str().to_owned()).collect(),
            quantity_milli: line.quantity_milli(),
            price_minor: (line.price_minor() + more).min(LINE_MINOR_MAX),
        };
        let more: Vec<LineSpec> = one.lines().iter().map(|line| dearer(line, dice.between(0, 99))).collect();
        let more = Basket::parse(roubles(), &more).unwrap();
        let with = Rules::parse(spec.clone()).unwrap();
        let ask = |rules, facts: &Facts, basket, points| {
            quote(rules, facts, basket, points, (at, &calendar)).unwrap()
        };
        let (less, much) = (ask(&with, &facts, &one, 0), ask(&with, &facts, &more, 0));
        assert!(less.earned_points <= much.earned_points, "seed {seed}: a dearer basket");
        let richer = Facts { free_points: facts.free_points.max(dice.roll(5000)), ..facts.clone() };
        let rich = ask(&with, &richer, &one, 0).spend.max_points;
        assert!(less.spend.max_points <= rich, "seed {seed}: more points");
        for rule in &mut spec.earning {
            rule.goods = Selection::all();
        }
        // The thousandths of a bonus follow the line, and lines are rounded both ways.
        spec.earning.retain(|rule| !matches!(rule.gives, Gives::PerUnit { .. }));
        let Ok(alike) = Rules::parse(spec) else { continue };
        let mut last = u64::MAX;
        for part in 0..=4 {
            let points = less.spend.at_most(less.spend.max_points / 4 * part);
            let earned = ask(&alike, &facts, &one, points).earned_points;
            assert!(earned <= last, "seed {seed}: {points} points paid");
            last = earned;
        }
    }
}

#[test]
fn t10_t11_random_part_returns_add_up_to_the_line() {
    for seed in 0..20_000 {
        let mut dice = Dice(seed);
        let quantity_milli = dice.one_of(&[1, 2, 1000, 3000, 7919, QUANTITY_MILLI_MAX]);
        let mut points = || dice.one_of(&[0, 1, 2, 99, 12_345, POINTS_MAX]);
        let earned = (0..3).map(|rule| Earned { rule: RuleId(rule), points: points() }).collect();
        let line = SoldLine {
            quantity_milli,
            spent_points: points(),
            earned,
            money_minor: dice.one_of(&[0, 1, 33, 9999, LINE_MINOR_MAX]),
            discount_minor: dice.one_of(&[0, 1, 66, 1001, LINE_MINOR_MAX]),
        };
        let mut sum =
            Back { money_minor: 0, discount_minor: 0, spent_points: 0, earned: line.earned.clone() };
        sum.earned.iter_mut().for_each(|earned| earned.points = 0);
        let mut before = 0;
        while before < quantity_milli {
            let left_milli = quantity_milli - before;
            assert_eq!(line.back(before, left_milli + 1), Err(ReturnRefusal::MoreThanLeft { left_milli }));
            let now = if dice.once_in(9) { left_milli } else { 1 + dice.roll(left_milli) };
            let back = line.back(before, now).unwrap();
            assert!(back.money_minor >= 0 && back.discount_minor >= 0);
            sum.money_minor += back.money_minor;
            sum.discount_minor += back.discount_minor;
            sum.spent_points += back.spent_points;
            for (sum, earned) in sum.earned.iter_mut().zip(&back.earned) {
                sum.points += earned.points;
            }
            before += now;
            // Never ahead of the goods: a part that is kept keeps its share, rounded up.
            let due = u128::from(line.spent_points) * u128::from(before) / u128::from(quantity_milli);
            assert_eq!(u128::from(sum.spent_points), due, "seed {seed}");
        }
        let whole = line.back(0, quantity_milli).unwrap();
        assert_eq!(sum, whole, "seed {seed}");
        assert_eq!(
            (sum.money_minor, sum.discount_minor),
            (line.money_minor, line.discount_minor),
            "seed {seed}"
        );
        assert_eq!((sum.spent_points, sum.earned), (line.spent_points, line.earned), "seed {seed}");
    }
}

#[test]
fn t13_a_discount_is_spread_as_money_is_split() {
    for seed in 0..20_000 {
        let mut dice = Dice(seed);
        let count = 1 + dice.roll(9);
        let lines: Vec<i64> =
            (0..count).map(|_| dice.one_of(&[0, 1, 1, 3, 10, 3333, LINE_MINOR_MAX])).collect();
        let discount = dice.between(0, lines.iter().sum());
        let money = |minor| Money::parse(minor, roubles()).unwrap();
        let found = spread(money(discount), &lines.iter().copied().map(money).collect::<Vec<_>>()).unwrap();
        let minor: Vec<i64> = found.iter().map(|part| part.minor()).collect();
        assert_eq!(minor.iter().sum::<i64>(), discount, "seed {seed}");
        assert!(minor.iter().zip(&lines).all(|(part, line)| 0 <= *part && part <= line), "seed {seed}");
        let weights: Vec<u64> = lines.iter().map(|line| *line as u64).collect();
        let split = money(discount).split(&weights);
        assert!(split.is_err() || split == Ok(found), "seed {seed}");
    }
}

#[test]
fn the_largest_basket_under_the_most_rules_is_a_number() {
    let percent = |id| EarningRule {
        id: RuleId(id),
        goods: Selection::all(),
        conditions: Conditions::default(),
        gives: Gives::Percent(Rate::ForAll(RATE_BASIS_POINTS_MAX)),
    };
    let mut earning: Vec<EarningRule> = (0..RULES_MAX as u16 - 1).map(percent).collect();
    earning.push(EarningRule {
        gives: Gives::Multiplied { hundredths: MULTIPLIER_HUNDREDTHS_MAX },
        ..percent(999)
    });
    earning.reverse();
    let line = LineSpec {
        product: "p".to_owned(),
        categories: vec![],
        quantity_milli: QUANTITY_MILLI_MAX,
        price_minor: LINE_MINOR_MAX,
    };
    let basket = Basket::parse(roubles(), &vec![line; LINES_MAX]).unwrap();
    let Ok(rules) = Rules::parse(RulesSpec {
        version: 1,
        currency: roubles(),
        point_minor: 1,
        tiers: None,
        earning,
        caps: Caps::default(),
        pending_days: 0,
        gifts: vec![],
        spending: None,
        expiry: ExpiryRule::Never,
        warning_days: vec![],
        rewards: vec![],
    }) else {
        panic!("the rules fit together");
    };
    let facts = Facts::of_newcomer(date(2027, 1, 1));
    let offer = quote(&rules, &facts, &basket, 0, (UtcMicros::MAX, &moscow())).unwrap();
    assert_eq!((offer.earned_points, offer.by_rule.len()), (POINTS_MAX, 1));
    let each = POINTS_MAX / LINES_MAX as u64;
    assert!(offer.lines.iter().all(|line| line.earned[0].points == each));
}

#[test]
fn t17_t18_points_end_when_a_watcher_of_the_wall_sees_the_date() {
    let zones = [
        ("Africa/Cairo", date(2027, 1, 1)),
        ("Asia/Beirut", date(2027, 1, 1)),
        ("America/Santiago", date(2027, 1, 1)),
        ("America/Havana", date(2027, 1, 1)),
        ("Atlantic/Azores", date(2027, 1, 1)),
        ("America/St_Johns", date(2010, 6, 1)),
        ("Pacific/Apia", date(2011, 7, 1)),
        ("Europe/Moscow", date(2027, 1, 1)),
    ];
    for (zone, first) in zones {
        let zone = TimeZone::get(zone).unwrap();
        let (calendar, slow) = (Calendar::of(zone.clone()), SlowCalendar::watched(&zone, first, 400));
        for earned in (0..200).step_by(3) {
            let begins = slow.begins(earned);
            let within = (slow.begins(earned + 1).get() - begins.get()).max(1);
            for at in [begins, begins.plus(within / 2).unwrap(), begins.plus(within - 1).unwrap()] {
                // A date that was left out begins with the next one and is never today.
                let today = slow.index_of(at);
                for days in [1, 29, 90] {
                    let expected = slow.begins(today + usize::from(days) + 1);
                    let found = ExpiryRule::Days(days).ends(at, &calendar);
                    assert_eq!(
                        found,
                        Expiry::At(expected),
                        "{zone:?}: {days} days from {}",
                        slow.date(today)
                    );
                    assert!(
                        expected.get() - at.get() >= i64::from(days) * 22 * 3_600_000_000,
                        "never a day early"
                    );
                }
                let quarter = ExpiryRule::EndOf { period: Period::Quarter, further: 0 };
                let Expiry::At(ends) = quarter.ends(at, &calendar) else { panic!("it ends") };
                let first_without = slow.date(slow.index_of(ends));
                let place = slow.day(first_without);
                assert_eq!(slow.begins(place), ends, "{zone:?}");
                assert!(
                    first_without.day() == 1 && first_without.month() % 3 == 1,
                    "{zone:?} {first_without}"
                );
                assert!(place > today && place - today <= 92, "{zone:?} {first_without}");
                let idle = ExpiryRule::Inactivity { months: 1 };
                let idle_until = idle.idle_until(at, &calendar).unwrap();
                let place = slow.index_of(idle_until);
                assert_eq!(slow.begins(place), idle_until, "{zone:?}");
                assert!((29..=33).contains(&(place - today)), "{zone:?} {}", place - today);
            }
        }
    }
}

#[test]
fn tiers_agree_with_a_pencil_for_years() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let spec = tiers(&mut dice);
        let tiers = Tiers::parse(spec.clone()).unwrap();
        let begin = date(2027, 1, 1);
        let mut bought: Vec<i64> = (0..dice.roll(60)).map(|_| dice.between(1, 700)).collect();
        bought.sort_unstable();
        let day = |after| DaySum {
            on: days_later(begin, after),
            spent_minor: dice.between(-50_000, 200_000),
            visits: dice.roll(3) as u32,
        };
        let history: Vec<DaySum> = bought.into_iter().map(day).collect();
        let slow = tiers_by_day(&spec, begin, &history, 900);
        for (after, expected) in (1..).zip(slow) {
            if after % 13 == 0 || after > 880 {
                let on = days_later(begin, after);
                let found = tiers.standing(TierStanding::of_newcomer(begin), &history, on).unwrap();
                assert_eq!(found.tier.0, expected, "seed {seed} on {on}: {spec:?} {history:?}");
            }
        }
    }
}

#[test]
fn t22_no_basket_of_another_currency_gets_an_offer() {
    let calendar = moscow();
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let Ok(rules) = rules(&mut dice) else { continue };
        let line =
            LineSpec { product: "p".to_owned(), categories: vec![], quantity_milli: 1, price_minor: 0 };
        let euros = Basket::parse(Currency::parse("EUR").unwrap(), &[line]).unwrap();
        let at = instant(&mut dice);
        let facts = facts(&mut dice, calendar.date_of(at));
        let refused = QuoteRefusal::CurrenciesDiffer { programme: roubles() };
        assert_eq!(quote(&rules, &facts, &euros, 0, (at, &calendar)), Err(refused), "seed {seed}");
        let _terms = rules.terms();
    }
}

/// The receipts of a year: member by member, in the order of time.
fn past(dice: &mut Dice) -> Vec<PastReceipt> {
    let mut found = Vec::new();
    for member in 0..8 {
        let mut at: Vec<UtcMicros> = (0..dice.roll(12)).map(|_| instant(dice)).collect();
        at.sort_unstable();
        let known = facts(dice, date(2027, 2, 28));
        found.extend(at.into_iter().map(|at| PastReceipt {
            member: MemberId([member; 16]),
            birth: known.birth,
            member_since: known.member_since,
            at,
            basket: basket(dice),
            paid_minor: dice.one_of(&[0, 0, 1, 9999, 50_000]),
        }));
    }
    found
}

/// What one member's receipts give by rules without tiers: points, and the worth of points and discounts.
fn given(rules: &Rules, receipts: &[&PastReceipt]) -> (u64, u64) {
    let (calendar, point_minor) = (moscow(), u64::from(rules.spec().point_minor));
    let mut offers: Vec<(Date, Offer)> = Vec::new();
    for receipt in receipts {
        let today = calendar.date_of(receipt.at);
        let sum = |counts: &dyn Fn(Date) -> bool| -> u64 {
            offers.iter().filter(|(on, _)| counts(*on)).map(|(_, offer)| offer.earned_points).sum()
        };
        let facts = Facts {
            birth: receipt.birth,
            earned_today: sum(&|on| on == today),
            earned_this_month: sum(&|on| (on.year(), on.month()) == (today.year(), today.month())),
            free_points: POINTS_MAX,
            ..Facts::of_newcomer(receipt.member_since)
        };
        let ask = |points| quote(rules, &facts, &receipt.basket, points, (receipt.at, &calendar)).unwrap();
        let points = ask(0).spend.at_most(receipt.paid_minor / point_minor);
        offers.push((today, ask(points)));
    }
    let points = offers.iter().map(|(_, offer)| offer.earned_points).sum();
    let lines = offers.iter().flat_map(|(_, offer)| &offer.lines);
    let discounts: i64 = lines.filter_map(|line| line.discount).map(|discount| discount.minor).sum();
    (points, points.saturating_mul(point_minor).saturating_add(discounts as u64))
}

#[test]
fn what_if_agrees_with_each_member_on_his_own() {
    let calendar = moscow();
    let mut replays = 0;
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let (Ok(before), Ok(after)) = (rules_with(&mut dice, false), rules_with(&mut dice, false)) else {
            continue;
        };
        let receipts = past(&mut dice);
        let found =
            what_if((&before, &after), receipts.clone(), (UtcMicros::MIN, &calendar), |receipt, why| {
                panic!("seed {seed}: {why:?} {receipt:?}")
            });
        let found = found.unwrap();
        let (mut points, mut cost, mut members) = ([0, 0], [0_u64, 0], 0);
        let (mut gains, mut losses) = (0, 0);
        for member in 0..8 {
            let his = |receipt: &&PastReceipt| receipt.member == MemberId([member; 16]);
            let his: Vec<&PastReceipt> = receipts.iter().filter(his).collect();
            members += u64::from(!his.is_empty());
            let sides = [given(&before, &his), given(&after, &his)];
            for side in 0..2 {
                points[side] += sides[side].0;
                cost[side] = sides[side].1.saturating_add(cost[side]);
            }
            gains += u64::from(sides[1].1 > sides[0].1);
            losses += u64::from(sides[1].1 < sides[0].1);
        }
        assert_eq!([found.before.given_points, found.after.given_points], points, "seed {seed}");
        assert_eq!([found.before.cost_minor(), found.after.cost_minor()], cost, "seed {seed}");
        let counted: Vec<u64> = found.changes.iter().map(|bucket| bucket.members).collect();
        let middle = counted.len() / 2;
        assert_eq!(counted.iter().sum::<u64>(), members, "seed {seed}");
        assert_eq!(counted[..middle].iter().sum::<u64>(), losses, "seed {seed}");
        assert_eq!(counted[middle + 1..].iter().sum::<u64>(), gains, "seed {seed}");
        assert_eq!((found.members, found.receipts), (members, receipts.len() as u64), "seed {seed}");
        replays += 1;
    }
    assert!(replays > 100, "the dice show little: {replays}");
}
