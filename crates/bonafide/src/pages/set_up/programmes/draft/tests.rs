use std::collections::BTreeMap;

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::ledger::Points;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::programme::{
    Around, Caps, Chosen, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, GiftId, GiftRule, Gives,
    Goods, GoodsCode, Period, Rate, Reward, RewardKind, RuleId, RulesSpec, Selection, Spending, Tier,
    TierSpec, Tiers, TiersSpec,
};
use bonafide_store::ledger::programmes::RulesDraft;
use jiff::civil::date;

use super::*;
use crate::commands::hours;

fn roubles() -> Currency {
    Currency::parse("RUB").unwrap()
}

fn points(points: u64) -> Points {
    Points::parse(points).unwrap()
}

fn codes(codes: &[&str]) -> Vec<GoodsCode> {
    codes.iter().map(|code| GoodsCode::parse(code).unwrap()).collect()
}

/// Coffee and tea and all cakes, but no gift cards.
fn some_goods() -> Selection {
    let chosen = Goods { products: codes(&["coffee", "tea"]), categories: codes(&["cakes"]) };
    let without = Goods { products: codes(&["gift card"]), categories: vec![] };
    Selection::parse(Chosen::Only(chosen), without).unwrap()
}

/// Rules that have something of everything.
fn rich() -> RulesDraft {
    let tier = |name, entry| TierSpec { name, entry };
    let tiers = TiersSpec {
        tiers: vec![
            tier(0, Entry::Everyone),
            tier(1, Entry::Either { minor: 1_000_050, count: 20 }),
            tier(2, Entry::Spend { minor: 5_000_000 }),
            tier(3, Entry::Either { minor: 9_000_000, count: 90 }),
        ],
        window_months: 12,
        grace_days: 30,
        downgrade: Downgrade::ToReached,
    };
    let earning = |id, gives, goods, conditions| EarningRule { id: RuleId(id), goods, conditions, gives };
    let conditions = Conditions {
        hours: Some(hours::schedule(&["mon-fri 09:00-16:00".to_owned()]).unwrap()),
        dates: Some(DateSpan::parse(date(2027, 5, 1), date(2027, 6, 1)).unwrap()),
        birthday: Some(Around { days_before: 3, days_after: 0 }),
        newcomer_days: Some(30),
        from_tier: Some(Tier(2)),
        offered_only: true,
    };
    let by_tier = Gives::Percent(Rate::ByTier(vec![300, 525, 700, 1_000]));
    let gift = |id, occasion| GiftRule { id: RuleId(id), occasion, points: points(100), lasts_days: None };
    let around = Around { days_before: 7, days_after: 14 };
    let reward = |id, from, kind| Reward { id: RuleId(id), from_tier: Tier(from), kind };
    let rules = RulesSpec {
        version: 1,
        currency: roubles(),
        point_minor: 50,
        tiers: Some(Tiers::parse(tiers).unwrap()),
        earning: vec![
            earning(11, by_tier, Selection::all(), Conditions::default()),
            earning(12, Gives::Multiplied { hundredths: 150 }, Selection::all(), conditions),
            earning(13, Gives::PerUnit { points: 25 }, some_goods(), Conditions::default()),
            earning(4, Gives::Percent(Rate::ForAll(1)), Selection::all(), Conditions::default()),
        ],
        caps: Caps { receipt: Some(points(1_000)), day: Some(points(2_000)), month: None },
        pending_days: 14,
        gifts: vec![
            GiftRule { lasts_days: Some(60), ..gift(21, Occasion::Welcome) },
            gift(22, Occasion::Birthday(around)),
            gift(23, Occasion::BroughtSomebody),
            gift(24, Occasion::WasBrought),
            gift(25, Occasion::Visit),
            gift(26, Occasion::Class),
        ],
        spending: Some(Spending {
            goods: some_goods(),
            share_basis_points: 3_333,
            step_points: 10,
            min_points: 100,
            min_receipt_minor: 50_000,
        }),
        expiry: ExpiryRule::EndOf { period: Period::Quarter, further: 3 },
        warning_days: vec![30, 7, 1],
        rewards: vec![
            reward(31, 1, RewardKind::Discount { basis_points: 500, goods: some_goods() }),
            reward(32, 0, RewardKind::Gift { gift: GiftId([9; 16]), cost: Some(points(500)) }),
            reward(33, 3, RewardKind::Gift { gift: GiftId([8; 16]), cost: None }),
            reward(34, 2, RewardKind::EarlyAccess),
        ],
    };
    let name = |text: &str| Title::parse(text).unwrap();
    let rule_names = [(11, "Points back"), (25, "For coming"), (32, "Cup of coffee"), (33, "Towel")];
    RulesDraft {
        rules,
        tier_names: ["Green", "Silver", "Gold", "Platinum"].map(name).to_vec(),
        rule_names: rule_names.into_iter().map(|(id, text)| (RuleId(id), name(text))).collect(),
    }
}

#[test]
fn a_form_says_the_same_as_the_rules_that_filled_it() {
    for language in Language::ALL {
        let form = filled(&rich(), language);
        let (draft, rules) = typed(&form, roubles()).unwrap();
        assert_eq!(draft, rich(), "{}", language.code());
        assert_eq!(rules.spec(), &rich().rules);
    }
    let mut lives = vec![ExpiryRule::Never, ExpiryRule::Days(90), ExpiryRule::Months(12)];
    lives.push(ExpiryRule::Inactivity { months: 6 });
    for period in [Period::Month, Period::Quarter, Period::HalfYear, Period::Year] {
        lives.extend([0, 2].map(|further| ExpiryRule::EndOf { period, further }));
    }
    for expiry in lives {
        let mut draft = example(Currency::parse("EUR").unwrap());
        (draft.rules.expiry, draft.rules.warning_days) = (expiry, Vec::new());
        draft.rules.spending = None;
        let form = filled(&draft, Language::English);
        assert_eq!(typed(&form, draft.rules.currency).unwrap().0, draft, "{expiry:?}");
    }
}

#[test]
fn an_example_can_be_saved_as_it_is_in_each_currency() {
    for (code, point_minor) in [("RUB", 100), ("EUR", 1), ("JPY", 1), ("KWD", 1)] {
        let currency = Currency::parse(code).unwrap();
        let form = filled(&example(currency), Language::English);
        let (draft, _) = typed(&form, currency).unwrap();
        assert_eq!((draft.rules.point_minor, draft), (point_minor, example(currency)), "{code}");
    }
}

/// What is wrong with the rich form when one field has another text.
fn wrongs(field: &str, text: &str) -> Vec<Wrong> {
    let form = filled(&rich(), Language::English).with(field, text.to_owned());
    typed(&form, roubles()).err().unwrap_or_default()
}

#[test]
fn what_does_not_fit_is_told_at_its_field() {
    for (field, text, key) in [
        ("point", "", "programme-bad-money"),
        ("point", "0", "programme-bad-point"),
        ("point", "10 000,01", "programme-bad-point"),
        ("t1-spend", "5", "programme-first-tier-asks"),
        ("t2-name", "Green", "programme-tier-name-twice"),
        ("t2-name", "", "set-up-bad-name"),
        ("t3-spend", "much", "programme-bad-money"),
        ("t3-spend", "0", "programme-bad-tier-amount"),
        ("t3-spend", "100", "programme-tier-not-higher"),
        ("t2-visits", "often", "programme-bad-visits"),
        ("window", "0", "programme-bad-window"),
        ("window", "", "programme-bad-window"),
        ("grace", "1000", "programme-bad-grace"),
        ("r11-rate-2", "5,255", "programme-bad-rate"),
        ("r4-amount", "0", "programme-bad-rate"),
        ("r4-amount", "100.01", "programme-bad-rate"),
        ("r4-amount", "", "programme-bad-rate"),
        ("r12-amount", "1", "programme-bad-times"),
        ("r13-amount", "0", "programme-bad-unit-points"),
        ("r13-amount", "99999999999999", "programme-bad-unit-points"),
        ("r13-products", "coffee\ncoffee", "programme-goods-twice"),
        ("r13-no-products", "coffee", "programme-goods-in-and-out"),
        ("r11-products", &"x".repeat(65), "programme-bad-code"),
        ("r12-hours", "sometimes", "set-up-bad-hours"),
        ("r12-from", "", "programme-bad-date"),
        ("r12-until", "2027-04-30", "programme-bad-dates"),
        ("r12-newcomer", "0", "programme-bad-newcomer"),
        ("r12-before", "61", "programme-bad-around"),
        ("r12-tier", "99", "programme-bad-tier"),
        ("cap-receipt", "2001", "programme-cap-receipt-above-day"),
        ("cap-month", "0", "programme-bad-points"),
        ("pending", "367", "programme-bad-days"),
        ("g-welcome-points", "-5", "programme-bad-points"),
        ("g-welcome-lasts", "0", "programme-bad-life"),
        ("g-birthday-before", "61", "programme-bad-around"),
        ("share", "100,01", "programme-bad-share"),
        ("step", "0", "programme-bad-step"),
        ("min", "105", "programme-bad-min"),
        ("min-receipt", "-1", "programme-bad-money"),
        ("expiry-count", "99", "programme-bad-life"),
        ("warnings", "1, 7", "programme-warning-order"),
        ("warnings", "9,8,7,6,5,4,3,2,1", "programme-too-many-warnings"),
        ("warnings", "9999", "programme-warning-before-them"),
        ("warnings", "99999", "programme-bad-warnings"),
        ("r31-discount", "0", "programme-bad-discount"),
        ("r31-tier", "99", "programme-bad-tier"),
        ("r32-name", "", "programme-gift-without-name"),
        ("r32-cost", "none", "programme-bad-points"),
        ("r31-kind", "early", "programme-early-twice"),
        ("expiry", "never", "programme-warning-of-nothing"),
    ] {
        let found = wrongs(field, text);
        let keys: Vec<&str> = found.iter().map(|(_, key)| *key).collect();
        assert_eq!(keys, [key], "{field}: {text}");
        let place = match (field, key) {
            ("cap-month", _) => "cap-month",
            ("r31-kind", _) => "r34-kind",
            ("expiry", _) => "warnings",
            _ => field,
        };
        assert_eq!(found[0].0, place, "{text}");
    }
}

#[test]
fn all_mistakes_of_a_form_are_told_at_once() {
    let form = filled(&rich(), Language::English).with("point", "x".to_owned()).with("share", "y".to_owned());
    let fields: Vec<String> =
        typed(&form, roubles()).unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["point", "share"]);
}

#[test]
fn rows_are_added_and_removed_and_keep_their_numbers() {
    let form = filled(&example(roubles()), Language::English);
    let next: u16 = form.text("next").parse().unwrap();
    let more = with_rows_changed(&with_rows_changed(&form, "add earning"), "add tier");
    assert_eq!((rows(&more, "earning"), rows(&more, "tier")), (vec![1, next], vec![next + 1]));
    assert_eq!(more.text("next"), (next + 2).to_string());
    assert_eq!((more.text("window"), more.text("grace")), ("12", "30"), "tiers begin with something");
    let less = with_rows_changed(&more, "remove earning 1");
    assert_eq!(rows(&less, "earning"), [next]);
    assert!(!less.is_ticked("r1-amount") && less.is_ticked("share"), "its fields are gone, others stay");
    let again = with_rows_changed(&less, "add earning");
    assert_eq!(rows(&again, "earning"), [next, next + 2], "a number is given once");
    let none = with_rows_changed(&less, &format!("remove earning {next}"));
    let refused = typed(&none, roubles()).unwrap_err();
    assert!(refused.iter().any(|(field, _)| field.starts_with('t')), "a tier without a name: {refused:?}");
    let bare = with_rows_changed(&none, &format!("remove tier {}", next + 1));
    assert_eq!(typed(&bare, roubles()).unwrap_err(), [(String::new(), "programme-nothing-given")]);
    for nonsense in
        ["", "add", "add point", "remove", "remove earning", "remove earning 77", "remove share 1"]
    {
        let same = with_rows_changed(&form, nonsense);
        assert!(same.fields().eq(form.fields()), "{nonsense}");
    }
}

#[test]
fn there_is_a_most_of_each_list() {
    let mut form = filled(&example(roubles()), Language::English);
    for _ in 0..TIERS_MAX + 3 {
        form = with_rows_changed(&form, "add tier");
    }
    assert_eq!(rows(&form, "tier").len(), TIERS_MAX);
}

#[test]
fn one_tier_and_a_rule_that_multiplies_nothing_are_refused() {
    let form = with_rows_changed(&filled(&example(roubles()), Language::English), "add tier");
    let row = rows(&form, "tier")[0];
    let form = form.with(&of_tier(row, "name"), "Gold".to_owned());
    assert_eq!(typed(&form, roubles()).unwrap_err(), [(of_tier(row, "name"), "programme-one-tier")]);
    let form = filled(&example(roubles()), Language::English)
        .with("r1-gives", "multiplied".to_owned())
        .with("r1-amount", "2".to_owned());
    let refused = typed(&form, roubles()).unwrap_err();
    assert_eq!(refused, [("r1-gives".to_owned(), "programme-nothing-to-multiply")]);
}

#[test]
fn numbers_are_read_as_people_type_them() {
    for (text, read) in [("5", Some(500)), ("2,5", Some(250)), (" 0.25 % ", Some(25)), ("1.005", None)] {
        assert_eq!(hundredths(text), read, "{text}");
    }
    assert_eq!((hundredths("."), hundredths("-1"), hundredths("x")), (None, None, None));
    for read in [1, 25, 250, 500, 10_000] {
        assert_eq!(hundredths(&hundredths_words(read)), Some(read));
    }
    assert_eq!(
        (hundredths_words(500), hundredths_words(10_000), hundredths_words(250)),
        ("5".into(), "100".into(), "2.5".into())
    );
    let yen = Currency::parse("JPY").unwrap();
    assert_eq!(
        (minor("1 000,50", roubles()), minor("1,5", yen), minor("7", yen)),
        (Some(100_050), None, Some(7))
    );
    assert_eq!((minor_words(100_050, roubles()), minor_words(7, yen)), ("1000.50".into(), "7".into()));
    assert_eq!((whole("1 000"), whole(""), whole("1e3"), whole("+1")), (Some(1_000), None, None, None));
    assert_eq!(whole("1000000000000001"), None, "more than points can be");
    let names: BTreeMap<&str, ()> = OCCASIONS.iter().map(|word| (*word, ())).collect();
    assert_eq!(names.len(), OCCASIONS.len());
}
