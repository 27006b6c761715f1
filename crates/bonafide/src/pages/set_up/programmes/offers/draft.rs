//! An offer as a form, and a form as an offer. What never changes of it (the rule, and how many are left without it) stands in the form of
//! a new one only.

use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{
    Bought, Chosen, Fitting, FittingRefusal, Goods, GoodsCode, HELD_OUT_PERCENT, PersonalOffer,
    PersonalOfferRefusal, PersonalOfferSpec, RuleId, Selection, Spent, Tier,
};
use bonafide_store::personal_offers::{OfferDraft, SavedOffer};
use jiff::civil::Date;

use crate::pages::programme_terms::words::rule_words;
use crate::pages::set_up::form::{Field, Filling, Wrong};
use crate::pages::set_up::programmes::draft::{minor, minor_words, whole};
use crate::pages::set_up::programmes::offers::Ruled;
use crate::pages::set_up::{filled, lines};
use crate::server::form::Form;
use crate::server::page::Page;

/// How long a new offer lasts unless somebody says otherwise, in days.
const NEW_LASTS_DAYS: i64 = 30;

/// What stands in the form of a new offer: a month from today, one use, a tenth left without.
pub(super) fn blank(ruled: &Ruled) -> Form {
    let through = days_after(ruled.today, NEW_LASTS_DAYS - 1).unwrap_or(ruled.today);
    filled(&[
        ("from", ruled.today.to_string()),
        ("through", through.to_string()),
        ("uses", "1".to_owned()),
        ("held-out", HELD_OUT_PERCENT.to_string()),
    ])
}

/// What stands in the form of one that is there.
pub(super) fn of_saved(ruled: &Ruled, saved: &SavedOffer) -> Form {
    let (spec, currency) = (saved.content.offer.spec(), ruled.found.programme.currency);
    let fitting = &spec.fitting;
    let through = spec.dates.until().yesterday().unwrap_or(spec.dates.until());
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let days = |days: Option<u16>| number(days.map(u64::from));
    let tier = |tier: Option<Tier>| number(tier.map(|tier| u64::from(tier.0)));
    let sum = |minor: Option<i64>| minor.map(|minor| minor_words(minor, currency)).unwrap_or_default();
    let bought = fitting.bought.as_ref();
    let goods = bought.and_then(|bought| match bought.goods.chosen() {
        Chosen::Only(goods) => Some(goods),
        Chosen::All => None,
    });
    let codes = |codes: &[GoodsCode]| codes.iter().map(GoodsCode::as_str).collect::<Vec<_>>().join("\n");
    filled(&[
        ("seen", saved.version.to_string()),
        ("name", saved.content.name.as_str().to_owned()),
        ("from", spec.dates.from().to_string()),
        ("through", through.to_string()),
        ("uses", days(spec.uses_max)),
        ("tier-from", tier(fitting.from_tier)),
        ("tier-through", tier(fitting.through_tier)),
        ("away-min", days(fitting.away_days_min)),
        ("away-max", days(fitting.away_days_max)),
        ("spent-days", days(fitting.spent.map(|spent| spent.days))),
        ("spent-min", sum(fitting.spent.and_then(|spent| spent.min_minor))),
        ("spent-max", sum(fitting.spent.and_then(|spent| spent.max_minor))),
        ("bought", bought.map_or("", |bought| if bought.is_none { "none" } else { "some" }).to_owned()),
        ("bought-days", days(bought.map(|bought| bought.days))),
        ("products", goods.map(|goods| codes(&goods.products)).unwrap_or_default()),
        ("categories", goods.map(|goods| codes(&goods.categories)).unwrap_or_default()),
        ("birthday", days(fitting.birthday_days)),
        ("joined", days(fitting.joined_days_max)),
        ("points", number(fitting.points_min)),
    ])
}

/// The fields of the form.
pub(super) fn fields(page: &Page, ruled: &Ruled, filling: &Filling<'_>) -> Vec<Field> {
    let mut fields = vec![filling.text("name", "set-up-name").with_hint("offer-name-hint")];
    if filling.is_new {
        fields.push(filling.select("rule", "offer-rule", rules(page, ruled)).with_hint("offer-rule-hint"));
    }
    fields.push(filling.date("from", "offer-from"));
    fields.push(filling.date("through", "offer-through").with_hint("offer-through-hint"));
    fields.push(filling.number("uses", "offer-uses").with_hint("offer-uses-hint"));
    if filling.is_new {
        fields.push(filling.number("held-out", "offer-held-out").with_hint("offer-held-out-hint"));
    }
    fields.push(
        filling.number("away-min", "offer-away-min").titled("offer-for-whom").with_hint("offer-away-hint"),
    );
    fields.push(filling.number("away-max", "offer-away-max"));
    fields.push(filling.text("spent-min", "offer-spent-min"));
    fields.push(filling.text("spent-max", "offer-spent-max"));
    fields.push(filling.number("spent-days", "offer-spent-days"));
    let choices = [("", "offer-bought-any"), ("some", "offer-bought-some"), ("none", "offer-bought-none")];
    let choices = choices.map(|(value, key)| (value.to_owned(), page.say(key)));
    fields.push(filling.select("bought", "offer-bought", choices.to_vec()));
    fields.push(filling.codes("products", "programme-products").with_hint("programme-codes-hint"));
    fields.push(filling.codes("categories", "programme-categories"));
    fields.push(filling.number("bought-days", "offer-bought-days"));
    let tiers = tiers(page, ruled);
    if !tiers.is_empty() {
        fields.push(filling.select("tier-from", "offer-tier-from", tiers.clone()));
        fields.push(filling.select("tier-through", "offer-tier-through", tiers));
    }
    fields.push(filling.number("birthday", "offer-birthday").with_hint("offer-birthday-hint"));
    fields.push(filling.number("joined", "offer-joined"));
    fields.push(filling.number("points", "offer-points-min"));
    fields
}

/// The rules that can be offered, in words.
fn rules(page: &Page, ruled: &Ruled) -> Vec<(String, String)> {
    let rules = ruled.rules.rules.spec().earning.iter().filter(|rule| rule.conditions.offered_only);
    let choice = |rule: &bonafide_domain::programme::EarningRule| {
        (rule.id.0.to_string(), rule_words(&ruled.rules, rule, page.words()))
    };
    rules.map(choice).collect()
}

/// The tiers, after "any"; nothing where all members are alike.
fn tiers(page: &Page, ruled: &Ruled) -> Vec<(String, String)> {
    let count = ruled.rules.rules.spec().tiers.as_ref().map_or(0, |tiers| tiers.spec().tiers.len());
    let named = (0..u8::MAX).take(count).map(|tier| {
        let name = ruled.rules.tier_name(Tier(tier)).map_or("", |name| name.as_str());
        (tier.to_string(), name.to_owned())
    });
    let any = (count > 0).then(|| (String::new(), page.say("offer-any-tier")));
    any.into_iter().chain(named).collect()
}

/// The offer of a form, or all that is wrong with it. Of one that is there, rule and share are taken from it.
pub(super) fn typed(
    form: &Form,
    currency: Currency,
    before: Option<&SavedOffer>,
) -> Result<OfferDraft, Vec<Wrong>> {
    let mut reader = Reader { form, currency, wrongs: Vec::new() };
    let name = Title::parse(form.text("name")).ok();
    if name.is_none() {
        reader.wrong("name", "set-up-bad-name");
    }
    let fitting = reader.fitting();
    let dates = reader.dates();
    let uses_max = reader.number("uses", "offer-bad-uses");
    let (rule, held_out) = match before.map(|before| before.content.offer.spec()) {
        Some(spec) => (Some(spec.rule), Some(spec.held_out_percent)),
        None => {
            (reader.needed("rule", "offer-no-rule").map(RuleId), reader.needed("held-out", "offer-bad-share"))
        }
    };
    let wrongs = reader.wrongs;
    let (Some(name), Some(dates), Some(rule), Some(held_out_percent), true) =
        (name, dates, rule, held_out, wrongs.is_empty())
    else {
        return Err(wrongs);
    };
    let spec = PersonalOfferSpec { rule, fitting, dates, uses_max, held_out_percent };
    let offer = PersonalOffer::parse(spec).map_err(|refusal| vec![field_of(refusal)])?;
    // Whoever changes one that was stopped has not said that it is to go on.
    let is_on = before.is_none_or(|before| before.content.is_on);
    Ok(OfferDraft { name, offer, is_on })
}

struct Reader<'a> {
    form: &'a Form,
    currency: Currency,
    wrongs: Vec<Wrong>,
}

impl Reader<'_> {
    fn wrong(&mut self, field: &'static str, key: &'static str) {
        self.wrongs.push((field, key));
    }

    fn text(&self, field: &str) -> &str {
        self.form.text(field).trim()
    }

    /// A number that may be missing.
    fn number<T: TryFrom<u64>>(&mut self, field: &'static str, key: &'static str) -> Option<T> {
        if self.text(field).is_empty() { None } else { self.needed(field, key) }
    }

    fn needed<T: TryFrom<u64>>(&mut self, field: &'static str, key: &'static str) -> Option<T> {
        let number = whole(self.text(field)).and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.wrong(field, key);
        }
        number
    }

    fn sum(&mut self, field: &'static str) -> Option<i64> {
        if self.text(field).is_empty() {
            return None;
        }
        let sum = minor(self.text(field), self.currency);
        if sum.is_none() {
            self.wrong(field, "programme-bad-money");
        }
        sum
    }

    fn dates(&mut self) -> Option<DateSpan> {
        let mut date = |field: &'static str| {
            let date = self.text(field).parse::<Date>().ok();
            if date.is_none() {
                self.wrong(field, "programme-bad-date");
            }
            date
        };
        let (from, through) = date("from").zip(date("through"))?;
        let span = through.tomorrow().ok().and_then(|until| DateSpan::parse(from, until).ok());
        if span.is_none() {
            self.wrong("through", "programme-bad-dates");
        }
        span
    }

    fn fitting(&mut self) -> Fitting {
        let days = "offer-bad-days";
        Fitting {
            from_tier: self.number("tier-from", "offer-no-tier").map(Tier),
            through_tier: self.number("tier-through", "offer-no-tier").map(Tier),
            away_days_min: self.number("away-min", days),
            away_days_max: self.number("away-max", days),
            spent: self.spent(),
            bought: self.bought(),
            birthday_days: self.number("birthday", "offer-bad-birthday"),
            joined_days_max: self.number("joined", days),
            points_min: self.number("points", "programme-bad-points"),
        }
    }

    fn spent(&mut self) -> Option<Spent> {
        let (min_minor, max_minor) = (self.sum("spent-min"), self.sum("spent-max"));
        let is_asked =
            ["spent-min", "spent-max", "spent-days"].iter().any(|field| !self.text(field).is_empty());
        let days = is_asked.then(|| self.needed("spent-days", "offer-bad-days")).flatten()?;
        Some(Spent { days, min_minor, max_minor })
    }

    fn bought(&mut self) -> Option<Bought> {
        let is_none = match self.text("bought") {
            "some" => false,
            "none" => true,
            _ => return None,
        };
        let days = self.needed("bought-days", "offer-bad-days");
        let goods = Goods { products: self.codes("products"), categories: self.codes("categories") };
        let goods = Selection::parse(Chosen::Only(goods), Goods::default()).ok();
        if goods.is_none() {
            self.wrong("products", "offer-bad-goods");
        }
        Some(Bought { goods: goods?, days: days?, is_none })
    }

    fn codes(&mut self, field: &'static str) -> Vec<GoodsCode> {
        let codes: Option<Vec<GoodsCode>> =
            lines(self.text(field)).iter().map(|line| GoodsCode::parse(line).ok()).collect();
        if codes.is_none() {
            self.wrong(field, "programme-bad-code");
        }
        codes.unwrap_or_default()
    }
}

/// Where the page says what an offer refuses.
const fn field_of(refusal: PersonalOfferRefusal) -> Wrong {
    use FittingRefusal as F;
    match refusal {
        PersonalOfferRefusal::Fitting(why) => match why {
            F::TierOrder => ("tier-through", "offer-bad-order"),
            F::AwayDays => ("away-min", "offer-bad-days"),
            F::AwayOrder => ("away-max", "offer-bad-order"),
            F::SpentDays => ("spent-days", "offer-bad-days"),
            F::SpentSum => ("spent-min", "offer-bad-sum"),
            F::SpentOrder => ("spent-max", "offer-bad-order"),
            F::BoughtDays => ("bought-days", "offer-bad-days"),
            F::BirthdayDays => ("birthday", "offer-bad-birthday"),
            F::JoinedDays => ("joined", "offer-bad-days"),
            F::Points => ("points", "programme-bad-points"),
        },
        PersonalOfferRefusal::TooLong => ("through", "offer-too-long"),
        PersonalOfferRefusal::Uses => ("uses", "offer-bad-uses"),
        PersonalOfferRefusal::HeldOut => ("held-out", "offer-bad-share"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        let plain = [
            ("name", "Tea"),
            ("rule", "9"),
            ("from", "2027-01-01"),
            ("through", "2027-01-31"),
            ("held-out", "10"),
        ];
        let kept = plain.iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name));
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Form::of(kept.chain(fields).map(owned).collect())
    }

    /// What is typed otherwise, and what is wrong with it.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [Wrong]);

    #[test]
    fn a_form_is_read_as_a_whole_and_each_mistake_stands_at_its_field() {
        let euro = Currency::parse("EUR").unwrap();
        let cases: [Case<'_>; 16] = [
            (&[], &[]),
            (&[("uses", "")], &[]),
            (
                &[("name", ""), ("through", "")],
                &[("name", "set-up-bad-name"), ("through", "programme-bad-date")],
            ),
            (&[("rule", "")], &[("rule", "offer-no-rule")]),
            (&[("held-out", "51")], &[("held-out", "offer-bad-share")]),
            (&[("held-out", "ten")], &[("held-out", "offer-bad-share")]),
            (&[("uses", "0")], &[("uses", "offer-bad-uses")]),
            (&[("uses", "99999")], &[("uses", "offer-bad-uses")]),
            (&[("through", "2026-12-31")], &[("through", "programme-bad-dates")]),
            (&[("through", "2029-01-01")], &[("through", "offer-too-long")]),
            (&[("away-min", "9"), ("away-max", "8")], &[("away-max", "offer-bad-order")]),
            (&[("spent-min", "10")], &[("spent-days", "offer-bad-days")]),
            (&[("spent-days", "10")], &[("spent-min", "offer-bad-sum")]),
            (&[("spent-min", "x"), ("spent-days", "3")], &[("spent-min", "programme-bad-money")]),
            (
                &[("bought", "some"), ("categories", "")],
                &[("bought-days", "offer-bad-days"), ("products", "offer-bad-goods")],
            ),
            (&[("birthday", "61")], &[("birthday", "offer-bad-birthday")]),
        ];
        for (fields, wrongs) in cases {
            let found = typed(&form(fields), euro, None).err().unwrap_or_default();
            assert_eq!(found, wrongs, "{fields:?}");
        }
    }

    #[test]
    fn everything_that_is_typed_counts() {
        let all = form(&[
            ("uses", "2"),
            ("tier-from", "0"),
            ("tier-through", "1"),
            ("away-min", "30"),
            ("away-max", "90"),
            ("spent-min", "1,50"),
            ("spent-max", "20"),
            ("spent-days", "60"),
            ("bought", "none"),
            ("bought-days", "7"),
            ("products", "4711\n"),
            ("categories", "tea\ncake"),
            ("birthday", "3"),
            ("joined", "14"),
            ("points", "1 000"),
        ]);
        let draft = typed(&all, Currency::parse("EUR").unwrap(), None).unwrap();
        let spec = draft.offer.spec();
        assert_eq!((spec.rule, spec.uses_max, spec.held_out_percent), (RuleId(9), Some(2), 10));
        assert_eq!((spec.dates.from().to_string(), spec.dates.days()), ("2027-01-01".to_owned(), 31));
        let fitting = &spec.fitting;
        assert_eq!((fitting.from_tier, fitting.through_tier), (Some(Tier(0)), Some(Tier(1))));
        assert_eq!((fitting.away_days_min, fitting.away_days_max), (Some(30), Some(90)));
        let spent = Spent { days: 60, min_minor: Some(150), max_minor: Some(2_000) };
        assert_eq!(fitting.spent, Some(spent));
        let bought = fitting.bought.as_ref().unwrap();
        assert_eq!((bought.days, bought.is_none), (7, true));
        let Chosen::Only(goods) = bought.goods.chosen() else { panic!("some goods") };
        assert_eq!((goods.products.len(), goods.categories.len()), (1, 2));
        assert_eq!(
            (fitting.birthday_days, fitting.joined_days_max, fitting.points_min),
            (Some(3), Some(14), Some(1_000))
        );
    }
}
