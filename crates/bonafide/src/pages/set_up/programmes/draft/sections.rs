//! What the page with the form shows: sections of fields, with rows that can be added and removed.

use std::collections::BTreeMap;

use super::{EARNING, NEXT, OCCASIONS, REWARDS, TIERS, Wrong, of_gift, of_rule, of_tier, rows};
use bonafide_store::id::Id;

use crate::pages::set_up::form::{Choice, Field, Kind};
use crate::server::form::Form;
use crate::server::page::Page;

/// The words of each occasion's gift, in the order of [`OCCASIONS`].
const GIFTS: [&str; 6] = [
    "programme-gift-welcome",
    "programme-gift-birthday",
    "programme-gift-brought",
    "programme-gift-was-brought",
    "programme-gift-visit",
    "programme-gift-class",
];

/// A part of the page.
pub(crate) struct Section {
    /// The key of its title.
    pub(crate) title: &'static str,
    /// The key of what it is about.
    pub(crate) words: &'static str,
    pub(crate) rows: Vec<Rows>,
    /// What the button that adds a row does, and the key of its words.
    pub(crate) add: Option<(String, &'static str)>,
    /// Fields below the rows.
    pub(crate) fields: Vec<Field>,
}

/// Fields that belong together.
pub(crate) struct Rows {
    /// What it is called.
    pub(crate) title: String,
    /// What goes along unseen.
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) fields: Vec<Field>,
    /// What is folded away while nothing stands in it.
    pub(crate) parts: Vec<Part>,
    /// What the button that removes it does.
    pub(crate) remove: Option<String>,
}

/// Fields that few rules need.
pub(crate) struct Part {
    /// The key of its title.
    pub(crate) title: &'static str,
    pub(crate) open: bool,
    pub(crate) fields: Vec<Field>,
}

/// All sections of the form, with what is wrong beside its fields. `gifts` are those that the programme keeps, with their names.
pub(crate) fn sections(page: &Page, form: &Form, wrongs: &[Wrong], gifts: &[(Id, String)]) -> Vec<Section> {
    let mut values = BTreeMap::new();
    for (name, value) in form.fields() {
        values.entry(name).or_insert(value);
    }
    let mut sheet = Sheet { page, form, values, wrongs, gifts, tiers: Vec::new() };
    let numbered = (1_u64..).zip(rows(form, TIERS));
    sheet.tiers = numbered.map(|(number, row)| (row, sheet.tier_called(number, row))).collect();
    vec![
        sheet.worth(),
        sheet.earning(),
        sheet.limits(),
        sheet.spending(),
        sheet.expiry(),
        sheet.tier_section(),
        sheet.rewards(),
        sheet.gifts(),
    ]
}

/// What else goes along with the form: the number of the next row.
pub(crate) fn next_number(form: &Form) -> (String, String) {
    (NEXT.to_owned(), form.text(NEXT).to_owned())
}

struct Sheet<'a> {
    page: &'a Page,
    form: &'a Form,
    values: BTreeMap<&'a str, &'a str>,
    wrongs: &'a [Wrong],
    /// The gifts that the programme keeps, with their names.
    gifts: &'a [(Id, String)],
    /// The rows of tiers, and what each is called.
    tiers: Vec<(u16, String)>,
}

impl Sheet<'_> {
    fn value(&self, name: &str) -> &str {
        self.values.get(name).copied().unwrap_or_default()
    }

    fn field(&self, kind: Kind, name: impl Into<String>, label: &'static str) -> Field {
        let name = name.into();
        let refused = self.wrongs.iter().find(|(field, _)| *field == name).map(|(_, key)| *key);
        let value = self.value(&name).to_owned();
        Field::named(kind, name, label, &value).refused(refused)
    }

    fn text(&self, name: impl Into<String>, label: &'static str) -> Field {
        self.field(Kind::Text, name, label)
    }

    fn number(&self, name: impl Into<String>, label: &'static str) -> Field {
        self.field(Kind::Number, name, label)
    }

    fn select(&self, name: impl Into<String>, label: &'static str, all: &[(&str, &str)]) -> Field {
        let all = all.iter().map(|(value, key)| ((*value).to_owned(), self.page.say(key)));
        self.choosing(name, label, all.collect())
    }

    fn choosing(&self, name: impl Into<String>, label: &'static str, all: Vec<(String, String)>) -> Field {
        let field = self.field(Kind::Select, name, label);
        let typed = self.value(field.name()).to_owned();
        let choice = |(value, label): (String, String)| Choice { chosen: value == typed, value, label };
        field.choosing(all.into_iter().map(choice).collect())
    }

    fn tier_called(&self, number: u64, row: u16) -> String {
        let name = self.value(&of_tier(row, "name")).trim();
        if name.is_empty() {
            self.page.say_count("programme-tier-number", "number", number)
        } else {
            name.to_owned()
        }
    }

    fn worth(&self) -> Section {
        let fields = vec![self.text("point", "programme-point").with_hint("programme-point-hint")];
        Section { title: "programme-worth", words: "programme-worth-words", rows: vec![], add: None, fields }
    }

    fn earning(&self) -> Section {
        let numbered = (1_u64..).zip(rows(self.form, EARNING));
        let rows = numbered.map(|(number, rule)| self.earning_row(number, rule)).collect();
        let add = Some((format!("add {EARNING}"), "programme-earning-add"));
        Section { title: "programme-earning", words: "programme-earning-words", rows, add, fields: vec![] }
    }

    fn earning_row(&self, number: u64, rule: u16) -> Rows {
        let mut fields = vec![
            self.text(of_rule(rule, "name"), "programme-rule-name").with_hint("programme-rule-name-hint"),
            self.select(
                of_rule(rule, "gives"),
                "programme-gives",
                &[
                    ("percent", "programme-gives-percent"),
                    ("multiplied", "programme-gives-multiplied"),
                    ("unit", "programme-gives-unit"),
                ],
            ),
            self.text(of_rule(rule, "amount"), "programme-amount").with_hint("programme-amount-hint"),
        ];
        let rate = |(row, called): &(u16, String)| {
            let name = of_rule(rule, &format!("rate-{row}"));
            self.text(name, "programme-amount").called(&self.page.say_of("programme-rate-of", "tier", called))
        };
        fields.extend(self.tiers.iter().map(rate));
        let title = self.page.say_count("programme-rule-number", "number", number);
        let parts = vec![self.goods_part(&format!("r{rule}")), self.when(rule), self.for_whom(rule)];
        Rows {
            title,
            hidden: vec![(EARNING.to_owned(), rule.to_string())],
            fields,
            parts,
            remove: Some(format!("remove {EARNING} {rule}")),
        }
    }

    /// Which goods. Folded while everything is meant.
    fn goods_part(&self, row: &str) -> Part {
        let codes = |part: &str, label| self.field(Kind::Codes, format!("{row}-{part}"), label);
        let listed = vec![
            codes("products", "programme-products").with_hint("programme-codes-hint"),
            codes("categories", "programme-categories"),
            codes("no-products", "programme-no-products"),
            codes("no-categories", "programme-no-categories"),
        ];
        let chosen = format!("{row}-chosen");
        let open = self.value(&chosen) == "only" || listed.iter().any(Field::says_something);
        let all = [("all", "programme-goods-all"), ("only", "programme-goods-only")];
        let mut fields = vec![self.select(chosen, "programme-goods-chosen", &all)];
        fields.extend(listed);
        Part { title: "programme-goods", open, fields }
    }

    fn when(&self, rule: u16) -> Part {
        let fields = vec![
            self.field(Kind::Lines, of_rule(rule, "hours"), "set-up-hours").with_hint("set-up-hours-hint"),
            self.field(Kind::Date, of_rule(rule, "from"), "programme-from"),
            self.field(Kind::Date, of_rule(rule, "until"), "programme-until"),
        ];
        Part { title: "programme-when", open: fields.iter().any(Field::says_something), fields }
    }

    fn for_whom(&self, rule: u16) -> Part {
        let asked = vec![
            self.number(of_rule(rule, "newcomer"), "programme-newcomer").with_hint("programme-newcomer-hint"),
            self.number(of_rule(rule, "before"), "programme-before").with_hint("programme-birthday-hint"),
            self.number(of_rule(rule, "after"), "programme-after"),
            self.tier(rule),
        ];
        let offered = of_rule(rule, "offered");
        let open = self.value(&offered) == "yes" || asked.iter().any(Field::says_something);
        let all = [("no", "programme-offered-no"), ("yes", "programme-offered-yes")];
        let mut fields = asked;
        fields.push(self.select(offered, "programme-offered", &all));
        Part { title: "programme-for-whom", open, fields }
    }

    /// From which tier up; the value of the lowest one is empty.
    fn tier(&self, rule: u16) -> Field {
        let mut all = vec![(String::new(), self.page.say("programme-everybody"))];
        all.extend(self.tiers.iter().skip(1).map(|(row, called)| (row.to_string(), called.clone())));
        self.choosing(of_rule(rule, "tier"), "programme-from-tier", all)
    }

    fn limits(&self) -> Section {
        let fields = vec![
            self.number("cap-receipt", "programme-cap-receipt").with_hint("programme-cap-hint"),
            self.number("cap-day", "programme-cap-day"),
            self.number("cap-month", "programme-cap-month"),
            self.number("pending", "programme-pending").with_hint("programme-pending-hint"),
        ];
        Section {
            title: "programme-limits",
            words: "programme-limits-words",
            rows: vec![],
            add: None,
            fields,
        }
    }

    fn spending(&self) -> Section {
        let all = [("yes", "programme-spends-yes"), ("no", "programme-spends-no")];
        let fields = vec![
            self.select("spends", "programme-spends", &all),
            self.text("share", "programme-share").with_hint("programme-share-hint"),
            self.number("step", "programme-step").with_hint("programme-step-hint"),
            self.number("min", "programme-min").with_hint("programme-min-hint"),
            self.text("min-receipt", "programme-min-receipt").with_hint("programme-min-receipt-hint"),
        ];
        let title = self.page.say("programme-spending-row");
        let parts = vec![self.goods_part("s")];
        let rows = vec![Rows { title, hidden: vec![], fields, parts, remove: None }];
        Section {
            title: "programme-spending",
            words: "programme-spending-words",
            rows,
            add: None,
            fields: vec![],
        }
    }

    fn expiry(&self) -> Section {
        let all = [
            ("months", "programme-expiry-months"),
            ("days", "programme-expiry-days"),
            ("end-of-month", "programme-expiry-end-of-month"),
            ("end-of-quarter", "programme-expiry-end-of-quarter"),
            ("end-of-half-year", "programme-expiry-end-of-half-year"),
            ("end-of-year", "programme-expiry-end-of-year"),
            ("inactivity", "programme-expiry-inactivity"),
            ("never", "programme-expiry-never"),
        ];
        let fields = vec![
            self.select("expiry", "programme-expiry-kind", &all),
            self.number("expiry-count", "programme-expiry-count").with_hint("programme-expiry-count-hint"),
            self.text("warnings", "programme-warnings").with_hint("programme-warnings-hint"),
        ];
        Section {
            title: "programme-expiry",
            words: "programme-expiry-words",
            rows: vec![],
            add: None,
            fields,
        }
    }

    fn tier_section(&self) -> Section {
        let row = |(row, called): &(u16, String)| {
            let spend = self.text(of_tier(*row, "spend"), "programme-tier-spend");
            Rows {
                title: called.clone(),
                hidden: vec![(TIERS.to_owned(), row.to_string())],
                fields: vec![
                    self.text(of_tier(*row, "name"), "set-up-name"),
                    spend.with_hint("programme-tier-spend-hint"),
                    self.number(of_tier(*row, "visits"), "programme-tier-visits"),
                ],
                parts: vec![],
                remove: Some(format!("remove {TIERS} {row}")),
            }
        };
        let rows: Vec<Rows> = self.tiers.iter().map(row).collect();
        let falls = [("step", "programme-fall-step"), ("reached", "programme-fall-reached")];
        let fields = vec![
            self.number("window", "programme-window").with_hint("programme-window-hint"),
            self.number("grace", "programme-grace").with_hint("programme-grace-hint"),
            self.select("downgrade", "programme-fall", &falls),
        ];
        let fields = if rows.is_empty() { vec![] } else { fields };
        let add = Some((format!("add {TIERS}"), "programme-tier-add"));
        Section { title: "programme-tiers", words: "programme-tiers-words", rows, add, fields }
    }

    fn rewards(&self) -> Section {
        let numbered = (1_u64..).zip(rows(self.form, REWARDS));
        let rows = numbered.map(|(number, rule)| self.reward_row(number, rule)).collect();
        let add = Some((format!("add {REWARDS}"), "programme-reward-add"));
        Section { title: "programme-rewards", words: "programme-rewards-words", rows, add, fields: vec![] }
    }

    fn reward_row(&self, number: u64, rule: u16) -> Rows {
        let kinds = [
            ("discount", "programme-reward-discount"),
            ("gift", "programme-reward-gift"),
            ("early", "programme-reward-early"),
        ];
        let mut fields = vec![
            self.text(of_rule(rule, "name"), "programme-rule-name").with_hint("programme-reward-name-hint"),
            self.select(of_rule(rule, "kind"), "programme-reward-kind", &kinds),
            self.tier(rule),
            self.text(of_rule(rule, "discount"), "programme-discount").with_hint("programme-discount-hint"),
            self.number(of_rule(rule, "cost"), "programme-cost").with_hint("programme-cost-hint"),
        ];
        let mut hidden = vec![(REWARDS.to_owned(), rule.to_string())];
        let gift = of_rule(rule, "gift");
        if self.gifts.is_empty() {
            hidden.push((gift.clone(), self.value(&gift).to_owned()));
        } else {
            fields.push(self.gift(gift));
        }
        Rows {
            title: self.page.say_count("programme-reward-number", "number", number),
            hidden,
            fields,
            parts: vec![self.goods_part(&format!("r{rule}"))],
            remove: Some(format!("remove {REWARDS} {rule}")),
        }
    }

    /// Which gift: one that is kept, or a new one that is called as the reward is.
    fn gift(&self, name: String) -> Field {
        let own = self.value(&name).to_owned();
        let is_kept = self.gifts.iter().any(|(gift, _)| gift.to_string() == own);
        let mut all: Vec<(String, String)> = Vec::new();
        if !is_kept {
            all.push((own, self.page.say("programme-gift-new")));
        }
        all.extend(self.gifts.iter().map(|(gift, name)| (gift.to_string(), name.clone())));
        self.choosing(name, "programme-gift-which", all)
    }

    fn gifts(&self) -> Section {
        // Nothing here knows of classes yet: rules that give for them may say so until they are changed, and no further ones do.
        let is_shown = |word: &str| word != "class" || !self.value(&of_gift(word, "points")).is_empty();
        let shown = OCCASIONS.iter().zip(GIFTS).filter(|(word, _)| is_shown(word));
        let rows = shown.map(|(word, title)| self.gift_row(word, title)).collect();
        Section { title: "programme-gifts", words: "programme-gifts-words", rows, add: None, fields: vec![] }
    }

    fn gift_row(&self, word: &str, title: &str) -> Rows {
        let rule_field = of_gift(word, "rule");
        let rule = self.value(&rule_field).to_owned();
        let lasts = self.number(of_gift(word, "lasts"), "programme-gift-lasts");
        let mut fields = vec![
            self.number(of_gift(word, "points"), "programme-gift-points").with_hint(hint_of(word)),
            lasts.with_hint("programme-gift-lasts-hint"),
        ];
        if word == "birthday" {
            fields.push(self.number(of_gift(word, "before"), "programme-before"));
            fields.push(self.number(of_gift(word, "after"), "programme-after"));
        }
        if let Ok(rule) = rule.parse::<u16>() {
            fields.push(self.text(of_rule(rule, "name"), "programme-rule-name"));
        }
        let hidden = vec![(rule_field, rule)];
        Rows { title: self.page.say(title), hidden, fields, parts: vec![], remove: None }
    }
}

/// What is to be known of an occasion besides that an empty field gives nothing.
fn hint_of(occasion: &str) -> &'static str {
    match occasion {
        "visit" => "programme-gift-visit-hint",
        "brought" | "was-brought" => "programme-gift-brought-hint",
        "class" => "programme-gift-class-hint",
        _ => "programme-gift-hint",
    }
}
