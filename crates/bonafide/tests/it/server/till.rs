//! A till over HTTP: a small reference till that writes down its ids, asks, loses answers, waits without a network and asks again.

mod offers;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use bonafide_domain::consent::Jurisdiction;
use bonafide_domain::ledger::{Command, Expiry, Grant, Points, Request};
use bonafide_domain::money::Currency;
use bonafide_domain::programme::{
    Caps, Conditions, EarningRule, ExpiryRule, Gives, Rate, RuleId, RulesSpec, Selection, Spending,
};
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, Programme, RulesDraft};
use bonafide_store::ledger::{self, statement};
use bonafide_store::organisation::till::{self, Till as TillRow};
use bonafide_store::staff::Role;
use serde_json::{Value, json};

use super::api::{Reply, Simulator, operation, register};
use super::card::paired;
use super::club::{By, Club, acting, title};
use super::desk::{give_card, house_under, member};

pub(super) const CARD: &str = "04A23B1C";
const OWNER: By = By::Staff(Role::Owner);

/// A point pays a cent. 10 % of what is paid with money; half of a receipt may be paid with points.
pub(super) fn rules() -> RulesSpec {
    RulesSpec {
        version: 1,
        currency: Currency::parse("EUR").unwrap(),
        point_minor: 1,
        tiers: None,
        earning: vec![EarningRule {
            id: RuleId(1),
            goods: Selection::all(),
            conditions: Conditions::default(),
            gives: Gives::Percent(Rate::ForAll(1_000)),
        }],
        caps: Caps::default(),
        pending_days: 0,
        gifts: Vec::new(),
        spending: Some(Spending {
            goods: Selection::all(),
            share_basis_points: 5_000,
            step_points: 1,
            min_points: 1,
            min_receipt_minor: 0,
        }),
        expiry: ExpiryRule::Never,
        warning_days: Vec::new(),
        rewards: Vec::new(),
    }
}

/// A shop with a programme and a member who has a card and a PIN.
pub(super) struct Shop {
    pub(super) club: Club,
    pub(super) branch: Id,
    pub(super) programme: Id,
    pub(super) anna: Id,
    wallet: Id,
}

pub(super) fn shop() -> Shop {
    shop_of(Club::new(), Jurisdiction::Other)
}

pub(super) fn shop_of(club: Club, jurisdiction: Jurisdiction) -> Shop {
    let branch = house_under(&club, jurisdiction).branch;
    let anna = member(&club, "Anna", "Petrova", "+4915112345678");
    give_card(&club, &anna, CARD);
    let anna = Id::parse(&anna).unwrap();
    let programme = Programme { name: title("Bonus"), currency: Currency::parse("EUR").unwrap() };
    let programme = club.done(move |work| Ok(Ok::<_, ()>(programmes::add(work, &acting(), &programme)?)));
    let draft = RulesDraft { rules: rules(), tier_names: Vec::new(), rule_names: BTreeMap::new() };
    club.done(move |work| programmes::put_rules(work, &acting(), programme, 0, &draft));
    club.done(move |work| programmes::set_branch(work, &acting(), branch, Some(programme)));
    let wallet = club.done(move |work| ledger::enrol(work, &acting(), anna, programme));
    Shop { club, branch, programme, anna, wallet }
}

impl Shop {
    /// A till that stands in the branch.
    pub(super) fn stands(&self, name: &str) -> Id {
        let row = TillRow { branch: self.branch, name: title(name) };
        self.club.done(move |work| till::add(work, &acting(), &row))
    }

    pub(super) fn till(&self, name: &str) -> Till {
        self.till_at(self.stands(name))
    }

    /// The device of a till that stands there.
    pub(super) fn till_at(&self, till: Id) -> Till {
        let (_, token) = register(&self.club, Bound::Till { till });
        let simulator = Simulator { address: self.club.listen(), authorization: format!("Bearer {token}") };
        Till { simulator, journal: Vec::new(), waiting: Vec::new(), allowance: None }
    }

    pub(super) fn has(&self, points: u64) {
        let wallet = self.wallet;
        let asked = bonafide_domain::ledger::Asked { operation: operation_id().into(), step: 0 };
        let now_us = bonafide::clock::now_us();
        let at = bonafide_domain::calendar::UtcMicros::parse(now_us).unwrap();
        let request = Request { asked, at, place: ledger::OFFICE.into() };
        let points = Points::parse(points).unwrap();
        let command = Command::Give { grant: Grant::Opening, points, matures: None, expiry: Expiry::Never };
        self.club.done(move |work| ledger::post(work, &acting(), wallet, &request, &command));
    }

    pub(super) fn spendable(&self) -> u64 {
        let at = bonafide_domain::calendar::UtcMicros::parse(bonafide::clock::now_us()).unwrap();
        let standing = self.club.app.store.read(|tx| statement::standing(tx, self.wallet, at)).unwrap();
        standing.unwrap().spendable
    }

    /// Gives the member a PIN at the desk, and tells it.
    pub(super) fn pin(&self) -> &'static str {
        const PIN: &str = "3947";
        let id = operation();
        let fields = [("operation", id.as_str()), ("pin", PIN), ("again", PIN)];
        let set = self.club.post(OWNER, &format!("/members/{}/pins", self.anna), &fields);
        assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
        PIN
    }
}

fn operation_id() -> Id {
    Id::parse(&operation()).unwrap()
}

/// A reference till: what it asks for stands in its journal before it asks.
pub(super) struct Till {
    simulator: Simulator,
    /// The ids of purchases and returns that it began, with what it asked: after a restart it asks again.
    journal: Vec<(String, String)>,
    /// What was sold without a network.
    pub(super) waiting: Vec<Value>,
    /// What it was allowed, as it was told, and how many points of it are left by its own account.
    pub(super) allowance: Option<(Value, u64)>,
}

impl Till {
    pub(super) fn ask(&mut self, path: &str, body: &Value) -> Reply {
        self.journal.push((path.to_owned(), body.to_string()));
        self.simulator.post(path, &body.to_string())
    }

    /// The till was restarted: it asks for the last thing again, by what its journal says.
    fn ask_again(&self) -> Reply {
        let (path, body) = self.journal.last().unwrap();
        self.simulator.post(path, body)
    }

    fn recognises(&self, body: &Value) -> Reply {
        self.simulator.post("/api/v1/till/recognitions", &body.to_string())
    }

    /// Whom a card names, as the till keeps it.
    pub(super) fn by_card(&self, pin: Option<&str>) -> String {
        let known = self.recognises(&json!({ "presented": [{ "card_hex": CARD }], "pin": pin }));
        assert_eq!(known.status, 200, "{}", known.body);
        known.body["customer"].as_str().unwrap().to_owned()
    }

    pub(super) fn quotes(&self, customer: Option<&str>, basket: &Value, points: u64) -> Reply {
        let body = json!({ "customer": customer, "basket": basket, "points": points });
        self.simulator.post("/api/v1/till/quotes", &body.to_string())
    }

    fn holds(&mut self, id: &str, customer: &str, basket: &Value, points: u64) -> Reply {
        let body = json!({ "customer": customer, "basket": basket, "points": points });
        self.ask(&format!("/api/v1/till/purchases/{id}/hold"), &body)
    }

    pub(super) fn completes(&mut self, id: &str, sale: &Value) -> Reply {
        self.ask(&format!("/api/v1/till/purchases/{id}/completion"), sale)
    }

    pub(super) fn sells_offline(&mut self, card: Option<&str>, price_minor: i64) -> String {
        let (id, sale) =
            (operation(), json!({ "basket": basket(&[("coffee", price_minor)]), "till_at_us": 7 }));
        let presented = card.map(|card| json!({ "card_hex": card }));
        self.waiting.push(json!({ "id": id, "presented": presented, "sale": sale }));
        id
    }

    /// Asks, while there is a network, how many points may pay without one; says what waits of the last answer.
    pub(super) fn asks_for_an_allowance(&mut self) -> Reply {
        // Until the answer is there, nothing is spent by the one before.
        let before = self.allowance.take();
        let current = before.as_ref().map(|(told, _)| told["allowance"].clone());
        let of_it = self.waiting.iter().filter(|sale| Some(&sale["allowance"]) == current.as_ref());
        let undelivered: u64 = of_it.filter_map(|sale| sale["sale"]["points"].as_u64()).sum();
        let body = json!({ "undelivered_points": undelivered });
        let told = self.simulator.post("/api/v1/till/allowances", &body.to_string());
        if told.status == 200 {
            self.allowance = Some((told.body.clone(), told.body["points"].as_u64().unwrap()));
        } else if told.status == 422 {
            self.allowance = before;
        }
        told
    }

    /// Sells without a network to whoever shows a card, who pays as much with points as the till was allowed to take. Tells how many.
    pub(super) fn sells_for_points(&mut self, card: &str, price_minor: i64) -> u64 {
        let id = self.sells_offline(Some(card), price_minor);
        let Some((told, left)) = &mut self.allowance else { return 0 };
        let number = |name: &str| told[name].as_u64().unwrap();
        let share =
            price_minor.unsigned_abs() * number("share_basis_points") / 10_000 / number("point_minor");
        let most = share.min(number("purchase_points")).min(*left);
        let points = most / number("step_points") * number("step_points");
        if points < number("min_points") || price_minor < told["min_receipt_minor"].as_i64().unwrap() {
            return 0;
        }
        *left -= points;
        let sale = self.waiting.iter_mut().find(|sale| sale["id"] == id.as_str()).unwrap();
        sale["sale"]["points"] = json!(points);
        sale["allowance"] = told["allowance"].clone();
        points
    }

    pub(super) fn delivers(&self) -> Reply {
        self.simulator.post("/api/v1/till/queue", &json!({ "purchases": self.waiting }).to_string())
    }
}

pub(super) fn basket(lines: &[(&str, i64)]) -> Value {
    let line = |(product, price_minor): &(&str, i64)| json!({ "product": product, "categories": ["goods"], "quantity_milli": 1000, "price_minor": price_minor });
    json!({ "currency": "EUR", "lines": lines.iter().map(line).collect::<Vec<_>>() })
}

#[test]
fn a_card_earns_and_with_a_pin_it_spends_and_goods_come_back() {
    let shop = shop();
    shop.has(500);
    let mut till = shop.till("Till 1");
    let known = till.recognises(&json!({ "presented": [{ "card_hex": CARD }] }));
    assert_eq!((known.status, &known.body["name"]), (200, &json!("Anna P.")), "{}", known.body);
    assert_eq!((&known.body["points"], &known.body["may_spend"]), (&json!(500), &json!(false)));
    assert!(!known.body.to_string().contains("Petrova") && !known.body.to_string().contains("1234567"));
    let customer = known.body["customer"].as_str().unwrap();
    let goods = basket(&[("coffee", 600), ("cake", 400)]);
    let offer = till.quotes(Some(customer), &goods, 0);
    assert_eq!(
        (&offer.body["earned_points"], &offer.body["max_points"]),
        (&json!(100), &json!(0)),
        "{}",
        offer.body
    );
    assert_eq!(offer.body["bound"], "show_more");
    let refused = till.holds(&operation(), customer, &goods, 100);
    assert_eq!(
        (refused.status, &refused.body["key"]),
        (422, &json!("show_more")),
        "a card alone does not spend"
    );

    let customer = till.by_card(Some(shop.pin()));
    let offer = till.quotes(Some(&customer), &goods, 300);
    assert_eq!(
        (&offer.body["max_points"], &offer.body["to_pay_minor"]),
        (&json!(500), &json!(700)),
        "{}",
        offer.body
    );
    assert_eq!(offer.body["lines"][0]["points_minor"], 180);
    let id = operation();
    let held = till.holds(&id, &customer, &goods, 300);
    assert_eq!((held.status, &held.body["state"]), (200, &json!("begun")), "{}", held.body);
    assert_eq!(shop.spendable(), 200);
    let sale = json!({ "customer": customer, "basket": goods, "points": 300, "receipt": "FN 1 FD 2 FP 3" });
    let done = till.completes(&id, &sale);
    assert_eq!((done.status, &done.body["earned_points"]), (200, &json!(70)), "{}", done.body);
    assert_eq!(till.ask_again().body, done.body, "t01");
    assert_eq!(shop.spendable(), 270);
    let back = operation();
    let lines = json!({ "purchase": id, "lines": [{ "index": 1, "quantity_milli": 1000 }] });
    let back = till.ask(&format!("/api/v1/till/returns/{back}"), &lines);
    assert_eq!(
        (&back.body["money_minor"], &back.body["spent_points"]),
        (&json!(280), &json!(120)),
        "{}",
        back.body
    );
    assert_eq!(till.ask_again().body, back.body);
    assert_eq!(shop.spendable(), 270 + 120 - 28);
}

#[test]
fn t04_a_till_that_lost_the_answer_and_was_restarted_gets_the_same_one() {
    let shop = shop();
    let mut till = shop.till("Till 1");
    let id = operation();
    let sale = json!({ "customer": till.by_card(None), "basket": basket(&[("coffee", 1000)]) });
    let path = format!("/api/v1/till/purchases/{id}/completion");
    till.journal.push((path.clone(), sale.to_string()));
    till.simulator.post_and_lose_the_answer(&path, &sale.to_string());
    let again = till.ask_again();
    assert_eq!((again.status, &again.body["earned_points"]), (200, &json!(100)), "{}", again.body);
    assert_eq!(shop.spendable(), 100, "earned once");
    let other = json!({ "basket": basket(&[("coffee", 1000)]) });
    let refused = till.completes(&id, &other);
    assert_eq!((refused.status, &refused.body["key"]), (409, &json!("other_request")), "t02");
}

#[test]
fn t06_a_second_till_does_not_spend_what_the_first_one_holds() {
    let shop = shop();
    shop.has(100);
    let (mut one, mut other) = (shop.till("Till 1"), shop.till("Till 2"));
    let (pin, goods) = (shop.pin(), basket(&[("coffee", 200)]));
    let [first, second] = [&one, &other].map(|till| till.by_card(Some(pin)));
    assert_eq!(one.holds(&operation(), &first, &goods, 100).status, 200);
    let refused = other.holds(&operation(), &second, &goods, 100);
    assert_eq!((refused.status, &refused.body["key"]), (422, &json!("too_many_points")), "{}", refused.body);
    // What was recognised at one till is worth nothing at another.
    let foreign = other.holds(&operation(), &first, &goods, 1);
    assert_eq!((foreign.status, &foreign.body["key"]), (422, &json!("not_recognised")), "{}", foreign.body);
}

#[test]
fn a_code_from_the_phone_spends_and_is_good_once() {
    let shop = shop();
    shop.has(100);
    let phone = paired(&shop.club, &shop.anna.to_string(), 1);
    let till = shop.till("Till 1");
    let shown = json!({ "presented": [{ "code": phone.shows(0) }] });
    let known = till.recognises(&shown);
    assert_eq!((known.status, &known.body["may_spend"]), (200, &json!(true)), "{}", known.body);
    let again = till.recognises(&shown);
    assert_eq!((again.status, &again.body["key"]), (422, &json!("bad_code")), "{}", again.body);
}

#[test]
fn t07_t20_what_was_sold_without_a_network_earns_afterwards_and_spends_nothing() {
    let shop = shop();
    let mut till = shop.till("Till 1");
    till.sells_offline(Some(CARD), 1_000);
    till.sells_offline(Some("04FFFFFF"), 500);
    let claimed = till.sells_offline(None, 700);
    let mut spending = till.waiting[0].clone();
    spending["id"] = json!(operation());
    spending["sale"]["points"] = json!(10);
    till.waiting.push(spending);
    let told = till.delivers();
    assert_eq!(told.status, 200, "{}", told.body);
    let purchases = told.body["purchases"].as_array().unwrap();
    assert_eq!(purchases[0]["purchase"]["earned_points"], 100);
    assert_eq!((&purchases[1]["nobody"], &purchases[1]["purchase"]["state"]), (&json!(true), &json!("done")));
    assert_eq!(purchases[3]["problem"], "not_held", "{}", told.body);
    assert_eq!(till.delivers().body, told.body, "delivered twice, done once");
    assert_eq!(shop.spendable(), 100);
    let claim = json!({ "customer": till.by_card(None) });
    let done = till.ask(&format!("/api/v1/till/purchases/{claimed}/claim"), &claim);
    assert_eq!((done.status, &done.body["earned_points"]), (200, &json!(70)), "{}", done.body);
    assert_eq!(shop.spendable(), 170);
}

#[test]
fn t12_t25_bad_input_is_refused_with_the_reason_and_another_tills_purchase_is_not_there() {
    let shop = shop();
    let (mut till, other) = (shop.till("Till 1"), shop.till("Till 2"));
    let customer = till.by_card(None);
    let line = |quantity: Value, price: Value| json!({ "currency": "EUR", "lines": [{ "product": "x", "quantity_milli": quantity, "price_minor": price }] });
    for (name, basket) in [
        ("nothing", json!({ "currency": "EUR", "lines": [] })),
        ("a negative price", line(json!(1000), json!(-1))),
        ("no quantity", line(json!(0), json!(1))),
        ("beyond all numbers", line(json!(1000), json!(i64::MAX))),
        ("a fraction", line(json!(1000), json!(1.5))),
        ("a float that is none", line(json!(1000), json!("NaN"))),
        ("a comma", line(json!(1000), json!("1,00"))),
        ("another currency", json!({ "currency": "RUB", "lines": line(json!(1000), json!(100))["lines"] })),
        ("no currency", json!({ "currency": "euro", "lines": line(json!(1000), json!(100))["lines"] })),
    ] {
        let refused = till.completes(&operation(), &json!({ "customer": customer, "basket": basket }));
        assert!(refused.status == 422, "{name}: {}", refused.body);
    }
    let huge = r#"{"basket":{"currency":"EUR","lines":[{"product":"x","quantity_milli":1000,"price_minor":1e400}]}}"#;
    let refused = till.simulator.post(&format!("/api/v1/till/purchases/{}/completion", operation()), huge);
    assert!((400..500).contains(&refused.status), "{}", refused.body);
    let id = operation();
    assert_eq!(till.completes(&id, &json!({ "basket": basket(&[("x", 100)]) })).status, 200);
    let claim = json!({ "customer": other.by_card(None) });
    let refused = other.simulator.post(&format!("/api/v1/till/purchases/{id}/claim"), &claim.to_string());
    assert_eq!(refused.status, 404, "{}", refused.body);
    let unknown = till.recognises(&json!({ "presented": [{ "card_hex": "04FFFFFF" }] }));
    assert_eq!(unknown.status, 404);
    let wrong = till.recognises(&json!({ "presented": [{ "card_hex": CARD }], "pin": "0000" }));
    assert_eq!(wrong.status, 422, "nobody has a PIN yet: {}", wrong.body);
    let forged = till
        .completes(&operation(), &json!({ "customer": "x".repeat(200), "basket": basket(&[("x", 100)]) }));
    assert_eq!((forged.status, &forged.body["key"]), (422, &json!("not_recognised")));
    let empty = till.simulator.post("/api/v1/till/queue", r#"{"purchases":[]}"#);
    assert_eq!(empty.status, 422);
    let none = programmes_closed(&shop);
    let refused =
        till.completes(&operation(), &json!({ "customer": customer, "basket": basket(&[("x", 100)]) }));
    assert_eq!((refused.status, &refused.body["key"]), (422, &json!("no_programme")), "{none}");
}

fn programmes_closed(shop: &Shop) -> Id {
    let branch = shop.branch;
    shop.club.done(move |work| programmes::set_branch(work, &acting(), branch, None));
    shop.programme
}

#[test]
fn t19_what_is_due_is_settled_though_nobody_asks() {
    let shop = shop();
    let (wallet, now_us) = (shop.wallet, bonafide::clock::now_us());
    let instant = |us| bonafide_domain::calendar::UtcMicros::parse(us).unwrap();
    let (then_us, due_us) = (now_us - 3_600_000_000, now_us - 60_000_000);
    let asked = bonafide_domain::ledger::Asked { operation: operation_id().into(), step: 0 };
    let request = Request { asked, at: instant(then_us), place: ledger::OFFICE.into() };
    let (points, matures) = (Points::parse(70).unwrap(), Some(instant(due_us)));
    let command = Command::Give { grant: Grant::Earn, points, matures, expiry: Expiry::Never };
    shop.club.done(move |work| ledger::post(work, &acting(), wallet, &request, &command));
    let transfers = || shop.club.app.store.read(|tx| statement::transfers(tx, wallet, None)).unwrap().len();
    assert_eq!(transfers(), 1);
    for _ in 0..2 {
        bonafide::server::chores::round(&shop.club.app).unwrap();
        assert_eq!(transfers(), 2, "they have arrived, once");
    }
}

#[test]
fn t26_the_ledger_is_looked_through_and_the_metrics_say_what_was_found() {
    let shop = shop();
    shop.has(100);
    let mut till = shop.till("Till 1");
    let sale = json!({ "customer": till.by_card(None), "basket": basket(&[("coffee", 1000)]) });
    assert_eq!(till.completes(&operation(), &sale).status, 200);
    assert_eq!(bonafide::server::ledger_watch::look(&shop.club.app).unwrap(), 0);
    let metrics = shop.club.app.metrics.text();
    assert!(metrics.lines().any(|line| line.ends_with("ledger_mismatches 0")), "{metrics}");
}
