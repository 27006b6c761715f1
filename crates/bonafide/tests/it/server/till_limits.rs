//! What a till may not do without end: let one member earn (case T-24), and take points while nobody can be asked (case T-07).

use axum::http::StatusCode;
use bonafide_store::id::Id;
use bonafide_store::staff::Role;
use serde_json::json;

use super::api::operation;
use super::club::{Answer, By};
use super::set_up::{OWNER, fill};
use super::till::{CARD, Shop, basket, shop};
use super::till_page::Browser;

const MANAGER: By = By::Staff(Role::Manager);

fn guards(shop: &Shop, fields: &[(&str, &str)]) -> Answer {
    fill(&shop.club, &format!("/set-up/programmes/{}/guards", shop.programme), fields)
}

fn allows(shop: &Shop, till: Id, day: &str, purchase: &str) -> Answer {
    let fields = [("day", day), ("purchase", purchase)];
    fill(&shop.club, &format!("/set-up/tills/{till}/allowance"), &fields)
}

#[test]
fn t24_who_earns_too_often_is_sold_to_and_told_that_he_earns_nothing() {
    let shop = shop();
    let form = shop.club.get(MANAGER, &format!("/set-up/programmes/{}/guards", shop.programme));
    assert_eq!(form.attribute("input[name=purchases-day]", "value").as_deref(), Some("12"), "the usual ones");
    for (fields, wrong) in [
        ([("purchases-hour", "0"), ("purchases-day", "")], "Write a whole number from 1 to 1000"),
        ([("purchases-hour", "1.5"), ("purchases-day", "")], "Write a whole number from 1 to 1000"),
        ([("purchases-hour", "3"), ("purchases-day", "2")], "A day must allow at least as many as an hour"),
    ] {
        let refused = guards(&shop, &fields);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(wrong), "{}", refused.text());
    }
    let put = guards(&shop, &[("purchases-hour", "1"), ("purchases-day", "2"), ("claims-day", "1")]);
    assert_eq!(put.status, StatusCode::SEE_OTHER, "{}", put.text());
    let stands = shop.stands("Till 1");
    let mut till = shop.till_at(stands);
    let goods = basket(&[("coffee", 1000)]);
    let customer = till.by_card(None);
    let sale = json!({ "customer": customer, "basket": goods });
    let first = till.completes(&operation(), &sale);
    assert_eq!((first.status, &first.body["earned_points"]), (200, &json!(100)), "{}", first.body);
    let offer = till.quotes(Some(&customer), &goods, 0);
    assert_eq!((&offer.body["earned_points"], &offer.body["guard"]), (&json!(0), &json!("purchases_hour")));
    let id = operation();
    let second = till.completes(&id, &sale);
    let told = |body: &serde_json::Value| {
        (body["earned_points"].clone(), body["to_pay_minor"].clone(), body["guard"].clone())
    };
    assert_eq!(told(&second.body), (json!(0), json!(1000), json!("purchases_hour")), "{}", second.body);
    assert_eq!(till.completes(&id, &sale).body, second.body, "the same again");
    assert_eq!(shop.spendable(), 100);
    // The cashier reads it before and after.
    let mut browser = Browser::at(&shop.club, stands);
    browser.adds("coffee", "6.00").press("show", &[("shown", CARD)]);
    let words = "This customer has earned as often as one hour allows.";
    assert!(browser.words(".notice").contains(words), "{}", browser.words(".notice"));
    browser.press("complete", &[]).done();
    assert!(browser.words(".notice").contains(words), "{}", browser.shown.text());
    // Receipts of nobody: one a day.
    for (number, key) in [(1, None), (2, Some("too_often"))] {
        let id = operation();
        assert_eq!(till.completes(&id, &json!({ "basket": goods })).status, 200);
        let path = format!("/api/v1/till/purchases/{id}/claim");
        let claimed = till.ask(&path, &json!({ "customer": customer }));
        assert_eq!(claimed.body.get("key").and_then(|key| key.as_str()), key, "{number}: {}", claimed.body);
    }
    assert_eq!(shop.spendable(), 200);
}

#[test]
fn t07_two_tills_without_a_network_lose_no_more_than_they_were_allowed_and_the_owner_sees_it() {
    let shop = shop();
    shop.has(300);
    let stand = [shop.stands("Till 1"), shop.stands("Till 2")];
    let [mut one, mut other] = stand.map(|till| shop.till_at(till));
    let none = one.asks_for_an_allowance();
    assert_eq!((none.status, &none.body["key"]), (422, &json!("nothing_allowed")), "{}", none.body);
    let rows = || shop.club.get(MANAGER, "/set-up/allowances").words(".needs > li");
    assert!(rows().len() == 2 && rows()[0].contains("Till 1 ✓ points do not pay"), "{:?}", rows());
    assert_eq!(allows(&shop, stand[0], "3", "5").status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(allows(&shop, stand[0], "5 RUB", "1").status, StatusCode::UNPROCESSABLE_ENTITY);
    for till in stand {
        let set = allows(&shop, till, "5", "3,00");
        assert_eq!((set.status, set.header("location")), (StatusCode::SEE_OTHER, "/set-up/allowances"));
    }
    let form = shop.club.get(OWNER, &format!("/set-up/tills/{}/allowance", stand[0]));
    assert_eq!(form.attribute("input[name=purchase]", "value").as_deref(), Some("3.00 EUR"));
    for till in [&mut one, &mut other] {
        let told = till.asks_for_an_allowance();
        assert_eq!((told.status, &told.body["points"]), (200, &json!(500)), "{}", told.body);
        assert_eq!(told.body["purchase_points"], 300);
    }
    assert!(rows()[0].contains("At most €10.00 can be lost"), "{:?}", rows());
    assert!(rows()[1].contains("€5.00 a day, €3.00 for one purchase"), "{:?}", rows());
    // The network is gone. One member pays at both tills with more than he has.
    for till in [&mut one, &mut other] {
        let paid = [till.sells_for_points(CARD, 1_000), till.sells_for_points(CARD, 1_000)];
        assert_eq!(paid, [300, 200]);
        assert_eq!(till.sells_for_points(CARD, 1_000), 0, "it has no more");
    }
    let foreign = other.waiting[0]["allowance"].clone();
    let told = other.delivers();
    let purchases = told.body["purchases"].as_array().unwrap();
    assert_eq!(purchases[0]["purchase"]["spent_points"], 300, "{}", told.body);
    assert_eq!(purchases[0]["purchase"]["to_pay_minor"], 700);
    assert_eq!(other.delivers().body, told.body, "delivered twice, done once");
    one.waiting.reverse();
    let mut stolen = one.waiting[1].clone();
    (stolen["id"], stolen["allowance"]) = (json!(operation()), foreign);
    let mut nobodys = one.waiting[1].clone();
    (nobodys["id"], nobodys["presented"]) = (json!(operation()), json!(null));
    let mut more = one.waiting[1].clone();
    more["id"] = json!(operation());
    one.waiting.extend([stolen, nobodys, more]);
    let told = one.delivers();
    let problems: Vec<&serde_json::Value> =
        told.body["purchases"].as_array().unwrap().iter().map(|one| &one["problem"]).collect();
    assert_eq!(problems[3..], ["not_allowance", "not_recognised", "allowance_used_up"], "{}", told.body);
    assert!(problems[..3].iter().all(|problem| problem.is_null()), "{}", told.body);
    // He had 300 and earned on the way; what was short is the house's.
    let (paid, earned) = (1_000, 2 * (70 + 80 + 100));
    let lost = paid + shop.spendable() - 300 - earned;
    assert!((1..=1_000).contains(&lost), "{lost}");
    let money = format!("€{}.{:02}", lost / 100, lost % 100);
    assert!(rows()[0].contains("At most €0.00 can be lost"), "{:?}", rows());
    assert!(rows()[0].contains(&format!("Lost in 30 days: {money}")), "{lost}: {:?}", rows());
    one.waiting.clear();
    let none = one.asks_for_an_allowance();
    assert_eq!((none.status, &none.body["key"]), (422, &json!("nothing_allowed")), "{}", none.body);
}

#[test]
fn t07_a_card_that_nobody_knows_costs_no_more_than_one_purchase_may() {
    let shop = shop();
    let stands = shop.stands("Till 1");
    assert_eq!(allows(&shop, stands, "5", "1").status, StatusCode::SEE_OTHER);
    let mut till = shop.till_at(stands);
    assert_eq!(till.asks_for_an_allowance().status, 200);
    assert_eq!(till.sells_for_points("04FFFFFF", 1_000), 100);
    let told = till.delivers();
    let sold = &told.body["purchases"][0];
    assert_eq!(
        (&sold["nobody"], &sold["purchase"]["to_pay_minor"]),
        (&json!(true), &json!(900)),
        "{}",
        told.body
    );
    let id = sold["id"].as_str().unwrap().to_owned();
    let customer = till.by_card(None);
    let claim = till.ask(&format!("/api/v1/till/purchases/{id}/claim"), &json!({ "customer": customer }));
    assert_eq!((claim.status, &claim.body["key"]), (409, &json!("purchase_taken")), "{}", claim.body);
    assert_eq!(shop.spendable(), 0);
}
