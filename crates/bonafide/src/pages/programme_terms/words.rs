//! The terms of a programme in the reader's language: each statement of [`Rules::terms`](bonafide_domain::programme::Rules::terms) is a
//! sentence, with further sentences below it about when, where and for whom it holds.

use bonafide_domain::programme::{
    Around, Chosen, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, GiftRule, Gives, Goods, GoodsCode,
    Occasion, Period, Rate, Reward, RewardKind, RuleId, Selection, Statement, Tier,
};
use bonafide_store::ledger::programmes::ProgrammeVersion;
use bonafide_store::referrals::paying::PAID_A_MONTH_MAX;

use crate::commands::hours;
use crate::texts::{Values, Words};

/// What the terms say under one title.
pub(crate) struct Chapter {
    /// The key of the title.
    pub(crate) title: &'static str,
    pub(crate) sentences: Vec<Sentence>,
}

/// A statement in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) words: String,
    /// When, where and for whom.
    pub(crate) details: Vec<String>,
}

/// The terms of a version, in their order.
pub(crate) fn chapters(version: &ProgrammeVersion, words: &Words) -> Vec<Chapter> {
    let teller = Teller { version, words };
    let mut chapters: Vec<Chapter> = Vec::new();
    for statement in version.rules.terms() {
        let (title, sentence) = (title_of(&statement), teller.tell(&statement));
        match chapters.last_mut().filter(|chapter| chapter.title == title) {
            Some(chapter) => chapter.sentences.push(sentence),
            None => chapters.push(Chapter { title, sentences: vec![sentence] }),
        }
    }
    chapters
}

/// One rule of earning, with its details behind it.
pub(crate) fn rule_words(version: &ProgrammeVersion, rule: &EarningRule, words: &Words) -> String {
    let teller = Teller { version, words };
    let Sentence { words, details } = teller.earns(rule);
    std::iter::once(words).chain(details).collect::<Vec<_>>().join(" · ")
}

const fn title_of(statement: &Statement<'_>) -> &'static str {
    match statement {
        Statement::PointPays(_) => "terms-of-points",
        Statement::Earns(_)
        | Statement::LargestMultiplier
        | Statement::OnMoneyOnlyRoundedDown
        | Statement::CapForReceipt(_)
        | Statement::CapForDay(_)
        | Statement::CapForMonth(_)
        | Statement::WaitDays(_)
        | Statement::NoWaiting => "terms-of-earning",
        Statement::Gives(_) => "terms-of-gifts",
        Statement::NoSpending
        | Statement::SpendShare(_)
        | Statement::SpendGoods(_)
        | Statement::SpendStep(_)
        | Statement::SpendAtLeast(_)
        | Statement::SpendOnReceiptsFrom(_) => "terms-of-spending",
        Statement::ReturnsUndoBoth => "terms-of-returns",
        Statement::Last(_) | Statement::WarnedDaysAhead(_) => "terms-of-expiry",
        Statement::TierAsks { .. } | Statement::TierWindow { .. } | Statement::TierFall { .. } => {
            "terms-of-tiers"
        }
        Statement::Has(_) => "terms-of-rewards",
    }
}

struct Teller<'a> {
    version: &'a ProgrammeVersion,
    words: &'a Words,
}

impl Teller<'_> {
    fn tell(&self, statement: &Statement<'_>) -> Sentence {
        let words = self.words;
        let plain = |words: String| Sentence { words, details: Vec::new() };
        match *statement {
            Statement::PointPays(money) => {
                plain(self.of("terms-point-pays", "money", &words.numbers.money(money)))
            }
            Statement::Earns(rule) => self.earns(rule),
            Statement::LargestMultiplier => plain(words.say("terms-largest-multiplier")),
            Statement::OnMoneyOnlyRoundedDown => plain(words.say("terms-on-money-only")),
            Statement::CapForReceipt(points) => plain(words.count("terms-cap-receipt", points.get())),
            Statement::CapForDay(points) => plain(words.count("terms-cap-day", points.get())),
            Statement::CapForMonth(points) => plain(words.count("terms-cap-month", points.get())),
            Statement::WaitDays(days) => plain(words.count("terms-wait", days.into())),
            Statement::NoWaiting => plain(words.say("terms-no-waiting")),
            Statement::Gives(gift) => self.gives(gift),
            Statement::NoSpending => plain(words.say("terms-no-spending")),
            Statement::SpendShare(basis_points) => {
                plain(self.of("terms-spend-share", "percent", &words.numbers.percent(basis_points)))
            }
            Statement::SpendGoods(goods) => {
                Sentence { words: words.say("terms-spend-goods"), details: self.goods(goods) }
            }
            Statement::SpendStep(points) => plain(words.count("terms-spend-step", points)),
            Statement::SpendAtLeast(points) => plain(words.count("terms-spend-at-least", points)),
            Statement::SpendOnReceiptsFrom(money) => {
                plain(self.of("terms-spend-from", "money", &words.numbers.money(money)))
            }
            Statement::ReturnsUndoBoth => plain(words.say("terms-returns")),
            Statement::Last(expiry) => plain(self.lasts(expiry)),
            Statement::WarnedDaysAhead(days) => plain(words.count("terms-warned", days.into())),
            Statement::TierAsks { tier, entry, .. } => plain(self.asks(tier, entry)),
            Statement::TierWindow { months } => plain(words.count("terms-tier-window", months.into())),
            Statement::TierFall { downgrade, grace_days } => plain(self.falls(downgrade, grace_days)),
            Statement::Has(reward) => self.has(reward),
        }
    }

    fn of(&self, key: &str, name: &str, value: &str) -> String {
        self.words.say_with(key, &Values::of(name, value))
    }

    fn tier(&self, tier: Tier) -> &str {
        self.version.tier_name(tier).map_or("", |name| name.as_str())
    }

    /// The words of a rule, after what the club calls it.
    fn named(&self, rule: RuleId, words: String) -> String {
        match self.version.rule_names.get(&rule) {
            Some(name) => {
                self.words.say_with("terms-named", &Values::of("name", name.as_str()).and("words", words))
            }
            None => words,
        }
    }

    fn earns(&self, rule: &EarningRule) -> Sentence {
        let words = match &rule.gives {
            Gives::Percent(Rate::ForAll(basis_points)) => {
                self.of("terms-earns-percent", "percent", &self.words.numbers.percent(*basis_points))
            }
            Gives::Percent(Rate::ByTier(rates)) => {
                let rate = |(tier, &basis_points): (u8, &u32)| {
                    let percent = self.words.numbers.percent(basis_points);
                    let values = Values::of("tier", self.tier(Tier(tier))).and("percent", percent);
                    self.words.say_with("terms-rate", &values)
                };
                let rates: Vec<String> = (0..).zip(rates).map(rate).collect();
                self.of("terms-earns-by-tier", "rates", &self.listed(&rates))
            }
            Gives::Multiplied { hundredths } => {
                self.of("terms-earns-multiplied", "times", &self.words.numbers.hundredths(*hundredths))
            }
            Gives::PerUnit { points } => self.words.count("terms-earns-unit", u64::from(*points)),
        };
        let mut details = self.goods(&rule.goods);
        details.extend(self.conditions(&rule.conditions));
        Sentence { words: self.named(rule.id, words), details }
    }

    /// Several of something in a sentence.
    fn listed(&self, items: &[String]) -> String {
        items.join(&self.words.say("terms-comma"))
    }

    fn goods(&self, selection: &Selection) -> Vec<String> {
        let codes = |codes: &[GoodsCode]| {
            let codes: Vec<String> = codes.iter().map(|code| code.as_str().to_owned()).collect();
            self.listed(&codes)
        };
        let mut told = Vec::new();
        if let Chosen::Only(Goods { products, categories }) = selection.chosen() {
            let (products, categories) = (
                Some(products).filter(|some| !some.is_empty()),
                Some(categories).filter(|some| !some.is_empty()),
            );
            told.extend(match (products, categories) {
                (Some(products), Some(categories)) => {
                    let values = Values::of("products", codes(products)).and("categories", codes(categories));
                    Some(self.words.say_with("terms-only-both", &values))
                }
                (Some(products), None) => Some(self.of("terms-only-products", "codes", &codes(products))),
                (None, Some(categories)) => {
                    Some(self.of("terms-only-categories", "codes", &codes(categories)))
                }
                (None, None) => None,
            });
        }
        let Goods { products, categories } = selection.without();
        if !products.is_empty() {
            told.push(self.of("terms-not-products", "codes", &codes(products)));
        }
        if !categories.is_empty() {
            told.push(self.of("terms-not-categories", "codes", &codes(categories)));
        }
        told
    }

    fn conditions(&self, conditions: &Conditions) -> Vec<String> {
        let Conditions { hours, dates, birthday, newcomer_days, from_tier, offered_only } = conditions;
        let mut told = Vec::new();
        told.extend(hours.as_ref().map(|hours| {
            let hours = hours::words_in(hours, self.words.language());
            self.of("terms-hours", "hours", &self.listed(&hours))
        }));
        told.extend(dates.map(|dates| {
            let last = dates.until().yesterday().unwrap_or(dates.until());
            let numbers = &self.words.numbers;
            let values = Values::of("from", numbers.date(dates.from())).and("until", numbers.date(last));
            self.words.say_with("terms-dates", &values)
        }));
        told.extend(birthday.map(|around| self.around(around)));
        told.extend(newcomer_days.map(|days| self.words.count("terms-newcomer", days.into())));
        told.extend(from_tier.filter(|tier| tier.0 > 0).map(|tier| self.tier_and_above(tier)));
        if *offered_only {
            told.push(self.words.say("terms-offered"));
        }
        told
    }

    fn tier_and_above(&self, tier: Tier) -> String {
        self.of("terms-from-tier", "tier", self.tier(tier))
    }

    fn around(&self, around: Around) -> String {
        let days = |days: u16| self.words.count("terms-days", days.into());
        let (before, after) = (days(around.days_before), days(around.days_after));
        match (around.days_before, around.days_after) {
            (0, 0) => self.words.say("terms-birthday"),
            (0, _) => self.of("terms-birthday-after", "after", &after),
            (_, 0) => self.of("terms-birthday-before", "before", &before),
            _ => {
                let values = Values::of("before", before).and("after", after);
                self.words.say_with("terms-birthday-around", &values)
            }
        }
    }

    fn gives(&self, gift: &GiftRule) -> Sentence {
        let key = match gift.occasion {
            Occasion::Welcome => "terms-gift-welcome",
            Occasion::Birthday(_) => "terms-gift-birthday",
            Occasion::BroughtSomebody => "terms-gift-brought",
            Occasion::WasBrought => "terms-gift-was-brought",
            Occasion::Visit => "terms-gift-visit",
            Occasion::Class => "terms-gift-class",
        };
        let mut details = Vec::new();
        if let Occasion::Birthday(around) = gift.occasion {
            details.push(self.around(around));
        }
        details.extend(self.when_it_is_given(gift.occasion));
        details.extend(gift.lasts_days.map(|days| self.words.count("terms-gift-lasts", days.into())));
        Sentence { words: self.named(gift.id, self.words.count(key, gift.points.get())), details }
    }

    /// What must be known besides: how often, and after what.
    fn when_it_is_given(&self, occasion: Occasion) -> Vec<String> {
        let settled = || self.words.say("terms-gift-brought-when");
        match occasion {
            Occasion::Welcome | Occasion::Birthday(_) => Vec::new(),
            Occasion::Visit => vec![self.words.say("terms-gift-visit-daily")],
            Occasion::Class => vec![self.words.say("terms-gift-class-waits")],
            Occasion::WasBrought => vec![settled()],
            Occasion::BroughtSomebody => {
                vec![settled(), self.words.count("terms-gift-brought-bound", PAID_A_MONTH_MAX.into())]
            }
        }
    }

    fn lasts(&self, expiry: ExpiryRule) -> String {
        match expiry {
            ExpiryRule::Never => self.words.say("terms-last-never"),
            ExpiryRule::Days(days) => self.words.count("terms-last-days", days.into()),
            ExpiryRule::Months(months) => self.words.count("terms-last-months", months.into()),
            ExpiryRule::EndOf { period, further } => {
                let (this, more) = match period {
                    Period::Month => ("terms-last-month", "terms-last-month-and"),
                    Period::Quarter => ("terms-last-quarter", "terms-last-quarter-and"),
                    Period::HalfYear => ("terms-last-half", "terms-last-half-and"),
                    Period::Year => ("terms-last-year", "terms-last-year-and"),
                };
                if further == 0 { self.words.say(this) } else { self.words.count(more, further.into()) }
            }
            ExpiryRule::Inactivity { months } => self.words.count("terms-last-active", months.into()),
        }
    }

    fn asks(&self, tier: Tier, entry: Entry) -> String {
        let values = || Values::of("tier", self.tier(tier));
        let money = |minor: i64| {
            let money = bonafide_domain::money::Money::parse(minor, self.version.rules.spec().currency);
            money.map_or_else(|_| String::new(), |money| self.words.numbers.money(money))
        };
        let visits = |count: u32| self.words.count("terms-visits", count.into());
        match entry {
            Entry::Everyone => self.words.say_with("terms-tier-everyone", &values()),
            Entry::Spend { minor } => {
                self.words.say_with("terms-tier-spend", &values().and("money", money(minor)))
            }
            Entry::Visits { count } => {
                self.words.say_with("terms-tier-visits", &values().and("visits", visits(count)))
            }
            Entry::Either { minor, count } => {
                let values = values().and("money", money(minor)).and("visits", visits(count));
                self.words.say_with("terms-tier-either", &values)
            }
        }
    }

    fn falls(&self, downgrade: Downgrade, grace_days: u16) -> String {
        match (downgrade, grace_days) {
            (Downgrade::OneStep, 0) => self.words.say("terms-fall-step"),
            (Downgrade::ToReached, 0) => self.words.say("terms-fall-reached"),
            (Downgrade::OneStep, days) => self.words.count("terms-fall-step-after", days.into()),
            (Downgrade::ToReached, days) => self.words.count("terms-fall-reached-after", days.into()),
        }
    }

    fn has(&self, reward: &Reward) -> Sentence {
        let (words, mut details) = match &reward.kind {
            RewardKind::Discount { basis_points, goods } => {
                let percent = self.words.numbers.percent(*basis_points);
                (self.of("terms-has-discount", "percent", &percent), self.goods(goods))
            }
            RewardKind::Gift { cost: None, .. } => {
                (self.words.say("terms-has-gift"), vec![self.words.say("terms-gift-once")])
            }
            RewardKind::Gift { cost: Some(points), .. } => {
                (self.words.count("terms-has-gift-for", points.get()), Vec::new())
            }
            RewardKind::EarlyAccess => (self.words.say("terms-has-early-access"), Vec::new()),
        };
        details
            .extend(Some(reward.from_tier).filter(|tier| tier.0 > 0).map(|tier| self.tier_and_above(tier)));
        Sentence { words: self.named(reward.id, words), details }
    }
}

#[cfg(test)]
mod tests;
