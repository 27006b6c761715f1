use std::collections::BTreeMap;

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{
    Around, Caps, Chosen, Conditions, Downgrade, EarningRule, Entry, ExpiryRule, GiftId, GiftRule, Gives,
    Goods, GoodsCode, Occasion, Period, Rate, Reward, RewardKind, RuleId, Selection, Spending, Tier,
    TierSpec, Tiers, TiersSpec,
};
use bonafide_domain::schedule::{Schedule, WindowSpec};
use jiff::civil::{Weekday, date};

use super::*;

const ADDED_US: i64 = 1_790_000_000_000_000;

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

fn points(number: u64) -> Points {
    Points::parse(number).unwrap()
}

fn rule(id: u16, gives: Gives) -> EarningRule {
    EarningRule { id: RuleId(id), goods: Selection::all(), conditions: Conditions::default(), gives }
}

fn goods(products: &[&str], categories: &[&str]) -> Goods {
    let codes = |texts: &[&str]| texts.iter().map(|text| GoodsCode::parse(text).unwrap()).collect();
    Goods { products: codes(products), categories: codes(categories) }
}

fn version(spec: RulesSpec, tier_names: &[&str], rule_names: &[(u16, &str)]) -> ProgrammeVersion {
    ProgrammeVersion {
        version: spec.version,
        rules: Rules::parse(spec).unwrap(),
        tier_names: tier_names.iter().map(|name| title(name)).collect(),
        rule_names: rule_names.iter().map(|&(rule, name)| (RuleId(rule), title(name))).collect(),
        added_us: ADDED_US,
    }
}

fn least_spec() -> RulesSpec {
    RulesSpec {
        version: 1,
        currency: Currency::parse("RUB").unwrap(),
        point_minor: 100,
        tiers: None,
        earning: vec![rule(1, Gives::Percent(Rate::ForAll(500)))],
        caps: Caps::default(),
        pending_days: 0,
        gifts: Vec::new(),
        spending: None,
        expiry: ExpiryRule::Never,
        warning_days: Vec::new(),
        rewards: Vec::new(),
    }
}

fn least() -> ProgrammeVersion {
    version(least_spec(), &[], &[])
}

fn most_earning() -> Vec<EarningRule> {
    let some = Selection::parse(
        Chosen::Only(goods(&["4006381", "beans \"dark\""], &["coffee"])),
        goods(&["7"], &["sale"]),
    );
    let evenings =
        WindowSpec { weekdays: vec![Weekday::Friday, Weekday::Sunday], from_minute: 1320, until_minute: 120 };
    let conditions = Conditions {
        hours: Some(Schedule::parse(&[evenings]).unwrap()),
        dates: Some(DateSpan::parse(date(2027, 1, 1), date(2027, 2, 1)).unwrap()),
        birthday: Some(Around { days_before: 3, days_after: 7 }),
        newcomer_days: Some(30),
        from_tier: Some(Tier(1)),
        offered_only: true,
    };
    let by_tier = Gives::Percent(Rate::ByTier(vec![100, 200, 300, 500]));
    let any_time = Conditions { hours: Some(Schedule::any_time()), ..Conditions::default() };
    vec![
        EarningRule { goods: some.unwrap(), conditions, ..rule(3, by_tier) },
        EarningRule { conditions: any_time, ..rule(1, Gives::Multiplied { hundredths: 250 }) },
        rule(2, Gives::PerUnit { points: 15 }),
    ]
}

fn most_tiers() -> Tiers {
    let tier = |name, entry| TierSpec { name, entry };
    let tiers = vec![
        tier(0, Entry::Everyone),
        tier(2, Entry::Spend { minor: 1_000_000 }),
        tier(1, Entry::Visits { count: 20 }),
        tier(3, Entry::Either { minor: 5_000_000, count: 50 }),
    ];
    Tiers::parse(TiersSpec { tiers, window_months: 12, grace_days: 30, downgrade: Downgrade::OneStep })
        .unwrap()
}

fn most_gifts() -> Vec<GiftRule> {
    let gift = |id, occasion, lasts_days| GiftRule {
        id: RuleId(id),
        occasion,
        points: points(u64::from(id) * 10),
        lasts_days,
    };
    vec![
        gift(10, Occasion::Welcome, Some(90)),
        gift(11, Occasion::Birthday(Around { days_before: 7, days_after: 0 }), None),
        gift(12, Occasion::BroughtSomebody, None),
        gift(13, Occasion::WasBrought, None),
        gift(14, Occasion::Visit, None),
        gift(15, Occasion::Class, None),
    ]
}

fn most_rewards() -> Vec<Reward> {
    let reward = |id, tier, kind| Reward { id: RuleId(id), from_tier: Tier(tier), kind };
    let gift = GiftId([4; 16]);
    vec![
        reward(20, 0, RewardKind::Discount { basis_points: 300, goods: Selection::all() }),
        reward(21, 1, RewardKind::Gift { gift, cost: Some(points(700)) }),
        reward(22, 3, RewardKind::Gift { gift, cost: None }),
        reward(23, 2, RewardKind::EarlyAccess),
    ]
}

fn most() -> ProgrammeVersion {
    let spec = RulesSpec {
        version: 7,
        currency: Currency::parse("EUR").unwrap(),
        point_minor: 1,
        tiers: Some(most_tiers()),
        earning: most_earning(),
        caps: Caps { receipt: Some(points(500)), day: Some(points(1_000)), month: Some(points(9_000)) },
        pending_days: 14,
        gifts: most_gifts(),
        spending: Some(Spending {
            goods: Selection::parse(Chosen::All, goods(&[], &["tobacco"])).unwrap(),
            share_basis_points: 3_000,
            step_points: 50,
            min_points: 100,
            min_receipt_minor: 2_000,
        }),
        expiry: ExpiryRule::EndOf { period: Period::HalfYear, further: 1 },
        warning_days: vec![30, 7, 1],
        rewards: most_rewards(),
    };
    version(spec, &["Green", "Gold", "Silver", "Black", "Old"], &[(1, "Happy hours"), (20, "Three off")])
}

const LEAST: &str = r#"{"form":1,"version":1,"currency":"RUB","point_minor":100,"tiers":null,"tier_names":[],"rule_names":[],"earning":[{"id":1,"goods":{"only":null,"without":{"products":[],"categories":[]}},"conditions":{"hours":null,"dates":null,"birthday":null,"newcomer_days":null,"from_tier":null,"offered_only":false},"gives":{"percent":{"for_all":500}}}],"caps":{"receipt":null,"day":null,"month":null},"pending_days":0,"gifts":[],"spending":null,"expiry":"never","warning_days":[],"rewards":[]}"#;

/// Split where the next field begins; the parts are one text.
pub(super) const MOST: &[&str] = &[
    r#"{"form":1,"version":7,"currency":"EUR","point_minor":1,"#,
    r#""tiers":{"tiers":[{"name":0,"entry":"everyone"},{"name":2,"entry":{"spend":{"minor":1000000}}},{"name":1,"entry":{"visits":{"count":20}}},{"name":3,"entry":{"either":{"minor":5000000,"count":50}}}],"window_months":12,"grace_days":30,"downgrade":"one_step"},"#,
    r#""tier_names":["Green","Gold","Silver","Black","Old"],"rule_names":[{"rule":1,"name":"Happy hours"},{"rule":20,"name":"Three off"}],"#,
    r#""earning":[{"id":3,"goods":{"only":{"products":["4006381","beans \"dark\""],"categories":["coffee"]},"without":{"products":["7"],"categories":["sale"]}},"#,
    r#""conditions":{"hours":[{"weekdays":[5,7],"from_minute":1320,"until_minute":120}],"dates":{"from":"2027-01-01","until":"2027-02-01"},"birthday":{"days_before":3,"days_after":7},"newcomer_days":30,"from_tier":1,"offered_only":true},"gives":{"percent":{"by_tier":[100,200,300,500]}}},"#,
    r#"{"id":1,"goods":{"only":null,"without":{"products":[],"categories":[]}},"conditions":{"hours":[],"dates":null,"birthday":null,"newcomer_days":null,"from_tier":null,"offered_only":false},"gives":{"multiplied":{"hundredths":250}}},"#,
    r#"{"id":2,"goods":{"only":null,"without":{"products":[],"categories":[]}},"conditions":{"hours":null,"dates":null,"birthday":null,"newcomer_days":null,"from_tier":null,"offered_only":false},"gives":{"per_unit":{"points":15}}}],"#,
    r#""caps":{"receipt":500,"day":1000,"month":9000},"pending_days":14,"#,
    r#""gifts":[{"id":10,"occasion":"welcome","points":100,"lasts_days":90},{"id":11,"occasion":{"birthday":{"days_before":7,"days_after":0}},"points":110,"lasts_days":null},{"id":12,"occasion":"brought_somebody","points":120,"lasts_days":null},{"id":13,"occasion":"was_brought","points":130,"lasts_days":null},{"id":14,"occasion":"visit","points":140,"lasts_days":null},{"id":15,"occasion":"class","points":150,"lasts_days":null}],"#,
    r#""spending":{"goods":{"only":null,"without":{"products":[],"categories":["tobacco"]}},"share_basis_points":3000,"step_points":50,"min_points":100,"min_receipt_minor":2000},"#,
    r#""expiry":{"end_of":{"period":"half_year","further":1}},"warning_days":[30,7,1],"#,
    r#""rewards":[{"id":20,"from_tier":0,"kind":{"discount":{"basis_points":300,"goods":{"only":null,"without":{"products":[],"categories":[]}}}}},{"id":21,"from_tier":1,"kind":{"gift":{"gift":"04040404-0404-0404-0404-040404040404","cost":700}}},{"id":22,"from_tier":3,"kind":{"gift":{"gift":"04040404-0404-0404-0404-040404040404","cost":null}}},{"id":23,"from_tier":2,"kind":"early_access"}]}"#,
];

fn check(version: &ProgrammeVersion, text: &str) {
    assert_eq!(rules_text(version).unwrap(), text);
    assert_eq!(rules_of(text, ADDED_US).unwrap(), *version);
}

#[test]
fn the_form_of_rules_stays() {
    check(&least(), LEAST);
    check(&most(), &MOST.concat());
}

#[test]
fn every_kind_of_a_rule_has_its_word() {
    let ends = |period| ExpiryRule::EndOf { period, further: 0 };
    for (expiry, word) in [
        (ExpiryRule::Days(365), r#"{"days":365}"#),
        (ExpiryRule::Months(12), r#"{"months":12}"#),
        (ends(Period::Month), r#"{"end_of":{"period":"month","further":0}}"#),
        (ends(Period::Quarter), r#"{"end_of":{"period":"quarter","further":0}}"#),
        (ends(Period::Year), r#"{"end_of":{"period":"year","further":0}}"#),
        (ExpiryRule::Inactivity { months: 6 }, r#"{"inactivity":{"months":6}}"#),
    ] {
        let spec = RulesSpec { expiry, ..least_spec() };
        check(&version(spec, &[], &[]), &LEAST.replace(r#""never""#, word));
    }
    let mut tiers = most_tiers().spec().clone();
    tiers.downgrade = Downgrade::ToReached;
    let most = most();
    let spec = RulesSpec { tiers: Some(Tiers::parse(tiers).unwrap()), ..most.rules.spec().clone() };
    let reached = ProgrammeVersion { rules: Rules::parse(spec).unwrap(), ..most };
    check(&reached, &MOST.concat().replace("one_step", "to_reached"));
}

#[test]
fn rules_of_another_form_are_damage() {
    let most = MOST.concat();
    for (good, bad) in [
        (r#""form":1"#, r#""form":2"#),
        (r#""form":1,"#, ""),
        (r#""version":7"#, r#""version":0"#),
        (r#""pending_days":14,"#, r#""pending_days":14,"colour":"red","#),
        (r#""pending_days":14,"#, ""),
        (r#""pending_days":14,"#, r#""pending_days":14,"pending_days":14,"#),
        (r#""pending_days":14"#, r#""pending_days":-1"#),
        (r#""pending_days":14"#, r#""pending_days":400"#),
        ("EUR", "eur"),
        (r#""point_minor":1"#, r#""point_minor":0"#),
        (r#","downgrade":"one_step""#, ""),
        ("one_step", "two_steps"),
        (r#""everyone""#, r#""nobody""#),
        (r#"{"spend":{"minor":1000000}}"#, r#"{"spend":{"minor":0}}"#),
        (r#"{"count":20}"#, r#"{"count":20,"minor":1}"#),
        (r#""name":3,"#, r#""name":5,"#),
        (r#""Gold","#, r#""Green","#),
        (r#""Gold","#, r#""","#),
        (r#"{"rule":1,"#, r#"{"rule":4,"#),
        (r#"{"rule":1,"#, r#"{"rule":20,"#),
        (r#"{"id":3,"goods""#, r#"{"id":2,"goods""#),
        (r#""coffee""#, r#""coffee","coffee""#),
        (r#""2027-02-01""#, r#""2026-02-01""#),
        (r#""2027-02-01""#, r#""next year""#),
        (r#""weekdays":[5,7]"#, r#""weekdays":[5,8]"#),
        (r#""days_after":7"#, r#""days_after":61"#),
        (r#""newcomer_days":30,"#, ""),
        (r#""offered_only":true"#, r#""offered_only":1"#),
        (r#"{"by_tier":[100,200,300,500]}"#, r#"{"by_tier":[100,200,300]}"#),
        (r#"{"hundredths":250}"#, r#"{"hundredths":250,"points":1}"#),
        (r#"{"per_unit":{"points":15}}"#, r#"{"per_unit":{"points":0}}"#),
        (r#""per_unit""#, r#""per_box""#),
        (r#""day":1000"#, r#""day":10"#),
        (r#""day":1000,"#, ""),
        (r#""receipt":500"#, r#""receipt":0"#),
        (r#""occasion":"visit""#, r#""occasion":"welcome""#),
        (r#""points":150,"lasts_days":null"#, r#""points":150"#),
        (r#""points":150"#, r#""points":0"#),
        (r#""step_points":50"#, r#""step_points":30"#),
        (r#""half_year""#, r#""decade""#),
        (r#""warning_days":[30,7,1]"#, r#""warning_days":[1,7,30]"#),
        (r#""cost":700"#, r#""cost":0"#),
        (r#","cost":null"#, ""),
        ("04040404-0404-0404-0404-040404040404", "a mug"),
        (r#""from_tier":3"#, r#""from_tier":4"#),
        (r#""early_access""#, r#""late_access""#),
    ] {
        assert!(most.contains(good), "{good}");
        assert!(rules_of(&most.replace(good, bad), ADDED_US).is_err(), "{good} to {bad}");
    }
    for good in
        [r#""tiers":null,"#, r#""spending":null,"#, r#""only":null,"#, r#""hours":null,"#, r#""month":null"#]
    {
        assert!(LEAST.contains(good), "{good}");
        assert!(rules_of(&LEAST.replace(good, ""), ADDED_US).is_err(), "without {good}");
    }
    assert!(rules_of("", ADDED_US).is_err());
}

#[test]
fn names_that_do_not_fit_are_refused() {
    let most = most();
    let spec = most.rules.spec();
    let tier_names: Vec<Title> = (0..=TIER_NAMES_MAX).map(|number| title(&number.to_string())).collect();
    let of_rule = |rule| BTreeMap::from([(RuleId(rule), title("Name"))]);
    let none = BTreeMap::new();
    let twice = [&tier_names[..5], &tier_names[2..3]].concat();
    assert_eq!(check_names(spec, &tier_names, &none), Err(NamesRefusal::TooManyTierNames));
    assert_eq!(check_names(spec, &tier_names[1..], &none), Ok(()));
    assert_eq!(check_names(spec, &twice, &none), Err(NamesRefusal::TierNameTwice { index: 5 }));
    let missing = check_names(spec, &tier_names[..2], &none);
    assert_eq!(
        missing,
        Err(NamesRefusal::NoTierName { tier: Tier(1) }),
        "the second tier bears the third name"
    );
    let unknown = check_names(spec, &tier_names[..4], &of_rule(4));
    assert_eq!(unknown, Err(NamesRefusal::NoRule { rule: RuleId(4) }));
    for rule in [3, 15, 23] {
        assert_eq!(check_names(spec, &tier_names[..4], &of_rule(rule)), Ok(()));
    }
    let named =
        [Tier(0), Tier(1), Tier(2), Tier(3), Tier(4)].map(|tier| most.tier_name(tier).map(Title::as_str));
    assert_eq!(named, [Some("Green"), Some("Silver"), Some("Gold"), Some("Black"), None]);
    assert_eq!(least().tier_name(Tier(0)), None);
}
