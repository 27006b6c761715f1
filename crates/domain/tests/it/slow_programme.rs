//! A bonus programme as an accountant would check it with a pencil: each rule on its own, each line, each day.

use jiff::civil::Date;

use bonafide_domain::calendar::{Calendar, UtcMicros, WallClock};
use bonafide_domain::ledger::POINTS_MAX;
use bonafide_domain::programme::{
    Basket, Conditions, DaySum, Downgrade, EarningRule, Entry, Facts, Gives, Line, Offer, Rate, RewardKind,
    RulesSpec, Tier, TiersSpec,
};

/// What each rule must give for the lines as the offer says that they are paid, in the order of the rules.
pub(crate) fn earned(
    spec: &RulesSpec,
    facts: &Facts,
    basket: &Basket,
    offer: &Offer,
    (at, calendar): (UtcMicros, &Calendar),
) -> Vec<(u16, u64)> {
    let holds = |rule: &EarningRule| holds(rule, facts, calendar.date_of(at), calendar.wall_clock(at));
    let mut room = [
        spec.caps.receipt.map(|cap| cap.get()),
        spec.caps.day.map(|cap| cap.get().saturating_sub(facts.earned_today)),
        spec.caps.month.map(|cap| cap.get().saturating_sub(facts.earned_this_month)),
    ]
    .into_iter()
    .flatten()
    .fold(POINTS_MAX, u64::min);
    let mut found = Vec::new();
    for rule in spec.earning.iter().filter(|rule| holds(rule)) {
        let mut sum = 0_i128;
        for (line, paid) in basket.lines().iter().zip(&offer.lines) {
            let money = i128::from(paid.money_minor);
            let others = || spec.earning.iter().filter(|other| holds(other) && other.goods.includes(line));
            let in_hundredths = |percent: i128| money * percent * 100;
            sum += match &rule.gives {
                _ if !rule.goods.includes(line) => 0,
                Gives::Percent(rate) => in_hundredths(i128::from(basis_points(rate, facts.tier))),
                Gives::Multiplied { hundredths } => {
                    let mut all = 0;
                    let mut is_best = true;
                    for other in others() {
                        match &other.gives {
                            Gives::Percent(rate) => all += i128::from(basis_points(rate, facts.tier)),
                            // An earlier one that gives as much, or a later one that gives more.
                            Gives::Multiplied { hundredths: theirs } => {
                                let is_later = spec.earning.iter().position(|one| one.id == other.id)
                                    > spec.earning.iter().position(|one| one.id == rule.id);
                                is_best &= other.id == rule.id
                                    || theirs < hundredths
                                    || (is_later && theirs == hundredths);
                            }
                            Gives::PerUnit { .. } => {}
                        }
                    }
                    if is_best { in_hundredths(all) / 100 * i128::from(hundredths - 100) } else { 0 }
                }
                Gives::PerUnit { points } => {
                    let net = i128::from(line.price_minor() - paid.discount.map_or(0, |one| one.minor));
                    let milli = if net == 0 { 0 } else { i128::from(line.quantity_milli()) * money / net };
                    i128::from(*points) * milli
                }
            };
        }
        let whole = match rule.gives {
            Gives::PerUnit { .. } => sum / 1000,
            _ => sum / (10_000 * 100 * i128::from(spec.point_minor)),
        };
        let points = (whole.min(i128::from(POINTS_MAX)) as u64).min(room);
        room -= points;
        if points > 0 {
            found.push((rule.id.0, points));
        }
    }
    found
}

fn basis_points(rate: &Rate, tier: Tier) -> u32 {
    match rate {
        Rate::ForAll(all) => *all,
        Rate::ByTier(rates) => rates[usize::from(tier.0).min(rates.len() - 1)],
    }
}

fn holds(rule: &EarningRule, facts: &Facts, today: Date, wall: WallClock) -> bool {
    let Conditions { hours, dates, birthday, newcomer_days, from_tier, offered_only } = &rule.conditions;
    let mut all = hours.as_ref().is_none_or(|hours| hours.is_open(wall));
    all &= dates.is_none_or(|dates| dates.from() <= today && today < dates.until());
    all &= birthday.is_none_or(|around| {
        // Steps from day to day, and looks whether somebody becomes a year older on one of them.
        let Some(birth) = facts.birth else { return false };
        let mut day = today;
        for _ in 0..around.days_after {
            day = day.yesterday().unwrap();
        }
        (0..=around.days_before + around.days_after).any(|_| {
            let is_birthday = birth.age_on(day) > birth.age_on(day.yesterday().unwrap());
            day = day.tomorrow().unwrap();
            is_birthday
        })
    });
    all &= newcomer_days.is_none_or(|days| {
        let mut last = facts.member_since;
        for _ in 0..days {
            last = last.tomorrow().unwrap();
        }
        today <= last
    });
    all &= from_tier.is_none_or(|tier| facts.tier.0 >= tier.0);
    all && (!offered_only || facts.offered.contains(&rule.id))
}

/// The basis points that a tier takes off a line.
pub(crate) fn discount_basis_points(spec: &RulesSpec, tier: Tier, line: &Line) -> u32 {
    let mut most = 0;
    for reward in spec.rewards.iter().filter(|reward| reward.from_tier <= tier) {
        if let RewardKind::Discount { basis_points, goods } = &reward.kind
            && goods.includes(line)
        {
            most = most.max(*basis_points);
        }
    }
    most
}

/// Whether shares of a sum are those of the largest remainder: nobody more than a unit off, and no unit with somebody who lost less
/// by rounding than another one who has none.
pub(crate) fn is_fair(sum: u64, weights: &[u128], shares: &[u64]) -> bool {
    let total: u128 = weights.iter().sum();
    if total == 0 {
        return shares.iter().all(|share| *share == 0);
    }
    let exact = |place: usize| u128::from(sum) * weights[place];
    let has_unit = |place: usize| u128::from(shares[place]) > exact(place) / total;
    let loss = |place: usize| exact(place) % total;
    let places = 0..weights.len();
    let near = places.clone().all(|place| {
        let whole = exact(place) / total;
        let share = u128::from(shares[place]);
        share == whole || (share == whole + 1 && loss(place) > 0)
    });
    let in_order = places.clone().filter(|&with| has_unit(with)).all(|with| {
        places
            .clone()
            .filter(|&without| !has_unit(without))
            .all(|without| loss(with) > loss(without) || (loss(with) == loss(without) && with < without))
    });
    near && in_order && shares.iter().sum::<u64>() == sum
}

/// The tiers of a member on each day from the one after `from` on, who begins with the lowest.
pub(crate) fn tiers_by_day(spec: &TiersSpec, from: Date, history: &[DaySum], days: usize) -> Vec<u8> {
    let mut found = Vec::new();
    let (mut tier, mut days_below, mut today) = (0_usize, 0, from);
    for _ in 0..days {
        today = today.tomorrow().unwrap();
        let reached = reached(spec, history, today);
        if reached >= tier {
            (tier, days_below) = (reached, 0);
        } else {
            days_below += 1;
            if days_below > spec.grace_days {
                tier = if spec.downgrade == Downgrade::OneStep { tier - 1 } else { reached };
                // After a step, this day is the first one below the next tier.
                days_below = u16::from(reached < tier);
            }
        }
        found.push(tier as u8);
    }
    found
}

fn reached(spec: &TiersSpec, history: &[DaySum], today: Date) -> usize {
    let counts = |day: &&DaySum| {
        let months = i32::from(today.year() - day.on.year()) * 12 + i32::from(today.month() - day.on.month());
        let window = i32::from(spec.window_months);
        day.on <= today && (months < window || (months == window && today.day() < day.on.day()))
    };
    let spent: i64 = history.iter().filter(counts).map(|day| day.spent_minor).sum();
    let visits: u32 = history.iter().filter(counts).map(|day| day.visits).sum();
    let is_reached = |entry: Entry| match entry {
        Entry::Everyone => true,
        Entry::Spend { minor } => spent >= minor,
        Entry::Visits { count } => visits >= count,
        Entry::Either { minor, count } => spent >= minor || visits >= count,
    };
    (0..spec.tiers.len()).rev().find(|place| is_reached(spec.tiers[*place].entry)).unwrap()
}
