use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::ledger::Points;
use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::programme::{Caps, GiftId, Rules, RulesSpec, Spending, TierSpec, Tiers, TiersSpec};
use jiff::civil::date;

use super::*;
use crate::texts::Texts;

fn points(points: u64) -> Points {
    Points::parse(points).unwrap()
}

fn goods(products: &[&str], categories: &[&str]) -> Goods {
    let codes = |codes: &[&str]| codes.iter().map(|code| GoodsCode::parse(code).unwrap()).collect();
    Goods { products: codes(products), categories: codes(categories) }
}

fn rule(id: u16, gives: Gives, goods: Selection, conditions: Conditions) -> EarningRule {
    EarningRule { id: RuleId(id), goods, conditions, gives }
}

fn four_tiers(count: u16) -> Tiers {
    let entries = [
        Entry::Everyone,
        Entry::Spend { minor: 100_000 },
        Entry::Either { minor: 200_000, count: u32::from(count) },
        Entry::Either { minor: 300_000, count: u32::from(count) + 1 },
    ];
    let tiers = (0..).zip(entries).map(|(name, entry)| TierSpec { name, entry }).collect();
    let tiers = TiersSpec { tiers, window_months: count, grace_days: count, downgrade: Downgrade::OneStep };
    Tiers::parse(tiers).unwrap()
}

/// Rules that make every statement but those of their opposites, which [`plain`] makes. So many of everything that can be counted.
fn rich(count: u16) -> RulesSpec {
    let all = Conditions {
        hours: Some(hours::schedule(&["mon-fri 09:00-16:00".to_owned()]).unwrap()),
        dates: Some(DateSpan::parse(date(2027, 5, 1), date(2027, 6, 1)).unwrap()),
        birthday: Some(Around { days_before: count, days_after: count }),
        newcomer_days: Some(count),
        from_tier: Some(Tier(2)),
        offered_only: true,
    };
    let around = |days_before, days_after| Conditions {
        birthday: Some(Around { days_before, days_after }),
        ..Conditions::default()
    };
    let select = |chosen, without| Selection::parse(chosen, without).unwrap();
    let both = select(Chosen::Only(goods(&["coffee"], &["cakes"])), goods(&["gift card"], &["tobacco"]));
    let products = select(Chosen::Only(goods(&["coffee", "tea"], &[])), Goods::default());
    let categories = select(Chosen::Only(goods(&[], &["cakes"])), Goods::default());
    let gift = |id, occasion, lasts_days| GiftRule {
        id: RuleId(id),
        occasion,
        points: points(count.into()),
        lasts_days,
    };
    let reward = |id, kind| Reward { id: RuleId(id), from_tier: Tier(1), kind };
    RulesSpec {
        version: 1,
        currency: Currency::parse("RUB").unwrap(),
        point_minor: 100,
        tiers: Some(four_tiers(count)),
        earning: vec![
            rule(1, Gives::Percent(Rate::ByTier(vec![300, 525, 700, 1_000])), both.clone(), all),
            rule(2, Gives::Percent(Rate::ForAll(500)), products, around(0, 0)),
            rule(3, Gives::Multiplied { hundredths: 150 }, categories, around(count, 0)),
            rule(4, Gives::Multiplied { hundredths: 200 }, Selection::all(), around(0, count)),
            rule(5, Gives::PerUnit { points: u32::from(count) }, Selection::all(), Conditions::default()),
        ],
        caps: Caps {
            receipt: Some(points(count.into())),
            day: Some(points(count.into())),
            month: Some(points(count.into())),
        },
        pending_days: count,
        gifts: vec![
            gift(11, Occasion::Welcome, Some(count)),
            gift(12, Occasion::Birthday(Around { days_before: 1, days_after: 2 }), None),
            gift(13, Occasion::BroughtSomebody, None),
            gift(14, Occasion::WasBrought, None),
            gift(15, Occasion::Visit, None),
            gift(16, Occasion::Class, None),
        ],
        spending: Some(Spending {
            goods: both.clone(),
            share_basis_points: 5_000,
            step_points: u64::from(count) + 1,
            min_points: 3 * (u64::from(count) + 1),
            min_receipt_minor: 50_000,
        }),
        expiry: ExpiryRule::Months(count),
        warning_days: vec![count],
        rewards: vec![
            reward(21, RewardKind::Discount { basis_points: 500, goods: both }),
            reward(22, RewardKind::Gift { gift: GiftId([1; 16]), cost: Some(points(count.into())) }),
            reward(23, RewardKind::Gift { gift: GiftId([2; 16]), cost: None }),
            reward(24, RewardKind::EarlyAccess),
        ],
    }
}

/// Points that are had at once and buy nothing at the till.
fn plain(expiry: ExpiryRule) -> RulesSpec {
    let conditions = Conditions::default();
    RulesSpec {
        tiers: None,
        earning: vec![rule(1, Gives::Percent(Rate::ForAll(500)), Selection::all(), conditions)],
        caps: Caps::default(),
        pending_days: 0,
        gifts: Vec::new(),
        spending: None,
        expiry,
        warning_days: Vec::new(),
        rewards: Vec::new(),
        ..rich(1)
    }
}

fn version(spec: RulesSpec) -> ProgrammeVersion {
    let name = |text: &str| Title::parse(text).unwrap();
    ProgrammeVersion {
        version: 1,
        rules: Rules::parse(spec).unwrap(),
        tier_names: ["Green", "Silver", "Gold", "Platinum"].map(name).to_vec(),
        rule_names: BTreeMap::from([(RuleId(2), name("Hot drinks"))]),
        added_us: 0,
    }
}

/// All that can be said.
fn versions() -> Vec<ProgrammeVersion> {
    let mut specs: Vec<RulesSpec> = [1, 2, 5, 21].map(rich).to_vec();
    let mut lives = vec![ExpiryRule::Never, ExpiryRule::Days(1), ExpiryRule::Days(30)];
    lives.extend([1, 2, 5].map(|months| ExpiryRule::Inactivity { months }));
    for period in [Period::Month, Period::Quarter, Period::HalfYear, Period::Year] {
        lives.extend([0, 1, 2, 5].map(|further| ExpiryRule::EndOf { period, further }));
    }
    specs.extend(lives.into_iter().map(plain));
    for (downgrade, grace_days) in
        [(Downgrade::OneStep, 0), (Downgrade::ToReached, 0), (Downgrade::ToReached, 3)]
    {
        let entries = [Entry::Everyone, Entry::Visits { count: 5 }];
        let tiers = (0..).zip(entries).map(|(name, entry)| TierSpec { name, entry }).collect();
        let tiers = TiersSpec { tiers, window_months: 6, grace_days, downgrade };
        specs.push(RulesSpec { tiers: Some(Tiers::parse(tiers).unwrap()), ..plain(ExpiryRule::Never) });
    }
    specs.into_iter().map(version).collect()
}

/// Grows with the statements: a new one does not compile until it has a place here.
const fn place(statement: &Statement<'_>) -> usize {
    match statement {
        Statement::PointPays(_) => 0,
        Statement::Earns(_) => 1,
        Statement::LargestMultiplier => 2,
        Statement::OnMoneyOnlyRoundedDown => 3,
        Statement::CapForReceipt(_) => 4,
        Statement::CapForDay(_) => 5,
        Statement::CapForMonth(_) => 6,
        Statement::WaitDays(_) => 7,
        Statement::NoWaiting => 8,
        Statement::Gives(_) => 9,
        Statement::NoSpending => 10,
        Statement::SpendShare(_) => 11,
        Statement::SpendGoods(_) => 12,
        Statement::SpendStep(_) => 13,
        Statement::SpendAtLeast(_) => 14,
        Statement::SpendOnReceiptsFrom(_) => 15,
        Statement::ReturnsUndoBoth => 16,
        Statement::Last(_) => 17,
        Statement::WarnedDaysAhead(_) => 18,
        Statement::TierAsks { .. } => 19,
        Statement::TierWindow { .. } => 20,
        Statement::TierFall { .. } => 21,
        Statement::Has(_) => 22,
    }
}

const STATEMENTS: usize = 23;

#[test]
fn every_statement_has_words_in_every_language() {
    let texts = Texts::shipped().unwrap();
    let versions = versions();
    let mut seen: BTreeMap<usize, Discriminant<Statement<'_>>> = BTreeMap::new();
    for version in &versions {
        for statement in version.rules.terms() {
            seen.insert(place(&statement), discriminant(&statement));
        }
        for language in Language::ALL {
            for chapter in chapters(version, texts.of(language)) {
                assert!(texts.of(language).has(chapter.title), "{}", chapter.title);
                for Sentence { words, details } in chapter.sentences {
                    for said in details.iter().chain([&words]) {
                        let whole = !said.contains("terms-") && !said.contains("{$") && !said.contains("{ $");
                        assert!(whole && said.chars().count() > 3, "{}: {said}", language.code());
                        let ends = said.ends_with(['.', '。']);
                        assert!(ends, "{}: no sentence: {said}", language.code());
                    }
                }
            }
        }
    }
    assert_eq!(seen.len(), STATEMENTS, "each statement was told");
}

fn sentences(version: &ProgrammeVersion, language: Language) -> Vec<Sentence> {
    let texts = Texts::shipped().unwrap();
    chapters(version, texts.of(language)).into_iter().flat_map(|chapter| chapter.sentences).collect()
}

#[test]
fn plurals_are_those_of_the_language() {
    for (count, english, russian, chinese) in [
        (1, "1 point for each visit.", "1 балл за каждое посещение.", "每次到店赠送 1 积分。"),
        (2, "2 points for each visit.", "2 балла за каждое посещение.", "每次到店赠送 2 积分。"),
        (5, "5 points for each visit.", "5 баллов за каждое посещение.", "每次到店赠送 5 积分。"),
        (21, "21 points for each visit.", "21 балл за каждое посещение.", "每次到店赠送 21 积分。"),
    ] {
        let version = version(rich(count));
        for (language, told) in
            [(Language::English, english), (Language::Russian, russian), (Language::Chinese, chinese)]
        {
            let found = sentences(&version, language);
            assert!(found.iter().any(|one| one.words == told), "{told}: {found:?}");
        }
    }
}

#[test]
fn a_rule_says_its_name_its_goods_and_for_whom_it_holds() {
    let found = sentences(&version(rich(2)), Language::English);
    let first = &found[1];
    assert_eq!(
        first.words,
        "A part of what you pay with money comes back as points, by tier: Green 3%, Silver 5.25%, Gold 7%, Platinum 10%."
    );
    assert_eq!(
        first.details,
        [
            "Only for these goods: coffee; and for these kinds of goods: cakes.",
            "Not for these goods: gift card.",
            "Not for these kinds of goods: tobacco.",
            "At these hours: mon-fri 09:00-16:00.",
            "From 1 May 2027 to 31 May 2027, both days included.",
            "From 2 days before your birthday to 2 days after it.",
            "On the day on which you join and for 2 days after it.",
            "For members from the tier “Gold” up.",
            "For members to whom it was offered in person.",
        ]
    );
    assert_eq!(found[2].words, "Hot drinks: 5% of what you pay with money comes back as points.");
    assert_eq!(found[2].details, ["Only for these goods: coffee, tea.", "On your birthday."]);
}
