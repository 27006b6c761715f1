//! Gifts with stock and bringing somebody, by pages and by the API: set up, counted, given, taken back.

use axum::http::StatusCode;
use bonafide::server::chores::round;
use bonafide_domain::programme::{GiftRule, Occasion, Reward, RewardKind, RuleId, RulesSpec, Tier};
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, RulesDraft};
use bonafide_store::members;
use bonafide_store::referrals::{State, code, of_newcomer};
use bonafide_store::rewards::{kinds, stock};
use serde_json::json;

use super::api::{Simulator, operation, register};
use super::card::paired;
use super::club::acting;
use super::desk::DESK;
use super::plan_terms::filled;
use super::set_up::{OWNER, fill};
use super::till::{CARD, Shop, shop};
use super::till_page::Browser;

const GIFT: &str = "fff0c0ff-ee00-7000-8000-0000000000c0";

/// The rules of the shop with what this adds.
fn puts(shop: &Shop, change: impl Fn(&mut RulesSpec)) {
    let programme = shop.programme;
    let found = shop.club.app.store.read(|tx| programmes::rules_in_force(tx, programme)).unwrap().unwrap();
    let mut rules = found.rules.spec().clone();
    change(&mut rules);
    let (seen, rule_names) = (found.version, found.rule_names.clone());
    let draft = RulesDraft { rules, tier_names: Vec::new(), rule_names };
    shop.club.done(move |work| programmes::put_rules(work, &acting(), programme, seen, &draft));
}

/// Puts a gift for thirty points into the rules by their form, and so many of it into the stock.
fn gives_coffee(shop: &Shop, pieces: &str) -> Id {
    let path = format!("/set-up/programmes/{}", shop.programme);
    let mut fields = filled(&shop.club.get(OWNER, &format!("{path}/rules")));
    fields.retain(|(name, _)| name != "csrf");
    let reward = [
        ("reward", "30"),
        ("r30-kind", "gift"),
        ("r30-name", "Cup of coffee"),
        ("r30-gift", GIFT),
        ("r30-cost", "30"),
    ];
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(reward);
    let saved = shop.club.post(OWNER, &format!("{path}/rules"), &fields.collect::<Vec<_>>());
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let gift = Id::parse(GIFT).unwrap();
    let branch = shop.branch.to_string();
    let moved = fill(
        &shop.club,
        &format!("{path}/rewards/{gift}/movements"),
        &[("deed", "delivered"), ("pieces", pieces), ("branch", &branch)],
    );
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    gift
}

fn lies(shop: &Shop, gift: Id) -> i64 {
    shop.club.app.store.read(|tx| stock::in_stock(tx, gift, shop.branch)).unwrap()
}

#[test]
fn gifts_are_added_counted_and_stopped_by_the_owner() {
    let shop = shop();
    let path = format!("/set-up/programmes/{}/rewards", shop.programme);
    assert!(shop.club.get(OWNER, "/set-up/programmes").text().contains(&path), "a link leads there");
    assert_eq!(shop.club.get(OWNER, &path).words(".empty").len(), 1);
    assert_eq!(fill(&shop.club, &path, &[("name", "")]).words("#bad-name").len(), 1);
    assert_eq!(fill(&shop.club, &path, &[("name", "Towel <b>")]).status, StatusCode::SEE_OTHER);
    let gift = gives_coffee(&shop, "5");
    let page = shop.club.get(OWNER, &path);
    assert_eq!(page.words("h2"), ["Towel <b>", "Cup of coffee"]);
    let kept = shop.club.app.store.read(|tx| kinds::list(tx, shop.programme)).unwrap();
    let words = page.words("section").join(" | ");
    assert!(
        words.contains("No reward in the rules gives it.") && words.contains("None lies anywhere"),
        "{words}"
    );
    // The next reward may give one that is kept.
    let rules = shop.club.get(OWNER, &format!("/set-up/programmes/{}/rules", shop.programme));
    assert_eq!(rules.words("select[name=r30-gift] option"), ["Towel <b>", "Cup of coffee"]);
    assert!(!rules.text().contains("g-class-points"), "nobody is promised points for classes");

    let branch = shop.branch.to_string();
    let movements = format!("{path}/{gift}/movements");
    let moves = |deed, pieces| {
        fill(&shop.club, &movements, &[("deed", deed), ("pieces", pieces), ("branch", &branch)])
    };
    let wrong = format!("#bad-{gift}");
    for (deed, pieces, words) in [
        ("lost", "6", "Fewer lie at this branch."),
        ("counted", "5", "So many are there already: there is nothing to enter."),
        ("delivered", "0", "Type a whole number from 1 to 100,000."),
        ("delivered", "many", "Type a whole number from 1 to 100,000."),
    ] {
        let refused = moves(deed, pieces);
        assert_eq!(
            (refused.status, refused.words(&wrong)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![words.to_owned()])
        );
        assert_eq!(
            refused.attribute(&format!("[aria-describedby=bad-{gift}]"), "value").as_deref(),
            Some(pieces)
        );
    }
    for (deed, pieces, left) in
        [("counted", "7", 7), ("lost", "2", 5), ("moved-out", "1", 4), ("moved-in", "3", 7)]
    {
        assert_eq!(moves(deed, pieces).status, StatusCode::SEE_OTHER);
        assert_eq!(lies(&shop, gift), left, "{deed}");
    }
    // A second press of one form does nothing more.
    let once = operation();
    let fields = [("operation", once.as_str()), ("deed", "delivered"), ("pieces", "1"), ("branch", &branch)];
    for _ in 0..2 {
        assert_eq!(shop.club.post(OWNER, &movements, &fields).status, StatusCode::SEE_OTHER);
    }
    assert_eq!(lies(&shop, gift), 8);
    let closures = format!("{path}/{gift}/closures");
    assert_eq!(shop.club.post(OWNER, &closures, &[("closed", "yes")]).status, StatusCode::SEE_OTHER);
    assert!(shop.club.get(OWNER, &path).words("h2")[1].contains("given no more"));
    let stranger = format!("{path}/{}/movements", shop.branch);
    assert_eq!(fill(&shop.club, &stranger, &fields[1..]).status, StatusCode::NOT_FOUND);
    assert_eq!(kept.len(), 2);
}

#[test]
fn a_cashier_gives_a_gift_once_and_takes_it_back_and_everybody_reads_it() {
    let shop = shop();
    shop.has(100);
    let gift = gives_coffee(&shop, "1");
    let pin = shop.pin();
    let till = shop.stands("Till 1");
    let mut browser = Browser::at(&shop.club, till);
    browser.press("show", &[("shown", CARD)]);
    assert!(browser.words("li").contains("Cup of coffee 30 points"), "{}", browser.shown.text());
    assert!(
        browser.shown.attribute("button[value^='take']", "value").is_none(),
        "a card alone spends nothing"
    );
    browser.press(&format!("take 30 {}", operation()), &[]);
    assert!(
        browser.words(".refused").starts_with("To spend, the customer first shows"),
        "{}",
        browser.shown.text()
    );
    browser.press("pin", &[("pin", pin)]);
    let press = browser.shown.attribute("button[value^='take']", "value").unwrap();
    for _twice in 0..2 {
        browser.press(&press, &[]);
        assert_eq!(browser.words(".done"), "Written down: hand the gift over.", "{}", browser.shown.text());
    }
    assert_eq!((shop.spendable(), lies(&shop, gift)), (70, 0));
    assert!(browser.shown.attribute("button[value^='take']", "value").is_none(), "none is left");
    browser.press(&format!("take 30 {}", operation()), &[]);
    assert_eq!(browser.words(".refused"), "None is left here.");
    let phone = paired(&shop.club, &shop.anna.to_string(), 7);
    let own = || phone.asks(&shop.club, &phone.shows(0)).json()["points"][0].clone();
    assert_eq!(own()["lines"][0][1], "Paid with points · Cup of coffee · paid", "{}", own());
    assert!(!own()["besides"].to_string().contains("Cup of coffee"), "{}", own());
    let back = browser.shown.attribute("button[value^='untake']", "value").unwrap();
    browser.press(&back, &[]);
    assert!(browser.words(".done").starts_with("Taken back"), "{}", browser.shown.text());
    assert_eq!((shop.spendable(), lies(&shop, gift)), (100, 1));
    let page = shop.club.get(DESK, &format!("/members/{}", shop.anna));
    assert!(page.text().contains("Gift: Cup of coffee for 30 points"));
    let terms = shop.club.get(DESK, &format!("/programmes/{}/terms", shop.programme));
    assert!(terms.text().contains("Cup of coffee"), "{}", terms.text());
}

#[test]
fn t02_a_vendors_till_lists_gives_and_takes_back_by_its_own_id() {
    let shop = shop();
    shop.has(100);
    gives_coffee(&shop, "1");
    puts(&shop, |rules| {
        rules.rewards.push(Reward { id: RuleId(31), from_tier: Tier(0), kind: RewardKind::EarlyAccess });
    });
    let till = shop.stands("Till 1");
    let (_, token) = register(&shop.club, Bound::Till { till });
    let simulator = Simulator { address: shop.club.listen(), authorization: format!("Bearer {token}") };
    let asks = |path: &str, body: serde_json::Value| simulator.post(path, &body.to_string());
    let known = |pin: Option<&str>| {
        let known =
            asks("/api/v1/till/recognitions", json!({ "presented": [{ "card_hex": CARD }], "pin": pin }));
        assert_eq!((known.status, &known.body["early_access"]), (200, &json!(true)), "{}", known.body);
        known.body["customer"].as_str().unwrap().to_owned()
    };
    let pin = shop.pin();
    let (card, proved) = (known(None), known(Some(pin)));
    let list = asks("/api/v1/till/rewards", json!({ "customer": card }));
    let expected =
        json!({ "gifts": [{ "reward": 30, "name": "Cup of coffee", "points": 30 }], "early_access": true });
    assert_eq!((list.status, &list.body), (200, &expected));
    let id = operation();
    let path = format!("/api/v1/till/rewards/{id}");
    let takes = |path: &str, customer: &str, reward: u16| {
        let reply = asks(path, json!({ "customer": customer, "reward": reward }));
        (reply.status, reply.body["key"].as_str().unwrap_or_default().to_owned(), reply.body)
    };
    assert_eq!(takes(&path, &card, 30).1, "show_more");
    assert_eq!(takes(&path, &proved, 31).1, "no_reward");
    assert_eq!(takes(&path, "nobody", 30).1, "not_recognised");
    let first = takes(&path, &proved, 30);
    assert_eq!((first.0, &first.2["points"]), (200, &json!(30)), "{}", first.2);
    assert_eq!(takes(&path, &proved, 30), first, "asked again");
    assert_eq!(takes(&path, &proved, 31).1, "other_request");
    let other = format!("/api/v1/till/rewards/{}", operation());
    assert_eq!(takes(&other, &proved, 30).1, "out_of_stock");
    assert_eq!(shop.spendable(), 70);
    let back = asks(&format!("{path}/return"), json!({}));
    assert_eq!((back.status, back.body["back_us"].is_i64()), (200, true), "{}", back.body);
    assert_eq!(asks(&format!("{path}/return"), json!({})).body, back.body);
    assert_eq!(asks(&format!("{other}/return"), json!({})).status, 404);
    assert_eq!(shop.spendable(), 100);
}

#[test]
fn t24_a_newcomer_is_enrolled_with_who_brought_him_or_not_at_all() {
    let shop = shop();
    let gift = |id, occasion, given| GiftRule {
        id: RuleId(id),
        occasion,
        points: bonafide_domain::ledger::Points::parse(given).unwrap(),
        lasts_days: None,
    };
    puts(&shop, |rules| {
        rules.gifts = vec![gift(40, Occasion::BroughtSomebody, 50), gift(41, Occasion::WasBrought, 20)];
    });
    let store = &shop.club.app.store;
    let number = store.read(|tx| members::number(tx, shop.anna)).unwrap().unwrap();
    let code = code(store.vault(), number);
    let phone = paired(&shop.club, &shop.anna.to_string(), 7);
    let own = phone.asks(&shop.club, &phone.shows(0)).json();
    assert!(own["points"][0]["besides"].to_string().contains(&code), "{own}");
    let count = || store.read(members::count).unwrap();
    let before = count();
    let enrols = |given: &str, phone: &str, brought: &str| {
        shop.club.post(DESK, "/members", &[("given", given), ("phone", phone), ("brought", brought)])
    };
    for (phone, brought, words) in [
        ("", "77777", "No member has this code or number."),
        ("", &*format!("{number}-0000"), "No member has this code or number."),
    ] {
        let refused = enrols("Nina", phone, brought);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.words("#bad-brought")[0].starts_with(words), "{}", refused.text());
        assert_eq!(refused.attribute("input[name=brought]", "value").as_deref(), Some(brought));
    }
    // The phone is Anna's own: the page asks whether it is she, and then says that nobody brings himself.
    let own_phone = [("given", "Ann"), ("phone", "+4915112345678"), ("brought", &*code), ("anyway", "1")];
    let refused = shop.club.post(DESK, "/members", &own_phone);
    assert!(refused.words("#bad-brought")[0].starts_with("Both have the same phone"), "{}", refused.text());
    assert_eq!(count(), before, "nobody was added");
    let added = enrols("Nina", "+4915198765432", &code.to_lowercase());
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    let nina = Id::parse(added.header("location").rsplit('/').next().unwrap()).unwrap();
    let referral = store.read(|tx| of_newcomer(tx, nina)).unwrap().unwrap();
    assert_eq!((referral.by, referral.state), (shop.anna, State::Waiting));
    round(&shop.club.app).unwrap();
    assert_eq!(shop.spendable(), 0, "enrolling alone pays nothing");
}
