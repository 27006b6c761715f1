//! An offer in words: by which rule, when, and whom it is meant for.

use bonafide_domain::money::Money;
use bonafide_domain::programme::{Bought, Chosen, Fitting, Goods, GoodsCode, PersonalOffer, Spent, Tier};
use bonafide_store::ledger::programmes::ProgrammeVersion;

use crate::pages::programme_terms::words::rule_words;
use crate::server::page::Page;
use crate::texts::Values;

/// The lines about an offer in a list.
pub(super) fn about(page: &Page, rules: &ProgrammeVersion, offer: &PersonalOffer) -> Vec<String> {
    let spec = offer.spec();
    let rule = rules.rules.spec().earning.iter().find(|rule| rule.id == spec.rule);
    let through = spec.dates.until().yesterday().unwrap_or(spec.dates.until());
    let dates = Values::of("from", page.date(spec.dates.from())).and("through", page.date(through));
    let mut when = page.say_with("offer-dates", &dates);
    if let Some(uses) = spec.uses_max {
        when = format!("{when} · {}", page.say_count("offer-uses-of-each", "count", uses.into()));
    }
    let mut lines = Vec::new();
    lines.extend(rule.map(|rule| rule_words(rules, rule, page.words())));
    lines.push(when);
    lines.push(page.say_of("offer-meant-for", "whom", &whom(page, rules, &spec.fitting).join(" · ")));
    lines
}

/// Whom a filter finds: all of it must hold.
fn whom(page: &Page, rules: &ProgrammeVersion, fitting: &Fitting) -> Vec<String> {
    let tier = |key: &str, tier: Tier| {
        page.say_of(key, "tier", rules.tier_name(tier).map_or("", |name| name.as_str()))
    };
    let days = |key: &str, days: u16| page.say_count(key, "days", days.into());
    let said = [
        fitting.from_tier.map(|from| tier("offer-from-tier", from)),
        fitting.through_tier.map(|through| tier("offer-through-tier", through)),
        fitting.away_days_min.map(|least| days("offer-away-least", least)),
        fitting.away_days_max.map(|most| days("offer-away-most", most)),
        fitting.spent.map(|spent| spent_words(page, rules, spent)),
        fitting.bought.as_ref().map(|bought| bought_words(page, bought)),
        fitting.birthday_days.map(|within| days("offer-birthday-within", within)),
        fitting.joined_days_max.map(|within| days("offer-joined-within", within)),
        fitting.points_min.map(|points| page.say_count("offer-points-least", "count", points)),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { vec![page.say("offer-for-everybody")] } else { said }
}

fn spent_words(page: &Page, rules: &ProgrammeVersion, spent: Spent) -> String {
    let sum = |minor: i64| {
        Money::parse(minor, rules.rules.spec().currency)
            .map_or_else(|_| minor.to_string(), |sum| page.money(sum))
    };
    let days = page.say_count("offer-in-days", "days", spent.days.into());
    let (key, values) = match (spent.min_minor, spent.max_minor) {
        (Some(min), Some(max)) => ("offer-spent-between", Values::of("min", sum(min)).and("max", sum(max))),
        (None, Some(max)) => ("offer-spent-most", Values::of("sum", sum(max))),
        (min, None) => ("offer-spent-least", Values::of("sum", sum(min.unwrap_or(0)))),
    };
    page.say_with(key, &values.and("days", days))
}

fn bought_words(page: &Page, bought: &Bought) -> String {
    let mut codes: Vec<&str> = Vec::new();
    if let Chosen::Only(Goods { products, categories }) = bought.goods.chosen() {
        codes.extend(products.iter().chain(categories).map(GoodsCode::as_str));
    }
    let goods = codes.join(", ");
    let days = page.say_count("offer-in-days", "days", bought.days.into());
    let key = if bought.is_none { "offer-has-not-bought" } else { "offer-has-bought" };
    page.say_with(key, &Values::of("goods", goods).and("days", days))
}
