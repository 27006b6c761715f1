//! From rules to the form in which they are changed.

use std::collections::BTreeMap;

use bonafide_domain::ledger::Points;
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::programme::{
    Around, Caps, Chosen, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, GiftRule, Gives, Goods,
    GoodsCode, Occasion, Period, Rate, Reward, RewardKind, RuleId, Selection, Spending, Tier, TierSpec,
    Tiers,
};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::RulesDraft;

use super::{
    EARNING, NEXT, OCCASIONS, REWARDS, TIERS, hundredths_words, minor_words, of_gift, of_rule, of_tier,
    word_of,
};
use crate::commands::hours;
use crate::pages::new_operation;
use crate::server::form::Form;

/// The form of rules, for who reads this language.
pub(crate) fn filled(draft: &RulesDraft, language: Language) -> Form {
    let spec = &draft.rules;
    let mut filling = Filling {
        fields: Vec::new(),
        currency: spec.currency,
        language,
        rule_names: &draft.rule_names,
        tier_rows: 0,
    };
    filling.put("point", minor_words(i64::from(spec.point_minor), spec.currency));
    if let Some(tiers) = &spec.tiers {
        filling.tiers(tiers, &draft.tier_names);
    }
    for rule in &spec.earning {
        filling.earning(rule);
    }
    filling.caps(&spec.caps);
    filling.put("pending", spec.pending_days.to_string());
    for gift in &spec.gifts {
        filling.gift(gift);
    }
    filling.spending(spec.spending.as_ref());
    filling.expiry(spec.expiry);
    let warnings: Vec<String> = spec.warning_days.iter().map(u16::to_string).collect();
    filling.put("warnings", warnings.join(", "));
    for reward in &spec.rewards {
        filling.reward(reward);
    }
    let rules = spec.earning.iter().map(|rule| rule.id);
    let rules =
        rules.chain(spec.gifts.iter().map(|gift| gift.id)).chain(spec.rewards.iter().map(|one| one.id));
    let last = rules.map(|rule| rule.0).max().unwrap_or(0).max(filling.tier_rows);
    let mut next = last.saturating_add(1);
    let given: Vec<&str> = spec.gifts.iter().map(|gift| word_of(gift.occasion)).collect();
    for word in OCCASIONS.iter().filter(|word| !given.contains(*word)) {
        filling.put(of_gift(word, "rule"), next.to_string());
        next = next.saturating_add(1);
    }
    filling.put(NEXT, next.to_string());
    Form::of(filling.fields)
}

struct Filling<'a> {
    fields: Vec<(String, String)>,
    currency: Currency,
    language: Language,
    rule_names: &'a BTreeMap<RuleId, Title>,
    /// Tiers have the rows one to this.
    tier_rows: u16,
}

impl Filling<'_> {
    fn put(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    fn minor(&mut self, name: impl Into<String>, minor: i64) {
        let words = minor_words(minor, self.currency);
        self.put(name, words);
    }

    fn tiers(&mut self, tiers: &Tiers, names: &[Title]) {
        let spec = tiers.spec();
        for (row, TierSpec { name, entry }) in (1..).zip(&spec.tiers) {
            self.tier_rows = row;
            self.put(TIERS, row.to_string());
            let name = names.get(usize::from(*name)).map_or("", |name| name.as_str());
            self.put(of_tier(row, "name"), name);
            if let Some(minor) = entry.minor() {
                self.minor(of_tier(row, "spend"), minor);
            }
            if let Some(count) = entry.visits().filter(|_| *entry != Entry::Everyone) {
                self.put(of_tier(row, "visits"), count.to_string());
            }
        }
        self.put("window", spec.window_months.to_string());
        self.put("grace", spec.grace_days.to_string());
        let downgrade = match spec.downgrade {
            Downgrade::OneStep => "step",
            Downgrade::ToReached => "reached",
        };
        self.put("downgrade", downgrade);
    }

    fn earning(&mut self, rule: &EarningRule) {
        let id = rule.id.0;
        self.put(EARNING, id.to_string());
        self.name(rule.id);
        let (gives, amount) = match &rule.gives {
            Gives::Percent(Rate::ForAll(basis_points)) => ("percent", hundredths_words(*basis_points)),
            Gives::Percent(Rate::ByTier(rates)) => {
                for (row, rate) in (1..).zip(rates) {
                    self.put(of_rule(id, &format!("rate-{row}")), hundredths_words(*rate));
                }
                ("percent", String::new())
            }
            Gives::Multiplied { hundredths } => ("multiplied", hundredths_words(*hundredths)),
            Gives::PerUnit { points } => ("unit", points.to_string()),
        };
        self.put(of_rule(id, "gives"), gives);
        self.put(of_rule(id, "amount"), amount);
        self.goods(&format!("r{id}"), &rule.goods);
        self.conditions(id, &rule.conditions);
    }

    fn name(&mut self, rule: RuleId) {
        if let Some(name) = self.rule_names.get(&rule) {
            self.put(of_rule(rule.0, "name"), name.as_str());
        }
    }

    fn goods(&mut self, row: &str, goods: &Selection) {
        let lines = |codes: &[GoodsCode]| codes.iter().map(GoodsCode::as_str).collect::<Vec<_>>().join("\n");
        let chosen = match goods.chosen() {
            Chosen::All => "all",
            Chosen::Only(Goods { products, categories }) => {
                self.put(format!("{row}-products"), lines(products));
                self.put(format!("{row}-categories"), lines(categories));
                "only"
            }
        };
        self.put(format!("{row}-chosen"), chosen);
        self.put(format!("{row}-no-products"), lines(&goods.without().products));
        self.put(format!("{row}-no-categories"), lines(&goods.without().categories));
    }

    fn conditions(&mut self, id: u16, conditions: &Conditions) {
        let Conditions { hours, dates, birthday, newcomer_days, from_tier, offered_only } = conditions;
        if let Some(hours) = hours {
            self.put(of_rule(id, "hours"), hours::words_in(hours, self.language).join("\n"));
        }
        if let Some(dates) = dates {
            let last = dates.until().yesterday().unwrap_or(dates.until());
            self.put(of_rule(id, "from"), dates.from().to_string());
            self.put(of_rule(id, "until"), last.to_string());
        }
        if let Some(around) = birthday {
            self.around(&format!("r{id}"), *around);
        }
        if let Some(days) = newcomer_days {
            self.put(of_rule(id, "newcomer"), days.to_string());
        }
        self.lowest_tier(id, from_tier.unwrap_or_default());
        self.put(of_rule(id, "offered"), if *offered_only { "yes" } else { "no" });
    }

    fn lowest_tier(&mut self, id: u16, tier: Tier) {
        // The lowest tier is everybody's: nothing is chosen.
        let row = if tier.0 == 0 { String::new() } else { (u16::from(tier.0) + 1).to_string() };
        self.put(of_rule(id, "tier"), row);
    }

    fn around(&mut self, row: &str, around: Around) {
        self.put(format!("{row}-before"), around.days_before.to_string());
        self.put(format!("{row}-after"), around.days_after.to_string());
    }

    fn caps(&mut self, caps: &Caps) {
        let points = |cap: Option<Points>| cap.map_or_else(String::new, |cap| cap.get().to_string());
        self.put("cap-receipt", points(caps.receipt));
        self.put("cap-day", points(caps.day));
        self.put("cap-month", points(caps.month));
    }

    fn gift(&mut self, gift: &GiftRule) {
        let word = word_of(gift.occasion);
        self.put(of_gift(word, "rule"), gift.id.0.to_string());
        self.put(of_gift(word, "points"), gift.points.get().to_string());
        let lasts = gift.lasts_days.map_or_else(String::new, |days| days.to_string());
        self.put(of_gift(word, "lasts"), lasts);
        if let Occasion::Birthday(around) = gift.occasion {
            self.around(&format!("g-{word}"), around);
        }
        self.name(gift.id);
    }

    fn spending(&mut self, spending: Option<&Spending>) {
        let Some(spending) = spending else { return self.put("spends", "no") };
        self.put("spends", "yes");
        self.put("share", hundredths_words(spending.share_basis_points));
        self.put("step", spending.step_points.to_string());
        self.put("min", spending.min_points.to_string());
        if spending.min_receipt_minor > 0 {
            self.minor("min-receipt", spending.min_receipt_minor);
        }
        self.goods("s", &spending.goods);
    }

    fn expiry(&mut self, expiry: ExpiryRule) {
        let (kind, count) = match expiry {
            ExpiryRule::Never => ("never", String::new()),
            ExpiryRule::Days(days) => ("days", days.to_string()),
            ExpiryRule::Months(months) => ("months", months.to_string()),
            ExpiryRule::EndOf { period, further } => {
                let kind = match period {
                    Period::Month => "end-of-month",
                    Period::Quarter => "end-of-quarter",
                    Period::HalfYear => "end-of-half-year",
                    Period::Year => "end-of-year",
                };
                (kind, further.to_string())
            }
            ExpiryRule::Inactivity { months } => ("inactivity", months.to_string()),
        };
        self.put("expiry", kind);
        self.put("expiry-count", count);
    }

    fn reward(&mut self, reward: &Reward) {
        let id = reward.id.0;
        self.put(REWARDS, id.to_string());
        self.name(reward.id);
        let kind = match &reward.kind {
            RewardKind::Discount { basis_points, goods } => {
                self.put(of_rule(id, "discount"), hundredths_words(*basis_points));
                self.goods(&format!("r{id}"), goods);
                "discount"
            }
            RewardKind::Gift { gift, cost } => {
                self.put(of_rule(id, "gift"), Id::from_bytes(gift.0).to_string());
                self.put(of_rule(id, "cost"), cost.map_or_else(String::new, |cost| cost.get().to_string()));
                "gift"
            }
            RewardKind::EarlyAccess => "early",
        };
        if kind != "gift" {
            // In case that it becomes one.
            self.put(of_rule(id, "gift"), new_operation());
        }
        self.put(of_rule(id, "kind"), kind);
        self.lowest_tier(id, reward.from_tier);
    }
}
