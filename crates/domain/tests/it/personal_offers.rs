//! Whom an offer fits, against somebody who walks through a calendar with a pencil: one day after the other, and one condition after the
//! other.

use bonafide_domain::ledger::Status;
use bonafide_domain::money::Currency;
use bonafide_domain::profile::BirthDate;
use bonafide_domain::programme::{
    Basket, Bought, BoughtOn, Chosen, DaySum, Fitting, Goods, GoodsCode, LineSpec, MemberFacts, Selection,
    Spent, Tier,
};
use jiff::civil::{Date, date};

use crate::dice::Dice;

const GOODS: [&str; 3] = ["tea", "cake", "wear"];

/// The dates of the last so many days, today first.
fn last(days: u16, today: Date) -> Vec<Date> {
    let mut dates = Vec::new();
    let mut on = today;
    for _ in 0..days {
        dates.push(on);
        on = on.yesterday().unwrap();
    }
    dates
}

/// How many times somebody turns a leaf of the calendar from a date to reach today.
fn leaves(from: Date, today: Date) -> u16 {
    let (mut on, mut turned) = (from, 0);
    while on < today {
        on = on.tomorrow().unwrap();
        turned += 1;
    }
    turned
}

/// Whether one of the next days, today included, is a birthday. Somebody of 29 February has it on 1 March in other years.
fn has_birthday_within(birth: BirthDate, days: u16, today: Date) -> bool {
    let born = birth.date();
    let mut on = today;
    for _ in 0..=days {
        let leap_child = born.month() == 2 && born.day() == 29 && !on.in_leap_year();
        let is_day = if leap_child {
            (on.month(), on.day()) == (3, 1)
        } else {
            (on.month(), on.day()) == (born.month(), born.day())
        };
        if is_day && on.year() > born.year() {
            return true;
        }
        on = on.tomorrow().unwrap();
    }
    false
}

fn fits_by_pencil(fitting: &Fitting, facts: &MemberFacts) -> bool {
    let mut fits = facts.status == Status::Active;
    if let Some(tier) = fitting.from_tier {
        fits &= facts.tier.0 >= tier.0;
    }
    if let Some(tier) = fitting.through_tier {
        fits &= facts.tier.0 <= tier.0;
    }
    let away = leaves(facts.last_purchase.unwrap_or(facts.member_since), facts.today);
    if let Some(days) = fitting.away_days_min {
        fits &= away >= days;
    }
    if let Some(days) = fitting.away_days_max {
        fits &= away <= days;
    }
    if let Some(spent) = fitting.spent {
        let dates = last(spent.days, facts.today);
        let mut sum = 0;
        for day in &facts.days {
            if dates.contains(&day.on) {
                sum += day.spent_minor;
            }
        }
        fits &= spent.min_minor.is_none_or(|min| sum >= min) && spent.max_minor.is_none_or(|max| sum <= max);
    }
    if let Some(bought) = &fitting.bought {
        let dates = last(bought.days, facts.today);
        let Chosen::Only(goods) = bought.goods.chosen() else { panic!("only some goods") };
        let mut has = false;
        for basket in facts.baskets.as_ref().unwrap() {
            for line in basket.basket.lines() {
                has |= dates.contains(&basket.on) && line.categories() == goods.categories;
            }
        }
        fits &= has != bought.is_none;
    }
    if let Some(days) = fitting.birthday_days {
        fits &= facts.birth.is_some_and(|birth| has_birthday_within(birth, days, facts.today));
    }
    if let Some(days) = fitting.joined_days_max {
        fits &= leaves(facts.member_since, facts.today) <= days;
    }
    if let Some(points) = fitting.points_min {
        fits &= facts.free_points >= points;
    }
    fits
}

fn goods(code: &str) -> Selection {
    let categories = vec![GoodsCode::parse(code).unwrap()];
    Selection::parse(Chosen::Only(Goods { products: vec![], categories }), Goods::default()).unwrap()
}

fn basket(code: &str) -> Basket {
    let line = LineSpec {
        product: "p".to_owned(),
        categories: vec![code.to_owned()],
        quantity_milli: 1_000,
        price_minor: 100,
    };
    Basket::parse(Currency::parse("EUR").unwrap(), &[line]).unwrap()
}

/// So many days before a date.
fn before(date: Date, days: u64) -> Date {
    date.checked_sub(jiff::Span::new().days(days as i64)).unwrap()
}

/// Somebody with a few purchases of the last weeks.
fn member(dice: &mut Dice) -> MemberFacts {
    let today = before(date(2028, 12, 31), dice.roll(1_600));
    let mut days: Vec<DaySum> = Vec::new();
    let mut baskets = Vec::new();
    for _ in 0..dice.roll(4) {
        let on = before(today, dice.roll(12));
        days.push(DaySum { on, spent_minor: dice.between(-50, 300), visits: 1 });
        baskets.push(BoughtOn { on, basket: basket(dice.one_of(&GOODS)) });
    }
    let born = before(date(2000, 12, 31), dice.roll(800));
    MemberFacts {
        today,
        status: if dice.once_in(9) {
            dice.one_of(&[Status::Limited, Status::Blocked])
        } else {
            Status::Active
        },
        tier: Tier(dice.roll(3) as u8),
        birth: (!dice.once_in(5)).then(|| BirthDate::parse(born, today).unwrap()),
        member_since: before(today, dice.roll(20)),
        last_purchase: days.iter().map(|day| day.on).max(),
        days,
        baskets: Some(baskets),
        free_points: dice.roll(10),
    }
}

/// A filter that asks one thing or several, within reach of such a member.
fn filter(dice: &mut Dice) -> Fitting {
    let some = |dice: &mut Dice| dice.once_in(4);
    let away = dice.roll(12) as u16;
    let sum = dice.between(0, 300);
    let spent = Spent {
        days: 1 + dice.roll(14) as u16,
        min_minor: dice.once_in(2).then_some(sum),
        max_minor: Some(sum + dice.between(0, 200)),
    };
    let bought = Bought {
        goods: goods(dice.one_of(&GOODS)),
        days: 1 + dice.roll(14) as u16,
        is_none: dice.once_in(2),
    };
    Fitting {
        from_tier: some(dice).then_some(Tier(1)),
        through_tier: some(dice).then_some(Tier(1)),
        away_days_min: some(dice).then_some(away),
        away_days_max: some(dice).then_some(away + dice.roll(5) as u16),
        spent: some(dice).then_some(spent),
        bought: some(dice).then_some(bought),
        birthday_days: some(dice).then_some(dice.roll(61) as u16),
        joined_days_max: some(dice).then_some(dice.roll(20) as u16),
        points_min: some(dice).then_some(1 + dice.roll(9)),
    }
}

#[test]
fn a_filter_fits_whom_a_pencil_finds() {
    let (mut fitted, mut not) = (0, 0);
    for seed in 0..10_000 {
        let dice = &mut Dice(seed);
        let (fitting, facts) = (filter(dice), member(dice));
        let fits = fitting.fits(&facts);
        assert_eq!(fits, fits_by_pencil(&fitting, &facts), "seed {seed}: {fitting:?} of {facts:?}");
        // Who fits does so also before anybody looks into his baskets.
        assert!(!fits || fitting.fits_but_for_goods(&facts), "seed {seed}");
        if fits { fitted += 1 } else { not += 1 }
    }
    assert!(fitted > 1_000 && not > 1_000, "{fitted} fit and {not} do not: the cases are lopsided");
}
