//! From a form to rules, with all that is wrong in it: each mistake stands at its field, and the whole form is read.

use std::collections::BTreeMap;

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::ledger::Points;
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{
    Around, Caps, Chosen, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, GiftId, GiftRule, Gives,
    Goods, GoodsCode, Occasion, Period, Rate, Reward, RewardKind, RuleId, Rules, RulesSpec, Selection,
    Spending, Tier, TierSpec, Tiers, TiersSpec,
};
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::RulesDraft;
use jiff::civil::Date;

use super::refused::{field_of_rules, field_of_selection, field_of_tiers};
use super::{
    EARNING, OCCASIONS, REWARDS, TIERS, Wrong, hundredths, minor, of_gift, of_rule, of_tier, rows, whole,
};
use crate::commands::hours;
use crate::pages::set_up::lines;
use crate::server::form::Form;

/// The rules of a form that fit together, or all that is wrong with it.
pub(crate) fn typed(form: &Form, currency: Currency) -> Result<(RulesDraft, Rules), Vec<Wrong>> {
    let mut fields = BTreeMap::new();
    for (name, value) in form.fields() {
        fields.entry(name).or_insert_with(|| value.trim());
    }
    let mut reader = Reader { fields, currency, tiers: rows(form, TIERS), wrongs: Vec::new() };
    let (tiers, tier_names) = reader.tiers();
    let mut rule_names = BTreeMap::new();
    let earning = rows(form, EARNING).into_iter().map(|id| reader.earning(id, &mut rule_names)).collect();
    let caps = Caps {
        receipt: reader.points("cap-receipt"),
        day: reader.points("cap-day"),
        month: reader.points("cap-month"),
    };
    let gifts = OCCASIONS.iter().filter_map(|word| reader.gift(word, &mut rule_names)).collect();
    let rules = RulesSpec {
        version: 1,
        currency,
        point_minor: reader.point(),
        tiers,
        earning,
        caps,
        pending_days: reader.number("pending", "programme-bad-days"),
        gifts,
        spending: reader.spending(),
        expiry: reader.expiry(),
        warning_days: reader.warnings(),
        rewards: rows(form, REWARDS).into_iter().map(|id| reader.reward(id, &mut rule_names)).collect(),
    };
    if !reader.wrongs.is_empty() {
        return Err(reader.wrongs);
    }
    // What is refused is refused for the first reason only: after it, numbers may not mean anything.
    let parsed = Rules::parse(rules.clone()).map_err(|refusal| vec![field_of_rules(&refusal, &rules)])?;
    Ok((RulesDraft { rules, tier_names, rule_names }, parsed))
}

struct Reader<'a> {
    /// What came first in each field.
    fields: BTreeMap<&'a str, &'a str>,
    currency: Currency,
    /// The rows of tiers.
    tiers: Vec<u16>,
    wrongs: Vec<Wrong>,
}

impl<'a> Reader<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.fields.get(name).copied().unwrap_or_default()
    }

    /// Notes what is wrong with a field, and goes on with something in its place: nothing of it is ever used.
    fn wrong<T: Default>(&mut self, name: impl Into<String>, key: &'static str) -> T {
        self.wrongs.push((name.into(), key));
        T::default()
    }

    fn number<T: TryFrom<u64> + Default>(&mut self, name: &str, key: &'static str) -> T {
        let number = whole(self.text(name)).and_then(|number| T::try_from(number).ok());
        number.unwrap_or_else(|| self.wrong(name, key))
    }

    /// The same where nothing may stand.
    fn number_or_none<T: TryFrom<u64> + Default>(&mut self, name: &str, key: &'static str) -> Option<T> {
        if self.text(name).is_empty() { None } else { Some(self.number(name, key)) }
    }

    fn points(&mut self, name: &str) -> Option<Points> {
        if self.text(name).is_empty() {
            return None;
        }
        let points = whole(self.text(name)).and_then(|number| Points::parse(number).ok());
        if points.is_none() {
            self.wrong::<()>(name, "programme-bad-points");
        }
        points
    }

    fn hundredths(&mut self, name: &str, key: &'static str) -> u32 {
        hundredths(self.text(name)).unwrap_or_else(|| self.wrong(name, key))
    }

    fn minor(&mut self, name: &str) -> i64 {
        minor(self.text(name), self.currency).unwrap_or_else(|| self.wrong(name, "programme-bad-money"))
    }

    fn point(&mut self) -> u32 {
        let minor = self.minor("point");
        u32::try_from(minor).unwrap_or_else(|_| self.wrong("point", "programme-bad-point"))
    }

    fn title(&mut self, name: &str) -> Option<Title> {
        let title = Title::parse(self.text(name));
        if title.is_err() {
            self.wrong::<()>(name, "set-up-bad-name");
        }
        title.ok()
    }

    /// What the club calls a rule, if anything.
    fn rule_name(&mut self, rule: u16, names: &mut BTreeMap<RuleId, Title>) {
        let name = of_rule(rule, "name");
        if !self.text(&name).is_empty() {
            names.extend(self.title(&name).map(|title| (RuleId(rule), title)));
        }
    }

    fn tiers(&mut self) -> (Option<Tiers>, Vec<Title>) {
        if self.tiers.is_empty() {
            return (None, Vec::new());
        }
        let (mut tiers, mut names) = (Vec::new(), Vec::new());
        for (place, row) in (0..).zip(self.tiers.clone()) {
            let name = of_tier(row, "name");
            let title = self.title(&name);
            if title.as_ref().is_some_and(|title| names.contains(title)) {
                self.wrong::<()>(name, "programme-tier-name-twice");
            }
            names.extend(title);
            tiers.push(TierSpec { name: place, entry: self.entry(row) });
        }
        let downgrade = match self.text("downgrade") {
            "reached" => Downgrade::ToReached,
            _ => Downgrade::OneStep,
        };
        let window_months = self.number("window", "programme-bad-window");
        let spec = TiersSpec {
            tiers,
            window_months,
            grace_days: self.number("grace", "programme-bad-grace"),
            downgrade,
        };
        if !self.wrongs.is_empty() {
            return (None, names);
        }
        let tiers = Tiers::parse(spec);
        let refused = tiers.as_ref().err().map(|refusal| field_of_tiers(*refusal, &self.tiers));
        self.wrongs.extend(refused);
        (tiers.ok(), names)
    }

    fn entry(&mut self, row: u16) -> Entry {
        let (spend, visits) = (of_tier(row, "spend"), of_tier(row, "visits"));
        let minor = (!self.text(&spend).is_empty()).then(|| self.minor(&spend));
        let count = self.number_or_none(&visits, "programme-bad-visits");
        match (minor, count) {
            (None, None) => Entry::Everyone,
            (Some(minor), None) => Entry::Spend { minor },
            (None, Some(count)) => Entry::Visits { count },
            (Some(minor), Some(count)) => Entry::Either { minor, count },
        }
    }

    /// The tier of a row that is chosen; the lowest one where none is.
    fn tier(&mut self, name: &str) -> Tier {
        let chosen = self.text(name);
        if chosen.is_empty() {
            return Tier(0);
        }
        let row = chosen.parse::<u16>().ok();
        let place = self.tiers.iter().position(|tier| Some(*tier) == row);
        let place = place.and_then(|place| u8::try_from(place).ok());
        place.map_or_else(|| self.wrong(name, "programme-bad-tier"), Tier)
    }

    fn earning(&mut self, rule: u16, names: &mut BTreeMap<RuleId, Title>) -> EarningRule {
        self.rule_name(rule, names);
        let amount = of_rule(rule, "amount");
        let gives = match self.text(&of_rule(rule, "gives")) {
            "multiplied" => Gives::Multiplied { hundredths: self.hundredths(&amount, "programme-bad-times") },
            "unit" => Gives::PerUnit { points: self.number(&amount, "programme-bad-unit-points") },
            _ => Gives::Percent(self.rate(rule, &amount)),
        };
        let goods = self.goods(&format!("r{rule}"));
        EarningRule { id: RuleId(rule), goods, conditions: self.conditions(rule), gives }
    }

    /// One rate for all, or for each tier where a tier has one of its own.
    fn rate(&mut self, rule: u16, amount: &str) -> Rate {
        let own: Vec<String> = self.tiers.iter().map(|row| of_rule(rule, &format!("rate-{row}"))).collect();
        if own.iter().all(|name| self.text(name).is_empty()) {
            return Rate::ForAll(self.hundredths(amount, "programme-bad-rate"));
        }
        let rate = |name: String| {
            let name = if self.text(&name).is_empty() { amount.to_owned() } else { name };
            self.hundredths(&name, "programme-bad-rate")
        };
        Rate::ByTier(own.into_iter().map(rate).collect())
    }

    fn codes(&mut self, name: &str) -> Vec<GoodsCode> {
        let mut codes = Vec::new();
        for line in lines(self.text(name)) {
            match GoodsCode::parse(&line) {
                Ok(code) => codes.push(code),
                Err(_) => return self.wrong(name, "programme-bad-code"),
            }
        }
        codes
    }

    fn goods(&mut self, row: &str) -> Selection {
        let mut listed = |products: &str, categories: &str| Goods {
            products: self.codes(&format!("{row}-{products}")),
            categories: self.codes(&format!("{row}-{categories}")),
        };
        let (chosen, without) = (listed("products", "categories"), listed("no-products", "no-categories"));
        let chosen =
            if self.text(&format!("{row}-chosen")) == "only" { Chosen::Only(chosen) } else { Chosen::All };
        Selection::parse(chosen, without).unwrap_or_else(|refusal| {
            self.wrongs.push(field_of_selection(refusal, row));
            Selection::all()
        })
    }

    fn conditions(&mut self, rule: u16) -> Conditions {
        let hours_name = of_rule(rule, "hours");
        let typed = lines(self.text(&hours_name));
        let hours = if typed.is_empty() { None } else { Some(hours::schedule(&typed)) };
        if matches!(hours, Some(Err(_))) {
            self.wrong::<()>(hours_name, "set-up-bad-hours");
        }
        let tier = self.tier(&of_rule(rule, "tier"));
        Conditions {
            hours: hours.and_then(Result::ok),
            dates: self.dates(rule),
            birthday: self.around(&format!("r{rule}")),
            newcomer_days: self.number_or_none(&of_rule(rule, "newcomer"), "programme-bad-newcomer"),
            from_tier: Some(tier).filter(|tier| tier.0 > 0),
            offered_only: self.text(&of_rule(rule, "offered")) == "yes",
        }
    }

    /// From the first to the last of the dates, both in it.
    fn dates(&mut self, rule: u16) -> Option<DateSpan> {
        let (from, until) = (of_rule(rule, "from"), of_rule(rule, "until"));
        if self.text(&from).is_empty() && self.text(&until).is_empty() {
            return None;
        }
        let mut date = |name: &str| {
            let date = self.text(name).parse::<Date>().ok();
            if date.is_none() {
                self.wrong::<()>(name, "programme-bad-date");
            }
            date
        };
        let (first, last) = (date(&from), date(&until));
        let (first, last) = first.zip(last)?;
        let span = last.tomorrow().ok().and_then(|after| DateSpan::parse(first, after).ok());
        if span.is_none() {
            self.wrong::<()>(until, "programme-bad-dates");
        }
        span
    }

    /// The days around a birthday; nothing when neither side is typed.
    fn around(&mut self, row: &str) -> Option<Around> {
        let [before, after] = ["before", "after"].map(|part| format!("{row}-{part}"));
        let days_before = self.number_or_none(&before, "programme-bad-around");
        let days_after = self.number_or_none(&after, "programme-bad-around");
        if days_before.is_none() && days_after.is_none() {
            return None;
        }
        Some(Around { days_before: days_before.unwrap_or(0), days_after: days_after.unwrap_or(0) })
    }

    fn gift(&mut self, word: &str, names: &mut BTreeMap<RuleId, Title>) -> Option<GiftRule> {
        let points = self.points(&of_gift(word, "points"))?;
        let rule = self.number(&of_gift(word, "rule"), "set-up-choose");
        self.rule_name(rule, names);
        let occasion = match word {
            "welcome" => Occasion::Welcome,
            "birthday" => {
                let around = self.around(&format!("g-{word}"));
                Occasion::Birthday(around.unwrap_or(Around { days_before: 0, days_after: 0 }))
            }
            "brought" => Occasion::BroughtSomebody,
            "was-brought" => Occasion::WasBrought,
            "visit" => Occasion::Visit,
            _ => Occasion::Class,
        };
        let lasts_days = self.number_or_none(&of_gift(word, "lasts"), "programme-bad-life");
        Some(GiftRule { id: RuleId(rule), occasion, points, lasts_days })
    }

    fn spending(&mut self) -> Option<Spending> {
        if self.text("spends") != "yes" {
            return None;
        }
        let min_receipt_minor =
            if self.text("min-receipt").is_empty() { 0 } else { self.minor("min-receipt") };
        Some(Spending {
            goods: self.goods("s"),
            share_basis_points: self.hundredths("share", "programme-bad-share"),
            step_points: self.number("step", "programme-bad-step"),
            min_points: self.number("min", "programme-bad-min"),
            min_receipt_minor,
        })
    }

    fn expiry(&mut self) -> ExpiryRule {
        let count = "expiry-count";
        let end_of = match self.text("expiry") {
            "never" => return ExpiryRule::Never,
            "days" => return ExpiryRule::Days(self.number(count, "programme-bad-life")),
            "inactivity" => {
                return ExpiryRule::Inactivity { months: self.number(count, "programme-bad-life") };
            }
            "end-of-month" => Period::Month,
            "end-of-quarter" => Period::Quarter,
            "end-of-half-year" => Period::HalfYear,
            "end-of-year" => Period::Year,
            _ => return ExpiryRule::Months(self.number(count, "programme-bad-life")),
        };
        let further = self.number_or_none(count, "programme-bad-life").unwrap_or(0);
        ExpiryRule::EndOf { period: end_of, further }
    }

    /// Days, with anything between them.
    fn warnings(&mut self) -> Vec<u16> {
        let parts =
            self.text("warnings").split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let days: Option<Vec<u16>> = parts.map(|part| part.parse().ok()).collect();
        days.unwrap_or_else(|| self.wrong("warnings", "programme-bad-warnings"))
    }

    fn reward(&mut self, rule: u16, names: &mut BTreeMap<RuleId, Title>) -> Reward {
        self.rule_name(rule, names);
        let kind = match self.text(&of_rule(rule, "kind")) {
            "gift" => {
                RewardKind::Gift { gift: self.gift_id(rule), cost: self.points(&of_rule(rule, "cost")) }
            }
            "early" => RewardKind::EarlyAccess,
            _ => RewardKind::Discount {
                basis_points: self.hundredths(&of_rule(rule, "discount"), "programme-bad-discount"),
                goods: self.goods(&format!("r{rule}")),
            },
        };
        Reward { id: RuleId(rule), from_tier: self.tier(&of_rule(rule, "tier")), kind }
    }

    /// Which gift: what the club calls the rule says it to people.
    fn gift_id(&mut self, rule: u16) -> GiftId {
        if self.text(&of_rule(rule, "name")).is_empty() {
            self.wrong::<()>(of_rule(rule, "name"), "programme-gift-without-name");
        }
        match Id::parse(self.text(&of_rule(rule, "gift"))) {
            Some(id) => GiftId(*id.bytes()),
            None => {
                self.wrong::<()>(of_rule(rule, "kind"), "set-up-choose");
                GiftId(*Id::from_bytes([0; 16]).bytes())
            }
        }
    }
}
